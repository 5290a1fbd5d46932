package when

import "slices"

// clock is a time of day as typed, before it is settled which half of the day is meant.
type clock struct {
	minute int  // since 00:00
	either bool // an hour of 1 to 12 with nothing to say which half of the day
	turn   bool // midnight, which is at both ends of a day
}

// part is a stretch of the day in minutes since 00:00, its end included; past 24:00 is the night after.
type part struct{ from, to int }

// The parts of the day are generous: they tell 8 in the morning from 8 at night, no more.
var (
	anyPart   = part{0, 2 * minutesADay}
	morning   = part{1 * 60, 12*60 - 1}
	afternoon = part{12 * 60, 19*60 - 1}
	evening   = part{16 * 60, minutesADay}
	night     = part{17 * 60, minutesADay + 5*60 - 1}
)

var partWords = map[string]part{
	"morning": morning, "afternoon": afternoon, "evening": evening, "eve": evening, "night": night,
}

// options lists the minutes of the day that a clock can mean in a part of it, soonest first; past 24:00
// is the night after the day. None means that the two contradict each other.
func (c clock) options(in part) []int {
	const half = minutesADay / 2
	var candidates []int
	switch {
	case c.either:
		candidates = []int{c.minute % half, c.minute%half + half}
	default:
		candidates = []int{c.minute}
	}
	if c.turn || c.either && c.minute%half < 60 || in != anyPart {
		candidates = append(candidates, candidates[0]+minutesADay) // 12 at night can be either end
	}
	return slices.DeleteFunc(candidates, func(minute int) bool { return minute < in.from || minute > in.to })
}

// with gives what two parts have in common: "tonight at 9 in the evening".
func (in part) with(other part) (part, bool) {
	both := part{max(in.from, other.from), min(in.to, other.to)}
	return both, both.from <= both.to
}

// clock reads a time of day and moves past it; ok is false where there is none.
func (p *parser) clock() (clock, bool) {
	for _, read := range []func() (clock, bool){p.named, p.spoken, p.hourMinute, p.joined, p.bareHour} {
		start := p.at
		if c, ok := read(); ok {
			return c, true
		}
		p.at = start
	}
	return clock{}, false
}

// named reads noon and midnight.
func (p *parser) named() (clock, bool) {
	p.accept("12") // "12 noon"
	switch {
	case p.accept("noon", "midday"):
		return clock{minute: minutesADay / 2}, true
	case p.accept("midnight"):
		return clock{turn: true}, true
	}
	return clock{}, false
}

// spoken reads "half past 8", "half 8" (the same to the British), "quarter to nine", "ten past 8pm".
func (p *parser) spoken() (clock, bool) {
	p.accept("a")
	past, counted := 30, true
	isHalf := p.accept("half")
	switch {
	case isHalf:
		counted = false
	case p.accept("quarter"):
		past = 15
	default:
		spelt := p.peek(0).spelt
		if past = p.take(); past < 1 || past > 29 {
			return clock{}, false
		}
		counted = p.accept("minutes", "mins", "min") || spelt || past > 12
	}
	before := false
	switch {
	case p.accept("past"):
	case counted && p.accept("to"): // "10 to 11" is a range as likely as not
		before = true
	case !isHalf:
		return clock{}, false
	}
	hour := p.take()
	if hour < 1 || hour > 12 || p.peek(0).is(":", ".") {
		return clock{}, false
	}
	c, ok := p.halved(hour, past, false)
	if before {
		c.minute = (c.minute - 2*past + minutesADay) % minutesADay
	}
	return c, ok
}

// hourMinute reads 21:30, 9.30pm, 9:30, 24:00, and 21:30:00 for those who paste.
func (p *parser) hourMinute() (clock, bool) {
	written := p.peek(0).text
	hour := p.take()
	spaced := hour <= 12 && p.peek(0).digit && p.peek(1).is("am", "pm") // "9 30pm"
	if hour < 0 || len(written) > 2 || !spaced && !p.accept(":", ".") || len(p.peek(0).text) != 2 {
		return clock{}, false
	}
	minute := p.take()
	if minute < 0 || minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return clock{}, false
	}
	if p.peek(0).is(":") && (!p.accept(":") || !p.accept("00")) {
		return clock{}, false
	}
	p.accept("hrs", "hours", "h")
	return p.halved(hour, minute, written[0] == '0')
}

// joined reads 2130, 0930, 930pm and "2130 hrs".
func (p *parser) joined() (clock, bool) {
	written := p.peek(0).text
	value := p.take()
	if value < 0 || len(written) < 3 || value%100 > 59 || value/100 > 23 {
		return clock{}, false
	}
	p.accept("hrs", "hours", "h")
	return p.halved(value/100, value%100, written[0] == '0')
}

// bareHour reads 9pm, "9 p.m.", "8 o'clock", 21, and 7, which is either.
func (p *parser) bareHour() (clock, bool) {
	written := p.peek(0).text
	hour := p.take()
	if hour < 0 || hour > 23 || len(written) > 2 || p.peek(0).is(":", ".", "/", "-") {
		return clock{}, false
	}
	if p.accept("o") && !p.accept("clock") {
		return clock{}, false
	}
	if hour == 0 && !p.peek(0).is("am") {
		return clock{}, false // a bare 0 is not a time of day
	}
	return p.halved(hour, 0, written[0] == '0')
}

// halved settles the half of the day by am or pm, by an hour beyond 12, or by a leading zero, which goes
// with the 24 hour clock.
func (p *parser) halved(hour, minute int, zero bool) (clock, bool) {
	total := hour*60 + minute
	am, pm := p.halfWord()
	switch {
	case am && hour > 12, pm && hour == 0, pm && hour == 24:
		return clock{}, false
	case am && hour == 12:
		return clock{minute: minute, turn: minute == 0}, true
	case pm && hour < 12:
		return clock{minute: total + minutesADay/2}, true
	case am, pm:
		return clock{minute: total}, true
	}
	return clock{minute: total, either: hour >= 1 && hour <= 12 && !zero}, true
}

// halfWord moves past am or pm, also when it was typed as a.m. or p.m.
func (p *parser) halfWord() (am, pm bool) {
	switch first := p.peek(0); {
	case p.accept("am"):
		return true, false
	case p.accept("pm"):
		return false, true
	case first.is("a", "p") && p.peek(1).is("m"):
		p.at += 2
		return first.is("a"), first.is("p")
	}
	return false, false
}
