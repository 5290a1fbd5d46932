package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"phonechatbot/internal/secret"
)

const (
	authorizePath = "/OAuth/Authorize"
	// maxGrant is how much of an answer of the login host is read. A pair of tokens is far below it.
	maxGrant = 64 << 10
)

// Early is how long before its end an access token counts as over.
const Early = time.Minute

// The calls of the login host, which is another one than the API's.
var (
	routeSignIn = route{op: "sign in", method: post, path: "/OAuth/token", evidence: documented}
	routeRenew  = route{op: "renew tokens", method: post, path: "/OAuth/token", evidence: documented}
)

// Causes of a failed sign-in, as they may be printed.
var (
	errProject = errors.New("the login host does not accept our client id or secret")
	errNoCode  = errors.New("no code")
	errNoRenew = errors.New("no refresh token")
)

// LoginConfig says where the platform's login is, and who we are to it.
type LoginConfig struct {
	URL          string // "https://platform.adultwork.com"; plain http for this machine only
	ClientID     string // of the project
	ClientSecret secret.String
	RedirectURL  string            // as stored in the project: where the browser comes back to
	Scopes       []Scope           // what members are asked to grant
	Transport    http.RoundTripper // nil: one of our own with sensible limits
	Timeout      time.Duration     // of one call; default 15 s
	UserAgent    string            // default "phonechatbot"
	Now          func() time.Time  // nil for the real time
}

// Login speaks to the platform's Unified Login: the authorization code flow and the renewal of tokens
// (docs: AuthorizationCode, RefreshAccessTokens). It is safe for concurrent use and keeps no token.
//
// Every error it gives is an *Error without Messages. ErrUnauthorized: the code or refresh token is no
// longer good. ErrForbidden: our own id or secret is not, which is for the operator. ErrUnknownOutcome:
// the answer was lost or not understood, and what was handed in may be used up. After the others it is still
// good. Nothing is sent twice.
type Login struct {
	oauth     func() *oauth2.Config // a closure, out of reach for anything that prints by reflection
	transport http.RoundTripper
	client    *http.Client
	now       func() time.Time
}

// Grant is a pair of tokens as the login host hands it out. A refresh token works once.
type Grant struct {
	Access  secret.String
	Refresh secret.String // zero if none was given: then nothing can be renewed
	Expires time.Time     // of Access, by Early too soon; halfway for one that lives less than twice that
}

