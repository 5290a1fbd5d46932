package conversations

import (
	"slices"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

var (
	msgReplyAsk    = msg("book.reply_by.ask", "<b>Reply by when?</b> They must answer before this, and it must be before the call on {session}. Type any moment, for example <code>in 2 hours</code>.")
	msgReplyIn1    = msg("book.reply_by.in_1", "In 1 hour ({time})")
	msgReplyIn3    = msg("book.reply_by.in_3", "In 3 hours ({time})")
	msgReplyNight  = msg("book.reply_by.tonight", "Tonight ({time})")
	msgReplyBefore = msg("book.reply_by.before", "1 hour before the call ({time})")
	msgReplyHalf   = msg("book.reply_by.half", "Half-way there ({time})")
	msgReplyLate   = msg("book.reply_by.late", "The reply-by time must be before the call on {session}. For example an hour before it.")
	msgReplyPast   = msg("book.reply_by.past", "The reply-by time has passed. Please choose one ahead, for example <code>in 1 hour</code>.")
)

func acceptByStep(c clock) flow.Step {
	return flow.Step{
		ID: stepAcceptBy, Label: msgLabelReply.Text(), Needs: []string{stepDay, stepTime},
		Ask: func(s flow.Scope) flow.Prompt {
			session, _ := sessionTime(s, c)
			return flow.Prompt{
				Body:    []wording.Text{msgReplyAsk.With(wording.Args{"session": c.moment(session)})},
				Options: acceptByOptions(s.Now, session, c),
			}
		},
		Parse: func(s flow.Scope, text string) (flow.Answer, error) { return parseAcceptBy(s, text, c) },
		Check: func(s flow.Scope, value string) *flow.Refusal {
			by, err := time.ParseInLocation(momentLayout, value, c.zone)
			session, _ := sessionTime(s, c)
			switch {
			case err != nil:
				return refuse(msgWhenBad.Text())
			case when.KindOf(by, c.zone) == when.Repeated:
				return refuse(msgWhenRepeated.With(wording.Args{"zone": c.zoneName()}))
			case !by.Before(session):
				return refuse(msgReplyLate.With(wording.Args{"session": c.moment(session)}))
			case !by.After(s.Now):
				return refuse(msgReplyPast.Text())
			}
			return nil
		},
	}
}

// acceptByOptions are the presets that are possible: ahead, before the call, and on no repeated hour.
func acceptByOptions(now, session time.Time, c clock) [][]flow.Option {
	local := now.In(c.zone)
	night, _ := when.Local(local.Year(), local.Month(), local.Day(), 22, 0, c.zone)
	presets := []struct {
		label wording.Message
		at    time.Time
	}{
		{msgReplyIn1, now.Add(time.Hour)},
		{msgReplyIn3, now.Add(3 * time.Hour)},
		{msgReplyNight, night},
		{msgReplyBefore, session.Add(-time.Hour)},
		{msgReplyHalf, now.Add(session.Sub(now) / 2)},
	}
	var rows [][]flow.Option
	for i, p := range presets {
		at := p.at.Truncate(time.Minute)
		possible := at.After(now) && at.Before(session) && when.KindOf(at, c.zone) == when.Normal
		halfwayNeeded := i < len(presets)-1 || len(rows) == 0 // only where nothing else fits
		if possible && halfwayNeeded {
			rows = append(rows, []flow.Option{{
				Label: p.label.With(wording.Args{"time": c.short(at)}),
				Value: at.In(c.zone).Format(momentLayout),
			}})
		}
	}
	return rows
}

// parseAcceptBy takes the reading that lies before the call; when several do, the person is asked.
func parseAcceptBy(s flow.Scope, text string, c clock) (flow.Answer, error) {
	reading, err := when.Parse(text, s.Now, c.zone)
	if err != nil {
		return flow.Answer{}, whenRefusal(err, c)
	}
	if reading.DayOnly {
		return flow.Answer{}, refuse(msgWhenNoTime.With(wording.Args{"day": c.date(reading.Time)}))
	}
	session, _ := sessionTime(s, c)
	readings := append([]time.Time{reading.Time}, reading.Others...)
	possible := slices.DeleteFunc(slices.Clone(readings), func(t time.Time) bool { return !t.Before(session) })
	switch len(possible) {
	case 0:
		return flow.Answer{}, refuse(msgReplyLate.With(wording.Args{"session": c.moment(session)}))
	case 1:
		return flow.Answer{Value: possible[0].In(c.zone).Format(momentLayout)}, nil
	}
	return flow.Answer{}, whichOne(possible, momentLayout, c)
}
