package poller

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

const (
	pending   = apiclient.StatusPending
	accepted  = apiclient.StatusAccepted
	cancelled = apiclient.StatusCancelled
)

func (h *house) wantTold(want ...string) {
	h.t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, h.told()); diff != "" {
		h.t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestTheFirstLookIsSilent(t *testing.T) {
	h := newHouse(t)
	h.platform.set(apiclient.Made, booking(1, accepted))
	h.platform.set(apiclient.Received, booking(2, pending))
	h.look()
	h.wantTold()
	h.platform.set(apiclient.Received, booking(3, pending))
	h.look()
	h.wantTold("received 3 request")
	if h.queued != 1 {
		t.Errorf("the outbox was woken %d times, want once", h.queued)
	}
}

func TestTheFirstLookAtNothingCounts(t *testing.T) {
	h := newHouse(t)
	h.look()
	h.platform.set(apiclient.Received, booking(3, pending))
	h.look()
	h.wantTold("received 3 request")
}

func TestAChangeIsToldOnce(t *testing.T) {
	h := newHouse(t)
	b := booking(1, pending)
	h.platform.set(apiclient.Made, b)
	h.look()
	h.platform.set(apiclient.Made, later(b, func(b *apiclient.Booking) {
		b.Status, b.Credits = accepted, apiclient.WholeCredits(150)
	}))
	h.look()
	h.wantTold("made 1 accepted")
	h.look()
	h.reopen()
	h.look()
	h.wantTold("made 1 accepted")
}

func TestTheNotificationSaysWhatChanged(t *testing.T) {
	h := newHouse(t)
	h.look()
	h.platform.set(apiclient.Received, booking(3, pending))
	h.look()
	h.view(func(tx *store.Tx) error {
		got, err := tx.Due(h.now, 10)
		want := []store.Notification{{
			Account: h.account, Chat: chat, Kind: alert.Request, Side: store.SideReceived, Booking: 3, Made: h.now, Due: h.now,
			Status: "Pending", Credits: "135.00", Nickname: hushNickname, Session: noon.Add(48 * time.Hour),
			Duration: 30, AcceptBy: noon.Add(24 * time.Hour), Updated: noon,
		}}
		for i := range got {
			if got[i].ID.Version() != 7 {
				t.Errorf("the id is of version %d", got[i].ID.Version())
			}
			got[i].ID = want[0].ID
			if got[i].Key == "" {
				t.Error("it has no key: it may be told again")
			}
			got[i].Key = ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("queued (-want +got):\n%s", diff)
		}
		return err
	})
}

func TestACrashNeitherLosesNorDoubles(t *testing.T) {
	h := newHouse(t)
	b := booking(1, pending)
	h.platform.set(apiclient.Made, b)
	h.look()
	h.platform.set(apiclient.Made, later(b, to(accepted)))

	// The answer arrives and the program ends before anything is written.
	ctx, stop := context.WithCancel(t.Context())
	h.platform.meanwhile(func(apiclient.Side) { stop() })
	h.lookWith(ctx)
	h.platform.meanwhile(nothing)
	h.reopen()
	h.wantTold()

	// The change of the first side is written, and the program ends before the poll is planned.
	h.platform.fail(apiclient.Received, context.Canceled)
	ctx, stop = context.WithCancel(t.Context())
	h.platform.meanwhile(func(side apiclient.Side) {
		if side == apiclient.Received {
			stop()
		}
	})
	h.lookWith(ctx)
	h.platform.meanwhile(nothing)
	h.platform.fail(apiclient.Received, nil)
	h.reopen()
	h.wantTold("made 1 accepted")
	if plan := h.plan(); plan.Failures != 0 {
		t.Errorf("a stop counts as %d failures", plan.Failures)
	}
	h.look()
	h.wantTold("made 1 accepted")
}

func TestAStaleReadIsIgnored(t *testing.T) {
	h := newHouse(t)
	b := booking(1, pending)
	h.platform.set(apiclient.Made, b)
	h.look()
	h.platform.set(apiclient.Made, later(b, to(accepted)))
	h.look()
	h.platform.set(apiclient.Made, b) // from a server that lags
	h.look()
	h.platform.set(apiclient.Made, later(b, to(accepted)))
	h.look()
	h.wantTold("made 1 accepted")
}

func TestWhatTheConversationRecordedIsNoNews(t *testing.T) {
	h := newHouse(t)
	h.look()
	b := booking(1, pending)
	h.platform.meanwhile(func(side apiclient.Side) { // the person acts while the list is on its way
		if side == apiclient.Received {
			h.update(func(tx *store.Tx) error {
				return tx.PutSnapshot(snapshotOf(h.account, store.SideReceived, later(b, to(accepted))))
			})
		}
	})
	h.platform.set(apiclient.Received, b)
	h.look()
	h.platform.meanwhile(nothing)
	h.platform.set(apiclient.Received, later(b, to(accepted)))
	h.look()
	h.wantTold()
}

func TestARefusedTokenStopsAndAsksOnce(t *testing.T) {
	h := newHouse(t)
	h.look()
	h.platform.fail(apiclient.Received, refusal(apiclient.ErrUnauthorized))
	h.platform.set(apiclient.Made, booking(4, accepted))
	h.look()
	want := []string{"made 4 accepted", "0 sign_in"}
	h.wantTold(want...)
	if got := h.state(); got != store.AccountStopped {
		t.Errorf("the account is %s", got)
	}
	calls := h.platform.count()
	h.look()
	h.reopen()
	h.look()
	h.wantTold(want...)
	if h.platform.count() != calls {
		t.Error("a stopped account is polled")
	}

	h.platform.fail(apiclient.Received, nil)
	h.platform.set(apiclient.Received, booking(5, pending))
	h.link(h.account, chat, hushToken)
	h.poller.Wake(h.account)
	if e := h.poller.schedule.take(h.now); e == nil || e.id != h.account {
		t.Error("linked again, it is not due")
	}
	h.look()
	h.wantTold("made 4 accepted", "0 sign_in", "received 5 request") // what happened meanwhile is told
}

func TestARefusedTokenIsNotTriedTwice(t *testing.T) {
	h := newHouse(t)
	h.link(h.account, chat, "another")
	h.look()
	h.wantTold("0 sign_in")
	if got := h.platform.count(); got != 1 {
		t.Errorf("%d calls, want 1", got)
	}
}

func TestATokenReplacedMeanwhileIsNotStopped(t *testing.T) {
	h := newHouse(t)
	h.link(h.account, chat, "an old one")
	h.platform.meanwhile(func(apiclient.Side) {
		h.now = h.now.Add(time.Second)
		h.link(h.account, chat, hushToken)
	})
	h.look()
	h.wantTold()
	if got := h.state(); got != store.AccountActive {
		t.Errorf("the account is %s", got)
	}
}

func TestStoppedElsewhereIsNotAskedAgain(t *testing.T) {
	h := newHouse(t)
	h.link(h.account, chat, "refused")
	h.platform.meanwhile(func(apiclient.Side) {
		h.update(func(tx *store.Tx) error {
			account, err := tx.Account(h.account)
			account.State = store.AccountStopped
			return errors.Join(err, tx.PutAccount(account))
		})
	})
	h.look()
	h.wantTold()
}

func TestUnlinkedDuringAPoll(t *testing.T) {
	for name, answer := range map[string]error{
		"answered": nil, "failed": refusal(apiclient.ErrUnavailable), "refused": refusal(apiclient.ErrUnauthorized),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.look()
			h.platform.set(apiclient.Received, booking(5, pending))
			h.platform.fail(apiclient.Received, answer)
			h.platform.meanwhile(func(side apiclient.Side) {
				if side == apiclient.Received {
					h.unlink()
				}
			})
			h.look()
			h.wantTold()
			if h.log.String() != "" {
				t.Errorf("it is logged: %s", h.log.String())
			}
			if got := h.plan(); got != (store.Poll{Account: h.account}) {
				t.Errorf("a poll record stayed: %+v", got)
			}
		})
	}
}

