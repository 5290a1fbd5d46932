package store

import "iter"

// KindReminder is the Kind of a notification that says, Lead before it, that a call is to begin. It alone
// is known to the store: a reminder follows its booking (PutSnapshot), where any other notification says
// what was so when it was made.
const KindReminder = "reminder"

// Notices walks the queued notifications of an account, in the order they were made.
func (tx *Tx) Notices(account AccountID) iter.Seq2[Notification, error] {
	return scan[Notification](tx, tableOutbox, account[:])
}

// remind has the reminders of a booking follow it.
func (tx *Tx) remind(now Snapshot) error {
	for n, err := range tx.Notices(now.Account) {
		if err != nil || n.Kind != KindReminder || n.Side != now.Side || n.Booking != now.Booking {
			continue // one that does not open is the outbox's to complain of
		}
		moved, keep := follow(n, now)
		switch {
		case !keep:
			err = tx.DeleteNotification(n.Account, n.ID)
		case moved != n:
			err = tx.PutNotification(moved)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// follow is what becomes of a reminder when its booking looks like that; false if it is of no more use:
// there will be no call, or it was moved so near that the news of it comes after the reminder would.
func follow(n Notification, now Snapshot) (Notification, bool) {
	if now.Status != statusAccepted && now.Status != statusConfirmed {
		return n, false
	}
	n.Status, n.Credits = now.Status, now.Credits
	if n.Session.Equal(now.Session) {
		return n, true
	}
	n.Session, n.Due = stored(now.Session), stored(now.Session.Add(-n.Lead))
	n.Attempts, n.Doubtful = 0, false // they were at another time
	return n, !n.Due.Before(now.Updated)
}
