package login

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

func TestTheWholeWay(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		h.wantWord(chat, "", "")
		first := h.visit(http.MethodGet, back)
		form := formOn(first.Body.String())
		back.Set("status", "")
		back.Set("error", "")
		if diff := cmp.Diff(back, form); diff != "" || first.Code != 200 {
			t.Errorf("status %d, form (-want +got):\n%s", first.Code, diff)
		}
		for _, part := range []string{`action="callback"`, "document.forms[0].submit()", "<button>"} {
			if !strings.Contains(first.Body.String(), part) {
				t.Errorf("the page has no %s", part)
			}
		}
		h.wantTold()

		second := h.post(form)
		code := codeOn(second)
		if second.Code != 200 || !regexp.MustCompile(`^HUSH-\d{4}$`).MatchString(code) ||
			!strings.Contains(second.Body.String(), `href="https://t.me/phonechatbot?start=`+strings.ReplaceAll(code, "-", "")+`"`) {
			t.Errorf("status %d, code %q, %s", second.Code, code, second.Body)
		}
		h.wantTold(chat)
		h.wantWord(chat, store.SignInArrived, "")
		h.wantWord(chat, store.SignInArrived, "") // and it stays so

		got := h.claim(chat, " "+strings.ToLower(code)+"\n")
		s := got.SignIn
		if got.Outcome != ClaimDone || !s.Token.Equal(access(1)) || s.Refresh.Reveal() != "rt-"+hush+"-1" ||
			!s.Expires.Equal(time.Now().Add(19*time.Minute)) || s.After != "book" || s.User != user || s.Chat != chat {
			t.Errorf("claimed %v, %v", got.Outcome, s.After)
		}
		h.wantWord(chat, store.SignInArrived, "")
		if words := h.words(chat); !words[0].Claimed || words[0].After != "book" {
			t.Errorf("the words do not say that the code was shown: %+v", words)
		}
		time.Sleep(holdLife / 2)
		if again := h.claim(chat, code); again.Outcome != ClaimDone || !again.SignIn.Token.Equal(access(1)) ||
			!again.SignIn.Ends.Equal(s.Ends) || !s.Arrived.Equal(time.Now().Add(-holdLife/2)) {
			t.Errorf("a second claim, before the chat has linked anything: %v", again.Outcome)
		}
		h.drop(s.State) // linked
		if again := h.claim(chat, code); again.Outcome != ClaimNone {
			t.Errorf("a claim after linking: %v", again.Outcome)
		}
		h.wantWord(chat, "", "")
	})
}

// TestLookingRedeemsNothing: previews and prefetches open links, and post nothing.
func TestLookingRedeemsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		before := h.signIns()
		for _, way := range []url.Values{back, {"state": back["state"], "status": {"cancelled"}}, {"state": back["state"], "error": {"x"}}, {}} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				if w := h.visit(method, way); method == http.MethodHead && w.Body.Len() != 0 {
					t.Errorf("HEAD answers %d bytes", w.Body.Len())
				}
			}
		}
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodOptions} {
			w := httptest.NewRecorder()
			h.login.Handler().ServeHTTP(w, httptest.NewRequest(method, callback+"?"+back.Encode(), nil))
			if w.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s: %d", method, w.Code)
			}
		}
		// A post whose parameters are in the address only is not our form.
		r := formRequest(t.Context(), nil)
		r.URL.RawQuery = back.Encode()
		if w := h.send(r); w.Code != http.StatusNotFound {
			t.Errorf("a post with a query: %d", w.Code)
		}
		if exchanges, _ := h.host.counts(); exchanges != 0 {
			t.Errorf("%d codes were redeemed", exchanges)
		}
		if diff := cmp.Diff(before[0].Stage, h.signIns()[0].Stage); diff != "" {
			t.Error(diff)
		}
		h.wantTold()
		if codeOn(h.post(back)) == "" {
			t.Error("the link is no longer good")
		}
	})
}

func TestMarkupInTheAddressStaysText(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		evil := `"><script>alert(1)</script>`
		body := h.visit(http.MethodGet, url.Values{"state": {evil}, "code": {evil}, "status": {evil}, "error": {evil}}).Body.String()
		if strings.Contains(body, "<script>alert") || strings.Count(body, "<script") != 1 {
			t.Errorf("markup goes through: %s", body)
		}
	})
}

