package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// plainQuiet is how long a 429 without a time keeps us from the login host.
const plainQuiet = 5 * time.Second

// renewalNote is what is remembered of an account between renewals. Losing it with the program does no
// harm, but for a pair that the disk would not take until the end: then the person has to sign in again.
type renewalNote struct {
	dead    secret.String // a refresh token that the host has refused
	unsaved *unsaved      // a pair that the disk would not take

	renewed  time.Time // the pair that next was planned for
	next     time.Time // when to renew it in the background
	failures int       // of that, in a row
}

// unsaved is a pair that has been obtained and could not be written down: the only copy.
type unsaved struct {
	before store.Account // whose refresh token it was got with
	grant  apiclient.Grant
	at     time.Time
}

// Tokens hands out the access tokens of an account, as the store has them at the time. They are renewed
// when they are about to end or are refused, once for all who wait, and written down before anybody gets
// them. Errors are *apiclient.Error: ErrUnauthorized if only the person can help, by signing in again;
// ErrUnavailable or ErrRateLimited if it may work later.
func (l *Login) Tokens(a store.Account) apiclient.Tokens { return keeper{l, a.ID} }

type keeper struct {
	login *Login
	id    store.AccountID
}

func (k keeper) Token(ctx context.Context) (secret.String, error) {
	a, err := k.login.account(ctx, k.id)
	if err != nil {
		return secret.String{}, err
	}
	if !k.login.ended(a) {
		return a.Token, nil
	}
	fresh, a, err := k.login.renew(ctx, a)
	if err != nil && !errors.Is(err, apiclient.ErrUnauthorized) && k.login.cfg.Now().Before(a.Expires.Add(apiclient.Early)) {
		return a.Token, nil // it still has its last minute
	}
	return fresh, err
}

func (k keeper) Renew(ctx context.Context, refused secret.String) (secret.String, error) {
	a, err := k.login.account(ctx, k.id)
	switch {
	case err != nil:
		return secret.String{}, err
	case !a.Token.Equal(refused):
		return k.Token(ctx)
	case !k.login.renewable(a):
		return secret.String{}, failure(apiclient.ErrUnauthorized, 0)
	}
	fresh, _, err := k.login.renew(ctx, a)
	return fresh, err
}

func (l *Login) renewable(a store.Account) bool { return l.cfg.Host != nil && !a.Refresh.IsZero() }

// ended reports whether a token is about to end, and can be renewed.
func (l *Login) ended(a store.Account) bool {
	return l.renewable(a) && !a.Expires.IsZero() && !l.cfg.Now().Before(a.Expires)
}

// account reads an account as it is now. One that was unlinked has no token.
func (l *Login) account(ctx context.Context, id store.AccountID) (store.Account, error) {
	var a store.Account
	err := l.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		a, err = tx.Account(id)
		return err
	})
	switch {
	case unknown(err):
		return a, failure(apiclient.ErrUnauthorized, 0)
	case ctx.Err() != nil:
		return a, given(ctx)
	case err != nil:
		l.log.Error().Stringer("account", id).AnErr("err", err).Msg("an account cannot be read")
		return a, failure(apiclient.ErrUnavailable, 0)
	}
	return a, nil
}

// renewed is a token, and the one it took the place of; zero if the store had it already.
type renewed struct{ token, before secret.String }

// renew answers a newer token than the one an account was read with, and the account as it was seen last.
// It joins a renewal of that link which is under way; one that had begun before the token was given out may
// come to nothing but that token, and then there is another. If the account was linked anew meanwhile, what
// became of the old link decides nothing: the new one's token is answered, or renewed in turn.
func (l *Login) renew(ctx context.Context, a store.Account) (secret.String, store.Account, error) {
	for range 3 {
		got, err := l.join(ctx, a)
		now, unread := l.account(ctx, a.ID)
		switch {
		case unread != nil:
			return secret.String{}, a, unread
		case !now.Linked.Equal(a.Linked):
			a = now
			if !l.ended(a) {
				return a.Token, a, nil
			}
		case err != nil || !got.token.Equal(a.Token) || got.before.Equal(a.Token):
			return got.token, a, err
		}
	}
	return secret.String{}, a, failure(apiclient.ErrUnavailable, 0)
}

// join waits for the one renewal of a link of an account. Who leaves does not end it. Another link of the
// account has a renewal of its own: its refresh token is another one.
func (l *Login) join(ctx context.Context, a store.Account) (renewed, error) {
	if ctx.Err() != nil {
		return renewed{}, given(ctx)
	}
	type outcome struct {
		renewed
		err error
	}
	done := make(chan outcome, 1)
	own := context.WithoutCancel(ctx)
	started := l.work.start(func() {
		key := fmt.Sprintf("renew %s %d", a.ID, a.Linked.UnixNano())
		got, err, _ := l.flight.Do(key, func() (any, error) { return l.refresh(own, a) })
		done <- outcome{got.(renewed), err}
	})
	if !started {
		return renewed{}, failure(apiclient.ErrUnavailable, 0)
	}
	select {
	case got := <-done:
		return got.renewed, got.err
	case <-ctx.Done():
		return renewed{}, given(ctx)
	}
}

