package apisim

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"phonechatbot/apiclient/wire"
)

// offers is what the special offers of all members share.
type offers struct {
	hidden bool  // the guessed paths do not exist
	last   int64 // OfferID that was given last
}

// HideGuessed takes away the paths for special offers that the contract only guesses (list, add and
// delete), or brings them back. At first they exist.
func (p *Platform) HideGuessed(hide bool) {
	defer p.lock()()
	p.offers.hidden = hide
}

func guessed(run func(*Platform, call) (any, error)) func(*Platform, call) (any, error) {
	return func(p *Platform, c call) (any, error) {
		if p.offers.hidden {
			return nil, refusal(http.StatusNotFound, "No HTTP resource was found that matches the request.")
		}
		return run(p, c)
	}
}

// seedOffers gives one offer to everybody who takes phone chat and has a price.
func (p *Platform) seedOffers(m *member) []wire.SaveOffer {
	if !m.OffersPhoneChat || !m.hasPrice {
		return nil
	}
	return []wire.SaveOffer{{
		OfferID: p.newOfferID(), OfferNumber: 1, CurrentlyAvailable: true,
		Title: "Quarter of an hour in private", Duration: 15, TotalCredits: "30", ModeID: 3, AllowRateContinue: new(true),
	}}
}

func (p *Platform) newOfferID() int64 {
	const first = 9021
	p.offers.last = max(p.offers.last+1, first)
	return p.offers.last
}

// offerReply is an offer beside the member's prices. wire.Offer, with its nulls written out.
type offerReply struct {
	OfferID           int64
	OfferNumber       int
	Title             string
	Duration          int
	ModeID            int
	DoesPrivate       bool
	PrivatePPM        *wire.Number
	DoesGroup         bool
	GroupPPM          *wire.Number
	TotalPrice        wire.Number
	AllowRateContinue bool
	Incomplete        bool // nobody can buy here, so nothing was cut short
	CanPurchase       bool
}

func (p *Platform) offer(m *member, o wire.SaveOffer) offerReply {
	cam := p.of(m).cam
	return offerReply{
		OfferID: o.OfferID, OfferNumber: o.OfferNumber, Title: o.Title, Duration: o.Duration, ModeID: o.ModeID,
		DoesPrivate: isOn(cam.DoesPrivate), PrivatePPM: cam.PrivatePPM, DoesGroup: isOn(cam.DoesGroup), GroupPPM: cam.GroupPPM,
		TotalPrice: o.TotalCredits, AllowRateContinue: isOn(o.AllowRateContinue), CanPurchase: o.CurrentlyAvailable,
	}
}

func isOn(flag *bool) bool { return flag != nil && *flag }

// getOffers lists the caller's offers, or those of the member that UserID names.
func getOffers(p *Platform, c call) (any, error) {
	whose := c.by
	if _, isGiven := c.query["userid"]; isGiven {
		named, err := p.named(c.query)
		if err != nil {
			return nil, err
		}
		whose = named
	}
	list := []offerReply{}
	for _, o := range p.of(whose).offers {
		list = append(list, p.offer(whose, o))
	}
	return list, nil
}

func addOffer(p *Platform, c call) (any, error) {
	in, err := p.readOffer(c)
	if err != nil {
		return nil, err
	}
	in.OfferID = p.newOfferID()
	mine := p.of(c.by)
	mine.offers = append(mine.offers, in)
	return p.offer(c.by, in), nil
}

// updateOffer replaces an offer: what may be left out and is takes its default again.
func updateOffer(p *Platform, c call) (any, error) {
	in, err := p.readOffer(c, "OfferID")
	if err != nil {
		return nil, err
	}
	mine := p.of(c.by).offers
	at := indexOf(mine, in.OfferID)
	if at < 0 {
		return nil, noOffer()
	}
	mine[at] = in
	return p.offer(c.by, in), nil
}

func deleteOffer(p *Platform, c call) (any, error) {
	var in wire.OfferID
	if _, err := readBody(c.body, &in, "OfferID"); err != nil {
		return nil, err
	}
	mine := p.of(c.by)
	at := indexOf(mine.offers, in.OfferID)
	if at < 0 {
		return nil, noOffer()
	}
	mine.offers = slices.Delete(mine.offers, at, at+1)
	return nothing{}, nil
}

func noOffer() error { return refusal(http.StatusNotFound, "No such offer.") }

func indexOf(list []wire.SaveOffer, id int64) int {
	return slices.IndexFunc(list, func(o wire.SaveOffer) bool { return o.OfferID == id })
}

// readOffer holds an offer against the rules (docs: DirectCamUpdateSpecialOffer). Without a number it
// takes the member's highest plus one, on an update as well.
func (p *Platform) readOffer(c call, alsoRequired ...string) (wire.SaveOffer, error) {
	var in wire.SaveOffer
	fields, err := readBody(c.body, &in, append(alsoRequired, "CurrentlyAvailable", "Title", "Duration", "TotalCredits", "ModeID")...)
	if err != nil {
		return in, err
	}
	if err := checkOfferRules(in, fields).err(); err != nil {
		return in, err
	}
	if !fields.has("OfferNumber") {
		for _, o := range p.of(c.by).offers {
			in.OfferNumber = max(in.OfferNumber, o.OfferNumber)
		}
		in.OfferNumber++
	}
	return in, nil
}

func checkOfferRules(in wire.SaveOffer, fields given) (ps problems) {
	const longestTitle, shortest = 50, 5
	least, leastRate := decimal.NewFromInt(5), decimal.New(6, -1)
	if strings.TrimSpace(in.Title) == "" || utf8.RuneCountInString(in.Title) > longestTitle {
		ps.add("Title", "The title must have 1 to 50 characters.")
	}
	if in.Duration < shortest {
		ps.add("Duration", "The duration must be at least 5 minutes.")
	}
	switch total, ok := parseAmount(string(fields["totalcredits"])); {
	case !ok || total.LessThan(least):
		ps.add("TotalCredits", "The credits must be a number, and at least 5.")
	case total.LessThan(leastRate.Mul(decimal.NewFromInt(int64(in.Duration)))):
		ps.add("TotalCredits", "The credits must be at least 0.6 a minute.")
	}
	if in.ModeID != 2 && in.ModeID != 3 {
		ps.add("ModeID", "The mode must be group (2) or private (3).")
	}
	if fields.has("OfferNumber") && in.OfferNumber < 1 {
		ps.add("OfferNumber", "The number must be at least 1.")
	}
	return ps
}
