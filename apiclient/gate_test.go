package apiclient

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"
)

func TestGateKeepsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		link := newGate(1, 5).before(interactive, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, ""), nil }))
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				if _, err := link.RoundTrip(newRequest(t, "GET")); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("5 at once and 3 more took %v", took)
		}
	})
}

func TestGateRefusesWhatWouldComeTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		sent := 0
		link := newGate(0.1, 1).before(interactive, roundTrip(func(*http.Request) (*http.Response, error) {
			sent++
			return reply(200, ""), nil
		}))
		if _, err := link.RoundTrip(newRequest(t, "GET")); err != nil {
			t.Fatal(err)
		}
		_, err := deadline(5*time.Second, link).RoundTrip(newRequest(t, "POST"))
		var held heldBack
		if !errors.As(err, &held) || held.after != 10*time.Second || !errors.As(err, new(notSent)) || sent != 1 {
			t.Errorf("err = %v, held %v, %d sent", err, held.after, sent)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("waited %v for nothing", took)
		}
		// The turn was given back: the next caller with patience waits ten seconds, not twenty.
		if _, err := link.RoundTrip(newRequest(t, "GET")); err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("err = %v after %v", err, time.Since(start))
		}
	})
}

func TestGateHoldsEverybodyBackAfter429(t *testing.T) {
	for name, tc := range map[string]struct {
		header []string
		want   time.Duration
	}{
		"as asked":       {[]string{"Retry-After", "30"}, 30 * time.Second},
		"capped":         {[]string{"Retry-After", "86400"}, longestHold},
		"nothing said":   {nil, plainHold},
		"in the past":    {[]string{"Retry-After", "Mon, 01 Mar 1999 08:00:00 GMT"}, plainHold},
		"until a moment": {[]string{"Retry-After", "Mon, 01 Mar 2027 08:00:20 GMT", "Date", "Mon, 01 Mar 2027 08:00:00 GMT"}, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := &script{steps: []func() (*http.Response, error){answer(429, tc.header...), answer(200)}}
				link := newGate(1000, 1000).before(background, s)
				if resp, err := link.RoundTrip(newRequest(t, "GET")); err != nil || resp.StatusCode != 429 {
					t.Fatal(err)
				}
				if _, err := deadline(time.Second, link).RoundTrip(newRequest(t, "POST")); !errors.As(err, new(heldBack)) {
					t.Errorf("impatient call: %v", err)
				}
				if _, err := link.RoundTrip(newRequest(t, "GET")); err != nil || time.Since(start) != tc.want {
					t.Errorf("err = %v after %v, want %v", err, time.Since(start), tc.want)
				}
			})
		})
	}
}

func TestGateNeverShortensAHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 1)
		g.hold(http.Header{"Retry-After": {"60"}})
		g.hold(http.Header{"Retry-After": {"1"}})
		if left := time.Until(g.until); left != time.Minute {
			t.Errorf("held for %v", left)
		}
	})
}

func TestGateHeedsTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		g := newGate(1, 1)
		g.hold(http.Header{"Retry-After": {"60"}})
		time.AfterFunc(time.Second, cancel)
		if err := g.wait(ctx, interactive); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		if err := g.wait(ctx, interactive); !errors.Is(err, context.Canceled) {
			t.Errorf("already cancelled: err = %v", err)
		}
	})
}

// crowd sends n calls of a lane at once and waits until all of them stand at the gate.
func crowd(ctx context.Context, t *testing.T, group *sync.WaitGroup, n int, link http.RoundTripper, done func(error)) {
	t.Helper()
	for range n {
		group.Go(func() {
			_, err := link.RoundTrip(httptest.NewRequestWithContext(ctx, "GET", "/x", nil))
			done(err)
		})
	}
	synctest.Wait()
}

func TestGateInACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, burst = 4, 3
		var mu sync.Mutex
		var sent []time.Time
		start := time.Now()
		next := roundTrip(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, time.Now())
			return reply(200, ""), nil
		})
		g := newGate(limit, burst)
		var group sync.WaitGroup
		fine := func(err error) {
			if err != nil {
				t.Error(err)
			}
		}
		crowd(t.Context(), t, &group, 60, g.before(interactive, next), fine)
		crowd(t.Context(), t, &group, 40, g.before(background, next), fine)
		group.Wait()
		for i, first := range sent {
			within := 0
			for _, at := range sent[i:] {
				if at.Sub(first) < time.Second {
					within++
				}
			}
			if within > limit+burst {
				t.Fatalf("%d calls in the second from %v", within, first.Sub(start))
			}
		}
		if took := time.Since(start); len(sent) != 100 || took != 97*time.Second/limit {
			t.Errorf("%d calls in %v: turns were lost", len(sent), took)
		}
	})
}

func TestInteractiveCallsOvertake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []lane
		g := newGate(1, 1)
		link := func(l lane) http.RoundTripper {
			return g.before(l, roundTrip(func(*http.Request) (*http.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				order = append(order, l)
				return reply(200, ""), nil
			}))
		}
		var group sync.WaitGroup
		start := time.Now()
		crowd(t.Context(), t, &group, 51, link(background), func(error) {}) // one goes, fifty wait
		crowd(t.Context(), t, &group, 2, link(interactive), func(err error) {
			if took := time.Since(start); err != nil || took > 2*time.Second {
				t.Errorf("err = %v after %v", err, took)
			}
		})
		group.Wait()
		want := append([]lane{background, interactive, interactive}, make([]lane, 50)...)
		for i := range want[3:] {
			want[3+i] = background
		}
		if diff := cmp.Diff(want, order); diff != "" {
			t.Error(diff)
		}
	})
}

// The client sends each caller to the lane that is theirs.
func TestCallersAndTheirLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectInBubble(t, Config{Rate: 1, Burst: 1}, says(200, asJSON, `299`))
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if _, err := c.Balance(t.Context(), Caller{Tokens: pasted{token}, Background: true}); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		_, err := c.VerifyCredentials(t.Context(), caller)
		check(t, "299 is nobody", err, ErrUnavailable, 200)
		if p.count() != 2 {
			t.Errorf("%d calls before the interactive one", p.count()-1)
		}
		group.Wait()
	})
}

func TestWhoLeavesTheGateLeavesNoHole(t *testing.T) {
	for name, leaves := range map[string]lane{"interactive": interactive, "background": background} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(1, 1)
				start := time.Now()
				next := roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, ""), nil })
				var group sync.WaitGroup
				crowd(t.Context(), t, &group, 1, g.before(interactive, next), func(error) {})
				ctx, cancel := context.WithCancel(t.Context())
				crowd(ctx, t, &group, 3, g.before(leaves, next), func(err error) {
					if !errors.Is(err, context.Canceled) || !errors.As(err, new(notSent)) {
						t.Errorf("err = %v", err)
					}
				})
				crowd(t.Context(), t, &group, 1, g.before(background, next), func(err error) {
					if took := time.Since(start); err != nil || took != time.Second {
						t.Errorf("err = %v after %v, want the next turn", err, took)
					}
				})
				cancel()
				group.Wait()
			})
		})
	}
}

// A turn that comes at the moment its call is given up goes to the next one.
func TestATurnThatNobodyTakesGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 1)
		start := time.Now()
		if err := g.wait(t.Context(), interactive); err != nil {
			t.Fatal(err)
		}
		given := &waiter{heard: make(chan error, 1)}
		g.mu.Lock()
		g.queues[interactive] = append(g.queues[interactive], given)
		g.settle()
		g.mu.Unlock()
		var group sync.WaitGroup
		group.Go(func() {
			if err := g.wait(t.Context(), background); err != nil || time.Since(start) != time.Second {
				t.Errorf("err = %v after %v", err, time.Since(start))
			}
		})
		time.Sleep(time.Second) // of the bubble's clock: given has its turn, the other has not
		synctest.Wait()
		g.leave(given, interactive)
		group.Wait()
	})
}

