package conversations_test

import (
	"strings"
	"testing"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// signIn goes the whole way, as somebody.
func (r *rig) signIn(nickname string) {
	r.t.Helper()
	r.say("/start")
	r.press("Sign in on the site")
	r.browser("allow", nickname)
	r.say("/start in_" + r.lastCode())
	r.press("Yes, that is me")
}

func (r *rig) lastCode() string {
	r.t.Helper()
	code := ""
	for _, s := range r.signIns() {
		if s.Stage == store.SignInArrived {
			code = s.Code
		}
	}
	if code == "" {
		r.t.Fatal("no sign-in has arrived")
	}
	return code
}

func (r *rig) signIns() (all []store.SignIn) {
	r.t.Helper()
	err := r.db.View(r.t.Context(), func(tx *store.Tx) error {
		for s, err := range tx.SignIns() {
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// other is an event in another chat.
func (r *rig) other(e flow.Event) {
	r.t.Helper()
	e.Chat, e.Message = 43, r.chat.receive()
	r.handle(e)
}

// Somebody sends a link of theirs to another person, who signs in: the tokens go to nobody.
func TestALinkThatWasSentToSomebodyElse(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.say("/start")
	r.press("Sign in on the site")
	r.browser("allow", "VelvetVoice") // the other person's browser
	code := r.lastCode()
	r.chat.log = nil
	r.other(flow.Event{Kind: flow.EventCommand, Command: "start", Text: "in_" + code}) // the last page leads there
	r.wantSaid("begun in another chat")
	if said := strings.Join(r.chat.log, "\n"); strings.Contains(said, "VelvetVoice") {
		t.Errorf("a name is shown: %s", said)
	}
	for _, chat := range r.toldOf {
		r.handle(flow.Event{Kind: flow.EventSignIn, Chat: chat})
	}
	r.wantSaid("was shown in another chat")
	r.say("/start in_" + code)
	r.wantSaid("No sign-in is waiting")
	for _, s := range r.signIns() {
		if !s.Token.IsZero() || !s.Refresh.IsZero() {
			t.Error("the tokens are kept")
		}
	}
}

func TestTheYesIsForOneChatAndOneCode(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.say("/start")
	r.press("Sign in on the site")
	r.browser("allow", "NightOwl77")
	code := r.lastCode()
	r.other(flow.Event{Kind: flow.EventCommand, Command: "start"})
	r.other(flow.Event{Kind: flow.EventPress, Press: flow.Press{Of: "guest", Action: "signinyes", Value: "CODE9999"}, Callback: "q1"})
	r.wantSaid("No sign-in is waiting")
	// A press that was made up, before anybody was asked.
	r.handle(flow.Event{Kind: flow.EventPress, Message: 1, Press: flow.Press{Of: "guest", Action: "signinyes", Value: code}, Callback: "q2"})
	r.wantSaid("No sign-in is waiting")
	r.say(code)
	r.wantSaid("Was this you?")
	if r.acted != 0 {
		t.Error("an account is watched before the yes")
	}
	r.press("Yes, that is me")
	r.wantSaid("Linked as NightOwl77")
	if r.acted != 1 || !r.account().Renewed.Equal(monday) || r.account().Refresh.IsZero() {
		t.Errorf("the account is not watched, or has nothing to be renewed with: %+v", r.account().Renewed)
	}
	if left := r.signIns(); len(left) != 0 {
		t.Errorf("%d sign-ins are left", len(left))
	}
	before, _, _ := r.chat.find("Book a call")
	r.pressed(before, flow.Press{Of: "guest", Action: "signinyes", Value: code}) // the old card, once more
	if r.acted != 1 {
		t.Error("an old yes links again")
	}
}

func TestTheQuestionNamesAnotherChat(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.other(flow.Event{Kind: flow.EventText, Text: clientToken})
	r.say("/start")
	r.press("Sign in on the site")
	r.browser("allow", "NightOwl77")
	r.say(r.lastCode())
	r.wantSaid("is linked in another Telegram chat already")
	r.press("Yes, that is me")
	r.wantSaid("Linked as NightOwl77")
}

// A restart between the browser's return and the yes loses nothing.
func TestARestartBeforeTheYes(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.say("/start")
	r.press("Sign in on the site")
	r.browser("allow", "NightOwl77")
	code := r.lastCode()
	r.restart()
	r.say(code)
	r.wantSaid("Was this you?")
	r.restart()
	r.press("Yes, that is me")
	r.wantSaid("Linked as NightOwl77")
}

// The form for pasting is not in the way of signing in, and what was parked behind it comes back.
func TestSigningInWhilePastingIsOpen(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.signIn("NightOwl77")
	r.say("/book")
	r.say("771204")
	r.wantSaid("Which day")
	r.say("/account")
	r.press("Paste a new token")
	r.wantSaid("Paste your access token here")
	r.say("/start")
	r.say("/account")
	r.press("Sign in again")
	r.browser("allow", "NightOwl77")
	r.say("/start in_" + r.lastCode())
	r.press("Yes, that is me")
	r.wantSaid("Which day")
}

// A request under way when the sign-in ends is looked up with the new one.
func TestASignInSettlesWhatIsUnderWay(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.signIn("NightOwl77")
	r.unsure(apisim.FaultResetAfterCommit)
	r.platform.WithdrawScopes(clientID, testClient)
	r.platform.ExpireTokens(clientID)
	r.clock.Advance(30 * time.Minute)
	r.settle()
	r.wantSaid("no longer accepts your sign-in")
	r.press("Sign in on the site")
	r.browser("allow", "NightOwl77")
	r.say("/start in_" + r.lastCode())
	r.press("Yes, that is me")
	r.wantSaid("your request arrived")
	if got := r.platform.CreatedCount(); got != 1 {
		t.Errorf("%d bookings", got)
	}
}

// Nothing of a sign-in is in what the chat sees but the link itself and the name in the question.
func TestASignInShowsNoSecret(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.signIn("NightOwl77")
	said := ""
	for _, m := range r.chat.messages {
		said += m.html
	}
	for what, secret := range map[string]string{
		"access token": r.account().Token.Reveal(), "refresh token": r.account().Refresh.Reveal(), "client secret": testSecret,
		"state": "state0001",
	} {
		if strings.Contains(said, secret) || strings.Contains(r.chat.link(), "secret") {
			t.Errorf("the %s is in the chat", what)
		}
	}
}

func TestNoSignInWhereNoneIsSetUp(t *testing.T) {
	r := newRig(t, monday)
	r.say("/start in_CODE0001")
	r.wantSaid("Not linked yet")
	r.handle(flow.Event{Kind: flow.EventSignIn})
	for _, action := range []string{"signin", "signinyes", "signinno", "claim"} {
		r.handle(flow.Event{Kind: flow.EventPress, Message: 1, Press: flow.Press{Of: "guest", Action: action}, Callback: action})
	}
	r.wantSaid("Not linked yet")
}
