package conversations

import (
	"slices"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

// clock is the time as conversations see it: handed in, and in the zone of the person. Beside it stands the zone of
// the API, whose times are those of a clock on the wall there, without an offset.
type clock struct {
	now  func() time.Time
	zone *time.Location // in which times are shown and read
	site *time.Location // the API's zone; nil: the same one
	home *time.Location // where the person lives since a form was begun in another zone; nil: there, or by the API's
}

// Answers of every form, by IANA names.
const (
	answerZone = "zone"  // that its times are in; none is the API's
	answerHome = "lives" // that the person has moved to since
)

var (
	msgMoment     = msg("time.moment", "{when} {zone}")
	msgMomentBoth = msg("time.moment_both", "{when} {zone} ({others})")
	msgMomentAnd  = msg("time.moment_and", "{first}, {then}")
	msgUKTime     = msg("time.uk", "UK time")
	msgZoneTime   = msg("time.zone", "{zone} time")
)

// in is the clock of a person who lives in a zone, by its IANA name. Without a name, or with one that is not known,
// it is that of the API.
func (c clock) in(name string) clock {
	site := c.there()
	c.zone, c.site, c.home = site, nil, nil
	if zone, ok := loadZone(name); ok && zone.String() != site.String() {
		c.zone, c.site = zone, site
	}
	return c
}

// of is the clock of a form: its answers stay in the zone in which it was begun.
func (c clock) of(answers flow.Answers) clock {
	c = c.in(answers[answerZone])
	if home, ok := loadZone(answers[answerHome]); ok && home.String() != c.zone.String() {
		c.home = home
	}
	return c
}

// loadZone finds a zone by its IANA name. The machine's own is nobody's.
func loadZone(name string) (*time.Location, bool) {
	if name == "" || name == "Local" {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

func (c clock) Now() time.Time { return c.now().In(c.zone) }

// there is the API's zone.
func (c clock) there() *time.Location {
	if c.site != nil {
		return c.site
	}
	return c.zone
}

// elsewhere: the person lives in another zone than the API's.
func (c clock) elsewhere() bool { return c.site != nil }

// twice is the zone whose clocks go back over a moment, so that they show its time twice: the person's, or else the
// API's. nil if the moment can be told without an offset in both.
func (c clock) twice(t time.Time) *time.Location {
	for _, zone := range []*time.Location{c.zone, c.there()} {
		if when.KindOf(t, zone) == when.Repeated {
			return zone
		}
	}
	return nil
}

// zoneName is how the person's zone is called beside a time.
func (c clock) zoneName() wording.Text { return zoneName(c.zone) }

func zoneName(zone *time.Location) wording.Text {
	if zone.String() == platformHome {
		return msgUKTime.Text()
	}
	return msgZoneTime.With(wording.Args{"zone": placeName(zone.String())})
}

// moment shows a time with weekday and zone; the year only when it is not this one. Where clocks show another time in
// the API's zone, or where the person lives, that stands beside it, with the weekday if it is another day there.
func (c clock) moment(t time.Time) wording.Text {
	here := t.In(c.zone)
	args := wording.Args{"when": c.short(t), "zone": c.zoneName()}
	var others wording.Text
	shown := []string{here.Format(momentLayout)}
	for _, zone := range []*time.Location{c.site, c.home} {
		if zone == nil || slices.Contains(shown, t.In(zone).Format(momentLayout)) {
			continue
		}
		there := t.In(zone)
		shown = append(shown, there.Format(momentLayout))
		layout := timeLayout
		if there.Day() != here.Day() {
			layout = "Mon 15:04"
		}
		other := msgMoment.With(wording.Args{"when": there.Format(layout), "zone": zoneName(zone)})
		if others.IsZero() {
			others = other
		} else {
			others = msgMomentAnd.With(wording.Args{"first": others, "then": other})
		}
	}
	if others.IsZero() {
		return msgMoment.With(args)
	}
	args["others"] = others
	return msgMomentBoth.With(args)
}

// begunElsewhere tells the person of a form whose times are not those where they live; empty where they are.
func (c clock) begunElsewhere(now time.Time) wording.Text {
	if c.home == nil {
		return wording.Text{}
	}
	return msgDayZoneOwn.With(wording.Args{
		"zone": c.zoneName(), "now": c.hour(now), "own": now.In(c.home).Format(timeLayout), "home": zoneName(c.home),
	})
}

// short is a time without its zone, for lists that name it once.
func (c clock) short(t time.Time) string { return c.date(t) + " " + c.hour(t) }

// typed is a moment as a person may type it, with one meaning only: 10:00 to 12:59 alone have two.
func (c clock) typed(t time.Time) string {
	if hour := t.In(c.zone).Hour(); hour >= 10 && hour <= 12 {
		return c.date(t) + " " + t.In(c.zone).Format("3:04pm")
	}
	return c.short(t)
}

func (c clock) hour(t time.Time) string { return t.In(c.zone).Format("15:04") }

// until is the end of a call, to stand after its start: with the weekday if that is another one, and with what the
// zone is called then where the clocks show the time twice.
func (c clock) until(start time.Time, minutes int) string {
	end := start.Add(time.Duration(minutes) * time.Minute).In(c.zone)
	layout := timeLayout
	if end.Format(dayLayout) != start.In(c.zone).Format(dayLayout) {
		layout = "Mon " + layout
	}
	if when.KindOf(end, c.zone) == when.Repeated {
		layout += " MST"
	}
	return end.Format(layout)
}

// end is the end of a call. Beside a moment in two zones it says which it is in.
func (c clock) end(start time.Time, minutes int) any {
	if !c.elsewhere() && c.home == nil {
		return c.until(start, minutes)
	}
	return msgMoment.With(wording.Args{"when": c.until(start, minutes), "zone": c.zoneName()})
}

func (c clock) date(t time.Time) string { return c.day(t.In(c.zone)) }

// day shows a day of the calendar.
func (c clock) day(day time.Time) string {
	if day.Year() != c.Now().Year() {
		return day.Format("Mon 2 Jan 2006")
	}
	return day.Format("Mon 2 Jan")
}
