package conversations_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"phonechatbot/conversations"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// alerted is linked as a client at the standard level, and has been told that NameA accepted.
func alerted(t *testing.T, change ...func(*store.Snapshot)) (*rig, store.Snapshot) {
	t.Helper()
	r := newRig(t, monday)
	r.link(clientToken)
	r.prefer("", alert.Prefs{Level: alert.Standard, Leads: []int{60}})
	s := r.known(store.SideMade, "Accepted", change...)
	r.tell(r.newsOf(alert.Accepted, s))
	return r, s
}

func (r *rig) wantQueued(want ...string) {
	r.t.Helper()
	var got []string
	for _, n := range r.inQueue() {
		got = append(got, fmt.Sprintf("%s %s %s", n.Kind, n.Due.Format("15:04"), n.Lead))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("queued (-want +got):\n%s", diff)
	}
}

// The alert comes once more, however often the button is pressed and on however many devices.
func TestASnoozeComesBackOnce(t *testing.T) {
	r, s := alerted(t)
	r.platformOf(panicky{}) // nothing is read
	card, snooze, _ := r.chat.find("Snooze 15 min")
	for i := range 3 {
		r.pressed(card, snooze)
		r.clock.Advance(time.Minute)
		if got := r.chat.message(card).text; got != "Snoozed until 12:15." {
			t.Fatalf("press %d shows %s", i, got)
		}
	}
	r.restart()
	r.pressed(card, snooze)
	again := r.newsOf(alert.Accepted, s)
	again.Made, again.Due = monday, monday.Add(15*time.Minute)
	if diff := cmp.Diff([]store.Notification{again}, r.inQueue(), cmpopts.IgnoreFields(store.Notification{}, "ID")); diff != "" {
		t.Errorf("queued (-want +got):\n%s", diff)
	}
	if got := r.snapshot("made", s.Booking).Snoozed; !got.Equal(again.Due) {
		t.Errorf("snoozed until %s", got)
	}
	r.clock.Set(again.Due)
	r.tell(r.inQueue()...)
	r.wantSaid("NameA accepted: Mon 15 Feb 19:00, 30 min, 135.00 credits. Confirm by 16:00.")
	r.press("Open")
}

func TestASnoozeIsEndedByHand(t *testing.T) {
	r, s := alerted(t)
	r.press("Snooze 15 min")
	card, now, ok := r.chat.find("Tell me now")
	if _, _, open := r.chat.find("Open"); !ok || !open {
		t.Fatal("buttons are missing")
	}
	r.enqueue(r.newsOf(alert.Reminder, r.known(store.SideMade, "Accepted", func(s *store.Snapshot) { s.Booking = 7 })))
	for range 2 {
		r.pressed(card, now)
		r.wantSaid("NameA accepted: Mon 15 Feb 19:00")
		if !r.snapshot("made", s.Booking).Snoozed.IsZero() {
			t.Error("it is snoozed still")
		}
		r.wantQueued("reminder 12:00 0s") // of another booking
	}
	held := r.newsOf(alert.Credits, s) // by the quiet hours, say: ending no snooze leaves it
	held.Due = monday.Add(8 * time.Hour)
	r.enqueue(held)
	r.pressed(card, now)
	r.wantQueued("reminder 12:00 0s", "credits 20:00 0s")
	r.press("Snooze 15 min") // and once more
	r.wantSaid("Snoozed until 12:15.")
}

// What came while the booking was left alone is not lost by ending that.
func TestNewsThatWereHeldBackByASnooze(t *testing.T) {
	for name, pressed := range map[string]alert.Kind{"of the news": alert.Accepted, "of a reminder": alert.Reminder} {
		t.Run(name, func(t *testing.T) {
			r, s := alerted(t)
			r.tell(r.newsOf(pressed, s))
			ref := map[alert.Kind]string{alert.Accepted: "am48213", alert.Reminder: "im48213"}[pressed]
			r.do("newssnooze", ref)
			r.wantSaid("Snoozed until 12:15.")
			held := r.newsOf(alert.Credits, s)
			held.Due, held.Key = monday.Add(15*time.Minute), "credits 140.00"
			r.enqueue(held)
			r.clock.Advance(time.Minute)
			r.do("newswake", ref)
			r.wantQueued("credits 12:01 0s")
		})
	}
}

// A snooze takes the place of what waits to be told of the booking.
func TestASnoozeTakesThePlaceOfNews(t *testing.T) {
	r, s := alerted(t)
	other := r.newsOf(alert.Accepted, s)
	other.Booking = 7
	byHand := r.newsOf(alert.Reminder, s)
	byHand.Lead, byHand.Due = time.Hour, s.Session.Add(-time.Hour)
	r.enqueue(other, byHand, r.newsOf(alert.Changed, s), r.newsOf(alert.Credits, s))
	r.press("Snooze 15 min")
	r.wantQueued("accepted 12:00 0s", "reminder 18:00 1h0m0s", "credits 12:15 0s")
}

