package flow

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"

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
	maps.DeleteFunc(e.s.Given, func(id string, _ Given) bool { return given(id) })
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
	if !e.put(step, is, func() wording.Text { return step.Mended(e.scope(), was, is) }) {
		return false
	}
	given, again := e.s.Given[step.ID]
	if !again {
		given.Value = was
	}
	e.measured(step, given.Value)
	if _, earlier := e.s.Mended[step.ID]; !earlier { // what the person knows is what it was at first
		e.tell(step, was)
	}
	return true
}

// put takes another answer in the place of a step's, if it holds and there are words for it.
func (e *engine) put(step Step, is string, word func() wording.Text) bool {
	was := e.s.Answers[step.ID]
	e.s.Answers[step.ID] = is
	if step.Check(e.scope(), is) != nil || word().IsZero() {
		e.s.Answers[step.ID] = was
		return false
	}
	e.mended = true
	return true
}

// tell has the card say that an answer was another.
func (e *engine) tell(step Step, was string) {
	if e.s.Mended == nil {
		e.s.Mended = Answers{}
	}
	e.s.Mended[step.ID] = was
}

// measured notes what the person gave, and by what it was measured.
func (e *engine) measured(step Step, given string) {
	if e.s.Given == nil {
		e.s.Given = map[string]Given{}
	}
	e.s.Given[step.ID] = Given{Value: given, Under: e.under(step)}
}

// measure goes back to what the person gave, where that was mended and what it hangs on has changed since: it comes
// back if it holds now, or is mended anew. Where neither can be, the answer that it was mended to stays.
func (e *engine) measure(step Step) {
	given, ok := e.s.Given[step.ID]
	if !ok || step.Again == nil || given.Under == e.under(step) {
		return
	}
	e.measured(step, given.Value)
	was, own := e.s.Answers[step.ID], given.Value
	if was == own {
		return
	}
	if e.put(step, own, func() wording.Text { return step.Again(e.scope(), own) }) {
		e.tell(step, was)
		return
	}
	if step.Check(e.scope(), was) != nil { // mended in its turn, as what the person saw last
		return
	}
	is, ok := step.Mend(e.scope(), own)
	if ok && is != was && e.put(step, is, func() wording.Text { return step.Mended(e.scope(), own, is) }) {
		e.tell(step, own)
	}
}

// under sums up what a step's answer is measured by, so that a change of it is seen.
func (e *engine) under(step Step) string {
	sum, facts := fnv.New64a(), e.facts()
	for _, id := range step.Needs {
		_, _ = fmt.Fprintf(sum, "%q", e.s.Answers[id])
	}
	for _, name := range step.Load {
		_, _ = fmt.Fprintf(sum, "%q", facts[name].Data)
	}
	return strconv.FormatUint(sum.Sum64(), 36)
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
		word := s.Mended(e.scope(), was, is)
		if given, mended := e.s.Given[s.ID]; mended && given.Value == is && s.Again != nil {
			word = s.Again(e.scope(), is)
		}
		if !word.IsZero() {
			words = append(words, word)
		}
	}
	return words
}
