package apiclient

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

func everyFilter() SearchQuery {
	return SearchQuery{
		Nickname: " Velvet & Voice ", Member: 771204, IsPhoneChat: true, IsEscort: true, IsWebcam: true,
		Genders: []int{2, 5}, Orientations: []int{1}, CountryID: CountryUK, RegionID: 3, Town: "Leeds",
		MinAge: 30, MaxAge: 40, Postcode: "LS1 1AA", Miles: 25, OrderBy: "lastupdated", PerPage: 100, Page: 2,
	}
}

func TestSearchRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		q    SearchQuery
		want url.Values
		body string
	}{
		"nothing":  {SearchQuery{}, url.Values{}, `{}`},
		"by name":  {SearchQuery{Nickname: "Velvet", IsPhoneChat: true}, url.Values{"Nickname": {"Velvet"}, "IsPhoneChat": {"true"}}, `{"Nickname":"Velvet","IsPhoneChat":true}`},
		"blanks":   {SearchQuery{Nickname: " ", Town: "\t", Postcode: " ", Genders: []int{}}, url.Values{}, `{}`},
		"a number": {SearchQuery{Nickname: "123"}, url.Values{"Nickname": {"123"}}, `{"Nickname":"123"}`},
		"all of them": {everyFilter(), url.Values{
			"Nickname": {"Velvet & Voice"}, "UserID": {"771204"}, "IsPhoneChat": {"true"}, "IsEscort": {"true"}, "IsWebcam": {"true"},
			"GenderIDs": {"2,5"}, "OrientationIds": {"1"}, "CountryID": {"158"}, "RegionID": {"3"}, "Town": {"Leeds"},
			"MinAge": {"30"}, "MaxAge": {"40"}, "LocationZipCode": {"LS1 1AA"}, "LocationProximityMiles": {"25"},
			"OrderBy": {"lastupdated"}, "ProfilesPerPage": {"100"}, "PageNumber": {"2"},
		}, `{"Nickname":"Velvet & Voice","UserID":771204,"IsPhoneChat":true,"IsEscort":true,"IsWebcam":true,"GenderIDs":"2,5",
			"OrientationIds":"1","CountryID":158,"RegionID":3,"Town":"Leeds","MinAge":30,"MaxAge":40,"LocationZipCode":"LS1 1AA",
			"LocationProximityMiles":25,"OrderBy":"lastupdated","ProfilesPerPage":100,"PageNumber":2}`},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := tc.q.request()
			if diff := cmp.Diff(tc.want, r.query); err != nil || diff != "" || r.route != routeSearch || r.body != nil {
				t.Errorf("%v %s", err, diff)
			}
			tc.q.ByPost = true
			r, err = tc.q.request()
			if err != nil || r.route != routeSearchByPost || r.query != nil || r.writes() {
				t.Errorf("by POST: %v, %+v", err, r)
			}
			data, err := wire.Encode(r.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(document(t, tc.body), document(t, string(data))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPublicCallsRefuseNonsense(t *testing.T) {
	c, p := connect(t, says(200, asJSON, `{}`))
	search := func(change func(*SearchQuery)) func(context.Context) error {
		q := everyFilter()
		change(&q)
		return func(ctx context.Context) error { return second(c.Search(ctx, q)) }
	}
	ratings := func(q RatingsQuery) func(context.Context) error {
		return func(ctx context.Context) error { return second(c.Ratings(ctx, q)) }
	}
	top := func(q TopListQuery) func(context.Context) error {
		return func(ctx context.Context) error { return second(c.TopList(ctx, q)) }
	}
	for name, call := range map[string]func(context.Context) error{
		"page size":           search(func(q *SearchQuery) { q.PerPage = 101 }),
		"negative size":       search(func(q *SearchQuery) { q.PerPage = -1 }),
		"negative page":       search(func(q *SearchQuery) { q.Page = -1 }),
		"negative member":     search(func(q *SearchQuery) { q.Member = -1 }),
		"negative country":    search(func(q *SearchQuery) { q.CountryID = -1 }),
		"negative region":     search(func(q *SearchQuery) { q.RegionID = -1 }),
		"unborn":              search(func(q *SearchQuery) { q.MinAge = -1 }),
		"below none":          search(func(q *SearchQuery) { q.MaxAge = -1 }),
		"older than younger":  search(func(q *SearchQuery) { q.MinAge = 41 }),
		"miles from nowhere":  search(func(q *SearchQuery) { q.Postcode = " " }),
		"too far":             search(func(q *SearchQuery) { q.Miles = 100 }),
		"backwards":           search(func(q *SearchQuery) { q.Miles = -1 }),
		"too far, by POST":    search(func(q *SearchQuery) { q.Miles, q.ByPost = 100, true }),
		"nobody's card":       func(ctx context.Context) error { return second(c.UserSummary(ctx, 0)) },
		"nobody's profile":    func(ctx context.Context) error { return second(c.Profile(ctx, -1, ProfileOptions{})) },
		"nobody's ratings":    ratings(RatingsQuery{}),
		"too much feedback":   ratings(RatingsQuery{Member: 1, PerPage: 1001}),
		"negative feedback":   ratings(RatingsQuery{Member: 1, PerPage: -1}),
		"feedback, page":      ratings(RatingsQuery{Member: 1, Page: -1}),
		"top of what":         top(TopListQuery{Range: Today}),
		"top of when":         top(TopListQuery{Type: TopPhoneChatViews}),
		"top of minus a half": top(TopListQuery{Type: TopPhoneChatViews, Range: Today, Count: -1}),
	} {
		check(t, name, call(t.Context()), ErrInvalid, 0)
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
}

const cardJSON = `{"UserID":771204,"NickName":"VelvetVoice","Age":33,"Gender":"Female","Summary":"Hello","Town":"Leeds","County":"West Yorkshire",
"Region":"Yorkshire","Country":"United Kingdom","IsPhoneChat":true,"AvailableNowPhoneChat":true,"IsDirectChat":true,"IsBlacklisted":true,
"ProfileThumbnailSafe":true,"ProfileThumbnailURL":"https://example.com/t.jpg","ProfileURL":"https://example.com/p","RatingsURL":"https://example.com/r",
"Ratings":{"Total":11,"Positive":12,"Neutral":2,"Negative":1,"Ratings":15,"Disputes":3}}`

func card() MemberCard {
	return MemberCard{
		ID: 771204, Nickname: "VelvetVoice", Age: 33, Gender: "Female", Summary: "Hello", Town: "Leeds", County: "West Yorkshire",
		Region: "Yorkshire", Country: "United Kingdom", IsPhoneChat: true, AvailableNowPhoneChat: true, IsDirectChat: true,
		IsBlacklisted: true, Rating: 11, Ratings: 15, Positive: 12, Neutral: 2, Negative: 1, Disputes: 3,
		ThumbnailURL: "https://example.com/t.jpg", ProfileURL: "https://example.com/p", RatingsURL: "https://example.com/r",
	}
}

func TestSearchPages(t *testing.T) {
	bare := MemberCard{ID: 8}
	for name, tc := range map[string]struct {
		answer string
		page   int
		want   ProfilePage
	}{
		"two":          {`{"PageCount":3,"PageNumber":1,"ProfilesTotal":5,"ProfilesPerPage":2,"Profiles":[` + cardJSON + `,{"UserID":8,"Nickname":null,"Ratings":null}]}`, 1, ProfilePage{[]MemberCard{card(), bare}, 1, 3, 5}},
		"no counters":  {`{"profiles":[{"userid":8}]}`, 1, ProfilePage{Profiles: []MemberCard{bare}}},
		"nobody":       {`{"PageCount":0,"PageNumber":1,"ProfilesTotal":0,"Profiles":[]}`, 1, ProfilePage{Number: 1}},
		"null nobody":  {`{"PageNumber":1,"Profiles":null}`, 1, ProfilePage{Number: 1}},
		"past the end": {`{"PageCount":1,"PageNumber":2,"ProfilesTotal":5,"Profiles":[]}`, 2, ProfilePage{nil, 2, 1, 5}},
	} {
		got, err := SearchQuery{Page: tc.page}.read([]byte(tc.answer))
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for name, tc := range map[string]struct{ answer, at string }{
		"promised":      {`{"PageCount":1,"PageNumber":1,"ProfilesTotal":2,"Profiles":[]}`, "Profiles"},
		"no page":       {`{"Message":"hello"}`, "Profiles"},
		"negative":      {`{"PageCount":-1,"Profiles":[]}`, "PageCount"},
		"nobody's card": {`{"Profiles":[{"Nickname":"x"}]}`, "UserID"},
		"a text":        {`{"Profiles":[{"UserID":8,"Age":"old"}]}`, "Profiles/0/Age"},
	} {
		_, err := SearchQuery{}.read([]byte(tc.answer))
		misreadAt(t, name, err, tc.at)
	}
}

func misreadAt(t *testing.T, name string, err error, at string) {
	t.Helper()
	var wrong misread
	if !errors.As(err, &wrong) || wrong.at != at {
		t.Errorf("%s: %v, want it at %q", name, err, at)
	}
}

func TestUserSummary(t *testing.T) {
	r := summaryRequest(771204)
	if diff := cmp.Diff(url.Values{"UserID": {"771204"}}, r.query); diff != "" || r.route != routeSummary {
		t.Errorf("%s %s", r.path, diff)
	}
	got, err := readSummary(771204)([]byte(`{"User":` + cardJSON + `,"Summary":[{"News":"x"}]}`))
	if diff := cmp.Diff(card(), got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for name, tc := range map[string]struct{ answer, at string }{
		"another":   {`{"User":{"UserID":8}}`, "User/UserID"},
		"nobody":    {`{"Summary":[]}`, "UserID"},
		"null":      {`null`, "UserID"},
		"not JSON":  {`VelvetVoice`, ""},
		"no object": {`{"User":"VelvetVoice"}`, "User"},
	} {
		_, err := readSummary(771204)([]byte(tc.answer))
		misreadAt(t, name, err, tc.at)
	}
}

// A picture is shown only when the platform says that anyone may see it.
func TestThumbnailsThatNotEverybodyMaySee(t *testing.T) {
	for _, safe := range []string{`false`, `null`} {
		got, err := readSummary(771204)([]byte(`{"User":` + strings.Replace(cardJSON, `Safe":true`, `Safe":`+safe, 1) + `}`))
		if err != nil || got.ID != 771204 || got.ThumbnailURL != "" {
			t.Errorf("%s: %q, %v", safe, got.ThumbnailURL, err)
		}
	}
}
