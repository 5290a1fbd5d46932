package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
)

// contents is what one reads out of a database, table by table.
type contents struct {
	Accounts      []Account
	Members       map[int64][]AccountID
	Chats         []Chat
	Sends         []Send
	Snapshots     []Snapshot
	Polls         []Poll
	Notifications []Notification
	Updates       []Update
	SignIns       []SignIn
}

// inVersion1 is what testdata/v1.db was filled with, by the last program of schema 1 and with the key of
// ring(t, 1): two accounts of a member, one of them stopped, an unconfirmed one that knows no member, a
// form half-way, one set aside, and a send nobody has heard of since.
func inVersion1() contents {
	active, stopped, unconfirmed := accountID(1), accountID(2), accountID(3)
	at := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	return contents{
		Accounts: []Account{
			{
				ID: active, Chat: 501, Member: 7001, Nickname: "OldFileOne", Token: secret.New("tok_old_1"),
				State: AccountActive, Linked: at,
			},
			{
				ID: stopped, Chat: 502, Member: 7001, Nickname: "OldFileOne", Token: secret.New("tok_old_2"),
				State: AccountStopped, Linked: at.Add(time.Hour),
			},
			{ID: unconfirmed, Chat: 503, Token: secret.New("tok_old_3"), State: AccountUnconfirmed, Linked: at},
		},
		Members: map[int64][]AccountID{7001: {active, stopped}},
		Chats: []Chat{
			{
				ID: 501, Account: active, Bot: 9, LastUpdate: 40, LastUpdateAt: at, Card: 17, Drawn: 3, Asked: true,
				Session: &flow.Session{
					ID: "old1", Flow: "book", Version: 1, Rev: 3, At: "when", Attempt: 1, Opened: at,
					Answers: flow.Answers{"who": "7002", "comments": ""},
					Facts:   map[string]flow.Fact{"price": {For: "7002", Data: json.RawMessage(`{"credits":1.2500}`)}},
				},
			},
			{
				ID: 502, Account: stopped, Drawn: NotDrawn, Hinted: true,
				Parked: setAside(flow.Session{ID: "old2", Flow: "book", Version: 1, Opened: at}),
			},
		},
		Sends: []Send{
			{
				Key: "old1/1", Chat: 501, Account: active, State: SendStarted, Known: []int64{81}, Performer: 7002,
				Session: at.Add(2 * time.Hour), Duration: 15, Credits: "18.75", Started: at,
			},
		},
		Snapshots: []Snapshot{
			{
				Account: active, Side: SideMade, Booking: 81, Status: "Pending", Credits: "18.75",
				Session: at.Add(time.Hour), AcceptBy: at.Add(time.Minute), Updated: at, Duration: 15, Nickname: "other",
			},
			{Account: active, Side: SideReceived, Booking: 82, Status: "Accepted", Credits: "8", Updated: at},
		},
		Polls: []Poll{
			{Account: active, PrimedMade: true, PrimedReceived: true},
			{Account: stopped, PrimedMade: true, Failures: 2},
		},
		Notifications: []Notification{
			{
				ID: noteID(1), Account: active, Chat: 501, Kind: "accepted", Side: SideReceived, Booking: 82, Made: at,
				Due: at, Attempts: 1, Doubtful: true, Status: "Accepted", Credits: "8", Nickname: "other", Session: at,
			},
			{ID: noteID(2), Account: stopped, Chat: 502, Kind: "sign in", Made: at, Due: at.Add(time.Minute)},
		},
		Updates: []Update{{ID: 41, Body: []byte(`{"update_id":41}`)}, {ID: 42, Body: []byte(`{"update_id":42}`)}},
	}
}

// setAside is what the programs of schemas 1 and 2 have set aside, as it reads today.
func setAside(session flow.Session) []Form { return []Form{{Session: session, Drawn: NotDrawn}} }

