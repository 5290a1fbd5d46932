package apiclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

func TestListBookingsRequests(t *testing.T) {
	day := time.Date(2027, 7, 1, 23, 30, 0, 0, time.UTC) // already the 2nd in London
	for name, tc := range map[string]struct {
		side Side
		q    ListQuery
		path string
		want url.Values
	}{
		"plain":      {Made, ListQuery{}, "/v1/PhoneChat/MadeBookings", url.Values{}},
		"received":   {Received, ListQuery{Page: 3}, "/v1/PhoneChat/ReceivedBookings", url.Values{"PageNumber": {"3"}}},
		"everything": {Made, ListQuery{day, EarliestCall, 100, 2}, "/v1/PhoneChat/MadeBookings", url.Values{"StartDate": {"2027-07-02"}, "OrderBy": {"sessiondate-asc"}, "BookingsPerPage": {"100"}, "PageNumber": {"2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, says(200, asJSON, `{"PageCount":4,"PageNumber":2,"BookingsTotal":31,"BookingsPerPage":10,"Bookings":[`+bookingJSON+`]}`))
			page, err := c.ListBookings(t.Context(), token, tc.side, tc.q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Page{Bookings: []Booking{sample(t, tc.side)}, Number: 2, Count: 4, Total: 31}, page); diff != "" {
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
		"no side":     func() error { _, err := c.ListBookings(t.Context(), token, "", ListQuery{}); return err },
		"page size":   func() error { _, err := c.ListBookings(t.Context(), token, Made, ListQuery{PerPage: 101}); return err },
		"page":        func() error { _, err := c.ListBookings(t.Context(), token, Made, ListQuery{Page: -1}); return err },
		"no ID":       func() error { _, err := c.Booking(t.Context(), token, Made, 0); return err },
		"of no side":  func() error { _, err := c.Booking(t.Context(), token, "both", 1); return err },
		"no reason":   func() error { _, err := c.Reject(t.Context(), token, 1, " \n"); return err },
		"negative":    func() error { _, err := c.Accept(t.Context(), token, 1, WholeCredits(-1)); return err },
		"accept none": func() error { _, err := c.Accept(t.Context(), token, 0, WholeCredits(1)); return err },
		"nobody":      func() error { _, err := c.Requirements(t.Context(), token, 0); return err },
	} {
		check(t, name, list(), ErrInvalid, 0)
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
}

// shelf is a platform with n bookings, newest first; between runs before each page.
type shelf struct {
	ids     []int64
	between func(page int, s *shelf)
	cap     int  // page size in force, 0 for the one asked for
	noCount bool // PageCount stays 0
	pages   []int
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.URL.Query().Get("PageNumber"))
	size, _ := strconv.Atoi(r.URL.Query().Get("BookingsPerPage"))
	if s.cap > 0 {
		size = s.cap
	}
	s.pages = append(s.pages, number)
	if s.between != nil {
		s.between(number, s)
	}
	page := wire.PageOf[wire.MadeBooking]{
		PageCount: (len(s.ids) + size - 1) / size, PageNumber: number, BookingsTotal: len(s.ids), BookingsPerPage: size,
		Bookings: []wire.MadeBooking{},
	}
	if s.noCount {
		page.PageCount = 0
	}
	for i := (number - 1) * size; i < min(number*size, len(s.ids)); i++ {
		page.Bookings = append(page.Bookings, wire.MadeBooking{Booking: wire.Booking{BookingID: s.ids[i], Credits: "1"}})
	}
	w.Header().Set("Content-Type", asJSON)
	_ = json.NewEncoder(w).Encode(page)
}

func newest(n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(n - i)
	}
	return ids
}

func TestEachBooking(t *testing.T) {
	for name, tc := range map[string]struct {
		shelf shelf
		want  []int64 // sorted
		pages []int
	}{
		"none":         {shelf{}, nil, []int{1}},
		"one page":     {shelf{ids: newest(100)}, sorted(newest(100)), []int{1}},
		"three pages":  {shelf{ids: newest(201)}, sorted(newest(201)), []int{1, 2, 3}},
		"small pages":  {shelf{ids: newest(120), cap: 50}, sorted(newest(120)), []int{1, 2, 3}},
		"no PageCount": {shelf{ids: newest(201), noCount: true}, sorted(newest(201)), []int{1, 2, 3}},
		"a row comes in": {shelf{ids: newest(150), between: func(page int, s *shelf) {
			if page == 2 {
				s.ids = append([]int64{151}, s.ids...)
			}
		}}, sorted(newest(150)), []int{1, 2}},
		"a row goes": {shelf{ids: newest(250), between: func(page int, s *shelf) {
			if page == 2 && len(s.ids) == 250 {
				s.ids = s.ids[1:]
			}
		}}, sorted(newest(250)), []int{1, 2, 1, 2, 3}},
		"a page goes": {shelf{ids: newest(250), between: func(page int, s *shelf) {
			if page == 3 {
				s.ids = s.ids[:90]
			}
		}}, sorted(newest(250))[50:], []int{1, 2, 3, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := connect(t, tc.shelf.ServeHTTP)
			var got []int64
			for b, err := range c.EachBooking(t.Context(), token, Made, ListQuery{PerPage: 3, Page: 7}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, int64(b.ID))
			}
			if diff := cmp.Diff(tc.want, sorted(got)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.pages, tc.shelf.pages); diff != "" {
				t.Errorf("pages: %s", diff)
			}
		})
	}
}

func sorted(ids []int64) []int64 {
	slices.Sort(ids)
	return ids
}

func TestEachBookingStops(t *testing.T) {
	t.Run("when told", func(t *testing.T) {
		s := &shelf{ids: newest(300)}
		c, _ := connect(t, s.ServeHTTP)
		for _, err := range c.EachBooking(t.Context(), token, Made, ListQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		if len(s.pages) != 1 {
			t.Errorf("%d pages read", len(s.pages))
		}
	})
	t.Run("at an error, which it shows", func(t *testing.T) {
		s := &shelf{ids: newest(300)}
		c, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("PageNumber") == "2" {
				says(500, asJSON, "")(w, r)
				return
			}
			s.ServeHTTP(w, r)
		})
		rows, last := 0, error(nil)
		for _, err := range c.EachBooking(t.Context(), token, Made, ListQuery{}) {
			if err != nil {
				last = err
				continue
			}
			rows++
		}
		if rows != 100 || !errors.Is(last, ErrUnavailable) {
			t.Errorf("%d rows, then %v", rows, last)
		}
	})
	t.Run("on a list without end, loudly", func(t *testing.T) {
		c, p := connect(t, func(w http.ResponseWriter, r *http.Request) {
			number := r.URL.Query().Get("PageNumber")
			says(200, asJSON, fmt.Sprintf(`{"PageCount":999999,"PageNumber":%s,"BookingsTotal":1,"Bookings":[{"BookingID":%s}]}`, number, number))(w, r)
		})
		last := error(nil)
		for _, err := range c.EachBooking(t.Context(), token, Received, ListQuery{}) {
			last = err
		}
		if !errors.Is(last, ErrUnavailable) || !strings.HasPrefix(last.Error(), "list received bookings") || p.count() != maxPages {
			t.Errorf("%v after %d pages", last, p.count())
		}
	})
}
