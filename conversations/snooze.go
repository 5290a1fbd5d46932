package conversations

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgSnoozed      = msg("snooze.on", "Snoozed until {until}.")
	msgTooNearReply = msg("snooze.near_reply", "The reply-by time is too near to snooze.")
	msgTooNearCall  = msg("snooze.near_call", "The call is too near to snooze.")
	msgNewsOld      = msg("snooze.old", "That alert is out of date, and nothing was done. This is the current one.")
	msgNewsGone     = msg("snooze.gone", "I keep nothing of that booking any more. Nothing was done.")
)

// The buttons of an alert about a booking, beside the one that opens it. Each names the state it leads to.
const (
	snoozeAction     = "newssnooze"
	wakeAction       = "newswake"
	muteNewsAction   = "newsmute"
	unmuteNewsAction = "newsunmute"
)

const (
	// snoozeMargin is what a snooze leaves before the reply-by time, or the call.
	snoozeMargin = 5 * time.Minute
	// shortestSnooze is worth a snooze.
	shortestSnooze = time.Minute
)

// noticeScreens are the buttons of alerts.
func noticeScreens() map[string]screen {
	return map[string]screen{
		snoozeAction:     onNews((*visit).snooze),
		wakeAction:       onNews((*visit).unsnooze),
		muteNewsAction:   onNews(func(v *visit, n *pressedNews) error { return v.keepQuiet(n.tx, n.kept, true) }),
		unmuteNewsAction: onNews((*visit).unmuteNews),
		reviewAction:     (*visit).review,
	}
}

// newsRef names news of a booking in the buttons of its alert: "am48213" is that one that was made is accepted.
type newsRef struct {
	kind alert.Kind
	cardRef
}

// newsLetters are the kinds of news that a booking has, as buttons name them.
func newsLetters() map[byte]alert.Kind {
	return map[byte]alert.Kind{
		'q': alert.Request, 'a': alert.Accepted, 'r': alert.Rejected, 'e': alert.Expired, 'c': alert.Confirmed,
		'x': alert.Cancelled, 'm': alert.Credits, 'h': alert.Changed, 'b': alert.ReplyBy, 'i': alert.Reminder,
	}
}

func newsRefOf(n store.Notification) newsRef {
	return newsRef{n.Kind, cardRef{side: apiclient.Side(n.Side), id: apiclient.BookingID(n.Booking)}}
}

func (r newsRef) String() string {
	letter := byte('h')
	for l, kind := range newsLetters() {
		if kind == r.kind {
			letter = l
		}
	}
	return string(letter) + r.cardRef.String()
}

// parseNewsRef reads what String writes, which is input from outside.
func parseNewsRef(s string) (newsRef, bool) {
	if s == "" {
		return newsRef{}, false
	}
	kind, known := newsLetters()[s[0]]
	ref, ok := parseCardRef(s[1:])
	r := newsRef{kind, ref}
	return r, known && ok && r.String() == s && ref.from.page == 0
}

// pressedNews is an alert whose button was pressed: what is kept of its booking, in a transaction.
type pressedNews struct {
	tx   *store.Tx
	kept store.Snapshot
	kind alert.Kind   // to be shown
	note wording.Text // to be said with it
}

