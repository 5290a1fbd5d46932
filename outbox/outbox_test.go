package outbox

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// inBubble runs a test on a running outbox.
func inBubble(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		defer h.run()()
		synctest.Wait()
		test(t, h)
	})
}

func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestDeliversAtOnceWhenWoken(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.enqueue(note(chatA, 'a'))
		synctest.Wait()
		h.wantGot(chatA, "a")
		h.wantQueued(0)
	})
}

func TestDeliversWhenDue(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		n := note(chatA, 'a')
		n.Due = time.Now().Add(time.Hour)
		h.enqueue(n)
		after(time.Hour - time.Second)
		h.wantGot(chatA, "")
		after(2 * time.Second) // and nobody wakes it
		h.wantGot(chatA, "a")
	})
}

func TestOrderPerChat(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.takesTime(time.Second)
		h.messenger.refuses(func(n store.Notification, try int) error {
			if n.ID[15] == 'b' && try < 3 {
				return failure{Verdict{Kind: Transient}}
			}
			return nil
		})
		h.enqueue(note(chatA, 'c'), note(chatA, 'a'), note(chatA, 'b'), note(chatB, 'x'), note(chatB, 'y'))
		after(4 * time.Second)
		h.wantGot(chatA, "a")
		h.wantGot(chatB, "xy") // does not wait for the other chat
		h.enqueue(note(chatA, 'd'))
		after(time.Minute)
		h.wantGot(chatA, "abcd")
		if _, twice := h.messenger.crowd(); twice {
			t.Error("a chat was sent to twice at once")
		}
	})
}

func TestOrderOutlivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		stop := h.run()
		h.messenger.refuses(func(n store.Notification, try int) error {
			if n.ID[15] == 'a' && try < 3 {
				return failure{Verdict{Kind: Transient}}
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'))
		after(time.Second)
		stop()
		h.reopen()
		defer h.run()()
		after(time.Minute)
		h.wantGot(chatA, "ab")
	})
}

func TestFewChatsAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.takesTime(time.Second)
		var list []store.Notification
		for n := range byte(10) {
			each := note(chatA, 'a'+n)
			each.Chat = flow.ChatID(n + 1)
			list = append(list, each)
		}
		h.enqueue(list...)
		after(3*time.Second + time.Millisecond)
		h.wantQueued(0)
		if most, _ := h.messenger.crowd(); most != workers {
			t.Errorf("%d chats at once, want %d", most, workers)
		}
	})
}

func TestOldNewsIsNotSent(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.enqueue(about(1, note(chatA, 'a')), about(2, note(chatA, 'b')), about(1, note(chatA, 'c')), about(1, note(chatB, 'd')))
		after(time.Second)
		h.wantGot(chatA, "bc")
		h.wantGot(chatB, "d")
		h.wantQueued(0)
	})
}

func TestNewsOvertakesWhatWaits(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(n store.Notification, try int) error {
			if n.ID[15] == 'a' {
				return failure{Verdict{Kind: Later, After: time.Minute}}
			}
			return nil
		})
		h.enqueue(about(1, note(chatA, 'a')))
		after(time.Second)
		h.enqueue(about(1, note(chatA, 'b')))
		after(30 * time.Second)
		h.wantGot(chatA, "") // the chat is to be left alone
		after(time.Minute)
		h.wantGot(chatA, "b")
		h.wantQueued(0)
		if got := h.messenger.tried('a'); got != 1 {
			t.Errorf("the old news was tried %d times, want once", got)
		}
	})
}

func TestLater(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		const floods = 2 * maxAttempts // more than the attempts of one that fails
		h.messenger.refuses(func(n store.Notification, try int) error {
			if n.ID[15] == 'a' && try <= floods {
				return failure{Verdict{Kind: Later, After: 90 * time.Second}}
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'), note(chatB, 'x'))
		after(89 * time.Second)
		h.wantGot(chatA, "") // the chat's other one waits too
		h.wantGot(chatB, "x")
		if got := h.messenger.tried('a'); got != 1 {
			t.Errorf("%d attempts before the time, want 1", got)
		}
		for _, n := range h.queued() {
			if n.Attempts != 0 || n.Doubtful {
				t.Errorf("it counts as an attempt: %d, %v", n.Attempts, n.Doubtful)
			}
		}
		after(floods * 92 * time.Second)
		h.wantGot(chatA, "ab")
	})
}

func TestTransient(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(_ store.Notification, try int) error {
			if try < 4 {
				return failure{Verdict{Kind: Transient}}
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'))
		after(5*time.Second - time.Millisecond) // then after 5, 10 and 20 seconds, on the tick that follows
		if got := h.messenger.tried('a'); got != 1 {
			t.Errorf("%d attempts in five seconds, want 1", got)
		}
		after(10 * time.Second)
		h.wantGot(chatA, "")
		list := h.queued()
		if len(list) != 1 || list[0].Attempts != 2 || list[0].Doubtful {
			t.Errorf("queued: %d, not one with two sure failures", len(list))
		}
		after(30 * time.Second)
		h.wantGot(chatA, "a")
		h.wantQueued(0)
	})
}

func TestDoubtful(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(_ store.Notification, try int) error {
			if try == 1 {
				return failure{Verdict{Kind: Doubtful}}
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'))
		synctest.Wait()
		if list := h.queued(); len(list) != 1 || !list[0].Doubtful || list[0].Attempts != 1 {
			t.Errorf("queued: %d, not one in doubt", len(list))
		}
		after(10 * time.Second)
		h.wantGot(chatA, "a")
	})
}

func TestPermanent(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(n store.Notification, _ int) error {
			if n.ID[15] == 'a' {
				return failure{Verdict{Kind: Permanent, Reason: "bot was blocked"}}
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'))
		synctest.Wait()
		h.wantGot(chatA, "b")
		h.wantQueued(0)
		if got := h.log.String(); !strings.Contains(got, note(chatA, 'a').ID.String()) || !strings.Contains(got, "bot was blocked") {
			t.Errorf("the log does not say what was given up: %s", got)
		}
	})
}

func TestGivesUp(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(n store.Notification, _ int) error {
			if n.ID[15] == 'a' {
				return failure{Verdict{Kind: Transient}}
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'))
		after(3 * time.Hour)
		if got := h.messenger.tried('a'); got != maxAttempts {
			t.Errorf("%d attempts, want %d", got, maxAttempts)
		}
		h.wantGot(chatA, "b")
		h.wantQueued(0)
		if got := strings.Count(h.log.String(), `"level":"warn"`); got != 1 {
			t.Errorf("%d warnings, want 1", got)
		}
	})
}

func TestUnlinked(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		unlink := func() {
			h.update(func(tx *store.Tx) error { return tx.DeleteAccount(accountOf(chatA)) })
		}
		h.messenger.refuses(func(store.Notification, int) error {
			unlink() // while it is being sent
			return failure{Verdict{Kind: Transient}}
		})
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'))
		after(time.Hour)
		h.wantGot(chatA, "")
		h.wantQueued(0)
		if h.messenger.tried('a') != 1 || h.messenger.tried('b') != 0 {
			t.Error("it goes on after the person has left")
		}
		if strings.Contains(h.log.String(), `"level":"error"`) {
			t.Errorf("it is logged as an error: %s", h.log.String())
		}
	})
}

func TestTheSendInFlightFinishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.messenger.takesTime(grace - time.Millisecond)
		stop := h.run()
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'))
		synctest.Wait()
		stop()
		h.wantGot(chatA, "a")
		h.reopen()
		h.wantQueued(1) // the rest
		defer h.run()()
		after(time.Minute)
		h.wantGot(chatA, "ab")
	})
}

func TestTheStopDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.messenger.takesTime(time.Hour)
		stop := h.run()
		h.enqueue(note(chatA, 'a'))
		synctest.Wait()
		began := time.Now()
		stop()
		if got := time.Since(began); got != grace {
			t.Errorf("it stops after %v, want %v", got, grace)
		}
		if list := h.queued(); len(list) != 1 || !list[0].Doubtful {
			t.Errorf("queued: %d, not one in doubt", len(list))
		}
	})
}

// TestACrashRepeatsOneMessage ends the program between a send and its being written down.
func TestACrashRepeatsOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		stop := h.run()
		crash := false
		h.messenger.refuses(func(n store.Notification, _ int) error {
			if crash = n.ID[15] == 'b'; crash {
				if err := h.store.Close(); err != nil {
					t.Error(err)
				}
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'), note(chatA, 'c'))
		after(time.Minute)
		h.wantGot(chatA, "ab") // sent, not taken off, and not sent again for that
		stop()
		h.messenger.refuses(nothing)
		h.open()
		defer h.run()()
		after(time.Minute)
		h.wantGot(chatA, "abbc")
		if got := strings.Count(h.log.String(), `"level":"error"`); got != 2 {
			t.Errorf("%d errors logged, want one of the send and one of the queue:\n%s", got, h.log.String())
		}
	})
}

func TestNewRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		for name, spoil := range map[string]func(*Config){
			"no store":        func(c *Config) { c.Store = nil },
			"no sender":       func(c *Config) { c.Sender = nil },
			"no sort":         func(c *Config) { c.Sort = nil },
			"no clock":        func(c *Config) { c.Now = nil },
			"a negative Tick": func(c *Config) { c.Tick = -1 },
		} {
			cfg := h.outbox.cfg
			spoil(&cfg)
			if _, err := New(cfg); err == nil {
				t.Errorf("New takes a config with %s", name)
			}
		}
	})
}

func TestWhatCannotBeTakenOffIsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'))
		if err := h.store.Close(); err != nil { // the disk fails, and comes back
			t.Fatal(err)
		}
		same := h.outbox
		same.deliver(t.Context(), note(chatA, 'a'))
		h.open()
		same.cfg.Store, h.outbox = h.store, same
		defer h.run()()
		after(time.Minute)
		h.wantGot(chatA, "ab")
		h.wantQueued(0)
		if got := len(same.known(time.Now()).delivered); got != 0 {
			t.Errorf("%d deliveries are remembered for nothing", got)
		}
	})
}

func TestWhatCannotBeReadBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.keys = []byte{8, 7}
		h.reopen()
		h.enqueue(note(chatA, 'a'))
		h.keys = []byte{7} // the key it was sealed with is lost
		h.reopen()
		h.enqueue(note(chatA, 'b'))
		stop := h.run()
		after(time.Minute)
		stop()
		h.wantGot(chatA, "b")
		if got := strings.Count(h.log.String(), `"level":"error"`); got != 1 {
			t.Errorf("%d errors logged, want 1", got)
		}
	})
}

// A bug behind one message must not end the program: the others go out, and it is tried again.
func TestAPanicCostsOneAttempt(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(n store.Notification, try int) error {
			if n.ID[15] == 'a' && try == 1 {
				panic("a message")
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'), note(chatB, 'x'))
		synctest.Wait()
		h.wantGot(chatA, "")
		h.wantGot(chatB, "x")
		after(time.Hour)
		h.wantGot(chatA, "a")
	})
}
