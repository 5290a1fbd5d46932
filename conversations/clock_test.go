package conversations

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata" // the tables below name zones

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

// homeClock is the platform's clock in London, standing at a moment in RFC 3339.
func homeClock(t testing.TB, now string) clock {
	t.Helper()
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	return clockAt(t, platformHome, at.In(london(t)).Format(time.DateTime))
}

func TestMomentsInTwoZones(t *testing.T) {
	const newYork, india = "America/New_York", "Asia/Kolkata"
	for name, tc := range map[string]struct{ zone, at, want string }{
		"nobody said where":        {"", "2027-03-12T19:00:00Z", "Fri 12 Mar 19:00 UK time"},
		"the platform's own":       {"Europe/London", "2027-07-12T19:00:00Z", "Mon 12 Jul 20:00 UK time"},
		"a zone nobody knows":      {"Mars/Olympus_Mons", "2027-03-12T19:00:00Z", "Fri 12 Mar 19:00 UK time"},
		"the machine's own":        {"Local", "2027-03-12T19:00:00Z", "Fri 12 Mar 19:00 UK time"},
		"a way out of the files":   {"../../etc/passwd", "2027-03-12T19:00:00Z", "Fri 12 Mar 19:00 UK time"},
		"always the same time":     {"Europe/Lisbon", "2027-07-12T19:00:00Z", "Mon 12 Jul 20:00 Lisbon time"},
		"the same in summer":       {"Africa/Lagos", "2027-07-12T19:00:00Z", "Mon 12 Jul 20:00 Lagos time"},
		"and another in winter":    {"Africa/Lagos", "2027-01-12T19:00:00Z", "Tue 12 Jan 20:00 Lagos time (19:00 UK time)"},
		"none of the places":       {"America/Argentina/Ushuaia", "2027-01-12T19:00:00Z", "Tue 12 Jan 16:00 Ushuaia time (19:00 UK time)"},
		"the day before":           {newYork, "2027-03-13T02:00:00Z", "Fri 12 Mar 21:00 New York time (Sat 02:00 UK time)"},
		"the day after":            {india, "2027-03-12T19:00:00Z", "Sat 13 Mar 00:30 India time (Fri 19:00 UK time)"},
		"midnight there":           {india, "2027-03-12T18:30:00Z", "Sat 13 Mar 00:00 India time (Fri 18:30 UK time)"},
		"midnight in the UK":       {newYork, "2027-03-13T00:00:00Z", "Fri 12 Mar 19:00 New York time (Sat 00:00 UK time)"},
		"the next year":            {india, "2027-12-31T20:00:00Z", "Sat 1 Jan 2028 01:30 India time (Fri 20:00 UK time)"},
		"the first of a month":     {newYork, "2027-08-01T03:00:00Z", "Sat 31 Jul 23:00 New York time (Sun 04:00 UK time)"},
		"a leap day there":         {newYork, "2028-03-01T03:00:00Z", "Tue 29 Feb 2028 22:00 New York time (Wed 03:00 UK time)"},
		"no leap day yet":          {india, "2028-02-28T20:00:00Z", "Tue 29 Feb 2028 01:30 India time (Mon 20:00 UK time)"},
		"a year without leap day":  {newYork, "2027-03-01T03:00:00Z", "Sun 28 Feb 22:00 New York time (Mon 03:00 UK time)"},
		"2026 before all changes":  {newYork, "2026-03-07T18:00:00Z", "Sat 7 Mar 2026 13:00 New York time (18:00 UK time)"},
		"2026 New York's is first": {newYork, "2026-03-09T18:00:00Z", "Mon 9 Mar 2026 14:00 New York time (18:00 UK time)"},
		"2026 then London's":       {newYork, "2026-03-30T18:00:00Z", "Mon 30 Mar 2026 14:00 New York time (19:00 UK time)"},
		"2026 London's is first":   {newYork, "2026-10-26T18:00:00Z", "Mon 26 Oct 2026 14:00 New York time (18:00 UK time)"},
		"2026 then New York's":     {newYork, "2026-11-02T18:00:00Z", "Mon 2 Nov 2026 13:00 New York time (18:00 UK time)"},
		"2027 New York's is first": {newYork, "2027-03-15T18:00:00Z", "Mon 15 Mar 14:00 New York time (18:00 UK time)"},
		"2027 then London's":       {newYork, "2027-03-29T18:00:00Z", "Mon 29 Mar 14:00 New York time (19:00 UK time)"},
		"2027 London's is first":   {newYork, "2027-11-01T18:00:00Z", "Mon 1 Nov 14:00 New York time (18:00 UK time)"},
		"2027 then New York's":     {newYork, "2027-11-08T18:00:00Z", "Mon 8 Nov 13:00 New York time (18:00 UK time)"},
		"India stays in 2026":      {india, "2026-10-26T18:00:00Z", "Mon 26 Oct 2026 23:30 India time (18:00 UK time)"},
		"India stays in 2027":      {india, "2027-03-29T18:00:00Z", "Mon 29 Mar 23:30 India time (19:00 UK time)"},
	} {
		t.Run(name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tc.at)
			if err != nil {
				t.Fatal(err)
			}
			c := homeClock(t, "2027-02-15T12:00:00Z")
			for from, c := range map[string]clock{"home": c, "another": c.in("Asia/Tokyo")} {
				if got := (wording.Catalogue{}).Plain(c.in(tc.zone).moment(at)); got != tc.want {
					t.Errorf("from %s: %s, want %s", from, got, tc.want)
				}
			}
		})
	}
}

