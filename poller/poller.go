package poller

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

// workers is how many accounts are read at once. The platform asks for about a request a second from
// the whole program, so more would only queue for their turn.
const workers = 4

// The defaults of a Config.
const (
	DefaultMin  = 30 * time.Second
	DefaultMax  = 15 * time.Minute
	DefaultTick = time.Second
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

	Min  time.Duration // the shortest time between two looks at an account, before jitter; zero for DefaultMin
	Max  time.Duration // the longest, failures included; zero for DefaultMax
	Tick time.Duration // how often to look for accounts that are due; zero for DefaultTick

	Now    func() time.Time
	NewID  func() uuid.UUID // of notifications: version 7, in the order of making; for concurrent use
	Random func() float64   // from 0 up to 1, for jitter and concurrent use; nil for an ordinary source
	Queued func()           // called after notifications were queued, by any worker; it must not block. May be nil
	Log    zerolog.Logger
}

func (cfg Config) filled() (Config, error) {
	if cfg.Store == nil || cfg.API == nil || cfg.Now == nil || cfg.NewID == nil {
		return cfg, errors.New("store, API, clock or source of ids is missing")
	}
	for field, usual := range map[*time.Duration]time.Duration{
		&cfg.Min: DefaultMin, &cfg.Max: DefaultMax, &cfg.Tick: DefaultTick,
	} {
		if *field == 0 {
			*field = usual
		}
	}
	if cfg.Min < 0 || cfg.Tick < 0 || cfg.Max < cfg.Min {
		return cfg, errors.New("times are negative, or Max is below Min")
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
	return cfg, nil
}

// Poller watches all linked accounts of a store.
type Poller struct {
	cfg    Config
	log    zerolog.Logger
	roster *roster
	memory memory
	nudge  chan struct{}

	// Only the dispatcher's: how the last look went.
	closed int  // accounts that could not be read
	blind  bool // nothing could be
}

// New checks the configuration. Nothing is read yet.
func New(cfg Config) (*Poller, error) {
	cfg, err := cfg.filled()
	if err != nil {
		return nil, fmt.Errorf("poller: %w", err)
	}
	return &Poller{cfg: cfg, log: cfg.Log, roster: newRoster(workers), nudge: make(chan struct{}, 1)}, nil
}

// Run polls until ctx ends, waits for the polls under way, which end with it, and returns nil. It runs
// once at a time.
func (p *Poller) Run(ctx context.Context) error {
	jobs := make(chan store.AccountID, workers) // as many as may be claimed: sending never blocks
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for id := range jobs {
				p.roster.release(id, p.poll(ctx, id))
				p.lookAgain()
			}
		})
	}
	defer all.Wait()
	defer close(jobs)

	tick := time.NewTicker(p.cfg.Tick)
	defer tick.Stop()
	for {
		p.dispatch(ctx, jobs)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-p.nudge:
		}
	}
}

// Wake has an account polled at once, or once more if it is being polled: after it was linked, or when
// its person acted elsewhere. An account that is not active is left alone.
func (p *Poller) Wake(account store.AccountID) {
	p.roster.wake(account)
	p.lookAgain()
}

func (p *Poller) lookAgain() {
	select {
	case p.nudge <- struct{}{}:
	default: // it is going to look anyway
	}
}

// dispatch hands due accounts to idle workers. Who finds none stays due: a worker that is done has it
// called again.
func (p *Poller) dispatch(ctx context.Context, jobs chan<- store.AccountID) {
	if p.roster.full() {
		return
	}
	due, err := p.due(ctx, p.cfg.Now())
	if ctx.Err() != nil {
		return
	}
	if err != nil && !p.blind {
		p.log.Error().AnErr("err", err).Msg("cannot look for accounts to poll: trying again")
	}
	p.blind = err != nil
	for _, id := range due {
		if p.roster.claim(id) {
			jobs <- id
		}
	}
}

// due lists the accounts to be polled: those that were woken, then those that have waited longest. What
// does not open is left out, and told when there is more or less of it.
func (p *Poller) due(ctx context.Context, now time.Time) ([]store.AccountID, error) {
	type candidate struct {
		id    store.AccountID
		next  time.Time
		woken bool
	}
	var found []candidate
	var unread []error
	watched := map[store.AccountID]bool{}
	p.roster.begin()
	err := p.cfg.Store.View(ctx, func(tx *store.Tx) error {
		for account, err := range tx.Accounts() {
			var plan store.Poll
			if err == nil && account.State == store.AccountActive {
				plan, err = tx.Poll(account.ID)
			}
			if err != nil {
				unread = append(unread, err)
				continue
			}
			if account.State != store.AccountActive {
				continue
			}
			watched[account.ID] = true
			if due, woken := p.roster.wants(account.ID, plan.Next, now); due {
				found = append(found, candidate{account.ID, plan.Next, woken})
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	p.memory.forget(watched)
	p.tellUnread(unread)
	slices.SortStableFunc(found, func(a, b candidate) int {
		if a.woken != b.woken {
			if a.woken {
				return -1
			}
			return 1
		}
		return a.next.Compare(b.next)
	})
	ids := make([]store.AccountID, len(found))
	for i, c := range found {
		ids[i] = c.id
	}
	return ids, nil
}

// tellUnread logs how many accounts cannot be read, when that has changed.
func (p *Poller) tellUnread(unread []error) {
	if len(unread) == p.closed {
		return
	}
	p.closed = len(unread)
	if p.closed == 0 {
		p.log.Info().Msg("all accounts can be read again")
		return
	}
	p.log.Error().Int("accounts", p.closed).AnErr("err", unread[0]).Msg("accounts that cannot be read are not polled")
}
