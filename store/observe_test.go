package store

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/secret"
)

// observer plays a poller: it notes what it is told and queues one notification for each.
type observer struct {
	store   *Store
	account AccountID
	made    byte
	told    []string
}

func (o *observer) notice(old *Snapshot, now Snapshot) []Notification {
	before := "none"
	if old != nil {
		before = old.Status
	}
	o.told = append(o.told, fmt.Sprintf("%d: %s to %s", now.Booking, before, now.Status))
	o.made++
	return []Notification{{ID: noteID(o.made), Account: o.account, Booking: now.Booking, Due: noon}}
}

func (o *observer) look(t *testing.T, side string, rows ...Snapshot) (told []string) {
	t.Helper()
	o.told = nil
	if err := o.store.Observe(t.Context(), o.account, side, rows, o.notice); err != nil {
		t.Fatal(err)
	}
	return o.told
}

func booking(id int64, status string, minute int) Snapshot {
	return Snapshot{Booking: id, Status: status, Updated: noon.Add(time.Duration(minute) * time.Minute)}
}

func TestObserve(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	for _, look := range []struct {
		name string
		side string
		rows []Snapshot
		want []string
	}{
		{"the first look is silent", SideMade, []Snapshot{booking(1, "Pending", 0), booking(2, "Pending", 0)}, nil},
		{"nothing new", SideMade, []Snapshot{booking(2, "Pending", 0), booking(1, "Pending", 0)}, nil},
		{"a change", SideMade, []Snapshot{booking(1, "Accepted", 1)}, []string{"1: Pending to Accepted"}},
		{"a stale read", SideMade, []Snapshot{booking(1, "Pending", 0)}, nil},
		{"and what was known after it", SideMade, []Snapshot{booking(1, "Accepted", 1)}, nil},
		{"the same minute, another state", SideMade, []Snapshot{booking(1, "Confirmed", 1)}, []string{"1: Accepted to Confirmed"}},
		{"a new one", SideMade, []Snapshot{booking(3, "Pending", 1)}, []string{"3: none to Pending"}},
		{
			"a row on two pages", SideMade,
			[]Snapshot{booking(4, "Pending", 1), booking(4, "Pending", 1)},
			[]string{"4: none to Pending"},
		},
		{
			"and changed between them", SideMade,
			[]Snapshot{booking(5, "Pending", 1), booking(5, "Accepted", 2), booking(5, "Pending", 1)},
			[]string{"5: none to Pending", "5: Pending to Accepted"},
		},
		{"the other side is another world", SideReceived, []Snapshot{booking(1, "Pending", 0)}, nil},
		{"and primed by itself", SideReceived, []Snapshot{booking(2, "Pending", 0)}, []string{"2: none to Pending"}},
		{"an empty page", SideReceived, nil, nil},
	} {
		if diff := cmp.Diff(look.want, o.look(t, look.side, look.rows...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", look.name, diff)
		}
	}
	if got := due(t, s, noon, 100); len(got) != int(o.made) {
		t.Errorf("%d are queued, %d were made", len(got), o.made)
	}
	view(t, s, func(tx *Tx) error {
		got, err := tx.Snapshot(o.account, SideMade, 5)
		want := booking(5, "Accepted", 2)
		want.Account, want.Side = o.account, SideMade
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what is kept (-want +got):\n%s", diff)
		}
		return err
	})
}

func TestAnEmptyFirstLookPrimes(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	o.look(t, SideReceived)
	if diff := cmp.Diff([]string{"1: none to Pending"}, o.look(t, SideReceived, booking(1, "Pending", 0))); diff != "" {
		t.Errorf("the first booking of all (-want +got):\n%s", diff)
	}
}

