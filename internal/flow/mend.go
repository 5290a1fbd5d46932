package flow

import (
	"slices"

	"phonechatbot/internal/wording"
)

// hold notes that a step's answer was taken as it stands. Only such an answer is mended: it was right once.
func (e *engine) hold(s Step) {
	if s.Mend != nil && !slices.Contains(e.s.Held, s.ID) {
		e.s.Held = append(e.s.Held, s.ID)
	}
}

// said notes that the person has just given these answers: what is wrong with them is for the person to hear.
func (e *engine) said(ids ...string) {
	given := func(id string) bool { return slices.Contains(ids, id) }
	e.s.Held, e.held = slices.DeleteFunc(e.s.Held, given), slices.DeleteFunc(e.held, given)
}

// mend puts right the answer of a step that does not hold any more, once a turn. Mending one can send another out
// of true, but never in a circle, as Needs has none.
func (e *engine) mend(step Step) bool {
	i := slices.Index(e.held, step.ID)
	if step.Mend == nil || i < 0 {
		return false
	}
	e.held = slices.Delete(e.held, i, i+1)
	was := e.s.Answers[step.ID]
	is, ok := step.Mend(e.scope(), was)
	if !ok {
		return false
	}
	e.s.Answers[step.ID] = is
	if step.Check(e.scope(), is) != nil || step.Mended(e.scope(), was, is).IsZero() {
		e.s.Answers[step.ID] = was
		return false
	}
	if e.s.Mended == nil {
		e.s.Mended = Answers{}
	}
	if _, earlier := e.s.Mended[step.ID]; !earlier { // what the person knows is what it was at first
		e.s.Mended[step.ID] = was
	}
	e.mended = true
	return true
}

// mendedWords say what was mended since the person last went on, in the order of the steps. What does not hold by
// now is no news: it is asked, or mended again.
func (e *engine) mendedWords() []wording.Text {
	var words []wording.Text
	for _, s := range e.flow.Steps {
		was, ok := e.s.Mended[s.ID]
		is := e.s.Answers[s.ID]
		if !ok || was == is || s.Mended == nil || s.Check(e.scope(), is) != nil {
			continue
		}
		if word := s.Mended(e.scope(), was, is); !word.IsZero() {
			words = append(words, word)
		}
	}
	return words
}
