package apiclient

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
)

const (
	// maxPages bounds one walk through a list: ten thousand bookings.
	maxPages = 100
	// maxWalks is how often a list is gone through that moves meanwhile.
	maxWalks = 4
)

// EachBooking goes through all bookings of one side, in pages of MaxPerPage, as ListBookings reads them
// (docs: GetMadePhoneChatBookings; received ones inferred); Page, PerPage and Known of q are not used.
// Each ID comes once. It ends without an error only when nothing was stepped over: there are as many
// bookings as the list counts, and the pages before the last one, looked at once more, have none that
// stood elsewhere. Otherwise the list moved and is gone through again, a few times, and then it is
// ErrUnavailable. An error ends it.
//
// Scope: account_phonechat_bookings. Errors: as ListBookings: ErrInvalid, ErrNotFound.
func (c *Client) EachBooking(ctx context.Context, as Caller, side Side, q ListQuery) iter.Seq2[Booking, error] {
	return func(yield func(Booking, error) bool) {
		seen := make(map[BookingID]bool)
		for s, err := range c.sheets(ctx, as, side, q, nil, true) {
			if err != nil {
				yield(Booking{}, err)
				return
			}
			for _, b := range s.Bookings {
				if !seen[b.ID] {
					seen[b.ID] = true
					if !yield(b, nil) {
						return
					}
				}
			}
		}
	}
}

// ReadBookings reads all bookings of one side, as ListBookings does (docs: GetMadePhoneChatBookings;
// received ones inferred), or nothing of them where each page still is the known one: then nothing is
// decoded. The known digests are those of the reading before, of the same account, side and query; nil
// reads everything. A booking that came twice is as it came last.
//
// A list that moves so much that fewer come than it counts is gone through again, a few times, and then
// what came is Short. When it moved at all, the Reading has no Digests, so that the next one reads
// everything. Pages are not looked at twice, as EachBooking does: what moves behind the reader's back
// shows in the Digests of the next reading. An error leaves no Reading.
//
// Scope: account_phonechat_bookings. Errors: as ListBookings: ErrInvalid, ErrNotFound.
func (c *Client) ReadBookings(ctx context.Context, as Caller, side Side, q ListQuery, known []Digest) (Reading, error) {
	held, still, err := c.compare(ctx, as, side, q, known)
	if err != nil {
		return Reading{}, err
	}
	if still != nil {
		return Reading{Digests: still, Unchanged: true}, nil
	}
	var r Reading
	moved := false
	at := make(map[BookingID]int)
	for s, err := range c.sheets(ctx, as, side, q, held, false) {
		if r.Short = errors.Is(err, errMoving); err != nil && !r.Short {
			return Reading{}, err
		}
		moved = s.again || r.Short
		r.Digests = append(r.Digests, s.Digest)
		for _, b := range s.Bookings {
			if i, twice := at[b.ID]; twice {
				r.Bookings[i] = b
				continue
			}
			at[b.ID] = len(r.Bookings)
			r.Bookings = append(r.Bookings, b)
		}
	}
	if moved { // its pages are of different moments
		r.Digests = nil
	}
	return r, nil
}

// compare reads pages as long as they are the known ones, and gives what it read by number, or the digests as
// they are now (a tag may be new) if all are. A page that is the known one names the same number of pages as
// before, so that the last known one ends the list.
func (c *Client) compare(ctx context.Context, as Caller, side Side, q ListQuery, known []Digest) (read map[int]sheet, still []Digest, err error) {
	if len(known) == 0 || len(known) > maxPages {
		return nil, nil, nil
	}
	still = make([]Digest, 0, len(known))
	read = make(map[int]sheet, len(known))
	for i, digest := range known {
		q.Page, q.PerPage, q.Known = i+1, MaxPerPage, digest
		s, err := c.sheet(ctx, as, side, q, q.Page < len(known)) // once the last one is the known one, nothing is decoded
		if err != nil {
			return nil, nil, err
		}
		read[q.Page] = s
		if !s.Unchanged {
			return read, nil, nil
		}
		still = append(still, s.Digest)
	}
	return nil, still, nil
}

