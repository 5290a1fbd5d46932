package poller

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

func TestOutageSteps(t *testing.T) {
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	for name, tc := range map[string]struct {
		outage outage
		now    time.Duration
		do     step
		again  time.Duration // when to look again; 0: when something is heard
	}{
		"all is well":                    {outage{}, time.Hour, watch, 0},
		"a look has failed":              {outage{since: noon, fails: 1}, time.Second, watch, time.Minute},
		"for a minute":                   {outage{since: noon, fails: 1}, time.Minute, noteIt, 0},
		"it is on disk":                  {outage{since: noon, fails: 5, noted: true}, time.Minute, watch, 10 * time.Minute},
		"for ten minutes":                {outage{since: noon, fails: 5, noted: true}, 10 * time.Minute, tellIt, 0},
		"after no more than two looks":   {outage{since: noon, fails: 2, noted: true}, 10 * time.Minute, tellIt, 0},
		"one look is no proof":           {outage{since: noon, fails: 1, noted: true}, 10 * time.Minute, watch, 0},
		"all have been told":             {outage{since: noon, fails: 9, noted: true, told: true}, time.Hour, watch, 0},
		"over, before anybody was told":  {outage{noted: true, over: true}, 5 * time.Minute, endIt, 0},
		"over":                           {outage{noted: true, told: true, over: true}, time.Hour, endIt, 0},
		"over, and failing again":        {outage{since: noon, fails: 3, noted: true, over: true}, time.Hour, endIt, 0},
		"after a restart, nothing heard": {outage{since: noon, noted: true}, time.Hour, watch, 0},
	} {
		t.Run(name, func(t *testing.T) {
			do, again := tc.outage.next(at(tc.now))
			want := time.Time{}
			if tc.again != 0 {
				want = at(tc.again)
			}
			if do != tc.do || !again.Equal(want) {
				t.Errorf("step %d, again at %v; want %d, %v", do, again, tc.do, want)
			}
		})
	}
}

// A list is read while people are told, and then nobody answers again: that is another outage.
func TestAnOutageThatEndsWhileItIsTold(t *testing.T) {
	o := outage{since: noon, fails: 5, noted: true}
	o.heard(true, false, noon.Add(11*time.Minute))
	o.done(tellIt)
	if do, _ := o.next(noon.Add(11 * time.Minute)); do != endIt {
		t.Errorf("step %d, want its end", do)
	}
	o.heard(false, true, noon.Add(12*time.Minute))
	o.done(endIt)
	if do, _ := o.next(noon.Add(13 * time.Minute)); do != noteIt {
		t.Errorf("of the next one: step %d, want it noted", do)
	}
}

// outageHouse has three accounts: the house's own waits for an answer, one has a call ahead, one waits for nothing.
func outageHouse(t *testing.T, h *house) (stop func()) {
	t.Helper()
	h.crowd(2)
	ahead, past := booking(1, pending), booking(2, apiclient.StatusConfirmed)
	ahead.Session, past.Session = time.Now().Add(100*time.Hour), time.Now().Add(-time.Hour)
	h.platform.set(apiclient.Made, ahead)
	agreed := booking(3, apiclient.StatusConfirmed)
	agreed.Session = time.Now().Add(90 * time.Hour)
	h.platform.setFor("other-0", apiclient.Received, agreed)
	h.platform.setFor("other-1", apiclient.Made, past)
	for id := range h.others(2) {
		h.poller.Wake(id)
	}
	return h.runAwake()
}

func (h *house) fails(err error) {
	h.platform.fail(apiclient.Made, err)
	h.platform.fail(apiclient.Received, err)
}

