package bot

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

func offsets(api *fakeAPI) []string {
	var all []string
	for _, c := range api.called("getUpdates") {
		all = append(all, c.Params["offset"])
	}
	return all
}

func TestConfirmsOnlyWhatIsOnDisk(t *testing.T) {
	for name, tc := range map[string]struct {
		late    bool
		offsets []string
	}{
		"not written":          {false, []string{"", "", "", "8"}},
		"written all the same": {true, []string{"", "", "8"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, inbox, seen := newFakeAPI(), newFakeInbox(), &book{}
				inbox.late = tc.late
				inbox.fault = func(attempt int) error {
					if attempt <= 2 {
						return errors.New("disk full")
					}
					return nil
				}
				api.push(7, textFrom(1, 10, "hello"))
				r := newRig(t, api, inbox)
				r.start(t, seen.handler())
				synctest.Wait()
				if got := seen.read(); len(got) != 0 {
					t.Fatalf("handled %v before it was kept", got)
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if diff := cmp.Diff(tc.offsets, offsets(api)); diff != "" {
					t.Errorf("offsets (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]string{"hello"}, seen.read()); diff != "" {
					t.Errorf("handled (-want +got):\n%s", diff)
				}
				if err := r.halt(); err != nil {
					t.Error(err)
				}
				if got := strings.Count(r.log.String(), "cannot take updates in"); got != 1 {
					t.Errorf("the outage was logged %d times:\n%s", got, r.log)
				}
			})
		})
	}
}

func TestCrashBeforeKeepBringsTheUpdateAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, inbox, seen := newFakeAPI(), newFakeInbox(), &book{}
		inbox.fault = func(int) error { return errors.New("disk gone") }
		api.push(7, textFrom(1, 10, "hello"))
		first := newRig(t, api, inbox)
		first.start(t, seen.handler())
		time.Sleep(time.Minute)
		if err := first.halt(); err != nil {
			t.Fatal(err)
		}
		if got := seen.read(); len(got) != 0 {
			t.Fatalf("handled %v though nothing was kept", got)
		}
		inbox.fault = nil
		second := newRig(t, api, inbox)
		second.start(t, seen.handler())
		synctest.Wait()
		if diff := cmp.Diff([]string{"hello"}, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		_ = second.halt()
	})
}

func TestWhatWasKeptIsReplayedFirstAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, inbox, seen := newFakeAPI(), newFakeInbox(), &book{}
		for id, text := range map[int64]string{5: "one", 6: "two"} {
			body := `{"update_id":` + strconv.FormatInt(id, 10) + `,` + textFrom(1, int(id), text) + `}`
			inbox.kept[id] = Update{ID: id, Body: []byte(body)}
		}
		inbox.kept[4] = Update{ID: 4, Body: []byte(`{"update_id":4,"message":[]}`)}
		api.push(6, textFrom(1, 6, "two")) // never confirmed: Telegram sends it again
		api.push(7, textFrom(1, 7, "three"))
		r := newRig(t, api, inbox)
		r.start(t, seen.handler())
		synctest.Wait()
		if diff := cmp.Diff([]string{"one", "two", "three"}, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		time.Sleep(markDelay)
		synctest.Wait()
		if got := inbox.pending(); len(got) != 0 {
			t.Errorf("still pending: %v", got)
		}
		if r.Skipped() != 1 {
			t.Errorf("skipped %d, want 1", r.Skipped())
		}
		_ = r.halt()
	})
}

func TestSameUpdateTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, inbox, seen := newFakeAPI(), newFakeInbox(), &book{}
		inbox.forgets = true // the bot remembers
		r := newRig(t, api, inbox)
		r.start(t, seen.handler())
		for range 2 { // in one batch, and later again under a server that forgot the offset
			api.push(7, textFrom(1, 10, "hello"))
			api.push(7, textFrom(1, 10, "hello"))
			synctest.Wait()
			api.setFault(func(c call) *reply {
				if c.Method == "getUpdates" {
					api.fault = nil
					return &reply{200, `{"ok":true,"result":[{"update_id":7,` + textFrom(1, 10, "hello") + `}]}`}
				}
				return nil
			})
		}
		time.Sleep(2 * time.Minute)
		if diff := cmp.Diff([]string{"hello"}, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

func TestPoisonIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, inbox, seen := newFakeAPI(), newFakeInbox(), &book{}
		api.push(7, textFrom(1, 10, "before"))
		api.push(8, `"my_chat_member":{"chat":{"id":1,"type":"private"},"from":{"id":1},"date":1,"old_chat_member":{"status":"from the future"},"new_chat_member":{"status":"x"}}`)
		api.push(9, `"message":{"message_id":"secret words"}`)
		api.push(10, textFrom(1, 11, "after"))
		r := newRig(t, api, inbox)
		r.start(t, seen.handler())
		synctest.Wait()
		if diff := cmp.Diff([]string{"before", "after"}, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		if got := offsets(api); got[len(got)-1] != "11" {
			t.Errorf("offsets %v: the poison is asked for again", got)
		}
		if r.Skipped() != 2 {
			t.Errorf("skipped %d, want 2", r.Skipped())
		}
		if log := r.log.String(); !strings.Contains(log, `"update_id":9`) || strings.Contains(log, "secret words") {
			t.Errorf("log: %s", log)
		}
		_ = r.halt()
	})
}

