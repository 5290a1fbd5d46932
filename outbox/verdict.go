package outbox

import (
	"context"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// Message is what goes to a chat in one piece.
type Message struct {
	Account store.AccountID
	Chat    flow.ChatID
	News    []store.Notification // what it tells, in the order it was made: one, or several that came together
	Silent  bool                 // it arrives without a sound
	Digest  bool                 // nobody waits for it: what others wait for goes first
}

// Sender delivers messages; it is called for different chats at once. Its context outlives the end of Run's by a
// few seconds.
type Sender interface {
	// Send delivers one message. That there is nothing left to say is no error. What an error means is for Sort to
	// say.
	Send(ctx context.Context, m Message) error
}

// Kind says what a failed send means for the next one.
type Kind string

// The kinds of failure. Any other word counts as Doubtful.
const (
	Permanent Kind = "permanent" // it will never succeed
	Blocked   Kind = "blocked"   // nothing will succeed in this chat until the person is back
	Later     Kind = "later"     // not before Verdict.After has passed; no attempt
	Transient Kind = "transient" // it certainly did not arrive: try again
	Doubtful  Kind = "doubtful"  // it may have arrived: try again, which may show it twice
)

// Verdict is what a failed send comes to.
type Verdict struct {
	Kind   Kind
	After  time.Duration // with Later
	Reason string        // for the log: nothing personal and no secret; may be empty
}
