package apisim

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
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

	APIKey    string // that public data is asked for with; empty for DemoAPIKey
	APISecret string // that has to stand beside the key; empty if none has to

	Projects    []Project                  // who may send members to the login
	AccessLife  time.Duration              // of an access token that the login hands out; 0 for 20 minutes
	RefreshLife time.Duration              // of a refresh token; 0 for 14 days
	NewToken    func(prefix string) string // makes tokens and codes, never one twice; nil for random ones

	// BeforeReply, if set, is called once an operation is done, committed or refused, and before
	// its reply is written. It may use the platform.
	BeforeReply func(op string)

	ETags bool // the lists of bookings have ETags, and one that the caller knows is left out (304)
	Gzip  bool // they are packed for callers who take gzip

	Random func() float64 // decides Fault.Chance, one call at a time; nil for math/rand/v2
}

// Platform is the marketplace in memory. All its methods are safe for concurrent use.
type Platform struct {
	clock       *Clock
	zone        *time.Location
	autoReject  *time.Duration
	beforeReply func(op string)
	routes      map[string]operation
	faults      faults
	economy     economy

	apiKey, apiSecret       string
	accessLife, refreshLife time.Duration
	newToken                func(prefix string) string
	page                    *template.Template // of the login

	mu        sync.Mutex
	members   map[int64]*member
	order     []int64          // member ids as they were given
	tokens    map[string]token // access tokens
	refresh   map[string]token
	codes     map[string]code
	projects  []Project
	bookings  map[int64]*booking
	nextID    int64
	created   int
	calls     map[string]int
	impatient []context.CancelCauseFunc // their calls, by number
	offers    offers
}

// New builds a platform. It panics on members that clash or hold malformed amounts, and if the
// default zone is not known to the machine.
func New(cfg Config) *Platform {
	p := &Platform{
		clock: cfg.Clock, zone: cfg.Location, autoReject: cfg.AutoReject, beforeReply: cfg.BeforeReply,
		routes: routes(), faults: newFaults(cfg.Random), economy: economy{cfg.ETags, cfg.Gzip},
		apiKey: cmp.Or(cfg.APIKey, DemoAPIKey), apiSecret: cfg.APISecret,
		accessLife: cmp.Or(cfg.AccessLife, 20*time.Minute), refreshLife: cmp.Or(cfg.RefreshLife, 14*24*time.Hour),
		newToken: cfg.NewToken, page: template.Must(template.New("login").Parse(loginPage)),
		members: map[int64]*member{}, tokens: map[string]token{}, refresh: map[string]token{}, codes: map[string]code{},
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
	if p.newToken == nil {
		p.newToken = randomToken
	}
	for _, project := range cfg.Projects {
		p.addProject(project)
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

// LooksOf is how many requests for the list of received bookings came with a token of this member that was good for it,
// whomever they were about. One whose connection a fault broke before anything was done does not count.
func (p *Platform) LooksOf(memberID int64) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := p.members[memberID]; m != nil {
		return m.looks
	}
	return 0
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
	p.created++
	return p.add(Booking{
		Client: client.ID, Performer: performer.ID,
		Method: want.method, Duration: want.duration, Session: want.session, AcceptBy: want.acceptBy,
		PhoneNumber: want.phone, SkypeName: want.skype, Comments: want.comments,
	}, want.credits, now)
}

// add makes a new booking, Pending.
func (p *Platform) add(b Booking, credits decimal.Decimal, now time.Time) *booking {
	b.ID, b.Status = p.nextID, StatusPending
	b.Created = now.Truncate(time.Millisecond)
	b.LastUpdated = b.Created
	p.nextID++
	p.bookings[b.ID] = &booking{Booking: b, credits: credits, offer: credits}
	return p.bookings[b.ID]
}

// pay moves the credits of a booking from client to performer, or back.
func (p *Platform) pay(b *booking, amount decimal.Decimal) {
	client, performer := p.members[b.Client], p.members[b.Performer]
	client.balance = client.balance.Sub(amount)
	performer.balance = performer.balance.Add(amount)
}

// seenBy finds a booking for one of its sides. A booking of other people, or one that this side has
// deleted, is not told from none.
func (p *Platform) seenBy(memberID, bookingID int64, side side) (*booking, error) {
	b, ok := p.bookings[bookingID]
	if !ok || !b.on(side, memberID) {
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