// zonedStep is a step of the booking form as the program plays it.
func zonedStep(t testing.TB, c clock, id string) flow.Step {
	t.Helper()
	for _, step := range (&Desk{clock: c}).bookForm().flow.Steps {
		if step.ID == id {
			return step
		}
	}
	t.Fatalf("no step %s", id)
	return flow.Step{}
}

// answered is what a step makes of a line: the answers, or the refusal's id and what it offers instead.
func answered(step flow.Step, s flow.Scope, line string) (flow.Answers, []string) {
	offered := func(r *flow.Refusal) []string {
		why := []string{r.Why.Message.ID}
		for _, o := range r.Fix {
			why = append(why, o.Value)
		}
		return why
	}
	answer, err := step.Parse(s, line)
	var refusal *flow.Refusal
	if errors.As(err, &refusal) {
		return nil, offered(refusal)
	}
	s.Answers = merged(s.Answers, merged(flow.Answers{step.ID: answer.Value}, answer.Also))
	if refusal := step.Check(s, answer.Value); refusal != nil {
		return nil, offered(refusal)
	}
	return s.Answers, nil
}

func TestCallsInTheFormsZone(t *testing.T) {
	const newYork, india = "America/New_York", "Asia/Kolkata"
	for name, tc := range map[string]struct {
		zone, now, line string
		want            string // RFC 3339
		refused         []string
	}{
		"the evening before": {newYork, "2027-02-16T00:30:00Z", "tonight at 8", "2027-02-16T01:00:00Z", nil},
		"the morning after":  {india, "2027-02-15T20:00:00Z", "tomorrow 9am", "2027-02-17T03:30:00Z", nil},
		"today is yesterday": {newYork, "2027-02-16T04:30:00Z", "today 23:45", "2027-02-16T04:45:00Z", nil},
		"a distance":         {india, "2027-02-15T20:00:00Z", "in 2 hours", "2027-02-15T22:00:00Z", nil},
		"past there only":    {india, "2027-02-15T20:00:00Z", "2027-02-16 01:00", "", []string{"when.past"}},
		"not past there":     {newYork, "2027-02-15T20:00:00Z", "2027-02-15 15:05", "2027-02-15T20:05:00Z", nil},

		"a leap day in New York":     {newYork, "2028-02-01T12:00:00Z", "29/02/2028 22:00", "2028-03-01T03:00:00Z", nil},
		"a leap day in India":        {india, "2028-02-01T12:00:00Z", "29/02/2028 01:00", "2028-02-28T19:30:00Z", nil},
		"a leap day by its name":     {india, "2028-02-28T19:00:00Z", "29 feb 10:30pm", "2028-02-29T17:00:00Z", nil},
		"no leap day":                {newYork, "2027-02-01T12:00:00Z", "29/02/2027 10:30", "", []string{"when.no_such_date"}},
		"2026 only New York changed": {newYork, "2026-03-01T12:00:00Z", "20/03/2026 14:00", "2026-03-20T18:00:00Z", nil},
		"2026 both have changed":     {newYork, "2026-03-01T12:00:00Z", "30/03/2026 14:00", "2026-03-30T18:00:00Z", nil},
		"2027 only New York changed": {newYork, "2027-03-01T12:00:00Z", "20/03/2027 14:00", "2027-03-20T18:00:00Z", nil},
		"2027 only London went back": {newYork, "2027-10-01T12:00:00Z", "03/11/2027 14:00", "2027-11-03T18:00:00Z", nil},
		"2027 both went back":        {newYork, "2027-10-01T12:00:00Z", "10/11/2027 14:00", "2027-11-10T19:00:00Z", nil},

		"New York's gap of 2026": {newYork, "2026-03-01T12:00:00Z", "8/3 02:30", "", []string{"when.gap", "2026-03-08 01:30", "2026-03-08 03:30"}},
		"New York's gap of 2027": {newYork, "2027-03-01T12:00:00Z", "14/3 02:30", "", []string{"when.gap", "2027-03-14 01:30", "2027-03-14 03:30"}},
		"London's gap from New York": {
			newYork, "2027-03-01T12:00:00Z", "27/3 21:30", "2027-03-28T01:30:00Z", nil,
		},
		"London's gap of 2026 from India":        {india, "2026-03-01T12:00:00Z", "29/3 06:30", "2026-03-29T01:00:00Z", nil},
		"a time that is in London's gap on site": {newYork, "2027-03-01T12:00:00Z", "28/3 01:30", "2027-03-28T05:30:00Z", nil},

		"New York's hour of 2026": {newYork, "2026-10-26T12:00:00Z", "1/11 01:30", "", []string{"when.repeated", "2026-11-01 00:45", "2026-11-01 02:00"}},
		"New York's hour of 2027": {newYork, "2027-11-01T12:00:00Z", "7/11 01:00", "", []string{"when.repeated", "2027-11-07 00:45", "2027-11-07 02:00"}},
		"just before that hour":   {newYork, "2027-11-01T12:00:00Z", "7/11 00:59am", "2027-11-07T04:59:00Z", nil},
		"just after that hour":    {newYork, "2027-11-01T12:00:00Z", "7/11 02:00", "2027-11-07T07:00:00Z", nil},
		"in the middle of that hour": {
			newYork, "2027-11-07T05:40:00Z", "in 20 minutes", "", []string{"when.repeated", "2027-11-07 02:00"},
		},

		"London's hour of 2026 in New York": {newYork, "2026-10-01T12:00:00Z", "24/10 20:00", "", []string{"when.repeated_there", "2026-10-24 19:45", "2026-10-24 22:00"}},
		"London's hour of 2027 in New York": {newYork, "2027-10-01T12:00:00Z", "30/10 21:59", "", []string{"when.repeated_there", "2027-10-30 19:45", "2027-10-30 22:00"}},
		"the minute before, in New York":    {newYork, "2027-10-01T12:00:00Z", "30/10 19:59", "2027-10-30T23:59:00Z", nil},
		"the minute after, in New York":     {newYork, "2027-10-01T12:00:00Z", "30/10 22:00", "2027-10-31T02:00:00Z", nil},
		"London's hour of 2026 in India":    {india, "2026-10-01T12:00:00Z", "25/10 05:30", "", []string{"when.repeated_there", "2026-10-25 05:15", "2026-10-25 07:30"}},
		"London's hour of 2027 in India":    {india, "2027-10-01T12:00:00Z", "31/10 07:29", "", []string{"when.repeated_there", "2027-10-31 05:15", "2027-10-31 07:30"}},
		"the minute before, in India":       {india, "2027-10-01T12:00:00Z", "31/10 05:29", "2027-10-30T23:59:00Z", nil},
		"the minute after, in India":        {india, "2027-10-01T12:00:00Z", "31/10 07:30", "2027-10-31T02:00:00Z", nil},
		"01:30 itself, in India":            {india, "2027-10-01T12:00:00Z", "31/10 01:30am", "2027-10-30T20:00:00Z", nil},
		"a distance into London's hour":     {india, "2027-10-30T23:00:00Z", "in 90 minutes", "", []string{"when.repeated_there", "2027-10-31 05:15", "2027-10-31 07:30"}},
		"one of two readings is in it":      {newYork, "2027-10-30T12:00:00Z", "today at 8:30", "", []string{"when.which", "2027-10-30 08:30"}},
		"at home the hour is as ever":       {"", "2027-10-30T12:00:00Z", "31/10 01:30", "", []string{"when.repeated", "2027-10-31 00:45", "2027-10-31 02:00"}},

		"a day that begins at one": {"Africa/Cairo", "2027-04-01T12:00:00Z", "30/04/2027 21:30", "2027-04-30T18:30:00Z", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := homeClock(t, tc.now)
			s := flow.Scope{Now: c.now(), Answers: flow.Answers{answerZone: tc.zone}}
			answers, refused := answered(zonedStep(t, c, stepDay), s, tc.line)
			if diff := cmp.Diff(tc.refused, refused); diff != "" {
				t.Fatalf("refused (-want +got):\n%s", diff)
			}
			if refused != nil {
				return
			}
			s.Answers = answers
			session, kind := sessionTime(s, c.of(answers))
			if got := session.UTC().Format(time.RFC3339); got != tc.want || kind != when.Normal {
				t.Errorf("%s (%v), want %s; %v", got, kind, tc.want, answers)
			}
			if got := draft(s, c.in("Asia/Tokyo")).session; !got.Equal(session) { // whoever looks at it
				t.Errorf("the draft is for %s", got)
			}
			again, refused := answered(zonedStep(t, c, stepTime), s, answers[stepTime])
			if tc.line != "in 2 hours" && answers[stepTime] >= "13" && (refused != nil || again[stepDay] != answers[stepDay]) {
				t.Errorf("the time step makes %v of it, refused as %v", again, refused)
			}
		})
	}
}

