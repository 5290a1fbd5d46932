package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

func left(chat, id int64, starts int, text string) Update {
	body := `{"update_id":` + strconv.FormatInt(id, 10) + `,` + textFrom(chat, int(id), text) + `}`
	return Update{ID: id, Starts: starts, Body: []byte(body)}
}

// killed runs a bot until it handles "poison", and gives what it had finished by then. Dying is played by an
// inbox of which the dead process writes no more.
func killed(t *testing.T, disk *fakeInbox) (finished []string) {
	t.Helper()
	seen, died := &book{}, make(chan struct{})
	mortal := &mortalInbox{fakeInbox: disk}
	r := newRig(t, newFakeAPI(), disk)
	r.Bot.inbox = mortal
	var stopped bool
	r.start(t, func(ctx context.Context, e flow.Event) error {
		if e.Text == "poison" {
			mortal.mu.Lock()
			mortal.dead = true
			mortal.mu.Unlock()
			finished, stopped = seen.read(), true
			close(died)
			<-ctx.Done()
			return ctx.Err()
		}
		time.Sleep(100 * time.Millisecond)
		seen.add(e.Text)
		return nil
	})
	time.Sleep(9 * time.Second) // a suspect has ten
	synctest.Wait()
	if !stopped {
		finished = seen.read()
	}
	_ = r.halt()
	slices.Sort(finished)
	return finished
}

type mortalInbox struct {
	*fakeInbox
	dead bool
}

var errDead = errors.New("dead")

func (m *mortalInbox) gone() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errDead
	}
	return nil
}

func (m *mortalInbox) Pending(ctx context.Context) ([]Update, error) {
	if err := m.gone(); err != nil {
		return nil, err
	}
	return m.fakeInbox.Pending(ctx)
}

func (m *mortalInbox) Tried(ctx context.Context, starts map[int64]int) error {
	if err := m.gone(); err != nil {
		return err
	}
	return m.fakeInbox.Tried(ctx, starts)
}

func (m *mortalInbox) Done(ctx context.Context, ids ...int64) error {
	if err := m.gone(); err != nil {
		return err
	}
	return m.fakeInbox.Done(ctx, ids...)
}

// One update kills the process at each start, and others wait before it, beside it and behind it: only that one is
// given up.
func TestAnUpdateThatKillsIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inbox := newFakeInbox()
		for _, u := range []Update{
			left(1, 4, 0, "before"), left(2, 5, 0, "poison"), left(2, 6, 0, "behind"), left(3, 7, 0, "beside"),
		} {
			inbox.kept[u.ID] = u
		}
		starts := []string{}
		for range mostStarts {
			starts = append(starts, strings.Join(killed(t, inbox), " "))
		}
		// The first start begins all at once; from the second on they go one by one, and what is finished is written down.
		if diff := cmp.Diff([]string{"", "before", ""}, starts); diff != "" {
			t.Errorf("finished at each start (-want +got):\n%s", diff)
		}
		if got := inbox.kept[5].Starts; got != mostStarts {
			t.Errorf("it was tried in %d starts", got)
		}
		if got := inbox.kept[7].Starts; got != 1 {
			t.Errorf("one that waits behind it counts %d starts", got)
		}
		inbox.forgets = true
		seen, api := &book{}, newFakeAPI()
		r := newRig(t, api, inbox)
		r.start(t, seen.handler())
		time.Sleep(markDelay)
		synctest.Wait()
		api.push(5, textFrom(2, 5, "poison")) // which no start has confirmed
		time.Sleep(markDelay)
		synctest.Wait()
		if diff := cmp.Diff([]string{"behind", "beside"}, seen.read()); diff != "" {
			t.Errorf("handled in the end (-want +got):\n%s", diff)
		}
		if got := inbox.pending(); len(got) != 0 {
			t.Errorf("still kept: %v", got)
		}
		log := r.log.String()
		if r.Skipped() != 1 || strings.Count(log, "left out an update") != 1 || !strings.Contains(log, `"update_id":5`) || strings.Contains(log, "poison") {
			t.Errorf("skipped %d, log:\n%s", r.Skipped(), log)
		}
		_ = r.halt()
	})
}

