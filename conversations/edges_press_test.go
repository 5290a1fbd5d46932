package conversations_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// toasted is what the press that was answered last said beside the card.
func (r *rig) toasted() string {
	for i := len(r.chat.log) - 1; i >= 0; i-- {
		if toast, ok := strings.CutPrefix(r.chat.log[i], "~ "); ok {
			return toast
		}
	}
	return ""
}

// keysShown are all buttons of the form that stand on any message.
func (r *rig) keysShown() (keys []monkeyKey) {
	for _, m := range r.chat.messages {
		for _, row := range m.rows {
			for _, b := range row {
				if strings.HasPrefix(b.Press.Of, "form") {
					keys = append(keys, monkeyKey{m.id, b.Press})
				}
			}
		}
	}
	return keys
}

// At every step of the form, every button of every earlier step is out of date: no answer changes, and the card as it
// is now is shown.
func TestEveryEarlierStepsButtonIsOutOfDate(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	var old []monkeyKey
	for _, answer := range bookingAnswers {
		old = append(old, r.keysShown()...)
		r.say(answer)
		before := r.session()
		for _, key := range old[max(0, len(old)-12):] {
			r.chat.log = nil
			r.pressed(key.message, key.press)
			if got := r.toasted(); got != "That card is out of date. Here is the current one." {
				t.Errorf("%v at %s: %q", key.press, before.At, got)
			}
			after := r.session()
			if diff := cmp.Diff(before.Answers, after.Answers); diff != "" || after.At != before.At {
				t.Errorf("%v at %s, which is %s now: %s", key.press, before.At, after.At, diff)
			}
		}
	}
	r.wantSaid("Nothing has been sent yet")
	r.press("Send request")
	r.press("Yes, send")
	r.wantSaid("Request sent")
}

// The buttons of a form that is over do nothing, whatever became of it.
func TestTheButtonsOfAFormThatIsOver(t *testing.T) {
	for name, end := range map[string]func(*rig){
		"put away as a draft": func(r *rig) { r.press("Save draft") },
		"discarded":           func(r *rig) { r.press("Cancel"); r.press("Discard") },
		"sent":                func(r *rig) { r.press("Send request"); r.press("Yes, send"); r.wantSaid("Request sent") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.fillBooking()
			keys := r.keysShown()
			end(r)
			before, made := r.chatRecord(), r.platform.CreatedCount()
			if len(keys) < 10 {
				t.Fatalf("%d buttons", len(keys))
			}
			for _, key := range keys {
				r.chat.log = nil
				r.pressed(key.message, key.press)
				if got := r.toasted(); !strings.Contains(got, "That card is out of date.") {
					t.Errorf("%v: %q", key.press, got)
				}
			}
			after := r.chatRecord()
			if after.Session != nil || len(after.Drafts) != len(before.Drafts) || r.platform.CreatedCount() != made {
				t.Errorf("the form is back, or was sent: %+v", after.Session)
			}
		})
	}
}

// The same press, as Telegram may bring it again hours later under a new number.
func TestTheSamePressHoursLater(t *testing.T) {
	for _, later := range []time.Duration{time.Second, 5 * time.Hour, 9 * 24 * time.Hour} {
		t.Run(later.String(), func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.fillBooking()
			r.press("Send request")
			card, yes, _ := r.chat.find("Yes, send")
			r.pressed(card, yes)
			r.wantSaid("Request sent")
			r.clock.Advance(later)
			for _, kill := range []bool{false, true} {
				if kill {
					r.restart()
				}
				r.chat.log = nil
				r.pressed(card, yes)
				if !strings.Contains(r.toasted(), "out of date") {
					t.Errorf("answered with %q", r.toasted())
				}
			}
			r.wantCreated(1)
			if !strings.Contains(r.chat.message(card).text, "Request sent") {
				t.Errorf("the card says %q now", r.chat.message(card).text)
			}
		})
	}
}

