package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

const hookURL = "https://bot.example/telegram/updates"

// fakeHook is the webhook as the fake Bot API knows it.
type fakeHook struct {
	url       string
	pending   int
	errorDate int
	problem   string
}

func (f *fakeAPI) hooked(c call) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch c.Method {
	case "setWebhook":
		f.hook = fakeHook{url: c.Params["url"]}
	case "deleteWebhook":
		f.hook = fakeHook{}
	default:
		return fmt.Sprintf(`{"url":%q,"has_custom_certificate":false,"pending_update_count":%d,"last_error_date":%d,"last_error_message":%q}`,
			f.hook.url, f.hook.pending, f.hook.errorDate, f.hook.problem)
	}
	return "true"
}

func (f *fakeAPI) setHook(h fakeHook) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook = h
}

func hooked(c *Config) { c.Webhook.URL = hookURL }

// bring posts an update as Telegram does, and gives the status of the answer.
func (r *rig) bring(id int64, body string) int {
	return r.knock(http.MethodPost, r.Bot.hook.secret.Reveal(), `{"update_id":`+strconv.FormatInt(id, 10)+`,`+body+`}`).Code
}

func (r *rig) knock(method, secret, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/telegram/updates", strings.NewReader(body))
	if secret != "" {
		request.Header.Set(secretHeader, secret)
	}
	answer := httptest.NewRecorder()
	r.Hook().ServeHTTP(answer, request)
	return answer
}

func TestWhoMayBringUpdates(t *testing.T) {
	good := `{"update_id":7,` + textFrom(1, 10, "hello") + `}`
	for name, tc := range map[string]struct {
		method, secret, body string // secret "ours" is the right one
		want                 int
		handled              []string
		skipped              int64
	}{
		"Telegram":              {"POST", "ours", good, 200, []string{"hello"}, 0},
		"a browser":             {"GET", "ours", "", 405, nil, 0},
		"no secret":             {"POST", "", good, 401, nil, 0},
		"another secret":        {"POST", "0123456789012345678901234", good, 401, nil, 0},
		"one of another length": {"POST", "x", good, 401, nil, 0},
		"too long":              {"POST", "ours", good + strings.Repeat(" ", longestUpdate-len(good)+1), 413, nil, 0},
		"just not too long":     {"POST", "ours", good + strings.Repeat(" ", longestUpdate-len(good)), 200, []string{"hello"}, 0},
		"no JSON":               {"POST", "ours", "update_id=7", 400, nil, 0},
		"cut off":               {"POST", "ours", good[:len(good)-1], 400, nil, 0},
		"two of them":           {"POST", "ours", good + good, 400, nil, 0},
		"no update":             {"POST", "ours", `{"hello":"world"}`, 400, nil, 0},
		"no id of Telegram's":   {"POST", "ours", strings.Replace(good, "7", "-7", 1), 400, nil, 0},
		"a list":                {"POST", "ours", "[" + good + "]", 400, nil, 0},
		"nothing":               {"POST", "ours", "", 400, nil, 0},
		"poison is not wanted again": {
			"POST", "ours", `{"update_id":7,"message":{"message_id":"secret words"}}`, 200, nil, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seen := &book{}
				r := newRig(t, newFakeAPI(), newFakeInbox(), hooked)
				r.start(t, seen.handler())
				synctest.Wait()
				secret := tc.secret
				if secret == "ours" {
					secret = r.Bot.hook.secret.Reveal()
				}
				answer := r.knock(tc.method, secret, tc.body)
				synctest.Wait()
				if answer.Code != tc.want || answer.Body.Len() != 0 {
					t.Errorf("%d %q, want %d and no words", answer.Code, answer.Body, tc.want)
				}
				if diff := cmp.Diff(tc.handled, seen.read()); diff != "" {
					t.Errorf("handled (-want +got):\n%s", diff)
				}
				if r.Skipped() != tc.skipped {
					t.Errorf("skipped %d, want %d", r.Skipped(), tc.skipped)
				}
				_ = r.halt()
				if log := r.log.String(); strings.Contains(log, "hello") || strings.Contains(log, "secret words") ||
					strings.Contains(log, r.Bot.hook.secret.Reveal()) {
					t.Errorf("log: %s", log)
				}
			})
		})
	}
}

