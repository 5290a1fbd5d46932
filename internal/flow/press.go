package flow

import (
	"slices"

	"phonechatbot/internal/wording"
)

// The actions of the engine's own buttons.
const (
	actPick    = "pick"
	actLook    = "look"
	actBack    = "back"
	actEdit    = "edit"
	actSend    = "send"
	actYes     = "yes"
	actReview  = "review"
	actCancel  = "cancel"
	actDiscard = "discard"
	actDraft   = "draft"
	actAgain   = "again"
	actShare   = "share"
)

func (e *engine) pressed(p Press) Turn {
	if p.Rev != e.s.Rev {
		return e.outOfDate()
	}
	switch p.Action {
	case actAgain:
	case actPick, actLook, actShare, actCancel: // what was mended is said until an answer is taken
		e.s.Seeking = ""
	default:
		e.s.Seeking, e.s.Mended = "", nil
	}
	step, onStep := e.flow.step(e.s.At)
	switch {
	case p.Action == actPick && onStep && !step.Secret:
		return e.answer(step, p.Value)
	case p.Action == actLook && onStep:
		e.s.Look = p.Value
		return e.goTo(step, nil, nil)
	case p.Action == actShare && onStep && step.Shares:
		t := e.stay(wording.Text{})
		t.Ask = true
		return t
	case p.Action == actBack:
		return e.back()
	case p.Action == actEdit && e.s.At == AtReview:
		if target, ok := e.flow.step(p.Value); ok && !e.skipped(target) {
			e.s.Editing = true
			return e.goTo(target, nil, nil)
		}
	case p.Action == actSend && e.s.At == AtReview:
		return e.check(false)
	case p.Action == actReview:
		if onStep { // kept by a word of the person's
			e.said(step.ID)
		}
		return e.onward(nil)
	case p.Action == actYes && e.s.At == AtConfirm:
		return e.agreed()
	case p.Action == actCancel:
		return e.cancel()
	case p.Action == actDraft && e.flow.Drafts && (e.s.At == AtReview || e.s.At == AtCancel):
		e.s.At = AtReview // or what is still open before it
		return Turn{Session: e.s, Over: true, Draft: true}
	case p.Action == actDiscard && e.s.At == AtCancel:
		return Turn{Session: e.s, Over: true}
	case p.Action == actAgain:
		return e.reread(step)
	}
	return e.outOfDate()
}

func (e *engine) outOfDate() Turn {
	t := e.stay(wording.Text{})
	t.Toast = e.flow.Words.OutOfDate
	return t
}

// agreed is a yes to the last question.
func (e *engine) agreed() Turn {
	if _, _, open := e.gap(); open || e.mended { // time passed while the question stood there
		return e.onward(nil)
	}
	if e.unchecked() {
		return e.check(true)
	}
	return e.submit("")
}

// reread reads once more what a step needs.
func (e *engine) reread(step Step) Turn {
	known := e.facts()
	for _, name := range step.Load {
		if _, ok := known[name]; ok { // of another answer, it may still be needed
			delete(e.s.Facts, name)
		}
	}
	return e.stay(wording.Text{})
}

func (e *engine) back() Turn {
	if e.s.Undo != nil {
		e.undo(nil)
		return e.onward(nil)
	}
	if e.s.Editing || e.s.At == AtConfirm && e.flow.Review != nil {
		return e.onward(nil)
	}
	last := len(e.flow.Steps)
	if i := slices.IndexFunc(e.flow.Steps, func(s Step) bool { return s.ID == e.s.At }); i >= 0 {
		last = i
	}
	for i := last - 1; i >= 0; i-- {
		if !e.skipped(e.flow.Steps[i]) {
			return e.goTo(e.flow.Steps[i], nil, nil)
		}
	}
	return e.stay(wording.Text{})
}

func (e *engine) cancel() Turn {
	anything := slices.ContainsFunc(e.flow.Steps, func(s Step) bool { _, ok := e.s.Answers[s.ID]; return ok })
	if !anything || e.flow.Brief || e.s.At == AtCancel {
		return Turn{Session: e.s, Over: true}
	}
	e.s.At = AtCancel
	return e.turn(e.cancelView())
}
