package apisim

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// Member is somebody on the platform. Any member may book; a performer is one who offers phone chat.
type Member struct {
	ID       int64
	Nickname string
	Token    string // access token; empty for a member who never logs in
	Balance  string // credits, a decimal number; empty is 0

	PPM             string // credits a minute, VAT included; empty if no price is set
	Methods         []int  // contact methods that may be booked: 1 performer rings, 2 client rings, 3 Skype
	OffersPhoneChat bool
	DirectChatOnly  bool // takes unbooked calls only

	Phone     string // shown to the other side of a Confirmed booking that needs it
	SkypeName string

	GroupID        int64 // 0 outside a group
	GroupName      string
	IsGroupManager bool

	Positive, Neutral, Negative int // ratings received
}

// member is a Member with its amounts parsed.
type member struct {
	Member
	balance  decimal.Decimal
	ppm      decimal.Decimal
	hasPrice bool
	more     resources
	looks    int // at the received bookings, with their token
}

func newMember(m Member) *member {
	m.Methods = slices.Clone(m.Methods)
	made := &member{Member: m}
	if m.Balance != "" {
		made.balance = mustAmount("balance", m.Balance)
	}
	made.setPrice(m.PPM)
	return made
}

func (m *member) setPrice(ppm string) {
	m.ppm, m.hasPrice = decimal.Zero, ppm != ""
	if m.hasPrice {
		m.ppm = mustAmount("price", ppm)
	}
}

// bookable reports whether the member takes bookings at all.
func (m *member) bookable() bool { return m.OffersPhoneChat && !m.DirectChatOnly }

// manages reports whether the member may act for another one of the same group.
func (m *member) manages(other *member) bool {
	return m.IsGroupManager && m.GroupID != 0 && m.GroupID == other.GroupID
}

// minimum is the least that a booking of so many minutes may offer.
func (m *member) minimum(minutes int) decimal.Decimal {
	return m.ppm.Mul(decimal.NewFromInt(int64(minutes)))
}

func (m *member) snapshot() Member {
	copied := m.Member
	copied.Methods = slices.Clone(m.Methods)
	copied.Balance = m.balance.String()
	copied.PPM = ""
	if m.hasPrice {
		copied.PPM = m.ppm.String()
	}
	return copied
}

// JoinGroup moves a member into a group. The name is the group's from now on, for all who are in it.
func (p *Platform) JoinGroup(memberID, groupID int64, name string) {
	defer p.lock()()
	m := p.mustMember(memberID)
	if groupID <= 0 || name == "" {
		panic("apisim: a group has a positive number and a name")
	}
	if m.GroupID != groupID {
		m.IsGroupManager = false
	}
	m.GroupID = groupID
	for _, other := range p.members {
		if other.GroupID == groupID {
			other.GroupName = name
		}
	}
}

// LeaveGroup takes a member out of the group, managers too.
func (p *Platform) LeaveGroup(memberID int64) {
	defer p.lock()()
	m := p.mustMember(memberID)
	m.GroupID, m.GroupName, m.IsGroupManager = 0, "", false
}

// SetManager makes a member of a group its manager, or an ordinary member again.
func (p *Platform) SetManager(memberID int64, manager bool) {
	defer p.lock()()
	m := p.mustMember(memberID)
	if manager && m.GroupID == 0 {
		panic("apisim: a manager has to be in a group")
	}
	m.IsGroupManager = manager
}

// parseAmount reads an exact decimal of sane size, so that nobody can ask for 1e999999999.
func parseAmount(s string) (decimal.Decimal, bool) {
	const longest, widest = 40, 20
	if len(s) > longest {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(s)
	if err != nil || d.Exponent() > widest || d.Exponent() < -widest {
		return decimal.Decimal{}, false
	}
	return d, true
}

func mustAmount(what, s string) decimal.Decimal {
	d, ok := parseAmount(s)
	if !ok {
		panic(fmt.Sprintf("apisim: %s %q is not a decimal number", what, s))
	}
	return d
}

// SeedMembers is the cast of the demo: one client, six performers who differ in price and methods,
// one of them without phone chat, one for DirectChat only, and the manager of a group that two of the
// performers are in. Nicknames are invented and the numbers are
// from the range that Ofcom keeps for fiction.
func SeedMembers() []Member {
	return []Member{
		{
			ID: 660031, Nickname: "NightOwl77", Token: "demo-client-nightowl-4b7e2f90", Balance: "250",
			Phone: "07700900123", SkypeName: "live:nightowl77.demo", Positive: 12, Neutral: 1, Negative: 1,
		},
		{
			ID: 771204, Nickname: "VelvetVoice", Token: "demo-performer-velvet-91c3d6a8", Balance: "40",
			PPM: "1.2", Methods: []int{1, 2}, OffersPhoneChat: true,
			Phone: "07700900456", Positive: 57, Neutral: 2, Negative: 1,
			GroupID: 312, GroupName: "North Studio",
		},
		{
			ID: 771318, Nickname: "QuietHarbour", Token: "demo-performer-harbour-2e58b714", Balance: "18.5",
			PPM: "0.85", Methods: []int{1}, OffersPhoneChat: true,
			Phone: "07700900461", Positive: 8, Negative: 0,
			GroupID: 312, GroupName: "North Studio",
		},
		{
			ID: 771422, Nickname: "CopperLark", Token: "demo-performer-lark-c07af235", Balance: "112.75",
			PPM: "2.25", Methods: []int{1, 2, 3}, OffersPhoneChat: true,
			Phone: "07700900472", SkypeName: "live:copperlark.demo", Positive: 140, Neutral: 6, Negative: 3,
		},
		{
			ID: 771530, Nickname: "SilverMoth", Token: "demo-performer-moth-6d14e8b9", Balance: "0",
			Methods: []int{2}, OffersPhoneChat: true, Phone: "07700900483",
		},
		{
			ID: 771645, Nickname: "PaperLantern", Token: "demo-performer-lantern-a52c70fe", Balance: "5",
			Methods: []int{1, 2}, Phone: "07700900494", Positive: 3,
		},
		{
			ID: 771750, Nickname: "StillWater", Token: "demo-performer-water-38f9d1c6", Balance: "60",
			PPM: "1", Methods: []int{1, 2}, OffersPhoneChat: true, DirectChatOnly: true,
			Phone: "07700900505", Positive: 21, Neutral: 1,
		},
		{
			ID: 880015, Nickname: "NorthDesk", Token: "demo-manager-north-5ac81e40", Balance: "0",
			GroupID: 312, GroupName: "North Studio", IsGroupManager: true,
		},
	}
}
