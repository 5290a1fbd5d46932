package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

var spoilers = regexp.MustCompile(`<tg-spoiler>[^<]*</tg-spoiler>`)

func TestCallDetailsSayWhoRingsWhom(t *testing.T) {
	const yours, theirs, skype = "07700900123", "07700900456", "live:their.name"
	for name, tc := range map[string]struct {
		token  string
		change func(*apiclient.Booking)
		want   string
	}{
		"they ring": {clientToken, func(b *apiclient.Booking) {}, "They ring you on ||07700 900123||."},
		"you ring": {
			clientToken, func(b *apiclient.Booking) { b.Method, b.Other.PhoneNumber = 2, theirs },
			"You ring them on ||07700 900456||.",
		},
		"you ring, with a country's code": {
			clientToken, func(b *apiclient.Booking) { b.Method, b.Other.PhoneNumber = 2, "+33142682000" },
			"You ring them on ||+33 1 42 68 20 00||.",
		},
		"their number is markup": {
			clientToken, func(b *apiclient.Booking) { b.Method, b.Other.PhoneNumber = 2, "</tg-spoiler><b>" },
			"You ring them on ||</tg-spoiler><b>||.",
		},
		"their number is not shown yet": {
			clientToken, func(b *apiclient.Booking) { b.Method = 2 },
			"You ring them. The site does not show the number or name for it yet: press Call details again at Tue 16 Feb 11:46 UK time.",
		},
		"not shown, and the call is near": {
			clientToken, func(b *apiclient.Booking) { b.Method, b.Session = 2, monday.Add(10*time.Minute) },
			"You ring them. The site does not show the number or name for it yet: press Call details again in a few minutes.",
		},
		"your own number is not shown": {
			clientToken, func(b *apiclient.Booking) { b.PhoneNumber = "" },
			"They ring you. The site does not show the number or name for it yet: press Call details again at Tue 16 Feb 11:46 UK time.",
		},
		"Skype": {
			clientToken, func(b *apiclient.Booking) { b.Method, b.SkypeName, b.Other.SkypeName = 3, "live:my.name", skype },
			"You talk by Skype. Their name: ||live:their.name||\nYour Skype name: ||live:my.name||",
		},
		"a way nobody knows": {
			clientToken, func(b *apiclient.Booking) { b.Method = 9 },
			"I don't know this way of calling. Please look at the booking on the site.",
		},
		"performer rings": {
			performerToken, func(b *apiclient.Booking) { b.PhoneNumber, b.Other.PhoneNumber = yours, yours },
			"You ring them on ||07700 900123||.",
		},
		"performer rings, another number on the booking": {
			performerToken, func(b *apiclient.Booking) { b.PhoneNumber, b.Other.PhoneNumber = theirs, "447700900123" },
			"You ring them on ||07700 900123||.\nThe number on this booking: ||07700 900456||",
		},
		"performer rings, and knows only that of the booking": {
			performerToken, func(b *apiclient.Booking) { b.PhoneNumber, b.Other.PhoneNumber = theirs, "" },
			"You ring them. The site does not show the number or name for it yet: press Call details again at Tue 16 Feb 11:46 UK time.\nThe number on this booking: ||07700 900456||",
		},
		"performer is rung": {
			performerToken, func(b *apiclient.Booking) { b.Method, b.PhoneNumber, b.Other.PhoneNumber = 2, "", "" },
			"They ring you on the number of your phone chat settings.",
		},
		"performer by Skype": {
			performerToken, func(b *apiclient.Booking) { b.Method, b.SkypeName, b.Other.SkypeName = 3, "live:my.name", skype },
			"You talk by Skype. Their name: ||live:their.name||\nThe Skype name on this booking: ||live:my.name||",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(tc.token)
			id := r.agreed()
			side := "m"
			if tc.token == performerToken {
				side = "r"
			}
			r.platformOf(edited{r.api, tc.change})
			r.chat.log = nil
			r.do("details", fmt.Sprint(side, id))
			lines := strings.Split(r.chat.last(), "\n")
			if got := strings.Join(lines[2:len(lines)-2], "\n"); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
			said := r.chat.messages[len(r.chat.messages)-1]
			if open := spoilers.ReplaceAllString(said.html, ""); strings.Contains(open, "7700") || strings.Contains(open, "live:") || strings.Contains(open, "Evening") {
				t.Errorf("it can be read without a press:\n%s", said.html)
			}
			if log := strings.Join(r.chat.log, "\n"); strings.Count(log, "(protected)") != 2 { // empty, and filled
				t.Errorf("the message can be forwarded:\n%s", log)
			}
			if len(said.rows) != 1 || len(said.rows[0]) != 1 {
				t.Errorf("a message that goes leads somewhere: %v", said.rows)
			}
		})
	}
}

// stubborn is a chat in which something comes between the empty message and what fills it.
type stubborn struct {
	*fakeChat
	edit func(card int) error
}

func (s *stubborn) Edit(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	if err := s.edit(card); err != nil {
		return card, err
	}
	return s.fakeChat.Edit(ctx, chat, card, v)
}

