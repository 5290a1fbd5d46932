package apiclient

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"phonechatbot/apiclient/wire"
	"phonechatbot/internal/secret"
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
func (c *Client) Requirements(ctx context.Context, token secret.String, performer MemberID) (Requirements, error) {
	if performer <= 0 {
		return Requirements{}, refuse(routeRequirements, errNoID)
	}
	query := url.Values{"BookUserID": {strconv.FormatInt(int64(performer), 10)}}
	return ask(ctx, c, token, request{route: routeRequirements, query: query}, readRequirements)
}

// CreateBooking asks a performer for a call (docs: PhoneChatCreateBooking). A phone number or Skype name
// is sent only if the method needs it; a time the clocks show twice is refused. The platform may answer
// with other credits than those offered: show the ones of the reply. On ErrUnknownOutcome look for the
// booking with ListBookings before trying again.
func (c *Client) CreateBooking(ctx context.Context, token secret.String, b NewBooking) (Booking, error) {
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
	return ask(ctx, c, token, request{route: routeCreate, body: body}, c.readBooking(Made, 0))
}

// Accept takes a received booking for the given credits, which may differ from the offer (docs:
// PhoneChatAcceptReceivedBooking). On ErrUnknownOutcome read the booking before trying again.
func (c *Client) Accept(ctx context.Context, token secret.String, id BookingID, credits Credits) (Booking, error) {
	if credits.Less(Credits{}) {
		return Booking{}, refuse(routeAccept, errNegative)
	}
	return c.act(ctx, token, routeAccept, id, wire.Accept{BookingID: int64(id), Credits: credits.number()})
}

// Reject declines a received booking. A reason is needed (inferred from RejectReceivedWebcamBooking).
func (c *Client) Reject(ctx context.Context, token secret.String, id BookingID, reason string) (Booking, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Booking{}, refuse(routeReject, errNoReason)
	}
	return c.act(ctx, token, routeReject, id, wire.Reason{BookingID: int64(id), Reason: reason})
}

// ReInvite declines a received booking whose session time has passed, and invites the client to book
// again (docs: PhoneChatReInviteReceivedBooking). Without a reason the platform puts words of its own.
func (c *Client) ReInvite(ctx context.Context, token secret.String, id BookingID, reason string) (Booking, error) {
	return c.act(ctx, token, routeReInvite, id, wire.Reason{BookingID: int64(id), Reason: strings.TrimSpace(reason)})
}

// act is a write about one received booking; the answer is that booking after the change.
func (c *Client) act(ctx context.Context, token secret.String, r route, id BookingID, body any) (Booking, error) {
	if id <= 0 {
		return Booking{}, refuse(r, errNoID)
	}
	return ask(ctx, c, token, request{route: r, body: body}, c.readBooking(Received, id))
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
