package bot

import (
	"slices"
	"time"

	"phonechatbot/internal/flow"
)

// suspicion is the longest that a refusal of one chat is remembered for judging the next.
const suspicion = time.Minute

// lastRefusal is the last 429.
type lastRefusal struct {
	chat  flow.ChatID
	at    time.Time
	until time.Time
}

// refused notes a 429, which does not say whom it is meant for. Its chat is held for exactly as long as it asks.
// If another chat was refused shortly before, that one's silence is not over, and no message has got through since,
// both are taken for one limit over all: everybody is held until the earlier of the two is over. Should it be an
// error, it costs the others the shorter silence; should all be held for longer, the next two refusals say so.
//
// Two are enough because the pacer itself keeps each chat within its limits: a chat alone is hardly ever refused.
func (p *pacer) refused(chat flow.ChatID, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.stats.TooMany++
	c := p.peer(chat, now)
	c.until = later(c.until, now.Add(wait))
	p.turnAway(c, now)
	p.relist(c, now)
	before := p.last
	p.last = lastRefusal{chat, now, now.Add(wait)}
	if before.chat != chat && before.until.After(now) && now.Sub(before.at) <= suspicion {
		p.until = later(p.until, earlier(before.until, p.last.until))
		for _, c := range p.peers {
			p.turnAway(c, now)
		}
	}
	p.settle(now)
}

// sent notes a message that got through; its turn came at begun. One that began after a refusal clears the
// suspicion against all.
func (p *pacer) sent(lane Lane, begun time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Sent[lane]++
	if begun.After(p.last.at) {
		p.last = lastRefusal{}
	}
}

// held is what is left of a silence in a chat; not positive if there is none.
func (p *pacer) held(chat flow.ChatID) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := p.until
	if c := p.peers[chat]; c != nil {
		until = p.silence(c)
	}
	return time.Until(until)
}

// silence is when nothing keeps the chat silent any more.
func (p *pacer) silence(c *peer) time.Time { return later(p.until, c.until) }

// turnAway holds back those of a chat who do not wait until a silence is over.
func (p *pacer) turnAway(c *peer, now time.Time) {
	until := p.silence(c)
	for lane := range c.queues {
		q := &c.queues[lane]
		q.waiting = slices.DeleteFunc(q.waiting, func(w *waiter) bool {
			if outlasts(w, q.lane, until, now) {
				return false
			}
			p.holdBack(w, q.lane, until.Sub(now))
			return true
		})
		if len(q.waiting) == 0 {
			p.unlist(q)
		}
	}
}

// relist puts the queues of a chat where they belong after its bucket or its silence has changed.
func (p *pacer) relist(c *peer, now time.Time) {
	for lane := range c.queues {
		p.list(&c.queues[lane], now)
	}
}

// outlasts reports whether a call waits until a silence is over.
func outlasts(w *waiter, lane Lane, until, now time.Time) bool {
	return lane == Replies && until.Sub(now) <= patience && (w.end.IsZero() || until.Before(w.end))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
