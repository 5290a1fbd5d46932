package conversations_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

func newUUID() [16]byte { return uuid.Must(uuid.NewV7()) }

// Two devices show the same card: whichever is pressed, and how often, the reminder is as the button said.
func TestTwoDevicesSetOneReminder(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.prefer("", alert.Prefs{}) // none but those set by hand
	id := r.agreed()
	r.do("remind", fmt.Sprint("m", id)) // and nothing is kept of the booking yet
	card, set, _ := r.chat.find("1 hour before")
	r.pressed(card, set)
	r.pressed(card, set)
	session := monday.Add(24*time.Hour + time.Minute)
	want := []store.Notification{{
		Account: r.account().ID, Chat: theUser, Kind: alert.Reminder, Side: store.SideMade, Booking: id,
		Made: monday, Due: session.Add(-time.Hour), Lead: time.Hour, Session: session, Status: "Confirmed", Credits: "12.00",
		AcceptBy: session.Add(-time.Hour), Nickname: "VelvetVoice", Duration: 10,
	}}
	if diff := cmp.Diff(want, r.inQueue(), cmpopts.IgnoreFields(store.Notification{}, "ID")); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if kept := r.snapshot("made", id); !kept.Session.Equal(session) || kept.Status != "Confirmed" {
		t.Errorf("kept of the booking: %v", kept)
	}
	_, takeBack, _ := r.chat.find("✓ 1 hour before")
	r.pressed(card, takeBack)
	r.pressed(card, takeBack)
	if left := r.inQueue(); len(left) != 0 {
		t.Errorf("%d reminders are left", len(left))
	}
	r.pressed(card, set) // the other device still shows it as off
	r.wantSaid("✓ 1 hour before")
	if got := r.inQueue(); len(got) != 1 {
		t.Errorf("%d reminders", len(got))
	}
}

func TestRemindersAreOfOneBooking(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	one, other := r.agreed(), r.agreed()
	for _, press := range []string{"60+m%d", "15+m%d", "1440+m%d"} {
		r.do("remindset", fmt.Sprintf(press, one))
		r.do("remindset", fmt.Sprintf(press, other))
	}
	r.do("remindset", fmt.Sprintf("60-m%d", one))
	got := map[string]int{}
	for _, n := range r.inQueue() {
		got[fmt.Sprintf("%d %v", n.Booking-one, n.Lead)]++
	}
	want := map[string]int{"0 15m0s": 1, "0 24h0m0s": 1, "1 1h0m0s": 1, "1 15m0s": 1, "1 24h0m0s": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The next look at the booking takes its reminders along.
func TestRemindersFollowWhatTheCardShows(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.agreed()
	r.do("remindset", fmt.Sprint("60+m", id))
	later := monday.Add(48 * time.Hour)
	r.platformOf(edited{r.api, func(b *apiclient.Booking) { b.Session, b.LastUpdated = later, r.clock.Now() }})
	r.do("remind", fmt.Sprint("m", id))
	r.do("remindset", fmt.Sprint("15+m", id))
	r.wantSaid("✓ 1 hour before: Wed 17 Feb 11:00 UK time")
	for _, n := range r.inQueue() {
		if !n.Due.Equal(later.Add(-n.Lead)) {
			t.Errorf("%v before the call of another time: %v", n.Lead, n.Due)
		}
	}
	r.platformOf(r.api)
	if err := r.platform.CancelMade(id, "Other plans"); err != nil {
		t.Fatal(err)
	}
	r.do("card", fmt.Sprint("m", id))
	if left := r.inQueue(); len(left) != 0 {
		t.Errorf("%d reminders of a cancelled booking", len(left))
	}
}
