package apiclient

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"phonechatbot/apiclient/wire"
)

// CamSettings are a performer's DirectCam settings. nil is what the platform did not tell. The contract
// knows only part of them ("more properties exist"): the others are in More and are sent back as they came.
type CamSettings struct {
	Free             *bool // a free clothed preview
	GuestPreview     *bool // the preview is for guests too
	FreeTime         *int  // minutes of it: 5, 10, 15, 20, 30, 45; 0 is without limit
	FreeTimePeriod   *int  // per so many minutes: 15, 30 or whole hours up to 1440; 0 is without limit
	Group            *bool
	GroupPrice       *Credits // a minute
	Private          *bool
	PrivatePrice     *Credits // a minute
	ChatOnly         *bool    // typed chat only
	PrivateAudio     *bool
	GroupAudio       *bool
	FreeAudio        *bool
	WebcamCategoryID *int64
	More             wire.More
}

// CamMode is the kind of session that a special offer is for (property ModeID).
type CamMode int

// The documented modes of offers.
const (
	ModeGroup   CamMode = 2
	ModePrivate CamMode = 3
)

// OfferID identifies a special offer.
type OfferID int64

// String is the number in decimal.
func (id OfferID) String() string { return strconv.FormatInt(int64(id), 10) }

// The rules for special offers (docs: DirectCamUpdateSpecialOffer). MinOfferPrice adds the one across fields.
const (
	MaxOfferTitle    = 50 // characters
	MinOfferDuration = 5  // minutes
	MinOfferCredits  = 5
	minOfferTenths   = 6 // of a credit, for each minute
)

// MinOfferPrice is the least that an offer of so many minutes may cost: 0.6 credits a minute, and
// MinOfferCredits in all.
func MinOfferPrice(minutes int) Credits {
	least := Credits{decimal.New(int64(minutes), 0).Mul(decimal.New(minOfferTenths, -1))}
	if floor := WholeCredits(MinOfferCredits); least.Less(floor) {
		return floor
	}
	return least
}

// Offer is a special offer: a cam session of a fixed length for a fixed price.
type Offer struct {
	ID       OfferID
	Number   int    // from 1, shown to the performer when a buyer enters; 0 when not known
	Title    string // up to MaxOfferTitle characters
	Duration int    // minutes, at least MinOfferDuration
	Mode     CamMode
	Price    Credits // of the whole; TotalPrice in replies, TotalCredits in requests
	// Available is CanPurchase in replies and CurrentlyAvailable in requests; that both mean the same is
	// inferred, so ask before saving what was read.
	Available bool
	// ContinueAfter lets the session run on, at a price, when the time is over; else the buyer is
	// disconnected. The documentation contradicts itself about that price: show none.
	ContinueAfter bool
	Incomplete    bool // only read: a bought session was cut short and can be resumed free of charge

	// Only read: the prices a minute outside the offer.
	Group        bool
	GroupPrice   *Credits
	Private      bool
	PrivatePrice *Credits
}

var (
	errCamIncomplete = errors.New("settings are incomplete")
	errOfferTitle    = errors.New("title is empty or too long")
	errOfferDuration = errors.New("duration is too short")
	errOfferPrice    = errors.New("price is too low")
	errOfferMode     = errors.New("mode is neither group nor private")
	errOfferNumber   = errors.New("number is below 1")
)

// CamSettings reads the DirectCam settings (docs: GetDirectCamSettings). Managers may.
//
// Scope: account_webcam_bookings. Errors: those of every call.
func (c *Client) CamSettings(ctx context.Context, as Caller) (CamSettings, error) {
	return ask(ctx, c, as, request{route: routeCamSettings}, readCamSettings)
}

