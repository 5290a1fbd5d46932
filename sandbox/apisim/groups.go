package apisim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"phonechatbot/apiclient/wire"
)

// getGroupDetails answers a group by its number, its name (in any case), or both (docs:
// getGroupDetails). Everybody in the group is listed, its managers as well. A group that nobody is in
// does not exist.
func getGroupDetails(p *Platform, c call) (any, error) {
	var ps problems
	id := int64(c.query.number(&ps, "GroupID", 0, 1, 1<<62))
	name := c.query["groupname"]
	if id == 0 && name == "" && len(ps) == 0 {
		ps.add("GroupID", "The number or the name of the group is required.")
	}
	for _, ignored := range []string{"ReturnDetails", "ReturnImages", "ReturnOpeningHours", "ReturnMemberImages", "ReturnMemberEscortRates"} {
		c.query.flag(&ps, ignored)
	}
	listed := c.query.flag(&ps, "ReturnMembers")
	want := c.query.paging(&ps, "MembersPerPage", 50, 100)
	order := c.query.word(&ps, "OrderBy", "rating", "ratingtotal", "registerdate", "views", "inrates-asc", "inrates-desc",
		"outrates-asc", "outrates-desc", "age-asc", "age-desc", "nickname-asc", "nickname-desc", "lastupdated")
	if err := ps.err(); err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(p.everybody(), func(m *member) bool {
		return id != 0 && m.GroupID != id || name != "" && !strings.EqualFold(m.GroupName, name)
	})
	if len(all) == 0 {
		return nil, refusal(http.StatusNotFound, "No such group.")
	}
	reply := wire.GroupDetails{GroupID: new(all[0].GroupID), GroupName: new(all[0].GroupName)}
	if listed {
		slices.SortStableFunc(all, groupOrder(order))
		page, pages := cut(want, all)
		reply.PageCount, reply.PageNumber = &pages, &want.page
		reply.MembersPerPage, reply.MembersTotal = &want.perPage, new(len(all))
		reply.Members = groupMembers(page)
	}
	return reply, nil
}

// groupOrder knows the orders for which there are data; the others leave members as they were given.
func groupOrder(order string) func(a, b *member) int {
	switch order {
	case "nickname-asc":
		return byNickname
	case "nickname-desc":
		return func(a, b *member) int { return byNickname(b, a) }
	case "rating", "ratingtotal":
		return bestRated
	}
	return func(_, _ *member) int { return 0 }
}

func byNickname(a, b *member) int {
	return cmp.Compare(strings.ToLower(a.Nickname), strings.ToLower(b.Nickname))
}

// bestRated puts the highest total first.
func bestRated(a, b *member) int {
	return cmp.Compare(b.Positive-b.Negative, a.Positive-a.Negative)
}

func groupMembers(page []*member) []wire.GroupMember {
	list := make([]wire.GroupMember, len(page))
	for i, m := range page {
		list[i] = wire.GroupMember{UserID: m.ID, Nickname: &m.Nickname, IsPhoneChat: new(m.OffersPhoneChat)}
	}
	return list
}
