package conversations

import (
	"errors"
	"fmt"
	"slices"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgRemoveTitle = msg("remove.title", "<b>Remove from the list</b>")
	msgRemoveAsk   = msg("remove.ask", "Remove booking #{id} with <b>{name}</b> ({when}) from your list on the site? That can't be undone; {name} keeps it in theirs.")
	msgRemoveYes   = msg("remove.yes", "Yes, remove it")
	msgRemoveDone  = msg("remove.done", "<b>Removed:</b> booking #{id} is no longer in your list.")
	msgRemoveKept  = msg("remove.kept", "The site kept booking #{id} in your list.")
	msgRemoveWhy   = msg("remove.kept_why", "The site kept booking #{id} in your list: {why}")
)

// removeForm takes a finished booking off one's own list (docs: PhoneChatDeleteMadeBookings,
// PhoneChatDeleteReceivedBooking). Whatever became of it, the booking's side tells.
func (d *Desk) removeForm() form {
	one := deed{
		action: actRemove, title: msgRemoveTitle, style: flow.StyleDanger,
		ask: func(s flow.Scope, at bookingFact) []wording.Text {
			return []wording.Text{msgRemoveAsk.With(d.args(s, at))}
		},
		yes: func(flow.Scope, bookingFact) wording.Text { return msgRemoveYes.Text() },
	}
	f := d.deedForm(one)
	f.submit, f.settle = submitRemove, settleRemove
	return f
}

// askToRemove reads the booking again and asks.
func (v *visit) askToRemove(ref cardRef) error {
	return v.begin(deed{action: actRemove}, ref)
}

func submitRemove(v *visit, s flow.Session, _ string) (flow.Sent, error) {
	ref := refOf(s.Answers)
	if _, busy := v.form(sentFor(ref.id, s.ID)); busy {
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: msgDeedBusy.Text()}, nil
	}
	b, err := v.booking(ref.side, ref.id)
	gone := isNotFound(err) // or not to be read by itself: removing tells
	switch {
	case err != nil && !gone:
		return v.notSent(fmt.Errorf("read booking: %w", err))
	case !gone && !may(actRemove, b, v.clock.now()):
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, v.changed(actRemove, b))}, nil
	}
	claim := store.Send{Key: sendKey(s), Chat: v.event.Chat, Account: v.account.ID, State: store.SendStarted, Started: v.clock.now(), Booking: int64(ref.id)}
	if err := v.claim(claim); err != nil {
		return flow.Sent{}, err
	}
	remove := v.api.DeleteMade
	if ref.side == received {
		remove = v.api.DeleteReceived
	}
	deletions, err := remove(v.ctx, v.caller(), ref.id)
	switch {
	case err == nil && len(deletions) == 1 && deletions[0].Deleted:
		return v.removed(ref)
	case err == nil && gone:
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.textView(keptText(ref, deletions))}, nil
	case err == nil:
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, keptText(ref, deletions))}, nil
	case errors.Is(err, apiclient.ErrUnknownOutcome), !certainlyNot(err):
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if dropErr := v.drop(claim.Key); dropErr != nil {
		return flow.Sent{}, dropErr
	}
	return v.notSent(err)
}

func keptText(ref cardRef, deletions []apiclient.Deletion) wording.Text {
	if len(deletions) == 1 && deletions[0].Message != "" {
		return msgRemoveWhy.With(wording.Args{"id": int64(ref.id), "why": wording.Name(deletions[0].Message)})
	}
	return msgRemoveKept.With(wording.Args{"id": int64(ref.id)})
}

// removed goes back to the list that the card was opened from.
func (v *visit) removed(ref cardRef) (flow.Sent, error) {
	v.lists.forget(v.account.Member)
	v.acted(v.account.ID)
	view := v.textView(msgRemoveDone.With(wording.Args{"id": int64(ref.id)}))
	if ref.from.page > 0 {
		view.Rows = append([][]flow.Button{{v.button(msgKeyBackList, "list", ref.from.String())}}, view.Rows...)
	}
	return flow.Sent{Outcome: flow.OutcomeDone, View: view}, nil
}

// stays reports whether a booking is still to be had, by itself or in the list.
func (v *visit) stays(ref cardRef) (bool, error) {
	_, err := v.booking(ref.side, ref.id)
	if !isNotFound(err) {
		return err == nil, err
	}
	list, err := v.bookings(ref.side, true)
	if apiclient.Missing(err) {
		return false, nil
	}
	return slices.ContainsFunc(list, func(b apiclient.Booking) bool { return b.ID == ref.id }), err
}

// settleRemove: a booking that is not there any more was removed.
func settleRemove(v *visit, s flow.Session) (flow.Sent, error) {
	ref := refOf(s.Answers)
	if v.account == nil {
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.textView(msgDeedUnlink.Text())}, nil
	}
	claim, err := v.claimOf(s)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgNotSent.Text()}, nil
	case err != nil:
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	case v.stopped():
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	stays, err := v.stays(ref)
	switch {
	case err == nil && !stays:
		return v.removed(ref)
	case err != nil:
		if _, known := v.explain(err); known {
			return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
		}
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	case v.clock.now().Sub(claim.Started) < settleAfter:
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if err := v.drop(claim.Key); err != nil {
		return flow.Sent{}, err
	}
	return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgDeedAbsent.Text()}, nil
}
