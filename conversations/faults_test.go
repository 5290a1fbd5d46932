package conversations_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// deed is one thing a person does that calls the platform.
type deed struct {
	name  string
	op    string     // the call that goes wrong
	until func(*rig) // everything before it
	do    func(*rig)
	token string
}

func deeds() []deed {
	return []deed{
		{name: "link an account", op: apisim.OpVerifyCredentials, until: func(r *rig) {
			r.say("/start")
			r.press("Paste an access token")
		}, do: func(r *rig) { r.say(clientToken) }},
		{name: "open the account", op: apisim.OpGetCurrentCreditBalance, token: clientToken, do: func(r *rig) { r.say("/account") }},
		{name: "open a list", op: apisim.OpMadeBookings, token: clientToken, until: func(r *rig) {
			r.world([]string{"made", "7"})
		}, do: func(r *rig) { r.say("/bookings") }},
		{name: "turn a page of requests", op: apisim.OpReceivedBookings, token: performerToken, until: func(r *rig) {
			r.world([]string{"made", "7"})
			r.say("/requests")
		}, do: func(r *rig) { r.press("Next ›") }},
		{name: "open a request", op: apisim.OpReceivedBookingDetails, token: performerToken, until: func(r *rig) {
			r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
			r.say("/requests")
		}, do: func(r *rig) { r.press("1") }},
		{name: "sign in on the site", op: apisim.OpToken, until: func(r *rig) {
			r.withSignIn()
			r.say("/start")
			r.press("Sign in on the site")
		}, do: func(r *rig) { r.browser("allow", "NightOwl77") }},
		{name: "open a booking", op: apisim.OpMadeBookingDetails, token: clientToken, until: func(r *rig) {
			r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
			r.say("/bookings")
		}, do: func(r *rig) { r.press("1") }},
		{name: "name a performer in the form", op: apisim.OpGetUserBookingRequirements, token: clientToken, until: func(r *rig) {
			r.say("/book")
		}, do: func(r *rig) { r.say("771204") }},
		{name: "send the form", op: apisim.OpCreateBooking, token: clientToken, until: func(r *rig) {
			r.fillBooking()
			r.press("Send request")
		}, do: func(r *rig) { r.press("Yes, send") }},
		{name: "re-invite", op: apisim.OpReInvite, token: performerToken, until: func(r *rig) {
			r.platform.AddBooking(apisim.Seed{
				Client: clientID, Performer: performerID, Session: r.clock.Now().Add(-time.Hour), AcceptBy: r.clock.Now().Add(-2 * time.Hour),
			})
			r.say("/requests")
			r.press("1")
			r.press("Re-invite")
			r.press("I missed your request, sorry.")
		}, do: func(r *rig) { r.press("Yes, re-invite") }},
	}
}

// Every fault the platform can have, raised at every kind of call: what the person is told at once, and
// what once it is over. go test ./conversations -update writes the table anew.
func TestEveryFaultAtEveryKindOfCall(t *testing.T) {
	type cell struct {
		deed string
		kind apisim.FaultKind
	}
	var mu sync.Mutex
	heard := map[cell]string{}
	t.Run("raised", func(t *testing.T) { // most of the time is spent waiting: side by side
		for _, d := range deeds() {
			for _, kind := range apisim.FaultKinds() {
				t.Run(d.name+", "+string(kind.Kind), func(t *testing.T) {
					t.Parallel()
					now, later := raise(t, d, kind)
					told := "  " + strings.ReplaceAll(now, "\n", "\n  ") + "\n"
					if later != now {
						told += "  --- and once it is over\n  " + strings.ReplaceAll(later, "\n", "\n  ") + "\n"
					}
					mu.Lock()
					defer mu.Unlock()
					heard[cell{d.name, kind.Kind}] = told
				})
			}
		}
	})
	var table strings.Builder
	for _, d := range deeds() {
		fmt.Fprintf(&table, "## %s\n\n", d.name)
		var order []string // of what is told, with the faults after which it is
		after := map[string][]string{}
		for _, kind := range apisim.FaultKinds() {
			told := heard[cell{d.name, kind.Kind}]
			if after[told] == nil {
				order = append(order, told)
			}
			after[told] = append(after[told], string(kind.Kind))
		}
		for _, told := range order {
			fmt.Fprintf(&table, "%s:\n%s\n", strings.Join(after[told], ", "), told)
		}
	}
	const golden = "testdata/faults.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(table.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), table.String()); diff != "" {
		t.Errorf("people are told something else (-want +got):\n%s", diff)
	}
}

// raise has one deed go wrong in one way. What must hold whatever the person is told is checked here.
func raise(t *testing.T, d deed, kind apisim.KnownFault) (now, later string) {
	t.Helper()
	r := newRig(t, monday)
	impatient, err := apiclient.New(apiclient.Config{
		BaseURL: r.server.URL, Location: r.platform.Location(), Rate: 1e6, Burst: 1e6, Retries: -1, BreakAfter: -1,
		Timeout: 500 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	if d.token != "" {
		r.link(d.token)
	}
	if d.until != nil {
		d.until(r)
	}
	r.platformOf(impatient)
	fault := apisim.Fault{Kind: kind.Kind, Message: "Not today."}
	switch kind.Kind {
	case apisim.FaultStatus:
		fault.Status = 503
	case apisim.FaultSlow:
		fault.Delay = 1500 * time.Millisecond // beyond the client's patience
	case apisim.FaultRateLimited:
		fault.RetryAfter = 3 * time.Minute
	default:
	}
	r.platform.SetFault(d.op, fault)
	calls := r.platform.Calls(d.op)
	d.do(r)
	writes := d.op == apisim.OpCreateBooking || d.op == apisim.OpReInvite
	if got := r.platform.Calls(d.op) - calls; writes && got != 1 {
		t.Errorf("%s, %s: %d calls were made", d.name, kind.Kind, got)
	}
	now = r.chat.last()
	r.server.CloseClientConnections() // or a request that hangs could be carried out when the fault is cleared
	r.asked.Wait()
	committed := r.committed(d.op)
	if writes && committed && strings.Contains(now, "Nothing was changed") {
		t.Errorf("%s, %s: it was carried out, and the person is told it was not:\n%s", d.name, kind.Kind, now)
	}
	r.platform.ClearFaults()
	r.platformOf(r.api)
	for range 5 {
		r.clock.Advance(time.Minute)
		r.handle(flow.Event{Kind: flow.EventResume})
	}
	later = r.chat.last()
	for _, text := range []string{now, later} {
		if text == "" || strings.Contains(text, "incident") || strings.Contains(text, clientToken) {
			t.Errorf("%s, %s: the person is told %q", d.name, kind.Kind, text)
		}
	}
	if d.op == apisim.OpCreateBooking && committed != (strings.Contains(later, "Request sent") || strings.Contains(later, "our request arrived")) {
		t.Errorf("%s, %s: carried out: %v, and the person is left with\n%s", d.name, kind.Kind, committed, later)
	}
	if r.platform.CreatedCount() > 1 {
		t.Errorf("%s, %s: %d bookings", d.name, kind.Kind, r.platform.CreatedCount())
	}
	return now, later
}

func (r *rig) committed(op string) bool {
	for _, b := range r.platform.Bookings(performerID) {
		if op == apisim.OpCreateBooking || op == apisim.OpReInvite && b.Status == apisim.StatusRejected {
			return true
		}
	}
	return false
}
