package apisim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

const (
	searchPath = "/v1/search/searchProfiles"
	groupPath  = "/v1/groups/getGroupDetails"
	topPath    = "/v1/lists/getTopList"
)

// asked are public questions that have to be refused with 400 and a field to blame.
func (w world) asked(path string, cases map[string]struct{ query, blame string }) {
	w.t.Helper()
	for name, tc := range cases {
		w.t.Run(name, func(t *testing.T) {
			status, body := w.ask(owl, get, path+"?"+tc.query, "")
			if status != http.StatusBadRequest {
				t.Fatalf("got %d: %s", status, body)
			}
			if got := blamed(t, body); got != "request."+tc.blame {
				t.Errorf("blamed %q", got)
			}
		})
	}
}

func nicknames(profiles []wire.Profile) []string {
	list := []string{}
	for _, p := range profiles {
		list = append(list, *p.Nickname)
	}
	return list
}

func TestSearch(t *testing.T) {
	w := newWorld(t, inGroup)
	for name, tc := range map[string]struct {
		query, body string
		want        []string
		total       int
	}{
		"part of a nickname":      {"Nickname=lvet", "", []string{"VelvetVoice"}, 1},
		"in any case":             {"NICKNAME=vELVET", "", []string{"VelvetVoice"}, 1},
		"nobody":                  {"Nickname=zz", "", []string{}, 0},
		"by number":               {"UserID=660031", "", []string{"NightOwl77"}, 1},
		"number nobody has":       {"UserID=4", "", []string{}, 0},
		"by number, no service":   {"UserID=660031&IsPhoneChat=true", "", []string{}, 0},
		"a service, false":        {"UserID=660031&IsPhoneChat=false", "", []string{"NightOwl77"}, 1},
		"all with phone chat":     {"IsPhoneChat=true", "", []string{"VelvetVoice", "QuietHarbour", "CopperLark", "SilverMoth", "StillWater", "amberPine", "ZincRose"}, 7},
		"webcam and a nickname":   {"IsWebcam=true&Nickname=lantern", "", []string{"PaperLantern"}, 1},
		"escorts":                 {"IsEscort=true", "", []string{}, 0},
		"second page":             {"IsPhoneChat=true&ProfilesPerPage=3&PageNumber=2", "", []string{"SilverMoth", "StillWater", "amberPine"}, 7},
		"page beyond the last":    {"IsPhoneChat=true&ProfilesPerPage=3&PageNumber=4", "", []string{}, 7},
		"filters without data":    {"Nickname=moth&GenderIDs=1,2&CountryID=158&Town=Leeds&MinAge=18&OrderBy=lastupdated", "", []string{"SilverMoth"}, 1},
		"distance with post code": {"Nickname=moth&LocationZipCode=LS1&LocationProximityMiles=10", "", []string{"SilverMoth"}, 1},
		"posted":                  {"", `{"nickname":"voice","IsPhoneChat":true,"ProfilesPerPage":1}`, []string{"VelvetVoice"}, 1},
		"posted, number":          {"", `{"UserID":771318}`, []string{"QuietHarbour"}, 1},
		"posted, last page":       {"", `{"IsPhoneChat":true,"ProfilesPerPage":6,"PageNumber":2}`, []string{"ZincRose"}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			method := get
			if tc.body != "" {
				method = post
			}
			status, body := w.ask(owl, method, searchPath+"?"+tc.query, tc.body)
			if status != http.StatusOK {
				t.Fatalf("got %d: %s", status, body)
			}
			page := read[wire.ProfilePage](t, body)
			if diff := cmp.Diff(tc.want, nicknames(page.Profiles)); diff != "" || *page.ProfilesTotal != tc.total {
				t.Errorf("%d in all (-want +got):\n%s", *page.ProfilesTotal, diff)
			}
		})
	}
}

func TestSearchRefused(t *testing.T) {
	w := newWorld(t)
	w.asked(searchPath, map[string]struct{ query, blame string }{
		"page of 101":        {"ProfilesPerPage=101", "ProfilesPerPage"},
		"page 0":             {"PageNumber=0", "PageNumber"},
		"number in words":    {"UserID=velvet", "UserID"},
		"service in words":   {"IsPhoneChat=maybe", "IsPhoneChat"},
		"genders in words":   {"GenderIDs=f", "GenderIDs"},
		"age in words":       {"MinAge=old", "MinAge"},
		"too far":            {"LocationProximityMiles=100&LocationZipCode=LS1", "LocationProximityMiles"},
		"distance from none": {"LocationProximityMiles=10", "LocationZipCode"},
	})
	for _, target := range []string{"Nickname=", "Nickname=moth&Town=", "UserID=", "IsPhoneChat="} {
		if status, _ := w.ask(owl, get, searchPath+"?"+target, ""); status != http.StatusInternalServerError {
			t.Errorf("%s: got %d", target, status)
		}
	}
	for body, want := range map[string]int{
		`{"Nickname":""}`:                 http.StatusInternalServerError,
		`{"UserID":null}`:                 http.StatusInternalServerError,
		`{"UserID":[1]}`:                  http.StatusBadRequest,
		`{"UserID":{}}`:                   http.StatusBadRequest,
		`{"UserID":771204,"userid":1}`:    http.StatusBadRequest,
		`[]`:                              http.StatusBadRequest,
		`{"Nickname":"secret","UserID":`:  http.StatusBadRequest,
		`{"PageNumber":1.5}`:              http.StatusBadRequest,
		`{"ProfilesPerPage":"secret-17"}`: http.StatusBadRequest,
	} {
		status, reply := w.ask(owl, post, searchPath, body)
		if status != want {
			t.Errorf("%s: got %d", body, status)
		}
		if strings.Contains(reply, "secret") {
			t.Errorf("the reply quotes what was sent: %s", reply)
		}
	}
}