func TestAChangeBeforePrimingIsTold(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	kept := booking(1, "Pending", 0)
	kept.Account, kept.Side = o.account, SideMade
	update(t, s, func(tx *Tx) error { return tx.PutSnapshot(kept) }) // the bot made it itself
	got := o.look(t, SideMade, booking(1, "Accepted", 1), booking(2, "Pending", 0))
	if diff := cmp.Diff([]string{"1: Pending to Accepted"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestObserveKeepsThePollRecord(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	want := Poll{Account: o.account, PrimedReceived: true, Next: noon, Failures: 2, LastOK: noon}
	update(t, s, func(tx *Tx) error { return tx.PutPoll(want) })
	o.look(t, SideMade)
	want.PrimedMade = true
	view(t, s, func(tx *Tx) error {
		got, err := tx.Poll(o.account)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return err
	})
}

func TestObserveWithoutNewsDoesNotWrite(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	page := []Snapshot{booking(1, "Pending", 0), booking(2, "Accepted", 0), booking(3, "Pending", 0)}
	page[0].Credits, page[2].Credits = "18.75", "8"
	page[0].Session = noon.In(time.FixedZone("BST", 3600)) // the zone of the platform
	o.look(t, SideMade, page...)
	update(t, s, func(tx *Tx) error { // and what is ours of them is no difference
		legacy, err := tx.Snapshot(o.account, SideMade, 1)
		legacy.Offered = ""
		key, errKey := tx.snapshotKey(o.account, SideMade, 1)
		return errors.Join(err, errKey, put(tx, tableSnapshots, key, legacy), tx.Mute(o.account, SideMade, 2, true))
	})
	path := database(s).Path()
	before := readFile(t, path)
	told := append(o.look(t, SideMade, page...), o.look(t, SideMade, booking(1, "Pending", -1))...)
	if !bytes.Equal(before, readFile(t, path)) { // the least of commits leaves its number
		t.Error("the file was written to")
	}
	update(t, s, func(tx *Tx) error { return tx.PutChat(Chat{ID: 1}) })
	if bytes.Equal(before, readFile(t, path)) {
		t.Error("a commit cannot be told from none: this test proves nothing")
	}
	if len(told) != 0 {
		t.Errorf("told: %v", told)
	}
}

func TestObserveNeedsAnActiveAccount(t *testing.T) {
	s := openNew(t)
	for _, state := range []AccountState{AccountUnconfirmed, AccountStopped, ""} {
		id := accountID(1)
		update(t, s, func(tx *Tx) error {
			if state == "" {
				return tx.DeleteAccount(id)
			}
			return tx.PutAccount(Account{ID: id, State: state})
		})
		err := s.Observe(t.Context(), id, SideMade, []Snapshot{booking(1, "Pending", 0)}, nil)
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("account %q: %v, want ErrNotFound", state, err)
		}
		if n := rowsOf(t, s)[tableSnapshots]; n != 0 {
			t.Errorf("account %q: %d snapshots are kept", state, n)
		}
	}
}

func TestObserveIsAllOrNothing(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	o.look(t, SideMade)
	other := putAccount(t, s, 2)
	for name, spoilt := range map[string]Notification{
		"for another account": {ID: noteID(9), Account: other},
		"without id":          {Account: o.account},
	} {
		rows := []Snapshot{booking(1, "Pending", 0), booking(2, "Pending", 0)}
		err := s.Observe(t.Context(), o.account, SideMade, rows, func(_ *Snapshot, now Snapshot) []Notification {
			if now.Booking == 2 {
				return []Notification{spoilt}
			}
			return []Notification{{ID: noteID(1), Account: o.account, Due: noon}}
		})
		if err == nil {
			t.Errorf("a notice %s is queued", name)
		}
		if got := rowsOf(t, s); got[tableSnapshots]+got[tableOutbox]+got[tableDue] != 0 {
			t.Errorf("a notice %s leaves something behind: %v", name, got)
		}
	}
	if got := o.look(t, SideMade, booking(1, "Pending", 0)); len(got) != 1 {
		t.Errorf("after a failure, told: %v", got)
	}
}

func TestObserveStopsAtWhatDoesNotOpen(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	o.look(t, SideMade, booking(1, "Pending", 0))
	update(t, s, func(tx *Tx) error {
		key, err := tx.snapshotKey(o.account, SideMade, 1)
		return errors.Join(err, tx.writer.Put(tableSnapshots, key, []byte("damaged")))
	})
	err := s.Observe(t.Context(), o.account, SideMade, []Snapshot{booking(1, "Accepted", 1)}, o.notice)
	if !errors.Is(err, secret.ErrSealed) {
		t.Errorf("%v, want ErrSealed", err)
	}
}
