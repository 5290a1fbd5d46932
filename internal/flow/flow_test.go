package flow_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

var now = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

func text(s string) wording.Text { return wording.Message{ID: s, English: s}.Text() }

// cake is a small form with all that the engine knows: a fact per answer, a step that is left out, a
// check against another answer and against the time, a review and a confirmation.
func cake() flow.Flow {
	ask := func(s string) func(flow.Scope) flow.Prompt {
		return func(flow.Scope) flow.Prompt {
			return flow.Prompt{Body: []wording.Text{text(s)}, Options: [][]flow.Option{{{Label: text("two"), Value: "2"}}}}
		}
	}
	number := func(_ flow.Scope, s string) (flow.Answer, error) {
		kind, size, both := strings.Cut(s, " ")
		if _, err := strconv.Atoi(kind); err != nil {
			return flow.Answer{}, &flow.Refusal{Why: text("a number please"), Fix: []flow.Option{{Label: text("take 3"), Value: "3"}}}
		}
		if both {
			return flow.Answer{Value: kind, Also: flow.Answers{"size": size}}, nil
		}
		return flow.Answer{Value: kind}, nil
	}
	return flow.Flow{
		Name: "cake", Version: 1, Title: text("cake"), Words: testWords(), Yes: func(flow.Scope) wording.Text { return text("yes") },
		Steps: []flow.Step{
			{ID: "kind", Label: text("kind"), Ask: ask("kind?"), Parse: number},
			{ID: "size", Label: text("size"), Ask: ask("size?"), Parse: number, Load: []string{"limit"}, Check: func(s flow.Scope, v string) *flow.Refusal {
				var limit int
				if n, _ := strconv.Atoi(v); s.Fact("limit", &limit) && n > limit {
					return &flow.Refusal{Why: text("too big")}
				}
				return nil
			}},
			{ID: "candles", Ask: ask("candles?"), Parse: number, Shares: true, Skip: func(s flow.Scope) bool { return s.Answers["size"] == "1" }},
			{ID: "note", Label: text("note"), Ask: ask("note?"), Parse: func(_ flow.Scope, s string) (flow.Answer, error) { return flow.Answer{Value: s}, nil }},
		},
		Facts:   map[string]func(flow.Scope) string{"limit": func(s flow.Scope) string { return s.Answers["kind"] }},
		Recheck: []string{"limit"},
		Changed: func(before, after flow.Scope) []wording.Text {
			var was, is int
			if before.Fact("limit", &was) && after.Fact("limit", &is) && was != is {
				return []wording.Text{text("the limit changed")}
			}
			return nil
		},
		Review:  func(s flow.Scope) []wording.Text { return []wording.Text{text("review " + s.Answers["size"])} },
		Confirm: func(flow.Scope) []wording.Text { return []wording.Text{text("sure?")} },
	}
}

func testWords() flow.Words {
	return flow.Words{
		Back: text("Back"), Cancel: text("Cancel"), Keep: text("Keep"), Again: text("Again"), Send: text("Send"),
		GoBack: text("Go back"), Edit: wording.Message{ID: "edit", English: "Edit {label}"}, CancelAsk: text("leave?"),
		Discard: text("Discard"), KeepGoing: text("Go on"), OutOfDate: text("out of date"), TextOnly: text("text only"),
		Working: text("working"), Sending: text("sending"), UseButtons: text("use buttons"), NotYours: text("not yours"),
		ShareNumber: text("Share"), Checked: text("checking"), Unsure: text("unsure"), Reload: text("Reload"),
	}
}

// table plays a form: it answers every Load with the limits given for a kind.
type table struct {
	t      *testing.T
	flow   flow.Flow
	limits map[string]int
	turn   flow.Turn
}

func begin(t *testing.T) *table {
	g := &table{t: t, flow: cake(), limits: map[string]int{"1": 5, "2": 9}}
	g.settle(flow.Open(g.flow, "abc", nil, nil, now))
	return g
}

func (g *table) settle(turn flow.Turn) {
	for range 4 {
		if len(turn.Load) == 0 {
			break
		}
		facts := map[string]flow.Fact{}
		for _, want := range turn.Load {
			data, err := json.Marshal(g.limits[want.For])
			if err != nil {
				g.t.Fatal(err)
			}
			facts[want.Name] = flow.Fact{For: want.For, Data: data}
		}
		turn = flow.Advance(g.flow, turn.Session, flow.Loaded{Facts: facts}, now)
	}
	g.turn = turn
}

func (g *table) do(in flow.Input) { g.settle(flow.Advance(g.flow, g.turn.Session, in, now)) }

