package bot

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

// Twenty presses a second for a minute, of which each takes a second: the chat is not stuck behind them, what is
// typed is answered all the same, and every press is answered with a toast.
func TestAFloodOfPresses(t *testing.T) {
	for name, change := range map[string]func(*Config){"polled": func(*Config) {}, "brought": hooked} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, inbox, seen := newFakeAPI(), newFakeInbox(), &book{}
				r := newRig(t, api, inbox, change, func(c *Config) { c.Busy = say("One moment, please.") })
				var mu sync.Mutex
				handled := 0
				r.start(t, func(_ context.Context, e flow.Event) error {
					time.Sleep(time.Second)
					if e.Kind == flow.EventPress {
						mu.Lock()
						handled++
						mu.Unlock()
						return nil
					}
					seen.add(fmt.Sprint(e.Text, " after ", time.Since(e.At).Round(time.Second)))
					return nil
				})
				synctest.Wait()
				id := int64(0)
				deliver := func(body string) {
					id++
					if name == "polled" {
						api.push(id, body)
					} else if got := r.bring(id, body); got != 200 {
						t.Fatalf("answered %d", got)
					}
					synctest.Wait()
				}
				const presses = 20 * 60
				for i := range presses {
					deliver(pressFrom(1, 10, fmt.Sprint("cb", i), "a.0.go."))
					time.Sleep(time.Second / 20)
				}
				sent := strings.Replace(textFrom(1, 11, "typed"), "1700000000", fmt.Sprint(time.Now().Unix()), 1)
				deliver(sent)
				writes := inbox.keeps
				time.Sleep(time.Minute)
				synctest.Wait()
				if diff := cmp.Diff([]string{fmt.Sprintf("typed after %ds", mostWaiting+1)}, seen.read()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if want := 60 + mostWaiting + 1; handled < want-2 || handled > want+2 {
					t.Errorf("%d presses handled, want about %d", handled, want)
				}
				if writes > handled+1 {
					t.Errorf("%d batches were written for %d updates", writes, handled+1)
				}
				toasts := counts(toastsOf(api))
				if got := toasts["One moment, please."]; got != presses-handled || toasts[""] != handled {
					t.Errorf("toasts %v for %d presses, %d of them handled", toasts, presses, handled)
				}
				_ = r.halt()
			})
		})
	}
}

func toastsOf(api *fakeAPI) []string {
	var texts []string
	for _, c := range api.called("answerCallbackQuery") {
		texts = append(texts, c.Params["text"])
	}
	return texts
}

// What is typed or commanded is never left out, however much of it comes.
func TestAFloodOfWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, seen := newFakeAPI(), &book{}
		r := newRig(t, api, newFakeInbox())
		r.start(t, func(_ context.Context, e flow.Event) error {
			time.Sleep(time.Second)
			seen.add(e.Text + e.Command)
			return nil
		})
		for i := range 100 {
			api.push(int64(i+1), textFrom(1, i+1, map[bool]string{true: "/help", false: "word"}[i%2 == 0]))
		}
		time.Sleep(100 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff(map[string]int{"help": 50, "word": 50}, counts(seen.read())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

// A batch as after an outage: of the presses of one chat only so many are taken, of the others' all.
func TestAFloodInOneBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, seen := newFakeAPI(), &book{}
		api.setDown(true)
		r := newRig(t, api, newFakeInbox())
		r.start(t, func(_ context.Context, e flow.Event) error {
			seen.add(fmt.Sprint(e.Chat))
			return nil
		})
		for i := range 30 {
			api.push(int64(2*i+1), pressFrom(1, 10, fmt.Sprint("cb", i), "a.0.go."))
			if i < mostWaiting {
				api.push(int64(2*i+2), pressFrom(2, 10, fmt.Sprint("other", i), "a.0.go."))
			}
		}
		api.setDown(false)
		time.Sleep(time.Minute)
		if diff := cmp.Diff(map[string]int{"1": mostWaiting, "2": mostWaiting}, counts(seen.read())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

// A press that got its toast is not taken when Telegram brings it again, though its chat has time for it by then.
func TestAPressThatWasNotTakenComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := &book{}
		r := newRig(t, newFakeAPI(), newFakeInbox(), hooked)
		r.start(t, func(_ context.Context, e flow.Event) error {
			time.Sleep(time.Second)
			seen.add(e.Callback)
			return nil
		})
		synctest.Wait()
		const last = mostWaiting + 2 // one is being handled
		for range 2 {
			for id := int64(1); id <= last; id++ {
				r.bring(id, pressFrom(1, 10, fmt.Sprint(id), "a.0.go."))
				synctest.Wait()
			}
			time.Sleep(time.Minute)
		}
		want := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}
		if diff := cmp.Diff(want, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

// What our own house has to do in a chat, such as drawing cards anew, costs the person no press.
func TestWorkOfOurOwnIsNoFlood(t *testing.T) {
	for name, change := range map[string]func(*Config){"polled": func(*Config) {}, "brought": hooked} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, seen := newFakeAPI(), &book{}
				r := newRig(t, api, newFakeInbox(), change)
				r.start(t, func(_ context.Context, e flow.Event) error {
					seen.add(e.Callback)
					return nil
				})
				synctest.Wait()
				for range 2 * mostWaiting {
					r.Do(1, func(context.Context) { time.Sleep(time.Second) })
				}
				for id := range int64(mostWaiting + 2) {
					body := pressFrom(1, 10, fmt.Sprint(id+1), "a.0.go.")
					if name == "polled" {
						api.push(id+1, body)
					} else {
						r.bring(id+1, body)
					}
					synctest.Wait()
				}
				time.Sleep(time.Minute)
				if diff := cmp.Diff([]string{"1", "2", "3", "4", "5", "6", "7", "8"}, seen.read()); diff != "" {
					t.Errorf("handled (-want +got):\n%s", diff)
				}
				_ = r.halt()
			})
		})
	}
}

// As many chats as there are slots flood, and more: another one waits for one of their jobs each at most, not for
// all that they have.
func TestFloodsDoNotKeepTheSlots(t *testing.T) {
	for floods, want := range map[int]time.Duration{
		1: 0, defaultWorkers - 1: 0, defaultWorkers: time.Second, 3 * defaultWorkers: 3 * time.Second,
	} {
		t.Run(fmt.Sprint(floods), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				r := newRig(t, api, newFakeInbox())
				var waited time.Duration
				var asked time.Time
				r.start(t, func(_ context.Context, e flow.Event) error {
					if e.Text == "hello" {
						waited = time.Since(asked)
						return nil
					}
					time.Sleep(time.Second)
					return nil
				})
				synctest.Wait()
				id := int64(0)
				for range 20 { // a second of it
					for chat := range floods {
						id++
						api.push(id, pressFrom(int64(chat+1), 10, fmt.Sprint("cb", id), "a.0.go."))
					}
					time.Sleep(time.Second / 20)
				}
				synctest.Wait()
				asked = time.Now()
				api.push(id+1, textFrom(10_000, 10, "hello"))
				time.Sleep(time.Minute)
				synctest.Wait()
				if asked.IsZero() || waited > want {
					t.Errorf("waited %v, want at most %v", waited, want)
				}
				_ = r.halt()
			})
		})
	}
}
