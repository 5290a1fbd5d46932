package apisim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"phonechatbot/apiclient/wire"
)

// internationalNumber is digits with an optional plus; no country code begins with a 0.
var internationalNumber = regexp.MustCompile(`^\+?[1-9][0-9]*$`)

// resources is what a member has beside bookings and credits.
type resources struct {
	since    time.Time   // when this was filled in; zero for not yet
	direct   wire.Opaque // schema DirectChatSettings; nil for a member without DirectChat
	services wire.Services
	cam      wire.CamSettings
	offers   []wire.SaveOffer // as they were saved, oldest first
	lists    []hotList
}

// of is what a member has, made up from the member's other data when it is first looked at.
func (p *Platform) of(m *member) *resources {
	if m.more.since.IsZero() {
		m.more = newResources(m.snapshot(), p.clock.Now())
		m.more.offers = p.seedOffers(m)
		m.more.lists = p.seedLists(m)
	}
	return &m.more
}

func newResources(m Member, now time.Time) resources {
	offering := m.OffersPhoneChat || len(m.Methods) > 0
	return resources{since: now, direct: seedDirectChat(m), services: seedServices(m.ID, offering), cam: seedCam(m)}
}

// seedDirectChat gives DirectChat to those who have a price and can be rung anyway.
func seedDirectChat(m Member) wire.Opaque {
	if !m.DirectChatOnly && (!m.OffersPhoneChat || m.PPM == "" || !slices.Contains(m.Methods, MethodClientRings)) {
		return nil
	}
	var price *wire.Number
	if m.PPM != "" {
		price = new(wire.Number(m.PPM))
	}
	settings, err := wire.Encode(struct {
		DirectChatOnly   bool
		DirectChatPPM    *wire.Number `json:",omitzero"` // never null
		DirectChatNumber *string
	}{m.DirectChatOnly, price, orNull(international(m.Phone))})
	if err != nil {
		panic("apisim: DirectChat settings cannot be written")
	}
	return settings
}

// international writes a British number with its country code, and any other as it is.
func international(number string) string {
	if rest, national := strings.CutPrefix(number, "0"); national {
		return "+44" + rest
	}
	return number
}

func settingsOperations() []operation {
	return []operation{
		{name: OpGetSettings, method: get, path: "/v1/PhoneChat/GetSettings", twin: "/v1/Groups/PhoneChat/GetSettings", scope: scopePhoneChat, run: getSettings},
		{name: OpSaveSettings, method: post, path: "/v1/PhoneChat/SaveSettings", twin: "/v1/Groups/PhoneChat/SaveSettings", scope: scopePhoneChat, run: saveSettings},
		{name: OpGetServices, method: get, path: "/v1/account/getServices", twin: "/v1/Groups/account/getServices", scope: scopeServices, run: getServices},
		{name: OpUpdateServices, method: put, path: "/v1/Account/UpdateServices", twin: "/v1/Groups/Account/UpdateServices", scope: scopeServices, run: updateServices},
		{name: OpGetDashboard, method: get, path: "/v1/Dashboard/GetDashboard", run: getDashboard},
	}
}

// settingsReply is wire.Settings with its nulls written out.
type settingsReply struct {
	OfferDirectChat     bool
	DirectChat          wire.Opaque
	PhoneChatNumber     *string
	ShowPhoneChatNumber bool // costs money on the site and cannot be saved, so it is always off
	PhoneChatPPM        *wire.Number
}

// noPhoneChat refuses a member who offers no phone chat. The contract only says that the service has
// to be on for these methods to be useful.
func noPhoneChat(m *member) error {
	if m.OffersPhoneChat {
		return nil
	}
	return refusal(http.StatusBadRequest, "Phone chat is not among the services of this member.")
}

func getSettings(p *Platform, c call) (any, error) {
	if err := noPhoneChat(c.by); err != nil {
		return nil, err
	}
	return p.settings(c.by), nil
}

// settings tells the price that bookers see: VAT is left out of this world.
func (p *Platform) settings(m *member) settingsReply {
	reply := settingsReply{DirectChat: p.of(m).direct, OfferDirectChat: p.of(m).direct != nil}
	if slices.Contains(m.Methods, MethodClientRings) {
		reply.PhoneChatNumber = orNull(international(m.Phone))
	}
	if m.hasPrice {
		reply.PhoneChatPPM = new(wire.Number(m.ppm.String()))
	}
	return reply
}

func saveSettings(p *Platform, c call) (any, error) {
	if err := noPhoneChat(c.by); err != nil {
		return nil, err
	}
	var in wire.SaveSettings
	fields, err := readBody(c.body, &in, "OfferDirectChat", "PhoneChatPPM")
	if err != nil {
		return nil, err
	}
	var ps problems
	price := fields.amount(&ps, "PhoneChatPPM")
	only := checkDirectChat(&ps, in, fields)
	if in.PhoneChatNumber != nil && !internationalNumber.MatchString(*in.PhoneChatNumber) {
		ps.add("PhoneChatNumber", "The number must be digits with the country code.")
	}
	if err := ps.err(); err != nil {
		return nil, err
	}
	p.of(c.by).direct = fields["directchat"]
	c.by.DirectChatOnly = only
	c.by.setPrice(price.String())
	c.by.setNumber(in.PhoneChatNumber)
	return p.settings(c.by), nil
}

// checkDirectChat wants the DirectChat object exactly when DirectChat is on. Of what is in it only
// DirectChatOnly, a guess of the contract, means something here.
func checkDirectChat(ps *problems, in wire.SaveSettings, fields given) (only bool) {
	object, isGiven := fields["directchat"]
	var inside struct{ DirectChatOnly bool }
	switch {
	case !in.OfferDirectChat && isGiven:
		ps.add("DirectChat", "DirectChat settings are not allowed while DirectChat is off.")
	case in.OfferDirectChat && object.Kind() != '{':
		ps.add("DirectChat", "DirectChat settings are required while DirectChat is on.")
	case in.OfferDirectChat && wire.Decode(object, &inside) != nil:
		ps.add("DirectChat", "The DirectChat settings are malformed.")
	}
	return inside.DirectChatOnly
}

// setNumber sets the number that clients may ring, or clears it. The performer can always do the
// ringing; Skype stays as it was.
func (m *member) setNumber(number *string) {
	methods := []int{MethodPerformerRings}
	m.Phone = ""
	if number != nil {
		m.Phone = *number
		methods = append(methods, MethodClientRings)
	}
	if slices.Contains(m.Methods, MethodSkype) {
		methods = append(methods, MethodSkype)
	}
	m.Methods = methods
}
