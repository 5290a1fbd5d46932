package conversations

import (
	"testing"
	"time"

	"phonechatbot/apiclient"
)

// What a reminder's button carries comes back as input from outside: only what the screen offers is taken.
func FuzzRemindPress(f *testing.F) {
	for _, seed := range []string{"60+m48213:m2n", "1440-r1", "5+m1", "15-r9:r3c", "7+m1", "60m1", "+m1", "-60+m1", "060+m1", "60+", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := parseRemindPress(text)
		if !ok {
			return
		}
		if again, ok := parseRemindPress(p.String()); !ok || again != p {
			t.Errorf("%q becomes %q", text, p)
		}
		if p.lead <= 0 || p.lead > 24*time.Hour {
			t.Errorf("%q is %v before the call", text, p.lead)
		}
	})
}

func TestParseRemindPress(t *testing.T) {
	ref := cardRef{side: made, id: 48213, from: listPlace{side: made, tab: tabAll, page: 2, order: newest}}
	for text, want := range map[string]remindPress{
		"60+m48213:m2n":   {lead: time.Hour, on: true, ref: ref},
		"1440-m48213:m2n": {lead: 24 * time.Hour, ref: ref},
		"7+m48213:m2n":    {}, // no such reminder
		"060+m48213:m2n":  {},
		"60m48213":        {},
		"60+x1":           {},
		"":                {},
	} {
		if got, ok := parseRemindPress(text); got != want || ok != (want != remindPress{}) {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
}

// It grows with each change, whatever else the platform tells of a booking.
func TestSequence(t *testing.T) {
	made := time.Date(2027, 2, 15, 12, 0, 0, 0, time.UTC)
	first := sequence(apiclient.Booking{LastUpdated: made})
	for name, tc := range map[string]struct {
		updated time.Time
		want    int
	}{
		"a minute later": {made.Add(time.Minute), first + 60},
		"never updated":  {time.Time{}, 0},
		"long ago":       {time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), 0},
		"far ahead":      {time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), 1<<31 - 1},
	} {
		if got := sequence(apiclient.Booking{LastUpdated: tc.updated}); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}

func TestNumberText(t *testing.T) {
	for number, want := range map[string]string{
		"07700900123":     "07700 900123",
		"447700900123":    "07700 900123",
		"+447700900123":   "07700 900123",
		"+33 1 42682000":  "+33 1 42 68 20 00",
		"ask the studio":  "ask the studio",
		"":                "",
		"07700 900 123 x": "07700 900 123 x",
	} {
		if got := numberText(number); string(got) != want {
			t.Errorf("%q is shown as %q, want %q", number, got, want)
		}
	}
}
