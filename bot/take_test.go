package bot

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// An update without a readable id costs nobody else's theirs; each is counted, as nobody can tell one from another.
func TestUpdatesWithoutIDsBesideOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, seen := newFakeAPI(), &book{}
		batches := []string{
			`{"update_id":"x"},{"update_id":2,` + textFrom(1, 11, "two") + `}`,
			`{"update_id":1,` + textFrom(1, 10, "one") + `},7`,
		}
		api.setFault(func(c call) *reply {
			if c.Method != "getUpdates" || len(batches) == 0 {
				return nil
			}
			next := batches[0]
			batches = batches[1:]
			return &reply{200, `{"ok":true,"result":[` + next + `]}`}
		})
		r := newRig(t, api, newFakeInbox())
		r.start(t, seen.handler())
		synctest.Wait()
		if diff := cmp.Diff(map[string]int{"one": 1, "two": 1}, counts(seen.read())); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		if log := r.log.String(); r.Skipped() != 2 || strings.Count(log, `"update_id":0`) != 2 {
			t.Errorf("skipped %d, log:\n%s", r.Skipped(), log)
		}
		_ = r.halt()
	})
}

// doubtfulInbox fails to list what it keeps as often as it is told, and counts how often it was asked.
type doubtfulInbox struct {
	*fakeInbox
	asked, fails atomic.Int32
}

func (d *doubtfulInbox) Pending(ctx context.Context) ([]Update, error) {
	d.asked.Add(1)
	if d.fails.Add(-1) >= 0 {
		return nil, errors.New("disk")
	}
	return d.fakeInbox.Pending(ctx)
}

// A Keep fails once it has written, and then what it wrote cannot be read: it is found in the end, and not sought any
// more then.
func TestWhatWasKeptInDoubtIsFoundInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inbox, seen := &doubtfulInbox{fakeInbox: newFakeInbox()}, &book{}
		inbox.late = true
		inbox.fault = func(attempt int) error {
			if attempt == 1 {
				return errDead
			}
			return nil
		}
		r := newRig(t, newFakeAPI(), inbox.fakeInbox, hooked)
		r.Bot.inbox = inbox
		r.start(t, seen.handler())
		synctest.Wait()
		inbox.fails.Store(1)
		for i, want := range []int{http.StatusInternalServerError, http.StatusInternalServerError, http.StatusOK, http.StatusOK} {
			if got := r.bring(7+int64(i), textFrom(1, 10+i, string(rune('a'+i)))); got != want {
				t.Errorf("the request no. %d is answered %d", i, got)
			}
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{"a", "c", "d"}, seen.read()); diff != "" { // Telegram sends b again
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		if asked := inbox.asked.Load(); asked != 3 {
			t.Errorf("asked %d times: at the start, in vain, and once more", asked)
		}
		_ = r.halt()
	})
}

// What was handled leaves the inbox although the write that was to take it along has failed.
func TestHandledUpdatesLeaveAfterAFailedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, inbox := newFakeAPI(), newFakeInbox()
		inbox.fault = func(attempt int) error {
			if attempt == 2 {
				return errDead
			}
			return nil
		}
		r := newRig(t, api, inbox)
		r.start(t, (&book{}).handler())
		api.push(1, textFrom(5, 10, "one"))
		synctest.Wait()
		api.push(2, textFrom(5, 11, "two"))
		time.Sleep(time.Minute)
		if got := inbox.pending(); len(got) != 0 {
			t.Errorf("still kept: %v", got)
		}
		_ = r.halt()
	})
}

// What is brought shows that Telegram can bring it, whatever it says of an error.
func TestABroughtUpdateIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		r := newRig(t, api, newFakeInbox(), hooked)
		r.start(t, (&book{}).handler())
		synctest.Wait()
		api.setHook(fakeHook{url: hookURL, pending: 2, errorDate: 1700000000, problem: "x"})
		time.Sleep(time.Second)
		r.bring(7, textFrom(1, 10, "hello"))
		if age := time.Since(r.LastHeard()); age != 0 {
			t.Errorf("last heard %v ago", age)
		}
		time.Sleep(hookEvery)
		if err := r.Ready(); err != nil {
			t.Errorf("ready: %v", err)
		}
		if answer := r.knock(http.MethodGet, r.Bot.hook.secret.Reveal(), ""); answer.Header().Get("Allow") != http.MethodPost {
			t.Errorf("a GET is answered %d, %v", answer.Code, answer.Header())
		}
		_ = r.halt()
	})
}
