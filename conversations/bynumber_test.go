package conversations_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
)

// withoutReceived is a platform that has only what is documented.
func (r *rig) withoutReceived() {
	for _, op := range []string{apisim.OpReceivedBookings, apisim.OpReceivedBookingDetails} {
		r.platform.SetFault(op, apisim.Fault{Kind: apisim.FaultNotFound})
	}
}

// blindly leads up to the last question about a request that cannot be shown.
func (r *rig) blindly(id int64, answers ...string) {
	r.t.Helper()
	r.say("/requests")
	r.press("Answer by booking number")
	r.say(fmt.Sprint(id))
	r.wantSaid("I can't show you request")
	for _, answer := range answers {
		r.say(answer)
	}
	r.wantSaid("I can't show you this booking")
}

// answers are the three ways to answer blindly.
var answers = []struct {
	name    string
	op      string
	answers []string
	yes     string // {id}
	missed  bool   // the request's time has passed
	done    string
	status  string
}{
	{"accept", apisim.OpAcceptReceivedBooking, []string{"accept", "12"}, "Yes, accept #{id} for 12.00 credits", false, "Accepted.", apisim.StatusAccepted},
	{"accept for another amount", apisim.OpAcceptReceivedBooking, []string{"accept", "13.50"}, "Yes, accept #{id} for 13.50 credits", false, "Accepted.", apisim.StatusAccepted},
	{"decline", apisim.OpRejectReceivedBooking, []string{"decline", "I am away."}, "Yes, decline #{id}", false, "Declined.", apisim.StatusRejected},
	{"re-invite", apisim.OpReInvite, []string{"re-invite", ""}, "Yes, re-invite for #{id}", true, "Re-invited.", apisim.StatusRejected},
}

func (r *rig) plantRequest(missed bool) int64 {
	if missed {
		return r.platform.AddBooking(apisim.Seed{
			Client: clientID, Performer: performerID, Session: r.clock.Now().Add(-time.Hour), AcceptBy: r.clock.Now().Add(-2 * time.Hour),
		})
	}
	return r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
}

func withID(label string, id int64) string { return strings.ReplaceAll(label, "{id}", fmt.Sprint(id)) }

func (r *rig) wantStatus(id int64, status string) {
	r.t.Helper()
	if b, _ := r.platform.Booking(id); b.Status != status {
		r.t.Errorf("the booking is %s, want %s", b.Status, status)
	}
}

// The reply is lost: one call, and then only looking. What can be read is told, and what cannot is told as such.
func TestAnAnswerByNumberIsSettled(t *testing.T) {
	for _, a := range answers {
		for name, tc := range map[string]struct {
			fault    apisim.FaultKind
			readable bool // the details can be read afterwards
			restart  bool
			done     bool
			want     string
		}{
			"done, and never to be read":     {apisim.FaultResetAfterCommit, false, false, true, "may or may not have been carried out"},
			"not done, and never to be read": {apisim.FaultReset, false, false, false, "may or may not have been carried out"},
			"killed meanwhile":               {apisim.FaultResetAfterCommit, false, true, true, "may or may not have been carried out"},
			"done, and to be read":           {apisim.FaultResetAfterCommit, true, false, true, "it is done."},
			"not done, and to be read":       {apisim.FaultReset, true, false, false, "nothing was done, the booking is as it was"},
			"a reply without a word":         {apisim.FaultEmptyBody, false, false, true, "may or may not have been carried out"},
		} {
			t.Run(a.name+", "+name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, monday)
				r.link(performerToken)
				id := r.plantRequest(a.missed)
				r.withoutReceived()
				r.blindly(id, a.answers...)
				message, yes, _ := r.chat.find(withID(a.yes, id))
				r.platform.SetFault(a.op, apisim.Fault{Kind: tc.fault})
				r.press(withID(a.yes, id))
				r.wantSaid("nothing is sent again")
				r.pressed(message, yes) // once more, as a new update
				r.say("/requests")
				r.press("Answer by booking number")
				r.wantSaid("nothing is sent again")
				if tc.restart {
					r.restart()
				}
				if tc.readable {
					r.platform.ClearFaults()
				}
				for range 60 { // three minutes, for looking becomes rarer
					r.clock.Advance(3 * time.Second)
					r.settle()
				}
				r.wantSaid(tc.want)
				if calls := r.platform.Calls(a.op); calls != 1 {
					t.Errorf("%d calls were made", calls)
				}
				if status := a.status; tc.done {
					r.wantStatus(id, status)
				} else {
					r.wantStatus(id, apisim.StatusPending)
				}
				r.platform.ClearFaults()
				if tc.readable && !tc.done { // it is asked again, and nothing goes by itself
					return
				}
				r.say("/cancel")
				r.wantSaid("There is nothing to cancel")
			})
		}
	}
}

