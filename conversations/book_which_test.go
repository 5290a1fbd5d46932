package conversations

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// readAt is what a line is at a step: an answer ("day=… time=…"), or the keys that it is asked back with, or the
// message that refuses it.
func readAt(t *testing.T, step flow.Step, s flow.Scope, line string) string {
	t.Helper()
	answer, err := step.Parse(s, line)
	var refusal *flow.Refusal
	if errors.As(err, &refusal) {
		return asked(t, step, s, refusal)
	}
	if err != nil {
		t.Fatal(err)
	}
	given := flow.Answers{step.ID: answer.Value}
	maps.Copy(given, answer.Also)
	s.Answers = maps.Clone(s.Answers)
	maps.Copy(s.Answers, given)
	if refusal := step.Check(s, answer.Value); refusal != nil {
		return asked(t, step, s, refusal)
	}
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(given)) {
		parts = append(parts, id+"="+given[id])
	}
	return strings.Join(parts, " ")
}

// asked is the message of a refusal with its keys, each of which has to be an answer.
func asked(t *testing.T, step flow.Step, s flow.Scope, r *flow.Refusal) string {
	t.Helper()
	if english := r.Why.Message.English; !strings.Contains(english, "xample") {
		t.Errorf("%s gives no example", english)
	}
	if example, ok := r.Why.Args["example"]; ok && step.ID != stepCredits {
		if text, ok := example.(wording.Text); ok {
			example = wording.Catalogue{}.Plain(text)
		}
		if _, err := step.Parse(s, example.(string)); err != nil {
			t.Errorf("the example %v is refused", example)
		}
	}
	out := r.Why.Message.ID
	for _, o := range r.Fix {
		answer, err := step.Parse(s, o.Value)
		taken := s
		taken.Answers = maps.Clone(s.Answers)
		maps.Copy(taken.Answers, answer.Also)
		if err != nil || step.Check(taken, answer.Value) != nil {
			t.Errorf("the key %s is refused: %v", o.Value, err)
		}
		out += " [" + wording.Catalogue{}.Plain(o.Label) + "]"
	}
	return out
}

