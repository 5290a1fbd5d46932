package conversations_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// Several forms in one chat: what is typed, shared and pressed goes where it was meant to go, and what is cut off
// is taken up.

// pulled is a platform on which the plug is pulled in the middle of a call.
type pulled struct {
	conversations.Platform

	booking, settings, save bool
}

func pull(when bool) {
	if when {
		panic("killed")
	}
}

func (p *pulled) Booking(ctx context.Context, as apiclient.Caller, side apiclient.Side, id apiclient.BookingID) (apiclient.Booking, error) {
	pull(p.booking)
	return p.Platform.Booking(ctx, as, side, id)
}

func (p *pulled) PhoneChatSettings(ctx context.Context, as apiclient.Caller) (apiclient.Settings, error) {
	pull(p.settings)
	return p.Platform.PhoneChatSettings(ctx, as)
}

func (p *pulled) SaveSettings(ctx context.Context, as apiclient.Caller, s apiclient.Settings) (apiclient.Settings, error) {
	pull(p.save)
	return p.Platform.SaveSettings(ctx, as, s)
}

// keys of an action, wherever they stand.
func (r *rig) keysOf(action string) (found []string) {
	for _, m := range r.chat.messages {
		for _, row := range m.rows {
			for _, b := range row {
				if b.Press.Action == action {
					found = append(found, labelOf(b))
				}
			}
		}
	}
	return found
}

// A token was asked for, and then something else was pressed: what is pasted goes to where it was asked for.
func TestATokenGoesWhereItWasAskedFor(t *testing.T) {
	const fresh = "demo-performer-fresh-77aa0912"
	for _, kind := range []string{"decline", "accept+book", "accept"} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(performerToken)
			if kind == "accept+book" {
				r.say("/book")
				r.say("771422")
				for _, a := range []string{"tomorrow 21:00", "15", "2", "33.75", "in 3 hours"} {
					r.say(a)
				}
				r.wantSaid("A comment for them?")
			}
			id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
			r.say("/account")
			r.press("Paste a new token")
			r.wantSaid("Paste your access token here")
			r.do(strings.TrimSuffix(kind, "+book"), fmt.Sprint("r", id))
			r.chat.log = nil
			r.platform.GrantToken(performerID, fresh)
			r.say(fresh)
			if !strings.Contains(r.said(), "is deleted") {
				t.Error("the token is left in the chat")
			}
			chat := r.storedChat()
			if strings.Contains(fmt.Sprintf("%+v %+v", *chat.Session, chat.Parked), fresh) {
				t.Error("the token is kept as an answer")
			}
			if strings.Contains(r.chat.last(), fresh) {
				t.Errorf("the token is shown: %s", r.chat.last())
			}
		})
	}
}

// A question without a step stands in front: an older one does not take what is typed.
func TestYesIsNoReason(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	first := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.do("decline", fmt.Sprint("r", first))
	r.say("/start")
	r.clock.Advance(2 * time.Hour)
	second := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.do("accept", fmt.Sprint("r", second))
	r.wantSaid("Accept request")
	r.chat.log = nil
	r.say("yes")
	if strings.Contains(r.chat.last(), "Yes, decline") || strings.Contains(r.chat.last(), "Decline request") {
		t.Error("the answer to the question went to another request")
	}
}

