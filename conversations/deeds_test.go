package conversations_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// asked is a rig in which the last question before a call stands on the screen.
func asked(t *testing.T, d deed) *rig {
	t.Helper()
	r := newRig(t, monday)
	r.link(d.token)
	d.until(r)
	return r
}

func TestTheSecondPressWorksOnce(t *testing.T) {
	for _, d := range bookingDeeds() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			r := asked(t, d)
			before := r.platform.Calls(d.op)
			card, yes := r.yes()
			for range 10 { // impatient fingers, and another device with the same card
				r.pressed(card, yes)
			}
			if got := r.platform.Calls(d.op) - before; got != 1 || !d.carried(r) {
				t.Errorf("%d calls, carried out: %v", got, d.carried(r))
			}
			r.clock.Advance(3 * time.Hour) // and once more, out of an old notification
			r.kill()
			r.pressed(card, yes)
			if got := r.platform.Calls(d.op) - before; got != 1 {
				t.Errorf("%d calls after hours", got)
			}
		})
	}
}

// yes finds the last question's second press.
func (r *rig) yes() (int, flow.Press) {
	r.t.Helper()
	for i := len(r.chat.messages) - 1; i >= 0; i-- {
		for _, row := range r.chat.messages[i].rows {
			for _, b := range row {
				if b.Press.Action == "yes" {
					return r.chat.messages[i].id, b.Press
				}
			}
		}
	}
	r.t.Fatalf("no question; the last message is\n%s", r.chat.last())
	return 0, flow.Press{}
}

// Two devices show the same card, and both ask: the later question counts, the earlier one is spent.
func TestTheSameQuestionOnTwoDevices(t *testing.T) {
	for _, d := range bookingDeeds() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			r := asked(t, d)
			before := r.platform.Calls(d.op)
			first, yes := r.yes()
			d2 := r.chat.messages[len(r.chat.messages)-1]
			if d2.id != first {
				t.Fatal("the question is not the last message")
			}
			// The second device still shows the card as it was before the question.
			r.handle(flow.Event{Kind: flow.EventPress, Message: first, Callback: "q", Press: flow.Press{Of: r.tag(), Action: actionOf(d), Value: sideOf(d) + "48213"}})
			r.pressed(first, yes)
			if got := r.platform.Calls(d.op) - before; got != 0 {
				t.Errorf("an old question made %d calls", got)
			}
		})
	}
}

func actionOf(d deed) string {
	return map[string]string{
		"accept": "accept", "accept for another amount": "amount", "decline": "decline", "re-invite": "reinvite", "call off": "calloff",
		"confirm": "confirm", "cancel": "cancel", "call again": "again", "remove": "remove",
	}[d.name]
}

func sideOf(d deed) string {
	if d.token == performerToken {
		return "r"
	}
	return "m"
}

// What no card has ever shown leads to no call, whatever it names.
func TestForgedButtonsDoNothing(t *testing.T) {
	for _, token := range []string{clientToken, performerToken} {
		r := newRig(t, monday)
		r.link(token)
		r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
		r.platform.AddBooking(apisim.Seed{Client: 771318, Performer: 771422, Status: apisim.StatusAccepted}) // of other people
		r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: "Mislaid"})
		before := fmt.Sprint(r.platform.Bookings(clientID), r.platform.Bookings(771318))
		for _, d := range bookingDeeds() {
			for _, value := range []string{
				"m48213", "r48213", "m48214", "r48214", "m48215", "r48215", "m99999", "r99999", "", "x1", "m", "m-1", "r0", "m48213:zz", "r48213:r1n:r1n",
				"m9223372036854775808",
			} {
				press := flow.Press{Of: r.tag(), Action: actionOf(d), Value: value}
				r.handle(flow.Event{Kind: flow.EventPress, Callback: "q", Press: press})
				if r.chat.last() == "" || strings.Contains(r.chat.last(), "incident") {
					t.Fatalf("%v: the person is told %q", press, r.chat.last())
				}
			}
			for _, forged := range []flow.Press{
				{Of: r.tag(), Action: "yes"},
				{Of: strings.Repeat("0", 12), Action: "yes", Rev: 2},
				{Of: strings.Repeat("0", 16), Action: actionOf(d), Value: sideOf(d) + "48213"},
			} {
				r.handle(flow.Event{Kind: flow.EventPress, Callback: "q", Press: forged})
			}
		}
		if after := fmt.Sprint(r.platform.Bookings(clientID), r.platform.Bookings(771318)); after != before {
			t.Errorf("something was done:\n%s\n%s", before, after)
		}
	}
}

// A half-filled booking is not lost when a request wants an answer, nor when that is left unanswered.
func TestAFormIsSetAsideForAnother(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.say("/book")
	r.say("771422")
	r.say("tomorrow 21:00")
	r.wantSaid("How long?")
	booking := r.chat.messages[len(r.chat.messages)-1].id
	r.world([]string{"request"})
	r.say("/requests")
	r.press("1")
	r.press("Accept for 12.00 credits")
	r.wantSaid("Accept request #48213")
	r.kill()
	card, yes := r.yes()
	r.say("30") // a question without a step takes no text: this is the call's length
	r.wantSaid("How shall the call be made?")
	r.pressed(card, yes) // the question still stands
	r.wantSaid("Accepted.")
	r.press("Continue the form")
	r.wantSaid("How shall the call be made?")
	if r.chat.message(booking).rows != nil {
		t.Error("the card that was replaced keeps its buttons")
	}
	r.say("/cancel")
	r.press("Discard")
	r.wantSaid("Form closed")
	r.say("/start")
	if strings.Contains(r.chat.last(), "A form is open") {
		t.Error("a form is left")
	}
}

