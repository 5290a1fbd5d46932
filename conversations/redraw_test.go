package conversations_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

const redrawn = "This booking has changed."

// changed is the news of a booking on its way to the card that stands open, as the poller brings it.
func (r *rig) changed(side string, id int64) {
	r.t.Helper()
	if !r.desk.Shows(theUser, side, id) {
		return
	}
	r.handleOurs(conversations.Changed(theUser, side, id))
}

// handleOurs handles an event that is not from the messenger.
func (r *rig) handleOurs(e flow.Event) {
	r.t.Helper()
	if err := r.desk.Handle(r.t.Context(), e); err != nil {
		r.t.Errorf("%s: %v", e.Kind, err)
	}
}

// openMade opens the card of a booking that was just made, from the list, and answers it with its message.
func (r *rig) openMade() (id int64, card int) {
	r.t.Helper()
	id = r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.say("/bookings")
	r.press("1")
	r.wantSaid("Pending")
	return id, r.chat.messages[len(r.chat.messages)-1].id
}

func TestAnOpenCardFollowsItsBooking(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id, card := r.openMade()
	r.clock.Advance(time.Minute)
	r.say("what now")
	r.check(r.platform.Accept(id, "20"))
	messages, acked := len(r.chat.messages), len(r.chat.acked)
	r.changed("made", id)
	m := r.chat.message(card)
	for _, want := range []string{redrawn, "stood at Mon 15 Feb 12:01", "Accepted", "20.00 (you offered 12.00)"} {
		if !strings.Contains(m.text, want) {
			t.Errorf("no %q on the card:\n%s", want, m.text)
		}
	}
	keys := ""
	for _, row := range m.rows {
		for _, b := range row {
			keys += "[" + labelOf(b) + "]"
		}
	}
	if want := "[Confirm for 20.00 credits][Cancel booking][Refresh][Back to the list][Home]"; keys != want {
		t.Errorf("keys %s, want %s", keys, want)
	}
	if len(r.chat.messages) != messages || len(r.chat.acked) != acked {
		t.Error("something was sent")
	}
	if got := r.snapshot("made", id); got.Status != "Pending" {
		t.Errorf("noted as %s: nobody has seen it", got.Status)
	}
	before := len(r.chat.log)
	r.changed("made", id) // what it says already is not said again
	if got := r.chat.log[before:]; len(got) > 0 {
		t.Errorf("drawn again: %s", got)
	}
	r.pressed(card, r.chat.message(card).rows[0][0].Press)
	r.wantSaid("Confirm")
}

// What stands in the way of a new drawing leaves everything as it is, and nothing is ever sent.
func TestACardThatIsNotRedrawn(t *testing.T) {
	for name, tc := range map[string]struct {
		then  func(r *rig, id int64)
		shows bool // the desk thinks that it stands there
	}{
		"a list on its message": {func(r *rig, _ int64) { r.press("Back to the list") }, false},
		"another card": {func(r *rig, _ int64) {
			other := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: harbourID})
			r.do("card", fmt.Sprint("m", other))
		}, false},
		"a question on its message":        {func(r *rig, _ int64) { r.press("Cancel booking") }, false},
		"its question, on another device":  {func(r *rig, id int64) { r.do("cancel", fmt.Sprint("m", id)) }, true},
		"gone from the chat":               {func(r *rig, _ int64) { r.chat.message(r.chat.messages[len(r.chat.messages)-1].id).gone = true }, true},
		"the site is away":                 {func(r *rig, _ int64) { r.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultDown}) }, true},
		"the site refuses the token":       {func(r *rig, _ int64) { r.platform.RevokeToken(clientToken) }, true},
		"the booking is gone":              {func(r *rig, id int64) { r.platform.Remove(id) }, true},
		"unlinked":                         {func(r *rig, _ int64) { r.unlink() }, false},
		"unlinked, and another linked":     {func(r *rig, _ int64) { r.unlink(); r.link(performerToken) }, false},
		"the chat is refused":              {func(r *rig, _ int64) { r.handle(flow.Event{Kind: flow.EventLeft}) }, true},
		"what was pressed says so already": {func(r *rig, _ int64) { r.press("Refresh") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			id, _ := r.openMade()
			if name != "the booking is gone" {
				r.clock.Advance(time.Minute)
				r.check(r.platform.Accept(id, "20"))
			}
			tc.then(r, id)
			if got := r.desk.Shows(theUser, "made", id); got != tc.shows {
				t.Errorf("shows it: %v", got)
			}
			before := len(r.chat.log)
			r.handleOurs(conversations.Changed(theUser, "made", id))
			switch said := strings.Join(r.chat.log[before:], "\n"); {
			case name == "its question, on another device": // which stands on a message of its own
				if !strings.HasPrefix(said, "= 🔄 "+redrawn) {
					t.Errorf("said %q", said)
				}
			case said != "":
				t.Errorf("said %q", said)
			}
			if name != "unlinked" && r.account().State != store.AccountActive && name != "the site refuses the token" {
				t.Error("stopped")
			}
			r.platform.ClearFaults()
			r.chat.log = nil
			r.handleOurs(conversations.Changed(theUser, "received", id)) // the other side's is another card
			if len(r.chat.log) > 0 {
				t.Errorf("said %q", r.chat.log)
			}
		})
	}
}

