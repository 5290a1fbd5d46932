package apisim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"phonechatbot/apiclient/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The seeded members that tests act as.
const (
	owl     = int64(660031) // client
	velvet  = int64(771204) // 1.2 a minute, methods 1 and 2
	lark    = int64(771422) // 2.25 a minute, all methods
	moth    = int64(771530) // no price, method 2
	lantern = int64(771645) // no phone chat
	water   = int64(771750) // DirectChat only
)

// world is a platform with the seeded members whose clock stands still.
type world struct {
	*Platform
	t *testing.T
}

// start is a Tuesday morning in winter, when British time is UTC.
var start = time.Date(2027, 3, 2, 8, 15, 9, 250e6, time.UTC)

func newWorld(t *testing.T, change ...func(*Config)) world {
	t.Helper()
	cfg := Config{Clock: NewClock(func() time.Time { return start }), Members: SeedMembers()}
	for _, f := range change {
		f(&cfg)
	}
	return world{New(cfg), t}
}

func (w world) token(id int64) string {
	for _, m := range w.Members() {
		if m.ID == id {
			return m.Token
		}
	}
	w.t.Fatalf("no member %d", id)
	return ""
}

func (w world) request(as int64, method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "bearer "+w.token(as))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (w world) do(r *http.Request) (int, string) {
	w.t.Helper()
	recorder := httptest.NewRecorder()
	w.Handler().ServeHTTP(recorder, r)
	body, err := io.ReadAll(recorder.Result().Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return recorder.Code, string(body)
}

func (w world) get(as int64, target string) (int, string) {
	w.t.Helper()
	return w.do(w.request(as, http.MethodGet, target, ""))
}

func (w world) post(as int64, op, body string) (int, string) {
	w.t.Helper()
	return w.do(w.request(as, http.MethodPost, "/v1/PhoneChat/"+op, body))
}

func read[T any](t *testing.T, body string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("reply is not JSON: %v", err)
	}
	return v
}

// blamed is the field that a refusal names, "" if none.
func blamed(t *testing.T, body string) string {
	t.Helper()
	refused := read[wire.Error](t, body)
	if refused.Message == "" {
		t.Error("a refusal without a message")
	}
	for field, texts := range refused.ModelState {
		if len(refused.ModelState) > 1 || len(texts) == 0 || texts[0] == "" {
			t.Errorf("ModelState is not one field with a text: %v", refused.ModelState)
		}
		return field
	}
	return ""
}

// at writes a moment that lies so far from the start as CreateBooking takes it.
func at(d time.Duration) string { return start.Add(d).Format(wire.RequestTime) }

// order is a CreateBooking that every rule allows; change spoils it.
func order(change func(m map[string]any)) string {
	m := map[string]any{
		"BookUserID": velvet, "SessionDate": at(48 * time.Hour), "Duration": 20, "Method": 1,
		"PhoneNumber": "07700900123", "Credits": json.Number("24.5"), "AcceptBy": at(24 * time.Hour),
		"Comments": "Evening suits me best.",
	}
	if change != nil {
		change(m)
	}
	body, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(body)
}
