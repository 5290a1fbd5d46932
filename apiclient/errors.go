package apiclient

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// What can become of a call. Every error of a Client matches exactly one of these with errors.Is.
var (
	// ErrUnauthorized: no token, or one that no longer works (401). Nothing was done.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden: the token lacks a permission, or may not see this (403 from the API). Nothing was done.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound: there is no such thing (404). Nothing was done.
	ErrNotFound = errors.New("not found")
	// ErrInvalid: the platform refused the input or a rule is not met (400, 422 and the other 4xx), or
	// the client refused to send it (Status 0). Nothing was done.
	ErrInvalid = errors.New("invalid")
	// ErrRateLimited: too many calls (429), or the client holds its calls back; see Error.RetryAfter.
	// Nothing was done.
	ErrRateLimited = errors.New("rate limited")
	// ErrUnavailable: a read failed on the way or its answer was not understood, or a write certainly
	// never left. Nothing was done.
	ErrUnavailable = errors.New("unavailable")
	// ErrEdge: an HTML page from the network edge in front of the API, a challenge for instance. It is
	// for the operator, and trying again soon makes it worse. Nothing was done.
	ErrEdge = errors.New("network edge")
	// ErrUnknownOutcome: a write that may or may not have taken effect. Never repeat it blindly: read
	// the booking or the list first.
	ErrUnknownOutcome = errors.New("unknown outcome")
)

// Error is a failed call. Its text holds nothing personal and no secret, in whatever way it is printed;
// Messages may quote personal input, so they are for the person in the chat and for no log.
type Error struct {
	Op         string        // what was tried: "create booking"
	Kind       error         // one of the sentinels above
	Status     int           // HTTP status; 0 when there was no answer
	Messages   []string      `json:"-"` // the platform's own words, cleaned, 500 characters in all
	RetryAfter time.Duration // how long to leave the API alone; 0 when not said

	err error // of a fixed vocabulary (see causeOf), never the raw failure
}

// Error is a line for logs: operation, kind, status, cause. "create booking: invalid: 400".
func (e Error) Error() string {
	parts := []string{e.Op}
	if e.Kind != nil {
		parts = append(parts, e.Kind.Error())
	}
	if e.Status != 0 {
		parts = append(parts, strconv.Itoa(e.Status))
	}
	if e.err != nil {
		parts = append(parts, e.err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap gives the kind and the cause, for errors.Is: context.Canceled stays visible.
func (e Error) Unwrap() []error {
	var all []error
	for _, err := range []error{e.Kind, e.err} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// Format prints the text of Error for every verb, so that %+v and %#v do not show Messages.
func (e Error) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(e.Error())) }
