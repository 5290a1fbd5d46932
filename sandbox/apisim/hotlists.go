package apisim

import (
	"net/http"
	"slices"
	"time"

	"phonechatbot/apiclient/wire"
)

// hotList is one list of favourites of a member.
type hotList struct {
	id      int64
	name    string
	entries []hotEntry
}

type hotEntry struct {
	member int64
	added  time.Time
}

func (l *hotList) find(id int64) int {
	return slices.IndexFunc(l.entries, func(e hotEntry) bool { return e.member == id })
}

// add puts a member on the list; one who is there already stays as before.
func (l *hotList) add(id int64, now time.Time) {
	if l.find(id) < 0 {
		l.entries = append(l.entries, hotEntry{id, now})
	}
}

// remove takes a member off the list; one who is not there is no mistake.
func (l *hotList) remove(id int64, _ time.Time) {
	if at := l.find(id); at >= 0 {
		l.entries = slices.Delete(l.entries, at, at+1)
	}
}

// seedLists gives a member two lists, the first of them with up to two others who take phone chat.
func (p *Platform) seedLists(m *member) []hotList {
	const each, some = 10, 2
	favourites := hotList{id: m.ID*each + 1, name: "Favourites"}
	for _, other := range p.everybody() {
		if other != m && other.OffersPhoneChat && len(favourites.entries) < some {
			favourites.add(other.ID, m.more.since)
		}
	}
	return []hotList{favourites, {id: m.ID*each + 2, name: "Call again"}}
}

// getHotList answers the list that ListID names, or the first.
func getHotList(p *Platform, c call) (any, error) {
	lists := p.of(c.by).lists
	found := &lists[0]
	if _, isGiven := c.query["listid"]; isGiven {
		id, err := c.query.id("ListID")
		if err != nil {
			return nil, err
		}
		if found, err = p.hotList(c.by, id); err != nil {
			return nil, err
		}
	}
	var ps problems
	profiles := c.query.flag(&ps, "ReturnMemberProfiles")
	if err := ps.err(); err != nil {
		return nil, err
	}
	return p.hotListReply(c.by, found, profiles), nil
}

func getHotLists(p *Platform, c call) (any, error) {
	var ps problems
	profiles := c.query.flag(&ps, "ReturnMemberProfiles")
	if err := ps.err(); err != nil {
		return nil, err
	}
	return p.hotListReplies(c.by, profiles), nil
}

// onHotList is an operation that changes one of the caller's lists.
func onHotList(change func(l *hotList, id int64, now time.Time)) func(*Platform, call) (any, error) {
	return func(p *Platform, c call) (any, error) {
		var in wire.HotListUser
		if _, err := readBody(c.body, &in, "UserID", "ListID"); err != nil {
			return nil, err
		}
		list, err := p.hotList(c.by, in.ListID)
		if err != nil {
			return nil, err
		}
		if _, known := p.members[in.UserID]; !known {
			return nil, problems{{"UserID", "There is no such member."}}.err()
		}
		change(list, in.UserID, p.clock.Now())
		return nothing{}, nil
	}
}

func (p *Platform) hotList(owner *member, id int64) (*hotList, error) {
	lists := p.of(owner).lists
	for i := range lists {
		if lists[i].id == id {
			return &lists[i], nil
		}
	}
	return nil, refusal(http.StatusNotFound, "No such list.")
}

func (p *Platform) hotListReplies(owner *member, profiles bool) []wire.HotList {
	lists := p.of(owner).lists
	replies := make([]wire.HotList, len(lists))
	for i := range lists {
		replies[i] = p.hotListReply(owner, &lists[i], profiles)
	}
	return replies
}

func (p *Platform) hotListReply(owner *member, l *hotList, profiles bool) wire.HotList {
	reply := wire.HotList{
		HotListDetails: wire.HotListDetails{UserID: &owner.ID, ListID: l.id, ListName: l.name, UserName: &owner.Nickname},
		HotListMembers: []wire.HotListMember{},
	}
	for _, e := range l.entries {
		other := p.members[e.member]
		count, last := p.interactions(owner.ID, other.ID)
		entry := wire.HotListMember{
			UserID: other.ID, UserName: other.Nickname, InteractionCount: &count,
			LastUpdated: new(p.local(e.added)), LastInteractionDate: &last,
		}
		if profiles {
			entry.Profile = new(p.profile(other))
		}
		reply.HotListMembers = append(reply.HotListMembers, entry)
	}
	return reply
}

// interactions are the bookings between two members, and when the last of them changed.
func (p *Platform) interactions(a, b int64) (count int, last string) {
	var latest time.Time
	for _, booking := range p.bookings {
		if booking.Client == a && booking.Performer == b || booking.Client == b && booking.Performer == a {
			count++
			if booking.LastUpdated.After(latest) {
				latest = booking.LastUpdated
			}
		}
	}
	if count == 0 {
		return 0, wire.Never
	}
	return count, p.local(latest)
}
