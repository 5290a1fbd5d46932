package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/urfave/cli/v3"

	"phonechatbot/internal/secret"
)

// parse runs the command line as far as the settings.
func parse(t *testing.T, args ...string) (settings, error) {
	t.Helper()
	var got settings
	var failed error
	root := command(io.Discard, io.Discard)
	for _, c := range root.Commands {
		if c.Name == "run" {
			c.Action = func(_ context.Context, c *cli.Command) error {
				got, failed = settingsFrom(c)
				return nil
			}
		}
	}
	if err := root.Run(t.Context(), append([]string{"phonechatbot", "run"}, args...)); err != nil {
		return settings{}, err
	}
	return got, failed
}

func TestFlagBeforeEnvironmentBeforeDefault(t *testing.T) {
	t.Setenv("TELEGRAM_BOT_TOKEN", "1:env")
	t.Setenv("PHONECHATBOT_DATA", "/env/data")
	t.Setenv("PHONECHATBOT_POLL_MIN", "40s")
	t.Setenv("ADULTWORK_TIME_ZONE", "") // empty counts as not set
	t.Setenv("PHONECHATBOT_LOG_LEVEL", "")
	got, err := parse(t, "--poll-min", "50s")
	if err != nil {
		t.Fatal(err)
	}
	want := settings{
		telegramURL: "https://api.telegram.org", apiURL: "https://api-sandbox.adultwork.com",
		loginURL: "https://platform.adultwork.com", data: "/env/data", keyFile: "/env/data/key", http: "127.0.0.1:8080",
		pollMin: 50 * time.Second, pollMax: 15 * time.Minute, logLevel: "info",
	}
	if got.telegramToken.Reveal() != "1:env" || got.zone.String() != "Europe/London" {
		t.Errorf("token or zone: %v", got.zone)
	}
	for name, pair := range map[string][2]any{
		"telegram url": {got.telegramURL, want.telegramURL}, "api url": {got.apiURL, want.apiURL},
		"login url": {got.loginURL, want.loginURL}, "data": {got.data, want.data}, "key file": {got.keyFile, want.keyFile},
		"http": {got.http, want.http}, "poll min": {got.pollMin, want.pollMin}, "poll max": {got.pollMax, want.pollMax},
		"log level": {got.logLevel, want.logLevel}, "key given": {got.keyGiven, want.keyGiven},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %v, want %v", name, pair[0], pair[1])
		}
	}
}

func TestAnErrorNamesTheVariable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("1:file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no token":         {nil, "TELEGRAM_BOT_TOKEN"},
		"two tokens":       {[]string{"--telegram-token", "1:a", "--telegram-token-file", file}, "one, not both"},
		"no such file":     {[]string{"--telegram-token-file", file + "x"}, "TELEGRAM_BOT_TOKEN_FILE"},
		"no such zone":     {[]string{"--telegram-token", "1:a", "--api-time-zone", "Mars"}, "ADULTWORK_TIME_ZONE"},
		"bad url":          {[]string{"--telegram-token", "1:a", "--api-url", "ftp://x"}, "ADULTWORK_API_URL"},
		"bad telegram url": {[]string{"--telegram-token", "1:a", "--telegram-url", "nonsense"}, "TELEGRAM_API_URL"},
		"bad login url":    {[]string{"--telegram-token", "1:a", "--login-url", "nonsense"}, "ADULTWORK_LOGIN_URL"},
		"no data":          {[]string{"--telegram-token", "1:a", "--data", ""}, "PHONECHATBOT_DATA"},
		"bad http":         {[]string{"--telegram-token", "1:a", "--http", "8080"}, "PHONECHATBOT_HTTP"},
		"no zone":          {[]string{"--telegram-token", "1:a", "--api-time-zone", "Local"}, "ADULTWORK_TIME_ZONE"},
		"a user in a url":  {[]string{"--telegram-token", "1:a", "--telegram-url", "https://a:b@c"}, "TELEGRAM_API_URL"},
		"no duration":      {[]string{"--telegram-token", "1:a", "--poll-min", "often"}, "PHONECHATBOT_POLL_MIN"},
		"metrics, a port":  {[]string{"--telegram-token", "1:a", "--metrics", "9090"}, `PHONECHATBOT_METRICS (--metrics): must be host:port, not "9090"`},
		"metrics, a url":   {[]string{"--telegram-token", "1:a", "--metrics", "http://127.0.0.1:9090/metrics"}, "PHONECHATBOT_METRICS (--metrics): must be host:port"},
		"plain webhook":    {[]string{"--telegram-token", "1:a", "--webhook-url", "http://bot.example"}, "PHONECHATBOT_WEBHOOK_URL (--webhook-url): must be https"},
		"webhook's port":   {[]string{"--telegram-token", "1:a", "--webhook-url", "https://bot.example:8080"}, "443, 80, 88 or 8443"},
		"kept, perhaps":    {[]string{"--telegram-token", "1:a", "--webhook-url", "https://bot.example", "--webhook-keep", "maybe"}, "PHONECHATBOT_WEBHOOK_KEEP"},
		"kept, but none":   {[]string{"--telegram-token", "1:a", "--webhook-keep", "true"}, "goes with PHONECHATBOT_WEBHOOK_URL"},
		"stray words":      {[]string{"--telegram-token", "1:a", "now"}, "no arguments"},
		"poll too often":   {[]string{"--telegram-token", "1:a", "--poll-min", "1ms"}, "PHONECHATBOT_POLL_MIN"},
		"no calls":         {[]string{"--telegram-token", "1:a", "--api-rate", "0"}, "ADULTWORK_API_RATE"},
		"max below min":    {[]string{"--telegram-token", "1:a", "--poll-max", "2s"}, "PHONECHATBOT_POLL_MAX"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(t, tc.args...)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want it to name %s", err, tc.want)
			}
		})
	}
	got, err := parse(t, "--telegram-token-file", file)
	if err != nil || got.telegramToken.Reveal() != "1:file" {
		t.Errorf("a token from a file: %v", err)
	}
	for _, tc := range []struct{ level, format, want string }{
		{"loud", "", "PHONECHATBOT_LOG_LEVEL"}, {"disabled", "", "PHONECHATBOT_LOG_LEVEL"}, {"info", "xml", "PHONECHATBOT_LOG_FORMAT"},
	} {
		if _, err := newLogger(io.Discard, tc.level, tc.format); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("got %v, want it to name %s", err, tc.want)
		}
	}
}

