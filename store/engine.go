package store

import (
	"context"
	"iter"
)

// engine keeps tables of ordered byte keys. It is all that the typed layer asks of a database, so that a
// clustered ordered key-value engine could take the place of the file some day: reads may fail, and a
// transaction may be tried again, which is why work must have no effect outside of it.
type engine interface {
	// View runs work on one unchanging state.
	View(ctx context.Context, work func(reader) error) error
	// Update runs work alone and keeps all of it, or nothing if work fails or panics, or ctx ends. It may
	// commit works together, and then fails all of them if it cannot.
	Update(ctx context.Context, work func(writer) error) error
	// Close ends with ErrClosed what waits to begin.
	Close() error
}

// reader reads tables. What it hands out are copies; a table nobody wrote to is empty.
type reader interface {
	// Get gives a value, nil if there is none.
	Get(table string, key []byte) ([]byte, error)
	// Scan walks the rows whose key begins with prefix and is not below from, in the order of keys.
	// The loop's body may write to the table. An error ends the walk.
	Scan(table string, prefix, from []byte) iter.Seq2[row, error]
}

// writer writes tables. Key and value must not be changed afterwards.
type writer interface {
	reader
	Put(table string, key, value []byte) error
	// Delete of what is not there does nothing.
	Delete(table string, key []byte) error
}

type row struct{ key, value []byte }
