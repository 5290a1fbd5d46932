package apisim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

func TestAnyCaseOfPathsAndNames(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{
		"/v1/PhoneChat/GetUserBookingRequirements?BookUserID=771204",
		"/V1/PHONECHAT/GETUSERBOOKINGREQUIREMENTS?BOOKUSERID=771204",
		"/v1/phonechat/getuserbookingrequirements?bookuserid=771204",
	} {
		status, body := w.get(owl, target)
		want := `{"PhoneChatPPM":1.2,"Methods":[{"Method":1,"Available":true},{"Method":2,"Available":true},{"Method":3,"Available":false}]}`
		if diff := cmp.Diff(want, body); status != http.StatusOK || diff != "" {
			t.Errorf("%s: got %d (-want +got):\n%s", target, status, diff)
		}
	}
}

func TestRequirements(t *testing.T) {
	for name, tc := range map[string]struct {
		query string
		want  int
	}{
		"no price":        {"BookUserID=771530", 200},
		"no phone chat":   {"BookUserID=771645", 400},
		"DirectChat only": {"BookUserID=771750", 400},
		"the client":      {"BookUserID=660031", 400},
		"nobody":          {"BookUserID=1", 400},
		"not a number":    {"BookUserID=VelvetVoice", 400},
		"missing":         {"", 400},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := newWorld(t).get(owl, "/v1/PhoneChat/GetUserBookingRequirements?"+tc.query)
			if status != tc.want {
				t.Fatalf("got %d, want %d", status, tc.want)
			}
			if status == http.StatusOK {
				if !strings.HasPrefix(body, `{"PhoneChatPPM":null,`) {
					t.Errorf("no price is not null: %s", body)
				}
			} else if got := blamed(t, body); got != "request.BookUserID" {
				t.Errorf("blamed %q", got)
			}
		})
	}
}

