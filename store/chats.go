package store

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"phonechatbot/internal/flow"
)

// NotDrawn is the Drawn of a chat that shows no session.
const NotDrawn = -1

// Chat is what is known of one Telegram chat, with the conversation it is in.
type Chat struct {
	ID           flow.ChatID   `json:"id"`
	Account      AccountID     `json:"account,omitzero"`  // zero: not linked
	Bot          int64         `json:"bot"`               // the bot that LastUpdate is numbered by
	LastUpdate   int64         `json:"last_update"`       // the highest Telegram update that was answered
	Updates      []int64       `json:"updates,omitempty"` // those that were answered lately, LastUpdate last
	LastUpdateAt time.Time     `json:"last_update_at"`
	Card         int           `json:"card"`            // message id of the live card; 0 for none
	Drawn        int           `json:"drawn"`           // revision of the session that was last shown, or NotDrawn
	Asked        bool          `json:"asked"`           // the key to share a number is shown and waits to be taken away
	Hinted       bool          `json:"hinted"`          // the card says that the site refuses the token
	Linked       bool          `json:"linked,omitzero"` // it has yet to be told that it is linked
	After        string        `json:"after,omitzero"`  // what it wanted to do when it was asked to link
	Session      *flow.Session `json:"session"`
	Parked       []Form        `json:"parked"`             // forms set aside for the one that is open, the latest last
	Acting       Acting        `json:"acting,omitzero"`    // zero: for the linked account itself
	Expiring     []Expiring    `json:"expiring,omitempty"` // messages that are to be deleted
	Drafts       []Draft       `json:"drafts,omitempty"`   // forms that were put away, the latest last
	Shown        Shown         `json:"shown,omitzero"`     // zero: no booking's card stands in it
}

// Shown is the card of a booking that stands in a chat.
type Shown struct {
	Message int    `json:"message"`
	Of      string `json:"of"`      // whose it is, as its buttons say
	Booking string `json:"booking"` // which, as its buttons say
	Looks   string `json:"looks"`   // a digest of what it says
}

// IsZero reports whether no card stands there.
func (s Shown) IsZero() bool { return s == Shown{} }

// Draft is a form that was put away for another day.
type Draft struct {
	Session flow.Session `json:"session"`
	Saved   time.Time    `json:"saved"`
}

// Form is a form that was set aside, with the card it stands on.
type Form struct {
	Session flow.Session `json:"session"`
	Card    int          `json:"card"` // as in Chat, and so are the next two
	Drawn   int          `json:"drawn"`
	Hinted  bool         `json:"hinted"`
}

// Acting is the member of the group whom a manager looks after in this chat, for a while.
type Acting struct {
	Member   int64     `json:"member"`
	Nickname string    `json:"nickname"` // may be empty
	Until    time.Time `json:"until"`
}

// IsZero reports whether the chat acts for the linked account itself.
func (a Acting) IsZero() bool { return a == Acting{} }

// Expiring is a message of ours that is to be deleted at a time: it holds contact details.
type Expiring struct {
	Message int       `json:"message"`
	At      time.Time `json:"at"`
	Tries   int       `json:"tries,omitempty"` // how often it could not be deleted
}

// Chat reads one chat. One that nobody has written yet is not an error but a fresh Chat: its ID, and
// Drawn as NotDrawn.
func (tx *Tx) Chat(id flow.ChatID) (Chat, error) {
	chat, err := get[Chat](tx, tableChats, tx.chatKey(id))
	if errors.Is(err, ErrNotFound) {
		return Chat{ID: id, Drawn: NotDrawn}, nil
	}
	return chat, err
}

// PutChat writes a chat, new or changed.
func (tx *Tx) PutChat(c Chat) error {
	if c.ID == 0 {
		return errors.New("put chat: no id")
	}
	c.LastUpdateAt, c.Acting.Until = stored(c.LastUpdateAt), stored(c.Acting.Until)
	c.Expiring = slices.Clone(c.Expiring) // it is the caller's
	for i, e := range c.Expiring {
		c.Expiring[i].At = stored(e.At)
	}
	return put(tx, tableChats, tx.chatKey(c.ID), c)
}

// DeleteChat forgets a chat and the sign-ins it has begun. One that is not there is no error.
func (tx *Tx) DeleteChat(id flow.ChatID) error {
	err := errors.Join(tx.DropSignIns(id), drop(tx, tableChats, tx.chatKey(id)))
	if err != nil {
		return fmt.Errorf("delete chat: %w", err)
	}
	return nil
}

// Chats walks all chats, in no order that means anything: what a restart takes up again.
func (tx *Tx) Chats() iter.Seq2[Chat, error] { return scan[Chat](tx, tableChats, nil) }

func (tx *Tx) chatKey(id flow.ChatID) []byte { return tx.tagged(tableChats, number(int64(id))) }
