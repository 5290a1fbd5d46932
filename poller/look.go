package poller

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// look is one look at one account, from beginning to end.
type look struct {
	*Poller
	e       *entry
	account store.Account // as it was when the look began
	tokens  tokens
	errs    []error
	wait    time.Duration // how long the platform wants to be left alone
	lost    []int64       // members who are not shown any more
	result
}

// result is what a look came to, beyond what the account's entry holds.
type result struct {
	gone    bool          // there is nothing to look at any more
	stopped bool          // the program stops: it was no look
	unsent  time.Duration // nothing was asked, and nothing will be for so long
	ailing  bool          // because the platform is not well
	reached bool          // the platform answered, if only to refuse
	read    bool          // it showed a list
	dead    bool          // something failed as if nobody were there
	changed bool          // bookings did
	decoded bool          // a list was not as it was
	kinds   []string      // of failures
	err     error         // all of them; nil: the look was a success
	every   time.Duration // how long to leave the account alone
}

// look reads the lists of an account and keeps what is new; alive says whether its person was just active.
func (p *Poller) look(ctx context.Context, e *entry, alive bool) (r result) {
	defer func() {
		if thrown := recover(); thrown != nil { // what was thrown may quote a booking: its type will do
			p.log.Error().Stringer("account", e.id).Str("panic", fmt.Sprintf("%T", thrown)).Bytes("stack", debug.Stack()).Msg("a poll panicked")
			r = result{kinds: []string{"panic"}, every: p.cfg.Max}
		}
	}()
	l := look{Poller: p, e: e}
	watches, err := l.begin(ctx)
	switch {
	case l.over(ctx, err):
		return l.result
	case err != nil:
		p.log.Error().Stringer("account", e.id).AnErr("err", err).Msg("account cannot be read")
		return result{kinds: []string{"disk"}, every: p.cfg.Max}
	}
	before := e.failures
	e.lists = lists(e.lists, watches, l.account.Member)
	l.tokens = tokens{Tokens: p.cfg.Tokens(l.account)}
	l.readAll(ctx)
	err = errors.Join(l.errs...)
	switch {
	case errors.Is(err, apiclient.ErrUnauthorized):
		err = l.stop(ctx)
	case l.over(ctx, err) || l.unsent > 0 || err != nil && l.left(ctx):
		return l.result
	default:
		l.err = err
		if e.failures++; err == nil {
			e.failures = 0
		}
		l.every = max(l.wanted(alive), l.wait)
		l.tell(err, before)
		err = l.note(ctx)
	}
	if err != nil && !l.over(ctx, err) { // it is left alone for as long as can be, lest it be tried again at once
		p.log.Error().Stringer("account", e.id).AnErr("err", err).Msg("poll cannot be recorded")
		l.kinds, l.every = append(l.kinds, "disk"), p.cfg.Max
	}
	return l.result
}

// begin reads who it is that is looked at. One that is not active is gone.
func (l *look) begin(ctx context.Context) (watches []store.Watch, err error) {
	err = l.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		if l.account, err = tx.Account(l.e.id); err != nil {
			return err
		}
		if l.account.State != store.AccountActive {
			return store.ErrNotFound
		}
		for w, err := range tx.Watches(l.e.id) {
			if err == nil { // one that does not open watches nobody
				watches = append(watches, w)
			}
		}
		if l.e.known {
			return nil
		}
		plan, err := tx.Poll(l.e.id)
		l.e.known, l.e.refused, l.e.offers, l.e.noted = err == nil, plan.Refused, plan.PrimedReceived, noted(plan, l.cfg.Min)
		l.e.failures = int32(plan.Failures) //nolint:gosec // the program counted them
		return err
	})
	return watches, err
}

// noted is the class of the interval that is on disk; -1 if none is.
func noted(plan store.Poll, lo time.Duration) int8 {
	if plan.Every == 0 {
		return -1
	}
	return class(plan.Every, lo)
}

// over reports whether there is nothing left to do: the account was unlinked or stopped meanwhile, or the program
// stops. Neither is a failure of the account.
func (l *look) over(ctx context.Context, err error) bool {
	l.stopped = ctx.Err() != nil
	l.gone = !l.stopped && errors.Is(err, store.ErrNotFound)
	return l.stopped || l.gone
}

// left reports whether the account went away during the look, whose failure is of no interest then.
func (l *look) left(ctx context.Context) bool {
	err := l.cfg.Store.View(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(l.e.id)
		if err == nil && account.State != store.AccountActive {
			err = store.ErrNotFound
		}
		return err
	})
	return l.over(ctx, err)
}

