package store

import (
	"context"
	"errors"
	"fmt"

	"phonechatbot/internal/secret"
)

// What a caller may want to tell apart.
var (
	// ErrNotFound means that there is no such record.
	ErrNotFound = errors.New("not found")
	// ErrInUse means that the file is locked by another process, or by another Store of this one.
	ErrInUse = errors.New("another phonechatbot is using this data directory")
	// ErrWrongKey means that the keyring is not the one the database was made with.
	ErrWrongKey = errors.New("the key does not open this database: " +
		"use the key it was made with, and after a rotation keep the oldest key last")
	// ErrNewer means that a newer program has written here; this one would not understand it.
	ErrNewer = errors.New("the database was written by a newer phonechatbot: update the program")
	// ErrClosed means that the Store was closed before it came to that.
	ErrClosed = errors.New("the store is closed")
	// ErrReadOnly means that a View tried to write.
	ErrReadOnly = errors.New("a view cannot write")
	// ErrDone means that a Tx, or a loop over one, was used after its transaction had ended.
	ErrDone = errors.New("the transaction has ended")
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	engine engine
	keys   *secret.Keyring
}

// Option changes how a Store is opened.
type Option func(*options)

type options struct{ before, after func() } // nil: nobody watches

// WatchCommits calls before right before each commit goes to disk, and after once it is there: for tests that
// count commits, or end the process at one. Updates that share a commit make one, and those that write nothing
// none. Neither may use the Store; nil watches nothing.
func WatchCommits(before, after func()) Option {
	return func(o *options) { o.before, o.after = before, after }
}

// Open opens the database file at path, or creates it with its directory, readable by the owner only,
// and brings its schema up to date. It fails with ErrInUse after a second if somebody else has the file
// open, with ErrWrongKey or with ErrNewer; in those cases the file is as it was. Close it.
func Open(path string, keys *secret.Keyring, opts ...Option) (*Store, error) {
	var with options
	for _, opt := range opts {
		opt(&with)
	}
	if keys == nil {
		return nil, errors.New("open store: no keyring")
	}
	file, err := openBolt(path, with)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{engine: file, keys: keys}
	if err := s.migrate(context.Background(), migrations()); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), file.Close())
	}
	return s, nil
}

// Close refuses the Updates that wait with ErrClosed, waits for the transactions that run and closes the file.
func (s *Store) Close() error {
	if err := s.engine.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// View runs work on one unchanging state of the database; writing there is ErrReadOnly. The error of
// work comes back as it is. Work must not open another transaction, nor keep the Tx.
func (s *Store) View(ctx context.Context, work func(*Tx) error) error {
	return s.engine.View(ctx, func(r reader) error {
		tx := &Tx{reader: r, keys: s.keys}
		defer tx.end()
		return work(tx)
	})
}

// Update runs work alone, one after the other, and keeps all of what it wrote, or nothing: if work
// fails or panics, or ctx ends before it does. When Update returns nil it is on the disk. The error of
// work comes back as it is. Work must have no effect outside the transaction (an engine may run it
// again), must not open another one, nor keep the Tx. It runs on the caller's goroutine.
//
// Updates that come while another one is under way share its commit or the next one: each loses only its own
// writes when it fails, but waits for the works of the others. So work is short and waits for nobody. If the
// commit fails, all who share it get that error, for what their works have seen has come to nothing. Whoever
// is cancelled before work begins does not wait.
//
// What must be written down even while the program shuts down is handed context.WithoutCancel.
func (s *Store) Update(ctx context.Context, work func(*Tx) error) error {
	return s.engine.Update(ctx, func(w writer) error {
		tx := &Tx{reader: w, writer: w, keys: s.keys}
		defer tx.end()
		return work(tx)
	})
}
