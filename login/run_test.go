package login

import (
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

const day = 24 * time.Hour

func TestAnIdleAccountIsRenewedBeforeItIsTooLate(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		stop := h.run(h.login)
		defer stop()
		planned := time.Duration(float64(DefaultRenewAfter) * 0.95) // the jitter of these tests
		time.Sleep(planned - time.Minute)
		synctest.Wait()
		h.wantRenewals(0)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		h.wantRenewals(1)
		if got := h.stored(a.ID); !got.Token.Equal(access(2)) || time.Since(got.Renewed) > 2*time.Minute {
			t.Error("the new pair is not in the store")
		}
		time.Sleep(planned)
		synctest.Wait()
		h.wantRenewals(2)
	})
}

func TestWhoIsNotRenewedInTheBackground(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		for n, change := range map[byte]func(*store.Account){
			1: func(a *store.Account) { a.State = store.AccountStopped },
			2: func(a *store.Account) { a.State = store.AccountUnconfirmed },
			3: func(a *store.Account) { a.Refresh = secret.String{} },
			4: func(a *store.Account) { a.Renewed = a.Renewed.Add(8 * day) }, // just now, by then
		} {
			a := h.link(n)
			change(&a)
			h.update(func(tx *store.Tx) error { return tx.PutAccount(a) })
		}
		time.Sleep(8 * day)
		h.login = h.newLogin(func(c *Config) { c.Tick = time.Hour })
		stop := h.run(h.login)
		defer stop()
		synctest.Wait()
		h.wantRenewals(0)
		h.link(5)
		gone := h.link(6)
		time.Sleep(7 * day)
		synctest.Wait()
		h.wantRenewals(3) // 4, 5 and 6
		h.update(func(tx *store.Tx) error { return tx.DeleteAccount(gone.ID) })
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		h.login.mu.Lock()
		defer h.login.mu.Unlock()
		if _, kept := h.login.renewals[gone.ID]; kept {
			t.Error("something is remembered of an account that is gone")
		}
	})
}

// TestAfterALongSilence: all are due at once, and the host is spared.
func TestAfterALongSilence(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		for n := range byte(5) {
			h.link(n + 1)
		}
		time.Sleep(9 * day)
		h.host.during = func() { time.Sleep(time.Second) }
		stop := h.run(h.login)
		defer stop()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		h.wantRenewals(5)
		if h.host.most != 1 {
			t.Errorf("%d at once", h.host.most)
		}
	})
}

func TestFailedRenewalsAreTriedAgainLater(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.link(1)
		time.Sleep(8 * day)
		h.host.err = &apiclient.Error{Kind: apiclient.ErrUnavailable}
		stop := h.run(h.login)
		defer stop()
		for _, tc := range []struct {
			after time.Duration
			want  int
		}{
			{0, 1}, {90 * time.Second, 2}, {time.Hour, 6}, {day, 12},
		} {
			time.Sleep(tc.after)
			synctest.Wait()
			h.wantRenewals(tc.want)
		}
		h.host.set(func() { h.host.err = nil })
		time.Sleep(longPause)
		synctest.Wait()
		if got := h.stored(store.AccountID{15: 1}); !got.Token.Equal(access(2)) {
			t.Error("it was given up")
		}
	})
}

func TestADeadRefreshTokenIsLeftAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		a := h.link(1)
		h.host.refreshes = map[string]bool{}
		b := h.link(2)
		time.Sleep(8 * day)
		stop := h.run(h.login)
		time.Sleep(5 * day)
		synctest.Wait()
		stop()
		h.wantRenewals(2) // each once
		h.wantNone(a, apiclient.ErrUnauthorized)
		if got := h.stored(b.ID); !got.Token.Equal(access(3)) {
			t.Error("the other one was not renewed")
		}
	})
}
