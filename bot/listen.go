package bot

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

const (
	hookEvery   = 30 * time.Second // between two looks at the webhook
	hookAgain   = 10 * time.Minute // between two registrations, when somebody else takes it away
	hookRefused = time.Minute      // until a refused address is tried again
	hookLines   = 40               // requests at the same time (Bot API: max_connections)
	unhookTime  = 5 * time.Second
)

// watch is what the loop that looks after the webhook remembers.
type watch struct {
	trouble trouble
	set     time.Time // when it was registered; zero: it is to be
	ours    bool      // it was, when last looked at
	seen    hookSeen
}

// listen registers the webhook and looks after it until ctx is done (nil) or Telegram refuses the token.
func (b *Bot) listen(ctx context.Context) error {
	b.hook.open.Store(true)
	var w watch
	for ctx.Err() == nil {
		wait, err := b.attend(ctx, &w)
		if err != nil && ctx.Err() == nil {
			if wait, err = b.unattended(ctx, &w, err); err != nil {
				return err
			}
		}
		_ = b.sleep(ctx, wait) // cut short by the stop: the loop sees it
	}
	if w.ours && !b.cfg.Webhook.Keep {
		b.unhook() //nolint:contextcheck // ctx is done
	}
	return nil
}

// attend registers the webhook, or looks what became of it.
func (b *Bot) attend(ctx context.Context, w *watch) (time.Duration, error) {
	if w.set.IsZero() {
		if err := b.register(ctx); err != nil {
			w.ours = w.ours || Sort(err).Kind == Unknown // to be taken down at the stop
			return 0, err
		}
		*w = watch{trouble: w.trouble, set: b.cfg.Now(), ours: true, seen: hookSeen{taken: b.hook.taken.Load()}}
		b.hookHeard(w)
		b.log.Info().Msg("the webhook is registered: Telegram brings the updates")
		return hookEvery, nil
	}
	var info *models.WebhookInfo
	err := b.call(ctx, "getWebhookInfo", func(ctx context.Context) (err error) {
		info, err = b.api.GetWebhookInfo(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	w.ours = info.URL == b.cfg.Webhook.URL
	problem, seen := judgeHook(*info, b.cfg.Webhook.URL, w.seen, b.hook.taken.Load())
	w.seen = seen
	if problem == "" {
		b.hookHeard(w)
		return hookEvery, nil
	}
	if b.hearing.line.begin(problem) {
		b.log.Error().Int("pending", info.PendingUpdateCount).Str("err", scrub(info.LastErrorMessage, b.wire.token)).Msg(problem)
	}
	if (!w.ours || secretRefused(*info)) && b.cfg.Now().Sub(w.set) >= hookAgain {
		w.set = time.Time{}
		return 0, nil
	}
	return hookEvery, nil
}

// hookHeard notes that nothing is wrong with the webhook.
func (b *Bot) hookHeard(w *watch) {
	b.heard()
	if b.hearing.line.end() && w.trouble.failures == 0 {
		b.log.Info().Msg("Telegram can bring the updates again")
	}
	if w.trouble.failures > 0 {
		b.log.Info().Int("failures", w.trouble.failures).Msg("Telegram answers again")
	}
	w.trouble = trouble{}
}

// unattended decides how long to wait after a call that failed.
func (b *Bot) unattended(ctx context.Context, w *watch, err error) (time.Duration, error) {
	var e *Error
	problem := ""
	switch {
	case !errors.As(err, &e):
	case e.Code == codeBadRequest:
		problem = "Telegram refuses the webhook: check its address"
	case e.Code == codeConflict: // of two registrations at the same time, not of polls
		problem = "another program sets a webhook for this bot at the same time: stop one of them"
	}
	if problem == "" {
		return b.troubled(ctx, &w.trouble, err)
	}
	w.trouble.failures++
	if b.hearing.line.begin(problem) {
		b.log.Error().Str("err", e.Error()).Msg(problem)
	}
	return hookRefused, nil
}

func (b *Bot) register(ctx context.Context) error {
	return b.call(ctx, "setWebhook", func(ctx context.Context) error {
		_, err := b.api.SetWebhook(ctx, &tg.SetWebhookParams{
			URL: b.cfg.Webhook.URL, MaxConnections: hookLines, AllowedUpdates: allowedUpdates(),
			SecretToken: b.hook.secret.Reveal(),
		})
		return err
	})
}

// unhook takes the webhook down. What Telegram has not brought by then it keeps for a day.
func (b *Bot) unhook() {
	ctx, cancel := context.WithTimeout(b.life, unhookTime)
	defer cancel()
	err := b.call(ctx, "deleteWebhook", func(ctx context.Context) error {
		_, err := b.api.DeleteWebhook(ctx, &tg.DeleteWebhookParams{DropPendingUpdates: false})
		return err
	})
	if err != nil {
		b.log.Warn().Str("err", err.Error()).Msg("the webhook stays registered: the next start sets it anew")
	}
}

// hookSeen is what a look at the webhook is compared with: the last.
type hookSeen struct {
	taken int64 // requests by then
	fault int   // Telegram's time of the last error that was over by then
}

// judgeHook says what is wrong with the webhook, "" for nothing, and what to compare the next look with. It trusts no
// clock: something is wrong while updates wait after an error that is new, and none came since the last look.
func judgeHook(info models.WebhookInfo, address string, last hookSeen, taken int64) (string, hookSeen) {
	now := hookSeen{taken: taken, fault: last.fault}
	switch {
	case info.URL == "":
		return "the webhook was taken down by another program with this bot's token: stop one of them", now
	case info.URL != address:
		return "another webhook is set for this bot: it takes the updates", now
	case info.PendingUpdateCount > 0 && info.LastErrorDate != last.fault && taken == last.taken:
		waiting := "(" + strconv.Itoa(info.PendingUpdateCount) + " wait)"
		if secretRefused(info) {
			return "Telegram brings the updates with a secret that is not this start's " + waiting + ": stop the other program that set the webhook", now
		}
		return "Telegram cannot bring the updates " + waiting + ": check the webhook's address and what stands before it", now
	}
	now.fault = info.LastErrorDate
	return "", now
}

// secretRefused reports whether the last request was answered 401, which is what Hook does where another program has
// registered the same address since. Another registration of ours brings our secret back.
func secretRefused(info models.WebhookInfo) bool {
	return strings.Contains(info.LastErrorMessage, "from the webhook: 401")
}
