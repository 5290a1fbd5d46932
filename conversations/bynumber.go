package conversations

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// byNumberName is the form that answers a request by its number, and its button's action: for a platform that
// has no list of received bookings. Reading one is not documented either, but the calls that answer one are.
const byNumberName = "bynumber"

// The steps, answers and facts of that form besides those of deeds.
const (
	stepRequest = "request"
	stepHow     = "how"       // an action: actAccept, actDecline or actReInvite
	answerFor   = "amountfor" // the number that the amount was typed for
	factHidden  = "hidden"    // true: the request cannot be read
)

var (
	msgKeyByNumber = msg("bynumber.key", "Answer by booking number")
	msgByTitle     = msg("bynumber.title", "<b>Answer by booking number</b>")
	msgByNumber    = msg("bynumber.number", "<b>Which request?</b> Type its number, for example <code>48213</code>. The site's message about it gives the number.")
	msgByNumberBad = msg("bynumber.number_bad", "I need a booking number of digits only, for example <code>48213</code>.")
	msgByHow       = msg("bynumber.how", "I can't show you request #{id}: the site has no such request for you, or does not let me read it. You can answer it all the same; the site checks the number.\n\n<b>How do you answer?</b>")
	msgByHowBad    = msg("bynumber.how_bad", "Please choose one of the answers below, or type it, for example <code>decline</code>.")
	msgByKeyAccept = msg("bynumber.key_accept", "Accept")
	msgByAmount    = msg("bynumber.amount", "<b>For how many credits</b> do you accept request #{id}? Type the amount that the site shows, for example <code>36.00</code>. If it is another one, the site tells the other side that you ask for it.")
	msgByAmountOld = msg("bynumber.amount_other", "The amount you typed was for another request.")
	msgByReason    = msg("bynumber.reason", "<b>Why</b> do you decline request #{id}? Type a reason of up to 500 characters, for example <code>I am away that day.</code> The other side reads it.")
	msgByReReason  = msg("bynumber.reason_reinvite", "Re-inviting declines request #{id}, whose time has passed, and asks the other side to book again. Give a <b>reason</b>, up to 500 characters, for example <code>I was away, sorry.</code> Without one the site uses its own wording.")

	msgByAccept     = msg("bynumber.ask_accept", "Accept request <b>#{id}</b> for <b>{credits} credits</b>? The other side has to confirm before it is settled.")
	msgByDecline    = msg("bynumber.ask_decline", "Decline request <b>#{id}</b>? That can't be undone.\nReason: {reason}")
	msgByReInvite   = msg("bynumber.ask_reinvite", "Decline request <b>#{id}</b> and invite the other side to book again? That can't be undone.\nReason: {reason}")
	msgByBlind      = msg("bynumber.blind", "⚠ I can't show you this booking: check the number on the site first.")
	msgByBlindPay   = msg("bynumber.blind_credits", "⚠ I can't show you this booking: check the number and the credits on the site first.")
	msgByYesAccept  = msg("bynumber.yes_accept", "Yes, accept #{id} for {credits} credits")
	msgByYesDecline = msg("bynumber.yes_decline", "Yes, decline #{id}")
	msgByYesInvite  = msg("bynumber.yes_reinvite", "Yes, re-invite for #{id}")

	msgByUnknown = msg("bynumber.unknown", "The site does not know request #{id}, or does not let me answer it. Nothing was changed. Check the number on the site.")
	msgByShown   = msg("bynumber.shown", "I can show you the request now, so nothing was sent. Here is how it stands.")
	msgByLost    = msg("bynumber.lost", "<b>I could not find out what became of your answer to request #{id}.</b> The site did not reply, and does not show me the booking. It may or may not have been carried out. Look on the site before you answer it again.")
)

// byNumberForm asks for a number. A request that can be read ends it with its card; one that can't is
// answered blindly, with the question saying so.
func (d *Desk) byNumberForm() form {
	return form{
		flow: flow.Flow{
			Name: byNumberName, Version: 1, Title: msgByTitle.Text(), Words: words(), Brief: true,
			Steps:   []flow.Step{requestStep(), howStep(), blindAmountStep(), d.blindReasonStep()},
			Facts:   map[string]func(flow.Scope) string{factHidden: func(s flow.Scope) string { return s.Answers[stepRequest] }},
			Confirm: func(s flow.Scope) []wording.Text { return d.askBlindly(s) },
			Yes:     func(s flow.Scope) wording.Text { return d.yesBlindly(s) },
		},
		load: loadByNumber, submit: submitByNumber, settle: settleByNumber,
		closed: func(v *visit, _ flow.Session) flow.View { return v.textView(msgDeedNothing.Text()) },
	}
}

