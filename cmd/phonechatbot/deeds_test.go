package main

import (
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// The performer answers from the alert: two presses and one confirmation. The client confirms. Each is killed
// between the site's commit and its reply, and is told what became of it after the restart.
func TestFromTheAlertToAcceptedToConfirmed(t *testing.T) {
	var killAt atomic.Pointer[string] // the operation to kill at, between its commit and its reply
	var w *world
	w = newWorld(t, func(op string) {
		if at := killAt.Load(); at != nil && *at == op && killAt.CompareAndSwap(at, nil) {
			_ = w.program.Process.Kill() // the test sees whether it died
		}
	})
	killNext := func(op string) { killAt.Store(&op) }
	w.start()
	client, performer := w.person(clientUser), w.person(performerUser)
	client.link(clientToken)
	performer.link(performerToken)
	w.polled(2, clientID, performerID)

	id := w.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	performer.press(performer.reads(discreet), "Open")
	performer.press(performer.reads("Request #48213"), "Accept for 12.00 credits")
	killNext(apisim.OpAcceptReceivedBooking)
	performer.press(performer.reads("Accept request #48213"), "Yes, accept for 12.00 credits")
	w.died()
	w.start()
	performer.reads("I looked: it is done")
	if got := w.platform.Calls(apisim.OpAcceptReceivedBooking); got != 1 {
		t.Errorf("%d calls to accept", got)
	}

	client.press(client.reads(discreet), "Open")
	client.press(client.reads("Accepted, to be confirmed"), "Confirm for 12.00 credits")
	killNext(apisim.OpConfirmMadeBooking)
	client.press(client.reads("The credits leave your balance"), "Yes, confirm for 12.00 credits")
	w.died()
	w.start()
	client.reads("I looked: it is done")
	if got, b := w.platform.Calls(apisim.OpConfirmMadeBooking), w.platform.Balance(clientID); got != 1 || b != "238" {
		t.Errorf("%d calls to confirm, the balance is %s", got, b)
	}
	if b, _ := w.platform.Booking(id); b.Status != apisim.StatusConfirmed {
		t.Errorf("the booking is %s", b.Status)
	}
	w.stop()
}

const (
	managerToken = "demo-manager-north-5ac81e40"
	harbourToken = "demo-performer-harbour-2e58b714"
)

// price is a performer's, as the platform holds it.
func (w *world) price(token string) string {
	w.t.Helper()
	server := httptest.NewServer(w.platform.Handler())
	defer server.Close()
	api, err := apiclient.New(apiclient.Config{BaseURL: server.URL, Location: w.platform.Location()})
	if err != nil {
		w.t.Fatal(err)
	}
	defer api.Close()
	s, err := api.PhoneChatSettings(w.ctx, apiclient.With(secret.New(token)))
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Price.String()
}

// A manager looks after two members, with a restart in between, and an old card of the one does nothing while
// acting for the other.
func TestAManagerLooksAfterTwoMembers(t *testing.T) {
	w := newWorld(t, nil)
	w.start()
	manager := w.person(performerUser)
	manager.link(managerToken)
	manager.say("/actas 771204")
	manager.press(manager.reads("From now on you act for"), "Settings")
	velvet := manager.reads("Price: 1.20")
	manager.press(velvet, "Change the price")
	manager.reads("How many credits a minute")
	manager.say("1.35")
	manager.reads("Change the price from 1.20 to 1.35")
	w.restart()
	manager.insist("Yes, save it", "Price: 1.35")

	manager.press(manager.reads("Price: 1.35"), "Change the price")
	asked := manager.reads("How many credits a minute")
	manager.say("/actas 771318")
	manager.reads("From now on you act for")
	manager.press(asked, "Leave it unchanged") // an old card
	manager.say("2.00")                        // and an answer to the form that was open for the other
	manager.say("/settings")
	harbour := manager.reads("Phone chat settings")
	if !strings.Contains(clean(harbour.Text), "Acting as QuietHarbour") && !strings.Contains(clean(harbour.Text), "Acting as member 771318") {
		t.Errorf("the card is\n%s", harbour.Text)
	}
	was := w.price(harbourToken)
	manager.press(harbour, "Change the price")
	manager.reads("How many credits a minute")
	manager.say("3.10")
	manager.reads("Change the price from")
	manager.insist("Yes, save it", "Price: 3.10")
	if got := w.price(performerToken); got != "1.35" {
		t.Errorf("the first member's price is %s", got)
	}
	if got := w.price(harbourToken); got != "3.10" || was == "3.10" {
		t.Errorf("the second member's price was %s and is %s", was, got)
	}
	manager.say("/actas")
	manager.press(manager.reads("Act as a member"), "What was done")
	log := clean(manager.reads("What was done for members").Text)
	for _, want := range []string{"price a minute, 1.35", "price a minute, 3.10"} {
		if strings.Count(log, want) != 1 {
			t.Errorf("the list says %q not once:\n%s", want, log)
		}
	}
	w.stop()
	w.hunt([]string{managerToken, "VelvetVoice", "QuietHarbour", "NorthDesk", "7700900456", "7700 900456", "Price a minute"})
}

// What a performer does with a confirmed call: the details are protected, the calendar's file says nothing of
// whom it is with, and neither log nor disk shows any of it.
func TestDetailsAndCalendar(t *testing.T) {
	w := newWorld(t, nil)
	w.platform.AddBooking(apisim.Seed{
		Client: clientID, Performer: performerID, Status: apisim.StatusConfirmed, PhoneNumber: "07700900123", Comments: "Evening suits me best.",
	})
	w.start()
	performer := w.person(performerUser)
	performer.link(performerToken)
	performer.say("/requests")
	performer.press(performer.reads("Requests you received"), "1")
	card := performer.reads("Request #48213")
	performer.press(card, "Call details")
	details := performer.reads("Call details, booking")
	if !details.Protected || !strings.Contains(details.HTML, "<tg-spoiler>") || !strings.Contains(clean(details.Text), "07700 900123") {
		t.Errorf("protected %v: %s", details.Protected, details.HTML)
	}
	performer.press(card, "Add to calendar")
	file := performer.reads("add the appointment to your calendar").File
	for _, word := range []string{"NightOwl", "VelvetVoice", "7700", "Evening"} {
		if strings.Contains(string(file.Content), word) {
			t.Errorf("the file says %q", word)
		}
	}
	if !strings.HasSuffix(file.Name, ".ics") || !strings.HasPrefix(string(file.Content), "BEGIN:VCALENDAR") {
		t.Errorf("%s: %s", file.Name, file.Content)
	}
	w.restart()
	performer.press(details, "Hide now")
	performer.reads("add the appointment to your calendar")
	err := w.telegram.WaitFor(w.ctx, performerUser, func(messages []tgsim.Message) bool {
		return !slices.ContainsFunc(messages, func(m tgsim.Message) bool { return m.ID == details.ID && !m.Deleted })
	})
	if err != nil {
		t.Errorf("the details are still there: %v", err)
	}
	w.stop()
	w.hunt([]string{performerToken, "NightOwl77", "VelvetVoice", "07700900123", "07700 900123", "Evening suits"})
}
