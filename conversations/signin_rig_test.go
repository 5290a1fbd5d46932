package conversations_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/login"
	"phonechatbot/sandbox/apisim"
)

const (
	testClient   = "test-client"
	testSecret   = "test-client-secret"
	testRedirect = "http://localhost/login/callback"
)

// withSignIn sets the platform's login up, for this start of the program and those to come.
func (r *rig) withSignIn() {
	r.t.Helper()
	r.platform.AddProject(apisim.Project{ClientID: testClient, ClientSecret: testSecret, RedirectURLs: []string{testRedirect}})
	host, err := apiclient.NewLogin(apiclient.LoginConfig{
		URL: r.server.URL, ClientID: testClient, ClientSecret: secret.New(testSecret), RedirectURL: testRedirect,
		Scopes: apiclient.Scopes(), Now: r.clock.Now, Timeout: 3 * time.Second,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(host.Close)
	r.host = host
	r.openLogin()
	r.platformOf(r.api)
}

func (r *rig) openLogin() {
	r.t.Helper()
	numbered := func(format string, n *int) func() string {
		return func() string { *n++; return fmt.Sprintf(format, *n) }
	}
	l, err := login.New(login.Config{
		Store: r.db, Host: r.host, Now: r.clock.Now, NewState: numbered("state%04d", &r.states), NewCode: numbered("CODE%04d", &r.codes),
		Told: func(chat flow.ChatID) {
			r.toldOf = append(r.toldOf, chat)
			if r.toldNow != nil {
				r.toldNow(chat)
			}
		},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.login = l
}

// signIns is the login as conversations know it.
type signIns struct{ *login.Login }

func (s signIns) Begin(ctx context.Context, chat flow.ChatID, user int64, after string) (conversations.SignInLink, error) {
	begun, err := s.Login.Begin(ctx, chat, user, after)
	return conversations.SignInLink{URL: begun.URL, Ends: begun.Ends}, err
}

func (s signIns) Claim(ctx context.Context, chat flow.ChatID, code string) (conversations.Claim, error) {
	claimed, err := s.Login.Claim(ctx, chat, code)
	return conversations.Claim{Outcome: conversations.ClaimOutcome(claimed.Outcome), Left: claimed.Left, SignIn: claimed.SignIn}, err
}

// browser is what a person does in it: opens the link of the newest card, answers on the platform's page,
// comes back. It returns what our page said, in its address the code.
func (r *rig) browser(answer, nickname string) string {
	r.t.Helper()
	link := r.chat.link()
	if link == "" {
		r.t.Fatalf("no link; the last message is\n%s", r.chat.last())
	}
	back := r.onThePlatform(link, answer, nickname)
	said := r.comeBack(back.Query())
	for _, chat := range r.toldOf {
		r.handle(flow.Event{Kind: flow.EventSignIn, Chat: chat})
	}
	r.toldOf = nil
	return said
}

// onThePlatform opens the login page and presses one of its buttons; it returns where the browser is sent.
func (r *rig) onThePlatform(link, answer, nickname string) *url.URL {
	r.t.Helper()
	at, err := url.Parse(link)
	if err != nil {
		r.t.Fatal(err)
	}
	form := at.Query()
	form.Set("nickname", nickname)
	form.Set("password", apisim.DemoPassword)
	form.Set("answer", answer)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.server.URL+at.Path, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	back, err := response.Location()
	if err != nil {
		page, _ := io.ReadAll(response.Body)
		r.t.Fatalf("the platform sends nobody back: %d %s", response.StatusCode, page)
	}
	return back
}

var paragraph = regexp.MustCompile(`(?s)<p[^>]*>(.*?)</p>`)

// comeBack is the browser at our own page, which sends its form by itself.
func (r *rig) comeBack(brought url.Values) string {
	r.t.Helper()
	request := httptest.NewRequest(http.MethodPost, testRedirect, strings.NewReader(brought.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	page := httptest.NewRecorder()
	r.login.Handler().ServeHTTP(page, request)
	var said []string
	for _, found := range paragraph.FindAllStringSubmatch(page.Body.String(), -1) {
		said = append(said, tags.ReplaceAllString(found[1], ""))
	}
	return strings.Join(said, " ")
}

// link is the newest address on a button.
func (c *fakeChat) link() string {
	for i := len(c.messages) - 1; i >= 0; i-- {
		for _, row := range c.messages[i].rows {
			for _, b := range row {
				if b.URL != "" {
					return b.URL
				}
			}
		}
	}
	return ""
}
