package store

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"phonechatbot/internal/alert"
)

// scheduler is an account whose bookings are looked at: written, and what is to come planned, in one transaction.
type scheduler struct {
	t    testing.TB
	s    *Store
	ids  byte
	now  time.Time
	last Snapshot
}

func newScheduler(t testing.TB, prefs alert.Prefs) *scheduler {
	t.Helper()
	c := &scheduler{t: t, s: openNew(t), now: noon}
	putAccount(t, c.s, 1)
	c.choose(prefs)
	return c
}

func (c *scheduler) newID() uuid.UUID {
	c.ids++
	return noteID(c.ids)
}

func (c *scheduler) account() (a Account) {
	view(c.t, c.s, func(tx *Tx) (err error) { a, err = tx.Account(accountID(1)); return err })
	return a
}

func (c *scheduler) choose(p alert.Prefs) {
	c.t.Helper()
	a := c.account()
	a.Alerts = p
	update(c.t, c.s, func(tx *Tx) error {
		if err := tx.PutAccount(a); err != nil {
			return err
		}
		return tx.Reschedule(a, c.now, IDs(func() [16]byte { return c.newID() }))
	})
}

func (c *scheduler) look(b Snapshot) {
	c.t.Helper()
	b.Account = accountID(1)
	if b.Updated.IsZero() {
		b.Updated = c.now
	}
	c.last = b
	a := c.account()
	update(c.t, c.s, func(tx *Tx) error {
		if err := tx.PutSnapshot(b); err != nil {
			return err
		}
		kept, err := tx.Snapshot(b.Account, b.Side, b.Booking)
		if err != nil {
			return err
		}
		return tx.Schedule(a, kept, c.now, c.newID)
	})
}

// waits is what is to come: booking, kind and lead, and when it is due.
func (c *scheduler) waits() map[string]time.Duration {
	found := map[string]time.Duration{}
	for _, n := range queue(c.t, c.s, accountID(1)) {
		name := fmt.Sprintf("%s %d %s %d", n.Side, n.Booking, n.Kind, int(n.Lead/time.Minute))
		if _, twice := found[name]; twice {
			c.t.Errorf("%s is queued twice", name)
		}
		found[name] = n.Due.Sub(noon)
	}
	return found
}

func (c *scheduler) want(when string, want map[string]time.Duration) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.waits()); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
	checkSound(c.t, c.s)
}

func (c *scheduler) take(name string) Notification {
	c.t.Helper()
	for _, n := range queue(c.t, c.s, accountID(1)) {
		if fmt.Sprintf("%s %d %s %d", n.Side, n.Booking, n.Kind, int(n.Lead/time.Minute)) == name {
			update(c.t, c.s, func(tx *Tx) error { return tx.DeleteNotification(n.Account, n.ID) })
			return n
		}
	}
	c.t.Fatalf("%s is not queued", name)
	return Notification{}
}

func call(status string, session time.Time) Snapshot {
	return Snapshot{
		Side: SideMade, Booking: 7, Status: status, Credits: "9", Session: session, AcceptBy: session.Add(-2 * time.Hour), Duration: 30, Nickname: "Owl",
	}
}

const day = 24 * time.Hour

func TestWhatIsScheduled(t *testing.T) {
	leads := alert.Prefs{Leads: alert.Leads()}
	session := noon.Add(6 * time.Hour)
	with := func(b Snapshot, how func(*Snapshot)) Snapshot { how(&b); return b }
	received := func(b *Snapshot) { b.Side = SideReceived }
	for name, tc := range map[string]struct {
		prefs alert.Prefs
		b     Snapshot
		want  map[string]time.Duration
	}{
		"nothing was chosen": {alert.Prefs{}, call("Confirmed", session), map[string]time.Duration{}},
		"agreed; a day before has passed, and the client is to confirm": {leads, call("Accepted", session), map[string]time.Duration{
			"made 7 reminder 60": 5 * time.Hour, "made 7 reminder 15": 345 * time.Minute, "made 7 reminder 5": 355 * time.Minute, "made 7 reply_by 30": 210 * time.Minute,
		}},
		"confirmed": {leads, call("Confirmed", session), map[string]time.Duration{
			"made 7 reminder 60": 5 * time.Hour, "made 7 reminder 15": 345 * time.Minute, "made 7 reminder 5": 355 * time.Minute,
		}},
		"the client waits":        {leads, call("Pending", session), map[string]time.Duration{}},
		"the performer is asked":  {leads, with(call("Pending", session), received), map[string]time.Duration{"received 7 reply_by 30": 210 * time.Minute}},
		"and does not want to be": {leads.With(alert.ReplyBy, false), with(call("Pending", session), received), map[string]time.Duration{}},
		"the performer has answered": {alert.Prefs{Leads: []int{60}}, with(call("Accepted", session), received), map[string]time.Duration{
			"received 7 reminder 60": 5 * time.Hour,
		}},
		"nobody knows until when": {leads, with(call("Pending", session), func(b *Snapshot) { received(b); b.AcceptBy = time.Time{} }), map[string]time.Duration{}},
		"over":                    {leads, call("Cancelled", session), map[string]time.Duration{}},
		"muted":                   {leads, with(call("Confirmed", session), func(b *Snapshot) { b.Muted = true }), map[string]time.Duration{}},
		"due this moment":         {alert.Prefs{Leads: []int{60}}, call("Confirmed", noon.Add(time.Hour)), map[string]time.Duration{}},
		"due the next":            {alert.Prefs{Leads: []int{60}}, call("Confirmed", noon.Add(time.Hour+1)), map[string]time.Duration{"made 7 reminder 60": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newScheduler(t, tc.prefs)
			if tc.b.Muted {
				update(t, c.s, func(tx *Tx) error {
					tc.b.Account = accountID(1)
					if err := tx.PutSnapshot(tc.b); err != nil {
						return err
					}
					return tx.Mute(accountID(1), tc.b.Side, 7, true)
				})
			}
			c.look(tc.b)
			c.want("once", tc.want)
			c.look(tc.b)
			c.want("looked at again", tc.want)
		})
	}
}

