package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

const (
	roleClient    = "client"
	rolePerformer = "performer"
	roleManager   = "manager"
	roleStranger  = "stranger"
)

// chatter is one of the people whose chat the terminal can show, and what it has shown of it.
type chatter struct {
	role   string
	user   int64         // at Telegram
	member apisim.Member // zero for the stranger
	phone  string        // that is shared

	linked bool // their token was pasted
	seen   int  // changes that were shown
	cards  []tgsim.Message
	last   int // number of the card that was shown last and has buttons, from 1
}

// chatters picks one of each kind from the members of the demo.
func chatters(sims *simulators) []*chatter {
	const strangersPhone = "+447700900999" // of the range that Ofcom keeps for fiction
	people := []*chatter{{role: roleClient}, {role: rolePerformer}, {role: roleManager}, {role: roleStranger, phone: strangersPhone}}
	for _, m := range sims.platform.Members() {
		role := roleClient
		switch {
		case m.IsGroupManager:
			role = roleManager
		case m.OffersPhoneChat:
			role = rolePerformer
		}
		if at := slices.IndexFunc(people, func(c *chatter) bool { return c.role == role }); people[at].member.ID == 0 {
			people[at].member, people[at].phone = m, "+44"+strings.TrimPrefix(m.Phone, "0")
		}
	}
	for i, c := range people {
		c.user = demoUser + int64(i)
		sims.telegram.AddUser(tgsim.User{ID: c.user, FirstName: "You"})
	}
	return people
}

// keep remembers how a card of the bot looks now, and gives its number and how it looked before.
func (c *chatter) keep(m tgsim.Message) (number int, before tgsim.Message) {
	at := slices.IndexFunc(c.cards, func(card tgsim.Message) bool { return card.ID == m.ID })
	if at < 0 {
		at = len(c.cards)
		c.cards = append(c.cards, tgsim.Message{})
	}
	before, c.cards[at] = c.cards[at], m
	switch number = at + 1; {
	case pressable(m):
		c.last = number
	case c.last == number: // the one before it, then
		for c.last > 0 && !pressable(c.cards[c.last-1]) {
			c.last--
		}
	}
	return number, before
}

func pressable(m tgsim.Message) bool { return len(m.Rows) > 0 && !m.Deleted }

func (c *chatter) String() string {
	if c.member.ID == 0 {
		return c.role + ", who is not linked"
	}
	return fmt.Sprintf("%s: %s, member %d", c.role, c.member.Nickname, c.member.ID)
}

// choose puts somebody in front.
func (t *terminal) choose(role string) error {
	at := slices.IndexFunc(t.people, func(c *chatter) bool { return c.role == role })
	if at < 0 {
		return fmt.Errorf("there is client, performer, manager and stranger, not %q", role)
	}
	t.who = t.people[at]
	return nil
}

// goOver goes over to somebody else, or lists who there is.
func (t *terminal) goOver(ctx context.Context, role string) error {
	if role == "" {
		for _, c := range t.people {
			mark := "  "
			if c == t.who {
				mark = "* "
			}
			t.printf("%s%v\n", mark, c)
		}
		return nil
	}
	if err := t.choose(role); err != nil {
		return err
	}
	t.arrive(ctx)
	return nil
}

// pasteLabel is on the button of the first card that asks for a token.
const pasteLabel = "Paste an access token"

// arrive says who is in front. Whoever has a token is linked the first time.
func (t *terminal) arrive(ctx context.Context) {
	t.news = nil
	t.printf("* you are the %v\n", t.who)
	if t.who.linked || t.who.member.Token == "" {
		t.draw()
		return
	}
	t.who.linked = true
	t.printf("> /start\n")
	t.say(ctx, "/start")
	card := t.who.last
	if card == 0 {
		return
	}
	buttons := slices.Concat(t.who.cards[card-1].Rows...)
	at := slices.IndexFunc(buttons, func(b tgsim.Button) bool { return b.Label == pasteLabel })
	if at < 0 {
		t.printf("! the card has no button %q: link by hand\n", pasteLabel)
		return
	}
	t.printf("> :%d\n", at+1)
	if err := t.press(ctx, card, at+1); err != nil {
		t.printf("! %v\n", err)
		return
	}
	t.printf("> %s\n", t.who.member.Token)
	t.say(ctx, t.who.member.Token)
}

// hands presses a button of the demo's panel: it checks what it is asked for, and says why not.
func (s *simulators) hands(ctx context.Context, deed panelDeed) error {
	body, err := json.Marshal(deed)
	if err != nil {
		return fmt.Errorf("write down what to do: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "/act", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the panel: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	reply := panelReply{header: http.Header{}}
	s.platform.PanelHandler("").ServeHTTP(&reply, request)
	if reply.status == http.StatusOK {
		return nil
	}
	var refused struct{ Message string }
	if err := json.Unmarshal(reply.body.Bytes(), &refused); err != nil {
		return fmt.Errorf("the panel answers %d", reply.status)
	}
	return errors.New(refused.Message)
}

// panelReply takes an answer of the panel without a wire.
type panelReply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *panelReply) Header() http.Header         { return r.header }
func (r *panelReply) WriteHeader(status int)      { r.status = status }
func (r *panelReply) Write(b []byte) (int, error) { return r.body.Write(b) }

// worldText is how things stand on the platform.
func (s *simulators) worldText() string {
	var out strings.Builder
	fmt.Fprintf(&out, "* %s\n", s.clock.Now().In(s.platform.Location()).Format("Mon 2 Jan 2006 15:04 MST"))
	members := s.platform.Members()
	names := map[int64]string{}
	for _, m := range members {
		names[m.ID] = m.Nickname
	}
	for _, m := range members {
		for _, b := range s.platform.Bookings(m.ID) {
			if b.Client == m.ID {
				fmt.Fprintf(&out, "* %d %s, %s asks %s for %s, %d min\n",
					b.ID, b.Status, names[b.Client], names[b.Performer], b.Session.In(s.platform.Location()).Format("Mon 2 Jan 15:04"), b.Duration)
			}
		}
	}
	return out.String()
}

// faultsText is what can be switched on, and what is.
func (s *simulators) faultsText() string {
	var out strings.Builder
	for _, kind := range apisim.FaultKinds() {
		fmt.Fprintf(&out, "  %-20s %s\n", kind.Kind, kind.Does)
	}
	on := s.platform.Faults()
	for _, operation := range slices.Sorted(maps.Keys(on)) {
		fmt.Fprintf(&out, "* switched on: %s %s\n", operation, on[operation].Kind)
	}
	if len(on) == 0 {
		out.WriteString("* nothing is switched on\n")
	}
	return out.String()
}
