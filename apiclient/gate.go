package apiclient

import (
	"context"
	"errors"
	"net/http"
	"slices"
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

// lane is where a call waits for its turn.
type lane int

const (
	interactive lane = iota // somebody looks at a screen
	background              // nobody waits; such calls go when no interactive one does
	lanes
)

func laneOf(as Caller) lane {
	if as.Background {
		return background
	}
	return interactive
}

// gate lets calls through at a steady rate, and none while a 429 asks for silence. Its state is shared by
// all calls of a client. Turns go to interactive calls first, in the order of their coming, and to
// background calls only when no interactive one waits: these starve for as long as interactive calls keep
// arriving faster than the rate, and for no longer.
//
// A call whose turn would come after its deadline fails as heldBack as soon as that is known: when it
// comes, or when a hold or calls that go before it put its turn off. A background call's turn is reckoned
// as if no more interactive calls came.
type gate struct {
	interval time.Duration // between turns
	burst    int           // turns that may be taken at once after a pause

	mu     sync.Mutex
	paid   time.Time // when the turns taken so far are paid for, at one an interval
	until  time.Time // the end of the hold
	queues [lanes][]*waiter
	wake   *time.Timer // for the next turn; nil when nobody waits
}

// waiter is one call that waits. It hears once: nil when it is its turn, or why it has none.
type waiter struct {
	heard chan error
	end   time.Time // its deadline; zero for none
}

func newGate(limit rate.Limit, burst int) *gate {
	const slowest = 24 * time.Hour // so that sums of intervals stay in range
	interval := min(float64(time.Second)/float64(limit), float64(slowest))
	return &gate{interval: time.Duration(interval), burst: burst}
}

// before is the link: wait for the turn, call, and learn from the answer.
func (g *gate) before(l lane, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		if err := g.wait(req.Context(), l); err != nil {
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
func (g *gate) wait(ctx context.Context, l lane) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &waiter{heard: make(chan error, 1)}
	w.end, _ = ctx.Deadline()
	g.mu.Lock()
	g.queues[l] = append(g.queues[l], w)
	g.settle()
	g.mu.Unlock()
	select {
	case err := <-w.heard:
		if err == nil && ctx.Err() != nil { // both came at once
			g.giveBack()
			return ctx.Err()
		}
		return err
	case <-ctx.Done():
		g.leave(w, l)
		return ctx.Err()
	}
}

// leave takes a waiter out. A turn that it was given meanwhile goes back.
func (g *gate) leave(w *waiter, l lane) {
	g.mu.Lock()
	at := slices.Index(g.queues[l], w)
	if at >= 0 {
		g.queues[l] = slices.Delete(g.queues[l], at, at+1)
		g.settle()
	}
	g.mu.Unlock()
	if at < 0 && <-w.heard == nil {
		g.giveBack()
	}
}

// giveBack hands a turn that nobody takes to the next in line.
func (g *gate) giveBack() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paid = g.paid.Add(-g.interval)
	g.settle()
}

// hold keeps all calls back for as long as a 429 asks, within longestHold. A hold never gets shorter.
func (g *gate) hold(h http.Header) {
	now := time.Now()
	wait := retryAfter(h, now)
	if wait == 0 {
		wait = plainHold
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until = later(g.until, now.Add(min(wait, longestHold)))
	g.settle()
}

// settle gives out the turns that are due, turns away those whose turn comes too late, and sees to it
// that it is called again when the next turn is due. The lock is held.
func (g *gate) settle() {
	now := time.Now()
	for !g.turn(0, now).After(now) {
		w := g.first()
		if w == nil {
			break
		}
		g.paid = later(g.paid, now).Add(g.interval)
		w.heard <- nil
	}
	waiting := 0
	for l, queue := range g.queues {
		g.queues[l] = slices.DeleteFunc(queue, func(w *waiter) bool {
			at := g.turn(waiting, now)
			if w.end.IsZero() || at.Before(w.end) {
				waiting++
				return false
			}
			w.heard <- heldBack{after: at.Sub(now)}
			return true
		})
	}
	if g.wake != nil {
		g.wake.Stop()
		g.wake = nil
	}
	if waiting > 0 {
		g.wake = time.AfterFunc(g.turn(0, now).Sub(now), func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.settle()
		})
	}
}

// first takes the next waiter off its queue, or gives nil.
func (g *gate) first() *waiter {
	for l, queue := range g.queues {
		if len(queue) > 0 {
			w := queue[0]
			g.queues[l] = slices.Delete(queue, 0, 1)
			return w
		}
	}
	return nil
}

// turn is when the turn after n others comes, seen from now.
func (g *gate) turn(n int, now time.Time) time.Time {
	start := later(now, g.until)
	return later(start, later(g.paid, start).Add(time.Duration(n+1-g.burst)*g.interval))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// retryAfter reads the header Retry-After: seconds, or a date, which counts from the answer's own Date
// so that a wrong clock does no harm. Nothing, nonsense and the past are 0; an hour is the most.
func retryAfter(h http.Header, now time.Time) time.Duration {
	const most = time.Hour
	value := h.Get("Retry-After")
	// A number out of range is read as the largest in it.
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) {
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
