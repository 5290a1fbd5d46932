package apisim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

const (
	harbour = int64(771318) // of the same group as velvet
	desk    = int64(880015) // who manages it

	verifyPath  = "/v1/account/verifyCredentials"
	grantsPath  = "/v1/Account/GetPermissions"
	balancePath = "/v1/CreditHistory/GetCurrentCreditBalance"
)

// bearing asks with a token of one's own choice.
func (w world) bearing(token, target string) (int, string) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Authorization", "bearer "+token)
	return w.do(r)
}

func TestScopes(t *testing.T) {
	for name, tc := range map[string]struct {
		scopes         []string
		verified       string
		balance, lists int
	}{
		"all": {
			nil, `{"UserID":771204,"Nickname":"VelvetVoice","GroupID":312,"GroupName":"North Studio","IsGroupManager":false}`, 200, 200,
		},
		"the least":    {[]string{"userid"}, `{"UserID":771204}`, 403, 403},
		"the nickname": {[]string{"userid", "nickname"}, `{"UserID":771204,"Nickname":"VelvetVoice"}`, 403, 403},
		"the group": {
			[]string{"account_information"}, `{"UserID":771204,"GroupID":312,"GroupName":"North Studio","IsGroupManager":false}`, 403, 403,
		},
		"credits, no bookings": {[]string{"account_credits_history"}, `{"UserID":771204}`, 200, 403},
		"bookings, no credits": {[]string{"account_phonechat_bookings"}, `{"UserID":771204}`, 403, 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			token, _ := w.GrantPair(velvet, tc.scopes...)
			if status, got := w.bearing(token, verifyPath); status != http.StatusOK || got != tc.verified {
				t.Errorf("got %d, %s, want %s", status, got, tc.verified)
			}
			for target, want := range map[string]struct {
				status int
				scope  string
			}{
				balancePath:                      {tc.balance, "account_credits_history"},
				"/v1/PhoneChat/ReceivedBookings": {tc.lists, "account_phonechat_bookings"},
			} {
				status, body := w.bearing(token, target)
				if status != want.status {
					t.Errorf("%s: got %d, want %d", target, status, want.status)
				}
				if status == http.StatusForbidden && !strings.Contains(read[wire.Error](t, body).Message, want.scope) {
					t.Errorf("%s: the missing scope is not named: %s", target, body)
				}
			}
		})
	}
}

func TestPermissionsAreWhatIsGranted(t *testing.T) {
	w := newWorld(t)
	token, _ := w.GrantPair(owl, "userid", "nickname")
	want := `{"Permissions":[{"Permission":"userid","Status":"granted"},{"Permission":"nickname","Status":"granted"}]}`
	if status, got := w.bearing(token, grantsPath); status != http.StatusOK || got != want {
		t.Errorf("got %d: %s", status, got)
	}
	if _, body := w.get(owl, grantsPath); len(read[wire.Permissions](t, body).Permissions) != 12 {
		t.Errorf("a seeded token carries %s", body)
	}
	w.WithdrawScopes(owl, "")
	for _, held := range []string{token, w.token(owl)} {
		if _, got := w.bearing(held, grantsPath); got != `{"Permissions":[]}` {
			t.Errorf("withdrawn: %s", got)
		}
		if status, _ := w.bearing(held, balancePath); status != http.StatusForbidden {
			t.Errorf("withdrawn: balance answers %d", status)
		}
	}
}

func TestTokensExpireByThePlatformsClock(t *testing.T) {
	for name, tc := range map[string]struct {
		life, moved time.Duration
		want        int
	}{
		"a moment before": {0, 20*time.Minute - time.Millisecond, 200},
		"on the dot":      {0, 20 * time.Minute, 401},
		"another life":    {time.Hour, 59 * time.Minute, 200},
		"its end":         {time.Hour, time.Hour, 401},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.AccessLife = tc.life })
			token, _ := w.GrantPair(owl)
			w.Clock().Advance(tc.moved)
			if got, _ := w.bearing(token, verifyPath); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
			if got, _ := w.get(owl, verifyPath); got != http.StatusOK {
				t.Errorf("the seeded token: got %d", got)
			}
		})
	}
}

