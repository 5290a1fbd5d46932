package flow

import (
	"errors"
	"maps"
	"slices"
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
	e.s.Seeking, e.s.Mended = "", nil
	answer, err := step.Parse(e.scope(), text)
	switch {
	case err == nil:
	case e.several(step, text):
		return e.onward(nil)
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
	before := maps.Clone(e.s.Answers)
	e.s.Answers[step.ID] = answer.Value
	maps.Copy(e.s.Answers, answer.Also)
	if step.Check != nil {
		if refusal := step.Check(e.scope(), answer.Value); refusal != nil {
			e.s.Answers = before
			return e.goTo(step, refusal, nil)
		}
	}
	e.said(step.ID)
	e.said(slices.Collect(maps.Keys(answer.Also))...)
	return e.onward(nil)
}

// several takes the answers to more than one step out of a line, if the step in front is among them.
func (e *engine) several(step Step, text string) bool {
	if e.flow.Several == nil || e.s.Editing {
		return false
	}
	found := e.flow.Several(e.scope(), text)
	if _, here := found[step.ID]; !here || len(found) < 2 {
		return false
	}
	maps.Copy(e.s.Answers, found)
	e.said(slices.Collect(maps.Keys(found))...)
	return true
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
