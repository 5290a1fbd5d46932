package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// patience is the longest retry_after that a call sits out itself, once; Alerts and Digests do not.
const patience = 5 * time.Second

// Show puts a view in front of the person and returns the message that now holds it. The card is
// edited if it is still the last message of its chat as far as this run knows; otherwise, and with
// card 0, the view is sent anew and the old card loses its buttons. On an error the card is still in
// force and its number is returned; Sort judges the error.
func (b *Bot) Show(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	return b.place(ctx, chat, card, v, card != 0 && b.tails.isLast(chat, card))
}

// Edit puts a view onto the card wherever in the chat it stands, and is otherwise like Show. What an
// edit cannot do (ShareNumber, DropKeyboard, Protect on a card that was not sent so, a card that is
// gone or is a file) is sent.
func (b *Bot) Edit(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	return b.place(ctx, chat, card, v, card != 0)
}

// Send sends a view as a new message and returns its number. Somebody waits for it: it goes with the Replies.
func (b *Bot) Send(ctx context.Context, chat flow.ChatID, v flow.View) (int, error) {
	return b.SendIn(ctx, Replies, chat, v)
}

// SendIn is Send in a lane of one's choice.
func (b *Bot) SendIn(ctx context.Context, lane Lane, chat flow.ChatID, v flow.View) (int, error) {
	return b.place(inLane(ctx, lane), chat, 0, v, false)
}

// SendIf is SendIn of what may not be wanted any more by the time its turn comes: still is asked then, and an error of
// its own is the error of SendIf. Nothing has left in that case.
func (b *Bot) SendIf(ctx context.Context, lane Lane, chat flow.ChatID, v flow.View, still func(context.Context) error) (int, error) {
	return b.SendIn(context.WithValue(ctx, stillKey{}, still), lane, chat, v)
}

type stillKey struct{}

func stillWanted(ctx context.Context) error {
	if still, asks := ctx.Value(stillKey{}).(func(context.Context) error); asks {
		return still(ctx)
	}
	return nil
}

// place edits if asked to and possible, and sends otherwise.
func (b *Bot) place(ctx context.Context, chat flow.ChatID, card int, v flow.View, edit bool) (int, error) {
	m, err := render(b.cfg.Catalogue, v)
	if err != nil {
		return card, err
	}
	there := card != 0
	if edit && b.editable(chat, card, m) {
		var shown bool
		if shown, there, err = b.edit(ctx, chat, card, m); shown || err != nil {
			return card, err
		}
	}
	id, err := b.send(ctx, chat, m)
	if err != nil {
		return card, err
	}
	if there {
		b.errands.run(func() { b.strip(chat, card) }) //nolint:contextcheck // works on the bot's own life: nobody waits for it
	}
	return id, nil
}

// editable reports whether an edit can show all of the message. Protection comes only with sending.
func (b *Bot) editable(chat flow.ChatID, card int, m message) bool {
	return !m.sendOnly && (!m.protect || b.tails.protected(chat, card))
}

// edit reports whether the card shows the message now, and whether it is there to be changed at all.
func (b *Bot) edit(ctx context.Context, chat flow.ChatID, card int, m message) (shown, there bool, err error) {
	err = b.callTo(ctx, chat, "editMessageText", func(ctx context.Context) error {
		_, err := b.api.EditMessageText(ctx, m.edit(chat, card))
		return err
	})
	var e *Error
	switch {
	case err == nil:
		return true, true, nil
	case errors.As(err, &e) && e.says("message is not modified"):
		return true, true, nil
	case errors.As(err, &e) && e.says("there is no text in the message to edit"): // a file, whose buttons can go
		return false, true, nil
	case errors.As(err, &e) && e.says("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID"):
		return false, false, nil
	default:
		return false, true, err
	}
}

