package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
)

func TestSignInRoundTrip(t *testing.T) {
	s := openNew(t)
	bst := time.FixedZone("BST", 3600)
	for name, want := range map[string]SignIn{
		"just begun": {State: "s1", Chat: 42, User: 7, Made: noon, Ends: noon.Add(time.Minute), Stage: SignInOpen},
		"all of it": {
			State: "s2\x00\"", Chat: -100, User: 7, Made: noon.In(bst), Ends: noon.In(bst), After: "book",
			Stage: SignInArrived, Word: "w", Code: "ABCD-EFGH", Tries: 4, Token: secret.New("tok-é\"\\"),
			Refresh: secret.New("ref"), Expires: noon.In(bst), Arrived: noon.In(bst), Member: 660031, Nickname: "NightOwl77",
		},
		"taken":        {State: "s3", Stage: SignInTaken},
		"over":         {State: "s4", Stage: SignInOver, Word: "cancelled"},
		"token alone":  {State: "s5", Stage: SignInArrived, Token: secret.New("tok")},
		"a long state": {State: strings.Repeat("s", 70_000), Stage: SignInOpen}, // longer than a key may be
	} {
		t.Run(name, func(t *testing.T) {
			update(t, s, func(tx *Tx) error { return tx.PutSignIn(want) })
			view(t, s, func(tx *Tx) error {
				got, err := tx.SignIn(want.State)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				for _, at := range []time.Time{got.Made, got.Ends, got.Expires} {
					if at.Location() != time.UTC {
						t.Error("a time does not come back in UTC")
					}
				}
				return err
			})
		})
	}
}

func TestPutSignInRefuses(t *testing.T) {
	s := openNew(t)
	for name, bad := range map[string]SignIn{
		"no state":      {Stage: SignInOpen},
		"no stage":      {State: "s"},
		"another stage": {State: "s", Stage: "lost"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutSignIn(bad) }); err == nil {
				t.Error("it is written")
			}
		})
	}
}

// TestSignIns writes, changes, drops and forgets sign-ins at random and compares with a map.
func TestSignIns(t *testing.T) {
	s := openNew(t)
	update(t, s, func(tx *Tx) error { return tx.PutChat(Chat{ID: 9, Card: 5}) })
	stages := []SignInStage{SignInOpen, SignInTaken, SignInArrived, SignInOver}
	rapid.Check(t, func(rt *rapid.T) {
		want := map[string]SignIn{}
		update(t, s, func(tx *Tx) error {
			return errors.Join(tx.DeleteChat(0), tx.DeleteChat(1), tx.DeleteChat(2))
		})
		for range rapid.IntRange(1, 15).Draw(rt, "steps") {
			state := fmt.Sprint("state ", rapid.IntRange(1, 5).Draw(rt, "state"))
			chat := flow.ChatID(rapid.IntRange(0, 2).Draw(rt, "chat"))
			switch rapid.IntRange(0, 4).Draw(rt, "step") {
			case 0:
				delete(want, state)
				update(t, s, func(tx *Tx) error { return tx.DropSignIn(state) })
			case 1:
				for state, begun := range want {
					if begun.Chat == chat {
						delete(want, state)
					}
				}
				update(t, s, func(tx *Tx) error { return tx.DeleteChat(chat) })
			default:
				signIn := SignIn{State: state, Chat: chat, Stage: rapid.SampledFrom(stages).Draw(rt, "stage")}
				want[state] = signIn
				update(t, s, func(tx *Tx) error { return tx.PutSignIn(signIn) })
			}
		}
		view(t, s, func(tx *Tx) error {
			got := map[string]SignIn{}
			for signIn, err := range tx.SignIns() {
				if err != nil {
					return err
				}
				got[signIn.State] = signIn
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Errorf("all sign-ins (-want +got):\n%s", diff)
			}
			for n := range 7 {
				state := fmt.Sprint("state ", n)
				_, known := want[state]
				one, err := tx.SignIn(state)
				if diff := cmp.Diff(want[state], one); diff != "" || errors.Is(err, ErrNotFound) == known {
					rt.Errorf("sign-in %d: %v (-want +got):\n%s", n, err, diff)
				}
			}
			return nil
		})
	})
	view(t, s, func(tx *Tx) error {
		other, err := tx.Chat(9)
		if other.Card != 5 {
			t.Error("another chat was forgotten")
		}
		return err
	})
}

