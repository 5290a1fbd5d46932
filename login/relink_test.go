package login

import (
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// renewing begins a renewal that hangs at the host until it is let go. Later ones go through.
func (h *house) renewing(a store.Account) (letGo func() (secret.String, error)) {
	type answer struct {
		token secret.String
		err   error
	}
	hang, got, first := make(chan struct{}), make(chan answer), true
	h.host.set(func() {
		h.host.during = func() {
			h.host.mu.Lock()
			mine := first
			first = false
			h.host.mu.Unlock()
			if mine {
				<-hang
			}
		}
	})
	go func() {
		token, err := h.login.Tokens(a).Token(h.t.Context())
		got <- answer{token, err}
	}()
	synctest.Wait()
	return func() (secret.String, error) {
		close(hang)
		g := <-got
		return g.token, g.err
	}
}

// TestAnOldRenewalDecidesNothingForANewLink: the old refresh token is dead or not, and the person signs in
// again while the host is being asked.
func TestAnOldRenewalDecidesNothingForANewLink(t *testing.T) {
	for name, dead := range map[string]bool{"which is refused": true, "which gets a pair": false} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				a := h.link(1)
				if dead {
					h.host.refreshes = map[string]bool{}
				}
				time.Sleep(life + time.Hour)
				letGo := h.renewing(a)
				time.Sleep(time.Second)
				b := h.link(1) // second token
				b.Expires = time.Now()
				h.update(func(tx *store.Tx) error { return tx.PutAccount(b) })
				h.wantToken(b, 3) // which does not wait for the old one
				got, err := letGo()
				if err != nil || !got.Equal(access(3)) {
					t.Errorf("who asked before is not given the new link's token, but %v", err)
				}
				h.wantToken(b, 3)
				h.wantRenewals(2)
			})
		})
	}
}

// TestTheNewLinksTokenHasEndedToo: who waited for the old renewal has it renewed.
func TestTheNewLinksTokenHasEndedToo(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		h.host.refreshes = map[string]bool{}
		time.Sleep(life + time.Hour)
		letGo := h.renewing(a)
		time.Sleep(time.Second)
		h.link(1)
		time.Sleep(life)
		if got, err := letGo(); err != nil || !got.Equal(access(3)) {
			t.Errorf("not a fresh token of the new link, but %v", err)
		}
	})
}

// TestTheLastMinuteIsTheNewLinks: the host fails, and the old link's token is not for use any longer.
func TestTheLastMinuteIsTheNewLinks(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		time.Sleep(life)
		letGo := h.renewing(a)
		time.Sleep(time.Second)
		b := h.link(1)
		b.Expires = time.Now()
		h.update(func(tx *store.Tx) error { return tx.PutAccount(b) })
		h.host.set(func() { h.host.err = &apiclient.Error{Kind: apiclient.ErrUnavailable} })
		if got, err := letGo(); err != nil || !got.Equal(b.Token) {
			t.Errorf("not the new link's token, or %v", err)
		}
	})
}

// TestALinkThatIsNoMoreIsNotRenewed: the list of what is due is older than the new link.
func TestALinkThatIsNoMoreIsNotRenewed(t *testing.T) {
	for name, same := range map[string]bool{"another token": false, "the token of before": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				old := h.link(1)
				time.Sleep(time.Second)
				b := h.link(1)
				if same {
					b.Token = old.Token
					h.update(func(tx *store.Tx) error { return tx.PutAccount(b) })
				}
				got, err := h.login.join(t.Context(), old)
				if err != nil || !got.token.Equal(b.Token) {
					t.Errorf("not the new link's token, or %v", err)
				}
				h.wantRenewals(0)
			})
		})
	}
}

func TestOnlyTheLinkItWasGotForIsGivenAPair(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*store.Account)
		want   int
	}{
		"as it was":                        {func(*store.Account) {}, 2},
		"renewed by somebody else":         {func(a *store.Account) { a.Refresh = secret.New("rt-other") }, 1},
		"linked anew, with the same token": {func(a *store.Account) { a.Linked = a.Linked.Add(time.Nanosecond) }, 1},
		"stopped":                          {func(a *store.Account) { a.State = store.AccountStopped }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				before := h.link(1)
				now := before
				tc.change(&now)
				h.update(func(tx *store.Tx) error { return tx.PutAccount(now) })
				pair := unsaved{before: before, grant: apiclient.Grant{Access: access(2), Refresh: secret.New("rt-2")}, at: time.Now()}
				got, err := h.login.keep(t.Context(), pair)
				if err != nil || !got.Equal(access(tc.want)) || !h.stored(before.ID).Token.Equal(access(tc.want)) {
					t.Errorf("not token %d, or %v", tc.want, err)
				}
			})
		})
	}
}

// brokenDisk has the disk fail for one renewal.
func (h *house) brokenDisk(a store.Account) {
	h.t.Helper()
	h.host.set(func() { h.host.during = func() { _ = h.store.Close() } })
	h.wantNone(a, apiclient.ErrUnavailable)
	h.host.set(func() { h.host.during = func() {} })
	h.store = h.openStore()
	h.login.cfg.Store = h.store
}

// TestAHeldPairIsWrittenOnce: the background looks after it at its next tick, and then leaves the account alone.
func TestAHeldPairIsWrittenOnce(t *testing.T) {
	for name, relinked := range map[string]bool{"for its link": false, "for a link that is no more": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				a := h.link(1)
				time.Sleep(life + time.Hour)
				h.brokenDisk(a)
				if relinked {
					h.link(1)
				}
				stop := h.run(h.login)
				time.Sleep(10 * DefaultTick)
				synctest.Wait()
				stop()
				h.wantRenewals(1)
				want := access(2)
				if relinked {
					want = access(3)
				}
				if !h.stored(a.ID).Token.Equal(want) {
					t.Error("it is not the right token")
				}
				if held := h.login.renewals[a.ID].unsaved; held != nil && !relinked {
					t.Error("the pair is still held")
				}
			})
		})
	}
}

// TestAnOldLinksPairDoesNotDisplaceTheNewOnes: both are held for want of a disk, or the old one is dropped.
func TestAnOldLinksPairDoesNotDisplaceTheNewOnes(t *testing.T) {
	for name, broken := range map[string]bool{"which is held too": true, "which is dropped": false} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				old := h.link(1)
				time.Sleep(life + time.Hour)
				now := h.link(1)
				time.Sleep(life + time.Hour)
				h.brokenDisk(now) // the third token is held
				late := unsaved{before: old, grant: apiclient.Grant{Access: access(9), Refresh: secret.New("rt-9")}, at: time.Now()}
				if broken {
					_ = h.store.Close()
				}
				if _, err := h.login.keep(t.Context(), late); (err != nil) != broken {
					t.Errorf("keep: %v", err)
				}
				if broken {
					h.store = h.openStore()
					h.login.cfg.Store = h.store
				}
				h.wantToken(now, 3)
				h.wantRenewals(1)
			})
		})
	}
}
