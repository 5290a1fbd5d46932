package conversations

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// The forms of /alerts: the ends of the quiet hours, and a time for the daily summary that has no key of its own.
// Their answers are times of the day in timeLayout, by whatever clock the person lives.

const (
	quietFlow   = "quiettimes"
	summaryFlow = "summarytime"

	stepFrom = "from"
	stepTill = "till"
	stepAt   = "at"
)

var (
	msgTimesAsk    = msg("alerts.times.from", "<b>From when</b> should it be quiet? Choose the hour, or type both ends at once, for example <code>22:30-7</code>.")
	msgTimesTill   = msg("alerts.times.till", "Quiet from {from}. <b>Until when?</b> Choose the hour, or type a time, for example <code>7:30</code>.")
	msgTimesSame   = msg("alerts.times.same", "Quiet hours from {time} to {time} would be none at all. Please choose another end; to have no quiet hours, press <b>Cancel</b>, and then <b>Off</b>.")
	msgTimesBad    = msg("alerts.times.bad", "I need a time of the day, for example <code>22:30</code>, <code>7</code> or <code>10pm</code>.")
	msgTimesWhich  = msg("alerts.times.which", "Which of these is it?")
	msgKeyHours    = msg("alerts.times.key_hours", "‹ Other hour")
	msgTimesAsWere = msg("alerts.times.as_were", "Nothing was changed.")
	msgAtAsk       = msg("alerts.times.at", "<b>When</b> should the summary come? Choose the hour, or type a time, for example <code>8:15</code>.")
)

// bareTime is a time by the 24 hour clock: 7, 07, 22:30, 22.30, 2230.
var bareTime = regexp.MustCompile(`^([0-9]{1,2})(?:[:.]?([0-5][0-9]))?$`)

// minutesMeant are the minutes of the day that a text can mean. Without am or pm, an hour in figures is one of 24:
// what is chosen here is as often in the night as by day.
func minutesMeant(text string) []int {
	found := bareTime.FindStringSubmatch(strings.TrimSpace(text))
	if found == nil {
		return timesOfDay(text)
	}
	hour, _ := strconv.Atoi(found[1])
	minute, _ := strconv.Atoi(found[2]) // none is zero
	at := hour*60 + minute
	if at > alert.MinutesADay {
		return nil
	}
	return []int{at % alert.MinutesADay}
}

// parseSpan reads two times of the day: "22:30-7", "from 10pm to 7am", "22:30 7:00". Both have to have one meaning.
func parseSpan(text string) (from, to int, ok bool) {
	text = strings.ToLower(strings.NewReplacer("–", "-", "—", "-", "−", "-", "→", "-", "~", "-").Replace(strings.TrimSpace(text)))
	for _, opening := range []string{"from ", "between "} {
		text = strings.TrimPrefix(text, opening)
	}
	betweens := []string{"-", " to ", " until ", " till ", " and "}
	if strings.Contains(text, ":") { // without, "7 15" and "7,15" are one time to some
		betweens = append(betweens, ",", "/", " ")
	}
	for _, between := range betweens {
		first, second, _ := strings.Cut(text, between)
		begins, ends := minutesMeant(first), minutesMeant(second)
		if len(begins) == 1 && len(ends) == 1 {
			return begins[0], ends[0], true
		}
	}
	return 0, 0, false
}

// parseMinute reads one time of the day; of what has two meanings it asks which.
func parseMinute(text string) (flow.Answer, error) {
	switch meant := minutesMeant(text); len(meant) {
	case 0:
		return flow.Answer{}, refuse(msgTimesBad.Text())
	case 1:
		return flow.Answer{Value: timeOf(meant[0])}, nil
	default:
		var keys []flow.Option
		for _, minute := range meant {
			keys = append(keys, plain(timeOf(minute), timeOf(minute)))
		}
		return flow.Answer{}, refuse(msgTimesWhich.Text(), keys...)
	}
}

// parseEnds reads an answer to a question for one end of the quiet hours, which may name both.
func parseEnds(step, text string) (flow.Answer, error) {
	from, to, ok := parseSpan(text)
	switch {
	case !ok:
		return parseMinute(text)
	case step == stepFrom:
		return flow.Answer{Value: timeOf(from), Also: flow.Answers{stepTill: timeOf(to)}}, nil
	}
	return flow.Answer{Value: timeOf(to), Also: flow.Answers{stepFrom: timeOf(from)}}, nil
}

