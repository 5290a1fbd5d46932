package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
)

func TestAccountRoundTrip(t *testing.T) {
	s := openNew(t)
	london := time.FixedZone("BST", 3600)
	for name, want := range map[string]Account{
		"full": {
			ID: accountID(1), Chat: 42, Member: 7, Nickname: "N\u202eight \"Owl\"", Token: secret.New("tok-é\"\\"),
			Refresh: secret.New("ref-é\"\\"), Expires: noon.Add(20 * time.Minute), Renewed: noon.Add(-time.Hour),
			State: AccountActive, Linked: noon,
			Role: Role{Type: "Agency", Offers: true, Manager: true, Group: 70, Name: "The \"Group\""},
			Zone: "America/New_York", Number: SavedNumber{National: "07700900123", Until: noon.Add(24 * time.Hour)},
		},
		"pasted token": {ID: accountID(4), Token: secret.New("tok"), State: AccountActive, Linked: noon},
		"bare":         {ID: accountID(2), State: AccountUnconfirmed},
		"another zone": {
			ID: accountID(3), State: AccountStopped,
			Linked: noon.In(london), Expires: noon.In(london), Renewed: noon.In(london),
		},
	} {
		t.Run(name, func(t *testing.T) {
			update(t, s, func(tx *Tx) error { return tx.PutAccount(want) })
			view(t, s, func(tx *Tx) error {
				got, err := tx.Account(want.ID)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				for _, at := range []time.Time{got.Linked, got.Expires, got.Renewed} {
					if at.Location() != time.UTC {
						t.Error("a time does not come back in UTC")
					}
				}
				if got.Refresh.IsZero() != want.Refresh.IsZero() {
					t.Error("it can be renewed, or no longer")
				}
				return err
			})
		})
	}
	view(t, s, func(tx *Tx) error {
		if _, err := tx.Account(accountID(9)); !errors.Is(err, ErrNotFound) {
			t.Errorf("an unknown account: %v, want ErrNotFound", err)
		}
		return nil
	})
}

func TestPutAccountRefuses(t *testing.T) {
	s := openNew(t)
	for name, account := range map[string]Account{
		"no id":         {State: AccountActive},
		"no state":      {ID: accountID(1)},
		"another state": {ID: accountID(1), State: "asleep"},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutAccount(account) })
			if err == nil {
				t.Error("it is written")
			}
		})
	}
}

func TestAccountIDText(t *testing.T) {
	id := accountID(7)
	back, err := ParseAccountID(id.String())
	if err != nil || back != id {
		t.Errorf("ParseAccountID(%s) = %s, %v", id, back, err)
	}
	for _, text := range []string{"", "7", "00000000-0000-0000-0000-00000000000g"} {
		if _, err := ParseAccountID(text); err == nil {
			t.Errorf("ParseAccountID(%q) is an account", text)
		}
	}
	if id.IsZero() || !(AccountID{}).IsZero() {
		t.Error("IsZero is wrong")
	}
}

func FuzzParseAccountID(f *testing.F) {
	f.Add("00000000-0000-0000-0000-000000000007")
	f.Add("{00000000-0000-0000-0000-000000000007}")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseAccountID(text)
		if err != nil {
			return
		}
		if back, err := ParseAccountID(id.String()); err != nil || back != id {
			t.Errorf("%s comes back as %s, %v", id, back, err)
		}
	})
}

