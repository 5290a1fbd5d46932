package poller

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

func (h *house) refuse(side apiclient.Side, refuse bool) {
	h.platform.fail(side, nil)
	if refuse {
		h.platform.fail(side, refusal(apiclient.ErrForbidden))
	}
}

func TestBookingsThatAreNotShownAreToldOnce(t *testing.T) {
	h := newHouse(t)
	h.look()
	h.refuse(apiclient.Made, true)
	h.refuse(apiclient.Received, true)
	h.look()
	h.wantTold("0 no_access")
	if got := h.wait(); got != DefaultMax {
		t.Errorf("it is looked at again in %v, want %v", got, DefaultMax)
	}
	for range 3 {
		h.now = h.now.Add(DefaultMax)
		h.look()
		h.reopen()
	}
	h.platform.fail(apiclient.Made, refusal(apiclient.ErrUnavailable)) // who knows what would be shown
	h.refuse(apiclient.Received, false)
	h.look()
	h.reopen()
	h.refuse(apiclient.Made, true)
	h.look()
	h.wantTold("0 no_access")

	h.refuse(apiclient.Made, false)
	h.refuse(apiclient.Received, false)
	h.now = h.now.Add(DefaultMax)
	h.look()
	h.refuse(apiclient.Made, true)
	h.look()
	h.wantTold("0 no_access", "0 no_access")
}

// One list is refused, the other goes on as it did.
func TestOneListThatIsNotShown(t *testing.T) {
	h := newHouse(t)
	h.platform.set(apiclient.Made, booking(1, pending))
	h.look()
	h.refuse(apiclient.Received, true)
	h.look()
	h.wantTold("0 no_access")
	calls := h.platform.count()
	if got := h.wait(); got != DefaultMin {
		t.Errorf("it is looked at again in %v, want %v", got, DefaultMin)
	}
	h.look()
	h.wantCalls(calls + 1)
	h.now = h.now.Add(DefaultMax)
	h.look()
	h.wantCalls(calls + 3)
	h.poller.Wake(h.account) // who has just acted wants to see
	e := h.poller.schedule.take(h.now)
	h.poller.work(t.Context(), e)
	h.wantCalls(calls + 5)
	h.wantTold("0 no_access")
}

// Shown to whom has just acted, it is not left alone any more.
func TestAListThatIsShownAgain(t *testing.T) {
	h := newHouse(t)
	h.look()
	h.refuse(apiclient.Received, true)
	h.look()
	h.refuse(apiclient.Received, false)
	h.poller.Wake(h.account)
	h.poller.work(t.Context(), h.poller.schedule.take(h.now))
	h.platform.set(apiclient.Received, booking(1, pending))
	h.look()
	h.wantTold("0 no_access", "received 1 request")
}

// A list of requests that was never shown is that of somebody who gets none.
func TestRequestsThatWereNeverShown(t *testing.T) {
	h := newHouse(t)
	h.refuse(apiclient.Received, true)
	h.look()
	h.platform.set(apiclient.Made, booking(1, accepted))
	h.look()
	h.wantTold("made 1 accepted")
	h.refuse(apiclient.Made, true)
	h.look()
	h.wantTold("made 1 accepted", "0 no_access")
}

// That a member's requests are shown says nothing of the account's own.
func TestRequestsThatOnlyAMemberGets(t *testing.T) {
	h := newHouse(t)
	h.watch()
	h.refuse(apiclient.Received, true)
	h.platform.meanwhile(func(side apiclient.Side) { // the platform of these tests refuses both alike
		h.platform.fail(side, nil)
	})
	h.look()
	h.refuse(apiclient.Received, true)
	h.now = h.now.Add(DefaultMax)
	h.look()
	h.wantTold()
	h.wantCalls(3 + 3)
}

// Nothing is shown, and that somebody is active changes nothing about it.
func TestActiveAndNothingIsShown(t *testing.T) {
	h := newHouse(t)
	h.look()
	h.refuse(apiclient.Made, true)
	h.refuse(apiclient.Received, true)
	h.poller.Wake(h.account)
	h.poller.work(t.Context(), h.poller.schedule.take(h.now))
	if got := h.wait(); got != DefaultMax {
		t.Errorf("it is looked at again in %v, want %v", got, DefaultMax)
	}
}

const member = 7003

func (h *house) watch() {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		return tx.PutWatch(store.Watch{Account: h.account, Member: member, Nickname: "Rosa"})
	})
}

// theirs is the token of the account as it acts for the member.
func theirs() string { return fmt.Sprint(hushToken, "/", member) }

