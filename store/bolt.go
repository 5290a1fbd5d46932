package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
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
type bolt struct {
	db   *bbolt.DB
	turn chan struct{} // whose turn it is to write; unlike bbolt's own lock it can be left
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
	return &bolt{db: db, turn: make(chan struct{}, 1), with: with}, nil
}

func (b *bolt) Close() error { return b.db.Close() }

func (b *bolt) View(ctx context.Context, work func(reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return b.db.View(func(tx *bbolt.Tx) error { return work(boltTx{ctx, tx}) })
}

func (b *bolt) Update(ctx context.Context, work func(writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	err := b.db.Update(func(tx *bbolt.Tx) error {
		err := work(boltTx{ctx, tx})
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && b.with.before != nil {
			b.with.before()
		}
		return err
	})
	if err == nil && b.with.after != nil {
		b.with.after()
	}
	return err
}

// boltTx is a reader and, in an Update, a writer. It lives as long as its transaction, and so may hold
// the transaction's context.
type boltTx struct {
	ctx context.Context
	tx  *bbolt.Tx
}

func (t boltTx) Get(table string, key []byte) ([]byte, error) {
	bucket := t.tx.Bucket([]byte(table))
	if bucket == nil {
		return nil, nil
	}
	return bytes.Clone(bucket.Get(key)), nil
}

func (t boltTx) Scan(table string, prefix, from []byte) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		bucket := t.tx.Bucket([]byte(table))
		if bucket == nil {
			return
		}
		start := prefix
		if bytes.Compare(from, prefix) > 0 {
			start = from
		}
		cursor := bucket.Cursor()
		key, value := cursor.Seek(start)
		for key != nil && bytes.HasPrefix(key, prefix) {
			if err := t.ctx.Err(); err != nil {
				yield(row{}, err)
				return
			}
			here := bytes.Clone(key) // the row below belongs to the loop's body
			if !yield(row{bytes.Clone(key), bytes.Clone(value)}, nil) {
				return
			}
			key, value = t.next(cursor, here)
		}
	}
}

// next moves on from a key. A write may have moved everything under the cursor, so it looks again.
func (t boltTx) next(cursor *bbolt.Cursor, after []byte) (key, value []byte) {
	if !t.tx.Writable() {
		return cursor.Next()
	}
	key, value = cursor.Seek(after)
	if bytes.Equal(key, after) {
		return cursor.Next()
	}
	return key, value
}

func (t boltTx) Put(table string, key, value []byte) error {
	bucket, err := t.tx.CreateBucketIfNotExists([]byte(table))
	if err != nil {
		return fmt.Errorf("table %s: %w", table, err)
	}
	if err := bucket.Put(key, value); err != nil {
		return fmt.Errorf("table %s: %w", table, err)
	}
	return nil
}

func (t boltTx) Delete(table string, key []byte) error {
	bucket := t.tx.Bucket([]byte(table))
	if bucket == nil {
		return nil
	}
	if err := bucket.Delete(key); err != nil {
		return fmt.Errorf("table %s: %w", table, err)
	}
	return nil
}
