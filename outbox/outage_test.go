package outbox

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// numbered is news of a booking of a chat, with more of both than letters could show.
func numbered(chat flow.ChatID, number uint16, booking int64) store.Notification {
	n := on(chat, about(booking, note(chat, 0)))
	n.ID = uuid.UUID{4: byte(number >> 8), 5: byte(number), 6: 0x70, 14: byte(chat), 15: '.'}
	return n
}

// TestSixHoursWithoutTelegram has news arrive for eight chats while nothing goes out: afterwards each gets one message
// at once, with the last word on each booking in the order of making.
func TestSixHoursWithoutTelegram(t *testing.T) {
	for name, kind := range map[string]Kind{"refused": Transient, "no answer": Doubtful} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				h.messenger.takesTime(time.Second)
				h.messenger.refuses(always(Verdict{Kind: kind}))
				const chats, outage = 8, 6 * time.Hour
				end := time.Now().Add(outage)
				for chat := range flow.ChatID(chats) {
					h.link(chat + 1)
				}
				for number := uint16(0); time.Now().Before(end); number++ {
					chat := flow.ChatID(number%chats) + 1
					h.enqueue(numbered(chat, number, int64(number/chats%5)+1)) // five bookings of each
					after(2 * time.Minute)
				}
				if !h.stats().Storm {
					t.Error("nobody has noticed")
				}
				tried := h.stats().Retried
				if tried < 100 || tried > 400 {
					t.Errorf("tried %d times in %v", tried, outage)
				}
				h.messenger.refuses(nothing)
				after(longestProbe + 10*time.Second)
				for chat := range flow.ChatID(chats) {
					h.wantGot(chat+1, ".....") // one message
				}
				h.wantQueued(0)
				if got := h.stats(); got.Storm || got.Dropped[Superseded] != 6*30-5*chats || len(got.Dropped) != 1 || got.Told != 5*chats {
					t.Errorf("counted: %+v", got.Counts)
				}
				if _, twice := h.messenger.crowd(); twice {
					t.Error("a chat was sent to twice at once")
				}
			})
		})
	}
}

// TestHurry has the messenger back while one chat waits because it failed, and another because it was asked to.
func TestHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		now := time.Now()
		until := now.Add(longestDelay)
		dueAt := func(at time.Time) func(*store.Notification) { return func(n *store.Notification) { n.Due = at } }
		h.enqueue(
			with(note(chatA, 'a'), dueAt(until)), with(note(chatA, 'b'), dueAt(until)), // they wait for the hold
			with(note(chatA, 'c'), dueAt(now.Add(5*time.Minute))), with(note(chatA, 'd'), dueAt(until.Add(1))), // for something else
			with(note(chatB, 'x'), dueAt(until)),
		)
		h.outbox.hold(chatA, hold{until, true})
		h.outbox.hold(chatB, hold{until, false})
		h.outbox.hurry(t.Context(), now)
		h.wantQueued(5)
		var early string
		for _, n := range h.queued() {
			if n.Due.Equal(now) {
				early += string(rune(n.ID[15]))
			}
		}
		if early != "ab" {
			t.Errorf("due at once: %q, want the two that waited for no other reason", early)
		}
		if held := h.outbox.known(now).held; len(held) != 1 || held[chatB].until != until {
			t.Errorf("held: %v, want the one that was asked for", held)
		}
	})
}

// TestOneChatWithoutTelegram is the same for somebody who has the bot to themselves.
func TestOneChatWithoutTelegram(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(always(Verdict{Kind: Doubtful}))
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'))
		after(3 * time.Hour)
		h.enqueue(about('a', note(chatA, 'c')))
		after(3 * time.Hour)
		h.messenger.refuses(nothing)
		after(longestDelay)
		h.wantGot(chatA, "bc")
		if got := h.messenger.tried('a') + h.messenger.tried('b'); got > 60 {
			t.Errorf("%d tries in six hours", got)
		}
	})
}

// TestTheEndOfAStormIsForAll has two chats, whose tries have drawn apart: once something goes out to one, the other need
// not wait for its own next try. Both ends are logged once.
func TestTheEndOfAStormIsForAll(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		logged := func(began, ended int) {
			t.Helper()
			log := h.log.String()
			if strings.Count(log, "alerts do not go out") != began || strings.Count(log, "alerts go out again") != ended {
				t.Errorf("log:\n%s", log)
			}
		}
		h.messenger.refuses(always(Verdict{Kind: Transient}))
		h.enqueue(note(chatA, 'a'), note(chatB, 'b'))
		after(3 * time.Hour)
		logged(1, 0)
		h.messenger.refuses(nothing)
		for h.stats().All == 2 {
			after(time.Second)
		}
		after(DefaultTick)
		h.wantGot(chatA, "a")
		h.wantGot(chatB, "b")
		logged(1, 1)
	})
}

// TestOneBadChatHoldsUpNobody has one chat fail among others that do not.
func TestOneBadChatHoldsUpNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(n store.Notification, _ int) error {
			if n.Chat == chatA {
				return failure{Verdict{Kind: Transient}}
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'))
		for n := range byte(26) {
			h.enqueue(note(chatB, 'A'+n))
			after(5 * time.Second)
			if h.stats().Storm {
				t.Fatal("one chat is no storm")
			}
		}
		if got := strings.Fields(h.messenger.got(chatB)); len(got) != 26 {
			t.Errorf("%d arrived, want 26", len(got))
		}
		if got := h.messenger.tried('a'); got < 4 || got > 6 {
			t.Errorf("%d tries in two minutes", got)
		}
	})
}

