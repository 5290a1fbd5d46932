package conversations

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgSpecialCard   = msg("offer.card", "<b>Special offer #{id}: {title}</b>\nPlace: {place}\n{length}\nKind: {mode}")
	msgSpecialSale   = msg("offer.card_sale", "<b>{sale}</b>")
	msgSpecialAfter  = msg("offer.card_after", "{after}")
	msgSpecialResume = msg("offer.incomplete", "A bought session was cut short and can be resumed.")
	msgSpecialWhole  = msg("offer.whole", "<i>Each switch below saves the whole offer as it stands here, with that one change.</i>")

	msgStillOnSale  = msg("offer.still_sale_on", "Still available.")
	msgStillOffSale = msg("offer.still_sale_off", "Still not available.")
	msgStillGoesOn  = msg("offer.still_after_on", "The session may still continue after the end.")
	msgStillEnds    = msg("offer.still_after_off", "The session still ends when the time is over.")

	msgKeySaleOn     = msg("offer.key_sale_on", "Make available")
	msgKeySaleOff    = msg("offer.key_sale_off", "Take off sale")
	msgKeyAfterOn    = msg("offer.key_after_on", "Continue after the end: switch on")
	msgKeyAfterOff   = msg("offer.key_after_off", "Continue after the end: switch off")
	msgKeySpecial    = msg("offer.key_edit", "Edit")
	msgKeyForget     = msg("offer.key_forget", "Forget this offer")
	msgKeyForgetYes  = msg("offer.key_forget_yes", "Yes, forget it")
	msgForgetAsk     = msg("offer.forget_ask", "Forget offer #{id}? Only what I remember of it is deleted: the site keeps the offer as it is. To change it here again, its details have to be typed again.")
	msgForgot        = msg("offer.forgot", "Forgotten here. The site keeps offer #{id} as it is.")
	msgSpecialGone   = msg("offer.gone", "The site does not list offer #{id} any more. Nothing was saved.")
	msgSpecialUnkept = msg("offer.not_remembered", "There is no list to look offer #{id} up in, and I remember nothing of it. Nothing was saved; it can be added by its number.")

	msgSpecialSaved    = msg("offer.saved", "<b>Saved.</b>")
	msgSpecialOdd      = msg("offer.odd", "⚠ <b>The site took it, but shows something else than was asked for.</b> Here is what it shows; please look on the site.")
	msgSpecialAlready  = msg("offer.already", "It stands like that already; nothing was saved.")
	msgSpecialNew      = msg("offer.changed", "<b>The offer changed meanwhile.</b> Nothing was saved from here. Here is how it stands; press again if you still want it.")
	msgSpecialFlaw     = msg("offer.flaw", "The site would not take the offer as it stands, so nothing was saved. Change it with Edit first.\n{why}")
	msgSpecialFailed   = msg("offer.failed", "<b>Couldn't save. {state}</b>\n{why}")
	msgSpecialFound    = msg("offer.found", "The site did not answer in time, so I looked: <b>it is saved.</b>")
	msgSpecialLate     = msg("offer.late", "<b>The site did not say whether it was saved.</b> I looked, and it is not so far: {state} Press Refresh in a minute to be sure.")
	msgSpecialUnknown  = msg("offer.unknown", "<b>The site did not say whether it was saved,</b> and there is no list to look it up in. Saving the same again does no harm.")
	msgSpecialUnread   = msg("offer.unread", "<b>Couldn't save,</b> and I couldn't read how offer #{id} stands now. Press Refresh in a minute.\n{why}")
	msgSpecialUnreadIf = msg("offer.unread_if", "<b>The site did not say whether it was saved,</b> and I couldn't read how offer #{id} stands now. Press Refresh in a minute.")
)

// offerSwitch is one of the two settings of an offer that change at one press.
type offerSwitch struct {
	action string
	word   [2]string // of off and on, in the record of what was done
	at     func(*apiclient.Offer) *bool
	key    func(on bool) wording.Message // what switches it so
	still  func(on bool) wording.Message
}

