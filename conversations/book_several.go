package conversations

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

var msgLineOdd = msg("book.line.odd", "I can't place this in your line: <b>{words}</b>. Please type the line again without it, for example <code>771204 tomorrow 7pm 30 min</code>.")

// The longest line that is taken apart: its parts can be put together in many ways.
const (
	longestLine = 200 // bytes
	mostWords   = 24
)

// bookSeveral reads several answers of a booking out of one line, in any order: whom, day and time, length,
// credits and the way of calling, never a number to ring or a comment. Every word has to be part of an answer.
// A step is answered if all ways to take the line apart answer it alike; nothing is, if one that was answered
// before would keep its old answer though the line speaks of it.
func bookSeveral(c clock) func(flow.Scope, string) flow.Answers {
	return func(s flow.Scope, text string) flow.Answers {
		l := bookLine{scope: s, clock: c.of(s.Answers), words: lineWords(text)}
		if len(l.words) < 2 || len(text) > longestLine || len(l.words) > mostWords || holdsPhone(l.words) {
			return nil
		}
		for _, fact := range []string{factRecent, factFavourites} {
			var known []recentFact
			s.Fact(fact, &known)
			l.known = append(l.known, known...)
		}
		l.split(0, flow.Answers{}, nil, false)
		return l.agreed()
	}
}

// readingLines has a step say which word spoils a line of several answers, instead of taking the line for a name.
func readingLines(several func(flow.Scope, string) flow.Answers, step flow.Step) flow.Step {
	parse, seek := step.Parse, step.Seek
	step.Parse = func(s flow.Scope, text string) (flow.Answer, error) {
		answer, err := parse(s, text)
		if err == nil {
			return answer, nil
		}
		if odd := oddWords(several, s, text); len(odd) > 0 {
			return flow.Answer{}, refuse(msgLineOdd.With(wording.Args{"words": wording.Name(strings.Join(odd, ", "))}))
		}
		return answer, err
	}
	step.Seek = func(s flow.Scope, text string) flow.Answers {
		if len(oddWords(several, s, text)) > 0 {
			return nil
		}
		return seek(s, text)
	}
	return step
}

// oddWords are those without which a line answers whom to call and two steps more; more than one if any of them may be
// the odd one. Nothing is said of a line with a phone number.
func oddWords(several func(flow.Scope, string) flow.Answers, s flow.Scope, text string) []string {
	words := lineWords(text)
	if len(words) > mostWords || speaksOfPhone(text) || len(several(s, text)) > 1 {
		return nil
	}
	var odd []string
	for i, word := range words {
		found := several(s, strings.Join(slices.Delete(slices.Clone(words), i, i+1), " "))
		if _, whom := found[stepWho]; whom && len(found) > 2 && !slices.Contains(odd, word) {
			odd = append(odd, word)
		}
	}
	return odd
}

// bookLine is a line and the ways found to take it apart.
type bookLine struct {
	scope    flow.Scope
	clock    clock
	known    []recentFact // whose nicknames can be meant
	words    []string
	readings []flow.Answers
}

// leftOpen stands in a reading for an answer that the line speaks of and does not settle.
const leftOpen = "?"

