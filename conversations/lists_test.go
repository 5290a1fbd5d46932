package conversations_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/sandbox/apisim"
)

// plantMany adds bookings of all states, before and after now.
func (r *rig) plantMany(n int) {
	statuses := []string{
		apisim.StatusPending, apisim.StatusAccepted, apisim.StatusConfirmed, apisim.StatusRejected, apisim.StatusCancelled, "On hold",
	}
	for i := range n {
		session := r.clock.Now().Add(time.Duration(i-n/2) * time.Hour)
		r.platform.AddBooking(apisim.Seed{
			Client: clientID, Performer: performerID, Status: statuses[i%len(statuses)], Session: session,
			AcceptBy: session.Add(-time.Minute), Created: r.clock.Now().Add(-time.Duration(i*7%n) * time.Hour),
		})
	}
}

// keys are the labels on the last message, with what they do.
func (r *rig) keys() map[string]flow.Press {
	found := map[string]flow.Press{}
	for _, row := range r.chat.messages[len(r.chat.messages)-1].rows {
		for _, b := range row {
			found[plainText(wording.Catalogue{}.Plain(b.Label))] = b.Press
		}
	}
	return found
}

// pressTab presses the tab of a name, whatever it counts, and says what that is.
func (r *rig) pressTab(name string) int {
	r.t.Helper()
	for key := range r.keys() {
		if count, ok := strings.CutPrefix(strings.TrimPrefix(key, "• "), name+" "); ok {
			r.press(key)
			n, err := strconv.Atoi(count)
			if err != nil {
				r.t.Fatalf("the tab %q counts nothing", key)
			}
			return n
		}
	}
	r.t.Fatalf("no tab %q; the last message is\n%s", name, r.chat.last())
	return 0
}

// allPages goes from the first page to the last, and wants each booking once, five a page, numbered on.
func (r *rig) allPages() map[string]bool {
	r.t.Helper()
	seen := map[string]bool{}
	for {
		keys, before := r.keys(), len(seen)
		for number := len(seen) + 1; number <= before+5; number++ {
			press, ok := keys[strconv.Itoa(number)]
			if !ok {
				break
			}
			booking, _, _ := strings.Cut(press.Value, ":")
			if press.Action != "card" || seen[booking] {
				r.t.Fatalf("number %d opens %v: a booking that was shown before?", number, press)
			}
			seen[booking] = true
		}
		if _, more := keys["Next ›"]; !more {
			return seen
		}
		if len(seen) != before+5 {
			r.t.Fatalf("%d bookings on a page that is not the last", len(seen)-before)
		}
		r.press("Next ›")
	}
}

// Three hundred bookings: over the pages of every tab, in both orders, each is shown once, and the list is read once.
func TestThreeHundredBookings(t *testing.T) {
	t.Parallel()
	for _, side := range []struct{ command, token, op string }{
		{"/bookings", clientToken, apisim.OpMadeBookings},
		{"/requests", performerToken, apisim.OpReceivedBookings},
	} {
		t.Run(side.command, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(side.token)
			r.plantMany(300)
			r.say(side.command)
			shares := map[string]bool{}
			for _, name := range []string{"Needs you", "Upcoming", "Past", "All"} {
				count := r.pressTab(name)
				one := r.allPages()
				for key := range r.keys() {
					if strings.HasPrefix(key, "Order:") {
						r.press(key)
					}
				}
				if diff := cmp.Diff(one, r.allPages()); diff != "" {
					t.Errorf("%s shows other bookings in the other order:\n%s", name, diff)
				}
				if len(one) != count || count == 0 {
					t.Errorf("%s counts %d and shows %d", name, count, len(one))
				}
				if name == "All" {
					if diff := cmp.Diff(shares, one); diff != "" || count != 300 {
						t.Errorf("the other tabs do not share All out:\n%s", diff)
					}
					continue
				}
				for booking := range one {
					if shares[booking] {
						t.Errorf("%s is in two tabs", booking)
					}
					shares[booking] = true
				}
			}
			if calls := r.platform.Calls(side.op); calls > 4 {
				t.Errorf("the list took %d calls", calls)
			}
		})
	}
}

// watched sees who asks for lists, and can have them short.
type watched struct {
	conversations.Platform
	short bool
	asked []apiclient.MemberID
}

