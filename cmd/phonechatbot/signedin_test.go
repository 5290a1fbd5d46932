package main

import (
	"path/filepath"
	"testing"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// Somebody who signed in on the site is found wherever they stand among those who pasted a token.
func TestSignedIn(t *testing.T) {
	for name, tc := range map[string]struct {
		refresh []string // of each account
		want    bool
	}{
		"nobody": {nil, false}, "all pasted": {[]string{"", ""}, false}, "the first": {[]string{"r", "", ""}, true}, "the last": {[]string{"", "", "r"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			db, err := openStore(settings{data: data, keyFile: filepath.Join(data, "key")})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close() //nolint:errcheck // read only by then
			err = db.Update(t.Context(), func(tx *store.Tx) error {
				for i, refresh := range tc.refresh {
					account := store.Account{
						ID: store.AccountID{15: byte(i + 1)}, Chat: flow.ChatID(i + 1), Member: int64(i + 1), Token: secret.New("token"),
						Refresh: secret.New(refresh), State: store.AccountActive, Linked: time.Now(),
					}
					if refresh != "" {
						account.Renewed, account.Expires = time.Now(), time.Now().Add(time.Hour)
					}
					if err := tx.PutAccount(account); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := signedIn(t.Context(), db); got != tc.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
