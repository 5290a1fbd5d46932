package apiclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/secret"
)

// What must never show up in an error of the login. Each holds HUSH, which hunt looks for.
const (
	hushCode    = "c0de-HUSH-77"
	hushRefresh = "r3fresh-HUSH-88"
	hushSecret  = "s3cret-HUSH-99"
)

const grantJSON = `{"access_token":"` + hushToken + `","token_type":"bearer","expires_in":1200,"refresh_token":"` + hushRefresh + `"}`

var loginNow = time.Date(2027, 3, 2, 12, 0, 0, 0, time.UTC)

func loginConfig(base string) LoginConfig {
	return LoginConfig{
		URL: base, ClientID: "phonechatbot-1", ClientSecret: secret.New(hushSecret),
		RedirectURL: "https://bot.example/login/callback", Scopes: []Scope{ScopeUserID, ScopePhoneChatBookings},
		Now: func() time.Time { return loginNow },
	}
}

func newLogin(t *testing.T, cfg LoginConfig) *Login {
	t.Helper()
	l, err := NewLogin(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// knock builds a login whose host is on a real port.
func knock(t *testing.T, answer http.HandlerFunc) (*Login, *platform) {
	t.Helper()
	p := &platform{answer: answer}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return newLogin(t, loginConfig(server.URL)), p
}

// grants are both calls that answer tokens.
func grants(l *Login) map[string]func(context.Context) (Grant, error) {
	return map[string]func(context.Context) (Grant, error){
		"sign in":      func(ctx context.Context) (Grant, error) { return l.Exchange(ctx, hushCode) },
		"renew tokens": func(ctx context.Context) (Grant, error) { return l.Refresh(ctx, secret.New(hushRefresh)) },
	}
}

func TestAuthorizeURL(t *testing.T) {
	l := newLogin(t, loginConfig("https://login.example"))
	u, err := url.Parse(l.AuthorizeURL("st&te"))
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"response_type": {"code"}, "client_id": {"phonechatbot-1"}, "state": {"st&te"},
		"redirect_uri": {"https://bot.example/login/callback"}, "scope": {"userid account_phonechat_bookings"},
	}
	if diff := cmp.Diff(want, u.Query()); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if u.Host != "login.example" || u.Path != "/OAuth/Authorize" || strings.Contains(u.String(), "HUSH") {
		t.Errorf("address %s", u.Redacted())
	}
}

func TestGrantsAreAskedForAsDocumented(t *testing.T) {
	l, p := knock(t, says(200, asJSON, grantJSON))
	want := map[string]url.Values{
		"sign in": {
			"grant_type": {"authorization_code"}, "code": {hushCode}, "redirect_uri": {"https://bot.example/login/callback"},
			"client_id": {"phonechatbot-1"}, "client_secret": {hushSecret},
		},
		"renew tokens": {
			"grant_type": {"refresh_token"}, "refresh_token": {hushRefresh},
			"client_id": {"phonechatbot-1"}, "client_secret": {hushSecret},
		},
	}
	for what, call := range grants(l) {
		got, err := call(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !got.Access.Equal(token) || !got.Refresh.Equal(secret.New(hushRefresh)) || !got.Expires.Equal(loginNow.Add(19*time.Minute)) {
			t.Errorf("%s: wrong tokens, or they end at %v", what, got.Expires)
		}
		last := len(p.requests) - 1
		form, err := url.ParseQuery(p.bodies[last])
		if diff := cmp.Diff(want[what], form); err != nil || diff != "" {
			t.Errorf("%s: form (-want +got):\n%s%v", what, diff, err)
		}
		r := p.requests[last]
		if r.Method != "POST" || r.URL.Path != "/OAuth/token" || r.URL.RawQuery != "" || r.Header.Get("Authorization") != "" ||
			r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" ||
			r.Header.Get("Accept") != "application/json" || r.Header.Get("User-Agent") != "phonechatbot" {
			t.Errorf("%s: %s %s with %v", what, r.Method, r.URL, r.Header)
		}
	}
	if p.count() != 2 {
		t.Errorf("%d requests, want 2", p.count())
	}
}

func TestRepliesWithTokens(t *testing.T) {
	reply := func(change ...string) string { return strings.NewReplacer(change...).Replace(grantJSON) }
	for name, tc := range map[string]struct {
		contentType, body string
		life              time.Duration // 0: not understood
	}{
		"plain":                  {asJSON, grantJSON, 19 * time.Minute},
		"called text":            {"text/plain", "\ufeff" + grantJSON, 19 * time.Minute},
		"called a form":          {"application/x-www-form-urlencoded", grantJSON, 19 * time.Minute},
		"Bearer":                 {asJSON, reply("bearer", "Bearer"), 19 * time.Minute},
		"seconds as text":        {asJSON, reply("1200", `"1200"`), 19 * time.Minute},
		"lives for two minutes":  {asJSON, reply("1200", "120"), time.Minute},
		"lives for half of that": {asJSON, reply("1200", "60"), 30 * time.Second},
		"no access token":        {asJSON, reply("access_token", "token"), 0},
		"empty access token":     {asJSON, reply(hushToken, ""), 0},
		"access token of lines":  {asJSON, reply(hushToken, `a\nb`), 0},
		"another type":           {asJSON, reply("bearer", "mac"), 0},
		"no type":                {asJSON, reply("token_type", "type"), 0},
		"no life":                {asJSON, reply("expires_in", "expires"), 0},
		"life zero":              {asJSON, reply("1200", "0"), 0},
		"life negative":          {asJSON, reply("1200", "-1"), 0},
		"life of words":          {asJSON, reply("1200", `"soon"`), 0},
		"cut short":              {asJSON, grantJSON[:60], 0},
		"empty":                  {asJSON, "", 0},
		"null":                   {asJSON, "null", 0},
		"an error with 200":      {asJSON, `{"error":"` + hushCode + `"}`, 0},
		"a form":                 {"application/x-www-form-urlencoded", "access_token=a&token_type=bearer&expires_in=9", 0},
	} {
		t.Run(name, func(t *testing.T) {
			l, p := knock(t, says(200, tc.contentType, tc.body))
			for what, call := range grants(l) {
				got, err := call(t.Context())
				if tc.life == 0 {
					check(t, what, err, ErrUnknownOutcome, 200)
					hunt(t, what, err)
					continue
				}
				if err != nil || !got.Access.Equal(token) || got.Expires.Sub(loginNow) != tc.life {
					t.Errorf("%s: ends after %v, %v, want %v", what, got.Expires.Sub(loginNow), err, tc.life)
				}
			}
			if p.count() != 2 {
				t.Errorf("%d requests, want 2", p.count())
			}
		})
	}
}

// TestAMissingRefreshToken: a renewal that hands out no new refresh token leaves the old one good.
func TestAMissingRefreshToken(t *testing.T) {
	l, _ := knock(t, says(200, asJSON, strings.Replace(grantJSON, "refresh_token", "other", 1)))
	first, err := l.Exchange(t.Context(), hushCode)
	if err != nil || !first.Refresh.IsZero() {
		t.Errorf("sign in: it has one, or %v", err)
	}
	next, err := l.Refresh(t.Context(), secret.New(hushRefresh))
	if err != nil || !next.Refresh.Equal(secret.New(hushRefresh)) {
		t.Errorf("renew tokens: not the old one, or %v", err)
	}
}

func TestRefusalsOfTheLoginAreSorted(t *testing.T) {
	const html = "text/html; charset=utf-8"
	for name, tc := range map[string]struct {
		status      int
		contentType string
		body        string
		want        error
	}{
		"code or token used":         {400, asJSON, `{"error":"invalid_grant"}`, ErrUnauthorized},
		"refresh token too old":      {401, asJSON, `{"error":"refresh_token_has_expired"}`, ErrUnauthorized},
		"the same with 400":          {400, asJSON, `{"error":"refresh_token_has_expired"}`, ErrUnauthorized},
		"401 of another word":        {401, asJSON, `{"error":"` + hushCode + `"}`, ErrUnauthorized},
		"400 of another word":        {400, asJSON, `{"error":"` + hushCode + `"}`, ErrUnauthorized},
		"404 of another word":        {404, asJSON, `{"error":"` + hushCode + `"}`, ErrNotFound},
		"429 of another word":        {429, asJSON, `{"error":"` + hushCode + `"}`, ErrRateLimited},
		"page with 400":              {400, html, `{"error":"` + hushCode + `"}`, ErrEdge},
		"401 without a word":         {401, "text/plain", ``, ErrUnauthorized},
		"wrong secret":               {401, asJSON, `{"error":"invalid_client"}`, ErrForbidden},
		"wrong client":               {400, asJSON, `{"error":"invalid_client"}`, ErrForbidden},
		"not for this client":        {400, asJSON, `{"error":"unauthorized_client"}`, ErrForbidden},
		"our own mistake":            {400, asJSON, `{"error":"invalid_request","error_description":"` + hushCode + `"}`, ErrInvalid},
		"our own mistake of grant":   {400, asJSON, `{"error":"unsupported_grant_type"}`, ErrInvalid},
		"our own mistake of scope":   {400, asJSON, `{"error":"invalid_scope"}`, ErrInvalid},
		"the host's own trouble":     {400, asJSON, `{"error":"server_error"}`, ErrInvalid},
		"which will pass":            {400, asJSON, `{"error":"temporarily_unavailable"}`, ErrInvalid},
		"an empty word":              {400, asJSON, `{"error":""}`, ErrInvalid},
		"the API's way of refusing":  {400, asJSON, `{"Message":"` + hushCode + `"}`, ErrInvalid},
		"a word that is none":        {400, asJSON, `{"error":{"code":"invalid_grant"}}`, ErrInvalid},
		"no such page":               {404, asJSON, `{}`, ErrNotFound},
		"too many":                   {429, asJSON, `{"error":"invalid_client"}`, ErrRateLimited},
		"challenge":                  {403, html, `<html>` + hushCode, ErrEdge},
		"challenge for 401":          {401, html, `{"error":"invalid_client"}`, ErrEdge},
		"challenge that is untyped":  {403, "", `<!doctype html>`, ErrEdge},
		"page with 200":              {200, html, `<html>`, ErrUnknownOutcome},
		"maintenance page":           {503, html, `<html>`, ErrUnknownOutcome},
		"broken":                     {500, asJSON, `{"error":"invalid_grant"}`, ErrUnknownOutcome},
		"gateway timed out":          {504, asJSON, ``, ErrUnknownOutcome},
		"redirect":                   {302, asJSON, ``, ErrUnknownOutcome},
		"redirect that keeps a POST": {307, asJSON, ``, ErrUnknownOutcome},
	} {
		t.Run(name, func(t *testing.T) {
			l, p := knock(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/elsewhere?"+hushCode)
				w.Header().Set("Retry-After", "7")
				w.Header()["Content-Type"] = nil
				if tc.contentType != "" {
					w.Header().Set("Content-Type", tc.contentType)
				}
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			})
			for what, call := range grants(l) {
				_, err := call(t.Context())
				check(t, what, err, tc.want, tc.status)
				hunt(t, what, err)
				var e *Error
				if !errors.As(err, &e) || e.Op != what || len(e.Messages) > 0 || e.RetryAfter != 7*time.Second {
					t.Errorf("%s: %v, messages %q, after %v", what, err, e.Messages, e.RetryAfter)
				}
			}
			if p.count() != 2 {
				t.Errorf("%d requests, want 2: nothing is repeated or followed", p.count())
			}
		})
	}
}

func TestAWrongProjectIsNamed(t *testing.T) {
	l, _ := knock(t, says(401, asJSON, `{"error":"invalid_client"}`))
	_, err := l.Exchange(t.Context(), hushCode)
	if want := "sign in: forbidden: 401: " + errProject.Error(); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestLoginOverBrokenLines(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	broken := func(answer http.HandlerFunc) func(*testing.T) *Login {
		return func(t *testing.T) *Login { l, _ := knock(t, answer); return l }
	}
	for name, tc := range map[string]struct {
		login func(*testing.T) *Login
		want  error
	}{
		"nobody listens":       {func(t *testing.T) *Login { return newLogin(t, loginConfig(gone.URL)) }, ErrUnavailable},
		"hung up":              {broken(cut("")), ErrUnknownOutcome},
		"half an answer":       {broken(cut("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")), ErrUnknownOutcome},
		"not HTTP":             {broken(cut(hushToken + "\r\n\r\n")), ErrUnknownOutcome},
		"endless":              {broken(says(200, asJSON, strings.Repeat(" ", maxGrant+1))), ErrUnknownOutcome},
		"a Location of rubble": {broken(cut("HTTP/1.1 302 Found\r\nLocation: ://" + hushCode + "\r\nContent-Length: 0\r\n\r\n")), ErrUnknownOutcome},
		"a transport that tells": {func(t *testing.T) *Login {
			cfg := loginConfig("https://login.example")
			cfg.Transport = leaky{}
			return newLogin(t, cfg)
		}, ErrUnknownOutcome},
	} {
		t.Run(name, func(t *testing.T) {
			for what, call := range grants(tc.login(t)) {
				_, err := call(t.Context())
				if got := kindsOf(err); got != tc.want.Error() {
					t.Errorf("%s: matches [%s], want %v", what, got, tc.want)
				}
				hunt(t, what, err)
			}
		})
	}
}

func TestLoginTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &platform{answer: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
		wires := &memory{conns: make(chan net.Conn), done: make(chan struct{})}
		server := &http.Server{Handler: p, ReadHeaderTimeout: time.Hour}
		go func() { _ = server.Serve(wires) }()
		defer func() { _ = server.Close() }()
		cfg := loginConfig("http://localhost")
		cfg.Transport = &http.Transport{DialContext: wires.dial}
		l := newLogin(t, cfg)
		start := time.Now()
		_, err := l.Exchange(t.Context(), hushCode)
		check(t, "late", err, ErrUnknownOutcome, 0)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 15*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = l.Exchange(ctx, hushCode)
		check(t, "before it began", err, ErrUnavailable, 0)
		if p.count() != 1 {
			t.Errorf("%d requests, want 1", p.count())
		}
		l.Close()
	})
}

