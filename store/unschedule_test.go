package store

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"phonechatbot/internal/alert"
)

// What the choices queued leaves the queue, and can be queued again; nothing else does.
func TestUnschedule(t *testing.T) {
	s := openNew(t)
	account := Account{ID: putAccount(t, s, 1), Alerts: alert.Prefs{Leads: []int{60, 15}}}
	seen := Snapshot{
		Account: account.ID, Side: SideMade, Booking: 7, Status: statusAccepted, Updated: noon,
		Session: noon.Add(5 * time.Hour), AcceptBy: noon.Add(3 * time.Hour),
	}
	other := seen
	other.Booking = 8
	next := byte(100)
	newID := func() uuid.UUID { next++; return noteID(next) }
	byHand := Notification{ID: noteID(1), Account: account.ID, Kind: alert.Reminder, Side: SideMade, Booking: 7, Lead: 5 * time.Minute, Session: seen.Session}
	news := Notification{ID: noteID(2), Account: account.ID, Kind: alert.Accepted, Side: SideMade, Booking: 7, Key: "accepted"}
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutSnapshot(seen), tx.Enqueue(byHand), tx.Enqueue(news), tx.Schedule(account, seen, noon, newID), tx.Schedule(account, other, noon, newID))
	})
	want := func(op string, ids ...byte) {
		t.Helper()
		if diff := cmp.Diff(ids, slices.Sorted(maps.Keys(queue(t, s, account.ID)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", op, diff)
		}
	}
	want("scheduled", 1, 2, 101, 102, 103, 104, 105, 106)
	for range 2 {
		update(t, s, func(tx *Tx) error { return tx.Unschedule(seen) })
		want("unscheduled", 1, 2, 104, 105, 106)
	}
	next = 110
	update(t, s, func(tx *Tx) error { return tx.Schedule(account, seen, noon, newID) })
	want("and scheduled again", 1, 2, 104, 105, 106, 111, 112, 113)
}
