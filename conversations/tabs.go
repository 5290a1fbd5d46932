package conversations

import (
	"cmp"
	"slices"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/wording"
)

// tab is a part of a list of bookings, as one letter in its buttons.
type tab string

const (
	tabNeeds    tab = "n" // waits for an answer or a confirmation by this side
	tabUpcoming tab = "u" // waits for the other side, or for the call to come and end
	tabPast     tab = "p"
	tabAll      tab = "a"
)

// tabs are all tabs, as they stand on the screen.
func tabs() []tab { return []tab{tabNeeds, tabUpcoming, tabPast, tabAll} }

var (
	msgTabNeeds     = msg("list.tab_needs", "Needs you {count}")
	msgTabNeedsFor  = msg("list.tab_needs_for", "Needs action {count}") // acting for a member
	msgTabUpcoming  = msg("list.tab_upcoming", "Upcoming {count}")
	msgTabPast      = msg("list.tab_past", "Past {count}")
	msgTabAll       = msg("list.tab_all", "All {count}")
	msgTabChosen    = msg("list.tab_chosen", "• {tab}")
	msgOrderNewest  = msg("list.order_newest", "Order: newest first")
	msgOrderCall    = msg("list.order_call", "Order: by call time")
	msgNoNeedsMade  = msg("list.empty_needs_made", "Nothing waits to be confirmed. A request is listed here once it has been accepted.")
	msgNoNeedsRecv  = msg("list.empty_needs_received", "No request waits for an answer. New ones are listed here; Refresh looks again.")
	msgNoUpcoming   = msg("list.empty_upcoming_made", "No call is coming up. Requests that wait for a reply, and confirmed calls, are listed here.")
	msgNoUpcomeRecv = msg("list.empty_upcoming_received", "No call is coming up. Requests are listed here once they have been accepted.")
	msgNoPast       = msg("list.empty_past", "Nothing is over yet. Calls that are over, declined, cancelled or not answered in time are listed here.")
)

// tabsOf names the tabs that show a booking: the one it belongs to, and All.
func tabsOf(b apiclient.Booking, now time.Time) []tab {
	return []tab{placeOf(b, now), tabAll}
}

// placeOf is the tab that a booking belongs to. A status that nobody knows tells only by its time.
func placeOf(b apiclient.Booking, now time.Time) tab {
	switch b.Status {
	case apiclient.StatusPending:
		switch {
		case b.Side == received: // lapsed too: it can be declined, or the client invited again
			return tabNeeds
		case lapsed(b, now):
			return tabPast
		}
		return tabUpcoming
	case apiclient.StatusAccepted:
		switch {
		case b.Side == received: // by its time, as what is confirmed
		case b.Session.After(now):
			return tabNeeds
		default:
			return tabPast
		}
	case apiclient.StatusRejected, apiclient.StatusCancelled:
		return tabPast
	case apiclient.StatusConfirmed:
	}
	if ends(b).After(now) {
		return tabUpcoming
	}
	return tabPast
}

// inTabs counts the bookings of each tab.
func inTabs(all []apiclient.Booking, now time.Time) map[tab]int {
	counts := map[tab]int{}
	for _, b := range all {
		for _, t := range tabsOf(b, now) {
			counts[t]++
		}
	}
	return counts
}

// firstTab is where a list opens: at what waits, else at what comes.
func firstTab(counts map[tab]int) tab {
	for _, t := range []tab{tabNeeds, tabUpcoming} {
		if counts[t] > 0 {
			return t
		}
	}
	return tabAll
}

// ahead: the tab shows what is still to come, soonest first.
func (t tab) ahead() bool { return t == tabNeeds || t == tabUpcoming }

// order of a list, as one letter in its buttons.
type order string

const (
	newest     order = "n" // as they were made, the latest first
	byCallTime order = "c" // soonest first in what is ahead, latest first elsewhere
)

// order is the one that a tab opens with.
func (t tab) order() order {
	if t.ahead() {
		return byCallTime
	}
	return newest
}

// shown lists the bookings of a tab in order; those that tie by their numbers. What it is given stays as it is.
func shown(all []apiclient.Booking, t tab, o order, now time.Time) []apiclient.Booking {
	var list []apiclient.Booking
	for _, b := range all {
		if slices.Contains(tabsOf(b, now), t) {
			list = append(list, b)
		}
	}
	slices.SortFunc(list, func(a, b apiclient.Booking) int {
		switch {
		case o == newest:
			return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
		case t.ahead():
			return cmp.Or(a.Session.Compare(b.Session), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(b.Session.Compare(a.Session), cmp.Compare(b.ID, a.ID))
	})
	return list
}

// label is a tab's button.
func (t tab) label(count int, chosen, acting bool) wording.Text {
	name := map[tab]wording.Message{tabNeeds: msgTabNeeds, tabUpcoming: msgTabUpcoming, tabPast: msgTabPast, tabAll: msgTabAll}[t]
	if t == tabNeeds && acting {
		name = msgTabNeedsFor
	}
	label := name.With(wording.Args{"count": count})
	if chosen {
		return msgTabChosen.With(wording.Args{"tab": label})
	}
	return label
}

// emptyTab says of a tab without bookings what would stand there.
func emptyTab(side apiclient.Side, t tab) wording.Text {
	switch {
	case t == tabNeeds && side == received:
		return msgNoNeedsRecv.Text()
	case t == tabNeeds:
		return msgNoNeedsMade.Text()
	case t == tabUpcoming && side == received:
		return msgNoUpcomeRecv.Text()
	case t == tabUpcoming:
		return msgNoUpcoming.Text()
	}
	return msgNoPast.Text()
}
