package conversations

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

// clockAt is a clock that stands still.
func clockAt(t testing.TB, zone, now string) clock {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", now, z)
	if err != nil {
		t.Fatal(err)
	}
	return clock{now: func() time.Time { return at }, zone: z}
}

// keys are the labels of a prompt's options, row by row.
func keys(p flow.Prompt) []string {
	var rows []string
	for _, row := range p.Options {
		var labels []string
		for _, o := range row {
			labels = append(labels, wording.Catalogue{}.Plain(o.Label))
		}
		rows = append(rows, strings.Join(labels, " "))
	}
	return rows
}

func said(p flow.Prompt) string {
	var ids []string
	for _, text := range p.Body {
		ids = append(ids, text.Message.ID)
	}
	return strings.Join(ids, " ")
}

func TestTheMonth(t *testing.T) {
	const quick, head = "Today Tomorrow", "Mo Tu We Th Fr Sa Su"
	february := []string{
		quick, head, "· · · · · · 20", "21 22 23 24 25 26 27", "28 29 · · · · ·", "March ›",
	}
	for name, tc := range map[string]struct {
		now, look string
		answered  string
		want      []string
	}{
		"a leap year": {now: "2028-02-20 09:00:00", want: february},
		"the day of the leap year": {
			now: "2028-02-29 23:59:59", want: []string{quick, head, "· 29 · · · · ·", "March ›"},
		},
		"a last day of a month that is no Sunday": {
			now: "2027-04-30 12:00:00", want: []string{quick, head, "· · · · 30 · ·", "May ›"},
		},
		"midnight to the second": {
			now: "2027-05-31 00:00:00", want: []string{quick, head, "31 · · · · · ·", "June ›"},
		},
		"the next year": {
			now: "2027-12-31 12:00:00", look: "2028-01",
			want: []string{
				quick, head, "· · · · · 1 2", "3 4 5 6 7 8 9", "10 11 12 13 14 15 16", "17 18 19 20 21 22 23", "24 25 26 27 28 29 30",
				"31 · · · · · ·", "‹ December February ›",
			},
		},
		"no further than a year": {
			now: "2027-02-15 12:00:00", look: "2028-02",
			want: []string{quick, head, "· 1 2 3 4 5 6", "7 8 9 10 11 12 13", "14 15 16 · · · ·", "‹ January"},
		},
		"clocks go forward": {
			now: "2027-03-28 00:30:00", want: []string{quick, head, "· · · · · · 28", "29 30 31 · · · ·", "April ›"},
		},
		"clocks go back": {now: "2027-10-31 23:30:00", want: []string{quick, head, "· · · · · · 31", "November ›"}},

		"a month that is over":     {now: "2028-02-20 09:00:00", look: "2028-01", want: february},
		"a month too far":          {now: "2028-02-20 09:00:00", look: "2029-03", want: february},
		"no month":                 {now: "2028-02-20 09:00:00", look: "2028-13", want: february},
		"a time":                   {now: "2028-02-20 09:00:00", look: "21:30", want: february},
		"not text":                 {now: "2028-02-20 09:00:00", look: "\xff\x00", want: february},
		"the answer's month":       {now: "2028-01-31 09:00:00", answered: "2028-02-20", look: "2028-01", want: []string{quick, head, "31 · · · · · ·", "February ›"}},
		"an answer that is over":   {now: "2028-02-20 09:00:00", answered: "2028-01-20", want: february},
		"an answer that is no day": {now: "2028-02-20 09:00:00", answered: "soon", want: february},
	} {
		t.Run(name, func(t *testing.T) {
			c := clockAt(t, "Europe/London", tc.now)
			scope := flow.Scope{Now: c.Now(), Look: tc.look, Answers: flow.Answers{}}
			if tc.answered != "" {
				scope.Answers[stepDay] = tc.answered
			}
			if diff := cmp.Diff(tc.want, keys(dayStep(c).Ask(scope))); diff != "" {
				t.Error(diff)
			}
		})
	}
	c := clockAt(t, "Europe/London", "2027-02-15 12:00:00")
	back := dayStep(c).Ask(flow.Scope{Now: c.Now(), Answers: flow.Answers{stepDay: "2027-04-02"}})
	if got := keys(back); got[len(got)-1] != "‹ March May ›" {
		t.Errorf("back at a day in April the keys are %q", got)
	}
}

