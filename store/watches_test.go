package store

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"phonechatbot/internal/alert"
)

func TestWatches(t *testing.T) {
	s := openNew(t)
	mine, their := putAccount(t, s, 1), putAccount(t, s, 2)
	one, other := Watch{Account: mine, Member: 8, Nickname: "Owl"}, Watch{Account: mine, Member: 9}
	foreign := Watch{Account: their, Member: 8, Primed: true}
	update(t, s, func(tx *Tx) error { return errors.Join(tx.PutWatch(one), tx.PutWatch(other), tx.PutWatch(foreign)) })
	one.Primed = true
	update(t, s, func(tx *Tx) error { return tx.PutWatch(one) })
	all := func(account AccountID) (found []Watch) {
		view(t, s, func(tx *Tx) error {
			var failures []error
			found = list(tx.Watches(account), &failures)
			return errors.Join(failures...)
		})
		return found
	}
	byMember := cmpopts.SortSlices(func(a, b Watch) bool { return a.Member < b.Member })
	if diff := cmp.Diff([]Watch{one, other}, all(mine), byMember); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	view(t, s, func(tx *Tx) error {
		got, err := tx.Watch(mine, 8)
		if diff := cmp.Diff(one, got); diff != "" {
			t.Errorf("one (-want +got):\n%s", diff)
		}
		if _, err := tx.Watch(their, 9); !errors.Is(err, ErrNotFound) {
			t.Errorf("nobody watches: %v, want ErrNotFound", err)
		}
		return err
	})
	news := func(n byte, account AccountID, member int64) Notification {
		return Notification{ID: noteID(n), Account: account, Kind: alert.Request, Side: SideReceived, Booking: int64(n), Member: member, Due: noon}
	}
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.Enqueue(news(1, mine, 8)), tx.Enqueue(news(2, mine, 9)), tx.Enqueue(news(3, mine, 0)), tx.Enqueue(news(4, their, 8)))
	})
	update(t, s, func(tx *Tx) error { return errors.Join(tx.DeleteWatch(mine, 8), tx.DeleteWatch(mine, 8)) })
	if diff := cmp.Diff([]Watch{other}, all(mine)); diff != "" {
		t.Errorf("after the end of one (-want +got):\n%s", diff)
	}
	if got := queue(t, s, mine); len(got) != 2 || got[2].Member != 9 || got[3].Member != 0 {
		t.Errorf("still to be told: %v", got)
	}
	if len(all(their)) != 1 || len(queue(t, s, their)) != 1 {
		t.Error("the other account's watch, or its news, ended too")
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteAccount(mine) })
	if got := all(mine); len(got) != 0 {
		t.Errorf("after the account's end: %v", got)
	}
	checkSound(t, s)
}

// What was seen of a member goes with the watch: a new one begins with a first look.
func TestDeleteWatchForgetsTheirBookings(t *testing.T) {
	s := openNew(t)
	mine, their := putAccount(t, s, 1), putAccount(t, s, 2)
	seen := func(account AccountID, side string, booking, member int64) error {
		return s.Update(t.Context(), func(tx *Tx) error {
			n := Notification{ID: noteID(byte(booking)), Account: account, Kind: alert.Request, Side: side, Booking: booking, Member: member, Key: "key"}
			return errors.Join(
				tx.PutSnapshot(Snapshot{Account: account, Side: side, Booking: booking, Member: member, Status: "Pending"}),
				tx.Enqueue(n), tx.DeleteNotification(account, n.ID),
			)
		})
	}
	err := errors.Join(
		seen(mine, SideReceived, 1, 8), seen(mine, SideReceived, 2, 8), seen(mine, SideReceived, 3, 9), seen(mine, SideReceived, 4, 0),
		seen(mine, SideMade, 1, 0), seen(their, SideReceived, 1, 8),
	)
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteWatch(mine, 8) })
	known := func(account AccountID, side string, booking int64) (kept, told bool) {
		view(t, s, func(tx *Tx) (err error) {
			if told, err = tx.Told(account, side, booking, "key"); err != nil {
				return err
			}
			_, err = tx.Snapshot(account, side, booking)
			if kept = err == nil; errors.Is(err, ErrNotFound) {
				return nil
			}
			return err
		})
		return kept, told
	}
	for _, booking := range []int64{1, 2} {
		if kept, told := known(mine, SideReceived, booking); kept || told {
			t.Errorf("booking %d is known yet: %v, told %v", booking, kept, told)
		}
	}
	for name, of := range map[string]struct {
		account AccountID
		side    string
		booking int64
	}{
		"another member's": {mine, SideReceived, 3}, "the account's own": {mine, SideReceived, 4},
		"the other side": {mine, SideMade, 1}, "another account": {their, SideReceived, 1},
	} {
		if kept, told := known(of.account, of.side, of.booking); !kept || !told {
			t.Errorf("%s is forgotten: %v, told %v", name, kept, told)
		}
	}
	checkSound(t, s)
}