// refresh is the renewal itself, one at a time for a link.
func (l *Login) refresh(ctx context.Context, was store.Account) (renewed, error) {
	a, err := l.account(ctx, was.ID)
	switch {
	case err != nil:
		return renewed{}, err
	case !a.Linked.Equal(was.Linked) || !a.Token.Equal(was.Token):
		return renewed{token: a.Token}, nil // somebody else was quicker, or it is another link's turn
	}
	pair, err := l.pair(ctx, a)
	if err != nil {
		return renewed{}, err
	}
	token, err := l.keep(ctx, pair)
	return renewed{token, a.Token}, err
}

// pair gets a new pair from the host, unless one is left that could not be written down.
func (l *Login) pair(ctx context.Context, a store.Account) (unsaved, error) {
	var none unsaved
	now := l.cfg.Now()
	l.mu.Lock()
	note, wait := l.note(a.ID), l.quiet.Sub(now)
	left, dead := note.unsaved, !note.dead.IsZero() && note.dead.Equal(a.Refresh)
	l.mu.Unlock()
	switch {
	case left != nil && sameLink(left.before, a):
		return *left, nil
	case dead || !l.renewable(a):
		return none, failure(apiclient.ErrUnauthorized, 0)
	case wait > 0:
		return none, failure(apiclient.ErrRateLimited, wait)
	}
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	grant, err := l.cfg.Host.Refresh(call, a.Refresh)
	if err != nil {
		return none, l.refused(a, err)
	}
	return unsaved{before: a, grant: grant, at: now}, nil
}

// keep writes a new pair down, in place of the one it was got with, and answers its access token. If the
// account was unlinked or linked anew meanwhile, the pair is nobody's and is dropped. If the disk does not
// take it, it is held in memory for the next time: the old refresh token is worth nothing now.
func (l *Login) keep(ctx context.Context, p unsaved) (secret.String, error) {
	id := p.before.ID
	var token secret.String
	err := l.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(id)
		if err != nil {
			return err
		}
		if sameLink(a, p.before) {
			a.Token, a.Refresh, a.Expires, a.Renewed = p.grant.Access, p.grant.Refresh, p.grant.Expires, p.at
			err = tx.PutAccount(a)
		}
		token = a.Token
		return err
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case unknown(err):
		delete(l.renewals, id)
		return secret.String{}, failure(apiclient.ErrUnauthorized, 0)
	case err != nil:
		l.hold(p, &p)
		l.log.Error().Stringer("account", id).AnErr("err", err).Msg("new tokens cannot be written down: holding them")
		return secret.String{}, failure(apiclient.ErrUnavailable, 0)
	}
	l.hold(p, nil)
	return token, nil
}

// hold remembers a pair that could not be written down, or nothing once it is. A pair of an older link does
// not displace that of a newer one. The caller holds the lock.
func (l *Login) hold(p unsaved, left *unsaved) {
	n := l.note(p.before.ID)
	if n.unsaved == nil || !n.unsaved.before.Linked.After(p.before.Linked) {
		n.unsaved = left
	}
}

// sameLink reports whether an account still is what it was when its refresh token was read.
func sameLink(a, b store.Account) bool { return a.Linked.Equal(b.Linked) && a.Refresh.Equal(b.Refresh) }

// refused learns from a renewal that gave nothing, and says it in words for the caller.
func (l *Login) refused(a store.Account, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(err, apiclient.ErrUnauthorized) {
		l.note(a.ID).dead = a.Refresh
		l.log.Info().Stringer("account", a.ID).AnErr("err", causeOf(err)).Msg("a refresh token is no longer good")
		return failure(apiclient.ErrUnauthorized, 0)
	}
	l.log.WithLevel(gravity(err)).AnErr("err", causeOf(err)).Stringer("account", a.ID).Msg("tokens were not renewed")
	var told *apiclient.Error
	if !errors.As(err, &told) || !errors.Is(told.Kind, apiclient.ErrRateLimited) {
		return failure(apiclient.ErrUnavailable, 0)
	}
	wait := told.RetryAfter
	if wait <= 0 {
		wait = plainQuiet
	}
	l.quiet = l.cfg.Now().Add(wait)
	return failure(apiclient.ErrRateLimited, wait)
}

// note is what is remembered of an account. The caller holds the lock.
func (l *Login) note(id store.AccountID) *renewalNote {
	n := l.renewals[id]
	if n == nil {
		n = &renewalNote{}
		l.renewals[id] = n
	}
	return n
}

// saveAll tries once more to write down what is held in memory only.
func (l *Login) saveAll(ctx context.Context) {
	l.mu.Lock()
	var held []unsaved
	for _, n := range l.renewals {
		if n.unsaved != nil {
			held = append(held, *n.unsaved)
		}
	}
	l.mu.Unlock()
	for _, p := range held {
		_, _ = l.keep(ctx, p) // which logs
	}
}

func failure(kind error, after time.Duration) error {
	return &apiclient.Error{Op: "renew tokens", Kind: kind, RetryAfter: after}
}

// given is the error of a caller who does not wait any longer.
func given(ctx context.Context) error {
	return fmt.Errorf("%w: %w", failure(apiclient.ErrUnavailable, 0), ctx.Err())
}
