package conversations

import (
	"errors"
	"fmt"
	"slices"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgCardMade     = msg("card.title_made", "<b>Booking #{id}</b>: you asked <b>{name}</b>")
	msgCardReceived = msg("card.title_received", "<b>Request #{id}</b> from <b>{name}</b>")
	msgCardFor      = msg("card.title_made_for", "<b>Booking #{id}</b>: {member} asked <b>{name}</b>")
	msgMethodRings  = msg("method.member_rings", "{member} rings them")
	msgMethodRung   = msg("method.member_is_rung", "They ring {member}")
	msgCardStatus   = msg("card.status", "Status: <b>{status}</b>")
	msgCardWhen     = msg("card.when", "When: {when}, {minutes} min")
	msgCardMethod   = msg("card.method", "Call: {method}")
	msgCardCredits  = msg("card.credits", "Credits: {credits}")
	msgCardChanged  = msg("card.credits_changed", "Credits: <b>{credits}</b> (you offered {offered})")
	msgCardAsked    = msg("card.credits_asked", "Credits: <b>{credits}</b> (they offered {offered})")
	msgCardTooLate  = msg("card.too_late", "Too late to accept.")
	msgCardReply    = msg("card.reply_by", "Reply by: {when}")
	msgCardComment  = msg("card.comment", "Comment: <tg-spoiler>{comment}</tg-spoiler>")
	msgCardReason   = msg("card.reason", "Reason: {reason}")
	msgCardNext     = msg("card.next", "Next: {step}")
	msgCardRatings  = msg("card.ratings", "Rating: {rating} from {ratings} ratings")
	msgKeyBackList  = msg("card.key_list", "Back to the list")

	msgKeyAccept    = msg("card.key_accept", "Accept for {credits} credits")
	msgKeyAmount    = msg("card.key_amount", "Other amount")
	msgKeyDecline   = msg("card.key_decline", "Decline")
	msgKeyReInvite  = msg("card.key_reinvite", "Re-invite")
	msgKeyConfirm   = msg("card.key_confirm", "Confirm for {credits} credits")
	msgKeyCancel    = msg("card.key_cancel", "Cancel booking")
	msgKeyCallAgain = msg("card.key_again", "Call again in 5-10 minutes")
	msgKeyRemove    = msg("card.key_remove", "Remove from list")
	msgKeyDetails   = msg("card.key_details", "Call details")
	msgKeyCalendar  = msg("card.key_calendar", "Add to calendar")
	msgKeyRemind    = msg("card.key_remind", "Remind me")
	msgKeyMute      = msg("card.key_mute", "Mute")
	msgKeyUnmute    = msg("card.key_unmute", "Unmute")
	msgKeyRebook    = msg("card.key_rebook", "Book again")

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
	if lapsed(b, v.clock.now()) {
		return msgStatusExpired.Text()
	}
	return statusWord(b.Status)
}

// statusWord names a state, whatever the time.
func statusWord(status apiclient.Status) wording.Text {
	switch status {
	case apiclient.StatusPending:
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
		return msgStatusOther.With(wording.Args{"status": wording.Name(inLine(string(status)))})
	}
}

// card reads one booking again and shows it with what can be done.
func (v *visit) card(ref cardRef) error {
	var b apiclient.Booking
	var view flow.View
	err := v.slowly(func() (err error) {
		if b, err = v.booking(ref.side, ref.id); err == nil {
			view = v.cardView(b, ref, wording.Text{})
		}
		return err
	})
	if err != nil {
		return v.sorry(fmt.Errorf("read booking: %w", err), "card", ref.String())
	}
	if err := v.screen(view); err != nil {
		return err
	}
	return v.opened(b)
}

// opened notes that the person has seen a booking as it is now: it raises no alert, and what the client offered
// is known when the performer asks for another amount. A card that did not reach the chat was not seen.
func (v *visit) opened(b apiclient.Booking) error {
	if v.as.Member != 0 {
		return nil
	}
	kept, err := v.snapshot(b)
	if err == nil && kept.Status == string(b.Status) && kept.Credits == b.Credits.String() && kept.Session.Equal(b.Session) {
		return nil
	}
	return v.change(func(tx *store.Tx, _ *store.Chat) error { return v.seen(tx, b) })
}

// cardView draws a booking with exactly the actions that it allows now.
func (v *visit) cardView(b apiclient.Booking, ref cardRef, note wording.Text) flow.View {
	title := msgCardMade
	if b.Side == received {
		title = msgCardReceived
	}
	credits := msgCardCredits
	offered := v.offered(b)
	switch {
	case offered != "" && b.Side == received:
		credits = msgCardAsked
	case offered != "":
		credits = msgCardChanged
	}
	view := flow.View{}
	if !note.IsZero() {
		view.Body = append(view.Body, note)
	}
	if b.Side == made && v.as.Member != 0 {
		title = msgCardFor
	}
	view.Body = append(view.Body,
		title.With(wording.Args{"id": int64(b.ID), "name": memberName(b.Other.Nickname, int64(b.Other.ID)), "member": v.member()}),
		msgCardStatus.With(wording.Args{"status": v.statusText(b)}),
		msgCardWhen.With(wording.Args{"when": v.clock.moment(b.Session), "minutes": b.Duration}),
		msgCardMethod.With(wording.Args{"method": v.methodTextFor(b)}),
		credits.With(wording.Args{"credits": b.Credits.String(), "offered": offered}),
	)
	if b.Status == apiclient.StatusPending {
		view.Body = append(view.Body, msgCardReply.With(wording.Args{"when": v.clock.moment(b.AcceptBy)}))
	}
	if v.as.Member != 0 {
		b.NextStep = "" // the member's, in words to them
	}
	view.Body = append(view.Body, cardDetails(b)...)
	view = v.withActions(view, b, ref)
	row := []flow.Button{v.button(msgKeyRefresh, "card", ref.String())}
	if ref.from.page > 0 {
		row = append(row, v.button(msgKeyBackList, "list", ref.from.String()))
	}
	view.Rows = append(view.Rows, row, v.homeRow())
	return view
}

