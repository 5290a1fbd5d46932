package conversations_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

func (r *rig) write(how func(tx *store.Tx) error) {
	r.t.Helper()
	r.check(r.db.Update(r.t.Context(), how))
}

// prefer sets what the person chose, and where they live.
func (r *rig) prefer(zone string, chosen alert.Prefs) {
	r.t.Helper()
	account := r.account()
	account.Alerts, account.Zone = chosen, zone
	r.write(func(tx *store.Tx) error { return tx.PutAccount(account) })
}

// known keeps a snapshot as a look would, of a call in the evening with NameA, unless it is changed.
func (r *rig) known(side, status string, change ...func(*store.Snapshot)) store.Snapshot {
	r.t.Helper()
	s := store.Snapshot{
		Account: r.account().ID, Side: side, Booking: 48213, Status: status, Credits: "135.00", Duration: 30, Nickname: "NameA",
		Session: monday.Add(7 * time.Hour), AcceptBy: monday.Add(4 * time.Hour), Updated: r.clock.Now(),
	}
	for _, c := range change {
		c(&s)
	}
	r.write(func(tx *store.Tx) error { return tx.PutSnapshot(s) })
	return s
}

// newsOf is what the poller makes of a snapshot.
func (r *rig) newsOf(kind alert.Kind, s store.Snapshot) store.Notification {
	return store.Notification{
		ID: newUUID(), Account: s.Account, Chat: theUser, Kind: kind, Side: s.Side, Booking: s.Booking, Status: s.Status, Credits: s.Credits,
		Nickname: s.Nickname, Session: s.Session, Duration: s.Duration, AcceptBy: s.AcceptBy, Member: s.Member,
		Made: r.clock.Now(), Due: r.clock.Now(), Updated: s.Updated,
	}
}

func (r *rig) enqueue(news ...store.Notification) {
	r.t.Helper()
	r.write(func(tx *store.Tx) error {
		for _, n := range news {
			if err := tx.Enqueue(n); err != nil {
				return err
			}
		}
		return nil
	})
}

// tell sends news as the outbox would; false if there was nothing left to say.
func (r *rig) tell(news ...store.Notification) bool {
	r.t.Helper()
	view, say, err := r.desk.Alert(r.t.Context(), news[0].Account, news)
	r.check(err)
	if say {
		_, err = r.chat.Send(r.t.Context(), theUser, view)
		r.check(err)
	}
	return say
}

