package conversations_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"phonechatbot/conversations"
	"phonechatbot/internal/alert"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// What is put off to another time is as if nobody had tried to send it: else it would count as tried for days.
func TestWhatIsPutOffWasNotTried(t *testing.T) {
	tried := func(n *store.Notification) {
		n.Tried, n.Attempts, n.Doubtful = monday.Add(-time.Minute), 2, true
	}
	t.Run("a warning whose time was moved", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(performerToken)
		id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Session: monday.Add(7 * time.Hour), AcceptBy: monday.Add(90 * time.Minute)})
		b, _ := r.platform.Booking(id)
		n := store.Notification{
			ID: newUUID(), Account: r.account().ID, Chat: theUser, Kind: alert.ReplyBy, Side: store.SideReceived, Booking: id,
			Status: "Pending", Session: b.Session, AcceptBy: b.AcceptBy.Add(-time.Hour), Lead: store.ReplyByLead, Due: monday,
		}
		tried(&n)
		r.enqueue(n)
		if r.tell(n) {
			t.Fatalf("said %s", r.chat.last())
		}
		if got := r.inQueue()[0]; got != got.Untried() || !got.Due.Equal(monday.Add(time.Hour)) {
			t.Errorf("due %s, tried %s, %d times", got.Due, got.Tried, got.Attempts)
		}
	})
	t.Run("a summary at another hour", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.do("alset", "summary 480")
		n := r.inQueue()[0]
		tried(&n)
		r.write(func(tx *store.Tx) error { return tx.PutNotification(n) })
		r.do("alset", "summary 540")
		if got := r.inQueue()[0]; got != got.Untried() || !got.Due.Equal(monday.Add(21*time.Hour)) {
			t.Errorf("due %s, tried %s, %d times", got.Due, got.Tried, got.Attempts)
		}
	})
}

// The platform's clock may be ahead of ours: what is to be reviewed has changed all the same.
func TestReviewOfAPlatformThatIsAhead(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	ahead := func(s *store.Snapshot) { s.Updated = monday.Add(3 * time.Minute) }
	one := r.known(store.SideMade, "Accepted", ahead)
	two := r.known(store.SideMade, "Cancelled", ahead, func(s *store.Snapshot) { s.Booking, s.Nickname = 7, "NameB" })
	r.tell(r.newsOf(alert.Accepted, one), r.newsOf(alert.Cancelled, two))
	r.press("Review")
	r.wantSaid("Changed since Mon 15 Feb 12:00\n")
	r.wantSaid("\n1. You asked NameA: ") // of those of one moment, the newest booking first
	r.wantSaid("\n2. You asked NameB: ")
}

// One is not none, and eight are all there is room for.
func TestHowManyAReviewShows(t *testing.T) {
	for changed, want := range map[int]string{0: "Nothing that I keep has changed", 1: "\n1. You asked", 8: "\n8. You asked", 9: "and 1 more"} {
		r := newRig(t, monday)
		r.link(clientToken)
		for i := range changed {
			r.known(store.SideMade, "Accepted", func(s *store.Snapshot) { s.Booking = int64(i) + 1 })
		}
		r.do("newsreview", strconv.FormatInt(monday.Unix(), 36))
		r.wantSaid(want)
		if said := r.chat.last(); strings.Contains(said, "Changed since") != (changed > 0) || strings.Contains(said, "more") != (changed > 8) {
			t.Errorf("%d: %s", changed, said)
		}
	}
}

// Far from the platform, too, a deadline that the clocks show twice says which it is.
func TestADeadlineThatComesTwice(t *testing.T) {
	r := newRig(t, time.Date(2027, 11, 6, 12, 0, 0, 0, time.UTC))
	r.link(clientToken)
	r.prefer("America/New_York", alert.Prefs{Level: alert.Standard})
	first := time.Date(2027, 11, 7, 5, 30, 0, 0, time.UTC)
	for at, want := range map[time.Time]string{
		first:                    "Confirm by Sun 7 Nov 01:30 EDT New York time.",
		first.Add(time.Hour):     "Confirm by Sun 7 Nov 01:30 EST New York time.",
		first.Add(2 * time.Hour): "Confirm by Sun 7 Nov 02:30 New York time.",
	} {
		r.tell(r.newsOf(alert.Accepted, r.known(store.SideMade, "Accepted", func(s *store.Snapshot) {
			s.AcceptBy, s.Session = at, first.Add(24*time.Hour)
		})))
		r.wantSaid(want)
	}
}

