package main

import (
	"strings"
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// Answers that are typed while one is being worked on wait for their turn, and answer what is asked then, in the order
// of typing; a press of the card that stood there does nothing.
func TestAnswersTypedWhileOneIsWorkedOn(t *testing.T) {
	w := newWorld(t, nil)
	w.start()
	client := w.person(clientUser)
	client.link(clientToken)
	client.say("/book")
	card := client.reads("Whom would you like to call")
	w.platform.SetFault(apisim.OpGetUserBookingRequirements, apisim.Fault{Kind: apisim.FaultSlow, Delay: time.Second, Times: 1})
	steps := bookingSteps()
	for _, s := range steps[1:5] { // at once: whom the first names is still being looked up
		client.say(s.answer)
	}
	last := card.Rows[len(card.Rows)-1]
	toast, err := w.telegram.WaitAnswered(w.ctx, w.telegram.PressData(clientUser, card.ID, last[len(last)-1].Data)) // Cancel
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(toast.Text, "out of date") {
		t.Errorf("the press is answered with %q", toast.Text)
	}
	client.reads("Which number")
	for _, s := range steps[5:] {
		client.say(s.answer)
	}
	review := clean(client.reads("Nothing has been sent yet").Text)
	for _, taken := range []string{"VelvetVoice", "21:30 UK time, 30 min, until 22:00", "They ring you", "Credits: 36.00", steps[8].answer} {
		if !strings.Contains(review, taken) {
			t.Errorf("the review lacks %q:\n%s", taken, review)
		}
	}
	w.stop()
}

// What is no text, and what is edited, as Telegram brings it, in the middle of a form.
func TestOddMessagesInTheMiddleOfAForm(t *testing.T) {
	w := newWorld(t, nil)
	w.start()
	client := w.person(clientUser)
	client.link(clientToken)
	client.say("/book")
	client.reads("Whom would you like to call")
	named := w.telegram.Send(clientUser, "771204")
	client.reads("Which day")
	for _, kind := range tgsim.Kinds() {
		if _, err := w.telegram.SendOther(clientUser, kind); err != nil {
			t.Fatal(err)
		}
		client.reads("I can only read text here. Your answers are kept.")
		client.say("/help")
		client.reads("What I can do")
	}
	if err := w.telegram.EditText(clientUser, named, "771422"); err != nil {
		t.Fatal(err)
	}
	client.reads("You edited an earlier message. That changes no answer")
	client.say("tomorrow 21:00")
	client.reads("The price of VelvetVoice")
	w.stop()
}
