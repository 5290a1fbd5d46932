package flow

import (
	"time"

	"phonechatbot/internal/wording"
)

// ChatID is a Telegram chat. In the private chats this project works in it equals the user's id.
type ChatID int64

// View is what one card shows: paragraphs and rows of buttons, free of any messenger's types.
type View struct {
	Body    []wording.Text // one paragraph each, joined by line breaks
	Rows    [][]Button
	Protect bool // contact details inside: no forwarding, no saving
	Silent  bool // arrives without a sound
	// ShareNumber asks for the person's own number with a keyboard below the text field
	// instead of Rows; its value labels that key. DropKeyboard takes the keyboard away again.
	ShareNumber  wording.Text
	DropKeyboard bool
}

// Button is one key under a card: a Press of ours, or a link.
type Button struct {
	Label wording.Text
	Press Press
	URL   string // if set, the button opens this address and Press is ignored
	Style Style
}

// Style colours a button where the app can (Bot API 9.4).
type Style string

// The styles Telegram knows; none is the plain button.
const (
	StylePlain   Style = ""
	StylePrimary Style = "primary"
	StyleSuccess Style = "success"
	StyleDanger  Style = "danger"
)

// Press is what a button means, and whose it is. It travels through Telegram as at most 64
// bytes of callback data and comes back as input from outside: nothing in it is trusted.
type Press struct {
	Of     string // session id (forms) or account tag (screens); letters and digits
	Rev    int    // revision of the session the button was drawn for; 0 on screens
	Action string // lower-case letters
	Value  string
}

// EventKind says what happened in the chat.
type EventKind string

// What can happen in a chat.
const (
	EventCommand EventKind = "command" // Command, Text holds the rest of the line
	EventText    EventKind = "text"
	EventPress   EventKind = "press"
	EventContact EventKind = "contact"
	EventOther   EventKind = "other"  // a photo, a voice note, a sticker ...: Media names it
	EventEdited  EventKind = "edited" // an earlier message was changed
	EventResume  EventKind = "resume" // not from Telegram: take up what a restart or a time-out left open
	EventSignIn  EventKind = "signin" // not from Telegram: something became of a sign-in in the browser
	EventLeft    EventKind = "left"   // the person blocked the bot
	EventBack    EventKind = "back"   // the person let it speak again
	EventChanged EventKind = "change" // not from Telegram: a booking has changed; Text says which
)

// Event is one thing that happened in a chat, decoded once at the door.
type Event struct {
	Kind    EventKind
	Update  int64 // Telegram's update id; 0 for events of our own
	Chat    ChatID
	User    int64 // who did it
	Private bool  // a private chat with that user
	At      time.Time
	Message int // id of the message this came in, or of the card that was pressed; 0 if gone

	Command string // without slash and bot name, lower case
	Text    string

	Callback string // id to answer the press with
	Press    Press
	Forged   bool // callback data that does not decode

	Phone       string // a shared contact's number
	ContactUser int64  // whose number it is; 0 if not a Telegram user

	Media string // for EventOther: "photo", "voice", ...
}
