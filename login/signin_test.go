package login

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

func TestNewRefuses(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		for name, spoil := range map[string]func(*Config){
			"no store":            func(c *Config) { c.Store = nil },
			"no clock":            func(c *Config) { c.Now = nil },
			"no states":           func(c *Config) { c.NewState = nil },
			"no codes":            func(c *Config) { c.NewCode = nil },
			"renewed in the past": func(c *Config) { c.RenewAfter = -1 },
			"renewed too late":    func(c *Config) { c.RenewAfter = refreshLife },
			"ticks backwards":     func(c *Config) { c.Tick = -1 },
		} {
			cfg := h.login.cfg
			spoil(&cfg)
			if _, err := New(cfg); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	})
}

func TestWithoutAHostNobodySignsIn(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat)) // from when there was one
		h.login = h.newLogin(func(c *Config) { c.Host = nil })
		if _, err := h.login.Begin(t.Context(), chat, user, ""); !errors.Is(err, ErrNoHost) {
			t.Errorf("%v, want ErrNoHost", err)
		}
		if w := h.post(back); w.Code != http.StatusNotFound {
			t.Errorf("a link from before: %d", w.Code)
		}
	})
}

func TestFiveWrongCodes(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		code := h.arrive(chat)
		for left := 4; left >= 0; left-- {
			if got := h.claim(chat, "WRONG234"); got.Outcome != ClaimWrong || got.Left != left || !got.SignIn.Token.IsZero() {
				t.Errorf("%v, %d left, want %d", got.Outcome, got.Left, left)
			}
		}
		if got := h.claim(chat, code); got.Outcome != ClaimNone {
			t.Errorf("the right code after that: %v", got.Outcome)
		}
		if left := h.signIns(); len(left) != 0 {
			t.Errorf("%d sign-ins are left", len(left))
		}
		h.wantWord(chat, "", "")
	})
}

func TestFourWrongCodesAndTheRightOne(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		code := h.arrive(chat)
		for range 4 {
			h.claim(chat, "")
		}
		if got := h.claim(chat, code); got.Outcome != ClaimDone {
			t.Errorf("%v", got.Outcome)
		}
	})
}

// TestACodeShownInAnotherChat is somebody who was sent the link of a stranger: his browser leads him into
// his own chat.
func TestACodeShownInAnotherChat(t *testing.T) {
	for name, waiting := range map[string]bool{"who asked for nothing": false, "who is signing in too": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				code, own := h.arrive(chat), ""
				if waiting {
					own = h.arrive(otherChat)
				}
				h.told = nil
				if got := h.claim(otherChat, code); got.Outcome != ClaimForeign || !got.SignIn.Token.IsZero() {
					t.Errorf("%v", got.Outcome)
				}
				h.wantTold(chat)
				for _, s := range h.signIns() {
					if s.Chat == chat && (!s.Token.IsZero() || !s.Refresh.IsZero() || s.Code != "") {
						t.Error("the tokens are still there")
					}
				}
				if got := h.claim(chat, code); got.Outcome != ClaimNone {
					t.Errorf("the stranger himself: %v", got.Outcome)
				}
				h.wantWord(chat, store.SignInOver, store.SignInForeign)
				if waiting {
					if got := h.claim(otherChat, own); got.Outcome != ClaimDone {
						t.Errorf("his own code: %v", got.Outcome)
					}
				}
			})
		})
	}
}

func TestACodeOfNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.begin(chat)
		h.arrive(otherChat)
		for _, code := range []string{"", "-", "WRONG234"} {
			if got := h.claim(chat, code); got.Outcome != ClaimNone {
				t.Errorf("%q: %v", code, got.Outcome)
			}
		}
	})
}

func TestTokensThatNobodyFetches(t *testing.T) {
	for name, after := range map[string]func(h *house, code string){
		"swept": func(h *house, _ string) { h.login.sweep(h.t.Context(), false) },
		"claimed": func(h *house, code string) {
			if got := h.claim(chat, code); got.Outcome != ClaimNone {
				h.t.Errorf("claimed: %v", got.Outcome)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				code := h.arrive(chat)
				time.Sleep(holdLife - time.Second)
				h.login.sweep(t.Context(), false)
				h.wantWord(chat, store.SignInArrived, "")
				h.told = nil
				time.Sleep(time.Second)
				after(h, code)
				for _, s := range h.signIns() {
					if s.Stage != store.SignInOver || !s.Token.IsZero() || !s.Refresh.IsZero() || s.Code != "" {
						t.Errorf("what is left: %v", s)
					}
				}
				h.wantTold(chat)
				h.wantWord(chat, store.SignInOver, store.SignInExpired)
			})
		})
	}
}

