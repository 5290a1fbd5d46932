package store

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Offer is a special offer as it was last written or told, for where the platform has no list of them.
type Offer struct {
	Account   AccountID `json:"account"`
	Member    int64     `json:"member"` // of the group, whose offer it is; 0 for the account itself
	Offer     int64     `json:"offer"`  // the platform's id of it
	Number    int       `json:"number"` // its place among the member's offers
	Title     string    `json:"title"`
	Duration  int       `json:"duration"` // minutes
	Mode      int       `json:"mode"`     // the platform's ModeID
	Credits   string    `json:"credits"`  // for all of it; exact decimal
	Available bool      `json:"available"`
	Continue  bool      `json:"continue"` // the session may go on after its end
	Saved     time.Time `json:"saved"`
}

// Offer reads one offer, or answers ErrNotFound.
func (tx *Tx) Offer(account AccountID, member, offer int64) (Offer, error) {
	return get[Offer](tx, tableOffers, tx.offerKey(account, member, offer))
}

// PutOffer writes an offer, new or changed; ErrNotFound if its account is gone.
func (tx *Tx) PutOffer(o Offer) error {
	if o.Offer == 0 {
		return errors.New("put offer: no id")
	}
	if err := tx.needAccount(o.Account); err != nil {
		return fmt.Errorf("put offer: %w", err)
	}
	o.Saved = stored(o.Saved)
	return put(tx, tableOffers, tx.offerKey(o.Account, o.Member, o.Offer), o)
}

// DeleteOffer forgets an offer. One that is not there is no error.
func (tx *Tx) DeleteOffer(account AccountID, member, offer int64) error {
	return drop(tx, tableOffers, tx.offerKey(account, member, offer))
}

// Offers walks the offers of a member of the account's group, or of the account itself (member 0), in no
// order that means anything.
func (tx *Tx) Offers(account AccountID, member int64) iter.Seq2[Offer, error] {
	return scan[Offer](tx, tableOffers, tx.offersOf(account, member))
}

// offersOf is what the keys of a member's offers begin with.
func (tx *Tx) offersOf(account AccountID, member int64) []byte {
	return append(account[:], tx.tagged(tableOffers, slices.Concat(account[:], number(member)))...)
}

func (tx *Tx) offerKey(account AccountID, member, offer int64) []byte {
	named := slices.Concat(account[:], number(member), number(offer))
	return append(tx.offersOf(account, member), tx.tagged(tableOffers, named)...)
}
