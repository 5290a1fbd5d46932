package conversations

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

const linkName = "link"

var (
	msgLinkTitle     = msg("link.title", "<b>Link your site account</b>")
	msgLinkAsk       = msg("link.ask", "Paste your access token here as one message. I check it with the site, seal it, and delete your message at once.")
	msgLinkFirst     = msg("link.first", "To do that I need your site account first.")
	msgLinkNotToken  = msg("link.not_a_token", "That does not look like an access token: it is one long word without spaces, such as <code>at_9f0c2b71d5e84a36</code>. Please copy it again.")
	msgLinkRefused   = msg("link.refused", "The site does not accept this token: it may be mistyped, expired or withdrawn. Nothing was kept. Paste another one.")
	msgLinkDone      = msg("link.done", "Linked as <b>{name}</b>. Your token is sealed, and your message with it was deleted. {alerts}")
	msgLinkDoneKept  = msg("link.done_kept", "Linked as <b>{name}</b>. Your token is sealed. <b>I could not delete your message with the token:</b> press and hold it to delete it yourself. {alerts}")
	msgLinkExpiry    = msg("link.expiry", "A pasted token can't be renewed by me; when the site stops accepting it I will ask for a new one.")
	msgLinkOther     = msg("link.other_account", "That token belongs to another site account, and this chat is linked as <b>{name}</b>. Nothing was changed. To switch, unlink in /account first.")
	msgLinkElse      = msg("link.elsewhere", "<b>{name}</b> is linked in another Telegram chat already. Use it here as well? Both chats will see its bookings.")
	msgLinkElseYes   = msg("link.elsewhere_yes", "Yes, link it here too")
	msgLinkElseNo    = msg("link.elsewhere_no", "No, forget the token")
	msgLinkKept      = msg("link.kept", "<b>I could not delete your message with the token:</b> press and hold it to delete it yourself.")
	msgTwo           = msg("two", "{one}\n{two}")
	msgLinkStray     = msg("link.stray", "That looks like an access token. I deleted your message and used it for nothing; a new token for this account goes into /account.")
	msgLinkStrayKept = msg("link.stray_kept", "That looks like an access token. I used it for nothing, and <b>could not delete your message:</b> press and hold it to delete it yourself.")
	msgLinkYes       = msg("link.confirmed", "Linked as <b>{name}</b>. Alerts are on and discreet: no names, no amounts.")
	msgLinkCancelled = msg("link.cancelled", "Linking cancelled. No token was kept.")
	msgLinkForgot    = msg("link.forgotten", "Forgotten. Nothing of that account is kept in this chat.")
	msgMember        = msg("member", "member {number}")
)

// linkForm connects a chat to a site account by a pasted access token.
func (d *Desk) linkForm() form {
	f := flow.Flow{
		Name: linkName, Version: 1, Title: msgLinkTitle.Text(), Words: words(),
		Steps: []flow.Step{{
			ID: "token", Secret: true, Parse: parseToken,
			Ask: func(flow.Scope) flow.Prompt {
				return flow.Prompt{Body: []wording.Text{msgLinkAsk.Text(), msgLinkExpiry.Text()}}
			},
		}},
	}
	neverSent := func(*visit, flow.Session) (flow.Sent, error) { return flow.Sent{Outcome: flow.OutcomeAbsent}, nil }
	return form{flow: f, load: noFacts, submit: submitLink, settle: neverSent}
}

const (
	minTokenLength = 8
	maxTokenLength = 2048
)

// parseToken takes an opaque token as people paste it: with a "Bearer" before it, in quotes or backticks.
func parseToken(_ flow.Scope, text string) (flow.Answer, error) {
	token := strings.Trim(strings.TrimSpace(text), "`'\"“”‘’")
	if first, rest, ok := strings.Cut(token, " "); ok && strings.EqualFold(strings.TrimSuffix(first, ":"), "bearer") {
		token = strings.TrimSpace(rest)
	}
	notToken := len(token) < minTokenLength || len(token) > maxTokenLength ||
		strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
	if notToken {
		return flow.Answer{}, refuse(msgLinkNotToken.Text())
	}
	return flow.Answer{Value: token}, nil
}

