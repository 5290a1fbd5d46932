package login

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// brought is what the browser came back with.
type brought struct {
	State, Code, Status, Fault string
}

// key tells two returns apart, without keeping what they hold.
func (b brought) key() string {
	sum := sha256.Sum256([]byte(b.State + "\x00" + b.Code))
	return string(sum[:])
}

// no is the word of a return without a code, "" if there is one. Backing out comes as an empty code
// (docs: AuthorizationCode).
func (b brought) no() string {
	switch {
	case b.Fault != "" && b.Fault != "access_denied":
		return store.SignInRefused
	case b.Fault != "" || b.Status == "cancelled" || b.Code == "":
		return store.SignInCancelled
	default:
		return ""
	}
}

// ending is what the browser is shown: a word of a sign-in that is over, or one of these.
type ending struct {
	word string
	code string // with endArrived only
}

const (
	endArrived = "arrived"
	endGone    = "gone"    // it had arrived, and is linked or given up by now
	endUnknown = "unknown" // no such sign-in: forged, or long over
	endBroken  = "broken"  // our own disk
	endStopped = "stopped" // the program is about to stop: nothing was used up
)

// replayLife is how long a return is known again. Tokens that have arrived wait for their code, and once
// more as long when it was shown: all that time a reload must not count as a second use of the link.
const replayLife = 2 * holdLife

// redemption is kept so that the same return, sent twice by a nervous finger or a reload, is no second use
// of the link.
type redemption struct {
	word  string // it ended with
	until time.Time
}

// receive takes in what the browser brought, once. It answers when the outcome is written down; when the
// browser leaves, the work goes on.
func (l *Login) receive(ctx context.Context, b brought) ending {
	if l.cfg.Host == nil {
		return ending{word: endUnknown}
	}
	if known, ok := l.again(ctx, b); ok {
		return known
	}
	_, err := l.read(ctx, b.State) // a forged state costs no write
	switch {
	case unknown(err):
		return ending{word: endUnknown}
	case err != nil:
		return l.broken(err)
	}
	own := context.WithoutCancel(ctx)
	if word := b.no(); word != "" {
		return l.change(own, b.State, func(s store.SignIn, now time.Time) store.SignIn {
			if s.Stage == store.SignInOver {
				return s
			}
			return over(s, word, now)
		})
	}
	done := make(chan ending, 1)
	started := l.work.start(func() {
		got, _, _ := l.flight.Do("redeem "+b.key(), func() (any, error) { return l.redeem(own, b), nil })
		done <- got.(ending)
	})
	if !started {
		return ending{word: endStopped}
	}
	select {
	case end := <-done:
		return end
	case <-ctx.Done():
		return ending{word: endStopped} // nobody reads it
	}
}

// redeem turns the code into tokens, if the sign-in was open until now. The step from open to taken is
// on the disk before the code leaves, so that it leaves once.
func (l *Login) redeem(ctx context.Context, b brought) ending {
	if known, ok := l.again(ctx, b); ok {
		return known
	}
	var took bool
	end := l.change(ctx, b.State, func(s store.SignIn, now time.Time) store.SignIn {
		took = s.Stage == store.SignInOpen
		switch s.Stage {
		case store.SignInOpen:
			s.Stage, s.Ends = store.SignInTaken, now.Add(takenLife)
		case store.SignInTaken, store.SignInArrived:
			s = over(s, store.SignInReused, now)
		default: // over: its word stands
		}
		return s
	})
	if !took || end.word != "" {
		return end
	}
	call, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	grant, err := l.cfg.Host.Exchange(call, b.Code)
	code := l.cfg.NewCode()
	end = l.change(ctx, b.State, func(s store.SignIn, now time.Time) store.SignIn {
		switch {
		case s.Stage != store.SignInTaken:
			return s // ended meanwhile: the tokens are dropped
		case errors.Is(err, apiclient.ErrUnauthorized):
			return over(s, store.SignInRefused, now)
		case err != nil:
			return over(s, store.SignInFailed, now)
		}
		s.Stage, s.Ends, s.Code = store.SignInArrived, now.Add(holdLife), code
		s.Token, s.Refresh, s.Expires, s.Arrived = grant.Access, grant.Refresh, grant.Expires, now
		return s
	})
	l.logEnd(end, err)
	l.remember(b.key(), end.word)
	return end
}

// again answers a return that has been redeemed already with what the store says of its sign-in now: what
// was answered then may be over. Where nothing is left, the chat has linked the tokens, or has been told.
func (l *Login) again(ctx context.Context, b brought) (end ending, ok bool) {
	word, ok := l.remembered(b.key())
	if !ok {
		return ending{}, false
	}
	s, err := l.read(ctx, b.State)
	switch {
	case unknown(err) && word == endArrived:
		return ending{word: endGone}, true
	case unknown(err):
		return ending{word: word}, true
	case err != nil:
		return l.broken(err), true
	}
	s, _ = settle(s, l.cfg.Now())
	return shown(s), true
}

func (l *Login) read(ctx context.Context, state string) (store.SignIn, error) {
	var s store.SignIn
	err := l.cfg.Store.View(ctx, func(tx *store.Tx) (err error) {
		s, err = tx.SignIn(state)
		return err
	})
	return s, err
}

func (l *Login) logEnd(end ending, err error) {
	if err != nil {
		l.log.WithLevel(gravity(err)).AnErr("err", causeOf(err)).Str("word", end.word).Msg("a sign-in ended without tokens")
		return
	}
	l.log.Info().Str("word", end.word).Msg("the browser came back from signing in")
}

// change applies a step to a sign-in in one transaction and answers what the browser is shown of its new
// stage: nothing while it is open or taken. A sign-in whose time is up is over before the step. Its chat
// is told when it arrived or ended by this.
func (l *Login) change(ctx context.Context, state string, step func(store.SignIn, time.Time) store.SignIn) ending {
	now := l.cfg.Now()
	var after store.SignIn
	var tell []flow.ChatID
	err := l.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		before, err := tx.SignIn(state)
		if err != nil {
			return err
		}
		tell = nil
		settled, _ := settle(before, now)
		after = step(settled, now)
		if after.Stage == before.Stage {
			return nil
		}
		if after.Stage != store.SignInTaken {
			tell = append(tell, after.Chat)
		}
		return tx.PutSignIn(after)
	})
	switch {
	case unknown(err):
		return ending{word: endUnknown}
	case err != nil:
		return l.broken(err)
	}
	l.tell(tell)
	return shown(after)
}

// shown is what a browser is shown of a sign-in.
func shown(s store.SignIn) ending {
	switch s.Stage {
	case store.SignInArrived:
		return ending{endArrived, s.Code}
	case store.SignInOver:
		return ending{word: s.Word}
	default:
		return ending{}
	}
}

func (l *Login) broken(err error) ending {
	l.log.Error().AnErr("err", err).Msg("a sign-in cannot be written down")
	return ending{word: endBroken}
}

func (l *Login) remembered(key string) (word string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.redeemed[key]
	return known.word, ok && l.cfg.Now().Before(known.until)
}

func (l *Login) remember(key, word string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.redeemed[key] = redemption{word, l.cfg.Now().Add(replayLife)}
}

// forget drops what is remembered of redemptions that are over.
func (l *Login) forget(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, known := range l.redeemed {
		if !now.Before(known.until) {
			delete(l.redeemed, key)
		}
	}
}
