package store

import "fmt"

// Unschedule takes off the queue what the account's choices want to come before a booking's times, so that Schedule
// can queue it again. What was asked for by hand stays.
func (tx *Tx) Unschedule(s Snapshot) error {
	for n, err := range tx.Notices(s.Account) {
		if err != nil || n.Key == "" || !n.Kind.Timed() || n.Side != s.Side || n.Booking != s.Booking {
			continue // one that does not open is the outbox's to complain of
		}
		if err := tx.withdraw(n); err != nil {
			return fmt.Errorf("unschedule: %w", err)
		}
	}
	return nil
}
