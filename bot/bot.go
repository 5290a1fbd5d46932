package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/rs/zerolog"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/internal/wording"
)

const (
	defaultURL     = "https://api.telegram.org"
	longestPoll    = 50 * time.Second // the Bot API caps getUpdates' timeout here
	defaultDrain   = 20 * time.Second
	defaultWorkers = 64
	grace          = 2 * time.Second // for handlers to notice that Drain is over
	callTimeout    = 15 * time.Second
	rememberIDs    = 10_000
)

// Config is what a Bot needs to know. Only Token is required.
type Config struct {
	Token       secret.String
	URL         string            // of the Bot API; default https://api.telegram.org
	PollTimeout time.Duration     // how long Telegram may hold one getUpdates; default and most 50 s
	Drain       time.Duration     // how long running handlers may finish after the stop; default 20 s
	Workers     int               // chats handled at the same moment; default 64
	Transport   http.RoundTripper // nil for one of our own with enough idle connections
	Webhook     Webhook           // without a URL updates are asked for
	Busy        wording.Text      // toast for a press that is not taken because too much waits in its chat
	Catalogue   wording.Catalogue // the language; nil for English
	Unpaced     bool              // Telegram's limits are not kept to, for one without any; a 429 is
	Commands    []Command         // set at start for all private chats; nil leaves them as they are
	Now         func() time.Time  // default time.Now
	NewID       func() string     // incident numbers; default eight random letters and digits
}

// Handler is told what happened in a chat: one event at a time for each chat. Its context outlives
// the stop signal by up to Config.Drain. An error is logged with an incident number; if the error
// (or one it wraps) has a method Incident() string, with that one.
type Handler interface {
	Handle(ctx context.Context, e flow.Event) error
}

// Update is one update as Telegram sent it.
type Update struct {
	ID      int64
	Arrived time.Time // for the first time; zero if nobody knows any more
	Starts  int       // of the program in which it was tried again, without coming to an end
	Body    []byte    // JSON
}

// Inbox is where updates lie between their arrival and the end of their handling.
type Inbox interface {
	// Keep writes a batch in one go, drops those that were handled meanwhile, and returns those of the batch
	// that are not kept already. One that was done before a crash can come again, for Telegram keeps updates
	// for a day: the handler tells it by what it wrote down itself.
	Keep(ctx context.Context, updates []Update, handled []int64) (fresh []Update, err error)
	// Pending lists what is kept and not done, by id.
	Pending(ctx context.Context) ([]Update, error)
	// Tried sets the Starts of updates, by id. Those that are not kept are passed over.
	Tried(ctx context.Context, starts map[int64]int) error
	// Done drops updates that were handled.
	Done(ctx context.Context, ids ...int64) error
}

// Bot receives updates and sends messages. It is safe for concurrent use.
type Bot struct {
	cfg   Config
	inbox Inbox
	log   zerolog.Logger
	wire  *wire
	api   *tg.Bot
	pace  *pacer

	handler Handler
	boxes   *mailboxes
	errands *errands
	life    context.Context // of handlers and errands: ends when Drain is over
	end     context.CancelFunc
	started atomic.Bool
	hearing hearing
	hook    hook
	doubt   atomic.Bool // a Keep failed, perhaps after it had written
	skipped atomic.Int64
	name    atomic.Pointer[string] // of this bot, once known

	marks    marks
	seen     *recent[int64]  // update ids
	answered *recent[string] // callback ids
	tails    *tails

	sleep  func(context.Context, time.Duration) error
	jitter func() float64 // 0 to 1
}

var tokenShape = regexp.MustCompile(`^[A-Za-z0-9_:-]+$`)

// New builds a Bot and touches no network: a bot that starts before the network does is no error.
func New(cfg Config, inbox Inbox, log zerolog.Logger) (*Bot, error) {
	cfg, err := cfg.filled()
	if err != nil {
		return nil, fmt.Errorf("bot: %w", err)
	}
	life, end := context.WithCancel(context.Background())
	b := &Bot{
		cfg: cfg, inbox: inbox, log: log,
		wire:     newWire(cfg.Transport, cfg.Token.Reveal(), cfg.Workers),
		pace:     newPacer(limitsOf(cfg)),
		boxes:    newMailboxes(life, cfg.Workers),
		errands:  &errands{},
		hook:     hook{secret: secret.New(rand.Text())},
		life:     life,
		end:      end,
		seen:     newRecent[int64](rememberIDs),
		answered: newRecent[string](rememberIDs),
		tails:    newTails(rememberIDs),
		sleep:    sleep,
		jitter:   randomJitter,
	}
	b.api, err = tg.New(cfg.Token.Reveal(),
		tg.WithSkipGetMe(),
		tg.WithNotAsyncHandlers(),
		tg.WithServerURL(cfg.URL),
		tg.WithHTTPClient(cfg.PollTimeout, b.wire),
		tg.WithMiddlewares(b.rescue),
		tg.WithDefaultHandler(b.handle),
		tg.WithDebugHandler(func(string, ...any) {}),
		tg.WithErrorsHandler(func(err error) {
			b.log.Warn().Str("err", describe("library", err, b.wire.token).Error()).Msg("telegram library")
		}),
	)
	if err != nil {
		end()
		return nil, errors.New("bot: the library refuses the configuration")
	}
	return b, nil
}