func offerSwitches() []offerSwitch {
	return []offerSwitch{
		{
			action: "offersale", word: [2]string{"off sale", "on sale"}, at: func(o *apiclient.Offer) *bool { return &o.Available },
			key: either(msgKeySaleOn, msgKeySaleOff), still: either(msgStillOnSale, msgStillOffSale),
		},
		{
			action: "offergoon", word: [2]string{"ends when the time is over", "may continue"}, at: func(o *apiclient.Offer) *bool { return &o.ContinueAfter },
			key: either(msgKeyAfterOn, msgKeyAfterOff), still: either(msgStillGoesOn, msgStillEnds),
		},
	}
}

func either(yes, no wording.Message) func(bool) wording.Message {
	return func(on bool) wording.Message {
		if on {
			return yes
		}
		return no
	}
}

// switchPress is what the button of a switch says: which offer, the wanted state, and a print of the offer
// as the card showed it, since the press saves all of that. "9021:1:3fa9c2".
type switchPress struct {
	id    apiclient.OfferID
	on    bool
	print string
}

func (p switchPress) String() string {
	state := "0"
	if p.on {
		state = "1"
	}
	return p.id.String() + ":" + state + ":" + p.print
}

func parseSwitchPress(value string) (switchPress, bool) {
	parts := strings.Split(value, ":")
	if len(parts) != 3 {
		return switchPress{}, false
	}
	id, ok := parseOfferID(parts[0])
	p := switchPress{id: id, on: parts[1] == "1", print: parts[2]}
	return p, ok && p.String() == value && len(p.print) == printLength
}

const printLength = 6

// printOf tells two states of an offer apart, in all that is saved of it.
func printOf(o apiclient.Offer) string {
	data, _ := json.Marshal(recordOfOffer(o)) // plain fields: cannot fail
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])[:printLength]
}

// offerCard shows one offer as it stands now.
func (v *visit) offerCard(id apiclient.OfferID) error {
	var book offerBook
	err := v.slowly(func() (err error) {
		book, err = v.readOffers()
		return err
	})
	if err != nil {
		return v.sorry(err, "offer", id.String())
	}
	return v.screen(v.offerView(book, id))
}

// offerView is the card of an offer with remarks above it, or that there is no such offer.
func (v *visit) offerView(book offerBook, id apiclient.OfferID, notes ...wording.Text) flow.View {
	known, found := book.find(id)
	if found {
		return v.knownOfferView(known, notes...)
	}
	gone := msgSpecialUnkept
	if book.listed {
		gone = msgSpecialGone
	}
	view := v.textView(gone.With(wording.Args{"id": int64(id)}))
	view.Rows = append([][]flow.Button{{v.button(msgKeySpecialList, "offerlist", "1")}}, view.Rows...)
	return view
}

func (v *visit) knownOfferView(known knownOffer, notes ...wording.Text) flow.View {
	args := offerArgs(known.Offer)
	view := flow.View{Body: append(notes, msgSpecialCard.With(args), msgSpecialSale.With(args), msgSpecialAfter.With(args))}
	if known.Incomplete {
		view.Body = append(view.Body, msgSpecialResume.Text())
	}
	if known.remembered {
		view.Body = append(view.Body, v.noListText())
	}
	view.Body = append(append(view.Body, v.asOf(known)...), msgSpecialWhole.Text())
	for _, s := range offerSwitches() {
		on := !*s.at(&known.Offer)
		press := switchPress{id: known.ID, on: on, print: printOf(known.Offer)}
		view.Rows = append(view.Rows, []flow.Button{v.button(s.key(on), s.action, press.String())})
	}
	edit := []flow.Button{v.button(msgKeySpecial, "offeredit", known.ID.String())}
	if known.remembered {
		edit = append(edit, v.button(msgKeyForget, "offerforget", known.ID.String()))
	}
	view.Rows = append(view.Rows, edit,
		[]flow.Button{v.button(msgKeyRefresh, "offer", known.ID.String()), v.button(msgKeySpecialList, "offerlist", "1")}, v.homeRow())
	return view
}

