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
	Permanent Kind = "permanent" // it will never succeed: the chat has blocked the bot, for instance
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

// maxAttempts is how often a notification is tried, Later not counted. With the delays of retryAfter
// that is an hour and a half, more than the outages one waits out.
const maxAttempts = 12

const (
	firstDelay   = 5 * time.Second
	longestDelay = 30 * time.Minute
	shortestHold = time.Second // a Later without a delay
	spread       = 0.1         // the jitter, either way
)

// retryAfter is how long to wait after the attempt of that number, from 1, has failed; random is from 0
// up to 1.
func retryAfter(attempt int, random float64) time.Duration {
	delay := firstDelay
	for range attempt - 1 {
		if delay *= 2; delay >= longestDelay {
			delay = longestDelay
			break
		}
	}
	return time.Duration(float64(delay) * (1 - spread + 2*spread*random))
}

// next is what a notification becomes after a send that failed at now; false if it is given up.
func next(n store.Notification, v Verdict, now time.Time, random float64) (store.Notification, bool) {
	switch v.Kind {
	case Permanent:
		return n, false
	case Later:
		n.Due = now.Add(max(v.After, shortestHold))
		return n, true
	case Transient, Doubtful:
	}
	n.Doubtful = n.Doubtful || v.Kind != Transient
	n.Attempts++
	n.Due = now.Add(retryAfter(n.Attempts, random))
	return n, n.Attempts < maxAttempts
}