func TestEndings(t *testing.T) {
	refusal := func(kind error) error { return &apiclient.Error{Op: "sign in", Kind: kind} }
	for name, tc := range map[string]struct {
		err    error // of the host
		wait   time.Duration
		change func(back url.Values)
		status int
		title  string
		word   string
	}{
		"cancelled":                 {change: func(b url.Values) { b.Set("code", ""); b.Set("status", "cancelled") }, status: 200, title: "Cancelled", word: store.SignInCancelled},
		"cancelled, with a code":    {change: func(b url.Values) { b.Set("status", "cancelled") }, status: 200, title: "Cancelled", word: store.SignInCancelled},
		"no code":                   {change: func(b url.Values) { b.Del("code") }, status: 200, title: "Cancelled", word: store.SignInCancelled},
		"access denied":             {change: func(b url.Values) { b.Set("error", "access_denied") }, status: 200, title: "Cancelled", word: store.SignInCancelled},
		"an error":                  {change: func(b url.Values) { b.Set("error", "server_error") }, status: 403, title: "Sign-in refused", word: store.SignInRefused},
		"a code that is not good":   {change: func(b url.Values) { b.Set("code", "code-"+hush+"-x") }, status: 403, title: "Sign-in refused", word: store.SignInRefused},
		"the host is away":          {err: refusal(apiclient.ErrUnavailable), status: 502, title: "That did not work", word: store.SignInFailed},
		"an answer that was lost":   {err: refusal(apiclient.ErrUnknownOutcome), status: 502, title: "That did not work", word: store.SignInFailed},
		"our own secret is wrong":   {err: refusal(apiclient.ErrForbidden), status: 502, title: "That did not work", word: store.SignInFailed},
		"a host that tells":         {err: errors.New("at-" + hush), status: 502, title: "That did not work", word: store.SignInFailed},
		"too late":                  {wait: linkLife, status: 410, title: "Too late", word: store.SignInExpired},
		"too late and cancelled":    {wait: linkLife, change: func(b url.Values) { b.Set("code", "") }, status: 410, title: "Too late", word: store.SignInExpired},
		"forged":                    {change: func(b url.Values) { b.Set("state", "state-"+hush+"-x") }, status: 404, title: "Link not known"},
		"forged and cancelled":      {change: func(b url.Values) { b.Set("state", "x"); b.Del("code") }, status: 404, title: "Link not known"},
		"no state":                  {change: func(b url.Values) { b.Del("state") }, status: 404, title: "Link not known"},
		"more than a form can hold": {change: func(b url.Values) { b.Set("code", strings.Repeat("x", maxForm)) }, status: 404, title: "Link not known"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				back := h.allowed(h.begin(chat))
				h.host.err = tc.err
				if tc.change != nil {
					tc.change(back)
				}
				time.Sleep(tc.wait) // of the bubble's clock
				w := h.post(back)
				if w.Code != tc.status || !strings.Contains(w.Body.String(), "<h1>"+tc.title+"</h1>") || codeOn(w) != "" {
					t.Errorf("%d %s, want %d %s", w.Code, w.Body, tc.status, tc.title)
				}
				if !strings.Contains(w.Body.String(), "Go back to the chat") && w.Code != 404 {
					t.Error("no way back to the chat")
				}
				if tc.word == "" {
					h.wantTold()
					h.wantWord(chat, "", "")
					return
				}
				h.wantTold(chat)
				if again := h.post(back); again.Code != tc.status {
					t.Errorf("a reload: %d", again.Code)
				}
				h.wantTold()
				for _, s := range h.signIns() {
					if s.Stage != store.SignInOver || s.Code != "" || !s.Token.IsZero() {
						t.Errorf("what is left: %v", s)
					}
				}
				h.wantWord(chat, store.SignInOver, tc.word)
				h.drop(back.Get("state"))
				h.wantWord(chat, "", "")
			})
		})
	}
}

func TestOnlyOurOwnPageMayPost(t *testing.T) {
	for name, tc := range map[string]struct {
		headers map[string]string
		status  int
	}{
		"our page":                  {map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200},
		"our page, an old browser":  {map[string]string{"Origin": "null"}, 200},
		"our page, an older one":    {nil, 200},
		"another site":              {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403},
		"a neighbour":               {map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"another site, old browser": {map[string]string{"Origin": "https://evil.example"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				r := formRequest(t.Context(), h.allowed(h.begin(chat)))
				r.Header.Del("Sec-Fetch-Site")
				for header, value := range tc.headers {
					r.Header.Set(header, value)
				}
				w := h.send(r)
				exchanges, _ := h.host.counts()
				if w.Code != tc.status || (exchanges == 1) != (tc.status == 200) {
					t.Errorf("%d, %d codes redeemed, want %d", w.Code, exchanges, tc.status)
				}
			})
		})
	}
}

