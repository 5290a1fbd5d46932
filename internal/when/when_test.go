package when_test

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata" // the tables below name zones

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/when"
)

const layout = "Mon 2006-01-02 15:04"

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// at is a local time that exists once.
func at(t testing.TB, text string, loc *time.Location) time.Time {
	t.Helper()
	now, err := time.ParseInLocation("2006-01-02 15:04:05", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// readings shows all readings and then the flags.
func readings(r when.Reading) []string {
	shown := []string{r.Time.Format(layout)}
	for _, other := range r.Others {
		shown = append(shown, other.Format(layout))
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"day only", r.DayOnly}, {"time only", r.TimeOnly}, {"repeated", r.Repeated}} {
		if flag.set {
			shown = append(shown, flag.name)
		}
	}
	return shown
}

// meanings is a table: what was typed, and the readings shown by readings.
type meanings map[string][]string

func (m meanings) check(t *testing.T, now time.Time) {
	t.Helper()
	for text, want := range m {
		got, err := when.Parse(text, now, now.Location())
		if err != nil {
			t.Errorf("Parse(%q): %v, want %v", text, err, want)
			continue
		}
		if diff := cmp.Diff(want, readings(got)); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", text, diff)
		}
	}
}

// refusals is a table: what was typed, and the error.
type refusals map[string]error

func (m refusals) check(t *testing.T, now time.Time) {
	t.Helper()
	for text, want := range m {
		if got, err := when.Parse(text, now, now.Location()); !errors.Is(err, want) {
			t.Errorf("Parse(%q) = %v, %v; want error %v", text, readings(got), err, want)
		}
	}
}

// A Saturday afternoon in winter.
func saturday(t testing.TB) time.Time {
	return at(t, "2026-11-21 14:05:40", zone(t, "Europe/London"))
}

