package outbox

import (
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// remind queues a note as a reminder of a call, which it says is to begin in that long.
func (h *house) remind(n store.Notification, in, lead time.Duration) {
	h.t.Helper()
	n.Kind, n.Session, n.Lead, n.Status = alert.Reminder, time.Now().Add(in), lead, "Accepted"
	n.Due = n.Session.Add(-lead)
	h.enqueue(n)
}

func TestTheBotWasDownWhenAReminderWasDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.remind(about(1, note(chatA, 'a')), 2*time.Hour, 90*time.Minute)
		h.remind(about(1, note(chatA, 'b')), 2*time.Hour, time.Hour)
		h.remind(about(2, note(chatA, 'c')), 30*time.Minute, 15*time.Minute)
		h.enqueue(about(1, note(chatA, 'd')))
		after(90 * time.Minute)
		defer h.run()()
		after(time.Second)
		h.wantGot(chatA, "b d")
		h.wantQueued(0)
	})
}

func TestAReminderIsNotTriedIntoTheCall(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.messenger.refuses(func(store.Notification, int) error { return failure{Verdict{Kind: Later, After: 20 * time.Minute}} })
		h.remind(note(chatA, 'a'), time.Hour, 30*time.Minute)
		after(time.Hour + time.Minute)
		h.messenger.refuses(nothing)
		after(time.Hour)
		h.wantGot(chatA, "")
		h.wantQueued(0)
	})
}

// TestACallIsMovedWhileItsReminderIsSent has it sent once more at the new time, however the sending ends.
func TestACallIsMovedWhileItsReminderIsSent(t *testing.T) {
	for name, tc := range map[string]struct {
		refuse refusal
		want   string
	}{
		"it arrives": {nothing, "a a"},
		"it fails": {func(_ store.Notification, try int) error {
			if try == 1 {
				return failure{Verdict{Kind: Transient}}
			}
			return nil
		}, "a"},
		"it is refused for good": {func(_ store.Notification, try int) error {
			if try == 1 {
				return failure{Verdict{Kind: Permanent}}
			}
			return nil
		}, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				h.messenger.takesTime(10 * time.Second)
				h.messenger.refuses(tc.refuse)
				h.remind(note(chatA, 'a'), time.Hour, time.Hour)
				after(5 * time.Second)
				moved := time.Now().Add(5 * time.Hour)
				h.update(func(tx *store.Tx) error {
					return tx.PutSnapshot(store.Snapshot{
						Account: accountOf(chatA), Side: store.SideMade, Booking: 'a', Status: "Accepted", Session: moved,
					})
				})
				after(3 * time.Hour)
				queued := h.queued()
				if len(queued) != 1 || !queued[0].Due.Equal(moved.Add(-time.Hour)) || queued[0].Attempts != 0 {
					t.Errorf("queued: %d, want it alone and as it was moved", len(queued))
				}
				after(2 * time.Hour)
				h.wantGot(chatA, tc.want)
				h.wantQueued(0)
			})
		})
	}
}
