package poller

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// inBubble runs a test with a poller that goes by the bubble's clock.
func inBubble(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.configure(bubbleClock)
		test(t, h)
	})
}

func bubbleClock(cfg *Config) {
	cfg.Now, cfg.Queued = time.Now, nil
	cfg.NewID = func() uuid.UUID { return uuid.Must(uuid.NewV7()) }
}

// run starts the poller; the returned function stops it and waits.
func (h *house) run() (stop func()) {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan error)
	go func() { done <- h.poller.Run(ctx) }()
	return func() {
		h.t.Helper()
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("Run = %v", err)
		}
	}
}

// runAwake starts the poller, and has it look at the account as after linking.
func (h *house) runAwake() (stop func()) {
	h.poller.Wake(h.account)
	stop = h.run()
	synctest.Wait()
	return stop
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (h *house) wantCalls(want int) {
	h.t.Helper()
	if got := h.platform.count(); got != want {
		h.t.Errorf("%d calls, want %d", got, want)
	}
}

func TestRunPollsWhenItIsTime(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		b := booking(1, pending)
		b.Session = time.Now().Add(48 * time.Hour)
		h.platform.set(apiclient.Made, b) // Min between two looks
		stop := h.runAwake()
		defer stop()
		h.wantCalls(2)
		h.platform.set(apiclient.Made, later(b, to(accepted)))
		pass(DefaultMin - time.Second)
		h.wantTold()
		pass(2 * time.Second)
		h.wantTold("made 1 accepted")
		h.wantCalls(4)
	})
}

// An account is left alone for Max when there is nothing to wait for; a restart spreads that.
func TestARestartDoesNotKnockAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		stop := h.runAwake()
		pass(lively + DefaultMax)
		stop()
		before := h.platform.count()
		h.reopen()
		stop = h.run()
		defer stop()
		pass(time.Minute)
		h.wantCalls(before)
		pass(DefaultMax - time.Minute)
		h.wantCalls(before + 2)
	})
}

func TestWakeDoesNotWait(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		stop := h.runAwake()
		defer stop()
		h.platform.meanwhile(func(apiclient.Side) { time.Sleep(time.Second) })
		for range 3 { // those after the first come while it is being polled, and count as one
			h.poller.Wake(h.account)
			synctest.Wait()
		}
		h.poller.Wake(store.AccountID{15: 99}) // nobody
		pass(10 * time.Second)
		h.wantCalls(6)
		if _, twice := h.platform.crowd(); twice {
			t.Error("the account was polled twice at once")
		}
		if got := h.poller.Stats().Accounts; got != 1 {
			t.Errorf("%d accounts are watched, want 1", got)
		}
	})
}

// Who has just done something is looked at again soon, a few times.
func TestWakeIsFollowedBySomeLooks(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		stop := h.runAwake()
		defer stop()
		pass(5*time.Minute + time.Second)
		h.wantCalls(2 + 2*10) // one each half minute
		pass(DefaultMax + time.Second)
		h.wantCalls(2 + 2*10 + 2)
	})
}

// Where five minutes are no more than one interval, there are three all the same.
func TestWakeIsFollowedBySomeLooksHoweverFarApart(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.configure(func(cfg *Config) {
			bubbleClock(cfg)
			cfg.Min, cfg.Max = 4*time.Minute, 2*time.Hour
		})
		stop := h.runAwake()
		defer stop()
		pass(time.Hour)
		h.wantCalls(2 + 2*3)
	})
}

// Intervals that are stretched count as tight until there is room to spare: no two lines in the log for each account
// that comes and goes.
func TestTightUntilThereIsRoom(t *testing.T) {
	h := newHouse(t)
	h.configure(func(cfg *Config) { cfg.Rate = 10 })
	p := h.poller
	for _, tc := range []struct {
		demand float64
		tight  bool
	}{{8, false}, {8.1, true}, {8, true}, {7.3, true}, {7.1, false}, {8, false}} {
		p.schedule.demand = int64(tc.demand * 1e9)
		if p.budget(); p.tight != tc.tight {
			t.Errorf("%v calls a second wanted: tight %v", tc.demand, p.tight)
		}
	}
}

