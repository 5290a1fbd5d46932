package apisim

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/shopspring/decimal"
)

// Config is what a platform starts with. The zero value is a platform without members, on the real
// time, in British local time.
type Config struct {
	Clock          *Clock         // nil for the real time
	Location       *time.Location // zone of all times on the wire; nil for Europe/London
	Members        []Member
	FirstBookingID int64 // 0 for 48213

	// AutoReject is how long after AcceptBy a booking that is still Pending is rejected by the
	// platform itself. Nil means never, which is the default: the contract has a method (ReInvite)
	// that only makes sense if the rejection is late or missing. A pointer to 0 rejects on the dot.
	AutoReject *time.Duration

	// BeforeReply, if set, is called once an operation is done, committed or refused, and before
	// its reply is written. It may use the platform.
	BeforeReply func(op string)
}

// Platform is the marketplace in memory. All its methods are safe for concurrent use.
type Platform struct {
	clock       *Clock
	zone        *time.Location
	autoReject  *time.Duration
	beforeReply func(op string)
	routes      map[string]operation
	faults      faults

	mu       sync.Mutex
	members  map[int64]*member
	order    []int64 // member ids as they were given
	tokens   map[string]int64
	bookings map[int64]*booking
	nextID   int64
	created  int
	calls    map[string]int
}

// New builds a platform. It panics on members that clash or hold malformed amounts, and if the
// default zone is not known to the machine.
func New(cfg Config) *Platform {
	p := &Platform{
		clock: cfg.Clock, zone: cfg.Location, autoReject: cfg.AutoReject, beforeReply: cfg.BeforeReply,
		routes: routes(), faults: faults{active: map[string]Fault{}, cleared: make(chan struct{})},
		members: map[int64]*member{}, tokens: map[string]int64{},
		bookings: map[int64]*booking{}, nextID: cfg.FirstBookingID, calls: map[string]int{},
	}
	if p.clock == nil {
		p.clock = NewClock(nil)
	}
	if p.zone == nil {
		p.zone = british()
	}
	if p.nextID == 0 {
		p.nextID = 48213
	}
	for _, m := range cfg.Members {
		p.addMember(m)
	}
	return p
}

func british() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic("apisim: no time zone data for Europe/London")
	}
	return zone
}

func (p *Platform) addMember(m Member) {
	if _, taken := p.members[m.ID]; taken || m.ID <= 0 {
		panic(fmt.Sprintf("apisim: member id %d is taken or not positive", m.ID))
	}
	p.members[m.ID] = newMember(m)
	p.order = append(p.order, m.ID)
	if m.Token != "" {
		p.grant(m.ID, m.Token)
	}
}

// Clock is the platform's clock.
func (p *Platform) Clock() *Clock { return p.clock }

// Location is the zone of the times on the wire.
func (p *Platform) Location() *time.Location { return p.zone }

// Members lists all members as they stand, in the order they were given.
func (p *Platform) Members() []Member {
	defer p.lock()()
	list := make([]Member, 0, len(p.order))
	for _, id := range p.order {
		list = append(list, p.members[id].snapshot())
	}
	return list
}

// Balance is the credits a member holds, as a plain decimal number.
func (p *Platform) Balance(memberID int64) string {
	defer p.lock()()
	return p.mustMember(memberID).balance.String()
}

// SetBalance gives a member so many credits.
func (p *Platform) SetBalance(memberID int64, credits string) {
	defer p.lock()()
	p.mustMember(memberID).balance = mustAmount("balance", credits)
}

// SetPrice sets a performer's credits a minute; empty takes the price away. Bookings that stand keep
// their credits.
func (p *Platform) SetPrice(memberID int64, ppm string) {
	defer p.lock()()
	p.mustMember(memberID).setPrice(ppm)
}

// GrantToken lets a token act for a member, beside those that do already.
func (p *Platform) GrantToken(memberID int64, token string) {
	defer p.lock()()
	p.mustMember(memberID)
	p.grant(memberID, token)
}

// RevokeToken makes a token worthless: calls with it are answered 401 from now on.
func (p *Platform) RevokeToken(token string) {
	defer p.lock()()
	delete(p.tokens, token)
}

func (p *Platform) grant(memberID int64, token string) {
	if owner, taken := p.tokens[token]; token == "" || taken && owner != memberID {
		panic("apisim: token is empty or acts for somebody else")
	}
	p.tokens[token] = memberID
}

// Calls is how many requests for an operation have arrived, OpAny for all operations together.
// Those that a fault swallowed count too.
func (p *Platform) Calls(op string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if op != OpAny {
		return p.calls[op]
	}
	total := 0
	for _, n := range p.calls {
		total += n
	}
	return total
}

// lock takes the platform and brings it up to the present; the function it returns lets go.
func (p *Platform) lock() (unlock func()) {
	p.mu.Lock()
	p.rejectOverdue(p.clock.Now())
	return p.mu.Unlock
}

func (p *Platform) mustMember(id int64) *member {
	m, ok := p.members[id]
	if !ok {
		panic(fmt.Sprintf("apisim: no member %d", id))
	}
	return m
}

// create commits a checked request.
func (p *Platform) create(client, performer *member, want request, now time.Time) *booking {
	b := &booking{
		Booking: Booking{
			ID: p.nextID, Client: client.ID, Performer: performer.ID, Status: StatusPending,
			Method: want.method, Duration: want.duration, Session: want.session, AcceptBy: want.acceptBy,
			PhoneNumber: want.phone, SkypeName: want.skype, Comments: want.comments,
			Created: now.Truncate(time.Millisecond), LastUpdated: now.Truncate(time.Millisecond),
		},
		credits: want.credits, offer: want.credits,
	}
	p.nextID++
	p.created++
	p.bookings[b.ID] = b
	return b
}

// pay moves the credits of a booking from client to performer, or back.
func (p *Platform) pay(b *booking, amount decimal.Decimal) {
	client, performer := p.members[b.Client], p.members[b.Performer]
	client.balance = client.balance.Sub(amount)
	performer.balance = performer.balance.Add(amount)
}

// seenBy finds a booking for one of its sides. A booking of other people is not told from none.
func (p *Platform) seenBy(memberID, bookingID int64, side side) (*booking, error) {
	b, ok := p.bookings[bookingID]
	if !ok || b.who(side) != memberID {
		return nil, notFound()
	}
	return b, nil
}

// all lists the bookings that pass, oldest first.
func (p *Platform) all(pass func(*booking) bool) []*booking {
	var list []*booking
	for _, b := range p.bookings {
		if pass(b) {
			list = append(list, b)
		}
	}
	slices.SortFunc(list, byDate)
	return list
}