// inVersion2 is what testdata/v2.db was filled with, by the last program of schema 2 and with the key of
// ring(t, 1): as before, and an account that can renew its token, a form set aside with all there is in it, a
// chat without any, and two sign-ins.
func inVersion2() contents {
	all := inVersion1()
	at := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	renews := &all.Accounts[0]
	renews.Refresh, renews.Expires, renews.Renewed = secret.New("ref_old_1"), at.Add(time.Hour), at
	all.Chats[1].Parked = setAside(flow.Session{
		ID: "old2", Flow: "book", Version: 1, Rev: 2, At: "when", Editing: true, Attempt: 1, Opened: at,
		Answers: flow.Answers{"who": "7002", "comments": "<b>&"},
		Facts:   map[string]flow.Fact{"price": {For: "7002", Data: json.RawMessage(`{"credits":1.2500}`)}},
	})
	all.Chats = append(all.Chats, Chat{ID: 503, LastUpdate: 39, LastUpdateAt: at, Drawn: NotDrawn, Linked: true, After: "book"})
	all.SignIns = []SignIn{
		{State: "old state 1", Chat: 504, User: 604, Made: at, Ends: at.Add(time.Minute), After: "book", Stage: SignInOpen},
		{
			State: "old state 2", Chat: 505, User: 605, Made: at, Ends: at, Stage: SignInArrived, Code: "ABCD-EFGH", Tries: 1,
			Token: secret.New("tok_old_4"), Refresh: secret.New("ref_old_4"), Expires: at, Arrived: at, Claimed: true,
			Asked: true, Member: 7003, Nickname: "OldFileTwo",
		},
	}
	return all
}

// inVersion3 is what testdata/v3.db was filled with, by the last program of schema 3 and with the key of ring(t, 1): as
// before, and an account with a role, a zone and a number, a chat with a draft and a message to be deleted, a muted
// booking, and a reminder.
func inVersion3() contents {
	all := inVersion2()
	at := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	first := &all.Accounts[0]
	first.Zone, first.Number = "America/New_York", SavedNumber{National: "07700900123", Until: at.Add(time.Hour)}
	first.Role = Role{Type: "Escort", Offers: true, Told: true, Manager: true, Group: 7, Name: "OldGroup"}
	all.Chats[0].Expiring = []Expiring{{Message: 12, At: at, Tries: 1}}
	all.Chats[0].Drafts = []Draft{{Session: flow.Session{ID: "old3", Flow: "book", Version: 2, Opened: at}, Saved: at}}
	all.Snapshots[1].Muted = true
	all.Notifications = append(all.Notifications, Notification{
		ID: noteID(3), Account: first.ID, Chat: 501, Kind: "reminder", Side: SideMade, Booking: 81, Made: at,
		Due: at.Add(2 * time.Minute), Status: "Accepted", Credits: "18.75", Session: at.Add(time.Hour + 2*time.Minute), Lead: time.Hour,
	})
	return all
}

// inFile reads everything that schema 3 knows.
func inFile(tx *Tx) (got contents, err error) {
	var failures []error
	got.Accounts = list(tx.Accounts(), &failures)
	got.Members = map[int64][]AccountID{}
	for _, account := range got.Accounts {
		if account.Member != 0 {
			got.Members[account.Member], err = tx.AccountsOf(account.Member)
			failures = append(failures, err)
		}
		for _, side := range []string{SideMade, SideReceived} {
			got.Snapshots = append(got.Snapshots, list(tx.Snapshots(account.ID, side), &failures)...)
		}
	}
	got.Chats = list(tx.Chats(), &failures)
	got.Sends = list(tx.Sends(), &failures)
	got.Polls = list(scan[Poll](tx, tablePolls, nil), &failures)
	got.Updates = list(tx.Updates(), &failures)
	got.SignIns = list(tx.SignIns(), &failures)
	got.Notifications, err = tx.Due(noon.AddDate(1, 0, 0), 100)
	return got, errors.Join(append(failures, err)...)
}

func list[R any](records iter.Seq2[R, error], failures *[]error) (all []R) {
	for record, err := range records {
		all = append(all, record)
		*failures = append(*failures, err)
	}
	return all
}

