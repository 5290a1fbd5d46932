package flow_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

func TestValidateRefusesDeadEnds(t *testing.T) {
	atOnce := func(f *flow.Flow) { f.Review, f.Confirm, f.Recheck, f.Brief = nil, nil, nil, true }
	for name, tc := range map[string]struct {
		spoil func(*flow.Flow)
		want  string
	}{
		"needs itself":             {func(f *flow.Flow) { f.Steps[1].Needs = []string{"size"} }, "step size needs itself"},
		"needs nobody known":       {func(f *flow.Flow) { f.Steps[1].Needs = []string{"moon"} }, "unknown step moon"},
		"needs a fact":             {func(f *flow.Flow) { f.Steps[1].Needs = []string{"limit"} }, "unknown step limit"},
		"needs one twice":          {func(f *flow.Flow) { f.Steps[1].Needs = []string{"kind", "kind"} }, "needs kind twice"},
		"needs in a circle of two": {func(f *flow.Flow) { f.Steps[0].Needs, f.Steps[1].Needs = []string{"size"}, []string{"kind"} }, "in a circle: kind, size"},
		"needs in a circle of three": {func(f *flow.Flow) {
			f.Steps[0].Needs, f.Steps[2].Needs, f.Steps[3].Needs = []string{"note"}, []string{"kind"}, []string{"candles"}
		}, "in a circle: kind, candles, note"},
		"no name":                     {func(f *flow.Flow) { f.Name = "" }, "the name must"},
		"a name too long for a press": {func(f *flow.Flow) { f.Name = strings.Repeat("a", 13) }, "the name must"},
		"a name that is no action":    {func(f *flow.Flow) { f.Name = "cake2" }, "the name must"},
		"an id too long":              {func(f *flow.Flow) { f.Steps[0].ID = strings.Repeat("k", 13) }, "the id"},
		"an id with a dot":            {func(f *flow.Flow) { f.Steps[0].ID = "ki.nd" }, "the id"},
		"an id of the engine":         {func(f *flow.Flow) { f.Steps[0].ID = "@cancel" }, "the id"},
		"no title":                    {func(f *flow.Flow) { f.Title = wording.Text{} }, "no title"},
		"no way out":                  {func(f *flow.Flow) { f.Words.Cancel = wording.Text{} }, "button Cancel"},
		"no way back":                 {func(f *flow.Flow) { f.Words.Back = wording.Text{} }, "button Back"},
		"a review without Send":       {func(f *flow.Flow) { f.Words.Send = wording.Text{} }, "button Send"},
		"a question without a way":    {func(f *flow.Flow) { f.Words.GoBack = wording.Text{} }, "button GoBack"},
		"edits without a label":       {func(f *flow.Flow) { f.Words.Edit = wording.Message{} }, "button Edit"},
		"shares without a label":      {func(f *flow.Flow) { f.Words.ShareNumber = wording.Text{} }, "button ShareNumber"},
		"reads, and can't try again":  {func(f *flow.Flow) { f.Words.Again = wording.Text{} }, "button Again"},
		"nothing to keep with":        {func(f *flow.Flow) { f.Words.Keep = wording.Text{} }, "button Keep"},
		"cancel without Discard":      {func(f *flow.Flow) { f.Words.Discard = wording.Text{} }, "button Discard"},
		"cancel without a way back":   {func(f *flow.Flow) { f.Words.KeepGoing = wording.Text{} }, "button KeepGoing"},
		"rechecks what none loads":    {func(f *flow.Flow) { f.Steps[1].Load = nil }, "which no step loads"},
		"rechecks without a review":   {func(f *flow.Flow) { f.Review = nil }, "no review"},
		"sent by an answer left out":  {func(f *flow.Flow) { atOnce(f); f.Steps = f.Steps[:3] }, "a failure leads nowhere"},
		"sent by going on":            {func(f *flow.Flow) { atOnce(f); f.Brief = false }, "secret or the form brief"},
	} {
		t.Run(name, func(t *testing.T) {
			f := cake()
			tc.spoil(&f)
			if err := f.Validate(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want one of %q", err, tc.want)
			}
		})
	}
}

