package apiclient

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestListBookingsRequests(t *testing.T) {
	day := time.Date(2027, 7, 1, 23, 30, 0, 0, time.UTC) // already the 2nd in London
	for name, tc := range map[string]struct {
		side Side
		q    ListQuery
		path string
		want url.Values
	}{
		"plain":      {Made, ListQuery{Page: 2}, "/v1/PhoneChat/MadeBookings", url.Values{"PageNumber": {"2"}}},
		"received":   {Received, ListQuery{Page: 2, PerPage: 1}, "/v1/PhoneChat/ReceivedBookings", url.Values{"PageNumber": {"2"}, "BookingsPerPage": {"1"}}},
		"everything": {Made, ListQuery{StartDate: day, OrderBy: EarliestCall, PerPage: 100, Page: 2}, "/v1/PhoneChat/MadeBookings", url.Values{"StartDate": {"2027-07-02"}, "OrderBy": {"sessiondate-asc"}, "BookingsPerPage": {"100"}, "PageNumber": {"2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"PageCount":4,"PageNumber":2,"BookingsTotal":31,"BookingsPerPage":10,"Bookings":[` + bookingJSON + `]}`
			c, p := connect(t, says(200, asJSON, body))
			page, err := c.ListBookings(t.Context(), caller, tc.side, tc.q)
			if err != nil {
				t.Fatal(err)
			}
			want := Page{Bookings: []Booking{sample(t, tc.side)}, Number: 2, Count: 4, Total: 31, PerPage: 10, Digest: Digest{Sum: c.marks.of([]byte(body))}}
			if diff := cmp.Diff(want, page); diff != "" {
				t.Error(diff)
			}
			got := p.requests[0]
			if got.Method != http.MethodGet || got.URL.Path != tc.path || p.bodies[0] != "" || got.Header.Get("Authorization") != "bearer "+hushToken {
				t.Errorf("%s %s", got.Method, got.URL.Path)
			}
			if diff := cmp.Diff(tc.want, got.URL.Query()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestListBookingsRefusesNonsense(t *testing.T) {
	c, p := connect(t, says(200, asJSON, `{}`))
	for name, list := range map[string]func() error{
		"no side":       func() error { _, err := c.ListBookings(t.Context(), caller, "", ListQuery{}); return err },
		"page size":     func() error { _, err := c.ListBookings(t.Context(), caller, Made, ListQuery{PerPage: 101}); return err },
		"page":          func() error { _, err := c.ListBookings(t.Context(), caller, Made, ListQuery{Page: -1}); return err },
		"no ID":         func() error { _, err := c.Booking(t.Context(), caller, Made, 0); return err },
		"of no side":    func() error { _, err := c.Booking(t.Context(), caller, "both", 1); return err },
		"no reason":     func() error { _, err := c.Reject(t.Context(), caller, 1, " \n"); return err },
		"why not made":  func() error { _, err := c.CancelMade(t.Context(), caller, 1, ""); return err },
		"why not taken": func() error { _, err := c.CancelReceived(t.Context(), caller, 1, "\t"); return err },
		"confirm none":  func() error { _, err := c.Confirm(t.Context(), caller, 0); return err },
		"move none":     func() error { _, err := c.Reschedule(t.Context(), caller, -1); return err },
		"read no side":  func() error { _, err := c.ReadBookings(t.Context(), caller, "", ListQuery{}, nil); return err },
		"a manager who acts": func() error {
			_, err := c.Confirm(t.Context(), Caller{Tokens: caller.Tokens, For: 771204}, 1)
			return err
		},
		"negative":    func() error { _, err := c.Accept(t.Context(), caller, 1, WholeCredits(-1)); return err },
		"too fine":    func() error { _, err := c.Accept(t.Context(), caller, 1, credits(t, "24.505")); return err },
		"accept none": func() error { _, err := c.Accept(t.Context(), caller, 0, WholeCredits(1)); return err },
		"nobody":      func() error { _, err := c.Requirements(t.Context(), caller, 0); return err },
	} {
		check(t, name, list(), ErrInvalid, 0)
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
}