func TestExpireTokens(t *testing.T) {
	w := newWorld(t)
	token, _ := w.GrantPair(owl)
	others, _ := w.GrantPair(velvet)
	w.ExpireTokens(owl)
	for held, want := range map[string]int{token: 401, others: 200, w.token(owl): 200} {
		if got, _ := w.bearing(held, verifyPath); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}

func TestProjectKeys(t *testing.T) {
	const path = "/v1/test/public"
	for name, tc := range map[string]struct {
		key, secret string // of the platform
		header      map[string]string
		query       string
		want        int
	}{
		"demo key":              {"", "", map[string]string{"X-ApiKey": DemoAPIKey}, "", 200},
		"demo key in the query": {"", "", nil, "apiKey=" + DemoAPIKey, 200},
		"query in another case": {"", "", nil, "APIKEY=" + DemoAPIKey, 200},
		"none":                  {"", "", nil, "", 401},
		"empty":                 {"", "", map[string]string{"X-ApiKey": ""}, "apiKey=", 401},
		"wrong":                 {"", "", map[string]string{"X-ApiKey": "other"}, "", 401},
		"wrong, right in query": {"", "", map[string]string{"X-ApiKey": "other"}, "apiKey=" + DemoAPIKey, 401},
		"a token instead":       {"", "", map[string]string{"Authorization": "bearer demo-client-nightowl-4b7e2f90"}, "", 401},
		"demo key, other set":   {"k", "", map[string]string{"X-ApiKey": DemoAPIKey}, "", 401},
		"secret not needed":     {"k", "", map[string]string{"X-ApiKey": "k", "X-ApiSecret": "x"}, "", 200},
		"secret missing":        {"k", "s", map[string]string{"X-ApiKey": "k"}, "", 401},
		"secret wrong":          {"k", "s", map[string]string{"X-ApiKey": "k", "X-ApiSecret": "x"}, "", 401},
		"both":                  {"k", "s", map[string]string{"X-ApiKey": "k", "X-ApiSecret": "s"}, "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.APIKey, c.APISecret = tc.key, tc.secret })
			w.routes[path] = operation{
				name: "Public", method: get, path: path, key: true,
				run: func(_ *Platform, c call) (any, error) { return c.by == nil, nil },
			}
			r := httptest.NewRequest(http.MethodGet, path+"?"+tc.query, nil)
			for name, value := range tc.header {
				r.Header.Set(name, value)
			}
			status, body := w.do(r)
			if status != tc.want || status == http.StatusOK && body != "true" {
				t.Errorf("got %d, want %d: %s", status, tc.want, body)
			}
			if status == http.StatusUnauthorized && !hasMessage(body) {
				t.Errorf("refused with %s", body)
			}
		})
	}
}

func TestGroupManagersWatchTheirMembers(t *testing.T) {
	const twins = "/v1/Groups/PhoneChat/"
	w := newWorld(t)
	w.AddBooking(Seed{ID: 7, Client: owl, Performer: velvet})
	w.AddBooking(Seed{ID: 8, Client: harbour, Performer: lark})
	for target, plain := range map[string]struct {
		as     int64
		target string
	}{
		twins + "ReceivedBookings?UserID=771204":                   {velvet, "/v1/PhoneChat/ReceivedBookings"},
		"/V1/groups/phonechat/receivedbookings?userid=771204":      {velvet, "/v1/PhoneChat/ReceivedBookings"},
		twins + "ReceivedBookingDetails?UserID=771204&BookingID=7": {velvet, "/v1/PhoneChat/ReceivedBookingDetails?BookingID=7"},
		twins + "MadeBookings?UserID=771318":                       {harbour, "/v1/PhoneChat/MadeBookings"},
		twins + "MadeBookingDetails?UserID=771318&BookingID=8":     {harbour, "/v1/PhoneChat/MadeBookingDetails?BookingID=8"},
		twins + "MadeBookings?UserID=880015":                       {desk, "/v1/PhoneChat/MadeBookings"},
	} {
		status, got := w.get(desk, target)
		_, want := w.get(plain.as, plain.target)
		if diff := cmp.Diff(want, got); status != http.StatusOK || diff != "" {
			t.Errorf("%s: got %d (-member's own +manager's):\n%s", target, status, diff)
		}
	}
	if got := w.Calls(OpReceivedBookings); got != 4 {
		t.Errorf("twins count apart from their plain operation: %d", got)
	}
	for _, action := range []string{"AcceptReceivedBooking", "CreateBooking", "DeleteMadeBookings"} {
		r := w.request(desk, http.MethodPost, twins+action, `{"UserID":771204,"BookingID":7,"Credits":1}`)
		if status, _ := w.do(r); status != http.StatusNotFound {
			t.Errorf("%s has a twin: %d", action, status)
		}
	}
}

