package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

type numberedError struct{}

func (numberedError) Error() string    { return "numbered" }
func (numberedError) Incident() string { return "given-9" }

func TestPanicsAndErrorsCostOneUpdate(t *testing.T) {
	for name, tc := range map[string]struct {
		handler func(text string) error
		log     []string
	}{
		"panic with words": {
			func(text string) error { panic("about " + text) },
			[]string{`"incident":"incident-1"`, `"panic":"string"`, "turn_test.go"},
		},
		"panic of the runtime": {
			func(text string) error { return errors.New(text[1000:]) },
			[]string{`"incident":"incident-1"`, "slice bounds out of range"},
		},
		"error": {
			func(string) error { return errors.New("over " + testToken) },
			[]string{`"incident":"incident-1"`, "over [redacted]"},
		},
		"error with a number of its own": {
			func(string) error { return fmt.Errorf("turn: %w", numberedError{}) },
			[]string{`"incident":"given-9"`, "turn: numbered"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, inbox, seen := newFakeAPI(), newFakeInbox(), &book{}
				api.push(1, textFrom(5, 10, "private words"))
				api.push(2, textFrom(5, 11, "next"))
				r := newRig(t, api, inbox)
				r.start(t, func(_ context.Context, e flow.Event) error {
					if e.Update == 1 {
						return tc.handler(e.Text)
					}
					seen.add(e.Text)
					return nil
				})
				synctest.Wait()
				if diff := cmp.Diff([]string{"next"}, seen.read()); diff != "" {
					t.Errorf("handled (-want +got):\n%s", diff)
				}
				time.Sleep(markDelay)
				synctest.Wait()
				if got := inbox.pending(); len(got) != 0 {
					t.Errorf("pending: %v", got)
				}
				log := r.log.String()
				for _, want := range append(tc.log, `"update_id":1`, `"chat_id":5`) {
					if !strings.Contains(log, want) {
						t.Errorf("log lacks %s:\n%s", want, log)
					}
				}
				if strings.Contains(log, "private words") {
					t.Errorf("the log quotes the message:\n%s", log)
				}
				_ = r.halt()
			})
		})
	}
}

func TestEveryPressIsAnsweredOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		update string
		handle func(r *rig, e flow.Event)
		want   []string // toasts
	}{
		"by the handler": {
			pressFrom(5, 10, "cb", "a.0.go."),
			func(r *rig, e flow.Event) {
				r.Acknowledge(e.Callback, say("Working..."))
				r.Acknowledge(e.Callback, say("again"))
			},
			[]string{"Working..."},
		},
		"left to us":    {pressFrom(5, 10, "cb", "a.0.go."), func(*rig, flow.Event) {}, []string{""}},
		"after a panic": {pressFrom(5, 10, "cb", "a.0.go."), func(*rig, flow.Event) { panic("x") }, []string{""}},
		"forged":        {pressFrom(5, 10, "cb", "<>"), func(*rig, flow.Event) {}, []string{""}},
		"long and astral": {
			pressFrom(5, 10, "cb", "a.0.go."),
			func(r *rig, e flow.Event) { r.Acknowledge(e.Callback, say(strings.Repeat("🙂", 150))) },
			[]string{strings.Repeat("🙂", 99) + "…"},
		},
		"in somebody else's private chat": {
			strings.Replace(pressFrom(5, 10, "cb", "a.0.go."), `"from":{"id":5`, `"from":{"id":6`, 1),
			func(*rig, flow.Event) { panic("no event expected") },
			[]string{""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.push(1, tc.update)
				r := newRig(t, api, newFakeInbox())
				r.start(t, func(_ context.Context, e flow.Event) error {
					tc.handle(r, e)
					return nil
				})
				synctest.Wait()
				var got []string
				for _, c := range api.called("answerCallbackQuery") {
					if c.Params["callback_query_id"] != "cb" {
						t.Errorf("answered %q", c.Params["callback_query_id"])
					}
					got = append(got, c.Params["text"])
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("toasts (-want +got):\n%s", diff)
				}
				_ = r.halt()
				r.Acknowledge("later", wording.Text{}) // no errand after the stop
				if len(api.called("answerCallbackQuery")) != len(tc.want) {
					t.Error("answered after the stop")
				}
			})
		})
	}
}

func TestAnswerDoesNotHoldTheHandlerUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, seen := newFakeAPI(), &book{}
		api.setFault(func(c call) *reply {
			if c.Method == "answerCallbackQuery" {
				return flood(5)
			}
			return nil
		})
		api.push(1, pressFrom(5, 10, "cb", "a.0.go."))
		r := newRig(t, api, newFakeInbox())
		began := time.Now()
		r.start(t, func(_ context.Context, e flow.Event) error {
			r.Acknowledge(e.Callback, say("ok"))
			seen.add(fmt.Sprint(time.Since(began)))
			return nil
		})
		synctest.Wait()
		if diff := cmp.Diff([]string{"0s"}, seen.read()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_ = r.halt() // waits for the errand
		if got := len(api.called("answerCallbackQuery")); got != 2 {
			t.Errorf("%d attempts, want 2", got)
		}
	})
}

func TestCommandsForOthers(t *testing.T) {
	for name, tc := range map[string]struct {
		down bool
		text string
		want []string
	}{
		"ours":                      {false, "/help@OUR_bot", []string{"help"}},
		"another bot's":             {false, "/help@other_bot", nil},
		"own name unknown, private": {true, "/help@other_bot", []string{"help"}},
		"no name, nothing asked":    {false, "/help", []string{"help"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, seen := newFakeAPI(), &book{}
				api.setFault(func(c call) *reply {
					if c.Method == "getMe" && tc.down {
						return &reply{502, ""}
					}
					return nil
				})
				api.push(1, textFrom(5, 10, tc.text))
				api.push(2, textFrom(5, 11, tc.text))
				r := newRig(t, api, newFakeInbox())
				r.start(t, func(_ context.Context, e flow.Event) error {
					seen.add(e.Command)
					return nil
				})
				synctest.Wait()
				if diff := cmp.Diff(append(tc.want, tc.want...), seen.read()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				asked := len(api.called("getMe"))
				if !tc.down && strings.Contains(tc.text, "@") != (asked == 1) || asked > 2 {
					t.Errorf("getMe was called %d times", asked)
				}
				_ = r.halt()
			})
		})
	}
}
