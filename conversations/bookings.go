package conversations

import (
	"fmt"
	"strconv"
	"strings"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

const perPage = 5

const (
	made     = apiclient.Made
	received = apiclient.Received
)

var (
	msgListMade     = msg("list.title_made", "<b>Bookings you made</b>")
	msgListReceived = msg("list.title_received", "<b>Requests you received</b>")
	msgListZone     = msg("list.zone", "<i>Times are {zone}.</i>")
	msgListNone     = msg("list.none_made", "You have not booked a call yet. /book starts one.")
	msgListNoneRecv = msg("list.none_received", "Nobody has asked you for a call yet. I will tell you when somebody does.")
	msgListMissing  = msg("list.missing", "The site offers no list of received bookings to this token. Alerts about bookings you made still work.")
	msgListLine     = msg("list.line", "{number}. {when}, {minutes} min, {name}, {credits} credits\n{status}")
	msgListPage     = msg("list.page", "{page} / {pages}")
	msgListPrev     = msg("list.previous", "‹ Previous")
	msgListNext     = msg("list.next", "Next ›")
	msgOrderNewest  = msg("list.order_newest", "Order: newest first")
	msgOrderCall    = msg("list.order_call", "Order: by call time")
)

// order of a list, as one letter in its buttons.
type order string

const (
	newest     order = "n"
	byCallTime order = "c"
)

func (o order) query() apiclient.Order {
	if o == byCallTime {
		return apiclient.LatestCall
	}
	return apiclient.NewestFirst
}

// listPlace is one page of one list: "m2n" is the second page of bookings made, newest first.
type listPlace struct {
	side  apiclient.Side
	page  int
	order order
}

func (p listPlace) String() string {
	return string(p.side[0]) + strconv.Itoa(p.page) + string(p.order)
}

func parseListPlace(s string) (listPlace, bool) {
	if len(s) < 3 || len(s) > 8 {
		return listPlace{}, false
	}
	p := listPlace{side: made, order: order(s[len(s)-1:])}
	switch s[0] {
	case 'm':
	case 'r':
		p.side = received
	default:
		return listPlace{}, false
	}
	page, err := strconv.Atoi(s[1 : len(s)-1])
	p.page = page
	return p, err == nil && page >= 1 && (p.order == newest || p.order == byCallTime)
}

func (v *visit) openList(side apiclient.Side) error {
	return v.list(listPlace{side: side, page: 1, order: newest})
}

// list shows one page, five bookings to a page, as the site orders them.
func (v *visit) list(place listPlace) error {
	page, err := v.readPage(place)
	if err == nil && len(page.Bookings) == 0 && place.page > 1 { // the list has become shorter
		place.page = 1
		page, err = v.readPage(place)
	}
	if err != nil {
		if place.side == received && isNotFound(err) {
			return v.screen(v.textView(msgListMissing.Text()))
		}
		return v.sorry(fmt.Errorf("list bookings: %w", err), "list", place.String())
	}
	return v.screen(v.listView(place, page))
}

func (v *visit) readPage(place listPlace) (apiclient.Page, error) {
	return v.api.ListBookings(v.ctx, v.caller(), place.side,
		apiclient.ListQuery{OrderBy: place.order.query(), PerPage: perPage, Page: place.page})
}

func (v *visit) listView(place listPlace, page apiclient.Page) flow.View {
	title, none := msgListMade, msgListNone
	if place.side == received {
		title, none = msgListReceived, msgListNoneRecv
	}
	view := flow.View{Body: []wording.Text{title.Text()}}
	if len(page.Bookings) == 0 {
		view.Body = append(view.Body, none.Text())
		view.Rows = append(view.Rows, []flow.Button{v.button(msgKeyRefresh, "list", place.String())}, v.homeRow())
		return view
	}
	view.Body = append(view.Body, msgListZone.With(wording.Args{"zone": v.clock.zoneName()}))
	var open []flow.Button
	for i, b := range page.Bookings {
		number := (place.page-1)*perPage + i + 1
		view.Body = append(view.Body, msgListLine.With(wording.Args{
			"number": number, "when": v.clock.short(b.Session), "minutes": b.Duration,
			"name": memberName(b.Other.Nickname, int64(b.Other.ID)), "credits": b.Credits.String(), "status": v.statusText(b),
		}))
		key := v.button(msgOption, "card", cardRef{side: place.side, id: b.ID, from: place}.String())
		key.Label = msgOption.With(wording.Args{"value": number})
		open = append(open, key)
	}
	view.Rows = append(view.Rows, open)
	if page.Count > 1 {
		view.Rows = append(view.Rows, v.pager(place, page.Count))
	}
	other, label := byCallTime, msgOrderNewest
	if place.order == byCallTime {
		other, label = newest, msgOrderCall
	}
	view.Rows = append(view.Rows,
		[]flow.Button{v.button(label, "list", listPlace{place.side, 1, other}.String()), v.button(msgKeyRefresh, "list", place.String())},
		v.homeRow())
	return view
}

func (v *visit) pager(place listPlace, pages int) []flow.Button {
	var row []flow.Button
	if place.page > 1 {
		row = append(row, v.button(msgListPrev, "list", listPlace{place.side, place.page - 1, place.order}.String()))
	}
	here := v.button(msgListPage, "list", place.String())
	here.Label = msgListPage.With(wording.Args{"page": place.page, "pages": pages})
	row = append(row, here)
	if place.page < pages {
		row = append(row, v.button(msgListNext, "list", listPlace{place.side, place.page + 1, place.order}.String()))
	}
	return row
}

// cardRef names one booking and the list it was opened from: "m48213:m2n".
type cardRef struct {
	side apiclient.Side
	id   apiclient.BookingID
	from listPlace // zero: not from a list
}

func (r cardRef) String() string {
	s := string(r.side[0]) + strconv.FormatInt(int64(r.id), 10)
	if r.from.page > 0 {
		s += ":" + r.from.String()
	}
	return s
}

func parseCardRef(s string) (cardRef, bool) {
	booking, from, listed := strings.Cut(s, ":")
	if len(booking) < 2 {
		return cardRef{}, false
	}
	r := cardRef{side: made}
	switch booking[0] {
	case 'm':
	case 'r':
		r.side = received
	default:
		return cardRef{}, false
	}
	id, err := strconv.ParseInt(booking[1:], 10, 64)
	if err != nil || id <= 0 {
		return cardRef{}, false
	}
	r.id = apiclient.BookingID(id)
	if listed {
		place, ok := parseListPlace(from)
		if !ok {
			return cardRef{}, false
		}
		r.from = place
	}
	return r, true
}
