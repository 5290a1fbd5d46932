package apiclient

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func TestNewChecksTheAddress(t *testing.T) {
	for in, ok := range map[string]bool{
		"https://api-sandbox.adultwork.com":  true,
		"https://api.example.com/base/":      true,
		"http://localhost:8080":              true,
		"http://127.0.0.1:8080":              true,
		"http://127.8.9.1":                   true,
		"http://[::1]:8080":                  true,
		"http://api.adultwork.com":           false,
		"http://localhost.example.com":       false,
		"http://192.168.1.4":                 false,
		"ftp://localhost":                    false,
		"localhost:8080":                     false,
		"https://":                           false,
		"https://:443":                       false,
		"":                                   false,
		"://":                                false,
		"https://me:hunter2@example.com":     false,
		"https://example.com?apiKey=hunter2": false,
		"https://example.com/#hunter2":       false,
		"https://exa mple.com/hunter2":       false,
	} {
		_, err := New(Config{BaseURL: in, Location: time.UTC})
		if (err == nil) != ok {
			t.Errorf("%q: %v", in, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error tells the secret", in)
		}
	}
	_, err := New(Config{BaseURL: "http://api.example.com", Location: time.UTC})
	if err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("plain http: %v", err)
	}
}

func TestNewChecksTheRest(t *testing.T) {
	if _, err := New(Config{BaseURL: "https://example.com"}); err == nil {
		t.Error("no zone was fine")
	}
	if _, err := New(Config{BaseURL: "https://example.com", Location: time.UTC, UserAgent: "a\r\nb"}); err == nil {
		t.Error("a user agent of two lines was fine")
	}
}

func TestDefaults(t *testing.T) {
	got := Config{}.withDefaults()
	if got.Timeout != 15*time.Second || got.Rate != 1 || got.Burst != 5 || got.Retries != 2 || got.UserAgent == "" || got.Transport == nil {
		t.Errorf("%+v", got)
	}
	set := Config{Transport: http.DefaultTransport, Timeout: time.Second, Rate: rate.Inf, Burst: 1, UserAgent: "x", Retries: -1}
	if got := set.withDefaults(); got != set {
		t.Errorf("%+v", got)
	}
}

func TestBasePathAndNoRedirects(t *testing.T) {
	c, p := connect(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/trap")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	c.base.Path = "/base"
	_, err := c.Balance(t.Context(), token)
	check(t, "redirect", err, ErrUnavailable, http.StatusTemporaryRedirect)
	if p.count() != 1 || p.requests[0].URL.Path != "/base/v1/CreditHistory/GetCurrentCreditBalance" {
		t.Errorf("%d requests, first to %s", p.count(), p.requests[0].URL.Path)
	}
}

func TestAccount(t *testing.T) {
	c, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
		body := map[string]string{
			"/v1/account/verifyCredentials":             `{"UserID":660031,"Nickname":"Nel"}`,
			"/v1/CreditHistory/GetCurrentCreditBalance": `299.5`,
			"/v1/PhoneChat/GetUserBookingRequirements":  `{"PhoneChatPPM":1.2,"Methods":[{"Method":` + r.URL.Query().Get("BookUserID") + `,"Available":true}]}`,
		}[r.URL.Path]
		says(200, asJSON, body)(w, r)
	})
	if m, err := c.VerifyCredentials(t.Context(), token); err != nil || m != (Member{ID: 660031, Nickname: "Nel"}) {
		t.Errorf("%+v, %v", m, err)
	}
	if b, err := c.Balance(t.Context(), token); err != nil || b.Exact() != "299.5" {
		t.Errorf("%s, %v", b, err)
	}
	if r, err := c.Requirements(t.Context(), token, 2); err != nil || len(r.Methods) != 1 || r.Methods[0] != MethodClientRings {
		t.Errorf("%+v, %v", r, err)
	}
}
