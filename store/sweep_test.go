package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/alert"
)

// ended is a booking of the first account that was confirmed, and whose call ended so long ago.
func ended(id int64, ago time.Duration) Snapshot {
	end := noon.Add(-ago)
	return Snapshot{
		Account: accountID(1), Side: SideMade, Booking: id, Status: statusConfirmed, Duration: 30,
		Session: end.Add(-30 * time.Minute), AcceptBy: end.Add(-3 * day), Updated: end.Add(-4 * day),
	}
}

func TestLongOver(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Snapshot)
		want   bool
	}{
		"a call that was made":               {func(*Snapshot) {}, true},
		"a moment too soon":                  {func(s *Snapshot) { s.Session = s.Session.Add(2 * time.Second) }, false},
		"the call was longer":                {func(s *Snapshot) { s.Duration++ }, false},
		"changed long after the call":        {func(s *Snapshot) { s.Updated = noon.Add(-Retention) }, false},
		"changed before that":                {func(s *Snapshot) { s.Updated = noon.Add(-Retention - 1) }, true},
		"never confirmed":                    {func(s *Snapshot) { s.Status = statusAccepted }, true},
		"never answered: expired":            {func(s *Snapshot) { s.Status = statusPending }, true},
		"never answered, and may be yet":     {func(s *Snapshot) { s.Status, s.AcceptBy = statusPending, noon.Add(time.Hour) }, false},
		"of a state nobody knows":            {func(s *Snapshot) { s.Status = "Paused" }, true},
		"declined":                           {func(s *Snapshot) { s.Status = statusRejected }, true},
		"cancelled long ago, the call ahead": {func(s *Snapshot) { s.Status, s.Session = statusCancelled, noon.Add(day) }, false},
		"cancelled yesterday":                {func(s *Snapshot) { s.Status, s.Updated = statusCancelled, noon.Add(-day) }, false},
		"cancelled, without a time":          {func(s *Snapshot) { s.Status, s.Session = statusCancelled, time.Time{} }, true},
		"not cancelled, without a time":      {func(s *Snapshot) { s.Session = time.Time{} }, false},
		"without a time of change":           {func(s *Snapshot) { s.Updated = time.Time{} }, true},
		"without any": {func(s *Snapshot) {
			s.Status, s.Session, s.AcceptBy, s.Updated = statusCancelled, time.Time{}, time.Time{}, time.Time{}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := ended(1, Retention+time.Second)
			tc.change(&s)
			if got := s.longOver(noon, Retention); got != tc.want {
				t.Errorf("%v", got)
			}
		})
	}
}