// readAll reads the lists one after the other; the failure of one does not keep the others from being read. A
// refused token does, and a call that was not sent: the next would end like it. Who has just acted is shown also those
// that are otherwise given a rest.
func (l *look) readAll(ctx context.Context) {
	for i := range l.e.lists {
		list := &l.e.lists[i]
		if list.resting(l.cfg.Now(), l.cfg.Max) && !l.e.woken {
			continue
		}
		l.tokens.lacking = false
		err := l.readList(ctx, list)
		if err == nil {
			l.reached, l.read = true, true
			continue
		}
		v := judge(err, l.tokens.lacking, l.cfg.Max)
		if l.failed(list, err, v) {
			continue
		}
		l.errs = append(l.errs, fmt.Errorf("%s: %w", list.side(), err))
		if errors.Is(err, apiclient.ErrUnauthorized) || v.unsent || l.over(ctx, err) {
			break
		}
	}
}

// failed takes in what a failure means; true if the look is none the worse for it.
func (l *look) failed(list *list, err error, v verdict) bool {
	missing := errors.Is(err, apiclient.ErrNotFound)
	noOffers := list.received && list.member == 0 && missing // they are those of a member who offers no calls
	if !noOffers {
		l.kinds = append(l.kinds, v.kind)
	}
	l.dead = l.dead || v.dead
	if v.unsent {
		l.unsent, l.ailing = v.wait, v.dead
		return false
	}
	l.reached = l.reached || !v.dead
	l.wait = max(l.wait, v.wait)
	forbidden := errors.Is(err, apiclient.ErrForbidden)
	switch {
	case list.member != 0 && (forbidden || missing):
		l.lost = append(l.lost, list.member)
	case noOffers:
	case forbidden:
		list.refused = true
	default:
		return false
	}
	list.rests = momentOf(l.cfg.Now().Add(l.cfg.Max))
	return true
}

// readList reads all bookings of a list, or none: half a list would be taken for the whole at the first look. A list
// that is as it was when it was last observed holds no news.
func (l *look) readList(ctx context.Context, list *list) error {
	started := l.cfg.Now()
	query, known := list.query(started)
	caller := apiclient.Caller{Tokens: &l.tokens, For: apiclient.MemberID(list.member), Background: true} // people who wait go before it
	read, err := l.cfg.API.ReadBookings(ctx, caller, list.side(), query, known)
	if err != nil {
		return err
	}
	var rows []store.Snapshot
	now := l.cfg.Now()
	if !read.Unchanged {
		l.decoded = true
		if rows, err = l.observe(ctx, list, read.Bookings, now); err != nil {
			return err
		}
	}
	list.take(query, read, rows, now)
	return nil
}

// observe keeps what is new in a list.
func (l *look) observe(ctx context.Context, list *list, bookings []apiclient.Booking, now time.Time) ([]store.Snapshot, error) {
	side := string(list.side()) // the store spells it like the client
	rows := make([]store.Snapshot, len(bookings))
	stamps := map[int64]time.Time{}
	for i, b := range bookings {
		stamp := b.LastUpdated
		if b.LastUpdated = apiclient.Latest(stamp, now); !b.LastUpdated.Equal(stamp) {
			stamps[int64(b.ID)] = stamp
		}
		rows[i] = snapshotOf(l.e.id, side, b)
	}
	queued := false
	changed, err := l.cfg.Store.Observe(ctx, store.Look{
		Account: l.e.id, Side: side, Member: list.member, Rows: rows, At: now, NewID: l.cfg.NewID,
		Notice: func(old *store.Snapshot, seen store.Snapshot) []store.Notification {
			kind := news(side, old, seen, now)
			if kind == "" {
				return nil
			}
			queued = true
			n := l.notification(kind, seen, now)
			if stamp, moved := stamps[seen.Booking]; moved {
				seen.Updated = stamp
			}
			n.Key = keyOf(kind, seen)
			return []store.Notification{n}
		},
	})
	if errors.Is(err, store.ErrNotFound) && list.member != 0 && !l.left(ctx) { // nobody watches them any more
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l.e.offers = l.e.offers || list.received && list.member == 0
	if queued {
		l.cfg.Queued()
	}
	for _, booking := range changed {
		l.changed = true
		l.cfg.Changed(l.account.Chat, l.e.id, side, booking)
	}
	return rows, nil
}

// wanted is how long to leave the account alone after this look. A list that is not shown is no reason for another
// one soon.
func (l *look) wanted(alive bool) time.Duration {
	var of []outlook
	for i := range l.e.lists {
		if list := &l.e.lists[i]; !list.refused {
			of = append(of, list.outlook)
		}
	}
	return interval(of, alive && len(of) > 0, l.cfg.Min, l.cfg.Max, l.cfg.Now(), int(l.e.failures))
}

func (l *look) notification(kind alert.Kind, about store.Snapshot, now time.Time) store.Notification {
	return store.Notification{
		ID: l.cfg.NewID(), Account: l.account.ID, Chat: l.account.Chat, Kind: kind, Made: now, Due: now,
		Side: about.Side, Booking: about.Booking, Status: about.Status, Credits: about.Credits, Nickname: about.Nickname,
		Session: about.Session, Duration: about.Duration, AcceptBy: about.AcceptBy, Member: about.Member,
		Updated: about.Updated,
	}
}
