package poller

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
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
		h.configure(func(cfg *Config) {
			cfg.Now, cfg.Queued = time.Now, nil
			cfg.NewID = func() uuid.UUID { return uuid.Must(uuid.NewV7()) }
		})
		test(t, h)
	})
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

func TestRunPollsWhenItIsTime(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		b := booking(1, pending)
		h.platform.set(apiclient.Made, b) // Min between two looks
		stop := h.run()
		defer stop()
		synctest.Wait()
		if got := h.platform.count(); got != 2 {
			t.Errorf("%d calls at once after linking, want 2", got)
		}
		h.platform.set(apiclient.Made, later(b, to(accepted)))
		time.Sleep(DefaultMin - time.Second)
		synctest.Wait()
		h.wantTold()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		h.wantTold("made 1 accepted")
		if got := h.platform.count(); got != 4 {
			t.Errorf("%d calls, want 4", got)
		}
	})
}

func TestARestartDoesNotKnockAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		stop := h.run()
		synctest.Wait()
		stop()
		h.reopen()
		stop = h.run()
		defer stop()
		time.Sleep(DefaultMax - 2*time.Second)
		synctest.Wait()
		if got := h.platform.count(); got != 2 {
			t.Errorf("%d calls, want the 2 before the restart", got)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if got := h.platform.count(); got != 4 {
			t.Errorf("%d calls, want 4", got)
		}
	})
}

func TestWakeDoesNotWait(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		stop := h.run()
		defer stop()
		synctest.Wait()
		h.platform.meanwhile(func(apiclient.Side) { time.Sleep(time.Second) })
		for range 3 { // those after the first come while it is being polled, and count as one
			h.poller.Wake(h.account)
			synctest.Wait()
		}
		h.poller.Wake(store.AccountID{15: 99}) // nobody
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := h.platform.count(); got != 6 {
			t.Errorf("%d calls, want 6", got)
		}
		if _, twice := h.platform.crowd(); twice {
			t.Error("the account was polled twice at once")
		}
	})
}

func TestManyAccountsFewWorkers(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		const others = 20
		for n := range byte(others) {
			token := secret.New("other-" + string('a'+rune(n)))
			h.platform.bookings[token.Reveal()] = map[apiclient.Side][]apiclient.Booking{}
			h.link(store.AccountID{14: 1, 15: n}, otherChat, token.Reveal())
		}
		h.platform.meanwhile(func(apiclient.Side) { time.Sleep(3 * time.Second) })
		stop := h.run()
		defer stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		if got, want := h.platform.count(), 2*(others+1); got != want {
			t.Errorf("%d calls, want %d: every account once", got, want)
		}
		if most, twice := h.platform.crowd(); most != workers || twice {
			t.Errorf("%d accounts at once, want %d; one twice at once: %v", most, workers, twice)
		}
	})
}

func TestRunEndsInTheMiddleOfAPoll(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.platform.meanwhile(func(apiclient.Side) { time.Sleep(time.Second) })
		stop := h.run()
		time.Sleep(time.Millisecond)
		stop()
		if got := h.platform.count(); got != 1 {
			t.Errorf("%d calls, want the one that was under way", got)
		}
		if got := h.plan(); got != (store.Poll{Account: h.account}) {
			t.Errorf("the poll counts: %+v", got)
		}
		if h.log.String() != "" {
			t.Errorf("stopping is logged: %s", h.log.String())
		}
	})
}

func TestDue(t *testing.T) {
	h := newHouse(t)
	id := func(n byte) store.AccountID { return store.AccountID{15: n} }
	h.update(func(tx *store.Tx) error {
		var errs []error
		for n, plan := range map[byte]struct {
			state store.AccountState
			next  time.Duration
		}{
			2: {store.AccountActive, 0},
			3: {store.AccountActive, -time.Hour},
			4: {store.AccountActive, 1},
			5: {store.AccountStopped, -time.Hour},
			6: {store.AccountUnconfirmed, -time.Hour},
			7: {store.AccountActive, time.Hour},
		} {
			errs = append(errs, tx.PutAccount(store.Account{ID: id(n), Chat: otherChat, State: plan.state}),
				tx.PutPoll(store.Poll{Account: id(n), Next: noon.Add(plan.next)}))
		}
		return errors.Join(errs...)
	})
	h.poller.Wake(id(7))
	h.poller.Wake(id(5))
	h.poller.roster.claim(id(2))
	got, err := h.poller.due(t.Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]store.AccountID{id(7), id(1), id(3)}, got); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
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
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := h.platform.count(); got != 2 {
			t.Errorf("%d calls, want the 2 of the other account", got)
		}
		h.update(func(tx *store.Tx) error { return tx.DeleteAccount(lost) })
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := strings.Count(h.log.String(), "\n"); got != 2 {
			t.Errorf("%d lines, want one of the trouble and one of its end:\n%s", got, h.log.String())
		}
	})
}
