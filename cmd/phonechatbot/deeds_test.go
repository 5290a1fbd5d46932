package main

import (
	"sync/atomic"
	"testing"

	"phonechatbot/sandbox/apisim"
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
	w.polled(2)

	id := w.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	performer.press(performer.reads(alert), "Open")
	performer.press(performer.reads("Request #48213"), "Accept for 12.00 credits")
	killNext(apisim.OpAcceptReceivedBooking)
	performer.press(performer.reads("Accept request #48213"), "Yes, accept for 12.00 credits")
	w.died()
	w.start()
	performer.reads("I looked: it is done")
	if got := w.platform.Calls(apisim.OpAcceptReceivedBooking); got != 1 {
		t.Errorf("%d calls to accept", got)
	}

	client.press(client.reads(alert), "Open")
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