// The form that is being filled in takes what is typed, before a question that was left.
func TestALeftQuestionDoesNotTakeTheDay(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	first := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	second := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.say("/book")
	r.say("771422")
	r.wantSaid("Which day")
	r.do("decline", fmt.Sprint("r", first))
	r.platform.SetFault(apisim.OpAcceptReceivedBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.do("accept", fmt.Sprint("r", second))
	card, yes := r.yes()
	r.pressed(card, yes)
	r.wantSaid("did not say whether")
	r.say("tomorrow 21:00")
	if !strings.Contains(r.chat.last(), "How long") {
		t.Errorf("the day went to: %s", r.chat.last())
	}
}

// The other answer to "close this form?" leads back to that form.
func TestKeepLookingKeepsToTheForm(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.say("/book")
	r.say("771422")
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.platform.SetFault(apisim.OpAcceptReceivedBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.do("accept", fmt.Sprint("r", id))
	card, yes := r.yes()
	r.pressed(card, yes)
	r.wantSaid("did not say whether")
	r.chat.log = nil
	r.press("Close this form")
	r.chat.log = nil
	r.press("Keep looking it up")
	if !strings.Contains(r.said(), "did not say whether") {
		t.Error("keep looking shows another form")
	}
}

// The outcome of a member's save can't be looked up any more: the form can be closed all the same.
func TestAMembersFormCanBeClosedAfterActing(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	d := &pulled{Platform: r.api}
	r.platformOf(d)
	r.say("/settings")
	r.press("Change the price")
	r.say("2.40")
	d.save = true
	message, press, _ := r.chat.find("Yes, save it")
	_ = r.try(flow.Event{Kind: flow.EventPress, Message: message, Press: press, Callback: "x"})
	d.save = false
	r.platform.SetFault(apisim.OpGetSettings, apisim.Fault{Kind: apisim.FaultForbidden})
	r.kill()
	for range 6 {
		r.later(12 * time.Hour)
	}
	r.say("/start")
	r.press("Continue the form")
	r.chat.log = nil
	r.press("Close this form")
	r.press("I have looked, close it")
	if open := r.storedChat().Session; open != nil {
		t.Errorf("still open: %s at %s", open.Flow, open.At)
	}
}

// Two chats of one account accept calls at the same time within half a minute.
func TestOverlapsOfAnotherChat(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.handle(flow.Event{Kind: flow.EventText, Text: performerToken, Chat: 43, Message: r.chat.receive()})
	m, p, ok := r.chat.find("Yes, link it here too")
	if !ok {
		t.Fatal(r.chat.last())
	}
	r.handle(flow.Event{Kind: flow.EventPress, Chat: 43, Message: m, Press: p})
	at := monday.Add(26 * time.Hour)
	first := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Session: at})
	second := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Session: at})
	in43 := func(action, value string) {
		r.handle(flow.Event{Kind: flow.EventPress, Chat: 43, Message: r.chat.receive(), Press: flow.Press{Of: r.tagOf(43), Action: action, Value: value}})
	}
	r.handle(flow.Event{Kind: flow.EventCommand, Command: "requests", Chat: 43}) // read in chat 43
	r.do("accept", fmt.Sprint("r", first))
	card, yes := r.yes()
	r.pressed(card, yes)
	r.wantSaid("Accepted.")
	r.clock.Advance(20 * time.Second)
	in43("accept", fmt.Sprint("r", second))
	if !strings.Contains(r.chat.last(), "At the same time") {
		t.Errorf("not pointed out: %s", r.chat.last())
	}
}

// Two questions stand open for calls at the same time; one is answered, then the other.
func TestOverlapsSinceTheQuestion(t *testing.T) {
	for _, kind := range []string{"accept", "confirm"} {
		token, side, status := performerToken, "r", ""
		if kind == "confirm" {
			token, side, status = clientToken, "m", apisim.StatusAccepted
		}
		r := newRig(t, monday)
		r.link(token)
		at := monday.Add(26 * time.Hour)
		other := int64(larkID)
		first := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Session: at, Status: status})
		seed := apisim.Seed{Client: clientID, Performer: performerID, Session: at, Status: status}
		if kind == "confirm" {
			seed.Performer = other
			seed.Status = "" // accepted only after the first question
		}
		second := r.platform.AddBooking(seed)
		r.do(kind, fmt.Sprint(side, first))
		cardA, yesA := r.yes()
		if strings.Contains(r.chat.message(cardA).text, "At the same time") {
			t.Fatal("said already")
		}
		if kind == "confirm" {
			r.check(r.platform.Accept(second, "12"))
			r.check(r.platform.Confirm(second)) // on the site
		} else {
			r.do(kind, fmt.Sprint(side, second))
			cardB, yesB := r.yes()
			r.pressed(cardB, yesB)
			r.wantSaid("Accepted.")
		}
		r.clock.Advance(time.Minute)
		r.chat.log = nil
		r.pressed(cardA, yesA)
		if !strings.Contains(r.said(), "At the same time") {
			t.Errorf("%s: both are agreed on, and nothing was pointed out:\n%s", kind, r.said())
		}
	}
}

// Where a booking can't be read by itself, the list goes on showing it.
func TestAListSurvivesDetailsThatCannotBeRead(t *testing.T) {
	for _, f := range []apisim.Fault{{Kind: apisim.FaultNotFound}, {Kind: apisim.FaultStatus, Status: 405}} {
		r := newRig(t, monday)
		r.link(performerToken)
		for range 3 {
			r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
		}
		r.platform.SetFault(apisim.OpReceivedBookingDetails, f)
		r.say("/requests")
		list := r.chat.messages[len(r.chat.messages)-1]
		var back flow.Press
		for _, row := range list.rows {
			for _, b := range row {
				if strings.HasPrefix(labelOf(b), "· Needs") || strings.Contains(labelOf(b), "Needs you") {
					back = b.Press
				}
			}
		}
		r.press("1")
		r.clock.Advance(5 * time.Second)
		r.pressed(list.id, back)
		if strings.Count(r.chat.last(), "NightOwl77") != 3 {
			t.Errorf("%v: the list lost a request that the site still has", f)
		}
	}
}