func TestTheTimesOfADay(t *testing.T) {
	const (
		parts = "Other part of the day"
		early = "Night 00–06 Morning 06–12"
		late  = "Afternoon 12–18 Evening 18–24"
	)
	hour := func(h string) string { return strings.ReplaceAll("h:00 h:15 h:30 h:45", "h", h) }
	broken := []string{hour("00"), hour("02"), hour("03"), hour("04"), hour("05"), parts}
	for name, tc := range map[string]struct {
		now, day, look string
		want           []string
		says           string
	}{
		"another day":             {now: "2027-02-15 12:00:00", day: "2027-02-16", want: []string{early, late}},
		"what is left of today":   {now: "2027-02-15 11:45:00", day: "2027-02-15", want: []string{late}},
		"a second before":         {now: "2027-02-15 11:44:59", day: "2027-02-15", look: "06", want: []string{"11:45", parts}},
		"a part that is over":     {now: "2027-02-15 12:00:00", day: "2027-02-15", look: "06", want: []string{late}},
		"only one part left":      {now: "2027-02-15 23:14:00", day: "2027-02-15", want: []string{"23:15 23:30 23:45"}},
		"no quarter hour left":    {now: "2027-02-15 23:45:00", day: "2027-02-15", says: " pick.none"},
		"a few minutes left":      {now: "2027-02-15 23:50:00", day: "2027-02-15", look: "23:55", want: []string{"Take 23:55", "‹ Evening 18–24"}},
		"a day that is over":      {now: "2027-02-16 00:00:00", day: "2027-02-15", look: "23:45", says: " pick.gone pick.none"},
		"no day":                  {now: "2027-02-16 00:00:00", day: "soon", says: " pick.none"},
		"clocks go forward":       {now: "2027-02-15 12:00:00", day: "2027-03-28", look: "00", want: broken},
		"clocks go back":          {now: "2027-02-15 12:00:00", day: "2027-10-31", look: "00", want: broken},
		"go back, in that hour":   {now: "2027-10-31 01:20:00", day: "2027-10-31", look: "00", want: broken[1:]},
		"beside the hour missing": {now: "2027-02-15 12:00:00", day: "2027-03-28", look: "02:00", want: []string{"Take 02:00 +5 min", "‹ Night 00–06"}},
		"beside the hour twice":   {now: "2027-02-15 12:00:00", day: "2027-10-31", look: "00:55", want: []string{"-5 min Take 00:55", "‹ Night 00–06"}},
		"in the hour missing":     {now: "2027-02-15 12:00:00", day: "2027-03-28", look: "01:30", want: broken, says: " pick.gone"},
		"in the hour twice":       {now: "2027-02-15 12:00:00", day: "2027-10-31", look: "01:30", want: broken, says: " pick.gone"},
		"the first minute":        {now: "2027-02-15 12:00:00", day: "2027-02-16", look: "00:00", want: []string{"Take 00:00 +5 min", "‹ Night 00–06"}},
		"the last minutes":        {now: "2027-02-15 12:00:00", day: "2027-02-16", look: "23:55", want: []string{"-5 min Take 23:55", "‹ Evening 18–24"}},
		"no whole five minutes":   {now: "2027-02-15 12:00:00", day: "2027-02-16", look: "21:37", want: []string{"-5 min Take 21:37 +5 min", "‹ Evening 18–24"}},

		"no part":   {now: "2027-02-15 12:00:00", day: "2027-02-16", look: "07", want: []string{early, late}},
		"no time":   {now: "2027-02-15 12:00:00", day: "2027-02-16", look: "24:00", want: []string{early, late}},
		"one digit": {now: "2027-02-15 12:00:00", day: "2027-02-16", look: "9:30", want: []string{early, late}},
		"a month":   {now: "2027-02-15 12:00:00", day: "2027-02-16", look: "2027-03", want: []string{early, late}},
		"not text":  {now: "2027-02-15 12:00:00", day: "2027-02-16", look: "\xff\x00", want: []string{early, late}},
	} {
		t.Run(name, func(t *testing.T) {
			c := clockAt(t, "Europe/London", tc.now)
			p := timeStep(c).Ask(flow.Scope{Now: c.Now(), Look: tc.look, Answers: flow.Answers{stepDay: tc.day}})
			if diff := cmp.Diff(tc.want, keys(p)); diff != "" {
				t.Error(diff)
			}
			says := strings.TrimPrefix(strings.TrimPrefix(said(p), "book.time.ask"), " book.time.now")
			if says != tc.says {
				t.Errorf("says%s, want%s", says, tc.says)
			}
		})
	}
}