func TestMetricsAreOffUnlessTheyAreSet(t *testing.T) {
	for given, want := range map[string]string{"": "", "127.0.0.1:9090": "127.0.0.1:9090", ":9090": ":9090"} {
		got, err := parse(t, "--telegram-token", "1:a", "--metrics", given)
		if err != nil || got.metrics != want {
			t.Errorf("%q becomes %q, %v", given, got.metrics, err)
		}
	}
	t.Setenv("PHONECHATBOT_METRICS", "[::1]:9090")
	if got, err := parse(t, "--telegram-token", "1:a"); err != nil || got.metrics != "[::1]:9090" {
		t.Errorf("from the environment: %q, %v", got.metrics, err)
	}
}

func TestTheWebhooksPathIsOurs(t *testing.T) {
	for given, want := range map[string]string{
		"":                                      "",
		"https://bot.example":                   "https://bot.example/telegram/updates",
		"https://bot.example:8443/":             "https://bot.example:8443/telegram/updates",
		"https://bot.example/telegram/updates":  "https://bot.example/telegram/updates",
		"https://bot.example/telegram/updates/": "https://bot.example/telegram/updates",
		"https://bot.example/behind/a/proxy":    "https://bot.example/behind/a/proxy/telegram/updates",
	} {
		got, err := parse(t, "--telegram-token", "1:a", "--webhook-url", given)
		if err != nil || got.webhookURL != want || got.webhookKeep {
			t.Errorf("%q becomes %q, keep %v, %v", given, got.webhookURL, got.webhookKeep, err)
		}
	}
	got, err := parse(t, "--telegram-token", "1:a", "--webhook-url", "https://bot.example", "--webhook-keep", "true")
	if err != nil || !got.webhookKeep {
		t.Errorf("keep %v, %v", got.webhookKeep, err)
	}
}

// The README has a line for each setting, with its flag.
func TestTheReadmeNamesEverySetting(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range runFlags() {
		f, ok := flag.(*cli.StringFlag)
		if !ok {
			t.Fatalf("a flag of another kind: %v", flag.Names())
		}
		if line := "| " + f.GetEnvVars()[0] + " | --" + f.Name + " |"; !strings.Contains(string(readme), line) {
			t.Errorf("no line %q", line)
		}
	}
}

func TestHelpShowsEverySetting(t *testing.T) {
	for _, args := range [][]string{{"phonechatbot", "--help"}, {"phonechatbot", "run", "--help"}} {
		helpShowsEverySetting(t, args)
	}
}

