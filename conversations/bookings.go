package conversations

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	msgListMade        = msg("list.title_made", "<b>Bookings you made</b>")
	msgListReceived    = msg("list.title_received", "<b>Requests you received</b>")
	msgListMadeFor     = msg("list.title_made_for", "<b>Bookings made</b>")
	msgListReceivedFor = msg("list.title_received_for", "<b>Requests received</b>")
	msgListZone        = msg("list.zone", "<i>Times are {zone}.</i>")
	msgListNone        = msg("list.none_made", "You have not booked a call yet. /book starts one.")
	msgListNoneRecv    = msg("list.none_received", "Nobody has asked you for a call yet. I will tell you when somebody does.")
	msgListNoneFor     = msg("list.none_made_for", "{name} has booked no call yet. Refresh looks again.")
	msgListNoneRecvFor = msg("list.none_received_for", "Nobody has asked {name} for a call yet. Refresh looks again.")
	msgListMoved       = msg("list.moved", "⚠ The list moved while it was read, so bookings may be missing here. Refresh reads it again.")
	msgListMissing     = msg("list.missing", "<b>The site offers me no list of the requests you received.</b> Everything else works, and alerts about bookings you made still come. A request can be answered by the number that the site's message gives.")
	msgListMissingFor  = msg("list.missing_for", "<b>The site offers managers no list of the requests {name} received.</b> Everything else works; /bookings shows the bookings made.")
	msgListLine        = msg("list.line", "{number}. {when}, {minutes} min, {name}, {credits} credits\n{status}")
	msgListPage        = msg("list.page", "{page} / {pages}")
	msgListPrev        = msg("list.previous", "‹ Previous")
	msgListNext        = msg("list.next", "Next ›")
)

// listPlace is one page of one tab of a list: "rn2c" is the second page of the received bookings that need an
// answer, by call time. An exclamation mark behind it has the list read anew.
type listPlace struct {
	side  apiclient.Side
	tab   tab // empty: all, as buttons had it before there were tabs ("m2n")
	page  int // from 1
	order order
	fresh bool
}

// maxListPage keeps places short; it is far more than is ever read.
const maxListPage = 99_999

func (p listPlace) String() string {
	s := string(p.side[0]) + string(p.tab) + strconv.Itoa(p.page) + string(p.order)
	if p.fresh {
		s += "!"
	}
	return s
}

// parseListPlace reads a place, which is input from outside; those without a tab are of all bookings.
func parseListPlace(s string) (listPlace, bool) {
	s, fresh := strings.CutSuffix(s, "!")
	if len(s) < 3 || len(s) > 8 {
		return listPlace{}, false
	}
	p := listPlace{tab: tabAll, order: order(s[len(s)-1:]), fresh: fresh}
	side, ok := sideOf(s[0])
	p.side = side
	number := s[1 : len(s)-1]
	if t := tab(number[:1]); slices.Contains(tabs(), t) {
		p.tab, number = t, number[1:]
	}
	page, err := strconv.Atoi(number)
	p.page = page
	return p, ok && err == nil && page >= 1 && page <= maxListPage && (p.order == newest || p.order == byCallTime)
}

func sideOf(letter byte) (apiclient.Side, bool) {
	switch letter {
	case 'm':
		return made, true
	case 'r':
		return received, true
	}
	return "", false
}

// openList reads a list anew and shows what waits in it, or else what comes.
func (v *visit) openList(side apiclient.Side) error {
	list, err := v.readSlowly(side, 0)
	if err != nil {
		return v.noList(side, err, "go", listCommand(side))
	}
	t := firstTab(inTabs(list.all, list.at))
	return v.screen(v.listView(listPlace{side: side, tab: t, page: 1, order: t.order()}, list))
}

func listCommand(side apiclient.Side) string {
	if side == received {
		return "requests"
	}
	return "bookings"
}

// list shows one page of a tab, five bookings to a page.
func (v *visit) list(place listPlace) error {
	within := listLife
	switch {
	case place.fresh:
		within = 0
	case place.page > 1:
		within = pageLife
	}
	list, err := v.readSlowly(place.side, within)
	if err != nil {
		return v.noList(place.side, err, "list", place.String())
	}
	place.fresh = false
	return v.screen(v.listView(place, list))
}

func (v *visit) readSlowly(side apiclient.Side, within time.Duration) (list bookingList, err error) {
	err = v.slowly(func() error {
		list, err = v.listed(side, within)
		return err
	})
	return list, err
}

// noList says why there is no list to show. That of received bookings is not documented: where the platform
// has none, everything else goes on.
func (v *visit) noList(side apiclient.Side, err error, action, value string) error {
	switch {
	case side == received && v.as.Member != 0 && isNotFound(err):
		if lost := v.lostMember(err); !lost.IsZero() {
			return v.screen(v.textView(lost))
		}
		name := wording.Args{"name": memberName(v.as.Nickname, v.as.Member)}
		return v.screen(flow.View{
			Body: []wording.Text{msgListMissingFor.With(name)},
			Rows: [][]flow.Button{{v.button(msgAgain, action, value)}, v.homeRow()},
		})
	case side == received && apiclient.Missing(err):
		answer := v.button(msgKeyByNumber, byNumberName, "")
		answer.Style = flow.StylePrimary
		return v.screen(flow.View{
			Body: []wording.Text{msgListMissing.Text()},
			Rows: [][]flow.Button{{answer}, {v.button(msgAgain, action, value)}, v.homeRow()},
		})
	}
	return v.sorry(fmt.Errorf("list bookings: %w", err), action, value)
}

