// Package conversations is what the bot says and when: the forms (link, book, re-invite), the screens
// (home, lists, cards, account), the texts of alerts, and every word a person reads, declared beside
// its flow as a wording.Message.
//
// Desk is the thin shell around it: it takes one event of one chat at a time, plays it through the pure
// engine of internal/flow, writes the outcome to the store before the person sees it, and does what the
// engine asked for (read, send, delete). Whoever hands it events keeps those of one chat in order.
//
// What may not live here: Telegram's types, bbolt, clocks (now is handed in), sockets, logs.
package conversations
