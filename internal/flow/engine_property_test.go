package flow_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// player is a person at a form, and the shell that reads for it.
type player struct {
	flow   flow.Flow
	limits map[string]int // what is read, by what it is read for; 9 where nothing stands
	turn   flow.Turn
}

func (p *player) read(want flow.Want) flow.Fact {
	limit, ok := p.limits[want.For]
	if !ok {
		limit = 9
	}
	data, _ := json.Marshal(limit)
	return flow.Fact{For: want.For, Data: data}
}

// do plays an input and reads what the form asks for; it reports whether the form came to rest.
func (p *player) do(in flow.Input) bool {
	handed, before := p.turn.Session, spelt(p.turn.Session)
	p.turn = flow.Advance(p.flow, handed, in, now)
	if spelt(handed) != before {
		panic("the session that was handed in has changed: " + before)
	}
	for range len(p.flow.Steps) + 3 {
		if len(p.turn.Load) == 0 {
			return true
		}
		facts := map[string]flow.Fact{}
		for _, want := range p.turn.Load {
			facts[want.Name] = p.read(want)
		}
		p.turn = flow.Advance(p.flow, p.turn.Session, flow.Loaded{Facts: facts}, now)
	}
	return false
}

func spelt(s flow.Session) string {
	data, _ := json.Marshal(s)
	return string(data)
}

func (p *player) copy() *player {
	q := *p
	return &q
}

// sensible does what a person would who wants the form to be sent: an answer that is taken, the way on.
func (p *player) sensible() bool {
	switch at := p.turn.Session.At; at {
	case flow.AtSending, flow.AtUnsure:
		return p.do(flow.Sent{Outcome: flow.OutcomeAbsent})
	case flow.AtCancel:
		return p.press("Go on") || p.do(flow.Redraw{})
	case flow.AtChecking, "":
		return p.do(flow.Redraw{})
	}
	for n := 1; n <= 9; n++ {
		try, was := p.copy(), p.turn.Session
		rested := try.do(flow.Typed{Text: strconv.Itoa(n)})
		is := try.turn.Session
		if on := is.At != was.At || len(is.Answers) > len(was.Answers) || !cmp.Equal(is.Facts, was.Facts); rested && on {
			*p = *try
			return true
		}
	}
	return p.press("Again") || p.do(flow.Redraw{})
}

func (p *player) press(label string) bool {
	for _, b := range slices.Concat(p.turn.View.Rows...) {
		if (wording.Catalogue{}).Plain(b.Label) == label {
			return p.do(flow.Pressed{Press: b.Press})
		}
	}
	return false
}

// ready reports whether only a yes is missing, or not even that.
func (p *player) ready() bool {
	at := p.turn.Session.At
	return p.turn.Submit || at == flow.AtReview || at == flow.AtConfirm
}

// anyFlow is a form whose steps take 1 to 9: no more than a fact says (5 and up), nothing that a step they need has.
func anyFlow(r *rapid.T) flow.Flow {
	f := flow.Flow{
		Name: "any", Version: 1, Title: text("any"), Words: testWords(), Brief: rapid.Bool().Draw(r, "brief"),
		Facts: map[string]func(flow.Scope) string{},
	}
	for i := range rapid.IntRange(1, 6).Draw(r, "steps") {
		f.Steps = append(f.Steps, anyStep(r, &f, i))
	}
	if rapid.Bool().Draw(r, "asks") {
		f.Confirm = func(flow.Scope) []wording.Text { return []wording.Text{text("sure?")} }
		f.Yes = func(flow.Scope) wording.Text { return text("yes") }
	}
	switch {
	case rapid.Bool().Draw(r, "reviews"):
		f.Review = func(flow.Scope) []wording.Text { return []wording.Text{text("all")} }
		for _, s := range f.Steps {
			if len(s.Load) > 0 && rapid.Bool().Draw(r, "recheck") {
				f.Recheck = append(f.Recheck, s.Load[0])
			}
		}
	case f.Confirm == nil:
		f.Brief, f.Steps[len(f.Steps)-1].Skip = true, nil
		for i := range f.Steps { // there is nothing to show it on before it is sent
			f.Steps[i].Mend, f.Steps[i].Mended = nil, nil
		}
	}
	if rapid.Bool().Draw(r, "several") {
		f.Several = func(_ flow.Scope, line string) flow.Answers {
			found := flow.Answers{}
			for i, word := range strings.Split(line, ",") {
				if i < len(f.Steps) {
					found[f.Steps[i].ID] = word
				}
			}
			return found
		}
	}
	if err := f.Validate(); err != nil {
		r.Fatal(err)
	}
	return f
}

