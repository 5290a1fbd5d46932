package conversations_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// What happens where acting for a member meets everything else.

func TestAfterSigningInAgainItIsStillForTheMember(t *testing.T) {
	r := managing(t)
	r.withSignIn()
	r.actAs("QuietHarbour")
	r.platform.RevokeToken(performerToken)
	r.press("Settings")
	r.wantSaid("Acting as QuietHarbour")
	r.press("Sign in on the site")
	r.browser("allow", "VelvetVoice")
	r.say("/start in_" + r.lastCode())
	r.press("Yes, that is me")
	r.press("Go on with what you asked")
	r.wantSaid("Acting as QuietHarbour")
	r.wantSaid("Phone chat settings")
}

func TestAnOfferSavedForAMemberIsInTheLog(t *testing.T) {
	r := newRig(t, monday)
	r.link(managerToken)
	r.say("/actas 771204")
	r.press("Special offers")
	r.addOffer()
	r.press("Take off sale")
	r.wantSaid("Saved")
	if log := strings.Join(r.deeds(), "|"); !strings.Contains(log, "#9021 off sale") {
		t.Errorf("the log is %s", log)
	}
}

// Call details are taken away when the person wants it, whoever is linked by then.
func TestDetailsAreHiddenWhateverHappenedSince(t *testing.T) {
	for name, then := range map[string]func(*rig){
		"acting was stopped":    func(r *rig) { r.say("/start"); r.press("Stop acting as QuietHarbour") },
		"for another member":    func(r *rig) { r.actAs("CopperLark") },
		"the time is over":      func(r *rig) { r.act(0, "") },
		"unlinked":              func(r *rig) { r.act(0, ""); r.unlink() },
		"another account since": func(r *rig) { r.act(0, ""); r.unlink(); r.link(clientToken) },
	} {
		t.Run(name, func(t *testing.T) {
			r := managing(t)
			tag := r.actAs("QuietHarbour")
			id := r.platform.AddBooking(apisim.Seed{
				Client: clientID, Performer: harbourID, Status: apisim.StatusConfirmed, Session: monday.Add(24 * time.Hour), PhoneNumber: "07700900123",
			})
			r.pressOn(tag, "details", fmt.Sprint("r", id))
			card, hide, found := r.chat.find("Hide now")
			if !found || !r.holdsNumber() {
				t.Fatal(r.chat.last())
			}
			then(r)
			r.pressed(card, hide)
			if r.holdsNumber() {
				t.Errorf("the number is still shown: %v", r.chat.log)
			}
		})
	}
}

func (r *rig) unlink() {
	r.t.Helper()
	r.say("/account")
	r.press("Unlink")
	r.press("Yes, unlink")
}

func TestDetailsGoWhileAnAccountWaitsForItsYes(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	twin := r.account()
	r.check(r.db.Update(t.Context(), func(tx *store.Tx) error {
		twin.ID, twin.Chat = newUUID(), 43
		return tx.PutAccount(twin)
	}))
	id := r.agreed()
	r.do("details", fmt.Sprint("m", id))
	r.unlink()
	r.say("/start")
	r.press("Paste an access token")
	r.say(clientToken)
	r.wantSaid("is linked in another Telegram chat already")
	r.clock.Advance(6 * time.Minute)
	r.settle()
	if r.holdsNumber() {
		t.Error("the number is still in the chat")
	}
	if due := r.desk.Unsettled(); len(due) != 0 {
		t.Errorf("%v is still due", due)
	}
}

// A manager whose permissions do not tell that they are one goes on acting.
func TestAManagerWhoCannotBeSeenToBeOneGoesOn(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	token, _ := r.platform.GrantPair(performerID, "userid", "nickname", "account_phonechat_bookings")
	r.check(r.db.Update(t.Context(), func(tx *store.Tx) error {
		account, err := tx.Account(r.storedChat().Account)
		account.Token = secret.New(token)
		return errors.Join(err, tx.PutAccount(account))
	}))
	r.say("/actas")
	r.wantSaid("Acting as QuietHarbour")
	if log := strings.Join(r.deeds(), "|"); strings.Contains(log, "lost") {
		t.Errorf("the log is %s", log)
	}
	r.press("Type a member number")
	r.wantSaid("Type the member's number")
}

// A permission that is missing explains its own refusal, and no other.
func TestEveryRefusedReadingOfAnAccountIsExplained(t *testing.T) {
	r := newRig(t, monday)
	var granted []string
	for _, scope := range apiclient.Scopes() {
		if scope != apiclient.ScopeHotList {
			granted = append(granted, string(scope))
		}
	}
	token, _ := r.platform.GrantPair(performerID, granted...)
	r.link(token)
	r.platform.SetFault(apisim.OpGetCurrentCreditBalance, apisim.Fault{Kind: apisim.FaultForbidden})
	r.say("/account")
	r.wantSaid("the permission for the credit balance is missing")
}

func TestTheWorkingCardSaysForWhom(t *testing.T) {
	t.Parallel()
	r := managing(t)
	r.actAs("QuietHarbour")
	r.hasty()
	r.platform.SetFault(apisim.OpGetSettings, apisim.Fault{Kind: apisim.FaultSlow, Delay: 1100 * time.Millisecond})
	r.chat.log = nil
	r.press("Settings")
	drawn := strings.Join(r.chat.log, "\n")
	if working, _, found := strings.Cut(drawn, "Working…"); !found || !strings.Contains(working, "Acting as QuietHarbour") {
		t.Errorf("the card is\n%s", drawn)
	}
}

// The lists of two members, and the account's own, are three lists, however soon they are looked at.
func TestListsOfTwoMembersAreNotMixed(t *testing.T) {
	r := managing(t)
	for member, minutes := range map[int64]int{performerID: 11, harbourID: 22, larkID: 33} {
		r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: member, Duration: minutes})
	}
	for _, look := range []struct {
		name, want string
	}{{"", "11 min"}, {"QuietHarbour", "22 min"}, {"CopperLark", "33 min"}, {"QuietHarbour", "22 min"}} {
		if look.name == "" {
			r.say("/requests")
		} else {
			r.actAs(look.name)
			r.press("Their requests")
		}
		r.wantSaid(look.want)
		if strings.Count(r.chat.last(), " min,") != 1 {
			t.Errorf("%s: the list is\n%s", look.name, r.chat.last())
		}
	}
	r.pressOn(r.own(), "list", "ra1n")
	r.wantSaid("11 min")
}

// An account that is linked after another in the same chat acts for nobody.
func TestUnlinkingEndsActing(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	r.pressOn(r.own(), "unlinkyes", "")
	if got := r.acting(); !got.IsZero() {
		t.Errorf("the chat acts for %d", got.Member)
	}
	r.link(managerToken) // who manages the same member
	r.say("/settings")
	if strings.Contains(r.chat.last(), "Acting as") {
		t.Errorf("the card is\n%s", r.chat.last())
	}
}

// A form for a member is pressed when the time is over: it is closed, and the press answered.
func TestAPressOfAFormWhoseTimeIsOverIsAnswered(t *testing.T) {
	r := managing(t)
	tag := r.actAs("QuietHarbour")
	r.pressOn(tag, "setprobe", "")
	r.wantSaid("Which price?")
	r.clock.Advance(31 * time.Minute)
	r.press("Cancel")
	if callback := fmt.Sprint("q", r.update); !r.chat.acked[callback] {
		t.Error("the key goes on turning")
	}
}
