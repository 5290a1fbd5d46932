package outbox

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

var noon = time.Date(2027, 3, 2, 12, 0, 0, 0, time.UTC)

func letters(list []store.Notification) (text string) {
	for _, n := range list {
		text += string(rune(n.ID[15]))
	}
	return text
}

// about is a note about another booking than its own.
func about(booking int64, n store.Notification) store.Notification {
	n.Booking = booking
	return n
}

// reminder is a note that a call begins, lead from now; the note itself is due before that.
func reminder(lead, before time.Duration, n store.Notification) store.Notification {
	n.Kind, n.Session, n.Lead = alert.Reminder, noon.Add(lead), before
	n.Due = n.Session.Add(-before)
	return n
}

func TestSupersede(t *testing.T) {
	received := note(chatA, 'b')
	received.Side = store.SideReceived
	for name, tc := range map[string]struct {
		list      []store.Notification
		keep, old string
	}{
		"nothing":            {nil, "", ""},
		"one":                {[]store.Notification{note(chatA, 'a')}, "a", ""},
		"two bookings":       {[]store.Notification{note(chatA, 'a'), note(chatA, 'b')}, "ab", ""},
		"one booking":        {[]store.Notification{about(1, note(chatA, 'a')), about(1, note(chatA, 'b')), about(1, note(chatA, 'c'))}, "c", "ab"},
		"the older is later": {[]store.Notification{about(1, note(chatA, 'b')), about(1, note(chatA, 'a'))}, "b", "a"},
		"another account":    {[]store.Notification{about(1, note(chatA, 'a')), about(1, note(chatB, 'b'))}, "ab", ""},
		"the other side":     {[]store.Notification{about('b', note(chatA, 'a')), received}, "ab", ""},
		"a reminder and news": {
			[]store.Notification{reminder(time.Hour, time.Hour, about(1, note(chatA, 'a'))), about(1, note(chatA, 'b'))}, "ab", "",
		},
		"news and a reminder": {
			[]store.Notification{about(1, note(chatA, 'a')), reminder(time.Hour, time.Hour, about(1, note(chatA, 'b')))}, "ab", "",
		},
		"two reminders": {[]store.Notification{
			reminder(time.Minute, time.Hour, about(1, note(chatA, 'a'))),
			reminder(time.Minute, 15*time.Minute, about(1, note(chatA, 'b'))),
		}, "b", "a"},
		"the nearer was made first": {[]store.Notification{
			reminder(time.Minute, 15*time.Minute, about(1, note(chatA, 'a'))),
			reminder(time.Minute, time.Hour, about(1, note(chatA, 'b'))),
		}, "a", "b"},
		"the farther is tried again": {[]store.Notification{
			reminder(time.Minute, 15*time.Minute, about(1, note(chatA, 'a'))),
			func() store.Notification {
				n := reminder(time.Minute, time.Hour, about(1, note(chatA, 'b')))
				n.Due = noon
				return n
			}(),
		}, "a", "b"},
		"the same reminder twice": {[]store.Notification{
			reminder(time.Minute, time.Hour, about(1, note(chatA, 'b'))),
			reminder(time.Minute, time.Hour, about(1, note(chatA, 'a'))),
		}, "b", "a"},
		"reminders of two bookings": {[]store.Notification{
			reminder(time.Minute, time.Hour, note(chatA, 'a')), reminder(time.Minute, 15*time.Minute, note(chatA, 'b')),
		}, "ab", ""},
		"about no booking": {[]store.Notification{about(0, note(chatA, 'a')), about(0, note(chatA, 'b')), note(chatA, 'c')}, "bc", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			keep, old := supersede(tc.list)
			if letters(keep) != tc.keep || letters(old) != tc.old {
				t.Errorf("keep %q, old %q; want %q, %q", letters(keep), letters(old), tc.keep, tc.old)
			}
		})
	}
}