func TestNoReceivedBookingsAtAll(t *testing.T) {
	h := newHouse(t)
	h.platform.fail(apiclient.Received, refusal(apiclient.ErrNotFound))
	h.look()
	h.platform.set(apiclient.Made, booking(1, accepted))
	h.look()
	h.wantTold("made 1 accepted")
	if plan := h.plan(); plan.Failures != 0 || plan.Refused {
		t.Errorf("it counts as a failure: %+v", plan)
	}
	h.now = h.now.Add(DefaultMax)            // it is not asked for each time
	h.platform.fail(apiclient.Received, nil) // now the member offers calls; what was there before is history
	h.platform.set(apiclient.Received, booking(2, pending))
	h.look()
	h.wantTold("made 1 accepted")
}

// A list that has not changed is neither decoded nor compared, and is planned for as if it were.
func TestAnUnchangedListCostsNoComparison(t *testing.T) {
	h := newHouse(t)
	h.platform.set(apiclient.Made, booking(1, accepted))
	h.look() // at everything
	h.look() // at what is open
	first, wait := h.platform.decoded.Load(), h.wait()
	h.look()
	h.look()
	if got := h.platform.decoded.Load(); got != first {
		t.Errorf("%d lists were decoded again", got-first)
	}
	if got := h.wait(); got != wait {
		t.Errorf("the next look is in %s, and was in %s", got, wait)
	}
	h.platform.set(apiclient.Made, booking(1, apiclient.StatusConfirmed))
	h.look()
	h.wantTold("made 1 confirmed")
}

