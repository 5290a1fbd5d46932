package conversations

import (
	"strconv"
	"strings"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

// bareDay reads a number alone where a day is asked: it may be that day of the month as well as an hour. ok is false
// if the text is no such number; what can only be the day is taken.
func bareDay(text string, now time.Time, c clock) (answer flow.Answer, ok bool, refusal error) {
	text = strings.TrimSpace(text)
	number, err := strconv.Atoi(text)
	if err != nil || len(text) > 2 || number < 1 || number > 31 {
		return flow.Answer{}, false, nil
	}
	day := calendarDay(now, c.zone)
	for day.Day() != number { // no month is without it twice in a row
		day = day.AddDate(0, 0, 1)
	}
	value := day.Format(dayLayout)
	if number > 23 {
		return flow.Answer{Value: value}, true, nil
	}
	var options []flow.Option
	if reading, err := when.Parse(text, now, c.zone); err == nil {
		options = momentKeys(append([]time.Time{reading.Time}, reading.Others...), bookable(now), c)
	}
	options = append(options, plain(c.day(day), value))
	return flow.Answer{}, true, refuse(msgWhenWhich.Text(), options...)
}

// momentKeys are keys for moments that are possible, without those that the clocks repeat: nobody could tell which is
// meant.
func momentKeys(moments []time.Time, possible func(time.Time) bool, c clock) []flow.Option {
	var keys []flow.Option
	for _, t := range moments {
		if possible(t) && c.twice(t) == nil {
			keys = append(keys, momentKey(t, c))
		}
	}
	return keys
}

// dayAlone asks for the time on a day that was named where a moment is needed, with a few as keys: the time that was
// chosen before, or some that many choose, or else the middle of what is possible then. nil if no time of that day is.
func dayAlone(r when.Reading, chosen string, possible func(time.Time) bool, c clock) *flow.Refusal {
	usual := []string{"12:00", "18:00", "21:00"}
	if _, ok := minuteOf(chosen); ok {
		usual = []string{chosen}
	}
	days := append([]time.Time{r.Time}, r.Others...)
	moments := timesOn(days, usual, possible, c)
	if len(moments) == 0 {
		if all := timesOn(days, quarters(), possible, c); len(all) > 0 {
			moments = all[len(all)/2:][:1]
		}
	}
	if len(moments) == 0 {
		return nil
	}
	return refuse(msgWhenNoTime.With(wording.Args{"example": c.typed(moments[0])}), momentKeys(moments, possible, c)...)
}

// timesOn are times on some days that are possible, without those that the clocks skip or show twice.
func timesOn(days []time.Time, times []string, possible func(time.Time) bool, c clock) []time.Time {
	var moments []time.Time
	for _, day := range days {
		for _, value := range times {
			at, kind := momentOf(day.In(c.zone).Format(dayLayout), value, c)
			if kind == when.Normal && c.twice(at) == nil && possible(at) {
				moments = append(moments, at)
			}
		}
	}
	return moments
}

// quarters are the quarter hours of a day.
func quarters() []string {
	var times []string
	for minute := 0; minute < 24*60; minute += quarter {
		times = append(times, time.Time{}.Add(time.Duration(minute)*time.Minute).Format(timeLayout))
	}
	return times
}

// tooFar refuses a day of the calendar more than a year ahead. Of 29 February, which may be years away, the days beside it are offered.
func tooFar(day, now time.Time, c clock) *flow.Refusal {
	var beside []flow.Option
	if day.Month() == time.February && day.Day() == 29 {
		first := calendarDay(now, c.zone)
		for d := first; len(beside) < 2; d = d.AddDate(0, 0, 1) {
			last := d.Month() == time.February && d.Day() == 28
			if last || d.Month() == time.March && d.Day() == 1 {
				beside = append(beside, plain(c.day(d), d.Format(dayLayout)))
			}
		}
	}
	return refuse(msgDayFar.With(wording.Args{"day": c.day(day)}), beside...)
}