// lineWords are the words of a line without the commas between them.
func lineWords(text string) []string {
	var words []string
	for word := range strings.FieldsSeq(text) {
		if word = strings.TrimRight(word, ",;"); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// holdsPhone reports figures that look like a phone number, as "0115 4960123" does, which is also a time and a
// member number.
func holdsPhone(words []string) bool {
	for i := range words {
		digits := 0
		for _, word := range words[i:] {
			if strings.Trim(word, "0123456789+()") != "" {
				break
			}
			digits += len(strings.Trim(word, "+()"))
		}
		if _, ok := bareMember(words[i]); digits >= 10 && !ok {
			return true
		}
	}
	return false
}

// agreed are the answers that all readings have in common.
func (l *bookLine) agreed() flow.Answers {
	if len(l.readings) == 0 {
		return nil
	}
	found := maps.Clone(l.readings[0])
	for _, other := range l.readings[1:] {
		for step, value := range other {
			if was, ok := found[step]; !ok || was != value {
				found[step] = leftOpen
			}
		}
		for step := range found {
			if _, ok := other[step]; !ok {
				found[step] = leftOpen
			}
		}
	}
	for _, step := range []string{stepDay, stepTime} { // one of them alone could go with another's half
		_, spoken := found[step]
		if spoken && (found[stepDay] == leftOpen || found[stepTime] == leftOpen) {
			found[step] = leftOpen
		}
	}
	for step, value := range found {
		if value != leftOpen {
			continue
		}
		if _, answered := l.scope.Answers[step]; answered {
			return nil
		}
		delete(found, step)
	}
	if _, ok := found[stepDay]; ok && zoneLost(l.scope) { // read in the zone that stands in for it
		found[answerZone] = ""
	}
	return found
}

// split goes on from a word: with an answer that is not taken yet, or with a day or a time, which can stand
// apart ("tomorrow for 30 min at 7pm").
func (l *bookLine) split(from int, taken flow.Answers, moments []string, afterMoment bool) {
	if from == len(l.words) {
		l.finish(taken, moments)
		return
	}
	for to := from + 1; to <= len(l.words); to++ {
		part := strings.Join(l.words[from:to], " ")
		if _, ok := l.moment(part); ok && !afterMoment && len(moments) < 2 {
			l.split(to, taken, append(slices.Clip(moments), part), true)
		}
		for step, values := range map[string][]string{
			stepWho:     l.members(part),
			stepLength:  lengths(part),
			stepCredits: amounts(part),
			stepMethod:  methods(part),
		} {
			if _, ok := taken[step]; ok {
				continue
			}
			for _, value := range values {
				more := maps.Clone(taken)
				more[step] = value
				l.split(to, more, moments, false)
			}
		}
	}
}

// finish puts the day and the time of a reading together.
func (l *bookLine) finish(taken flow.Answers, moments []string) {
	if len(moments) == 0 {
		l.readings = append(l.readings, taken)
		return
	}
	if len(moments) == 2 && !l.apart(moments[0], moments[1]) {
		return
	}
	at, ok := l.moment(strings.Join(moments, " "))
	if !ok {
		return
	}
	reading := maps.Clone(taken)
	maps.Copy(reading, at)
	l.readings = append(l.readings, reading)
}

// apart reports whether one of two texts is a day and the other a time, and both together are no more than that:
// "21 feb" and "2027" would become a date.
func (l *bookLine) apart(a, b string) bool {
	first, err := when.Parse(a, l.scope.Now, l.clock.zone)
	second, err2 := when.Parse(b, l.scope.Now, l.clock.zone)
	both, err3 := when.Parse(a+" "+b, l.scope.Now, l.clock.zone)
	if err != nil || err2 != nil || err3 == nil && both.DayOnly {
		return false
	}
	return first.DayOnly && second.TimeOnly || first.TimeOnly && second.DayOnly
}

// moment reads a day, a time or both; ok is false if it is neither. A time alone is one on the day that was
// chosen, or else the next one ahead. What is past, skipped or repeated by the clocks, or can mean two things is
// left open.
func (l *bookLine) moment(text string) (at flow.Answers, ok bool) {
	if slices.Contains(strings.Fields(strings.ToLower(text)), "by") {
		return nil, false // as likely when to reply by
	}
	open := flow.Answers{stepDay: leftOpen, stepTime: leftOpen}
	reading, err := when.Parse(text, l.scope.Now, l.clock.zone)
	if errors.Is(err, when.ErrNotUnderstood) || errors.Is(err, when.ErrNoSuchDate) { // whatever comes after the date
		return nil, false
	}
	day, chosen := dayOf(l.scope.Answers[stepDay])
	timeOnly := false
	if chosen {
		on, onErr := when.ParseOn(text, day.Year(), day.Month(), day.Day(), l.scope.Now, l.clock.zone)
		timeOnly = reading.TimeOnly || err != nil && onErr == nil
		reading, err = on, onErr
	}
	if timeOnly {
		delete(open, stepDay)
	}
	if err != nil {
		return open, true
	}
	if reading.DayOnly {
		delete(open, stepTime)
	}
	answer, err := dayAnswer(reading, bookable(l.scope.Now), l.clock)
	if err != nil {
		return open, true
	}
	at = flow.Answers{stepDay: answer.Value}
	maps.Copy(at, answer.Also)
	if timeOnly && answer.Value == day.Format(dayLayout) {
		delete(at, stepDay)
	}
	return at, true
}

// members are those that a text names: by number, or by the nickname of somebody booked before.
func (l *bookLine) members(text string) []string {
	var found []string
	if number, ok := strings.CutPrefix(text, "#"); ok && digitsOnly(number) {
		if given := bookGiven(number); given != nil {
			found = append(found, given[stepWho])
		}
	}
	if number, ok := bareMember(text); ok {
		found = append(found, number)
	}
	for _, r := range l.known {
		given := bookGiven(strconv.FormatInt(r.ID, 10))
		named := strings.EqualFold(strings.Join(lineWords(r.Nickname), " "), text)
		if named && given != nil && !slices.Contains(found, given[stepWho]) {
			found = append(found, given[stepWho])
		}
	}
	return found
}

// bareMember reads a member number without its sign. Among other answers, fewer digits are as likely an hour or
// an amount, more of them a date or a phone number.
func bareMember(text string) (string, bool) {
	return text, len(text) >= 5 && len(text) <= 7 && text[0] != '0' && digitsOnly(text)
}

func digitsOnly(text string) bool { return strings.Trim(text, "0123456789") == "" }

// lengths reads a length that names its unit.
func lengths(text string) []string {
	text = afterFor(text)
	letters := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'a' || r > 'z' })
	minutes, err := when.Minutes(text)
	if err != nil || !slices.ContainsFunc(letters, isLengthUnit) {
		return nil
	}
	return []string{strconv.Itoa(minutes)}
}

