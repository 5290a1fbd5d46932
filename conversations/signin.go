package conversations

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"phonechatbot/apiclient"
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
	msgSignInDone = msg("signin.done", "Linked as <b>{name}</b>. The sign-in renews itself. Alerts are on and discreet: no names, no amounts.")
	msgSignInKept = msg("signin.done_short", "Linked as <b>{name}</b>. The site gave no means to renew the sign-in: I will ask for a new one when it ends. Alerts are on and discreet.")
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

var codeShape = regexp.MustCompile(`^[A-Za-z0-9]{4}[ -]?[A-Za-z0-9]{4}$`)

// holdsCode: a text that can only be meant as a code, while a sign-in of this chat waits for one. In an open
// form only the code as the page shows it counts, with its hyphen: anything else is an answer.
func (v *visit) holdsCode() (bool, error) {
	text := strings.TrimSpace(v.event.Text)
	if v.signIns == nil || v.event.Kind != flow.EventText || !codeShape.MatchString(text) {
		return false, nil
	}
	if v.chat.Session != nil && !strings.Contains(text, "-") {
		return false, nil
	}
	s, waits, err := v.pendingSignIn()
	return waits && !s.Claimed, err
}

// pendingSignIn is the sign-in of this chat whose tokens have arrived. One that does not open is nobody's.
func (v *visit) pendingSignIn() (pending store.SignIn, waits bool, err error) {
	err = v.db.View(v.ctx, func(tx *store.Tx) error {
		for s, err := range tx.SignIns() {
			if err == nil && s.Chat == v.event.Chat && s.Stage == store.SignInArrived && v.clock.now().Before(s.Ends) {
				pending, waits = s, true
			}
		}
		return nil
	})
	if err != nil {
		return store.SignIn{}, false, fmt.Errorf("look for a sign-in: %w", err)
	}
	return pending, waits, nil
}

// claimSignIn judges a code that came with a link from the last page, or was typed. A good one leads to the
// question whether this was the person; the account is linked by the yes and not before.
func (v *visit) claimSignIn(code string) error {
	if v.signIns == nil {
		return v.say(v.homeView(wording.Text{}))
	}
	claim, err := v.signIns.Claim(v.ctx, v.event.Chat, code)
	if err != nil {
		return fmt.Errorf("judge a sign-in's code: %w", err)
	}
	switch {
	case claim.Outcome == ClaimGood && claim.SignIn.User == v.event.User:
		return v.askWhether(claim.SignIn)
	case claim.Outcome == ClaimForeign:
		return v.say(v.textView(msgClaimForeign.Text()))
	case claim.Outcome == ClaimWrong && claim.Left > 0:
		return v.say(v.textView(msgClaimWrong.With(wording.Args{"left": claim.Left})))
	case claim.Outcome == ClaimWrong:
		return v.say(v.signInOver(msgClaimOver.Text()))
	}
	return v.say(v.signInOver(msgClaimNone.Text()))
}

// askWhether finds out who signed in, and asks. What it finds is kept with the sign-in, and nowhere else.
func (v *visit) askWhether(s store.SignIn) error {
	if s.Member == 0 {
		member, err := v.api.VerifyCredentials(v.ctx, apiclient.With(s.Token))
		if err != nil {
			return v.claimFailed(s, err)
		}
		s.Member, s.Nickname = int64(member.ID), member.Nickname
		waits := false
		err = v.changeSignIn(s.State, func(tx *store.Tx, now store.SignIn) error {
			if waits = v.waitsFor(now, s.Code); !waits { // it has ended meanwhile
				return nil
			}
			now.Member, now.Nickname = s.Member, s.Nickname
			return tx.PutSignIn(now)
		})
		switch {
		case err != nil:
			return err
		case !waits:
			return v.say(v.signInOver(msgClaimNone.Text()))
		}
	}
	name := memberName(s.Nickname, s.Member)
	if v.account != nil && v.account.Member != s.Member {
		return v.endSignIn(s, v.homeView(msgLinkOther.With(wording.Args{"name": v.accountName()})))
	}
	elsewhere := false
	err := v.db.View(v.ctx, func(tx *store.Tx) (err error) {
		known := store.Account{Member: s.Member}
		if v.account != nil {
			known.ID = v.account.ID
		}
		elsewhere, err = linkedElsewhere(tx, known)
		return err
	})
	if err != nil {
		return fmt.Errorf("look for the account elsewhere: %w", err)
	}
	yes, no := v.button(msgSignInYes, "signinyes", s.Code), v.button(msgSignInNo, "signinno", s.Code)
	yes.Style, no.Style = flow.StylePrimary, flow.StyleDanger
	view := flow.View{
		Body: []wording.Text{msgSignInAsk.With(wording.Args{"name": name})},
		Rows: [][]flow.Button{{yes}, {no}},
	}
	if elsewhere {
		view.Body = append(view.Body, msgSignInElse.With(wording.Args{"name": name}))
	}
	if err := v.say(view); err != nil {
		return err
	}
	return v.changeSignIn(s.State, func(tx *store.Tx, now store.SignIn) error {
		now.Asked = true
		return tx.PutSignIn(now)
	})
}