// NewLogin checks the configuration and builds a login. Nothing is sent.
func NewLogin(cfg LoginConfig) (*Login, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	general := Config{Transport: cfg.Transport, Timeout: cfg.Timeout, UserAgent: cfg.UserAgent}.withDefaults()
	host, err := baseURL(cfg.URL)
	if err != nil {
		return nil, errors.New("login: URL must be https://host, or http for this machine, and a plain address")
	}
	if _, err := baseURL(cfg.RedirectURL); err != nil {
		return nil, errors.New("login: RedirectURL must be https://host/path, or http for this machine, and a plain address")
	}
	if cfg.ClientID == "" || cfg.ClientSecret.IsZero() || len(cfg.Scopes) == 0 {
		return nil, errors.New("login: client id, client secret or scopes are missing")
	}
	if strings.ContainsFunc(cfg.UserAgent, func(r rune) bool { return r < 32 || r > 126 }) {
		return nil, errors.New("login: UserAgent cannot be a header")
	}
	oauth := &oauth2.Config{
		ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret.Reveal(), RedirectURL: cfg.RedirectURL,
		Endpoint: oauth2.Endpoint{
			AuthURL: host.JoinPath(authorizePath).String(), TokenURL: host.JoinPath(routeSignIn.path).String(),
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
	for _, scope := range cfg.Scopes {
		oauth.Scopes = append(oauth.Scopes, string(scope))
	}
	below := whole(maxGrant, tracked(once(general.Transport)))
	return &Login{
		oauth:     func() *oauth2.Config { return oauth },
		transport: general.Transport,
		client:    &http.Client{Transport: deadline(general.Timeout, onlyGrants(general.UserAgent, below))},
		now:       cfg.Now,
	}, nil
}

// AuthorizeURL is where a browser goes to sign in and grant the scopes (docs: AuthorizationCode). State
// comes back with it: bind it to the person who asked, and let it expire. Nothing is sent.
//
// Scope: none. Errors: none.
func (l *Login) AuthorizeURL(state string) string { return l.oauth().AuthCodeURL(state) }

// Exchange turns the code that a browser came back with into tokens (docs: AuthorizationCode). After
// ErrUnauthorized and ErrUnknownOutcome the person has to sign in anew.
//
// Scope: none. Errors: ErrInvalid for no code, ErrUnauthorized for one no longer good, ErrUnknownOutcome.
func (l *Login) Exchange(ctx context.Context, code string) (Grant, error) {
	if code == "" {
		return Grant{}, refuse(routeSignIn, errNoCode)
	}
	return l.grant(ctx, routeSignIn, func(ctx context.Context) (*oauth2.Token, error) {
		return l.oauth().Exchange(ctx, code)
	})
}

// Refresh turns a refresh token into a new pair (docs: RefreshAccessTokens). The old pair may be
// worthless from then on: store the new one before using it, and have no two renewals of one account at a
// time.
//
// Scope: none. Errors: ErrUnauthorized for a token no longer good or none, ErrUnknownOutcome.
func (l *Login) Refresh(ctx context.Context, refresh secret.String) (Grant, error) {
	if refresh.IsZero() {
		return Grant{}, &Error{Op: routeRenew.op, Kind: ErrUnauthorized, err: errNoRenew}
	}
	return l.grant(ctx, routeRenew, func(ctx context.Context) (*oauth2.Token, error) {
		return l.oauth().TokenSource(ctx, &oauth2.Token{RefreshToken: refresh.Reveal()}).Token()
	})
}

// Close lets go of idle connections. The login stays usable.
func (l *Login) Close() {
	if t, ok := l.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// grant makes one call and reads its answer, or sorts what went wrong. What the library says of a
// failure quotes the reply, so it is not kept.
func (l *Login) grant(ctx context.Context, r route, call func(context.Context) (*oauth2.Token, error)) (Grant, error) {
	if err := ctx.Err(); err != nil {
		return Grant{}, failed(r, notSent{err})
	}
	asked := l.now() // the life of a token is counted from before the call, never too long
	token, err := call(context.WithValue(ctx, oauth2.HTTPClient, l.client))
	var refused refusedGrant
	switch {
	case errors.As(err, &refused):
		return Grant{}, refused.sorted(r)
	case errors.As(err, new(*url.Error)):
		return Grant{}, failed(r, err)
	case err != nil, !usable(token):
		return Grant{}, notUnderstood(r, http.StatusOK, misread{})
	}
	life := time.Duration(token.ExpiresIn) * time.Second
	return Grant{
		Access: secret.New(token.AccessToken), Refresh: secret.New(token.RefreshToken),
		Expires: asked.Add(max(life-Early, life/2)),
	}, nil
}

// usable reports whether a reply holds what the contract promises: a bearer token that lives.
func usable(t *oauth2.Token) bool {
	return headerSafe(t.AccessToken) && strings.EqualFold(t.TokenType, "bearer") && t.ExpiresIn > 0
}

// refusedGrant is an answer of the login host that holds no tokens.
type refusedGrant struct {
	resp *http.Response
	html bool
	word string // the machine word of the refusal, "" if there was none
}

func (refusedGrant) Error() string { return "no tokens in the answer" }

// onlyGrants puts on the headers, and lets pass only answers that may hold tokens: no redirect, so that
// none is followed. What passes is JSON, whatever it was called.
func onlyGrants(userAgent string, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", userAgent)
		resp, err := next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		html := isHTML(resp)
		text, err := textOf(resp)
		if err != nil {
			return nil, err
		}
		body := trimReply(text.bytes())
		if !html && resp.StatusCode >= 200 && resp.StatusCode < 300 {
			resp = &http.Response{
				StatusCode: resp.StatusCode, Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(bytes.NewReader(body)), Request: req,
			}
			return resp, nil
		}
		var says struct {
			Error string `json:"error"`
		}
		_ = json.Unmarshal(body, &says) // whatever else it is has no word
		return nil, refusedGrant{resp, html, says.Error}
	})
}

// sorted tells by the status and the machine word whose fault it is: of what was handed in, or ours. The
// platform refuses with words of its own beside those of RFC 6749: with a 400, a word that is not in the
// standard is said of what was handed in.
func (g refusedGrant) sorted(r route) *Error {
	kind := kindOf(r.writes(), g.resp.StatusCode, g.html)
	e := answered(r, kind, g.resp, g.html, nil)
	if errors.Is(kind, ErrEdge) || errors.Is(kind, ErrUnknownOutcome) || errors.Is(kind, ErrRateLimited) {
		return e
	}
	switch g.word {
	case "invalid_client", "unauthorized_client":
		e.Kind, e.err = ErrForbidden, errProject
	case "invalid_grant", "refresh_token_has_expired":
		e.Kind = ErrUnauthorized
	case "", "invalid_request", "unsupported_grant_type", "invalid_scope", "server_error", "temporarily_unavailable":
		// as the status says: nothing against the code or the refresh token
	default:
		if g.resp.StatusCode == http.StatusBadRequest {
			e.Kind = ErrUnauthorized
		}
	}
	return e
}
