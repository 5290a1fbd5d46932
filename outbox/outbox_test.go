package outbox

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/internal/alert"
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

// A reminder goes before news, and what is to come goes out one by one.
func TestOrderPerChat(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.takesTime(time.Second)
		h.messenger.refuses(fails('b', 2, Verdict{Kind: Transient}))
		h.remind(note(chatA, 'b'), time.Hour, time.Hour)
		synctest.Wait()
		h.enqueue(note(chatA, 'c'), note(chatA, 'a'), as(alert.SignIn, note(chatA, 's')), note(chatB, 'x'), note(chatB, 'y'))
		after(4 * time.Second)
		h.wantGot(chatA, "")
		h.wantGot(chatB, "xy") // does not wait for the other chat
		h.enqueue(note(chatA, 'd'))
		after(time.Minute)
		h.wantGot(chatA, "s b acd")
		if _, twice := h.messenger.crowd(); twice {
			t.Error("a chat was sent to twice at once")
		}
	})
}

func TestOrderOutlivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		stop := h.run()
		h.messenger.refuses(fails('a', 2, Verdict{Kind: Transient}))
		h.enqueue(note(chatA, 'a'))
		after(time.Second)
		h.enqueue(note(chatA, 'b'))
		after(time.Second)
		stop()
		h.reopen()
		defer h.run()()
		after(time.Minute)
		h.wantGot(chatA, "ab")
	})
}

func TestAsManyChatsAtOnceAsThereAreWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.config = func(cfg *Config) { cfg.Workers = 4 }
		h.reopen()
		defer h.run()()
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
		if most, _ := h.messenger.crowd(); most != 4 {
			t.Errorf("%d chats at once, want 4", most)
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
		h.messenger.refuses(fails('a', 99, Verdict{Kind: Later, After: time.Minute}))
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
		const floods = 24
		h.messenger.refuses(fails('a', floods, Verdict{Kind: Later, After: 90*time.Second + time.Millisecond}))
		h.enqueue(note(chatA, 'a'))
		synctest.Wait()
		h.enqueue(note(chatA, 'b'), note(chatB, 'x'))
		after(90 * time.Second)
		h.wantGot(chatA, "") // the chat's other one waits too
		h.wantGot(chatB, "x")
		if got := h.messenger.tried('a'); got != 1 {
			t.Errorf("%d attempts before the time, want 1", got)
		}
		for _, n := range h.queued() {
			if n.Attempts != 0 || n.Doubtful || !n.Tried.IsZero() {
				t.Errorf("it counts as an attempt: %d, %v", n.Attempts, n.Doubtful)
			}
		}
		after(time.Millisecond)
		if got := h.messenger.tried('a'); got != 2 {
			t.Errorf("%d attempts at the very time, want 2", got)
		}
		after(floods * 91 * time.Second)
		h.wantGot(chatA, "ab")
		if got := h.stats(); got.HeldBack != floods || got.Retried != 0 || got.Sent != 2 || got.Groups != 1 || got.Told != 3 {
			t.Errorf("counted: %+v", got.Counts)
		}
	})
}

// TestLaterForAll is the messenger holding everybody back: nothing is tried before, and all goes then.
func TestLaterForAll(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		free := time.Now().Add(30 * time.Second)
		h.messenger.refuses(func(store.Notification, int) error {
			if left := time.Until(free); left > 0 {
				return failure{Verdict{Kind: Later, After: left}}
			}
			return nil
		})
		for n := range byte(10) {
			h.link(flow.ChatID(n + 1))
			h.enqueue(on(flow.ChatID(n+1), note(0, 'a'+n)))
		}
		after(30*time.Second - 1)
		h.wantQueued(10)
		after(1)
		h.wantQueued(0)
		for n := range byte(10) {
			if got := h.messenger.tried('a' + n); got != 2 {
				t.Errorf("%d tries, want 2", got)
			}
		}
	})
}

