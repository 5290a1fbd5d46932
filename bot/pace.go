package bot

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"phonechatbot/internal/flow"
)

// pacer gives turns to the calls that send or edit a message, within Telegram's limits. The lower lane goes
// first: a higher one gets what the lower ones leave over. Within a lane the chats take turns, and a chat's calls
// go in the order of their coming. A chat that has used up its own turns stands aside and holds nobody up. Alerts
// and Digests wait until their chat's bucket is full; Replies may empty it.
//
// While a 429 asks for silence nobody gets a turn. Replies sit out the rest if it is at most patience, all others
// are held back.
//
// A call whose turn cannot come before its deadline is held back as soon as it comes, or when a silence begins;
// it is reckoned as if no more calls came. If others then go before it, its deadline ends the wait.
//
// It has no goroutine: whoever calls gives out the turns that are due, and a timer does when nobody calls.
type pacer struct {
	limits limits

	mu      sync.Mutex
	all     bucket
	until   time.Time // the end of a silence that is for all
	last    lastRefusal
	peers   map[flow.ChatID]*peer
	crowd   int             // of peers, from which on those are forgotten that have nothing to be remembered for
	ready   [lanes][]*queue // whose chat allows a turn now, in the order they take turns
	resting []*queue        // whose chat does not, by when it will
	wake    *time.Timer
	next    time.Time // when it goes off; zero for never
	stats   Stats
}

// smallCrowd is how many chats are kept without looking whether they need be.
const smallCrowd = 128

// peer is a chat with calls that wait, a bucket that is not full, or a silence.
type peer struct {
	bucket
	group  *bucket // of a group
	until  time.Time
	queues [lanes]queue
}

// queue is what waits in one lane for one chat.
type queue struct {
	of      *peer
	lane    Lane
	waiting []*waiter
	in      standing
	at      time.Time // when the chat allows the next turn: with resting
}

type standing int

const (
	nowhere standing = iota // nothing waits
	ready
	resting
)

// waiter is one call. It is done when it has its turn, or an error why it has none.
type waiter struct {
	end   time.Time // its deadline; zero for none
	done  bool
	err   error
	heard chan struct{} // closed with done; nil as long as nobody listens
}

func (w *waiter) tell(err error) {
	w.done, w.err = true, err
	if w.heard != nil {
		close(w.heard)
	}
}

// heldBack is a call that got no turn.
type heldBack struct{ after time.Duration } // when to come back

func (heldBack) Error() string { return "held back: Telegram's limits leave no turn in time" }

func newPacer(l limits) *pacer {
	return &pacer{limits: l, peers: map[flow.ChatID]*peer{}, crowd: smallCrowd}
}

// wait blocks until it is the call's turn. One that comes again after a 429 goes before those that came to its
// chat and lane after it. The error is a heldBack or the context's.
func (p *pacer) wait(ctx context.Context, chat flow.ChatID, lane Lane, again bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &waiter{}
	w.end, _ = ctx.Deadline()
	p.mu.Lock()
	q := p.join(chat, lane, w, again, time.Now())
	if w.done {
		p.mu.Unlock()
		return w.err
	}
	w.heard = make(chan struct{})
	p.mu.Unlock()
	select {
	case <-w.heard:
		return w.err
	case <-ctx.Done():
		return p.leave(ctx, q, w)
	}
}

// join lines a call up, unless it has its turn at once or will not have one in time.
func (p *pacer) join(chat flow.ChatID, lane Lane, w *waiter, again bool, now time.Time) *queue {
	q := &p.peer(chat, now).queues[lane]
	if until := p.silence(q.of); until.After(now) && !outlasts(w, lane, until, now) {
		p.holdBack(w, lane, until.Sub(now))
		return q
	}
	at := len(q.waiting)
	if again {
		at = 0
	}
	q.waiting = slices.Insert(q.waiting, at, w)
	p.list(q, now)
	p.settle(now)
	if w.done || w.end.IsZero() {
		return q
	}
	if turn := p.forecast(q, w, now); !turn.Before(w.end) {
		p.drop(q, w, now)
		p.holdBack(w, lane, turn.Sub(now))
	}
	return q
}

// leave takes a waiter out whose context is done. A turn that it was given meanwhile is lost.
func (p *pacer) leave(ctx context.Context, q *queue, w *waiter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.done {
		return w.err
	}
	now := time.Now()
	turn := p.forecast(q, w, now)
	p.drop(q, w, now)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		p.holdBack(w, q.lane, turn.Sub(now))
		return w.err
	}
	return ctx.Err()
}

func (p *pacer) drop(q *queue, w *waiter, now time.Time) {
	if at := slices.Index(q.waiting, w); at >= 0 {
		q.waiting = slices.Delete(q.waiting, at, at+1)
	}
	p.list(q, now)
	p.settle(now)
}

func (p *pacer) holdBack(w *waiter, lane Lane, after time.Duration) {
	p.stats.HeldBack[lane]++
	w.tell(heldBack{max(after, time.Millisecond)})
}

