package apiclient

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"phonechatbot/apiclient/wire"
)

// SearchQuery says whom to look for; only what is set is sent. IsEscort and the page size are documented,
// the other filters are inferred from public code. The platform asks for tight filters, pages of
// MaxPerPage, and for results to be cached.
type SearchQuery struct {
	Nickname     string // a part of it, expected
	Member       MemberID
	IsPhoneChat  bool // only members who take phone chat
	IsEscort     bool
	IsWebcam     bool
	Genders      []int // IDs of the site
	Orientations []int // IDs of the site
	CountryID    int64 // CountryUK
	RegionID     int64
	Town         string
	MinAge       int
	MaxAge       int
	Postcode     string
	Miles        int    // around Postcode, 1 to MaxMiles
	OrderBy      string // "lastupdated" is the one order seen
	PerPage      int    // 1 to MaxPerPage; 0 for the API's default
	Page         int    // from 1

	ByPost bool // send the filters in a body; inferred, prefer the query
}

// What filters may hold.
const (
	CountryUK = 158 // in two public clients
	MaxMiles  = 99
)

// ProfilePage is one page of a search. Rows may shift between pages: drop repeated IDs.
type ProfilePage struct {
	Profiles []MemberCard
	Number   int
	Count    int // pages in all
	Total    int // profiles in all
}

// MemberCard is what is shown of a member. What was not told is zero.
type MemberCard struct {
	ID       MemberID
	Nickname string
	Summary  string
	Age      int
	Gender   string
	Town     string
	County   string
	Region   string
	Country  string

	IsPhoneChat           bool
	AvailableNowPhoneChat bool
	IsDirectChat          bool
	IsBlacklisted         bool

	Rating   int // positive minus negative
	Ratings  int // how many ratings
	Positive int
	Neutral  int
	Negative int
	Disputes int

	ThumbnailURL string // only of a picture that anyone may see
	ProfileURL   string
	RatingsURL   string
}

var errFilter = errors.New("filter out of range")

// Search finds members (docs: Blog/Read/7 for the path; filters and answer inferred).
//
// Scope: the project's key. Errors: ErrInvalid.
func (c *Client) Search(ctx context.Context, q SearchQuery) (ProfilePage, error) {
	r, err := q.request()
	if err != nil {
		return ProfilePage{}, refuse(routeSearch, err)
	}
	return ask(ctx, c, Caller{}, r, q.read)
}

// UserSummary is the short card of one member, light and documented in full: the safest way to show
// somebody known by ID (docs: GetUserSummary). The news are left out. An answer about another member is
// ErrUnavailable.
//
// Scope: the project's key. Errors: ErrInvalid, ErrNotFound.
func (c *Client) UserSummary(ctx context.Context, id MemberID) (MemberCard, error) {
	if id <= 0 {
		return MemberCard{}, refuse(routeSummary, errNoID)
	}
	return ask(ctx, c, Caller{}, summaryRequest(id), readSummary(id))
}

func summaryRequest(id MemberID) request {
	return request{route: routeSummary, query: url.Values{"UserID": {id.String()}}}
}

func (q SearchQuery) request() (request, error) {
	shape, err := q.shape()
	if err != nil {
		return request{}, err
	}
	if q.ByPost {
		return request{route: routeSearchByPost, body: shape}, nil
	}
	query, err := queryFrom(shape)
	return request{route: routeSearch, query: query}, err
}

// shape checks the filters. The wire shape leaves out those without a value: to empty ones a public
// client got HTTP 500.
func (q SearchQuery) shape() (wire.ProfileSearch, error) {
	postcode := strings.TrimSpace(q.Postcode)
	switch {
	case q.PerPage < 0, q.PerPage > MaxPerPage, q.Page < 0:
		return wire.ProfileSearch{}, errPaging
	case q.Member < 0, q.CountryID < 0, q.RegionID < 0:
		return wire.ProfileSearch{}, errNoID
	case q.MinAge < 0, q.MaxAge < 0, q.MaxAge > 0 && q.MinAge > q.MaxAge,
		q.Miles < 0, q.Miles > MaxMiles, q.Miles > 0 && postcode == "":
		return wire.ProfileSearch{}, errFilter
	}
	return wire.ProfileSearch{
		Nickname: strings.TrimSpace(q.Nickname), UserID: int64(q.Member),
		IsPhoneChat: ifTrue(q.IsPhoneChat), IsEscort: ifTrue(q.IsEscort), IsWebcam: ifTrue(q.IsWebcam),
		GenderIDs: joined(q.Genders), OrientationIDs: joined(q.Orientations),
		CountryID: q.CountryID, RegionID: q.RegionID, Town: strings.TrimSpace(q.Town),
		MinAge: q.MinAge, MaxAge: q.MaxAge, LocationZipCode: postcode, LocationProximityMiles: q.Miles,
		OrderBy: q.OrderBy, ProfilesPerPage: q.PerPage, PageNumber: q.Page,
	}, nil
}

