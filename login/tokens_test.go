package login

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

const life = 19 * time.Minute // of an access token, as the host of these tests says

// link puts an account with a fresh pair into the store.
func (h *house) link(n byte) store.Account {
	h.t.Helper()
	h.host.mu.Lock()
	grant := h.host.issue()
	h.host.mu.Unlock()
	a := store.Account{
		ID: store.AccountID{15: n}, Chat: chat, State: store.AccountActive, Linked: time.Now(),
		Token: grant.Access, Refresh: grant.Refresh, Expires: grant.Expires, Renewed: time.Now(),
	}
	h.update(func(tx *store.Tx) error { return tx.PutAccount(a) })
	return a
}

// stored is an account as the store has it.
func (h *house) stored(id store.AccountID) (a store.Account) {
	h.t.Helper()
	h.update(func(tx *store.Tx) (err error) {
		a, err = tx.Account(id)
		return err
	})
	return a
}

// wantToken checks the token that an account gets.
func (h *house) wantToken(a store.Account, n int) {
	h.t.Helper()
	got, err := h.login.Tokens(a).Token(h.t.Context())
	if err != nil || !got.Equal(access(n)) {
		h.t.Errorf("not token %d, or %v", n, err)
	}
}

// wantNone checks that an account gets no token, and why.
func (h *house) wantNone(a store.Account, kind error) {
	h.t.Helper()
	got, err := h.login.Tokens(a).Token(h.t.Context())
	h.wantFailure(got, err, kind)
}

func (h *house) wantFailure(got secret.String, err, kind error) {
	h.t.Helper()
	var e *apiclient.Error
	if !got.IsZero() || !errors.As(err, &e) || !errors.Is(err, kind) {
		h.t.Errorf("a token, or %v, want %v", err, kind)
	}
	if err != nil && strings.Contains(fmt.Sprintf("%+v", err), hush) {
		h.t.Error("the error shows what it must not")
	}
}

func (h *house) wantRenewals(want int) {
	h.t.Helper()
	if _, got := h.host.counts(); got != want {
		h.t.Errorf("%d renewals, want %d", got, want)
	}
}

func TestATokenIsRenewedWhenItEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		time.Sleep(life - time.Second)
		h.wantToken(a, 1)
		h.wantRenewals(0)
		time.Sleep(time.Second)
		h.wantToken(a, 2)
		h.wantToken(a, 2) // the copy in a is stale by now
		h.wantRenewals(1)
		got := h.stored(a.ID)
		if !got.Token.Equal(access(2)) || got.Refresh.Equal(a.Refresh) || !got.Renewed.Equal(time.Now()) ||
			!got.Expires.Equal(time.Now().Add(life)) || !got.Linked.Equal(a.Linked) {
			t.Error("the pair is not in the store as it was given")
		}
	})
}

func TestTokensThatCannotBeRenewed(t *testing.T) {
	for name, change := range map[string]func(h *house, a *store.Account){
		"pasted":                 func(_ *house, a *store.Account) { a.Refresh, a.Expires = secret.String{}, time.Time{} },
		"without refresh token":  func(_ *house, a *store.Account) { a.Refresh = secret.String{} },
		"nobody to renew it for": func(h *house, _ *store.Account) { h.login = h.newLogin(func(c *Config) { c.Host = nil }) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				a := h.link(1)
				change(h, &a)
				h.update(func(tx *store.Tx) error { return tx.PutAccount(a) })
				time.Sleep(2 * life)
				h.wantToken(a, 1)
				got, err := h.login.Tokens(a).Renew(t.Context(), access(1))
				h.wantFailure(got, err, apiclient.ErrUnauthorized)
				h.wantRenewals(0)
			})
		})
	}
}

func TestAnUnlinkedAccountHasNoToken(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		h.update(func(tx *store.Tx) error { return tx.DeleteAccount(a.ID) })
		h.wantNone(a, apiclient.ErrUnauthorized)
		got, err := h.login.Tokens(a).Renew(t.Context(), a.Token)
		h.wantFailure(got, err, apiclient.ErrUnauthorized)
		h.wantRenewals(0)
	})
}

