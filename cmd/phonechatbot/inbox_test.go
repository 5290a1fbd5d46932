package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.etcd.io/bbolt"

	"phonechatbot/bot"
)

// One row of the inbox is spoilt: told once, it holds up nothing, and its update is taken when it comes again.
func TestASpoiltRowOfTheInbox(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := settings{data: dir, keyFile: filepath.Join(dir, "key")}
	db, err := openStore(s)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	kept := []bot.Update{{ID: 1, Body: []byte("one")}, {ID: 2, Arrived: monday, Body: []byte("two")}}
	if _, err := newInbox(db, zerolog.New(&log)).Keep(t.Context(), kept, nil); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	spoilFirst(t, filepath.Join(dir, "phonechatbot.db"))
	if db, err = openStore(s); err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the test is over
	in := newInbox(db, zerolog.New(&log))
	if err := in.Tried(context.Background(), map[int64]int{2: 1}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		pending, err := in.Pending(t.Context())
		want := []bot.Update{{ID: 2, Arrived: monday, Starts: 1, Body: []byte("two")}}
		if diff := cmp.Diff(want, pending); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	if strings.Count(log.String(), "cannot be read") != 1 || !strings.Contains(log.String(), `"update_id":1`) {
		t.Errorf("log: %s", log.String())
	}
	fresh, err := in.Keep(t.Context(), kept, nil)
	if diff := cmp.Diff(kept[:1], fresh); diff != "" || err != nil {
		t.Errorf("fresh, %v (-want +got):\n%s", err, diff)
	}
	if pending, err := in.Pending(t.Context()); len(pending) != 2 || err != nil {
		t.Errorf("%d pending, %v", len(pending), err)
	}
}

func spoilFirst(t *testing.T, path string) {
	t.Helper()
	file, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = file.Update(func(tx *bbolt.Tx) error {
		rows := tx.Bucket([]byte("inbox"))
		key, _ := rows.Cursor().First()
		return rows.Put(key, []byte("spoilt"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}
