package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// What changes a booking meets the other forms of the chat, and what happens elsewhere meanwhile.

// lost begins a deed whose reply is lost, after its call was carried out.
func (r *rig) lost(op, action, value string) {
	r.t.Helper()
	r.platform.SetFault(op, apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1})
	r.do(action, value)
	if action == "decline" {
		r.press("No reason given.")
	}
	card, yes := r.yes()
	r.pressed(card, yes)
	r.wantSaid("did not say whether")
}

func (r *rig) later(d time.Duration) {
	r.clock.Advance(d)
	r.settle()
}

// While a token is being asked for, something is looked up behind: the token goes to where it was asked for.
func TestALookBehindLeavesTheTokenFormInFront(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	for _, a := range bookingAnswers[:7] {
		r.say(a)
	}
	r.wantSaid("A comment for them?")
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusAccepted, Session: monday.Add(5 * time.Hour)})
	r.platform.SetFault(apisim.OpConfirmMadeBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.do("confirm", fmt.Sprint("m", id))
	card, yes := r.yes()
	r.pressed(card, yes)
	r.wantSaid("did not say whether")
	r.say("/account")
	r.press("Paste a new token")
	r.later(5 * time.Second)
	r.platform.GrantToken(clientID, "demo-client-fresh-77aa0912")
	r.say("demo-client-fresh-77aa0912")
	chat := r.storedChat()
	for _, f := range append(slices.Clone(chat.Parked), store.Form{Session: *chat.Session}) {
		if f.Session.Answers["comment"] != "" {
			t.Error("the token is kept as the comment")
		}
	}
	if got := r.account().Token.Reveal(); got != "demo-client-fresh-77aa0912" {
		t.Error("the token did not arrive")
	}
}

// What nobody can know is not claimed.
func TestAChangeAfterALostReplyIsNotTakenForARefusal(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusAccepted})
	r.lost(apisim.OpConfirmMadeBooking, "confirm", fmt.Sprint("m", id))
	r.check(r.platform.CancelMade(id, "x"))
	r.later(4 * time.Second)
	r.wantSaid("can't tell whether what you pressed came first")
	r.wantSaid("Cancelled")

	r = newRig(t, monday)
	r.link(performerToken)
	id = r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.lost(apisim.OpRejectReceivedBooking, "decline", fmt.Sprint("r", id))
	r.platform.Remove(id)
	r.later(4 * time.Second)
	r.wantSaid("did not say whether") // one answer that there is no such thing proves nothing
	r.later(2 * time.Minute)
	r.wantSaid("can't tell whether what you pressed arrived")
}

// The reply-by time passes while a call may yet arrive: it is "too late" only when that is certain.
func TestALostCallAndAPassingDeadline(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, AcceptBy: monday.Add(20 * time.Second)})
	r.platform.SetFault(apisim.OpAcceptReceivedBooking, apisim.Fault{Kind: apisim.FaultReset, Times: 1})
	r.do("accept", fmt.Sprint("r", id))
	card, yes := r.yes()
	r.pressed(card, yes)
	r.later(30 * time.Second)
	r.wantSaid("did not say whether")
	r.later(2 * time.Minute)
	r.wantSaid("Too late:")
}

// Two replies were lost on one message, which shows something else by now: each outcome gets its own message, and
// takes nothing off the screen.
func TestOutcomesDoNotOverwriteEachOther(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	first := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	second := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Session: monday.Add(30 * time.Hour)})
	r.say("/start")
	message := r.chat.messages[len(r.chat.messages)-1].id
	on := func(action string, id int64) {
		r.handle(flow.Event{Kind: flow.EventPress, Message: message, Callback: "q", Press: flow.Press{Of: r.tag(), Action: action, Value: fmt.Sprint("r", id)}})
	}
	for _, id := range []int64{first, second} {
		r.platform.SetFault(apisim.OpAcceptReceivedBooking, apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1})
		on("accept", id)
		r.press("Yes, accept for 12.00 credits")
		r.wantSaid("did not say whether")
	}
	third := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	on("decline", third)
	r.wantSaid("Why do you decline")
	r.later(10 * time.Second)
	var done, question int
	for _, m := range r.chat.messages {
		if strings.Contains(m.text, "it is done") {
			done++
		}
		if strings.Contains(m.text, "Why do you decline") && len(m.rows) > 0 {
			question++
		}
	}
	if done != 2 || question != 1 {
		t.Errorf("%d of 2 outcomes and %d of 1 questions are on the screen", done, question)
	}
	r.say("I am away.") // the question still takes its answer
	r.wantSaid("Reason: I am away.")
}

