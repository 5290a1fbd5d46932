package conversations_test

import (
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/bot"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

const harbourToken = "demo-performer-harbour-2e58b714"

// siteOffer is an offer in the site's own words.
type siteOffer struct {
	OfferID, OfferNumber int64
	Title                string
	Duration, ModeID     int
	TotalPrice           json.Number
	CanPurchase          bool
	AllowRateContinue    bool
}

// onSite reads a member's offers past the client, whether or not the list is hidden; it stays as hidden says.
func (r *rig) onSite(token string, hidden bool) []siteOffer {
	r.t.Helper()
	r.platform.HideGuessed(false)
	defer r.platform.HideGuessed(hidden)
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.server.URL+"/v1/DirectCam/GetDirectCamSpecialOffers", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var offers []siteOffer
	if err := json.NewDecoder(resp.Body).Decode(&offers); err != nil {
		r.t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	return offers
}

func seeded() siteOffer {
	return siteOffer{
		OfferID: 9021, OfferNumber: 1, Title: "Quarter of an hour in private", Duration: 15, ModeID: 3, TotalPrice: "30",
		CanPurchase: true, AllowRateContinue: true,
	}
}

// elsewhere changes the offer on the site itself.
func (r *rig) elsewhere(change func(*apiclient.Offer)) {
	r.t.Helper()
	as := apiclient.With(secret.New(performerToken))
	offers, err := r.api.Offers(r.t.Context(), as)
	if err != nil {
		r.t.Fatal(err)
	}
	change(&offers[0])
	if _, err := r.api.UpdateOffer(r.t.Context(), as, offers[0]); err != nil {
		r.t.Fatal(err)
	}
}

// saves counts the calls that would change an offer.
func (r *rig) saves(do func()) int {
	before := r.platform.Calls(apisim.OpUpdateSpecialOffer)
	do()
	return r.platform.Calls(apisim.OpUpdateSpecialOffer) - before
}

// addOffer remembers the seeded offer where there is no list.
func (r *rig) addOffer() {
	r.t.Helper()
	r.say("/offers")
	r.press("Add one by its number")
	for _, answer := range []string{"9021", "1", "Quarter of an hour in private", "15", "30", "private", "yes", "yes"} {
		r.say(answer)
	}
	r.press("Save offer")
	r.press("Yes, save for 30.00 credits")
	r.wantSaid("Saved.")
}

// atOffer is a linked performer before the card of the seeded offer.
func atOffer(t *testing.T, hidden bool) *rig {
	t.Helper()
	r := newRig(t, monday)
	r.platform.HideGuessed(hidden)
	r.link(performerToken)
	if r.onSite(performerToken, hidden); hidden {
		r.addOffer()
	}
	r.say("/offers")
	r.press("1")
	r.wantSaid("Special offer #9021")
	return r
}

func TestWhatIsSavedIsWhatTheSiteHas(t *testing.T) {
	for name, tc := range map[string]struct {
		do   func(*rig)
		want func(*siteOffer)
	}{
		"taken off sale": {func(r *rig) { r.press("Take off sale") }, func(o *siteOffer) { o.CanPurchase = false }},
		"and back": {func(r *rig) {
			r.press("Take off sale")
			r.press("Make available")
		}, func(*siteOffer) {}},
		"ends with its time": {func(r *rig) { r.press("Continue after the end: switch off") }, func(o *siteOffer) { o.AllowRateContinue = false }},
		"may go on": {func(r *rig) {
			r.press("Continue after the end: switch off")
			r.press("Continue after the end: switch on")
		}, func(*siteOffer) {}},
		"another price": {func(r *rig) {
			r.edit("credits", "45.5")
			r.press("Yes, save for 45.50 credits")
		}, func(o *siteOffer) { o.TotalPrice = "45.5" }},
		"all but the price": {func(r *rig) {
			r.press("Edit")
			for _, answer := range [][2]string{{"place", "4"}, {"title", "  Zoë & <b>  "}, {"length", "50"}, {"kind", "group"}, {"availability", "no"}, {"after the end", "no"}} {
				r.press("Edit: " + answer[0])
				r.say(answer[1])
			}
			r.press("Save offer")
			r.press("Yes, save for 30.00 credits")
		}, func(o *siteOffer) {
			*o = siteOffer{OfferID: 9021, OfferNumber: 4, Title: "Zoë & <b>", Duration: 50, ModeID: 2, TotalPrice: "30"}
		}},
	} {
		for list, hidden := range map[string]bool{"listed": false, "remembered": true} {
			t.Run(name+", "+list, func(t *testing.T) {
				r := atOffer(t, hidden)
				tc.do(r)
				r.wantSaid("Saved.")
				want := seeded()
				tc.want(&want)
				if diff := cmp.Diff([]siteOffer{want}, r.onSite(performerToken, hidden)); diff != "" {
					t.Errorf("on the site (-want +got):\n%s", diff)
				}
				card := strings.SplitN(r.chat.last(), "\n", 2)[1]
				r.press("Refresh")
				if diff := cmp.Diff(card, r.chat.last()); diff != "" {
					t.Errorf("the card from the reply is not the one that is read (-reply +read):\n%s", diff)
				}
			})
		}
	}
}

// edit changes one field of the offer whose card is open, up to the last question.
func (r *rig) edit(field, answer string) {
	r.t.Helper()
	r.press("Edit")
	r.press("Edit: " + field)
	r.say(answer)
	r.press("Save offer")
}

// What the site says is what the card shows, whoever wrote it.
func TestTheCardShowsWhatTheSiteHas(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*apiclient.Offer)
		want   []string
	}{
		"not on sale":   {func(o *apiclient.Offer) { o.Available = false }, []string{"\nNot available.\n", "may continue"}},
		"ends":          {func(o *apiclient.Offer) { o.ContinueAfter = false }, []string{"\nAvailable.\n", "The session ends"}},
		"another price": {func(o *apiclient.Offer) { o.Price = apiclient.WholeCredits(10) }, []string{"15 min for 10.00 credits, about 0.6666 a minute"}},
		"a group":       {func(o *apiclient.Offer) { o.Mode = apiclient.ModeGroup }, []string{"group session"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := atOffer(t, false)
			r.elsewhere(tc.change)
			r.press("Refresh")
			for _, want := range tc.want {
				r.wantSaid(want)
			}
		})
	}
}

