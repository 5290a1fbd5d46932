package conversations_test

import (
	"fmt"
	"testing"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/sandbox/apisim"
)

// Whoever opens a booking before the next look has found its change is reminded of it all the same: the look finds
// nothing new by then.
func TestWhatIsSeenFirstIsReminded(t *testing.T) {
	type due = map[string]time.Duration
	const hour, quarter = "reminder %d 1h0m0s", "reminder %d 15m0s"
	reminders := func(more due) due {
		all := due{hour: 23 * time.Hour, quarter: 24*time.Hour - 15*time.Minute}
		for name, in := range more {
			all[name] = in
		}
		return all
	}
	for name, tc := range map[string]struct {
		status string
		prefs  alert.Prefs
		then   func(r *rig, ref string)
		want   due
	}{
		"an accepted booking":  {apisim.StatusAccepted, alert.Default(), nil, reminders(due{"reply_by %d 30m0s": 20*time.Hour - 30*time.Minute})},
		"a confirmed one":      {apisim.StatusConfirmed, alert.Default(), nil, reminders(nil)},
		"opened twice":         {apisim.StatusConfirmed, alert.Default(), func(r *rig, ref string) { r.do("card", ref) }, reminders(nil)},
		"reminders not wanted": {apisim.StatusConfirmed, alert.Prefs{}, nil, nil},
		"one taken back by hand, and seen again": {apisim.StatusConfirmed, alert.Default(), func(r *rig, ref string) {
			r.do("remindset", "60-"+ref)
			r.do("mute", ref)
			r.do("unmute", ref)
		}, due{quarter: 24*time.Hour - 15*time.Minute}},
		"set by hand at once": {
			apisim.StatusConfirmed,
			alert.Prefs{Leads: []int{60}},
			func(r *rig, ref string) { r.do("remindset", "60+"+ref); r.do("remindset", "5+"+ref) },
			due{hour: 23 * time.Hour, "reminder %d 5m0s": 24*time.Hour - 5*time.Minute},
		},
		"confirmed here": {apisim.StatusAccepted, alert.Default(), func(r *rig, ref string) {
			r.do("confirm", ref)
			_, yes := r.yes()
			r.pressed(0, yes)
			r.wantSaid("✅ Confirmed")
		}, reminders(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.prefer("", tc.prefs)
			id := r.platform.AddBooking(apisim.Seed{
				Client: clientID, Performer: performerID, Status: tc.status, Session: monday.Add(24 * time.Hour), AcceptBy: monday.Add(20 * time.Hour),
			})
			ref := fmt.Sprint("m", id)
			r.do("card", ref)
			if tc.then != nil {
				tc.then(r, ref)
			}
			want := due{}
			for name, in := range tc.want {
				want[fmt.Sprintf(name, id)] = in
			}
			r.wantWaiting(name, want)
		})
	}
}
