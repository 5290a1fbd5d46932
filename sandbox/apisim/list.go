package apisim

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"phonechatbot/apiclient/wire"
)

// query is the query string by names in lower case. Of a name that is repeated the first value counts.
type query map[string]string

func readQuery(values url.Values) query {
	q := make(query, len(values))
	for name, all := range values {
		if len(all) > 0 {
			q[strings.ToLower(name)] = all[0]
		}
	}
	return q
}

// id reads a number that has to be there.
func (q query) id(name string) (int64, error) {
	id, err := strconv.ParseInt(q[strings.ToLower(name)], 10, 64)
	if err != nil {
		return 0, problems{{name, "A number is required."}}.err()
	}
	return id, nil
}

// number reads an optional number within bounds. An empty value is refused: only filters with a
// value may be sent.
func (q query) number(ps *problems, name string, fallback, least, most int) int {
	text, given := q[strings.ToLower(name)]
	if !given {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		ps.add(name, "The number is malformed or out of range.")
	}
	return n
}

// listing is what a list was asked for.
type listing struct {
	since         time.Time
	order         string
	perPage, page int
}

func (q query) listing(zone *time.Location) (listing, error) {
	const mostPerPage, defaultPerPage, mostPages = 100, 50, 1 << 30
	var ps problems
	want := listing{
		order:   "date-desc",
		perPage: q.number(&ps, "BookingsPerPage", defaultPerPage, 1, mostPerPage),
		page:    q.number(&ps, "PageNumber", 1, 1, mostPages),
	}
	if text, given := q["startdate"]; given {
		day, err := time.ParseInLocation(wire.Date, text, zone)
		if err != nil {
			ps.add("StartDate", "The date must be written YYYY-MM-DD.")
		}
		want.since = day
	}
	if text, given := q["orderby"]; given {
		if _, known := orders(nil)[text]; !known {
			ps.add("OrderBy", "This order is not known.")
		}
		want.order = text
	}
	return want, ps.err()
}

// orders are the documented orderings. Rows that tie stand in the order of their creation, newest
// first if the order descends.
func orders(nickname func(*booking) string) map[string]func(a, b *booking) int {
	byName := func(a, b *booking) int {
		return cmp.Or(cmp.Compare(strings.ToLower(nickname(a)), strings.ToLower(nickname(b))), byDate(a, b))
	}
	bySession := func(a, b *booking) int { return cmp.Or(a.Session.Compare(b.Session), byDate(a, b)) }
	return map[string]func(a, b *booking) int{
		"date-asc": byDate, "date-desc": reversed(byDate),
		"nickname-asc": byName, "nickname-desc": reversed(byName),
		"sessiondate-asc": bySession, "sessiondate-desc": reversed(bySession),
	}
}

func reversed(order func(a, b *booking) int) func(a, b *booking) int {
	return func(a, b *booking) int { return order(b, a) }
}

// listOf is an operation that answers one page of the caller's bookings. A page beyond the last is
// empty, not refused.
func listOf[B any](s side, reply func(*Platform, *booking) B) func(*Platform, call) (any, error) {
	return func(p *Platform, c call) (any, error) {
		want, err := c.query.listing(p.zone)
		if err != nil {
			return nil, err
		}
		rows := p.all(func(b *booking) bool {
			return b.on(s, c.by.ID) && !b.Created.Before(want.since)
		})
		other := received
		if s == received {
			other = made
		}
		nickname := func(b *booking) string { return p.members[b.who(other)].Nickname }
		slices.SortFunc(rows, orders(nickname)[want.order])
		page := wire.PageOf[B]{
			PageCount: (len(rows) + want.perPage - 1) / want.perPage, PageNumber: want.page,
			BookingsTotal: len(rows), BookingsPerPage: want.perPage, Bookings: []B{},
		}
		first := min((want.page-1)*want.perPage, len(rows))
		for _, b := range rows[first:min(first+want.perPage, len(rows))] {
			page.Bookings = append(page.Bookings, reply(p, b))
		}
		return page, nil
	}
}