// withActions adds the buttons, and a line where one is wanted that the balance does not allow.
func (v *visit) withActions(view flow.View, b apiclient.Booking, ref cardRef) flow.View {
	rows := v.withUnmute(actions(b, v.clock.now()), b)
	if v.as.Member != 0 {
		rows = lookingActions(rows)
	}
	short := v.unpaid(b, rows)
	if !short.IsZero() {
		view.Body = append(view.Body, short)
	}
	if b.Side == received && lapsed(b, v.clock.now()) && b.Session.After(v.clock.now()) && v.as.Member == 0 {
		view.Body = append(view.Body, msgCardTooLate.Text())
	}
	for i, actions := range rows {
		var row []flow.Button
		for _, a := range actions {
			if !short.IsZero() && (a == actConfirm || a == actAgain) {
				continue
			}
			key := v.button(actionLabel(a), string(a), ref.String())
			credits := b.Credits
			if a == actAccept {
				credits = credits.RoundUp() // as it is sent
			}
			key.Label = actionLabel(a).With(wording.Args{"credits": credits.String()})
			switch {
			case a == actCancel || a == actCallOff || a == actDecline:
				key.Style = flow.StyleDanger
			case i == 0 && len(actions) == 1:
				key.Style = flow.StylePrimary
			}
			row = append(row, key)
		}
		if len(row) > 0 {
			view.Rows = append(view.Rows, row)
		}
	}
	return view
}

// unpaid says that the balance does not cover what the card would offer to pay; a balance that cannot be read
// keeps nothing back.
func (v *visit) unpaid(b apiclient.Booking, rows [][]action) wording.Text {
	pays := func(row []action) bool { return slices.Contains(row, actConfirm) || slices.Contains(row, actAgain) }
	if !slices.ContainsFunc(rows, pays) {
		return wording.Text{}
	}
	balance, err := v.balance()
	if err != nil {
		return wording.Text{}
	}
	return tooShort(bookingFact{Credits: b.Credits, Balance: balance})
}

// withUnmute offers alerts again for a booking without them, for as long as it can have any.
func (v *visit) withUnmute(rows [][]action, b apiclient.Booking) [][]action {
	if !v.muted(b) {
		return rows
	}
	for _, row := range rows {
		if i := slices.Index(row, actMute); i >= 0 {
			row[i] = actUnmute
			return rows
		}
	}
	if isOpen(b) && ends(b).After(v.clock.now()) {
		rows = append(rows, []action{actUnmute})
	}
	return rows
}

func actionLabel(a action) wording.Message {
	return map[action]wording.Message{
		actAccept: msgKeyAccept, actAmount: msgKeyAmount, actDecline: msgKeyDecline, actReInvite: msgKeyReInvite,
		actConfirm: msgKeyConfirm, actCancel: msgKeyCancel, actCallOff: msgKeyCancel, actAgain: msgKeyCallAgain,
		actRemove: msgKeyRemove, actDetails: msgKeyDetails, actCalendar: msgKeyCalendar, actRemind: msgKeyRemind,
		actMute: msgKeyMute, actUnmute: msgKeyUnmute, actRebook: msgKeyRebook,
	}[a]
}

// offered is what the client offered, where the performer asked for another amount; else empty.
func (v *visit) offered(b apiclient.Booking) string {
	kept, err := v.snapshot(b)
	if err != nil || kept.Offered == "" {
		return ""
	}
	offer, err := apiclient.ParseCredits(kept.Offered)
	if err != nil || offer.Equal(b.Credits) {
		return ""
	}
	return offer.String()
}

// muted: the person wants no alerts about this booking.
func (v *visit) muted(b apiclient.Booking) bool {
	kept, err := v.snapshot(b)
	return err == nil && kept.Muted
}

// snapshot is what is kept of a booking. Nothing is kept of those of a member of the group.
func (v *visit) snapshot(b apiclient.Booking) (kept store.Snapshot, err error) {
	if v.as.Member != 0 {
		return kept, store.ErrNotFound
	}
	err = v.db.View(v.ctx, func(tx *store.Tx) error {
		kept, err = tx.Snapshot(v.account.ID, string(b.Side), int64(b.ID))
		return err
	})
	return kept, err
}

// member is whom the account acts for now.
func (v *visit) member() any { return memberName(v.as.Nickname, v.as.Member) }

// methodTextFor turns the method's wording round for the performer, who is "they" to the client; a manager
// is neither.
func (v *visit) methodTextFor(b apiclient.Booking) wording.Text {
	if v.as.Member != 0 {
		rings := b.Method == apiclient.MethodClientRings // the member
		if b.Side == received {
			rings = b.Method == apiclient.MethodPerformerRings
		}
		switch {
		case b.Method != apiclient.MethodPerformerRings && b.Method != apiclient.MethodClientRings:
			return methodText(b.Method)
		case rings:
			return msgMethodRings.With(wording.Args{"member": v.member()})
		}
		return msgMethodRung.With(wording.Args{"member": v.member()})
	}
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
	add := func(m wording.Message, place, value string) { lines = append(lines, quoted(m, place, value)...) }
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
