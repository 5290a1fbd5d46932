package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// turn is what the middleware and the handler of one update tell each other.
type turn struct {
	update     int64
	chat       flow.ChatID
	arrived    time.Time
	unfinished bool // cut short by the end of Drain: to be taken up at the next start
}

type turnKey struct{}

// process handles one update and marks it as done. When it arrived tells a press, which has no date, from one that
// was handled long ago.
func (b *Bot) process(ctx context.Context, u *models.Update, arrived time.Time) {
	t := &turn{update: u.ID, chat: chatOf(u), arrived: arrived}
	b.api.ProcessUpdate(context.WithValue(ctx, turnKey{}, t), u)
	if !t.unfinished {
		b.done(u.ID)
	}
}

// rescue is the first middleware: a panic below it costs one update, and a press is answered whatever
// happens.
func (b *Bot) rescue(next tg.HandlerFunc) tg.HandlerFunc {
	return func(ctx context.Context, api *tg.Bot, u *models.Update) {
		t, ok := ctx.Value(turnKey{}).(*turn)
		if !ok {
			t = &turn{update: u.ID, chat: chatOf(u)}
		}
		if u.CallbackQuery != nil {
			defer b.Acknowledge(u.CallbackQuery.ID, wording.Text{})
		}
		defer b.catch(t, t.chat)
		next(ctx, api, u)
	}
}

// catch is deferred around everything that runs in a mailbox. What was thrown may quote a message, so
// only its type is logged, or its text if the runtime itself threw it.
func (b *Bot) catch(t *turn, chat flow.ChatID) {
	thrown := recover()
	if thrown == nil {
		return
	}
	what := fmt.Sprintf("%T", thrown)
	if err, ok := thrown.(runtime.Error); ok {
		what = err.Error()
	}
	log := b.log.With().Int64("chat_id", int64(chat)).Str("incident", b.cfg.NewID()).Logger()
	if t != nil {
		log = log.With().Int64("update_id", t.update).Logger()
	}
	log.Error().Str("panic", what).Str("stack", stack()).Msg("a handler panicked")
}

// stack is the calls that led to a panic, without the first line's goroutine number.
func stack() string {
	_, calls, _ := strings.Cut(string(debug.Stack()), "\n")
	return calls
}

// handle is the library's default handler, and the only one: update to event to Handler.
func (b *Bot) handle(ctx context.Context, _ *tg.Bot, u *models.Update) {
	b.remember(u)
	arrived := b.cfg.Now()
	if t, ok := ctx.Value(turnKey{}).(*turn); ok && !t.arrived.IsZero() {
		arrived = t.arrived
	}
	e, ok := decode(u, b.addressed(ctx), arrived)
	if !ok {
		b.log.Debug().Int64("update_id", u.ID).Msg("update without an event")
		return
	}
	if err := b.handler.Handle(ctx, e); err != nil {
		b.complain(ctx, u.ID, e.Chat, err)
	}
}

func (b *Bot) complain(ctx context.Context, update int64, chat flow.ChatID, err error) {
	log := b.log.With().Int64("update_id", update).Int64("chat_id", int64(chat)).Logger()
	if t, ok := ctx.Value(turnKey{}).(*turn); ok && ctx.Err() != nil {
		t.unfinished = true
		log.Warn().Msg("stopped before the update was handled: it is taken up at the next start")
		return
	}
	incident := ""
	var numbered interface{ Incident() string }
	if errors.As(err, &numbered) {
		incident = numbered.Incident()
	} else {
		incident = b.cfg.NewID()
	}
	log.Error().Str("incident", incident).Str("err", hide(err.Error(), b.wire.token)).Msg("handle update")
}

// remember notes which message now ends the chat.
func (b *Bot) remember(u *models.Update) {
	switch {
	case u.Message != nil:
		b.tails.note(flow.ChatID(u.Message.Chat.ID), u.Message.ID, u.Message.HasProtectedContent)
	case u.CallbackQuery != nil:
		if m := u.CallbackQuery.Message.Message; m != nil {
			b.tails.note(flow.ChatID(m.Chat.ID), m.ID, m.HasProtectedContent)
		}
	}
}

// addressed tells whether a command written /name@bot means this bot. Our own name is asked for when
// first needed; as long as it cannot be had, a private chat is taken to mean us.
func (b *Bot) addressed(ctx context.Context) func(name string, private bool) bool {
	return func(name string, private bool) bool {
		own, err := b.Username(ctx)
		if err != nil {
			b.log.Warn().Str("err", err.Error()).Msg("the bot's own name cannot be had")
			return private
		}
		return strings.ToLower(own) == name
	}
}

// Username is the bot's own, as links to it are spelt: Telegram is asked once (Bot API: getMe).
func (b *Bot) Username(ctx context.Context) (string, error) {
	if own := b.name.Load(); own != nil {
		return *own, nil
	}
	var me *models.User
	err := b.call(ctx, "getMe", func(ctx context.Context) (err error) {
		me, err = b.api.GetMe(ctx)
		return err
	})
	if err != nil {
		return "", err
	}
	b.name.Store(&me.Username)
	return me.Username, nil
}
