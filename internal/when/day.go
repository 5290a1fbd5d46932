package when

import "time"

var weekdays = map[string]time.Weekday{
	"mon": time.Monday, "monday": time.Monday,
	"tue": time.Tuesday, "tues": time.Tuesday, "tuesday": time.Tuesday,
	"wed": time.Wednesday, "weds": time.Wednesday, "wednesday": time.Wednesday,
	"thu": time.Thursday, "thur": time.Thursday, "thurs": time.Thursday, "thursday": time.Thursday,
	"fri": time.Friday, "friday": time.Friday,
	"sat": time.Saturday, "saturday": time.Saturday,
	"sun": time.Sunday, "sunday": time.Sunday,
}

var months = map[string]time.Month{
	"jan": time.January, "january": time.January, "feb": time.February, "february": time.February,
	"mar": time.March, "march": time.March, "apr": time.April, "april": time.April, "may": time.May,
	"jun": time.June, "june": time.June, "jul": time.July, "july": time.July,
	"aug": time.August, "august": time.August,
	"sep": time.September, "sept": time.September, "september": time.September,
	"oct": time.October, "october": time.October, "nov": time.November, "november": time.November,
	"dec": time.December, "december": time.December,
}

// day reads which day is meant and moves past it: usually one, two where the words leave it open, none
// and no error where no day is named here. hasClock tells that a time was read before.
func (p *parser) day(hasClock bool) ([]date, error) {
	if days := p.nearby(); days != nil {
		return days, nil
	}
	start := p.at
	days, weekday := p.weekday()
	if days == nil {
		p.at = start
		found, err := p.calendarDate(hasClock)
		if err != nil || found == nil {
			return nil, err
		}
		return p.dated(*found)
	}
	after := p.at
	p.accept("the")
	found, err := p.calendarDate(hasClock) // "fri 27 nov"
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		p.at = after
		return days, nil
	}
	return p.datedOn(*found, weekday)
}

// nearby reads the words that count from today.
func (p *parser) nearby() []date {
	today := dateOf(p.now)
	switch {
	case p.accept("today"), p.peek(0).is("this") && p.isPart(1) && p.accept("this"):
		return []date{today}
	case p.peek(0).is("tonight", "tonite"):
		p.tokens[p.at].text = "night" // its other half is a part of the day
		if p.now.Hour() < 5 {
			return []date{today.plus(-1), today} // "tonight at 3" at 2 in the morning
		}
		return []date{today}
	case p.accept("tomorrow", "tomorow", "tommorow", "tommorrow", "tmrw", "tmw", "tom"):
		return []date{today.plus(1)}
	case p.acceptAll("day", "after", "tomorrow"):
		return []date{today.plus(2)}
	case p.accept("yesterday"):
		return []date{today.plus(-1)} // past, and said to be
	case p.peek(0).is("in"):
		return p.daysAhead()
	}
	return nil
}

// isPart reports whether a word ahead names a part of the day.
func (p *parser) isPart(ahead int) bool {
	_, ok := partWords[p.peek(ahead).text]
	return ok
}

// daysAhead reads "in 3 days" and "in a week".
func (p *parser) daysAhead() []date {
	start := p.at
	p.accept("in")
	n := 1
	if !p.accept("a") {
		n = p.take()
	}
	switch {
	case n < 1 || n > 999:
	case p.accept("day", "days"):
		return []date{dateOf(p.now).plus(n)}
	case p.accept("week", "weeks"):
		return []date{dateOf(p.now).plus(7 * n)}
	}
	p.at = start
	return nil
}

// weekday reads "fri", "this fri", "next fri", "fri week" and "fri next week".
func (p *parser) weekday() ([]date, time.Weekday) {
	nextWeek := p.acceptAll("next", "week")
	p.accept("on")
	this := p.accept("this", "coming")
	next := !this && p.accept("next")
	day, ok := weekdays[p.peek(0).text]
	if !ok {
		return nil, 0
	}
	p.at++
	today := dateOf(p.now)
	distance := int(day-today.weekday()+7) % 7
	first := today.plus(distance)
	switch {
	case nextWeek || p.acceptAll("next", "week"):
		// Weeks begin on Monday.
		return []date{today.plus(7 - int(today.weekday()+6)%7 + int(day+6)%7)}, day
	case next && distance == 0:
		return []date{first.plus(7)}, day
	case next:
		return []date{first, first.plus(7)}, day
	case this:
		return []date{first}, day
	case p.accept("week"):
		first = first.plus(7)
	}
	if distance == 0 {
		return []date{first, first.plus(7)}, day
	}
	return []date{first}, day
}

// written is a date as typed; its year and month can be missing.
type written struct{ year, month, day int }

// missing marks what was left out of a date.
const missing = -1

// calendarDate reads a date in figures or with the name of a month, nil where there is none.
func (p *parser) calendarDate(hasClock bool) (*written, error) {
	for _, read := range []func(bool) (written, bool){p.yearMonthDay, p.figures, p.dayMonth, p.monthDay} {
		start := p.at
		if w, ok := read(hasClock); ok {
			return &w, nil
		}
		p.at = start
	}
	return nil, nil
}

