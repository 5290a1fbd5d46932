package conversations_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// hookedChat calls what it is told before anything is shown.
type hookedChat struct {
	*fakeChat
	before func() error
}

func (h *hookedChat) Send(ctx context.Context, c flow.ChatID, v flow.View) (int, error) {
	if err := h.before(); err != nil {
		return 0, err
	}
	return h.fakeChat.Send(ctx, c, v)
}

func (h *hookedChat) Edit(ctx context.Context, c flow.ChatID, m int, v flow.View) (int, error) {
	if err := h.before(); err != nil {
		return 0, err
	}
	return h.fakeChat.Edit(ctx, c, m, v)
}

func (h *hookedChat) Show(ctx context.Context, c flow.ChatID, m int, v flow.View) (int, error) {
	if err := h.before(); err != nil {
		return 0, err
	}
	return h.fakeChat.Show(ctx, c, m, v)
}

// hooked puts a desk before the chat that calls hook before anything is shown.
func (r *rig) hooked(hook func() error) {
	r.t.Helper()
	r.flush()
	ids := 0
	var err error
	r.desk, err = conversations.New(conversations.Config{
		Store: r.db, API: r.api, Chat: &hookedChat{r.chat, hook}, Zone: r.platform.Location(), Now: r.clock.Now, NewUUID: newUUID, Slow: r.slow,
		NewID: func() string { ids++; return "formhooked" + strings.Repeat("x", ids) },
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// Killed before anything is shown, the update comes again, and something is.
func TestKilledBeforeAnythingIsShown(t *testing.T) {
	command := func(name string) func(*rig) flow.Event {
		return func(r *rig) flow.Event {
			r.say("/" + name)
			return flow.Event{Kind: flow.EventCommand, Command: name}
		}
	}
	press := func(label string, then ...string) func(*rig) flow.Event {
		return func(r *rig) flow.Event {
			for _, key := range then {
				if strings.HasPrefix(key, "/") {
					r.say(key)
				} else {
					r.press(key)
				}
			}
			m, p, ok := r.chat.find(label)
			if !ok {
				r.t.Fatalf("no %q:\n%s", label, r.chat.last())
			}
			return flow.Event{Kind: flow.EventPress, Press: p, Message: m, Callback: "q"}
		}
	}
	for name, tc := range map[string]struct {
		do   func(*rig) flow.Event
		says string
	}{
		"the account": {command("account"), "Role: client"},
		"the account, whose role has changed": {func(r *rig) flow.Event {
			account := r.account()
			account.Role.Type = "Agency"
			err := r.db.Update(r.t.Context(), func(tx *store.Tx) error { return tx.PutAccount(account) })
			r.check(err)
			return flow.Event{Kind: flow.EventCommand, Command: "account"}
		}, "Role: client"},
		"a draft is saved":   {press("Save draft"), "Saved as a draft"},
		"a draft is deleted": {press("Delete 1", "Save draft", "/book"), "Draft deleted"},
		"a form is closed":   {press("Discard", "Cancel"), "Form closed"},
		"a command, when acting was over": {func(r *rig) flow.Event {
			err := r.db.Update(r.t.Context(), func(tx *store.Tx) error {
				chat, err := tx.Chat(theUser)
				chat.Acting = store.Acting{Member: harbourID, Nickname: "X", Until: monday.Add(-time.Hour)}
				return errors.Join(err, tx.PutChat(chat))
			})
			r.check(err)
			return flow.Event{Kind: flow.EventCommand, Command: "help"}
		}, "/book"},
	} {
		for after := range 2 { // things that are shown before the kill
			t.Run(name, func(t *testing.T) {
				r := newRig(t, monday)
				r.link(clientToken)
				r.fillBooking()
				e := tc.do(r)
				left := after
				r.hooked(func() error {
					switch left--; {
					case left == -1:
						panic("killed")
					case left < -1:
						return errors.New("dead")
					}
					return nil
				})
				r.update++
				e.Update = r.update
				_ = r.try(e)
				r.desk = nil
				r.kill()
				r.handle(e)
				if all := r.chat.all(); !strings.Contains(all, tc.says) {
					t.Errorf("%q is not said:\n%s", tc.says, all)
				}
			})
		}
	}
}

// What was handled right before a kill is not handled again, however long the program is down.
func TestAnUpdateThatLayInTheInboxForDays(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	for _, answer := range []string{"20 February 9:30pm", "30", "2", "36"} {
		r.say(answer)
	}
	r.update++
	e := flow.Event{Kind: flow.EventText, Text: "in 90 hours", Message: r.chat.receive(), Update: r.update}
	r.handle(e)
	r.wantSaid("A comment for them?")
	r.clock.Advance(73 * time.Hour)
	r.reopen() // the inbox comes first
	e.Chat, e.User, e.Private, e.At = theUser, theUser, true, monday
	if err := r.desk.Handle(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if comment, ok := r.session().Answers["comment"]; ok {
		t.Errorf("it became the comment: %q", comment)
	}
}

// A stop cuts a reading off: the update is handled by the next life, and nobody reads of an incident.
func TestAStopIsNoIncident(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	ctx, cancel := context.WithCancel(t.Context())
	r.platformOf(stopping{r.api, cancel})
	r.update++
	e := flow.Event{
		Kind: flow.EventText, Text: "771204", Chat: theUser, User: theUser, Private: true, At: r.clock.Now(),
		Message: r.chat.receive(), Update: r.update,
	}
	if err := r.desk.Handle(ctx, e); err == nil {
		t.Error("it was handled")
	}
	if all := r.chat.all(); strings.Contains(all, "went wrong") {
		t.Errorf("says\n%s", all)
	}
	r.kill()
	r.handle(e)
	r.wantSaid("Which day?")
}

type stopping struct {
	conversations.Platform
	stop context.CancelFunc
}

func (s stopping) Requirements(ctx context.Context, _ apiclient.Caller, _ apiclient.MemberID) (apiclient.Requirements, error) {
	s.stop()
	<-ctx.Done()
	return apiclient.Requirements{}, ctx.Err()
}

// What a chat shows is not written down by somebody else while something is being answered there: it may be old by
// the time it is on disk.
func TestFlushLeavesAChatAloneThatIsBeingAnswered(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	asked := &asking{Platform: r.api, when: func() {}}
	r.platformOf(asked)
	r.say("/book")
	owed := func() bool { chat := r.onDisk(); return chat.Drawn != chat.Session.Rev }
	if !owed() {
		t.Fatal("it is on disk that it was shown")
	}
	asked.when = func() {
		r.flush()
		if !owed() {
			t.Error("it was written down in the midst of an answer")
		}
	}
	r.say("771204")
	r.wantSaid("Which day?")
	asked.when = func() {}
	r.flush()
	if owed() {
		t.Error("what was shown is not on disk")
	}
}

type asking struct {
	conversations.Platform
	when func()
}

func (a *asking) Requirements(ctx context.Context, as apiclient.Caller, m apiclient.MemberID) (apiclient.Requirements, error) {
	a.when()
	return a.Platform.Requirements(ctx, as, m)
}
