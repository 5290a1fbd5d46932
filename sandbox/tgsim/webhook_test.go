package tgsim

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// program is where a webhook leads: it notes what comes and answers as it is told.
type program struct {
	mu      sync.Mutex
	ids     []int64
	secrets []string
	answer  func(nth int) int // 0: no answer
}

func (p *program) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var u update
	if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
		return nil, err
	}
	p.ids = append(p.ids, u.ID)
	p.secrets = append(p.secrets, r.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
	status := http.StatusOK
	if p.answer != nil {
		status = p.answer(len(p.ids))
	}
	if status == 0 {
		return nil, errors.New("nobody listens")
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

func (p *program) got() []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.ids)
}

// hooked is a server in a bubble that brings its updates to a program.
func hooked(t *testing.T, p *program) *Server {
	s := New(Config{Token: testToken, Webhook: p})
	s.AddUser(User{ID: alice, FirstName: "Alice"})
	set(t, s, params{"url": {text: "https://bot.example/x"}, "secret_token": {text: "s-1"}})
	return s
}

func set(t *testing.T, s *Server, p params) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.setWebhook(p); err != nil {
		t.Fatal(err)
	}
}

func TestAnUpdateIsBroughtUntilItIsTaken(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func(nth int) int
		fault  *Fault
		want   []int64
		error  string
	}{
		"taken":              {nil, nil, []int64{1, 2}, ""},
		"another 2xx":        {func(int) int { return http.StatusAccepted }, nil, []int64{1, 2}, ""},
		"refused twice":      {func(nth int) int { return map[bool]int{true: 500, false: 200}[nth <= 2] }, nil, []int64{1, 1, 1, 2}, "Wrong response"},
		"nobody there first": {func(nth int) int { return map[bool]int{true: 0, false: 200}[nth == 1] }, nil, []int64{1, 1, 2}, "Connection refused"},
		"not brought":        {nil, &Fault{Kind: FaultDown, Times: 3}, []int64{1, 2}, "Connection refused"},
		"answers lost":       {nil, &Fault{Kind: FaultDown, Times: 2, AfterCommit: true}, []int64{1, 1, 1, 2}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &program{answer: tc.answer}
				s := hooked(t, p)
				if tc.fault != nil {
					s.SetFault(FaultWebhook, *tc.fault)
				}
				s.Send(alice, "one")
				s.Send(alice, "two")
				time.Sleep(time.Minute)
				if diff := cmp.Diff(tc.want, p.got()); diff != "" {
					t.Errorf("brought (-want +got):\n%s", diff)
				}
				if s.Pending() != 0 || p.secrets[0] != "s-1" {
					t.Errorf("%d wait, secret %q", s.Pending(), p.secrets[0])
				}
				s.mu.Lock()
				info, _ := s.getWebhookInfo(nil)
				s.mu.Unlock()
				if said, _ := info.(map[string]any)["last_error_message"].(string); !strings.Contains(said, tc.error) || said != "" && tc.answer == nil && tc.fault == nil {
					t.Errorf("the last error is %q, want %q", said, tc.error)
				}
				s.Close()
			})
		})
	}
}

func TestAnotherWebhookAndNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &program{answer: func(int) int { return 500 }}
		s := hooked(t, p)
		s.Send(alice, "one")
		time.Sleep(time.Second)
		before := len(p.got())
		p.mu.Lock()
		p.answer = nil
		p.mu.Unlock()
		set(t, s, params{"url": {text: "https://bot.example/y"}, "secret_token": {text: "s-2"}})
		synctest.Wait()
		if got := len(p.got()); got != before+1 || p.secrets[got-1] != "s-2" {
			t.Errorf("brought %d times after %d, secrets %v", got, before, p.secrets)
		}
		set(t, s, params{"url": {text: ""}})
		s.Send(alice, "two")
		time.Sleep(time.Minute)
		if got := len(p.got()); got != before+1 || s.Pending() != 1 {
			t.Errorf("brought %d times, %d wait", got, s.Pending())
		}
		s.Close()
	})
}

// An update whose answer was on its way when the webhook was taken down is not brought again.
func TestAnAnswerCountsAfterTheWebhookIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &program{}
		s := hooked(t, p)
		p.answer = func(int) int {
			set(t, s, params{"url": {text: ""}})
			synctest.Wait() // until whoever brings it knows
			return http.StatusOK
		}
		s.Send(alice, "one")
		if err := s.WaitConfirmed(t.Context()); err != nil {
			t.Error(err)
		}
		s.Close()
	})
}

func TestWaitConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Token: testToken})
		s.AddUser(User{ID: alice, FirstName: "Alice"})
		s.Send(alice, "one")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- s.WaitConfirmed(ctx) }()
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("did not wait: %v", err)
		default:
		}
		if _, err := s.startPoll(params{"offset": {text: "2"}}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil || s.Pending() != 0 {
			t.Errorf("%d wait: %v", s.Pending(), err)
		}
		s.Send(alice, "two")
		if err := s.WaitConfirmed(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the deadline gave %v", err)
		}
		s.Close()
	})
}

func TestWebhookAddressesThatTelegramRefuses(t *testing.T) {
	w := newWorld(t)
	for body, want := range map[string]string{
		`{"url":"http://bot.example"}`:                         "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
		`{"url":"https://bot.example:8080"}`:                   "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
		`{"url":"https://bot.example","secret_token":"a b"}`:   "Bad Request: secret token contains unallowed characters",
		`{"url":"https://bot.example","drop_pending":"false"}`: "",
	} {
		r := w.call("setWebhook", body)
		if r.OK || r.Code != 400 || want != "" && r.Description != want {
			t.Errorf("%s: %d %q", body, r.Code, r.Description)
		}
	}
}

func TestSetWebhookEndsThePoll(t *testing.T) {
	w := newWorld(t)
	answers := make(chan reply, 1)
	go func() {
		r, err := w.post("getUpdates", "application/json", strings.NewReader(`{"timeout":30}`))
		if err != nil {
			t.Error(err)
		}
		answers <- r
	}()
	w.waitPolling(nil)
	w.must("setWebhook", `{"url":"https://bot.example","allowed_updates":["message"]}`)
	if r := <-answers; r.Code != 409 || r.Description != "Conflict: terminated by setWebhook request" {
		t.Errorf("%d %q", r.Code, r.Description)
	}
	if r := w.call("getUpdates", `{}`); r.Code != 409 {
		t.Errorf("%d %q", r.Code, r.Description)
	}
	w.must("deleteWebhook", `{}`)
}
