package store

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
)

// SignInStage says how far a sign-in has come.
type SignInStage string

// The stages of a sign-in.
const (
	SignInOpen    SignInStage = "open"    // waits for the browser to come back
	SignInTaken   SignInStage = "taken"   // the browser is back, what it brought is being redeemed
	SignInArrived SignInStage = "arrived" // tokens are here, and the chat has yet to show its code
	SignInOver    SignInStage = "over"    // nothing more will come of it but its word
)

// How a sign-in can end, other than well: the Word of one that is over.
const (
	SignInCancelled = "cancelled" // the person said no on the platform's page
	SignInRefused   = "refused"   // the platform refused the sign-in, or what it had given the browser
	SignInExpired   = "expired"   // the browser, the code or the yes came too late
	SignInFailed    = "failed"    // the login host was not to be reached or understood, or the program was stopped
	SignInReused    = "reused"    // the link came back a second time with something else
	SignInForeign   = "foreign"   // another chat showed the code: somebody else had opened the link
)

// SignIn is one visit of a person to the platform's login page, from the link to the tokens. Whoever
// reads State or Code can finish it in the person's place: neither is for a log.
type SignIn struct {
	State   string      // what the browser takes to the platform and brings back
	Chat    flow.ChatID // where it was begun
	User    int64       // the Telegram user who began it
	Made    time.Time
	Ends    time.Time // no longer good from here on
	After   string    // what the chat wanted to do when it was asked to sign in
	Stage   SignInStage
	Word    string        // how it ended, once it is over
	Code    string        // what the browser was shown, for the chat to show in turn
	Tries   int           // wrong codes the chat has shown
	Token   secret.String // held from its arrival until the chat has shown the code
	Refresh secret.String
	Expires time.Time // of Token
	Arrived time.Time // when the tokens did
	Claimed bool      // the chat has shown the code
	Asked   bool      // the chat was asked whether it was the person

	Member   int64 // whose tokens they are, once the platform was asked; 0 before
	Nickname string
	Role     Role
}

// Format shows the stage and the word under every verb, and nothing else.
func (s SignIn) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "sign-in, "+string(s.Stage)+" "+s.Word)
}

// signInRecord is a SignIn on disk: its tokens spelled out, to be sealed.
type signInRecord struct {
	State   string      `json:"state"`
	Chat    flow.ChatID `json:"chat"`
	User    int64       `json:"user"`
	Made    time.Time   `json:"made"`
	Ends    time.Time   `json:"ends"`
	After   string      `json:"after"`
	Stage   SignInStage `json:"stage"`
	Word    string      `json:"word"`
	Code    string      `json:"code"`
	Tries   int         `json:"tries"`
	Token   string      `json:"token"`
	Refresh string      `json:"refresh"`
	Expires time.Time   `json:"expires"`
	Arrived time.Time   `json:"arrived"`
	Claimed bool        `json:"claimed"`
	Asked   bool        `json:"asked"`

	Member   int64  `json:"member"`
	Nickname string `json:"nickname"`
	Role     Role   `json:"role,omitzero"`
}

func (r signInRecord) signIn() SignIn {
	return SignIn{
		State: r.State, Chat: r.Chat, User: r.User, Made: r.Made, Ends: r.Ends, After: r.After,
		Stage: r.Stage, Word: r.Word, Code: r.Code, Tries: r.Tries,
		Token: secret.New(r.Token), Refresh: secret.New(r.Refresh), Expires: r.Expires,
		Arrived: r.Arrived, Claimed: r.Claimed, Asked: r.Asked, Member: r.Member, Nickname: r.Nickname, Role: r.Role,
	}
}

// SignIn reads the sign-in of a state, or answers ErrNotFound.
func (tx *Tx) SignIn(state string) (SignIn, error) {
	record, err := get[signInRecord](tx, tableSignIns, tx.signInKey(state))
	return record.signIn(), err
}

// PutSignIn writes a sign-in, new or changed. It needs a state and one of the known stages. To change
// one, read it in the same transaction: it may be gone, and would come back.
func (tx *Tx) PutSignIn(s SignIn) error {
	if s.State == "" {
		return errors.New("put sign-in: no state")
	}
	switch s.Stage {
	case SignInOpen, SignInTaken, SignInArrived, SignInOver:
	default:
		return errors.New("put sign-in: unknown stage")
	}
	return put(tx, tableSignIns, tx.signInKey(s.State), signInRecord{
		State: s.State, Chat: s.Chat, User: s.User, Made: stored(s.Made), Ends: stored(s.Ends), After: s.After,
		Stage: s.Stage, Word: s.Word, Code: s.Code, Tries: s.Tries,
		Token: s.Token.Reveal(), Refresh: s.Refresh.Reveal(), Expires: stored(s.Expires),
		Arrived: stored(s.Arrived), Claimed: s.Claimed, Asked: s.Asked, Member: s.Member, Nickname: s.Nickname, Role: s.Role,
	})
}

// DropSignIn forgets a sign-in, with the tokens it holds. One that is not there is no error.
func (tx *Tx) DropSignIn(state string) error { return drop(tx, tableSignIns, tx.signInKey(state)) }

// DropSignIns forgets the sign-ins that a chat has begun, with the tokens they hold.
func (tx *Tx) DropSignIns(chat flow.ChatID) error {
	return tx.dropWhere(tableSignIns, nil, func(r row) bool {
		begun, err := unseal[signInRecord](tx, tableSignIns, r)
		return err == nil && begun.Chat == chat
	})
}

// SignIns walks all sign-ins, in no order that means anything.
func (tx *Tx) SignIns() iter.Seq2[SignIn, error] {
	return each(scan[signInRecord](tx, tableSignIns, nil), signInRecord.signIn)
}

func (tx *Tx) signInKey(state string) []byte { return tx.tagged(tableSignIns, []byte(state)) }