// hourPicker leads to a quarter of an hour by its hour, which is the look in two digits. What is refused is not offered.
func hourPicker(look string, refused func(value string) *flow.Refusal) [][]flow.Option {
	var keys []flow.Option
	if hour, ok := minuteOf(look + ":00"); ok {
		for minute := hour; minute < hour+60; minute += quarter {
			if at := timeOf(minute); refused(at) == nil {
				keys = append(keys, plain(at, at))
			}
		}
		return [][]flow.Option{keys, {lookAt(msgKeyHours.Text(), "")}}
	}
	for hour := range 24 {
		label := fmt.Sprintf("%02d", hour)
		keys = append(keys, lookAt(plain(label, "").Label, label))
	}
	return slices.Collect(slices.Chunk(keys, hoursInRow))
}

func checkMinute(_ flow.Scope, value string) *flow.Refusal {
	if _, ok := minuteOf(value); !ok {
		return refuse(msgTimesBad.Text())
	}
	return nil
}

func minuteStep(id string, ask func(flow.Scope) wording.Text, parse func(string) (flow.Answer, error), check func(flow.Scope, string) *flow.Refusal) flow.Step {
	return flow.Step{
		ID: id, Check: check,
		Ask: func(s flow.Scope) flow.Prompt {
			refused := func(value string) *flow.Refusal { return check(s, value) }
			return flow.Prompt{Body: []wording.Text{ask(s)}, Options: hourPicker(s.Look, refused)}
		},
		Parse: func(_ flow.Scope, text string) (flow.Answer, error) { return parse(text) },
	}
}

func fromStep() flow.Step {
	return minuteStep(stepFrom, func(flow.Scope) wording.Text { return msgTimesAsk.Text() },
		func(text string) (flow.Answer, error) { return parseEnds(stepFrom, text) }, checkMinute)
}

func tillStep() flow.Step {
	step := minuteStep(stepTill,
		func(s flow.Scope) wording.Text { return msgTimesTill.With(wording.Args{"from": s.Answers[stepFrom]}) },
		func(text string) (flow.Answer, error) { return parseEnds(stepTill, text) },
		func(s flow.Scope, value string) *flow.Refusal {
			if value == s.Answers[stepFrom] {
				return refuse(msgTimesSame.With(wording.Args{"time": value}))
			}
			return checkMinute(s, value)
		})
	step.Needs = []string{stepFrom}
	return step
}

func atStep() flow.Step {
	return minuteStep(stepAt, func(flow.Scope) wording.Text { return msgAtAsk.Text() }, parseMinute, checkMinute)
}

func (d *Desk) alertForms() []form {
	return []form{
		timesForm(quietFlow, msgQuietTitle, alertsQuiet, func(p alert.Prefs, answers flow.Answers) alert.Prefs {
			from, _ := minuteOf(answers[stepFrom])
			to, _ := minuteOf(answers[stepTill])
			p.Quiet.From, p.Quiet.To = alert.Minute(from), alert.Minute(to)
			if p.Quiet.Mode == alert.Loud { // who chooses hours wants them
				p.Quiet.Mode = alert.Silent
			}
			return p
		}, fromStep(), tillStep()),
		timesForm(summaryFlow, msgSummaryTitle, alertsSummary, func(p alert.Prefs, answers flow.Answers) alert.Prefs {
			at, _ := minuteOf(answers[stepAt])
			p.Summary = alert.Daily{On: true, At: alert.Minute(at)}
			return p
		}, atStep()),
	}
}

// timesForm asks for times, and keeps them with the account. Nothing goes to the platform.
func timesForm(name string, title wording.Message, page string, choose func(alert.Prefs, flow.Answers) alert.Prefs, steps ...flow.Step) form {
	said := words()
	said.Sending = said.Working
	keep := func(v *visit, s flow.Session) (flow.Sent, error) {
		draw := func() flow.View { return v.homeView(wording.Text{}) }
		if v.account != nil {
			if err := v.chooseAlerts(func(p alert.Prefs) alert.Prefs { return choose(p, s.Answers) }); err != nil {
				return flow.Sent{}, err
			}
			draw = func() flow.View { return v.alertsView(page, wording.Text{}) }
		}
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.afterForm(draw)}, nil
	}
	return form{
		flow:   flow.Flow{Name: name, Version: 1, Title: title.Text(), Words: said, Brief: true, Steps: steps},
		load:   noFacts,
		submit: func(v *visit, s flow.Session, _ string) (flow.Sent, error) { return keep(v, s) },
		settle: keep, // twice is as good as once
		closed: func(v *visit, _ flow.Session) flow.View {
			if v.account == nil {
				return v.homeView(msgTimesAsWere.Text())
			}
			return v.alertsView(page, msgTimesAsWere.Text())
		},
	}
}

// askTimes opens one of the forms; one that stands open already is begun anew.
func (v *visit) askTimes(name string) error {
	found, err := v.front(ofFlow(name))
	if err == nil && found {
		err = v.leave()
	}
	if err != nil {
		return err
	}
	return v.open(name, nil, nil)
}
