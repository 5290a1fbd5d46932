package conversations_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf16"

	"github.com/rs/zerolog"

	"phonechatbot/apiclient"
	"phonechatbot/bot"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/internal/wording"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// monkeyWorld is the rig with several chats, no wire in it, and a program that can be killed anywhere.
type monkeyWorld struct {
	*rig
	rand     *rand.Rand
	people   []*monkey
	telegram *bot.Bot
	trace    []string

	callbacks int
	planted   int
	sent      map[string]bool // forms that made a booking
	toDeath   int             // how many moments the program has left; 0: nobody is after it
	dead      bool
	lives     int // programs so far
	silent    int // how many messages Telegram will not take now
	unheard   bool
}

// monkey is a person, with all buttons they were ever shown.
type monkey struct {
	*fakeChat
	chat  flow.ChatID
	token string
	phone string
	seen  []monkeyKey
	plan  []string
	last  flow.Event
}

type monkeyKey struct {
	message int
	press   flow.Press
}

func newMonkeys(t *testing.T, r *rig, seed uint64) *monkeyWorld {
	m := &monkeyWorld{rig: r, rand: rand.New(rand.NewPCG(seed, 0)), sent: map[string]bool{}} //nolint:gosec // to be repeated
	r.t = t
	for _, p := range []*monkey{
		{chat: asClient.chat, token: clientToken, phone: "+447700900551"},
		{chat: asPerformer.chat, token: performerToken, phone: "+447700900552"},
		{chat: theManager, token: managerToken, phone: "+447700900553"},
	} {
		p.fakeChat = &fakeChat{t: t}
		m.people = append(m.people, p)
	}
	const token = "123456:monkeys"
	telegram := tgsim.New(tgsim.Config{Token: token})
	for _, p := range m.people {
		telegram.Send(int64(p.chat), "/start")
	}
	var err error
	m.telegram, err = bot.New(bot.Config{Token: secret.New(token), URL: "http://telegram.invalid", Transport: indoors{telegram.Handler()}, Unpaced: true}, nil, zerolog.Nop())
	r.check(err)
	r.check(r.db.Close())
	m.begin()
	for _, p := range m.people {
		m.deliver(p, m.typed(p, p.token))
	}
	return m
}

// begin starts the program on what the last one left.
func (m *monkeyWorld) begin() {
	m.dead, m.toDeath = false, 0
	m.lives++
	api, err := apiclient.New(apiclient.Config{
		BaseURL: m.server.URL, Location: m.platform.Location(), Key: secret.New(apisim.DemoAPIKey), Transport: mortal{m, indoors{m.platform.Handler()}},
		Rate: 1e6, Burst: 1e6, Retries: -1, BreakAfter: -1, Timeout: 2 * time.Second,
	})
	m.check(err)
	m.api = api
	m.start()
	m.desk, err = conversations.New(conversations.Config{
		Store: m.db, API: api, Chat: phones{m, m.lives}, Zone: m.platform.Location(), NewUUID: newUUID,
		Now: func() time.Time { m.moment(); return m.clock.Now() },
		NewID: func() string {
			m.moment()
			m.ids++
			return fmt.Sprintf("form%08d", m.ids)
		},
	})
	m.check(err)
}

func (m *monkeyWorld) end() {
	m.t.Logf("%d turns, %d calls, %d bookings, %d forms sent, %d lives", len(m.trace), m.calls(), m.made(), len(m.sent), m.lives)
	<-time.After(time.Minute) // what a killed program left waiting
	m.api.Close()
	m.check(m.db.Close())
	m.db = nil
}

// restarted is what a killed program leaves: the file, and nothing else.
func (m *monkeyWorld) restarted() {
	m.note("the program starts anew")
	m.api.Close()
	m.check(m.db.Close())
	m.begin()
	chats, err := m.desk.Interrupted(m.t.Context())
	m.check(err)
	m.resume(chats)
}

// armDeath kills the program a few moments from now: wherever it looks at the clock, makes a number or calls the site.
func (m *monkeyWorld) armDeath() {
	m.toDeath = 1 + m.rand.IntN(12)
	m.note("the program has %d moments to live", m.toDeath)
}

// moment is one at which the program can be killed; what is dead stays so, and writes nothing more.
func (m *monkeyWorld) moment() {
	if m.toDeath > 0 {
		m.toDeath--
		m.dead = m.toDeath == 0
	}
	if m.dead {
		panic("killed")
	}
}

func (m *monkeyWorld) resume(chats []flow.ChatID) {
	slices.Sort(chats)
	for _, chat := range chats {
		m.handle(flow.Event{Kind: flow.EventResume, Chat: chat})
	}
}

