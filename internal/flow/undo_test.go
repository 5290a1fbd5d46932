package flow_test

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// pairs reads "kind=1 size=4" into answers.
func pairs(_ flow.Scope, line string) flow.Answers {
	found := flow.Answers{}
	for word := range strings.FieldsSeq(line) {
		if id, value, ok := strings.Cut(word, "="); ok {
			found[id] = value
		}
	}
	return found
}

// What is given along with another answer takes the place of an earlier one only if it holds, as far as that is known.
func TestWhatIsGivenAlongDoesNotReplaceWhatHolds(t *testing.T) {
	full := flow.Answers{"kind": "1", "size": "2", "candles": "3", "note": "n"}
	for name, tc := range map[string]struct {
		answered, line string // which steps are answered when the line comes at the first
		at, says       string
		changed        flow.Answers
	}{
		"along, refused":                      {"all", "1 8", "kind", "too big | kind?", nil},
		"along, taken":                        {"all", "1 4", flow.AtReview, "review 4", flow.Answers{"size": "4"}},
		"along, for a limit not read yet":     {"all", "2 12", "size", "too big", flow.Answers{"kind": "2", "size": "12"}},
		"along, in nothing's place":           {"kind", "1 8", "size", "too big", flow.Answers{"size": "8"}},
		"in a line, refused":                  {"all", "kind=1 size=8 note=new", "kind", "too big | kind?", nil},
		"in a line, taken":                    {"all", "kind=1 size=4 note=new", flow.AtReview, "review 4", flow.Answers{"size": "4", "note": "new"}},
		"in a line, in nothing's place":       {"kind", "kind=1 size=8 note=new", "size", "too big", flow.Answers{"size": "8", "note": "new"}},
		"in a line, for a step that is left":  {"all", "kind=1 size=1 candles=99", flow.AtReview, "review 1", flow.Answers{"size": "1", "candles": "99"}},
		"in a line, for a limit not read yet": {"all", "kind=2 size=12", "size", "too big", flow.Answers{"kind": "2", "size": "12"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := cake()
			f.Several = pairs
			check := f.Steps[1].Check
			f.Steps[1].Check = func(s flow.Scope, v string) *flow.Refusal {
				refusal := check(s, v)
				if refusal != nil {
					refusal.Fix = []flow.Option{{Label: text("take 5"), Value: "5"}}
				}
				return refusal
			}
			f.Steps[2].Check = func(_ flow.Scope, v string) *flow.Refusal {
				if v == "99" {
					return &flow.Refusal{Why: text("too many")}
				}
				return nil
			}
			g := &table{t: t, flow: f, limits: map[string]int{"1": 5, "2": 9}}
			before := flow.Answers{"kind": "1"}
			if tc.answered == "all" {
				before = full
			}
			g.settle(flow.Open(f, "abc", before, nil, now))
			for g.turn.Session.At != "kind" {
				g.press("Back")
			}
			g.do(flow.Typed{Text: tc.line})
			g.want(tc.at, tc.says)
			want := maps.Clone(before)
			maps.Copy(want, tc.changed)
			if diff := cmp.Diff(want, g.turn.Session.Answers); diff != "" {
				t.Error(diff)
			}
			if fixes := strings.Contains(labels(g.turn.View), "take 5"); fixes != (tc.at == "size") {
				t.Errorf("at %s with %s", tc.at, labels(g.turn.View))
			}
			if keeps := strings.Contains(labels(g.turn.View), "Keep"); keeps != (tc.at == "kind") {
				t.Errorf("at %s with %s", tc.at, labels(g.turn.View))
			}
		})
	}
	t.Run("refused without words, its question says why", func(t *testing.T) {
		f := cake()
		f.Steps[1].Check = func(_ flow.Scope, v string) *flow.Refusal {
			if v == "8" {
				return &flow.Refusal{}
			}
			return nil
		}
		f.Steps[1].Ask = func(s flow.Scope) flow.Prompt {
			return flow.Prompt{Body: []wording.Text{text("nobody bakes size " + s.Answers["size"])}}
		}
		g := &table{t: t, flow: f, limits: map[string]int{"1": 5}}
		g.settle(flow.Open(f, "abc", full, nil, now))
		g.press("Edit kind")
		g.do(flow.Typed{Text: "1 8"})
		g.want("kind", "nobody bakes size 8 | kind?")
	})
}

// labels are what stands on a card's buttons.
func labels(v flow.View) string {
	var all []string
	for _, row := range v.Rows {
		for _, b := range row {
			all = append(all, wording.Catalogue{}.Plain(b.Label))
		}
	}
	return strings.Join(all, ", ")
}

// oven is a filled cake whose kind can be checked only once its limit is read: there are none of limit 0. Kind 2 is
// being put in the place of kind 1, and nothing is read for it yet.
func oven(t *testing.T) *table {
	t.Helper()
	f := cake()
	f.Steps[0].Load = []string{"limit"}
	f.Steps[0].Check = func(s flow.Scope, v string) *flow.Refusal {
		var limit int
		if s.Fact("limit", &limit) && limit == 0 {
			return &flow.Refusal{Why: text("no kind " + v)}
		}
		return nil
	}
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	g := &table{t: t, flow: f, limits: map[string]int{"1": 5, "3": 9}}
	g.settle(flow.Open(f, "abc", nil, nil, now))
	g.fill()
	g.press("Edit kind")
	g.turn = flow.Advance(f, g.turn.Session, flow.Typed{Text: "2"}, now)
	if len(g.turn.Load) != 1 {
		t.Fatalf("reads %v", g.turn.Load)
	}
	return g
}