func TestMember(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Members = append(c.Members, Member{
			ID: 5, Nickname: "NorthStudio", Token: "demo-manager", GroupID: 312, GroupName: "North Studio", IsGroupManager: true,
		})
	})
	for id, want := range map[int64]string{
		owl: `{"UserID":660031,"Nickname":"NightOwl77","IsGroupManager":false}`,
		5:   `{"UserID":5,"Nickname":"NorthStudio","GroupID":312,"GroupName":"North Studio","IsGroupManager":true}`,
	} {
		if _, got := w.get(id, "/v1/account/verifyCredentials"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for balance, want := range map[string]string{"112.5": "112.5", "0.0001": "0.0001", "299": "299", "1.2000": "1.2"} {
		w.SetBalance(owl, balance)
		_, body := w.get(owl, "/v1/CreditHistory/GetCurrentCreditBalance")
		if got := read[json.Number](t, body).String(); got != want && got != balance {
			t.Errorf("balance %s is written %s", balance, got)
		}
	}
}

func TestRefusedAtTheDoor(t *testing.T) {
	w := newWorld(t)
	base := func() *http.Request {
		return w.request(owl, http.MethodPost, "/v1/PhoneChat/CreateBooking", order(nil))
	}
	header := func(name, value string) *http.Request {
		r := base()
		r.Header.Set(name, value)
		return r
	}
	owlToken := w.token(owl)
	for name, tc := range map[string]struct {
		r    *http.Request
		want int
	}{
		"no header":          {header("Authorization", ""), 401},
		"unknown token":      {header("Authorization", "bearer demo-nobody"), 401},
		"empty token":        {header("Authorization", "bearer "), 401},
		"token alone":        {header("Authorization", owlToken), 401},
		"another scheme":     {header("Authorization", "basic "+owlToken), 401},
		"scheme in capitals": {header("Authorization", "BEARER "+owlToken), 200},
		"usual scheme":       {header("Authorization", "Bearer "+owlToken), 200},
		"form":               {header("Content-Type", "application/x-www-form-urlencoded"), 415},
		"no content type":    {header("Content-Type", ""), 415},
		"only XML":           {header("Accept", "application/xml"), 406},
		"XML or anything":    {header("Accept", "application/xml, */*;q=0.1"), 200},
		"anything but JSON":  {header("Accept", "*/*, application/json;q=0"), 406},
		"any application":    {header("Accept", "application/*"), 200},
		"JSON":               {header("Accept", "application/json"), 200},
		"Accept of nonsense": {header("Accept", "json please"), 406},
		"with a charset":     {header("Content-Type", "application/json; charset=utf-8"), 200},
		"GET of a POST":      {w.request(owl, http.MethodGet, "/v1/PhoneChat/CreateBooking", ""), 405},
		"POST of a GET":      {w.request(owl, http.MethodPost, "/v1/PhoneChat/MadeBookings", "{}"), 405},
		"unknown path":       {w.request(owl, http.MethodGet, "/v1/PhoneChat/Nonsense", ""), 404},
		"root":               {w.request(owl, http.MethodGet, "/", ""), 404},
		"not JSON":           {w.request(owl, http.MethodPost, "/v1/PhoneChat/CreateBooking", "BookUserID=1"), 400},
		"half JSON":          {w.request(owl, http.MethodPost, "/v1/PhoneChat/CreateBooking", `{"BookUserID":`), 400},
		"two objects":        {w.request(owl, http.MethodPost, "/v1/PhoneChat/CreateBooking", order(nil)+"{}"), 400},
		"null":               {w.request(owl, http.MethodPost, "/v1/PhoneChat/CreateBooking", "null"), 400},
		"array":              {w.request(owl, http.MethodPost, "/v1/PhoneChat/CreateBooking", "[]"), 400},
		"nothing":            {w.request(owl, http.MethodPost, "/v1/PhoneChat/CreateBooking", " "), 400},
		"too large":          {w.request(owl, http.MethodPost, "/v1/PhoneChat/CreateBooking", strings.Repeat(" ", bodyLimit+1)), 413},
	} {
		t.Run(name, func(t *testing.T) {
			before := w.CreatedCount()
			status, body := w.do(tc.r)
			if status != tc.want {
				t.Fatalf("got %d, want %d: %s", status, tc.want, body)
			}
			if status == http.StatusOK {
				return
			}
			if got := read[wire.Error](t, body); got.Message == "" || w.CreatedCount() != before {
				t.Errorf("refused with %q, %d created", got.Message, w.CreatedCount()-before)
			}
			if strings.Contains(body, owlToken) {
				t.Error("the token is in the reply")
			}
		})
	}
}

func TestTokensComeAndGo(t *testing.T) {
	w := newWorld(t)
	const second = "demo-client-second"
	r := w.request(owl, http.MethodGet, "/v1/account/verifyCredentials", "")
	r.Header.Set("Authorization", "bearer "+second)
	if status, _ := w.do(r); status != http.StatusUnauthorized {
		t.Errorf("before: got %d", status)
	}
	w.GrantToken(owl, second)
	if status, body := w.do(r); status != http.StatusOK || !strings.Contains(body, "660031") {
		t.Errorf("granted: got %d", status)
	}
	w.RevokeToken(second)
	if status, _ := w.do(r); status != http.StatusUnauthorized {
		t.Errorf("revoked: got %d", status)
	}
	if status, _ := w.get(owl, "/v1/account/verifyCredentials"); status != http.StatusOK {
		t.Errorf("the first token: got %d", status)
	}
}

func TestDateHeaderIsThePlatformsTime(t *testing.T) {
	w := newWorld(t)
	w.Clock().Set(time.Date(2027, 7, 1, 12, 0, 0, 0, british())) // 11:00 GMT
	for _, target := range []string{"/v1/account/verifyCredentials", "/nowhere"} {
		recorder := httptest.NewRecorder()
		w.Handler().ServeHTTP(recorder, w.request(owl, http.MethodGet, target, ""))
		if got, want := recorder.Header().Get("Date"), "Thu, 01 Jul 2027 11:00:00 GMT"; got != want {
			t.Errorf("%s: Date %q, want %q", target, got, want)
		}
		if got := recorder.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("%s: Content-Type %q", target, got)
		}
	}
}