func TestParseDayAndTime(t *testing.T) {
	meanings{
		"tomorrow 9:30pm":               {"Sun 2026-11-22 21:30"},
		"Tomorrow, at 9.30 p.m.":        {"Sun 2026-11-22 21:30"},
		"9.30PM tomorrow":               {"Sun 2026-11-22 21:30"},
		"tmrw 9 30pm":                   {"Sun 2026-11-22 21:30"},
		"tomorrow\u00a09:30\u202fpm":    {"Sun 2026-11-22 21:30"},
		"tomorrow 21:30":                {"Sun 2026-11-22 21:30"},
		"\u200etomorrow 2130\u200f":     {"Sun 2026-11-22 21:30"},
		"tomorrow 2130 hrs":             {"Sun 2026-11-22 21:30"},
		"tomorrow 21:30pm":              {"Sun 2026-11-22 21:30"},
		"day after tomorrow 9pm":        {"Mon 2026-11-23 21:00"},
		"in 3 days at 9pm":              {"Tue 2026-11-24 21:00"},
		"in a week at noon":             {"Sat 2026-11-28 12:00"},
		"fri 21:00":                     {"Fri 2026-11-27 21:00"},
		"friday 9pm":                    {"Fri 2026-11-27 21:00"},
		"9pm on Friday":                 {"Fri 2026-11-27 21:00"},
		"this friday 9pm":               {"Fri 2026-11-27 21:00"},
		"fri. 9 p.m.":                   {"Fri 2026-11-27 21:00"},
		"friday week 9pm":               {"Fri 2026-12-04 21:00"},
		"friday next week 9pm":          {"Fri 2026-11-27 21:00"},
		"sunday next week 9pm":          {"Sun 2026-11-29 21:00"},
		"next friday 20:00":             {"Fri 2026-11-27 20:00", "Fri 2026-12-04 20:00"},
		"next saturday 20:00":           {"Sat 2026-11-28 20:00"},
		"sat 20:00":                     {"Sat 2026-11-21 20:00", "Sat 2026-11-28 20:00"},
		"this sat 20:00":                {"Sat 2026-11-21 20:00"},
		"sat 13:00":                     {"Sat 2026-11-28 13:00"},
		"today 18:00":                   {"Sat 2026-11-21 18:00"},
		"today 14:06":                   {"Sat 2026-11-21 14:06"},
		"today 7":                       {"Sat 2026-11-21 19:00"},
		"tonight at 8":                  {"Sat 2026-11-21 20:00"},
		"tonight at 11:30":              {"Sat 2026-11-21 23:30"},
		"tonight at 12":                 {"Sun 2026-11-22 00:00"},
		"tonight at midnight":           {"Sun 2026-11-22 00:00"},
		"tonight 12.30":                 {"Sun 2026-11-22 00:30"},
		"tonight at 1am":                {"Sun 2026-11-22 01:00"},
		"tonight at 2":                  {"Sun 2026-11-22 02:00"},
		"half past eight tonight":       {"Sat 2026-11-21 20:30"},
		"8 this evening":                {"Sat 2026-11-21 20:00"},
		"this afternoon at 4":           {"Sat 2026-11-21 16:00"},
		"tomorrow morning 9":            {"Sun 2026-11-22 09:00"},
		"tomorrow at 9 in the morning":  {"Sun 2026-11-22 09:00"},
		"tomorrow at 9 in the evening":  {"Sun 2026-11-22 21:00"},
		"tonight at 9 in the evening":   {"Sat 2026-11-21 21:00"},
		"sun night at 9":                {"Sun 2026-11-22 21:00"},
		"sun afternoon 12":              {"Sun 2026-11-22 12:00"},
		"noon tomorrow":                 {"Sun 2026-11-22 12:00"},
		"12 noon tomorrow":              {"Sun 2026-11-22 12:00"},
		"tomorrow 7":                    {"Sun 2026-11-22 07:00", "Sun 2026-11-22 19:00"},
		"tomorrow 07:00":                {"Sun 2026-11-22 07:00"},
		"tomorrow 9:30":                 {"Sun 2026-11-22 09:30", "Sun 2026-11-22 21:30"},
		"tomorrow 0:30":                 {"Sun 2026-11-22 00:30"},
		"tomorrow 24:00":                {"Mon 2026-11-23 00:00"},
		"tomorrow 00:00":                {"Sun 2026-11-22 00:00"},
		"midnight fri":                  {"Fri 2026-11-27 00:00", "Sat 2026-11-28 00:00"},
		"fri 12am":                      {"Fri 2026-11-27 00:00", "Sat 2026-11-28 00:00"},
		"fri 12:30am":                   {"Fri 2026-11-27 00:30"},
		"fri 12":                        {"Fri 2026-11-27 00:00", "Fri 2026-11-27 12:00", "Sat 2026-11-28 00:00"},
		"fri 12pm":                      {"Fri 2026-11-27 12:00"},
		"today midnight":                {"Sun 2026-11-22 00:00"},
		"fri quarter to nine":           {"Fri 2026-11-27 08:45", "Fri 2026-11-27 20:45"},
		"fri quarter past 9pm":          {"Fri 2026-11-27 21:15"},
		"fri quarter to 12am":           {"Fri 2026-11-27 23:45"},
		"fri ten to nine pm":            {"Fri 2026-11-27 20:50"},
		"fri 10 minutes to 9pm":         {"Fri 2026-11-27 20:50"},
		"fri 20 to 9pm":                 {"Fri 2026-11-27 20:40"},
		"fri half 8":                    {"Fri 2026-11-27 08:30", "Fri 2026-11-27 20:30"},
		"next tue 8 o'clock pm":         {"Tue 2026-11-24 20:00", "Tue 2026-12-01 20:00"},
		"fri 27 nov 9pm":                {"Fri 2026-11-27 21:00"},
		"Friday, 27 November 2026, 9pm": {"Fri 2026-11-27 21:00"},
		"fri the 27th at 9pm":           {"Fri 2026-11-27 21:00"},
		"by 9pm tomorrow":               {"Sun 2026-11-22 21:00"},
	}.check(t, saturday(t))
}

