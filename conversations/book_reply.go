package conversations

import (
	"errors"
	"slices"
	"strconv"
	"strings"
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
	msgReplyLate   = msg("book.reply_by.late", "The reply-by time must be before the call on {session}. For example <code>{example}</code>.")
	msgReplyNone   = msg("book.reply_by.none", "There is no time left to answer before the call on {session}. Please choose a later time with Back.")
	msgReplySooner = msg("book.reply_by.sooner", "The reply-by time was {was}, which is not before the call: it is now <b>{is}</b>.")
	msgReplyLater  = msg("book.reply_by.later", "The reply-by time was {was}, which has passed: it is now <b>{is}</b>.")
	msgReplyAgain  = msg("book.reply_by.again", "The reply-by time is <b>{is}</b> again, as you chose.")
	msgReplyPast   = msg("book.reply_by.past", "The reply-by time has passed. Please choose one ahead, for example <code>{example}</code>.")
)

func acceptByStep(c clock) flow.Step {
	return flow.Step{
		ID: stepAcceptBy, Label: msgLabelReply.Text(), Needs: []string{stepDay, stepTime},
		Ask: func(s flow.Scope) flow.Prompt {
			session, _ := sessionTime(s, c)
			if !s.Now.Truncate(time.Minute).Add(time.Minute).Before(session) { // answers are whole minutes
				return flow.Prompt{Body: []wording.Text{msgReplyNone.With(wording.Args{"session": c.moment(session)})}}
			}
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
			case c.twice(by) != nil:
				return repeated(by, between(s.Now, session), c)
			case !by.Before(session):
				return acceptByRefusal(msgReplyLate, s.Now, session, c)
			case !by.After(s.Now):
				return acceptByRefusal(msgReplyPast, s.Now, session, c)
			}
			return nil
		},
		Mend:   func(s flow.Scope, was string) (string, bool) { return mendAcceptBy(s, was, c) },
		Mended: func(s flow.Scope, was, is string) wording.Text { return acceptByMended(s, was, is, c) },
		Again: func(_ flow.Scope, is string) wording.Text {
			by, err := time.ParseInLocation(momentLayout, is, c.zone)
			if err != nil {
				return wording.Text{}
			}
			return msgReplyAgain.With(wording.Args{"is": c.moment(by)})
		},
	}
}

// between are the moments that an answer can be asked for: ahead, and before the call.
func between(now, session time.Time) func(time.Time) bool {
	return func(t time.Time) bool { return t.After(now) && t.Before(session) }
}

// acceptByRefusal says what is wrong with a reply-by time, with the latest key as the example.
func acceptByRefusal(why wording.Message, now, session time.Time, c clock) *flow.Refusal {
	all := acceptByPresets(now, session, c)
	if len(all) == 0 {
		return refuse(msgReplyNone.With(wording.Args{"session": c.moment(session)}))
	}
	last := all[len(all)-1]
	if len(all) > 1 && last.label == msgReplyHalf {
		last = all[len(all)-2]
	}
	return refuse(why.With(wording.Args{"session": c.moment(session), "example": c.typed(last.at)}))
}

// preset is a reply-by time that is offered, under the words for it.
type preset struct {
	label wording.Message
	at    time.Time
}

// acceptByPresets are those that are possible: ahead, before the call, and on no repeated hour.
func acceptByPresets(now, session time.Time, c clock) []preset {
	local := now.In(c.zone)
	night, _ := when.Local(local.Year(), local.Month(), local.Day(), 22, 0, c.zone)
	var possible []preset
	for _, p := range []preset{
		{msgReplyIn1, now.Add(time.Hour)},
		{msgReplyIn3, now.Add(3 * time.Hour)},
		{msgReplyNight, night},
		{msgReplyBefore, session.Add(-time.Hour)},
		{msgReplyHalf, now.Add(session.Sub(now) / 2)},
	} {
		p.at = p.at.Truncate(time.Minute)
		if between(now, session)(p.at) && c.twice(p.at) == nil {
			possible = append(possible, p)
		}
	}
	return possible
}

// acceptByOptions are the presets as keys, each moment once; half-way there only where nothing else fits.
func acceptByOptions(now, session time.Time, c clock) [][]flow.Option {
	var rows [][]flow.Option
	var taken []time.Time
	for _, p := range acceptByPresets(now, session, c) {
		if slices.ContainsFunc(taken, p.at.Equal) || p.label == msgReplyHalf && len(rows) > 0 {
			continue
		}
		taken = append(taken, p.at)
		rows = append(rows, []flow.Option{{
			Label: p.label.With(wording.Args{"time": c.short(p.at)}), Value: p.at.In(c.zone).Format(momentLayout),
		}})
	}
	return rows
}

