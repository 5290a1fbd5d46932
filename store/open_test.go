package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func TestOpenIsForTheOwnerOnly(t *testing.T) {
	path := dataFile(t)
	openAt(t, path, ring(t, 1))
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(name), got, want)
		}
	}
}

func TestOpenNarrowsTheModeOfACopy(t *testing.T) {
	path := dataFile(t)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil { //nolint:gosec // what the test is about
		t.Fatal(err)
	}
	openAt(t, path, ring(t, 1))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode %o, want 600", got)
	}
}

func TestOpenRefusesASecondInstance(t *testing.T) {
	t.Parallel()
	path := dataFile(t)
	openAt(t, path, ring(t, 1))
	began := time.Now()
	_, err := Open(path, ring(t, 1))
	if !errors.Is(err, ErrInUse) {
		t.Errorf("Open = %v, want ErrInUse", err)
	}
	if took := time.Since(began); took > time.Minute { // it waits for a second; a machine may be slow
		t.Errorf("it took %v to say so", took)
	}
}

func TestOpenWithKeys(t *testing.T) {
	for name, tc := range map[string]struct {
		keys []byte
		want error
	}{
		"the same key":           {[]byte{1}, nil},
		"rotated":                {[]byte{2, 1}, nil},
		"rotated twice":          {[]byte{3, 2, 1}, nil},
		"another key":            {[]byte{2}, ErrWrongKey},
		"the oldest is not last": {[]byte{1, 2}, ErrWrongKey},
	} {
		t.Run(name, func(t *testing.T) {
			path := dataFile(t)
			first, err := Open(path, ring(t, 1))
			if err != nil {
				t.Fatal(err)
			}
			id := putAccount(t, first, 1)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			before := readFile(t, path)
			second, err := Open(path, ring(t, tc.keys...))
			if !errors.Is(err, tc.want) {
				t.Fatalf("Open = %v, want %v", err, tc.want)
			}
			if err != nil {
				if !bytes.Equal(before, readFile(t, path)) {
					t.Error("the refused file was written to")
				}
				return
			}
			view(t, second, func(tx *Tx) error { _, err := tx.Account(id); return err })
			if err := second.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestOpenRefuses(t *testing.T) {
	schema := func(version string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			s, err := Open(path, ring(t, 1))
			if err != nil {
				t.Fatal(err)
			}
			err = database(s).Update(func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte(tableMeta)).Put([]byte(keySchema), []byte(version))
			})
			if err := errors.Join(err, s.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, tc := range map[string]struct {
		prepare func(*testing.T, string)
		want    error  // if there is a sentinel
		say     string // and in any case
	}{
		"a newer schema":  {schema(strconv.Itoa(len(migrations()) + 1)), ErrNewer, "this program knows"},
		"a far newer one": {schema("999"), ErrNewer, "update the program"},
		"no number":       {schema("one"), nil, "damaged"},
		"version zero":    {schema("0"), nil, "damaged"},
		"another file": {func(t *testing.T, path string) {
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700),
				os.WriteFile(path, bytes.Repeat([]byte("no database "), 4096), 0o600)); err != nil {
				t.Fatal(err)
			}
		}, nil, "database file"},
		"a directory": {func(t *testing.T, path string) {
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, nil, "database file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := dataFile(t)
			tc.prepare(t, path)
			s, err := Open(path, ring(t, 1))
			if err == nil {
				t.Fatal("it opens", s.Close())
			}
			if tc.want != nil && !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.say) {
				t.Errorf("Open = %v; want %v, saying %q", err, tc.want, tc.say)
			}
		})
	}
	if _, err := Open(dataFile(t), nil); err == nil {
		t.Error("it opens without a keyring")
	}
}