// oldFile is a copy of an old database.
func oldFile(t *testing.T, name string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, readFile(t, filepath.Join("testdata", name)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// asItIs opens a database and migrates nothing.
func asItIs(t *testing.T, path string) *Store {
	t.Helper()
	file, err := openBolt(path, options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Store{engine: file, keys: ring(t, 1)}
}

func versionOf(t *testing.T, s *Store) (version int) {
	t.Helper()
	view(t, s, func(tx *Tx) (err error) { version, err = tx.version(); return err })
	return version
}

func wantContents(t *testing.T, s *Store, want contents) {
	t.Helper()
	sorted := cmp.Options{ // their keys are tags
		cmpopts.SortSlices(func(a, b Chat) bool { return a.ID < b.ID }),
		cmpopts.SortSlices(func(a, b SignIn) bool { return a.State < b.State }),
	}
	view(t, s, func(tx *Tx) error {
		got, err := inFile(tx)
		if diff := cmp.Diff(want, got, sorted); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return err
	})
}

// oldFiles lists the old databases with their versions and what they were filled with.
func oldFiles() map[string]struct {
	version int
	want    contents
} {
	return map[string]struct {
		version int
		want    contents
	}{"v1.db": {1, inVersion1()}, "v2.db": {2, inVersion2()}, "v3.db": {3, inVersion3()}}
}

func TestOldVersionsOpen(t *testing.T) {
	for name, old := range oldFiles() {
		path := oldFile(t, name)
		if got := versionOf(t, asItIs(t, oldFile(t, name))); got != old.version {
			t.Errorf("%s has schema %d, want %d", name, got, old.version)
		}
		for _, when := range []string{"migrated", "opened again"} {
			t.Run(name+" "+when, func(t *testing.T) {
				s := openAt(t, path, ring(t, 1))
				if got := versionOf(t, s); got != len(migrations()) {
					t.Errorf("schema %d, want %d", got, len(migrations()))
				}
				wantContents(t, s, old.want)
			})
		}
	}
}

func TestAnOldFileStaysAsItIs(t *testing.T) {
	failing := errors.New("this step fails")
	for name, tc := range map[string]struct {
		migrate func(t *testing.T, s *Store) error
		want    error
	}{
		"the last step fails": {func(t *testing.T, s *Store) error {
			return s.migrate(t.Context(), append(migrations(), func(tx *Tx) error {
				return errors.Join(tx.DeleteAccount(accountID(1)), tx.PutSignIn(SignIn{State: "s", Stage: SignInOpen}), failing)
			}))
		}, failing},
		"a step panics": {func(t *testing.T, s *Store) (err error) {
			defer func() { err, _ = recover().(error) }()
			return s.migrate(t.Context(), append(migrations(), func(tx *Tx) error {
				if err := tx.DeleteChat(501); err != nil {
					return err
				}
				panic(failing)
			}))
		}, failing},
		"another key": {func(t *testing.T, s *Store) error {
			s.keys = ring(t, 2)
			defer func() { s.keys = ring(t, 1) }()
			return s.migrate(t.Context(), migrations())
		}, ErrWrongKey},
	} {
		for file, old := range oldFiles() {
			t.Run(name+", "+file, func(t *testing.T) {
				path := oldFile(t, file)
				s := asItIs(t, path)
				if err := tc.migrate(t, s); !errors.Is(err, tc.want) {
					t.Errorf("migrate = %v, want %v", err, tc.want)
				}
				if !bytes.Equal(readFile(t, filepath.Join("testdata", file)), readFile(t, path)) {
					t.Error("the file was written to")
				}
				if got := versionOf(t, s); got != old.version {
					t.Errorf("schema %d, want %d still", got, old.version)
				}
				if err := s.migrate(t.Context(), migrations()); err != nil { // and nothing is in its way
					t.Fatal(err)
				}
				wantContents(t, s, old.want)
			})
		}
	}
}

func TestParkedToFormsPassesADamagedChat(t *testing.T) {
	s := asItIs(t, oldFile(t, "v2.db"))
	update(t, s, func(tx *Tx) error {
		return errors.Join(
			tx.writer.Put(tableChats, tx.chatKey(501), []byte("damaged")),
			put(tx, tableChats, tx.chatKey(503), "no record"))
	})
	if err := s.migrate(t.Context(), migrations()); err != nil {
		t.Fatal(err)
	}
	view(t, s, func(tx *Tx) error {
		if _, err := tx.Chat(501); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("the damaged chat: %v, want ErrSealed", err)
		}
		if _, err := tx.Chat(503); !errors.Is(err, errDecode) {
			t.Errorf("the chat that is none: %v, want errDecode", err)
		}
		got, err := tx.Chat(502)
		if diff := cmp.Diff(inVersion2().Chats[1], got); diff != "" {
			t.Errorf("the other (-want +got):\n%s", diff)
		}
		return err
	})
}

func TestParkedToFormsWaitsForAMissingKey(t *testing.T) {
	s := asItIs(t, oldFile(t, "v2.db"))
	s.keys = ring(t, 2, 1)
	update(t, s, func(tx *Tx) error {
		return put(tx, tableChats, tx.chatKey(504), map[string]any{"id": 504, "parked": flow.Session{ID: "s"}})
	})
	s.keys = ring(t, 1)
	if err := s.migrate(t.Context(), migrations()); !errors.Is(err, secret.ErrKey) {
		t.Errorf("without the key: %v, want ErrKey", err)
	}
	if got := versionOf(t, s); got != 2 {
		t.Errorf("schema %d, want 2 still", got)
	}
	s.keys = ring(t, 2, 1)
	if err := s.migrate(t.Context(), migrations()); err != nil {
		t.Fatal(err)
	}
	view(t, s, func(tx *Tx) error {
		got, err := tx.Chat(504)
		if diff := cmp.Diff(setAside(flow.Session{ID: "s"}), got.Parked); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return err
	})
}
