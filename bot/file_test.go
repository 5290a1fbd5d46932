package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/internal/wording"
	"phonechatbot/sandbox/tgsim"
)

var export = File{Name: "data.json", Type: "application/json", Content: []byte("{}\n")}

// TestSendFile compares what travels: the fields of the request as the server reads them.
func TestSendFile(t *testing.T) {
	full := view("<b>Your</b> data", "", "Two")
	full.Protect, full.Silent = true, true
	full.Rows = [][]flow.Button{{{Label: say("Home"), Press: flow.Press{Of: "a", Action: "home"}}}}
	anybody := flow.View{Body: []wording.Text{wording.Message{ID: "n", English: "{who}"}.With(wording.Args{"who": wording.Name("<i>")})}}
	for name, tc := range map[string]struct {
		file File
		view flow.View
		want map[string]string
	}{
		"caption": {export, view("Your data"), map[string]string{"document": "data.json: {}\n", "caption": "Your data"}},
		"all of a view": {export, full, map[string]string{
			"document": "data.json: {}\n", "caption": "<b>Your</b> data\n\nTwo", "protect_content": "true", "disable_notification": "true",
			"reply_markup": `{"inline_keyboard":[[{"text":"Home","callback_data":"a.0.home."}]]}`,
		}},
		"no caption":       {export, flow.View{}, map[string]string{"document": "data.json: {}\n"}},
		"stranger's name":  {export, anybody, map[string]string{"document": "data.json: {}\n", "caption": "\u2068&lt;i&gt;\u2069"}},
		"name of the land": {File{Name: "événement (2) 漢.ics", Content: []byte("x")}, flow.View{}, map[string]string{"document": "événement (2) 漢.ics: x"}},
		"bytes of no text": {File{Name: "a", Content: []byte("\x00\xff\r\n--")}, flow.View{}, map[string]string{"document": "a: \x00\xff\r\n--"}},
		"longest caption": {
			export, view("<b>" + strings.Repeat("&amp;", 1024) + "</b>"),
			map[string]string{"document": "data.json: {}\n", "caption": "<b>" + strings.Repeat("&amp;", 1024) + "</b>"},
		},
		"caption too long": {
			export, view("<b>" + strings.Repeat("🙂", 513) + "</b>"),
			map[string]string{"document": "data.json: {}\n", "caption": "<b>" + strings.Repeat("🙂", 511) + "</b>…"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			api := newFakeAPI()
			r := newRig(t, api, newFakeInbox())
			id, err := r.SendFile(t.Context(), 5, tc.file, tc.view)
			if err != nil || id != 1001 {
				t.Fatalf("SendFile = %d, %v", id, err)
			}
			tc.want["chat_id"], tc.want["parse_mode"] = "5", "HTML"
			if diff := cmp.Diff([]call{{"sendDocument", tc.want}}, api.called("")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.tails.isLast(5, 1000) || !r.tails.isLast(5, 1001) || r.tails.protected(5, 1001) != tc.view.Protect {
				t.Error("the file is not noted as the end of its chat")
			}
		})
	}
}

func TestSendFileRefuses(t *testing.T) {
	named := func(name string) File { return File{Name: name, Content: []byte("x")} }
	for name, f := range map[string]File{
		"no name":             named(""),
		"only dots":           named(".."),
		"blank name":          named(" "),
		"a path":              named("private/data.json"),
		"a path of Windows":   named(`private\data.json`),
		"line break":          named("private\r\nX-Header: 1"),
		"control character":   named("private\x00"),
		"ending turned round": named("private\u202egpj.exe"),
		"quotation mark":      named(`private"; name="chat_id`),
		"no encoding":         named("private\xff"),
		"name too long":       named(strings.Repeat("private", 20)),
		"empty":               {Name: "private"},
		"too big":             {Name: "private", Content: make([]byte, 1<<20+1)},
	} {
		t.Run(name, func(t *testing.T) {
			api := newFakeAPI()
			r := newRig(t, api, newFakeInbox())
			id, err := r.SendFile(t.Context(), 5, f, view("x"))
			if id != 0 || !errors.Is(err, ErrView) || Sort(err).Kind != Permanent || strings.Contains(err.Error(), "private") {
				t.Errorf("SendFile = %d, %v", id, err)
			}
			if calls := api.methods(); len(calls) > 0 {
				t.Errorf("sent %v", calls)
			}
		})
	}
	bad := view("x")
	bad.Rows = [][]flow.Button{{{Label: say("Go")}}}
	if _, err := newRig(t, newFakeAPI(), newFakeInbox()).SendFile(t.Context(), 5, export, bad); !errors.Is(err, ErrView) {
		t.Errorf("a button without a press: %v", err)
	}
}

// Another attempt sends the whole file again.
func TestSendFileAfterAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		replies := []*reply{flood(3)}
		api.setFault(func(call) *reply {
			if len(replies) == 0 {
				return nil
			}
			first := replies[0]
			replies = replies[1:]
			return first
		})
		big := File{Name: "big.json", Content: []byte(strings.Repeat("x", longestFile))}
		r := newRig(t, api, newFakeInbox())
		if _, err := r.SendFile(t.Context(), 5, big, view("x")); err != nil {
			t.Fatal(err)
		}
		sent := api.called("sendDocument")
		if len(sent) != 2 {
			t.Fatalf("%d attempts", len(sent))
		}
		for i, c := range sent {
			if got := len(c.Params["document"]) - len("big.json: "); got != longestFile {
				t.Errorf("attempt %d: %d bytes", i+1, got)
			}
		}
	})
}

