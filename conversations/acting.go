package conversations

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgActBanner   = msg("acting.banner", "👤 <b>Acting as {name}</b> until {until}.")
	msgActLooking  = msg("acting.banner_over", "👤 <b>For {name}.</b>")
	msgActOver     = msg("acting.over", "You no longer act for that member: the time is over, or you have stopped. Nothing was done; /actas begins anew.")
	msgActNotThis  = msg("acting.not_this", "That can't be done for a member of the group: the site allows managers only to look at bookings, and to change settings and special offers.")
	msgActOwnFirst = msg("acting.own_first", "That is about your own account, and you act for somebody else now. Stop that first.")
	msgKeyActStop  = msg("acting.key_stop", "Stop acting as {name}")

	msgActTimeUp      = msg("acting.time_up", "The time for acting as {name} is over. From here on everything is for <b>{own}</b>.")
	msgActHome        = msg("acting.home", "You can look at their bookings, and change their settings and special offers. What you do is noted in a list.")
	msgActStopped     = msg("acting.stopped", "You no longer act for {name}.")
	msgActStoppedIn   = msg("acting.stopped_form", "You no longer act for {name}. The form that was open for them is closed; nothing was sent.")
	msgActLost        = msg("acting.lost", "<b>The site no longer lets you act for {name}:</b> one of you has left the group, or the permission was withdrawn. Nothing was changed, and you act for yourself again.")
	msgKeyActMade     = msg("acting.key_made", "Their bookings")
	msgKeyActReceived = msg("acting.key_received", "Their requests")
	msgKeyActOffers   = msg("acting.key_offers", "Special offers")
	msgKeyActLog      = msg("acting.key_log", "What was done")
	msgKeyActOther    = msg("acting.key_other", "Another member")
)

// acting is the member of the group whom this chat acts for now; zero for nobody, or no longer.
func (v *visit) acting() store.Acting { return v.actingOf(v.chat) }

func (v *visit) actingOf(chat store.Chat) store.Acting {
	if a := chat.Acting; a.Member != 0 && a.Until.After(v.clock.now()) && v.account != nil {
		return a
	}
	return store.Acting{}
}

// actingTag is what screens carry that were drawn for a member of the group: sixteen letters and digits that
// no other account and no other member has.
func actingTag(account store.AccountID, member int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", account, member))
	return hex.EncodeToString(sum[:8])
}

// dressed says on every card for whom it is, if not for the account itself, and offers to stop that.
func (v *visit) dressed(view flow.View) flow.View {
	if v.as.Member == 0 || offers(view, "actstop") {
		return view
	}
	if v.begun && !offers(view, apartAction) {
		lines, keys := v.memberForms(func(s flow.Session) bool { return v.apart(v.chat, s) })
		view.Body, view.Rows = append(lines, view.Body...), append(view.Rows, keys...)
	}
	name := wording.Args{"name": memberName(v.as.Nickname, v.as.Member)}
	banner := msgActLooking.With(name)
	if !v.as.Until.IsZero() {
		banner = msgActBanner.With(wording.Args{"name": name["name"], "until": v.hourHere(v.as.Until)})
		stop := v.button(msgKeyActStop, "actstop", "")
		stop.Label = msgKeyActStop.With(name)
		view.Rows = append(view.Rows, []flow.Button{stop})
	}
	view.Body = append([]wording.Text{banner}, view.Body...)
	return view
}

// actingMayRun and actingMayPress say what is offered while the account acts for a member of its group: the
// calls that have a twin for managers, and what concerns no booking.
func actingMayRun(command string) bool {
	return slices.Contains([]string{"bookings", "requests", "settings", "offers", "actas"}, command)
}

func actingMayPress(action string) bool {
	return slices.Contains([]string{"home", "list", "card", "details", "hide", "calendar", "go", "help", "privacy", "resume", "giveup", "giveupyes"}, action) ||
		slices.ContainsFunc([]string{"set", "offer", "act"}, func(room string) bool { return strings.HasPrefix(action, room) })
}

// actingOwn: what concerns the linked account's own sign-in and alerts, whomever it acts for.
func actingOwn(action string) bool {
	return slices.Contains([]string{
		"link", "signin", "signinyes", "signinno", "claim", alertsAction, setAlertAction, testAction, quietFlow, summaryFlow,
	}, action)
}

// ownCaller is the linked account itself, whomever it acts for now.
func (v *visit) ownCaller() apiclient.Caller { return apiclient.Caller{Tokens: v.tokens(*v.account)} }

