package conversations_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// noRoom is a platform that has no room to read a booking.
type noRoom struct {
	conversations.Platform

	err error
}

func (c noRoom) Booking(context.Context, apiclient.Caller, apiclient.Side, apiclient.BookingID) (apiclient.Booking, error) {
	return apiclient.Booking{}, c.err
}

// A reminder waits for room to read its booking, as long as it is early enough; then it says that it was not read.
func TestAReminderWaitsForRoom(t *testing.T) {
	tooMany := func(after time.Duration) error {
		return &apiclient.Error{Op: "read a booking", Kind: apiclient.ErrRateLimited, RetryAfter: after}
	}
	for name, tc := range map[string]struct {
		err  error
		lead time.Duration
		late time.Duration
		want time.Duration // zero: it is said
	}{
		"in time":                    {tooMany(5 * time.Second), time.Hour, 0, 5 * time.Second},
		"a little late":              {tooMany(20 * time.Second), time.Hour, 90 * time.Second, 10 * time.Second},
		"there is less time left":    {tooMany(time.Hour), time.Hour, 115 * time.Second, 5 * time.Second},
		"too late":                   {tooMany(20 * time.Second), time.Hour, 2 * time.Minute, 0},
		"the call is near":           {tooMany(time.Hour), 5 * time.Minute, 55 * time.Second, 5 * time.Second},
		"nobody knows how long":      {tooMany(0), time.Hour, 0, 0},
		"nobody is there":            {&apiclient.Error{Op: "x", Kind: apiclient.ErrUnavailable, RetryAfter: time.Minute}, time.Hour, 0, 0},
		"it is about to be too late": {tooMany(time.Hour), 40 * time.Second, 0, 8 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.platformOf(noRoom{r.api, tc.err})
			n := store.Notification{
				ID: newUUID(), Account: r.account().ID, Kind: alert.Reminder, Side: store.SideMade, Booking: 1, Status: "Confirmed",
				Session: monday.Add(tc.lead - tc.late), Lead: tc.lead, Due: monday.Add(-tc.late),
			}
			view, say, err := r.desk.Alert(t.Context(), n.Account, []store.Notification{n})
			var notYet conversations.NotYet
			errors.As(err, &notYet)
			if notYet.After != tc.want || say != (tc.want == 0) || say && !strings.Contains(viewText(view), "I could not check") {
				t.Errorf("it waits for %s, said %v, %v", notYet.After, say, err)
			}
		})
	}
}

// News that waited, for the morning say, names what is so by now: a change of the amount may be nothing the person wants
// to be told by itself. A booking that has gone on is the outbox's to leave out.
func TestNewsNamesTheAmountOfNow(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.prefer("", alert.Prefs{Level: alert.Standard})
	n := r.newsOf(alert.Accepted, r.known(store.SideMade, "Accepted"))
	r.known(store.SideMade, "Accepted", func(s *store.Snapshot) {
		s.Credits, s.Duration, s.Session, s.AcceptBy, s.Updated = "150.00", 45, monday.Add(8*time.Hour), monday.Add(5*time.Hour), monday.Add(time.Minute)
	})
	r.tell(n)
	r.wantSaid("NameA accepted: Mon 15 Feb 20:00, 45 min, 150.00 credits. Confirm by 17:00.")
	r.known(store.SideMade, "Confirmed", func(s *store.Snapshot) { s.Credits, s.Updated = "175.00", monday.Add(2*time.Minute) })
	r.tell(n)
	r.wantSaid("NameA accepted: Mon 15 Feb 19:00, 30 min, 135.00 credits.")
}