// What a key meant when it was drawn is refused with a word once it is over, never taken for another moment.
func TestKeysOfAnOldCard(t *testing.T) {
	for name, tc := range map[string]struct {
		step       string
		day, value string
		now, want  string // a message's id, or empty: it is taken
	}{
		"today's key after midnight":    {stepDay, "", "2027-02-15", "2027-02-16 00:00:00", "book.day.past"},
		"today's key before midnight":   {stepDay, "", "2027-02-15", "2027-02-15 23:59:59", ""},
		"tomorrow's key after midnight": {stepDay, "", "2027-02-16", "2027-02-16 00:00:00", ""},
		"a day of last month":           {stepDay, "", "2027-01-31", "2027-02-01 09:00:00", "book.day.past"},
		"a day too far":                 {stepDay, "", "2028-02-17", "2027-02-15 12:00:00", "book.day.far"},
		"the last day":                  {stepDay, "", "2028-02-16", "2027-02-15 12:00:00", ""},
		"a time that has come":          {stepTime, "2027-02-15", "2027-02-15 10:00", "2027-02-15 10:00:00", "when.past"},
		"a time about to come":          {stepTime, "2027-02-15", "2027-02-15 10:00", "2027-02-15 09:59:59", ""},
		"a time after midnight":         {stepTime, "2027-02-15", "2027-02-15 23:45", "2027-02-16 00:00:00", "when.past"},
		"forged: a time that is not":    {stepTime, "2027-03-28", "2027-03-28 01:30", "2027-02-15 12:00:00", "when.gap"},
		"forged: a time that is twice":  {stepTime, "2027-10-31", "2027-10-31 01:30", "2027-02-15 12:00:00", "when.repeated"},
	} {
		t.Run(name, func(t *testing.T) {
			c := clockAt(t, "Europe/London", tc.now)
			steps := map[string]flow.Step{stepDay: dayStep(c), stepTime: timeStep(c)}
			s := flow.Scope{Now: c.Now(), Answers: flow.Answers{}}
			if tc.day != "" {
				s.Answers[stepDay] = tc.day
			}
			if got := taken(steps[tc.step], s, tc.value); got != tc.want {
				t.Errorf("refused as %q, want %q", got, tc.want)
			}
		})
	}
	t.Run("an answer that midnight overtook", func(t *testing.T) {
		c := clockAt(t, "Europe/London", "2027-02-16 00:00:00")
		refusal := dayStep(c).Check(flow.Scope{Now: c.Now()}, "2027-02-15")
		if refusal == nil || refusal.Why.Message.ID != "book.day.past" {
			t.Errorf("refused as %v", refusal)
		}
	})
}

// taken does with a value what the engine does: it gives the id of the refusal, or nothing, and puts the answers into s.
func taken(step flow.Step, s flow.Scope, value string) string {
	answer, err := step.Parse(s, value)
	var refusal *flow.Refusal
	if errors.As(err, &refusal) {
		return refusal.Why.Message.ID
	}
	s.Answers[step.ID] = answer.Value
	for id, also := range answer.Also {
		s.Answers[id] = also
	}
	if refusal := step.Check(s, answer.Value); refusal != nil {
		return refusal.Why.Message.ID
	}
	return ""
}

// anyLook is what a button may bring back: what pickers write, and anything else.
func anyLook() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(), rapid.SampledFrom([]string{"", "00", "06", "12", "18"}),
		rapid.StringMatching(`20(2[6-9]|30)-(0[1-9]|1[0-3])`), rapid.StringMatching(`[0-2][0-9]:[0-5][0-9]`),
	)
}

