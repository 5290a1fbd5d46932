package apiclient

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What can become of a call. Every error of a Client matches exactly one of these with errors.Is.
var (
	// ErrUnauthorized: no token, or one that no longer works (401) and cannot be renewed: the member has
	// to log in. Nothing was done.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden: the token lacks a permission, which Error.Scope names, or may not see this (403 from the
	// API); on public calls also the project's key refused (401). Nothing was done.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound: there is no such thing (404). Nothing was done.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the booking is no longer in the state that the call needs. Nothing was done; read the
	// booking again before saying anything about it. The API documents no code for this. It is inferred
	// from 409, and from a 400 on a step of the life cycle that blames BookingID and no other field, as
	// the local platform does: a balance that is too low may look the same.
	ErrConflict = errors.New("conflict")
	// ErrInvalid: the platform refused the input or a rule is not met (400, 422 and the other 4xx), or
	// the client refused to send it (Status 0). Nothing was done.
	ErrInvalid = errors.New("invalid")
	// ErrRateLimited: too many calls (429), or the client holds its calls back; see Error.RetryAfter.
	// Nothing was done.
	ErrRateLimited = errors.New("rate limited")
	// ErrUnavailable: a read failed on the way or its answer was not understood, or a write certainly
	// never left: the login host gave no token, say, or the platform is given a rest after many failures
	// (see Error.RetryAfter). Nothing was done.
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
	Scope      Scope         // with ErrForbidden: the permission that the call needs; "" if none is known

	list bool  // a list was asked for whose path is not documented, and not for a group member: see Missing
	err  error // of a fixed vocabulary (see causeOf), never the raw failure
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

// Until is when the API may be asked again, going by RetryAfter: now when nothing was said.
func (e Error) Until(now time.Time) time.Time { return now.Add(e.RetryAfter) }

// Unreadable reports whether err is a 404, or a 405: there is no such thing, or it is not to be had in this way.
func Unreadable(err error) bool {
	var e *Error
	return errors.As(err, &e) && (errors.Is(e.Kind, ErrNotFound) || e.Status == http.StatusMethodNotAllowed)
}

// Missing reports whether err is the 404 or 405 of a list whose path is inferred or guessed: then it is the list
// itself that the platform may not have. Take it as "not offered", and not as "gone" or "empty". A group
// manager's 404 is never one: the member may have left the group.
func Missing(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.list && Unreadable(err)
}

// Format prints the text of Error for every verb, so that %+v and %#v do not show Messages.
func (e Error) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(e.Error())) }
