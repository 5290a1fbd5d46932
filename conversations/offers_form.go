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
	msgSpecialLost    = msg("offer.form_gone", "The site does not list this offer any more, so nothing was saved. Cancel closes this form; the answers are kept until then.")
	msgSpecialNoSuch  = msg("offer.no_such", "The site knows no offer #{id} of this account, so nothing was saved. Please check the number.")
	msgSpecialAbsent  = msg("offer.absent", "I looked it up: the site does not show the change. It can be saved again; that does no harm.")
	msgSpecialClosed  = msg("offer.closed", "Form closed. Nothing was saved.")
	msgKeySpecialBack = msg("offer.key_back", "Back to the offer")
)

func (d *Desk) offerForms() []form { return []form{d.offerForm()} }

func (d *Desk) offerForm() form {
	w := words()
	w.Send = msgSpecialSend.Text()
	return form{
		flow: flow.Flow{
			Name: offerName, Version: 1, Title: msgFormOffer.Text(), Words: w, Steps: offerSteps(),
			Facts: map[string]func(flow.Scope) string{factOffer: func(s flow.Scope) string { return s.Answers[stepOffer] }},
			Review: func(s flow.Scope) []wording.Text {
				return []wording.Text{msgReviewOffer.With(offerArgs(offerOf(s.Answers))), msgReviewUnsaved.Text()}
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
	found, err := v.front(ofFlow(offerName))
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
	if open, found := v.form(ofFlow(offerName)); found && (open.ID != form || inFlight(open)) {
		return v.beginOffer(id)
	}
	if _, err := v.front(withID(form)); err != nil {
		return err
	}
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
		return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgSpecialUnknown.Text()}, nil
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
	saved := found && sameOffer(known.Offer, wanted)
	note := msgSpecialAbsent
	switch {
	case saved && book.listed:
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.knownOfferView(known, msgSpecialFound.Text())}, nil
	case saved && !known.saved.Before(claim.Started):
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.knownOfferView(known, msgSpecialSaved.Text())}, nil
	case !book.listed:
		note = msgSpecialUnknown
	case v.clock.now().Sub(claim.Started) < settleAfter:
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if err := v.drop(claim.Key); err != nil {
		return flow.Sent{}, err
	}
	return flow.Sent{Outcome: flow.OutcomeAbsent, Note: note.Text()}, nil
}

// closedOffer leads back to where the form was opened from.
func closedOffer(v *visit, s flow.Session) flow.View {
	view := v.homeView(msgSpecialClosed.Text())
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
