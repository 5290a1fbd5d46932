package flow

import (
	"maps"
	"reflect"

	"phonechatbot/internal/wording"
)

func (e *engine) loaded(in Loaded) Turn {
	if !in.Problem.IsZero() {
		if e.s.At == AtChecking {
			e.s.At = AtReview
		}
		return e.turn(e.stuckView(in.Problem))
	}
	before, known := e.scope(), maps.Clone(e.s.Facts)
	maps.Copy(e.s.Facts, in.Facts)
	if step, ok := e.flow.step(e.s.At); ok && e.s.Seeking != "" && len(e.missing(step.Sought)) == 0 {
		text := e.s.Seeking
		e.s.Seeking = ""
		answer, err := step.Parse(e.scope(), text)
		return e.take(step, answer, err)
	}
	if e.s.At != AtChecking {
		// An earlier answer may not hold in the light of what was read; and a step that has its
		// answer already was only waiting for the facts.
		step, refusal, open := e.gap()
		_, answered := e.s.Answers[e.s.At]
		_, edited := e.s.Undo[step.ID]
		switch {
		case open && refusal != nil && edited:
			e.undo(known)
			e.s.Editing = true
			return e.goTo(step, refusal, nil)
		case open && refusal != nil:
			e.settled()
			return e.goTo(step, refusal, nil)
		case answered && !e.s.Editing:
			e.settled()
			return e.unsent(nil)
		}
		return e.again(nil, nil)
	}
	e.s.Checked = e.now
	var notes []wording.Text
	if e.flow.Changed != nil {
		notes = e.flow.Changed(before, e.scope())
	}
	if _, _, open := e.gap(); open || e.mended || len(notes) > 0 {
		return e.onward(notes)
	}
	if e.s.Sure && e.flow.Confirm != nil && reflect.DeepEqual(e.flow.Confirm(before), e.flow.Confirm(e.scope())) {
		return e.submit("")
	}
	return e.confirm(nil)
}

func (e *engine) sent(in Sent) Turn {
	var notes []wording.Text
	if !in.Note.IsZero() {
		notes = []wording.Text{in.Note}
	}
	maps.Copy(e.s.Facts, in.Facts)
	switch in.Outcome {
	case OutcomeDone:
		return Turn{Session: e.s, View: in.View, Over: true}
	case OutcomeUnsure:
		e.s.At = AtUnsure
		return e.turn(e.flightView())
	case OutcomeRefused, OutcomeAbsent:
		e.s.Attempt++
	}
	if e.s.At == AtSending || e.s.At == AtUnsure {
		e.s.At = ""
	}
	return e.again(nil, notes)
}

// inFlight keeps a form still while its request is on the way or its outcome unknown.
func (e *engine) inFlight(in Input) Turn {
	t := Turn{Session: e.s, View: e.stamp(e.flightView())}
	if _, ok := in.(Pressed); ok {
		t.Toast = e.flow.Words.Checked
	}
	return t
}