func (g *table) press(label string) {
	g.t.Helper()
	for _, row := range g.turn.View.Rows {
		for _, b := range row {
			if (wording.Catalogue{}).Plain(b.Label) == label {
				g.do(flow.Pressed{Press: b.Press})
				return
			}
		}
	}
	g.t.Fatalf("no button %q on %q", label, said(g.turn.View))
}

func said(v flow.View) string {
	var lines []string
	for _, t := range v.Body {
		lines = append(lines, wording.Catalogue{}.Plain(t))
	}
	return strings.Join(lines, " | ")
}

func (g *table) want(at, contains string) {
	g.t.Helper()
	if g.turn.Session.At != at || !strings.Contains(said(g.turn.View), contains) {
		g.t.Fatalf("at %s showing %q; want %s showing %q", g.turn.Session.At, said(g.turn.View), at, contains)
	}
}

func (g *table) fill() {
	g.t.Helper()
	for _, answer := range []string{"1", "2", "3", "happy birthday"} {
		g.do(flow.Typed{Text: answer})
	}
	g.want(flow.AtReview, "review 2")
}

func TestAFormIsFilledReviewedConfirmedAndSent(t *testing.T) {
	g := begin(t)
	g.want("kind", "kind?")
	g.fill()
	g.press("Send")
	g.want(flow.AtConfirm, "sure?")
	g.press("yes")
	if !g.turn.Submit {
		t.Fatal("the second press did not submit")
	}
	g.want(flow.AtSending, "sending")
	if len(g.turn.View.Rows) != 0 {
		t.Error("the card has buttons while the request is on the way")
	}
	g.do(flow.Sent{Outcome: flow.OutcomeDone, View: flow.View{Body: []wording.Text{text("done")}}})
	if !g.turn.Over || said(g.turn.View) != "done" {
		t.Errorf("got over=%v %q", g.turn.Over, said(g.turn.View))
	}
}

func TestWhatAnAnswerHangsOn(t *testing.T) {
	t.Run("an answer that a new fact refuses is asked again, the others stay", func(t *testing.T) {
		g := begin(t)
		g.do(flow.Typed{Text: "2"})
		g.do(flow.Typed{Text: "7"})
		g.do(flow.Typed{Text: "3"})
		g.do(flow.Typed{Text: "note"})
		g.press("Edit kind")
		g.do(flow.Typed{Text: "1"}) // limit 5, and 7 was chosen
		g.want("size", "too big")
		g.do(flow.Typed{Text: "4"})
		g.want(flow.AtReview, "review 4")
		if got := g.turn.Session.Answers["candles"]; got != "3" {
			t.Errorf("candles = %q, the kept answer was 3", got)
		}
	})
	t.Run("one text fills two steps", func(t *testing.T) {
		g := begin(t)
		g.do(flow.Typed{Text: "1 4"})
		g.want("candles", "candles?")
	})
	t.Run("the second of two answers is checked too", func(t *testing.T) {
		g := begin(t)
		g.do(flow.Typed{Text: "1 8"})
		g.want("size", "too big")
	})
	t.Run("a fact that changes before the last question sends back to the review", func(t *testing.T) {
		g := begin(t)
		g.fill()
		g.limits["1"] = 4
		g.press("Send")
		g.want(flow.AtReview, "the limit changed")
		g.press("Send")
		g.want(flow.AtConfirm, "sure?")
	})
	t.Run("and to the step that no longer fits", func(t *testing.T) {
		g := begin(t)
		g.fill()
		g.limits["1"] = 1
		g.press("Send")
		g.want("size", "too big")
	})
}

func TestBackKeepsLaterAnswers(t *testing.T) {
	g := begin(t)
	g.do(flow.Typed{Text: "1"})
	g.do(flow.Typed{Text: "2"})
	g.do(flow.Typed{Text: "3"})
	g.press("Back")
	g.want("candles", "candles?")
	g.press("Back")
	g.want("size", "size?")
	g.press("Keep")
	g.want("note", "note?")
}

