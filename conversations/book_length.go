package conversations

import (
	"strconv"
	"strings"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

var (
	msgLengthAsk   = msg("book.length.ask", "<b>How long?</b> At least 5 minutes; type any number of minutes, for example <code>25</code>.")
	msgLengthWhen  = msg("book.length.when", "The call begins <b>{when}</b>.")
	msgLengthPrice = msg("book.length.price", "The price of {name} is {price} credits a minute.")
	msgLengthBad   = msg("book.length.bad", "I could not read that length. Type minutes, for example <code>30</code>.")
	msgLengthShort = msg("book.length.short", "A call takes at least 5 minutes. For example <code>15</code>.")
	msgLengthLong  = msg("book.length.long", "A call can't be longer than 24 hours. For example <code>60</code>.")
	msgLengthKey   = msg("book.length.key", "{minutes} min")
	msgLengthCost  = msg("book.length.key_cost", "{minutes} min · {credits}")
	msgLengthTake  = msg("book.length.take", "Take {minutes} min")
	msgLengthEnds  = msg("book.length.ends", "{minutes} min: until {end}")
	msgLengthCosts = msg("book.length.ends_cost", "{minutes} min: until {end}, at least {credits} credits")
	msgLengthNow   = msg("book.length.now", "Chosen so far: <b>{length}</b>")
	msgLengthLook  = msg("book.length.look", "<b>{length}</b>")
	msgLengthAll   = msg("book.length.all", "The lengths below end at {ends}.")
)

const (
	maxMinutes    = 24 * 60
	middleMinutes = 30 // from where a little more and a little less are counted at first
)

func lengthStep(c clock) flow.Step {
	return flow.Step{
		ID: stepLength, Label: msgLabelLength.Text(), Needs: []string{stepWho, stepDay, stepTime}, Load: []string{factPerformer},
		Ask:   func(s flow.Scope) flow.Prompt { return askLength(s, c) },
		Parse: parseMinutes,
		Check: func(_ flow.Scope, value string) *flow.Refusal {
			n, err := strconv.Atoi(value)
			switch {
			case err != nil || n < apiclient.MinDuration:
				return refuse(msgLengthShort.Text())
			case n > maxMinutes:
				return refuse(msgLengthLong.Text())
			}
			return nil
		},
	}
}

// askLength shows when the call would end and what it costs at least: with the lengths that are offered, or with the one
// that the person looks at, which is then beside the keys for a little more and a little less.
func askLength(s flow.Scope, c clock) flow.Prompt {
	session, kind := sessionTime(s, c)
	var fact performerFact
	priced := s.Fact(factPerformer, &fact) && fact.HasPrice && fact.Price.IsPositive()
	end := func(minutes int) string { return c.until(session, minutes) }
	line := func(minutes int) wording.Text {
		args := wording.Args{"minutes": minutes, "end": end(minutes)}
		if priced {
			args["credits"] = fact.Price.Times(minutes).RoundUp().String()
			return msgLengthCosts.With(args)
		}
		return msgLengthEnds.With(args)
	}
	chosen, answered := lengthIn(s.Answers[stepLength])
	looked, looks := lengthIn(s.Look)

	var p flow.Prompt
	if kind == when.Normal { // as understood from what was typed
		p.Body = append(p.Body, msgLengthWhen.With(wording.Args{"when": c.moment(session)}))
	}
	p.Body = append(p.Body, msgLengthAsk.Text())
	if priced {
		p.Body = append(p.Body, msgLengthPrice.With(wording.Args{"name": chosenName(s), "price": priceText(fact.Price)}))
	}
	if answered && kind == when.Normal {
		p.Body = append(p.Body, msgLengthNow.With(wording.Args{"length": line(chosen)}))
	}
	switch {
	case kind != when.Normal:
	case looks:
		p.Body = append(p.Body, msgLengthLook.With(wording.Args{"length": line(looked)}))
	default:
		var ends []string
		for _, minutes := range usualMinutes() {
			ends = append(ends, end(minutes))
		}
		p.Body = append(p.Body, msgLengthAll.With(wording.Args{"ends": strings.Join(ends, ", ")}))
	}
	p.Options = minutesKeys(func(minutes int) wording.Text {
		if !priced {
			return plainMinutes(minutes)
		}
		return msgLengthCost.With(wording.Args{"minutes": minutes, "credits": fact.Price.Times(minutes).RoundUp().String()})
	})
	if answered {
		stress(p.Options, strconv.Itoa(chosen))
	}
	p.Options = append(p.Options, nudgeLength(looked, looks, chosen, answered))
	return p
}

// stress has the key of a value stand out.
func stress(rows [][]flow.Option, value string) {
	for _, row := range rows {
		for i := range row {
			if row[i].Value == value {
				row[i].Style = flow.StylePrimary
			}
		}
	}
}

// nudgeLength is a row of keys: the length that the person looks at, and those a little below and above it, or above
// and below what was chosen.
func nudgeLength(looked int, looks bool, chosen int, answered bool) []flow.Option {
	from := middleMinutes
	switch {
	case looks:
		from = looked
	case answered:
		from = chosen
	}
	var row []flow.Option
	if less := from - nudge; less >= apiclient.MinDuration {
		row = append(row, lookAt(msgPickEarlier.With(wording.Args{"minutes": nudge}), strconv.Itoa(less)))
	}
	if looks {
		row = append(row, flow.Option{
			Label: msgLengthTake.With(wording.Args{"minutes": from}), Value: strconv.Itoa(from), Style: flow.StylePrimary,
		})
	}
	if more := from + nudge; more <= maxMinutes {
		row = append(row, lookAt(msgPickLater.With(wording.Args{"minutes": nudge}), strconv.Itoa(more)))
	}
	return row
}

// lengthIn reads a length that a call can have; it may come from outside.
func lengthIn(value string) (int, bool) {
	n, err := strconv.Atoi(value)
	return n, err == nil && n >= apiclient.MinDuration && n <= maxMinutes
}
