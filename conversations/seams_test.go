package conversations_test

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// Seams: what can come between a request and its answer, and the ways round the guard that a person, a
// platform or a kill can find.

// unsure brings a form to the point where its request was made and nobody knows whether it arrived.
func (r *rig) unsure(kind apisim.FaultKind) {
	r.t.Helper()
	r.fillBooking()
	r.press("Send request")
	r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: kind, Status: 500, Times: 1})
	r.platform.SetFault(apisim.OpMadeBookings, apisim.Fault{Kind: apisim.FaultDown}) // nor can it be looked up
	r.unlessLooking()
	r.press("Yes, send")
	r.wantSaid("did not say whether this arrived")
}

// unlessLooking lets the look before the sending through.
func (r *rig) unlessLooking() {
	r.platform.ClearFaults()
	r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1})
}

func (r *rig) snapshot(side string, id int64) store.Snapshot {
	r.t.Helper()
	var snapshot store.Snapshot
	err := r.db.View(r.t.Context(), func(tx *store.Tx) (err error) {
		snapshot, err = tx.Snapshot(r.account().ID, side, id)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return snapshot
}

func (r *rig) sends() (n int) {
	r.t.Helper()
	err := r.db.View(r.t.Context(), func(tx *store.Tx) error {
		for _, err := range tx.Sends() {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func TestNothingReplacesAFormInFlight(t *testing.T) {
	t.Run("an old Start afresh", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.fillBooking()
		r.say("/book")
		card, afresh, _ := r.chat.find("Start afresh")
		r.press("Continue the form")
		r.press("Send request")
		r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
		r.press("Yes, send")
		r.pressed(card, afresh)
		r.wantSaid("did not say whether this arrived")
		r.say("/start book_771422")
		r.wantSaid("did not say whether this arrived")
		if _, _, offered := r.chat.find("Start afresh"); offered && strings.Contains(r.chat.last(), "Start afresh") {
			t.Error("Start afresh is offered")
		}
	})
	t.Run("a newer form than the one that was asked about", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/book 771204")
		r.say("/book")
		card, afresh, _ := r.chat.find("Start afresh")
		r.pressed(card, afresh)
		r.say("771204")
		r.wantSaid("Which day")
		r.pressed(card, afresh) // the same button again: another form stands there now
		if got := r.chat.message(card).text; !strings.Contains(got, "You have a form open") {
			t.Errorf("the pressed card says %q", got)
		}
		r.wantSaid("Which day")
	})
	t.Run("pasting a new token", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.unsure(apisim.FaultResetAfterCommit)
		r.platform.SetFault(apisim.OpMadeBookings, apisim.Fault{Kind: apisim.FaultDown})
		r.say("/account")
		r.press("Paste a new token")
		r.wantSaid("Paste your access token here")
		r.platform.GrantToken(clientID, "demo-client-fresh-77aa0912")
		r.say("demo-client-fresh-77aa0912")
		r.wantSaid("did not say whether this arrived") // it stands in front again
		r.platform.ClearFaults()
		r.later(time.Minute)
		r.wantSaid("your request arrived")
		r.wantCreated(1)
	})
}

func TestADeadTokenWhileTheOutcomeIsUnknown(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.unsure(apisim.FaultResetAfterCommit)
	r.platform.RevokeToken(clientToken)
	r.clock.Advance(3 * time.Second)
	r.settle()
	r.wantSaid("no longer accepts your sign-in")
	r.platform.GrantToken(clientID, "demo-client-fresh-77aa0912")
	r.press("Paste an access token")
	r.wantSaid("Paste your access token here")
	r.say("/book") // does not get past the form that waits
	r.wantSaid("so I can't look it up")
	r.say("demo-client-fresh-77aa0912")
	r.wantSaid("Request sent, #48213")
	r.wantCreated(1)
	if n := r.sends(); n != 0 {
		t.Errorf("%d claims are left", n)
	}
}

func TestAFormInFlightCanBeClosedByHand(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.press("Yes, send")
	r.press("Close this form")
	r.wantSaid("Look on the site first")
	r.press("Keep looking it up")
	r.wantSaid("did not say whether this arrived")
	r.press("Close this form")
	r.press("I have looked, close it")
	r.wantSaid("Form closed")
	if n := r.sends(); n != 0 {
		t.Errorf("%d claims are left", n)
	}
	r.say("/book")
	r.wantSaid("Whom would you like to call")
}

// contrary lists bookings in an order of its own.
type contrary struct{ conversations.Platform }

func (c contrary) EachBooking(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery) iter.Seq2[apiclient.Booking, error] {
	type row struct {
		b   apiclient.Booking
		err error
	}
	var rows []row
	for b, err := range c.Platform.EachBooking(ctx, as, side, q) {
		rows = append(rows, row{b, err})
	}
	slices.Reverse(rows)
	return func(yield func(apiclient.Booking, error) bool) {
		for _, r := range rows {
			if !yield(r.b, r.err) {
				return
			}
		}
	}
}

func TestTheOrderOfTheListIsNotReliedOn(t *testing.T) {
	r := newRig(t, monday)
	r.world([]string{"made", "3"})
	r.link(clientToken)
	r.platformOf(contrary{r.api})
	r.fillBooking()
	r.press("Send request")
	r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1})
	r.press("Yes, send")
	r.clock.Advance(2 * time.Minute)
	r.settle()
	r.wantSaid("your request arrived")
	r.wantCreated(1)
}

func TestWhatIsOpenStandsInTheWay(t *testing.T) {
	session := time.Date(2027, 2, 16, 21, 30, 0, 0, time.UTC)
	for status, sends := range map[string]bool{
		apisim.StatusPending: false, apisim.StatusAccepted: false, apisim.StatusConfirmed: false, "Escalated": false,
		apisim.StatusRejected: true, apisim.StatusCancelled: true,
	} {
		t.Run(status, func(t *testing.T) {
			r := newRig(t, monday)
			r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Session: session, Status: status})
			r.link(clientToken)
			r.fillBooking()
			r.press("Send request")
			r.press("Yes, send")
			if sends {
				r.wantSaid("Request sent")
				r.wantCreated(1)
				return
			}
			r.wantSaid("You already have request #48213")
			r.wantCreated(0)
		})
	}
}

