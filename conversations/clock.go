package conversations

import (
	"time"

	"phonechatbot/internal/wording"
)

// clock is the time as conversations see it: handed in, and in the API's zone.
type clock struct {
	now  func() time.Time
	zone *time.Location
}

func (c clock) Now() time.Time { return c.now().In(c.zone) }

var (
	msgMoment   = msg("time.moment", "{when} {zone}")
	msgUKTime   = msg("time.uk", "UK time")
	msgZoneTime = msg("time.zone", "{zone} time")
)

// zoneName is how the API's zone is called beside a time.
func (c clock) zoneName() wording.Text {
	if c.zone.String() == "Europe/London" {
		return msgUKTime.Text()
	}
	return msgZoneTime.With(wording.Args{"zone": c.zone.String()})
}

// moment shows a time with weekday and zone; the year only when it is not this one.
func (c clock) moment(t time.Time) wording.Text {
	return msgMoment.With(wording.Args{"when": c.short(t), "zone": c.zoneName()})
}

// short is a time without its zone, for lists that name it once.
func (c clock) short(t time.Time) string { return c.date(t) + " " + c.hour(t) }

func (c clock) hour(t time.Time) string { return t.In(c.zone).Format("15:04") }

func (c clock) date(t time.Time) string {
	t = t.In(c.zone)
	if t.Year() != c.Now().Year() {
		return t.Format("Mon 2 Jan 2006")
	}
	return t.Format("Mon 2 Jan")
}
