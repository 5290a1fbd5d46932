package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"phonechatbot/apiclient"
	"phonechatbot/bot"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/login"
	"phonechatbot/outbox"
	"phonechatbot/poller"
	"phonechatbot/store"
)

// run opens the rooms, runs them until ctx ends, and closes them in reverse order. What was received and
// not handled by then is on disk and comes first at the next start.
func run(ctx context.Context, s settings, log zerolog.Logger) (err error) {
	if s.now == nil {
		s.now = time.Now
	}
	warn(s, log)
	db, err := openStore(s) //nolint:contextcheck // its goroutines have an owner that stops them: Close, or the end of Run
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	api, err := newAPI(s, log) //nolint:contextcheck // it starts nothing: the breaker has a clock of its own
	if err != nil {
		return err
	}
	defer api.Close()
	host, err := loginHost(s)
	if err != nil {
		return err
	}
	if host != nil {
		defer host.Close()
	}

	listener, err := publicListener(ctx, s)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the server closed it already, unless it never started

	rooms, err := wire(s, db, api, host, log) //nolint:contextcheck // its goroutines have an owner that stops them: Close, or the end of Run
	if err != nil {
		return err
	}
	defer rooms.login.Close() //nolint:contextcheck // a renewal that is under way is written down first, also after the stop
	var looking sync.WaitGroup
	defer looking.Wait()
	if host == nil {
		looking.Go(func() { warnOfSignIns(ctx, db, log) }) // nobody waits for it: every account is opened
	}
	sayUp(s, listener.Addr(), log)
	metrics, err := metricsListener(ctx, s, log)
	if err != nil {
		return err
	}
	if metrics != nil {
		defer metrics.Close() //nolint:errcheck // the server closed it already, unless it never started
	}
	err = rooms.run(ctx, listener, metrics)
	log.Info().Msg("phonechatbot has stopped")
	return err
}

// newAPI is the door to the platform.
func newAPI(s settings, log zerolog.Logger) (*apiclient.Client, error) {
	api, err := apiclient.New(apiclient.Config{
		BaseURL: s.apiURL, Location: s.zone, Rate: s.apiRate, Burst: s.apiBurst, UserAgent: userAgent(), Key: s.apiKey, KeySecret: s.apiSecret,
		Transport: s.transport, OffClock: offClock(log, s.zone), BreakFor: s.apiRest,
	})
	if err != nil {
		return nil, fmt.Errorf("ADULTWORK_API_URL (--api-url): %w", err)
	}
	return api, nil
}

// warnOfSignIns tells the operator of accounts that can't go on without the settings for signing in on the site.
func warnOfSignIns(ctx context.Context, db *store.Store, log zerolog.Logger) {
	if signedIn(ctx, db) {
		log.Warn().Msg("there are accounts that signed in on the site, and without its settings their sign-ins can't be renewed: they will end within minutes")
	}
}

// sayUp tells the operator what is running.
func sayUp(s settings, address net.Addr, log zerolog.Logger) {
	linking := "signing in on the site, or pasting an access token"
	if !s.signsIn() {
		linking = "pasting an access token only: the settings for signing in on the site are not given"
	}
	log.Info().Str("version", versionText()).Str("http", address.String()).Str("api", s.apiURL).
		Str("zone", s.zone.String()).Str("linking", linking).Msg("phonechatbot is up")
}

// publicListener is where the platform's login and Telegram find the bot.
func publicListener(ctx context.Context, s settings) (net.Listener, error) {
	if s.listener != nil {
		return s.listener, nil
	}
	return listen(ctx, httpSetting, s.http)
}

// metricsListener is where metrics are served; nil where they are not.
func metricsListener(ctx context.Context, s settings, log zerolog.Logger) (net.Listener, error) {
	if s.metrics == "" {
		return nil, nil //nolint:nilnil // not set up is no error
	}
	listener, err := listen(ctx, metricsSetting, s.metrics)
	if err != nil {
		return nil, err
	}
	log.Info().Str("metrics", listener.Addr().String()).Msg("metrics are served")
	return listener, nil
}

func listen(ctx context.Context, setting, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return listener, nil
}

func userAgent() string { return "phonechatbot/" + versionText() }

// callbackPath is where the platform's login sends browsers back to, under PHONECHATBOT_PUBLIC_URL.
const callbackPath = "/login/callback"

// webhookPath is where Telegram brings updates to, under PHONECHATBOT_WEBHOOK_URL.
const webhookPath = "/telegram/updates"

// loginHost is the platform's login, or nil where signing in there is not set up.
func loginHost(s settings) (*apiclient.Login, error) {
	if !s.signsIn() {
		return nil, nil //nolint:nilnil // not set up is no error
	}
	host, err := apiclient.NewLogin(apiclient.LoginConfig{
		URL: s.loginURL, ClientID: s.clientID, ClientSecret: s.clientSecret, RedirectURL: s.publicURL + callbackPath,
		Scopes: s.scopes, UserAgent: userAgent(), Now: s.now,
	})
	if err != nil {
		return nil, fmt.Errorf("ADULTWORK_LOGIN_URL (--login-url): %w", err)
	}
	return host, nil
}

