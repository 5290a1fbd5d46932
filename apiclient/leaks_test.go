package apiclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"phonechatbot/internal/secret"
)

// leaky fails with everything it was given in its error.
type leaky struct{}

func (leaky) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		data, _ := io.ReadAll(req.Body)
		body = string(data)
	}
	return nil, &url.Error{Op: req.Method, URL: req.URL.String(), Err: fmt.Errorf("%v %s", req.Header, body)}
}

// quoting is an answer that says again all it was told: the token, the one before it, the key, and more.
func quoting(r *http.Request) string {
	told := r.Header.Get("Authorization") + " " + r.Header.Get("X-ApiKey") + " " + r.Header.Get("X-ApiSecret")
	if strings.Contains(told, hushNewer) {
		told += " " + hushToken
	}
	return fmt.Sprintf(`{"Message":"%s %s %s","ModelState":{"%s":["%s %s"]},"BookingID":"%s","UserID":%s.5,"Bookings":"%s","PhoneChatPPM":"%s"}`,
		told, hushPhone, hushComment, hushPhone, hushSkype, told, hushPhone, hushPhone[1:], hushComment, hushComment)
}

// TestNothingLeaks hunts tokens, the project's key and private words through all ways of printing an error.
func TestNothingLeaks(t *testing.T) {
	server := func(status int, contentType string) func(t *testing.T) *Client {
		return func(t *testing.T) *Client {
			c, _ := connect(t, func(w http.ResponseWriter, r *http.Request) { says(status, contentType, quoting(r))(w, r) })
			return c
		}
	}
	for name, client := range map[string]func(t *testing.T) *Client{
		"refused, quoting it all": server(400, asJSON),
		"renewed, quoting it all": server(401, asJSON),
		"conflict, and it quotes": server(409, asJSON),
		"broken, quoting it all":  server(500, asJSON),
		"200, quoting it all":     server(200, asJSON),
		"page, quoting it all":    server(200, "text/html"),
		"text, quoting it all":    server(403, "text/plain"),
		"a transport that tells": func(t *testing.T) *Client {
			return newClient(t, Config{BaseURL: "https://example.com", Transport: leaky{}, Retries: -1, Key: key, KeySecret: keySecret})
		},
		"a line that is not HTTP": func(t *testing.T) *Client { c, _ := connect(t, cut(hushToken+hushPhone+"\r\n\r\n")); return c },
		"an answer that breaks up": func(t *testing.T) *Client {
			c, _ := connect(t, cut("HTTP/1.1 200 "+hushPhone+"\r\nContent-Length: 99\r\n\r\n"+hushComment))
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t)
			all := calls(c, london(t))
			all["public"] = func(ctx context.Context, _ Caller) error { return public(ctx, c) }
			for what, call := range all {
				err := call(t.Context(), Caller{Tokens: &tokens{token: token, newer: newer}})
				if err == nil {
					if what == "balance" || what == "public" {
						continue
					}
					t.Errorf("%s: no error", what)
					continue
				}
				hunt(t, what, err)
			}
		})
	}
}

func TestABadTokenIsNeitherSentNorShown(t *testing.T) {
	c, p := connect(t, says(200, asJSON, `1`))
	for _, bad := range []string{"", hushToken + "\r\nX-Evil: 1", hushToken + " "} {
		for what, call := range calls(c, london(t)) {
			err := call(t.Context(), With(secret.New(bad)))
			check(t, what, err, ErrUnauthorized, 0)
			hunt(t, what, err)
		}
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
}

func hunt(t *testing.T, what string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: %T is not *Error", what, err)
	}
	for _, hush := range []string{"HUSH", "-newer"} {
		if strings.Contains(strings.Join(e.Messages, "\n"), hush) {
			t.Errorf("%s: a secret is in Messages", what)
		}
	}
	asText, _ := json.Marshal(struct{ A, B any }{e, *e})
	prints := []string{string(asText), fmt.Errorf("outer: %w", err).Error()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		prints = append(prints, fmt.Sprintf(verb, err), fmt.Sprintf(verb, *e), fmt.Sprintf(verb, []any{err, *e}))
	}
	for inner := range tree(err) {
		prints = append(prints, fmt.Sprintf("%v %+v %#v", inner, inner, inner))
	}
	for _, print := range prints {
		for _, hush := range []string{hushToken, "HUSH", hushPhone, hushPhone[1:], hushComment, hushSkype, "NightOwl77"} {
			if strings.Contains(print, hush) {
				t.Errorf("%s: private words in %q", what, strings.ReplaceAll(print, hush, "***"))
			}
		}
	}
}

// tree walks an error and all that it wraps.
func tree(err error) func(yield func(error) bool) {
	return func(yield func(error) bool) {
		if err == nil || !yield(err) {
			return
		}
		switch e := err.(type) { //nolint:errorlint // the walk is about each error itself
		case interface{ Unwrap() error }:
			tree(e.Unwrap())(yield)
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				tree(one)(yield)
			}
		}
	}
}
