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

// look is one poll of one account, from beginning to end.
type look struct {
	*Poller
	account  store.Account // as it was when the poll began
	bookings []store.Snapshot
	demanded time.Duration // how long the platform wants to be left alone
	queued   bool
}

// poll reads both sides of an account and plans the next time. It answers until when to leave the
// account alone if the store could not note that itself, else zero.
func (p *Poller) poll(ctx context.Context, id store.AccountID) (until time.Time) {
	defer func() {
		if thrown := recover(); thrown != nil { // what was thrown may quote a booking: its type will do
			p.log.Error().Stringer("account", id).Str("panic", fmt.Sprintf("%T", thrown)).Bytes("stack", debug.Stack()).Msg("a poll panicked")
			until = p.cfg.Now().Add(p.cfg.Max)
		}
	}()
	l := look{Poller: p}
	err := p.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		l.account, err = tx.Account(id)
		return err
	})
	switch {
	case l.gone(ctx, err), err == nil && l.account.State != store.AccountActive:
		return time.Time{}
	case err != nil:
		p.log.Error().Stringer("account", id).AnErr("err", err).Msg("account cannot be read")
		return p.cfg.Now().Add(p.cfg.Max)
	}
	err = l.read(ctx)
	if l.queued {
		defer p.cfg.Queued()
	}
	if errors.Is(err, apiclient.ErrUnauthorized) {
		return l.wrote(ctx, "stop", l.stop(ctx))
	}
	if l.gone(ctx, err) {
		return time.Time{}
	}
	return l.wrote(ctx, "plan", l.plan(ctx, err))
}

// gone reports whether there is nothing left to do: the account was unlinked or stopped meanwhile, or
// the program stops. Neither is a failure of the account.
func (l *look) gone(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, store.ErrNotFound)
}

// wrote judges a write after a poll. If it failed, the account is left alone for as long as can be, lest
// it be polled again at once.
func (l *look) wrote(ctx context.Context, op string, err error) (until time.Time) {
	if err == nil || l.gone(ctx, err) {
		return time.Time{}
	}
	l.log.Error().Stringer("account", l.account.ID).Str("op", op).AnErr("err", err).Msg("poll cannot be recorded")
	return l.cfg.Now().Add(l.cfg.Max)
}

// caller is the account, as calls to the platform need it. People who wait go before it.
func (l *look) caller() apiclient.Caller {
	return apiclient.Caller{Tokens: l.cfg.Tokens(l.account), Background: true}
}

// read reads both sides; the failure of one does not keep the other from being read. A refused token
// does: it would be refused again.
func (l *look) read(ctx context.Context) error {
	var failures []error
	for _, side := range []apiclient.Side{apiclient.Made, apiclient.Received} {
		err := l.readSide(ctx, side)
		if err == nil {
			continue
		}
		failures = append(failures, fmt.Errorf("%s: %w", side, err))
		l.demanded = max(l.demanded, demanded(err, l.cfg.Max))
		if errors.Is(err, apiclient.ErrUnauthorized) || l.gone(ctx, err) {
			break
		}
	}
	return errors.Join(failures...)
}

// readSide reads all bookings of a side, or none: half a list would be taken for the whole at the
// first look. A list that is as it was when it was last observed holds no news. Received bookings that do
// not exist (404) are those of a member who offers no calls.
func (l *look) readSide(ctx context.Context, side apiclient.Side) error {
	key := listKey{l.account.ID, side}
	before := l.memory.recall(key)
	read, err := l.cfg.API.ReadBookings(ctx, l.caller(), side, apiclient.ListQuery{OrderBy: apiclient.OldestFirst}, before.digests)
	switch {
	case side == apiclient.Received && errors.Is(err, apiclient.ErrNotFound):
		return nil
	case err != nil:
		return err
	case read.Unchanged:
		l.bookings = append(l.bookings, before.bookings...)
		return nil
	}
	now := l.cfg.Now()
	kept := string(side) // the store spells it like the client
	rows := make([]store.Snapshot, len(read.Bookings))
	for i, b := range read.Bookings {
		b.LastUpdated = apiclient.Latest(b.LastUpdated, now)
		rows[i] = snapshotOf(l.account.ID, kept, b)
	}
	queued := false
	err = l.cfg.Store.Observe(ctx, l.account.ID, kept, rows, func(old *store.Snapshot, seen store.Snapshot) []store.Notification {
		kind := news(kept, old, seen, now)
		if kind == "" {
			return nil
		}
		queued = true
		return []store.Notification{l.notification(kind, seen, now)}
	})
	if err != nil {
		return err
	}
	l.queued = l.queued || queued
	l.bookings = append(l.bookings, rows...)
	l.memory.keep(key, list{read.Digests, rows})
	return nil
}

func (l *look) notification(kind alert.Kind, about store.Snapshot, now time.Time) store.Notification {
	return store.Notification{
		ID: l.cfg.NewID(), Account: l.account.ID, Chat: l.account.Chat, Kind: kind, Made: now, Due: now,
		Side: about.Side, Booking: about.Booking, Status: about.Status, Credits: about.Credits,
		Nickname: about.Nickname, Session: about.Session, Duration: about.Duration, AcceptBy: about.AcceptBy,
	}
}

// stop notes that the platform refuses the token and asks the person, once, to sign in: both, or
// neither. A token that was replaced while this one was tried is not judged by it.
func (l *look) stop(ctx context.Context) error {
	notice := l.notification(alert.SignIn, store.Snapshot{}, l.cfg.Now())
	stopped := false
	err := l.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		stopped, err = tx.StopAccount(l.account.ID, l.account.Linked, notice)
		return err
	})
	if err != nil {
		return fmt.Errorf("stop account: %w", err)
	}
	if stopped {
		l.log.Warn().Stringer("account", l.account.ID).Msg("token refused: account stopped")
		l.cfg.Queued()
	}
	return nil
}

// plan writes down how the poll went and when the next one is.
func (l *look) plan(ctx context.Context, failure error) error {
	now := l.cfg.Now()
	random := l.cfg.Random()
	var before int
	var plan store.Poll
	err := l.cfg.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if plan, err = tx.Poll(l.account.ID); err != nil {
			return err
		}
		before = plan.Failures
		if failure == nil {
			plan.Failures, plan.LastOK = 0, now
		} else {
			plan.Failures++
		}
		wait := interval(l.bookings, l.cfg.Min, l.cfg.Max, now, plan.Failures, random)
		plan.Next = now.Add(max(wait, l.demanded))
		return tx.PutPoll(plan)
	})
	if err != nil {
		return errors.Join(fmt.Errorf("plan poll: %w", err), failure)
	}
	l.tell(failure, before, plan)
	return nil
}

// demanded is how long the platform itself, or the edge of its network, wants to be left alone.
func demanded(failure error, edge time.Duration) time.Duration {
	var answer *apiclient.Error
	switch {
	case errors.Is(failure, apiclient.ErrEdge):
		return edge
	case errors.As(failure, &answer):
		return answer.RetryAfter
	}
	return 0
}

// tell logs the first failure in a row aloud, the others quietly, and the end of them.
func (l *look) tell(failure error, before int, plan store.Poll) {
	switch {
	case failure == nil && before > 0:
		l.log.Info().Stringer("account", l.account.ID).Int("failures", before).Msg("poll works again")
	case failure == nil:
	case before > 0:
		l.log.Debug().Stringer("account", l.account.ID).Int("attempt", plan.Failures).AnErr("err", failure).Msg("poll failed again")
	default:
		l.log.Warn().Stringer("account", l.account.ID).AnErr("err", failure).Msg("poll failed")
	}
}