func TestArrange(t *testing.T) {
	later := noon.Add(time.Minute)
	for name, tc := range map[string]struct {
		due              []store.Notification
		state            state
		send, drop, wait string
	}{
		"one of each chat": {
			due:  []store.Notification{note(chatB, 'c'), note(chatA, 'a'), note(chatB, 'b')},
			send: "ba",
		},
		"a busy chat": {
			due:   []store.Notification{note(chatA, 'a'), note(chatB, 'b')},
			state: state{busy: map[flow.ChatID]bool{chatA: true}}, send: "b",
		},
		"a held chat": {
			due:   []store.Notification{note(chatA, 'a'), note(chatB, 'b'), note(chatA, 'c')},
			state: state{held: map[flow.ChatID]time.Time{chatA: later}}, send: "b", wait: "ac",
		},
		"held until now": {
			due:   []store.Notification{note(chatA, 'a')},
			state: state{held: map[flow.ChatID]time.Time{chatA: noon}}, send: "a",
		},
		"held and superseded": {
			due:   []store.Notification{about(1, note(chatA, 'a')), about(1, note(chatA, 'b'))},
			state: state{held: map[flow.ChatID]time.Time{chatA: later}}, drop: "a", wait: "b",
		},
		"busy and superseded": {
			due:   []store.Notification{about(1, note(chatA, 'a')), about(1, note(chatA, 'b'))},
			state: state{busy: map[flow.ChatID]bool{chatA: true}}, drop: "a",
		},
		"delivered already": {
			due:   []store.Notification{about(1, note(chatA, 'a')), about(1, note(chatA, 'b'))},
			state: state{delivered: map[uuid.UUID]bool{note(chatA, 'b').ID: true}}, send: "a", drop: "b",
		},
		"a reminder, just in time": {
			due:  []store.Notification{reminder(1, time.Hour, note(chatA, 'a'))},
			send: "a",
		},
		"the call begins now": {
			due:  []store.Notification{reminder(0, time.Hour, note(chatA, 'a'))},
			drop: "a",
		},
		"the call has begun, and the chat is busy": {
			due:   []store.Notification{reminder(-time.Minute, time.Hour, note(chatA, 'a'))},
			state: state{busy: map[flow.ChatID]bool{chatA: true}}, drop: "a",
		},
		"the call has begun, and the chat is held": {
			due:   []store.Notification{reminder(-time.Minute, time.Hour, note(chatA, 'a')), note(chatA, 'b')},
			state: state{held: map[flow.ChatID]time.Time{chatA: later}}, drop: "a", wait: "b",
		},
		"news of a call that has begun": {
			due:  []store.Notification{func() store.Notification { n := note(chatA, 'a'); n.Session = noon.Add(-1); return n }()},
			send: "a",
		},
		"a late reminder supersedes nothing": {
			due: []store.Notification{
				reminder(time.Minute, time.Hour, about(1, note(chatA, 'a'))),
				reminder(-time.Minute, time.Minute, about(1, note(chatA, 'b'))),
			},
			send: "a", drop: "b",
		},
		"the older first, reminder or not": {
			due:  []store.Notification{note(chatA, 'b'), reminder(time.Minute, time.Hour, note(chatA, 'a'))},
			send: "a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := arrange(tc.due, tc.state, noon)
			if diff := cmp.Diff([]string{tc.send, tc.drop, tc.wait},
				[]string{letters(p.send), letters(p.drop), letters(p.wait)}); diff != "" {
				t.Errorf("send, drop, wait (-want +got):\n%s", diff)
			}
			for _, n := range p.wait {
				if !n.Due.Equal(later) {
					t.Errorf("%c waits until %v, want %v", n.ID[15], n.Due, later)
				}
			}
			if p.clean() != (tc.drop+tc.wait == "") {
				t.Errorf("clean = %v", p.clean())
			}
		})
	}
}

