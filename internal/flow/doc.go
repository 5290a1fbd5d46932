// Package flow is the engine of conversations: a Flow is a value (steps, options, parsers), a Session is
// where one person stands in it, and Advance is the pure function between them. It also holds the
// vocabulary that the rooms above share: Event (what happened in a chat), View and Button (what is shown).
//
// What may not live here: I/O, clocks, logs, wording. Now is handed in; Submit is named, never called.
package flow
