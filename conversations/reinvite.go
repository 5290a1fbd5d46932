package conversations

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

const reInviteName = "reinvite"

// Answers and facts of a re-invitation besides its one step.
const (
	answerBooking = "booking" // a cardRef
	stepReason    = "reason"
	factBooking   = "booking"
)

// bookingFact is what the form shows of the booking it is about.
type bookingFact struct {
	Name    string    `json:"name"`
	Member  int64     `json:"member"`
	Session time.Time `json:"session"`
}

var (
	msgReTitle    = msg("reinvite.title", "<b>Re-invite</b>")
	msgReAsk      = msg("reinvite.ask", "The time of request #{id} from <b>{name}</b> ({when}) has passed without an answer. Re-inviting declines it and asks them to book again.\n\nGive a <b>reason</b>, up to 500 characters, for example <code>I was away, sorry.</code> Without one the site uses its own wording.")
	msgReMissed   = msg("reinvite.chip_missed", "I missed your request, sorry.")
	msgReOther    = msg("reinvite.chip_other_time", "Please choose another time.")
	msgReNone     = msg("reinvite.chip_none", "No reason")
	msgReLong     = msg("reinvite.long", "That is {length} characters; a reason can have 500. Please shorten it, for example to one sentence.")
	msgReConfirm  = msg("reinvite.confirm", "Decline request #{id} from <b>{name}</b> and invite them to book again?\nReason: {reason}")
	msgReDefault  = msg("reinvite.default_reason", "the site's own wording")
	msgReYes      = msg("reinvite.yes", "Yes, re-invite")
	msgReDone     = msg("reinvite.done", "<b>Re-invited.</b> The request was declined and {name} was asked to book again.")
	msgReFound    = msg("reinvite.found", "The site did not answer in time, so I looked: <b>the request is declined now.</b>")
	msgReAbsent   = msg("reinvite.absent", "I looked it up: the request is still pending, nothing was done. You can send it again.")
	msgReNotNow   = msg("reinvite.not_allowed", "That is not possible any more: the request has changed meanwhile. Here is how it stands.")
	msgReGoneHome = msg("reinvite.unlinked", "The account was unlinked; nothing more was done.")
)

// reInviteForm declines a lapsed request and asks the client to book again (docs:
// PhoneChatReInviteReceivedBooking).
func (d *Desk) reInviteForm() form {
	f := flow.Flow{
		Name: reInviteName, Version: 1, Title: msgReTitle.Text(), Words: words(), Yes: msgReYes.Text(),
		Steps: []flow.Step{{
			ID: stepReason,
			Ask: func(s flow.Scope) flow.Prompt {
				ref, fact := reInviteOf(s)
				chips := [][]flow.Option{
					{{Label: msgReMissed.Text(), Value: msgReMissed.English}},
					{{Label: msgReOther.Text(), Value: msgReOther.English}},
					{{Label: msgReNone.Text(), Value: ""}},
				}
				return flow.Prompt{Options: chips, Body: []wording.Text{msgReAsk.With(wording.Args{
					"id": int64(ref.id), "name": memberName(fact.Name, fact.Member), "when": d.clock.moment(fact.Session),
				})}}
			},
			Parse: func(_ flow.Scope, text string) (flow.Answer, error) { return parseNote(text, msgReLong) },
		}},
		Facts: map[string]func(flow.Scope) string{factBooking: func(s flow.Scope) string { return s.Answers[answerBooking] }},
		Confirm: func(s flow.Scope) wording.Text {
			ref, fact := reInviteOf(s)
			var reason any = msgReDefault.Text()
			if given := s.Answers[stepReason]; given != "" {
				reason = wording.Name(given)
			}
			return msgReConfirm.With(wording.Args{"id": int64(ref.id), "name": memberName(fact.Name, fact.Member), "reason": reason})
		},
	}
	load := func(_ *visit, want flow.Want) (any, error) { return nil, fmt.Errorf("unknown fact %s", want.Name) }
	return form{flow: f, load: load, submit: submitReInvite, settle: settleReInvite}
}

