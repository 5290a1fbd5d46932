package conversations

import (
	"maps"
	"slices"
	"strings"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgPrivateOnly = msg("home.private_only", "I work in private chats only. Please open a chat with me.")
	msgWelcome     = msg("home.welcome", "<b>Phone-chat bookings.</b> Make, track and answer booking requests here.")
	msgNotLinked   = msg("home.not_linked", "<i>Not linked yet.</i>")
	msgPasteFirst  = msg("home.paste_first", "Paste an access token of your site account to begin.")
	msgLinkedAs    = msg("home.linked_as", "Linked as <b>{name}</b>.")
	msgStopped     = msg("home.stopped", "The site no longer lets me act for <b>{name}</b>. Alerts have paused; please sign in again.")
	msgFormWaits   = msg("home.form_waits", "A form is open: <b>{title}</b>.")
	msgUseMenu     = msg("home.use_menu", "I did not expect that here. What would you like to do?")
	msgUnknown     = msg("home.unknown_command", "I don't know that command. /help lists what I can do.")

	msgCardOld     = msg("home.card_old", "That card is out of date. Nothing was done; /start shows the menu.")
	msgKeyHome     = msg("home.key", "Home")
	msgKeyBook     = msg("home.key_book", "Book a call")
	msgKeyMade     = msg("home.key_made", "My bookings")
	msgKeyReceived = msg("home.key_received", "Requests")
	msgKeySettings = msg("home.key_settings", "Settings")
	msgKeyOffers   = msg("home.key_offers", "Special offers")
	msgKeyAccount  = msg("home.key_account", "Account")
	msgKeyPaste    = msg("home.key_paste", "Paste an access token")
	msgKeyHow      = msg("home.key_how", "How it works")
	msgKeyPrivacy  = msg("home.key_privacy", "Privacy")

	msgHowPaste  = msg("home.how_paste", "You paste an access token of your account on the site. It is checked, sealed and deleted from this chat.")
	msgHowSignIn = msg("home.how_sign_in", "You sign in on the site's own page; your password stays there. Or you paste an access token, which is deleted from this chat. Either is kept sealed.")
	msgHow       = msg("home.how", `<b>How it works</b>
1. {link}
2. /book walks you through a request: whom, when, how long, by which method, credits. Nothing is sent before you confirm it.
3. When the other side answers, you get an alert here.`)
	msgPrivacy = msg("home.privacy", `<b>Privacy</b>
Kept, sealed with a key that is not in the database: your access to the site (tokens, never a password), member number, nickname, role and time zone, the forms you have open or saved as drafts (seven days), the state of your bookings, and of those of members you watch, so that changes can be noticed (until 30 days after the call or the last change), reminders you set, what you chose about alerts, the number you last gave for a call (until 24 hours after it), details of DirectChat and of special offers that the site does not tell again, and a list of what you did for members of your group. Alerts carry no name, amount or kind of service, unless you choose that they do. Call details are removed from the chat after five minutes. Unlinking in /account deletes all of it.`)
)

// Command describes one entry of the bot's menu.
type Command struct {
	Name        string
	Description wording.Text
}

var (
	msgMenuStart    = msg("menu.start", "Home")
	msgMenuBook     = msg("menu.book", "Ask for a call")
	msgMenuMade     = msg("menu.bookings", "Bookings you made")
	msgMenuReceived = msg("menu.requests", "Bookings you received")
	msgMenuSettings = msg("menu.settings", "Phone chat settings")
	msgMenuOffers   = msg("menu.offers", "Special offers")
	msgMenuActAs    = msg("menu.actas", "Act as a member of your group")
	msgMenuBalance  = msg("menu.balance", "Credit balance")
	msgMenuAccount  = msg("menu.account", "Linked account")
	msgMenuCancel   = msg("menu.cancel", "Close the open form")
	msgMenuPrivacy  = msg("menu.privacy", "What is kept about you")
	msgMenuHelp     = msg("menu.help", "What I can do")
)

