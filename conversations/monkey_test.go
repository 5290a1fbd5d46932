package conversations_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// How many monkeys there are and how long each plays, unless MONKEYS and MONKEY_TURNS say otherwise; with
// MONKEY_SEED only that one plays.
const (
	monkeys     = 8
	monkeyTurns = 250
)

// People who press and type at random while the platform fails in every way, time passes, the other side acts on the
// site and the program is killed: nobody is stuck, nothing is done twice or unasked, every press is answered, and
// Telegram takes every message. Left out, for what comes of it is known: a comment longer than the site takes, whose
// card is cut off at Telegram's limit; and whatever a card that Telegram will not take leads to is apologised for.
func TestMonkeys(t *testing.T) {
	t.Parallel()
	turns := fromEnv(t, "MONKEY_TURNS", monkeyTurns)
	first, n := 1, fromEnv(t, "MONKEYS", monkeys)
	if only := fromEnv(t, "MONKEY_SEED", 0); only > 0 {
		first, n = only, 1
	}
	for seed := first; seed < first+n; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, monkeyDays[seed%len(monkeyDays)])
			synctest.Test(t, func(t *testing.T) {
				m := newMonkeys(t, r, uint64(seed))
				defer m.end()
				for n := 0; n < turns && !t.Failed(); n++ {
					m.turn()
				}
				if !t.Failed() {
					m.windDown()
				}
			})
		})
	}
}

func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// theManager is the chat of who manages a group.
const theManager = 44

// monkeyDays are when the world begins: a plain day, and the eves of both clock changes.
var monkeyDays = []time.Time{
	monday,
	time.Date(2027, 3, 27, 22, 0, 0, 0, time.UTC),
	time.Date(2027, 10, 30, 22, 0, 0, 0, time.UTC),
}

// turn is one thing that happens.
func (m *monkeyWorld) turn() {
	switch n := m.rand.IntN(100); {
	case n < 74:
		m.act(m.people[sample(m, []int{0, 0, 0, 1, 1, 2})])
	case n < 82:
		m.pass(time.Duration(1+m.rand.IntN(90)) * time.Second)
	case n < 85:
		m.pass(time.Duration(1+m.rand.IntN(300)) * time.Minute)
	case n < 90:
		m.onSite()
	case n < 93:
		m.switchFault()
	case n < 97:
		m.note("faults are over")
		m.platform.ClearFaults()
	case n < 98:
		m.restarted()
	case n < 99:
		m.silent = 1 + m.rand.IntN(4)
		m.note("Telegram takes none of the next %d messages", m.silent)
	default:
		m.armDeath()
	}
}

// act is one thing that a person does. A message may arrive twice, and a button may be pressed on two devices.
func (m *monkeyWorld) act(p *monkey) {
	if p.last.Update != 0 && m.rand.IntN(25) == 0 { // the same update again
		m.deliver(p, p.last)
		return
	}
	e := m.event(p)
	m.deliver(p, e)
	if e.Kind == flow.EventPress && m.rand.IntN(8) == 0 {
		e.Update, e.Callback = 0, m.callback()
		m.deliver(p, e)
	}
}

func (m *monkeyWorld) event(p *monkey) flow.Event {
	if len(p.plan) == 0 && m.rand.IntN(4) == 0 {
		p.plan = m.planFor(p)
	}
	if m.rand.IntN(10) < 6 {
		p.plan = append(m.wanted(p), p.plan...)
	}
	for len(p.plan) > 0 && m.rand.IntN(10) > 0 { // what a person would do
		step := p.plan[0]
		p.plan = p.plan[1:]
		action, isPress := strings.CutPrefix(step, "press ")
		if !isPress {
			return m.typed(p, step)
		}
		if key, ok := m.keyFor(p, action); ok {
			if action == "yes" && m.rand.IntN(3) == 0 { // when it hurts most
				kind := sample(m, apisim.FaultKinds()).Kind
				for _, op := range monkeyWrites {
					m.fault(op, kind, 1)
				}
			}
			return m.pressing(key)
		}
	}
	switch n := m.rand.IntN(100); {
	case n < 62:
		return m.pressOf(p)
	case n < 72:
		return m.typed(p, sample(m, monkeyLines))
	case n < 82:
		return m.typed(p, "/"+sample(m, monkeyCommands))
	case n < 85:
		return m.typed(p, p.token)
	case n < 90:
		return flow.Event{Kind: flow.EventContact, Phone: p.phone, ContactUser: int64(sample(m, []flow.ChatID{p.chat, p.chat, 99, 0})), Message: p.receive()}
	case n < 93:
		return flow.Event{Kind: sample(m, []flow.EventKind{flow.EventOther, flow.EventEdited}), Media: "photo", Text: "edited", Message: p.receive()}
	case n < 97:
		return m.typed(p, sample(m, monkeyLines)+" "+sample(m, monkeyLines))
	default:
		return m.typed(p, sample(m, m.people).token)
	}
}