func TestTheHookIsClosedWhereItIsNotAskedFor(t *testing.T) {
	polls := newRig(t, newFakeAPI(), newFakeInbox())
	if got := polls.bring(7, textFrom(1, 10, "hello")); got != http.StatusNotFound {
		t.Errorf("a bot that polls answers %d", got)
	}
	waits := newRig(t, newFakeAPI(), newFakeInbox(), hooked)
	answer := waits.knock("POST", waits.Bot.hook.secret.Reveal(), `{"update_id":7}`)
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" {
		t.Errorf("a bot that has not begun answers %d, %v", answer.Code, answer.Header())
	}
}

func TestABroughtUpdateIsOnDiskBeforeItIsAnswered(t *testing.T) {
	for name, late := range map[string]bool{"not written": false, "written all the same": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inbox, seen := newFakeInbox(), &book{}
				inbox.late = late
				inbox.fault = func(attempt int) error {
					if attempt <= 3 {
						return errors.New("disk full")
					}
					return nil
				}
				r := newRig(t, newFakeAPI(), inbox, hooked)
				r.start(t, seen.handler())
				synctest.Wait()
				for _, id := range []int64{7, 8, 9} {
					if got := r.bring(id, textFrom(id, 10, fmt.Sprint(id))); got != http.StatusInternalServerError {
						t.Errorf("answered %d though it is not kept", got)
					}
				}
				if err := r.Ready(); err == nil || !strings.Contains(err.Error(), "disk") {
					t.Errorf("ready: %v", err)
				}
				for _, id := range []int64{8, 9, 7, 7} { // Telegram sends them again, in what order it likes
					if got := r.bring(id, textFrom(id, 10, fmt.Sprint(id))); got != http.StatusOK {
						t.Errorf("answered %d", got)
					}
				}
				synctest.Wait()
				if diff := cmp.Diff(map[string]int{"7": 1, "8": 1, "9": 1}, counts(seen.read())); diff != "" {
					t.Errorf("handled (-want +got):\n%s", diff)
				}
				if err := r.Ready(); err != nil {
					t.Errorf("ready: %v", err)
				}
				_ = r.halt()
				if log := r.log.String(); strings.Count(log, "cannot take updates in") != 1 || strings.Count(log, "come in again") != 1 {
					t.Errorf("the outage is told once and its end once:\n%s", log)
				}
			})
		})
	}
}

func counts(lines []string) map[string]int {
	n := map[string]int{}
	for _, line := range lines {
		n[line]++
	}
	return n
}

