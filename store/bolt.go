package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// lockWait is how long a second instance waits for the file before it gives up. A restart that overlaps
// for a moment gets through.
const lockWait = time.Second

// bolt is the engine of one file and one process: a bucket per table.
//
// A commit of bbolt waits for the disk twice (a third time when the file grows): for the changed pages, and then
// for the page at the front that makes them count, whose checksum covers itself only. If both went in one, a
// power cut could leave the front without the pages. So the price is shared instead: a commit takes all who wait.
type bolt struct {
	db   *bbolt.DB
	line line // unlike bbolt's own lock it can be left
	with options
}

// openBolt opens or creates the file, for the owner's eyes only. It writes no table.
func openBolt(path string, with options) (*bolt, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait, FreelistType: bbolt.FreelistMapType})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil { // it may have been copied here by hand
		return nil, errors.Join(fmt.Errorf("database file: %w", err), db.Close())
	}
	return &bolt{db: db, with: with}, nil
}

func (b *bolt) Close() error {
	b.line.close()
	return b.db.Close()
}

func (b *bolt) View(ctx context.Context, work func(reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return orClosed(b.db.View(func(tx *bbolt.Tx) error { return work(&overlay{ctx: ctx, tx: tx}) }))
}

// Update waits for its turn in a batch, for its work, and for the commit. An error of work waits for the
// commit as well: if that fails, what work has seen of those before it never was, and the commit's error is
// the answer.
func (b *bolt) Update(ctx context.Context, work func(writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	in, err := b.line.wait(ctx)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // work has not begun, so nothing is waited for
		b.pass(in)
		return err
	}
	func() {
		defer b.pass(in) // whatever becomes of work
		err = in.run(ctx, b.db, work)
	}()
	<-in.done
	if in.err != nil {
		return in.err
	}
	return err
}

// pass hands a batch on to the next who waits. The last one ends it, and lets the next batch begin.
func (b *bolt) pass(in *batch) {
	in.size++
	if in.size < mostInBatch && in.broken == nil && b.line.call(in) {
		return
	}
	defer b.line.leave()
	in.end(b.with)
}

func orClosed(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}
