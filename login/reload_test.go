package login

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"phonechatbot/store"
)

var errHost = errors.New("the host is away")

// TestAReloadedPageTellsWhatIsTrueNow: the same return is sent once more, after something has happened.
func TestAReloadedPageTellsWhatIsTrueNow(t *testing.T) {
	for name, tc := range map[string]struct {
		then  func(h *house, state, code string)
		title string
		code  bool
	}{
		"nothing has":        {func(*house, string, string) {}, "One more step", true},
		"claimed":            {func(h *house, _, code string) { h.claim(chat, code) }, "One more step", true},
		"claimed and linked": {func(h *house, state, code string) { h.claim(chat, code); h.drop(state) }, "Nothing more to do here", false},
		"replaced":           {func(h *house, _, _ string) { h.begin(chat) }, "There is a newer link", false},
		"five wrong codes": {func(h *house, _, _ string) {
			for range maxTries {
				h.claim(chat, "WRONG234")
			}
		}, "Nothing more to do here", false},
		"shown elsewhere":      {func(h *house, _, code string) { h.claim(otherChat, code) }, "Already used", false},
		"brought back changed": {func(h *house, state, _ string) { h.post(h.allowed(state)) }, "Already used", false},
		"too late":             {func(*house, string, string) { time.Sleep(holdLife) }, "Too late", false},
		"too late and swept": {func(h *house, _, _ string) {
			time.Sleep(holdLife)
			h.login.sweep(h.t.Context(), false)
		}, "Too late", false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				back := h.allowed(h.begin(chat))
				code := codeOn(h.post(back))
				tc.then(h, back.Get("state"), code)
				h.told = nil
				w := h.post(back)
				if !strings.Contains(w.Body.String(), "<h1>"+tc.title+"</h1>") || (codeOn(w) == code) != tc.code {
					t.Errorf("%d %s, want %s", w.Code, w.Body, tc.title)
				}
				h.wantTold()
				if exchanges, _ := h.host.counts(); exchanges != 1 {
					t.Errorf("%d codes redeemed", exchanges)
				}
			})
		})
	}
}

// TestAReloadAfterTheClaimEndsNothing: the claim gave the tokens more time, in which the page is good too.
func TestAReloadAfterTheClaimEndsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		code := codeOn(h.post(back))
		time.Sleep(holdLife - time.Second)
		h.claim(chat, code)
		time.Sleep(holdLife - time.Second)
		h.login.sweep(t.Context(), false)
		if got := codeOn(h.post(back)); got != code {
			t.Errorf("code %q, want %q", got, code)
		}
		h.wantWord(chat, store.SignInArrived, "")
	})
}

func TestAReloadAfterTheWordWasSaid(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		h.host.err = errHost
		first := h.post(back)
		h.drop(back.Get("state"))
		if w := h.post(back); w.Code != first.Code || first.Code != http.StatusBadGateway {
			t.Errorf("%d, then %d", first.Code, w.Code)
		}
	})
}

func TestAReloadWhileTheDiskFails(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		h.post(back)
		if err := h.store.Close(); err != nil {
			t.Fatal(err)
		}
		if w := h.post(back); w.Code != http.StatusInternalServerError || codeOn(w) != "" {
			t.Errorf("%d", w.Code)
		}
		h.store = h.openStore()
	})
}
