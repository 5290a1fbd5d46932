package outbox

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// deliver sends one notification and writes down what came of it.
func (o *Outbox) deliver(ctx context.Context, n store.Notification) {
	err := o.send(ctx, n)
	ctx = context.WithoutCancel(ctx) // what happened is written down even while the program stops
	if err == nil {
		o.take(ctx, n)
		return
	}
	verdict := o.cfg.Sort(err)
	now := o.cfg.Now()
	after, again := next(n, verdict, now, o.cfg.Random())
	if !again {
		o.log.Warn().Stringer("notification", n.ID).Str("kind", string(verdict.Kind)).Int("attempt", after.Attempts).
			Str("reason", verdict.Reason).Msg("notification given up")
		o.take(ctx, n)
		return
	}
	o.log.Debug().Stringer("notification", n.ID).Str("kind", string(verdict.Kind)).Int("attempt", after.Attempts).
		Str("reason", verdict.Reason).Time("due", after.Due).Msg("notification is tried again")
	o.hold(n.Chat, after.Due)
	err = o.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if moved(tx, n) {
			return nil
		}
		return tx.PutNotification(after)
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) { // not found: unlinked, or superseded, meanwhile
		o.log.Error().Stringer("notification", n.ID).AnErr("err", err).Msg("an attempt cannot be recorded")
	}
}

// errPanic is judged by Sort like any failure that nobody knows: the notification is tried again a few times.
var errPanic = errors.New("send panicked")

// send calls the Sender with a context that outlives ctx by the grace.
func (o *Outbox) send(ctx context.Context, n store.Notification) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil { // what was thrown may quote a message: its type will do
			err = fmt.Errorf("%w with a %T", errPanic, thrown)
			o.log.Error().Stringer("notification", n.ID).AnErr("err", err).Bytes("stack", debug.Stack()).Msg("a send panicked")
		}
	}()
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stopping := make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(stopping)
		end := time.NewTimer(grace)
		defer end.Stop()
		select {
		case <-end.C:
			cancel()
		case <-lasting.Done():
		}
	})
	err = o.cfg.Sender.Send(lasting, Message{Account: n.Account, Chat: n.Chat, News: []store.Notification{n}})
	if !unwatch() {
		cancel()
		<-stopping
	}
	return err
}

// take takes a notification off the queue. One that cannot be taken off is not sent again by this run.
func (o *Outbox) take(ctx context.Context, n store.Notification) {
	err := o.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if moved(tx, n) {
			return nil
		}
		return tx.DeleteNotification(n.Account, n.ID)
	})
	if err != nil {
		o.remember(n.ID)
		o.log.Error().Stringer("notification", n.ID).AnErr("err", err).Msg("notification cannot be taken off the queue")
	}
}

// moved reports whether a reminder was moved with its call while it was being sent: what came of the
// sending is then no matter, and it is sent once more when it is due.
func moved(tx *store.Tx, n store.Notification) bool {
	queued, err := tx.Notification(n.Account, n.ID)
	return err == nil && n.Kind == alert.Reminder && !queued.Session.Equal(n.Session)
}
