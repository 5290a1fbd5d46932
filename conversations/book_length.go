package conversations

import (
	"slices"
	"strconv"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

var (
	msgLengthAsk   = msg("book.length.ask", "<b>How long?</b> At least 5 minutes; type any number of minutes, for example <code>25</code>.")
	msgLengthWhen  = msg("book.length.when", "The call begins <b>{when}</b>.")
	msgLengthPrice = msg("book.length.price", "The price of {name} is {price} credits a minute.")
	msgLengthBad   = msg("book.length.bad", "I could not read that length. Type minutes, for example <code>30</code>.")
	msgLengthShort = msg("book.length.short", "A call takes at least 5 minutes. For example <code>15</code>.")
	msgLengthLong  = msg("book.length.long", "A call can't be longer than 24 hours. For example <code>60</code>.")
	msgLengthKey   = msg("book.length.key", "{minutes} min")
	msgLengthCost  = msg("book.length.key_cost", "{minutes} min · {credits}")
)

const maxMinutes = 24 * 60

func lengthStep(c clock) flow.Step {
	return flow.Step{
		ID: stepLength, Label: msgLabelLength.Text(), Needs: []string{stepWho, stepDay, stepTime}, Load: []string{factPerformer},
		Ask: func(s flow.Scope) flow.Prompt {
			p := flow.Prompt{Body: []wording.Text{msgLengthAsk.Text()}}
			if session, kind := sessionTime(s, c); kind == when.Normal { // as understood from what was typed
				p.Body = append([]wording.Text{msgLengthWhen.With(wording.Args{"when": c.moment(session)})}, p.Body...)
			}
			var fact performerFact
			priced := s.Fact(factPerformer, &fact) && fact.HasPrice
			if priced {
				p.Body = append(p.Body, msgLengthPrice.With(wording.Args{"name": draft(s, c).name, "price": priceText(fact.Price)}))
			}
			for lengths := range slices.Chunk([]int{10, 15, 20, 30, 45, 60}, 3) {
				var row []flow.Option
				for _, n := range lengths {
					label := msgLengthKey.With(wording.Args{"minutes": n})
					if priced {
						label = msgLengthCost.With(wording.Args{"minutes": n, "credits": fact.Price.Times(n).RoundUp().String()})
					}
					row = append(row, flow.Option{Label: label, Value: strconv.Itoa(n)})
				}
				p.Options = append(p.Options, row)
			}
			return p
		},
		Parse: func(_ flow.Scope, text string) (flow.Answer, error) {
			n, err := when.Minutes(text)
			if err != nil {
				return flow.Answer{}, refuse(msgLengthBad.Text())
			}
			return flow.Answer{Value: strconv.Itoa(n)}, nil
		},
		Check: func(_ flow.Scope, value string) *flow.Refusal {
			n, err := strconv.Atoi(value)
			switch {
			case err != nil || n < apiclient.MinDuration:
				return refuse(msgLengthShort.Text())
			case n > maxMinutes:
				return refuse(msgLengthLong.Text())
			}
			return nil
		},
	}
}
