// Package poller watches the bookings of every linked account: it reads them from the platform, compares
// them with the sealed snapshots, and records each change together with the notification about it, both
// or neither (store.Observe). The platform has no webhooks and no "changed since", so lists are read again,
// the sooner the more there is to wait for. A look that finds nothing new writes nothing.
//
// An account, in the schedule (a heap of times and a heap of those whose time has come; one timer):
//
//	          ┌──────────────── its time: interval × stretch - jitter ───────────────┐
//	          ▼                                                                      │
//	Wake ─▶ due: the woken first, ─▶ looking: a worker reads its lists ─▶ planned ─▶ waiting
//	(link,    then who would be        │     │      │                                 ▲
//	 act)     late first               │     │      └─ not sent: all rest, tried again ┘
//	                                   │     └─ 401: stopped, one card that asks to sign in
//	                                   └─ gone, or not active: forgotten
//
// What a list that could not be read comes to (judge):
//
//	401               the account stops, and its person is asked once to sign in
//	403               told once, the list read again each Max; of a member of the group: that watch ends
//	404, received     the member offers no calls: read again each Max
//	429               the platform's wait for that account; where the client held the call back, for all
//	5xx, hang, HTML   later and later, up to Max; where the client gives the platform a rest, nobody is
//	                  looked at before it is over, and then one at a time until the platform is well
//
// The platform answers, or does not (outage):
//
//	          a look fails as if nobody were there        a minute       ten minutes, two looks
//	answers ──────────────────────────────────────▶ counted ───▶ on disk ───▶ told (alert.Down)
//	   ▲                                               │            │            │
//	   └───────────── a list was read ─────────────────┴────────────┘            │
//	   └── a list was read: whom it has reached is told (alert.Back), from others it is taken back
//
// What changed is told by the pure function news, how long to wait by the pure function interval, and the
// calls that all accounts want by the pure function stretch kept within what the API allows.
//
// What may not live here: the wording of a notification, its delivery, a network call inside a
// transaction, the content of a booking in a log line.
package poller
