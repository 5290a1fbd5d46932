package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"phonechatbot/internal/flow"
)

// turn writes a whole turn of chat n: all of it or none of it must be found.
func turn(tx *Tx, n int) error {
	_, err := tx.KeepUpdate(Update{ID: int64(n), Body: bytes.Repeat([]byte("x"), 3000)})
	return errors.Join(err,
		tx.PutAccount(Account{ID: accountID(byte(n)), Member: int64(n), State: AccountActive}),
		tx.PutChat(Chat{ID: flow.ChatID(n), Account: accountID(byte(n)), LastUpdate: int64(n)}),
		tx.Enqueue(Notification{ID: noteID(byte(n)), Account: accountID(byte(n)), Due: noon}),
	)
}

// turnsIn opens a copy of a database file and counts the turns in it; a turn in part is an error.
func turnsIn(t *testing.T, raw []byte) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, ring(t, 1))
	if err != nil {
		t.Fatalf("the copy does not open: %v", err)
	}
	checkSound(t, s)
	updates, chats, notes := 0, 0, 0
	view(t, s, func(tx *Tx) error {
		for _, err := range tx.Updates() {
			updates++
			if err != nil {
				return err
			}
		}
		for _, err := range tx.Chats() {
			chats++
			if err != nil {
				return err
			}
		}
		list, err := tx.Due(noon, 1000)
		notes = len(list)
		return err
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if updates != chats || chats != notes {
		t.Errorf("a turn in part: %d updates, %d chats, %d notifications", updates, chats, notes)
	}
	return chats
}

// TestKilledBetweenTransactions copies the file while the process goes on: what a kill would leave.
func TestKilledBetweenTransactions(t *testing.T) {
	s := openNew(t)
	path := database(s).Path()
	for n := 1; n <= 20; n++ {
		update(t, s, func(tx *Tx) error {
			if err := turn(tx, n); err != nil {
				return err
			}
			if got := turnsIn(t, readFile(t, path)); got != n-1 {
				t.Errorf("during turn %d the file holds %d", n, got)
			}
			return nil
		})
		if got := turnsIn(t, readFile(t, path)); got != n {
			t.Errorf("after turn %d the file holds %d", n, got)
		}
	}
}

// TestPowerCutWhileWriting leaves any part of a transaction's pages on the disk, in any order. The two
// pages at the front, of which one makes the rest count, are written last: with it the turns that share it
// are there, without it, or with half of it, none of them is.
func TestPowerCutWhileWriting(t *testing.T) {
	for _, sharing := range []int{1, 4} {
		t.Run(fmt.Sprint(sharing), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { cutPower(t, sharing) })
		})
	}
}

func cutPower(t *testing.T, sharing int) {
	s := openNew(t)
	path, pageSize := database(s).Path(), database(s).Info().PageSize
	for n := 1; n <= 12; n++ {
		update(t, s, func(tx *Tx) error { return turn(tx, n) })
	}
	before := readFile(t, path)
	var works []func(writer) error
	for n := range sharing {
		works = append(works, func(w writer) error { return turn(&Tx{reader: w, writer: w, keys: s.keys}, 13+n) })
	}
	for _, o := range together(s.engine.(*bolt), requests(t, works...), nil) {
		if o != (outcome{}) {
			t.Fatalf("%+v", o)
		}
	}
	after := readFile(t, path)
	before = append(before, make([]byte, len(after)-len(before))...)

	var changed []int
	for at := 2 * pageSize; at < len(after); at += pageSize {
		if !bytes.Equal(before[at:at+pageSize], after[at:at+pageSize]) {
			changed = append(changed, at)
		}
	}
	if len(changed) < 3 {
		t.Fatalf("only %d pages changed: this test proves nothing", len(changed))
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same cuts each time
	for range 40 {
		cut := bytes.Clone(before)
		for _, at := range changed {
			if random.IntN(2) == 0 {
				copy(cut[at:at+random.IntN(pageSize)], after[at:]) // a page may be torn as well
			}
		}
		if got := turnsIn(t, cut); got != 12 {
			t.Fatalf("cut before the end: %d turns, want 12", got)
		}
	}
	torn := bytes.Clone(after)
	for page := range 2 {
		if front := torn[page*pageSize : (page+1)*pageSize]; !bytes.Equal(front, before[page*pageSize:(page+1)*pageSize]) {
			clear(front[40:])
		}
	}
	if got := turnsIn(t, torn); got != 12 {
		t.Errorf("cut in the last page: %d turns, want 12", got)
	}
	if got := turnsIn(t, after); got != 12+sharing {
		t.Errorf("not cut: %d turns, want %d", got, 12+sharing)
	}
}