// outageNotices lists who waits to be told of an outage, or of its end.
func (h *house) outageNotices() []string {
	h.t.Helper()
	got := []string{}
	h.view(func(tx *store.Tx) error {
		list, err := tx.Due(time.Now(), 1000)
		for _, n := range list {
			if n.Kind != alert.Down && n.Kind != alert.Back {
				continue
			}
			got = append(got, n.Account.String()[24:]+" "+string(n.Kind))
			account, unknown := tx.Account(n.Account)
			err = errors.Join(err, unknown)
			if n.Chat != account.Chat || n.Made.IsZero() || n.Made.After(time.Now()) || !n.Due.Equal(n.Made) {
				h.t.Errorf("%s is for chat %d, of %v, due at %v", n.Kind, n.Chat, n.Made, n.Due)
			}
		}
		return err
	})
	return got
}

// deliver is the outbox.
func (h *house) deliver() {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		list, err := tx.Due(time.Now(), 1000)
		for _, n := range list {
			err = errors.Join(err, tx.DeleteNotification(n.Account, n.ID))
		}
		return err
	})
}

func (h *house) wantNotices(want ...string) {
	h.t.Helper()
	got := h.outageNotices()
	slices.Sort(got)
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("told of the outage (-want +got):\n%s", diff)
	}
}

const (
	ownDown, otherDown = "000000000001 down", "000000010000 down"
	ownBack, otherBack = "000000000001 back", "000000010000 back"
)

func TestAnOutageIsToldAfterTenMinutesAndItsEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		stop := outageHouse(t, h)
		defer func() { stop() }()
		pass(time.Minute)
		h.fails(refusal(apiclient.ErrUnavailable))
		pass(9 * time.Minute)
		h.wantNotices()
		pass(2 * time.Minute)
		h.wantNotices(ownDown, otherDown)
		h.deliver()
		pass(6 * time.Hour)
		h.wantNotices()
		stop() // a restart in the midst repeats nothing
		h.reopen()
		stop = h.runAwake()
		pass(time.Hour)
		h.wantNotices()
		stop() // and loses nothing
		h.fails(nil)
		h.reopen()
		stop = h.runAwake()
		h.wantNotices(ownBack, otherBack)
		h.deliver()
		pass(time.Hour)
		h.wantNotices()
		h.view(func(tx *store.Tx) error {
			if _, err := tx.Outage(); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("it is on disk yet: %v", err)
			}
			return nil
		})
		h.fails(refusal(apiclient.ErrEdge)) // the next one is told as well
		pass(30 * time.Minute)
		h.wantNotices(ownDown, otherDown)
	})
}

// One account is deleted shortly before all are told: the others are, and whoever sends hears of it.
func TestAnOutageIsToldToThoseWhoAreLeft(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		queued := make(chan struct{}, 100)
		h.configure(func(cfg *Config) {
			bubbleClock(cfg)
			cfg.Queued = func() { queued <- struct{}{} }
		})
		stop := outageHouse(t, h)
		defer func() { stop() }()
		pass(time.Minute)
		h.fails(refusal(apiclient.ErrUnavailable))
		pass(10*time.Minute - time.Second)
		h.wantNotices()
		for len(queued) > 0 {
			<-queued
		}
		h.update(func(tx *store.Tx) error {
			for id := range h.others(1) {
				return tx.DeleteAccount(id)
			}
			return nil
		})
		pass(2 * time.Minute)
		h.wantNotices(ownDown)
		if len(queued) == 0 {
			t.Error("nobody is told that there is something to send")
		}
	})
}

// The disk fails when the outage is to be written down, and works again.
func TestAnOutageThatCannotBeWrittenDown(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		stop := outageHouse(t, h)
		pass(time.Minute)
		h.fails(refusal(apiclient.ErrUnavailable))
		pass(85 * time.Second) // the first look has failed 55 s ago
		if err := h.store.Close(); err != nil {
			t.Fatal(err)
		}
		pass(17 * time.Second)
		if got := strings.Count(h.log.String(), "cannot tell of an outage"); got != 3 {
			t.Errorf("tried %d times within 12 s, want one each 5 s", got)
		}
		stop()
		if got := strings.Count(h.log.String(), "cannot tell of an outage"); got != 3 {
			t.Error("the stop is told as a failure")
		}
		h.open()
		stop = h.runAwake()
		pass(2 * time.Minute)
		stop()
		h.view(func(tx *store.Tx) error {
			_, err := tx.Outage()
			return err
		})
	})
}

