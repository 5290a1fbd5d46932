package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

const (
	workers = 4               // chats served at once
	window  = 1000            // notifications looked at in one go
	grace   = 5 * time.Second // how long a send may go on after the stop
)

// DefaultTick is how often the outbox looks for due notifications, unless a Config says otherwise.
const DefaultTick = time.Second

// Config is what an Outbox needs. Store, Sender, Sort and Now must be set.
type Config struct {
	Store  *store.Store
	Sender Sender
	Sort   func(error) Verdict // pure; judges an error of Send

	Now    func() time.Time
	Random func() float64 // from 0 up to 1, for jitter and concurrent use; nil for an ordinary source
	Tick   time.Duration  // how often to look for what is due; zero for DefaultTick
	Log    zerolog.Logger
}

// Outbox delivers the notifications of a store.
type Outbox struct {
	cfg   Config
	log   zerolog.Logger
	nudge chan struct{}

	mu    sync.Mutex // of state
	state state
	wrong string // with the queue, as told last: only the dispatcher's
}

// New checks the configuration. Nothing is sent yet.
func New(cfg Config) (*Outbox, error) {
	if cfg.Store == nil || cfg.Sender == nil || cfg.Sort == nil || cfg.Now == nil {
		return nil, errors.New("outbox: store, sender, sort or clock is missing")
	}
	if cfg.Tick < 0 {
		return nil, errors.New("outbox: Tick is negative")
	}
	if cfg.Tick == 0 {
		cfg.Tick = DefaultTick
	}
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	return &Outbox{
		cfg: cfg, log: cfg.Log, nudge: make(chan struct{}, 1),
		state: state{
			busy: map[flow.ChatID]bool{}, held: map[flow.ChatID]time.Time{}, delivered: map[uuid.UUID]bool{},
		},
	}, nil
}

// Run delivers until ctx ends. What is being sent then may go on for a few seconds and is accounted for;
// the rest stays queued. It returns nil, and runs once at a time.
func (o *Outbox) Run(ctx context.Context) error {
	jobs := make(chan store.Notification, workers) // as many as may be busy: sending never blocks
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for n := range jobs {
				if ctx.Err() == nil {
					o.deliver(ctx, n)
				}
				o.release(n.Chat)
			}
		})
	}
	defer all.Wait()
	defer close(jobs)

	tick := time.NewTicker(o.cfg.Tick)
	defer tick.Stop()
	for {
		o.dispatch(ctx, jobs)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-o.nudge:
		}
	}
}

// Wake has the outbox look at once: call it after a notification was queued. It never blocks.
func (o *Outbox) Wake() {
	select {
	case o.nudge <- struct{}{}:
	default: // it is going to look anyway
	}
}

// dispatch hands what is due to idle workers. What finds none stays due: a worker that is done has it
// called again.
func (o *Outbox) dispatch(ctx context.Context, jobs chan<- store.Notification) {
	if o.full() {
		return
	}
	p, unread, err := o.look(ctx)
	if ctx.Err() != nil {
		return
	}
	o.complain(errors.Join(err, unread))
	for _, n := range p.send {
		if o.claim(n.Chat) {
			jobs <- n
		}
	}
}

// look arranges what is due, and writes down what is to be dropped or to wait before anything is sent.
// With an error nothing is to be sent; unread only says that there is more than what could be read.
func (o *Outbox) look(ctx context.Context) (p plan, unread, err error) {
	now := o.cfg.Now()
	known := o.known(now)
	err = o.cfg.Store.View(ctx, func(tx *store.Tx) error {
		var due []store.Notification
		due, unread = tx.Due(now, window)
		p = arrange(due, known, now)
		return ctx.Err()
	})
	if err != nil {
		return plan{}, nil, fmt.Errorf("read notifications: %w", err)
	}
	if p.clean() {
		return p, unread, nil
	}
	err = o.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		var due []store.Notification
		due, unread = tx.Due(now, window) // again: an account may be gone
		p = arrange(due, known, now)
		return settle(tx, p)
	})
	if err != nil {
		return plan{}, unread, fmt.Errorf("drop notifications: %w", err)
	}
	o.forget(p.drop)
	return p, unread, nil
}

// settle writes what a plan says about notifications that are not sent now.
func settle(tx *store.Tx, p plan) error {
	for _, n := range p.drop {
		if err := tx.DeleteNotification(n.Account, n.ID); err != nil {
			return err
		}
	}
	for _, n := range p.wait {
		if err := tx.PutNotification(n); err != nil {
			return err
		}
	}
	return nil
}

// complain logs what is wrong with the queue, once until it changes.
func (o *Outbox) complain(err error) {
	why := ""
	if err != nil {
		why = err.Error()
	}
	if why != o.wrong && why != "" {
		o.log.Error().Str("err", why).Msg("the queue cannot be read or written in part")
	}
	o.wrong = why
}

func (o *Outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.state.busy) >= workers
}

// known is a copy of the state, rid of what is over.
func (o *Outbox) known(now time.Time) state {
	o.mu.Lock()
	defer o.mu.Unlock()
	maps.DeleteFunc(o.state.held, func(_ flow.ChatID, until time.Time) bool { return !until.After(now) })
	return state{busy: maps.Clone(o.state.busy), held: maps.Clone(o.state.held), delivered: maps.Clone(o.state.delivered)}
}

// claim takes a chat for a worker; false if there is no room, or a worker has the chat.
func (o *Outbox) claim(chat flow.ChatID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.state.busy) >= workers || o.state.busy[chat] {
		return false
	}
	o.state.busy[chat] = true
	return true
}

func (o *Outbox) release(chat flow.ChatID) {
	o.mu.Lock()
	delete(o.state.busy, chat)
	o.mu.Unlock()
	o.Wake()
}

func (o *Outbox) hold(chat flow.ChatID, until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.state.held[chat] = until
}

func (o *Outbox) remember(id uuid.UUID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.state.delivered[id] = true
}

func (o *Outbox) forget(list []store.Notification) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range list {
		delete(o.state.delivered, n.ID)
	}
}
