package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// openFile opens an engine that is checked and closed when the test ends. It does not wait for the disk.
func openFile(t *testing.T, with options) *bolt {
	t.Helper()
	file, err := openBolt(dataFile(t), with)
	if err != nil {
		t.Fatal(err)
	}
	file.db.NoSync = true
	t.Cleanup(func() {
		err := file.db.View(func(tx *bbolt.Tx) error {
			var problems []error
			for err := range tx.Check() {
				problems = append(problems, err)
			}
			return errors.Join(problems...)
		})
		if err := errors.Join(err, file.Close()); err != nil && !errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
			t.Error(err)
		}
	})
	return file
}

// outcome is what became of a call.
type outcome struct {
	err    error
	thrown any
	stack  string // of the panic
	gone   bool   // the goroutine was ended
}

func (o *outcome) of(call func() error) {
	o.gone = true
	defer func() {
		if o.thrown = recover(); o.thrown != nil {
			o.gone, o.stack = false, string(debug.Stack())
		}
	}()
	o.err = call()
	o.gone = false
}

// request is what a caller asks for.
type request struct {
	ctx  context.Context //nolint:containedctx // it is handed on
	work func(writer) error
}

func requests(t *testing.T, works ...func(writer) error) []request {
	asked := make([]request, len(works))
	for i, work := range works {
		asked[i] = request{t.Context(), work}
	}
	return asked
}

// together has requests made one after the other while the work of the first of them runs, which is how they
// come to share its commit. Before it goes on, meanwhile is done.
func together(file *bolt, asked []request, meanwhile func()) []outcome {
	outcomes := make([]outcome, len(asked))
	goOn := make(chan struct{})
	var all sync.WaitGroup
	for i, r := range asked {
		all.Go(func() {
			outcomes[i].of(func() error {
				return file.Update(r.ctx, func(w writer) error {
					<-goOn
					return r.work(w)
				})
			})
		})
		synctest.Wait()
	}
	if meanwhile != nil {
		meanwhile()
	}
	close(goOn)
	all.Wait()
	return outcomes
}

// puts writes a row of table t, after it has seen that others are there.
func puts(t *testing.T, key string, others ...string) func(writer) error {
	return func(w writer) error {
		if diff := cmp.Diff(others, keysOf(t, w)); diff != "" {
			t.Errorf("%s sees other rows (-want +got):\n%s", key, diff)
		}
		return w.Put("t", []byte(key), []byte(key))
	}
}

func keysOf(t *testing.T, r reader) (keys []string) {
	t.Helper()
	for found, err := range r.Scan("t", nil, nil) {
		if err != nil {
			t.Error(err)
		}
		keys = append(keys, string(found.key))
	}
	return keys
}

