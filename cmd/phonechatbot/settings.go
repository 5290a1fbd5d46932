package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/urfave/cli/v3"
	"golang.org/x/time/rate"

	"phonechatbot/apiclient"
	"phonechatbot/bot"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// settings is the checked configuration of run.
type settings struct {
	telegramToken secret.String
	telegramURL   string
	apiURL        string
	loginURL      string
	clientID      string // of the project at the login; with it go clientSecret and publicURL
	clientSecret  secret.String
	scopes        []apiclient.Scope
	publicURL     string // where browsers reach this program
	apiKey        secret.String
	apiSecret     secret.String
	zone          *time.Location
	data          string
	keyFile       string
	keyGiven      bool // the key file was named: it is not made
	http          string
	metrics       string // where Prometheus reads them; empty: nowhere
	webhookURL    string // where Telegram brings updates to; empty: they are asked for
	webhookKeep   bool   // it stays registered after the stop
	pollMin       time.Duration
	pollMax       time.Duration
	logLevel      string
	logFormat     string

	apiRate  rate.Limit    // calls a second, over all accounts
	apiBurst int           // calls at once after a pause
	apiRest  time.Duration // how long the API is left alone after failures in a row

	listener net.Listener     // where HTTP is served; nil: at http
	chatURL  string           // of the bot's chat; empty: t.me and the bot's name
	now      func() time.Time // time.Now if nil; the demo shares the platform's clock
	handled  func(flow.Event) // hears of each event that the desk is done with; nil: nobody does

	transport http.RoundTripper // of the clients of Telegram and of the REST API; nil: each has its own
	disk      []store.Option    // of the database
	unpaced   bool              // Telegram has no limits: the local one
}

const (
	defaultHTTP = "127.0.0.1:8080"
	fastestRate = 1000 // calls a second
	longestRest = 10 * time.Minute
)

func stringFlag(name, env, value, usage string) *cli.StringFlag {
	return &cli.StringFlag{Name: name, Sources: cli.NewValueSourceChain(environment{env}), Value: value, Usage: usage}
}

// environment reads a variable; an empty one counts as not set, as compose files leave them.
type environment struct{ name string }

func (e environment) Lookup() (string, bool) {
	value := os.Getenv(e.name)
	return value, value != ""
}

func (e environment) IsFromEnv() bool  { return true }
func (e environment) Key() string      { return e.name }
func (e environment) String() string   { return "environment variable " + e.name }
func (e environment) GoString() string { return e.String() }

func httpFlag() cli.Flag {
	return stringFlag("http", "PHONECHATBOT_HTTP", defaultHTTP, "address of /healthz and /readyz, of /login/callback and of the webhook")
}

func logFlags() []cli.Flag {
	return []cli.Flag{
		stringFlag("log-level", "PHONECHATBOT_LOG_LEVEL", "info", "debug, info, warn or error"),
		stringFlag("log-format", "PHONECHATBOT_LOG_FORMAT", "", "console or json (default: console on a terminal, else json)"),
	}
}

