package poller

import (
	"slices"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// Of a member whom the platform no longer shows nothing is told any more: no news that waits for the morning, no
// reminder, no line of a summary. Shown again and chosen anew, they begin with a first look.
func TestNothingIsToldOfAMemberWhoIsNotShown(t *testing.T) {
	h := newHouse(t)
	h.update(func(tx *store.Tx) error {
		account, err := tx.Account(h.account)
		if err != nil {
			return err
		}
		account.Alerts.Leads = []int{60}
		return tx.PutAccount(account)
	})
	theirCall := booking(1, apiclient.StatusConfirmed)
	h.platform.setFor(theirs(), apiclient.Received, theirCall)
	h.platform.set(apiclient.Received, booking(2, apiclient.StatusConfirmed))
	h.watch()
	h.look()
	h.platform.setFor(theirs(), apiclient.Received, later(theirCall, to(cancelled)))
	h.platform.setFor(theirs(), apiclient.Received, booking(3, apiclient.StatusConfirmed))
	h.look()
	h.platform.refuseFor(theirs(), refusal(apiclient.ErrForbidden))
	h.look()
	var kept, queued []int64
	h.view(func(tx *store.Tx) error {
		for s, err := range tx.Snapshots(h.account, store.SideReceived) {
			if err != nil {
				return err
			}
			kept = append(kept, s.Booking)
		}
		for n, err := range tx.Notices(h.account) {
			if err != nil {
				return err
			}
			if queued = append(queued, n.Booking); n.Booking == 0 && n.Kind != alert.NoAccess {
				t.Errorf("of no booking: %s", n.Kind)
			}
		}
		return nil
	})
	slices.Sort(queued)
	if !slices.Equal(kept, []int64{2}) || !slices.Equal(queued, []int64{0, 2}) {
		t.Errorf("bookings %v are kept, and news of %v: want those of one's own, and that the member is not shown", kept, queued)
	}
	h.platform.refuseFor(theirs(), nil)
	h.watch()
	h.now = h.now.Add(time.Hour)
	h.look()
	h.wantTold("received 0 no_access")
	h.platform.setFor(theirs(), apiclient.Received, later(booking(3, apiclient.StatusConfirmed), to(cancelled)))
	h.look()
	h.wantTold("received 0 no_access", "received 3 cancelled")
}
