package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

// queueing is calls at a pacer, noted as they get their turns.
type queueing struct {
	*pacer
	t     *testing.T
	began time.Time
	notes book
	all   sync.WaitGroup
}

func newQueueing(t *testing.T, l limits) *queueing {
	return &queueing{pacer: newPacer(l), t: t, began: time.Now()}
}

// come lets calls come one after the other: "3r" is a reply for chat 3, "-4d" a digest for the group 4.
func (q *queueing) come(ctx context.Context, calls ...string) {
	for _, call := range calls {
		var chat flow.ChatID
		var sign rune
		if _, err := fmt.Sscanf(call, "%d%c", &chat, &sign); err != nil {
			q.t.Fatal(err)
		}
		lane := Lane(strings.IndexRune("rad", sign))
		q.all.Go(func() {
			err := q.wait(ctx, chat, lane, false)
			took := time.Since(q.began).Round(time.Millisecond)
			var held heldBack
			switch {
			case errors.As(err, &held):
				call += fmt.Sprintf(" later %v", held.after.Round(time.Millisecond))
			case err != nil:
				call += " " + err.Error()
			}
			q.notes.add(fmt.Sprintf("%v %s", took, call))
		})
		synctest.Wait()
	}
}

// want compares what happened by now.
func (q *queueing) want(lines ...string) {
	q.t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(lines, q.notes.read()); diff != "" {
		q.t.Errorf("(-want +got):\n%s", diff)
	}
}

// slow is a second for each turn over all, and nothing else.
func slow() limits { return limits{all: rate{interval: time.Second}} }

func TestTurns(t *testing.T) {
	for name, tc := range map[string]struct {
		limits limits
		calls  []string
		want   []string
	}{
		"the lower lane goes first": {slow(), []string{"1r", "2d", "3a", "4r", "5d", "6a", "7r"}, []string{
			"0s 1r", "1s 4r", "2s 7r", "3s 3a", "4s 6a", "5s 2d", "6s 5d",
		}},
		"chats take turns": {slow(), []string{"9r", "1a", "1a", "1a", "2a", "2a", "3a"}, []string{
			"0s 9r", "1s 1a", "2s 2a", "3s 3a", "4s 1a", "5s 2a", "6s 1a",
		}},
		"three replies at once in a chat, then one a second": {limits{chat: telegramLimits().chat}, []string{"1r", "1r", "1r", "1r", "1r", "2r"}, []string{
			"0s 1r", "0s 1r", "0s 1r", "0s 2r", "1s 1r", "2s 1r",
		}},
		"an alert waits until its chat is quiet": {limits{chat: telegramLimits().chat}, []string{"1r", "1r", "1a", "1r", "2a", "2d", "2r"}, []string{
			"0s 1r", "0s 1r", "0s 1r", "0s 2a", "0s 2r", "2s 2d", "3s 1a",
		}},
		"a chat's alerts go one a second": {limits{chat: telegramLimits().chat}, []string{"1a", "1a", "1a"}, []string{"0s 1a", "1s 1a", "2s 1a"}},
		"a group": {limits{group: telegramLimits().group}, []string{"-1r", "-1a", "-1r", "-1r", "-1r", "-1r", "-1r", "1r", "-1r"}, []string{
			"0s -1r", "0s -1a", "0s -1r", "0s -1r", "0s -1r", "0s -1r", "0s 1r", "4s -1r", "8s -1r",
		}},
		"who must wait for its own chat holds nobody up": {
			limits{all: rate{interval: 100 * time.Millisecond}, chat: rate{interval: time.Second}},
			[]string{"1r", "1r", "1r", "2r", "3a"},
			[]string{"0s 1r", "100ms 2r", "200ms 3a", "1s 1r", "2s 1r"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueueing(t, tc.limits)
				q.come(t.Context(), tc.calls...)
				q.all.Wait()
				q.want(tc.want...)
			})
		})
	}
}

