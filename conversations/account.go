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
	msgAccountRole    = msg("account.role", "Role: {role}")
	msgAccountSince   = msg("account.since", "Linked since {when} ({ago})")
	msgAccountBalance = msg("account.balance", "Balance: {credits} credits")
	msgAccountUnread  = msg("account.unread", "<i>{why}</i>")
	msgKeyUnlink      = msg("account.key_unlink", "Unlink")
	msgKeyNewToken    = msg("account.key_token", "Paste a new token")
	msgAccountRenews  = msg("account.renews", "Your sign-in renews itself.")
	msgAccountPasted  = msg("account.pasted", "Your sign-in can't be renewed by me: I will ask for a new one when it ends.")
	msgUnlinkAsk      = msg("account.unlink_ask", "Unlink <b>{name}</b>? I delete the token, the open form and all that is kept of its bookings, and send no more alerts. Bookings on the site are not changed.")
	msgUnlinkDeeds    = msg("account.unlink_deeds", "The list of what you did for others goes too.")
	msgUnlinkYes      = msg("account.unlink_yes", "Yes, unlink")
	msgUnlinked       = msg("account.unlinked", "Unlinked. The token and all that was kept have been deleted here. To make the token itself useless, withdraw it on the site.")
	msgUnlinkFlight   = msg("account.unlink_in_flight", "<b>A request is still under way</b>, and I don't know yet whether it arrived. If you unlink now I can't find out for you.")
	msgUnlinkedOwing  = msg("account.unlinked_owing", "Unlinked. The token and all that was kept have been deleted here. <b>Please look on the site whether your last request arrived.</b>")
	msgKeyRefresh     = msg("key.refresh", "Refresh")
)

// accountRead is what the site says about the account. One reading that fails leaves the others standing.
type accountRead struct {
	member      apiclient.Member
	balance     apiclient.Credits
	permissions []apiclient.Permission
	offers      bool // phone chat, with a price

	memberErr, balanceErr, permissionsErr, offersErr error
}

// readAccount asks for all of it, and stops at a refused token: the rest would be refused as well.
func (v *visit) readAccount() accountRead {
	var r accountRead
	as := v.ownCaller()
	for _, reading := range []struct {
		err  *error
		read func() error
	}{
		{&r.memberErr, func() (err error) { r.member, err = v.api.VerifyCredentials(v.ctx, as); return err }},
		{&r.balanceErr, func() (err error) { r.balance, err = v.api.Balance(v.ctx, as); return err }},
		{&r.permissionsErr, func() (err error) { r.permissions, err = v.api.Permissions(v.ctx, as); return err }},
		{&r.offersErr, func() error {
			settings, err := v.api.PhoneChatSettings(v.ctx, as)
			r.offers = settings.HasPrice || settings.OfferDirectChat || settings.Number != ""
			return err
		}},
	} {
		if *reading.err = reading.read(); errors.Is(*reading.err, apiclient.ErrUnauthorized) {
			return accountRead{memberErr: *reading.err, balanceErr: *reading.err, permissionsErr: *reading.err, offersErr: *reading.err}
		}
	}
	if errors.Is(r.offersErr, apiclient.ErrInvalid) || errors.Is(r.offersErr, apiclient.ErrNotFound) {
		r.offers, r.offersErr = false, nil // no settings: no phone chat
	}
	return r
}

// showAccount reads the account from the site, so that a dead token shows here first.
func (v *visit) showAccount() error {
	var r accountRead
	err := v.slowly(func() error {
		r = v.readAccount()
		return nil
	})
	if err == nil {
		err = v.keepRole(r.role(v.account.Role))
	}
	if err != nil {
		return err
	}
	problems, err := v.accountProblems(r)
	if err != nil {
		return fmt.Errorf("read account: %w", err)
	}
	body := []wording.Text{
		msgAccountTitle.Text(),
		msgAccountName.With(wording.Args{"name": v.accountName(), "number": v.account.Member}),
		msgAccountRole.With(wording.Args{"role": roleText(v.account.Role)}),
		msgAccountSince.With(wording.Args{"when": v.clock.date(v.account.Linked), "ago": v.clock.ago(v.account.Linked)}),
	}
	if !errors.Is(r.memberErr, apiclient.ErrUnauthorized) {
		body = append(body, v.renewsText())
	}
	if r.balanceErr == nil {
		body = append(body, msgAccountBalance.With(wording.Args{"credits": r.balance.String()}))
	}
	if r.permissionsErr == nil {
		body = append(body, v.permissionTexts(r.permissions)...)
	}
	unlink := v.button(msgKeyUnlink, "unlink", "")
	unlink.Style = flow.StyleDanger
	body = append(body, msgAccountZone.With(wording.Args{"zone": v.clock.zoneName(), "time": v.clock.hour(v.clock.now())}))
	body = append(body, msgAccountTold.With(wording.Args{"level": levelText(v.account.Alerts.Level), "what": newsText(v.account.Alerts)}))
	return v.screen(flow.View{Body: append(body, problems...), Rows: [][]flow.Button{
		append([]flow.Button{v.button(msgKeyRefresh, "account", "")}, v.renewKeys()...),
		{v.button(msgKeyZone, "zone", ""), v.button(msgKeyAlerts, alertsAction, "")},
		{unlink},
		v.homeRow(),
	}})
}

// accountProblems are the failures in words, each once. A permission that is shown as missing needs no more.
func (v *visit) accountProblems(r accountRead) ([]wording.Text, error) {
	shown := func(err error) bool {
		var failure *apiclient.Error
		return r.permissionsErr == nil && errors.Is(err, apiclient.ErrForbidden) && errors.As(err, &failure) &&
			slices.Contains(missing(r.permissions), failure.Scope)
	}
	var problems []wording.Text
	told := map[string]bool{}
	for _, err := range []error{r.memberErr, r.balanceErr, r.permissionsErr, r.offersErr} {
		if err == nil || shown(err) {
			continue
		}
		problem, known := v.explain(err)
		if !known {
			return nil, err
		}
		if words := (wording.Catalogue{}).Plain(problem); !told[words] {
			told[words] = true
			problems = append(problems, msgAccountUnread.With(wording.Args{"why": problem}))
		}
	}
	return problems, nil
}

// accountScreens are those of /account and /balance.
func accountScreens() map[string]screen {
	return map[string]screen{
		"account":   func(v *visit, _ string) error { return v.showAccount() },
		"balance":   func(v *visit, _ string) error { return v.showBalance() },
		"unlink":    func(v *visit, _ string) error { return v.screen(v.unlinkView()) },
		"unlinkyes": func(v *visit, _ string) error { return v.unlink() },
		"zone":      (*visit).askZone,
		"zoneyes":   (*visit).zoneIsTheSites,
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
	if v.account.Role.Manager {
		body = append(body, msgUnlinkDeeds.Text())
	}
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
		chat.Linked, chat.After, chat.Acting, chat.Drafts = false, "", store.Acting{}, nil
		return errors.Join(tx.DeleteAccount(id), tx.DropSignIns(v.event.Chat))
	})
	if err != nil {
		return fmt.Errorf("forget account: %w", err)
	}
	v.lists.forget(v.account.Member)
	v.account, v.clock = nil, v.Desk.clock
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
		return v.screen(v.withZoneQuestion(v.homeView(msgLinkYes.With(wording.Args{"name": v.accountName()})), ""))
	case "linkno":
		if err := v.forgetAccount(); err != nil {
			return err
		}
		return v.screen(v.homeView(msgLinkForgot.Text()))
	}
	return v.screen(v.elsewhereView())
}
