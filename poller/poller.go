package poller

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// The defaults of a Config.
const (
	DefaultMin = 30 * time.Second
	DefaultMax = 15 * time.Minute
)

// API is what the poller asks of the platform; *apiclient.Client is one.
type API interface {
	// ReadBookings reads all bookings of one side, or only finds that no page has changed.
	ReadBookings(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery, known []apiclient.Digest) (apiclient.Reading, error)
}

// Config is what a Poller needs. Store, API, Now and NewID must be set.
type Config struct {
	Store *store.Store
	API   API

	// Tokens hands out the access tokens of an account; nil: the one it was linked with, and no other.
	Tokens func(store.Account) apiclient.Tokens

	Min     time.Duration // the shortest time between two looks at an account, before jitter; zero for DefaultMin
	Max     time.Duration // the longest, failures included, while there is room for all; zero for DefaultMax
	Rate    float64       // calls a second that the API allows, people's included; zero: no bound is known
	Workers int           // accounts looked at at once; zero for what suits the rate, 4 to 64

	Now    func() time.Time
	NewID  func() uuid.UUID // of notifications: version 7, in the order of making; for concurrent use
	Random func() float64   // from 0 up to 1, for jitter and concurrent use; nil for an ordinary source
	Queued func()           // called after notifications were queued, or may have been, by any worker; it must not block. May be nil

	// Changed hears of each booking that is not as it was when it was last looked at, or new since then, once that is
	// kept; by any worker. It must not block. May be nil.
	Changed func(chat flow.ChatID, account store.AccountID, side string, booking int64)

	Log zerolog.Logger
}

func (cfg Config) filled() (Config, error) {
	if cfg.Store == nil || cfg.API == nil || cfg.Now == nil || cfg.NewID == nil {
		return cfg, errors.New("store, API, clock or source of ids is missing")
	}
	if cfg.Min == 0 {
		cfg.Min = DefaultMin
	}
	if cfg.Max == 0 {
		cfg.Max = DefaultMax
	}
	if cfg.Min < 0 || cfg.Max < cfg.Min || cfg.Rate < 0 || cfg.Workers < 0 {
		return cfg, errors.New("a number is negative, or Max is below Min")
	}
	if cfg.Workers == 0 {
		cfg.Workers = workersFor(cfg.Rate)
	}
	if cfg.Tokens == nil {
		cfg.Tokens = func(a store.Account) apiclient.Tokens { return apiclient.With(a.Token).Tokens }
	}
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	if cfg.Queued == nil {
		cfg.Queued = func() {}
	}
	if cfg.Changed == nil {
		cfg.Changed = func(flow.ChatID, store.AccountID, string, int64) {}
	}
	return cfg, nil
}

// Poller watches all linked accounts of a store.
type Poller struct {
	cfg   Config
	log   zerolog.Logger
	nudge chan struct{} // the schedule has changed
	news  chan struct{} // the outage has

	mu       sync.Mutex
	schedule *schedule
	outage   outage
	stats    Stats // the counters
	tight    bool  // the operator knows that the intervals are stretched
}

// New checks the configuration. Nothing is read yet.
func New(cfg Config) (*Poller, error) {
	cfg, err := cfg.filled()
	if err != nil {
		return nil, fmt.Errorf("poller: %w", err)
	}
	return &Poller{
		cfg: cfg, log: cfg.Log, nudge: make(chan struct{}, 1), news: make(chan struct{}, 1),
		schedule: newSchedule(cfg.Workers), stats: Stats{Failures: map[string]uint64{}},
	}, nil
}

// Run polls until ctx ends, waits for the polls under way, which end with it, and returns nil. It runs
// once.
func (p *Poller) Run(ctx context.Context) error {
	if !p.load(ctx) {
		return nil
	}
	jobs := make(chan *entry, p.cfg.Workers) // as many as may be taken: sending never blocks
	var all sync.WaitGroup
	defer all.Wait()
	for range p.cfg.Workers {
		all.Go(func() {
			for e := range jobs {
				p.work(ctx, e)
			}
		})
	}
	defer close(jobs)
	all.Go(func() { p.herald(ctx) })

	for {
		if !sleep(ctx, p.dispatch(jobs), p.nudge) {
			return nil
		}
	}
}

