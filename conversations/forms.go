package conversations

import (
	"errors"
	"slices"
	"strconv"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// A chat has one form in front, which typed answers go to, and others that were set aside for it: a booking
// half filled in while a request is answered, a send whose outcome is being looked up. Each keeps its
// card, and a press of one of its buttons brings it to the front again.

// maxAside is how many forms a chat keeps aside.
const maxAside = 6

var msgTooMany = msg("form.too_many", "Several of your requests are still being looked up. Please wait until I know what became of them; I will tell you here.")

// front brings the form that matches to the front; false if there is none.
func (v *visit) front(match func(flow.Session) bool) (bool, error) {
	if s := v.chat.Session; s != nil && match(*s) {
		return true, nil
	}
	if !slices.ContainsFunc(v.chat.Parked, func(f store.Form) bool { return match(f.Session) }) {
		return false, nil
	}
	return true, v.arrange(func(chat *store.Chat) error {
		for i := len(chat.Parked) - 1; i >= 0; i-- {
			if f := chat.Parked[i]; match(f.Session) {
				chat.Parked = slices.Delete(chat.Parked, i, i+1)
				v.setAside(chat)
				takeUp(chat, f)
				return nil
			}
		}
		return errors.New("a form that was set aside has gone")
	})
}

// setAside keeps the form in front for later, that of linking too: its card goes on asking for a token. Where there
// are too many, the oldest that asks little and waits for nobody goes, or else the oldest of a member whom the chat does
// not act for: a group has many.
func (v *visit) setAside(chat *store.Chat) {
	if s := chat.Session; s != nil {
		chat.Parked = append(chat.Parked, store.Form{Session: *s, Card: chat.Card, Drawn: chat.Drawn, Hinted: chat.Hinted})
	}
	chat.Session, chat.Card, chat.Drawn, chat.Hinted = nil, 0, store.NotDrawn, false
	if len(chat.Parked) > maxAside {
		i := slices.IndexFunc(chat.Parked, func(f store.Form) bool { return v.brief(f.Session) && !inFlight(f.Session) })
		if i < 0 {
			i = slices.IndexFunc(chat.Parked, func(f store.Form) bool { return v.apart(*chat, f.Session) })
		}
		if i >= 0 {
			chat.Parked = slices.Delete(chat.Parked, i, i+1)
		}
	}
}

// takeUp puts a form that was set aside in front.
func takeUp(chat *store.Chat, f store.Form) {
	chat.Session, chat.Card, chat.Drawn, chat.Hinted = &f.Session, f.Card, f.Drawn, f.Hinted
}

// leave takes the form in front away, for one that is begun anew.
func (v *visit) leave() error {
	return v.arrange(func(chat *store.Chat) error {
		v.next(chat)
		return nil
	})
}

// next puts the form that was set aside last in front, in place of the one that is over; a question that was
// left for another comes after all that takes longer to fill in. That of linking takes tokens from where it is.
// One of a member waits until the chat acts for them.
func (v *visit) next(chat *store.Chat) {
	chat.Session, chat.Card, chat.Drawn, chat.Hinted = nil, 0, store.NotDrawn, false
	last := -1
	for i, f := range chat.Parked {
		switch {
		case f.Session.Flow == linkName && v.account != nil, v.apart(*chat, f.Session):
		case last < 0, inFlight(f.Session), !v.brief(f.Session), v.brief(chat.Parked[last].Session) && !inFlight(chat.Parked[last].Session):
			last = i
		}
	}
	if last >= 0 {
		takeUp(chat, chat.Parked[last])
		chat.Parked = slices.Delete(chat.Parked, last, last+1)
	}
}

// undraw notes that a message shows something else now than the form whose card it was: what becomes of that form
// is told in a message of its own.
func undraw(chat *store.Chat, message int, but string) (found bool) {
	if message == 0 {
		return false
	}
	if chat.Session != nil && chat.Session.ID != but && chat.Card == message {
		chat.Card, found = 0, true
	}
	for i := range chat.Parked {
		if f := &chat.Parked[i]; f.Session.ID != but && f.Card == message {
			f.Card, found = 0, true
		}
	}
	return found
}

// forms lists the forms of a chat with their drawn revisions, the one in front first, then the latest.
func forms(chat store.Chat) []store.Form {
	var all []store.Form
	if chat.Session != nil {
		all = append(all, store.Form{Session: *chat.Session, Card: chat.Card, Drawn: chat.Drawn, Hinted: chat.Hinted})
	}
	for _, f := range slices.Backward(chat.Parked) {
		all = append(all, f)
	}
	return all
}

// form finds one of the chat's forms.
func (v *visit) form(match func(flow.Session) bool) (flow.Session, bool) {
	for _, f := range forms(v.chat) {
		if match(f.Session) {
			return f.Session, true
		}
	}
	return flow.Session{}, false
}

func withID(id string) func(flow.Session) bool {
	return func(s flow.Session) bool { return s.ID == id }
}

func ofFlow(name string) func(flow.Session) bool {
	return func(s flow.Session) bool { return s.Flow == name }
}

// brief: a form with little in it, that another may stand before without a word.
func (v *visit) brief(s flow.Session) bool {
	f, ok := v.Desk.forms[s.Flow]
	return ok && f.flow.Brief
}

// waits: a form that the person has begun and may want to go on with, or whose outcome they wait for.
func (v *visit) waits(s flow.Session) bool {
	_, known := v.Desk.forms[s.Flow]
	return known && s.Flow != linkName && (inFlight(s) || !v.brief(s)) && !v.apart(v.chat, s)
}

// takesText brings the form to the front that a typed answer can be meant for: the one in front, unless that
// is a question without any step, or sent. A question that was left before that one is not meant.
func (v *visit) takesText() error {
	if s := v.chat.Session; s == nil || len(v.Desk.forms[s.Flow].flow.Steps) > 0 && !inFlight(*s) {
		return nil
	}
	_, err := v.front(func(s flow.Session) bool { return v.waits(s) && !v.brief(s) && s.At != "" && s.At[0] != '@' })
	return err
}

// takesNumber brings the form to the front that has asked for the person's own number.
func (v *visit) takesNumber() error {
	_, err := v.front(func(s flow.Session) bool {
		return !v.apart(v.chat, s) && slices.ContainsFunc(v.Desk.forms[s.Flow].flow.Steps, func(step flow.Step) bool { return step.ID == s.At && step.Shares })
	})
	return err
}

// asks: a form that waits for the person, and not for the site.
func (v *visit) asks(s flow.Session) bool { return v.waits(s) && !inFlight(s) }

// crowded: nothing more is begun while so much is still being looked up.
func (v *visit) crowded() bool {
	looked := 0
	for _, f := range forms(v.chat) {
		if inFlight(f.Session) {
			looked++
		}
	}
	return looked >= maxAside
}

// The answers of a form that is filled in for a member of the group.
const (
	answerAs     = "as" // the member's number
	answerAsName = "asname"
)

// actingIn is the member that a form is for; zero: the linked account.
func actingIn(s flow.Session) store.Acting {
	member, err := strconv.ParseInt(s.Answers[answerAs], 10, 64)
	if err != nil {
		return store.Acting{}
	}
	return store.Acting{Member: member, Nickname: s.Answers[answerAsName]}
}
