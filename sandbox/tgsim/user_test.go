package tgsim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// decodeUpdate reads the fields that these tests look at.
func decodeUpdate(t *testing.T, raw json.RawMessage) (m struct {
	ID       int             `json:"message_id"`
	Date     int64           `json:"date"`
	Text     string          `json:"text"`
	Entities []Entity        `json:"entities"`
	From     User            `json:"from"`
	Contact  json.RawMessage `json:"contact"`
	Photo    json.RawMessage `json:"photo"`
	Data     string          `json:"data"`
	Message  json.RawMessage `json:"message"`
},
) {
	t.Helper()
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("decode %s: %v", raw, err)
	}
	return m
}

func TestSend(t *testing.T) {
	w := newWorld(t)
	id := w.Send(alice, "  /link@sim_bot tok ")
	got := decodeUpdate(t, w.updates(`{}`)[0].Message)
	if got.ID != id || got.Text != "/link@sim_bot tok" || got.From.FirstName != "Alice" || got.Date != w.clock.Now().Unix() {
		t.Errorf("update %+v", got)
	}
	if diff := cmp.Diff([]Entity{{Type: "bot_command", Length: 13}}, got.Entities); diff != "" {
		t.Error(diff)
	}
	if w.Send(alice, " \n") != 0 {
		t.Error("white space was sent")
	}
	if last := w.Send(alice, strings.Repeat("y", maxText+1)); len(w.Chat(alice)) != 3 || w.Chat(alice)[2].Text != "y" || last != w.Chat(alice)[2].ID {
		t.Errorf("a long text makes two messages: %d", len(w.Chat(alice)))
	}
}

func TestUserEntities(t *testing.T) {
	for text, want := range map[string][]Entity{
		"plain":          nil,
		"a/b and 1/2":    nil,
		"/start":         {{Type: "bot_command", Length: 6}},
		"😀 /a /b":        {{Type: "bot_command", Offset: 3, Length: 2}, {Type: "bot_command", Offset: 6, Length: 2}},
		"/start, please": {{Type: "bot_command", Length: 6}},
		"/path/to":       nil,
	} {
		if diff := cmp.Diff(want, userEntities(text)); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}

func TestPress(t *testing.T) {
	w := newWorld(t)
	w.Send(alice, "/start")
	card := w.say("card", `{"inline_keyboard":[[{"text":"Go","callback_data":"go:1"},{"text":"Site","url":"https://a.example"}],
		[{"text":"Twin","callback_data":"t1"},{"text":"Twin","callback_data":"t2"}]]}`)
	if _, err := w.Press(alice, card, "Go"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Press(alice, card, "t2"); err != nil {
		t.Errorf("by data: %v", err)
	}
	for name, tc := range map[string]struct {
		user    int64
		message int
		label   string
		want    error
	}{
		"no such user":    {5, card, "Go", ErrNoSuchUser},
		"no such message": {alice, 999, "Go", ErrNoMessage},
		"no such button":  {alice, card, "Stay", ErrNoButton},
		"a link":          {alice, card, "Site", ErrNotPress},
	} {
		if _, err := w.Press(tc.user, tc.message, tc.label); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Press(alice, card, "Twin"); err == nil {
		t.Error("an ambiguous label was pressed")
	}
	all := w.updates(`{"offset":2}`)
	press := decodeUpdate(t, all[0].Callback)
	under := decodeUpdate(t, press.Message)
	if len(all) != 2 || press.Data != "go:1" || under.Text != "card" || !strings.Contains(string(press.Message), "inline_keyboard") {
		t.Errorf("%d updates, the press: %+v", len(all), press)
	}
	if err := w.DeleteByUser(alice, card); err != nil {
		t.Fatal(err)
	}
	w.PressData(alice, card, "forged")
	press = decodeUpdate(t, w.updates(`{"offset":4}`)[0].Callback)
	under = decodeUpdate(t, press.Message)
	if press.Data != "forged" || under.Date != 0 || under.ID != card {
		t.Errorf("press under a vanished message: %+v, %+v", press, under)
	}
}

func TestContactAndOthers(t *testing.T) {
	w := newWorld(t)
	w.Send(alice, "/start")
	w.say("Share?", `{"keyboard":[[{"text":"Share my number","request_contact":true}]],"one_time_keyboard":true,"input_field_placeholder":"Number"}`)
	want := ReplyKeyboard{Rows: [][]ReplyKey{{{"Share my number", true}}}, Placeholder: "Number", OneTime: true}
	if diff := cmp.Diff(want, w.Keyboard(alice)); diff != "" {
		t.Error(diff)
	}
	w.ShareContact(alice, "+447700900123", alice)
	if got := w.Keyboard(alice); got.Rows != nil {
		t.Errorf("a one-time keyboard stayed: %+v", got)
	}
	w.ShareContact(alice, "+447700900456", 0)
	w.SendPhoto(alice)
	if _, err := w.SendOther(alice, "hologram"); err == nil {
		t.Error("a hologram was sent")
	}
	all := w.updates(`{"offset":2}`)
	own, other := decodeUpdate(t, all[0].Message), decodeUpdate(t, all[1].Message)
	if string(own.Contact) != fmt.Sprintf(`{"first_name":"Alice","phone_number":"+447700900123","user_id":%d}`, alice) {
		t.Errorf("own contact %s", own.Contact)
	}
	if string(other.Contact) != `{"first_name":"Contact","phone_number":"+447700900456"}` {
		t.Errorf("other contact %s", other.Contact)
	}
	if photo := decodeUpdate(t, all[2].Message); photo.Photo == nil || photo.Text != "" {
		t.Errorf("photo %+v", photo)
	}
	w.say("Thanks", `{"keyboard":[[{"text":"Yes"}]]}`)
	w.say("Bye", `{"remove_keyboard":true}`)
	if got := w.Keyboard(alice); got.Rows != nil {
		t.Errorf("a removed keyboard stayed: %+v", got)
	}
}

func TestUserEditsOnlyWhatIsTheirs(t *testing.T) {
	w := newWorld(t)
	mine := w.Send(alice, "teh")
	theirs := w.say("hello", "")
	if err := w.EditText(alice, theirs, "x"); !errors.Is(err, ErrNotOwn) {
		t.Errorf("editing the bot's: %v", err)
	}
	if err := w.EditText(alice, 99, "x"); !errors.Is(err, ErrNoMessage) {
		t.Errorf("editing nothing: %v", err)
	}
	if err := w.EditText(alice, mine, "the"); err != nil {
		t.Fatal(err)
	}
	all := w.updates(`{}`)
	if got := decodeUpdate(t, all[1].Edited); got.Text != "the" || got.ID != mine {
		t.Errorf("edited_message %+v", got)
	}
}

func TestWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Token: testToken})
		hello := func(chat []Message) bool { return len(chat) > 0 && chat[len(chat)-1].Text == "hello" }
		go func() {
			time.Sleep(time.Second)
			s.Send(alice, "not yet")
			time.Sleep(time.Second)
			s.Send(alice, "hello")
		}()
		start := time.Now()
		if err := s.WaitFor(t.Context(), alice, hello); err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		never := func([]Message) bool { return false }
		if err := s.WaitFor(ctx, alice, never); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("deadline: %v", err)
		}
		go s.Close()
		if err := s.WaitFor(t.Context(), alice, never); !errors.Is(err, ErrClosed) {
			t.Errorf("close: %v", err)
		}
	})
}
