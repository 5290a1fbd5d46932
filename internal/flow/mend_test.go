package flow_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// parcel is a form whose later answers hang on the earlier: the size on the limit that is read for the kind, the price on the
// size; and a day that passes. Each but the kind can be mended; the size to the limit, though never below 2.
func parcel() flow.Flow {
	f := cake()
	whole := func(_ flow.Scope, line string) (flow.Answer, error) {
		kind, size, both := strings.Cut(line, " ")
		answer := flow.Answer{Value: kind}
		if both {
			answer.Also = flow.Answers{"size": size}
		}
		return answer, nil
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	step := func(id string, needs ...string) flow.Step {
		return flow.Step{
			ID: id, Label: text(id), Needs: needs, Parse: whole,
			Ask: func(flow.Scope) flow.Prompt { return flow.Prompt{Body: []wording.Text{text(id + "?")}} },
			Mended: func(_ flow.Scope, was, is string) wording.Text {
				if is == "3" {
					return wording.Text{} // there are no words for it
				}
				return text(fmt.Sprintf("%s was %s, is %s.", id, was, is))
			},
		}
	}
	kind, size, price, day := step("kind"), step("size", "kind"), step("price", "size"), step("day")
	kind.Mended = nil
	size.Load = []string{"limit"}
	limit := func(s flow.Scope) (n int) { s.Fact("limit", &n); return n }
	size.Check = func(s flow.Scope, v string) *flow.Refusal {
		if n := number(v); n > limit(s) || n < 2 {
			return &flow.Refusal{Why: text("the size does not fit")}
		}
		return nil
	}
	size.Mend = func(s flow.Scope, _ string) (string, bool) { return strconv.Itoa(limit(s)), limit(s) > 0 }
	price.Check = func(s flow.Scope, v string) *flow.Refusal {
		if number(v) != 10*number(s.Answers["size"]) {
			return &flow.Refusal{Why: text("not the price")}
		}
		return nil
	}
	price.Mend = func(s flow.Scope, _ string) (string, bool) { return s.Answers["size"] + "0", true }
	day.Check = func(s flow.Scope, v string) *flow.Refusal {
		if number(v) < s.Now.Day() {
			return &flow.Refusal{Why: text("that day is over")}
		}
		return nil
	}
	day.Mend = func(s flow.Scope, _ string) (string, bool) { return strconv.Itoa(s.Now.Day()), s.Now.Day() != 9 }
	f.Name, f.Steps = "parcel", []flow.Step{kind, size, price, day}
	f.Review = func(s flow.Scope) []wording.Text {
		return []wording.Text{text(fmt.Sprintf("review %s %s %s", s.Answers["size"], s.Answers["price"], s.Answers["day"]))}
	}
	f.Confirm = func(s flow.Scope) []wording.Text { return []wording.Text{text("sure of day " + s.Answers["day"])} }
	return f
}

func posted(t *testing.T, f flow.Flow, lines ...string) *table {
	t.Helper()
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	g := &table{t: t, flow: f, limits: map[string]int{"1": 5, "2": 9, "3": 1, "4": 3}}
	g.settle(flow.Open(f, "abc", nil, nil, now))
	for _, line := range lines {
		g.do(flow.Typed{Text: line})
	}
	return g
}

func (g *table) edit(step, line string) {
	g.t.Helper()
	g.press("Edit " + step)
	g.do(flow.Typed{Text: line})
}

// later plays an input as if days had passed.
func (g *table) later(days int, in flow.Input) {
	g.turn = flow.Advance(g.flow, g.turn.Session, in, now.AddDate(0, 0, days))
}

func (g *table) wantNot(saying string) {
	g.t.Helper()
	if strings.Contains(said(g.turn.View), saying) {
		g.t.Fatalf("still showing %q: %s", saying, said(g.turn.View))
	}
}

func TestAnAnswerIsMendedWhenWhatItNeedsChanges(t *testing.T) {
	g := posted(t, parcel(), "2", "7", "70", "5")
	g.edit("kind", "1")
	g.want(flow.AtReview, "size was 7, is 5. | price was 70, is 50. | review 5 50 5")
	g.edit("day", "6")
	g.want(flow.AtReview, "review 5 50 6")
	g.wantNot("was")
}

func TestWhatIsNotMendedIsAskedAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		lines            []string
		step, line, size string // what is edited then, and the size that stays
	}{
		"typed just now":                     {[]string{"1", "5", "50", "5"}, "size", "7", "5"},
		"typed with the answer it hangs on":  {[]string{"2", "7", "70", "5"}, "kind", "1 8", "8"},
		"what it would be does not hold":     {[]string{"2", "7", "70", "5"}, "kind", "3", "7"},
		"there are no words for what it was": {[]string{"2", "7", "70", "5"}, "kind", "4", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			g := posted(t, parcel(), tc.lines...)
			g.edit(tc.step, tc.line)
			g.want("size", "the size does not fit")
			if got := g.turn.Session; got.Answers["size"] != tc.size || len(got.Mended) > 0 {
				t.Errorf("size %q, mended %v", got.Answers["size"], got.Mended)
			}
		})
	}
	t.Run("typed just now, and what it hangs on was mended after it", func(t *testing.T) {
		g := posted(t, parcel(), "1", "5", "50", "5")
		g.press("Edit price")
		g.turn.Session.Facts["limit"] = flow.Fact{For: "1", Data: []byte("4")}
		g.do(flow.Typed{Text: "50"})
		g.want("price", "size was 5, is 4. | not the price")
	})
	t.Run("steps that never agree", func(t *testing.T) {
		f := parcel()
		odd := func(s flow.Scope) bool { return s.Now.Day() > 5 }
		f.Steps[2].Check = func(s flow.Scope, v string) *flow.Refusal {
			if odd(s) && v == s.Answers["day"] {
				return &flow.Refusal{Why: text("the same")}
			}
			return nil
		}
		f.Steps[3].Check = func(s flow.Scope, v string) *flow.Refusal {
			if odd(s) && v != s.Answers["price"] {
				return &flow.Refusal{Why: text("another")}
			}
			return nil
		}
		f.Steps[2].Mend = func(_ flow.Scope, was string) (string, bool) { return was + "1", true }
		f.Steps[3].Mend = func(s flow.Scope, _ string) (string, bool) { return s.Answers["price"], true }
		g := posted(t, f, "1", "5", "50", "50")
		g.later(5, flow.Redraw{})
		g.want("price", "day was 50, is 501. | the same")
	})
	t.Run("typed in one line with others", func(t *testing.T) {
		f := parcel()
		f.Steps[0].Parse = func(_ flow.Scope, line string) (flow.Answer, error) {
			if strings.Contains(line, ",") {
				return flow.Answer{}, &flow.Refusal{Why: text("one number")}
			}
			return flow.Answer{Value: line}, nil
		}
		f.Several = func(_ flow.Scope, line string) flow.Answers {
			kind, size, _ := strings.Cut(line, ",")
			return flow.Answers{"kind": kind, "size": size}
		}
		g := posted(t, f, "2", "7", "70")
		for range 3 {
			g.press("Back")
		}
		g.do(flow.Typed{Text: "1,7"}) // the very size that was taken before, for another kind
		g.want("size", "the size does not fit")
	})
	t.Run("given by whoever opened the form", func(t *testing.T) {
		g := posted(t, parcel())
		g.settle(flow.Open(g.flow, "abc", flow.Answers{"kind": "1", "size": "7"}, nil, now))
		g.want("size", "the size does not fit")
	})
	t.Run("kept by a press at its own step", func(t *testing.T) {
		g := posted(t, parcel(), "2", "7", "70", "5")
		g.press("Edit day")
		g.later(8, flow.Redraw{})
		g.later(7, flow.Pressed{Press: flow.Press{Of: "abc", Rev: g.turn.Session.Rev, Action: "review"}})
		g.want("day", "that day is over")
	})
}

