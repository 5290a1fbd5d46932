package apiclient

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"phonechatbot/apiclient/wire"
)

// ProfileOptions say what a profile is to come with.
type ProfileOptions struct {
	Images  bool
	Contact bool // inferred from public code
}

// ProfileDetails is one member in detail. The page that describes it was never seen: what is told may
// change, and what was not told is zero.
type ProfileDetails struct {
	ID                    MemberID
	Nickname              string
	IsPhoneChat           bool
	AvailableNowPhoneChat bool
	Pictures              []Picture // those that anyone may see
	MobileNumber          string    // for the person in the chat, and for no log
	More                  wire.More // whatever else came, as it came
}

// Picture is one picture of a profile in its sizes; an address that was not told is empty.
type Picture struct {
	ThumbnailURL string
	MediumURL    string
	LargeURL     string
	SquareURL    string
	Description  string
}

// RatingsQuery asks for the ratings of one member.
type RatingsQuery struct {
	Member            MemberID
	Overview          bool
	Ratings           bool
	Feedback          bool
	PhoneChatFeedback bool
	OrderBy           RatingsOrder
	PerPage           int // of the feedback, 1 to MaxFeedbackPerPage; 0 for the API's default of 100
	Page              int // from 1
}

// RatingsOrder is an ordering of ratings.
type RatingsOrder string

// The documented orders of ratings.
const (
	NewestRatingFirst     RatingsOrder = "ratingdate-desc"
	OldestRatingFirst     RatingsOrder = "ratingdate-asc"
	RatingsByNickname     RatingsOrder = "nickname-asc"
	RatingsByNicknameDesc RatingsOrder = "nickname-desc"
)

// MaxFeedbackPerPage is the largest page of feedback.
const MaxFeedbackPerPage = 1000

// TopListQuery asks for a ranking.
type TopListQuery struct {
	Type  TopListType
	Range TopListRange
	Count int // 0 for the API's default of 10
}

// TopListType is what is ranked. More types exist, for films and the like.
type TopListType string

// The rankings about phone chat.
const (
	TopPhoneChatViews   TopListType = "PhoneChatViews"
	TopPhoneChatRatings TopListType = "PhoneChatRatings"
)

// TopListRange is the time that a ranking covers.
type TopListRange string

// The documented ranges of rankings.
const (
	AllTime   TopListRange = "AllTime"
	LastYear  TopListRange = "LastYear"
	LastMonth TopListRange = "LastMonth"
	LastWeek  TopListRange = "LastWeek"
	ThisYear  TopListRange = "ThisYear"
	ThisMonth TopListRange = "ThisMonth"
	ThisWeek  TopListRange = "ThisWeek"
	Today     TopListRange = "Today"
	Yesterday TopListRange = "Yesterday"
)

// Profile reads one member in detail (docs: Blog/Read/7 for the path, AgeVerification for ReturnImages;
// the rest inferred). The platform asks to call it on demand only, and to cache. An answer about another
// member is ErrUnavailable.
//
// Scope: the project's key. Errors: ErrInvalid, ErrNotFound.
func (c *Client) Profile(ctx context.Context, id MemberID, o ProfileOptions) (ProfileDetails, error) {
	if id <= 0 {
		return ProfileDetails{}, refuse(routeProfile, errNoID)
	}
	return ask(ctx, c, Caller{}, o.request(id), readProfile(id))
}

// Ratings reads what others say of a member (docs: GetRatings). The layout of the answer was not seen: it
// is given as it comes.
//
// Scope: the project's key. Errors: ErrInvalid, ErrNotFound.
func (c *Client) Ratings(ctx context.Context, q RatingsQuery) (wire.Opaque, error) {
	r, err := q.request()
	if err != nil {
		return nil, refuse(routeRatings, err)
	}
	return ask(ctx, c, Caller{}, r, readOpaque)
}

// TopList reads a ranking (docs: GetTopList). The layout of the answer depends on the type and was not
// seen: it is given as it comes.
//
// Scope: the project's key. Errors: ErrInvalid.
func (c *Client) TopList(ctx context.Context, q TopListQuery) (wire.Opaque, error) {
	r, err := q.request()
	if err != nil {
		return nil, refuse(routeTopList, err)
	}
	return ask(ctx, c, Caller{}, r, readOpaque)
}

