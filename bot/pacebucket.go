package bot

import "time"

// limits are the buckets that a message takes a turn from.
type limits struct {
	all   rate // over all chats
	chat  rate // in one chat
	group rate // in a group, besides
}

// rate is how a bucket fills: with one turn each interval, up to those that fit into the slack.
type rate struct {
	interval time.Duration
	slack    time.Duration // how far ahead of its interval a turn may be taken
}

// telegramLimits keeps to Telegram's limits (Bots FAQ: "My bot is hitting limits") in any stretch of time, not only
// on the average: 30 in any second, 20 in any minute of a group. What a bucket's burst takes is missing from its rate.
func telegramLimits() limits {
	return limits{
		all:   rate{time.Second / 29, time.Second / 29 / 2}, // half a turn makes good for timers that come late
		chat:  rate{time.Second, 2 * time.Second},           // three at once: "short bursts" are tolerated
		group: rate{4 * time.Second, 20 * time.Second},
	}
}

func limitsOf(cfg Config) limits {
	if cfg.Unpaced {
		return limits{}
	}
	return telegramLimits()
}

// bucket knows when the turns taken so far are paid for: it is full then. The zero bucket is full.
type bucket struct{ paid time.Time }

// after is when the turn after n others, all taken as soon as can be, may be taken within the slack.
func (b bucket) after(n int, r rate, slack time.Duration, now time.Time) time.Time {
	paid := b.paid
	if n > 0 {
		paid = later(paid, now).Add(time.Duration(n) * r.interval)
	}
	return paid.Add(-slack)
}

// take takes a turn.
func (b *bucket) take(r rate, now time.Time) { b.paid = later(b.paid, now).Add(r.interval) }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
