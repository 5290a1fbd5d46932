package conversations

import (
	"cmp"
	"fmt"
	"slices"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// A form that was begun for a member of the group is for that member only. While the chat acts for somebody else, or
// for nobody, it is set aside: no answer reaches it, and nothing is sent. Every card that such a change is made by says
// so, and so does every home, with a button that acts for that member again.

// apartAction goes on with the form of a session, for the member whose it is.
const apartAction = "actback"

var (
	msgApart     = msg("acting.apart", "For {name} a form is set aside: {title}. What you entered is kept.")
	msgApartHere = msg("acting.apart_here", "A form is open for {name}: {title}.")
	msgApartNow  = msg("acting.apart_now", "That form is for {name}, and you do not act for them now. Nothing was done.")
	msgApartOver = msg("acting.apart_over", "{why}\nThe form that was open for them is closed; nothing was sent.")
	msgKeyApart  = msg("acting.key_apart", "Continue for {name}")
)

// isMembers: a form about a member of the group that waits for the person. The question whom to act for is about none.
func isMembers(s flow.Session) bool {
	return actingIn(s).Member != 0 && s.Flow != actNumberName && !inFlight(s)
}

func isOf(member int64) func(flow.Session) bool {
	return func(s flow.Session) bool { return isMembers(s) && actingIn(s).Member == member }
}

// apart: a form of a member whom a chat does not act for now.
func (v *visit) apart(chat store.Chat, s flow.Session) bool {
	member := actingIn(s).Member
	return member != 0 && member != v.actingOf(chat).Member && !inFlight(s)
}

// here is a form of a flow that is for whom the chat acts now.
func (v *visit) here(name string) func(flow.Session) bool {
	return func(s flow.Session) bool { return s.Flow == name && !v.apart(v.chat, s) }
}

// partForms sets the form in front aside if it is of a member whom a chat does not act for any more; the question whom
// to act for has its answer.
func (v *visit) partForms(chat *store.Chat) {
	over := func(f store.Form) bool { return f.Session.Flow == actNumberName && v.apart(*chat, f.Session) }
	chat.Parked = slices.DeleteFunc(chat.Parked, over)
	s := chat.Session
	if s == nil || !v.apart(*chat, *s) {
		return
	}
	if s.Flow != actNumberName {
		chat.Drawn = s.Rev // a card that is owed is drawn when the form comes back
		v.setAside(chat)
	}
	v.next(chat)
}

// partForm answers what was meant for the form in front, while the chat does not act for its member.
func (v *visit) partForm() error {
	was := actingIn(*v.chat.Session)
	err := v.arrange(func(chat *store.Chat) error {
		v.partForms(chat)
		return nil
	})
	if err != nil {
		return err
	}
	said := msgApartNow.With(wording.Args{"name": memberName(was.Nickname, was.Member)})
	v.acknowledge(said)
	v.as = v.acting()
	return v.screen(v.homeView(said))
}

// memberForms says which forms of members are open, of those that match, with a button each that goes on with it.
func (v *visit) memberForms(match func(flow.Session) bool) (lines []wording.Text, rows [][]flow.Button) {
	for _, f := range forms(v.chat) {
		if !isMembers(f.Session) || !match(f.Session) {
			continue
		}
		as, line := actingIn(f.Session), msgApart
		if !v.apart(v.chat, f.Session) {
			line = msgApartHere
		}
		name := wording.Args{"name": memberName(as.Nickname, as.Member), "title": v.Desk.forms[f.Session.Flow].flow.Title}
		key := v.button(msgKeyApart, apartAction, f.Session.ID)
		key.Label = msgKeyApart.With(name)
		lines, rows = append(lines, line.With(name)), append(rows, []flow.Button{key})
	}
	return lines, rows
}

// withoutForms closes the forms of a member whom the platform does not let the account act for, and adds a word about it.
func (v *visit) withoutForms(why wording.Text, member int64) (wording.Text, error) {
	if _, open := v.form(isOf(member)); !open {
		return why, nil
	}
	err := v.arrange(func(chat *store.Chat) error {
		v.endForms(chat, member)
		return nil
	})
	return msgApartOver.With(wording.Args{"why": why}), err
}

// comeBack goes on with a form of a member: the account acts for them from then on, if the platform still allows it.
func (v *visit) comeBack(id string) error {
	s, found := v.form(func(s flow.Session) bool { return s.ID == id && isMembers(s) })
	if !found {
		return v.screen(v.homeView(msgNoForm.Text()))
	}
	if as := actingIn(s); v.acting().Member != as.Member {
		v.as = store.Acting{}
		_, begun, err := v.actFor(as, apartAction, id)
		if err != nil || !begun {
			return err
		}
	}
	if _, err := v.front(withID(id)); err != nil {
		return err
	}
	err := v.arrange(func(chat *store.Chat) error {
		chat.Card = cmp.Or(v.working, chat.Card, v.event.Message)
		return nil
	})
	if err != nil {
		return fmt.Errorf("go on with a form: %w", err)
	}
	return v.advance(flow.Redraw{})
}
