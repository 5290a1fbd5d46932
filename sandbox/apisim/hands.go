package apisim

import (
	"time"

	"github.com/shopspring/decimal"
)

// The other side's hands: what people do on the site while the program under test looks elsewhere.
// They obey the same rules as the API and answer a *RefusalError where it would refuse.

// Bookings lists what a member made or received, oldest first.
func (p *Platform) Bookings(memberID int64) []Booking {
	defer p.lock()()
	list := p.all(func(b *booking) bool { return b.Client == memberID || b.Performer == memberID })
	copied := make([]Booking, len(list))
	for i, b := range list {
		copied[i] = b.snapshot()
	}
	return copied
}

// Booking is one booking as it stands; false if there is none.
func (p *Platform) Booking(bookingID int64) (Booking, bool) {
	defer p.lock()()
	b, ok := p.bookings[bookingID]
	if !ok {
		return Booking{}, false
	}
	return b.snapshot(), true
}

// CreatedCount is how many CreateBooking calls were committed, whatever became of their replies.
// Planted bookings do not count.
func (p *Platform) CreatedCount() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.created
}

// Accept is the performer accepting for so many credits; empty means as offered.
func (p *Platform) Accept(bookingID int64, credits string) error {
	return p.byHand(bookingID, func(b *booking) error {
		if credits == "" {
			credits = b.credits.String()
		}
		return p.accept(b, credits)
	})
}

// Reject is the performer declining, with a reason.
func (p *Platform) Reject(bookingID int64, reason string) error {
	return p.byHand(bookingID, func(b *booking) error { return p.reject(b, reason) })
}

// ReInvite is the performer declining a lapsed booking and inviting the client again; the reason may
// be empty.
func (p *Platform) ReInvite(bookingID int64, reason string) error {
	return p.byHand(bookingID, func(b *booking) error { return p.reInvite(b, reason) })
}

// CancelReceived is the performer calling off what was accepted, with a reason.
func (p *Platform) CancelReceived(bookingID int64, reason string) error {
	return p.byHand(bookingID, func(b *booking) error { return p.cancelReceived(b, reason) })
}

// Confirm is the client confirming what was accepted; the credits move.
func (p *Platform) Confirm(bookingID int64) error {
	return p.byHand(bookingID, p.confirm)
}

// CancelMade is the client calling a booking off, with a reason.
func (p *Platform) CancelMade(bookingID int64, reason string) error {
	return p.byHand(bookingID, func(b *booking) error { return p.cancelMade(b, reason) })
}

// Reschedule is the client booking again what is past; it answers the number of the new booking.
func (p *Platform) Reschedule(bookingID int64) (int64, error) {
	var again int64
	err := p.byHand(bookingID, func(b *booking) error {
		made, err := p.reschedule(b)
		if err == nil {
			again = made.ID
		}
		return err
	})
	return again, err
}

// Remove makes a booking vanish for both sides, as deleting it on the site does.
func (p *Platform) Remove(bookingID int64) {
	defer p.lock()()
	delete(p.bookings, bookingID)
}

func (p *Platform) byHand(bookingID int64, step func(*booking) error) error {
	defer p.lock()()
	b, ok := p.bookings[bookingID]
	if !ok {
		return notFound()
	}
	return step(b)
}

// Seed is a booking to plant, in any state and with any dates. What is left out is filled in:
// see AddBooking.
type Seed struct {
	ID                int64 // 0 for the next free one
	Client, Performer int64
	Session           time.Time // zero for a day from now
	AcceptBy          time.Time // zero for an hour before Session
	Created           time.Time // zero for now, or for an hour before AcceptBy if that is earlier
	LastUpdated       time.Time // zero for Created
	Accepted          time.Time // zero for LastUpdated if Status is Accepted or Confirmed
	Confirmed         time.Time // zero for LastUpdated if Status is Confirmed
	Cancelled         time.Time // zero for LastUpdated if Status is Cancelled
	Duration          int       // minutes; 0 for 10
	Credits           string    // empty for price times duration, or 10 without a price
	Method            int       // 0 for the performer's first
	Status            string    // empty for Pending; any word is taken
	PhoneNumber       string    // empty for the client's own, if Method needs it
	SkypeName         string    // empty for the client's own, if Method needs it
	Comments          string
	Reason            string // why it was rejected or cancelled
	ByPerformer       bool   // cancelled by the performer, not the client
}

// AddBooking plants a booking and answers its id. No rule is checked and no credits move, so it can
// stand for things that cannot be done by the API: a Pending booking whose session time is past, for
// instance. It panics on unknown members, a taken id or a malformed amount.
func (p *Platform) AddBooking(s Seed) int64 {
	defer p.lock()()
	client, performer := p.mustMember(s.Client), p.mustMember(s.Performer)
	if _, taken := p.bookings[s.ID]; taken {
		panic("apisim: booking id is taken")
	}
	s = p.filled(s, client, performer)
	credits := mustAmount("credits", s.Credits)
	b := &booking{
		Booking: Booking{
			ID: s.ID, Client: s.Client, Performer: s.Performer, Status: s.Status, Method: s.Method, Duration: s.Duration,
			PhoneNumber: s.PhoneNumber, SkypeName: s.SkypeName, Comments: s.Comments,
			Created: s.Created, Session: s.Session, AcceptBy: s.AcceptBy, LastUpdated: s.LastUpdated,
			Accepted: s.Accepted, Confirmed: s.Confirmed, Cancelled: s.Cancelled,
		},
		credits: credits, offer: credits, paid: decimal.Zero,
	}
	switch {
	case s.Status == StatusRejected:
		b.RejectedReason = s.Reason
	case s.Status == StatusCancelled && s.ByPerformer:
		b.CancelledReason, b.CancelledBy = s.Reason, performer.Nickname
	case s.Status == StatusCancelled:
		b.CancelledReason, b.CancelledBy = s.Reason, client.Nickname
	}
	p.bookings[s.ID] = b
	p.nextID = max(p.nextID, s.ID+1)
	return s.ID
}

func (p *Platform) filled(s Seed, client, performer *member) Seed {
	now := p.clock.Now()
	orElse(&s.ID, p.nextID)
	orElse(&s.Status, StatusPending)
	orElse(&s.Duration, 10)
	if len(performer.Methods) > 0 {
		orElse(&s.Method, performer.Methods[0])
	}
	orElse(&s.Method, MethodPerformerRings)
	if performer.hasPrice {
		orElse(&s.Credits, performer.minimum(s.Duration).String())
	}
	orElse(&s.Credits, "10")
	switch s.Method {
	case MethodPerformerRings:
		orElse(&s.PhoneNumber, client.Phone)
	case MethodSkype:
		orElse(&s.SkypeName, client.SkypeName)
	}
	return s.dated(now)
}

func (s Seed) dated(now time.Time) Seed {
	orElse(&s.Session, now.Add(24*time.Hour))
	orElse(&s.AcceptBy, s.Session.Add(-time.Hour))
	if before := s.AcceptBy.Add(-time.Hour); before.Before(now) {
		orElse(&s.Created, before)
	}
	orElse(&s.Created, now)
	s.Created = s.Created.Truncate(time.Millisecond)
	orElse(&s.LastUpdated, s.Created)
	switch s.Status {
	case StatusConfirmed:
		orElse(&s.Confirmed, s.LastUpdated)
		orElse(&s.Accepted, s.LastUpdated)
	case StatusAccepted:
		orElse(&s.Accepted, s.LastUpdated)
	case StatusCancelled:
		orElse(&s.Cancelled, s.LastUpdated)
	}
	return s
}

// orElse fills an empty value.
func orElse[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}