// One reading that fails in an odd way at the second press: nothing is said to be removed that was not.
func TestOneOddReadingRemovesNothing(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusCancelled})
	r.do("remove", fmt.Sprint("m", id))
	r.platform.SetFault(apisim.OpMadeBookingDetails, apisim.Fault{Kind: apisim.FaultStatus, Status: 405, Times: 1})
	card, yes := r.yes()
	r.pressed(card, yes)
	if strings.Contains(r.chat.last(), "Removed") {
		t.Errorf("said removed, %d removals: %s", r.platform.Calls(apisim.OpDeleteMadeBookings), r.chat.last())
	}
}

// One reading that says there is no such booking, or no such call, proves nothing.
func TestOneOddReadingEndsNoLookUp(t *testing.T) {
	for _, status := range []int{404, 405} {
		r := newRig(t, monday)
		r.link(performerToken)
		id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
		r.lost(apisim.OpAcceptReceivedBooking, "accept", fmt.Sprint("r", id))
		r.platform.SetFault(apisim.OpReceivedBookingDetails, apisim.Fault{Kind: apisim.FaultStatus, Status: status, Times: 1})
		r.later(4 * time.Second)
		r.later(time.Minute)
		if strings.Contains(r.chat.last(), "does not know this booking") {
			t.Errorf("%d: %s", status, r.chat.last())
		}
	}
}

// The number was typed, and then shared as well.
func TestANumberThatNoFormWantsGoes(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	for _, a := range bookingAnswers[:4] {
		r.say(a)
	}
	r.wantSaid("Which number")
	r.press("Share my number")
	r.say("07700 900123") // typed instead; then the key, pressed too, arrives
	r.wantSaid("How many credits")
	r.chat.log = nil
	r.handle(flow.Event{Kind: flow.EventContact, Phone: "+447700900999", ContactUser: theUser, Message: r.chat.receive()})
	if !strings.Contains(r.said(), "is deleted") {
		t.Error("the contact is left in the chat")
	}
}

// A card that can't be edited, a slow site, a question and its end: nothing that says "Working…" or asks is left.
func TestNothingIsLeftWhereACardCannotBeEdited(t *testing.T) {
	t.Parallel()
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.hasty()
	r.platform.SetFault(apisim.OpReceivedBookingDetails, apisim.Fault{Kind: apisim.FaultSlow, Delay: 1100 * time.Millisecond})
	r.handle(flow.Event{Kind: flow.EventPress, Callback: "q", Message: 9999, Press: flow.Press{Of: r.tag(), Action: "accept", Value: fmt.Sprint("r", id)}})
	r.wantSaid("Accept request")
	for _, m := range r.chat.messages {
		if strings.HasPrefix(m.text, "Working") {
			t.Errorf("left behind: #%d %s", m.id, m.text)
		}
	}
	r.say("/cancel")
	if left := r.keysOf("yes"); len(left) > 0 {
		t.Errorf("the closed question keeps %v", left)
	}
}

// The question that /cancel closes keeps no button, however slow the site is.
func TestCancelWhileTheSiteIsSlow(t *testing.T) {
	t.Parallel()
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.do("accept", fmt.Sprint("r", id))
	r.hasty()
	r.platform.SetFault(apisim.OpReceivedBookingDetails, apisim.Fault{Kind: apisim.FaultSlow, Delay: 1100 * time.Millisecond})
	r.say("/cancel")
	if left := r.keysOf("yes"); len(left) > 0 {
		t.Errorf("the closed question keeps %v", left)
	}
}

// While one answer to a request is looked up, no other goes out for it, however it is asked for.
func TestNoTwinOfWhatIsLookedUp(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.do("amount", fmt.Sprint("r", id))
	r.say("20")
	older, other := r.yes() // asked before the first went out
	r.do("decline", fmt.Sprint("r", id))
	r.press("No reason given.")
	card, decline := r.yes()
	r.platform.SetFault(apisim.OpAcceptReceivedBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.do("accept", fmt.Sprint("r", id))
	r.press("Yes, accept for 12.00 credits")
	r.wantSaid("until then nothing is sent again")
	r.pressed(older, other)
	r.wantSaid("still being looked up")
	r.pressed(card, decline)
	r.wantSaid("still being looked up")
	for _, action := range []string{"accept", "amount", "decline"} {
		r.do(action, fmt.Sprint("r", id))
		r.wantSaid("until then nothing is sent again")
	}
	if accepts, declines := r.platform.Calls(apisim.OpAcceptReceivedBooking), r.platform.Calls(apisim.OpRejectReceivedBooking); accepts != 1 || declines != 0 {
		t.Errorf("%d calls to accept, %d to decline", accepts, declines)
	}

	r = newRig(t, monday) // and the same from an answer that was given blindly
	r.link(performerToken)
	id = r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.withoutReceived()
	r.platform.SetFault(apisim.OpAcceptReceivedBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 500, Times: 1})
	r.blindly(id, "accept", "12")
	card, yes := r.yes()
	r.pressed(card, yes)
	r.platform.ClearFaults()
	r.do("accept", fmt.Sprint("r", id))
	r.wantSaid("until then nothing is sent again")
}

