package apisim

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"slices"
	"time"

	"phonechatbot/apiclient/wire"
)

// DemoAPIKey is the project's key unless Config.APIKey says otherwise.
const DemoAPIKey = "demo-project-key"

// The scopes that operations ask for (contract notes: scopes seen on pages).
const (
	scopeUserID    = "userid"
	scopeNickname  = "nickname"
	scopeAccount   = "account_information"
	scopePhoneChat = "account_phonechat_bookings"
	scopeWebcam    = "account_webcam_bookings"
	scopeCredits   = "account_credits_history"
	scopeServices  = "profile_services"
	scopeHotList   = "profile_hotlist"
)

// permission is a scope and what it means to the person who is asked for it.
type permission struct{ Scope, Words string }

// permissions are all scopes that can be granted.
func permissions() []permission {
	return []permission{
		{scopeUserID, "Know your member number"},
		{scopeNickname, "Know your nickname"},
		{"profile_about", "Read and change what you say about yourself"},
		{scopeServices, "Read and change which services you offer"},
		{scopeHotList, "Read and change your hot lists"},
		{"profile_blacklist", "Read and change your blacklist"},
		{scopeAccount, "See whether you belong to a group, and whether you manage it"},
		{"account_communications", "Read and write your messages"},
		{"account_escort_bookings", "See and answer your escort bookings"},
		{scopeWebcam, "See and answer your webcam bookings, and change your DirectCam settings"},
		{scopePhoneChat, "See, make and answer phone chat bookings, and change your phone chat settings"},
		{scopeCredits, "See your credits"},
	}
}

func allScopes() []string {
	var scopes []string
	for _, known := range permissions() {
		scopes = append(scopes, known.Scope)
	}
	return scopes
}

// token is what an access or refresh token stands for.
type token struct {
	member int64
	client string // the project that holds it; "" for none in particular
	scopes []string
	ends   time.Time // zero for never
}

func (t token) over(now time.Time) bool { return !t.ends.IsZero() && !t.ends.After(now) }

// of reports whether a token is a member's, held by a project; "" stands for every project.
func (t token) of(memberID int64, client string) bool {
	return t.member == memberID && (client == "" || t.client == client)
}

func randomToken(prefix string) string { return prefix + rand.Text() }

// GrantToken lets a token act for a member, beside those that do already. It carries all scopes and
// never expires.
func (p *Platform) GrantToken(memberID int64, token string) {
	defer p.lock()()
	p.mustMember(memberID)
	p.grant(memberID, token)
}

// RevokeToken makes an access or refresh token worthless: calls with it are answered 401 from now on.
func (p *Platform) RevokeToken(token string) {
	defer p.lock()()
	delete(p.tokens, token)
	delete(p.refresh, token)
}

func (p *Platform) grant(memberID int64, text string) {
	if held, taken := p.tokens[text]; text == "" || taken && held.member != memberID {
		panic("apisim: token is empty or acts for somebody else")
	}
	p.tokens[text] = token{member: memberID, scopes: allScopes()}
}

// GrantPair is a member having signed in: it answers the tokens that the login would hand out, for
// the first project. Without scopes all are granted. If there is no project yet, any may refresh.
func (p *Platform) GrantPair(memberID int64, scopes ...string) (access, refresh string) {
	defer p.lock()()
	p.mustMember(memberID)
	if len(scopes) == 0 {
		scopes = allScopes()
	}
	client := ""
	if len(p.projects) > 0 {
		client = p.projects[0].ClientID
	}
	pair := p.issue(token{member: memberID, client: client, scopes: slices.Clone(scopes)})
	return pair.AccessToken, pair.RefreshToken
}