// offClock tells the operator that the platform's clock is not in the zone that was set.
func offClock(log zerolog.Logger, zone *time.Location) func(time.Duration) {
	return func(off time.Duration) {
		if off == 0 {
			log.Info().Str("zone", zone.String()).Msg("the API's times are in the expected zone again")
			return
		}
		log.Error().Dur("off", off).Str("zone", zone.String()).
			Msg("the API's times are not in the zone of ADULTWORK_TIME_ZONE: calls would be booked at the wrong time")
	}
}

// warn says what is allowed and not wise.
func warn(s settings, log zerolog.Logger) {
	if u, err := url.Parse(s.telegramURL); err == nil && u.Scheme == "http" && !isLoopback(u.Hostname()) {
		log.Warn().Msg("TELEGRAM_API_URL is plain http: the bot's token and everything people write travel unencrypted")
	}
	if info, err := os.Stat(s.keyFile); err == nil && info.Mode().Perm()&0o077 != 0 {
		log.Warn().Str("mode", info.Mode().Perm().String()).Msg("the key file can be read by others: chmod 600 is meant for it")
	}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// house is the rooms, wired.
type house struct {
	bot    *bot.Bot
	desk   *conversations.Desk
	login  *login.Login
	poller *poller.Poller
	outbox *outbox.Outbox
	old    *store.Sweeper // of bookings that are long over
	log    zerolog.Logger
	now    func() time.Time

	handled func(flow.Event) // nil: nobody asks
}

func wire(s settings, db *store.Store, api *apiclient.Client, host *apiclient.Login, log zerolog.Logger) (*house, error) {
	h := &house{old: db.Sweeper(), log: log, now: s.now}
	telegram, err := bot.New(bot.Config{
		Token: s.telegramToken, URL: s.telegramURL, Commands: menu(conversations.Commands(false, false)), NewID: newID,
		Transport: s.transport, Unpaced: s.unpaced, Busy: conversations.OneMoment(), Webhook: bot.Webhook{URL: s.webhookURL, Keep: s.webhookKeep},
	}, newInbox(db, log), log.With().Str("room", "bot").Logger())
	if err != nil {
		return nil, fmt.Errorf("TELEGRAM_BOT_TOKEN (--telegram-token): %w", err)
	}
	told := &alerts{bot: telegram, db: db, now: s.now}
	out, err := outbox.New(outbox.Config{
		Store: db, Sender: told, Sort: verdict, Zone: s.zone, Now: s.now, Log: log.With().Str("room", "outbox").Logger(),
	})
	if err != nil {
		return nil, err
	}
	if h.login, err = newLogin(s, db, host, h.tellSignIn, telegram, log); err != nil {
		return nil, err
	}
	watch, err := poller.New(poller.Config{
		Store: db, API: api, Tokens: h.login.Tokens, Min: s.pollMin, Max: s.pollMax, Rate: float64(s.apiRate), Now: s.now, NewID: newUUID,
		Queued: out.Wake, Changed: h.changed, Log: log.With().Str("room", "poller").Logger(),
	})
	if err != nil {
		return nil, err
	}
	desk, err := conversations.New(conversations.Config{
		Store: db, API: api, Chat: messenger{telegram, log}, Zone: s.zone, Bot: botID(s.telegramToken), Now: s.now, NewID: newID,
		NewUUID: func() [16]byte { return newUUID() }, Acted: watch.Wake, Queued: out.Wake,
		Tokens: h.login.Tokens, SignIns: signInsOf(h.login, host),
	})
	if err != nil {
		return nil, fmt.Errorf("conversations: %w", err)
	}
	told.desk = desk
	h.bot, h.desk, h.poller, h.outbox, h.handled = telegram, desk, watch, out, s.handled
	return h, nil
}

// run runs every room until ctx ends or one of them fails. The rooms that talk stop before the store.
func (h *house) run(ctx context.Context, listener, metrics net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return h.serve(ctx, listener) })
	if metrics != nil {
		group.Go(func() error { return serve(ctx, metrics, limited(h.metricsHandler())) })
	}
	group.Go(func() error { return h.outbox.Run(ctx) })
	group.Go(func() error { return h.poller.Run(ctx) })
	group.Go(func() error { return h.login.Run(ctx) })
	group.Go(func() error { return h.takeUp(ctx) })
	group.Go(func() error { return h.bot.Run(ctx, heard{h.desk, h.handled}) })
	err := group.Wait()
	h.flush(context.WithoutCancel(ctx))
	return err
}