// A level that this program does not know, of a version to come, says no name.
func TestALevelNobodyKnows(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.prefer("", alert.Prefs{Level: "whispered"})
	s := r.known(store.SideMade, "Accepted", func(s *store.Snapshot) { s.Member = harbourID })
	other := r.known(store.SideMade, "Accepted", func(s *store.Snapshot) { s.Booking = 7 })
	for _, news := range [][]store.Notification{
		{r.newsOf(alert.Accepted, s)},
		{r.newsOf(alert.Accepted, s), r.newsOf(alert.Accepted, other)},
		{{ID: newUUID(), Account: s.Account, Kind: alert.Summary}},
		{{ID: newUUID(), Account: s.Account, Kind: alert.NoAccess, Member: harbourID}},
		{{ID: newUUID(), Account: s.Account, Kind: alert.Test}},
	} {
		if !r.tell(news...) {
			t.Errorf("%s: nothing is said", news[0].Kind)
		}
		for _, private := range []string{"NameA", "Alex", "135.00", "QuietHarbour", "771318"} {
			if strings.Contains(r.chat.last(), private) {
				t.Errorf("%s says\n%s", news[0].Kind, r.chat.last())
			}
		}
	}
}

// The examples beside the choices are what alerts say.
func TestTheExamplesAreAlerts(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	for _, zone := range []string{"", "Asia/Kolkata"} {
		for _, level := range []alert.Level{alert.Standard, alert.Discreet, alert.Minimal} {
			r.prefer(zone, alert.Prefs{Level: level})
			r.tell(store.Notification{ID: newUUID(), Account: r.account().ID, Kind: alert.Test})
			_, example, ok := strings.Cut(r.chat.last(), "For example: ")
			if !ok {
				t.Fatalf("the test alert says\n%s", r.chat.last())
			}
			r.say("/alerts")
			r.wantSaid("An alert then reads: " + example + "\n")
			r.do("alerts", "level")
			r.wantSaid(": " + example + "\n")
		}
	}
	r.wantSaid("Standard: Alex accepted: Tue 16 Feb 19:00 India time (13:30 UK time), 30 min, 135.00 credits. Confirm by Tue 16 Feb 12:00 India time.")
}

// At home too, in what is reviewed and in the summary, an hour that comes twice says which it is.
func TestCallsInAnHourThatComesTwice(t *testing.T) {
	now := time.Date(2026, 10, 24, 23, 30, 0, 0, time.UTC) // half past midnight in London
	r := newRig(t, now)
	r.link(clientToken)
	r.prefer("", alert.Prefs{Level: alert.Standard})
	at := func(id int64, hour int) func(*store.Snapshot) {
		return func(s *store.Snapshot) {
			s.Booking, s.Session, s.AcceptBy = id, time.Date(2026, 10, 25, hour, 30, 0, 0, time.UTC), time.Time{}
		}
	}
	one, two := r.known(store.SideMade, "Accepted", at(1, 0)), r.known(store.SideMade, "Confirmed", at(2, 1))
	r.tell(store.Notification{ID: newUUID(), Account: one.Account, Kind: alert.Summary})
	r.wantSaid("• 01:30 BST, 30 min: NameA, 135.00 credits\n• 01:30 GMT, 30 min: NameA, 135.00 credits\n")
	r.wantSaid("• NameA accepted: Sun 25 Oct 01:30 BST, 30 min, 135.00 credits.")
	if strings.Contains(r.chat.last(), "Confirm by") {
		t.Errorf("by when, without a time to answer by:\n%s", r.chat.last())
	}
	r.tell(r.newsOf(alert.Accepted, one), r.newsOf(alert.Confirmed, two))
	r.press("Review")
	r.wantSaid("You asked NameA: Sun 25 Oct 01:30 BST, 30 min")
	r.wantSaid("You asked NameA: Sun 25 Oct 01:30 GMT, 30 min")
}

// How long it is until then, in round words.
func TestHowLongItIsUntil(t *testing.T) {
	for minutes, want := range map[float64]string{
		-5: "1 minute", 0.2: "1 minute", 1.4: "1 minute", 1.6: "2 minutes", 49: "49 minutes", 50: "1 hour", 89: "1 hour", 90: "2 hours",
		149: "2 hours", 150: "3 hours", 20*60 - 1: "20 hours", 20 * 60: "1 day", 36*60 - 1: "1 day", 36 * 60: "2 days", 60*60 - 1: "2 days", 60 * 60: "3 days",
	} {
		n := newsAbout(alert.Reminder, store.SideMade)
		n.Session = toldAt.Add(time.Duration(minutes * float64(time.Minute)))
		if got := viewText(conversations.Words(alert.Discreet, "", toldAt, n)); got != "A reminder: you have an appointment in about "+want+"." {
			t.Errorf("%v minutes: %s", minutes, got)
		}
	}
}
