package apisim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// ask sends a request as a member of a project that has a key as well.
func (w world) ask(as int64, method, target, body string) (int, string) {
	w.t.Helper()
	r := w.request(as, method, target, body)
	r.Header.Set("X-ApiKey", "demo-project-key")
	return w.do(r)
}

func loadContract(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../../apiclient/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// judge holds a JSON text against a schema.
func judge(schema *openapi3.SchemaRef, text string) error {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return schema.Value.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.MultiErrors())
}

func resourceOperations() map[string]operation {
	table := map[string]operation{}
	for _, list := range [][]operation{settingsOperations(), directOperations(), memberOperations()} {
		for _, op := range list {
			table[strings.ToLower(op.path)] = op
			if op.twin != "" {
				table[strings.ToLower(op.twin)] = op
			}
		}
	}
	return table
}

// Every path of the contract beside bookings and login has an operation, with its methods, its scope,
// and a key where the contract wants one; and there is no other.
func TestResourcesAreThoseOfTheContract(t *testing.T) {
	table := resourceOperations()
	var got int
	for path, item := range loadContract(t).Paths.Map() {
		op, known := table[strings.ToLower(path)]
		if !known {
			continue
		}
		got++
		for method, described := range item.Operations() {
			if method != op.method && method != op.also {
				t.Errorf("%s %s is refused", method, path)
			}
			for _, way := range *described.Security {
				scopes, member := way["unifiedLogin"]
				if op.key == member || member && strings.Join(scopes, " ") != op.scope {
					t.Errorf("%s: key %v, scope %q, want %v", path, op.key, op.scope, way)
				}
			}
		}
	}
	if got != len(table) || got != 29 {
		t.Errorf("%d paths are in the contract, %d in the table", got, len(table))
	}
}

const (
	savePlain    = `{"OfferDirectChat":false,"PhoneChatNumber":"+447700900456","PhoneChatPPM":1.5}`
	saveServices = `{"IsOfferingServices":true,"IsEscort":false,"IsWebcam":true,"IsPhoneChat":true,"IsSMSChat":false,"IsContent":false,"IsAlternative":false,"IsOtherServices":false}`
	saveCam      = `{"DoesFree":true,"AllowGuestFreePreview":false,"FreeTimeMins":10,"FreeTimePeriod":120,"DoesPrivate":true,"PrivatePPM":2.50,
		"ChatOnly":false,"DoesAudioPrivate":true,"DoesAudioGroup":false,"DoesAudioFree":false,"WebcamCategoryID":7,"ShowLiveThumbnail":true}`
	saveOffer = `{"OfferID":9021,"CurrentlyAvailable":false,"Title":"Half an hour","Duration":30,"TotalCredits":45.50,"ModeID":2}`
	addOffer2 = `{"CurrentlyAvailable":true,"Title":"Ten minutes","Duration":10,"TotalCredits":6,"ModeID":3,"AllowRateContinue":true}`
)

