package flow_test

import (
	"strings"
	"testing"

	"phonechatbot/internal/flow"
)

// Looking round at a step answers nothing, and ends when the step is left.
func TestLookingRound(t *testing.T) {
	f := cake()
	ask := f.Steps[0].Ask
	f.Steps[0].Ask = func(s flow.Scope) flow.Prompt {
		p := ask(s)
		p.Body = append(p.Body, text("seen "+s.Look))
		p.Options = append(p.Options, []flow.Option{{Label: text("more"), Value: s.Look + "x", Look: true}})
		return p
	}
	g := &table{t: t, flow: f, limits: map[string]int{"1": 5}}
	g.settle(flow.Open(f, "abc", nil, nil, now))
	for _, want := range []string{"x", "xx"} {
		g.press("more")
		if got := g.turn.Session; got.At != "kind" || got.Look != want || len(got.Answers) != 0 {
			t.Fatalf("at %s, looks at %q, answers %v", got.At, got.Look, got.Answers)
		}
		if shown := said(g.turn.View); !strings.Contains(shown, "seen "+want) {
			t.Fatalf("shown is %s", shown)
		}
	}
	g.do(flow.Typed{Text: "what?"})
	if g.turn.Session.Look != "xx" {
		t.Error("a wrong answer turned the eyes away")
	}
	g.do(flow.Typed{Text: "1"})
	g.do(flow.Pressed{Press: flow.Press{Of: "abc", Rev: g.turn.Session.Rev, Action: "back"}})
	if got := g.turn.Session; got.At != "kind" || got.Look != "" {
		t.Errorf("back at %s, looks at %q", got.At, got.Look)
	}
}

// A line can answer several steps, if the one in front is among them and does not take it as it is.
func TestSeveralAnswersInOneLine(t *testing.T) {
	f := cake()
	f.Several = func(_ flow.Scope, line string) flow.Answers {
		found := flow.Answers{}
		for word := range strings.FieldsSeq(line) {
			if id, value, ok := strings.Cut(word, "="); ok {
				found[id] = value
			}
		}
		return found
	}
	for name, tc := range map[string]struct{ line, at, size string }{
		"all that is asked next":      {"kind=1 size=4", "candles", "4"},
		"one that does not hold":      {"kind=1 size=6", "size", "6"}, // kept, and asked again
		"not for the step in front":   {"size=4 note=hello", "kind", ""},
		"only for the step in front":  {"kind=1", "kind", ""},
		"what the step takes itself":  {"1 4", "candles", "4"},
		"a later one, and one before": {"note=hello kind=1", "size", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := &table{t: t, flow: f, limits: map[string]int{"1": 5}}
			g.settle(flow.Open(f, "abc", nil, nil, now))
			g.do(flow.Typed{Text: tc.line})
			if got := g.turn.Session; got.At != tc.at || got.Answers["size"] != tc.size {
				t.Errorf("at %s, size %q; want %s, %q", got.At, got.Answers["size"], tc.at, tc.size)
			}
		})
	}
	g := &table{t: t, flow: f, limits: map[string]int{"1": 5}}
	g.settle(flow.Open(f, "abc", flow.Answers{"kind": "1", "size": "1", "note": "n"}, nil, now))
	g.press("Edit kind")
	g.do(flow.Typed{Text: "kind=1 size=4"})
	if got := g.turn.Session; got.Answers["size"] != "1" {
		t.Errorf("editing one answer changed another: %v", got.Answers)
	}
}
