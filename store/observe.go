package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Look is what was read of one list of bookings: of one side of an account, or received by a member of its group
// whom it watches.
type Look struct {
	Account AccountID
	Side    string           // SideReceived for a member
	Member  int64            // 0: the account itself
	Rows    []Snapshot       // their Account, Side and Member are filled in
	At      time.Time        // when it was read
	NewID   func() uuid.UUID // of what is queued to come before a booking's times: version 7

	// Notice says what is told of a booking that is new (old is nil) or changed. It is called inside the transaction
	// and maybe more than once: it only looks at what it is handed.
	Notice func(old *Snapshot, now Snapshot) []Notification
}

// Observe compares what was read with what was known, keeps the difference, and queues what is to be told about it
// and what is to come before the times of those bookings (Schedule): all of that happens, or none of it. It answers
// the bookings that were known before and changed, or are new since the list was first seen.
//
// A row older than what is stored (Updated) is a stale read and skipped. So is one that is not known and long over: it was
// forgotten (Sweeper), or would be. What is stored and does not open counts as not known: one damaged row keeps no other
// from being told. The first observation of a list stores silently what it did not know: hand it all pages at once. After
// that, Notice is called for each booking that is new or changed and not muted. Offered, Muted and the reminders are as in
// PutSnapshot. What did not change writes nothing, and where nothing did, there is no write transaction at all.
//
// An account that is gone, or not active, and a member who is not watched is ErrNotFound.
func (s *Store) Observe(ctx context.Context, look Look) (changed []int64, err error) {
	var seen observation
	err = s.View(ctx, func(tx *Tx) (err error) {
		seen, err = tx.compare(look)
		return err
	})
	if err == nil && seen.news() {
		look.Rows = seen.among(look.Rows)
		err = s.Update(ctx, func(tx *Tx) (err error) {
			if seen, err = tx.compare(look); err != nil { // again: the world may have moved
				return err
			}
			return tx.keep(seen, look)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("observe account %s: %w", look.Account, err)
	}
	return seen.told(), nil
}

// observation is the difference between what was read and what was known.
type observation struct {
	account Account
	poll    Poll
	watch   Watch // of a member of the group
	side    string
	changes []change
}

type change struct {
	old *Snapshot // nil: not known before
	now Snapshot
}

func (o *observation) primed() *bool {
	switch {
	case o.watch.Member != 0:
		return &o.watch.Primed
	case o.side == SideMade:
		return &o.poll.PrimedMade
	}
	return &o.poll.PrimedReceived
}

func (o *observation) news() bool { return len(o.changes) > 0 || !*o.primed() }

// silent: a booking of the first look at a list.
func (o *observation) silent(c change) bool { return c.old == nil && !*o.primed() }

// told lists the bookings that changed, but for those that were seen for the first time with the list itself.
func (o *observation) told() (bookings []int64) {
	for _, c := range o.changes {
		if !o.silent(c) {
			bookings = append(bookings, c.now.Booking)
		}
	}
	return bookings
}

// among are the rows of bookings that changed.
func (o *observation) among(rows []Snapshot) (some []Snapshot) {
	for _, row := range rows {
		if slices.ContainsFunc(o.changes, func(c change) bool { return c.now.Booking == row.Booking }) {
			some = append(some, row)
		}
	}
	return some
}

// compare finds the difference and writes nothing.
func (tx *Tx) compare(look Look) (seen observation, err error) {
	seen.side = look.Side
	if seen.account, err = tx.Account(look.Account); err != nil {
		return observation{}, err
	}
	if seen.account.State != AccountActive {
		return observation{}, fmt.Errorf("account is %s: %w", seen.account.State, ErrNotFound)
	}
	if look.Member != 0 {
		seen.watch, err = tx.Watch(look.Account, look.Member)
	} else {
		seen.poll, err = tx.Poll(look.Account)
	}
	if err != nil {
		return observation{}, err
	}
	found := map[int64]Snapshot{} // what changed: rows may be repeated where pages meet
	for _, now := range look.Rows {
		now.Account, now.Side, now.Member = look.Account, look.Side, look.Member
		old, repeated := found[now.Booking]
		if !repeated {
			old, err = tx.Snapshot(look.Account, look.Side, now.Booking)
		}
		switch {
		case unknown(err) && now.longOver(look.At, Retention-sweepMargin):
			err = nil
			continue
		case unknown(err):
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
		found[now.Booking] = now.utc()
	}
	return seen, nil
}

// keep writes an observation down, and queues its notices and what is to come.
func (tx *Tx) keep(seen observation, look Look) error {
	for _, c := range seen.changes {
		if err := tx.PutSnapshot(c.now); err != nil {
			return err
		}
		if err := tx.Schedule(seen.account, c.now, look.At, look.NewID); err != nil {
			return err
		}
		if c.now.Muted || seen.silent(c) {
			continue
		}
		for _, n := range look.Notice(c.old, c.now) {
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
	return tx.prime(seen)
}

// prime notes that a list was seen once: what is new there is news from now on.
func (tx *Tx) prime(seen observation) error {
	*seen.primed() = true
	if seen.watch.Member != 0 {
		return tx.PutWatch(seen.watch)
	}
	return tx.PutPoll(seen.poll)
}
