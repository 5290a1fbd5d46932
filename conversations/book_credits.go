package conversations

import (
	"errors"
	"strconv"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

var (
	msgCreditsAsk     = msg("book.credits.ask", "<b>How many credits</b> do you offer? Type any amount, for example <code>{example}</code>.")
	msgCreditsMin     = msg("book.credits.minimum", "At least {minimum}: {minutes} min at {price} a minute.")
	msgCreditsBalance = msg("book.credits.balance", "Your balance is {balance}.")
	msgCreditsOver    = msg("book.credits.too_dear", "Your balance is {balance}, and {minutes} min cost at least {minimum}. Top up on the site, or type a shorter call with its credits, for example <code>{line}</code>.")
	msgCreditsLine    = msg("book.credits.shorter", "{minutes} min {credits} credits")
	msgCreditsNone    = msg("book.credits.none_fits", "Your balance is {balance}, which is not enough for a call of 5 minutes at {price} a minute. Top up on the site, or choose someone else with Back.")
	msgCreditsBad     = msg("book.credits.bad", "I could not read that amount. Type credits with at most two decimal places, for example <code>{example}</code>.")
	msgCreditsLow     = msg("book.credits.low", "{offer} is below the minimum of {minimum} ({minutes} min at {price} a minute).")
	msgCreditsHigh    = msg("book.credits.high", "{offer} is more than your balance of {balance}.")
	msgCreditsZero    = msg("book.credits.zero", "The offer must be above zero. For example <code>{example}</code>.")
	msgCreditsRaised  = msg("book.credits.raised", "Your offer went up from {was} to <b>{is} credits</b>: {minutes} min at {price} a minute cost at least {minimum}.")
	msgCreditsAgain   = msg("book.credits.again", "Your offer is <b>{is} credits</b> again, as you chose.")
	msgCreditsAbove   = msg("book.credits.above", "Credits: <b>{credits}</b> (the minimum is {minimum})")
	msgOfferFix       = msg("book.credits.fix", "Offer {credits}")
	msgOfferMin       = msg("book.credits.key_minimum", "Minimum: {credits}")
	msgOfferPlus      = msg("book.credits.key_plus", "+{percent} %: {credits}")
)

// terms is what an offer is measured against.
type terms struct {
	minutes  int
	price    apiclient.Credits
	priced   bool
	minimum  apiclient.Credits
	balance  apiclient.Credits
	balanced bool
}

func termsOf(s flow.Scope) terms {
	var t terms
	t.minutes, _ = strconv.Atoi(s.Answers[stepLength])
	var performer performerFact
	if s.Fact(factPerformer, &performer) && performer.HasPrice && performer.Price.IsPositive() {
		t.priced, t.price, t.minimum = true, performer.Price, performer.Price.Times(t.minutes).RoundUp()
	}
	var balance balanceFact
	if s.Fact(factBalance, &balance) {
		t.balance, t.balanced = balance.Credits, balance.Known
	}
	return t
}

func (t terms) example() string {
	if t.priced {
		return t.minimum.String()
	}
	return "20.00"
}

// tooDear says that no offer can be both high enough and covered; empty if one can.
func (t terms) tooDear() wording.Text {
	if !t.priced || !t.balanced || !t.balance.Less(t.minimum) {
		return wording.Text{}
	}
	affordable := t.minutes
	for affordable >= apiclient.MinDuration && t.balance.Less(t.price.Times(affordable).RoundUp()) {
		affordable--
	}
	args := wording.Args{
		"balance": t.balance.String(), "minutes": t.minutes, "minimum": t.minimum.String(),
		"price": priceText(t.price), "line": msgCreditsLine.With(wording.Args{
			"minutes": affordable, "credits": t.price.Times(affordable).RoundUp().String(),
		}),
	}
	if affordable < apiclient.MinDuration {
		return msgCreditsNone.With(args)
	}
	return msgCreditsOver.With(args)
}

func creditsStep() flow.Step {
	return flow.Step{
		ID: stepCredits, Label: msgLabelCred.Text(), Needs: []string{stepWho, stepLength}, Load: []string{factPerformer, factBalance},
		Ask: askCredits,
		Parse: func(s flow.Scope, text string) (flow.Answer, error) {
			amount, err := when.Amount(text)
			if errors.Is(err, when.ErrNotPositive) {
				return flow.Answer{}, refuse(msgCreditsZero.With(wording.Args{"example": termsOf(s).example()}))
			}
			if err != nil {
				return flow.Answer{}, refuse(msgCreditsBad.With(wording.Args{"example": termsOf(s).example()}))
			}
			return flow.Answer{Value: amount}, nil
		},
		Check: checkCredits,
		Mend:  mendCredits,
		Mended: func(s flow.Scope, was, is string) wording.Text {
			t := termsOf(s)
			return msgCreditsRaised.With(wording.Args{
				"was": creditsText(was), "is": creditsText(is), "minutes": t.minutes, "price": priceText(t.price), "minimum": t.minimum.String(),
			})
		},
		Again: func(_ flow.Scope, is string) wording.Text {
			return msgCreditsAgain.With(wording.Args{"is": creditsText(is)})
		},
	}
}

// mendCredits raises an offer that was enough once to what is enough now, where the balance is known to cover it. An
// offer is never lowered: what is not covered any more is for the person to say.
func mendCredits(s flow.Scope, was string) (string, bool) {
	t := termsOf(s)
	offer, err := apiclient.ParseCredits(was)
	covered := t.balanced && !t.balance.Less(t.minimum)
	if err != nil || !t.priced || !covered || !offer.Less(t.minimum) {
		return "", false
	}
	return t.minimum.String(), true
}

// creditsText shows an answer as amounts are shown everywhere: 36.00.
func creditsText(answer string) string {
	c, err := apiclient.ParseCredits(answer)
	if err != nil {
		return answer
	}
	return c.String()
}

// offerLine is the offer on the review, beside the minimum where it is more: a call that was made shorter keeps its
// offer.
func offerLine(s flow.Scope, offer apiclient.Credits) wording.Text {
	t := termsOf(s)
	if t.priced && t.minimum.Less(offer) {
		return msgCreditsAbove.With(wording.Args{"credits": offer.String(), "minimum": t.minimum.String()})
	}
	return msgReviewCredits.With(wording.Args{"credits": offer.String()})
}

// priceText shows a price with two places, or with all that it has: 1.20, 0.125.
func priceText(c apiclient.Credits) string {
	if c.Places() <= 2 {
		return c.String()
	}
	return c.Exact()
}

func askCredits(s flow.Scope) flow.Prompt {
	t := termsOf(s)
	p := flow.Prompt{Body: []wording.Text{msgCreditsAsk.With(wording.Args{"example": t.example()})}}
	if t.priced {
		p.Body = append(p.Body, msgCreditsMin.With(wording.Args{
			"minimum": t.minimum.String(), "minutes": t.minutes, "price": priceText(t.price),
		}))
	}
	if dear := t.tooDear(); !dear.IsZero() {
		return flow.Prompt{Body: []wording.Text{dear}, Reload: true}
	}
	if t.balanced {
		p.Body = append(p.Body, msgCreditsBalance.With(wording.Args{"balance": t.balance.String()}))
	}
	if !t.priced {
		return p
	}
	for _, percent := range []int{0, 10, 25} {
		offer := t.minimum.Plus(percent)
		if t.balanced && t.balance.Less(offer) {
			continue
		}
		label := msgOfferPlus.With(wording.Args{"percent": percent, "credits": offer.String()})
		if percent == 0 {
			label = msgOfferMin.With(wording.Args{"credits": offer.String()})
		}
		p.Options = append(p.Options, []flow.Option{{Label: label, Value: offer.String()}})
	}
	return p
}

func checkCredits(s flow.Scope, value string) *flow.Refusal {
	t := termsOf(s)
	offer, err := apiclient.ParseCredits(value)
	if err != nil || !offer.IsPositive() {
		return refuse(msgCreditsZero.With(wording.Args{"example": t.example()}))
	}
	if dear := t.tooDear(); !dear.IsZero() {
		return &flow.Refusal{} // the prompt says why, and what would fit
	}
	if t.priced && offer.Less(t.minimum) {
		return refuse(msgCreditsLow.With(wording.Args{
			"offer": offer.String(), "minimum": t.minimum.String(), "minutes": t.minutes, "price": priceText(t.price),
		}), offerFix(t.minimum))
	}
	if t.balanced && t.balance.Less(offer) {
		why := msgCreditsHigh.With(wording.Args{"offer": offer.String(), "balance": t.balance.String()})
		switch {
		case t.priced:
			return refuse(why, offerFix(t.minimum))
		case t.balance.IsPositive():
			return refuse(why, offerFix(t.balance.RoundDown()))
		}
		return refuse(why)
	}
	return nil
}

func offerFix(c apiclient.Credits) flow.Option {
	return flow.Option{Label: msgOfferFix.With(wording.Args{"credits": c.String()}), Value: c.String()}
}
