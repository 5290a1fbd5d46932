package conversations_test

import (
	"strings"
	"testing"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// wantOnce looks for something on the last card that is not to be said twice.
func (r *rig) wantOnce(text string) {
	r.t.Helper()
	if n := strings.Count(r.chat.last(), text); n != 1 {
		r.t.Errorf("%q stands there %d times:\n%s", text, n, r.chat.last())
	}
}

func TestTheLevelIsWarnedOfOnce(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.do("alerts", "level")
	r.wantOnce("lock screen")
	r.wantSaid("Standard alerts show names")
	for range 2 {
		r.do("alset", "level standard")
		r.wantOnce("lock screen")
		r.wantSaid("Names and amounts show on your lock screen.")
	}
	r.do("alset", "level minimal")
	r.wantSaid("Standard alerts show names")
}

// What the cards of /alerts say of choices at their ends.
func TestTheWordsOfOddChoices(t *testing.T) {
	var all []string
	for _, kind := range alert.Switches() {
		all = append(all, "events "+string(kind)+"-")
	}
	for name, tc := range map[string]struct {
		press []string
		page  string
		want  string
		not   string
	}{
		"two reminders are not one time":         {nil, "", "Reminders of a call: 1 hour before, 15 minutes before.", "1 hour, 15 minutes"},
		"no reminder":                            {[]string{"remind 60-", "remind 15-"}, "remind", "Reminders of a call: none.", ""},
		"no news at all":                         {all, "events", "You hear of: nothing, but when you have to sign in again.", "0 of"},
		"one kind of news":                       {all[1:], "events", "You hear of: 1 of 10 kinds of news.", ""},
		"quiet hours that are off say no more":   {[]string{"quiet hold", "quiet off"}, "quiet", "The times are kept for later: 22:00 to 07:00 next day", "always comes with a sound"},
		"quiet hours that are on say what comes": {[]string{"quiet hold"}, "quiet", "always comes with a sound", ""},
		"a summary says when it does not come":   {nil, "summary", "none on a day without either", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			for _, value := range tc.press {
				r.do("alset", value)
			}
			r.do("alerts", tc.page)
			r.wantSaid(tc.want)
			if tc.not != "" && strings.Contains(r.chat.last(), tc.not) {
				t.Errorf("the card says %q:\n%s", tc.not, r.chat.last())
			}
		})
	}
}

// Equal ends are refused with what there is on the card, and that leads there.
func TestQuietHoursThatAreNone(t *testing.T) {
	for _, typed := range []string{"22:00-22:00", "22-10pm", "from 22.00 to 2200"} {
		r := newRig(t, monday)
		r.link(clientToken)
		r.do("alset", "quiet hold")
		r.press("Change the times")
		r.say(typed)
		r.wantSaid("Quiet hours from 22:00 to 22:00 would be none at all.")
		r.wantSaid("press Cancel, and then Off.")
		r.press("Cancel")
		r.press("Off")
		r.wantSaid("Quiet hours: off.")
		if got := r.account().Alerts.Quiet; got.Mode != alert.Loud || got.From != 22*60 || got.To != 7*60 {
			t.Errorf("%s: kept are %+v", typed, got)
		}
	}
}

// The zone of a review stands in it once.
func TestTheZoneOfAReview(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.prefer("America/New_York", alert.Default())
	s := r.known(store.SideMade, "Accepted")
	other := r.known(store.SideReceived, "Pending", func(s *store.Snapshot) { s.Booking++ })
	r.clock.Advance(time.Minute)
	r.tell(r.newsOf(alert.Accepted, s), r.newsOf(alert.Request, other))
	r.press("Review")
	r.wantSaid("Changed since Mon 15 Feb 07:00\nTimes are New York time.")
	r.wantOnce("New York")
}
