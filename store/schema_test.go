package store

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

// What the hunt below looks for. None of it is anybody's.
const (
	knownToken    = "tok_8sJq2Zr-known-to-this-test"
	knownRefresh  = "ref_4hWm9Xc-known-to-this-test"
	knownHeld     = "tok_6pLd3Vb-known-to-this-test"
	knownHeldPair = "ref_1nKt7Qg-known-to-this-test"
	knownState    = "st4teOfThisTestFromTheBrowser"
	knownCode     = "QXWZ-K7J4"
	knownPhone    = "07700900123"
	knownComment  = "please ring twice, then wait"
	knownNickname = "NightOwlOfThisTest"
	knownSession  = "s3ss10nOfThisTest"
	knownBody     = `{"update_id":99,"message":{"text":"hello, it is me"}}`
	knownChat     = flow.ChatID(7123456789)
	knownUser     = int64(4455667788)
	knownMember   = int64(5566778899)
	knownOther    = int64(8877665544)
	knownBooking  = int64(6655443322)
	knownOffer    = int64(3344556677)
	knownTitle    = "Half an hour of this test"
	knownDetail   = "2.75 a minute in this test"
	knownToldKey  = "accepted in this test"
)

// oneOfEach writes one record of each kind, with all of its fields in use.
func oneOfEach(tx *Tx) error {
	id := accountID(1)
	_, err := tx.KeepUpdate(Update{ID: 99, Body: []byte(knownBody)})
	return errors.Join(err,
		tx.PutAccount(Account{
			ID: id, Chat: knownChat, Member: knownMember, Nickname: knownNickname,
			Token: secret.New(knownToken), Refresh: secret.New(knownRefresh), Expires: noon, Renewed: noon,
			State: AccountActive, Linked: noon,
			Role: Role{Type: "Escort", Offers: true, Manager: true, Group: knownMember, Name: knownNickname},
			Zone: "Asia/Kolkata", Number: SavedNumber{National: knownPhone, Until: noon},
			Alerts: alert.Prefs{Level: alert.Standard, Off: []alert.Kind{alert.Down}, Leads: []int{60}, Summary: alert.Daily{On: true, At: 540}},
			Paused: noon,
		}),
		tx.PutChat(Chat{
			ID: knownChat, Account: id, LastUpdate: 98, LastUpdateAt: noon, Card: 5, Drawn: 1, Linked: true, After: "book",
			Session: &flow.Session{ID: knownSession, Flow: "book", Answers: flow.Answers{
				"number": knownPhone, "comments": knownComment, "who": knownNickname,
			}},
			Parked: []Form{{
				Session: flow.Session{ID: knownSession, Flow: "book", Answers: flow.Answers{"number": knownPhone}},
			}},
			Acting:   Acting{Member: knownOther, Nickname: knownNickname, Until: noon},
			Expiring: []Expiring{{Message: 4, At: noon}},
			Shown:    Shown{Message: 3, Of: "tag", Booking: "m" + strconv.FormatInt(knownBooking, 10), Looks: "digest"},
		}),
		tx.PutSend(Send{
			Key: knownSession + "/1", Chat: knownChat, Account: id, State: SendDone, Known: []int64{knownBooking},
			Booking: knownBooking, Performer: knownOther, Session: noon, Duration: 15, Credits: "18.75", Started: noon,
		}),
		tx.PutSnapshot(Snapshot{
			Account: id, Side: SideMade, Booking: knownBooking, Status: "Pending", Credits: "18.75", Session: noon,
			AcceptBy: noon, Updated: noon, Created: noon, Duration: 15, Nickname: knownNickname, Member: knownOther,
			Snoozed: noon,
		}),
		tx.PutWatch(Watch{Account: id, Member: knownOther, Nickname: knownNickname, Primed: true, Lost: true}),
		tx.PutOutage(Outage{Since: noon}),
		tx.PutPoll(Poll{Account: id, PrimedMade: true, Every: time.Minute, Failures: 1, Refused: true, Down: noteID(1)}),
		tx.PutOffer(Offer{
			Account: id, Member: knownOther, Offer: knownOffer, Number: 2, Title: knownTitle, Duration: 30, Mode: 3,
			Credits: "18.75", Available: true, Continue: true, Saved: noon,
		}),
		tx.PutDeed(Deed{
			ID: noteID(1), Account: id, Member: knownOther, Nickname: knownNickname, What: "price", Detail: knownDetail,
			Outcome: DeedDone, At: noon,
		}),
		tx.PutDirectChat(DirectChat{Account: id, Member: knownOther, Details: []byte(`{"DirectChatNumber":"` + knownPhone + `"}`)}),
		tx.Enqueue(Notification{
			ID: noteID(1), Account: id, Chat: knownChat, Kind: alert.Reminder, Side: SideMade, Booking: knownBooking,
			Made: noon, Due: noon, Status: "Accepted", Credits: "18.75", Nickname: knownNickname, Session: noon, Lead: time.Hour,
			Duration: 15, AcceptBy: noon, Member: knownOther, Key: knownToldKey, Tried: noon,
		}),
		tx.PutSignIn(SignIn{
			State: knownState, Chat: knownChat, User: knownUser, Made: noon, Ends: noon, After: "book",
			Stage: SignInArrived, Word: "none", Code: knownCode, Tries: 1,
			Token: secret.New(knownHeld), Refresh: secret.New(knownHeldPair), Expires: noon,
		}),
	)
}

