package apisim

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

// redeem asks for tokens; what is empty is left out.
func (w world) redeem(fields map[string]string) (int, string) {
	w.t.Helper()
	reply := w.asksToken(fields)
	if got := reply.Header().Get("Cache-Control"); got != "no-store" {
		w.t.Errorf("Cache-Control %q", got)
	}
	return reply.Code, reply.Body.String()
}

func (w world) asksToken(fields map[string]string) *httptest.ResponseRecorder {
	values := url.Values{"client_id": {"bot"}, "client_secret": {"hush"}}
	for name, value := range fields {
		values.Set(name, value)
		if value == "" {
			values.Del(name)
		}
	}
	return w.handled(form("/OAuth/token", values))
}

func byCode(code string) map[string]string {
	return map[string]string{"grant_type": "authorization_code", "code": code, "redirect_uri": botBack}
}

func byRefresh(token string) map[string]string {
	return map[string]string{"grant_type": "refresh_token", "refresh_token": token}
}

func TestTokenIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		fields func(w world) map[string]string
		status int
		says   string
	}{
		"nothing asked":      {func(world) map[string]string { return nil }, 400, "invalid_request"},
		"another grant":      {func(world) map[string]string { return map[string]string{"grant_type": "password"} }, 400, "unsupported_grant_type"},
		"unknown program":    {with(byCode("x"), "client_id", "nobody"), 400, "invalid_client"},
		"wrong secret":       {with(byCode("x"), "client_secret", "hush!"), 400, "invalid_client"},
		"no secret":          {with(byRefresh("x"), "client_secret", ""), 400, "invalid_client"},
		"no code":            {with(byCode("x"), "code", ""), 400, "invalid_request"},
		"no address":         {with(byCode("x"), "redirect_uri", ""), 400, "invalid_request"},
		"no refresh token":   {with(byRefresh("x"), "refresh_token", ""), 400, "invalid_request"},
		"unknown code":       {with(byCode("x"), "code", "code_9"), 400, "invalid_grant"},
		"unknown refresh":    {with(byRefresh("rt_9"), "", ""), 401, "refresh_token_has_expired"},
		"access for refresh": {func(w world) map[string]string { access, _ := w.GrantPair(owl); return byRefresh(access) }, 401, "refresh_token_has_expired"},
		"refresh for code":   {func(w world) map[string]string { _, refresh := w.GrantPair(owl); return byCode(refresh) }, 400, "invalid_grant"},
		"another address": {func(w world) map[string]string {
			fields := byCode(w.codeFor("NightOwl77", nil))
			fields["redirect_uri"] = "http://127.0.0.1:8080/login"
			return fields
		}, 400, "invalid_grant"},
		"another program's code": {func(w world) map[string]string {
			fields := byCode(w.codeFor("NightOwl77", nil))
			fields["client_id"], fields["client_secret"] = "other", "hush too"
			return fields
		}, 400, "invalid_grant"},
		"another program's refresh": {func(w world) map[string]string {
			_, refresh := w.GrantPair(owl)
			fields := byRefresh(refresh)
			fields["client_id"], fields["client_secret"] = "other", "hush too"
			return fields
		}, 401, "refresh_token_has_expired"},
		"used code": {func(w world) map[string]string {
			fields := byCode(w.codeFor("NightOwl77", nil))
			w.redeem(fields)
			return fields
		}, 400, "invalid_grant"},
		"old code": {func(w world) map[string]string {
			fields := byCode(w.codeFor("NightOwl77", nil))
			w.Clock().Advance(10 * time.Minute)
			return fields
		}, 400, "invalid_grant"},
		"code of withdrawn scopes": {func(w world) map[string]string {
			fields := byCode(w.codeFor("NightOwl77", nil))
			w.WithdrawScopes(owl, "bot")
			return fields
		}, 400, "invalid_grant"},
		"refresh of withdrawn scopes": {func(w world) map[string]string {
			_, refresh := w.GrantPair(owl)
			w.WithdrawScopes(owl, "bot")
			return byRefresh(refresh)
		}, 401, "refresh_token_has_expired"},
		"revoked refresh": {func(w world) map[string]string {
			_, refresh := w.GrantPair(owl)
			w.RevokeToken(refresh)
			return byRefresh(refresh)
		}, 401, "refresh_token_has_expired"},
		"old refresh": {func(w world) map[string]string {
			_, refresh := w.GrantPair(owl)
			w.Clock().Advance(14 * 24 * time.Hour)
			return byRefresh(refresh)
		}, 401, "refresh_token_has_expired"},
	} {
		t.Run(name, func(t *testing.T) {
			w := signedUp(t)
			status, body := w.redeem(tc.fields(w))
			if got := read[wire.OAuthError](t, body).Error; status != tc.status || got != tc.says {
				t.Errorf("got %d %q, want %d %q", status, got, tc.status, tc.says)
			}
		})
	}
}

// with is a request with one field changed.
func with(fields map[string]string, name, value string) func(world) map[string]string {
	if name != "" {
		fields[name] = value
	}
	return func(world) map[string]string { return fields }
}

