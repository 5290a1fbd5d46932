package conversations

import (
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
}

// answerZone keeps the zone that the times of a form are in, by its IANA name; none is the API's.
const answerZone = "zone"

var (
	msgMoment     = msg("time.moment", "{when} {zone}")
	msgMomentBoth = msg("time.moment_both", "{when} {zone} ({there} {site})")
	msgUKTime     = msg("time.uk", "UK time")
	msgZoneTime   = msg("time.zone", "{zone} time")
)

// in is the clock of a person who lives in a zone, by its IANA name. Without a name, or with one that is not known,
// it is that of the API.
func (c clock) in(name string) clock {
	site := c.there()
	c.zone, c.site = site, nil
	if zone, ok := loadZone(name); ok && zone.String() != site.String() {
		c.zone, c.site = zone, site
	}
	return c
}

// of is the clock of a form: its answers stay in the zone in which it was begun.
func (c clock) of(answers flow.Answers) clock { return c.in(answers[answerZone]) }

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
// the API's zone, that stands beside it, with the weekday if it is another day there.
func (c clock) moment(t time.Time) wording.Text {
	args := wording.Args{"when": c.short(t), "zone": c.zoneName()}
	there, days := t.In(c.there()), "15:04"
	if there.Format(momentLayout) == t.In(c.zone).Format(momentLayout) {
		return msgMoment.With(args)
	}
	if there.Day() != t.In(c.zone).Day() {
		days = "Mon 15:04"
	}
	args["there"], args["site"] = there.Format(days), zoneName(c.site)
	return msgMomentBoth.With(args)
}

// short is a time without its zone, for lists that name it once.
func (c clock) short(t time.Time) string { return c.date(t) + " " + c.hour(t) }

func (c clock) hour(t time.Time) string { return t.In(c.zone).Format("15:04") }

// end is a time of day that stands after a moment. Beside a moment in two zones it says which it is in.
func (c clock) end(t time.Time) any {
	if !c.elsewhere() {
		return c.hour(t)
	}
	return msgMoment.With(wording.Args{"when": c.hour(t), "zone": c.zoneName()})
}

func (c clock) date(t time.Time) string { return c.day(t.In(c.zone)) }

// day shows a day of the calendar.
func (c clock) day(day time.Time) string {
	if day.Year() != c.Now().Year() {
		return day.Format("Mon 2 Jan 2006")
	}
	return day.Format("Mon 2 Jan")
}