// Whenever and however a person looks: each key is a day or a time that the step takes as just that, none is past, months end
// with the days that can be booked, all quarter hours can be reached, and Telegram takes the keyboard.
func TestPickersOfferWhatIsTaken(t *testing.T) {
	first := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(r *rapid.T) {
		zone := rapid.SampledFrom([]string{"Europe/London", "America/New_York", "Asia/Kolkata", "Africa/Cairo"}).Draw(r, "zone")
		c := clockAt(t, "Europe/London", "2026-06-01 00:00:00").in(zone)
		now := first.Add(time.Duration(rapid.Int64Range(0, 2*365*24*3600).Draw(r, "seconds")) * time.Second)
		c.now = func() time.Time { return now }
		s := flow.Scope{Now: now, Look: anyLook().Draw(r, "look"), Answers: flow.Answers{}}

		grid := dayStep(c).Ask(s)
		travels(r, grid)
		var days []string
		today := now.In(c.zone).Format(dayLayout)
		last := now.Add(farthest).In(c.zone).Format(dayLayout)
		for _, o := range slices.Concat(grid.Options...) {
			switch {
			case o.Look && (o.Value < today[:7] || o.Value > last[:7]):
				r.Fatalf("leads to %s, beyond %s to %s", o.Value, today, last)
			case o.Look:
				continue
			case o.Value < today || o.Value > last:
				r.Fatalf("offers %s, beyond %s to %s", o.Value, today, last)
			}
			answers := flow.Answers{}
			if why := taken(dayStep(c), flow.Scope{Now: now, Answers: answers}, o.Value); why != "" || answers[stepDay] != o.Value {
				r.Fatalf("%s is taken as %v, refused as %q", o.Value, answers, why)
			}
			days = append(days, o.Value)
		}
		s.Answers[stepDay] = rapid.SampledFrom(days).Draw(r, "day")
		timesAreTaken(r, c, s)
	})
}

// timesAreTaken looks at a day's times as the scope says, and at each part of the day.
func timesAreTaken(r *rapid.T, c clock, s flow.Scope) {
	day, _ := dayOf(s.Answers[stepDay])
	var want []string
	for minute := 0; minute < 24*60; minute += quarter {
		at, kind := when.Local(day.Year(), day.Month(), day.Day(), 0, minute, c.zone)
		if kind == when.Normal && when.KindOf(at, c.there()) == when.Normal && at.After(s.Now) {
			want = append(want, timeOf(minute))
		}
	}
	var offered []string
	for _, look := range []string{s.Look, "00", "06", "12", "18"} {
		s.Look = look
		p := timeStep(c).Ask(s)
		travels(r, p)
		for _, o := range slices.Concat(p.Options...) {
			value := strings.TrimPrefix(o.Value, s.Answers[stepDay]+" ")
			if _, ok := minuteOf(value); !ok {
				continue // a part of the day
			}
			answers := flow.Answers{stepDay: s.Answers[stepDay]}
			answer := o.Value
			if o.Look {
				answer = s.Answers[stepDay] + " " + value
			}
			why := taken(timeStep(c), flow.Scope{Now: s.Now, Answers: answers}, answer)
			if why != "" || answers[stepTime] != value || answers[stepDay] != s.Answers[stepDay] {
				r.Fatalf("%s is taken as %v, refused as %q", o.Value, answers, why)
			}
			if _, chosen := minuteOf(look); !chosen {
				offered = append(offered, value)
			}
		}
	}
	slices.Sort(offered)
	if diff := cmp.Diff(want, slices.Compact(offered)); diff != "" {
		r.Fatalf("on %s at %s:\n%s", s.Answers[stepDay], s.Now.In(c.zone), diff)
	}
}

// travels checks what Telegram and our callback data allow.
func travels(r *rapid.T, p flow.Prompt) {
	n := 0
	for _, row := range p.Options {
		if n += len(row); len(row) == 0 || len(row) > 8 || n > 90 {
			r.Fatalf("a row of %d keys, %d in all", len(row), n)
		}
		for _, o := range row {
			label := wording.Catalogue{}.Plain(o.Label)
			if strings.TrimSpace(label) == "" || len(o.Value) > 30 {
				r.Fatalf("key %q carries %q", label, o.Value)
			}
		}
	}
}
