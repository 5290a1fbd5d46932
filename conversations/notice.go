package conversations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgKeyAgain  = msg("alert.key_sign_in", "Sign in again")
	msgAlert     = msg("alert.discreet", "An appointment was updated.")
	msgKeyOpen   = msg("alert.key_open", "Open")
	msgReminder  = msg("alert.reminder", "A reminder: you have an appointment in about {lead}.")
	msgUnchecked = msg("alert.reminder_unchecked", "A reminder: you have an appointment in about {lead}. I could not check whether it still stands.")
	msgLeadDays  = msg("alert.days", "{days} days")
	msgLeadHours = msg("alert.hours", "{hours} hours")
	msgAlertGone = msg("alert.sign_in", "Please sign in again: the site no longer accepts your sign-in. Alerts have paused until then; a form you have open is kept.")
)

// Notice is the text of an alert: discreet, with nothing on it that a lock screen should not show.
func Notice(n store.Notification) flow.View {
	if n.Kind == alert.SignIn {
		return flow.View{
			Body: []wording.Text{msgAlertGone.Text()},
			Rows: [][]flow.Button{{{Label: msgKeyAgain.Text(), Press: flow.Press{Of: accountTag(n.Account), Action: "signin"}}}},
		}
	}
	return openView(n, msgAlert.Text())
}

// Alert is what to say of news of one account, in one message, as its person wants it; false if there is nothing left
// to say. What is to come at a time (alert.Kind.Timed) is read again.
func (d *Desk) Alert(ctx context.Context, _ store.AccountID, news []store.Notification) (view flow.View, say bool, err error) {
	if n := news[0]; n.Kind == alert.Reminder {
		return d.Reminder(ctx, n)
	}
	return Notice(news[0]), true, nil
}

// openView is a text with the button that opens the booking it is about.
func openView(n store.Notification, text wording.Text) flow.View {
	ref := cardRef{side: apiclient.Side(n.Side), id: apiclient.BookingID(n.Booking)}
	return flow.View{
		Body: []wording.Text{text},
		Rows: [][]flow.Button{{{
			Label: msgKeyOpen.Text(), Style: flow.StylePrimary,
			Press: flow.Press{Of: accountTag(n.Account), Action: "card", Value: ref.String()},
		}}},
	}
}

// Reminder is what to say of a reminder now that its time has come: the booking is read again, and of one that
// does not stand any more nothing is said. One whose call was moved is put off until it is due again.
func (d *Desk) Reminder(ctx context.Context, n store.Notification) (view flow.View, say bool, err error) {
	var account store.Account
	err = d.db.View(ctx, func(tx *store.Tx) (err error) {
		account, err = tx.Account(n.Account)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return flow.View{}, false, nil
	}
	if err != nil {
		return flow.View{}, false, fmt.Errorf("remind: %w", err)
	}
	now, text := d.clock.now(), msgUnchecked
	if account.State == store.AccountActive {
		b, err := d.api.Booking(ctx, apiclient.Caller{Tokens: d.tokens(account), Background: true}, apiclient.Side(n.Side), apiclient.BookingID(n.Booking))
		switch {
		case isNotFound(err), err == nil && (!agreed(b) || !b.Session.After(now)):
			return flow.View{}, false, nil
		case err == nil && !b.Session.Equal(n.Session):
			return flow.View{}, false, d.putOff(ctx, n, b.Session)
		case err == nil:
			text = msgReminder
		case ctx.Err() != nil:
			return flow.View{}, false, fmt.Errorf("remind: %w", err)
		}
	}
	if !n.Session.After(now) {
		return flow.View{}, false, nil
	}
	return openView(n, text.With(wording.Args{"lead": untilText(n.Session.Sub(now))})), true, nil
}

// putOff has a reminder follow its call, unless it was taken back meanwhile.
func (d *Desk) putOff(ctx context.Context, n store.Notification, session time.Time) error {
	n.Session, n.Due = session, session.Add(-n.Lead)
	err := d.db.Update(ctx, func(tx *store.Tx) error { return tx.PutNotification(n) })
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("put a reminder off: %w", err)
	}
	return nil
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
