package alert_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/alert"
)

func allKinds() []alert.Kind {
	return []alert.Kind{
		alert.Request, alert.Accepted, alert.Rejected, alert.Expired, alert.Confirmed, alert.Cancelled, alert.Credits, alert.Changed,
		alert.ReplyBy, alert.Reminder, alert.SignIn, alert.NoAccess, alert.Down, alert.Back, alert.Summary, alert.Test,
	}
}

func TestWants(t *testing.T) {
	silenced := alert.Prefs{Off: allKinds()}
	var told []alert.Kind
	for _, k := range allKinds() {
		if !(alert.Prefs{}).Wants(k) {
			t.Errorf("%s is not told to somebody who chose nothing", k)
		}
		if silenced.Wants(k) {
			told = append(told, k)
		}
	}
	want := []alert.Kind{alert.Reminder, alert.SignIn, alert.NoAccess, alert.Summary, alert.Test}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("what nobody can switch off (-want +got):\n%s", diff)
	}
}

// Every kind stands in one group: news of a booking, what comes at a time, and the rest.
func TestKinds(t *testing.T) {
	for _, k := range allKinds() {
		ofBooking := slices.Index(allKinds(), k) < slices.Index(allKinds(), alert.ReplyBy)
		timed := k == alert.ReplyBy || k == alert.Reminder
		if k.OfBooking() != ofBooking || k.Timed() != timed {
			t.Errorf("%s: of a booking %v, timed %v", k, k.OfBooking(), k.Timed())
		}
	}
}

func TestPresets(t *testing.T) {
	for preset, want := range map[alert.Preset][]alert.Kind{
		alert.All:       alert.Switches(),
		alert.NeedsMe:   {alert.Request, alert.Accepted, alert.Cancelled, alert.Credits, alert.Changed, alert.ReplyBy},
		alert.Essential: {alert.Accepted, alert.Confirmed, alert.Cancelled},
	} {
		p := alert.Prefs{Level: alert.Minimal, Leads: []int{5}, Off: []alert.Kind{alert.Cancelled}}.As(preset)
		var told []alert.Kind
		for _, k := range alert.Switches() {
			if p.Wants(k) {
				told = append(told, k)
			}
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("%s (-want +got):\n%s", preset, diff)
		}
		if got, named := p.Preset(); !named || got != preset {
			t.Errorf("%s is called %q, %v", preset, got, named)
		}
		if p.Level != alert.Minimal || len(p.Leads) != 1 {
			t.Errorf("%s changed something else: %+v", preset, p)
		}
		one := p.With(alert.Cancelled, false)
		if got, named := one.Preset(); named {
			t.Errorf("%s without cancellations is called %s", preset, got)
		}
		if got, _ := one.With(alert.Cancelled, true).Preset(); got != preset {
			t.Errorf("%s, off and on again, is called %q", preset, got)
		}
	}
}

// TestSwitches switches at random: each switch is as it was set last, whatever became of the others, and two ways to
// the same switches are the same choice on disk.
func TestSwitches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, model := alert.Prefs{}, map[alert.Kind]bool{}
		leads := map[int]bool{}
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			k, on := rapid.SampledFrom(allKinds()).Draw(t, "kind"), rapid.Bool().Draw(t, "on")
			minutes := rapid.SampledFrom([]int{1440, 60, 15, 5, 7, 0}).Draw(t, "lead")
			before := slices.Clone(p.Off)
			next := p.With(k, on).WithLead(minutes, on)
			if !slices.Equal(before, p.Off) {
				t.Fatal("the choice that it came from changed")
			}
			p = next
			if slices.Contains(alert.Switches(), k) {
				model[k] = !on
			}
			if slices.Contains(alert.Leads(), minutes) {
				leads[minutes] = on
			}
		}
		var want alert.Prefs
		for _, k := range alert.Switches() {
			if model[k] {
				want.Off = append(want.Off, k)
			}
			if p.Wants(k) == model[k] {
				t.Fatalf("%s: told %v", k, p.Wants(k))
			}
		}
		for _, minutes := range alert.Leads() {
			if leads[minutes] {
				want.Leads = append(want.Leads, minutes)
			}
		}
		if diff := cmp.Diff(want, p); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		data, err := json.Marshal(p)
		var back alert.Prefs
		if err != nil || json.Unmarshal(data, &back) != nil || !cmp.Equal(p, back) {
			t.Fatalf("%s comes back as %+v (%v)", data, back, err)
		}
	})
}

func TestTheBeginning(t *testing.T) {
	p := alert.Default()
	if diff := cmp.Diff(alert.Prefs{Leads: []int{60, 15}}, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.Leads[0] = 5
	if alert.Default().Leads[0] != 60 {
		t.Error("two accounts begin with one list")
	}
}
