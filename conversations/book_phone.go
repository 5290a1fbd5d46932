package conversations

import (
	"errors"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/phone"
	"phonechatbot/internal/wording"
)

var (
	msgPhoneAsk     = msg("book.phone.ask", "<b>Which number</b> shall they ring? A UK number, for example <code>07700 900123</code>. It is sent with this request only.")
	msgPhoneBad     = msg("book.phone.bad", "That is not a phone number. A UK number has 10 or 11 digits, for example <code>07700 900123</code>.")
	msgPhoneShort   = msg("book.phone.short", "That number is too short. A UK number has 10 or 11 digits, for example <code>07700 900123</code>.")
	msgPhoneLong    = msg("book.phone.long", "That number is too long. A UK number has 10 or 11 digits, for example <code>07700 900123</code>.")
	msgPhoneForeign = msg("book.phone.foreign", "The site takes UK numbers only, of 10 or 11 digits, for example <code>07700 900123</code>.")
)

func phoneStep() flow.Step {
	return flow.Step{
		ID: stepPhone, Label: msgLabelPhone.Text(), Needs: []string{stepMethod}, Shares: true,
		Skip: unlessMethod(apiclient.MethodPerformerRings),
		Ask:  func(flow.Scope) flow.Prompt { return flow.Prompt{Body: []wording.Text{msgPhoneAsk.Text()}} },
		Parse: func(_ flow.Scope, text string) (flow.Answer, error) {
			national, err := phone.Parse(text)
			if err != nil {
				return flow.Answer{}, refuse(phoneProblem(err))
			}
			return flow.Answer{Value: national}, nil
		},
	}
}

func phoneProblem(err error) wording.Text {
	switch {
	case errors.Is(err, phone.ErrTooShort):
		return msgPhoneShort.Text()
	case errors.Is(err, phone.ErrTooLong):
		return msgPhoneLong.Text()
	case errors.Is(err, phone.ErrForeign):
		return msgPhoneForeign.Text()
	default:
		return msgPhoneBad.Text()
	}
}
