package outbox

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// TestWhatCannotBeTakenOffIsNotSentAgain has the disk fail while a message is on its way, and come back.
func TestWhatCannotBeTakenOffIsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		stop := h.run()
		h.messenger.refuses(func(n store.Notification, _ int) error {
			if n.ID[15] == 'a' {
				return h.store.Close()
			}
			return nil
		})
		h.enqueue(as(alert.Down, note(chatA, 'a')), note(chatA, 'b'))
		after(time.Minute)
		h.wantGot(chatA, "a") // sent, not taken off, and not sent again for that
		stop()
		if got := strings.Count(h.log.String(), `"level":"error"`); got != 2 {
			t.Errorf("%d errors logged, want one of the send and one of the queue:\n%s", got, h.log.String())
		}
		same := h.outbox
		h.open()
		same.cfg.Store, h.outbox = h.store, same
		defer h.run()()
		after(time.Minute)
		h.wantGot(chatA, "a b")
		h.wantQueued(0)
		if got := len(same.known(time.Now()).delivered); got != 0 {
			t.Errorf("%d deliveries are remembered for nothing", got)
		}
	})
}

// TestARefusalThatCannotBeRecordedIsNoRush has the disk fail just then, and work again.
func TestARefusalThatCannotBeRecordedIsNoRush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		stop := h.run()
		h.messenger.refuses(func(_ store.Notification, try int) error {
			if try == 1 {
				if err := h.store.Close(); err != nil {
					t.Error(err)
				}
			}
			return failure{Verdict{Kind: Permanent}}
		})
		h.enqueue(note(chatA, 'a'))
		after(time.Second)
		stop()
		same := h.outbox
		h.open()
		same.cfg.Store, h.outbox = h.store, same
		defer h.run()()
		after(longestDelay - 2*time.Second)
		if got := h.messenger.tried('a'); got != 1 {
			t.Errorf("%d tries, want 1", got)
		}
		after(time.Minute)
		h.wantQueued(0)
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

// TestWhatChangedMeanwhileIsLeftAlone has a plan carried out that was made of what is so no more.
func TestWhatChangedMeanwhileIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.remind(note(chatA, 'r'), time.Hour, time.Hour)
		h.enqueue(note(chatA, 'a'), note(chatA, 'b'))
		before := h.queued()
		h.update(func(tx *store.Tx) error {
			for _, n := range before {
				n.Due, n.Session = n.Due.Add(time.Minute), n.Session.Add(time.Minute)
				if err := tx.PutNotification(n); err != nil {
					return err
				}
			}
			return tx.DeleteNotification(before[2].Account, before[2].ID)
		})
		p := plan{
			drop: []dropped{{before[0], Late}, {before[0], Superseded}, {before[2], Superseded}},
			wait: []postponed{{before[1], time.Now().Add(time.Hour)}, {before[2], time.Now().Add(time.Hour)}},
		}
		if err := h.outbox.settle(t.Context(), p, time.Now()); err != nil {
			t.Fatal(err)
		}
		after := h.queued()
		if len(after) != 2 || !after[0].Due.Equal(before[0].Due.Add(time.Minute)) || !after[1].Due.Equal(before[1].Due.Add(time.Minute)) {
			t.Errorf("queued: %d, not two as they were moved", len(after))
		}
	})
}
