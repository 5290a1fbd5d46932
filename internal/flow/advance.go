package flow

import (
	"errors"
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
	s.Answers, s.Facts = maps.Clone(s.Answers), maps.Clone(s.Facts)
	if s.Answers == nil {
		s.Answers = Answers{}
	}
	if s.Facts == nil {
		s.Facts = map[string]Fact{}
	}
	e := &engine{flow: f, s: s, now: now}
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
	flow Flow
	s    Session
	now  time.Time
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

func (e *engine) skipped(s Step) bool { return s.Skip != nil && s.Skip(e.scope()) }

// gap finds the first step that has no answer, whose facts are not known, or whose answer does not
// hold any more.
func (e *engine) gap() (Step, *Refusal, bool) {
	for _, s := range e.flow.Steps {
		if e.skipped(s) {
			continue
		}
		value, ok := e.s.Answers[s.ID]
		if !ok || len(e.missing(s.Load)) > 0 {
			return s, nil, true
		}
		if s.Check != nil {
			if r := s.Check(e.scope(), value); r != nil {
				return s, r, true
			}
		}
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

func (e *engine) confirm(notes []wording.Text) Turn {
	if e.flow.Confirm != nil {
		e.s.At = AtConfirm
		return e.turn(e.confirmView(notes))
	}
	return e.submit("")
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
		if step, r, open := e.gap(); open {
			return e.goTo(step, r, notes)
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
	for id, value := range answer.Also {
		e.s.Answers[id] = value
	}
	if step.Check != nil {
		if refusal := step.Check(e.scope(), answer.Value); refusal != nil {
			e.s.Answers = before
			return e.goTo(step, refusal, nil)
		}
	}
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
		t := e.stay(wording.Text{})
		t.Toast = e.flow.Words.OutOfDate
		return t
	}
	if p.Action != actAgain {
		e.s.Seeking = ""
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
		return e.check()
	case p.Action == actReview:
		return e.onward(nil)
	case p.Action == actYes && e.s.At == AtConfirm:
		if step, refusal, open := e.gap(); open { // time passed while the question stood there
			return e.goTo(step, refusal, nil)
		}
		return e.submit("")
	case p.Action == actCancel:
		return e.cancel()
	case p.Action == actDraft && e.flow.Drafts && (e.s.At == AtReview || e.s.At == AtCancel):
		e.s.At = AtReview // or what is still open before it
		return Turn{Session: e.s, Over: true, Draft: true}
	case p.Action == actDiscard && e.s.At == AtCancel:
		return Turn{Session: e.s, Over: true}
	case p.Action == actAgain:
		for _, name := range step.Load {
			delete(e.s.Facts, name)
		}
		return e.stay(wording.Text{})
	}
	t := e.stay(wording.Text{})
	t.Toast = e.flow.Words.OutOfDate
	return t
}

// check reads once more what the answers hang on, before the last question.
func (e *engine) check() Turn {
	if step, refusal, open := e.gap(); open {
		return e.goTo(step, refusal, nil)
	}
	if len(e.flow.Recheck) == 0 {
		return e.confirm(nil)
	}
	e.s.At = AtChecking
	t := e.turn(e.note(nil, e.flow.Words.Working))
	for _, name := range e.flow.Recheck {
		t.Load = append(t.Load, Want{Name: name, For: e.flow.Facts[name](e.scope())})
	}
	return t
}

func (e *engine) back() Turn {
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

func (e *engine) loaded(in Loaded) Turn {
	if !in.Problem.IsZero() {
		if e.s.At == AtChecking {
			e.s.At = AtReview
		}
		return e.turn(e.stuckView(in.Problem))
	}
	before := e.scope()
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
		switch {
		case open && refusal != nil:
			return e.goTo(step, refusal, nil)
		case answered && !e.s.Editing:
			return e.unsent(nil)
		}
		return e.again(nil, nil)
	}
	var notes []wording.Text
	if e.flow.Changed != nil {
		notes = e.flow.Changed(before, e.scope())
	}
	if _, _, open := e.gap(); open || len(notes) > 0 {
		return e.onward(notes)
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