// Commands is the menu of a chat: short for one that is not linked, with what managers have for managers.
func Commands(linked, manager bool) []Command {
	start := Command{"start", msgMenuStart.Text()}
	rest := []Command{{"privacy", msgMenuPrivacy.Text()}, {"help", msgMenuHelp.Text()}}
	if !linked {
		return append([]Command{start}, rest...)
	}
	commands := []Command{
		start,
		{"book", msgMenuBook.Text()},
		{"bookings", msgMenuMade.Text()},
		{"requests", msgMenuReceived.Text()},
		{"settings", msgMenuSettings.Text()},
		{"offers", msgMenuOffers.Text()},
		{"alerts", msgMenuAlerts.Text()},
	}
	if manager {
		commands = append(commands, Command{"actas", msgMenuActAs.Text()})
	}
	return append(append(commands,
		Command{"account", msgMenuAccount.Text()},
		Command{"balance", msgMenuBalance.Text()},
		Command{"cancel", msgMenuCancel.Text()},
	), rest...)
}

// screen answers a command's words, or a button's value.
type screen func(v *visit, value string) error

// commands are those that need a linked account.
func commands() map[string]screen {
	return map[string]screen{
		"book":     (*visit).book,
		"bookings": func(v *visit, _ string) error { return v.openList(made) },
		"requests": func(v *visit, _ string) error { return v.openList(received) },
		"account":  func(v *visit, _ string) error { return v.showAccount() },
		"balance":  func(v *visit, _ string) error { return v.showBalance() },
		"settings": func(v *visit, _ string) error { return v.showSettings() },
		"offers":   func(v *visit, _ string) error { return v.showOffers() },
		"alerts":   func(v *visit, _ string) error { return v.showAlerts("", wording.Text{}) },
		"actas":    (*visit).showActAs,
	}
}

// command answers a command. An alert or a command never closes a form that stands open.
func (v *visit) command(name, rest string) error {
	if err := v.sayTimeUp(); err != nil {
		return err
	}
	switch name {
	case "help":
		return v.say(v.helpView())
	case "privacy":
		return v.say(v.textView(msgPrivacy.Text()))
	case "start":
		return v.start(rest)
	case "cancel":
		if v.chat.Session == nil {
			return v.say(v.homeView(msgNothingOpen.Text()))
		}
		if inFlight(*v.chat.Session) {
			if _, err := v.front(v.asks); err != nil {
				return err
			}
		}
		return v.advance(flow.Cancel{})
	}
	run, known := commands()[name]
	switch {
	case !known:
		return v.say(v.homeView(msgUnknown.Text()))
	case v.account == nil:
		return v.signIn(strings.TrimSpace(name + " " + rest))
	case v.as.Member != 0 && slices.Contains([]string{"book", "alerts", "account", "balance"}, name):
		return v.screen(v.textView(msgActOwnFirst.Text()))
	case v.as.Member != 0 && !actingMayRun(name):
		return v.screen(v.textView(msgActNotThis.Text()))
	}
	return run(v, rest)
}

// start shows home, or follows a deep link such as "book_123456" (Bot API: start payloads are at most
// 64 characters of A-Z a-z 0-9 _ -).
func (v *visit) start(payload string) error {
	if member, ok := strings.CutPrefix(payload, "book_"); ok {
		return v.command("book", member)
	}
	if code, ok := strings.CutPrefix(payload, codePayload); ok {
		return v.claimSignIn(code)
	}
	if v.account == nil && v.chat.Session != nil {
		return v.advance(flow.Redraw{})
	}
	return v.say(v.homeView(wording.Text{}))
}

