package store

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"

	"phonechatbot/internal/secret"
)

// The sides of a booking, as apiclient spells them.
const (
	SideMade     = "made"
	SideReceived = "received"
)

// The states that mean something here, as the platform spells them.
const (
	statusPending   = "Pending"
	statusAccepted  = "Accepted"
	statusConfirmed = "Confirmed"
	statusRejected  = "Rejected"
	statusCancelled = "Cancelled"
)

// Snapshot is how a booking looked when it was last read: what the next look is compared with. It holds
// no phone number and no comment.
type Snapshot struct {
	Account  AccountID `json:"account"`
	Side     string    `json:"side"` // SideMade or SideReceived
	Booking  int64     `json:"booking"`
	Status   string    `json:"status"`
	Credits  string    `json:"credits"` // exact decimal
	Session  time.Time `json:"session"` // planned start of the call
	AcceptBy time.Time `json:"accept_by"`
	Updated  time.Time `json:"updated"` // the platform's own time of the last change
	Created  time.Time `json:"created,omitzero"`
	Duration int       `json:"duration"`         // minutes
	Nickname string    `json:"nickname"`         // of the other side
	Member   int64     `json:"member,omitempty"` // of the group, whose booking it is; 0 for the account's own

	// These are ours, not the platform's: a snapshot that is written has them from the one it replaces.
	Offered string `json:"offered"` // the credits while it was Pending: what the client offered; empty if never seen so
	Muted   bool   `json:"muted"`   // the person wants no alerts about it: see Mute

	Snoozed time.Time `json:"snoozed,omitzero"` // the person wants no alerts about it before: see Snooze
}

// same reports whether the platform says the same in two snapshots, in whatever zone their times are.
func (s Snapshot) same(other Snapshot) bool {
	s.Offered, s.Muted, s.Snoozed = other.Offered, other.Muted, other.Snoozed
	if s.Created.IsZero() || other.Created.IsZero() { // not always read, and it never changes
		s.Created = other.Created
	}
	return s.utc() == other.utc()
}

// after is the snapshot with what is ours of the one it replaces; nil if there is none.
func (s Snapshot) after(old *Snapshot) Snapshot {
	if old != nil {
		s.Muted, s.Snoozed = old.Muted, old.Snoozed
		if s.Created.IsZero() {
			s.Created = old.Created
		}
	}
	switch {
	case s.Status == statusPending:
		s.Offered = s.Credits
	case old == nil:
	case old.Offered != "":
		s.Offered = old.Offered
	case old.Status == statusPending: // written before there was an Offered
		s.Offered = old.Credits
	}
	return s
}

// utc is the snapshot in the form it comes back in: UTC, no monotonic clock.
func (s Snapshot) utc() Snapshot {
	s.Session, s.AcceptBy, s.Updated = stored(s.Session), stored(s.AcceptBy), stored(s.Updated)
	s.Created, s.Snoozed = stored(s.Created), stored(s.Snoozed)
	return s
}

// Poll is what the polling of an account has to remember. What changes with every look is not in it.
type Poll struct {
	Account        AccountID     `json:"account"`
	PrimedMade     bool          `json:"primed_made"` // the bookings made were seen once: what is new is news
	PrimedReceived bool          `json:"primed_received"`
	Every          time.Duration `json:"every,omitempty"`   // about how long it is left alone between two looks; 0: never looked at
	Failures       int           `json:"failures"`          // in a row, when Every was written
	Refused        bool          `json:"refused,omitempty"` // the person was told that the platform does not show the bookings
	Down           uuid.UUID     `json:"down,omitzero"`     // the notice that the platform is not answering: see TellDown
}

// Snapshot reads one snapshot, or answers ErrNotFound.
func (tx *Tx) Snapshot(account AccountID, side string, booking int64) (Snapshot, error) {
	key, err := tx.snapshotKey(account, side, booking)
	if err != nil {
		return Snapshot{}, err
	}
	return get[Snapshot](tx, tableSnapshots, key)
}