// owedTick is how often chats in which something is owed are looked for, and flushTicks how many of them pass
// until what was shown in chats that stand still is written down.
const (
	owedTick   = time.Second
	flushTicks = 5
)

// flush has the desk write down what it showed. Where it can't, some cards are shown twice after a restart.
func (h *house) flush(ctx context.Context) {
	if err := h.desk.Flush(ctx); err != nil && ctx.Err() == nil {
		h.log.Error().Err(err).Msg("could not note what was shown")
	}
}

// forget takes a step in forgetting bookings that are long over.
func (h *house) forget(ctx context.Context) {
	n, err := h.old.Step(ctx, h.now())
	switch {
	case err != nil && ctx.Err() == nil:
		h.log.Error().Err(err).Msg("bookings that are long over could not be forgotten: trying again in an hour")
	case n > 0:
		h.log.Info().Int("bookings", n).Msg("bookings that are long over were forgotten")
	}
}

// takeUp hands the desk what a restart or a time-out left open, each in its chat's own order, and keeps house meanwhile.
func (h *house) takeUp(ctx context.Context) error {
	chats, err := h.desk.Interrupted(ctx)
	if err != nil && ctx.Err() == nil {
		h.log.Error().Err(err).Msg("some chats cannot be read and are left as they are")
	}
	ticker := time.NewTicker(owedTick)
	defer ticker.Stop()
	for ticks := 0; ; {
		for _, chat := range chats {
			h.bot.Do(chat, func(ctx context.Context) { //nolint:contextcheck // work in a mailbox outlives the stop signal
				event := flow.Event{Kind: flow.EventResume, Chat: chat, User: int64(chat), Private: true, At: h.now()}
				if err := h.desk.Handle(ctx, event); err != nil {
					h.log.Error().Err(err).Int64("chat_id", int64(chat)).Msg("taking up a form failed")
				}
			})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			chats = h.desk.Unsettled()
		}
		if ticks++; ticks%flushTicks == 0 {
			h.flush(ctx)
		}
		h.forget(ctx)
	}
}

// tellSignIn has a chat hear what became of its sign-in in the browser, in the chat's own order.
func (h *house) tellSignIn(chat flow.ChatID) {
	h.bot.Do(chat, func(ctx context.Context) {
		event := flow.Event{Kind: flow.EventSignIn, Chat: chat, User: int64(chat), Private: true, At: h.now()}
		if err := h.desk.Handle(ctx, event); err != nil {
			h.log.Error().Err(err).Int64("chat_id", int64(chat)).Msg("telling of a sign-in failed")
		}
	})
}

// changed has a chat's open card of a booking drawn anew, in the chat's own order.
func (h *house) changed(chat flow.ChatID, _ store.AccountID, side string, booking int64) {
	if !h.desk.Shows(chat, side, booking) {
		return
	}
	h.bot.Do(chat, func(ctx context.Context) {
		if err := h.desk.Handle(ctx, conversations.Changed(chat, side, booking)); err != nil && ctx.Err() == nil {
			h.log.Warn().Err(err).Int64("chat_id", int64(chat)).Msg("an open card could not be drawn anew")
		}
	})
}

func (h *house) serve(ctx context.Context, listener net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.Handle(callbackPath, h.login.Handler())
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := h.bot.Ready(); err != nil {
			answer(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		answer(w, http.StatusOK, "ready")
	})
	mux.Handle(webhookPath, h.bot.Hook())
	return serve(ctx, listener, limited(mux))
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // if it fails, the asker has gone
}

const (
	headerTimeout = 5 * time.Second
	closeTimeout  = 2 * time.Second
	// For what anybody on the network can send us. Redeeming a code fits into the second twice.
	bodyTimeout   = 10 * time.Second
	answerTimeout = time.Minute
)

// limited is a server for anybody on the network.
func limited(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, WriteTimeout: answerTimeout}
}

// serve answers HTTP until ctx ends, and waits for the answers under way: their connections are cut after a
// while, what they do is not.
func serve(ctx context.Context, listener net.Listener, server *http.Server) error {
	var running sync.WaitGroup
	defer running.Wait()
	server.Handler = counted(&running, server.Handler)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		if server.Shutdown(closing) != nil {
			_ = server.Close() // it was asked politely before
		}
	}()
	err := server.Serve(listener)
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve http: %w", err)
	}
	<-stopped
	return nil
}

func counted(running *sync.WaitGroup, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		next.ServeHTTP(w, r)
	})
}

// botID is the number before the colon of a bot's token (Bot API: authorizing your bot).
func botID(token secret.String) int64 {
	digits, _, _ := strings.Cut(token.Reveal(), ":")
	id, _ := strconv.ParseInt(digits, 10, 64) // a token without one is refused by Telegram
	return id
}

// newID is twelve random letters and digits.
func newID() string { return strings.ToLower(rand.Text()[:12]) }

// newUUID is time-ordered (version 7): good for queue keys.
func newUUID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