// dispatch hands accounts whose time has come to idle workers, and answers how long to wait for the next; negative if
// there is none before something happens.
func (p *Poller) dispatch(jobs chan<- *entry) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	for {
		e := p.schedule.take(now)
		if e == nil {
			break
		}
		jobs <- e
	}
	at, known := p.schedule.until()
	if !known {
		return -1
	}
	return max(at.Sub(now), 0)
}

// Wake has an account polled at once, or once more if it is being polled, and then often for some minutes: after it
// was linked, or when its person acted. An account that is not active is left alone.
func (p *Poller) Wake(account store.AccountID) {
	now := p.cfg.Now()
	p.mu.Lock()
	e := p.schedule.add(account, p.cfg.Min, 1)
	e.alive = now.Add(max(lively, early*p.cfg.Min))
	p.schedule.wake(e, now)
	p.mu.Unlock()
	poke(p.nudge)
}

// poke says that there is something to look at.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // whoever listens is going to look anyway
	}
}

// work looks at an account and plans the next time.
func (p *Poller) work(ctx context.Context, e *entry) {
	now := p.cfg.Now()
	p.mu.Lock()
	alive, missed := now.Before(e.alive), !e.woken && now.Sub(e.next) > e.span && e.span > 0
	p.mu.Unlock()
	r := p.look(ctx, e, alive)
	if r.stopped {
		return
	}
	now, random := p.cfg.Now(), p.cfg.Random()
	p.mu.Lock()
	p.settle(e, r, now, random)
	p.outage.heard(r.read, r.dead, now)
	p.stats.count(r, missed)
	told, demand := p.tight, float64(p.schedule.demand)/1e9
	p.budget()
	tight, by := p.tight, p.schedule.stretch
	p.mu.Unlock()
	p.tellBudget(told, tight, demand, by)
	poke(p.news)
	poke(p.nudge)
}

// settle gives an account back to the schedule after a look. The lock is held.
func (p *Poller) settle(e *entry, r result, now time.Time, random float64) {
	if r.reached {
		p.schedule.ailing = false
	}
	switch {
	case r.gone && !e.again:
		p.schedule.remove(e)
	case r.gone: // linked anew while it was found out: what was remembered is worth nothing
		e.known, e.refused, e.noted, e.failures, e.lists = false, false, 0, 0, nil
		p.schedule.retry(e, now)
	case r.unsent > 0:
		p.schedule.pause(now.Add(r.unsent), r.ailing)
		p.schedule.retry(e, now.Add(r.unsent))
	default:
		p.schedule.want(e, r.every, calls(e.lists))
		p.schedule.plan(e, now, random)
	}
}

// calls is how many one look takes: one for each page.
func calls(of []list) (n int) {
	for i := range of {
		n += max(len(of[i].digests), 1)
	}
	return n
}

// budget fits the intervals to the rate. The lock is held.
func (p *Poller) budget() {
	demand := float64(p.schedule.demand) / 1e9
	p.schedule.stretch = stretch(demand, p.cfg.Rate)
	switch {
	case p.cfg.Rate <= 0:
	case p.schedule.stretch > 1:
		p.tight = true
	case demand < relaxed*share*p.cfg.Rate:
		p.tight = false
	}
}

// tellBudget tells the operator when the intervals begin to be stretched, and when that is over.
func (p *Poller) tellBudget(before, now bool, demand, by float64) {
	switch {
	case now && !before:
		p.log.Warn().Float64("calls_wanted", demand).Float64("calls_allowed", share*p.cfg.Rate).Float64("stretch", by).
			Msg("the API's rate does not hold all polls: bookings are looked at less often")
	case before && !now:
		p.log.Info().Float64("calls_wanted", demand).Msg("the API's rate holds all polls again")
	}
}