// TestNobodyStarvesBesideAFreeTurn: replies that leave something over leave it to the alerts, and alerts to the
// digests.
func TestNobodyStarvesBesideAFreeTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueueing(t, slow())
		q.come(t.Context(), "1r", "2d", "3a", "4r") // one too many: nothing is left over until 4r has gone
		time.Sleep(1500 * time.Millisecond)
		q.come(t.Context(), "5r")
		time.Sleep(2 * time.Second)
		q.come(t.Context(), "6r")
		q.all.Wait()
		q.want("0s 1r", "1s 4r", "2s 5r", "3s 3a", "4s 6r", "5s 2d")
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueueing(t, slow())
		soon, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		q.come(soon, "1r", "2r", "3r", "4r", "5a") // at 0, 1 and 2 s; the others would be too late
		q.want("0s 1r", "0s 4r later 3s", "0s 5a later 3s")
		time.Sleep(500 * time.Millisecond)
		q.come(t.Context(), "6r", "7r") // both places are free
		q.all.Wait()
		q.want("0s 1r", "0s 4r later 3s", "0s 5a later 3s", "1s 2r", "2s 3r", "3s 6r", "4s 7r")
	})
}

func TestDeadlineOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueueing(t, slow())
		soon, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		q.come(t.Context(), "1r")
		q.come(soon, "2a") // would come at 1 s
		q.come(t.Context(), "3r", "4r")
		q.all.Wait()
		q.want("0s 1r", "1s 3r", "1.5s 2a later 1.5s", "2s 4r")
	})
}

// TestDeadlineInAChat counts the calls that go before it in its own chat.
func TestDeadlineInAChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueueing(t, telegramLimits())
		soon, cancel := context.WithTimeout(t.Context(), 2900*time.Millisecond)
		defer cancel()
		q.come(soon, "1r", "1r", "1r", "1r", "1r", "1r", "1a", "2a")
		time.Sleep(100 * time.Millisecond)
		q.want("0s 1r", "0s 1r later 3s", "0s 1a later 5s", "17ms 1r", "52ms 1r", "86ms 2a")
		q.all.Wait()
		q.want("0s 1r", "0s 1r later 3s", "0s 1a later 5s", "17ms 1r", "52ms 1r", "86ms 2a", "1s 1r", "2s 1r")
	})
}

func TestWhoGivesUpLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueueing(t, slow())
		ctx, cancel := context.WithCancel(t.Context())
		q.come(t.Context(), "1r", "2a")
		q.come(ctx, "2r", "3r", "3a")
		q.come(t.Context(), "4a")
		time.AfterFunc(500*time.Millisecond, cancel)
		time.Sleep(500 * time.Millisecond)
		q.come(ctx, "5r")
		q.all.Wait()
		notes := q.notes.read()
		if len(notes) != 7 || notes[5] != "1s 2a" || notes[6] != "2s 4a" {
			t.Errorf("%q", notes)
		}
		if n := strings.Count(strings.Join(notes, "|"), "500ms"); n != 4 {
			t.Errorf("%d left at once: %q", n, notes)
		}
		if len(q.resting)+len(q.ready[0])+len(q.ready[1])+len(q.ready[2]) > 0 {
			t.Error("somebody is still in line")
		}
	})
}

