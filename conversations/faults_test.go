package conversations_test

import (
	"fmt"
	"os"
	"slices"
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

	// For what changes something on the platform: whether that has happened, and what says so.
	carried func(*rig) bool
	says    []string
}

// onBooking is the deed of pressing a card's buttons, the last of which makes the call.
func onBooking(name, op, token string, seed apisim.Seed, buttons []string, carried func(*rig) bool, says string) deed {
	return deed{
		name: name, op: op, token: token, carried: carried, says: []string{says, "I looked: it is done", "The site took it"},
		until: func(r *rig) {
			seed := seed
			if !seed.Session.IsZero() { // given as if the test began at no time
				seed.Session = monday.Add(seed.Session.Sub(time.Unix(0, 0)))
				seed.AcceptBy = seed.Session.Add(-time.Hour)
			}
			seed.Client, seed.Performer = clientID, performerID
			r.platform.AddBooking(seed)
			list := "/bookings"
			if token == performerToken {
				list = "/requests"
			}
			r.say(list)
			r.press("1")
			for _, button := range buttons[:len(buttons)-1] {
				r.press(button)
			}
		},
		do: func(r *rig) { r.press(buttons[len(buttons)-1]) },
	}
}

// inHours is a session so far from the test's beginning.
func inHours(h int) time.Time { return time.Unix(0, 0).Add(time.Duration(h) * time.Hour) }

func is(status string) func(*rig) bool {
	return func(r *rig) bool { return r.platform.Bookings(performerID)[0].Status == status }
}

func bookings(n int) func(*rig) bool {
	return func(r *rig) bool { return len(r.platform.Bookings(performerID)) == n }
}

// bookingDeeds are those that change a booking, one for each call.
func bookingDeeds() []deed {
	accepted, confirmed := apisim.StatusAccepted, apisim.StatusConfirmed
	return []deed{
		onBooking("accept", apisim.OpAcceptReceivedBooking, performerToken, apisim.Seed{},
			[]string{"Accept for 12.00 credits", "Yes, accept for 12.00 credits"}, is(accepted), "Accepted."),
		onBooking("accept for another amount", apisim.OpAcceptReceivedBooking, performerToken, apisim.Seed{},
			[]string{"Other amount", "+25 %: 15.00", "Yes, accept for 15.00 credits"}, is(accepted), "Accepted."),
		onBooking("decline", apisim.OpRejectReceivedBooking, performerToken, apisim.Seed{},
			[]string{"Decline", "No reason given.", "Yes, decline"}, is(apisim.StatusRejected), "Declined."),
		onBooking("re-invite", apisim.OpReInvite, performerToken, apisim.Seed{Session: inHours(-1)},
			[]string{"Re-invite", "I missed your request, sorry.", "Yes, re-invite"}, is(apisim.StatusRejected), "Re-invited."),
		onBooking("call off", apisim.OpCancelReceivedBooking, performerToken, apisim.Seed{Status: accepted},
			[]string{"Cancel booking", "Something came up.", "Yes, cancel it"}, is(apisim.StatusCancelled), "Cancelled."),
		onBooking("confirm", apisim.OpConfirmMadeBooking, clientToken, apisim.Seed{Status: accepted},
			[]string{"Confirm for 12.00 credits", "Yes, confirm for 12.00 credits"}, is(confirmed), "Confirmed."),
		onBooking("cancel", apisim.OpCancelMadeBooking, clientToken, apisim.Seed{Status: confirmed},
			[]string{"Cancel booking", "Something came up.", "Yes, cancel it"}, is(apisim.StatusCancelled), "Cancelled."),
		onBooking("call again", apisim.OpRescheduleMadeBooking, clientToken, apisim.Seed{Status: confirmed, Session: inHours(-1)},
			[]string{"Call again in 5-10 minutes", "Yes, ask for 12.00 credits"}, bookings(2), "Asked again:"),
		onBooking("remove", apisim.OpDeleteMadeBookings, clientToken, apisim.Seed{Status: apisim.StatusRejected, Session: inHours(1)},
			[]string{"Remove from list", "Yes, remove it"}, func(r *rig) bool {
				_, err := r.api.Booking(r.t.Context(), bearer(clientToken), apiclient.Made, 48213)
				return err != nil
			}, "Removed:"),
	}
}

func deeds() []deed {
	return append(bookingDeeds(), []deed{
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
			r.press("All 7")
			r.clock.Advance(time.Minute) // or turning the page would read nothing
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
		}, do: func(r *rig) { r.press("Yes, send") }, carried: bookings(1), says: []string{"Request sent", "our request arrived"}},
	}...)
}

// Every fault the platform can have, raised at every kind of call: what the person is told at once, and
// what once it is over. go test ./conversations -update writes the table anew.
func TestEveryFaultAtEveryKindOfCall(t *testing.T) {
	t.Parallel()
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
	if d.token != "" {
		r.link(d.token)
	}
	if d.until != nil {
		d.until(r)
	}
	r.platformOf(r.impatient())
	fault := apisim.Fault{Kind: kind.Kind, Message: "Not today."}
	switch kind.Kind {
	case apisim.FaultStatus:
		fault.Status = 503
	case apisim.FaultSlow:
		fault.Delay = time.Second // the login waits for that long
	case apisim.FaultRateLimited:
		fault.RetryAfter = 3 * time.Minute
	default:
	}
	r.platform.SetFault(d.op, fault)
	calls := r.platform.Calls(d.op)
	d.do(r)
	if got := r.platform.Calls(d.op) - calls; d.carried != nil && got != 1 {
		t.Errorf("%s, %s: %d calls were made", d.name, kind.Kind, got)
	}
	now = r.chat.last()
	r.server.CloseClientConnections() // or a request that hangs could be carried out when the fault is cleared
	r.asked.Wait()
	committed := false
	r.platform.ClearFaults()
	if d.carried != nil {
		committed = d.carried(r)
	}
	if committed && (strings.Contains(now, "Nothing was changed") || strings.Contains(now, "Nothing was done")) {
		t.Errorf("%s, %s: it was carried out, and the person is told it was not:\n%s", d.name, kind.Kind, now)
	}
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
	says := slices.ContainsFunc(d.says, func(words string) bool { return strings.Contains(later, words) })
	if d.carried != nil && (committed != says || committed != d.carried(r)) {
		t.Errorf("%s, %s: carried out: %v, and the person is left with\n%s", d.name, kind.Kind, committed, later)
	}
	if got := r.platform.Calls(d.op) - calls; d.carried != nil && got != 1 {
		t.Errorf("%s, %s: once it was over, %d calls had been made", d.name, kind.Kind, got)
	}
	return now, later
}
