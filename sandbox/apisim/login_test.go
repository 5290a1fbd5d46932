package apisim

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	botBack   = "https://bot.example/login/callback"
	otherBack = "https://other.example/back?from=here"
)

// signedUp is a world with two projects whose tokens are counted: at_1, rt_2 and so on.
func signedUp(t *testing.T, change ...func(*Config)) world {
	made := 0
	return newWorld(t, append([]func(*Config){func(c *Config) {
		c.Projects = []Project{
			{ClientID: "bot", ClientSecret: "hush", RedirectURLs: []string{botBack, "http://127.0.0.1:8080/login"}, Name: "Phone chat <bot>"},
			{ClientID: "other", ClientSecret: "hush too", RedirectURLs: []string{otherBack}},
		}
		c.NewToken = func(prefix string) string {
			made++
			return prefix + strconv.Itoa(made)
		}
	}}, change...)...)
}

func asking(change map[string]string) url.Values {
	values := url.Values{
		"response_type": {"code"}, "client_id": {"bot"}, "redirect_uri": {botBack},
		"scope": {"userid account_phonechat_bookings"}, "state": {"s&1"},
	}
	for name, value := range change {
		values.Set(name, value)
	}
	return values
}

func (w world) authorize(values url.Values) *httptest.ResponseRecorder {
	return w.handled(httptest.NewRequest(http.MethodGet, "/OAuth/Authorize?"+values.Encode(), nil))
}

func (w world) handled(r *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	w.Handler().ServeHTTP(recorder, r)
	return recorder
}

func form(target string, values url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// pressLogin fills in the page's own form, hidden fields and all, and presses a button.
func (w world) pressLogin(page, nickname, password, button string) *httptest.ResponseRecorder {
	w.t.Helper()
	values := url.Values{"nickname": {nickname}, "password": {password}, "answer": {button}}
	for _, hidden := range regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		values.Set(hidden[1], html.UnescapeString(hidden[2]))
	}
	action := regexp.MustCompile(`<form method="post" action="([^"]*)"`).FindStringSubmatch(page)
	if action == nil {
		w.t.Fatalf("no form on the page:\n%s", page)
	}
	return w.handled(form(action[1], values))
}

func (w world) codeFor(nickname string, change map[string]string) string {
	w.t.Helper()
	reply := w.pressLogin(w.authorize(asking(change)).Body.String(), nickname, DemoPassword, "allow")
	to, err := url.Parse(reply.Header().Get("Location"))
	if err != nil || reply.Code != http.StatusFound || to.Query().Get("code") == "" {
		w.t.Fatalf("got %d to %q", reply.Code, reply.Header().Get("Location"))
	}
	return to.Query().Get("code")
}

func TestSignInFromPageToTokens(t *testing.T) {
	w := signedUp(t)
	code := w.codeFor(" velvetvoice ", nil)
	status, body := w.redeem(byCode(code))
	want := `{"access_token":"at_2","token_type":"bearer","expires_in":1200,"refresh_token":"rt_3"}`
	if status != http.StatusOK || body != want {
		t.Fatalf("got %d: %s", status, body)
	}
	if status, got := w.bearing("at_2", verifyPath); status != http.StatusOK || got != `{"UserID":771204}` {
		t.Errorf("the token acts for %s (%d)", got, status)
	}
	if _, got := w.bearing("at_2", grantsPath); !strings.Contains(got, "account_phonechat_bookings") || strings.Contains(got, "credits") {
		t.Errorf("granted: %s", got)
	}
	if a, b := w.Calls(OpAuthorize), w.Calls(OpToken); a != 2 || b != 1 {
		t.Errorf("%d and %d calls", a, b)
	}
}

func TestLoginPage(t *testing.T) {
	w := signedUp(t)
	token, refresh := w.GrantPair(owl)
	reply := w.authorize(asking(map[string]string{"state": `"><script>`}))
	page := reply.Body.String()
	for _, wanted := range []string{
		"Phone chat &lt;bot&gt;", "Know your member number", "See, make and answer phone chat bookings",
		"<code>" + DemoPassword + "</code>", `<option value="NightOwl77">`, ">Allow<", ">Cancel<", `<label for="password">`,
	} {
		if !strings.Contains(page, wanted) {
			t.Errorf("the page lacks %s", wanted)
		}
	}
	for _, banned := range []string{"See your credits", "<script", "hush", w.token(owl), w.token(velvet), token, refresh, "07700", "{{"} {
		if strings.Contains(page, banned) {
			t.Errorf("the page holds %s", banned)
		}
	}
	nonce := regexp.MustCompile(`style nonce="([^"]+)"`).FindStringSubmatch(page)
	if reply.Code != http.StatusOK || nonce == nil {
		t.Fatalf("got %d", reply.Code)
	}
	headers := map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
		"Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; style-src 'nonce-" + nonce[1] +
			"'; form-action 'self' https://bot.example; base-uri 'none'; frame-ancestors 'none'",
	}
	for name, want := range headers {
		if got := reply.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if strings.Contains(w.authorize(asking(nil)).Body.String(), nonce[1]) {
		t.Error("a nonce is used twice")
	}
}

