package bot

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// countedInbox counts writes, and fails to drop for as long as it is told.
type countedInbox struct {
	*fakeInbox
	writes int
	left   map[int64]int
	full   atomic.Bool
}

func (c *countedInbox) leave(ids []int64) {
	for _, id := range ids {
		c.left[id]++
	}
}

func (c *countedInbox) Keep(ctx context.Context, updates []Update, handled []int64) ([]Update, error) {
	c.writes++
	c.leave(handled)
	return c.fakeInbox.Keep(ctx, updates, handled)
}

func (c *countedInbox) Done(ctx context.Context, ids ...int64) error {
	c.writes++
	if c.full.Load() {
		return errors.New("disk full")
	}
	c.leave(ids)
	return c.fakeInbox.Done(ctx, ids...)
}

func TestHandledUpdatesLeaveWithTheNextWrite(t *testing.T) {
	for name, tc := range map[string]struct {
		then    func(*fakeAPI, *rig, *countedInbox)
		stops   bool
		pending []int64
		writes  int
		logged  bool
	}{
		"just now":      {func(*fakeAPI, *rig, *countedInbox) {}, false, []int64{1, 2}, 1, false},
		"another batch": {func(api *fakeAPI, _ *rig, _ *countedInbox) { api.push(3, textFrom(5, 12, "next")) }, false, []int64{3}, 2, false},
		"another, and a while": {func(api *fakeAPI, _ *rig, _ *countedInbox) {
			time.Sleep(markDelay - time.Second)
			api.push(3, textFrom(5, 12, "next"))
			time.Sleep(markDelay - time.Second)
		}, false, []int64{3}, 2, false},
		"another, and its own while": {func(api *fakeAPI, _ *rig, _ *countedInbox) {
			time.Sleep(markDelay - time.Second)
			api.push(3, textFrom(5, 12, "next"))
			time.Sleep(markDelay)
		}, false, []int64{}, 3, false},
		"nothing for almost a while": {func(*fakeAPI, *rig, *countedInbox) { time.Sleep(5*time.Second - 1) }, false, []int64{1, 2}, 1, false},
		"nothing for a while":        {func(*fakeAPI, *rig, *countedInbox) { time.Sleep(5 * time.Second) }, false, []int64{}, 2, false},
		"the program stops":          {func(*fakeAPI, *rig, *countedInbox) {}, true, []int64{}, 2, false},
		"not for some time": {func(_ *fakeAPI, _ *rig, c *countedInbox) {
			c.full.Store(true)
			time.Sleep(markDelay)
			synctest.Wait()
			c.full.Store(false)
		}, true, []int64{}, 3, true},
		"not, and later again": {func(_ *fakeAPI, _ *rig, c *countedInbox) {
			c.full.Store(true)
			time.Sleep(markDelay)
			synctest.Wait()
			c.full.Store(false)
			time.Sleep(markDelay)
		}, false, []int64{}, 3, true},
		"not, and then a batch": {func(api *fakeAPI, _ *rig, c *countedInbox) {
			c.full.Store(true)
			time.Sleep(markDelay)
			synctest.Wait()
			api.push(3, textFrom(5, 12, "next"))
		}, false, []int64{3}, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, seen := newFakeAPI(), &book{}
				api.push(1, textFrom(5, 10, "one"))
				api.push(2, textFrom(5, 11, "two"))
				r := newRig(t, api, newFakeInbox())
				counted := &countedInbox{fakeInbox: r.inbox, left: map[int64]int{}}
				r.Bot.inbox = counted
				r.start(t, seen.handler())
				synctest.Wait()
				tc.then(api, r, counted)
				synctest.Wait()
				if tc.stops {
					_ = r.halt()
				}
				if diff := cmp.Diff(tc.pending, r.inbox.pending()); diff != "" {
					t.Errorf("in the inbox (-want +got):\n%s", diff)
				}
				for id, times := range counted.left {
					if times != 1 {
						t.Errorf("%d left %d times", id, times)
					}
				}
				if counted.writes != tc.writes {
					t.Errorf("%d writes, want %d", counted.writes, tc.writes)
				}
				if got := strings.Contains(r.log.String(), "not marked as done"); got != tc.logged {
					t.Errorf("logged %v, want %v:\n%s", got, tc.logged, r.log.String())
				}
				if !tc.stops {
					_ = r.halt()
				}
			})
		})
	}
}