// Another booking of another length at that time, made by hand meanwhile, is not ours.
func TestABookingOfAnotherLengthIsNotOurs(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.press("Yes, send")
	r.platform.AddBooking(apisim.Seed{
		Client: clientID, Performer: performerID, Session: time.Date(2027, 2, 16, 21, 30, 0, 0, time.UTC), Duration: 10,
	})
	r.clock.Advance(2 * time.Minute)
	r.settle()
	r.wantSaid("your request did not arrive")
}

func TestAnAnswerThatCameMeanwhileIsTold(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.unsure(apisim.FaultResetAfterCommit)
	if err := r.platform.Accept(48213, "40"); err != nil {
		t.Fatal(err)
	}
	r.platform.ClearFaults()
	r.clock.Advance(3 * time.Second)
	r.settle()
	r.wantSaid("has been answered already")
	r.wantSaid("Accepted, to be confirmed")
	r.wantSaid("Credits: 40.00")
}

func TestOwnDeedsAreSeenAndNewerNewsStays(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	later := store.Snapshot{
		Account: r.account().ID, Side: store.SideMade, Booking: 48213, Status: "Accepted", Credits: "36.00",
		Updated: r.clock.Now().Add(time.Minute), Session: monday.Add(time.Hour), Duration: 30,
	}
	// The poller was faster than the reply.
	err := r.db.Update(t.Context(), func(tx *store.Tx) error { return tx.PutSnapshot(later) })
	if err != nil {
		t.Fatal(err)
	}
	r.press("Yes, send")
	if got := r.snapshot(store.SideMade, 48213).Status; got != "Accepted" {
		t.Errorf("the newer news was overwritten with %s", got)
	}

	r = newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	r.press("Yes, send")
	if got := r.snapshot(store.SideMade, 48213).Status; got != "Pending" {
		t.Errorf("the booking was not noted as seen: %q", got)
	}

	r = newRig(t, monday)
	r.link(performerToken)
	r.world([]string{"missed"})
	r.say("/requests")
	r.press("1")
	r.press("Re-invite")
	r.press("No reason")
	r.press("Yes, re-invite")
	if got := r.snapshot(store.SideReceived, 48213).Status; got != "Rejected" {
		t.Errorf("the re-invitation was not noted as seen: %q", got)
	}
	if n := r.sends(); n != 0 {
		t.Errorf("%d claims are left", n)
	}
}

func TestAKnownBookingIsToldEvenIfItCannotBeRead(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	card, yes, _ := r.chat.find("Yes, send")
	r.chat.broken = true
	if err := r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "q"}); err == nil {
		t.Fatal("no error")
	}
	r.chat.broken = false
	r.platform.Remove(48213)
	r.kill()
	r.wantSaid("Request sent, #48213")
	r.say("/book")
	r.wantSaid("Whom would you like to call")
}