// homeView is where every way leads back to.
func (v *visit) homeView(note wording.Text) flow.View {
	view := flow.View{}
	if !note.IsZero() {
		view.Body = append(view.Body, note)
	}
	if v.account == nil {
		view.Body = append(view.Body, msgWelcome.Text(), msgNotLinked.Text())
		if v.signIns == nil {
			view.Body = append(view.Body, msgPasteFirst.Text())
		}
		view.Rows = append(v.linkRows(""), []flow.Button{v.button(msgKeyHow, "how", ""), v.button(msgKeyPrivacy, "privacy", "")})
		return view
	}
	if v.as.Member != 0 {
		return v.actingHome(view)
	}
	name := wording.Args{"name": v.accountName()}
	if v.stopped() {
		view.Body = append(view.Body, msgStopped.With(name))
		view.Rows = append(view.Rows, v.linkRows("")...)
	} else {
		view.Body = append(view.Body, msgLinkedAs.With(name))
	}
	if title, ok := v.openForm(); ok {
		view.Body = append(view.Body, msgFormWaits.With(wording.Args{"title": title}))
		resume := v.button(msgContinue, "resume", "")
		resume.Style = flow.StylePrimary
		view.Rows = append(view.Rows, []flow.Button{resume})
	}
	lines, rows := v.memberForms(isMembers)
	view.Body, view.Rows = append(view.Body, lines...), append(view.Rows, rows...)
	view.Rows = append(view.Rows,
		[]flow.Button{v.button(msgKeyBook, "book", "")},
		[]flow.Button{v.button(msgKeyMade, "go", "bookings"), v.button(msgKeyReceived, "go", "requests")},
		[]flow.Button{v.button(msgKeySettings, "settings", ""), v.button(msgKeyOffers, "go", "offers")},
		[]flow.Button{v.button(msgKeyAlerts, alertsAction, ""), v.button(msgKeyAccount, "account", "")},
	)
	if v.account.Role.Manager {
		view.Rows = append(view.Rows, []flow.Button{v.button(msgKeyMembers, "actas", "")})
	}
	return view
}

// linkRows are the ways to link, the better one first.
func (v *visit) linkRows(after string) [][]flow.Button {
	paste := v.button(msgKeyPaste, "link", cutAfter(after))
	if v.signIns == nil {
		paste.Style = flow.StylePrimary
		return [][]flow.Button{{paste}}
	}
	signIn := v.button(msgKeySignIn, "signin", cutAfter(after))
	signIn.Style = flow.StylePrimary
	return [][]flow.Button{{signIn}, {paste}}
}

func (v *visit) openForm() (wording.Text, bool) {
	s, ok := v.form(v.asks)
	if !ok {
		s, ok = v.form(v.waits)
	}
	return v.Desk.forms[s.Flow].flow.Title, ok
}

func (v *visit) homeRow() []flow.Button {
	return []flow.Button{v.button(msgKeyHome, "home", "")}
}

func (v *visit) howView() flow.View {
	link := msgHowPaste
	if v.signIns != nil {
		link = msgHowSignIn
	}
	return v.textView(msgHow.With(wording.Args{"link": link.Text()}))
}

func (v *visit) textView(text wording.Text) flow.View {
	return flow.View{Body: []wording.Text{text}, Rows: [][]flow.Button{v.homeRow()}}
}

// press answers a button: of the open form, of this account's screens, or of neither.
func (v *visit) press() error {
	p := v.event.Press
	if v.event.Forged {
		return v.stale()
	}
	if p.Action == hideAction && v.expiring(v.event.Message) { // whoever is linked by now: it is only taken away
		v.acknowledge(wording.Text{})
		return v.hide("")
	}
	switch found, err := v.front(withID(p.Of)); {
	case err != nil:
		return err
	case found:
		v.chat.Card = max(v.chat.Card, v.event.Message) // a later one of its cards, that was not noted any more
		return v.advance(flow.Pressed{Press: p})
	}
	if v.account != nil && p.Of != v.tag() {
		if p.Of != actingTag(v.account.ID, v.chat.Acting.Member) {
			return v.stale()
		}
		if v.as = v.acting(); v.as.Member == 0 {
			v.acknowledge(msgActOver.Text())
			return v.screen(v.homeView(msgActOver.Text()))
		}
	}
	if p.Of != v.tag() {
		return v.stale()
	}
	v.acknowledge(wording.Text{})
	if v.account == nil {
		return v.guestPress(p)
	}
	return v.memberPress(p)
}

// stale answers a button that is not of this account's screens nor of the open form. It draws the form
// that is open; otherwise a word is enough, and what the card says now stays readable.
func (v *visit) stale() error {
	if v.chat.Session == nil {
		v.acknowledge(msgCardOld.Text())
		return nil
	}
	v.acknowledge(msgOutOfDate.Text())
	return v.advance(flow.Redraw{})
}

