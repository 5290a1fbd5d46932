package tgsim

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// deletable is how long after its sending a bot may delete a message.
const deletable = 48 * time.Hour

// chatFor finds the private chat a call is about, and whether the bot may write there.
func (s *Server) chatFor(p params) (*chat, error) {
	if p.text("chat_id") == "" {
		return nil, refuse("chat_id is empty")
	}
	id, err := strconv.ParseInt(p.text("chat_id"), 10, 64)
	c := s.chats[id]
	if err != nil || c == nil || c.standing == notStarted {
		return nil, refuse("chat not found")
	}
	switch c.standing {
	case blocked:
		return nil, forbidden("bot was blocked by the user")
	case deactivated:
		return nil, forbidden("user is deactivated")
	default:
	}
	return c, nil
}

// refuseForeign turns away what belongs to chats or features that a private chat with one bot lacks.
func refuseForeign(p params) error {
	for _, foreign := range []struct{ name, text string }{
		{"business_connection_id", "business connection not found"},
		{"message_thread_id", "message thread not found"},
		{"message_effect_id", "EFFECT_ID_INVALID"},
		{"suggested_post_parameters", "suggested posts can be sent only to channel direct messages"},
		{"direct_messages_topic_id", "direct messages topic not found"},
		{"ephemeral_message_parameters", "ephemeral messages can't be sent to private chats"},
		{"inline_message_id", "MESSAGE_ID_INVALID"},
	} {
		if p.has(foreign.name) {
			return refusal(foreign.text)
		}
	}
	if p.flag("allow_paid_broadcast") {
		return refuse("FLOODSKIP_NOT_ALLOWED")
	}
	return nil
}

func (s *Server) sendMessage(p params) (any, error) {
	text, err := visibleText(p)
	if err != nil {
		return nil, err
	}
	return s.post(p, &message{kind: "text", text: text, html: htmlOf(p, "text")})
}

// visibleText parses the text of a message and says what Telegram says of one that shows nothing.
func visibleText(p params) (richText, error) {
	if p.text("text") == "" {
		return richText{}, refuse("message text is empty")
	}
	text, err := parseText(p, "text", "entities")
	switch {
	case err != nil:
		return text, err
	case text.plain == "":
		return text, refuse("text must be non-empty")
	case utf16Len(text.plain) > maxText:
		return text, refuse("message is too long")
	}
	return text, nil
}

func htmlOf(p params, name string) string {
	if p.text("parse_mode") == "" {
		return ""
	}
	return p.text(name)
}

func (s *Server) sendDocument(p params) (any, error) {
	caption, err := parseText(p, "caption", "caption_entities")
	if err != nil {
		return nil, err
	}
	if utf16Len(caption.plain) > maxCaption {
		return nil, refuse("message caption is too long")
	}
	file := p["document"].file
	if file == nil {
		file = s.fileByID(p.text("document"))
	}
	switch {
	case file == nil:
		return nil, refuse("wrong file identifier/HTTP URL specified")
	case len(file.Content) == 0:
		return nil, refuse("file must be non-empty")
	}
	return s.post(p, &message{kind: "document", text: caption, html: htmlOf(p, "caption"), file: file})
}

// keep gives a file its id and drops the oldest when there are too many.
func (s *Server) keep(f *File) {
	if f.ID != "" {
		return
	}
	s.lastFile++
	f.ID = "file" + strconv.Itoa(s.lastFile)
	s.files = append(s.files, f)
	if len(s.files) > maxFiles {
		s.files = slices.Delete(s.files, 0, 1)
	}
}

func (s *Server) fileByID(id string) *File {
	at := slices.IndexFunc(s.files, func(f *File) bool { return f.ID == id })
	if at < 0 {
		return nil
	}
	return s.files[at]
}

// post checks what all sends have in common and puts the message into the chat.
func (s *Server) post(p params, m *message) (any, error) {
	if err := refuseForeign(p); err != nil {
		return nil, err
	}
	c, err := s.chatFor(p)
	if err != nil {
		return nil, err
	}
	if m.markup, err = parseMarkup(p); err != nil {
		return nil, err
	}
	if m.replyTo, err = c.replyTarget(p); err != nil {
		return nil, err
	}
	m.fromBot = true
	m.protected, m.silent = p.flag("protect_content"), p.flag("disable_notification")
	if m.markup.reply != nil {
		c.keyboard = *m.markup.reply
	}
	c.action = ""
	s.append(c, m)
	return m.wire(s.bot), nil
}

