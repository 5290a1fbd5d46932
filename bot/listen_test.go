package bot

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

func TestRegistration(t *testing.T) {
	for name, tc := range map[string]struct {
		keep bool
		want []string
	}{
		"taken down at the stop": {false, []string{"setWebhook", "deleteWebhook"}},
		"kept":                   {true, []string{"setWebhook"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.setDown(true)
				r := newRig(t, api, newFakeInbox(), hooked, func(c *Config) { c.Webhook.Keep = tc.keep })
				r.start(t, (&book{}).handler())
				time.Sleep(time.Hour)
				if err := r.Ready(); err == nil {
					t.Error("ready without Telegram")
				}
				api.setDown(false)
				time.Sleep(longestPause * 3 / 2)
				synctest.Wait()
				if err := r.Ready(); err != nil {
					t.Errorf("ready: %v", err)
				}
				if err := r.halt(); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(tc.want, only(api.methods(), "setWebhook", "deleteWebhook")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				want := map[string]string{
					"url": hookURL, "secret_token": r.Bot.hook.secret.Reveal(), "max_connections": "40",
					"allowed_updates": `["message","edited_message","callback_query","my_chat_member"]`,
				}
				if diff := cmp.Diff(want, api.called("setWebhook")[0].Params); diff != "" {
					t.Errorf("setWebhook (-want +got):\n%s", diff)
				}
				for _, down := range api.called("deleteWebhook") {
					if down.Params["drop_pending_updates"] == "true" {
						t.Error("what waits is thrown away")
					}
				}
				if n := len(api.called("getUpdates")); n != 0 {
					t.Errorf("%d polls beside the webhook", n)
				}
				if n := strings.Count(r.log.String(), "out of reach"); n != 1 {
					t.Errorf("the outage is told %d times", n)
				}
			})
		})
	}
}

func only(all []string, names ...string) []string {
	var found []string
	for _, name := range all {
		for _, wanted := range names {
			if name == wanted {
				found = append(found, name)
			}
		}
	}
	return found
}

func TestRegistrationRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		answer *reply
		want   error
		calls  [2]int // in an hour
		ready  string
	}{
		"an address that Telegram does not take": {
			refusal(400, "Bad Request: bad webhook: Failed to resolve host: Name or service not known"), nil, [2]int{50, 61}, "refuses the webhook",
		},
		"a token that it does not know": {refusal(401, "Unauthorized"), ErrToken, [2]int{1, 1}, ""},
		"another that registers at the same time": {
			refusal(409, "Conflict: terminated by other setWebhook"), nil, [2]int{50, 61}, "another program sets a webhook",
		},
		"too often": {flood(600), nil, [2]int{6, 7}, "has not answered"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.setFault(func(c call) *reply {
					if c.Method == "setWebhook" {
						return tc.answer
					}
					return nil
				})
				r := newRig(t, api, newFakeInbox(), hooked)
				r.start(t, (&book{}).handler())
				time.Sleep(time.Hour)
				synctest.Wait()
				if n := len(api.called("setWebhook")); n < tc.calls[0] || n > tc.calls[1] {
					t.Errorf("%d calls, want %v", n, tc.calls)
				}
				if err := r.Ready(); err == nil || !strings.Contains(err.Error(), tc.ready) {
					t.Errorf("ready: %v, want %q", err, tc.ready)
				}
				if err := r.halt(); !errors.Is(err, tc.want) {
					t.Errorf("Run = %v, want %v", err, tc.want)
				}
				if n := len(api.called("deleteWebhook")); n != 0 {
					t.Error("a webhook is taken down that was never set")
				}
				if n := strings.Count(r.log.String(), `"level":"error"`); n > 1 {
					t.Errorf("told %d times:\n%s", n, r.log)
				}
			})
		})
	}
}

func TestTroubleWithTheWebhookIsToldOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		hook  fakeHook
		ready string
		sets  int // in an hour
	}{
		"Telegram cannot reach us": {
			fakeHook{url: hookURL, pending: 3, errorDate: 1700000000, problem: "Connection refused by 'our host'"}, "3 wait", 1,
		},
		"somebody set it with another secret": {
			fakeHook{url: hookURL, pending: 3, errorDate: 1700000000, problem: "Wrong response from the webhook: 401 Unauthorized"}, "not this start's (3 wait)", 2,
		},
		"somebody took it down":     {fakeHook{}, "was taken down", 2},
		"somebody set another":      {fakeHook{url: "https://other.example/"}, "another webhook", 2},
		"an old error, nothing due": {fakeHook{url: hookURL, errorDate: 1700000000, problem: "x"}, "", 1},
		"some wait, no error":       {fakeHook{url: hookURL, pending: 5}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				r := newRig(t, api, newFakeInbox(), hooked)
				r.start(t, (&book{}).handler())
				synctest.Wait()
				api.setHook(tc.hook)
				time.Sleep(5 * time.Minute)
				if err := r.Ready(); (err == nil) != (tc.ready == "") || err != nil && !strings.Contains(err.Error(), tc.ready) {
					t.Errorf("ready: %v, want %q", err, tc.ready)
				}
				told := 0
				if tc.ready != "" {
					told = 1
				}
				if log := r.log.String(); strings.Count(log, `"level":"error"`) != told || strings.Contains(log, "our host") {
					t.Errorf("log:\n%s", log)
				}
				time.Sleep(55 * time.Minute)
				if n := len(api.called("setWebhook")); n != tc.sets {
					t.Errorf("set %d times, want %d", n, tc.sets)
				}
				api.setHook(fakeHook{url: hookURL})
				time.Sleep(time.Minute)
				if err := r.Ready(); err != nil {
					t.Errorf("ready: %v", err)
				}
				_ = r.halt()
			})
		})
	}
}

func TestOnlyOurOwnWebhookIsTakenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		r := newRig(t, api, newFakeInbox(), hooked)
		r.start(t, (&book{}).handler())
		synctest.Wait()
		api.setHook(fakeHook{url: "https://other.example/"})
		time.Sleep(time.Minute)
		_ = r.halt()
		if n := len(api.called("deleteWebhook")); n != 0 {
			t.Errorf("taken down %d times", n)
		}
	})
}

// A stop while the registration is under way: Telegram may have heard it, so it is taken down, unless it is to be kept.
func TestStoppedWhileItRegisters(t *testing.T) {
	for name, tc := range map[string]struct {
		keep bool
		want []string
	}{
		"taken down": {false, []string{"setWebhook", "deleteWebhook"}},
		"kept":       {true, []string{"setWebhook"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				r := newRig(t, api, newFakeInbox(), hooked, func(c *Config) { c.Webhook.Keep, c.Transport = tc.keep, slowToRegister{api} })
				r.start(t, (&book{}).handler())
				synctest.Wait()
				_ = r.halt()
				if diff := cmp.Diff(tc.want, api.methods()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// slowToRegister hears a registration at once and never answers it.
type slowToRegister struct{ http.RoundTripper }

func (s slowToRegister) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.RoundTripper.RoundTrip(r)
	if strings.HasSuffix(r.URL.Path, "/setWebhook") {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return resp, err
}

func TestJudgeHook(t *testing.T) {
	for name, tc := range map[string]struct {
		info  models.WebhookInfo
		last  hookSeen
		taken int64
		fine  bool
		want  hookSeen
	}{
		"nothing to do":               {models.WebhookInfo{URL: "a"}, hookSeen{taken: 2}, 2, true, hookSeen{taken: 2}},
		"an error, and none came":     {models.WebhookInfo{URL: "a", PendingUpdateCount: 1, LastErrorDate: 9}, hookSeen{taken: 2}, 2, false, hookSeen{taken: 2}},
		"the same, still":             {models.WebhookInfo{URL: "a", PendingUpdateCount: 1, LastErrorDate: 9}, hookSeen{taken: 2, fault: 5}, 2, false, hookSeen{taken: 2, fault: 5}},
		"an error, but others came":   {models.WebhookInfo{URL: "a", PendingUpdateCount: 1, LastErrorDate: 9}, hookSeen{taken: 2}, 3, true, hookSeen{taken: 3, fault: 9}},
		"an error that was got over":  {models.WebhookInfo{URL: "a", PendingUpdateCount: 1, LastErrorDate: 9}, hookSeen{taken: 2, fault: 9}, 2, true, hookSeen{taken: 2, fault: 9}},
		"an error, and nothing waits": {models.WebhookInfo{URL: "a", LastErrorDate: 9}, hookSeen{taken: 2}, 2, true, hookSeen{taken: 2, fault: 9}},
		"another's":                   {models.WebhookInfo{URL: "b"}, hookSeen{taken: 2}, 2, false, hookSeen{taken: 2}},
		"none":                        {models.WebhookInfo{}, hookSeen{taken: 2}, 2, false, hookSeen{taken: 2}},
	} {
		problem, got := judgeHook(tc.info, "a", tc.last, tc.taken)
		if (problem == "") != tc.fine || got != tc.want {
			t.Errorf("%s: %q, %+v; want fine %v, %+v", name, problem, got, tc.fine, tc.want)
		}
	}
}
