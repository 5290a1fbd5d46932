package conversations

import (
	"errors"
	"fmt"
	"slices"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgAccountTitle   = msg("account.title", "<b>Account</b>")
	msgAccountName    = msg("account.name", "{name}, member number {number}")
	msgAccountSince   = msg("account.since", "Linked since {when}")
	msgAccountBalance = msg("account.balance", "Balance: {credits} credits")
	msgAccountGroup   = msg("account.group", "Manager of a group")
	msgAccountUnread  = msg("account.unread", "<i>{why}</i>")
	msgKeyUnlink      = msg("account.key_unlink", "Unlink")
	msgKeyNewToken    = msg("account.key_token", "Paste a new token")
	msgAccountRenews  = msg("account.renews", "Your sign-in renews itself.")
	msgAccountPasted  = msg("account.pasted", "Your sign-in can't be renewed by me: I will ask for a new one when it ends.")
	msgUnlinkAsk      = msg("account.unlink_ask", "Unlink <b>{name}</b>? I delete the token, the open form and all that is kept of its bookings, and send no more alerts. Bookings on the site are not changed.")
	msgUnlinkYes      = msg("account.unlink_yes", "Yes, unlink")
	msgUnlinked       = msg("account.unlinked", "Unlinked. The token and all that was kept have been deleted here. To make the token itself useless, withdraw it on the site.")
	msgUnlinkFlight   = msg("account.unlink_in_flight", "<b>A request is still under way</b>, and I don't know yet whether it arrived. If you unlink now I can't find out for you.")
	msgUnlinkedOwing  = msg("account.unlinked_owing", "Unlinked. The token and all that was kept have been deleted here. <b>Please look on the site whether your last request arrived.</b>")
	msgKeyRefresh     = msg("key.refresh", "Refresh")
)

// showAccount reads the account from the site, so that a dead token shows here first.
func (v *visit) showAccount() error {
	body := []wording.Text{
		msgAccountTitle.Text(),
		msgAccountName.With(wording.Args{"name": v.accountName(), "number": v.account.Member}),
		msgAccountSince.With(wording.Args{"when": v.clock.date(v.account.Linked)}),
	}
	member, err := v.api.VerifyCredentials(v.ctx, v.caller())
	if err == nil && member.IsGroupManager {
		body = append(body, msgAccountGroup.Text())
	}
	var balance apiclient.Credits
	if err == nil {
		balance, err = v.api.Balance(v.ctx, v.caller())
	}
	if err == nil {
		body = append(body, v.renewsText(), msgAccountBalance.With(wording.Args{"credits": balance.String()}))
	} else {
		problem, known := v.explain(err)
		if !known {
			return fmt.Errorf("read account: %w", err)
		}
		body = append(body, msgAccountUnread.With(wording.Args{"why": problem}))
	}
	unlink := v.button(msgKeyUnlink, "unlink", "")
	unlink.Style = flow.StyleDanger
	return v.screen(flow.View{Body: body, Rows: [][]flow.Button{
		append([]flow.Button{v.button(msgKeyRefresh, "account", "")}, v.renewKeys()...),
		{unlink},
		v.homeRow(),
	}})
}

// accountScreens are those of /account and /balance.
func accountScreens() map[string]screen {
	return map[string]screen{
		"account":   func(v *visit, _ string) error { return v.showAccount() },
		"balance":   func(v *visit, _ string) error { return v.showBalance() },
		"unlink":    func(v *visit, _ string) error { return v.screen(v.unlinkView()) },
		"unlinkyes": func(v *visit, _ string) error { return v.unlink() },
	}
}

// renewsText says whether the sign-in lasts; one that was refused once is not used any more, even if it works.
func (v *visit) renewsText() wording.Text {
	switch {
	case v.stopped():
		return msgStopped.With(wording.Args{"name": v.accountName()})
	case v.account.Refresh.IsZero():
		return msgAccountPasted.Text()
	}
	return msgAccountRenews.Text()
}

// renewKeys are the ways to a new sign-in for the account that is linked.
func (v *visit) renewKeys() []flow.Button {
	if v.signIns == nil {
		return []flow.Button{v.button(msgKeyNewToken, "link", "")}
	}
	return []flow.Button{v.button(msgKeyAgain, "signin", ""), v.button(msgKeyNewToken, "link", "")}
}

func (v *visit) unlinkView() flow.View {
	yes := v.button(msgUnlinkYes, "unlinkyes", "")
	yes.Style = flow.StyleDanger
	body := []wording.Text{msgUnlinkAsk.With(wording.Args{"name": v.accountName()})}
	if v.owesOutcome() {
		body = append(body, msgUnlinkFlight.Text())
	}
	return flow.View{
		Body: body,
		Rows: [][]flow.Button{{yes}, {v.button(msgGoBack, "account", "")}},
	}
}

// unlink forgets the account and everything that was kept for it in this chat.
func (v *visit) unlink() error {
	note := msgUnlinked
	if v.owesOutcome() {
		note = msgUnlinkedOwing
	}
	if err := v.forgetAccount(); err != nil {
		return err
	}
	view := v.homeView(note.Text())
	if view.DropKeyboard = v.chat.Asked; view.DropKeyboard {
		err := v.save(func(_ *store.Tx, chat *store.Chat) error {
			chat.Asked = false
			return nil
		})
		if err != nil {
			return err
		}
	}
	return v.screen(view)
}

// owesOutcome: something was sent, and nobody knows yet whether it arrived.
func (v *visit) owesOutcome() bool {
	return slices.ContainsFunc(forms(v.chat), func(f store.Form) bool { return inFlight(f.Session) })
}

func (v *visit) forgetAccount() error {
	id := v.account.ID
	err := v.save(func(tx *store.Tx, chat *store.Chat) error {
		chat.Account, chat.Session, chat.Parked, chat.Card, chat.Drawn = store.AccountID{}, nil, nil, 0, store.NotDrawn
		chat.Linked, chat.After, chat.Acting = false, "", store.Acting{}
		return errors.Join(tx.DeleteAccount(id), tx.DropSignIns(v.event.Chat))
	})
	if err != nil {
		return fmt.Errorf("forget account: %w", err)
	}
	v.account = nil
	v.Desk.chat.Menu(v.ctx, v.event.Chat, Commands(false, false))
	return nil
}

// unconfirmed holds everything back until the person said whether a second chat may see the account.
func (v *visit) unconfirmed() error {
	if s := v.chat.Session; s != nil && s.Flow == linkName { // cut off after the account was sealed
		if err := v.clear(*s); err != nil {
			return err
		}
	} else if v.event.Kind == flow.EventResume {
		return nil
	}
	if v.event.Kind == flow.EventText && looksLikeToken(v.event.Text) {
		v.forget()
	}
	p := v.event.Press
	if v.event.Kind != flow.EventPress || p.Of != v.tag() {
		v.acknowledge(wording.Text{})
		return v.say(v.elsewhereView())
	}
	v.acknowledge(wording.Text{})
	switch p.Action {
	case "linkyes":
		confirmed := *v.account
		confirmed.State = store.AccountActive
		if err := v.save(func(tx *store.Tx, _ *store.Chat) error { return tx.PutAccount(confirmed) }); err != nil {
			return fmt.Errorf("confirm account: %w", err)
		}
		v.account = &confirmed
		v.acted(confirmed.ID)
		return v.screen(v.homeView(msgLinkYes.With(wording.Args{"name": v.accountName()})))
	case "linkno":
		if err := v.forgetAccount(); err != nil {
			return err
		}
		return v.screen(v.homeView(msgLinkForgot.Text()))
	}
	return v.screen(v.elsewhereView())
}
