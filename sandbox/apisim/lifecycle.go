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