func (r *rig) chatOf(chat conversations.Chat) {
	r.t.Helper()
	desk, err := conversations.New(conversations.Config{
		Store: r.db, API: r.api, Chat: chat, Zone: r.platform.Location(), Now: r.clock.Now,
		NewID: func() string { r.ids++; return fmt.Sprintf("form%08d", r.ids) }, NewUUID: newUUID, Slow: r.slow,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.desk = desk
}

// The numbers leave the chat however the message came into it.
func TestCallDetailsGoWhateverComesBetween(t *testing.T) {
	errStopped := errors.New("the program ended")
	for name, edit := range map[string]func(r *rig, card int) error{
		"nothing":                    func(*rig, int) error { return nil },
		"the end of the program":     func(*rig, int) error { return errStopped },
		"the empty message was gone": func(r *rig, card int) error { r.chat.message(card).gone = true; return nil }, // so it is sent anew
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			id := r.agreed()
			r.chatOf(&stubborn{r.chat, func(card int) error { return edit(r, card) }})
			err := r.try(flow.Event{Kind: flow.EventPress, Callback: "q", Press: flow.Press{Of: r.tag(), Action: "details", Value: fmt.Sprint("m", id)}})
			if failed := name == "the end of the program"; failed != errors.Is(err, errStopped) || failed == r.holdsNumber() {
				t.Fatalf("%v, and the chat holds a number: %v", err, r.holdsNumber())
			}
			r.clock.Advance(3 * time.Minute)
			r.restart()
			r.clock.Advance(119 * time.Second)
			r.settle()
			if left := r.chatRecord().Expiring; len(left) == 0 {
				t.Fatal("it went too early")
			}
			r.clock.Advance(time.Second)
			r.settle()
			if r.holdsNumber() || strings.Contains(r.chat.last(), "Working…") {
				t.Error("it is still in the chat")
			}
			if left := r.chatRecord().Expiring; len(left) != 0 {
				t.Errorf("%d messages are still to go", len(left))
			}
		})
	}
}

func (r *rig) holdsNumber() bool {
	for _, m := range r.chat.messages {
		if !m.gone && strings.Contains(m.text, "900123") {
			return true
		}
	}
	return false
}

func TestHideNow(t *testing.T) {
	t.Run("twice", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		id := r.agreed()
		r.do("details", fmt.Sprint("m", id))
		r.do("details", fmt.Sprint("m", id))
		card, hide, _ := r.chat.find("Hide now")
		r.pressed(card, hide)
		r.pressed(card, hide)
		if left := r.chatRecord().Expiring; len(left) != 1 || left[0].Message == card {
			t.Errorf("still to go: %v, and %d was hidden", left, card)
		}
		r.pressed(0, hide) // the message is gone
	})
	t.Run("Telegram does not delete it", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.do("details", fmt.Sprint("m", r.agreed()))
		r.chat.noDelete = true
		r.press("Hide now")
		if r.holdsNumber() {
			t.Error("the number can still be read")
		}
		r.chat.noDelete = false
		r.clock.Advance(5 * time.Minute)
		r.settle()
		if strings.Contains(r.chat.last(), "Hidden") || len(r.chatRecord().Expiring) != 0 {
			t.Error("it is not tried again")
		}
	})
	t.Run("after unlinking", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.do("details", fmt.Sprint("m", r.agreed()))
		r.say("/account")
		r.press("Unlink")
		r.press("Yes, unlink")
		r.clock.Advance(5 * time.Minute)
		r.settle()
		if r.holdsNumber() {
			t.Error("unlinking leaves the number in the chat")
		}
	})
}

// A form that stands open stays where it is: the next answer is still its.
func TestCallDetailsLeaveAnOpenFormAlone(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.agreed()
	r.say("/book")
	r.say("771204")
	r.wantSaid("Which day")
	r.do("details", fmt.Sprint("m", id))
	r.do("calendar", fmt.Sprint("m", id))
	r.do("remindset", fmt.Sprint("60+m", id))
	r.say("tomorrow 9:30pm")
	r.wantSaid("How long?")
}

// A manager who acts for a member sees the call, and cannot change what is the member's own.
func TestExtrasForAMember(t *testing.T) {
	r := newRig(t, monday)
	r.link(managerToken)
	r.agreed()
	r.changeChat(func(chat *store.Chat) {
		chat.Acting = store.Acting{Member: performerID, Nickname: "VelvetVoice", Until: r.clock.Now().Add(30 * time.Minute)}
	})
	r.say("/requests")
	r.press("1")
	for _, label := range []string{"Remind me", "Mute", "Unmute", "Book again"} {
		if _, _, offered := r.chat.find(label); offered {
			t.Errorf("%s is offered", label)
		}
	}
	_, details, _ := r.chat.find("Call details")
	r.press("Add to calendar")
	r.wantSaid("Acting as VelvetVoice")
	if len(r.chat.files) != 1 {
		t.Fatalf("%d files", len(r.chat.files))
	}
	r.press("Call details")
	r.wantSaid("Acting as VelvetVoice")
	r.wantSaid("VelvetVoice rings them on ||07700 900123||.")
	if rows := r.chat.messages[len(r.chat.messages)-1].rows; len(rows) != 1 || len(rows[0]) != 1 {
		t.Errorf("a message that goes leads somewhere: %v", rows)
	}
	r.press("Hide now")
	if r.holdsNumber() || len(r.chatRecord().Expiring) != 0 {
		t.Errorf("it is not hidden:\n%s", r.chat.last())
	}
	for _, action := range []string{"remind", "mute", "unmute", "rebook"} {
		card, err := r.chat.Send(t.Context(), theUser, flow.View{})
		if err != nil {
			t.Fatal(err)
		}
		r.pressed(card, flow.Press{Of: details.Of, Action: action, Value: details.Value})
		r.wantSaid("can't be done for a member of the group")
	}
	if len(r.inQueue()) != 0 {
		t.Error("a reminder was set")
	}
}

// changeChat changes the chat's record.
func (r *rig) changeChat(change func(*store.Chat)) {
	r.t.Helper()
	err := r.db.Update(r.t.Context(), func(tx *store.Tx) error {
		chat, err := tx.Chat(theUser)
		if err != nil {
			return err
		}
		change(&chat)
		return tx.PutChat(chat)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}
