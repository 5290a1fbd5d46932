package contract

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"

	"phonechatbot/apiclient"
	"phonechatbot/sandbox/apisim"
)

func asError(err error, e **apiclient.Error) bool { return errors.As(err, e) }

// orders has all six of a list whose rows stand differently in each of the three.
func orders(t *testing.T, w *world) {
	for i, performer := range []apiclient.MemberID{velvet, lark, moth, harbour} {
		w.sim.AddBooking(apisim.Seed{
			Client: int64(owl), Performer: int64(performer),
			Created: start.Add(-time.Duration(i) * hour), Session: start.Add(time.Duration(24+(i*7)%5) * hour),
		})
	}
	created := func(b apiclient.Booking) int64 { return b.Created.Unix() }
	session := func(b apiclient.Booking) int64 { return b.Session.Unix() }
	nickname := func(b apiclient.Booking) string { return strings.ToLower(b.Other.Nickname) }
	heads := map[apiclient.BookingID]bool{}
	for order, fits := range map[apiclient.Order]func([]apiclient.Booking) bool{
		apiclient.NewestFirst:    func(rows []apiclient.Booking) bool { return sorted(rows, true, created) },
		apiclient.OldestFirst:    func(rows []apiclient.Booking) bool { return sorted(rows, false, created) },
		apiclient.ByNickname:     func(rows []apiclient.Booking) bool { return sorted(rows, false, nickname) },
		apiclient.ByNicknameDesc: func(rows []apiclient.Booking) bool { return sorted(rows, true, nickname) },
		apiclient.EarliestCall:   func(rows []apiclient.Booking) bool { return sorted(rows, false, session) },
		apiclient.LatestCall:     func(rows []apiclient.Booking) bool { return sorted(rows, true, session) },
	} {
		page := must[apiclient.Page](t)(w.ListBookings(t.Context(), w.as(owl), apiclient.Made, apiclient.ListQuery{OrderBy: order}))
		if len(page.Bookings) != 4 || !fits(page.Bookings) {
			t.Errorf("%s: got %+v", order, page.Bookings)
		}
		heads[page.Bookings[0].ID] = true
	}
	if len(heads) < 3 {
		t.Error("the rows do not tell the orders apart")
	}
	for _, side := range []apiclient.Side{apiclient.Made, apiclient.Received} {
		err := fails(w.ListBookings(t.Context(), w.as(owl), side, apiclient.ListQuery{StartDate: time.Date(2027, 3, 2, 0, 0, 0, 0, w.sim.Location())}))
		if err != nil {
			t.Errorf("%s: %v", side, err)
		}
	}
}

// pages are cut, counted, walked through and recognised.
func pages(t *testing.T, w *world) {
	ctx, as, many := t.Context(), w.as(owl), 105
	w.planted(apisim.Seed{Created: start.Add(-48 * hour)})
	for range many - 1 {
		w.planted(apisim.Seed{})
	}
	for i, want := range []int{50, 50, 5, 0} {
		page := must[apiclient.Page](t)(w.ListBookings(ctx, as, apiclient.Made, apiclient.ListQuery{PerPage: 50, Page: i + 1}))
		if page.Number != i+1 || page.Count != 3 || page.Total != many || len(page.Bookings) != want {
			t.Errorf("page %d: %d of %d, %d rows of %d", i+1, page.Number, page.Count, len(page.Bookings), page.Total)
		}
	}
	since := apiclient.ListQuery{StartDate: time.Date(2027, 3, 1, 0, 0, 0, 0, w.sim.Location())}
	if page := must[apiclient.Page](t)(w.ListBookings(ctx, as, apiclient.Made, since)); page.Total != many-1 || len(page.Bookings) != apiclient.DefaultPerPage {
		t.Errorf("since yesterday: %d rows of %d", len(page.Bookings), page.Total)
	}
	first := must[apiclient.Reading](t)(w.ReadBookings(ctx, w.as(velvet), apiclient.Received, apiclient.ListQuery{}, nil))
	if len(first.Bookings) != many || len(first.Digests) != 2 {
		t.Errorf("read %d bookings on %d pages", len(first.Bookings), len(first.Digests))
	}
	second := must[apiclient.Reading](t)(w.ReadBookings(ctx, w.as(velvet), apiclient.Received, apiclient.ListQuery{}, first.Digests))
	if !second.Unchanged {
		t.Error("what has not changed is not recognised")
	}
	must[apiclient.Booking](t)(w.CancelMade(ctx, as, first.Bookings[3].ID, "x"))
	third := must[apiclient.Reading](t)(w.ReadBookings(ctx, w.as(velvet), apiclient.Received, apiclient.ListQuery{}, first.Digests))
	if third.Unchanged || len(third.Bookings) != many || third.Bookings[3].Status != apiclient.StatusCancelled {
		t.Errorf("a change is not seen: %d bookings", len(third.Bookings))
	}
	seen := map[apiclient.BookingID]bool{}
	for b, err := range w.EachBooking(ctx, as, apiclient.Made, apiclient.ListQuery{OrderBy: apiclient.OldestFirst}) {
		if err != nil || seen[b.ID] {
			t.Fatalf("%s once more, or %v", b.ID, err)
		}
		seen[b.ID] = true
	}
	if len(seen) != many {
		t.Errorf("walked through %d", len(seen))
	}
}

