package store

import (
	"testing"
	"time"

	"phonechatbot/internal/flow"
)

// BenchmarkObserveUnchanged is what nearly every poll does: a full page, and no news.
func BenchmarkObserveUnchanged(b *testing.B) {
	s := openNew(b)
	id := putAccount(b, s, 1)
	page := make([]Snapshot, 100)
	for i := range page {
		page[i] = Snapshot{
			Booking: int64(i), Status: "Pending", Credits: "18.75", Nickname: "somebody", Duration: 15,
			Session: noon.Add(time.Hour), AcceptBy: noon.Add(time.Minute), Updated: noon,
		}
	}
	for range 2 { // the first primes
		if err := s.Observe(b.Context(), id, SideMade, page, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Observe(b.Context(), id, SideMade, page, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChatTurn is what each message costs: keep the update, read and write the chat, drop the update.
func BenchmarkChatTurn(b *testing.B) {
	for name, noSync := range map[string]bool{"on disk": false, "without waiting for the disk": true} {
		b.Run(name, func(b *testing.B) {
			s := openNew(b)
			database(s).NoSync = noSync
			body, n := make([]byte, 800), int64(0)
			b.ReportAllocs()
			for b.Loop() {
				n++
				update(b, s, func(tx *Tx) error { _, err := tx.KeepUpdate(Update{ID: n, Body: body}); return err })
				update(b, s, func(tx *Tx) error {
					chat, err := tx.Chat(42)
					if err != nil {
						return err
					}
					chat.LastUpdate, chat.Session = n, &flow.Session{ID: "s", Flow: "book", Rev: int(n)}
					if err := tx.PutChat(chat); err != nil {
						return err
					}
					return tx.DropUpdate(n)
				})
			}
		})
	}
}
