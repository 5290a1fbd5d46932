package apisim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"phonechatbot/apiclient/wire"
)

// Operations, as SetFault, Calls and Config.BeforeReply name them. OpAny stands for all of them. A
// Groups twin has the name of its plain operation.
const (
	OpAny = "*"

	OpAuthorize = "Authorize"
	OpToken     = "Token"

	OpVerifyCredentials       = "VerifyCredentials" //nolint:gosec // the name of an operation
	OpGetPermissions          = "GetPermissions"
	OpGetServices             = "GetServices"
	OpUpdateServices          = "UpdateServices"
	OpGetCurrentCreditBalance = "GetCurrentCreditBalance"
	OpGetDashboard            = "GetDashboard"

	OpGetSettings                = "GetSettings"
	OpSaveSettings               = "SaveSettings"
	OpGetUserBookingRequirements = "GetUserBookingRequirements"
	OpCreateBooking              = "CreateBooking"
	OpMadeBookings               = "MadeBookings"
	OpMadeBookingDetails         = "MadeBookingDetails"
	OpConfirmMadeBooking         = "ConfirmMadeBooking"
	OpCancelMadeBooking          = "CancelMadeBooking"
	OpRescheduleMadeBooking      = "RescheduleMadeBooking"
	OpDeleteMadeBookings         = "DeleteMadeBookings"
	OpReceivedBookings           = "ReceivedBookings"
	OpReceivedBookingDetails     = "ReceivedBookingDetails"
	OpAcceptReceivedBooking      = "AcceptReceivedBooking"
	OpRejectReceivedBooking      = "RejectReceivedBooking"
	OpReInvite                   = "ReInvite"
	OpCancelReceivedBooking      = "CancelReceivedBooking"
	OpDeleteReceivedBooking      = "DeleteReceivedBooking"

	OpGetAllPINs            = "GetAllPINs"
	OpGetCamSettings        = "GetCamSettings"
	OpSaveCamSettings       = "SaveCamSettings"
	OpGetSpecialOffers      = "GetSpecialOffers"
	OpAddSpecialOffer       = "AddSpecialOffer"
	OpUpdateSpecialOffer    = "UpdateSpecialOffer"
	OpDeleteSpecialOffer    = "DeleteSpecialOffer"
	OpGetHotList            = "GetHotList"
	OpGetHotLists           = "GetHotLists"
	OpAddUserToHotList      = "AddUserToHotList"
	OpRemoveUserFromHotList = "RemoveUserFromHotList"
	OpGetGroupDetails       = "GetGroupDetails"
	OpSearchProfiles        = "SearchProfiles"
	OpGetProfileDetails     = "GetProfileDetails"
	OpGetUserSummary        = "GetUserSummary"
	OpGetRatings            = "GetRatings"
	OpGetTopList            = "GetTopList"
)

// operation is one line of the API. run is called with the platform locked.
type operation struct {
	name, method, path string
	also               string // another method that is taken; "" for none
	twin               string // the path for group managers; "" for none
	scope              string // that the token has to carry; "" for none
	key                bool   // public data: the project's key instead of a member's token
	grouped            bool   // this is the twin; set by routes
	run                func(p *Platform, c call) (any, error)
	// page takes the place of run where neither JSON nor a token is spoken. It is called unlocked.
	page func(p *Platform, r *http.Request, body []byte) answer
}

// call is a request once it is known who asks.
type call struct {
	by     *member  // whose account this is about, also if his group's manager asks; nil for public data
	scopes []string // that the token carries
	query  query
	body   []byte
}

// routes are all operations and their twins by their path in lower case.
func routes() map[string]operation {
	table := make(map[string]operation)
	for _, op := range slices.Concat(
		loginOperations(), accountOperations(), phoneChatOperations(), settingsOperations(), directOperations(), memberOperations(),
	) {
		table[strings.ToLower(op.path)] = op
		if op.twin != "" {
			op.grouped = true
			table[strings.ToLower(op.twin)] = op
		}
	}
	return table
}

const (
	get  = http.MethodGet
	post = http.MethodPost
	put  = http.MethodPut
)

func accountOperations() []operation {
	return []operation{
		{name: OpVerifyCredentials, method: get, path: "/v1/account/verifyCredentials", run: verifyCredentials},
		{name: OpGetPermissions, method: get, path: "/v1/Account/GetPermissions", run: getPermissions},
		{name: OpGetCurrentCreditBalance, method: get, path: "/v1/CreditHistory/GetCurrentCreditBalance", scope: scopeCredits, run: currentBalance},
	}
}