func (b *Bot) send(ctx context.Context, chat flow.ChatID, m message) (int, error) {
	if m.dropFirst {
		carrier, err := b.post(ctx, chat, message{text: ellipsis, markup: dropKeyboard(), silent: true})
		if err != nil {
			return 0, err
		}
		defer b.errands.run(func() { b.remove(chat, carrier) })
	}
	return b.post(ctx, chat, m)
}

// post sends one message and notes that it now ends the chat.
func (b *Bot) post(ctx context.Context, chat flow.ChatID, m message) (int, error) {
	var sent *models.Message
	method, do := "sendMessage", func(ctx context.Context) (err error) {
		sent, err = b.api.SendMessage(ctx, m.send(chat))
		return err
	}
	if m.file != nil {
		method, do = "sendDocument", func(ctx context.Context) (err error) {
			sent, err = b.api.SendDocument(ctx, m.document(chat))
			return err
		}
	}
	if err := b.callTo(ctx, chat, method, do); err != nil {
		return 0, err
	}
	b.tails.note(chat, sent.ID, m.protect)
	return sent.ID, nil
}

// strip takes the buttons off a card that another has replaced. That it fails is harmless: a stale
// press never acts.
func (b *Bot) strip(chat flow.ChatID, card int) {
	err := b.callTo(inLane(b.life, Digests), chat, "editMessageReplyMarkup", func(ctx context.Context) error {
		_, err := b.api.EditMessageReplyMarkup(ctx, &tg.EditMessageReplyMarkupParams{
			ChatID: int64(chat), MessageID: card, ReplyMarkup: noButtons(),
		})
		return err
	})
	var e *Error
	if err != nil && !(errors.As(err, &e) && e.says("message is not modified")) {
		b.log.Debug().Int64("chat_id", int64(chat)).Str("err", err.Error()).Msg("an old card keeps its buttons")
	}
}

// remove deletes a message of ours that has served its purpose.
func (b *Bot) remove(chat flow.ChatID, message int) {
	if err := b.Delete(b.life, chat, message); err != nil {
		b.log.Debug().Int64("chat_id", int64(chat)).Str("err", err.Error()).Msg("a carrier message stays")
	}
}

// Delete deletes a message of either side; that it is gone already is a success. Telegram refuses
// after 48 hours (Bot API: deleteMessage), which Sort calls permanent.
func (b *Bot) Delete(ctx context.Context, chat flow.ChatID, message int) error {
	err := b.callTo(ctx, chat, "deleteMessage", func(ctx context.Context) error {
		_, err := b.api.DeleteMessage(ctx, &tg.DeleteMessageParams{ChatID: int64(chat), MessageID: message})
		return err
	})
	var e *Error
	if err != nil && !(errors.As(err, &e) && e.says("message to delete not found")) {
		return err
	}
	b.tails.forget(chat, message)
	return nil
}

// Command is an entry of the command menu: a name of 1 to 32 lower-case letters, digits and
// underscores, and a description that Telegram shows without markup.
type Command struct {
	Name        string
	Description wording.Text
}

// SetCommands sets the command menu of all private chats; none takes it away.
func (b *Bot) SetCommands(ctx context.Context, commands []Command) error {
	return b.setCommands(ctx, &models.BotCommandScopeAllPrivateChats{}, commands)
}

// SetChatCommands sets the command menu of one chat; none brings the general one back.
func (b *Bot) SetChatCommands(ctx context.Context, chat flow.ChatID, commands []Command) error {
	return b.setCommands(ctx, &models.BotCommandScopeChat{ChatID: int64(chat)}, commands)
}

func (b *Bot) setCommands(ctx context.Context, scope models.BotCommandScope, commands []Command) error {
	menu, err := botCommands(b.cfg.Catalogue, commands)
	if err != nil {
		return err
	}
	if len(menu) == 0 {
		return b.call(ctx, "deleteMyCommands", func(ctx context.Context) error {
			_, err := b.api.DeleteMyCommands(ctx, &tg.DeleteMyCommandsParams{Scope: scope})
			return err
		})
	}
	return b.call(ctx, "setMyCommands", func(ctx context.Context) error {
		_, err := b.api.SetMyCommands(ctx, &tg.SetMyCommandsParams{Commands: menu, Scope: scope})
		return err
	})
}

