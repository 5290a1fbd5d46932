package conversations

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// Steps of the form of an offer, which are its answers' names.
const (
	stepOffer   = "offer" // the platform's id of it
	stepPlace   = "place"
	stepTitle   = "title"
	stepMinutes = "minutes"
	stepPrice   = "price" // of the whole
	stepKind    = "kind"
	stepSale    = "sale"
	stepAfter   = "after"
	answerKnown = "known" // "1" where the offer was shown on a card, and its number is not asked
	answerYes   = "yes"
	answerNo    = "no"
	mostPlaces  = 999
)

var (
	msgOfAsk   = msg("offer.id.ask", "<b>Which offer?</b> Type its number on the site (OfferID), for example <code>9021</code>. The rest is asked once, and remembered here.")
	msgOfBad   = msg("offer.id.bad", "I need the offer's number, digits only, for example <code>9021</code>.")
	msgPlAsk   = msg("offer.place.ask", "<b>Its place</b> among the offers, from 1? The site shows it to the performer when a buyer enters.")
	msgPlBad   = msg("offer.place.bad", "I need a whole number from 1 to 999, for example <code>2</code>.")
	msgTiAsk   = msg("offer.title.ask", "<b>The title?</b> 1 to 50 characters, for example <code>A quarter of an hour</code>. It is public: everybody on the site can read it.")
	msgTiEmpty = msg("offer.title.empty", "A title needs at least one character, for example <code>A quarter of an hour</code>.")
	msgTiLong  = msg("offer.title.long", "That is {length} characters; a title can have 50. Please shorten it, for example to <code>A quarter of an hour</code>.")
	msgLeAsk   = msg("offer.minutes.ask", "<b>How long</b> is the session? At least 5 minutes; type any number of minutes, for example <code>25</code>.")
	msgLeShort = msg("offer.minutes.short", "A session of an offer takes at least 5 minutes. For example <code>15</code>.")
	msgPrAsk   = msg("offer.price.ask", "<b>How many credits</b> for the whole session of {minutes} min? At least {minimum}; type any amount, for example <code>{example}</code>.")
	msgPrLow   = msg("offer.price.low", "{credits} credits for {minutes} min is {rate} a minute. The site takes at least 5.00 in all and 0.60 a minute, which is {minimum} here.")
	msgPrFine  = msg("offer.price.fine", "{credits} credits has more than two decimal places, which can't be saved.")
	msgPrKey   = msg("offer.price.key", "{credits} · {rate} a minute")
	msgKiAsk   = msg("offer.kind.ask", "<b>A group session or a private one?</b>")
	msgKiBad   = msg("offer.kind.bad", "Please choose one of the two below, for example by typing <code>private</code>.")
	msgKiGroup = msg("offer.kind.key_group", "Group")
	msgKiPriv  = msg("offer.kind.key_private", "Private")
	msgSaAsk   = msg("offer.sale.ask", "<b>Can it be bought now?</b>")
	msgSaYes   = msg("offer.sale.key_yes", "Available")
	msgSaNo    = msg("offer.sale.key_no", "Not available")
	msgAfAsk   = msg("offer.after.ask", "<b>May the session continue</b> when the time is over? If not, it ends then.")
	msgAfYes   = msg("offer.after.key_yes", "May continue")
	msgAfNo    = msg("offer.after.key_no", "Ends")
	msgYesNo   = msg("offer.yes_no", "Please choose one of the two below, for example by typing <code>yes</code>.")

	msgLabelPlace = msg("offer.label.place", "place")
	msgLabelTitle = msg("offer.label.title", "title")
	msgLabelKind  = msg("offer.label.kind", "kind")
	msgLabelSale  = msg("offer.label.sale", "availability")
	msgLabelAfter = msg("offer.label.after", "after the end")
	msgLabelOffer = msg("offer.label.offer", "number")
	msgLabelMins  = msg("offer.label.minutes", "length")
	msgLabelPrice = msg("offer.label.price", "credits")
)

// offerSteps ask for all that can be saved of an offer (docs: DirectCamUpdateSpecialOffer).
func offerSteps() []flow.Step {
	return []flow.Step{
		offerStep(), placeStep(), titleStep(), minutesStep(), priceStep(), kindStep(),
		yesNoStep(stepSale, msgLabelSale, msgSaAsk, msgSaYes, msgSaNo), yesNoStep(stepAfter, msgLabelAfter, msgAfAsk, msgAfYes, msgAfNo),
	}
}

