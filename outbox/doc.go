// Package outbox delivers the notifications that wait in the store: it takes those that are due, has them
// sent, tries again what failed, and gives up what cannot succeed. It is handed a Sender and a Sort, so
// it knows neither the words of a notification nor Telegram.
//
//	             ┌────────────────── superseded by newer news of the same booking, or by a nearer
//	             │                   reminder of it; a reminder whose call has begun ──▶ deleted
//	             │
//	queued ──▶ due ──▶ being sent ──▶ delivered ──▶ deleted
//	  ▲                    │
//	  │                    ├── Permanent, or the last attempt failed ──▶ deleted, and logged
//	  ├── after Verdict.After, no attempt counted ───────── Later
//	  ├── after retryAfter, one attempt more ────────────── Transient
//	  └── after retryAfter, one attempt more, Doubtful ──── Doubtful
//
// A chat gets one notification at a time, in the order they were made: while one waits to be tried
// again, the others of its chat wait with it. Different chats are served side by side.
//
// Every step is its own transaction, taken after the sending and never around it. A crash in between
// repeats the notification that was being sent to a chat, and no other.
//
// What may not live here: wording, Telegram, a network call inside a transaction, anything of a
// notification but its id in a log line.
package outbox
