package apisim

import (
	"bytes"
	"crypto/rand"
	_ "embed" // the page is built in
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"phonechatbot/apiclient/wire"
)

//go:embed login.html
var loginPage string

// DemoPassword is everybody's password at the login. The page shows it.
const DemoPassword = "demo"

// codeLife is how long a code may be redeemed.
const codeLife = 10 * time.Minute

// Project is a program that may send members to the login.
type Project struct {
	ClientID     string
	ClientSecret string
	RedirectURLs []string // where a browser may come back to, to the letter
	Name         string   // shown to the member
}

// code is what a browser carries back, to be redeemed once.
type code struct {
	token
	redirect string
}

// AddProject lets another project send members to the login. One of the same ClientID is replaced. It
// panics on a project without ClientID, or with a redirect URL that is not absolute.
func (p *Platform) AddProject(project Project) {
	defer p.lock()()
	p.addProject(project)
}

func (p *Platform) addProject(project Project) {
	if project.ClientID == "" {
		panic("apisim: a project has a client id")
	}
	for _, redirect := range project.RedirectURLs {
		if to := mustURL(redirect); to.Scheme == "" || to.Host == "" {
			panic("apisim: a redirect URL is absolute")
		}
	}
	project.RedirectURLs = slices.Clone(project.RedirectURLs)
	if i := slices.IndexFunc(p.projects, func(known Project) bool { return known.ClientID == project.ClientID }); i >= 0 {
		p.projects[i] = project
		return
	}
	p.projects = append(p.projects, project)
}

func (p *Platform) project(clientID string) (Project, bool) {
	for _, project := range p.projects {
		if project.ClientID == clientID {
			return project, true
		}
	}
	return Project{}, false
}

func loginOperations() []operation {
	return []operation{
		{name: OpAuthorize, method: get, also: post, path: "/OAuth/Authorize", page: (*Platform).authorize},
		{name: OpToken, method: post, path: "/OAuth/token", page: (*Platform).giveToken},
	}
}

// authorize is the login page and, by POST, what its buttons do. What is wrong with the project's
// request is told on a page of its own and never sent back to an address that might be anybody's.
// The implicit flow is not spoken here: it has no refresh token and is no use to a bot.
func (p *Platform) authorize(r *http.Request, body []byte) answer {
	values, readable := r.URL.Query(), true
	if r.Method == http.MethodPost {
		values, readable = readForm(r, body)
		if http.NewCrossOriginProtection().Check(r) != nil {
			return p.loginReply(http.StatusForbidden, loginView{Refused: "This form was sent from another site."})
		}
	}
	defer p.lock()()
	if !readable {
		return p.loginReply(http.StatusBadRequest, loginView{Refused: "The form could not be read."})
	}
	sent := readQuery(values)
	asked, refused := p.readAsked(sent)
	if refused != "" {
		return p.loginReply(http.StatusBadRequest, loginView{Refused: refused})
	}
	if r.Method == http.MethodGet {
		return p.loginReply(http.StatusOK, p.loginForm(asked, ""))
	}
	switch sent["answer"] {
	case "allow":
		return p.signIn(asked, sent["nickname"], sent["password"])
	case "cancel":
		return asked.back(url.Values{"code": {""}, "status": {"cancelled"}})
	}
	return p.loginReply(http.StatusBadRequest, loginView{Refused: "There is no such button."})
}

// asked is a project's request for a login, checked.
type asked struct {
	project  Project
	redirect string
	scopes   []string
	state    string
}

// readAsked checks a request; refused says in a sentence why it is not shown to the member. A scope
// that nobody knows is refused, as is a request without the least scope, which is believed to be userid.
func (p *Platform) readAsked(sent query) (want asked, refused string) {
	project, known := p.project(sent["client_id"])
	scopes := strings.Fields(sent["scope"])
	slices.Sort(scopes)
	scopes = slices.Compact(scopes)
	strange := func(scope string) bool { return !slices.Contains(allScopes(), scope) }
	switch {
	case !known:
		return asked{}, "The program that sent you here is not known."
	case !slices.Contains(project.RedirectURLs, sent["redirect_uri"]):
		return asked{}, "The address to return to is not the one stored for this program."
	case sent["response_type"] == "token":
		return asked{}, "This kind of login (token) is not supported here."
	case sent["response_type"] != "code":
		return asked{}, "The kind of login is missing or not known."
	case slices.ContainsFunc(scopes, strange):
		return asked{}, "The program asks for a permission that does not exist."
	case !slices.Contains(scopes, scopeUserID):
		return asked{}, "The program has to ask for the least permission, userid."
	}
	return asked{project, sent["redirect_uri"], scopes, sent["state"]}, ""
}

// signIn sends the browser back with a code, if the member is who they say.
func (p *Platform) signIn(want asked, nickname, password string) answer {
	for _, id := range p.order {
		m := p.members[id]
		if !strings.EqualFold(m.Nickname, strings.TrimSpace(nickname)) || !same(password, DemoPassword) {
			continue
		}
		text := p.newToken("code_")
		p.codes[text] = code{token{m.ID, want.project.ClientID, want.scopes, p.clock.Now().Add(codeLife)}, want.redirect}
		return want.back(url.Values{"code": {text}})
	}
	return p.loginReply(http.StatusOK, p.loginForm(want, "The nickname or the password is wrong."))
}