func (w *watched) ReadBookings(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery, known []apiclient.Digest) (apiclient.Reading, error) {
	w.asked = append(w.asked, as.For)
	r, err := w.Platform.ReadBookings(ctx, as, side, q, known)
	r.Short = w.short
	return r, err
}

func TestAListThatMovedWhileItWasRead(t *testing.T) {
	const moved = "The list moved while it was read"
	r := newRig(t, monday)
	r.link(performerToken)
	r.plantMany(60)
	w := &watched{Platform: r.api, short: true}
	r.platformOf(w)
	r.say("/requests")
	r.wantSaid(moved)
	r.pressTab("All")
	if r.wantSaid(moved); len(w.asked) != 2 {
		t.Errorf("a list that may lack bookings was kept: %d readings", len(w.asked))
	}
	r.pressTab("Needs you")
	r.press("5") // the call of this request is ahead
	r.press("Back to the list")
	r.wantSaid(moved)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.pressed(0, flow.Press{Of: r.tag(), Action: "card", Value: fmt.Sprintf("r%d", id)})
	r.press("Accept for 12.00 credits")
	r.wantSaid("I could not look for other calls at that time.")
	w.short = false
	r.say("/requests")
	readings := len(w.asked)
	r.pressTab("Past")
	if strings.Contains(r.chat.last(), moved) || len(w.asked) != readings {
		t.Errorf("a list that was read whole is read again (%d more), or said to be short:\n%s", len(w.asked)-readings, r.chat.last())
	}
}

func TestAShortListWithoutBookings(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.platformOf(&watched{Platform: r.api, short: true})
	r.say("/bookings")
	r.wantSaid("The list moved while it was read")
	r.wantSaid("You have not booked a call yet.")
}

// Refresh and the command ask the site; whatever turns pages within five minutes does not, nor a tab within half a minute.
func TestWhenAListIsReadAnew(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.plantMany(60)
	w := &watched{Platform: r.api}
	r.platformOf(w)
	for _, step := range []struct {
		name string
		do   func()
		want int // readings so far
	}{
		{"the command", func() { r.say("/bookings") }, 1},
		{"a tab", func() { r.pressTab("All") }, 1},
		{"a page", func() { r.press("Next ›") }, 1},
		{"a card", func() { r.press("6") }, 1},
		{"back", func() { r.press("Back to the list") }, 1},
		{"refresh", func() { r.press("Refresh") }, 2},
		{"the page after it", func() { r.press("Next ›") }, 2},
		{"a page just in time", func() { r.clock.Advance(29 * time.Second); r.press("Next ›") }, 2},
		{"a page after minutes", func() { r.clock.Advance(4 * time.Minute); r.press("Next ›") }, 2},
		{"a tab after minutes", func() { r.pressTab("All") }, 3},
		{"a page of that", func() { r.press("Next ›") }, 3},
		{"a page too late", func() { r.clock.Advance(5 * time.Minute); r.press("Next ›") }, 4},
		{"the command again", func() { r.say("/bookings") }, 5},
	} {
		step.do()
		if len(w.asked) != step.want {
			t.Errorf("after %s the list was read %d times, want %d", step.name, len(w.asked), step.want)
		}
	}
}

// A booking that was just made is in the list that the card leads to.
func TestTheListAfterSending(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.say("/bookings") // which is kept
	r.wantSaid("You have not booked a call yet")
	r.press("Send request")
	r.press("Yes, send")
	r.press("My bookings")
	r.wantSaid("1. Tue 16 Feb 21:30")
}

