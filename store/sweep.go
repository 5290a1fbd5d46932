package store

import (
	"context"
	"fmt"
	"time"
)

const (
	// Retention is how long a booking is kept once it is over.
	Retention = 30 * 24 * time.Hour
	// sweepMargin is how much sooner a booking that is not known counts as long over, so that what a sweep has just
	// forgotten is not taken for new: by a look that began before, or after the clock was put back a little.
	sweepMargin = 24 * time.Hour

	sweepEvery = 24 * time.Hour
	sweepAgain = time.Hour // after a failure

	mostSwept     = 1000 // snapshots that one step looks at
	mostForgotten = 200  // records that one step removes: others wait for it
)

// end is the last of a booking's times, its last change included: from then on nobody has to answer, and there is no
// call, whatever its state. Zero if that is not known.
func (s Snapshot) end() time.Time {
	if s.Session.IsZero() && s.Status != statusRejected && s.Status != statusCancelled { // the call may be yet to come
		return time.Time{}
	}
	last := s.Updated
	if s.AcceptBy.After(last) {
		last = s.AcceptBy
	}
	if call := s.Session.Add(time.Duration(s.Duration) * time.Minute); !s.Session.IsZero() && call.After(last) {
		last = call
	}
	return last
}

// longOver reports whether a booking has been over at now for longer than some time.
func (s Snapshot) longOver(now time.Time, than time.Duration) bool {
	end := s.end()
	return !end.IsZero() && end.Before(now.Add(-than))
}

// Sweeper forgets bookings Retention after they are over, with what was told of them and what the person chose for
// them. While something about one waits in the queue, or a snooze of it runs, it stays. A sweep is made every day, in
// steps; one that is cut off is begun anew, and finds what is left.
//
// It is for one goroutine.
type Sweeper struct {
	store         *Store
	from          []byte    // the key of the snapshot that comes next; nil: a sweep begins
	rest          time.Time // until then there is nothing to do
	looks, writes int       // the most of one step
}

// Sweeper begins a sweep with its first step.
func (s *Store) Sweeper() *Sweeper {
	return &Sweeper{store: s, looks: mostSwept, writes: mostForgotten}
}

// Step does a little of a sweep, if it is time for one: so little that nobody who writes waits long. It answers how many
// bookings it has forgotten. After an error it does nothing for an hour.
func (w *Sweeper) Step(ctx context.Context, now time.Time) (forgotten int, err error) {
	if wait := w.rest.Sub(now); wait > 0 && wait <= sweepEvery { // more: the clock was put back
		return 0, nil
	}
	var keys, left [][]byte
	var next []byte
	err = w.store.View(ctx, func(tx *Tx) (err error) {
		keys, next, err = tx.longOver(w.from, w.looks, w.writes, now)
		return err
	})
	if err == nil && len(keys) > 0 {
		err = w.store.Update(ctx, func(tx *Tx) (err error) {
			left, forgotten, err = tx.forget(keys, w.writes, now)
			return err
		})
	}
	if err != nil {
		w.rest = now.Add(sweepAgain)
		return 0, fmt.Errorf("forget bookings: %w", err)
	}
	if len(left) > 0 {
		next = left[0]
	}
	if w.from = next; next == nil {
		w.rest = now.Add(sweepEvery)
	}
	return forgotten, nil
}

// longOver takes so many looks at snapshots, from a key on, and lists the keys of those that may be forgotten, up to a
// number; next is where to go on, nil at the end. One that does not open stays: nobody can say how old it is.
func (tx *Tx) longOver(from []byte, looks, most int, now time.Time) (keys [][]byte, next []byte, err error) {
	queue := inQueue{tx: tx}
	for found, err := range rowsFrom(tx, tableSnapshots, nil, from) {
		if err != nil {
			return nil, nil, err
		}
		if looks--; looks < 0 || len(keys) == most {
			return keys, found.key, nil
		}
		s, err := unseal[Snapshot](tx, tableSnapshots, found)
		if err == nil && queue.lets(s, now) {
			keys = append(keys, found.key)
		}
	}
	return keys, nil, nil
}

// forget removes snapshots that may still be forgotten, and what was told of them, up to so many records: those of one
// booking go together, and the first in any case. It answers the keys it did not come to.
func (tx *Tx) forget(keys [][]byte, most int, now time.Time) (left [][]byte, forgotten int, err error) {
	queue, removed := inQueue{tx: tx}, 0
	for i, key := range keys {
		s, err := get[Snapshot](tx, tableSnapshots, key)
		switch {
		case unknown(err), err == nil && !queue.lets(s, now): // it has changed since
			continue
		case err != nil:
			return nil, 0, err
		}
		told, err := tx.keysUnder(tableTold, key)
		if err != nil {
			return nil, 0, err
		}
		if removed += 1 + len(told); removed > most && forgotten > 0 {
			return keys[i:], forgotten, nil
		}
		for _, place := range told {
			if err := drop(tx, tableTold, place); err != nil {
				return nil, 0, err
			}
		}
		if err := drop(tx, tableSnapshots, key); err != nil {
			return nil, 0, err
		}
		forgotten++
	}
	return nil, forgotten, nil
}

func (tx *Tx) keysUnder(table string, prefix []byte) (keys [][]byte, err error) {
	for found, err := range rows(tx, table, prefix) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, found.key)
	}
	return keys, nil
}

// inQueue knows the bookings of which something is queued, of one account at a time.
type inQueue struct {
	tx      *Tx
	account AccountID
	known   map[queued]bool // nil: no account's yet
}

type queued struct {
	side    string
	booking int64
}

// lets reports whether a booking may be forgotten.
func (q *inQueue) lets(s Snapshot, now time.Time) bool {
	return s.longOver(now, Retention) && !s.Snoozed.After(now) && !q.holds(s)
}

func (q *inQueue) holds(s Snapshot) bool {
	if q.known == nil || q.account != s.Account {
		q.account, q.known = s.Account, map[queued]bool{}
		for n, err := range q.tx.Notices(s.Account) {
			if err == nil { // one that does not open is the outbox's to complain of
				q.known[queued{n.Side, n.Booking}] = true
			}
		}
	}
	return q.known[queued{s.Side, s.Booking}]
}
