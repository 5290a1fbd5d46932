package store

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"phonechatbot/internal/alert"
)

// What is to come at a time before something of a booking (alert.Kind.Timed) waits in the queue for it, and follows
// the booking: any other notification says what was so when it was made. The person asks for one by hand, which has
// no Key, or chose for all bookings what is to come (Account.Alerts); then its Key names what it comes before, and
// taken back by hand it stays away.

// ReplyByLead is how long before the reply-by time somebody who has not answered is told.
const ReplyByLead = 30 * time.Minute

// Notices walks the queued notifications of an account, in the order they were made.
func (tx *Tx) Notices(account AccountID) iter.Seq2[Notification, error] {
	return scan[Notification](tx, tableOutbox, account[:])
}

// Schedule queues what the account's choices want to come before a booking's times, as far as it is still ahead of
// now and not muted. What was queued before is left as it is.
func (tx *Tx) Schedule(a Account, s Snapshot, now time.Time, newID func() uuid.UUID) error {
	return tx.schedule(a, s, tx.coming(a.ID), now, newID)
}

func (tx *Tx) schedule(a Account, s Snapshot, queued map[coming]bool, now time.Time, newID func() uuid.UUID) error {
	if s.Muted {
		return nil
	}
	for _, n := range toCome(a, s) {
		if !n.Due.After(now) || queued[whatComes(n)] {
			continue
		}
		n.ID, n.Made = newID(), now
		if err := tx.Enqueue(n); err != nil {
			return fmt.Errorf("schedule: %w", err)
		}
	}
	return nil
}

// IDs has ids made elsewhere serve as those of notifications.
func IDs(next func() [16]byte) func() uuid.UUID { return func() uuid.UUID { return next() } }

// Reschedule brings what is to come for an account in line with its choices, after they changed: what they no longer
// want leaves the queue, what they want joins it. What was asked for by hand stays.
func (tx *Tx) Reschedule(a Account, now time.Time, newID func() uuid.UUID) error {
	for n, err := range tx.Notices(a.ID) {
		if err != nil || n.Key == "" || !n.Kind.Timed() || wanted(a.Alerts, n) {
			continue // one that does not open is the outbox's to complain of
		}
		if err := tx.withdraw(n); err != nil {
			return fmt.Errorf("reschedule: %w", err)
		}
	}
	queued := tx.coming(a.ID)
	for _, side := range []string{SideMade, SideReceived} {
		for s, err := range tx.Snapshots(a.ID, side) {
			if err != nil {
				continue // one that does not open is read anew by the next look
			}
			if err := tx.schedule(a, s, queued, now, newID); err != nil {
				return err
			}
		}
	}
	return nil
}

func wanted(p alert.Prefs, n Notification) bool {
	if n.Kind == alert.ReplyBy {
		return p.Wants(alert.ReplyBy)
	}
	return slices.Contains(p.Leads, int(n.Lead/time.Minute))
}

// toCome lists what the choices of an account ask for before a booking's times.
func toCome(a Account, s Snapshot) (all []Notification) {
	about := Notification{
		Account: a.ID, Chat: a.Chat, Side: s.Side, Booking: s.Booking, Status: s.Status, Credits: s.Credits, Nickname: s.Nickname,
		Session: s.Session, Duration: s.Duration, AcceptBy: s.AcceptBy, Member: s.Member,
	}
	add := func(kind alert.Kind, before time.Time, lead time.Duration) {
		n := about
		n.Kind, n.Lead, n.Due = kind, lead, before.Add(-lead)
		n.Key = comesBefore(n, before)
		all = append(all, n)
	}
	if agreed(s) {
		for _, minutes := range a.Alerts.Leads {
			add(alert.Reminder, s.Session, time.Duration(minutes)*time.Minute)
		}
	}
	if waitsForUs(s) && a.Alerts.Wants(alert.ReplyBy) {
		add(alert.ReplyBy, s.AcceptBy, ReplyByLead)
	}
	return all
}

// comesBefore is the key of something to come.
func comesBefore(n Notification, before time.Time) string {
	return string(n.Kind) + " " + strconv.Itoa(int(n.Lead/time.Minute)) + " " + strconv.FormatInt(before.Unix(), 10)
}

// agreed: there is going to be a call.
func agreed(s Snapshot) bool { return s.Status == statusAccepted || s.Status == statusConfirmed }

// waitsForUs: the person has to answer before the reply-by time.
func waitsForUs(s Snapshot) bool {
	return !s.AcceptBy.IsZero() &&
		(s.Side == SideReceived && s.Status == statusPending || s.Side == SideMade && s.Status == statusAccepted)
}

// coming tells apart what is to come before the times of bookings.
type coming struct {
	kind    alert.Kind
	side    string
	booking int64
	lead    time.Duration
}

func whatComes(n Notification) coming { return coming{n.Kind, n.Side, n.Booking, n.Lead} }

// coming is what is queued for an account already, by hand or not.
func (tx *Tx) coming(account AccountID) map[coming]bool {
	queued := map[coming]bool{}
	for n, err := range tx.Notices(account) {
		if err == nil { // one that does not open is the outbox's to complain of
			queued[whatComes(n)] = true
		}
	}
	return queued
}

// remind has what is to come before a booking's times follow it.
func (tx *Tx) remind(now Snapshot) error {
	for n, err := range tx.Notices(now.Account) {
		if err != nil || !n.Kind.Timed() || n.Side != now.Side || n.Booking != now.Booking {
			continue // one that does not open is the outbox's to complain of
		}
		moved, keep := follow(n, now)
		switch {
		case !keep:
			err = tx.withdraw(n)
		case moved.Key != n.Key: // at its old time it can come again
			err = errors.Join(tx.untell(n), tx.tell(moved), tx.PutNotification(moved))
		case moved != n:
			err = tx.PutNotification(moved)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withdraw takes something to come off the queue, so that it can be queued again.
func (tx *Tx) withdraw(n Notification) error {
	if n.Key != "" {
		if err := tx.untell(n); err != nil {
			return err
		}
	}
	return tx.DeleteNotification(n.Account, n.ID)
}

// follow is what becomes of something to come when its booking looks like that; false if it is of no more use:
// there will be no call, nobody has to answer, or the time was moved so near that the news of it comes later.
func follow(n Notification, now Snapshot) (Notification, bool) {
	before, was, use := now.Session, n.Session, agreed(now)
	if n.Kind == alert.ReplyBy {
		before, was, use = now.AcceptBy, n.AcceptBy, waitsForUs(now)
	}
	if !use {
		return n, false
	}
	n.Status, n.Credits, n.Session, n.AcceptBy = now.Status, now.Credits, stored(now.Session), stored(now.AcceptBy)
	if was.Equal(before) {
		return n, true
	}
	n = n.Untried() // what was tried was for another time
	n.Due = stored(before.Add(-n.Lead))
	if n.Key != "" {
		n.Key = comesBefore(n, before)
	}
	return n, !n.Due.Before(now.Updated)
}