// A reminder and a reply-by warning come back as what they are: read again, and following their booking.
func TestSomethingTimedIsSnoozed(t *testing.T) {
	for kind, want := range map[alert.Kind]string{
		alert.Reminder: "reminder 12:15 6h45m0s", alert.ReplyBy: "reply_by 12:15 3h45m0s",
	} {
		t.Run(string(kind), func(t *testing.T) {
			r, s := alerted(t)
			r.tell(r.newsOf(alert.Accepted, s))
			ref := map[alert.Kind]string{alert.Reminder: "im48213", alert.ReplyBy: "bm48213"}[kind]
			r.do("newssnooze", ref)
			r.wantSaid("Snoozed until 12:15.")
			r.wantQueued(want)
			r.do("newswake", ref)
			r.wantQueued()
			r.do("newssnooze", ref)
			r.known(store.SideMade, "Cancelled") // nothing is to come
			r.wantQueued()
		})
	}
}

func TestASnoozeLeavesTimeToAct(t *testing.T) {
	at := func(minutes float64) time.Time { return monday.Add(time.Duration(minutes * float64(time.Minute))) }
	for name, tc := range map[string]struct {
		status           string
		replyBy, session float64 // minutes from now
		want             float64 // 0: refused
	}{
		"far ahead":                     {"Accepted", 300, 400, 15},
		"reply-by in half an hour":      {"Pending", 30, 400, 15},
		"just enough":                   {"Pending", 20, 400, 15},
		"earlier, for the reply-by":     {"Pending", 15, 400, 10},
		"a minute is a snooze":          {"Accepted", 6, 400, 1},
		"less is not":                   {"Accepted", 5.9, 400, 0},
		"reply-by is now":               {"Accepted", 0, 400, 15},
		"reply-by is past, call near":   {"Pending", -10, 12, 7},
		"confirmed, and no reply-by":    {"Confirmed", 6, 400, 15},
		"confirmed, and the call near":  {"Confirmed", -100, 10, 5},
		"the call is too near":          {"Confirmed", -100, 5, 0},
		"the call has begun":            {"Confirmed", -100, -1, 15},
		"cancelled, and the call near":  {"Cancelled", 6, 7, 15},
		"a state that nobody knows":     {"Waiting", 9, 400, 4},
		"both near: the earlier counts": {"Pending", 12, 14, 7},
	} {
		t.Run(name, func(t *testing.T) {
			got := conversations.SnoozeUntil(store.Snapshot{Status: tc.status, AcceptBy: at(tc.replyBy), Session: at(tc.session)}, monday)
			if want := at(tc.want); tc.want == 0 && !got.IsZero() || tc.want != 0 && !got.Equal(want) {
				t.Errorf("until %s, want %v minutes", got.Sub(monday), tc.want)
			}
		})
	}
}

func TestASnoozeThatComesTooLate(t *testing.T) {
	for want, change := range map[string]func(*store.Snapshot){
		"The reply-by time is too near to snooze.\nNameA accepted: ": func(s *store.Snapshot) { s.AcceptBy = monday.Add(5 * time.Minute) },
		"The call is too near to snooze.\nNameA accepted: ": func(s *store.Snapshot) {
			s.AcceptBy, s.Session = monday.Add(-time.Minute), monday.Add(5*time.Minute)
		},
	} {
		r, s := alerted(t, change)
		for range 2 {
			r.press("Snooze 15 min")
			r.wantSaid(want)
		}
		r.wantQueued()
		if !r.snapshot("made", s.Booking).Snoozed.IsZero() {
			t.Error("it is snoozed")
		}
	}
}

// An alert that is not so any more is not brought back.
func TestAnOldAlertIsNotSnoozed(t *testing.T) {
	r, s := alerted(t)
	card, snooze, _ := r.chat.find("Snooze 15 min")
	r.known(store.SideMade, "Cancelled")
	r.pressed(card, snooze)
	r.wantSaid("That alert is out of date, and nothing was done. This is the current one.\nThe call with NameA was cancelled: ")
	r.wantQueued()
	r.press("Snooze 15 min") // that one is
	r.wantQueued("cancelled 12:15 0s")
	if r.snapshot("made", s.Booking).Snoozed.IsZero() {
		t.Error("it is not snoozed")
	}
}

