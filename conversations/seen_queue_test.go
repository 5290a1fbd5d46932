package conversations_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/alert"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// The card of a booking is opened before the poller has seen how it stands: what is to come before its times comes all
// the same, as the next look finds nothing new in it.
func TestACardThatIsOpenedBeforeTheLook(t *testing.T) {
	type due = map[string]time.Duration
	const hour, quarter, replyBy = "reminder %d 1h0m0s", "reminder %d 15m0s", "reply_by %d 30m0s"
	const inSixHours, later, inTime = 6 * time.Hour, 6*time.Hour + 45*time.Minute, 3*time.Hour + 30*time.Minute
	for name, tc := range map[string]struct {
		token, side, status string
		prefs               *alert.Prefs
		muted               bool
		then                func(r *rig, ref string)
		want                due
	}{
		"a request":              {token: performerToken, side: "r", want: due{replyBy: inTime}},
		"a call":                 {token: performerToken, side: "r", status: apisim.StatusConfirmed, want: due{hour: inSixHours, quarter: later}},
		"accepted":               {token: clientToken, side: "m", status: apisim.StatusAccepted, want: due{hour: inSixHours, quarter: later, replyBy: inTime}},
		"a request of one's own": {token: clientToken, side: "m"},
		"nothing is wanted":      {token: clientToken, side: "m", status: apisim.StatusConfirmed, prefs: &alert.Prefs{}},
		"cancelled":              {token: clientToken, side: "m", status: apisim.StatusCancelled},
		"muted":                  {token: clientToken, side: "m", status: apisim.StatusAccepted, muted: true},
		"confirmed here": {token: clientToken, side: "m", status: apisim.StatusAccepted, then: func(r *rig, ref string) {
			r.do("confirm", ref)
			_, yes := r.yes()
			r.pressed(0, yes)
			r.wantSaid("✅ Confirmed")
		}, want: due{hour: inSixHours, quarter: later}},
		"one taken back by hand, and seen again": {token: clientToken, side: "m", status: apisim.StatusConfirmed, then: func(r *rig, ref string) {
			r.do("remindset", "60-"+ref)
			r.do("mute", ref)
			r.do("unmute", ref)
		}, want: due{quarter: later}},
		"set by hand at once": {
			token: clientToken, side: "m", status: apisim.StatusConfirmed, prefs: &alert.Prefs{Leads: []int{60}},
			then: func(r *rig, ref string) {
				r.do("remindset", "60+"+ref)
				r.do("remindset", "5+"+ref)
			},
			want: due{hour: inSixHours, "reminder %d 5m0s": 7*time.Hour - 5*time.Minute},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(tc.token)
			if tc.prefs != nil {
				r.prefer("", *tc.prefs)
			}
			id := r.platform.AddBooking(apisim.Seed{
				Client: clientID, Performer: performerID, Status: tc.status, Session: monday.Add(7 * time.Hour), AcceptBy: monday.Add(4 * time.Hour),
			})
			if tc.muted {
				r.known("made", "Pending", func(s *store.Snapshot) { s.Booking, s.Updated = id, monday.Add(-time.Hour) })
				r.write(func(tx *store.Tx) error { return tx.Mute(r.account().ID, "made", id, true) })
			}
			ref, want := tc.side+fmt.Sprint(id), due{}
			for what, in := range tc.want {
				want[fmt.Sprintf(what, id)] = in
			}
			if tc.then != nil {
				r.do("card", ref)
				tc.then(r, ref)
				r.wantWaiting(name, want)
			}
			for range 2 {
				r.do("card", ref)
				r.wantWaiting(name, want)
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
