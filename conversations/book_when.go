package conversations

import (
	"errors"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

var (
	msgDayAsk      = msg("book.day.ask", "<b>Which day?</b> You can type day and time at once, for example <code>tomorrow 9:30pm</code> or <code>21/02 21:30</code>.")
	msgDayToday    = msg("book.day.today", "Today")
	msgDayTomorrow = msg("book.day.tomorrow", "Tomorrow")
	msgDayPast     = msg("book.day.past", "That day is over. Please choose a day ahead, for example <code>tomorrow</code>.")
	msgDayFar      = msg("book.day.far", "{day} is more than a year ahead. Please choose a nearer day, for example <code>tomorrow</code>.")
	msgDayZone     = msg("book.day.zone", "Days and times are {zone}.")
	msgDayZoneOwn  = msg("book.day.zone_own", "Days and times are {zone}, as when this form was begun: it is {now} there, and {own} {home}.")
	msgDayZoneLost = msg("book.day.zone_lost", "I don't know the time zone any more that this form was begun in. From here on its days and times are {zone}: please go through all of them again.")
	msgTimeAsk     = msg("book.time.ask", "<b>What time</b> on {day}? All times are {zone}. Type any time, for example <code>21:30</code>.")
	msgTimeNow     = msg("book.time.now", "It is {now} now.")

	msgWhenBad      = msg("when.not_understood", "I could not read that as a day or time. For example <code>tomorrow 9:30pm</code>, <code>fri 21:00</code> or <code>in 2 hours</code>.")
	msgWhenPast     = msg("when.past", "That moment has passed. Please choose one ahead, for example <code>tomorrow 21:30</code>.")
	msgWhenNoDate   = msg("when.no_such_date", "There is no such date. For example <code>28/02 21:30</code>.")
	msgWhenGap      = msg("when.gap", "The clocks go forward then: that time does not exist in {zone}. Please choose another, for example one of these.")
	msgWhenRepeated = msg("when.repeated", "The clocks go back then: that time comes twice in {zone}, and the site can't tell which is meant. Please choose a time outside that hour, for example one of these.")
	msgWhenThere    = msg("when.repeated_there", "That is {time} {zone}, where the clocks go back then: the time comes twice there, and the site can't tell which is meant. Please choose another, for example one of these.")
	msgWhenWhich    = msg("when.which", "That can mean more than one thing. Which one? Or type it in full, for example <code>tomorrow 19:00</code>.")
	msgWhenNoTime   = msg("when.no_time", "And at what time? For example <code>{example}</code>.")
)

// farthest is how far ahead a call may be asked for: the contract knows no limit, a typing mistake does.
const farthest = 366 * 24 * time.Hour

// zoned has a step work in the zone of its form.
func zoned(c clock, in func(clock) flow.Step) flow.Step {
	step := in(c)
	step.Ask = func(s flow.Scope) flow.Prompt { return in(c.of(s.Answers)).Ask(s) }
	step.Parse = func(s flow.Scope, text string) (flow.Answer, error) { return in(c.of(s.Answers)).Parse(s, text) }
	if step.Check != nil {
		step.Check = func(s flow.Scope, value string) *flow.Refusal { return in(c.of(s.Answers)).Check(s, value) }
	}
	if step.Mend != nil {
		step.Mend = func(s flow.Scope, was string) (string, bool) { return in(c.of(s.Answers)).Mend(s, was) }
		step.Mended = func(s flow.Scope, was, is string) wording.Text { return in(c.of(s.Answers)).Mended(s, was, is) }
	}
	if step.Again != nil {
		step.Again = func(s flow.Scope, is string) wording.Text { return in(c.of(s.Answers)).Again(s, is) }
	}
	return step
}

// zoneLost: the form names a zone that is not known (any more).
func zoneLost(s flow.Scope) bool {
	_, known := loadZone(s.Answers[answerZone])
	return !known && s.Answers[answerZone] != ""
}

// sessionTime is the call's start as answered so far, by the form's clock.
func sessionTime(s flow.Scope, c clock) (time.Time, when.Kind) {
	return momentOf(s.Answers[stepDay], s.Answers[stepTime], c)
}

func momentOf(day, value string, c clock) (time.Time, when.Kind) {
	wall, err := time.Parse(momentLayout, day+" "+value)
	if err != nil {
		return time.Time{}, when.Gap
	}
	return when.Local(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), c.zone)
}

// dayOf reads a day of the calendar, as calendarDay gives it: in a zone, it may begin after midnight.
func dayOf(day string) (time.Time, bool) {
	t, err := time.Parse(dayLayout, day)
	return t, err == nil
}

