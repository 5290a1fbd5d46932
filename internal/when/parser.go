package when

import "time"

// parser walks over the tokens of one text.
type parser struct {
	tokens    []token
	at        int
	now       time.Time // in the person's zone
	yearFirst bool      // a date was written as 2027-02-21
}

// peek is the token ahead steps further on, an empty one past the end.
func (p *parser) peek(ahead int) token {
	if p.at+ahead < len(p.tokens) {
		return p.tokens[p.at+ahead]
	}
	return token{}
}

// accept moves past the next token if it is one of the words or signs.
func (p *parser) accept(words ...string) bool {
	if p.done() || !p.peek(0).is(words...) {
		return false
	}
	p.at++
	return true
}

// acceptAll moves past a run of tokens, or past none.
func (p *parser) acceptAll(words ...string) bool {
	for i, w := range words {
		if !p.peek(i).is(w) {
			return false
		}
	}
	p.at += len(words)
	return true
}

// take moves past a number and returns it, -1 if the next token is none.
func (p *parser) take() int {
	n := p.peek(0).number()
	if n >= 0 {
		p.at++
	}
	return n
}

func (p *parser) done() bool { return p.at >= len(p.tokens) }

// phrase reads the whole text as a day, a part of the day and a time, in any order, each at most once.
func (p *parser) phrase() (phrase, error) {
	ph := phrase{part: anyPart}
	for !p.done() {
		if p.accept("at", "on", "by", "the", "@") || p.acceptAll("in", "the") {
			continue
		}
		if ph.days == nil {
			days, err := p.day(ph.clock != nil)
			if err != nil {
				return phrase{}, err
			}
			if ph.days = days; days != nil {
				continue
			}
		}
		if in, ok := p.partOfDay(); ok {
			if ph.part, ok = ph.part.with(in); !ok {
				return phrase{}, ErrNotUnderstood
			}
			continue
		}
		c, ok := p.clock()
		if !ok || ph.clock != nil {
			return phrase{}, ErrNotUnderstood
		}
		ph.clock = &c
	}
	if p.yearFirst && ph.clock != nil {
		ph.clock.either = false // 2027-02-21 9:30 is written on the 24 hour clock
	}
	return ph, nil
}

// partOfDay reads "evening" and the part that lies in "tonight", whose day was read before it.
func (p *parser) partOfDay() (part, bool) {
	in, ok := partWords[p.peek(0).text]
	if ok {
		p.at++
	}
	return in, ok
}
