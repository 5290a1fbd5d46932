package conversations

import (
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// msg declares one text of the catalogue. Every text a person reads is declared by it, beside its flow.
func msg(id, english string) wording.Message { return wording.Message{ID: id, English: english} }

// What the engine's own buttons and remarks say.
var (
	msgBack       = msg("form.back", "Back")
	msgCancel     = msg("form.cancel", "Cancel")
	msgKeep       = msg("form.keep", "Keep as it is")
	msgAgain      = msg("form.again", "Try again")
	msgReload     = msg("form.reload", "Check again")
	msgSaveDraft  = msg("form.save_draft", "Save draft")
	msgSend       = msg("form.send", "Send request")
	msgGoBack     = msg("form.go_back", "Go back")
	msgEdit       = msg("form.edit", "Edit: {label}")
	msgCancelAsk  = msg("form.cancel_ask", "Discard this form? Nothing has been sent.")
	msgDiscard    = msg("form.discard", "Discard")
	msgKeepGoing  = msg("form.keep_going", "Keep going")
	msgOutOfDate  = msg("form.out_of_date", "That card is out of date. Here is the current one.")
	msgTextOnly   = msg("form.text_only", "I can only read text here. Your answers are kept.")
	msgWorking    = msg("form.working", "Working…")
	msgSending    = msg("form.sending", "Sending… This takes a few seconds. Nothing is sent twice.")
	msgUseButtons = msg("form.use_buttons", "Please use the buttons below.")
	msgNotYours   = msg("form.not_yours", "That contact is not your own. Share your own number, or type it.")
	msgShare      = msg("form.share", "Share my number")
	msgChecked    = msg("form.checked", "Still working on it.")
	msgUnsure     = msg("form.unsure", "The site did not say whether this arrived. I am looking it up and will tell you here; until then nothing is sent again.")

	msgUnsureToken  = msg("form.unsure_token", "<b>The site no longer accepts your sign-in,</b> so I can't look it up. Sign in again, and I will.")
	msgKeyGiveUp    = msg("form.key_give_up", "Close this form")
	msgGiveUpAsk    = msg("form.give_up_ask", "Close this form? I don't know yet whether your request arrived. Look on the site first: if you send it again there may be two.")
	msgKeyGiveUpYes = msg("form.key_give_up_yes", "I have looked, close it")
	msgKeepLooking  = msg("form.keep_looking", "Keep looking it up")
	msgGaveUp       = msg("form.gave_up", "Form closed. What became of the request is on the site.")
	msgNoForm       = msg("form.none", "No form is open.")
	msgFormClosed   = msg("form.closed", "Form closed. Nothing was sent.")
	msgFormGone     = msg("form.gone", "That form can't be continued in this version. Nothing was sent.")
	msgFormGoneSent = msg("form.gone_sent", "That form can't be continued in this version, and I don't know what became of its request: please look on the site before you send it again.")
	msgFormNewer    = msg("form.newer", "{title}\nThis form was begun with a newer version of me, and I leave it as it is. Its answers are kept; it can be gone on with when that version is back. Everything else works meanwhile.")
	msgFormRenewed  = msg("form.renewed", "The form was updated. Your answers were kept where they still fit.")
	msgEdited       = msg("form.edited", "You edited an earlier message. That changes no answer: use Back or Edit.")
	msgShareHow     = msg("form.share_how", "Press the key below to share your own number. It is sent with this request only, and kept here until 24 hours after the call.")
	msgShareKey     = msg("form.share_key", "Share my phone number")
	msgFormOpen     = msg("form.open_already", "You have a form open: {title}. Continue with it?")
	msgContinue     = msg("form.continue", "Continue the form")
	msgAfresh       = msg("form.afresh", "Start afresh")
	msgNothingOpen  = msg("form.nothing_open", "There is nothing to cancel.")
	msgOneMoment    = msg("form.one_moment", "One moment, please.")
)

// OneMoment is the toast for a press that is not taken, because much in its chat waits to be answered.
func OneMoment() wording.Text { return msgOneMoment.Text() }

func words() flow.Words {
	return flow.Words{
		Back: msgBack.Text(), Cancel: msgCancel.Text(), Keep: msgKeep.Text(), Again: msgAgain.Text(),
		Send: msgSend.Text(), GoBack: msgGoBack.Text(), Edit: msgEdit, CancelAsk: msgCancelAsk.Text(),
		Discard: msgDiscard.Text(), KeepGoing: msgKeepGoing.Text(), OutOfDate: msgOutOfDate.Text(),
		TextOnly: msgTextOnly.Text(), Working: msgWorking.Text(), Sending: msgSending.Text(),
		UseButtons: msgUseButtons.Text(), NotYours: msgNotYours.Text(), ShareNumber: msgShare.Text(),
		Checked: msgChecked.Text(), Unsure: msgUnsure.Text(), Reload: msgReload.Text(), SaveDraft: msgSaveDraft.Text(),
	}
}

func refuse(why wording.Text, fix ...flow.Option) *flow.Refusal {
	return &flow.Refusal{Why: why, Fix: fix}
}
