package poller

import (
	"fmt"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// news says what is to be told about a booking that was read at a time: one of the kinds, or "" for
// nothing. Old is nil if the booking was not known. One change has one kind: a new state is more than
// anything else that came with it.
//
// What only the person could have done raises nothing, unless it binds credits: making a booking,
// accepting a request, declining it in time. A cancellation is always told, as the list does not say
// whose it was.
func news(side string, old *store.Snapshot, now store.Snapshot, at time.Time) alert.Kind {
	switch {
	case old == nil:
		return firstSight(side, now, at)
	case old.Status != now.Status:
		return newState(side, *old, now)
	case finished(now):
		return ""
	case !sameCredits(old.Credits, now.Credits):
		return alert.Credits
	case !old.Session.Equal(now.Session), !old.AcceptBy.Equal(now.AcceptBy), old.Duration != now.Duration:
		return alert.Changed
	}
	return ""
}

// firstSight judges a booking nobody knew. It may have come a long way between two looks; what still
// lies ahead is told as if it had been seen Pending, and of what is over only an open request.
func firstSight(side string, now store.Snapshot, at time.Time) alert.Kind {
	received, pending := side == store.SideReceived, status(now) == apiclient.StatusPending
	switch {
	case pending && received:
		return alert.Request
	case pending, !now.Session.After(at):
		return ""
	case received && finished(now):
		return "" // a request the person has never heard of
	}
	before := now
	before.Status = string(apiclient.StatusPending)
	return newState(side, before, now)
}

// newState judges a change of state.
func newState(side string, old, now store.Snapshot) alert.Kind {
	received := side == store.SideReceived
	switch status(now) {
	case apiclient.StatusPending:
		if received {
			return alert.Request // asked once more under the same number
		}
		return own(old, alert.Changed)
	case apiclient.StatusAccepted:
		if received {
			return own(old, alert.Changed)
		}
		return alert.Accepted
	case apiclient.StatusRejected:
		switch {
		case !received:
			return alert.Rejected
		case !now.AcceptBy.IsZero() && !now.Updated.Before(now.AcceptBy):
			return alert.Expired
		}
		return own(old, alert.Rejected)
	case apiclient.StatusConfirmed:
		return alert.Confirmed
	case apiclient.StatusCancelled:
		return alert.Cancelled
	}
	return alert.Changed
}

// own is nothing, for what the person did themselves; after a state this program does not know, nobody
// can say who did it, and it is told as kind.
func own(old store.Snapshot, kind alert.Kind) alert.Kind {
	switch status(old) {
	case apiclient.StatusPending, apiclient.StatusAccepted, apiclient.StatusRejected,
		apiclient.StatusConfirmed, apiclient.StatusCancelled:
		return ""
	}
	return kind
}

func finished(s store.Snapshot) bool {
	return status(s) == apiclient.StatusRejected || status(s) == apiclient.StatusCancelled
}

func status(s store.Snapshot) apiclient.Status { return apiclient.Status(s.Status) }

// sameCredits compares amounts, not their spelling: 3 is 3.00.
func sameCredits(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := apiclient.ParseCredits(a)
	y, errY := apiclient.ParseCredits(b)
	return errX == nil && errY == nil && x.Equal(y)
}

// snapshotOf is what is kept of a booking.
func snapshotOf(account store.AccountID, side string, b apiclient.Booking) store.Snapshot {
	return store.Snapshot{
		Account: account, Side: side, Booking: int64(b.ID), Status: string(b.Status), Credits: b.Credits.String(),
		Session: b.Session, AcceptBy: b.AcceptBy, Updated: b.LastUpdated, Created: b.Created, Duration: b.Duration, Nickname: b.Other.Nickname,
	}
}

// keyOf names what is told: the same said again of a booking that has not changed since, by the platform's own time,
// is not news, however often the platform takes it back in between.
func keyOf(kind alert.Kind, about store.Snapshot) string {
	return fmt.Sprintf("%s %s %s %d %d %d %d", kind, about.Status, about.Credits, about.Duration,
		about.Session.Unix(), about.AcceptBy.Unix(), momentOf(about.Updated))
}
