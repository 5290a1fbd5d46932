package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Outage is a time in which the platform answers nobody.
type Outage struct {
	Since time.Time `json:"since"` // the first look that was not answered
}

// Outage reads since when the platform answers nobody; ErrNotFound if it does, as far as is known.
func (tx *Tx) Outage() (Outage, error) { return get[Outage](tx, tableMeta, []byte(keyOutage)) }

// PutOutage notes that the platform answers nobody.
func (tx *Tx) PutOutage(o Outage) error {
	o.Since = stored(o.Since)
	return put(tx, tableMeta, []byte(keyOutage), o)
}

// DropOutage notes that the platform answers.
func (tx *Tx) DropOutage() error { return drop(tx, tableMeta, []byte(keyOutage)) }

// TellDown queues the notice of an outage, unless the account has one already: false then. It is told once, until
// TellBack; ErrNotFound if the account is gone.
func (tx *Tx) TellDown(notice Notification) (bool, error) {
	poll, err := tx.Poll(notice.Account)
	if err != nil || poll.Down != uuid.Nil {
		return false, err
	}
	poll.Down = notice.ID
	if err := errors.Join(tx.PutPoll(poll), tx.Enqueue(notice)); err != nil {
		return false, fmt.Errorf("tell of an outage: %w", err)
	}
	return true, nil
}

// TellBack ends what TellDown began. An account whose notice may have arrived has another one queued, that the
// outage is over; from others the notice is just taken back, and false is the answer. An account that is not active
// hears of its own trouble only; ErrNotFound if it is gone.
func (tx *Tx) TellBack(notice Notification) (bool, error) {
	account, err := tx.Account(notice.Account)
	if err != nil {
		return false, err
	}
	poll, err := tx.Poll(account.ID)
	if err != nil || poll.Down == uuid.Nil {
		return false, err
	}
	waiting, err := tx.Notification(account.ID, poll.Down)
	sent := errors.Is(err, ErrNotFound) || waiting.Doubtful
	if err != nil && !sent {
		return false, fmt.Errorf("tell of the end of an outage: %w", err)
	}
	err = tx.DeleteNotification(account.ID, poll.Down)
	poll.Down = uuid.Nil
	told := sent && account.State == AccountActive
	if err = errors.Join(err, tx.PutPoll(poll)); err == nil && told {
		err = tx.Enqueue(notice)
	}
	if err != nil {
		return false, fmt.Errorf("tell of the end of an outage: %w", err)
	}
	return told, nil
}
