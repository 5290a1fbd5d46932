package conversations_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// Each permission that is not granted is named on the account's card, with what it is for and how to grant it;
// the rest of the card stands.
func TestEachMissingPermissionIsNamed(t *testing.T) {
	for scope, says := range map[apiclient.Scope]string{
		apiclient.ScopeUserID:            "Missing: the member number, to know whose account this is.",
		apiclient.ScopeNickname:          "Missing: the nickname, to show it here instead of a number.",
		apiclient.ScopeAccount:           "Missing: account information, to see whether you manage a group.",
		apiclient.ScopePhoneChatBookings: "Missing: phone chat bookings, to make, answer and watch bookings, and to change your settings.",
		apiclient.ScopeCreditHistory:     "Missing: the credit balance, to show it and to check it before a request.",
		apiclient.ScopeHotList:           "Missing: hot lists, to offer your favourites when you book.",
		apiclient.ScopeWebcamBookings:    "Missing: special offers, to show and change them.",
	} {
		t.Run(string(scope), func(t *testing.T) {
			r := newRig(t, monday)
			var granted []string
			for _, s := range apiclient.Scopes() {
				if s != scope {
					granted = append(granted, string(s))
				}
			}
			token, _ := r.platform.GrantPair(performerID, granted...)
			r.link(token)
			r.say("/account")
			card := r.chat.last()
			r.wantSaid(says)
			r.wantSaid("allow it on the site and paste a new token")
			r.wantSaid("Linked since Mon 15 Feb (today)")
			if n := strings.Count(card, "Missing:"); n != 1 || strings.Contains(card, "The site does not let me") {
				t.Errorf("%d are missing:\n%s", n, card)
			}
			if scope != apiclient.ScopeCreditHistory {
				r.wantSaid("Balance: 40.00 credits")
			}
			if scope != apiclient.ScopePhoneChatBookings {
				r.wantSaid("Role: performer")
			}
		})
	}
	if got := len(apiclient.Scopes()); got != 7 {
		t.Errorf("%d permissions are asked for, 7 are tried", got)
	}
}

func TestMissingPermissionsAreGrantedBySigningIn(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	token, _ := r.platform.GrantPair(clientID, string(apiclient.ScopeUserID))
	r.say("/start")
	r.press("Paste an access token")
	r.say(token)
	r.say("/account")
	r.wantSaid("Permissions: the member number\n")
	r.wantSaid("sign in again and allow it on the site's page")
	r.press("Sign in again")
	r.browser("allow", "NightOwl77")
	r.say("/start in_" + r.lastCode())
	r.press("Yes, that is me")
	r.say("/account")
	if strings.Contains(r.chat.last(), "Missing") {
		t.Errorf("still missing:\n%s", r.chat.last())
	}
}

// One reading that fails hides nothing else, and the same failure is told once.
func TestAnAccountReadInPart(t *testing.T) {
	parts := map[string]string{
		apisim.OpGetCurrentCreditBalance: "Balance: 40.00", apisim.OpGetPermissions: "Permissions: all that I use", apisim.OpGetSettings: "Role: performer",
	}
	for op := range parts {
		for kind, told := range map[apisim.FaultKind]string{apisim.FaultDown: "is not answering", apisim.FaultHTML: "protection page", apisim.FaultForbidden: "the permission for"} {
			t.Run(op+" "+string(kind), func(t *testing.T) {
				r := newRig(t, monday)
				r.link(performerToken)
				r.platform.SetFault(op, apisim.Fault{Kind: kind})
				r.say("/account")
				r.wantSaid(told)
				for other, says := range parts {
					if shown := strings.Contains(r.chat.last(), says); shown != (op != other) {
						t.Errorf("%q is shown: %v\n%s", says, shown, r.chat.last())
					}
				}
			})
		}
	}
	t.Run("all", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(performerToken)
		r.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultDown})
		r.say("/account")
		r.wantSaid("VelvetVoice, member number 771204")
		if n := strings.Count(r.chat.last(), "is not answering"); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

