package bot

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"
)

// ErrToken is what Run returns when Telegram does not know the bot token (Bot API: 401 and 404).
var ErrToken = errors.New("Telegram refuses the bot token: check TELEGRAM_BOT_TOKEN") //nolint:staticcheck // a name begins it

// ErrView marks a View that cannot be made into a message: a mistake of its author, for good.
var ErrView = errors.New("the view cannot be shown")

// Error is a call to Telegram that did not succeed. It holds neither the bot token nor any text of a
// message, however it is printed.
type Error struct {
	Method      string        // of the Bot API: sendMessage
	Code        int           // Telegram's own error code; 0 if it gave no readable answer
	Description string        // Telegram's words without quoted parts, or what happened instead
	RetryAfter  time.Duration // with Code 429, and of a call that was held back here
	Unsent      bool          // the request certainly never reached Telegram

	cause error // context.Canceled, context.DeadlineExceeded or nil
}

// Error names the method and says what happened.
func (e *Error) Error() string {
	if e.Code != 0 {
		return fmt.Sprintf("%s: %d %s", e.Method, e.Code, e.Description)
	}
	return e.Method + ": " + e.Description
}

// Unwrap gives the end of the context that cut the call short, if one did.
func (e *Error) Unwrap() error { return e.cause }

// says reports whether Telegram refused a request with these words.
func (e *Error) says(phrases ...string) bool {
	for _, phrase := range phrases {
		if e.Code == codeBadRequest && strings.Contains(strings.ToLower(e.Description), strings.ToLower(phrase)) {
			return true
		}
	}
	return false
}

// nobodyThere are Telegram's words where a bad request is not the message's fault: it does not know the chat, or its
// person, to this bot. The account was deleted, or the chat was begun with another bot; it is there once they write.
func nobodyThere() []string {
	return []string{"chat not found", "user not found", "PEER_ID_INVALID", "USER_ID_INVALID", "USER_DEACTIVATED", "user is deactivated"}
}

// Bot API: error_code, which follows HTTP.
const (
	codeBadRequest   = 400
	codeUnauthorized = 401
	codeForbidden    = 403
	codeNotFound     = 404
	codeConflict     = 409
	codeTooMany      = 429
	codeServer       = 500
)

// Kind says what a failed send means for the next one.
type Kind string

// The kinds of failure.
const (
	Permanent Kind = "permanent" // this will never succeed: give up
	Forbidden Kind = "forbidden" // nothing will succeed in this chat until the person is back: blocked, deactivated, or unknown to this bot
	Later     Kind = "later"     // not an attempt: come back after Verdict.After
	Transient Kind = "transient" // nothing was sent: try again
	Unknown   Kind = "unknown"   // it may have been sent: another try may show it twice
)

// Verdict is what Sort makes of an error.
type Verdict struct {
	Kind   Kind
	After  time.Duration // with Later
	Reason string        // for a log; no personal data
}

const tokenPause = time.Minute

// Sort judges an error of Show, Edit, Send, SendFile or Delete. nil is the zero Verdict. A refused token is
// Later: what waits to be sent outlives the mistake.
func Sort(err error) Verdict {
	if err == nil {
		return Verdict{}
	}
	if errors.Is(err, ErrView) {
		return Verdict{Kind: Permanent, Reason: ErrView.Error()}
	}
	e := describe("call", err, "")
	v := Verdict{Reason: e.Error()}
	switch {
	case e.RetryAfter > 0: // asked for, or held back
		v.Kind, v.After = Later, e.RetryAfter
	case e.Code == codeUnauthorized || e.Code == codeNotFound:
		v.Kind, v.After = Later, tokenPause
	case e.Code == codeForbidden, e.says(nobodyThere()...):
		v.Kind = Forbidden
	case e.Code >= codeBadRequest && e.Code < codeServer:
		v.Kind = Permanent
	case e.Unsent:
		v.Kind = Transient
	default:
		v.Kind = Unknown
	}
	return v
}

// describe turns any error of a call into an Error that is safe to print. Errors that the wire judged
// pass through; the library's own are read by their types, never by their whole text, which may hold
// a reply's body.
func describe(method string, err error, token string) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	var tooMany *tg.TooManyRequestsError
	var migrate *tg.MigrateError
	e := &Error{Method: method}
	switch {
	case errors.As(err, &tooMany):
		e.Code, e.RetryAfter = codeTooMany, retryAfter(tooMany.RetryAfter)
		e.Description = "too many requests"
		return e
	case errors.As(err, &migrate):
		e.Code, e.Description = codeBadRequest, "group chat was upgraded to a supergroup chat"
		return e
	}
	for code, sentinel := range map[int]error{
		codeBadRequest: tg.ErrorBadRequest, codeUnauthorized: tg.ErrorUnauthorized, codeForbidden: tg.ErrorForbidden,
		codeNotFound: tg.ErrorNotFound, codeConflict: tg.ErrorConflict, codeTooMany: tg.ErrorTooManyRequests,
	} {
		if errors.Is(err, sentinel) {
			_, description, _ := strings.Cut(err.Error(), sentinel.Error()+", ")
			e.Code, e.Description = code, scrub(description, token)
			if code == codeTooMany {
				e.RetryAfter = retryAfter(0)
			}
			return e
		}
	}
	return unanswered(method, err, token)
}

// unsent describes a call that ended before it began: heldBack, or with its context.
func unsent(method string, err error) *Error {
	e := &Error{Method: method, Description: err.Error(), Unsent: true, cause: err}
	var held heldBack
	if errors.As(err, &held) {
		e.RetryAfter, e.cause = held.after, nil
	}
	return e
}

// unanswered describes a call that ended without an answer that can be read.
func unanswered(method string, err error, token string) *Error {
	e := &Error{Method: method, Unsent: neverLeft(err)}
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			e.cause = cause
		}
	}
	var inURL *url.Error
	var network net.Error
	switch {
	case e.cause != nil:
		e.Description = e.cause.Error()
	case errors.As(err, &inURL):
		e.Description = scrub(inURL.Err.Error(), token)
	case errors.As(err, &network):
		e.Description = scrub(network.Error(), token)
	default:
		e.Description = "the answer cannot be read"
	}
	return e
}

// neverLeft reports whether a call failed before its request was written.
func neverLeft(err error) bool {
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") ||
		errors.As(err, &certificate) || errors.As(err, &record)
}

func retryAfter(seconds int) time.Duration { return time.Duration(max(seconds, 1)) * time.Second }

const redacted = "[redacted]"

var quoted = regexp.MustCompile(`"[^"]*"|(^|[\s(])'[^']*'`)

// scrub takes the token and everything in quotation marks out of words that Telegram or the network
// said: it likes to quote the offending link or tag.
func scrub(words, token string) string {
	return quoted.ReplaceAllString(hide(words, token), "${1}[...]")
}

// hide takes the token out of a text, also where it was written for a URL.
func hide(text, token string) string {
	if token == "" {
		return text
	}
	return strings.NewReplacer(token, redacted, url.PathEscape(token), redacted, url.QueryEscape(token), redacted).
		Replace(text)
}
