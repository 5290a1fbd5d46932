package conversations_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// cutter ends the process's context while a token is being checked.
type cutter struct {
	conversations.Platform
	kill context.CancelFunc
}

func (c cutter) VerifyCredentials(ctx context.Context, _ apiclient.Caller) (apiclient.Member, error) {
	c.kill()
	return apiclient.Member{}, ctx.Err()
}

func TestATokenCheckThatIsCutOffIsAskedAgain(t *testing.T) {
	r := newRig(t, monday)
	r.say("/start")
	r.press("Paste an access token")
	ctx, kill := context.WithCancel(t.Context())
	r.platformOf(cutter{r.api, kill})
	e := flow.Event{Kind: flow.EventText, Text: clientToken, Chat: theUser, User: theUser, Private: true, Update: 1000, Message: 999}
	if err := r.desk.Handle(ctx, e); err == nil {
		t.Fatal("no error")
	}
	r.update = 1000
	r.restart()
	r.wantSaid("Paste your access token here")
	r.say(clientToken)
	r.wantSaid("Linked as")
}

func TestNothingIsShownBeforeTheYes(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	// Another chat's linking was cut off after the account was sealed: the link form still stands there.
	other := func(e flow.Event) { e.Chat = 43; r.handle(e) }
	other(flow.Event{Kind: flow.EventCommand, Command: "start"})
	other(flow.Event{Kind: flow.EventText, Text: clientToken, Message: r.chat.receive()})
	r.wantSaid("is linked in another Telegram chat already")
	err := r.db.Update(t.Context(), func(tx *store.Tx) error {
		c, err := tx.Chat(43)
		if err != nil {
			return err
		}
		c.Session = &flow.Session{ID: "formcut", Flow: "link", Version: 1, Rev: 2, At: "token"}
		return tx.PutChat(c)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"bookings", "account", "book"} {
		other(flow.Event{Kind: flow.EventCommand, Command: command})
		r.wantSaid("is linked in another Telegram chat already")
	}
	r.chat.log = nil
	other(flow.Event{Kind: flow.EventText, Text: clientToken, Message: r.chat.receive()}) // pasted again
	r.wantSaid("is linked in another Telegram chat already")
	if !strings.Contains(strings.Join(r.chat.log, "\n"), "x the person's message is deleted") {
		t.Error("the token was left in the chat")
	}
}

func TestADeletionThatFailedIsSaidWhateverComesOfIt(t *testing.T) {
	t.Run("asked about another chat", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.chat.noDelete = true
		r.handle(flow.Event{Kind: flow.EventText, Text: clientToken, Chat: 43, Message: r.chat.receive()})
		r.wantSaid("press and hold it to delete it")
		card, yes, _ := r.chat.find("Yes, link it here too")
		r.handle(flow.Event{Kind: flow.EventPress, Chat: 43, Message: card, Press: yes, Callback: "q"})
		r.wantSaid("Linked as")
		if strings.Contains(r.chat.last(), "was deleted") {
			t.Error("a deletion that failed is claimed")
		}
	})
	t.Run("another account", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.chat.noDelete = true
		r.say("/account")
		r.press("Paste a new token")
		r.say(performerToken)
		r.wantSaid("press and hold it to delete it")
	})
	t.Run("the site is away", func(t *testing.T) {
		r := newRig(t, monday)
		r.chat.noDelete = true
		r.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultDown})
		r.say(clientToken)
		r.wantSaid("press and hold it to delete it")
	})
}

func TestWhatIsNoTokenIsLeftAlone(t *testing.T) {
	for _, text := range []string{
		"https://www.example.com/ViewProfile.asp?UserID=771204", "night.owl77@example.com", "www.some-other-page1.example",
		"t.me/some_other_bot1", "07700-900123/ask-for-Nina", "Well-well-well-well-well...", "0123456789012345678901234",
		"live:night.owl-77aa0912", "a long sentence with 12 words in it, and a number",
	} {
		r := newRig(t, monday)
		before := r.platform.Calls(apisim.OpVerifyCredentials)
		r.say(text)
		r.wantSaid("Not linked yet")
		if r.platform.Calls(apisim.OpVerifyCredentials) != before {
			t.Errorf("%q was sent to the site as a token", text)
		}
	}
}

func TestOwnTokenGoesWhereverItIsTyped(t *testing.T) {
	for name, e := range map[string]flow.Event{
		"in a command": {Kind: flow.EventCommand, Command: "start", Text: clientToken},
		"by an edit":   {Kind: flow.EventEdited, Text: "now it is " + clientToken},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.chat.log = nil
			e.Message = r.chat.receive()
			r.handle(e)
			if !strings.Contains(strings.Join(r.chat.log, "\n"), "x the person's message is deleted") {
				t.Error("it stays in the chat")
			}
		})
	}
}

// A nickname can be digits: the member number that was typed goes first.
func TestAMemberNumberGoesBeforeANickname(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.platformOf(digits{r.api})
	r.say("/book")
	r.say("771204")
	r.say("tomorrow 21:00")
	r.wantSaid("The price of VelvetVoice")
}

// digits lists one performer, 771318, who calls herself 771204.
type digits struct{ conversations.Platform }

func (digits) ListBookings(context.Context, apiclient.Caller, apiclient.Side, apiclient.ListQuery) (apiclient.Page, error) {
	b := apiclient.Booking{ID: 1, Side: apiclient.Made, Other: apiclient.Party{ID: 771318, Nickname: "771204"}}
	return apiclient.Page{Bookings: []apiclient.Booking{b}, Number: 1, Count: 1, Total: 1}, nil
}

func TestTheHintOfADeadTokenIsShownWhoeverMeetsIt(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.unsure(apisim.FaultResetAfterCommit)
	stopped := r.account()
	stopped.State = store.AccountStopped // by the poller
	r.platform.RevokeToken(clientToken)
	if err := r.db.Update(t.Context(), func(tx *store.Tx) error { return tx.PutAccount(stopped) }); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(4 * time.Second)
	r.settle()
	r.wantSaid("no longer accepts your sign-in")
}