func TestNothingToHandIn(t *testing.T) {
	l, p := knock(t, says(200, asJSON, grantJSON))
	_, err := l.Exchange(t.Context(), "")
	check(t, "no code", err, ErrInvalid, 0)
	_, err = l.Refresh(t.Context(), secret.String{})
	check(t, "no refresh token", err, ErrUnauthorized, 0)
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
}

func TestNewLoginRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*LoginConfig){
		"no address":           func(c *LoginConfig) { c.URL = "" },
		"plain http":           func(c *LoginConfig) { c.URL = "http://login.example" },
		"a password":           func(c *LoginConfig) { c.URL = "https://u:" + hushSecret + "@login.example" },
		"no id":                func(c *LoginConfig) { c.ClientID = "" },
		"no secret":            func(c *LoginConfig) { c.ClientSecret = secret.String{} },
		"no scopes":            func(c *LoginConfig) { c.Scopes = nil },
		"nowhere to come back": func(c *LoginConfig) { c.RedirectURL = "/login/callback" },
		"comes back in clear":  func(c *LoginConfig) { c.RedirectURL = "http://bot.example/login/callback" },
		"agent of two lines":   func(c *LoginConfig) { c.UserAgent = "a\r\nb" },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := loginConfig("https://login.example")
			spoil(&cfg)
			if _, err := NewLogin(cfg); err == nil || strings.Contains(err.Error(), "HUSH") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestALoginDoesNotPrintItsSecret(t *testing.T) {
	l := newLogin(t, loginConfig("https://login.example"))
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		for _, what := range []any{l, *l, loginConfig("https://login.example")} {
			if print := fmt.Sprintf(verb, what); strings.Contains(print, "HUSH") {
				t.Errorf("%s shows the secret", verb)
			}
		}
	}
}
