package conversations

import (
	"fmt"
	"slices"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgRolePerformer = msg("role.performer", "performer")
	msgRoleClient    = msg("role.client", "client")
	msgRoleManager   = msg("role.manager", "manager of {group}")
	msgRoleUnknown   = msg("role.unknown", "not known yet")
	msgRoleType      = msg("role.type", "{role} ({type})")
	msgComma         = msg("comma", "{one}, {two}")

	msgAgoToday     = msg("time.today", "today")
	msgAgoYesterday = msg("time.yesterday", "yesterday")
	msgAgoDays      = msg("time.days_ago", "{days} days ago")

	msgScopesGranted = msg("account.granted", "Permissions: {list}")
	msgScopesAll     = msg("account.granted_all", "Permissions: all that I use are granted.")
	msgScopesNone    = msg("account.granted_none", "none")
	msgScopesMissing = msg("account.missing", "<b>Missing:</b> {scope}, {use}.")
	msgScopesSignIn  = msg("account.grant_sign_in", "To grant what is missing, sign in again and allow it on the site's page.")
	msgScopesPaste   = msg("account.grant_paste", "To grant what is missing, allow it on the site and paste a new token.")

	msgScopeNumber      = msg("scope.number", "the member number")
	msgScopeNickname    = msg("scope.nickname", "the nickname")
	msgScopeUseNumber   = msg("scope.use_number", "to know whose account this is")
	msgScopeUseNickname = msg("scope.use_nickname", "to show it here instead of a number")
	msgScopeUseAccount  = msg("scope.use_account", "to see whether you manage a group")
	msgScopeUseBookings = msg("scope.use_bookings", "to make, answer and watch bookings, and to change your settings")
	msgScopeUseCredits  = msg("scope.use_credits", "to show it and to check it before a request")
	msgScopeUseLists    = msg("scope.use_lists", "to offer your favourites when you book")
	msgScopeUseOffers   = msg("scope.use_offers", "to show and change them")
)

// roleOf is what the platform says about a member. Whether they offer phone chat it does not say: that stays
// as it was found out before.
func roleOf(m apiclient.Member, before store.Role) store.Role {
	return store.Role{
		Type: m.UserType, Offers: before.Offers, Told: before.Told,
		Manager: m.IsGroupManager, Group: m.GroupID, Name: m.GroupName,
	}
}

// role is the member's role after a reading; what could not be read is as before.
func (r accountRead) role(before store.Role) store.Role {
	role := before
	if r.memberErr == nil {
		role = roleOf(r.member, before)
	}
	if r.offersErr == nil {
		role.Offers, role.Told = r.offers, true
	}
	return role
}

// keepRole writes down what has changed of the account's role, and shows the menu that goes with it.
func (v *visit) keepRole(role store.Role) error {
	if role == v.account.Role {
		return nil
	}
	manager := v.account.Role.Manager
	err := v.change(func(tx *store.Tx, _ *store.Chat) error {
		account, err := tx.Account(v.account.ID) // its tokens may be newer than those known here
		if err != nil {
			return err
		}
		account.Role = role
		return tx.PutAccount(account)
	})
	if err != nil {
		return fmt.Errorf("keep role: %w", err)
	}
	v.account.Role = role
	if role.Manager != manager {
		v.Desk.chat.Menu(v.ctx, v.event.Chat, Commands(true, role.Manager))
	}
	return nil
}

func roleText(role store.Role) wording.Text {
	var roles []wording.Text
	switch {
	case role.Offers:
		roles = append(roles, msgRolePerformer.Text())
	case role.Told && !role.Manager:
		roles = append(roles, msgRoleClient.Text())
	}
	if role.Manager {
		group := any(wording.Name(inLine(role.Name)))
		if inLine(role.Name) == "" {
			group = msgActGroup.Text()
		}
		roles = append(roles, msgRoleManager.With(wording.Args{"group": group}))
	}
	text := listed(roles)
	if len(roles) == 0 {
		text = msgRoleUnknown.Text()
	}
	if role.Type != "" {
		text = msgRoleType.With(wording.Args{"role": text, "type": wording.Name(inLine(role.Type))})
	}
	return text
}

// listed puts texts into one line.
func listed(texts []wording.Text) (line wording.Text) {
	for i, text := range texts {
		if i == 0 {
			line = text
			continue
		}
		line = msgComma.With(wording.Args{"one": line, "two": text})
	}
	return line
}

// ago says how long a day is past.
func (c clock) ago(t time.Time) wording.Text {
	midnight := func(t time.Time) time.Time {
		year, month, day := t.In(c.zone).Date()
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	switch days := int(midnight(c.Now()).Sub(midnight(t)).Hours() / 24); {
	case days < 1:
		return msgAgoToday.Text()
	case days == 1:
		return msgAgoYesterday.Text()
	default:
		return msgAgoDays.With(wording.Args{"days": days})
	}
}

// missing lists the permissions that are asked for and not granted.
func missing(permissions []apiclient.Permission) []apiclient.Scope {
	return slices.DeleteFunc(apiclient.Scopes(), func(scope apiclient.Scope) bool {
		return slices.ContainsFunc(permissions, func(p apiclient.Permission) bool { return p.Scope == scope && p.Granted })
	})
}

// permissionTexts say what is granted, what is missing and what for, and how to grant it.
func (v *visit) permissionTexts(permissions []apiclient.Permission) []wording.Text {
	lacking := missing(permissions)
	if len(lacking) == 0 {
		return []wording.Text{msgScopesAll.Text()}
	}
	var granted, lines []wording.Text
	for _, scope := range apiclient.Scopes() {
		name, use := scopeWords(scope)
		if slices.Contains(lacking, scope) {
			lines = append(lines, msgScopesMissing.With(wording.Args{"scope": name, "use": use}))
		} else {
			granted = append(granted, name)
		}
	}
	all := listed(granted)
	if len(granted) == 0 {
		all = msgScopesNone.Text()
	}
	lines = append([]wording.Text{msgScopesGranted.With(wording.Args{"list": all})}, lines...)
	return append(lines, v.howToGrant())
}

// howToGrant says how a permission that is missing comes about.
func (v *visit) howToGrant() wording.Text {
	if v.signIns != nil {
		return msgScopesSignIn.Text()
	}
	return msgScopesPaste.Text()
}

// scopeWords name a permission, and what it is used for.
func scopeWords(scope apiclient.Scope) (name, use wording.Text) {
	words := map[apiclient.Scope][2]wording.Message{
		apiclient.ScopeUserID:            {msgScopeNumber, msgScopeUseNumber},
		apiclient.ScopeNickname:          {msgScopeNickname, msgScopeUseNickname},
		apiclient.ScopeAccount:           {msgScopeAccount, msgScopeUseAccount},
		apiclient.ScopePhoneChatBookings: {msgScopeBookings, msgScopeUseBookings},
		apiclient.ScopeCreditHistory:     {msgScopeCredits, msgScopeUseCredits},
		apiclient.ScopeHotList:           {msgScopeLists, msgScopeUseLists},
		apiclient.ScopeWebcamBookings:    {msgScopeOffers, msgScopeUseOffers},
	}[scope]
	return words[0].Text(), words[1].Text()
}
