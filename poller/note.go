package poller

import (
	"context"
	"errors"
	"fmt"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// stop notes that the platform refuses the token and asks the person, once, to sign in: both, or neither. A token
// that was replaced while this one was tried is not judged by it.
func (l *look) stop(ctx context.Context) error {
	notice := l.notification(alert.SignIn, store.Snapshot{}, l.cfg.Now())
	err := l.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		l.gone, err = tx.StopAccount(l.e.id, l.account.Linked, notice)
		return err
	})
	if err != nil {
		return fmt.Errorf("stop account: %w", err)
	}
	l.every = l.cfg.Min
	if l.gone {
		l.log.Warn().Stringer("account", l.e.id).Msg("token refused: account stopped")
		l.cfg.Queued()
	}
	return nil
}

// note writes down what a restart must not forget, if it is not as it was: about how long the account is left alone,
// and what its person was told of lists that are not shown.
func (l *look) note(ctx context.Context) error {
	refused := l.e.lists[0].refused || l.e.lists[1].refused && l.e.offers
	if !refused && l.err != nil {
		refused = l.e.refused // who knows
	}
	every := class(l.every, l.cfg.Min)
	if every == l.e.noted && refused == l.e.refused && len(l.lost) == 0 {
		return nil
	}
	now, lost := l.cfg.Now(), 0
	err := l.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		plan, err := tx.Poll(l.e.id)
		if err != nil {
			return err
		}
		if refused && !plan.Refused {
			err = tx.Enqueue(l.notification(alert.NoAccess, store.Snapshot{}, now))
		}
		plan.Every, plan.Failures, plan.Refused = l.every, int(l.e.failures), refused
		if err = errors.Join(err, tx.PutPoll(plan)); err != nil {
			return err
		}
		lost = 0
		for _, member := range l.lost {
			watch, err := tx.Watch(l.e.id, member)
			if errors.Is(err, store.ErrNotFound) { // nobody watches them any more
				continue
			}
			watch.Primed, watch.Lost = false, true
			about := store.Snapshot{Side: store.SideReceived, Member: member, Nickname: watch.Nickname}
			err = errors.Join(err, tx.DeleteWatch(l.e.id, member), tx.PutWatch(watch)) // nothing is told of them any more
			if err = errors.Join(err, tx.Enqueue(l.notification(alert.NoAccess, about, now))); err != nil {
				return err
			}
			lost++
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note poll: %w", err)
	}
	if refused && !l.e.refused || lost > 0 {
		l.log.Warn().Stringer("account", l.e.id).Bool("own", refused && !l.e.refused).Int("members", lost).Msg("bookings are not shown")
		l.cfg.Queued()
	}
	if l.e.refused && !refused {
		l.log.Info().Stringer("account", l.e.id).Msg("bookings are shown again")
	}
	l.e.noted, l.e.refused = every, refused
	return nil
}

// tell logs the first failure in a row aloud, the others quietly, and the end of them. While nobody is answered there
// is one line about that, and not one for each account.
func (l *look) tell(failure error, before int32) {
	switch {
	case failure == nil && before > 0:
		l.log.Info().Stringer("account", l.e.id).Int32("failures", before).Msg("poll works again")
	case failure == nil:
	case before > 0 || l.nobodyAnswers():
		l.log.Debug().Stringer("account", l.e.id).Int32("attempt", l.e.failures).AnErr("err", failure).Msg("poll failed again")
	default:
		l.log.Warn().Stringer("account", l.e.id).AnErr("err", failure).Msg("poll failed")
	}
}