func TestARefusedTokenIsRenewed(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		for range 2 { // who still held the old one gets the one that is there
			got, err := h.login.Tokens(a).Renew(t.Context(), access(1))
			if err != nil || !got.Equal(access(2)) {
				t.Errorf("not the second token, or %v", err)
			}
		}
		h.wantRenewals(1)
	})
}

func TestHundredCallersRenewOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		time.Sleep(life)
		h.host.during = func() { time.Sleep(time.Second) }
		results := make(chan error)
		for i := range 100 {
			go func() {
				tokens := h.login.Tokens(a)
				got, err := tokens.Token(t.Context())
				if i%2 == 1 {
					got, err = tokens.Renew(t.Context(), a.Token)
				}
				if err == nil && !got.Equal(access(2)) {
					err = errors.New("another token")
				}
				results <- err
			}()
		}
		for range 100 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		h.wantRenewals(1)
	})
}

// TestWhoComesAfterTheRenewal has read the store before it, and asks after it.
func TestWhoComesAfterTheRenewal(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		time.Sleep(life)
		h.wantToken(a, 2)
		got, _, err := h.login.renew(t.Context(), a)
		if err != nil || !got.Equal(access(2)) {
			t.Errorf("not the second token, or %v", err)
		}
		h.wantRenewals(1)
	})
}

func TestAccountsDoNotWaitForEachOther(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a, b := h.link(1), h.link(2)
		time.Sleep(life)
		h.host.during = func() { time.Sleep(time.Second) }
		done := make(chan error)
		for _, each := range []store.Account{a, b} {
			go func() {
				_, err := h.login.Tokens(each).Token(t.Context())
				done <- err
			}()
		}
		if err := errors.Join(<-done, <-done); err != nil || h.host.most != 2 {
			t.Errorf("%v, %d at once", err, h.host.most)
		}
	})
}

// TestLeavingDoesNotEndTheRenewal: it is everybody's, and the pair would be lost.
func TestLeavingDoesNotEndTheRenewal(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		time.Sleep(life + time.Hour)
		go_ := make(chan struct{})
		h.host.during = func() { <-go_ }
		ctx, leave := context.WithCancel(t.Context())
		gone, stays := make(chan error), make(chan secret.String)
		go func() {
			_, err := h.login.Tokens(a).Token(ctx)
			gone <- err
		}()
		synctest.Wait()
		go func() {
			token, _ := h.login.Tokens(a).Token(t.Context())
			stays <- token
		}()
		synctest.Wait()
		leave()
		err := <-gone
		h.wantFailure(secret.String{}, err, apiclient.ErrUnavailable)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want it to say why", err)
		}
		close(go_)
		if token := <-stays; !token.Equal(access(2)) {
			t.Error("who stayed has no token")
		}
		_, err = h.login.Tokens(a).Token(ctx)
		h.wantFailure(secret.String{}, err, apiclient.ErrUnavailable)
		h.wantRenewals(1)
	})
}

func TestALostAnswer(t *testing.T) {
	t.Run("and the old refresh token is used up", func(t *testing.T) {
		inBubble(t, func(t *testing.T, h *house) {
			a := h.link(1)
			time.Sleep(life + time.Hour)
			h.host.lost = true
			h.wantNone(a, apiclient.ErrUnavailable)
			h.host.lost = false
			h.wantNone(a, apiclient.ErrUnauthorized)
			h.wantNone(a, apiclient.ErrUnauthorized)
			got, err := h.login.Tokens(a).Renew(t.Context(), a.Token)
			h.wantFailure(got, err, apiclient.ErrUnauthorized)
			h.wantRenewals(2) // the dead one is not asked for again
			a = h.link(1)     // signed in again
			time.Sleep(life)
			h.wantToken(a, 4)
		})
	})
	t.Run("and the old refresh token is still good", func(t *testing.T) {
		inBubble(t, func(t *testing.T, h *house) {
			a := h.link(1)
			time.Sleep(life + time.Hour)
			h.host.err = &apiclient.Error{Kind: apiclient.ErrUnknownOutcome}
			h.wantNone(a, apiclient.ErrUnavailable)
			h.host.err = nil
			h.wantToken(a, 2)
		})
	})
}

