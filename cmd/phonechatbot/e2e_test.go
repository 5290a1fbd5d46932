package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

const discreet = "An appointment was updated."

// The whole way: two people link, one books, the other is told, answers come back as alerts.
func TestFromStartToTheAlert(t *testing.T) {
	w := newWorld(t, nil)
	w.start()
	client, performer := w.person(clientUser), w.person(performerUser)
	client.link(clientToken)
	performer.link(performerToken)
	for _, m := range w.telegram.Chat(clientUser) {
		if m.Text == clientToken && !m.Deleted {
			t.Error("the pasted token is still in the chat")
		}
	}
	w.polled(2, clientID, performerID)

	client.press(client.fill(), "Send request")
	client.press(client.reads("Send this request to"), "Yes, send")
	client.reads("Request sent, #48213")

	card := performer.reads(discreet)
	performer.press(card, "Open")
	performer.reads("Request #48213")

	if err := w.platform.Accept(48213, ""); err != nil {
		t.Fatal(err)
	}
	client.press(client.reads(discreet), "Open")
	client.reads("Accepted, to be confirmed")
	client.say("/bookings")
	client.press(client.reads("Bookings you made"), "1")
	client.reads("Booking #48213")
	w.stop()
}

// The number is shared with the phone's own key; key, request and number are gone afterwards.
func TestASharedNumber(t *testing.T) {
	w := newWorld(t, nil)
	w.start()
	client := w.person(clientUser)
	client.link(clientToken)
	for _, s := range bookingSteps()[:5] {
		client.say(s.answer)
		client.reads(s.then)
	}
	client.press(client.reads("Which number"), "Share my number")
	client.reads("Press the key below")
	if len(w.telegram.Keyboard(clientUser).Rows) == 0 {
		t.Error("there is no key to press")
	}
	w.telegram.ShareContact(clientUser, "+447700900123", clientUser)
	card := client.reads("How many credits")
	if len(w.telegram.Keyboard(clientUser).Rows) != 0 {
		t.Error("the key stays")
	}
	err := w.telegram.WaitFor(w.ctx, clientUser, func(messages []tgsim.Message) bool {
		return !slices.ContainsFunc(messages, func(m tgsim.Message) bool {
			contact, carrier := !m.FromBot && m.Text == "", m.FromBot && m.Text == "…"
			return !m.Deleted && (contact || carrier)
		})
	})
	if err != nil {
		t.Errorf("something is left in the chat: %v\n%s", err, client.transcript())
	}
	client.press(card, "Minimum: 36.00")
	client.reads("Reply by when")
	w.stop()
}

