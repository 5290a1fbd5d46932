package alert_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/alert"
)

func TestDecide(t *testing.T) {
	const midnight, seven = "2026-01-11T00:00:00Z", "2026-01-11T07:00:00Z"
	night := func(mode alert.Mode) alert.Prefs {
		return alert.Prefs{Quiet: alert.Quiet{Mode: mode, From: clock(22, 0), To: clock(7, 0)}}
	}
	drop, loud, silent := alert.Decision{Drop: true}, alert.Decision{}, alert.Decision{Silent: true}
	held := func(until string) alert.Decision { return alert.Decision{Silent: true, Hold: at(t, until)} }
	snoozed := func(until string) alert.Decision { return alert.Decision{Hold: at(t, until)} }
	for name, tc := range map[string]struct {
		prefs                              alert.Prefs
		now                                string
		kind                               alert.Kind
		session, replyBy, snoozedUntilThen string
		want                               alert.Decision
	}{
		"nothing was chosen":         {alert.Prefs{}, midnight, alert.Accepted, "", "", "", loud},
		"switched off":               {alert.Prefs{}.With(alert.Accepted, false), midnight, alert.Accepted, "2026-01-11T00:30:00Z", "", "", drop},
		"another is switched off":    {alert.Prefs{}.With(alert.Rejected, false), midnight, alert.Accepted, "", "", "", loud},
		"back goes with down":        {alert.Prefs{}.With(alert.Down, false), midnight, alert.Back, "", "", "", drop},
		"quiet, by day":              {night(alert.Hold), "2026-01-11T12:00:00Z", alert.Accepted, "2026-01-13T12:00:00Z", "", "", loud},
		"silent":                     {night(alert.Silent), midnight, alert.Accepted, "2026-01-13T12:00:00Z", "", "", silent},
		"held":                       {night(alert.Hold), midnight, alert.Accepted, "2026-01-13T12:00:00Z", "", "", held(seven)},
		"held, about no booking":     {night(alert.Hold), midnight, alert.SignIn, "", "", "", held(seven)},
		"a test comes at once":       {night(alert.Hold), midnight, alert.Test, "", "", "", loud},
		"a call within the hour":     {night(alert.Hold), midnight, alert.Cancelled, "2026-01-11T01:00:00Z", "", "", loud},
		"one second more":            {night(alert.Hold), midnight, alert.Cancelled, "2026-01-11T01:00:01Z", "", "", silent},
		"a call that has begun":      {night(alert.Hold), midnight, alert.Cancelled, midnight, "", "", held(seven)},
		"a call before the end":      {night(alert.Hold), midnight, alert.Cancelled, "2026-01-11T06:00:00Z", "", "", silent},
		"a call at the end":          {night(alert.Hold), midnight, alert.Cancelled, seven, "", "", silent},
		"a call soon after the end":  {night(alert.Hold), midnight, alert.Cancelled, "2026-01-11T07:30:00Z", "", "", held("2026-01-11T06:30:00Z")},
		"an answer due before":       {night(alert.Hold), midnight, alert.Request, "2026-01-13T12:00:00Z", "2026-01-11T06:59:00Z", "", silent},
		"an answer due at the end":   {night(alert.Hold), midnight, alert.Request, "2026-01-13T12:00:00Z", seven, "", silent},
		"an answer due soon after":   {night(alert.Hold), midnight, alert.Request, "2026-01-13T12:00:00Z", "2026-01-11T07:10:00Z", "", silent},
		"an answer due after":        {night(alert.Hold), midnight, alert.Request, "2026-01-13T12:00:00Z", "2026-01-11T07:11:00Z", "", held(seven)},
		"an answer that was due":     {night(alert.Hold), midnight, alert.Request, "2026-01-13T12:00:00Z", "2026-01-10T23:00:00Z", "", held(seven)},
		"snoozed":                    {alert.Prefs{}, midnight, alert.Accepted, "2026-01-13T12:00:00Z", "", "2026-01-11T00:15:00Z", snoozed("2026-01-11T00:15:00Z")},
		"snoozed long ago":           {alert.Prefs{}, midnight, alert.Accepted, "2026-01-13T12:00:00Z", "", midnight, loud},
		"snoozed beyond the answer":  {alert.Prefs{}, midnight, alert.Request, "2026-01-13T12:00:00Z", "2026-01-11T00:15:00Z", "2026-01-11T00:15:00Z", loud},
		"snoozed beyond the call":    {alert.Prefs{}, midnight, alert.Accepted, "2026-01-11T03:00:00Z", "", "2026-01-11T03:15:00Z", loud},
		"snoozed, within the hour":   {alert.Prefs{}, midnight, alert.Accepted, "2026-01-11T00:40:00Z", "", "2026-01-11T00:15:00Z", loud},
		"snoozed into the hour":      {alert.Prefs{}, midnight, alert.Accepted, "2026-01-11T01:10:00Z", "", "2026-01-11T00:15:00Z", snoozed("2026-01-11T00:10:00Z")},
		"snoozed, a reminder":        {alert.Prefs{}, midnight, alert.Reminder, "2026-01-11T12:00:00Z", "", "2026-01-11T00:15:00Z", loud},
		"snoozed, a reply-by":        {alert.Prefs{}, midnight, alert.ReplyBy, "2026-01-13T12:00:00Z", "2026-01-11T00:30:00Z", "2026-01-11T00:15:00Z", loud},
		"snoozed less than held":     {night(alert.Hold), midnight, alert.Accepted, "2026-01-13T12:00:00Z", "", "2026-01-11T00:15:00Z", held(seven)},
		"snoozed more than held":     {night(alert.Hold), "2026-01-11T06:50:00Z", alert.Accepted, "2026-01-13T12:00:00Z", "", "2026-01-11T07:05:00Z", held("2026-01-11T07:05:00Z")},
		"a reply-by warning is held": {night(alert.Hold), "2026-01-11T06:45:00Z", alert.ReplyBy, "2026-01-13T12:00:00Z", "2026-01-11T07:15:00Z", "", held(seven)},
	} {
		t.Run(name, func(t *testing.T) {
			n := alert.News{Kind: tc.kind, Session: at(t, tc.session), ReplyBy: at(t, tc.replyBy), Snoozed: at(t, tc.snoozedUntilThen)}
			got := tc.prefs.Decide(n, time.UTC, at(t, tc.now))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever was chosen: held news waits for nothing it is about, and what was decided once is decided again until then.
func TestHeldNewsComesInTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := drawZone(t)
		now := drawMoment(t, z)
		later := func(label string) time.Time {
			if rapid.Bool().Draw(t, "no "+label) {
				return time.Time{}
			}
			return now.Add(time.Duration(rapid.IntRange(-120, 40*60).Draw(t, label)) * time.Minute)
		}
		p := alert.Prefs{Quiet: alert.Quiet{
			Mode: rapid.SampledFrom([]alert.Mode{alert.Loud, alert.Silent, alert.Hold}).Draw(t, "mode"),
			From: drawMinute(t, "from"), To: drawMinute(t, "to"),
		}}
		n := alert.News{
			Kind:    rapid.SampledFrom([]alert.Kind{alert.Request, alert.Cancelled, alert.Reminder, alert.ReplyBy, alert.Test}).Draw(t, "kind"),
			Session: later("session"), ReplyBy: later("reply by"), Snoozed: later("snoozed"),
		}
		d := p.Decide(n, z, now)
		if d.Drop {
			t.Fatal("dropped, and nothing is switched off")
		}
		if near := n.Session.Sub(now); near > 0 && near <= alert.Soon && d != (alert.Decision{}) {
			t.Fatalf("a call in %v: %+v", near, d)
		}
		if d.Hold.IsZero() {
			return
		}
		if !d.Hold.After(now) {
			t.Fatalf("held until %v, at %v", d.Hold, now)
		}
		for _, deadline := range []time.Time{n.Session, n.ReplyBy} {
			if deadline.After(now) && !d.Hold.Before(deadline) {
				t.Fatalf("held until %v, and its time is %v", d.Hold, deadline)
			}
		}
		between := now.Add(time.Duration(rapid.Int64Range(0, int64(d.Hold.Sub(now))-1).Draw(t, "between")))
		if again := p.Decide(n, z, between); again.Hold.IsZero() {
			t.Fatalf("held at %v until %v, and told at %v", now, d.Hold, between)
		}
	})
}
