package outbox

import (
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

func blocked(store.Notification, int) error {
	return failure{Verdict{Kind: Blocked, Reason: "bot was blocked by the user"}}
}

// TestBlockedAndBack has the person block the bot for three days, and write again.
func TestBlockedAndBack(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(n store.Notification, try int) error {
			if n.Chat == chatA {
				return blocked(n, try)
			}
			return nil
		})
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'), note(chatB, 'x'))
		h.remind(note(chatA, 'r'), 10*time.Hour, time.Hour) // is over when they come back
		h.remind(note(chatA, 's'), 80*time.Hour, time.Hour) // is not
		h.remind(note(chatA, 'u'), 73*time.Hour, 4*time.Hour)
		after(time.Second)
		since := h.paused(chatA)
		if since.IsZero() || !h.paused(chatB).IsZero() {
			t.Errorf("paused since %v; the other since %v", since, h.paused(chatB))
		}
		for letter := byte('c'); letter < 'q'; letter++ { // all of one booking but for one
			h.enqueue(about(int64(letter/'p'), note(chatA, letter)))
			after(time.Hour)
		}
		h.enqueue(as(alert.SignIn, note(chatA, 'S')), as(alert.Down, note(chatA, 'D')), as(alert.Test, note(chatA, 'T')))
		after(58 * time.Hour)
		h.enqueue(as(alert.Back, note(chatA, 'E')))
		after(time.Second)
		h.wantGot(chatB, "x")
		tries := 0
		for letter := range byte(128) {
			tries += h.messenger.tried(letter)
		}
		if tries != 2 {
			t.Errorf("%d tries, want one of each chat", tries)
		}
		if got := h.stats(); got.Paused != 1 || got.Parked != 5 || got.Blocked != 1 || got.Due != 0 {
			t.Errorf("counted: %+v", got) // a, b, o, p and the sign-in
		}

		h.messenger.refuses(nothing)
		h.isBack(chatA)
		synctest.Wait()
		h.wantGot(chatA, "S u abop") // the call in an hour is told of now, the one of three days ago is not
		after(8 * time.Hour)
		h.wantGot(chatA, "S u abop s")
		h.wantQueued(0)
	})
}

// TestBlockedAgain is a person who comes back and goes again: each time one message is tried.
func TestBlockedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(blocked)
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'))
		for try := 1; try <= 3; try++ {
			after(time.Hour)
			if got := h.messenger.tried('a'); got != try || h.paused(chatA).IsZero() {
				t.Errorf("%d tries, want %d; paused since %v", got, try, h.paused(chatA))
			}
			h.isBack(chatA)
		}
		h.messenger.refuses(nothing)
		after(time.Hour)
		h.isBack(chatA)
		after(time.Second)
		h.wantGot(chatA, "ab")
	})
}

// TestBackWhileItIsSent has the person unblock the bot while a message is on its way that is refused: nothing else tells
// that they are back.
func TestBackWhileItIsSent(t *testing.T) {
	for name, tc := range map[string]struct {
		wrote time.Duration // after the send has begun
		got   string
	}{"before": {-1, ""}, "meanwhile": {1, "a"}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				h.messenger.takesTime(time.Second)
				h.messenger.refuses(fails('a', 1, Verdict{Kind: Blocked}))
				h.enqueue(note(chatA, 'a'))
				begun := time.Now()
				synctest.Wait()
				h.update(func(tx *store.Tx) error {
					return tx.PutChat(store.Chat{ID: chatA, Account: accountOf(chatA), LastUpdateAt: begun.Add(tc.wrote)})
				})
				after(time.Minute)
				h.wantGot(chatA, tc.got)
				if paused := !h.paused(chatA).IsZero(); paused != (tc.got == "") {
					t.Errorf("paused: %v", paused)
				}
			})
		})
	}
}

