package conversations_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// stop is the poller finding out that the site refuses the sign-in.
func (r *rig) stop() {
	r.t.Helper()
	a := r.account()
	err := r.db.Update(r.t.Context(), func(tx *store.Tx) error {
		_, err := tx.StopAccount(a.ID, a.Linked, store.Notification{
			ID: uuid.Must(uuid.NewV7()), Account: a.ID, Chat: theUser, Kind: alert.SignIn, Made: r.clock.Now(), Due: r.clock.Now(),
		})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// unseen plays an event whose answer does not reach the chat.
func (r *rig) unseen(e flow.Event) {
	r.t.Helper()
	r.chat.broken = true
	if err := r.try(e); err == nil {
		r.t.Fatal("the chat was reached")
	}
	r.chat.broken, r.chat.log = false, nil
}

func (r *rig) pressUnseen(label string) {
	r.t.Helper()
	card, press, _ := r.chat.find(label)
	r.unseen(flow.Event{Kind: flow.EventPress, Message: card, Press: press, Callback: "unseen"})
}

func signedIn(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, monday)
	r.withSignIn()
	r.signIn("NightOwl77")
	return r
}

// A request that is known to have arrived is told as such, whatever the site thinks of the sign-in by now; and
// that the sign-in is over is still to be heard.
func TestAKnownSendIsToldWithoutTheSite(t *testing.T) {
	for name, end := range map[string]func(*rig){"the poller met it": (*rig).stop, "met now": (*rig).withdraw} {
		t.Run(name, func(t *testing.T) {
			r := signedIn(t)
			r.fillBooking()
			r.press("Send request")
			r.pressUnseen("Yes, send")
			end(r)
			r.restart()
			if !strings.Contains(r.said(), "Request sent, #48213") || strings.Contains(r.said(), "did not say") {
				t.Errorf("said: %s", r.said())
			}
			if got := r.queued(); !slices.Equal(got, []alert.Kind{alert.SignIn}) {
				t.Errorf("queued: %v", got)
			}
		})
	}
}

// An edit that comes by itself goes unnoticed: the alert is still sent, at once or after this visit's time.
func TestASilentEditDoesNotReplaceTheAlert(t *testing.T) {
	r := signedIn(t)
	r.unsure(apisim.FaultResetAfterCommit)
	r.withdraw()
	r.clock.Advance(30 * time.Minute)
	r.settle()
	r.wantSaid("no longer accepts your sign-in")
	if got := r.queued(); !slices.Equal(got, []alert.Kind{alert.SignIn}) {
		t.Errorf("queued: %v", got)
	}
}

// A visit has its time to say it itself before the alert is due.
func TestTheAlertGivesTheVisitTime(t *testing.T) {
	r := signedIn(t)
	r.withdraw()
	r.unseen(flow.Event{Kind: flow.EventCommand, Command: "account"})
	var due []store.Notification
	err := r.db.View(t.Context(), func(tx *store.Tx) (err error) {
		due, err = tx.Due(r.clock.Now().Add(time.Minute), 10)
		return err
	})
	if err != nil || len(due) != 0 {
		t.Errorf("due within a minute: %d, %v", len(due), err)
	}
	r.say("/start") // home says it as well
	r.wantSaid("please sign in again")
	if got := r.queued(); len(got) != 0 {
		t.Errorf("told, and %v waits", got)
	}
}

// What says nothing of the sign-in takes no alert back.
func TestOnlyWhatWasShownTakesTheAlertBack(t *testing.T) {
	r := signedIn(t)
	r.stop()
	r.say("/help")
	r.say("/privacy")
	if got := r.queued(); !slices.Equal(got, []alert.Kind{alert.SignIn}) {
		t.Errorf("queued: %v", got)
	}
	r.say("/account") // the site takes it, but it is not used any more
	r.wantSaid("Alerts have paused")
	if r.account().State != store.AccountStopped || len(r.queued()) != 0 {
		t.Errorf("the account is %s, queued %v", r.account().State, r.queued())
	}
}

func TestLinkedIsNotSaidOfAStoppedAccount(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.beginSignIn()
	r.say("/start in_CODE0001")
	r.pressUnseen("Yes, that is me")
	r.stop()
	r.restart()
	if said := r.said(); strings.Contains(said, "Alerts are on") || !strings.Contains(said, "please sign in again") {
		t.Errorf("said: %s", said)
	}
	r.chat.log = nil
	r.restart()
	if r.said() != "" {
		t.Errorf("said again: %s", r.said())
	}
}

// Without a form open, too, the chat is told what it is owed.
func TestLinkedIsSaidAfterARestart(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.say("/book 771204")
	r.browser("allow", "NightOwl77")
	r.say("/start in_CODE0001")
	r.pressUnseen("Yes, that is me")
	r.restart()
	r.wantSaid("Linked as NightOwl77")
	r.press("Go on with what you asked")
	r.wantSaid("Which day")
}

func TestYesTwice(t *testing.T) {
	r := signedIn(t)
	r.say("/account")
	r.press("Sign in again")
	r.browser("allow", "NightOwl77")
	r.say("/start in_CODE0002")
	card, yes, _ := r.chat.find("Yes, that is me")
	r.pressed(card, yes)
	r.pressed(card, yes)
	r.wantSaid("Linked as NightOwl77. The sign-in renews itself")
}

func TestUnlinkingDropsASignInUnderWay(t *testing.T) {
	r := signedIn(t)
	r.say("/account")
	r.press("Sign in again")
	r.browser("allow", "NightOwl77")
	r.say("/start in_CODE0002")
	r.say("/account")
	r.press("Unlink")
	r.press("Yes, unlink")
	r.wantSaid("have been deleted here")
	if left := r.signIns(); len(left) != 0 {
		t.Errorf("%d sign-ins are kept", len(left))
	}
	r.restart()
	r.chat.log = nil
	r.tellOfSignIns()
	if r.said() != "" {
		t.Errorf("said: %s", r.said())
	}
}

func TestUnlinkingOwesNothing(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.beginSignIn()
	r.say("/start in_CODE0001")
	r.pressUnseen("Yes, that is me")
	r.say("/account")
	r.press("Unlink")
	r.press("Yes, unlink")
	r.link(performerToken)
	r.chat.log = nil
	r.restart()
	if r.said() != "" {
		t.Errorf("said: %s", r.said())
	}
}

// Why a sign-in came to nothing is heard, if not at once then later.
func TestARefusedTokenIsHeardOf(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.beginSignIn()
	h := &hooked{Platform: r.api, fail: &apiclient.Error{Op: "verify", Kind: apiclient.ErrUnavailable}}
	r.platformOf(h)
	r.say("/start in_CODE0001")
	h.fail = &apiclient.Error{Op: "verify", Kind: apiclient.ErrUnauthorized}
	r.unseen(flow.Event{Kind: flow.EventSignIn})
	r.toldOf = nil
	r.tellOfSignIns()
	if !strings.Contains(r.said(), "did not complete the sign-in") {
		t.Errorf("said: %s", r.said())
	}
}

func TestAWarningOutlivesTheNextSignIn(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.beginSignIn()
	if _, err := r.login.Claim(t.Context(), 43, "CODE0001"); err != nil {
		t.Fatal(err)
	}
	r.unseen(flow.Event{Kind: flow.EventSignIn})
	r.say("/start")
	r.press("Sign in on the site")
	r.tellOfSignIns()
	if !strings.Contains(r.said(), "shown in another chat") {
		t.Errorf("said: %s", r.said())
	}
}

func TestAnswersOfAFormAreNoCodes(t *testing.T) {
	for _, answer := range []string{"half hour", "next week", "07700900", "tomorrow"} {
		r := signedIn(t)
		r.say("/book")
		r.say("771204")
		r.say("/account")
		r.press("Sign in again")
		r.browser("allow", "NightOwl77")
		r.say(answer)
		if strings.Contains(r.chat.last(), "not the code") {
			t.Errorf("%q is taken for a code", answer)
		}
	}
}

func TestPastingAfterAYesSaysItOnce(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.beginSignIn()
	r.say("/start in_CODE0001")
	r.pressUnseen("Yes, that is me")
	r.say("/account")
	r.press("Paste a new token")
	r.say(clientToken)
	r.clock.Advance(time.Hour)
	r.settle()
	if n := strings.Count(r.said(), "Linked as NightOwl77"); n != 1 {
		t.Errorf("said %d times: %s", n, r.said())
	}
}
