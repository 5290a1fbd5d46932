package store

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"phonechatbot/internal/alert"
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
	o.observe(t, Look{Side: side, Rows: rows})
	return o.told
}

func (o *observer) observe(t *testing.T, look Look) (changed []int64) {
	t.Helper()
	changed, err := o.store.Observe(t.Context(), o.filled(look))
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// filled is a look with what is the same in all of them.
func (o *observer) filled(look Look) Look {
	look.Account, look.Notice, look.At = o.account, o.notice, noon
	look.NewID = func() uuid.UUID {
		o.made++
		return noteID(o.made)
	}
	return look
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
	want := Poll{Account: o.account, PrimedReceived: true, Every: time.Minute, Failures: 2}
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
		_, err := s.Observe(t.Context(), Look{Account: id, Side: SideMade, Rows: []Snapshot{booking(1, "Pending", 0)}})
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
		look := o.filled(Look{Side: SideMade, Rows: rows})
		look.Notice = func(_ *Snapshot, now Snapshot) []Notification {
			if now.Booking == 2 {
				return []Notification{spoilt}
			}
			return []Notification{{ID: noteID(1), Account: o.account, Due: noon}}
		}
		_, err := s.Observe(t.Context(), look)
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

// One damaged snapshot is as good as none, and keeps no other from being told.
func TestObserveWritesOverWhatDoesNotOpen(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	o.look(t, SideMade, booking(1, "Pending", 0), booking(2, "Pending", 0))
	update(t, s, func(tx *Tx) error {
		key, err := tx.snapshotKey(o.account, SideMade, 1)
		return errors.Join(err, tx.writer.Put(tableSnapshots, key, []byte("damaged")))
	})
	got := o.look(t, SideMade, booking(1, "Accepted", 1), booking(2, "Accepted", 1))
	if diff := cmp.Diff([]string{"1: none to Accepted", "2: Pending to Accepted"}, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if got := o.look(t, SideMade, booking(1, "Accepted", 1)); len(got) != 0 {
		t.Errorf("told once more: %v", got)
	}
	checkSound(t, s)
}

// What a member of the group is asked is the account's to know, and theirs is a list of its own.
func TestObserveAMember(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	theirs := func(rows ...Snapshot) Look { return Look{Side: SideReceived, Member: 7003, Rows: rows} }
	if _, err := s.Observe(t.Context(), o.filled(theirs(booking(1, "Pending", 0)))); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody watches them: %v, want ErrNotFound", err)
	}
	update(t, s, func(tx *Tx) error {
		return tx.PutWatch(Watch{Account: o.account, Member: 7003, Nickname: "Rosa"})
	})
	o.look(t, SideReceived) // their own is primed
	if got := o.observe(t, theirs(booking(1, "Pending", 0))); len(got)+len(o.told) != 0 {
		t.Errorf("the first look tells %v, changed %v", o.told, got)
	}
	got := o.observe(t, theirs(booking(1, "Accepted", 1), booking(2, "Pending", 1)))
	if diff := cmp.Diff([]int64{1, 2}, got); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1: Pending to Accepted", "2: none to Pending"}, o.told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	view(t, s, func(tx *Tx) error {
		watch, err := tx.Watch(o.account, 7003)
		if !watch.Primed || watch.Nickname != "Rosa" {
			t.Errorf("the watch is %+v", watch)
		}
		kept, errKept := tx.Snapshot(o.account, SideReceived, 2)
		if kept.Member != 7003 {
			t.Errorf("the snapshot is of member %d", kept.Member)
		}
		return errors.Join(err, errKept)
	})
}

// What is to come before a booking's times is queued with it, told or not.
func TestObserveSchedules(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	update(t, s, func(tx *Tx) error {
		account, err := tx.Account(o.account)
		account.Alerts.Leads = []int{60}
		return errors.Join(err, tx.PutAccount(account))
	})
	agreed := func(id int64, minute int) Snapshot {
		b := booking(id, statusConfirmed, minute)
		b.Session = noon.Add(time.Duration(id) * 24 * time.Hour)
		return b
	}
	kinds := func() (got []string) {
		for _, n := range waiting(t, s) {
			if n.Kind == alert.Reminder {
				got = append(got, fmt.Sprint(n.Booking, " ", n.Due.Sub(noon)))
			}
		}
		return got
	}
	o.look(t, SideMade, agreed(1, 0), booking(2, "Pending", 0), booking(3, "Pending", 0))
	if diff := cmp.Diff([]string{"1 23h0m0s"}, kinds()); diff != "" {
		t.Errorf("at the silent first look (-want +got):\n%s", diff)
	}
	update(t, s, func(tx *Tx) error { return tx.Mute(o.account, SideMade, 3, true) })
	o.look(t, SideMade, agreed(1, 0), agreed(2, 1), agreed(3, 1))
	if diff := cmp.Diff([]string{"1 23h0m0s", "2 47h0m0s"}, kinds()); diff != "" {
		t.Errorf("later, one of them muted (-want +got):\n%s", diff)
	}
}

func TestWhatIsToldByAKeyIsToldOnce(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	o.look(t, SideMade, booking(1, "Pending", 0))
	keyed := func(_ *Snapshot, now Snapshot) []Notification {
		o.made++
		return []Notification{{ID: noteID(o.made), Account: o.account, Side: now.Side, Booking: now.Booking, Due: noon, Key: now.Status}}
	}
	for _, status := range []string{"Accepted", "Pending", "Accepted", "Pending"} {
		look := o.filled(Look{Side: SideMade, Rows: []Snapshot{booking(1, status, 0)}})
		look.Notice = keyed
		if _, err := s.Observe(t.Context(), look); err != nil {
			t.Fatal(err)
		}
	}
	if got := due(t, s, noon, 100); len(got) != 2 {
		t.Errorf("%d are queued, want one of each", len(got))
	}
}

// waiting is all that waits to be told, whenever it is due.
func waiting(t *testing.T, s *Store) (list []Notification) {
	t.Helper()
	view(t, s, func(tx *Tx) (err error) {
		list, err = tx.Due(noon.Add(1000*time.Hour), 1000)
		return err
	})
	return list
}