// keyFor is one of the buttons in front of a person with an action.
func (m *monkeyWorld) keyFor(p *monkey, action string) (monkeyKey, bool) {
	keys := slices.DeleteFunc(p.keys(), func(k monkeyKey) bool { return k.press.Action != action })
	if len(keys) == 0 {
		return monkeyKey{}, false
	}
	return sample(m, keys), true
}

func (m *monkeyWorld) typed(p *monkey, text string) flow.Event {
	if name, ok := strings.CutPrefix(text, "/"); ok {
		name, rest, _ := strings.Cut(name, " ")
		return flow.Event{Kind: flow.EventCommand, Command: name, Text: rest, Message: p.receive()}
	}
	return flow.Event{Kind: flow.EventText, Text: text, Message: p.receive()}
}

// planFor is a booking as a person fills it in, or a glance at what there is.
func (m *monkeyWorld) planFor(p *monkey) []string {
	switch {
	case m.rand.IntN(6) == 0:
		return []string{sample(m, []string{"/settings", "/offers", "/account"}), "press setprice"}
	case p.chat == theManager && m.rand.IntN(3) > 0:
		return []string{"/actas", "press actpick", sample(m, []string{"/requests", "/settings", "/offers"}), "press card", "press setprice", "2.50"}
	case p.chat == asClient.chat && m.rand.IntN(3) > 0:
		return []string{"/book"}
	case p.chat == asClient.chat:
		return []string{"/bookings", "press card", "press " + sample(m, []string{"confirm", "confirm", "cancel", "again", "remove", "details"})}
	}
	deed := sample(m, []string{"accept", "accept", "amount", "decline", "reinvite", "calloff", "remove", "details"})
	return []string{"/requests", "press card", "press " + deed}
}

// wanted is what the card in front asks for, and nothing if it asks for nothing in particular.
func (m *monkeyWorld) wanted(p *monkey) []string {
	said := p.fakeChat.last()
	for _, ask := range []struct{ words, answer string }{
		{"Whom would you like", "771204"},
		{"Which day?", m.clock.Now().Add(time.Duration(1+m.rand.IntN(4))*24*time.Hour).Format("2006-01-02") + " 21:30"},
		{"How long?", sample(m, []string{"10", "30"})},
		{"How shall the call", "1"},
		{"Which number shall they", "07700 900777"},
		{"How many credits do you", "press pick"},
		{"Reply by when?", "in 3 hours"},
		{"A comment for them?", "Evening suits me best."},
		{"Nothing has been sent yet", "press send"},
		{"Type a reason", "press pick"},
		{"Continue with it?", sample(m, []string{"press resume", "press afresh"})},
		{"ign in again", p.token},
		{"Not linked", p.token},
	} {
		if strings.Contains(said, ask.words) {
			return []string{ask.answer}
		}
	}
	if _, ok := m.keyFor(p, "yes"); ok {
		return []string{"press yes"}
	}
	return nil
}

// pressOf presses one of the newest buttons, one of any age, one of somebody else's or one that is made up.
func (m *monkeyWorld) pressOf(p *monkey) flow.Event {
	e := flow.Event{Kind: flow.EventPress, Callback: m.callback()}
	if len(p.seen) == 0 {
		e.Forged = true
		return e
	}
	key := sample(m, p.seen)
	if now := p.keys(); len(now) > 0 && m.rand.IntN(10) < 7 {
		key = sample(m, now)
	}
	e.Message, e.Press = key.message, key.press
	switch m.rand.IntN(40) {
	case 0:
		e.Press.Rev += m.rand.IntN(5) - 2
	case 1:
		e.Press.Action = sample(m, p.seen).press.Action
	case 2:
		e.Press.Value = sample(m, append(monkeyLines, sample(m, p.seen).press.Value))
	case 3:
		e.Message = 0
	case 4:
		e.Press = flow.Press{}
		e.Forged = true
	case 5:
		if others := m.people[m.rand.IntN(len(m.people))].seen; len(others) > 0 {
			e.Press = sample(m, others).press
		}
	case 6:
		p.lose(e.Message)
	}
	return e
}

func sample[T any](m *monkeyWorld, of []T) T { return of[m.rand.IntN(len(of))] }