// Killed between the write and the answer: Telegram sends it again, and it is handled once.
func TestKilledBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inbox, seen := newFakeInbox(), &book{}
		body := `{"update_id":7,` + textFrom(1, 10, "hello") + `}`
		if _, err := inbox.Keep(t.Context(), []Update{{ID: 7, Body: []byte(body)}}, nil); err != nil {
			t.Fatal(err)
		}
		r := newRig(t, newFakeAPI(), inbox, hooked)
		r.start(t, seen.handler())
		synctest.Wait()
		for range 2 {
			if got := r.bring(7, textFrom(1, 10, "hello")); got != http.StatusOK {
				t.Errorf("answered %d", got)
			}
			time.Sleep(markDelay)
			synctest.Wait()
		}
		if diff := cmp.Diff([]string{"hello"}, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

// gatedInbox writes at once, and says so when it is let.
type gatedInbox struct {
	*fakeInbox
	mu    sync.Mutex
	gates map[int64][]chan struct{} // by the first update's id: one a Keep
}

func (g *gatedInbox) Keep(ctx context.Context, updates []Update, handled []int64) ([]Update, error) {
	fresh, err := g.fakeInbox.Keep(ctx, updates, handled)
	g.mu.Lock()
	var gate chan struct{}
	if waiting := g.gates[updates[0].ID]; len(waiting) > 0 {
		gate, g.gates[updates[0].ID] = waiting[0], waiting[1:]
	}
	g.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return fresh, err
}

// The same update comes twice at the same time, and the one that wrote it is the last to know.
func TestTheSameUpdateTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen, first, second := &book{}, make(chan struct{}), make(chan struct{})
		r := newRig(t, newFakeAPI(), newFakeInbox(), hooked)
		r.Bot.inbox = &gatedInbox{fakeInbox: r.inbox, gates: map[int64][]chan struct{}{7: {first, second}}}
		r.start(t, seen.handler())
		synctest.Wait()
		var requests sync.WaitGroup
		for range 2 {
			requests.Go(func() {
				if got := r.bring(7, textFrom(1, 10, "hello")); got != http.StatusOK {
					t.Errorf("answered %d", got)
				}
			})
			synctest.Wait()
		}
		close(second)
		synctest.Wait()
		close(first)
		requests.Wait()
		synctest.Wait()
		if diff := cmp.Diff([]string{"hello"}, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

// Of what has been stored and has not begun the lowest id goes first, whichever request came first.
func TestUpdatesThatOvertakeEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := &book{}
		r := newRig(t, newFakeAPI(), newFakeInbox(), hooked)
		r.start(t, func(_ context.Context, e flow.Event) error {
			time.Sleep(time.Second)
			seen.add(e.Text)
			return nil
		})
		synctest.Wait()
		for _, id := range []int64{12, 15, 13, 14} { // 12 begins at once
			r.bring(id, textFrom(1, int(id), fmt.Sprint(id)))
			synctest.Wait()
		}
		r.Do(1, func(context.Context) { seen.add("work") })
		r.bring(11, textFrom(1, 11, "11")) // late: 12 has begun, work of our own keeps its place
		time.Sleep(10 * time.Second)
		if diff := cmp.Diff([]string{"12", "13", "14", "15", "work", "11"}, seen.read()); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

// That holds also while a chat waits for a slot.
func TestOvertakenWhileNoSlotIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := &book{}
		r := newRig(t, newFakeAPI(), newFakeInbox(), hooked, func(c *Config) { c.Workers = 1 })
		r.start(t, func(_ context.Context, e flow.Event) error {
			time.Sleep(time.Second)
			seen.add(e.Text)
			return nil
		})
		synctest.Wait()
		r.bring(10, textFrom(2, 1, "another chat's"))
		synctest.Wait()
		for _, id := range []int64{12, 11} {
			r.bring(id, textFrom(1, int(id), fmt.Sprint(id)))
			synctest.Wait()
		}
		time.Sleep(5 * time.Second)
		if diff := cmp.Diff([]string{"another chat's", "11", "12"}, seen.read()); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

func TestASecretOfItsOwnAtEachStart(t *testing.T) {
	one, two := newRig(t, newFakeAPI(), newFakeInbox(), hooked), newRig(t, newFakeAPI(), newFakeInbox(), hooked)
	a, b := one.Bot.hook.secret.Reveal(), two.Bot.hook.secret.Reveal()
	if a == b || len(a) < 20 || strings.Trim(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Errorf("%q and %q", a, b)
	}
}

// Another program's webhook is not taken down.
func TestCheckWebhook(t *testing.T) {
	for address, fine := range map[string]bool{
		"https://bot.example": true, "https://bot.example/": true, "https://bot.example:8443/a/b": true, "https://bot.example:443": true,
		"https://bot.example:88": true, "https://bot.example:80": true, "https://[2001:db8::1]:8443": true,
		"": false, "bot.example": false, "http://bot.example": false, "https://bot.example:8080": false, "https://": false, "https://:443": false,
		"https://a:b@bot.example": false, "https://bot.example?x=1": false, "https://bot.example?": false, "https://bot.example#x": false,
		"https:bot.example": false, "ftp://bot.example": false, "https://bot.example:x": false,
	} {
		if err := CheckWebhook(address); (err == nil) != fine {
			t.Errorf("CheckWebhook(%q) = %v", address, err)
		}
	}
	if _, err := (Config{Token: newRig(t, newFakeAPI(), newFakeInbox()).cfg.Token, Webhook: Webhook{URL: "http://x"}}).filled(); err == nil {
		t.Error("New takes any address")
	}
}

// What comes in after the stop is kept for the next start, which hands it out.
func TestBroughtAfterTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inbox, seen := newFakeInbox(), &book{}
		r := newRig(t, newFakeAPI(), inbox, hooked)
		r.start(t, seen.handler())
		synctest.Wait()
		_ = r.halt()
		if got := r.bring(7, textFrom(1, 10, "hello")); got != http.StatusOK || len(seen.read()) != 0 {
			t.Errorf("answered %d, handled %v", got, seen.read())
		}
		next := newRig(t, newFakeAPI(), inbox, hooked)
		next.start(t, seen.handler())
		synctest.Wait()
		if diff := cmp.Diff([]string{"hello"}, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		_ = next.halt()
	})
}
