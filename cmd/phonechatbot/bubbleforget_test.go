package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// A booking is forgotten by the day after the thirtieth, although the program is stopped now and then. The platform shows it
// on, and nobody hears of it.
func TestABookingIsForgotten(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 1, pollMin: 5 * time.Minute}, func(b *bubble) {
		client, performer, began := b.clients[0], b.performers[0], time.Now()
		over := func(status string, days int) int64 {
			session := began.AddDate(0, 0, -days).Add(-18 * time.Hour)
			return b.platform.AddBooking(apisim.Seed{
				Client: client.member, Performer: performer.member, Status: status, Session: session,
				Created: session.AddDate(0, 0, -3), LastUpdated: session.AddDate(0, 0, -2),
			})
		}
		history := over(apisim.StatusConfirmed, 100)
		expired, held, later := over(apisim.StatusPending, 28), over(apisim.StatusConfirmed, 28), over(apisim.StatusCancelled, 10)
		b.link(client, performer)
		linked := time.Now()
		for _, since := range []struct {
			hours time.Duration
			kept  []int64
		}{{0, []int64{expired, held, later}}, {25, []int64{expired, held, later}}, {25, []int64{later}}, {1, []int64{later}}} {
			time.Sleep(since.hours * time.Hour)
			b.stop()
			if diff := cmp.Diff(since.kept, b.keptOf()); diff != "" {
				t.Errorf("after %d hours more (-want +got):\n%s", since.hours, diff)
			}
			b.start()
		}
		time.Sleep(time.Hour) // the list of all is read after each start
		for _, p := range b.everybody() {
			if got := p.heard(linked); len(got) != 0 {
				t.Errorf("%d heard of what was forgotten, or of booking %d:\n%s", p.user, history, listed(got))
			}
		}
	})
}

// keptOf lists the bookings of which anything is kept, while the program does not run.
func (b *bubble) keptOf() (bookings []int64) {
	b.t.Helper()
	db, err := openStore(b.settings)
	if err != nil {
		b.t.Fatal(err)
	}
	err = db.View(context.Background(), func(tx *store.Tx) error {
		for a, err := range tx.Accounts() {
			if err != nil {
				return err
			}
			for _, side := range []string{store.SideMade, store.SideReceived} {
				for s, err := range tx.Snapshots(a.ID, side) {
					if err != nil {
						return err
					}
					bookings = append(bookings, s.Booking)
				}
			}
		}
		return nil
	})
	b.must(errors.Join(err, db.Close()))
	slices.Sort(bookings)
	return slices.Compact(bookings)
}
