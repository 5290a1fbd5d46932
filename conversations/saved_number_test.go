package conversations_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

const (
	useIt    = "Use the number ending 0123"
	forgetIt = "Forget this number"
)

// dayAfterTheCall is when the number of rig.sent goes: its call is on Tuesday from 21:30 to 22:00.
var dayAfterTheCall = time.Date(2027, 2, 17, 22, 0, 0, 0, time.UTC)

// sent is a request that was sent with a number to ring.
func (r *rig) sent() {
	r.t.Helper()
	r.fillBooking()
	r.press("Send request")
	r.press("Yes, send")
	r.wantSaid("Request sent")
}

// sentAt sends a request with a number for a call of 30 minutes.
func (r *rig) sentAt(when, number string) {
	r.t.Helper()
	r.say("/book")
	for _, answer := range []string{"771204", when, "30", "1", number, "36", "in 1 hour", ""} {
		if answer == "" {
			r.press("No comment")
			continue
		}
		r.say(answer)
	}
	r.press("Send request")
	r.press("Yes, send")
	r.wantSaid("Request sent")
}

// atNumber is a booking form that asks for the number.
func (r *rig) atNumber() {
	r.t.Helper()
	r.say("/book")
	for _, answer := range bookingAnswers[:4] {
		r.say(answer)
	}
	r.wantSaid("Which number shall they ring")
}

func (r *rig) offersNumber() bool {
	r.t.Helper()
	for i := len(r.chat.messages) - 1; i >= 0; i-- {
		if m := r.chat.messages[i]; !m.gone {
			for _, row := range m.rows {
				if labelOf(row[0]) == useIt {
					return true
				}
			}
			return false
		}
	}
	return false
}

func (r *rig) wantNumber(want store.SavedNumber) {
	r.t.Helper()
	if diff := cmp.Diff(want, r.account().Number); diff != "" {
		r.t.Errorf("kept (-want +got):\n%s", diff)
	}
}

// copies counts the forms and drafts that hold a number as a fact.
func (r *rig) copies() (n int) {
	chat := r.storedChat()
	sessions := []flow.Session{}
	if chat.Session != nil {
		sessions = append(sessions, *chat.Session)
	}
	for _, f := range chat.Parked {
		sessions = append(sessions, f.Session)
	}
	for _, d := range chat.Drafts {
		sessions = append(sessions, d.Session)
	}
	for _, s := range sessions {
		if strings.Contains(string(s.Facts["saved"].Data), "07700") {
			n++
		}
	}
	return n
}

func TestTheNumberIsOfferedForTheNextRequest(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.atNumber()
	if r.offersNumber() {
		t.Error("a number is offered before any was given")
	}
	r.say("saved")
	r.wantSaid("No number is kept here")
	r.say("/cancel")
	r.press("Discard")
	r.sent()
	r.wantNumber(store.SavedNumber{National: "07700900123", Until: dayAfterTheCall})
	r.restart()
	r.atNumber()
	r.press(useIt)
	r.wantSaid("How many credits")
	if got := r.session().Answers["phone"]; got != "07700900123" {
		t.Errorf("the answer is %q", got)
	}
}

func TestWhatIsKeptOfSeveralCalls(t *testing.T) {
	day := func(d, h int) time.Time { return time.Date(2027, 2, d, h, 30, 0, 0, time.UTC) }
	for name, tc := range map[string]struct {
		calls [][2]string
		want  store.SavedNumber
	}{
		"the later one second": {
			[][2]string{{"tomorrow 20:00", "07700 900123"}, {"2027-02-18 20:00", "07700 900123"}},
			store.SavedNumber{National: "07700900123", Until: day(19, 20)},
		},
		"the later one first": {
			[][2]string{{"2027-02-18 20:00", "07700 900123"}, {"tomorrow 20:00", "+44 7700 900123"}},
			store.SavedNumber{National: "07700900123", Until: day(19, 20)},
		},
		"another number, for an earlier call": {
			[][2]string{{"2027-02-18 20:00", "07700 900123"}, {"tomorrow 20:00", "07700 900456"}},
			store.SavedNumber{National: "07700900456", Until: day(17, 20)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			for _, call := range tc.calls {
				r.sentAt(call[0], call[1])
			}
			r.wantNumber(tc.want)
		})
	}
}