// claimFailed: who signed in could not be found out. The sign-in waits on, unless its token is refused.
func (v *visit) claimFailed(s store.SignIn, err error) error {
	if errors.Is(err, apiclient.ErrUnauthorized) {
		return v.endSignIn(s, v.signInOver(msgSignInRefused.Text()))
	}
	problem, known := v.explain(err)
	if !known {
		return fmt.Errorf("find out who signed in: %w", err)
	}
	return v.say(flow.View{
		Body: []wording.Text{problem},
		Rows: [][]flow.Button{{v.button(msgAgain, "claim", s.Code)}, v.homeRow()},
	})
}

// answerSignIn links the account that signed in, or forgets it.
func (v *visit) answerSignIn(code string, yes bool) error {
	s, waits, err := v.pendingSignIn()
	switch {
	case err != nil:
		return err
	case !waits || !v.waitsFor(s, code):
		if v.account != nil && !v.stopped() {
			return nil // linked by the press before
		}
		return v.screen(v.homeView(msgClaimNone.Text()))
	case !yes:
		if err := v.dropSignIn(s.State); err != nil {
			return err
		}
		return v.screen(v.homeView(msgSignInOut.Text()))
	case s.Member == 0:
		return v.askWhether(s)
	}
	var account store.Account
	waits = false
	err = v.save(func(tx *store.Tx, chat *store.Chat) error {
		s, err := tx.SignIn(s.State)
		if waits = err == nil && v.waitsFor(s, code); !waits {
			return nil // it has ended meanwhile
		}
		account, err = v.accountOf(s)
		if err != nil {
			return err
		}
		chat.Account, chat.Linked, chat.After = account.ID, true, s.After
		if chat.Session != nil && chat.Session.Flow == linkName { // pasting was begun, and is not needed
			chat.Session, chat.Parked, chat.Card = chat.Parked, nil, 0
		}
		chat.Drawn = store.NotDrawn
		return errors.Join(tx.PutAccount(account), tx.DropNotices(account.ID, NoticeSignIn), tx.DropSignIn(s.State))
	})
	switch {
	case errors.Is(err, errOtherAccount):
		return v.askWhether(s) // which says so
	case err != nil:
		return fmt.Errorf("keep account: %w", err)
	case !waits:
		return v.screen(v.homeView(msgClaimNone.Text()))
	}
	v.account = &account
	v.acted(account.ID)
	return v.sayLinked()
}

var errOtherAccount = errors.New("another account is linked here")

// accountOf is the account that a sign-in links: the one that is linked here already, with what was seen of
// its bookings, or a new one.
func (v *visit) accountOf(s store.SignIn) (store.Account, error) {
	account := store.Account{
		Chat: v.event.Chat, Member: s.Member, Nickname: s.Nickname, State: store.AccountActive, Linked: v.clock.now(),
		Token: s.Token, Refresh: s.Refresh, Expires: s.Expires, Renewed: s.Arrived,
	}
	switch {
	case v.account == nil:
		account.ID = v.newAccount()
	case v.account.Member != s.Member:
		return store.Account{}, errOtherAccount
	default:
		account.ID = v.account.ID
	}
	return account, nil
}

// waitsFor: the sign-in waits for this person's yes, to the question that the code led to.
func (v *visit) waitsFor(s store.SignIn, code string) bool {
	return s.Stage == store.SignInArrived && s.Claimed && s.Code == code && s.Chat == v.event.Chat && s.User == v.event.User &&
		v.clock.now().Before(s.Ends)
}

// sayLinked tells the chat that it is linked, which is owed to it from the moment it is, and brings the
// person back to the form that was open.
func (v *visit) sayLinked() error {
	v.Desk.chat.Menu(v.ctx, v.event.Chat, Commands(true))
	done := msgSignInDone
	if v.account.Refresh.IsZero() {
		done = msgSignInKept
	}
	view := v.linkedAs(done, v.chat.After)
	if v.stopped() { // refused since
		view = v.homeView(wording.Text{})
	}
	if err := v.screen(view); err != nil {
		return err
	}
	err := v.save(func(_ *store.Tx, chat *store.Chat) error {
		chat.Linked, chat.After = false, ""
		return nil
	})
	if err != nil || v.chat.Session == nil {
		return err
	}
	return v.backToForm()
}

// backToForm brings the person back to where they were when the site asked for a new sign-in.
func (v *visit) backToForm() error {
	if inFlight(*v.chat.Session) {
		return v.resume()
	}
	return v.advance(flow.Redraw{})
}

// endSignIn ends a sign-in that can't be linked and says why: its tokens go first, the rest once it is said.
func (v *visit) endSignIn(s store.SignIn, why flow.View) error {
	err := v.changeSignIn(s.State, func(tx *store.Tx, now store.SignIn) error {
		if now.Stage != store.SignInArrived {
			return nil
		}
		return tx.PutSignIn(store.SignIn{
			State: now.State, Chat: now.Chat, User: now.User, Made: now.Made, Ends: v.clock.now(),
			Stage: store.SignInOver, Word: store.SignInRefused,
		})
	})
	if err != nil {
		return err
	}
	if err := v.say(why); err != nil {
		return err
	}
	return v.dropSignIn(s.State)
}

func (v *visit) dropSignIn(state string) error {
	return v.changeSignIn(state, func(tx *store.Tx, _ store.SignIn) error { return tx.DropSignIn(state) })
}
