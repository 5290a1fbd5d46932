package outbox

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// deliver sends a message to a chat that was claimed for it, and writes down what came of it.
func (o *Outbox) deliver(ctx context.Context, planned Message) {
	m, some := o.anew(ctx, planned)
	if !some {
		return
	}
	begun := o.cfg.Now()
	err := o.send(ctx, m)
	ctx = context.WithoutCancel(ctx) // what happened is written down even while the program stops
	v := o.verdict(m, err)
	now := o.cfg.Now()
	o.countSent(m, v.Kind)
	calm := !errors.Is(err, errPanic) && o.weathered(v.Kind, now) // a panic is ours, and no failure of the messenger
	if err == nil {
		o.take(ctx, m, now)
	} else {
		o.failed(ctx, m, v, begun, now)
	}
	if calm {
		o.hurry(ctx, now)
	}
}

// anew arranges once more what is due for the account and chat of a message, now that it is sent: some of it may have
// been taken back or superseded since, and there may be more. False if nothing is left, or that cannot be found out.
func (o *Outbox) anew(ctx context.Context, planned Message) (m Message, some bool) {
	now := o.cfg.Now()
	state := o.known(now)
	delete(state.busy, planned.Chat)
	err := o.cfg.Store.View(ctx, func(tx *store.Tx) error {
		var due []store.Notification
		for n, err := range tx.Notices(planned.Account) {
			if err == nil && n.Chat == planned.Chat && !n.Due.After(now) {
				due = append(due, n)
			}
		}
		if p := arrange(due, o.gather(tx, due, state), now); len(p.send) > 0 {
			m, some = p.send[0], true
		}
		return ctx.Err()
	})
	if err != nil {
		return Message{}, false // the next look says why
	}
	o.fly(m)
	return m, some
}

// errPanic is a send that ended in a panic: a mistake of ours, which another try or two may get round.
var errPanic = errors.New("send panicked")

const mostPanics = 3

// verdict is what an error of a send means; zero for none.
func (o *Outbox) verdict(m Message, err error) Verdict {
	switch {
	case err == nil:
		return Verdict{}
	case !errors.Is(err, errPanic):
		if v := o.cfg.Sort(err); v.Kind != "" {
			return v
		}
		return Verdict{Kind: Doubtful}
	case m.News[0].Attempts+1 >= mostPanics:
		return Verdict{Kind: Permanent, Reason: errPanic.Error()}
	}
	return Verdict{Kind: Doubtful, Reason: errPanic.Error()}
}

// send calls the Sender with a context that outlives ctx by the grace.
func (o *Outbox) send(ctx context.Context, m Message) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil { // what was thrown may quote a message: its type will do
			err = fmt.Errorf("%w with a %T", errPanic, thrown)
			o.log.Error().Stringer("notification", m.News[0].ID).AnErr("err", err).Bytes("stack", debug.Stack()).Msg("a send panicked")
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
	err = o.cfg.Sender.Send(lasting, m)
	if !unwatch() {
		cancel()
		<-stopping
	}
	return err
}

// take takes what was told off the queue, and older news of the same bookings that waits for its time. What cannot
// be taken off is not sent again by this run.
func (o *Outbox) take(ctx context.Context, m Message, now time.Time) {
	err := o.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		told := map[subject]store.Notification{}
		for _, n := range m.News {
			if n.Kind.OfBooking() {
				told[bookingOf(n)] = n
			}
			if moved(tx, n) {
				continue
			}
			if err := o.finish(tx, n, now); err != nil {
				return err
			}
		}
		return outdo(tx, m.Account, told)
	})
	if err != nil {
		o.remember(m.News)
		o.log.Error().Stringer("notification", m.News[0].ID).AnErr("err", err).Msg("notifications cannot be taken off the queue")
		return
	}
	o.forget(m.News...)
}

// outdo takes older news off the queue than what was told of the same bookings.
func outdo(tx *store.Tx, account store.AccountID, told map[subject]store.Notification) error {
	if len(told) == 0 {
		return nil
	}
	for n, err := range tx.Notices(account) {
		if err != nil || !n.Kind.OfBooking() { // one that does not open is complained of when it is due
			continue
		}
		if newer, ok := told[bookingOf(n)]; !ok || !older(n, newer) {
			continue
		}
		if err := tx.DeleteNotification(n.Account, n.ID); err != nil {
			return err
		}
	}
	return nil
}

