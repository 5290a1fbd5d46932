package apiclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"phonechatbot/internal/secret"
)

// Causes of a failure, as they may be printed. The failures themselves are not kept: the errors of
// net/http and encoding/json quote URLs and bits of replies.
var (
	errTimedOut    = errors.New("timed out")
	errRefused     = errors.New("connection refused")
	errReset       = errors.New("connection reset")
	errCutShort    = errors.New("answer cut short")
	errNoSuchHost  = errors.New("host name not found")
	errCertificate = errors.New("certificate not accepted")
	errTooLong     = errors.New("answer too long")
	errHTML        = errors.New("answered by an HTML page")
	errRedirect    = errors.New("answered by a redirect")
	errNotAsked    = errors.New("told that nothing has changed, unasked")
	errTransport   = errors.New("transport failed")
	errBadToken    = errors.New("token is empty or cannot be a header")
	errNoToken     = errors.New("no token to be had")
	errNoKey       = errors.New("no project key")
	errKeyRefused  = errors.New("project key refused")
	errOpen        = errors.New("platform given a rest")
	errTooMany     = errors.New("too many pages")
	errNotWhole    = errors.New("answer not read whole")
	errMoving      = errors.New("list moved while it was read")
)

// notSent marks a failure before anything reached the platform.
type notSent struct{ err error }

func (e notSent) Error() string { return "not sent: " + e.err.Error() }
func (e notSent) Unwrap() error { return e.err }

// heldBack is a call that the client itself did not send, because its turn would come too late.
type heldBack struct{ after time.Duration }

func (e heldBack) Error() string { return "held back" }

// noToken is a call that was not sent, or was refused by a 401, for want of a token.
type noToken struct{ err error }

func (e noToken) Error() string { return "token: " + e.err.Error() }
func (e noToken) Unwrap() error { return e.err }

// sort says what the want of a token makes of a call. What handed out no token may have failed in any way,
// so only its cause is kept. Nothing was done, whatever the call was.
func (e noToken) sort(op string) *Error {
	var inner *Error
	known := errors.As(e.err, &inner)
	switch {
	case errors.Is(e.err, errBadToken):
		return &Error{Op: op, Kind: ErrUnauthorized, err: errBadToken}
	case errors.Is(e.err, ErrUnauthorized):
		return &Error{Op: op, Kind: ErrUnauthorized, err: errNoToken}
	case known && inner.err != nil:
		return &Error{Op: op, Kind: ErrUnavailable, RetryAfter: inner.RetryAfter, err: noToken{inner.err}}
	case known:
		return &Error{Op: op, Kind: ErrUnavailable, RetryAfter: inner.RetryAfter, err: errNoToken}
	}
	cause := causeOf(e.err)
	if errors.Is(cause, errTransport) {
		return &Error{Op: op, Kind: ErrUnavailable, err: errNoToken}
	}
	return &Error{Op: op, Kind: ErrUnavailable, err: noToken{cause}}
}

// misread is an answer that was not understood. It names the place, never the content.
type misread struct{ at string }

func (e misread) Error() string {
	if e.at == "" {
		return "reply not understood"
	}
	return "reply not understood at " + e.at
}

// failed sorts a call without an answer.
func failed(r route, err error) *Error {
	e := &Error{Op: r.op, Kind: ErrUnavailable, err: causeOf(err)}
	var held heldBack
	var rest resting
	var lacking noToken
	switch {
	case errors.As(err, &lacking):
		return lacking.sort(r.op)
	case errors.As(err, &held):
		e.Kind, e.RetryAfter, e.err = ErrRateLimited, held.after, nil
	case errors.As(err, &rest):
		e.RetryAfter, e.err = rest.after, errOpen
	case r.writes() && !errors.As(err, new(notSent)):
		e.Kind = ErrUnknownOutcome
	}
	return e
}

// notUnderstood sorts an answer of status 2xx that could not be read.
func notUnderstood(r route, status int, err error) *Error {
	e := &Error{Op: r.op, Kind: ErrUnavailable, Status: status, err: misread{}}
	if at := (misread{}); errors.As(err, &at) {
		e.err = at
	}
	if r.writes() {
		e.Kind = ErrUnknownOutcome
	}
	return e
}

// kindOf sorts an answer by its status and by whether it is HTML; nil means that it may be read.
func kindOf(write bool, status int, html bool) error {
	switch {
	case write && maybeDone(status) && (html || status >= 300):
		return ErrUnknownOutcome
	case html:
		return ErrEdge
	case status >= 200 && status < 300:
		return nil
	case maybeDone(status):
		return ErrUnavailable
	}
	switch status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusConflict:
		return ErrConflict
	case http.StatusTooManyRequests:
		return ErrRateLimited
	default:
		return ErrInvalid
	}
}

// maybeDone reports whether a write answered with this status may have taken effect: all but the plain
// refusals, which are the 4xx without "request timeout".
func maybeDone(status int) bool {
	return status < 400 || status >= 500 || status == http.StatusRequestTimeout
}

// causeOf reduces a failure to one of the known causes.
func causeOf(err error) error {
	for _, known := range []struct {
		is   error
		says error
	}{
		{context.Canceled, context.Canceled},
		{context.DeadlineExceeded, context.DeadlineExceeded},
		{os.ErrDeadlineExceeded, errTimedOut},
		{syscall.ECONNREFUSED, errRefused},
		{syscall.ECONNRESET, errReset},
		{syscall.EPIPE, errReset},
		{io.ErrUnexpectedEOF, errCutShort},
		{io.EOF, errCutShort},
		{errTooLong, errTooLong},
	} {
		if errors.Is(err, known.is) {
			return known.says
		}
	}
	var timeout net.Error
	switch {
	case errors.As(err, new(*net.DNSError)):
		return errNoSuchHost
	case errors.As(err, new(*tls.CertificateVerificationError)), errors.As(err, new(x509.UnknownAuthorityError)):
		return errCertificate
	case errors.As(err, &timeout) && timeout.Timeout():
		return errTimedOut
	default:
		return errTransport
	}
}

// refused sorts an answer that is not a success, with what is known of the request and in its body.
func refused(q request, kind error, resp *http.Response, html bool, body []byte, hush []secret.String) *Error {
	if q.steps && resp.StatusCode == http.StatusBadRequest && !html && blamesOnly(body, "BookingID") {
		kind = ErrConflict
	}
	e := answered(q.route, kind, resp, html, messages(body, hush...))
	e.list = q.lists() && q.evidence != documented
	return e
}

// answered sorts an answer that is not a success.
func answered(r route, kind error, resp *http.Response, html bool, words []string) *Error {
	e := &Error{
		Op: r.op, Kind: kind, Status: resp.StatusCode, Messages: words,
		RetryAfter: retryAfter(resp.Header, time.Now()),
	}
	switch {
	case html:
		e.err, e.Messages = errHTML, nil
	case resp.StatusCode == http.StatusNotModified:
		e.err, e.Messages = errNotAsked, nil
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		e.err, e.Messages = errRedirect, nil
	}
	switch {
	case r.public && errors.Is(kind, ErrUnauthorized): // no member's token was in it: nobody has to log in anew
		e.Kind, e.err = ErrForbidden, errKeyRefused
	case errors.Is(kind, ErrForbidden):
		e.Scope = r.scope
	}
	if e.RetryAfter == 0 && resp.StatusCode == http.StatusTooManyRequests {
		e.RetryAfter = plainHold
	}
	return e
}

// refuse is the client's own refusal of an input that cannot be sent.
func refuse(r route, why error) *Error { return &Error{Op: r.op, Kind: ErrInvalid, err: why} }
