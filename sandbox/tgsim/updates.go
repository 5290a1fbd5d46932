package tgsim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// updateLifetime is how long Telegram keeps an update that nobody fetches.
const updateLifetime = 24 * time.Hour

type queued struct {
	id  int64
	at  time.Time
	raw json.RawMessage
}

// queue holds the updates the bot has not confirmed, and the one poll that may wait for more.
type queue struct {
	updates []queued
	last    int64           // id of the newest update ever made
	allowed map[string]bool // nil: the default, all but the kinds in offByDefault
	arrived chan struct{}   // closed and replaced when an update is added
	poll    chan struct{}   // closed to end the waiting poll in favour of a newer one
	webhook string
	bringer *bringer // nil: the webhook is somebody else's, or there is none
}

// offByDefault lists the kinds of update a bot must ask for by name.
var offByDefault = []string{"chat_member", "message_reaction", "message_reaction_count"}

// push adds an update of the given kind unless the bot does not want such. Callers hold s.mu.
func (s *Server) push(kind string, body any) {
	wanted := s.queue.allowed[kind] || s.queue.allowed == nil && !slices.Contains(offByDefault, kind)
	if !wanted {
		return
	}
	s.enqueue(map[string]any{kind: body})
}

// enqueue gives an update its id and wakes the poll. Callers hold s.mu.
func (s *Server) enqueue(update map[string]any) {
	s.queue.last++
	update["update_id"] = s.queue.last
	raw, err := json.Marshal(update)
	if err != nil {
		raw = json.RawMessage(`{}`) // cannot be: all bodies are made here of plain data
	}
	s.queue.updates = append(s.queue.updates, queued{id: s.queue.last, at: s.cfg.Now(), raw: raw})
	close(s.queue.arrived)
	s.queue.arrived = make(chan struct{})
}

// Inject queues an update made by the caller: any JSON object; its update_id is set here. It passes
// by allowed_updates, so it can carry what a bot never asked for. It gives back the id.
func (s *Server) Inject(raw json.RawMessage) (int64, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return 0, refuse("an update must be a JSON object")
	}
	update := map[string]any{}
	for name, value := range fields {
		update[name] = value
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enqueue(update)
	return s.queue.last, nil
}

// Pending tells how many updates the bot has not confirmed.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue.updates)
}

// WaitConfirmed waits until the bot has confirmed all updates: asked for what comes after them or, where they are
// brought, answered 200 and been heard. A reply may be seen before that.
func (s *Server) WaitConfirmed(ctx context.Context) error {
	if err := s.wait(ctx, func() bool { return s.Pending() == 0 }); err != nil {
		return fmt.Errorf("wait until the updates are confirmed: %w", err)
	}
	return nil
}

// SetWebhook makes the server behave as if someone had set a webhook: getUpdates ends in 409 until
// deleteWebhook. Nothing is ever sent to the address. An empty address removes it.
func (s *Server) SetWebhook(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.hang(address, nil)
}

func conflict(text string) error {
	return &apiError{code: http.StatusConflict, text: "Conflict: " + text}
}

// getUpdates waits without holding the lock; a newer call ends it, as do the caller and Close.
func (s *Server) getUpdates(ctx context.Context, p params) (any, error) {
	timeout := time.Duration(min(max(p.number("timeout", 0), 0), 3600)) * time.Second
	timer := time.NewTimer(min(timeout, s.cfg.MaxPoll))
	defer timer.Stop()
	limit := min(max(int(p.number("limit", 100)), 1), 100)

	mine, err := s.startPoll(p)
	if err != nil {
		return nil, err
	}
	defer s.endPoll(mine)
	for wait := timeout > 0; ; {
		batch, arrived := s.batch(limit)
		if len(batch) > 0 || !wait {
			return batch, nil
		}
		select {
		case <-arrived:
		case <-mine:
			return nil, s.ended()
		case <-timer.C:
			wait = false
		case <-s.closed:
			wait = false
		case <-ctx.Done():
			return batch, nil // nobody is there to read it; nothing is confirmed
		}
	}
}

// startPoll confirms what the offset confirms, remembers allowed_updates and ends an older poll.
func (s *Server) startPoll(p params) (chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := &s.queue
	if q.webhook != "" {
		return nil, conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	}
	if p.has("allowed_updates") {
		var kinds []string
		if err := p.decode("allowed_updates", &kinds); err != nil {
			return nil, refuse("can't parse allowed_updates")
		}
		q.allow(kinds)
	}
	if q.poll != nil {
		close(q.poll)
	}
	q.poll = make(chan struct{})
	before := len(q.updates)
	q.confirm(p.number("offset", 0), s.cfg.Now())
	if len(q.updates) < before {
		s.touch()
	}
	return q.poll, nil
}

func (q *queue) allow(kinds []string) {
	q.allowed = nil
	for _, kind := range kinds {
		if q.allowed == nil {
			q.allowed = map[string]bool{}
		}
		q.allowed[kind] = true
	}
}

// confirm forgets updates: those below a positive offset; with a negative one all but that many of
// the latest; and in any case those too old.
func (q *queue) confirm(offset int64, now time.Time) {
	if offset < 0 {
		keep := min(-offset, int64(len(q.updates)))
		q.updates = slices.Clone(q.updates[int64(len(q.updates))-keep:])
	}
	q.updates = slices.DeleteFunc(q.updates, func(u queued) bool {
		return u.id < offset || now.Sub(u.at) > updateLifetime
	})
}

// endPoll lets go of the waiting place unless a newer poll has taken it.
func (s *Server) endPoll(mine chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.poll == mine {
		s.queue.poll = nil
	}
}

func (s *Server) batch(limit int) ([]json.RawMessage, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := []json.RawMessage{}
	for _, u := range s.queue.updates[:min(limit, len(s.queue.updates))] {
		batch = append(batch, u.raw)
	}
	return batch, s.queue.arrived
}

func (s *Server) deleteWebhook(p params) (any, error) {
	s.queue.hang("", nil)
	if p.flag("drop_pending_updates") {
		s.queue.updates = nil
	}
	return true, nil
}