// pass lets time go by, and takes up what is owed.
func (m *monkeyWorld) pass(d time.Duration) {
	m.note("%s pass", d)
	m.clock.Advance(d)
	living := m.toDeath
	m.toDeath = 0 // the list itself is looked at between events
	due := m.desk.Unsettled()
	m.toDeath = living
	m.resume(due)
}

func (m *monkeyWorld) pressing(key monkeyKey) flow.Event {
	return flow.Event{Kind: flow.EventPress, Message: key.message, Press: key.press, Callback: m.callback()}
}

func (m *monkeyWorld) callback() string {
	m.callbacks++
	return fmt.Sprint("q", m.callbacks)
}

// deliver has an event answered, by the next program if this one is killed over it.
func (m *monkeyWorld) deliver(p *monkey, e flow.Event) {
	e.Chat = p.chat
	if e.Update == 0 {
		m.update++
		e.Update = m.update
	}
	p.last = e
	m.handle(e)
	if e.Callback != "" && !p.acked[e.Callback] {
		m.failed("the press is not answered")
	}
}

// handle answers an event and judges what it did.
func (m *monkeyWorld) handle(e flow.Event) {
	m.note("%d %s %.60q %v #%d update %d", e.Chat, e.Kind, strings.TrimSpace(e.Command+" "+e.Text), e.Press, e.Message, e.Update)
	before, calls := m.made(), m.calls()
	m.unheard = false
	for {
		err := m.attempt(e)
		synctest.Wait()
		if !m.dead {
			if err != nil && !errors.Is(err, errBroken) {
				m.failed("%v", err)
			}
			break
		}
		m.restarted()
		if e.Kind == flow.EventResume {
			break
		}
	}
	m.wantAsked(e, m.made()-before, m.calls()-calls)
}

// attempt has the program answer, which may be its end.
func (m *monkeyWorld) attempt(e flow.Event) error {
	defer func() {
		if p := recover(); p != nil && !m.dead {
			panic(p)
		}
	}()
	return m.try(e)
}

// made is how many bookings there are but those that came by hand.
func (m *monkeyWorld) made() int {
	n := 0
	for _, member := range m.platform.Members() {
		for _, b := range m.platform.Bookings(member.ID) {
			if b.Client == member.ID {
				n++
			}
		}
	}
	return n - m.planted
}

func (m *monkeyWorld) plant(s apisim.Seed) {
	m.platform.AddBooking(s)
	m.planted++
}

// calls are those that change a booking.
func (m *monkeyWorld) calls() (n int) {
	for _, op := range []string{
		apisim.OpCreateBooking, apisim.OpConfirmMadeBooking, apisim.OpCancelMadeBooking, apisim.OpRescheduleMadeBooking, apisim.OpDeleteMadeBookings,
		apisim.OpAcceptReceivedBooking, apisim.OpRejectReceivedBooking, apisim.OpReInvite, apisim.OpCancelReceivedBooking, apisim.OpDeleteReceivedBooking,
	} {
		n += m.platform.Calls(op)
	}
	return n
}

// wantAsked holds what was done against what was asked for: one call by the second press of a form's question, and
// one booking by a form.
func (m *monkeyWorld) wantAsked(e flow.Event, made, calls int) {
	switch {
	case calls == 0 && made == 0:
		return
	case calls > 1 || made > 1:
		m.failed("one event, %d calls and %d bookings", calls, made)
	case e.Kind != flow.EventPress || e.Press.Action != "yes":
		m.failed("nobody said yes to a call")
	case made == 0:
		return
	case m.sent[e.Press.Of]:
		m.failed("a form made a second booking")
	}
	m.sent[e.Press.Of] = true
}

// windDown ends all trouble, and wants everybody to get where they want.
func (m *monkeyWorld) windDown() {
	m.note("it is over")
	m.toDeath, m.silent = 0, 0
	m.platform.ClearFaults()
	for range 12 {
		m.pass(20 * time.Minute)
	}
	for _, p := range m.people {
		m.platform.SetBalance(clientID, "250")
		m.deliver(p, m.typed(p, "/start"))
		if !strings.Contains(p.fakeChat.last(), "Linked as") {
			m.say(p, "/account")
			if key, ok := m.keyFor(p, "link"); ok {
				m.deliver(p, m.pressing(key))
			}
			m.say(p, p.token)
			if message, press, ok := p.find("Yes, link it here too"); ok {
				m.deliver(p, m.pressing(monkeyKey{message, press}))
			}
			m.say(p, "/start")
		}
		if !strings.Contains(p.fakeChat.last(), "Linked as") {
			m.failed("%d can't link any more:\n%s", p.chat, p.fakeChat.last())
		}
	}
	for range 12 {
		m.pass(20 * time.Minute)
	}
	for _, p := range m.people {
		m.wantUsable(p)
	}
	if n := m.sends(); n > 0 {
		m.failed("%d claims are left", n)
	}
}

