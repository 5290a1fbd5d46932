package conversations_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// Whatever is remembered of a card, and it may be old after a kill: a message on which a form stands, or call details,
// is not drawn over.
func TestAMessageThatIsSomethingElseByNow(t *testing.T) {
	for name, change := range map[string]func(chat *store.Chat, card int){
		"nothing else":     func(*store.Chat, int) {},
		"a form":           func(chat *store.Chat, card int) { chat.Session, chat.Card = &flow.Session{ID: "form"}, card },
		"a form set aside": func(chat *store.Chat, card int) { chat.Parked = []store.Form{{Card: card}} },
		"details, for a while": func(chat *store.Chat, card int) {
			chat.Expiring = []store.Expiring{{Message: card, At: monday.Add(time.Hour)}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			id, card := r.openMade()
			r.check(r.platform.Accept(id, "20"))
			r.flush()
			chat := r.onDisk()
			change(&chat, card)
			r.write(func(tx *store.Tx) error { return tx.PutChat(chat) })
			before := len(r.chat.log)
			r.handleOurs(conversations.Changed(theUser, "made", id))
			if drawn := len(r.chat.log) > before; drawn != (name == "nothing else") {
				t.Errorf("said %s", r.chat.log[before:])
			}
		})
	}
}

// Of a card that could not be changed nobody knows what it says now.
func TestACardWhoseEditFailed(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id, card := r.openMade()
	_, list, _ := r.chat.find("Back to the list")
	r.chat.broken = true
	_ = r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: list, Callback: "cb"})
	r.chat.broken = false
	if r.desk.Shows(theUser, "made", id) {
		t.Error("it is thought to stand there")
	}
}

// hurried tells how long a reading may take.
type hurried struct {
	conversations.Platform
	left *time.Duration
}

func (h hurried) Booking(ctx context.Context, as apiclient.Caller, side apiclient.Side, id apiclient.BookingID) (apiclient.Booking, error) {
	if end, ok := ctx.Deadline(); ok {
		*h.left = time.Until(end)
	}
	return h.Platform.Booking(ctx, as, side, id)
}

// Nobody has asked for a redrawing: it does not keep the person's own presses waiting for long.
func TestARedrawingIsShort(t *testing.T) {
	var left time.Duration
	r := newRig(t, monday)
	r.link(clientToken)
	id, _ := r.openMade()
	r.platformOf(hurried{r.api, &left})
	r.do("card", fmt.Sprint("m", id))
	if left <= 3*time.Second {
		t.Errorf("what the person asks for may take %s", left)
	}
	left = 0
	r.changed("made", id)
	if left <= 0 || left > 3*time.Second {
		t.Errorf("it may take %s", left)
	}
}

// Another bot numbers its updates itself: that the person has left is no older than what they told the first.
func TestThePersonHasLeftAnotherBot(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.flush()
	chat := r.onDisk()
	chat.Bot, chat.LastUpdate, chat.Updates = chat.Bot+1, 1_000_000, []int64{1_000_000}
	r.write(func(tx *store.Tx) error { return tx.PutChat(chat) })
	r.handle(flow.Event{Kind: flow.EventLeft, Update: 7})
	if r.account().Paused.IsZero() {
		t.Error("alerts go on to a chat that refuses them")
	}
}
