package bot

import (
	"context"
	"slices"
	"sync"
	"time"
)

// marks are the updates that were handled and still lie in the inbox. They leave it with the next batch that
// arrives, or after a while: a write for each would be one more for each turn. A crash brings them again, and
// the handler tells them by what it wrote down itself.
type marks struct {
	mu    sync.Mutex
	ids   []int64
	timer *time.Timer // runs while there are any
}

// markDelay is how long a handled update lies in the inbox at most, while nothing else arrives.
const markDelay = 5 * time.Second

// done notes that updates were handled.
func (b *Bot) done(ids ...int64) {
	b.marks.put(func() { b.errands.run(b.sweep) }, ids...)
}

// put adds handled updates; sweep is called if they are still there after a while.
func (m *marks) put(sweep func(), ids ...int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ids = append(m.ids, ids...)
	if m.timer == nil {
		m.timer = time.AfterFunc(markDelay, sweep)
	}
}

// take hands over what is to leave the inbox.
func (m *marks) take() []int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.timer != nil {
		m.timer.Stop()
		m.timer = nil
	}
	ids := m.ids
	m.ids = nil
	return ids
}

// sweep takes the handled updates out of the inbox. It outlives the handlers' context: what was handled at the
// last moment is not handled again.
func (b *Bot) sweep() {
	ids := b.marks.take()
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.life), callTimeout)
	defer cancel()
	if err := b.inbox.Done(ctx, ids...); err != nil {
		b.done(ids...)
		b.log.Error().Int64("update_id", slices.Min(ids)).Int("updates", len(ids)).Str("err", hide(err.Error(), b.wire.token)).
			Msg("handled updates are not marked as done: they come again after a restart")
	}
}
