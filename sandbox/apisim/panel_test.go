package apisim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// press sends a button of the panel; change may spoil the request.
func (w world) press(action panelAction, change func(*http.Request)) (int, string) {
	w.t.Helper()
	body, err := json.Marshal(action)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/panel/act", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	recorder := httptest.NewRecorder()
	w.PanelHandler("/panel").ServeHTTP(recorder, r)
	return recorder.Code, recorder.Body.String()
}

func (w world) look(target string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	w.PanelHandler("/panel").ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, target, nil))
	return recorder
}

func TestPanelPlaysBothSides(t *testing.T) {
	const id = int64(48213)
	for name, tc := range map[string]struct {
		seed    Seed
		action  panelAction
		want    string // status of the booking afterwards
		refused bool
	}{
		"accept as offered":        {Seed{}, panelAction{Action: "accept"}, StatusAccepted, false},
		"accept for another price": {Seed{}, panelAction{Action: "accept", Credits: " 99.5 "}, StatusAccepted, false},
		"accept for nonsense":      {Seed{}, panelAction{Action: "accept", Credits: "lots"}, StatusPending, true},
		"reject":                   {Seed{}, panelAction{Action: "reject", Reason: "Not free."}, StatusRejected, false},
		"re-invite too early":      {Seed{}, panelAction{Action: "reinvite"}, StatusPending, true},
		"re-invite":                {Seed{Session: start.Add(-time.Hour)}, panelAction{Action: "reinvite"}, StatusRejected, false},
		"confirm":                  {Seed{Status: StatusAccepted}, panelAction{Action: "confirm"}, StatusConfirmed, false},
		"cancel as client":         {Seed{Status: StatusAccepted}, panelAction{Action: "cancelmade", Reason: "x"}, StatusCancelled, false},
		"cancel as performer":      {Seed{Status: StatusAccepted}, panelAction{Action: "cancelreceived", Reason: "x"}, StatusCancelled, false},
		"no such button":           {Seed{}, panelAction{Action: "explode"}, StatusPending, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.seed.Client, tc.seed.Performer = owl, velvet
			w.AddBooking(tc.seed)
			tc.action.Booking = id
			status, body := w.press(tc.action, nil)
			if refused := status == http.StatusBadRequest && hasMessage(body); refused != tc.refused || !refused && status != http.StatusOK {
				t.Errorf("got %d: %s", status, body)
			}
			got, _ := w.Booking(id)
			if got.Status != tc.want {
				t.Errorf("booking is %s, want %s", got.Status, tc.want)
			}
			if tc.action.Credits == " 99.5 " && got.Credits != "99.5" {
				t.Errorf("credits are %s", got.Credits)
			}
		})
	}
}

func TestPanelControls(t *testing.T) {
	w := newWorld(t)
	for _, minutes := range []int{15, 60, 1440} {
		before := w.Clock().Now()
		w.press(panelAction{Action: "advance", Minutes: minutes}, nil)
		if got := w.Clock().Now().Sub(before); got != time.Duration(minutes)*time.Minute {
			t.Errorf("the clock moved by %v, want %d minutes", got, minutes)
		}
	}
	if status, _ := w.press(panelAction{Action: "advance", Minutes: -5}, nil); status != http.StatusBadRequest {
		t.Errorf("back in time: got %d", status)
	}
	_, body := w.press(panelAction{Action: "html"}, nil)
	if got := read[panelState](t, body).Trouble; got != "html" {
		t.Errorf("trouble is %q", got)
	}
	if status, _ := w.get(owl, "/v1/account/verifyCredentials"); status != http.StatusForbidden {
		t.Errorf("challenge: got %d", status)
	}
	w.press(panelAction{Action: "down"}, nil)
	if got := w.Faults()[OpAny].Kind; got != FaultDown {
		t.Errorf("fault is %q", got)
	}
	w.press(panelAction{Action: "up"}, nil)
	if status, _ := w.get(owl, "/v1/account/verifyCredentials"); status != http.StatusOK {
		t.Errorf("up again: got %d", status)
	}
}