// onNews is a button of an alert. It writes what it has to, and draws the alert as it is then; nothing is asked of the
// platform.
func onNews(write func(*visit, *pressedNews) error) screen {
	return func(v *visit, value string) error {
		ref, ok := parseNewsRef(value)
		if !ok {
			return v.screen(v.homeView(wording.Text{}))
		}
		view := v.textView(msgNewsGone.Text())
		err := v.change(func(tx *store.Tx, _ *store.Chat) error {
			read := func() (store.Snapshot, error) { return tx.Snapshot(v.account.ID, string(ref.side), int64(ref.id)) }
			kept, err := read()
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			n := pressedNews{tx: tx, kept: kept, kind: ref.kind}
			if err := write(v, &n); err != nil {
				return err
			}
			if n.kept, err = read(); err != nil {
				return err
			}
			view = tellerOf(tx, *v.account, v.Desk.clock, v.clock.now()).pressed(n)
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", v.event.Press.Action, err)
		}
		return v.screen(view)
	}
}

// pressed is an alert after one of its buttons was pressed.
func (t teller) pressed(n pressedNews) flow.View {
	kind := n.kind
	if !stands(kind, n.kept, t.clock.now()) {
		kind = kindNow(n.kept)
	}
	about := newsOf(kind, n.kept)
	view := flow.View{Rows: t.newsKeys(about)}
	ref := newsRefOf(about).String()
	switch {
	case n.kept.Muted:
		view.Body = []wording.Text{msgMuted.Text()}
		view.Rows[1] = []flow.Button{t.key(msgKeyUnmuteIt, unmuteNewsAction, ref)}
	case n.kept.Snoozed.After(t.clock.now()):
		view.Body = []wording.Text{msgSnoozed.With(wording.Args{"until": t.hour(n.kept.Snoozed)})}
		view.Rows[1] = []flow.Button{t.key(msgKeyTellMeNow, wakeAction, ref)}
	case n.note.Message.ID == msgUnmuted.ID:
		view.Body = []wording.Text{n.note}
	case !n.note.IsZero():
		view.Body = []wording.Text{n.note, t.text(told{Notification: about})}
	default:
		view = t.ofBooking(told{Notification: about})
	}
	return view
}

// snooze leaves a booking alone for a while: what the alert says comes once more when that is over. Pressed again, it
// changes nothing.
func (v *visit) snooze(n *pressedNews) error {
	now := v.clock.now()
	switch {
	case n.kept.Muted:
		return nil
	case n.kept.Snoozed.After(now):
		return v.snoozeToo(n)
	case !stands(n.kind, n.kept, now):
		n.note = msgNewsOld.Text()
		return nil
	}
	until, tooNear := snoozeUntil(n.kept, now)
	if !tooNear.IsZero() {
		n.note = tooNear
		return nil
	}
	if err := n.tx.Snooze(n.kept.Account, n.kept.Side, n.kept.Booking, until); err != nil {
		return err
	}
	v.queues = true
	kind := n.kind
	if !kind.Timed() {
		newer, err := dropNews(n.tx, n.kept)
		if err != nil {
			return err
		}
		kind = cmp.Or(newer, kind)
	}
	return n.tx.Enqueue(v.onceMore(kind, n.kept, until))
}

// snoozeToo has what another alert of a booking says come once more as well, when the snooze is over that was begun
// from the first.
func (v *visit) snoozeToo(n *pressedNews) error {
	if !stands(n.kind, n.kept, n.kept.Snoozed) {
		return nil
	}
	for queued, err := range n.tx.Notices(n.kept.Account) {
		// One that does not open is the outbox's to complain of.
		if err == nil && isAbout(queued, n.kept) && sameNews(queued.Kind, n.kind) && !setByHand(queued) {
			return nil
		}
	}
	v.queues = true
	return n.tx.Enqueue(v.onceMore(n.kind, n.kept, n.kept.Snoozed))
}

// onceMore is news of a booking as it is told after a snooze.
func (v *visit) onceMore(kind alert.Kind, s store.Snapshot, until time.Time) store.Notification {
	again := newsOf(kind, s)
	again.ID, again.Chat, again.Made, again.Due = v.newUUID(), v.event.Chat, v.clock.now(), until
	if !kind.Timed() {
		return again
	}
	if again.Lead = again.Before().Sub(until); setByHand(again) { // it is none of those
		again.Lead += time.Second
	}
	return again
}

// unsnooze ends a snooze: the alert says now what would have come. What else was held back is told as well.
func (v *visit) unsnooze(n *pressedNews) error {
	now := v.clock.now()
	if n.kept.Muted || !n.kept.Snoozed.After(now) {
		return nil
	}
	for queued, err := range n.tx.Notices(n.kept.Account) {
		switch {
		case err != nil || !isAbout(queued, n.kept): // one that does not open is the outbox's to complain of
			continue
		case sameNews(queued.Kind, n.kind) && cameOfSnooze(queued, n.kept):
			n.kind = queued.Kind
			err = n.tx.DeleteNotification(queued.Account, queued.ID)
		case cameOfSnooze(queued, n.kept), !queued.Kind.Timed() && queued.Due.After(now):
			queued.Due, v.queues = now, true
			err = n.tx.PutNotification(queued)
		}
		if err != nil {
			return err
		}
	}
	return clearSnooze(n.tx, n.kept)
}

func (v *visit) unmuteNews(n *pressedNews) error {
	n.note = msgUnmuted.Text()
	return v.keepQuiet(n.tx, n.kept, false)
}

func clearSnooze(tx *store.Tx, s store.Snapshot) error {
	if s.Snoozed.IsZero() {
		return nil
	}
	return tx.Snooze(s.Account, s.Side, s.Booking, time.Time{})
}

// sameNews: one takes the place of the other.
func sameNews(a, b alert.Kind) bool { return a == b || a.OfBooking() && b.OfBooking() }

// cameOfSnooze: it was queued once more by a snooze, not by hand, and not for what changed or is to come.
func cameOfSnooze(n store.Notification, s store.Snapshot) bool {
	return n.Key == "" && !s.Snoozed.IsZero() && n.Due.Equal(s.Snoozed) && !setByHand(n)
}

// setByHand: it is a reminder as the card of its booking sets them.
func setByHand(n store.Notification) bool {
	return n.Kind == alert.Reminder && n.Key == "" && slices.Contains(leads(), n.Lead)
}

// dropNews takes the news of a booking off the queue that has not been told yet, and answers the kind of the newest.
func dropNews(tx *store.Tx, s store.Snapshot) (newest alert.Kind, err error) {
	for n, err := range tx.Notices(s.Account) {
		if err != nil || !isAbout(n, s) || n.Kind.Timed() {
			continue // one that does not open is the outbox's to complain of
		}
		newest = n.Kind
		if err := tx.DeleteNotification(n.Account, n.ID); err != nil {
			return newest, err
		}
	}
	return newest, nil
}

// snoozeUntil is when a snooze at a time ends: early enough to answer, or to be at the call. If that is too soon, it
// says why.
func snoozeUntil(s store.Snapshot, now time.Time) (until time.Time, tooNear wording.Text) {
	until = now.Add(alert.Snooze)
	status := apiclient.Status(s.Status)
	over := status == apiclient.StatusRejected || status == apiclient.StatusCancelled
	answered := over || status == apiclient.StatusConfirmed
	for _, limit := range []struct {
		at   time.Time
		past bool
		why  wording.Message
	}{{s.AcceptBy, answered, msgTooNearReply}, {s.Session, over, msgTooNearCall}} {
		if latest := limit.at.Add(-snoozeMargin); !limit.past && limit.at.After(now) && latest.Before(until) {
			until, tooNear = latest, limit.why.Text()
		}
	}
	if until.Before(now.Add(shortestSnooze)) {
		return time.Time{}, tooNear
	}
	return until, wording.Text{}
}

// newsOf is news of a booking as it is kept.
func newsOf(kind alert.Kind, s store.Snapshot) store.Notification {
	return store.Notification{
		Account: s.Account, Kind: kind, Side: s.Side, Booking: s.Booking, Status: s.Status, Credits: s.Credits,
		Nickname: s.Nickname, Session: s.Session, Duration: s.Duration, AcceptBy: s.AcceptBy, Member: s.Member, Updated: s.Updated,
	}
}

// stands reports whether news of a kind is still so.
func stands(kind alert.Kind, s store.Snapshot, now time.Time) bool {
	status := apiclient.Status(s.Status)
	switch kind {
	case alert.ReplyBy:
		return waitsForUs(s.Side, status) && s.AcceptBy.After(now)
	case alert.Reminder:
		return agreed(bookingOfSnapshot(s)) && s.Session.After(now)
	case alert.Expired:
		return status == apiclient.StatusRejected
	case alert.Credits, alert.Changed:
		return status != apiclient.StatusRejected && status != apiclient.StatusCancelled
	default:
		return kind == kindNow(s)
	}
}

// kindNow is the news that a booking's state is.
func kindNow(s store.Snapshot) alert.Kind {
	switch apiclient.Status(s.Status) {
	case apiclient.StatusPending:
		if s.Side == store.SideReceived {
			return alert.Request
		}
	case apiclient.StatusAccepted:
		return alert.Accepted
	case apiclient.StatusConfirmed:
		return alert.Confirmed
	case apiclient.StatusRejected:
		return alert.Rejected
	case apiclient.StatusCancelled:
		return alert.Cancelled
	}
	return alert.Changed
}
