package conversations

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
)

// severalRecents are performers with nicknames that could be something else.
var severalRecents = []recentFact{
	{ID: 771204, Nickname: "VelvetSky"},
	{ID: 500001, Nickname: "Night Owl"},
	{ID: 500002, Nickname: "7"},
	{ID: 500003, Nickname: "12"},
	{ID: 500004, Nickname: "Tonight"},
	{ID: 500005, Nickname: "Sun"},
	{ID: 500006, Nickname: "Twin"},
	{ID: 500007, Nickname: "tWIN"},
	{ID: 500008, Nickname: "<b>&_"},
	{ID: 500009, Nickname: "ليلى"},
	{ID: 500010, Nickname: "Anna, London"},
	{ID: 500011, Nickname: "They ring"},
	{ID: 500012, Nickname: "600777"},
	{ID: 0, Nickname: "Nobody"},
	{ID: 500013, Nickname: ""},
}

func london(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func severalScope(t testing.TB, now time.Time, given flow.Answers) flow.Scope {
	t.Helper()
	data, err := json.Marshal(severalRecents)
	if err != nil {
		t.Fatal(err)
	}
	return flow.Scope{Answers: given, Now: now, Facts: map[string]flow.Fact{factRecent: {Data: data}}}
}

// answersOf reads "who=771204, day=2027-02-16".
func answersOf(text string) flow.Answers {
	var found flow.Answers
	for pair := range strings.SplitSeq(text, ", ") {
		if step, value, ok := strings.Cut(pair, "="); ok {
			if found == nil {
				found = flow.Answers{}
			}
			found[step] = value
		}
	}
	return found
}

// On Monday 15 February 2027 at noon, unless a case names another moment.
func TestSeveralAnswersOfABooking(t *testing.T) {
	const whole = "who=771204, day=2027-02-16, time=19:00, length=30"
	for name, tc := range map[string]struct{ line, want, given, now string }{
		"as people type it":            {line: "VelvetSky tomorrow 7pm 30 min", want: whole},
		"another order":                {line: "30 min tomorrow 7pm VelvetSky", want: whole},
		"by number":                    {line: "771204 tomorrow 7pm 30 min", want: whole},
		"by number with its sign":      {line: "#771204 tomorrow 7pm 30 min", want: whole},
		"commas and a full stop":       {line: "velvetsky, tomorrow, 7pm, for 30 minutes.", want: whole},
		"two lines":                    {line: "VelvetSky\ntomorrow 7pm\t30m", want: whole},
		"the length between":           {line: "VelvetSky tomorrow for 30 min at 7pm", want: whole},
		"the time first, the day last": {line: "7pm VelvetSky half an hour tomorrow", want: whole},
		"all that can be said": {
			line: "Night Owl fri 21:00 1h they ring for 135 credits",
			want: "who=500001, day=2027-02-19, time=21:00, length=60, method=1, credits=135",
		},
		"a later step":             {line: "tomorrow 7pm 30 min", want: "day=2027-02-16, time=19:00, length=30", given: "who=771204"},
		"a day without a time":     {line: "VelvetSky fri 45 minutes", want: "who=771204, day=2027-02-19, length=45"},
		"a time without a day":     {line: "VelvetSky 21:30 1 hour", want: "who=771204, day=2027-02-15, time=21:30, length=60"},
		"a time on the chosen day": {line: "9pm 30 min", want: "time=21:00, length=30", given: "who=771204, day=2027-02-18"},
		"a day against the chosen": {line: "sat 9pm 30 min", want: "day=2027-02-20, time=21:00, length=30", given: "day=2027-02-18"},
		"day first, then month":    {line: "VelvetSky 12/03 7pm", want: "who=771204, day=2027-03-12, time=19:00"},
		"day and month, no year":   {line: "VelvetSky 21/02 21:30 90m", want: "who=771204, day=2027-02-21, time=21:30, length=90"},
		"ISO":                      {line: "VelvetSky 2027-02-21T21:30 10 min", want: "who=771204, day=2027-02-21, time=21:30, length=10"},
		"a time of figures only":   {line: "771204 2130", want: "who=771204, day=2027-02-15, time=21:30"},
		"tonight":                  {line: "tonight at 8 VelvetSky", want: "who=771204, day=2027-02-15, time=20:00"},
		"a distance":               {line: "VelvetSky in 2 hours for 30 min", want: "who=771204, day=2027-02-15, time=14:00, length=30"},
		"an hour and a half":       {line: "VelvetSky an hour and a half", want: "who=771204, length=90"},
		"too short for the step":   {line: "VelvetSky 3 min", want: "who=771204, length=3"}, // which says so itself

		"£":                       {line: "VelvetSky £36", want: "who=771204, credits=36"},
		"thousands":               {line: "VelvetSky 1,350 credits", want: "who=771204, credits=1350"},
		"thousands with a space":  {line: "VelvetSky 1 350 credits", want: "who=771204"}, // or 1 o'clock and 350
		"a decimal comma":         {line: "VelvetSky 135,50 credits", want: "who=771204, credits=135.50"},
		"no thousands":            {line: "VelvetSky tomorrow 7pm 135 50 credits"},
		"a negative amount":       {line: "VelvetSky -5 credits"},
		"nothing offered":         {line: "VelvetSky 0 credits"},
		"an exponent":             {line: "VelvetSky 1e3 credits"},
		"three decimal places":    {line: "VelvetSky 36.125 credits"},
		"a length of nothing":     {line: "VelvetSky 0 min"},
		"a negative length":       {line: "VelvetSky -30 min"},
		"longer than a day":       {line: "VelvetSky 25 hours"},
		"digits of other scripts": {line: "VelvetSky ٣٠ min"},

		"you ring me":           {line: "VelvetSky you ring me", want: "who=771204, method=1"},
		"I ring":                {line: "VelvetSky I ring.", want: "who=771204, method=2"},
		"as the button says it": {line: "VelvetSky you call them", want: "who=771204, method=2"},
		"you ring whom?":        {line: "VelvetSky you ring"},
		"both ways":             {line: "VelvetSky they ring i ring"},

		"one word more":              {line: "VelvetSky tomorrow 7pm 30 min please"},
		"figures with no unit":       {line: "VelvetSky tomorrow 7pm 30"},
		"an unknown name":            {line: "Somebody tomorrow 7pm 30 min"},
		"two names":                  {line: "VelvetSky 500001 tomorrow 7pm"},
		"two days":                   {line: "VelvetSky tomorrow 30 min fri"},
		"two times":                  {line: "VelvetSky 7pm 30 min 8pm"},
		"a time that becomes a year": {line: "VelvetSky 21 feb 30 min 2027"},
		"two lengths":                {line: "VelvetSky 30 min 45 min"},
		"a range":                    {line: "VelvetSky tomorrow 20 to 30 min"},
		"reply by":                   {line: "VelvetSky 30 min by tomorrow 7pm"},
		"a comment":                  {line: "VelvetSky tomorrow 7pm evening suits me best"},
		"a number to ring":           {line: "VelvetSky tomorrow 7pm 07700 900123"},
		"a landline":                 {line: "0115 4960123 30 min"},
		"a number without its zero":  {line: "1632 960123 30 min"},
		"a number from abroad":       {line: "VelvetSky +44 7700 900123"},
		"nothing":                    {line: " \n"},
		"5,000 characters":           {line: strings.Repeat("VelvetSky tomorrow ", 263)},
		"5,000 letters":              {line: strings.Repeat("a", 5000)},
		"many words":                 {line: "VelvetSky tomorrow" + strings.Repeat(" at", 40)},

		"7, in the morning or not":    {line: "VelvetSky tomorrow 7 30 min", want: "who=771204, length=30"},
		"12, at noon or at night":     {line: "VelvetSky 12 30 min", want: "who=771204, length=30"},
		"two readings, and a day":     {line: "VelvetSky tomorrow 7 30 min", given: "day=2027-02-20"}, // which would stay
		"a Friday or the next":        {line: "VelvetSky next friday 7pm 30 min", want: "who=771204, length=30"},
		"a distance or a length":      {line: "VelvetSky in 2 hours 30 min", want: "who=771204"},
		"half past nine or 9.3 hours": {line: "VelvetSky tomorrow 9.30 hours", want: "who=771204"},
		"past":                        {line: "VelvetSky today 11:15am 30 min", want: "who=771204, length=30"},
		"yesterday":                   {line: "VelvetSky yesterday 7pm 30 min", want: "who=771204, length=30"},
		"no such date":                {line: "VelvetSky 31/04 7pm 30 min"},
		"past on the chosen day":      {line: "11:15am 30 min", given: "day=2027-02-15", want: "length=30"},

		"7 is no member":                {line: "7 tomorrow 30 min", want: "length=30"}, // a nickname, or 7 o'clock
		"12 is no member":               {line: "12 tomorrow 7pm 30 min", want: "who=500003, day=2027-02-16, time=19:00, length=30"},
		"12 with its sign":              {line: "#12 tomorrow 7pm", want: "who=12, day=2027-02-16, time=19:00"},
		"figures, number and nickname":  {line: "600777 tomorrow 7pm", want: "day=2027-02-16, time=19:00"},
		"a nickname that is a time":     {line: "Tonight tomorrow 7pm", want: "who=500004, day=2027-02-16, time=19:00"},
		"a nickname that is a day":      {line: "Sun 9pm 30 min", want: "length=30"},
		"a nickname that two have":      {line: "twin tomorrow 7pm", want: "day=2027-02-16, time=19:00"},
		"a nickname of markup":          {line: "<b>&_ tomorrow 7pm", want: "who=500008, day=2027-02-16, time=19:00"},
		"a nickname from right to left": {line: "ليلى tomorrow 7pm", want: "who=500009, day=2027-02-16, time=19:00"},
		"a nickname with a comma":       {line: "anna, london tomorrow 7pm", want: "who=500010, day=2027-02-16, time=19:00"},
		"a nickname that is a method":   {line: "they ring 30 min", want: "length=30"},
		"a member without a number":     {line: "Nobody tomorrow 7pm"},
		"a number beyond all members":   {line: "#9999999999999 tomorrow 7pm"},

		"the gap": {line: "VelvetSky 28/03 01:30 30 min", want: "who=771204, length=30"},
		"the gap is of another day": {
			line: "01:30 30 min", given: "day=2027-03-29", now: "2027-03-27 12:00", want: "time=01:30, length=30",
		},
		"the gap of 2026":           {line: "VelvetSky 29/03/2026 1:30am 30 min", now: "2026-03-28 12:00", want: "who=771204, length=30"},
		"after the gap":             {line: "VelvetSky 28/03 02:00 30 min", want: "who=771204, day=2027-03-28, time=02:00, length=30"},
		"twice":                     {line: "VelvetSky 31/10 01:30 30 min", want: "who=771204, length=30"},
		"twice in 2026":             {line: "VelvetSky sun 01:30 30 min", now: "2026-10-24 12:00", want: "who=771204, length=30"},
		"a distance into that hour": {line: "VelvetSky in 2 hours for 30 min", now: "2026-10-25 00:30", want: "who=771204, length=30"},
		"29 feb of a leap year":     {line: "VelvetSky 29 feb 7pm", want: "who=771204, day=2028-02-29, time=19:00"},
	} {
		t.Run(name, func(t *testing.T) {
			zone := london(t)
			now := time.Date(2027, 2, 15, 12, 0, 0, 0, zone)
			if tc.now != "" {
				var err error
				if now, err = time.ParseInLocation(momentLayout, tc.now, zone); err != nil {
					t.Fatal(err)
				}
			}
			c := clock{now: func() time.Time { return now }, zone: zone}
			s := severalScope(t, now, answersOf(tc.given))
			got := bookSeveral(c)(s, tc.line)
			want := answersOf(tc.want)
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tc.line, diff)
			}
			mustHold(t, s, c, got)
		})
	}
}