// A messenger that refuses is told of to who asked, not to the person; the card is drawn by the next news.
func TestTheMessengerRefusesTheRedrawing(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id, card := r.openMade()
	r.clock.Advance(time.Minute)
	r.check(r.platform.Accept(id, "20"))
	r.chat.broken = true
	before := len(r.chat.messages)
	if err := r.desk.Handle(t.Context(), conversations.Changed(theUser, "made", id)); err == nil {
		t.Error("nobody hears of it")
	}
	r.chat.broken = false
	if len(r.chat.messages) != before {
		t.Errorf("said %s", r.chat.last())
	}
	r.changed("made", id)
	if !strings.Contains(r.chat.message(card).text, redrawn) {
		t.Errorf("the card says %s", r.chat.message(card).text)
	}
}

// Once the message is gone, nothing is read for it any more.
func TestACardThatIsGoneIsForgotten(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id, card := r.openMade()
	r.clock.Advance(time.Minute)
	r.check(r.platform.Accept(id, "20"))
	r.chat.message(card).gone = true
	r.changed("made", id)
	if r.desk.Shows(theUser, "made", id) {
		t.Error("it is still thought to stand there")
	}
}

// The card is known to the next process, and it costs no write of its own.
func TestAnOpenCardOutlivesTheProcess(t *testing.T) {
	for name, restart := range map[string]func(*rig){"stopped": (*rig).restart, "killed": (*rig).kill} {
		t.Run(name, func(t *testing.T) {
			var writes atomic.Int64
			r := newRig(t, monday)
			r.link(clientToken)
			id, card := r.openMade()
			r.reopen(store.WatchCommits(func() {}, func() { writes.Add(1) }))
			r.press("Refresh")
			if got := writes.Load(); got > 1 {
				t.Errorf("%d writes for a card", got)
			}
			restart(r)
			if !r.desk.Shows(theUser, "made", id) || r.desk.Shows(theUser, "received", id) || r.desk.Shows(theUser+1, "made", id) {
				t.Fatal("forgotten, or mixed up")
			}
			r.clock.Advance(time.Minute)
			r.check(r.platform.Accept(id, "20"))
			r.changed("made", id)
			if !strings.Contains(r.chat.message(card).text, redrawn) {
				t.Errorf("the card says %s", r.chat.message(card).text)
			}
			r.press("Back to the list")
			restart(r)
			if r.desk.Shows(theUser, "made", id) {
				t.Error("a list was shown since")
			}
			r.do("card", fmt.Sprint("m", id))
			r.unlink()
			if got := r.onDisk().Shown; !got.IsZero() {
				t.Errorf("kept after unlinking: %v", got)
			}
		})
	}
}