func TestALevelAndAZoneAreThePersons(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	s := r.known(store.SideMade, "Accepted")
	for _, tc := range []struct {
		zone  string
		level alert.Level
		want  string
	}{
		{"", alert.Discreet, "An appointment was updated."},
		{"", alert.Minimal, "You have an update."},
		{"", alert.Standard, "NameA accepted: Mon 15 Feb 19:00, 30 min, 135.00 credits. Confirm by 16:00."},
		{"America/New_York", alert.Standard, "NameA accepted: Mon 15 Feb 14:00 New York time (19:00 UK time), 30 min, 135.00 credits. Confirm by 11:00 New York time."},
		{"Asia/Kolkata", alert.Standard, "NameA accepted: Tue 16 Feb 00:30 India time (Mon 19:00 UK time), 30 min, 135.00 credits. Confirm by 21:30 India time."},
	} {
		r.prefer(tc.zone, alert.Prefs{Level: tc.level})
		r.tell(r.newsOf(alert.Accepted, s))
		if got := r.chat.last(); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
	gone := r.newsOf(alert.Accepted, s)
	gone.Account[0]++
	if r.tell(gone) {
		t.Error("something is said of an account that is gone")
	}
}

func TestAReplyByWarningIsReadAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*rig, *store.Notification)
		want  string // empty: nothing is said
	}{
		"unanswered": {func(*rig, *store.Notification) {}, "About 30 minutes left to answer the request from NightOwl77"},
		"accepted":   {func(r *rig, n *store.Notification) { r.check(r.platform.Accept(n.Booking, "")) }, ""},
		"declined":   {func(r *rig, n *store.Notification) { r.check(r.platform.Reject(n.Booking, "x")) }, ""},
		"withdrawn":  {func(r *rig, n *store.Notification) { r.check(r.platform.CancelMade(n.Booking, "x")) }, ""},
		"removed":    {func(r *rig, n *store.Notification) { r.platform.Remove(n.Booking) }, ""},
		"too late":   {func(r *rig, _ *store.Notification) { r.clock.Advance(31 * time.Minute) }, ""},
		"put off": {func(_ *rig, n *store.Notification) {
			n.AcceptBy, n.Attempts, n.Doubtful, n.Tried = n.AcceptBy.Add(-time.Hour), 3, true, monday.Add(-time.Hour)
		}, ""},
		"nobody tells": {down, "I could not check whether it still stands."},
		"down, and late": {func(r *rig, n *store.Notification) {
			down(r, n)
			r.clock.Advance(31 * time.Minute)
		}, ""},
		"the amount is another": {func(r *rig, _ *store.Notification) {
			r.platformOf(edited{r.api, func(b *apiclient.Booking) { b.Duration, b.Other.Nickname = 45, "NameB" }})
		}, "left to answer the request from NameB: Mon 15 Feb 19:00, 45 min"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(performerToken)
			r.prefer("", alert.Prefs{Level: alert.Standard})
			id := r.platform.AddBooking(apisim.Seed{
				Client: clientID, Performer: performerID, Session: monday.Add(7 * time.Hour), AcceptBy: monday.Add(30 * time.Minute),
			})
			b, _ := r.platform.Booking(id)
			n := store.Notification{
				ID: newUUID(), Account: r.account().ID, Chat: theUser, Kind: alert.ReplyBy, Side: store.SideReceived, Booking: id,
				Status: "Pending", Session: b.Session, AcceptBy: b.AcceptBy, Lead: store.ReplyByLead, Due: monday, Credits: "12.00", Duration: 10,
			}
			tc.spoil(r, &n)
			r.enqueue(n)
			said := r.tell(n)
			if said != (tc.want != "") || said && !strings.Contains(r.chat.last(), tc.want) {
				t.Errorf("said %v: %s", said, r.chat.last())
			}
			if name != "put off" {
				return
			}
			kept := r.inQueue()[0]
			if !kept.AcceptBy.Equal(b.AcceptBy) || !kept.Due.Equal(b.AcceptBy.Add(-store.ReplyByLead)) {
				t.Errorf("put off to %s for %s", kept.Due, kept.AcceptBy)
			}
			if kept != kept.Untried() {
				t.Errorf("what was tried was for another time: %+v", kept)
			}
		})
	}
}

func down(r *rig, _ *store.Notification) {
	r.platform.SetFault(apisim.OpReceivedBookingDetails, apisim.Fault{Kind: apisim.FaultDown})
}

// What is to come for a member is asked for in the member's name: to the manager's own account it is nothing.
func TestAMembersBookingIsReadForThem(t *testing.T) {
	r := managing(t)
	r.prefer("", alert.Prefs{Level: alert.Standard})
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: harbourID, Session: monday.Add(7 * time.Hour), AcceptBy: monday.Add(30 * time.Minute)})
	b, _ := r.platform.Booking(id)
	r.write(func(tx *store.Tx) error {
		return tx.PutWatch(store.Watch{Account: r.account().ID, Member: harbourID, Nickname: "QuietHarbour"})
	})
	n := store.Notification{
		ID: newUUID(), Account: r.account().ID, Kind: alert.ReplyBy, Side: store.SideReceived, Booking: id, Member: harbourID, Session: b.Session, AcceptBy: b.AcceptBy,
	}
	if !r.tell(n) {
		t.Fatal("nothing is said")
	}
	r.wantSaid("For QuietHarbour: About 30 minutes left to answer the request from NightOwl77: Mon 15 Feb 19:00")
	if strings.Contains(r.chat.last(), "could not check") {
		t.Errorf("it was not read:\n%s", r.chat.last())
	}
	if _, open, _ := r.chat.find("Open"); open.Action != "actopen" || open.Of != r.own() {
		t.Errorf("it is opened by %v", open)
	}
	n.Member = 0
	if r.tell(n) {
		t.Errorf("the manager's own: %s", r.chat.last())
	}
}