// A start that ends well counts against nobody, however often it comes too early for an update.
func TestStopsInTimeAccuseNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inbox, seen := newFakeInbox(), &book{}
		u := left(1, 4, 0, "slow")
		inbox.kept[u.ID] = u
		for range 2 * mostStarts {
			r := newRig(t, newFakeAPI(), inbox)
			r.start(t, func(ctx context.Context, _ flow.Event) error {
				<-ctx.Done()
				return ctx.Err()
			})
			synctest.Wait()
			_ = r.halt()
			if n := inbox.kept[u.ID].Starts; n != 0 {
				t.Errorf("%d starts count against it", n)
			}
		}
		r := newRig(t, newFakeAPI(), inbox)
		r.start(t, seen.handler())
		synctest.Wait()
		if diff := cmp.Diff([]string{"slow"}, seen.read()); diff != "" || r.Skipped() != 0 {
			t.Errorf("skipped %d, handled (-want +got):\n%s", r.Skipped(), diff)
		}
		_ = r.halt()
	})
}

// One that was tried before and takes long holds the start up for a while only.
func TestASlowSuspectDoesNotHoldTheStartUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, inbox, seen := newFakeAPI(), newFakeInbox(), &book{}
		u := left(1, 4, 2, "slow")
		inbox.kept[u.ID] = u
		api.push(5, textFrom(2, 10, "other"))
		r := newRig(t, api, inbox)
		r.start(t, func(_ context.Context, e flow.Event) error {
			if e.Text == "slow" {
				time.Sleep(time.Minute)
			}
			seen.add(e.Text)
			return nil
		})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"other"}, seen.read()); diff != "" {
			t.Errorf("after a while (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string{"other", "slow"}, seen.read()); diff != "" {
			t.Errorf("in the end (-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

// An earlier one that was not tried before goes before a later one that was and waits for its turn.
func TestSuspectsKeepTheOrderOfTheirChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inbox, seen := newFakeInbox(), &book{}
		for _, u := range []Update{left(1, 4, 1, "slow"), left(1, 5, 0, "fresh"), left(1, 6, 1, "suspect")} {
			inbox.kept[u.ID] = u
		}
		r := newRig(t, newFakeAPI(), inbox)
		r.start(t, func(_ context.Context, e flow.Event) error {
			if e.Text == "slow" {
				time.Sleep(time.Minute)
			}
			seen.add(e.Text)
			return nil
		})
		time.Sleep(2 * time.Minute)
		if diff := cmp.Diff([]string{"slow", "fresh", "suspect"}, seen.read()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

// That a try cannot be written down is told, unless the stop is why. It is made all the same.
func TestATryThatCannotBeWrittenDown(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		told int
	}{
		"disk full": {errors.New("disk full " + testToken), 1},
		"stopping":  {fmt.Errorf("note tries: %w", context.Canceled), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inbox, seen := newFakeInbox(), &book{}
				u := left(1, 4, 0, "kept")
				inbox.kept[u.ID] = u
				r := newRig(t, newFakeAPI(), inbox)
				r.Bot.inbox = tryless{inbox, tc.err}
				r.start(t, seen.handler())
				synctest.Wait()
				if diff := cmp.Diff([]string{"kept"}, seen.read()); diff != "" {
					t.Errorf("handled (-want +got):\n%s", diff)
				}
				_ = r.halt()
				if log := r.log.String(); strings.Count(log, "cannot note that updates are tried again") != tc.told || strings.Contains(log, testToken) {
					t.Errorf("log: %s", log)
				}
			})
		})
	}
}

type tryless struct {
	Inbox
	err error
}

func (t tryless) Tried(context.Context, map[int64]int) error { return t.err }

// In normal running no count is written, nor when nothing is left from before.
func TestCountsAreWrittenAtTheStartOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, inbox := newFakeAPI(), newFakeInbox()
		r := newRig(t, api, inbox)
		counted := &triesCounted{Inbox: inbox}
		r.Bot.inbox = counted
		r.start(t, func(ctx context.Context, e flow.Event) error {
			if e.Update == 4 { // it is left for the next start
				<-ctx.Done()
			}
			return ctx.Err()
		})
		for id := int64(1); id < 5; id++ {
			api.push(id, textFrom(1, int(id), "x"))
			synctest.Wait()
		}
		_ = r.halt()
		if diff := cmp.Diff([]int64{4}, inbox.pending()); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		if counted.writes != 0 {
			t.Errorf("%d writes", counted.writes)
		}
	})
}

type triesCounted struct {
	Inbox
	writes int
}

func (c *triesCounted) Tried(ctx context.Context, starts map[int64]int) error {
	c.writes++
	return c.Inbox.Tried(ctx, starts)
}