// listView draws a page; one beyond the end is the last.
func (v *visit) listView(place listPlace, list bookingList) flow.View {
	all, counts := shown(list.all, place.tab, place.order, list.at), inTabs(list.all, list.at)
	pages := max(1, (len(all)+perPage-1)/perPage)
	place.page = min(place.page, pages)
	view := flow.View{Body: []wording.Text{v.listTitle(place.side)}}
	if len(all) > 0 {
		view.Body = append(view.Body, msgListZone.With(wording.Args{"zone": v.clock.zoneName()}))
	}
	if list.short {
		view.Body = append(view.Body, msgListMoved.Text())
	}
	if len(list.all) == 0 {
		return v.withoutBookings(view, place.side)
	}
	refresh := v.button(msgKeyRefresh, "list", place.anew().String())
	if len(all) == 0 {
		view.Body = append(view.Body, emptyTab(place.side, place.tab))
		view.Rows = append(v.tabRows(place, counts), []flow.Button{refresh}, v.homeRow())
		return view
	}
	first := (place.page - 1) * perPage
	view = v.withLines(view, place, first, all[first:min(first+perPage, len(all))])
	if pages > 1 {
		view.Rows = append(view.Rows, v.pager(place, pages))
	}
	view.Rows = append(view.Rows, v.tabRows(place, counts)...)
	other, label := byCallTime, msgOrderNewest
	if place.order == byCallTime {
		other, label = newest, msgOrderCall
	}
	turned := listPlace{side: place.side, tab: place.tab, page: 1, order: other}
	view.Rows = append(view.Rows, []flow.Button{v.button(label, "list", turned.String()), refresh}, v.homeRow())
	return view
}

// withLines adds bookings, numbered through the pages, with a button for each.
func (v *visit) withLines(view flow.View, place listPlace, first int, bookings []apiclient.Booking) flow.View {
	var open []flow.Button
	for i, b := range bookings {
		number := first + i + 1
		view.Body = append(view.Body, msgListLine.With(wording.Args{
			"number": number, "when": v.clock.short(b.Session), "minutes": b.Duration,
			"name": memberName(b.Other.Nickname, int64(b.Other.ID)), "credits": b.Credits.String(), "status": v.statusText(b),
		}))
		key := v.button(msgOption, "card", cardRef{side: place.side, id: b.ID, from: place}.String())
		key.Label = msgOption.With(wording.Args{"value": number})
		open = append(open, key)
	}
	view.Rows = append(view.Rows, open)
	return view
}

// listTitle does not say "you" of a member whom the account acts for.
func (v *visit) listTitle(side apiclient.Side) wording.Text {
	switch acting := v.as.Member != 0; {
	case side == received && acting:
		return msgListReceivedFor.Text()
	case side == received:
		return msgListReceived.Text()
	case acting:
		return msgListMadeFor.Text()
	}
	return msgListMade.Text()
}

// withoutBookings is a list with nothing in any tab. Refresh opens it where it opens by then.
func (v *visit) withoutBookings(view flow.View, side apiclient.Side) flow.View {
	name := wording.Args{"name": memberName(v.as.Nickname, v.as.Member)}
	acting := v.as.Member != 0
	none := msgListNone.Text()
	switch {
	case side == received && acting:
		none = msgListNoneRecvFor.With(name)
	case side == received:
		none = msgListNoneRecv.Text()
	case acting:
		none = msgListNoneFor.With(name)
	default:
		view.Rows = append(view.Rows, []flow.Button{v.button(msgKeyBook, "book", "")})
	}
	view.Body = append(view.Body, none)
	view.Rows = append(view.Rows, []flow.Button{v.button(msgKeyRefresh, "go", listCommand(side))}, v.homeRow())
	return view
}

// anew is the same place, of a list that is read again.
func (p listPlace) anew() listPlace {
	p.fresh = true
	return p
}

func (v *visit) tabRows(place listPlace, counts map[tab]int) [][]flow.Button {
	var rows [][]flow.Button
	for two := range slices.Chunk(tabs(), 2) {
		var row []flow.Button
		for _, t := range two {
			key := v.button(msgTabAll, "list", listPlace{side: place.side, tab: t, page: 1, order: t.order()}.String())
			key.Label = t.label(counts[t], t == place.tab, v.as.Member != 0)
			row = append(row, key)
		}
		rows = append(rows, row)
	}
	return rows
}

func (v *visit) pager(place listPlace, pages int) []flow.Button {
	at := func(label wording.Message, page int) flow.Button {
		place.page = page
		return v.button(label, "list", place.String())
	}
	here := at(msgListPage, place.page)
	here.Label = msgListPage.With(wording.Args{"page": place.page, "pages": pages})
	current := place.page
	row := []flow.Button{here}
	if current > 1 {
		row = append([]flow.Button{at(msgListPrev, current-1)}, row...)
	}
	if current < pages {
		row = append(row, at(msgListNext, current+1))
	}
	return row
}

// cardRef names one booking and the list it was opened from: "r48213:rn2c".
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
	side, ok := sideOf(booking[0])
	id, err := strconv.ParseInt(booking[1:], 10, 64)
	if !ok || err != nil || id <= 0 {
		return cardRef{}, false
	}
	r := cardRef{side: side, id: apiclient.BookingID(id)}
	if listed {
		if r.from, ok = parseListPlace(from); !ok {
			return cardRef{}, false
		}
	}
	return r, true
}
