package login

import (
	"context"
	"fmt"
	"slices"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// Words lists the sign-ins of a chat that there is something to say of, oldest first: those that are over,
// with their Word, and one whose tokens have arrived, Claimed or not. Neither codes nor tokens are in it.
// Nothing is changed: whoever has said how one ended drops it from the store, if it is still over. Until
// then Told is called for its chat at every tick.
func (l *Login) Words(ctx context.Context, chat flow.ChatID) ([]store.SignIn, error) {
	now := l.cfg.Now()
	var words []store.SignIn
	err := l.cfg.Store.View(ctx, func(tx *store.Tx) error {
		for _, s := range ofChat(tx, chat) {
			// One whose time is up is neither: the next sweep ends it, and what is said before would be said twice.
			if tellable(s) || s.Stage == store.SignInArrived && now.Before(s.Ends) {
				s.Code, s.Token, s.Refresh = "", secret.String{}, secret.String{}
				words = append(words, s)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("words of sign-in: %w", err)
	}
	return words, nil
}

// tellable reports whether a sign-in is over in a way that its chat has to hear of.
func tellable(s store.SignIn) bool { return s.Stage == store.SignInOver && s.Word != wordReplaced }

// sweep ends what has come to its time, forgets what is long over, and has the chats told that have yet to
// hear how theirs ended. At the start these are also the ones whose tokens have arrived: a stop may have kept
// it from them.
func (l *Login) sweep(ctx context.Context, atStart bool) {
	now := l.cfg.Now()
	l.forget(now)
	var all []store.SignIn
	err := l.cfg.Store.View(ctx, func(tx *store.Tx) error {
		all = signIns(tx)
		return nil
	})
	if err == nil && slices.ContainsFunc(all, func(s store.SignIn) bool { return dueAt(s, now) }) {
		err = l.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
			all, err = tidy(tx, now)
			return err
		})
	}
	if err != nil {
		l.sweepFailed(ctx, err)
		return
	}
	var owed []flow.ChatID
	for _, s := range all {
		if (tellable(s) || atStart && s.Stage == store.SignInArrived) && !slices.Contains(owed, s.Chat) {
			owed = append(owed, s.Chat)
		}
	}
	l.tell(owed)
}

func dueAt(s store.SignIn, now time.Time) bool {
	_, changed := settle(s, now)
	return changed || forgettable(s, now)
}

// tidy ends and forgets what is due, and answers what is left.
func tidy(tx *store.Tx, now time.Time) (left []store.SignIn, err error) {
	for _, s := range signIns(tx) {
		if forgettable(s, now) {
			if err := tx.DropSignIn(s.State); err != nil {
				return nil, err
			}
			continue
		}
		s, changed := settle(s, now)
		if changed {
			if err := tx.PutSignIn(s); err != nil {
				return nil, err
			}
		}
		left = append(left, s)
	}
	return left, nil
}

func (l *Login) sweepFailed(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		l.log.Error().AnErr("err", err).Msg("cannot look after sign-ins: trying again")
	}
}

func (l *Login) tell(chats []flow.ChatID) {
	for _, chat := range chats {
		l.cfg.Told(chat)
	}
}
