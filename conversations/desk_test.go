package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func (r *rig) wantCreated(n int) {
	r.t.Helper()
	if got := r.platform.CreatedCount(); got != n {
		r.t.Errorf("%d bookings were created, want %d", got, n)
	}
}

func TestTenPressesOfConfirmMakeOneBooking(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	card, yes, ok := r.chat.find("Yes, send")
	if !ok {
		t.Fatal("no question")
	}
	for range 10 { // each arrives as an update of its own, as after a reconnect
		r.pressed(card, yes)
		r.wantSaid("Request sent, #48213") // and what the person was told stays readable
	}
	r.wantCreated(1)
	// Hours later, and after a restart, the same press still does nothing.
	r.clock.Advance(5 * time.Hour)
	r.kill()
	r.pressed(card, yes)
	r.wantCreated(1)
}

// What was just linked or booked is looked at soon: a quiet account would wait for a quarter of an hour.
func TestWhatWasDoneIsLookedAtSoon(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	if r.acted != 1 {
		t.Errorf("after linking: told %d times", r.acted)
	}
	r.fillBooking()
	r.press("Send request")
	r.press("Yes, send")
	if r.acted != 2 {
		t.Errorf("after booking: told %d times", r.acted)
	}
}

func TestARedeliveredUpdateIsAnsweredOnce(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.say("tomorrow 21:00")
	r.wantSaid("How long?")
	again := flow.Event{Kind: flow.EventText, Text: "tomorrow 21:00", Update: r.update, Message: r.chat.receive()}
	before := len(r.chat.messages)
	r.handle(again)
	r.wantSaid("How long?")
	if len(r.chat.messages) != before {
		t.Error("a repeated update was answered again")
	}
	// After a week of silence Telegram counts anew: a low number proves nothing then.
	r.clock.Advance(8 * 24 * time.Hour)
	again.Kind, again.Text = flow.EventCommand, ""
	again.Command = "help"
	r.handle(again)
	r.wantSaid("What I can do")
}

func TestATurnThatWasNotShownIsShownLater(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.chat.broken = true
	if err := r.try(flow.Event{Kind: flow.EventText, Text: "tomorrow 21:00"}); err == nil {
		t.Fatal("a card that could not be shown was no error")
	}
	r.chat.broken = false
	r.clock.Advance(3 * time.Second)
	r.settle()
	r.wantSaid("How long?")
}

func TestASendIsTakenUpWhereverItWasCutOff(t *testing.T) {
	for name, cut := range map[string]func(*rig){
		"between the commit and our note of it": func(r *rig) {
			r.platform.SetFault("CreateBooking", apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1})
		},
		"an error after the commit": func(r *rig) {
			r.platform.SetFault("CreateBooking", apisim.Fault{Kind: apisim.FaultErrorAfterCommit, Times: 1})
		},
		"half a reply": func(r *rig) {
			r.platform.SetFault("CreateBooking", apisim.Fault{Kind: apisim.FaultTruncated, Times: 1})
		},
		"an empty reply": func(r *rig) {
			r.platform.SetFault("CreateBooking", apisim.Fault{Kind: apisim.FaultEmptyBody, Times: 1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.fillBooking()
			r.press("Send request")
			cut(r)
			r.press("Yes, send")
			r.wantSaid("did not say whether this arrived")
			r.kill()
			r.wantSaid("Request sent, #48213")
			r.wantCreated(1)
		})
	}
	t.Run("between our note of it and the card", func(t *testing.T) {
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
		r.wantCreated(1)
		r.kill()
		r.wantSaid("Request sent, #48213")
		r.pressed(card, yes)
		r.wantCreated(1)
	})
	t.Run("before anything was claimed", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.fillBooking()
		r.press("Send request")
		r.platform.SetFault("MadeBookings", apisim.Fault{Kind: apisim.FaultDown})
		r.press("Yes, send")
		r.wantSaid("The site is not answering")
		r.wantCreated(0)
	})
}

