package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"phonechatbot/internal/secret"
)

// Tx is one transaction: the typed layer over the tables. It is not safe for concurrent use. Times come
// back in UTC. Loops over it hand out an error in place of a record that does not open and go on; their
// body may write.
type Tx struct {
	reader reader
	writer writer // nil in a View
	keys   *secret.Keyring
}

// end makes the Tx useless, for whoever kept it.
func (tx *Tx) end() { tx.reader, tx.writer = nil, nil }

// get reads and opens one record. Errors name the table, never the key.
func get[R any](tx *Tx, table string, key []byte) (R, error) {
	var none R
	if tx.reader == nil {
		return none, fmt.Errorf("%s: %w", table, ErrDone)
	}
	sealed, err := tx.reader.Get(table, key)
	if err != nil {
		return none, fmt.Errorf("%s: %w", table, err)
	}
	if sealed == nil {
		return none, fmt.Errorf("%s: %w", table, ErrNotFound)
	}
	return unseal[R](tx, table, row{key, sealed})
}

// scan reads and opens the records whose key begins with prefix, in the order of keys.
func scan[R any](tx *Tx, table string, prefix []byte) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for found, err := range rows(tx, table, prefix) {
			var record R
			if err == nil {
				record, err = unseal[R](tx, table, found)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// each turns records into what they stand for; one that failed stands for nothing.
func each[R, V any](records iter.Seq2[R, error], value func(R) V) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		for record, err := range records {
			if !yield(value(record), err) {
				return
			}
		}
	}
}

// rows walks a table without opening anything.
func rows(tx *Tx, table string, prefix []byte) iter.Seq2[row, error] {
	return rowsFrom(tx, table, prefix, nil)
}

// rowsFrom walks a table from a key on.
func rowsFrom(tx *Tx, table string, prefix, from []byte) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		if tx.reader == nil {
			yield(row{}, fmt.Errorf("%s: %w", table, ErrDone))
			return
		}
		for found, err := range tx.reader.Scan(table, prefix, from) {
			if err != nil {
				err = fmt.Errorf("%s: %w", table, err)
			}
			if !yield(found, err) {
				return
			}
			if tx.reader == nil { // the loop has outlived its transaction
				yield(row{}, fmt.Errorf("%s: %w", table, ErrDone))
				return
			}
		}
	}
}

// has reports whether there is a record, without opening it.
func has(tx *Tx, table string, key []byte) (bool, error) {
	if tx.reader == nil {
		return false, fmt.Errorf("%s: %w", table, ErrDone)
	}
	sealed, err := tx.reader.Get(table, key)
	if err != nil {
		return false, fmt.Errorf("%s: %w", table, err)
	}
	return sealed != nil, nil
}

// put seals and writes one record.
func put(tx *Tx, table string, key []byte, record any) error {
	if err := tx.mayWrite(table); err != nil {
		return err
	}
	plain, err := json.Marshal(record)
	if err != nil { // whose text may quote the record
		return fmt.Errorf("%s: the record does not encode", table)
	}
	return tx.writer.Put(table, key, tx.keys.Seal(place(table, key), plain))
}

// drop deletes one record, if it is there.
func drop(tx *Tx, table string, key []byte) error {
	if err := tx.mayWrite(table); err != nil {
		return err
	}
	return tx.writer.Delete(table, key)
}

func (tx *Tx) mayWrite(table string) error {
	switch {
	case tx.reader == nil:
		return fmt.Errorf("%s: %w", table, ErrDone)
	case tx.writer == nil:
		return fmt.Errorf("%s: %w", table, ErrReadOnly)
	}
	return nil
}

// unseal opens a row and decodes it.
func unseal[R any](tx *Tx, table string, sealed row) (R, error) {
	var record R
	plain, err := tx.keys.Open(place(table, sealed.key), sealed.value)
	if err != nil {
		return record, fmt.Errorf("%s: %w", table, err)
	}
	if err := json.Unmarshal(plain, &record); err != nil { // whose text may quote the record
		return *new(R), fmt.Errorf("%s: %w", table, errDecode)
	}
	return record, nil
}

var errDecode = errors.New("the record does not decode")

// place is what a record is bound to. No table has a slash in its name, so no two places are the same.
func place(table string, key []byte) []byte {
	bound := make([]byte, 0, len(table)+1+len(key))
	bound = append(bound, table...)
	bound = append(bound, '/')
	return append(bound, key...)
}

// tagged is a key that names something without revealing it.
func (tx *Tx) tagged(table string, value []byte) []byte {
	tag := tx.keys.Tag(table, value)
	return tag[:]
}

// number is an int64 as eight bytes; those of numbers from 0 on are in order.
func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) } //nolint:gosec // the bits, for ids that are not negative

// nanos is a point in time as a number in order: times before 1970 are the first, those after 2262
// the last.
func nanos(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, 0)):
		return 0
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// stored is a time in the form it comes back in: UTC, without a monotonic reading.
func stored(t time.Time) time.Time { return t.Round(0).UTC() }

// index is the record of an index table: the key says it all.
type index struct{}