// A day whose first hour the clocks skip is that day all the same.
func TestADayWithoutMidnight(t *testing.T) {
	c := homeClock(t, "2027-09-01T12:00:00Z")
	s := flow.Scope{Now: c.now(), Answers: flow.Answers{answerZone: "America/Santiago", stepDay: "2027-09-05"}} // from 00:00 to 01:00
	got, refused := answered(zonedStep(t, c, stepTime), s, "21:30")
	if refused != nil || got[stepDay] != "2027-09-05" || got[stepTime] != "21:30" {
		t.Errorf("%v, refused as %v", got, refused)
	}
	if body := zonedStep(t, c, stepTime).Ask(s).Body; (wording.Catalogue{}).Plain(body[0]) != "What time on Sun 5 Sep? All times are Santiago time. Type any time, for example 21:30." {
		t.Error((wording.Catalogue{}).Plain(body[0]))
	}
	if _, refused = answered(zonedStep(t, c, stepTime), s, "2027-09-05 00:30"); refused == nil || refused[0] != msgWhenGap.ID {
		t.Errorf("a time in the gap: %v", refused)
	}
}

func TestReplyByInTheFormsZone(t *testing.T) {
	c := homeClock(t, "2027-10-30T23:30:00Z") // 19:30 in New York; in an hour it is 01:30 in London for the first time
	s := flow.Scope{Now: c.now(), Answers: flow.Answers{answerZone: "America/New_York", stepDay: "2027-10-31", stepTime: "21:00"}}
	step := zonedStep(t, c, stepAcceptBy)
	var offered []string
	for _, row := range step.Ask(s).Options {
		offered = append(offered, row[0].Value)
	}
	if diff := cmp.Diff([]string{"2027-10-30 22:30", "2027-10-30 22:00", "2027-10-31 20:00"}, offered); diff != "" {
		t.Errorf("offered (-want +got):\n%s", diff)
	}
	for line, want := range map[string][]string{
		"in 1 hour":        {"when.repeated_there", "2027-10-30 19:45", "2027-10-30 22:00"},
		"tomorrow 9:30pm":  {"book.reply_by.late"},
		"2027-10-31 20:59": nil,
	} {
		if _, refused := answered(step, s, line); !cmp.Equal(want, refused) {
			t.Errorf("%s is refused as %v, want %v", line, refused, want)
		}
	}
	s.Answers[stepAcceptBy] = "2027-10-31 20:00"
	if got := draft(s, c).acceptBy.UTC().Format(time.RFC3339); got != "2027-11-01T00:00:00Z" {
		t.Errorf("reply by %s", got)
	}
}

