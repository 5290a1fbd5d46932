package apiclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var kinds = []error{
	ErrUnauthorized, ErrForbidden, ErrNotFound, ErrConflict, ErrInvalid, ErrRateLimited, ErrUnavailable, ErrEdge,
	ErrUnknownOutcome,
}

// kindsOf lists the sentinels that an error matches.
func kindsOf(err error) string {
	var all []string
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			all = append(all, kind.Error())
		}
	}
	return strings.Join(all, ", ")
}

func TestAnswersAreSorted(t *testing.T) {
	const html = "text/html; charset=utf-8"
	for name, tc := range map[string]struct {
		status      int
		contentType string
		body        string
		read, write error
	}{
		"400":                   {400, asJSON, `{}`, ErrInvalid, ErrInvalid},
		"401":                   {401, asJSON, `{}`, ErrUnauthorized, ErrUnauthorized},
		"403":                   {403, asJSON, `{}`, ErrForbidden, ErrForbidden},
		"404":                   {404, asJSON, `{}`, ErrNotFound, ErrNotFound},
		"408":                   {408, asJSON, `{}`, ErrUnavailable, ErrUnknownOutcome},
		"409":                   {409, asJSON, `{}`, ErrConflict, ErrConflict},
		"409, a page":           {409, html, `<html>`, ErrEdge, ErrEdge},
		"400 of the booking":    {400, asJSON, `{"Message":"No.","ModelState":{"request.BookingID":["No."]}}`, ErrInvalid, ErrConflict},
		"400, other spelling":   {400, asJSON, `{"modelState":{"bookingId":["No."]}}`, ErrInvalid, ErrConflict},
		"400 of more":           {400, asJSON, `{"ModelState":{"request.BookingID":["No."],"request.Credits":["No."]}}`, ErrInvalid, ErrInvalid},
		"400 of something like": {400, asJSON, `{"ModelState":{"request.OldBookingID":["No."]}}`, ErrInvalid, ErrInvalid},
		"400 of nothing":        {400, asJSON, `{"Message":"No.","ModelState":{}}`, ErrInvalid, ErrInvalid},
		"400 of the edge":       {400, html, `{"ModelState":{"BookingID":["No."]}}`, ErrEdge, ErrEdge},
		"422 of the booking":    {422, asJSON, `{"ModelState":{"request.BookingID":["No."]}}`, ErrInvalid, ErrInvalid},
		"422":                   {422, asJSON, `{}`, ErrInvalid, ErrInvalid},
		"429":                   {429, asJSON, `{}`, ErrRateLimited, ErrRateLimited},
		"500":                   {500, asJSON, `{}`, ErrUnavailable, ErrUnknownOutcome},
		"503":                   {503, asJSON, `{}`, ErrUnavailable, ErrUnknownOutcome},
		"522, empty":            {522, "", ``, ErrUnavailable, ErrUnknownOutcome},
		"challenge":             {403, html, `<html>`, ErrEdge, ErrEdge},
		"challenge, untyped":    {403, "", `<!doctype html>`, ErrEdge, ErrEdge},
		"page for 429":          {429, html, `<html>`, ErrEdge, ErrEdge},
		"page for 401":          {401, html, `<html>`, ErrEdge, ErrEdge},
		"maintenance page":      {503, html, `<html>`, ErrEdge, ErrUnknownOutcome},
		"page with 200":         {200, html, `<html>`, ErrEdge, ErrUnknownOutcome},
		"redirect":              {302, asJSON, ``, ErrUnavailable, ErrUnknownOutcome},
		"redirect with a page":  {302, html, `<html>`, ErrEdge, ErrUnknownOutcome},
		"200, empty":            {200, asJSON, ``, ErrUnavailable, ErrUnknownOutcome},
		"200, cut short":        {200, asJSON, bookingJSON[:200], ErrUnavailable, ErrUnknownOutcome},
		"200, a word":           {200, asJSON, `"Done"`, ErrUnavailable, ErrUnknownOutcome},
		"200, an error object":  {200, asJSON, `{"Message":"no"}`, ErrUnavailable, ErrUnknownOutcome},
		"200, null":             {200, asJSON, `null`, ErrUnavailable, ErrUnknownOutcome},
		"200, another booking":  {200, asJSON, strings.Replace(bookingJSON, "48213", "48214", 1), ErrUnavailable, ErrUnknownOutcome},
		"200, XML":              {200, "application/xml", `<Booking/>`, ErrUnavailable, ErrUnknownOutcome},
		"200, a wrong type":     {200, asJSON, strings.Replace(bookingJSON, `"Duration":20`, `"Duration":"`+hushPhone+`"`, 1), ErrUnavailable, ErrUnknownOutcome},
		"200, a hostile amount": {200, asJSON, strings.Replace(bookingJSON, `24.5`, `1e999999`, 1), ErrUnavailable, ErrUnknownOutcome},
		"204":                   {204, "", ``, ErrUnavailable, ErrUnknownOutcome},
		"fine":                  {200, asJSON, bookingJSON, nil, nil},
		"fine, called text":     {200, "text/plain", "\ufeff " + bookingJSON, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				if tc.contentType != "" {
					w.Header().Set("Content-Type", tc.contentType)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			_, err := c.Booking(t.Context(), caller, Received, 48213)
			check(t, "read", err, tc.read, tc.status)
			c, p2 := connect(t, p.answer)
			_, err = c.Accept(t.Context(), caller, 48213, WholeCredits(25))
			check(t, "write", err, tc.write, tc.status)
			if p.count() != 1 || p2.count() != 1 {
				t.Errorf("%d reads and %d writes arrived, want one each", p.count(), p2.count())
			}
		})
	}
}