// A booking that stood there before, cancelled or rejected, is not taken for the one just sent.
func TestAnOldBookingIsNotTakenForTheNewOne(t *testing.T) {
	r := newRig(t, monday)
	session := time.Date(2027, 2, 16, 21, 30, 0, 0, time.UTC)
	r.platform.AddBooking(apisim.Seed{
		Client: clientID, Performer: performerID, Session: session, Duration: 30, Status: apisim.StatusRejected,
	})
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	r.platform.SetFault("CreateBooking", apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.press("Yes, send")
	r.clock.Advance(2 * time.Minute)
	r.settle()
	r.wantSaid("your request did not arrive")
}

func TestPressesThatAreNotOurs(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/account")
	card, unlink, _ := r.chat.find("Unlink")
	for name, e := range map[string]flow.Event{
		"forged data":     {Forged: true},
		"another account": {Press: flow.Press{Of: "00000000", Action: "unlinkyes"}},
		"a form long ago": {Press: flow.Press{Of: "form99999999", Rev: 3, Action: "yes"}},
		"nonsense":        {Press: flow.Press{Of: unlink.Of, Action: "list", Value: "x"}},
		"a wild page":     {Press: flow.Press{Of: unlink.Of, Action: "list", Value: "m-1n"}},
		"a wild booking":  {Press: flow.Press{Of: unlink.Of, Action: "card", Value: "m99999999999999999999"}},
		"no such booking": {Press: flow.Press{Of: unlink.Of, Action: "card", Value: "m1"}},
		"card is gone":    {Press: unlink},
	} {
		t.Run(name, func(t *testing.T) {
			e.Kind, e.Message, e.Callback = flow.EventPress, card, "q"+name
			if name == "card is gone" {
				e.Message = 0
			}
			r.handle(e)
			if !r.chat.acked[e.Callback] {
				t.Error("the press was not answered")
			}
			if account := r.account(); account.Member != clientID {
				t.Errorf("the account is gone")
			}
		})
	}
}

func TestTwoDevices(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	card, tomorrow, _ := r.chat.find("Tomorrow")
	_, today, _ := r.chat.find("Today")
	r.pressed(card, tomorrow)
	r.pressed(card, today) // the other device has not redrawn yet
	r.wantSaid("What time on Tue 16 Feb")
}

func TestGroupsAreSentAway(t *testing.T) {
	r := newRig(t, monday)
	err := r.desk.Handle(t.Context(), flow.Event{Kind: flow.EventCommand, Command: "start", Chat: -100, User: theUser, Update: 1})
	if err != nil {
		t.Fatal(err)
	}
	r.wantSaid("private chats only")
	before := len(r.chat.messages)
	if err := r.desk.Handle(t.Context(), flow.Event{Kind: flow.EventText, Text: "hi", Chat: -100, User: theUser, Update: 2}); err != nil {
		t.Fatal(err)
	}
	if len(r.chat.messages) != before {
		t.Error("the bot talks in groups")
	}
}

func TestOneSiteAccountInTwoChats(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	other := func(e flow.Event) { e.Chat = 43; r.handle(e) }
	other(flow.Event{Kind: flow.EventText, Text: clientToken, Message: r.chat.receive()})
	r.wantSaid("is linked in another Telegram chat already")
	other(flow.Event{Kind: flow.EventCommand, Command: "bookings"})
	r.wantSaid("is linked in another Telegram chat already") // nothing is shown before the yes
	card, no, _ := r.chat.find("No, forget the token")
	other(flow.Event{Kind: flow.EventPress, Message: card, Press: no, Callback: "q1"})
	r.wantSaid("Forgotten")
	other(flow.Event{Kind: flow.EventText, Text: clientToken, Message: r.chat.receive()})
	card, yes, _ := r.chat.find("Yes, link it here too")
	other(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "q2"})
	r.wantSaid("Linked as NightOwl77")
	other(flow.Event{Kind: flow.EventCommand, Command: "bookings"})
	r.wantSaid("You have not booked a call yet")
}

func TestASecondSiteAccountDoesNotSlipIn(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/account")
	r.press("Paste a new token")
	r.say(performerToken)
	r.wantSaid("belongs to another site account")
	if got := r.account().Member; got != clientID {
		t.Errorf("linked as %d", got)
	}
}