func dayStep(c clock) flow.Step {
	return flow.Step{
		ID: stepDay, Label: msgLabelDay.Text(), Load: []string{factPerformer},
		Ask: func(s flow.Scope) flow.Prompt {
			today := calendarDay(s.Now, c.zone)
			look := s.Look
			if chosen, ok := dayOf(s.Answers[stepDay]); ok && look == "" { // back at the step: the month it was
				look = chosen.Format(monthLayout)
			}
			p := dayPicker(look, today, calendarDay(s.Now.Add(farthest), c.zone))
			question := []wording.Text{msgDayAsk.Text()}
			switch own := c.begunElsewhere(s.Now); {
			case !own.IsZero():
				question = append(question, own)
			case c.elsewhere():
				question = append(question, msgDayZone.With(wording.Args{"zone": c.zoneName()}))
			}
			p.Body = append(question, p.Body...)
			p.Options = append([][]flow.Option{{
				{Label: msgDayToday.Text(), Value: today.Format(dayLayout)},
				{Label: msgDayTomorrow.Text(), Value: today.AddDate(0, 0, 1).Format(dayLayout)},
			}}, p.Options...)
			return p
		},
		Parse: func(s flow.Scope, text string) (flow.Answer, error) {
			answer, err := parseDay(text, s.Now, c)
			if zoneLost(s) && err == nil {
				if answer.Also == nil {
					answer.Also = flow.Answers{}
				}
				answer.Also[answerZone] = ""
			}
			return answer, err
		},
		Check: func(s flow.Scope, value string) *flow.Refusal {
			day, ok := dayOf(value)
			switch {
			case zoneLost(s):
				return refuse(msgDayZoneLost.With(wording.Args{"zone": c.zoneName()}))
			case !ok:
				return refuse(msgWhenBad.Text())
			case day.Before(calendarDay(s.Now, c.zone)):
				return refuse(msgDayPast.Text())
			case day.After(calendarDay(s.Now.Add(farthest), c.zone)):
				return tooFar(day, s.Now, c)
			}
			return nil
		},
	}
}

// parseDay reads a day, or a whole moment.
func parseDay(text string, now time.Time, c clock) (flow.Answer, error) {
	if answer, ok, refusal := bareDay(text, now, c); ok {
		return answer, refusal
	}
	possible := bookable(now)
	reading, err := when.Parse(text, now, c.zone)
	if _, key := dayOf(text); key && errors.Is(err, when.ErrPast) {
		return flow.Answer{}, refuse(msgDayPast.Text())
	}
	if err != nil {
		return flow.Answer{}, whenRefusal(err, possible, c)
	}
	return dayAnswer(reading, possible, c)
}

// bookable are the moments that a call can be asked for.
func bookable(now time.Time) func(time.Time) bool {
	return func(t time.Time) bool { return t.After(now) && !t.After(now.Add(farthest)) }
}

// dayAnswer fills the day, and the time too if one was typed; what can mean two things is asked.
func dayAnswer(r when.Reading, possible func(time.Time) bool, c clock) (flow.Answer, error) {
	layout := momentLayout
	if r.DayOnly {
		layout = dayLayout
	}
	if r.Ambiguous() {
		return flow.Answer{}, whichOne(append([]time.Time{r.Time}, r.Others...), layout, possible, c)
	}
	if !r.DayOnly && c.twice(r.Time) != nil {
		return flow.Answer{}, repeated(r.Time, possible, c)
	}
	answer := flow.Answer{Value: r.Time.Format(dayLayout)}
	if !r.DayOnly {
		answer.Also = flow.Answers{stepTime: r.Time.Format(timeLayout)}
	}
	return answer, nil
}

// repeated refuses a moment whose time comes twice, for the person or for the API, and offers those beside it that
// are possible.
func repeated(t time.Time, possible func(time.Time) bool, c clock) *flow.Refusal {
	zone := c.twice(t)
	if zone == nil {
		return nil
	}
	why := msgWhenRepeated.With(wording.Args{"zone": zoneName(zone)})
	if zone.String() != c.zone.String() {
		why = msgWhenThere.With(wording.Args{"time": t.In(zone).Format("15:04"), "zone": zoneName(zone)})
	}
	var beside []time.Time
	for _, step := range []time.Duration{-quarter * time.Minute, quarter * time.Minute} {
		at := t.Truncate(quarter * time.Minute)
		for range 24 * 60 / quarter {
			if at = at.Add(step); c.twice(at) == nil {
				break
			}
		}
		beside = append(beside, at)
	}
	return refuse(why, momentKeys(beside, possible, c)...)
}