// mendAcceptBy moves a reply-by time to a preset of its kind: one that has passed while nothing was sent was soon,
// and is an hour ahead, or as soon after that as the clocks allow; one that the call was moved before is an hour before
// the call. Half-way there does for both.
func mendAcceptBy(s flow.Scope, was string, c clock) (string, bool) {
	by, err := time.ParseInLocation(momentLayout, was, c.zone)
	session, kind := sessionTime(s, c)
	if err != nil || kind != when.Normal {
		return "", false
	}
	passed := by.Before(session)
	if at, ok := soon(s.Now, session, c); ok && passed {
		return at.In(c.zone).Format(momentLayout), true
	}
	for _, p := range acceptByPresets(s.Now, session, c) {
		if p.label == msgReplyBefore && !passed || p.label == msgReplyHalf {
			return p.at.In(c.zone).Format(momentLayout), true
		}
	}
	return "", false
}

// soon is in an hour, or in three, or as soon after one as there is a moment that comes only once; before the call.
func soon(now, session time.Time, c clock) (time.Time, bool) {
	first := now.Add(time.Hour).Truncate(time.Minute)
	if third := first.Add(2 * time.Hour); c.twice(first) != nil && c.twice(third) == nil && third.Before(session) {
		return third, true
	}
	for at := first; at.Before(session); at = at.Add(time.Minute) {
		if c.twice(at) == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func acceptByMended(s flow.Scope, was, is string, c clock) wording.Text {
	before, err := time.ParseInLocation(momentLayout, was, c.zone)
	after, err2 := time.ParseInLocation(momentLayout, is, c.zone)
	session, _ := sessionTime(s, c)
	if err != nil || err2 != nil {
		return wording.Text{}
	}
	args := wording.Args{"was": c.moment(before), "is": c.moment(after)}
	if before.Before(session) {
		return msgReplyLater.With(args)
	}
	return msgReplySooner.With(args)
}

// parseAcceptBy takes the reading that lies before the call; when several do, the person is asked.
func parseAcceptBy(s flow.Scope, text string, c clock) (flow.Answer, error) {
	session, _ := sessionTime(s, c)
	possible := between(s.Now, session)
	reading, ok := acceptByWords(text, s.Now, session, c)
	if !ok {
		var err error
		reading, err = when.Parse(text, s.Now, c.zone)
		if errors.Is(err, when.ErrPast) {
			return flow.Answer{}, acceptByRefusal(msgReplyPast, s.Now, session, c)
		}
		if err != nil {
			return flow.Answer{}, whenRefusal(err, possible, c)
		}
	}
	if reading.DayOnly {
		if which := dayAlone(reading, "", possible, c); which != nil {
			return flow.Answer{}, which
		}
		return flow.Answer{}, acceptByRefusal(msgReplyLate, s.Now, session, c)
	}
	readings := append([]time.Time{reading.Time}, reading.Others...)
	early := slices.DeleteFunc(slices.Clone(readings), func(t time.Time) bool { return !t.Before(session) })
	switch len(early) {
	case 0:
		return flow.Answer{}, acceptByRefusal(msgReplyLate, s.Now, session, c)
	case 1:
		return flow.Answer{Value: early[0].In(c.zone).Format(momentLayout)}, nil
	}
	return flow.Answer{}, whichOne(early, momentLayout, possible, c)
}

// acceptByWords reads what only has a meaning here: a length before the call, and the words on the keys.
func acceptByWords(text string, now, session time.Time, c clock) (when.Reading, bool) {
	words := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	for _, end := range []string{" before", " before it", " before the call"} {
		length, ok := strings.CutSuffix(words, end)
		if !ok {
			continue
		}
		for _, value := range lengths(length) {
			minutes, _ := strconv.Atoi(value)
			return when.Reading{Time: session.Add(-time.Duration(minutes) * time.Minute)}, true
		}
	}
	var wanted wording.Message
	switch words {
	case "tonight":
		wanted = msgReplyNight
	case "half-way there", "half-way", "halfway there", "halfway", "half way there", "half way":
		wanted = msgReplyHalf
	}
	for _, p := range acceptByPresets(now, session, c) {
		if p.label == wanted {
			return when.Reading{Time: p.at}, true
		}
	}
	return when.Reading{}, false
}
