package apiclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// both is the breaker around a transport, as the chain has it around the gate.
func both(b *breaker, next http.RoundTripper) http.RoundTripper { return b.guard(b.watch(next)) }

func TestBreakerCounts(t *testing.T) {
	page := answer(200, "Content-Type", "text/html")
	for name, tc := range map[string]struct {
		try  func() (*http.Response, error)
		sick bool
	}{
		"500":                   {answer(500), true},
		"503":                   {answer(503), true},
		"a page of the edge":    {page, true},
		"a broken line":         {fail(io.ErrUnexpectedEOF), true},
		"nobody there":          {fail(notSent{io.EOF}), true},
		"an answer too long":    {fail(errTooLong), true},
		"fine":                  {answer(200), false},
		"a bad request":         {answer(400), false},
		"a refused token":       {answer(401), false},
		"nothing there":         {answer(404), false},
		"too many calls":        {answer(429), false},
		"a redirect":            {answer(302), false},
		"fine, not understood":  {func() (*http.Response, error) { return reply(200, "garbage"), nil }, false},
		"empty, without a type": {func() (*http.Response, error) { return reply(204, "", "Content-Type", ""), nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{steps: []func() (*http.Response, error){tc.try}}
			link := both(newBreaker(3, time.Minute, time.Second), s)
			for range 3 {
				if _, err := link.RoundTrip(newRequest(t, "GET")); errors.As(err, new(resting)) {
					t.Fatal("rested too early")
				}
			}
			_, err := link.RoundTrip(newRequest(t, "GET"))
			if got := errors.As(err, new(resting)); got != tc.sick || got && s.tries != 3 {
				t.Errorf("rests = %t after %d tries (%v)", got, s.tries, err)
			}
			if tc.sick && !errors.As(err, new(notSent)) {
				t.Errorf("%v may have been sent", err)
			}
		})
	}
}

func TestBreakerCountsOnlyWhatFollowsOnAnother(t *testing.T) {
	s := &script{steps: []func() (*http.Response, error){answer(500), answer(500), answer(404), answer(500), answer(500), answer(200)}}
	link := both(newBreaker(3, time.Minute, time.Second), s)
	for range 9 {
		if _, err := link.RoundTrip(newRequest(t, "GET")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBreakerAndTime(t *testing.T) {
	for name, tc := range map[string]struct {
		limit  time.Duration // ours
		theirs time.Duration // of the caller; 0 for none
		sick   bool
	}{
		"our patience ends":      {15 * time.Second, 0, true},
		"the caller's ends":      {15 * time.Second, 5 * time.Second, false},
		"ours had hardly begun":  {500 * time.Millisecond, 0, false},
		"ours ends at that time": {time.Second, time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stuck := roundTrip(func(req *http.Request) (*http.Response, error) {
					<-req.Context().Done()
					return nil, req.Context().Err()
				})
				b := newBreaker(2, time.Minute, time.Second)
				link := deadline(tc.limit, both(b, stuck))
				for range 2 {
					ctx, cancel := t.Context(), func() {}
					if tc.theirs > 0 {
						ctx, cancel = context.WithTimeout(ctx, tc.theirs)
					}
					if _, err := link.RoundTrip(newRequest(t, "GET").WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
					cancel()
				}
				_, err := link.RoundTrip(newRequest(t, "GET"))
				if got := errors.As(err, new(resting)); got != tc.sick {
					t.Errorf("rests = %t", got)
				}
			})
		})
	}
}

func TestBreakerForgivesCallersWhoLeave(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &script{steps: []func() (*http.Response, error){fail(context.Canceled)}}
	link := both(newBreaker(1, time.Minute, time.Second), s)
	for range 5 {
		if _, err := link.RoundTrip(newRequest(t, "GET").WithContext(ctx)); errors.As(err, new(resting)) {
			t.Fatal("rests")
		}
	}
}

func TestARestEndsWithAProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan func() (*http.Response, error))
		slow := func() (*http.Response, error) { return (<-release)() }
		s := &script{steps: []func() (*http.Response, error){answer(500), slow, slow, answer(200)}}
		b, passed := newBreaker(1, 10*time.Second, time.Second), 0
		link := b.guard(roundTrip(func(req *http.Request) (*http.Response, error) {
			passed++ // where the gate stands, which nobody is to reach for nothing
			return b.watch(s).RoundTrip(req)
		}))
		after := func() time.Duration {
			var rest resting
			before := passed
			if _, err := link.RoundTrip(newRequest(t, "POST")); !errors.As(err, &rest) || passed != before {
				t.Fatalf("err = %v", err)
			}
			return rest.after
		}
		probe := func(ends func() (*http.Response, error)) {
			var group sync.WaitGroup
			group.Go(func() { _, _ = link.RoundTrip(newRequest(t, "GET")) })
			synctest.Wait()
			if got := after(); got != probeWait { // others wait for what comes of it
				t.Errorf("during the probe: %v", got)
			}
			release <- ends
			group.Wait()
		}
		if _, err := link.RoundTrip(newRequest(t, "GET")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Second) // here and below of the bubble's clock
		if got := after(); got != 6*time.Second {
			t.Errorf("rests for %v more", got)
		}
		time.Sleep(6 * time.Second) // exactly as long as was said
		probe(answer(503))
		if got := after(); got != 10*time.Second {
			t.Errorf("after the failed probe: %v", got)
		}
		time.Sleep(10 * time.Second)
		probe(answer(404))
		if resp, err := link.RoundTrip(newRequest(t, "GET")); err != nil || resp.StatusCode != 200 {
			t.Errorf("after the rest: %v", err)
		}
	})
}

func TestAProbeGivenUpMakesRoomForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []func() (*http.Response, error){answer(500), fail(context.Canceled), answer(200)}}
		link := both(newBreaker(1, 10*time.Second, time.Second), s)
		_, _ = link.RoundTrip(newRequest(t, "GET"))
		time.Sleep(10 * time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = link.RoundTrip(newRequest(t, "GET").WithContext(ctx))
		if _, err := link.RoundTrip(newRequest(t, "GET")); err != nil || s.tries != 3 {
			t.Errorf("err = %v after %d tries", err, s.tries)
		}
	})
}

// The whole client: reads and writes are refused at once, without a turn at the gate.
func TestDuringARest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := 503
		c, p := connectInBubble(t, Config{Retries: -1, BreakAfter: 2, BreakFor: 15 * time.Second, Rate: 0.1, Burst: 2},
			func(w http.ResponseWriter, r *http.Request) { says(status, asJSON, `299`)(w, r) })
		for range 2 {
			_, err := c.Accept(t.Context(), caller, 48213, WholeCredits(25))
			check(t, "failing", err, ErrUnknownOutcome, 503)
		}
		start := time.Now()
		for name, call := range calls(c, london(t)) {
			err := call(t.Context(), caller)
			check(t, name, err, ErrUnavailable, 0)
			hunt(t, name, err)
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, errOpen) || e.RetryAfter != 15*time.Second {
				t.Errorf("%s: %v, RetryAfter %v", name, err, e.RetryAfter)
			}
		}
		if p.count() != 2 || time.Since(start) != 0 {
			t.Errorf("%d requests, %v later", p.count(), time.Since(start))
		}
		status = 200
		time.Sleep(15 * time.Second)
		if _, err := c.Balance(t.Context(), caller); err != nil {
			t.Error(err)
		}
	})
}

func TestARestStopsTheRepetitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectInBubble(t, Config{Retries: 5, BreakAfter: 2}, says(503, asJSON, `{}`))
		_, err := c.Balance(t.Context(), caller)
		check(t, "read", err, ErrUnavailable, 0)
		if p.count() != 2 || !errors.Is(err, errOpen) {
			t.Errorf("%d requests, %v", p.count(), err)
		}
	})
}

func TestThoseWhoQueueWhenARestBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectInBubble(t, Config{Retries: -1, BreakAfter: 1, Rate: 1, Burst: 1}, says(500, asJSON, `{}`))
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if _, err := c.Balance(t.Context(), caller); !errors.Is(err, ErrUnavailable) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if p.count() != 1 {
			t.Errorf("%d requests", p.count())
		}
	})
}

func TestWhatIsHeldBackIsNotThePlatformsFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectInBubble(t, Config{Retries: -1, BreakAfter: 1, Rate: 0.01, Burst: 1}, says(200, asJSON, `299`))
		for i := range 4 {
			_, err := c.Balance(t.Context(), caller)
			if want := i > 0; errors.Is(err, ErrRateLimited) != want {
				t.Errorf("call %d: %v", i, err)
			}
		}
		time.Sleep(100 * time.Second)
		if _, err := c.Balance(t.Context(), caller); err != nil || p.count() != 2 {
			t.Errorf("err = %v after %d requests", err, p.count())
		}
	})
}
