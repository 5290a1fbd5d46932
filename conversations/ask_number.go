package conversations

import (
	"errors"
	"slices"
	"strings"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/phone"
	"phonechatbot/internal/wording"
)

var (
	msgNumberBad     = msg("number.bad", "That is not a phone number that can be rung. {like}")
	msgNumberShort   = msg("number.short", "That number is too short. {like}")
	msgNumberLong    = msg("number.long", "That number is too long. {like}")
	msgNumberForeign = msg("number.foreign", "The site takes UK numbers only. {like}")
	msgNumberLikeUK  = msg("number.like_uk", "A UK number has 10 or 11 digits, for example <code>07700 900123</code>.")
	msgNumberLikeAny = msg("number.like_any", "For example <code>+44 7700 900123</code>.")
)

// How answers are given that are no digits.
const (
	wordSaved = "saved" // the number that was kept
	wordNone  = "none"  // no number
)

// numberQuestion asks for one's own phone number: typed, shared from the phone, the one that was kept, or none. The
// answer is as package phone writes it: national digits, or E.164; empty for none.
type numberQuestion struct {
	ask    func(flow.Scope) []wording.Text
	abroad bool                  // of any country, as E.164; otherwise a British one, as national digits
	saved  bool                  // the number that was kept will do
	drop   func(flow.Scope) bool // whether there is one to remove; nil: a number is needed
	remove wording.Message       // the key that removes it
}

// askNumber completes a step with the question. Check, if it has any, sees the canonical number.
func askNumber(step flow.Step, q numberQuestion) flow.Step {
	step.Shares = true
	if q.saved {
		step.Load = append(slices.Clone(step.Load), factSaved)
	}
	step.Ask = func(s flow.Scope) flow.Prompt {
		p := flow.Prompt{Body: q.ask(s)}
		if saved := savedIn(s); q.saved && saved != "" {
			p.Options = append(p.Options, []flow.Option{savedOption(saved)})
		}
		if q.drop != nil && q.drop(s) {
			p.Options = append(p.Options, []flow.Option{{Label: q.remove.Text(), Value: wordNone, Style: flow.StyleDanger}})
		}
		return p
	}
	step.Parse = q.parse
	return step
}

func (q numberQuestion) parse(s flow.Scope, text string) (flow.Answer, error) {
	switch word := strings.ToLower(strings.TrimSpace(text)); {
	case q.drop != nil && word == wordNone:
		return flow.Answer{}, nil
	case q.saved && word == wordSaved:
		if text = savedIn(s); text == "" {
			return flow.Answer{}, refuse(msgSavedGone.Text())
		}
	}
	read, like := phone.Parse, msgNumberLikeUK
	if q.abroad {
		read, like = phone.ParseInternational, msgNumberLikeAny
	}
	number, err := read(text)
	if err != nil {
		return flow.Answer{}, refuse(numberProblem(err).With(wording.Args{"like": like.Text()}))
	}
	answer := flow.Answer{Value: number}
	if q.saved && s.Answers[answerUnkept] != "" { // it was about the number before this one
		answer.Also = flow.Answers{answerUnkept: ""}
	}
	return answer, nil
}

func numberProblem(err error) wording.Message {
	switch {
	case errors.Is(err, phone.ErrTooShort):
		return msgNumberShort
	case errors.Is(err, phone.ErrTooLong):
		return msgNumberLong
	case errors.Is(err, phone.ErrForeign):
		return msgNumberForeign
	default:
		return msgNumberBad
	}
}