func TestUpdatesWithoutIDsAreNoHotLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.setFault(func(c call) *reply { return &reply{200, `{"ok":true,"result":[{"update_id":"x"},7]}`} })
		r := newRig(t, api, newFakeInbox())
		r.start(t, (&book{}).handler())
		time.Sleep(time.Minute)
		if got := len(offsets(api)); got > 15 {
			t.Errorf("%d polls in a minute", got)
		}
		_ = r.halt()
	})
}

func TestStartsBeforeTheNetworkDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, seen := newFakeAPI(), &book{}
		api.setDown(true)
		start := wording.Message{ID: "c", English: "Begin"}.Text()
		r := newRig(t, api, newFakeInbox(), func(c *Config) { c.Commands = []Command{{"start", start}} })
		r.start(t, seen.handler())
		api.push(1, textFrom(1, 10, "hello"))
		time.Sleep(time.Hour)
		if !r.LastHeard().IsZero() {
			t.Error("LastHeard is set though no poll succeeded")
		}
		api.setDown(false)
		time.Sleep(longestPause * 3 / 2)
		synctest.Wait()
		if diff := cmp.Diff([]string{"hello"}, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		if age := time.Since(r.LastHeard()); r.LastHeard().IsZero() || age > 20*time.Second {
			t.Errorf("last poll is %v old", age)
		}
		menu := api.called("setMyCommands")
		if len(menu) != 1 || menu[0].Params["commands"] != `[{"command":"start","description":"Begin"}]` ||
			menu[0].Params["scope"] != `{"type":"all_private_chats"}` {
			t.Errorf("command menu: %v", menu)
		}
		log := r.log.String()
		if strings.Count(log, "out of reach") != 1 || strings.Count(log, "come in again") != 1 {
			t.Errorf("an outage is told once and its end once:\n%s", log)
		}
		_ = r.halt()
	})
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		answer *reply
		want   error // of Run; nil: it goes on
		polls  [2]int
		log    string
		ready  string
	}{
		"unauthorised":       {refusal(401, "Unauthorized"), ErrToken, [2]int{1, 1}, "", "not answered"},
		"no such bot":        {refusal(404, "Not Found"), ErrToken, [2]int{1, 1}, "", "not answered"},
		"not found by nginx": {&reply{404, "<html>404</html>"}, nil, [2]int{5, 12}, "no readable answer (HTTP 404)", "not answered"},
		"bad gateway":        {&reply{502, "<html>502</html>"}, nil, [2]int{5, 12}, "no readable answer (HTTP 502)", "not answered"},
		"own 500":            {refusal(500, "Internal Server Error"), nil, [2]int{5, 12}, "500 Internal Server Error", "not answered"},
		"other JSON":         {&reply{200, `{"message":"sign in to the hotel"}`}, nil, [2]int{5, 12}, "no readable answer", "not answered"},
		"flood":              {flood(30), nil, [2]int{2, 3}, "Too Many Requests", "not answered"},
		"other instance": {
			refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"),
			nil,
			[2]int{10, 14},
			"another program polls",
			"another program polls",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.setFault(func(call) *reply { return tc.answer })
				r := newRig(t, api, newFakeInbox())
				r.start(t, (&book{}).handler())
				time.Sleep(time.Minute)
				synctest.Wait()
				got := len(api.called("getUpdates"))
				if got < tc.polls[0] || got > tc.polls[1] {
					t.Errorf("%d polls in a minute, want %v", got, tc.polls)
				}
				if log := r.log.String(); !strings.Contains(log, tc.log) {
					t.Errorf("log lacks %q:\n%s", tc.log, log)
				}
				if err := r.Ready(); err == nil || !strings.Contains(err.Error(), tc.ready) {
					t.Errorf("ready: %v, want %q", err, tc.ready)
				}
				if err := r.halt(); !errors.Is(err, tc.want) {
					t.Errorf("Run = %v, want %v", err, tc.want)
				}
			})
		})
	}
}