// requests plants some that are a day apart, so that none is at the time of another.
func (r *rig) requests(n int) {
	for i := range n {
		r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Session: monday.AddDate(0, 0, i+1)})
	}
}

// While two outcomes are unknown each is looked up by itself, and a third thing can be done.
func TestSeveralOutcomesAreLookedUpAtOnce(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.requests(3)
	accept := func(id int64) {
		r.handle(flow.Event{Kind: flow.EventPress, Callback: "q", Press: flow.Press{Of: r.tag(), Action: "accept", Value: fmt.Sprint("r", id)}})
		card, yes := r.yes()
		r.pressed(card, yes)
	}
	r.platform.SetFault(apisim.OpAcceptReceivedBooking, apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 2})
	accept(48213)
	r.wantSaid("did not say whether this arrived")
	accept(48214)
	r.wantSaid("did not say whether this arrived")
	accept(48215)
	r.wantSaid("Accepted.")
	r.kill()
	for range 3 {
		r.clock.Advance(time.Minute)
		r.settle()
	}
	said := ""
	for _, m := range r.chat.messages {
		said += m.text
	}
	for _, id := range []string{"48213", "48214"} {
		if strings.Count(said, "I looked: it is done.\nRequest #"+id) != 1 {
			t.Errorf("what became of #%s was not told once:\n%s", id, said)
		}
	}
	if n := r.sends(); n != 0 {
		t.Errorf("%d claims are left", n)
	}
	if got := r.platform.Calls(apisim.OpAcceptReceivedBooking); got != 3 {
		t.Errorf("%d calls", got)
	}
}

// Much that nobody can find out makes no more of it.
func TestNotTooMuchIsBegunWhileNobodyAnswers(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.requests(8)
	r.platform.SetFault(apisim.OpAcceptReceivedBooking, apisim.Fault{Kind: apisim.FaultResetAfterCommit})
	for id := range 8 {
		r.handle(flow.Event{Kind: flow.EventPress, Callback: "q", Press: flow.Press{Of: r.tag(), Action: "accept", Value: fmt.Sprint("r", 48213+id)}})
		if strings.Contains(r.chat.last(), "still being looked up") {
			if id != 6 {
				t.Errorf("%d are under way", id)
			}
			return
		}
		card, yes := r.yes()
		r.pressed(card, yes)
	}
	t.Error("there is no end to it")
}

// dearer is a platform on which the amount of a booking changes between two looks.
type dearer struct {
	conversations.Platform
	looks int
}

func (d *dearer) Booking(ctx context.Context, as apiclient.Caller, side apiclient.Side, id apiclient.BookingID) (apiclient.Booking, error) {
	b, err := d.Platform.Booking(ctx, as, side, id)
	if d.looks++; d.looks > 1 && b.Status == apiclient.StatusAccepted {
		b.Credits = apiclient.WholeCredits(99)
	}
	return b, err
}

func TestNothingIsConfirmedForAnotherAmountThanTheQuestionNamed(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusAccepted})
	r.platformOf(&dearer{Platform: r.api})
	r.handle(flow.Event{Kind: flow.EventPress, Callback: "q", Press: flow.Press{Of: r.tag(), Action: "confirm", Value: "m48213"}})
	r.wantSaid("for 12.00 credits?")
	card, yes := r.yes()
	r.pressed(card, yes)
	r.wantSaid("it was 12.00 credits, and is 99.00 now")
	r.wantSaid("for 99.00 credits?")
	if got := r.platform.Calls(apisim.OpConfirmMadeBooking); got != 0 {
		t.Errorf("%d calls", got)
	}
}

// killed is a process that ends in the middle of a call.
type killed struct{ conversations.Platform }

func (killed) Accept(context.Context, apiclient.Caller, apiclient.BookingID, apiclient.Credits) (apiclient.Booking, error) {
	panic("killed")
}

func TestACallThatNeverLeftIsFoundOut(t *testing.T) {
	r := asked(t, bookingDeeds()[0])
	r.platformOf(killed{r.api})
	card, yes := r.yes()
	if err := r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "q"}); err == nil {
		t.Fatal("no error")
	}
	r.kill()
	r.wantSaid("did not say whether this arrived")
	r.clock.Advance(2 * time.Minute)
	r.settle()
	r.wantSaid("nothing was done")
	card, yes = r.yes()
	r.pressed(card, yes)
	r.wantSaid("Accepted.")
}

// A second Call again, out of an old card, makes no second call at the same time.
func TestCallAgainMakesOneCall(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusConfirmed, Session: monday.Add(-time.Hour)})
	for i, want := range []string{"Asked again:", "You have booking #48214"} {
		r.handle(flow.Event{Kind: flow.EventPress, Callback: "q", Press: flow.Press{Of: r.tag(), Action: "again", Value: "m48213"}})
		card, yes := r.yes()
		r.pressed(card, yes)
		r.wantSaid(want)
		if got := len(r.platform.Bookings(clientID)); got != 2 {
			t.Errorf("after %d times there are %d bookings", i+1, got)
		}
	}
}