// polled waits until the poller has asked so many times for the received bookings of each of these members, which it
// does last in a look. The second time says that what the first look found is kept.
func (w *world) polled(times int, member int64, others ...int64) {
	w.t.Helper()
	members, before := append(others, member), map[int64]int{}
	for _, member := range members {
		before[member] = w.platform.LooksOf(member)
	}
	for _, member := range members {
		for w.platform.LooksOf(member) < before[member]+times {
			select {
			case <-w.ctx.Done():
				w.t.Fatalf("nobody polls for %d:\n%s", member, w.log)
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}

// A platform whose clock is not in the zone that was set: the operator is told, and a change after that is
// still noticed.
func TestTheOperatorHearsOfAWrongZone(t *testing.T) {
	w := newWorld(t, nil)
	missed := []string{"1", "1", "1"} // in the list, before the one that can be answered, until it is over
	for range missed {
		w.platform.AddBooking(apisim.Seed{
			Client: clientID, Performer: performerID, Session: time.Now().Add(-time.Hour), AcceptBy: time.Now().Add(-2 * time.Hour),
		})
	}
	asked := w.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	w.start()
	client, performer := w.person(clientUser), w.person(performerUser)
	performer.link(performerToken)
	w.platform.SetFault(apisim.OpReInvite, apisim.Fault{Kind: apisim.FaultClockSkew, Delay: time.Hour})
	for _, row := range missed {
		performer.say("/requests")
		performer.press(performer.reads("Requests you received"), row)
		performer.press(performer.reads("Request #"), "Re-invite")
		performer.press(performer.reads("Give a reason"), "I missed your request, sorry.")
		performer.press(performer.reads("invite them to book again?"), "Yes, re-invite")
		performer.reads("Re-invited.")
		performer.say("/help")
		performer.reads("What I can do")
	}
	w.platform.ClearFaults()
	client.link(clientToken) // of what came before the first look there are no alerts
	w.polled(2, clientID)
	if err := w.platform.Accept(asked, ""); err != nil {
		t.Fatal(err)
	}
	client.reads(discreet)
	w.stop()
	if log := w.log.String(); !strings.Contains(log, "not in the zone of ADULTWORK_TIME_ZONE") {
		t.Errorf("the operator is not told:\n%s", log)
	}
}

func TestAPerformerReInvites(t *testing.T) {
	w := newWorld(t, nil)
	id := w.platform.AddBooking(apisim.Seed{
		Client: clientID, Performer: performerID, Session: time.Now().Add(-time.Hour), AcceptBy: time.Now().Add(-2 * time.Hour),
	})
	w.start()
	performer := w.person(performerUser)
	performer.link(performerToken)
	performer.say("/requests")
	performer.press(performer.reads("Requests you received"), "1")
	performer.press(performer.reads("Request #"), "Re-invite")
	performer.press(performer.reads("Give a reason"), "I missed your request, sorry.")
	performer.press(performer.reads("invite them to book again?"), "Yes, re-invite")
	performer.reads("Re-invited.")
	if b, ok := w.platform.Booking(id); !ok || b.Status != apisim.StatusRejected {
		t.Errorf("booking %+v", b.Status)
	}
	w.stop()
}

// Killed at every step of the form, and once more between the site's commit and its reply: one booking,
// the form where it was, one alert.
func TestKilledAtEveryStep(t *testing.T) {
	var killAt atomic.Pointer[string] // the operation to kill at, between its commit and its reply
	var w *world
	w = newWorld(t, func(op string) {
		if at := killAt.Load(); at != nil && *at == op && killAt.CompareAndSwap(at, nil) {
			_ = w.program.Process.Kill() // the test sees whether it died
		}
	})
	killNext := func(op string) { killAt.Store(&op) }
	metrics := freeAddress(t)
	w.env = append(w.env, "PHONECHATBOT_METRICS="+metrics)
	w.start()
	client := w.person(clientUser)
	client.link(clientToken)
	for _, s := range bookingSteps() {
		client.say(s.answer)
		client.reads(s.then)
		w.restart()
	}
	client.insist("Send request", "Send this request to")
	killNext(apisim.OpCreateBooking)
	client.press(client.reads("Send this request to"), "Yes, send")
	w.died()
	w.start()
	client.reads("Request sent, #48213")
	if got := w.platform.CreatedCount(); got != 1 {
		t.Errorf("%d bookings were created", got)
	}

	w.polled(2, clientID)
	killNext(apisim.OpMadeBookings) // while the change is being read
	if err := w.platform.Accept(48213, ""); err != nil {
		t.Fatal(err)
	}
	w.died()
	w.start()
	client.reads(discreet)
	w.noneDue("http://" + metrics + "/metrics") // a kill before that may have it told once more
	w.restart()
	w.polled(2, clientID)
	if got := client.count(discreet); got != 1 {
		t.Errorf("the change was told %d times", got)
	}
	w.stop()
}

// The API goes away in mid-form and comes back: nothing is lost. Telegram goes away and comes back: the
// program stays up, and starts without it.
func TestOutages(t *testing.T) {
	w := newWorld(t, nil)
	w.telegram.SetFault("", tgsim.Fault{Kind: tgsim.FaultBadGateway})
	w.start()
	client := w.person(clientUser)
	client.say("/start")
	w.healthy()
	w.telegram.ClearFaults()
	client.press(client.reads("Not linked yet"), "Paste an access token")
	client.reads("Paste your access token here")
	client.say(clientToken)
	client.reads("Linked as")

	client.say("/book")
	client.reads("Whom would you like to call")
	w.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultDown})
	client.say("771204")
	card := client.reads("The site is not answering")
	w.recovered()
	client.press(card, "Try again")
	client.reads("Which day")
	w.stop()
}

// recovered makes the platform well again, and waits until the program has found out: after failures in a row
// it leaves the platform alone for a while.
func (w *world) recovered() {
	w.t.Helper()
	w.platform.ClearFaults()
	w.polled(2, clientID)
}

// healthy waits until /healthz answers, which it does while Telegram is away.
func (w *world) healthy() {
	w.t.Helper()
	for {
		if err := healthcheck(w.ctx, strings.TrimPrefix(w.address, "http://")); err == nil {
			return
		}
		select {
		case <-w.ctx.Done():
			w.t.Fatalf("not healthy:\n%s", w.log)
		case err := <-w.exited:
			w.t.Fatalf("the program ended: %v\n%s", err, w.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// SIGTERM while the site is being asked: the handler finishes and the person gets the answer.
func TestStopLetsTheRunningHandlerFinish(t *testing.T) {
	asked, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w := newWorld(t, func(op string) {
		if op == apisim.OpGetUserBookingRequirements {
			once.Do(func() {
				close(asked)
				<-goOn
			})
		}
	})
	w.start()
	client := w.person(clientUser)
	client.link(clientToken)
	client.say("/book")
	client.reads("Whom would you like to call")
	client.say("771204")
	<-asked
	if err := w.program.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	w.exit()
	client.reads("Which day")
	w.start()
	client.say("tomorrow 21:00")
	client.reads("How long")
	w.stop()
}

// Nothing personal is in the log, not even at its most talkative, nor readable on the disk.
func TestNothingPersonalLeaks(t *testing.T) {
	w := newWorld(t, nil)
	w.start()
	client := w.person(clientUser)
	client.link(clientToken)
	client.fill()
	for kind, problem := range map[apisim.FaultKind]string{
		apisim.FaultHTML: "protection page", apisim.FaultDown: "is not answering", apisim.FaultTruncated: "is not answering",
	} {
		w.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: kind})
		client.say("/account")
		client.reads(problem)
		client.say("/help")
		client.reads("What I can do")
		w.recovered() // else the next fault is not met: a platform that is given a rest is not asked
	}
	w.telegram.SetFault("sendMessage", tgsim.Fault{Kind: tgsim.FaultInternal, Times: 2})
	client.say("/bookings")
	client.say("a stray comment")
	client.press(client.reads("Please use the buttons below"), "Send request")
	w.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{
		Kind: apisim.FaultStatus, Status: 400, Times: 1, Message: "Not 07700900123, not 'Evening suits me best.', NightOwl77.",
	})
	client.press(client.reads("Send this request to"), "Yes, send")
	client.press(client.reads("The site refused this"), "Send request")
	w.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1})
	client.press(client.reads("Send this request to"), "Yes, send")
	client.reads("your request arrived")
	w.polled(2, clientID)
	w.telegram.SetFault("sendMessage", tgsim.Fault{Kind: tgsim.FaultInternal, Times: 1})
	if err := w.platform.Accept(48213, ""); err != nil {
		t.Fatal(err)
	}
	client.reads(discreet)
	w.platform.RevokeToken(clientToken)
	client.reads("Please sign in again")
	w.stop()

	secrets := []string{
		clientToken, demoToken, "07700 900123", "07700900123", "Evening suits", "stray comment", "NightOwl77", "VelvetVoice",
	}
	w.hunt(secrets)
}