func TestRepliesKeepToTheContract(t *testing.T) {
	doc := loadContract(t)
	table := resourceOperations()
	w := newWorld(t, inGroup)
	w.AddBooking(Seed{Client: owl, Performer: velvet})
	seen := map[string]bool{}
	for _, tc := range []struct {
		as                        int64
		method, path, query, body string
		want                      int
	}{
		{velvet, get, "/v1/PhoneChat/GetSettings", "", "", 200},
		{moth, get, "/v1/PhoneChat/GetSettings", "", "", 200},
		{water, get, "/v1/PhoneChat/GetSettings", "", "", 200},
		{owl, get, "/v1/PhoneChat/GetSettings", "", "", 400},
		{velvet, post, "/v1/PhoneChat/SaveSettings", "", savePlain, 200},
		{lark, post, "/v1/PhoneChat/SaveSettings", "", `{"OfferDirectChat":true,"DirectChat":{"Odd":[1]},"PhoneChatPPM":2}`, 200},
		{velvet, post, "/v1/PhoneChat/SaveSettings", "", "{}", 400},
		{owl, get, "/v1/account/getServices", "", "", 200},
		{velvet, get, "/v1/account/getServices", "", "", 200},
		{velvet, put, "/v1/Account/UpdateServices", "", saveServices, 200},
		{velvet, put, "/v1/Account/UpdateServices", "", "{}", 400},
		{velvet, get, "/v1/Dashboard/GetDashboard", "Options=32", "", 400},
		{owl, get, "/v1/DirectChat/GetAllPINs", "", "", 200},
		{velvet, get, "/v1/DirectChat/GetAllPINs", "", "", 200},
		{velvet, get, "/v1/DirectCam/GetSettings", "", "", 200},
		{velvet, post, "/v1/DirectCam/SaveSettings", "", saveCam, 200},
		{owl, get, "/v1/DirectCam/GetSettings", "", "", 400},
		{velvet, get, "/v1/DirectCam/GetDirectCamSpecialOffers", "", "", 200},
		{owl, get, "/v1/DirectCam/GetDirectCamSpecialOffers", "UserID=771204", "", 200},
		{velvet, put, "/v1/DirectCam/UpdateDirectCamSpecialOffer", "", saveOffer, 200},
		{velvet, post, "/v1/DirectCam/AddDirectCamSpecialOffer", "", addOffer2, 200},
		{velvet, post, "/v1/DirectCam/DeleteDirectCamSpecialOffer", "", `{"OfferID":9021}`, 200},
		{owl, get, "/v1/HotLists/GetHotList", "ReturnMemberProfiles=true", "", 200},
		{owl, get, "/v1/HotLists/GetHotLists", "", "", 200},
		{owl, post, "/v1/HotLists/AddUserToHotList", "", `{"UserID":771750,"ListID":6600311}`, 200},
		{owl, post, "/v1/HotLists/RemoveUserFromHotList", "", `{"UserID":771750,"ListID":6600311}`, 200},
		{owl, post, "/v1/HotLists/AddUserToHotList", "", `{"UserID":1,"ListID":6600311}`, 400},
		{owl, get, "/v1/groups/getGroupDetails", "GroupID=977", "", 200},
		{owl, get, "/v1/groups/getGroupDetails", "GroupName=Amber+House&ReturnMembers=true&OrderBy=age-asc", "", 200},
		{owl, get, "/v1/search/searchProfiles", "", "", 200},
		{owl, get, "/v1/search/searchProfiles", "Nickname=", "", 500},
		{owl, post, "/v1/search/searchProfiles", "", `{"Nickname":"voice","IsPhoneChat":true}`, 200},
		{owl, get, "/v1/profile/getProfileDetails", "UserID=771204", "", 200},
		{owl, get, "/v1/profile/getProfileDetails", "UserID=771204&ReturnImages=true&ReturnContact=true", "", 200},
		{owl, get, "/v1/newsfeed/getUserSummary", "UserID=771204", "", 200},
		{owl, get, "/v1/newsfeed/getUserSummary", "UserID=5", "", 200},
		{owl, get, "/v1/profile/getRatings", "UserID=771204&ReturnOverview=true&ReturnFeedback=true", "", 200},
		{owl, get, "/v1/lists/getTopList", "Type=PhoneChatViews&DateRange=AllTime", "", 200},
		{owl, get, "/v1/lists/getTopList", "", "", 400},
	} {
		name := tc.method + " " + tc.path + "?" + tc.query
		described := doc.Paths.Value(tc.path).GetOperation(tc.method)
		if tc.body != "" && tc.want == http.StatusOK {
			if err := judge(described.RequestBody.Value.Content.Get("application/json").Schema, tc.body); err != nil {
				t.Errorf("%s: request: %v", name, err)
			}
		}
		status, reply := w.ask(tc.as, tc.method, tc.path+"?"+tc.query, tc.body)
		if status != tc.want {
			t.Errorf("%s: got %d, want %d: %s", name, status, tc.want, reply)
			continue
		}
		if status == http.StatusOK {
			seen[table[strings.ToLower(tc.path)].name] = true
		}
		content := described.Responses.Value(strconv.Itoa(status)).Value.Content.Get("application/json")
		if content == nil {
			if reply != "{}" {
				t.Errorf("%s: the contract knows no body, got %s", name, reply)
			}
			continue
		}
		if err := judge(content.Schema, reply); err != nil {
			t.Errorf("%s: %v\n%s", name, err, reply)
		}
	}
	for _, op := range table {
		if !seen[op.name] && op.name != OpGetDashboard { // that one needs scopes: see its own test
			t.Errorf("%s was never answered", op.name)
		}
	}
}

// inGroup adds a studio with a manager and two performers.
func inGroup(c *Config) {
	c.Members = append(
		c.Members,
		Member{ID: 5, Nickname: "HouseDesk", Token: "demo-manager", GroupID: 977, GroupName: "Amber House", IsGroupManager: true},
		Member{ID: 7, Nickname: "amberPine", Token: "demo-pine", GroupID: 977, GroupName: "Amber House", OffersPhoneChat: true, Methods: []int{1}, Positive: 1},
		Member{ID: 6, Nickname: "ZincRose", Token: "demo-rose", GroupID: 977, GroupName: "Amber House", OffersPhoneChat: true, Methods: []int{1}, Positive: 9},
	)
}

func TestSecondMethodsAreForThoseThatHaveOne(t *testing.T) {
	w := newWorld(t)
	for target, want := range map[string]int{
		"/v1/search/searchProfiles":     http.StatusOK,
		"/v1/groups/getGroupDetails":    http.StatusMethodNotAllowed,
		"/v1/Account/UpdateServices":    http.StatusMethodNotAllowed,
		"/v1/SEARCH/searchprofiles?a=1": http.StatusOK,
	} {
		if status, _ := w.ask(owl, http.MethodPost, target, `{"UserID":660031}`); status != want {
			t.Errorf("POST %s: got %d, want %d", target, status, want)
		}
	}
	if status, _ := w.ask(owl, http.MethodDelete, "/v1/search/searchProfiles", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: got %d", status)
	}
}

// refusals holds requests that are to be refused against the field that is to blame, "" for none.
func (w world) refusals(as int64, method, path string, cases map[string]struct{ body, blame string }) {
	w.t.Helper()
	for name, tc := range cases {
		w.t.Run(name, func(t *testing.T) {
			status, reply := w.ask(as, method, path, tc.body)
			if status != http.StatusBadRequest {
				t.Fatalf("got %d: %s", status, reply)
			}
			want := ""
			if tc.blame != "" {
				want = "request." + tc.blame
			}
			if got := blamed(t, reply); got != want {
				t.Errorf("blamed %q, want %q", got, want)
			}
		})
	}
}

// spoilt is a JSON object with one member replaced, or taken away if value is nil.
func spoilt(t *testing.T, object, field string, value any) string {
	t.Helper()
	m := read[map[string]any](t, object)
	if m[field] = value; value == nil {
		delete(m, field)
	}
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