// PutSnapshot writes a snapshot, new or changed; ErrNotFound if its account is gone. Muted stays as it is
// stored, and so does Offered once the booking is no longer Pending. The booking's reminders follow: they
// move with the call, and are deleted when it is neither Accepted nor Confirmed any more, or when it was
// moved (Updated) after the reminder would have been due.
func (tx *Tx) PutSnapshot(s Snapshot) error {
	key, err := tx.snapshotKey(s.Account, s.Side, s.Booking)
	if err != nil {
		return err
	}
	if err := tx.needAccount(s.Account); err != nil {
		return fmt.Errorf("put snapshot: %w", err)
	}
	old, err := get[Snapshot](tx, tableSnapshots, key)
	switch {
	case err == nil:
		s = s.after(&old)
	case unknown(err):
		s = s.after(nil) // what does not open is written over
	default:
		return fmt.Errorf("put snapshot: %w", err)
	}
	if err := put(tx, tableSnapshots, key, s.utc()); err != nil {
		return err
	}
	if err := tx.remind(s); err != nil {
		return fmt.Errorf("put snapshot: reminders: %w", err)
	}
	return nil
}

// unknown reports whether a snapshot is not there, or does not open.
func unknown(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, secret.ErrSealed) || errors.Is(err, secret.ErrKey) || errors.Is(err, errDecode)
}

// Mute says whether the person wants alerts about a booking; ErrNotFound if there is no snapshot of it.
func (tx *Tx) Mute(account AccountID, side string, booking int64, muted bool) error {
	return tx.mark("mute", account, side, booking, func(s *Snapshot) { s.Muted = muted })
}

// Snooze says until when the person wants no alerts about a booking; ErrNotFound if there is no snapshot of it.
func (tx *Tx) Snooze(account AccountID, side string, booking int64, until time.Time) error {
	return tx.mark("snooze", account, side, booking, func(s *Snapshot) { s.Snoozed = stored(until) })
}

// mark changes what is ours in a snapshot.
func (tx *Tx) mark(op string, account AccountID, side string, booking int64, how func(*Snapshot)) error {
	key, err := tx.snapshotKey(account, side, booking)
	if err != nil {
		return err
	}
	snapshot, err := get[Snapshot](tx, tableSnapshots, key)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	how(&snapshot)
	return put(tx, tableSnapshots, key, snapshot)
}

// Snapshots walks the snapshots of one side of an account, in no order that means anything.
func (tx *Tx) Snapshots(account AccountID, side string) iter.Seq2[Snapshot, error] {
	prefix, err := snapshotPrefix(account, side)
	if err != nil {
		return func(yield func(Snapshot, error) bool) { yield(Snapshot{}, err) }
	}
	return scan[Snapshot](tx, tableSnapshots, prefix)
}

// snapshotKey is account, side, and a tag instead of the booking's number: whoever runs the platform
// could read from the numbers who it is that uses this program.
func (tx *Tx) snapshotKey(account AccountID, side string, booking int64) ([]byte, error) {
	prefix, err := snapshotPrefix(account, side)
	if err != nil {
		return nil, err
	}
	return append(prefix, tx.tagged(tableSnapshots, slices.Concat(prefix, number(booking)))...), nil
}

func snapshotPrefix(account AccountID, side string) ([]byte, error) {
	switch side {
	case SideMade:
		return append(account[:], 'm'), nil
	case SideReceived:
		return append(account[:], 'r'), nil
	}
	return nil, errors.New("snapshots: unknown side")
}

// Poll reads the poll record of an account; one that nobody has written yet is not an error but zero.
func (tx *Tx) Poll(account AccountID) (Poll, error) {
	poll, err := get[Poll](tx, tablePolls, account[:])
	if errors.Is(err, ErrNotFound) {
		return Poll{Account: account}, nil
	}
	return poll, err
}

// PutPoll writes a poll record; ErrNotFound if its account is gone. Observe writes here too: read the
// record in the same transaction, change it, put it back.
func (tx *Tx) PutPoll(p Poll) error {
	if err := tx.needAccount(p.Account); err != nil {
		return fmt.Errorf("put poll: %w", err)
	}
	return put(tx, tablePolls, p.Account[:], p)
}

// Polls walks the poll records of all accounts, in no order that means anything.
func (tx *Tx) Polls() iter.Seq2[Poll, error] { return scan[Poll](tx, tablePolls, nil) }
