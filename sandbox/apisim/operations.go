package apisim

import (
	"encoding/json"
	"net/http"
	"strings"

	"phonechatbot/apiclient/wire"
)

// Operations, as SetFault, Calls and Config.BeforeReply name them. OpAny stands for all of them.
const (
	OpAny                        = "*"
	OpVerifyCredentials          = "VerifyCredentials" //nolint:gosec // the name of an operation
	OpGetCurrentCreditBalance    = "GetCurrentCreditBalance"
	OpGetUserBookingRequirements = "GetUserBookingRequirements"
	OpCreateBooking              = "CreateBooking"
	OpMadeBookings               = "MadeBookings"
	OpMadeBookingDetails         = "MadeBookingDetails"
	OpReceivedBookings           = "ReceivedBookings"
	OpReceivedBookingDetails     = "ReceivedBookingDetails"
	OpAcceptReceivedBooking      = "AcceptReceivedBooking"
	OpRejectReceivedBooking      = "RejectReceivedBooking"
	OpReInvite                   = "ReInvite"
	OpConfirmMadeBooking         = "ConfirmMadeBooking"
	OpCancelMadeBooking          = "CancelMadeBooking"
)

// operation is one line of the API. run is called with the platform locked.
type operation struct {
	name, method, path string
	run                func(p *Platform, c call) (any, error)
}

// call is a request once it is known who asks.
type call struct {
	by    *member
	query query
	body  []byte
}

// routes are all operations by their path in lower case.
func routes() map[string]operation {
	get, post := http.MethodGet, http.MethodPost
	table := make(map[string]operation)
	for _, op := range []operation{
		{OpVerifyCredentials, get, "/v1/account/verifyCredentials", verifyCredentials},
		{OpGetCurrentCreditBalance, get, "/v1/CreditHistory/GetCurrentCreditBalance", currentBalance},
		{OpGetUserBookingRequirements, get, "/v1/PhoneChat/GetUserBookingRequirements", requirements},
		{OpCreateBooking, post, "/v1/PhoneChat/CreateBooking", createBooking},
		{OpMadeBookings, get, "/v1/PhoneChat/MadeBookings", listOf(made, (*Platform).madeReply)},
		{OpMadeBookingDetails, get, "/v1/PhoneChat/MadeBookingDetails", detailsOf(made)},
		{OpReceivedBookings, get, "/v1/PhoneChat/ReceivedBookings", listOf(received, (*Platform).receivedReply)},
		{OpReceivedBookingDetails, get, "/v1/PhoneChat/ReceivedBookingDetails", detailsOf(received)},
		{OpAcceptReceivedBooking, post, "/v1/PhoneChat/AcceptReceivedBooking", acceptReceived},
		{OpRejectReceivedBooking, post, "/v1/PhoneChat/RejectReceivedBooking", step(received, (*Platform).reject)},
		{OpReInvite, post, "/v1/PhoneChat/ReInvite", step(received, (*Platform).reInvite)},
		{OpConfirmMadeBooking, post, "/v1/PhoneChat/ConfirmMadeBooking", step(made, confirmed)},
		{OpCancelMadeBooking, post, "/v1/PhoneChat/CancelMadeBooking", step(made, (*Platform).cancelMade)},
	} {
		table[strings.ToLower(op.path)] = op
	}
	return table
}

func verifyCredentials(_ *Platform, c call) (any, error) {
	user := wire.VerifiedUser{UserID: c.by.ID, Nickname: c.by.Nickname, IsGroupManager: c.by.IsGroupManager}
	if c.by.GroupID != 0 {
		user.GroupID, user.GroupName = &c.by.GroupID, &c.by.GroupName
	}
	return user, nil
}

func currentBalance(_ *Platform, c call) (any, error) {
	return json.Number(c.by.balance.String()), nil
}

func requirements(p *Platform, c call) (any, error) {
	id, err := c.query.id("BookUserID")
	if err != nil {
		return nil, err
	}
	performer, ok := p.members[id]
	if !ok || !performer.bookable() {
		return nil, problems{{"BookUserID", "This member does not take phone chat bookings."}}.err()
	}
	return requirementsReply(performer)
}

func createBooking(p *Platform, c call) (any, error) {
	var in wire.CreateBooking
	if err := decode(c.body, &in); err != nil {
		return nil, err
	}
	b, err := p.createBooking(c.by, in)
	if err != nil {
		return nil, err
	}
	return p.madeReply(b), nil
}

func acceptReceived(p *Platform, c call) (any, error) {
	var in wire.Accept
	if err := decode(c.body, &in); err != nil {
		return nil, err
	}
	b, err := p.seenBy(c.by.ID, in.BookingID, received)
	if err != nil {
		return nil, err
	}
	if err := p.accept(b, in.Credits.String()); err != nil {
		return nil, err
	}
	return p.receivedReply(b), nil
}

// step is an operation that takes a booking and perhaps a reason, and answers the booking.
func step(s side, commit func(*Platform, *booking, string) error) func(*Platform, call) (any, error) {
	return func(p *Platform, c call) (any, error) {
		var in wire.Reason
		if err := decode(c.body, &in); err != nil {
			return nil, err
		}
		b, err := p.seenBy(c.by.ID, in.BookingID, s)
		if err != nil {
			return nil, err
		}
		if err := commit(p, b, in.Reason); err != nil {
			return nil, err
		}
		return p.reply(b, s), nil
	}
}

// confirmed fits confirm, which takes no reason, into step.
func confirmed(p *Platform, b *booking, _ string) error { return p.confirm(b) }

func detailsOf(s side) func(*Platform, call) (any, error) {
	return func(p *Platform, c call) (any, error) {
		id, err := c.query.id("BookingID")
		if err != nil {
			return nil, err
		}
		b, err := p.seenBy(c.by.ID, id, s)
		if err != nil {
			return nil, err
		}
		return p.reply(b, s), nil
	}
}
