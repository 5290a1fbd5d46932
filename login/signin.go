package login

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

const (
	linkLife  = 10 * time.Minute // of a link, until the browser is back
	holdLife  = 10 * time.Minute // of tokens that have arrived, until the chat shows the code
	takenLife = time.Minute      // of a redemption; one that is older died with the program
	overLife  = 24 * time.Hour   // of what is left of a sign-in that ended, for its page and its word
	maxTries  = 5                // codes a chat may get wrong
)

// wordReplaced is the one word that is not in the store's list: the chat has begun another sign-in. It is
// told to the browser only.
const wordReplaced = "replaced"

// Begun is a sign-in that waits for the browser.
type Begun struct {
	URL  string    // for the person's browser only: who opens it signs in
	Ends time.Time // of the link
}

// Begin makes a link for a chat. After is handed back by Claim. A sign-in that the chat had begun before
// is ended, and its tokens with it; of those that were ended so, the last is kept for its page. Without a
// Host it is ErrNoHost.
func (l *Login) Begin(ctx context.Context, chat flow.ChatID, user int64, after string) (Begun, error) {
	if l.cfg.Host == nil {
		return Begun{}, ErrNoHost
	}
	now := l.cfg.Now()
	s := store.SignIn{
		State: l.cfg.NewState(), Chat: chat, User: user, Made: now, Ends: now.Add(linkLife), After: after,
		Stage: store.SignInOpen,
	}
	err := l.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := replace(tx, chat, now); err != nil {
			return err
		}
		return tx.PutSignIn(s)
	})
	if err != nil {
		return Begun{}, fmt.Errorf("begin sign-in: %w", err)
	}
	return Begun{URL: l.cfg.Host.AuthorizeURL(s.State), Ends: s.Ends}, nil
}

