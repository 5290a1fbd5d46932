package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/bot"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/tgsim"
)

// The network of the bubbles answers, waits, breaks off and refuses as a real one does.
func TestInProcess(t *testing.T) {
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		prepare func(*inProcess)
		want    string // of the answer
		err     error
		after   time.Duration
	}{
		"an answer": {
			handler: func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				_, _ = io.WriteString(w, r.Method+" "+r.Host+r.URL.Path+" "+string(body))
			}, want: "POST somewhere/x hello", after: time.Second,
		},
		"a long wait": {
			handler: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			err:     context.DeadlineExceeded, after: time.Minute,
		},
		"slower than the caller is patient": {
			handler: func(http.ResponseWriter, *http.Request) {},
			prepare: func(n *inProcess) { n.latency = time.Hour },
			err:     context.DeadlineExceeded, after: time.Minute,
		},
		"broken off": {
			handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			err:     syscall.ECONNRESET, after: time.Second,
		},
		"nobody there": {
			prepare: func(n *inProcess) { n.unplug("somewhere", true) },
			handler: func(http.ResponseWriter, *http.Request) {},
			err:     syscall.ECONNREFUSED,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &inProcess{
					hosts: map[string]http.Handler{"somewhere": tc.handler}, latency: time.Second,
					failed: func(err error) { t.Error(err) }, gone: map[string]bool{},
				}
				if tc.prepare != nil {
					tc.prepare(n)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://somewhere/x", strings.NewReader("hello"))
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				resp, err := n.RoundTrip(req)
				if !errors.Is(err, tc.err) || time.Since(began) != tc.after {
					t.Fatalf("got %v after %s, want %v after %s", err, time.Since(began), tc.err, tc.after)
				}
				if err != nil {
					return
				}
				body, err := io.ReadAll(resp.Body)
				if string(body) != tc.want || errors.Join(err, resp.Body.Close()) != nil {
					t.Errorf("got %q, %v", body, err)
				}
			})
		})
	}
}

func TestToldBy(t *testing.T) {
	button := func(action, value string) []tgsim.Button {
		data, err := bot.EncodePress(flow.Press{Of: "a1", Action: action, Value: value})
		if err != nil {
			t.Fatal(err)
		}
		return []tgsim.Button{{Label: "Press", Data: data}}
	}
	for name, tc := range map[string]struct {
		message tgsim.Message
		want    []int64
		several bool
	}{
		"of one":          {tgsim.Message{Rows: [][]tgsim.Button{button("card", "r48213")}}, []int64{48213}, false},
		"twice the same":  {tgsim.Message{Rows: [][]tgsim.Button{button("card", "m7"), button("mute", "m7")}}, []int64{7}, false},
		"with its list":   {tgsim.Message{Rows: [][]tgsim.Button{button("card", "m7:2")}}, []int64{7}, false},
		"of two":          {tgsim.Message{Rows: [][]tgsim.Button{button("card", "m7"), button("card", "r8")}}, []int64{7, 8}, false},
		"of a member's":   {tgsim.Message{Rows: [][]tgsim.Button{button("actopen", "4c92:117a")}}, []int64{48214}, false},
		"of none":         {tgsim.Message{Text: "Please sign in again", Rows: [][]tgsim.Button{button("signin", "")}}, nil, false},
		"somebody else's": {tgsim.Message{Rows: [][]tgsim.Button{{{Label: "Open", Data: "m7"}}}}, nil, false},
		"a sum":           {tgsim.Message{Text: "You have 3 updates."}, nil, true},
		"to be reviewed":  {tgsim.Message{Rows: [][]tgsim.Button{{{Label: "Review", Data: "a1.0.review."}}}}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := toldBy(tc.message)
			if diff := cmp.Diff(tc.want, got.bookings); diff != "" || got.several != tc.several {
				t.Errorf("several %t\n%s", got.several, diff)
			}
		})
	}
}