func TestGroups(t *testing.T) {
	w := newWorld(t, inGroup)
	members := func(query string) []string {
		status, body := w.ask(5, get, groupPath+"?"+query, "")
		if status != http.StatusOK {
			t.Fatalf("%s: got %d: %s", query, status, body)
		}
		details := read[wire.GroupDetails](t, body)
		if *details.GroupID != 977 || *details.GroupName != "Amber House" || details.MembersTotal != nil && *details.MembersTotal != 3 {
			t.Errorf("%s: %s", query, body)
		}
		list := []string{}
		for _, m := range details.Members {
			list = append(list, *m.Nickname)
		}
		return list
	}
	for query, want := range map[string][]string{
		"GroupID=977": {},
		"GroupName=amber+house&ReturnMembers=false":                                 {},
		"GroupID=977&ReturnMembers=true":                                            {"HouseDesk", "amberPine", "ZincRose"},
		"groupid=977&GroupName=Amber+House&returnmembers=TRUE&OrderBy=registerdate": {"HouseDesk", "amberPine", "ZincRose"},
		"GroupID=977&ReturnMembers=true&OrderBy=nickname-asc":                       {"amberPine", "HouseDesk", "ZincRose"},
		"GroupID=977&ReturnMembers=true&OrderBy=nickname-desc":                      {"ZincRose", "HouseDesk", "amberPine"},
		"GroupID=977&ReturnMembers=true&OrderBy=rating":                             {"ZincRose", "amberPine", "HouseDesk"},
		"GroupID=977&ReturnMembers=true&MembersPerPage=2&PageNumber=2":              {"ZincRose"},
		"GroupID=977&ReturnMembers=true&PageNumber=2":                               {},
	} {
		if diff := cmp.Diff(want, members(query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	for _, query := range []string{"GroupID=1", "GroupName=Nowhere", "GroupID=977&GroupName=Nowhere"} {
		if status, _ := w.ask(5, get, groupPath+"?"+query, ""); status != http.StatusNotFound {
			t.Errorf("%s: got %d", query, status)
		}
	}
	w.asked(groupPath, map[string]struct{ query, blame string }{
		"neither":        {"ReturnMembers=true", "GroupID"},
		"empty name":     {"GroupName=", "GroupID"},
		"zero":           {"GroupID=0", "GroupID"},
		"in words":       {"GroupID=north", "GroupID"},
		"unknown order":  {"GroupID=977&OrderBy=luck", "OrderBy"},
		"page of 101":    {"GroupID=977&MembersPerPage=101", "MembersPerPage"},
		"members, maybe": {"GroupID=977&ReturnMembers=maybe", "ReturnMembers"},
		"images, maybe":  {"GroupID=977&ReturnImages=maybe", "ReturnImages"},
	})
}

func TestOneMember(t *testing.T) {
	w := newWorld(t, inGroup)
	_, card := w.ask(owl, get, "/v1/newsfeed/getUserSummary?UserID=771204", "")
	user := read[wire.UserSummary](t, card).User
	want := wire.Ratings{Counters: wire.Counters{Total: new(56), Positive: new(57), Neutral: new(2), Negative: new(1), Ratings: new(60), Disputes: new(0)}}
	if diff := cmp.Diff(&want, user.Ratings); diff != "" {
		t.Errorf("ratings (-want +got):\n%s", diff)
	}
	if *user.Nickname != "VelvetVoice" || !*user.IsPhoneChat || !*user.AvailableNowPhoneChat || user.ProfileThumbnailURL != nil {
		t.Errorf("card: %s", card)
	}
	_, card = w.ask(owl, get, "/v1/newsfeed/getUserSummary?UserID=5", "")
	if user = read[wire.UserSummary](t, card).User; !*user.InGroup || *user.GroupID != 977 || *user.GroupName != "Amber House" {
		t.Errorf("in a group: %s", card)
	}
	w.ask(velvet, post, saveSettingsPath, savePlain)
	if _, card = w.ask(owl, get, "/v1/newsfeed/getUserSummary?UserID=771204", ""); *read[wire.UserSummary](t, card).User.AvailableNowPhoneChat {
		t.Error("still available without DirectChat")
	}
	w.ask(water, put, updateServicesPath, spoilt(t, saveServices, "IsPhoneChat", false))
	_, card = w.ask(owl, get, "/v1/newsfeed/getUserSummary?UserID=771750", "")
	if user = read[wire.UserSummary](t, card).User; *user.IsPhoneChat || *user.IsDirectChat || *user.AvailableNowPhoneChat {
		t.Errorf("still available without phone chat: %s", card)
	}
	for query, want := range map[string]string{
		"UserID=5":      `{"UserID":5,"Nickname":"HouseDesk","IsPhoneChat":false,"AvailableNowPhoneChat":false}`,
		"UserID=771204": `{"UserID":771204,"Nickname":"VelvetVoice","IsPhoneChat":true,"AvailableNowPhoneChat":false}`,
		"UserID=771422&ReturnImages=true&ReturnContact=1": `{"UserID":771422,"Nickname":"CopperLark","IsPhoneChat":true,"AvailableNowPhoneChat":true,` +
			`"Images":{"HasImage1":false},"Contact":{"HasMobileNumber":false,"MobileNumber":null}}`,
	} {
		if _, got := w.ask(owl, get, "/v1/profile/getProfileDetails?"+query, ""); got != want {
			t.Errorf("%s: got %s", query, got)
		}
	}
	_, ratings := w.ask(owl, get, "/v1/profile/getRatings?UserID=771530&ReturnOverview=true&ReturnPhoneChatFeedback=true", "")
	wantRatings := `{"UserID":771530,"Overview":{"Total":0,"Positive":0,"Neutral":0,"Negative":0,"Ratings":0,"Disputes":0},` +
		`"PhoneChatFeedback":[],"PageCount":0,"PageNumber":1,"FeedbackTotal":0,"FeedbackPerPage":100}`
	if ratings != wantRatings {
		t.Errorf("ratings: got %s", ratings)
	}
	if _, posted := w.ask(owl, post, "/v1/profile/getRatings", `{"UserID":771530,"ReturnOverview":true,"ReturnPhoneChatFeedback":true}`); posted != wantRatings {
		t.Errorf("ratings by POST: got %s", posted)
	}
}

func TestOneMemberRefused(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/v1/newsfeed/getUserSummary", "/v1/profile/getProfileDetails", "/v1/profile/getRatings"} {
		w.asked(path, map[string]struct{ query, blame string }{
			path + " unnamed":  {"", "UserID"},
			path + " in words": {"UserID=velvet", "UserID"},
		})
		if status, _ := w.ask(owl, get, path+"?UserID=1", ""); status != http.StatusNotFound {
			t.Errorf("%s of nobody: got %d", path, status)
		}
	}
	w.asked("/v1/profile/getProfileDetails", map[string]struct{ query, blame string }{
		"images, maybe": {"UserID=771204&ReturnImages=maybe", "ReturnImages"},
	})
	w.asked("/v1/profile/getRatings", map[string]struct{ query, blame string }{
		"order":         {"UserID=771204&OrderBy=luck", "OrderBy"},
		"page of 1001":  {"UserID=771204&FeedbackPerPage=1001", "FeedbackPerPage"},
		"feedback, how": {"UserID=771204&ReturnFeedback=how", "ReturnFeedback"},
	})
}

func TestTopLists(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Members = append(c.Members, Member{ID: 9, Nickname: "ManyFoes", OffersPhoneChat: true, Positive: 100, Negative: 99})
	})
	for query, want := range map[string][]string{
		"Type=PhoneChatRatings&DateRange=AllTime":                                   {"CopperLark", "VelvetVoice", "StillWater", "QuietHarbour", "ManyFoes", "SilverMoth"},
		"Type=PhoneChatViews&DateRange=Today&NumberOfRecords=2":                     {"ManyFoes", "CopperLark"},
		"Type=PhoneChatViews&DateRange=LastWeek&NumberOfRecords=1&VATUserID=660031": {"ManyFoes"},
	} {
		_, body := w.ask(owl, get, topPath+"?"+query, "")
		if diff := cmp.Diff(want, nicknames(read[[]wire.Profile](t, body))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	w.asked(topPath, map[string]struct{ query, blame string }{
		"no type":           {"DateRange=AllTime", "Type"},
		"unknown type":      {"Type=MovieViews&DateRange=AllTime", "Type"},
		"no dates":          {"Type=PhoneChatViews", "DateRange"},
		"unknown dates":     {"Type=PhoneChatViews&DateRange=Soon", "DateRange"},
		"no records":        {"Type=PhoneChatViews&DateRange=Today&NumberOfRecords=0", "NumberOfRecords"},
		"VAT of an address": {"Type=PhoneChatViews&DateRange=Today&VATUserID=a", "VATUserID"},
	})
}