// offerAnswers is an offer as answers; what cannot be an answer is left out, and asked.
func offerAnswers(o apiclient.Offer) flow.Answers {
	answers := flow.Answers{
		stepOffer: o.ID.String(), answerKnown: "1", stepTitle: oneLine(o.Title), stepMinutes: strconv.Itoa(o.Duration),
		stepPrice: o.Price.Exact(), stepKind: strconv.Itoa(int(o.Mode)), stepSale: yesOrNo(o.Available), stepAfter: yesOrNo(o.ContinueAfter),
	}
	if o.Number > 0 {
		answers[stepPlace] = strconv.Itoa(o.Number)
	}
	return answers
}

// offerOf reads the answers; what is missing or malformed stays zero.
func offerOf(answers flow.Answers) apiclient.Offer {
	number := func(step string) int64 {
		n, _ := strconv.ParseInt(answers[step], 10, 64)
		return n
	}
	return apiclient.Offer{
		ID: apiclient.OfferID(number(stepOffer)), Number: int(number(stepPlace)), Title: answers[stepTitle], Duration: minutesIn(answers, stepMinutes),
		Mode: apiclient.CamMode(number(stepKind)), Price: creditsIn(answers, stepPrice), Available: answers[stepSale] == answerYes, ContinueAfter: answers[stepAfter] == answerYes,
	}
}

// flawOf says why the platform would not take an offer as it stands; empty if it would. Without a place it
// would take it, and give it another one.
func flawOf(o apiclient.Offer) wording.Text {
	scope := flow.Scope{Answers: offerAnswers(o)}
	for _, step := range offerSteps() {
		value, given := scope.Answers[step.ID]
		switch {
		case !given:
			return step.Ask(scope).Body[0]
		case step.Check == nil:
		default:
			if refusal := step.Check(scope, value); refusal != nil {
				return refusal.Why
			}
		}
	}
	return wording.Text{}
}

func yesOrNo(on bool) string {
	if on {
		return answerYes
	}
	return answerNo
}

// offerStep asks for the number of an offer that the site does not list.
func offerStep() flow.Step {
	return flow.Step{
		ID: stepOffer, Label: msgLabelOffer.Text(), Skip: func(s flow.Scope) bool { return s.Answers[answerKnown] != "" },
		Ask: func(flow.Scope) flow.Prompt { return flow.Prompt{Body: []wording.Text{msgOfAsk.Text()}} },
		Parse: func(_ flow.Scope, text string) (flow.Answer, error) {
			id, ok := parseOfferID(strings.TrimPrefix(strings.TrimSpace(text), "#"))
			if !ok {
				return flow.Answer{}, refuse(msgOfBad.Text())
			}
			return flow.Answer{Value: id.String()}, nil
		},
	}
}

func placeStep() flow.Step {
	return flow.Step{
		ID: stepPlace, Label: msgLabelPlace.Text(),
		Ask: func(flow.Scope) flow.Prompt {
			var row []flow.Option
			for n := 1; n <= 5; n++ {
				row = append(row, plain(strconv.Itoa(n), strconv.Itoa(n)))
			}
			return flow.Prompt{Body: []wording.Text{msgPlAsk.Text()}, Options: [][]flow.Option{row}}
		},
		Parse: func(_ flow.Scope, text string) (flow.Answer, error) {
			n, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(text), "#"))
			if err != nil || n < 1 || n > mostPlaces {
				return flow.Answer{}, refuse(msgPlBad.Text())
			}
			return flow.Answer{Value: strconv.Itoa(n)}, nil
		},
		Check: func(_ flow.Scope, value string) *flow.Refusal {
			if n, err := strconv.Atoi(value); err != nil || n < 1 {
				return refuse(msgPlBad.Text())
			}
			return nil
		},
	}
}

// titleStep counts as the site does: characters, without the spaces around them.
func titleStep() flow.Step {
	return flow.Step{
		ID: stepTitle, Label: msgLabelTitle.Text(),
		Ask: func(flow.Scope) flow.Prompt { return flow.Prompt{Body: []wording.Text{msgTiAsk.Text()}} },
		Parse: func(_ flow.Scope, text string) (flow.Answer, error) {
			title := oneLine(text)
			if refusal := checkTitle(title); refusal != nil {
				return flow.Answer{}, refusal
			}
			return flow.Answer{Value: title}, nil
		},
		Check: func(_ flow.Scope, value string) *flow.Refusal { return checkTitle(value) },
	}
}