// TestAccountsOf links, changes and deletes accounts at random; the index must follow (checkSound
// compares it too, when the store is closed).
func TestAccountsOf(t *testing.T) {
	s := openNew(t)
	rapid.Check(t, func(rt *rapid.T) {
		members := map[AccountID]int64{}
		for n := range byte(5) {
			update(t, s, func(tx *Tx) error { return tx.DeleteAccount(accountID(n + 1)) })
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			id := accountID(byte(rapid.IntRange(1, 5).Draw(rt, "account")))
			if rapid.IntRange(0, 3).Draw(rt, "delete") == 0 {
				delete(members, id)
				update(t, s, func(tx *Tx) error { return tx.DeleteAccount(id) })
				continue
			}
			members[id] = int64(rapid.IntRange(0, 3).Draw(rt, "member"))
			update(t, s, func(tx *Tx) error {
				return tx.PutAccount(Account{ID: id, Member: members[id], State: AccountActive})
			})
		}
		view(t, s, func(tx *Tx) error {
			for member := range int64(4) {
				var want []AccountID
				for id, m := range members {
					if m == member && m != 0 {
						want = append(want, id)
					}
				}
				slices.SortFunc(want, func(a, b AccountID) int { return slices.Compare(a[:], b[:]) })
				got, err := tx.AccountsOf(member)
				if err != nil {
					return err
				}
				if diff := cmp.Diff(want, got); diff != "" {
					rt.Errorf("accounts of %d (-want +got):\n%s", member, diff)
				}
			}
			return nil
		})
		checkSound(t, s)
	})
}

// fill writes one of everything for an account.
func fill(tx *Tx, n byte) error {
	id := accountID(n)
	return errors.Join(
		tx.PutAccount(Account{ID: id, Chat: flow.ChatID(n), Member: int64(n), State: AccountActive}),
		tx.PutChat(Chat{ID: flow.ChatID(n), Account: id, LastUpdate: 5}),
		tx.PutSnapshot(Snapshot{Account: id, Side: SideMade, Booking: 1}),
		tx.PutSnapshot(Snapshot{Account: id, Side: SideReceived, Booking: 1}),
		tx.PutPoll(Poll{Account: id, PrimedMade: true}),
		tx.PutOffer(Offer{Account: id, Offer: 1}),
		tx.PutOffer(Offer{Account: id, Member: 5, Offer: 1}),
		tx.PutDirectChat(DirectChat{Account: id}),
		tx.PutDirectChat(DirectChat{Account: id, Member: 5}),
		tx.PutDeed(Deed{ID: noteID(1), Account: id, Outcome: DeedBegun}),
		tx.PutDeed(Deed{ID: noteID(2), Account: id, Outcome: DeedDone}),
		tx.Enqueue(Notification{ID: noteID(1), Account: id, Due: noon}),
		tx.Enqueue(Notification{ID: noteID(2), Account: id, Due: noon.Add(time.Hour)}),
		tx.PutSend(Send{Key: id.String() + "/1", Account: id, State: SendStarted}),
	)
}

// rowsOf counts the rows of every table but chats and meta.
func rowsOf(t *testing.T, s *Store) map[string]int {
	t.Helper()
	count := map[string]int{}
	view(t, s, func(tx *Tx) error {
		for _, table := range []string{
			tableAccounts, tableMembers, tableSends, tableSnapshots, tablePolls, tableOffers, tableDeeds, tableDirect, tableOutbox, tableDue,
		} {
			for _, err := range rows(tx, table, nil) {
				if err != nil {
					return err
				}
				count[table]++
			}
		}
		return nil
	})
	return count
}

func TestDeleteAccountLeavesNothing(t *testing.T) {
	s := openNew(t)
	update(t, s, func(tx *Tx) error { return fill(tx, 1) })
	one := rowsOf(t, s)
	update(t, s, func(tx *Tx) error { return fill(tx, 2) })
	update(t, s, func(tx *Tx) error { return tx.DeleteAccount(accountID(2)) })
	if diff := cmp.Diff(one, rowsOf(t, s)); diff != "" {
		t.Errorf("rows that are left (-want +got):\n%s", diff)
	}
	view(t, s, func(tx *Tx) error {
		left, err := tx.Chat(2)
		if err != nil || !left.Account.IsZero() || left.LastUpdate != 5 {
			t.Errorf("its chat stands on %s, update %d, %v", left.Account, left.LastUpdate, err)
		}
		other, err := tx.Chat(1)
		if err != nil || other.Account != accountID(1) {
			t.Errorf("the other's chat stands on %s, %v", other.Account, err)
		}
		return nil
	})
	update(t, s, func(tx *Tx) error { return tx.DeleteAccount(accountID(2)) }) // once more is no error
}

