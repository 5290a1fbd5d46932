package conversations

import (
	"strconv"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgKeyAgain   = msg("alert.key_sign_in", "Sign in again")
	msgAlertGone  = msg("alert.sign_in", "Please sign in again: the site no longer accepts your sign-in. Alerts have paused until then; a form you have open is kept.")
	msgNoAccess   = msg("alert.no_access", "The site no longer lets me read your bookings, so there are no alerts about them. Your sign-in still holds, and nothing on the site was changed. Grant the permission on the site, or sign in again: alerts come back then. Account shows what is missing.")
	msgNoAccessOf = msg("alert.no_access_member", "The site no longer lets me read the bookings of {member}, so there are no alerts about them. Nothing on the site was changed, and alerts about your own bookings go on. If they are still in your group, /actas shows whether you may act for them.")
	msgSomeMember = msg("alert.some_member", "a member of your group")
	msgDown       = msg("alert.down", "The site has not answered for ten minutes. Alerts may be late; nothing is lost.")
	msgBackAgain  = msg("alert.back", "The site answers again. What happened meanwhile is told now.")
	msgTest       = msg("alert.test", "This is a test alert. Alerts arrive like this.")
	msgTestSample = msg("alert.test_sample", "<i>For example:</i> {text}")
	msgKeyPrefs   = msg("alert.key_settings", "Alert settings")

	msgUpdates     = msg("alert.updates", "{count} updates")
	msgUpdatesMore = msg("alert.updates_more", "and {count} more")
	msgKeyReview   = msg("alert.key_review", "Review")
	msgUpdate      = msg("alert.update", "• {name}: {what}")
	msgUpdateFor   = msg("alert.update_for", "• {name} ({member}): {what}")

	msgBriefRequest   = msg("alert.brief_request", "asks for a call")
	msgBriefAccepted  = msg("alert.brief_accepted", "accepted")
	msgBriefConfirmed = msg("alert.brief_confirmed", "confirmed")
	msgBriefRejected  = msg("alert.brief_rejected", "declined")
	msgBriefExpired   = msg("alert.brief_expired", "expired")
	msgBriefCancelled = msg("alert.brief_cancelled", "cancelled")
	msgBriefCredits   = msg("alert.brief_credits", "credits changed")
	msgBriefChanged   = msg("alert.brief_changed", "changed")
	msgBriefReplyBy   = msg("alert.brief_reply_by", "waits for an answer, about {lead} left")
	msgBriefReminder  = msg("alert.brief_reminder", "call in about {lead}")
)

// maxUpdates is how many of several news are named.
const maxUpdates = 5

// view is one message of all that is to be said. Of several bookings it says how many, and whose if the person wants
// that; what is about none stands below.
func (b briefing) view(current []told) flow.View {
	var bookings, others []told
	for _, n := range current {
		if n.Booking != 0 {
			bookings = append(bookings, n)
		} else {
			others = append(others, n)
		}
	}
	var view flow.View
	switch len(bookings) {
	case 0:
	case 1:
		view = b.ofBooking(bookings[0])
	default:
		view = b.updates(bookings)
	}
	for _, n := range others {
		one := b.ofNone(n.Notification)
		view.Body, view.Rows = append(view.Body, one.Body...), append(view.Rows, one.Rows...)
	}
	return view
}

// updates is the alert of several news of bookings.
func (b briefing) updates(news []told) flow.View {
	review := b.key(msgKeyReview, reviewAction, strconv.FormatInt(b.since.Unix(), 36))
	review.Style = flow.StylePrimary
	view := flow.View{
		Body: []wording.Text{msgUpdates.With(wording.Args{"count": len(news)})}, Rows: [][]flow.Button{{review}},
	}
	if b.level != alert.Standard {
		return view
	}
	for i, n := range news {
		if i == maxUpdates {
			view.Body = append(view.Body, msgUpdatesMore.With(wording.Args{"count": len(news) - i}))
			break
		}
		line := msgUpdate
		if n.Member != 0 {
			line = msgUpdateFor
		}
		what := briefly(n.Kind).With(wording.Args{"lead": untilText(n.Before().Sub(b.clock.now()))})
		view.Body = append(view.Body, line.With(wording.Args{"name": b.name(n.Nickname), "member": b.member(n.Member), "what": what}))
	}
	return view
}

// briefly is a kind of news in a word or two, behind a name.
func briefly(kind alert.Kind) wording.Message {
	known := map[alert.Kind]wording.Message{
		alert.Request: msgBriefRequest, alert.Accepted: msgBriefAccepted, alert.Confirmed: msgBriefConfirmed,
		alert.Rejected: msgBriefRejected, alert.Expired: msgBriefExpired, alert.Cancelled: msgBriefCancelled,
		alert.Credits: msgBriefCredits, alert.ReplyBy: msgBriefReplyBy, alert.Reminder: msgBriefReminder,
	}
	if m, ok := known[kind]; ok {
		return m
	}
	return msgBriefChanged
}

// ofNone is the alert of what is about no booking.
func (b briefing) ofNone(n store.Notification) flow.View {
	switch n.Kind {
	case alert.SignIn:
		return flow.View{Body: []wording.Text{msgAlertGone.Text()}, Rows: [][]flow.Button{{b.key(msgKeyAgain, "signin", "")}}}
	case alert.NoAccess:
		if n.Member != 0 {
			var member any = msgSomeMember.Text()
			if b.level == alert.Standard {
				member = b.member(n.Member)
			}
			return flow.View{
				Body: []wording.Text{msgNoAccessOf.With(wording.Args{"member": member})},
				Rows: [][]flow.Button{{b.key(msgKeyMembers, "go", "actas")}},
			}
		}
		return flow.View{
			Body: []wording.Text{msgNoAccess.Text()},
			Rows: [][]flow.Button{{b.key(msgKeyAgain, "signin", ""), b.key(msgKeyAccount, "account", "")}},
		}
	case alert.Down:
		return flow.View{Body: []wording.Text{msgDown.Text()}, Rows: [][]flow.Button{{b.key(msgKeyHome, "home", "")}}}
	case alert.Back:
		return flow.View{Body: []wording.Text{msgBackAgain.Text()}, Rows: b.listKeys()}
	case alert.Summary:
		return b.ofSummary()
	case alert.Test:
		return flow.View{
			Body: []wording.Text{msgTest.Text(), msgTestSample.With(wording.Args{"text": b.sample()})},
			Rows: [][]flow.Button{{b.key(msgKeyPrefs, alertsAction, "")}, {b.key(msgKeyHome, "home", "")}},
		}
	default: // of a version to come
		return flow.View{Body: []wording.Text{msgAlertMinimal.Text()}, Rows: b.listKeys()}
	}
}

func (b briefing) listKeys() [][]flow.Button {
	return [][]flow.Button{{b.key(msgKeyReceived, "go", "requests"), b.key(msgKeyMade, "go", "bookings")}}
}

// sample is how an alert of news reads that nobody has made: of a call tomorrow evening, to be confirmed by noon.
func (t teller) sample() wording.Text {
	year, month, day := t.clock.Now().Date()
	at := func(day, hour int) time.Time { return time.Date(year, month, day, hour, 0, 0, 0, t.clock.zone) }
	return t.text(told{Notification: store.Notification{
		Kind: alert.Accepted, Side: store.SideMade, Status: string(apiclient.StatusAccepted), Nickname: "Alex",
		Session: at(day+1, 19), AcceptBy: at(day+1, 12), Duration: 30, Credits: "135.00",
	}})
}
