package flow

import (
	"maps"
	"slices"
	"time"

	"phonechatbot/internal/wording"
)

// Open begins a form with some answers already given; facts read earlier may come along.
func Open(f Flow, id string, given Answers, facts map[string]Fact, now time.Time) Turn {
	s := Session{ID: id, Flow: f.Name, Version: f.Version, Opened: now, Answers: Answers{}, Facts: map[string]Fact{}}
	maps.Copy(s.Answers, given)
	maps.Copy(s.Facts, facts)
	return (&engine{flow: f, s: s, now: now}).onward(nil)
}

// Advance is the whole engine: where the form stands after one input, and what that asks of the shell.
// It reads its arguments only; the session that was handed in stays as it was.
func Advance(f Flow, s Session, in Input, now time.Time) Turn {
	s.Answers, s.Facts, s.Mended, s.Held = maps.Clone(s.Answers), maps.Clone(s.Facts), maps.Clone(s.Mended), slices.Clone(s.Held)
	s.Given, s.Undo = maps.Clone(s.Given), maps.Clone(s.Undo)
	if s.Answers == nil {
		s.Answers = Answers{}
	}
	if s.Facts == nil {
		s.Facts = map[string]Fact{}
	}
	e := &engine{flow: f, s: s, now: now, held: slices.Clone(s.Held)}
	if sent, ok := in.(Sent); ok {
		return e.sent(sent)
	}
	if s.At == AtSending || s.At == AtUnsure {
		return e.inFlight(in)
	}
	switch in := in.(type) {
	case Loaded:
		return e.loaded(in)
	case Typed:
		return e.typed(in.Text)
	case Pressed:
		return e.pressed(in.Press)
	case Shared:
		return e.shared(in)
	case Odd:
		return e.stay(f.Words.TextOnly)
	case Cancel:
		return e.cancel()
	case Redraw:
		return e.redraw(in.Note)
	}
	return e.stay(wording.Text{})
}

type engine struct {
	flow   Flow
	s      Session
	now    time.Time
	held   []string // steps whose answer can still be mended in this turn
	mended bool     // something was, in this turn
}

func (e *engine) scope() Scope {
	return Scope{Answers: e.s.Answers, Facts: e.facts(), Now: e.now, Look: e.s.Look}
}

// facts are those that were read for the answers as they are now.
func (e *engine) facts() map[string]Fact {
	fresh := map[string]Fact{}
	for name, fact := range e.s.Facts {
		if key := e.flow.Facts[name]; key != nil && key(Scope{Answers: e.s.Answers, Now: e.now}) == fact.For {
			fresh[name] = fact
		}
	}
	return fresh
}

func (e *engine) missing(names []string) []Want {
	var wants []Want
	known := e.facts()
	for _, name := range names {
		if _, ok := known[name]; !ok {
			wants = append(wants, Want{Name: name, For: e.flow.Facts[name](e.scope())})
		}
	}
	return wants
}

func (e *engine) skipped(s Step) bool { return s.Skip != nil && s.Skip(e.scope()) }

// turn closes a turn that moved the session: one revision on, and its buttons are stamped with it.
func (e *engine) turn(v View) Turn {
	e.s.Rev++
	e.s.Touched, e.s.Nudged = e.now, false
	return Turn{Session: e.s, View: e.stamp(v)}
}

func (e *engine) stamp(v View) View {
	v.Protect = e.flow.Protect
	for _, row := range v.Rows {
		for i := range row {
			if row[i].Press.Action != "" && row[i].Press.Of == "" {
				row[i].Press.Of, row[i].Press.Rev = e.s.ID, e.s.Rev
			}
		}
	}
	return v
}
