package tgsim

import "slices"

// ChangeKind is what can happen to a message.
type ChangeKind int

// What happens to messages.
const (
	Posted  ChangeKind = iota + 1 // by either side
	Edited                        // its text, its keyboard, or both
	Deleted                       // by either side
)

// Change is one thing that happened in a chat. Chat shows how things stand; changes also tell what stood
// there for a moment only, in the order in which a person saw it.
type Change struct {
	Kind     ChangeKind
	Message  Message        // as it was then
	Keyboard *ReplyKeyboard // what a posted message put below the text field, no rows to take it away; nil: left alone
}

// Changes lists what happened in the user's chat after the first so many changes, oldest first. The channel is
// closed when anything a person can see changes next, in whatever chat, and when the server is closed it stays
// as it is.
func (s *Server) Changes(userID int64, after int) ([]Change, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[userID]
	if c == nil || after >= len(c.changes) {
		return nil, s.changed
	}
	return slices.Clone(c.changes[max(after, 0):]), s.changed
}

// note writes down what has just happened to a message, and tells everyone who waits. Callers hold s.mu.
func (s *Server) note(kind ChangeKind, m *message) {
	change := Change{Kind: kind, Message: m.snapshot()}
	if kind == Posted {
		change.Keyboard = m.markup.reply
	}
	m.chat.changes = append(m.chat.changes, change)
	s.touch()
}