// queryFrom spells a flat wire shape as a query, so that both ways of searching share one list of names.
func queryFrom(shape any) (url.Values, error) {
	data, err := wire.Encode(shape)
	if err != nil {
		return nil, errNotJSON
	}
	query := url.Values{}
	for name, value := range partsOf(data) {
		text := string(value)
		if s := valueAs[string](value); s != nil {
			text = *s
		}
		query.Set(name, text)
	}
	return query, nil
}

// ifTrue is a filter that is sent only when it is set.
func ifTrue(b bool) *bool {
	if !b {
		return nil
	}
	return &b
}

// read reads one page. As with bookings, an answer without profiles where its own counters promise some,
// or that has no counters either, is not taken for an empty page.
func (q SearchQuery) read(body []byte) (ProfilePage, error) {
	w, err := decode[wire.ProfilePage](body)
	if err != nil {
		return ProfilePage{}, err
	}
	page := ProfilePage{Number: orZero(w.PageNumber), Count: orZero(w.PageCount), Total: orZero(w.ProfilesTotal)}
	if page.Count < 0 || page.Total < 0 {
		return ProfilePage{}, misread{at: "PageCount"}
	}
	promised := q.Page <= 1 && page.Total > 0
	if len(w.Profiles) == 0 && (promised || w.Profiles == nil && page.Number == 0) {
		return ProfilePage{}, misread{at: "Profiles"}
	}
	for _, row := range w.Profiles {
		card, err := cardFrom(row)
		if err != nil {
			return ProfilePage{}, err
		}
		page.Profiles = append(page.Profiles, card)
	}
	return page, nil
}

func readSummary(id MemberID) func([]byte) (MemberCard, error) {
	return func(body []byte) (MemberCard, error) {
		w, err := decode[wire.UserSummary](body)
		if err != nil {
			return MemberCard{}, err
		}
		card, err := cardFrom(w.User)
		if err == nil && card.ID != id {
			return MemberCard{}, misread{at: "User/UserID"}
		}
		return card, err
	}
}

func cardFrom(w wire.Profile) (MemberCard, error) {
	if w.UserID <= 0 {
		return MemberCard{}, misread{at: "UserID"}
	}
	counters := orZero(w.Ratings)
	card := MemberCard{
		ID: MemberID(w.UserID), Nickname: orZero(w.Nickname), Summary: orZero(w.Summary),
		Age: orZero(w.Age), Gender: orZero(w.Gender),
		Town: orZero(w.Town), County: orZero(w.County), Region: orZero(w.Region), Country: orZero(w.Country),
		IsPhoneChat: orZero(w.IsPhoneChat), AvailableNowPhoneChat: orZero(w.AvailableNowPhoneChat),
		IsDirectChat: orZero(w.IsDirectChat), IsBlacklisted: orZero(w.IsBlacklisted),
		Rating: orZero(counters.Total), Ratings: orZero(counters.Ratings), Positive: orZero(counters.Positive),
		Neutral: orZero(counters.Neutral), Negative: orZero(counters.Negative), Disputes: orZero(counters.Disputes),
		ProfileURL: orZero(w.ProfileURL), RatingsURL: orZero(w.RatingsURL),
	}
	if orZero(w.ProfileThumbnailSafe) {
		card.ThumbnailURL = orZero(w.ProfileThumbnailURL)
	}
	return card, nil
}

// readOpaque takes any JSON value as it comes.
func readOpaque(body []byte) (wire.Opaque, error) {
	body = trimReply(body)
	if !json.Valid(body) {
		return nil, misread{}
	}
	return wire.Opaque(body), nil
}
