package apiclient

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"phonechatbot/apiclient/wire"
)

var (
	errNoSide = errors.New("side is neither made nor received")
	errNoID   = errors.New("no ID")
	errPaging = errors.New("page or page size out of range")
)

// ListBookings reads one page of the bookings of one side (docs: GetMadePhoneChatBookings; the path of
// received ones is inferred from it). Managers may. Rows may shift between pages: ReadBookings and
// EachBooking take care of that. A page with the digest q.Known is not decoded, and if the platform knows
// it by the tag of that, it is not sent either.
//
// Scope: account_phonechat_bookings. Errors: ErrInvalid, ErrNotFound (received: see Missing).
func (c *Client) ListBookings(ctx context.Context, as Caller, side Side, q ListQuery) (Page, error) {
	s, err := c.sheet(ctx, as, side, q, false)
	return s.Page, err
}

// sheet is a page, the number it was asked by, and its body where that is not decoded and was to be kept. One that
// the platform left out, because it is the known one, has none.
type sheet struct {
	Page

	asked int
	body  []byte
	again bool // the list moved, and this is not the first walk through it
}

// sheet reads a page. The body of the known one is kept if it may have to be decoded after all.
func (c *Client) sheet(ctx context.Context, as Caller, side Side, q ListQuery, keep bool) (sheet, error) {
	r, ok := listRoute(side)
	if !ok {
		return sheet{}, refuse(r, errNoSide)
	}
	if q.PerPage < 0 || q.PerPage > MaxPerPage || q.Page < 0 {
		return sheet{}, refuse(r, errPaging)
	}
	asked := max(q.Page, 1)
	return askAll(ctx, c, as, request{route: r, query: c.listQuery(q), tag: q.Known.Tag}, func(h heard) (sheet, error) {
		defer h.done() // what is decoded is copied
		if h.same {
			return sheet{Page: Page{Digest: q.Known, Unchanged: true}, asked: asked}, nil
		}
		s, err := c.readSheet(side, h.body, tagOf(h.header), q.Known, asked)
		if s.body = nil; keep && s.Unchanged {
			s.body = bytes.Clone(h.body)
		}
		return s, err
	})
}

// listRoute is where the bookings of a side are listed; of no side, the one to blame in an error.
func listRoute(side Side) (r route, ok bool) {
	if side == Received {
		return routeReceived, true
	}
	return routeMade, side == Made
}

func (c *Client) listQuery(q ListQuery) url.Values {
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
	return query
}

// readSheet reads the page of a side and of the asked number, which came with that tag. The known one is recognised by its
// bytes and left undecoded.
func (c *Client) readSheet(side Side, body []byte, tag string, known Digest, asked int) (s sheet, err error) {
	digest := Digest{Sum: c.marks.of(body), Tag: tag}
	if digest.Sum == known.Sum {
		return sheet{Page: Page{Digest: digest, Unchanged: true}, asked: asked, body: body}, nil
	}
	if side == Made {
		s.Page, err = readPage(body, asked, c.loc, madeFrom)
	} else {
		s.Page, err = readPage(body, asked, c.loc, receivedFrom)
	}
	if err != nil {
		return sheet{}, err
	}
	s.Digest, s.asked = digest, asked
	return s, nil
}

// longestTag is the longest ETag that is kept, in bytes: there is one for every page of every account.
const longestTag = 128

// tagOf is the ETag of an answer, strong or weak; "" if it has none, or one that is malformed or too long.
func tagOf(header http.Header) string {
	tag := header.Get("ETag")
	text := strings.TrimPrefix(tag, "W/")
	if len(tag) > longestTag || len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return ""
	}
	for _, b := range []byte(text[1 : len(text)-1]) {
		if b <= ' ' || b == '"' || b == 0x7f { // RFC 9110, entity-tag
			return ""
		}
	}
	return strings.Clone(tag) // it may be a part of something longer
}

// Booking reads one booking as the given side sees it (docs: GetMadePhoneChatBooking; the path of
// received ones is inferred from it). Managers may. An answer about another booking is ErrUnavailable.
//
// Scope: account_phonechat_bookings. Errors: ErrInvalid, ErrNotFound.
func (c *Client) Booking(ctx context.Context, as Caller, side Side, id BookingID) (Booking, error) {
	r, ok := map[Side]route{Made: routeMadeDetails, Received: routeReceivedDetails}[side]
	if !ok {
		return Booking{}, refuse(routeMadeDetails, errNoSide)
	}
	if id <= 0 {
		return Booking{}, refuse(r, errNoID)
	}
	query := url.Values{"BookingID": {strconv.FormatInt(int64(id), 10)}}
	return ask(ctx, c, as, request{route: r, query: query}, c.readBooking(side, id))
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
// that has no counters either, is not taken for an empty list, nor one about another page for this one.
func readPage[W any](body []byte, asked int, loc *time.Location, from func(W, *time.Location) (Booking, error)) (Page, error) {
	w, err := decode[wire.PageOf[W]](body)
	if err != nil {
		return Page{}, err
	}
	if w.PageCount < 0 || w.BookingsTotal < 0 {
		return Page{}, misread{at: "PageCount"}
	}
	if w.PageNumber != 0 && w.PageNumber != asked {
		return Page{}, misread{at: "PageNumber"}
	}
	promised := asked == 1 && w.BookingsTotal > 0
	if len(w.Bookings) == 0 && (promised || w.Bookings == nil && w.PageNumber == 0) {
		return Page{}, misread{at: "Bookings"}
	}
	page := Page{Number: w.PageNumber, Count: w.PageCount, Total: w.BookingsTotal, PerPage: w.BookingsPerPage}
	for _, row := range w.Bookings {
		b, err := from(row, loc)
		if err != nil {
			return Page{}, err
		}
		page.Bookings = append(page.Bookings, b)
	}
	return page, nil
}