func (v *visit) guestPress(p flow.Press) error {
	switch p.Action {
	case "link":
		return v.askToLink(p.Value)
	case "signin", "signinyes", "signinno", "claim":
		return v.signInPress(p)
	case "how":
		return v.screen(v.howView())
	case "privacy":
		return v.screen(v.textView(msgPrivacy.Text()))
	default:
		return v.screen(v.homeView(wording.Text{}))
	}
}

// memberPress answers a button of a linked account's screens.
func (v *visit) memberPress(p flow.Press) error {
	run, known := v.screens[p.Action]
	if actingOwn(p.Action) {
		v.as = store.Acting{}
	}
	switch {
	case v.as.Member != 0 && !actingMayPress(p.Action):
		return v.screen(v.textView(msgActNotThis.Text()))
	case !known:
		return v.screen(v.homeView(wording.Text{}))
	}
	return run(v, p.Value)
}

// screens are what buttons lead to, by their action; each room of the house adds its own.
func screens() map[string]screen {
	all := map[string]screen{
		"link":      (*visit).askToLink,
		"resume":    (*visit).continueForm,
		"book":      (*visit).book,
		"afresh":    (*visit).afresh,
		"giveup":    func(v *visit, key string) error { return v.giveUp(key, false) },
		"giveupyes": func(v *visit, key string) error { return v.giveUp(key, true) },
		"go":        (*visit).goOn,
		"privacy":   func(v *visit, _ string) error { return v.screen(v.textView(msgPrivacy.Text())) },
		"help":      func(v *visit, _ string) error { return v.screen(v.helpView()) },

		forgetKey: (*visit).forgetNumber,
	}
	for _, action := range []string{"signin", "signinyes", "signinno", "claim"} {
		all[action] = func(v *visit, value string) error { return v.signInPress(flow.Press{Action: action, Value: value}) }
	}
	for _, more := range []map[string]screen{draftScreens(), bookingScreens(), extraScreens(), accountScreens(), alertScreens(), settingsScreens(), offerScreens(), actingScreens()} {
		maps.Copy(all, more)
	}
	return all
}

// goOn does what was asked for before linking.
func (v *visit) goOn(asked string) error {
	name, rest, _ := strings.Cut(asked, " ")
	return v.command(name, rest)
}

// onBooking is a screen about one booking.
func onBooking(run func(*visit, cardRef) error) screen {
	return func(v *visit, value string) error {
		ref, ok := parseCardRef(value)
		if !ok {
			return v.screen(v.homeView(wording.Text{}))
		}
		return run(v, ref)
	}
}

// bookingScreens are the lists, the cards, the alerts, and what changes a booking.
func bookingScreens() map[string]screen {
	all := map[string]screen{
		"list": func(v *visit, value string) error {
			place, ok := parseListPlace(value)
			if !ok {
				return v.screen(v.homeView(wording.Text{}))
			}
			return v.list(place)
		},
		"card":   onBooking((*visit).card),
		"remove": onBooking((*visit).askToRemove),

		byNumberName: func(v *visit, _ string) error { return v.answerByNumber() },
	}
	for _, a := range []action{actAccept, actAmount, actDecline, actReInvite, actConfirm, actCancel, actCallOff, actAgain} {
		all[string(a)] = onBooking(func(v *visit, ref cardRef) error {
			one, _ := v.deed(a)
			return v.begin(one, ref)
		})
	}
	maps.Copy(all, noticeScreens())
	return all
}

// continueForm takes up what was sent under a key, or else the form that waits.
func (v *visit) continueForm(key string) error {
	found, err := v.front(func(s flow.Session) bool { return key != "" && inFlight(s) && sendKey(s) == key })
	if err == nil && !found {
		found, err = v.front(v.asks)
	}
	if err == nil && !found {
		found, err = v.front(v.waits)
	}
	switch {
	case err != nil:
		return err
	case !found:
		return v.screen(v.homeView(msgNoForm.Text()))
	case v.chat.Card == 0: // its message shows something else by now
		err := v.arrange(func(chat *store.Chat) error {
			chat.Card = v.event.Message
			return nil
		})
		if err != nil {
			return err
		}
	}
	return v.advance(flow.Redraw{})
}