// sweep makes steps until there is nothing more to do.
func sweep(t testing.TB, w *Sweeper, now time.Time) (forgotten int) {
	t.Helper()
	for {
		n, err := w.Step(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		if forgotten += n; w.from == nil {
			return forgotten
		}
	}
}

// recordsBut are all records but some, by table and key.
func recordsBut(t testing.TB, s *Store, without func(table string, key []byte) bool) map[string]string {
	t.Helper()
	all := map[string]string{}
	view(t, s, func(tx *Tx) error {
		for _, table := range []string{
			tableMeta, tableAccounts, tableMembers, tableChats, tableSends, tableSnapshots, tablePolls, tableOffers, tableDeeds, tableDirect,
			tableOutbox, tableDue, tableTold, tableWatches, tableInbox, tableSignIns,
		} {
			for found, err := range rows(tx, table, nil) {
				if err != nil {
					return err
				}
				if !without(table, found.key) {
					all[table+"/"+string(found.key)] = string(found.value)
				}
			}
		}
		return nil
	})
	return all
}

// of tells the snapshot of a booking, and what was told of it.
func of(t testing.TB, s *Store, b Snapshot) func(table string, key []byte) bool {
	t.Helper()
	var place []byte
	view(t, s, func(tx *Tx) (err error) {
		place, err = tx.snapshotKey(b.Account, b.Side, b.Booking)
		return err
	})
	return func(table string, key []byte) bool {
		return (table == tableSnapshots || table == tableTold) && bytes.HasPrefix(key, place)
	}
}

func TestASweepForgetsABookingAndNothingElse(t *testing.T) {
	s := openNew(t)
	old := ended(7, 31*day)
	tell := func(tx *Tx, b Snapshot, key string) error {
		return tx.tell(Notification{Account: b.Account, Side: b.Side, Booking: b.Booking, Key: key})
	}
	with := func(change func(*Snapshot)) Snapshot {
		b := old
		change(&b)
		return b
	}
	update(t, s, func(tx *Tx) error {
		var failures []error
		for n := byte(1); n <= 3; n++ {
			failures = append(failures, fill(tx, n))
		}
		for _, b := range []Snapshot{
			old,
			with(func(b *Snapshot) { b.Side, b.Session = SideReceived, noon }),
			with(func(b *Snapshot) { b.Account, b.Session = accountID(2), noon }),
			with(func(b *Snapshot) { b.Booking, b.Session = 8, noon }),
		} {
			failures = append(failures, tx.PutSnapshot(b), tell(tx, b, "asked"), tell(tx, b, "cancelled"))
		}
		return errors.Join(append(failures, tx.Mute(old.Account, old.Side, old.Booking, true),
			tx.Snooze(old.Account, old.Side, old.Booking, noon.Add(-Retention)))...)
	})
	want := recordsBut(t, s, of(t, s, old))
	if got := sweep(t, s.Sweeper(), noon); got != 1 {
		t.Errorf("%d bookings are forgotten, want 1", got)
	}
	if diff := cmp.Diff(want, recordsBut(t, s, func(string, []byte) bool { return false })); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}

func TestWhatWaitsIsNotForgotten(t *testing.T) {
	for name, tc := range map[string]struct {
		wait func(*Tx, Snapshot) error
		want int
	}{
		"nothing": {func(*Tx, Snapshot) error { return nil }, 1},
		"news": {func(tx *Tx, b Snapshot) error {
			return tx.Enqueue(Notification{ID: noteID(1), Account: b.Account, Kind: alert.Cancelled, Side: b.Side, Booking: b.Booking, Due: noon})
		}, 0},
		"news, parked": {func(tx *Tx, b Snapshot) error {
			return tx.Enqueue(Notification{ID: noteID(1), Account: b.Account, Kind: alert.Confirmed, Side: b.Side, Booking: b.Booking, Due: Parked()})
		}, 0},
		"a reminder": {func(tx *Tx, b Snapshot) error {
			return tx.Enqueue(Notification{ID: noteID(1), Account: b.Account, Kind: alert.Reminder, Side: b.Side, Booking: b.Booking, Due: noon})
		}, 0},
		"news of the other side": {func(tx *Tx, b Snapshot) error {
			return tx.Enqueue(Notification{ID: noteID(1), Account: b.Account, Kind: alert.Cancelled, Side: SideReceived, Booking: b.Booking, Due: noon})
		}, 1},
		"another account's news": {func(tx *Tx, b Snapshot) error {
			return tx.Enqueue(Notification{ID: noteID(1), Account: accountID(2), Kind: alert.Cancelled, Side: b.Side, Booking: b.Booking, Due: noon})
		}, 1},
		"the end of a snooze": {func(tx *Tx, b Snapshot) error { return tx.Snooze(b.Account, b.Side, b.Booking, noon.Add(1)) }, 0},
		"a snooze that ended": {func(tx *Tx, b Snapshot) error { return tx.Snooze(b.Account, b.Side, b.Booking, noon) }, 1},
		"a mute has no end":   {func(tx *Tx, b Snapshot) error { return tx.Mute(b.Account, b.Side, b.Booking, true) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := openNew(t)
			putAccount(t, s, 1)
			putAccount(t, s, 2)
			b := ended(7, 31*day)
			update(t, s, func(tx *Tx) error { return errors.Join(tx.PutSnapshot(b), tc.wait(tx, b)) })
			if got := sweep(t, s.Sweeper(), noon); got != tc.want {
				t.Errorf("%d are forgotten, want %d", got, tc.want)
			}
		})
	}
}

// What happens between the two transactions of a step is seen by the second.
func TestABookingThatChangesDuringAStepStays(t *testing.T) {
	s := openNew(t)
	putAccount(t, s, 1)
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutSnapshot(ended(7, 31*day)), tx.PutSnapshot(ended(8, 31*day)), tx.PutSnapshot(ended(9, 31*day)))
	})
	var keys [][]byte
	view(t, s, func(tx *Tx) (err error) { keys, _, err = tx.longOver(nil, 10, 10, noon); return err })
	changed := ended(8, 31*day)
	changed.Status, changed.Updated = statusCancelled, noon
	update(t, s, func(tx *Tx) error {
		key, err := tx.snapshotKey(accountID(1), SideMade, 9)
		return errors.Join(err, tx.PutSnapshot(changed), drop(tx, tableSnapshots, key))
	})
	update(t, s, func(tx *Tx) error {
		left, forgotten, err := tx.forget(keys, 10, noon)
		if len(keys) != 3 || len(left) != 0 || forgotten != 1 {
			t.Errorf("of %d are %d left and %d forgotten", len(keys), len(left), forgotten)
		}
		_, err8 := tx.Snapshot(accountID(1), SideMade, 8)
		return errors.Join(err, err8)
	})
}

