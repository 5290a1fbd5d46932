package conversations_test

import (
	"testing"

	"phonechatbot/internal/flow"
)

// Where Telegram brings updates, a later one can overtake an earlier one that was refused at first. The earlier is
// answered all the same, once.
func TestAnAnswerThatWasOvertaken(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.wantSaid("Which day")
	late := r.update + 1
	r.handle(flow.Event{Kind: flow.EventText, Text: "tomorrow 9:30pm", Update: late + 1, Message: r.chat.receive()})
	r.wantSaid("How long")
	overtaken := flow.Event{Kind: flow.EventText, Text: "30", Update: late, Message: r.chat.receive()}
	r.handle(overtaken)
	r.wantSaid("How shall the call be made")
	r.handle(overtaken) // and again, as it may after a kill
	if s := r.session(); s.At != "method" {
		t.Errorf("the form is at %s", s.At)
	}
	r.wantSaid("How shall the call be made")
}

// Who blocks the bot, or lets it back in, is not written to on account of that.
func TestBlockingIsNotAnswered(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	said := r.chat.last()
	for _, kind := range []flow.EventKind{flow.EventLeft, flow.EventBack} {
		r.handle(flow.Event{Kind: kind})
		if got := r.chat.last(); got != said {
			t.Errorf("%s is answered with %q", kind, got)
		}
	}
}
