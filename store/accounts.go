package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"

	"phonechatbot/internal/alert"
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
	Refresh  secret.String // good for one renewal; zero: cannot be renewed
	Expires  time.Time     // of Token; zero if unknown
	Renewed  time.Time     // when the pair was obtained; zero for a token that was pasted
	State    AccountState
	Linked   time.Time
	Role     Role
	Zone     string      // IANA name of the zone the person lives in; empty: the platform's own
	Number   SavedNumber // the person's own number, for the next request
	Alerts   alert.Prefs // what the person chose about them
	Paused   time.Time   // since when the messenger refuses the chat, so that alerts wait; zero: it does not
}

// SavedNumber is the number that was last given for a call, kept for a while.
type SavedNumber struct {
	National string    `json:"national,omitempty"` // digits; empty: none
	Until    time.Time `json:"until,omitzero"`     // it is deleted then
}

// Role is what a member does on the platform, as far as it was told. It decides what is offered first
// and nothing else.
type Role struct {
	Type    string `json:"type,omitempty"`    // the platform's own word (UserType)
	Offers  bool   `json:"offers,omitempty"`  // takes phone chat bookings: a performer
	Told    bool   `json:"told,omitempty"`    // whether Offers was found out
	Manager bool   `json:"manager,omitempty"` // of the group below
	Group   int64  `json:"group,omitempty"`
	Name    string `json:"name,omitempty"` // of the group
}

// accountRecord is an Account on disk: the one place where its tokens are spelled out, to be sealed.
type accountRecord struct {
	Chat     flow.ChatID  `json:"chat"`
	Member   int64        `json:"member"`
	Nickname string       `json:"nickname"`
	Token    string       `json:"token"`
	Refresh  string       `json:"refresh"`
	Expires  time.Time    `json:"expires"`
	Renewed  time.Time    `json:"renewed"`
	State    AccountState `json:"state"`
	Linked   time.Time    `json:"linked"`
	Role     Role         `json:"role"`
	ID       AccountID    `json:"id"`
	Zone     string       `json:"zone,omitempty"`
	Number   SavedNumber  `json:"number,omitzero"`
	Alerts   alert.Prefs  `json:"alerts,omitzero"`
	Paused   time.Time    `json:"paused,omitzero"`
}

func (r accountRecord) account() Account {
	return Account{
		ID: r.ID, Chat: r.Chat, Member: r.Member, Nickname: r.Nickname, State: r.State, Linked: r.Linked, Role: r.Role,
		Token: secret.New(r.Token), Refresh: secret.New(r.Refresh), Expires: r.Expires, Renewed: r.Renewed,
		Zone: r.Zone, Number: r.Number, Alerts: r.Alerts, Paused: r.Paused,
	}
}

// Account reads one account, or answers ErrNotFound.
func (tx *Tx) Account(id AccountID) (Account, error) {
	record, err := get[accountRecord](tx, tableAccounts, id[:])
	return record.account(), err
}

// PutAccount writes an account, new or changed. It needs an ID and one of the known states. Paused stays as it is
// stored: see PauseAccount and ResumeAccount, which move what waits with it.
func (tx *Tx) PutAccount(a Account) error {
	before, err := tx.Account(a.ID)
	switch {
	case err == nil:
		a.Paused = before.Paused
	case !errors.Is(err, ErrNotFound):
		return fmt.Errorf("put account: %w", err)
	}
	return tx.putAccount(a, before)
}

func (tx *Tx) putAccount(a, before Account) error {
	if a.ID.IsZero() {
		return errors.New("put account: no id")
	}
	switch a.State {
	case AccountActive, AccountUnconfirmed, AccountStopped:
	default:
		return errors.New("put account: unknown state")
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
		Token: a.Token.Reveal(), Refresh: a.Refresh.Reveal(), Expires: stored(a.Expires), Renewed: stored(a.Renewed),
		State: a.State, Linked: stored(a.Linked), Role: a.Role, Zone: a.Zone,
		Number: SavedNumber{National: a.Number.National, Until: stored(a.Number.Until)},
		Alerts: a.Alerts, Paused: stored(a.Paused),
	})
}

// StopAccount notes that the platform refuses what an account was linked with at a time, and queues the
// notice that asks for a new link: both, or neither. It is done once, whoever finds out first: false if the
// account is not active any more, or was linked anew since; ErrNotFound if it is gone.
func (tx *Tx) StopAccount(id AccountID, linked time.Time, notice Notification) (bool, error) {
	account, err := tx.Account(id)
	if err != nil || account.State != AccountActive || !account.Linked.Equal(linked) {
		return false, err
	}
	plan, err := tx.Poll(id)
	if err != nil {
		return false, fmt.Errorf("stop account: %w", err)
	}
	account.State = AccountStopped
	plan.Every, plan.Failures, plan.Refused = 0, 0, false // linked again, it begins anew
	if err := errors.Join(tx.PutAccount(account), tx.PutPoll(plan), tx.Enqueue(notice)); err != nil {
		return false, fmt.Errorf("stop account: %w", err)
	}
	return true, nil
}

// Accounts walks all accounts, in no order that means anything.
func (tx *Tx) Accounts() iter.Seq2[Account, error] {
	return each(scan[accountRecord](tx, tableAccounts, nil), accountRecord.account)
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
// record, offers, deeds, DirectChat settings, notifications and sends; its chat stands on no account afterwards. It removes also what no
// longer opens. An account that is not there is no error.
func (tx *Tx) DeleteAccount(id AccountID) error {
	err := errors.Join(
		tx.leaveChat(id), // first: it asks the account for its chat
		tx.dropWhere(tableSnapshots, id[:], everyRow),
		tx.dropWhere(tableOffers, id[:], everyRow),
		tx.dropWhere(tableDeeds, id[:], everyRow),
		tx.dropWhere(tableDirect, id[:], everyRow),
		tx.dropWhere(tableTold, id[:], everyRow),
		tx.dropWhere(tableWatches, id[:], everyRow),
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
