package store

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
)

// queue lists an account's notifications by the last byte of their ids.
func queue(t testing.TB, s *Store, account AccountID) map[byte]Notification {
	t.Helper()
	found := map[byte]Notification{}
	view(t, s, func(tx *Tx) error {
		for n, err := range tx.Notices(account) {
			if err != nil {
				return err
			}
			found[n.ID[15]] = n
		}
		return nil
	})
	return found
}

func TestNotices(t *testing.T) {
	s := openNew(t)
	mine, their := putAccount(t, s, 1), putAccount(t, s, 2)
	want := []Notification{
		{ID: noteID(1), Account: mine, Kind: alert.Reminder, Due: noon.Add(time.Hour), Lead: 90 * time.Second},
		{ID: noteID(2), Account: mine, Kind: "accepted", Due: noon},
	}
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.Enqueue(want[1]), tx.Enqueue(want[0]), tx.Enqueue(Notification{ID: noteID(3), Account: their}))
	})
	view(t, s, func(tx *Tx) error {
		var failures []error
		if diff := cmp.Diff(want, list(tx.Notices(mine), &failures)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		one, err := tx.Notification(mine, noteID(1))
		if diff := cmp.Diff(want[0], one); diff != "" {
			t.Errorf("one (-want +got):\n%s", diff)
		}
		if _, err := tx.Notification(mine, noteID(3)); !errors.Is(err, ErrNotFound) {
			t.Errorf("the other's: %v, want ErrNotFound", err)
		}
		return errors.Join(append(failures, err)...)
	})
}