// What is mended after the review goes back to it: no press that was meant for something else sends it.
func TestWhatIsMendedIsSeenBeforeItIsSent(t *testing.T) {
	t.Run("what is read again at Send", func(t *testing.T) {
		g := posted(t, parcel(), "1", "5", "50", "5")
		g.flow.Changed = nil
		g.limits["1"] = 4
		g.press("Send")
		g.want(flow.AtReview, "size was 5, is 4. | price was 50, is 40. | review 4 40 5")
		g.press("Send")
		g.want(flow.AtConfirm, "sure of day 5")
		g.wantNot("was")
	})
	t.Run("time passed until Send", func(t *testing.T) {
		g := posted(t, parcel(), "1", "5", "50", "5")
		g.later(5, flow.Pressed{Press: g.turn.View.Rows[0][0].Press})
		g.want(flow.AtReview, "day was 5, is 6. | review 5 50 6")
	})
	t.Run("time passed until Yes", func(t *testing.T) {
		g := posted(t, parcel(), "1", "5", "50", "5")
		g.press("Send")
		g.later(5, flow.Pressed{Press: g.turn.View.Rows[0][0].Press})
		if g.turn.Submit {
			t.Fatal("sent what nobody saw")
		}
		g.want(flow.AtReview, "day was 5, is 6. | review 5 50 6")
	})
	t.Run("the question drawn again", func(t *testing.T) {
		g := posted(t, parcel(), "1", "5", "50", "5")
		g.press("Send")
		g.later(5, flow.Redraw{})
		g.want(flow.AtReview, "day was 5, is 6. | review 5 50 6")
	})
	t.Run("without a review the question comes again", func(t *testing.T) {
		f := parcel()
		f.Review, f.Recheck, f.Changed = nil, nil, nil
		g := posted(t, f, "1", "5", "50", "5")
		yes := g.turn.View.Rows[0][0].Press
		g.later(5, flow.Pressed{Press: yes})
		if g.turn.Submit {
			t.Fatal("sent what nobody saw")
		}
		g.want(flow.AtConfirm, "day was 5, is 6. | sure of day 6")
		g.later(5, flow.Pressed{Press: g.turn.View.Rows[0][0].Press})
		if !g.turn.Submit || g.turn.Session.Answers["day"] != "6" {
			t.Errorf("submit %v, answers %v", g.turn.Submit, g.turn.Session.Answers)
		}
	})
}