func TestASweepIsMadeEveryDay(t *testing.T) {
	s := openNew(t)
	putAccount(t, s, 1)
	w, id := s.Sweeper(), int64(0)
	for _, at := range []struct {
		after time.Duration
		want  int
		why   string
	}{
		{0, 1, "the first"},
		{day - 1, 0, "not yet"},
		{day, 1, "a day later"},
		{2*day - time.Minute, 0, "not yet again"},
		{day - time.Hour, 1, "the clock was put back"},
	} {
		id++
		update(t, s, func(tx *Tx) error { return tx.PutSnapshot(ended(id, 40*day)) })
		n, err := w.Step(t.Context(), noon.Add(at.after))
		if got := min(n, 1); err != nil || got != at.want {
			t.Errorf("%s: %d are forgotten, %v", at.why, n, err)
		}
	}
}

func TestAStepThatFailsIsTriedAgainInAnHour(t *testing.T) {
	s := openNew(t)
	putAccount(t, s, 1)
	update(t, s, func(tx *Tx) error { return tx.PutSnapshot(ended(7, 31*day)) })
	w := s.Sweeper()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if n, err := w.Step(stopped, noon); !errors.Is(err, context.Canceled) || n != 0 {
		t.Errorf("forgotten: %d, %v", n, err)
	}
	if n, err := w.Step(t.Context(), noon.Add(time.Hour-1)); err != nil || n != 0 {
		t.Errorf("within the hour, forgotten: %d, %v", n, err)
	}
	if n, err := w.Step(t.Context(), noon.Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("after it, forgotten: %d, %v", n, err)
	}
}

func TestADamagedSnapshotHoldsUpNoSweep(t *testing.T) {
	s := openNew(t)
	putAccount(t, s, 1)
	update(t, s, func(tx *Tx) error {
		damaged, err := tx.snapshotKey(accountID(1), SideMade, 6)
		return errors.Join(err, tx.writer.Put(tableSnapshots, damaged, []byte("damaged")), tx.PutSnapshot(ended(7, 31*day)), tx.PutSnapshot(ended(8, 31*day)))
	})
	if got := sweep(t, s.Sweeper(), noon); got != 2 {
		t.Errorf("%d are forgotten, want 2", got)
	}
}