func helpShowsEverySetting(t *testing.T, args []string) {
	t.Helper()
	var out bytes.Buffer
	if err := command(&out, &out).Run(t.Context(), args); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE", "TELEGRAM_API_URL", "ADULTWORK_API_URL", "ADULTWORK_LOGIN_URL",
		"ADULTWORK_TIME_ZONE", "ADULTWORK_API_RATE", "PHONECHATBOT_DATA", "PHONECHATBOT_KEY_FILE", "PHONECHATBOT_HTTP", "PHONECHATBOT_POLL_MIN",
		"PHONECHATBOT_POLL_MAX", "PHONECHATBOT_LOG_LEVEL", "PHONECHATBOT_LOG_FORMAT", "--telegram-token", "--key-file", "127.0.0.1:8080",
	} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("%v does not show %s", args, name)
		}
	}
}

func TestTheDataDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := settings{data: dir, keyFile: filepath.Join(dir, "key")}
	db, err := openStore(s)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(s.keyFile)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v %v", info.Mode(), err)
	}
	if _, err := openStore(s); err == nil || !strings.Contains(err.Error(), "another phonechatbot is using") {
		t.Errorf("a second instance got %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	other := filepath.Join(t.TempDir(), "other")
	if _, err := makeKey(other); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ keyFile, want string }{
		"another key": {other, "is not the key of"},
		"no key file": {other + "x", "no such file"},
	} {
		if _, err := openStore(settings{data: dir, keyFile: tc.keyFile, keyGiven: true}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := os.Remove(s.keyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := openStore(s); err == nil || !strings.Contains(err.Error(), "can't be opened without it") {
		t.Errorf("a lost key: got %v", err)
	}
	if _, err := os.Stat(s.keyFile); err == nil {
		t.Error("a new key was made beside a database that needs the old one")
	}
}

// Several programs that start in the same empty directory at the same time have one key: what was sealed with another
// could not be opened any more.
func TestFirstStartsAtTheSameTimeMakeOneKey(t *testing.T) {
	dir := t.TempDir()
	var tags [16][secret.TagSize]byte // the same for the same key
	var all sync.WaitGroup
	for i := range tags {
		all.Go(func() {
			key, err := makeKey(filepath.Join(dir, "key"))
			if err != nil {
				t.Error(err)
				return
			}
			ring, err := secret.NewKeyring(key)
			if err != nil {
				t.Error(err)
				return
			}
			tags[i] = ring.Tag("test", []byte("x"))
		})
	}
	all.Wait()
	if different := slices.Compact(tags[:]); len(different) != 1 {
		t.Error("there are several keys")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left in the directory: %v, %v", files, err)
	}
}

func TestVersionAndHealthcheck(t *testing.T) {
	var out bytes.Buffer
	if err := command(&out, &out).Run(t.Context(), []string{"phonechatbot", "version"}); err != nil || !strings.HasPrefix(out.String(), "phonechatbot ") {
		t.Errorf("version: %q %v", out.String(), err)
	}
	if err := command(&out, &out).Run(t.Context(), []string{"phonechatbot", "healthcheck", "--http", freeAddress(t)}); err == nil {
		t.Error("healthcheck is content with a bot that is not there")
	}
}

func TestTheDemoIsForThisMachineOnly(t *testing.T) {
	err := demo(t.Context(), demoSettings{listen: "0.0.0.0:0", logLevel: zerolog.LevelErrorValue}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "for this machine only") {
		t.Errorf("got %v", err)
	}
}

// Another site in the same browser must not reach the demo, by its own name or by ours.
func TestTheDemoPageAnswersItselfOnly(t *testing.T) {
	sims, err := newSimulators(t.Context(), "http://127.0.0.1:1/open")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		sims.telegram.Close()
		if err := errors.Join(sims.telegramListener.Close(), sims.platformListener.Close(), sims.botListener.Close()); err != nil {
			t.Error(err)
		}
	}()
	handler := sims.page("127.0.0.1:8090")
	for name, tc := range map[string]struct {
		host, origin string
		want         int
	}{
		"its own address":   {"127.0.0.1:8090", "", http.StatusOK},
		"localhost":         {"localhost:8090", "", http.StatusOK},
		"a rebound name":    {"evil.example:8090", "", http.StatusMisdirectedRequest},
		"a foreign page":    {"127.0.0.1:8090", "http://evil.example", http.StatusForbidden},
		"its own page acts": {"127.0.0.1:8090", "http://127.0.0.1:8090", http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, body := http.MethodGet, "/panel/state", ""
			if tc.origin != "" {
				method, path, body = http.MethodPost, "/panel/act", `{"Action":"advance","Minutes":1}`
			}
			r := httptest.NewRequest(method, "http://"+tc.host+path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			if tc.origin != "" {
				r.Header.Set("Origin", tc.origin)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != tc.want && (tc.want != http.StatusOK || w.Code >= 300) {
				t.Errorf("answered %d %s", w.Code, w.Body)
			}
		})
	}
}
