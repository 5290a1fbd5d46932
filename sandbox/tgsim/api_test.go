package tgsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEncodingsSayTheSame(t *testing.T) {
	values := map[string]string{
		"chat_id": fmt.Sprint(alice), "text": "<b>Hi</b> &amp; welcome", "parse_mode": "HTML", "protect_content": "true",
		"reply_markup": `{"inline_keyboard":[[{"text":"Go","callback_data":"go"}]]}`,
	}
	want := Message{
		FromBot: true, Kind: "text", Text: "Hi & welcome", HTML: values["text"], Protected: true,
		Entities: []Entity{{Type: "bold", Length: 2}}, Rows: [][]Button{{{Label: "Go", Data: "go"}}},
	}
	for name, send := range encodings(values) {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Send(alice, "/start")
			if r, err := send(w, "sendMessage"); err != nil || !r.OK {
				t.Fatalf("sendMessage: %+v, %v", r, err)
			}
			got := w.Chat(alice)[1]
			got.ID, got.At = 0, time.Time{}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	w := newWorld(t)
	for name, tc := range map[string]struct {
		method, path, want string
		code               int
	}{
		"wrong token":       {"POST", "/bot123456:other/getMe", "Unauthorized", 401},
		"unknown method":    {"POST", "/bot" + testToken + "/getRich", "Not Found", 404},
		"known but unheard": {"POST", "/bot" + testToken + "/sendDice", "Not Found", 404},
		"no method":         {"GET", "/bot" + testToken, "Not Found", 404},
		"elsewhere":         {"GET", "/", "Not Found", 404},
		"wrong verb":        {"DELETE", "/bot" + testToken + "/getMe", "Not Found", 404},
		"any case":          {"GET", "/bot" + testToken + "/GETME", "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tc.method, w.http.URL+tc.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			var r reply
			if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tc.code || r.Description != tc.want || r.OK != (tc.code == 200) {
				t.Errorf("got %d %q", resp.StatusCode, r.Description)
			}
		})
	}
}