// finish takes a notification off the queue; a summary moves to the next day, as long as it is wanted.
func (o *Outbox) finish(tx *store.Tx, n store.Notification, now time.Time) error {
	if n.Kind == alert.Summary {
		account, err := tx.Account(n.Account)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if next := account.Alerts.Summary.Next(now, o.zone(account.Zone)); !next.IsZero() {
			n = n.Untried()
			n.Due = next
			return put(tx, n)
		}
	}
	return tx.DeleteNotification(n.Account, n.ID)
}

// failed writes down a send that began and failed.
func (o *Outbox) failed(ctx context.Context, m Message, v Verdict, begun, now time.Time) {
	out := judge(m, v, now, o.cfg.Random())
	if !out.hold.IsZero() {
		o.hold(m.Chat, hold{out.hold, len(out.again) > 0})
	}
	if out.alone {
		o.part(m.News)
	}
	level := zerolog.DebugLevel
	if len(out.drop) > 0 {
		level = zerolog.WarnLevel
	}
	for _, n := range m.News {
		o.log.WithLevel(level).Stringer("notification", n.ID).Str("kind", string(v.Kind)).Int("attempt", n.Attempts+1).
			Int("together", len(m.News)).Str("reason", v.Reason).Time("hold", out.hold).Msg("a notification was not delivered")
	}
	if err := o.write(ctx, m, out, begun, now); err != nil {
		o.log.Error().Stringer("notification", m.News[0].ID).AnErr("err", err).Msg("an attempt cannot be recorded")
		o.hold(m.Chat, hold{until: now.Add(longestDelay)}) // or it would be tried again and again
		return
	}
	o.countDropped(Refused, len(out.drop))
	o.forget(out.drop...)
}

func (o *Outbox) write(ctx context.Context, m Message, out outcome, begun, now time.Time) error {
	if len(out.again)+len(out.drop) == 0 && !out.pause {
		return nil // a hold is known to this run, and the next look writes it down for the whole chat
	}
	return o.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if out.pause && !back(tx, m.Chat, begun) {
			if err := tx.PauseAccount(m.Account, now); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		for _, n := range out.again {
			if moved(tx, n) {
				continue
			}
			if err := put(tx, n); err != nil {
				return err
			}
		}
		for _, n := range out.drop {
			if moved(tx, n) {
				continue
			}
			if err := o.finish(tx, n, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// back reports whether the person has done something in the chat since: a refusal of before says nothing then, and what
// was refused is tried again.
func back(tx *store.Tx, chat flow.ChatID, since time.Time) bool {
	known, err := tx.Chat(chat)
	return err == nil && known.LastUpdateAt.After(since)
}

// put writes a notification, unless it was taken back or superseded meanwhile, or its account is gone.
func put(tx *store.Tx, n store.Notification) error {
	if err := tx.PutNotification(n); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// moved reports whether something to come was moved with its booking while it was being sent: what came of the
// sending is then no matter, and it is sent once more when it is due.
func moved(tx *store.Tx, n store.Notification) bool {
	queued, err := tx.Notification(n.Account, n.ID)
	return err == nil && n.Kind.Timed() && !queued.Before().Equal(n.Before())
}

// mostHurried is how much is made due at once after a storm. What is left is due within longestDelay.
const mostHurried = 10000

// hurry makes due what waits only because sends have failed: the messenger is back.
func (o *Outbox) hurry(ctx context.Context, now time.Time) {
	over := o.calm()
	var list []postponed
	err := o.cfg.Store.View(ctx, func(tx *store.Tx) error {
		waiting, err := tx.DueBetween(now, now.Add(2*longestDelay), mostHurried)
		for _, n := range waiting {
			if until, held := over[n.Chat]; held && until.Equal(n.Due) {
				list = append(list, postponed{n, now})
			}
		}
		if len(waiting) > 0 {
			return nil // what does not open is complained of when it is due
		}
		return err
	})
	for some := range slices.Chunk(list, mostWritten) {
		err = errors.Join(err, o.postpone(ctx, some))
	}
	if err != nil {
		o.log.Error().AnErr("err", err).Msg("what waits for the messenger goes on waiting for a while")
	}
}