// TestSweepsInParts has bookings of several accounts, and sweeps that are cut off again and again: each write is
// bounded, a booking goes with all that was told of it or stays with all of it, and in the end what is to go has gone.
func TestSweepsInParts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := openNew(t)
		for n := byte(1); n <= 3; n++ {
			putAccount(t, s, n)
		}
		told, stays := map[string]int{}, map[string]bool{}
		name := func(b Snapshot) string { return fmt.Sprint(b.Account[15], b.Side, b.Booking) }
		update(t, s, func(tx *Tx) error {
			for id := range rapid.Int64Range(0, 30).Draw(r, "bookings") {
				ago := rapid.SampledFrom([]time.Duration{0, 29 * day, 31 * day, 400 * day}).Draw(r, "over for")
				b := ended(id, ago)
				b.Account, b.Side = accountID(rapid.ByteRange(1, 3).Draw(r, "account")), rapid.SampledFrom([]string{SideMade, SideReceived}).Draw(r, "side")
				queued := rapid.IntRange(0, 4).Draw(r, "something waits") == 0
				stays[name(b)] = ago < Retention || queued
				if queued {
					n := Notification{ID: noteID(byte(id)), Account: b.Account, Kind: alert.Confirmed, Side: b.Side, Booking: b.Booking, Due: noon}
					if err := tx.Enqueue(n); err != nil {
						return err
					}
				}
				told[name(b)] = rapid.IntRange(0, 6).Draw(r, "told")
				if err := tx.PutSnapshot(b); err != nil {
					return err
				}
				for i := range told[name(b)] {
					if err := tx.tell(Notification{Account: b.Account, Side: b.Side, Booking: b.Booking, Key: fmt.Sprint(i)}); err != nil {
						return err
					}
				}
			}
			return nil
		})
		count := func() (all int) {
			view(t, s, func(tx *Tx) error {
				snapshots, err := tx.keysUnder(tableSnapshots, nil)
				keys, errTold := tx.keysUnder(tableTold, nil)
				all = len(snapshots) + len(keys)
				for _, key := range snapshots {
					b, errGet := get[Snapshot](tx, tableSnapshots, key)
					under, errUnder := tx.keysUnder(tableTold, key)
					if len(under) != told[name(b)] {
						r.Errorf("of a booking that stays, %d are left that were told, of %d", len(under), told[name(b)])
					}
					all -= len(under)
					err = errors.Join(err, errGet, errUnder)
				}
				if all != len(snapshots) {
					r.Errorf("%d are left that were told of bookings that have gone", all-len(snapshots))
				}
				all = len(snapshots) + len(keys)
				return errors.Join(err, errTold)
			})
			return all
		}
		writes := rapid.IntRange(1, 8).Draw(r, "writes")
		begin := func() *Sweeper {
			return &Sweeper{store: s, looks: rapid.IntRange(1, 7).Draw(r, "looks"), writes: writes}
		}
		w, before := begin(), count()
		for done := false; !done; done = w.from == nil {
			if rapid.IntRange(0, 9).Draw(r, "killed") == 0 {
				w = begin()
			}
			n, err := w.Step(t.Context(), noon)
			if err != nil {
				r.Fatal(err)
			}
			now := count()
			if removed := before - now; removed > writes && n > 1 {
				r.Errorf("%d records in one write, of %d bookings", removed, n)
			}
			before = now
		}
		left := map[string]bool{}
		view(t, s, func(tx *Tx) error {
			for b, err := range scan[Snapshot](tx, tableSnapshots, nil) {
				if err != nil {
					return err
				}
				left[name(b)] = true
			}
			return nil
		})
		maps.DeleteFunc(stays, func(_ string, yes bool) bool { return !yes })
		if diff := cmp.Diff(stays, left); diff != "" {
			r.Errorf("what stays (-want +got):\n%s", diff)
		}
	})
}

// A step that has nothing to forget writes nothing, and neither does a look at what was forgotten.
func TestWhatWasForgottenIsNotTakenForNew(t *testing.T) {
	commits := 0
	s, err := Open(dataFile(t), ring(t, 1), WatchCommits(nil, func() { commits++ }))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	o := &observer{store: s, account: putAccount(t, s, 1)}
	list := []Snapshot{ended(1, 31*day), ended(2, 40*day), ended(3, 29*day-time.Second)}
	list[1].Status = statusPending
	o.look(t, SideMade)
	for _, b := range list {
		update(t, s, func(tx *Tx) error { return tx.PutSnapshot(b) })
	}
	w := s.Sweeper()
	if got := sweep(t, w, noon); got != 2 {
		t.Fatalf("%d are forgotten, want 2", got)
	}
	commits = 0
	for range 3 {
		if got := o.observe(t, Look{Side: SideMade, Rows: list}); len(got)+len(o.told) != 0 {
			t.Errorf("changed: %v, told: %v", got, o.told)
		}
		w.rest = time.Time{}
		sweep(t, w, noon)
	}
	if commits != 0 {
		t.Errorf("%d commits", commits)
	}

	again := list[0]
	again.Status, again.Updated = statusCancelled, noon
	if diff := cmp.Diff([]string{"1: none to Cancelled"}, o.look(t, SideMade, again, list[1])); diff != "" {
		t.Errorf("one that changes after all (-want +got):\n%s", diff)
	}
	fresh := ended(4, 29*day-time.Second)
	if got := o.look(t, SideMade, fresh, list[1], fresh); len(got) != 1 { // on two pages
		t.Errorf("one that nobody knew, and was over for less: told %v", got)
	}
	if got := o.look(t, SideMade, ended(5, 29*day+time.Second)); got != nil { // a sweep may have come a moment before
		t.Errorf("within the margin: told %v", got)
	}
}

func TestTheFirstLookLeavesOutWhatIsLongOver(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	o.look(t, SideMade, ended(1, 31*day), ended(2, day))
	view(t, s, func(tx *Tx) error {
		if _, err := tx.Snapshot(o.account, SideMade, 1); !errors.Is(err, ErrNotFound) {
			t.Errorf("what is long over: %v", err)
		}
		plan, err := tx.Poll(o.account)
		_, errKept := tx.Snapshot(o.account, SideMade, 2)
		if !plan.PrimedMade {
			t.Error("it does not count as a look")
		}
		return errors.Join(err, errKept)
	})
}
