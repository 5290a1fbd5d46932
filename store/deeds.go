package store

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"
)

// KeptDeeds is how many deeds of an account are kept: the newest.
const KeptDeeds = 200

// How a deed ended. What is found as begun after a restart may or may not have been done.
const (
	DeedBegun   = "begun"
	DeedDone    = "done"
	DeedRefused = "refused" // by the platform: nothing was done
	DeedUnknown = "unknown" // no answer came
)

// Deed is something that was done from an account, for itself or as a member of its group.
type Deed struct {
	ID       uuid.UUID `json:"id"` // version 7, from the caller: in the order of doing
	Account  AccountID `json:"account"`
	Member   int64     `json:"member"` // for whom; 0 for the account itself
	Nickname string    `json:"nickname"`
	What     string    `json:"what"`    // a word such as "price"
	Detail   string    `json:"detail"`  // what it was set to; may be empty
	Outcome  string    `json:"outcome"` // DeedBegun, DeedDone, DeedRefused or DeedUnknown
	At       time.Time `json:"at"`
}

// PutDeed writes a deed, new or changed, and forgets the oldest beyond KeptDeeds; ErrNotFound if its
// account is gone.
func (tx *Tx) PutDeed(d Deed) error {
	if d.ID == uuid.Nil {
		return errors.New("put deed: no id")
	}
	switch d.Outcome {
	case DeedBegun, DeedDone, DeedRefused, DeedUnknown:
	default:
		return errors.New("put deed: unknown outcome")
	}
	if err := tx.needAccount(d.Account); err != nil {
		return fmt.Errorf("put deed: %w", err)
	}
	d.At = stored(d.At)
	if err := put(tx, tableDeeds, deedKey(d), d); err != nil {
		return err
	}
	keys, err := tx.deedKeys(d.Account)
	if err != nil {
		return fmt.Errorf("put deed: %w", err)
	}
	for _, key := range keys[:max(0, len(keys)-KeptDeeds)] {
		if err := drop(tx, tableDeeds, key); err != nil {
			return fmt.Errorf("put deed: %w", err)
		}
	}
	return nil
}

// Deeds walks the deeds of an account, the newest first.
func (tx *Tx) Deeds(account AccountID) iter.Seq2[Deed, error] {
	return func(yield func(Deed, error) bool) {
		keys, err := tx.deedKeys(account)
		if err != nil {
			yield(Deed{}, err)
			return
		}
		for _, key := range slices.Backward(keys) {
			if !yield(get[Deed](tx, tableDeeds, key)) {
				return
			}
		}
	}
}

// deedKeys lists the keys of an account's deeds, the oldest first.
func (tx *Tx) deedKeys(account AccountID) (keys [][]byte, err error) {
	for found, err := range rows(tx, tableDeeds, account[:]) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, found.key)
	}
	return keys, nil
}

func deedKey(d Deed) []byte { return slices.Concat(d.Account[:], d.ID[:]) }