// askToLink opens the link form; after is the command to come back to. A form that stands open is set
// aside and comes back when linking is over.
func (v *visit) askToLink(after string) error {
	switch found, err := v.front(ofFlow(linkName)); {
	case err != nil:
		return err
	case found:
		return v.advance(flow.Redraw{})
	}
	if after != "" {
		if err := v.say(flow.View{Body: []wording.Text{msgLinkFirst.Text()}}); err != nil {
			return err
		}
	}
	name, rest, _ := strings.Cut(after, " ")
	if name == bookName { // what was typed goes no further than a member's number
		after = strings.TrimSpace(name + " " + bookGiven(rest)[stepWho])
	}
	return v.open(linkName, flow.Answers{"after": after}, nil)
}

// tokenShape is stricter than parseToken: it judges a text that nobody asked for. Addresses, mail and
// numbers are no tokens.
var tokenShape = regexp.MustCompile(`^[A-Za-z0-9._~+=-]{20,}$`)

func looksLikeToken(text string) bool {
	answer, err := parseToken(flow.Scope{}, text)
	return err == nil && tokenShape.MatchString(answer.Value) && !strings.Contains(answer.Value, "www.") &&
		strings.ContainsAny(answer.Value, "0123456789") && strings.ContainsFunc(answer.Value, unicode.IsLetter)
}

// holdsOwnToken: this account's token, wherever it was typed, has no business there.
func (v *visit) holdsOwnToken() bool {
	if s := v.chat.Session; s != nil && s.Flow == linkName && v.event.Kind == flow.EventText {
		return false
	}
	written := v.event.Kind == flow.EventText || v.event.Kind == flow.EventCommand || v.event.Kind == flow.EventEdited
	return written && v.account != nil && !v.stopped() && strings.Contains(v.event.Text, v.account.Token.Reveal())
}

// isStrayToken reports whether a text that no form asks for is an access token. A Skype name can look like one.
func (v *visit) isStrayToken() bool {
	s := v.chat.Session
	return looksLikeToken(v.event.Text) && (s == nil || s.Flow != linkName && s.At != stepSkype)
}

// takesToken brings the form of linking to the front for what looks like a token, whatever stands before it.
func (v *visit) takesToken() error {
	if v.event.Kind != flow.EventText || !looksLikeToken(v.event.Text) {
		return nil
	}
	_, err := v.front(ofFlow(linkName))
	return err
}

// strayToken links with a token where one is needed. Elsewhere it goes from the chat, and from nowhere to
// anybody.
func (v *visit) strayToken() error {
	if v.account == nil || v.stopped() {
		f := v.forms[linkName]
		opened := flow.Open(f.flow, v.newID(), nil, nil, v.clock.now())
		v.chat.Card = 0
		return v.play(f, flow.Advance(f.flow, opened.Session, flow.Typed{Text: v.event.Text}, v.clock.now()))
	}
	v.forget()
	note := msgLinkStray
	if v.kept {
		note = msgLinkStrayKept
	}
	if v.chat.Session != nil {
		return v.advance(flow.Redraw{Note: note.Text()})
	}
	return v.say(v.homeView(note.Text()))
}

// submitLink checks the token with the site and seals it.
func submitLink(v *visit, s flow.Session, pasted string) (flow.Sent, error) {
	token := secret.New(pasted)
	member, err := v.api.VerifyCredentials(v.ctx, apiclient.With(token))
	if err != nil {
		return v.linkFailed(err)
	}
	if v.account != nil && apiclient.MemberID(v.account.Member) != member.ID {
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: v.withKept(msgLinkOther.With(wording.Args{"name": v.accountName()}))}, nil
	}
	account := store.Account{
		Chat: v.event.Chat, Member: int64(member.ID), Nickname: member.Nickname,
		Token: token, State: store.AccountActive, Linked: v.clock.now(), Role: roleOf(member, store.Role{}), Alerts: alert.Default(),
	}
	if v.account != nil {
		account.ID = v.account.ID // the same account: what was seen of its bookings stays
		account.Role = roleOf(member, v.account.Role)
		account.Zone, account.Number, account.Alerts = v.account.Zone, v.account.Number, v.account.Alerts
	} else {
		account.ID = v.newAccount()
	}
	elsewhere := false
	confirmed := v.account != nil && !v.waitsForYes() // in this chat, at an earlier linking
	err = v.save(func(tx *store.Tx, chat *store.Chat) (err error) {
		if elsewhere, err = linkedElsewhere(tx, account); err != nil {
			return err
		}
		if elsewhere = elsewhere && !confirmed; elsewhere {
			account.State = store.AccountUnconfirmed
		}
		// If the card that says so does not reach the chat, it is told later.
		chat.Account, chat.Linked, chat.After = account.ID, !elsewhere, s.Answers["after"]
		return errors.Join(tx.PutAccount(account), tx.DropNotices(account.ID, alert.SignIn))
	})
	if err != nil {
		return flow.Sent{}, fmt.Errorf("keep account: %w", err)
	}
	v.account = &account
	v.Desk.chat.Menu(v.ctx, v.event.Chat, Commands(true, account.Role.Manager))
	if elsewhere {
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.elsewhereView()}, nil
	}
	v.acted(account.ID)
	return flow.Sent{Outcome: flow.OutcomeDone, View: v.linkedView(s.Answers["after"])}, nil
}

