package conversations

import (
	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

var (
	msgPhoneNow = msg("book.phone.now", "Your number so far ends in {digits}.")
	msgPhoneAsk = msg("book.phone.ask", "<b>Which number</b> shall they ring? A UK number, for example <code>07700 900123</code>. It is sent with this request only, and kept here until 24 hours after the call.")
)

func phoneStep() flow.Step {
	return askNumber(flow.Step{
		ID: stepPhone, Label: msgLabelPhone.Text(), Needs: []string{stepMethod}, Skip: unlessMethod(apiclient.MethodPerformerRings),
	}, numberQuestion{
		ask: func(s flow.Scope) []wording.Text {
			question := []wording.Text{msgPhoneAsk.Text()}
			if now := s.Answers[stepPhone]; now != "" {
				question = append(question, msgPhoneNow.With(wording.Args{"digits": lastDigits(now)}))
			}
			return question
		},
		saved: true,
	})
}
