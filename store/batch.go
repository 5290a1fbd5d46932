package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"go.etcd.io/bbolt"
)

// mostInBatch bounds how many works share a commit, and so for how many the first of them waits.
const mostInBatch = 256

// What becomes of a batch in which bbolt, or who watches the commits, panics.
var (
	errNotWritten = errors.New("commit: not carried out")
	errHalf       = errors.New("commit: a work is in the transaction in part")
)

// batch is one transaction of the file, and the works that share it. It goes from hand to hand: each work
// runs on its caller's own goroutine, which then calls up the next that waits; the last one commits. So a
// panic, a Goexit and a stack trace are the caller's, and nobody has to be started or stopped.
type batch struct {
	tx     *bbolt.Tx // nil before the first work
	size   int       // hands it went through
	wrote  bool      // there is something to commit
	broken error     // why there must be no commit
	done   chan struct{}
	err    error // what became of it, once done is closed
}

func newBatch() *batch { return &batch{done: make(chan struct{}), err: errNotWritten} }

// run runs a work on what those before it have left, and keeps its writes if it succeeds.
func (in *batch) run(ctx context.Context, db *bbolt.DB, work func(writer) error) error {
	if in.tx == nil {
		tx, err := db.Begin(true)
		if err != nil {
			return orClosed(err)
		}
		in.tx = tx
	}
	own := &overlay{ctx: ctx, tx: in.tx}
	err := work(own)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil || len(own.writes) == 0 {
		return err
	}
	in.wrote, in.broken = true, errHalf // should keep panic
	in.broken = own.keep()
	return in.broken
}

// end writes down what the works have left, if anything, and tells them.
func (in *batch) end(with options) {
	defer close(in.done)
	if in.tx == nil {
		in.err = nil
		return
	}
	defer in.tx.Rollback() //nolint:errcheck // after a commit it does nothing, and says so
	if in.broken != nil || !in.wrote {
		in.err = in.broken
		return
	}
	if with.before != nil {
		with.before()
	}
	if err := in.tx.Commit(); err != nil {
		in.err = fmt.Errorf("commit: %w", err)
		return
	}
	in.err = nil
	if with.after != nil {
		with.after()
	}
}

// line is where those who want to write wait for their turn.
type line struct {
	mu      sync.Mutex
	busy    bool          // somebody has a batch in hand
	waiting []chan *batch // the longest first; each has room for one
	closed  bool
	idle    chan struct{} // made when closed, and closed when nobody is busy any more
}

// wait waits for the caller's turn. Who gets a batch passes it on, whether the work has run or not.
func (l *line) wait(ctx context.Context) (*batch, error) {
	turn := make(chan *batch, 1)
	l.mu.Lock()
	switch {
	case l.closed:
		turn <- nil
	case l.busy:
		l.waiting = append(l.waiting, turn)
	default:
		l.busy = true
		turn <- newBatch()
	}
	l.mu.Unlock()

	var in *batch
	select {
	case in = <-turn:
	case <-ctx.Done():
		if l.giveUp(turn) {
			return nil, ctx.Err()
		}
		in = <-turn // it came at that moment
	}
	if in == nil {
		return nil, ErrClosed
	}
	return in, nil
}

// giveUp takes a turn back; false if it has been called.
func (l *line) giveUp(turn chan *batch) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.Index(l.waiting, turn)
	if at < 0 {
		return false
	}
	l.waiting = slices.Delete(l.waiting, at, at+1)
	return true
}

// call calls up whoever has waited longest into a batch; false if nobody waits.
func (l *line) call(in *batch) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next(in)
}

func (l *line) next(in *batch) bool {
	if len(l.waiting) == 0 {
		return false
	}
	l.waiting[0] <- in
	l.waiting = slices.Delete(l.waiting, 0, 1)
	return true
}

// leave is called after a batch: the next one begins, if anybody waits.
func (l *line) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next(newBatch()) {
		return
	}
	l.busy = false
	if l.closed {
		close(l.idle)
	}
}

// close refuses whoever waits or comes, and waits until nobody has a batch in hand.
func (l *line) close() {
	l.mu.Lock()
	if !l.closed {
		l.closed, l.idle = true, make(chan struct{})
		for l.next(nil) {
		}
		if !l.busy {
			close(l.idle)
		}
	}
	l.mu.Unlock()
	<-l.idle
}