func TestTransient(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(fails('a', 3, Verdict{Kind: Transient}))
		h.enqueue(note(chatA, 'a'))
		after(5*time.Second - time.Millisecond) // then after 5, 10 and 20 seconds
		if got := h.messenger.tried('a'); got != 1 {
			t.Errorf("%d attempts in five seconds, want 1", got)
		}
		after(10 * time.Second)
		h.wantGot(chatA, "")
		list := h.queued()
		if len(list) != 1 || list[0].Attempts != 2 || list[0].Doubtful || list[0].Tried.IsZero() {
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
		h.messenger.refuses(fails('a', 99, Verdict{Kind: Permanent, Reason: "chat not found"}))
		h.enqueue(as(alert.SignIn, note(chatA, 'a')), note(chatA, 'b'))
		synctest.Wait()
		h.wantGot(chatA, "b")
		h.wantQueued(0)
		if got := h.log.String(); !strings.Contains(got, note(chatA, 'a').ID.String()) || !strings.Contains(got, "chat not found") {
			t.Errorf("the log does not say what was given up: %s", got)
		}
		if got := h.stats().Dropped; got[Refused] != 1 {
			t.Errorf("dropped: %v", got)
		}
	})
}

// One bad piece of news must not cost the others.
func TestAGroupThatIsRefusedIsTriedOneByOne(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(n store.Notification, try int) error {
			if n.ID[15] == 'b' || n.ID[15] == 'a' && try == 1 {
				return failure{Verdict{Kind: Permanent, Reason: "too long"}}
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'), note(chatA, 'c'))
		synctest.Wait()
		h.wantGot(chatA, "a c")
		h.wantQueued(0)
		if got := strings.Count(h.log.String(), `"level":"warn"`); got != 1 {
			t.Errorf("%d warnings, want 1", got)
		}
		if got := h.outbox.known(time.Now()); len(got.alone)+len(got.flying)+len(got.busy) > 0 {
			t.Error("something is remembered for nothing")
		}
	})
}

func TestGivesUpAfterTwoDays(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(fails('a', 9999, Verdict{Kind: Transient}))
		h.enqueue(as(alert.Down, note(chatA, 'a')), note(chatA, 'b'))
		after(longestTry)
		h.wantGot(chatA, "")
		h.wantQueued(2)
		after(longestDelay)
		h.wantGot(chatA, "b")
		h.wantQueued(0)
		if got := strings.Count(h.log.String(), "tried for too long"); got != 1 {
			t.Errorf("told %d times, want once", got)
		}
		if got := h.stats().Dropped; got[Expired] != 1 {
			t.Errorf("dropped: %v", got)
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
		h.enqueue(as(alert.Down, note(chatA, 'a')), note(chatA, 'b'))
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
		h.enqueue(as(alert.Down, note(chatA, 'a')), note(chatA, 'b'))
		synctest.Wait()
		stop()
		h.wantGot(chatA, "a")
		h.reopen()
		h.wantQueued(1) // the rest
		defer h.run()()
		after(time.Minute)
		h.wantGot(chatA, "a b")
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

func TestNewRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		for name, spoil := range map[string]func(*Config){
			"no store":        func(c *Config) { c.Store = nil },
			"no sender":       func(c *Config) { c.Sender = nil },
			"no sort":         func(c *Config) { c.Sort = nil },
			"no clock":        func(c *Config) { c.Now = nil },
			"a negative Tick": func(c *Config) { c.Tick = -1 },
			"less than none":  func(c *Config) { c.Workers = -1 },
		} {
			cfg := h.outbox.cfg
			spoil(&cfg)
			if _, err := New(cfg); err == nil {
				t.Errorf("New takes a config with %s", name)
			}
		}
	})
}

// A bug behind one message must not end the program: the others go out, and it is tried again, a few times.
func TestAPanicCostsOneAttempt(t *testing.T) {
	for name, tc := range map[string]struct {
		panics int
		want   string
	}{"once": {1, "a b"}, "always": {99, "b"}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				h.messenger.refuses(func(n store.Notification, try int) error {
					if n.ID[15] == 'a' && try <= tc.panics {
						panic("a message")
					}
					return nil
				})
				h.enqueue(as(alert.Down, note(chatA, 'a')), note(chatA, 'b'), note(chatB, 'x'))
				synctest.Wait()
				h.wantGot(chatA, "")
				h.wantGot(chatB, "x")
				after(time.Hour)
				h.wantGot(chatA, tc.want)
				h.wantQueued(0)
				if got, want := h.messenger.tried('a'), min(tc.panics+1, mostPanics); got != want {
					t.Errorf("%d tries, want %d", got, want)
				}
			})
		})
	}
}