func TestFollow(t *testing.T) {
	call := noon.Add(3 * time.Hour)
	reminder := Notification{
		ID: noteID(1), Kind: alert.Reminder, Session: call, Lead: time.Hour, Due: call.Add(-time.Hour), Status: "Accepted", Credits: "9",
	}
	tried := reminder
	tried.Attempts, tried.Doubtful, tried.Due = 2, true, reminder.Due.Add(time.Minute)
	at := func(status string, session time.Time) Snapshot {
		return Snapshot{Status: status, Credits: "9", Session: session, Updated: noon}
	}
	moved := func(session time.Time) *Notification {
		n := reminder
		n.Session, n.Due = session, session.Add(-time.Hour)
		return &n
	}
	confirmed := reminder
	confirmed.Status = "Confirmed"
	for name, tc := range map[string]struct {
		before Notification
		now    Snapshot
		want   *Notification // nil: deleted
	}{
		"nothing changed":            {reminder, at("Accepted", call), &reminder},
		"the same time, elsewhere":   {reminder, at("Accepted", call.In(time.FixedZone("", 3600))), &reminder},
		"confirmed":                  {reminder, at("Confirmed", call), &confirmed},
		"cancelled":                  {reminder, at("Cancelled", call), nil},
		"rejected":                   {reminder, at("Rejected", call), nil},
		"pending once more":          {reminder, at("Pending", call), nil},
		"a state nobody knows":       {reminder, at("Paused", call), nil},
		"moved on":                   {reminder, at("Accepted", call.Add(48*time.Hour)), moved(call.Add(48 * time.Hour))},
		"moved up":                   {reminder, at("Accepted", noon.Add(2*time.Hour)), moved(noon.Add(2 * time.Hour))},
		"moved to a lead from now":   {reminder, at("Accepted", noon.Add(time.Hour)), moved(noon.Add(time.Hour))},
		"moved nearer than its lead": {reminder, at("Accepted", noon.Add(time.Hour-1)), nil},
		"between two tries":          {tried, at("Accepted", call), &tried},
		"moved between two tries":    {tried, at("Accepted", call.Add(time.Hour)), moved(call.Add(time.Hour))},
		"the change has no known time": {
			reminder, Snapshot{Status: "Accepted", Credits: "9", Session: noon.Add(time.Minute)}, moved(noon.Add(time.Minute)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, keep := follow(tc.before, tc.now)
			if keep != (tc.want != nil) {
				t.Fatalf("kept: %v, want %v", keep, tc.want != nil)
			}
			if !keep {
				return
			}
			if diff := cmp.Diff(*tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRemindersFollowTheirBooking(t *testing.T) {
	call := noon.Add(3 * time.Hour)
	at := func(status string, session time.Time, minute int) Snapshot {
		b := priced(status, "9", minute)
		b.Session = session
		return b
	}
	eachWay(t, func(t *testing.T, s *Store, write func(Snapshot)) {
		their := putAccount(t, s, 2)
		write(at("Accepted", call, 0))
		note := func(n byte, account AccountID, kind alert.Kind, side string, id int64, lead time.Duration) Notification {
			return Notification{
				ID: noteID(n), Account: account, Kind: kind, Side: side, Booking: id, Session: call, Lead: lead, Due: call.Add(-lead),
				Status: "Accepted", Credits: "9",
			}
		}
		mine := accountID(1)
		all := map[byte]Notification{
			101: note(101, mine, alert.Reminder, SideMade, 7, time.Hour),
			102: note(102, mine, alert.Reminder, SideMade, 7, 15*time.Minute),
			103: note(103, mine, "accepted", SideMade, 7, 0),
			104: note(104, mine, alert.Reminder, SideReceived, 7, time.Hour),
			105: note(105, mine, alert.Reminder, SideMade, 8, time.Hour),
			106: note(106, their, alert.Reminder, SideMade, 7, time.Hour),
		}
		update(t, s, func(tx *Tx) error {
			for _, n := range all {
				if err := tx.Enqueue(n); err != nil {
					return err
				}
			}
			return nil
		})
		want := func(when string) {
			t.Helper()
			got := queue(t, s, mine)
			for id, n := range queue(t, s, their) {
				got[id] = n
			}
			maps.DeleteFunc(got, func(id byte, _ Notification) bool { return id < 100 }) // news of the observer
			if diff := cmp.Diff(all, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		write(at("Accepted", call.Add(24*time.Hour), 1))
		for _, n := range []byte{101, 102} {
			moved := all[n]
			moved.Session, moved.Due = call.Add(24*time.Hour), call.Add(24*time.Hour-moved.Lead)
			all[n] = moved
		}
		want("moved")
		write(at("Accepted", noon.Add(30*time.Minute), 2))
		near := all[102]
		near.Session, near.Due = noon.Add(30*time.Minute), noon.Add(15*time.Minute)
		all[102] = near
		delete(all, 101)
		want("moved so near that one is too late")
		write(at("Cancelled", noon.Add(30*time.Minute), 3))
		delete(all, 102)
		want("cancelled")
	})
}

// TestRemindersAgainstAModel has a booking change at random; what is queued must be what the last look at it
// calls for, with both rows of each (checkSound).
func TestRemindersAgainstAModel(t *testing.T) {
	s := openNew(t)
	rapid.Check(t, func(rt *rapid.T) {
		update(t, s, func(tx *Tx) error { return tx.DeleteAccount(accountID(1)) })
		id := putAccount(t, s, 1)
		model := map[byte]time.Duration{} // leads by id
		var now Snapshot
		for i := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			lead := rapid.SampledFrom([]time.Duration{15 * time.Minute, time.Hour, 24 * time.Hour}).Draw(rt, "lead")
			live := now.Status == "Accepted" || now.Status == "Confirmed"
			if live && rapid.Bool().Draw(rt, "remind") {
				model[byte(i)] = lead
				update(t, s, func(tx *Tx) error {
					return tx.Enqueue(Notification{
						ID: noteID(byte(i)), Account: id, Chat: flow.ChatID(1), Kind: alert.Reminder, Side: SideMade, Booking: 7,
						Session: now.Session, Lead: lead, Due: now.Session.Add(-lead),
					})
				})
				continue
			}
			before := now.Session
			now = priced(rapid.SampledFrom([]string{"Pending", "Accepted", "Confirmed", "Cancelled"}).Draw(rt, "status"), "9", i)
			now.Session = noon.Add(time.Duration(rapid.IntRange(0, 48).Draw(rt, "hours")) * time.Hour)
			update(t, s, func(tx *Tx) error { return tx.PutSnapshot(now) })
			for n, lead := range model {
				gone := now.Status == "Pending" || now.Status == "Cancelled"
				tooNear := !now.Session.Equal(before) && now.Session.Add(-lead).Before(now.Updated)
				if gone || tooNear {
					delete(model, n)
				}
			}
		}
		want, got := map[byte]string{}, map[byte]string{}
		for n, lead := range model {
			want[n] = fmt.Sprint(now.Session.Add(-lead).UTC(), now.Session.UTC())
		}
		for n, found := range queue(t, s, id) {
			got[n] = fmt.Sprint(found.Due, found.Session)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("due, session (-want +got):\n%s", diff)
		}
		checkSound(t, s)
	})
}
