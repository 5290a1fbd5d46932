package conversations_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// The cost of a turn that is on disk before it is shown, through the real desk and store, beside the bare limit of
// one write of the same record. Compare within one run: go test ./conversations -run '^$' -bench Turn -benchmem.

// still is a platform that answers at once.
type still struct{ conversations.Platform }

func (still) HasKey() bool { return false }

func (still) ListBookings(context.Context, apiclient.Caller, apiclient.Side, apiclient.ListQuery) (apiclient.Page, error) {
	return apiclient.Page{}, nil
}

func (still) HotLists(context.Context, apiclient.Caller) ([]apiclient.HotList, error) {
	return nil, nil
}

func (still) Requirements(context.Context, apiclient.Caller, apiclient.MemberID) (apiclient.Requirements, error) {
	return apiclient.Requirements{Price: apiclient.WholeCredits(1), HasPrice: true, Methods: []apiclient.Method{apiclient.MethodPerformerRings}}, nil
}

// silent is a chat in which nothing takes time.
type silent struct{ last atomic.Int64 }

func (s *silent) Show(context.Context, flow.ChatID, int, flow.View) (int, error) {
	return int(s.last.Add(1)), nil
}

func (s *silent) Edit(_ context.Context, _ flow.ChatID, card int, _ flow.View) (int, error) {
	return card, nil
}

func (s *silent) Redraw(context.Context, flow.ChatID, int, flow.View) (bool, error) {
	return true, nil
}

func (s *silent) Send(context.Context, flow.ChatID, flow.View) (int, error) {
	return int(s.last.Add(1)), nil
}

func (s *silent) SendFile(context.Context, flow.ChatID, conversations.File, flow.View) (int, error) {
	return int(s.last.Add(1)), nil
}
func (s *silent) Delete(context.Context, flow.ChatID, int) error             { return nil }
func (s *silent) Acknowledge(string, wording.Text)                           {}
func (s *silent) Menu(context.Context, flow.ChatID, []conversations.Command) {}

// benchDesk has chats that each stand at the length of a booking.
func benchDesk(b testing.TB, chats int, disk time.Duration) (*conversations.Desk, *store.Store, *atomic.Int64) {
	b.Helper()
	key, err := secret.ParseKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		b.Fatal(err)
	}
	ring, err := secret.NewKeyring(key)
	if err != nil {
		b.Fatal(err)
	}
	var writes atomic.Int64
	db, err := store.Open(filepath.Join(b.TempDir(), "bench.db"), ring, store.WatchCommits(func() {
		if disk > 0 {
			<-time.After(disk)
		}
	}, func() { writes.Add(1) }))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	var ids atomic.Int64
	desk, err := conversations.New(conversations.Config{
		Store: db, API: still{}, Chat: &silent{}, Zone: time.UTC, Now: func() time.Time { return monday },
		NewID: func() string { return fmt.Sprintf("form%08d", ids.Add(1)) }, NewUUID: newUUID,
	})
	if err != nil {
		b.Fatal(err)
	}
	err = db.Update(b.Context(), func(tx *store.Tx) error {
		for i := 1; i <= chats; i++ {
			account := store.Account{ID: newUUID(), Chat: flow.ChatID(i), Member: int64(i), State: store.AccountActive, Token: secret.New("token-of-a-benchmark")}
			if err := tx.PutAccount(account); err != nil {
				return err
			}
			if err := tx.PutChat(store.Chat{ID: flow.ChatID(i), Account: account.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for i := 1; i <= chats; i++ {
		for n, text := range []string{"771204", "tomorrow 21:00"} {
			if n == 0 {
				turn(b, desk, flow.ChatID(i), flow.Event{Kind: flow.EventCommand, Command: "book"})
			}
			turn(b, desk, flow.ChatID(i), flow.Event{Kind: flow.EventText, Text: text})
		}
	}
	return desk, db, &writes
}

func turn(b testing.TB, desk *conversations.Desk, chat flow.ChatID, e flow.Event) {
	e.Chat, e.User, e.Private = chat, int64(chat), true
	if err := desk.Handle(context.Background(), e); err != nil {
		b.Error(err)
	}
}

// BenchmarkTurn is what a durable turn costs with so many chats at once, beside a bare update of the store: on this
// machine's disk, and on one that takes 4 ms longer for each commit, as disks without a cache of their own do. Compare
// within one run and one disk.
func BenchmarkTurn(b *testing.B) {
	for name, disk := range map[string]time.Duration{"this disk": 0, "a slow disk": 4 * time.Millisecond} {
		b.Run(name, func(b *testing.B) {
			for _, chats := range []int{1, 16, 100, 256} {
				b.Run(fmt.Sprintf("chats=%d", chats), func(b *testing.B) { benchTurns(b, chats, disk) })
			}
			b.Run("bare", func(b *testing.B) { benchBare(b, disk) })
		})
	}
}

// benchTurns shares b.N turns among chats, each of which has one event at a time.
func benchTurns(b *testing.B, chats int, disk time.Duration) {
	desk, db, writes := benchDesk(b, chats, disk)
	b.ResetTimer()
	b.ReportAllocs()
	writes.Store(0)
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	for i := 1; i <= chats; i++ {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				turn(b, desk, flow.ChatID(i), flow.Event{Kind: flow.EventText, Text: "half a day or so"})
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(writes.Load())/float64(b.N), "writes/op")
	err := db.View(b.Context(), func(tx *store.Tx) error {
		chat, err := tx.Chat(1)
		if err == nil && (chat.Session == nil || chat.Session.At != "length") {
			b.Errorf("the chat stands at %+v", chat.Session)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

func benchBare(b *testing.B, disk time.Duration) {
	_, db, _ := benchDesk(b, 1, disk)
	b.ResetTimer()
	b.ReportAllocs()
	for range b.N {
		err := db.Update(b.Context(), func(tx *store.Tx) error {
			chat, err := tx.Chat(1)
			if err != nil {
				return err
			}
			chat.LastUpdate++
			return tx.PutChat(chat)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
