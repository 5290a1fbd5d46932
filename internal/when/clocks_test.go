package when_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/when"
)

func TestParseSkippedTime(t *testing.T) {
	for name, tc := range map[string]struct {
		zone, now, text string
		earlier, later  string // "" for the zero time
	}{
		"2026":                 {"Europe/London", "2026-03-20 12:00:00", "29/03 01:30", "2026-03-29T00:30:00Z", "2026-03-29T02:30:00+01:00"},
		"2027":                 {"Europe/London", "2026-11-21 12:00:00", "28 March 2027 01:30", "2027-03-28T00:30:00Z", "2027-03-28T02:30:00+01:00"},
		"first minute":         {"Europe/London", "2026-11-21 12:00:00", "2027-03-28 01:00", "2027-03-28T00:00:00Z", "2027-03-28T02:00:00+01:00"},
		"last minute":          {"Europe/London", "2026-11-21 12:00:00", "2027-03-28 01:59", "2027-03-28T00:59:00Z", "2027-03-28T02:59:00+01:00"},
		"no day named":         {"Europe/London", "2027-03-27 22:00:00", "01:30", "2027-03-28T00:30:00Z", "2027-03-28T02:30:00+01:00"},
		"one of two":           {"Europe/London", "2027-03-27 22:00:00", "1:30", "2027-03-28T00:30:00Z", "2027-03-28T02:30:00+01:00"},
		"the night after":      {"Europe/London", "2027-03-27 22:00:00", "tonight at 1:30", "2027-03-28T00:30:00Z", "2027-03-28T02:30:00+01:00"},
		"earlier is past":      {"Europe/London", "2027-03-28 00:45:00", "today 01:30", "", "2027-03-28T02:30:00+01:00"},
		"weekday":              {"Europe/London", "2027-03-24 12:00:00", "sun 01:30", "2027-03-28T00:30:00Z", "2027-03-28T02:30:00+01:00"},
		"New York":             {"America/New_York", "2027-03-13 12:00:00", "tomorrow 02:30", "2027-03-14T01:30:00-05:00", "2027-03-14T03:30:00-04:00"},
		"half hour, Lord Howe": {"Australia/Lord_Howe", "2026-10-03 12:00:00", "tomorrow 02:15", "2026-10-04T01:45:00+10:30", "2026-10-04T02:45:00+11:00"},
	} {
		t.Run(name, func(t *testing.T) {
			loc := zone(t, tc.zone)
			_, err := when.Parse(tc.text, at(t, tc.now, loc), loc)
			var gap *when.GapError
			if !errors.Is(err, when.ErrGap) || !errors.As(err, &gap) {
				t.Fatalf("Parse(%q): %v, want a GapError", tc.text, err)
			}
			earlier := ""
			if !gap.Earlier.IsZero() {
				earlier = gap.Earlier.Format(time.RFC3339)
			}
			if diff := cmp.Diff([]string{tc.earlier, tc.later}, []string{earlier, gap.Later.Format(time.RFC3339)}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRepeatedTime(t *testing.T) {
	for name, tc := range map[string]struct {
		zone, now, text string
		want            []string // RFC 3339, to tell the two apart
		single          bool     // not repeated
	}{
		"2026":          {"Europe/London", "2026-10-20 12:00:00", "25/10 01:30", []string{"2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00Z"}, false},
		"2027":          {"Europe/London", "2026-11-21 12:00:00", "31 October 2027 01:30", []string{"2027-10-31T01:30:00+01:00", "2027-10-31T01:30:00Z"}, false},
		"first minute":  {"Europe/London", "2026-11-21 12:00:00", "2027-10-31 01:00", []string{"2027-10-31T01:00:00+01:00", "2027-10-31T01:00:00Z"}, false},
		"last minute":   {"Europe/London", "2026-11-21 12:00:00", "2027-10-31 01:59", []string{"2027-10-31T01:59:00+01:00", "2027-10-31T01:59:00Z"}, false},
		"just before":   {"Europe/London", "2026-11-21 12:00:00", "2027-10-31 00:59", []string{"2027-10-31T00:59:00+01:00"}, true},
		"just after":    {"Europe/London", "2026-11-21 12:00:00", "2027-10-31 02:00", []string{"2027-10-31T02:00:00Z"}, true},
		"am or pm too":  {"Europe/London", "2027-10-30 22:00:00", "tomorrow 1:30", []string{"2027-10-31T01:30:00+01:00", "2027-10-31T01:30:00Z", "2027-10-31T13:30:00Z"}, false},
		"no day named":  {"Europe/London", "2027-10-30 22:00:00", "01:30", []string{"2027-10-31T01:30:00+01:00", "2027-10-31T01:30:00Z"}, false},
		"New York":      {"America/New_York", "2026-10-31 12:00:00", "tomorrow 1.30am", []string{"2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"}, false},
		"distance":      {"Europe/London", "2027-10-31 00:30:00", "in 2 hours", []string{"2027-10-31T01:30:00Z"}, false},
		"distance over": {"Europe/London", "2027-10-31 00:30:00", "in 3 hours", []string{"2027-10-31T02:30:00Z"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			loc := zone(t, tc.zone)
			r, err := when.Parse(tc.text, at(t, tc.now, loc), loc)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{r.Time.Format(time.RFC3339)}
			for _, other := range r.Others {
				got = append(got, other.Format(time.RFC3339))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || r.Repeated == tc.single || r.Ambiguous() != (len(tc.want) > 1) {
				t.Errorf("Parse(%q) = %+v (-want +got):\n%s", tc.text, r, diff)
			}
		})
	}
}

// Between the two passes of a repeated hour only the second pass lies ahead.
func TestParseBetweenTheTwo(t *testing.T) {
	london := zone(t, "Europe/London")
	now := time.Date(2027, time.October, 31, 0, 45, 0, 0, time.UTC) // 01:45 BST
	r, err := when.Parse("01:30", now, london)
	if err != nil {
		t.Fatal(err)
	}
	if want := now.Add(45 * time.Minute); !r.Time.Equal(want) || r.Others != nil || !r.Repeated {
		t.Errorf("got %+v, want %v alone, repeated", r, want)
	}
}

func TestParseAcrossChanges(t *testing.T) {
	// A day with 23 hours: wall clock for days, elapsed time for distances.
	meanings{
		"tomorrow 14:00": {"Sun 2027-03-28 14:00"},
		"in 24 hours":    {"Sun 2027-03-28 15:00"},
		"in 1 day":       {"Sun 2027-03-28 00:00", "day only"},
		"tonight at 3":   {"Sun 2027-03-28 03:00"},
	}.check(t, at(t, "2027-03-27 14:00:00", zone(t, "Europe/London")))
}

func TestParseElsewhere(t *testing.T) {
	instant := time.Date(2026, time.November, 21, 23, 30, 0, 0, time.UTC)
	for name, want := range map[string][3]string{ // today 23:59, tomorrow 9am, 7pm
		"Europe/London":    {"2026-11-21T23:59:00Z", "2026-11-22T09:00:00Z", "2026-11-22T19:00:00Z"},
		"America/New_York": {"2026-11-21T23:59:00-05:00", "2026-11-22T09:00:00-05:00", "2026-11-21T19:00:00-05:00"},
		"Asia/Kolkata":     {"2026-11-22T23:59:00+05:30", "2026-11-23T09:00:00+05:30", "2026-11-22T19:00:00+05:30"},
	} {
		loc := zone(t, name)
		for i, text := range []string{"today 23:59", "tomorrow 9am", "7pm"} {
			r, err := when.Parse(text, instant, loc) // now comes in another zone
			if err != nil || r.Time.Format(time.RFC3339) != want[i] {
				t.Errorf("Parse(%q) in %s = %v, %v; want %s", text, name, r.Time, err, want[i])
			}
		}
	}
	if r, err := when.Parse("23:45", instant, nil); err != nil || !r.Time.Equal(instant.Add(15*time.Minute)) {
		t.Errorf("without a zone: %v, %v; want UTC", r, err)
	}
}

// In some zones clocks change at midnight, so that a day begins at 01:00; Samoa once left out a day.
func TestParseDayWithoutMidnight(t *testing.T) {
	cairo := zone(t, "Africa/Cairo")
	r, err := when.Parse("24/04/2026", at(t, "2026-04-20 12:00:00", cairo), cairo)
	if err != nil || r.Time.Format(time.RFC3339) != "2026-04-24T01:00:00+03:00" {
		t.Errorf("got %v, %v", r.Time, err)
	}
	apia := zone(t, "Pacific/Apia")
	if _, err := when.Parse("30/12/2011 12:00", at(t, "2011-12-29 12:00:00", apia), apia); !errors.Is(err, when.ErrGap) {
		t.Errorf("the day Samoa left out: %v", err)
	}
}

func TestLocal(t *testing.T) {
	for name, tc := range map[string]struct {
		zone                     string
		year                     int
		month                    time.Month
		day, hour, minute, count int
		kind                     when.Kind
		want                     string
	}{
		"winter":            {"Europe/London", 2026, time.January, 5, 21, 30, 1, when.Normal, "2026-01-05T21:30:00Z"},
		"summer":            {"Europe/London", 2026, time.July, 5, 21, 30, 1, when.Normal, "2026-07-05T21:30:00+01:00"},
		"gap 2026":          {"Europe/London", 2026, time.March, 29, 1, 30, 0, when.Gap, ""},
		"before gap 2026":   {"Europe/London", 2026, time.March, 29, 0, 59, 1, when.Normal, "2026-03-29T00:59:00Z"},
		"after gap 2026":    {"Europe/London", 2026, time.March, 29, 2, 0, 1, when.Normal, "2026-03-29T02:00:00+01:00"},
		"repeated 2026":     {"Europe/London", 2026, time.October, 25, 1, 0, 2, when.Repeated, "2026-10-25T01:00:00+01:00"},
		"gap 2027":          {"Europe/London", 2027, time.March, 28, 1, 0, 0, when.Gap, ""},
		"repeated 2027":     {"Europe/London", 2027, time.October, 31, 1, 30, 2, when.Repeated, "2027-10-31T01:30:00+01:00"},
		"after repeated":    {"Europe/London", 2027, time.October, 31, 2, 0, 1, when.Normal, "2027-10-31T02:00:00Z"},
		"New York gap":      {"America/New_York", 2026, time.March, 8, 2, 30, 0, when.Gap, ""},
		"New York repeated": {"America/New_York", 2027, time.November, 7, 1, 30, 2, when.Repeated, "2027-11-07T01:30:00-04:00"},
		"Kolkata":           {"Asia/Kolkata", 2026, time.March, 29, 1, 30, 1, when.Normal, "2026-03-29T01:30:00+05:30"},
		"Kiritimati":        {"Pacific/Kiritimati", 2026, time.March, 29, 1, 30, 1, when.Normal, "2026-03-29T01:30:00+14:00"},
	} {
		t.Run(name, func(t *testing.T) {
			loc := zone(t, tc.zone)
			got, kind := when.Local(tc.year, tc.month, tc.day, tc.hour, tc.minute, loc)
			shown := ""
			if !got.IsZero() {
				shown = got.Format(time.RFC3339)
			}
			instants := when.Instants(tc.year, tc.month, tc.day, tc.hour, tc.minute, loc)
			if shown != tc.want || kind != tc.kind || len(instants) != tc.count {
				t.Errorf("Local = %s, %v with %d instants; want %s, %v with %d", shown, kind, len(instants), tc.want, tc.kind, tc.count)
			}
			for _, instant := range instants {
				if when.KindOf(instant, loc) != tc.kind {
					t.Errorf("KindOf(%v) = %v, want %v", instant, when.KindOf(instant, loc), tc.kind)
				}
			}
		})
	}
}
