package outbox

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

func TestRetryAfter(t *testing.T) {
	for name, tc := range map[string]struct {
		attempt int
		random  float64
		want    time.Duration
	}{
		"first":        {1, 0.5, 5 * time.Second},
		"second":       {2, 0.5, 10 * time.Second},
		"seventh":      {7, 0.5, 320 * time.Second},
		"eighth":       {8, 0.5, 10 * time.Minute},
		"far too many": {1 << 40, 0.5, 10 * time.Minute},
		"none yet":     {0, 0.5, 5 * time.Second},
		"least":        {1, 0, 4500 * time.Millisecond},
		"most":         {1, 1, 5500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			if got := retryAfter(tc.attempt, tc.random); (got - tc.want).Abs() > time.Microsecond {
				t.Errorf("retryAfter(%d, %v) = %v, want %v", tc.attempt, tc.random, got, tc.want)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	n := func(attempts int, doubtful bool, tried, due time.Duration) store.Notification {
		return with(note(chatA, 'a'), func(n *store.Notification) {
			n.Attempts, n.Doubtful, n.Due = attempts, doubtful, noon.Add(due)
			if attempts > 0 {
				n.Tried = noon.Add(-tried)
			}
		})
	}
	one := func(n store.Notification) Message { return Message{News: []store.Notification{n}} }
	fresh, second := n(0, false, 0, 0), note(chatA, 'b')
	two := Message{News: []store.Notification{fresh, second}}
	again := func(hold time.Duration, list ...store.Notification) outcome {
		return outcome{again: list, hold: noon.Add(hold)}
	}
	for name, tc := range map[string]struct {
		message Message
		verdict Verdict
		want    outcome
	}{
		"permanent":              {one(fresh), Verdict{Kind: Permanent}, outcome{drop: one(fresh).News}},
		"permanent, of several":  {two, Verdict{Kind: Permanent}, outcome{alone: true}},
		"blocked":                {two, Verdict{Kind: Blocked}, outcome{pause: true}},
		"later":                  {one(n(3, true, 1, 0)), Verdict{Kind: Later, After: 90 * time.Millisecond}, outcome{hold: noon.Add(90 * time.Millisecond)}},
		"later, nobody knows":    {two, Verdict{Kind: Later}, outcome{hold: noon.Add(time.Second)}},
		"transient":              {one(fresh), Verdict{Kind: Transient}, again(5*time.Second, n(1, false, 0, 5*time.Second))},
		"transient again":        {one(n(1, false, 7, 0)), Verdict{Kind: Transient}, again(10*time.Second, n(2, false, 7, 10*time.Second))},
		"once in doubt":          {one(n(1, true, 7, 0)), Verdict{Kind: Transient}, again(10*time.Second, n(2, true, 7, 10*time.Second))},
		"doubtful":               {one(fresh), Verdict{Kind: Doubtful}, again(5*time.Second, n(1, true, 0, 5*time.Second))},
		"an unknown kind":        {one(fresh), Verdict{Kind: "odd"}, again(5*time.Second, n(1, true, 0, 5*time.Second))},
		"however often it fails": {one(n(1000, false, 7, 0)), Verdict{Kind: Transient}, again(10*time.Minute, n(1001, false, 7, 10*time.Minute))},
		"of several, the most": {
			Message{News: []store.Notification{fresh, n(3, false, 7, 0)}},
			Verdict{Kind: Transient},
			again(40*time.Second, n(1, false, 0, 40*time.Second), n(4, false, 7, 40*time.Second)),
		},
		"of several, the most first": {
			Message{News: []store.Notification{n(3, false, 7, 0), fresh}},
			Verdict{Kind: Transient},
			again(40*time.Second, n(4, false, 7, 40*time.Second), n(1, false, 0, 40*time.Second)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := judge(tc.message, tc.verdict, noon, 0.5)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWeather(t *testing.T) {
	for name, tc := range map[string]struct {
		ends []Kind
		busy int
		in   time.Duration // how long after the last of them
		want int           // sends that may begin, of four workers
	}{
		"nothing yet":                {nil, 0, 0, 4},
		"some are busy":              {nil, 3, 0, 1},
		"four failures":              {[]Kind{Transient, Doubtful, Transient, "odd"}, 0, 0, 4},
		"five":                       {[]Kind{Transient, Doubtful, Transient, "odd", Doubtful}, 0, 0, 0},
		"five, and a while":          {[]Kind{Transient, Transient, Transient, Transient, Transient}, 0, 5 * time.Second, 1},
		"five, and a probe":          {[]Kind{Transient, Transient, Transient, Transient, Transient}, 1, 5 * time.Second, 0},
		"six, and a while":           {[]Kind{Transient, Transient, Transient, Transient, Transient, Transient}, 0, 9 * time.Second, 0},
		"a success among them":       {[]Kind{Transient, Transient, Transient, "", Transient, Transient}, 0, 0, 4},
		"a refusal is an answer":     {[]Kind{Transient, Transient, Transient, Transient, Transient, Permanent}, 0, 0, 4},
		"and so is a blocked chat":   {[]Kind{Transient, Transient, Transient, Transient, Transient, Blocked}, 0, 0, 4},
		"being held back is nothing": {[]Kind{Transient, Transient, Later, Transient, Transient, Later, Transient}, 0, 0, 0},
		"a hundred":                  {manyFailures(100), 0, 2 * time.Minute, 1},
		"a hundred, a bit sooner":    {manyFailures(100), 0, 2*time.Minute - 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var w weather
			for _, kind := range tc.ends {
				w = w.after(kind, noon, 0.5)
			}
			if got := w.room(4, tc.busy, noon.Add(tc.in)); got != tc.want {
				t.Errorf("room = %d, want %d", got, tc.want)
			}
		})
	}
}

func manyFailures(n int) (kinds []Kind) {
	for range n {
		kinds = append(kinds, Transient)
	}
	return kinds
}

func TestExpired(t *testing.T) {
	for name, tc := range map[string]struct {
		n    store.Notification
		want bool
	}{
		"never tried":      {note(chatA, 'a'), false},
		"for two days":     {with(note(chatA, 'a'), func(n *store.Notification) { n.Tried = noon.Add(-48 * time.Hour) }), false},
		"for longer":       {with(note(chatA, 'a'), func(n *store.Notification) { n.Tried = noon.Add(-48*time.Hour - 1) }), true},
		"of what they owe": {with(as(alert.NoAccess, note(chatA, 'a')), func(n *store.Notification) { n.Tried = noon.Add(-48*time.Hour - 1) }), false},
	} {
		if got := expired(tc.n, noon); got != tc.want {
			t.Errorf("%s: expired = %v", name, got)
		}
	}
}
