package conversations

import (
	"strings"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// noteQuestion asks for a few words of one's own. The answer is the text, or empty where none is needed.
type noteQuestion struct {
	ask     func(flow.Scope) []wording.Text
	chips   []wording.Message // what stands on one is the answer, as it stands
	none    wording.Message   // the key that leaves it out; zero: something has to be said
	missing wording.Message   // what is said where nothing was
	long    wording.Message   // place {length}
}

// askNote completes a step with the question.
func askNote(step flow.Step, q noteQuestion) flow.Step {
	needed := q.none.ID == ""
	step.Ask = func(s flow.Scope) flow.Prompt {
		p := flow.Prompt{Body: q.ask(s)}
		for _, chip := range q.chips {
			p.Options = append(p.Options, []flow.Option{{Label: chip.Text(), Value: chip.English}})
		}
		if !needed {
			p.Options = append(p.Options, []flow.Option{{Label: q.none.Text(), Value: ""}})
		}
		return p
	}
	step.Parse = func(_ flow.Scope, text string) (flow.Answer, error) {
		if !needed && strings.EqualFold(strings.TrimSpace(text), q.none.English) { // the key, typed
			text = ""
		}
		answer, err := parseNote(text, q.long)
		if err == nil && needed && answer.Value == "" {
			return flow.Answer{}, refuse(q.missing.Text())
		}
		return answer, err
	}
	return step
}