// TestArrangeLosesNothing plays random queues to their end: each notification is sent, in order in its
// chat, or dropped: for a newer one on the same subject, or as it reminds of a call that has begun.
func TestArrangeLosesNothing(t *testing.T) {
	chats := rapid.SampledFrom([]flow.ChatID{chatA, chatB})
	leads := rapid.SampledFrom([]time.Duration{-time.Minute, 15 * time.Minute, time.Hour})
	rapid.Check(t, func(t *rapid.T) {
		var due []store.Notification
		for _, letter := range rapid.SliceOfNDistinct(rapid.ByteRange('a', 'z'), 0, 20, rapid.ID).Draw(t, "letters") {
			n := about(rapid.Int64Range(1, 4).Draw(t, "booking"), note(chats.Draw(t, "chat"), letter))
			if rapid.Bool().Draw(t, "reminder") {
				n = reminder(leads.Draw(t, "ahead"), leads.Draw(t, "before"), n)
			}
			due = append(due, n)
		}
		for len(due) > 0 {
			p := arrange(due, state{}, noon)
			gone := map[uuid.UUID]bool{}
			for _, n := range p.drop {
				gone[n.ID] = true
				begun := n.Kind == alert.Reminder && n.Session.Before(noon)
				if !begun && !slices.ContainsFunc(due, func(other store.Notification) bool {
					if other.Account != n.Account || other.Booking != n.Booking || other.Kind != n.Kind {
						return false
					}
					return older(n, other) || n.Kind == alert.Reminder && other.Due.After(n.Due)
				}) {
					t.Fatalf("%c is dropped for nothing", n.ID[15])
				}
			}
			for _, n := range p.send {
				if gone[n.ID] {
					t.Fatalf("%c is both sent and dropped", n.ID[15])
				}
				if n.Kind == alert.Reminder && n.Session.Before(noon) {
					t.Fatalf("%c reminds of a call that has begun", n.ID[15])
				}
				gone[n.ID] = true
			}
			if len(gone) == 0 {
				t.Fatal("nothing moves")
			}
			due = slices.DeleteFunc(due, func(n store.Notification) bool { return gone[n.ID] })
			for _, sent := range p.send {
				if slices.ContainsFunc(due, func(n store.Notification) bool { return n.Chat == sent.Chat && older(n, sent) }) {
					t.Fatalf("%c overtakes another", sent.ID[15])
				}
			}
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for name, tc := range map[string]struct {
		attempt int
		random  float64
		want    time.Duration
	}{
		"first":        {1, 0.5, 5 * time.Second},
		"second":       {2, 0.5, 10 * time.Second},
		"ninth":        {9, 0.5, 1280 * time.Second},
		"tenth":        {10, 0.5, 30 * time.Minute},
		"far too many": {1 << 40, 0.5, 30 * time.Minute},
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

func TestTheAttemptsOutlastAnHour(t *testing.T) {
	var all time.Duration
	for attempt := 1; attempt < maxAttempts; attempt++ {
		all += retryAfter(attempt, 0)
	}
	if all < 75*time.Minute {
		t.Errorf("they are over after %v", all)
	}
}

func TestNext(t *testing.T) {
	with := func(attempts int, doubtful bool, due time.Duration) store.Notification {
		n := note(chatA, 'a')
		n.Attempts, n.Doubtful, n.Due = attempts, doubtful, noon.Add(due)
		return n
	}
	for name, tc := range map[string]struct {
		before  store.Notification
		verdict Verdict
		want    store.Notification
		again   bool
	}{
		"permanent":           {with(1, false, 0), Verdict{Kind: Permanent}, with(1, false, 0), false},
		"later":               {with(1, false, 0), Verdict{Kind: Later, After: time.Hour}, with(1, false, time.Hour), true},
		"later, nobody knows": {with(1, false, 0), Verdict{Kind: Later}, with(1, false, time.Second), true},
		"later, at the end":   {with(11, true, 0), Verdict{Kind: Later, After: 7}, with(11, true, time.Second), true},
		"transient":           {with(0, false, 0), Verdict{Kind: Transient}, with(1, false, 5*time.Second), true},
		"transient again":     {with(1, false, 0), Verdict{Kind: Transient}, with(2, false, 10*time.Second), true},
		"once in doubt":       {with(1, true, 0), Verdict{Kind: Transient}, with(2, true, 10*time.Second), true},
		"doubtful":            {with(0, false, 0), Verdict{Kind: Doubtful}, with(1, true, 5*time.Second), true},
		"an unknown kind":     {with(0, false, 0), Verdict{Kind: "odd"}, with(1, true, 5*time.Second), true},
		"the last attempt":    {with(11, false, 0), Verdict{Kind: Transient}, with(12, false, 30*time.Minute), false},
		"the one before":      {with(10, false, 0), Verdict{Kind: Transient}, with(11, false, 30*time.Minute), true},
	} {
		t.Run(name, func(t *testing.T) {
			got, again := next(tc.before, tc.verdict, noon, 0.5)
			if diff := cmp.Diff(tc.want, got); diff != "" || again != tc.again {
				t.Errorf("again %v, want %v (-want +got):\n%s", again, tc.again, diff)
			}
		})
	}
}
