package conversations

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// Special offers of DirectCam. The platform documents how one is changed, and no way to list them: where the
// guessed list is missing, and for group managers, who have none, offers are remembered as they were saved.

var (
	msgSpecialTitle   = msg("offer.list", "<b>Special offers</b>")
	msgSpecialNone    = msg("offer.list_none", "The site shows no special offers of yours. They are made on the site, by members who offer DirectCam; once there is one, it can be changed here.")
	msgSpecialNoList  = msg("offer.no_list", "The site gives me no list of special offers. What I know of them is how they were last saved from here.")
	msgSpecialManager = msg("offer.no_list_manager", "The site gives managers no list of a member's special offers. What I know of them is how they were last saved from here.")
	msgSpecialEmpty   = msg("offer.none_known", "I know none yet. Add one by its number on the site, and it can be changed here.")
	msgSpecialLine    = msg("offer.line", "{index}. <b>{title}</b> (#{id}, place {place})\n{length}, {mode}\n{sale} {after}")
	msgSpecialLength  = msg("offer.length", "{minutes} min for {credits} credits, {rate} a minute")
	msgSpecialAbout   = msg("offer.rate_about", "about {rate}")
	msgSpecialNoTitle = msg("offer.no_title", "no title")
	msgSpecialNoPlace = msg("offer.no_place", "not known")
	msgSpecialAsOf    = msg("offer.as_of", "<i>As of {when}.</i>")
	msgSpecialDoubt   = msg("offer.doubt", "⚠ <b>Not certain:</b> I don't know whether the site has it like this. Saving it again does no harm.")

	msgModeGroup   = msg("offer.mode_group", "group session")
	msgModePrivate = msg("offer.mode_private", "private session")
	msgModeOther   = msg("offer.mode_other", "session of kind {mode}")
	msgSaleOn      = msg("offer.sale_on", "Available.")
	msgSaleOff     = msg("offer.sale_off", "Not available.")
	msgAfterOn     = msg("offer.after_on", "The session may continue after the end.")
	msgAfterOff    = msg("offer.after_off", "The session ends when the time is over.")

	msgKeySpecialAdd  = msg("offer.key_add", "Add one by its number")
	msgKeySpecialList = msg("offer.key_list", "Back to the list")
)

// offerScreens are the list, the cards, and what changes an offer. While an account acts for a member, only
// actions that begin with "offer" lead here.
func offerScreens() map[string]screen {
	all := map[string]screen{
		"offerlist": func(v *visit, value string) error {
			page, _ := strconv.Atoi(value)
			return v.offerList(page)
		},
		"offeradd": func(v *visit, _ string) error { return v.beginOffer(0) },
		"offernew": (*visit).offerAfresh,
	}
	for action, run := range map[string]func(*visit, apiclient.OfferID) error{
		"offer": (*visit).offerCard, "offeredit": (*visit).beginOffer, "offerforget": (*visit).askToForget, "offerdrop": (*visit).forgetOffer,
	} {
		all[action] = func(v *visit, value string) error {
			id, ok := parseOfferID(value)
			if !ok {
				return v.screen(v.homeView(wording.Text{}))
			}
			return run(v, id)
		}
	}
	for _, s := range offerSwitches() {
		all[s.action] = func(v *visit, value string) error { return v.turn(s, value) }
	}
	return all
}

func parseOfferID(value string) (apiclient.OfferID, bool) {
	id, err := strconv.ParseInt(value, 10, 64)
	return apiclient.OfferID(id), err == nil && id > 0 && strconv.FormatInt(id, 10) == value
}

// knownOffer is an offer as the site lists it now, or as it is remembered.
type knownOffer struct {
	apiclient.Offer
	remembered bool
	saved      time.Time // of a remembered one; zero: nobody knows whether its last save arrived
}

func (k knownOffer) doubtful() bool { return k.remembered && k.saved.IsZero() }

// offerBook is what is known of the offers of whom this visit is for, in the order of their places.
type offerBook struct {
	listed bool // read from the site just now; else remembered
	offers []knownOffer
}

func (b offerBook) find(id apiclient.OfferID) (knownOffer, bool) {
	i := slices.IndexFunc(b.offers, func(k knownOffer) bool { return k.ID == id })
	if i < 0 {
		return knownOffer{}, false
	}
	return b.offers[i], true
}