// What is typed goes to the form that asks, not to the one whose outcome is being looked up.
func TestAFormGoesOnWhileAnotherIsLookedUp(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.say("/book")
	r.say("771422")
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.platform.SetFault(apisim.OpRejectReceivedBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.do("decline", fmt.Sprint("r", id))
	r.press("No reason given.")
	card, yes := r.yes()
	r.pressed(card, yes)
	r.wantSaid("did not say whether")
	r.say("/start")
	r.press("Continue the form")
	r.wantSaid("Which day")
	r.say("tomorrow 21:00")
	r.wantSaid("How long")
	r.do("decline", fmt.Sprint("r", id))
	r.wantSaid("did not say whether")
	r.say("15")
	r.wantSaid("How shall the call be made")
	r.do("decline", fmt.Sprint("r", id))
	r.say("/cancel")
	r.wantSaid("Discard")
}

// The card of a form shows something else for a while, and then the form again: in the same place.
func TestAFormComesBackWhereItWas(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.lost(apisim.OpRejectReceivedBooking, "decline", fmt.Sprint("r", id))
	before := len(r.chat.messages)
	r.press("Home")
	r.press("Continue the form")
	r.wantSaid("it is done")
	if got := len(r.chat.messages); got != before {
		t.Errorf("%d messages, had %d", got, before)
	}
}

// A number that was asked for goes to the form that asked, whatever stands in front.
func TestASharedNumberGoesToTheFormThatAsked(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	for _, a := range bookingAnswers[:4] {
		r.say(a)
	}
	r.wantSaid("Which number")
	r.press("Share my number")
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusAccepted})
	r.do("confirm", fmt.Sprint("m", id))
	r.handle(flow.Event{Kind: flow.EventContact, Phone: "+447700900123", ContactUser: theUser, Message: r.chat.receive()})
	r.wantSaid("How many credits")
}

// A question that was left for another is not the first to take what is typed when that one is over.
func TestALeftQuestionWaitsBehindTheForm(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	first := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	second := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.say("/book")
	r.say("771422")
	r.do("decline", fmt.Sprint("r", first))
	r.do("accept", fmt.Sprint("r", second))
	card, yes := r.yes()
	r.pressed(card, yes)
	r.wantSaid("Accepted.")
	r.say("tomorrow 21:00")
	r.wantSaid("How long")
}

type dies struct {
	conversations.Platform

	dead bool
}

func (d *dies) Booking(ctx context.Context, as apiclient.Caller, side apiclient.Side, id apiclient.BookingID) (apiclient.Booking, error) {
	if d.dead {
		panic("killed")
	}
	return d.Platform.Booking(ctx, as, side, id)
}

// Killed while a booking is read for a question: the press is answered when Telegram hands it out again, whether or
// not the same was asked before.
func TestAQuestionCutOffIsAskedAgain(t *testing.T) {
	for _, before := range []bool{false, true} {
		r := newRig(t, monday)
		r.link(performerToken)
		id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
		d := &dies{Platform: r.api}
		if before {
			r.do("accept", fmt.Sprint("r", id))
		}
		r.platformOf(d)
		d.dead = true
		r.update++
		e := flow.Event{Kind: flow.EventPress, Callback: "q", Update: r.update, Press: flow.Press{Of: r.tag(), Action: "accept", Value: fmt.Sprint("r", id)}}
		if r.try(e) == nil {
			t.Fatal("it lives")
		}
		d.dead = false
		r.kill()
		r.chat.log = nil
		r.handle(e)
		if said := r.said(); !strings.Contains(said, "Accept request") {
			t.Errorf("asked before: %v; the press is answered with %q", before, said)
		}
	}
}

// A card that never reached the chat was not seen: its change is still news.
func TestACardThatWasNotShownIsNotSeen(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.do("card", fmt.Sprint("m", id))
	r.clock.Advance(time.Minute)
	r.check(r.platform.Accept(id, "20"))
	r.chat.broken = true
	e := flow.Event{Kind: flow.EventPress, Callback: "q", Message: 1, Press: flow.Press{Of: r.tag(), Action: "card", Value: fmt.Sprint("m", id)}}
	if r.try(e) == nil {
		t.Fatal("the chat works")
	}
	r.chat.broken = false
	if got := r.snapshot("made", id); got.Status != "Pending" {
		t.Errorf("noted as %s", got.Status)
	}
	r.do("card", fmt.Sprint("m", id))
	r.wantSaid("Credits: 20.00 (you offered 12.00)")
	if got := r.snapshot("made", id); got.Status != "Accepted" {
		t.Errorf("noted as %s", got.Status)
	}
}