// yearMonthDay reads 2027-02-21 and 2027/02/21, with a T after it if a time follows.
func (p *parser) yearMonthDay(bool) (written, bool) {
	if len(p.peek(0).text) != 4 {
		return written{}, false
	}
	year := p.take()
	sign := p.peek(0).text
	if year < 0 || !p.accept("-", "/") {
		return written{}, false
	}
	month, ok := p.upToTwo()
	if !ok || !p.accept(sign) {
		return written{}, false
	}
	day, ok := p.upToTwo()
	p.yearFirst = ok
	p.accept("t")
	return written{year, month, day}, ok
}

// figures reads 21/02, 21/02/27, 21/02/2027, 21-02-2027 and 21.02.2027; without a year only the first
// kind is a date.
func (p *parser) figures(bool) (written, bool) {
	day, ok := p.upToTwo()
	sign := p.peek(0).text
	if !ok || !p.accept("/", "-", ".") {
		return written{}, false
	}
	month, ok := p.upToTwo()
	if !ok {
		return written{}, false
	}
	if !p.accept(sign) {
		return written{missing, month, day}, sign == "/"
	}
	digits := len(p.peek(0).text)
	year := p.take()
	if digits == 2 {
		year += 2000
	}
	return written{year, month, day}, year >= 0 && (digits == 2 || digits == 4)
}

// dayMonth reads "21 feb", "21st of february 2027" and, of the next month that has it, "21st".
func (p *parser) dayMonth(hasClock bool) (written, bool) {
	day, ok := p.upToTwo()
	if !ok {
		return written{}, false
	}
	ordinal := p.accept("st", "nd", "rd", "th")
	p.accept("of")
	month, ok := months[p.peek(0).text]
	if !ok {
		return written{missing, missing, day}, ordinal && !p.tokens[p.at-1].is("of")
	}
	p.at++
	return written{p.year(hasClock), int(month), day}, true
}

// monthDay reads "feb 21" and "february 21st 2027".
func (p *parser) monthDay(hasClock bool) (written, bool) {
	month, ok := months[p.peek(0).text]
	if !ok {
		return written{}, false
	}
	p.at++
	p.accept("the")
	day, ok := p.upToTwo()
	p.accept("st", "nd", "rd", "th")
	if !ok || p.peek(0).is(":", ".", "am", "pm") {
		return written{}, false
	}
	return written{p.year(hasClock), int(month), day}, true
}

// upToTwo moves past a number of one or two digits.
func (p *parser) upToTwo() (int, bool) {
	if len(p.peek(0).text) > 2 {
		return 0, false
	}
	n := p.take()
	return n, n >= 0
}

// year reads the year after the name of a month. In "21 feb 2130" the number is a time; it is a year if
// it is no likely time (calls begin at multiples of five minutes), if it is this year or the next, or if
// the time is elsewhere in the text.
func (p *parser) year(hasClock bool) int {
	start := p.at
	digits := len(p.peek(0).text)
	n := p.take()
	after := p.at
	switch {
	case p.peek(0).is(":", ".", "/", "-", "am", "pm"):
	case digits == 2 && n > 24:
		return 2000 + n
	case digits != 4 || n < 0:
	case hasClock, n == p.now.Year(), n == p.now.Year()+1, n/100 > 23, n%100 > 59, n%5 != 0, p.clockAhead():
		p.at = after
		return n
	}
	p.at = start
	return missing
}

// clockAhead reports whether a time of day follows; where the parser then stands is for the caller to mend.
func (p *parser) clockAhead() bool {
	for p.accept("at", "on", "by", "@") {
	}
	_, ok := p.clock()
	return ok
}

// dated turns a written date into the next day of that name.
func (p *parser) dated(w written) ([]date, error) {
	today := dateOf(p.now)
	exact := date{w.year, time.Month(w.month), w.day}
	if w.year != missing {
		if !exact.exists() {
			return nil, ErrNoSuchDate
		}
		return []date{exact}, nil
	}
	for i := range 12 { // February 29 stays away for eight years at most, a 31st for one month
		next := date{today.year + i, time.Month(w.month), w.day}
		if w.month == missing {
			first := date{today.year, today.month, 1}.noon().AddDate(0, i, 0)
			next = date{first.Year(), first.Month(), w.day}
		}
		if next.exists() && next.compare(today) >= 0 {
			return []date{next}, nil
		}
	}
	return nil, ErrNoSuchDate
}

// datedOn is dated with a weekday named beside the date, which must be the one it falls on.
func (p *parser) datedOn(w written, weekday time.Weekday) ([]date, error) {
	days, err := p.dated(w)
	if err != nil || days[0].weekday() == weekday {
		return days, err
	}
	past := date{p.now.Year(), time.Month(w.month), w.day}
	if w.year == missing && past.exists() && past.compare(dateOf(p.now)) < 0 && past.weekday() == weekday {
		return []date{past}, nil
	}
	return nil, ErrNoSuchDate
}
