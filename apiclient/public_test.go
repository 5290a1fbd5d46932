package apiclient

import (
	"context"
	"testing"

	"phonechatbot/apiclient/wire"
)

// Calls that answer to the project's key: each to its place, with its reader.
func TestPublicCalls(t *testing.T) {
	q := SearchQuery{Nickname: "Velvet & Voice", IsPhoneChat: true, Page: 2}
	byPost := q
	byPost.ByPost = true
	found := `{"PageCount":2,"PageNumber":2,"ProfilesTotal":51,"Profiles":[` + cardJSON + `]}`
	page := ProfilePage{Profiles: []MemberCard{card()}, Number: 2, Count: 2, Total: 51}
	group := `{"GroupID":312,"PageCount":1,"Members":[{"UserID":8}]}`
	for name, tc := range map[string]trip{
		"search": {
			func(ctx context.Context, c *Client) (any, error) { return c.Search(ctx, q) },
			"GET /v1/search/searchProfiles?IsPhoneChat=true&Nickname=Velvet+%26+Voice&PageNumber=2", "", found, page,
		},
		"search by POST": {
			func(ctx context.Context, c *Client) (any, error) { return c.Search(ctx, byPost) },
			"POST /v1/search/searchProfiles", `{"Nickname":"Velvet & Voice","IsPhoneChat":true,"PageNumber":2}`, found, page,
		},
		"summary": {
			func(ctx context.Context, c *Client) (any, error) { return c.UserSummary(ctx, 771204) },
			"GET /v1/newsfeed/getUserSummary?UserID=771204", "", `{"User":` + cardJSON + `}`, card(),
		},
		"profile": {
			func(ctx context.Context, c *Client) (any, error) {
				return c.Profile(ctx, 8, ProfileOptions{Images: true})
			},
			"GET /v1/profile/getProfileDetails?ReturnImages=true&UserID=8", "", `{"UserID":8}`,
			ProfileDetails{ID: 8},
		},
		"ratings": {
			func(ctx context.Context, c *Client) (any, error) {
				return c.Ratings(ctx, RatingsQuery{Member: 8, PhoneChatFeedback: true})
			},
			"GET /v1/profile/getRatings?ReturnPhoneChatFeedback=true&UserID=8", "", `{"x":[1]}`, wire.Opaque(`{"x":[1]}`),
		},
		"top list": {
			func(ctx context.Context, c *Client) (any, error) {
				return c.TopList(ctx, TopListQuery{Type: TopPhoneChatViews, Range: Today})
			},
			"GET /v1/lists/getTopList?DateRange=Today&Type=PhoneChatViews", "", `[1]`, wire.Opaque(`[1]`),
		},
		"group": {
			func(ctx context.Context, c *Client) (any, error) { return c.Group(ctx, GroupQuery{ID: 312}) },
			"GET /v1/groups/getGroupDetails?GroupID=312&ReturnMembers=true", "", group,
			GroupPage{ID: 312, Count: 1, Members: []GroupMember{{ID: 8}}},
		},
		"each of a group": {
			func(ctx context.Context, c *Client) (any, error) {
				var all []MemberID
				for m, err := range c.EachGroupMember(ctx, GroupQuery{ID: 312}) {
					if err != nil {
						return nil, err
					}
					all = append(all, m.ID)
				}
				return all, nil
			},
			"GET /v1/groups/getGroupDetails?GroupID=312&MembersPerPage=100&PageNumber=1&ReturnMembers=true", "", group,
			[]MemberID{8},
		},
	} {
		t.Run(name, tc.run)
	}
}