func TestARefusalReleasesTheClaim(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 400, Times: 1})
	r.press("Yes, send")
	r.wantSaid("The site refused this")
	if n := r.sends(); n != 0 {
		t.Errorf("%d claims are left", n)
	}
}

// A re-invitation that lies on the platform for a while is not called undone too early, and is checked
// again right before it is sent.
func TestReInvitingIsSettledLikeASend(t *testing.T) {
	start := func(t *testing.T) *rig {
		r := newRig(t, monday)
		r.link(performerToken)
		r.world([]string{"missed"})
		r.say("/requests")
		r.press("1")
		r.press("Re-invite")
		r.press("No reason")
		return r
	}
	t.Run("late", func(t *testing.T) {
		r := start(t)
		r.platform.SetFault(apisim.OpReInvite, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
		r.press("Yes, re-invite")
		r.clock.Advance(4 * time.Second)
		r.settle()
		r.wantSaid("did not say whether this arrived")
		r.clock.Advance(5 * time.Minute)
		r.settle()
		r.wantSaid("nothing was done, the booking is as it was")
		r.press("Yes, re-invite")
		r.wantSaid("Re-invited.")
	})
	t.Run("answered meanwhile", func(t *testing.T) {
		r := start(t)
		if err := r.platform.Reject(48213, "Sorry"); err != nil {
			t.Fatal(err)
		}
		before := r.platform.Calls(apisim.OpReInvite)
		r.press("Yes, re-invite")
		r.wantSaid("Changed elsewhere: ✖ Rejected")
		if r.platform.Calls(apisim.OpReInvite) != before {
			t.Error("it was sent all the same")
		}
	})
	t.Run("with a form open", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(performerToken)
		r.world([]string{"missed"})
		r.say("/book")
		r.say("771422")
		r.say("/requests")
		r.press("1")
		r.press("Re-invite")
		r.press("No reason")
		r.press("Yes, re-invite")
		r.wantSaid("Re-invited.")
		r.say("tomorrow 21:00") // the booking stands where it was
		r.wantSaid("How long?")
	})
}

// A slow look-up is asked for once, not once a second.
func TestWhatIsOwedIsAskedForOnceAtATime(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.unsure(apisim.FaultResetAfterCommit)
	r.clock.Advance(4 * time.Second)
	if got := len(r.desk.Unsettled()); got != 1 {
		t.Fatalf("%d chats are due", got)
	}
	r.clock.Advance(20 * time.Second) // the look-up has not ended
	if got := len(r.desk.Unsettled()); got != 0 {
		t.Errorf("asked for again while it is under way")
	}
}

// blocker stands for a look-up that is cut off by the end of the process.
type blocker struct {
	conversations.Platform
	asked chan struct{}
}

func (b blocker) Requirements(ctx context.Context, _ apiclient.Caller, _ apiclient.MemberID) (apiclient.Requirements, error) {
	close(b.asked)
	<-ctx.Done()
	return apiclient.Requirements{}, ctx.Err()
}

func TestKilledWhileReading(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	b := blocker{r.api, make(chan struct{})}
	r.slow = time.Millisecond
	r.platformOf(b)
	ctx, kill := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- r.desk.Handle(ctx, flow.Event{
			Kind: flow.EventText, Text: "771204", Chat: theUser, User: theUser, Private: true, Update: 1000, Message: 9999,
		})
	}()
	<-b.asked
	for !strings.Contains(r.chat.shown(), "Working") {
		select {
		case err := <-done:
			t.Fatalf("it ended before it said that it reads: %v", err)
		default:
			runtime.Gosched()
		}
	}
	kill()
	if err := <-done; err == nil {
		t.Fatal("no error")
	}
	r.update = 1000
	r.kill()
	r.wantSaid("Which day")
}

func TestWhatNobodyAskedForRaisesNoApology(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.platformOf(panicky{})
	before := len(r.chat.messages)
	if err := r.try(flow.Event{Kind: flow.EventCommand, Command: "book"}); err == nil {
		t.Fatal("no error")
	}
	after := len(r.chat.messages)
	if after != before+1 {
		t.Fatalf("%d messages", after-before)
	}
	if err := r.try(flow.Event{Kind: flow.EventResume}); err == nil {
		t.Error("no error for the log")
	}
	if len(r.chat.messages) != after {
		t.Errorf("an apology for nothing: %s", r.chat.last())
	}
}