// Of several, what is no more is left out; one that is left is told as one.
func TestSeveralOfWhichSomeAreNoMore(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.prefer("", alert.Prefs{Level: alert.Standard})
	news := r.newsOf(alert.Accepted, r.known(store.SideMade, "Accepted"))
	reminder := func() store.Notification {
		return store.Notification{
			ID: uuid.Must(uuid.NewV7()), Account: news.Account, Kind: alert.Reminder, Side: store.SideMade, Booking: 7777, Session: monday.Add(time.Hour),
		}
	}
	if !r.tell(news, reminder(), reminder()) {
		t.Fatal("nothing is said")
	}
	r.wantSaid("NameA accepted: ")
	if r.tell(reminder(), reminder()) {
		t.Errorf("of nothing: %s", r.chat.last())
	}
}

// The buttons of an alert are the account's own, also while it acts for a member.
func TestButtonsOfAlertsWhileActing(t *testing.T) {
	r := managing(t)
	s := r.known(store.SideReceived, "Pending")
	r.actAs("QuietHarbour")
	for _, label := range []string{"Snooze 15 min", "Tell me now", "Mute this", "Unmute"} {
		if label == "Snooze 15 min" || label == "Mute this" {
			r.tell(r.newsOf(alert.Request, s))
		}
		r.press(label)
		if strings.Contains(r.chat.last(), "member of the group") || strings.Contains(r.chat.last(), "Acting as") {
			t.Errorf("%s shows\n%s", label, r.chat.last())
		}
	}
	if r.snapshot("received", s.Booking).Muted {
		t.Error("unmuting did nothing")
	}
	if r.acting().Member != harbourID {
		t.Error("the acting is over")
	}
}

// A press by another account, or of nonsense, does nothing.
func TestForgedButtonsOfAlerts(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	s := r.known(store.SideMade, "Accepted")
	r.tell(r.newsOf(alert.Accepted, s))
	card, press, _ := r.chat.find("Mute this")
	before := r.chat.last()
	press.Of = "0123456789ab"
	r.pressed(card, press)
	if r.chat.last() != before || r.snapshot("made", s.Booking).Muted {
		t.Errorf("another account's button: %s", r.chat.last())
	}
	for _, action := range []string{"newssnooze", "newswake", "newsmute", "newsunmute", "newsreview"} {
		values := []string{"", "m48213", "zm48213", "am0", "am48213:m2n"}
		if action == "newsreview" {
			values = []string{"", "-5", "0", "zzzzzzzzzz", "zzzzzzzzzzzzzzzzzzzz", "1:2"}
		}
		for _, value := range values {
			r.do(action, value)
			if !strings.Contains(r.chat.last(), "Linked as") {
				t.Errorf("%s %q shows\n%s", action, value, r.chat.last())
			}
		}
		if action == "newsreview" {
			continue
		}
		r.do(action, "am999")
		r.wantSaid("I keep nothing of that booking any more.")
	}
	if after := r.snapshot("made", s.Booking); after.Muted || !after.Snoozed.IsZero() || len(r.inQueue()) > 0 {
		t.Errorf("something was done: %v", after)
	}
}