func TestTokenTakesFormsOnly(t *testing.T) {
	w := signedUp(t)
	_, refresh := w.GrantPair(owl)
	r := form("/OAuth/token", url.Values{
		"client_id": {"bot"}, "client_secret": {"hush"}, "grant_type": {"refresh_token"}, "refresh_token": {refresh},
	})
	r.Header.Set("Content-Type", "application/json")
	if reply := w.handled(r); reply.Code != http.StatusBadRequest || read[wire.OAuthError](t, reply.Body.String()).Error != "invalid_request" {
		t.Errorf("got %d: %s", reply.Code, reply.Body)
	}
	for method, path := range map[string]string{http.MethodGet: "/OAuth/token", http.MethodPut: "/OAuth/Authorize"} {
		reply := w.handled(httptest.NewRequest(method, path, nil))
		allow := map[string]string{http.MethodGet: "POST", http.MethodPut: "GET, POST"}[method]
		if got := reply.Header().Get("Allow"); reply.Code != http.StatusMethodNotAllowed || got != allow {
			t.Errorf("%s %s: got %d, allowed %q", method, path, reply.Code, got)
		}
	}
	if status, _ := w.redeem(byRefresh(refresh)); status != http.StatusOK {
		t.Errorf("the refresh token was used up: %d", status)
	}
}

func TestCodeIsUsedUpByAWrongAddress(t *testing.T) {
	w := signedUp(t)
	code := w.codeFor("NightOwl77", nil)
	wrong := byCode(code)
	wrong["redirect_uri"] = "http://127.0.0.1:8080/login"
	w.redeem(wrong)
	if status, _ := w.redeem(byCode(code)); status != http.StatusBadRequest {
		t.Errorf("got %d", status)
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	w := signedUp(t, func(c *Config) { c.AccessLife, c.RefreshLife = 20*time.Minute, 48*time.Hour })
	access, refresh := w.GrantPair(owl, "userid", "nickname")
	var seen []string
	for range 3 { // each starts the refresh token's life anew
		w.Clock().Advance(40 * time.Hour)
		old := refresh
		status, body := w.redeem(byRefresh(refresh))
		pair := read[wire.TokenResponse](t, body)
		if status != http.StatusOK || pair.RefreshToken == old || pair.AccessToken == access || pair.ExpiresIn != 1200 {
			t.Fatalf("got %d: %s", status, body)
		}
		if status, _ := w.redeem(byRefresh(old)); status != http.StatusUnauthorized {
			t.Errorf("the old refresh token: got %d", status)
		}
		access, refresh = pair.AccessToken, pair.RefreshToken
		_, granted := w.bearing(access, grantsPath)
		seen = append(seen, granted)
	}
	granted := `{"Permissions":[{"Permission":"userid","Status":"granted"},{"Permission":"nickname","Status":"granted"}]}`
	if diff := cmp.Diff([]string{granted, granted, granted}, seen); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
}

func TestOldAccessTokenOutlivesARefresh(t *testing.T) {
	w := signedUp(t)
	access, refresh := w.GrantPair(owl)
	w.Clock().Advance(19 * time.Minute)
	if status, body := w.redeem(byRefresh(refresh)); status != http.StatusOK {
		t.Fatalf("got %d: %s", status, body)
	}
	if status, _ := w.bearing(access, verifyPath); status != http.StatusOK {
		t.Errorf("right after: got %d", status)
	}
	w.Clock().Advance(time.Minute)
	if status, _ := w.bearing(access, verifyPath); status != http.StatusUnauthorized {
		t.Errorf("at its end: got %d", status)
	}
}

func TestWithdrawFromOneProject(t *testing.T) {
	w := signedUp(t)
	ours, refresh := w.GrantPair(owl) // of the first project
	w.WithdrawScopes(owl, "other")
	w.WithdrawScopes(velvet, "bot")
	if status, _ := w.bearing(ours, balancePath); status != http.StatusOK {
		t.Errorf("another project's, another member's: got %d", status)
	}
	w.WithdrawScopes(owl, "bot")
	if status, _ := w.bearing(ours, balancePath); status != http.StatusForbidden {
		t.Errorf("ours: got %d", status)
	}
	if status, _ := w.redeem(byRefresh(refresh)); status != http.StatusUnauthorized {
		t.Errorf("refresh: got %d", status)
	}
	if status, _ := w.get(owl, balancePath); status != http.StatusOK {
		t.Errorf("the seeded token: got %d", status)
	}
}

func TestProjectsComeLater(t *testing.T) {
	w := newWorld(t) // with random tokens, and no project yet
	access, refresh := w.GrantPair(owl)
	if reply := w.authorize(asking(nil)); reply.Code != http.StatusBadRequest {
		t.Errorf("before: got %d", reply.Code)
	}
	w.AddProject(Project{ClientID: "bot", ClientSecret: "old", RedirectURLs: []string{"https://elsewhere.example/"}})
	w.AddProject(Project{ClientID: "bot", ClientSecret: "hush", RedirectURLs: []string{botBack}})
	if reply := w.authorize(asking(nil)); reply.Code != http.StatusOK || !strings.Contains(reply.Body.String(), "<strong>bot</strong>") {
		t.Errorf("replaced: got %d", reply.Code)
	}
	status, body := w.redeem(byRefresh(refresh))
	pair := read[wire.TokenResponse](t, body)
	if status != http.StatusOK || pair.AccessToken == access || len(pair.AccessToken) < 25 || !strings.HasPrefix(pair.RefreshToken, "rt_") {
		t.Errorf("a pair of no project: %d", status)
	}
	for name, project := range map[string]Project{
		"without an id": {}, "relative address": {ClientID: "x", RedirectURLs: []string{"/back"}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: nothing said", name)
				}
			}()
			w.AddProject(project)
		}()
	}
}
