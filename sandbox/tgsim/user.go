package tgsim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AddUser registers a person. The bot cannot write to them before they have written or pressed
// something. Adding an id again changes the profile only.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.IsBot = false
	if u.FirstName == "" {
		u.FirstName = "User " + strconv.FormatInt(u.ID, 10)
	}
	if c := s.chats[u.ID]; c != nil {
		c.user = u
	} else {
		s.chats[u.ID] = &chat{user: u}
	}
	s.touch()
}

// chatOf opens the user's chat with the bot, making up the user if need be. Callers hold s.mu.
func (s *Server) chatOf(userID int64) *chat {
	c := s.chats[userID]
	if c == nil {
		c = &chat{user: User{ID: userID, FirstName: "User " + strconv.FormatInt(userID, 10)}}
		s.chats[userID] = c
	}
	if c.standing == blocked {
		s.setStanding(c, started)
	}
	c.standing = started
	return c
}

// Send types a text into the chat; commands in it are marked. It starts the chat if need be, and
// unblocks the bot as the app's Restart button does. A text too long for one message becomes several,
// as in the app. It gives back the id of the (last) message, 0 for a text of nothing but white space.
// An unknown user is added with a made-up name.
func (s *Server) Send(userID int64, text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chatOf(userID)
	id := 0
	for _, part := range parts(strings.ToValidUTF8(strings.TrimSpace(text), "\uFFFD")) {
		id = s.receive(c, &message{kind: "text", text: richText{plain: part, entities: userEntities(part)}})
	}
	if c.keyboard.OneTime && c.keyboard.has(text) {
		c.keyboard = ReplyKeyboard{}
	}
	return id
}

// parts cuts a text into pieces of at most maxText units.
func parts(text string) []string {
	var all []string
	for text != "" {
		units, end := 0, 0
		for end < len(text) {
			_, size := utf8.DecodeRuneInString(text[end:])
			if units += utf16Len(text[end : end+size]); units > maxText {
				break
			}
			end += size
		}
		all = append(all, text[:end])
		text = text[end:]
	}
	return all
}

func (k ReplyKeyboard) has(label string) bool {
	return slices.ContainsFunc(slices.Concat(k.Rows...), func(key ReplyKey) bool { return key.Label == label })
}

// receive puts a user's message into the chat and tells the bot. Callers hold s.mu.
func (s *Server) receive(c *chat, m *message) int {
	m.markup.inline = true
	s.append(c, m)
	s.push("message", m.wire(s.bot))
	return m.id
}

// ShareContact sends a contact card: the user's own when contactUserID is theirs, as the keyboard key
// with request_contact does, or someone else's; 0 is someone without Telegram.
func (s *Server) ShareContact(userID int64, phone string, contactUserID int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chatOf(userID)
	contact := map[string]any{"phone_number": phone, "first_name": "Contact"}
	if contactUserID != 0 {
		contact["user_id"] = contactUserID
	}
	if contactUserID == userID {
		contact["first_name"] = c.user.FirstName
		if c.keyboard.OneTime {
			c.keyboard = ReplyKeyboard{}
		}
	}
	return s.receive(c, &message{kind: "contact", extra: map[string]any{"contact": contact}})
}

// Kinds are what SendOther can send.
func Kinds() []string { return []string{"photo", "voice", "sticker", "location", "document"} }

// SendPhoto sends a small picture.
func (s *Server) SendPhoto(userID int64) int {
	id, _ := s.SendOther(userID, "photo") // a kind that is known
	return id
}

// SendOther sends something that is not text: one of Kinds.
func (s *Server) SendOther(userID int64, kind string) (int, error) {
	if !slices.Contains(Kinds(), kind) {
		return 0, fmt.Errorf("kind of message %q is not known", kind)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	file := func(more map[string]any) map[string]any {
		more["file_id"], more["file_unique_id"], more["file_size"] = "in-"+kind, "u-"+kind, 1024
		return more
	}
	var body any
	switch kind {
	case "photo":
		body = []any{file(map[string]any{"width": 90, "height": 60}), file(map[string]any{"width": 800, "height": 533})}
	case "voice":
		body = file(map[string]any{"duration": 3, "mime_type": "audio/ogg"})
	case "sticker":
		body = file(map[string]any{
			"type": "regular", "width": 512, "height": 512, "is_animated": false, "is_video": false, "emoji": "\U0001F44D",
		})
	case "location":
		body = map[string]any{"latitude": 51.5, "longitude": -0.12}
	case "document":
		body = file(map[string]any{"file_name": "note.txt", "mime_type": "text/plain"})
	}
	return s.receive(s.chatOf(userID), &message{kind: kind, extra: map[string]any{kind: body}}), nil
}

// EditText changes a message the user sent; the bot gets an edited_message.
func (s *Server) EditText(userID int64, messageID int, newText string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.messageOf(userID, messageID)
	if err != nil {
		return err
	}
	if m.fromBot || m.kind != "text" {
		return ErrNotOwn
	}
	m.text = richText{plain: newText, entities: userEntities(newText)}
	m.edits++
	m.editedAt = s.cfg.Now()
	s.push("edited_message", m.wire(s.bot))
	s.note(Edited, m)
	return nil
}

// DeleteByUser deletes a message of either side for both. The bot is told nothing.
func (s *Server) DeleteByUser(userID int64, messageID int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.messageOf(userID, messageID)
	if err != nil {
		return err
	}
	m.deleted = true
	s.note(Deleted, m)
	return nil
}

func (s *Server) messageOf(userID int64, messageID int) (*message, error) {
	c := s.chats[userID]
	if c == nil {
		return nil, ErrNoSuchUser
	}
	m := c.find(messageID)
	if m == nil {
		return nil, ErrNoMessage
	}
	return m, nil
}

// Block makes the user block the bot: it gets my_chat_member, and 403 for whatever it sends.
func (s *Server) Block(userID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setStanding(s.chatOf(userID), blocked)
}

// Unblock lets the bot write again.
func (s *Server) Unblock(userID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chatOf(userID)
}

// Deactivate deletes the user's account: the bot gets 403 from then on, and no update.
func (s *Server) Deactivate(userID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chatOf(userID).standing = deactivated
	s.touch()
}

// setStanding changes between started and blocked and tells the bot. Callers hold s.mu.
func (s *Server) setStanding(c *chat, to standing) {
	member := func(st standing) map[string]any {
		if st == blocked {
			return map[string]any{"status": "kicked", "user": s.bot, "until_date": 0}
		}
		return map[string]any{"status": "member", "user": s.bot}
	}
	s.push("my_chat_member", map[string]any{
		"chat": c.wire(), "from": c.user, "date": s.cfg.Now().Unix(),
		"old_chat_member": member(c.standing), "new_chat_member": member(to),
	})
	c.standing = to
	s.touch()
}
