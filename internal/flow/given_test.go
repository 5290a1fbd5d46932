package flow_test

import (
	"encoding/json"
	"testing"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// returning is a parcel whose size and price say so when they are again what the person gave.
func returning() flow.Flow {
	f := parcel()
	for i := range f.Steps[1:] {
		id := f.Steps[i+1].ID
		f.Steps[i+1].Again = func(_ flow.Scope, is string) wording.Text { return text(id + " is " + is + " again.") }
	}
	return f
}

// What was mended is measured from what the person gave once what it hangs on changes again.
func TestWhatThePersonGaveComesBack(t *testing.T) {
	mended := func(t *testing.T, f flow.Flow) *table {
		g := posted(t, f, "2", "7", "70", "5")
		g.limits["5"] = 6
		g.edit("kind", "1")
		g.want(flow.AtReview, "size was 7, is 5. | price was 70, is 50. | review 5 50 5")
		return g
	}
	t.Run("its reason has gone", func(t *testing.T) {
		g := mended(t, returning())
		g.edit("kind", "2")
		g.want(flow.AtReview, "size is 7 again. | price is 70 again. | review 7 70 5")
		g.edit("day", "6")
		g.wantNot("again")
		g.edit("kind", "1")
		g.want(flow.AtReview, "size was 7, is 5. | price was 70, is 50.")
		g.edit("kind", "2")
		g.want(flow.AtReview, "size is 7 again. | price is 70 again.")
	})
	t.Run("its reason is less by now", func(t *testing.T) {
		g := mended(t, returning())
		g.edit("kind", "5")
		g.want(flow.AtReview, "size was 7, is 6. | price was 50, is 60. | review 6 60 5")
	})
	t.Run("after a restart", func(t *testing.T) {
		g := mended(t, returning())
		data, err := json.Marshal(g.turn.Session)
		if err != nil {
			t.Fatal(err)
		}
		g.turn.Session = flow.Session{}
		if err := json.Unmarshal(data, &g.turn.Session); err != nil {
			t.Fatal(err)
		}
		g.do(flow.Redraw{})
		g.edit("kind", "2")
		g.want(flow.AtReview, "size is 7 again. | price is 70 again.")
	})
	t.Run("read again at Send, it is seen before it is sent", func(t *testing.T) {
		g := mended(t, returning())
		g.flow.Changed = nil
		g.limits["1"] = 8
		g.press("Send")
		g.want(flow.AtReview, "size is 7 again. | price is 70 again. | review 7 70 5")
	})
	t.Run("another was given since", func(t *testing.T) {
		g := mended(t, returning())
		g.edit("size", "4")
		g.want(flow.AtReview, "price was 50, is 40. | review 4 40 5")
		g.edit("kind", "2")
		g.want(flow.AtReview, "review 4 40 5")
		g.wantNot("again")
	})
	t.Run("what it is now was kept by a press at its own step", func(t *testing.T) {
		g := mended(t, returning())
		g.press("Edit size")
		g.press("Keep")
		g.edit("kind", "2")
		g.want(flow.AtReview, "review 5 50 5")
	})
	t.Run("there are no words for it", func(t *testing.T) {
		g := mended(t, parcel())
		g.edit("kind", "2")
		g.want(flow.AtReview, "review 5 50 5")
	})
	t.Run("neither it nor what it would be holds", func(t *testing.T) {
		f := returning()
		f.Steps[1].Mend = func(s flow.Scope, _ string) (string, bool) { return "5", s.Answers["kind"] == "1" }
		g := mended(t, f)
		g.edit("kind", "5")
		g.want(flow.AtReview, "review 5 50 5")
		g.wantNot("was")
	})
	t.Run("what it is now would hold as well", func(t *testing.T) {
		f := returning()
		f.Steps[2].Check = func(s flow.Scope, v string) *flow.Refusal {
			if len(v) < 2 || v[:1] < s.Answers["size"] {
				return &flow.Refusal{Why: text("too little")}
			}
			return nil
		}
		g := posted(t, f, "2", "5", "50", "5")
		g.edit("size", "8")
		g.want(flow.AtReview, "price was 50, is 80.")
		g.edit("size", "6")
		g.want(flow.AtReview, "price was 50, is 60. | review 6 60 5")
		g.edit("size", "4")
		g.want(flow.AtReview, "price is 50 again. | review 4 50 5")
	})
	t.Run("measured anew at Send, nothing has changed", func(t *testing.T) {
		f := returning()
		f.Changed = nil
		f.Steps[1].Mend = func(flow.Scope, string) (string, bool) { return "5", true }
		for kind, limit := range map[string]int{"1": 6, "2": 8} { // mended, and back at what it was
			g := mended(t, f)
			if kind == "2" {
				g.edit("kind", kind)
			}
			g.limits[kind] = limit
			g.press("Send")
			g.want(flow.AtConfirm, "sure of day 5")
		}
	})
	t.Run("time alone moves nothing that holds", func(t *testing.T) {
		f := returning()
		f.Steps[3].Mend = func(s flow.Scope, _ string) (string, bool) {
			return map[bool]string{true: "8", false: "9"}[s.Now.Day() < 7], true
		}
		g := posted(t, f, "1", "5", "50", "2")
		g.later(3, flow.Redraw{})
		g.want(flow.AtReview, "day was 2, is 8.")
		g.later(7, flow.Redraw{})
		g.want(flow.AtReview, "day was 2, is 8.")
	})
}

// What was mended is said until an answer is taken, whatever is typed or pressed at the step meanwhile.
func TestARefusedAnswerLeavesTheLineAboutWhatWasMended(t *testing.T) {
	const line = "size was 7, is 5."
	f := parcel()
	f.Steps[2].Mend, f.Steps[2].Mended = nil, nil // the price is asked
	f.Steps[2].Shares = true
	parse := f.Steps[2].Parse
	f.Steps[2].Parse = func(s flow.Scope, typed string) (flow.Answer, error) {
		if typed == "lots" {
			return flow.Answer{}, &flow.Refusal{Why: text("a number please")}
		}
		return parse(s, typed)
	}
	g := posted(t, f, "2", "7", "70", "5")
	g.edit("kind", "1")
	g.want("price", line)
	press := func(action, value string) flow.Input {
		return flow.Pressed{Press: flow.Press{Of: "abc", Rev: g.turn.Session.Rev, Action: action, Value: value}}
	}
	for _, in := range []func() flow.Input{
		func() flow.Input { return flow.Typed{Text: "lots"} },
		func() flow.Input { return flow.Typed{Text: "60"} },
		func() flow.Input { return press("pick", "60") },
		func() flow.Input { return press("look", "x") },
		func() flow.Input { return press("share", "") },
		func() flow.Input { return press("again", "") },
		func() flow.Input { return press("cancel", "") },
	} {
		g.do(in())
		if shown := said(g.turn.View); len(g.turn.Session.Mended) == 0 {
			t.Fatalf("%+v: showing %s", in(), shown)
		}
		g.want(g.turn.Session.At, line)
	}
	g.press("Go on")
	g.do(flow.Typed{Text: "50"})
	g.want(flow.AtReview, "review 5 50 5")
	g.wantNot("was")
}