func TestALineInTheFormsZone(t *testing.T) {
	c := homeClock(t, "2027-02-16T03:00:00Z") // still Monday in New York
	for zone, want := range map[string]string{
		"America/New_York": "2027-02-17T00:00:00Z", "Asia/Kolkata": "2027-02-17T13:30:00Z", "": "2027-02-17T19:00:00Z",
	} {
		s := severalScope(t, c.now(), flow.Answers{answerZone: zone})
		found := bookSeveral(c)(s, "VelvetSky tomorrow 7pm 30 min")
		s.Answers = merged(s.Answers, found)
		if got, _ := sessionTime(s, c.of(s.Answers)); got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s: %s, want %s (%v)", zone, got.UTC(), want, found)
		}
	}
	s := severalScope(t, c.now(), flow.Answers{answerZone: "America/New_York"})
	if found := bookSeveral(c)(s, "VelvetSky 30/10 20:30 30 min"); found[stepTime] != "" || found[stepLength] != "30" {
		t.Errorf("an hour that comes twice on the site: %v", found)
	}
}

// The month and the day of the picker are those of the person, at each rendering.
func TestTodayIsThePersons(t *testing.T) {
	for _, tc := range []struct{ zone, now, today, tomorrow string }{
		{"", "2027-02-16T04:59:59Z", "2027-02-16", "2027-02-17"},
		{"America/New_York", "2027-02-16T04:59:59Z", "2027-02-15", "2027-02-16"},
		{"America/New_York", "2027-02-16T05:00:00Z", "2027-02-16", "2027-02-17"},
		{"Asia/Kolkata", "2027-02-15T18:29:59Z", "2027-02-15", "2027-02-16"},
		{"Asia/Kolkata", "2027-02-15T18:30:00Z", "2027-02-16", "2027-02-17"},
		{"Asia/Kolkata", "2028-02-28T18:30:00Z", "2028-02-29", "2028-03-01"},
		{"America/New_York", "2028-03-01T04:59:00Z", "2028-02-29", "2028-03-01"},
		{"America/New_York", "2027-03-14T06:30:00Z", "2027-03-14", "2027-03-15"},
		{"America/New_York", "2027-11-07T04:30:00Z", "2027-11-07", "2027-11-08"},
	} {
		c := homeClock(t, tc.now)
		s := flow.Scope{Now: c.now(), Answers: flow.Answers{answerZone: tc.zone}}
		quick := zonedStep(t, c, stepDay).Ask(s).Options[0]
		if got := [2]string{quick[0].Value, quick[1].Value}; got != [2]string{tc.today, tc.tomorrow} {
			t.Errorf("%s at %s: %v, want %s and %s", tc.zone, tc.now, got, tc.today, tc.tomorrow)
		}
	}
}

