package conversations

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/alert"
)

func TestMinutesMeant(t *testing.T) {
	for text, want := range map[string][]int{
		"22:30": {1350}, " 22.30 ": {1350}, "2230": {1350}, "930": {570}, "0930": {570},
		"7": {420}, "07": {420}, "0": {0}, "00:00": {0}, "24:00": {0}, "24": {0}, "12": {720}, "12:30": {750},
		"7pm": {1140}, "7 a.m.": {420}, "12am": {0}, "noon": {720}, "midnight": {0}, "quarter to nine in the evening": {1245},
		"half past ten": {630, 1350},
		"24:01":         nil, "25": nil, "7:60": nil, "7:5": nil, "-7": nil, "": nil, "soon": nil, "tomorrow 7pm": nil, "in 2 hours": nil, "٧": nil,
		"00000007": nil,
	} {
		t.Run(text, func(t *testing.T) {
			if diff := cmp.Diff(want, minutesMeant(text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseSpan(t *testing.T) {
	type span struct{ from, to int }
	for text, want := range map[string]span{
		"22:30-7": {1350, 420}, "22:30 – 07:00": {1350, 420}, "22—7": {1320, 420}, "10pm-7am": {1320, 420}, "10pm to 7": {1320, 420},
		"From 22 until 7": {1320, 420}, "between 1 and 6:15": {60, 375}, "midnight till noon": {0, 720}, "22:00-22:00": {1320, 1320},
		"10 to 11": {600, 660}, "22:30 7:00": {1350, 420}, "22:30, 7:15": {1350, 435}, "22:30/7": {1350, 420}, "22 → 7": {1320, 420}, "22~7": {1320, 420},
	} {
		t.Run(text, func(t *testing.T) {
			if from, to, ok := parseSpan(text); !ok || from != want.from || to != want.to {
				t.Errorf("got %d, %d, %v; want %v", from, to, ok, want)
			}
		})
	}
	for _, text := range []string{"", "-", "22:30", "22:30-", "-7", "22-7-9", "half past ten-7", "quarter to nine", "25-7", "a to b", "22 to", "7 15", "7,15", "7/15", "7:15 pm", "at 7:15", "7:15 8:30 9", "7:15,"} {
		if from, to, ok := parseSpan(text); ok {
			t.Errorf("%q is from %d to %d", text, from, to)
		}
	}
}

// What is read of times is of this day, and as it is shown it is read again.
func FuzzTimesOfTheDay(f *testing.F) {
	for _, seed := range []string{"22:30-7", "from 10pm to 7am", "half past ten", "24:00", "7", "٧-٨", "1-2-3", "between noon and midnight"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		meant := minutesMeant(text)
		if from, to, ok := parseSpan(text); ok {
			again, until, ok := parseSpan(timeOf(from) + "-" + timeOf(to))
			if !ok || again != from || until != to {
				t.Errorf("%q: %d, %d is read as %d, %d", text, from, to, again, until)
			}
			meant = append(meant, from, to)
		}
		for _, minute := range meant {
			if minute < 0 || minute >= alert.MinutesADay || !slices.Equal(minutesMeant(timeOf(minute)), []int{minute}) {
				t.Errorf("%q is %d, and that is %v", text, minute, minutesMeant(timeOf(minute)))
			}
		}
	})
}

// A key's value comes back as input from outside: whatever it is, what is chosen is something that can be chosen, and
// pressed twice it is the same.
func FuzzAlertsPress(f *testing.F) {
	for _, seed := range []string{
		"events request+", "events needs_me", "events reminder-", "level standard", "level ", "quiet hold", "quiet off", "remind 60+", "remind 61+",
		"remind reply_by-", "summary 480", "summary 1440", "summary -1", "summary off", "", " ", "nothing at all",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		p, ok := parseAlertsPress(value)
		if !ok {
			return
		}
		is := p.change(alert.Default())
		if diff := cmp.Diff(is, p.change(is)); diff != "" {
			t.Errorf("%q pressed twice (-once +twice):\n%s", value, diff)
		}
		for _, k := range is.Off {
			if !slices.Contains(alert.Switches(), k) {
				t.Errorf("%q switches %q off", value, k)
			}
		}
		for _, minutes := range is.Leads {
			if !slices.Contains(alert.Leads(), minutes) {
				t.Errorf("%q reminds %d minutes before", value, minutes)
			}
		}
		if at := is.Summary.At; at < 0 || at >= alert.MinutesADay || !slices.Contains(levels(), is.Level) {
			t.Errorf("%q: %+v", value, is)
		}
		if q := is.Quiet; q.Mode != alert.Loud && q.From == q.To {
			t.Errorf("%q: quiet hours that are none", value)
		}
	})
}

func TestKeysThatAreNone(t *testing.T) {
	for _, value := range []string{
		"", "level", "level loud", "level Standard", "events request", "events reminder+", "events sign_in-", "quiet", "quiet loud", "remind 61+", "remind 60",
		"summary 1440", "summary -1", "summary", "weather on",
	} {
		if _, ok := parseAlertsPress(value); ok {
			t.Errorf("%q chooses something", value)
		}
	}
}

// A press leads to the state that it names, from any other.
func TestAPressNamesTheState(t *testing.T) {
	quiet := alert.Quiet{Mode: alert.Hold, From: 1380, To: 400}
	for name, tc := range map[string]struct {
		press   string
		was, is alert.Prefs
	}{
		"a switch that is on":            {"events request+", alert.Prefs{}, alert.Prefs{}},
		"a switch that is off":           {"events request+", alert.Prefs{Off: []alert.Kind{alert.Request}}, alert.Prefs{}},
		"switched off":                   {"events request-", alert.Prefs{}, alert.Prefs{Off: []alert.Kind{alert.Request}}},
		"a preset":                       {"events all", alert.Prefs{Off: []alert.Kind{alert.Request}}, alert.Prefs{}},
		"discreet again":                 {"level discreet", alert.Prefs{Level: alert.Standard}, alert.Prefs{}},
		"standard":                       {"level standard", alert.Prefs{}, alert.Prefs{Level: alert.Standard}},
		"quiet for the first time":       {"quiet silent", alert.Prefs{}, alert.Prefs{Quiet: alert.Quiet{Mode: alert.Silent, From: usualFrom, To: usualTo}}},
		"held instead":                   {"quiet silent", alert.Prefs{Quiet: quiet}, alert.Prefs{Quiet: alert.Quiet{Mode: alert.Silent, From: 1380, To: 400}}},
		"loud, and the times are kept":   {"quiet off", alert.Prefs{Quiet: quiet}, alert.Prefs{Quiet: alert.Quiet{From: 1380, To: 400}}},
		"a reminder":                     {"remind 15+", alert.Prefs{Leads: []int{60, 5}}, alert.Prefs{Leads: []int{60, 15, 5}}},
		"none":                           {"remind 15-", alert.Prefs{Leads: []int{15}}, alert.Prefs{}},
		"no warning":                     {"remind reply_by-", alert.Prefs{}, alert.Prefs{Off: []alert.Kind{alert.ReplyBy}}},
		"a summary":                      {"summary 495", alert.Prefs{}, alert.Prefs{Summary: alert.Daily{On: true, At: 495}}},
		"at midnight":                    {"summary 0", alert.Prefs{}, alert.Prefs{Summary: alert.Daily{On: true}}},
		"no summary":                     {"summary off", alert.Prefs{Summary: alert.Daily{On: true, At: 495}}, alert.Prefs{Summary: alert.Daily{At: 495}}},
		"nothing else changes, a preset": {"events all", alert.Prefs{Level: alert.Minimal, Quiet: quiet, Leads: []int{5}}, alert.Prefs{Level: alert.Minimal, Quiet: quiet, Leads: []int{5}}},
	} {
		t.Run(name, func(t *testing.T) {
			p, ok := parseAlertsPress(tc.press)
			if !ok {
				t.Fatal("chooses nothing")
			}
			if diff := cmp.Diff(tc.is, p.change(tc.was)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Every page shows every choice that there is, and each key leads to another state or is ticked.
func TestEveryChoiceHasAKey(t *testing.T) {
	words := map[string]bool{}
	for _, k := range alert.Switches() {
		if kindText(k).IsZero() || words[kindText(k).Message.ID] {
			t.Errorf("%s has no words of its own", k)
		}
		words[kindText(k).Message.ID] = true
	}
	rapid.Check(t, func(t *rapid.T) {
		p := alert.Prefs{Level: rapid.SampledFrom(levels()).Draw(t, "level")}
		for _, k := range alert.Switches() {
			p = p.With(k, rapid.Bool().Draw(t, string(k)))
		}
		for _, minutes := range alert.Leads() {
			p = p.WithLead(minutes, rapid.Bool().Draw(t, fmt.Sprint(minutes)))
		}
		for _, k := range alert.Switches() {
			on := p.Wants(k)
			next, ok := parseAlertsPress(alertsEvents + " " + string(k) + opposite(on))
			if !ok || next.change(p).Wants(k) == on || !cmp.Equal(next.change(p).With(k, on), p) {
				t.Errorf("the key of %s, which is %v", k, on)
			}
		}
	})
}
