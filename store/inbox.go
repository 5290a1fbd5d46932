package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Update is a raw update of Telegram (Bot API: Update), kept from its arrival until it was handled.
type Update struct {
	ID      int64     `json:"id"`               // Telegram's update_id
	Arrived time.Time `json:"arrived,omitzero"` // for the first time; zero: it was kept by a program that did not say
	Starts  int       `json:"starts,omitempty"` // of the program in which it was tried again, without coming to an end
	Body    []byte    `json:"body"`
}

// KeepUpdate writes an update down and reports whether it is fresh: one that is kept already stays as
// it is, unless it does not open any more. That an update was handled and dropped before, it cannot know;
// Chat.Answered does.
func (tx *Tx) KeepUpdate(u Update) (fresh bool, err error) {
	if u.ID <= 0 {
		return false, errors.New("keep update: its id is not positive")
	}
	kept, err := has(tx, tableInbox, number(u.ID))
	if err != nil {
		return false, fmt.Errorf("keep update: %w", err)
	}
	if kept {
		if _, err := get[Update](tx, tableInbox, number(u.ID)); err == nil {
			return false, tx.mayWrite(tableInbox)
		}
	}
	u.Arrived = stored(u.Arrived)
	if err := put(tx, tableInbox, number(u.ID), u); err != nil {
		return false, fmt.Errorf("keep update: %w", err)
	}
	return true, nil
}

// TryUpdate sets in how many starts an update was tried. One that is not there is no error.
func (tx *Tx) TryUpdate(id int64, starts int) error {
	u, err := get[Update](tx, tableInbox, number(id))
	switch {
	case errors.Is(err, ErrNotFound):
		return tx.mayWrite(tableInbox)
	case err != nil:
		return fmt.Errorf("try update: %w", err)
	}
	u.Starts = starts
	return put(tx, tableInbox, number(id), u)
}

// DropUpdate forgets an update that was handled. One that is not there is no error.
func (tx *Tx) DropUpdate(id int64) error { return drop(tx, tableInbox, number(id)) }

// Updates walks the kept updates in the order of their ids: what a restart still has to handle. One that does
// not open comes with its ID, beside the error.
func (tx *Tx) Updates() iter.Seq2[Update, error] {
	return func(yield func(Update, error) bool) {
		for found, err := range rows(tx, tableInbox, nil) {
			var u Update
			if err == nil {
				u, err = unseal[Update](tx, tableInbox, found)
			}
			if err != nil && len(found.key) == len(number(0)) {
				u = Update{ID: int64(binary.BigEndian.Uint64(found.key))} //nolint:gosec // as number wrote it
			}
			if !yield(u, err) {
				return
			}
		}
	}
}