// momentKey answers with a moment.
func momentKey(t time.Time, c clock) flow.Option {
	return plain(c.short(t), t.In(c.zone).Format(momentLayout))
}

// whichOne offers the readings of an ambiguous text as buttons. What can't be told without an offset is left out, and
// so is what is not possible.
func whichOne(readings []time.Time, layout string, possible func(time.Time) bool, c clock) *flow.Refusal {
	options := momentKeys(readings, possible, c)
	if layout == dayLayout {
		options = nil
		for _, t := range readings {
			options = append(options, plain(c.date(t), t.In(c.zone).Format(layout)))
		}
	}
	if len(options) > 0 {
		return refuse(msgWhenWhich.Text(), options...)
	}
	if why := repeated(readings[0], possible, c); why != nil {
		return why
	}
	return refuse(msgDayFar.With(wording.Args{"day": c.date(readings[0])})) // readings lie ahead
}

// whenRefusal says why a text is no moment. A time that the clocks skip comes with those beside it that are possible.
func whenRefusal(err error, possible func(time.Time) bool, c clock) *flow.Refusal {
	var gap *when.GapError
	switch {
	case errors.Is(err, when.ErrPast):
		return refuse(msgWhenPast.Text())
	case errors.Is(err, when.ErrNoSuchDate):
		return refuse(msgWhenNoDate.Text())
	case errors.As(err, &gap):
		beside := momentKeys([]time.Time{gap.Earlier, gap.Later}, possible, c)
		return refuse(msgWhenGap.With(wording.Args{"zone": c.zoneName()}), beside...)
	default:
		return refuse(msgWhenBad.Text())
	}
}

func timeStep(c clock) flow.Step {
	return flow.Step{
		ID: stepTime, Label: msgLabelTime.Text(), Needs: []string{stepDay},
		Ask: func(s flow.Scope) flow.Prompt {
			chosen := s.Answers[stepDay]
			day, _ := dayOf(chosen)
			body := []wording.Text{msgTimeAsk.With(wording.Args{"day": c.day(day), "zone": c.zoneName()})}
			if chosen == s.Now.In(c.zone).Format(dayLayout) {
				body = append(body, msgTimeNow.With(wording.Args{"now": c.hour(s.Now)}))
			}
			if own := c.begunElsewhere(s.Now); !own.IsZero() {
				body = append(body, own)
			}
			p := timePicker(s.Look, chosen, func(value string) *flow.Refusal { return timeRefusal(chosen, value, s.Now, c) })
			p.Body = append(body, p.Body...)
			return p
		},
		Parse: func(s flow.Scope, text string) (flow.Answer, error) { return parseTime(s, text, c) },
		Check: func(s flow.Scope, value string) *flow.Refusal {
			return timeRefusal(s.Answers[stepDay], value, s.Now, c)
		},
	}
}

// timeRefusal says why a call can't begin at a time of a day: nil if it can.
func timeRefusal(day, value string, now time.Time, c clock) *flow.Refusal {
	session, kind := momentOf(day, value, c)
	switch {
	case kind == when.Gap:
		_, err := when.Parse(day+" "+value, now, c.zone)
		return whenRefusal(err, bookable(now), c)
	case !session.After(now):
		return refuse(msgWhenPast.Text())
	}
	return repeated(session, bookable(now), c)
}

// parseTime reads a time on the day that was chosen, or a whole new moment.
func parseTime(s flow.Scope, text string, c clock) (flow.Answer, error) {
	day, ok := dayOf(s.Answers[stepDay])
	if !ok {
		return flow.Answer{}, refuse(msgWhenBad.Text())
	}
	reading, err := when.ParseOn(text, day.Year(), day.Month(), day.Day(), s.Now, c.zone)
	possible := bookable(s.Now)
	if err != nil {
		return flow.Answer{}, whenRefusal(err, possible, c)
	}
	if reading.DayOnly {
		if which := dayAlone(reading, s.Answers[stepTime], possible, c); which != nil {
			return flow.Answer{}, which
		}
		if reading.Time.After(s.Now) {
			return flow.Answer{}, refuse(msgDayFar.With(wording.Args{"day": c.date(reading.Time)}))
		}
		return flow.Answer{}, refuse(msgWhenPast.Text())
	}
	answer, err := dayAnswer(reading, possible, c)
	if err != nil {
		return flow.Answer{}, err
	}
	return flow.Answer{Value: answer.Also[stepTime], Also: flow.Answers{stepDay: answer.Value}}, nil
}
