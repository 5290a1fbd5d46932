package conversations

import (
	"errors"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

var (
	msgAmountBad  = msg("amount.bad", "I could not read that amount. Type credits with at most two decimal places, for example <code>{example}</code>.")
	msgAmountZero = msg("amount.zero", "The amount must be above zero, for example <code>{example}</code>.")
)

// amountQuestion asks for credits. The answer is an exact decimal, as creditsIn reads it.
type amountQuestion struct {
	ask     func(flow.Scope) flow.Prompt
	example func(flow.Scope) string                           // of an amount that will do
	fix     bool                                              // the example is a key, too, wherever an answer is refused here
	check   func(flow.Scope, apiclient.Credits) *flow.Refusal // nil: all that is above zero will do
}

// askAmount completes a step with the question.
func askAmount(step flow.Step, q amountQuestion) flow.Step {
	step.Ask = q.ask
	step.Parse = func(s flow.Scope, text string) (flow.Answer, error) {
		return parseAmount(text, q.example(s), q.fixes(s)...)
	}
	step.Check = func(s flow.Scope, value string) *flow.Refusal {
		credits, err := apiclient.ParseCredits(value)
		switch {
		case err != nil:
			return refuse(msgAmountBad.With(wording.Args{"example": q.example(s)}), q.fixes(s)...)
		case q.check == nil:
			return nil
		}
		return q.check(s, credits)
	}
	return step
}

func (q amountQuestion) fixes(s flow.Scope) []flow.Option {
	if !q.fix {
		return nil
	}
	return []flow.Option{plain(q.example(s), q.example(s))}
}

// parseAmount reads credits as they are typed; what it refuses, it refuses with an example.
func parseAmount(text, example string, fix ...flow.Option) (flow.Answer, error) {
	amount, err := when.Amount(text)
	switch {
	case errors.Is(err, when.ErrNotPositive):
		return flow.Answer{}, refuse(msgAmountZero.With(wording.Args{"example": example}), fix...)
	case err != nil:
		return flow.Answer{}, refuse(msgAmountBad.With(wording.Args{"example": example}), fix...)
	}
	return flow.Answer{Value: amount}, nil
}

// creditsIn is the answer to a question for credits; zero if there is none.
func creditsIn(answers flow.Answers, step string) apiclient.Credits {
	credits, _ := apiclient.ParseCredits(answers[step])
	return credits
}
