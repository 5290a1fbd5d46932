package poller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"phonechatbot/store"
)

// load fills the schedule from the store, the first looks spread evenly over what each account was left alone for
// when that was last written down: a restart knocks at no door at once. It goes on until it succeeds; false if ctx ends before.
func (p *Poller) load(ctx context.Context) bool {
	for told := false; ; told = true {
		err := p.tryLoad(ctx)
		switch {
		case ctx.Err() != nil:
			return false
		case err == nil:
			return true
		case !told:
			p.log.Error().AnErr("err", err).Msg("cannot look for accounts to poll: trying again")
		}
		if !sleep(ctx, retryAfter, nil) {
			return false
		}
	}
}

// tryLoad leaves out what does not open, and tells how much of that there is.
func (p *Poller) tryLoad(ctx context.Context) error {
	type known struct {
		id    store.AccountID
		every time.Duration
		calls int
	}
	var found []known
	var unread []error
	var down store.Outage
	err := p.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		for account, err := range tx.Accounts() {
			var plan store.Poll
			if err == nil && account.State == store.AccountActive {
				plan, err = tx.Poll(account.ID)
			}
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				unread = append(unread, err)
			case account.State == store.AccountActive:
				k := known{account.ID, min(max(plan.Every, p.cfg.Min), p.cfg.Max), 2}
				for _, err := range tx.Watches(account.ID) {
					if err == nil {
						k.calls++
					}
				}
				found = append(found, k)
			}
		}
		if down, err = tx.Outage(); errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("list accounts: %w", err)
	}
	if len(unread) > 0 {
		p.log.Error().Int("accounts", len(unread)).AnErr("err", unread[0]).Msg("accounts that cannot be read are not polled")
	}
	now, random := p.cfg.Now(), p.cfg.Random()
	p.mu.Lock()
	for _, k := range found {
		p.schedule.add(k.id, k.every, k.calls)
	}
	p.outage = recalled(down.Since, now)
	p.budget()
	p.schedule.spread(now, random)
	tight, demand, by := p.tight, float64(p.schedule.demand)/1e9, p.schedule.stretch
	p.mu.Unlock()
	p.tellBudget(false, tight, demand, by)
	return nil
}