// runFlags are the configuration's names: flag before environment before default.
func runFlags() []cli.Flag {
	return append([]cli.Flag{
		stringFlag("telegram-token", "TELEGRAM_BOT_TOKEN", "", "the bot's token (required, here or as a file)"),
		stringFlag("telegram-token-file", "TELEGRAM_BOT_TOKEN_FILE", "", "a file that holds the bot's token"),
		stringFlag("telegram-url", "TELEGRAM_API_URL", "https://api.telegram.org", "the Bot API"),
		stringFlag("api-url", "ADULTWORK_API_URL", "https://api-sandbox.adultwork.com", "the platform's REST API"),
		stringFlag("login-url", "ADULTWORK_LOGIN_URL", "https://platform.adultwork.com", "the platform's login host"),
		stringFlag("client-id", "ADULTWORK_CLIENT_ID", "", "the project's client id at the platform's login; without it tokens are pasted"),
		stringFlag("client-secret", "ADULTWORK_CLIENT_SECRET", "", "the project's client secret (here or as a file)"),
		stringFlag("client-secret-file", "ADULTWORK_CLIENT_SECRET_FILE", "", "a file that holds the client secret"),
		stringFlag("scopes", "ADULTWORK_SCOPES", scopeWords(), "what members are asked to grant at the login"),
		stringFlag("public-url", "PHONECHATBOT_PUBLIC_URL", "", "https address under which browsers reach this program; the login comes back to /login/callback there"),
		stringFlag("api-key", "ADULTWORK_API_KEY", "", "the project's key for public data (here or as a file)"),
		stringFlag("api-key-file", "ADULTWORK_API_KEY_FILE", "", "a file that holds the project's key"),
		stringFlag("api-secret", "ADULTWORK_API_SECRET", "", "the secret beside the project's key, if the platform asks for one (here or as a file)"),
		stringFlag("api-secret-file", "ADULTWORK_API_SECRET_FILE", "", "a file that holds that secret"),
		stringFlag("api-rate", "ADULTWORK_API_RATE", "1", "calls a second to the REST API, over all accounts"),
		stringFlag("api-burst", "ADULTWORK_API_BURST", "5", "calls to the REST API at once after a pause"),
		stringFlag("api-rest", "ADULTWORK_API_REST", "15s", "how long the REST API is left alone after five failures in a row"),
		stringFlag("api-time-zone", "ADULTWORK_TIME_ZONE", "Europe/London", "the zone of the API's times"),
		stringFlag("data", "PHONECHATBOT_DATA", "./data", "directory of phonechatbot.db and, when no key file is named, of a generated key"),
		stringFlag("key-file", "PHONECHATBOT_KEY_FILE", "", "file with the key that seals the database (default: DATA/key)"),
		httpFlag(),
		stringFlag("webhook-url", "PHONECHATBOT_WEBHOOK_URL", "", "https address under which Telegram reaches this program, to bring updates to /telegram/updates there; without it they are asked for"),
		stringFlag("webhook-keep", "PHONECHATBOT_WEBHOOK_KEEP", "false", "true: the webhook stays registered after the stop"),
		stringFlag("metrics", "PHONECHATBOT_METRICS", "", "address of /metrics for Prometheus, such as 127.0.0.1:9090; without it there are none"),
		stringFlag("poll-min", "PHONECHATBOT_POLL_MIN", "30s", "shortest time between two looks at an account"),
		stringFlag("poll-max", "PHONECHATBOT_POLL_MAX", "15m", "longest time between two looks at an account"),
	}, logFlags()...)
}

// settingsFrom checks every setting; an error names the variable, and never the value of a secret.
func settingsFrom(c *cli.Command) (settings, error) {
	s := settings{
		telegramURL: c.String("telegram-url"), apiURL: c.String("api-url"), loginURL: c.String("login-url"),
		data: c.String("data"), keyFile: c.String("key-file"), http: c.String("http"), metrics: c.String("metrics"),
		logLevel: c.String("log-level"), logFormat: c.String("log-format"),
	}
	var errs []error
	if c.Args().Present() {
		errs = append(errs, fmt.Errorf("run takes no arguments besides flags, and was given %q", c.Args().First()))
	}
	token, err := botToken(c)
	errs = append(errs, err)
	s.telegramToken = token
	if zone := c.String("api-time-zone"); zone == "" || zone == "Local" {
		errs = append(errs, errors.New("ADULTWORK_TIME_ZONE (--api-time-zone): must name a zone, such as Europe/London"))
	} else if s.zone, err = time.LoadLocation(zone); err != nil {
		errs = append(errs, fmt.Errorf("ADULTWORK_TIME_ZONE (--api-time-zone): no such zone: %q", zone))
	}
	errs = append(errs,
		checkURL("TELEGRAM_API_URL (--telegram-url)", s.telegramURL),
		checkURL("ADULTWORK_API_URL (--api-url)", s.apiURL),
		checkURL("ADULTWORK_LOGIN_URL (--login-url)", s.loginURL),
	)
	if s.data == "" {
		errs = append(errs, errors.New("PHONECHATBOT_DATA (--data): must name a directory"))
	}
	errs = append(errs, checkAddress(httpSetting, s.http), checkMetrics(s.metrics), s.setPoll(c.String("poll-min"), c.String("poll-max")), s.setRate(c.String("api-rate"), c.String("api-burst"), c.String("api-rest")))
	errs = append(errs, s.setLogin(c), s.setProject(c), s.setWebhook(c.String("webhook-url"), c.String("webhook-keep")))
	s.keyGiven = s.keyFile != ""
	if !s.keyGiven {
		s.keyFile = filepath.Join(s.data, "key")
	}
	return s, errors.Join(errs...)
}