// What could not be written down is compared again, although the list is the same.
func TestAListThatCouldNotBeKeptIsReadAgain(t *testing.T) {
	h := newHouse(t)
	h.look()
	h.platform.set(apiclient.Received, booking(2, pending))
	setState := func(state store.AccountState) {
		h.update(func(tx *store.Tx) error {
			account, err := tx.Account(h.account)
			account.State = state
			return errors.Join(err, tx.PutAccount(account))
		})
	}
	h.platform.meanwhile(func(apiclient.Side) { setState(store.AccountStopped) })
	h.look()
	h.wantTold()
	h.platform.meanwhile(nothing)
	setState(store.AccountActive)
	h.look()
	h.wantTold("received 2 request")
}

func TestOneSideFails(t *testing.T) {
	for name, tc := range map[string]struct {
		failing apiclient.Side
		kind    error
		want    string
	}{
		"made":            {apiclient.Made, apiclient.ErrUnavailable, "received 2 request"},
		"received":        {apiclient.Received, apiclient.ErrUnavailable, "made 1 accepted"},
		"made, not found": {apiclient.Made, apiclient.ErrNotFound, "received 2 request"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.look()
			h.platform.set(apiclient.Made, booking(1, accepted))
			h.platform.set(apiclient.Received, booking(2, pending))
			h.platform.fail(tc.failing, refusal(tc.kind))
			h.look()
			h.wantTold(tc.want)
			if got := h.state(); got != store.AccountActive {
				t.Errorf("the account is %s", got)
			}
			if got := h.poller.schedule.accounts[h.account].failures; got != 1 {
				t.Errorf("%d failures, want 1", got)
			}
			if !strings.Contains(h.log.String(), h.account.String()) || !strings.Contains(h.log.String(), tc.kind.Error()) {
				t.Errorf("the log does not say what failed: %s", h.log.String())
			}
		})
	}
}

func TestHalfAListIsNoFirstLook(t *testing.T) {
	h := newHouse(t)
	h.platform.set(apiclient.Received, booking(1, pending))
	h.platform.fail(apiclient.Received, refusal(apiclient.ErrUnavailable)) // after the first row
	h.look()
	h.platform.fail(apiclient.Received, nil)
	h.platform.set(apiclient.Received, booking(2, pending))
	h.look()
	h.wantTold()
}

func TestBackoff(t *testing.T) {
	h := newHouse(t)
	h.platform.set(apiclient.Made, booking(1, pending)) // it waits: Min between two looks
	h.look()
	if got := h.wait(); got != DefaultMin {
		t.Errorf("after a success it waits %v, want %v", got, DefaultMin)
	}
	h.platform.fail(apiclient.Received, refusal(apiclient.ErrUnavailable))
	for _, want := range []time.Duration{1, 2, 4, 8, 15, 15} {
		h.look()
		if got := h.wait(); got != want*time.Minute {
			t.Errorf("it waits %v, want %v min", got, int(want))
		}
	}
	h.reopen() // and a restart changes nothing
	h.look()
	if got := h.wait(); got != DefaultMax {
		t.Errorf("after a restart it waits %v, want %v", got, DefaultMax)
	}
	h.platform.fail(apiclient.Received, nil)
	h.look()
	if plan := h.plan(); plan.Failures != 0 || h.wait() != DefaultMin {
		t.Errorf("after another success: %+v", plan)
	}
	if got := strings.Count(h.log.String(), `"level":"warn"`); got != 1 {
		t.Errorf("%d warnings for one stretch of failures:\n%s", got, h.log.String())
	}
}