func TestAnOldAccountsButtonsDoNothing(t *testing.T) {
	r := newRig(t, monday)
	r.link("demo-performer-harbour-2e58b714")
	r.say("/account")
	r.press("Unlink")
	card, yes, _ := r.chat.find("Yes, unlink")
	r.press("Yes, unlink")
	r.link(clientToken) // in the same moment
	r.pressed(card, yes)
	if got := r.account().Member; got != clientID {
		t.Errorf("the button of an account long gone unlinked this one: %d", got)
	}
}

func TestATokenThatNobodyAskedForGoes(t *testing.T) {
	gone := func(t *testing.T, r *rig) {
		t.Helper()
		if !strings.Contains(strings.Join(r.chat.log, "\n"), "x the person's message is deleted") {
			t.Error("the message was not deleted")
		}
	}
	t.Run("pasted again", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.chat.log = nil
		r.say(performerToken)
		r.wantSaid("looks like an access token")
		gone(t, r)
	})
	t.Run("as a comment", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/book")
		for _, answer := range bookingAnswers[:len(bookingAnswers)-1] {
			r.say(answer)
		}
		r.chat.log = nil
		r.say("here: " + clientToken)
		r.wantSaid("A comment for them?")
		gone(t, r)
	})
	t.Run("after the old one died, it links", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/book 771204")
		r.platform.RevokeToken(clientToken)
		r.say("tomorrow 21:00")
		r.say("30")
		r.say("2")
		r.wantSaid("no longer accepts")
		r.platform.GrantToken(clientID, "demo-client-fresh-77aa0912")
		r.chat.log = nil
		r.say("demo-client-fresh-77aa0912")
		gone(t, r)
		r.wantSaid("How many credits") // the form is back
		if r.account().State != store.AccountActive {
			t.Error("not active")
		}
	})
}

func TestANewTokenInASharedChatIsNotAskedAgain(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.handle(flow.Event{Kind: flow.EventText, Text: clientToken, Chat: 43, Message: r.chat.receive()})
	card, yes, _ := r.chat.find("Yes, link it here too")
	r.handle(flow.Event{Kind: flow.EventPress, Chat: 43, Message: card, Press: yes, Callback: "q"})
	r.platform.GrantToken(clientID, "demo-client-fresh-77aa0912")
	r.say("/account")
	r.press("Paste a new token")
	r.say("demo-client-fresh-77aa0912")
	r.wantSaid("Linked as")
	if got := r.account().State; got != store.AccountActive {
		t.Errorf("the account is %s", got)
	}
}

func TestALongArgumentIsNoIncident(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.say("/book " + strings.Repeat("1 ", 100))
	r.wantSaid("You have a form open")
	r.press("Start afresh")
	r.wantSaid("Whom would you like to call")
}

func TestUnlinkingTellsOfWhatIsStillUnderWay(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	r.platform.SetFault("CreateBooking", apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1})
	r.press("Yes, send")
	r.platform.SetFault("MadeBookings", apisim.Fault{Kind: apisim.FaultDown})
	r.say("/account")
	r.press("Unlink")
	r.wantSaid("A request is still under way")
	r.press("Yes, unlink")
	r.wantSaid("look on the site whether your last request arrived")
}

