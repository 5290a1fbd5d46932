package apiclient

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"phonechatbot/apiclient/wire"
)

// HotListID identifies a list of favourites.
type HotListID int64

// String is the number in decimal.
func (id HotListID) String() string { return strconv.FormatInt(int64(id), 10) }

// HotList is a list of favourites of the member.
type HotList struct {
	ID      HotListID
	Name    string
	Owner   MemberID // 0 when not told
	Members []HotListMember
}

// HotListMember is a member on a hot list. Whether the member takes phone chat is not said here: see
// UserSummary and Requirements.
type HotListMember struct {
	ID              MemberID
	Nickname        string
	Notes           string // the owner's own
	Interactions    int
	LastInteraction time.Time // zero is never
	LastUpdated     time.Time
}

// HotList reads one hot list (docs: GetHotList). Without an id (0) the platform picks one; which, is not
// documented. An answer about another list is ErrUnavailable.
//
// Scope: profile_hotlist. Errors: ErrInvalid, ErrNotFound.
func (c *Client) HotList(ctx context.Context, as Caller, id HotListID) (HotList, error) {
	if id < 0 {
		return HotList{}, refuse(routeHotList, errNoID)
	}
	query := url.Values{}
	if id > 0 {
		query.Set("ListID", id.String())
	}
	return ask(ctx, c, as, request{route: routeHotList, query: query}, func(body []byte) (HotList, error) {
		list, err := readHotList(body, c.loc)
		if err == nil && id != 0 && list.ID != id {
			return HotList{}, misread{at: "HotListDetails/ListID"}
		}
		return list, err
	})
}

// HotLists reads all hot lists of the member (path inferred from public code, answer guessed). A lone
// list instead of an array of them is taken too.
//
// Scope: profile_hotlist. Errors: ErrNotFound (see Missing).
func (c *Client) HotLists(ctx context.Context, as Caller) ([]HotList, error) {
	return ask(ctx, c, as, request{route: routeHotLists}, func(body []byte) ([]HotList, error) {
		if body := trimReply(body); len(body) > 0 && body[0] == '{' {
			list, err := readHotList(body, c.loc)
			if err != nil {
				return nil, err
			}
			return []HotList{list}, nil
		}
		return readRows(body, c.loc, hotListFrom)
	})
}

// AddToHotList puts a member on a list (path and body inferred from public code). What the platform
// answers is not known: a success is all that is looked at. On ErrUnknownOutcome read the list before
// trying again.
//
// Scope: profile_hotlist. Errors: ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) AddToHotList(ctx context.Context, as Caller, list HotListID, member MemberID) error {
	return c.changeHotList(ctx, as, routeAddToList, list, member)
}

// RemoveFromHotList takes a member off a list (inferred as AddToHotList is, and like it in the rest).
//
// Scope: profile_hotlist. Errors: ErrInvalid, ErrNotFound, ErrUnknownOutcome.
func (c *Client) RemoveFromHotList(ctx context.Context, as Caller, list HotListID, member MemberID) error {
	return c.changeHotList(ctx, as, routeTakeOffList, list, member)
}

func (c *Client) changeHotList(ctx context.Context, as Caller, r route, list HotListID, member MemberID) error {
	if list <= 0 || member <= 0 {
		return refuse(r, errNoID)
	}
	_, err := ask(ctx, c, as, request{route: r, body: wire.HotListUser{UserID: int64(member), ListID: int64(list)}}, ignored)
	return err
}

func readHotList(body []byte, loc *time.Location) (HotList, error) {
	w, err := decode[wire.HotList](body)
	if err != nil {
		return HotList{}, err
	}
	return hotListFrom(w, loc)
}

func hotListFrom(w wire.HotList, loc *time.Location) (HotList, error) {
	if w.HotListDetails.ListID <= 0 {
		return HotList{}, misread{at: "HotListDetails/ListID"}
	}
	list := HotList{
		ID: HotListID(w.HotListDetails.ListID), Name: w.HotListDetails.ListName,
		Owner: MemberID(orZero(w.HotListDetails.UserID)),
	}
	for _, row := range w.HotListMembers {
		member, err := hotListMemberFrom(row, loc)
		if err != nil {
			return HotList{}, err
		}
		list.Members = append(list.Members, member)
	}
	return list, nil
}

func hotListMemberFrom(w wire.HotListMember, loc *time.Location) (HotListMember, error) {
	if w.UserID <= 0 {
		return HotListMember{}, misread{at: "HotListMembers/UserID"}
	}
	updated, err := replyTime(orZero(w.LastUpdated), loc)
	if err != nil {
		return HotListMember{}, misread{at: "HotListMembers/LastUpdated"}
	}
	last, err := replyTime(orZero(w.LastInteractionDate), loc)
	if err != nil {
		return HotListMember{}, misread{at: "HotListMembers/LastInteractionDate"}
	}
	return HotListMember{
		ID: MemberID(w.UserID), Nickname: w.UserName, Notes: orZero(w.Notes),
		Interactions: orZero(w.InteractionCount), LastInteraction: last, LastUpdated: updated,
	}, nil
}