func TestTwoCardsOfOneOffer(t *testing.T) {
	for list, hidden := range map[string]bool{"listed": false, "remembered": true} {
		t.Run(list, func(t *testing.T) {
			r := atOffer(t, hidden)
			old, sale, _ := r.chat.find("Take off sale")
			_, after, _ := r.chat.find("Continue after the end: switch off")
			r.say("/offers")
			r.press("1")
			r.press("Take off sale")
			calls := r.saves(func() {
				r.pressed(old, sale)
				if got := r.chat.message(old).text; !strings.Contains(got, "It stands like that already") {
					t.Errorf("said: %s", got)
				}
				r.pressed(old, after)
				if got := r.chat.message(old).text; !strings.Contains(got, "The offer changed meanwhile") || !strings.Contains(got, "Not available.") {
					t.Errorf("said: %s", got)
				}
			})
			if calls != 0 {
				t.Errorf("%d calls by cards of yesterday", calls)
			}
			if got := r.onSite(performerToken, hidden)[0]; got.CanPurchase || !got.AllowRateContinue {
				t.Errorf("on the site: %+v", got)
			}
		})
	}
}

// A press saves what its card showed, and nothing that was read since.
func TestAnOfferThatChangedBetweenCardAndPress(t *testing.T) {
	r := atOffer(t, false)
	r.elsewhere(func(o *apiclient.Offer) { o.Price = apiclient.WholeCredits(9) })
	if calls := r.saves(func() { r.press("Continue after the end: switch off") }); calls != 0 {
		t.Errorf("%d calls", calls)
	}
	r.wantSaid("The offer changed meanwhile")
	r.wantSaid("15 min for 9.00 credits")
	r.press("Continue after the end: switch off") // of the card as it is now
	if got := r.onSite(performerToken, false)[0]; got.TotalPrice != "9" || got.AllowRateContinue {
		t.Errorf("on the site: %+v", got)
	}
}