func TestManagersAreRefused(t *testing.T) {
	const list = "/v1/Groups/PhoneChat/ReceivedBookings"
	for name, tc := range map[string]struct {
		as     int64
		query  string
		change func(world)
		want   int
	}{
		"nobody named":         {desk, "", nil, 400},
		"named by a word":      {desk, "?UserID=VelvetVoice", nil, 400},
		"zero":                 {desk, "?UserID=0", nil, 400},
		"another group's":      {desk, "?UserID=771422", nil, 403},
		"nobody there":         {desk, "?UserID=1", nil, 403},
		"an ordinary member":   {velvet, "?UserID=771318", nil, 403},
		"about oneself":        {velvet, "?UserID=771204", nil, 403},
		"outside any group":    {owl, "?UserID=660031", nil, 403},
		"manager no more":      {desk, "?UserID=771204", func(w world) { w.SetManager(desk, false) }, 403},
		"manager since today":  {harbour, "?UserID=771204", func(w world) { w.SetManager(harbour, true) }, 200},
		"member left":          {desk, "?UserID=771204", func(w world) { w.LeaveGroup(velvet) }, 403},
		"manager left":         {desk, "?UserID=771204", func(w world) { w.LeaveGroup(desk) }, 403},
		"manager moved":        {desk, "?UserID=771204", func(w world) { w.JoinGroup(desk, 9, "Elsewhere") }, 403},
		"member joined":        {desk, "?UserID=771422", func(w world) { w.JoinGroup(lark, 312, "North Studio") }, 200},
		"scope of the manager": {desk, "?UserID=771204", func(w world) { w.WithdrawScopes(desk, "") }, 403},
		"scope of the member":  {desk, "?UserID=771204", func(w world) { w.WithdrawScopes(velvet, "") }, 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if tc.change != nil {
				tc.change(w)
			}
			status, body := w.get(tc.as, list+tc.query)
			if status != tc.want {
				t.Fatalf("got %d, want %d: %s", status, tc.want, body)
			}
			if status == http.StatusBadRequest && blamed(t, body) != "request.UserID" {
				t.Errorf("blamed %s", body)
			}
		})
	}
}

// TestManagersNameTheMemberInTheBody uses operations of its own: how a twin that writes finds its member.
func TestManagersNameTheMemberInTheBody(t *testing.T) {
	for name, tc := range map[string]struct {
		method, target, body string
		want                 int
	}{
		"in the body":      {http.MethodPut, "/v1/Groups/test", `{"UserID":771204}`, 200},
		"in another case":  {http.MethodPut, "/v1/groups/TEST", `{"userId":771204}`, 200},
		"by the other way": {http.MethodPost, "/v1/Groups/test", `{"UserID":771204}`, 200},
		"in the query":     {http.MethodPut, "/v1/Groups/test?UserID=771204", `{}`, 400},
		"in quotes":        {http.MethodPut, "/v1/Groups/test", `{"UserID":"771204"}`, 400},
		"nowhere":          {http.MethodPut, "/v1/Groups/test", `{}`, 400},
		"no JSON":          {http.MethodPut, "/v1/Groups/test", `UserID=771204`, 400},
		"another group's":  {http.MethodPut, "/v1/Groups/test", `{"UserID":771422}`, 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.routes["/v1/groups/test"] = operation{
				name: "Test", method: put, also: post, grouped: true,
				run: func(_ *Platform, c call) (any, error) { return c.by.ID, nil },
			}
			status, body := w.do(w.request(desk, tc.method, tc.target, tc.body))
			if status != tc.want || status == http.StatusOK && body != fmt.Sprint(velvet) {
				t.Errorf("got %d, want %d: %s", status, tc.want, body)
			}
		})
	}
	w := newWorld(t)
	w.routes["/v1/groups/test"] = operation{name: "Test", method: put, grouped: true}
	r := w.request(desk, http.MethodPut, "/v1/Groups/test", `{"UserID":771204}`)
	r.Header.Set("Content-Type", "text/plain")
	if status, _ := w.do(r); status != http.StatusUnsupportedMediaType {
		t.Errorf("PUT of plain text: got %d", status)
	}
}

func TestGroupsHaveOneName(t *testing.T) {
	w := newWorld(t)
	w.JoinGroup(lark, 312, "Northern Studio")
	for _, id := range []int64{velvet, desk, lark} {
		if _, body := w.get(id, verifyPath); !strings.Contains(body, `"GroupName":"Northern Studio"`) {
			t.Errorf("%d: %s", id, body)
		}
	}
	if _, body := w.get(desk, verifyPath); !strings.Contains(body, `"IsGroupManager":true`) {
		t.Errorf("the manager: %s", body)
	}
	w.LeaveGroup(lark)
	if _, body := w.get(lark, verifyPath); strings.Contains(body, "GroupID") {
		t.Errorf("left: %s", body)
	}
}
