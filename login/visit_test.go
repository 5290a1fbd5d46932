package login

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

const callback = "/login/callback"

// visit opens an address as a browser does that follows a link.
func (h *house) visit(method string, back url.Values) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.send(httptest.NewRequest(method, callback+"?"+back.Encode(), nil))
}

// post sends the form of the page.
func (h *house) post(back url.Values) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.send(formRequest(h.t.Context(), back))
}

func formRequest(ctx context.Context, back url.Values) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, callback, strings.NewReader(back.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

var nonce = regexp.MustCompile(`nonce-([A-Z2-7]{26})'`)

// send has the handler answer and checks what every page must be.
func (h *house) send(r *http.Request) *httptest.ResponseRecorder {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.login.Handler().ServeHTTP(w, r)
	want := map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; script-src 'nonce-X'; style-src 'nonce-X'; form-action 'self'; " +
			"base-uri 'none'; frame-ancestors 'none'",
	}
	policy := w.Header().Get("Content-Security-Policy")
	got := map[string]string{"Content-Security-Policy": nonce.ReplaceAllString(policy, "nonce-X'")}
	for name := range want {
		if got[name] == "" {
			got[name] = w.Header().Get(name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("headers (-want +got):\n%s", diff)
	}
	body := w.Body.String()
	if r.Method == http.MethodHead {
		return w
	}
	for _, part := range []string{`<html lang="en-GB">`, `name="viewport"`, "<h1>"} {
		if !strings.Contains(body, part) {
			h.t.Errorf("the page has no %s", part)
		}
	}
	if own := nonce.FindStringSubmatch(policy); own == nil || strings.Count(body, `nonce="`) != strings.Count(body, `nonce="`+own[1]+`"`) {
		h.t.Error("the nonce of the page is not that of the policy")
	}
	if strings.Contains(body, "at-"+hush) || strings.Contains(body, "rt-"+hush) || r.Method == http.MethodPost &&
		(strings.Contains(body, "state-"+hush) || strings.Contains(body, "code-"+hush)) {
		h.t.Error("the page shows what it must not")
	}
	return w
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`)

// formOn reads the form off a page.
func formOn(page string) url.Values {
	form := url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(field[1], field[2])
	}
	return form
}

var shownCode = regexp.MustCompile(`<p class="code">([^<]+)</p>`)

// codeOn reads the code off a page, "" if there is none.
func codeOn(w *httptest.ResponseRecorder) string {
	found := shownCode.FindStringSubmatch(w.Body.String())
	if found == nil {
		return ""
	}
	return found[1]
}

// allowed is what the platform sends back when the person has said yes.
func (h *house) allowed(state string) url.Values {
	return url.Values{"state": {state}, "code": {h.host.newCode()}}
}

// arrive signs in up to the code on the page.
func (h *house) arrive(in flow.ChatID) string {
	h.t.Helper()
	code := codeOn(h.post(h.allowed(h.begin(in))))
	if code == "" {
		h.t.Fatal("no code on the page")
	}
	return code
}