func TestAnOfferThatChangesWhileItIsEdited(t *testing.T) {
	r := atOffer(t, false)
	r.edit("title", "Late evening")
	r.elsewhere(func(o *apiclient.Offer) { o.Price = apiclient.WholeCredits(9) })
	if calls := r.saves(func() { r.press("Yes, save for 30.00 credits") }); calls != 0 {
		t.Errorf("%d calls", calls)
	}
	r.wantSaid("The offer changed meanwhile, so nothing was saved. It is now: Quarter of an hour in private, place 1, 15 min for 9.00 credits")
	r.wantSaid("Late evening")
	r.press("Save offer")
	r.press("Yes, save for 30.00 credits") // knowing that
	if got := r.onSite(performerToken, false)[0]; got.TotalPrice != "30" || got.Title != "Late evening" {
		t.Errorf("on the site: %+v", got)
	}
}

func TestAnOfferThatIsDeletedOnTheSite(t *testing.T) {
	r := atOffer(t, false)
	r.edit("title", "Late evening")
	if err := r.api.DeleteOffer(t.Context(), apiclient.With(secret.New(performerToken)), 9021); err != nil {
		t.Fatal(err)
	}
	calls := r.saves(func() {
		r.press("Yes, save for 30.00 credits")
		r.wantSaid("The site does not list this offer,")
		r.wantSaid("Late evening") // the answers stay
		r.press("Take off sale")   // of the card above
		if _, _, still := r.chat.find("Take off sale"); still {
			t.Error("the card still has its switches")
		}
	})
	if calls != 0 {
		t.Errorf("%d calls", calls)
	}
}

func TestForgedOfferButtons(t *testing.T) {
	r := atOffer(t, false)
	card, real, _ := r.chat.find("Take off sale")
	_, print, _ := strings.Cut(real.Value, ":1:")
	if print == "" {
		_, print, _ = strings.Cut(real.Value, ":0:")
	}
	var forged []flow.Press
	for _, action := range []string{"offersale", "offergoon", "offer", "offeredit", "offerforget", "offerdrop", "offerlist", "offernew", "offeradd"} {
		for _, value := range []string{
			"", "9021", "-9021:0:" + print, "9021:2:" + print, "9021:0", "9021:0:", "9021:0:xxxxxx", "9021::" + print, "9999:0:" + print,
			"99999999999999999999", "9021:0:" + print + ":x", "form:9021", "a:-1",
		} {
			forged = append(forged, flow.Press{Of: r.tag(), Action: action, Value: value})
		}
	}
	forged = append(forged, flow.Press{Of: "000000000000", Action: real.Action, Value: real.Value})
	calls := r.saves(func() {
		for _, p := range forged {
			r.pressed(card, p)
			if r.chat.last() == "" || strings.Contains(r.chat.last(), "incident") {
				t.Errorf("%v: said %q", p, r.chat.last())
			}
		}
	})
	if diff := cmp.Diff([]siteOffer{seeded()}, r.onSite(performerToken, false)); calls != 0 || diff != "" {
		t.Errorf("%d calls; on the site (-want +got):\n%s", calls, diff)
	}
}

