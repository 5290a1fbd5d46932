package conversations

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// SignIns is the way of linking through the site's own login page.
type SignIns interface {
	// Begin makes an address that signs in for this chat, once and until it ends. An earlier one of the
	// chat ends. After is the command to come back to.
	Begin(ctx context.Context, chat flow.ChatID, user int64, after string) (SignInLink, error)
	// Claim judges a code that somebody typed or brought along in this chat.
	Claim(ctx context.Context, chat flow.ChatID, code string) (Claim, error)
	// Words are the sign-ins of this chat that there is something to tell of: those that are over, which
	// stay until they are dropped, and one whose browser is back.
	Words(ctx context.Context, chat flow.ChatID) ([]store.SignIn, error)
}

// SignInLink is where a browser begins.
type SignInLink struct {
	URL  string
	Ends time.Time
}

// Claim is the judgement of a code.
type Claim struct {
	Outcome ClaimOutcome
	Left    int          // tries left, of a wrong code
	SignIn  store.SignIn // of a good code: it waits for the yes, until it ends
}

// ClaimOutcome says how a code was judged.
type ClaimOutcome int

// The judgements of a code.
const (
	ClaimNone    ClaimOutcome = iota // nothing waits for a code here
	ClaimWrong                       // something does, and this is not its code
	ClaimForeign                     // the code is another chat's
	ClaimGood
)

var (
	msgSignInTitle = msg("signin.title", "<b>Sign in on the site</b>")
	msgSignInHow   = msg("signin.how", "Open the site's own login page, sign in and allow access; your password stays there. The link works once, until {until}. The last page brings you back here.")
	msgKeySignIn   = msg("signin.key", "Sign in on the site")
	msgKeyLogin    = msg("signin.key_open", "Open the login page")
	msgKeyPasteIt  = msg("signin.key_paste", "Paste a token instead")

	msgSignInBack = msg("signin.back", "You are back from the site. To finish, press <b>Go back to the chat</b> on its last page, or type the code that is shown there.")
	msgSignInAsk  = msg("signin.ask", "Linked as <b>{name}</b>. Was this you? Nothing of the account is shown or watched before you say yes.")
	msgSignInElse = msg("signin.elsewhere", "{name} is linked in another Telegram chat already: after a yes, both chats see its bookings.")
	msgSignInYes  = msg("signin.key_yes", "Yes, that is me")
	msgSignInNo   = msg("signin.key_no", "No, forget it")
	msgSignInDone = msg("signin.done", "Linked as <b>{name}</b>. The sign-in renews itself. {alerts}")
	msgSignInKept = msg("signin.done_short", "Linked as <b>{name}</b>. The site gave no means to renew the sign-in: I will ask for a new one when it ends. {alerts}")
	msgSignInOut  = msg("signin.forgotten", "Forgotten. Nothing of that account was kept here. If it was not you who signed in, withdraw the permission on the site.")

	msgSignInCancelled = msg("signin.cancelled", "You backed out on the site. Nothing was linked.")
	msgSignInRefused   = msg("signin.refused", "The site did not complete the sign-in. Nothing was linked; please sign in again.")
	msgSignInFailed    = msg("signin.failed", "The site did not answer while you were signing in. Nothing was linked; please sign in again.")
	msgSignInExpired   = msg("signin.expired", "The sign-in has expired: it has ten minutes. Nothing was linked; please sign in again.")
	msgSignInReused    = msg("signin.reused", "A sign-in link was opened a second time. It works once, so that sign-in has ended; nothing was linked. Please sign in again.")
	msgSignInForeign   = msg("signin.foreign", "The code of your sign-in was shown in another chat, so the sign-in has ended and nothing was linked. Please sign in again, and keep the link to yourself.")

	msgClaimNone    = msg("signin.none", "No sign-in is waiting for that code here: it may have expired. Nothing was linked.")
	msgClaimForeign = msg("signin.not_yours", "That sign-in was begun in another chat, so it has ended and nothing was linked. <b>If somebody sent you the link,</b> withdraw the permission on the site.")
	msgClaimWrong   = msg("signin.wrong", "That is not the code of your sign-in; tries left: {left}. It stands on the last page in your browser.")
	msgClaimOver    = msg("signin.wrong_over", "That was not the code either, so the sign-in has ended. Nothing was linked; please sign in again.")
)

