package apisim

import (
	"cmp"
	"time"

	"github.com/shopspring/decimal"
)

// The documented states of a booking (schema BookingStatus).
const (
	StatusPending   = "Pending"
	StatusAccepted  = "Accepted"
	StatusRejected  = "Rejected"
	StatusConfirmed = "Confirmed"
	StatusCancelled = "Cancelled"
)

// Contact methods (schema PhoneChatMethodID).
const (
	MethodPerformerRings = 1
	MethodClientRings    = 2
	MethodSkype          = 3
)

// Booking is one booking as the platform holds it: everything, whoever may see it. A zero time means
// that it has not happened.
type Booking struct {
	ID        int64
	Client    int64 // who made it
	Performer int64 // who received it
	Status    string
	Method    int
	Duration  int    // minutes
	Credits   string // what it costs now, a plain decimal number

	PhoneNumber string // what the client gave, for MethodPerformerRings
	SkypeName   string // what the client gave, for MethodSkype
	Comments    string

	Created, Session, AcceptBy     time.Time
	Accepted, Confirmed, Cancelled time.Time
	LastUpdated                    time.Time

	CancelledReason string
	CancelledBy     string // nickname
	RejectedReason  string
	Invited         bool // rejected by ReInvite
}

// booking is a Booking with what only the platform needs.
type booking struct {
	Booking
	credits decimal.Decimal
	offer   decimal.Decimal // what the client offered
	paid    decimal.Decimal // what has moved to the performer
	gone    [2]bool         // deleted by the client, by the performer
}

// side is the caller's role in a booking.
type side int

const (
	made side = iota
	received
)

func (b *booking) who(s side) int64 {
	if s == made {
		return b.Client
	}
	return b.Performer
}

// on reports whether the booking stands on the member's list of that side.
func (b *booking) on(s side, memberID int64) bool { return b.who(s) == memberID && !b.gone[s] }

func (b *booking) snapshot() Booking {
	copied := b.Booking
	copied.Credits = b.credits.String()
	return copied
}

// touch marks a change. LastUpdated always grows, even if the clock stands still: by a millisecond,
// the least that the wire shows.
func (b *booking) touch(now time.Time) time.Time {
	now = now.Truncate(time.Millisecond)
	if !now.After(b.LastUpdated) {
		now = b.LastUpdated.Add(time.Millisecond)
	}
	b.LastUpdated = now
	return now
}

func (b *booking) reject(now time.Time, reason string) {
	b.touch(now)
	b.Status, b.RejectedReason = StatusRejected, reason
}

func (b *booking) cancel(now time.Time, by *member, reason string) {
	b.Cancelled = b.touch(now)
	b.Status, b.CancelledBy, b.CancelledReason = StatusCancelled, by.Nickname, reason
}

// byDate orders by the moment of creation, ids settling a tie.
func byDate(a, b *booking) int {
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
}

// actionClient says what is awaited, to the client. It is for people only.
func (b *booking) actionClient(now time.Time, performer *member) string {
	switch b.Status {
	case StatusPending:
		if !b.AcceptBy.After(now) {
			return performer.Nickname + " did not answer in time"
		}
		return performer.Nickname + " has to accept or decline"
	case StatusAccepted:
		switch {
		case !b.Session.After(now):
			return "The session time has passed without your confirmation"
		case !b.credits.Equal(b.offer):
			return performer.Nickname + " changed the credits to " + b.credits.String() + ": confirm or cancel"
		}
		return "Confirm or cancel this booking"
	case StatusConfirmed:
		switch {
		case !b.Session.After(now):
			return ""
		case b.Method == MethodClientRings:
			return "Ring " + performer.Nickname + " at the agreed time"
		}
		return performer.Nickname + " will contact you at the agreed time"
	case StatusRejected:
		if b.Invited {
			return performer.Nickname + " invites you to book again"
		}
	}
	return ""
}

// actionCandidate says what is awaited, to the performer. It is for people only.
func (b *booking) actionCandidate(now time.Time, client *member) string {
	switch b.Status {
	case StatusPending:
		switch {
		case !b.Session.After(now):
			return "Decline this booking or invite " + client.Nickname + " to book again"
		case !b.AcceptBy.After(now):
			return "The deadline has passed: decline this booking"
		}
		return "Accept or decline this booking"
	case StatusAccepted:
		if b.Session.After(now) {
			return client.Nickname + " has to confirm"
		}
	case StatusConfirmed:
		switch {
		case !b.Session.After(now):
			return ""
		case b.Method == MethodClientRings:
			return client.Nickname + " will ring you at the agreed time"
		}
		return "Contact " + client.Nickname + " at the agreed time"
	}
	return ""
}
