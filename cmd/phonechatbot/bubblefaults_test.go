package main

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// Both simulators go wrong at random for ten minutes, with 500 accounts and a change every half second. When all is
// well again, everybody has heard what became of every booking of theirs, and nobody of another's. All ask for names.
// That is the whole of it; with -short, and under the race detector, three minutes with 50 accounts have to do.
func TestFaultsAtRandom(t *testing.T) {
	pairs, minutes := sized(250, 25), sized(10, 3)
	seed := rand.Uint64() //nolint:gosec // guards nothing
	t.Logf("seed %d", seed)
	inBubble(t, bubbleConfig{pairs: pairs, limits: true, random: rand.New(rand.NewPCG(seed, 1)).Float64}, func(b *bubble) { //nolint:gosec // guards nothing
		b.link(b.everybody()...)
		openly(b.everybody()...)
		m := &mischief{bubble: b, random: rand.New(rand.NewPCG(seed, 2)), open: map[int64]*affair{}} //nolint:gosec // guards nothing
		for end := time.Now().Add(time.Duration(minutes) * time.Minute); time.Now().Before(end); {
			m.fault()
			for range 2 + m.random.IntN(20) {
				m.change()
				time.Sleep(500 * time.Millisecond)
			}
			m.relent()
		}
		b.telegram.ClearFaults()
		b.platform.ClearFaults()
		for range 60 { // the longest that anything is put off, and more
			time.Sleep(time.Minute)
			if len(m.unaware()) == 0 {
				break
			}
		}
		m.check()
		b.namedSomebody(monday)
		b.keptTo(b.everybody())
	})
}

// mischief is the hands of the platform's members, and what goes wrong.
type mischief struct {
	*bubble

	random  *rand.Rand
	affairs []*affair
	open    map[int64]*affair // by client: one that can still change
}

// affair is a booking and when it changed last.
type affair struct {
	id                int64
	client, performer *person
	byClient          bool // the last change
	over              time.Time
}

// fault has one operation of either simulator go wrong. What ends an account by right, or the program, is left out.
func (m *mischief) fault() {
	if m.random.IntN(2) == 0 {
		kinds := []tgsim.FaultKind{tgsim.FaultDown, tgsim.FaultTooMany, tgsim.FaultInternal, tgsim.FaultBadGateway, tgsim.FaultHang}
		methods := []string{"", "sendMessage", "getUpdates", "editMessageText"}
		m.telegram.SetFault(methods[m.random.IntN(len(methods))], tgsim.Fault{
			Kind: kinds[m.random.IntN(len(kinds))], Times: 1 + m.random.IntN(40), RetryAfter: 1 + m.random.IntN(20),
			AfterCommit: m.random.IntN(4) == 0,
		})
		return
	}
	kinds := []apisim.FaultKind{
		apisim.FaultDown, apisim.FaultReset, apisim.FaultError, apisim.FaultRateLimited, apisim.FaultHTML, apisim.FaultHangBefore,
		apisim.FaultHangAfter, apisim.FaultSlow, apisim.FaultEmptyBody, apisim.FaultTruncated, apisim.FaultWrongTypes,
		apisim.FaultExtraFields, apisim.FaultNulls, apisim.FaultShiftingList, apisim.FaultForbidden, apisim.FaultNotFound,
	}
	ops := []string{apisim.OpAny, apisim.OpMadeBookings, apisim.OpReceivedBookings}
	m.platform.SetFault(ops[m.random.IntN(len(ops))], apisim.Fault{
		Kind: kinds[m.random.IntN(len(kinds))], Chance: m.random.Float64(), Message: "No.",
	})
}

// relent ends what goes wrong, more often than not.
func (m *mischief) relent() {
	if m.random.IntN(3) > 0 {
		m.platform.ClearFaults()
	}
	if m.random.IntN(3) > 0 {
		m.telegram.ClearFaults()
	}
}

// change is one member doing one thing on the site.
func (m *mischief) change() {
	i := m.random.IntN(len(m.clients))
	client := m.clients[i]
	a := m.open[client.member]
	if a == nil {
		performer := m.performers[(i+m.random.IntN(3))%len(m.performers)]
		a = &affair{id: m.asks(client, performer), client: client, performer: performer, byClient: true, over: time.Now()}
		m.affairs, m.open[client.member] = append(m.affairs, a), a
		return
	}
	booking, _ := m.platform.Booking(a.id)
	pick := m.random.IntN(4)
	switch {
	case booking.Status == apisim.StatusPending && pick == 0:
		a.done(m, m.platform.Reject(a.id, "Not tonight."), false, true)
	case booking.Status == apisim.StatusPending && pick == 1:
		a.done(m, m.platform.CancelMade(a.id, "Something came up."), true, true)
	case booking.Status == apisim.StatusPending:
		a.done(m, m.platform.Accept(a.id, ""), false, false)
	case pick == 0:
		a.done(m, m.platform.CancelReceived(a.id, "I am ill."), false, true)
	default:
		a.done(m, m.platform.Confirm(a.id), true, true)
	}
}

func (a *affair) done(m *mischief, err error, byClient, last bool) {
	m.must(err)
	a.byClient, a.over = byClient, time.Now()
	if last {
		delete(m.open, a.client.member)
	}
}

// check fails the test if somebody does not know how things stand.
func (m *mischief) check() {
	m.t.Helper()
	for _, lack := range m.unaware() {
		m.t.Error(lack)
	}
	counted := map[string]int{}
	for _, a := range m.affairs {
		booking, _ := m.platform.Booking(a.id)
		counted[booking.Status]++
	}
	m.t.Logf("bookings: %v", counted)
	if len(counted) < 4 {
		m.t.Errorf("too little happened: %v", counted)
	}
}

// unaware lists who does not know how a booking stands that another has changed last, or one that is confirmed. Of a
// request that was taken back before they heard of it performers need not know.
func (m *mischief) unaware() []string {
	var lacks []string
	for _, a := range m.affairs {
		booking, _ := m.platform.Booking(a.id)
		to := map[*person]bool{
			a.client:    !a.byClient || booking.Status == apisim.StatusConfirmed,
			a.performer: a.byClient || booking.Status == apisim.StatusConfirmed,
		}
		if booking.Status == apisim.StatusCancelled && len(about(a.performer.heard(monday), a.id)) == 0 {
			to[a.performer] = false
		}
		for p, ought := range to {
			if ought && !p.informed(a.id, a.over) {
				lacks = append(lacks, fmt.Sprintf("%d does not know that booking %d is %s since %s:\n%s",
					p.user, a.id, booking.Status, a.over.UTC().Format(time.DateTime), listed(p.heard(monday))))
			}
		}
	}
	return lacks
}