// On Monday 15 February 2027 at noon; where a time is asked, it is for Tuesday.
func TestWhatCanMeanTwoThingsIsAskedBackWithKeys(t *testing.T) {
	now := time.Date(2027, 2, 15, 12, 0, 0, 0, time.UTC)
	c := clock{now: func() time.Time { return now }, zone: london(t)}
	const which, no, far = "when.which", "when.not_understood", "book.day.far"
	for name, tc := range map[string]struct{ line, day, time string }{
		"an hour, or the 7th":        {"7", which + " [Mon 15 Feb 19:00] [Tue 16 Feb 07:00] [Sun 7 Mar]", which + " [Tue 16 Feb 07:00] [Tue 16 Feb 19:00]"},
		"an hour, or today's number": {"15", which + " [Mon 15 Feb 15:00] [Mon 15 Feb]", "day=2027-02-16 time=15:00"},
		"a past hour, or tomorrow's": {"12", which + " [Tue 16 Feb 00:00] [Tue 16 Feb 12:00] [Fri 12 Mar]", which + " [Tue 16 Feb 00:00] [Tue 16 Feb 12:00] [Wed 17 Feb 00:00]"},
		"no hour, so the day":        {"25", "day=2027-02-25", no},
		"this month has none of it":  {"31", "day=2027-03-31", no},
		"neither hour nor day":       {"0", no, no},
		"beyond any month":           {"32", no, no},
		"either half of the day":     {"tomorrow 7", which + " [Tue 16 Feb 07:00] [Tue 16 Feb 19:00]", which + " [Tue 16 Feb 07:00] [Tue 16 Feb 19:00]"},
		"a weekday and an hour":      {"fri 9", which + " [Fri 19 Feb 09:00] [Fri 19 Feb 21:00]", which + " [Fri 19 Feb 09:00] [Fri 19 Feb 21:00]"},
		"one half is past":           {"today 7", "day=2027-02-15 time=19:00", "day=2027-02-15 time=19:00"},
		"noon":                       {"noon", "day=2027-02-16 time=12:00", "day=2027-02-16 time=12:00"},
		"midnight":                   {"midnight", "day=2027-02-16 time=00:00", which + " [Tue 16 Feb 00:00] [Wed 17 Feb 00:00]"},
		"either end of Saturday":     {"sat midnight", which + " [Sat 20 Feb 00:00] [Sun 21 Feb 00:00]", which + " [Sat 20 Feb 00:00] [Sun 21 Feb 00:00]"},
		"this one or the one after": {
			"next friday", which + " [Fri 19 Feb] [Fri 26 Feb]",
			"when.no_time [Fri 19 Feb 12:00] [Fri 19 Feb 18:00] [Fri 19 Feb 21:00] [Fri 26 Feb 12:00] [Fri 26 Feb 18:00] [Fri 26 Feb 21:00]",
		},
		"a day that is years away":      {"29 feb", far + " [Sun 28 Feb] [Mon 1 Mar]", far},
		"day first":                     {"12/03", "day=2027-03-12", "when.no_time [Fri 12 Mar 12:00] [Fri 12 Mar 18:00] [Fri 12 Mar 21:00]"},
		"a day without a time":          {"tonight", "day=2027-02-15", "when.no_time [Mon 15 Feb 18:00] [Mon 15 Feb 21:00]"},
		"no such date":                  {"30 feb", "when.no_such_date", "when.no_such_date"},
		"a number with a unit is short": {"7pm", "day=2027-02-15 time=19:00", "day=2027-02-16 time=19:00"},
		"nothing of the kind":           {"soon", no, no},
	} {
		t.Run(name, func(t *testing.T) {
			if got := readAt(t, dayStep(c), flow.Scope{Now: now, Answers: flow.Answers{}}, tc.line); got != tc.day {
				t.Errorf("at the day %q is\n%s, want\n%s", tc.line, got, tc.day)
			}
			at := flow.Scope{Now: now, Answers: flow.Answers{stepDay: "2027-02-16"}}
			if got := readAt(t, timeStep(c), at, tc.line); got != tc.time {
				t.Errorf("at the time %q is\n%s, want\n%s", tc.line, got, tc.time)
			}
		})
	}
	t.Run("the time that was chosen goes with another day", func(t *testing.T) {
		s := flow.Scope{Now: now, Answers: flow.Answers{stepDay: "2027-02-16", stepTime: "20:15"}}
		if got, want := readAt(t, timeStep(c), s, "next friday"), "when.no_time [Fri 19 Feb 20:15] [Fri 26 Feb 20:15]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("a reply before the call", func(t *testing.T) {
		s := flow.Scope{Now: now, Answers: flow.Answers{stepDay: "2027-02-16", stepTime: "19:00"}}
		for line, want := range map[string]string{
			"tomorrow":   "when.no_time [Tue 16 Feb 12:00] [Tue 16 Feb 18:00]",
			"tomorrow 7": "replyby=2027-02-16 07:00",
			"tomorrow 6": which + " [Tue 16 Feb 06:00] [Tue 16 Feb 18:00]",
			"wed":        "book.reply_by.late",
			"wed 20:00":  "book.reply_by.late",
			"yesterday":  "book.reply_by.past",
		} {
			if got := readAt(t, acceptByStep(c), s, line); got != want {
				t.Errorf("%q is %s, want %s", line, got, want)
			}
		}
	})
}

// What is offered instead of a reply-by time can be one: ahead, and before the call.
func TestReplyByKeysArePossible(t *testing.T) {
	for name, tc := range map[string]struct{ now, day, time, line, want string }{
		"the hour that comes twice": {"2026-10-24 12:00", "2026-10-25", "02:00", "25/10/2026 01:30", "when.repeated [Sun 25 Oct 00:45]"},
		"after it":                  {"2026-10-24 12:00", "2026-10-25", "02:15", "25/10/2026 01:30", "when.repeated [Sun 25 Oct 00:45] [Sun 25 Oct 02:00]"},
		"the hour that is skipped":  {"2027-03-27 12:00", "2027-03-28", "02:15", "28/3 01:30", "when.gap [Sun 28 Mar 00:30]"},
		"neither side of it":        {"2027-03-28 00:50", "2027-03-28", "02:15", "28/3 01:30", "when.gap"},
		"the day of the call":       {"2027-02-15 12:00", "2027-02-16", "21:00", "tomorrow", "when.no_time [Tue 16 Feb 12:00] [Tue 16 Feb 18:00]"},
		"before noon of it":         {"2027-02-15 12:00", "2027-02-16", "09:00", "tomorrow", "when.no_time [Tue 16 Feb 04:30]"},
		"what is left of today":     {"2027-02-15 13:10", "2027-02-15", "14:10", "today", "when.no_time [Mon 15 Feb 13:45]"},
		"too little of today":       {"2027-02-15 13:02", "2027-02-15", "13:10", "today", "book.reply_by.late"},
		"a year from now":           {"2027-12-31 12:00", "2028-01-02", "20:00", "3 jan", "book.reply_by.late"},
	} {
		t.Run(name, func(t *testing.T) {
			c := clockAt(t, platformHome, tc.now+":00")
			s := flow.Scope{Now: c.now(), Answers: flow.Answers{stepDay: tc.day, stepTime: tc.time}}
			if got := readAt(t, acceptByStep(c), s, tc.line); got != tc.want {
				t.Errorf("%q is %s, want %s", tc.line, got, tc.want)
			}
		})
	}
	t.Run("a call that begins tonight, too far", func(t *testing.T) {
		c := clockAt(t, platformHome, "2027-02-15 12:00:00")
		s := flow.Scope{Now: c.now(), Answers: flow.Answers{stepDay: "2027-02-16"}}
		if got := readAt(t, timeStep(c), s, "29/02/2028 7"); got != "book.day.far" {
			t.Errorf("is %s", got)
		}
	})
}