// Wherever the person lives: what is taken is one moment in both zones, and all that is offered instead is taken.
func TestWhatIsTakenIsOneMoment(t *testing.T) {
	home := london(t)
	rapid.Check(t, func(r *rapid.T) {
		zone := rapid.SampledFrom(places()).Draw(r, "place").zone
		near := rapid.SampledFrom([]string{
			"2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2027-03-14", "2027-03-28", "2027-10-31", "2027-11-07", "2028-02-29",
		}).Draw(r, "near")
		day, _ := dayOf(near)
		at := day.Add(time.Duration(rapid.IntRange(-40*60, 60*60).Draw(r, "minutes")) * time.Minute)
		now := at.Add(-time.Duration(rapid.IntRange(1, 200*60).Draw(r, "ahead")) * time.Minute)
		c := clock{now: func() time.Time { return now }, zone: home}
		s := flow.Scope{Now: now, Answers: flow.Answers{answerZone: zone}}
		line := at.Format(momentLayout) // as a clock on the wall there may show it
		step := zonedStep(t, c, stepDay)
		answers, refused := answered(step, s, line)
		if refused != nil {
			for _, value := range refused[1:] {
				if _, again := answered(step, s, value); again != nil {
					r.Fatalf("%s is refused as %v, and %s as %v", line, refused, value, again)
				}
			}
			return
		}
		s.Answers = answers
		session := draft(s, c).session
		lives, _ := loadZone(zone)
		if got := session.In(lives).Format(momentLayout); got != line || !session.After(now) {
			r.Fatalf("%s there is taken as %s", line, got)
		}
		for _, z := range []*time.Location{home, lives} {
			there := session.In(z)
			if found := when.Instants(there.Year(), there.Month(), there.Day(), there.Hour(), there.Minute(), z); len(found) != 1 || !found[0].Equal(session) {
				r.Fatalf("%s can mean %v in %s", there.Format(momentLayout), found, z)
			}
		}
	})
}