func phoneChatOperations() []operation {
	const base, twins = "/v1/PhoneChat/", "/v1/Groups/PhoneChat/"
	return []operation{
		{name: OpGetUserBookingRequirements, method: get, path: base + "GetUserBookingRequirements", scope: scopePhoneChat, run: requirements},
		{name: OpCreateBooking, method: post, path: base + "CreateBooking", scope: scopePhoneChat, run: createBooking},
		{name: OpMadeBookings, method: get, path: base + "MadeBookings", twin: twins + "MadeBookings", scope: scopePhoneChat, run: listOf(made, (*Platform).madeReply)},
		{name: OpMadeBookingDetails, method: get, path: base + "MadeBookingDetails", twin: twins + "MadeBookingDetails", scope: scopePhoneChat, run: detailsOf(made)},
		{name: OpReceivedBookings, method: get, path: base + "ReceivedBookings", twin: twins + "ReceivedBookings", scope: scopePhoneChat, run: listOf(received, (*Platform).receivedReply)},
		{name: OpReceivedBookingDetails, method: get, path: base + "ReceivedBookingDetails", twin: twins + "ReceivedBookingDetails", scope: scopePhoneChat, run: detailsOf(received)},
		{name: OpAcceptReceivedBooking, method: post, path: base + "AcceptReceivedBooking", scope: scopePhoneChat, run: acceptReceived},
		{name: OpRejectReceivedBooking, method: post, path: base + "RejectReceivedBooking", scope: scopePhoneChat, run: step(received, (*Platform).reject)},
		{name: OpReInvite, method: post, path: base + "ReInvite", scope: scopePhoneChat, run: step(received, (*Platform).reInvite)},
		{name: OpConfirmMadeBooking, method: post, path: base + "ConfirmMadeBooking", scope: scopePhoneChat, run: step(made, confirmed)},
		{name: OpCancelMadeBooking, method: post, path: base + "CancelMadeBooking", scope: scopePhoneChat, run: step(made, (*Platform).cancelMade)},
		{name: OpRescheduleMadeBooking, method: post, path: base + "RescheduleMadeBooking", scope: scopePhoneChat, run: rescheduleMade},
		{name: OpDeleteMadeBookings, method: post, path: base + "DeleteMadeBookings", scope: scopePhoneChat, run: deleteFrom(made)},
		{name: OpCancelReceivedBooking, method: post, path: base + "CancelReceivedBooking", scope: scopePhoneChat, run: step(received, (*Platform).cancelReceived)},
		// The documentation spells this one in the singular, its page's title in the plural.
		{name: OpDeleteReceivedBooking, method: post, path: base + "DeleteReceivedBooking", scope: scopePhoneChat, run: deleteFrom(received)},
		{name: OpDeleteReceivedBooking, method: post, path: base + "DeleteReceivedBookings", scope: scopePhoneChat, run: deleteFrom(received)},
	}
}

// verifyCredentials answers the member's number to any token, the rest by scope.
func verifyCredentials(_ *Platform, c call) (any, error) {
	user := wire.VerifiedUser{UserID: c.by.ID}
	if slices.Contains(c.scopes, scopeNickname) {
		user.Nickname = &c.by.Nickname
	}
	if slices.Contains(c.scopes, scopeAccount) {
		user.IsGroupManager = &c.by.IsGroupManager
		if c.by.GroupID != 0 {
			user.GroupID, user.GroupName = &c.by.GroupID, &c.by.GroupName
		}
	}
	return user, nil
}

func getPermissions(_ *Platform, c call) (any, error) {
	reply := wire.Permissions{Permissions: []wire.Permission{}}
	for _, scope := range c.scopes {
		reply.Permissions = append(reply.Permissions, wire.Permission{Permission: scope, Status: "granted"})
	}
	return reply, nil
}

func currentBalance(_ *Platform, c call) (any, error) {
	return wire.Number(c.by.balance.String()), nil
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

func rescheduleMade(p *Platform, c call) (any, error) {
	var in wire.BookingID
	if err := decode(c.body, &in); err != nil {
		return nil, err
	}
	b, err := p.seenBy(c.by.ID, in.BookingID, made)
	if err != nil {
		return nil, err
	}
	again, err := p.reschedule(b)
	if err != nil {
		return nil, err
	}
	return p.madeReply(again), nil
}

// deleteFrom is an operation that takes bookings off the caller's own list, and answers how each of
// them went. What cannot go stays without spoiling the others.
func deleteFrom(s side) func(*Platform, call) (any, error) {
	return func(p *Platform, c call) (any, error) {
		var in wire.BookingIDs
		if err := decode(c.body, &in); err != nil {
			return nil, err
		}
		var ids []int64 // all are read before any is deleted
		for text := range strings.SplitSeq(in.BookingIDs, ",") {
			id, err := strconv.ParseInt(text, 10, 64)
			if err != nil || strings.ContainsAny(text, "+-") {
				return nil, problems{{"BookingIDs", "The bookings must be numbers with commas between them."}}.err()
			}
			ids = append(ids, id)
		}
		rows := []wire.Deleted{}
		for _, id := range ids {
			rows = append(rows, p.remove(c.by.ID, id, s))
		}
		return rows, nil
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
