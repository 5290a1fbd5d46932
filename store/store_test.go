package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the time of these tests.
var noon = time.Date(2026, 7, 1, 12, 0, 0, 123456789, time.UTC)

func ring(t testing.TB, keys ...byte) *secret.Keyring {
	t.Helper()
	var parsed []secret.Key
	for _, b := range keys {
		key, err := secret.ParseKey(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, secret.KeySize)))
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, key)
	}
	r, err := secret.NewKeyring(parsed...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func dataFile(t testing.TB) string { return filepath.Join(t.TempDir(), "data", "phonechatbot.db") }

// openAt opens a store that is checked and closed when the test ends. It does not wait for the disk.
func openAt(t testing.TB, path string, keys *secret.Keyring) *Store {
	t.Helper()
	s, err := Open(path, keys)
	if err != nil {
		t.Fatal(err)
	}
	database(s).NoSync = true
	t.Cleanup(func() {
		checkSound(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openNew(t testing.TB) *Store { return openAt(t, dataFile(t), ring(t, 1)) }

func database(s *Store) *bbolt.DB { return s.engine.(*bolt).db }

// checkSound asks bbolt whether the file is whole, and compares the two index tables with what they index.
func checkSound(t testing.TB, s *Store) {
	t.Helper()
	err := database(s).View(func(tx *bbolt.Tx) error {
		var problems []error
		for err := range tx.Check() {
			problems = append(problems, err)
		}
		return errors.Join(problems...)
	})
	if err != nil {
		t.Errorf("the file is not sound: %v", err)
	}
	err = s.View(context.Background(), func(tx *Tx) error {
		return errors.Join(
			sameRows("due and outbox", tx, tableDue, scan[Notification](tx, tableOutbox, nil), dueKey),
			sameRows("members and accounts", tx, tableMembers, tx.Accounts(), func(a Account) []byte {
				if a.Member == 0 {
					return nil
				}
				return tx.memberKey(a.Member, a.ID)
			}),
		)
	})
	if err != nil {
		t.Error(err)
	}
}

// sameRows compares the keys of an index with those that its records call for.
func sameRows[R any](what string, tx *Tx, indexTable string, records iter.Seq2[R, error], key func(R) []byte) error {
	called := map[string]bool{}
	for record, err := range records {
		if err != nil {
			return err
		}
		if k := key(record); k != nil {
			called[string(k)] = true
		}
	}
	for found, err := range rows(tx, indexTable, nil) {
		if err != nil {
			return err
		}
		if !called[string(found.key)] {
			return fmt.Errorf("%s: an orphan in the index", what)
		}
		delete(called, string(found.key))
	}
	if len(called) > 0 {
		return fmt.Errorf("%s: %d are missing in the index", what, len(called))
	}
	return nil
}

func update(t testing.TB, s *Store, work func(*Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), work); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t testing.TB, s *Store, work func(*Tx) error) {
	t.Helper()
	if err := s.View(t.Context(), work); err != nil {
		t.Fatalf("view: %v", err)
	}
}

func accountID(n byte) AccountID { return AccountID{15: n} }

func noteID(n byte) uuid.UUID { return uuid.UUID{6: 0x70, 15: n} }

// putAccount writes an active account n of chat and member 1000+n.
func putAccount(t testing.TB, s *Store, n byte) AccountID {
	t.Helper()
	id := accountID(n)
	update(t, s, func(tx *Tx) error {
		return tx.PutAccount(Account{
			ID: id, Chat: flow.ChatID(1000 + int64(n)), Member: 1000 + int64(n),
			Token: secret.New("tok"), State: AccountActive, Linked: noon,
		})
	})
	return id
}

func TestViewCannotWrite(t *testing.T) {
	s := openNew(t)
	id := putAccount(t, s, 1)
	update(t, s, func(tx *Tx) error {
		_, err := tx.KeepUpdate(Update{ID: 1})
		return errors.Join(err, tx.PutSnapshot(Snapshot{Account: id, Side: SideMade, Booking: 7}),
			tx.Enqueue(Notification{ID: noteID(1), Account: id, Due: noon}))
	})
	for name, write := range map[string]func(*Tx) error{
		"PutAccount":      func(tx *Tx) error { return tx.PutAccount(Account{ID: id, State: AccountActive}) },
		"DeleteAccount":   func(tx *Tx) error { return tx.DeleteAccount(id) },
		"PutChat":         func(tx *Tx) error { return tx.PutChat(Chat{ID: 1}) },
		"DeleteChat":      func(tx *Tx) error { return tx.DeleteChat(1) },
		"PutSend":         func(tx *Tx) error { return tx.PutSend(Send{Key: "a/1", State: SendDone}) },
		"DeleteSend":      func(tx *Tx) error { return tx.DeleteSend("a/1") },
		"PutSnapshot":     func(tx *Tx) error { return tx.PutSnapshot(Snapshot{Account: id, Side: SideMade}) },
		"PutPoll":         func(tx *Tx) error { return tx.PutPoll(Poll{Account: id}) },
		"Mute":            func(tx *Tx) error { return tx.Mute(id, SideMade, 7, true) },
		"PutOffer":        func(tx *Tx) error { return tx.PutOffer(Offer{Account: id, Offer: 1}) },
		"DeleteOffer":     func(tx *Tx) error { return tx.DeleteOffer(id, 0, 1) },
		"PutDeed":         func(tx *Tx) error { return tx.PutDeed(Deed{ID: noteID(1), Account: id, Outcome: DeedDone}) },
		"Enqueue":         func(tx *Tx) error { return tx.Enqueue(Notification{ID: noteID(2), Account: id}) },
		"PutNotification": func(tx *Tx) error { return tx.PutNotification(Notification{ID: noteID(1), Account: id}) },
		"DeleteNotification, there": func(tx *Tx) error {
			return tx.DeleteNotification(id, noteID(1))
		},
		"DeleteNotification, not there": func(tx *Tx) error {
			return tx.DeleteNotification(id, noteID(9))
		},
		"KeepUpdate, fresh": func(tx *Tx) error { _, err := tx.KeepUpdate(Update{ID: 2}); return err },
		"KeepUpdate, kept":  func(tx *Tx) error { _, err := tx.KeepUpdate(Update{ID: 1}); return err },
		"DropUpdate":        func(tx *Tx) error { return tx.DropUpdate(1) },
		"TryUpdate, there":  func(tx *Tx) error { return tx.TryUpdate(1, 1) },
		"TryUpdate, gone":   func(tx *Tx) error { return tx.TryUpdate(9, 1) },
		"PutSignIn":         func(tx *Tx) error { return tx.PutSignIn(SignIn{State: "s", Stage: SignInOpen}) },
		"DropSignIn":        func(tx *Tx) error { return tx.DropSignIn("s") },
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.View(t.Context(), write); !errors.Is(err, ErrReadOnly) {
				t.Errorf("in a View: %v, want ErrReadOnly", err)
			}
		})
	}
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	boom := errors.New("boom")
	for name, end := range map[string]func(cancel func()) error{
		"an error":    func(func()) error { return boom },
		"a panic":     func(func()) error { panic(boom) },
		"cancelled":   func(cancel func()) error { cancel(); return nil },
		"a runaway":   func(cancel func()) error { cancel(); return boom },
		"told it all": func(func()) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := openNew(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := func() (err error) {
				defer func() {
					if p := recover(); p != nil {
						err = p.(error)
					}
				}()
				return s.Update(ctx, func(tx *Tx) error {
					if err := errors.Join(tx.PutChat(Chat{ID: 1, Card: 7}), tx.PutChat(Chat{ID: 2, Card: 7})); err != nil {
						return err
					}
					return end(cancel)
				})
			}()
			want := 0
			if name == "told it all" {
				want = 2
			}
			if (err == nil) != (want == 2) {
				t.Errorf("Update = %v", err)
			}
			got := 0
			view(t, s, func(tx *Tx) error {
				for _, err := range tx.Chats() {
					if err != nil {
						return err
					}
					got++
				}
				return nil
			})
			if got != want {
				t.Errorf("%d chats are there, want %d", got, want)
			}
			putAccount(t, s, 1) // and the next one may write
		})
	}
}

func TestAnEndedContextStartsNothing(t *testing.T) {
	s := openNew(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	work := func(*Tx) error { t.Error("work runs"); return nil }
	if err := s.View(ctx, work); !errors.Is(err, context.Canceled) {
		t.Errorf("View = %v", err)
	}
	if err := s.Update(ctx, work); !errors.Is(err, context.Canceled) {
		t.Errorf("Update = %v", err)
	}
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	s := openNew(t)
	ctx, cancel := context.WithCancel(t.Context())
	update(t, s, func(*Tx) error {
		waiting := make(chan error)
		go func() { waiting <- s.Update(ctx, func(*Tx) error { return nil }) }()
		cancel()
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("the waiting Update = %v", err)
		}
		return nil
	})
}

func TestATxEndsWithItsTransaction(t *testing.T) {
	s := openNew(t)
	putAccount(t, s, 1)
	var kept *Tx
	update(t, s, func(tx *Tx) error { kept = tx; return nil })
	if _, err := kept.Account(accountID(1)); !errors.Is(err, ErrDone) {
		t.Errorf("Account = %v, want ErrDone", err)
	}
	if err := kept.PutChat(Chat{ID: 1}); !errors.Is(err, ErrDone) {
		t.Errorf("PutChat = %v, want ErrDone", err)
	}
	for _, err := range kept.Accounts() {
		if !errors.Is(err, ErrDone) {
			t.Errorf("Accounts = %v, want ErrDone", err)
		}
	}
}

func TestConcurrentTurnsLoseNothing(t *testing.T) {
	const workers, turns = 16, 40
	s := openNew(t)
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for range turns {
				err := s.Update(t.Context(), func(tx *Tx) error {
					for _, id := range []flow.ChatID{1, flow.ChatID(2 + worker)} { // one shared, one its own
						chat, err := tx.Chat(id)
						if err != nil {
							return err
						}
						chat.LastUpdate++
						if err := tx.PutChat(chat); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				if err := s.View(t.Context(), func(tx *Tx) error { _, err := tx.Chat(1); return err }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	view(t, s, func(tx *Tx) error {
		for chat, err := range tx.Chats() {
			want := int64(turns)
			if chat.ID == 1 {
				want *= workers
			}
			if err != nil || chat.LastUpdate != want {
				t.Errorf("chat %d counts %d, %v; want %d", chat.ID, chat.LastUpdate, err, want)
			}
		}
		return nil
	})
}
