package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"phonechatbot/store"
)

// look arranges what is due, and writes down what is to be dropped or to wait before anything is sent.
func (o *Outbox) look(ctx context.Context, now time.Time, room int) {
	o.list, o.read, o.next = nil, now, now.Add(o.cfg.Tick)
	var p plan
	var unread error // there is more than what could be read
	err := o.cfg.Store.View(ctx, func(tx *store.Tx) error {
		p, unread = o.plan(tx, now, room)
		if next, some := tx.NextDueAfter(now); some && next.Before(o.next) {
			o.next = next
		}
		return ctx.Err()
	})
	if err != nil {
		err = fmt.Errorf("read notifications: %w", err)
	} else if err = o.settle(ctx, p, now); err != nil {
		err = fmt.Errorf("drop notifications: %w", err)
	}
	if ctx.Err() != nil {
		return
	}
	o.complain(errors.Join(err, unread))
	if err != nil {
		return
	}
	o.list = p.send
	for _, n := range p.wait {
		if n.until.Before(o.next) {
			o.next = n.until
		}
	}
}

// plan reads what is due, and more of it where that leaves workers idle.
func (o *Outbox) plan(tx *store.Tx, now time.Time, room int) (plan, error) {
	state := o.known(now)
	for limit := window; ; limit *= 2 {
		due, unread := tx.Due(now, limit)
		full := len(due) == limit
		if full {
			last := now.Add(-recent)
			if end := due[limit-1].Due; end.After(last) {
				last = end
			}
			more, err := tx.DueBetween(last, now, window)
			due, unread = append(due, more...), errors.Join(unread, err)
		}
		p := arrange(due, o.gather(tx, due, state), now)
		if !full || len(p.send) >= room || limit >= widest {
			return p, unread
		}
	}
}

// gather reads what matters about notifications. What cannot be read counts as nothing: the rest is told as by default.
func (o *Outbox) gather(tx *store.Tx, due []store.Notification, s state) known {
	k := known{state: s, people: map[store.AccountID]person{}, snoozed: map[subject]time.Time{}, overtaken: map[uuid.UUID]bool{}}
	for _, n := range due {
		if _, read := k.people[n.Account]; !read {
			account, err := tx.Account(n.Account)
			if err != nil {
				account = store.Account{}
			}
			k.people[n.Account] = person{account.Alerts, o.zone(account.Zone), !account.Paused.IsZero()}
			if !account.Paused.IsZero() {
				k.parked = append(k.parked, parked(tx, n.Account)...)
			}
		}
		if n.Booking == 0 || n.Kind.Timed() {
			continue
		}
		snapshot, err := tx.Snapshot(n.Account, n.Side, n.Booking)
		if err != nil {
			continue
		}
		if !snapshot.Snoozed.IsZero() {
			k.snoozed[bookingOf(n)] = snapshot.Snoozed
		}
		if n.OutOfDate(snapshot) {
			k.overtaken[n.ID] = true
		}
	}
	return k
}

func parked(tx *store.Tx, account store.AccountID) (list []store.Notification) {
	for n, err := range tx.Notices(account) {
		if err == nil && n.Due.Equal(store.Parked()) {
			list = append(list, n)
		}
	}
	return list
}

// mostWritten is how much one transaction writes: others wait for it.
const mostWritten = 256

// settle writes what a plan says about notifications that are not sent now. What has changed since it was read is
// left to the next look.
func (o *Outbox) settle(ctx context.Context, p plan, now time.Time) error {
	for some := range slices.Chunk(p.drop, mostWritten) {
		err := o.cfg.Store.Update(ctx, func(tx *store.Tx) error {
			for _, n := range some {
				if err := o.discard(tx, n, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		o.dropped(some)
	}
	for some := range slices.Chunk(p.wait, mostWritten) {
		if err := o.postpone(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// postpone gives notifications a new Due, unless they have changed since they were read.
func (o *Outbox) postpone(ctx context.Context, list []postponed) error {
	return o.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		for _, n := range list {
			same, err := unchanged(tx, n.Notification)
			if err != nil {
				return err
			}
			if !same {
				continue
			}
			n.Due = n.until
			if err := tx.PutNotification(n.Notification); err != nil {
				return err
			}
		}
		return nil
	})
}

// discard takes off the queue what is not to be told.
func (o *Outbox) discard(tx *store.Tx, n dropped, now time.Time) error {
	same, err := unchanged(tx, n.Notification)
	switch {
	case err != nil || !same:
		return err
	case n.why == Superseded:
		return tx.DeleteNotification(n.Account, n.ID)
	}
	return o.finish(tx, n.Notification, now)
}

// unchanged reports whether a notification is queued as it was read.
func unchanged(tx *store.Tx, n store.Notification) (bool, error) {
	queued, err := tx.Notification(n.Account, n.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return queued == n, err
}

// dropped counts what was discarded.
func (o *Outbox) dropped(list []dropped) {
	for _, n := range list {
		o.forget(n.Notification)
		if n.why != delivered {
			o.countDropped(n.why, 1)
		}
		if n.why == Expired {
			o.log.Warn().Stringer("notification", n.ID).Int("attempt", n.Attempts).Msg("notification given up: it was tried for too long")
		}
	}
}
