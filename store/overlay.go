package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// overlay is a transaction of the file with the writes of one work laid over it. The work reads what it
// wrote; the file's transaction, which others share, has nothing of it before keep, and does not change
// while the work runs. In a View nothing is written. It lives as long as the work, and so may hold its context.
type overlay struct {
	ctx    context.Context
	tx     *bbolt.Tx
	writes []write // in the order of tables and keys, one for each
}

type write struct {
	table      string
	key, value []byte // value nil: to be deleted; then the file has the key
}

// find is where the write of a key stands, or would stand.
func (o *overlay) find(table string, key []byte) (at int, found bool) {
	return slices.BinarySearchFunc(o.writes, key, func(w write, key []byte) int {
		return cmp.Or(cmp.Compare(w.table, table), bytes.Compare(w.key, key))
	})
}

// below is what the file has under the writes, nil if nothing. It is the file's own memory.
func (o *overlay) below(table string, key []byte) []byte {
	bucket := o.tx.Bucket([]byte(table))
	if bucket == nil {
		return nil
	}
	return bucket.Get(key)
}

func (o *overlay) Get(table string, key []byte) ([]byte, error) {
	if at, found := o.find(table, key); found {
		return bytes.Clone(o.writes[at].value), nil
	}
	return bytes.Clone(o.below(table, key)), nil
}

// Scan merges the file's rows, which stay where they are, with the writes, which may be more at each step.
func (o *overlay) Scan(table string, prefix, from []byte) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		here, passed := prefix, false
		if bytes.Compare(from, prefix) > 0 {
			here = from
		}
		file := o.walk(table, here)
		for {
			if err := o.ctx.Err(); err != nil {
				yield(row{}, err)
				return
			}
			next, ok := o.first(table, here, passed)
			switch order := bytes.Compare(next.key, file.key); {
			case !ok && file.key == nil:
				return
			case !ok, file.key != nil && order > 0:
				next = write{table, file.key, file.value}
				file.next()
			case file.key != nil && order == 0: // overwritten
				file.next()
			}
			if !bytes.HasPrefix(next.key, prefix) {
				return
			}
			here, passed = next.key, true
			if next.value != nil && !yield(row{bytes.Clone(next.key), bytes.Clone(next.value)}, nil) {
				return
			}
		}
	}
}

// first is the first write of a table that is not below a key, or is above it.
func (o *overlay) first(table string, key []byte, above bool) (write, bool) {
	at, found := o.find(table, key)
	if found && above {
		at++
	}
	if at == len(o.writes) || o.writes[at].table != table {
		return write{}, false
	}
	return o.writes[at], true
}

// walk stands at a row of the file.
type walk struct {
	cursor     *bbolt.Cursor
	key, value []byte // nil: at the end
}

func (o *overlay) walk(table string, start []byte) walk {
	bucket := o.tx.Bucket([]byte(table))
	if bucket == nil {
		return walk{}
	}
	w := walk{cursor: bucket.Cursor()}
	w.key, w.value = w.cursor.Seek(start)
	return w
}

func (w *walk) next() { w.key, w.value = w.cursor.Next() }

// Put refuses what the file would refuse, so that keep has nothing to refuse.
func (o *overlay) Put(table string, key, value []byte) error {
	var err error
	switch {
	case table == "":
		err = bolterrors.ErrBucketNameRequired
	case len(key) == 0:
		err = bolterrors.ErrKeyRequired
	case len(key) > bbolt.MaxKeySize:
		err = bolterrors.ErrKeyTooLarge
	case int64(len(value)) > bbolt.MaxValueSize:
		err = bolterrors.ErrValueTooLarge
	}
	if err != nil {
		return fmt.Errorf("table %s: %w", table, err)
	}
	if value == nil {
		value = []byte{}
	}
	o.lay(write{table, bytes.Clone(key), value})
	return nil
}

func (o *overlay) Delete(table string, key []byte) error {
	if o.below(table, key) != nil {
		o.lay(write{table: table, key: bytes.Clone(key)})
	} else if at, found := o.find(table, key); found {
		o.writes = slices.Delete(o.writes, at, at+1)
	}
	return nil
}

func (o *overlay) lay(w write) {
	at, found := o.find(w.table, w.key)
	if found {
		o.writes[at] = w
	} else {
		o.writes = slices.Insert(o.writes, at, w)
	}
}

// keep moves the writes into the file's transaction.
func (o *overlay) keep() error {
	for _, w := range o.writes {
		bucket, err := o.tx.CreateBucketIfNotExists([]byte(w.table))
		switch {
		case err != nil:
		case w.value == nil:
			err = bucket.Delete(w.key)
		default:
			err = bucket.Put(w.key, w.value)
		}
		if err != nil {
			return fmt.Errorf("table %s: %w", w.table, err)
		}
	}
	return nil
}