// sheets walks through the pages of one side, decoded: those that are held with their body, which it uses up,
// and the others from the platform. A list that moved meanwhile is walked through again; the last word of one that
// never keeps still is errMoving. With sure, what stands on the pages is made sure of by a second look.
func (c *Client) sheets(ctx context.Context, as Caller, side Side, q ListQuery, held map[int]sheet, sure bool) iter.Seq2[sheet, error] {
	if held == nil {
		held = map[int]sheet{}
	}
	read := func(page int) (sheet, error) {
		s, ok := held[page]
		delete(held, page)
		switch {
		case !ok, s.Unchanged && s.body == nil:
			q.Page, q.PerPage, q.Known = page, MaxPerPage, Digest{}
			var err error
			s, err = c.sheet(ctx, as, side, q, false)
			return s, counted(err, page)
		case s.Unchanged:
			return c.opened(side, s)
		}
		return s, nil
	}
	return func(yield func(sheet, error) bool) {
		for n := range maxWalks {
			w := walk{stood: map[BookingID]int{}}
			for more := true; more; {
				s, err := read(w.pages + 1)
				s.again = n > 0
				if !yield(s, err) || err != nil {
					return
				}
				if more = w.goesOn(s); more && w.pages == maxPages {
					yield(sheet{}, unread(side, errTooMany))
					return
				}
			}
			kept, err := w.keeps(sure, read, held)
			switch {
			case err != nil:
				yield(sheet{}, err)
				return
			case kept:
				return
			}
		}
		yield(sheet{}, unread(side, errMoving))
	}
}

// unread is a list that was read, but not to a good end.
func unread(side Side, why error) *Error {
	return &Error{Op: "list " + string(side) + " bookings", Kind: ErrUnavailable, err: why}
}

// walk is what one way through the pages of a list has seen.
type walk struct {
	stood map[BookingID]int // on which page
	pages int
	most  int  // bookings on the fullest page
	total int  // bookings in all, as the last page that counted had it
	moved bool // bookings vanished between two pages, and others took their places
}

// goesOn takes a page in, and reports whether there are more: by what it counts, or else if it is full.
// Counters may be left out or wrong, and pages may be smaller than was asked for: then all but the last are
// alike.
func (w *walk) goesOn(s sheet) bool {
	w.pages++
	w.most = max(w.most, len(s.Bookings))
	before := len(w.stood)
	for _, b := range s.Bookings {
		w.stood[b.ID] = w.pages
	}
	if s.Total > 0 {
		w.moved = s.Total < w.total
		w.total = s.Total
	}
	switch {
	case w.moved:
		return false
	case w.pages < s.Count:
		return true
	case len(w.stood) == before:
		return false
	case w.total > 0:
		return len(w.stood) < w.total && len(s.Bookings) == w.most
	default:
		return s.Count == 0 && s.full()
	}
}

// keeps reports whether a walk has seen the whole list. To be sure it reads the pages but the last again,
// which go into held: when each has what stood there, all pages were so at the moment of the last one.
func (w *walk) keeps(sure bool, read func(page int) (sheet, error), held map[int]sheet) (bool, error) {
	if w.moved || len(w.stood) < w.total {
		return false, nil
	}
	for page := 1; sure && page < w.pages; page++ {
		s, err := read(page)
		if err != nil {
			return false, err
		}
		held[page] = s
		if slices.ContainsFunc(s.Bookings, func(b Booking) bool { return w.stood[b.ID] != page }) {
			return false, nil
		}
	}
	return true, nil
}

// counted judges the failure of a page that an earlier one has counted: if it is not there, the list is
// not missing but was half read.
func counted(err error, page int) error {
	var e *Error
	if page > 1 && errors.As(err, &e) && errors.Is(e.Kind, ErrNotFound) {
		half := *e
		half.Kind = ErrUnavailable
		return &half
	}
	return err
}

// opened is a page that was left undecoded, decoded after all because another one has changed.
func (c *Client) opened(side Side, s sheet) (sheet, error) {
	opened, err := c.readSheet(side, s.body, s.Digest.Tag, Digest{}, s.asked)
	if err != nil {
		r, _ := listRoute(side)
		return sheet{}, notUnderstood(r, http.StatusOK, err)
	}
	return opened, nil
}

// full reports whether a page has no room for more. One that does not tell its size may be of the API's own.
func (p Page) full() bool {
	size := DefaultPerPage
	if p.PerPage > 0 {
		size = min(p.PerPage, MaxPerPage)
	}
	return len(p.Bookings) >= size
}