// A deed shows its result; the poller's look at it changes nothing more, and what comes later does.
func TestTheResultOfAPressIsLeftAlone(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.do("accept", fmt.Sprint("r", id))
	r.pressed(r.yes())
	said := r.chat.last()
	r.clock.Advance(time.Second)
	r.changed("received", id)
	if r.chat.last() != said {
		t.Errorf("it says %s\ninstead of\n%s", r.chat.last(), said)
	}
	r.check(r.platform.Confirm(id))
	r.changed("received", id)
	r.wantSaid("Confirmed")
	r.wantSaid(redrawn)
}

// With a sign-in that is refused nothing is asked, and what a busy chat says is in order for all who ask.
func TestAStoppedAccountReadsNothing(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id, _ := r.openMade()
	r.platform.RevokeToken(clientToken)
	r.say("/balance")
	if r.account().State != store.AccountStopped {
		t.Fatal("not stopped")
	}
	before := r.platform.Calls(apisim.OpMadeBookingDetails)
	r.changed("made", id)
	if got := r.platform.Calls(apisim.OpMadeBookingDetails); got != before {
		t.Errorf("%d readings", got-before)
	}
}

// Anybody may ask at any time what stands open.
func TestAnybodyAsksWhatStandsOpen(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id, _ := r.openMade()
	var asking sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		asking.Go(func() {
			for {
				select {
				case <-done:
					if !r.desk.Shows(theUser, "made", id) {
						t.Error("forgotten")
					}
					return
				default:
					r.desk.Shows(theUser, "made", id)
				}
			}
		})
	}
	for range 5 {
		r.press("Refresh")
		r.press("Back to the list")
		r.press("1")
	}
	close(done)
	asking.Wait()
}

// What changes while a card is being read is not missed: it is drawn anew afterwards.
func TestABookingChangesWhileItsCardIsRead(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	shows := false
	r.chatOf(&stubborn{r.chat, func(int) error { shows = r.desk.Shows(theUser, "made", id); return nil }})
	if r.desk.Shows(theUser, "made", id) {
		t.Error("nothing is open")
	}
	r.say("/bookings")
	r.press("1")
	if !shows {
		t.Error("it may be shown in a moment, and nobody would hear of it")
	}
}

// The card of a member's booking follows while the account acts for that member, and the account's own at any time.
func TestAnOpenCardOfAMember(t *testing.T) {
	for name, tc := range map[string]struct {
		own  bool
		then func(*rig)
		want bool
	}{
		"acting":                   {false, func(*rig) {}, true},
		"acting for another":       {false, func(r *rig) { r.say("/actas 771422") }, false},
		"acting is over":           {false, func(r *rig) { r.clock.Advance(31 * time.Minute) }, false},
		"acting again":             {false, func(r *rig) { r.clock.Advance(31 * time.Minute); r.say("/actas 771318") }, true},
		"restarted":                {false, (*rig).again, true},
		"the member has left":      {false, func(r *rig) { r.platform.LeaveGroup(harbourID) }, false},
		"its own, acting by now":   {true, func(r *rig) { r.say("/actas 771318") }, true},
		"its own, acting for none": {true, func(*rig) {}, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := managing(t)
			performer := int64(harbourID)
			if tc.own {
				performer = performerID
			} else {
				r.actAs("QuietHarbour")
			}
			id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performer})
			r.say("/requests")
			r.press("1")
			card := r.chat.messages[len(r.chat.messages)-1].id
			r.clock.Advance(time.Minute)
			r.check(r.platform.CancelMade(id, "no time"))
			tc.then(r)
			before := r.platform.Calls(apisim.OpReceivedBookingDetails)
			r.changed("received", id)
			if asked := r.platform.Calls(apisim.OpReceivedBookingDetails) > before; asked != (tc.want || name == "the member has left") {
				t.Errorf("the booking was read: %v", asked)
			}
			text := r.chat.message(card).text
			if got := strings.Contains(text, redrawn); got != tc.want {
				t.Errorf("drawn anew: %v\n%s", got, text)
			}
			if banner := strings.Contains(text, "Acting as QuietHarbour"); banner == tc.own {
				t.Errorf("for whom it is: %s", text)
			}
		})
	}
}
