package poller

import (
	"sync"
	"time"

	"phonechatbot/store"
)

// roster is what the workers and the dispatcher know of each other: who is being polled, who is to be
// polled out of turn, and whom to leave alone because the disk would not note it.
type roster struct {
	mu    sync.Mutex
	room  int // how many may be busy at once
	busy  map[store.AccountID]bool
	woken map[store.AccountID]bool
	held  map[store.AccountID]time.Time
	fresh map[store.AccountID]bool // released since the dispatcher's look began, which may not see their plans
}

func newRoster(room int) *roster {
	return &roster{
		room: room, busy: map[store.AccountID]bool{},
		woken: map[store.AccountID]bool{}, held: map[store.AccountID]time.Time{},
		fresh: map[store.AccountID]bool{},
	}
}

// wake lets an account be polled as soon as it is not busy, whatever was planned.
func (r *roster) wake(id store.AccountID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.woken[id] = true
	delete(r.held, id)
}

// full reports whether every worker has something to do.
func (r *roster) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.busy) >= r.room
}

// begin begins a look at the store.
func (r *roster) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.fresh)
}

// wants reports whether an account may be polled now, and whether out of turn.
func (r *roster) wants(id store.AccountID, next, now time.Time) (due, woken bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[id] || r.held[id].After(now) {
		return false, false
	}
	return r.woken[id] || !r.fresh[id] && !next.After(now), r.woken[id]
}

// claim takes an account for a worker; false if there is no room or somebody has it.
func (r *roster) claim(id store.AccountID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.busy) >= r.room || r.busy[id] {
		return false
	}
	r.busy[id] = true
	delete(r.woken, id)
	return true
}

// release gives an account back, to be left alone until a time; zero if the store knows when.
func (r *roster) release(id store.AccountID, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, id)
	r.fresh[id] = true
	if until.IsZero() {
		delete(r.held, id)
		return
	}
	r.held[id] = until
}