// SaveCamSettings replaces the DirectCam settings: change what CamSettings gave, and save that (docs:
// SaveDirectCamSettings). Managers may. All but the four about group and private must be there. That the
// answer is the settings as stored is assumed. On ErrUnknownOutcome read the settings.
//
// Scope: account_webcam_bookings. Errors: ErrInvalid, ErrUnknownOutcome.
func (c *Client) SaveCamSettings(ctx context.Context, as Caller, s CamSettings) (CamSettings, error) {
	switch {
	case s.Free == nil, s.GuestPreview == nil, s.FreeTime == nil, s.FreeTimePeriod == nil, s.ChatOnly == nil,
		s.PrivateAudio == nil, s.GroupAudio == nil, s.FreeAudio == nil, s.WebcamCategoryID == nil:
		return CamSettings{}, refuse(routeSaveCamSettings, errCamIncomplete)
	case s.GroupPrice != nil && s.GroupPrice.Less(Credits{}), s.PrivatePrice != nil && s.PrivatePrice.Less(Credits{}):
		return CamSettings{}, refuse(routeSaveCamSettings, errNegative)
	case orZero(s.GroupPrice).Places() > 2, orZero(s.PrivatePrice).Places() > 2: // rounding would set a price that nobody named
		return CamSettings{}, refuse(routeSaveCamSettings, errTooFine)
	}
	body := wire.CamSettings{
		DoesFree: s.Free, AllowGuestFreePreview: s.GuestPreview, FreeTimeMins: s.FreeTime, FreeTimePeriod: s.FreeTimePeriod,
		DoesGroup: s.Group, GroupPPM: numberOf(s.GroupPrice), DoesPrivate: s.Private, PrivatePPM: numberOf(s.PrivatePrice),
		ChatOnly: s.ChatOnly, DoesAudioPrivate: s.PrivateAudio, DoesAudioGroup: s.GroupAudio, DoesAudioFree: s.FreeAudio,
		WebcamCategoryID: s.WebcamCategoryID, More: s.More,
	}
	return ask(ctx, c, as, request{route: routeSaveCamSettings, body: body}, readCamSettings)
}

// UpdateOffer changes a special offer; whoever has bought it keeps the full time (docs:
// DirectCamUpdateSpecialOffer). Managers may. Hand in the Number that was read or remembered: without one
// the platform takes the highest plus one.
//
// Scope: account_webcam_bookings. Errors: ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) UpdateOffer(ctx context.Context, as Caller, o Offer) (Offer, error) {
	if o.ID <= 0 {
		return Offer{}, refuse(routeUpdateOffer, errNoID)
	}
	if err := o.unfit(); err != nil {
		return Offer{}, refuse(routeUpdateOffer, err)
	}
	body := o.body()
	body.OfferID = int64(o.ID)
	return ask(ctx, c, as, request{route: routeUpdateOffer, body: body}, readOffer(o.ID))
}

// Offers lists the special offers (path and answer guessed from UpdateOffer). It may not exist.
//
// Scope: account_webcam_bookings. Errors: ErrNotFound (see Missing).
func (c *Client) Offers(ctx context.Context, as Caller) ([]Offer, error) {
	return ask(ctx, c, as, request{route: routeOffers}, func(body []byte) ([]Offer, error) {
		return readRows(body, c.loc, offerFrom)
	})
}

// AddOffer makes a special offer, whatever its ID (path, body and answer guessed from UpdateOffer). It
// may not exist.
//
// Scope: account_webcam_bookings. Errors: ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) AddOffer(ctx context.Context, as Caller, o Offer) (Offer, error) {
	if err := o.unfit(); err != nil {
		return Offer{}, refuse(routeAddOffer, err)
	}
	return ask(ctx, c, as, request{route: routeAddOffer, body: o.body()}, readOffer(0))
}

// DeleteOffer deletes a special offer (path, method and body guessed from UpdateOffer). It may not exist.
// What the platform answers is not known: a success is all that is looked at.
//
// Scope: account_webcam_bookings. Errors: ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) DeleteOffer(ctx context.Context, as Caller, id OfferID) error {
	if id <= 0 {
		return refuse(routeDeleteOffer, errNoID)
	}
	_, err := ask(ctx, c, as, request{route: routeDeleteOffer, body: wire.OfferID{OfferID: int64(id)}}, ignored)
	return err
}

// unfit says which rule an offer breaks, nil for none.
func (o Offer) unfit() error {
	title := utf8.RuneCountInString(strings.TrimSpace(o.Title))
	switch {
	case title < 1 || title > MaxOfferTitle:
		return errOfferTitle
	case o.Duration < MinOfferDuration:
		return errOfferDuration
	case o.Price.Less(MinOfferPrice(o.Duration)):
		return errOfferPrice
	case o.Price.Places() > 2:
		return errTooFine
	case o.Mode != ModeGroup && o.Mode != ModePrivate:
		return errOfferMode
	case o.Number < 0:
		return errOfferNumber
	}
	return nil
}