func TestParseDates(t *testing.T) {
	meanings{
		"21/02 21:30":      {"Sun 2027-02-21 21:30"},
		"21/2 9.30pm":      {"Sun 2027-02-21 21:30"},
		"21/02/2027 21:30": {"Sun 2027-02-21 21:30"},
		"21/02/27 21:30":   {"Sun 2027-02-21 21:30"},
		"21.02.2027 21:30": {"Sun 2027-02-21 21:30"},
		"21-02-2027 21:30": {"Sun 2027-02-21 21:30"},
		"\uff12\uff11\uff0f\uff10\uff12 \uff12\uff11\uff1a\uff13\uff10": {"Sun 2027-02-21 21:30"},
		"12/03 7pm":                   {"Fri 2027-03-12 19:00"},
		"12/03 7":                     {"Fri 2027-03-12 07:00", "Fri 2027-03-12 19:00"},
		"21 feb 9pm":                  {"Sun 2027-02-21 21:00"},
		"21feb 9pm":                   {"Sun 2027-02-21 21:00"},
		"9pm 21 feb":                  {"Sun 2027-02-21 21:00"},
		"9pm 21 feb 2028":             {"Mon 2028-02-21 21:00"},
		"feb 21 at 21:30":             {"Sun 2027-02-21 21:30"},
		"Feb 21st, 2027, 21:30":       {"Sun 2027-02-21 21:30"},
		"the 21st of February at 9pm": {"Sun 2027-02-21 21:00"},
		"the 21st at 9pm":             {"Sat 2026-11-21 21:00"},
		"20th 9pm":                    {"Sun 2026-12-20 21:00"},
		"the 31st 9pm":                {"Thu 2026-12-31 21:00"},
		"2027-02-21 21:30":            {"Sun 2027-02-21 21:30"},
		"2027-02-21T21:30":            {"Sun 2027-02-21 21:30"},
		"2027-02-21T21:30:00":         {"Sun 2027-02-21 21:30"},
		"2027/02/21 9:30":             {"Sun 2027-02-21 09:30"},
		"9:30 2027-02-21":             {"Sun 2027-02-21 09:30"},
		"2027-02-21 12:30":            {"Sun 2027-02-21 12:30"},
		"2027-02-21 9:30pm":           {"Sun 2027-02-21 21:30"},
		"21 feb 2130":                 {"Sun 2027-02-21 21:30"},
		"21 feb 2027 2130":            {"Sun 2027-02-21 21:30"},
		"21 feb 2027 at 9pm":          {"Sun 2027-02-21 21:00"},
		"29 feb 2028":                 {"Tue 2028-02-29 00:00", "day only"},
		"21 feb 2030":                 {"Sun 2027-02-21 20:30"},
		"21 feb 2030 9pm":             {"Thu 2030-02-21 21:00"},
		"21 feb 21:30":                {"Sun 2027-02-21 21:30"},
		"21 feb 27 9pm":               {"Sun 2027-02-21 21:00"},
		"21 november 20:00":           {"Sat 2026-11-21 20:00"},
		"20 november 20:00":           {"Sat 2027-11-20 20:00"},
		"29 feb 9pm":                  {"Tue 2028-02-29 21:00"},
		"29/02/2028 9pm":              {"Tue 2028-02-29 21:00"},
	}.check(t, saturday(t))
}