func (m *monkeyWorld) say(p *monkey, text string) { m.deliver(p, m.typed(p, text)) }

// wantUsable: whatever is open can be closed, and a new form be filled in.
func (m *monkeyWorld) wantUsable(p *monkey) {
	for range 20 {
		m.say(p, "/cancel")
		said := p.fakeChat.last()
		if strings.Contains(said, "nothing to cancel") {
			break
		}
		if message, press, ok := p.find("Discard"); ok && strings.Contains(said, "Discard") {
			m.deliver(p, m.pressing(monkeyKey{message, press}))
		}
	}
	m.say(p, "/cancel")
	if !strings.Contains(p.fakeChat.last(), "nothing to cancel") {
		m.failed("%d can't close what is open:\n%s", p.chat, p.fakeChat.last())
	}
	m.say(p, "/book")
	if message, press, ok := p.find("New booking"); ok && strings.Contains(p.fakeChat.last(), "Your drafts") {
		m.deliver(p, m.pressing(monkeyKey{message, press}))
	}
	if !strings.Contains(p.fakeChat.last(), "Whom") && !strings.Contains(p.fakeChat.last(), "Who") {
		m.failed("/book leads %d to\n%s", p.chat, p.fakeChat.last())
	}
}

func (m *monkeyWorld) note(format string, args ...any) {
	m.trace = append(m.trace, m.clock.Now().Format("Mon 15:04:05 ")+fmt.Sprintf(format, args...))
}

func (m *monkeyWorld) failed(format string, args ...any) {
	m.t.Helper()
	if m.t.Failed() {
		return
	}
	from := max(0, len(m.trace)-40)
	m.t.Errorf("%s\nthe last turns of %d:\n%s", fmt.Sprintf(format, args...), len(m.trace), strings.Join(m.trace[from:], "\n"))
}

// keys are the buttons of the newest message that has any.
func (p *monkey) keys() (keys []monkeyKey) {
	for _, shown := range slices.Backward(p.messages) {
		for _, row := range shown.rows {
			for _, b := range row {
				if b.URL == "" && !shown.gone {
					keys = append(keys, monkeyKey{shown.id, b.Press})
				}
			}
		}
		if len(keys) > 0 {
			return keys
		}
	}
	return nil
}

// lose deletes a message on the person's side.
func (p *monkey) lose(message int) {
	if shown := p.message(message); shown != nil {
		shown.gone = true
	}
}

// phones are the chats of all people. What is drawn there is held against Telegram's rules and the house's.
type phones struct {
	*monkeyWorld

	life int // of the program that draws: the dead draw nothing
}

func (c phones) gone() bool { return c.dead || c.life != c.lives }

func (c phones) of(chat flow.ChatID) *monkey {
	return c.people[slices.IndexFunc(c.people, func(p *monkey) bool { return p.chat == chat })]
}

var errDead = errors.New("the program is dead")

// drawn judges a view that was shown and remembers its buttons.
func (c phones) drawn(chat flow.ChatID, v flow.View, show func(*monkey) (int, error)) (int, error) {
	if c.gone() {
		return 0, errDead
	}
	p := c.of(chat)
	if c.silent > 0 {
		c.silent--
		c.unheard = true
		return 0, errBroken
	}
	c.wantDecent(p, v)
	id, err := show(p)
	keys := 0
	for _, row := range v.Rows {
		for _, b := range row {
			keys++
			if b.URL == "" && err == nil {
				p.seen = append(p.seen, monkeyKey{id, b.Press})
			}
		}
	}
	if keys > 100 {
		c.failed("%d keys", keys)
	}
	return id, err
}

func (c phones) Show(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	return c.drawn(chat, v, func(p *monkey) (int, error) {
		_, err := c.telegram.Send(ctx, chat, v)
		if err != nil {
			return card, c.refused(err)
		}
		return p.fakeChat.Show(ctx, chat, card, v)
	})
}

func (c phones) Edit(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	return c.drawn(chat, v, func(p *monkey) (int, error) {
		_, err := c.telegram.Send(ctx, chat, v)
		if err != nil {
			return card, c.refused(err)
		}
		return p.fakeChat.Edit(ctx, chat, card, v)
	})
}

