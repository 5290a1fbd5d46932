package conversations_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// Whatever is refused in the place of an answer leaves that answer, and all others.
func TestWhatIsRefusedLeavesTheAnswersThatWereThere(t *testing.T) {
	backTo := func(r *rig, says string) {
		for !strings.Contains(r.chat.last(), says) {
			r.press("Back")
		}
	}
	for name, tc := range map[string]struct {
		at    func(*rig)
		line  string
		says  string
		place string
	}{
		"a day too far, at the time":       {func(r *rig) { r.press("Edit: time") }, "16/02/2030 21:30", "Sat 16 Feb 2030 is more than a year ahead", "time"},
		"a day and a length, at the day":   {func(r *rig) { backTo(r, "Which day?") }, "20 feb 2029 2 min", "Tue 20 Feb 2029 is more than a year ahead", "day"},
		"a length alone, at the day":       {func(r *rig) { backTo(r, "Which day?") }, "20 feb 2 min", "at least 5 minutes", "day"},
		"too few credits, at the length":   {func(r *rig) { backTo(r, "How long?") }, "45 min 2 credits", "2.00 is below the minimum of 54.00", "length"},
		"too dear a length, at the day":    {func(r *rig) { backTo(r, "Which day?") }, "20 feb 600 min 900 credits", "600 min cost at least 720.00", "day"},
		"a member who can't be booked":     {func(r *rig) { r.press("Edit: who") }, "999999999", "does not take phone chat bookings", "who"},
		"the person's own member number":   {func(r *rig) { r.press("Edit: who") }, "660031", "your own member number", "who"},
		"and that twice one after another": {func(r *rig) { r.press("Edit: who"); r.say("999999998") }, "999999999", "does not take phone chat bookings", "who"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.fillBooking()
			before := maps.Clone(r.session().Answers)
			tc.at(r)
			r.say(tc.line)
			r.wantSaid(tc.says)
			if diff := cmp.Diff(before, r.session().Answers); diff != "" || r.session().At != tc.place {
				t.Errorf("at %s: %s", r.session().At, diff)
			}
			r.press("Keep as it is")
			if r.session().At != flow.AtReview {
				t.Errorf("at %s", r.session().At)
			}
		})
	}
}

// What was mended for a longer call, another member or an earlier call is the person's own again when that has gone.
func TestWhatThePersonChoseComesBack(t *testing.T) {
	type edit struct{ step, answer, says, not string }
	for name, edits := range map[string][]edit{
		"the credits": {
			{"length", "60", "Your offer went up from 36.00 to 72.00 credits", ""},
			{"length", "30", "Your offer is 36.00 credits again, as you chose.", "minimum"},
			{"comment", "x", "Credits: 36.00", "as you chose"},
		},
		"the credits, half of the way": {
			{"length", "60", "Your offer went up from 36.00 to 72.00 credits", ""},
			{"length", "45", "Your offer went up from 36.00 to 54.00 credits", "minimum is"},
		},
		"the credits, chosen anew meanwhile": {
			{"length", "60", "Your offer went up from 36.00 to 72.00 credits", ""},
			{"credits", "80", "Credits: 80.00", ""},
			{"length", "30", "Credits: 80.00 (the minimum is 36.00)", "as you chose"},
		},
		"the reply-by time": {
			{"day", "today 14:00", "which is not before the call: it is now Mon 15 Feb 13:00", ""},
			{"day", "20 feb 21:30", "The reply-by time is Mon 15 Feb 15:00 UK time again, as you chose.", ""},
		},
		"the way of calling": {
			{"call", "2", "Call: You ring them", ""},
			{"who", "771318", "Call: They ring you instead of “You ring them”", ""},
			{"who", "771204", "Call: You ring them again, as you chose.", "instead"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.fillBooking()
			for _, e := range edits {
				r.press("Edit: " + e.step)
				r.say(e.answer)
				r.wantSaid(e.says)
				if e.not != "" && strings.Contains(r.chat.last(), e.not) {
					t.Errorf("says %s", r.chat.last())
				}
			}
		})
	}
}

// A question that stood for hours is asked of the site once more before a yes to it is sent.
func TestALateYesToABooking(t *testing.T) {
	asked := func(t *testing.T) *rig {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/book")
		for _, a := range []string{"771204", "21 feb 9:30pm", "20", "2", "24", "20 feb 22:00", "x"} {
			r.say(a)
		}
		r.press("Send request")
		return r
	}
	t.Run("nothing has changed", func(t *testing.T) {
		r := asked(t)
		r.later(20 * time.Hour)
		r.press("Yes, send")
		r.wantSaid("Request sent")
		r.wantCreated(1)
	})
	t.Run("the price is another", func(t *testing.T) {
		r := asked(t)
		r.platform.SetPrice(771204, "0.50")
		r.later(20 * time.Hour)
		r.press("Yes, send")
		r.wantSaid("The price changed meanwhile")
		r.wantCreated(0)
		r.press("Send request")
		r.press("Yes, send")
		r.wantCreated(1)
	})
	t.Run("the site does not answer", func(t *testing.T) {
		r := asked(t)
		r.platform.SetFault(apisim.OpGetUserBookingRequirements, apisim.Fault{Kind: apisim.FaultStatus, Status: 503})
		r.later(20 * time.Hour)
		r.press("Yes, send")
		r.wantCreated(0)
	})
}

// A number that is refused, or asked of the phone, leaves the line about what was mended.
func TestTheLineAboutWhatWasMendedStays(t *testing.T) {
	const line = "Call: They ring you instead of “You ring them”"
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	for _, a := range []string{"771204", "tomorrow 9:30pm", "20", "2", "24", "in 3 hours", "x"} {
		r.say(a)
	}
	r.press("Edit: who")
	r.say("771318")
	r.wantSaid(line)
	r.say("07700 9")
	r.wantSaid(line)
	r.press("Share my number")
	r.say("/book")
	r.press("Continue the form")
	r.wantSaid(line)
	r.say("07700 900123")
	if strings.Contains(r.chat.last(), line) {
		t.Error("said after the person went on")
	}
}