func TestNothingIsMendedInFlight(t *testing.T) {
	g := posted(t, parcel(), "1", "5", "50", "5")
	g.press("Send")
	g.press("yes")
	for _, at := range []string{flow.AtSending, flow.AtUnsure} {
		sent := g.turn.Session
		sent.At = at
		for _, in := range []flow.Input{flow.Redraw{}, flow.Typed{Text: "6"}, flow.Cancel{}, flow.Pressed{}, flow.Loaded{}} {
			if turn := flow.Advance(g.flow, sent, in, now.AddDate(0, 0, 5)); cmp.Diff(sent, turn.Session) != "" {
				t.Errorf("%T: %s", in, cmp.Diff(sent, turn.Session))
			}
		}
	}
	g.later(5, flow.Sent{Outcome: flow.OutcomeUnsure})
	if got := g.turn.Session.Answers["day"]; got != "5" {
		t.Errorf("day %s while nobody knows what became of it", got)
	}
	g.later(5, flow.Sent{Outcome: flow.OutcomeAbsent, Note: text("not there")})
	g.want(flow.AtReview, "not there | day was 5, is 6. | review 5 50 6")
}

// The line about it stays until the person goes on from a card that shows it, whatever comes between.
func TestWhatWasMendedIsSaidUntilThePersonGoesOn(t *testing.T) {
	const line = "size was 7, is 5."
	f := parcel()
	f.Steps[3].Load = []string{"post"}
	f.Facts["post"] = func(s flow.Scope) string { return s.Answers["kind"] }
	g := posted(t, f, "2", "7", "70")
	old := g.turn.View.Rows[0][0].Press
	for range 3 {
		g.press("Back")
	}
	g.turn = flow.Advance(f, g.turn.Session, flow.Typed{Text: "1"}, now)
	limit := map[string]flow.Fact{"limit": {For: "1", Data: []byte("5")}}
	g.turn = flow.Advance(f, g.turn.Session, flow.Loaded{Facts: limit}, now)
	if len(g.turn.Load) != 1 || g.turn.Load[0].Name != "post" {
		t.Fatalf("reads %v", g.turn.Load)
	}
	g.turn = flow.Advance(f, g.turn.Session, flow.Loaded{Problem: text("shop shut")}, now)
	g.want("day", line)
	for name, in := range map[string]flow.Input{
		"once more":      flow.Pressed{Press: flow.Press{Of: "abc", Rev: g.turn.Session.Rev, Action: "again"}},
		"drawn again":    flow.Redraw{},
		"an older press": flow.Pressed{Press: old},
		"a photo":        flow.Odd{},
	} {
		data, err := json.Marshal(g.turn.Session) // a restart in between
		if err != nil {
			t.Fatal(err)
		}
		var s flow.Session
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatal(err)
		}
		g := &table{t: t, flow: f, limits: g.limits}
		g.settle(flow.Advance(f, s, in, now))
		if !strings.Contains(said(g.turn.View), line) {
			t.Errorf("%s: showing %s", name, said(g.turn.View))
		}
	}
	g.do(flow.Redraw{})
	g.do(flow.Typed{Text: "5"})
	g.want(flow.AtReview, "review 5 50 5")
	g.wantNot("was")
}

// What was mended twice is told from what the person knew; what is over by then, or back where it was, is not told.
func TestMendedTwice(t *testing.T) {
	g := posted(t, parcel(), "1", "5", "50", "2")
	g.later(3, flow.Redraw{})
	g.want(flow.AtReview, "day was 2, is 4.")
	g.later(5, flow.Redraw{})
	g.want(flow.AtReview, "day was 2, is 6.")
	g.later(8, flow.Redraw{})
	g.want("day", "that day is over | day?")
	g.wantNot("day was")
	g.turn.Session.Answers["day"] = "2"
	g.turn = flow.Advance(g.flow, g.turn.Session, flow.Redraw{}, now.Add(-time.Hour))
	g.wantNot("day was")
}

func TestMendingHasToBeSeen(t *testing.T) {
	for name, spoil := range map[string]func(*flow.Flow){
		"without words":      func(f *flow.Flow) { f.Steps[1].Mended = nil },
		"words for nothing":  func(f *flow.Flow) { f.Steps[1].Mend = nil },
		"nothing refuses it": func(f *flow.Flow) { f.Steps[1].Check = nil },
		"neither review nor question": func(f *flow.Flow) {
			f.Review, f.Confirm, f.Recheck, f.Brief = nil, nil, nil, true
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := parcel()
			spoil(&f)
			if f.Validate() == nil {
				t.Error("accepted")
			}
		})
	}
}
