package conversations

import (
	"slices"
	"time"

	"phonechatbot/apiclient"
)

// action is one thing that a card offers to do with its booking: the word in its button, and the name of
// the form behind it where there is one.
type action string

// The actions. The first group calls the platform to change the booking, the second does not.
const (
	actAccept   action = "accept"
	actAmount   action = "amount" // accept for other credits
	actDecline  action = "decline"
	actReInvite action = "reinvite"
	actConfirm  action = "confirm"
	actCancel   action = "cancel"
	actCallOff  action = "calloff" // cancel, as the performer
	actAgain    action = "again"   // call again: reschedule what was missed
	actRemove   action = "remove"

	actDetails  action = "details"
	actCalendar action = "calendar"
	actRemind   action = "remind"
	actMute     action = "mute"
	actUnmute   action = "unmute" // takes the place of mute on the card
	actRebook   action = "rebook" // a new form with the same answers
)

// actions is what a booking allows its side at a time, row by row with the most wanted first: the life cycle of
// the contract (README, section 7), and of what it allows besides only what helps. A status that nobody
// knows allows nothing.
func actions(b apiclient.Booking, now time.Time) [][]action {
	ahead := b.Session.After(now)
	over := !b.Session.Add(time.Duration(b.Duration) * time.Minute).After(now)
	if b.Side == received {
		return receivedActions(b, now, ahead, over)
	}
	switch b.Status {
	case apiclient.StatusPending:
		if lapsed(b, now) {
			return [][]action{{actRebook}, {actCancel}}
		}
		return [][]action{{actCancel, actMute}}
	case apiclient.StatusAccepted:
		if ahead {
			return [][]action{{actConfirm}, {actCancel}}
		}
		return [][]action{{actRebook}, {actCancel}}
	case apiclient.StatusConfirmed:
		switch {
		case ahead:
			return [][]action{{actDetails}, {actCalendar, actRemind}, {actCancel}}
		case !over:
			return [][]action{{actDetails}, {actAgain}}
		}
		return [][]action{{actAgain}, {actRebook, actRemove}}
	case apiclient.StatusRejected, apiclient.StatusCancelled:
		return [][]action{{actRebook, actRemove}}
	}
	return nil
}

func receivedActions(b apiclient.Booking, now time.Time, ahead, over bool) [][]action {
	switch b.Status {
	case apiclient.StatusPending:
		switch {
		case !ahead:
			return [][]action{{actReInvite}, {actDecline}}
		case lapsed(b, now):
			return [][]action{{actDecline}}
		}
		return [][]action{{actAccept}, {actAmount, actDecline}}
	case apiclient.StatusAccepted:
		if ahead {
			return [][]action{{actCallOff}}
		}
	case apiclient.StatusConfirmed:
		switch {
		case ahead:
			return [][]action{{actDetails}, {actCalendar, actRemind}}
		case !over:
			return [][]action{{actDetails}}
		}
		return [][]action{{actRemove}}
	case apiclient.StatusRejected, apiclient.StatusCancelled:
		return [][]action{{actRemove}}
	}
	return nil
}

// may reports whether a booking allows its side an action at a time.
func may(a action, b apiclient.Booking, now time.Time) bool {
	return slices.ContainsFunc(actions(b, now), func(row []action) bool { return slices.Contains(row, a) })
}

// lapsed: nobody has answered in time. The platform declines such a booking by itself, late at times.
func lapsed(b apiclient.Booking, now time.Time) bool {
	late := !b.AcceptBy.IsZero() && !b.AcceptBy.After(now)
	return b.Status == apiclient.StatusPending && (late || !b.Session.After(now))
}

// lookingActions are those that a group manager has for a member: the contract lets managers watch bookings, and
// documents no call that answers one.
func lookingActions(rows [][]action) [][]action {
	var kept [][]action
	for _, row := range rows {
		if row = slices.DeleteFunc(slices.Clone(row), func(a action) bool { return a != actDetails && a != actCalendar }); len(row) > 0 {
			kept = append(kept, row)
		}
	}
	return kept
}
