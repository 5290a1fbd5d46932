package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"phonechatbot/internal/secret"
)

// The tables, as drawn in the package comment.
const (
	tableMeta      = "meta"
	tableAccounts  = "accounts"
	tableMembers   = "members"
	tableChats     = "chats"
	tableSends     = "sends"
	tableSnapshots = "snapshots"
	tablePolls     = "polls"
	tableOffers    = "offers"
	tableDeeds     = "deeds"
	tableDirect    = "direct"
	tableOutbox    = "outbox"
	tableDue       = "due"
	tableTold      = "told"
	tableWatches   = "watches"
	tableInbox     = "inbox"
	tableSignIns   = "sign-ins"
)

// The keys of the table meta.
const (
	keySchema = "schema"
	keyCheck  = "key"
	keyOutage = "outage"
)

// migrations lists what takes a database from version i to i+1. A step is never changed once released;
// each one comes with an old database file as its test. All that are due run in one transaction.
func migrations() []func(*Tx) error {
	return []func(*Tx) error{
		(*Tx).putCheck, // 0, an empty file, to 1

		// 1 to 2: accounts have refresh tokens, and there are sign-ins. Nothing is rewritten, as what an
		// older record lacks reads as zero. The number alone keeps older programs out: they would drop
		// the refresh tokens.
		func(*Tx) error { return nil },

		// 2 to 3: a chat may have set several forms aside. Offers, deeds and what else is new read as zero
		// or as none.
		(*Tx).parkedToForms,

		// 3 to 4: what people chose about alerts, what was told, and the members a manager watches. All of it
		// reads as zero or as none. The number alone keeps older programs out: they would drop the choices.
		func(*Tx) error { return nil },
	}
}

// migrate refuses a database that is newer or was made with another key, and takes an older one through
// the steps it lacks: all of them, or none if one fails.
func (s *Store) migrate(ctx context.Context, steps []func(*Tx) error) error {
	var version int
	err := s.View(ctx, func(tx *Tx) (err error) {
		if version, err = tx.version(); err != nil {
			return err
		}
		if version > len(steps) {
			return fmt.Errorf("schema %d, this program knows %d: %w", version, len(steps), ErrNewer)
		}
		if version == 0 {
			return nil
		}
		return tx.check()
	})
	if err != nil || version == len(steps) {
		return err
	}
	return s.Update(ctx, func(tx *Tx) error {
		for i, step := range steps[version:] {
			if err := step(tx); err != nil {
				return fmt.Errorf("migrate from schema %d: %w", version+i, err)
			}
		}
		return tx.writer.Put(tableMeta, []byte(keySchema), []byte(strconv.Itoa(len(steps))))
	})
}

// version reads the schema version; a new file is version 0.
func (tx *Tx) version() (int, error) {
	text, err := tx.reader.Get(tableMeta, []byte(keySchema))
	if err != nil || text == nil {
		return 0, err
	}
	version, err := strconv.Atoi(string(text))
	if err != nil || version < 1 {
		return 0, errors.New("the schema version is not a number: the file is damaged")
	}
	return version, nil
}

// checkRecord proves at the door that the keyring is the right one: it opens, and it holds a tag, as a
// ring whose oldest key has changed opens records but does not find them.
type checkRecord struct {
	Tag string `json:"tag"`
}

func (tx *Tx) checkNow() checkRecord {
	tag := tx.keys.Tag(tableMeta, []byte(keyCheck))
	return checkRecord{hex.EncodeToString(tag[:])}
}

func (tx *Tx) putCheck() error { return put(tx, tableMeta, []byte(keyCheck), tx.checkNow()) }

func (tx *Tx) check() error {
	kept, err := get[checkRecord](tx, tableMeta, []byte(keyCheck))
	switch {
	case errors.Is(err, secret.ErrKey), errors.Is(err, secret.ErrSealed):
		return ErrWrongKey
	case err != nil:
		return fmt.Errorf("check record: %w", err)
	case kept != tx.checkNow():
		return ErrWrongKey
	}
	return nil
}
