package conversations_test

import (
	"maps"
	"strings"
	"testing"

	"phonechatbot/internal/flow"
)

// bookingPlaces are the places where a booking can stand, each with what leads there from the one before.
func bookingPlaces() []struct {
	at    string
	there func(*rig)
} {
	type place = struct {
		at    string
		there func(*rig)
	}
	places := []place{{"who", func(r *rig) { r.say("/book") }}}
	for i, at := range []string{"day", "length", "method", "phone", "credits", "replyby", "comment", "@review"} {
		places = append(places, place{at, func(r *rig) { r.say(bookingAnswers[i]) }})
	}
	return append(places,
		place{"time", func(r *rig) { r.press("Edit: time") }},
		place{"@review", func(r *rig) { r.press("Back") }},
		place{"@cancel", func(r *rig) { r.press("Cancel") }},
		place{"@review", func(r *rig) { r.press("Keep going") }},
		place{"@confirm", func(r *rig) { r.press("Send request") }},
	)
}

// atEveryPlace does something odd wherever a booking can stand: the answers stay, the form is where it was, and it
// can be sent in the end.
func atEveryPlace(t *testing.T, odd func(r *rig, at string)) {
	t.Helper()
	t.Parallel()
	r := newRig(t, monday)
	j := r.judge(r.api)
	r.link(clientToken)
	for _, p := range bookingPlaces() {
		p.there(r)
		if got := r.session().At; got != p.at {
			t.Fatalf("at %s, want %s:\n%s", got, p.at, r.chat.last())
		}
		before := r.session()
		odd(r, p.at)
		after := r.session()
		if !maps.Equal(before.Answers, after.Answers) {
			t.Errorf("at %s the answers were %v and are %v", p.at, before.Answers, after.Answers)
		}
		if after.At != p.at && p.at != "@cancel" {
			t.Errorf("at %s it went on to %s", p.at, after.At)
		}
		if strings.Contains(r.chat.last(), "incident") {
			t.Errorf("at %s: %s", p.at, r.chat.last())
		}
		if p.at == "@cancel" && after.At != "@cancel" {
			r.press("Cancel")
		}
	}
	r.press("Yes, send")
	r.wantSaid("Request sent")
	r.wantCreated(1)
	if len(j.shown) < 20 {
		t.Errorf("only %d cards were judged", len(j.shown))
	}
}

// What is no text is not read, wherever it comes; the card says so.
func TestMediaAreNoAnswers(t *testing.T) {
	for _, media := range []string{"photo", "voice", "sticker", "location", "venue", "document", "forward", "video_note", "unknown"} {
		t.Run(media, func(t *testing.T) {
			atEveryPlace(t, func(r *rig, at string) {
				r.handle(flow.Event{Kind: flow.EventOther, Media: media, Message: r.chat.receive()})
				if at != "@cancel" {
					r.wantSaid("I can only read text here. Your answers are kept.")
				}
			})
		})
	}
}

// An edited message changes no answer, even where it would have been one.
func TestAnEditedMessageIsNoAnswer(t *testing.T) {
	for name, text := range map[string]string{"words": "maybe", "an answer": "771422", "a command": "/cancel", "nothing": "", "yes": "Yes, send"} {
		t.Run(name, func(t *testing.T) {
			atEveryPlace(t, func(r *rig, at string) {
				r.handle(flow.Event{Kind: flow.EventEdited, Text: text, Message: 1})
				if at != "@cancel" {
					r.wantSaid("You edited an earlier message. That changes no answer")
				}
			})
		})
	}
	t.Run("without a form", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		before := len(r.chat.messages)
		r.handle(flow.Event{Kind: flow.EventEdited, Text: "/book", Message: 1})
		if len(r.chat.messages) != before {
			t.Errorf("it is answered:\n%s", r.chat.last())
		}
	})
	t.Run("into a token", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.chat.log = nil
		r.handle(flow.Event{Kind: flow.EventEdited, Text: "it is " + clientToken, Message: 1})
		if !strings.Contains(r.said(), "x the person's message is deleted") {
			t.Errorf("a token stays in the chat:\n%s", r.said())
		}
	})
}

// Somebody else's number is no answer, wherever it comes, and does not stay in the chat.
func TestSomebodyElsesNumberIsNoAnswer(t *testing.T) {
	for name, user := range map[string]int64{"a member of Telegram": 77, "nobody there": 0} {
		t.Run(name, func(t *testing.T) {
			atEveryPlace(t, func(r *rig, at string) {
				r.chat.log = nil
				r.handle(flow.Event{Kind: flow.EventContact, Phone: "+447700900999", ContactUser: user, Message: r.chat.receive()})
				if !strings.Contains(r.said(), "x the person's message is deleted") {
					t.Errorf("at %s it stays in the chat", at)
				}
				if at == "phone" {
					r.wantSaid("Share your own")
				}
			})
		})
	}
}

