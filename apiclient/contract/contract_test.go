package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"golang.org/x/time/rate"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
)

// referee stands where the network would be: it holds each request against the document, and answers
// with the document's own example, which it checks as well.
type referee struct {
	router  routers.Router
	answers map[string]string // by operation
	seen    map[string]int
	invalid error
}

func newReferee(t *testing.T) *referee {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	doc.Servers = openapi3.Servers{{URL: "http://localhost"}}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatalf("router: %v", err)
	}
	made := example(t, doc, "PhoneChatMadeBooking")
	received := example(t, doc, "PhoneChatReceivedBooking")
	page := `{"PageCount":1,"PageNumber":1,"BookingsTotal":1,"BookingsPerPage":50,"Bookings":[%s]}`
	return &referee{router: router, seen: map[string]int{}, answers: map[string]string{
		"accountVerifyCredentials":             example(t, doc, "VerifiedUser"),
		"creditHistoryGetCurrentCreditBalance": "112.5",
		"phoneChatGetUserBookingRequirements":  example(t, doc, "PhoneChatUserBookingRequirements"),
		"phoneChatCreateBooking":               made,
		"phoneChatMadeBookings":                fmt.Sprintf(page, made),
		"phoneChatMadeBookingDetails":          made,
		"phoneChatReceivedBookings":            fmt.Sprintf(page, received),
		"phoneChatReceivedBookingDetails":      received,
		"phoneChatAcceptReceivedBooking":       received,
		"phoneChatRejectReceivedBooking":       received,
		"phoneChatReInvite":                    received,
	}}
}

// example is the first example of a schema, as JSON.
func example(t *testing.T, doc *openapi3.T, schema string) string {
	t.Helper()
	data, err := json.Marshal(doc.Components.Schemas[schema].Value.Examples[0])
	if err != nil {
		t.Fatalf("%s: %v", schema, err)
	}
	return string(data)
}

func (r *referee) RoundTrip(req *http.Request) (*http.Response, error) {
	route, params, err := r.router.FindRoute(req)
	if err != nil {
		r.invalid = fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, err)
		return nil, r.invalid
	}
	operation := route.Operation.OperationID
	r.seen[operation]++
	input := &openapi3filter.RequestValidationInput{
		Request: req, Route: route, PathParams: params,
		Options: &openapi3filter.Options{AuthenticationFunc: bearer, MultiError: true},
	}
	if err := openapi3filter.ValidateRequest(req.Context(), input); err != nil {
		r.invalid = fmt.Errorf("request %s: %w", operation, err)
		return nil, r.invalid
	}
	for name := range req.URL.Query() {
		if route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			r.invalid = fmt.Errorf("request %s: no parameter %s", operation, name)
			return nil, r.invalid
		}
	}
	header, body := http.Header{"Content-Type": {"application/json"}}, []byte(r.answers[operation])
	if err := openapi3filter.ValidateResponse(req.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: http.StatusOK, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
	}); err != nil {
		r.invalid = fmt.Errorf("answer %s: %w", operation, err)
		return nil, r.invalid
	}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

// bearer is the one way of the document to act for a member.
func bearer(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	got := input.RequestValidationInput.Request.Header.Get("Authorization")
	if input.SecuritySchemeName != "unifiedLogin" || got != "bearer token" {
		return errors.New("not the bearer token")
	}
	return nil
}