// readOffers asks the site, and remembers where there is no list to ask for. With a list nothing is
// remembered: the list is the truth.
func (v *visit) readOffers() (offerBook, error) {
	var book offerBook
	if v.as.Member == 0 { // the list has no twin for managers
		list, err := v.api.Offers(v.ctx, v.caller())
		if err != nil && !apiclient.Missing(err) {
			return offerBook{}, fmt.Errorf("list special offers: %w", err)
		}
		book.listed = err == nil
		for _, o := range list {
			book.offers = append(book.offers, knownOffer{Offer: o})
		}
	}
	if !book.listed {
		remembered, err := v.rememberedOffers()
		if err != nil {
			return offerBook{}, err
		}
		book.offers = remembered
	}
	slices.SortStableFunc(book.offers, func(a, b knownOffer) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
	})
	return book, nil
}

func (v *visit) rememberedOffers() (offers []knownOffer, err error) {
	err = v.db.View(v.ctx, func(tx *store.Tx) error {
		for kept, err := range tx.Offers(v.account.ID, v.as.Member) {
			if err != nil {
				return err
			}
			offers = append(offers, knownOffer{Offer: offerOfRecord(kept), remembered: true, saved: kept.Saved})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("remember special offers: %w", err)
	}
	return offers, nil
}

// rememberOffer keeps an offer as it was saved at a time; zero: if it was.
func (v *visit) rememberOffer(o apiclient.Offer, saved time.Time) error {
	record := recordOfOffer(o)
	record.Account, record.Member, record.Saved = v.account.ID, v.as.Member, saved
	if err := v.change(func(tx *store.Tx, _ *store.Chat) error { return tx.PutOffer(record) }); err != nil {
		return fmt.Errorf("remember special offer: %w", err)
	}
	return nil
}

func recordOfOffer(o apiclient.Offer) store.Offer {
	return store.Offer{
		Offer: int64(o.ID), Number: o.Number, Title: o.Title, Duration: o.Duration, Mode: int(o.Mode), Credits: o.Price.Exact(),
		Available: o.Available, Continue: o.ContinueAfter,
	}
}

func offerOfRecord(r store.Offer) apiclient.Offer {
	price, _ := apiclient.ParseCredits(r.Credits) // an amount that was one
	return apiclient.Offer{
		ID: apiclient.OfferID(r.Offer), Number: r.Number, Title: r.Title, Duration: r.Duration, Mode: apiclient.CamMode(r.Mode),
		Price: price, Available: r.Available, ContinueAfter: r.Continue,
	}
}

// sameOffer compares what can be saved of two offers.
func sameOffer(a, b apiclient.Offer) bool {
	return a.ID == b.ID && a.Number == b.Number && strings.TrimSpace(a.Title) == strings.TrimSpace(b.Title) && a.Duration == b.Duration &&
		a.Mode == b.Mode && a.Price.Equal(b.Price) && a.Available == b.Available && a.ContinueAfter == b.ContinueAfter
}

func (v *visit) showOffers() error { return v.offerList(1) }

// offerList shows a page of offers; a page that is not there any more is the first.
func (v *visit) offerList(page int) error {
	var book offerBook
	err := v.slowly(func() (err error) {
		book, err = v.readOffers()
		return err
	})
	if err != nil {
		return v.sorry(err, "offerlist", strconv.Itoa(page))
	}
	return v.screen(v.offerListView(book, page))
}

func (v *visit) offerListView(book offerBook, page int) flow.View {
	view := flow.View{Body: []wording.Text{msgSpecialTitle.Text()}}
	switch {
	case book.listed && len(book.offers) == 0:
		view.Body = append(view.Body, msgSpecialNone.Text())
	case !book.listed:
		view.Body = append(view.Body, v.noListText())
		if len(book.offers) == 0 {
			view.Body = append(view.Body, msgSpecialEmpty.Text())
		}
	}
	pages := (len(book.offers) + perPage - 1) / perPage
	if page < 1 || page > pages {
		page = 1
	}
	var open []flow.Button
	for i, known := range book.offers {
		if i/perPage+1 != page {
			continue
		}
		view.Body = append(view.Body, v.offerLine(i+1, known)...)
		key := v.button(msgOption, "offer", known.ID.String())
		key.Label = msgOption.With(wording.Args{"value": i + 1})
		open = append(open, key)
	}
	if len(open) > 0 {
		view.Rows = append(view.Rows, open)
	}
	if pages > 1 {
		view.Rows = append(view.Rows, v.offerPager(page, pages))
	}
	if !book.listed {
		view.Rows = append(view.Rows, []flow.Button{v.button(msgKeySpecialAdd, "offeradd", "")})
	}
	view.Rows = append(view.Rows, []flow.Button{v.button(msgKeyRefresh, "offerlist", strconv.Itoa(page))}, v.homeRow())
	return view
}

func (v *visit) noListText() wording.Text {
	if v.as.Member != 0 {
		return msgSpecialManager.Text()
	}
	return msgSpecialNoList.Text()
}

func (v *visit) offerPager(page, pages int) []flow.Button {
	var row []flow.Button
	if page > 1 {
		row = append(row, v.button(msgListPrev, "offerlist", strconv.Itoa(page-1)))
	}
	here := v.button(msgListPage, "offerlist", strconv.Itoa(page))
	here.Label = msgListPage.With(wording.Args{"page": page, "pages": pages})
	row = append(row, here)
	if page < pages {
		row = append(row, v.button(msgListNext, "offerlist", strconv.Itoa(page+1)))
	}
	return row
}

func (v *visit) offerLine(index int, known knownOffer) []wording.Text {
	args := offerArgs(known.Offer)
	args["index"] = index
	lines := []wording.Text{msgSpecialLine.With(args)}
	return append(lines, v.asOf(known)...)
}

// asOf says from when a remembered offer is.
func (v *visit) asOf(known knownOffer) []wording.Text {
	switch {
	case known.doubtful():
		return []wording.Text{msgSpecialDoubt.Text()}
	case known.remembered:
		return []wording.Text{msgSpecialAsOf.With(wording.Args{"when": v.clock.moment(known.saved)})}
	}
	return nil
}

// offerArgs fill the texts about an offer.
func offerArgs(o apiclient.Offer) wording.Args {
	args := wording.Args{
		"id": int64(o.ID), "title": wording.Name(inLine(o.Title)), "place": o.Number, "mode": modeText(o.Mode),
		"minutes": o.Duration, "credits": priceText(o.Price), "rate": rateText(o.Price, o.Duration),
		"length": lengthText(o), "sale": saleText(o.Available), "after": afterText(o.ContinueAfter),
	}
	if oneLine(o.Title) == "" {
		args["title"] = msgSpecialNoTitle.Text()
	}
	if o.Number < 1 {
		args["place"] = msgSpecialNoPlace.Text()
	}
	return args
}

func lengthText(o apiclient.Offer) wording.Text {
	return msgSpecialLength.With(wording.Args{"minutes": o.Duration, "credits": priceText(o.Price), "rate": rateText(o.Price, o.Duration)})
}

// rateText is a price by the minute with at most four places. One that has more is shown as a little less,
// so that nothing below a limit looks as if it were at it.
func rateText(price apiclient.Credits, minutes int) wording.Text {
	rate, ok := new(big.Rat).SetString(price.Exact())
	if !ok || minutes < 1 {
		return msgOption.With(wording.Args{"value": "?"})
	}
	const places = 10_000
	rate.Quo(rate, big.NewRat(int64(minutes), places))
	whole, rest := new(big.Int).QuoRem(rate.Num(), rate.Denom(), new(big.Int))
	shown, _ := apiclient.ParseCredits(new(big.Rat).SetFrac(whole, big.NewInt(places)).FloatString(4))
	if rest.Sign() != 0 {
		return msgSpecialAbout.With(wording.Args{"rate": priceText(shown)})
	}
	return msgOption.With(wording.Args{"value": priceText(shown)})
}

func modeText(mode apiclient.CamMode) wording.Text {
	switch mode {
	case apiclient.ModeGroup:
		return msgModeGroup.Text()
	case apiclient.ModePrivate:
		return msgModePrivate.Text()
	default:
		return msgModeOther.With(wording.Args{"mode": int(mode)})
	}
}

func saleText(on bool) wording.Text {
	if on {
		return msgSaleOn.Text()
	}
	return msgSaleOff.Text()
}

func afterText(on bool) wording.Text {
	if on {
		return msgAfterOn.Text()
	}
	return msgAfterOff.Text()
}