// The settings that are addresses, as errors name them.
const (
	httpSetting    = "PHONECHATBOT_HTTP (--http)"
	metricsSetting = "PHONECHATBOT_METRICS (--metrics)"
)

func checkAddress(setting, address string) error {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("%s: must be host:port, not %q", setting, address)
	}
	return nil
}

func checkMetrics(address string) error {
	if address == "" {
		return nil
	}
	return checkAddress(metricsSetting, address)
}

// setWebhook takes the address with or without the path, which is ours in any case.
func (s *settings) setWebhook(address, keep string) error {
	var err error
	if s.webhookKeep, err = strconv.ParseBool(keep); err != nil {
		return fmt.Errorf("PHONECHATBOT_WEBHOOK_KEEP (--webhook-keep): must be true or false, not %q", keep)
	}
	if address == "" {
		if s.webhookKeep {
			return errors.New("PHONECHATBOT_WEBHOOK_KEEP (--webhook-keep): goes with PHONECHATBOT_WEBHOOK_URL")
		}
		return nil
	}
	if err := bot.CheckWebhook(address); err != nil {
		return fmt.Errorf("PHONECHATBOT_WEBHOOK_URL (--webhook-url): %w", err)
	}
	s.webhookURL = strings.TrimRight(strings.TrimSuffix(strings.TrimRight(address, "/"), webhookPath), "/") + webhookPath
	return nil
}

func (s *settings) setPoll(shortest, longest string) error {
	var err error
	if s.pollMin, err = time.ParseDuration(shortest); err != nil || s.pollMin < time.Second {
		return fmt.Errorf("PHONECHATBOT_POLL_MIN (--poll-min): must be 1s or more, such as 30s, not %q", shortest)
	}
	if s.pollMax, err = time.ParseDuration(longest); err != nil || s.pollMax < s.pollMin {
		return fmt.Errorf("PHONECHATBOT_POLL_MAX (--poll-max): must be a time such as 15m, not below PHONECHATBOT_POLL_MIN (%s), not %q", s.pollMin, longest)
	}
	return nil
}

func (s *settings) setRate(text, burst, rest string) error {
	var err error
	if s.apiBurst, err = strconv.Atoi(burst); err != nil || s.apiBurst < 1 || s.apiBurst > fastestRate {
		return fmt.Errorf("ADULTWORK_API_BURST (--api-burst): must be a number from 1 to %d, not %q", fastestRate, burst)
	}
	if s.apiRest, err = time.ParseDuration(rest); err != nil || s.apiRest <= 0 || s.apiRest > longestRest {
		return fmt.Errorf("ADULTWORK_API_REST (--api-rest): must be a time above 0 and at most %s, such as 15s, not %q", longestRest, rest)
	}
	calls, err := strconv.ParseFloat(text, 64)
	if err != nil || !(calls > 0 && calls <= fastestRate) {
		return fmt.Errorf("ADULTWORK_API_RATE (--api-rate): must be above 0 and at most %d, not %q", fastestRate, text)
	}
	s.apiRate = rate.Limit(calls)
	return nil
}

// setLogin takes what signing in on the site needs: all of it, or nothing.
func (s *settings) setLogin(c *cli.Command) error {
	var err error
	if s.scopes, err = apiclient.ParseScopes(c.String("scopes")); err != nil {
		return fmt.Errorf("ADULTWORK_SCOPES (--scopes): %w", err)
	}
	if s.clientSecret, err = secretSetting(c, "client-secret", "ADULTWORK_CLIENT_SECRET"); err != nil {
		return err
	}
	s.clientID, s.publicURL = c.String("client-id"), strings.TrimRight(c.String("public-url"), "/")
	missing := map[string]bool{
		"ADULTWORK_CLIENT_ID (--client-id)":         s.clientID == "",
		"ADULTWORK_CLIENT_SECRET (--client-secret)": s.clientSecret.IsZero(),
		"PHONECHATBOT_PUBLIC_URL (--public-url)":    s.publicURL == "",
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		if missing[name] {
			names = append(names, name)
		}
	}
	switch len(names) {
	case len(missing):
		return nil
	case 0:
	default:
		return fmt.Errorf("%s: missing; signing in on the site needs all three, pasting tokens none of them", strings.Join(names, ", "))
	}
	if err := checkURL("PHONECHATBOT_PUBLIC_URL (--public-url)", s.publicURL); err != nil {
		return err
	}
	if u, err := url.Parse(s.publicURL); err != nil || u.Scheme != "https" && !isLoopback(u.Hostname()) {
		return errors.New("PHONECHATBOT_PUBLIC_URL (--public-url): must be https: what comes back from the login is a secret")
	}
	return nil
}