func requestStep() flow.Step {
	return flow.Step{
		ID: stepRequest,
		Ask: func(flow.Scope) flow.Prompt {
			return flow.Prompt{Body: []wording.Text{msgByNumber.Text()}}
		},
		Parse: func(_ flow.Scope, text string) (flow.Answer, error) {
			id, ok := parseNumber(text)
			if !ok {
				return flow.Answer{}, refuse(msgByNumberBad.Text())
			}
			also := flow.Answers{answerBooking: cardRef{side: received, id: id}.String()}
			return flow.Answer{Value: id.String(), Also: also}, nil
		},
	}
}

// parseNumber reads a booking number as people copy it from the site's message: digits, perhaps behind a #.
func parseNumber(text string) (apiclient.BookingID, bool) {
	id, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(text), "#"), 10, 64)
	return apiclient.BookingID(id), err == nil && id > 0
}

func blindArgs(s flow.Scope) wording.Args { return wording.Args{"id": int64(refOf(s.Answers).id)} }

func howStep() flow.Step {
	return flow.Step{
		ID: stepHow, Needs: []string{stepRequest}, Load: []string{factHidden},
		Ask: func(s flow.Scope) flow.Prompt {
			return flow.Prompt{
				Body: []wording.Text{msgByHow.With(blindArgs(s))},
				Options: [][]flow.Option{
					{{Label: msgByKeyAccept.Text(), Value: string(actAccept)}, {Label: msgKeyDecline.Text(), Value: string(actDecline)}},
					{{Label: msgKeyReInvite.Text(), Value: string(actReInvite)}},
				},
			}
		},
		Parse: func(_ flow.Scope, text string) (flow.Answer, error) {
			word := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text)), "-", "")
			switch action(word) {
			case actAccept, actDecline, actReInvite:
				return flow.Answer{Value: word}, nil
			default:
				return flow.Answer{}, refuse(msgByHowBad.Text())
			}
		},
	}
}

func howOf(s flow.Scope) action { return action(s.Answers[stepHow]) }

// blindAmountStep asks for credits of which nothing is known. An amount does not outlive the number it was typed for.
func blindAmountStep() flow.Step {
	return flow.Step{
		ID: stepAmount, Needs: []string{stepRequest, stepHow},
		Skip: func(s flow.Scope) bool { return howOf(s) != actAccept },
		Ask: func(s flow.Scope) flow.Prompt {
			return flow.Prompt{Body: []wording.Text{msgByAmount.With(blindArgs(s))}}
		},
		Parse: func(s flow.Scope, text string) (flow.Answer, error) {
			amount, err := parseAmount(text, "36.00")
			amount.Also = flow.Answers{answerFor: s.Answers[stepRequest]}
			return amount, err
		},
		Check: func(s flow.Scope, _ string) *flow.Refusal {
			if s.Answers[answerFor] != s.Answers[stepRequest] {
				return refuse(msgByAmountOld.Text())
			}
			return nil
		},
	}
}

// blindReasonStep is that of declining, which needs a reason, or of re-inviting.
func (d *Desk) blindReasonStep() flow.Step {
	decline := d.reasonStep(msgByReason, true, msgDeclineAway, msgDeclineFull, msgDeclineOther, msgDeclineNone)
	reInvite := d.reasonStep(msgByReReason, false, msgReMissed, msgDeclineOther)
	of := func(s flow.Scope) flow.Step {
		if howOf(s) == actReInvite {
			return reInvite
		}
		return decline
	}
	return flow.Step{
		ID: stepReason, Needs: []string{stepRequest, stepHow},
		Skip:  func(s flow.Scope) bool { return howOf(s) == actAccept },
		Ask:   func(s flow.Scope) flow.Prompt { return of(s).Ask(s) },
		Parse: func(s flow.Scope, text string) (flow.Answer, error) { return of(s).Parse(s, text) },
		Check: func(s flow.Scope, value string) *flow.Refusal {
			if value == "" && howOf(s) == actDecline { // left out while it was a re-invitation
				return refuse(msgReasonNone.Text())
			}
			return nil
		},
	}
}

// askBlindly names the number and what follows, and that nobody has seen the booking.
func (d *Desk) askBlindly(s flow.Scope) []wording.Text {
	switch args := d.args(s, bookingFact{Credits: creditsIn(s.Answers, stepAmount)}); howOf(s) {
	case actAccept:
		return []wording.Text{msgByAccept.With(args), msgByBlindPay.Text()}
	case actReInvite:
		return []wording.Text{msgByReInvite.With(args), msgByBlind.Text()}
	default:
		return []wording.Text{msgByDecline.With(args), msgByBlind.Text()}
	}
}

