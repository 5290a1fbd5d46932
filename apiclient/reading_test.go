package apiclient

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/time/rate"
	"pgregory.net/rapid"
)

// idsOf lists the bookings of a reading, sorted.
func idsOf(bookings []Booking) []int64 {
	var ids []int64
	for _, b := range bookings {
		ids = append(ids, int64(b.ID))
	}
	return sorted(ids)
}

func TestReadBookings(t *testing.T) {
	vanish := func(page int, from int) func(int, *shelf) {
		return func(number int, s *shelf) {
			if number == page && len(s.ids) == from {
				s.ids = s.ids[1:]
			}
		}
	}
	for name, tc := range map[string]struct {
		shelf  shelf
		change func(*shelf) // after the first reading
		same   bool
		want   []int64
		pages  []int // of the second reading
	}{
		"still none":            {shelf{}, func(*shelf) {}, true, nil, []int{1}},
		"one page, the same":    {shelf{ids: newest(100)}, func(*shelf) {}, true, nil, []int{1}},
		"three, the same":       {shelf{ids: newest(201)}, func(*shelf) {}, true, nil, []int{1, 2, 3}},
		"small, the same":       {shelf{ids: newest(120), cap: 50}, func(*shelf) {}, true, nil, []int{1, 2, 3}},
		"no PageCount, same":    {shelf{ids: newest(201), noCount: true}, func(*shelf) {}, true, nil, []int{1, 2, 3}},
		"the first of all":      {shelf{}, func(s *shelf) { s.ids = newest(1) }, false, newest(1), []int{1}},
		"one on the last page":  {shelf{ids: newest(250)}, func(s *shelf) { s.minutes = map[int64]int{1: 9} }, false, newest(250), []int{1, 2, 3}},
		"one on the first":      {shelf{ids: newest(250)}, func(s *shelf) { s.minutes = map[int64]int{250: 9} }, false, newest(250), []int{1, 2, 3}},
		"a page more":           {shelf{ids: newest(200)}, func(s *shelf) { s.ids = newest(201) }, false, newest(201), []int{1, 2, 3}},
		"a page less":           {shelf{ids: newest(201)}, func(s *shelf) { s.ids = newest(200) }, false, newest(200), []int{1, 2}},
		"all gone":              {shelf{ids: newest(201)}, func(s *shelf) { s.ids = nil }, false, nil, []int{1}},
		"a row goes meanwhile":  {shelf{ids: newest(250)}, func(s *shelf) { s.between = vanish(2, 250) }, false, newest(250), []int{1, 2, 1, 2, 3}},
		"a row goes late":       {shelf{ids: newest(250)}, func(s *shelf) { s.between = vanish(3, 250) }, false, newest(250), []int{1, 2, 3, 1, 2, 3}},
		"no counters, the same": {shelf{ids: newest(200), noTotal: true}, func(*shelf) {}, true, nil, []int{1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := connect(t, tc.shelf.ServeHTTP)
			before := slices.Clone(tc.shelf.ids)
			first, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{PerPage: 3, Page: 7, Known: Digest{Sum: Mark{1}}}, nil)
			if err != nil || first.Unchanged {
				t.Fatalf("first: unchanged %t, %v", first.Unchanged, err)
			}
			if diff := cmp.Diff(sorted(before), idsOf(first.Bookings)); diff != "" {
				t.Errorf("first: %s", diff)
			}
			tc.shelf.pages = nil
			tc.change(&tc.shelf)
			second, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, first.Digests)
			if err != nil || second.Unchanged != tc.same {
				t.Fatalf("second: unchanged %t, %v", second.Unchanged, err)
			}
			if diff := cmp.Diff(sorted(slices.Clone(tc.want)), idsOf(second.Bookings)); diff != "" {
				t.Errorf("second: %s", diff)
			}
			if diff := cmp.Diff(tc.pages, tc.shelf.pages); diff != "" {
				t.Errorf("pages: %s", diff)
			}
			if diff := cmp.Diff(first.Digests, second.Digests); tc.same != (diff == "") {
				t.Errorf("digests: %s", diff)
			}
		})
	}
}

// What is known to be unchanged is not even looked at: it need not be JSON.
func TestUnchangedPagesAreNotDecoded(t *testing.T) {
	const body = "as before"
	c, _ := connect(t, says(200, asJSON, body))
	known := Digest{Sum: c.marks.of([]byte(body))}
	page, err := c.ListBookings(t.Context(), caller, Received, ListQuery{Known: known})
	if diff := cmp.Diff(Page{Digest: known, Unchanged: true}, page); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	r, err := c.ReadBookings(t.Context(), caller, Received, ListQuery{}, []Digest{known, known})
	if diff := cmp.Diff(Reading{Digests: []Digest{known, known}, Unchanged: true}, r); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	_, err = c.ReadBookings(t.Context(), caller, Received, ListQuery{}, []Digest{known, {}})
	check(t, "decoded after all", err, ErrUnavailable, 200)
	many := slices.Repeat([]Digest{known}, maxPages+1)
	if r, err := c.ReadBookings(t.Context(), caller, Received, ListQuery{}, many[1:]); err != nil || !r.Unchanged {
		t.Errorf("as many known as may be: %v", err)
	}
	_, err = c.ReadBookings(t.Context(), caller, Received, ListQuery{}, many)
	check(t, "more known than can be read", err, ErrUnavailable, 200)
}