func TestHolds(t *testing.T) {
	type event struct {
		after   time.Duration
		refused flow.ChatID
		wait    time.Duration
		sent    bool
		come    []string
	}
	for name, tc := range map[string]struct {
		events []event
		want   []string
	}{
		"one chat's": {[]event{
			{refused: 1, wait: 4 * time.Second},
			{come: []string{"1r", "1a", "1d", "2a", "2r"}},
		}, []string{"0s 1a later 4s", "0s 1d later 4s", "0s 2a", "0s 2r", "4s 1r"}},
		"longer than a reply waits": {[]event{
			{refused: 1, wait: 6 * time.Second},
			{come: []string{"1r"}},
			{after: time.Second, come: []string{"1r"}},
			{after: 5 * time.Second, come: []string{"1a"}},
		}, []string{"0s 1r later 6s", "6s 1r", "7s 1a"}},
		"who waits already": {[]event{
			{come: []string{"1r", "1r", "1r", "1r", "1a", "2r", "2a"}},
			{refused: 1, wait: 3 * time.Second},
			{after: 500 * time.Millisecond, refused: 1, wait: 10 * time.Second},
		}, []string{"0s 1r", "0s 1r", "0s 1r", "0s 2r", "0s 1a later 3s", "500ms 1r later 10s", "1s 2a"}},
		"who waits in another chat": {[]event{
			{come: []string{"3r", "3a"}},
			{refused: 1, wait: 400 * time.Millisecond},
			{after: 500 * time.Millisecond, refused: 2, wait: time.Minute},
		}, []string{"0s 3r", "1s 3a"}},
		"never shorter": {[]event{
			{refused: 1, wait: 4 * time.Second},
			{refused: 1, wait: time.Second},
			{come: []string{"1r"}},
		}, []string{"4s 1r"}},
		"two chats are all, until the earlier is over": {[]event{
			{refused: 1, wait: 4 * time.Second},
			{after: time.Second, refused: 2, wait: 60 * time.Second},
			{come: []string{"1a", "2r", "3a", "3r"}},
		}, []string{"1s 1a later 3s", "1s 2r later 1m0s", "1s 3a later 3s", "4s 3r"}},
		"one chat twice is not": {[]event{
			{refused: 1, wait: 4 * time.Second},
			{refused: 1, wait: 4 * time.Second},
			{come: []string{"3a"}},
		}, []string{"0s 3a"}},
		"nor two with a success between": {[]event{
			{refused: 1, wait: 4 * time.Second},
			{after: time.Second, sent: true},
			{refused: 2, wait: 4 * time.Second},
			{come: []string{"3a"}},
		}, []string{"1s 3a"}},
		"nor two of which one is over": {[]event{
			{refused: 1, wait: 4 * time.Second},
			{after: 4 * time.Second, refused: 2, wait: 4 * time.Second},
			{come: []string{"3a"}},
		}, []string{"4s 3a"}},
		"nor two long after each other": {[]event{
			{refused: 1, wait: time.Hour},
			{after: suspicion + time.Second, refused: 2, wait: time.Hour},
			{come: []string{"3a"}},
		}, []string{"1m1s 3a"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueueing(t, limits{chat: telegramLimits().chat})
				for _, e := range tc.events {
					time.Sleep(e.after)
					if e.refused != 0 {
						q.refused(e.refused, e.wait)
					}
					if e.sent {
						q.sent(Replies, time.Now())
					}
					q.come(t.Context(), e.come...)
				}
				q.all.Wait()
				q.want(tc.want...)
			})
		})
	}
}

// TestDeadlineInASilence: whoever cannot outlast one that begins while it waits is told so at once.
func TestDeadlineInASilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueueing(t, slow())
		soon, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		q.come(t.Context(), "1r")
		q.come(soon, "2r")
		q.refused(2, 4*time.Second)
		q.want("0s 1r", "0s 2r later 4s")
	})
}

