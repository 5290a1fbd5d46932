package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDirectChat(t *testing.T) {
	s := openNew(t)
	update(t, s, func(tx *Tx) error {
		return tx.PutAccount(Account{ID: accountID(1), Chat: 1, Member: 1, State: AccountActive})
	})
	own := DirectChat{Account: accountID(1), Details: []byte(`{"A": 1.2000,"<b>":"&"}`)}
	theirs := DirectChat{Account: accountID(1), Member: 5, Details: []byte(`{}`)}
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutDirectChat(DirectChat{Account: accountID(1), Details: []byte(`{"old":true}`)}), tx.PutDirectChat(own), tx.PutDirectChat(theirs))
	})
	view(t, s, func(tx *Tx) error {
		for _, want := range []DirectChat{own, theirs} {
			got, err := tx.DirectChat(want.Account, want.Member)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		}
		if _, err := tx.DirectChat(accountID(1), 6); !errors.Is(err, ErrNotFound) {
			t.Errorf("of somebody else: %v", err)
		}
		return nil
	})
	err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutDirectChat(DirectChat{Account: accountID(2)}) })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("of an account that is gone: %v", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if printed := fmt.Sprintf(verb, own); strings.Contains(printed, "1.2") {
			t.Errorf("%s prints %s", verb, printed)
		}
	}
}
