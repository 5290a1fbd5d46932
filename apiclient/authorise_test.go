package apiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/secret"
)

// door is a platform that knows one token, and does what it is asked with that.
func door(good, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "bearer "+good {
			says(401, asJSON, `{"Message":"Denied: `+r.Header.Get("Authorization")+`"}`)(w, r)
			return
		}
		says(200, asJSON, body)(w, r)
	}
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	c, p := connect(t, door(hushNewer, bookingJSON))
	for name, call := range map[string]func(Caller) error{
		"a read": func(s Caller) error { _, err := c.Booking(t.Context(), s, Received, 48213); return err },
		"a write": func(s Caller) error {
			_, err := c.Accept(t.Context(), s, 48213, WholeCredits(25))
			return err
		},
	} {
		mine, before := &tokens{token: token, newer: newer}, p.count()
		if err := call(Caller{Tokens: mine}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(mine.renewals) != 1 || !mine.renewals[0].Equal(token) {
			t.Errorf("%s: renewed %d times", name, len(mine.renewals))
		}
		sent := p.requests[before:]
		if len(sent) != 2 || sent[1].Header.Get("Authorization") != "bearer "+hushNewer {
			t.Fatalf("%s: %d requests", name, len(sent))
		}
		if diff := cmp.Diff(p.bodies[before], p.bodies[before+1]); diff != "" {
			t.Errorf("%s: another body the second time:\n%s", name, diff)
		}
	}
}

// A transport that has read a body to its end finds the whole of it again.
func TestTheBodyIsRewound(t *testing.T) {
	var bodies []string
	next := roundTrip(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		bodies = append(bodies, string(body))
		return reply(401, ""), err
	})
	req := httptest.NewRequestWithContext(t.Context(), "POST", "/x", nil)
	req.Body = io.NopCloser(strings.NewReader("all of it"))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("all of it")), nil }
	link := authorise(&tokens{token: token, newer: newer}, new([]secret.String), next)
	if _, err := link.RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"all of it", "all of it"}, bodies); diff != "" {
		t.Error(diff)
	}
}

// Whatever becomes of the renewal, the call was not carried out and says so.
func TestTokensThatAreNotToBeHad(t *testing.T) {
	down := &Error{Op: "renew token", Kind: ErrUnavailable, RetryAfter: time.Minute, Messages: []string{hushToken}, err: errRefused}
	spoilt := &Error{Op: "renew token", Kind: ErrUnauthorized, Status: 401, Messages: []string{hushToken}}
	loose := fmt.Errorf("renew %s: %w", hushNewer, io.ErrUnexpectedEOF)
	for name, tc := range map[string]struct {
		tokens   Tokens
		kind     error
		status   int
		text     string // of the cause
		after    time.Duration
		requests int
	}{
		"nobody to ask":             {nil, ErrUnauthorized, 0, "no token to be had", 0, 0},
		"none":                      {&tokens{tokenErr: ErrUnauthorized}, ErrUnauthorized, 0, "no token to be had", 0, 0},
		"none, in other words":      {&tokens{tokenErr: spoilt}, ErrUnauthorized, 0, "no token to be had", 0, 0},
		"a login host that is down": {&tokens{tokenErr: down}, ErrUnavailable, 0, "token: connection refused", time.Minute, 0},
		"a login host that is busy": {&tokens{tokenErr: &Error{Kind: ErrRateLimited, RetryAfter: time.Hour}}, ErrUnavailable, 0, "no token to be had", time.Hour, 0},
		"a login of unknown end":    {&tokens{tokenErr: &Error{Kind: ErrUnknownOutcome, err: errTimedOut}}, ErrUnavailable, 0, "token: timed out", 0, 0},
		"a store that fails":        {&tokens{tokenErr: errors.New("disk: " + hushToken)}, ErrUnavailable, 0, "no token to be had", 0, 0},
		"the caller left":           {&tokens{tokenErr: context.Canceled}, ErrUnavailable, 0, "token: context canceled", 0, 0},
		"refused for good":          {&tokens{token: token, renewErr: ErrUnauthorized}, ErrUnauthorized, 401, "", 0, 1},
		"refused, in other words":   {&tokens{token: token, renewErr: spoilt}, ErrUnauthorized, 401, "", 0, 1},
		"refused twice":             {&tokens{token: token, newer: secret.New(hushNewer + "2")}, ErrUnauthorized, 401, "", 0, 2},
		"the same token again":      {&tokens{token: token, newer: token}, ErrUnauthorized, 401, "", 0, 1},
		"renewed to no header":      {&tokens{token: token, newer: secret.New("a\r\nb")}, ErrUnauthorized, 401, "", 0, 1},
		"renewed to nothing":        {&tokens{token: token}, ErrUnauthorized, 401, "", 0, 1},
		"login down at renewal":     {&tokens{token: token, renewErr: down}, ErrUnavailable, 0, "token: connection refused", time.Minute, 1},
		"renewal breaks off":        {&tokens{token: token, renewErr: loose}, ErrUnavailable, 0, "token: answer cut short", 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, door(hushNewer, bookingJSON))
			for what, call := range map[string]func() error{
				"read": func() error { _, err := c.Balance(t.Context(), Caller{Tokens: tc.tokens}); return err },
				"write": func() error {
					_, err := c.Accept(t.Context(), Caller{Tokens: tc.tokens}, 48213, WholeCredits(25))
					return err
				},
			} {
				before := p.count()
				err := call()
				check(t, what, err, tc.kind, tc.status)
				hunt(t, what, err)
				var e *Error
				if !errors.As(err, &e) {
					t.Fatal(err)
				}
				if text := fmt.Sprint(e.err); tc.text != "" && text != tc.text {
					t.Errorf("%s: cause %q, want %q", what, text, tc.text)
				}
				if e.RetryAfter != tc.after || p.count()-before != tc.requests {
					t.Errorf("%s: RetryAfter %v, %d requests", what, e.RetryAfter, p.count()-before)
				}
				if tc.status == 401 && len(e.Messages) != 1 {
					t.Errorf("%s: the platform's words were lost: %d", what, len(e.Messages))
				}
			}
		})
	}
}

