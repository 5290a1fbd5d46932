package store

import (
	"context"
	"errors"
	"fmt"
)

// Observe compares what was read with what was known, keeps the difference, and queues what is to be
// told about it: all of that happens, or none of it.
//
// Rows are bookings of one side of the account (their Account and Side are filled in here). A row older
// than what is stored (Updated) is a stale read and skipped. The first observation of a side stores
// silently what it did not know: hand it all pages at once. After that, notice is called for each
// booking that is new (old is nil) or changed and not muted, inside the transaction and maybe more than
// once: it only looks at what it is handed. Offered, Muted and the reminders are as in PutSnapshot. What did
// not change writes nothing, and where nothing did, there is no write transaction at all.
//
// An account that is gone, or not active, is ErrNotFound.
func (s *Store) Observe(ctx context.Context, account AccountID, side string, rows []Snapshot,
	notice func(old *Snapshot, now Snapshot) []Notification,
) error {
	var seen observation
	err := s.View(ctx, func(tx *Tx) (err error) {
		seen, err = tx.compare(account, side, rows)
		return err
	})
	if err == nil && seen.news() {
		err = s.Update(ctx, func(tx *Tx) error {
			seen, err := tx.compare(account, side, rows) // again: the world may have moved
			if err != nil {
				return err
			}
			return tx.keep(seen, notice)
		})
	}
	if err != nil {
		return fmt.Errorf("observe account %s: %w", account, err)
	}
	return nil
}

// observation is the difference between what was read and what was known.
type observation struct {
	poll    Poll
	side    string
	changes []change
}

type change struct {
	old *Snapshot // nil: not known before
	now Snapshot
}

func (o *observation) primed() *bool {
	if o.side == SideMade {
		return &o.poll.PrimedMade
	}
	return &o.poll.PrimedReceived
}

func (o *observation) news() bool { return len(o.changes) > 0 || !*o.primed() }

// compare finds the difference and writes nothing.
func (tx *Tx) compare(id AccountID, side string, rows []Snapshot) (observation, error) {
	account, err := tx.Account(id)
	if err != nil {
		return observation{}, err
	}
	if account.State != AccountActive {
		return observation{}, fmt.Errorf("account is %s: %w", account.State, ErrNotFound)
	}
	seen := observation{side: side}
	if seen.poll, err = tx.Poll(id); err != nil {
		return observation{}, err
	}
	known := make(map[int64]Snapshot, len(rows)) // rows may be repeated where pages meet
	for _, now := range rows {
		now.Account, now.Side = id, side
		old, repeated := known[now.Booking]
		if !repeated {
			old, err = tx.Snapshot(id, side, now.Booking)
		}
		switch {
		case errors.Is(err, ErrNotFound):
			now = now.after(nil)
			seen.changes = append(seen.changes, change{nil, now})
			err = nil
		case err != nil:
			return observation{}, err
		case old.Updated.After(now.Updated) || old.same(now):
			continue
		default:
			now = now.after(&old)
			seen.changes = append(seen.changes, change{&old, now})
		}
		known[now.Booking] = now.utc()
	}
	return seen, nil
}

// keep writes an observation down and queues its notices.
func (tx *Tx) keep(seen observation, notice func(*Snapshot, Snapshot) []Notification) error {
	for _, c := range seen.changes {
		if err := tx.PutSnapshot(c.now); err != nil {
			return err
		}
		if c.now.Muted || c.old == nil && !*seen.primed() {
			continue
		}
		for _, n := range notice(c.old, c.now) {
			if n.Account != c.now.Account {
				return errors.New("a notice for another account")
			}
			if err := tx.Enqueue(n); err != nil {
				return err
			}
		}
	}
	if *seen.primed() {
		return nil
	}
	*seen.primed() = true
	return tx.PutPoll(seen.poll)
}