// Killed while settings are read for a form that was begun before: the press is answered when it comes again.
func TestASettingsQuestionCutOffIsAskedAgain(t *testing.T) {
	for _, before := range []bool{false, true} {
		r := newRig(t, monday)
		r.link(performerToken)
		d := &pulled{Platform: r.api}
		r.platformOf(d)
		r.say("/settings")
		message, press, _ := r.chat.find("Change the price")
		if before {
			r.pressed(message, press)
			r.wantSaid("credits a minute")
		}
		d.settings = true
		r.update++
		e := flow.Event{Kind: flow.EventPress, Callback: "q", Message: message, Update: r.update, Press: press}
		if r.try(e) == nil {
			t.Fatal("it lives")
		}
		d.settings = false
		r.kill()
		r.chat.log = nil
		r.handle(e)
		if said := r.said(); !strings.Contains(said, "credits a minute") {
			t.Errorf("left before: %v; the press is answered with %q", before, said)
		}
	}
}

// Killed while the booking is read for the card that closes a question.
func TestClosingCutOffIsAnswered(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	d := &pulled{Platform: r.api}
	r.platformOf(d)
	r.do("decline", fmt.Sprint("r", id))
	m, p, _ := r.chat.find("Back to the booking")
	d.booking = true
	r.update++
	e := flow.Event{Kind: flow.EventPress, Callback: "q", Message: m, Update: r.update, Press: p}
	if r.try(e) == nil {
		t.Fatal("lives")
	}
	d.booking = false
	r.kill()
	r.chat.log = nil
	r.handle(e)
	r.settle()
	if r.said() == "" {
		t.Errorf("the press is never answered; the card still shows %q", r.chat.message(m).text)
	}
}

// Killed between the form that was begun before and the new one.
func TestAnsweringByNumberCutOffIsAnswered(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.withoutReceived()
	r.say("/requests")
	m, p, _ := r.chat.find("Answer by booking number")
	r.pressed(m, p)
	r.wantSaid("Which request?")
	r.dieAtID = true
	r.update++
	e := flow.Event{Kind: flow.EventPress, Callback: "q", Message: m, Update: r.update, Press: p}
	if r.try(e) == nil {
		t.Fatal("lives")
	}
	r.dieAtID = false
	r.kill()
	r.chat.log = nil
	r.handle(e)
	r.settle()
	if !strings.Contains(r.said(), "Which request?") {
		t.Errorf("the press is answered with %q", r.said())
	}
}

// Linked, but the card that says so did not reach the chat.
func TestALinkThatWasNotToldIsTold(t *testing.T) {
	r := newRig(t, monday)
	r.say("/start")
	r.press("Paste an access token")
	r.cut(flow.Event{Kind: flow.EventText, Text: performerToken, Message: r.chat.receive()})
	if !strings.Contains(r.said(), "Linked as") {
		t.Error("never told")
	}
}

// The number of a request was typed; its card did not reach the chat.
func TestANumberThatWasNotAnswered(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.do("bynumber", "")
	r.wantSaid("Which request?")
	r.cut(flow.Event{Kind: flow.EventText, Text: fmt.Sprint(id), Message: r.chat.receive()})
	if r.said() == "" {
		t.Error("never answered, and the form is gone")
	}
}