func anyStep(r *rapid.T, f *flow.Flow, i int) flow.Step {
	var earlier []string
	for _, s := range f.Steps {
		if rapid.IntRange(0, 2).Draw(r, "needs") == 0 && len(earlier) < 3 {
			earlier = append(earlier, s.ID)
		}
	}
	s := flow.Step{
		ID: fmt.Sprintf("s%d", i), Needs: earlier, Shares: rapid.Bool().Draw(r, "shares"),
		Ask: func(flow.Scope) flow.Prompt {
			return flow.Prompt{
				Body:    []wording.Text{text("which?")},
				Options: [][]flow.Option{{{Label: text("four"), Value: "4"}, {Label: text("look"), Value: "x", Look: true}}},
				Reload:  i%2 == 0,
			}
		},
		Parse: func(_ flow.Scope, line string) (flow.Answer, error) {
			if n, err := strconv.Atoi(line); err != nil || n < 1 || n > 9 {
				return flow.Answer{}, &flow.Refusal{Why: text("1 to 9"), Fix: []flow.Option{{Label: text("five"), Value: "5"}}}
			}
			return flow.Answer{Value: line}, nil
		},
	}
	if rapid.Bool().Draw(r, "labelled") {
		s.Label = text(s.ID)
	}
	fact := fmt.Sprintf("f%d", i)
	if rapid.Bool().Draw(r, "loads") {
		s.Load = []string{fact}
		f.Facts[fact] = func(s flow.Scope) string {
			if len(earlier) == 0 {
				return ""
			}
			return s.Answers[earlier[0]]
		}
	}
	if len(earlier) > 0 && rapid.Bool().Draw(r, "skips") {
		s.Skip = func(s flow.Scope) bool { return s.Answers[earlier[0]] == "4" }
	}
	if rapid.Bool().Draw(r, "checks") {
		s.Check = func(s flow.Scope, value string) *flow.Refusal {
			var limit int
			n, _ := strconv.Atoi(value)
			taken := slices.ContainsFunc(earlier, func(id string) bool { return s.Answers[id] == value })
			if n < 1 || taken || s.Fact(fact, &limit) && n > limit {
				return &flow.Refusal{Why: text("not that")}
			}
			return nil
		}
		if rapid.Bool().Draw(r, "mends") {
			is := rapid.SampledFrom([]string{"1", "3", "5", "odd"}).Draw(r, "to")
			s.Mend = func(s flow.Scope, was string) (string, bool) { return is, was != "7" }
			s.Mended = func(_ flow.Scope, was, is string) wording.Text { return mendedText(i, was, is) }
			if rapid.Bool().Draw(r, "returns") {
				s.Again = func(_ flow.Scope, is string) wording.Text { return againText(i, is) }
			}
		}
	}
	return s
}

func mendedText(step int, was, is string) wording.Text {
	return text(fmt.Sprintf("s%d was %s, is %s", step, was, is))
}

func againText(step int, is string) wording.Text {
	return text(fmt.Sprintf("s%d is %s again", step, is))
}

// anyPlayer sits at a form that may stand anywhere, with any answers, even such as it would never take.
func anyPlayer(r *rapid.T, f flow.Flow) *player {
	p := &player{flow: f, limits: map[string]int{}}
	for _, of := range []string{"", "1", "2", "4", "7"} {
		p.limits[of] = rapid.IntRange(5, 9).Draw(r, "limit")
	}
	s := flow.Session{ID: "abc", Flow: f.Name, Version: f.Version, Rev: rapid.IntRange(0, 9).Draw(r, "rev"), Answers: flow.Answers{}, Facts: map[string]flow.Fact{}, Given: map[string]flow.Given{}}
	places := []string{flow.AtReview, flow.AtChecking, flow.AtConfirm, flow.AtSending, flow.AtUnsure, flow.AtCancel, "", "gone"}
	for _, step := range f.Steps {
		places = append(places, step.ID)
		if rapid.Bool().Draw(r, "answered") {
			s.Answers[step.ID] = rapid.SampledFrom([]string{"1", "2", "3", "4", "7", "9", "odd", ""}).Draw(r, "answer")
		}
		if step.Mend != nil && rapid.Bool().Draw(r, "held") {
			s.Held = append(s.Held, step.ID)
		}
		if step.Mend != nil && rapid.Bool().Draw(r, "mended before") {
			value := rapid.SampledFrom([]string{"2", "4", "9", "odd"}).Draw(r, "given")
			s.Given[step.ID] = flow.Given{Value: value, Under: "something else"}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Facts)) {
		if rapid.Bool().Draw(r, "known") {
			s.Facts[name] = p.read(flow.Want{Name: name, For: rapid.SampledFrom([]string{"", "1", "2", "4"}).Draw(r, "for")})
		}
	}
	if rapid.Bool().Draw(r, "checked") {
		s.Checked = now
	}
	s.At = rapid.SampledFrom(places).Draw(r, "at")
	if s.At == flow.AtCancel && f.Brief { // where it never stands
		s.At = ""
	}
	p.turn.Session = s
	return p
}