// Snoozing in another zone says so in that zone.
func TestASnoozeElsewhere(t *testing.T) {
	r, _ := alerted(t)
	r.prefer("Asia/Kolkata", alert.Prefs{})
	r.press("Snooze 15 min")
	r.wantSaid("Snoozed until 17:45 India time.")
}

// Muting silences all of a booking but what was set by hand; unmuting brings back what the choices want.
func TestMutingFromTheAlertAndTheCard(t *testing.T) {
	for from, name := range map[string][2]flow.Press{
		"the alert": {{Action: "newsmute", Value: "am%d"}, {Action: "newsunmute", Value: "am%d"}},
		"the card":  {{Action: "mute", Value: "m%d"}, {Action: "unmute", Value: "m%d"}},
	} {
		t.Run(from, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.prefer("", alert.Prefs{Leads: []int{60, 15}})
			status := "Accepted"
			id := r.agreed(seed("Pending"))
			if from == "the card" { // it offers to mute what waits for the other side
				status = "Pending"
			} else {
				id = r.agreed(seed(status))
			}
			b, _ := r.platform.Booking(id)
			s := r.known(store.SideMade, status, func(s *store.Snapshot) {
				s.Booking, s.Session, s.AcceptBy, s.Nickname = id, b.Session, b.AcceptBy, "VelvetVoice"
			})
			r.write(func(tx *store.Tx) error { return tx.Schedule(r.account(), s, r.clock.Now(), uuidOf) })
			scheduled := len(r.inQueue())
			byHand := r.newsOf(alert.Reminder, s)
			byHand.Lead, byHand.Due = 5*time.Minute, s.Session.Add(-5*time.Minute)
			other := r.newsOf(alert.Reminder, s)
			other.Booking, other.Key, other.Due = 7, "other", s.Session
			if status == "Pending" {
				byHand = other // there is none of what is not agreed
			}
			r.enqueue(byHand, other, r.newsOf(alert.Accepted, s))
			for range 2 {
				r.do(name[0].Action, fmt.Sprintf(name[0].Value, id))
				r.wantSaid("No alerts about this booking.")
				for _, n := range r.inQueue() {
					if n.ID != byHand.ID && n.ID != other.ID {
						t.Errorf("still to be told: %s, key %q", n.Kind, n.Key)
					}
				}
				if !r.snapshot("made", id).Muted {
					t.Fatal("it is not muted")
				}
			}
			left := len(r.inQueue())
			for range 2 {
				r.do(name[1].Action, fmt.Sprintf(name[1].Value, id))
				r.wantSaid("Alerts about this booking are on.")
				if r.snapshot("made", id).Muted || len(r.inQueue()) != left+scheduled {
					t.Fatalf("%d are queued, want %d and %d", len(r.inQueue()), left, scheduled)
				}
			}
			if status == "Accepted" && (scheduled != 3 || left != 2) {
				t.Errorf("%d were scheduled, %d left", scheduled, left)
			}
		})
	}
}

// A booking that is muted is not snoozed, and muting ends a snooze.
func TestMutedAndSnoozed(t *testing.T) {
	r, s := alerted(t)
	card, snooze, _ := r.chat.find("Snooze 15 min")
	_, mute, _ := r.chat.find("Mute this")
	r.pressed(card, snooze)
	r.do("newssnooze", "im48213")
	r.pressed(card, mute) // on the other device
	r.wantQueued()
	for range 2 {
		r.pressed(card, snooze)
		if got := r.chat.message(card).text; got != "No alerts about this booking." {
			t.Errorf("muted, and snoozed: %s", got)
		}
	}
	r.wantQueued()
	r.press("Unmute")
	if after := r.snapshot("made", s.Booking); after.Muted || !after.Snoozed.IsZero() {
		t.Errorf("after it: %v", after)
	}
	if got := r.chat.message(card).text; got != "Alerts about this booking are on." {
		t.Errorf("unmuted: %s", got)
	}
	if _, _, ok := r.chat.find("Mute this"); !ok {
		t.Error("it cannot be muted again")
	}
}

// What was muted as a request is unmuted as a call: its reminders are queued then.
func TestUnmutingOnTheCardQueuesWhatIsToCome(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.prefer("", alert.Prefs{Leads: []int{60, 15}})
	id := r.agreed(seed("Pending"))
	r.do("mute", fmt.Sprint("m", id))
	r.check(r.platform.Accept(id, ""))
	for range 2 {
		r.do("unmute", fmt.Sprint("m", id))
		r.wantQueued("reminder 11:01 1h0m0s", "reminder 11:46 15m0s", "reply_by 10:31 30m0s")
	}
}

func seed(status string) func(*apisim.Seed) { return func(s *apisim.Seed) { s.Status = status } }

func uuidOf() uuid.UUID { return newUUID() }