func botCommands(words wording.Catalogue, commands []Command) ([]models.BotCommand, error) {
	menu := make([]models.BotCommand, len(commands))
	for i, c := range commands {
		description := cutPlain(words.Plain(c.Description), longestDescription)
		if !wordOf(c.Name, longestCommand, isNameSign) || strings.ToLower(c.Name) != c.Name || description == "" {
			return nil, fmt.Errorf("command %q needs a lower-case name and a description", c.Name)
		}
		menu[i] = models.BotCommand{Command: c.Name, Description: description}
	}
	return menu, nil
}

// announce sets the configured commands, however long that takes.
func (b *Bot) announce(ctx context.Context) {
	for failures := 1; ; failures++ {
		err := b.SetCommands(ctx, b.cfg.Commands)
		if err == nil || ctx.Err() != nil {
			return
		}
		verdict := Sort(err)
		if verdict.Kind == Permanent || verdict.Kind == Forbidden {
			b.log.Error().Str("err", err.Error()).Msg("the command menu is not set")
			return
		}
		if b.sleep(ctx, max(verdict.After, pause(failures, b.jitter()))) != nil {
			return
		}
	}
}

// call makes one call that is for no chat, at once and within its deadline, and once more if Telegram asks for no
// more than a short wait. Its error is an *Error.
func (b *Bot) call(ctx context.Context, method string, do func(context.Context) error) error {
	e := b.attempt(ctx, method, do)
	if e != nil && e.Code == codeTooMany && e.RetryAfter <= patience && b.sleep(ctx, e.RetryAfter) == nil {
		e = b.attempt(ctx, method, do)
	}
	if e == nil {
		return nil
	}
	return e
}

// callTo makes one call that is for a chat, when it is its turn in the lane of ctx and no 429 asks for silence. If
// this one is answered so, a reply that may be sent again soon enough waits and is, once. Its error is an *Error, or
// that of SendIf.
func (b *Bot) callTo(ctx context.Context, chat flow.ChatID, method string, do func(context.Context) error) error {
	lane := laneOf(ctx)
	for again := false; ; again = true {
		if err := b.admit(ctx, chat, method, again); err != nil {
			return unsent(method, err)
		}
		if err := stillWanted(ctx); err != nil {
			return err
		}
		begun := time.Now()
		e := b.attempt(ctx, method, do)
		switch {
		case e == nil:
			if paced(method) {
				b.pace.sent(lane, begun)
			}
			return nil
		case e.Code != codeTooMany:
			return e
		}
		b.pace.refused(chat, e.RetryAfter)
		if again || lane != Replies || e.RetryAfter > patience {
			return e
		}
	}
}

// paced reports whether Telegram counts a method among the messages of a chat. Deleting a message or taking its
// buttons off waits for no turn, only for the end of a silence.
func paced(method string) bool {
	switch method {
	case "sendMessage", "sendDocument", "editMessageText":
		return true
	default:
		return false
	}
}

func (b *Bot) admit(ctx context.Context, chat flow.ChatID, method string, again bool) error {
	lane := laneOf(ctx)
	if paced(method) {
		return b.pace.wait(ctx, chat, lane, again)
	}
	left := b.pace.held(chat)
	switch {
	case left <= 0:
		return nil
	case lane != Replies || left > patience:
		return heldBack{left}
	default:
		return b.sleep(ctx, left)
	}
}

func (b *Bot) attempt(ctx context.Context, method string, do func(context.Context) error) *Error {
	if err := ctx.Err(); err != nil {
		return unsent(method, err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := do(ctx); err != nil {
		return describe(method, err, b.wire.token)
	}
	return nil
}