func TestAPageIsNoWordAboutTokens(t *testing.T) {
	c, p := connect(t, says(401, "text/html", "<html>"))
	mine := &tokens{token: token, newer: newer}
	_, err := c.Balance(t.Context(), Caller{Tokens: mine})
	check(t, "page", err, ErrEdge, 401)
	if len(mine.renewals) != 0 || p.count() != 1 {
		t.Errorf("%d renewals, %d requests", len(mine.renewals), p.count())
	}
}

// stubborn waits for its context when it is asked for a token.
type stubborn struct{}

func (stubborn) Token(ctx context.Context) (secret.String, error) {
	<-ctx.Done()
	return secret.String{}, context.Cause(ctx)
}
func (stubborn) Renew(context.Context, secret.String) (secret.String, error) { panic("not asked") }

func TestTokensHaveTheTimeOfTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := newClient(t, Config{BaseURL: "https://example.com", Transport: leaky{}})
		_, err := c.Accept(t.Context(), Caller{Tokens: stubborn{}}, 1, WholeCredits(1))
		check(t, "write", err, ErrUnavailable, 0)
		if took := time.Since(start); took != 15*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// public asks something of the project, and not of a member.
func public(ctx context.Context, c *Client) error {
	q := request{route: routeSummary}
	_, err := ask(ctx, c, Caller{}, q, func([]byte) (struct{}, error) { return struct{}{}, nil })
	return err
}

func TestPublicCallsCarryTheKey(t *testing.T) {
	c, p := connect(t, says(200, asJSON, `{}`))
	if err := public(t.Context(), c); err != nil || !c.HasKey() {
		t.Fatal(err)
	}
	got := p.requests[0].Header
	if got.Get("X-ApiKey") != hushKey || got.Get("X-ApiSecret") != hushKeySecret || got.Values("Authorization") != nil {
		t.Errorf("key %t, secret %t, token %t", got.Get("X-ApiKey") == hushKey, got.Get("X-ApiSecret") == hushKeySecret, got.Values("Authorization") != nil)
	}
	if _, err := c.Balance(t.Context(), caller); err == nil {
		t.Error("{} was a balance")
	}
	if got := p.requests[1].Header; got.Values("X-ApiKey") != nil || got.Values("X-ApiSecret") != nil {
		t.Error("a member's call carried the key")
	}
}

// It is not certain that a token is enough.
func TestMembersCallsCarryTheKeyIfTheyMust(t *testing.T) {
	p := &platform{answer: says(200, asJSON, `299`)}
	server := httptest.NewServer(p)
	c := newClient(t, Config{BaseURL: server.URL, Key: key, KeySecret: keySecret, KeyWithToken: true})
	t.Cleanup(func() {
		c.Close()
		server.Close()
	})
	if _, err := c.Balance(t.Context(), caller); err != nil {
		t.Fatal(err)
	}
	_ = public(t.Context(), c) // whatever it is answered
	for i, token := range []string{"bearer " + hushToken, ""} {
		got := p.requests[i].Header
		if got.Get("X-ApiKey") != hushKey || got.Get("X-ApiSecret") != hushKeySecret || got.Get("Authorization") != token {
			t.Errorf("request %d: key %t, secret %t", i, got.Get("X-ApiKey") == hushKey, got.Get("X-ApiSecret") == hushKeySecret)
		}
	}
}

func TestAKeyWithoutSecret(t *testing.T) {
	var got http.Header
	next := roundTrip(func(req *http.Request) (*http.Response, error) { got = req.Header; return reply(200, ""), nil })
	if _, err := project(key, secret.String{}, next).RoundTrip(newRequest(t, "GET")); err != nil {
		t.Fatal(err)
	}
	if got.Get("X-ApiKey") != hushKey || got.Values("X-ApiSecret") != nil {
		t.Errorf("%d headers", len(got))
	}
}

func TestPublicCallsWithoutAKey(t *testing.T) {
	c := newClient(t, Config{BaseURL: "https://example.com", Transport: leaky{}})
	err := public(t.Context(), c)
	check(t, "public", err, ErrInvalid, 0)
	if c.HasKey() || !errors.Is(err, errNoKey) {
		t.Errorf("has key %t, %v", c.HasKey(), err)
	}
}

func TestARefusedKeyIsNotARefusedToken(t *testing.T) {
	for status, want := range map[int]error{401: ErrForbidden, 403: ErrForbidden} {
		c, _ := connect(t, says(status, asJSON, `{"Message":"bad `+hushKey+" "+hushKeySecret+`"}`))
		err := public(t.Context(), c)
		check(t, "public", err, want, status)
		hunt(t, "public", err)
	}
}
