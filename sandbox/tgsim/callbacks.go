package tgsim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// answerable is how long a callback query waits for its answer.
const answerable = 150 * time.Second

// Errors of the user's face.
var (
	ErrNoMessage  = errors.New("no such message in this chat")
	ErrNoButton   = errors.New("no such button under this message")
	ErrNotPress   = errors.New("this button sends nothing to the bot")
	ErrNotOwn     = errors.New("this message is not the user's own")
	ErrClosed     = errors.New("the server is closed")
	ErrNoSuchUser = errors.New("no such user")
)

// query is one press of a callback button.
type query struct {
	chat     *chat
	at       time.Time
	answered bool
	toast    Toast
}

// Toast is the bot's answer to one press: a text shown for a moment, an alert, or nothing but the end
// of the button's waiting.
type Toast struct {
	QueryID string
	Text    string
	Alert   bool
	URL     string
}

// Press taps the button with this visible label (or, failing that, this callback data) under a
// message, and gives back the id of the callback query. It is an error if the message is gone or has
// no such button, or one that sends nothing.
func (s *Server) Press(userID int64, messageID int, label string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[userID]
	if c == nil {
		return "", ErrNoSuchUser
	}
	m := c.find(messageID)
	if m == nil {
		return "", ErrNoMessage
	}
	b, err := m.button(label)
	if err != nil {
		return "", err
	}
	return s.press(c, m, messageID, b.Data), nil
}

func (m *message) button(label string) (Button, error) {
	buttons := slices.Concat(m.markup.rows...)
	at := slices.IndexFunc(buttons, func(b Button) bool { return b.Label == label })
	if at < 0 {
		at = slices.IndexFunc(buttons, func(b Button) bool { return b.Data == label && label != "" })
	}
	switch {
	case at < 0:
		return Button{}, ErrNoButton
	case buttons[at].Data == "":
		return Button{}, ErrNotPress
	}
	for _, other := range buttons[at+1:] {
		if other.Label == label && other.Data != buttons[at].Data {
			return Button{}, fmt.Errorf("two buttons %q with different data; press by data", label)
		}
	}
	return buttons[at], nil
}

// PressData sends callback data as a changed app could: of an old keyboard, or made up. The message
// need not exist any more; the bot is then told of an inaccessible one (date 0).
func (s *Server) PressData(userID int64, messageID int, data string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chatOf(userID)
	return s.press(c, c.find(messageID), messageID, data)
}

// press makes the callback query. Callers hold s.mu.
func (s *Server) press(c *chat, m *message, messageID int, data string) string {
	s.lastQuery++
	id := strconv.FormatInt(4_000_000_000+s.lastQuery, 10)
	s.queries[id] = &query{chat: c, at: s.cfg.Now()}
	shown := map[string]any{"message_id": messageID, "chat": c.wire(), "date": 0}
	if m != nil {
		shown = m.wire(s.bot)
	}
	s.push("callback_query", map[string]any{
		"id": id, "from": c.user, "message": shown, "data": data,
		"chat_instance": strconv.FormatInt(c.user.ID^0x5bd1e995, 10),
	})
	s.touch()
	return id
}

func (s *Server) answerCallbackQuery(p params) (any, error) {
	id := p.text("callback_query_id")
	q := s.queries[id]
	if q == nil || q.answered || s.cfg.Now().Sub(q.at) > answerable {
		return nil, refuse("query is too old and response timeout expired or query ID is invalid")
	}
	if address := p.text("url"); address != "" && linkProblem(address) != "" {
		return nil, refuse("URL_INVALID")
	}
	q.answered = true
	q.toast = Toast{QueryID: id, Text: p.text("text"), Alert: p.flag("show_alert"), URL: p.text("url")}
	q.chat.toasts = append(q.chat.toasts, q.toast)
	s.touch()
	return true, nil
}

// Toasts lists the answers the user's presses got, oldest first, those without a text too.
func (s *Server) Toasts(userID int64) []Toast {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[userID]; c != nil {
		return slices.Clone(c.toasts)
	}
	return nil
}

// WaitAnswered waits until the press with this id has been answered.
func (s *Server) WaitAnswered(ctx context.Context, queryID string) (Toast, error) {
	var toast Toast
	err := s.wait(ctx, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		q := s.queries[queryID]
		if q == nil || !q.answered {
			return false
		}
		toast = q.toast
		return true
	})
	if err != nil {
		return Toast{}, fmt.Errorf("wait for the answer to a press: %w", err)
	}
	return toast, nil
}