func TestParseOneOfTheTwo(t *testing.T) {
	meanings{
		"tomorrow":         {"Sun 2026-11-22 00:00", "day only"},
		"today":            {"Sat 2026-11-21 00:00", "day only"},
		"tonight":          {"Sat 2026-11-21 00:00", "day only"},
		"tomorrow morning": {"Sun 2026-11-22 00:00", "day only"},
		"friday":           {"Fri 2026-11-27 00:00", "day only"},
		"sat":              {"Sat 2026-11-21 00:00", "Sat 2026-11-28 00:00", "day only"},
		"next friday":      {"Fri 2026-11-27 00:00", "Fri 2026-12-04 00:00", "day only"},
		"21/02":            {"Sun 2027-02-21 00:00", "day only"},
		"12/03":            {"Fri 2027-03-12 00:00", "day only"},
		"29 feb":           {"Tue 2028-02-29 00:00", "day only"},
		"21 feb 2027":      {"Sun 2027-02-21 00:00", "day only"},
		"2027-02-21":       {"Sun 2027-02-21 00:00", "day only"},
		"in 2 days":        {"Mon 2026-11-23 00:00", "day only"},
		"in 2 weeks":       {"Sat 2026-12-05 00:00", "day only"},

		"21:30":             {"Sat 2026-11-21 21:30", "time only"},
		"14:05":             {"Sun 2026-11-22 14:05", "time only"},
		"14:06":             {"Sat 2026-11-21 14:06", "time only"},
		"9pm":               {"Sat 2026-11-21 21:00", "time only"},
		"9 am":              {"Sun 2026-11-22 09:00", "time only"},
		"9.30pm":            {"Sat 2026-11-21 21:30", "time only"},
		"2130":              {"Sat 2026-11-21 21:30", "time only"},
		"930pm":             {"Sat 2026-11-21 21:30", "time only"},
		"0930":              {"Sun 2026-11-22 09:30", "time only"},
		"930":               {"Sat 2026-11-21 21:30", "Sun 2026-11-22 09:30", "time only"},
		"half past 8":       {"Sat 2026-11-21 20:30", "Sun 2026-11-22 08:30", "time only"},
		"noon":              {"Sun 2026-11-22 12:00", "time only"},
		"midnight":          {"Sun 2026-11-22 00:00", "time only"},
		"24:00":             {"Sun 2026-11-22 00:00", "time only"},
		"12":                {"Sun 2026-11-22 00:00", "Sun 2026-11-22 12:00", "time only"},
		"12:30":             {"Sun 2026-11-22 00:30", "Sun 2026-11-22 12:30", "time only"},
		"12.30pm":           {"Sun 2026-11-22 12:30", "time only"},
		"7":                 {"Sat 2026-11-21 19:00", "Sun 2026-11-22 07:00", "time only"},
		"at seven":          {"Sat 2026-11-21 19:00", "Sun 2026-11-22 07:00", "time only"},
		"07":                {"Sun 2026-11-22 07:00", "time only"},
		"19":                {"Sat 2026-11-21 19:00", "time only"},
		"8 in the evening":  {"Sat 2026-11-21 20:00", "time only"},
		"at 9 at night":     {"Sat 2026-11-21 21:00", "time only"},
		"12 at night":       {"Sun 2026-11-22 00:00", "time only"},
		"quarter to 1":      {"Sun 2026-11-22 00:45", "Sun 2026-11-22 12:45", "time only"},
		"a quarter to 3":    {"Sat 2026-11-21 14:45", "Sun 2026-11-22 02:45", "time only"},
		"five past 2 pm":    {"Sun 2026-11-22 14:05", "time only"},
		"8 o’clock tonight": {"Sat 2026-11-21 20:00"},
	}.check(t, saturday(t))
}

func TestParseDistance(t *testing.T) {
	meanings{
		"in 2 hours":         {"Sat 2026-11-21 16:05"},
		"in two hours' time": {"Sat 2026-11-21 16:05"},
		"2 hours from now":   {"Sat 2026-11-21 16:05"},
		"in 90 min":          {"Sat 2026-11-21 15:35"},
		"in 90m":             {"Sat 2026-11-21 15:35"},
		"in 1h30":            {"Sat 2026-11-21 15:35"},
		"in 1h 30m":          {"Sat 2026-11-21 15:35"},
		"in an hour":         {"Sat 2026-11-21 15:05"},
		"in half an hour":    {"Sat 2026-11-21 14:35"},
		"in a minute":        {"Sat 2026-11-21 14:06"},
		"in 48 hours":        {"Mon 2026-11-23 14:05"},
		"in 1.5 hours":       {"Sat 2026-11-21 15:35"},
	}.check(t, saturday(t))
}

func TestParseRefuses(t *testing.T) {
	not, past, none := when.ErrNotUnderstood, when.ErrPast, when.ErrNoSuchDate
	refusals{
		"": not, "   ": not, "at": not, "soon": not, "whenever you like": not, "now": not, ".": not, ":": not,
		"٣٠": not, "21:٣٠": not, "९pm": not, "завтра 9pm": not, "½": not, "🕘": not, "9\x00pm": not, "\xff": not,
		"25:00": not, "21:75": not, "21:5": not, "13am": not, "0pm": not, "24:30": not, "0": not, "2475": not,
		"9-10pm": not, "8 to 9": not, "from 8": not, "fri 8 to 9": not, "9pm 10pm": not, "fri sat 9pm": not,
		"tomorrow tomorrow": not, "tonight 13:00": not, "tomorrow morning 21:00": not, "afternoon": not,
		"1e3": not, "-5": not, "12345": not, "21:30:15": not, "2027-02-21T21:30Z": not, "feb": not, "feb 9pm": not,
		"feb 21:30": not, "21 30": not, "9 of feb of": not, "in 2": not, "in hours": not, "in 2 fortnights": not,
		"99999999999999999999:00": not, "00000000000000000009pm": not, "next": not, "next week": not, "of": not,
		"last night": not, "1st of 9pm": not, "5 o 9": not, "half past 21": not, "half past 8:30": not, "9pm sharp": not,
		"31/04": none, "31/04 9pm": none, "29 feb 2027": none, "29/02/2027 21:30": none, "30 feb": none, "12/13": none,
		"0/5": none, "5/0": none, "0/0": none, "0th": none, "2027-00-05": none, "feb 0": none, "2027-13-01": none, "2027-02-30 21:30": none, "32nd": none, "2100-02-29": none,
		"sat 27 nov 9pm": none, "fri 28/11/2026": none, "31 apr 9pm": none, "0000-01-01": none,
		"today 14:05": past, "today 9am": past, "this saturday 9am": past, "21/11 9am": past, "21 nov 14:00": past,
		"20/11/2026": past, "2026-11-20 21:30": past, "yesterday": past, "yesterday 9pm": past, "1 jan 1999": past,
		"fri 20 nov 9pm": past, "in 0 min": past, "this morning at 9": past, "20/11/26 9pm": past, "noon today": past,
	}.check(t, saturday(t))
}

