package flow

import (
	"time"

	"phonechatbot/internal/wording"
)

// gap finds the first step that has no answer, whose facts are not known, or whose answer does not
// hold any more and can't be mended. What lies before it holds then, mended or not.
func (e *engine) gap() (Step, *Refusal, bool) {
	for {
		step, refusal, open := e.firstOpen()
		if refusal == nil || !e.mend(step) {
			return step, refusal, open
		}
	}
}

func (e *engine) firstOpen() (Step, *Refusal, bool) {
	for _, s := range e.flow.Steps {
		if e.skipped(s) {
			continue
		}
		if _, ok := e.s.Answers[s.ID]; !ok || len(e.missing(s.Load)) > 0 {
			return s, nil, true
		}
		e.measure(s)
		if s.Check != nil {
			if r := s.Check(e.scope(), e.s.Answers[s.ID]); r != nil {
				return s, r, true
			}
		}
		e.hold(s)
	}
	return Step{}, nil, false
}

// onward goes to the first open step, or to the review, or to the end.
func (e *engine) onward(notes []wording.Text) Turn {
	e.s.Editing = false
	step, refusal, open := e.gap()
	if open {
		return e.goTo(step, refusal, notes)
	}
	if e.flow.Review != nil {
		e.s.At = AtReview
		return e.turn(e.reviewView(notes))
	}
	return e.confirm(notes)
}

// unsent goes onward where the person said nothing just now. A form that its last answer sends stays at that
// one: it was refused, or the sending is for somebody to say.
func (e *engine) unsent(notes []wording.Text) Turn {
	_, _, open := e.gap()
	if last, ok := e.lastStep(); ok && !open && e.flow.Review == nil && e.flow.Confirm == nil {
		return e.goTo(last, nil, notes)
	}
	return e.onward(notes)
}

// goTo asks a step, once what it needs to know is known.
func (e *engine) goTo(step Step, refusal *Refusal, notes []wording.Text) Turn {
	if e.s.At != step.ID {
		e.s.At, e.s.Look, e.s.Seeking = step.ID, "", ""
	}
	wants := e.missing(step.Load)
	if e.s.Seeking != "" {
		wants = append(wants, e.missing(step.Sought)...)
	}
	if len(wants) > 0 {
		t := e.turn(e.note(notes, e.flow.Words.Working))
		t.Load = wants
		return t
	}
	return e.turn(e.stepView(step, refusal, notes))
}

func (e *engine) confirm(notes []wording.Text) Turn {
	if e.flow.Confirm != nil {
		e.s.At = AtConfirm
		return e.turn(e.confirmView(notes))
	}
	return e.submit("")
}

// checkHolds is for how long the last question may stand before a yes to it has the facts read again.
const checkHolds = 10 * time.Minute

// unchecked reports whether the facts behind the last question are too old to send on.
func (e *engine) unchecked() bool {
	age := e.now.Sub(e.s.Checked)
	return len(e.flow.Recheck) > 0 && (age < 0 || age > checkHolds)
}

// check reads once more what the answers hang on, before the last question, or for a yes to one that stood too long.
func (e *engine) check(sure bool) Turn {
	if _, _, open := e.gap(); open || e.mended {
		return e.onward(nil)
	}
	if len(e.flow.Recheck) == 0 {
		return e.confirm(nil)
	}
	e.s.At, e.s.Sure = AtChecking, sure
	t := e.turn(e.note(nil, e.flow.Words.Working))
	for _, name := range e.flow.Recheck {
		t.Load = append(t.Load, Want{Name: name, For: e.flow.Facts[name](e.scope())})
	}
	return t
}

func (e *engine) submit(secretAnswer string) Turn {
	doing := e.flow.Words.Working
	if secretAnswer == "" {
		e.s.At, doing = AtSending, e.flow.Words.Sending
	}
	t := e.turn(e.note(nil, doing))
	t.Submit, t.Secret = true, secretAnswer
	return t
}

// stay keeps the form where it is, with a remark.
func (e *engine) stay(note wording.Text) Turn {
	var notes []wording.Text
	if !note.IsZero() {
		notes = []wording.Text{note}
	}
	return e.again(nil, notes)
}

// again draws the place the session is at.
func (e *engine) again(refusal *Refusal, notes []wording.Text) Turn {
	switch e.s.At {
	case AtReview, AtChecking:
		return e.unsent(notes)
	case AtConfirm:
		if e.flow.Confirm == nil {
			return e.unsent(notes)
		}
		if _, _, open := e.gap(); open || e.mended {
			return e.onward(notes)
		}
		return e.turn(e.confirmView(notes))
	case AtSending, AtUnsure:
		return e.turn(e.flightView())
	case AtCancel:
		return e.turn(e.cancelView())
	}
	if step, ok := e.flow.step(e.s.At); ok && !e.skipped(step) {
		return e.goTo(step, refusal, notes)
	}
	return e.unsent(notes)
}

func (e *engine) redraw(note wording.Text) Turn {
	if e.s.At == AtCancel {
		return e.onward(nil)
	}
	return e.stay(note)
}