// A press whose message Telegram does not have any more: it works, and what follows is a message of its own.
func TestPressesOfMessagesThatAreGone(t *testing.T) {
	for name, tc := range map[string]struct {
		until       func(*rig)
		label, says string
	}{
		"a step of a form":     {func(r *rig) { r.say("/book 771204") }, "Tomorrow", "What time on Tue 16 Feb"},
		"a look of a step":     {func(r *rig) { r.say("/book 771204") }, "March ›", "March 2027"},
		"the review":           {func(r *rig) { r.fillBooking() }, "Send request", "Send this request to"},
		"the last question":    {func(r *rig) { r.fillBooking(); r.press("Send request") }, "Yes, send", "Request sent"},
		"home":                 {func(r *rig) { r.say("/start") }, "Book a call", "Whom would you like to call"},
		"a list":               {func(r *rig) { r.requests(1); r.say("/bookings") }, "1", "Booking #48213"},
		"a card":               {func(r *rig) { r.requests(1); r.say("/bookings"); r.press("1") }, "Cancel booking", "Why do you cancel?"},
		"what changes":         {func(r *rig) { r.toCancel(); r.press("Something came up.") }, "Yes, cancel it", "Cancelled."},
		"the account":          {func(r *rig) { r.say("/account") }, "Unlink", "Unlink"},
		"a form that was left": {func(r *rig) { r.say("/book 771204"); r.say("/start") }, "Continue the form", "Which day?"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			tc.until(r)
			message, press, ok := r.chat.find(tc.label)
			if !ok {
				t.Fatalf("no %q on\n%s", tc.label, r.chat.last())
			}
			r.chat.message(message).gone = true
			r.handle(flow.Event{Kind: flow.EventPress, Message: 0, Press: press, Callback: "q" + name})
			r.wantSaid(tc.says)
			if !r.chat.acked["q"+name] {
				t.Error("the press is not answered")
			}
		})
	}
}

func (r *rig) toCancel() {
	r.t.Helper()
	r.requests(1)
	r.say("/bookings")
	r.press("1")
	r.press("Cancel booking")
}

// What stands on somebody else's cards does nothing in one's own chat, and shows nothing of theirs.
func TestSomebodyElsesCard(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.requests(1)
	r.fillBooking()
	r.say("/bookings")
	r.press("1")
	r.say("/account")
	var keys []monkeyKey
	for _, m := range r.chat.messages {
		for _, row := range m.rows {
			for _, b := range row {
				if b.Press.Of != "guest" { // those of whoever is not linked are nobody's
					keys = append(keys, monkeyKey{m.id, b.Press})
				}
			}
		}
	}
	if len(keys) < 20 {
		t.Fatalf("%d buttons", len(keys))
	}
	for name, chat := range map[string]flow.ChatID{"a stranger": 77, "a member": asPerformerUser} {
		t.Run(name, func(t *testing.T) {
			if chat == asPerformerUser {
				r.linkAs(chat, performerToken)
			}
			before := r.chatRecord()
			for i, key := range keys {
				r.chat.log = nil
				callback := fmt.Sprint("else", chat, i)
				r.handle(flow.Event{Kind: flow.EventPress, Chat: chat, Message: 5000, Press: key.press, Callback: callback})
				if !r.chat.acked[callback] || !strings.Contains(r.toasted(), "out of date") {
					t.Errorf("%v is answered with %q", key.press, r.toasted())
				}
				for _, theirs := range []string{"NightOwl77", "#48213", "900 123", "Evening suits"} {
					if said := strings.Join(r.chat.log, "\n"); strings.Contains(said, theirs) {
						t.Errorf("%v shows %s:\n%s", key.press, theirs, said)
					}
				}
			}
			after := r.chatRecord()
			if diff := cmp.Diff(before.Session, after.Session); diff != "" {
				t.Error(diff)
			}
			r.wantCreated(0)
			if b := r.platform.Bookings(clientID)[0]; b.Status != apisim.StatusPending {
				t.Errorf("the booking is %s", b.Status)
			}
		})
	}
	if got := r.account().Member; got != clientID {
		t.Errorf("linked as %d", got)
	}
}

// What the door could not read is no press, whatever came with it.
func TestAPressThatCouldNotBeReadDoesNothing(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	card, yes, _ := r.chat.find("Yes, send")
	r.handle(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Forged: true, Callback: "q"})
	if !strings.Contains(r.toasted(), "out of date") {
		t.Errorf("answered with %q", r.toasted())
	}
	r.wantCreated(0)
}

// A button that was made up can name any step, revision and value: the form holds what holds.
func TestForgedButtonsOfAForm(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	before := r.session()
	card := r.chatRecord().Card
	for _, action := range []string{"pick", "look", "yes", "discard", "again", "share", "send!", "edit", "review", "x"} {
		for _, value := range []string{"", "@confirm", "no such step", "771422", strings.Repeat("v", 30)} {
			for _, rev := range []int{0, before.Rev - 1, 1 << 30} {
				r.pressed(card, flow.Press{Of: before.ID, Rev: rev, Action: action, Value: value})
			}
			if action == "edit" || action == "review" { // at the right revision these are its own
				continue
			}
			r.pressed(card, flow.Press{Of: before.ID, Rev: r.session().Rev, Action: action, Value: value})
		}
	}
	after := r.session()
	if !maps.Equal(before.Answers, after.Answers) || after.At != before.At {
		t.Errorf("at %s, answers %v", after.At, after.Answers)
	}
	r.wantCreated(0)
	r.wantSaid("Nothing has been sent yet")
}
