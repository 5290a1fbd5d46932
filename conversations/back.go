package conversations

import (
	"fmt"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// fromPerson: somebody did something in the chat, so that it takes messages. What our own house sends says nothing.
func fromPerson(kind flow.EventKind) bool {
	switch kind {
	case flow.EventCommand, flow.EventText, flow.EventPress, flow.EventContact, flow.EventOther, flow.EventEdited, flow.EventBack:
		return true
	case flow.EventResume, flow.EventSignIn, flow.EventLeft, flow.EventChanged:
	}
	return false
}

// awaited: somebody waits for an answer.
func awaited(kind flow.EventKind) bool { return fromPerson(kind) && kind != flow.EventBack }

// welcome has the first write of this visit resume an account whose alerts wait, as the messenger refused the chat.
func (v *visit) welcome() {
	if v.account != nil && !v.account.Paused.IsZero() && fromPerson(v.event.Kind) {
		v.resumes, v.account.Paused = v.account.ID, time.Time{}
	}
}

// resumed has the alerts go on that wait for the person. It comes before all else that is written: what is known here
// of the account says already that they do.
func (v *visit) resumed(tx *store.Tx) error {
	if v.resumes.IsZero() {
		return nil
	}
	if _, err := tx.ResumeAccount(v.resumes, v.clock.now()); err != nil {
		return fmt.Errorf("resume alerts: %w", err)
	}
	return nil
}

// wake tells whoever sends, once it is written down that something was queued, or is due at another time.
func (v *visit) wake() {
	if v.resumes.IsZero() && !v.queues {
		return
	}
	v.resumes, v.queues = store.AccountID{}, false
	v.queued()
}

// comeOrGone notes that the person has blocked the bot, or lets it speak again. Nothing is said to either: what is owed
// to who is back is told by whoever sends it.
func (v *visit) comeOrGone() error {
	switch {
	case v.account == nil || v.repeated():
		return nil
	case v.event.Kind == flow.EventBack:
		return v.save(nil)
	case !v.account.Paused.IsZero() || v.overtaken():
		return nil
	}
	return v.save(func(tx *store.Tx, _ *store.Chat) error { return tx.PauseAccount(v.account.ID, v.clock.now()) })
}

// overtaken: the person has done something since. Once numbers begin anew it may be taken for that, and then the first
// message that is refused tells.
func (v *visit) overtaken() bool {
	return v.chat.Bot == v.bot && v.event.Update < v.chat.LastUpdate
}