func wantKeys(t *testing.T, file *bolt, want ...string) {
	t.Helper()
	err := file.View(t.Context(), func(r reader) error {
		if diff := cmp.Diff(want, keysOf(t, r)); diff != "" {
			t.Errorf("the file holds other rows (-want +got):\n%s", diff)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// commits counts them.
type commits struct{ begun, ended int }

func (c *commits) watch() options {
	return options{before: func() { c.begun++ }, after: func() { c.ended++ }}
}

func TestOneCommitForAllThatWait(t *testing.T) {
	for callers, want := range map[int]int{1: 1, 2: 1, mostInBatch: 1, mostInBatch + 1: 2, 2*mostInBatch + 1: 3} {
		t.Run(fmt.Sprint(callers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var counted commits
				file := openFile(t, counted.watch())
				works := make([]func(writer) error, callers)
				var order []int
				for i := range works {
					works[i] = func(w writer) error {
						order = append(order, i)
						return w.Put("t", number(int64(i)), nil)
					}
				}
				for i, o := range together(file, requests(t, works...), nil) {
					if o != (outcome{}) {
						t.Errorf("caller %d: %+v", i, o)
					}
				}
				if counted != (commits{want, want}) {
					t.Errorf("commits: %+v, want %d", counted, want)
				}
				if len(order) != callers || !slices.IsSorted(order) {
					t.Errorf("they came in another order than they asked: %v", order)
				}
			})
		})
	}
}

// TestManyCallersShareCommits has commits take longer than anything else, as they do. A commit is two fsyncs.
func TestManyCallersShareCommits(t *testing.T) {
	const callers, updates = 100, 20
	synctest.Test(t, func(t *testing.T) {
		commits := 0
		file := openFile(t, options{before: func() {
			commits++
			synctest.Wait() // until everybody waits
		}})
		var all sync.WaitGroup
		for caller := range callers {
			all.Go(func() {
				for i := range updates {
					err := file.Update(t.Context(), func(w writer) error {
						return w.Put("t", number(int64(caller)), number(int64(i)))
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if most := callers * updates / 40; commits > most {
			t.Errorf("%d commits for %d updates of %d callers, want %d at most", commits, callers*updates, callers, most)
		}
	})
}

// TestNobodySeesABatchBeforeItIsWritten looks from outside at each moment of a batch.
func TestNobodySeesABatchBeforeItIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var file *bolt
		file = openFile(t, options{
			before: func() { wantKeys(t, file) },
			after:  func() { wantKeys(t, file, "a", "b") },
		})
		b := puts(t, "b", "a")
		outcomes := together(file, requests(t, puts(t, "a"), func(w writer) error {
			wantKeys(t, file)
			return b(w)
		}), nil)
		for i, o := range outcomes {
			if o != (outcome{}) {
				t.Errorf("no. %d: %+v", i+1, o)
			}
		}
	})
}

func TestCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := openFile(t, options{})
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		asked := requests(t, puts(t, "a"), puts(t, "b", "a"))
		outcomes := together(file, asked, func() {
			go func() { left <- file.Update(ctx, func(writer) error { t.Error("its work runs"); return nil }) }()
			synctest.Wait()
			cancel()
			if err := <-left; !errors.Is(err, context.Canceled) { // while the first one's work goes on
				t.Errorf("it is told %v", err)
			}
		})
		for i, o := range outcomes {
			if o != (outcome{}) {
				t.Errorf("no. %d: %+v", i+1, o)
			}
		}
		wantKeys(t, file, "a", "b")
	})
}

// TestCancelledAsItsTurnCame has a caller called up and cancelled at once, so that it may notice either first: it
// passes its turn on.
func TestCancelledAsItsTurnCame(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			file := openFile(t, options{})
			ctx, cancel := context.WithCancel(t.Context())
			asked := requests(t, func(w writer) error { cancel(); return w.Put("t", []byte("a"), nil) },
				func(writer) error { t.Error("its work runs"); return nil }, puts(t, "b", "a"))
			asked[1].ctx = ctx
			for i, o := range together(file, asked, nil) {
				if i == 1 && !errors.Is(o.err, context.Canceled) || i != 1 && o != (outcome{}) {
					t.Errorf("no. %d: %+v", i+1, o)
				}
			}
			wantKeys(t, file, "a", "b")
		})
	}
}

func TestCloseWhileOthersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var counted commits
		file := openFile(t, counted.watch())
		refused := func(writer) error { t.Error("work that had not begun runs"); return nil }
		closed := make(chan error, 2)
		outcomes := together(file, requests(t, puts(t, "a"), refused, refused), func() {
			for range cap(closed) { // a second time does nothing
				go func() { closed <- file.Close() }()
			}
			synctest.Wait()
			if len(closed) > 0 {
				t.Error("closed under a work that runs")
			}
		})
		for i, o := range outcomes {
			if i == 0 && o != (outcome{}) || i > 0 && !errors.Is(o.err, ErrClosed) {
				t.Errorf("no. %d: %+v", i+1, o)
			}
		}
		if err := errors.Join(<-closed, <-closed); err != nil {
			t.Error(err)
		}
		if counted != (commits{1, 1}) {
			t.Errorf("commits: %+v", counted)
		}
		if err := file.Update(t.Context(), refused); !errors.Is(err, ErrClosed) {
			t.Errorf("Update = %v", err)
		}
		if err := file.View(t.Context(), func(reader) error { return nil }); !errors.Is(err, ErrClosed) {
			t.Errorf("View = %v", err)
		}
	})
}

// TestALongWorkIsNotStarved has it ask once, among others who ask again as soon as they are done.
func TestALongWorkIsNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := openFile(t, options{before: synctest.Wait})
		ended, hasty := make(chan struct{}), 0
		var all sync.WaitGroup
		for caller := range 3 {
			all.Go(func() {
				for {
					err := file.Update(t.Context(), func(w writer) error {
						hasty++
						return w.Put("t", number(int64(caller)), nil)
					})
					if err != nil {
						t.Error(err)
					}
					select {
					case <-ended:
						return
					default:
					}
				}
			})
		}
		all.Go(func() {
			defer close(ended)
			err := file.Update(t.Context(), func(w writer) error {
				if hasty > 4 {
					t.Errorf("%d others came before it", hasty)
				}
				<-time.After(time.Hour)
				return w.Put("t", []byte("long"), bytes.Repeat([]byte("x"), 1000))
			})
			if err != nil {
				t.Error(err)
			}
		})
		all.Wait()
	})
}
