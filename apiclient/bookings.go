package apiclient

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strconv"
	"time"

	"phonechatbot/apiclient/wire"
	"phonechatbot/internal/secret"
)

// maxPages bounds the requests of one EachBooking: ten thousand bookings, repeated pages included.
const maxPages = 100

var (
	errNoSide = errors.New("side is neither made nor received")
	errNoID   = errors.New("no ID")
	errPaging = errors.New("page or page size out of range")
)

// ListBookings reads one page of the bookings of one side (docs: GetMadePhoneChatBookings; the twin for
// received ones is inferred). Rows may shift between pages: EachBooking takes care of that.
func (c *Client) ListBookings(ctx context.Context, token secret.String, side Side, q ListQuery) (Page, error) {
	r, ok := map[Side]route{Made: routeMade, Received: routeReceived}[side]
	if !ok {
		return Page{}, refuse(routeMade, errNoSide)
	}
	if q.PerPage < 0 || q.PerPage > MaxPerPage || q.Page < 0 {
		return Page{}, refuse(r, errPaging)
	}
	query := url.Values{}
	if !q.StartDate.IsZero() {
		query.Set("StartDate", q.StartDate.In(c.loc).Format(wire.Date))
	}
	if q.OrderBy != "" {
		query.Set("OrderBy", string(q.OrderBy))
	}
	if q.PerPage > 0 {
		query.Set("BookingsPerPage", strconv.Itoa(q.PerPage))
	}
	if q.Page > 0 {
		query.Set("PageNumber", strconv.Itoa(q.Page))
	}
	return ask(ctx, c, token, request{route: r, query: query}, func(body []byte) (Page, error) {
		if side == Made {
			return readPage(body, max(q.Page, 1), c.loc, madeFrom)
		}
		return readPage(body, max(q.Page, 1), c.loc, receivedFrom)
	})
}

// EachBooking goes through all bookings of one side, in pages of MaxPerPage; PerPage and Page of q are
// not used. Each ID comes once, even if rows shift while the pages are read: when bookings vanish
// between two pages, the earlier page is read again, so that none is stepped over. An error ends it.
func (c *Client) EachBooking(ctx context.Context, token secret.String, side Side, q ListQuery) iter.Seq2[Booking, error] {
	return func(yield func(Booking, error) bool) {
		seen := make(map[BookingID]bool)
		q.Page, q.PerPage = 1, MaxPerPage
		total := 0
		for range maxPages {
			page, err := c.ListBookings(ctx, token, side, q)
			if err != nil {
				yield(Booking{}, err)
				return
			}
			for _, b := range page.Bookings {
				if !seen[b.ID] {
					seen[b.ID] = true
					if !yield(b, nil) {
						return
					}
				}
			}
			shrunk := page.Total < total
			total = page.Total
			switch {
			case shrunk && q.Page > 1:
				q.Page--
			case q.Page >= page.pages():
				return
			default:
				q.Page++
			}
		}
		yield(Booking{}, &Error{Op: "list " + string(side) + " bookings", Kind: ErrUnavailable, err: errTooMany})
	}
}

// pages is how many full pages there are, also when the answer counts only the bookings.
func (p Page) pages() int {
	if p.Count > 0 {
		return p.Count
	}
	return (p.Total + MaxPerPage - 1) / MaxPerPage
}

// Booking reads one booking as the given side sees it (docs: GetMadePhoneChatBooking; the twin for
// received ones is inferred).
func (c *Client) Booking(ctx context.Context, token secret.String, side Side, id BookingID) (Booking, error) {
	r, ok := map[Side]route{Made: routeMadeDetails, Received: routeReceivedDetails}[side]
	if !ok {
		return Booking{}, refuse(routeMadeDetails, errNoSide)
	}
	if id <= 0 {
		return Booking{}, refuse(r, errNoID)
	}
	query := url.Values{"BookingID": {strconv.FormatInt(int64(id), 10)}}
	return ask(ctx, c, token, request{route: r, query: query}, c.readBooking(side, id))
}

// readBooking reads one booking of a side. With an id, an answer about another booking is refused.
func (c *Client) readBooking(side Side, id BookingID) func([]byte) (Booking, error) {
	return func(body []byte) (Booking, error) {
		var b Booking
		var err error
		if side == Made {
			b, err = readOne(body, c.loc, madeFrom)
		} else {
			b, err = readOne(body, c.loc, receivedFrom)
		}
		if err == nil && id != 0 && b.ID != id {
			err = misread{at: "BookingID"}
		}
		if err != nil {
			return Booking{}, err
		}
		return b, nil
	}
}

func readOne[W any](body []byte, loc *time.Location, from func(W, *time.Location) (Booking, error)) (Booking, error) {
	w, err := decode[W](body)
	if err != nil {
		return Booking{}, err
	}
	return from(w, loc)
}

// readPage reads one page. An answer that shows no bookings where its own counters promise some, or
// that has no counters either, is not taken for an empty list.
func readPage[W any](body []byte, asked int, loc *time.Location, from func(W, *time.Location) (Booking, error)) (Page, error) {
	w, err := decode[wire.PageOf[W]](body)
	if err != nil {
		return Page{}, err
	}
	if w.PageCount < 0 || w.BookingsTotal < 0 {
		return Page{}, misread{at: "PageCount"}
	}
	promised := asked == 1 && w.BookingsTotal > 0
	if len(w.Bookings) == 0 && (promised || w.Bookings == nil && w.PageNumber == 0) {
		return Page{}, misread{at: "Bookings"}
	}
	page := Page{Number: w.PageNumber, Count: w.PageCount, Total: w.BookingsTotal}
	for _, row := range w.Bookings {
		b, err := from(row, loc)
		if err != nil {
			return Page{}, err
		}
		page.Bookings = append(page.Bookings, b)
	}
	return page, nil
}