func TestSendFileFails(t *testing.T) {
	api := newFakeAPI()
	api.setFault(func(call) *reply { return refusal(403, "Forbidden: bot was blocked by the user") })
	r := newRig(t, api, newFakeInbox())
	_, err := r.SendFile(t.Context(), 5, export, view("x"))
	var e *Error
	if !errors.As(err, &e) || e.Method != "sendDocument" || e.Code != 403 {
		t.Errorf("SendFile = %v", err)
	}
	if len(r.tails.of(5)) != 0 {
		t.Error("a file that was not sent is noted")
	}
}

// TestFileAsACard tries on a Telegram with a memory what becomes of a file that is the current card.
func TestFileAsACard(t *testing.T) {
	const chat = 5
	for name, place := range map[string]func(*Bot, context.Context, flow.ChatID, int, flow.View) (int, error){
		"Show": (*Bot).Show, "Edit": (*Bot).Edit,
	} {
		t.Run(name, func(t *testing.T) {
			sim := tgsim.New(tgsim.Config{Token: testToken})
			defer sim.Close()
			server := httptest.NewServer(sim.Handler())
			defer server.Close()
			sim.Send(chat, "/start")
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			b, err := New(Config{Token: secret.New(testToken), URL: server.URL, Transport: transport}, newFakeInbox(), zerolog.Nop())
			if err != nil {
				t.Fatal(err)
			}
			v := view("<b>" + strings.Repeat("é", 2000) + "</b>")
			v.Protect = true
			v.Rows = [][]flow.Button{{{Label: say("Home"), Press: flow.Press{Of: "a", Action: "home"}}}}
			file, err := b.SendFile(t.Context(), chat, export, v)
			if err != nil {
				t.Fatal(err)
			}
			v.Body = view("Home").Body
			card, err := place(b, t.Context(), chat, file, v)
			if err != nil || card == file {
				t.Fatalf("%s = %d after file %d, %v", name, card, file, err)
			}
			b.errands.stop()
			var got []string
			for _, m := range sim.Chat(chat)[1:] {
				got = append(got, fmt.Sprintf("%d %s %q %q %d characters %d buttons protected %t",
					m.ID, m.Kind, m.File.Name, m.File.Content, utf8.RuneCountInString(m.Text), len(m.Rows), m.Protected))
			}
			want := []string{
				fmt.Sprintf(`%d document "data.json" "{}\n" 1024 characters 0 buttons protected true`, file),
				fmt.Sprintf(`%d text "" "" 4 characters 1 buttons protected true`, card),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("chat (-want +got):\n%s", diff)
			}
		})
	}
}
