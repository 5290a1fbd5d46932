package conversations_test

import (
	"testing"

	"phonechatbot/internal/flow"
)

// What was typed shortly before a kill comes again, all of it, and may come before anything else is taken up. What
// is shown on account of the first is no reason to take the second for new.
func TestSeveralAnswersThatComeAgain(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	typed := []string{"771204", "tomorrow 9:30pm", "30", "1", "07700 900123", "36", "in 3 hours"}
	r.say("/book")
	first := r.update + 1
	for _, text := range typed {
		r.say(text)
	}
	r.wantSaid("A comment for them?")
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	r.start() // after a kill: what was shown is forgotten
	for i, text := range typed {
		r.handle(flow.Event{Kind: flow.EventText, Text: text, Update: first + int64(i)})
	}
	s := r.session()
	if comment, answered := s.Answers["comment"]; s.At != "comment" || answered {
		t.Errorf("the form is at %s, with the comment %q", s.At, comment)
	}
	r.wantSaid("A comment for them?")
}