func TestAMemberIsWatched(t *testing.T) {
	h := newHouse(t)
	h.platform.setFor(theirs(), apiclient.Received, booking(1, pending))
	h.platform.setFor(theirs(), apiclient.Made, booking(9, accepted))
	h.look()
	h.watch()
	h.look()
	h.wantTold() // the first look at them is silent
	h.wantCalls(2 + 3)
	h.platform.setFor(theirs(), apiclient.Received, later(booking(1, pending), to(cancelled)))
	h.platform.setFor(theirs(), apiclient.Received, booking(2, pending))
	h.platform.set(apiclient.Received, booking(3, pending))
	h.look()
	h.wantTold("received 3 request", "received 1 cancelled", "received 2 request")
	h.view(func(tx *store.Tx) error {
		list, err := tx.Due(h.now, 10)
		var got []int64
		for _, n := range list {
			got = append(got, n.Member)
		}
		if diff := cmp.Diff([]int64{0, member, member}, got); diff != "" {
			t.Errorf("whose they are (-want +got):\n%s", diff)
		}
		return err
	})
	h.reopen()
	h.look()
	h.wantTold("received 3 request", "received 1 cancelled", "received 2 request")
}

func TestAMemberWhoIsNotShownAnyMore(t *testing.T) {
	for name, kind := range map[string]error{"refused": apiclient.ErrForbidden, "gone": apiclient.ErrNotFound} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.platform.setFor(theirs(), apiclient.Received, booking(1, pending))
			h.platform.set(apiclient.Made, booking(2, pending))
			h.watch()
			h.look()
			h.platform.refuseFor(theirs(), refusal(kind))
			h.look()
			h.wantTold("received 0 no_access")
			if got := h.wait(); got != DefaultMin {
				t.Errorf("the account's own are looked at again in %v, want %v", got, DefaultMin)
			}
			calls := h.platform.count()
			h.look()
			h.reopen()
			h.look()
			h.wantCalls(calls + 4)
			h.wantTold("received 0 no_access")
			h.platform.refuseFor(theirs(), nil)
			h.watch() // chosen anew
			h.look()
			h.platform.setFor(theirs(), apiclient.Received, booking(5, pending))
			h.look()
			h.wantTold("received 0 no_access", "received 5 request")
		})
	}
}

func TestAWatchThatEndsDuringALook(t *testing.T) {
	h := newHouse(t)
	h.watch()
	h.look()
	h.platform.setFor(theirs(), apiclient.Received, booking(1, pending))
	h.platform.meanwhile(func(apiclient.Side) {
		h.update(func(tx *store.Tx) error { return tx.DeleteWatch(h.account, member) })
	})
	h.look()
	h.wantTold()
	if h.log.String() != "" || h.wait() == 0 {
		t.Errorf("looked at again in %v; logged: %s", h.wait(), h.log.String())
	}
}

func (h *house) unwatch() {
	h.t.Helper()
	h.update(func(tx *store.Tx) error { return tx.DeleteWatch(h.account, member) })
}

// A watch that ends and begins anew between two looks begins anew here as well, or the next request would be taken for
// one of the first look.
func TestAWatchThatBeginsAnewBetweenTwoLooks(t *testing.T) {
	h := newHouse(t)
	h.watch()
	h.look()
	h.look() // reads from another day on, and from now on nothing changes
	h.unwatch()
	h.watch()
	h.look()
	h.platform.setFor(theirs(), apiclient.Received, booking(1, pending))
	h.look()
	h.wantTold("received 1 request")
}

// What happened while nobody watched is history.
func TestAWatchThatBeginsAnewTellsNoHistory(t *testing.T) {
	h := newHouse(t)
	h.platform.setFor(theirs(), apiclient.Received, booking(1, pending))
	h.platform.set(apiclient.Received, booking(2, pending))
	h.watch()
	h.look()
	h.unwatch()
	h.platform.setFor(theirs(), apiclient.Received, later(booking(1, pending), to(cancelled)))
	h.look()
	h.watch()
	h.look()
	h.wantTold()
	h.platform.set(apiclient.Received, later(booking(2, pending), to(cancelled)))
	h.look()
	h.wantTold("received 2 cancelled")
}

// The same member may be the account's own: their bookings are theirs once.
func TestNobodyWatchesThemselves(t *testing.T) {
	h := newHouse(t)
	h.update(func(tx *store.Tx) error { return tx.PutWatch(store.Watch{Account: h.account, Member: 5}) })
	h.look()
	h.wantCalls(2)
}

