package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// TestAWorkLosesItsOwnWritesOnly has one work of three that share a commit come to a bad end.
func TestAWorkLosesItsOwnWritesOnly(t *testing.T) {
	boom := errors.New("boom")
	is := func(want error) func(outcome) bool { return func(o outcome) bool { return errors.Is(o.err, want) } }
	asItIs := func(o outcome) bool { return any(o.err) == any(boom) }
	for name, tc := range map[string]struct {
		end  func(w writer, cancel func()) error
		want func(o outcome) bool
	}{
		"an error":          {func(writer, func()) error { return boom }, asItIs},
		"a panic":           {func(writer, func()) error { panic(boom) }, func(o outcome) bool { return o.thrown == any(boom) }},
		"Goexit":            {func(writer, func()) error { runtime.Goexit(); return nil }, func(o outcome) bool { return o.gone }},
		"cancelled":         {func(_ writer, cancel func()) error { cancel(); return nil }, is(context.Canceled)},
		"cancelled, failed": {func(_ writer, cancel func()) error { cancel(); return boom }, asItIs},
		"no key":            {func(w writer, _ func()) error { return w.Put("t", nil, nil) }, is(bolterrors.ErrKeyRequired)},
		"no table":          {func(w writer, _ func()) error { return w.Put("", []byte("k"), nil) }, is(bolterrors.ErrBucketNameRequired)},
		"a key too long": {
			func(w writer, _ func()) error { return w.Put("t", make([]byte, bbolt.MaxKeySize+1), nil) },
			is(bolterrors.ErrKeyTooLarge),
		},
	} {
		for at := range 3 {
			t.Run(fmt.Sprintf("%s of no. %d", name, at+1), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { badEnd(t, at, tc.end, tc.want) })
			})
		}
	}
}

func badEnd(t *testing.T, at int, end func(writer, func()) error, want func(outcome) bool) {
	var counted commits
	file := openFile(t, counted.watch())
	if err := file.Update(t.Context(), puts(t, "first")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	there := []string{"first"}
	asked := make([]request, 3)
	for i := range asked {
		own := puts(t, "more "+fmt.Sprint(i), there...)
		asked[i] = request{ctx, func(w writer) error {
			if err := errors.Join(own(w), w.Delete("t", []byte("first"))); err != nil {
				t.Error(err)
			}
			return end(w, cancel)
		}}
		if i != at {
			asked[i] = request{t.Context(), own}
			there = append(slices.Clone(there), "more "+fmt.Sprint(i))
		}
	}
	for i, o := range together(file, asked, nil) {
		if i == at && !want(o) || i != at && o != (outcome{}) {
			t.Errorf("no. %d: %+v", i+1, o)
		}
		if o.thrown != nil && !strings.Contains(o.stack, "TestAWorkLosesItsOwnWritesOnly.func") {
			t.Errorf("the stack does not show where it was thrown:\n%s", o.stack)
		}
	}
	wantKeys(t, file, there...)
	if counted != (commits{2, 2}) {
		t.Errorf("commits: %+v", counted)
	}
}

// TestADiskThatIsFullFailsTheBatch has a commit fail: whoever shared it is told, also those whose own answer
// rested on what others wrote.
func TestADiskThatIsFullFailsTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var counted commits
		file := openFile(t, counted.watch())
		if err := file.Update(t.Context(), puts(t, "first")); err != nil {
			t.Fatal(err)
		}
		big := func(w writer) error { return w.Put("t", []byte("big"), make([]byte, 1<<20)) }
		none := func(w writer) error { _, err := w.Get("t", []byte("big")); return err }
		fails := func(w writer) error { return errors.New("the name is taken") }
		panics := func(w writer) error { panic("boom") }

		file.db.MaxSize = 1 << 16
		for i, o := range together(file, requests(t, puts(t, "a", "first"), big, none, fails, panics), nil) {
			if i == 4 && o.thrown != "boom" || i != 4 && !errors.Is(o.err, bolterrors.ErrMaxSizeReached) {
				t.Errorf("no. %d: %+v", i+1, o)
			}
		}
		wantKeys(t, file, "first")

		file.db.MaxSize = 0
		for i, o := range together(file, requests(t, puts(t, "a", "first"), big, none), nil) {
			if o != (outcome{}) {
				t.Errorf("after that no. %d: %+v", i+1, o)
			}
		}
		wantKeys(t, file, "a", "big", "first")
		if counted != (commits{3, 2}) {
			t.Errorf("commits: %+v", counted)
		}
	})
}

// TestAWriteThatTheFileRefusesAfterAll fails the batch: part of it is in the transaction by then.
func TestAWriteThatTheFileRefusesAfterAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := openFile(t, options{})
		err := file.db.Update(func(tx *bbolt.Tx) error { // which no program of ours does
			bucket, err := tx.CreateBucket([]byte("t"))
			if err != nil {
				return err
			}
			_, err = bucket.CreateBucket([]byte("k"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		put := func(table, key string) func(writer) error {
			return func(w writer) error { return w.Put(table, []byte(key), []byte(key)) }
		}
		half := func(w writer) error { return errors.Join(put("s", "half")(w), put("t", "k")(w)) }
		outcomes := together(file, requests(t, put("s", "a"), half, put("s", "b")), nil)
		for i, o := range outcomes {
			if want := i < 2; errors.Is(o.err, bolterrors.ErrIncompatibleValue) != want || !want && o != (outcome{}) {
				t.Errorf("no. %d: %+v", i+1, o)
			}
		}
		err = file.View(t.Context(), func(r reader) error {
			for found, err := range r.Scan("s", nil, nil) {
				if err != nil || string(found.key) != "b" {
					t.Errorf("the file holds %q, %v", found.key, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestNothingWrittenNothingCommitted(t *testing.T) {
	var counted commits
	file := openFile(t, counted.watch())
	for name, work := range map[string]func(writer) error{
		"no write":             func(writer) error { return nil },
		"it fails":             func(w writer) error { return errors.Join(w.Put("t", []byte("k"), nil), errors.New("boom")) },
		"a row that is absent": func(w writer) error { return w.Delete("t", []byte("k")) },
		"a row that came and went": func(w writer) error {
			return errors.Join(w.Put("t", []byte("k"), nil), w.Delete("t", []byte("k")))
		},
	} {
		if err := file.Update(t.Context(), work); (err != nil) != (name == "it fails") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if counted != (commits{}) {
		t.Errorf("commits: %+v, want none", counted)
	}
}

// TestAPanicOfAWatcher comes through to the last caller of the batch; the others are told that nothing was
// written.
func TestAPanicOfAWatcher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		armed := true
		file := openFile(t, options{before: func() {
			if armed {
				panic("end of the process")
			}
		}})
		for i, o := range together(file, requests(t, puts(t, "a"), puts(t, "b", "a")), nil) {
			if i == 0 && !errors.Is(o.err, errNotWritten) || i == 1 && o.thrown != "end of the process" {
				t.Errorf("no. %d: %+v", i+1, o)
			}
		}
		armed = false
		for i, o := range together(file, requests(t, puts(t, "a"), puts(t, "b", "a")), nil) {
			if o != (outcome{}) {
				t.Errorf("after that no. %d: %+v", i+1, o)
			}
		}
		wantKeys(t, file, "a", "b")
	})
}
