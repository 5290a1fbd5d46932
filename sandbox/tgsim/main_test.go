package tgsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testToken = "123456:demo"
	alice     = int64(4242)
)

// clock is a clock that a test moves by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a server over HTTP with one user who has started the chat.
type world struct {
	*Server
	t     *testing.T
	clock *clock
	http  *httptest.Server
}

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	c := &clock{now: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)}
	cfg := Config{Token: testToken, Username: "sim_bot", Now: c.Now}
	for _, f := range change {
		f(&cfg)
	}
	w := &world{Server: New(cfg), t: t, clock: c}
	w.http = httptest.NewServer(w.Handler())
	t.Cleanup(func() {
		w.Close()
		w.http.CloseClientConnections()
		w.http.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	w.AddUser(User{ID: alice, FirstName: "Alice", Username: "alice", LanguageCode: "en"})
	return w
}

// reply is an answer of the Bot API.
type reply struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

// post sends a body and decodes the answer.
func (w *world) post(method, contentType string, body io.Reader) (reply, error) {
	var r reply
	resp, err := http.Post(w.http.URL+"/bot"+testToken+"/"+method, contentType, body) //nolint:noctx // local
	if err != nil {
		return r, err
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		return r, fmt.Errorf("decode answer: %w", err)
	}
	if !r.OK && r.Code != resp.StatusCode {
		return r, fmt.Errorf("status %d but error_code %d", resp.StatusCode, r.Code)
	}
	return r, nil
}

// call sends JSON and fails the test if there is no answer.
func (w *world) call(method, body string) reply {
	w.t.Helper()
	r, err := w.post(method, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatalf("%s: %v", method, err)
	}
	return r
}

// must is call for what has to succeed.
func (w *world) must(method, body string) json.RawMessage {
	w.t.Helper()
	r := w.call(method, body)
	if !r.OK {
		w.t.Fatalf("%s %s: %d %s", method, body, r.Code, r.Description)
	}
	return r.Result
}

// say makes the bot send a text with markup (JSON, or "") to Alice, and gives its id.
func (w *world) say(text, markup string) int {
	w.t.Helper()
	body := fmt.Sprintf(`{"chat_id":%d,"text":%q`, alice, text)
	if markup != "" {
		body += `,"reply_markup":` + markup
	}
	var m struct {
		ID int `json:"message_id"`
	}
	if err := json.Unmarshal(w.must("sendMessage", body+"}"), &m); err != nil {
		w.t.Fatal(err)
	}
	return m.ID
}

type update struct {
	ID       int64           `json:"update_id"`
	Message  json.RawMessage `json:"message"`
	Edited   json.RawMessage `json:"edited_message"`
	Callback json.RawMessage `json:"callback_query"`
	Member   json.RawMessage `json:"my_chat_member"`
}

func (w *world) updates(body string) []update {
	w.t.Helper()
	var all []update
	if err := json.Unmarshal(w.must("getUpdates", body), &all); err != nil {
		w.t.Fatal(err)
	}
	return all
}

func ids(all []update) []int64 {
	out := []int64{}
	for _, u := range all {
		out = append(out, u.ID)
	}
	return out
}

// encodings are the ways to send the same parameters.
func encodings(values map[string]string) map[string]func(*world, string) (reply, error) {
	form := url.Values{}
	for name, value := range values {
		form.Set(name, value)
	}
	return map[string]func(*world, string) (reply, error){
		"multipart": func(w *world, method string) (reply, error) {
			var body bytes.Buffer
			writer := multipart.NewWriter(&body)
			for name, value := range values {
				if err := writer.WriteField(name, value); err != nil {
					return reply{}, err
				}
			}
			if err := writer.Close(); err != nil {
				return reply{}, err
			}
			return w.post(method, writer.FormDataContentType(), &body)
		},
		"urlencoded": func(w *world, method string) (reply, error) {
			return w.post(method, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		},
		"query": func(w *world, method string) (reply, error) {
			return w.post(method+"?"+form.Encode(), "", http.NoBody)
		},
		"json": func(w *world, method string) (reply, error) {
			fields := map[string]any{}
			for name, value := range values {
				fields[name] = value
				if json.Valid([]byte(value)) {
					fields[name] = json.RawMessage(value)
				}
			}
			body, err := json.Marshal(fields)
			if err != nil {
				return reply{}, err
			}
			return w.post(method, "application/json", bytes.NewReader(body))
		},
	}
}
