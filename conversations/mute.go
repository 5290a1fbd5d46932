package conversations

import (
	"fmt"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgMuted   = msg("mute.on", "No alerts about this booking.")
	msgUnmuted = msg("mute.off", "Alerts about this booking are on.")
)

// mute and unmute are two actions, not one that changes sides: a press does what its button says, however
// often it comes. Unmuting is never refused.
func (v *visit) mute(ref cardRef) error {
	b, ok, err := v.allowed(actMute, ref)
	if !ok {
		return err
	}
	return v.setMuted(b, ref, true, msgMuted)
}

func (v *visit) unmute(ref cardRef) error {
	b, ok, err := v.reread(ref, string(actUnmute), ref.String())
	if !ok {
		return err
	}
	return v.setMuted(b, ref, false, msgUnmuted)
}

func (v *visit) setMuted(b apiclient.Booking, ref cardRef, muted bool, note wording.Message) error {
	err := v.change(func(tx *store.Tx, _ *store.Chat) error {
		if err := v.seen(tx, b); err != nil {
			return err
		}
		s, err := tx.Snapshot(v.account.ID, string(b.Side), int64(b.ID))
		if err != nil {
			return err
		}
		return v.keepQuiet(tx, s, muted)
	})
	if err != nil {
		return fmt.Errorf("mute: %w", err)
	}
	return v.screen(v.cardView(b, ref, note.Text()))
}

// keepQuiet notes that the person wants no alerts about a booking, and takes what waits to be told of it off the queue,
// but for the reminders that were set by hand; or that they want them again, with what is still to come of their own
// choices.
func (v *visit) keepQuiet(tx *store.Tx, s store.Snapshot, quiet bool) error {
	if quiet == s.Muted {
		return nil
	}
	if err := tx.Mute(s.Account, s.Side, s.Booking, quiet); err != nil {
		return err
	}
	if !quiet {
		return v.schedule(tx, s.Side, s.Booking)
	}
	if err := tx.Unschedule(s); err != nil {
		return err
	}
	for n, err := range tx.Notices(s.Account) {
		if err != nil || !isAbout(n, s) || n.Kind == alert.Reminder && !cameOfSnooze(n, s) {
			continue // one that does not open is the outbox's to complain of
		}
		if err := tx.DeleteNotification(n.Account, n.ID); err != nil {
			return err
		}
	}
	return clearSnooze(tx, s)
}

func isAbout(n store.Notification, s store.Snapshot) bool {
	return n.Side == s.Side && n.Booking == s.Booking && (n.Kind.OfBooking() || n.Kind.Timed())
}