func TestAMovedSignInDoesNotOpen(t *testing.T) {
	s := openNew(t)
	mine := SignIn{State: "mine", Chat: 1, Stage: SignInOpen}
	their := SignIn{State: "theirs", Chat: 2, Stage: SignInArrived, Token: secret.New("tok")}
	update(t, s, func(tx *Tx) error {
		stolen := tx.signInKey(their.State)
		if err := errors.Join(tx.PutSignIn(mine), tx.PutSignIn(their)); err != nil {
			return err
		}
		value, err := tx.reader.Get(tableSignIns, stolen)
		return errors.Join(err, tx.writer.Put(tableSignIns, tx.signInKey(mine.State), value))
	})
	view(t, s, func(tx *Tx) error {
		got, err := tx.SignIn(mine.State)
		if !errors.Is(err, secret.ErrSealed) || !got.Token.IsZero() {
			t.Errorf("the moved sign-in: %v, want ErrSealed and no token", err)
		}
		opened, failed := 0, 0
		for _, err := range tx.SignIns() { // and the loop goes on past it
			if err != nil {
				failed++
				continue
			}
			opened++
		}
		if opened != 1 || failed != 1 {
			t.Errorf("%d open and %d fail, want one each", opened, failed)
		}
		return nil
	})
	update(t, s, func(tx *Tx) error { // what does not open keeps no chat from being forgotten
		return errors.Join(tx.DeleteChat(2), tx.DropSignIn(mine.State))
	})
	view(t, s, func(tx *Tx) error {
		for _, err := range tx.SignIns() {
			t.Errorf("a sign-in is left, %v", err)
		}
		return nil
	})
}

// TestASignInIsNotPrinted looks for what finishes a sign-in in every way of printing it.
func TestASignInIsNotPrinted(t *testing.T) {
	signIn := SignIn{
		State: knownState, Chat: knownChat, Stage: SignInArrived, Code: knownCode,
		Token: secret.New(knownHeld), Refresh: secret.New(knownHeldPair),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, of := range []any{signIn, &signIn, []SignIn{signIn}, struct{ In SignIn }{signIn}} {
			text := fmt.Sprintf(verb, of)
			if !strings.Contains(text, "arrived") {
				t.Errorf("%s of %T does not tell the stage", verb, of)
			}
			for what, leak := range map[string]string{
				"state": knownState, "code": knownCode, "token": knownHeld, "refresh token": knownHeldPair,
				"state in hexadecimal": fmt.Sprintf("%x", knownState),
			} {
				if strings.Contains(text, leak) {
					t.Errorf("%s of %T shows the %s", verb, of, what)
				}
			}
		}
	}
}

// TestTheKeyDoesNotNameTheState compares the keys of a sign-in under two keyrings.
func TestTheKeyDoesNotNameTheState(t *testing.T) {
	var keys [][]byte
	for _, key := range []byte{1, 2} {
		s := openAt(t, dataFile(t), ring(t, key))
		update(t, s, func(tx *Tx) error { return tx.PutSignIn(SignIn{State: knownState, Stage: SignInOpen}) })
		view(t, s, func(tx *Tx) error {
			for found, err := range rows(tx, tableSignIns, nil) {
				if err != nil {
					return err
				}
				keys = append(keys, found.key)
			}
			return nil
		})
	}
	if len(keys) != 2 || bytes.Equal(keys[0], keys[1]) {
		t.Error("without the key one could tell whose state it is")
	}
}