// A site that does not tell an offer's place would give it another one.
func TestAnOfferWithoutAPlaceIsNotSwitched(t *testing.T) {
	r := atOffer(t, false)
	r.platform.SetFault(apisim.OpGetSpecialOffers, apisim.Fault{Kind: apisim.FaultNulls})
	r.press("Refresh")
	r.wantSaid("Place: not known")
	if calls := r.saves(func() { r.press("Make available") }); calls != 0 {
		t.Errorf("%d calls", calls)
	}
	r.wantSaid("The site would not take the offer as it stands")
	r.press("Edit")
	r.wantSaid("Its place among the offers")
}

// act has the chat act for a member, as its manager.
func (r *rig) act(member int64, nickname string) {
	r.t.Helper()
	err := r.db.Update(r.t.Context(), func(tx *store.Tx) error {
		chat, err := tx.Chat(theUser)
		if err != nil {
			return err
		}
		chat.Acting = store.Acting{}
		if member != 0 {
			chat.Acting = store.Acting{Member: member, Nickname: nickname, Until: r.clock.Now().Add(30 * time.Minute)}
		}
		return tx.PutChat(chat)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// A manager saves a member's offer, and what is remembered of it is that member's alone.
func TestAManagerChangesAMembersOffer(t *testing.T) {
	r := newRig(t, monday)
	r.onSite(performerToken, false) // 9021 is hers
	r.link(managerToken)
	r.act(performerID, "VelvetVoice")
	r.addOffer()
	r.wantSaid("Acting as VelvetVoice")
	r.press("Take off sale")
	r.wantSaid("Saved.")
	r.edit("credits", "45")
	r.act(0, "") // its time is over: nothing is done for her any more
	if calls := r.saves(func() { r.press("Yes, save for 45.00 credits") }); calls != 0 {
		t.Errorf("%d calls after the time was over", calls)
	}
	want := seeded()
	want.CanPurchase = false
	if diff := cmp.Diff([]siteOffer{want}, r.onSite(performerToken, false)); diff != "" {
		t.Errorf("on the site (-want +got):\n%s", diff)
	}
	r.say("/offers")
	r.wantSaid("The site shows no special offers of yours")
	r.act(harbourID, "QuietHarbour")
	r.say("/offers")
	r.wantSaid("I know none yet")
	r.act(performerID, "VelvetVoice")
	r.say("/offers")
	r.wantSaid("The site gives managers no list")
	r.wantSaid("(#9021, place 1)")
	r.platform.LeaveGroup(performerID)
	r.press("1")
	r.press("Make available")
	r.wantSaid("Couldn't save. Still not available.")
	if len(r.onSite(harbourToken, false)) != 1 {
		t.Error("somebody else's offers were touched")
	}
}

// Numbers as long as they come, everywhere in a button; the rig lets every button travel. Form ids may have
// sixteen letters.
func TestTheLongestOfferButtonsTravel(t *testing.T) {
	r := newRig(t, monday)
	r.platform.HideGuessed(true)
	r.link(performerToken)
	remembered := store.Offer{
		Account: r.account().ID, Offer: math.MaxInt64, Number: math.MaxInt32, Title: strings.Repeat("W", 50), Duration: 15, Mode: 3,
		Credits: "999999999.99", Saved: monday,
	}
	for i := range int64(12) {
		o := remembered
		o.Offer -= i
		if err := r.db.Update(t.Context(), func(tx *store.Tx) error { return tx.PutOffer(o) }); err != nil {
			t.Fatal(err)
		}
	}
	r.say("/offers")
	r.press("Next ›")
	r.press("Next ›")
	r.press("12")
	r.wantSaid("#9223372036854775807")
	r.press("Forget this offer")
	r.press("Go back")
	r.edit("place", "2")
	r.press("Go back")
	r.press("Edit: credits")
	r.say("1")
	r.press("9.00")
	r.say("/offers")
	r.press("Add one by its number")
	r.wantSaid("You have a form open")
	_, press, _ := r.chat.find("Start afresh")
	press.Of, press.Value = strings.Repeat("f", 16), strings.Repeat("f", 16)+":9223372036854775807"
	if _, err := bot.EncodePress(press); err != nil {
		t.Error(err)
	}
}