// What a waiting call was promised can be put off, by a hold or by calls that go first. Then it is told
// at once, and does not wait for its deadline.
func TestATurnPutOffBeyondTheDeadline(t *testing.T) {
	for name, tc := range map[string]struct {
		putOff func(g *gate, group *sync.WaitGroup)
		after  time.Duration
	}{
		"by a hold": {func(g *gate, _ *sync.WaitGroup) { g.hold(http.Header{"Retry-After": {"30"}}) }, 30 * time.Second},
		"by calls that go first": {func(g *gate, group *sync.WaitGroup) {
			for range 3 {
				group.Go(func() { _ = g.wait(context.Background(), interactive) })
			}
		}, 3 * time.Second}, // one before it is enough to be too late; the second one says so
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(1, 1)
				if err := g.wait(t.Context(), interactive); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
				defer cancel()
				var group sync.WaitGroup
				group.Go(func() {
					var held heldBack
					if err := g.wait(ctx, background); !errors.As(err, &held) || held.after != tc.after || time.Since(start) != 0 {
						t.Errorf("err = %v (%v) after %v", err, held.after, time.Since(start))
					}
				})
				synctest.Wait()
				tc.putOff(g, &group)
				group.Wait()
			})
		})
	}
}

func TestGateWithoutALimit(t *testing.T) {
	g := newGate(rate.Inf, 1)
	for range 1000 {
		if err := g.wait(t.Context(), background); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"1.5":                           0,
		"soon":                          0,
		"99999999999999999999":          time.Hour,
		"2147483648":                    time.Hour,
		"2000000000":                    time.Hour,
		"Mon, 01 Mar 2027 08:01:00 GMT": time.Minute,
		"Mon, 01 Mar 2027 07:00:00 GMT": 0,
		"Mon, 01 Mar 2128 07:00:00 GMT": time.Hour,
	} {
		if got := retryAfter(http.Header{"Retry-After": {in}}, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", in, got, want)
		}
	}
}

// What is reckoned during a hold counts the turns from its end: not all who wait can go at once then.
func TestAHoldStoresNoTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const burst, waiting, fit = 3, 10, 4 // three when the hold ends, one a second later
		g := newGate(1, burst)
		g.hold(http.Header{"Retry-After": {"60"}})
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 61500*time.Millisecond)
		defer cancel()
		var group sync.WaitGroup
		var late, gone atomic.Int32
		for range waiting {
			group.Go(func() {
				var held heldBack
				switch err := g.wait(ctx, interactive); {
				case err == nil:
					gone.Add(1)
				case !errors.As(err, &held) || held.after != 62*time.Second || time.Since(start) != 0:
					t.Errorf("err = %v (%v) after %v", err, held.after, time.Since(start))
				default:
					late.Add(1)
				}
			})
		}
		synctest.Wait()
		if late.Load() != waiting-fit {
			t.Errorf("%d were told at once that it will be too late", late.Load())
		}
		group.Wait()
		if gone.Load() != fit {
			t.Errorf("%d went", gone.Load())
		}
	})
}

// over is a context that has ended, though its channel was not looked at yet.
type over struct {
	context.Context
	ended atomic.Bool
}

func (o *over) Err() error {
	if o.ended.Load() {
		return context.Canceled
	}
	return o.Context.Err()
}

// A call that is given up at the moment of its turn does not go, and says so. The turn is the next one's.
func TestGivenUpAtTheMomentOfItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 1)
		start := time.Now()
		if err := g.wait(t.Context(), interactive); err != nil {
			t.Fatal(err)
		}
		ctx := &over{Context: t.Context()}
		link := g.before(interactive, roundTrip(func(*http.Request) (*http.Response, error) {
			t.Error("sent")
			return reply(200, ""), nil
		}))
		var group sync.WaitGroup
		crowd(ctx, t, &group, 1, link, func(err error) {
			if !errors.Is(err, context.Canceled) || !errors.As(err, new(notSent)) {
				t.Errorf("err = %v", err)
			}
		})
		ctx.ended.Store(true)
		if err := g.wait(t.Context(), background); err != nil || time.Since(start) != time.Second {
			t.Errorf("the next one: err = %v after %v", err, time.Since(start))
		}
		group.Wait()
	})
}
