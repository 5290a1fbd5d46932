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
		if muted {
			if err := v.dropNews(tx, b); err != nil {
				return err
			}
		}
		return tx.Mute(v.account.ID, string(b.Side), int64(b.ID), muted)
	})
	if err != nil {
		return fmt.Errorf("mute: %w", err)
	}
	return v.screen(v.cardView(b, ref, note.Text()))
}

// dropNews takes the news of a booking off the queue that has not been told yet.
func (v *visit) dropNews(tx *store.Tx, b apiclient.Booking) error {
	for n, err := range tx.Notices(v.account.ID) {
		if err != nil || n.Kind == alert.Reminder || n.Side != string(b.Side) || n.Booking != int64(b.ID) {
			continue // one that does not open is the outbox's to complain of
		}
		if err := tx.DeleteNotification(n.Account, n.ID); err != nil {
			return err
		}
	}
	return nil
}
