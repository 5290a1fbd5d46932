package conversations_test

import (
	"fmt"
	"sync"
	"testing"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// onDisk is the chat's record as a process would find it that is started now.
func (r *rig) onDisk() store.Chat {
	r.t.Helper()
	var chat store.Chat
	err := r.db.View(r.t.Context(), func(tx *store.Tx) (err error) {
		chat, err = tx.Chat(theUser)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return chat
}

func TestWhatWasShownIsWrittenWithTheNextTurn(t *testing.T) {
	for name, tc := range map[string]struct {
		then func(*rig)
		owed bool
	}{
		"at once":                    {func(*rig) {}, true},
		"a tick later":               {func(r *rig) { r.flush() }, false},
		"two ticks later":            {func(r *rig) { r.flush(); r.flush() }, false},
		"killed, and taken up":       {func(r *rig) { r.kill() }, true},
		"taken up, and a tick later": {func(r *rig) { r.kill(); r.flush() }, false},
		"a screen in between":        {func(r *rig) { r.say("/help") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.say("/book")
			r.say("771204")
			tc.then(r)
			chat := r.onDisk()
			if chat.Session == nil || chat.Session.At != "day" {
				t.Fatalf("on disk: %+v", chat.Session)
			}
			if owed := chat.Drawn != chat.Session.Rev; owed != tc.owed {
				t.Errorf("drawn %d of revision %d", chat.Drawn, chat.Session.Rev)
			}
			r.say("tomorrow 9:30pm")
			r.wantSaid("How long?")
		})
	}
}

// A killed process has forgotten which card was its last. A press of that card is taken, and it is the live one from then on.
func TestACardThatWasForgottenIsTakenUp(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	r.say("771204")
	r.flush()
	r.say("tomorrow 9:30pm")
	card, press, ok := r.chat.find("30 min · 36.00")
	if !ok {
		t.Fatalf("no such key:\n%s", r.chat.last())
	}
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	r.start() // and nothing is taken up yet
	r.pressed(card, press)
	r.wantSaid("How shall the call be made?")
	if got := r.onDisk(); got.Card != 0 && got.Card < card {
		t.Errorf("the live card is %d, before %d", got.Card, card)
	}
	r.flush()
	if got := r.onDisk(); got.Card != card {
		t.Errorf("the live card is %d, want the one that was pressed: %d", got.Card, card)
	}
}

// What was shown is written down while other chats go on, and nothing that they have answered is lost.
func TestFlushBesideTurns(t *testing.T) {
	desk, db, _ := benchDesk(t, 8, 0)
	var turns sync.WaitGroup
	for i := 1; i <= 8; i++ {
		turns.Go(func() {
			for n := range 20 {
				turn(t, desk, flow.ChatID(i), flow.Event{Kind: flow.EventText, Text: fmt.Sprint(10 + n)})
				turn(t, desk, flow.ChatID(i), flow.Event{Kind: flow.EventCommand, Command: "book"})
				turn(t, desk, flow.ChatID(i), flow.Event{Kind: flow.EventText, Text: "tomorrow 21:00"})
			}
		})
	}
	for range 50 {
		if err := desk.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	turns.Wait()
	if err := desk.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := db.View(t.Context(), func(tx *store.Tx) error {
		for chat, err := range tx.Chats() {
			if err != nil {
				return err
			}
			if chat.Session == nil || chat.Drawn != chat.Session.Rev || chat.Session.Answers["length"] != "10" {
				t.Errorf("chat %d: drawn %d, session %+v", chat.ID, chat.Drawn, chat.Session)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
