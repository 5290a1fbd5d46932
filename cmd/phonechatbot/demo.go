package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/rs/zerolog"
	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// demoSettings is the little that the demo can be told.
type demoSettings struct {
	listen    string
	logLevel  string
	logFormat string
}

func demoFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8090", Usage: "loopback address of the chat page; another free port is taken if it is busy"},
	}, logFlags()...)
}

const (
	demoToken   = "100200300:demo-token-of-the-local-simulator"
	demoUser    = 5550001
	demoRate    = 50 // the local platform asks for no restraint
	demoRest    = 2 * time.Second
	demoPollMin = time.Second
	demoPollMax = 2 * time.Second

	demoClient = "demo-phonechatbot"
	demoSecret = "demo-client-secret" //nolint:gosec // opens nothing but the local platform
)

// demo is run, pointed over HTTP at a local Telegram and a local platform, with a page to chat on.
func demo(ctx context.Context, d demoSettings, stdout, stderr io.Writer) (err error) {
	log, err := newLogger(stderr, d.logLevel, d.logFormat)
	if err != nil {
		return err
	}
	data, err := os.MkdirTemp("", "phonechatbot-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	page, err := listenLoopback(ctx, d.listen)
	if err != nil {
		return err
	}
	sims, err := newSimulators(ctx, "http://"+page.Addr().String()+"/open")
	if err != nil {
		return err
	}
	defer sims.telegram.Close()

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serve(ctx, page, patient(sims.page(page.Addr().String()))) })
	sims.start(ctx, group, sims.settings(data), log)
	if _, err := fmt.Fprintf(stdout, demoText, page.Addr()); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return group.Wait()
}

const demoText = `
  The demo is up. Open  http://%s/  in a browser.

  1. Send /start, press "Sign in on the site" and follow the link: the page names a member
     and a password. Or press "Paste an access token", and paste the token of NightOwl77 from
     the panel beside the chat.
  2. Send /book and follow the form; member 771204 (VelvetVoice) is a good choice.
  3. In the panel press Accept: the alert arrives in the chat.
  4. Unlink in /account and paste the token of VelvetVoice: press "Plant a request" in the
     panel and answer from the alert. The token of NorthDesk is a group manager's: /actas.

  Everything runs on this machine; nothing is sent anywhere. Ctrl+C ends it.

`

// simulators is the toy world: a Telegram, a platform, and the sockets they are reached at.
type simulators struct {
	telegram         *tgsim.Server
	platform         *apisim.Platform
	clock            *apisim.Clock
	telegramListener net.Listener
	platformListener net.Listener
	botListener      net.Listener
	chatURL          string
}

func newSimulators(ctx context.Context, chatURL string) (*simulators, error) {
	telegramListener, err := listenLoopback(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	platformListener, err := listenLoopback(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	botListener, err := listenLoopback(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	clock := apisim.NewClock(nil)
	telegram := tgsim.New(tgsim.Config{Token: demoToken, Now: clock.Now})
	telegram.AddUser(tgsim.User{ID: demoUser, FirstName: "You"})
	return &simulators{
		telegram: telegram, clock: clock, telegramListener: telegramListener, platformListener: platformListener,
		botListener: botListener, chatURL: chatURL,
		platform: apisim.New(apisim.Config{Clock: clock, Members: apisim.SeedMembers(), Projects: []apisim.Project{{
			ClientID: demoClient, ClientSecret: demoSecret, Name: "Phone-chat bookings",
			RedirectURLs: []string{"http://" + botListener.Addr().String() + callbackPath},
		}}}),
	}, nil
}

// start runs the toy world, and the bot in it, until ctx ends.
func (s *simulators) start(ctx context.Context, group *errgroup.Group, bot settings, log zerolog.Logger) {
	group.Go(func() error { return serve(ctx, s.telegramListener, patient(s.telegram.Handler())) })
	group.Go(func() error { return serve(ctx, s.platformListener, patient(s.platform.Handler())) })
	group.Go(func() error { return run(ctx, bot, log) })
	group.Go(func() error {
		// Long polls and requests that hang by a fault would hold the stop back.
		<-ctx.Done()
		s.telegram.Close()
		s.platform.ClearFaults()
		return nil
	})
}

// settings points run at the simulators. The bot shares the platform's clock, so that moving the time on
// moves it for both.
func (s *simulators) settings(data string) settings {
	return settings{
		telegramToken: secret.New(demoToken), telegramURL: "http://" + s.telegramListener.Addr().String(),
		apiURL: "http://" + s.platformListener.Addr().String(), zone: s.platform.Location(),
		loginURL: "http://" + s.platformListener.Addr().String(), clientID: demoClient, clientSecret: secret.New(demoSecret), scopes: apiclient.Scopes(),
		publicURL: "http://" + s.botListener.Addr().String(), listener: s.botListener, chatURL: s.chatURL,
		apiKey: secret.New(apisim.DemoAPIKey),
		data:   data, keyFile: data + "/key", pollMin: demoPollMin, pollMax: demoPollMax,
		now: s.clock.Now, apiRate: demoRate, apiRest: demoRest, unpaced: true,
	}
}

// page is the chat with the panel beside it. It answers under its own address only, and to its own pages:
// another site in the same browser can neither read the tokens nor press anything.
func (s *simulators) page(address string) http.Handler {
	const panel = "/panel"
	mux := http.NewServeMux()
	mux.Handle(panel+"/", s.platform.PanelHandler(panel))
	mux.Handle("/", s.telegram.WebHandler(tgsim.WebConfig{UserID: demoUser, Title: "Phone-chat bookings", PanelURL: panel + "/"}))
	_, port, _ := net.SplitHostPort(address)
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != address && r.Host != net.JoinHostPort("localhost", port) {
			http.Error(w, "this page is at http://"+address+"/", http.StatusMisdirectedRequest)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// patient is a server for long polls: it sets no limit to an answer.
func patient(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
}

// listenLoopback refuses addresses that others could reach: the demo hands out tokens.
func listenLoopback(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen: must be host:port, not %q", address)
	}
	if !isLoopback(host) {
		return nil, fmt.Errorf("--listen: the demo is for this machine only: use 127.0.0.1, not %q", host)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		if listener, err = config.Listen(ctx, "tcp", net.JoinHostPort(host, "0")); err != nil {
			return nil, fmt.Errorf("--listen: %w", err)
		}
	}
	return listener, nil
}
