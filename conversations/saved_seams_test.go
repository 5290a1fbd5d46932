package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// The saved number meets crashes, other people and whoever looks.

// lenient is a platform that lets anybody book for anybody.
type lenient struct{ conversations.Platform }

func (p lenient) EachBooking(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery) iter.Seq2[apiclient.Booking, error] {
	as.For = 0
	return p.Platform.EachBooking(ctx, as, side, q)
}

func (p lenient) CreateBooking(ctx context.Context, as apiclient.Caller, b apiclient.NewBooking) (apiclient.Booking, error) {
	as.For = 0
	return p.Platform.CreateBooking(ctx, as, b)
}

// actsInForm has the open form be one for a member of the group. No button leads there: a booking is made for oneself.
func (r *rig) actsInForm() {
	r.t.Helper()
	r.changeChat(func(c *store.Chat) {
		c.Acting = store.Acting{Member: performerID, Nickname: "VelvetVoice", Until: monday.Add(time.Hour)}
		c.Session.Answers["as"], c.Session.Answers["asname"] = fmt.Sprint(performerID), "VelvetVoice"
	})
}

// While the account acts for a member of its group, its own number is no business of theirs, nor theirs of its.
func TestNoNumberForAMemberOfTheGroup(t *testing.T) {
	t.Run("offered", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.sent()
		r.say("/book")
		for _, answer := range bookingAnswers[:3] {
			r.say(answer)
		}
		r.actsInForm()
		r.say("1")
		r.wantSaid("Which number shall they ring")
		r.wantSaid("Acting as VelvetVoice")
		if r.offersNumber() {
			t.Error("it is offered")
		}
		r.say("saved")
		r.wantSaid("No number is kept here")
	})
	t.Run("kept", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.fillBooking()
		r.press("Send request")
		r.actsInForm()
		r.platformOf(lenient{r.api})
		r.press("Yes, send")
		r.wantSaid("Request sent")
		r.wantNumber(store.SavedNumber{})
	})
}

// Killed at any write of a send: the booking is made once, and is known with its number or not known yet.
func TestKilledWhileTheNumberIsKept(t *testing.T) {
	kept := store.SavedNumber{National: "07700900123", Until: dayAfterTheCall}
	for at := 1; ; at++ {
		r := newRig(t, monday)
		r.link(clientToken)
		r.fillBooking()
		r.press("Send request")
		card, yes, _ := r.chat.find("Yes, send")
		writes := 0
		r.reopen(store.WatchCommits(func() {
			if writes++; writes == at {
				panic("killed")
			}
		}, nil))
		r.update++
		e := flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "q", Update: r.update}
		killed := r.try(e) != nil
		r.reopen()
		var known bool
		err := r.db.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Snapshot(r.account().ID, "made", 48213)
			known = err == nil
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		})
		r.check(err)
		if number := r.account().Number; (number != store.SavedNumber{}) != known {
			t.Errorf("write %d: the booking is known: %v, and its number is %v", at, known, number.Until)
		}
		r.restart()
		r.handle(e)
		r.later(2 * time.Minute)
		if r.platform.CreatedCount() == 0 { // stopped before it was sent: for the person to say
			if !strings.Contains(r.chat.last(), "Send this request to") {
				r.press("Send request")
			}
			r.press("Yes, send")
		}
		r.wantCreated(1)
		r.wantNumber(kept)
		if !killed {
			if at < 4 {
				t.Errorf("only %d writes", at-1)
			}
			return
		}
	}
}

// Recorded, but its card was not shown; forgotten meanwhile: showing the card does not bring the number back.
func TestAForgottenNumberStaysForgotten(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	r.press("Send request")
	card, yes, _ := r.chat.find("Yes, send")
	r.chat.broken = true
	if r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "q"}) == nil {
		t.Fatal("the chat was reached")
	}
	r.chat.broken = false
	r.wantNumber(store.SavedNumber{National: "07700900123", Until: dayAfterTheCall})
	account := r.account()
	account.Number = store.SavedNumber{}
	r.check(r.db.Update(t.Context(), func(tx *store.Tx) error { return tx.PutAccount(account) }))
	r.restart()
	r.wantSaid("Request sent, #48213")
	r.wantNumber(store.SavedNumber{})
	r.wantCreated(1)
}

// reopen opens the database anew, watched or not.
func (r *rig) reopen(opts ...store.Option) {
	r.t.Helper()
	err := r.db.Close()
	r.check(err)
	r.db, err = store.Open(r.path, r.ring, opts...)
	r.check(err)
	r.desk = nil // what it had in memory is gone
	r.platformOf(r.api)
}

// The number is in no callback data, no error, no toast and not in the open, whatever goes wrong.
func TestTheSavedNumberLeaksNowhere(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	var errs []string
	note := func(err error) {
		if err != nil {
			errs = append(errs, fmt.Sprintf("%v %+v", err, err))
		}
	}
	r.sent()
	r.atNumber()
	r.press("Share my number")
	r.handle(flow.Event{Kind: flow.EventContact, Phone: "+447700900123", ContactUser: theUser, Message: r.chat.receive()})
	r.press("Back")
	card, use, _ := r.chat.find(useIt)
	_, forget, _ := r.chat.find(forgetIt)
	for _, press := range []flow.Press{use, forget} {
		r.chat.broken = true
		note(r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: press, Callback: "q"}))
		r.chat.broken = false
		r.settle()
	}
	r.reopen(store.WatchCommits(func() { panic("killed with 07700900123") }, nil))
	note(r.try(flow.Event{Kind: flow.EventText, Text: "saved"}))
	r.clock.Advance(72 * time.Hour)
	note(r.try(flow.Event{Kind: flow.EventResume}))
	r.reopen()
	r.restart()
	if len(errs) < 4 {
		t.Fatalf("%d errors were looked at", len(errs))
	}
	hides := func(where, text string) {
		if digits := strings.NewReplacer(" ", "", "-", "").Replace(text); strings.Contains(digits, "7700900123") {
			t.Errorf("in %s: %s", where, text)
		}
	}
	hides("an error", strings.Join(errs, "\n"))
	for _, line := range r.chat.log {
		if !strings.Contains(line, "for example") {
			hides("the open", spoilered.ReplaceAllString(line, ""))
		}
	}
	for _, m := range r.chat.messages {
		for _, row := range m.rows {
			for _, b := range row {
				hides("a button", fmt.Sprintf("%+v", b.Press)+labelOf(b))
			}
		}
	}
	file, err := os.ReadFile(r.path)
	r.check(err)
	hides("the database", string(file))
}
