package conversations

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

const (
	offerName = "offer"
	factOffer = "offer" // the offer as its card showed it: a store.Offer
	factMaybe = "maybe" // a save may have arrived, and there is nothing to look it up in
)

var (
	msgFormOffer      = msg("offer.form", "<b>A special offer</b>")
	msgSpecialSend    = msg("offer.form.send", "Save offer")
	msgReviewOffer    = msg("offer.review", "Offer #{id}, place {place}\nTitle, which is public: <b>{title}</b>\nLength and credits: <b>{length}</b>\nKind: {mode}\n{sale}\n{after}")
	msgReviewUnsaved  = msg("offer.review_hint", "Nothing has been saved yet.")
	msgSpecialConfirm = msg("offer.confirm", "Save offer #{id}, “{title}”: <b>{minutes} min for {credits} credits</b>, which is {rate} a minute?\n{sale} {after}")
	msgSpecialYes     = msg("offer.yes", "Yes, save for {credits} credits")
	msgSpecialBegun   = msg("offer.begun", "You had begun to change this; here is how far you were.")
	msgSpecialOther   = msg("offer.form_changed", "<b>The offer changed meanwhile,</b> so nothing was saved. It is now: {title}, place {place}, {length}, {mode}. {sale} {after}\nBelow is what would be saved instead.")
	msgSpecialLost    = msg("offer.form_gone", "The site does not list this offer, so nothing was saved. Cancel closes this form; the answers are kept until then.")
	msgSpecialBlind   = msg("offer.form_blind", "The site gives me no list of offers just now, so I can't see whether this one changed. Nothing was saved; please try again in a minute.")
	msgSpecialNoSuch  = msg("offer.no_such", "The site knows no offer #{id} of this account, so nothing was saved. Please check the number.")
	msgSpecialAbsent  = msg("offer.absent", "I looked it up: the site does not show the change. It can be saved again; that does no harm.")
	msgReviewMaybe    = msg("offer.review_maybe", "The last save may have arrived.")
	msgSpecialDiscard = msg("offer.discard", "Close this form? What has not been saved is lost.")
	msgSpecialPerhaps = msg("offer.closed_maybe", "Form closed. <b>I don't know whether the last save arrived;</b> please look on the site.")
	msgSpecialClosed  = msg("offer.closed", "Form closed. Nothing was saved.")
	msgKeySpecialBack = msg("offer.key_back", "Back to the offer")
)

func (d *Desk) offerForms() []form { return []form{d.offerForm()} }

func (d *Desk) offerForm() form {
	w := words()
	w.Send, w.CancelAsk = msgSpecialSend.Text(), msgSpecialDiscard.Text()
	return form{
		flow: flow.Flow{
			Name: offerName, Version: 1, Title: msgFormOffer.Text(), Words: w, Steps: offerSteps(),
			Facts: map[string]func(flow.Scope) string{
				factOffer: func(s flow.Scope) string { return s.Answers[stepOffer] },
				factMaybe: func(flow.Scope) string { return "" },
			},
			Review: func(s flow.Scope) []wording.Text {
				hint := msgReviewUnsaved
				if isTrue(s, factMaybe) {
					hint = msgReviewMaybe
				}
				return []wording.Text{msgReviewOffer.With(offerArgs(offerOf(s.Answers))), hint.Text()}
			},
			Confirm: func(s flow.Scope) []wording.Text {
				return []wording.Text{msgSpecialConfirm.With(offerArgs(offerOf(s.Answers)))}
			},
			Yes: func(s flow.Scope) wording.Text { return msgSpecialYes.With(offerArgs(offerOf(s.Answers))) },
		},
		load: noFacts, submit: submitOffer, settle: settleOffer, closed: closedOffer,
	}
}

// offerFact is an offer as the form keeps it, to see whether it changes meanwhile.
func offerFact(o apiclient.Offer) (map[string]flow.Fact, error) {
	data, err := json.Marshal(recordOfOffer(o))
	if err != nil {
		return nil, fmt.Errorf("keep special offer: %w", err)
	}
	return map[string]flow.Fact{factOffer: {For: o.ID.String(), Data: data}}, nil
}