// Somebody sets a webhook while our poll waits: the first refusal is in other words than those that follow.
// Two programs poll with one token and get the better of each other in turn: told loudly, and once a minute.
// After a week of silence Telegram numbers anew, perhaps below what was confirmed (Bot API: Update).
func TestNumberedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, seen := newFakeAPI(), &book{}
		api.push(1000, textFrom(1, 10, "before"))
		r := newRig(t, api, newFakeInbox())
		r.start(t, seen.handler())
		time.Sleep(8 * 24 * time.Hour)
		api.push(5, textFrom(1, 11, "after"))
		synctest.Wait()
		if diff := cmp.Diff([]string{"before", "after"}, seen.read()); diff != "" {
			t.Errorf("handled (-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

func TestAsksForLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		r := newRig(t, api, newFakeInbox(), func(c *Config) { c.PollTimeout = time.Hour })
		r.start(t, (&book{}).handler())
		synctest.Wait()
		want := map[string]string{
			"limit": "100", "timeout": "50",
			"allowed_updates": `["message","edited_message","callback_query","my_chat_member"]`,
		}
		time.Sleep(longestPoll + time.Second) // an empty answer: nothing is confirmed by the next call
		for _, poll := range api.called("getUpdates")[:2] {
			if diff := cmp.Diff(want, poll.Params); diff != "" {
				t.Errorf("getUpdates (-want +got):\n%s", diff)
			}
		}
		_ = r.halt()
		if err := r.Run(t.Context(), nil); err == nil {
			t.Error("a bot ran twice")
		}
	})
}

func TestUnreadableInboxStopsTheStart(t *testing.T) {
	r := newRig(t, newFakeAPI(), newFakeInbox())
	r.Bot.inbox = brokenInbox{}
	if err := r.Run(t.Context(), handlerFunc(func(context.Context, flow.Event) error { return nil })); !errors.Is(err, errBroken) {
		t.Errorf("Run = %v, want %v", err, errBroken)
	}
}

var errBroken = errors.New("broken")

type brokenInbox struct{ Inbox }

func (brokenInbox) Pending(context.Context) ([]Update, error) { return nil, errBroken }

func TestPause(t *testing.T) {
	for _, tc := range []struct {
		failures int
		jitter   float64
		want     time.Duration
	}{
		{1, 0.5, 500 * time.Millisecond},
		{2, 0.5, time.Second},
		{2, 0, 750 * time.Millisecond},
		{6, 0.5, 12 * time.Second},
		{1000, 1, 15 * time.Second},
	} {
		if got := pause(tc.failures, tc.jitter); got != tc.want {
			t.Errorf("pause(%d, %v) = %v, want %v", tc.failures, tc.jitter, got, tc.want)
		}
	}
}

func TestRefusedTokenEndsTheRunAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.setFault(func(call) *reply { return refusal(401, "Unauthorized") })
		r := newRig(t, api, newFakeInbox(), func(c *Config) { c.Commands = []Command{{"start", say("Begin")}} })
		began := time.Now()
		err := r.Run(t.Context(), (&book{}).handler())
		if took := time.Since(began); !errors.Is(err, ErrToken) || took > time.Second {
			t.Errorf("Run = %v after %v: the command menu was still being tried", err, took)
		}
	})
}

func TestUpdatesWithoutAnEventAreDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, inbox, seen := newFakeAPI(), newFakeInbox(), &book{}
		member := `{"status":"kicked","until_date":0,"user":{"id":1,"is_bot":true,"first_name":"B"}}`
		api.push(1, `"my_chat_member":{"chat":{"id":-100,"type":"group"},"from":{"id":1,"first_name":"A"},"date":1,"old_chat_member":`+member+`,"new_chat_member":`+member+`}`)
		api.push(2, `"poll":{"id":"1","question":"q","options":[],"type":"regular"}`)
		r := newRig(t, api, inbox)
		r.start(t, seen.handler())
		time.Sleep(markDelay)
		synctest.Wait()
		if got := seen.read(); len(got) != 0 || len(inbox.pending()) != 0 || !inbox.done[1] || !inbox.done[2] {
			t.Errorf("handled %v, pending %v", got, inbox.pending())
		}
		if r.Skipped() != 0 {
			t.Errorf("skipped %d", r.Skipped())
		}
		_ = r.halt()
	})
}
