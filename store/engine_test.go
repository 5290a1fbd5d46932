package store

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestEngineIsAnOrderedMap plays random writes against the file and against a map.
func TestEngineIsAnOrderedMap(t *testing.T) {
	file, err := openBolt(dataFile(t), options{})
	if err != nil {
		t.Fatal(err)
	}
	file.db.NoSync = true
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	keys := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 'b', 0xff}), 1, 3)
	rapid.Check(t, func(rt *rapid.T) {
		model := map[string]string{}
		err := file.Update(t.Context(), func(w writer) error {
			for found, err := range w.Scan("t", nil, nil) { // begin empty; deletes while it walks
				if err != nil {
					return err
				}
				if err := w.Delete("t", found.key); err != nil {
					return err
				}
			}
			for range rapid.IntRange(0, 60).Draw(rt, "writes") {
				key := keys.Draw(rt, "key")
				if rapid.Bool().Draw(rt, "delete") {
					delete(model, string(key))
					if err := w.Delete("t", key); err != nil {
						return err
					}
					continue
				}
				value := bytes.Repeat(key, rapid.IntRange(1, 200).Draw(rt, "times"))
				model[string(key)] = string(value)
				if err := w.Put("t", key, value); err != nil {
					return err
				}
			}
			return compareWith(rt, w, model, keys)
		})
		if err != nil {
			rt.Fatal(err)
		}
		err = file.View(t.Context(), func(r reader) error { return compareWith(rt, r, model, keys) })
		if err != nil {
			rt.Fatal(err)
		}
	})
}

func compareWith(rt *rapid.T, r reader, model map[string]string, keys *rapid.Generator[[]byte]) error {
	prefix, from := []byte(nil), []byte(nil)
	if rapid.Bool().Draw(rt, "with prefix") {
		prefix = keys.Draw(rt, "prefix")
	}
	if rapid.Bool().Draw(rt, "with from") {
		from = keys.Draw(rt, "from")
	}
	var want, got []string
	for key := range model {
		if strings.HasPrefix(key, string(prefix)) && key >= string(from) {
			want = append(want, key)
		}
	}
	slices.Sort(want)
	for found, err := range r.Scan("t", prefix, from) {
		if err != nil {
			return err
		}
		if model[string(found.key)] != string(found.value) {
			rt.Errorf("key %q has another value", found.key)
		}
		got = append(got, string(found.key))
		clear(found.key) // copies: nothing else sees this
		clear(found.value)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Errorf("scan of prefix %q from %q (-want +got):\n%s", prefix, from, diff)
	}
	key := keys.Draw(rt, "get")
	value, err := r.Get("t", key)
	if _, there := model[string(key)]; there != (value != nil) || string(value) != model[string(key)] {
		rt.Errorf("Get %q = %d bytes, %v", key, len(value), err)
	}
	clear(value)
	return err
}

func TestScanMayWrite(t *testing.T) {
	s := openNew(t)
	var keys []string
	update(t, s, func(tx *Tx) error {
		for i := range 500 {
			if _, err := tx.KeepUpdate(Update{ID: int64(2*i + 1), Body: bytes.Repeat([]byte("x"), 100)}); err != nil {
				return err
			}
		}
		for u, err := range tx.Updates() { // drops each and adds its even neighbour, which is met as well
			if err != nil {
				return err
			}
			keys = append(keys, string(rune('0'+u.ID%2)))
			if err := tx.DropUpdate(u.ID); err != nil {
				return err
			}
			if u.ID%2 == 1 {
				if _, err := tx.KeepUpdate(Update{ID: u.ID + 1}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if got, want := strings.Join(keys, ""), strings.Repeat("10", 500); got != want {
		t.Errorf("met %d updates in another order, want %d", len(got), len(want))
	}
	view(t, s, func(tx *Tx) error {
		for u, err := range tx.Updates() {
			t.Errorf("left over: %d, %v", u.ID, err)
		}
		return nil
	})
}