func TestOddInputs(t *testing.T) {
	for name, tc := range map[string]struct {
		in   flow.Input
		want string
	}{
		"a photo":                    {flow.Odd{}, "text only"},
		"somebody else's number":     {flow.Shared{Phone: "1", Own: false}, "not yours"},
		"a refused answer, with fix": {flow.Typed{Text: "lots"}, "a number please"},
	} {
		t.Run(name, func(t *testing.T) {
			g := begin(t)
			g.do(flow.Typed{Text: "1"})
			g.do(flow.Typed{Text: "2"})
			g.do(tc.in)
			g.want("candles", tc.want)
		})
	}
	t.Run("the fix answers", func(t *testing.T) {
		g := begin(t)
		g.do(flow.Typed{Text: "lots"})
		g.press("take 3")
		if got := g.turn.Session.Answers["kind"]; got != "3" {
			t.Errorf("kind = %q", got)
		}
	})
	t.Run("one's own number answers", func(t *testing.T) {
		g := begin(t)
		g.do(flow.Typed{Text: "1"})
		g.do(flow.Typed{Text: "2"})
		g.do(flow.Shared{Phone: "44", Own: true})
		if g.turn.Session.Answers["candles"] != "44" {
			t.Errorf("candles %q", g.turn.Session.Answers["candles"])
		}
	})
}

func TestPressesThatMayNotAct(t *testing.T) {
	g := begin(t)
	g.fill()
	g.press("Send")
	question := g.turn.View.Rows[0][0].Press
	g.press("yes")
	sending := g.turn.Session

	t.Run("the same press again", func(t *testing.T) {
		turn := flow.Advance(g.flow, sending, flow.Pressed{Press: question}, now)
		if turn.Submit || turn.Toast.IsZero() {
			t.Errorf("submit %v, toast %q", turn.Submit, turn.Toast.Message.ID)
		}
	})
	t.Run("typing while it is on the way", func(t *testing.T) {
		turn := flow.Advance(g.flow, sending, flow.Typed{Text: "hurry"}, now)
		if diff := cmp.Diff(sending, turn.Session); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("an older card", func(t *testing.T) {
		g := begin(t)
		old := g.turn.View.Rows[0][0].Press
		g.do(flow.Typed{Text: "1"})
		g.do(flow.Pressed{Press: old})
		g.want("size", "size?")
		if g.turn.Toast.Message.ID != "out of date" || g.turn.Session.Answers["kind"] != "1" {
			t.Errorf("toast %q, kind %q", g.turn.Toast.Message.ID, g.turn.Session.Answers["kind"])
		}
	})
	t.Run("yes on a form that is not at its question", func(t *testing.T) {
		g := begin(t)
		g.do(flow.Pressed{Press: flow.Press{Of: "abc", Rev: g.turn.Session.Rev, Action: "yes"}})
		if g.turn.Submit {
			t.Error("a forged yes submitted an empty form")
		}
	})
}

func TestOutcomes(t *testing.T) {
	send := func(t *testing.T) *table {
		g := begin(t)
		g.fill()
		g.press("Send")
		g.press("yes")
		return g
	}
	t.Run("refused: back to the review with the reason and a new key", func(t *testing.T) {
		g := send(t)
		g.do(flow.Sent{Outcome: flow.OutcomeRefused, Note: text("no flour")})
		g.want(flow.AtReview, "no flour")
		if g.turn.Session.Attempt != 1 {
			t.Errorf("attempt %d", g.turn.Session.Attempt)
		}
	})
	t.Run("unsure: nothing moves until it is settled", func(t *testing.T) {
		g := send(t)
		g.do(flow.Sent{Outcome: flow.OutcomeUnsure})
		g.want(flow.AtUnsure, "unsure")
		g.do(flow.Cancel{})
		g.want(flow.AtUnsure, "unsure")
		g.do(flow.Sent{Outcome: flow.OutcomeAbsent, Note: text("not there")})
		g.want(flow.AtReview, "not there")
	})
}

func TestALoadThatFailsKeepsTheAnswer(t *testing.T) {
	g := begin(t)
	turn := flow.Advance(g.flow, g.turn.Session, flow.Typed{Text: "1"}, now)
	if len(turn.Load) != 1 || turn.Load[0] != (flow.Want{Name: "limit", For: "1"}) {
		t.Fatalf("load %v", turn.Load)
	}
	turn = flow.Advance(g.flow, turn.Session, flow.Loaded{Problem: text("shop shut")}, now)
	if got := said(turn.View); !strings.Contains(got, "shop shut") || turn.Session.Answers["kind"] != "1" {
		t.Fatalf("%q, answers %v", got, turn.Session.Answers)
	}
	g.turn = turn
	g.press("Again")
	g.want("size", "size?")
}

func TestCancelAsksOnceThereIsSomethingToLose(t *testing.T) {
	g := begin(t)
	g.press("Cancel")
	if !g.turn.Over {
		t.Error("an empty form asked before closing")
	}
	g = begin(t)
	g.do(flow.Typed{Text: "1"})
	g.press("Cancel")
	g.want(flow.AtCancel, "leave?")
	g.press("Go on")
	g.want("size", "size?")
	g.do(flow.Cancel{})
	g.press("Discard")
	if !g.turn.Over {
		t.Error("not closed")
	}
}

func TestSecretAnswersAreNeverKept(t *testing.T) {
	f := flow.Flow{Name: "link", Version: 1, Words: testWords(), Title: text("link"), Steps: []flow.Step{{
		ID: "token", Secret: true,
		Ask:   func(flow.Scope) flow.Prompt { return flow.Prompt{} },
		Parse: func(_ flow.Scope, s string) (flow.Answer, error) { return flow.Answer{Value: s}, nil },
	}}}
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	turn := flow.Advance(f, flow.Open(f, "x", nil, nil, now).Session, flow.Typed{Text: "hunter2"}, now)
	if !turn.Submit || turn.Secret != "hunter2" || !turn.Forget {
		t.Fatalf("submit %v, forget %v", turn.Submit, turn.Forget)
	}
	if data, err := json.Marshal(turn.Session); err != nil || strings.Contains(string(data), "hunter2") {
		t.Errorf("the session holds the secret (%v)", err)
	}
}

func TestValidateRefusesFlowsWithoutAnEnd(t *testing.T) {
	for name, spoil := range map[string]func(*flow.Flow){
		"nothing asked":   func(f *flow.Flow) { f.Steps, f.Confirm = nil, nil },
		"no label":        func(f *flow.Flow) { f.Yes = nil },
		"same name twice": func(f *flow.Flow) { f.Steps[1].ID = "kind" },
		"no parser":       func(f *flow.Flow) { f.Steps[0].Parse = nil },
		"unknown fact":    func(f *flow.Flow) { f.Steps[0].Load = []string{"moon"} },
		"unknown recheck": func(f *flow.Flow) { f.Recheck = []string{"moon"} },
		"secret first":    func(f *flow.Flow) { f.Steps[0].Secret = true },
		"secret, review":  func(f *flow.Flow) { f.Steps[3].Secret = true },
		"reserved name":   func(f *flow.Flow) { f.Steps[0].ID = "@review" },
	} {
		t.Run(name, func(t *testing.T) {
			f := cake()
			spoil(&f)
			if f.Validate() == nil {
				t.Error("accepted")
			}
		})
	}
	if err := cake().Validate(); err != nil {
		t.Error(err)
	}
}

// Whatever happens, a form neither panics nor gets stuck: every button that is shown is taken, every
// card has a way on, and no accepted answer is lost except by an answer to the same step.
func TestAnyInputInAnyState(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		g := &table{t: t, flow: cake(), limits: map[string]int{"1": 5, "2": 9, "3": 1}}
		g.settle(flow.Open(g.flow, "abc", nil, nil, now))
		for range rapid.IntRange(1, 40).Draw(r, "turns") {
			before := g.turn.Session
			g.do(anyInput(r, g))
			after := g.turn.Session
			if g.turn.Over {
				return
			}
			for id := range before.Answers {
				if _, kept := after.Answers[id]; !kept {
					r.Fatalf("lost the answer to %s", id)
				}
			}
			flying := after.At == flow.AtSending || after.At == flow.AtUnsure
			if len(g.turn.View.Rows) == 0 != flying {
				r.Fatalf("at %s with %d rows of buttons", after.At, len(g.turn.View.Rows))
			}
			for _, row := range g.turn.View.Rows {
				for _, b := range row {
					turn := flow.Advance(g.flow, after, flow.Pressed{Press: b.Press}, now)
					if !turn.Toast.IsZero() {
						r.Fatalf("at %s the button %v is refused", after.At, b.Press)
					}
				}
			}
			again := flow.Advance(g.flow, after, flow.Redraw{}, now)
			if diff := cmp.Diff(after.Answers, again.Session.Answers); diff != "" {
				r.Fatal(diff)
			}
		}
	})
}