// body is an offer as a request carries it, without the IDs.
func (o Offer) body() wire.SaveOffer {
	return wire.SaveOffer{
		OfferNumber: o.Number, CurrentlyAvailable: o.Available, Title: strings.TrimSpace(o.Title),
		Duration: o.Duration, TotalCredits: o.Price.number(), ModeID: int(o.Mode), AllowRateContinue: &o.ContinueAfter,
	}
}

// readCamSettings reads settings. An answer without any that is known is not taken for settings.
func readCamSettings(body []byte) (CamSettings, error) {
	w, err := decode[wire.CamSettings](body)
	if err != nil {
		return CamSettings{}, err
	}
	if w.DoesFree == nil && w.DoesGroup == nil && w.DoesPrivate == nil {
		return CamSettings{}, misread{at: "DoesFree"}
	}
	group, err := perhaps(w.GroupPPM, "GroupPPM")
	if err != nil {
		return CamSettings{}, err
	}
	private, err := perhaps(w.PrivatePPM, "PrivatePPM")
	if err != nil {
		return CamSettings{}, err
	}
	return CamSettings{
		Free: w.DoesFree, GuestPreview: w.AllowGuestFreePreview, FreeTime: w.FreeTimeMins, FreeTimePeriod: w.FreeTimePeriod,
		Group: w.DoesGroup, GroupPrice: group, Private: w.DoesPrivate, PrivatePrice: private,
		ChatOnly: w.ChatOnly, PrivateAudio: w.DoesAudioPrivate, GroupAudio: w.DoesAudioGroup, FreeAudio: w.DoesAudioFree,
		WebcamCategoryID: w.WebcamCategoryID, More: w.More,
	}, nil
}

// readOffer reads one offer. With an id, an answer about another offer is refused.
func readOffer(id OfferID) func([]byte) (Offer, error) {
	return func(body []byte) (Offer, error) {
		w, err := decode[wire.Offer](body)
		if err != nil {
			return Offer{}, err
		}
		o, err := offerFrom(w, nil)
		if err == nil && id != 0 && o.ID != id {
			err = misread{at: "OfferID"}
		}
		if err != nil {
			return Offer{}, err
		}
		return o, nil
	}
}

// offerFrom turns an offer of the wire into ours; it has no times, so there is no zone.
func offerFrom(w wire.Offer, _ *time.Location) (Offer, error) {
	if w.OfferID <= 0 {
		return Offer{}, misread{at: "OfferID"}
	}
	if w.TotalPrice == "" {
		return Offer{}, misread{at: "TotalPrice"}
	}
	price, err := amount(w.TotalPrice, "TotalPrice")
	if err != nil {
		return Offer{}, err
	}
	group, err := perhaps(w.GroupPPM, "GroupPPM")
	if err != nil {
		return Offer{}, err
	}
	private, err := perhaps(w.PrivatePPM, "PrivatePPM")
	if err != nil {
		return Offer{}, err
	}
	return Offer{
		ID: OfferID(w.OfferID), Number: orZero(w.OfferNumber), Title: w.Title, Duration: w.Duration,
		Mode: CamMode(w.ModeID), Price: price, Available: orZero(w.CanPurchase),
		ContinueAfter: orZero(w.AllowRateContinue), Incomplete: orZero(w.Incomplete),
		Group: orZero(w.DoesGroup), GroupPrice: group, Private: orZero(w.DoesPrivate), PrivatePrice: private,
	}, nil
}

// perhaps reads an amount that need not be there.
func perhaps(n *wire.Number, at string) (*Credits, error) {
	if n == nil || *n == "" {
		return nil, nil
	}
	credits, err := amount(*n, at)
	if err != nil {
		return nil, err
	}
	return &credits, nil
}

// numberOf is an amount that need not be there, as a request carries it.
func numberOf(c *Credits) *wire.Number {
	if c == nil {
		return nil
	}
	return new(c.number())
}
