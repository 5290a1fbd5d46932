package apiclient

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"phonechatbot/apiclient/wire"
)

var (
	errNotJSON   = errors.New("cannot be written as JSON")
	errNoReason  = errors.New("no reason")
	errNegative  = errors.New("negative credits")
	errNoTime    = errors.New("no time")
	errAmbiguous = errors.New("a time that the clocks show twice")
)

// Requirements tells what a performer demands of a booking (docs: GetPhoneChatUserBookingRequirements).
// The performer must offer phone chat, or the platform refuses.
//
// Scope: account_phonechat_bookings. Errors: ErrInvalid, ErrNotFound.
func (c *Client) Requirements(ctx context.Context, as Caller, performer MemberID) (Requirements, error) {
	if performer <= 0 {
		return Requirements{}, refuse(routeRequirements, errNoID)
	}
	query := url.Values{"BookUserID": {strconv.FormatInt(int64(performer), 10)}}
	return ask(ctx, c, as, request{route: routeRequirements, query: query}, readRequirements)
}

// CreateBooking asks a performer for a call (docs: PhoneChatCreateBooking). A phone number or Skype name
// is sent only if the method needs it. The platform may answer with other credits than those offered:
// show the ones of the reply. A reply about another performer is ErrUnknownOutcome, and on that look for
// the booking with EachBooking before trying again.
//
// Scope: account_phonechat_bookings. Errors: ErrInvalid, also for a time that the clocks show twice;
// ErrNotFound, ErrUnknownOutcome.
func (c *Client) CreateBooking(ctx context.Context, as Caller, b NewBooking) (Booking, error) {
	switch {
	case b.Performer <= 0:
		return Booking{}, refuse(routeCreate, errNoID)
	case b.Session.IsZero() || b.AcceptBy.IsZero():
		return Booking{}, refuse(routeCreate, errNoTime)
	case Ambiguous(b.Session, c.loc) || Ambiguous(b.AcceptBy, c.loc):
		return Booking{}, refuse(routeCreate, errAmbiguous)
	case b.Credits.Less(Credits{}):
		return Booking{}, refuse(routeCreate, errNegative)
	}
	body := wire.CreateBooking{
		BookUserID:  int64(b.Performer),
		SessionDate: RequestTime(b.Session, c.loc),
		Duration:    b.Duration,
		Method:      int(b.Method),
		Credits:     b.Credits.number(),
		AcceptBy:    RequestTime(b.AcceptBy, c.loc),
		Comments:    b.Comments,
	}
	switch b.Method {
	case MethodPerformerRings:
		body.PhoneNumber = b.PhoneNumber
	case MethodSkype:
		body.SkypeName = b.SkypeName
	case MethodClientRings:
	}
	return ask(ctx, c, as, request{route: routeCreate, body: body}, func(reply []byte) (Booking, error) {
		made, err := c.readBooking(Made, 0)(reply)
		if err == nil && made.Other.ID != b.Performer {
			return Booking{}, misread{at: "Candidate/UserID"}
		}
		return made, err
	})
}

// Confirm takes an accepted booking as the client, for the credits that now stand in it, which the
// performer may have changed: show them first. The balance must cover them (inferred from
// ConfirmMadeWebcamBooking). On ErrUnknownOutcome read the booking before trying again.
//
// Scope: account_phonechat_bookings. Errors: ErrConflict, ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) Confirm(ctx context.Context, as Caller, id BookingID) (Booking, error) {
	return c.act(ctx, as, routeConfirm, Made, id, wire.BookingID{BookingID: int64(id)})
}

// CancelMade calls a booking off as the client: one that is neither rejected nor cancelled, and if it is
// confirmed, before its session (docs: PhoneChatCancelMadeBooking). A reason is needed. On
// ErrUnknownOutcome read the booking.
//
// Scope: account_phonechat_bookings. Errors: ErrConflict, ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) CancelMade(ctx context.Context, as Caller, id BookingID, reason string) (Booking, error) {
	return c.actBecause(ctx, as, routeCancelMade, Made, id, reason)
}

