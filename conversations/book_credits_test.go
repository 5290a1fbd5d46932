package conversations_test

import (
	"regexp"
	"testing"
)

// Where no offer would do, the card says what to type to get on: a shorter call and its credits in one line.
func TestTheLineThatMakesACallAffordable(t *testing.T) {
	for name, long := range map[string]func(*rig){
		"at first": func(r *rig) {
			r.say("/book 771204")
			for _, answer := range []string{"tomorrow 9:30pm", "1000", "2"} {
				r.say(answer)
			}
		},
		"on second thoughts": func(r *rig) {
			r.fillBooking()
			r.press("Edit: length")
			r.say("1000")
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			long(r)
			r.wantSaid("Your balance is 250.00, and 1000 min cost at least 1200.00.")
			line := regexp.MustCompile(`for example (208 min .* credits)\.`).FindStringSubmatch(r.chat.last())
			if line == nil {
				t.Fatalf("no example in %s", r.chat.last())
			}
			r.say(line[1])
			if got := r.session().Answers; got["length"] != "208" || got["credits"] != "249.60" {
				t.Errorf("the answers are %v", got)
			}
		})
	}
}
