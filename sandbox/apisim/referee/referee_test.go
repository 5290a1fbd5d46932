// Package referee holds the platform's replies against the contract, openapi.yaml. It is a folder of
// its own so that only it needs an OpenAPI library.
package referee

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"phonechatbot/sandbox/apisim"
)

const (
	owl    = int64(660031)
	velvet = int64(771204)
	moth   = int64(771530)

	owlToken    = "demo-client-nightowl-4b7e2f90"
	velvetToken = "demo-performer-velvet-91c3d6a8"
)

var start = time.Date(2027, 3, 2, 8, 15, 9, 250e6, time.UTC)

// referee calls the platform and judges both what is sent and what comes back.
type referee struct {
	t        *testing.T
	contract *openapi3.T
	platform *apisim.Platform
	seen     map[string]bool // operation and status
}

func newReferee(t *testing.T) *referee {
	t.Helper()
	loader := openapi3.NewLoader()
	contract, err := loader.LoadFromFile("../../../apiclient/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	platform := apisim.New(apisim.Config{
		Clock: apisim.NewClock(func() time.Time { return start }), Members: apisim.SeedMembers(),
	})
	return &referee{t, contract, platform, map[string]bool{}}
}

// call sends a request that the contract allows and answers the reply, which has to be as the
// contract says for its status.
func (r *referee) call(token, method, path, query, body string) string {
	r.t.Helper()
	item := r.contract.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		r.t.Fatalf("the contract has no %s %s", method, path)
	}
	operation := item.GetOperation(method)
	request := httptest.NewRequest(method, path+"?"+query, strings.NewReader(body))
	request.Header.Set("Authorization", "bearer "+token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	recorder := httptest.NewRecorder()
	r.platform.Handler().ServeHTTP(recorder, request)
	reply := recorder.Body.String()
	if recorder.Code == http.StatusOK && body != "" {
		r.judge(path+" request", operation.RequestBody.Value.Content.Get("application/json").Schema.Value, body)
	}
	response := operation.Responses.Status(recorder.Code)
	if response == nil {
		r.t.Errorf("%s: the contract has no answer %d", path, recorder.Code)
		return reply
	}
	r.seen[operation.OperationID+" "+strconv.Itoa(recorder.Code)] = true
	content := response.Value.Content.Get(recorder.Header().Get("Content-Type"))
	if content == nil {
		r.t.Errorf("%s %d: the contract has no %s", path, recorder.Code, recorder.Header().Get("Content-Type"))
		return reply
	}
	r.judge(fmt.Sprintf("%s %d", path, recorder.Code), content.Schema.Value, reply)
	return reply
}

func (r *referee) judge(what string, schema *openapi3.Schema, text string) {
	r.t.Helper()
	if err := valid(schema, text); err != nil {
		r.t.Errorf("%s: %v\n%s", what, err, text)
	}
}

func valid(schema *openapi3.Schema, text string) error {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	var value any
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return schema.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.MultiErrors())
}

const phoneChat = "/v1/PhoneChat/"

func (r *referee) get(token, path, query string) string {
	r.t.Helper()
	return r.call(token, http.MethodGet, path, query, "")
}

func (r *referee) post(token, name, body string) string {
	r.t.Helper()
	return r.call(token, http.MethodPost, phoneChat+name, "", body)
}

func (r *referee) look(id int64) {
	r.t.Helper()
	r.get(owlToken, phoneChat+"MadeBookingDetails", fmt.Sprintf("BookingID=%d", id))
	r.get(velvetToken, phoneChat+"ReceivedBookingDetails", fmt.Sprintf("BookingID=%d", id))
	r.get(owlToken, phoneChat+"MadeBookings", "OrderBy=nickname-asc&BookingsPerPage=100&StartDate=2027-01-01")
	r.get(velvetToken, phoneChat+"ReceivedBookings", "PageNumber=1")
}

func (r *referee) create() int64 {
	r.t.Helper()
	var booked struct{ BookingID int64 }
	reply := r.post(owlToken, "CreateBooking", `{"BookUserID":771204,"SessionDate":"2027-03-04 19:45","Duration":20,`+
		`"Method":1,"PhoneNumber":"07700900123","Credits":24.5,"AcceptBy":"2027-03-04 12:00"}`)
	if err := json.Unmarshal([]byte(reply), &booked); err != nil {
		r.t.Fatal(err)
	}
	r.look(booked.BookingID)
	return booked.BookingID
}

