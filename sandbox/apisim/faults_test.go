package apisim

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// wired is a world behind a real socket.
type wired struct {
	world
	client *http.Client
	url    string
}

func behindSocket(t *testing.T, w world) wired {
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	// Without reuse of connections net/http repeats nothing by itself.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return wired{w, client, server.URL}
}

func (w wired) create(ctx context.Context) (*http.Response, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/v1/PhoneChat/CreateBooking", strings.NewReader(order(nil)))
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Authorization", "bearer "+w.token(owl))
	r.Header.Set("Content-Type", "application/json")
	reply, err := w.client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = reply.Body.Close() }()
	body, err := io.ReadAll(reply.Body)
	return reply, string(body), err
}

func TestFaults(t *testing.T) {
	jsonType, htmlType := "application/json; charset=utf-8", "text/html; charset=UTF-8"
	for name, tc := range map[string]struct {
		fault     Fault
		status    int // 0 if there is no reply
		kind      string
		committed int
		body      func(string) bool
	}{
		"down":      {Fault{Kind: FaultDown}, 0, "", 0, nil},
		"401":       {Fault{Kind: FaultStatus, Status: 401}, 401, jsonType, 0, hasMessage},
		"403":       {Fault{Kind: FaultStatus, Status: 403, Message: "No."}, 403, jsonType, 0, hasMessage},
		"404":       {Fault{Kind: FaultStatus, Status: 404}, 404, jsonType, 0, hasMessage},
		"429":       {Fault{Kind: FaultStatus, Status: 429, RetryAfter: 7 * time.Second}, 429, jsonType, 0, hasMessage},
		"500":       {Fault{Kind: FaultStatus, Status: 500}, 500, jsonType, 0, hasMessage},
		"challenge": {Fault{Kind: FaultHTML}, 403, htmlType, 0, func(s string) bool { return strings.HasPrefix(s, "<!DOCTYPE html>") }},
		"500 after": {Fault{Kind: FaultErrorAfterCommit}, 500, jsonType, 1, hasMessage},
		"reset":     {Fault{Kind: FaultResetAfterCommit}, 0, "", 1, nil},
		"empty":     {Fault{Kind: FaultEmptyBody}, 200, jsonType, 1, func(s string) bool { return s == "" }},
		"truncated": {Fault{Kind: FaultTruncated}, 200, jsonType, 1, func(s string) bool { return s != "" && !json.Valid([]byte(s)) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := behindSocket(t, newWorld(t))
			w.SetFault(OpCreateBooking, tc.fault)
			reply, body, err := w.create(t.Context())
			if got := w.CreatedCount(); got != tc.committed {
				t.Errorf("%d committed, want %d", got, tc.committed)
			}
			if tc.status == 0 {
				if err == nil {
					t.Fatalf("got a reply: %d", reply.StatusCode)
				}
			} else {
				if err != nil {
					t.Fatal(err)
				}
				if reply.StatusCode != tc.status || reply.Header.Get("Content-Type") != tc.kind || !tc.body(body) {
					t.Errorf("got %d %s: %q", reply.StatusCode, reply.Header.Get("Content-Type"), body)
				}
				want := ""
				if tc.fault.RetryAfter > 0 {
					want = "7"
				}
				if got := reply.Header.Get("Retry-After"); got != want {
					t.Errorf("Retry-After %q, want %q", got, want)
				}
			}
			if status, _ := w.get(owl, "/v1/PhoneChat/MadeBookings"); status != http.StatusOK {
				t.Errorf("another operation suffers too: %d", status)
			}
			w.ClearFaults()
			if reply, _, err := w.create(t.Context()); err != nil || reply.StatusCode != http.StatusOK {
				t.Errorf("cleared, but: %v", err)
			}
		})
	}
}

func hasMessage(body string) bool {
	var refused struct{ Message string }
	return json.Unmarshal([]byte(body), &refused) == nil && refused.Message != ""
}

func TestFaultsAreCountedAndOwnGoesFirst(t *testing.T) {
	w := newWorld(t)
	w.SetFault(OpAny, Fault{Kind: FaultStatus, Status: 500, Times: 1})
	w.SetFault(OpMadeBookings, Fault{Kind: FaultStatus, Status: 429, Times: 2})
	for i, want := range []int{429, 429, 500, 200} {
		if got, _ := w.get(owl, "/v1/PhoneChat/MadeBookings"); got != want {
			t.Errorf("call %d: got %d, want %d", i, got, want)
		}
	}
	if got := len(w.Faults()); got != 0 {
		t.Errorf("%d faults are left", got)
	}
}

func TestTruncatedNumberIsNoNumber(t *testing.T) {
	w := newWorld(t)
	w.SetFault(OpGetCurrentCreditBalance, Fault{Kind: FaultTruncated})
	if _, body := w.get(owl, "/v1/CreditHistory/GetCurrentCreditBalance"); json.Valid([]byte(body)) {
		t.Errorf("%q can be mistaken for a balance", body)
	}
}

func TestFaultAfterCommitOfWhatIsRefused(t *testing.T) {
	w := newWorld(t)
	w.SetFault(OpCreateBooking, Fault{Kind: FaultErrorAfterCommit})
	status, _ := w.post(owl, OpCreateBooking, `{}`)
	if status != http.StatusInternalServerError || w.CreatedCount() != 0 {
		t.Errorf("got %d, %d created", status, w.CreatedCount())
	}
}

type outcome struct {
	reply *http.Response
	err   error
}

// hang sends a CreateBooking into a fault and comes back once it has run into it.
func (w wired) hang(ctx context.Context, kind FaultKind) <-chan outcome {
	w.SetFault(OpCreateBooking, Fault{Kind: kind, Times: 1})
	done := make(chan outcome, 1)
	go func() {
		reply, _, err := w.create(ctx)
		done <- outcome{reply, err}
	}()
	for len(w.Faults()) > 0 {
		runtime.Gosched()
	}
	return done
}

func TestHangUntilTheCallerGivesUp(t *testing.T) {
	for kind, committed := range map[FaultKind]int{FaultHangBefore: 0, FaultHangAfter: 1} {
		t.Run(string(kind), func(t *testing.T) {
			reached := make(chan struct{}, 1)
			w := behindSocket(t, newWorld(t, func(c *Config) { c.BeforeReply = func(string) { reached <- struct{}{} } }))
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			done := w.hang(ctx, kind)
			if kind == FaultHangAfter {
				<-reached
			}
			leave()
			if got := <-done; !errors.Is(got.err, context.Canceled) {
				t.Errorf("got %v", got.err)
			}
			if got := w.CreatedCount(); got != committed {
				t.Errorf("%d committed, want %d", got, committed)
			}
		})
	}
}

func TestHangUntilCleared(t *testing.T) {
	for _, kind := range []FaultKind{FaultHangBefore, FaultHangAfter} {
		t.Run(string(kind), func(t *testing.T) {
			w := behindSocket(t, newWorld(t))
			done := w.hang(t.Context(), kind)
			select {
			case <-done:
				t.Fatal("it does not hang")
			default:
			}
			w.ClearFaults()
			if got := <-done; got.err != nil || got.reply.StatusCode != http.StatusOK || w.CreatedCount() != 1 {
				t.Errorf("got %v, %d created", got.err, w.CreatedCount())
			}
		})
	}
}