func TestManyAccountsFewWorkers(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		const others = 20
		h.crowd(others)
		h.platform.meanwhile(func(apiclient.Side) { time.Sleep(3 * time.Second) })
		stop := h.run()
		defer stop()
		for id := range h.others(others) {
			h.poller.Wake(id)
		}
		h.poller.Wake(h.account)
		pass(37 * time.Second)
		if most, twice := h.platform.crowd(); most != 4 || twice {
			t.Errorf("%d accounts at once, want 4; one twice at once: %v", most, twice)
		}
		if got := h.poller.Stats(); got.Polls < others+1 {
			t.Errorf("%d polls, want each account once", got.Polls)
		}
	})
}

// others are accounts beside the house's own, and their tokens.
func (h *house) others(n int) map[store.AccountID]string {
	all := map[store.AccountID]string{}
	for i := range n {
		all[store.AccountID{13: 1, 14: byte(i >> 8), 15: byte(i)}] = fmt.Sprint("other-", i)
	}
	return all
}

// crowd links others, who have no bookings.
func (h *house) crowd(n int) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		var errs []error
		for id, token := range h.others(n) {
			h.platform.bookings[token] = map[apiclient.Side][]apiclient.Booking{}
			errs = append(errs, tx.PutAccount(store.Account{
				ID: id, Chat: otherChat, Token: secret.New(token), State: store.AccountActive, Linked: h.now,
			}))
		}
		return errors.Join(errs...)
	})
}

func TestRunEndsInTheMiddleOfAPoll(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.platform.meanwhile(func(apiclient.Side) { time.Sleep(time.Second) })
		stop := h.runAwake()
		time.Sleep(time.Millisecond)
		stop()
		h.wantCalls(1)
		if got := h.plan(); got != (store.Poll{Account: h.account}) {
			t.Errorf("the poll counts: %+v", got)
		}
		if h.log.String() != "" {
			t.Errorf("stopping is logged: %s", h.log.String())
		}
	})
}

func TestOnlyActiveAccountsAreLoaded(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.update(func(tx *store.Tx) error {
			return errors.Join(
				tx.PutAccount(store.Account{ID: store.AccountID{15: 5}, Chat: otherChat, State: store.AccountStopped}),
				tx.PutAccount(store.Account{ID: store.AccountID{15: 6}, Chat: otherChat, State: store.AccountUnconfirmed}),
			)
		})
		stop := h.run()
		defer stop()
		synctest.Wait()
		if got := h.poller.Stats().Accounts; got != 1 {
			t.Errorf("%d accounts are watched, want 1", got)
		}
		h.poller.Wake(store.AccountID{15: 5})
		pass(time.Second)
		if got := h.poller.Stats(); got.Accounts != 1 {
			t.Errorf("%d accounts are watched, want 1: the other is stopped", got.Accounts)
		}
	})
}

func TestAnAccountThatCannotBeReadBlocksNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.keys = []byte{8, 7}
		h.reopen()
		lost := store.AccountID{15: 2}
		h.link(lost, otherChat, "another")
		h.keys = []byte{7} // the key it was sealed with is lost
		h.reopen()
		stop := h.run()
		defer stop()
		pass(DefaultMin)
		h.wantCalls(2)
		if got := strings.Count(h.log.String(), "\n"); got != 1 {
			t.Errorf("%d lines, want one of the trouble:\n%s", got, h.log.String())
		}
	})
}