func anyInput(r *rapid.T, g *table) flow.Input {
	switch rapid.IntRange(0, 7).Draw(r, "input") {
	case 0:
		return flow.Odd{}
	case 1:
		return flow.Redraw{}
	case 2:
		return flow.Shared{Phone: fmt.Sprint(rapid.IntRange(0, 9).Draw(r, "phone")), Own: rapid.Bool().Draw(r, "own")}
	case 3:
		if at := g.turn.Session.At; at == flow.AtSending || at == flow.AtUnsure {
			return flow.Sent{Outcome: flow.Outcome(rapid.IntRange(1, 3).Draw(r, "outcome"))}
		}
		return flow.Cancel{}
	case 4:
		return flow.Pressed{Press: flow.Press{
			Of: "abc", Rev: rapid.IntRange(0, 60).Draw(r, "rev"),
			Action: rapid.SampledFrom([]string{"pick", "back", "edit", "send", "yes", "review", "again", "share", "nonsense"}).Draw(r, "action"),
			Value:  rapid.SampledFrom([]string{"", "1", "2", "kind", "size", "candles", "moon"}).Draw(r, "value"),
		}}
	case 5:
		if rows := g.turn.View.Rows; len(rows) > 0 {
			row := rapid.SampledFrom(rows).Draw(r, "row")
			return flow.Pressed{Press: rapid.SampledFrom(row).Draw(r, "button").Press}
		}
	}
	return flow.Typed{Text: rapid.SampledFrom([]string{"1", "2", "3", "1 4", "2 12", "lots", "", "/start"}).Draw(r, "text")}
}

