package flow_test

import (
	"strings"
	"testing"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// asked is a filled cake at its last question, and how to say yes to it.
func asked(t *testing.T) (*table, flow.Input) {
	t.Helper()
	g := begin(t)
	confirm := g.flow.Confirm
	g.flow.Confirm = func(s flow.Scope) []wording.Text {
		return append(confirm(s), text("of "+string(s.Facts["limit"].Data)))
	}
	g.fill()
	g.press("Send")
	g.want(flow.AtConfirm, "sure? | of 5")
	return g, flow.Pressed{Press: g.turn.View.Rows[0][0].Press}
}

// after plays an input at another moment, with all that is read for it.
func (g *table) after(d time.Duration, in flow.Input) (read int) {
	g.turn = flow.Advance(g.flow, g.turn.Session, in, now.Add(d))
	for ; len(g.turn.Load) > 0; read++ {
		g.turn = flow.Advance(g.flow, g.turn.Session, g.limit(g.turn.Load[0].For), now.Add(d))
	}
	return read
}

// A yes to a question that stood for long is sent only if everything is as it was when that was asked.
func TestALateYesIsCheckedOnceMore(t *testing.T) {
	for name, tc := range map[string]struct {
		late  time.Duration
		spoil func(*table)
		reads int
		at    string
		says  string
	}{
		"soon enough":                   {10 * time.Minute, func(g *table) { g.limits["1"] = 4 }, 0, flow.AtSending, ""},
		"late, and nothing has changed": {11 * time.Minute, func(*table) {}, 1, flow.AtSending, ""},
		"late, and something has":       {11 * time.Minute, func(g *table) { g.limits["1"] = 4 }, 1, flow.AtReview, "the limit changed"},
		"late, and an answer is out":    {20 * time.Hour, func(g *table) { g.limits["1"] = 1 }, 1, "size", "too big"},
		"late, and the question would be another": {11 * time.Minute, func(g *table) {
			g.limits["1"], g.flow.Changed = 4, nil
		}, 1, flow.AtConfirm, "sure? | of 4"},
		"the clock went back":   {-time.Minute, func(g *table) { g.limits["1"] = 4 }, 1, flow.AtReview, "the limit changed"},
		"nothing to read again": {20 * time.Hour, func(g *table) { g.flow.Recheck = nil }, 0, flow.AtSending, ""},
		"of an older program": {0, func(g *table) {
			g.turn.Session.Checked = time.Time{}
			g.limits["1"] = 4
		}, 1, flow.AtReview, "the limit changed"},
	} {
		t.Run(name, func(t *testing.T) {
			g, yes := asked(t)
			tc.spoil(g)
			if reads := g.after(tc.late, yes); reads != tc.reads {
				t.Errorf("read %d times, want %d", reads, tc.reads)
			}
			g.want(tc.at, tc.says)
			if g.turn.Submit != (tc.at == flow.AtSending) {
				t.Errorf("at %s, sends: %v", tc.at, g.turn.Submit)
			}
		})
	}
	t.Run("asked again, it is fresh", func(t *testing.T) {
		g, yes := asked(t)
		g.limits["1"], g.flow.Changed = 4, nil
		g.after(time.Hour, yes)
		if reads := g.after(time.Hour+time.Minute, flow.Pressed{Press: g.turn.View.Rows[0][0].Press}); reads != 0 || !g.turn.Submit {
			t.Errorf("read %d times, sends: %v", reads, g.turn.Submit)
		}
	})
	t.Run("it can't be read", func(t *testing.T) {
		g, yes := asked(t)
		g.turn = flow.Advance(g.flow, g.turn.Session, yes, now.Add(time.Hour))
		g.turn = flow.Advance(g.flow, g.turn.Session, flow.Loaded{Problem: text("shop shut")}, now.Add(time.Hour))
		g.want(flow.AtReview, "shop shut")
	})
	t.Run("cut off, the yes is forgotten", func(t *testing.T) {
		g, yes := asked(t)
		g.turn = flow.Advance(g.flow, g.turn.Session, yes, now.Add(time.Hour))
		g.after(time.Hour, flow.Redraw{})
		g.want(flow.AtReview, "review 2")
		g.after(time.Hour, flow.Pressed{Press: g.turn.View.Rows[0][0].Press})
		g.want(flow.AtConfirm, "sure?")
		if g.turn.Submit || !strings.Contains(labels(g.turn.View), "yes") {
			t.Error("sent without its own yes")
		}
	})
}