// managers see a member's bookings as the member does.
func managers(t *testing.T, w *world) {
	ctx := t.Context()
	received, made := w.planted(apisim.Seed{}), apiclient.BookingID(w.sim.AddBooking(seedFor(velvet, lark, 77)))
	for side, id := range map[apiclient.Side]apiclient.BookingID{apiclient.Made: made, apiclient.Received: received} {
		own := must[apiclient.Booking](t)(w.Booking(ctx, w.as(velvet), side, id))
		if diff := cmp.Diff(own, must[apiclient.Booking](t)(w.Booking(ctx, w.managing(velvet), side, id))); diff != "" {
			t.Errorf("%s (-own +manager)\n%s", side, diff)
		}
		q := apiclient.ListQuery{OrderBy: apiclient.EarliestCall, PerPage: 10, Page: 1}
		list := must[apiclient.Page](t)(w.ListBookings(ctx, w.as(velvet), side, q))
		if diff := cmp.Diff(list, must[apiclient.Page](t)(w.ListBookings(ctx, w.managing(velvet), side, q))); diff != "" || list.Total != 1 {
			t.Errorf("%s, %d rows (-own +manager)\n%s", side, list.Total, diff)
		}
		refusedBy(t, fails(w.Booking(ctx, w.managing(harbour), side, id)), apiclient.ErrNotFound, http.StatusNotFound)
	}
}

// inCamelCase asks for replies in camelCase, as another client of the platform does.
type inCamelCase struct{ next http.RoundTripper }

func (c inCamelCase) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("X-CaseType", "camelcase")
	return c.next.RoundTrip(req)
}

// camelCase has every reply that the document says can be had so decoded alike in both spellings.
func camelCase(t *testing.T, w *world) {
	id := w.planted(apisim.Seed{Status: apisim.StatusConfirmed, Method: apisim.MethodClientRings})
	w.sim.AddBooking(seedFor(velvet, lark, 77))
	other := w.connect(t, apiclient.Config{Rate: rate.Inf, Retries: -1}, inCamelCase{w.referee})
	read := func(c *apiclient.Client) []any {
		ctx := t.Context()
		all := []any{
			must[apiclient.Member](t)(c.VerifyCredentials(ctx, w.as(velvet))),
			must[apiclient.Requirements](t)(c.Requirements(ctx, w.as(owl), velvet)),
			must[apiclient.Booking](t)(c.Booking(ctx, w.as(owl), apiclient.Made, id)),
			must[apiclient.Booking](t)(c.Booking(ctx, w.as(velvet), apiclient.Received, id)),
		}
		for _, as := range []apiclient.Caller{w.as(velvet), w.managing(velvet)} {
			s := must[apiclient.Settings](t)(c.PhoneChatSettings(ctx, as))
			s.DirectChat = apiclient.DirectChat{} // kept as it came, so in another spelling
			all = append(all, s)
			for _, side := range []apiclient.Side{apiclient.Made, apiclient.Received} {
				page := must[apiclient.Page](t)(c.ListBookings(ctx, as, side, apiclient.ListQuery{}))
				page.Digest = apiclient.Digest{}
				all = append(all, page)
			}
		}
		return all
	}
	if diff := cmp.Diff(read(w.Client), read(other)); diff != "" {
		t.Errorf("(-PascalCase +camelCase)\n%s", diff)
	}
}
