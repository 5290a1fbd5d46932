package contract

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
)

func (w *world) login(t *testing.T, change func(*apiclient.LoginConfig)) *apiclient.Login {
	t.Helper()
	cfg := apiclient.LoginConfig{
		URL: w.url, ClientID: clientID, ClientSecret: secret.New(clientSecret), RedirectURL: redirectURL,
		Scopes: apiclient.Scopes(), Transport: w.referee, Now: w.sim.Clock().Now,
	}
	if change != nil {
		change(&cfg)
	}
	l, err := apiclient.NewLogin(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// browse opens an address as a browser does, past the referee unless it is told otherwise.
func browse(t *testing.T, by http.RoundTripper, method, address string, form url.Values) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := by.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(page)
}

// signIn presses a button on the login page and answers what the browser brings back. The form is the
// site's own, which the document does not describe.
func (w *world) signIn(t *testing.T, address, button string) url.Values {
	t.Helper()
	asked, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	form := asked.Query()
	form.Set("answer", button)
	form.Set("nickname", "VelvetVoice")
	form.Set("password", apisim.DemoPassword)
	resp, page := browse(t, w.referee.next, http.MethodPost, w.url+"/OAuth/Authorize", form)
	to, err := resp.Location()
	if err != nil || resp.StatusCode != http.StatusFound || !strings.HasPrefix(to.String(), redirectURL) {
		t.Fatalf("%d, %v, %v\n%s", resp.StatusCode, to, err, page)
	}
	return to.Query()
}

// login goes from the page to tokens, uses them, and renews them.
func login(t *testing.T, w *world) {
	l := w.login(t, nil)
	address := l.AuthorizeURL("state-1")
	if resp, page := browse(t, w.referee, http.MethodGet, address, nil); resp.StatusCode != http.StatusOK || !strings.Contains(page, "Contract") {
		t.Errorf("%d\n%s", resp.StatusCode, page)
	}
	if back := w.signIn(t, address, "cancel"); back.Get("code") != "" || back.Get("status") != "cancelled" || back.Get("state") != "state-1" {
		t.Errorf("backed out: %v", back)
	}
	back := w.signIn(t, address, "allow")
	if back.Get("state") != "state-1" {
		t.Errorf("came back with %v", back)
	}
	first := must[apiclient.Grant](t)(l.Exchange(t.Context(), back.Get("code")))
	if want := start.Add(19 * time.Minute); !first.Expires.Equal(want) || first.Refresh.IsZero() {
		t.Errorf("good until %v, want %v", first.Expires, want)
	}
	granted := must[[]apiclient.Permission](t)(w.Permissions(t.Context(), apiclient.With(first.Access)))
	if len(granted) != len(apiclient.Scopes()) {
		t.Errorf("granted: %v", granted)
	}
	must[apiclient.Settings](t)(w.PhoneChatSettings(t.Context(), apiclient.With(first.Access)))
	w.sim.Clock().Advance(21 * time.Minute)
	refusedBy(t, fails(w.Permissions(t.Context(), apiclient.With(first.Access))), apiclient.ErrUnauthorized, http.StatusUnauthorized)
	second := must[apiclient.Grant](t)(l.Refresh(t.Context(), first.Refresh))
	if second.Refresh.Equal(first.Refresh) || second.Access.Equal(first.Access) || !second.Expires.After(first.Expires) {
		t.Error("the new pair is the old one")
	}
	if got := must[apiclient.Member](t)(w.VerifyCredentials(t.Context(), apiclient.With(second.Access))); got.ID != velvet {
		t.Errorf("signed in as %s", got.ID)
	}
	refusedBy(t, fails(l.Exchange(t.Context(), back.Get("code"))), apiclient.ErrUnauthorized, http.StatusBadRequest)
	refusedBy(t, fails(l.Refresh(t.Context(), first.Refresh)), apiclient.ErrUnauthorized, http.StatusUnauthorized)
	w.sim.WithdrawScopes(int64(velvet), clientID)
	refusedBy(t, fails(l.Refresh(t.Context(), second.Refresh)), apiclient.ErrUnauthorized, http.StatusUnauthorized)
	refusedBy(t, fails(w.PhoneChatSettings(t.Context(), apiclient.With(second.Access))), apiclient.ErrForbidden, http.StatusForbidden)
}

func loginRefused(t *testing.T, w *world) {
	_, refresh := w.sim.GrantPair(int64(velvet))
	foreign := w.login(t, func(c *apiclient.LoginConfig) { c.ClientSecret = secret.New("not-the-secret") })
	refusedBy(t, fails(foreign.Refresh(t.Context(), secret.New(refresh))), apiclient.ErrForbidden, http.StatusBadRequest)
	refusedBy(t, fails(foreign.Exchange(t.Context(), "code")), apiclient.ErrForbidden, http.StatusBadRequest)
	l := w.login(t, nil)
	refusedBy(t, fails(l.Exchange(t.Context(), "no-such-code")), apiclient.ErrUnauthorized, http.StatusBadRequest)
	must[apiclient.Grant](t)(l.Refresh(t.Context(), secret.New(refresh))) // what was refused has not used it up
	for name, change := range map[string]func(*apiclient.LoginConfig){
		"not our address":     func(c *apiclient.LoginConfig) { c.RedirectURL = "http://127.0.0.1/elsewhere" },
		"unknown program":     func(c *apiclient.LoginConfig) { c.ClientID = "nobody" },
		"less than the least": func(c *apiclient.LoginConfig) { c.Scopes = []apiclient.Scope{apiclient.ScopeHotList} },
	} {
		if resp, page := browse(t, w.referee, http.MethodGet, w.login(t, change).AuthorizeURL("x"), nil); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d\n%s", name, resp.StatusCode, page)
		}
	}
}
