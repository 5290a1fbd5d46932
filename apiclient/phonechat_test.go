package apiclient

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWritesOnTheWire(t *testing.T) {
	loc := london(t)
	booking := NewBooking{
		Performer: 771204, Session: time.Date(2027, 7, 4, 18, 45, 30, 0, time.UTC), Duration: 20,
		Method: MethodPerformerRings, PhoneNumber: hushPhone, SkypeName: hushSkype, Credits: credits(t, "24.501"),
		AcceptBy: time.Date(2027, 7, 4, 12, 0, 0, 0, loc), Comments: hushComment,
	}
	with := func(change func(*NewBooking)) NewBooking {
		b := booking
		change(&b)
		return b
	}
	create := func(b NewBooking) func(context.Context, *Client) (Booking, error) {
		return func(ctx context.Context, c *Client) (Booking, error) { return c.CreateBooking(ctx, caller, b) }
	}
	for name, tc := range map[string]struct {
		call func(context.Context, *Client) (Booking, error)
		side Side
		path string
		body string
	}{
		"create": {
			create(booking), Made, "/v1/PhoneChat/CreateBooking",
			`{"BookUserID":771204,"SessionDate":"2027-07-04 19:45","Duration":20,"Method":1,"PhoneNumber":"07700900123","Credits":24.51,"AcceptBy":"2027-07-04 12:00","Comments":"call me Petal"}`,
		},
		"create, client rings": {
			create(with(func(b *NewBooking) { b.Method, b.Comments = MethodClientRings, "" })), Made, "/v1/PhoneChat/CreateBooking",
			`{"BookUserID":771204,"SessionDate":"2027-07-04 19:45","Duration":20,"Method":2,"Credits":24.51,"AcceptBy":"2027-07-04 12:00"}`,
		},
		"create, Skype": {
			create(with(func(b *NewBooking) { b.Method, b.Comments = MethodSkype, "" })), Made, "/v1/PhoneChat/CreateBooking",
			`{"BookUserID":771204,"SessionDate":"2027-07-04 19:45","Duration":20,"Method":3,"SkypeName":"live:petal","Credits":24.51,"AcceptBy":"2027-07-04 12:00"}`,
		},
		"confirm": {func(ctx context.Context, c *Client) (Booking, error) {
			return c.Confirm(ctx, caller, 48213)
		}, Made, "/v1/PhoneChat/ConfirmMadeBooking", `{"BookingID":48213}`},
		"cancel": {func(ctx context.Context, c *Client) (Booking, error) {
			return c.CancelMade(ctx, caller, 48213, "Ill,\n sorry ")
		}, Made, "/v1/PhoneChat/CancelMadeBooking", `{"BookingID":48213,"Reason":"Ill,\n sorry"}`},
		"cancel received": {func(ctx context.Context, c *Client) (Booking, error) {
			return c.CancelReceived(ctx, caller, 48213, "Ill")
		}, Received, "/v1/PhoneChat/CancelReceivedBooking", `{"BookingID":48213,"Reason":"Ill"}`},
		"reschedule, under a new number": {func(ctx context.Context, c *Client) (Booking, error) {
			return c.Reschedule(ctx, caller, 40001)
		}, Made, "/v1/PhoneChat/RescheduleMadeBooking", `{"BookingID":40001}`},
		"accept": {func(ctx context.Context, c *Client) (Booking, error) {
			return c.Accept(ctx, caller, 48213, credits(t, "24.50"))
		}, Received, "/v1/PhoneChat/AcceptReceivedBooking", `{"BookingID":48213,"Credits":24.5}`},
		"reject": {func(ctx context.Context, c *Client) (Booking, error) {
			return c.Reject(ctx, caller, 48213, " Sorry <3 ")
		}, Received, "/v1/PhoneChat/RejectReceivedBooking", `{"BookingID":48213,"Reason":"Sorry <3"}`},
		"re-invite": {func(ctx context.Context, c *Client) (Booking, error) {
			return c.ReInvite(ctx, caller, 48213, "Again?")
		}, Received, "/v1/PhoneChat/ReInvite", `{"BookingID":48213,"Reason":"Again?"}`},
		"re-invite, no reason": {func(ctx context.Context, c *Client) (Booking, error) {
			return c.ReInvite(ctx, caller, 48213, "")
		}, Received, "/v1/PhoneChat/ReInvite", `{"BookingID":48213}`},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, says(200, asJSON, bookingJSON))
			got, err := tc.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sample(t, tc.side), got); diff != "" {
				t.Error(diff)
			}
			req := p.requests[0]
			if req.Method != http.MethodPost || req.URL.RequestURI() != tc.path || req.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %s as %s", req.Method, req.URL.RequestURI(), req.Header.Get("Content-Type"))
			}
			if diff := cmp.Diff(document(t, tc.body), document(t, p.bodies[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func document(t *testing.T, s string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return v
}

func TestCreateBookingRefusesWhatCannotBeSaid(t *testing.T) {
	c, p := connect(t, says(200, asJSON, bookingJSON))
	fine := NewBooking{
		Performer: 771204, Session: time.Date(2027, 11, 4, 19, 45, 0, 0, time.UTC), Duration: 20, Method: MethodClientRings,
		Credits: WholeCredits(1), AcceptBy: time.Date(2027, 11, 4, 12, 0, 0, 0, time.UTC),
	}
	for name, change := range map[string]func(*NewBooking){
		"nobody":          func(b *NewBooking) { b.Performer = 0 },
		"no session":      func(b *NewBooking) { b.Session = time.Time{} },
		"no deadline":     func(b *NewBooking) { b.AcceptBy = time.Time{} },
		"negative":        func(b *NewBooking) { b.Credits = WholeCredits(-1) },
		"session, twice":  func(b *NewBooking) { b.Session = utc("2027-10-31T00:30:00Z") },
		"deadline, twice": func(b *NewBooking) { b.AcceptBy = utc("2027-10-31T01:30:00Z") },
	} {
		b := fine
		change(&b)
		_, err := c.CreateBooking(t.Context(), caller, b)
		check(t, name, err, ErrInvalid, 0)
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
	if _, err := c.CreateBooking(t.Context(), caller, fine); err != nil {
		t.Errorf("fine: %v", err)
	}
	other := fine
	other.Performer = 771205
	b, err := c.CreateBooking(t.Context(), caller, other)
	check(t, "an answer about another performer", err, ErrUnknownOutcome, 200)
	if b.ID != 0 {
		t.Errorf("booking %d", b.ID)
	}
}

// Whatever is done to a booking, an answer about another one is not believed.
func TestActionsRefuseAnotherBooking(t *testing.T) {
	for name, act := range map[string]func(context.Context, *Client) (Booking, error){
		"confirm": func(ctx context.Context, c *Client) (Booking, error) { return c.Confirm(ctx, caller, 48214) },
		"cancel":  func(ctx context.Context, c *Client) (Booking, error) { return c.CancelMade(ctx, caller, 48214, "x") },
		"cancel received": func(ctx context.Context, c *Client) (Booking, error) {
			return c.CancelReceived(ctx, caller, 48214, "x")
		},
		"reject":    func(ctx context.Context, c *Client) (Booking, error) { return c.Reject(ctx, caller, 48214, "x") },
		"re-invite": func(ctx context.Context, c *Client) (Booking, error) { return c.ReInvite(ctx, caller, 48214, "") },
	} {
		c, _ := connect(t, says(200, asJSON, bookingJSON))
		b, err := act(t.Context(), c)
		check(t, name, err, ErrUnknownOutcome, 200)
		if b.ID != 0 {
			t.Errorf("%s: booking %d", name, b.ID)
		}
	}
}
