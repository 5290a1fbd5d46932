package store

import (
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Watch is a member of the group whose received bookings a manager wants to hear of. Their snapshots and
// notifications are the account's, with the Member named in them.
type Watch struct {
	Account  AccountID `json:"account"`
	Member   int64     `json:"member"`
	Nickname string    `json:"nickname"`       // may be empty
	Primed   bool      `json:"primed"`         // their bookings were seen once: what is new is news
	Lost     bool      `json:"lost,omitempty"` // the platform no longer shows them: not read until the person chooses them anew
}

// PutWatch writes a watch, new or changed; ErrNotFound if its account is gone.
func (tx *Tx) PutWatch(w Watch) error {
	if w.Member == 0 {
		return errors.New("put watch: no member")
	}
	if err := tx.needAccount(w.Account); err != nil {
		return err
	}
	return put(tx, tableWatches, tx.watchKey(w.Account, w.Member), w)
}

// Watch reads one watch, or answers ErrNotFound.
func (tx *Tx) Watch(account AccountID, member int64) (Watch, error) {
	return get[Watch](tx, tableWatches, tx.watchKey(account, member))
}

// DeleteWatch ends a watch, takes what waits to be told of the member off the queue, and forgets their bookings: a new
// watch begins with a first look. One that is not there is no error.
func (tx *Tx) DeleteWatch(account AccountID, member int64) error {
	for n, err := range tx.Notices(account) {
		if err != nil || n.Member != member { // one that does not open is the outbox's to complain of
			continue
		}
		if err := tx.DeleteNotification(account, n.ID); err != nil {
			return err
		}
	}
	for s, err := range tx.Snapshots(account, SideReceived) {
		if err != nil || s.Member != member { // one that does not open is written over when it is seen again
			continue
		}
		key, err := tx.snapshotKey(account, SideReceived, s.Booking)
		if err != nil {
			return err
		}
		if err := errors.Join(tx.dropWhere(tableTold, key, everyRow), drop(tx, tableSnapshots, key)); err != nil {
			return fmt.Errorf("delete watch: %w", err)
		}
	}
	return drop(tx, tableWatches, tx.watchKey(account, member))
}

// Watches walks the watches of an account, in no order that means anything.
func (tx *Tx) Watches(account AccountID) iter.Seq2[Watch, error] {
	return scan[Watch](tx, tableWatches, account[:])
}

func (tx *Tx) watchKey(account AccountID, member int64) []byte {
	return append(account[:], tx.tagged(tableWatches, slices.Concat(account[:], number(member)))...)
}