func TestReview(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.prefer("", alert.Prefs{Level: alert.Discreet})
	r.write(func(tx *store.Tx) error {
		return tx.PutWatch(store.Watch{Account: r.account().ID, Member: harbourID, Nickname: "QuietHarbour"})
	})
	numbered := func(id int64, name string, updated time.Time) func(*store.Snapshot) {
		return func(s *store.Snapshot) { s.Booking, s.Nickname, s.Updated = id, name, updated }
	}
	r.known(store.SideMade, "Confirmed", numbered(1, "Before", monday.Add(-time.Minute)))
	first := r.known(store.SideMade, "Accepted", numbered(2, "<b>&_", monday))
	second := r.known(store.SideReceived, "Pending", numbered(3, "NameC", monday.Add(2*time.Minute)), func(s *store.Snapshot) { s.Member = harbourID })
	r.clock.Advance(5 * time.Minute)
	r.tell(r.newsOf(alert.Request, second), r.newsOf(alert.Accepted, first))
	if r.chat.last() != "2 updates" {
		t.Fatalf("told as %s", r.chat.last())
	}
	r.platformOf(panicky{}) // nothing is read
	card, review, _ := r.chat.find("Review")
	r.press("Review")
	want := `Changed since Mon 15 Feb 12:00
Times are UK time.
1. NameC asked QuietHarbour: Mon 15 Feb 19:00, 30 min, 135.00 credits
⏳ Pending
2. You asked <b>&_: Mon 15 Feb 19:00, 30 min, 135.00 credits
👍 Accepted, to be confirmed`
	if r.chat.last() != want {
		t.Errorf("got %s", r.chat.last())
	}
	_, one, _ := r.chat.find("1")
	_, two, _ := r.chat.find("2")
	wantOne := flow.Press{Of: r.tag(), Action: "actopen", Value: "gj5i:3"}
	if wantTwo := (flow.Press{Of: r.tag(), Action: "card", Value: "m2"}); two != wantTwo || one != wantOne {
		t.Errorf("they are opened by %v and %v", one, two)
	}
	// Much later the old button shows what has changed since, the newest first, and no more than eight.
	r.clock.Advance(24 * time.Hour)
	for i := range 9 {
		r.known(store.SideMade, "Cancelled", numbered(int64(10+i), fmt.Sprint("Name", i), r.clock.Now().Add(time.Duration(i)*time.Second)))
	}
	r.pressed(card, review)
	if said := r.chat.last(); !strings.Contains(said, "1. You asked Name8") || !strings.Contains(said, "8. You asked Name1") ||
		!strings.HasSuffix(said, "and 3 more") {
		t.Errorf("much later: %s", said)
	}
	// Nothing of that is kept any more.
	r.write(func(tx *store.Tx) error { return tx.DeleteAccount(r.account().ID) })
	r.platformOf(r.api)
	r.link(clientToken)
	r.do("newsreview", review.Value)
	r.wantSaid("Nothing that I keep has changed since Mon 15 Feb 12:00 UK time.")
	if _, _, home := r.chat.find("Home"); !home {
		t.Error("a dead end")
	}
}

