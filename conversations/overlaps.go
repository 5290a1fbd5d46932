package conversations

import (
	"slices"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// overlap is another call of the same person at the same time.
type overlap struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Member  int64     `json:"member"`
	Session time.Time `json:"session"`
	Minutes int       `json:"minutes"`
	Status  string    `json:"status"`
}

var (
	msgOverlap     = msg("overlap.line", "⚠ <b>At the same time:</b> #{id} with {name}, {when}, {minutes} min ({status}).")
	msgOverlapMore = msg("overlap.more", "⚠ And {count} more at the same time.")
	msgOverlapNot  = msg("overlap.unchecked", "<i>I could not look for other calls at that time.</i>")
)

// maxOverlaps is how many are named.
const maxOverlaps = 3

// overlapping lists the calls agreed on, made or received, that run while a booking would. Received bookings that
// the platform does not list are left out.
func (v *visit) overlapping(b apiclient.Booking, fresh bool) ([]overlap, error) {
	var found []overlap
	for _, side := range []apiclient.Side{made, received} {
		list, err := v.bookings(side, fresh)
		if side == received && isNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, other := range list {
			if other.ID != b.ID && agreed(other) && overlaps(b, other) {
				found = append(found, overlap{
					ID: int64(other.ID), Name: other.Other.Nickname, Member: int64(other.Other.ID), Session: other.Session,
					Minutes: other.Duration, Status: string(other.Status),
				})
			}
		}
	}
	return found, nil
}

// unseen reports whether there is an overlap that was not shown.
func unseen(now, shown []overlap) bool {
	return slices.ContainsFunc(now, func(o overlap) bool {
		return !slices.ContainsFunc(shown, func(s overlap) bool { return s.ID == o.ID })
	})
}

func agreed(b apiclient.Booking) bool {
	return b.Status == apiclient.StatusAccepted || b.Status == apiclient.StatusConfirmed
}

// overlaps reports whether two calls run at the same time; one that begins as the other ends does not.
func overlaps(a, b apiclient.Booking) bool {
	return a.Session.Before(ends(b)) && b.Session.Before(ends(a))
}

func ends(b apiclient.Booking) time.Time {
	return b.Session.Add(time.Duration(b.Duration) * time.Minute)
}

// warnings stand below the second question.
func warnings(at bookingFact, c clock) []wording.Text {
	var lines []wording.Text
	for i, o := range at.Overlaps {
		if i == maxOverlaps {
			lines = append(lines, msgOverlapMore.With(wording.Args{"count": len(at.Overlaps) - maxOverlaps}))
			break
		}
		lines = append(lines, msgOverlap.With(wording.Args{
			"id": o.ID, "name": memberName(o.Name, o.Member), "when": c.moment(o.Session), "minutes": o.Minutes,
			"status": statusWord(apiclient.Status(o.Status)),
		}))
	}
	if at.Unchecked {
		lines = append(lines, msgOverlapNot.Text())
	}
	return lines
}

// againWithin is how far ahead the call lies that RescheduleMadeBooking makes, and some more.
const againWithin = 15 * time.Minute

// bookingsWith lists all bookings made with a performer.
func (v *visit) bookingsWith(performer apiclient.MemberID) ([]apiclient.Booking, error) {
	list, err := v.bookings(made, true)
	if err != nil {
		return nil, err
	}
	var with []apiclient.Booking
	for _, b := range list {
		if b.Other.ID == performer {
			with = append(with, b)
		}
	}
	return with, nil
}

// madeSince looks for the booking that a call made whose reply was lost.
func (v *visit) madeSince(claim store.Send) (apiclient.Booking, bool, error) {
	list, err := v.bookings(made, true)
	if err != nil {
		return apiclient.Booking{}, false, err
	}
	known := map[int64]bool{}
	for _, id := range claim.Known {
		known[id] = true
	}
	for _, b := range list {
		soon := b.Session.After(claim.Started) && b.Session.Before(claim.Started.Add(againWithin+settleAfter))
		same := int64(b.Other.ID) == claim.Performer && b.Duration == claim.Duration && (b.Status != apiclient.StatusPending || b.Credits.String() == claim.Credits)
		if same && soon && !known[int64(b.ID)] {
			return b, true, nil
		}
	}
	return apiclient.Booking{}, false, nil
}
