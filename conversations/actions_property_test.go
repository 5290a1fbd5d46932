package conversations_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// The two people of a booking, each in a chat of their own.
var (
	asClient    = person{chat: 42, token: clientToken, side: apiclient.Made}
	asPerformer = person{chat: 43, token: performerToken, side: apiclient.Received}
)

type person struct {
	chat  flow.ChatID
	token string
	side  apiclient.Side
}

// calls are what changes a booking, by the button's action.
func calls(r *rig, who person, id int64) map[string]func() error {
	as, booking, ctx := bearer(who.token), apiclient.BookingID(id), r.t.Context()
	only := func(_ apiclient.Booking, err error) error { return err }
	removed := func(list []apiclient.Deletion, err error) error {
		if err == nil && !list[0].Deleted {
			err = apiclient.ErrConflict
		}
		return err
	}
	if who.side == apiclient.Made {
		return map[string]func() error{
			"confirm": func() error { return only(r.api.Confirm(ctx, as, booking)) },
			"cancel":  func() error { return only(r.api.CancelMade(ctx, as, booking, "Why not")) },
			"again":   func() error { return only(r.api.Reschedule(ctx, as, booking)) },
			"remove":  func() error { return removed(r.api.DeleteMade(ctx, as, booking)) },
		}
	}
	return map[string]func() error{
		"accept":   func() error { return only(r.api.Accept(ctx, as, booking, apiclient.WholeCredits(12))) },
		"amount":   func() error { return only(r.api.Accept(ctx, as, booking, apiclient.WholeCredits(13))) },
		"decline":  func() error { return only(r.api.Reject(ctx, as, booking, "Why not")) },
		"reinvite": func() error { return only(r.api.ReInvite(ctx, as, booking, "")) },
		"calloff":  func() error { return only(r.api.CancelReceived(ctx, as, booking, "Why not")) },
		"remove":   func() error { return removed(r.api.DeleteReceived(ctx, as, booking)) },
	}
}

// withheld are calls that the platform would take and a card does not offer, on purpose: making a call anew
// that never took place, and putting a call out of sight that is still to come.
func withheld(action string, b apisim.Booking, now time.Time) bool {
	confirmed := b.Status == apisim.StatusConfirmed
	over := !b.Session.Add(time.Duration(b.Duration) * time.Minute).After(now)
	return action == "again" && !confirmed || action == "remove" && confirmed && !over
}

// presses lead from a card's button to the call.
var presses = map[string][]string{
	"accept": {"yes"}, "amount": {"pick", "yes"}, "decline": {"pick", "yes"}, "reinvite": {"pick", "yes"},
	"calloff": {"pick", "yes"}, "confirm": {"yes"}, "cancel": {"pick", "yes"}, "again": {"yes"}, "remove": {"yes"},
}

// For whatever both sides do and however the time moves, a card offers exactly the calls that would succeed.
func TestTheButtonsAreExactlyTheCallsThatWouldSucceed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, rt)
		rt.Repeat(map[string]func(*rapid.T){
			"a request comes": w.request,
			"time passes": func(rt *rapid.T) {
				w.r.clock.Advance(time.Duration(rapid.IntRange(1, 700).Draw(rt, "minutes")) * time.Minute)
			},
			"credits": func(rt *rapid.T) {
				w.r.platform.SetBalance(clientID, fmt.Sprint(rapid.IntRange(0, 30).Draw(rt, "credits")))
			},
			"on the site": w.byHand,
			"a card":      w.card,
		})
	})
}

type bookingWorld struct {
	r    *rig
	tags map[flow.ChatID]string
	ids  []int64
}

func newWorld(t *testing.T, rt *rapid.T) *bookingWorld {
	r := newRig(t, monday)
	rt.Cleanup(r.close)
	w := &bookingWorld{r: r, tags: map[flow.ChatID]string{}}
	for _, who := range []person{asClient, asPerformer} {
		w.handle(who, flow.Event{Kind: flow.EventText, Text: who.token, Message: r.chat.receive()})
		w.tags[who.chat] = r.tagOf(who.chat)
	}
	return w
}

func (w *bookingWorld) handle(who person, e flow.Event) {
	e.Chat = who.chat
	w.r.handle(e)
}

func (w *bookingWorld) request(rt *rapid.T) {
	if len(w.ids) == 3 {
		rt.Skip("enough")
	}
	ahead := time.Duration(rapid.IntRange(2, 2000).Draw(rt, "minutes ahead")) * time.Minute
	reply := time.Duration(rapid.IntRange(1, int(ahead.Minutes())).Draw(rt, "to reply")) * time.Minute
	now := w.r.clock.Now()
	w.ids = append(w.ids, w.r.platform.AddBooking(apisim.Seed{
		Client: clientID, Performer: performerID, Session: now.Add(ahead), AcceptBy: now.Add(reply), Created: now, Duration: 10,
	}))
}

