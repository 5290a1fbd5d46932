package tgsim

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What stood in the chat for a moment only is among the changes, as it was then.
func TestChanges(t *testing.T) {
	w := newWorld(t)
	if got, _ := w.Changes(alice, 0); got != nil {
		t.Errorf("an empty chat has changed: %+v", got)
	}
	mine := w.Send(alice, "teh")
	card := w.say("Working…", "")
	_, more := w.Changes(alice, 0)
	w.must("editMessageText", fmt.Sprintf(`{"chat_id":%d,"message_id":%d,"text":"Done"}`, alice, card))
	select {
	case <-more:
	default:
		t.Error("nobody hears of an edit")
	}
	if err := w.EditText(alice, mine, "the"); err != nil {
		t.Fatal(err)
	}
	w.must("deleteMessages", fmt.Sprintf(`{"chat_id":%d,"message_ids":[%d,999]}`, alice, mine))
	w.must("deleteMessage", fmt.Sprintf(`{"chat_id":%d,"message_id":%d}`, alice, card))
	last := w.say("Yes?", `{"keyboard":[[{"text":"Yes"}]]}`)
	if err := w.DeleteByUser(alice, last); err != nil {
		t.Fatal(err)
	}

	type change struct {
		Kind    ChangeKind
		Text    string
		Deleted bool
		Keys    bool
	}
	want := []change{
		{Posted, "teh", false, false},
		{Posted, "Working…", false, false},
		{Edited, "Done", false, false},
		{Edited, "the", false, false},
		{Deleted, "the", true, false},
		{Deleted, "Done", true, false},
		{Posted, "Yes?", false, true},
		{Deleted, "Yes?", true, false},
	}
	all, more := w.Changes(alice, 0)
	var got []change
	for _, c := range all {
		got = append(got, change{c.Kind, c.Message.Text, c.Message.Deleted, c.Keyboard != nil})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if rest, _ := w.Changes(alice, len(all)-1); len(rest) != 1 || rest[0].Kind != Deleted {
		t.Errorf("after all but one: %+v", rest)
	}
	if rest, _ := w.Changes(alice, len(all)+5); rest != nil {
		t.Errorf("after more than there are: %+v", rest)
	}
	select {
	case <-more:
		t.Error("something is said to have changed")
	default:
	}
}