func TestWhatKeepsNoNumber(t *testing.T) {
	for name, play := range map[string]func(*rig){
		"a request by another method": func(r *rig) {
			r.fillBooking()
			r.press("Edit: call")
			r.press("You ring them")
			r.press("Send request")
			r.press("Yes, send")
			r.wantSaid("Request sent")
		},
		"a request that was refused": func(r *rig) {
			r.fillBooking()
			r.press("Send request")
			r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 400, Times: 1})
			r.press("Yes, send")
			r.wantSaid("Nothing has been sent yet")
		},
		"a request that was never sent": func(r *rig) {
			r.fillBooking()
			r.press("Save draft")
		},
		"a request that did not arrive": func(r *rig) {
			r.fillBooking()
			r.press("Send request")
			r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
			r.press("Yes, send")
			r.later(2 * time.Minute)
			r.wantSaid("your request did not arrive")
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			play(r)
			r.wantNumber(store.SavedNumber{})
		})
	}
}

// The reply is lost, and the request found: its number is kept as if the reply had come.
func TestTheNumberOfARequestThatWasFound(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.unsure(apisim.FaultResetAfterCommit)
	r.wantNumber(store.SavedNumber{})
	r.platform.ClearFaults()
	r.later(5 * time.Second)
	r.wantSaid("your request arrived")
	r.wantNumber(store.SavedNumber{National: "07700900123", Until: dayAfterTheCall})
}

// A day after the call the number is deleted: from the account, from the form that shows its key, from drafts; by
// the program that runs, or by the next one that starts.
func TestTheNumberGoesADayAfterTheCall(t *testing.T) {
	for name, look := range map[string]func(*rig){
		"while it runs": func(r *rig) { r.settle() },
		"at the start":  func(r *rig) { r.restart() },
		"after a start before": func(r *rig) {
			r.clock.Advance(-time.Second)
			r.restart()
			r.wantNumber(store.SavedNumber{National: "07700900123", Until: dayAfterTheCall})
			r.later(time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.sent()
			r.clock.Advance(dayAfterTheCall.Add(-time.Hour).Sub(r.clock.Now()))
			r.settle()
			r.atNumber()
			r.say("/cancel")
			r.press("Save draft")
			r.say("/book 771204")
			for _, answer := range bookingAnswers[1:4] {
				r.say(answer)
			}
			if n := r.copies(); n != 2 || !r.offersNumber() {
				t.Fatalf("%d forms know it", n)
			}
			card, key, _ := r.chat.find(useIt)
			r.clock.Advance(time.Hour)
			look(r)
			r.wantNumber(store.SavedNumber{})
			if n := r.copies(); n != 0 {
				t.Errorf("%d forms still hold it", n)
			}
			r.pressed(card, key)
			r.wantSaid("No number is kept here")
			if r.offersNumber() {
				t.Error("it is still offered")
			}
			r.clock.Advance(time.Minute)
			for range r.desk.Unsettled() {
				r.settle()
			}
		})
	}
}

// At that very moment, before anything has been deleted, it is not offered any more, nor taken.
func TestTheNumberIsNotOfferedAfterItsTime(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.sent()
	r.clock.Advance(dayAfterTheCall.Add(-time.Second).Sub(r.clock.Now()))
	r.atNumber()
	if !r.offersNumber() {
		t.Fatal("it is not offered")
	}
	r.clock.Advance(time.Second)
	r.say("saved")
	r.wantSaid("No number is kept here")
	if r.offersNumber() {
		t.Error("it is still offered")
	}
	r.say("/cancel")
	r.press("Discard")
	r.atNumber() // looked up anew
	if r.offersNumber() {
		t.Error("it is offered to a new form")
	}
	r.settle()
	r.wantNumber(store.SavedNumber{})
}