// mustHold checks that each answer is what its step makes of it. A time of 10:00 to 12:59 is two readings to the
// step, unless its day stands before it.
func mustHold(t interface {
	Helper()
	Errorf(format string, args ...any)
}, s flow.Scope, c clock, found flow.Answers,
) {
	t.Helper()
	s.Answers = merged(s.Answers, found)
	steps := map[string]flow.Step{}
	for _, step := range []flow.Step{whoStep(func() bool { return false }), dayStep(c), timeStep(c), lengthStep(c), methodStep(), creditsStep()} {
		steps[step.ID] = step
	}
	for id, value := range found {
		step, ok := steps[id]
		if !ok {
			t.Errorf("%s is not taken out of a line", id)
			continue
		}
		text := value
		if id == stepTime {
			text = s.Answers[stepDay] + " " + value
		}
		got, err := step.Parse(s, text)
		if err != nil || got.Value != value {
			t.Errorf("%s: %q becomes %q, %v", id, value, got.Value, err)
		}
		if id == stepTime && (got.Also[stepDay] != s.Answers[stepDay] || step.Check(s, value) != nil) {
			t.Errorf("%s on %s does not hold", value, s.Answers[stepDay])
		}
	}
}

func merged(a, b flow.Answers) flow.Answers {
	both := flow.Answers{}
	maps.Copy(both, a)
	maps.Copy(both, b)
	return both
}