// question is a flow without a step: one press, and the way back.
func question() flow.Flow {
	return flow.Flow{
		Name: "eat", Version: 1, Title: text("eat"), Words: testWords(), Brief: true, YesStyle: flow.StyleDanger,
		Facts: map[string]func(flow.Scope) string{"left": func(s flow.Scope) string { return s.Answers["cake"] }},
		Confirm: func(s flow.Scope) []wording.Text {
			return []wording.Text{text("eat?"), text("left: " + string(s.Facts["left"].Data))}
		},
		Yes: func(s flow.Scope) wording.Text { return text("yes, " + s.Answers["cake"]) },
	}
}

func TestAQuestionWithoutSteps(t *testing.T) {
	f := question()
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	left := func(n string) map[string]flow.Fact {
		return map[string]flow.Fact{"left": {For: "plum", Data: []byte(n)}}
	}
	turn := flow.Open(f, "x", flow.Answers{"cake": "plum"}, left("2"), now)
	if turn.Session.At != flow.AtConfirm || len(turn.View.Rows) != 2 || len(turn.View.Rows[1]) != 1 {
		t.Fatalf("at %s with %+v", turn.Session.At, turn.View.Rows)
	}
	yes, back := turn.View.Rows[0][0], turn.View.Rows[1][0]
	if yes.Label.Message.English != "yes, plum" || yes.Style != flow.StyleDanger || back.Label.Message.English != "Go back" {
		t.Errorf("the buttons are %+v and %+v", yes, back)
	}
	if over := flow.Advance(f, turn.Session, flow.Pressed{Press: back.Press}, now); !over.Over || over.Submit {
		t.Errorf("going back leads to %+v", over)
	}
	if typed := flow.Advance(f, turn.Session, flow.Typed{Text: "yes"}, now); typed.Submit || typed.Session.At != flow.AtConfirm {
		t.Errorf("a typed yes leads to %+v", typed)
	}
	sent := flow.Advance(f, turn.Session, flow.Pressed{Press: yes.Press}, now)
	if !sent.Submit || sent.Session.At != flow.AtSending {
		t.Fatalf("yes leads to %+v", sent)
	}
	// The shell found out that less is left: the question comes again, and says so.
	again := flow.Advance(f, sent.Session, flow.Sent{Outcome: flow.OutcomeRefused, Note: text("less"), Facts: left("1")}, now)
	if again.Session.At != flow.AtConfirm || again.Session.Attempt != 1 || again.View.Body[len(again.View.Body)-1].Message.English != "left: 1" {
		t.Errorf("asked again: %+v", again.View.Body)
	}
	if string(turn.Session.Facts["left"].Data) != "2" {
		t.Error("the session that was handed in has changed")
	}
}

func TestBriefFormsCloseAtOnceAndTakeSecondThoughts(t *testing.T) {
	f := cake()
	f.Brief, f.Review = true, nil
	s := flow.Open(f, "x", flow.Answers{"kind": "1", "size": "1", "note": "hi"}, map[string]flow.Fact{"limit": {For: "1", Data: []byte("5")}}, now).Session
	if s.At != flow.AtConfirm {
		t.Fatalf("at %s", s.At)
	}
	turn := flow.Advance(f, s, flow.Typed{Text: "hello"}, now)
	if turn.Session.Answers["note"] != "hello" || turn.Session.At != flow.AtConfirm || turn.Session.Rev == s.Rev {
		t.Errorf("typing at the question leads to %+v", turn.Session)
	}
	if closed := flow.Advance(f, s, flow.Cancel{}, now); !closed.Over {
		t.Error("closing asks again")
	}
	long := cake()
	if closed := flow.Advance(long, s, flow.Cancel{}, now); closed.Over {
		t.Error("a long form closes at once")
	}
}