// A replica that lags behind shows the old state again and again, under the same time of change.
func TestAFlappingBookingIsToldOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		changes func(b apiclient.Booking) apiclient.Booking // from old to new
		want    []string
	}{
		"the same time of change": {func(b apiclient.Booking) apiclient.Booking {
			b.Status = accepted
			return b
		}, []string{"made 1 accepted"}},
		"an older time of change": {func(b apiclient.Booking) apiclient.Booking {
			return later(b, to(accepted))
		}, []string{"made 1 accepted"}},
		"other credits": {func(b apiclient.Booking) apiclient.Booking {
			b.Credits = apiclient.WholeCredits(150)
			return b
		}, []string{"made 1 credits", "made 1 credits"}}, // there, and back
		"a time of change that lies ahead": {func(b apiclient.Booking) apiclient.Booking {
			b.Status, b.LastUpdated = accepted, noon.Add(1000*time.Hour)
			return b
		}, []string{"made 1 accepted"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			before := booking(1, pending)
			h.platform.set(apiclient.Made, before)
			h.look()
			after := tc.changes(before)
			for range 5 {
				h.platform.set(apiclient.Made, after)
				h.look()
				h.platform.set(apiclient.Made, before)
				if after.LastUpdated.After(h.now) {
					before.LastUpdated = after.LastUpdated
				}
				h.look()
			}
			h.wantTold(tc.want...)
		})
	}
}

// It comes back for real, and goes again: that is news.
func TestARealReturnIsTold(t *testing.T) {
	h := newHouse(t)
	b := booking(1, pending)
	h.platform.set(apiclient.Received, b)
	h.look()
	for _, status := range []apiclient.Status{cancelled, pending, cancelled} {
		b = later(b, to(status))
		h.platform.set(apiclient.Received, b)
		h.look()
	}
	h.wantTold("received 1 cancelled", "received 1 request", "received 1 cancelled")
}

func TestWhoHearsOfChanges(t *testing.T) {
	h := newHouse(t)
	var heard []string
	h.configure(func(cfg *Config) {
		cfg.Changed = func(to flow.ChatID, account store.AccountID, side string, booking int64) {
			if to != chat || account != h.account {
				t.Errorf("of account %v in chat %d", account, to)
			}
			h.view(func(tx *store.Tx) error { // it is kept
				s, err := tx.Snapshot(account, side, booking)
				heard = append(heard, fmt.Sprint(side, " ", booking, " ", s.Status))
				return err
			})
		}
	})
	b := booking(1, pending)
	h.platform.set(apiclient.Received, b)
	h.look()
	if heard != nil {
		t.Errorf("at the silent first look: %v", heard)
	}
	b = later(b, func(*apiclient.Booking) {}) // no news
	h.platform.set(apiclient.Received, b)
	h.look()
	h.update(func(tx *store.Tx) error { return tx.Mute(h.account, store.SideReceived, 1, true) })
	h.platform.set(apiclient.Received, later(b, to(cancelled)))
	h.platform.set(apiclient.Made, booking(2, pending))
	h.look()
	h.look()
	want := []string{"received 1 Pending", "made 2 Pending", "received 1 Cancelled"}
	if diff := cmp.Diff(want, heard); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// countCommits opens the store anew, and counts what it writes from then on.
func (h *house) countCommits() *int {
	h.t.Helper()
	commits := new(int)
	if err := h.store.Close(); err != nil {
		h.t.Fatal(err)
	}
	opened, err := store.Open(h.path, ring(h.t, h.keys), store.WatchCommits(nil, func() { *commits++ }))
	if err != nil {
		h.t.Fatal(err)
	}
	h.store = opened
	h.config = func(cfg *Config) { cfg.Store = opened }
	cfg := h.poller.cfg
	cfg.Store = opened
	if h.poller, err = New(cfg); err != nil {
		h.t.Fatal(err)
	}
	return commits
}

func TestALookWithoutNewsWritesNothing(t *testing.T) {
	h := newHouse(t)
	commits := h.countCommits()
	h.watch()
	h.platform.set(apiclient.Made, booking(1, pending))
	h.look()
	h.look()
	if *commits == 0 {
		t.Fatal("commits are not counted: this test proves nothing")
	}
	*commits = 0
	for range 400 { // also at the looks at all, six hours apart
		h.look()
	}
	if *commits != 0 {
		t.Errorf("%d commits for nothing new", *commits)
	}
	h.platform.fail(apiclient.Made, errors.New("a hiccup"))
	h.look()
	h.platform.fail(apiclient.Made, nil)
	h.look()
	if *commits != 0 {
		t.Errorf("%d commits for a hiccup", *commits)
	}
}
