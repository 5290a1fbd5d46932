// Package when reads moments, lengths and amounts as people in Britain type them: "fri 9pm",
// "21/02 21:30" (day first), "half an hour", "£1,350". It knows what the calendar and the clock
// changes make of them, and where a text can mean two things it says so instead of choosing.
//
// What may not live here: the clock of the machine (now and zones are handed in), wording, and
// any rule of bookings such as the shortest call or the latest reply.
package when

import (
	"errors"
	"slices"
	"time"
)

// What Parse, Minutes and Amount refuse. The text that was typed is never part of an error.
var (
	// ErrNotUnderstood means that the text is none of the forms that are read here.
	ErrNotUnderstood = errors.New("when: not understood")
	// ErrPast means that the moment is clear and does not lie ahead of now.
	ErrPast = errors.New("when: in the past")
	// ErrNoSuchDate means that the calendar lacks the date: 31/04, 29 Feb 2027, a Friday that is a Saturday.
	ErrNoSuchDate = errors.New("when: no such date")
	// ErrGap means that clocks skip this local time. The error in hand is a *GapError.
	ErrGap = errors.New("when: skipped by the clock change")
)

// GapError is ErrGap with the two moments that could stand in for the skipped one: in London on
// 28 March 2027, 01:30 gives 00:30 and 02:30. Earlier is zero if it does not lie ahead of now.
type GapError struct{ Earlier, Later time.Time }

// Error names the kind of trouble only.
func (e *GapError) Error() string { return ErrGap.Error() }

// Is makes errors.Is(err, ErrGap) true.
func (e *GapError) Is(target error) bool { return target == ErrGap }

// Reading is what a text was understood to mean. Its times are whole minutes in the zone of the
// person and lie ahead of now; a day without a time is today or later.
type Reading struct {
	// Time is the only possible reading, or the soonest of several. With DayOnly it is the
	// first moment of the day, which for today lies behind now.
	Time time.Time
	// Others are the further readings, soonest first: ask which one is meant.
	Others []time.Time
	// DayOnly: a day without a time of day ("friday").
	DayOnly bool
	// TimeOnly: a time of day without a day ("21:30"); it is the next one ahead.
	TimeOnly bool
	// Repeated: clocks show one of these times twice, an hour apart. Both are among the readings
	// unless one is past or the text was a distance ("in 2 hours").
	Repeated bool
}

// Ambiguous reports whether the person has to be asked which reading is meant.
func (r Reading) Ambiguous() bool { return len(r.Others) > 0 }

// longest is the longest text that is looked at, in bytes. The longest sensible one is near 50.
const longest = 120

// Parse reads a moment that lies ahead of now, in the zone of the person who typed it; a nil zone
// is UTC. Understood are distances ("in 90 min"), and a day, a time, or both in either order:
//
//   - days: today, tonight, tomorrow, fri, this friday, next friday (two readings: the coming one and
//     the one after), friday week, 21/02, 21 feb, feb 21st, 21/02/2027, 2027-02-21, the 21st;
//   - times: 21:30, 9.30pm, 2130, 9pm, half past 8, noon, midnight, and 9 or 9:30, which are
//     two readings unless "tonight", "morning" or the like decides.
//
// A date without a year is the next one of that name. A weekday named on that very day is two readings.
// The errors are ErrNotUnderstood, ErrPast, ErrNoSuchDate and ErrGap.
func Parse(text string, now time.Time, zone *time.Location) (Reading, error) {
	return parse(text, nil, now, zone)
}

// ParseOn is Parse where a day has been chosen already: a time without a day means that day, so that "7" is
// the morning or the evening of it and "midnight" either end. A text that names a day goes by its own.
func ParseOn(text string, year int, month time.Month, day int, now time.Time, zone *time.Location) (Reading, error) {
	return parse(text, &date{year, month, day}, now, zone)
}

func parse(text string, chosen *date, now time.Time, zone *time.Location) (Reading, error) {
	if zone == nil {
		zone = time.UTC
	}
	now = now.In(zone)
	tokens, err := lex(text)
	if err != nil {
		return Reading{}, err
	}
	p := parser{tokens: tokens, now: now}
	if minutes, ok := p.distance(); ok {
		return fromNow(minutes, now)
	}
	ph, err := p.phrase()
	if err != nil {
		return Reading{}, err
	}
	if chosen != nil && ph.clock != nil && len(ph.days) == 0 {
		ph.days = []date{*chosen}
	}
	return ph.resolve(now)
}