func (c *chat) replyTarget(p params) (int, error) {
	var reply struct {
		MessageID int  `json:"message_id"`
		Lenient   bool `json:"allow_sending_without_reply"`
	}
	if err := p.decode("reply_parameters", &reply); err != nil {
		return 0, refuse("can't parse reply parameters")
	}
	switch {
	case !p.has("reply_parameters"):
		return 0, nil
	case c.find(reply.MessageID) != nil:
		return reply.MessageID, nil
	case reply.Lenient:
		return 0, nil
	}
	return 0, refuse("message to be replied not found")
}

// append gives a message its id and date. Ids grow over all chats of the bot, as Telegram's do.
func (s *Server) append(c *chat, m *message) {
	s.lastMessage++
	m.id, m.chat, m.at = s.lastMessage, c, s.cfg.Now()
	if m.file != nil {
		s.keep(m.file)
	}
	c.messages = append(c.messages, m)
	s.note(Posted, m)
}

// editable finds the message an edit is about.
func (s *Server) editable(p params) (*message, error) {
	if err := refuseForeign(p); err != nil {
		return nil, err
	}
	c, err := s.chatFor(p)
	if err != nil {
		return nil, err
	}
	if p.number("message_id", 0) == 0 {
		return nil, refuse("message identifier is not specified")
	}
	m := c.find(int(p.number("message_id", 0)))
	switch {
	case m == nil:
		return nil, refuse("message to edit not found")
	case !m.fromBot || !m.markup.inline: // one with another kind of keyboard stays as it is
		return nil, refuse("message can't be edited")
	}
	return m, nil
}

func (s *Server) editMessageText(p params) (any, error) {
	text, err := visibleText(p)
	if err != nil {
		return nil, err
	}
	keyboard, err := parseMarkup(p)
	if err != nil {
		return nil, err
	}
	m, err := s.editable(p)
	if err != nil {
		return nil, err
	}
	if m.kind != "text" {
		return nil, refuse("there is no text in the message to edit")
	}
	return s.change(m, text, htmlOf(p, "text"), keyboard)
}

func (s *Server) editMessageReplyMarkup(p params) (any, error) {
	keyboard, err := parseMarkup(p)
	if err != nil {
		return nil, err
	}
	m, err := s.editable(p)
	if err != nil {
		return nil, err
	}
	return s.change(m, m.text, m.html, keyboard)
}

// change edits a message; an edit without a keyboard takes the old one away.
func (s *Server) change(m *message, text richText, html string, keyboard markup) (any, error) {
	if m.text.plain == text.plain && reflect.DeepEqual(m.text.entities, text.entities) && sameMarkup(m.markup, keyboard) {
		return nil, refuse("message is not modified: specified new message content and reply markup are exactly " +
			"the same as a current content and reply markup of the message")
	}
	m.text, m.html, m.markup = text, html, keyboard
	m.edits++
	m.editedAt = s.cfg.Now()
	s.note(Edited, m)
	return m.wire(s.bot), nil
}

func (s *Server) deleteMessage(p params) (any, error) {
	c, err := s.chatFor(p)
	if err != nil {
		return nil, err
	}
	m := c.find(int(p.number("message_id", 0)))
	switch {
	case m == nil:
		return nil, refuse("message to delete not found")
	case s.cfg.Now().Sub(m.at) > deletable:
		return nil, refuse("message can't be deleted for everyone")
	}
	m.deleted = true
	s.note(Deleted, m)
	return true, nil
}

// deleteMessages skips what it cannot find, and says nothing of it.
func (s *Server) deleteMessages(p params) (any, error) {
	c, err := s.chatFor(p)
	if err != nil {
		return nil, err
	}
	var ids []json.Number
	if err := p.decode("message_ids", &ids); err != nil {
		return nil, refuse("can't parse message identifiers")
	}
	for _, id := range ids {
		n, err := strconv.Atoi(id.String())
		if err != nil {
			return nil, refuse("invalid message identifier specified")
		}
		if m := c.find(n); m != nil && s.cfg.Now().Sub(m.at) <= deletable {
			m.deleted = true
			s.note(Deleted, m)
		}
	}
	return true, nil
}
