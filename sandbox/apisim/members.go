package apisim

import (
	"net/http"

	"phonechatbot/apiclient/wire"
)

// memberOperations are hot lists, groups, and the public data: search, profiles, ratings, top lists.
func memberOperations() []operation {
	return []operation{
		{name: OpGetHotList, method: get, path: "/v1/HotLists/GetHotList", scope: scopeHotList, run: getHotList},
		{name: OpGetHotLists, method: get, path: "/v1/HotLists/GetHotLists", scope: scopeHotList, run: getHotLists},
		{name: OpAddUserToHotList, method: post, path: "/v1/HotLists/AddUserToHotList", scope: scopeHotList, run: onHotList((*hotList).add)},
		{name: OpRemoveUserFromHotList, method: post, path: "/v1/HotLists/RemoveUserFromHotList", scope: scopeHotList, run: onHotList((*hotList).remove)},
		{name: OpGetGroupDetails, method: get, path: "/v1/groups/getGroupDetails", key: true, run: getGroupDetails},
		{name: OpSearchProfiles, method: get, also: post, path: "/v1/search/searchProfiles", key: true, run: searchProfiles},
		{name: OpGetProfileDetails, method: get, path: "/v1/profile/getProfileDetails", key: true, run: getProfileDetails},
		{name: OpGetUserSummary, method: get, path: "/v1/newsfeed/getUserSummary", key: true, run: getUserSummary},
		{name: OpGetRatings, method: get, also: post, path: "/v1/profile/getRatings", key: true, run: getRatings},
		{name: OpGetTopList, method: get, path: "/v1/lists/getTopList", key: true, run: getTopList},
	}
}

// named is the member whom UserID names.
func (p *Platform) named(q query) (*member, error) {
	id, err := q.id("UserID")
	if err != nil {
		return nil, err
	}
	m, ok := p.members[id]
	if !ok {
		return nil, refusal(http.StatusNotFound, "No such member.")
	}
	return m, nil
}

// everybody lists all members in the order they were given.
func (p *Platform) everybody() []*member {
	list := make([]*member, len(p.order))
	for i, id := range p.order {
		list[i] = p.members[id]
	}
	return list
}

// profile is what anybody may see of a member. Who offers DirectChat is available now; the age and the
// town are invented, and there are no pictures.
func (p *Platform) profile(m *member) wire.Profile {
	const youngest, ages = 24, 20
	has := p.of(m)
	towns := []string{"Leeds", "Bristol", "Norwich", "Cardiff", "Perth"}
	profile := wire.Profile{
		UserID: m.ID, Nickname: &m.Nickname, Age: new(int(youngest + m.ID%ages)),
		Country: new("United Kingdom"), Town: &towns[m.ID%int64(len(towns))],
		IsEscort: has.services.IsEscort, IsWebcam: has.services.IsWebcam, IsSMSChat: has.services.IsSMSChat,
		IsPhoneChat: new(m.OffersPhoneChat), IsDirectCam: has.services.IsWebcam, IsDirectChat: new(m.OffersPhoneChat && has.direct != nil),
		AvailableTodayEscort: new(false), AvailableNowWebcam: new(false), ProfileThumbnailSafe: new(false),
		InGroup: new(m.GroupID != 0), Ratings: &wire.Ratings{Counters: countersOf(m)},
	}
	profile.AvailableNowPhoneChat = profile.IsDirectChat
	if m.GroupID != 0 {
		profile.GroupID, profile.GroupName = new(m.GroupID), new(m.GroupName)
	}
	return profile
}

// getProfileDetails answers one member. Asked for pictures and ways of contact it says that there are
// none: a number is never public here.
func getProfileDetails(p *Platform, c call) (any, error) {
	m, err := p.named(c.query)
	if err != nil {
		return nil, err
	}
	var ps problems
	images, contact := c.query.flag(&ps, "ReturnImages"), c.query.flag(&ps, "ReturnContact")
	if err := ps.err(); err != nil {
		return nil, err
	}
	seen := p.profile(m)
	details := wire.ProfileDetails{
		UserID: &m.ID, Nickname: &m.Nickname, IsPhoneChat: seen.IsPhoneChat, AvailableNowPhoneChat: seen.AvailableNowPhoneChat,
	}
	if images {
		details.Images = wire.Opaque(`{"HasImage1":false}`)
	}
	if contact {
		details.Contact = wire.Opaque(`{"HasMobileNumber":false,"MobileNumber":null}`)
	}
	return details, nil
}

// getUserSummary answers a member's card; nothing happens here that would be news.
func getUserSummary(p *Platform, c call) (any, error) {
	m, err := p.named(c.query)
	if err != nil {
		return nil, err
	}
	return wire.UserSummary{User: p.profile(m), Summary: []wire.Opaque{}}, nil
}