// TestTwoPostsRedeemOnce: a double click sends the form twice, and the browser shows the second answer.
func TestTwoPostsRedeemOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		go_ := make(chan struct{})
		h.host.during = func() { <-go_ }
		codes := make(chan string)
		for range 20 {
			go func() { codes <- codeOn(h.post(back)) }()
		}
		synctest.Wait()
		close(go_)
		first := <-codes
		for range 19 {
			if code := <-codes; code != first || code == "" {
				t.Errorf("codes %q and %q", first, code)
			}
		}
		if reload := codeOn(h.post(back)); reload != first {
			t.Errorf("after a reload %q, want %q", reload, first)
		}
		if exchanges, _ := h.host.counts(); exchanges != 1 {
			t.Errorf("%d codes redeemed", exchanges)
		}
		h.wantTold(chat)
	})
}

// TestASecondPostAfterTheFirst has seen the sign-in open, and gets its turn when it no longer is.
func TestASecondPostAfterTheFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		b := brought{State: back.Get("state"), Code: back.Get("code")}
		first, second := h.login.redeem(t.Context(), b), h.login.redeem(t.Context(), b)
		if first.word != endArrived || second != first {
			t.Errorf("%s, then %s", first.word, second.word)
		}
	})
}

// TestALinkThatComesBackTwiceIsEnded: two people have opened it, or somebody plays an old answer.
func TestALinkThatComesBackTwiceIsEnded(t *testing.T) {
	t.Run("after the first arrived", func(t *testing.T) {
		inBubble(t, func(t *testing.T, h *house) {
			state := h.begin(chat)
			code := codeOn(h.post(h.allowed(state)))
			h.wantTold(chat)
			if w := h.post(h.allowed(state)); w.Code != http.StatusConflict {
				t.Errorf("status %d", w.Code)
			}
			h.wantTold(chat)
			if got := h.claim(chat, code); got.Outcome != ClaimNone {
				t.Errorf("claimed %v", got.Outcome)
			}
			h.wantWord(chat, store.SignInOver, store.SignInReused)
			if exchanges, _ := h.host.counts(); exchanges != 1 {
				t.Errorf("%d codes redeemed", exchanges)
			}
		})
	})
	t.Run("while the first is redeemed", func(t *testing.T) {
		inBubble(t, func(t *testing.T, h *house) {
			state := h.begin(chat)
			go_ := make(chan struct{})
			h.host.during = func() { <-go_ }
			first := make(chan *httptest.ResponseRecorder)
			back := h.allowed(state)
			go func() { first <- h.post(back) }()
			synctest.Wait()
			h.post(h.allowed(state))
			close(go_)
			if w := <-first; w.Code != http.StatusConflict || codeOn(w) != "" {
				t.Errorf("the first one: %d", w.Code)
			}
			h.wantTold(chat)
			h.wantWord(chat, store.SignInOver, store.SignInReused)
		})
	})
	t.Run("with a no", func(t *testing.T) {
		inBubble(t, func(t *testing.T, h *house) {
			state := h.begin(chat)
			code := codeOn(h.post(h.allowed(state)))
			h.post(url.Values{"state": {state}, "status": {"cancelled"}})
			if got := h.claim(chat, code); got.Outcome != ClaimNone {
				t.Errorf("claimed %v", got.Outcome)
			}
			h.wantWord(chat, store.SignInOver, store.SignInCancelled)
		})
	})
}

func TestTheBrowserLeaves(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		go_ := make(chan struct{})
		h.host.during = func() { <-go_ }
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan struct{})
		go func() {
			h.send(formRequest(ctx, back))
			close(left)
		}()
		synctest.Wait()
		leave()
		<-left
		h.wantTold()
		close(go_)
		synctest.Wait()
		h.wantTold(chat)
		h.wantWord(chat, store.SignInArrived, "")
		if codeOn(h.post(back)) == "" {
			t.Error("who comes back is not shown the code")
		}
	})
}

func TestStoppingWaitsForARedemption(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		go_ := make(chan struct{})
		h.host.during = func() { <-go_ }
		go h.post(back)
		synctest.Wait()
		stopped := make(chan struct{})
		go func() {
			h.login.Close()
			close(stopped)
		}()
		synctest.Wait()
		select {
		case <-stopped:
			t.Fatal("it did not wait")
		default:
		}
		if w := h.post(h.allowed(h.begin(otherChat))); w.Code != http.StatusServiceUnavailable {
			t.Errorf("a new one meanwhile: %d", w.Code)
		}
		close(go_)
		<-stopped
		h.wantWord(chat, store.SignInArrived, "")
		h.wantWord(otherChat, "", "") // nothing of it is used up
	})
}

func TestADiskThatFails(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		h.host.during = func() { _ = h.store.Close() }
		if w := h.post(back); w.Code != http.StatusInternalServerError || codeOn(w) != "" {
			t.Errorf("while it is redeemed: %d", w.Code)
		}
		if w := h.post(h.allowed("state-" + hush + "-9")); w.Code != http.StatusInternalServerError {
			t.Errorf("before: %d", w.Code)
		}
		h.store = h.openStore()
	})
}