func TestPutWatchRefuses(t *testing.T) {
	s := openNew(t)
	id := putAccount(t, s, 1)
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutWatch(Watch{Account: id}) }); err == nil {
		t.Error("a watch of nobody is written")
	}
	err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutWatch(Watch{Account: accountID(2), Member: 8}) })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("of no account: %v, want ErrNotFound", err)
	}
}

// A snooze is ours: what the platform says later leaves it, and what a caller sets is no matter.
func TestSnoozedStays(t *testing.T) {
	eachWay(t, func(t *testing.T, s *Store, write func(Snapshot)) {
		write(priced("Pending", "8", 0))
		until := noon.Add(15 * time.Minute)
		update(t, s, func(tx *Tx) error { return tx.Snooze(accountID(1), SideMade, 7, until.In(time.FixedZone("", 3600))) })
		next := priced("Accepted", "8", 1)
		next.Snoozed = noon.Add(time.Hour)
		write(next)
		want := next
		want.Offered, want.Snoozed = "8", until
		if diff := cmp.Diff(want, kept(t, s)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		update(t, s, func(tx *Tx) error { return tx.Snooze(accountID(1), SideMade, 7, time.Time{}) })
		if got := kept(t, s).Snoozed; !got.IsZero() {
			t.Errorf("taken back: %v", got)
		}
	})
}

// A snooze by itself is no change that is told.
func TestASnoozeIsNoNews(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	o.look(t, SideMade, priced("Pending", "8", 0))
	update(t, s, func(tx *Tx) error { return tx.Snooze(o.account, SideMade, 7, noon.Add(time.Minute)) })
	if told := o.look(t, SideMade, priced("Pending", "8", 0)); len(told) != 0 {
		t.Errorf("told: %v", told)
	}
	if told := o.look(t, SideMade, priced("Accepted", "8", 1)); len(told) != 1 {
		t.Errorf("a change of it is left to whoever delivers; queued: %v", told)
	}
	err := s.Update(t.Context(), func(tx *Tx) error { return tx.Snooze(o.account, SideMade, 99, noon) })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("without a snapshot: %v, want ErrNotFound", err)
	}
}

// What was queued under a key is not queued again, also after it was delivered; another key, booking, side or account
// is another matter, and without a key there is no end to it.
func TestTold(t *testing.T) {
	s := openNew(t)
	mine, their := putAccount(t, s, 1), putAccount(t, s, 2)
	var made byte
	tell := func(n Notification) (queued bool) {
		t.Helper()
		made++
		n.ID, n.Kind = noteID(made), alert.Accepted
		update(t, s, func(tx *Tx) error { return tx.Enqueue(n) })
		view(t, s, func(tx *Tx) error {
			_, err := tx.Notification(n.Account, n.ID)
			if queued = err == nil; errors.Is(err, ErrNotFound) {
				return nil
			}
			return err
		})
		return queued
	}
	first := Notification{Account: mine, Side: SideMade, Booking: 7, Key: "accepted 12:00"}
	if !tell(first) || tell(first) {
		t.Error("one change is queued twice, or not at all")
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteNotification(mine, noteID(1)) })
	if tell(first) {
		t.Error("what was delivered is queued again")
	}
	for name, change := range map[string]func(*Notification){
		"another key":     func(n *Notification) { n.Key = "accepted 12:01" },
		"another booking": func(n *Notification) { n.Booking = 8 },
		"the other side":  func(n *Notification) { n.Side = SideReceived },
		"another account": func(n *Notification) { n.Account = their },
	} {
		n := first
		change(&n)
		if !tell(n) || tell(n) {
			t.Errorf("%s: queued twice, or not at all", name)
		}
	}
	bare := first
	bare.Key = ""
	if once, twice := tell(bare), tell(bare); !once || !twice {
		t.Error("without a key it is not queued")
	}
	told := func(account AccountID, key string) (yes bool) {
		view(t, s, func(tx *Tx) (err error) { yes, err = tx.Told(account, SideMade, 7, key); return err })
		return yes
	}
	if !told(mine, "accepted 12:00") || told(mine, "accepted") || told(mine, "") {
		t.Error("Told: a key is taken for another")
	}
	failed := errors.New("nothing of it")
	err := s.Update(t.Context(), func(tx *Tx) error {
		return errors.Join(tx.Enqueue(Notification{ID: noteID(100), Account: mine, Side: SideMade, Booking: 7, Key: "lost"}), failed)
	})
	if !errors.Is(err, failed) || told(mine, "lost") {
		t.Errorf("%v; told although nothing was written", err)
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteAccount(mine) })
	if told(mine, "accepted 12:00") || !told(their, "accepted 12:00") {
		t.Error("the end of an account leaves what it was told, or takes another's")
	}
	err = s.Update(t.Context(), func(tx *Tx) error {
		return tx.Enqueue(Notification{ID: noteID(101), Account: their, Side: "both", Booking: 7, Key: "x"})
	})
	if err == nil {
		t.Error("a key on an unknown side is taken")
	}
}