// back sends the browser back to the project. The state goes with it if there was one.
func (a asked) back(with url.Values) answer {
	if a.state != "" {
		with.Set("state", a.state)
	}
	to := mustURL(a.redirect)
	if to.RawQuery != "" {
		to.RawQuery += "&"
	}
	to.RawQuery += with.Encode()
	return answer{status: http.StatusFound, header: map[string]string{
		"Location": to.String(), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
	}}
}

// mustURL reads a redirect URL that was planted.
func mustURL(text string) *url.URL {
	parsed, err := url.Parse(text)
	if err != nil {
		panic("apisim: a redirect URL cannot be read")
	}
	return parsed
}

// loginView is what the page shows: a form, or why there is none.
type loginView struct {
	Nonce    string
	Refused  string
	Trouble  string // with what was typed
	Project  Project
	Redirect string
	Scope    string
	State    string
	Wishes   []permission
	Members  []string
	Password string
	origin   string
}

func (p *Platform) loginForm(want asked, trouble string) loginView {
	redirect := mustURL(want.redirect)
	view := loginView{
		Trouble: trouble, Project: want.project, Redirect: want.redirect, Scope: strings.Join(want.scopes, " "),
		State: want.state, Password: DemoPassword, origin: redirect.Scheme + "://" + redirect.Host,
	}
	for _, known := range permissions() {
		if slices.Contains(want.scopes, known.Scope) {
			view.Wishes = append(view.Wishes, known)
		}
	}
	for _, id := range p.order {
		view.Members = append(view.Members, p.members[id].Nickname)
	}
	return view
}

// loginReply shows the page. Its form may lead to where the project wants the browser back, because
// browsers hold a redirect against the policy of the form; with Referrer-Policy no-referrer they would
// send no origin with the form either.
func (p *Platform) loginReply(status int, view loginView) answer {
	view.Nonce = rand.Text()
	var page bytes.Buffer
	if err := p.page.Execute(&page, view); err != nil {
		return refused(err)
	}
	return answer{status, map[string]string{
		"Content-Type": "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; style-src 'nonce-" + view.Nonce + "'; form-action 'self' " + view.origin +
			"; base-uri 'none'; frame-ancestors 'none'",
		"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
	}, page.Bytes()}
}

// giveToken redeems a code or a refresh token. A refresh token works once; the access token that was
// handed out with it stays good until it expires.
func (p *Platform) giveToken(r *http.Request, body []byte) answer {
	values, readable := readForm(r, body)
	sent := readQuery(values)
	defer p.lock()()
	project, known := p.project(sent["client_id"])
	switch kind := sent["grant_type"]; {
	case !readable || kind == "":
		return tokenReply(http.StatusBadRequest, wire.OAuthError{Error: "invalid_request"})
	case kind != "authorization_code" && kind != "refresh_token":
		return tokenReply(http.StatusBadRequest, wire.OAuthError{Error: "unsupported_grant_type"})
	case !known || !same(sent["client_secret"], project.ClientSecret):
		return tokenReply(http.StatusBadRequest, wire.OAuthError{Error: "invalid_client"})
	case kind == "refresh_token":
		return p.refreshed(project, sent["refresh_token"])
	}
	return p.redeemed(project, sent["code"], sent["redirect_uri"])
}

// redeemed uses up the code even if something else is wrong with the request.
func (p *Platform) redeemed(project Project, text, redirect string) answer {
	if text == "" || redirect == "" {
		return tokenReply(http.StatusBadRequest, wire.OAuthError{Error: "invalid_request"})
	}
	held, known := p.codes[text]
	delete(p.codes, text)
	if !known || held.over(p.clock.Now()) || held.client != project.ClientID || held.redirect != redirect {
		return tokenReply(http.StatusBadRequest, wire.OAuthError{Error: "invalid_grant"})
	}
	return tokenReply(http.StatusOK, p.issue(held.token))
}

func (p *Platform) refreshed(project Project, text string) answer {
	if text == "" {
		return tokenReply(http.StatusBadRequest, wire.OAuthError{Error: "invalid_request"})
	}
	held, known := p.refresh[text]
	foreign := held.client != "" && held.client != project.ClientID
	if !known || foreign || held.over(p.clock.Now()) {
		return tokenReply(http.StatusUnauthorized, wire.OAuthError{Error: "refresh_token_has_expired"})
	}
	delete(p.refresh, text)
	held.client = project.ClientID
	return tokenReply(http.StatusOK, p.issue(held))
}

func tokenReply(status int, value any) answer {
	reply := written(status, value)
	reply.header["Cache-Control"], reply.header["Pragma"] = "no-store", "no-cache"
	return reply
}

// readForm reads a form; false if the body is none.
func readForm(r *http.Request, body []byte) (url.Values, bool) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, false
	}
	values, err := url.ParseQuery(string(body))
	return values, err == nil
}