// TestAThousandChangesInAMinute has them arrive for a hundred chats, with a messenger that takes thirty a second.
func TestAThousandChangesInAMinute(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.takesTime(time.Second) // 32 workers: 32 a second
		const chats = 100
		for chat := range flow.ChatID(chats) {
			h.link(chat + 1)
		}
		var latest time.Time
		for number := uint16(0); number < 1000; {
			var some []store.Notification
			for range 10 {
				some = append(some, numbered(flow.ChatID(number%chats)+1, number, int64(number/chats)+1))
				number++
			}
			h.enqueue(some...)
			latest = time.Now()
			time.Sleep(600 * time.Millisecond)
		}
		for h.stats().All > 0 {
			after(100 * time.Millisecond)
			if time.Since(latest) > 10*time.Second {
				t.Fatalf("%d are still queued", h.stats().All)
			}
		}
		got := h.stats()
		if got.Told != 1000 || len(got.Dropped) > 0 || got.Sent > 1000 {
			t.Errorf("counted: %+v", got.Counts)
		}
		if _, twice := h.messenger.crowd(); twice {
			t.Error("a chat was sent to twice at once")
		}
		t.Logf("1000 changes in %d messages, the last %v after the last change", got.Sent, time.Since(latest))
	})
}

// TestAFlappingBooking changes each second; while the chat is held the person hears the last word only.
func TestAFlappingBooking(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(n store.Notification, _ int) error {
			if n.ID[15] == 'a' {
				return failure{Verdict{Kind: Later, After: 20 * time.Second}}
			}
			return nil
		})
		kinds := []alert.Kind{alert.Accepted, alert.Cancelled, alert.Request}
		for n := range byte(15) {
			h.enqueue(about(1, as(kinds[n%3], note(chatA, 'a'+n))))
			after(time.Second)
		}
		after(time.Minute)
		h.wantGot(chatA, "o")
		if held := len(h.outbox.memory.held); held != 0 {
			t.Errorf("%d holds are remembered for nothing", held)
		}
	})
}

// TestAFlappingPlatform goes down and comes back while the chat is held: what has passed is not told.
func TestAFlappingPlatform(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(fails('a', 1, Verdict{Kind: Later, After: 20 * time.Second}))
		h.enqueue(as(alert.Down, note(chatA, 'a')))
		after(time.Second)
		h.enqueue(as(alert.Back, note(chatA, 'b')))
		after(time.Second)
		h.wantQueued(2) // the first is held, and so is the second: they meet when the hold is over
		after(time.Minute)
		h.wantGot(chatA, "")
		h.wantQueued(0)
		h.enqueue(as(alert.Down, note(chatA, 'c')))
		after(time.Second)
		h.enqueue(as(alert.Back, note(chatA, 'd')))
		after(time.Second)
		h.wantGot(chatA, "c d")
	})
}

// TestWhatIsOnItsWayIsNotOld has more come for a chat while a message is on its way there.
func TestWhatIsOnItsWayIsNotOld(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.takesTime(10 * time.Second)
		h.messenger.refuses(fails('c', 1, Verdict{Kind: Transient}))
		h.enqueue(as(alert.Down, note(chatA, 'a')), about(1, note(chatB, 'c')))
		after(time.Second)
		h.enqueue(as(alert.Back, note(chatA, 'b')), about(1, note(chatB, 'd')))
		after(time.Minute)
		h.wantGot(chatA, "a b") // the person was told of the outage, so they hear of its end
		h.wantGot(chatB, "d")
		if got := h.stats().Dropped; got[Superseded] != 1 {
			t.Errorf("dropped: %v", got)
		}
	})
}

// TestMoreThanAWindowDue has them due for two hundred chats, and then one that is urgent for the last of these.
func TestMoreThanAWindowDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.messenger.takesTime(time.Second)
		const chats, all = 200, 2 * window
		h.update(func(tx *store.Tx) error {
			for chat := range flow.ChatID(chats) {
				if err := tx.PutAccount(store.Account{ID: accountOf(chat + 1), Chat: chat + 1, State: store.AccountActive}); err != nil {
					return err
				}
			}
			for number := range uint16(all) {
				n := numbered(flow.ChatID(number%chats)+1, number, int64(number/chats)+1)
				n.Made = time.Now().Add(-time.Minute)
				n.Due = n.Made
				if err := tx.Enqueue(n); err != nil {
					return err
				}
			}
			return nil
		})
		defer h.run()()
		after(time.Millisecond)
		h.enqueue(as(alert.SignIn, numbered(chats, 20000, 0)))
		for range 60 {
			if after(time.Second); h.stats().All == 0 {
				break
			}
		}
		if got := h.stats(); got.Told != all+1 || len(got.Dropped) > 0 || got.Sent != chats+1 || got.All > 0 {
			t.Errorf("counted: %+v", got)
		}
		if at := slices.Index(h.messenger.all(), "."); at < 0 || at >= 3*DefaultWorkers {
			t.Errorf("the sign-in came after %d others", at)
		}
	})
}
