package tgsim

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOffsets(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"one", "two", "three", "four"} {
		w.Send(alice, text)
	}
	for _, step := range []struct {
		name, body string
		want       []int64
	}{
		{"no offset confirms nothing", `{}`, []int64{1, 2, 3, 4}},
		{"so they come again", `{"offset":0}`, []int64{1, 2, 3, 4}},
		{"limit takes the oldest", `{"limit":2}`, []int64{1, 2}},
		{"limit is at least one", `{"limit":0}`, []int64{1}},
		{"offset confirms all below", `{"offset":2}`, []int64{2, 3, 4}},
		{"for good", `{}`, []int64{2, 3, 4}},
		{"an old offset brings none back", `{"offset":1}`, []int64{2, 3, 4}},
		{"negative forgets all but the last", `{"offset":-2}`, []int64{3, 4}},
		{"negative, more than there are", `{"offset":-10}`, []int64{3, 4}},
		{"past the end", `{"offset":100}`, []int64{}},
		{"nothing is left", `{}`, []int64{}},
	} {
		if diff := cmp.Diff(step.want, ids(w.updates(step.body))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
	w.Send(alice, "five")
	if got := ids(w.updates(`{"offset":5}`)); !cmp.Equal(got, []int64{5}) {
		t.Errorf("ids go on: %v", got)
	}
	w.clock.advance(updateLifetime + time.Second)
	if got := w.updates(`{}`); len(got) != 0 {
		t.Errorf("after a day: %v", ids(got))
	}
}

func TestAllowedUpdatesAreRemembered(t *testing.T) {
	w := newWorld(t)
	id := w.Send(alice, "before")
	w.updates(`{"allowed_updates":["edited_message"]}`) // for what comes after
	w.Send(alice, "unwanted")
	if err := w.EditText(alice, id, "edited"); err != nil {
		t.Fatal(err)
	}
	got := w.updates(`{}`)
	if len(got) != 2 || got[0].Message == nil || got[1].Edited == nil {
		t.Fatalf("got %+v", got)
	}
	var info struct {
		Allowed []string `json:"allowed_updates"`
		Pending int      `json:"pending_update_count"`
	}
	if err := json.Unmarshal(w.must("getWebhookInfo", `{}`), &info); err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(info.Allowed, []string{"edited_message"}) || info.Pending != 2 {
		t.Errorf("info = %+v", info)
	}
	w.updates(`{"allowed_updates":[]}`)
	w.Send(alice, "wanted again")
	if got := w.updates(`{"offset":3}`); len(got) != 1 || got[0].Message == nil {
		t.Errorf("after an empty list: %+v", got)
	}
}

func TestSecondPollEndsTheFirst(t *testing.T) {
	w := newWorld(t)
	answers := make(chan reply, 2)
	poll := func() {
		r, err := w.post("getUpdates", "application/json", strings.NewReader(`{"timeout":30}`))
		if err != nil {
			t.Error(err)
		}
		answers <- r
	}
	go poll()
	w.waitPolling(nil)
	first := w.polling()
	go poll()
	got := <-answers
	want := "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
	if got.Code != 409 || got.Description != want {
		t.Errorf("first poll: %d %q", got.Code, got.Description)
	}
	w.waitPolling(first)
	w.Send(alice, "hello")
	if got := <-answers; !got.OK || !strings.Contains(string(got.Result), "hello") {
		t.Errorf("second poll: %+v", got)
	}
}

func (w *world) polling() chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.queue.poll
}

// waitPolling spins until a poll other than the given one waits.
func (w *world) waitPolling(other chan struct{}) {
	w.t.Helper()
	for ctx := w.t.Context(); ctx.Err() == nil; {
		if now := w.polling(); now != nil && now != other {
			return
		}
	}
}

func TestWebhookStandsInTheWay(t *testing.T) {
	w := newWorld(t)
	w.Send(alice, "lost")
	w.SetWebhook("https://bot.example/hook")
	want := "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
	if r := w.call("getUpdates", `{}`); r.Code != 409 || r.Description != want {
		t.Errorf("got %d %q", r.Code, r.Description)
	}
	w.must("deleteWebhook", `{"drop_pending_updates":true}`)
	if got := w.updates(`{}`); len(got) != 0 {
		t.Errorf("dropped updates came: %v", ids(got))
	}
}

// TestLongPoll runs in a bubble: its clock only moves when everyone waits.
func TestLongPoll(t *testing.T) {
	for name, tc := range map[string]struct {
		timeout string
		during  func(*Server, context.CancelFunc)
		want    time.Duration // how long the poll takes
		updates int
	}{
		"nothing happens":     {"20", func(*Server, context.CancelFunc) {}, 20 * time.Second, 0},
		"no timeout":          {"0", func(*Server, context.CancelFunc) {}, 0, 0},
		"longer than the cap": {"600", func(*Server, context.CancelFunc) {}, 50 * time.Second, 0},
		"a message wakes it": {"20", func(s *Server, _ context.CancelFunc) {
			time.Sleep(3 * time.Second)
			s.Send(alice, "hello")
		}, 3 * time.Second, 1},
		"an unwanted one does not": {"20", func(s *Server, _ context.CancelFunc) {
			time.Sleep(3 * time.Second)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.push("chat_member", map[string]any{})
		}, 20 * time.Second, 0},
		"the server closes": {"20", func(s *Server, _ context.CancelFunc) {
			time.Sleep(5 * time.Second)
			s.Close()
		}, 5 * time.Second, 0},
		"the caller goes": {"20", func(_ *Server, cancel context.CancelFunc) {
			time.Sleep(2 * time.Second)
			cancel()
		}, 2 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Config{Token: testToken})
				defer s.Close()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go tc.during(s, cancel)
				start := time.Now()
				req := httptest.NewRequestWithContext(ctx, "GET", "/bot"+testToken+"/getUpdates?timeout="+tc.timeout, nil)
				answer := httptest.NewRecorder()
				s.Handler().ServeHTTP(answer, req)
				var r struct {
					OK     bool     `json:"ok"`
					Result []update `json:"result"`
				}
				if err := json.Unmarshal(answer.Body.Bytes(), &r); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took != tc.want || !r.OK || len(r.Result) != tc.updates {
					t.Errorf("took %v, %d updates, ok %v", took, len(r.Result), r.OK)
				}
			})
		})
	}
}

func TestInject(t *testing.T) {
	w := newWorld(t)
	id, err := w.Inject(json.RawMessage(`{"update_id":7,"message":{"message_id":"no number"},"purchased_moon":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	w.Send(alice, "after the poison")
	raw := string(w.must("getUpdates", `{}`))
	if id != 1 || !strings.Contains(raw, `"purchased_moon":{}`) || !strings.Contains(raw, `"update_id":2`) {
		t.Errorf("id %d, queue %s", id, raw)
	}
	if _, err := w.Inject(json.RawMessage(`[1]`)); err == nil {
		t.Error("an update that is no object was taken")
	}
}