func (p *player) anything(r *rapid.T) flow.Input {
	someID := func() string { return rapid.SampledFrom(p.flow.Steps).Draw(r, "step").ID }
	switch rapid.IntRange(0, 9).Draw(r, "input") {
	case 0:
		return flow.Odd{}
	case 1:
		return flow.Redraw{}
	case 2:
		return flow.Cancel{}
	case 3:
		return flow.Shared{Phone: "3", Own: rapid.Bool().Draw(r, "own")}
	case 4:
		return flow.Sent{Outcome: flow.Outcome(rapid.IntRange(1, 3).Draw(r, "outcome"))}
	case 5:
		return flow.Loaded{Problem: text("shut")}
	case 6:
		actions := []string{"pick", "look", "back", "edit", "send", "yes", "review", "cancel", "again", "share", "nonsense"}
		value := rapid.SampledFrom([]string{"", "1", "4", "odd", someID()}).Draw(r, "value")
		return flow.Pressed{Press: flow.Press{
			Of: "abc", Rev: p.turn.Session.Rev - rapid.IntRange(0, 1).Draw(r, "old"),
			Action: rapid.SampledFrom(actions).Draw(r, "action"), Value: value,
		}}
	case 7, 8:
		if buttons := slices.Concat(p.turn.View.Rows...); len(buttons) > 0 {
			return flow.Pressed{Press: rapid.SampledFrom(buttons).Draw(r, "button").Press}
		}
	}
	return flow.Typed{Text: rapid.SampledFrom([]string{"1", "2", "3", "4", "7", "9", "odd", "", "2,3", "1 4", "2,odd,4"}).Draw(r, "line")}
}

// answers reports whether an input can be one to a question.
func answers(in flow.Input) bool {
	switch in := in.(type) {
	case flow.Typed, flow.Shared:
		return true
	case flow.Pressed:
		return in.Press.Action == "pick"
	}
	return false
}

// everyForm runs a property over generated forms and over the cake, in any state.
func everyForm(t *testing.T, property func(*rapid.T, *player)) {
	t.Run("any form", rapid.MakeCheck(func(r *rapid.T) { property(r, anyPlayer(r, anyFlow(r))) }))
	t.Run("the cake", rapid.MakeCheck(func(r *rapid.T) { property(r, anyPlayer(r, cake())) }))
}

// Nothing but Discard, an answer, and what is mended and said on the card changes what was answered; nothing but an
// answer or a press sends, and only what the person saw; every button on the card is one that the form takes.
func TestAnythingFromAnyState(t *testing.T) {
	everyForm(t, func(r *rapid.T, p *player) {
		for range rapid.IntRange(1, 20).Draw(r, "turns") {
			before, in := p.turn.Session, p.anything(r)
			if !p.do(in) {
				r.Fatalf("reads without end at %s", p.turn.Session.At)
			}
			after := p.turn.Session
			for id := range before.Answers {
				if _, kept := after.Answers[id]; !kept {
					r.Fatalf("%T lost the answer to %s", in, id)
				}
			}
			changed := slices.DeleteFunc(differing(before.Answers, after.Answers), p.saysMended)
			if len(changed) > 0 && !answers(in) {
				r.Fatalf("%T changed %v", in, changed)
			}
			if len(changed) > 1 && p.flow.Several == nil && p.flow.Name == "any" {
				r.Fatalf("one answer changed %v", changed)
			}
			shows := p.flow.Review != nil || p.flow.Confirm != nil
			if diff := cmp.Diff(before.Answers, after.Answers); p.turn.Submit && shows && diff != "" {
				r.Fatalf("sent what was not shown: %s", diff)
			}
			if _, settled := in.(flow.Sent); (before.At == flow.AtSending || before.At == flow.AtUnsure) && !settled {
				if diff := cmp.Diff(before, after); diff != "" {
					r.Fatalf("%T moved what was sent: %s", in, diff)
				}
			}
			if _, pressed := in.(flow.Pressed); p.turn.Submit && !pressed && !answers(in) {
				r.Fatalf("%T sent the form", in)
			}
			if p.turn.Over {
				return
			}
			if after.Undo != nil {
				r.Fatalf("%T: what was edited is neither taken nor put back: %v", in, after.Undo)
			}
			takesItsButtons(r, p)
		}
	})
}

