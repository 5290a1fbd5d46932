package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

func TestDecode(t *testing.T) {
	sent := time.Unix(1700000000, 0).UTC()
	edited := time.Unix(1700000060, 0).UTC()
	now := time.Unix(1700009999, 0).UTC()
	with := func(change func(*flow.Event)) *flow.Event {
		e := flow.Event{Update: 3, Chat: 5, User: 5, Private: true, At: sent, Message: 10}
		change(&e)
		return &e
	}
	message := func(fields string) string {
		return `{"update_id":3,"message":{"message_id":10,"date":1700000000,"chat":{"id":5,"type":"private"},"from":{"id":5},` + fields + `}}`
	}
	press := func(fields string) string {
		return `{"update_id":3,"callback_query":{"id":"cb","from":{"id":5},"chat_instance":"1",` + fields + `}}`
	}
	member := func(chat int, kind, status string) string {
		return fmt.Sprintf(`{"update_id":3,"my_chat_member":{"chat":{"id":%d,"type":%q},"from":{"id":5},"date":1700000000,`+
			`"old_chat_member":{"status":"member","user":{"id":9}},"new_chat_member":{"status":%q,"user":{"id":9},"until_date":0}}}`, chat, kind, status)
	}
	for name, tc := range map[string]struct {
		body string
		want *flow.Event // nil: no event
	}{
		"text": {message(`"text":"tomorrow 9"`), with(func(e *flow.Event) { e.Kind, e.Text = flow.EventText, "tomorrow 9" })},
		"command": {message(`"text":"/start book_12"`), with(func(e *flow.Event) {
			e.Kind, e.Command, e.Text = flow.EventCommand, "start", "book_12"
		})},
		"command for another bot": {message(`"text":"/start@other"`), nil},
		"own contact": {message(`"contact":{"phone_number":"+447700900123","first_name":"A","user_id":5}`), with(func(e *flow.Event) {
			e.Kind, e.Phone, e.ContactUser = flow.EventContact, "+447700900123", 5
		})},
		"contact who is no user": {message(`"contact":{"phone_number":"123","first_name":"A"}`), with(func(e *flow.Event) {
			e.Kind, e.Phone = flow.EventContact, "123"
		})},
		"photo with words": {message(`"photo":[{"file_id":"x"}],"caption":"/start"`), with(func(e *flow.Event) {
			e.Kind, e.Media = flow.EventOther, "photo"
		})},
		"animation, not document": {message(`"document":{"file_id":"x"},"animation":{"file_id":"x"}`), with(func(e *flow.Event) {
			e.Kind, e.Media = flow.EventOther, "animation"
		})},
		"voice":   {message(`"voice":{"file_id":"x"}`), with(func(e *flow.Event) { e.Kind, e.Media = flow.EventOther, "voice" })},
		"sticker": {message(`"sticker":{"file_id":"x"}`), with(func(e *flow.Event) { e.Kind, e.Media = flow.EventOther, "sticker" })},
		"venue, not location": {message(`"location":{"latitude":1,"longitude":1},"venue":{"title":"x","address":"y","location":{}}`), with(func(e *flow.Event) {
			e.Kind, e.Media = flow.EventOther, "venue"
		})},
		"newer than we are": {message(`"hologram":{"x":1}`), with(func(e *flow.Event) { e.Kind, e.Media = flow.EventOther, "unknown" })},
		"forwarded text": {message(`"text":"hi","forward_origin":{"type":"hidden_user","date":1,"sender_user_name":"X"}`), with(func(e *flow.Event) {
			e.Kind, e.Media = flow.EventOther, "forward"
		})},
		"pinned": {message(`"pinned_message":{"message_id":1,"date":0,"chat":{"id":5,"type":"private"}}`), nil},
		"edited": {`{"update_id":3,"edited_message":{"message_id":10,"date":1700000000,"edit_date":1700000060,"chat":{"id":5,"type":"private"},"from":{"id":5},"text":"/no"}}`, with(func(e *flow.Event) {
			e.Kind, e.Text, e.At = flow.EventEdited, "/no", edited
		})},
		"live location": {`{"update_id":3,"edited_message":{"message_id":10,"date":1700000000,"chat":{"id":5,"type":"private"},"from":{"id":5},"location":{"latitude":1,"longitude":1}}}`, nil},
		"group": {strings.Replace(message(`"text":"hi"`), `{"id":5,"type":"private"}`, `{"id":-100,"type":"supergroup"}`, 1), with(func(e *flow.Event) {
			e.Kind, e.Text, e.Chat, e.Private = flow.EventText, "hi", -100, false
		})},
		"anonymous admin": {message(`"text":"hi","sender_chat":{"id":-100,"type":"supergroup"}`), nil},
		"channel":         {`{"update_id":3,"message":{"message_id":10,"date":1,"chat":{"id":-100,"type":"channel"},"text":"hi"}}`, nil},
		"another bot":     {strings.Replace(message(`"text":"hi"`), `"from":{"id":5}`, `"from":{"id":5,"is_bot":true}`, 1), nil},
		"press": {press(`"data":"s1.a.pick.19:30","message":{"message_id":10,"date":1700000000,"chat":{"id":5,"type":"private"}}`), with(func(e *flow.Event) {
			e.Kind, e.At, e.Callback = flow.EventPress, now, "cb"
			e.Press = flow.Press{Of: "s1", Rev: 10, Action: "pick", Value: "19:30"}
		})},
		"press without message": {press(`"data":"s1.0.pick."`), with(func(e *flow.Event) {
			e.Kind, e.At, e.Callback, e.Message = flow.EventPress, now, "cb", 0
			e.Press = flow.Press{Of: "s1", Action: "pick"}
		})},
		"press with a null message": {press(`"data":"s1.0.pick.","message":null`), with(func(e *flow.Event) {
			e.Kind, e.At, e.Callback, e.Message = flow.EventPress, now, "cb", 0
			e.Press = flow.Press{Of: "s1", Action: "pick"}
		})},
		"press on an inaccessible message": {press(`"data":"s1.0.pick.","message":{"message_id":10,"date":0,"chat":{"id":5,"type":"private"}}`), with(func(e *flow.Event) {
			e.Kind, e.At, e.Callback, e.Message = flow.EventPress, now, "cb", 0
			e.Press = flow.Press{Of: "s1", Action: "pick"}
		})},
		"forged press": {press(`"data":"s1.00.pick.","message":{"message_id":10,"date":1700000000,"chat":{"id":5,"type":"private"}}`), with(func(e *flow.Event) {
			e.Kind, e.At, e.Callback, e.Forged = flow.EventPress, now, "cb", true
		})},
		"press in a group": {press(`"data":"s1.0.pick.","message":{"message_id":10,"date":1700000000,"chat":{"id":-100,"type":"group"}}`), with(func(e *flow.Event) {
			e.Kind, e.At, e.Callback, e.Chat, e.Private = flow.EventPress, now, "cb", -100, false
			e.Press = flow.Press{Of: "s1", Action: "pick"}
		})},
		"press in another's private chat":   {press(`"data":"s1.0.pick.","message":{"message_id":10,"date":1700000000,"chat":{"id":6,"type":"private"}}`), nil},
		"blocked":                           {member(5, "private", "kicked"), with(func(e *flow.Event) { e.Kind, e.Message = flow.EventLeft, 0 })},
		"left":                              {member(5, "private", "left"), with(func(e *flow.Event) { e.Kind, e.Message = flow.EventLeft, 0 })},
		"let back":                          {member(5, "private", "member"), with(func(e *flow.Event) { e.Kind, e.Message = flow.EventBack, 0 })},
		"restricted, whatever that is here": {member(5, "private", "restricted"), nil},
		"thrown out of a group":             {member(-100, "group", "kicked"), nil},
		"in another's private chat, by us":  {member(6, "private", "kicked"), nil},
		"something else":                    {`{"update_id":3,"poll":{"id":"1"}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := decodeUpdate([]byte(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			got, ok := decode(u, func(name string, _ bool) bool { return name == "our_bot" }, now)
			if ok != (tc.want != nil) {
				t.Fatalf("event: %v (%+v)", ok, got)
			}
			if tc.want != nil {
				if diff := cmp.Diff(*tc.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestParseCommand(t *testing.T) {
	type parsed struct {
		Name, Addressee, Rest string
		OK                    bool
	}
	for name, tc := range map[string]struct {
		in   string
		want parsed
	}{
		"bare":              {"/book", parsed{"book", "", "", true}},
		"capitals":          {"/Book", parsed{"book", "", "", true}},
		"rest":              {"/start  book_12  ", parsed{"start", "", "book_12", true}},
		"rest of the line":  {"/start a b\nc", parsed{"start", "", "a b", true}},
		"line break":        {"/start\nc", parsed{"start", "", "", true}},
		"no-break space":    {"/start\u00a0x", parsed{"start", "", "x", true}},
		"addressed":         {"/start@Our_Bot x", parsed{"start", "our_bot", "x", true}},
		"addressed nowhere": {"/start@ x", parsed{}},
		"two addressees":    {"/start@a@b", parsed{}},
		"slash":             {"/", parsed{}},
		"slash and space":   {"/ book", parsed{}},
		"path":              {"/usr/bin", parsed{}},
		"hyphen":            {"/a-b", parsed{}},
		"umlaut":            {"/büch", parsed{}},
		"not at the start":  {" /book", parsed{}},
		"32 signs":          {"/" + strings.Repeat("a", 32), parsed{strings.Repeat("a", 32), "", "", true}},
		"33 signs":          {"/" + strings.Repeat("a", 33), parsed{}},
		"empty":             {"", parsed{}},
	} {
		t.Run(name, func(t *testing.T) {
			var got parsed
			got.Name, got.Addressee, got.Rest, got.OK = parseCommand(tc.in)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("parseCommand(%q) (-want +got):\n%s", tc.in, diff)
			}
		})
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{"/start@b x", "/\xff", "//", "/a\u2003b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, addressee, rest, ok := parseCommand(text)
		if !ok {
			if name+addressee+rest != "" {
				t.Errorf("%q: refused, but %q %q %q", text, name, addressee, rest)
			}
			return
		}
		if !wordOf(name, longestCommand, isNameSign) || strings.ToLower(name) != name || strings.Contains(rest, "\n") {
			t.Errorf("%q: %q %q %q", text, name, addressee, rest)
		}
	})
}
