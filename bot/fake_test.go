package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/internal/wording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "424242:AAFAKE-fake_fake-fake_fake"

// call is one request as the fake Bot API understood it.
type call struct {
	Method string
	Params map[string]string
}

// reply overrides what the fake would answer.
type reply struct {
	status int
	body   string
}

func refusal(code int, description string) *reply {
	return &reply{code, fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q}`, code, description)}
}

func flood(seconds int) *reply {
	return &reply{429, fmt.Sprintf(`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after %d","parameters":{"retry_after":%d}}`, seconds, seconds)}
}

// fakeAPI is a small Bot API: unconfirmed updates, message numbers, and faults one can switch on.
type fakeAPI struct {
	mu      sync.Mutex
	waiting []fakeUpdate
	news    chan struct{}
	nextMsg int
	calls   []call
	fault   func(c call) *reply // nil or nil result: no fault
	down    bool
	hook    fakeHook
}

type fakeUpdate struct {
	id   int64
	body string
}

func newFakeAPI() *fakeAPI { return &fakeAPI{news: make(chan struct{}), nextMsg: 1000} }

// push queues an update; body is its JSON without the id.
func (f *fakeAPI) push(id int64, body string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = append(f.waiting, fakeUpdate{id, fmt.Sprintf(`{"update_id":%d,%s}`, id, body)})
	close(f.news)
	f.news = make(chan struct{})
}

// takeID is the number of a message that a person sends now.
func (f *fakeAPI) takeID() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nextMsg++
	return f.nextMsg
}

func textFrom(chat int64, message int, text string) string {
	return fmt.Sprintf(`"message":{"message_id":%d,"date":1700000000,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"is_bot":false,"first_name":"A"},"text":%q}`,
		message, chat, chat, text)
}

func pressFrom(chat int64, message int, id, data string) string {
	return fmt.Sprintf(`"callback_query":{"id":%q,"from":{"id":%d,"is_bot":false,"first_name":"A"},"chat_instance":"1","data":%q,"message":{"message_id":%d,"date":1700000000,"chat":{"id":%d,"type":"private"},"text":"card"}}`,
		id, chat, data, message, chat)
}

func (f *fakeAPI) setFault(fault func(call) *reply) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

func (f *fakeAPI) setDown(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// called lists the calls of a method, or with "" all but getUpdates.
func (f *fakeAPI) called(method string) []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.calls), func(c call) bool {
		return method == "" && c.Method == "getUpdates" || method != "" && c.Method != method
	})
}

func (f *fakeAPI) methods() []string {
	var names []string
	for _, c := range f.called("") {
		names = append(names, c.Method)
	}
	return names
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := call{Method: path.Base(r.URL.Path), Params: params(r)}
	f.mu.Lock()
	f.calls = append(f.calls, c)
	var fault *reply
	if f.fault != nil {
		fault = f.fault(c)
	}
	f.mu.Unlock()
	switch {
	case fault != nil:
		w.WriteHeader(fault.status)
		fmt.Fprint(w, fault.body)
	case !strings.HasPrefix(r.URL.Path, "/bot"+testToken+"/"):
		w.WriteHeader(401)
		fmt.Fprint(w, `{"ok":false,"error_code":401,"description":"Unauthorized"}`)
	default:
		fmt.Fprintf(w, `{"ok":true,"result":%s}`, f.result(r.Context(), c))
	}
}

func (f *fakeAPI) result(ctx context.Context, c call) string {
	switch c.Method {
	case "getUpdates":
		return f.updates(ctx, c)
	case "sendMessage", "sendDocument":
		return fmt.Sprintf(`{"message_id":%d,"date":1700000000,"chat":{"id":%s,"type":"private"}}`, f.takeID(), c.Params["chat_id"])
	case "editMessageText", "editMessageReplyMarkup":
		return fmt.Sprintf(`{"message_id":%s,"date":1700000000,"chat":{"id":%s,"type":"private"}}`, c.Params["message_id"], c.Params["chat_id"])
	case "setWebhook", "deleteWebhook", "getWebhookInfo":
		return f.hooked(c)
	case "getMe":
		return `{"id":424242,"is_bot":true,"first_name":"B","username":"Our_Bot"}`
	default:
		return "true"
	}
}

// updates forgets what the offset confirms and waits for something new, as a long poll does.
func (f *fakeAPI) updates(ctx context.Context, c call) string {
	var offset, timeout int64
	fmt.Sscan(c.Params["offset"], &offset)
	fmt.Sscan(c.Params["timeout"], &timeout)
	deadline := time.After(time.Duration(timeout) * time.Second)
	for {
		f.mu.Lock()
		f.waiting = slices.DeleteFunc(f.waiting, func(u fakeUpdate) bool { return u.id < offset })
		var batch []string
		for _, u := range f.waiting {
			batch = append(batch, u.body)
		}
		news := f.news
		f.mu.Unlock()
		if len(batch) > 0 {
			return "[" + strings.Join(batch, ",") + "]"
		}
		select {
		case <-news:
		case <-deadline:
			return "[]"
		case <-ctx.Done():
			return "[]"
		}
	}
}

