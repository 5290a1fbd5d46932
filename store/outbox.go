package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
)

// Notification is something to be told to a chat, kept until it was.
type Notification struct {
	ID       uuid.UUID   `json:"id"` // version 7, from the caller: in the order of making
	Account  AccountID   `json:"account"`
	Chat     flow.ChatID `json:"chat"`
	Kind     alert.Kind  `json:"kind"`
	Side     string      `json:"side"`
	Booking  int64       `json:"booking"`
	Made     time.Time   `json:"made"`
	Due      time.Time   `json:"due"` // not to be sent before
	Attempts int         `json:"attempts"`
	Doubtful bool        `json:"doubtful"`       // an attempt ended without an answer: it may have arrived
	Tried    time.Time   `json:"tried,omitzero"` // of the first attempt that counts; zero: there was none
	Status   string      `json:"status"`
	Credits  string      `json:"credits"` // exact decimal
	Nickname string      `json:"nickname"`
	Session  time.Time   `json:"session"` // planned start of the call

	Duration int       `json:"duration,omitempty"` // minutes
	AcceptBy time.Time `json:"accept_by,omitzero"` // until when somebody has to answer
	Member   int64     `json:"member,omitempty"`   // of the group, whose booking it is; 0 for the account's own
	Updated  time.Time `json:"updated,omitzero"`   // of the booking, when this was made, by the platform's time; zero: not known

	// Lead is how long before Session a Reminder is due, and how long before AcceptBy a ReplyBy is. Others have none.
	Lead time.Duration `json:"lead,omitempty"`

	// Key names the change that is told, among those of its booking: what has been queued under a key once is not
	// queued again for as long as the booking is kept. Empty: it may be said any number of times.
	Key string `json:"key,omitempty"`
}

// A key of the table due is time, account, notification; the latter two are the key in outbox.
const (
	dueAccount = 8
	dueSize    = dueAccount + 16 + 16
)

// Notification reads one queued notification, or answers ErrNotFound.
func (tx *Tx) Notification(account AccountID, id uuid.UUID) (Notification, error) {
	return get[Notification](tx, tableOutbox, outboxKey(account, id))
}

// Enqueue adds a notification; ErrNotFound if its account is gone. One whose ID is queued already is
// left as it is, and so is one whose Key has been queued before.
func (tx *Tx) Enqueue(n Notification) error {
	if n.ID == uuid.Nil {
		return errors.New("enqueue: no id")
	}
	if err := tx.needAccount(n.Account); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	queued, err := has(tx, tableOutbox, outboxKey(n.Account, n.ID))
	if err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	if queued {
		return nil
	}
	if n.Key != "" {
		told, err := tx.Told(n.Account, n.Side, n.Booking, n.Key)
		if err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
		if told {
			return nil
		}
		if err := tx.tell(n); err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
	}
	return tx.putNotification(n)
}

// Told reports whether a change of a booking has been queued under that key.
func (tx *Tx) Told(account AccountID, side string, booking int64, key string) (bool, error) {
	place, err := tx.toldKey(account, side, booking, key)
	if err != nil {
		return false, err
	}
	return has(tx, tableTold, place)
}

func (tx *Tx) tell(n Notification) error {
	place, err := tx.toldKey(n.Account, n.Side, n.Booking, n.Key)
	if err != nil {
		return err
	}
	return put(tx, tableTold, place, index{})
}

// untell forgets that a notification was queued.
func (tx *Tx) untell(n Notification) error {
	place, err := tx.toldKey(n.Account, n.Side, n.Booking, n.Key)
	if err != nil {
		return err
	}
	return drop(tx, tableTold, place)
}

// toldKey is the key of the booking's snapshot, and a tag of what was told: states and times are in it.
func (tx *Tx) toldKey(account AccountID, side string, booking int64, key string) ([]byte, error) {
	place, err := tx.snapshotKey(account, side, booking)
	if err != nil {
		return nil, err
	}
	return append(place, tx.tagged(tableTold, slices.Concat(place, []byte(key)))...), nil
}

// PutNotification changes a queued notification, which also moves it to its new Due. If it is queued no
// more (delivered, or its account was deleted meanwhile) it is ErrNotFound and stays away.
func (tx *Tx) PutNotification(n Notification) error {
	before, err := get[Notification](tx, tableOutbox, outboxKey(n.Account, n.ID))
	if err != nil {
		return fmt.Errorf("put notification: %w", err)
	}
	if err := drop(tx, tableDue, dueKey(before)); err != nil {
		return fmt.Errorf("put notification: %w", err)
	}
	return tx.putNotification(n)
}

// putNotification writes both rows: no path writes one alone.
func (tx *Tx) putNotification(n Notification) error {
	n.Made, n.Due, n.Tried = stored(n.Made), stored(n.Due), stored(n.Tried)
	n.Session, n.AcceptBy, n.Updated = stored(n.Session), stored(n.AcceptBy), stored(n.Updated)
	if err := put(tx, tableOutbox, outboxKey(n.Account, n.ID), n); err != nil {
		return err
	}
	return put(tx, tableDue, dueKey(n), index{})
}

// DeleteNotification takes a notification off the queue. One that is not there is no error.
func (tx *Tx) DeleteNotification(account AccountID, id uuid.UUID) error {
	before, err := get[Notification](tx, tableOutbox, outboxKey(account, id))
	if errors.Is(err, ErrNotFound) {
		return tx.mayWrite(tableOutbox)
	}
	if err != nil {
		return fmt.Errorf("delete notification: %w", err)
	}
	if err := drop(tx, tableDue, dueKey(before)); err != nil {
		return fmt.Errorf("delete notification: %w", err)
	}
	return drop(tx, tableOutbox, outboxKey(account, id))
}

