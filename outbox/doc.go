// Package outbox delivers the notifications that wait in the store: it takes those that are due, has them sent in as
// few messages as make sense, tries again what failed, and gives up what cannot succeed. It is handed a Sender and
// a Sort, so it knows neither the words of a notification nor Telegram.
//
// What becomes of a notification is decided by two pure functions: arrange, of what is due, and judge, of a send that
// failed.
//
//	             queued ◀──────────────────────────────────────────────────────────────┐
//	               │ its Due has come                                                  │
//	               ▼                                                                   │
//	              due ─┬─ superseded, unwanted, late, tried for 48 hours ──▶ deleted   │
//	               │   ├─ quiet hours, a snooze, or the chat is held ──────────────────┤ until they end
//	               │   └─ the account is paused ──▶ parked ────────────────────────────┤ ResumeAccount: at once
//	one message of │                                  ▲                                │
//	a chat, or of  ▼                                  │                                │
//	a group   being sent ─┬─ Blocked: PauseAccount ───┘                                │
//	               │      ├─ Later: the chat is held for Verdict.After, no attempt ────┤
//	               │      ├─ Transient, Doubtful: the chat is held for retryAfter ─────┤ one attempt more
//	               │      ├─ Permanent, of several: each is tried alone ───────────────┤
//	               │      └─ Permanent, of one ──▶ deleted, and logged                 │
//	               ▼                                                                   │
//	           delivered ──▶ deleted, with older news of the same booking              │
//	               └──── a daily summary: the next day ────────────────────────────────┘
//
// Of what is due for a chat, a refused sign-in goes first, then what is of no use later (reminders, reply-by times),
// then news: all there is of an account's bookings in one message. A chat gets one message at a time, and each gets
// one before any gets a second. Between chats the same order holds, and what nobody waits for goes last.
// Quiet hours are looked at anew when what they held is due, and so is the booking: news of one that has gone on since,
// maybe without any more news, is superseded. Who has written since a refused send began is not paused by it.
//
// Nothing is given up because of how often it failed. After five failures in a row, of whatever chats, it is taken that
// the messenger is out of reach: one send at a time probes it, and when one succeeds all that waited for it is due.
//
// Every step is a transaction of its own, taken after the sending and never around it; a message is one step, whatever
// it tells. A crash in between repeats the message that was being sent to a chat, and no other.
//
// What may not live here: wording, Telegram, a network call inside a transaction, anything of a
// notification but its id in a log line.
package outbox
