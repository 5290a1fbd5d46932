package apisim

import (
	"net/http"
	"slices"
	"strings"

	"phonechatbot/apiclient/wire"
)

// searchProfiles finds members among all of them, in the order they were given (docs: Blog/Read/7 and
// public client code). Filters for data that nobody has here are checked for their form and match
// everybody. A filter without a value is a fault, as a public client reports.
func searchProfiles(p *Platform, c call) (any, error) {
	q, err := c.filters()
	if err != nil {
		return nil, err
	}
	for _, value := range q {
		if value == "" {
			return nil, refusal(http.StatusInternalServerError, "An error has occurred.")
		}
	}
	var ps problems
	matches := p.matcher(q, &ps)
	checkUnheld(q, &ps)
	want := q.paging(&ps, "ProfilesPerPage", 50, 100)
	if err := ps.err(); err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(p.everybody(), func(m *member) bool { return !matches(m) })
	page, pages := cut(want, found)
	reply := wire.ProfilePage{
		PageCount: &pages, PageNumber: &want.page, ProfilesTotal: new(len(found)), ProfilesPerPage: &want.perPage,
		Profiles: []wire.Profile{},
	}
	for _, m := range page {
		reply.Profiles = append(reply.Profiles, p.profile(m))
	}
	return reply, nil
}

// matcher reads the filters for which there are data. A service that is false filters nothing, since
// the contract says "only members who".
func (p *Platform) matcher(q query, ps *problems) func(*member) bool {
	id := int64(q.number(ps, "UserID", 0, 1, 1<<62))
	part := strings.ToLower(q["nickname"])
	phoneChat, webcam, escort := q.flag(ps, "IsPhoneChat"), q.flag(ps, "IsWebcam"), q.flag(ps, "IsEscort")
	return func(m *member) bool {
		services := p.of(m).services
		return (id == 0 || m.ID == id) &&
			strings.Contains(strings.ToLower(m.Nickname), part) &&
			(!phoneChat || m.OffersPhoneChat) && (!webcam || isOn(services.IsWebcam)) && (!escort || isOn(services.IsEscort))
	}
}

func checkUnheld(q query, ps *problems) {
	for _, name := range []string{"CountryID", "RegionID", "MinAge", "MaxAge"} {
		q.number(ps, name, 0, 0, 1<<31-1)
	}
	for _, name := range []string{"GenderIDs", "OrientationIds"} {
		if ids, isGiven := q[strings.ToLower(name)]; isGiven && !commaSeparatedIDs.MatchString(ids) {
			ps.add(name, "Numbers joined by commas are required.")
		}
	}
	miles := q.number(ps, "LocationProximityMiles", 0, 1, 99)
	if _, isGiven := q["locationzipcode"]; miles > 0 && !isGiven {
		ps.add("LocationZipCode", "A distance needs a post code.")
	}
}

// ratings is the reply of GetRatings. Its layout was never seen: these names are ours.
type ratings struct {
	UserID            int64          `json:"UserID"`
	Overview          *wire.Counters `json:"Overview,omitzero"`
	Ratings           *wire.Counters `json:"Ratings,omitzero"`
	Feedback          *[]wire.Opaque `json:"Feedback,omitzero"`
	PhoneChatFeedback *[]wire.Opaque `json:"PhoneChatFeedback,omitzero"`
	PageCount         int            `json:"PageCount"`
	PageNumber        int            `json:"PageNumber"`
	FeedbackTotal     int            `json:"FeedbackTotal"`
	FeedbackPerPage   int            `json:"FeedbackPerPage"`
}

// getRatings answers the counters that are asked for; nobody has written any feedback.
func getRatings(p *Platform, c call) (any, error) {
	q, err := c.filters()
	if err != nil {
		return nil, err
	}
	m, err := p.named(q)
	if err != nil {
		return nil, err
	}
	var ps problems
	reply, counters := ratings{UserID: m.ID}, countersOf(m)
	if q.flag(&ps, "ReturnOverview") {
		reply.Overview = &counters
	}
	if q.flag(&ps, "ReturnRatings") {
		reply.Ratings = &counters
	}
	if q.flag(&ps, "ReturnFeedback") {
		reply.Feedback = &[]wire.Opaque{}
	}
	if q.flag(&ps, "ReturnPhoneChatFeedback") {
		reply.PhoneChatFeedback = &[]wire.Opaque{}
	}
	q.word(&ps, "OrderBy", "ratingdate-desc", "ratingdate-asc", "nickname-asc", "nickname-desc")
	want := q.paging(&ps, "FeedbackPerPage", 100, 1000)
	reply.PageNumber, reply.FeedbackPerPage = want.page, want.perPage
	return reply, ps.err()
}

// getTopList answers profiles, best first: its layout was never seen. Of the types only those for phone
// chat are known. Views are not counted here, the number of ratings stands for them; dates do not
// matter, because ratings have none.
func getTopList(p *Platform, c call) (any, error) {
	var ps problems
	requireWords(&ps, c.query, "Type", "DateRange")
	kind := c.query.word(&ps, "Type", "PhoneChatViews", "PhoneChatRatings")
	c.query.word(&ps, "DateRange", "AllTime", "LastYear", "LastMonth", "LastWeek", "ThisYear", "ThisMonth", "ThisWeek", "Today", "Yesterday")
	most := c.query.number(&ps, "NumberOfRecords", 10, 1, mostPages)
	c.query.number(&ps, "VATUserID", 0, 1, 1<<62)
	if err := ps.err(); err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(p.everybody(), func(m *member) bool { return !m.OffersPhoneChat })
	order := bestRated
	if kind == "PhoneChatViews" {
		order = mostRated
	}
	slices.SortStableFunc(all, order)
	list := []wire.Profile{}
	for _, m := range all[:min(most, len(all))] {
		list = append(list, p.profile(m))
	}
	return list, nil
}

func mostRated(a, b *member) int {
	return b.Positive + b.Neutral + b.Negative - a.Positive - a.Neutral - a.Negative
}

func requireWords(ps *problems, q query, names ...string) {
	for _, name := range names {
		if _, isGiven := q[strings.ToLower(name)]; !isGiven {
			ps.add(name, "This field is required.")
		}
	}
}
