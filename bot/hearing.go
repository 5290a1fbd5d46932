package bot

import (
	"errors"
	"sync/atomic"
	"time"
)

// readyAge is how long Telegram may be silent: the longest poll and its retries fit in, and so do several looks
// at a webhook.
const readyAge = 2 * time.Minute

// hearing is whether updates come in, however they do.
type hearing struct {
	last atomic.Int64 // Unix nanoseconds, 0 before the first
	line complaint    // with Telegram
	disk complaint    // with the inbox
}

// complaint is what is wrong at the moment.
type complaint struct{ text atomic.Pointer[string] }

// begin reports whether nothing was wrong before.
func (c *complaint) begin(text string) bool { return c.text.Swap(&text) == nil }

// end reports whether anything was wrong.
func (c *complaint) end() bool { return c.text.Swap(nil) != nil }

func (b *Bot) heard() { b.hearing.last.Store(b.cfg.Now().UnixNano()) }

// LastHeard is when Telegram last gave its updates: answered getUpdates, brought one, or said that it has none
// which it cannot bring. The zero time before that.
func (b *Bot) LastHeard() time.Time {
	if at := b.hearing.last.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// Ready says why updates do not come in at the moment, for an operator; nil if they do.
func (b *Bot) Ready() error {
	for _, c := range []*complaint{&b.hearing.line, &b.hearing.disk} {
		if text := c.text.Load(); text != nil {
			return errors.New(*text)
		}
	}
	last := b.LastHeard()
	switch age := b.cfg.Now().Sub(last); {
	case last.IsZero():
		return errors.New("Telegram has not answered yet") //nolint:staticcheck // a name begins it
	case age > readyAge:
		return errors.New("Telegram last answered " + age.Round(time.Second).String() + " ago")
	}
	return nil
}
