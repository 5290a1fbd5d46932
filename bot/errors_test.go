package bot

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
)

func TestSort(t *testing.T) {
	posted := func(err error) error {
		return unanswered("sendMessage", &url.Error{Op: "Post", URL: "u", Err: err}, "")
	}
	answered := func(status int, body string) error { return judge("sendMessage", status, []byte(body), "") }
	refused := func(code int, description string) error { return answered(code, refusal(code, description).body) }
	for name, tc := range map[string]struct {
		err  error
		want Verdict
	}{
		"nothing":      {nil, Verdict{}},
		"blocked":      {refused(403, "Forbidden: bot was blocked by the user"), Verdict{Forbidden, 0, "sendMessage: 403 Forbidden: bot was blocked by the user"}},
		"deactivated":  {refused(403, "Forbidden: user is deactivated"), Verdict{Forbidden, 0, "sendMessage: 403 Forbidden: user is deactivated"}},
		"bad request":  {refused(400, "Bad Request: message is too long"), Verdict{Permanent, 0, "sendMessage: 400 Bad Request: message is too long"}},
		"wrapped":      {fmt.Errorf("show: %w", refused(400, "Bad Request: message is too long")), Verdict{Permanent, 0, "sendMessage: 400 Bad Request: message is too long"}},
		"never begun":  {refused(403, "Forbidden: bot can't initiate conversation with a user"), Verdict{Forbidden, 0, "sendMessage: 403 Forbidden: bot can't initiate conversation with a user"}},
		"no chat":      {refused(400, "Bad Request: chat not found"), Verdict{Forbidden, 0, "sendMessage: 400 Bad Request: chat not found"}},
		"no user":      {refused(400, "Bad Request: user not found"), Verdict{Forbidden, 0, "sendMessage: 400 Bad Request: user not found"}},
		"no peer":      {refused(400, "Bad Request: PEER_ID_INVALID"), Verdict{Forbidden, 0, "sendMessage: 400 Bad Request: PEER_ID_INVALID"}},
		"no id":        {refused(400, "Bad Request: USER_ID_INVALID"), Verdict{Forbidden, 0, "sendMessage: 400 Bad Request: USER_ID_INVALID"}},
		"deleted":      {refused(400, "Bad Request: INPUT_USER_DEACTIVATED"), Verdict{Forbidden, 0, "sendMessage: 400 Bad Request: INPUT_USER_DEACTIVATED"}},
		"deleted, too": {refused(400, "Bad Request: user is deactivated"), Verdict{Forbidden, 0, "sendMessage: 400 Bad Request: user is deactivated"}},
		"too long":     {refused(413, "Request Entity Too Large"), Verdict{Permanent, 0, "sendMessage: 413 Request Entity Too Large"}},
		"view":         {fmt.Errorf("%w: no text", ErrView), Verdict{Permanent, 0, "the view cannot be shown"}},
		"flood":        {answered(429, flood(7).body), Verdict{Later, 7 * time.Second, "sendMessage: 429 Too Many Requests: retry after 7"}},
		"token":        {refused(401, "Unauthorized"), Verdict{Later, time.Minute, "sendMessage: 401 Unauthorized"}},
		"500":          {refused(500, "Internal Server Error"), Verdict{Unknown, 0, "sendMessage: 500 Internal Server Error"}},
		"HTML":         {answered(502, "<html>"), Verdict{Unknown, 0, "sendMessage: no readable answer (HTTP 502)"}},
		"HTML 403":     {answered(403, "<html>"), Verdict{Unknown, 0, "sendMessage: no readable answer (HTTP 403)"}},
		"reset":        {posted(&net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}), Verdict{Unknown, 0, "sendMessage: read tcp: connection reset by peer"}},
		"end of file":  {posted(io.EOF), Verdict{Unknown, 0, "sendMessage: EOF"}},
		"dial":         {posted(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}), Verdict{Transient, 0, "sendMessage: dial tcp: connection refused"}},
		"no such host": {posted(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api"}}), Verdict{Transient, 0, "sendMessage: dial tcp: lookup api: no such host"}},
		"certificate":  {posted(&tls.CertificateVerificationError{Err: errors.New("expired")}), Verdict{Transient, 0, "sendMessage: tls: failed to verify certificate: expired"}},
		"deadline":     {posted(context.DeadlineExceeded), Verdict{Unknown, 0, "sendMessage: context deadline exceeded"}},
		"before it was sent": {
			&Error{Method: "sendMessage", Description: "context canceled", Unsent: true, cause: context.Canceled},
			Verdict{Transient, 0, "sendMessage: context canceled"},
		},
		"library: flood":   {fmt.Errorf("x: %w", &tg.TooManyRequestsError{Message: "m", RetryAfter: 9}), Verdict{Later, 9 * time.Second, "call: 429 too many requests"}},
		"library: blocked": {fmt.Errorf("%w, Forbidden: bot was blocked by the user", tg.ErrorForbidden), Verdict{Forbidden, 0, "call: 403 Forbidden: bot was blocked by the user"}},
		"library: moved":   {&tg.MigrateError{Message: "m", MigrateToChatID: 1}, Verdict{Permanent, 0, "call: 400 group chat was upgraded to a supergroup chat"}},
		"library: body":    {errors.New("error decode response body for method sendMessage, private words, x"), Verdict{Unknown, 0, "call: the answer cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Sort(tc.err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestScrub(t *testing.T) {
	for in, want := range map[string]string{
		"Bad Request: message can't be edited, it can't":            "Bad Request: message can't be edited, it can't",
		`Unsupported start tag "Anna" at byte offset 5`:             `Unsupported start tag [...] at byte offset 5`,
		"button URL 'https://x.test/?state=s3cret' is invalid":      "button URL [...] is invalid",
		"Post https://x/bot" + testToken + "/sendMessage":           "Post https://x/bot[redacted]/sendMessage",
		"query " + url.QueryEscape(testToken) + " in a redirection": "query [redacted] in a redirection",
	} {
		if got := scrub(in, testToken); got != want {
			t.Errorf("scrub(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestNoTokenAnywhere breaks real connections in every way it can and hunts the token, and the words
// of the message, through everything that comes out.
func TestNoTokenAnywhere(t *testing.T) {
	const words = "words-of-a-person"
	for name, answer := range map[string]http.HandlerFunc{
		"HTML": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(502); fmt.Fprint(w, "<p>", r.URL) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again"+r.URL.Path, http.StatusFound)
		},
		"bad redirect": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://%zz"+r.URL.Path)
			w.WriteHeader(307)
		},
		"reset": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"ok":true,"result":{"text":"`+words)
		},
		"half a JSON": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":true,"result":{"text":"`+words) },
		"wrong result": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"ok":true,"result":"`+words+`"}`)
		},
		"quoting refusal": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"ok":false,"error_code":400,"description":"Bad Request: %s has \"%s\""}`, r.URL.Path, words)
		},
		"malformed": func(w http.ResponseWriter, r *http.Request) {
			if h, ok := w.(http.Hijacker); ok {
				conn, _, _ := h.Hijack()
				fmt.Fprintf(conn, "HTTP/9 %s\r\n\r\n", r.URL.Path)
				_ = conn.Close()
			}
		},
		"closed": nil,
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			if answer == nil {
				server.Close()
			}
			defer server.Close()
			var log bytes.Buffer
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			b, err := New(Config{Token: secret.New(testToken), URL: server.URL, Transport: transport}, newFakeInbox(), zerolog.New(&log))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			b.sleep = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }

			_, sendErr := b.Send(t.Context(), 5, view(words))
			_, editErr := b.Edit(t.Context(), 5, 3, view(words))
			_, fileErr := b.SendFile(t.Context(), 5, File{Name: words + ".txt", Content: []byte(words)}, view(words))
			_, refusedErr := b.SendFile(t.Context(), 5, File{Name: words + "/" + testToken, Content: []byte(words)}, view(words))
			deleteErr := b.Delete(t.Context(), 5, 3)
			runErr := b.Run(ctx, handlerFunc(func(context.Context, flow.Event) error { return nil }))
			if sendErr == nil || editErr == nil || fileErr == nil || refusedErr == nil || deleteErr == nil {
				t.Fatal("a call succeeded")
			}
			out := log.String()
			for _, err := range []error{sendErr, editErr, fileErr, refusedErr, deleteErr, runErr} {
				for ; err != nil; err = errors.Unwrap(err) {
					out += fmt.Sprintf("%v|%+v|%#v|%q\n", err, err, err, err)
				}
			}
			out += fmt.Sprint(Sort(sendErr), Sort(editErr), Sort(fileErr))
			for _, hidden := range []string{testToken, url.QueryEscape(testToken), strings.Split(testToken, ":")[1], words} {
				if strings.Contains(out, hidden) {
					t.Errorf("%q came out:\n%s", hidden, out)
				}
			}
			if out == "" || log.Len() == 0 {
				t.Error("nothing was said at all")
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no token":        {},
		"token with line": {Token: secret.New("1:a\n")},
		"path in token":   {Token: secret.New("1:a/../x")},
		"no scheme":       {Token: secret.New("1:a"), URL: "api.telegram.org"},
		"user in URL":     {Token: secret.New("1:a"), URL: "https://u:p@x"},
		"other scheme":    {Token: secret.New("1:a"), URL: "ftp://x"},
		"bad command":     {Token: secret.New("1:a"), Commands: []Command{{Name: "A B"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(cfg, newFakeInbox(), zerolog.Nop()); err == nil || strings.Contains(err.Error(), "1:a") {
				t.Errorf("New = %v", err)
			}
		})
	}
}

func TestOwnTransportKeepsConnections(t *testing.T) {
	server := httptest.NewServer(newFakeAPI())
	defer server.Close()
	b, err := New(Config{Token: secret.New(testToken), URL: server.URL + "/"}, newFakeInbox(), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	if id, err := b.Send(t.Context(), 5, view("over a real connection")); err != nil || id != 1001 {
		t.Errorf("Send = %d, %v", id, err)
	}
	if b.wire.own.MaxIdleConnsPerHost <= defaultWorkers {
		t.Errorf("%d idle connections for %d senders", b.wire.own.MaxIdleConnsPerHost, defaultWorkers)
	}
	b.wire.close()
}
