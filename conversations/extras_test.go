package conversations_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// edited is a platform that shows bookings otherwise than the simulator would.
type edited struct {
	*apiclient.Client
	change func(*apiclient.Booking)
}

func (e edited) Booking(ctx context.Context, as apiclient.Caller, side apiclient.Side, id apiclient.BookingID) (apiclient.Booking, error) {
	b, err := e.Client.Booking(ctx, as, side, id)
	if err == nil {
		e.change(&b)
	}
	return b, err
}

// agreed plants a confirmed call, a day and a minute ahead.
func (r *rig) agreed(change ...func(*apisim.Seed)) int64 {
	seed := apisim.Seed{
		Client: clientID, Performer: performerID, Status: apisim.StatusConfirmed, Session: r.clock.Now().Add(24*time.Hour + time.Minute),
		Comments: "Evening suits me best.",
	}
	for _, c := range change {
		c(&seed)
	}
	return r.platform.AddBooking(seed)
}

// do presses a button that may no longer be there, on a card of its own.
func (r *rig) do(action, value string) {
	r.t.Helper()
	card, err := r.chat.Send(r.t.Context(), theUser, conversations.Notice(store.Notification{Side: "made", Booking: 1}))
	if err != nil {
		r.t.Fatal(err)
	}
	r.pressed(card, flow.Press{Of: r.tag(), Action: action, Value: value})
}

func (r *rig) inQueue() (all []store.Notification) {
	r.t.Helper()
	err := r.db.View(r.t.Context(), func(tx *store.Tx) error {
		for n, err := range tx.Notices(r.account().ID) {
			if err != nil {
				return err
			}
			all = append(all, n)
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// A button that stands on an old card does nothing where the booking does not allow it: the card says so.
func TestExtrasThatTheBookingDoesNotAllow(t *testing.T) {
	for action, tc := range map[string]struct{ status, value string }{
		"details":   {apisim.StatusAccepted, "m%d"},
		"calendar":  {apisim.StatusAccepted, "m%d"},
		"remind":    {apisim.StatusPending, "m%d"},
		"remindset": {apisim.StatusCancelled, "60+m%d"},
		"mute":      {apisim.StatusConfirmed, "m%d"},
		"rebook":    {apisim.StatusConfirmed, "m%d:m1n"},
	} {
		t.Run(action, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			id := r.agreed(func(s *apisim.Seed) { s.Status = tc.status })
			said := len(r.chat.messages) + 1 // the card that is pressed
			r.do(action, fmt.Sprintf(tc.value, id))
			r.wantSaid(fmt.Sprintf("Booking #%d: you asked", id))
			if !strings.Contains(r.chat.last(), "Here is how it stands") {
				t.Errorf("the card does not say that nothing was done:\n%s", r.chat.last())
			}
			if len(r.chat.messages) != said || len(r.chat.files)+len(r.inQueue()) > 0 || r.chatRecord().Session != nil {
				t.Errorf("something was done: %d messages, %d files, %d reminders", len(r.chat.messages)-said, len(r.chat.files), len(r.inQueue()))
			}
		})
	}
}

func (r *rig) chatRecord() (chat store.Chat) {
	r.t.Helper()
	err := r.db.View(r.t.Context(), func(tx *store.Tx) (err error) {
		chat, err = tx.Chat(theUser)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return chat
}

func TestExtrasWithNonsenseLeadHome(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	for action, values := range map[string][]string{
		"details": {"", "48213", "x1"}, "calendar": {"m"}, "remind": {"m0"}, "remindset": {"", "60+", "7+m1", "60m1"}, "mute": {"m-1"},
		"unmute": {""}, "rebook": {"r"},
	} {
		for _, value := range values {
			r.do(action, value)
			r.wantSaid("Linked as NightOwl77.")
		}
	}
}

// A booking that cannot be read: nothing is done, and the same can be asked again.
func TestExtrasOfABookingThatCannotBeRead(t *testing.T) {
	for action, value := range map[string]string{
		"details": "m%d", "calendar": "m%d", "remind": "m%d", "remindset": "60+m%d", "mute": "m%d", "unmute": "m%d", "rebook": "m%d",
	} {
		t.Run(action, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			value := fmt.Sprintf(value, r.agreed())
			r.platform.SetFault(apisim.OpMadeBookingDetails, apisim.Fault{Kind: apisim.FaultDown})
			r.do(action, value)
			r.wantSaid("is not answering")
			_, again, ok := r.chat.find("Try again")
			if want := (flow.Press{Of: r.tag(), Action: action, Value: value}); !ok || action != "remindset" && again != want {
				t.Errorf("the same again is %v", again)
			}
			r.platform.ClearFaults()
			r.press("Try again")
			if strings.Contains(r.chat.last(), "is not answering") {
				t.Errorf("trying again shows\n%s", r.chat.last())
			}
		})
	}
}

// A slow platform shows "Working…" on the card. What comes as a message of its own leaves the card as it was.
func TestASlowCardIsPutBack(t *testing.T) {
	for _, label := range []string{"Call details", "Add to calendar"} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, monday)
			r.link(clientToken)
			r.agreed()
			r.say("/bookings")
			r.press("1")
			card, _, _ := r.chat.find(label)
			r.hasty()
			r.platform.SetFault(apisim.OpMadeBookingDetails, apisim.Fault{Kind: apisim.FaultSlow, Delay: 900 * time.Millisecond, Times: 1})
			r.chat.log = nil
			r.press(label)
			if !strings.Contains(strings.Join(r.chat.log, "\n"), "= Working…\n") {
				t.Fatalf("the card does not say that it takes long:\n%s", strings.Join(r.chat.log, "\n"))
			}
			if got := r.chat.message(card); !strings.Contains(got.text, "you asked VelvetVoice") || len(got.rows) < 4 {
				t.Errorf("the card is left as\n%s", got.text)
			}
		})
	}
}