// A time that was chosen for another day is judged anew, and the picker leaves out what neither clock can tell.
func TestATimeOnTheDayTheClocksChange(t *testing.T) {
	for name, tc := range map[string]struct {
		zone, day, look string
		time            string // refused
		why             string
		left            []string // the rows of that part of the day
	}{
		"London's hour, in New York": {
			"America/New_York", "2027-10-30", "18", "20:30", "when.repeated_there",
			[]string{"18:00 18:15 18:30 18:45", "19:00 19:15 19:30 19:45", "22:00 22:15 22:30 22:45", "23:00 23:15 23:30 23:45"},
		},
		"London's hour, in India": {
			"Asia/Kolkata", "2027-10-31", "06", "06:00", "when.repeated_there",
			[]string{"07:30 07:45", "08:00 08:15 08:30 08:45", "09:00 09:15 09:30 09:45", "10:00 10:15 10:30 10:45", "11:00 11:15 11:30 11:45"},
		},
		"New York's own hour": {
			"America/New_York", "2027-11-07", "00", "01:15", "when.repeated",
			[]string{"00:00 00:15 00:30 00:45", "02:00 02:15 02:30 02:45", "03:00 03:15 03:30 03:45", "04:00 04:15 04:30 04:45", "05:00 05:15 05:30 05:45"},
		},
		"New York's gap": {
			"America/New_York", "2028-03-12", "00", "02:15", "when.gap",
			[]string{"00:00 00:15 00:30 00:45", "01:00 01:15 01:30 01:45", "03:00 03:15 03:30 03:45", "04:00 04:15 04:30 04:45", "05:00 05:15 05:30 05:45"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := homeClock(t, "2027-10-29T12:00:00Z")
			step := zonedStep(t, c, stepTime)
			s := flow.Scope{Now: c.now(), Look: tc.look, Answers: flow.Answers{answerZone: tc.zone, stepDay: tc.day, stepTime: tc.time}}
			if refusal := step.Check(s, tc.time); refusal == nil || refusal.Why.Message.ID != tc.why || len(refusal.Fix) != 2 {
				t.Errorf("%s is refused as %v", tc.time, refusal)
			}
			rows := keys(step.Ask(s))
			if diff := cmp.Diff(tc.left, rows[:len(rows)-1]); diff != "" {
				t.Errorf("offered (-want +got):\n%s", diff)
			}
		})
	}
}

// The end of a call names its day if it is another one, and tells apart the hours that the clocks show twice.
func TestTheEndOfACall(t *testing.T) {
	for name, tc := range map[string]struct {
		zone, start string
		minutes     int
		want        string
	}{
		"the same evening":          {platformHome, "2027-02-16T21:30:00Z", 30, "22:00"},
		"after midnight":            {platformHome, "2027-02-16T23:30:00Z", 60, "Wed 00:30"},
		"a whole day":               {platformHome, "2027-02-16T21:30:00Z", 1440, "Wed 21:30"},
		"the first 01:45":           {platformHome, "2026-10-24T23:45:00Z", 60, "01:45 BST"},
		"the second 01:45":          {platformHome, "2026-10-24T23:45:00Z", 120, "01:45 GMT"},
		"after the second":          {platformHome, "2026-10-24T23:45:00Z", 140, "02:05"},
		"from the day before":       {platformHome, "2026-10-24T22:45:00Z", 180, "Sun 01:45 GMT"},
		"another midnight abroad":   {"America/New_York", "2027-02-17T03:30:00Z", 60, "23:30 New York time"},
		"another repeated hour":     {"America/New_York", "2026-11-01T04:30:00Z", 120, "01:30 EST New York time"},
		"the UK's, and none abroad": {"Asia/Kolkata", "2026-10-24T23:45:00Z", 60, "06:15 India time"},
	} {
		t.Run(name, func(t *testing.T) {
			c := homeClock(t, "2026-10-20T12:00:00Z").in(tc.zone)
			at, err := time.Parse(time.RFC3339, tc.start)
			if err != nil {
				t.Fatal(err)
			}
			if got := (wording.Catalogue{}).Plain(msgOption.With(wording.Args{"value": c.end(at, tc.minutes)})); got != tc.want {
				t.Errorf("until %s, want %s", got, tc.want)
			}
		})
	}
}
