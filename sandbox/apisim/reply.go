package apisim

import (
	"fmt"
	"slices"
	"time"

	"phonechatbot/apiclient/wire"
)

func (p *Platform) reply(b *booking, s side) any {
	if s == made {
		return p.madeReply(b)
	}
	return p.receivedReply(b)
}

// madeReply is the client's view: the own number at the top, the performer's once it is needed.
func (p *Platform) madeReply(b *booking) wire.MadeBooking {
	performer := p.members[b.Performer]
	other := partyReply(performer)
	if b.Status == StatusConfirmed {
		switch b.Method {
		case MethodClientRings:
			other.PhoneNumber = orNull(performer.Phone)
		case MethodSkype:
			other.SkypeName = orNull(performer.SkypeName)
		}
	}
	common := p.commonReply(b)
	common.PhoneNumber, common.SkypeName = orNull(b.PhoneNumber), orNull(b.SkypeName)
	return wire.MadeBooking{
		Booking: common, Candidate: other,
		ActionClient: orNull(b.actionClient(p.clock.Now(), performer)),
	}
}

// receivedReply is the performer's view: whatever the client gave shows only once it is Confirmed,
// on the booking and with the client alike.
func (p *Platform) receivedReply(b *booking) wire.ReceivedBooking {
	client := p.members[b.Client]
	common, other := p.commonReply(b), partyReply(client)
	if b.Status == StatusConfirmed {
		common.PhoneNumber, common.SkypeName = orNull(b.PhoneNumber), orNull(b.SkypeName)
		other.PhoneNumber, other.SkypeName = orNull(b.PhoneNumber), orNull(b.SkypeName)
	}
	return wire.ReceivedBooking{
		Booking: common, Client: other,
		ActionCandidate: orNull(b.actionCandidate(p.clock.Now(), client)),
	}
}

func (p *Platform) commonReply(b *booking) wire.Booking {
	return wire.Booking{
		BookingID: b.ID, Duration: b.Duration, Credits: wire.Number(b.credits.String()),
		Status: b.Status, Method: b.Method,
		CreateDate: p.local(b.Created), SessionDate: p.local(b.Session), AcceptBy: p.local(b.AcceptBy),
		AcceptedDate: p.localOrNull(b.Accepted), ConfirmedDate: p.localOrNull(b.Confirmed),
		CancelledDate: p.localOrNull(b.Cancelled), LastUpdated: p.local(b.LastUpdated),
		CancelledReason: orNull(b.CancelledReason), CancelledBy: orNull(b.CancelledBy),
		RejectedReason: orNull(b.RejectedReason), Comments: orNull(b.Comments),
	}
}

// partyReply is the other side without any way to reach it.
func partyReply(m *member) wire.Party {
	return wire.Party{
		UserID: m.ID, Nickname: m.Nickname,
		Counters: countersOf(m),
	}
}

func requirementsReply(performer *member) (wire.Requirements, error) {
	var reply wire.Requirements
	if performer.hasPrice {
		ppm := wire.Number(performer.ppm.String())
		reply.PhoneChatPPM = &ppm
	}
	for _, method := range []int{MethodPerformerRings, MethodClientRings, MethodSkype} {
		entry, err := wire.Encode(wire.Method{Method: method, Available: slices.Contains(performer.Methods, method)})
		if err != nil {
			return wire.Requirements{}, fmt.Errorf("write method: %w", err)
		}
		reply.Methods = append(reply.Methods, entry)
	}
	return reply, nil
}

func countersOf(m *member) wire.Counters {
	return wire.Counters{
		Total: new(m.Positive - m.Negative), Positive: &m.Positive, Neutral: &m.Neutral, Negative: &m.Negative,
		Ratings: new(m.Positive + m.Neutral + m.Negative), Disputes: new(0),
	}
}

// local writes a moment without its zone, as the wire does.
func (p *Platform) local(t time.Time) string { return t.In(p.zone).Format(wire.ReplyTime) }

func (p *Platform) localOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	written := p.local(t)
	return &written
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