func TestThePlatformAsksForPeace(t *testing.T) {
	for name, tc := range map[string]struct {
		err  *apiclient.Error
		want time.Duration
	}{
		"rate limited": {&apiclient.Error{Kind: apiclient.ErrRateLimited, Status: 429, RetryAfter: time.Hour}, time.Hour},
		"not for long": {&apiclient.Error{Kind: apiclient.ErrRateLimited, Status: 429, RetryAfter: time.Second}, time.Minute},
		"the edge":     {&apiclient.Error{Kind: apiclient.ErrEdge}, DefaultMax},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.platform.set(apiclient.Made, booking(1, pending))
			h.platform.fail(apiclient.Received, tc.err)
			h.look()
			if got := h.wait(); got != tc.want {
				t.Errorf("it waits %v, want %v", got, tc.want)
			}
		})
	}
}

// Only an answer shows that the platform is well, and a call that our own limits hold back does not show that it is not.
func TestWhoIsWell(t *testing.T) {
	for name, tc := range map[string]struct {
		err            error
		before, ailing bool
	}{
		"it fails yet":        {refusal(apiclient.ErrUnavailable), true, true},
		"it refuses":          {refusal(apiclient.ErrForbidden), true, false},
		"it is given a rest":  {&apiclient.Error{Kind: apiclient.ErrUnavailable, RetryAfter: time.Minute}, false, true},
		"we are held back":    {&apiclient.Error{Kind: apiclient.ErrRateLimited, RetryAfter: time.Minute}, false, false},
		"it answers":          {nil, true, false},
		"it fails unforeseen": {errors.New("unforeseen"), true, false},
	} {
		h := newHouse(t)
		h.poller.schedule.ailing = tc.before
		h.platform.fail(apiclient.Made, tc.err)
		h.platform.fail(apiclient.Received, tc.err)
		h.look()
		if got := h.poller.schedule.ailing; got != tc.ailing {
			t.Errorf("%s: ailing %v", name, got)
		}
	}
}

// Each list may be told another time to wait for: the longest holds.
func TestTheLongestPeaceHolds(t *testing.T) {
	const long = 20 * time.Minute
	busy := func(wait time.Duration) error {
		return &apiclient.Error{Kind: apiclient.ErrRateLimited, Status: 429, RetryAfter: wait}
	}
	for name, waits := range map[string][2]time.Duration{"made": {long, time.Minute}, "received": {time.Minute, long}} {
		h := newHouse(t)
		h.platform.fail(apiclient.Made, busy(waits[0]))
		h.platform.fail(apiclient.Received, busy(waits[1]))
		h.look()
		if got := h.wait(); got != long {
			t.Errorf("asked by %s, it is looked at again in %v, want %v", name, got, long)
		}
	}
}

func TestAClosedDiskIsNotHammered(t *testing.T) {
	h := newHouse(t)
	h.platform.meanwhile(func(side apiclient.Side) {
		if side == apiclient.Received {
			if err := h.store.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	h.lookWith(t.Context())
	if got := h.wait(); got != DefaultMax {
		t.Errorf("it is left alone for %v, want %v", got, DefaultMax)
	}
	h.platform.meanwhile(nothing)
	h.open()
}

func TestNewRefuses(t *testing.T) {
	h := newHouse(t)
	for name, spoil := range map[string]func(*Config){
		"no store":          func(c *Config) { c.Store = nil },
		"no API":            func(c *Config) { c.API = nil },
		"no clock":          func(c *Config) { c.Now = nil },
		"no ids":            func(c *Config) { c.NewID = nil },
		"Max below Min":     func(c *Config) { c.Min, c.Max = time.Minute, time.Second },
		"Min above default": func(c *Config) { c.Min, c.Max = time.Hour, 0 },
		"a negative Min":    func(c *Config) { c.Min = -1 },
		"a negative rate":   func(c *Config) { c.Rate = -1 },
		"no workers":        func(c *Config) { c.Workers = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := h.poller.cfg
			spoil(&cfg)
			if _, err := New(cfg); err == nil {
				t.Error("New takes it")
			}
		})
	}
}

// A bug behind one account's reading must not end the program, nor be met again at once.
func TestAPanicCostsOnePoll(t *testing.T) {
	h := newHouse(t)
	h.platform.meanwhile(func(apiclient.Side) { panic(hushComment) })
	h.lookWith(t.Context())
	if got := h.wait(); got != DefaultMax {
		t.Errorf("left alone for %v, want %v", got, DefaultMax)
	}
	if !strings.Contains(h.log.String(), "a poll panicked") {
		t.Error("nothing was logged")
	}
}