func TestValidateTakes(t *testing.T) {
	for name, change := range map[string]func(*flow.Flow){
		"a need of a later step": func(f *flow.Flow) { f.Steps[0].Needs = []string{"note"} },
		"two needs of the same": func(f *flow.Flow) {
			f.Steps[3].Needs, f.Steps[2].Needs, f.Steps[1].Needs = []string{"kind", "size", "candles"}, []string{"kind", "size"}, []string{"kind"}
		},
		"a brief form that never asks to leave": func(f *flow.Flow) {
			f.Brief, f.Words.Discard, f.Words.KeepGoing = true, wording.Text{}, wording.Text{}
		},
		"a fact read before": func(f *flow.Flow) { f.Facts["shop"] = func(flow.Scope) string { return "" } },
		"sent by the last answer": func(f *flow.Flow) {
			f.Review, f.Confirm, f.Recheck, f.Brief = nil, nil, nil, true
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := cake()
			change(&f)
			if err := f.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A value that callback data cannot carry is left out: cut short it would be another answer.
func TestOptionsThatNoButtonCanCarry(t *testing.T) {
	longest := strings.Repeat("v", flow.MaxValue)
	f := cake()
	f.Steps[0].Ask = func(flow.Scope) flow.Prompt {
		return flow.Prompt{Options: [][]flow.Option{
			{{Label: text("longest"), Value: longest}, {Label: text("longer"), Value: longest + "v"}},
			{{Label: text("alone"), Value: longest + "vv"}},
			{{Label: text("wide"), Value: strings.Repeat("é", flow.MaxValue)}, {Label: text("two lines"), Value: "a\nb"}},
			{{Label: text("broken"), Value: "\xff"}, {Label: text("look"), Value: longest + "v", Look: true}},
		}}
	}
	f.Steps[0].Parse = func(flow.Scope, string) (flow.Answer, error) {
		return flow.Answer{}, &flow.Refusal{Why: text("no"), Fix: []flow.Option{{Label: text("long fix"), Value: longest + "v"}, {Label: text("fix"), Value: longest}}}
	}
	labels := func(v flow.View) string {
		var all []string
		for _, row := range v.Rows {
			var keys []string
			for _, b := range row {
				keys = append(keys, b.Label.Message.English)
			}
			all = append(all, "["+strings.Join(keys, " ")+"]")
		}
		return strings.Join(all, "")
	}
	opened := flow.Open(f, "abc", nil, nil, now)
	if got := labels(opened.View); got != "[longest][Cancel]" {
		t.Errorf("drawn: %s", got)
	}
	refused := flow.Advance(f, opened.Session, flow.Typed{Text: "?"}, now)
	if got := labels(refused.View); got != "[fix][longest][Cancel]" {
		t.Errorf("drawn after a refusal: %s", got)
	}
}

// A form that its last answer sends is sent by an answer only: not again when it was refused, and not by whatever
// else happens then.
func TestARefusedFormWithoutAQuestionIsNotSentAgainUnasked(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := cake()
		f.Review, f.Confirm, f.Recheck, f.Brief = nil, nil, nil, true
		g := &table{t: t, flow: f, limits: map[string]int{"1": 5}}
		g.settle(flow.Open(f, "abc", nil, nil, now))
		for _, line := range []string{"1", "2", "3", "hello"} {
			g.do(flow.Typed{Text: line})
		}
		if !g.turn.Submit {
			t.Fatal("the last answer does not send")
		}
		facts := map[string]flow.Fact{}
		if rapid.Bool().Draw(r, "stale") { // what was read on the way has to be read again
			facts["limit"] = flow.Fact{For: "2", Data: []byte("5")}
		}
		outcome := rapid.SampledFrom([]flow.Outcome{flow.OutcomeRefused, flow.OutcomeAbsent}).Draw(r, "outcome")
		for _, in := range []flow.Input{flow.Sent{Outcome: outcome, Note: text("no flour"), Facts: facts}, flow.Redraw{}, flow.Odd{}} {
			if g.do(in); g.turn.Submit || g.turn.Session.At != "note" {
				r.Fatalf("%T: at %s, sent %v", in, g.turn.Session.At, g.turn.Submit)
			}
		}
		if g.press("Keep"); !g.turn.Submit {
			r.Error("cannot be sent again")
		}
	})
}

// Facts that come when nothing may move any more leave the card as it is.
func TestFactsThatComeWhileSending(t *testing.T) {
	g := begin(t)
	g.fill()
	g.press("Send")
	g.press("yes")
	g.do(flow.Loaded{Problem: text("shop shut")})
	if g.turn.Session.At != flow.AtSending || len(g.turn.View.Rows) != 0 {
		t.Errorf("at %s with buttons %v", g.turn.Session.At, g.turn.View.Rows)
	}
}
