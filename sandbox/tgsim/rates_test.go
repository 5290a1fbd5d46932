package tgsim

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sends is what became of a send to each chat in turn: 0 when it passed, else the retry_after.
func (r *rates) sends(cfg Config, method string, chats ...string) []int {
	var got []int
	for _, chat := range chats {
		seconds := 0
		if err := r.take(cfg, method, params{"chat_id": {text: chat}}); err != nil {
			seconds = asAPIError(err).retryAfter
		}
		got = append(got, seconds)
	}
	return got
}

func TestRates(t *testing.T) {
	times := func(n int, chats ...string) []string {
		var all []string
		for range n {
			all = append(all, chats...)
		}
		return all
	}
	many := make([]string, overallPerSecond)
	for i := range many {
		many[i] = string(rune('A' + i))
	}
	type step struct {
		wait   time.Duration
		method string // sendMessage if empty
		to     []string
		want   []int
	}
	for name, tc := range map[string]struct {
		off       bool
		steps     []step
		impatient int
	}{
		"a burst in one chat, then one a second": {steps: []step{
			{to: times(chatBurst, "1"), want: make([]int, chatBurst)},
			{to: times(2, "1"), want: []int{1, 1}}, // the second of them inside the retry_after
			{to: []string{"2"}, want: []int{0}},
			{wait: time.Second, to: times(2, "1"), want: []int{0, 1}},
			{wait: 10 * time.Second, to: times(chatBurst, "1"), want: make([]int, chatBurst)},
		}, impatient: 1},
		"exactly at the end of a retry_after": {steps: []step{
			{to: times(chatBurst+1, "1"), want: []int{0, 0, 0, 0, 0, 1}},
			{wait: time.Second - time.Millisecond, to: []string{"1"}, want: []int{1}},
			{wait: time.Millisecond, to: []string{"1"}, want: []int{0}},
		}, impatient: 1},
		"thirty over all, and then nobody": {steps: []step{
			{to: many, want: make([]int, overallPerSecond)},
			{wait: 300 * time.Millisecond, to: []string{"x"}, want: []int{1}},
			{wait: 900 * time.Millisecond, to: []string{"y"}, want: []int{1}},
			{wait: 100 * time.Millisecond, to: []string{"x", "y"}, want: []int{0, 0}},
		}, impatient: 1},
		"a window slides": {steps: []step{
			{to: many[:20], want: make([]int, 20)},
			{wait: 600 * time.Millisecond, to: many[20:], want: make([]int, 10)},
			{wait: 400 * time.Millisecond, to: many[:20], want: make([]int, 20)},
			{to: []string{"x"}, want: []int{1}},
		}},
		"a group has twenty a minute": {steps: []step{
			{to: []string{"-5"}, want: []int{0}},
			{wait: 30 * time.Second, to: times(chatBurst, "-5"), want: make([]int, chatBurst)},
			{wait: 5 * time.Second, to: times(chatBurst, "-5"), want: make([]int, chatBurst)},
			{wait: 5 * time.Second, to: times(chatBurst, "-5"), want: make([]int, chatBurst)},
			{wait: 5 * time.Second, to: times(5, "-5"), want: []int{0, 0, 0, 0, 15}},
			{to: []string{"-6", "5"}, want: []int{0, 0}},
			{wait: 15 * time.Second, to: times(2, "-5"), want: []int{0, 30}},
		}},
		"edits and files count": {steps: []step{
			{method: "editMessageText", to: times(3, "1"), want: make([]int, 3)},
			{method: "sendDocument", to: times(3, "1"), want: []int{0, 0, 1}},
			{method: "editMessageReplyMarkup", to: times(9, "1"), want: make([]int, 9)},
		}},
		"switched off": {off: true, steps: []step{{to: times(99, "1", "-5"), want: make([]int, 198)}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := &clock{now: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)}
			cfg := Config{Now: c.Now, RateLimit: !tc.off}
			var r rates
			for i, s := range tc.steps {
				c.advance(s.wait)
				if s.method == "" {
					s.method = "sendMessage"
				}
				if diff := cmp.Diff(s.want, r.sends(cfg, s.method, s.to...)); diff != "" {
					t.Errorf("step %d (-want +got):\n%s", i, diff)
				}
			}
			if r.impatient != tc.impatient {
				t.Errorf("%d came inside a retry_after, want %d", r.impatient, tc.impatient)
			}
		})
	}
}

// TestRetryAfterOfAFault: it counts like one of the limits, for its chat or for all.
func TestRetryAfterOfAFault(t *testing.T) {
	for name, tc := range map[string]struct {
		chat  int64
		alice int
		other int
	}{
		"for a chat": {alice, 429, 200},
		"for all":    {0, 429, 429},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.RateLimit = true })
			w.Send(alice, "/start")
			w.Send(9, "/start")
			w.SetFault("", Fault{Kind: FaultTooMany, Times: 1, ChatID: tc.chat, RetryAfter: 5})
			if code, _ := w.try(alice); code != 429 || w.Impatient() != 0 {
				t.Fatalf("the fault: %d, %d impatient", code, w.Impatient())
			}
			w.clock.advance(4 * time.Second)
			first, _ := w.try(alice)
			second, _ := w.try(9)
			if first != tc.alice || second != tc.other {
				t.Errorf("inside the retry_after: %d and %d", first, second)
			}
			want := 0
			for _, code := range []int{first, second} {
				if code == 429 {
					want++
				}
			}
			if w.Impatient() != want {
				t.Errorf("%d impatient, want %d", w.Impatient(), want)
			}
			w.clock.advance(time.Second)
			if code, _ := w.try(alice); code != 200 {
				t.Errorf("when it is over: %d", code)
			}
		})
	}
}