// settle gives out the turns that are due, and sees to it that it is called again when the next one is. The lock
// is held, here and in all that follows.
func (p *pacer) settle(now time.Time) {
	for len(p.resting) > 0 && !p.resting[0].at.After(now) {
		p.list(p.resting[0], now)
	}
	for !p.turn(0, now).After(now) {
		q := p.first()
		if q == nil {
			break
		}
		p.grant(q, now)
	}
	switch {
	case p.first() != nil:
		p.arm(p.turn(0, now), now)
	case len(p.resting) > 0:
		p.arm(later(p.turn(0, now), p.resting[0].at), now)
	default:
		p.arm(time.Time{}, now)
	}
}

// arm sets the timer, or stops it with the zero time.
func (p *pacer) arm(next, now time.Time) {
	switch {
	case next.Equal(p.next):
		return
	case next.IsZero():
		p.wake.Stop()
	case p.wake == nil:
		p.wake = time.AfterFunc(next.Sub(now), p.woken)
	default:
		p.wake.Reset(next.Sub(now))
	}
	p.next = next
}

func (p *pacer) woken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle(time.Now())
}

// first is the queue whose turn is next.
func (p *pacer) first() *queue {
	for _, queues := range p.ready {
		if len(queues) > 0 {
			return queues[0]
		}
	}
	return nil
}

// grant gives the first of a queue its turn. The chat's queues then stand where its bucket puts them: this one
// behind those of the other chats.
func (p *pacer) grant(q *queue, now time.Time) {
	w := q.waiting[0]
	q.waiting = slices.Delete(q.waiting, 0, 1)
	p.unlist(q)
	p.all.take(p.limits.all, now)
	q.of.take(p.limits.chat, now)
	if q.of.group != nil {
		q.of.group.take(p.limits.group, now)
	}
	p.relist(q.of, now)
	w.tell(nil)
}

// list puts a queue where it belongs now. Where it stands already it keeps its turn, elsewhere it comes last.
func (p *pacer) list(q *queue, now time.Time) {
	belongs, at := nowhere, time.Time{}
	if len(q.waiting) > 0 {
		belongs, at = ready, p.allowed(q, 0, now)
		if at.After(now) {
			belongs = resting
		}
	}
	if belongs == q.in && (belongs != resting || at.Equal(q.at)) {
		return
	}
	p.unlist(q)
	q.in, q.at = belongs, at
	switch belongs {
	case ready:
		p.ready[q.lane] = append(p.ready[q.lane], q)
	case resting:
		i, _ := slices.BinarySearchFunc(p.resting, q, func(a, b *queue) int {
			return cmp.Or(a.at.Compare(b.at), -1) // behind those of the same moment
		})
		p.resting = slices.Insert(p.resting, i, q)
	case nowhere:
	}
}

func (p *pacer) unlist(q *queue) {
	from := &p.resting
	if q.in == ready {
		from = &p.ready[q.lane]
	}
	if i := slices.Index(*from, q); i >= 0 {
		*from = slices.Delete(*from, i, i+1)
	}
	q.in = nowhere
}

// turn is when the turn over all chats after n others comes, seen from now.
func (p *pacer) turn(n int, now time.Time) time.Time {
	return later(later(now, p.until), p.all.after(n, p.limits.all, p.limits.all.slack, now))
}

// allowed is when the queue's chat allows the turn after n others.
func (p *pacer) allowed(q *queue, n int, now time.Time) time.Time {
	slack := time.Duration(0)
	if q.lane == Replies {
		slack = p.limits.chat.slack
	}
	at := later(q.of.until, q.of.after(n, p.limits.chat, slack, now))
	if q.of.group != nil {
		at = later(at, q.of.group.after(n, p.limits.group, p.limits.group.slack, now))
	}
	return at
}

// forecast is when the waiter's turn comes if nobody else does.
func (p *pacer) forecast(q *queue, w *waiter, now time.Time) time.Time {
	before := max(slices.Index(q.waiting, w), 0) // in the chat
	ahead := max(slices.Index(p.ready[q.lane], q), 0)
	for lane := range q.lane {
		before += len(q.of.queues[lane].waiting)
		ahead += len(p.ready[lane])
	}
	return later(p.turn(ahead, now), p.allowed(q, before, now))
}

// peer is a chat's place in memory. Now and then those are forgotten that are as good as new: the memory is
// bounded by what went out in the last seconds and what is held, not by how many chats there are.
func (p *pacer) peer(chat flow.ChatID, now time.Time) *peer {
	if c := p.peers[chat]; c != nil {
		return c
	}
	if len(p.peers) >= p.crowd {
		maps.DeleteFunc(p.peers, func(_ flow.ChatID, c *peer) bool { return c.idle(now) })
		p.crowd = max(smallCrowd, 2*len(p.peers))
	}
	c := &peer{}
	if chat < 0 {
		c.group = &bucket{}
	}
	for lane := range c.queues {
		c.queues[lane].of, c.queues[lane].lane = c, Lane(lane)
	}
	p.peers[chat] = c
	return c
}

// idle reports whether a new peer would do as well.
func (c *peer) idle(now time.Time) bool {
	for _, q := range c.queues {
		if len(q.waiting) > 0 {
			return false
		}
	}
	full := later(c.paid, c.until)
	if c.group != nil {
		full = later(full, c.group.paid)
	}
	return !full.After(now)
}
