package outbox

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// BenchmarkLook is one look at the queue: with nothing due, and with a full window of news of as many chats.
func BenchmarkLook(b *testing.B) {
	for name, due := range map[string]int{"nothing due": 0, "window due": window, "ten thousand due": 10000} {
		b.Run(name, func(b *testing.B) {
			o := newBench(b, due)
			for b.Loop() {
				o.look(b.Context(), time.Now(), DefaultWorkers)
			}
			if len(o.list) < min(due, window) {
				b.Fatalf("%d messages", len(o.list))
			}
		})
	}
}

func newBench(b *testing.B, due int) *Outbox {
	keys := ring(b, 7)
	db, err := store.Open(filepath.Join(b.TempDir(), "bench.db"), keys)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	err = db.Update(b.Context(), func(tx *store.Tx) error {
		for i := range due {
			chat := flow.ChatID(i + 1)
			n := numbered(chat, uint16(i), 1)
			n.Account = store.AccountID{14: byte(i >> 8), 15: byte(i)}
			n.ID[15], n.ID[14] = byte(i), byte(i>>8)
			n.Made, n.Due = time.Now().Add(-time.Minute), time.Now().Add(-time.Minute)
			account := store.Account{ID: n.Account, Chat: chat, State: store.AccountActive}
			if i == 0 {
				account.ID, n.Account = store.AccountID{1}, store.AccountID{1}
			}
			if err := tx.PutAccount(account); err != nil {
				return err
			}
			if err := tx.Enqueue(n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	o, err := New(Config{Store: db, Sender: newMessenger(), Sort: sortFailure, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	return o
}

// BenchmarkDrain is a thousand messages to as many chats, which take no time to send.
func BenchmarkDrain(b *testing.B) {
	const all = 1000
	for b.Loop() {
		b.StopTimer()
		o := newBench(b, all)
		ctx, cancel := context.WithCancel(b.Context())
		b.StartTimer()
		done := make(chan error)
		go func() { done <- o.Run(ctx) }()
		for left := all; left > 0; {
			s, err := o.Stats(ctx)
			if err != nil {
				b.Fatal(err)
			}
			if left = s.All; left > 0 {
				runtime.Gosched()
			}
		}
		cancel()
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
}