// A message that can't be edited any more: what was being read takes the place of "Working…".
func TestWorkingIsNotLeftBehind(t *testing.T) {
	t.Parallel()
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.hasty()
	r.platform.SetFault(apisim.OpMadeBookingDetails, apisim.Fault{Kind: apisim.FaultSlow, Delay: 1100 * time.Millisecond})
	const gone = 9999
	r.handle(flow.Event{Kind: flow.EventPress, Callback: "q", Message: gone, Press: flow.Press{Of: r.tag(), Action: "card", Value: fmt.Sprint("m", id)}})
	if !strings.Contains(r.said(), "Working…") {
		t.Fatal("it was not slow")
	}
	r.do("cancel", fmt.Sprint("m", id))
	r.chat.log = nil
	r.press("Back to the booking")
	if !strings.Contains(r.said(), "Working…") {
		t.Error("nothing is said while the booking is read again")
	}
	r.do("cancel", fmt.Sprint("m", id))
	r.say("/cancel")
	for _, m := range r.chat.messages {
		if strings.HasPrefix(m.text, "Working") && !m.gone {
			t.Errorf("left behind: %s", m.text)
		}
	}
}

// once is a platform with one past call, where every call takes a second; asking again makes one more.
type once struct {
	conversations.Platform

	mu    sync.Mutex
	calls []apiclient.Booking
	asked int
}

func (o *once) all() []apiclient.Booking {
	<-time.After(time.Second)
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.calls)
}

func (o *once) Booking(context.Context, apiclient.Caller, apiclient.Side, apiclient.BookingID) (apiclient.Booking, error) {
	return o.all()[0], nil
}

func (o *once) Balance(context.Context, apiclient.Caller) (apiclient.Credits, error) {
	return apiclient.WholeCredits(100), nil
}

func (o *once) ReadBookings(context.Context, apiclient.Caller, apiclient.Side, apiclient.ListQuery, []apiclient.Digest) (apiclient.Reading, error) {
	return apiclient.Reading{Bookings: o.all()}, nil
}

func (o *once) Reschedule(context.Context, apiclient.Caller, apiclient.BookingID) (apiclient.Booking, error) {
	<-time.After(time.Second)
	o.mu.Lock()
	defer o.mu.Unlock()
	b := o.calls[0]
	b.ID, b.Status, b.Session, o.asked = b.ID+1, apiclient.StatusPending, time.Now().Add(5*time.Minute), o.asked+1
	o.calls = append(o.calls, b)
	return b, nil
}

// An account is linked in two chats, and both ask for the same call again at once: one booking is made.
func TestTwoChatsAskForTheCallAgain(t *testing.T) {
	const one, two = flow.ChatID(1), flow.ChatID(2)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now().Add(-time.Hour)
		platform := &once{calls: []apiclient.Booking{{
			ID: 7, Side: apiclient.Made, Status: apiclient.StatusConfirmed, Session: began, Duration: 10,
			Credits: apiclient.WholeCredits(12), Other: apiclient.Party{ID: performerID, Nickname: "VelvetVoice"},
		}}}
		db := twoChats(t, one, two)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			second := store.AccountID{15: 3}
			return errors.Join(
				tx.PutAccount(store.Account{ID: second, Chat: two, Member: performerID, State: store.AccountActive, Token: secret.New("token-of-a-test")}),
				tx.PutChat(store.Chat{ID: two, Account: second}),
			)
		})
		if err != nil {
			t.Fatal(err)
		}
		chat := &sharedChat{fakeChat: fakeChat{t: t}}
		ids := 0
		desk, err := conversations.New(conversations.Config{
			Store: db, API: platform, Chat: chat, Zone: time.UTC, Now: time.Now,
			NewID: func() string { ids++; return fmt.Sprintf("form%08d", ids) }, NewUUID: func() [16]byte { return [16]byte{9} },
		})
		if err != nil {
			t.Fatal(err)
		}
		handle := func(e flow.Event) {
			e.User, e.Private = int64(e.Chat), true
			if err := desk.Handle(t.Context(), e); err != nil {
				t.Error(err)
			}
		}
		press := func(id flow.ChatID, label string) flow.Press {
			_, press, ok := chat.find(label)
			if !ok {
				t.Fatalf("no button %q; the last message is\n%s", label, chat.last())
			}
			return press
		}
		var yes []flow.Press
		for _, id := range []flow.ChatID{one, two} {
			handle(flow.Event{Chat: id, Kind: flow.EventCommand, Command: "bookings"})
			handle(flow.Event{Chat: id, Kind: flow.EventPress, Press: press(id, "Past 1")})
			handle(flow.Event{Chat: id, Kind: flow.EventPress, Press: press(id, "1")})
			handle(flow.Event{Chat: id, Kind: flow.EventPress, Press: press(id, "Call again in 5-10 minutes")})
			yes = append(yes, press(id, "Yes, ask for 12.00 credits"))
		}
		var both sync.WaitGroup
		both.Go(func() { handle(flow.Event{Chat: one, Kind: flow.EventPress, Press: yes[0]}) })
		both.Go(func() { handle(flow.Event{Chat: two, Kind: flow.EventPress, Press: yes[1]}) })
		both.Wait()
		if platform.asked != 1 {
			t.Errorf("asked %d times", platform.asked)
		}
	})
}