// RoundTrip serves a request without a network, so that it can be used with a fake clock.
func (f *fakeAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	down := f.down
	f.mu.Unlock()
	if down {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	recorder := httptest.NewRecorder()
	f.ServeHTTP(recorder, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

// params reads a request's fields, sent as JSON or as a form; of a file, its name and content.
func params(r *http.Request) map[string]string {
	out := map[string]string{}
	if r.Header.Get("Content-Type") == "application/json" {
		fields := map[string]json.RawMessage{}
		_ = json.NewDecoder(r.Body).Decode(&fields)
		for name, value := range fields {
			out[name] = string(value)
		}
		return out
	}
	_ = r.ParseMultipartForm(1 << 20)
	if r.MultipartForm != nil {
		for name, values := range r.MultipartForm.Value {
			out[name] = values[0]
		}
		for name, files := range r.MultipartForm.File {
			out[name] = files[0].Filename + ": " + contentOf(files[0])
		}
	}
	return out
}

func contentOf(part *multipart.FileHeader) string {
	file, err := part.Open()
	if err != nil {
		return err.Error()
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(file)
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// fakeInbox keeps updates in memory; like a disk it survives the Bot that uses it.
type fakeInbox struct {
	mu    sync.Mutex
	kept  map[int64]Update
	done  map[int64]bool
	keeps int
	fault func(attempt int) error
	// late makes a failing Keep fail after it has written.
	late bool
	// forgets makes it forget what is done, as a disk does.
	forgets bool
}

func newFakeInbox() *fakeInbox { return &fakeInbox{kept: map[int64]Update{}, done: map[int64]bool{}} }

func (f *fakeInbox) Keep(_ context.Context, updates []Update, handled []int64) ([]Update, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keeps++
	var err error
	if f.fault != nil {
		err = f.fault(f.keeps)
	}
	if err != nil && !f.late {
		return nil, err
	}
	f.drop(handled)
	var fresh []Update
	for _, u := range updates {
		if _, known := f.kept[u.ID]; !known && (f.forgets || !f.done[u.ID]) {
			f.kept[u.ID] = u
			fresh = append(fresh, u)
		}
	}
	if err != nil {
		return nil, err
	}
	return fresh, nil
}

func (f *fakeInbox) Pending(context.Context) ([]Update, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var pending []Update
	for _, u := range f.kept {
		pending = append(pending, u)
	}
	slices.SortFunc(pending, func(a, b Update) int { return int(a.ID - b.ID) })
	return pending, nil
}

func (f *fakeInbox) Tried(_ context.Context, starts map[int64]int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, n := range starts {
		if u, ok := f.kept[id]; ok {
			u.Starts = n
			f.kept[id] = u
		}
	}
	return nil
}

func (f *fakeInbox) drop(ids []int64) {
	for _, id := range ids {
		delete(f.kept, id)
		f.done[id] = true
	}
}

func (f *fakeInbox) Done(ctx context.Context, ids ...int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	f.drop(ids)
	return nil
}

func (f *fakeInbox) pending() []int64 {
	pending, _ := f.Pending(context.Background())
	ids := []int64{}
	for _, u := range pending {
		ids = append(ids, u.ID)
	}
	return ids
}

type handlerFunc func(ctx context.Context, e flow.Event) error

func (h handlerFunc) Handle(ctx context.Context, e flow.Event) error { return h(ctx, e) }

// logBook collects log lines.
type logBook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// rig is a Bot with its surroundings.
type rig struct {
	*Bot
	api   *fakeAPI
	inbox *fakeInbox
	log   *logBook

	cancel context.CancelFunc
	result chan error
}

func newRig(t *testing.T, api *fakeAPI, inbox *fakeInbox, change ...func(*Config)) *rig {
	t.Helper()
	cfg := Config{Token: secret.New(testToken), Transport: api, NewID: func() string { return "incident-1" }}
	for _, c := range change {
		c(&cfg)
	}
	log := &logBook{}
	b, err := New(cfg, inbox, zerolog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	b.jitter = func() float64 { return 0.5 }
	return &rig{Bot: b, api: api, inbox: inbox, log: log}
}

// start runs the bot in the background.
func (r *rig) start(t *testing.T, h handlerFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r.cancel, r.result = cancel, make(chan error, 1)
	go func() { r.result <- r.Run(ctx, h) }()
}

// halt stops the bot and gives what Run returned.
func (r *rig) halt() error {
	r.cancel()
	return <-r.result
}

// book notes what was handled.
type book struct {
	mu    sync.Mutex
	lines []string
}

func (b *book) add(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line)
}

func (b *book) read() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines)
}

func (b *book) handler() handlerFunc {
	return func(_ context.Context, e flow.Event) error {
		b.add(e.Text)
		return nil
	}
}

func say(english string) wording.Text { return wording.Message{ID: "test", English: english}.Text() }

func view(lines ...string) flow.View {
	var v flow.View
	for _, line := range lines {
		v.Body = append(v.Body, say(line))
	}
	return v
}
