package contract

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"phonechatbot/apiclient"
)

// roundTrip makes a function an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// answers gives every request the same reply.
func answers(status int, kind, body string) http.RoundTripper {
	return roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Body: io.NopCloser(strings.NewReader(body)),
			Header: http.Header{"Content-Type": {kind}, "Date": {start.Format(http.TimeFormat)}},
		}, nil
	})
}

// request is what a referee is shown; its headers are those that belong there, and then the odd ones.
type request struct {
	method, target, body string
	headers              map[string]string // "" takes one away
}

func (q request) made(t *testing.T) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), q.method, "http://localhost"+q.target, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"bearer token"}, "Accept": {"application/json"}, "X-Maskimages": {"1"}}
	if q.method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range q.headers {
		req.Header.Del(name)
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	return req
}

const (
	sound    = `"BookUserID":1,"SessionDate":"2027-03-04 19:45","Duration":20,"Method":2,"Credits":1,"AcceptBy":"2027-03-04 12:00"`
	create   = "/v1/PhoneChat/CreateBooking"
	accept   = "/v1/PhoneChat/AcceptReceivedBooking"
	made     = "/v1/PhoneChat/MadeBookings"
	token    = "/OAuth/token"
	emptyOne = `{"PageCount":0,"PageNumber":1,"BookingsTotal":0,"BookingsPerPage":50,"Bookings":[]}`
)

// A referee that lets everything pass is none: what breaks the contract must be noticed.
func TestSpoiltRequestsAreNoticed(t *testing.T) {
	book := readRulebook(t)
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Authorization": ""}
	key := map[string]string{"Authorization": "", "X-ApiKey": "key"}
	swapped := func(old, now string) string { return "{" + strings.Replace(sound, old, now, 1) + "}" }
	for name, q := range map[string]request{
		"unknown path":              {"GET", "/v1/PhoneChat/Nothing", "", nil},
		"path in another case":      {"GET", strings.ToLower(made), "", nil},
		"wrong method":              {"GET", create, "", nil},
		"missing parameter":         {"GET", "/v1/PhoneChat/MadeBookingDetails", "", nil},
		"a twin without its member": {"GET", "/v1/Groups/PhoneChat/MadeBookings", "", nil},
		"parameter of a type":       {"GET", "/v1/PhoneChat/MadeBookingDetails?BookingID=x", "", nil},
		"too large a page":          {"GET", made + "?BookingsPerPage=101", "", nil},
		"unknown order":             {"GET", made + "?OrderBy=random", "", nil},
		"unknown parameter":         {"GET", made + "?Status=Pending", "", nil},
		"parameter twice":           {"GET", made + "?PageNumber=1&PageNumber=2", "", nil},
		"empty filter":              {"GET", "/v1/search/searchProfiles?Nickname=", "", key},
		"not a day":                 {"GET", made + "?StartDate=2027-03-01+10:00", "", nil},
		"no token":                  {"GET", made, "", map[string]string{"Authorization": ""}},
		"Bearer in capitals":        {"GET", made, "", map[string]string{"Authorization": "Bearer token"}},
		"key beside the token":      {"GET", made, "", map[string]string{"X-ApiKey": "key"}},
		"public without a key":      {"GET", "/v1/newsfeed/getUserSummary?UserID=1", "", map[string]string{"Authorization": ""}},
		"public with a token":       {"GET", "/v1/newsfeed/getUserSummary?UserID=1", "", map[string]string{"X-ApiKey": "key"}},
		"key in the query":          {"GET", "/v1/newsfeed/getUserSummary?UserID=1&apiKey=key", "", map[string]string{"Authorization": ""}},
		"any reply will do":         {"GET", made, "", map[string]string{"Accept": "*/*"}},
		"pictures for anyone":       {"GET", "/v1/newsfeed/getUserSummary?UserID=1", "", map[string]string{"Authorization": "", "X-ApiKey": "key", "X-MaskImages": ""}},
		"header of nobody":          {"GET", made, "", map[string]string{"X-Session": "1"}},
		"header of others":          {"GET", "/v1/DirectChat/GetAllPINs", "", map[string]string{"X-CaseType": "camelcase"}},
		"a body with a read":        {"GET", made, `{"PageNumber":1}`, map[string]string{"Content-Type": "application/json"}},
		"body of another type":      {"POST", create, swapped("", ""), map[string]string{"Content-Type": "text/plain"}},
		"no body":                   {"POST", accept, "", nil},
		"credits as text":           {"POST", accept, `{"BookingID":1,"Credits":"25"}`, nil},
		"no credits":                {"POST", accept, `{"BookingID":1}`, nil},
		"a member twice":            {"POST", accept, `{"BookingID":1,"Credits":25,"Credits":26}`, nil},
		"unknown member":            {"POST", accept, `{"BookingID":1,"Credits":25,"Reason":"x"}`, nil},
		"no reason":                 {"POST", "/v1/PhoneChat/RejectReceivedBooking", `{"BookingID":1}`, nil},
		"IDs as a list":             {"POST", "/v1/PhoneChat/DeleteMadeBookings", `{"BookingIDs":[1,2]}`, nil},
		"IDs with blanks":           {"POST", "/v1/PhoneChat/DeleteMadeBookings", `{"BookingIDs":"1, 2"}`, nil},
		"method 1 and no phone":     {"POST", create, swapped(`"Method":2`, `"Method":1`), nil},
		"method 3 and no Skype":     {"POST", create, swapped(`"Method":2`, `"Method":3`), nil},
		"a time with a T":           {"POST", create, swapped("04 19", "04T19"), nil},
		"a time with seconds":       {"POST", create, swapped("19:45", "19:45:00"), nil},
		"too short":                 {"POST", create, swapped(":20", ":4"), nil},
		"DirectChat without it":     {"POST", "/v1/PhoneChat/SaveSettings", `{"OfferDirectChat":true,"PhoneChatPPM":1}`, nil},
		"DirectChat, switched off":  {"POST", "/v1/PhoneChat/SaveSettings", `{"OfferDirectChat":false,"PhoneChatPPM":1,"DirectChat":{}}`, nil},
		"cheap offer":               {"PUT", "/v1/DirectCam/UpdateDirectCamSpecialOffer", `{"OfferID":1,"CurrentlyAvailable":true,"Title":"x","Duration":5,"TotalCredits":4,"ModeID":2}`, nil},
		"tokens by JSON":            {"POST", token, `{"grant_type":"refresh_token","client_id":"a","client_secret":"b","refresh_token":"c"}`, nil},
		"no secret":                 {"POST", token, "grant_type=refresh_token&client_id=a&refresh_token=c", form},
		"no refresh token":          {"POST", token, "grant_type=refresh_token&client_id=a&client_secret=b", form},
		"code without its address":  {"POST", token, "grant_type=authorization_code&client_id=a&client_secret=b&code=c", form},
		"unknown grant":             {"POST", token, "grant_type=password&client_id=a&client_secret=b", form},
		"unknown field":             {"POST", token, "grant_type=refresh_token&client_id=a&client_secret=b&refresh_token=c&scope=d", form},
		"login for nothing":         {"GET", "/OAuth/Authorize?response_type=none&client_id=a&redirect_uri=http://localhost", "", map[string]string{"Authorization": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			complaints, reached := 0, false
			r := &referee{
				rulebook: book, tally: newTally(), complain: func(error) { complaints++ }, trusting: true,
				next: roundTrip(func(req *http.Request) (*http.Response, error) {
					reached = true
					return answers(http.StatusOK, "application/json", "{}").RoundTrip(req)
				}),
			}
			if _, err := r.RoundTrip(q.made(t)); err == nil || complaints != 1 || reached {
				t.Errorf("let pass: %v, %d complaints, reached %v", err, complaints, reached)
			}
		})
	}
}

