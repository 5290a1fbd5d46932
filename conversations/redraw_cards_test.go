package conversations

import (
	"testing"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

func cardOf(id int64) flow.View {
	ref := cardRef{side: made, id: apiclient.BookingID(id)}
	key := flow.Button{Label: msgKeyRefresh.Text(), Press: flow.Press{Of: "tag", Action: "card", Value: ref.String()}}
	return flow.View{Body: []wording.Text{msgCardMade.Text()}, Rows: [][]flow.Button{{key}}}
}

func keyOf(label wording.Message, action string) flow.View {
	key := flow.Button{Label: label.Text(), Press: flow.Press{Action: action, Value: "m1"}}
	return flow.View{Body: []wording.Text{msgHow.Text()}, Rows: [][]flow.Button{{key}}}
}

// Of each chat the last card counts, for as long as its message shows it; an old chat gives way to new ones.
func TestOpenCards(t *testing.T) {
	const chat = flow.ChatID(1)
	other := flow.View{Body: []wording.Text{msgHow.Text()}}
	for name, tc := range map[string]struct {
		do   func(*openCards)
		want int64 // the booking whose card stands there; 0 for none
	}{
		"nothing":      {func(*openCards) {}, 0},
		"a card":       {func(c *openCards) { c.drawn(chat, 0, 5, cardOf(1)) }, 1},
		"another card": {func(c *openCards) { c.drawn(chat, 0, 5, cardOf(1)); c.drawn(chat, 0, 6, cardOf(2)) }, 2},
		"the first is replaced": {func(c *openCards) {
			c.drawn(chat, 0, 5, cardOf(1))
			c.drawn(chat, 0, 6, cardOf(2))
			c.drawn(chat, 5, 5, other)
		}, 2},
		"it is replaced":         {func(c *openCards) { c.drawn(chat, 0, 5, cardOf(1)); c.drawn(chat, 5, 5, other) }, 0},
		"it is replaced below":   {func(c *openCards) { c.drawn(chat, 0, 5, cardOf(1)); c.drawn(chat, 5, 9, other) }, 0},
		"something else is sent": {func(c *openCards) { c.drawn(chat, 0, 5, cardOf(1)); c.drawn(chat, 0, 6, other) }, 1},
		"elsewhere, too":         {func(c *openCards) { c.drawn(chat, 0, 5, cardOf(1)); c.drawn(2, 5, 5, other) }, 1},
		"a way back to it":       {func(c *openCards) { c.drawn(chat, 0, 5, keyOf(msgKeyCancel, "card")) }, 0},
		"a list to be refreshed": {func(c *openCards) { c.drawn(chat, 0, 5, keyOf(msgKeyRefresh, "list")) }, 0},
		"on disk":                {func(c *openCards) { c.adopt(chat, store.Shown{Message: 5, Booking: "m3"}) }, 3},
		"on disk, and newer here": {func(c *openCards) {
			c.drawn(chat, 0, 5, cardOf(1))
			c.adopt(chat, store.Shown{Message: 5, Booking: "m3"})
		}, 1},
		"on disk, and gone here": {func(c *openCards) {
			c.drawn(chat, 0, 5, cardOf(1))
			c.gone(chat, 5)
			c.adopt(chat, store.Shown{Message: 5, Booking: "m1"})
		}, 0},
		"one chat more than there are": {func(c *openCards) {
			c.drawn(chat, 0, 5, cardOf(1))
			c.drawn(2, 0, 5, cardOf(1))
			c.drawn(3, 0, 5, cardOf(1))
		}, 1},
		"twice as many as there may be": {func(c *openCards) { c.drawn(chat, 0, 5, cardOf(1)); crowd(c, 4) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := newOpenCards(2)
			tc.do(c)
			shown, _ := c.of(chat)
			if ref, _ := parseCardRef(shown.Booking); int64(ref.id) != tc.want {
				t.Errorf("%+v stands there, want booking %d", shown, tc.want)
			}
			if n := len(c.young) + len(c.old); n > 4 {
				t.Errorf("%d chats are kept", n)
			}
		})
	}
}

func crowd(c *openCards, chats int64) {
	for i := range chats {
		c.drawn(flow.ChatID(10+i), 0, 5, cardOf(1))
	}
}

// What a card says counts, and not what is said above it or what leads elsewhere.
func TestLooks(t *testing.T) {
	plain := looks(cardOf(1))
	noted := cardOf(1)
	noted.Body = append([]wording.Text{msgUnmuted.Text()}, noted.Body...)
	noted.Rows = append(noted.Rows, []flow.Button{{Press: flow.Press{Action: "resume"}}}, []flow.Button{{Press: flow.Press{Action: "actstop"}}})
	line, key := cardOf(1), cardOf(1)
	line.Body = append(line.Body, msgCardTooLate.Text())
	key.Rows = append(key.Rows, []flow.Button{{Label: msgKeyMute.Text(), Press: flow.Press{Action: "mute"}}})
	for name, tc := range map[string]struct {
		view flow.View
		same bool
	}{
		"the same": {cardOf(1), true}, "a note above, and other ways": {noted, true},
		"a line more": {line, false}, "a key more": {key, false}, "another booking": {cardOf(2), false},
	} {
		if same := looks(tc.view) == plain; same != tc.same {
			t.Errorf("%s: the same is %v", name, same)
		}
	}
}
