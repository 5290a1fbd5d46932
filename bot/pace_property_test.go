package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
)

// arrival is one call of a random history.
type arrival struct {
	After    time.Duration // the one before
	Chat     flow.ChatID
	Lane     Lane
	Deadline time.Duration // 0 for none
	GiveUp   time.Duration // 0 for never
	Refused  int           // the seconds of a 429 that it is answered with; 0 for success
}

func drawArrivals(t *rapid.T) []arrival {
	few := rapid.SampledFrom([]flow.ChatID{1, 1, 1, 2, 2, 3, -1, -1, -1, -2})
	many := rapid.Custom(func(t *rapid.T) flow.ChatID { return flow.ChatID(rapid.IntRange(1, 99).Draw(t, "number")) })
	chats := rapid.OneOf(few, many)
	rarely := func(t *rapid.T, label string, value *rapid.Generator[int]) int {
		if rapid.IntRange(0, 9).Draw(t, label) < 9 {
			return 0
		}
		return value.Draw(t, label)
	}
	one := rapid.Custom(func(t *rapid.T) arrival {
		milli := rapid.IntRange(1, 4000)
		return arrival{
			After:    time.Duration(rarely(t, "after", rapid.SampledFrom([]int{5, 5, 40, 40, 40, 40, 40, 1000, 3000}))) * time.Millisecond,
			Chat:     chats.Draw(t, "chat"),
			Lane:     rapid.SampledFrom([]Lane{Replies, Replies, Alerts, Alerts, Digests}).Draw(t, "lane"),
			Deadline: time.Duration(rarely(t, "deadline", milli)) * time.Millisecond,
			GiveUp:   time.Duration(rarely(t, "give up", milli)) * time.Millisecond,
			Refused:  rarely(t, "refused", rapid.IntRange(1, 8)),
		}
	})
	n := rapid.IntRange(1, 200).Draw(t, "calls")
	return rapid.SliceOfN(one, n, n).Draw(t, "arrivals")
}

// outcome is what a call came to.
type outcome struct {
	arrival
	number int
	came   time.Time
	at     time.Time // of the turn, or the error
	err    error
}

// history plays the arrivals and collects what they came to, in the order of the turns.
type history struct {
	mu       sync.Mutex
	done     []outcome
	silences []silence
}

type silence struct {
	chat        flow.ChatID // 0 for all
	from, until time.Time
}

func (h *history) play(t *testing.T, arrivals []arrival) *pacer {
	p := newPacer(telegramLimits())
	var all sync.WaitGroup
	for number, a := range arrivals {
		time.Sleep(a.After)
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if a.Deadline > 0 {
				ctx, cancel = context.WithTimeout(ctx, a.Deadline)
				defer cancel()
			}
			if a.GiveUp > 0 {
				defer time.AfterFunc(a.GiveUp, cancel).Stop()
			}
			came := time.Now()
			err := p.wait(ctx, a.Chat, a.Lane, false)
			h.note(outcome{a, number, came, time.Now(), err}, p)
		})
		synctest.Wait()
	}
	all.Wait()
	return p
}

func (h *history) note(o outcome, p *pacer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = append(h.done, o)
	if o.err != nil {
		return
	}
	if o.Refused == 0 {
		p.sent(o.Lane, o.at)
		return
	}
	wait := time.Duration(o.Refused) * time.Second
	p.refused(o.Chat, wait)
	h.silences = append(h.silences, silence{o.Chat, o.at, o.at.Add(wait)})
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until.After(o.at) {
		h.silences = append(h.silences, silence{0, o.at, p.until})
	}
}

// wrong says how the limits, the order or the silences were broken, or who was forgotten.
func (h *history) wrong(arrivals int) []string {
	var said []string
	if len(h.done) != arrivals {
		said = append(said, fmt.Sprintf("%d of %d came to an end", len(h.done), arrivals))
	}
	turns := slices.Clone(h.done)
	turns = slices.DeleteFunc(turns, func(o outcome) bool { return o.err != nil })
	said = append(said, crowded("all", turns, time.Second, 30)...)
	byChat := map[flow.ChatID][]outcome{}
	for _, o := range turns {
		byChat[o.Chat] = append(byChat[o.Chat], o)
	}
	for chat, turns := range byChat {
		said = append(said, crowded(fmt.Sprint(chat), turns, time.Second, 3)...)
		said = append(said, crowded(fmt.Sprint(chat), turns, 10*time.Second, 12)...)
		if chat < 0 {
			said = append(said, crowded(fmt.Sprint(chat), turns, time.Minute, 20)...)
		}
		last := [lanes]int{-1, -1, -1}
		for i, o := range turns {
			if o.number < last[o.Lane] {
				said = append(said, fmt.Sprintf("%d of chat %d was overtaken", o.number, chat))
			}
			last[o.Lane] = o.number
			if o.Lane != Replies && i > 0 && o.at.Sub(turns[i-1].at) < time.Second {
				said = append(said, fmt.Sprintf("%d found no quiet second in chat %d", o.number, chat))
			}
		}
	}
	for _, o := range h.done {
		said = append(said, h.misjudged(o)...)
	}
	return said
}

// misjudged looks at one call: in a silence nobody has a turn and no alert waits, and nobody fails without a reason.
func (h *history) misjudged(o outcome) []string {
	var said []string
	silent := false
	for _, s := range h.silences {
		if s.chat != 0 && s.chat != o.Chat {
			continue
		}
		silent = silent || !s.until.Before(o.came) && !s.from.After(o.at)
		if o.err == nil && o.at.After(s.from) && o.at.Before(s.until) {
			said = append(said, fmt.Sprintf("%d was sent in a silence", o.number))
		}
		if o.Lane != Replies && o.came.Before(s.from) && o.at.After(s.from) && o.at.Before(s.until) {
			said = append(said, fmt.Sprintf("%d waited in a silence", o.number))
		}
	}
	var held heldBack
	switch {
	case o.err == nil:
	case errors.As(o.err, &held):
		if held.after <= 0 || o.Deadline == 0 && !silent {
			said = append(said, fmt.Sprintf("%d was held back for %v without a reason", o.number, held.after))
		}
	case !errors.Is(o.err, context.Canceled) || o.GiveUp == 0 || o.at.Sub(o.came) != o.GiveUp:
		said = append(said, fmt.Sprintf("%d failed: %v", o.number, o.err))
	}
	return said
}

// crowded looks at every window that begins with a turn; what comes at its very end is outside.
func crowded(who string, turns []outcome, window time.Duration, most int) []string {
	for i, first := range turns {
		n := 0
		for _, o := range turns[i:] {
			if o.at.Sub(first.at) < window {
				n++
			}
		}
		if n > most {
			return []string{fmt.Sprintf("%d turns in %v for %s", n, window, who)}
		}
	}
	return nil
}

func TestAnyHistoryOfCalls(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		arrivals := drawArrivals(rt)
		h := &history{}
		synctest.Test(t, func(t *testing.T) {
			p := h.play(t, arrivals)
			if s := p.count(); s.Waiting != [lanes]int{} || len(p.resting) > 0 || p.first() != nil || !p.next.IsZero() {
				t.Errorf("somebody is still in line: %+v", s)
			}
		})
		for _, wrong := range h.wrong(len(arrivals)) {
			rt.Error(wrong)
		}
	})
}
