package apisim

import (
	"strings"
	"time"

	"phonechatbot/apiclient/wire"
)

// What the platform says where nobody else does.
const (
	lateText   = "The booking was not accepted in time."
	inviteText = "Sorry, I missed this one. Please book again."
)

// The steps of the life cycle. Each checks, then commits: all of it or nothing. The lock is held.

func (p *Platform) createBooking(client *member, in wire.CreateBooking) (*booking, error) {
	now := p.clock.Now()
	performer := p.members[in.BookUserID]
	want, ps := checkCreate(in, client, performer, p.zone, now)
	if err := ps.err(); err != nil {
		return nil, err
	}
	return p.create(client, performer, want, now), nil
}

// accept takes credits as a decimal number; the performer may ask for another amount than was offered.
func (p *Platform) accept(b *booking, credits string) error {
	now := p.clock.Now()
	ps := b.checkAccept(now)
	amount, ok := parseAmount(credits)
	if !ok || amount.IsNegative() {
		ps.add("Credits", "The credits must be a number, and not below zero.")
	}
	if err := ps.err(); err != nil {
		return err
	}
	b.Accepted = b.touch(now)
	b.Status, b.credits = StatusAccepted, amount
	return nil
}

func (p *Platform) reject(b *booking, reason string) error {
	if err := checkReason(b.checkReject(), reason).err(); err != nil {
		return err
	}
	b.reject(p.clock.Now(), reason)
	return nil
}

func (p *Platform) reInvite(b *booking, reason string) error {
	now := p.clock.Now()
	if err := b.checkReInvite(now).err(); err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		reason = inviteText
	}
	b.reject(now, reason)
	b.Invited = true
	return nil
}

// confirm is where credits move: the contract leaves the moment open.
func (p *Platform) confirm(b *booking) error {
	now := p.clock.Now()
	if err := b.checkConfirm(now, p.members[b.Client]).err(); err != nil {
		return err
	}
	b.Confirmed = b.touch(now)
	b.Status, b.paid = StatusConfirmed, b.credits
	p.pay(b, b.paid)
	return nil
}

// cancelMade gives back what confirm moved, which the contract does not promise.
func (p *Platform) cancelMade(b *booking, reason string) error {
	now := p.clock.Now()
	if err := checkReason(b.checkCancelMade(now), reason).err(); err != nil {
		return err
	}
	p.pay(b, b.paid.Neg())
	b.cancel(now, p.members[b.Client], reason)
	return nil
}

func (p *Platform) cancelReceived(b *booking, reason string) error {
	now := p.clock.Now()
	if err := checkReason(b.checkCancelReceived(now), reason).err(); err != nil {
		return err
	}
	b.cancel(now, p.members[b.Performer], reason)
	return nil
}

// The times of a rescheduled booking: the contract says that it starts in 5 to 10 minutes, and leaves
// AcceptBy open. The performer gets all of that time but the last minute.
const (
	rescheduledIn     = 5 * time.Minute // rounded up to a full minute
	rescheduledAccept = time.Minute     // before the session
)

// reschedule books again what is past, as the webcam twin does: a new booking with a number of its own,
// for the credits as they stood. The old one stays as it is, in whatever state; nothing documents one.
func (p *Platform) reschedule(b *booking) (*booking, error) {
	now := p.clock.Now()
	if err := b.checkReschedule(now, p.members[b.Client]).err(); err != nil {
		return nil, err
	}
	session := now.Add(rescheduledIn + time.Minute - 1).Truncate(time.Minute)
	return p.add(Booking{
		Client: b.Client, Performer: b.Performer, Method: b.Method, Duration: b.Duration,
		Session: session, AcceptBy: session.Add(-rescheduledAccept),
		PhoneNumber: b.PhoneNumber, SkypeName: b.SkypeName, Comments: b.Comments,
	}, b.credits, now), nil
}

// remove takes a finished booking off the list of one side, and says how it went. The other side keeps
// it.
func (p *Platform) remove(memberID, bookingID int64, s side) wire.Deleted {
	b, err := p.seenBy(memberID, bookingID, s)
	if err != nil {
		return wire.Deleted{BookingID: bookingID, Message: noBookingText}
	}
	switch b.Status {
	case StatusRejected, StatusCancelled, StatusConfirmed:
		b.gone[s] = true
		return wire.Deleted{BookingID: bookingID, Deleted: true, Message: "The booking has been deleted."}
	}
	return wire.Deleted{BookingID: bookingID, Message: "The booking is not finished yet."}
}

// SetAutoReject changes what Config.AutoReject says. Switched on, it takes effect on what is overdue
// already; what it has rejected stays rejected.
func (p *Platform) SetAutoReject(delay *time.Duration) {
	defer p.lock()()
	p.autoReject = nil
	if delay != nil {
		p.autoReject = new(*delay)
	}
}

// rejectOverdue is the platform's own step. It is taken late, whenever somebody looks, but dated to
// the moment it was due.
func (p *Platform) rejectOverdue(now time.Time) {
	if p.autoReject == nil {
		return
	}
	for _, b := range p.bookings {
		if due := b.AcceptBy.Add(*p.autoReject); b.Status == StatusPending && !due.After(now) {
			b.reject(due, lateText)
		}
	}
}
