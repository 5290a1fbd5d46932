package conversations_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/poller"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// hooked lets something happen while the platform is asked who somebody is.
type hooked struct {
	conversations.Platform
	meanwhile func()
	fail      error
}

func (h *hooked) VerifyCredentials(ctx context.Context, as apiclient.Caller) (apiclient.Member, error) {
	if f := h.meanwhile; f != nil {
		h.meanwhile = nil
		f()
	}
	if h.fail != nil {
		return apiclient.Member{}, h.fail
	}
	return h.Platform.VerifyCredentials(ctx, as)
}

// queued are the kinds of the alerts that wait to be sent, now or later.
func (r *rig) queued() (kinds []alert.Kind) {
	r.t.Helper()
	err := r.db.View(r.t.Context(), func(tx *store.Tx) error {
		all, err := tx.Due(r.clock.Now().Add(1000*time.Hour), 100)
		for _, n := range all {
			kinds = append(kinds, n.Kind)
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return kinds
}

// withdraw is the person taking the permission back on the site.
func (r *rig) withdraw() {
	r.platform.WithdrawScopes(clientID, testClient)
	r.platform.ExpireTokens(clientID)
}

// pollUntilStopped has a real poller meet the refusal.
func (r *rig) pollUntilStopped() {
	r.t.Helper()
	p, err := poller.New(poller.Config{
		Store: r.db, API: r.api, Tokens: r.login.Tokens, Now: r.clock.Now, NewID: func() uuid.UUID { return uuid.Must(uuid.NewV7()) },
	})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	p.Wake(r.account().ID)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for r.account().State != store.AccountStopped {
		select {
		case <-tick.C:
		case <-ctx.Done():
			r.t.Fatal("the poller did not stop the account")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		r.t.Fatal(err)
	}
}

// cut plays an event whose answer does not reach the chat, and a restart; the update comes again.
func (r *rig) cut(e flow.Event) {
	r.t.Helper()
	r.update++
	e.Update = r.update
	r.chat.broken = true
	if err := r.try(e); err == nil {
		r.t.Fatal("the chat was reached")
	}
	r.chat.broken, r.chat.log = false, nil
	r.kill()
	r.handle(e)
	r.settle()
}

func (r *rig) said() string { return plainText(strings.Join(r.chat.log, "\n")) }

// tellOfSignIns is what the login does at its start and at every tick. Somebody else's sign-in, of which it always
// tells, says that it has been done.
func (r *rig) tellOfSignIns() {
	r.t.Helper()
	const somebody = flow.ChatID(999)
	ended := store.SignIn{
		State: "somebody's", Chat: somebody, User: int64(somebody), Made: r.clock.Now(), Ends: r.clock.Now(), Stage: store.SignInOver, Word: store.SignInCancelled,
	}
	r.write(func(tx *store.Tx) error { return tx.PutSignIn(ended) })
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	r.toldNow = func(chat flow.ChatID) {
		if chat == somebody {
			cancel() // Run tells of the others yet
		}
	}
	if err := r.login.Run(ctx); err != nil {
		r.t.Fatal(err)
	}
	r.toldNow = nil
	r.write(func(tx *store.Tx) error { return tx.DropSignIn(ended.State) })
	r.toldOf = slices.DeleteFunc(r.toldOf, func(chat flow.ChatID) bool { return chat == somebody })
	slices.Sort(r.toldOf)
	for _, chat := range slices.Compact(r.toldOf) {
		r.handle(flow.Event{Kind: flow.EventSignIn, Chat: chat})
	}
	r.toldOf = nil
}

func (r *rig) beginSignIn() (state string) {
	r.t.Helper()
	r.say("/start")
	r.press("Sign in on the site")
	r.browser("allow", "NightOwl77")
	for _, s := range r.signIns() {
		if s.Stage == store.SignInArrived {
			state = s.State
		}
	}
	return state
}

// A revoked permission ends in one card: whoever meets it first, and whatever happens on the way.
func TestARevokedPermissionIsToldOnce(t *testing.T) {
	t.Run("the person meets it", func(t *testing.T) {
		r := newRig(t, monday)
		r.withSignIn()
		r.signIn("NightOwl77")
		r.withdraw()
		r.say("/account")
		r.wantSaid("no longer accepts your sign-in")
		if got := r.queued(); len(got) != 0 {
			t.Errorf("and an alert waits: %v", got)
		}
	})
	t.Run("the person meets it, and the card is lost", func(t *testing.T) {
		r := newRig(t, monday)
		r.withSignIn()
		r.signIn("NightOwl77")
		r.withdraw()
		r.cut(flow.Event{Kind: flow.EventCommand, Command: "account", Message: r.chat.receive()})
		if got := r.queued(); r.account().State != store.AccountStopped || !slices.Equal(got, []alert.Kind{alert.SignIn}) {
			t.Errorf("the account is %s, and what waits is %v", r.account().State, got)
		}
	})
	t.Run("both meet it", func(t *testing.T) {
		r := newRig(t, monday)
		r.withSignIn()
		r.signIn("NightOwl77")
		r.withdraw()
		r.platformOf(&hooked{Platform: r.api, meanwhile: r.pollUntilStopped})
		r.say("/account")
		r.wantSaid("no longer accepts your sign-in")
		if got := r.queued(); len(got) != 0 {
			t.Errorf("and an alert waits: %v", got)
		}
	})
	t.Run("the person signs in before the alert is sent", func(t *testing.T) {
		for _, again := range []func(*rig){
			func(r *rig) { r.signIn("NightOwl77") },
			func(r *rig) {
				r.say("/start")
				r.press("Paste an access token")
				r.say(clientToken)
			},
		} {
			r := newRig(t, monday)
			r.withSignIn()
			r.signIn("NightOwl77")
			id := r.account().ID
			r.withdraw()
			r.pollUntilStopped()
			again(r)
			r.wantSaid("Linked as NightOwl77")
			if got := r.queued(); len(got) != 0 {
				t.Errorf("an alert waits that is no longer so: %v", got)
			}
			if r.account().ID != id {
				t.Error("the account has another id: what was seen of its bookings is lost")
			}
		}
	})
}

// Nobody asks the platform with what it has refused.
func TestARefusedSignInIsNotUsedAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		link   func(*rig)
		refuse func(*rig)
	}{
		"signed in": {func(r *rig) { r.signIn("NightOwl77") }, (*rig).withdraw},
		"pasted":    {func(r *rig) { r.link(clientToken) }, func(r *rig) { r.platform.RevokeToken(clientToken) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.withSignIn()
			tc.link(r)
			r.unsure(apisim.FaultResetAfterCommit)
			tc.refuse(r)
			r.clock.Advance(30 * time.Minute)
			r.settle()
			r.wantSaid("no longer accepts your sign-in")
			calls, messages := r.platform.Calls(apisim.OpAny), len(r.chat.messages)
			for range 48 {
				r.clock.Advance(time.Hour)
				r.settle()
			}
			if got := r.platform.Calls(apisim.OpAny) - calls; got != 0 {
				t.Errorf("%d calls in two days", got)
			}
			if got := len(r.chat.messages) - messages; got != 0 {
				t.Errorf("%d messages in two days", got)
			}
		})
	}
}

// The account is stopped as it stands on the disk: a pair that was renewed meanwhile stays.
func TestStoppingKeepsAPairThatWasRenewedMeanwhile(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.signIn("NightOwl77")
	r.platform.ExpireTokens(clientID)
	before, renewed := r.account().Refresh.Reveal(), ""
	h := &hooked{Platform: r.api, fail: &apiclient.Error{Op: "verify", Kind: apiclient.ErrUnauthorized}}
	h.meanwhile = func() {
		tokens := r.login.Tokens(r.account())
		token, err := tokens.Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.Renew(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		renewed = r.account().Refresh.Reveal()
	}
	r.platformOf(h)
	r.say("/account")
	if got := r.account(); got.State != store.AccountStopped || got.Refresh.Reveal() != renewed || renewed == before {
		t.Errorf("the account is %s, its pair that before the renewal: %v", got.State, got.Refresh.Reveal() == before)
	}
}

// A sign-in that ended while the platform was asked who it was stays ended.
func TestASignInThatEndedStaysEnded(t *testing.T) {
	for name, end := range map[string]func(*rig, string){
		"another code came for its state": func(r *rig, state string) { r.comeBack(url.Values{"state": {state}, "code": {"another"}}) },
		"its code was shown elsewhere": func(r *rig, _ string) {
			if _, err := r.login.Claim(r.t.Context(), 43, "CODE0001"); err != nil {
				r.t.Fatal(err)
			}
		},
		"its time was over": func(r *rig, _ string) { r.clock.Advance(11 * time.Minute) },
		"another was begun": func(r *rig, _ string) {
			if _, err := r.login.Begin(r.t.Context(), theUser, theUser, ""); err != nil {
				r.t.Fatal(err)
			}
		},
	} {
		t.Run("before the question: "+name, func(t *testing.T) {
			r := newRig(t, monday)
			r.withSignIn()
			state := r.beginSignIn()
			r.platformOf(&hooked{Platform: r.api, meanwhile: func() { end(r, state) }})
			r.say("/start in_CODE0001")
			if strings.Contains(r.chat.last(), "Was this you?") {
				t.Error("it is asked all the same")
			}
			for _, s := range r.signIns() {
				if s.Stage == store.SignInArrived && s.Member != 0 {
					t.Error("it was brought back")
				}
			}
		})
		t.Run("before the yes: "+name, func(t *testing.T) {
			r := newRig(t, monday)
			r.withSignIn()
			state := r.beginSignIn()
			r.say("/start in_CODE0001")
			r.wantSaid("Was this you?")
			end(r, state)
			r.press("Yes, that is me")
			r.wantSaid("No sign-in is waiting")
			if r.acted != 0 {
				t.Error("it is linked all the same")
			}
		})
	}
}

// What the chat has to hear of a sign-in is said, if not at once then later.
func TestTheWordIsNotLost(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.say("/start")
	r.press("Sign in on the site")
	r.comeBack(r.onThePlatform(r.chat.link(), "cancel", "NightOwl77").Query())
	r.chat.broken = true
	if err := r.try(flow.Event{Kind: flow.EventSignIn}); err == nil {
		t.Fatal("the chat was reached")
	}
	r.chat.broken, r.toldOf = false, nil
	r.tellOfSignIns()
	r.wantSaid("You backed out on the site")
	r.chat.log = nil
	r.tellOfSignIns()
	if r.said() != "" {
		t.Errorf("it is said twice: %s", r.said())
	}
}

func TestCutOffBetweenTheCodeAndTheQuestion(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.beginSignIn()
	r.cut(flow.Event{Kind: flow.EventCommand, Command: "start", Text: "in_CODE0001", Message: r.chat.receive()})
	r.tellOfSignIns()
	if !strings.Contains(r.said(), "Was this you?") {
		t.Errorf("said: %s", r.said())
	}
}

func TestARestartDoesNotAskTwice(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.beginSignIn()
	r.say("CODE0001")
	r.kill()
	r.chat.log, r.toldOf = nil, nil
	r.tellOfSignIns()
	if r.said() != "" {
		t.Errorf("said: %s", r.said())
	}
	r.press("Yes, that is me")
	r.wantSaid("Linked as NightOwl77")
}

func TestCutOffAfterTheYes(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.signIn("NightOwl77")
	r.say("/book")
	r.say("771204")
	r.wantSaid("Which day")
	r.withdraw()
	r.pollUntilStopped()
	r.beginSignIn()
	r.say("/start in_CODE0002")
	card, yes, _ := r.chat.find("Yes, that is me")
	r.cut(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "yes"})
	if said := r.said(); strings.Count(said, "Linked as NightOwl77") != 1 || !strings.Contains(said, "Which day") {
		t.Errorf("said: %s", said)
	}
}

// Old buttons and answers to a form are no codes.
func TestWhatIsNoCode(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.beginSignIn()
	r.say("/start in_CODE0001")
	old, yes, _ := r.chat.find("Yes, that is me")
	r.press("No, forget it")
	r.press("Sign in on the site")
	r.browser("allow", "NightOwl77")
	for range 6 {
		r.pressed(old, yes)
	}
	r.say("/start in_CODE0002")
	r.press("Yes, that is me")
	r.wantSaid("Linked as NightOwl77")

	r.say("/book")
	r.say("771204")
	r.wantSaid("Which day")
	r.say("/account")
	r.press("Sign in again")
	r.browser("allow", "NightOwl77")
	r.say("tomorrow") // eight letters, like a code
	r.wantSaid("What time")
	r.say("/start in_CODE0003")
	r.wantSaid("Was this you?")
	r.say("21:30 pm")
	if strings.Contains(r.chat.last(), "not the code") {
		t.Error("an answer is taken for a code while the question stands")
	}
}

// One chat's sign-in is no other chat's, whatever it asks for.
func TestAnotherChatSeesNothingOfASignIn(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.beginSignIn()
	r.say("/start in_CODE0001")
	r.wantSaid("Linked as NightOwl77. Was this you?")
	r.chat.log = nil
	r.other(flow.Event{Kind: flow.EventCommand, Command: "book"})
	r.other(flow.Event{Kind: flow.EventText, Text: "CODE-0001"})
	r.other(flow.Event{Kind: flow.EventSignIn})
	if strings.Contains(r.said(), "NightOwl77") {
		t.Errorf("said: %s", r.said())
	}
}

// What was typed with a command goes no further than a member's number.
func TestALongCommandBeforeSigningIn(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.say("/book 771204 tomorrow 9:30pm for 30 minutes please ring me on 07700 900123")
	if got := r.signIns()[0].After; got != "book" {
		t.Errorf("kept: %q", got)
	}
	r.browser("allow", "NightOwl77")
	r.say("/start in_CODE0001")
	r.press("Yes, that is me")
	r.press("Go on with what you asked")
	r.wantSaid("Whom would you like to call")
}