func (o ProfileOptions) request(id MemberID) request {
	query := url.Values{"UserID": {id.String()}}
	turnOn(query, "ReturnImages", o.Images)
	turnOn(query, "ReturnContact", o.Contact)
	return request{route: routeProfile, query: query}
}

func (q RatingsQuery) request() (request, error) {
	switch {
	case q.Member <= 0:
		return request{}, errNoID
	case q.PerPage < 0 || q.PerPage > MaxFeedbackPerPage || q.Page < 0:
		return request{}, errPaging
	}
	query := url.Values{"UserID": {q.Member.String()}}
	turnOn(query, "ReturnOverview", q.Overview)
	turnOn(query, "ReturnRatings", q.Ratings)
	turnOn(query, "ReturnFeedback", q.Feedback)
	turnOn(query, "ReturnPhoneChatFeedback", q.PhoneChatFeedback)
	if q.OrderBy != "" {
		query.Set("OrderBy", string(q.OrderBy))
	}
	if q.PerPage > 0 {
		query.Set("FeedbackPerPage", strconv.Itoa(q.PerPage))
	}
	if q.Page > 0 {
		query.Set("PageNumber", strconv.Itoa(q.Page))
	}
	return request{route: routeRatings, query: query}, nil
}

func (q TopListQuery) request() (request, error) {
	if q.Type == "" || q.Range == "" || q.Count < 0 {
		return request{}, errFilter
	}
	query := url.Values{"Type": {string(q.Type)}, "DateRange": {string(q.Range)}}
	if q.Count > 0 {
		query.Set("NumberOfRecords", strconv.Itoa(q.Count))
	}
	return request{route: routeTopList, query: query}, nil
}

// turnOn sets a parameter that is off unless it is sent.
func turnOn(query url.Values, name string, on bool) {
	if on {
		query.Set(name, "true")
	}
}

func readProfile(id MemberID) func([]byte) (ProfileDetails, error) {
	return func(body []byte) (ProfileDetails, error) {
		w, err := decode[wire.ProfileDetails](body)
		if err != nil {
			return ProfileDetails{}, err
		}
		if w.UserID == nil && w.Nickname == nil || w.UserID != nil && MemberID(*w.UserID) != id {
			return ProfileDetails{}, misread{at: "UserID"}
		}
		p := ProfileDetails{
			ID: id, Nickname: orZero(w.Nickname), IsPhoneChat: orZero(w.IsPhoneChat),
			AvailableNowPhoneChat: orZero(w.AvailableNowPhoneChat), Pictures: picturesFrom(w.Images), More: w.More,
		}
		if contact := membersOf(w.Contact); valueOf[bool](contact, "HasMobileNumber") {
			p.MobileNumber = valueOf[string](contact, "MobileNumber")
		}
		return p, nil
	}
}

// maxPictures bounds the search for numbered pictures.
const maxPictures = 100

// picturesFrom finds the pictures that anyone may see among Image1, Image2 and so on: each has a
// HasImageN that says that it is there and an ImageNSafe (docs: AgeVerification).
func picturesFrom(images wire.Opaque) []Picture {
	var all []Picture
	members := membersOf(images)
	for n := 1; n <= maxPictures; n++ {
		name := fmt.Sprintf("Image%d", n)
		if !valueOf[bool](members, "Has"+name) || !valueOf[bool](members, name+"Safe") {
			continue
		}
		text := func(size string) string { return valueOf[string](members, name+size) }
		picture := Picture{
			ThumbnailURL: text("ThumbnailURL"), MediumURL: text("MediumURL"), LargeURL: text("LargeURL"),
			SquareURL: text("SquareURL"), Description: text("Description"),
		}
		if picture != (Picture{Description: picture.Description}) {
			all = append(all, picture)
		}
	}
	return all
}

// membersOf are the members of an object under their names in lower case.
func membersOf(object []byte) map[string]json.RawMessage {
	members := make(map[string]json.RawMessage)
	for name, value := range partsOf(object) {
		members[strings.ToLower(name)] = value
	}
	return members
}

// valueOf is the member of this name, or zero if there is none that is a T.
func valueOf[T any](members map[string]json.RawMessage, name string) T {
	return orZero(valueAs[T](members[strings.ToLower(name)]))
}
