package tgsim

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

// page is the web handler of a world, called without a network.
type page struct {
	t *testing.T
	h http.Handler
}

func (p page) get(path string) *httptest.ResponseRecorder {
	out := httptest.NewRecorder()
	p.h.ServeHTTP(out, httptest.NewRequestWithContext(p.t.Context(), "GET", path, nil))
	return out
}

func (p page) act(body string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(p.t.Context(), "POST", "/act", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	out := httptest.NewRecorder()
	p.h.ServeHTTP(out, req)
	return out
}

func (p page) state() webState {
	p.t.Helper()
	var s webState
	if err := json.Unmarshal(p.get("/state").Body.Bytes(), &s); err != nil {
		p.t.Fatal(err)
	}
	return s
}

func TestPage(t *testing.T) {
	w := newWorld(t)
	p := page{t, w.WebHandler(WebConfig{UserID: alice, Title: `Demo <b> & "co"`, PanelURL: "http://127.0.0.1:8081/panel"})}
	out := p.get("/")
	body := out.Body.String()
	for _, want := range []string{
		"<title>Demo &lt;b&gt; &amp; &#34;co&#34;</title>", `<iframe src="http://127.0.0.1:8081/panel"`, chatJS, chatCSS, "Other side",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %.60q", want)
		}
	}
	csp := out.Header().Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-src http://127.0.0.1:8081;") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	if strings.Contains(chatJS, "innerHTML") || strings.Contains(chatJS, "insertAdjacentHTML") {
		t.Error("the script writes raw HTML")
	}
	alone := page{t, w.WebHandler(WebConfig{UserID: alice, PanelURL: "javascript:alert(1)"})}
	if strings.Contains(alone.get("/").Body.String(), "javascript:") {
		t.Error("a script became the panel's address")
	}
	if got := p.get("/elsewhere").Code; got != 404 {
		t.Errorf("elsewhere: %d", got)
	}
}

