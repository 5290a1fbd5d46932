package poller

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

// sweep forgets what is long over, as the program does each day.
func (h *house) sweep() (forgotten int) {
	h.t.Helper()
	forgotten, err := h.store.Sweeper().Step(h.t.Context(), h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	return forgotten
}

// kept lists the numbers of the bookings that are kept, of both sides.
func (h *house) kept() map[int64]bool {
	h.t.Helper()
	kept := map[int64]bool{}
	h.view(func(tx *store.Tx) error {
		for _, side := range []string{store.SideMade, store.SideReceived} {
			for s, err := range tx.Snapshots(h.account, side) {
				if err != nil {
					return err
				}
				kept[s.Booking] = true
			}
		}
		return nil
	})
	return kept
}

// The platform goes on listing what the program has forgotten: in the list from a day on if an old booking is open, and
// in the list of all, every six hours and after each start. An open request would be told even if its call is past.
func TestWhatWasForgottenIsNoNews(t *testing.T) {
	h := newHouse(t)
	commits := h.countCommits()
	aged := func(id apiclient.BookingID, status apiclient.Status, ago time.Duration) apiclient.Booking {
		b := booking(id, status)
		b.Created, b.LastUpdated, b.AcceptBy, b.Session = noon.Add(-ago-72*time.Hour), noon.Add(-ago-48*time.Hour), noon.Add(-ago-time.Hour), noon.Add(-ago)
		return b
	}
	const days = 24 * time.Hour
	open := booking(9, accepted)
	open.Created, open.LastUpdated = noon.Add(-90*days), noon.Add(-90*days)
	h.platform.set(apiclient.Made, open)
	for _, b := range []apiclient.Booking{aged(1, pending, 20*days), aged(2, cancelled, 20*days), aged(3, "Paused", 20*days), aged(4, accepted, 5*days)} {
		h.platform.set(apiclient.Received, b)
		b.ID += 10
		h.platform.set(apiclient.Made, b)
	}
	h.look()
	h.now = noon.Add(11 * days)
	open.Session, open.AcceptBy = h.now.Add(days), h.now.Add(days) // it was moved
	h.platform.set(apiclient.Made, open)
	h.look()
	h.wantTold("made 9 changed")
	if got := h.sweep(); got != 6 {
		t.Fatalf("%d are forgotten, want 6", got)
	}
	*commits = 0
	for range 800 { // also at the looks at all, six hours apart
		h.look()
	}
	h.poller.schedule = newSchedule(1) // and after a start
	h.lookWith(t.Context())
	if *commits > 1 { // how long the account is left alone, maybe
		t.Errorf("%d commits for nothing new", *commits)
	}
	h.wantTold("made 9 changed")
	if diff := cmp.Diff(map[int64]bool{9: true, 4: true, 14: true}, h.kept()); diff != "" {
		t.Errorf("what is kept (-want +got):\n%s", diff)
	}

	revived := aged(1, pending, 20*days)
	revived.Session, revived.AcceptBy, revived.LastUpdated = h.now.Add(2*days), h.now.Add(days), h.now
	h.platform.set(apiclient.Received, revived)
	h.now = h.now.Add(wideEvery) // it was made before the day from which on the list is read
	h.look()
	h.wantTold("made 9 changed", "received 1 request")
}