func (c Config) filled() (Config, error) {
	if !tokenShape.MatchString(c.Token.Reveal()) {
		return c, errors.New("the token is empty or has signs in it that no bot token has")
	}
	if c.URL == "" {
		c.URL = defaultURL
	}
	c.URL = strings.TrimRight(c.URL, "/")
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" ||
		(u.Scheme != "https" && u.Scheme != "http") {
		return c, errors.New("the Bot API's URL must be http(s)://host without user or query")
	}
	if c.Webhook.URL != "" {
		if err := CheckWebhook(c.Webhook.URL); err != nil {
			return c, fmt.Errorf("the webhook's URL %w", err)
		}
	}
	if c.PollTimeout <= 0 || c.PollTimeout > longestPoll {
		c.PollTimeout = longestPoll
	}
	if c.Drain <= 0 {
		c.Drain = defaultDrain
	}
	if c.Workers <= 0 {
		c.Workers = defaultWorkers
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = func() string { return strings.ToLower(rand.Text()[:8]) }
	}
	if _, err := botCommands(c.Catalogue, c.Commands); err != nil {
		return c, err
	}
	return c, nil
}

// Run replays what an earlier run left in the inbox, then receives until ctx is done, by asking or through
// Hook, and returns nil after running handlers have finished; what is still queued then stays in the inbox. It returns
// ErrToken when Telegram refuses the token, and an error when the inbox cannot be read at the start;
// an unreachable Telegram is waited for. A Bot runs once.
func (b *Bot) Run(ctx context.Context, h Handler) error {
	if !b.started.CompareAndSwap(false, true) {
		return errors.New("bot: Run was called before")
	}
	b.handler = h
	defer b.stop()                         //nolint:contextcheck // what was handled at the last moment is written down although ctx is done
	ctx, cancel := context.WithCancel(ctx) // ends the errands of the start with the loop
	defer cancel()
	if err := b.resume(ctx); err != nil {
		return fmt.Errorf("bot: %w", err)
	}
	if len(b.cfg.Commands) > 0 {
		b.errands.run(func() { b.announce(ctx) })
	}
	if b.cfg.Webhook.URL != "" {
		return b.listen(ctx)
	}
	return b.receive(ctx)
}

// stop lets running handlers and errands finish, for as long as Drain allows.
func (b *Bot) stop() {
	limit := time.AfterFunc(b.cfg.Drain, b.end)
	defer limit.Stop()
	overdue := time.NewTimer(b.cfg.Drain + grace)
	defer overdue.Stop()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		b.boxes.stop()
		b.errands.stop()
	}()
	select {
	case <-finished:
	case <-overdue.C:
		b.log.Error().Msg("a handler ignores the stop: leaving it behind")
	}
	b.sweep()
	b.acquit()
	b.end()
	b.wire.close()
}

// Do runs work in the chat's mailbox, in order with its updates. False means that the bot is stopping
// and work was not taken. Work that was taken is called exactly once; if the bot stops before its turn
// comes, its context is already done.
func (b *Bot) Do(chat flow.ChatID, work func(ctx context.Context)) bool {
	return b.boxes.post(chat, job{always: true, run: func(ctx context.Context) {
		defer b.catch(nil, chat)
		work(ctx)
	}})
}

// Skipped counts the updates that were passed over: they could not be decoded, or ended the program time and again.
func (b *Bot) Skipped() int64 { return b.skipped.Load() }

// sleep waits for d or until ctx is done.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

const (
	firstPause   = 500 * time.Millisecond
	longestPause = 12 * time.Second
)

// pause is how long to wait after so many failures in a row (from 1): doubling to 12 s, a quarter
// more or less as jitter (0 to 1) says.
func pause(failures int, jitter float64) time.Duration {
	base := firstPause.Seconds() * math.Pow(2, float64(min(failures, 10)-1))
	base = min(base, longestPause.Seconds())
	return time.Duration(base * (0.75 + jitter/2) * float64(time.Second))
}
