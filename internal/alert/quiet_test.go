package alert_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"phonechatbot/internal/alert"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// at reads a moment; "" is none.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// clock is a minute of the day.
func clock(hour, minute int) alert.Minute { return alert.Minute(hour*60 + minute) }

func TestQuietHours(t *testing.T) {
	const london, newYork, kolkata, lordHowe = "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"
	night := alert.Quiet{Mode: alert.Hold, From: clock(22, 0), To: clock(7, 0)}
	nap := alert.Quiet{Mode: alert.Silent, From: clock(13, 0), To: clock(14, 30)}
	small := alert.Quiet{Mode: alert.Hold, From: clock(1, 15), To: clock(1, 45)}
	from130 := alert.Quiet{Mode: alert.Hold, From: clock(1, 30), To: clock(6, 0)}
	to130 := alert.Quiet{Mode: alert.Hold, From: clock(23, 0), To: clock(1, 30)}
	but30 := alert.Quiet{Mode: alert.Hold, From: clock(1, 45), To: clock(1, 15)}
	for name, tc := range map[string]struct {
		quiet     alert.Quiet
		zone, now string
		want      string // when they end; "": it is not quiet
	}{
		"off":                            {alert.Quiet{From: clock(22, 0), To: clock(7, 0)}, london, "2026-01-10T23:00:00Z", ""},
		"equal ends":                     {alert.Quiet{Mode: alert.Hold, From: clock(22, 0), To: clock(22, 0)}, london, "2026-01-10T22:00:00Z", ""},
		"equal ends at midnight":         {alert.Quiet{Mode: alert.Hold}, london, "2026-01-10T00:00:00Z", ""},
		"a moment before":                {night, london, "2026-01-10T21:59:59Z", ""},
		"as they begin":                  {night, london, "2026-01-10T22:00:00Z", "2026-01-11T07:00:00Z"},
		"before midnight":                {night, london, "2026-01-10T23:59:59Z", "2026-01-11T07:00:00Z"},
		"after midnight":                 {night, london, "2026-01-11T00:00:00Z", "2026-01-11T07:00:00Z"},
		"a moment before the end":        {night, london, "2026-01-11T06:59:59Z", "2026-01-11T07:00:00Z"},
		"as they end":                    {night, london, "2026-01-11T07:00:00Z", ""},
		"the last night of a year":       {night, london, "2026-12-31T23:00:00Z", "2027-01-01T07:00:00Z"},
		"by day":                         {nap, london, "2026-01-10T13:00:00Z", "2026-01-10T14:30:00Z"},
		"by day, at night":               {nap, london, "2026-01-10T02:00:00Z", ""},
		"until midnight":                 {alert.Quiet{Mode: alert.Hold, From: clock(20, 0)}, london, "2026-01-10T21:00:00Z", "2026-01-11T00:00:00Z"},
		"in summer":                      {night, london, "2026-07-10T21:00:00Z", "2026-07-11T06:00:00Z"},
		"put forward in the night, 2026": {night, london, "2026-03-28T23:00:00Z", "2026-03-29T06:00:00Z"},
		"put back in the night, 2026":    {night, london, "2026-10-24T22:00:00Z", "2026-10-25T07:00:00Z"},
		"put forward in the night, 2027": {night, london, "2027-03-27T22:00:00Z", "2027-03-28T06:00:00Z"},
		"put back in the night, 2027":    {night, london, "2027-10-30T21:00:00Z", "2027-10-31T07:00:00Z"},

		"the beginning does not exist":           {from130, london, "2026-03-29T01:00:00Z", "2026-03-29T05:00:00Z"},
		"just before it would":                   {from130, london, "2026-03-29T00:59:59Z", ""},
		"the end does not exist":                 {to130, london, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"},
		"after an end that does not exist":       {to130, london, "2026-03-29T01:00:00Z", ""},
		"neither end exists":                     {small, london, "2026-03-29T01:00:00Z", ""},
		"the beginning comes twice, the first":   {from130, london, "2026-10-25T00:30:00Z", "2026-10-25T06:00:00Z"},
		"the beginning comes twice, in between":  {from130, london, "2026-10-25T01:10:00Z", "2026-10-25T06:00:00Z"},
		"the end comes twice, after the first":   {to130, london, "2026-10-25T00:45:00Z", "2026-10-25T01:30:00Z"},
		"the end comes twice, at the second":     {to130, london, "2026-10-25T01:30:00Z", ""},
		"both ends come twice":                   {small, london, "2027-10-31T00:50:00Z", "2027-10-31T01:45:00Z"},
		"a change swallows what is left out":     {but30, london, "2027-03-28T00:00:00Z", "2027-03-29T00:15:00Z"},
		"what is left out comes twice":           {but30, london, "2027-10-31T00:10:00Z", "2027-11-01T01:15:00Z"},
		"New York, another day than in the UK":   {night, newYork, "2026-01-11T03:00:00Z", "2026-01-11T12:00:00Z"},
		"New York, not yet":                      {night, newYork, "2026-01-11T02:59:00Z", ""},
		"New York puts forward":                  {night, newYork, "2026-03-08T05:00:00Z", "2026-03-08T11:00:00Z"},
		"New York puts back":                     {night, newYork, "2026-11-01T05:00:00Z", "2026-11-01T12:00:00Z"},
		"Kolkata, half an hour off":              {night, kolkata, "2026-03-29T16:30:00Z", "2026-03-30T01:30:00Z"},
		"Kolkata, not yet":                       {night, kolkata, "2026-03-29T16:29:00Z", ""},
		"Lord Howe puts forward by half an hour": {night, lordHowe, "2026-10-03T12:00:00Z", "2026-10-03T20:00:00Z"},
		"Lord Howe puts back by half an hour":    {night, lordHowe, "2026-04-04T11:00:00Z", "2026-04-04T20:30:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			end, quiet := tc.quiet.Until(at(t, tc.now), zone(t, tc.zone))
			if want := at(t, tc.want); quiet != (tc.want != "") || !end.Equal(want) {
				t.Errorf("got %v, %v; want %q", end.UTC(), quiet, tc.want)
			}
		})
	}
}

