package conversations

import (
	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgKeyAgain  = msg("alert.key_sign_in", "Sign in again")
	msgAlert     = msg("alert.discreet", "An appointment was updated.")
	msgKeyOpen   = msg("alert.key_open", "Open")
	msgReminder  = msg("alert.reminder", "A reminder: you have an appointment in about {lead}.")
	msgAlertGone = msg("alert.sign_in", "Please sign in again: the site no longer accepts your sign-in. Alerts have paused until then; a form you have open is kept.")
)

// NoticeSignIn is the kind of a notification that the site refuses an account's token.
const NoticeSignIn = "sign_in"

// Notice is the text of an alert or a reminder: discreet, with nothing on it that a lock screen should not show.
func Notice(n store.Notification) flow.View {
	if n.Kind == NoticeSignIn {
		return flow.View{
			Body: []wording.Text{msgAlertGone.Text()},
			Rows: [][]flow.Button{{{Label: msgKeyAgain.Text(), Press: flow.Press{Of: accountTag(n.Account), Action: "signin"}}}},
		}
	}
	text := msgAlert.Text()
	if n.Kind == store.KindReminder {
		text = msgReminder.With(wording.Args{"lead": leadText(n.Lead)})
	}
	ref := cardRef{side: apiclient.Side(n.Side), id: apiclient.BookingID(n.Booking)}
	return flow.View{
		Body: []wording.Text{text},
		Rows: [][]flow.Button{{{
			Label: msgKeyOpen.Text(), Style: flow.StylePrimary,
			Press: flow.Press{Of: accountTag(n.Account), Action: "card", Value: ref.String()},
		}}},
	}
}
