package bot

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/tgsim"
)

// limited is a simulated Telegram that keeps its limits, at the end of a wire without sockets.
type limited struct {
	*tgsim.Server
	handler http.Handler
	delay   time.Duration // of the answers
}

func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	l.handler.ServeHTTP(recorder, r)
	time.Sleep(l.delay)
	return recorder.Result(), nil
}

// newLimited has so many people, numbered from 1, whom the bot may write to.
func newLimited(t *testing.T, people int) (*Bot, *limited) {
	t.Helper()
	telegram := tgsim.New(tgsim.Config{Token: testToken, RateLimit: true})
	t.Cleanup(telegram.Close)
	for id := range people {
		telegram.AddUser(tgsim.User{ID: int64(id + 1), FirstName: "A"})
		telegram.Send(int64(id+1), "/start")
	}
	l := &limited{Server: telegram, handler: telegram.Handler(), delay: 80 * time.Millisecond}
	r := newRig(t, nil, newFakeInbox(), func(c *Config) { c.Transport = l })
	return r.Bot, l
}

// got is how many messages of the bot's a person has.
func (l *limited) got(person int) int { return len(l.Chat(int64(person))) - 1 }

// deliver sends as the outbox does: what is put off comes again exactly when it may.
func deliver(ctx context.Context, t *testing.T, b *Bot, lane Lane, person int) {
	for {
		_, err := b.SendIn(ctx, lane, flow.ChatID(person), view("x"))
		verdict := Sort(err)
		switch verdict.Kind {
		case "":
			return
		case Later:
			time.Sleep(verdict.After)
		default:
			t.Errorf("to %d: %v", person, err)
			return
		}
	}
}

func TestAThousandWaiting(t *testing.T) {
	for name, tc := range map[string]struct {
		fault     *tgsim.Fault
		longer    time.Duration
		impatient int // at most: what was on the wire already, and the second that shows that all are meant
	}{
		"in peace":               {},
		"all are told to wait":   {&tgsim.Fault{Kind: tgsim.FaultTooMany, Times: 1, RetryAfter: 7}, 7 * time.Second, 6},
		"one is told to wait":    {&tgsim.Fault{Kind: tgsim.FaultTooMany, Times: 1, ChatID: 300, RetryAfter: 10}, 10 * time.Second, 0},
		"all, and a second time": {&tgsim.Fault{Kind: tgsim.FaultTooMany, Times: 5, RetryAfter: 4}, 8 * time.Second, 12},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const people = 1000
				b, telegram := newLimited(t, people)
				if tc.fault != nil {
					time.AfterFunc(5*time.Second, func() { telegram.SetFault("sendMessage", *tc.fault) })
				}
				began := time.Now()
				var all sync.WaitGroup
				for person := range people {
					all.Go(func() { deliver(t.Context(), t, b, Alerts, person+1) })
				}
				all.Wait()
				took := time.Since(began) - tc.longer
				if rate := people / took.Seconds(); rate < 28 {
					t.Errorf("%.2f a second", rate)
				}
				for person := range people {
					if got := telegram.got(person + 1); got != 1 {
						t.Errorf("%d has %d messages", person+1, got)
					}
				}
				if telegram.Impatient() > tc.impatient {
					t.Errorf("%d were sent inside a retry_after, want %d at most", telegram.Impatient(), tc.impatient)
				}
				s := b.Stats()
				if s.Sent[Alerts] != people || s.Waiting != [lanes]int{} || (s.TooMany == 0) != (tc.fault == nil) {
					t.Errorf("stats %+v", s)
				}
				t.Logf("%d in %v, %d inside a retry_after, %d answers 429, %d put off", people, took, telegram.Impatient(), s.TooMany, s.HeldBack[Alerts])
			})
		})
	}
}

// TestAFloodSlowsItsOwnChatAlone: a hundred answers wait for one chat, and everybody else is served at once.
func TestAFloodSlowsItsOwnChatAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const flood, others = 100, 50
		b, telegram := newLimited(t, 1+others)
		began := time.Now()
		var flooded, served sync.WaitGroup
		for range flood {
			flooded.Go(func() { deliver(t.Context(), t, b, Replies, 1) })
		}
		synctest.Wait()
		for other := range others {
			served.Go(func() { deliver(t.Context(), t, b, Alerts, 2+other) })
		}
		served.Wait()
		if took := time.Since(began); took > 2100*time.Millisecond { // (3+2 of the flood and 50 others) / 29 and the wire
			t.Errorf("the others waited %v", took)
		}
		flooded.Wait()
		if took := time.Since(began); took < 97*time.Second || took > 98*time.Second {
			t.Errorf("the flood took %v", took)
		}
		if telegram.Impatient() != 0 || b.Stats().TooMany != 0 || telegram.got(1) != flood {
			t.Errorf("%+v, %d impatient", b.Stats(), telegram.Impatient())
		}
	})
}

func TestRepliesOvertakeAlerts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const alerts, replies = 500, 20
		b, telegram := newLimited(t, alerts+replies)
		var lower, higher sync.WaitGroup
		for person := range alerts {
			lower.Go(func() { deliver(t.Context(), t, b, Digests-Lane(person%2), 1+person) })
		}
		time.Sleep(5 * time.Second)
		// A digest goes only if it comes first of all.
		if s := b.Stats(); s.Sent[Digests] > 1 || s.Waiting[Digests] < alerts/2-1 || s.Waiting[Alerts] > alerts/2-140 {
			t.Errorf("after five seconds: %+v", s)
		}
		began := time.Now()
		for person := range replies {
			higher.Go(func() { deliver(t.Context(), t, b, Replies, 1+alerts+person) })
		}
		higher.Wait()
		if took := time.Since(began); took > 800*time.Millisecond { // 20 / 29 and the wire
			t.Errorf("the replies took %v", took)
		}
		lower.Wait()
		if s := b.Stats(); s.Sent != [lanes]int64{replies, alerts / 2, alerts / 2} || telegram.Impatient() != 0 {
			t.Errorf("%+v", s)
		}
	})
}
