package store

import (
	"fmt"
	"io"
	"slices"
)

// DirectChat is the platform's settings for unbooked calls as it last told them. It tells them only while
// they are in force, and wants them back for that. They may hold a phone number.
type DirectChat struct {
	Account AccountID `json:"account"`
	Member  int64     `json:"member"`  // of the group, whose they are; 0 for the account itself
	Details []byte    `json:"details"` // as they came
}

// Format shows nothing of them under any verb.
func (d DirectChat) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "DirectChat settings")
}

// DirectChat reads what was last told of a member of the account's group, or of the account itself
// (member 0); ErrNotFound if nothing ever was.
func (tx *Tx) DirectChat(account AccountID, member int64) (DirectChat, error) {
	return get[DirectChat](tx, tableDirect, tx.directKey(account, member))
}

// PutDirectChat keeps what was told now in place of what was before; ErrNotFound if the account is gone.
func (tx *Tx) PutDirectChat(d DirectChat) error {
	if err := tx.needAccount(d.Account); err != nil {
		return fmt.Errorf("put DirectChat settings: %w", err)
	}
	return put(tx, tableDirect, tx.directKey(d.Account, d.Member), d)
}

func (tx *Tx) directKey(account AccountID, member int64) []byte {
	return append(account[:], tx.tagged(tableDirect, slices.Concat(account[:], number(member)))...)
}
