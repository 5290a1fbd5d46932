package apiclient

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestGateKeepsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		link := newGate(1, 5).before(roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, ""), nil }))
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
		link := newGate(0.1, 1).before(roundTrip(func(*http.Request) (*http.Response, error) {
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
				link := newGate(1000, 1000).before(s)
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
		if err := g.wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		if err := g.wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("already cancelled: err = %v", err)
		}
	})
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
		"99999999999999999999":          0,
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
