package conversations_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// Any fault of the platform while an offer is saved: one call is made, and the person is told no more than is
// known.
func TestEveryFaultWhileAnOfferIsSaved(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		for _, form := range []bool{false, true} {
			for _, kind := range apisim.FaultKinds() {
				t.Run(fmt.Sprintf("remembered %t, form %t, %s", hidden, form, kind.Kind), func(t *testing.T) {
					t.Parallel()
					saveWith(t, kind, hidden, form)
				})
			}
		}
	}
}

func saveWith(t *testing.T, kind apisim.KnownFault, hidden, form bool) {
	t.Helper()
	r := atOffer(t, hidden)
	key := "Take off sale"
	if form {
		r.edit("availability", "no")
		key = "Yes, save for 30.00 credits"
	}
	r.platformOf(r.impatient())
	r.platform.SetFault(apisim.OpUpdateSpecialOffer, apisim.Fault{Kind: kind.Kind, Times: 1, Status: statusOf(kind.Kind), Delay: time.Hour})
	calls := r.saves(func() { r.press(key) })
	now, saved := r.chat.last(), !r.onSite(performerToken, hidden)[0].CanPurchase
	if calls != 1 {
		t.Errorf("%d calls were made", calls)
	}
	if kind.Commits != saved && kind.Kind != apisim.FaultShiftingList && kind.Kind != apisim.FaultClockSkew {
		t.Fatalf("the fault commits: %t, and it is saved: %t", kind.Commits, saved)
	}
	for _, claim := range []string{"Nothing was changed", "Couldn't save", "nothing was saved"} {
		if saved && strings.Contains(now, claim) {
			t.Errorf("it is saved, and the person is told:\n%s", now)
		}
	}
	if claim := strings.Contains(now, "Saved.") || strings.Contains(now, "it is saved"); claim && !saved {
		t.Errorf("it is not saved, and the person is told:\n%s", now)
	}
	switch unsure := strings.Contains(now, "did not say"); {
	case form && !hidden && unsure: // it is looked up
		r.server.CloseClientConnections() // or a request that hangs could be carried out yet
		r.asked.Wait()
		r.platform.ClearFaults()
		r.platformOf(r.api)
		for range 3 {
			r.clock.Advance(time.Minute)
			r.handle(flow.Event{Kind: flow.EventResume})
		}
		if want := map[bool]string{true: "it is saved", false: "does not show the change"}[saved]; !strings.Contains(r.chat.last(), want) {
			t.Errorf("saved: %t, and the person is left with:\n%s", saved, r.chat.last())
		}
		return
	case form:
	case !hidden && strings.Contains(now, "#9021") && strings.Contains(now, "\nNot available.\n") != saved:
		t.Errorf("saved: %t, and the card shows:\n%s", saved, now)
	case hidden && (unsure || strings.Contains(now, "shows something else")) != strings.Contains(now, "Not certain"):
		t.Errorf("the card does not say what is known:\n%s", now)
	}
	if hidden && saved && !strings.Contains(now, "did not say") && !strings.Contains(now, "Saved.") && !strings.Contains(now, "shows something else") {
		t.Errorf("it is saved, and the person is told:\n%s", now)
	}
}

func statusOf(kind apisim.FaultKind) int {
	if kind == apisim.FaultStatus {
		return http.StatusServiceUnavailable
	}
	return 0
}

// The save and the look after it both fail: nothing is claimed.
func TestNothingIsClaimedOfAnOfferThatCannotBeRead(t *testing.T) {
	for name, tc := range map[string]struct {
		kind apisim.FaultKind
		want string
	}{
		"refused":     {apisim.FaultForbidden, "Couldn't save, and I couldn't read how offer #9021 stands now"},
		"answer lost": {apisim.FaultResetAfterCommit, "did not say whether it was saved, and I couldn't read how offer #9021 stands now"},
	} {
		t.Run(name, func(t *testing.T) {
			r := atOffer(t, false)
			r.platform.SetFault(apisim.OpUpdateSpecialOffer, apisim.Fault{Kind: tc.kind, Times: 1})
			r.platformOf(blindAfterSave{r.api, r.platform})
			r.press("Take off sale")
			r.wantSaid(tc.want)
			r.platform.ClearFaults()
			r.press("Refresh")
			r.wantSaid("Special offer #9021")
		})
	}
}

// blindAfterSave is a platform whose list fails once something was saved.
type blindAfterSave struct {
	*apiclient.Client
	platform *apisim.Platform
}

func (b blindAfterSave) UpdateOffer(ctx context.Context, as apiclient.Caller, o apiclient.Offer) (apiclient.Offer, error) {
	saved, err := b.Client.UpdateOffer(ctx, as, o)
	b.platform.SetFault(apisim.OpGetSpecialOffers, apisim.Fault{Kind: apisim.FaultDown})
	return saved, err
}

// The same update twice, its answer lost between: nothing is saved twice.
func TestARedeliveredSwitchIsSavedOnce(t *testing.T) {
	for list, hidden := range map[string]bool{"listed": false, "remembered": true} {
		t.Run(list, func(t *testing.T) {
			r := atOffer(t, hidden)
			card, press, _ := r.chat.find("Take off sale")
			again := flow.Event{Kind: flow.EventPress, Message: card, Press: press, Callback: "q", Update: r.update + 1}
			r.update++
			calls := r.saves(func() {
				r.unseen(again)
				r.handle(again)
			})
			if calls != 1 || r.onSite(performerToken, hidden)[0].CanPurchase {
				t.Errorf("%d calls; on the site: %+v", calls, r.onSite(performerToken, hidden))
			}
		})
	}
}

// Stopped right after the save of a form was answered, before its last card was shown.
func TestASavedOfferIsToldAfterARestart(t *testing.T) {
	for list, hidden := range map[string]bool{"listed": false, "remembered": true} {
		t.Run(list, func(t *testing.T) {
			r := atOffer(t, hidden)
			r.edit("credits", "45")
			calls := r.saves(func() {
				r.pressUnseen("Yes, save for 45.00 credits")
				r.restart()
			})
			r.wantSaid("aved")
			r.wantSaid("15 min for 45.00 credits")
			if calls != 1 || strings.Contains(r.chat.last(), "Not certain") {
				t.Errorf("%d calls, and said:\n%s", calls, r.chat.last())
			}
		})
	}
}

// While the list is slow the card says so; the form has a card of its own, and this one shows the offer again.
func TestASlowListLeavesNoDeadCard(t *testing.T) {
	t.Parallel()
	r := atOffer(t, false)
	card, _, _ := r.chat.find("Edit")
	r.hasty()
	r.platform.SetFault(apisim.OpGetSpecialOffers, apisim.Fault{Kind: apisim.FaultSlow, Delay: time.Second, Times: 1})
	r.chat.log = nil
	r.press("Edit")
	if !strings.Contains(strings.Join(r.chat.log, "\n"), "= Working…") {
		t.Errorf("the card did not say that it works:\n%s", strings.Join(r.chat.log, "\n"))
	}
	if got := r.chat.message(card).text; !strings.Contains(got, "Special offer #9021") {
		t.Errorf("the card is left with: %s", got)
	}
	r.wantSaid("Nothing has been saved yet")
}
