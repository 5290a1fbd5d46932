package store

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"phonechatbot/internal/alert"
)

func TestOutage(t *testing.T) {
	s := openNew(t)
	outage := func() (o Outage, err error) {
		view(t, s, func(tx *Tx) error {
			o, err = tx.Outage()
			return nil
		})
		return o, err
	}
	if _, err := outage(); !errors.Is(err, ErrNotFound) {
		t.Errorf("before: %v, want ErrNotFound", err)
	}
	update(t, s, func(tx *Tx) error { return tx.PutOutage(Outage{Since: noon}) })
	if got, err := outage(); err != nil || !got.Since.Equal(noon) {
		t.Errorf("in it: %v, %v", got, err)
	}
	update(t, s, (*Tx).DropOutage)
	if _, err := outage(); !errors.Is(err, ErrNotFound) {
		t.Errorf("after: %v, want ErrNotFound", err)
	}
}

func TestAnOutageIsToldOnceAndEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		meanwhile func(tx *Tx, id AccountID) error
		want      []alert.Kind
	}{
		"sent": {func(tx *Tx, id AccountID) error { return tx.DeleteNotification(id, noteID(1)) }, []alert.Kind{alert.Back}},
		"waits still": {
			func(*Tx, AccountID) error { return nil }, nil,
		},
		"perhaps sent": {func(tx *Tx, id AccountID) error {
			n, err := tx.Notification(id, noteID(1))
			n.Doubtful = true
			return errors.Join(err, tx.PutNotification(n))
		}, []alert.Kind{alert.Back}},
		"sent, and stopped since": {func(tx *Tx, id AccountID) error {
			account, err := tx.Account(id)
			account.State = AccountStopped
			return errors.Join(err, tx.PutAccount(account), tx.DeleteNotification(id, noteID(1)))
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := openNew(t)
			id := putAccount(t, s, 1)
			note := func(n byte, kind alert.Kind) Notification {
				return Notification{ID: noteID(n), Account: id, Kind: kind, Made: noon, Due: noon}
			}
			update(t, s, func(tx *Tx) error {
				first, err := tx.TellDown(note(1, alert.Down))
				again, errAgain := tx.TellDown(note(2, alert.Down))
				if !first || again {
					t.Errorf("told: %v, and again: %v", first, again)
				}
				return errors.Join(err, errAgain)
			})
			update(t, s, func(tx *Tx) error { return tc.meanwhile(tx, id) })
			update(t, s, func(tx *Tx) error {
				told, err := tx.TellBack(note(3, alert.Back))
				again, errAgain := tx.TellBack(note(4, alert.Back))
				if told != (tc.want != nil) || again {
					t.Errorf("told that it is over: %v, and again: %v", told, again)
				}
				return errors.Join(err, errAgain)
			})
			var got []alert.Kind
			for _, n := range waiting(t, s) {
				got = append(got, n.Kind)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("queued in the end (-want +got):\n%s", diff)
			}
			view(t, s, func(tx *Tx) error {
				poll, err := tx.Poll(id)
				if poll.Down != uuid.Nil {
					t.Error("it is not over for the account")
				}
				return err
			})
		})
	}
}