// Nor is one that lets nothing pass: each oddity above is the only one.
func TestSoundExchangesPass(t *testing.T) {
	book := readRulebook(t)
	for name, tc := range map[string]struct {
		request
		status     int
		kind, body string
	}{
		"list":               {request{"GET", made, "", nil}, 200, "application/json; charset=utf-8", emptyOne},
		"camelCase":          {request{"GET", made, "", map[string]string{"X-CaseType": "camelcase"}}, 200, "application/json", strings.ToLower(emptyOne[:3]) + `ageCount":0,"pageNumber":1,"bookingsTotal":0,"bookingsPerPage":50,"bookings":[]}`},
		"refusal":            {request{"POST", create, "{" + sound + "}", nil}, 400, "application/json", `{"Message":"No."}`},
		"undocumented":       {request{"POST", create, "{" + sound + "}", nil}, 404, "application/json", `{"Message":"No."}`},
		"without content":    {request{"POST", "/v1/HotLists/AddUserToHotList", `{"UserID":1,"ListID":2}`, nil}, 200, "application/json", `true`},
		"with no content":    {request{"POST", "/v1/HotLists/AddUserToHotList", `{"UserID":1,"ListID":2}`, nil}, 200, "application/json", ``},
		"public":             {request{"GET", "/v1/newsfeed/getUserSummary?UserID=1", "", map[string]string{"Authorization": "", "X-ApiKey": "k"}}, 401, "application/json", `{"Message":"No."}`},
		"what nobody knows":  {request{"GET", made, "", nil}, 200, "application/json", strings.Replace(emptyOne, "{", `{"More":1,`, 1)},
		"refused at sign-in": {request{"POST", token, "grant_type=refresh_token&client_id=a&client_secret=b&refresh_token=c", map[string]string{"Authorization": "", "Content-Type": "application/x-www-form-urlencoded"}}, 401, "application/json", `{"error":"refresh_token_has_expired"}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := &referee{
				rulebook: book, tally: newTally(), complain: func(err error) { t.Error(err) },
				next: answers(tc.status, tc.kind, tc.body),
			}
			resp, err := r.RoundTrip(tc.made(t))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(resp.Body); err != nil || string(got) != tc.body {
				t.Errorf("handed on %q, %v", got, err)
			}
		})
	}
}

func TestSpoiltRepliesAreNoticed(t *testing.T) {
	book := readRulebook(t)
	w := newWorld(t, book, newTally(), nil)
	id := must[apiclient.Booking](t)(w.CreateBooking(t.Context(), w.as(owl), w.wish())).ID
	var complaints []error
	var spoil func(*http.Response, []byte) []byte
	w.referee.complain = func(err error) { complaints = append(complaints, err) }
	w.referee.next = spoiling{w.referee.next, func(resp *http.Response, body []byte) []byte { return spoil(resp, body) }}
	swap := func(old, now string) func(*http.Response, []byte) []byte {
		return func(_ *http.Response, body []byte) []byte { return bytes.Replace(body, []byte(old), []byte(now), 1) }
	}
	for name, how := range map[string]func(*http.Response, []byte) []byte{
		"credits in quotes":   swap(`"Credits":25`, `"Credits":"25"`),
		"unknown status":      swap(`"Pending"`, `"Waiting"`),
		"time with an offset": swap(`"2027-03-04T08:15:00"`, `"2027-03-04T08:15:00Z"`),
		"time with a blank":   swap(`"2027-03-04T08:15:00"`, `"2027-03-04 08:15:00"`),
		"null left out":       swap(`"AcceptedDate":null,`, ``),
		"method as a word":    swap(`"Method":1`, `"Method":"1"`),
		"null for a number":   swap(`"Positive":57`, `"Positive":null`),
		"cut in half":         func(_ *http.Response, body []byte) []byte { return body[:len(body)/2] },
		"nothing":             func(*http.Response, []byte) []byte { return nil },
		"no date":             func(resp *http.Response, body []byte) []byte { resp.Header.Del("Date"); return body },
		"a page": func(resp *http.Response, body []byte) []byte {
			resp.Header.Set("Content-Type", "text/html")
			return body
		},
		"created, not OK":             func(resp *http.Response, body []byte) []byte { resp.StatusCode = 201; return body },
		"a redirect":                  func(resp *http.Response, body []byte) []byte { resp.StatusCode = 302; return body },
		"a refusal without a message": func(resp *http.Response, _ []byte) []byte { resp.StatusCode = 400; return []byte(`{}`) },
		"nowhere, without a message":  func(resp *http.Response, _ []byte) []byte { resp.StatusCode = 404; return []byte(`{}`) },
		"nowhere, and not even JSON":  func(resp *http.Response, _ []byte) []byte { resp.StatusCode = 404; return []byte(`no`) },
		"fields that are no list": func(resp *http.Response, _ []byte) []byte {
			resp.StatusCode = 400
			return []byte(`{"Message":"x","ModelState":{"a":"b"}}`)
		},
		"wait until somewhat later on": func(resp *http.Response, _ []byte) []byte {
			resp.StatusCode = 429
			resp.Header.Set("Retry-After", "soon")
			return []byte(`{"Message":"x"}`)
		},
	} {
		complaints, spoil = nil, how
		c := w.connect(t, apiclient.Config{Retries: -1}, w.referee)  // no call waits for what another was told
		_, _ = c.Booking(t.Context(), w.as(owl), apiclient.Made, id) // whatever the client makes of it
		if len(complaints) != 1 {
			t.Errorf("%s: complaints %v", name, complaints)
		}
	}
	complaints, spoil = nil, func(_ *http.Response, body []byte) []byte { return body }
	must[apiclient.Booking](t)(w.Booking(t.Context(), w.as(owl), apiclient.Made, id))
	camel := w.connect(t, apiclient.Config{Retries: -1}, inCamelCase{w.referee})
	spoil = swap(`"status"`, `"Status"`)
	_, _ = camel.Booking(t.Context(), w.as(owl), apiclient.Made, id)
	if len(complaints) != 1 {
		t.Errorf("PascalCase among camelCase: complaints %v", complaints)
	}
}

// spoiling changes replies on their way to the referee.
type spoiling struct {
	next http.RoundTripper
	how  func(*http.Response, []byte) []byte
}

func (s spoiling) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(s.how(resp, body)))
	return resp, nil
}