// replace ends the last sign-in of a chat in favour of another one, and drops those before it. A warning that
// has yet to be told stays.
func replace(tx *store.Tx, chat flow.ChatID, now time.Time) error {
	earlier := slices.DeleteFunc(ofChat(tx, chat), func(s store.SignIn) bool {
		return tellable(s) && (s.Word == store.SignInForeign || s.Word == store.SignInReused)
	})
	for i, s := range earlier {
		var err error
		switch {
		case i < len(earlier)-1:
			err = tx.DropSignIn(s.State)
		case s.Word != wordReplaced: // otherwise its time goes on
			err = tx.PutSignIn(over(s, wordReplaced, now))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ClaimOutcome is what became of a code that a chat has shown.
type ClaimOutcome int

// The outcomes of a claim.
const (
	ClaimNone    ClaimOutcome = iota // nothing waits here for a code, and it is nobody else's
	ClaimWrong                       // something waits, and this is not its code
	ClaimForeign                     // the code of another chat's sign-in, which has been ended
	ClaimDone                        // the code is right: the tokens are this chat's
)

// Claimed is the answer to a claim.
type Claimed struct {
	Outcome ClaimOutcome
	Left    int          // tries that are left after ClaimWrong; 0: the sign-in is over, its tokens are gone
	SignIn  store.SignIn // of ClaimDone, with its tokens. The chat drops it from the store when it has linked them
}

// Claim hands the tokens that have arrived to the chat that began, if it shows the code of the browser. They
// stay where they are until the chat has linked them or their time is over, and can be claimed again: what
// the chat does with them can fail. The first claim gives them their time anew.
// Case, spaces and hyphens do not matter. What ends here without ClaimDone needs no word but the answer,
// except for the other chat of ClaimForeign, which is told.
func (l *Login) Claim(ctx context.Context, chat flow.ChatID, code string) (Claimed, error) {
	var done Claimed
	var tell []flow.ChatID
	err := l.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		done, tell, err = claim(tx, chat, code, l.cfg.Now())
		return err
	})
	if err != nil {
		return Claimed{}, fmt.Errorf("claim sign-in: %w", err)
	}
	l.tell(tell)
	if done.Outcome != ClaimNone {
		l.log.Info().Int64("chat_id", int64(chat)).Stringer("outcome", done.Outcome).Msg("a chat showed a code")
	}
	return done, nil
}

// String is a word for logs.
func (o ClaimOutcome) String() string {
	return [...]string{"none", "wrong", "foreign", "done"}[o]
}

func claim(tx *store.Tx, chat flow.ChatID, code string, now time.Time) (done Claimed, tell []flow.ChatID, err error) {
	var mine, match *store.SignIn
	for _, s := range signIns(tx) {
		settled, changed := settle(s, now)
		if changed {
			if err := tx.PutSignIn(settled); err != nil {
				return Claimed{}, nil, err
			}
			tell = append(tell, s.Chat)
		}
		if settled.Stage != store.SignInArrived {
			continue
		}
		if s.Chat == chat {
			mine = &settled
		}
		if sameCode(s.Code, code) && (match == nil || s.Chat == chat) {
			match = &settled
		}
	}
	switch {
	case match != nil && match == mine:
		if !mine.Claimed {
			mine.Claimed, mine.Ends = true, now.Add(holdLife)
			err = tx.PutSignIn(*mine)
		}
		return Claimed{Outcome: ClaimDone, SignIn: *mine}, tell, err
	case match != nil:
		return Claimed{Outcome: ClaimForeign}, append(tell, match.Chat), tx.PutSignIn(over(*match, store.SignInForeign, now))
	case mine == nil:
		return Claimed{Outcome: ClaimNone}, tell, nil
	}
	mine.Tries++
	done = Claimed{Outcome: ClaimWrong, Left: maxTries - mine.Tries}
	if done.Left <= 0 {
		return done, tell, tx.DropSignIn(mine.State)
	}
	return done, tell, tx.PutSignIn(*mine)
}

// signIns lists the sign-ins that open. There are as many as people are signing in just now.
func signIns(tx *store.Tx) []store.SignIn {
	var all []store.SignIn
	for s, err := range tx.SignIns() {
		if err == nil {
			all = append(all, s)
		}
	}
	return all
}

// ofChat lists the sign-ins of a chat that open, oldest first.
func ofChat(tx *store.Tx, chat flow.ChatID) []store.SignIn {
	own := slices.DeleteFunc(signIns(tx), func(s store.SignIn) bool { return s.Chat != chat })
	slices.SortStableFunc(own, func(a, b store.SignIn) int { return a.Made.Compare(b.Made) })
	return own
}

// settle ends a sign-in whose time has come.
func settle(s store.SignIn, now time.Time) (settled store.SignIn, changed bool) {
	switch {
	case s.Stage == store.SignInOver || now.Before(s.Ends):
		return s, false
	case s.Stage == store.SignInTaken:
		return over(s, store.SignInFailed, now), true
	default:
		return over(s, store.SignInExpired, now), true
	}
}

// over ends a sign-in: what it held is gone.
func over(s store.SignIn, word string, now time.Time) store.SignIn {
	return store.SignIn{
		State: s.State, Chat: s.Chat, User: s.User, Made: s.Made, Ends: now, After: s.After,
		Stage: store.SignInOver, Word: word,
	}
}

func forgettable(s store.SignIn, now time.Time) bool {
	return s.Stage == store.SignInOver && !now.Before(s.Ends.Add(overLife))
}

// sameCode compares codes as people type them, in a time that does not tell how far they agree.
func sameCode(want, shown string) bool {
	want, shown = plainCode(want), plainCode(shown)
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(shown)) == 1
}

// plainCode is a code in capitals without blanks and dashes.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, code)
}

// readable is a code in groups of four, as the page shows it.
func readable(code string) string {
	runes := []rune(plainCode(code))
	var groups []string
	for len(runes) > 4 {
		groups, runes = append(groups, string(runes[:4])), runes[4:]
	}
	return strings.Join(append(groups, string(runes)), "-")
}

// unknown reports whether there is no such sign-in.
func unknown(err error) bool { return errors.Is(err, store.ErrNotFound) }