func TestReadBookingsGivesAllOrNothing(t *testing.T) {
	s := &shelf{ids: newest(250)}
	broken := false
	c, p := connect(t, func(w http.ResponseWriter, r *http.Request) {
		if broken && r.URL.Query().Get("PageNumber") == "3" {
			says(500, asJSON, "")(w, r)
			return
		}
		s.ServeHTTP(w, r)
	})
	first, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	broken = true
	for name, known := range map[string][]Digest{"known": first.Digests, "not known": nil, "partly": first.Digests[:2]} {
		if name == "partly" {
			s.minutes = map[int64]int{120: 9} // on the second page
		}
		r, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, known)
		check(t, name, err, ErrUnavailable, 500)
		if diff := cmp.Diff(Reading{}, r); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if p.count() < 6 {
		t.Errorf("%d requests", p.count())
	}
}

// A booking that is read twice, because rows moved, is as it was the last time.
func TestReadBookingsKeepsTheLatest(t *testing.T) {
	s := &shelf{ids: newest(150), between: before(2, func(s *shelf) {
		s.ids = append([]int64{151}, s.ids...)
		s.minutes = map[int64]int{51: 9} // the last of page 1, now the first of page 2
	})}
	c, _ := connect(t, s.ServeHTTP)
	r, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, nil)
	if err != nil || len(r.Bookings) != 151 || r.Digests != nil || r.Short {
		t.Fatalf("%d bookings, %d digests of a list that moved, short %t, %v", len(r.Bookings), len(r.Digests), r.Short, err)
	}
	if i := slices.IndexFunc(r.Bookings, func(b Booking) bool { return b.ID == 51 }); r.Bookings[i].Duration != 9 {
		t.Errorf("duration %d", r.Bookings[i].Duration)
	}
}

// A list of which some bookings never come gives the others, and no digests to rely on the next time.
func TestReadBookingsFallsShort(t *testing.T) {
	s := &shelf{ids: newest(150), repeats: true}
	c, p := connect(t, s.ServeHTTP)
	r, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, nil)
	if err != nil || len(r.Bookings) != 149 || r.Digests != nil || !r.Short || p.count() != 2*maxWalks {
		t.Fatalf("%d bookings, %d digests, short %t after %d requests, %v", len(r.Bookings), len(r.Digests), r.Short, p.count(), err)
	}
	s.repeats = false
	r, err = c.ReadBookings(t.Context(), caller, Made, ListQuery{}, r.Digests)
	if err != nil || len(r.Bookings) != 150 || len(r.Digests) != 2 || r.Short {
		t.Errorf("then %d bookings, %d digests, short %t, %v", len(r.Bookings), len(r.Digests), r.Short, err)
	}
}

// What moves behind the reader's back, so that even the count is right, is found the next time.
func TestReadBookingsNoticesTheNextTime(t *testing.T) {
	s := &shelf{ids: newest(150), between: before(2, func(s *shelf) { s.ids = append(s.ids[1:], 151) })}
	c, _ := connect(t, s.ServeHTTP)
	r, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, nil)
	if err != nil || len(r.Bookings) != 150 || slices.Contains(idsOf(r.Bookings), 50) {
		t.Fatalf("%d bookings, number 50 among them, %v", len(r.Bookings), err)
	}
	r, err = c.ReadBookings(t.Context(), caller, Made, ListQuery{}, r.Digests)
	if err != nil || len(r.Bookings) != 150 || r.Unchanged || !slices.Contains(idsOf(r.Bookings), 50) {
		t.Errorf("then %d bookings, unchanged %t, %v", len(r.Bookings), r.Unchanged, err)
	}
}

// Whatever happens to a list between readings, what was kept from them is the list, and a list that was
// left alone is unchanged.
func TestReadBookingsFollowsTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &shelf{cap: 3, minutes: map[int64]int{}, tags: rapid.Bool().Draw(t, "tags")}
		c, err := New(Config{
			BaseURL: "http://localhost", Location: time.UTC, Rate: rate.Inf, Retries: -1,
			Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				w := httptest.NewRecorder()
				s.ServeHTTP(w, req)
				return w.Result(), nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		var kept Reading
		for next := int64(1); next < 20; next++ {
			changed := rapid.Bool().Draw(t, "changed")
			if at := rapid.IntRange(0, len(s.ids)).Draw(t, "at"); changed {
				switch what := rapid.IntRange(0, 2).Draw(t, "what"); {
				case what == 0 || at == len(s.ids):
					s.ids = slices.Insert(s.ids, at, next)
				case what == 1:
					s.ids = slices.Delete(s.ids, at, at+1)
				default:
					s.minutes[s.ids[at]]++
				}
			}
			r, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, kept.Digests)
			if err != nil {
				t.Fatal(err)
			}
			if r.Unchanged == changed && next > 1 {
				t.Fatalf("changed %t, unchanged %t", changed, r.Unchanged)
			}
			if s.tags && r.Unchanged && s.leftOut < len(r.Digests) {
				t.Fatalf("%d pages left out of %d", s.leftOut, len(r.Digests))
			}
			s.leftOut = 0
			if !r.Unchanged {
				kept = r
			}
			if diff := cmp.Diff(sorted(slices.Clone(s.ids)), idsOf(kept.Bookings), cmpopts.EquateEmpty()); diff != "" {
				t.Fatal(diff)
			}
			for _, b := range kept.Bookings {
				if b.Duration != s.minutes[int64(b.ID)] {
					t.Fatalf("booking %d has %d minutes", b.ID, b.Duration)
				}
			}
		}
	})
}
