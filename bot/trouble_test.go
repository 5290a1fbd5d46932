package bot

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWebhookIsTakenDownOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, seen := newFakeAPI(), &book{}
		hooked, stubborn := true, false
		api.setFault(func(c call) *reply {
			switch c.Method {
			case "deleteWebhook":
				hooked = stubborn
			case "getUpdates":
				if hooked {
					return refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
				}
			}
			return nil
		})
		api.push(1, textFrom(1, 10, "hello"))
		r := newRig(t, api, newFakeInbox())
		r.start(t, seen.handler())
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string{"hello"}, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		api.mu.Lock()
		hooked, stubborn = true, true // somebody sets it again
		api.mu.Unlock()
		time.Sleep(10 * time.Minute)
		down := api.called("deleteWebhook")
		if len(down) != 1 || down[0].Params["drop_pending_updates"] == "true" {
			t.Errorf("deleteWebhook: %v", down)
		}
		if got := strings.Count(r.log.String(), "a webhook is set"); got < 5 || got > 12 {
			t.Errorf("reminded %d times in ten minutes", got)
		}
		_ = r.halt()
	})
}

func TestAWebhookEndsThePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.setFault(func(c call) *reply {
			if c.Method == "getUpdates" {
				return refusal(409, "Conflict: terminated by setWebhook request")
			}
			return nil
		})
		r := newRig(t, api, newFakeInbox())
		r.start(t, (&book{}).handler())
		time.Sleep(10 * time.Minute)
		if n := len(api.called("deleteWebhook")); n != 1 {
			t.Errorf("taken down %d times", n)
		}
		if n := strings.Count(r.log.String(), "a webhook is set"); n < 5 || n > 12 {
			t.Errorf("reminded %d times in ten minutes:\n%s", n, r.log)
		}
		if err := r.Ready(); err == nil || !strings.Contains(err.Error(), "a webhook is set") {
			t.Errorf("ready: %v", err)
		}
		api.setFault(nil)
		time.Sleep(2 * time.Minute)
		if err := r.Ready(); err != nil {
			t.Errorf("ready: %v", err)
		}
		_ = r.halt()
	})
}

func TestTwoThatPollTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, polls := newFakeAPI(), 0
		api.setFault(func(c call) *reply {
			if c.Method != "getUpdates" {
				return nil
			}
			if polls++; polls%2 == 0 {
				return &reply{200, `{"ok":true,"result":[]}`}
			}
			return refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
		})
		r := newRig(t, api, newFakeInbox())
		r.start(t, (&book{}).handler())
		time.Sleep(10 * time.Minute)
		if n := strings.Count(r.log.String(), `"level":"error"`); n < 9 || n > 11 {
			t.Errorf("told %d times in ten minutes", n)
		}
		_ = r.halt()
	})
}

func TestReadyWhileTheDiskIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, inbox := newFakeAPI(), newFakeInbox()
		r := newRig(t, api, inbox)
		r.start(t, (&book{}).handler())
		synctest.Wait()
		inbox.mu.Lock()
		inbox.fault = func(int) error { return errors.New("disk full") }
		inbox.mu.Unlock()
		api.push(1, textFrom(1, 10, "hello"))
		synctest.Wait()
		if err := r.Ready(); err == nil || !strings.Contains(err.Error(), "disk") {
			t.Errorf("ready: %v", err)
		}
		inbox.mu.Lock()
		inbox.fault = nil
		inbox.mu.Unlock()
		time.Sleep(time.Minute)
		if err := r.Ready(); err != nil {
			t.Errorf("ready: %v", err)
		}
		api.setDown(true)
		time.Sleep(readyAge + longestPoll)
		if err := r.Ready(); err == nil || !strings.Contains(err.Error(), "last answered") {
			t.Errorf("ready: %v", err)
		}
		_ = r.halt()
	})
}