var monkeyCommands = []string{
	"start", "start book_771204", "start x<b>", "book", "book 771204", "book VelvetVoice", "bookings", "requests", "settings", "offers", "alerts",
	"account", "balance", "actas", "cancel", "help", "privacy", "nonsense",
}

var monkeyLines = []string{
	"1", "2", "0", "-5", "30", "12", "36", "1e3", "٣٠", "135,50", "£40", "0.1", "1.20", "771204", "VelvetVoice", "yes", "no", "skip",
	"tomorrow 9:30pm", "2027-03-28 01:30", "2027-10-31 01:30", "in 2 hours", "29 feb", "12", "noon", "07700 900778", "+44 20 7946 0958",
	"שלום \u202eabc", "<b>&_</i> &amp; <a href='x'>", "<", "&", "_*`", "👩‍👩‍👧 ok", "\u2068\u2068", " ", "at_9f0c2b71d5e84a36", "a, b\nc",
	strings.Repeat("<x&", 1667), strings.Repeat("я ", 2500), "NightOwl77 tomorrow 7pm 30 min", "a reason", "48213",
}

// onSite is what happens on the site: the two sides act there, and what it charges changes.
func (m *monkeyWorld) onSite() {
	p := m.platform
	all := p.Bookings(clientID)
	if len(all) == 0 || m.rand.IntN(4) == 0 {
		m.note("a request comes from the site")
		m.plant(apisim.Seed{
			Client: clientID, Performer: performerID, Session: m.clock.Now().Add(time.Duration(1+m.rand.IntN(300)) * 10 * time.Minute),
			Comments: cutTo(sample(m, monkeyLines), 500), Status: sample(m, []string{"", "", apisim.StatusAccepted, apisim.StatusConfirmed, apisim.StatusRejected}),
		})
		return
	}
	id := sample(m, all).ID
	deeds := []struct {
		name string
		do   func() error
	}{
		{"accept", func() error { return p.Accept(id, "") }},
		{"accept for more", func() error { return p.Accept(id, "20") }},
		{"reject", func() error { return p.Reject(id, "No <b>") }},
		{"confirm", func() error { return p.Confirm(id) }},
		{"cancel", func() error { return p.CancelMade(id, "") }},
		{"call off", func() error { return p.CancelReceived(id, "No") }},
		{"re-invite", func() error { return p.ReInvite(id, "") }},
		{"price", func() error {
			p.SetPrice(performerID, sample(m, []string{"1.2", "2", "0.01", "9.99"}))
			return nil
		}},
		{"balance", func() error {
			p.SetBalance(clientID, sample(m, []string{"0", "250", "250", "36.5", "100000"}))
			return nil
		}},
	}
	deed := sample(m, deeds)
	m.note("on the site: %s #%d: %v", deed.name, id, deed.do())
}

// cutTo is as much of a text as the site takes.
func cutTo(s string, runes int) string {
	all := []rune(s)
	return string(all[:min(len(all), runes)])
}

func (m *monkeyWorld) switchFault() {
	m.fault(sample(m, monkeyOps), sample(m, apisim.FaultKinds()).Kind, sample(m, []int{0, 1, 1, 1, 2, 3}))
}

func (m *monkeyWorld) fault(op string, kind apisim.FaultKind, times int) {
	f := apisim.Fault{Kind: kind, Times: times}
	if kind == apisim.FaultStatus {
		f.Status = sample(m, []int{400, 402, 404, 405, 409, 418, 502, 503})
	}
	m.note("fault %s %d at %s, %d times", kind, f.Status, op, times)
	m.platform.SetFault(op, f)
}

// monkeyWrites are the calls that change a booking or what is offered.
var monkeyWrites = []string{
	apisim.OpCreateBooking, apisim.OpCreateBooking, apisim.OpCreateBooking, apisim.OpConfirmMadeBooking, apisim.OpCancelMadeBooking,
	apisim.OpRescheduleMadeBooking, apisim.OpDeleteMadeBookings, apisim.OpAcceptReceivedBooking, apisim.OpRejectReceivedBooking,
	apisim.OpReInvite, apisim.OpCancelReceivedBooking, apisim.OpDeleteReceivedBooking, apisim.OpSaveSettings, apisim.OpUpdateSpecialOffer,
}

var monkeyOps = append([]string{
	apisim.OpAny, apisim.OpVerifyCredentials, apisim.OpGetPermissions, apisim.OpGetCurrentCreditBalance, apisim.OpGetSettings,
	apisim.OpGetUserBookingRequirements, apisim.OpMadeBookings, apisim.OpMadeBookingDetails, apisim.OpReceivedBookings,
	apisim.OpReceivedBookingDetails, apisim.OpGetSpecialOffers,
}, monkeyWrites...)