func scopeWords() string {
	var words []string
	for _, scope := range apiclient.Scopes() {
		words = append(words, string(scope))
	}
	return strings.Join(words, " ")
}

// signsIn reports whether signing in on the site is set up.
func (s settings) signsIn() bool { return s.clientID != "" }

func (s *settings) setProject(c *cli.Command) error {
	var keyErr, secretErr error
	s.apiKey, keyErr = secretSetting(c, "api-key", "ADULTWORK_API_KEY")
	s.apiSecret, secretErr = secretSetting(c, "api-secret", "ADULTWORK_API_SECRET")
	if err := errors.Join(keyErr, secretErr); err != nil {
		return err
	}
	if s.apiKey.IsZero() && !s.apiSecret.IsZero() {
		return errors.New("ADULTWORK_API_KEY (--api-key): missing beside ADULTWORK_API_SECRET")
	}
	return nil
}

// secretSetting reads a secret that is given as it is or as a file; zero if it is not given.
func secretSetting(c *cli.Command, flag, env string) (secret.String, error) {
	value, file := c.String(flag), c.String(flag+"-file")
	if value != "" && file != "" {
		return secret.String{}, fmt.Errorf("%s and %s_FILE: give one, not both", env, env)
	}
	if file != "" {
		data, err := os.ReadFile(file) //nolint:gosec // the operator names the file
		if err != nil {
			return secret.String{}, fmt.Errorf("%s_FILE (--%s-file): %w", env, flag, err)
		}
		if value = strings.TrimSpace(string(data)); value == "" {
			return secret.String{}, fmt.Errorf("%s_FILE (--%s-file): the file is empty", env, flag)
		}
	}
	if value = strings.TrimSpace(value); value == "" {
		return secret.String{}, nil
	}
	return secret.New(value), nil
}

func botToken(c *cli.Command) (secret.String, error) {
	token, err := secretSetting(c, "telegram-token", "TELEGRAM_BOT_TOKEN")
	if err == nil && token.IsZero() {
		err = errors.New("TELEGRAM_BOT_TOKEN (--telegram-token) is required: get a token from @BotFather, or try `phonechatbot demo`, which needs none")
	}
	return token, err
}

func checkURL(name, value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%s: must be an http or https address without a user, a query or a fragment", name)
	}
	return nil
}

// newLogger writes to stderr: for people on a terminal, as JSON elsewhere.
func newLogger(stderr io.Writer, level, format string) (zerolog.Logger, error) {
	parsed, err := zerolog.ParseLevel(level)
	if err != nil || !slices.Contains([]string{"debug", "info", "warn", "error"}, level) {
		return zerolog.Nop(), fmt.Errorf("PHONECHATBOT_LOG_LEVEL (--log-level): must be debug, info, warn or error, not %q", level)
	}
	file, isFile := stderr.(*os.File)
	terminal := isFile && isatty.IsTerminal(file.Fd())
	if format == "" {
		format = "json"
		if terminal {
			format = "console"
		}
	}
	switch format {
	case "json":
	case "console":
		stderr = zerolog.ConsoleWriter{Out: stderr, TimeFormat: time.TimeOnly, NoColor: !terminal}
	default:
		return zerolog.Nop(), fmt.Errorf("PHONECHATBOT_LOG_FORMAT (--log-format): must be console or json, not %q", format)
	}
	return zerolog.New(stderr).Level(parsed).With().Timestamp().Logger(), nil
}
