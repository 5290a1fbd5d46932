package conversations

import (
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// say sends a message that is not the live card.
func (v *visit) say(view flow.View) error {
	view = v.dressed(view)
	_, err := v.Desk.chat.Send(v.ctx, v.event.Chat, view)
	if err == nil {
		v.noteShown(view)
	}
	return err
}

// screen draws a screen: on the card that was pressed, or as a new message.
func (v *visit) screen(view flow.View) error {
	card := v.working
	if card == 0 && v.event.Kind == flow.EventPress {
		card = v.event.Message
	}
	if card == 0 {
		return v.say(view)
	}
	view = v.dressed(view)
	shown, err := v.Desk.chat.Edit(v.ctx, v.event.Chat, card, view)
	if err != nil {
		return err
	}
	v.noteShown(view)
	if seen := v.chat; undraw(&seen, shown, "") {
		return v.save(func(_ *store.Tx, chat *store.Chat) error {
			undraw(chat, shown, "")
			return nil
		})
	}
	return nil
}

// slowly reads from the platform for a screen. If that takes long enough to be noticed, the card says so
// meanwhile, with a way home.
func (v *visit) slowly(read func() error) error {
	over, told := make(chan struct{}), make(chan int, 1)
	view := v.dressed(flow.View{Body: []wording.Text{msgWorking.Text()}, Rows: [][]flow.Button{v.homeRow()}})
	card, pressed := v.working, v.event.Kind == flow.EventPress && v.event.Message != 0
	go func() {
		defer close(told)
		timer := time.NewTimer(v.slow)
		defer timer.Stop()
		select {
		case <-over:
			return
		case <-timer.C:
		}
		var err error
		switch {
		case card != 0: // it says so already
			return
		case pressed:
			card, err = v.Desk.chat.Edit(v.ctx, v.event.Chat, v.event.Message, view)
		default:
			card, err = v.Desk.chat.Send(v.ctx, v.event.Chat, view)
		}
		if err == nil {
			told <- card
		}
	}()
	defer func() { // also where reading panics: an apology comes after "Working…"
		close(over)
		if card, ok := <-told; ok {
			v.working = card
		}
	}()
	return read()
}

func (v *visit) acknowledge(text wording.Text) {
	if v.event.Callback != "" {
		v.Desk.chat.Acknowledge(v.event.Callback, text)
	}
}

func (v *visit) newAccount() store.AccountID { return store.AccountID(v.newUUID()) }

// caller is the linked account, for whomever it acts now, as calls to the platform need it.
func (v *visit) caller() apiclient.Caller {
	return apiclient.Caller{Tokens: v.tokens(*v.account), For: apiclient.MemberID(v.as.Member), Background: v.event.Kind == flow.EventChanged}
}

// tag is what this account's screens carry in their buttons: a press from another account is stale, and so
// is one from the time when it acted for somebody else.
func (v *visit) tag() string {
	switch {
	case v.account == nil:
		return guest
	case v.as.Member != 0:
		return actingTag(v.account.ID, v.as.Member)
	}
	return accountTag(v.account.ID)
}

const guest = "guest"

// accountTag is the random end of the id: its beginning is a time, which accounts can share.
func accountTag(id store.AccountID) string {
	s := id.String()
	return s[len(s)-12:]
}

func (v *visit) button(label wording.Message, action, value string) flow.Button {
	return flow.Button{Label: label.Text(), Press: flow.Press{Of: v.tag(), Action: action, Value: value}}
}

// ownButton is of the account itself, for whomever the form in front is: it works when the acting is over, too.
func (v *visit) ownButton(label wording.Message, action, value string) flow.Button {
	key := v.button(label, action, value)
	if v.account != nil {
		key.Press.Of = accountTag(v.account.ID)
	}
	return key
}

func (v *visit) publicChat() error {
	v.acknowledge(msgPrivateOnly.Text())
	if v.event.Kind != flow.EventCommand {
		return nil
	}
	return v.say(flow.View{Body: []wording.Text{msgPrivateOnly.Text()}})
}
