package store

import (
	"errors"
	"fmt"
	"time"

	"phonechatbot/internal/alert"
)

// An account is paused while the messenger refuses its chat: the person has blocked the bot, or is gone. What waits
// to be told is parked: it stays in the queue, due at a time that never comes, and so costs nothing. What is to come
// before a booking's times, and the daily summary, are not: they are of no use later. A test alert is dropped.

// Parked is when what is parked is due.
func Parked() time.Time { return time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC) }

// PauseAccount notes that since now the messenger refuses the chat of an account, and parks what is queued for it. An
// account that is paused already stays so since then; ErrNotFound if it is gone.
func (tx *Tx) PauseAccount(id AccountID, now time.Time) error {
	account, err := tx.Account(id)
	if err != nil {
		return fmt.Errorf("pause account: %w", err)
	}
	if account.Paused.IsZero() {
		before := account
		account.Paused = now
		if err := tx.putAccount(account, before); err != nil {
			return fmt.Errorf("pause account: %w", err)
		}
	}
	for n, err := range tx.Notices(id) {
		if err != nil || n.Kind.Timed() || n.Kind == alert.Summary || n.Due.Equal(Parked()) {
			continue // one that does not open is the outbox's to complain of
		}
		if n.Due = Parked(); n.Kind == alert.Test {
			err = tx.DeleteNotification(id, n.ID)
		} else {
			err = tx.PutNotification(n)
		}
		if err != nil {
			return fmt.Errorf("pause account: %w", err)
		}
	}
	return nil
}

// ResumeAccount notes that the person is back: what was parked is due at now, as if it had never been tried, and what
// is to come is due when it would have been. False if the account was not paused, or is gone; then nothing is written.
func (tx *Tx) ResumeAccount(id AccountID, now time.Time) (bool, error) {
	account, err := tx.Account(id)
	if errors.Is(err, ErrNotFound) || err == nil && account.Paused.IsZero() {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("resume account: %w", err)
	}
	before := account
	account.Paused = time.Time{}
	if err := tx.putAccount(account, before); err != nil {
		return false, fmt.Errorf("resume account: %w", err)
	}
	for n, err := range tx.Notices(id) {
		if err != nil {
			continue // one that does not open is the outbox's to complain of
		}
		moved := n
		switch {
		case n.Due.Equal(Parked()):
			moved = n.Untried()
			moved.Due = now
		case n.Kind.Timed() && n.Due.Equal(n.Before()): // put off to its end, for want of anybody to tell
			moved.Due = n.Before().Add(-n.Lead)
		}
		if moved == n {
			continue
		}
		if err := tx.PutNotification(moved); err != nil {
			return false, fmt.Errorf("resume account: %w", err)
		}
	}
	return true, nil
}
