package conversations_test

import (
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// Two alerts of one booking are snoozed one after the other: both come once more, when the first snooze is over.
func TestTwoAlertsOfABookingAreSnoozed(t *testing.T) {
	for name, tc := range map[string]struct {
		press []string
		want  []string
	}{
		"a warning while the news is snoozed": {[]string{"am48213", "bm48213"}, []string{"accepted 12:15 0s", "reply_by 12:15 3h45m0s"}},
		"the news while a warning is":         {[]string{"bm48213", "am48213"}, []string{"reply_by 12:15 3h45m0s", "accepted 12:15 0s"}},
		"the same news, called otherwise":     {[]string{"am48213", "hm48213"}, []string{"accepted 12:15 0s"}},
		"news that is not so":                 {[]string{"bm48213", "cm48213"}, []string{"reply_by 12:15 3h45m0s"}},
		"all there is":                        {[]string{"im48213", "bm48213", "am48213"}, []string{"reminder 12:15 6h45m0s", "reply_by 12:15 3h45m0s", "accepted 12:15 0s"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := alerted(t)
			for range 2 {
				for _, ref := range tc.press {
					r.do("newssnooze", ref)
					r.wantSaid("Snoozed until 12:15.")
					r.clock.Advance(time.Minute)
				}
			}
			r.wantQueued(tc.want...)
		})
	}
}

// What would be too late by then is not promised.
func TestASecondSnoozeBeyondItsTime(t *testing.T) {
	r, s := alerted(t)
	r.do("newssnooze", "am48213")
	r.known(store.SideMade, "Accepted", func(s *store.Snapshot) {
		s.AcceptBy, s.Snoozed = monday.Add(10*time.Minute), monday.Add(15*time.Minute)
	})
	r.do("newssnooze", "bm48213")
	r.wantQueued("accepted 12:15 0s")
	if got := r.snapshot("made", s.Booking).Snoozed; !got.Equal(monday.Add(15 * time.Minute)) {
		t.Errorf("snoozed until %s", got)
	}
}

// A reminder that was set by hand for the very time at which a snooze ends is not the snooze's to take away.
func TestASnoozeBesideAReminderSetByHand(t *testing.T) {
	for name, end := range map[string]string{"told now": "newswake", "muted": "newsmute"} {
		t.Run(name, func(t *testing.T) {
			r, s := alerted(t, func(s *store.Snapshot) { s.Status, s.Session = "Confirmed", monday.Add(14*time.Minute) })
			byHand := r.newsOf(alert.Reminder, s)
			byHand.Lead, byHand.Due = 5*time.Minute, s.Session.Add(-5*time.Minute)
			r.enqueue(byHand)
			for range 2 {
				r.do("newssnooze", "im48213")
				r.wantSaid("Snoozed until 12:09.")
				r.wantQueued("reminder 12:09 5m0s", "reminder 12:09 5m1s")
			}
			r.do(end, "im48213")
			r.wantQueued("reminder 12:09 5m0s")
			if got := r.inQueue(); len(got) != 1 || got[0].ID != byHand.ID {
				t.Error("it is not the one that was set")
			}
		})
	}
}

// Whoever sends is told of what a button queued, once it is written down, and of nothing else.
func TestButtonsOfAlertsWakeWhoeverSends(t *testing.T) {
	r, s := alerted(t)
	for _, tc := range []struct {
		action string
		woken  int
	}{{"newssnooze", 1}, {"newssnooze", 0}, {"newsmute", 0}, {"newsmute", 0}, {"newsunmute", 1}, {"newsunmute", 0}, {"newssnooze", 1}} {
		r.woken = 0
		r.do(tc.action, "am48213")
		if r.woken != tc.woken {
			t.Errorf("%s: told %d times, want %d", tc.action, r.woken, tc.woken)
		}
	}
	held := r.newsOf(alert.Credits, s)
	held.Due, held.Key, r.woken = monday.Add(15*time.Minute), "credits 140.00", 0
	r.enqueue(held)
	r.clock.Advance(time.Minute)
	r.do("newswake", "am48213")
	if r.woken != 1 {
		t.Errorf("what was held back is due: told %d times", r.woken)
	}
	r, _ = alerted(t)
	r.do("newssnooze", "am48213")
	for _, want := range []int{1, 0} {
		r.woken = 0
		r.do("newssnooze", "bm48213")
		if r.woken != want {
			t.Errorf("another alert is snoozed as well: told %d times, want %d", r.woken, want)
		}
	}
}

// Ended from one alert, a snooze is over for all: what this one says is said, and the rest comes now.
func TestASnoozeOfSeveralEndsForAll(t *testing.T) {
	for pressed, tc := range map[string]struct {
		want []string
		says string
	}{
		"am48213": {[]string{"reminder 12:05 6h45m0s", "reply_by 12:05 3h45m0s"}, "NameA accepted: "},
		"im48213": {[]string{"reply_by 12:05 3h45m0s", "accepted 12:05 0s"}, "In about 7 hours: the call with NameA"},
		"bm48213": {[]string{"reminder 12:05 6h45m0s", "accepted 12:05 0s"}, "left to confirm the call with NameA"},
	} {
		t.Run(pressed, func(t *testing.T) {
			r, _ := alerted(t)
			for _, ref := range []string{"im48213", "bm48213", "am48213"} {
				r.do("newssnooze", ref)
			}
			r.clock.Advance(5 * time.Minute)
			r.do("newswake", pressed)
			r.wantSaid(tc.says)
			r.wantQueued(tc.want...)
		})
	}
}

// The newest news takes the place of what was snoozed; that of other bookings is nothing to it, nor that of the other
// side's booking of the same number.
func TestASnoozeIsOfOneBooking(t *testing.T) {
	r, s := alerted(t)
	other, elsewhere := r.newsOf(alert.Accepted, s), r.newsOf(alert.Credits, s)
	other.Booking, elsewhere.Side = 7, store.SideReceived
	r.do("newssnooze", "bm48213")
	r.enqueue(other, elsewhere)
	r.do("newssnooze", "am48213")
	r.wantQueued("accepted 12:00 0s", "credits 12:00 0s", "reply_by 12:15 3h45m0s", "accepted 12:15 0s")
	r.do("newswake", "bm48213")
	r.do("newssnooze", "am48213")
	r.wantQueued("accepted 12:00 0s", "credits 12:00 0s", "accepted 12:15 0s")
	r.do("newsmute", "am48213")
	r.wantQueued("accepted 12:00 0s", "credits 12:00 0s")
}

func TestASnoozeThatEndsSaysTheNewest(t *testing.T) {
	r, s := alerted(t)
	r.enqueue(r.newsOf(alert.Credits, s))
	r.do("newssnooze", "am48213")
	r.wantQueued("credits 12:15 0s")
	r.do("newswake", "am48213")
	r.wantSaid("The credits for the call with NameA changed: ")
	r.wantQueued()
}

// What an alert said that is not so any more is not brought back: the current news is shown.
func TestAlertsThatAreNotSoAnyMore(t *testing.T) {
	for name, tc := range map[string]struct {
		ref, status string
		after       time.Duration
		says        string
	}{
		"a reminder of a call that is off":      {"im48213", "Cancelled", 0, "was cancelled: "},
		"a reminder of one that has begun":      {"im48213", "Confirmed", 8 * time.Hour, "is confirmed: "},
		"a warning that comes too late":         {"bm48213", "Accepted", 5 * time.Hour, "NameA accepted: "},
		"expired, and alive again":              {"em48213", "Confirmed", 0, "is confirmed: "},
		"credits of a call that is off":         {"mm48213", "Cancelled", 0, "was cancelled: "},
		"a time of one that was declined":       {"hm48213", "Rejected", 0, "was declined: "},
		"accepted, and not any more":            {"am48213", "Pending", 0, "The booking with NameA changed: "},
		"a request, which is the other side's":  {"qm48213", "Pending", 0, "The booking with NameA changed: "},
		"a state that this program hasn't seen": {"cm48213", "Dreamt", 0, "The booking with NameA changed: "},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := alerted(t, func(s *store.Snapshot) { s.Status = tc.status })
			r.clock.Advance(tc.after)
			r.do("newssnooze", tc.ref)
			r.wantSaid("That alert is out of date, and nothing was done.")
			r.wantSaid(tc.says)
			r.wantQueued()
		})
	}
}