// actingHome is home while the account acts for a member. What ends in that member's name after the acting
// is over leads to where the chat is now.
func (v *visit) actingHome(view flow.View) flow.View {
	if now := v.acting(); now.Member != v.as.Member {
		v.as = now
		home := v.homeView(wording.Text{})
		home.Body = append(view.Body, home.Body...)
		return home
	}
	view.Body = append(view.Body, msgActHome.Text())
	lines, rows := v.memberForms(isMembers)
	view.Body, view.Rows = append(view.Body, lines...), append(view.Rows, rows...)
	key, watching := v.watchKey()
	if watching {
		view.Body = append(view.Body, msgWatching.Text())
	}
	view.Rows = append(view.Rows,
		[]flow.Button{v.button(msgKeyActMade, "go", "bookings"), v.button(msgKeyActReceived, "go", "requests")},
		[]flow.Button{v.button(msgKeySettings, "go", "settings"), v.button(msgKeyActOffers, "go", "offers")},
		[]flow.Button{key},
		[]flow.Button{v.button(msgKeyActLog, "actlog", "1"), v.button(msgKeyActOther, "actas", "")},
	)
	return view
}

// endForms closes the forms of a chat that were begun for a member (everybody: for any), unless the outcome of something
// that they sent is still to come.
func (v *visit) endForms(chat *store.Chat, member int64) {
	over := func(s flow.Session) bool {
		as := actingIn(s).Member
		return as != 0 && (as == member || member == everybody) && !inFlight(s)
	}
	chat.Parked = slices.DeleteFunc(chat.Parked, func(f store.Form) bool { return over(f.Session) })
	if chat.Session != nil && over(*chat.Session) {
		v.next(chat)
	}
}

// endActing has the chat act for its own account again, and notes why.
func (v *visit) endActing(why string, change func(*store.Chat)) error {
	was := v.acting()
	if was.Member == 0 {
		return nil
	}
	err := v.change(func(tx *store.Tx, chat *store.Chat) error {
		chat.Acting = store.Acting{}
		change(chat)
		return tx.PutDeed(v.deedFor(was, why, "", store.DeedDone))
	})
	if err != nil {
		return fmt.Errorf("end acting: %w", err)
	}
	return nil
}

// stopActing is the button on every card of the member.
func (v *visit) stopActing() error {
	was := v.acting()
	said := msgActStopped
	if _, open := v.form(isOf(was.Member)); open {
		said = msgActStoppedIn
	}
	if err := v.endActing(whatStop, func(chat *store.Chat) { v.endForms(chat, was.Member) }); err != nil {
		return err
	}
	v.as = store.Acting{}
	if was.Member == 0 {
		return v.screen(v.homeView(wording.Text{}))
	}
	return v.screen(v.homeView(said.With(wording.Args{"name": memberName(was.Nickname, was.Member)})))
}

// sayTimeUp says, before a command is answered for the account itself, that the time for acting is over: whoever
// types it may still think of the member.
func (v *visit) sayTimeUp() error {
	was := v.chat.Acting
	if was.Member == 0 || v.account == nil || v.acting().Member != 0 {
		return nil
	}
	err := v.say(flow.View{Body: []wording.Text{
		msgActTimeUp.With(wording.Args{"name": memberName(was.Nickname, was.Member), "own": v.accountName()}),
	}})
	if err != nil {
		return err
	}
	return v.change(func(_ *store.Tx, chat *store.Chat) error {
		chat.Acting = store.Acting{}
		return nil
	})
}

// lostMember ends acting once the platform refuses to let the account act for the member at all, and says so;
// nothing to say if the failure was about something else. What this visit still draws is the member's, and
// does nothing any more; so does a form that is open.
func (v *visit) lostMember(err error) wording.Text {
	if v.as.Member == 0 || v.account == nil || !errors.Is(err, apiclient.ErrForbidden) && !errors.Is(err, apiclient.ErrNotFound) {
		return wording.Text{}
	}
	_, probe := v.api.PhoneChatSettings(v.ctx, v.caller())
	if !errors.Is(probe, apiclient.ErrForbidden) && !errors.Is(probe, apiclient.ErrNotFound) {
		return wording.Text{}
	}
	if v.acting().Member == v.as.Member && v.endActing(whatLost, func(*store.Chat) {}) != nil {
		return wording.Text{} // it is found out again
	}
	v.as.Until = time.Time{}
	return v.alsoUnwatched(msgActLost.With(wording.Args{"name": memberName(v.as.Nickname, v.as.Member)}), v.as.Member)
}
