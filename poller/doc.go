// Package poller watches the bookings of every linked account: it reads them from the platform, compares
// them with the sealed snapshots, and records each change together with the notification about it, both
// or neither (store.Observe). The platform has no webhooks and no "changed since", so whole lists are
// read, the sooner again the more there is to wait for.
//
//	look ──▶ due accounts ──▶ 4 workers: read a side ──▶ Observe ──▶ when to look again (store.Poll)
//	  ▲                         │ 401: stop the account, ask once to sign in
//	  └── every Tick, Wake ◀────┘ other failures: later and later, up to Max
//
// What changed is told by the pure function news, how long to wait by the pure function interval.
//
// What may not live here: the wording of a notification, its delivery, a network call inside a
// transaction, the content of a booking in a log line.
package poller