func TestPageState(t *testing.T) {
	w := newWorld(t)
	p := page{t, w.WebHandler(WebConfig{UserID: alice})}
	w.Send(alice, "/start")
	w.say("Hi", `{"inline_keyboard":[[{"text":"Go","callback_data":"secret","style":"primary"},{"text":"Site","url":"https://a.example"}]]}`)
	gone := w.say("gone", "")
	if err := w.DeleteByUser(alice, gone); err != nil {
		t.Fatal(err)
	}
	w.must("setMyCommands", `{"commands":[{"command":"help","description":"Help"}]}`)
	w.must("sendChatAction", `{"chat_id":4242,"action":"typing"}`)
	raw := p.get("/state").Body.String()
	if strings.Contains(raw, "secret") || strings.Contains(raw, "gone") {
		t.Errorf("state shows what a person would not see: %s", raw)
	}
	got := p.state()
	want := webState{
		Version: got.Version, Kinds: Kinds(), Commands: []Command{{"help", "Help"}}, Toasts: []webToast{},
		Keyboard: webKeyboard{Rows: [][]webKey{}}, Doing: "typing", DoingMS: 5000,
		Messages: []webMessage{
			{ID: 1, Kind: "text", Text: "/start", Entities: []Entity{{Type: "bot_command", Length: 6}}, Rows: [][]webButton{}, At: w.clock.Now().Unix()},
			{ID: 2, FromBot: true, Kind: "text", Text: "Hi", Entities: []Entity{}, At: w.clock.Now().Unix(), Rows: [][]webButton{{
				{Label: "Go", Style: "primary", Press: true}, {Label: "Site", URL: "https://a.example"},
			}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

func TestPageFiles(t *testing.T) {
	w := newWorld(t)
	b := newBot(t, w)
	p := page{t, w.WebHandler(WebConfig{UserID: alice})}
	send := func(to int64, name string, protect bool) int {
		t.Helper()
		w.Send(to, "/start")
		m, err := b.SendDocument(t.Context(), &tg.SendDocumentParams{
			ChatID: to, Caption: "Yours", ProtectContent: protect,
			Document: &models.InputFileUpload{Filename: name, Data: strings.NewReader("<b>a\r\n")},
		})
		if err != nil {
			t.Fatal(err)
		}
		return m.ID
	}
	plain, odd, protected := send(alice, "call.ics", false), send(alice, `a "b"; é.html`, false), send(alice, "own.json", true)
	foreign, gone, text := send(alice+1, "x.ics", false), send(alice, "old.ics", false), w.say("no file", "")
	if err := w.DeleteByUser(alice, gone); err != nil {
		t.Fatal(err)
	}

	names := map[int]string{}
	for _, m := range p.state().Messages {
		if m.Kind == "document" {
			names[m.ID] = m.FileName + ": " + m.Text
		}
	}
	if diff := cmp.Diff(map[int]string{plain: "call.ics: Yours", odd: `a "b"; é.html: Yours`, protected: "own.json: Yours"}, names); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	for id, name := range map[int]string{plain: "call.ics", odd: `a "b"; é.html`} {
		out := p.get(fmt.Sprintf("/file?message=%d", id))
		how, params, err := mime.ParseMediaType(out.Header().Get("Content-Disposition"))
		if err != nil || how != "attachment" || params["filename"] != name || out.Body.String() != "<b>a\r\n" {
			t.Errorf("%s: %s %v %v, content %q", name, how, params, err, out.Body)
		}
		if kind := out.Header().Get("Content-Type"); kind != "application/octet-stream" || out.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: a browser may show it as %q", name, kind)
		}
	}
	for query, code := range map[string]int{
		fmt.Sprintf("message=%d", protected): 403, fmt.Sprintf("message=%d", foreign): 404, fmt.Sprintf("message=%d", gone): 404,
		fmt.Sprintf("message=%d", text): 404, "message=99": 404, "message=x": 404, "": 404,
	} {
		if out := p.get("/file?" + query); out.Code != code || strings.Contains(out.Body.String(), "<b>") {
			t.Errorf("%q: %d %q, want %d", query, out.Code, out.Body, code)
		}
	}
}

func TestPageActions(t *testing.T) {
	w := newWorld(t)
	p := page{t, w.WebHandler(WebConfig{UserID: alice})}
	for _, body := range []string{
		`{"do":"send","text":"hello"}`, `{"do":"contact"}`, `{"do":"other","kind":"voice"}`,
		`{"do":"edit","message":1,"text":"hullo"}`, `{"do":"delete","message":2}`, `{"do":"block"}`, `{"do":"unblock"}`,
	} {
		if out := p.act(body); out.Code != 200 {
			t.Errorf("%s: %d %s", body, out.Code, out.Body)
		}
	}
	card := w.say("card", `{"inline_keyboard":[[{"text":"A","callback_data":"a"},{"text":"B","callback_data":"b"}]]}`)
	var pressed struct{ Query string }
	if err := json.Unmarshal(p.act(`{"do":"press","message":4,"row":0,"column":1}`).Body.Bytes(), &pressed); err != nil || card != 4 {
		t.Fatal(card, err)
	}
	w.must("answerCallbackQuery", `{"callback_query_id":"`+pressed.Query+`","text":"ok"}`)
	got := p.state()
	if len(got.Messages) != 3 || got.Messages[0].Text != "hullo" || !got.Messages[0].Edited || got.Messages[1].Kind != "voice" {
		t.Errorf("messages %+v", got.Messages)
	}
	if diff := cmp.Diff([]webToast{{Query: pressed.Query, Text: "ok"}}, got.Toasts); diff != "" {
		t.Error(diff)
	}
	all := w.updates(`{}`)
	if last := decodeUpdate(t, all[len(all)-1].Callback); last.Data != "b" {
		t.Errorf("pressed %q", last.Data)
	}
}

func TestPageRefusals(t *testing.T) {
	w := newWorld(t)
	p := page{t, w.WebHandler(WebConfig{UserID: alice})}
	const send = `{"do":"send","text":"x"}`
	for name, tc := range map[string]struct {
		body    string
		headers []string
		code    int
	}{
		"a form of another site": {send, []string{"Content-Type", "text/plain"}, 415},
		"another site, says so":  {send, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"no JSON":                {"x", nil, 400},
		"two actions":            {send + send, nil, 400},
		"an unknown field":       {`{"do":"send","tetx":"x"}`, nil, 400},
		"no such action":         {`{"do":"dance"}`, nil, 409},
		"no such message":        {`{"do":"press","message":9}`, nil, 409},
	} {
		if got := p.act(tc.body, tc.headers...).Code; got != tc.code {
			t.Errorf("%s: %d, want %d", name, got, tc.code)
		}
	}
	if len(w.Chat(alice)) != 0 {
		t.Error("something was sent all the same")
	}
}

func TestPageWaitsForNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Token: testToken})
		defer s.Close()
		s.AddUser(User{ID: alice})
		p := page{t, s.WebHandler(WebConfig{UserID: alice})}
		first := p.state()
		go func() {
			time.Sleep(4 * time.Second)
			s.Send(alice, "news")
		}()
		start := time.Now()
		var next webState
		body, err := io.ReadAll(p.get("/state?after=" + jsonOf(first.Version)).Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(body, &next); err != nil {
			t.Fatal(err)
		}
		if time.Since(start) != 4*time.Second || len(next.Messages) != 1 || next.Version == first.Version {
			t.Errorf("after %v: %+v", time.Since(start), next)
		}
		p.get("/state?after=" + jsonOf(next.Version))
		if got := time.Since(start); got != 4*time.Second+webWait {
			t.Errorf("without news it took %v", got)
		}
	})
}

func jsonOf(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
