package flow_test

import (
	"testing"
	"time"

	"phonechatbot/internal/flow"
)

// A form is put away from its review and from the question whether to leave it, with all its answers; taken up
// again it stands where the first gap is.
func TestPuttingAway(t *testing.T) {
	f := cake()
	f.Drafts = true
	f.Words.SaveDraft = text("Save draft")
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		typed []string
		at    string
	}{
		"filled in":   {[]string{"1", "1", "n"}, flow.AtReview},
		"half of it":  {[]string{"1"}, "size"},
		"nothing yet": {nil, "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			g := &table{t: t, flow: f, limits: map[string]int{"1": 5}}
			g.settle(flow.Open(f, "abc", nil, nil, now))
			for _, line := range tc.typed {
				g.do(flow.Typed{Text: line})
			}
			if g.turn.Session.At != flow.AtReview {
				g.do(flow.Cancel{})
			}
			if len(tc.typed) == 0 {
				if !g.turn.Over || g.turn.Draft {
					t.Error("a form without answers is closed, and kept nowhere")
				}
				return
			}
			g.press("Save draft")
			if !g.turn.Over || !g.turn.Draft {
				t.Fatalf("over %v, draft %v", g.turn.Over, g.turn.Draft)
			}
			kept := g.turn.Session
			g.settle(flow.Advance(f, kept, flow.Redraw{}, now.Add(time.Hour)))
			if got := g.turn.Session; got.At != tc.at || len(got.Answers) != len(kept.Answers) || !got.Touched.Equal(now.Add(time.Hour)) {
				t.Errorf("at %s with %v, touched %v", got.At, got.Answers, got.Touched)
			}
		})
	}
	g := begin(t) // a form that is not to be put away
	g.do(flow.Typed{Text: "1"})
	g.do(flow.Cancel{})
	g.do(flow.Pressed{Press: flow.Press{Of: "abc", Rev: g.turn.Session.Rev, Action: "draft"}})
	if g.turn.Draft {
		t.Error("put away")
	}
}
