package bot

import (
	"math/rand/v2"
	"slices"
	"sync"

	"phonechatbot/internal/flow"
)

// recent remembers the keys it was told last: at least size of them, at most twice as many.
type recent[K comparable] struct {
	mu         sync.Mutex
	size       int
	young, old map[K]struct{}
}

func newRecent[K comparable](size int) *recent[K] {
	return &recent[K]{size: size, young: map[K]struct{}{}}
}

// add remembers a key and reports whether it is new.
func (r *recent[K]) add(key K) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.known(key)
	r.young[key] = struct{}{}
	if len(r.young) >= r.size {
		r.young, r.old = map[K]struct{}{}, r.young
	}
	return !known
}

// has reports whether a key is remembered.
func (r *recent[K]) has(key K) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known(key)
}

func (r *recent[K]) known(key K) bool {
	_, young := r.young[key]
	_, old := r.old[key]
	return young || old
}

// tailLength is how many messages of a chat's end are remembered.
const tailLength = 8

// tails know the last messages of the chats that were busy lately: ours and theirs. It decides
// whether a card is still the last thing in its chat, and whether it was sent protected.
type tails struct {
	mu         sync.Mutex
	size       int
	young, old map[flow.ChatID][]inTail
}

type inTail struct {
	id        int
	protected bool
}

func newTails(size int) *tails {
	return &tails{size: size, young: map[flow.ChatID][]inTail{}}
}

// note adds a message; Telegram numbers the messages of a chat upward.
func (t *tails) note(chat flow.ChatID, id int, protected bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tail := slices.Clone(t.of(chat))
	at, found := slices.BinarySearchFunc(tail, id, func(m inTail, id int) int { return m.id - id })
	if found {
		tail[at].protected = tail[at].protected || protected
	} else {
		tail = slices.Insert(tail, at, inTail{id, protected})
	}
	t.put(chat, tail[max(0, len(tail)-tailLength):])
}

// forget takes a deleted message out.
func (t *tails) forget(chat flow.ChatID, id int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tail := slices.DeleteFunc(slices.Clone(t.of(chat)), func(m inTail) bool { return m.id == id })
	t.put(chat, tail)
}

// isLast reports whether nothing is known to follow the message.
func (t *tails) isLast(chat flow.ChatID, id int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	tail := t.of(chat)
	return len(tail) == 0 || tail[len(tail)-1].id <= id
}

// protected reports whether the message is known to have been sent protected.
func (t *tails) protected(chat flow.ChatID, id int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Contains(t.of(chat), inTail{id, true})
}

func (t *tails) of(chat flow.ChatID) []inTail {
	if tail, ok := t.young[chat]; ok {
		return tail
	}
	return t.old[chat]
}

func (t *tails) put(chat flow.ChatID, tail []inTail) {
	t.young[chat] = tail
	if len(t.young) >= t.size {
		t.young, t.old = map[flow.ChatID][]inTail{}, t.young
	}
}

func randomJitter() float64 { return rand.Float64() } //nolint:gosec // spreads retries, guards nothing