// Clock changes: whatever way a time comes about, one that does not exist or comes twice is not taken.
func TestClockChanges(t *testing.T) {
	for name, tc := range map[string]struct {
		day, time, want string
	}{
		"the gap, day first":           {"28/03/2027", "01:30", "does not exist"},
		"the repeated hour, day first": {"31/10/2027", "01:30", "comes twice"},
		"around the gap":               {"28/03/2027", "02:30", "How long?"},
		"around the repeated hour":     {"31/10/2027", "02:30", "How long?"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.say("/book 771204")
			r.say(tc.day)
			r.say(tc.time)
			r.wantSaid(tc.want)
		})
	}
	t.Run("a day that makes a gap of a time that was fine", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/book 771204")
		r.say("tomorrow 01:30")
		for _, answer := range []string{"30", "2", "36", "in 2 hours", "-"} {
			r.say(answer)
		}
		r.press("Edit: day")
		r.say("28/03/2027")
		r.wantSaid("does not exist")
	})
	t.Run("a reply-by time in the repeated hour", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/book 771204")
		for _, answer := range []string{"31/10/2027 12:00", "30", "2", "36", "31/10/2027 01:30"} {
			r.say(answer)
		}
		r.wantSaid("comes twice")
	})
}

// A reply-by time that lands in the repeated hour without being typed there is refused as well: the API
// could not be told which of the two is meant.
func TestReplyByInTheRepeatedHourByDistance(t *testing.T) {
	r := newRig(t, time.Date(2027, 10, 30, 22, 30, 0, 0, time.UTC)) // 23:30 BST, the night of the change
	r.link(clientToken)
	r.say("/book 771204")
	for _, answer := range []string{"tomorrow 12:00", "30", "2", "36"} {
		r.say(answer)
	}
	for _, m := range r.chat.messages[len(r.chat.messages)-1].rows {
		if strings.Contains(m[0].Press.Value, "01:3") {
			t.Errorf("a preset lies in the repeated hour: %s", m[0].Press.Value)
		}
	}
	r.say("in 2 hours")
	r.wantSaid("comes twice")
}

func TestTheKeyToShareANumberIsTakenAway(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	for _, answer := range []string{"tomorrow 21:00", "30", "1"} {
		r.say(answer)
	}
	r.press("Share my number")
	if !strings.Contains(strings.Join(r.chat.log, "\n"), "(Share my phone number)") {
		t.Fatal("no key is shown")
	}
	r.chat.log = nil
	r.say("07700 900123")
	r.wantSaid("How many credits")
	if !r.chat.dropped {
		t.Error("the key stays")
	}
	r.chat.dropped = false
	r.say("36")
	if r.chat.dropped {
		t.Error("it is taken away twice")
	}
}

func TestTheButtonThatClosesIsGoodForOneSend(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.press("Yes, send")
	r.press("Close this form")
	card, closeIt, _ := r.chat.find("I have looked, close it")
	r.clock.Advance(2 * time.Minute)
	r.settle() // absent: the form is back at its review
	r.pressed(card, closeIt)
	r.say("/book")
	r.wantSaid("You have a form open")
	r.press("Continue the form")
	r.press("Send request")
	r.unlessLooking()
	r.press("Yes, send") // arrives, and its reply is lost
	r.platform.SetFault(apisim.OpMadeBookings, apisim.Fault{Kind: apisim.FaultDown})
	r.pressed(card, closeIt)
	if n := r.sends(); n != 1 {
		t.Errorf("%d claims: an old button closed a newer send", n)
	}
	r.platform.ClearFaults()
	r.clock.Advance(time.Hour)
	r.settle()
	r.wantSaid("your request arrived")
	r.wantCreated(1)
}

func TestClosingLooksOnceMore(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.unsure(apisim.FaultResetAfterCommit)
	r.press("Close this form")
	r.press("I have looked, close it")
	r.wantSaid("your request arrived")
}

