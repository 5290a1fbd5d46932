package outbox

import (
	"bytes"
	"time"

	"github.com/google/uuid"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// plan is what to do with the notifications that are due. What is in none of its lists stays due: something else
// is on its way to that chat, or goes there first.
type plan struct {
	send []Message // at most one for a chat, in the order of sending
	drop []dropped
	wait []postponed
}

// Reason is why a notification was not told.
type Reason string

// The reasons.
const (
	Superseded Reason = "superseded" // something newer says it or takes it back, or the booking has gone on
	Unwanted   Reason = "unwanted"   // the person has switched it off
	Late       Reason = "late"       // what it was to come before is over
	Expired    Reason = "expired"    // it was tried for too long
	Refused    Reason = "refused"    // the messenger will never take it
	delivered  Reason = "delivered"  // it was told, and could not be taken off the queue then
)

// dropped is not to be told.
type dropped struct {
	store.Notification
	why Reason
}

// postponed is not due before; store.Parked: not before its account is resumed.
type postponed struct {
	store.Notification
	until time.Time
}

// known is what is known beside the notifications that are due.
type known struct {
	state
	people    map[store.AccountID]person
	snoozed   map[subject]time.Time // bookings that their person wants to hear nothing of before
	overtaken map[uuid.UUID]bool    // news of bookings that have gone on since, maybe without any
	parked    []store.Notification  // of the accounts that are paused and have something due
}

// person is the one to be told.
type person struct {
	prefs  alert.Prefs
	zone   *time.Location
	paused bool
}

// person is zero but for the zone where an account cannot be read: its news is told as by default.
func (k known) person(id store.AccountID) person {
	p := k.people[id]
	if p.zone == nil {
		p.zone = time.UTC
	}
	return p
}

// state is what is known of deliveries beside the store.
type state struct {
	busy      map[flow.ChatID]bool      // being sent to
	flying    map[uuid.UUID]flow.ChatID // being sent: what becomes of them is known soon
	held      map[flow.ChatID]hold      // not to be sent to for a while
	delivered map[uuid.UUID]bool        // sent, but the store could not take them off the queue
	alone     map[uuid.UUID]bool        // refused together, and now tried one by one
}

// hold is a while in which a chat is left alone.
type hold struct {
	until  time.Time
	failed bool // because a send failed: it is over when the messenger is back
}

// arrange sorts out what is due at now, the longest due first.
func arrange(due []store.Notification, k known, now time.Time) plan {
	var p plan
	var list []ready
	for _, n := range p.supersede(p.sift(due, k, now), k.parked) {
		who := k.person(n.Account)
		d := who.prefs.Decide(matters(n, k), who.zone, now)
		switch until := k.held[n.Chat].until; {
		case who.paused:
			p.setAside(n, who, now)
		case d.Hold.After(now):
			p.postpone(n, d.Hold)
		case until.After(now):
			p.postpone(n, until)
		case !k.busy[n.Chat]:
			list = append(list, ready{n, d.Silent})
		}
	}
	p.send = messages(list, k.alone, now)
	return p
}

// sift drops what is not to be told whatever else is due.
func (p *plan) sift(due []store.Notification, k known, now time.Time) (rest []store.Notification) {
	for _, n := range due {
		who := k.person(n.Account)
		off := n.Kind == alert.Summary && !who.prefs.Summary.On || n.Kind == alert.Test && who.paused
		_, flying := k.flying[n.ID]
		switch {
		case flying:
		case k.delivered[n.ID]:
			p.dropAs(delivered, n)
		case k.overtaken[n.ID]:
			p.dropAs(Superseded, n)
		case late(n, now):
			p.dropAs(Late, n)
		case off || who.prefs.Decide(matters(n, k), who.zone, now).Drop:
			p.dropAs(Unwanted, n)
		case expired(n, now):
			p.dropAs(Expired, n)
		default:
			rest = append(rest, n)
		}
	}
	return rest
}

// matters is what a decision rests on.
func matters(n store.Notification, k known) alert.News {
	return alert.News{Kind: n.Kind, Session: n.Session, ReplyBy: n.ReplyBy(), Snoozed: k.snoozed[bookingOf(n)]}
}

// supersede drops what something newer says, among what is due and what is parked.
func (p *plan) supersede(due, parked []store.Notification) (rest []store.Notification) {
	old := outdated(append(parked[:len(parked):len(parked)], due...))
	for _, n := range parked {
		if old[n.ID] {
			p.dropAs(Superseded, n)
		}
	}
	for _, n := range due {
		if old[n.ID] {
			p.dropAs(Superseded, n)
		} else {
			rest = append(rest, n)
		}
	}
	return rest
}

// setAside keeps what is for a paused account: until its person is back, or, what is of no use then, until it is late,
// or the next day.
func (p *plan) setAside(n store.Notification, who person, now time.Time) {
	switch {
	case n.Kind.Timed():
		p.postpone(n, n.Before())
	case n.Kind == alert.Summary:
		p.postpone(n, who.prefs.Summary.Next(now, who.zone))
	default:
		p.postpone(n, store.Parked())
	}
}

func (p *plan) postpone(n store.Notification, until time.Time) {
	p.wait = append(p.wait, postponed{n, until})
}

func (p *plan) dropAs(why Reason, n store.Notification) { p.drop = append(p.drop, dropped{n, why}) }

// clean reports whether nothing is to be written before sending.
func (p plan) clean() bool { return len(p.drop)+len(p.wait) == 0 }

// older reports whether a was made before b: ids are of version 7.
func older(a, b store.Notification) bool { return bytes.Compare(a.ID[:], b.ID[:]) < 0 }
