package conversations_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// seenBooking is how a booking looked that the account is to hear of.
func (r *rig) seenBooking(b store.Snapshot) {
	r.t.Helper()
	b.Account = r.account().ID
	if err := r.db.Update(r.t.Context(), func(tx *store.Tx) error { return tx.PutSnapshot(b) }); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) enqueueOwn(n store.Notification) {
	r.t.Helper()
	n.ID, n.Account, n.Chat = newUUID(), r.account().ID, theUser
	if err := r.db.Update(r.t.Context(), func(tx *store.Tx) error { return tx.Enqueue(n) }); err != nil {
		r.t.Fatal(err)
	}
}

// waiting lists what is queued: kind, booking, lead, and how long from now it is due.
func (r *rig) waiting() map[string]time.Duration {
	r.t.Helper()
	found := map[string]time.Duration{}
	for _, n := range r.inQueue() {
		name := fmt.Sprintf("%s %d", n.Kind, n.Booking)
		if n.Lead > 0 {
			name += fmt.Sprint(" ", n.Lead)
		}
		if _, twice := found[name]; twice {
			r.t.Errorf("%s is queued twice", name)
		}
		found[name] = n.Due.Sub(r.clock.Now())
	}
	return found
}

func (r *rig) wantWaiting(when string, want map[string]time.Duration) {
	r.t.Helper()
	if diff := cmp.Diff(want, r.waiting(), cmpopts.EquateEmpty()); diff != "" {
		r.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// Two devices show cards of different ages: whichever is pressed, and how often, the choice is as the key said.
func TestAnOldCardDoesWhatItsKeySays(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/alerts")
	r.press("What you hear of")
	card, off, _ := r.chat.find("✓ Accepted")
	r.pressed(card, off)
	r.pressed(card, off)
	r.wantSaid("9 of 10 kinds of news")
	_, on, _ := r.chat.find("Accepted")
	r.pressed(card, on)
	r.pressed(card, on)
	if got := r.account().Alerts; !got.Wants(alert.Accepted) {
		t.Errorf("switched on twice: %+v", got)
	}
	r.pressed(card, off) // the other device still shows it as on
	if got := r.account().Alerts; got.Wants(alert.Accepted) {
		t.Errorf("switched off: %+v", got)
	}
	said := r.chat.last()
	r.do("alset", "events weather+")
	if got := r.account().Alerts; !cmp.Equal(got, alert.Default().With(alert.Accepted, false)) {
		t.Errorf("a forged key: %+v", got)
	}
	r.wantSaid("You hear of")
	r.restart()
	r.do("alerts", "events")
	if again := r.chat.last(); again != said {
		t.Errorf("after a restart:\n%s", again)
	}
}

// What is chosen of reminders and warnings is so at once for the bookings that are known, and nothing else is touched.
func TestChoicesReachTheQueue(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	woken := 0
	r.desk.OnQueued(func() { woken++ })
	call, by := monday.Add(48*time.Hour), monday.Add(3*time.Hour)
	r.seenBooking(store.Snapshot{Side: "made", Booking: 1, Status: "Confirmed", Credits: "12.00", Session: call})
	r.seenBooking(store.Snapshot{Side: "received", Booking: 2, Status: "Pending", Credits: "12.00", Session: call, AcceptBy: by})
	r.seenBooking(store.Snapshot{Side: "made", Booking: 3, Status: "Cancelled", Credits: "12.00", Session: call})
	r.enqueueOwn(store.Notification{Kind: alert.Reminder, Side: "made", Booking: 1, Lead: 5 * time.Minute, Session: call, Due: call.Add(-5 * time.Minute)})
	r.do("alset", "remind 1440+")
	want := map[string]time.Duration{
		"reminder 1 24h0m0s": 24 * time.Hour, "reminder 1 1h0m0s": 47 * time.Hour, "reminder 1 15m0s": 48*time.Hour - 15*time.Minute,
		"reminder 1 5m0s": 48*time.Hour - 5*time.Minute, "reply_by 2 30m0s": 150 * time.Minute,
	}
	r.wantWaiting("a day before", want)
	r.do("alset", "remind 1440+")
	r.wantWaiting("once more", want)
	r.do("alset", "remind 60-")
	delete(want, "reminder 1 1h0m0s")
	r.wantWaiting("not an hour before", want)
	r.do("alset", "events reply_by-")
	delete(want, "reply_by 2 30m0s")
	r.wantWaiting("no warning", want)
	r.do("alset", "events all")
	want["reply_by 2 30m0s"] = 150 * time.Minute
	r.wantWaiting("everything", want)
	r.do("alset", "remind 5+")
	r.do("alset", "remind 5-")
	r.wantWaiting("the one that was set by hand stays", want)
	if woken != 7 {
		t.Errorf("the outbox was told %d times", woken)
	}
}

// There is one summary in the queue, at its next time in the person's zone, whatever was pressed before.
func TestOneSummary(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.do("alset", "summary 480")
	r.wantWaiting("at eight", map[string]time.Duration{"summary 0": 20 * time.Hour})
	r.do("alset", "summary 840")
	r.do("alset", "summary 840")
	r.wantWaiting("at two", map[string]time.Duration{"summary 0": 2 * time.Hour})
	r.livesIn("New York") // where it is seven in the morning
	r.wantWaiting("at two in New York", map[string]time.Duration{"summary 0": 7 * time.Hour})
	if n := r.inQueue()[0]; n.Chat != theUser || n.Kind != alert.Summary || n.Key != "" {
		t.Errorf("queued: %+v", n)
	}
	r.do("summarytime", "")
	r.say("6:30am")
	r.wantSaid("06:30, New York time")
	r.wantWaiting("tomorrow", map[string]time.Duration{"summary 0": 23*time.Hour + 30*time.Minute})
	r.do("alset", "summary off")
	r.do("alset", "summary off")
	r.wantWaiting("off", nil)
	if s := r.account().Alerts.Summary; s.On {
		t.Errorf("%+v", s)
	}
	r.livesIn("London")
	r.wantWaiting("off, elsewhere", nil)
}

// A summary whose sending failed is planned afresh.
func TestAMovedSummaryIsTriedAnew(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	for range 2 {
		r.enqueueOwn(store.Notification{Kind: alert.Summary, Due: monday.Add(time.Minute), Attempts: 3, Doubtful: true, Tried: monday})
	}
	r.do("alset", "summary 780")
	r.wantWaiting("at one", map[string]time.Duration{"summary 0": time.Hour})
	if n := r.inQueue()[0]; n != n.Untried() {
		t.Errorf("%+v", n)
	}
}

// News that was held back does not wait for hours that the person has changed. What is to come, and what waits for
// another try, stays when it is.
func TestHeldNewsIsJudgedAnew(t *testing.T) {
	call := monday.Add(3 * time.Hour)
	for name, change := range map[string]func(*rig){
		"off":          func(r *rig) { r.do("alset", "quiet off") },
		"silent":       func(r *rig) { r.do("alset", "quiet silent") },
		"other times":  func(r *rig) { r.do("quiettimes", ""); r.say("22-6") },
		"another zone": func(r *rig) { r.livesIn("New York") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.do("quiettimes", "")
			r.say("11-14")
			r.do("alset", "quiet hold")
			r.enqueueOwn(store.Notification{Kind: alert.Accepted, Side: "made", Booking: 1, Due: monday.Add(2 * time.Hour)})
			r.enqueueOwn(store.Notification{Kind: alert.Accepted, Side: "made", Booking: 2, Due: monday.Add(-time.Hour)})
			r.enqueueOwn(store.Notification{Kind: alert.Accepted, Side: "made", Booking: 3, Due: monday.Add(time.Minute), Attempts: 1})
			r.enqueueOwn(store.Notification{Kind: alert.Reminder, Side: "made", Booking: 4, Due: call.Add(-time.Hour), Lead: time.Hour, Session: call})
			r.enqueueOwn(store.Notification{Kind: alert.Reminder, Side: "made", Booking: 5, Due: monday.Add(2 * time.Hour), Lead: 4 * time.Hour, Session: call})
			r.enqueueOwn(store.Notification{Kind: alert.ReplyBy, Side: "made", Booking: 6, Due: monday.Add(2 * time.Hour), Lead: time.Hour, AcceptBy: call})
			r.enqueueOwn(store.Notification{Kind: alert.ReplyBy, Side: "made", Booking: 7, Due: monday.Add(2 * time.Hour), Lead: 2 * time.Hour, AcceptBy: call})
			r.enqueueOwn(store.Notification{Kind: alert.Summary, Due: monday.Add(20 * time.Hour)})
			before := r.waiting()
			r.do("alset", "level minimal")
			r.wantWaiting("another choice", before)
			change(r)
			r.wantWaiting("now", map[string]time.Duration{
				"accepted 1": 0, "accepted 2": -time.Hour, "accepted 3": time.Minute, "reminder 4 1h0m0s": 2 * time.Hour,
				"reminder 5 4h0m0s": -time.Hour, "reply_by 6 1h0m0s": 2 * time.Hour, "reply_by 7 2h0m0s": time.Hour, "summary 0": 20 * time.Hour,
			})
		})
	}
}

func TestATestAlert(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	woken := 0
	r.desk.OnQueued(func() { woken++ })
	r.do("altest", "")
	r.wantSaid("A test alert is on its way.")
	want := []store.Notification{{Account: r.account().ID, Chat: theUser, Kind: alert.Test, Made: monday, Due: monday}}
	if diff := cmp.Diff(want, r.inQueue(), cmpopts.IgnoreFields(store.Notification{}, "ID")); diff != "" || woken != 1 {
		t.Fatalf("the outbox was told %d times (-want +got):\n%s", woken, diff)
	}
	r.clock.Advance(9 * time.Second)
	r.do("altest", "")
	r.wantSaid("went out just now")
	if woken != 1 {
		t.Error("the outbox was told of nothing")
	}
	r.clock.Advance(time.Second)
	r.do("altest", "") // and the first one has not left yet
	r.wantSaid("A test alert is on its way.")
	r.wantWaiting("the second one", map[string]time.Duration{"test 0": 0})
	r.platform.RevokeToken(clientToken)
	r.say("/balance")
	r.clock.Advance(time.Minute)
	r.do("altest", "")
	r.wantSaid("Alerts have paused")
	if got := r.waiting()["test 0"]; got != -time.Minute {
		t.Errorf("another one was queued while alerts pause: %v", got)
	}
}

// Whoever links anew, by whichever way, finds what they had chosen; whoever is new begins with reminders.
func TestLinkingAnewKeepsTheChoices(t *testing.T) {
	for name, tc := range map[string]struct {
		key  string
		link func(*rig)
	}{
		"pasted": {"Paste a new token", func(r *rig) { r.say(clientToken) }},
		"signed in": {"Sign in again", func(r *rig) {
			r.browser("allow", "NightOwl77")
			r.say(r.lastCode())
			r.press("Yes, that is me")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.withSignIn()
			r.say("/start")
			if tc.key == "Sign in again" {
				r.press("Sign in on the site")
			} else {
				r.press("Paste an access token")
			}
			tc.link(r)
			r.wantSaid("Alerts are on and discreet")
			if diff := cmp.Diff(alert.Default(), r.account().Alerts); diff != "" {
				t.Errorf("new (-want +got):\n%s", diff)
			}
			r.do("alset", "level standard")
			r.do("alset", "summary 480")
			chosen := r.account().Alerts
			r.say("/account")
			r.press(tc.key)
			tc.link(r)
			r.wantSaid("Alerts are on, as you set them")
			if diff := cmp.Diff(chosen, r.account().Alerts); diff != "" {
				t.Errorf("linked anew (-want +got):\n%s", diff)
			}
			r.wantWaiting("the summary stays", map[string]time.Duration{"summary 0": 20 * time.Hour})
			r.say("/account")
			r.press("Unlink")
			r.press("Yes, unlink")
			r.link(clientToken)
			if diff := cmp.Diff(alert.Default(), r.account().Alerts); diff != "" {
				t.Errorf("after unlinking (-want +got):\n%s", diff)
			}
			r.wantWaiting("nothing is left", nil)
		})
	}
}

// An account that is not linked, or not here any more, has no choices: the way leads to linking, and comes back.
func TestAlertsOfNobody(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/alerts")
	card, page, _ := r.chat.find("Quiet hours")
	_, test, _ := r.chat.find("Send a test alert")
	r.say("/account")
	r.press("Unlink")
	r.press("Yes, unlink")
	said := r.chat.last()
	for _, p := range []flow.Press{page, test} {
		r.pressed(card, p)
		if r.chat.last() != said {
			t.Errorf("%s: %s", p.Action, r.chat.last())
		}
	}
	r.say("/alerts")
	r.wantSaid("Paste your access token")
	r.say(clientToken)
	r.press("Go on with what you asked")
	r.wantSaid("You hear of: everything.")
}

// Whoever acts for a member chooses for the account itself, from whichever card.
func TestAlertsAreOnesOwnWhileActing(t *testing.T) {
	r := newRig(t, monday)
	r.withKey()
	r.link("demo-manager-north-5ac81e40")
	r.say("/actas")
	r.press("VelvetVoice")
	card, members, _ := r.chat.find("What was done")
	r.pressed(card, flow.Press{Of: members.Of, Action: "alset", Value: "level minimal"})
	r.wantSaid("How much an alert says")
	if got := r.account().Alerts.Level; got != alert.Minimal || strings.Contains(r.chat.last(), "Acting as") {
		t.Errorf("the level is %q, and the card says\n%s", got, r.chat.last())
	}
	r.say("/alerts")
	r.wantSaid("Stop that first")
}
