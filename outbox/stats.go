package outbox

import (
	"context"
	"fmt"
	"maps"

	"phonechatbot/store"
)

// Counts is what an Outbox has done since it was made.
type Counts struct {
	Sent     int            // messages that arrived
	Groups   int            // of them, with more than one thing to tell
	Told     int            // notifications that arrived
	Retried  int            // sends that failed and are tried again
	Doubtful int            // of them, that may have arrived
	HeldBack int            // sends that were put off by the messenger
	Blocked  int            // sends that found that the messenger refuses the chat
	Dropped  map[Reason]int // notifications that were not told
}

// Stats is what there is to say of an Outbox at a moment.
type Stats struct {
	Counts
	store.Queue
	Sending int  // messages
	Storm   bool // the messenger cannot be reached: few are tried
}

// Stats counts what is queued, which reads all keys of the queue and opens nothing.
func (o *Outbox) Stats(ctx context.Context) (Stats, error) {
	var s Stats
	err := o.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		s.Queue, err = tx.Queue(o.cfg.Now())
		return err
	})
	if err != nil {
		return Stats{}, fmt.Errorf("count the queue: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	s.Counts = o.memory.count
	s.Dropped = maps.Clone(s.Dropped)
	s.Sending, s.Storm = len(o.memory.busy), o.memory.weather.bad()
	return s, nil
}

func (o *Outbox) countDropped(why Reason, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n > 0 {
		o.memory.count.Dropped[why] += n
	}
}

// countSent counts a send that ended so, the empty kind for well.
func (o *Outbox) countSent(m Message, kind Kind) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := &o.memory.count
	switch kind {
	case "":
		c.Sent++
		c.Told += len(m.News)
		if len(m.News) > 1 {
			c.Groups++
		}
		return
	case Permanent:
		return
	case Blocked:
		c.Blocked++
		return
	case Later:
		c.HeldBack++
		return
	case Transient:
		c.Retried++
		return
	case Doubtful:
	}
	c.Retried++
	c.Doubtful++
}