// turn answers the press of a switch.
func (v *visit) turn(s offerSwitch, value string) error {
	press, ok := parseSwitchPress(value)
	if !ok {
		return v.screen(v.homeView(wording.Text{}))
	}
	var view flow.View
	err := v.slowly(func() (err error) {
		view, err = v.switched(s, press)
		return err
	})
	if err != nil {
		return v.sorry(err, "offer", press.id.String())
	}
	return v.screen(view)
}

// offersTurn is the turn to change a member's offers: each save is of a whole offer.
type offersTurn struct{ member int64 }

func (v *visit) turnToOffer() (release func(), err error) {
	member := v.as.Member
	if member == 0 {
		member = v.account.Member
	}
	return v.turnTo(offersTurn{member})
}

// switched reads the offer again and saves it with the one change, if it is the offer that the card showed.
func (v *visit) switched(s offerSwitch, press switchPress) (flow.View, error) {
	release, err := v.turnToOffer()
	if err != nil {
		return flow.View{}, err
	}
	defer release()
	book, err := v.readOffers()
	if err != nil {
		return flow.View{}, err
	}
	known, found := book.find(press.id)
	wanted := known.Offer
	*s.at(&wanted) = press.on
	switch {
	case !found:
		return v.offerView(book, press.id), nil
	case *s.at(&known.Offer) == press.on:
		return v.knownOfferView(known, msgSpecialAlready.Text()), nil
	case printOf(known.Offer) != press.print:
		return v.knownOfferView(known, msgSpecialNew.Text()), nil
	}
	if why := flawOf(wanted); !why.IsZero() {
		return v.knownOfferView(known, msgSpecialFlaw.With(wording.Args{"why": why})), nil
	}
	state := 0
	if press.on {
		state = 1
	}
	put, err := v.putOffer(book, known, wanted, fmt.Sprintf("#%d %s", wanted.ID, s.word[state]))
	switch {
	case err != nil:
		return flow.View{}, err
	case put.failure != nil:
		return v.notSwitched(s, press, known, put.failure)
	}
	return v.knownOfferView(put.offer, put.note()), nil
}

// notSwitched shows how the offer stands after a save that failed, or whose outcome is not known.
func (v *visit) notSwitched(s offerSwitch, press switchPress, before knownOffer, failure error) (flow.View, error) {
	var why wording.Text
	unsure := !certainlyNot(failure)
	if !unsure {
		why = v.offerProblem(failure)
		if v.stopped() { // nothing can be read any more
			return flow.View{}, failure
		}
	}
	book, err := v.readOffers()
	if err != nil {
		note := msgSpecialUnread
		if unsure {
			note = msgSpecialUnreadIf
		}
		return flow.View{
			Body: []wording.Text{note.With(wording.Args{"id": int64(press.id), "why": why})},
			Rows: [][]flow.Button{{v.button(msgKeyRefresh, "offer", press.id.String())}, v.homeRow()},
		}, nil
	}
	now, found := book.find(press.id)
	if !found {
		now = before
	}
	on := *s.at(&now.Offer)
	args := wording.Args{"state": s.still(on).Text(), "why": why}
	note := msgSpecialFailed.With(args)
	switch {
	case unsure && !book.listed:
		note = msgSpecialUnknown.Text()
	case unsure && on == press.on:
		note = msgSpecialFound.Text()
	case unsure:
		note = msgSpecialLate.With(args)
	case on == press.on: // by somebody else
		note = msgSpecialAlready.Text()
	}
	return v.offerView(book, press.id, note), nil
}