func TestBeforeReply(t *testing.T) {
	var seen []string
	var created int
	var platform *Platform
	w := newWorld(t, func(c *Config) {
		c.BeforeReply = func(op string) { // acts between commit and reply
			seen = append(seen, op)
			created = platform.CreatedCount()
			if op == OpCreateBooking {
				if err := platform.Accept(48213, ""); err != nil {
					t.Error(err)
				}
			}
		}
	})
	platform = w.Platform
	body := w.mustPost(owl, OpCreateBooking, order(nil))
	if got := read[wire.MadeBooking](t, body).Status; got != StatusPending || created != 1 {
		t.Errorf("the reply says %s, the hook saw %d", got, created)
	}
	w.get(owl, "/v1/PhoneChat/MadeBookings")
	if diff := cmp.Diff([]string{OpCreateBooking, OpMadeBookings}, seen); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
	if b, _ := w.Booking(48213); b.Status != StatusAccepted {
		t.Errorf("booking is %s", b.Status)
	}
}

func TestCalls(t *testing.T) {
	w := newWorld(t)
	w.get(owl, "/v1/PhoneChat/MadeBookings")
	w.get(owl, "/v1/phonechat/madebookings")
	w.get(owl, "/v1/account/verifyCredentials")
	if a, b := w.Calls(OpMadeBookings), w.Calls(OpAny); a != 2 || b != 3 {
		t.Errorf("got %d and %d calls, want 2 and 3", a, b)
	}
}

// Looks count for who asks, not for whom, and only with a token that is good for them.
func TestLooksOf(t *testing.T) {
	w := newWorld(t)
	const list = "/v1/PhoneChat/ReceivedBookings"
	w.get(velvet, list)
	w.get(desk, "/v1/Groups/PhoneChat/ReceivedBookings?UserID=771204")
	w.get(lark, "/v1/PhoneChat/MadeBookings")
	w.RevokeToken(w.token(owl))
	w.get(owl, list)
	for member, want := range map[int64]int{velvet: 1, desk: 1, lark: 0, owl: 0} {
		if got := w.LooksOf(member); got != want {
			t.Errorf("%d has %d looks, want %d", member, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	base := start
	c := NewClock(func() time.Time { return base })
	c.Advance(time.Hour)
	if got := c.Now(); !got.Equal(start.Add(time.Hour)) {
		t.Errorf("advanced to %v", got)
	}
	moment := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c.Set(moment)
	base = base.Add(time.Second) // ticks on from there
	if got := c.Now(); !got.Equal(moment.Add(time.Second)) {
		t.Errorf("set to %v", got)
	}
	if real := NewClock(nil).Now(); time.Since(real).Abs() > time.Minute {
		t.Errorf("real time is %v", real)
	}
}

func TestPlantedNonsensePanics(t *testing.T) {
	w := newWorld(t)
	for name, plant := range map[string]func(){
		"unknown client":    func() { w.AddBooking(Seed{Client: 1, Performer: velvet}) },
		"unknown performer": func() { w.AddBooking(Seed{Client: owl, Performer: 1}) },
		"malformed credits": func() { w.AddBooking(Seed{Client: owl, Performer: velvet, Credits: "ten"}) },
		"malformed balance": func() { w.SetBalance(owl, "") },
		"malformed price":   func() { w.SetPrice(velvet, "dear") },
		"somebody's token":  func() { w.GrantToken(owl, w.token(velvet)) },
		"unknown operation": func() { w.SetFault("MakeTea", Fault{Kind: FaultDown}) },
		"unknown fault":     func() { w.SetFault(OpAny, Fault{Kind: "sulking"}) },
		"status missing":    func() { w.SetFault(OpAny, Fault{Kind: FaultStatus}) },
		"group zero":        func() { w.JoinGroup(owl, 0, "Nowhere") },
		"group of no name":  func() { w.JoinGroup(owl, 4, "") },
		"lone manager":      func() { w.SetManager(owl, true) },
		"tokens of unknown": func() { w.GrantPair(1) },
		"the same token twice": func() {
			twin := New(Config{Members: SeedMembers(), NewToken: func(string) string { return "same" }})
			twin.GrantPair(owl)
			twin.GrantPair(velvet)
		},
		"member twice": func() { New(Config{Members: []Member{{ID: 1}, {ID: 1}}}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("nothing said")
				}
			}()
			plant()
		})
	}
	if status, _ := w.get(owl, "/v1/account/verifyCredentials"); status != http.StatusOK {
		t.Errorf("afterwards the platform answers %d", status)
	}
}
