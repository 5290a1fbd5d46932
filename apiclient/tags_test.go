package apiclient

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTagOf(t *testing.T) {
	for name, tc := range map[string]struct{ tag, want string }{
		"strong":          {`"3f8a"`, `"3f8a"`},
		"weak":            {`W/"3f8a"`, `W/"3f8a"`},
		"a comma inside":  {`"a,b"`, `"a,b"`},
		"empty":           {`""`, `""`},
		"none":            {"", ""},
		"without quotes":  {"3f8a", ""},
		"half a tag":      {`"`, ""},
		"weak, half":      {`W/"`, ""},
		"weak nothing":    {`W/`, ""},
		"weak in small":   {`w/"3f8a"`, ""},
		"two":             {`"a", "b"`, ""},
		"all":             {`*`, ""},
		"not closed":      {`"3f8a`, ""},
		"as long as kept": {`"` + strings.Repeat("x", longestTag-2) + `"`, `"` + strings.Repeat("x", longestTag-2) + `"`},
		"absurdly long":   {`"` + strings.Repeat("x", longestTag-1) + `"`, ""},
		"a control":       {"\"a\x01\"", ""},
		"a line more":     {"\"a\r\nX: 1\"", ""},
		"deleted":         {"\"\x7f\"", ""},
		"not ASCII":       {"\"\u00e9\"", "\"\u00e9\""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tagOf(http.Header{"Etag": {tc.tag}}); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// tagged answers a page with an ETag that changes with every version, or without a body where that is known.
type tagged struct {
	body, tag string
	asked     []string // the If-None-Match of every request
}

func (s *tagged) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked = append(s.asked, r.Header.Get("If-None-Match"))
	w.Header().Set("ETag", s.tag)
	if s.tag != "" && r.Header.Get("If-None-Match") == s.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	says(200, asJSON, s.body)(w, r)
}

const emptyPage = `{"PageCount":0,"PageNumber":1,"BookingsTotal":0,"BookingsPerPage":100,"Bookings":[]}`

// The tag of what is known goes out with the next look, and stands in for the bytes.
func TestAPageIsKnownByItsTag(t *testing.T) {
	s := &tagged{body: emptyPage, tag: `W/"v1"`}
	c, _ := connect(t, s.ServeHTTP)
	read := func(known Digest) Page {
		t.Helper()
		page, err := c.ListBookings(t.Context(), caller, Made, ListQuery{Known: known})
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	sum := c.marks.of([]byte(emptyPage))
	first := read(Digest{})
	if diff := cmp.Diff(Digest{Sum: sum, Tag: `W/"v1"`}, first.Digest); diff != "" || first.Unchanged {
		t.Fatalf("first: unchanged %t\n%s", first.Unchanged, diff)
	}
	if diff := cmp.Diff(Page{Digest: first.Digest, Unchanged: true}, read(first.Digest)); diff != "" {
		t.Errorf("by its tag:\n%s", diff)
	}
	s.tag = `"v2"` // the same bytes
	again := read(first.Digest)
	if diff := cmp.Diff(Page{Digest: Digest{Sum: sum, Tag: `"v2"`}, Unchanged: true}, again); diff != "" {
		t.Errorf("by its bytes:\n%s", diff)
	}
	s.tag = `"` + strings.Repeat("x", longestTag) + `"`
	if got := read(again.Digest); got.Digest.Tag != "" || !got.Unchanged {
		t.Errorf("a tag of %d bytes is kept", len(got.Digest.Tag))
	}
	s.tag = ""
	if got := read(Digest{Sum: sum}); !got.Unchanged {
		t.Error("without tags a page is known by its bytes no more")
	}
	s.tag, s.body = `"v3"`, strings.Replace(emptyPage, "100", "50", 1)
	if got := read(again.Digest); got.Unchanged || got.PerPage != 50 || got.Digest.Tag != `"v3"` {
		t.Errorf("changed: %+v", got)
	}
	if diff := cmp.Diff([]string{"", `W/"v1"`, `W/"v1"`, `"v2"`, "", `"v2"`}, s.asked); diff != "" {
		t.Errorf("asked:\n%s", diff)
	}
}

// Nothing but a list of bookings that is known is asked for under a condition, and a 304 to anything else is
// a failure: there is nothing that it could stand for.
func TestNobodyAskedForA304(t *testing.T) {
	c, p := connect(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	for name, call := range map[string]func() error{
		"a page": func() error { _, err := c.ListBookings(t.Context(), caller, Made, ListQuery{}); return err },
		"a page without a tag": func() error {
			_, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, []Digest{{}})
			return err
		},
		"known by its bytes only": func() error {
			_, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, []Digest{{Sum: Mark{1}}})
			return err
		},
		"a booking":   func() error { _, err := c.Booking(t.Context(), caller, Made, 1); return err },
		"the balance": func() error { _, err := c.Balance(t.Context(), caller); return err },
	} {
		err := call()
		check(t, name, err, ErrUnavailable, http.StatusNotModified)
		if !errors.Is(err, errNotAsked) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := c.Accept(t.Context(), caller, 1, WholeCredits(1))
	check(t, "a write", err, ErrUnknownOutcome, http.StatusNotModified)
	for _, r := range p.requests {
		if got := r.Header.Values("If-None-Match"); got != nil {
			t.Errorf("%s: If-None-Match %q", r.URL.Path, got)
		}
	}
}

// Pages that were left out are fetched after all when another one has changed: what is read is the whole list.
func TestReadBookingsByTags(t *testing.T) {
	for name, tc := range map[string]struct {
		change  func(*shelf) // after the first reading
		same    bool
		pages   []int // of the second reading
		leftOut int
	}{
		"the same":             {func(*shelf) {}, true, []int{1, 2, 3}, 3},
		"one on the last page": {func(s *shelf) { s.minutes = map[int64]int{1: 9} }, false, []int{1, 2, 3, 1, 2}, 2},
		"one on the second":    {func(s *shelf) { s.minutes = map[int64]int{120: 9} }, false, []int{1, 2, 1, 3}, 1},
		"one on the first":     {func(s *shelf) { s.minutes = map[int64]int{250: 9} }, false, []int{1, 2, 3}, 0},
		"tags no more":         {func(s *shelf) { s.tags = false }, true, []int{1, 2, 3}, 0},
		"a row goes meanwhile": {func(s *shelf) {
			s.minutes = map[int64]int{1: 9}
			looks := 0
			s.between = func(int, *shelf) {
				if looks++; looks == 4 { // the first page is being fetched after all
					s.ids = s.ids[1:]
				}
			}
		}, false, []int{1, 2, 3, 1, 2, 1, 2, 3}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{ids: newest(250), tags: true}
			c, _ := connect(t, s.ServeHTTP)
			first, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, nil)
			if err != nil || len(first.Digests) != 3 || s.leftOut != 0 {
				t.Fatalf("first: %d digests, %v", len(first.Digests), err)
			}
			s.pages = nil
			tc.change(s)
			second, err := c.ReadBookings(t.Context(), caller, Made, ListQuery{}, first.Digests)
			if err != nil || second.Unchanged != tc.same || s.leftOut != tc.leftOut {
				t.Fatalf("second: unchanged %t, %d pages left out, %v", second.Unchanged, s.leftOut, err)
			}
			if diff := cmp.Diff(tc.pages, s.pages); diff != "" {
				t.Errorf("pages: %s", diff)
			}
			if tc.same {
				return
			}
			if diff := cmp.Diff(sorted(slices.Clone(s.ids)), idsOf(second.Bookings)); diff != "" {
				t.Errorf("bookings: %s", diff)
			}
			for _, b := range second.Bookings {
				if b.Duration != s.minutes[int64(b.ID)] {
					t.Errorf("booking %d has %d minutes", b.ID, b.Duration)
				}
			}
		})
	}
}

// What a tag stands for is asked of the same twin and page that it came from.
func TestTagsGoWithTheirPage(t *testing.T) {
	var asked []string
	c, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
		page := r.URL.Query().Get("PageNumber")
		asked = append(asked, fmt.Sprint(page, " ", r.Header.Get("If-None-Match")))
		w.WriteHeader(http.StatusNotModified)
	})
	known := []Digest{{Tag: `"one"`}, {Tag: `"two"`}}
	r, err := c.ReadBookings(t.Context(), Caller{Tokens: caller.Tokens, For: 771204}, Received, ListQuery{}, known)
	if diff := cmp.Diff(Reading{Digests: known, Unchanged: true}, r); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{`1 "one"`, `2 "two"`}, asked); diff != "" {
		t.Error(diff)
	}
}
