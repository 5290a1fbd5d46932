package apiclient

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"

	"phonechatbot/apiclient/wire"
	"phonechatbot/internal/secret"
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
	for name, cfg := range map[string]Config{
		"a key of two lines":    {Key: secret.New("a\r\nhunter2")},
		"a secret of two lines": {Key: secret.New("a"), KeySecret: secret.New("a\r\nhunter2")},
		"a secret and no key":   {KeySecret: secret.New("hunter2")},
		"a token with no key":   {KeyWithToken: true},
	} {
		cfg.BaseURL, cfg.Location = "https://example.com", time.UTC
		if _, err := New(cfg); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDefaults(t *testing.T) {
	got := Config{}.withDefaults()
	if got.Timeout != 15*time.Second || got.Rate != 1 || got.Burst != 5 || got.Retries != 2 || got.UserAgent == "" || got.Transport == nil ||
		got.BreakAfter != 5 || got.BreakFor != 15*time.Second {
		t.Errorf("%+v", got)
	}
	set := Config{
		Transport: http.DefaultTransport, Timeout: time.Second, Rate: rate.Inf, Burst: 1, UserAgent: "x", Retries: -1,
		BreakAfter: -1, BreakFor: time.Second,
	}
	if got := set.withDefaults(); !reflect.DeepEqual(got, set) {
		t.Errorf("%+v", got)
	}
}

func TestBasePathAndNoRedirects(t *testing.T) {
	c, p := connect(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/trap")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	c.base.Path = "/base"
	_, err := c.Balance(t.Context(), caller)
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
	if m, err := c.VerifyCredentials(t.Context(), caller); err != nil || m != (Member{ID: 660031, Nickname: "Nel"}) {
		t.Errorf("%+v, %v", m, err)
	}
	if b, err := c.Balance(t.Context(), caller); err != nil || b.Exact() != "299.5" {
		t.Errorf("%s, %v", b, err)
	}
	if r, err := c.Requirements(t.Context(), caller, 2); err != nil || len(r.Methods) != 1 || r.Methods[0] != MethodClientRings {
		t.Errorf("%+v, %v", r, err)
	}
}

// A manager's call goes to the twin and names the member, whatever the call itself names.
func TestActFor(t *testing.T) {
	fits := wire.Services{OtherServices: new("1")}
	for name, tc := range map[string]struct {
		q     request
		as    Caller
		path  string // "": refused
		query string
		body  any
	}{
		"one's own":              {request{route: routeSettings, query: url.Values{"A": {"1"}}}, Caller{}, routeSettings.path, "A=1", nil},
		"a member's":             {request{route: routeSettings, query: url.Values{"A": {"1"}}}, Caller{For: 7}, routeSettings.twin, "A=1&UserID=7", nil},
		"nothing asked besides":  {request{route: routeSettings}, Caller{For: 7}, routeSettings.twin, "UserID=7", nil},
		"another member asked":   {request{route: routeSettings, query: url.Values{"UserID": {"9"}}}, Caller{For: 7}, routeSettings.twin, "UserID=7", nil},
		"no member has that ID":  {request{route: routeSettings}, Caller{For: -1}, "", "", nil},
		"no twin":                {request{route: routeBalance}, Caller{For: 7}, "", "", nil},
		"a body":                 {request{route: routeUpdateServices, body: fits}, Caller{For: 7}, routeUpdateServices.twin, "", wire.Services{UserID: 7, OtherServices: new("1")}},
		"a body of another's":    {request{route: routeUpdateServices, body: wire.Services{UserID: 9}}, Caller{For: 7}, routeUpdateServices.twin, "", wire.Services{UserID: 7}},
		"a body with no place":   {request{route: routeUpdateServices, body: wire.Reason{}}, Caller{For: 7}, "", "", nil},
		"no body where one must": {request{route: routeUpdateServices}, Caller{For: 7}, "", "", nil},
	} {
		got, err := tc.q.actFor(tc.as)
		if tc.path == "" {
			if !errors.Is(err, errNoTwin) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || got.path != tc.path || got.query.Encode() != tc.query {
			t.Errorf("%s: %s %v, %v", name, got.path, got.query, err)
		}
		if diff := cmp.Diff(tc.body, got.body); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if asked := tc.q.query.Get("UserID"); asked == "7" {
			t.Errorf("%s: the caller's query was changed", name)
		}
	}
}

// A list is what nothing of an ID is asked for.
func TestLists(t *testing.T) {
	for name, tc := range map[string]struct {
		q    request
		want bool
	}{
		"everything":    {request{route: routeReceived}, true},
		"a page":        {request{route: routeReceived, query: url.Values{"PageNumber": {"2"}, "BookingsPerPage": {"9"}}}, true},
		"one booking":   {request{route: routeReceivedDetails, query: url.Values{"BookingID": {"7"}}}, false},
		"one hot list":  {request{route: routeHotList, query: url.Values{"ListID": {"7"}}}, false},
		"of one member": {request{route: routeReceived, query: url.Values{"UserID": {"7"}}}, false},
		"a write":       {request{route: routeReject}, false},
	} {
		if got := tc.q.lists(); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
