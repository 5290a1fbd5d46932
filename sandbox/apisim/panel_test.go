package apisim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

func TestPanelSwitchesFaults(t *testing.T) {
	w := newWorld(t)
	press := func(a panelAction) panelState {
		t.Helper()
		status, body := w.press(a, nil)
		if status != http.StatusOK {
			t.Fatalf("%+v: got %d: %s", a, status, body)
		}
		return read[panelState](t, body)
	}
	state := press(panelAction{Action: "fault", Operation: OpMadeBookings, Kind: FaultNulls, Chance: 0.5, Times: 3})
	if len(state.Kinds) != len(FaultKinds()) || state.Kinds[0].Does == "" {
		t.Errorf("%d kinds to choose from", len(state.Kinds))
	}
	if ops := state.Operations; !slices.IsSorted(ops) || ops[0] != OpAny || len(slices.Compact(slices.Clone(ops))) != len(ops) ||
		!slices.Contains(ops, OpReInvite) {
		t.Errorf("operations to choose from: %v", ops)
	}
	for _, known := range FaultKinds() { // the panel can switch on all of them
		state = press(panelAction{Action: "fault", Operation: OpAny, Kind: known.Kind})
		want := []panelFault{{OpAny, known.Kind, 0, 0}, {OpMadeBookings, FaultNulls, 0.5, 3}}
		if diff := cmp.Diff(want, state.Faults); diff != "" {
			t.Errorf("faults (-want +got):\n%s", diff)
		}
	}
	press(panelAction{Action: "fault", Operation: OpReInvite, Kind: FaultStatus})
	if status, _ := w.post(velvet, OpReInvite, "{}"); status != http.StatusServiceUnavailable {
		t.Errorf("status: got %d", status)
	}
	press(panelAction{Action: "unfault", Operation: OpReInvite})
	state = press(panelAction{Action: "unfault", Operation: OpAny})
	if diff := cmp.Diff([]panelFault{{OpMadeBookings, FaultNulls, 0.5, 3}}, state.Faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if state = press(panelAction{Action: "up"}); state.Faults == nil || len(state.Faults) > 0 {
		t.Errorf("up again, but %v", state.Faults)
	}
}

func TestPanelChangesMembers(t *testing.T) {
	for name, tc := range map[string]struct {
		action               panelAction
		balance, terms, want string // want is the token; of velvet
	}{
		"balance":          {panelAction{Action: "balance", Credits: " 12.25 "}, "12.25", "1.2 a minute", "kept"},
		"balance of none":  {panelAction{Action: "balance", Credits: "0"}, "0", "1.2 a minute", "kept"},
		"price":            {panelAction{Action: "price", Credits: "3.10"}, "40", "3.1 a minute", "kept"},
		"price taken away": {panelAction{Action: "price"}, "40", "no price set", "kept"},
		"token revoked":    {panelAction{Action: "revoke"}, "40", "1.2 a minute", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.action.Member = velvet
			status, body := w.press(tc.action, nil)
			i := slices.IndexFunc(w.Members(), func(m Member) bool { return m.ID == velvet })
			got := read[panelState](t, body).Members[i]
			if status != http.StatusOK || got.Balance != tc.balance || !strings.HasPrefix(got.Terms, tc.terms) {
				t.Errorf("got %d: %+v", status, got)
			}
			if revoked := tc.want == ""; got.Revoked != revoked || (got.Token == "") != revoked {
				t.Errorf("token %q, revoked: %v", got.Token, got.Revoked)
			}
			if tc.want != "" {
				return
			}
			if status, _ := w.get(velvet, "/v1/account/verifyCredentials"); status != http.StatusUnauthorized {
				t.Errorf("a revoked token: got %d", status)
			}
			w.press(panelAction{Action: "restore", Member: velvet}, nil)
			if status, _ := w.get(velvet, "/v1/account/verifyCredentials"); status != http.StatusOK {
				t.Errorf("a restored token: got %d", status)
			}
		})
	}
}

func TestPanelTogglesAutomaticRejection(t *testing.T) {
	w := newWorld(t)
	id := w.AddBooking(Seed{Client: owl, Performer: velvet, Session: start.Add(2 * time.Hour), AcceptBy: start.Add(-5 * time.Minute)})
	for _, step := range []struct{ after, state, status string }{
		{"10m", "10m0s", StatusPending}, {"never", "never", StatusPending}, {"0s", "0s", StatusRejected},
	} {
		_, body := w.press(panelAction{Action: "autoreject", After: step.after}, nil)
		if got := read[panelState](t, body).AutoReject; got != step.state {
			t.Errorf("%s: state is %q", step.after, got)
		}
		if b, _ := w.Booking(id); b.Status != step.status {
			t.Errorf("%s: booking is %s", step.after, b.Status)
		}
	}
}

func TestSetAutoRejectKeepsItsOwnValue(t *testing.T) {
	w := newWorld(t)
	after := 10 * time.Minute
	w.SetAutoReject(&after)
	after = 0
	id := w.AddBooking(Seed{Client: owl, Performer: velvet, Session: start.Add(2 * time.Hour), AcceptBy: start.Add(-5 * time.Minute)})
	if b, _ := w.Booking(id); b.Status != StatusPending {
		t.Errorf("booking is %s", b.Status)
	}
}

func TestPanelRefusesNonsense(t *testing.T) {
	for name, action := range map[string]panelAction{
		"kind nobody knows":      {Action: "fault", Operation: OpAny, Kind: "gremlins"},
		"operation nobody knows": {Action: "fault", Operation: "Dance", Kind: FaultDown},
		"more than certain":      {Action: "fault", Operation: OpAny, Kind: FaultDown, Chance: 2},
		"times below zero":       {Action: "fault", Operation: OpAny, Kind: FaultDown, Times: -1},
		"balance of words":       {Action: "balance", Member: velvet, Credits: "lots"},
		"balance of nothing":     {Action: "balance", Member: velvet},
		"balance below zero":     {Action: "balance", Member: velvet, Credits: "-1"},
		"price without end":      {Action: "price", Member: velvet, Credits: "1e99999"},
		"price of nobody":        {Action: "price", Member: 1, Credits: "1"},
		"token of nobody":        {Action: "revoke", Member: 1},
		"rejection before time":  {Action: "autoreject", After: "-1m"},
		"rejection one day":      {Action: "autoreject", After: "soon"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			before := w.look("/panel/state").Body.String()
			if status, body := w.press(action, nil); status != http.StatusBadRequest || !hasMessage(body) {
				t.Errorf("got %d: %s", status, body)
			}
			if diff := cmp.Diff(before, w.look("/panel/state").Body.String()); diff != "" {
				t.Errorf("it did something (-before +after):\n%s", diff)
			}
		})
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
	if state.Now != "Tue 2 Mar 2027, 08:15:09" || state.Zone != "Europe/London" || len(state.Members) != 8 {
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