// A reminder says when, roughly, and nothing else; what it says is so at the time it is sent.
func TestAReminderSaysNothing(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.agreed()
	b, _ := r.platform.Booking(id)
	n := store.Notification{
		Kind: alert.Reminder, Lead: 24 * time.Hour, Account: r.account().ID, Side: "made", Booking: id, Status: "Confirmed", Credits: "36.00",
		Nickname: "VelvetVoice", Session: b.Session,
	}
	for left, want := range map[time.Duration]string{
		50 * time.Hour: "2 days", 36 * time.Hour: "2 days", 24 * time.Hour: "1 day", 3 * time.Hour: "3 hours", time.Hour: "1 hour",
		5 * time.Minute: "5 minutes", 20 * time.Second: "1 minute",
	} {
		r.clock.Set(b.Session.Add(-left))
		view, say, err := r.desk.Alert(t.Context(), n.Account, []store.Notification{n})
		if err != nil || !say {
			t.Fatal(say, err)
		}
		if got := viewText(view); got != "A reminder: you have an appointment in about "+want+"." {
			t.Errorf("%s before: %q", left, got)
		}
		card, err := r.chat.Send(t.Context(), theUser, view)
		if err != nil {
			t.Fatal(err)
		}
		r.pressed(card, view.Rows[0][0].Press)
		r.wantSaid(fmt.Sprintf("Booking #%d", id))
	}
}

func TestAReminderIsCheckedWhenItIsSent(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*rig, *store.Notification)
		want  string // empty: nothing is said
	}{
		"cancelled": {spoil: func(r *rig, n *store.Notification) { r.check(r.platform.CancelMade(n.Booking, "x")) }},
		"removed":   {spoil: func(r *rig, n *store.Notification) { r.platform.Remove(n.Booking) }},
		"begun":     {spoil: func(r *rig, _ *store.Notification) { r.clock.Advance(25 * time.Hour) }},
		"moved":     {spoil: func(_ *rig, n *store.Notification) { n.Session = n.Session.Add(-time.Hour) }},
		"unlinked":  {spoil: func(r *rig, n *store.Notification) { n.Account[0]++ }},
		"nobody answers": {func(r *rig, _ *store.Notification) {
			r.platform.SetFault(apisim.OpMadeBookingDetails, apisim.Fault{Kind: apisim.FaultDown})
		}, "I could not check"},
		"sign-in refused": {func(r *rig, _ *store.Notification) { r.platform.RevokeToken(clientToken) }, "I could not check"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			id := r.agreed()
			b, _ := r.platform.Booking(id)
			n := store.Notification{
				ID: uuid.Must(uuid.NewV7()), Kind: alert.Reminder, Lead: time.Hour, Account: r.account().ID, Chat: theUser, Side: "made", Booking: id, Session: b.Session,
				Due: b.Session.Add(-time.Hour),
			}
			r.check(r.db.Update(t.Context(), func(tx *store.Tx) error { return tx.Enqueue(n) }))
			tc.spoil(r, &n)
			view, say, err := r.desk.Alert(t.Context(), n.Account, []store.Notification{n})
			switch {
			case err != nil:
				t.Fatal(err)
			case say != (tc.want != ""), say && !strings.Contains(viewText(view), tc.want):
				t.Errorf("said %v: %s", say, viewText(view))
			}
			if name == "moved" { // it is due again an hour before the call as it stands now
				r.check(r.db.View(t.Context(), func(tx *store.Tx) error {
					kept, err := tx.Notification(n.Account, n.ID)
					if !kept.Session.Equal(b.Session) || !kept.Due.Equal(b.Session.Add(-time.Hour)) {
						t.Errorf("put off to %s for %s", kept.Due, kept.Session)
					}
					return err
				}))
			}
		})
	}
}

func (r *rig) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestMutingWorksOnceAndDropsWhatIsQueued(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.agreed(func(s *apisim.Seed) { s.Status = apisim.StatusPending })
	news := func(kind alert.Kind, booking int64) store.Notification {
		return store.Notification{ID: newUUID(), Account: r.account().ID, Chat: theUser, Kind: kind, Side: "made", Booking: booking}
	}
	stays := []store.Notification{news("accepted", id+1), news(alert.SignIn, 0)}
	err := r.db.Update(t.Context(), func(tx *store.Tx) error {
		for _, n := range append(stays, news("accepted", id)) {
			if err := tx.Enqueue(n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.say("/bookings")
	r.press("1")
	card, mute, _ := r.chat.find("Mute")
	for range 2 { // on two devices
		r.pressed(card, mute)
		r.wantSaid("No alerts about this booking.")
		if !r.snapshot("made", id).Muted {
			t.Fatal("it is not muted")
		}
	}
	left := map[alert.Kind]int64{}
	for _, n := range r.inQueue() {
		left[n.Kind] = n.Booking
	}
	if diff := cmp.Diff(map[alert.Kind]int64{"accepted": id + 1, alert.SignIn: 0}, left); diff != "" {
		t.Errorf("still to be told (-want +got):\n%s", diff)
	}
	card, unmute, _ := r.chat.find("Unmute")
	for range 2 {
		r.pressed(card, unmute)
		r.wantSaid("Alerts about this booking are on.")
		if r.snapshot("made", id).Muted {
			t.Fatal("it is still muted")
		}
	}
}
