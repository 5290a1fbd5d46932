package conversations

import (
	"strconv"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgAlert        = msg("alert.discreet", "An appointment was updated.")
	msgAlertMinimal = msg("alert.minimal", "You have an update.")
	msgReminder     = msg("alert.reminder", "A reminder: you have an appointment in about {lead}.")
	msgReminderFor  = msg("alert.reminder_for", "A reminder: an appointment begins in about {lead}.")
	msgReplyBy      = msg("alert.reply_by", "An appointment waits for your answer: about {lead} left.")
	msgReplyByFor   = msg("alert.reply_by_for", "An appointment waits for an answer: about {lead} left.")
	msgReminderMin  = msg("alert.reminder_minimal", "You have a reminder.")
	msgUnchecked    = msg("alert.unchecked", "I could not check whether it still stands.")
	msgLeadDays     = msg("alert.days", "{days} days")
	msgLeadHours    = msg("alert.hours", "{hours} hours")
	msgSentences    = msg("alert.sentences", "{one} {two}")

	msgNewRequest       = msg("alert.request", "{name} asks for a call: {details}.")
	msgNewAccepted      = msg("alert.accepted", "{name} accepted: {details}.")
	msgNewAcceptedHere  = msg("alert.accepted_received", "The request from {name} was accepted: {details}.")
	msgNewConfirmed     = msg("alert.confirmed", "The call with {name} is confirmed: {details}.")
	msgNewConfirmedHere = msg("alert.confirmed_received", "{name} confirmed: {details}.")
	msgNewRejected      = msg("alert.rejected", "The request to {name} was declined: {details}.")
	msgNewRejectedHere  = msg("alert.rejected_received", "The request from {name} was declined: {details}.")
	msgNewExpired       = msg("alert.expired", "The request to {name} expired without an answer: {details}.")
	msgNewExpiredHere   = msg("alert.expired_received", "The request from {name} expired without an answer: {details}.")
	msgNewCancelled     = msg("alert.cancelled", "The call with {name} was cancelled: {details}.")
	msgNewCredits       = msg("alert.credits", "The credits for the call with {name} changed: {details}.")
	msgNewChanged       = msg("alert.changed", "The booking with {name} changed: {details}.")
	msgNewReplyBy       = msg("alert.reply_by_made", "About {lead} left to confirm the call with {name}: {details}.")
	msgNewReplyByHere   = msg("alert.reply_by_received", "About {lead} left to answer the request from {name}: {details}.")
	msgNewReminder      = msg("alert.reminder_standard", "In about {lead}: the call with {name}, {details}.")
	msgNotConfirmed     = msg("alert.not_confirmed", "It is not confirmed yet.")

	msgDetails   = msg("alert.details", "{when}, {minutes} min, {credits} credits")
	msgConfirmBy = msg("alert.confirm_by", "Confirm by {until}.")
	msgAnswerBy  = msg("alert.answer_by", "Reply by {until}.")
	msgMemberBy  = msg("alert.member_by", "Reply-by time: {until}.")
	msgForMember = msg("alert.for_member", "For {member}: {news}")
	msgNameless  = msg("alert.nameless", "(no name)")

	msgKeyOpen      = msg("alert.key_open", "Open")
	msgKeySnooze    = msg("alert.key_snooze", "Snooze {minutes} min")
	msgKeyMuteThis  = msg("alert.key_mute", "Mute this")
	msgKeyUnmuteIt  = msg("alert.key_unmute", "Unmute")
	msgKeyTellMeNow = msg("alert.key_now", "Tell me now")
)

// teller words alerts for one person at one time: its clock stands still.
type teller struct {
	tag     string // of the account, on buttons
	level   alert.Level
	clock   clock
	members map[int64]string // nicknames of those whose bookings are watched
}

// told is a notification to be put into words.
type told struct {
	store.Notification
	unchecked bool // something timed whose booking could not be read again
}

// ofBooking is the alert of one booking's news.
func (t teller) ofBooking(n told) flow.View {
	return flow.View{Body: []wording.Text{t.text(n)}, Rows: t.newsKeys(n.Notification)}
}

// text says the news of a booking as openly as the person wants.
func (t teller) text(n told) wording.Text {
	lead := wording.Args{"lead": untilText(n.Before().Sub(t.clock.now()))}
	var said wording.Text
	switch {
	case t.level == alert.Standard:
		said = t.standard(n.Notification)
	case n.Kind.Timed() && t.level == alert.Minimal:
		said = msgReminderMin.Text()
	case n.Kind == alert.Reminder && n.Member != 0:
		said = msgReminderFor.With(lead)
	case n.Kind == alert.Reminder:
		said = msgReminder.With(lead)
	case n.Kind == alert.ReplyBy && n.Member != 0:
		said = msgReplyByFor.With(lead)
	case n.Kind == alert.ReplyBy:
		said = msgReplyBy.With(lead)
	case t.level == alert.Minimal:
		return msgAlertMinimal.Text()
	default:
		return msgAlert.Text()
	}
	if n.unchecked {
		said = sentences(said, msgUnchecked.Text())
	}
	return said
}

func sentences(one, two wording.Text) wording.Text {
	return msgSentences.With(wording.Args{"one": one, "two": two})
}

