package conversations

import (
	"fmt"
	"strconv"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// Pickers are prompts that a step puts below its question: what they show hangs on the step's Look and on the time,
// and both are read at each rendering. What they offer goes through the step's Parse and Check like typed text.

var (
	msgPickMonth     = msg("pick.month", "<b>{month}</b>")
	msgPickBefore    = msg("pick.before", "‹ {to}")
	msgPickAfter     = msg("pick.after", "{to} ›")
	msgPickNight     = msg("pick.night", "Night 00–06")
	msgPickMorning   = msg("pick.morning", "Morning 06–12")
	msgPickAfternoon = msg("pick.afternoon", "Afternoon 12–18")
	msgPickEvening   = msg("pick.evening", "Evening 18–24")
	msgPickParts     = msg("pick.parts", "Other part of the day")
	msgPickEarlier   = msg("pick.earlier", "-{minutes} min")
	msgPickLater     = msg("pick.later", "+{minutes} min")
	msgPickTake      = msg("pick.take", "Take {time}")
	msgPickNone      = msg("pick.none", "No quarter hour of that day is left. Type a time, or choose another day with Back.")
	msgPickGone      = msg("pick.gone", "{time} can't be chosen now.")
)

const (
	monthLayout = "2006-01" // a day picker's Look
	deadKey     = "·"       // Telegram takes no key without a label

	quarter     = 15 // minutes from key to key
	nudge       = 5  // minutes from a chosen time to those beside it
	hoursOfPart = 6
)

// calendarDay is the day that clocks in zone show at t, as midnight in UTC: sums of days meet no clock change there.
func calendarDay(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func startOfMonth(day time.Time) time.Time { return day.AddDate(0, 0, 1-day.Day()) }

// dayPicker is a month of keys, Monday first, for the calendar days from first to last. A key's value is a day in
// dayLayout. look is a month in monthLayout; anything else, and a month without such days, is the first one.
func dayPicker(look string, first, last time.Time) flow.Prompt {
	month, err := time.Parse(monthLayout, look)
	if err != nil || month.Before(startOfMonth(first)) || month.After(last) {
		month = startOfMonth(first)
	}
	dead := func(label string) flow.Option {
		o := plain(label, month.Format(monthLayout))
		o.Look = true
		return o
	}
	monday := month.AddDate(0, 0, -(int(month.Weekday())+6)%7)
	var initials []flow.Option
	for i := range 7 {
		initials = append(initials, dead(monday.AddDate(0, 0, i).Format("Mon")[:2]))
	}
	p := flow.Prompt{
		Body:    []wording.Text{msgPickMonth.With(wording.Args{"month": month.Format("January 2006")})},
		Options: [][]flow.Option{initials},
	}
	for week := monday; week.Before(month.AddDate(0, 1, 0)); week = week.AddDate(0, 0, 7) {
		row, open := make([]flow.Option, 7), false
		for i := range row {
			day := week.AddDate(0, 0, i)
			row[i] = dead(deadKey)
			if day.Month() == month.Month() && !day.Before(first) && !day.After(last) {
				row[i], open = plain(strconv.Itoa(day.Day()), day.Format(dayLayout)), true
			}
		}
		if open {
			p.Options = append(p.Options, row)
		}
	}
	var turn []flow.Option
	if before := month.AddDate(0, -1, 0); !before.Before(startOfMonth(first)) {
		turn = append(turn, lookAt(msgPickBefore.With(wording.Args{"to": before.Format("January")}), before.Format(monthLayout)))
	}
	if after := month.AddDate(0, 1, 0); !after.After(last) {
		turn = append(turn, lookAt(msgPickAfter.With(wording.Args{"to": after.Format("January")}), after.Format(monthLayout)))
	}
	if len(turn) > 0 {
		p.Options = append(p.Options, turn)
	}
	return p
}

func lookAt(label wording.Text, look string) flow.Option {
	return flow.Option{Label: label, Value: look, Look: true}
}

// partsOfDay are six hours each, from midnight on.
func partsOfDay() []wording.Message {
	return []wording.Message{msgPickNight, msgPickMorning, msgPickAfternoon, msgPickEvening}
}

// timePicker leads to a time of a day: the part of the day, its quarter hours, and the minutes around one of them.
// Offered is what refused does not refuse; it is asked with times in timeLayout. The key that answers has day and time in
// momentLayout, as a time alone could mean either half of the day. look is a part's first hour in two digits, or a time; anything
// else begins with the parts.
func timePicker(look, day string, refused func(value string) *flow.Refusal) flow.Prompt {
	at, chosen := minuteOf(look)
	if chosen && refused(look) == nil {
		return nudgePicker(at, day, refused)
	}
	open, parts := openQuarters(refused), []int{}
	for part := range open {
		if len(open[part]) > 0 {
			parts = append(parts, part)
		}
	}
	var p flow.Prompt
	if chosen {
		p.Body = append(p.Body, msgPickGone.With(wording.Args{"time": look}))
	}
	if len(parts) == 0 {
		p.Body = append(p.Body, msgPickNone.Text())
		return p
	}
	for _, part := range parts {
		if len(parts) == 1 || look == lookOfPart(part) || chosen && at/60/hoursOfPart == part {
			p.Options = quarterKeys(open[part])
			if len(parts) > 1 {
				p.Options = append(p.Options, []flow.Option{lookAt(msgPickParts.Text(), "")})
			}
			return p
		}
	}
	for _, part := range parts {
		if n := len(p.Options); n == 0 || len(p.Options[n-1]) == 2 {
			p.Options = append(p.Options, nil)
		}
		row := &p.Options[len(p.Options)-1]
		*row = append(*row, lookAt(partsOfDay()[part].Text(), lookOfPart(part)))
	}
	return p
}

func lookOfPart(part int) string { return fmt.Sprintf("%02d", part*hoursOfPart) }

// minuteOf reads a time in timeLayout, and only that, as minutes since midnight.
func minuteOf(value string) (int, bool) {
	t, err := time.Parse(timeLayout, value)
	if err != nil || t.Format(timeLayout) != value {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}

func timeOf(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// openQuarters are the quarter hours that can be chosen, by part of the day.
func openQuarters(refused func(string) *flow.Refusal) [4][]int {
	var open [4][]int
	for minute := 0; minute < 24*60; minute += quarter {
		if refused(timeOf(minute)) == nil {
			part := minute / 60 / hoursOfPart
			open[part] = append(open[part], minute)
		}
	}
	return open
}

// quarterKeys are the keys of some quarter hours, a row for each hour.
func quarterKeys(minutes []int) [][]flow.Option {
	var rows [][]flow.Option
	for i, minute := range minutes {
		if i == 0 || minute/60 != minutes[i-1]/60 {
			rows = append(rows, nil)
		}
		row := &rows[len(rows)-1]
		*row = append(*row, lookAt(plain(timeOf(minute), "").Label, timeOf(minute)))
	}
	return rows
}

// nudgePicker takes a chosen time, or one a little beside it.
func nudgePicker(at int, day string, refused func(string) *flow.Refusal) flow.Prompt {
	var row []flow.Option
	if before := timeOf(at - nudge); at >= nudge && refused(before) == nil {
		row = append(row, lookAt(msgPickEarlier.With(wording.Args{"minutes": nudge}), before))
	}
	row = append(row, flow.Option{
		Label: msgPickTake.With(wording.Args{"time": timeOf(at)}), Value: day + " " + timeOf(at), Style: flow.StylePrimary,
	})
	if after := timeOf(at + nudge); at+nudge < 24*60 && refused(after) == nil {
		row = append(row, lookAt(msgPickLater.With(wording.Args{"minutes": nudge}), after))
	}
	part := at / 60 / hoursOfPart
	back := lookAt(msgPickBefore.With(wording.Args{"to": partsOfDay()[part].Text()}), lookOfPart(part))
	return flow.Prompt{Options: [][]flow.Option{row, {back}}}
}
