package outbox

import (
	"slices"

	"github.com/google/uuid"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// subject is what a notification is about. News of a booking and what comes before it say different things.
type subject struct {
	account store.AccountID
	side    string
	booking int64
	member  int64 // of the group, where that is all it is about
	about   string
}

// bookingOf is the subject of all news of a notification's booking.
func bookingOf(n store.Notification) subject {
	return subject{account: n.Account, side: n.Side, booking: n.Booking, about: "news"}
}

func subjectOf(n store.Notification) subject {
	s := bookingOf(n)
	if !n.Kind.OfBooking() {
		s.about, s.member = string(n.Kind), n.Member
	}
	return s
}

// outage reports whether a notification says that the platform is out of reach, or back.
func outage(n store.Notification) bool { return n.Kind == alert.Down || n.Kind == alert.Back }

// over reports whether news of a booking leaves nothing to come.
func over(n store.Notification) bool {
	return n.Kind == alert.Rejected || n.Kind == alert.Expired || n.Kind == alert.Cancelled
}

// outdated finds what needs no telling, as others of the list say something newer: of each subject all but the
// newest, what is to come of a booking that is over, and an outage that has ended.
func outdated(list []store.Notification) map[uuid.UUID]bool {
	old := map[uuid.UUID]bool{}
	newest, ended := map[subject]store.Notification{}, map[subject]store.Notification{}
	outages := map[store.AccountID][]store.Notification{}
	for _, n := range list {
		if outage(n) {
			outages[n.Account] = append(outages[n.Account], n)
			continue
		}
		about := subjectOf(n)
		if known, ok := newest[about]; !ok || newer(n, known) {
			newest[about] = n
		}
		if known, ok := ended[about]; over(n) && (!ok || older(known, n)) {
			ended[about] = n
		}
	}
	for _, n := range list {
		end, over := ended[bookingOf(n)]
		old[n.ID] = !outage(n) && newest[subjectOf(n)].ID != n.ID || n.Kind.Timed() && over && older(n, end)
	}
	for _, of := range outages {
		endOutages(of, old)
	}
	return old
}

// newer reports whether a says something newer than b, on the same subject. Of two things to come that is the one
// that is nearer, whichever was made first; a Due says less, as another try moves it.
func newer(a, b store.Notification) bool {
	if a.Kind.Timed() {
		if at := a.Before().Add(-a.Lead).Compare(b.Before().Add(-b.Lead)); at != 0 {
			return at > 0
		}
	}
	return older(b, a)
}

// endOutages marks what is old of an account's outages: all but the last word, and that one too if it is what the
// person was told before the first. Where one may have arrived, nobody knows what they were told.
func endOutages(of []store.Notification, old map[uuid.UUID]bool) {
	of = slices.SortedFunc(slices.Values(of), byAge)
	last := of[len(of)-1]
	for _, n := range of[:len(of)-1] {
		old[n.ID] = true
	}
	doubt := slices.ContainsFunc(of, func(n store.Notification) bool { return n.Doubtful })
	old[last.ID] = of[0].Kind != last.Kind && !doubt
}
