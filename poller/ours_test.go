package poller

import (
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

func TestAMutedBookingIsNotTold(t *testing.T) {
	h := newHouse(t)
	muted, heard := booking(1, pending), booking(2, pending)
	h.platform.set(apiclient.Made, muted)
	h.platform.set(apiclient.Made, heard)
	h.look()
	h.update(func(tx *store.Tx) error { return tx.Mute(h.account, store.SideMade, 1, true) })
	h.platform.set(apiclient.Made, later(muted, to(accepted)))
	h.look()
	h.wantTold()
	if h.queued != 0 {
		t.Errorf("the outbox was woken %d times for nothing", h.queued)
	}
	h.platform.set(apiclient.Made, later(heard, to(accepted)))
	h.look()
	h.wantTold("made 2 accepted")
	h.update(func(tx *store.Tx) error { return tx.Mute(h.account, store.SideMade, 1, false) })
	h.look()
	h.wantTold("made 2 accepted") // what was missed is not made up for
	h.platform.set(apiclient.Made, later(later(muted, to(accepted)), to(cancelled)))
	h.look()
	h.wantTold("made 2 accepted", "made 1 cancelled")
}

func TestWhatWasOfferedOutlivesTheAcceptance(t *testing.T) {
	h := newHouse(t)
	b := booking(1, pending)
	h.platform.set(apiclient.Made, b)
	h.look()
	h.platform.set(apiclient.Made, later(b, func(b *apiclient.Booking) {
		b.Status, b.Credits = accepted, apiclient.WholeCredits(150)
	}))
	h.look()
	h.view(func(tx *store.Tx) error {
		got, err := tx.Snapshot(h.account, store.SideMade, 1)
		if got.Credits != "150.00" || got.Offered != "135.00" {
			t.Errorf("credits %s, offered %s; want 150.00 and 135.00", got.Credits, got.Offered)
		}
		return err
	})
}

func TestAReminderFollowsWhatThePollerSees(t *testing.T) {
	h := newHouse(t)
	b := booking(1, apiclient.StatusConfirmed)
	h.platform.set(apiclient.Made, b)
	h.look()
	reminder := store.Notification{
		ID: h.newID(), Account: h.account, Chat: chat, Kind: alert.Reminder, Side: store.SideMade, Booking: 1,
		Made: h.now, Due: b.Session.Add(-time.Hour), Session: b.Session, Lead: time.Hour,
	}
	h.update(func(tx *store.Tx) error { return tx.Enqueue(reminder) })
	h.platform.set(apiclient.Made, later(b, func(b *apiclient.Booking) { b.Session = b.Session.Add(time.Hour) }))
	h.look()
	h.view(func(tx *store.Tx) error {
		got, err := tx.Notification(h.account, reminder.ID)
		if !got.Due.Equal(b.Session) {
			t.Errorf("it is due at %v, want %v", got.Due, b.Session)
		}
		return err
	})
	h.platform.set(apiclient.Made, later(later(b, to(cancelled)), to(cancelled)))
	h.look()
	h.wantTold("made 1 changed", "made 1 cancelled")
}
