package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/alert"
)

// dues lists what is queued for an account: the last byte of each id, and its due.
func dues(t testing.TB, s *Store, id AccountID) (list []string) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		for n, err := range tx.Notices(id) {
			if err != nil {
				return err
			}
			at := n.Due.Sub(noon).String()
			if n.Due.Equal(Parked()) {
				at = "parked"
			}
			list = append(list, fmt.Sprint(n.ID[15], " ", at))
		}
		return nil
	})
	return list
}

func TestPauseAndResume(t *testing.T) {
	s := openNew(t)
	mine, their := putAccount(t, s, 1), putAccount(t, s, 2)
	at := func(number byte, kind alert.Kind, due time.Duration) Notification {
		return Notification{
			ID: noteID(number), Account: mine, Kind: kind, Due: noon.Add(due), Attempts: 3, Doubtful: true, Tried: noon,
			Session: noon.Add(2 * time.Hour), AcceptBy: noon.Add(time.Hour), Lead: 15 * time.Minute,
		}
	}
	other := at(9, alert.Accepted, 0)
	other.Account = their
	update(t, s, func(tx *Tx) error {
		var err error
		for _, n := range []Notification{
			at(1, alert.Accepted, 0), at(2, alert.SignIn, time.Minute), at(3, alert.Reminder, 105*time.Minute),
			at(4, alert.Reminder, 2*time.Hour), at(5, alert.ReplyBy, time.Hour), at(6, alert.Summary, 8*time.Hour), at(7, alert.Test, 0), other,
		} {
			err = errors.Join(err, tx.Enqueue(n))
		}
		return err
	})
	for range 2 { // the second pause is of what came meanwhile
		update(t, s, func(tx *Tx) error { return tx.PauseAccount(mine, noon) })
	}
	want := []string{"1 parked", "2 parked", "3 1h45m0s", "4 2h0m0s", "5 1h0m0s", "6 8h0m0s"}
	if diff := cmp.Diff(want, dues(t, s, mine)); diff != "" {
		t.Errorf("paused (-want +got):\n%s", diff)
	}
	update(t, s, func(tx *Tx) error { return tx.PauseAccount(mine, noon.Add(time.Hour)) })
	view(t, s, func(tx *Tx) error {
		account, err := tx.Account(mine)
		if !account.Paused.Equal(noon) {
			t.Errorf("paused since %v", account.Paused)
		}
		q, queueErr := tx.Queue(noon)
		if diff := cmp.Diff(Queue{All: 7, Due: 1, Parked: 2, Paused: 1, Oldest: noon}, q); diff != "" {
			t.Errorf("the queue (-want +got):\n%s", diff)
		}
		return errors.Join(err, queueErr)
	})

	back := noon.Add(90 * time.Minute)
	for _, want := range []bool{true, false} { // the second time there is nothing to do
		update(t, s, func(tx *Tx) error {
			if resumed, err := tx.ResumeAccount(mine, back); resumed != want || err != nil {
				t.Errorf("ResumeAccount = %v, %v; want %v", resumed, err, want)
			}
			return nil
		})
	}
	want = []string{"1 1h30m0s", "2 1h30m0s", "3 1h45m0s", "4 1h45m0s", "5 45m0s", "6 8h0m0s"}
	if diff := cmp.Diff(want, dues(t, s, mine)); diff != "" {
		t.Errorf("resumed (-want +got):\n%s", diff)
	}
	view(t, s, func(tx *Tx) error {
		account, err := tx.Account(mine)
		n, noteErr := tx.Notification(mine, noteID(1))
		if !account.Paused.IsZero() || n.Attempts != 0 || n.Doubtful || !n.Tried.IsZero() {
			t.Errorf("paused %v; the first notification was tried %d times", account.Paused, n.Attempts)
		}
		return errors.Join(err, noteErr)
	})
	if diff := cmp.Diff([]string{"9 0s"}, dues(t, s, their)); diff != "" {
		t.Errorf("of the other (-want +got):\n%s", diff)
	}
}

