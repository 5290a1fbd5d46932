package bot

import (
	"context"
	"slices"
	"sync"

	"phonechatbot/internal/flow"
)

// job is one thing to do in a chat. One marked always is called even when the stop came before its
// turn, with a context that is done; others are left out then.
type job struct {
	always bool
	update int64 // the id of Telegram's update; 0 for work of our own
	run    func(ctx context.Context)
}

// mostWaiting is how many updates of a chat may wait; presses that come on top of them are not taken.
const mostWaiting = 8

// mailboxes hold a queue for each chat that has something to do: jobs of one chat run one after the
// other, chats side by side as long as there are slots. An idle chat costs nothing. Who waits longest
// for a slot gets the next one, and a chat stands at the end of that line again after each of its jobs:
// a chat waits for one job of each chat before it, however many jobs those have.
type mailboxes struct {
	life     context.Context
	slots    chan struct{}
	stopping chan struct{}

	mu     sync.Mutex
	closed bool
	boxes  map[flow.ChatID][]job // present: a goroutine serves it
	served sync.WaitGroup
}

func newMailboxes(life context.Context, workers int) *mailboxes {
	return &mailboxes{
		life:     life,
		slots:    make(chan struct{}, workers),
		stopping: make(chan struct{}),
		boxes:    map[flow.ChatID][]job{},
	}
}

// post queues a job; false once the stop has come. An update that comes late goes before those of higher
// ids that have not begun, though not past work of our own.
func (m *mailboxes) post(chat flow.ChatID, j job) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	queue, served := m.boxes[chat]
	at := len(queue)
	for j.update != 0 && at > 0 && queue[at-1].update > j.update {
		at--
	}
	m.boxes[chat] = slices.Insert(queue, at, j)
	if !served {
		m.served.Go(func() { m.serve(chat) })
	}
	return true
}

// waiting counts the updates of a chat that have not begun. Work of our own is nobody's flood.
func (m *mailboxes) waiting(chat flow.ChatID) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, j := range m.boxes[chat] {
		if j.update != 0 {
			n++
		}
	}
	return n
}

// serve runs a chat's jobs until its queue is empty. Which job is the next is decided when there is a slot for it.
func (m *mailboxes) serve(chat flow.ChatID) {
	for m.busy(chat) {
		select {
		case m.slots <- struct{}{}:
			m.work(m.next(chat))
		case <-m.stopping:
			m.forgo(m.next(chat))
		}
	}
}

// busy reports whether a chat has anything to do; one that has not is served no longer.
func (m *mailboxes) busy(chat flow.ChatID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.boxes[chat]) > 0 {
		return true
	}
	delete(m.boxes, chat)
	return false
}

// next takes a chat's first job. Only who serves the chat calls it, after busy.
func (m *mailboxes) next(chat flow.ChatID) job {
	m.mu.Lock()
	defer m.mu.Unlock()
	queue := m.boxes[chat]
	m.boxes[chat] = queue[1:]
	return queue[0]
}

// work runs one job on the slot that was taken for it.
func (m *mailboxes) work(j job) {
	defer func() { <-m.slots }()
	select {
	case <-m.stopping: // both were ready
		m.forgo(j)
	default:
		j.run(m.life)
	}
}

// forgo passes over a job whose turn came after the stop.
func (m *mailboxes) forgo(j job) {
	if !j.always {
		return
	}
	over, cancel := context.WithCancel(m.life)
	cancel()
	j.run(over)
}

// stop begins no further job and waits for those that run.
func (m *mailboxes) stop() {
	m.mu.Lock()
	if !m.closed {
		m.closed = true
		close(m.stopping)
	}
	m.mu.Unlock()
	m.served.Wait()
}

// errands are small calls that nobody waits for until the stop.
type errands struct {
	mu     sync.Mutex
	closed bool
	wait   sync.WaitGroup
}

// run starts an errand, unless the stop has come.
func (e *errands) run(errand func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.wait.Go(errand)
	}
}

// stop takes no further errand and waits for those on their way.
func (e *errands) stop() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.wait.Wait()
}
