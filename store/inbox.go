package store

import (
	"errors"
	"fmt"
	"iter"
)

// Update is a raw update of Telegram (Bot API: Update), kept from its arrival until it was handled.
type Update struct {
	ID   int64  `json:"id"` // Telegram's update_id
	Body []byte `json:"body"`
}

// KeepUpdate writes an update down and reports whether it is fresh: one that is kept already stays as
// it is. That an update was handled and dropped before, it cannot know; Chat.LastUpdate does.
func (tx *Tx) KeepUpdate(u Update) (fresh bool, err error) {
	if u.ID <= 0 {
		return false, errors.New("keep update: its id is not positive")
	}
	kept, err := has(tx, tableInbox, number(u.ID))
	if err != nil {
		return false, fmt.Errorf("keep update: %w", err)
	}
	if kept {
		return false, tx.mayWrite(tableInbox)
	}
	if err := put(tx, tableInbox, number(u.ID), u); err != nil {
		return false, fmt.Errorf("keep update: %w", err)
	}
	return true, nil
}

// DropUpdate forgets an update that was handled. One that is not there is no error.
func (tx *Tx) DropUpdate(id int64) error { return drop(tx, tableInbox, number(id)) }

// Updates walks the kept updates in the order of their ids: what a restart still has to handle.
func (tx *Tx) Updates() iter.Seq2[Update, error] { return scan[Update](tx, tableInbox, nil) }
