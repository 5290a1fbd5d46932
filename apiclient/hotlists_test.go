package apiclient

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

const hotListJSON = `{"HotListDetails":{"UserID":660031,"ListID":55,"ListName":"Favourites","UserName":"NightOwl77"},
"HotListMembers":[{"UserID":771204,"InteractionCount":3,"UserName":"VelvetVoice","Notes":"evenings",
"LastUpdated":"2027-07-01T09:00:00","LastInteractionDate":"0001-01-01T00:00:00","Profile":null},
{"UserID":8,"UserName":"Petal","LastInteractionDate":null}]}`

func TestHotLists(t *testing.T) {
	favourites := HotList{
		ID: 55, Name: "Favourites", Owner: 660031,
		Members: []HotListMember{
			{ID: 771204, Nickname: "VelvetVoice", Notes: "evenings", Interactions: 3, LastUpdated: time.Date(2027, 7, 1, 9, 0, 0, 0, london(t))},
			{ID: 8, Nickname: "Petal"},
		},
	}
	empty := HotList{ID: 56, Name: "Later"}
	one := func(id HotListID) func(context.Context, *Client) (any, error) {
		return func(ctx context.Context, c *Client) (any, error) { return c.HotList(ctx, caller, id) }
	}
	all := func(ctx context.Context, c *Client) (any, error) { return c.HotLists(ctx, caller) }
	for name, tc := range map[string]trip{
		"one":          {one(55), "GET /v1/HotLists/GetHotList?ListID=55", "", hotListJSON, favourites},
		"the default":  {one(0), "GET /v1/HotLists/GetHotList", "", hotListJSON, favourites},
		"empty":        {one(56), "GET /v1/HotLists/GetHotList?ListID=56", "", `{"hotListDetails":{"listID":56,"listName":"Later"},"HotListMembers":null}`, empty},
		"all":          {all, "GET /v1/HotLists/GetHotLists", "", `[` + hotListJSON + `,{"HotListDetails":{"ListID":56,"ListName":"Later"},"HotListMembers":[]}]`, []HotList{favourites, empty}},
		"all are none": {all, "GET /v1/HotLists/GetHotLists", "", `[]`, []HotList{}},
		"all are one":  {all, "GET /v1/HotLists/GetHotLists", "", "\ufeff " + hotListJSON, []HotList{favourites}},
		"add": {
			func(ctx context.Context, c *Client) (any, error) { return nil, c.AddToHotList(ctx, caller, 55, 771204) },
			"POST /v1/HotLists/AddUserToHotList", `{"UserID":771204,"ListID":55}`, ``, nil,
		},
		"remove": {
			func(ctx context.Context, c *Client) (any, error) {
				return nil, c.RemoveFromHotList(ctx, caller, 55, 771204)
			},
			"POST /v1/HotLists/RemoveUserFromHotList", `{"UserID":771204,"ListID":55}`, `"Removed"`, nil,
		},
	} {
		t.Run(name, tc.run)
	}
}

func TestHotListsNotUnderstood(t *testing.T) {
	list := func(old, now string) string { return strings.Replace(hotListJSON, old, now, 1) }
	for name, tc := range map[string]struct{ answer, place string }{
		"another list":   {list(`"ListID":55`, `"ListID":56`), "HotListDetails/ListID"},
		"wrapped":        {`{"HotList":` + hotListJSON + `}`, "HotListDetails/ListID"},
		"nobody":         {list(`771204`, `0`), "HotListMembers/UserID"},
		"a bad time":     {list(`2027-07-01T`, `tea `), "HotListMembers/LastUpdated"},
		"a bad contact":  {list(`0001-01-01T`, `tea `), "HotListMembers/LastInteractionDate"},
		"an array":       {`[` + hotListJSON + `]`, "understood"},
		"null":           {`null`, "HotListDetails/ListID"},
		"a text for IDs": {list(`771204`, `"x"`), "HotListMembers/0/UserID"},
	} {
		c, _ := connect(t, says(200, asJSON, tc.answer))
		_, err := c.HotList(t.Context(), caller, 55)
		check(t, name, err, ErrUnavailable, http.StatusOK)
		if !strings.HasSuffix(err.Error(), tc.place) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, answer := range map[string]string{
		"null": `null`, "a wrapper": `{"HotLists":[]}`, "one of many": `[` + hotListJSON + `,{}]`, "nothing": ``,
	} {
		c, _ := connect(t, says(200, asJSON, answer))
		check(t, "all: "+name, second(c.HotLists(t.Context(), caller)), ErrUnavailable, http.StatusOK)
	}
}

func TestHotListsRefuseNobody(t *testing.T) {
	c, p := connect(t, says(200, asJSON, ``))
	for name, err := range map[string]error{
		"below none":  second(c.HotList(t.Context(), caller, -1)),
		"add nobody":  c.AddToHotList(t.Context(), caller, 55, 0),
		"add nowhere": c.AddToHotList(t.Context(), caller, 0, 1),
		"take nobody": c.RemoveFromHotList(t.Context(), caller, 55, -1),
	} {
		check(t, name, err, ErrInvalid, 0)
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
}
