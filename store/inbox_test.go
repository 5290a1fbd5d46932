package store

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

// A row that does not open says whose it was, keeps no other waiting, and gives way to its update when that comes again.
func TestAnUpdateThatDoesNotOpen(t *testing.T) {
	s := openNew(t)
	update(t, s, func(tx *Tx) error {
		for id := range int64(3) {
			if _, err := tx.KeepUpdate(Update{ID: id + 1, Body: []byte("first")}); err != nil {
				return err
			}
		}
		return nil
	})
	err := database(s).Update(func(tx *bbolt.Tx) error {
		rows := tx.Bucket([]byte(tableInbox))
		return rows.Put(number(2), bytes.Repeat([]byte("x"), 100))
	})
	if err != nil {
		t.Fatal(err)
	}
	read := func() (good, bad []int64) {
		view(t, s, func(tx *Tx) error {
			for u, err := range tx.Updates() {
				if err != nil {
					bad = append(bad, u.ID)
					continue
				}
				good = append(good, u.ID)
			}
			return nil
		})
		return good, bad
	}
	good, bad := read()
	if diff := cmp.Diff([][]int64{{1, 3}, {2}}, [][]int64{good, bad}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for id, want := range map[int64]bool{1: false, 2: true} {
		update(t, s, func(tx *Tx) error {
			fresh, err := tx.KeepUpdate(Update{ID: id, Body: []byte("again")})
			if fresh != want {
				t.Errorf("update %d is fresh: %v", id, fresh)
			}
			return err
		})
	}
	if _, bad = read(); len(bad) != 0 {
		t.Errorf("still bad: %v", bad)
	}
}

func TestTryUpdate(t *testing.T) {
	s := openNew(t)
	update(t, s, func(tx *Tx) error {
		if _, err := tx.KeepUpdate(Update{ID: 1, Body: []byte("body")}); err != nil {
			return err
		}
		return tx.TryUpdate(1, 2)
	})
	update(t, s, func(tx *Tx) error { return tx.TryUpdate(7, 1) }) // handled meanwhile
	view(t, s, func(tx *Tx) error {
		for u, err := range tx.Updates() {
			if diff := cmp.Diff(Update{ID: 1, Starts: 2, Body: []byte("body")}, u); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		}
		return nil
	})
}

// The first arrival counts, however often an update comes. A record from before times were kept has none.
func TestAnUpdatesArrival(t *testing.T) {
	s := openNew(t)
	first := time.Date(2026, 3, 2, 9, 0, 0, 123, time.FixedZone("east", 3600))
	update(t, s, func(tx *Tx) error {
		_, err := tx.KeepUpdate(Update{ID: 1, Arrived: first, Body: []byte("body")})
		return errors.Join(err, put(tx, tableInbox, number(2), struct {
			ID   int64  `json:"id"`
			Body []byte `json:"body"`
		}{2, []byte("old")}))
	})
	update(t, s, func(tx *Tx) error {
		_, err := tx.KeepUpdate(Update{ID: 1, Arrived: first.Add(time.Hour), Body: []byte("body")})
		return errors.Join(err, tx.TryUpdate(1, 1))
	})
	var got []Update
	view(t, s, func(tx *Tx) error {
		for u, err := range tx.Updates() {
			if err != nil {
				return err
			}
			got = append(got, u)
		}
		return nil
	})
	want := []Update{{ID: 1, Arrived: first.UTC(), Starts: 1, Body: []byte("body")}, {ID: 2, Body: []byte("old")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
