// Package alert is what a person can choose about alerts, and what follows from the choice: which kinds of
// news are told, how much they say, at what hours, with a sound or without. It is data and pure functions:
// now and the person's zone are handed in.
//
// A Prefs is plain data made to be kept: store writes it as it is, with its account.
//
// What may not live here: words a person reads, bookings, the queue, clocks.
package alert