// Somebody writes an account as it was read before it was paused: what is parked would never be due.
func TestPausedIsNotWrittenOver(t *testing.T) {
	s := openNew(t)
	id := putAccount(t, s, 1)
	read := func() (a Account) {
		view(t, s, func(tx *Tx) (err error) { a, err = tx.Account(id); return err })
		return a
	}
	before := read()
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.Enqueue(Notification{ID: noteID(1), Account: id, Due: noon}), tx.PauseAccount(id, noon))
	})
	before.Nickname = "Owl"
	update(t, s, func(tx *Tx) error { return tx.PutAccount(before) })
	if got := read(); !got.Paused.Equal(noon) || got.Nickname != "Owl" {
		t.Errorf("paused since %v, named %q", got.Paused, got.Nickname)
	}
	paused := read()
	update(t, s, func(tx *Tx) error {
		_, err := tx.ResumeAccount(id, noon.Add(time.Hour))
		return errors.Join(err, tx.PutAccount(paused))
	})
	if got := read().Paused; !got.IsZero() {
		t.Errorf("resumed, and paused since %v by what was read before", got)
	}
	if diff := cmp.Diff([]string{"1 1h0m0s"}, dues(t, s, id)); diff != "" {
		t.Errorf("queued (-want +got):\n%s", diff)
	}
}

func TestPauseAndResumeNobody(t *testing.T) {
	s := openNew(t)
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PauseAccount(accountID(1), noon) }); !errors.Is(err, ErrNotFound) {
		t.Errorf("PauseAccount = %v, want ErrNotFound", err)
	}
	update(t, s, func(tx *Tx) error {
		if resumed, err := tx.ResumeAccount(accountID(1), noon); resumed || err != nil {
			t.Errorf("ResumeAccount = %v, %v", resumed, err)
		}
		return nil
	})
}

// A person who writes is nearly always one who was never away: finding that out is no write.
func TestResumingWhoIsHereWritesNothing(t *testing.T) {
	commits := 0
	s, err := Open(dataFile(t), ring(t, 1), WatchCommits(nil, func() { commits++ }))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // nothing was written that anybody reads
	id := putAccount(t, s, 1)
	commits = 0
	update(t, s, func(tx *Tx) error {
		_, err := tx.ResumeAccount(id, noon)
		return err
	})
	if commits != 0 {
		t.Errorf("%d commits", commits)
	}
}

func TestDueBetween(t *testing.T) {
	s := openNew(t)
	id := putAccount(t, s, 1)
	update(t, s, func(tx *Tx) error {
		var err error
		for number := range byte(4) {
			err = errors.Join(err, tx.Enqueue(Notification{ID: noteID(number + 1), Account: id, Due: noon.Add(time.Duration(number))}))
		}
		return err
	})
	for name, tc := range map[string]struct {
		after, until time.Time
		limit        int
		want         []byte
	}{
		"all":                {time.Time{}, noon.Add(3), 9, []byte{1, 2, 3, 4}},
		"after the first":    {noon, noon.Add(3), 9, []byte{2, 3, 4}},
		"before the last":    {noon, noon.Add(2), 9, []byte{2, 3}},
		"limited":            {noon, noon.Add(3), 1, []byte{2}},
		"after before until": {noon.Add(2), noon, 9, nil},
		"after all":          {noon.Add(3), noon.Add(9), 9, nil},
	} {
		t.Run(name, func(t *testing.T) {
			view(t, s, func(tx *Tx) error {
				list, err := tx.DueBetween(tc.after, tc.until, tc.limit)
				var got []byte
				for _, n := range list {
					got = append(got, n.ID[15])
				}
				if !slices.Equal(got, tc.want) {
					t.Errorf("got %v, want %v", got, tc.want)
				}
				return err
			})
		})
	}
	view(t, s, func(tx *Tx) error {
		if at, some := tx.NextDueAfter(noon.Add(1)); !some || !at.Equal(noon.Add(2)) {
			t.Errorf("NextDueAfter = %v, %v", at, some)
		}
		if at, some := tx.NextDueAfter(noon.Add(3)); some {
			t.Errorf("after the last there is %v", at)
		}
		return nil
	})
}
