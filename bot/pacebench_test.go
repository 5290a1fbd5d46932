package bot

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
)

// sockets is a fake Bot API behind real sockets that counts the connections made to it.
type sockets struct {
	*httptest.Server
	dials atomic.Int64
	gate  atomic.Pointer[sync.WaitGroup] // of the warming up: nobody is answered before all have come
}

func newSockets(tb testing.TB) *sockets {
	s := &sockets{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gate := s.gate.Load(); gate != nil {
			gate.Done()
			gate.Wait()
		}
		_ = params(r)
		if strings.HasSuffix(r.URL.Path, "/answerCallbackQuery") {
			_, _ = w.Write([]byte(`{"ok":true,"result":true}`))
			return
		}
		_, _ = w.Write([]byte(`{"ok":true,"result":{"message_id":7,"date":1700000000,"chat":{"id":5,"type":"private"}}}`))
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.dials.Add(1)
		}
	}
	s.Start()
	tb.Cleanup(s.Close)
	return s
}

// warmBot has as many connections as senders, and answers each press of theirs beside the send.
func warmBot(tb testing.TB, s *sockets, senders int) *Bot {
	tb.Helper()
	b, err := New(Config{Token: secret.New(testToken), URL: s.URL, Workers: senders, Unpaced: true}, newFakeInbox(), zerolog.Nop())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(b.wire.close)
	var gate sync.WaitGroup
	gate.Add(2 * senders)
	s.gate.Store(&gate)
	b.crowd(tb, senders, senders)
	s.gate.Store(nil)
	return b
}

// crowd has so many senders send so many messages between them, each beside the answer to a press.
func (b *Bot) crowd(tb testing.TB, senders, messages int) {
	var all sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(messages))
	for sender := range senders {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				var press sync.WaitGroup
				press.Go(func() { b.answer("cb", "") })
				if _, err := b.Send(context.Background(), flow.ChatID(sender+1), view("Hello")); err != nil {
					tb.Error(err)
				}
				press.Wait()
			}
		})
	}
	all.Wait()
}

// TestConnectionsAreKept: 64 senders, each with a press to answer besides, make no new connection once they have theirs.
func TestConnectionsAreKept(t *testing.T) {
	s := newSockets(t)
	b := warmBot(t, s, 64)
	before := s.dials.Load()
	b.crowd(t, 64, 640)
	if more := s.dials.Load() - before; more != 0 || before < 128 {
		t.Errorf("%d connections, and %d more for 640 messages", before, more)
	}
}

func BenchmarkSends(b *testing.B) {
	b.Run("64", func(b *testing.B) {
		s := newSockets(b)
		bot := warmBot(b, s, 64)
		before := s.dials.Load()
		b.ResetTimer()
		bot.crowd(b, 64, b.N)
		b.ReportMetric(float64(s.dials.Load()-before)/float64(b.N), "dials/op")
	})
}

// BenchmarkPacer is what a turn costs by itself: when nobody waits, with many callers, and at the end of a queue.
func BenchmarkPacer(b *testing.B) {
	wide := telegramLimits()
	wide.all = rate{time.Nanosecond, time.Hour}
	b.Run("one caller", func(b *testing.B) {
		p := newPacer(wide)
		b.ReportAllocs()
		for i := range b.N {
			if err := p.wait(context.Background(), flow.ChatID(i), Replies, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("many callers", func(b *testing.B) {
		p := newPacer(wide)
		var chat atomic.Int64
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_ = p.wait(context.Background(), flow.ChatID(chat.Add(1)), Replies, false)
			}
		})
	})
	b.Run("beside 10000 that wait", func(b *testing.B) {
		p := newPacer(limits{all: rate{time.Hour, 0}})
		p.all.take(p.limits.all, time.Now())
		ctx, cancel := context.WithCancel(context.Background())
		var all sync.WaitGroup
		for chat := range flow.ChatID(10_000) {
			all.Go(func() { _ = p.wait(ctx, chat, Digests, false) })
		}
		for p.count().Waiting[Digests] < 10_000 {
			time.Sleep(time.Millisecond)
		}
		over, cancelOver := context.WithDeadline(context.Background(), time.Now().Add(time.Minute))
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			_ = p.wait(over, flow.ChatID(i), Alerts, false) // judged, and told when to come back
		}
		b.StopTimer()
		cancelOver()
		cancel()
		all.Wait()
	})
}
