package store

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"phonechatbot/internal/secret"
)

func due(t testing.TB, s *Store, now time.Time, limit int) []uuid.UUID {
	t.Helper()
	var ids []uuid.UUID
	view(t, s, func(tx *Tx) error {
		list, err := tx.Due(now, limit)
		for _, n := range list {
			ids = append(ids, n.ID)
		}
		return err
	})
	return ids
}

func TestDue(t *testing.T) {
	s := openNew(t)
	mine, their := putAccount(t, s, 1), putAccount(t, s, 2)
	full := Notification{
		ID: noteID(1), Account: mine, Chat: 42, Kind: "accepted", Side: SideMade, Booking: 7, Made: noon,
		Due: noon.Add(2 * time.Second), Attempts: 1, Doubtful: true, Status: "Accepted", Credits: "18.75",
		Nickname: "other", Session: noon.Add(time.Hour),
	}
	view(t, s, func(tx *Tx) error {
		if at, some := tx.NextDue(); some {
			t.Errorf("the empty queue has something due at %v", at)
		}
		return nil
	})
	update(t, s, func(tx *Tx) error {
		return errors.Join(
			tx.Enqueue(full),
			tx.Enqueue(Notification{ID: noteID(2), Account: their, Due: noon.Add(time.Second)}),
			tx.Enqueue(Notification{ID: noteID(3), Account: mine, Due: noon}),
			tx.Enqueue(Notification{ID: noteID(4), Account: mine}), // of no time: at once
		)
	})
	for name, tc := range map[string]struct {
		now   time.Time
		limit int
		want  []uuid.UUID
	}{
		"all":               {noon.Add(time.Hour), 9, []uuid.UUID{noteID(4), noteID(3), noteID(2), noteID(1)}},
		"at the nanosecond": {noon, 9, []uuid.UUID{noteID(4), noteID(3)}},
		"one before":        {noon.Add(-1), 9, []uuid.UUID{noteID(4)}},
		"limited":           {noon.Add(time.Hour), 2, []uuid.UUID{noteID(4), noteID(3)}},
		"limited to none":   {noon.Add(time.Hour), 0, nil},
		"another zone":      {noon.In(time.FixedZone("", 3600)), 9, []uuid.UUID{noteID(4), noteID(3)}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, due(t, s, tc.now, tc.limit)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteNotification(mine, noteID(4)) })
	view(t, s, func(tx *Tx) error {
		if at, some := tx.NextDue(); !some || !at.Equal(noon) {
			t.Errorf("NextDue = %v, %v; want noon", at, some)
		}
		list, err := tx.Due(noon.Add(time.Hour), 9)
		if diff := cmp.Diff(full, list[len(list)-1]); diff != "" {
			t.Errorf("what was queued (-want +got):\n%s", diff)
		}
		return err
	})
}

func TestEnqueueTwiceIsOnce(t *testing.T) {
	s := openNew(t)
	id := putAccount(t, s, 1)
	n := Notification{ID: noteID(1), Account: id, Due: noon, Attempts: 3}
	update(t, s, func(tx *Tx) error { return tx.Enqueue(n) })
	n.Attempts, n.Due = 0, noon.Add(time.Hour)
	update(t, s, func(tx *Tx) error { return tx.Enqueue(n) })
	view(t, s, func(tx *Tx) error {
		list, err := tx.Due(noon, 9)
		if len(list) != 1 || list[0].Attempts != 3 {
			t.Errorf("%d are queued; want the first, as it was", len(list))
		}
		return err
	})
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.Enqueue(Notification{Account: id}) }); err == nil {
		t.Error("a notification without id is queued")
	}
}

func TestPutNotificationThatIsGone(t *testing.T) {
	s := openNew(t)
	id := putAccount(t, s, 1)
	n := Notification{ID: noteID(1), Account: id, Due: noon}
	update(t, s, func(tx *Tx) error { return errors.Join(tx.Enqueue(n), tx.DeleteNotification(id, n.ID)) })
	err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutNotification(n) })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
	if left := due(t, s, noon, 9); left != nil {
		t.Errorf("%d are back", len(left))
	}
}