func TestRequestsAndAnswersKeepToTheContract(t *testing.T) {
	r := newReferee(t)
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	c, err := apiclient.New(apiclient.Config{
		BaseURL: "http://localhost", Location: loc, Transport: r, Rate: rate.Inf, Retries: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range calls(t.Context(), c, loc) {
		r.invalid = nil
		if err := call(); err != nil || r.invalid != nil {
			t.Errorf("%s: %v (%v)", name, err, r.invalid)
		}
	}
	for operation := range r.answers {
		if r.seen[operation] == 0 {
			t.Errorf("%s was never called", operation)
		}
	}
}

// calls are all operations of the client, in the shapes that differ on the wire.
func calls(ctx context.Context, c *apiclient.Client, loc *time.Location) map[string]func() error {
	token := secret.New("token")
	booking := func(method apiclient.Method) func() error {
		return func() error {
			_, err := c.CreateBooking(ctx, token, apiclient.NewBooking{
				Performer: 771204, Session: time.Date(2027, 3, 4, 19, 45, 0, 0, loc), Duration: 20, Method: method,
				PhoneNumber: "07700900123", SkypeName: "live:example", Credits: apiclient.WholeCredits(25),
				AcceptBy: time.Date(2027, 3, 4, 12, 0, 0, 0, loc), Comments: "Evening suits me best.",
			})
			return err
		}
	}
	list := func(side apiclient.Side, q apiclient.ListQuery) func() error {
		return func() error { _, err := c.ListBookings(ctx, token, side, q); return err }
	}
	narrow := apiclient.ListQuery{StartDate: time.Date(2027, 3, 1, 0, 0, 0, 0, loc), OrderBy: apiclient.LatestCall, PerPage: 100, Page: 1}
	all := map[string]func() error{
		"verify":         func() error { _, err := c.VerifyCredentials(ctx, token); return err },
		"balance":        func() error { _, err := c.Balance(ctx, token); return err },
		"requirements":   func() error { _, err := c.Requirements(ctx, token, 771204); return err },
		"create, 1":      booking(apiclient.MethodPerformerRings),
		"create, 2":      booking(apiclient.MethodClientRings),
		"create, 3":      booking(apiclient.MethodSkype),
		"made":           func() error { _, err := c.Booking(ctx, token, apiclient.Made, 48213); return err },
		"received":       func() error { _, err := c.Booking(ctx, token, apiclient.Received, 48213); return err },
		"list made":      list(apiclient.Made, apiclient.ListQuery{}),
		"list received":  list(apiclient.Received, narrow),
		"accept":         func() error { _, err := c.Accept(ctx, token, 48213, apiclient.WholeCredits(25)); return err },
		"reject":         func() error { _, err := c.Reject(ctx, token, 48213, "Sorry."); return err },
		"re-invite":      func() error { _, err := c.ReInvite(ctx, token, 48213, ""); return err },
		"re-invite, why": func() error { _, err := c.ReInvite(ctx, token, 48213, "Again?"); return err },
	}
	for _, order := range []apiclient.Order{
		apiclient.NewestFirst, apiclient.OldestFirst, apiclient.ByNickname, apiclient.ByNicknameDesc,
		apiclient.EarliestCall, apiclient.LatestCall,
	} {
		all["order "+string(order)] = list(apiclient.Made, apiclient.ListQuery{OrderBy: order})
	}
	return all
}

// A referee that lets everything pass is none: what breaks the contract must be noticed.
func TestTheRefereeIsAwake(t *testing.T) {
	r := newReferee(t)
	for name, tc := range map[string]struct{ method, target, body string }{
		"unknown path":        {"GET", "/v1/PhoneChat/Nothing", ""},
		"wrong method":        {"GET", "/v1/PhoneChat/CreateBooking", ""},
		"missing parameter":   {"GET", "/v1/PhoneChat/MadeBookingDetails", ""},
		"parameter of a type": {"GET", "/v1/PhoneChat/MadeBookingDetails?BookingID=x", ""},
		"too large a page":    {"GET", "/v1/PhoneChat/MadeBookings?BookingsPerPage=101", ""},
		"unknown order":       {"GET", "/v1/PhoneChat/MadeBookings?OrderBy=random", ""},
		"unknown parameter":   {"GET", "/v1/PhoneChat/MadeBookings?Status=Pending", ""},
		"credits as text":     {"POST", "/v1/PhoneChat/AcceptReceivedBooking", `{"BookingID":1,"Credits":"25"}`},
		"no credits":          {"POST", "/v1/PhoneChat/AcceptReceivedBooking", `{"BookingID":1}`},
		"no reason":           {"POST", "/v1/PhoneChat/RejectReceivedBooking", `{"BookingID":1}`},
		"method 1 and no phone": {
			"POST", "/v1/PhoneChat/CreateBooking",
			`{"BookUserID":1,"SessionDate":"2027-03-04 19:45","Duration":20,"Method":1,"Credits":1,"AcceptBy":"2027-03-04 12:00"}`,
		},
		"a time with a T": {
			"POST", "/v1/PhoneChat/CreateBooking",
			`{"BookUserID":1,"SessionDate":"2027-03-04T19:45","Duration":20,"Method":2,"Credits":1,"AcceptBy":"2027-03-04 12:00"}`,
		},
		"too short": {
			"POST", "/v1/PhoneChat/CreateBooking",
			`{"BookUserID":1,"SessionDate":"2027-03-04 19:45","Duration":4,"Method":2,"Credits":1,"AcceptBy":"2027-03-04 12:00"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tc.method, "http://localhost"+tc.target, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "bearer token")
			req.Header.Set("Content-Type", "application/json")
			resp, err := r.RoundTrip(req)
			if err == nil {
				_ = resp.Body.Close()
				t.Error("let pass")
			}
		})
	}
}
