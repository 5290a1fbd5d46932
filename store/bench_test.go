package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"phonechatbot/internal/flow"
)

// BenchmarkObserveUnchanged is what a poll costs that was handed a full page with no news in it: look up
// and open a hundred snapshots, compare, write nothing.
func BenchmarkObserveUnchanged(b *testing.B) {
	s := openNew(b)
	id := putAccount(b, s, 1)
	page := fullPage()
	for range 2 { // the first primes
		if _, err := s.Observe(b.Context(), Look{Account: id, Side: SideMade, Rows: page}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Observe(b.Context(), Look{Account: id, Side: SideMade, Rows: page}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSnapshots is what planning costs when the platform's list has not changed: read and open the
// snapshots of a side, a hundred of them.
func BenchmarkSnapshots(b *testing.B) {
	s := openNew(b)
	id := putAccount(b, s, 1)
	if _, err := s.Observe(b.Context(), Look{Account: id, Side: SideMade, Rows: fullPage()}); err != nil {
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

// BenchmarkUpdate is what it costs to read, change and write a chat's record: by one caller, and by many at
// once, each with a chat of its own, beside an update of bbolt's own that puts as many bytes. Compare within
// one run: go test ./store -run '^$' -bench Update$ -benchtime 2s.
func BenchmarkUpdate(b *testing.B) {
	b.Run("bare bbolt", func(b *testing.B) {
		benchUpdate(b, 1, func(s *Store, _ flow.ChatID) error {
			return database(s).Update(func(tx *bbolt.Tx) error {
				bucket := tx.Bucket([]byte(tableChats))
				key, value := bucket.Cursor().First()
				return bucket.Put(key, bytes.Clone(value))
			})
		})
	})
	for _, callers := range []int{1, 16, 100, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			benchUpdate(b, callers, func(s *Store, id flow.ChatID) error {
				return s.Update(b.Context(), func(tx *Tx) error {
					chat, err := tx.Chat(id)
					chat.LastUpdate++
					return errors.Join(err, tx.PutChat(chat))
				})
			})
		})
	}
}

// benchUpdate shares b.N updates among callers.
func benchUpdate(b *testing.B, callers int, work func(s *Store, id flow.ChatID) error) {
	var commits, left atomic.Int64
	s, err := Open(dataFile(b), ring(b, 1), WatchCommits(nil, func() { commits.Add(1) }))
	if err != nil {
		b.Fatal(err)
	}
	update(b, s, func(tx *Tx) error {
		for id := flow.ChatID(1); id <= 256; id++ { // a form on its way is 1 kB
			form := &flow.Session{ID: "form00000001", Flow: "book", Answers: flow.Answers{"comment": strings.Repeat("x", 300)}}
			if err := tx.PutChat(Chat{ID: id, Account: accountID(1), Session: form}); err != nil {
				return err
			}
		}
		return nil
	})
	commits.Store(0)
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var all sync.WaitGroup
	for id := flow.ChatID(1); id <= flow.ChatID(callers); id++ {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := work(s, id); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	if n := commits.Load(); n > 0 {
		b.ReportMetric(float64(n)/float64(b.N), "commits/op")
	}
	if err := s.Close(); err != nil {
		b.Error(err)
	}
}

// BenchmarkSweepStep measures the longest step there is: a thousand bookings are looked at, or two hundred records removed
// as well.
func BenchmarkSweepStep(b *testing.B) {
	for name, ago := range map[string]time.Duration{"nothing to forget": 0, "all to forget": 31 * day} {
		b.Run(name, func(b *testing.B) {
			s := openNew(b)
			var list []Snapshot
			for n := byte(1); n <= 100; n++ {
				putAccount(b, s, n)
				for id := range int64(20) {
					booking := ended(id, ago)
					booking.Account, booking.Nickname, booking.Credits = accountID(n), "Nightingale", "135.00"
					list = append(list, booking)
				}
			}
			for b.Loop() {
				b.StopTimer()
				update(b, s, func(tx *Tx) error {
					for _, booking := range list {
						key, err := tx.snapshotKey(booking.Account, booking.Side, booking.Booking)
						if err := errors.Join(err, put(tx, tableSnapshots, key, booking)); err != nil {
							return err
						}
					}
					return nil
				})
				w := s.Sweeper()
				b.StartTimer()
				if _, err := w.Step(b.Context(), noon); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