// Answers written down in any order and spelling are read back.
func TestSeveralReadsWhatIsWritten(t *testing.T) {
	zone := london(t)
	rapid.Check(t, func(rt *rapid.T) {
		pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(rt, name) }
		now := time.Unix(rapid.Int64Range(1767225600, 1861920000).Draw(rt, "now"), 0).In(zone) // 2026 to 2028
		c := clock{now: func() time.Time { return now }, zone: zone}
		at := now.Add(time.Duration(rapid.IntRange(2, 300*24*60).Draw(rt, "ahead")) * time.Minute).Truncate(time.Minute)
		if at.Minute() == 0 && at.Hour() == 0 { // 12am is at both ends of a day
			at = at.Add(time.Minute)
		}
		if s := (flow.Scope{Now: now, Answers: flow.Answers{stepDay: at.Format(dayLayout), stepTime: at.Format(timeLayout)}}); timeStep(c).Check(s, "") != nil {
			return // an hour that comes twice
		}
		minutes := rapid.IntRange(1, 24*60).Draw(rt, "minutes")
		credits := rapid.IntRange(1, 999_999).Draw(rt, "credits")
		method := rapid.IntRange(1, 2).Draw(rt, "method")
		day := at.Format(pick("day", "2006-01-02", "02/01/2006", "Mon 02/01/2006", "2 Jan 2006", "2/1/2006"))
		hour := at.Format(pick("hour", "3:04pm", "3.04pm", "15:04")) // 10:04 is two readings
		if strings.HasSuffix(hour, "m") || at.Hour() == 0 || at.Hour() > 12 {
			hour = pick("at", "", "at ") + hour
		} else {
			hour = at.Format("3:04pm")
		}
		length := strconv.Itoa(minutes) + pick("unit", "m", "min", " min", " minutes", " mins.")
		if minutes%60 == 0 {
			length = strconv.Itoa(minutes/60) + pick("hours", "h", " h", " hours", " hrs")
		}
		sum := strconv.Itoa(credits)
		if rapid.Bool().Draw(rt, "grouped") && len(sum) > 3 {
			sum = sum[:len(sum)-3] + "," + sum[len(sum)-3:]
		}
		ways := []string{pick("1", "they ring", "you ring me", "They call me"), pick("2", "i ring", "I call", "you ring them")}
		written := map[string]string{
			stepWho:     pick("who", "#771204", "771204", "VelvetSky", "velvetsky"),
			stepDay:     day + " " + hour,
			stepLength:  pick("for", "", "for ") + length,
			stepCredits: pick("for how much", "", "for ") + pick("sum", "£"+sum, sum+" credits", sum+"cr", sum+" Credits"),
			stepMethod:  ways[method-1],
		}
		want := flow.Answers{
			stepWho: "771204", stepDay: at.Format(dayLayout), stepTime: at.Format(timeLayout), stepLength: strconv.Itoa(minutes),
			stepCredits: strconv.Itoa(credits), stepMethod: strconv.Itoa(method),
		}
		var parts []string
		for _, step := range rapid.Permutation([]string{stepWho, stepDay, stepLength, stepCredits, stepMethod}).Draw(rt, "order") {
			if rapid.IntRange(0, 4).Draw(rt, "left out") == 0 {
				delete(want, step)
				if step == stepDay {
					delete(want, stepTime)
				}
				continue
			}
			parts = append(parts, written[step])
		}
		line := strings.Join(parts, pick("between", ", ", " ", "\n"))
		s := severalScope(t, now, nil)
		s.Facts = map[string]flow.Fact{factRecent: {Data: []byte(`[{"id":771204,"nickname":"VelvetSky"}]`)}}
		got := bookSeveral(c)(s, line)
		if len(got) == 0 && len(want) == 0 {
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("%q at %v (-want +got):\n%s", line, now, diff)
		}
		mustHold(rt, s, c, got)
	})
}