// 5,000 characters at every step: a word on what is wrong, and a card that Telegram takes.
func TestFiveThousandCharactersAtEveryStep(t *testing.T) {
	for name, text := range map[string]string{
		"letters":  strings.Repeat("a", 5000),
		"digits":   strings.Repeat("7", 5000),
		"words":    strings.Repeat("tomorrow ", 555),
		"markup":   strings.Repeat("<b>&", 1250),
		"pictures": strings.Repeat("🙂", 2500),
		"lines":    strings.Repeat("7\n", 2500),
		"answers":  strings.Repeat("771204 tomorrow 7pm 30 min ", 185),
	} {
		t.Run(name, func(t *testing.T) {
			atEveryPlace(t, func(r *rig, at string) {
				r.say(text)
				if strings.Contains(r.chat.last(), text) {
					t.Errorf("at %s all of it is shown again", at)
				}
			})
		})
	}
}

// Every answer that was typed answers the step that is in front when it is handled, in the order of typing.
func TestAnswersAreTakenInTheOrderOfTyping(t *testing.T) {
	t.Run("all of them before the first card was seen", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.fillBooking()
		if s := r.session(); s.Answers["length"] != "30" || s.Answers["credits"] != "36" && s.Answers["credits"] != "36.00" {
			t.Errorf("%v", s.Answers)
		}
	})
	t.Run("a second thought comes too late, and is said to be no answer to what is asked now", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/book 771204")
		r.say("tomorrow 21:00")
		r.say("tomorrow 22:00") // typed at the card that asked for the day
		r.wantSaid("I could not read that length")
		if s := r.session(); s.Answers["time"] != "21:00" {
			t.Errorf("%v", s.Answers)
		}
	})
	t.Run("a press of the card that was in front when it was drawn", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/book 771204")
		card, today, _ := r.chat.find("Today")
		r.say("tomorrow 21:00")
		r.pressed(card, today)
		r.wantSaid("How long?")
		if s := r.session(); s.Answers["day"] != "2027-02-16" {
			t.Errorf("%v", s.Answers)
		}
	})
}

// A link into the bot in the middle of a form opens nothing over it: what was typed is kept, and the form goes on.
func TestALinkInTheMiddleOfAForm(t *testing.T) {
	for name, payload := range map[string]string{
		"another member": "book_771422", "the same member": "book_771204", "nobody": "book_x", "somebody's code": "code_123", "nonsense": strings.Repeat("z", 64),
	} {
		t.Run(name, func(t *testing.T) {
			atEveryPlace(t, func(r *rig, at string) {
				if at == "who" && strings.HasPrefix(payload, "book_") { // an empty form makes way: book_empty_form.chat
					return
				}
				r.say("/start " + payload)
				if drafts := r.chatRecord().Drafts; len(drafts) > 0 {
					t.Error("it became a draft")
				}
				r.press("Continue the form")
			})
		})
	}
}

// The same in the forms of settings, of special offers and of the link itself.
func TestFiveThousandCharactersInOtherForms(t *testing.T) {
	steps := map[string]func(*rig){
		"the token": func(r *rig) { r.say("/start"); r.press("Paste an access token") },
	}
	for _, key := range []string{"Change the price", "Change the number"} {
		steps[key] = func(r *rig) { r.link(performerToken); r.say("/settings"); r.press(key) }
	}
	for _, step := range []string{"place", "title", "length", "credits", "kind"} {
		steps["an offer's "+step] = func(r *rig) {
			r.link(performerToken)
			r.say("/offers")
			r.press("1")
			r.press("Edit")
			r.press("Edit: " + step)
		}
	}
	for name, there := range steps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, monday)
			r.judge(r.api)
			there(r)
			before := r.session()
			for _, text := range []string{strings.Repeat("a", 5000), strings.Repeat("7", 5000), strings.Repeat("<b>&", 1250), strings.Repeat("🙂", 2500)} {
				r.say(text)
				after := r.session()
				if after.At != before.At || !maps.Equal(before.Answers, after.Answers) {
					t.Errorf("%.5s went on to %s", text, after.At)
				}
				if said := r.chat.last(); strings.Contains(said, text) || strings.Contains(said, "incident") {
					t.Errorf("%.5s: %.300s", text, said)
				}
			}
		})
	}
}