// saysMended reports whether an answer was mended, and the card says so.
func (p *player) saysMended(id string) bool {
	was, mended := p.turn.Session.Mended[id]
	is := p.turn.Session.Answers[id]
	step := slices.IndexFunc(p.flow.Steps, func(s flow.Step) bool { return s.ID == id })
	shown := said(p.turn.View)
	return mended && (strings.Contains(shown, mendedText(step, was, is).Message.English) || strings.Contains(shown, againText(step, is).Message.English))
}

// differing are the names under which two sets of answers differ.
func differing(a, b flow.Answers) []string {
	var names []string
	for name, value := range b {
		if was, ok := a[name]; !ok || was != value {
			names = append(names, name)
		}
	}
	return names
}

func takesItsButtons(r *rapid.T, p *player) {
	at := p.turn.Session.At
	buttons := slices.Concat(p.turn.View.Rows...)
	if flying := p.turn.Submit || at == flow.AtSending || at == flow.AtUnsure; flying == (len(buttons) > 0) {
		r.Fatalf("at %s with %d buttons", at, len(buttons))
	}
	for _, b := range buttons {
		if turn := flow.Advance(p.flow, p.turn.Session, flow.Pressed{Press: b.Press}, now); !turn.Toast.IsZero() {
			r.Fatalf("at %s the button %+v is refused", at, b.Press)
		}
	}
}

// From wherever it stands a form is a few inputs away from its review, question or sending, and from being left.
func TestAWayOnAndAWayOutFromAnyState(t *testing.T) {
	everyForm(t, func(r *rapid.T, p *player) {
		for range rapid.IntRange(0, 6).Draw(r, "turns") {
			if p.do(p.anything(r)); p.turn.Over {
				return
			}
		}
		on, out := p.copy(), p.copy()
		enough := 2*len(p.flow.Steps) + 4
		for n := 0; !on.ready(); n++ {
			if n == enough || !on.sensible() {
				r.Fatalf("after %d sensible inputs at %s, showing %s, answers %v", n, on.turn.Session.At, said(on.turn.View), on.turn.Session.Answers)
			}
		}
		if at := out.turn.Session.At; at == flow.AtSending || at == flow.AtUnsure {
			out.do(flow.Sent{Outcome: flow.OutcomeAbsent})
		}
		if out.do(flow.Cancel{}); !out.turn.Over && !out.press("Discard") || !out.turn.Over {
			r.Fatalf("not left: at %s, showing %s", out.turn.Session.At, said(out.turn.View))
		}
	})
}

// Going back and saying the same again is as if nothing had been said.
func TestBackAndTheSameAgainChangesNoAnswer(t *testing.T) {
	everyForm(t, func(r *rapid.T, p *player) {
		p.do(flow.Redraw{})
		before := maps.Clone(p.turn.Session.Answers)
		for range rapid.IntRange(1, 4).Draw(r, "times") {
			if !p.press("Back") {
				return
			}
			at := p.turn.Session.At
			answer, given := before[at]
			if !given {
				return
			}
			p.do(flow.Typed{Text: answer})
			maps.Copy(before, p.mendedSince(before))
			if diff := cmp.Diff(before, p.turn.Session.Answers); diff != "" {
				r.Fatalf("%s said again: %s", at, diff)
			}
		}
	})
}

// mendedSince are the answers that were mended from what they were, or measured anew from what the person gave.
func (p *player) mendedSince(before flow.Answers) flow.Answers {
	found := flow.Answers{}
	for id, was := range p.turn.Session.Mended {
		if before[id] == was || p.turn.Session.Given[id].Value == was {
			found[id] = p.turn.Session.Answers[id]
		}
	}
	return found
}
