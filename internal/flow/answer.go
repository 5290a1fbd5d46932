package flow

import (
	"errors"
	"maps"
	"slices"

	"phonechatbot/internal/wording"
)

func (e *engine) typed(text string) Turn {
	step, ok := e.flow.step(e.s.At)
	if !ok && e.s.At == AtConfirm && e.flow.Review == nil { // on second thoughts
		step, ok = e.lastStep()
	}
	if !ok {
		return e.stay(e.flow.Words.UseButtons)
	}
	t := e.answer(step, text)
	t.Forget = t.Forget || step.Secret
	return t
}

// lastStep is the one before the question.
func (e *engine) lastStep() (Step, bool) {
	for _, s := range slices.Backward(e.flow.Steps) {
		if !e.skipped(s) {
			return s, true
		}
	}
	return Step{}, false
}

func (e *engine) answer(step Step, text string) Turn {
	e.s.Seeking = ""
	answer, err := step.Parse(e.scope(), text)
	if err != nil {
		if found := e.several(step, text); found != nil {
			return e.takeAll(step, found)
		}
	}
	switch {
	case err == nil:
	case e.seek(step, text):
		return e.goTo(step, nil, nil)
	}
	return e.take(step, answer, err)
}

// seek has something looked up for a text that could not be read without.
func (e *engine) seek(step Step, text string) bool {
	if step.Seek == nil || text == "" {
		return false
	}
	keep := step.Seek(e.scope(), text)
	if len(keep) == 0 {
		return false
	}
	maps.Copy(e.s.Answers, keep)
	for _, name := range step.Sought {
		delete(e.s.Facts, name)
	}
	e.s.At, e.s.Seeking, e.s.Look = step.ID, text, ""
	return true
}

// take goes on with an answer, or says why it was refused.
func (e *engine) take(step Step, answer Answer, err error) Turn {
	if err != nil {
		var refusal *Refusal
		if !errors.As(err, &refusal) {
			refusal = &Refusal{}
		}
		return e.goTo(step, refusal, nil)
	}
	if step.Secret {
		t := e.submit(answer.Value)
		t.Forget = true
		return t
	}
	given := Answers{}
	maps.Copy(given, answer.Also)
	given[step.ID] = answer.Value
	before := maps.Clone(e.s.Answers)
	maps.Copy(e.s.Answers, given)
	if step.Check != nil {
		if refusal := step.Check(e.scope(), answer.Value); refusal != nil {
			e.s.Answers = before
			return e.goTo(step, refusal, nil)
		}
	}
	e.s.Answers = before
	return e.takeAll(step, given)
}

// takeAll goes on with the answers to one step or more. None is taken if one of them is refused that would take the
// place of an earlier answer; where nothing would be lost, it is asked at its own step.
func (e *engine) takeAll(step Step, given Answers) Turn {
	before, stood := maps.Clone(e.s.Answers), e.stands(step)
	maps.Copy(e.s.Answers, given)
	if refused, refusal := e.replacing(before, given); refusal != nil {
		var notes []wording.Text
		if refused.ID != step.ID {
			if refusal.Why.IsZero() { // its own question says why
				notes = refused.Ask(e.scope()).Body
			}
			refusal = &Refusal{Why: refusal.Why} // what would mend it is no answer to the step in front
		}
		e.s.Answers = before
		return e.goTo(step, refusal, notes)
	}
	e.s.Mended = nil
	e.said(slices.Collect(maps.Keys(given))...)
	if len(e.missing(step.Load)) == 0 {
		e.s.Undo = nil
	} else if e.s.Editing && stood {
		e.remember(before, given)
	}
	return e.onward(nil)
}

// replacing finds the first of the answers just given that is refused in the place of another. What its step reads may
// not be known yet: then it is checked when it is.
func (e *engine) replacing(before, given Answers) (Step, *Refusal) {
	for _, s := range e.flow.Steps {
		value, anew := given[s.ID]
		if _, had := before[s.ID]; !anew || !had || s.Check == nil || e.skipped(s) || len(e.missing(s.Load)) > 0 {
			continue
		}
		if refusal := s.Check(e.scope(), value); refusal != nil {
			return s, refusal
		}
	}
	return Step{}, nil
}

// stands reports whether a step has an answer that is known to hold.
func (e *engine) stands(s Step) bool {
	value, ok := e.s.Answers[s.ID]
	return ok && len(e.missing(s.Load)) == 0 && (s.Check == nil || s.Check(e.scope(), value) == nil)
}

// several finds the answers to more than one step in a line, if the step in front is among them.
func (e *engine) several(step Step, text string) Answers {
	if e.flow.Several == nil || e.s.Editing {
		return nil
	}
	found := e.flow.Several(e.scope(), text)
	if _, here := found[step.ID]; !here || len(found) < 2 {
		return nil
	}
	return found
}

func (e *engine) shared(in Shared) Turn {
	step, ok := e.flow.step(e.s.At)
	switch {
	case !ok || !step.Shares:
		return e.stay(e.flow.Words.TextOnly)
	case !in.Own:
		return e.stay(e.flow.Words.NotYours)
	}
	return e.answer(step, in.Phone)
}
