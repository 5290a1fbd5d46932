package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
)

func TestChatRoundTrip(t *testing.T) {
	s := openNew(t)
	want := Chat{
		ID: 42, Account: accountID(1), LastUpdate: 9, LastUpdateAt: noon, Card: 17, Drawn: 3,
		Session: &flow.Session{
			ID: "s1", Flow: "book", Version: 2, Rev: 4, At: "review", Editing: true, Attempt: 1, Opened: noon,
			Answers: flow.Answers{"who": "7", "comments": ""},
			Facts:   map[string]flow.Fact{"price": {For: "7", Data: json.RawMessage(`{"credits":1.2500}`)}},
		},
		Parked: []Form{
			{Session: flow.Session{ID: "s0", Flow: "link", Opened: noon}, Drawn: NotDrawn},
			{Session: flow.Session{ID: "s2", Flow: "book", Opened: noon}, Card: 16, Drawn: 2, Hinted: true},
		},
		Acting:   Acting{Member: 8, Nickname: "other", Until: noon.Add(time.Hour)},
		Expiring: []Expiring{{Message: 15, At: noon, Tries: 2}, {Message: 16, At: noon.Add(time.Minute)}},
	}
	update(t, s, func(tx *Tx) error { return tx.PutChat(want) })
	view(t, s, func(tx *Tx) error {
		got, err := tx.Chat(42)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return err
	})
}

func TestAnUnknownChatIsFresh(t *testing.T) {
	s := openNew(t)
	fresh := func(tx *Tx) error {
		got, err := tx.Chat(-100)
		if diff := cmp.Diff(Chat{ID: -100, Drawn: NotDrawn}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return err
	}
	view(t, s, fresh)
	update(t, s, func(tx *Tx) error { return tx.PutChat(Chat{ID: -100, Card: 1}) })
	update(t, s, func(tx *Tx) error { return tx.DeleteChat(-100) })
	view(t, s, fresh)
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutChat(Chat{}) }); err == nil {
		t.Error("a chat without id is written")
	}
}

func TestChats(t *testing.T) {
	s := openNew(t)
	update(t, s, func(tx *Tx) error {
		for id := range flow.ChatID(9) {
			if err := tx.PutChat(Chat{ID: id + 1, Session: &flow.Session{ID: "s"}}); err != nil {
				return err
			}
		}
		return nil
	})
	var got []flow.ChatID
	view(t, s, func(tx *Tx) error {
		for chat, err := range tx.Chats() {
			if err != nil {
				return err
			}
			got = append(got, chat.ID)
		}
		for _, err := range tx.Chats() {
			return err // leaving early is fine
		}
		return nil
	})
	slices.Sort(got)
	if diff := cmp.Diff([]flow.ChatID{1, 2, 3, 4, 5, 6, 7, 8, 9}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSends(t *testing.T) {
	s := openNew(t)
	started := Send{
		Key: "s1/1", Chat: 42, Account: accountID(1), State: SendStarted, Known: []int64{3, 4}, Performer: 7,
		Session: noon.Add(time.Hour), Duration: 15, Credits: "18.75", Started: noon,
	}
	done := started
	done.Key, done.State, done.Booking = "s1/2", SendDone, 5
	update(t, s, func(tx *Tx) error { return errors.Join(tx.PutSend(started), tx.PutSend(done)) })
	view(t, s, func(tx *Tx) error {
		for _, want := range []Send{started, done} {
			got, err := tx.Send(want.Key)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		}
		var all []Send
		for send, err := range tx.Sends() {
			if err != nil {
				return err
			}
			all = append(all, send)
		}
		byKey := cmpopts.SortSlices(func(a, b Send) bool { return a.Key < b.Key })
		if diff := cmp.Diff([]Send{started, done}, all, byKey); diff != "" {
			t.Errorf("all sends (-want +got):\n%s", diff)
		}
		return nil
	})
	update(t, s, func(tx *Tx) error { return tx.DeleteSend("s1/1") })
	view(t, s, func(tx *Tx) error {
		if _, err := tx.Send("s1/1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("a deleted send: %v, want ErrNotFound", err)
		}
		_, err := tx.Send("s1/2")
		return err
	})
	for name, bad := range map[string]Send{"no key": {State: SendDone}, "no state": {Key: "s1/3"}} {
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutSend(bad) }); err == nil {
			t.Errorf("%s: it is written", name)
		}
	}
}