// beginOffer opens the form for an offer as it stands now, or empty for one that the site does not list
// (id 0). A form of an offer that stands open is never lost unasked.
func (v *visit) beginOffer(id apiclient.OfferID) error {
	found, err := v.front(v.here(offerName))
	if err != nil {
		return err
	}
	if !found {
		return v.openOffer(id)
	}
	s := *v.chat.Session
	same := actingIn(s).Member == v.as.Member && (id == 0 && s.Answers[answerKnown] == "" || id != 0 && s.Answers[stepOffer] == id.String())
	switch {
	case inFlight(s):
		return v.advance(flow.Redraw{})
	case same:
		return v.advance(flow.Redraw{Note: msgSpecialBegun.Text()})
	}
	resume := v.button(msgContinue, "resume", "")
	resume.Style = flow.StylePrimary
	return v.screen(flow.View{
		Body: []wording.Text{msgFormOpen.With(wording.Args{"title": msgFormOffer.Text()})},
		// Only the form that was asked about may be thrown away: its id goes along.
		Rows: [][]flow.Button{{resume}, {v.button(msgAfresh, "offernew", s.ID+":"+id.String())}},
	})
}

// offerAfresh replaces the form that the person was asked about, and no other.
func (v *visit) offerAfresh(value string) error {
	form, offer, _ := strings.Cut(value, ":")
	id, ok := parseOfferID(offer)
	if !ok && offer != "0" {
		return v.screen(v.homeView(wording.Text{}))
	}
	if open, found := v.form(v.here(offerName)); found && (open.ID != form || inFlight(open)) {
		return v.beginOffer(id)
	}
	if _, err := v.front(withID(form)); err != nil {
		return err
	}
	v.replaces = form
	return v.openOffer(id)
}

func (v *visit) openOffer(id apiclient.OfferID) error {
	if id == 0 {
		return v.open(offerName, nil, nil)
	}
	var book offerBook
	err := v.slowly(func() (err error) {
		book, err = v.readOffers()
		return err
	})
	if err != nil {
		return v.sorry(err, "offeredit", id.String())
	}
	known, found := book.find(id)
	if !found {
		return v.screen(v.offerView(book, id))
	}
	if v.working != 0 { // the form has a card of its own: this one shows the offer again
		if err := v.screen(v.knownOfferView(known)); err != nil {
			return err
		}
	}
	facts, err := offerFact(known.Offer)
	if err != nil {
		return err
	}
	return v.open(offerName, offerAnswers(known.Offer), facts)
}

// submitOffer saves the offer once, if it is still the one that the form was opened for.
func submitOffer(v *visit, s flow.Session, _ string) (flow.Sent, error) {
	wanted := offerOf(s.Answers)
	release, err := v.turnToOffer()
	if err != nil {
		return v.notSent(err)
	}
	defer release()
	book, err := v.readOffers()
	if err != nil {
		return v.notSent(err)
	}
	known, found := book.find(wanted.ID)
	if held, err := heldBack(s, book, known, found); err != nil || held.Outcome == flow.OutcomeRefused {
		return held, err
	}
	claim := store.Send{
		Key: sendKey(s), Chat: v.event.Chat, Account: v.account.ID, State: store.SendStarted, Started: v.clock.now(),
		Duration: wanted.Duration, Credits: wanted.Price.String(),
	}
	if err := v.claim(claim); err != nil {
		return flow.Sent{}, err
	}
	put, err := v.putOffer(book, known, wanted, fmt.Sprintf("#%d: %d min for %s", wanted.ID, wanted.Duration, wanted.Price))
	unsure := put.failure != nil && !certainlyNot(put.failure)
	switch {
	case err != nil:
		return flow.Sent{}, err
	case put.failure == nil:
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.knownOfferView(put.offer, put.note())}, nil
	case unsure && book.listed:
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if err := v.drop(claim.Key); err != nil {
		return flow.Sent{}, err
	}
	switch {
	case unsure: // nothing to look it up in
		return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgSpecialUnknown.Text(), Facts: mayBeSaved()}, nil
	case isNotFound(put.failure):
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: msgSpecialNoSuch.With(wording.Args{"id": int64(wanted.ID)})}, nil
	}
	return flow.Sent{Outcome: flow.OutcomeRefused, Note: v.offerProblem(put.failure)}, nil
}

