package conversations_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// bookingCall is a call of the booking form: what leads up to it, and what makes it.
type bookingCall struct {
	name, op string
	answers  int    // given before
	says     string // the next answer; empty: a button is pressed
	press    string
}

func bookingCalls() []bookingCall {
	all := len(bookingAnswers)
	return []bookingCall{
		{"whom it is for", apisim.OpGetUserBookingRequirements, 0, "771204", ""},
		{"the credits", apisim.OpGetCurrentCreditBalance, 4, "07700 900123", ""},
		{"the price again", apisim.OpGetUserBookingRequirements, all, "", "Send request"},
		{"the balance again", apisim.OpGetCurrentCreditBalance, all, "", "Send request"},
		{"whether it is there", apisim.OpMadeBookings, all, "", "Yes, send"},
		{"the booking", apisim.OpCreateBooking, all, "", "Yes, send"},
	}
}

// Whatever goes wrong with whichever call of the form: no answer is lost, the person is told something, nothing is
// sent twice, and once it is over the same form makes one booking.
func TestEveryFaultAtEveryStepOfABooking(t *testing.T) {
	t.Parallel()
	for _, call := range bookingCalls() {
		for _, kind := range apisim.FaultKinds() {
			t.Run(call.name+", "+string(kind.Kind), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, monday)
				r.link(clientToken)
				r.say("/book")
				for _, answer := range bookingAnswers[:call.answers] {
					r.say(answer)
				}
				if call.press == "Yes, send" {
					r.press("Send request")
				}
				before := maps.Clone(r.session().Answers)
				r.platformOf(r.impatient())
				fault := apisim.Fault{Kind: kind.Kind, Message: "Not today."}
				switch kind.Kind {
				case apisim.FaultStatus:
					fault.Status = 503
				case apisim.FaultSlow:
					fault.Delay = time.Hour
				default:
				}
				r.platform.SetFault(call.op, fault)
				if call.says != "" {
					r.say(call.says)
				} else {
					r.press(call.press)
				}
				r.wantHonest()
				if s := r.chatRecord().Session; s != nil {
					for id, answer := range before {
						if s.Answers[id] != answer {
							t.Errorf("%s was %q and is %q", id, answer, s.Answers[id])
						}
					}
				}
				r.server.CloseClientConnections() // or a request that hangs could be carried out when the fault is cleared
				r.asked.Wait()
				r.platform.ClearFaults()
				r.platformOf(r.api)
				r.finishBooking()
				r.wantCreated(1)
				b := r.platform.Bookings(clientID)[0]
				if b.Performer != performerID || b.Duration != 30 || b.Credits != "36" || b.Comments != bookingAnswers[7] {
					t.Errorf("made: %+v", b)
				}
			})
		}
	}
}

// wantHonest: the person is told something else than that all is well or that we are to blame.
func (r *rig) wantHonest() {
	r.t.Helper()
	said := r.chat.last()
	if said == "" || strings.Contains(said, "incident") || strings.Contains(said, clientToken) {
		r.t.Errorf("the person is told %q", said)
	}
	if strings.Contains(said, "Nothing was changed") && r.platform.CreatedCount() > 0 {
		r.t.Errorf("a booking was made, and the person is told\n%s", said)
	}
}

// finishBooking does what a patient person does until the form is sent: waits, signs in again, tries again, answers
// what is asked.
func (r *rig) finishBooking() {
	r.t.Helper()
	for range 40 {
		r.clock.Advance(30 * time.Second)
		r.handle(flow.Event{Kind: flow.EventResume})
		s := r.chatRecord().Session
		switch {
		case strings.Contains(r.said(), "Request sent") || strings.Contains(r.said(), "our request arrived"):
			return
		case r.account().State == store.AccountStopped:
			r.say(clientToken)
		case s == nil:
			r.t.Fatalf("no form is open:\n%s", r.chat.last())
		case s.At == flow.AtUnsure || s.At == flow.AtSending:
		case s.At == flow.AtReview:
			r.pressOne("Send request", "Try again")
		case s.At == flow.AtConfirm:
			r.pressOne("Yes, send")
		default:
			steps := []string{"who", "day", "length", "method", "phone", "credits", "replyby", "comment"}
			if !r.pressFirst("Try again", "Check again", "Keep as it is") {
				r.say(bookingAnswers[slices.Index(steps, s.At)])
			}
		}
	}
	r.t.Errorf("it was never sent:\n%s", r.chat.last())
}

// pressFirst presses the first of some buttons that the form's card has.
func (r *rig) pressFirst(labels ...string) bool {
	r.t.Helper()
	for _, label := range labels {
		if m, press, ok := r.chat.find(label); ok && press.Rev == r.session().Rev {
			r.pressed(m, press)
			return true
		}
	}
	return false
}

// pressOne is pressFirst, and if there is none the form's card is shown.
func (r *rig) pressOne(labels ...string) {
	r.t.Helper()
	if !r.pressFirst(labels...) {
		r.say("/start")
		r.press("Continue the form")
	}
}
