package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
)

const (
	conflictPause = 5 * time.Second
	conflictAgain = time.Minute // between two reminders in the log
	diskTrouble   = "updates cannot be written to the disk"
)

// trouble is one stretch of failures of the receive loop: told once when it begins and once when it
// is over.
type trouble struct {
	failures int
	since    time.Time
	disk     bool      // the inbox failed in it
	conflict string    // which one was told last
	told     time.Time // when
	unhooked bool      // a webhook was taken down, in this stretch or before
}

// troubled decides how long to wait after a failure, and whether to wait at all.
func (b *Bot) troubled(ctx context.Context, t *trouble, err error) (time.Duration, error) {
	t.failures++
	if t.failures == 1 {
		t.since = b.cfg.Now()
	}
	var e *Error
	if !errors.As(err, &e) {
		onDisk := errors.Is(err, errInbox)
		if t.failures == 1 || onDisk && !t.disk {
			b.log.Error().Str("err", hide(err.Error(), b.wire.token)).Msg("cannot take updates in: trying again")
		}
		t.disk = t.disk || onDisk
		if onDisk {
			b.hearing.disk.begin(diskTrouble)
		}
		return pause(t.failures, b.jitter()), nil
	}
	switch e.Code {
	case codeUnauthorized, codeNotFound:
		return 0, ErrToken
	case codeConflict:
		return b.conflicted(ctx, t, e), nil
	}
	if t.failures == 1 {
		b.log.Warn().Str("err", e.Error()).Msg("Telegram is out of reach: trying again")
	}
	if e.Code == codeTooMany {
		return e.RetryAfter, nil
	}
	return pause(t.failures, b.jitter()), nil
}

// conflicted says loudly why somebody else gets our updates. A webhook is taken down, once; another
// instance has to be stopped by its owner.
func (b *Bot) conflicted(ctx context.Context, t *trouble, e *Error) time.Duration {
	hooked := strings.Contains(strings.ToLower(e.Description), "webhook") // "setWebhook" among them: it ended our poll
	kind := "another program polls with this bot's token: stop one of them"
	if hooked {
		kind = "a webhook is set for this bot: it takes the updates"
	}
	b.hearing.line.begin(kind)
	now := b.cfg.Now()
	loud := t.conflict != kind || now.Sub(t.told) >= conflictAgain
	if loud {
		t.conflict, t.told = kind, now
		b.log.Error().Str("err", e.Error()).Msg(kind)
	}
	if !hooked || t.unhooked {
		return conflictPause
	}
	err := b.call(ctx, "deleteWebhook", func(ctx context.Context) error {
		_, err := b.api.DeleteWebhook(ctx, &tg.DeleteWebhookParams{DropPendingUpdates: false})
		return err
	})
	if err != nil {
		if loud {
			b.log.Error().Str("err", err.Error()).Msg("the webhook cannot be taken down")
		}
		return conflictPause
	}
	t.unhooked = true
	b.log.Warn().Msg("the webhook was taken down; its waiting updates are kept")
	return 0
}

// recovered notes that updates came in, or that there are none.
func (b *Bot) recovered(t *trouble) {
	b.heard()
	b.hearing.line.end()
	b.hearing.disk.end()
	if t.failures > 0 {
		b.log.Info().Dur("for", b.cfg.Now().Sub(t.since)).Int("failures", t.failures).Msg("updates come in again")
	}
	*t = trouble{unhooked: t.unhooked, conflict: t.conflict, told: t.told} // two that poll take turns: it is told slowly all the same
}
