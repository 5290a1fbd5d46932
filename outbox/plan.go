package outbox

import (
	"bytes"
	"time"

	"github.com/google/uuid"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// plan is what to do with the notifications that are due.
type plan struct {
	send []store.Notification // at most one for a chat, the chat that has waited longest first
	drop []store.Notification // superseded, too late, or delivered already
	wait []store.Notification // with their new Due: their chat is held until then
}

// clean reports whether nothing is to be written before sending.
func (p plan) clean() bool { return len(p.drop)+len(p.wait) == 0 }

// state is what is known of deliveries beside the store.
type state struct {
	busy      map[flow.ChatID]bool      // being sent to
	held      map[flow.ChatID]time.Time // not to be sent to before
	delivered map[uuid.UUID]bool        // sent, but the store could not take it off the queue
}

// arrange sorts out what is due at now, the longest due first.
func arrange(due []store.Notification, s state, now time.Time) plan {
	var p plan
	waiting := make([]store.Notification, 0, len(due))
	for _, n := range due {
		if s.delivered[n.ID] || late(n, now) {
			p.drop = append(p.drop, n)
			continue
		}
		waiting = append(waiting, n)
	}
	keep, old := supersede(waiting)
	p.drop = append(p.drop, old...)

	place := map[flow.ChatID]int{} // of a chat in p.send
	for _, n := range keep {
		if s.busy[n.Chat] {
			continue
		}
		if until := s.held[n.Chat]; until.After(now) {
			n.Due = until
			p.wait = append(p.wait, n)
			continue
		}
		i, known := place[n.Chat]
		switch {
		case !known:
			place[n.Chat] = len(p.send)
			p.send = append(p.send, n)
		case older(n, p.send[i]):
			p.send[i] = n
		}
	}
	return p
}

// late reports whether a reminder comes after the call has begun: the bot was down, or it was tried too often.
func late(n store.Notification, now time.Time) bool {
	return n.Kind == alert.Reminder && !n.Session.After(now)
}

// subject is what a notification is about. News of a booking and the reminders of it say different things.
type subject struct {
	account  store.AccountID
	side     string
	booking  int64
	reminder bool
}

func subjectOf(n store.Notification) subject {
	return subject{n.Account, n.Side, n.Booking, n.Kind == alert.Reminder}
}

// supersede divides notifications into the newest on each subject and the others, both in the order they
// came in.
func supersede(list []store.Notification) (keep, old []store.Notification) {
	newest := map[subject]store.Notification{}
	for _, n := range list {
		about := subjectOf(n)
		if known, ok := newest[about]; !ok || outdated(known, n) {
			newest[about] = n
		}
	}
	for _, n := range list {
		if newest[subjectOf(n)].ID == n.ID {
			keep = append(keep, n)
		} else {
			old = append(old, n)
		}
	}
	return keep, old
}

// outdated reports whether b, on the same subject as a, says something newer. Of two reminders that is the
// one nearer to the call, whichever was made first; a Due says less, as another try moves it.
func outdated(a, b store.Notification) bool {
	if a.Kind == alert.Reminder {
		if called := b.Session.Add(-b.Lead).Compare(a.Session.Add(-a.Lead)); called != 0 {
			return called > 0
		}
	}
	return older(a, b)
}

// older reports whether a was made before b: ids are of version 7.
func older(a, b store.Notification) bool { return bytes.Compare(a.ID[:], b.ID[:]) < 0 }
