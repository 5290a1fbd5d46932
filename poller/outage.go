package poller

import (
	"context"
	"errors"
	"slices"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

const (
	notedAfter     = time.Minute      // without an answer: it is written down, so that a restart does not begin to count anew
	toldAfter      = 10 * time.Minute // without an answer: people are told
	recalledFor    = 2 * toldAfter    // since it began: a restart goes on counting
	tellAfterFails = 2                // looks: one that failed may have met anything

	tellAtOnce = 50              // accounts in one transaction
	retryAfter = 5 * time.Second // when the disk failed
)

// outage is whether the platform answers anybody. It is data: whoever uses it holds a lock.
type outage struct {
	since time.Time // the first look that failed as if nobody were there; zero: a list was read after it
	fails int       // such looks, since the program began
	noted bool      // it is on disk
	told  bool      // all have been told
	over  bool      // it was noted, and a list was read
}

// recalled is the outage that is on disk when the program begins. After too long nobody knows whether it has lasted: it
// counts anew, and is kept for its end to be told.
func recalled(since, now time.Time) outage {
	if since.IsZero() || now.Sub(since) > recalledFor || since.After(now) {
		return outage{noted: !since.IsZero()}
	}
	return outage{since: since, noted: true}
}

// step is what is to be done about an outage.
type step int

// The steps, in their order.
const (
	watch  step = iota // nothing
	noteIt             // write it down
	tellIt             // tell all who wait for something
	endIt              // tell them that it is over
)

// heard takes in what a look met.
func (o *outage) heard(read, dead bool, now time.Time) {
	switch {
	case read:
		*o = outage{noted: o.noted, over: o.noted}
	case dead:
		if o.fails++; o.since.IsZero() {
			o.since = now
		}
	}
}

// next is what to do now, or when there may be something to do: zero for when something is heard.
func (o *outage) next(now time.Time) (step, time.Time) {
	do, after := tellIt, toldAfter
	switch {
	case o.over:
		return endIt, time.Time{}
	case o.fails == 0 || o.told:
		return watch, time.Time{}
	case !o.noted:
		do, after = noteIt, notedAfter
	case o.fails < tellAfterFails:
		return watch, time.Time{}
	}
	if at := o.since.Add(after); at.After(now) {
		return watch, at
	}
	return do, time.Time{}
}

// done takes in that a step was taken.
func (o *outage) done(s step) {
	switch s {
	case noteIt:
		o.noted = true
	case tellIt:
		o.told = !o.over // it may have ended meanwhile: the next one is to be told as well
	case endIt:
		o.noted, o.over = false, false
	case watch:
	}
}

// herald tells people when the platform answers nobody, and when it does again.
func (p *Poller) herald(ctx context.Context) {
	for {
		now := p.cfg.Now()
		p.mu.Lock()
		do, at := p.outage.next(now)
		p.mu.Unlock()
		wait, nudge := time.Duration(-1), p.news
		if !at.IsZero() {
			wait = at.Sub(now)
		}
		if do != watch {
			err := p.step(ctx, do)
			if err == nil {
				continue
			}
			if ctx.Err() == nil {
				p.log.Error().AnErr("err", err).Msg("cannot tell of an outage: trying again")
			}
			wait, nudge = retryAfter, nil // whatever is heard
		}
		if !sleep(ctx, wait, nudge) {
			return
		}
	}
}

// sleep waits for so long, or for ever if that is negative, or until it is nudged; false if ctx ends.
func sleep(ctx context.Context, wait time.Duration, nudge <-chan struct{}) bool {
	var rings <-chan time.Time
	if wait >= 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		rings = timer.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-rings:
	case <-nudge:
	}
	return true
}

// step takes one.
func (p *Poller) step(ctx context.Context, do step) (err error) {
	p.mu.Lock()
	since := p.outage.since
	p.mu.Unlock()
	switch do {
	case noteIt:
		err = p.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.PutOutage(store.Outage{Since: since}) })
	case tellIt:
		p.log.Warn().Dur("for", p.cfg.Now().Sub(since)).Msg("the platform is not answering: people are told")
		err = p.tellAll(ctx, p.watched(), alert.Down)
	case endIt:
		err = p.tellBack(ctx)
	case watch:
	}
	if err == nil {
		p.mu.Lock()
		p.outage.done(do)
		p.mu.Unlock()
	}
	return err
}

// tellBack tells all who were told of the outage that it is over, and forgets it.
func (p *Poller) tellBack(ctx context.Context) error {
	var told []store.AccountID
	err := p.cfg.Store.View(ctx, func(tx *store.Tx) error {
		for poll, err := range tx.Polls() {
			if err == nil && poll.Down != (store.Poll{}).Down { // one that does not open was told nothing
				told = append(told, poll.Account)
			}
		}
		return ctx.Err()
	})
	if err == nil {
		err = p.tellAll(ctx, told, alert.Back)
	}
	if err == nil {
		err = p.cfg.Store.Update(ctx, (*store.Tx).DropOutage)
	}
	if err == nil {
		p.log.Info().Int("accounts", len(told)).Msg("the platform answers again")
	}
	return err
}

// watched lists all accounts.
func (p *Poller) watched() []store.AccountID {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := make([]store.AccountID, 0, len(p.schedule.accounts))
	for id := range p.schedule.accounts {
		ids = append(ids, id)
	}
	return ids
}

// tellAll tells accounts of the outage or of its end, some at a time. Of an outage nobody is told once it is over.
func (p *Poller) tellAll(ctx context.Context, ids []store.AccountID, kind alert.Kind) error {
	for some := range slices.Chunk(ids, tellAtOnce) {
		if kind == alert.Down && p.answered() {
			return nil
		}
		err := p.cfg.Store.Update(ctx, func(tx *store.Tx) error {
			for _, id := range some {
				if err := p.tellOne(tx, id, kind); err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		p.cfg.Queued()
	}
	return nil
}

func (p *Poller) tellOne(tx *store.Tx, id store.AccountID, kind alert.Kind) error {
	account, err := tx.Account(id)
	if err != nil {
		return err
	}
	now := p.cfg.Now()
	notice := store.Notification{ID: p.cfg.NewID(), Account: id, Chat: account.Chat, Kind: kind, Made: now, Due: now}
	switch {
	case kind == alert.Back:
		_, err = tx.TellBack(notice)
	case account.State == store.AccountActive && waitsForSomething(tx, id, now):
		_, err = tx.TellDown(notice)
	}
	return err
}

// waitsForSomething reports whether there are requests that are not answered, or calls to come.
func waitsForSomething(tx *store.Tx, id store.AccountID, now time.Time) bool {
	for _, side := range []string{store.SideMade, store.SideReceived} {
		for s, err := range tx.Snapshots(id, side) {
			if err == nil && (waits(s) || status(s) == apiclient.StatusConfirmed) && s.Session.After(now) {
				return true
			}
		}
	}
	return false
}

// answered reports whether an outage that was noted is over.
func (p *Poller) answered() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outage.over
}

// nobodyAnswers reports whether there is an outage that was noted.
func (p *Poller) nobodyAnswers() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outage.noted
}
