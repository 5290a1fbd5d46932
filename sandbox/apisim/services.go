package apisim

import (
	"net/http"
	"regexp"
	"slices"

	"phonechatbot/apiclient/wire"
)

var commaSeparatedIDs = regexp.MustCompile(`^\d+(,\d+)*$`)

// seedServices has those who offer anything do webcam as well.
func seedServices(id int64, offering bool) wire.Services {
	seeded := seeking(id)
	seeded.IsOfferingServices, seeded.IsWebcam = &offering, &offering
	return seeded
}

// seeking is a member who offers nothing.
func seeking(id int64) wire.Services {
	return wire.Services{
		UserID: id, IsOfferingServices: new(false), IsEscort: new(false), IsWebcam: new(false), IsPhoneChat: new(false),
		IsSMSChat: new(false), IsContent: new(false), IsAlternative: new(false), IsOtherServices: new(false),
	}
}

func getServices(p *Platform, c call) (any, error) {
	services := p.of(c.by).services
	services.IsPhoneChat = new(c.by.OffersPhoneChat)
	return services, nil
}

// updateServices replaces what a member offers (docs: UpdateAccountServices). The flags of a member
// who stops offering services are all off, whatever else was sent; the daily fee is not taken.
func updateServices(p *Platform, c call) (any, error) {
	var in wire.Services
	fields, err := readBody(c.body, &in, "IsOfferingServices")
	if err != nil {
		return nil, err
	}
	if !*in.IsOfferingServices {
		in = seeking(c.by.ID)
	} else if err := checkServices(in, fields).err(); err != nil {
		return nil, err
	}
	in.UserID, in.More = c.by.ID, nil
	p.of(c.by).services = in
	c.by.OffersPhoneChat = *in.IsPhoneChat
	if c.by.OffersPhoneChat && len(c.by.Methods) == 0 {
		c.by.Methods = []int{MethodPerformerRings}
	}
	return nothing{}, nil
}

func checkServices(in wire.Services, fields given) (ps problems) {
	fields.require(&ps, "IsEscort", "IsWebcam", "IsPhoneChat", "IsSMSChat", "IsContent", "IsAlternative", "IsOtherServices")
	if len(ps) > 0 {
		return ps
	}
	others := *in.IsEscort || *in.IsWebcam || *in.IsPhoneChat || *in.IsSMSChat || *in.IsContent || *in.IsAlternative
	if *in.IsAlternative && in.Alternatives.Kind() != '{' {
		ps.add("Alternatives", "The alternatives are required with this service.")
	}
	if !*in.IsOtherServices {
		return ps
	}
	if others {
		ps.add("IsOtherServices", "Other services exclude all the others.")
	}
	if in.OtherServices == nil || !commaSeparatedIDs.MatchString(*in.OtherServices) {
		ps.add("OtherServices", "The numbers of the other services are required.")
	}
	return ps
}

// dashboard is the reply of GetDashboard. Its layout was never seen: these names are ours.
type dashboard struct {
	UnreadEmails         *int           `json:"UnreadEmails,omitzero"`
	UnreadEscortBookings *int           `json:"UnreadEscortBookings,omitzero"`
	CreditBalance        *wire.Number   `json:"CreditBalance,omitzero"`
	BlacklistedUserIDs   []int64        `json:"BlacklistedUserIDs,omitzero"`
	HotLists             []wire.HotList `json:"HotLists,omitzero"`
}

// getDashboard answers the parts that are asked for, each under the scope of its own (docs:
// GetDashboard). Nobody here gets mail, books escorts or blacklists anybody.
func getDashboard(p *Platform, c call) (any, error) {
	var ps problems
	options := c.query.number(&ps, "Options", 0, 1, 31)
	if options == 0 && len(ps) == 0 {
		ps.add("Options", "This field is required.")
	}
	if err := ps.err(); err != nil {
		return nil, err
	}
	var reply dashboard
	for _, part := range []struct {
		bit   int
		scope string
		fill  func()
	}{
		{1, "account_communications", func() { reply.UnreadEmails = new(0) }},
		{2, "account_escort_bookings", func() { reply.UnreadEscortBookings = new(0) }},
		{4, scopeCredits, func() { reply.CreditBalance = new(wire.Number(c.by.balance.String())) }},
		{8, "profile_blacklist", func() { reply.BlacklistedUserIDs = []int64{} }},
		{16, scopeHotList, func() { reply.HotLists = p.hotListReplies(c.by, false) }},
	} {
		if options&part.bit == 0 {
			continue
		}
		if !slices.Contains(c.scopes, part.scope) {
			return nil, refusal(http.StatusForbidden, "The permission "+part.scope+" has not been granted.")
		}
		part.fill()
	}
	return reply, nil
}