// What is scheduled says of its booking what the outbox has to know.
func TestAScheduledReminder(t *testing.T) {
	c := newScheduler(t, alert.Prefs{Leads: []int{60}})
	b := call("Confirmed", noon.Add(day))
	b.Member = 12
	c.look(b)
	want := Notification{
		ID: noteID(1), Account: accountID(1), Chat: 1001, Kind: alert.Reminder, Side: SideMade, Booking: 7, Made: noon, Due: noon.Add(23 * time.Hour),
		Status: "Confirmed", Credits: "9", Nickname: "Owl", Session: noon.Add(day), Duration: 30, AcceptBy: noon.Add(22 * time.Hour), Member: 12, Lead: time.Hour,
		Key: fmt.Sprint("reminder 60 ", noon.Add(day).Unix()),
	}
	if diff := cmp.Diff(map[byte]Notification{1: want}, queue(t, c.s, accountID(1))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A reminder follows its call, is withdrawn with it and comes back; one that was sent, or taken back by hand, does not.
func TestAScheduleFollowsItsBooking(t *testing.T) {
	c := newScheduler(t, alert.Prefs{Leads: []int{60, 15}})
	session := noon.Add(day)
	at := func(session time.Time) map[string]time.Duration {
		return map[string]time.Duration{
			"made 7 reminder 60": session.Add(-time.Hour).Sub(noon), "made 7 reminder 15": session.Add(-15 * time.Minute).Sub(noon),
		}
	}
	none := map[string]time.Duration{}
	c.look(call("Confirmed", session))
	c.want("agreed", at(session))
	c.look(call("Cancelled", session))
	c.want("cancelled", none)
	c.look(call("Confirmed", session))
	c.want("and on again", at(session))
	c.look(call("Confirmed", session.Add(day)))
	c.want("moved", at(session.Add(day)))
	c.take("made 7 reminder 60")
	c.look(call("Confirmed", session.Add(day)))
	left := at(session.Add(day))
	delete(left, "made 7 reminder 60")
	c.want("sent, or taken back", left)
	c.look(call("Confirmed", session))
	c.want("moved back: one comes once more, before another time", at(session))
	c.now = noon.Add(day - 10*time.Minute)
	moved := call("Confirmed", session.Add(time.Minute))
	c.look(moved)
	c.want("moved so near that both are too late", none)
	c.look(call("Confirmed", session.Add(3*day)))
	c.want("and far again", at(session.Add(3*day)))
}

// A warning before the reply-by time follows it, and goes as soon as there is nothing to answer.
func TestAReplyByFollowsItsBooking(t *testing.T) {
	for _, side := range []string{SideMade, SideReceived} {
		t.Run(side, func(t *testing.T) {
			c := newScheduler(t, alert.Prefs{})
			status, answered := "Pending", "Accepted"
			if side == SideMade {
				status, answered = "Accepted", "Confirmed"
			}
			at := func(status string, by time.Duration) Snapshot {
				b := call(status, noon.Add(3*day))
				b.Side = side
				if b.AcceptBy = noon.Add(by); by == 0 {
					b.AcceptBy = time.Time{}
				}
				return b
			}
			due := func(by time.Duration) map[string]time.Duration {
				return map[string]time.Duration{side + " 7 reply_by 30": by - ReplyByLead}
			}
			none := map[string]time.Duration{}
			c.look(at(status, day))
			c.want("asked", due(day))
			c.look(at(status, 2*day))
			c.want("more time", due(2*day))
			b := at(status, 2*day)
			b.Session = b.Session.Add(day)
			c.look(b)
			c.want("the call is moved, the answer is not", due(2*day))
			c.look(at(answered, 2*day))
			c.want("answered", none)
			c.look(at(status, 2*day))
			c.want("asked again", due(2*day))
			c.look(at(status, 0))
			c.want("no time is known", none)
			c.look(at(status, ReplyByLead-1))
			c.want("too near", none)
			c.look(at(status, day))
			c.take(side + " 7 reply_by 30")
			c.look(at(status, day))
			c.want("told once", none)
		})
	}
}

// What was asked for by hand stands beside what is chosen for all bookings: it is not doubled, and stays when the
// choice goes.
func TestByHandAndForAll(t *testing.T) {
	c := newScheduler(t, alert.Prefs{})
	b := call("Confirmed", noon.Add(2*day))
	c.look(b)
	update(t, c.s, func(tx *Tx) error {
		return tx.Enqueue(Notification{
			ID: c.newID(), Account: accountID(1), Kind: alert.Reminder, Side: SideMade, Booking: 7, Session: b.Session, Lead: time.Hour, Due: b.Session.Add(-time.Hour),
		})
	})
	byHand := map[string]time.Duration{"made 7 reminder 60": 47 * time.Hour}
	c.want("by hand", byHand)
	c.choose(alert.Prefs{Leads: alert.Leads()})
	c.want("all", map[string]time.Duration{
		"made 7 reminder 1440": day, "made 7 reminder 60": 47 * time.Hour, "made 7 reminder 15": 2*day - 15*time.Minute, "made 7 reminder 5": 2*day - 5*time.Minute,
	})
	c.choose(alert.Prefs{})
	c.want("none but that", byHand)
	c.take("made 7 reminder 60")
	c.choose(alert.Prefs{Leads: []int{60}})
	c.want("for all, once it is gone", byHand)
	c.take("made 7 reminder 60")
	c.choose(alert.Prefs{})
	c.choose(alert.Prefs{Leads: []int{60}})
	c.want("what was taken back stays away", map[string]time.Duration{})
}

// What is no more than news is nothing to the choices of what is to come, and neither is another account's.
func TestRescheduleLeavesTheRest(t *testing.T) {
	c := newScheduler(t, alert.Prefs{Leads: []int{60}})
	their := putAccount(t, c.s, 2)
	keep := []Notification{
		{ID: noteID(101), Account: accountID(1), Kind: alert.Accepted, Side: SideMade, Booking: 7, Key: "accepted"},
		{ID: noteID(102), Account: accountID(1), Kind: alert.Summary},
		{ID: noteID(103), Account: their, Kind: alert.Reminder, Side: SideMade, Booking: 7, Lead: time.Hour, Key: "reminder 60 1"},
	}
	update(t, c.s, func(tx *Tx) error {
		for _, n := range keep {
			if err := tx.Enqueue(n); err != nil {
				return err
			}
		}
		return nil
	})
	c.look(call("Confirmed", noon.Add(day)))
	c.choose(alert.Prefs{})
	got := queue(t, c.s, accountID(1))
	for id, n := range queue(t, c.s, their) {
		got[id] = n
	}
	if diff := cmp.Diff(map[byte]Notification{101: keep[0], 102: keep[1], 103: keep[2]}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestScheduleAgainstAModel changes the choices and two bookings at random. After every step what waits is what the
// last looks and the choices call for, as far as it is ahead.
func TestScheduleAgainstAModel(t *testing.T) {
	s := openNew(t)
	rapid.Check(t, func(rt *rapid.T) {
		update(t, s, func(tx *Tx) error { return tx.DeleteAccount(accountID(1)) })
		putAccount(t, s, 1)
		c := &scheduler{t: t, s: s, now: noon}
		known := map[string]Snapshot{}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "choose") {
				p := alert.Prefs{}.With(alert.ReplyBy, rapid.Bool().Draw(rt, "reply by"))
				for _, minutes := range alert.Leads() {
					p = p.WithLead(minutes, rapid.Bool().Draw(rt, fmt.Sprint(minutes)))
				}
				c.choose(p)
			} else {
				b := call(rapid.SampledFrom([]string{"Pending", "Accepted", "Confirmed", "Cancelled"}).Draw(rt, "status"),
					noon.Add(time.Duration(rapid.IntRange(-1, 60).Draw(rt, "hours"))*time.Hour))
				b.Side = rapid.SampledFrom([]string{SideMade, SideReceived}).Draw(rt, "side")
				c.look(b)
				known[b.Side] = b
			}
			want := map[string]time.Duration{}
			for _, b := range known {
				b.Account = accountID(1)
				for _, n := range toCome(c.account(), b) {
					if n.Due.After(c.now) {
						want[fmt.Sprintf("%s %d %s %d", n.Side, n.Booking, n.Kind, int(n.Lead/time.Minute))] = n.Due.Sub(noon)
					}
				}
			}
			got := c.waits()
			maps.DeleteFunc(got, func(_ string, due time.Duration) bool { return due == 0 }) // moved to where it is due at once
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("(-want +got):\n%s", diff)
			}
			checkSound(t, s)
		}
	})
}
