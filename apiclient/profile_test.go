package apiclient

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

func TestProfileRequests(t *testing.T) {
	everything := RatingsQuery{
		Member: 771204, Overview: true, Ratings: true, Feedback: true, PhoneChatFeedback: true,
		OrderBy: OldestRatingFirst, PerPage: 1000, Page: 2,
	}
	made := func(r request, err error) request {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		return r
	}
	for name, tc := range map[string]struct {
		r    request
		is   route
		want url.Values
	}{
		"profile":          {ProfileOptions{}.request(771204), routeProfile, url.Values{"UserID": {"771204"}}},
		"profile, all":     {ProfileOptions{Images: true, Contact: true}.request(771204), routeProfile, url.Values{"UserID": {"771204"}, "ReturnImages": {"true"}, "ReturnContact": {"true"}}},
		"profile, contact": {ProfileOptions{Contact: true}.request(8), routeProfile, url.Values{"UserID": {"8"}, "ReturnContact": {"true"}}},
		"ratings":          {made(RatingsQuery{Member: 771204}.request()), routeRatings, url.Values{"UserID": {"771204"}}},
		"ratings, phone":   {made(RatingsQuery{Member: 8, PhoneChatFeedback: true}.request()), routeRatings, url.Values{"UserID": {"8"}, "ReturnPhoneChatFeedback": {"true"}}},
		"ratings, all": {made(everything.request()), routeRatings, url.Values{
			"UserID": {"771204"}, "ReturnOverview": {"true"}, "ReturnRatings": {"true"}, "ReturnFeedback": {"true"},
			"ReturnPhoneChatFeedback": {"true"}, "OrderBy": {"ratingdate-asc"}, "FeedbackPerPage": {"1000"}, "PageNumber": {"2"},
		}},
		"top list":      {made(TopListQuery{Type: TopPhoneChatRatings, Range: LastMonth}.request()), routeTopList, url.Values{"Type": {"PhoneChatRatings"}, "DateRange": {"LastMonth"}}},
		"top list of 3": {made(TopListQuery{TopPhoneChatViews, AllTime, 3}.request()), routeTopList, url.Values{"Type": {"PhoneChatViews"}, "DateRange": {"AllTime"}, "NumberOfRecords": {"3"}}},
	} {
		if diff := cmp.Diff(tc.want, tc.r.query); diff != "" || tc.r.route != tc.is {
			t.Errorf("%s: to %s %s", name, tc.r.path, diff)
		}
	}
}

func TestProfileAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		answer string
		want   ProfileDetails
	}{
		"plain": {
			`{"UserID":771204,"Nickname":"VelvetVoice","IsPhoneChat":true,"AvailableNowPhoneChat":true}`,
			ProfileDetails{ID: 771204, Nickname: "VelvetVoice", IsPhoneChat: true, AvailableNowPhoneChat: true},
		},
		"more of it":  {`{"UserID":771204,"Hair":{"Colour":"red"}}`, ProfileDetails{ID: 771204, More: wire.More(`{"Hair":{"Colour":"red"}}`)}},
		"name alone":  {`{"nickName":"VelvetVoice"}`, ProfileDetails{ID: 771204, Nickname: "VelvetVoice"}},
		"a number":    {`{"UserID":771204,"Contact":{"hasMobileNumber":true,"MobileNumber":"07700900123"}}`, ProfileDetails{ID: 771204, MobileNumber: "07700900123"}},
		"no number":   {`{"UserID":771204,"Contact":{"HasMobileNumber":false,"MobileNumber":"07700900123"}}`, ProfileDetails{ID: 771204}},
		"null parts":  {`{"UserID":771204,"Contact":null,"Images":null}`, ProfileDetails{ID: 771204}},
		"odd parts":   {`{"UserID":771204,"Contact":[1],"Images":"none"}`, ProfileDetails{ID: 771204}},
		"odd numbers": {`{"UserID":771204,"Contact":{"HasMobileNumber":true,"MobileNumber":7700900123}}`, ProfileDetails{ID: 771204}},
		"pictures": {
			`{"UserID":771204,"Images":{"HasImage1":true,"Image1Safe":false,"Image1LargeURL":"https://example.com/1",
			"HasImage2":true,"Image2Safe":true,"Image2ThumbnailURL":"t2","Image2MediumURL":"m2","image2largeurl":"l2","Image2SquareURL":"s2","Image2Description":"d2",
			"HasImage3":false,"Image3Safe":true,"Image3LargeURL":"l3","HasImage4":true,"Image4LargeURL":"l4","HasImage5":true,"Image5Safe":true,"Image5LargeURL":null,"Image5Description":"d5"}}`,
			ProfileDetails{ID: 771204, Pictures: []Picture{{"t2", "m2", "l2", "s2", "d2"}}},
		},
	} {
		got, err := readProfile(771204)([]byte(tc.answer))
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for name, tc := range map[string]struct{ answer, at string }{
		"another": {`{"UserID":8,"Nickname":"Petal"}`, "UserID"},
		"nobody":  {`{"Message":"hello"}`, "UserID"},
		"null":    {`null`, "UserID"},
		"a text":  {`"VelvetVoice"`, ""},
	} {
		_, err := readProfile(771204)([]byte(tc.answer))
		misreadAt(t, name, err, tc.at)
	}
}

func TestOpaqueAnswers(t *testing.T) {
	for in, want := range map[string]string{
		`{"Total": 1.50}`: `{"Total": 1.50}`, "\ufeff [1] ": `[1]`, `299`: `299`, `null`: `null`, ``: "", `{"a":`: "", `VelvetVoice`: "",
	} {
		got, err := readOpaque([]byte(in))
		if (err == nil) != (want != "") || string(got) != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}
