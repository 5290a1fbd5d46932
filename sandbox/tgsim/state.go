package tgsim

import (
	"encoding/json"
	"slices"
	"time"
)

// User is a person with a Telegram account. In a private chat with the bot the chat's id is the
// user's id.
type User struct {
	ID           int64  `json:"id"`
	IsBot        bool   `json:"is_bot"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name,omitempty"`
	Username     string `json:"username,omitempty"`
	LanguageCode string `json:"language_code,omitempty"`
}

// File is an uploaded document.
type File struct {
	ID      string
	Name    string
	Content []byte
}

// standing is what the user lets the bot do.
type standing int

const (
	notStarted  standing = iota // never wrote: the bot does not know the chat
	started                     // may be written to
	blocked                     // has blocked the bot
	deactivated                 // has deleted the account
)

// chat is the private chat between one user and the bot.
type chat struct {
	user     User
	standing standing
	messages []*message
	keyboard ReplyKeyboard
	changes  []Change
	toasts   []Toast
	action   string    // what the bot is shown to be doing ("typing")
	actionAt time.Time // when it said so
}

// message is one message as the server keeps it. Deleted ones stay, so that tests can look at them.
type message struct {
	id        int
	chat      *chat
	fromBot   bool
	at        time.Time
	text      richText
	html      string // the text as the bot sent it in parse mode HTML
	kind      string // "text", "contact", "document", "photo", ...
	extra     map[string]any
	file      *File
	markup    markup
	protected bool
	silent    bool
	replyTo   int
	edits     int
	editedAt  time.Time
	deleted   bool
}

type wireChat struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
}

func (c *chat) wire() wireChat {
	u := c.user
	return wireChat{ID: u.ID, Type: "private", FirstName: u.FirstName, LastName: u.LastName, Username: u.Username}
}

// find gives a message of this chat that has not been deleted, or nil.
func (c *chat) find(id int) *message {
	at := slices.IndexFunc(c.messages, func(m *message) bool { return m.id == id && !m.deleted })
	if at < 0 {
		return nil
	}
	return c.messages[at]
}

// wire is the message as the Bot API shows it.
func (m *message) wire(bot User) map[string]any {
	from := m.chat.user
	if m.fromBot {
		from = bot
	}
	w := map[string]any{"message_id": m.id, "from": from, "chat": m.chat.wire(), "date": m.at.Unix()}
	text, entities := "text", "entities"
	if m.kind != "text" {
		text, entities = "caption", "caption_entities"
	}
	if m.text.plain != "" {
		w[text] = m.text.plain
	}
	if len(m.text.entities) > 0 {
		w[entities] = m.text.entities
	}
	if m.markup.raw != nil {
		w["reply_markup"] = m.markup.raw
	}
	if m.edits > 0 {
		w["edit_date"] = m.editedAt.Unix()
	}
	if m.protected {
		w["has_protected_content"] = true
	}
	if replied := m.chat.find(m.replyTo); replied != nil && m.replyTo != 0 {
		short := *replied
		short.replyTo = 0 // Telegram shows one level
		w["reply_to_message"] = short.wire(bot)
	}
	if m.file != nil {
		w["document"] = map[string]any{
			"file_id": m.file.ID, "file_unique_id": "u" + m.file.ID, "file_name": m.file.Name, "file_size": len(m.file.Content),
		}
	}
	for name, value := range m.extra {
		w[name] = value
	}
	return w
}

// sameMarkup reports whether two keyboards are equal whatever the order of their fields.
func sameMarkup(a, b markup) bool {
	return canonical(a.raw) == canonical(b.raw)
}

func canonical(raw json.RawMessage) string {
	if raw == nil {
		return ""
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return string(raw)
	}
	sorted, err := json.Marshal(v)
	if err != nil {
		return string(raw)
	}
	return string(sorted)
}