// signInWord is what the person hears of a sign-in that is over.
func signInWord(word string) wording.Message {
	switch word {
	case store.SignInCancelled:
		return msgSignInCancelled
	case store.SignInRefused:
		return msgSignInRefused
	case store.SignInExpired:
		return msgSignInExpired
	case store.SignInReused:
		return msgSignInReused
	case store.SignInForeign:
		return msgSignInForeign
	default:
		return msgSignInFailed
	}
}

// codePayload begins the start payload that carries a code back from the last page.
const codePayload = "in_"

// CodePayload is the start payload of a link that brings a code back to the chat (Bot API: deep links).
func CodePayload(code string) string { return codePayload + code }

// signInPress answers the buttons of signing in.
func (v *visit) signInPress(p flow.Press) error {
	switch {
	case p.Action == "signin":
		return v.signIn(p.Value)
	case v.signIns == nil:
		return v.screen(v.homeView(wording.Text{}))
	case p.Action == "claim":
		return v.claimSignIn(p.Value)
	}
	return v.answerSignIn(p.Value, p.Action == "signinyes")
}

// signIn shows the way to the site's login page; where none is set up, tokens are pasted. Whatever form
// is open stays open: the person comes back to it.
func (v *visit) signIn(after string) error {
	after = cutAfter(after)
	if v.signIns == nil {
		return v.askToLink(after)
	}
	switch s, waits, err := v.pendingSignIn(); {
	case err != nil:
		return err
	case waits && s.Claimed: // the question stands: a new link would end it
		return v.askWhether(s)
	}
	link, err := v.signIns.Begin(v.ctx, v.event.Chat, v.event.User, after)
	if err != nil {
		return fmt.Errorf("begin sign-in: %w", err)
	}
	return v.screen(v.loginView(link, after))
}

func (v *visit) loginView(link SignInLink, after string) flow.View {
	view := flow.View{Protect: true, Body: []wording.Text{
		msgSignInTitle.Text(),
		msgSignInHow.With(wording.Args{"until": v.clock.moment(link.Ends)}),
	}}
	if after != "" {
		view.Body = append([]wording.Text{msgLinkFirst.Text()}, view.Body...)
	}
	view.Rows = [][]flow.Button{
		{{Label: msgKeyLogin.Text(), URL: link.URL, Style: flow.StylePrimary}},
		{v.button(msgKeyPasteIt, "link", after)},
		v.homeRow(),
	}
	return view
}

// cutAfter is a command to come back to as a button can carry it: the name and a member's number.
func cutAfter(after string) string {
	name, rest, _ := strings.Cut(after, " ")
	if name == bookName {
		return strings.TrimSpace(name + " " + bookGiven(rest)[stepWho])
	}
	return name
}

// tellSignIn says what became of a sign-in in the browser. What was said is dropped then and not before:
// where the saying fails, it is said again.
func (v *visit) tellSignIn() error {
	if v.signIns == nil {
		return nil
	}
	words, err := v.signIns.Words(v.ctx, v.event.Chat)
	if err != nil {
		return fmt.Errorf("read sign-ins: %w", err)
	}
	for _, s := range words {
		if err := v.tellOf(s); err != nil {
			return err
		}
	}
	return nil
}

func (v *visit) tellOf(s store.SignIn) error {
	if s.Stage == store.SignInArrived {
		pending, waits, err := v.pendingSignIn()
		switch {
		case err != nil:
			return err
		case waits && pending.Asked:
			return nil
		case waits && pending.Claimed: // a restart stood between the code and the question
			return v.askWhether(pending)
		}
		return v.say(flow.View{Body: []wording.Text{msgSignInBack.Text()}})
	}
	if err := v.say(v.signInOver(signInWord(s.Word).Text())); err != nil {
		return err
	}
	return v.changeSignIn(s.State, func(tx *store.Tx, now store.SignIn) error {
		if now.Stage != store.SignInOver {
			return nil
		}
		return tx.DropSignIn(now.State)
	})
}

// changeSignIn changes a sign-in, if it is still there. The update that led to it does not count as answered
// by that: cut off, it comes again.
func (v *visit) changeSignIn(state string, change func(*store.Tx, store.SignIn) error) error {
	err := v.db.Update(v.ctx, func(tx *store.Tx) error {
		s, err := tx.SignIn(state)
		if err != nil {
			return err
		}
		return change(tx, s)
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("change a sign-in: %w", err)
	}
	return nil
}

// signInOver ends a sign-in that brought nothing, and offers another one.
func (v *visit) signInOver(why wording.Text) flow.View {
	return flow.View{Body: []wording.Text{why}, Rows: [][]flow.Button{{v.button(msgKeySignIn, "signin", "")}, v.homeRow()}}
}
