package store

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// priced is a booking of the first account at some credits.
func priced(status, credits string, minute int) Snapshot {
	b := booking(7, status, minute)
	b.Account, b.Side, b.Credits = accountID(1), SideMade, credits
	return b
}

// eachWay runs a test for both ways a snapshot is written: by a poll, and by a conversation.
func eachWay(t *testing.T, test func(t *testing.T, s *Store, write func(Snapshot))) {
	t.Helper()
	t.Run("observed", func(t *testing.T) {
		s := openNew(t)
		o := &observer{store: s, account: putAccount(t, s, 1)}
		test(t, s, func(b Snapshot) { o.look(t, b.Side, b) })
	})
	t.Run("put", func(t *testing.T) {
		s := openNew(t)
		putAccount(t, s, 1)
		test(t, s, func(b Snapshot) { update(t, s, func(tx *Tx) error { return tx.PutSnapshot(b) }) })
	})
}

func kept(t *testing.T, s *Store) (b Snapshot) {
	t.Helper()
	view(t, s, func(tx *Tx) (err error) { b, err = tx.Snapshot(accountID(1), SideMade, 7); return err })
	return b
}

func TestOffered(t *testing.T) {
	told := priced("Accepted", "9", 0)
	told.Offered = "8"
	for name, tc := range map[string]struct {
		seen []Snapshot
		want string
	}{
		"pending":                   {[]Snapshot{priced("Pending", "8", 0)}, "8"},
		"accepted for more":         {[]Snapshot{priced("Pending", "8", 0), priced("Accepted", "9.50", 1)}, "8"},
		"and confirmed":             {[]Snapshot{priced("Pending", "8", 0), priced("Accepted", "9", 1), priced("Confirmed", "9", 2)}, "8"},
		"offered anew":              {[]Snapshot{priced("Pending", "8", 0), priced("Pending", "10", 1), priced("Accepted", "12", 2)}, "10"},
		"asked once more":           {[]Snapshot{priced("Pending", "8", 0), priced("Rejected", "8", 1), priced("Pending", "10", 2)}, "10"},
		"never seen pending":        {[]Snapshot{priced("Accepted", "9", 0), priced("Confirmed", "9", 1)}, ""},
		"the caller knows":          {[]Snapshot{told, priced("Confirmed", "9", 1)}, "8"},
		"the caller is told better": {[]Snapshot{priced("Pending", "7", -1), told}, "7"},
	} {
		t.Run(name, func(t *testing.T) {
			eachWay(t, func(t *testing.T, s *Store, write func(Snapshot)) {
				for _, b := range tc.seen {
					write(b)
				}
				want := tc.seen[len(tc.seen)-1]
				want.Offered = tc.want
				if diff := cmp.Diff(want, kept(t, s)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestOfferedOfAnOldRecord has a record of schema 2 accepted for other credits.
func TestOfferedOfAnOldRecord(t *testing.T) {
	eachWay(t, func(t *testing.T, s *Store, write func(Snapshot)) {
		old := priced("Pending", "8", 0)
		update(t, s, func(tx *Tx) error {
			key, err := tx.snapshotKey(old.Account, old.Side, old.Booking)
			return errors.Join(err, put(tx, tableSnapshots, key, map[string]any{
				"account": old.Account, "side": old.Side, "booking": old.Booking, "status": old.Status,
				"credits": old.Credits, "updated": old.Updated,
			}))
		})
		write(priced("Accepted", "9", 1))
		if got := kept(t, s).Offered; got != "8" {
			t.Errorf("offered %q, want 8", got)
		}
	})
}

func TestMutedStays(t *testing.T) {
	eachWay(t, func(t *testing.T, s *Store, write func(Snapshot)) {
		write(priced("Pending", "8", 0))
		for _, muted := range []bool{true, false} {
			update(t, s, func(tx *Tx) error { return tx.Mute(accountID(1), SideMade, 7, muted) })
			next := priced("Accepted", "9", 1)
			if next.Muted = !muted; !muted { // what the caller sets is no matter
				next = priced("Confirmed", "9", 2)
				next.Muted = true
			}
			write(next)
			want := next
			want.Offered, want.Muted = "8", muted
			if diff := cmp.Diff(want, kept(t, s)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	})
}

func TestObserveSaysNothingOfAMutedBooking(t *testing.T) {
	s := openNew(t)
	o := &observer{store: s, account: putAccount(t, s, 1)}
	mute := func(side string, muted bool) {
		update(t, s, func(tx *Tx) error { return tx.Mute(o.account, side, 7, muted) })
	}
	o.look(t, SideMade, priced("Pending", "8", 0))
	o.look(t, SideReceived, priced("Pending", "8", 0))
	mute(SideMade, true)
	if got := o.look(t, SideMade, priced("Accepted", "9", 1), priced("Confirmed", "9", 2), booking(8, "Pending", 2)); len(got) != 1 {
		t.Errorf("told: %v; want the other booking alone", got)
	}
	if got := kept(t, s); got.Status != "Confirmed" || !got.Muted {
		t.Errorf("kept: %s, muted %v", got.Status, got.Muted)
	}
	if got := o.look(t, SideReceived, priced("Accepted", "9", 1)); len(got) != 1 {
		t.Errorf("the other side is told: %v", got)
	}
	mute(SideMade, false)
	if got := o.look(t, SideMade, priced("Cancelled", "9", 3)); len(got) != 1 {
		t.Errorf("muted no more, told: %v", got)
	}
}

func TestMuteRefuses(t *testing.T) {
	s := openNew(t)
	id := putAccount(t, s, 1)
	err := s.Update(t.Context(), func(tx *Tx) error { return tx.Mute(id, SideMade, 7, true) })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("without a snapshot: %v, want ErrNotFound", err)
	}
	err = s.Update(t.Context(), func(tx *Tx) error { return tx.Mute(id, "both", 7, true) })
	if err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown side: %v", err)
	}
}

func TestADamagedSnapshotIsWrittenOver(t *testing.T) {
	s := openNew(t)
	putAccount(t, s, 1)
	want := priced("Accepted", "9", 0)
	update(t, s, func(tx *Tx) error {
		key, err := tx.snapshotKey(want.Account, want.Side, want.Booking)
		return errors.Join(err, tx.writer.Put(tableSnapshots, key, []byte("damaged")), tx.PutSnapshot(want))
	})
	if diff := cmp.Diff(want, kept(t, s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