func TestANewsRefIsOfNoList(t *testing.T) {
	r, _ := alerted(t)
	r.do("newssnooze", "am48213:mn1c")
	r.wantSaid("Linked as")
	r.wantQueued()
	r.do("card", "m48213:mn1c") // whereas a card's is
	if r.chat.last() == "" {
		t.Error("nothing is said")
	}
}

// What is queued of the account and does not open keeps no button of an alert from its work.
func TestButtonsOfAlertsBesideASpoiltRow(t *testing.T) {
	r, s := alerted(t)
	r.do("newssnooze", "am48213")
	r.flush()
	r.check(r.db.Close())
	file, err := bbolt.Open(r.path, 0o600, nil)
	r.check(err)
	r.check(file.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("outbox")).Put(append(s.Account[:], make([]byte, 16)...), []byte("spoilt")) // the first of all
	}))
	r.check(file.Close())
	r.db, err = store.Open(r.path, r.ring)
	r.check(err)
	r.desk = nil
	r.platformOf(r.api)
	r.do("newssnooze", "bm48213")
	r.wantSaid("Snoozed until 12:15.")
	r.do("newswake", "am48213")
	r.wantSaid("NameA accepted: ")
	r.do("newsmute", "am48213")
	r.wantSaid("No alerts about this booking.")
}