func TestDaily(t *testing.T) {
	const london, newYork, lordHowe = "Europe/London", "America/New_York", "Australia/Lord_Howe"
	for name, tc := range map[string]struct {
		at              alert.Minute
		zone, now, want string
	}{
		"later today":                 {clock(8, 15), london, "2026-01-10T08:14:59Z", "2026-01-10T08:15:00Z"},
		"now is not after now":        {clock(8, 15), london, "2026-01-10T08:15:00Z", "2026-01-11T08:15:00Z"},
		"tomorrow, next year":         {clock(8, 15), london, "2026-12-31T12:00:00Z", "2027-01-01T08:15:00Z"},
		"midnight":                    {0, london, "2026-01-10T12:00:00Z", "2026-01-11T00:00:00Z"},
		"in summer":                   {clock(8, 15), london, "2026-06-10T08:00:00Z", "2026-06-11T07:15:00Z"},
		"over the change":             {clock(8, 15), london, "2026-03-28T12:00:00Z", "2026-03-29T07:15:00Z"},
		"a time that does not exist":  {clock(1, 30), london, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		"and the day after":           {clock(1, 30), london, "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
		"a time that comes twice":     {clock(1, 30), london, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		"once, although it does":      {clock(1, 30), london, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		"twice, 2027":                 {clock(1, 30), london, "2027-10-31T00:31:00Z", "2027-11-01T01:30:00Z"},
		"not at all, 2027":            {clock(1, 59), london, "2027-03-28T00:59:59Z", "2027-03-28T01:00:00Z"},
		"yesterday here, today there": {clock(20, 0), newYork, "2026-01-11T00:30:00Z", "2026-01-11T01:00:00Z"},
		"Lord Howe, half an hour off": {clock(2, 15), lordHowe, "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			daily := alert.Daily{On: true, At: tc.at}
			if got := daily.Next(at(t, tc.now), zone(t, tc.zone)); !got.Equal(at(t, tc.want)) {
				t.Errorf("got %v, want %s", got.UTC(), tc.want)
			}
		})
	}
	if got := (alert.Daily{At: clock(8, 0)}).Next(at(t, "2026-01-10T08:00:00Z"), time.UTC); !got.IsZero() {
		t.Errorf("one that is off comes at %v", got)
	}
}

// drawZone and drawMoment lead to the changes of the clocks as often as not.
func drawZone(t *rapid.T) *time.Location {
	name := rapid.SampledFrom([]string{
		"Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut", "UTC", "Pacific/Chatham",
	}).Draw(t, "zone")
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func drawMoment(t *rapid.T, z *time.Location) time.Time {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 2*365*24*60).Draw(t, "minutes")) * time.Minute)
	if _, change := now.In(z).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "near a change") {
		now = change.Add(time.Duration(rapid.IntRange(-36*60, 36*60).Draw(t, "around")) * time.Minute)
	}
	return now.Add(time.Duration(rapid.IntRange(0, 59).Draw(t, "seconds")) * time.Second)
}

func drawMinute(t *rapid.T, label string) alert.Minute {
	return alert.Minute(rapid.IntRange(0, alert.MinutesADay-1).Draw(t, label))
}

func TestQuietHoursEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := drawZone(t)
		now := drawMoment(t, z)
		q := alert.Quiet{Mode: alert.Hold, From: drawMinute(t, "from"), To: drawMinute(t, "to")}
		if rapid.Bool().Draw(t, "nearly the whole day") {
			q.To = (q.From + alert.MinutesADay - alert.Minute(rapid.IntRange(1, 60).Draw(t, "left out"))) % alert.MinutesADay
		}
		end, quiet := q.Until(now, z)
		if !quiet {
			if !end.IsZero() {
				t.Fatalf("not quiet until %v", end)
			}
			return
		}
		if !end.After(now) || end.Sub(now) > 49*time.Hour {
			t.Fatalf("at %v they end at %v", now, end)
		}
		if again, still := q.Until(end, z); still {
			t.Fatalf("at their end, %v, it is quiet until %v", end, again)
		}
		if before, still := q.Until(end.Add(-time.Second), z); !still || !before.Equal(end) {
			t.Fatalf("a second before %v it is quiet: %v, until %v", end, still, before)
		}
	})
}

func TestDailyComesOnceADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := drawZone(t)
		now := drawMoment(t, z)
		daily := alert.Daily{On: true, At: drawMinute(t, "at")}
		first := daily.Next(now, z)
		if !first.After(now) || first.Sub(now) > 25*time.Hour {
			t.Fatalf("after %v comes %v", now, first)
		}
		for range 3 {
			next := daily.Next(first, z)
			if apart := next.Sub(first); apart < 23*time.Hour || apart > 25*time.Hour {
				t.Fatalf("after %v comes %v", first.In(z), next.In(z))
			}
			first = next
		}
	})
}