// heldBack goes back to the review where the offer is gone, or is not what the form was opened for. What it
// is now is kept: the next press knows of it.
func heldBack(s flow.Session, book offerBook, known knownOffer, found bool) (flow.Sent, error) {
	var was store.Offer
	had := flow.Scope{Facts: s.Facts}.Fact(factOffer, &was) && s.Facts[factOffer].For == s.Answers[stepOffer]
	switch {
	case book.listed && !found:
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: msgSpecialLost.Text()}, nil
	case had && !found: // it was listed when the form was opened
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: msgSpecialBlind.Text()}, nil
	case !found, !had && !book.listed, had && sameOffer(known.Offer, offerOfRecord(was)):
		return flow.Sent{}, nil
	}
	facts, err := offerFact(known.Offer)
	if err != nil {
		return flow.Sent{}, err
	}
	return flow.Sent{Outcome: flow.OutcomeRefused, Note: msgSpecialOther.With(offerArgs(known.Offer)), Facts: facts}, nil
}

// settleOffer looks in the list what became of a save of unknown outcome. Without a list only a save that was
// written down as done is known.
func settleOffer(v *visit, s flow.Session) (flow.Sent, error) {
	if v.account == nil {
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.homeView(msgDeedUnlink.Text())}, nil
	}
	claim, err := v.claimOf(s)
	switch {
	case errors.Is(err, store.ErrNotFound): // stopped before the claim: certainly not sent
		return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgNotSent.Text()}, nil
	case err != nil:
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	case v.stopped(): // there is nothing to look with
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	book, err := v.readOffers()
	if err != nil {
		if _, known := v.explain(err); known {
			return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
		}
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	}
	wanted := offerOf(s.Answers)
	known, found := book.find(wanted.ID)
	saved := found && shows(known.Offer, wanted, s)
	note, facts := msgSpecialAbsent, map[string]flow.Fact(nil)
	switch {
	case saved && book.listed:
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.knownOfferView(known, msgSpecialFound.Text())}, nil
	case saved && !known.saved.Before(claim.Started):
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.knownOfferView(known, msgSpecialSaved.Text())}, nil
	case !book.listed:
		note, facts = msgSpecialUnknown, mayBeSaved()
	case v.clock.now().Sub(claim.Started) < settleAfter:
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if err := v.drop(claim.Key); err != nil {
		return flow.Sent{}, err
	}
	return flow.Sent{Outcome: flow.OutcomeAbsent, Note: note.Text(), Facts: facts}, nil
}

// shows reports whether an offer has what a form changes of it: the rest may have been changed by somebody else
// meanwhile.
func shows(now, wanted apiclient.Offer, s flow.Session) bool {
	var record store.Offer
	if !(flow.Scope{Facts: s.Facts}).Fact(factOffer, &record) {
		return sameOffer(now, wanted)
	}
	was := offerOfRecord(record)
	keep := func(unchanged bool, take func()) {
		if unchanged {
			take()
		}
	}
	keep(wanted.Number == was.Number, func() { now.Number = wanted.Number })
	keep(wanted.Title == was.Title, func() { now.Title = wanted.Title })
	keep(wanted.Duration == was.Duration, func() { now.Duration = wanted.Duration })
	keep(wanted.Mode == was.Mode, func() { now.Mode = wanted.Mode })
	keep(wanted.Price.Equal(was.Price), func() { now.Price = wanted.Price })
	keep(wanted.Available == was.Available, func() { now.Available = wanted.Available })
	keep(wanted.ContinueAfter == was.ContinueAfter, func() { now.ContinueAfter = wanted.ContinueAfter })
	return sameOffer(now, wanted)
}

// mayBeSaved is the fact that a save may have arrived.
func mayBeSaved() map[string]flow.Fact {
	return map[string]flow.Fact{factMaybe: {Data: json.RawMessage("true")}}
}

func isTrue(s flow.Scope, fact string) (yes bool) {
	s.Fact(fact, &yes)
	return yes
}

// closedOffer leads back to where the form was opened from.
func closedOffer(v *visit, s flow.Session) flow.View {
	note := msgSpecialClosed
	if isTrue(flow.Scope{Facts: s.Facts}, factMaybe) {
		note = msgSpecialPerhaps
	}
	view := v.homeView(note.Text())
	if v.account == nil {
		return view
	}
	back := v.button(msgKeySpecialList, "offerlist", "1")
	if s.Answers[answerKnown] != "" {
		back = v.button(msgKeySpecialBack, "offer", s.Answers[stepOffer])
	}
	view.Rows = append([][]flow.Button{{back}}, view.Rows...)
	return view
}
