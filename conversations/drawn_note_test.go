package conversations

import (
	"testing"

	"phonechatbot/internal/flow"
)

// A note that went to disk does not take one with it that was made meanwhile.
func TestOnlyTheNoteThatWasWrittenIsForgotten(t *testing.T) {
	older, newer := &drawing{form: "f", rev: 1}, &drawing{form: "f", rev: 2}
	d := Desk{drawings: map[flow.ChatID]*drawing{1: newer}}
	d.noted(1, older)
	d.noted(1, nil)
	if d.drawings[1] != newer {
		t.Fatal("the newer note is gone")
	}
	d.noted(1, newer)
	if len(d.drawings) != 0 {
		t.Errorf("left: %v", d.drawings)
	}
}
