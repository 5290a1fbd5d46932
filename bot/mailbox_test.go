package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

func TestOrderWithinAChatParallelAcross(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		perChat := map[flow.ChatID]*book{1: {}, 2: {}, 3: {}}
		for i := range 30 {
			chat := int64(i%3 + 1)
			api.push(int64(i+1), textFrom(chat, i+1, fmt.Sprint(i/3)))
		}
		var running, most atomic.Int32
		r := newRig(t, api, newFakeInbox())
		r.start(t, func(_ context.Context, e flow.Event) error {
			if now := running.Add(1); now > most.Load() {
				most.Store(now)
			}
			time.Sleep(time.Second)
			running.Add(-1)
			perChat[e.Chat].add(e.Text)
			return nil
		})
		began := time.Now()
		for len(perChat[1].read())+len(perChat[2].read())+len(perChat[3].read()) < 30 {
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if took := time.Since(began); took > 11*time.Second {
			t.Errorf("took %v: chats waited for each other", took)
		}
		want := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
		for chat, b := range perChat {
			if diff := cmp.Diff(want, b.read()); diff != "" {
				t.Errorf("chat %d (-want +got):\n%s", chat, diff)
			}
		}
		if most.Load() != 3 {
			t.Errorf("at most %d handlers at once, want 3", most.Load())
		}
		r.boxes.mu.Lock()
		if len(r.boxes.boxes) != 0 {
			t.Errorf("%d idle chats are still served", len(r.boxes.boxes))
		}
		r.boxes.mu.Unlock()
		_ = r.halt()
	})
}

func TestWorkersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newFakeAPI(), newFakeInbox(), func(c *Config) { c.Workers = 2 })
		var running atomic.Int32
		release := make(chan struct{})
		for chat := range 10 {
			r.Do(flow.ChatID(chat), func(context.Context) {
				running.Add(1)
				<-release
			})
		}
		synctest.Wait()
		if got := running.Load(); got != 2 {
			t.Errorf("%d at once, want 2", got)
		}
		close(release)
		synctest.Wait()
		if got := running.Load(); got != 10 {
			t.Errorf("%d done, want 10", got)
		}
	})
}

func TestDoKeepsItsPlaceInTheChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, seen := newFakeAPI(), &book{}
		r := newRig(t, api, newFakeInbox())
		r.start(t, func(_ context.Context, e flow.Event) error {
			time.Sleep(time.Second)
			seen.add(e.Text)
			return nil
		})
		api.push(1, textFrom(1, 10, "update 1"))
		synctest.Wait()
		if !r.Do(1, func(context.Context) { seen.add("work"); panic("thrown words") }) {
			t.Error("work refused")
		}
		api.push(2, textFrom(1, 11, "update 2"))
		time.Sleep(5 * time.Second)
		if diff := cmp.Diff([]string{"update 1", "work", "update 2"}, seen.read()); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		if log := r.log.String(); !strings.Contains(log, `"chat_id":1`) || strings.Contains(log, "thrown words") {
			t.Errorf("log: %s", log)
		}
		_ = r.halt()
		if r.Do(1, func(context.Context) { t.Error("work after the stop") }) {
			t.Error("work was taken after the stop")
		}
	})
}

func TestStopLetsTheRunningHandlerSendAndKeepsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, inbox, seen := newFakeAPI(), newFakeInbox(), &book{}
		for id := int64(1); id <= 3; id++ {
			api.push(id, textFrom(1, int(id), fmt.Sprint(id)))
		}
		r := newRig(t, api, inbox)
		var workCtx error
		r.start(t, func(ctx context.Context, e flow.Event) error {
			if e.Update == 1 {
				r.Do(1, func(ctx context.Context) { workCtx = ctx.Err() }) //nolint:contextcheck // work gets the mailbox's own context
			}
			time.Sleep(10 * time.Second)
			_, err := r.Send(ctx, e.Chat, view("answer to "+e.Text))
			seen.add(e.Text)
			return err
		})
		time.Sleep(time.Second)
		began := time.Now()
		if err := r.halt(); err != nil {
			t.Errorf("Run = %v", err)
		}
		if took := time.Since(began); took != 9*time.Second {
			t.Errorf("the stop took %v, want what the handler needed", took)
		}
		sent := api.called("sendMessage")
		if len(sent) != 1 || sent[0].Params["text"] != "answer to 1" {
			t.Errorf("sent %v", sent)
		}
		if diff := cmp.Diff([]int64{2, 3}, inbox.pending()); diff != "" {
			t.Errorf("left in the inbox (-want +got):\n%s", diff)
		}
		if !errors.Is(workCtx, context.Canceled) {
			t.Errorf("work that came too late got a context with %v", workCtx)
		}
		next := newRig(t, api, inbox)
		next.start(t, seen.handler())
		synctest.Wait()
		if diff := cmp.Diff([]string{"1", "2", "3"}, seen.read()); diff != "" {
			t.Errorf("handled over both runs (-want +got):\n%s", diff)
		}
		_ = next.halt()
	})
}