// TestRefusals goes through what Telegram, or the referee, turns away. In a body, CHAT is Alice's
// chat, CARD a message of the bot in it, HERS one of hers, GONE a deleted one, QUERY a press.
func TestRefusals(t *testing.T) {
	button := func(fields string) string {
		return `{"chat_id":CHAT,"text":"x","reply_markup":{"inline_keyboard":[[{` + fields + `}]]}}`
	}
	html := func(text string) string {
		return `{"chat_id":CHAT,"parse_mode":"HTML","text":` + fmt.Sprintf("%q", text) + `}`
	}
	const notModified = "message is not modified: specified new message content and reply markup are exactly the same " +
		"as a current content and reply markup of the message"
	for name, tc := range map[string]struct{ method, body, want string }{
		"unknown parameter":     {"sendMessage", `{"chat_id":CHAT,"text":"x","txet":"y"}`, `unknown parameter "txet" of sendMessage`},
		"no chat":               {"sendMessage", `{"text":"x"}`, "chat_id is empty"},
		"null chat":             {"sendMessage", `{"chat_id":null,"text":"x"}`, "chat not found"},
		"unknown chat":          {"sendMessage", `{"chat_id":7,"text":"x"}`, "chat not found"},
		"named chat":            {"sendMessage", `{"chat_id":"@nobody","text":"x"}`, "chat not found"},
		"no text":               {"sendMessage", `{"chat_id":CHAT}`, "message text is empty"},
		"empty text":            {"sendMessage", `{"chat_id":CHAT,"text":""}`, "message text is empty"},
		"only spaces":           {"sendMessage", `{"chat_id":CHAT,"text":" \n "}`, "text must be non-empty"},
		"only tags":             {"sendMessage", html("<b></b>"), "text must be non-empty"},
		"too long":              {"sendMessage", `{"chat_id":CHAT,"text":"` + strings.Repeat("x", 4097) + `"}`, "message is too long"},
		"too long in units":     {"sendMessage", `{"chat_id":CHAT,"text":"` + strings.Repeat("😀", 2049) + `"}`, "message is too long"},
		"flag is a word":        {"sendMessage", `{"chat_id":CHAT,"text":"x","protect_content":"maybe"}`, `parameter "protect_content" has the wrong type`},
		"flag is a number":      {"sendMessage", `{"chat_id":CHAT,"text":"x","protect_content":1}`, `parameter "protect_content" must be of type Boolean`},
		"parse mode":            {"sendMessage", `{"chat_id":CHAT,"text":"x","parse_mode":"BBCode"}`, "unsupported parse_mode"},
		"both kinds of markup":  {"sendMessage", `{"chat_id":CHAT,"text":"x","parse_mode":"HTML","entities":[]}`, "parse_mode and entities can't both be given"},
		"unknown tag":           {"sendMessage", html("a<br>b"), `can't parse entities: Unsupported start tag "br" at byte offset 1`},
		"open tag":              {"sendMessage", html("<b>x"), `can't parse entities: Can't find end tag corresponding to start tag "b"`},
		"crossed tags":          {"sendMessage", html("<b><i>test</b></i>"), `can't parse entities: Unmatched end tag at byte offset 10, expected "</i>", found "</b>"`},
		"lonely end tag":        {"sendMessage", html("x</b>"), "can't parse entities: Unexpected end tag at byte offset 1"},
		"lonely less-than":      {"sendMessage", html("1 < 2"), `can't parse entities: Unsupported start tag "" at byte offset 2`},
		"unfinished tag":        {"sendMessage", html("1 <2"), "can't parse entities: Unclosed start tag at byte offset 2"},
		"wrong span":            {"sendMessage", html(`<span class="x">y</span>`), `can't parse entities: Tag "span" must have class "tg-spoiler" at byte offset 0`},
		"entity beyond the end": {"sendMessage", `{"chat_id":CHAT,"text":"hello","entities":[{"type":"bold","offset":0,"length":9}]}`, "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9"},
		"entity of no type":     {"sendMessage", `{"chat_id":CHAT,"text":"hello","entities":[{"type":"loud","offset":0,"length":1}]}`, "can't parse MessageEntity: Unsupported type specified"},
		"reply to nothing":      {"sendMessage", `{"chat_id":CHAT,"text":"x","reply_parameters":{"message_id":999}}`, "message to be replied not found"},
		"foreign business":      {"sendMessage", `{"chat_id":CHAT,"text":"x","business_connection_id":"b"}`, "business connection not found"},

		"markup null":           {"sendMessage", `{"chat_id":CHAT,"text":"x","reply_markup":null}`, "object expected as reply markup"},
		"markup broken":         {"sendMessage", `{"chat_id":CHAT,"text":"x","reply_markup":"{"}`, "can't parse reply keyboard markup JSON object"},
		"keyboard null":         {"sendMessage", `{"chat_id":CHAT,"text":"x","reply_markup":{"inline_keyboard":null}}`, `parameter "reply_markup.inline_keyboard" must be of type Array of Array of InlineKeyboardButton`},
		"button without label":  {"sendMessage", button(`"callback_data":"d"`), `can't find field "text" in reply_markup.inline_keyboard[0][0] (InlineKeyboardButton)`},
		"button without action": {"sendMessage", button(`"text":"x"`), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		"button, empty data":    {"sendMessage", button(`"text":"x","callback_data":""`), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		"button, two actions":   {"sendMessage", button(`"text":"x","callback_data":"d","url":"https://a.example"`), `can't parse inline keyboard button: several actions given: ["url" "callback_data"]`},
		"button, long data":     {"sendMessage", button(`"text":"x","callback_data":"` + strings.Repeat("é", 33) + `"`), "BUTTON_DATA_INVALID"},
		"button, odd field":     {"sendMessage", button(`"text":"x","callback_data":"d","colour":"red"`), `unknown field "colour" in reply_markup.inline_keyboard[0][0] (InlineKeyboardButton)`},
		"button, odd style":     {"sendMessage", button(`"text":"x","callback_data":"d","style":"pink"`), "button style must be one of danger, success, primary"},
		"button, no URL":        {"sendMessage", button(`"text":"x","url":"not-a-url"`), "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL"},
		"button, local URL":     {"sendMessage", button(`"text":"x","url":"http://localhost/x"`), "inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL"},
		"button, FTP":           {"sendMessage", button(`"text":"x","url":"ftp://a.example"`), "inline keyboard button URL 'ftp://a.example' is invalid: Unsupported URL protocol"},

		"edit nothing":          {"editMessageText", `{"chat_id":CHAT,"text":"x"}`, "message identifier is not specified"},
		"edit the same":         {"editMessageText", `{"chat_id":CHAT,"message_id":CARD,"text":"card ","reply_markup":{"inline_keyboard":[[{"callback_data":"a","text":"A"}]]}}`, notModified},
		"edit the same markup":  {"editMessageReplyMarkup", `{"chat_id":CHAT,"message_id":CARD,"reply_markup":{"inline_keyboard":[[{"text":"A","callback_data":"a"}],[]]}}`, notModified},
		"edit a vanished one":   {"editMessageText", `{"chat_id":CHAT,"message_id":GONE,"text":"x"}`, "message to edit not found"},
		"edit hers":             {"editMessageText", `{"chat_id":CHAT,"message_id":HERS,"text":"x"}`, "message can't be edited"},
		"edit to nothing":       {"editMessageText", `{"chat_id":CHAT,"message_id":CARD,"text":""}`, "message text is empty"},
		"edit, reply keyboard":  {"editMessageText", `{"chat_id":CHAT,"message_id":CARD,"text":"x","reply_markup":{"remove_keyboard":true}}`, `unknown field "remove_keyboard" in reply_markup (InlineKeyboardMarkup)`},
		"delete a vanished one": {"deleteMessage", `{"chat_id":CHAT,"message_id":GONE}`, "message to delete not found"},
		"delete nothing":        {"deleteMessage", `{"chat_id":CHAT}`, "message identifier is not specified"},
		"delete none":           {"deleteMessages", `{"chat_id":CHAT,"message_ids":[]}`, `parameter "message_ids" must have 1-100 identifiers`},
		"delete words":          {"deleteMessages", `{"chat_id":CHAT,"message_ids":["a"]}`, `parameter "message_ids[0]" must be of type Integer`},

		"answer unknown":  {"answerCallbackQuery", `{"callback_query_id":"77"}`, "query is too old and response timeout expired or query ID is invalid"},
		"answer too long": {"answerCallbackQuery", `{"callback_query_id":"QUERY","text":"` + strings.Repeat("x", 201) + `"}`, "MESSAGE_TOO_LONG"},
		"answer nobody":   {"answerCallbackQuery", `{}`, `parameter "callback_query_id" is required`},

		"command in capitals":    {"setMyCommands", `{"commands":[{"command":"Start","description":"x"}]}`, "BOT_COMMAND_INVALID"},
		"command too long":       {"setMyCommands", `{"commands":[{"command":"` + strings.Repeat("a", 33) + `","description":"x"}]}`, "BOT_COMMAND_INVALID"},
		"command says nothing":   {"setMyCommands", `{"commands":[{"command":"start","description":""}]}`, "BOT_COMMAND_DESCRIPTION_INVALID"},
		"command without words":  {"setMyCommands", `{"commands":[{"command":"start"}]}`, `can't find field "description" in commands[0] (BotCommand)`},
		"scope of no kind":       {"setMyCommands", `{"commands":[],"scope":{"type":"moon"}}`, `field "type" in scope must be "default"`},
		"scope without its chat": {"getMyCommands", `{"scope":{"type":"chat"}}`, `field "type" in scope must be "default"`},
		"language of three":      {"deleteMyCommands", `{"language_code":"eng"}`, "invalid language code specified"},
		"action of no kind":      {"sendChatAction", `{"chat_id":CHAT,"action":"dancing"}`, "wrong parameter action in request"},
		"menu button null":       {"setChatMenuButton", `{"menu_button":null}`, `parameter "menu_button" must be of type MenuButtonCommands`},
		"description too long":   {"setMyDescription", `{"description":"` + strings.Repeat("x", 513) + `"}`, `parameter "description" must have 0-512 characters`},
		"no document":            {"sendDocument", `{"chat_id":CHAT}`, `parameter "document" is required`},
		"unknown document":       {"sendDocument", `{"chat_id":CHAT,"document":"file99"}`, "wrong file identifier/HTTP URL specified"},
		"offset is a word":       {"getUpdates", `{"offset":"later"}`, `parameter "offset" has the wrong type`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			hers := w.Send(alice, "hello")
			card := w.say("card", `{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}`)
			gone := w.say("gone", "")
			if err := w.DeleteByUser(alice, gone); err != nil {
				t.Fatal(err)
			}
			query := w.PressData(alice, card, "a")
			body := strings.NewReplacer("CHAT", fmt.Sprint(alice), "CARD", fmt.Sprint(card), "HERS", fmt.Sprint(hers),
				"GONE", fmt.Sprint(gone), "QUERY", query).Replace(tc.body)
			before := w.Chat(alice)
			r := w.call(tc.method, body)
			if r.OK || r.Code != 400 || r.Description != "Bad Request: "+tc.want {
				t.Errorf("got %d %q,\nwant %q", r.Code, r.Description, "Bad Request: "+tc.want)
			}
			if diff := cmp.Diff(before, w.Chat(alice)); diff != "" {
				t.Errorf("a refused call changed the chat:\n%s", diff)
			}
		})
	}
}

func TestBlockedAndDeactivated(t *testing.T) {
	w := newWorld(t)
	if r := w.call("sendMessage", fmt.Sprintf(`{"chat_id":%d,"text":"x"}`, alice)); r.Description != "Bad Request: chat not found" {
		t.Errorf("before the chat was started: %q", r.Description)
	}
	w.Send(alice, "/start")
	send := fmt.Sprintf(`{"chat_id":%d,"text":"x"}`, alice)
	w.Block(alice)
	if r := w.call("sendMessage", send); r.Code != 403 || r.Description != "Forbidden: bot was blocked by the user" {
		t.Errorf("blocked: %d %q", r.Code, r.Description)
	}
	w.Unblock(alice)
	w.must("sendMessage", send)
	var statuses []string
	for _, u := range w.updates(`{}`) {
		var member struct {
			New struct {
				Status string `json:"status"`
			} `json:"new_chat_member"`
		}
		if u.Member != nil {
			if err := json.Unmarshal(u.Member, &member); err != nil {
				t.Fatal(err)
			}
			statuses = append(statuses, member.New.Status)
		}
	}
	if diff := cmp.Diff([]string{"kicked", "member"}, statuses); diff != "" {
		t.Error(diff)
	}
	w.Deactivate(alice)
	if r := w.call("sendMessage", send); r.Description != "Forbidden: user is deactivated" {
		t.Errorf("deactivated: %q", r.Description)
	}
}

func TestEditTakesTheKeyboardAway(t *testing.T) {
	w := newWorld(t)
	w.Send(alice, "/start")
	card := w.say("one", `{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}`)
	w.must("editMessageText", fmt.Sprintf(`{"chat_id":%d,"message_id":%d,"text":"two"}`, alice, card))
	got := w.Chat(alice)[1]
	if got.Text != "two" || got.Rows != nil || got.Edits != 1 {
		t.Errorf("after the edit: %+v", got)
	}
	if _, err := w.Press(alice, card, "A"); err != ErrNoButton { //nolint:errorlint // the very value
		t.Errorf("pressing a button that went away: %v", err)
	}
}

func TestDeletingHasItsTime(t *testing.T) {
	w := newWorld(t)
	hers := w.Send(alice, "secret")
	late := w.say("late", "")
	w.must("deleteMessage", fmt.Sprintf(`{"chat_id":%d,"message_id":%d}`, alice, hers))
	if !w.Chat(alice)[0].Deleted {
		t.Error("a bot may delete what it was sent")
	}
	w.clock.advance(48*time.Hour + time.Second)
	r := w.call("deleteMessage", fmt.Sprintf(`{"chat_id":%d,"message_id":%d}`, alice, late))
	if r.Description != "Bad Request: message can't be deleted for everyone" {
		t.Errorf("after two days: %q", r.Description)
	}
	fresh := w.say("fresh", "")
	w.must("deleteMessages", fmt.Sprintf(`{"chat_id":%d,"message_ids":[%d,%d,999]}`, alice, late, fresh))
	chat := w.Chat(alice)
	if chat[1].Deleted || !chat[2].Deleted {
		t.Errorf("deleteMessages: %+v", chat[1:])
	}
}

func TestAnswersHaveTheirTime(t *testing.T) {
	const tooOld = "Bad Request: query is too old and response timeout expired or query ID is invalid"
	w := newWorld(t)
	w.Send(alice, "/start")
	card := w.say("card", `{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}`)
	press := func() string {
		id, err := w.Press(alice, card, "A")
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first, second := press(), press()
	w.clock.advance(150 * time.Second)
	w.must("answerCallbackQuery", fmt.Sprintf(`{"callback_query_id":%q,"text":"Done","show_alert":true}`, first))
	if r := w.call("answerCallbackQuery", fmt.Sprintf(`{"callback_query_id":%q}`, first)); r.Description != tooOld {
		t.Errorf("answered twice: %q", r.Description)
	}
	w.clock.advance(time.Second)
	if r := w.call("answerCallbackQuery", fmt.Sprintf(`{"callback_query_id":%q}`, second)); r.Description != tooOld {
		t.Errorf("answered late: %q", r.Description)
	}
	want := []Toast{{QueryID: first, Text: "Done", Alert: true}}
	if diff := cmp.Diff(want, w.Toasts(alice)); diff != "" {
		t.Error(diff)
	}
	if toast, err := w.WaitAnswered(t.Context(), first); err != nil || toast != want[0] {
		t.Errorf("WaitAnswered = %+v, %v", toast, err)
	}
}

func TestCommandsByScope(t *testing.T) {
	w := newWorld(t)
	w.AddUser(User{ID: 9, FirstName: "Uwe", LanguageCode: "de-AT"})
	w.must("setMyCommands", `{"commands":[{"command":"start","description":"Begin"}]}`)
	w.must("setMyCommands", `{"commands":[{"command":"start","description":"Anfang"}],"language_code":"de"}`)
	w.must("setMyCommands", fmt.Sprintf(`{"commands":[{"command":"help","description":"Help"}],"scope":{"type":"chat","chat_id":%d}}`, alice))
	if diff := cmp.Diff([]Command{{"help", "Help"}}, w.Commands(alice)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Command{{"start", "Anfang"}}, w.Commands(9)); diff != "" {
		t.Error(diff)
	}
	w.must("deleteMyCommands", fmt.Sprintf(`{"scope":{"type":"chat","chat_id":%d}}`, alice))
	if diff := cmp.Diff([]Command{{"start", "Begin"}}, w.Commands(alice)); diff != "" {
		t.Error(diff)
	}
	if got := string(w.must("getMyCommands", `{}`)); got != `[{"command":"start","description":"Begin"}]` {
		t.Errorf("getMyCommands = %s", got)
	}
}