func TestUnlinkLeavesNothing(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	r.platform.SetFault("CreateBooking", apisim.Fault{Kind: apisim.FaultStatus, Status: 500})
	r.press("Yes, send")
	r.say("/account")
	r.press("Unlink")
	r.press("Yes, unlink")
	err := r.db.View(t.Context(), func(tx *store.Tx) error {
		for a, err := range tx.Accounts() {
			t.Errorf("account %v is left (%v)", a.ID, err)
		}
		for s, err := range tx.Sends() {
			t.Errorf("a send of %v is left (%v)", s.Started, err)
		}
		chat, err := tx.Chat(theUser)
		if chat.Session != nil || chat.Parked != nil || !chat.Account.IsZero() {
			t.Error("the chat still holds something")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Nothing personal is readable in the database, in an error, or in what an incident logs.
func TestNothingPersonalIsReadable(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	var errs []string
	for _, kind := range []apisim.FaultKind{apisim.FaultDown, apisim.FaultHTML, apisim.FaultTruncated, apisim.FaultEmptyBody} {
		r.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: kind})
		if err := r.try(flow.Event{Kind: flow.EventCommand, Command: "account"}); err != nil {
			errs = append(errs, fmt.Sprintf("%v %+v", err, err))
		}
	}
	r.chat.broken = true
	if err := r.try(flow.Event{Kind: flow.EventText, Text: "another comment 07700 900555"}); err != nil {
		errs = append(errs, fmt.Sprintf("%v %+v", err, err))
	}
	file, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{clientToken, "07700900123", "07700 900123", "Evening suits", "NightOwl77", "another comment"} {
		if strings.Contains(string(file), word) {
			t.Errorf("the database file shows %q", word)
		}
		if strings.Contains(strings.Join(errs, "\n"), word) {
			t.Errorf("an error shows %q", word)
		}
	}
	if len(errs) == 0 {
		t.Error("no error was looked at")
	}
}

// panicky stands for a bug behind the API.
type panicky struct{ conversations.Platform }

func (panicky) VerifyCredentials(context.Context, apiclient.Caller) (apiclient.Member, error) {
	panic("token hunter2-in-a-panic")
}

func (panicky) ListBookings(context.Context, apiclient.Caller, apiclient.Side, apiclient.ListQuery) (apiclient.Page, error) {
	panic("token hunter2-in-a-panic")
}

func (panicky) EachBooking(context.Context, apiclient.Caller, apiclient.Side, apiclient.ListQuery) iter.Seq2[apiclient.Booking, error] {
	return nil
}

// A form reads in a goroutine of its own: a panic there must not end the program.
func TestAPanicWhileReadingIsAnIncidentToo(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.platformOf(panicky{})
	if err := r.try(flow.Event{Kind: flow.EventCommand, Command: "book"}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	r.wantSaid("Sorry, something went wrong here")
}

func TestAPanicIsAnIncidentThatThePersonHearsOf(t *testing.T) {
	r := newRig(t, monday)
	desk, err := conversations.New(conversations.Config{
		Store: r.db, API: panicky{}, Chat: r.chat, Zone: time.UTC, Now: r.clock.Now,
		NewID:   func() string { return "abcdefghijkl" },
		NewUUID: func() [16]byte { return [16]byte{1} },
	})
	if err != nil {
		t.Fatal(err)
	}
	err = desk.Handle(t.Context(), flow.Event{Kind: flow.EventText, Text: "hunter2-token-of-some-length", Chat: 9, User: 9, Private: true, Update: 1})
	var incident interface{ Incident() string }
	if !errors.As(err, &incident) || incident.Incident() != "abcdefgh" {
		t.Fatalf("got %T", err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the panic's text reached the log")
	}
	r.wantSaid("incident abcdefgh")
}

func TestAnAlertOpensItsCard(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	view := conversations.Notice(store.Notification{Account: r.account().ID, Side: "made", Booking: id})
	card, err := r.chat.Send(t.Context(), theUser, view)
	if err != nil {
		t.Fatal(err)
	}
	r.pressed(card, view.Rows[0][0].Press)
	r.wantSaid(fmt.Sprintf("Booking #%d", id))
}

// The messages with markup, as Telegram gets them: names and comments that strangers wrote are escaped,
// isolated and, where they are personal, behind a spoiler.
func TestGoldenMessages(t *testing.T) {
	r := newRig(t, monday)
	var got strings.Builder
	note := func(name string) {
		message := r.chat.messages[len(r.chat.messages)-1]
		fmt.Fprintf(&got, "--- %s\n%s\n", name, message.html)
	}
	r.link(clientToken)
	note("linked")
	r.say("/book")
	for _, answer := range bookingAnswers[:len(bookingAnswers)-1] {
		r.say(answer)
	}
	r.say("<b>Ring</b> & \u202ewait_")
	note("review")
	r.press("Send request")
	note("the last question")
	r.press("Yes, send")
	note("sent")
	r.press("View")
	note("card of the client")
	r.say("/bookings")
	note("list")
	r.say("/account")
	note("account")
	r.say("/help")
	note("help")
	r.press("Home")
	r.say("/account")
	r.press("Unlink")
	note("unlink")
	r.press("Yes, unlink")
	r.link(performerToken)
	r.world([]string{"missed"})
	r.say("/requests")
	r.press("1")
	note("card of the performer")
	r.press("Re-invite")
	r.say("Away; <sorry> & thanks")
	note("re-invite")

	const file = "testdata/messages.golden"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