func check(t *testing.T, what string, err, want error, status int) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	if got := kindsOf(err); got != want.Error() {
		t.Errorf("%s: matches [%s], want %v", what, got, want)
	}
	var e *Error
	if !errors.As(err, &e) || e.Status != status {
		t.Errorf("%s: %v does not carry status %d", what, err, status)
	}
}

// cut hijacks the connection and hangs up, after the request was read or after a part of the answer.
func cut(start string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, start)
		_ = conn.Close()
	}
}

func TestBrokenLines(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"hung up":         cut(""),
		"half an answer":  cut("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: application/json\r\n\r\n{"),
		"not HTTP":        cut("SSH-2.0 " + hushPhone + "\r\n\r\n"),
		"endless":         says(200, asJSON, strings.Repeat(" ", maxReply+1)),
		"headers too big": says(200, strings.Repeat("x", 100<<10), ""),
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, handler)
			_, err := c.Balance(t.Context(), caller)
			check(t, "read", err, ErrUnavailable, 0)
			c, p2 := connect(t, handler)
			_, err = c.Reject(t.Context(), caller, 48213, "no")
			check(t, "write", err, ErrUnknownOutcome, 0)
			if p.count() == 0 || p2.count() != 1 {
				t.Errorf("%d reads and %d writes arrived", p.count(), p2.count())
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c := newClient(t, Config{BaseURL: server.URL, Retries: -1})
	for name, call := range calls(c, london(t)) {
		err := call(t.Context(), caller)
		check(t, name, err, ErrUnavailable, 0)
		if !strings.HasSuffix(err.Error(), errRefused.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A refusal says which permission is missing, if it can be one.
func TestForbiddenNamesTheScope(t *testing.T) {
	for status, want := range map[int]Scope{403: ScopeCreditHistory, 401: "", 400: "", 500: ""} {
		c, _ := connect(t, says(status, asJSON, `{}`))
		_, err := c.Balance(t.Context(), caller)
		var e *Error
		if !errors.As(err, &e) || e.Scope != want {
			t.Errorf("%d: scope %q, want %q", status, e.Scope, want)
		}
	}
}

func TestMissing(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		call   func(*Client) error
		want   bool
	}{
		"an inferred list": {404, func(c *Client) error {
			_, err := c.ListBookings(t.Context(), caller, Received, ListQuery{Page: 2})
			return err
		}, true},
		"of a group's member": {404, func(c *Client) error {
			_, err := c.ListBookings(t.Context(), Caller{Tokens: pasted{token}, For: 7}, Received, ListQuery{})
			return err
		}, false}, // the member may have left the group
		"a documented list": {404, func(c *Client) error { _, err := c.ListBookings(t.Context(), caller, Made, ListQuery{}); return err }, false},
		"a guessed list":    {404, func(c *Client) error { _, err := c.Offers(t.Context(), caller); return err }, true},
		"refused otherwise": {403, func(c *Client) error {
			_, err := c.ListBookings(t.Context(), caller, Received, ListQuery{})
			return err
		}, false},
		"one thing of inferred path": {404, func(c *Client) error { _, err := c.Booking(t.Context(), caller, Received, 7); return err }, false},
		"a write of inferred path":   {404, func(c *Client) error { _, err := c.Reject(t.Context(), caller, 7, "no"); return err }, false},
	} {
		c, _ := connect(t, says(tc.status, asJSON, `{}`))
		err := tc.call(c)
		if got := Missing(fmt.Errorf("outer: %w", err)); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if Missing(nil) || Missing(ErrNotFound) {
		t.Error("no failed call, and yet missing")
	}
}

func TestUntil(t *testing.T) {
	now := time.Date(2027, 3, 2, 8, 0, 0, 0, time.UTC)
	if got := (Error{RetryAfter: time.Minute}).Until(now); !got.Equal(now.Add(time.Minute)) {
		t.Error(got)
	}
	if got := (Error{}).Until(now); !got.Equal(now) {
		t.Error(got)
	}
}

// The steps of the life cycle are those whose refusal can be a conflict, and no other call is one.
func TestSteps(t *testing.T) {
	var got []string
	for _, r := range routes() {
		if r.steps {
			got = append(got, r.op)
		}
	}
	want := []string{
		"confirm booking", "cancel made booking", "reschedule booking", "accept booking", "reject booking",
		"re-invite", "cancel received booking",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	c, _ := connect(t, says(400, asJSON, `{"ModelState":{"BookingID":["No."]}}`))
	_, err := c.CreateBooking(t.Context(), caller, NewBooking{Performer: 1, Session: time.Now(), AcceptBy: time.Now()})
	check(t, "create", err, ErrInvalid, 400)
}

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectInBubble(t, Config{}, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		start := time.Now()
		_, err := c.Accept(t.Context(), caller, 48213, WholeCredits(25))
		check(t, "write", err, ErrUnknownOutcome, 0)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 15*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		_, err = c.Balance(t.Context(), caller)
		check(t, "read", err, ErrUnavailable, 0)
		if p.count() != 2 {
			t.Errorf("%d requests, want 2", p.count())
		}
	})
}

func TestTheCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectInBubble(t, Config{}, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := c.Accept(ctx, caller, 48213, WholeCredits(25))
		check(t, "on the way", err, ErrUnknownOutcome, 0)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("on the way: %v", err)
		}
		_, err = c.Accept(ctx, caller, 48213, WholeCredits(25))
		check(t, "before", err, ErrUnavailable, 0)
		if !errors.Is(err, context.Canceled) || p.count() != 1 {
			t.Errorf("before: %v, %d requests", err, p.count())
		}
	})
}

func TestHeldBackWritesAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectInBubble(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			says(429, asJSON, `{"Message":"Slow down."}`)(w, nil)
		})
		_, err := c.Balance(t.Context(), caller)
		check(t, "first", err, ErrRateLimited, 429)
		time.Sleep(20 * time.Second) // of the bubble's clock
		_, err = c.Accept(t.Context(), caller, 48213, WholeCredits(25))
		check(t, "second", err, ErrRateLimited, 0)
		var e *Error
		if !errors.As(err, &e) || e.RetryAfter != 100*time.Second || p.count() != 1 {
			t.Errorf("RetryAfter = %v, %d requests", e.RetryAfter, p.count())
		}
	})
}

func TestReadsAreRepeatedWritesAreNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectInBubble(t, Config{Retries: 3}, cut(""))
		before := 0
		for name, call := range calls(c, london(t)) {
			if err := call(t.Context(), caller); err == nil {
				t.Errorf("%s: no error", name)
			}
			want := 1
			if p.requests[len(p.requests)-1].Method == "GET" {
				want = 4
			}
			if got := p.count() - before; got != want {
				t.Errorf("%s: %d requests, want %d", name, got, want)
			}
			before = p.count()
		}
	})
}

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*Error{
		"create booking: invalid: 400":                                    {Op: "create booking", Kind: ErrInvalid, Status: 400, Messages: []string{hushComment}},
		"read balance: unavailable: timed out":                            {Op: "read balance", Kind: ErrUnavailable, err: errTimedOut},
		"read balance: unavailable: 200: reply not understood":            {Op: "read balance", Kind: ErrUnavailable, Status: 200, err: misread{}},
		"read balance: unavailable: 200: reply not understood at Credits": {Op: "read balance", Kind: ErrUnavailable, Status: 200, err: misread{"Credits"}},
		"half made": {Op: "half made"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("text = %q, want %q", got, want)
		}
	}
}

func TestCauses(t *testing.T) {
	for name, tc := range map[string]struct{ in, want error }{
		"cancelled":    {fmt.Errorf("x: %w", context.Canceled), context.Canceled},
		"deadline":     {&url.Error{Op: "Get", URL: hushPhone, Err: context.DeadlineExceeded}, context.DeadlineExceeded},
		"timeout":      {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, errTimedOut},
		"refused":      {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, errRefused},
		"reset":        {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, errReset},
		"broken pipe":  {syscall.EPIPE, errReset},
		"cut":          {io.ErrUnexpectedEOF, errCutShort},
		"no such host": {&net.DNSError{Name: hushPhone}, errNoSuchHost},
		"certificate":  {&tls.CertificateVerificationError{Err: errors.New(hushPhone)}, errCertificate},
		"own timeout":  {slow{}, errTimedOut},
		"anything":     {errors.New(hushPhone), errTransport},
	} {
		if got := causeOf(tc.in); !errors.Is(got, tc.want) || strings.Contains(got.Error(), hushPhone) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

type slow struct{}

func (slow) Error() string   { return "slow" }
func (slow) Timeout() bool   { return true }
func (slow) Temporary() bool { return true }

func TestMessagesReachTheChat(t *testing.T) {
	c, _ := connect(t, says(400, asJSON, `{"Message":"The request is invalid.","ModelState":{"request.Credits":["Too low."]}}`))
	_, err := c.Accept(t.Context(), caller, 1, WholeCredits(1))
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"The request is invalid.", "Too low."}, e.Messages); diff != "" {
		t.Error(diff)
	}
}
