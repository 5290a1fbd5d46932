package apisim

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"phonechatbot/apiclient/wire"
)

// minDuration is the least length of a booking in minutes (docs: PhoneChatCreateBooking).
const minDuration = 5

var (
	requestTime = regexp.MustCompile(`^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$`)
	phoneNumber = regexp.MustCompile(`^[0-9]{10,11}$`)
)

// request is a CreateBooking that has been read.
type request struct {
	duration, method       int
	session, acceptBy      time.Time
	phone, skype, comments string
	credits                decimal.Decimal
}

// checkCreate holds a request against every prerequisite (docs: PhoneChatCreateBooking).
// performer is nil if there is no such member.
func checkCreate(in wire.CreateBooking, client, performer *member, zone *time.Location, now time.Time) (request, problems) {
	var ps problems
	want := request{duration: in.Duration, method: in.Method, comments: strings.TrimSpace(in.Comments)}
	checkPerformer(&ps, client, performer, in.Method)
	want.session, want.acceptBy = checkDates(&ps, in, zone, now)
	if in.Duration < minDuration {
		ps.add("Duration", "The duration must be at least 5 minutes.")
	}
	want.credits = checkOffer(&ps, in, client, performer)
	switch in.Method {
	case MethodPerformerRings:
		if !phoneNumber.MatchString(in.PhoneNumber) {
			ps.add("PhoneNumber", "The phone number must consist of 10 or 11 numbers.")
		}
		want.phone = in.PhoneNumber
	case MethodSkype:
		if strings.TrimSpace(in.SkypeName) == "" {
			ps.add("SkypeName", "The Skype name is required.")
		}
		want.skype = strings.TrimSpace(in.SkypeName)
	}
	return want, ps
}

func checkPerformer(ps *problems, client, performer *member, method int) {
	switch {
	case performer == nil || !performer.bookable():
		ps.add("BookUserID", "This member does not take phone chat bookings.")
	case performer.ID == client.ID:
		ps.add("BookUserID", "You cannot book yourself.")
	case !slices.Contains(performer.Methods, method):
		ps.add("Method", "This method is not allowed by the member.")
	}
}

func checkDates(ps *problems, in wire.CreateBooking, zone *time.Location, now time.Time) (session, acceptBy time.Time) {
	session, okSession := parseRequestTime(in.SessionDate, zone)
	acceptBy, okAcceptBy := parseRequestTime(in.AcceptBy, zone)
	switch {
	case !okSession:
		ps.add("SessionDate", "The session date must be written YYYY-MM-DD HH:MM.")
	case !session.After(now):
		ps.add("SessionDate", "The session date must be in the future.")
	}
	switch {
	case !okAcceptBy:
		ps.add("AcceptBy", "The accept by date must be written YYYY-MM-DD HH:MM.")
	case !acceptBy.After(now):
		ps.add("AcceptBy", "The accept by date must be in the future.")
	case okSession && !acceptBy.Before(session):
		ps.add("AcceptBy", "The accept by date must be before the session date.")
	}
	return session, acceptBy
}

// checkOffer compares exact decimals. An amount below zero is refused although nothing documents it.
func checkOffer(ps *problems, in wire.CreateBooking, client, performer *member) decimal.Decimal {
	credits, ok := parseAmount(in.Credits.String())
	switch {
	case !ok || credits.IsNegative():
		ps.add("Credits", "The credits must be a number, and not below zero.")
		return credits
	case performer != nil && performer.hasPrice && credits.LessThan(performer.minimum(in.Duration)):
		ps.add("Credits", "The credits are below the member's price for this duration.")
	}
	if client.balance.LessThan(credits) {
		ps.add("Credits", "Your credit balance does not cover this booking.")
	}
	return credits
}

// parseRequestTime reads schema RequestDateTime, to the letter.
func parseRequestTime(s string, zone *time.Location) (time.Time, bool) {
	if !requestTime.MatchString(s) {
		return time.Time{}, false
	}
	t, err := time.ParseInLocation(wire.RequestTime, s, zone)
	return t, err == nil
}

// one is a prerequisite of a booking: the reason why not, or none.
func one(text string) (ps problems) {
	if text != "" {
		ps.add("BookingID", text)
	}
	return ps
}

func (b *booking) checkAccept(now time.Time) problems {
	switch {
	case b.Status != StatusPending:
		return one("The booking is not pending.")
	case !b.AcceptBy.After(now):
		return one("The time for accepting this booking has passed.")
	case !b.Session.After(now):
		return one("The session date has passed.")
	}
	return nil
}

func (b *booking) checkReject() problems {
	if b.Status != StatusPending {
		return one("The booking is not pending.")
	}
	return nil
}

func (b *booking) checkReInvite(now time.Time) problems {
	switch {
	case b.Status != StatusPending:
		return one("The booking is not pending.")
	case b.Session.After(now):
		return one("The session date has not passed yet.")
	}
	return nil
}

func (b *booking) checkConfirm(now time.Time, client *member) problems {
	switch {
	case b.Status != StatusAccepted:
		return one("The booking is not accepted.")
	case !b.Session.After(now):
		return one("The session date has passed.")
	case client.balance.LessThan(b.credits):
		return one("Your credit balance does not cover this booking.")
	}
	return nil
}

// checkReschedule asks for no state: none is documented.
func (b *booking) checkReschedule(now time.Time, client *member) problems {
	switch {
	case b.Session.After(now):
		return one("The session date has not passed yet.")
	case client.balance.LessThan(b.credits):
		return one("Your credit balance does not cover this booking.")
	}
	return nil
}

func (b *booking) checkCancelMade(now time.Time) problems {
	switch {
	case b.Status != StatusPending && b.Status != StatusAccepted && b.Status != StatusConfirmed:
		return one("The booking can no longer be cancelled.")
	case b.Status == StatusConfirmed && !b.Session.After(now):
		return one("A confirmed booking cannot be cancelled once its session date has passed.")
	}
	return nil
}

func (b *booking) checkCancelReceived(now time.Time) problems {
	switch {
	case b.Status != StatusAccepted:
		return one("The booking is not accepted.")
	case !b.Session.After(now):
		return one("The session date has passed.")
	}
	return nil
}

// checkReason adds a blank reason to what else is wrong: blank counts as missing.
func checkReason(ps problems, reason string) problems {
	if strings.TrimSpace(reason) == "" {
		ps.add("Reason", "A reason is required.")
	}
	return ps
}