func (v *visit) linkFailed(err error) (flow.Sent, error) {
	problem, known := msgLinkRefused.Text(), true
	if !errors.Is(err, apiclient.ErrUnauthorized) {
		problem, known = v.explain(err)
	}
	if !known {
		return flow.Sent{}, fmt.Errorf("check token: %w", err)
	}
	return flow.Sent{Outcome: flow.OutcomeRefused, Note: v.withKept(problem)}, nil
}

// withKept adds to a text that the message with the token could not be deleted.
func (v *visit) withKept(text wording.Text) wording.Text {
	if !v.kept {
		return text
	}
	return msgTwo.With(wording.Args{"one": text, "two": msgLinkKept.Text()})
}

func linkedElsewhere(tx *store.Tx, account store.Account) (bool, error) {
	ids, err := tx.AccountsOf(account.Member)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		if id != account.ID {
			return true, nil
		}
	}
	return false, nil
}

// linkedView ends the form, and offers what was asked for before.
func (v *visit) linkedView(after string) flow.View {
	done := msgLinkDone
	if v.kept {
		done = msgLinkDoneKept
	}
	return v.linkedAs(done, after)
}

// linkedAs says that the chat is linked, and offers what was asked for before.
func (v *visit) linkedAs(done wording.Message, after string) flow.View {
	v.as = v.acting() // the same account, linked anew, goes on acting for whom it did
	view := v.homeView(wording.Text{})
	view.Body = []wording.Text{done.With(wording.Args{"name": v.accountName(), "alerts": alertsOnText(v.account.Alerts.Level)})}
	return v.withZoneQuestion(v.goingOn(view, after), after)
}

// goingOn offers what was asked for before.
func (v *visit) goingOn(view flow.View, after string) flow.View {
	if after != "" {
		key := v.button(msgGoOn, "go", after)
		key.Style = flow.StylePrimary
		view.Rows = append([][]flow.Button{{key}}, view.Rows...)
	}
	return view
}

var msgGoOn = msg("link.go_on", "Go on with what you asked")

func (v *visit) elsewhereView() flow.View {
	yes, no := v.button(msgLinkElseYes, "linkyes", ""), v.button(msgLinkElseNo, "linkno", "")
	yes.Style, no.Style = flow.StylePrimary, flow.StyleDanger
	view := flow.View{
		Body: []wording.Text{msgLinkElse.With(wording.Args{"name": v.accountName()})},
		Rows: [][]flow.Button{{yes}, {no}},
	}
	if v.kept {
		view.Body = append(view.Body, msgLinkKept.Text())
	}
	return view
}

func (v *visit) accountName() any { return memberName(v.account.Nickname, v.account.Member) }

// memberName is the nickname, or the member number where none is known or it shows nothing.
func memberName(given string, member int64) any {
	if shown := nickname(given); shown != "" {
		return wording.Name(shown)
	}
	return msgMember.With(wording.Args{"number": member})
}

// waitsForYes: the account is linked in another chat too, and nobody has said yet that this is meant.
func (v *visit) waitsForYes() bool {
	return v.account != nil && v.account.State == store.AccountUnconfirmed
}

// stopped: the site refuses the token, and a new one is needed.
func (v *visit) stopped() bool { return v.account != nil && v.account.State == store.AccountStopped }
