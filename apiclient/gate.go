package apiclient

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// longestHold bounds how long one 429 silences the client, whatever the platform asks for.
	longestHold = 5 * time.Minute
	// plainHold is how long a 429 without Retry-After silences it.
	plainHold = 5 * time.Second
)

// gate lets calls through at a steady rate, and none while a 429 asks for silence. Its state is shared
// by all calls of a client. A call whose turn would come after its deadline fails at once as heldBack.
type gate struct {
	limiter *rate.Limiter

	mu    sync.Mutex
	until time.Time
}

func newGate(limit rate.Limit, burst int) *gate {
	return &gate{limiter: rate.NewLimiter(limit, burst)}
}

// before is the link: wait for the turn, call, and learn from the answer.
func (g *gate) before(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		if err := g.wait(req.Context()); err != nil {
			return nil, notSent{err}
		}
		resp, err := next.RoundTrip(req)
		if err == nil && resp.StatusCode == http.StatusTooManyRequests {
			g.hold(resp.Header)
		}
		return resp, err
	})
}

// wait blocks until it is the call's turn.
func (g *gate) wait(ctx context.Context) error {
	if err := g.silence(ctx); err != nil {
		return err
	}
	turn := g.limiter.Reserve()
	if err := pause(ctx, turn.Delay()); err != nil {
		turn.Cancel()
		return err
	}
	return g.silence(ctx) // another call may have met a 429 meanwhile
}

// silence sits out a hold, and those that follow it.
func (g *gate) silence(ctx context.Context) error {
	for {
		g.mu.Lock()
		left := time.Until(g.until)
		g.mu.Unlock()
		if err := pause(ctx, left); err != nil || left <= 0 {
			return err
		}
	}
}

// hold keeps all calls back for as long as a 429 asks, within longestHold. A hold never gets shorter.
func (g *gate) hold(h http.Header) {
	now := time.Now()
	wait := retryAfter(h, now)
	if wait == 0 {
		wait = plainHold
	}
	until := now.Add(min(wait, longestHold))
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until = until
	}
}

// pause waits for d, or fails at once as heldBack when the context would end before that.
func pause(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d <= 0 {
		return nil
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return heldBack{after: d}
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter reads the header Retry-After: seconds, or a date, which counts from the answer's own Date
// so that a wrong clock does no harm. Nothing, nonsense and the past are 0; an hour is the most.
func retryAfter(h http.Header, now time.Time) time.Duration {
	const most = time.Hour
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, most)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(at.Sub(now), 0), most)
}