func TestTheSummary(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	n := store.Notification{ID: newUUID(), Account: r.account().ID, Kind: alert.Summary}
	at := func(id int64, name string, hours float64) func(*store.Snapshot) {
		return func(s *store.Snapshot) {
			s.Booking, s.Nickname, s.Session = id, name, monday.Add(time.Duration(hours*float64(time.Hour)))
		}
	}
	member := func(s *store.Snapshot) { s.Member = harbourID }
	if r.tell(n) {
		t.Errorf("nothing is open: %s", r.chat.last())
	}
	r.known(store.SideMade, "Confirmed", at(1, "Over", -1))
	r.known(store.SideMade, "Confirmed", at(2, "Tomorrow", 12))
	r.known(store.SideMade, "Cancelled", at(3, "Off", 3))
	r.known(store.SideMade, "Pending", at(4, "Theirs", 3))
	r.known(store.SideReceived, "Pending", at(5, "Lapsed", 3), func(s *store.Snapshot) { s.AcceptBy = monday })
	r.known(store.SideReceived, "Pending", at(6, "NotOurs", 3), member)
	r.known(store.SideMade, "Accepted", at(7, "TooLate", -0.1))
	if r.tell(n) {
		t.Errorf("nothing is open: %s", r.chat.last())
	}
	r.known(store.SideReceived, "Confirmed", at(10, "NameA", 11.9))
	r.known(store.SideReceived, "Confirmed", at(11, "NameB", 1), member)
	r.known(store.SideMade, "Accepted", at(12, "NameC", 24))
	r.known(store.SideReceived, "Pending", at(13, "NameD", 6))
	r.known(store.SideMade, "Confirmed", at(14, "Now", -0.25)) // and it takes half an hour
	for _, tc := range []struct {
		zone  string
		level alert.Level
		want  string
	}{
		{"", alert.Minimal, "You have a summary."},
		{"", alert.Discreet, "Your summary: 3 appointments today, 2 wait for you."},
		{"Asia/Kolkata", alert.Discreet, "Your summary: 2 appointments today, 2 wait for you."}, // for NameA it is another day
		{"", alert.Standard, `Your summary for Mon 15 Feb
Times are UK time.
Today:
• 11:45, 30 min: Now, 135.00 credits
• 13:00, 30 min: NameB, 135.00 credits, for member 771318
• 23:54, 30 min: NameA, 135.00 credits
Waiting for you:
• Request from NameD: Mon 15 Feb 18:00, 30 min, 135.00 credits. Reply by 16:00.
• NameC accepted: Tue 16 Feb 12:00, 30 min, 135.00 credits. Confirm by 16:00.`},
		{"America/New_York", alert.Standard, `Your summary for Mon 15 Feb
Times are New York time.
Today:
• 06:45, 30 min: Now, 135.00 credits
• 08:00, 30 min: NameB, 135.00 credits, for member 771318
• 18:54, 30 min: NameA, 135.00 credits
• 19:00, 30 min: Tomorrow, 135.00 credits
Waiting for you:
• Request from NameD: Mon 15 Feb 13:00, 30 min, 135.00 credits. Reply by 11:00 New York time.
• NameC accepted: Tue 16 Feb 07:00, 30 min, 135.00 credits. Confirm by 11:00 New York time.`},
	} {
		r.prefer(tc.zone, alert.Prefs{Level: tc.level})
		if !r.tell(n) || r.chat.last() != tc.want {
			t.Errorf("in %q at %q:\n%s\nwant\n%s", tc.zone, tc.level, r.chat.last(), tc.want)
		}
	}
	for _, label := range []string{"My bookings", "Requests"} {
		if _, press, ok := r.chat.find(label); !ok || press.Action != "go" || press.Of != r.tag() {
			t.Errorf("%s is %v", label, press)
		}
	}
	r.prefer("", alert.Prefs{Level: alert.Standard})
	for i := range 5 {
		r.known(store.SideMade, "Accepted", at(int64(20+i), "More", 30+float64(i)))
	}
	r.tell(n)
	if !strings.HasSuffix(r.chat.last(), "\nand 2 more") {
		t.Errorf("seven wait: %s", r.chat.last())
	}
}

func TestTheSummaryCountsInWords(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	n := store.Notification{ID: newUUID(), Account: r.account().ID, Kind: alert.Summary}
	r.known(store.SideReceived, "Pending")
	r.tell(n)
	r.wantSaid("Your summary: no appointment today, 1 waits for you.")
	r.prefer("", alert.Prefs{Level: alert.Standard})
	r.tell(n)
	r.wantSaid("No call is agreed for today.\nWaiting for you:")
	r.prefer("", alert.Prefs{})
	r.known(store.SideReceived, "Confirmed")
	r.tell(n)
	r.wantSaid("Your summary: 1 appointment today, nothing waits for you.")
}
