package conversations

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// A booking's card that stands open says how the booking is, also after it has changed elsewhere. For each chat one
// card is remembered, the last that was drawn: which booking, on which message, and what it says. What a message shows
// is seen where everything is drawn, on the way to the messenger. It goes to disk with the chat's next write, which
// every turn has, and is read with the chats at the start; a write of its own it has none.

var msgCardRedrawn = msg("card.redrawn", "🔄 <b>This booking has changed.</b> This is how it stood at {when}.")

// redrawPatience bounds the reading: nobody has asked for it, and the person's own presses wait behind it.
const redrawPatience = 3 * time.Second

// maxOpenCards is how many chats' cards are remembered at least; twice as many at most.
const maxOpenCards = 1 << 14

// openCards are the bookings' cards that stand in chats, the last one drawn in each.
type openCards struct {
	mu         sync.Mutex
	size       int
	young, old map[flow.ChatID]store.Shown // the zero Shown: none, whatever the chat's record says
}

func newOpenCards(size int) *openCards {
	return &openCards{size: size, young: map[flow.ChatID]store.Shown{}}
}

// of is the card that stands in a chat, and whether anything is known of it beyond its record.
func (c *openCards) of(chat flow.ChatID) (store.Shown, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known(chat)
}

func (c *openCards) known(chat flow.ChatID) (store.Shown, bool) {
	if card, ok := c.young[chat]; ok {
		return card, true
	}
	card, ok := c.old[chat]
	return card, ok
}

func (c *openCards) put(chat flow.ChatID, card store.Shown) {
	c.young[chat] = card
	if len(c.young) >= c.size {
		c.young, c.old = map[flow.ChatID]store.Shown{}, c.young
	}
}

// adopt takes over what a chat's record says, unless more is known by now.
func (c *openCards) adopt(chat flow.ChatID, card store.Shown) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.known(chat); !known && !card.IsZero() {
		c.put(chat, card)
	}
}

// drawn notes that a message shows a view now, in place of another one (0: of none).
func (c *openCards) drawn(chat flow.ChatID, before, message int, v flow.View) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if card, ok := cardIn(v); ok {
		card.Message = message
		c.put(chat, card)
		return
	}
	c.drop(chat, before, message)
}

// gone notes that messages show nothing any more that is known.
func (c *openCards) gone(chat flow.ChatID, messages ...int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(chat, messages...)
}

func (c *openCards) drop(chat flow.ChatID, messages ...int) {
	if card, _ := c.known(chat); !card.IsZero() && slices.Contains(messages, card.Message) {
		c.put(chat, store.Shown{})
	}
}

// watched is a chat in which it is seen what is drawn.
type watched struct {
	Chat
	cards *openCards
}

func (w watched) Show(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	return w.place(chat, card, v, func() (int, error) { return w.Chat.Show(ctx, chat, card, v) })
}

func (w watched) Edit(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	return w.place(chat, card, v, func() (int, error) { return w.Chat.Edit(ctx, chat, card, v) })
}

func (w watched) Send(ctx context.Context, chat flow.ChatID, v flow.View) (int, error) {
	return w.place(chat, 0, v, func() (int, error) { return w.Chat.Send(ctx, chat, v) })
}

// place: of what failed nobody knows what the card shows now.
func (w watched) place(chat flow.ChatID, card int, v flow.View, draw func() (int, error)) (int, error) {
	message, err := draw()
	if err != nil {
		w.cards.gone(chat, card)
		return message, err
	}
	w.cards.drawn(chat, card, message, v)
	return message, nil
}

// Redraw keeps the card in mind where it failed: it is there, with the one view or the other.
func (w watched) Redraw(ctx context.Context, chat flow.ChatID, card int, v flow.View) (bool, error) {
	shown, err := w.Chat.Redraw(ctx, chat, card, v)
	switch {
	case err != nil:
	case shown:
		w.cards.drawn(chat, card, card, v)
	default:
		w.cards.gone(chat, card)
	}
	return shown, err
}

func (w watched) Delete(ctx context.Context, chat flow.ChatID, message int) error {
	err := w.Chat.Delete(ctx, chat, message)
	if err == nil {
		w.cards.gone(chat, message)
	}
	return err
}

// cardIn finds out whose card a view is, if it is one of a booking: it can be read again by a button.
func cardIn(v flow.View) (store.Shown, bool) {
	for _, row := range v.Rows {
		for _, b := range row {
			if b.Press.Action != "card" || b.Label.Message.ID != msgKeyRefresh.ID {
				continue
			}
			_, ok := parseCardRef(b.Press.Value)
			return store.Shown{Of: b.Press.Of, Booking: b.Press.Value, Looks: looks(v)}, ok
		}
	}
	return store.Shown{}, false
}