func (c phones) Redraw(ctx context.Context, chat flow.ChatID, card int, v flow.View) (shown bool, err error) {
	_, err = c.drawn(chat, v, func(p *monkey) (int, error) {
		if _, err := c.telegram.Send(ctx, chat, v); err != nil {
			return card, c.refused(err)
		}
		shown, err = p.fakeChat.Redraw(ctx, chat, card, v)
		return card, err
	})
	return shown, err
}

func (c phones) Send(ctx context.Context, chat flow.ChatID, v flow.View) (int, error) {
	return c.drawn(chat, v, func(p *monkey) (int, error) {
		_, err := c.telegram.Send(ctx, chat, v)
		if err != nil {
			return 0, c.refused(err)
		}
		return p.fakeChat.Send(ctx, chat, v)
	})
}

func (c phones) SendFile(ctx context.Context, chat flow.ChatID, f conversations.File, v flow.View) (int, error) {
	return c.drawn(chat, v, func(p *monkey) (int, error) {
		_, err := c.telegram.SendFile(ctx, chat, bot.File{Name: f.Name, Type: f.Type, Content: f.Content}, v)
		if err != nil {
			return 0, c.refused(err)
		}
		return p.fakeChat.SendFile(ctx, chat, f, v)
	})
}

func (c phones) refused(err error) error {
	c.failed("telegram refuses: %v", err)
	return err
}

func (c phones) Delete(ctx context.Context, chat flow.ChatID, message int) error {
	if c.gone() {
		return errDead
	}
	return c.of(chat).fakeChat.Delete(ctx, chat, message)
}

func (c phones) Acknowledge(callback string, text wording.Text) {
	if c.gone() {
		return
	}
	for _, p := range c.people {
		if p.last.Callback == callback {
			p.fakeChat.Acknowledge(callback, text)
		}
	}
}

func (c phones) Menu(context.Context, flow.ChatID, []conversations.Command) {}

var monkeySpoilers = regexp.MustCompile(`(?s)<tg-spoiler>.*?</tg-spoiler>`)

// wantDecent: no apology, no token, and nobody's number but behind a spoiler that can't be passed on.
func (m *monkeyWorld) wantDecent(p *monkey, v flow.View) {
	html := viewHTML(v)
	open := html
	if v.Protect {
		open = monkeySpoilers.ReplaceAllString(html, "")
	}
	digits := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(open)
	switch {
	case strings.Contains(html, "noted as incident") && !m.unheard: // by design, where a card could not be shown
		m.failed("an incident:\n%s", html)
	case slices.ContainsFunc(m.people, func(p *monkey) bool { return strings.Contains(html, p.token) }):
		m.failed("a token is shown:\n%s", html)
	}
	for _, other := range m.people {
		if other != p && strings.Contains(digits, strings.TrimPrefix(other.phone, "+44")) {
			m.failed("the number of %d is shown to %d:\n%s", other.chat, p.chat, html)
		}
	}
	if p.chat == asClient.chat && strings.Contains(digits, "7700900456") {
		m.failed("the performer's number is shown:\n%s", html)
	}
	if units := len(utf16.Encode([]rune(viewText(v)))); units > 4096 {
		m.failed("%d signs of text:\n%s", units, html)
	}
}

// indoors carries calls to a handler of this process, where nobody waits for a wire.
type indoors struct{ http.Handler }

var errCutOff = errors.New("the connection was cut off")

func (d indoors) RoundTrip(req *http.Request) (*http.Response, error) {
	served := req.Clone(req.Context())
	served.RequestURI, served.Body = req.URL.RequestURI(), http.NoBody
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err := errors.Join(err, req.Body.Close()); err != nil {
			return nil, err
		}
		served.Body = io.NopCloser(bytes.NewReader(body))
	}
	replies := make(chan *http.Response, 1)
	go func() {
		defer close(replies)
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				panic(p)
			}
		}()
		reply := httptest.NewRecorder()
		d.ServeHTTP(reply, served)
		replies <- reply.Result()
	}()
	select {
	case reply, ok := <-replies:
		if !ok {
			return nil, errCutOff
		}
		return reply, nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// mortal is the way to the platform of a program that can be killed before a call, and before it hears the reply.
type mortal struct {
	world *monkeyWorld
	http.RoundTripper
}

func (t mortal) RoundTrip(req *http.Request) (*http.Response, error) {
	t.world.moment()
	defer t.world.moment()
	return t.RoundTripper.RoundTrip(req)
}
