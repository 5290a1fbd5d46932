// Package ical writes an appointment as an iCalendar file (RFC 5545) that calendar apps take in.
//
// What may not live here: wording, clocks, reading files, and anything that puts a text of the event into
// an error.
package ical

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// Extension and MediaType are what such a file is known by (RFC 5545, section 8.1).
	Extension = ".ics"
	MediaType = "text/calendar"

	product  = "-//appointments//EN"
	lineEnd  = "\r\n"
	longest  = 75 // octets of a line without its end (section 3.1)
	moment   = "20060102T150405Z"
	lastYear = 9999 // a date has four digits for it
)

// Event is one appointment. What its texts say is up to the caller: apps show them on a lock screen and
// copy them to other devices.
type Event struct {
	UID         string        // the same for ever: a later file with it replaces the event; no control characters
	Start, End  time.Time     // any zone; written in UTC, to the second
	Stamp       time.Time     // when this file was made
	Summary     string        // the title, in one line
	Description string        // may have several lines; "" for none
	Alarm       time.Duration // before the start, in whole minutes; 0 for none
	Sequence    int           // from 0, higher with every change of the event
}

// Bytes is the whole file, as a confirmed and private event. Control characters in the texts are left out
// and bytes that are no UTF-8 replaced; an error says which field makes no sense, never what is in it.
func (e Event) Bytes() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	title := escape(oneLine(e.Summary))
	lines := []string{
		"BEGIN:VCALENDAR",
		"VERSION:2.0",
		"PRODID:" + product,
		"CALSCALE:GREGORIAN",
		"METHOD:PUBLISH",
		"BEGIN:VEVENT",
		"UID:" + escape(e.UID),
		"SEQUENCE:" + strconv.Itoa(e.Sequence),
		"DTSTAMP:" + utc(e.Stamp),
		"DTSTART:" + utc(e.Start),
		"DTEND:" + utc(e.End),
		"SUMMARY:" + title,
	}
	if description := clean(e.Description); description != "" {
		lines = append(lines, "DESCRIPTION:"+escape(description))
	}
	lines = append(lines, "CLASS:PRIVATE", "STATUS:CONFIRMED")
	if e.Alarm > 0 {
		lines = append(lines,
			"BEGIN:VALARM",
			"ACTION:DISPLAY",
			"DESCRIPTION:"+title,
			"TRIGGER:-PT"+strconv.Itoa(int(e.Alarm/time.Minute))+"M",
			"END:VALARM")
	}
	lines = append(lines, "END:VEVENT", "END:VCALENDAR")
	var file []byte
	for _, line := range lines {
		file = fold(file, line)
	}
	return file, nil
}

func (e Event) check() error {
	switch {
	case e.UID == "" || !utf8.ValidString(e.UID) || strings.ContainsFunc(e.UID, unicode.IsControl):
		return errors.New("ical: the UID is empty or has signs in it that no UID has")
	case !inCalendar(e.Stamp) || !inCalendar(e.Start) || !inCalendar(e.End):
		return errors.New("ical: stamp, start or end is missing")
	case utc(e.End) <= utc(e.Start):
		return errors.New("ical: the end is not after the start")
	case oneLine(e.Summary) == "":
		return errors.New("ical: no summary")
	case e.Alarm < 0 || e.Alarm%time.Minute != 0:
		return errors.New("ical: the alarm is not whole minutes before the start")
	case e.Sequence < 0:
		return errors.New("ical: negative sequence")
	}
	return nil
}

func inCalendar(t time.Time) bool {
	year := t.UTC().Year()
	return !t.IsZero() && year >= 1 && year <= lastYear
}

func utc(t time.Time) string { return t.UTC().Format(moment) }

// clean leaves what a TEXT may hold (section 3.3.11), with \n for every way to end a line.
func clean(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

// oneLine is a title: some apps show nothing after its first line, or the break as it is written.
func oneLine(text string) string { return strings.ReplaceAll(clean(text), "\n", " ") }

func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(text)
}

// fold appends a line, broken where it is too long. A break never falls inside a character: not every
// app joins the lines before it decodes them.
func fold(file []byte, line string) []byte {
	for room := longest; len(line) > room; room = longest - 1 { // for the space that begins the others
		at := room
		for !utf8.RuneStart(line[at]) {
			at--
		}
		file = append(file, line[:at]+lineEnd+" "...)
		line = line[at:]
	}
	return append(file, line+lineEnd...)
}