// looks is a digest of what a card says of its booking: without the note and the banner above it, and without the keys
// that lead elsewhere.
func looks(v flow.View) string {
	title := slices.IndexFunc(v.Body, func(t wording.Text) bool {
		return slices.Contains([]string{msgCardMade.ID, msgCardReceived.ID, msgCardFor.ID}, t.Message.ID)
	})
	sum := sha256.New()
	add := func(s string) { sum.Write([]byte(s + "\n")) }
	for _, line := range v.Body[max(title, 0):] {
		add(wording.Catalogue{}.HTML(line))
	}
	for _, row := range v.Rows {
		for _, b := range row {
			if !slices.Contains([]string{"resume", "actstop", apartAction}, b.Press.Action) {
				add(b.Press.Action + " " + b.Press.Value + " " + wording.Catalogue{}.Plain(b.Label))
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// keepCard has a chat's record say which card stands in it.
func (d *Desk) keepCard(chat *store.Chat) {
	if shown, known := d.cards.of(chat.ID); known {
		chat.Shown = shown
	}
	if chat.Account.IsZero() {
		d.cards.gone(chat.ID, chat.Shown.Message)
		chat.Shown = store.Shown{}
	}
}

// Shows reports whether a booking's card stands open in a chat, or may in a moment: where something is being answered
// just now, what is drawn may have been read before the booking changed. It reads nothing, and is for anybody's use.
func (d *Desk) Shows(chat flow.ChatID, side string, booking int64) bool {
	shown, _ := d.cards.of(chat)
	return isCardOf(shown, side, booking) || d.isVisited(chat)
}

func isCardOf(shown store.Shown, side string, booking int64) bool {
	ref, ok := parseCardRef(shown.Booking)
	return ok && string(ref.side) == side && int64(ref.id) == booking
}

// Changed is the event that has a chat's open card of a booking drawn anew. It says nothing where none stands.
func Changed(chat flow.ChatID, side string, booking int64) flow.Event {
	ref := cardRef{side: apiclient.Side(side), id: apiclient.BookingID(booking)}
	return flow.Event{Kind: flow.EventChanged, Chat: chat, User: int64(chat), Private: true, Text: ref.String()}
}

// redraw brings the open card of a booking that has changed up to date, where it stands and without a sound. Whatever
// stands in the way, the card is left as it is: the news of the change is an alert's to bring.
func (v *visit) redraw() error {
	ref, ok := parseCardRef(v.event.Text)
	shown, _ := v.cards.of(v.event.Chat)
	if !ok || !isCardOf(shown, string(ref.side), int64(ref.id)) || !v.mayRedraw(shown) {
		return nil
	}
	ref, _ = parseCardRef(shown.Booking) // with the list that it was opened from
	view, err := v.unaskedCard(ref)
	if err != nil || looks(view) == shown.Looks {
		return nil //nolint:nilerr // nobody has asked for it, and the next change comes
	}
	_, err = v.Desk.chat.Redraw(v.ctx, v.event.Chat, shown.Message, v.dressed(view))
	return err
}

// mayRedraw: the card is of whom the chat is for now, and the messages of forms are their own.
func (v *visit) mayRedraw(shown store.Shown) bool {
	if v.account == nil || v.account.State != store.AccountActive || !v.account.Paused.IsZero() {
		return false
	}
	if v.as = v.acting(); shown.Of == accountTag(v.account.ID) {
		v.as = store.Acting{}
	}
	taken := slices.ContainsFunc(forms(v.chat), func(f store.Form) bool { return f.Card == shown.Message })
	return shown.Of == v.tag() && !taken && !v.expiring(shown.Message)
}

// unaskedCard reads a booking and draws its card, in the time that there is for what nobody waits for.
func (v *visit) unaskedCard(ref cardRef) (flow.View, error) {
	whole := v.ctx
	defer func() { v.ctx = whole }()
	ctx, cancel := context.WithTimeout(whole, redrawPatience)
	defer cancel()
	v.ctx = ctx
	b, err := v.booking(ref.side, ref.id)
	if err != nil {
		return flow.View{}, err
	}
	return v.cardView(b, ref, msgCardRedrawn.With(wording.Args{"when": v.clock.moment(v.clock.now())})), nil
}