// DropNotices takes the notifications of one kind about an account off the queue: what they say has been
// said otherwise, or is no longer so.
func (tx *Tx) DropNotices(account AccountID, kind alert.Kind) error {
	for n, err := range scan[Notification](tx, tableOutbox, account[:]) {
		if err != nil || n.Kind != kind { // one that does not open is the outbox's to complain of
			continue
		}
		if err := tx.DeleteNotification(account, n.ID); err != nil {
			return err
		}
	}
	return nil
}

// Before is what something to come (alert.Kind.Timed) comes before, and is of no use after; zero for anything else.
func (n Notification) Before() time.Time {
	switch n.Kind {
	case alert.Reminder:
		return n.Session
	case alert.ReplyBy:
		return n.AcceptBy
	default:
		return time.Time{}
	}
}

// ReplyBy is until when somebody has to answer; zero for nobody.
func (n Notification) ReplyBy() time.Time {
	switch n.Status {
	case statusConfirmed, statusRejected, statusCancelled:
		return time.Time{}
	}
	return n.AcceptBy
}

// OutOfDate reports whether news of a booking says what is no longer so: the booking, as it was last read, has gone on
// to another state since the news was made. What only comes back, under an older time of change, has not. Times of
// change are compared with each other: our clock may be ahead of the platform's.
func (n Notification) OutOfDate(now Snapshot) bool {
	since := n.Updated
	if since.IsZero() {
		since = n.Made
	}
	return n.Kind.OfBooking() && n.Status != now.Status && now.Updated.After(since)
}

// Untried is the notification as if nobody had tried to send it.
func (n Notification) Untried() Notification {
	n.Attempts, n.Doubtful, n.Tried = 0, false, time.Time{}
	return n
}

// Due lists at most limit notifications that are due at now, the longest due first. What does not open
// is left out and told in the error, together with the list of the rest.
func (tx *Tx) Due(now time.Time, limit int) ([]Notification, error) {
	return tx.DueBetween(time.Time{}, now, limit)
}

// DueBetween is Due for those that are due after a time and not after another; after the zero time, all are.
func (tx *Tx) DueBetween(after, until time.Time, limit int) ([]Notification, error) {
	var list []Notification
	var failures []error
	end := nanos(until)
	for at, key := range tx.dueRows(after, &failures) {
		if len(list) >= limit || at > end {
			break
		}
		n, err := get[Notification](tx, tableOutbox, key)
		switch {
		case errors.Is(err, ErrNotFound): // cannot be, and would lead nowhere
		case err != nil:
			failures = append(failures, err)
		case nanos(n.Due) == at:
			list = append(list, n)
		}
	}
	return list, errors.Join(failures...)
}

// NextDue is when the next notification is due, maybe long ago; false if none is queued. A table that
// cannot be read counts as due at once: Due says why.
func (tx *Tx) NextDue() (time.Time, bool) { return tx.NextDueAfter(time.Time{}) }

// NextDueAfter is NextDue for those that are due after a time; after the zero time, all are.
func (tx *Tx) NextDueAfter(after time.Time) (time.Time, bool) {
	var failures []error
	for at, key := range tx.dueRows(after, &failures) {
		if queued, err := has(tx, tableOutbox, key); err != nil || queued {
			return time.Unix(0, at).UTC(), true
		}
	}
	return time.Time{}, len(failures) > 0
}

// Queue is how much is queued.
type Queue struct {
	All    int       // notifications, parked ones too
	Due    int       // of them, due at the time that was asked for
	Parked int       // of them, kept for accounts that are paused
	Paused int       // accounts for which any is kept
	Oldest time.Time // since when the one that is due longest is due; zero: none is
}

// Queue counts what is queued at now. It reads keys and opens nothing.
func (tx *Tx) Queue(now time.Time) (Queue, error) {
	var q Queue
	var failures []error
	paused := map[AccountID]struct{}{}
	due, parked := nanos(now), nanos(Parked())
	for at, key := range tx.dueRows(time.Time{}, &failures) {
		q.All++
		switch {
		case at <= due:
			if q.Due++; q.Due == 1 {
				q.Oldest = time.Unix(0, at).UTC()
			}
		case at == parked:
			q.Parked++
			paused[AccountID(key[:len(AccountID{})])] = struct{}{}
		}
	}
	q.Paused = len(paused)
	return q, errors.Join(failures...)
}

// dueRows walks the table due behind a time, which zero is before everything: the time, and the key in outbox. It
// ends at the first failure.
func (tx *Tx) dueRows(after time.Time, failures *[]error) iter.Seq2[int64, []byte] {
	var from []byte
	if !after.IsZero() {
		from = append(number(nanos(after)), bytes.Repeat([]byte{0xff}, dueSize-dueAccount)...)
	}
	return func(yield func(int64, []byte) bool) {
		for found, err := range rowsFrom(tx, tableDue, nil, from) {
			if err != nil {
				*failures = append(*failures, err)
				return
			}
			if len(found.key) != dueSize {
				continue
			}
			at := int64(binary.BigEndian.Uint64(found.key)) //nolint:gosec // nanos wrote it, never negative
			if !yield(at, found.key[dueAccount:]) {
				return
			}
		}
	}
}

func outboxKey(account AccountID, id uuid.UUID) []byte {
	return bytes.Join([][]byte{account[:], id[:]}, nil)
}

func dueKey(n Notification) []byte {
	return append(number(nanos(n.Due)), outboxKey(n.Account, n.ID)...)
}
