package login

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/singleflight"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// The defaults of a Config.
const (
	DefaultTick       = time.Minute
	DefaultRenewAfter = 7 * 24 * time.Hour
)

// refreshLife is how long the platform keeps a refresh token that is not used (docs: RefreshAccessTokens).
const refreshLife = 14 * 24 * time.Hour

// callLimit bounds one call to the login host together with the write of what it answered. These calls
// go on when whoever asked for them has left.
const callLimit = 30 * time.Second

// ErrNoHost means that signing in is not set up here: accounts are linked with pasted tokens only.
var ErrNoHost = errors.New("signing in is not set up")

// Host is the platform's login; *apiclient.Login is one.
type Host interface {
	AuthorizeURL(state string) string
	Exchange(ctx context.Context, code string) (apiclient.Grant, error)
	Refresh(ctx context.Context, refresh secret.String) (apiclient.Grant, error)
}

// Config is what a Login needs. Store, Now, NewState and NewCode must be set; all functions are for
// concurrent use.
type Config struct {
	Store *store.Store
	Host  Host // nil: nobody can sign in, and nothing is renewed

	Now      func() time.Time
	NewState func() string // at least 128 random bits, fit for a URL
	NewCode  func() string // eight random letters and digits

	// BackLink is the address that leads into the chat and shows it the code, for the button of the page;
	// with "" it leads to the chat only. "" or nil if there is none.
	BackLink func(code string) string
	// Told is called after a sign-in of that chat arrived or ended: Words has something for it. It is called
	// again at every tick while one that ended has not been dropped. It must not block. May be nil.
	Told func(flow.ChatID)

	Tick       time.Duration  // how often to look for what is due; zero for DefaultTick
	RenewAfter time.Duration  // the age at which a pair is renewed though nobody needs it; zero for DefaultRenewAfter
	Random     func() float64 // from 0 up to 1, for jitter; nil for an ordinary source
	Log        zerolog.Logger
}

func (cfg Config) filled() (Config, error) {
	if cfg.Store == nil || cfg.Now == nil || cfg.NewState == nil || cfg.NewCode == nil {
		return cfg, errors.New("store, clock or source of states or codes is missing")
	}
	if cfg.Tick == 0 {
		cfg.Tick = DefaultTick
	}
	if cfg.RenewAfter == 0 {
		cfg.RenewAfter = DefaultRenewAfter
	}
	if cfg.Tick < 0 || cfg.RenewAfter < 0 || cfg.RenewAfter >= refreshLife {
		return cfg, fmt.Errorf("times are negative, or RenewAfter is not below the %s that a refresh token lives", refreshLife)
	}
	if cfg.BackLink == nil {
		cfg.BackLink = func(string) string { return "" }
	}
	if cfg.Told == nil {
		cfg.Told = func(flow.ChatID) {}
	}
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	return cfg, nil
}

// Login signs people in and renews tokens. It is safe for concurrent use.
type Login struct {
	cfg   Config
	log   zerolog.Logger
	pages http.Handler

	work   work
	flight singleflight.Group // renewals by account, redemptions by what the browser brought

	mu       sync.Mutex
	quiet    time.Time                        // the login host wants to be left alone until then
	redeemed map[string]redemption            // by what the browser brought
	renewals map[store.AccountID]*renewalNote // of accounts with something to remember
}

// New checks the configuration. Nothing is read yet.
func New(cfg Config) (*Login, error) {
	cfg, err := cfg.filled()
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	l := &Login{
		cfg: cfg, log: cfg.Log,
		redeemed: map[string]redemption{}, renewals: map[store.AccountID]*renewalNote{},
	}
	l.work.idle.L = &l.work.mu
	l.pages = l.routes()
	return l, nil
}

// Close lets no new call to the login host begin, and waits until those under way have been written down.
// It comes after everything that uses Tokens or the Handler, and before the store is closed.
func (l *Login) Close() {
	l.work.close()
	l.saveAll(context.Background())
}

// work counts what goes on though nobody may be waiting for it.
type work struct {
	mu     sync.Mutex
	idle   sync.Cond
	count  int
	closed bool
}

// start runs a job on its own, or answers false if it is too late for that.
func (w *work) start(job func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.count++
	go func() {
		defer w.end()
		job()
	}()
	return true
}

func (w *work) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count--
	w.idle.Broadcast()
}

// wait returns when nothing goes on.
func (w *work) wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.count > 0 {
		w.idle.Wait()
	}
}

func (w *work) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.wait()
}

// causeOf is what of a failure may be logged. The errors of a Host need not be as careful as the ones of
// apiclient, which hold no secret.
func causeOf(err error) error {
	var known *apiclient.Error
	if errors.As(err, &known) {
		return known
	}
	return errors.New("a failure of unknown kind")
}

// gravity is the level of a log line about a failed call to the login host: an error if the operator has
// to do something, as our id or secret is not accepted or the network's edge keeps us out.
func gravity(err error) zerolog.Level {
	if errors.Is(err, apiclient.ErrForbidden) || errors.Is(err, apiclient.ErrEdge) {
		return zerolog.ErrorLevel
	}
	return zerolog.WarnLevel
}
