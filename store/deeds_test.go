package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDeedsAreNewestFirst(t *testing.T) {
	s := openNew(t)
	mine, their := putAccount(t, s, 1), putAccount(t, s, 2)
	first := Deed{
		ID: noteID(1), Account: mine, Member: 8, Nickname: "N\u202eight", What: "price", Detail: "2.75", Outcome: DeedBegun,
		At: noon,
	}
	second := Deed{ID: noteID(2), Account: mine, What: "offer", Outcome: DeedRefused, At: noon.In(time.FixedZone("BST", 3600))}
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutDeed(second), tx.PutDeed(first), tx.PutDeed(Deed{ID: noteID(3), Account: their, Outcome: DeedDone}))
	})
	first.Outcome = DeedUnknown
	update(t, s, func(tx *Tx) error { return tx.PutDeed(first) }) // changed, it stays in its place
	view(t, s, func(tx *Tx) error {
		var got []Deed
		for deed, err := range tx.Deeds(mine) {
			if err != nil {
				return err
			}
			got = append(got, deed)
		}
		if diff := cmp.Diff([]Deed{second, first}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, err := range tx.Deeds(mine) {
			return err // leaving early is fine
		}
		return nil
	})
	for name, bad := range map[string]Deed{
		"no id":           {Account: mine, Outcome: DeedDone},
		"no outcome":      {ID: noteID(4), Account: mine},
		"another outcome": {ID: noteID(4), Account: mine, Outcome: "half"},
	} {
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutDeed(bad) }); err == nil {
			t.Errorf("%s: it is written", name)
		}
	}
}

func TestOnlyTheNewestDeedsAreKept(t *testing.T) {
	s := openNew(t)
	mine, their := putAccount(t, s, 1), putAccount(t, s, 2)
	deed := func(account AccountID, n int) Deed {
		id := noteID(byte(n))
		id[14] = byte(n >> 8)
		return Deed{ID: id, Account: account, What: fmt.Sprint(n), Outcome: DeedDone}
	}
	update(t, s, func(tx *Tx) error {
		if err := tx.PutDeed(deed(their, 1)); err != nil {
			return err
		}
		for n := range KeptDeeds + 3 {
			if err := tx.PutDeed(deed(mine, n+1)); err != nil {
				return err
			}
		}
		return tx.PutDeed(deed(mine, 2)) // too old by now
	})
	view(t, s, func(tx *Tx) error {
		next := KeptDeeds + 3
		for got, err := range tx.Deeds(mine) {
			if err != nil || got.What != fmt.Sprint(next) {
				t.Fatalf("deed %s, %v; want %d", got.What, err, next)
			}
			next--
		}
		if next != 3 {
			t.Errorf("the oldest that is kept is %d, want 4", next+1)
		}
		for got, err := range tx.Deeds(their) {
			if err != nil || got.What != "1" {
				t.Errorf("the other's: %s, %v", got.What, err)
			}
		}
		return nil
	})
	if got := rowsOf(t, s)[tableDeeds]; got != KeptDeeds+1 {
		t.Errorf("%d deeds are kept, want %d", got, KeptDeeds+1)
	}
}