func TestADamagedNotificationDoesNotStopTheOthers(t *testing.T) {
	s := openNew(t)
	id := putAccount(t, s, 1)
	update(t, s, func(tx *Tx) error {
		if err := errors.Join(
			tx.Enqueue(Notification{ID: noteID(1), Account: id, Due: noon}),
			tx.Enqueue(Notification{ID: noteID(2), Account: id, Due: noon.Add(1)}),
		); err != nil {
			return err
		}
		return tx.writer.Put(tableOutbox, outboxKey(id, noteID(1)), []byte("damaged"))
	})
	view(t, s, func(tx *Tx) error {
		list, err := tx.Due(noon.Add(1), 9)
		if !errors.Is(err, secret.ErrSealed) {
			t.Errorf("Due = %v, want ErrSealed", err)
		}
		if len(list) != 1 || list[0].ID != noteID(2) {
			t.Errorf("%d are due, want the other one", len(list))
		}
		return nil
	})
	update(t, s, func(tx *Tx) error { return tx.DeleteAccount(id) }) // for checkSound
}

// TestOutboxAgainstAModel queues, moves and deletes at random; what is due must be what the model says,
// and no row of one table without its row in the other.
func TestOutboxAgainstAModel(t *testing.T) {
	s := openNew(t)
	times := rapid.SampledFrom([]time.Time{
		{},
		noon, noon.Add(1), noon.Add(time.Second), time.Unix(0, 0), time.Unix(-1, 0),
		time.Unix(0, math.MaxInt64), time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	rapid.Check(t, func(rt *rapid.T) {
		for n := range byte(2) {
			update(t, s, func(tx *Tx) error { return tx.DeleteAccount(accountID(n + 1)) })
			putAccount(t, s, n+1)
		}
		model := map[[2]byte]time.Time{} // by account and notification
		update(t, s, func(tx *Tx) error {
			for range rapid.IntRange(1, 25).Draw(rt, "steps") {
				if err := step(rt, tx, model, times.Draw(rt, "due")); err != nil {
					return err
				}
			}
			return nil
		})
		now := times.Draw(rt, "now")
		want := 0
		var next []int64
		for _, at := range model {
			next = append(next, nanos(at))
			if nanos(at) <= nanos(now) {
				want++
			}
		}
		got := due(t, s, now, 100)
		if len(got) != want {
			rt.Errorf("%d are due, want %d", len(got), want)
		}
		view(t, s, func(tx *Tx) error {
			at, some := tx.NextDue()
			if some != (len(next) > 0) || some && nanos(at) != slices.Min(next) {
				rt.Errorf("NextDue = %v, %v", at, some)
			}
			return nil
		})
		checkSound(t, s)
	})
}

func step(rt *rapid.T, tx *Tx, model map[[2]byte]time.Time, at time.Time) error {
	which := [2]byte{byte(rapid.IntRange(1, 2).Draw(rt, "account")), byte(rapid.IntRange(1, 4).Draw(rt, "id"))}
	n := Notification{ID: noteID(which[1]), Account: accountID(which[0]), Due: at}
	_, queued := model[which]
	switch rapid.SampledFrom([]string{"enqueue", "put", "delete"}).Draw(rt, "what") {
	case "enqueue":
		if !queued {
			model[which] = at
		}
		return tx.Enqueue(n)
	case "put":
		err := tx.PutNotification(n)
		if !queued && errors.Is(err, ErrNotFound) {
			return nil
		}
		model[which] = at
		return err
	default:
		delete(model, which)
		return tx.DeleteNotification(n.Account, n.ID)
	}
}

func FuzzNanosKeepsTheOrder(f *testing.F) {
	f.Add(int64(0), int64(0), int64(1), int64(0))
	f.Add(int64(-62135596800), int64(0), int64(9223372037), int64(5))
	f.Fuzz(func(t *testing.T, sec1, nsec1, sec2, nsec2 int64) {
		a, b := time.Unix(sec1, nsec1), time.Unix(sec2, nsec2)
		if a.Before(b) && nanos(a) > nanos(b) {
			t.Errorf("%d before %d, but %d after %d", sec1, sec2, nanos(a), nanos(b))
		}
		if nanos(a) < 0 {
			t.Errorf("%d is %d", sec1, nanos(a))
		}
	})
}