func reInviteOf(s flow.Scope) (cardRef, bookingFact) {
	ref, _ := parseCardRef(s.Answers[answerBooking])
	var fact bookingFact
	s.Fact(factBooking, &fact)
	return ref, fact
}

// reInvite reads the booking again and opens the form if the contract still allows it.
func (v *visit) reInvite(ref cardRef) error {
	if v.chat.Session != nil {
		return v.screen(v.formOpenView())
	}
	b, err := v.api.Booking(v.ctx, v.caller(), ref.side, ref.id)
	if err != nil {
		return v.sorry(fmt.Errorf("read booking: %w", err), "reinvite", ref.String())
	}
	if !v.mayReInvite(b) {
		return v.screen(v.cardView(b, ref, msgReNotNow.Text()))
	}
	data, err := json.Marshal(bookingFact{Name: b.Other.Nickname, Member: int64(b.Other.ID), Session: b.Session})
	if err != nil {
		return fmt.Errorf("keep booking: %w", err)
	}
	answer := ref.String()
	return v.open(reInviteName, flow.Answers{answerBooking: answer}, map[string]flow.Fact{factBooking: {For: answer, Data: data}})
}

// submitReInvite reads the booking once more, acts once, and shows the card from the reply.
func submitReInvite(v *visit, s flow.Session, _ string) (flow.Sent, error) {
	ref, _ := parseCardRef(s.Answers[answerBooking])
	b, err := v.api.Booking(v.ctx, v.caller(), ref.side, ref.id)
	if err != nil {
		return v.notSent(fmt.Errorf("read booking: %w", err))
	}
	if !v.mayReInvite(b) {
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, msgReNotNow.Text())}, nil
	}
	claim := store.Send{Key: sendKey(s), Chat: v.event.Chat, Account: v.account.ID, State: store.SendStarted, Started: v.clock.now(), Booking: int64(ref.id)}
	if err := v.claim(claim); err != nil {
		return flow.Sent{}, err
	}
	after, err := v.api.ReInvite(v.ctx, v.caller(), ref.id, s.Answers[stepReason])
	switch {
	case err == nil:
		return v.reInvited(after, ref, msgReDone)
	case errors.Is(err, apiclient.ErrUnknownOutcome), !certainlyNot(err):
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if dropErr := v.drop(claim.Key); dropErr != nil {
		return flow.Sent{}, dropErr
	}
	return v.notSent(err)
}

func (v *visit) reInvited(b apiclient.Booking, ref cardRef, note wording.Message) (flow.Sent, error) {
	err := v.save(func(tx *store.Tx, _ *store.Chat) error { return v.seen(tx, b) })
	if err != nil {
		return flow.Sent{}, fmt.Errorf("record booking: %w", err)
	}
	v.acted(v.account.ID)
	name := wording.Args{"name": memberName(b.Other.Nickname, int64(b.Other.ID))}
	return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, note.With(name))}, nil
}

// settleReInvite reads the booking: a re-invitation that was carried out left it Rejected. The platform
// may have rejected it by itself as well, so the card says only how it stands.
func settleReInvite(v *visit, s flow.Session) (flow.Sent, error) {
	ref, _ := parseCardRef(s.Answers[answerBooking])
	if v.account == nil {
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.homeView(msgReGoneHome.Text())}, nil
	}
	claim, err := v.claimOf(s)
	switch {
	case errors.Is(err, store.ErrNotFound): // stopped before the claim: certainly not sent
		return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgNotSent.Text()}, nil
	case err != nil:
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	}
	if v.stopped() { // there is nothing to look with
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	b, err := v.api.Booking(v.ctx, v.caller(), ref.side, ref.id)
	if err != nil {
		if _, known := v.explain(err); known {
			return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
		}
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	}
	switch {
	case b.Status == apiclient.StatusRejected:
		return v.reInvited(b, ref, msgReFound)
	case v.mayReInvite(b) && v.clock.now().Sub(claim.Started) < settleAfter:
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	case v.mayReInvite(b):
		if err := v.drop(claim.Key); err != nil {
			return flow.Sent{}, err
		}
		return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgReAbsent.Text()}, nil
	}
	return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, msgReNotNow.Text())}, nil
}