func TestParseAroundMidnight(t *testing.T) {
	london := zone(t, "Europe/London")
	meanings{
		"tonight at 3":  {"Sat 2026-11-21 03:00", "Sun 2026-11-22 03:00"},
		"tonight at 8":  {"Sat 2026-11-21 20:00"},
		"tonight":       {"Sat 2026-11-21 00:00", "day only"},
		"midnight":      {"Sun 2026-11-22 00:00", "time only"},
		"tomorrow 1am":  {"Sun 2026-11-22 01:00"},
		"today at 3":    {"Sat 2026-11-21 03:00", "Sat 2026-11-21 15:00"},
		"fri midnight":  {"Fri 2026-11-27 00:00", "Sat 2026-11-28 00:00"},
		"today at noon": {"Sat 2026-11-21 12:00"},
	}.check(t, at(t, "2026-11-21 02:00:00", london))
	meanings{
		"23:59":              {"Thu 2026-12-31 23:59", "time only"},
		"23:58":              {"Fri 2027-01-01 23:58", "time only"},
		"0:00":               {"Fri 2027-01-01 00:00", "time only"},
		"in 1 min":           {"Thu 2026-12-31 23:59"},
		"in 2 min":           {"Fri 2027-01-01 00:00"},
		"tomorrow 00:00":     {"Fri 2027-01-01 00:00"},
		"fri 9pm":            {"Fri 2027-01-01 21:00"},
		"31/12 23:59":        {"Thu 2026-12-31 23:59"},
		"midnight thursday":  {"Fri 2027-01-01 00:00", "Thu 2027-01-07 00:00", "Fri 2027-01-08 00:00"},
		"1 jan 2027 at 9 am": {"Fri 2027-01-01 09:00"},
	}.check(t, at(t, "2026-12-31 23:58:59", london))
	refusals{"today 23:00": when.ErrPast, "thu 31/12 23:58": when.ErrPast}.check(t, at(t, "2026-12-31 23:58:59", london))
}

func TestParseOn(t *testing.T) {
	now := saturday(t)
	for text, want := range map[string][]string{
		"7":         {"Fri 2026-11-27 07:00", "Fri 2026-11-27 19:00"},
		"9pm":       {"Fri 2026-11-27 21:00"},
		"midnight":  {"Fri 2026-11-27 00:00", "Sat 2026-11-28 00:00"},
		"sun 9pm":   {"Sun 2026-11-22 21:00"},
		"in 1 hour": {"Sat 2026-11-21 15:05"},
		"sunday":    {"Sun 2026-11-22 00:00", "day only"},
	} {
		got, err := when.ParseOn(text, 2026, time.November, 27, now, now.Location())
		if diff := cmp.Diff(want, readings(got)); err != nil || diff != "" {
			t.Errorf("ParseOn(%q): %v (-want +got):\n%s", text, err, diff)
		}
	}
	for text, want := range map[string]error{"9am": when.ErrPast, "": when.ErrNotUnderstood, "evening": when.ErrNotUnderstood} {
		if got, err := when.ParseOn(text, 2026, time.November, 21, now, now.Location()); !errors.Is(err, want) {
			t.Errorf("ParseOn(%q) = %v, %v; want %v", text, readings(got), err, want)
		}
	}
	if _, err := when.ParseOn("01:30", 2027, time.March, 28, now, now.Location()); !errors.Is(err, when.ErrGap) {
		t.Errorf("a time that is skipped on the chosen day: %v", err)
	}
}
