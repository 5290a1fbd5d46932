package conversations

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// The second half of signing in: from the code that the browser was shown to the yes.

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

// keepFound notes who signed in, unless the sign-in has ended meanwhile.
func (v *visit) keepFound(s store.SignIn) (waits bool, err error) {
	err = v.changeSignIn(s.State, func(tx *store.Tx, now store.SignIn) error {
		if waits = v.waitsFor(now, s.Code); !waits {
			return nil
		}
		now.Member, now.Nickname, now.Role = s.Member, s.Nickname, s.Role
		return tx.PutSignIn(now)
	})
	return waits, err
}

// askWhether finds out who signed in, and asks. What it finds is kept with the sign-in, and nowhere else.
func (v *visit) askWhether(s store.SignIn) error {
	if s.Member == 0 {
		member, err := v.api.VerifyCredentials(v.ctx, apiclient.With(s.Token))
		if err != nil {
			return v.claimFailed(s, err)
		}
		s.Member, s.Nickname, s.Role = int64(member.ID), member.Nickname, roleOf(member, store.Role{})
		switch waits, err := v.keepFound(s); {
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
			v.next(chat)
		}
		chat.Drawn = store.NotDrawn
		return errors.Join(tx.PutAccount(account), tx.DropNotices(account.ID, alert.SignIn), tx.DropSignIn(s.State))
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
		Token: s.Token, Refresh: s.Refresh, Expires: s.Expires, Renewed: s.Arrived, Role: s.Role,
		Alerts: alert.Default(),
	}
	switch {
	case v.account == nil:
		account.ID = v.newAccount()
	case v.account.Member != s.Member:
		return store.Account{}, errOtherAccount
	default:
		account.ID, account.Alerts = v.account.ID, v.account.Alerts
		account.Role.Offers, account.Role.Told = v.account.Role.Offers, v.account.Role.Told
		account.Zone, account.Number = v.account.Zone, v.account.Number
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
	v.Desk.chat.Menu(v.ctx, v.event.Chat, Commands(true, v.account.Role.Manager))
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
		if chat.Session != nil && chat.Session.Flow == linkName { // cut off after the account was sealed
			v.next(chat)
		}
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
