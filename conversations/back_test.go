package conversations_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"phonechatbot/conversations"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// pause is the messenger refusing the chat: an alert waits for the person to be back.
func (r *rig) pause() {
	r.t.Helper()
	now, id := r.clock.Now(), r.account().ID
	n := store.Notification{
		ID: uuid.UUID(newUUID()), Account: id, Chat: theUser, Kind: alert.Accepted, Side: "made", Booking: 7, Made: now, Due: now,
	}
	r.check(r.db.Update(r.t.Context(), func(tx *store.Tx) error { return errors.Join(tx.Enqueue(n), tx.PauseAccount(id, now)) }))
}

// due is how many notifications could be sent now.
func (r *rig) due() (n int) {
	r.t.Helper()
	r.check(r.db.View(r.t.Context(), func(tx *store.Tx) error {
		due, err := tx.Due(r.clock.Now(), 10)
		n = len(due)
		return err
	}))
	return n
}

func TestThePersonIsBack(t *testing.T) {
	press := func(r *rig) { r.press("Home") }
	for name, tc := range map[string]struct {
		do   func(*rig)
		back bool
		said bool
	}{
		"lets the bot speak":     {func(r *rig) { r.handle(flow.Event{Kind: flow.EventBack}) }, true, false},
		"a command":              {func(r *rig) { r.say("/start") }, true, true},
		"a word":                 {func(r *rig) { r.say("hello") }, true, true},
		"a press":                {press, true, true},
		"a press of an old card": {func(r *rig) { r.pressOn("someoneelses", "home", "") }, true, true},
		"a photo":                {func(r *rig) { r.handle(flow.Event{Kind: flow.EventOther, Media: "photo"}) }, true, true},
		"an edited word":         {func(r *rig) { r.handle(flow.Event{Kind: flow.EventEdited, Text: "hi"}) }, true, false},
		"a form is opened":       {func(r *rig) { r.say("/book") }, true, true},
		"the time zone is kept":  {func(r *rig) { r.pressOn(r.tag(), "zoneyes", "") }, true, true},
		"a choice is made":       {func(r *rig) { r.do("alset", "quiet hold") }, true, true},
		"a test is asked for":    {func(r *rig) { r.do("altest", "") }, true, true},
		"unlinked":               {func(r *rig) { r.pressOn(r.tag(), "unlinkyes", "") }, true, true},
		"blocks the bot again":   {func(r *rig) { r.handle(flow.Event{Kind: flow.EventLeft}) }, false, false},
		"a form is taken up":     {func(r *rig) { r.handle(flow.Event{Kind: flow.EventResume}) }, false, false},
		"a booking has changed":  {func(r *rig) { r.handleOurs(conversations.Changed(theUser, "made", 7)) }, false, false},
		"a press in a group": {func(r *rig) {
			r.check(r.desk.Handle(r.t.Context(), flow.Event{Kind: flow.EventText, Update: 900, Chat: theUser, User: theUser, Text: "hi"}))
		}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			var writes atomic.Int64
			r := newRig(t, monday)
			r.link(clientToken)
			r.say("/account")
			r.pause()
			r.reopen(store.WatchCommits(func() {}, func() { writes.Add(1) }))
			r.chat.log = nil
			tc.do(r)
			if said := len(r.chat.log) > 0; said != tc.said {
				t.Errorf("said %s", r.chat.log)
			}
			if woken := r.woken > 0; woken != tc.back || r.woken > 1 {
				t.Errorf("the outbox was told %d times", r.woken)
			}
			if name == "unlinked" {
				return
			}
			if got := r.account().Paused; got.IsZero() != tc.back {
				t.Errorf("paused since %v", got)
			}
			if got := r.due() > 0; got != tc.back {
				t.Errorf("the alert is due: %v", got)
			}
		})
	}
}

func TestThePersonHasLeft(t *testing.T) {
	var writes atomic.Int64
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	r.reopen(store.WatchCommits(func() {}, func() { writes.Add(1) }))
	left := flow.Event{Kind: flow.EventLeft, Update: 500}
	r.chat.log = nil
	r.handle(left)
	if got := r.account().Paused; !got.Equal(monday) {
		t.Errorf("paused since %v", got)
	}
	r.clock.Advance(time.Hour)
	r.handle(left)
	r.handle(flow.Event{Kind: flow.EventLeft, Update: 501})
	if got := r.account().Paused; !got.Equal(monday) {
		t.Errorf("paused since %v, and not since the first time", got)
	}
	r.handle(flow.Event{Kind: flow.EventBack, Update: 502})
	r.handle(flow.Event{Kind: flow.EventBack, Update: 503})
	r.handle(left) // which comes again, and is over
	if got := r.account().Paused; !got.IsZero() {
		t.Errorf("paused since %v", got)
	}
	if got := writes.Load(); got != 3 || r.woken != 1 {
		t.Errorf("%d writes, told %d times", got, r.woken)
	}
	if len(r.chat.log) > 0 {
		t.Errorf("said %s", r.chat.log)
	}
	late := left
	late.Update = 499 // which Telegram brings after all that
	r.handle(late)
	if got := r.account().Paused; !got.IsZero() {
		t.Errorf("paused since %v", got)
	}
	r.update = 503
	r.say("771204")
	r.wantSaid("Which day")
}

// A chat without an account neither comes nor goes.
func TestAStrangerComesAndGoes(t *testing.T) {
	var writes atomic.Int64
	r := newRig(t, monday)
	r.reopen(store.WatchCommits(func() {}, func() { writes.Add(1) }))
	r.handle(flow.Event{Kind: flow.EventLeft})
	r.handle(flow.Event{Kind: flow.EventBack})
	if writes.Load() > 0 || len(r.chat.log) > 0 || r.woken > 0 {
		t.Errorf("%d writes, said %s", writes.Load(), r.chat.log)
	}
}

// Being back costs no write of its own, and nobody else's turn pays for it.
func TestBeingBackIsWrittenWithTheTurn(t *testing.T) {
	count := func(paused bool) int64 {
		var writes atomic.Int64
		r := newRig(t, monday)
		r.link(clientToken)
		if paused {
			r.pause()
		}
		r.reopen(store.WatchCommits(func() {}, func() { writes.Add(1) }))
		r.say("/start")
		return writes.Load()
	}
	if with, without := count(true), count(false); with != 1 || without != 1 {
		t.Errorf("%d writes with, %d without", with, without)
	}
}

// A refused token changes nothing about who is back.
func TestBackWithARefusedToken(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.pause()
	r.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultUnauthorized})
	r.say("/balance")
	if got := r.account(); !got.Paused.IsZero() || got.State != store.AccountStopped {
		t.Errorf("paused %v, %s", got.Paused, got.State)
	}
}