// TestACrashInTheMiddle: the code may be used up, so it is not sent again.
func TestACrashInTheMiddle(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		h.update(func(tx *store.Tx) error {
			s, err := tx.SignIn(back.Get("state"))
			if err != nil {
				return err
			}
			s.Stage, s.Ends = store.SignInTaken, time.Now().Add(takenLife)
			return tx.PutSignIn(s)
		})
		stop := h.run(h.login)
		defer stop()
		time.Sleep(takenLife - time.Second)
		synctest.Wait()
		h.wantTold()
		time.Sleep(DefaultTick)
		synctest.Wait()
		h.wantTold(chat)
		if w := h.post(back); w.Code != http.StatusBadGateway {
			t.Errorf("the page: %d", w.Code)
		}
		h.wantWord(chat, store.SignInOver, store.SignInFailed)
		if exchanges, _ := h.host.counts(); exchanges != 0 {
			t.Errorf("%d codes redeemed", exchanges)
		}
	})
}

func TestARestartTellsWhatWasNotTold(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.arrive(chat)
		h.post(map[string][]string{"state": {h.begin(otherChat)}})
		h.begin(flow.ChatID(99))
		h.told = nil
		stop := h.run(h.newLogin(nil))
		synctest.Wait()
		stop()
		if len(h.told) != 2 {
			t.Errorf("told %v, want both", h.told)
		}
	})
}

func TestANewLinkEndsTheOldOne(t *testing.T) {
	for name, first := range map[string]func(h *house) (page func() *httptest.ResponseRecorder){
		"that was open": func(h *house) func() *httptest.ResponseRecorder {
			back := h.allowed(h.begin(chat))
			h.begin(chat)
			return func() *httptest.ResponseRecorder { return h.post(back) }
		},
		"that is being redeemed": func(h *house) func() *httptest.ResponseRecorder {
			back := h.allowed(h.begin(chat))
			go_ := make(chan struct{})
			h.host.during = func() { <-go_ }
			page := make(chan *httptest.ResponseRecorder)
			go func() { page <- h.post(back) }()
			synctest.Wait()
			h.begin(chat)
			close(go_)
			return func() *httptest.ResponseRecorder { return <-page }
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				if w := first(h)(); w.Code != http.StatusGone || !strings.Contains(w.Body.String(), "newer link") {
					t.Errorf("its page: %d", w.Code)
				}
				h.host.set(func() { h.host.during = func() {} })
				h.wantTold()
				h.wantWord(chat, "", "")
				if got := h.claim(chat, h.arrive(chat)); got.Outcome != ClaimDone {
					t.Errorf("the new one: %v", got.Outcome)
				}
			})
		})
	}
}

func TestWhatIsOverIsForgotten(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.arrive(chat)
		h.begin(otherChat)
		stop := h.run(h.login)
		defer stop()
		time.Sleep(linkLife + overLife - time.Minute)
		synctest.Wait()
		if left := h.signIns(); len(left) != 2 {
			t.Errorf("%d are left after a day, want both", len(left))
		}
		time.Sleep(2 * DefaultTick)
		synctest.Wait()
		if left := h.signIns(); len(left) != 0 || len(h.login.redeemed) != 0 {
			t.Errorf("%d are left, and %d in memory", len(left), len(h.login.redeemed))
		}
	})
}

func TestCodesAsPeopleTypeThem(t *testing.T) {
	for name, tc := range map[string]struct {
		want, shown string
		same        bool
	}{
		"as shown":        {"ABCD2345", "ABCD-2345", true},
		"in small":        {"ABCD2345", "abcd2345", true},
		"kept in small":   {"abcd2345", "ABCD2345", true},
		"spread out":      {"ABCD2345", " a b c d\t2345\n", true},
		"a longer dash":   {"ABCD2345", "ABCD\u20132345", true},
		"a letter less":   {"ABCD2345", "ABCD234", false},
		"a letter more":   {"ABCD2345", "ABCD23456", false},
		"another":         {"ABCD2345", "ABCD2346", false},
		"nothing":         {"ABCD2345", "", false},
		"nothing at all":  {"", "", false},
		"nothing, dashed": {"", "-", false},
	} {
		if got := sameCode(tc.want, tc.shown); got != tc.same {
			t.Errorf("%s: %v, want %v", name, got, tc.same)
		}
	}
	if got := readable("abcd2345x"); got != "ABCD-2345-X" {
		t.Errorf("readable = %s", got)
	}
}

func FuzzCode(f *testing.F) {
	f.Add("ABCD-2345")
	f.Add(" \u2013\u00df\u0131")
	f.Fuzz(func(t *testing.T, code string) {
		plain := plainCode(code)
		if plainCode(readable(code)) != plainCode(plain) {
			t.Errorf("%q does not come back from the page", code)
		}
		if plain != "" && !sameCode(code, code) {
			t.Errorf("%q is not itself", code)
		}
	})
}
