package conversations

import (
	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

var msgPhoneAsk = msg("book.phone.ask", "<b>Which number</b> shall they ring? A UK number, for example <code>07700 900123</code>. It is sent with this request only, and kept here until 24 hours after the call.")

func phoneStep() flow.Step {
	return askNumber(flow.Step{
		ID: stepPhone, Label: msgLabelPhone.Text(), Needs: []string{stepMethod}, Skip: unlessMethod(apiclient.MethodPerformerRings),
	}, numberQuestion{
		ask:   func(flow.Scope) []wording.Text { return []wording.Text{msgPhoneAsk.Text()} },
		saved: true,
	})
}
