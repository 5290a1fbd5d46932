package conversations

import (
	"cmp"
	"slices"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgSummary        = msg("summary.title", "<b>Your summary</b> for {date}")
	msgSummaryToday   = msg("summary.today", "Today:")
	msgSummaryFree    = msg("summary.free", "No call is agreed for today.")
	msgSummaryWaits   = msg("summary.waits", "Waiting for you:")
	msgSummaryLine    = msg("summary.line", "• {hour}, {minutes} min: {name}, {credits} credits")
	msgSummaryLineFor = msg("summary.line_for", "• {hour}, {minutes} min: {name}, {credits} credits, for {member}")
	msgSummaryAnswer  = msg("summary.answer", "• Request from {name}: {details}.")
	msgSummaryConfirm = msg("summary.confirm", "• {name} accepted: {details}.")
	msgSummaryCounts  = msg("summary.counts", "Your summary: {today}, {waits}.")
	msgSummaryMinimal = msg("summary.minimal", "You have a summary.")

	msgCountNoCall  = msg("summary.no_appointment", "no appointment today")
	msgCountOneCall = msg("summary.one_appointment", "1 appointment today")
	msgCountCalls   = msg("summary.appointments", "{count} appointments today")
	msgCountNone    = msg("summary.nothing_waits", "nothing waits for you")
	msgCountOne     = msg("summary.one_waits", "1 waits for you")
	msgCountSome    = msg("summary.some_wait", "{count} wait for you")
)

// summary is what is on today, and what the person has to answer or confirm, each the earliest first.
type summary struct{ today, waits []store.Snapshot }

func (s summary) empty() bool { return len(s.today)+len(s.waits) == 0 }

// summaryOf goes by what is kept of the bookings, those of watched members included: nobody but the members answers
// these. What does not open is left out.
func summaryOf(tx *store.Tx, account store.AccountID, c clock) (s summary) {
	now := c.Now()
	year, month, day := now.Date()
	tomorrow := time.Date(year, month, day+1, 0, 0, 0, 0, c.zone)
	for _, side := range []string{store.SideMade, store.SideReceived} {
		for kept, err := range tx.Snapshots(account, side) {
			if err != nil {
				continue
			}
			b := bookingOfSnapshot(kept)
			on := b.Session.After(now) && agreed(b) || ends(b).After(now) && b.Status == apiclient.StatusConfirmed
			if on && b.Session.Before(tomorrow) {
				s.today = append(s.today, kept)
			}
			if kept.Member == 0 && waitsForUs(side, b.Status) && b.Session.After(now) && !lapsed(b, now) {
				s.waits = append(s.waits, kept)
			}
		}
	}
	for _, list := range [][]store.Snapshot{s.today, s.waits} {
		slices.SortFunc(list, func(a, b store.Snapshot) int {
			return cmp.Or(a.Session.Compare(b.Session), cmp.Compare(a.Booking, b.Booking))
		})
	}
	return s
}

// ofSummary is the daily alert.
func (b briefing) ofSummary() flow.View {
	view := flow.View{Rows: b.listKeys()}
	today, waits := b.summary.today, b.summary.waits
	switch b.level {
	case alert.Standard:
	case alert.Minimal:
		view.Body = []wording.Text{msgSummaryMinimal.Text()}
		return view
	default: // one of a version to come says no more than this one
		view.Body = []wording.Text{msgSummaryCounts.With(wording.Args{
			"today": counted(len(today), msgCountNoCall, msgCountOneCall, msgCountCalls),
			"waits": counted(len(waits), msgCountNone, msgCountOne, msgCountSome),
		})}
		return view
	}
	view.Body = []wording.Text{
		msgSummary.With(wording.Args{"date": b.clock.date(b.clock.now())}), msgListZone.With(wording.Args{"zone": b.clock.zoneName()}),
	}
	heading := msgSummaryToday
	if len(today) == 0 {
		heading = msgSummaryFree
	}
	view.Body = append(append(view.Body, heading.Text()), firstFew(today, b.todayLine)...)
	if len(waits) > 0 {
		view.Body = append(append(view.Body, msgSummaryWaits.Text()), firstFew(waits, b.waitsLine)...)
	}
	return view
}

func counted(n int, none, one, more wording.Message) wording.Text {
	return []wording.Message{none, one, more}[min(n, 2)].With(wording.Args{"count": n})
}

// firstFew are the lines of the first of a list, and how many there are besides.
func firstFew(list []store.Snapshot, line func(store.Snapshot) wording.Text) (lines []wording.Text) {
	for i, s := range list {
		if i == maxUpdates {
			return append(lines, msgUpdatesMore.With(wording.Args{"count": len(list) - i}))
		}
		lines = append(lines, line(s))
	}
	return lines
}

func (b briefing) todayLine(s store.Snapshot) wording.Text {
	line := msgSummaryLine
	if s.Member != 0 {
		line = msgSummaryLineFor
	}
	return line.With(wording.Args{
		"hour": b.clock.hour(s.Session) + b.twice(s.Session), "minutes": s.Duration, "name": b.name(s.Nickname),
		"credits": s.Credits, "member": b.member(s.Member),
	})
}

func (b briefing) waitsLine(s store.Snapshot) wording.Text {
	line, by := msgSummaryAnswer, msgAnswerBy
	if s.Side == store.SideMade {
		line, by = msgSummaryConfirm, msgConfirmBy
	}
	said := line.With(wording.Args{"name": b.name(s.Nickname), "details": msgDetails.With(wording.Args{
		"when": b.clock.short(s.Session) + b.twice(s.Session), "minutes": s.Duration, "credits": s.Credits,
	})})
	if s.AcceptBy.After(b.clock.now()) {
		said = sentences(said, by.With(wording.Args{"until": b.hour(s.AcceptBy)}))
	}
	return said
}

// bookingOfSnapshot is what a snapshot tells of its booking.
func bookingOfSnapshot(s store.Snapshot) apiclient.Booking {
	return apiclient.Booking{
		ID: apiclient.BookingID(s.Booking), Side: apiclient.Side(s.Side), Status: apiclient.Status(s.Status),
		Session: s.Session, AcceptBy: s.AcceptBy, Duration: s.Duration,
	}
}