// Reschedule tries a booking again whose session was missed: the same, beginning in five to ten minutes
// (docs: PhoneChatRescheduleMadeBooking). The answer may have an ID of its own, and whether the old
// booking stays as well is not documented: go on with the one in the answer. On ErrUnknownOutcome look
// through EachBooking before trying again.
//
// Scope: account_phonechat_bookings. Errors: ErrConflict, ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) Reschedule(ctx context.Context, as Caller, id BookingID) (Booking, error) {
	if id <= 0 {
		return Booking{}, refuse(routeReschedule, errNoID)
	}
	body := wire.BookingID{BookingID: int64(id)}
	return ask(ctx, c, as, request{route: routeReschedule, body: body}, c.readBooking(Made, 0))
}

// Accept takes a pending booking as the performer, for the given credits, of two places at most, which
// may differ from the offer (docs: PhoneChatAcceptReceivedBooking). On ErrUnknownOutcome read the booking
// before trying again.
//
// Scope: account_phonechat_bookings. Errors: ErrConflict, ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) Accept(ctx context.Context, as Caller, id BookingID, credits Credits) (Booking, error) {
	switch {
	case credits.Less(Credits{}):
		return Booking{}, refuse(routeAccept, errNegative)
	case credits.Places() > 2: // rounding would ask for credits that nobody named
		return Booking{}, refuse(routeAccept, errTooFine)
	}
	return c.act(ctx, as, routeAccept, Received, id, wire.Accept{BookingID: int64(id), Credits: credits.number()})
}

// Reject declines a pending booking as the performer (inferred from RejectReceivedWebcamBooking). A
// reason is needed. On ErrUnknownOutcome read the booking.
//
// Scope: account_phonechat_bookings. Errors: ErrConflict, ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) Reject(ctx context.Context, as Caller, id BookingID, reason string) (Booking, error) {
	return c.actBecause(ctx, as, routeReject, Received, id, reason)
}

// CancelReceived calls an accepted booking off as the performer, before its session (inferred from
// CancelReceivedWebcamBooking). A reason is needed. A confirmed booking is believed to be refused. On
// ErrUnknownOutcome read the booking.
//
// Scope: account_phonechat_bookings. Errors: ErrConflict, ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) CancelReceived(ctx context.Context, as Caller, id BookingID, reason string) (Booking, error) {
	return c.actBecause(ctx, as, routeCancelReceived, Received, id, reason)
}

// ReInvite declines a pending booking whose session time has passed, and invites the client to book again
// (docs: PhoneChatReInviteReceivedBooking). Without a reason the platform puts words of its own. On
// ErrUnknownOutcome read the booking.
//
// Scope: account_phonechat_bookings. Errors: ErrConflict, ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) ReInvite(ctx context.Context, as Caller, id BookingID, reason string) (Booking, error) {
	return c.act(ctx, as, routeReInvite, Received, id, wire.Reason{BookingID: int64(id), Reason: strings.TrimSpace(reason)})
}

// actBecause is a write that needs a reason.
func (c *Client) actBecause(ctx context.Context, as Caller, r route, side Side, id BookingID, reason string) (Booking, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Booking{}, refuse(r, errNoReason)
	}
	return c.act(ctx, as, r, side, id, wire.Reason{BookingID: int64(id), Reason: reason})
}

// act is a write about one booking of a side; the answer is that booking after the change.
func (c *Client) act(ctx context.Context, as Caller, r route, side Side, id BookingID, body any) (Booking, error) {
	if id <= 0 {
		return Booking{}, refuse(r, errNoID)
	}
	return ask(ctx, c, as, request{route: r, body: body}, c.readBooking(side, id))
}

func readRequirements(body []byte) (Requirements, error) {
	w, err := decode[wire.Requirements](body)
	if err != nil {
		return Requirements{}, err
	}
	if w.PhoneChatPPM == nil && w.Methods == nil {
		return Requirements{}, misread{at: "Methods"}
	}
	var r Requirements
	if w.PhoneChatPPM != nil {
		if r.Price, err = amount(*w.PhoneChatPPM, "PhoneChatPPM"); err != nil {
			return Requirements{}, err
		}
		r.HasPrice = true
	}
	for _, entry := range w.Methods {
		method, usable, err := methodFrom(entry)
		if err != nil {
			return Requirements{}, err
		}
		if usable && !slices.Contains(r.Methods, method) {
			r.Methods = append(r.Methods, method)
		}
	}
	return r, nil
}