// fromNow is the moment a number of minutes ahead, on a whole minute.
func fromNow(minutes int, now time.Time) (Reading, error) {
	if minutes <= 0 {
		return Reading{}, ErrPast
	}
	t := wholeMinute(now.Add(time.Duration(minutes) * time.Minute))
	return Reading{Time: t, Repeated: KindOf(t, t.Location()) == Repeated}, nil
}

// wholeMinute drops seconds as the wall clock shows them.
func wholeMinute(t time.Time) time.Time {
	return t.Add(-time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
}

// phrase is a day, a time or both, as understood before the clock is consulted.
type phrase struct {
	days  []date // which days it can be; none: no day was named
	clock *clock // nil: no time was named
	part  part   // morning, evening ..., or any
}

// resolve turns a phrase into moments ahead of now.
func (ph phrase) resolve(now time.Time) (Reading, error) {
	switch {
	case ph.clock == nil && len(ph.days) == 0:
		return Reading{}, ErrNotUnderstood
	case ph.clock == nil:
		return ph.dayOnly(now)
	}
	options := ph.clock.options(ph.part)
	if len(options) == 0 {
		return Reading{}, ErrNotUnderstood // "13:00 in the morning"
	}
	var found finding
	if len(ph.days) == 0 {
		today := dateOf(now)
		for _, minute := range options {
			minute %= minutesADay
			if !found.add(today, minute, now) {
				found.add(today.plus(1), minute, now)
			}
		}
	}
	for _, day := range ph.days {
		for _, minute := range options {
			found.add(day, minute, now)
		}
	}
	return found.reading(len(ph.days) == 0)
}

func (ph phrase) dayOnly(now time.Time) (Reading, error) {
	today := dateOf(now)
	var starts []time.Time
	for _, day := range ph.days {
		if day.compare(today) >= 0 {
			starts = append(starts, day.start(now.Location()))
		}
	}
	if len(starts) == 0 {
		return Reading{}, ErrPast
	}
	slices.SortFunc(starts, time.Time.Compare)
	starts = slices.CompactFunc(starts, time.Time.Equal)
	return Reading{Time: starts[0], Others: rest(starts), DayOnly: true}, nil
}

// finding collects the moments a phrase can mean.
type finding struct {
	moments  []time.Time
	repeated bool
	gap      *GapError
}

// add puts in what a minute of a day means and reports whether any of it lies ahead. A minute past
// the end of the day belongs to the night after it.
func (f *finding) add(day date, minute int, now time.Time) bool {
	day, minute = day.plus(minute/minutesADay), minute%minutesADay
	instants := Instants(day.year, day.month, day.day, minute/60, minute%60, now.Location())
	if len(instants) == 0 {
		earlier, later := around(day, minute, now.Location())
		if !later.After(now) {
			return false
		}
		if !earlier.After(now) {
			earlier = time.Time{}
		}
		f.gap = &GapError{Earlier: earlier, Later: later}
		return true
	}
	ahead := false
	for _, t := range instants {
		if t.After(now) {
			ahead = true
			f.moments = append(f.moments, t)
		}
	}
	f.repeated = f.repeated || ahead && len(instants) > 1
	return ahead
}

// reading is the whole: refused if one of the moments does not exist, as leaving it out would be a guess.
func (f *finding) reading(timeOnly bool) (Reading, error) {
	if f.gap != nil {
		return Reading{}, f.gap
	}
	if len(f.moments) == 0 {
		return Reading{}, ErrPast
	}
	slices.SortFunc(f.moments, time.Time.Compare)
	f.moments = slices.CompactFunc(f.moments, time.Time.Equal)
	return Reading{Time: f.moments[0], Others: rest(f.moments), TimeOnly: timeOnly, Repeated: f.repeated}, nil
}

// rest is all but the first, nil if there is no more.
func rest(times []time.Time) []time.Time {
	if len(times) < 2 {
		return nil
	}
	return times[1:]
}
