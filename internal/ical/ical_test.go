package ical_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/ical"
)

var start = time.Date(2027, 3, 12, 19, 0, 0, 0, time.UTC)

func call(change ...func(*ical.Event)) ical.Event {
	e := ical.Event{
		UID: "booking-48213@example.test", Start: start, End: start.Add(30 * time.Minute), Stamp: start.AddDate(0, 0, -2),
		Summary: "Appointment",
	}
	for _, c := range change {
		c(&e)
	}
	return e
}

func TestFile(t *testing.T) {
	london := time.FixedZone("BST", 3600)
	e := call(func(e *ical.Event) {
		e.Start, e.End = e.Start.In(london), e.End.In(london).Add(999*time.Millisecond)
		e.Description = "First; second\nthird, \\ fourth"
		e.Alarm = 15 * time.Minute
		e.Sequence = 3
	})
	got, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//appointments//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
		"BEGIN:VEVENT", "UID:booking-48213@example.test", "SEQUENCE:3",
		"DTSTAMP:20270310T190000Z", "DTSTART:20270312T190000Z", "DTEND:20270312T193000Z",
		"SUMMARY:Appointment", `DESCRIPTION:First\; second\nthird\, \\ fourth`, "CLASS:PRIVATE", "STATUS:CONFIRMED",
		"BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Appointment", "TRIGGER:-PT15M", "END:VALARM",
		"END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReadBack lets another implementation read what was written.
func TestReadBack(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for name, tc := range map[string]struct {
		summary, description         string
		wantSummary, wantDescription string
	}{
		"plain":                   {"Call", "", "Call", ""},
		"all that is escaped":     {`a\b;c,d`, "\\n is no\nline break; this, was", `a\b;c,d`, "\\n is no\nline break; this, was"},
		"quotes and colons":       {`"x": y`, `a=b:"c"`, `"x": y`, `a=b:"c"`},
		"title of two lines":      {"one\r\ntwo", "", "one two", ""},
		"line ends of all kinds":  {"x", "a\rb\r\nc\u0085d\u2028e\u2029f", "x", "a\nb\nc\nd\ne\nf"},
		"property in the text":    {"x\r\nATTENDEE:mailto:a@b", "\nEND:VEVENT\nEND:VCALENDAR\n", "x ATTENDEE:mailto:a@b", "END:VEVENT\nEND:VCALENDAR"},
		"control characters":      {"a\x00b\x1bc\x7f", "tab\tstays", "abc", "tab\tstays"},
		"broken UTF-8":            {"a\xffb", "\xe2\x82", "a\ufffdb", "\ufffd"},
		"only blanks to describe": {"x", " \n\t\r\n ", "x", ""},
		"longer than a line":      {long, long + "\n" + long, long, long + "\n" + long},
		"long and wide":           {strings.Repeat("🙂é", 60), strings.Repeat("漢", 100), strings.Repeat("🙂é", 60), strings.Repeat("漢", 100)},
		"long and escaped":        {strings.Repeat(`\;,`, 60), strings.Repeat("\\\n,;x", 60), strings.Repeat(`\;,`, 60), strings.Repeat("\\\n,;x", 60)},
		"blank where it breaks":   {strings.Repeat(" x", 90), strings.Repeat("  x", 90), strings.Repeat(" x", 90)[1:], strings.Repeat("  x", 90)[2:]},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := call(func(e *ical.Event) { e.Summary, e.Description = tc.summary, tc.description }).Bytes()
			if err != nil {
				t.Fatal(err)
			}
			wellFormed(t, file)
			calendar, err := ics.ParseCalendar(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			if len(calendar.Events()) != 1 || len(calendar.Components) != 1 {
				t.Fatalf("%d components", len(calendar.Components))
			}
			event := calendar.Events()[0]
			began, beginErr := event.GetStartAt()
			ended, endErr := event.GetEndAt()
			if beginErr != nil || endErr != nil || !began.Equal(start) || !ended.Equal(start.Add(30*time.Minute)) {
				t.Errorf("from %v (%v) to %v (%v)", began, beginErr, ended, endErr)
			}
			got := []string{event.Id(), value(event, ics.ComponentPropertySummary), value(event, ics.ComponentPropertyDescription), value(event, ics.ComponentPropertyClass)}
			if diff := cmp.Diff([]string{"booking-48213@example.test", tc.wantSummary, tc.wantDescription, "PRIVATE"}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func value(e *ics.VEvent, name ics.ComponentProperty) string {
	if p := e.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

func TestAlarm(t *testing.T) {
	for alarm, want := range map[time.Duration]string{
		0: "", time.Minute: "-PT1M", 15 * time.Minute: "-PT15M", 26 * time.Hour: "-PT1560M",
	} {
		file, err := call(func(e *ical.Event) { e.Alarm = alarm }).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		calendar, err := ics.ParseCalendar(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, a := range calendar.Events()[0].Alarms() {
			got += a.GetProperty(ics.ComponentPropertyTrigger).Value
		}
		if got != want {
			t.Errorf("alarm %v: trigger %q, want %q", alarm, got, want)
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, change := range map[string]func(*ical.Event){
		"no UID":                     func(e *ical.Event) { e.UID = "" },
		"line break in the UID":      func(e *ical.Event) { e.UID = "private\r\nATTENDEE:x" },
		"control sign in the UID":    func(e *ical.Event) { e.UID = "private\x00" },
		"UID of no encoding":         func(e *ical.Event) { e.UID = "private\xff" },
		"no start":                   func(e *ical.Event) { e.Start = time.Time{} },
		"no end":                     func(e *ical.Event) { e.End = time.Time{} },
		"no stamp":                   func(e *ical.Event) { e.Stamp = time.Time{} },
		"end before start":           func(e *ical.Event) { e.End = e.Start.Add(-time.Minute) },
		"ends as it starts":          func(e *ical.Event) { e.End = e.Start },
		"ends within the second":     func(e *ical.Event) { e.End = e.Start.Add(time.Second - 1) },
		"year of five digits":        func(e *ical.Event) { e.End = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"five digits only in UTC":    func(e *ical.Event) { e.End = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200)) },
		"no summary":                 func(e *ical.Event) { e.Summary = "" },
		"nothing to see in it":       func(e *ical.Event) { e.Summary = " \x00\r\n" },
		"alarm after the start":      func(e *ical.Event) { e.Alarm = -time.Minute },
		"alarm of a minute and more": func(e *ical.Event) { e.Alarm = 90 * time.Second },
		"negative sequence":          func(e *ical.Event) { e.Sequence = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			file, err := call(change).Bytes()
			if err == nil || file != nil || strings.Contains(err.Error(), "private") {
				t.Errorf("= %q, %v", file, err)
			}
		})
	}
}

// wellFormed checks what holds for every file, whatever it says.
func wellFormed(t *testing.T, file []byte) {
	t.Helper()
	lines := strings.Split(string(file), "\r\n")
	if len(lines) < 2 || lines[len(lines)-1] != "" {
		t.Fatalf("no line end at the end: %q", file)
	}
	for _, line := range lines {
		switch {
		case len(line) > 75:
			t.Errorf("%d octets: %q", len(line), line)
		case !utf8.ValidString(line):
			t.Errorf("half a character: %q", line)
		case strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }):
			t.Errorf("control character: %q", line)
		}
	}
}

// properties unfolds a file and reads its texts by the rules of RFC 5545, sections 3.1 and 3.3.11.
func properties(file []byte) map[string]string {
	read := map[string]string{}
	for line := range strings.SplitSeq(strings.ReplaceAll(string(file), "\r\n ", ""), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		var text strings.Builder
		escaped := false
		for _, r := range value {
			switch {
			case escaped && r == 'n':
				text.WriteByte('\n')
				escaped = false
			case !escaped && r == '\\':
				escaped = true
			default:
				text.WriteRune(r)
				escaped = false
			}
		}
		read[name] = text.String()
	}
	return read
}

func FuzzTexts(f *testing.F) {
	f.Add("b-1", "Appointment", "With\nlines, and; more \\n", 15)
	f.Add("b;2,\\", strings.Repeat("🙂", 40), strings.Repeat("é ", 80), 0)
	f.Add("b", "x\r\nEND:VEVENT", "\u2028\x00\xff", 1)
	f.Fuzz(func(t *testing.T, uid, summary, description string, sequence int) {
		file, err := call(func(e *ical.Event) {
			e.UID, e.Summary, e.Description, e.Sequence = uid, summary, description, sequence
		}).Bytes()
		if err != nil {
			if uid != "" && summary != "" && strings.Trim(uid+summary, "abcdefghijklmnopqrstuvwxyz") == "" && sequence >= 0 {
				t.Fatal(err)
			}
			return
		}
		wellFormed(t, file)
		got := properties(file)
		if got["UID"] != uid || got["BEGIN"] != "VEVENT" || got["END"] != "VCALENDAR" {
			t.Errorf("UID %q, properties %q", uid, got)
		}
		// A text of ordinary characters comes back as it is; of another, what is left of it.
		ordinary := func(s string) bool {
			return utf8.ValidString(s) && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool {
				return unicode.IsControl(r) && r != '\t' && r != '\n' || r == '\u2028' || r == '\u2029'
			})
		}
		if ordinary(summary) && got["SUMMARY"] != strings.ReplaceAll(summary, "\n", " ") {
			t.Errorf("summary %q became %q", summary, got["SUMMARY"])
		}
		if ordinary(description) && got["DESCRIPTION"] != description {
			t.Errorf("description %q became %q", description, got["DESCRIPTION"])
		}
		if _, err := ics.ParseCalendar(bytes.NewReader(file)); err != nil {
			t.Errorf("another reader: %v", err)
		}
	})
}