// TestOrderAfterARefusal: what is sent again goes before what came after it.
func TestOrderAfterARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		r := newRig(t, api, newFakeInbox())
		n := 0
		api.setFault(func(call) *reply {
			if n++; n == 2 {
				return flood(2) // while the third waits
			}
			return nil
		})
		var both sync.WaitGroup
		for _, text := range []string{"first", "second", "third"} {
			both.Go(func() {
				if _, err := r.Send(t.Context(), 5, view(text)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		both.Wait()
		var texts []string
		for _, c := range api.called("sendMessage") {
			texts = append(texts, c.Params["text"])
		}
		if diff := cmp.Diff([]string{"first", "second", "second", "third"}, texts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestWhatIsNotPaced: a press is answered whatever else waits; a message is deleted without a turn, but not in a
// silence that its chat was asked for.
func TestWhatIsNotPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		r := newRig(t, api, newFakeInbox())
		for range 40 { // a queue of more than a second
			go func() { _, _ = r.Send(t.Context(), 5, view("x")) }()
		}
		synctest.Wait()
		began := time.Now()
		r.Acknowledge("cb", say(""))
		r.strip(5, 1)
		if err := r.Delete(t.Context(), 5, 2); err != nil || time.Since(began) != 0 {
			t.Errorf("delete: %v after %v", err, time.Since(began))
		}
		synctest.Wait()
		if got := len(api.called("answerCallbackQuery")) + len(api.called("editMessageReplyMarkup")); got != 2 {
			t.Errorf("%d of the others went at once", got)
		}

		r.pace.refused(6, 3*time.Second)
		r.pace.refused(7, 60*time.Second) // all are held for 3 s, and 7 for longer
		r.Acknowledge("cb2", say(""))
		r.strip(6, 1)
		synctest.Wait()
		if len(api.called("answerCallbackQuery")) != 2 || len(api.called("editMessageReplyMarkup")) != 1 || time.Since(began) != 0 {
			t.Error("in the silence: the press has to be answered, the old buttons have to wait")
		}
		if err := r.Delete(t.Context(), 8, 2); err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("delete: %v after %v", err, time.Since(began))
		}
		if v := Sort(r.Delete(t.Context(), 7, 2)); v.Kind != Later || v.After != 57*time.Second {
			t.Errorf("delete: %+v", v)
		}
	})
}

// TestHeldBackIsLater: as the outbox meets it.
func TestHeldBackIsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		r := newRig(t, api, newFakeInbox())
		r.pace.refused(5, 4*time.Second)
		time.Sleep(time.Second)
		_, err := r.SendIn(t.Context(), Alerts, 5, view("x"))
		want := Verdict{Later, 3 * time.Second, "sendMessage: held back: Telegram's limits leave no turn in time"}
		if diff := cmp.Diff(want, Sort(err)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		time.Sleep(3 * time.Second)
		if _, err := r.SendIn(t.Context(), Alerts, 5, view("x")); err != nil || len(api.called("sendMessage")) != 1 {
			t.Errorf("%v after %d calls", err, len(api.called("sendMessage")))
		}
		if _, err := r.SendIn(t.Context(), 7, 5, view("x")); err != nil { // no such lane
			t.Error(err)
		}
		api.setFault(func(call) *reply { return flood(2) })
		_, err = r.SendIn(t.Context(), Alerts, 6, view("x"))
		want = Verdict{Later, 2 * time.Second, "sendMessage: 429 Too Many Requests: retry after 2"}
		if diff := cmp.Diff(want, Sort(err)); diff != "" {
			t.Errorf("one of its own (-want +got):\n%s", diff)
		}
		got, stats := r.Stats(), Stats{Sent: [lanes]int64{0, 1, 1}, HeldBack: [lanes]int64{0, 1, 0}, TooMany: 2}
		if diff := cmp.Diff(stats, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestChatsAreForgotten: what is remembered follows the traffic of the last seconds, not the number of chats.
func TestChatsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(telegramLimits())
		most := 0
		for chat := range flow.ChatID(5000) {
			if err := p.wait(t.Context(), chat-50, Replies, false); err != nil {
				t.Fatal(err)
			}
			most = max(most, len(p.peers))
		}
		if most > 2*smallCrowd {
			t.Errorf("%d chats were remembered", most)
		}
		p.refused(9999, time.Hour)
		for chat := range flow.ChatID(500) {
			_ = p.wait(t.Context(), chat, Replies, false)
		}
		if p.peers[9999] == nil {
			t.Error("a silence was forgotten")
		}
	})
}
