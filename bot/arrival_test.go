package bot

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

// A press has no date of its own: it counts from when it came in, however long it then waited, or lay in the inbox
// while the program was down.
func TestWhenAPressWasMade(t *testing.T) {
	pressed := func(arrived time.Time) *fakeInbox {
		disk := newFakeInbox()
		disk.kept[7] = Update{ID: 7, Arrived: arrived, Body: []byte(`{"update_id":7,` + pressFrom(1, 10, "q", "s.0.a.") + `}`)}
		return disk
	}
	for name, tc := range map[string]struct {
		left func(now time.Time) *fakeInbox
		then func(*fakeAPI)
		want time.Duration // after the start
	}{
		"kept four days ago":               {func(now time.Time) *fakeInbox { return pressed(now.Add(-96 * time.Hour)) }, nil, -96 * time.Hour},
		"kept by one that noted no time":   {func(time.Time) *fakeInbox { return pressed(time.Time{}) }, nil, 0},
		"behind others of its chat, fresh": {func(time.Time) *fakeInbox { return newFakeInbox() }, func(api *fakeAPI) { api.push(7, pressFrom(1, 10, "q", "s.0.a.")) }, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, api := time.Now(), newFakeAPI()
				r := newRig(t, api, tc.left(began))
				var at []time.Duration
				r.start(t, func(_ context.Context, e flow.Event) error {
					if e.Kind == flow.EventPress {
						at = append(at, e.At.Sub(began))
						return nil
					}
					time.Sleep(time.Minute)
					return nil
				})
				if tc.then != nil {
					api.push(6, textFrom(1, 9, "slow"))
					time.Sleep(5 * time.Second)
					tc.then(api)
					time.Sleep(time.Minute)
				}
				synctest.Wait()
				if diff := cmp.Diff([]time.Duration{tc.want}, at); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				_ = r.halt()
			})
		})
	}
}

// What is handed out because a Keep failed after it had written is as old as what is handed out at the start.
func TestWhenAPressWasMadeThatWasKeptInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, api, inbox := time.Now(), newFakeAPI(), newFakeInbox()
		inbox.late = true
		inbox.fault = func(attempt int) error {
			if attempt == 1 {
				return errDead
			}
			return nil
		}
		r := newRig(t, api, inbox)
		var at time.Duration = -1
		r.start(t, func(_ context.Context, e flow.Event) error {
			at = e.At.Sub(began)
			return nil
		})
		api.push(7, pressFrom(1, 10, "q", "s.0.a."))
		time.Sleep(time.Minute)
		_ = r.halt()
		if at != 0 {
			t.Errorf("it came %v after the start", at)
		}
	})
}
