package conversations

import (
	"slices"
	"strings"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// choice is one of the answers that a question has. Its key can be pressed; its value, its label and some more words,
// in lower case, can be typed.
type choice struct {
	value string
	label wording.Message
	words []string
}

// choiceQuestion asks for one of a few answers. The answer is the value of the choice.
type choiceQuestion struct {
	ask, bad wording.Message
	choices  []choice
}

// askChoice completes a step with the question.
func askChoice(step flow.Step, q choiceQuestion) flow.Step {
	step.Ask = func(flow.Scope) flow.Prompt {
		var row []flow.Option
		for _, c := range q.choices {
			row = append(row, flow.Option{Label: c.label.Text(), Value: c.value})
		}
		return flow.Prompt{Body: []wording.Text{q.ask.Text()}, Options: [][]flow.Option{row}}
	}
	step.Parse = func(_ flow.Scope, text string) (flow.Answer, error) {
		word := strings.ToLower(strings.TrimSpace(text))
		for _, c := range q.choices {
			if word == c.value || word == strings.ToLower(c.label.English) || slices.Contains(c.words, word) {
				return flow.Answer{Value: c.value}, nil
			}
		}
		return flow.Answer{}, refuse(q.bad.Text())
	}
	step.Check = func(_ flow.Scope, value string) *flow.Refusal {
		if !slices.ContainsFunc(q.choices, func(c choice) bool { return c.value == value }) {
			return refuse(q.bad.Text())
		}
		return nil
	}
	return step
}