// Every fault at the call itself, by a platform whose details are missing before and can be read after it.
func TestEveryFaultAtAnAnswerByNumber(t *testing.T) {
	for _, a := range answers {
		for _, kind := range apisim.FaultKinds() {
			t.Run(a.name+", "+string(kind.Kind), func(t *testing.T) {
				t.Parallel()
				var id int64
				raise(t, deed{
					name: a.name, op: a.op, token: performerToken,
					until: func(r *rig) {
						id = r.plantRequest(a.missed)
						r.withoutReceived()
						r.blindly(id, a.answers...)
					},
					do:      func(r *rig) { r.press(withID(a.yes, id)) },
					carried: is(a.status),
					says:    []string{a.done, "I looked: it is done", "The site took it"},
				}, kind)
			})
		}
	}
}

// What the site refuses was not done, and can be put right.
func TestARefusedAnswerByNumber(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.plantRequest(false)
	r.withoutReceived()
	r.blindly(id, "re-invite", "Sorry.") // too early: the call is ahead
	r.press(withID("Yes, re-invite for #{id}", id))
	r.wantSaid("Nothing was changed")
	r.wantStatus(id, apisim.StatusPending)
	r.press("Go back")
	r.press("Back")
	r.press("Accept")
	r.say("12")
	r.press(withID("Yes, accept #{id} for 12.00 credits", id))
	r.wantSaid("Accepted.")
	r.wantStatus(id, apisim.StatusAccepted)
}

// What came into sight is shown before anything is sent: the yes was to a booking that nobody had seen.
func TestARequestThatComesIntoSight(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.plantRequest(false)
	r.withoutReceived()
	r.blindly(id, "decline", "I am away.")
	r.platform.ClearFaults()
	r.press(withID("Yes, decline #{id}", id))
	r.wantSaid("so nothing was sent")
	r.wantStatus(id, apisim.StatusPending)
	if calls := r.platform.Calls(apisim.OpRejectReceivedBooking); calls != 0 {
		t.Errorf("%d calls were made", calls)
	}
	r.press("Decline")
	r.wantSaid("Why do you decline?")
}

// A platform that is down is not one without details: the number stays, and is tried again.
func TestANumberThatCannotBeLookedUp(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.plantRequest(false)
	r.withoutReceived()
	r.say("/requests")
	r.press("Answer by booking number")
	r.platform.SetFault(apisim.OpReceivedBookingDetails, apisim.Fault{Kind: apisim.FaultError})
	r.say(fmt.Sprint(id))
	r.wantSaid("The site is not answering")
	r.platform.ClearFaults()
	r.press("Try again")
	r.wantSaid(fmt.Sprintf("Request #%d from", id))
	r.say("/cancel")
	r.wantSaid("There is nothing to cancel")
}

// Asked for again, the form begins anew; a press of its old card acts on nothing.
func TestTheFormByNumberBeginsAnew(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.plantRequest(false)
	r.withoutReceived()
	r.blindly(id, "decline", "I am away.")
	message, yes, _ := r.chat.find(withID("Yes, decline #{id}", id))
	r.say("/requests")
	r.press("Answer by booking number")
	r.wantSaid("Which request?")
	r.pressed(message, yes)
	r.wantSaid("Which request?")
	r.wantStatus(id, apisim.StatusPending)
	if calls := r.platform.Calls(apisim.OpRejectReceivedBooking); calls != 0 {
		t.Errorf("%d calls were made", calls)
	}
}

// A booking form stays aside, and comes back when the answer is given.
func TestAFormWaitsForAnAnswerByNumber(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.plantRequest(false)
	r.say("/book")
	r.say("771318")
	r.withoutReceived()
	r.blindly(id, "decline", "I am away.")
	r.press(withID("Yes, decline #{id}", id))
	r.wantSaid("Declined.")
	r.press("Continue the form")
	r.wantSaid("Which day?")
}