// TestSchemaGolden walks the real file: which tables there are, how long their keys, what is in their values.
func TestSchemaGolden(t *testing.T) {
	s := openNew(t)
	update(t, s, oneOfEach)
	var got strings.Builder
	err := database(s).View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bbolt.Bucket) error {
			return bucket.ForEach(func(key, value []byte) error {
				return describe(&got, s.keys, string(name), key, value)
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/schema.golden"
	if *rewrite {
		if err := errors.Join(os.MkdirAll("testdata", 0o750), os.WriteFile(golden, []byte(got.String()), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(readFile(t, golden)), got.String()); diff != "" {
		t.Errorf("another schema than the golden one: it needs a migration, and a new drawing (-want +got):\n%s", diff)
	}
}

// describe writes one line for a row: what an outsider sees, and the names of what is sealed.
func describe(out *strings.Builder, keys *secret.Keyring, table string, key, value []byte) error {
	name := fmt.Sprintf("%d bytes", len(key))
	if table == tableMeta {
		name = strconv.Quote(string(key))
	}
	plain, err := keys.Open(place(table, key), value)
	if err != nil {
		_, err = fmt.Fprintf(out, "%-10s key %-8s open    %s\n", table, name, value)
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(plain, &fields); err != nil {
		return fmt.Errorf("a value of %s is no record", table)
	}
	line := fmt.Sprintf("%-10s key %-8s sealed  %s", table, name,
		strings.Join(slices.Sorted(maps.Keys(fields)), " "))
	_, err = fmt.Fprintln(out, strings.TrimRight(line, " "))
	return err
}

// TestDrawing holds the package comment to the file: the same tables, and keys as long as they are drawn.
func TestDrawing(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	drawn, inside := map[string][]int{}, false
	for line := range strings.Lines(file.Doc.Text()) {
		switch fields := strings.Fields(line); {
		case !strings.HasPrefix(line, "\t") || len(fields) == 0:
			inside = false
		case fields[0] == "-----":
			inside = true
		case inside:
			key := strings.Split(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), fields[0])), "  ")[0]
			drawn[fields[0]] = append(drawn[fields[0]], drawnLength(key))
		}
	}

	s := openNew(t)
	update(t, s, oneOfEach)
	stored := map[string][]int{}
	err = database(s).View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bbolt.Bucket) error {
			return bucket.ForEach(func(key, _ []byte) error {
				stored[string(name)] = append(stored[string(name)], len(key))
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, lengths := range []map[string][]int{drawn, stored} {
		for _, of := range lengths {
			slices.Sort(of)
		}
	}
	if diff := cmp.Diff(drawn, stored); diff != "" {
		t.Errorf("tables and lengths of keys: the drawing is not the file (-drawn +stored):\n%s", diff)
	}
}

// drawnLength adds up the parts of a key in the drawing.
func drawnLength(key string) int {
	if text, err := strconv.Unquote(key); err == nil {
		return len(text)
	}
	length := 0
	for key = strings.TrimSpace(key); key != ""; key = strings.TrimLeft(key, ", ") {
		for part, size := range map[string]int{
			"tag(": secret.TagSize, "account": 16, "notification": 16, "deed": 16, "side": 1,
			"nanoseconds since 1970": 8, "update id": 8,
		} {
			rest, found := strings.CutPrefix(key, part)
			if !found {
				continue
			}
			if part == "tag(" {
				_, rest, _ = strings.Cut(rest, ")")
			}
			key, length = rest, length+size
			break
		}
	}
	return length
}

// TestTheFileRevealsNothing reads the raw file, pages that were given up included.
func TestTheFileRevealsNothing(t *testing.T) {
	s := openNew(t)
	update(t, s, oneOfEach)
	hunt(t, "written", readFile(t, database(s).Path()))
	update(t, s, oneOfEach)
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.DeleteAccount(accountID(1)), tx.DeleteChat(knownChat), tx.DropUpdate(99))
	})
	hunt(t, "deleted", readFile(t, database(s).Path()))
}

func hunt(t *testing.T, when string, raw []byte) {
	t.Helper()
	if !bytes.Contains(raw, []byte(tableSnapshots)) {
		t.Fatal("not even a table's name is in the file: this test proves nothing")
	}
	for what, text := range map[string]string{
		"token": knownToken, "refresh token": knownRefresh, "held token": knownHeld,
		"held refresh token": knownHeldPair, "state": knownState, "code": knownCode,
		"phone number": knownPhone, "comment": knownComment, "nickname": knownNickname,
		"session": knownSession, "update": "hello, it is me", "credits": "18.75", "status": "Accepted",
		"title": knownTitle, "detail": knownDetail, "told": knownToldKey, "kind": string(alert.Reminder),
	} {
		for form, leak := range map[string]string{
			"as it is": text, "in hexadecimal": hex.EncodeToString([]byte(text)), "in base64": base64Core(text),
		} {
			if bytes.Contains(raw, []byte(leak)) {
				t.Errorf("%s: the file shows the %s %s", when, what, form)
			}
		}
	}
	for what, n := range map[string]int64{
		"chat": int64(knownChat), "user": knownUser, "member": knownMember, "other member": knownOther,
		"booking": knownBooking, "offer": knownOffer,
	} {
		big, little := binary.BigEndian.AppendUint64(nil, uint64(n)), binary.LittleEndian.AppendUint64(nil, uint64(n))
		for form, leak := range map[string][]byte{
			"in digits": []byte(strconv.FormatInt(n, 10)), "big-endian": big[3:], "little-endian": little[:5],
		} {
			if bytes.Contains(raw, leak) {
				t.Errorf("%s: the file shows the %s %s", when, what, form)
			}
		}
	}
}

// base64Core is the part of a text's base64 that does not depend on what stands around it.
func base64Core(text string) string {
	encoded, err := json.Marshal([]byte(text))
	if err != nil {
		panic(err)
	}
	return string(encoded[1 : 1+len(text)/3*4])
}

// TestMigrateRunsEachStepOnce takes a file without version through all steps, and one that is up to date through none.
func TestMigrateRunsEachStepOnce(t *testing.T) {
	s := openNew(t)
	version := func() (n int) {
		view(t, s, func(tx *Tx) (err error) { n, err = tx.version(); return err })
		return n
	}
	if got := version(); got != len(migrations()) {
		t.Errorf("a new file has schema %d, want %d", got, len(migrations()))
	}
	before := readFile(t, database(s).Path())
	if err := s.migrate(t.Context(), migrations()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, readFile(t, database(s).Path())) {
		t.Error("a file that is up to date was written to")
	}
	update(t, s, func(tx *Tx) error { // a crash before the very first commit leaves an empty file
		return errors.Join(tx.writer.Delete(tableMeta, []byte(keySchema)), tx.writer.Delete(tableMeta, []byte(keyCheck)))
	})
	if err := s.migrate(t.Context(), migrations()); err != nil {
		t.Fatal(err)
	}
	if got := version(); got != len(migrations()) {
		t.Errorf("schema %d, want %d", got, len(migrations()))
	}
	view(t, s, (*Tx).check)
}

func TestCheckRecordIsNeeded(t *testing.T) {
	s := openNew(t)
	update(t, s, func(tx *Tx) error { return tx.writer.Delete(tableMeta, []byte(keyCheck)) })
	if err := s.migrate(t.Context(), migrations()); !errors.Is(err, ErrNotFound) {
		t.Errorf("without it: %v, want ErrNotFound", err)
	}
}
