package main

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// web is a browser without scripts: it follows links and sends forms.
type web struct {
	*world
	client *http.Client
}

func (w *world) browser() web {
	return web{w, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// visit asks for a page, by POST if there is a form, and answers it and where it leads.
func (b web) visit(address string, form url.Values) (page, location string) {
	b.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	request, err := http.NewRequestWithContext(b.ctx, method, address, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text), response.Header.Get("Location")
}

var (
	hidden    = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)">`)
	leadsBack = regexp.MustCompile(`href="https://t\.me/[A-Za-z0-9_]+\?start=([A-Za-z0-9_-]+)"`)
)

func formOf(page string) url.Values {
	form := url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(field[1], strings.ReplaceAll(field[2], "&#43;", "+"))
	}
	return form
}

// signIn goes from the link in the chat to the start payload on the last page.
func (b web) signIn(card tgsim.Message, nickname string) (payload string) {
	b.t.Helper()
	link := ""
	for _, row := range card.Rows {
		for _, button := range row {
			if button.URL != "" {
				link = button.URL
			}
		}
	}
	page, _ := b.visit(link, nil)
	form := formOf(page)
	form.Set("nickname", nickname)
	form.Set("password", apisim.DemoPassword)
	form.Set("answer", "allow")
	at, err := url.Parse(link)
	if err != nil {
		b.t.Fatal(err)
	}
	at.RawQuery = ""
	_, back := b.visit(at.String(), form)
	if !strings.HasPrefix(back, b.address+callbackPath) {
		b.t.Fatalf("the login sends the browser to %q", back)
	}
	preview, _ := b.visit(back, nil) // what a preview bot sees, and what a browser posts on
	if got := b.platform.Calls(apisim.OpToken); got != b.tokens {
		b.t.Errorf("looking at the page redeemed something: %d calls", got-b.tokens)
	}
	last, _ := b.visit(b.address+callbackPath, formOf(preview))
	found := leadsBack.FindStringSubmatch(last)
	if found == nil {
		b.t.Fatalf("the last page leads nowhere:\n%s", last)
	}
	b.tokens = b.platform.Calls(apisim.OpToken)
	return found[1]
}

// From the link to the yes, with the program as a process; then a kill, a renewal, and the end of it.
func TestSigningInOnTheSite(t *testing.T) {
	w := newWorld(t, nil)
	w.env = append(w.env, w.login...)
	w.start()
	client := w.person(clientUser)
	client.say("/start")
	client.press(client.reads("Not linked yet"), "Sign in on the site")
	payload := w.browser().signIn(client.reads("Open the site's own login page"), "NightOwl77")
	client.reads("You are back from the site")
	w.restart()
	if lists := w.platform.Calls(apisim.OpMadeBookings); lists != 0 {
		t.Errorf("%d lists were read before the yes", lists)
	}
	client.say("/start " + payload)
	client.press(client.reads("Linked as NightOwl77. Was this you?"), "Yes, that is me")
	client.reads("The sign-in renews itself")
	w.polled(1, clientID)

	// The access token ends: it is renewed once, and nobody notices.
	w.platform.ExpireTokens(clientID)
	w.polled(2, clientID)
	client.say("/account")
	client.reads("Balance: 250")
	if got := w.platform.Calls(apisim.OpToken) - w.tokens; got != 1 {
		t.Errorf("%d renewals, want 1", got)
	}
	w.restart()
	client.say("/help")
	client.reads("What I can do")
	client.say("/account")
	client.reads("Balance: 250")

	// The person withdraws the permission on the site: one card, and no more polling.
	w.platform.WithdrawScopes(clientID, testClient)
	w.platform.ExpireTokens(clientID)
	client.reads("Please sign in again")
	lists := w.platform.Calls(apisim.OpMadeBookings)
	client.say("/help")
	client.reads("What I can do")
	select {
	case <-time.After(2500 * time.Millisecond): // two polls' worth of silence
	case <-w.ctx.Done():
	}
	if got := w.platform.Calls(apisim.OpMadeBookings); got != lists {
		t.Errorf("%d lists were read after the end", got-lists)
	}
	if got := client.count("Please sign in again"); got != 1 {
		t.Errorf("%d cards ask to sign in", got)
	}
	w.stop()
	if !strings.Contains(w.log.String(), "signing in on the site, or pasting an access token") {
		t.Error("the log does not say at the start how accounts are linked")
	}
	w.huntSecrets()
}

// huntSecrets looks for what must not be in the log or on the disk in the clear.
func (w *world) huntSecrets() {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.data, "*"))
	if err != nil {
		w.t.Fatal(err)
	}
	text := w.log.String()
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		text += string(data)
	}
	for _, mark := range []string{hush, "state="} {
		if i := strings.Index(text, mark); i >= 0 {
			w.t.Errorf("%q is in the log or on the disk: %q", mark, text[max(0, i-40):min(len(text), i+40)])
		}
	}
}

func TestSigningInNeedsAllItsSettings(t *testing.T) {
	base := []string{"--telegram-token", "1:a"}
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"the id alone":      {[]string{"--client-id", "x"}, "ADULTWORK_CLIENT_SECRET (--client-secret), PHONECHATBOT_PUBLIC_URL"},
		"no id":             {[]string{"--client-secret", "x", "--public-url", "https://bot.example"}, "ADULTWORK_CLIENT_ID (--client-id): missing"},
		"plain http":        {[]string{"--client-id", "x", "--client-secret", "y", "--public-url", "http://bot.example"}, "must be https"},
		"no address":        {[]string{"--client-id", "x", "--client-secret", "y", "--public-url", "bot.example"}, "PHONECHATBOT_PUBLIC_URL"},
		"secret, both ways": {[]string{"--client-secret", "x", "--client-secret-file", "y"}, "one, not both"},
		"no least scope":    {[]string{"--scopes", "nickname"}, "ADULTWORK_SCOPES"},
		"a secret alone":    {[]string{"--api-secret", "x"}, "ADULTWORK_API_KEY"},
		"no burst":          {[]string{"--api-burst", "0"}, "ADULTWORK_API_BURST"},
		"no rest":           {[]string{"--api-rest", "0s"}, "ADULTWORK_API_REST"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(t, append(base, tc.args...)...)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want it to say %s", err, tc.want)
			}
		})
	}
	s, err := parse(t, append(base, "--client-id", "x", "--client-secret", "y", "--public-url", "https://bot.example/base/")...)
	if err != nil || !s.signsIn() || s.publicURL != "https://bot.example/base" {
		t.Errorf("got %v, %q", err, s.publicURL)
	}
}