func TestAnOutageOverBeforeItIsToldIsTakenBack(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		stop := outageHouse(t, h)
		defer func() { stop() }()
		h.fails(refusal(apiclient.ErrUnavailable))
		pass(25 * time.Minute)
		h.wantNotices(ownDown, otherDown)
		h.update(func(tx *store.Tx) error { // one of them is delivered
			list, err := tx.Due(time.Now(), 100)
			for _, n := range list {
				if n.Account == h.account {
					err = errors.Join(err, tx.DeleteNotification(n.Account, n.ID))
				}
			}
			return err
		})
		h.fails(nil)
		pass(16 * time.Minute)
		h.wantNotices(ownBack)
	})
}

// The program stood still for a day after a few minutes without an answer; the network is not up at once.
func TestAnOutageOfYesterday(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		stop := outageHouse(t, h)
		defer func() { stop() }()
		pass(DefaultMin)
		h.fails(refusal(apiclient.ErrUnavailable))
		pass(3 * time.Minute)
		stop()
		pass(24 * time.Hour)
		h.reopen()
		for id := range h.others(2) {
			h.poller.Wake(id)
		}
		stop = h.runAwake()
		pass(9 * time.Minute)
		h.wantNotices()
		pass(2 * time.Minute)
		h.wantNotices(ownDown, otherDown)
	})
}

func TestRecalled(t *testing.T) {
	for name, tc := range map[string]struct {
		ago  time.Duration
		goes bool
	}{
		"just now": {0, true}, "for a while": {20 * time.Minute, true}, "too long ago": {20*time.Minute + 1, false}, "by a clock that was wrong": {-1, false},
	} {
		o := recalled(noon.Add(-tc.ago), noon)
		if o.since.IsZero() == tc.goes || !o.noted {
			t.Errorf("%s: since %v, noted %v", name, o.since, o.noted)
		}
	}
	if o := recalled(time.Time{}, noon); o != (outage{}) {
		t.Errorf("none: %+v", o)
	}
}

// Nine minutes, a restart, and two more are eleven.
func TestARestartDoesNotCountAnOutageAnew(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		stop := outageHouse(t, h)
		defer func() { stop() }()
		pass(DefaultMin)
		h.fails(refusal(apiclient.ErrUnavailable))
		pass(9 * time.Minute)
		stop()
		h.reopen()
		for id := range h.others(2) {
			h.poller.Wake(id)
		}
		stop = h.runAwake()
		h.wantNotices()
		pass(2 * time.Minute)
		h.wantNotices(ownDown, otherDown)
	})
}

func TestNoOutage(t *testing.T) {
	for name, fail := range map[string]func(h *house){
		"one list is read": func(h *house) { h.platform.fail(apiclient.Made, refusal(apiclient.ErrUnavailable)) },
		"all are refused":  func(h *house) { h.fails(refusal(apiclient.ErrForbidden)) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				stop := outageHouse(t, h)
				defer stop()
				fail(h)
				pass(2 * time.Hour)
				h.wantNotices()
			})
		})
	}
}

// In an outage there is a line for it, not one for each account and look.
func TestAnOutageIsOneLineInTheLog(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.crowd(100)
		stop := h.run()
		defer stop()
		pass(time.Minute)
		h.platform.fail(apiclient.Made, &apiclient.Error{Kind: apiclient.ErrUnavailable, RetryAfter: 15 * time.Second})
		h.platform.fail(apiclient.Received, &apiclient.Error{Kind: apiclient.ErrUnavailable, Status: 503})
		pass(6 * time.Hour)
		h.fails(nil)
		pass(time.Hour)
		synctest.Wait()
		if got := strings.Count(h.log.String(), "\n"); got != 2 {
			t.Errorf("%d lines, want one when it is told and one when it is over:\n%s", got, h.log.String())
		}
	})
}
