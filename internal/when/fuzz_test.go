package when_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"phonechatbot/internal/when"
)

var zones = []string{"Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati", "UTC"}

// promises checks what Reading documents, and that a reading written out is read back as itself.
func promises(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, text string, r when.Reading, now time.Time,
) {
	t.Helper()
	all := append([]time.Time{r.Time}, r.Others...)
	if !slices.IsSortedFunc(all, time.Time.Compare) || len(slices.CompactFunc(slices.Clone(all), time.Time.Equal)) != len(all) {
		t.Fatalf("Parse(%q) at %v: not in order or not distinct: %v", text, now, all)
	}
	if r.DayOnly && r.TimeOnly {
		t.Fatalf("Parse(%q): both day only and time only", text)
	}
	for _, one := range all {
		if one.Location() != now.Location() || one.Second() != 0 || one.Nanosecond() != 0 {
			t.Fatalf("Parse(%q) = %v: not a whole minute in the zone of now", text, one)
		}
		layouts := []string{"2006-01-02 15:04", "2006-01-02T15:04", "Mon 2 Jan 2006 3:04pm", "02/01/2006 3.04pm"}
		if r.DayOnly {
			layouts = []string{"2006-01-02", "02/01/2006"}
			if one.Year() <= now.Year()+1 { // "1 January 2030" can be half past eight
				layouts = append(layouts, "Mon 2 January 2006")
			}
			if one.Format(time.DateOnly) < now.Format(time.DateOnly) {
				t.Fatalf("Parse(%q) at %v = %v: a past day", text, now, one)
			}
		} else if !one.After(now) {
			t.Fatalf("Parse(%q) at %v = %v: not ahead", text, now, one)
		}
		if one.Year() > 9999 {
			continue // beyond what the layouts write
		}
		for _, layout := range layouts {
			again, err := when.Parse(one.Format(layout), now, now.Location())
			if err != nil {
				t.Fatalf("Parse(%q): %v", one.Format(layout), err)
			}
			if !slices.ContainsFunc(append(again.Others, again.Time), one.Equal) {
				t.Fatalf("Parse(%q) = %v, want %v", one.Format(layout), again, one)
			}
			midnight := one.Hour() == 0 && one.Minute() == 0 // 12:00am is at both ends of a day
			if again.Ambiguous() && !again.Repeated && !midnight {
				t.Fatalf("Parse(%q) has several readings: %v", one.Format(layout), again)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"tomorrow 9:30pm", "fri 21:00", "next friday 20:00", "tonight at 8", "in 2 hours", "in 1h30", "21/02 21:30", "2027-02-21T21:30",
		"29 feb", "midnight fri", "half past 8", "12", "31/04", "28/03/2027 01:30", "31/10/2027 01:30", "2130", "the 31st", "friday week",
		"21 feb 2130", "fri 27 nov 9pm", "９pm", "٣٠", "day after tomorrow 12.30", "9999-12-31 23:59", "24:00",
	} {
		for i := range zones {
			f.Add(seed, int64(1795269940), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, text string, unix int64, where uint8) {
		const from, to = 946684800, 4102444800 // 2000 to 2100
		if unix < from || unix > to {
			return
		}
		now := time.Unix(unix, 0).In(zone(t, zones[int(where)%len(zones)]))
		r, err := when.Parse(text, now, now.Location())
		if err == nil {
			promises(t, text, r, now)
		}
	})
}

// Sentences made of the right words find more than random bytes do.
func TestParseSentences(t *testing.T) {
	days := rapid.SampledFrom([]string{
		"", "today", "tomorrow", "tonight", "fri", "next sun", "this sat", "sun week", "mon next week", "29 feb", "31/10", "28/03",
		"the 31st", "feb 21", "28/03/2027", "31 oct 2027", "2026-10-25", "in 3 days", "sun 28 mar",
	})
	clocks := rapid.SampledFrom([]string{
		"", "9pm", "1:30", "01:30", "12", "12am", "7", "noon", "midnight", "half past one", "2130", "24:00", "9.30 pm", "quarter to 2",
		"at 1 in the morning", "in the evening at 9",
	})
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Unix(rapid.Int64Range(1767225600, 1861920000).Draw(rt, "now"), 0). // 2026 to 2028
												In(zone(t, rapid.SampledFrom(zones).Draw(rt, "zone")))
		day, clock := days.Draw(rt, "day"), clocks.Draw(rt, "clock")
		for _, text := range []string{day + " " + clock, clock + ", " + day} {
			if r, err := when.Parse(text, now, now.Location()); err == nil {
				promises(rt, text, r, now)
			}
		}
	})
}

// Every minute of the two days of a clock change agrees with what the clocks of the zone show.
func TestInstantsOfChangeDays(t *testing.T) {
	for _, name := range zones {
		loc := zone(t, name)
		shown := map[string][]time.Time{}
		for _, day := range []string{"2026-03-08", "2026-03-29", "2026-10-25", "2027-03-28", "2027-10-31", "2026-04-05", "2026-10-04"} {
			noon := at(t, day+" 12:00:00", loc)
			for m := -20 * 60; m <= 20*60; m++ {
				one := noon.Add(time.Duration(m) * time.Minute)
				shown[one.Format("2006-01-02 15:04")] = append(shown[one.Format("2006-01-02 15:04")], one)
			}
			for minute := range 24 * 60 {
				year, month, d := noon.Date()
				got := when.Instants(year, month, d, minute/60, minute%60, loc)
				wall := time.Date(year, month, d, minute/60, minute%60, 0, 0, time.UTC).Format("2006-01-02 15:04")
				if !slices.EqualFunc(got, shown[wall], time.Time.Equal) {
					t.Fatalf("%s in %s: %v, but clocks show it at %v", wall, name, got, shown[wall])
				}
			}
		}
	}
}
