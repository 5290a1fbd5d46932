package bot

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// TestRender compares what travels: the fields of the request as the server reads them.
func TestRender(t *testing.T) {
	home := flow.Button{Label: say("Home & <b>dry</b>"), Press: flow.Press{Of: "a1", Action: "home"}}
	base := map[string]string{"chat_id": "5", "parse_mode": "HTML", "link_preview_options": `{"is_disabled":true}`, "text": "Hi"}
	with := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for k, v := range base {
			m[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	hi := view("Hi").Body
	for name, tc := range map[string]struct {
		view flow.View
		want map[string]string
	}{
		"text": {flow.View{Body: hi}, with()},
		"paragraphs, an empty one between": {
			flow.View{Body: []wording.Text{{}, say("<b>One</b>"), {}, say("Two"), {}}},
			with("text", "<b>One</b>\n\nTwo"),
		},
		"stranger's name": {
			flow.View{Body: []wording.Text{wording.Message{ID: "n", English: "{who}!"}.With(wording.Args{"who": wording.Name("<i>&_")})}},
			with("text", "\u2068&lt;i&gt;&amp;_\u2069!"),
		},
		"quiet and protected": {flow.View{Body: hi, Silent: true, Protect: true}, with("disable_notification", "true", "protect_content", "true")},
		"buttons": {
			flow.View{Body: hi, Rows: [][]flow.Button{
				{home, {Label: say("Sign in"), URL: "https://example.test/?a=1", Press: flow.Press{Of: "ignored", Action: "x"}}},
				{},
				{{Label: say("Accept"), Style: flow.StyleSuccess, Press: flow.Press{Of: "s", Rev: 36, Action: "go", Value: "1.5"}}},
			}},
			with("reply_markup", `{"inline_keyboard":[[{"text":"Home \u0026 dry","callback_data":"a1.0.home."},{"text":"Sign in","url":"https://example.test/?a=1"}],[{"text":"Accept","style":"success","callback_data":"s.10.go.1.5"}]]}`),
		},
		"empty rows only": {flow.View{Body: hi, Rows: [][]flow.Button{{}, {}}}, with()},
		"share number, not rows": {
			flow.View{Body: hi, Rows: [][]flow.Button{{home}}, ShareNumber: say("Share my number")},
			with("reply_markup", `{"keyboard":[[{"text":"Share my number","request_contact":true}]],"resize_keyboard":true,"one_time_keyboard":true}`),
		},
		"drop keyboard": {flow.View{Body: hi, DropKeyboard: true}, with("reply_markup", `{"remove_keyboard":true}`)},
	} {
		t.Run(name, func(t *testing.T) {
			api := newFakeAPI()
			r := newRig(t, api, newFakeInbox())
			if _, err := r.Send(t.Context(), 5, tc.view); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, api.called("sendMessage")[0].Params); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRenderInAnotherLanguage(t *testing.T) {
	got, err := render(wording.Catalogue{"test": "Guten Tag"}, view("Hello"))
	if err != nil || got.text != "Guten Tag" {
		t.Errorf("%q, %v", got.text, err)
	}
}

func TestRenderRefuses(t *testing.T) {
	press := flow.Press{Of: "a", Action: "go"}
	for name, v := range map[string]flow.View{
		"no body":         {},
		"blank body":      view(" ", ""),
		"no label":        {Body: view("x").Body, Rows: [][]flow.Button{{{Press: press}}}},
		"nothing pressed": {Body: view("x").Body, Rows: [][]flow.Button{{{Label: say("Go")}}}},
		"value too long": {Body: view("x").Body, Rows: [][]flow.Button{{{
			Label: say("Go"), Press: flow.Press{Of: "a", Action: "go", Value: strings.Repeat("secret", 12)},
		}}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := render(nil, v)
			if !errors.Is(err, ErrView) || strings.Contains(err.Error(), "secret") {
				t.Errorf("render = %v", err)
			}
		})
	}
}

func TestStripWritesAnEmptyKeyboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		r := newRig(t, api, newFakeInbox())
		r.tails.note(5, 101, false)
		if _, err := r.Show(t.Context(), 5, 100, view("x")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		want := []call{{"editMessageReplyMarkup", map[string]string{
			"chat_id": "5", "message_id": "100", "reply_markup": `{"inline_keyboard":[]}`,
		}}}
		if diff := cmp.Diff(want, api.called("editMessageReplyMarkup")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestCarrierOfADroppedKeyboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		r := newRig(t, api, newFakeInbox())
		v := view("Thanks")
		v.DropKeyboard = true
		v.Rows = [][]flow.Button{{{Label: say("Home"), Press: flow.Press{Of: "a", Action: "home"}}}}
		id, err := r.Send(t.Context(), 5, v)
		if err != nil || id != 1002 {
			t.Fatalf("Send = %d, %v", id, err)
		}
		synctest.Wait()
		sent := api.called("sendMessage")
		if sent[0].Params["reply_markup"] != `{"remove_keyboard":true}` || sent[0].Params["disable_notification"] != "true" ||
			!strings.HasPrefix(sent[1].Params["reply_markup"], `{"inline_keyboard":[[`) || sent[1].Params["text"] != "Thanks" {
			t.Errorf("sent %v", sent)
		}
		if got := api.called("deleteMessage"); len(got) != 1 || got[0].Params["message_id"] != "1001" {
			t.Errorf("deleted %v", got)
		}
	})
}
