package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-telegram/bot/models"
)

const (
	// mostStarts is in how many starts an update is tried that ended the program each time.
	mostStarts = 3
	// suspectTime is how long the start waits for one update that an earlier start did not finish.
	suspectTime = 10 * time.Second
)

// resume hands out what an earlier run left in the inbox. In which start each is tried is written down before
// it begins, so that one whose handling kills the process is left out in the end. Those that an earlier start
// did not finish are tried one by one: then only the one that kills is counted, and none that waits behind it.
func (b *Bot) resume(ctx context.Context) error {
	pending, err := b.inbox.Pending(ctx)
	if err != nil {
		return fmt.Errorf("pending updates: %w", err)
	}
	var suspects, others []Update
	starts := map[int64]int{} // of the others
	for _, kept := range pending {
		switch {
		case kept.Starts >= mostStarts:
			b.leaveOut(kept.ID)
		case kept.Starts > 0:
			suspects = append(suspects, kept)
		default:
			others = append(others, kept)
			starts[kept.ID] = 1
		}
	}
	for _, kept := range suspects {
		b.tried(ctx, map[int64]int{kept.ID: kept.Starts + 1})
		b.alone(ctx, kept)
	}
	b.tried(ctx, starts)
	for _, kept := range others {
		if update, ok := b.unseen(kept); ok {
			b.deliver(update, kept.Arrived) //nolint:contextcheck // works on the bot's own life: it outlives the stop signal on purpose
		}
	}
	return nil
}

// replay hands out what is kept and was not handed out by this run.
func (b *Bot) replay(ctx context.Context) error {
	pending, err := b.inbox.Pending(ctx)
	if err != nil {
		return fmt.Errorf("pending updates: %w", err)
	}
	for _, kept := range pending {
		if update, ok := b.unseen(kept); ok {
			b.deliver(update, kept.Arrived) //nolint:contextcheck // as in resume
		}
	}
	return nil
}

// unseen decodes an update that this run has not handed out yet.
func (b *Bot) unseen(kept Update) (*models.Update, bool) {
	if b.seen.has(kept.ID) {
		return nil, false
	}
	update, err := decodeUpdate(kept.Body)
	if err != nil {
		b.skip(kept.ID)
		b.done(kept.ID)
		return nil, false
	}
	return update, b.seen.add(kept.ID)
}

// alone has an update handled, and waits until that is over and written down, or takes too long.
func (b *Bot) alone(ctx context.Context, kept Update) {
	update, ok := b.unseen(kept)
	if !ok {
		return
	}
	over := make(chan struct{})
	work := func(ctx context.Context) {
		defer close(over)
		b.process(ctx, update, kept.Arrived)
	}
	b.boxes.post(chatOf(update), job{update: update.ID, run: work}) //nolint:contextcheck // as in resume
	patience := time.NewTimer(suspectTime)
	defer patience.Stop()
	select {
	case <-over:
		b.sweep() //nolint:contextcheck // what was handled is written down although ctx is done
	case <-patience.C:
	case <-ctx.Done():
	}
}

// tried writes down in how many starts updates were tried. That it fails is told: they are tried all the same.
func (b *Bot) tried(ctx context.Context, starts map[int64]int) {
	if len(starts) == 0 {
		return
	}
	if err := b.inbox.Tried(ctx, starts); err != nil && !errors.Is(err, context.Canceled) {
		b.log.Error().Str("err", hide(err.Error(), b.wire.token)).Msg("cannot note that updates are tried again")
	}
}

// acquit forgets the counts of what is still in the inbox: this run came to a good end, so none of it killed it.
func (b *Bot) acquit() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.life), callTimeout)
	defer cancel()
	pending, err := b.inbox.Pending(ctx)
	if err != nil {
		return // the next start says so
	}
	starts := map[int64]int{}
	for _, kept := range pending {
		if kept.Starts > 0 {
			starts[kept.ID] = 0
		}
	}
	b.tried(ctx, starts)
}

// leaveOut gives an update up. It is not kept: what a person wanted days ago is not done to them by a later version.
func (b *Bot) leaveOut(id int64) {
	b.seen.add(id)
	b.skipped.Add(1)
	b.log.Error().Int64("update_id", id).Int("starts", mostStarts).
		Msg("left out an update: the program ended each time that it was being handled")
	b.done(id)
}