func TestAuthorizeRefusesOnAPage(t *testing.T) {
	for name, change := range map[string]map[string]string{
		"unknown program":        {"client_id": "nobody"},
		"no program":             {"client_id": ""},
		"another address":        {"redirect_uri": "https://elsewhere.example/"},
		"address and a bit":      {"redirect_uri": botBack + "/"},
		"address in capitals":    {"redirect_uri": strings.ToUpper(botBack)},
		"another's address":      {"redirect_uri": otherBack},
		"no address":             {"redirect_uri": ""},
		"implicit flow":          {"response_type": "token"},
		"no kind":                {"response_type": ""},
		"no scope":               {"scope": ""},
		"without the least":      {"scope": "nickname"},
		"unknown scope":          {"scope": "userid everything"},
		"scopes run together":    {"scope": "userid,nickname"},
		"unknown program's page": {"client_id": "<script>alert(1)</script>"},
	} {
		t.Run(name, func(t *testing.T) {
			w := signedUp(t)
			values := asking(change)
			posted := asking(change)
			posted.Set("answer", "allow")
			posted.Set("nickname", "NightOwl77")
			posted.Set("password", DemoPassword)
			for _, reply := range []*httptest.ResponseRecorder{w.authorize(values), w.handled(form("/OAuth/Authorize", posted))} {
				page := reply.Body.String()
				if reply.Code != http.StatusBadRequest || reply.Header().Get("Location") != "" {
					t.Errorf("got %d to %q", reply.Code, reply.Header().Get("Location"))
				}
				if !strings.HasPrefix(page, "<!doctype html>") || !strings.Contains(page, `role="alert"`) ||
					strings.Contains(page, "<form") || strings.Contains(page, "<script") {
					t.Errorf("page: %s", page)
				}
			}
		})
	}
}

func TestLoginButtons(t *testing.T) {
	for name, tc := range map[string]struct {
		asked                    map[string]string
		nickname, password, says string
		status                   int
		to                       string
	}{
		"allow":             {nil, "NightOwl77", DemoPassword, "allow", 302, botBack + "?code=code_1&state=s%261"},
		"allow, no state":   {map[string]string{"state": ""}, "NightOwl77", DemoPassword, "allow", 302, botBack + "?code=code_1"},
		"address with more": {map[string]string{"client_id": "other", "redirect_uri": otherBack}, "NightOwl77", DemoPassword, "allow", 302, otherBack + "&code=code_1&state=s%261"},
		"cancel":            {nil, "", "", "cancel", 302, botBack + "?code=&state=s%261&status=cancelled"},
		"wrong password":    {nil, "NightOwl77", "guess", "allow", 200, ""},
		"no password":       {nil, "NightOwl77", "", "allow", 200, ""},
		"unknown nickname":  {nil, "Nobody", DemoPassword, "allow", 200, ""},
		"no button":         {nil, "NightOwl77", DemoPassword, "", 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := signedUp(t)
			reply := w.pressLogin(w.authorize(asking(tc.asked)).Body.String(), tc.nickname, tc.password, tc.says)
			if got := reply.Header().Get("Location"); reply.Code != tc.status || got != tc.to {
				t.Fatalf("got %d to %q", reply.Code, got)
			}
			page := reply.Body.String()
			if again := strings.Contains(page, "<form"); again != (tc.status == http.StatusOK) {
				t.Errorf("form shown again: %v", again)
			}
			if tc.status == http.StatusOK && !strings.Contains(page, "The nickname or the password is wrong.") {
				t.Errorf("not a word of what is wrong:\n%s", page)
			}
			if tc.password != "" && tc.password != DemoPassword && strings.Contains(page, tc.password) {
				t.Error("the password is on the page")
			}
		})
	}
}

func TestLoginFormFromElsewhere(t *testing.T) {
	values := asking(map[string]string{"answer": "allow", "nickname": "NightOwl77", "password": DemoPassword})
	for name, tc := range map[string]struct {
		header, value string
		want          int
	}{
		"another site":   {"Sec-Fetch-Site", "cross-site", 403},
		"another origin": {"Origin", "https://elsewhere.example", 403},
		"its own page":   {"Sec-Fetch-Site", "same-origin", 302},
		"plain text":     {"Content-Type", "text/plain", 400},
		"broken":         {"Content-Type", "application/x-www-form-urlencoded; charset", 400},
	} {
		t.Run(name, func(t *testing.T) {
			r := form("/oauth/AUTHORIZE", values)
			r.Header.Set(tc.header, tc.value)
			if got := signedUp(t).handled(r); got.Code != tc.want || (tc.want != http.StatusFound && got.Header().Get("Location") != "") {
				t.Errorf("got %d to %q", got.Code, got.Header().Get("Location"))
			}
		})
	}
}

func TestFaultsAtTheLogin(t *testing.T) {
	var seen []string
	w := signedUp(t, func(c *Config) { c.BeforeReply = func(op string) { seen = append(seen, op) } })
	w.SetFault(OpToken, Fault{Kind: FaultErrorAfterCommit, Times: 1})
	_, refresh := w.GrantPair(owl)
	if got := w.asksToken(byRefresh(refresh)).Code; got != http.StatusInternalServerError {
		t.Errorf("got %d", got)
	}
	if status, _ := w.redeem(byRefresh(refresh)); status != http.StatusUnauthorized {
		t.Errorf("the lost pair was not committed: got %d", status)
	}
	w.SetFault(OpAuthorize, Fault{Kind: FaultStatus, Status: 503, Times: 1})
	if got := w.authorize(asking(nil)).Code; got != http.StatusServiceUnavailable {
		t.Errorf("got %d", got)
	}
	w.authorize(asking(nil))
	if diff := cmp.Diff([]string{OpToken, OpToken, OpAuthorize}, seen); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
}