// At the stop there is a slot for the work behind each handler: none of it is lost, and none begins in earnest.
func TestWorkBehindAHandlerHearsOfTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		r := newRig(t, api, newFakeInbox())
		r.start(t, func(context.Context, flow.Event) error {
			time.Sleep(10 * time.Second)
			return nil
		})
		const chats = 30
		var called, alive atomic.Int32
		for chat := range int64(chats) {
			api.push(chat+1, textFrom(chat+1, 10, "slow"))
		}
		synctest.Wait()
		for chat := range flow.ChatID(chats) {
			r.Do(chat+1, func(ctx context.Context) {
				called.Add(1)
				if ctx.Err() == nil {
					alive.Add(1)
				}
			})
		}
		_ = r.halt()
		if called.Load() != chats || alive.Load() != 0 {
			t.Errorf("%d called, %d of them as if there were no stop", called.Load(), alive.Load())
		}
	})
}

// An errand that nobody would wait for any more is not begun.
func TestNoErrandAfterTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e errands
		done := 0
		e.run(func() { time.Sleep(time.Second); done++ })
		e.stop()
		e.run(func() { done++ })
		synctest.Wait()
		if done != 1 {
			t.Errorf("%d errands were done, want the one from before the stop", done)
		}
	})
}

// What waits for a slot at the stop learns of it at once, and not when a slot is free.
func TestWorkWithoutASlotHearsOfTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		r := newRig(t, api, newFakeInbox(), func(c *Config) { c.Workers = 1 })
		r.start(t, func(context.Context, flow.Event) error {
			time.Sleep(10 * time.Second)
			return nil
		})
		api.push(1, textFrom(1, 10, "slow"))
		synctest.Wait()
		began := time.Now()
		heard, err := time.Duration(-1), error(nil)
		r.Do(2, func(ctx context.Context) { heard, err = time.Since(began), ctx.Err() })
		time.Sleep(time.Second)
		_ = r.halt()
		if heard != time.Second || !errors.Is(err, context.Canceled) {
			t.Errorf("called after %v, with a context that is %v", heard, err)
		}
	})
}

func TestDrainEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		handler func(ctx context.Context) error
		took    time.Duration
		pending []int64
	}{
		"obedient: taken up again": {func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}, 20 * time.Second, []int64{1}},
		"finished at the last moment": {func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		}, 20 * time.Second, []int64{}},
		"deaf: left behind": {func(context.Context) error {
			time.Sleep(time.Hour)
			return nil
		}, 22 * time.Second, []int64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, inbox := newFakeAPI(), newFakeInbox()
				api.push(1, textFrom(1, 10, "x"))
				r := newRig(t, api, inbox)
				r.start(t, func(ctx context.Context, _ flow.Event) error { return tc.handler(ctx) })
				synctest.Wait()
				began := time.Now()
				if err := r.halt(); err != nil {
					t.Errorf("Run = %v", err)
				}
				if took := time.Since(began); took != tc.took {
					t.Errorf("the stop took %v, want %v", took, tc.took)
				}
				if diff := cmp.Diff(tc.pending, inbox.pending()); diff != "" {
					t.Errorf("pending (-want +got):\n%s", diff)
				}
				time.Sleep(2 * time.Hour) // the deaf one wakes up
			})
		})
	}
}