// hunt looks for words in the log and in every file of the data directory.
func (w *world) hunt(secrets []string) {
	w.t.Helper()
	looked := 0
	for _, word := range secrets {
		if strings.Contains(w.log.String(), word) {
			w.t.Errorf("the log shows %q", word)
		}
	}
	err := filepath.WalkDir(w.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // of this test
		looked++
		for _, word := range secrets {
			if strings.Contains(string(data), word) {
				w.t.Errorf("%s shows %q", d.Name(), word)
			}
		}
		return err
	})
	if err != nil || looked < 2 {
		w.t.Errorf("looked at %d files: %v", looked, err)
	}
}

func TestReadiness(t *testing.T) {
	w := newWorld(t, nil)
	w.telegram.SetFault("getUpdates", tgsim.Fault{Kind: tgsim.FaultBadGateway})
	w.start()
	w.healthy()
	if got, _ := w.get(w.address + "/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("/readyz says %d while Telegram does not answer", got)
	}
	w.telegram.ClearFaults()
	w.person(clientUser).say("/start")
	w.person(clientUser).reads("Not linked yet")
	w.ready()
	w.stop()
}

// ready waits until /readyz says so: the program may answer before it has noted that updates come in.
func (w *world) ready() {
	w.t.Helper()
	for {
		got, text := w.get(w.address + "/readyz")
		if got == http.StatusOK {
			return
		}
		select {
		case <-w.ctx.Done():
			w.t.Fatalf("/readyz says %d %s", got, text)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