// byHand is what somebody does on the site, as far as it lets them.
func (w *bookingWorld) byHand(rt *rapid.T) {
	if len(w.ids) == 0 {
		rt.Skip("nothing there")
	}
	p, id := w.r.platform, rapid.SampledFrom(w.ids).Draw(rt, "booking")
	deeds := map[string]func() error{
		"accept": func() error { return p.Accept(id, "") }, "accept for more": func() error { return p.Accept(id, "20") },
		"reject": func() error { return p.Reject(id, "No") }, "confirm": func() error { return p.Confirm(id) },
		"cancel": func() error { return p.CancelMade(id, "No") }, "call off": func() error { return p.CancelReceived(id, "No") },
		"re-invite": func() error { return p.ReInvite(id, "") },
	}
	deed := rapid.SampledFrom([]string{"accept", "accept for more", "reject", "confirm", "cancel", "call off", "re-invite"}).Draw(rt, "deed")
	var refused *apisim.RefusalError
	if err := deeds[deed](); err != nil && !errors.As(err, &refused) {
		rt.Fatal(err)
	}
}

// card opens a booking's card. What it does not offer is tried on the platform and must be refused; one of the
// things it does offer is done, and must succeed.
func (w *bookingWorld) card(rt *rapid.T) {
	if len(w.ids) == 0 {
		rt.Skip("nothing there")
	}
	id := rapid.SampledFrom(w.ids).Draw(rt, "booking")
	who := rapid.SampledFrom([]person{asClient, asPerformer}).Draw(rt, "person")
	offered := w.open(who, id)
	before, _ := w.r.platform.Booking(id)
	all := calls(w.r, who, id)
	for _, action := range slices.Sorted(maps.Keys(all)) {
		call := all[action]
		if _, there := offered[action]; there || withheld(action, before, w.r.clock.Now()) {
			continue
		}
		if err := call(); !errors.Is(err, apiclient.ErrConflict) && !errors.Is(err, apiclient.ErrInvalid) {
			rt.Fatalf("%s is not offered for %+v at %s, and the platform says %v", action, before, w.r.clock.Now(), err)
		}
	}
	if after, _ := w.r.platform.Booking(id); after != before {
		rt.Fatalf("refused calls changed the booking: %+v, %+v", before, after)
	}
	var doable []string
	for action := range offered {
		if presses[action] != nil {
			doable = append(doable, action)
		}
	}
	if len(doable) == 0 {
		return
	}
	slices.Sort(doable)
	w.carryOut(rt, who, id, rapid.SampledFrom(doable).Draw(rt, "button"), before)
}

// open draws the card anew and lists its buttons by action.
func (w *bookingWorld) open(who person, id int64) map[string]flow.Press {
	card := flow.Press{Of: w.tags[who.chat], Action: "card", Value: fmt.Sprintf("%c%d", who.side[0], id)}
	w.handle(who, flow.Event{Kind: flow.EventPress, Press: card, Callback: "q"})
	return w.buttons()
}

// buttons are those of the newest message that has any, by action; of several alike the first.
func (w *bookingWorld) buttons() map[string]flow.Press {
	found := map[string]flow.Press{}
	for i := len(w.r.chat.messages) - 1; i >= 0; i-- {
		m := w.r.chat.messages[i]
		if m.gone || len(m.rows) == 0 {
			continue
		}
		for _, row := range m.rows {
			for _, b := range row {
				if _, known := found[b.Press.Action]; !known {
					found[b.Press.Action] = b.Press
				}
			}
		}
		break
	}
	return found
}

func (w *bookingWorld) carryOut(rt *rapid.T, who person, id int64, action string, before apisim.Booking) {
	for _, step := range append([]string{action}, presses[action]...) {
		press, there := w.buttons()[step]
		if !there {
			rt.Fatalf("%s: no button %q on\n%s", action, step, w.r.chat.last())
		}
		w.handle(who, flow.Event{Kind: flow.EventPress, Press: press, Callback: "q", Message: w.newest()})
	}
	said := w.r.chat.last()
	done := map[string]string{
		"accept": "Accepted.", "amount": "Accepted.", "decline": "Declined.", "reinvite": "Re-invited.", "calloff": "Cancelled.",
		"confirm": "Confirmed.", "cancel": "Cancelled.", "again": "Asked again:", "remove": "Removed:",
	}[action]
	twice := action == "again" && strings.HasPrefix(said, "You have booking")
	if !strings.HasPrefix(said, done) && !twice {
		rt.Fatalf("%s was offered for %+v and led to\n%s", action, before, said)
	}
	if action == "remove" { // gone from one list: that side can't open it any more
		w.ids = slices.DeleteFunc(w.ids, func(other int64) bool { return other == id })
	}
}

func (w *bookingWorld) newest() int {
	for i := len(w.r.chat.messages) - 1; i >= 0; i-- {
		if m := w.r.chat.messages[i]; !m.gone && len(m.rows) > 0 {
			return m.id
		}
	}
	return 0
}
