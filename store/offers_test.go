package store

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestOfferRoundTrip(t *testing.T) {
	s := openNew(t)
	id := putAccount(t, s, 1)
	for name, want := range map[string]Offer{
		"all of it": {
			Account: id, Member: 8, Offer: 31, Number: 2, Title: "Half \"an\" hour\u202e", Duration: 30, Mode: 3, Credits: "18.75",
			Available: true, Continue: true, Saved: noon,
		},
		"bare":         {Account: id, Offer: 32},
		"another zone": {Account: id, Offer: 33, Saved: noon.In(time.FixedZone("BST", 3600))},
	} {
		t.Run(name, func(t *testing.T) {
			update(t, s, func(tx *Tx) error { return tx.PutOffer(want) })
			view(t, s, func(tx *Tx) error {
				got, err := tx.Offer(id, want.Member, want.Offer)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if got.Saved.Location() != time.UTC {
					t.Error("the time does not come back in UTC")
				}
				return err
			})
		})
	}
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutOffer(Offer{Account: id}) }); err == nil {
		t.Error("an offer without id is written")
	}
}

// TestOffersAgainstAModel writes, changes and deletes offers of two accounts, for themselves and for members.
func TestOffersAgainstAModel(t *testing.T) {
	type place struct {
		account       AccountID
		member, offer int64
	}
	s := openNew(t)
	rapid.Check(t, func(rt *rapid.T) {
		for n := range byte(2) {
			update(t, s, func(tx *Tx) error { return tx.DeleteAccount(accountID(n + 1)) })
			putAccount(t, s, n+1)
		}
		model := map[place]Offer{}
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			at := place{
				accountID(byte(rapid.IntRange(1, 2).Draw(rt, "account"))),
				rapid.Int64Range(0, 2).Draw(rt, "member"), rapid.Int64Range(1, 3).Draw(rt, "offer"),
			}
			if rapid.IntRange(0, 3).Draw(rt, "delete") == 0 {
				delete(model, at)
				update(t, s, func(tx *Tx) error { return tx.DeleteOffer(at.account, at.member, at.offer) })
				continue
			}
			o := Offer{Account: at.account, Member: at.member, Offer: at.offer, Number: rapid.Int().Draw(rt, "number")}
			model[at] = o
			update(t, s, func(tx *Tx) error { return tx.PutOffer(o) })
		}
		view(t, s, func(tx *Tx) error {
			for n := range 2 * 3 {
				account, member := accountID(byte(n/3+1)), int64(n%3)
				var want, got []Offer
				for offer := range int64(4) {
					known, there := model[place{account, member, offer}]
					one, err := tx.Offer(account, member, offer)
					if one != known || errors.Is(err, ErrNotFound) == there {
						rt.Errorf("offer %d of %d: %v, %v", offer, member, one, err)
					}
					if there {
						want = append(want, known)
					}
				}
				for offer, err := range tx.Offers(account, member) {
					if err != nil {
						return err
					}
					got = append(got, offer)
				}
				byID := cmpopts.SortSlices(func(a, b Offer) bool { return a.Offer < b.Offer })
				if diff := cmp.Diff(want, got, byID); diff != "" {
					rt.Errorf("offers of %d (-want +got):\n%s", member, diff)
				}
			}
			return nil
		})
	})
}

// TestAnOffersKeyNamesNobody compares the keys of an offer under two keyrings.
func TestAnOffersKeyNamesNobody(t *testing.T) {
	var keys [][]byte
	for _, key := range []byte{1, 2} {
		s := openAt(t, dataFile(t), ring(t, key))
		view(t, s, func(tx *Tx) error {
			keys = append(keys, tx.offerKey(accountID(1), knownOther, knownOffer)[len(AccountID{}):])
			return nil
		})
	}
	if bytes.Equal(keys[0][:16], keys[1][:16]) || bytes.Equal(keys[0][16:], keys[1][16:]) {
		t.Error("without the key one could tell whose offer it is")
	}
}