func TestFailuresOfARenewal(t *testing.T) {
	for name, tc := range map[string]struct{ err, want error }{
		"away":              {&apiclient.Error{Kind: apiclient.ErrUnavailable}, apiclient.ErrUnavailable},
		"wrong secret":      {&apiclient.Error{Kind: apiclient.ErrForbidden}, apiclient.ErrUnavailable},
		"network edge":      {&apiclient.Error{Kind: apiclient.ErrEdge}, apiclient.ErrUnavailable},
		"our own mistake":   {&apiclient.Error{Kind: apiclient.ErrInvalid}, apiclient.ErrUnavailable},
		"a host that tells": {errors.New("rt-" + hush), apiclient.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				a := h.link(1)
				h.host.err = tc.err
				time.Sleep(life)
				h.wantToken(a, 1) // in its last minute
				got, err := h.login.Tokens(a).Renew(t.Context(), a.Token)
				h.wantFailure(got, err, tc.want)
				time.Sleep(apiclient.Early)
				h.wantNone(a, tc.want)
				level := `"level":"warn"`
				if errors.Is(tc.err, apiclient.ErrForbidden) || errors.Is(tc.err, apiclient.ErrEdge) {
					level = `"level":"error"`
				}
				if !strings.Contains(h.log.String(), level) {
					t.Errorf("log: %s", h.log.String())
				}
				h.host.err = nil
				h.wantToken(a, 2)
			})
		})
	}
}

func TestTheHostAsksForQuiet(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a, b := h.link(1), h.link(2)
		time.Sleep(life + time.Hour)
		h.host.err = &apiclient.Error{Kind: apiclient.ErrRateLimited, RetryAfter: time.Minute}
		h.wantNone(a, apiclient.ErrRateLimited)
		h.host.err = nil
		time.Sleep(20 * time.Second)
		_, err := h.login.Tokens(b).Token(t.Context())
		var e *apiclient.Error
		if !errors.As(err, &e) || !errors.Is(err, apiclient.ErrRateLimited) || e.RetryAfter != 40*time.Second {
			t.Errorf("%v", err)
		}
		h.wantRenewals(1)
		time.Sleep(40 * time.Second)
		h.wantToken(b, 3)
	})
}

func TestAStoreThatCannotBeRead(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		if err := h.store.Close(); err != nil {
			t.Fatal(err)
		}
		h.wantNone(a, apiclient.ErrUnavailable)
		h.store = h.openStore()
	})
}

func TestStoppingWaitsForARenewal(t *testing.T) {
	for name, how := range map[string]func(h *house) (stop func()){
		"Run":   func(h *house) func() { return h.run(h.login) },
		"Close": func(h *house) func() { return h.login.Close },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				a := h.link(1)
				time.Sleep(life)
				go_ := make(chan struct{})
				h.host.during = func() { <-go_ }
				stop := how(h)
				ctx, leave := context.WithCancel(t.Context())
				go func() { _, _ = h.login.Tokens(a).Token(ctx) }()
				synctest.Wait()
				leave()
				stopped := make(chan struct{})
				go func() {
					stop()
					close(stopped)
				}()
				synctest.Wait()
				select {
				case <-stopped:
					t.Fatal("it did not wait")
				default:
				}
				close(go_)
				<-stopped
				if !h.stored(a.ID).Token.Equal(access(2)) {
					t.Error("the pair is lost")
				}
				if name == "Close" {
					time.Sleep(life + time.Hour)
					h.wantNone(a, apiclient.ErrUnavailable)
				}
			})
		})
	}
}