// The words on the keys can be typed.
func TestReplyByInWords(t *testing.T) {
	c := clockAt(t, platformHome, "2027-02-15 12:00:00")
	s := flow.Scope{Now: c.now(), Answers: flow.Answers{stepDay: "2027-02-16", stepTime: "21:30"}}
	for line, want := range map[string]string{
		"1 hour before the call": "replyby=2027-02-16 20:30",
		"An hour  before it":     "replyby=2027-02-16 20:30",
		"90 minutes before":      "replyby=2027-02-16 20:00",
		"Half-way there":         "replyby=2027-02-16 04:45",
		"halfway":                "replyby=2027-02-16 04:45",
		"tonight":                "replyby=2027-02-15 22:00",
		"in 3 hours":             "replyby=2027-02-15 15:00",
		"0 min before":           "when.not_understood",
		"5 before":               "when.not_understood", // o'clock, or minutes
		"before":                 "when.not_understood",
		"20 hours before":        "replyby=2027-02-16 01:30",
		"24 hours before it":     "replyby=2027-02-15 21:30",
	} {
		if got := readAt(t, acceptByStep(c), s, line); got != want {
			t.Errorf("%q is %s, want %s", line, got, want)
		}
	}
	s.Answers[stepDay], s.Answers[stepTime] = "2027-02-15", "14:00"
	for line, want := range map[string]string{
		"3 hours before the call": "book.reply_by.past", "tonight": "when.no_time [Mon 15 Feb 13:00]",
	} {
		if got := readAt(t, acceptByStep(c), s, line); got != want {
			t.Errorf("%q is %s, want %s", line, got, want)
		}
	}
}

// One word answers one step: the day of the month that may be meant is not lost to the hour.
func TestOneWordIsNotSeveralAnswers(t *testing.T) {
	c := clock{now: func() time.Time { return time.Date(2027, 2, 15, 12, 0, 0, 0, time.UTC) }, zone: london(t)}
	for _, word := range []string{"16", " 16, ", "7pm"} {
		if found := bookSeveral(c)(severalScope(t, c.Now(), flow.Answers{}), word); found != nil {
			t.Errorf("%q answers %v", word, found)
		}
	}
}

// A number alone names the next day of that number, in any month of any year.
func FuzzBareDay(f *testing.F) {
	f.Add("31", int64(1_800_000_000))
	f.Add("07", int64(1_772_000_000))
	f.Fuzz(func(t *testing.T, line string, unix int64) {
		now := time.Unix(unix%(1<<36), 0)
		c := clock{now: func() time.Time { return now }, zone: london(t)}
		answer, ok, refusal := bareDay(line, now, c)
		if !ok || refusal != nil {
			return
		}
		day, known := dayOf(answer.Value)
		if !known || day.AddDate(0, 0, 1).Before(now) || day.Sub(now) > 62*24*time.Hour {
			t.Errorf("%q at %v is %s", line, now, answer.Value)
		}
	})
}

// What is shown as an example to type is read as that moment.
func TestTypedMomentsAreReadBack(t *testing.T) {
	for _, zone := range []string{platformHome, "America/New_York", "Asia/Kolkata"} {
		c := homeClock(t, "2027-12-30T12:00:00Z").in(zone)
		for at := c.Now().Truncate(time.Minute).Add(time.Minute); at.Before(c.now().Add(72 * time.Hour)); at = at.Add(7 * time.Minute) {
			answer, err := parseDay(c.typed(at), c.now(), c)
			if got := answer.Value + " " + answer.Also[stepTime]; err != nil || got != at.In(c.zone).Format(momentLayout) {
				t.Fatalf("%q is %s, %v", c.typed(at), got, err)
			}
		}
	}
}