// offerProblem is why the platform certainly did not save an offer.
func (v *visit) offerProblem(failure error) wording.Text {
	if errors.Is(failure, apiclient.ErrConflict) { // of which the general words speak of bookings
		return inTheirWords(failure, msgInvalid, msgInvalidMute)
	}
	problem, _ := v.explain(failure)
	return problem
}

// saveOffer is the only way by which offers are saved. What was done, in a word and in detail, is for the
// record of what is done for members of the group.
func (v *visit) saveOffer(what, detail string, o apiclient.Offer) (apiclient.Offer, error) {
	var saved apiclient.Offer
	_, err := v.logged(what, detail, func() (err error) {
		saved, err = v.api.UpdateOffer(v.ctx, v.caller(), o)
		return err
	})
	if err != nil {
		return apiclient.Offer{}, fmt.Errorf("save special offer: %w", err)
	}
	return saved, nil
}

// putResult is what became of saving an offer: how it stands, or the platform's failure.
type putResult struct {
	offer   knownOffer
	odd     bool // the platform took it, but shows something else
	failure error
}

func (p putResult) note() wording.Text {
	if p.odd {
		return msgSpecialOdd.Text()
	}
	return msgSpecialSaved.Text()
}

// putOffer saves an offer once. What is remembered of it counts as uncertain from before the call until its
// answer is known: whatever stops us in between, nobody is told what nobody knows.
func (v *visit) putOffer(book offerBook, known knownOffer, wanted apiclient.Offer, detail string) (putResult, error) {
	if known.remembered {
		if err := v.rememberOffer(known.Offer, time.Time{}); err != nil {
			return putResult{}, err
		}
	}
	reply, err := v.saveOffer("offer", detail, wanted)
	if err != nil {
		if known.remembered && certainlyNot(err) {
			if err := v.rememberOffer(known.Offer, known.saved); err != nil {
				return putResult{}, err
			}
		}
		return putResult{failure: err}, nil
	}
	if reply.Number < 1 { // not told: it was not asked to be another
		reply.Number = wanted.Number
	}
	if book.listed {
		return v.comparedWithList(reply, wanted), nil
	}
	put := putResult{offer: knownOffer{Offer: reply, remembered: true, saved: v.clock.now()}, odd: !sameOffer(reply, wanted)}
	if put.odd {
		put.offer.saved = time.Time{}
	}
	return put, v.rememberOffer(reply, put.offer.saved)
}

// comparedWithList looks an answer up that is not what was asked for: a part of it may be missing.
func (v *visit) comparedWithList(reply, wanted apiclient.Offer) putResult {
	put := putResult{offer: knownOffer{Offer: reply}}
	if sameOffer(reply, wanted) {
		return put
	}
	if book, err := v.readOffers(); err == nil {
		if listed, found := book.find(reply.ID); found {
			put.offer = listed
		}
	}
	put.odd = !sameOffer(put.offer.Offer, wanted)
	return put
}

// askToForget asks before what is remembered of an offer is deleted.
func (v *visit) askToForget(id apiclient.OfferID) error {
	yes := v.button(msgKeyForgetYes, "offerdrop", id.String())
	yes.Style = flow.StyleDanger
	return v.screen(flow.View{
		Body: []wording.Text{msgForgetAsk.With(wording.Args{"id": int64(id)})},
		Rows: [][]flow.Button{{yes}, {v.button(msgGoBack, "offer", id.String())}},
	})
}

func (v *visit) forgetOffer(id apiclient.OfferID) error {
	err := v.change(func(tx *store.Tx, _ *store.Chat) error { return tx.DeleteOffer(v.account.ID, v.as.Member, int64(id)) })
	if err != nil {
		return fmt.Errorf("forget special offer: %w", err)
	}
	view := v.textView(msgForgot.With(wording.Args{"id": int64(id)}))
	view.Rows = append([][]flow.Button{{v.button(msgKeySpecialList, "offerlist", "1")}}, view.Rows...)
	return v.screen(view)
}
