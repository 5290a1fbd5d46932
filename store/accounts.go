package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
)

// AccountID names a linked account in the store: a random UUID the caller makes, without meaning outside.
type AccountID uuid.UUID

// ParseAccountID reads what String writes.
func ParseAccountID(text string) (AccountID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return AccountID{}, errors.New("parse account id: not a UUID")
	}
	return AccountID(id), nil
}

// String is the usual form with hyphens. It is no secret: it may be logged.
func (id AccountID) String() string { return uuid.UUID(id).String() }

// IsZero reports whether this is no account at all.
func (id AccountID) IsZero() bool { return id == AccountID{} }

// MarshalText writes what String shows.
func (id AccountID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *AccountID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseAccountID(string(text))
	return err
}

// AccountState says whether an account is polled.
type AccountState string

// The states of an account.
const (
	AccountActive      AccountState = "active"
	AccountUnconfirmed AccountState = "unconfirmed" // waits for the person's yes
	AccountStopped     AccountState = "stopped"     // its token was refused: not polled until linked again
)

// Account is a platform account that a chat has linked.
type Account struct {
	ID       AccountID
	Chat     flow.ChatID // where its notices go
	Member   int64       // the member's number on the platform; 0 while unknown
	Nickname string
	Token    secret.String
	State    AccountState
	Linked   time.Time
}

// accountRecord is an Account on disk: the one place where a token is spelled out, to be sealed.
type accountRecord struct {
	Chat     flow.ChatID  `json:"chat"`
	Member   int64        `json:"member"`
	Nickname string       `json:"nickname"`
	Token    string       `json:"token"`
	State    AccountState `json:"state"`
	Linked   time.Time    `json:"linked"`
	ID       AccountID    `json:"id"`
}

func (r accountRecord) account() Account {
	return Account{r.ID, r.Chat, r.Member, r.Nickname, secret.New(r.Token), r.State, r.Linked}
}

// Account reads one account, or answers ErrNotFound.
func (tx *Tx) Account(id AccountID) (Account, error) {
	record, err := get[accountRecord](tx, tableAccounts, id[:])
	if err != nil {
		return Account{}, err
	}
	return record.account(), nil
}

// PutAccount writes an account, new or changed. It needs an ID and one of the known states.
func (tx *Tx) PutAccount(a Account) error {
	if a.ID.IsZero() {
		return errors.New("put account: no id")
	}
	switch a.State {
	case AccountActive, AccountUnconfirmed, AccountStopped:
	default:
		return errors.New("put account: unknown state")
	}
	before, err := tx.Account(a.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("put account: %w", err)
	}
	if before.Member != 0 && before.Member != a.Member {
		if err := drop(tx, tableMembers, tx.memberKey(before.Member, a.ID)); err != nil {
			return fmt.Errorf("put account: %w", err)
		}
	}
	if a.Member != 0 {
		if err := put(tx, tableMembers, tx.memberKey(a.Member, a.ID), index{}); err != nil {
			return fmt.Errorf("put account: %w", err)
		}
	}
	return put(tx, tableAccounts, a.ID[:], accountRecord{
		ID: a.ID, Chat: a.Chat, Member: a.Member, Nickname: a.Nickname,
		Token: a.Token.Reveal(), State: a.State, Linked: stored(a.Linked),
	})
}

// Accounts walks all accounts, in no order that means anything.
func (tx *Tx) Accounts() iter.Seq2[Account, error] {
	return func(yield func(Account, error) bool) {
		for record, err := range scan[accountRecord](tx, tableAccounts, nil) {
			var account Account
			if err == nil {
				account = record.account()
			}
			if !yield(account, err) {
				return
			}
		}
	}
}

// AccountsOf lists the accounts of a member of the platform: more than one if several chats have linked
// the same. Nobody is member 0.
func (tx *Tx) AccountsOf(member int64) ([]AccountID, error) {
	if member == 0 {
		return nil, nil
	}
	tag := tx.tagged(tableMembers, number(member))
	var ids []AccountID
	for found, err := range rows(tx, tableMembers, tag) {
		if err != nil {
			return nil, err
		}
		if _, err := unseal[index](tx, tableMembers, found); err != nil {
			return nil, err
		}
		ids = append(ids, AccountID(found.key[len(tag):]))
	}
	return ids, nil
}

func (tx *Tx) memberKey(member int64, id AccountID) []byte {
	return append(tx.tagged(tableMembers, number(member)), id[:]...)
}

// needAccount answers ErrNotFound unless the account exists.
func (tx *Tx) needAccount(id AccountID) error {
	exists, err := has(tx, tableAccounts, id[:])
	if err == nil && !exists {
		err = fmt.Errorf("%s: %w", tableAccounts, ErrNotFound)
	}
	return err
}

// DeleteAccount removes an account and everything of it: its place in the index, its snapshots, poll
// record, notifications and sends; its chat stands on no account afterwards. It removes also what no
// longer opens. An account that is not there is no error.
func (tx *Tx) DeleteAccount(id AccountID) error {
	err := errors.Join(
		tx.leaveChat(id), // first: it asks the account for its chat
		tx.dropWhere(tableSnapshots, id[:], everyRow),
		tx.dropWhere(tableOutbox, id[:], everyRow),
		tx.dropWhere(tableDue, nil, func(r row) bool {
			return len(r.key) == dueSize && bytes.HasPrefix(r.key[dueAccount:], id[:])
		}),
		tx.dropWhere(tableMembers, nil, func(r row) bool { return bytes.HasSuffix(r.key, id[:]) }),
		tx.dropWhere(tableSends, nil, func(r row) bool {
			send, err := unseal[Send](tx, tableSends, r)
			return err == nil && send.Account == id
		}),
		drop(tx, tablePolls, id[:]),
		drop(tx, tableAccounts, id[:]),
	)
	if err != nil {
		return fmt.Errorf("delete account: %w", err)
	}
	return nil
}

func everyRow(row) bool { return true }

// dropWhere deletes the rows under a prefix that it is asked to.
func (tx *Tx) dropWhere(table string, prefix []byte, which func(row) bool) error {
	for found, err := range rows(tx, table, prefix) {
		if err != nil {
			return err
		}
		if !which(found) {
			continue
		}
		if err := drop(tx, table, found.key); err != nil {
			return err
		}
	}
	return nil
}

// leaveChat takes the account off its chat, if both can be read.
func (tx *Tx) leaveChat(id AccountID) error {
	account, err := tx.Account(id)
	if err != nil {
		return nil
	}
	chat, err := tx.Chat(account.Chat)
	if err != nil || chat.Account != id {
		return nil
	}
	chat.Account = AccountID{}
	return tx.PutChat(chat)
}
