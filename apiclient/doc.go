// Package apiclient speaks the platform's REST API: typed calls, one file per resource, exact decimals,
// times in the API's zone. The JSON as the API spells it is in apiclient/wire; the contract both were
// written from is openapi.yaml beside this file.
//
// A Client holds no token: every call that acts for a member is handed one. Only reads are ever
// repeated; a write that may have reached the platform answers ErrUnknownOutcome.
//
// What may not live here: storage, Telegram, a token of its own.
package apiclient