func (g *table) limit(kind string) flow.Loaded {
	data := []byte(strconv.Itoa(g.limits[kind]))
	return flow.Loaded{Facts: map[string]flow.Fact{"limit": {For: kind, Data: data}}}
}

// An edit that turns out to be refused once it can be checked leaves the answer that was there.
func TestAnEditThatIsRefusedLaterIsUndone(t *testing.T) {
	unread := flow.Loaded{Problem: text("shop shut")}
	for name, between := range map[string]func(*table){
		"at once": func(g *table) { g.settle(g.turn) },
		"after a restart": func(g *table) {
			data, err := json.Marshal(g.turn.Session)
			if err != nil {
				g.t.Fatal(err)
			}
			g.turn.Session = flow.Session{}
			if err := json.Unmarshal(data, &g.turn.Session); err != nil {
				g.t.Fatal(err)
			}
			g.do(flow.Redraw{})
		},
		"after it could not be read":        func(g *table) { g.do(unread); g.press("Again") },
		"after another that is refused too": func(g *table) { g.do(unread); g.do(flow.Typed{Text: "4"}) },
		"after a word of leaving":           func(g *table) { g.do(flow.Cancel{}); g.press("Go on") },
	} {
		t.Run(name, func(t *testing.T) {
			g := oven(t)
			between(g)
			g.want("kind", "no kind ")
			if got := g.turn.Session; got.Answers["kind"] != "1" || got.Undo != nil || len(g.turn.Load) > 0 {
				t.Fatalf("kind %q, still to undo %v, reads %v", got.Answers["kind"], got.Undo, g.turn.Load)
			}
			back := *g
			back.press("Back")
			back.want(flow.AtReview, "review 2")
			g.press("Keep")
			g.want(flow.AtReview, "review 2")
		})
	}
	t.Run("back while it can't be read", func(t *testing.T) {
		g := oven(t)
		g.do(unread)
		g.press("Back")
		g.want(flow.AtReview, "review 2")
		if got := g.turn.Session; got.Answers["kind"] != "1" || got.Undo != nil {
			t.Errorf("kind %q, still to undo %v", got.Answers["kind"], got.Undo)
		}
	})
	t.Run("taken", func(t *testing.T) {
		g := oven(t)
		g.limits["2"] = 7
		g.settle(g.turn)
		g.want(flow.AtReview, "review 2")
		if got := g.turn.Session; got.Answers["kind"] != "2" || got.Undo != nil {
			t.Errorf("kind %q, still to undo %v", got.Answers["kind"], got.Undo)
		}
	})
	t.Run("taken, and another does not hold for it", func(t *testing.T) {
		g := oven(t)
		g.limits["2"] = 1
		g.settle(g.turn)
		g.want("size", "too big")
		if got := g.turn.Session; got.Answers["kind"] != "2" || got.Undo != nil {
			t.Errorf("kind %q, still to undo %v", got.Answers["kind"], got.Undo)
		}
	})
	t.Run("the old one is typed again", func(t *testing.T) {
		g := oven(t)
		g.do(unread)
		g.do(flow.Typed{Text: "1"})
		g.want(flow.AtReview, "review 2")
		if got := g.turn.Session; got.Answers["kind"] != "1" || got.Undo != nil {
			t.Errorf("kind %q, still to undo %v", got.Answers["kind"], got.Undo)
		}
	})
	t.Run("no edit: what was said on the way is asked again", func(t *testing.T) {
		g := oven(t)
		g.do(flow.Typed{Text: "1"})
		for g.turn.Session.At != "kind" {
			g.press("Back")
		}
		g.do(flow.Typed{Text: "2"})
		g.want("kind", "no kind 2")
		if got := g.turn.Session; got.Answers["kind"] != "2" {
			t.Errorf("kind %q", got.Answers["kind"])
		}
	})
	t.Run("what was there did not hold either", func(t *testing.T) {
		g := oven(t)
		g.settle(g.turn)
		g.press("Keep")
		g.press("Edit kind")
		g.turn.Session.Facts["limit"] = flow.Fact{For: "1", Data: []byte("0")} // there are no more of it
		g.do(flow.Typed{Text: "2"})
		g.want("kind", "no kind 2")
		if strings.Contains(labels(g.turn.View), "Keep") {
			t.Error("offers to keep what is refused")
		}
	})
}

// Reading a step's facts again does not answer it, though it has its answer.
func TestReadingAgainStaysAtTheStepThatIsEdited(t *testing.T) {
	f := cake()
	f.Steps[1].Ask = func(flow.Scope) flow.Prompt {
		return flow.Prompt{Body: []wording.Text{text("size?")}, Reload: true}
	}
	g := &table{t: t, flow: f, limits: map[string]int{"1": 5}}
	g.settle(flow.Open(f, "abc", nil, nil, now))
	g.fill()
	g.press("Edit size")
	g.press("Reload")
	g.want("size", "size?")
}