// issue hands out a new pair. Pairs that were handed out before stay as they are.
func (p *Platform) issue(t token) wire.TokenResponse {
	now := p.clock.Now()
	pair := wire.TokenResponse{
		AccessToken: p.newToken("at_"), RefreshToken: p.newToken("rt_"),
		TokenType: "bearer", ExpiresIn: int(p.accessLife / time.Second),
	}
	_, takenAccess := p.tokens[pair.AccessToken]
	_, takenRefresh := p.refresh[pair.RefreshToken]
	if takenAccess || takenRefresh {
		panic("apisim: NewToken gave the same token twice")
	}
	t.ends = now.Add(p.accessLife)
	p.tokens[pair.AccessToken] = t
	t.ends = now.Add(p.refreshLife)
	p.refresh[pair.RefreshToken] = t
	return pair
}

// WithdrawScopes is a member taking back, on the site, what was granted to a project; an empty
// clientID stands for all projects and for seeded tokens too. Access tokens live on without any
// scope; refresh tokens and codes are refused.
func (p *Platform) WithdrawScopes(memberID int64, clientID string) {
	defer p.lock()()
	p.mustMember(memberID)
	for text, held := range p.tokens {
		if held.of(memberID, clientID) {
			held.scopes = nil
			p.tokens[text] = held
		}
	}
	for text, held := range p.refresh {
		if held.of(memberID, clientID) {
			delete(p.refresh, text)
		}
	}
	for text, held := range p.codes {
		if held.of(memberID, clientID) {
			delete(p.codes, text)
		}
	}
}

// ExpireTokens ends the member's access tokens now, other than those that never expire. Refresh
// tokens stay good.
func (p *Platform) ExpireTokens(memberID int64) {
	defer p.lock()()
	p.mustMember(memberID)
	for text, held := range p.tokens {
		if held.member == memberID && !held.ends.IsZero() {
			held.ends = p.clock.Now()
			p.tokens[text] = held
		}
	}
}

// admit finds out who asks, and for whom.
func (p *Platform) admit(r *http.Request, op operation, body []byte) (call, error) {
	denied := refusal(http.StatusUnauthorized, "Authorization has been denied for this request.")
	c := call{query: readQuery(r.URL.Query()), body: body}
	if op.key {
		if !p.knowsKey(r, c.query) {
			return call{}, denied
		}
		return c, nil
	}
	held, known := p.tokens[bearer(r)]
	if !known || held.over(p.clock.Now()) {
		return call{}, denied
	}
	if op.scope != "" && !slices.Contains(held.scopes, op.scope) {
		return call{}, refusal(http.StatusForbidden, "The scope "+op.scope+" has not been granted.")
	}
	c.by, c.scopes = p.members[held.member], held.scopes
	if op.name == OpReceivedBookings {
		c.by.looks++
	}
	if op.grouped {
		return p.actingFor(r, c)
	}
	return c, nil
}

// knowsKey looks for the project's key in the header first, then in the query.
func (p *Platform) knowsKey(r *http.Request, q query) bool {
	key := r.Header.Get("X-ApiKey")
	if key == "" {
		key = q["apikey"]
	}
	return same(key, p.apiKey) && (p.apiSecret == "" || same(r.Header.Get("X-ApiSecret"), p.apiSecret))
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// actingFor turns a group manager's call into one about the member named by UserID: in the query of a
// GET, in the body of others (contract notes, section 8). A member who does not exist is not told from
// one of another group.
func (p *Platform) actingFor(r *http.Request, c call) (call, error) {
	var named struct{ UserID int64 }
	var err error
	if r.Method == http.MethodGet {
		named.UserID, err = c.query.id("UserID")
	} else {
		err = decode(c.body, &named)
	}
	if err == nil && named.UserID == 0 {
		err = problems{{"UserID", "The member is required."}}.err()
	}
	if err != nil {
		return call{}, err
	}
	member, known := p.members[named.UserID]
	if !known || !c.by.manages(member) {
		return call{}, refusal(http.StatusForbidden, "You do not manage this member.")
	}
	c.by = member
	return c, nil
}