func (d *Desk) yesBlindly(s flow.Scope) wording.Text {
	args := d.args(s, bookingFact{Credits: creditsIn(s.Answers, stepAmount)})
	label := map[action]wording.Message{actAccept: msgByYesAccept, actDecline: msgByYesDecline, actReInvite: msgByYesInvite}
	return label[howOf(s)].With(args)
}

// answerByNumber opens the form. While an answer is being looked up it shows that one.
func (v *visit) answerByNumber() error {
	switch found, err := v.front(ofFlow(byNumberName)); {
	case err != nil:
		return err
	case found && inFlight(*v.chat.Session):
		return v.advance(flow.Redraw{})
	case found:
		if err := v.leave(); err != nil {
			return err
		}
	}
	return v.open(byNumberName, nil, nil)
}

// enough ends a form in the middle of its reading: what was read leaves nothing to ask. It is no failure.
type enough struct {
	booking apiclient.Booking
}

func (enough) Error() string { return "enough is known" }

// end closes the form with the booking's card.
func (e *enough) end(v *visit, f form, s flow.Session) error {
	card := v.cardView(e.booking, cardRef{side: e.booking.Side, id: e.booking.ID}, wording.Text{})
	if err := v.finish(f, flow.Turn{Session: s, Over: true, View: card}); err != nil {
		return err
	}
	return v.opened(e.booking)
}

// loadByNumber looks whether the request can be shown. Nobody can tell "no such booking" from "no such call".
func loadByNumber(v *visit, want flow.Want) (any, error) {
	id, ok := parseNumber(want.For)
	if want.Name != factHidden || !ok {
		return nil, fmt.Errorf("unknown fact %s", want.Name)
	}
	b, err := v.booking(received, id)
	switch {
	case err == nil:
		return nil, &enough{booking: b}
	case apiclient.Unreadable(err):
		return true, nil
	}
	return nil, fmt.Errorf("read booking: %w", err)
}

// submitByNumber answers once, with the claim on disk before the call. A booking that has come into sight
// is shown instead: what the person said yes to, they said without having seen it.
func submitByNumber(v *visit, s flow.Session, _ string) (flow.Sent, error) {
	ref := refOf(s.Answers)
	one, ok := v.deed(action(s.Answers[stepHow]))
	if !ok {
		return flow.Sent{}, errors.New("answer by number: no such answer")
	}
	if _, busy := v.form(sentFor(ref.id, s.ID)); busy {
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: msgDeedBusy.Text()}, nil
	}
	b, err := v.booking(received, ref.id)
	switch {
	case err == nil:
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, msgByShown.Text())}, nil
	case !apiclient.Unreadable(err):
		return v.notSent(fmt.Errorf("read booking: %w", err))
	}
	claim := store.Send{
		Key: sendKey(s), Chat: v.event.Chat, Account: v.account.ID, State: store.SendStarted, Started: v.clock.now(),
		Booking: int64(ref.id), Credits: cmp.Or(s.Answers[stepAmount], "0"),
	}
	if err := v.claim(claim); err != nil {
		return flow.Sent{}, err
	}
	after, err := one.call(v, ref.id, s.Answers)
	switch {
	case err == nil:
		return v.didIt(one, after, ref, s.Answers, one.said)
	case errors.Is(err, apiclient.ErrUnknownOutcome), !certainlyNot(err):
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if dropErr := v.drop(claim.Key); dropErr != nil {
		return flow.Sent{}, dropErr
	}
	if isNotFound(err) {
		note := msgByUnknown.With(wording.Args{"id": int64(ref.id)})
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: note}, nil
	}
	return v.notSent(err)
}

// settleByNumber settles as the deed itself is settled. Where the booking can't be read, nobody will ever
// know: after a while the person is told so, and the form ends without sending anything again.
func settleByNumber(v *visit, s flow.Session) (flow.Sent, error) {
	one, _ := v.deed(action(s.Answers[stepHow]))
	claim, err := v.claimOf(s)
	if v.account == nil || v.stopped() || err != nil {
		return v.settleDeed(one, s)
	}
	ref := refOf(s.Answers)
	_, err = v.booking(received, ref.id)
	switch {
	case !apiclient.Unreadable(err):
		return v.settleDeed(one, s)
	case v.clock.now().Sub(claim.Started) < settleAfter:
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	v.lists.forget(v.account.Member)
	v.acted(v.account.ID)
	lost := msgByLost.With(wording.Args{"id": int64(ref.id)})
	return flow.Sent{Outcome: flow.OutcomeDone, View: v.textView(lost)}, nil
}