// What the site tells of a member is kept with the account, however it was linked.
func TestTheRoleIsKept(t *testing.T) {
	manager := store.Role{Manager: true, Group: groupID, Name: "North Studio"}
	t.Run("pasted", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(managerToken)
		if diff := cmp.Diff(manager, r.account().Role); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("signed in", func(t *testing.T) {
		r := newRig(t, monday)
		r.withSignIn()
		r.signIn("NorthDesk")
		if diff := cmp.Diff(manager, r.account().Role); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("found out, and signed in again", func(t *testing.T) {
		r := newRig(t, monday)
		r.withSignIn()
		r.signIn("VelvetVoice")
		want := store.Role{Group: groupID, Name: "North Studio"}
		if diff := cmp.Diff(want, r.account().Role); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		r.say("/account")
		want.Offers, want.Told = true, true
		r.press("Sign in again")
		r.browser("allow", "VelvetVoice")
		r.say("/start in_" + r.lastCode())
		r.press("Yes, that is me")
		if diff := cmp.Diff(want, r.account().Role); diff != "" {
			t.Errorf("after signing in again (-want +got):\n%s", diff)
		}
		r.say("/account")
		r.press("Paste a new token")
		r.say(performerToken)
		if diff := cmp.Diff(want, r.account().Role); diff != "" {
			t.Errorf("after pasting (-want +got):\n%s", diff)
		}
	})
	t.Run("changed on the site", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(managerToken)
		r.platform.SetManager(deskID, false)
		r.chat.log = nil
		r.say("/account")
		if r.account().Role.Manager || !slices.ContainsFunc(r.chat.log, func(line string) bool { return strings.HasPrefix(line, "m ") && !strings.Contains(line, "/actas") }) {
			t.Errorf("role %v, said %v", r.account().Role, r.chat.log)
		}
	})
}

// The role is written into the account as it is by then: tokens that were renewed meanwhile stay.
func TestKeepingTheRoleKeepsTheTokens(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.signIn("VelvetVoice")
	before := r.account().Refresh.Reveal()
	r.platform.ExpireTokens(performerID)
	r.say("/account") // renews, and finds out that calls are offered
	got := r.account()
	if got.Refresh.Reveal() == before || !got.Role.Offers {
		t.Errorf("renewed: %v, role %v", got.Refresh.Reveal() != before, got.Role)
	}
	r.clock.Advance(time.Hour)
	r.say("/account")
	r.wantSaid("Balance: 40.00")
}

func TestBalance(t *testing.T) {
	const day = 24 * time.Hour
	for name, tc := range map[string]struct {
		seeds  []apisim.Seed
		says   string
		hidden string
	}{
		"nothing offered":   {says: "Balance: 250.00 credits", hidden: "Offered"},
		"one waits":         {seeds: []apisim.Seed{{}}, says: "Offered in a request that is still open: 12.00 credits"},
		"exact to the last": {seeds: []apisim.Seed{{Credits: "0.1"}, {Credits: "0.2"}, {Credits: "33.335"}}, says: "in 3 requests that are still open: 33.635 credits"},
		"one was accepted":  {seeds: []apisim.Seed{{Status: apisim.StatusAccepted}}, says: "Offered in a request that is still open: 12.00 credits"},
		"others are over": {seeds: []apisim.Seed{
			{Status: apisim.StatusConfirmed}, {Status: apisim.StatusRejected}, {Status: apisim.StatusCancelled}, {Status: "Odd"},
		}, says: "Balance: 250.00", hidden: "Offered"},
		"too late": {seeds: []apisim.Seed{
			{Session: monday.Add(day), AcceptBy: monday.Add(-time.Hour)}, {Session: monday.Add(-time.Hour), Status: apisim.StatusAccepted},
		}, says: "Balance: 250.00", hidden: "Offered"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			for _, seed := range tc.seeds {
				seed.Client, seed.Performer = clientID, performerID
				r.platform.AddBooking(seed)
			}
			r.link(clientToken)
			r.say("/balance")
			r.wantSaid(tc.says)
			if tc.hidden != "" && strings.Contains(r.chat.last(), tc.hidden) {
				t.Errorf("says %q", r.chat.last())
			}
		})
	}
	t.Run("without the list", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.platform.SetFault(apisim.OpMadeBookings, apisim.Fault{Kind: apisim.FaultDown})
		r.say("/balance")
		r.wantSaid("Balance: 250.00")
	})
	t.Run("the site is away", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.platform.SetFault(apisim.OpGetCurrentCreditBalance, apisim.Fault{Kind: apisim.FaultError, Times: 1})
		r.say("/balance")
		r.wantSaid("not answering")
		r.press("Try again")
		r.wantSaid("Balance: 250.00")
	})
	t.Run("refreshed", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.say("/balance")
		r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
		r.platform.SetBalance(clientID, "99.5")
		r.press("Refresh")
		r.wantSaid("Balance: 99.50")
		r.wantSaid("still open: 12.00")
	})
}
