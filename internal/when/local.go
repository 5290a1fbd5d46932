package when

import (
	"cmp"
	"slices"
	"time"
)

// Kind says what a local time is worth at a clock change.
type Kind int

// A local time exists once, never (clocks go forward over it), or twice (clocks go back over it).
const (
	Normal Kind = iota
	Gap
	Repeated
)

// Local is the moment at which clocks in zone show the given date and time, and whether there is
// just one. For Repeated it is the first of the two (see Instants); for Gap it is the zero time.
// Values out of range carry over as in time.Date; a nil zone is UTC.
func Local(year int, month time.Month, day, hour, minute int, zone *time.Location) (time.Time, Kind) {
	switch instants := Instants(year, month, day, hour, minute, zone); len(instants) {
	case 0:
		return time.Time{}, Gap
	case 1:
		return instants[0], Normal
	default:
		return instants[0], Repeated
	}
}

// Instants lists the moments at which clocks in zone show the given date and time, soonest first:
// one as a rule, none in a gap, two in a repeated hour.
func Instants(year int, month time.Month, day, hour, minute int, zone *time.Location) []time.Time {
	if zone == nil {
		zone = time.UTC
	}
	wall := time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
	var instants []time.Time
	for _, offset := range offsetsNear(wall, zone) {
		t := wall.Add(-offset).In(zone)
		if offsetAt(t) == offset {
			instants = append(instants, t)
		}
	}
	slices.SortFunc(instants, time.Time.Compare)
	return instants
}

// KindOf says whether the clocks in zone show the time they show at t once or twice. Use it where a
// moment is about to be written as local time without an offset, as the API does with UK time.
func KindOf(t time.Time, zone *time.Location) Kind {
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	if len(Instants(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), zone)) > 1 {
		return Repeated
	}
	return Normal
}

// offsetsNear lists the one or two offsets from UTC in force around a wall clock time. A day to either
// side is further than any zone is from UTC and nearer than two changes ever are.
func offsetsNear(wall time.Time, zone *time.Location) []time.Duration {
	before := offsetAt(wall.Add(-24 * time.Hour).In(zone))
	after := offsetAt(wall.Add(24 * time.Hour).In(zone))
	if before == after {
		return []time.Duration{before}
	}
	return []time.Duration{before, after}
}

func offsetAt(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// around gives the two moments that stand in for a minute that is skipped: the time by the clock of
// after the change, and by the clock of before it.
func around(day date, minute int, zone *time.Location) (earlier, later time.Time) {
	wall := time.Date(day.year, day.month, day.day, 0, minute, 0, 0, time.UTC)
	offsets := offsetsNear(wall, zone)
	earlier = wall.Add(-slices.Max(offsets)).In(zone)
	later = wall.Add(-slices.Min(offsets)).In(zone)
	return earlier, later
}

const minutesADay = 24 * 60

// date is a day of the calendar, in no zone.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	year, month, day := t.Date()
	return date{year, month, day}
}

// noon stands for the day in calendar sums, far from either end of it.
func (d date) noon() time.Time { return time.Date(d.year, d.month, d.day, 12, 0, 0, 0, time.UTC) }

// exists reports whether the calendar has this date.
func (d date) exists() bool { return d.year > 0 && dateOf(d.noon()) == d }

func (d date) plus(days int) date { return dateOf(d.noon().AddDate(0, 0, days)) }

func (d date) weekday() time.Weekday { return d.noon().Weekday() }

func (d date) compare(other date) int {
	return cmp.Or(cmp.Compare(d.year, other.year), cmp.Compare(d.month, other.month), cmp.Compare(d.day, other.day))
}

// start is the first moment of the day: 00:00, or when the clocks skip that, the end of the gap.
func (d date) start(zone *time.Location) time.Time {
	for minute := range minutesADay {
		if instants := Instants(d.year, d.month, d.day, 0, minute, zone); len(instants) > 0 {
			return instants[0]
		}
	}
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, zone) // the zone skips the whole day
}
