package store

import (
	"testing"
	"time"

	"phonechatbot/internal/flow"
)

// BenchmarkObserveUnchanged is what a poll costs that was handed a full page with no news in it: look up
// and open a hundred snapshots, compare, write nothing.
func BenchmarkObserveUnchanged(b *testing.B) {
	s := openNew(b)
	id := putAccount(b, s, 1)
	page := fullPage()
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

// BenchmarkSnapshots is what planning costs when the platform's list has not changed: read and open the
// snapshots of a side, a hundred of them.
func BenchmarkSnapshots(b *testing.B) {
	s := openNew(b)
	id := putAccount(b, s, 1)
	if err := s.Observe(b.Context(), id, SideMade, fullPage(), nil); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		view(b, s, func(tx *Tx) error {
			for _, err := range tx.Snapshots(id, SideMade) {
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// fullPage is as many bookings as the platform hands out at once.
func fullPage() []Snapshot {
	page := make([]Snapshot, 100)
	for i := range page {
		page[i] = Snapshot{
			Booking: int64(i), Status: "Pending", Credits: "18.75", Nickname: "somebody", Duration: 15,
			Session: noon.Add(time.Hour), AcceptBy: noon.Add(time.Minute), Updated: noon,
		}
	}
	return page
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