// A claim that stands already is never sent again.
func TestAClaimIsNotMadeTwice(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	account := r.account().ID
	err := r.db.Update(t.Context(), func(tx *store.Tx) error {
		c, err := tx.Chat(theUser)
		if err != nil {
			return err
		}
		return tx.PutSend(store.Send{Key: c.Session.ID + "/0", Chat: theUser, Account: account, State: store.SendStarted, Started: r.clock.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	card, yes, _ := r.chat.find("Yes, send")
	if err := r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "q"}); err == nil {
		t.Error("no error for the log")
	}
	r.wantCreated(0)
}

func TestARefusedReInvitationReleasesItsClaim(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.world([]string{"missed"})
	r.say("/requests")
	r.press("1")
	r.press("Re-invite")
	r.press("No reason")
	r.platform.SetFault(apisim.OpReInvite, apisim.Fault{Kind: apisim.FaultStatus, Status: 400, Times: 1})
	r.press("Yes, re-invite")
	r.wantSaid("The site refused this")
	if n := r.sends(); n != 0 {
		t.Errorf("%d claims are left", n)
	}
}

func TestLookUpsBecomeRarer(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.unsure(apisim.FaultResetAfterCommit)
	r.platform.SetFault(apisim.OpMadeBookings, apisim.Fault{Kind: apisim.FaultDown})
	asked := 0
	for range 600 {
		r.clock.Advance(time.Second)
		for range r.desk.Unsettled() {
			asked++
			r.handle(flow.Event{Kind: flow.EventResume})
		}
	}
	if asked == 0 || asked > 12 {
		t.Errorf("asked %d times in ten minutes", asked)
	}
}

func TestARefusedAnswerDoesNotReplaceTheOldOne(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Edit: credits")
	r.say("1")
	r.wantSaid("below the minimum")
	r.press("Back")
	r.wantSaid("Credits: 36.00")
}

func TestADayThatRepeatsATimeThatWasFine(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.say("tomorrow 01:30")
	for _, answer := range []string{"30", "2", "36", "in 2 hours", "-"} {
		r.say(answer)
	}
	r.press("Edit: day")
	r.say("31/10/2027")
	r.wantSaid("comes twice")
}

// The turn is on disk together with the update that led to it: replayed after a kill, it is no new answer.
func TestAReplayedUpdateIsNotTheNextAnswer(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	e := flow.Event{Kind: flow.EventText, Text: "tomorrow 21:00", Update: 5000, Message: r.chat.receive()}
	r.chat.broken = true // killed before the card was shown
	if err := r.try(e); err == nil {
		t.Fatal("no error")
	}
	r.chat.broken = false
	r.update = 5000
	r.kill()
	r.handle(e)
	r.wantSaid("How long?")
	if strings.Contains(r.chat.last(), "could not read") {
		t.Error("the replayed text was taken for the length")
	}
}

func TestAFormThatWaitsBehindALinkFormIsNotForgotten(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.unsure(apisim.FaultResetAfterCommit)
	r.platform.RevokeToken(clientToken)
	r.clock.Advance(3 * time.Second)
	r.settle()
	r.press("Paste an access token")
	r.say("/book")
	if _, afresh, ok := r.chat.find("Start afresh"); ok {
		r.pressed(0, afresh)
		r.wantSaid("no longer accepts your sign-in")
	}
	r.say("/account")
	r.press("Unlink")
	r.wantSaid("A request is still under way")
	if n := r.sends(); n != 1 {
		t.Errorf("%d claims", n)
	}
}

// A form that another version of the program left open goes on with the answers it had; one in flight is
// settled, whatever its version.
func TestAFormOfAnotherVersionIsCarriedOver(t *testing.T) {
	age := func(r *rig, version int) {
		r.t.Helper()
		err := r.db.Update(r.t.Context(), func(tx *store.Tx) error {
			c, err := tx.Chat(theUser)
			if err != nil {
				return err
			}
			c.Session.Version = version
			return tx.PutChat(c)
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	t.Run("newer", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/book 771204")
		r.say("tomorrow 21:00")
		before := r.storedChat().Session
		age(r, 99)
		for _, text := range []string{"30", "/cancel", "/book"} {
			r.say(text)
		}
		r.press("Continue the form")
		r.wantSaid("a newer version of me")
		r.say("/balance")
		r.wantSaid("Balance")
		r.kill()
		age(r, before.Version)
		if diff := cmp.Diff(before, r.storedChat().Session); diff != "" {
			t.Errorf("it was not left alone:\n%s", diff)
		}
		r.say("30")
		r.wantSaid("How shall the call be made")
	})
	t.Run("open", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/book 771204")
		r.say("tomorrow 21:00")
		age(r, 0)
		r.say("30")
		r.wantSaid("How long?")
		r.say("30")
		r.wantSaid("How shall the call be made")
	})
	t.Run("in flight", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.unsure(apisim.FaultResetAfterCommit)
		age(r, 99)
		r.say("hello?")
		r.wantSaid("your request arrived")
		r.wantCreated(1)
	})
	t.Run("of a flow that is gone", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.unsure(apisim.FaultResetAfterCommit)
		err := r.db.Update(t.Context(), func(tx *store.Tx) error {
			c, err := tx.Chat(theUser)
			if err != nil {
				return err
			}
			c.Session.Flow = "older"
			return tx.PutChat(c)
		})
		if err != nil {
			t.Fatal(err)
		}
		r.say("hello?")
		r.wantSaid("please look on the site before you send it again")
		if n := r.sends(); n != 0 {
			t.Errorf("%d claims are left", n)
		}
	})
}