func TestDeleteAccountThatNoLongerOpens(t *testing.T) {
	s := openNew(t)
	update(t, s, func(tx *Tx) error { return fill(tx, 1) })
	update(t, s, func(tx *Tx) error {
		for _, table := range []string{
			tableAccounts, tableMembers, tableSnapshots, tablePolls, tableOffers, tableDeeds, tableDirect, tableOutbox, tableDue,
		} {
			for found, err := range rows(tx, table, nil) {
				if err != nil {
					return err
				}
				found.value[len(found.value)-1] ^= 1
				if err := tx.writer.Put(table, found.key, found.value); err != nil {
					return err
				}
			}
		}
		return nil
	})
	view(t, s, func(tx *Tx) error {
		if _, err := tx.Account(accountID(1)); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("the damaged account: %v, want ErrSealed", err)
		}
		return nil
	})
	update(t, s, func(tx *Tx) error { return tx.DeleteAccount(accountID(1)) })
	if diff := cmp.Diff(map[string]int{}, rowsOf(t, s)); diff != "" {
		t.Errorf("rows that are left (-want +got):\n%s", diff)
	}
}

func TestNothingComesBackToADeletedAccount(t *testing.T) {
	s := openNew(t)
	update(t, s, func(tx *Tx) error { return fill(tx, 1) })
	update(t, s, func(tx *Tx) error { return tx.DeleteAccount(accountID(1)) })
	id := accountID(1)
	for name, late := range map[string]func(*Tx) error{
		"a snapshot":      func(tx *Tx) error { return tx.PutSnapshot(Snapshot{Account: id, Side: SideMade}) },
		"a poll record":   func(tx *Tx) error { return tx.PutPoll(Poll{Account: id}) },
		"a notification":  func(tx *Tx) error { return tx.Enqueue(Notification{ID: noteID(1), Account: id}) },
		"an offer":        func(tx *Tx) error { return tx.PutOffer(Offer{Account: id, Offer: 1}) },
		"a deed":          func(tx *Tx) error { return tx.PutDeed(Deed{ID: noteID(1), Account: id, Outcome: DeedDone}) },
		"a mute":          func(tx *Tx) error { return tx.Mute(id, SideMade, 1, true) },
		"another attempt": func(tx *Tx) error { return tx.PutNotification(Notification{ID: noteID(1), Account: id}) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.Update(t.Context(), late); !errors.Is(err, ErrNotFound) {
				t.Errorf("%v, want ErrNotFound", err)
			}
		})
	}
	if diff := cmp.Diff(map[string]int{}, rowsOf(t, s)); diff != "" {
		t.Errorf("rows that are left (-want +got):\n%s", diff)
	}
}

func TestAMovedRecordDoesNotOpen(t *testing.T) {
	s := openNew(t)
	update(t, s, func(tx *Tx) error { return errors.Join(fill(tx, 1), fill(tx, 2)) })
	update(t, s, func(tx *Tx) error { // the first one's token under the second one's name
		mine, their := accountID(1), accountID(2)
		stolen, err := tx.reader.Get(tableAccounts, their[:])
		if err != nil {
			return err
		}
		return tx.writer.Put(tableAccounts, mine[:], stolen)
	})
	view(t, s, func(tx *Tx) error {
		if _, err := tx.Account(accountID(1)); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("the moved account: %v, want ErrSealed", err)
		}
		opened, failed := 0, 0
		for _, err := range tx.Accounts() { // and the loop goes on past it
			if err != nil {
				failed++
				continue
			}
			opened++
		}
		if opened != 1 || failed != 1 {
			t.Errorf("%d open and %d fail, want one each", opened, failed)
		}
		return nil
	})
	update(t, s, func(tx *Tx) error { return tx.DeleteAccount(accountID(1)) }) // for checkSound
}