func TestSnapshotsAreKeptApart(t *testing.T) {
	s := openNew(t)
	mine, their := putAccount(t, s, 1), putAccount(t, s, 2)
	all := []Snapshot{
		{Account: mine, Side: SideMade, Booking: 1, Status: "Pending", Credits: "18.75", Offered: "18.75", Session: noon, Duration: 15},
		{Account: mine, Side: SideReceived, Booking: 1, Status: "Accepted", Updated: noon, AcceptBy: noon},
		{Account: their, Side: SideMade, Booking: 1, Status: "Rejected", Nickname: "other"},
		{Account: mine, Side: SideMade, Booking: -2, Status: "Confirmed"},
	}
	update(t, s, func(tx *Tx) error {
		for _, snapshot := range all {
			if err := tx.PutSnapshot(snapshot); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(tx *Tx) error {
		for _, want := range all {
			got, err := tx.Snapshot(want.Account, want.Side, want.Booking)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		}
		var made []int64
		for snapshot, err := range tx.Snapshots(mine, SideMade) {
			if err != nil {
				return err
			}
			made = append(made, snapshot.Booking)
		}
		slices.Sort(made)
		if diff := cmp.Diff([]int64{-2, 1}, made); diff != "" {
			t.Errorf("made (-want +got):\n%s", diff)
		}
		if _, err := tx.Snapshot(mine, SideMade, 3); !errors.Is(err, ErrNotFound) {
			t.Errorf("an unknown booking: %v, want ErrNotFound", err)
		}
		if _, err := tx.Snapshot(mine, "both", 1); err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("an unknown side: %v", err)
		}
		for _, err := range tx.Snapshots(mine, "") {
			if err == nil {
				t.Error("snapshots of no side")
			}
		}
		return nil
	})
}

func TestPoll(t *testing.T) {
	s := openNew(t)
	id := putAccount(t, s, 1)
	want := Poll{Account: id}
	for _, next := range []Poll{
		{Account: id},
		{Account: id, PrimedMade: true, PrimedReceived: true, Every: time.Minute, Failures: 3, Refused: true, Down: noteID(1)},
	} {
		view(t, s, func(tx *Tx) error {
			got, err := tx.Poll(id)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			return err
		})
		update(t, s, func(tx *Tx) error { return tx.PutPoll(next) })
		want = next
	}
}

func TestInbox(t *testing.T) {
	s := openNew(t)
	ids := []int64{300, 2, 256, 1, 65536}
	update(t, s, func(tx *Tx) error {
		for _, id := range ids {
			fresh, err := tx.KeepUpdate(Update{ID: id, Body: []byte{0, 0xff, byte(id)}})
			if err != nil || !fresh {
				t.Errorf("update %d: fresh %v, %v", id, fresh, err)
			}
		}
		return nil
	})
	update(t, s, func(tx *Tx) error {
		fresh, err := tx.KeepUpdate(Update{ID: 256, Body: []byte("another body")})
		if fresh {
			t.Error("fresh twice")
		}
		return errors.Join(err, tx.DropUpdate(2), tx.DropUpdate(3))
	})
	view(t, s, func(tx *Tx) error {
		var got []int64
		for u, err := range tx.Updates() {
			if err != nil {
				return err
			}
			if !bytes.Equal(u.Body, []byte{0, 0xff, byte(u.ID)}) {
				t.Errorf("update %d has another body", u.ID)
			}
			got = append(got, u.ID)
		}
		if diff := cmp.Diff([]int64{1, 256, 300, 65536}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return nil
	})
	for _, id := range []int64{0, -1} {
		err := s.Update(t.Context(), func(tx *Tx) error { _, err := tx.KeepUpdate(Update{ID: id}); return err })
		if err == nil {
			t.Errorf("update %d is kept", id)
		}
	}
}

func TestErrorsQuoteNothing(t *testing.T) {
	s := openNew(t)
	// Records of another shape, sealed all the same: the decoder's own errors quote what they meet.
	update(t, s, func(tx *Tx) error {
		id := accountID(1)
		return errors.Join(
			put(tx, tableAccounts, id[:], map[string]any{"id": id, "chat": "7123456789", "linked": "07700900123"}),
			put(tx, tableChats, tx.chatKey(1), map[string]any{"last_update_at": "07700900123"}),
		)
	})
	view(t, s, func(tx *Tx) error {
		_, err1 := tx.Account(accountID(1))
		_, err2 := tx.Chat(1)
		for _, err := range []error{err1, err2} {
			if !errors.Is(err, errDecode) || bytes.ContainsAny([]byte(err.Error()), "0123456789") {
				t.Errorf("%v; want errDecode and no number", err)
			}
		}
		return nil
	})
	broken := Chat{ID: 1, Session: &flow.Session{Facts: map[string]flow.Fact{"f": {Data: json.RawMessage("07700")}}}}
	err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutChat(broken) })
	if err == nil || bytes.ContainsAny([]byte(err.Error()), "0123456789") {
		t.Errorf("a broken fact: %v", err)
	}
	update(t, s, func(tx *Tx) error { id := accountID(1); return drop(tx, tableAccounts, id[:]) }) // for checkSound
}

func TestAfterARotationOldAndNewOpen(t *testing.T) {
	path := dataFile(t)
	first, err := Open(path, ring(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	putAccount(t, first, 1)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, path, ring(t, 2, 1))
	update(t, s, func(tx *Tx) error { return fill(tx, 2) })
	view(t, s, func(tx *Tx) error {
		for _, member := range []int64{1001, 2} {
			ids, err := tx.AccountsOf(member)
			if err != nil || len(ids) != 1 {
				t.Errorf("accounts of a member: %d, %v", len(ids), err)
			}
		}
		id := accountID(2)
		sealed, err := tx.reader.Get(tableAccounts, id[:])
		if err != nil {
			return err
		}
		if _, err := ring(t, 1).Open(place(tableAccounts, id[:]), sealed); !errors.Is(err, secret.ErrKey) {
			t.Errorf("a new record with the old key alone: %v, want ErrKey", err)
		}
		return nil
	})
}
