package apisim

import (
	"sync"
	"time"
)

// Clock is the platform's time: a base clock and an offset that can be moved. It is safe for
// concurrent use. A Clock can be shared with the program under test so that both move together.
type Clock struct {
	base func() time.Time

	mu     sync.Mutex
	offset time.Duration
}

// NewClock is a clock that starts at now and ticks with it; nil means the real time. A base that
// always gives the same instant makes a clock that only moves by Advance and Set.
func NewClock(now func() time.Time) *Clock {
	if now == nil {
		now = time.Now
	}
	return &Clock{base: now}
}

// Now is the present moment of the platform, without a monotonic reading.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base().Round(0).Add(c.offset)
}

// Advance moves the clock by d, which may be negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// Set moves the clock to t; from there it ticks on with its base.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = t.Sub(c.base().Round(0))
}
