package conversations

import (
	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

const stepAmount = "amount" // canonical decimal credits

var (
	msgAcceptTitle = msg("accept.title", "<b>Accept a request</b>")
	msgAcceptAsk   = msg("accept.ask", "Accept request #{id} from <b>{name}</b> for <b>{credits} credits</b>?\n{when}, {minutes} min. They have to confirm before it is settled.")
	msgAcceptOther = msg("accept.ask_other", "{name} offered {offer} credits. The site tells them that you ask for another amount, and they decide.")
	msgAcceptYes   = msg("accept.yes", "Yes, accept for {credits} credits")
	msgAcceptDone  = msg("accept.done", "<b>Accepted.</b> {name} has to confirm now; I will tell you.")
	msgDeedNew     = msg("deed.look_again", "The booking changed meanwhile. Please look it over again.")
	msgAmountAsk   = msg("accept.amount", "{name} offers {offer} credits for {minutes} min. <b>For how many credits</b> would you accept? Type any amount, for example <code>{example}</code>. The site tells {name} that the amount is another one.")
	msgAmountSame  = msg("accept.key_same", "As offered: {credits}")

	msgDeclineTitle  = msg("decline.title", "<b>Decline a request</b>")
	msgDeclineReason = msg("decline.reason", "Request #{id} from <b>{name}</b> ({when}). <b>Why</b> do you decline? Type a reason of up to 500 characters, for example <code>I am away that day.</code> They will read it.")
	msgDeclineAway   = msg("decline.chip_away", "I am not available then.")
	msgDeclineFull   = msg("decline.chip_full", "That time is taken already.")
	msgDeclineOther  = msg("decline.chip_other", "Please choose another time.")
	msgDeclineNone   = msg("decline.chip_none", "No reason given.")
	msgDeclineAsk    = msg("decline.ask", "Decline request #{id} from <b>{name}</b>? That can't be undone.\nReason: {reason}")
	msgDeclineYes    = msg("decline.yes", "Yes, decline")
	msgDeclineDone   = msg("decline.done", "<b>Declined.</b> {name} was told.")

	msgReTitle   = msg("reinvite.title", "<b>Re-invite</b>")
	msgReReason  = msg("reinvite.ask", "The time of request #{id} from <b>{name}</b> ({when}) has passed without an answer. Re-inviting declines it and asks them to book again.\n\nGive a <b>reason</b>, up to 500 characters, for example <code>I was away, sorry.</code> Without one the site uses its own wording.")
	msgReMissed  = msg("reinvite.chip_missed", "I missed your request, sorry.")
	msgReNone    = msg("reinvite.chip_none", "No reason")
	msgReConfirm = msg("reinvite.confirm", "Decline request #{id} from <b>{name}</b> and invite them to book again?\nReason: {reason}")
	msgReDefault = msg("reinvite.default_reason", "the site's own wording")
	msgReYes     = msg("reinvite.yes", "Yes, re-invite")
	msgReDone    = msg("reinvite.done", "<b>Re-invited.</b> The request was declined and {name} was asked to book again.")

	msgOffTitle  = msg("cancel.title", "<b>Cancel a booking</b>")
	msgOffReason = msg("cancel.reason", "Booking #{id} with <b>{name}</b> ({when}). <b>Why</b> do you cancel? Type a reason of up to 500 characters, for example <code>Something came up.</code> They will read it.")
	msgOffCameUp = msg("cancel.chip_came_up", "Something came up.")
	msgOffOther  = msg("cancel.chip_other", "I would like another time.")
	msgOffAsk    = msg("cancel.ask", "Cancel booking #{id} with <b>{name}</b>, {when}? That can't be undone.\nReason: {reason}")
	msgOffBound  = msg("cancel.bound", "It is confirmed, for {credits} credits. Whether they come back to you is for the site to decide.")
	msgOffYes    = msg("cancel.yes", "Yes, cancel it")
	msgOffDone   = msg("cancel.done", "<b>Cancelled.</b> {name} was told.")

	msgConfirmTitle = msg("confirm.title", "<b>Confirm a booking</b>")
	msgConfirmAsk   = msg("confirm.ask", "Confirm booking #{id} with <b>{name}</b> for <b>{credits} credits</b>?\n{when}, {minutes} min. The credits leave your balance.")
	msgConfirmOther = msg("confirm.ask_other", "⚠ <b>{name} changed the amount:</b> you offered {offer} credits, they ask for {credits}.")
	msgConfirmYes   = msg("confirm.yes", "Yes, confirm for {credits} credits")
	msgConfirmDone  = msg("confirm.done", "<b>Confirmed.</b> The call is on.")
	msgConfirmNew   = msg("confirm.changed", "⚠ <b>The booking changed meanwhile:</b> it was {before} credits, and is {credits} now. Please look it over again.")

	msgAgainTitle = msg("again.title", "<b>Call again</b>")
	msgAgainAsk   = msg("again.ask", "Ask <b>{name}</b> for the same call again, beginning in 5 to 10 minutes: {minutes} min for <b>{credits} credits</b>? This makes a new booking.")
	msgAgainYes   = msg("again.yes", "Yes, ask for {credits} credits")
	msgAgainDone  = msg("again.done", "<b>Asked again:</b> booking #{id}, {when}. I will tell you when they answer.")
	msgAgainOpen  = msg("again.open", "You have booking #{id} with {name} at {when} already, so I did not ask for another.")

	msgReasonLong  = msg("reason.long", "That is {length} characters; a reason can have 500. Please shorten it, for example to one sentence.")
	msgReasonNone  = msg("reason.none", "Please give a reason, or choose one below.")
	msgDeedBalance = msg("deed.balance_unread", "I could not read your balance; the site checks it.")
	msgDeedShort   = msg("deed.short", "Your balance is {balance}, and this takes {credits} credits. Top up on the site first, then try again.")
)

// deeds lists them all; each has its page in the documentation at the call.
func (d *Desk) deeds() []deed {
	return []deed{d.acceptDeed(actAccept), d.acceptDeed(actAmount), d.declineDeed(), d.reInviteDeed(), d.cancelDeed(actCancel), d.cancelDeed(actCallOff), d.confirmDeed(), d.againDeed()}
}

// args fill the texts of a deed's form.
func (d *Desk) args(s flow.Scope, at bookingFact) wording.Args {
	var reason any = msgReDefault.Text()
	if given := s.Answers[stepReason]; given != "" {
		reason = wording.Name(given)
	}
	return wording.Args{
		"id": int64(refOf(s.Answers).id), "name": memberName(at.Name, at.Member), "when": d.clock.of(s.Answers).moment(at.Session),
		"minutes": at.Minutes, "credits": at.Credits.String(), "reason": reason, "offer": at.Offered,
	}
}

// acceptDeed accepts for the credits offered, or for others (docs: PhoneChatAcceptReceivedBooking).
func (d *Desk) acceptDeed(a action) deed {
	amount := func(answers flow.Answers) apiclient.Credits { return creditsIn(answers, stepAmount) }
	args := func(s flow.Scope, at bookingFact) wording.Args {
		filled := d.args(s, at)
		filled["credits"], filled["offer"] = amount(s.Answers).String(), at.Credits.String()
		return filled
	}
	one := deed{
		action: a, title: msgAcceptTitle, overlaps: true, said: msgAcceptDone,
		ask: func(s flow.Scope, at bookingFact) []wording.Text {
			question := []wording.Text{msgAcceptAsk.With(args(s, at))}
			if !amount(s.Answers).Equal(at.Credits) {
				question = append(question, msgAcceptOther.With(args(s, at)))
			}
			return question
		},
		yes: func(s flow.Scope, at bookingFact) wording.Text { return msgAcceptYes.With(args(s, at)) },
		ready: func(_ flow.Scope, was bookingFact, b apiclient.Booking) wording.Text {
			if !was.Credits.Equal(b.Credits) || !was.Session.Equal(b.Session) || was.Minutes != b.Duration {
				return msgDeedNew.Text()
			}
			return wording.Text{}
		},
		call: func(v *visit, id apiclient.BookingID, answers flow.Answers) (apiclient.Booking, error) {
			return v.api.Accept(v.ctx, v.caller(), id, amount(answers))
		},
		done: func(b apiclient.Booking, answers flow.Answers) bool {
			accepted := b.Status == apiclient.StatusAccepted || b.Status == apiclient.StatusConfirmed
			return accepted && b.Credits.Equal(amount(answers))
		},
	}
	if a == actAmount {
		one.steps = []flow.Step{d.amountStep()}
	}
	return one
}

func (d *Desk) amountStep() flow.Step {
	example := func(s flow.Scope) string { return bookingOf(s).Credits.Plus(10).String() }
	return askAmount(flow.Step{ID: stepAmount}, amountQuestion{
		example: example,
		ask: func(s flow.Scope) flow.Prompt {
			at := bookingOf(s)
			keys := []flow.Option{}
			for _, percent := range []int{10, 25} {
				more := at.Credits.Plus(percent).String()
				keys = append(keys, flow.Option{Label: msgOfferPlus.With(wording.Args{"percent": percent, "credits": more}), Value: more})
			}
			same := at.Credits.RoundUp().String()
			return flow.Prompt{
				Body: []wording.Text{msgAmountAsk.With(wording.Args{
					"offer": at.Credits.String(), "minutes": at.Minutes, "name": memberName(at.Name, at.Member), "example": example(s),
				})},
				Options: [][]flow.Option{keys, {{Label: msgAmountSame.With(wording.Args{"credits": same}), Value: same}}},
			}
		},
	})
}

// declineDeed declines a pending request; the platform wants a reason.
func (d *Desk) declineDeed() deed {
	return deed{
		action: actDecline, title: msgDeclineTitle, style: flow.StyleDanger, said: msgDeclineDone,
		steps: []flow.Step{d.reasonStep(msgDeclineReason, true, msgDeclineAway, msgDeclineFull, msgDeclineOther, msgDeclineNone)},
		ask: func(s flow.Scope, at bookingFact) []wording.Text {
			return []wording.Text{msgDeclineAsk.With(d.args(s, at))}
		},
		yes: func(flow.Scope, bookingFact) wording.Text { return msgDeclineYes.Text() },
		call: func(v *visit, id apiclient.BookingID, answers flow.Answers) (apiclient.Booking, error) {
			return v.api.Reject(v.ctx, v.caller(), id, answers[stepReason])
		},
		done: isRejected,
	}
}

// reInviteDeed declines a lapsed request and asks the client to book again (docs:
// PhoneChatReInviteReceivedBooking). The reason may be left out.
func (d *Desk) reInviteDeed() deed {
	return deed{
		action: actReInvite, title: msgReTitle, said: msgReDone,
		steps: []flow.Step{d.reasonStep(msgReReason, false, msgReMissed, msgDeclineOther)},
		ask: func(s flow.Scope, at bookingFact) []wording.Text {
			return []wording.Text{msgReConfirm.With(d.args(s, at))}
		},
		yes: func(flow.Scope, bookingFact) wording.Text { return msgReYes.Text() },
		call: func(v *visit, id apiclient.BookingID, answers flow.Answers) (apiclient.Booking, error) {
			return v.api.ReInvite(v.ctx, v.caller(), id, answers[stepReason])
		},
		done: isRejected,
	}
}

func isRejected(b apiclient.Booking, _ flow.Answers) bool {
	return b.Status == apiclient.StatusRejected
}

// cancelDeed calls a booking off, as the client (docs: PhoneChatCancelMadeBooking) or as the performer.
func (d *Desk) cancelDeed(a action) deed {
	return deed{
		action: a, title: msgOffTitle, style: flow.StyleDanger, said: msgOffDone,
		steps: []flow.Step{d.reasonStep(msgOffReason, true, msgOffCameUp, msgOffOther, msgDeclineNone)},
		ask: func(s flow.Scope, at bookingFact) []wording.Text {
			question := []wording.Text{msgOffAsk.With(d.args(s, at))}
			if at.Confirmed {
				question = append(question, msgOffBound.With(d.args(s, at)))
			}
			return question
		},
		yes: func(flow.Scope, bookingFact) wording.Text { return msgOffYes.Text() },
		ready: func(_ flow.Scope, was bookingFact, b apiclient.Booking) wording.Text {
			if was.Confirmed != (b.Status == apiclient.StatusConfirmed) || !was.Session.Equal(b.Session) {
				return msgDeedNew.Text()
			}
			return wording.Text{}
		},
		call: func(v *visit, id apiclient.BookingID, answers flow.Answers) (apiclient.Booking, error) {
			if a == actCallOff {
				return v.api.CancelReceived(v.ctx, v.caller(), id, answers[stepReason])
			}
			return v.api.CancelMade(v.ctx, v.caller(), id, answers[stepReason])
		},
		done: func(b apiclient.Booking, _ flow.Answers) bool { return b.Status == apiclient.StatusCancelled },
	}
}

// confirmDeed takes an accepted booking: the credits move.
func (d *Desk) confirmDeed() deed {
	return deed{
		action: actConfirm, title: msgConfirmTitle, overlaps: true, pays: true, said: msgConfirmDone,
		ask: func(s flow.Scope, at bookingFact) []wording.Text {
			question := []wording.Text{msgConfirmAsk.With(d.args(s, at))}
			if at.Offered != "" {
				question = append(question, msgConfirmOther.With(d.args(s, at)))
			}
			balance := msgDeedBalance.Text()
			if at.Balance.Known {
				balance = msgCreditsBalance.With(wording.Args{"balance": at.Balance.Credits.String()})
			}
			question = append(question, balance)
			return question
		},
		yes: func(s flow.Scope, at bookingFact) wording.Text { return msgConfirmYes.With(d.args(s, at)) },
		ready: func(_ flow.Scope, was bookingFact, b apiclient.Booking) wording.Text {
			switch {
			case !was.Credits.Equal(b.Credits):
				return msgConfirmNew.With(wording.Args{"before": was.Credits.String(), "credits": b.Credits.String()})
			case !was.Session.Equal(b.Session), was.Minutes != b.Duration:
				return msgDeedNew.Text()
			}
			return wording.Text{}
		},
		call: func(v *visit, id apiclient.BookingID, _ flow.Answers) (apiclient.Booking, error) {
			return v.api.Confirm(v.ctx, v.caller(), id)
		},
		done: func(b apiclient.Booking, _ flow.Answers) bool { return b.Status == apiclient.StatusConfirmed },
	}
}

// againDeed asks for the same call once more, soon (docs: PhoneChatRescheduleMadeBooking). It makes a booking.
func (d *Desk) againDeed() deed {
	return deed{
		action: actAgain, title: msgAgainTitle, pays: true, overlaps: false, said: msgAgainDone,
		ask: func(s flow.Scope, at bookingFact) []wording.Text {
			return []wording.Text{msgAgainAsk.With(d.args(s, at))}
		},
		yes: func(s flow.Scope, at bookingFact) wording.Text { return msgAgainYes.With(d.args(s, at)) },
		call: func(v *visit, id apiclient.BookingID, _ flow.Answers) (apiclient.Booking, error) {
			return v.api.Reschedule(v.ctx, v.caller(), id)
		},
		done: func(b apiclient.Booking, _ flow.Answers) bool { return isOpen(b) },
	}
}

// reasonStep asks why, with chips.
func (d *Desk) reasonStep(ask wording.Message, needed bool, chips ...wording.Message) flow.Step {
	q := noteQuestion{
		ask:   func(s flow.Scope) []wording.Text { return []wording.Text{ask.With(d.args(s, bookingOf(s)))} },
		chips: chips, missing: msgReasonNone, long: msgReasonLong,
	}
	if !needed {
		q.none = msgReNone
	}
	return askNote(flow.Step{ID: stepReason}, q)
}

// tooShort says that the balance does not cover what is to be paid.
func tooShort(at bookingFact) wording.Text {
	if !at.Balance.Known || !at.Balance.Credits.Less(at.Credits) {
		return wording.Text{}
	}
	return msgDeedShort.With(wording.Args{"balance": at.Balance.Credits.String(), "credits": at.Credits.String()})
}