func checkTitle(title string) *flow.Refusal {
	switch length := utf8.RuneCountInString(title); {
	case length < 1:
		return refuse(msgTiEmpty.Text())
	case length > apiclient.MaxOfferTitle:
		return refuse(msgTiLong.With(wording.Args{"length": length}))
	}
	return nil
}

// oneLine turns line breaks and other control characters into spaces, and leaves out what can't be seen or turns
// letters round; only what joins letters and pictures may stay, and nothing but that is nothing.
func oneLine(text string) string {
	const joiner, nonJoiner = '\u200d', '\u200c'
	line := strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r) && r != joiner && r != nonJoiner:
			return -1
		}
		return r
	}, text))
	if strings.Trim(line, string(joiner)+string(nonJoiner)+" ") == "" {
		return ""
	}
	return line
}

func minutesStep() flow.Step {
	return flow.Step{
		ID: stepMinutes, Label: msgLabelMins.Text(),
		Ask: func(flow.Scope) flow.Prompt {
			return flow.Prompt{Body: []wording.Text{msgLeAsk.Text()}, Options: minutesKeys(plainMinutes)}
		},
		Parse: parseMinutes,
		Check: func(_ flow.Scope, value string) *flow.Refusal {
			if n, err := strconv.Atoi(value); err != nil || n < apiclient.MinOfferDuration {
				least := flow.Option{Label: plainMinutes(apiclient.MinOfferDuration), Value: strconv.Itoa(apiclient.MinOfferDuration)}
				return refuse(msgLeShort.Text(), least)
			}
			return nil
		},
	}
}

// priceStep asks for the credits of the whole; how few they may be hangs on the length.
func priceStep() flow.Step {
	least := func(s flow.Scope) apiclient.Credits {
		return apiclient.MinOfferPrice(minutesIn(s.Answers, stepMinutes))
	}
	return askAmount(flow.Step{ID: stepPrice, Label: msgLabelPrice.Text(), Needs: []string{stepMinutes}}, amountQuestion{
		ask: askPrice, example: func(s flow.Scope) string { return least(s).String() }, fix: true,
		check: func(s flow.Scope, price apiclient.Credits) *flow.Refusal {
			switch {
			case price.Less(least(s)):
				return tooLow(s, price)
			case price.Places() > 2:
				up := price.RoundUp().String()
				return refuse(msgPrFine.With(wording.Args{"credits": price.Exact()}), plain(up, up))
			}
			return nil
		},
	})
}

// tooLow refuses a price with the least one as the fix.
func tooLow(s flow.Scope, price apiclient.Credits) *flow.Refusal {
	minutes := offerOf(s.Answers).Duration
	least := apiclient.MinOfferPrice(minutes).String()
	return refuse(msgPrLow.With(wording.Args{
		"credits": priceText(price), "minutes": minutes, "rate": rateText(price, minutes), "minimum": least,
	}), plain(least, least))
}

func askPrice(s flow.Scope) flow.Prompt {
	minutes := offerOf(s.Answers).Duration
	p := flow.Prompt{Body: []wording.Text{msgPrAsk.With(wording.Args{
		"minutes": minutes, "minimum": apiclient.MinOfferPrice(minutes).String(), "example": apiclient.WholeCredits(2).Times(minutes).String(),
	})}}
	for _, rate := range []int64{1, 2, 3} {
		price := apiclient.WholeCredits(rate).Times(minutes).String()
		label := msgPrKey.With(wording.Args{"credits": price, "rate": rateText(apiclient.WholeCredits(rate), 1)})
		p.Options = append(p.Options, []flow.Option{{Label: label, Value: price}})
	}
	return p
}

func kindStep() flow.Step {
	kind := func(mode apiclient.CamMode, label wording.Message) choice {
		return choice{value: strconv.Itoa(int(mode)), label: label}
	}
	return askChoice(flow.Step{ID: stepKind, Label: msgLabelKind.Text()}, choiceQuestion{
		ask: msgKiAsk, bad: msgKiBad,
		choices: []choice{kind(apiclient.ModeGroup, msgKiGroup), kind(apiclient.ModePrivate, msgKiPriv)},
	})
}

func yesNoStep(id string, label, ask, on, off wording.Message) flow.Step {
	return askChoice(flow.Step{ID: id, Label: label.Text()}, choiceQuestion{
		ask: ask, bad: msgYesNo,
		choices: []choice{{answerYes, on, []string{"y", "on"}}, {answerNo, off, []string{"n", "off"}}},
	})
}
