package conversations

import (
	"errors"
	"fmt"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgCardMade       = msg("card.title_made", "<b>Booking #{id}</b>: you asked <b>{name}</b>")
	msgCardReceived   = msg("card.title_received", "<b>Request #{id}</b> from <b>{name}</b>")
	msgCardStatus     = msg("card.status", "Status: <b>{status}</b>")
	msgCardWhen       = msg("card.when", "When: {when}, {minutes} min")
	msgCardMethod     = msg("card.method", "Call: {method}")
	msgCardCredits    = msg("card.credits", "Credits: {credits}")
	msgCardReply      = msg("card.reply_by", "Reply by: {when}")
	msgCardPhone      = msg("card.phone", "Number on this booking: <tg-spoiler>{phone}</tg-spoiler>")
	msgCardSkype      = msg("card.skype", "Skype name on this booking: <tg-spoiler>{skype}</tg-spoiler>")
	msgCardTheirs     = msg("card.their_phone", "Their number: <tg-spoiler>{phone}</tg-spoiler>")
	msgCardTheirSkype = msg("card.their_skype", "Their Skype name: <tg-spoiler>{skype}</tg-spoiler>")
	msgCardComment    = msg("card.comment", "Comment: <tg-spoiler>{comment}</tg-spoiler>")
	msgCardReason     = msg("card.reason", "Reason: {reason}")
	msgCardNext       = msg("card.next", "Next: {step}")
	msgCardRatings    = msg("card.ratings", "Rating: {rating} from {ratings} ratings")
	msgKeyBackList    = msg("card.key_list", "Back to the list")
	msgKeyReInvite    = msg("card.key_reinvite", "Re-invite")

	msgStatusPending   = msg("status.pending", "⏳ Pending")
	msgStatusExpired   = msg("status.expired", "⌛ Expired: the reply-by time has passed")
	msgStatusAccepted  = msg("status.accepted", "👍 Accepted, to be confirmed")
	msgStatusConfirmed = msg("status.confirmed", "✅ Confirmed")
	msgStatusRejected  = msg("status.rejected", "✖ Rejected")
	msgStatusCancelled = msg("status.cancelled", "🚫 Cancelled")
	msgStatusOther     = msg("status.other", "❔ {status}")
)

func isNotFound(err error) bool { return errors.Is(err, apiclient.ErrNotFound) }

// statusText names the state. A Pending booking whose reply-by time has passed is shown as expired:
// the contract's automatic rejection is late at times.
func (v *visit) statusText(b apiclient.Booking) wording.Text {
	switch b.Status {
	case apiclient.StatusPending:
		if !b.AcceptBy.IsZero() && !b.AcceptBy.After(v.clock.now()) {
			return msgStatusExpired.Text()
		}
		return msgStatusPending.Text()
	case apiclient.StatusAccepted:
		return msgStatusAccepted.Text()
	case apiclient.StatusConfirmed:
		return msgStatusConfirmed.Text()
	case apiclient.StatusRejected:
		return msgStatusRejected.Text()
	case apiclient.StatusCancelled:
		return msgStatusCancelled.Text()
	default:
		return msgStatusOther.With(wording.Args{"status": wording.Name(b.Status)})
	}
}

// mayReInvite is the contract's rule: received, Pending, and the call's time not ahead (docs:
// PhoneChatReInviteReceivedBooking).
func (v *visit) mayReInvite(b apiclient.Booking) bool {
	return b.Side == received && b.Status == apiclient.StatusPending && !b.Session.After(v.clock.now())
}

// card reads one booking again and shows it with what can be done.
func (v *visit) card(ref cardRef) error {
	b, err := v.api.Booking(v.ctx, v.caller(), ref.side, ref.id)
	if err != nil {
		return v.sorry(fmt.Errorf("read booking: %w", err), "card", ref.String())
	}
	return v.screen(v.cardView(b, ref, wording.Text{}))
}

func (v *visit) cardView(b apiclient.Booking, ref cardRef, note wording.Text) flow.View {
	title := msgCardMade
	if b.Side == received {
		title = msgCardReceived
	}
	view := flow.View{Protect: b.PhoneNumber+b.SkypeName+b.Other.PhoneNumber+b.Other.SkypeName != ""}
	if !note.IsZero() {
		view.Body = append(view.Body, note)
	}
	view.Body = append(view.Body,
		title.With(wording.Args{"id": int64(b.ID), "name": memberName(b.Other.Nickname, int64(b.Other.ID))}),
		msgCardStatus.With(wording.Args{"status": v.statusText(b)}),
		msgCardWhen.With(wording.Args{"when": v.clock.moment(b.Session), "minutes": b.Duration}),
		msgCardMethod.With(wording.Args{"method": methodTextFor(b)}),
		msgCardCredits.With(wording.Args{"credits": b.Credits.String()}),
	)
	if b.Status == apiclient.StatusPending {
		view.Body = append(view.Body, msgCardReply.With(wording.Args{"when": v.clock.moment(b.AcceptBy)}))
	}
	view.Body = append(view.Body, cardDetails(b)...)
	if v.mayReInvite(b) {
		again := v.button(msgKeyReInvite, "reinvite", ref.String())
		again.Style = flow.StylePrimary
		view.Rows = append(view.Rows, []flow.Button{again})
	}
	row := []flow.Button{v.button(msgKeyRefresh, "card", ref.String())}
	if ref.from.page > 0 {
		row = append(row, v.button(msgKeyBackList, "list", ref.from.String()))
	}
	view.Rows = append(view.Rows, row, v.homeRow())
	return view
}

// methodTextFor turns the method's wording round for the performer, who is "they" to the client.
func methodTextFor(b apiclient.Booking) wording.Text {
	if b.Side == received {
		switch b.Method {
		case apiclient.MethodPerformerRings:
			return methodText(apiclient.MethodClientRings)
		case apiclient.MethodClientRings:
			return methodText(apiclient.MethodPerformerRings)
		case apiclient.MethodSkype:
		}
	}
	return methodText(b.Method)
}

func cardDetails(b apiclient.Booking) []wording.Text {
	var lines []wording.Text
	add := func(m wording.Message, place, value string) {
		if value != "" {
			lines = append(lines, m.With(wording.Args{place: wording.Name(value)}))
		}
	}
	add(msgCardPhone, "phone", b.PhoneNumber)
	add(msgCardSkype, "skype", b.SkypeName)
	add(msgCardTheirs, "phone", b.Other.PhoneNumber)
	add(msgCardTheirSkype, "skype", b.Other.SkypeName)
	add(msgCardComment, "comment", b.Comments)
	add(msgCardReason, "reason", b.RejectedReason)
	add(msgCardReason, "reason", b.CancelledReason)
	if b.Other.Ratings > 0 {
		lines = append(lines, msgCardRatings.With(wording.Args{"rating": b.Other.Rating, "ratings": b.Other.Ratings}))
	}
	add(msgCardNext, "step", b.NextStep)
	return lines
}

// snapshotOf is what is kept of a booking to notice its changes.
func snapshotOf(account store.AccountID, b apiclient.Booking) store.Snapshot {
	return store.Snapshot{
		Account: account, Side: string(b.Side), Booking: int64(b.ID), Status: string(b.Status), Credits: b.Credits.String(),
		Session: b.Session, AcceptBy: b.AcceptBy, Updated: b.LastUpdated, Duration: b.Duration, Nickname: b.Other.Nickname,
	}
}
