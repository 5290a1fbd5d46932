package conversations_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/alert"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// comes lists what waits to be told, as kind and time from monday noon.
func (r *rig) comes() (all []string) {
	r.t.Helper()
	for _, n := range r.inQueue() {
		all = append(all, fmt.Sprint(n.Kind, " ", n.Due.Sub(monday)))
	}
	slices.Sort(all)
	return all
}

// The card of a booking is opened before the poller has seen how it stands: what is to come before its times comes all
// the same, as the next look finds nothing new in it.
func TestACardThatIsOpenedBeforeTheLook(t *testing.T) {
	for name, tc := range map[string]struct {
		token, side, status string
		prefer              func(*alert.Prefs)
		muted               bool
		want                []string
	}{
		"a request":              {token: performerToken, side: "r", want: []string{"reply_by 3h30m0s"}},
		"a call":                 {token: performerToken, side: "r", status: apisim.StatusConfirmed, want: []string{"reminder 6h0m0s", "reminder 6h45m0s"}},
		"accepted":               {token: clientToken, side: "m", status: apisim.StatusAccepted, want: []string{"reminder 6h0m0s", "reminder 6h45m0s", "reply_by 3h30m0s"}},
		"a request of one's own": {token: clientToken, side: "m"},
		"nothing is wanted": {
			token: clientToken, side: "m", status: apisim.StatusConfirmed, prefer: func(p *alert.Prefs) { p.Leads = nil },
		},
		"cancelled": {token: clientToken, side: "m", status: apisim.StatusCancelled},
		"muted":     {token: clientToken, side: "m", status: apisim.StatusAccepted, muted: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(tc.token)
			if tc.prefer != nil {
				p := r.account().Alerts
				tc.prefer(&p)
				r.prefer("", p)
			}
			id := r.platform.AddBooking(apisim.Seed{
				Client: clientID, Performer: performerID, Status: tc.status, Session: monday.Add(7 * time.Hour), AcceptBy: monday.Add(4 * time.Hour),
			})
			if tc.muted {
				r.known("made", "Pending", func(s *store.Snapshot) { s.Booking, s.Updated = id, monday.Add(-time.Hour) })
				r.write(func(tx *store.Tx) error { return tx.Mute(r.account().ID, "made", id, true) })
			}
			for range 2 {
				r.do("card", fmt.Sprint(tc.side, id))
				if got := r.comes(); !slices.Equal(got, tc.want) {
					t.Errorf("there come %v, want %v", got, tc.want)
				}
			}
		})
	}
}

// seenFirst is a platform whose every answer to a call that changes something comes after the poller has seen the change.
type seenFirst struct {
	conversations.Platform

	look func(apiclient.Booking)
}

func (s seenFirst) Confirm(ctx context.Context, as apiclient.Caller, id apiclient.BookingID) (apiclient.Booking, error) {
	b, err := s.Platform.Confirm(ctx, as, id)
	s.look(b)
	return b, err
}

func (s seenFirst) CancelMade(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, reason string) (apiclient.Booking, error) {
	b, err := s.Platform.CancelMade(ctx, as, id, reason)
	s.look(b)
	return b, err
}

func (s seenFirst) CancelReceived(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, reason string) (apiclient.Booking, error) {
	b, err := s.Platform.CancelReceived(ctx, as, id, reason)
	s.look(b)
	return b, err
}

// What the person did themselves is no news to them, also where a look saw it before the answer to their press came.
// What became of the booking since is.
func TestOnesOwnDeedIsNoNews(t *testing.T) {
	for _, d := range bookingDeeds() {
		kind := map[string]alert.Kind{"confirm": alert.Confirmed, "cancel": alert.Cancelled, "call off": alert.Cancelled}[d.name]
		if kind == "" {
			continue
		}
		for _, tc := range []struct {
			name   string
			status string // as the look saw it; empty: as it was done
			want   int
		}{{"seen first", "", 0}, {"changed since", "Mislaid", 1}} {
			t.Run(d.name+", "+tc.name, func(t *testing.T) {
				r := asked(t, d)
				r.platformOf(seenFirst{r.api, func(b apiclient.Booking) {
					side := string(b.Side)
					s := r.known(side, string(b.Status), func(s *store.Snapshot) {
						s.Booking, s.Session, s.AcceptBy, s.Updated = int64(b.ID), b.Session, b.AcceptBy, b.LastUpdated
						if tc.status != "" {
							s.Status, s.Updated = tc.status, b.LastUpdated.Add(time.Minute)
						}
					})
					r.enqueue(r.newsOf(kind, s))
				}})
				r.pressed(r.yes())
				if !d.carried(r) {
					t.Fatal("it was not done")
				}
				var news []alert.Kind
				for _, n := range r.inQueue() {
					if n.Kind.OfBooking() {
						news = append(news, n.Kind)
					}
				}
				if len(news) != tc.want {
					t.Errorf("told of %v", news)
				}
			})
		}
	}
}
