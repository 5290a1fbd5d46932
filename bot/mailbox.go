package bot

import (
	"context"
	"sync"

	"phonechatbot/internal/flow"
)

// job is one thing to do in a chat. One marked always is called even when the stop came before its
// turn, with a context that is done; others are left out then.
type job struct {
	always bool
	run    func(ctx context.Context)
}

// mailboxes hold a queue for each chat that has something to do: jobs of one chat run one after the
// other, chats side by side as long as there are slots. An idle chat costs nothing.
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

// post queues a job; false once the stop has come.
func (m *mailboxes) post(chat flow.ChatID, j job) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	queue, served := m.boxes[chat]
	m.boxes[chat] = append(queue, j)
	if !served {
		m.served.Go(func() { m.serve(chat) })
	}
	return true
}

// serve runs a chat's jobs until its queue is empty.
func (m *mailboxes) serve(chat flow.ChatID) {
	for {
		j, ok := m.next(chat)
		if !ok {
			return
		}
		select {
		case m.slots <- struct{}{}:
			m.work(j)
		case <-m.stopping:
			m.forgo(j)
		}
	}
}

func (m *mailboxes) next(chat flow.ChatID) (job, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	queue := m.boxes[chat]
	if len(queue) == 0 {
		delete(m.boxes, chat)
		return job{}, false
	}
	m.boxes[chat] = queue[1:]
	return queue[0], true
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

// run starts an errand; false once the stop has come.
func (e *errands) run(errand func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.wait.Go(errand)
	return true
}

// stop takes no further errand and waits for those on their way.
func (e *errands) stop() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.wait.Wait()
}