func TestForgetThisNumber(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.sent()
	r.atNumber()
	old, press, _ := r.chat.find(forgetIt)
	r.say("/cancel")
	r.press("Keep going")
	r.pressed(old, press) // of a card that is out of date
	r.wantNumber(store.SavedNumber{National: "07700900123", Until: dayAfterTheCall})
	r.wantSaid("Which number shall they ring")
	card, use, _ := r.chat.find(useIt)
	r.press(forgetIt)
	r.wantSaid("The number that was kept has been deleted here.")
	r.wantSaid("Which number shall they ring")
	r.wantNumber(store.SavedNumber{})
	if r.offersNumber() || r.copies() != 0 {
		t.Error("it is still there")
	}
	r.pressed(card, use)
	r.wantSaid("Which number shall they ring")
	r.restart()
	r.say("saved")
	r.wantSaid("No number is kept here")
	r.say("07700 900123")
	r.wantSaid("How many credits")
	r.settle()
	if due := r.desk.Unsettled(); len(due) != 0 {
		t.Errorf("%v is still due", due)
	}
}

// The key to forget closes nothing: pressed on a card whose form is gone, it shows where the chat is.
func TestForgettingOnACardOfAFormThatIsOver(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.sent()
	r.atNumber()
	card, press, _ := r.chat.find(forgetIt)
	r.say("/cancel")
	r.press("Discard")
	r.pressed(card, press)
	r.wantNumber(store.SavedNumber{National: "07700900123", Until: dayAfterTheCall})
	for _, value := range []string{"", ":", "form00000001:", "form00000001:99999999999999999999"} {
		press.Value = value
		r.pressed(card, press)
	}
	r.wantNumber(store.SavedNumber{National: "07700900123", Until: dayAfterTheCall})
	if got := r.chat.message(card).text; !strings.Contains(got, "No form is open") {
		t.Errorf("the card says %q", got)
	}
}

func TestTheNumberAndTheAccount(t *testing.T) {
	t.Run("a new token", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.sent()
		r.platform.GrantToken(clientID, "demo-client-fresh-77aa0912")
		r.say("/account")
		r.press("Paste a new token")
		r.say("demo-client-fresh-77aa0912")
		r.wantNumber(store.SavedNumber{National: "07700900123", Until: dayAfterTheCall})
	})
	t.Run("a new sign-in", func(t *testing.T) {
		r := signedIn(t)
		r.sent()
		r.say("/account")
		r.press("Sign in again")
		r.browser("allow", "NightOwl77")
		r.say(r.lastCode())
		r.press("Yes, that is me")
		r.wantNumber(store.SavedNumber{National: "07700900123", Until: dayAfterTheCall})
	})
	t.Run("unlinked", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.sent()
		r.atNumber()
		r.unlink()
		if n := r.copies(); n != 0 {
			t.Errorf("%d forms hold it", n)
		}
		r.link(clientToken)
		r.wantNumber(store.SavedNumber{})
		r.atNumber()
		if r.offersNumber() {
			t.Error("it is offered")
		}
	})
}

// A number that was forgotten while a form has it goes out with that form, and is not kept for it again; typed anew, it
// is kept as any other.
func TestANumberForgottenInAFormIsNotKeptForIt(t *testing.T) {
	for name, then := range map[string]func(*rig){
		"kept in the form": func(r *rig) { r.press("Keep as it is") },
		"put away": func(r *rig) {
			r.press("Keep as it is")
			r.press("Save draft")
			r.say("/book")
			r.press("Go on with 1")
		},
		"typed anew": func(r *rig) { r.say("07700 900123") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.sent()
			r.say("/book")
			for _, answer := range []string{"771204", "fri 9:30pm", "30", "1", "saved", "36", "in 3 hours", "x"} {
				r.say(answer)
			}
			r.press("Edit: number")
			r.wantSaid("Your number so far ends in 0123.")
			r.press(forgetIt)
			r.wantSaid("it is not kept again for those")
			then(r)
			r.press("Send request")
			r.press("Yes, send")
			r.wantSaid("Request sent")
			var want store.SavedNumber
			if name == "typed anew" {
				want = store.SavedNumber{National: "07700900123", Until: dayAfterTheCall.AddDate(0, 0, 3)}
			}
			r.wantNumber(want)
		})
	}
}