// standard says whose, what, when and for how much; and until when somebody has to answer, if that is ahead.
func (t teller) standard(n store.Notification) wording.Text {
	var details any = msgDetails.With(wording.Args{"when": t.moment(n.Session), "minutes": n.Duration, "credits": n.Credits})
	if n.Duration == 0 { // queued before there was one
		details = t.moment(n.Session)
	}
	said := newsMessage(n).With(wording.Args{
		"name": t.name(n.Nickname), "details": details, "lead": untilText(n.Before().Sub(t.clock.now())),
	})
	by := wording.Args{"until": t.hour(n.AcceptBy)}
	switch {
	case n.Kind == alert.Reminder && n.Status == string(apiclient.StatusAccepted):
		said = sentences(said, msgNotConfirmed.Text())
	case n.Kind == alert.Reminder, !n.AcceptBy.After(t.clock.now()), !waitsForUs(n.Side, apiclient.Status(n.Status)):
	case n.Member != 0:
		said = sentences(said, msgMemberBy.With(by))
	case n.Side == store.SideMade:
		said = sentences(said, msgConfirmBy.With(by))
	default:
		said = sentences(said, msgAnswerBy.With(by))
	}
	if n.Member != 0 {
		said = msgForMember.With(wording.Args{"member": t.member(n.Member), "news": said})
	}
	return said
}

// newsMessage is what a kind of news says to one side.
func newsMessage(n store.Notification) wording.Message {
	of := map[alert.Kind][2]wording.Message{
		alert.Request:   {msgNewChanged, msgNewRequest},
		alert.Accepted:  {msgNewAccepted, msgNewAcceptedHere},
		alert.Confirmed: {msgNewConfirmed, msgNewConfirmedHere},
		alert.Rejected:  {msgNewRejected, msgNewRejectedHere},
		alert.Expired:   {msgNewExpired, msgNewExpiredHere},
		alert.Cancelled: {msgNewCancelled, msgNewCancelled},
		alert.Credits:   {msgNewCredits, msgNewCredits},
		alert.ReplyBy:   {msgNewReplyBy, msgNewReplyByHere},
		alert.Reminder:  {msgNewReminder, msgNewReminder},
	}
	sides, known := of[n.Kind]
	switch {
	case !known:
		return msgNewChanged
	case n.Side == store.SideReceived:
		return sides[1]
	}
	return sides[0]
}

func (t teller) name(given string) any {
	if shown := nickname(given); shown != "" {
		return wording.Name(shown)
	}
	return msgNameless.Text()
}

// member is whose booking it is, of the group.
func (t teller) member(id int64) any { return memberName(t.members[id], id) }

// moment is the start of a call: in the person's own zone, and beside it in the platform's where that is another.
func (t teller) moment(at time.Time) any {
	if t.clock.elsewhere() {
		return t.clock.moment(at)
	}
	return t.clock.short(at) + t.twice(at)
}

// hour is a deadline, to stand after the time of its call: with the day if that is not today.
func (t teller) hour(at time.Time) any {
	shown := t.clock.short(at)
	if t.clock.date(at) == t.clock.date(t.clock.now()) {
		shown = t.clock.hour(at)
	}
	shown += t.twice(at)
	if t.clock.elsewhere() {
		return msgMoment.With(wording.Args{"when": shown, "zone": t.clock.zoneName()})
	}
	return shown
}

// twice is what the zone is called at a time that its clocks show twice.
func (t teller) twice(at time.Time) string {
	if when.KindOf(at, t.clock.zone) != when.Repeated {
		return ""
	}
	return at.In(t.clock.zone).Format(" MST")
}

// newsKeys are the buttons of an alert about a booking.
func (t teller) newsKeys(n store.Notification) [][]flow.Button {
	snooze := t.key(msgKeySnooze, snoozeAction, newsRefOf(n).String())
	snooze.Label = msgKeySnooze.With(wording.Args{"minutes": int(alert.Snooze / time.Minute)})
	return [][]flow.Button{{t.openKey(n)}, {snooze, t.key(msgKeyMuteThis, muteNewsAction, newsRefOf(n).String())}}
}

// openKey opens the card of a booking. That of a member is opened acting for them.
func (t teller) openKey(n store.Notification) flow.Button {
	ref := cardRef{side: apiclient.Side(n.Side), id: apiclient.BookingID(n.Booking)}
	key := t.key(msgKeyOpen, "card", ref.String())
	if n.Member != 0 {
		key = t.key(msgKeyOpen, "actopen", strconv.FormatInt(n.Member, 36)+":"+strconv.FormatInt(n.Booking, 36))
	}
	key.Style = flow.StylePrimary
	return key
}

func (t teller) key(label wording.Message, action, value string) flow.Button {
	return flow.Button{Label: label.Text(), Press: flow.Press{Of: t.tag, Action: action, Value: value}}
}

// untilText is how long it is until a call, roughly.
func untilText(d time.Duration) wording.Text {
	const day = 24 * time.Hour
	days, hours := int((d+day/2)/day), int((d+time.Hour/2)/time.Hour)
	switch {
	case d >= 36*time.Hour:
		return msgLeadDays.With(wording.Args{"days": days})
	case d >= 20*time.Hour:
		return leadText(day)
	case d >= 90*time.Minute:
		return msgLeadHours.With(wording.Args{"hours": hours})
	case d >= 50*time.Minute:
		return leadText(time.Hour)
	}
	return leadText(max(d.Round(time.Minute), time.Minute))
}
