package conversations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// Alert is what to say of news of one account, in one message, as its person wants it; false if there is nothing left
// to say. News names the amount and the times as they are known now. What is to come at a time (alert.Kind.Timed) is
// read again, and the summary is made now. A NotYet is no failure: there was no room to read it, and it is early enough
// to ask again.
func (d *Desk) Alert(ctx context.Context, id store.AccountID, news []store.Notification) (view flow.View, say bool, err error) {
	b, err := d.briefing(ctx, id, news)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return flow.View{}, false, nil
	case err != nil:
		return flow.View{}, false, fmt.Errorf("alert: %w", err)
	}
	var current []told
	for _, n := range news {
		one := told{Notification: n}
		say := true
		switch {
		case n.Kind.OfBooking():
			one.Notification = b.uptodate(n)
		case n.Kind.Timed():
			one, say, err = d.again(ctx, b.account, n)
		case n.Kind == alert.Summary:
			say = !b.summary.empty()
		}
		if err != nil {
			return flow.View{}, false, err
		}
		if say {
			current = append(current, one)
		}
	}
	if len(current) == 0 {
		return flow.View{}, false, nil
	}
	return b.view(current), true, nil
}

// briefing is all that is read to word the news of one account, at one time.
type briefing struct {
	teller
	account store.Account
	since   time.Time // the earliest change of a booking the news are about
	kept    map[cardRef]store.Snapshot
	summary summary
}

// uptodate is news of a booking with the amount and the times that are kept of it by now, if it has not gone on to
// another state: it may have waited, and what changed since may be nothing that the person wants to be told.
func (b briefing) uptodate(n store.Notification) store.Notification {
	s, known := b.kept[newsRefOf(n).cardRef]
	if !known || s.Status != n.Status {
		return n
	}
	n.Credits, n.Session, n.Duration, n.AcceptBy = s.Credits, s.Session, s.Duration, s.AcceptBy
	return n
}

func (d *Desk) briefing(ctx context.Context, id store.AccountID, news []store.Notification) (b briefing, err error) {
	now := d.clock.now()
	err = d.db.View(ctx, func(tx *store.Tx) error {
		if b.account, err = tx.Account(id); err != nil {
			return err
		}
		b.teller = tellerOf(tx, b.account, d.clock, now)
		b.since = changedSince(tx, news)
		b.kept = map[cardRef]store.Snapshot{}
		for _, n := range news {
			if kept, err := tx.Snapshot(n.Account, n.Side, n.Booking); err == nil {
				b.kept[newsRefOf(n).cardRef] = kept
			}
			if n.Kind == alert.Summary {
				b.summary = summaryOf(tx, b.account.ID, b.clock)
			}
		}
		return nil
	})
	return b, err
}

// tellerOf words alerts as the person of an account chose, at a time.
func tellerOf(tx *store.Tx, account store.Account, c clock, now time.Time) teller {
	t := teller{tag: accountTag(account.ID), level: account.Alerts.Level, clock: c.in(account.Zone), members: map[int64]string{}}
	t.clock.now = func() time.Time { return now }
	for w, err := range tx.Watches(account.ID) {
		if err == nil { // of one that does not open the number is said
			t.members[w.Member] = w.Nickname
		}
	}
	return t
}

// changedSince is the earliest time at which a booking changed that news are about, by the platform's own time: when
// they were made comes later, unless the platform's clock is ahead of ours.
func changedSince(tx *store.Tx, news []store.Notification) (since time.Time) {
	for _, n := range news {
		at := n.Made
		if kept, err := tx.Snapshot(n.Account, n.Side, n.Booking); err == nil && !kept.Updated.IsZero() && kept.Updated.Before(at) {
			at = kept.Updated
		}
		if since.IsZero() || at.Before(since) {
			since = at
		}
	}
	return since
}

// NotYet is an alert that is not to be sent before After has passed.
type NotYet struct{ After time.Duration }

func (NotYet) Error() string { return "there is no room now to read the booking again" }

// mostPatience bounds how much later something timed comes for want of room to read its booking: many calls begin at
// the same minute.
const mostPatience = 2 * time.Minute

// askAgain is how soon it is tried again at the latest: whatever else there is for the chat waits as well.
const askAgain = 10 * time.Second

// notYet is how long to wait for room to read the booking of something timed; false if it has waited long enough, or
// nobody asks it to.
func notYet(n store.Notification, err error, now time.Time) (time.Duration, bool) {
	var refused *apiclient.Error
	if !errors.Is(err, apiclient.ErrRateLimited) || !errors.As(err, &refused) || refused.RetryAfter <= 0 {
		return 0, false
	}
	left := min(mostPatience, n.Lead/5) - now.Sub(n.Before().Add(-n.Lead))
	return min(refused.RetryAfter, askAgain, left), left > 0
}

// again reads the booking of something timed as it is now, and has it say so: false if it is of no more use. What comes
// before a time that was moved is put off. While nobody can be asked, it is said as it was queued, with a word.
func (d *Desk) again(ctx context.Context, account store.Account, n store.Notification) (one told, say bool, err error) {
	one = told{Notification: n, unchecked: true}
	if account.State == store.AccountActive {
		as := apiclient.Caller{Tokens: d.tokens(account), For: apiclient.MemberID(n.Member), Background: true}
		b, err := d.api.Booking(ctx, as, apiclient.Side(n.Side), apiclient.BookingID(n.Booking))
		switch {
		case isNotFound(err), err == nil && !worth(n.Kind, b), n.Member != 0 && errors.Is(err, apiclient.ErrForbidden):
			return told{}, false, nil // a member who is not shown is nobody to name
		case err == nil:
			before := n.Before()
			n.Status, n.Credits, n.Nickname = string(b.Status), b.Credits.String(), b.Other.Nickname
			n.Session, n.Duration, n.AcceptBy = b.Session, b.Duration, b.AcceptBy
			if !n.Before().Equal(before) && n.Before().After(d.clock.now()) {
				return told{}, false, d.putOff(ctx, n)
			}
			one = told{Notification: n}
		case ctx.Err() != nil:
			return told{}, false, fmt.Errorf("remind: %w", err)
		}
		if after, early := notYet(n, err, d.clock.now()); early {
			return told{}, false, NotYet{after}
		}
	}
	return one, n.Before().After(d.clock.now()), nil
}

// worth reports whether a booking still wants something timed to be said.
func worth(kind alert.Kind, b apiclient.Booking) bool {
	if kind == alert.ReplyBy {
		return waitsForUs(string(b.Side), b.Status)
	}
	return agreed(b)
}

// waitsForUs: it is the person who has to answer, before the reply-by time.
func waitsForUs(side string, status apiclient.Status) bool {
	return side == store.SideReceived && status == apiclient.StatusPending || side == store.SideMade && status == apiclient.StatusAccepted
}

// putOff has something timed follow its booking, unless it was taken back meanwhile.
func (d *Desk) putOff(ctx context.Context, n store.Notification) error {
	n = n.Untried() // that was at another time
	n.Due = n.Before().Add(-n.Lead)
	err := d.db.Update(ctx, func(tx *store.Tx) error { return tx.PutNotification(n) })
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("put a reminder off: %w", err)
	}
	return nil
}
