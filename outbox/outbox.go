package outbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"phonechatbot/store"
)

const (
	window  = 2048             // notifications read in one go: well under a second
	widest  = 8 * window       // unless that finds too little to send
	recent  = 10 * time.Second // what is due for less is read beside a full window: it may be urgent
	listAge = 2 * time.Second  // after it, what is due is read again though some of it still waits for a worker
	share   = 20               // but no sooner than after so many times as long as reading took
	grace   = 5 * time.Second  // how long a send may go on after the stop
)

// The defaults of a Config.
const (
	// DefaultTick is how long the outbox sleeps at most: its clock may have been set, or a disk may work again.
	DefaultTick = time.Second
	// DefaultWorkers use up thirty sends a second where each takes a second.
	DefaultWorkers = 32
)

// Config is what an Outbox needs. Store, Sender, Sort and Now must be set.
type Config struct {
	Store  *store.Store
	Sender Sender
	Sort   func(error) Verdict // pure; judges an error of Send

	Zone    *time.Location // of everybody who has not named another; nil for UTC
	Workers int            // chats served at once; zero for DefaultWorkers
	Now     func() time.Time
	Random  func() float64 // from 0 up to 1, for jitter and concurrent use; nil for an ordinary source
	Tick    time.Duration  // how long to sleep at most; zero for DefaultTick
	Log     zerolog.Logger
}

// Outbox delivers the notifications of a store.
type Outbox struct {
	cfg   Config
	log   zerolog.Logger
	nudge chan struct{}

	mu     sync.Mutex // of memory
	memory memory

	// These are the dispatcher's alone.
	list  []Message // what can be sent, as it was at read
	read  time.Time
	took  time.Duration // to read it
	next  time.Time     // when more is due
	wrong string        // with the queue, as told last
}

// New checks the configuration. Nothing is sent yet.
func New(cfg Config) (*Outbox, error) {
	if cfg.Store == nil || cfg.Sender == nil || cfg.Sort == nil || cfg.Now == nil {
		return nil, errors.New("outbox: store, sender, sort or clock is missing")
	}
	if cfg.Tick < 0 || cfg.Workers < 0 {
		return nil, errors.New("outbox: Tick or Workers is negative")
	}
	if cfg.Tick == 0 {
		cfg.Tick = DefaultTick
	}
	if cfg.Workers == 0 {
		cfg.Workers = DefaultWorkers
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	return &Outbox{cfg: cfg, log: cfg.Log, nudge: make(chan struct{}, 1), memory: newMemory()}, nil
}

// Run delivers until ctx ends. What is being sent then may go on for a few seconds and is accounted for;
// the rest stays queued. It returns nil, and runs once at a time.
func (o *Outbox) Run(ctx context.Context) error {
	jobs := make(chan Message, o.cfg.Workers) // as many as may be busy: sending never blocks
	var all sync.WaitGroup
	for range o.cfg.Workers {
		all.Go(func() {
			for m := range jobs {
				if ctx.Err() == nil {
					o.deliver(ctx, m)
				}
				o.release(m.Chat)
			}
		})
	}
	defer all.Wait()
	defer close(jobs)

	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-o.nudge:
		}
		timer.Reset(o.dispatch(ctx, jobs))
	}
}

// Wake has the outbox look at once: call it after a notification was queued, or an account was resumed. It never
// blocks.
func (o *Outbox) Wake() {
	select {
	case o.nudge <- struct{}{}:
	default: // it is going to look anyway
	}
}

// dispatch hands what can be sent to idle workers, and says how long to sleep unless woken. The queue is read only
// when the list that was made of it last has been handed out, or has grown old.
func (o *Outbox) dispatch(ctx context.Context, jobs chan<- Message) time.Duration {
	now := o.cfg.Now()
	room, probe := o.room(now)
	if room <= 0 { // a worker that is done wakes
		return min(max(probe.Sub(now), 0), o.cfg.Tick)
	}
	if age := now.Sub(o.read); len(o.list) == 0 || age >= max(listAge, share*o.took) || age < 0 {
		o.look(ctx, now, room)
		o.took = o.cfg.Now().Sub(now)
	}
	some := o.list[:min(room, len(o.list))]
	for _, m := range some {
		o.claim(m.Chat)
		jobs <- m
	}
	o.list = o.list[len(some):]
	return min(max(o.next.Sub(o.cfg.Now()), 0), o.cfg.Tick)
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
