package apiclient

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

// shelf is a platform with n bookings, newest first; between runs before each page.
type shelf struct {
	ids       []int64
	between   func(page int, s *shelf)
	cap       int  // page size in force, 0 for the one asked for
	pageCount int  // not 0: the PageCount that is told, whatever there is
	perPage   int  // not 0: the BookingsPerPage that is told
	firstOnly bool // pages after the first have no counters
	noCount   bool // PageCount stays 0
	noTotal   bool // BookingsTotal and PageCount stay 0
	noSize    bool // BookingsPerPage stays 0
	noPage    bool // PageNumber stays 0, and is not heeded
	repeats   bool // each page begins with the row that ended the one before, and skips one for it
	tags      bool // each page has an ETag, and one that is known by it is left out
	minutes   map[int64]int
	pages     []int
	leftOut   int
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
	if s.noCount || s.noTotal {
		page.PageCount = 0
	}
	if s.pageCount > 0 {
		page.PageCount = s.pageCount
	}
	if s.noTotal {
		page.BookingsTotal = 0
	}
	if s.perPage > 0 {
		page.BookingsPerPage = s.perPage
	}
	if s.firstOnly && number > 1 {
		page.PageCount, page.BookingsTotal = 0, 0
	}
	if s.noSize {
		page.BookingsPerPage = 0
	}
	if s.noPage {
		number, page.PageNumber = 1, 0
	}
	for i := (number - 1) * size; i < min(number*size, len(s.ids)); i++ {
		page.Bookings = append(page.Bookings, s.row(i))
	}
	if s.repeats && number > 1 && len(page.Bookings) > 0 {
		page.Bookings[0] = s.row((number-1)*size - 1)
	}
	body, _ := json.Marshal(page)
	w.Header().Set("Content-Type", asJSON)
	if s.tags {
		tag := fmt.Sprintf(`W/"%x"`, sha256.Sum256(body))
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			s.leftOut++
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	_, _ = w.Write(body)
}

func (s *shelf) row(i int) wire.MadeBooking {
	return wire.MadeBooking{
		Booking: wire.Booking{
			BookingID: s.ids[i], Duration: s.minutes[s.ids[i]], Credits: "1", Status: "Pending",
			SessionDate: "2027-03-04T19:45:00", AcceptBy: "2027-03-04T12:00:00",
		},
		Candidate: wire.Party{UserID: 771204},
	}
}

// before runs a change once, before a page is answered.
func before(page int, change func(*shelf)) func(int, *shelf) {
	done := false
	return func(number int, s *shelf) {
		if number == page && !done {
			done = true
			change(s)
		}
	}
}

// movesToAndFro takes a row off the pages to come to one that was read and, when that is looked at again,
// to the last page, which is not.
func movesToAndFro() func(int, *shelf) {
	first := 0
	return func(number int, s *shelf) {
		if number == 1 {
			first++
		}
		switch {
		case number == 2 && first == 1 && len(s.pages) == 2:
			s.ids[99], s.ids[100] = s.ids[100], s.ids[99]
		case number == 1 && first == 2:
			s.ids[99], s.ids[240] = s.ids[240], s.ids[99]
		}
	}
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
		"none":                     {shelf{}, nil, []int{1}},
		"one page":                 {shelf{ids: newest(100)}, sorted(newest(100)), []int{1}},
		"three pages":              {shelf{ids: newest(201)}, sorted(newest(201)), []int{1, 2, 3, 1, 2}},
		"small pages":              {shelf{ids: newest(120), cap: 50}, sorted(newest(120)), []int{1, 2, 3, 1, 2}},
		"small, miscounted":        {shelf{ids: newest(120), cap: 30, pageCount: 2, noSize: true}, sorted(newest(120)), []int{1, 2, 3, 4, 1, 2, 3}},
		"small, unexplained":       {shelf{ids: newest(120), cap: 50, noCount: true, noSize: true}, sorted(newest(120)), []int{1, 2, 3, 1, 2}},
		"no PageCount":             {shelf{ids: newest(201), noCount: true}, sorted(newest(201)), []int{1, 2, 3, 1, 2}},
		"no counters":              {shelf{ids: newest(201), noTotal: true}, sorted(newest(201)), []int{1, 2, 3, 1, 2}},
		"only the first counts":    {shelf{ids: newest(250), firstOnly: true}, sorted(newest(250)), []int{1, 2, 3, 1, 2}},
		"pages, and nothing else":  {shelf{ids: newest(100), noTotal: true, pageCount: 1}, sorted(newest(100)), []int{1}},
		"a size that none has":     {shelf{ids: newest(150), noTotal: true, perPage: 500}, sorted(newest(150)), []int{1, 2, 1}},
		"none, a full page":        {shelf{ids: newest(100), noTotal: true}, sorted(newest(100)), []int{1, 2, 1}},
		"none, the API's own size": {shelf{ids: newest(70), cap: 50, noTotal: true, noSize: true}, sorted(newest(70)), []int{1, 2, 1}},
		"a row comes in": {shelf{ids: newest(150), between: before(2, func(s *shelf) {
			s.ids = append([]int64{151}, s.ids...)
		})}, sorted(newest(151)), []int{1, 2, 1, 2, 1}},
		"a row comes in at the end": {shelf{ids: newest(150), between: before(2, func(s *shelf) {
			s.ids = append(s.ids, 151)
		})}, sorted(newest(151)), []int{1, 2, 1}},
		"a row goes": {shelf{ids: newest(250), between: before(2, func(s *shelf) {
			s.ids = s.ids[1:]
		})}, sorted(newest(250)), []int{1, 2, 1, 2, 3, 1, 2}},
		"a row goes, another comes": {shelf{ids: newest(250), between: before(2, func(s *shelf) {
			s.ids = append(s.ids[1:], 251)
		})}, sorted(newest(251)), []int{1, 2, 3, 1, 2, 3, 1, 2}},
		"rows change places": {shelf{ids: newest(150), between: before(2, func(s *shelf) {
			s.ids[99], s.ids[100] = s.ids[100], s.ids[99]
		})}, sorted(newest(150)), []int{1, 2, 1, 2, 1}},
		"rows change places, unseen": {shelf{ids: newest(150), noTotal: true, between: before(2, func(s *shelf) {
			s.ids[99], s.ids[100] = s.ids[100], s.ids[99]
		})}, sorted(newest(150)), []int{1, 2, 1, 2, 1}},
		"a row moves to and fro": {shelf{ids: newest(250), noTotal: true, between: movesToAndFro()}, sorted(newest(250)), []int{1, 2, 3, 1, 2, 3, 1, 2}},
		"a page goes": {shelf{ids: newest(250), between: before(3, func(s *shelf) {
			s.ids = s.ids[:90]
		})}, sorted(newest(250))[50:], []int{1, 2, 3, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := connect(t, tc.shelf.ServeHTTP)
			var got []int64
			for b, err := range c.EachBooking(t.Context(), caller, Made, ListQuery{PerPage: 3, Page: 7}) {
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
		for _, err := range c.EachBooking(t.Context(), caller, Made, ListQuery{}) {
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
		for _, err := range c.EachBooking(t.Context(), caller, Made, ListQuery{}) {
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
			says(200, asJSON, fmt.Sprintf(`{"PageCount":999999,"PageNumber":%s,"BookingsTotal":1,"Bookings":[%s]}`, number, strings.Replace(bookingJSON, "48213", number, 1)))(w, r)
		})
		last := error(nil)
		for _, err := range c.EachBooking(t.Context(), caller, Received, ListQuery{}) {
			last = err
		}
		if !errors.Is(last, ErrUnavailable) || !strings.HasPrefix(last.Error(), "list received bookings") || p.count() != maxPages {
			t.Errorf("%v after %d pages", last, p.count())
		}
	})
}

// A list of which some bookings never come is not taken for all there is.
func TestEachBookingIsAllOrAnError(t *testing.T) {
	again := []int{1, 2, 1, 2, 1, 2, 1, 2}
	for name, tc := range map[string]struct {
		shelf shelf
		pages []int
	}{
		"one is always skipped":      {shelf{ids: newest(150), repeats: true}, again},
		"pages that are all one":     {shelf{ids: newest(150), noPage: true}, again},
		"the same, without counters": {shelf{ids: newest(150), noPage: true, noTotal: true}, append(again, 1)},
		"a row comes in, each time":  {shelf{ids: newest(150), between: func(_ int, s *shelf) { s.ids = append([]int64{s.ids[0] + 1}, s.ids...) }}, again},
		"a row goes, each time":      {shelf{ids: newest(300), between: func(_ int, s *shelf) { s.ids = s.ids[1:] }}, again},
		"a row goes, another comes, each time": {
			shelf{ids: newest(150), between: func(_ int, s *shelf) { s.ids = append(s.ids[1:], s.ids[0]+1000) }},
			[]int{1, 2, 1, 2, 1, 2, 1, 2, 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := connect(t, tc.shelf.ServeHTTP)
			last := error(nil)
			for _, err := range c.EachBooking(t.Context(), caller, Made, ListQuery{}) {
				last = err
			}
			check(t, name, last, ErrUnavailable, 0)
			if !errors.Is(last, errMoving) {
				t.Error(last)
			}
			if diff := cmp.Diff(tc.pages, tc.shelf.pages); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An answer about another page than the one asked for is none.
func TestEachBookingWantsThePageItAskedFor(t *testing.T) {
	s := &shelf{ids: newest(150)}
	c, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
		r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "PageNumber=2", "PageNumber=1", 1)
		s.ServeHTTP(w, r)
	})
	last := error(nil)
	for _, err := range c.EachBooking(t.Context(), caller, Made, ListQuery{}) {
		last = err
	}
	check(t, "page 1 twice", last, ErrUnavailable, 200)
}

// The last look at the pages can fail as well.
func TestEachBookingFailsAtTheSecondLook(t *testing.T) {
	s := &shelf{ids: newest(150)}
	c, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
		if len(s.pages) == 2 {
			says(503, asJSON, `{}`)(w, r)
			return
		}
		s.ServeHTTP(w, r)
	})
	rows, last := 0, error(nil)
	for _, err := range c.EachBooking(t.Context(), caller, Made, ListQuery{}) {
		if last = err; err == nil {
			rows++
		}
	}
	check(t, "second look", last, ErrUnavailable, 503)
	if rows != 150 {
		t.Errorf("%d rows before it", rows)
	}
}
