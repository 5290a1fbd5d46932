package flow_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// library is cake with a first step that takes names too, once they were looked up.
type library struct {
	t    *testing.T
	flow flow.Flow
	turn flow.Turn
	read []string
	has  map[string]int // kinds by name
}

func openLibrary(t *testing.T) *library {
	l := &library{t: t, flow: cake(), has: map[string]int{"sponge": 3}}
	number := l.flow.Steps[0].Parse
	l.flow.Facts["named"] = func(s flow.Scope) string { return s.Answers["name"] }
	l.flow.Steps[0].Sought = []string{"named"}
	l.flow.Steps[0].Seek = func(_ flow.Scope, text string) flow.Answers {
		if strings.ContainsAny(text, "?! ") {
			return nil
		}
		return flow.Answers{"name": text}
	}
	l.flow.Steps[0].Parse = func(s flow.Scope, text string) (flow.Answer, error) {
		var kind int
		switch {
		case s.Answers["name"] != text || !s.Fact("named", &kind):
			return number(s, text)
		case kind == 0:
			return flow.Answer{}, &flow.Refusal{Why: wording.Message{ID: "none", English: "nothing of that name"}.Text()}
		}
		return flow.Answer{Value: fmt.Sprint(kind)}, nil
	}
	if err := l.flow.Validate(); err != nil {
		t.Fatal(err)
	}
	l.settle(flow.Open(l.flow, "abc", nil, nil, now))
	return l
}

// settle does what the turn asks for.
func (l *library) settle(turn flow.Turn) {
	for range 4 {
		if len(turn.Load) == 0 {
			break
		}
		turn = flow.Advance(l.flow, turn.Session, l.loaded(turn), now)
	}
	l.turn = turn
}

func (l *library) loaded(turn flow.Turn) flow.Loaded {
	facts := map[string]flow.Fact{}
	for _, want := range turn.Load {
		value := 5
		if want.Name == "named" {
			value = l.has[want.For]
			l.read = append(l.read, want.For)
		}
		data, err := json.Marshal(value)
		if err != nil {
			l.t.Fatal(err)
		}
		facts[want.Name] = flow.Fact{For: want.For, Data: data}
	}
	return flow.Loaded{Facts: facts}
}

func (l *library) do(in flow.Input) { l.settle(flow.Advance(l.flow, l.turn.Session, in, now)) }

func TestTextIsLookedUpAndReadAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		typed []string
		at    string
		kind  string
		says  string
		read  string
	}{
		"what is known by itself":      {[]string{"4"}, "size", "4", "size?", ""},
		"what is found":                {[]string{"sponge"}, "size", "3", "size?", "sponge"},
		"what is not":                  {[]string{"brick"}, "kind", "", "nothing of that name", "brick"},
		"what is not, asked for again": {[]string{"brick", "brick"}, "kind", "", "nothing of that name", "brick brick"},
		"one after another":            {[]string{"brick", "sponge"}, "size", "3", "size?", "brick sponge"},
		"what can't be looked up":      {[]string{"what?"}, "kind", "", "a number please", ""},
		"nothing":                      {[]string{""}, "kind", "", "kind?", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := openLibrary(t)
			for _, text := range tc.typed {
				l.do(flow.Typed{Text: text})
			}
			s := l.turn.Session
			if s.At != tc.at || s.Answers["kind"] != tc.kind || strings.Join(l.read, " ") != tc.read || s.Seeking != "" {
				t.Errorf("at %s, kind %q, read %v, still seeking %q", s.At, s.Answers["kind"], l.read, s.Seeking)
			}
			if shown := said(l.turn.View); !strings.Contains(shown, tc.says) {
				t.Errorf("shown is %q", shown)
			}
		})
	}
}

// What comes in while something is being looked up: the reading was cut off, or could not be done.
func TestLookingUpIsCutOff(t *testing.T) {
	for name, tc := range map[string]struct {
		in   func(l *library) flow.Input
		at   string
		read string
	}{
		"a restart takes it up":        {func(*library) flow.Input { return flow.Redraw{} }, "size", "sponge"},
		"a photo does not stop it":     {func(*library) flow.Input { return flow.Odd{} }, "size", "sponge"},
		"another text takes its place": {func(*library) flow.Input { return flow.Typed{Text: "brick"} }, "kind", "brick"},
		"a number takes its place":     {func(*library) flow.Input { return flow.Typed{Text: "2"} }, "size", ""},
		"a press takes its place":      {func(l *library) flow.Input { return l.now("pick", "2") }, "size", ""},
		"looking round ends it":        {func(l *library) flow.Input { return l.now("look", "x") }, "kind", ""},
		"closing asks, and ends it":    {func(*library) flow.Input { return flow.Cancel{} }, "", ""},
		"an old press changes nothing": {func(*library) flow.Input { return flow.Pressed{Press: flow.Press{Action: "pick", Value: "2"}} }, "size", "sponge"},
		"what was read for another is old": {func(*library) flow.Input {
			return flow.Loaded{Facts: map[string]flow.Fact{"named": {For: "brick", Data: []byte("2")}}}
		}, "size", "sponge"},
	} {
		t.Run(name, func(t *testing.T) {
			l := openLibrary(t)
			l.turn = flow.Advance(l.flow, l.turn.Session, flow.Typed{Text: "sponge"}, now)
			if len(l.turn.Load) != 1 || l.turn.Session.Seeking != "sponge" || len(l.turn.View.Rows) != 0 {
				t.Fatalf("wants %v, seeks %q", l.turn.Load, l.turn.Session.Seeking)
			}
			l.do(tc.in(l))
			if tc.at == "" {
				if !l.turn.Over {
					t.Error("an empty form was not closed")
				}
				return
			}
			if s := l.turn.Session; s.At != tc.at || strings.Join(l.read, " ") != tc.read {
				t.Errorf("at %s, read %v", s.At, l.read)
			}
		})
	}
}

// now is a press on the card as it stands.
func (l *library) now(action, value string) flow.Input {
	return flow.Pressed{Press: flow.Press{Of: "abc", Rev: l.turn.Session.Rev, Action: action, Value: value}}
}

func TestLookingUpFailsAndIsTriedAgain(t *testing.T) {
	l := openLibrary(t)
	l.turn = flow.Advance(l.flow, l.turn.Session, flow.Typed{Text: "sponge"}, now)
	l.do(flow.Loaded{Problem: text("no answer")})
	if shown := said(l.turn.View); !strings.Contains(shown, "no answer") {
		t.Fatalf("shown is %q", shown)
	}
	l.do(l.now("again", ""))
	if s := l.turn.Session; s.At != "size" || s.Answers["kind"] != "3" {
		t.Errorf("at %s, kind %q", s.At, s.Answers["kind"])
	}
}

// A name given anew from the review is looked up as well, and leads back there.
func TestLookingUpWhileEditing(t *testing.T) {
	l := openLibrary(t)
	for _, answer := range []string{"1", "2", "3", "happy birthday"} {
		l.do(flow.Typed{Text: answer})
	}
	l.do(l.now("edit", "kind"))
	l.do(flow.Typed{Text: "sponge"})
	if s := l.turn.Session; s.At != flow.AtReview || s.Answers["kind"] != "3" {
		t.Errorf("at %s, kind %q", s.At, s.Answers["kind"])
	}
}

func TestSeekingIsCheckedBeforeItIsPlayed(t *testing.T) {
	f := openLibrary(t).flow
	f.Steps[0].Sought = []string{"nothing known"}
	if err := f.Validate(); err == nil || !strings.Contains(err.Error(), "nothing known") {
		t.Errorf("an unknown fact passed: %v", err)
	}
}
