package login

import (
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// TestAPairIsOnTheDiskBeforeItIsUsed: the disk fails while the host answers.
func TestAPairIsOnTheDiskBeforeItIsUsed(t *testing.T) {
	for name, recover := range map[string]func(h *house, a store.Account){
		"and comes back": func(h *house, a store.Account) { h.wantToken(a, 2) },
		"until the stop": func(h *house, a store.Account) {
			h.login.Close()
			h.login = h.newLogin(nil)
			h.wantToken(a, 2)
		},
		"and the account was linked anew meanwhile": func(h *house, _ store.Account) {
			a := h.link(1) // with the third token
			h.wantToken(a, 3)
			time.Sleep(life)
			h.wantToken(a, 4)
			h.wantRenewals(2)
			h.host.renewals-- // for the check below
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				a := h.link(1)
				time.Sleep(life + time.Hour)
				h.host.during = func() { _ = h.store.Close() }
				h.wantNone(a, apiclient.ErrUnavailable)
				h.host.during = func() {}
				h.store = h.openStore()
				if got := h.stored(a.ID); !got.Token.Equal(access(1)) {
					t.Error("the disk did not fail")
				}
				h.login.cfg.Store = h.store
				recover(h, a)
				h.wantRenewals(1)
			})
		})
	}
}

func TestAPairForAnAccountThatChanged(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(h *house, a store.Account)
		check  func(h *house, token secret.String, err error)
	}{
		"unlinked": {
			func(h *house, a store.Account) { h.update(func(tx *store.Tx) error { return tx.DeleteAccount(a.ID) }) },
			func(h *house, token secret.String, err error) {
				h.wantFailure(token, err, apiclient.ErrUnauthorized)
				h.update(func(tx *store.Tx) error {
					for a, err := range tx.Accounts() {
						h.t.Errorf("account %s is back, %v", a.ID, err)
					}
					return nil
				})
			},
		},
		"linked anew": {
			func(h *house, _ store.Account) { h.link(1) },
			func(h *house, token secret.String, err error) {
				now := h.stored(store.AccountID{15: 1})
				if err != nil || !token.Equal(access(2)) || !now.Token.Equal(access(2)) {
					h.t.Errorf("not the new link's own token, or %v", err)
				}
			},
		},
		"stopped": { // which is not for us to undo
			func(h *house, a store.Account) {
				a.State = store.AccountStopped
				h.update(func(tx *store.Tx) error { return tx.PutAccount(a) })
			},
			func(h *house, token secret.String, err error) {
				now := h.stored(store.AccountID{15: 1})
				if err != nil || !token.Equal(now.Token) || now.State != store.AccountStopped {
					h.t.Errorf("%s, %v", now.State, err)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				a := h.link(1)
				time.Sleep(life + time.Hour)
				var once bool
				h.host.during = func() {
					if !once {
						once = true
						tc.change(h, a)
					}
				}
				token, err := h.login.Tokens(a).Token(t.Context())
				tc.check(h, token, err)
			})
		})
	}
}