// TestGoneWhileItIsSent has the person unlink, or erase everything, while a message is on its way.
func TestGoneWhileItIsSent(t *testing.T) {
	for name, verdict := range map[string]Verdict{
		"it arrives": {}, "it is refused": {Kind: Permanent}, "they have blocked it": {Kind: Blocked},
		"it is held back": {Kind: Later, After: time.Minute}, "it fails": {Kind: Transient}, "nobody knows": {Kind: Doubtful},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				h.messenger.takesTime(time.Second)
				h.messenger.refuses(func(store.Notification, int) error {
					if verdict.Kind == "" {
						return nil
					}
					return failure{verdict}
				})
				h.enqueue(as(alert.SignIn, note(chatA, 'a')), note(chatA, 'b'), note(chatA, 'c'))
				synctest.Wait()
				h.update(func(tx *store.Tx) error { return tx.DeleteAccount(accountOf(chatA)) })
				h.messenger.refuses(nothing)
				after(time.Hour)
				if h.messenger.tried('b')+h.messenger.tried('c') > 0 || h.messenger.tried('a') != 1 {
					t.Error("it goes on after the person has left")
				}
				h.wantQueued(0)
				if known := h.outbox.known(time.Now()); len(known.busy)+len(known.flying)+len(known.delivered)+len(known.alone) > 0 {
					t.Errorf("something is remembered: %+v", known)
				}
			})
		})
	}
}

// TestTwoAccountsOfAChat has two accounts in one chat, which the person has blocked; only what was refused pauses.
func TestTwoAccountsOfAChat(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		second := func(n store.Notification) store.Notification { n.Chat = chatA; return n }
		h.messenger.takesTime(time.Second)
		h.enqueue(note(chatA, 'a'), second(note(chatB, 'b')), note(chatA, 'c'), second(note(chatB, 'd')))
		after(time.Minute)
		h.wantGot(chatA, "ac bd")
		if _, twice := h.messenger.crowd(); twice {
			t.Error("a chat was sent to twice at once")
		}
		h.messenger.refuses(func(n store.Notification, try int) error {
			if n.Account == accountOf(chatA) {
				return blocked(n, try)
			}
			return nil
		})
		h.enqueue(note(chatA, 'e'), second(note(chatB, 'f')))
		after(time.Minute)
		h.wantGot(chatA, "ac bd f")
		if h.paused(chatA).IsZero() || !h.paused(chatB).IsZero() {
			t.Error("the wrong account is paused")
		}
	})
}

// TestSummaryEachDay has it come at the chosen hour until it is switched off, whatever becomes of the sending.
func TestSummaryEachDay(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		daily := alert.Prefs{Summary: alert.Daily{On: true, At: 9 * 60}}
		h.wants(chatA, daily, "Europe/London")
		first := daily.Summary.Next(time.Now(), time.UTC) // bubbles begin in winter
		h.enqueue(with(as(alert.Summary, note(chatA, 'a')), func(n *store.Notification) { n.Due = first }))
		at := func(day int) time.Time { return first.AddDate(0, 0, day) }
		wantNext := func(day int, got string) {
			t.Helper()
			h.wantGot(chatA, got)
			if list := h.queued(); len(list) != 1 || !list[0].Due.Equal(at(day)) || list[0] != list[0].Untried() {
				t.Errorf("queued: %d, not one for day %d", len(list), day)
			}
		}
		h.messenger.refuses(fails('a', 1, Verdict{Kind: Doubtful}))
		after(time.Until(first) + time.Minute)
		wantNext(1, "a")
		after(24 * time.Hour)
		wantNext(2, "a a")
		h.messenger.refuses(always(Verdict{Kind: Permanent}))
		after(24 * time.Hour)
		wantNext(3, "a a")
		h.messenger.refuses(blocked)
		after(24 * time.Hour)
		h.wantGot(chatA, "a a")
		after(24 * time.Hour) // it is not one for each day that they come back to
		h.messenger.refuses(nothing)
		h.isBack(chatA)
		after(time.Second)
		wantNext(5, "a a")
		after(24 * time.Hour)
		wantNext(6, "a a a")
		h.wants(chatA, alert.Prefs{}, "")
		after(24 * time.Hour)
		h.wantGot(chatA, "a a a")
		h.wantQueued(0)
	})
}
