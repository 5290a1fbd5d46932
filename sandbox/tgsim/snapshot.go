package tgsim

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Message is a snapshot of one message as a person sees it, with some things a test wants to know.
type Message struct {
	ID        int
	FromBot   bool
	Kind      string   // "text", "document", "contact", "photo", ...
	Text      string   // what is read, free of markup; the caption of a document
	HTML      string   // the text as the bot sent it with a parse mode; "" if it sent it without
	Entities  []Entity // what stands out in Text
	Rows      [][]Button
	File      File // a document from the bot
	Protected bool // no forwarding, no saving
	Silent    bool
	Deleted   bool
	Edits     int
	ReplyTo   int
	At        time.Time
}

func (m *message) snapshot() Message {
	out := Message{
		ID: m.id, FromBot: m.fromBot, Kind: m.kind, Text: m.text.plain, HTML: m.html,
		Entities: slices.Clone(m.text.entities), Protected: m.protected, Silent: m.silent, Deleted: m.deleted,
		Edits: m.edits, ReplyTo: m.replyTo, At: m.at,
	}
	for _, row := range m.markup.rows {
		out.Rows = append(out.Rows, slices.Clone(row))
	}
	if m.file != nil {
		out.File = *m.file
	}
	return out
}

// Chat lists the user's messages, oldest first, deleted ones too.
func (s *Server) Chat(userID int64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chatSnapshot(userID)
}

func (s *Server) chatSnapshot(userID int64) []Message {
	var all []Message
	if c := s.chats[userID]; c != nil {
		for _, m := range c.messages {
			all = append(all, m.snapshot())
		}
	}
	return all
}

// Keyboard is what stands below the user's text field.
func (s *Server) Keyboard(userID int64) ReplyKeyboard {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.chats[userID]; c != nil {
		return c.keyboard
	}
	return ReplyKeyboard{}
}

// WaitFor waits until the user's chat (as Chat gives it) satisfies done. It looks at every change and
// never sleeps; done may call the server.
func (s *Server) WaitFor(ctx context.Context, userID int64, done func([]Message) bool) error {
	if err := s.wait(ctx, func() bool { return done(s.Chat(userID)) }); err != nil {
		return fmt.Errorf("wait for the chat: %w", err)
	}
	return nil
}

// wait calls done after every change until it is true. Callers do not hold s.mu.
func (s *Server) wait(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed // taken before looking, so that no change is missed
		s.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-s.closed:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