func TestRepliesKeepTheContract(t *testing.T) {
	r := newReferee(t)
	r.get(owlToken, "/v1/account/verifyCredentials", "")
	r.get(owlToken, "/v1/CreditHistory/GetCurrentCreditBalance", "")
	for _, id := range []int64{velvet, moth, owl} {
		r.get(owlToken, phoneChat+"GetUserBookingRequirements", fmt.Sprintf("BookUserID=%d", id))
	}

	confirmed := r.create()
	r.post(velvetToken, "AcceptReceivedBooking", fmt.Sprintf(`{"BookingID":%d,"Credits":30}`, confirmed))
	r.look(confirmed)
	r.post(owlToken, "ConfirmMadeBooking", fmt.Sprintf(`{"BookingID":%d}`, confirmed))
	r.look(confirmed)
	r.post(owlToken, "CancelMadeBooking", fmt.Sprintf(`{"BookingID":%d,"Reason":"Plans changed."}`, confirmed))
	r.look(confirmed)

	rejected := r.create()
	r.post(velvetToken, "RejectReceivedBooking", fmt.Sprintf(`{"BookingID":%d,"Reason":"Not free."}`, rejected))
	r.look(rejected)

	missed := r.platform.AddBooking(apisim.Seed{Client: owl, Performer: velvet, Session: start.Add(-time.Hour), Method: 2})
	r.look(missed)
	r.post(velvetToken, "ReInvite", fmt.Sprintf(`{"BookingID":%d}`, missed))
	r.look(missed)

	r.refusals(missed)
	for _, operation := range []string{
		"accountVerifyCredentials 200", "creditHistoryGetCurrentCreditBalance 200",
		"phoneChatGetUserBookingRequirements 200", "phoneChatGetUserBookingRequirements 400",
		"phoneChatCreateBooking 200", "phoneChatCreateBooking 400",
		"phoneChatMadeBookings 200", "phoneChatMadeBookings 400", "phoneChatMadeBookingDetails 200",
		"phoneChatReceivedBookings 200", "phoneChatReceivedBookings 400", "phoneChatReceivedBookingDetails 200",
		"phoneChatAcceptReceivedBooking 200", "phoneChatAcceptReceivedBooking 400",
		"phoneChatRejectReceivedBooking 200", "phoneChatRejectReceivedBooking 400",
		"phoneChatReInvite 200", "phoneChatReInvite 400",
		"phoneChatConfirmMadeBooking 200", "phoneChatConfirmMadeBooking 400",
		"phoneChatCancelMadeBooking 200", "phoneChatCancelMadeBooking 400",
		"accountVerifyCredentials 401", "accountVerifyCredentials 403", "accountVerifyCredentials 429", "accountVerifyCredentials 500",
	} {
		if !r.seen[operation] {
			t.Errorf("not judged: %s", operation)
		}
	}
}

// refusals asks for what may not be had.
func (r *referee) refusals(done int64) {
	r.t.Helper()
	r.post(owlToken, "CreateBooking", `{}`)
	r.get(owlToken, phoneChat+"MadeBookings", "OrderBy=price")
	r.get(velvetToken, phoneChat+"ReceivedBookings", "PageNumber=0")
	for _, name := range []string{"AcceptReceivedBooking", "RejectReceivedBooking", "ReInvite"} {
		r.post(velvetToken, name, fmt.Sprintf(`{"BookingID":%d,"Credits":1,"Reason":"x"}`, done))
	}
	for _, name := range []string{"ConfirmMadeBooking", "CancelMadeBooking"} {
		r.post(owlToken, name, fmt.Sprintf(`{"BookingID":%d,"Reason":"x"}`, done))
	}
	r.get("nobody", "/v1/account/verifyCredentials", "")
	for _, status := range []int{http.StatusForbidden, http.StatusTooManyRequests, http.StatusInternalServerError} {
		r.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultStatus, Status: status, Times: 1})
		r.get(owlToken, "/v1/account/verifyCredentials", "")
	}
}

// TestRefereeIsAwake shows that the judge does refuse what breaks the contract.
func TestRefereeIsAwake(t *testing.T) {
	r := newReferee(t)
	schema := r.contract.Components.Schemas["PhoneChatMadeBooking"].Value
	r.create()
	good := r.get(owlToken, phoneChat+"MadeBookingDetails", "BookingID=48213")
	for name, bad := range map[string]string{
		"credits in quotes":   strings.Replace(good, `"Credits":24.5`, `"Credits":"24.5"`, 1),
		"unknown status":      strings.Replace(good, `"Pending"`, `"Waiting"`, 1),
		"time with an offset": strings.Replace(good, `"2027-03-04T19:45:00"`, `"2027-03-04T19:45:00Z"`, 1),
		"null left out":       strings.Replace(good, `"AcceptedDate":null,`, ``, 1),
		"method as a word":    strings.Replace(good, `"Method":1`, `"Method":"1"`, 1),
	} {
		if bad == good {
			t.Errorf("%s: nothing was spoilt", name)
		}
		if valid(schema, bad) == nil {
			t.Errorf("%s: passes", name)
		}
	}
}