// A manager sees the member's lists, in texts that do not say "you" of the member.
func TestTheListsOfAMember(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	w := &watched{Platform: r.api}
	r.platformOf(w)
	about := func() string { // the list, without the banner and the keys below it
		_, text, _ := strings.Cut(r.chat.last(), "\n")
		return strings.ToLower(text + fmt.Sprint(r.keys()))
	}
	quiet := func(where string) {
		t.Helper()
		for _, word := range []string{"you", "i will"} {
			if strings.Contains(about(), word) {
				t.Errorf("%s says %q:\n%s", where, word, r.chat.last())
			}
		}
	}
	for _, command := range []string{"/requests", "/bookings"} {
		r.say(command)
		r.wantSaid("Acting as QuietHarbour")
		r.wantSaid("QuietHarbour")
		quiet("empty " + command)
	}
	r.platform.AddBooking(apisim.Seed{Client: harbourID, Performer: performerID, Status: apisim.StatusCancelled})
	r.say("/bookings")
	r.wantSaid("1. Tue 16 Feb")
	for _, name := range []string{"Needs action", "Upcoming", "Past", "All"} {
		r.pressTab(name)
		quiet("made, " + name)
	}
	r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: harbourID})
	r.say("/requests")
	r.wantSaid("1. Tue 16 Feb")
	for _, name := range []string{"Needs action", "Upcoming", "Past", "All"} {
		r.pressTab(name)
		quiet("received, " + name)
	}
	for _, member := range w.asked {
		if member != harbourID {
			t.Errorf("a list was read for %d", member)
		}
	}
}

// The site may have no list of received bookings for managers, while its own member has one.
func TestNoReceivedListForAManager(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	r.platform.SetFault(apisim.OpReceivedBookings, apisim.Fault{Kind: apisim.FaultNotFound})
	r.say("/requests")
	r.wantSaid("The site offers managers no list of the requests QuietHarbour received")
	if _, offered := r.keys()["Answer by booking number"]; offered {
		t.Error("a manager is offered to answer")
	}
	r.pressed(0, flow.Press{Of: keyOf(r.keys()), Action: "bynumber"})
	r.wantSaid("That can't be done for a member of the group")
	r.press("Home")
	r.say("/bookings")
	r.wantSaid("QuietHarbour has booked no call yet")
	r.platform.ClearFaults()
	r.say("/requests")
	r.wantSaid("Nobody has asked QuietHarbour for a call yet")
}

// A member who has left the group is not a list that is missing.
func TestTheListOfALostMember(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	r.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultNotFound})
	r.say("/requests")
	r.wantSaid("The site no longer lets you act for QuietHarbour")
}

// keyOf is whose the keys are.
func keyOf(keys map[string]flow.Press) string { return keys["Home"].Of }

// What is missing stays apart from what cannot be had at the moment.
func TestNoReceivedListForOtherReasons(t *testing.T) {
	for _, kind := range apisim.FaultKinds() {
		if kind.Commits || kind.Kind == apisim.FaultHangBefore {
			continue
		}
		t.Run(string(kind.Kind), func(t *testing.T) {
			r := newRig(t, monday)
			r.link(performerToken)
			r.platform.SetFault(apisim.OpReceivedBookings, apisim.Fault{Kind: kind.Kind, Status: 503})
			r.say("/requests")
			_, offered := r.keys()["Answer by booking number"]
			if offered != (kind.Kind == apisim.FaultNotFound) {
				t.Errorf("offered: %v\n%s", offered, r.chat.last())
			}
			r.platform.ClearFaults()
			r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
			if kind.Kind == apisim.FaultUnauthorized || kind.Kind == apisim.FaultRateLimited { // there is more in the way
				return
			}
			r.press("Try again")
			r.wantSaid("1. Tue 16 Feb")
		})
	}
}

// Buttons of before tabs, of other lists, and of nobody.
func TestStaleListButtons(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.plantMany(60)
	r.say("/requests")
	r.pressed(0, flow.Press{Of: r.tag(), Action: "list", Value: "r2c"})
	r.wantSaid("6. Tue 16 Feb")
	if _, all := r.keys()["• All 60"]; !all {
		t.Errorf("a button without a tab leads to %v", r.keys())
	}
	r.pressed(0, flow.Press{Of: r.tag(), Action: "list", Value: "ra9999n"})
	r.wantSaid("60. ")
	for _, value := range []string{"", "rx1n", "ra0n", "ra1n!!", "🙂🙂🙂", strings.Repeat("9", 40)} {
		r.pressed(0, flow.Press{Of: r.tag(), Action: "list", Value: value})
		r.wantSaid("Linked as")
	}
	r.say("/requests")
	shown := r.chat.last()
	calls := r.platform.Calls(apisim.OpReceivedBookings)
	r.pressed(0, flow.Press{Of: "abcdef012345", Action: "list", Value: "ra1n!"})
	if r.chat.last() != shown || r.platform.Calls(apisim.OpReceivedBookings) != calls {
		t.Errorf("another account's button was answered:\n%s", r.chat.last())
	}
}
