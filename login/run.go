package login

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

const (
	spread      = 0.1 // the jitter of a planned renewal, always earlier
	firstPause  = time.Minute
	longPause   = 6 * time.Hour // a day leaves several tries before a refresh token ends
	lostMessage = "cannot look for tokens to renew: trying again"
)

// Run renews in the background what nobody has used for long, and ends sign-ins whose time has come. When
// ctx ends it waits for the calls to the login host under way and for the writing down of their answers,
// and returns nil. It runs once at a time.
func (l *Login) Run(ctx context.Context) error {
	var both sync.WaitGroup
	atStart := true
	both.Go(func() {
		l.every(ctx, func() {
			l.sweep(ctx, atStart)
			atStart = false
		})
	})
	both.Go(func() { l.every(ctx, func() { l.renewDue(ctx) }) })
	both.Wait()
	l.work.wait()
	return nil
}

// every does a job now and at each tick.
func (l *Login) every(ctx context.Context, job func()) {
	tick := time.NewTicker(l.cfg.Tick)
	defer tick.Stop()
	for ctx.Err() == nil {
		job()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// renewDue renews the accounts that are due, one after the other. After a failure that is not the
// account's own the others wait for the next tick.
func (l *Login) renewDue(ctx context.Context) {
	due, err := l.due(ctx)
	if err != nil && ctx.Err() == nil {
		l.log.Error().AnErr("err", err).Msg(lostMessage)
	}
	for _, a := range due {
		_, err := l.join(ctx, a)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, apiclient.ErrUnauthorized): // remembered; the next call with it tells the person
		case err != nil:
			l.later(a.ID)
			return
		}
	}
}

// due lists the active accounts whose pair is old enough, or is held in memory only. Of accounts that are
// no more, nothing is remembered.
func (l *Login) due(ctx context.Context) ([]store.Account, error) {
	if l.cfg.Host == nil {
		return nil, nil
	}
	var all []store.Account
	err := l.cfg.Store.View(ctx, func(tx *store.Tx) error {
		for a, err := range tx.Accounts() {
			if err == nil { // one that does not open is the poller's to tell
				all = append(all, a)
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	now := l.cfg.Now()
	var due []store.Account
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := make(map[store.AccountID]bool, len(l.renewals))
	for id, n := range l.renewals {
		gone[id] = n.unsaved == nil
	}
	for _, a := range all {
		delete(gone, a.ID)
		if a.State == store.AccountActive && !a.Refresh.IsZero() && l.note(a.ID).due(a, now, l.cfg) {
			due = append(due, a)
		}
	}
	for id, is := range gone {
		if is {
			delete(l.renewals, id)
		}
	}
	return due, nil
}

// due reports whether it is time to renew the pair of an account, and plans it when it sees a new one.
func (n *renewalNote) due(a store.Account, now time.Time, cfg Config) bool {
	if n.next.IsZero() || !n.renewed.Equal(a.Renewed) {
		age := time.Duration(float64(cfg.RenewAfter) * (1 - spread*cfg.Random()))
		n.renewed, n.next, n.failures = a.Renewed, a.Renewed.Add(age), 0
	}
	if !n.dead.IsZero() && n.dead.Equal(a.Refresh) {
		return false
	}
	held := n.unsaved != nil && sameLink(n.unsaved.before, a)
	return !now.Before(n.next) || held && n.failures == 0
}

// later plans the next try of an account after a failure.
func (l *Login) later(id store.AccountID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.note(id)
	pause := longPause
	if n.failures < 9 { // from there on it is longPause anyway
		pause = min(firstPause<<n.failures, longPause)
	}
	n.failures++
	n.next = l.cfg.Now().Add(time.Duration(float64(pause) * (1 - spread*l.cfg.Random())))
}