// While the platform is given a rest nobody is looked at, and then one account, until it is well.
func TestARestIsForAll(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		const others = 40
		h.crowd(others)
		resting := &apiclient.Error{Kind: apiclient.ErrUnavailable, RetryAfter: 15 * time.Second}
		h.platform.fail(apiclient.Made, resting)
		stop := h.run()
		defer stop()
		pass(45 * time.Second)
		if got := h.platform.count(); got < 2 || got > 4+3 { // all workers once, and then one each 15 s
			t.Errorf("%d calls in 45 seconds of rest", got)
		}
		if got := h.poller.Stats(); !got.Resting || got.Polls != 0 {
			t.Errorf("in a rest: %+v", got)
		}
		h.platform.fail(apiclient.Made, nil)
		pass(16 * time.Second)
		if got := h.poller.Stats(); got.Resting || got.Polls < others {
			t.Errorf("%d polls after the rest, want each account's; resting: %v", got.Polls, got.Resting)
		}
		if text := h.log.String(); text != "" {
			t.Errorf("a rest is logged by account: %s", text)
		}
		h.platform.meanwhile(func(apiclient.Side) { time.Sleep(time.Second) })
		for id := range h.others(others) {
			h.poller.Wake(id)
		}
		pass(10 * time.Second)
		if most, _ := h.platform.crowd(); most != 4 {
			t.Errorf("%d accounts at once when the platform is well, want 4", most)
		}
	})
}

// A sign-in that cannot be renewed now is the account's own trouble.
func TestAWantOfATokenHoldsNobodyElse(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.configure(func(cfg *Config) {
			bubbleClock(cfg)
			cfg.Tokens = func(a store.Account) apiclient.Tokens {
				if a.ID == h.account {
					return noTokens{}
				}
				return apiclient.With(a.Token).Tokens
			}
		})
		h.crowd(1)
		stop := h.runAwake()
		defer stop()
		if got := h.poller.Stats(); got.Resting || got.Failures["no_token"] == 0 {
			t.Errorf("%+v", got)
		}
		pass(DefaultMin)
		h.wantCalls(2) // of the other
	})
}

type noTokens struct{}

func (noTokens) Token(context.Context) (secret.String, error) {
	return secret.String{}, &apiclient.Error{Kind: apiclient.ErrUnavailable, RetryAfter: time.Hour}
}

func (noTokens) Renew(ctx context.Context, _ secret.String) (secret.String, error) {
	return noTokens{}.Token(ctx)
}

// When the rate does not hold what all want, all are looked at less often, and the operator hears of it once.
func TestIntervalsStretchTogether(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		const others = 99
		h.crowd(others)
		h.configure(func(cfg *Config) {
			bubbleClock(cfg)
			cfg.Rate, cfg.Max = 2.5, DefaultMin
		})
		stop := h.run()
		defer stop()
		synctest.Wait()
		if got := h.poller.Stats().Stretch; got < 3.3 || got > 3.4 { // 200 calls each 30 s, and 2 a second are allowed
			t.Errorf("stretched by %v", got)
		}
		pass(time.Hour)
		if got := float64(h.platform.count()) / 3600; got < 1.8 || got > 2.05 {
			t.Errorf("%v calls a second, want at most 0.8 of 2.5, and not much less", got)
		}
		if got := h.poller.Stats(); got.Missed != 0 {
			t.Errorf("%d polls came later than twice their interval", got.Missed)
		}
		h.update(func(tx *store.Tx) error {
			var errs []error
			for id := range h.others(60) {
				errs = append(errs, tx.DeleteAccount(id))
			}
			return errors.Join(errs...)
		})
		pass(10 * time.Minute)
		for id := range h.others(90) { // they stay away: the next look finds out
			h.poller.Wake(id)
		}
		h.update(func(tx *store.Tx) error {
			var errs []error
			for id := range h.others(90) {
				errs = append(errs, tx.DeleteAccount(id))
			}
			return errors.Join(errs...)
		})
		pass(10 * time.Minute)
		if got := h.poller.Stats(); got.Stretch != 1 || got.Accounts != 10 {
			t.Errorf("in the end: %+v", got)
		}
		if got := strings.Count(h.log.String(), "\n"); got != 2 {
			t.Errorf("%d lines, want one when it began and one when it was over:\n%s", got, h.log.String())
		}
	})
}