func isLengthUnit(word string) bool {
	switch word {
	case "h", "hr", "hrs", "hour", "hours", "m", "min", "mins", "minute", "minutes":
		return true
	}
	return false
}

// amounts reads credits that name their unit. Spaces can group thousands: "1 350 credits".
func amounts(text string) []string {
	text = strings.ToLower(afterFor(text))
	number := strings.TrimSuffix(text, ".")
	for _, unit := range []string{"credits", "credit", "cr", "pounds", "gbp", "£"} {
		if rest, ok := strings.CutSuffix(number, unit); ok {
			number = strings.TrimSpace(rest)
			break
		}
	}
	number = strings.TrimSpace(strings.TrimPrefix(number, "£"))
	if number == strings.TrimSuffix(text, ".") {
		return nil
	}
	amount, err := when.Amount(text)
	last := number[strings.LastIndexByte(number, ' ')+1:]
	if err != nil && !strings.Contains(number, ",") && len(last) >= 3 {
		amount, err = when.Amount(strings.ReplaceAll(number, " ", ","))
	}
	if err != nil {
		return nil
	}
	return []string{amount}
}

// afterFor takes the "for" off a length or an amount.
func afterFor(text string) string {
	word, rest, _ := strings.Cut(text, " ")
	if strings.EqualFold(word, "for") {
		return rest
	}
	return text
}

// methods reads who rings whom, as the client says it or as the buttons do.
func methods(text string) []string {
	words := strings.Fields(strings.ToLower(strings.TrimRight(text, ".!")))
	for i, word := range words {
		if word == "call" {
			words[i] = "ring"
		}
	}
	var method apiclient.Method
	switch strings.Join(words, " ") {
	case "they ring", "they ring me", "they ring you", "you ring me", "ring me":
		method = apiclient.MethodPerformerRings
	case "i ring", "i ring them", "you ring them":
		method = apiclient.MethodClientRings
	default:
		return nil
	}
	return []string{strconv.Itoa(int(method))}
}
