package when

// Minutes reads a length of time in whole minutes, from 1 to 24 hours: "30", "45 minutes", "1h30",
// "1.5 hours", "half an hour", "an hour and a half". A bare number is minutes.
// Everything else is ErrNotUnderstood.
func Minutes(text string) (int, error) {
	tokens, err := lex(text)
	if err != nil {
		return 0, err
	}
	p := parser{tokens: tokens}
	minutes, ok := p.length()
	if !ok {
		p.at = 0
		minutes = p.take()
	}
	if !p.done() || minutes < 1 || minutes > minutesADay {
		return 0, ErrNotUnderstood
	}
	return minutes, nil
}

// distance reads "in 2 hours" or "2 hours from now" if that is the whole text, as minutes.
func (p *parser) distance() (int, bool) {
	in := p.accept("in")
	minutes, ok := p.length()
	if in {
		p.accept("time") // "in two hours' time"
	} else {
		ok = ok && p.acceptAll("from", "now")
	}
	if !ok || !p.done() {
		p.at = 0
		return 0, false
	}
	return minutes, true
}

// length reads a length that names its unit.
func (p *parser) length() (int, bool) {
	start := p.at
	if minutes, ok := p.fraction(); ok {
		return minutes, true
	}
	p.at = start
	hundredths, ok := p.quantity()
	switch {
	case !ok:
	case p.minuteWord() && hundredths%100 == 0:
		return hundredths / 100, true
	case p.hourWord() && hundredths*60%100 == 0:
		minutes, ok := p.andMinutes()
		return hundredths*60/100 + minutes, ok && (minutes == 0 || hundredths%100 == 0)
	}
	p.at = start
	return 0, false
}

func (p *parser) hourWord() bool   { return p.accept("h", "hr", "hrs", "hour", "hours") }
func (p *parser) minuteWord() bool { return p.accept("m", "min", "mins", "minute", "minutes") }

// fraction reads "half an hour", "a quarter of an hour", "three quarters of an hour".
func (p *parser) fraction() (int, bool) {
	minutes := 0
	switch {
	case p.acceptAll("3", "quarters"):
		minutes = 45
	case p.acceptAll("a", "half"), p.accept("half"):
		minutes = 30
	case p.acceptAll("a", "quarter"), p.accept("quarter"):
		minutes = 15
	default:
		return 0, false
	}
	p.accept("of")
	p.accept("an", "a")
	return minutes, p.accept("hour")
}

// quantity reads how many of a unit there are, in hundredths: 1, 1.5, an, "2 and a half".
func (p *parser) quantity() (int, bool) {
	if p.accept("a", "an") {
		return 100, true
	}
	n := p.take()
	if n < 0 {
		return 0, false
	}
	switch {
	case p.acceptAll("and", "a", "half"):
		return n*100 + 50, true
	case !p.accept("."):
		return n * 100, true
	}
	digits := len(p.peek(0).text)
	part := p.take()
	if digits == 1 {
		part *= 10
	}
	return n*100 + part, part >= 0 && digits <= 2
}

// andMinutes reads what may follow the hours: 30, "30 min", "and 30 minutes", "and a half". It refuses
// a number that is not below 60.
func (p *parser) andMinutes() (int, bool) {
	switch {
	case p.acceptAll("and", "a", "half"):
		return 30, true
	case p.acceptAll("and", "a", "quarter"):
		return 15, true
	}
	and := p.accept("and")
	if !p.peek(0).digit {
		return 0, !and
	}
	minutes := p.take()
	p.minuteWord()
	return minutes, minutes >= 0 && minutes < 60
}
