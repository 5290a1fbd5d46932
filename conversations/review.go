package conversations

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgReview         = msg("review.title", "<b>Changed since {when}</b>")
	msgReviewNone     = msg("review.none", "Nothing that I keep has changed since {when}. /bookings and /requests show all there is.")
	msgReviewMade     = msg("review.made", "{number}. You asked {name}: {when}, {minutes} min, {credits} credits\n{status}")
	msgReviewReceived = msg("review.received", "{number}. {name} asked you: {when}, {minutes} min, {credits} credits\n{status}")
	msgReviewMadeFor  = msg("review.made_for", "{number}. {member} asked {name}: {when}, {minutes} min, {credits} credits\n{status}")
	msgReviewFor      = msg("review.received_for", "{number}. {name} asked {member}: {when}, {minutes} min, {credits} credits\n{status}")
)

// reviewAction shows what has changed since a time: seconds since 1970 in base 36.
const reviewAction = "newsreview"

const (
	maxReviewed    = 8
	reviewedPerRow = 4
)

// review shows the bookings that several news were about, as they are kept; nothing is read from the platform. An old
// one shows what has changed since then.
func (v *visit) review(value string) error {
	seconds, err := strconv.ParseInt(value, 36, 64)
	if err != nil || seconds <= 0 || seconds > v.clock.now().Unix() {
		return v.screen(v.homeView(wording.Text{}))
	}
	since := time.Unix(seconds, 0)
	var view flow.View
	err = v.db.View(v.ctx, func(tx *store.Tx) error {
		t := tellerOf(tx, *v.account, v.Desk.clock, v.clock.now())
		view = v.reviewView(t, changedAfter(tx, v.account.ID, since), since)
		return nil
	})
	if err != nil {
		return fmt.Errorf("review: %w", err)
	}
	return v.screen(view)
}

// changedAfter lists the bookings that changed at a time or later, the newest change first.
func changedAfter(tx *store.Tx, account store.AccountID, since time.Time) (list []store.Snapshot) {
	for _, side := range []string{store.SideMade, store.SideReceived} {
		for s, err := range tx.Snapshots(account, side) {
			if err == nil && !s.Updated.Before(since) { // one that does not open is read anew by the next look
				list = append(list, s)
			}
		}
	}
	slices.SortFunc(list, func(a, b store.Snapshot) int {
		return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(b.Booking, a.Booking))
	})
	return list
}

func (v *visit) reviewView(t teller, list []store.Snapshot, since time.Time) flow.View {
	view := flow.View{Body: []wording.Text{msgReviewNone.With(wording.Args{"when": t.clock.moment(since)})}}
	if len(list) > 0 {
		when := wording.Args{"when": t.clock.short(since) + t.twice(since)}
		view.Body = []wording.Text{msgReview.With(when), msgListZone.With(wording.Args{"zone": t.clock.zoneName()})}
	}
	var open []flow.Button
	for i, s := range list[:min(len(list), maxReviewed)] {
		view.Body = append(view.Body, v.reviewLine(t, s, i+1))
		key := t.openKey(newsOf(kindNow(s), s))
		key.Label, key.Style = msgOption.With(wording.Args{"value": i + 1}), flow.StylePlain
		open = append(open, key)
	}
	if len(list) > maxReviewed {
		view.Body = append(view.Body, msgUpdatesMore.With(wording.Args{"count": len(list) - maxReviewed}))
	}
	view.Rows = append(slices.Collect(slices.Chunk(open, reviewedPerRow)), briefing{teller: t}.listKeys()...)
	view.Rows = append(view.Rows, v.homeRow())
	return view
}

func (v *visit) reviewLine(t teller, s store.Snapshot, number int) wording.Text {
	line := [2][2]wording.Message{{msgReviewMade, msgReviewMadeFor}, {msgReviewReceived, msgReviewFor}}
	side, whose := 0, 0
	if s.Side == store.SideReceived {
		side = 1
	}
	if s.Member != 0 {
		whose = 1
	}
	return line[side][whose].With(wording.Args{
		"number": number, "name": t.name(s.Nickname), "member": t.member(s.Member), "when": t.clock.short(s.Session) + t.twice(s.Session),
		"minutes": s.Duration, "credits": s.Credits, "status": v.statusText(bookingOfSnapshot(s)),
	})
}