func TestPanelPlants(t *testing.T) {
	w := newWorld(t)
	status, body := w.press(panelAction{Action: "missed", Member: velvet}, nil)
	state := read[panelState](t, body)
	if status != http.StatusOK || len(state.Bookings) != 1 {
		t.Fatalf("got %d: %s", status, body)
	}
	missed := state.Bookings[0]
	if missed.CanAccept || !missed.CanReject || !missed.CanReInvite || missed.Status != StatusPending {
		t.Errorf("a missed request offers %+v", missed)
	}
	_, body = w.press(panelAction{Action: "request", Member: velvet}, nil)
	fresh := read[panelState](t, body).Bookings[0] // newest first
	if !fresh.CanAccept || fresh.CanReInvite || fresh.Client != "NightOwl77" {
		t.Errorf("a fresh request offers %+v", fresh)
	}
	for _, id := range []int64{owl, lantern, water, 1} {
		if status, _ := w.press(panelAction{Action: "missed", Member: id}, nil); status != http.StatusBadRequest {
			t.Errorf("planted for %d: got %d", id, status)
		}
	}
}

func TestPanelTakesNoStrangersForms(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"its own page":  {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, 200},
		"form":          {func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 415},
		"plain text":    {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415},
		"another site":  {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		"another host":  {func(r *http.Request) { r.Header.Set("Origin", "https://elsewhere.example") }, 403},
		"not a post":    {func(r *http.Request) { r.Method = http.MethodGet }, 405},
		"another place": {func(r *http.Request) { r.URL.Path = "/act" }, 404},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			status, _ := w.press(panelAction{Action: "advance", Minutes: 15}, tc.change)
			moved := !w.Clock().Now().Equal(start)
			if status != tc.want || moved != (tc.want == http.StatusOK) {
				t.Errorf("got %d, want %d; moved: %v", status, tc.want, moved)
			}
		})
	}
}

func TestPanelState(t *testing.T) {
	w := newWorld(t)
	w.AddBooking(Seed{Client: owl, Performer: velvet, Status: StatusConfirmed, Comments: "<script>alert(1)</script>"})
	w.RevokeToken("demo-performer-moth-6d14e8b9")
	reply := w.look("/panel/state")
	state := read[panelState](t, reply.Body.String())
	if state.Now != "Tue 2 Mar 2027, 08:15:09" || state.Zone != "Europe/London" || len(state.Members) != 7 {
		t.Errorf("state: %s, %s, %d members", state.Now, state.Zone, len(state.Members))
	}
	for _, m := range state.Members {
		if revoked := m.ID == moth; (m.Token == "") != revoked {
			t.Errorf("%s: token shown: %v", m.Nickname, m.Token != "")
		}
	}
	if strings.Contains(reply.Body.String(), "07700") || strings.Contains(reply.Body.String(), "<script>") {
		t.Error("the state shows a number, or markup as it is")
	}
}

func TestPanelPage(t *testing.T) {
	w := newWorld(t)
	reply := w.look("/panel/")
	page := reply.Body.String()
	nonce := regexp.MustCompile(`script nonce="([^"]+)"`).FindStringSubmatch(page)
	if reply.Code != http.StatusOK || nonce == nil {
		t.Fatalf("got %d", reply.Code)
	}
	policy := reply.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "'nonce-"+nonce[1]+"'") {
		t.Errorf("policy %q", policy)
	}
	if again := w.look("/panel/").Body.String(); strings.Contains(again, nonce[1]) {
		t.Error("a nonce is used twice")
	}
	for _, banned := range []string{"http://", "https://", "{{", "innerHTML", "onclick", "style=\""} {
		if strings.Contains(page, banned) {
			t.Errorf("the page holds %s", banned)
		}
	}
	if got := w.look("/panel"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/panel/" {
		t.Errorf("without the slash: %d to %q", got.Code, got.Header().Get("Location"))
	}
}