// Another booking with the same person, made by hand meanwhile, is not taken for the one that was asked for.
func TestCallAgainIsNotFoundInAnotherBooking(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusConfirmed, Session: monday.Add(-time.Hour)})
	r.platform.SetFault(apisim.OpRescheduleMadeBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.do("again", fmt.Sprint("m", id))
	card, yes := r.yes()
	r.pressed(card, yes)
	r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Session: monday.Add(14 * time.Minute), AcceptBy: monday.Add(10 * time.Minute), Credits: "77"})
	r.later(4 * time.Second)
	r.wantSaid("did not say whether")
}

// It was confirmed on the site while the question stood there: cancelling is another matter then, and asked again.
func TestCancellingAConfirmedBookingIsAskedAsSuch(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusAccepted})
	r.do("cancel", fmt.Sprint("m", id))
	r.press("Something came up.")
	r.check(r.platform.Confirm(id))
	card, yes := r.yes()
	r.pressed(card, yes)
	r.wantSaid("The booking changed meanwhile")
	r.wantSaid("It is confirmed, for 12.00 credits")
	if r.platform.Calls(apisim.OpCancelMadeBooking) != 0 {
		t.Error("it was cancelled")
	}
	card, yes = r.yes()
	r.pressed(card, yes)
	r.wantSaid("Cancelled")
}

// Amounts are shown as they are, even where the site has more than two places.
func TestAmountsOfMorePlaces(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Credits: "12.005"})
	r.do("card", fmt.Sprint("r", id))
	r.wantSaid("Credits: 12.005\n")
	r.do("accept", fmt.Sprint("r", id))
	r.wantSaid("Accept request #48213 from NightOwl77 for 12.01 credits?")
	r.wantSaid("NightOwl77 offered 12.005 credits")
	card, yes := r.yes()
	r.pressed(card, yes)
	r.wantSaid("Credits: 12.01 (they offered 12.005)")
}

// The balance can't be read: confirming says so, and is left to the site.
func TestConfirmingWithoutKnowingTheBalance(t *testing.T) {
	for _, fault := range []apisim.Fault{{Kind: apisim.FaultForbidden}, {Kind: apisim.FaultStatus, Status: 500}} {
		r := newRig(t, monday)
		r.link(clientToken)
		id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusAccepted})
		r.platform.SetFault(apisim.OpGetCurrentCreditBalance, fault)
		r.do("confirm", fmt.Sprint("m", id))
		r.wantSaid("I could not read your balance")
		card, yes := r.yes()
		r.pressed(card, yes)
		r.wantSaid("Confirmed.")
	}
}

// However much is being looked up, a new token can be given: nothing can be looked up without one.
func TestATokenCanBeGivenWhateverIsLookedUp(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.platform.SetFault(apisim.OpAcceptReceivedBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500})
	for range 6 {
		r.do("accept", fmt.Sprint("r", r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})))
		card, yes := r.yes()
		r.pressed(card, yes)
	}
	r.do("accept", fmt.Sprint("r", r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})))
	r.wantSaid("still being looked up")
	r.platform.RevokeToken(performerToken)
	r.later(time.Minute)
	r.press("Paste an access token")
	r.wantSaid("Paste your access token")
}