// Words that answers are made of, strung together, give nothing that a step refuses, and the order of looking
// does not matter.
func TestSeveralOfAnyWords(t *testing.T) {
	zone := london(t)
	words := []string{
		"VelvetSky", "Twin", "7", "12", "Sun", "Tonight", "#12", "771204", "tomorrow", "fri", "21/02", "21", "feb", "2027", "2130", "7pm", "9.30",
		"at", "in", "the", "2", "1h", "hours", "30", "min", "half", "an", "hour", "and", "a", "for", "£36", "1,350", "350", "credits", "they", "i", "ring",
		"you", "me", "by", "-5", "0", "01:30", "28/03", "31/10", "midnight", "noon", "next", "please",
	}
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Unix(rapid.Int64Range(1767225600, 1861920000).Draw(rt, "now"), 0).In(zone)
		c := clock{now: func() time.Time { return now }, zone: zone}
		given := flow.Answers{}
		if rapid.Bool().Draw(rt, "chosen") {
			given[stepDay] = now.AddDate(0, 0, rapid.IntRange(-3, 300).Draw(rt, "days")).Format(dayLayout)
		}
		line := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 10).Draw(rt, "words"), " ")
		s := severalScope(t, now, given)
		got := bookSeveral(c)(s, line)
		mustHold(rt, s, c, got)
		for range 3 {
			if diff := cmp.Diff(got, bookSeveral(c)(s, line)); diff != "" {
				rt.Errorf("%q goes otherwise the second time:\n%s", line, diff)
			}
		}
	})
}

func FuzzBookSeveral(f *testing.F) {
	for _, seed := range []string{
		"VelvetSky tomorrow 7pm 30 min", "#771204 fri 21:00 1h for 135 credits", "tonight at 8 they ring £1,350", "21/02 for 30 min 21:30",
		"28/03/2027 01:30 30 min", "31 oct 1:30 VelvetSky", "in 2 hours 30 min", "1 350 credits 12", "ليلى 9pm", "９pm 30 min", "0115 4960123",
	} {
		f.Add(seed, int64(1802692800), 0)
		f.Add(seed, int64(1793491200), 40)
	}
	zone := london(f)
	f.Fuzz(func(t *testing.T, text string, unix int64, chosen int) {
		const from, to = 946684800, 4102444800 // 2000 to 2100
		if unix < from || unix > to {
			return
		}
		now := time.Unix(unix, 0).In(zone)
		c := clock{now: func() time.Time { return now }, zone: zone}
		given := flow.Answers{}
		if chosen != 0 {
			given[stepDay] = now.AddDate(0, 0, chosen%1000).Format(dayLayout)
		}
		s := severalScope(t, now, given)
		mustHold(t, s, c, bookSeveral(c)(s, text))
	})
}