// Killed whenever the clock is read: at most one call, its outcome is told, and nothing is left over.
func TestKilledAtAnyMomentOfADeed(t *testing.T) {
	t.Parallel()
	kinds := map[string]struct {
		op, token, action string
		seed              apisim.Seed
		pre               string
		said              []string
	}{
		"accept":  {apisim.OpAcceptReceivedBooking, performerToken, "accept", apisim.Seed{}, "", []string{"Accepted.", "it is done", "You can try again", "Yes, accept"}},
		"decline": {apisim.OpRejectReceivedBooking, performerToken, "decline", apisim.Seed{}, "No reason given.", []string{"Declined.", "it is done", "Yes, decline"}},
		"confirm": {apisim.OpConfirmMadeBooking, clientToken, "confirm", apisim.Seed{Status: apisim.StatusAccepted}, "", []string{"Confirmed.", "it is done"}},
		"again":   {apisim.OpRescheduleMadeBooking, clientToken, "again", apisim.Seed{Status: apisim.StatusConfirmed, Session: monday.Add(-time.Hour)}, "", []string{"Asked again", "it is done"}},
		"remove":  {apisim.OpDeleteMadeBookings, clientToken, "remove", apisim.Seed{Status: apisim.StatusCancelled}, "", []string{"Removed"}},
	}
	for name, k := range kinds {
		for n := 1; n < 40; n++ {
			r := newRig(t, monday)
			r.link(k.token)
			k.seed.Client, k.seed.Performer = clientID, performerID
			id := r.platform.AddBooking(k.seed)
			side := "m"
			if k.token == performerToken {
				side = "r"
			}
			r.do(k.action, fmt.Sprint(side, id))
			if k.pre != "" {
				r.press(k.pre)
			}
			card, yes := r.yes()
			r.chat.log = nil
			r.dieAtNow = n
			r.update++
			e := flow.Event{Kind: flow.EventPress, Callback: "q", Message: card, Update: r.update, Press: yes}
			err := r.try(e)
			died := r.dieAtNow <= 0
			r.dieAtNow = 0
			if !died {
				r.close()
				if err != nil {
					t.Error(name, n, err)
				}
				break
			}
			r.kill()
			r.handle(e)
			for range 8 {
				r.later(30 * time.Second)
			}
			calls := r.platform.Calls(k.op)
			if calls > 1 {
				t.Errorf("%s killed at %d: %d calls", name, n, calls)
			}
			said := r.said()
			if calls == 1 {
				ok := false
				for _, w := range k.said {
					ok = ok || strings.Contains(said, w)
				}
				if !ok {
					t.Errorf("%s killed at %d: carried out, and told %q", name, n, said)
				}
			} else if said == "" {
				t.Errorf("%s killed at %d: not carried out, and nothing is said", name, n)
			}
			for _, f := range append(r.storedChat().Parked, store.Form{}) {
				if f.Session.At == flow.AtUnsure {
					t.Errorf("%s killed at %d: still unsure", name, n)
				}
			}
			if r.sends() > 0 && r.storedChat().Session == nil {
				t.Errorf("%s killed at %d: a claim is left", name, n)
			}
			r.close()
		}
	}
}

// The same for the other forms.
func TestKilledAtAnyMomentOfAForm(t *testing.T) {
	t.Parallel()
	kinds := map[string]struct {
		op   string
		lead func(r *rig, id int64)
		said []string
	}{
		"bynumber": {apisim.OpAcceptReceivedBooking, func(r *rig, id int64) { r.withoutReceived(); r.blindly(id, "accept", "12") }, []string{"Accepted.", "could not find out"}},
		"price":    {apisim.OpSaveSettings, func(r *rig, _ int64) { r.say("/settings"); r.press("Change the price"); r.say("2.40") }, []string{"Saved", "it is saved"}},
		"number": {apisim.OpSaveSettings, func(r *rig, _ int64) {
			r.say("/settings")
			r.press("Change the number")
			r.say("+44 7700 900999")
		}, []string{"Saved", "it is saved"}},
	}
	for name, k := range kinds {
		for n := 1; n < 40; n++ {
			r := newRig(t, monday)
			r.link(performerToken)
			id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
			k.lead(r, id)
			card, yes := r.yes()
			before := r.platform.Calls(k.op)
			r.chat.log = nil
			r.dieAtNow = n
			r.update++
			e := flow.Event{Kind: flow.EventPress, Callback: "q", Message: card, Update: r.update, Press: yes}
			_ = r.try(e)
			died := r.dieAtNow <= 0
			r.dieAtNow = 0
			if !died {
				r.close()
				break
			}
			r.kill()
			r.handle(e)
			for range 8 {
				r.later(30 * time.Second)
			}
			calls, said := r.platform.Calls(k.op)-before, r.said()
			if calls > 1 {
				t.Errorf("%s killed at %d: %d calls", name, n, calls)
			}
			ok := calls != 1
			for _, w := range k.said {
				ok = ok || strings.Contains(said, w)
			}
			if !ok || said == "" {
				t.Errorf("%s killed at %d: %d calls, told %q", name, n, calls, said)
			}
			r.close()
		}
	}
}
