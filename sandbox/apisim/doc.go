// Package apisim is the platform in memory: the REST API of apiclient/openapi.yaml and its Unified Login
// as an http.Handler, with a clock of its own, the other side's hands (accept, reject, re-invite ...),
// faults that can be switched on, and a small web panel for the demo.
//
// It behaves as the contract says, refuses what the contract refuses, and is as unhelpful where the
// contract is: no idempotency key, no retry, late or no automatic rejection, refresh tokens that work
// once. Seeded tokens never expire and carry all scopes; those of the login are as short-lived and as
// narrow as the contract has them. Where the contract is
// silent the choice made here is written at the place that makes it.
//
// Mistakes in what a program plants (an unknown member, a malformed amount in a seed) panic, because
// no caller could do anything sensible with an error; what a member asks for is refused with a
// *RefusalError, over HTTP and by hand alike.
//
// What may not live here: the client under test (apiclient itself), our store, our flows, real members.
package apisim
