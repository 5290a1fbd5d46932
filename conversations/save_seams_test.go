package conversations_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// What is saved meets other devices, other people, and sites that answer otherwise than the simulated one.

// oneOffer is a platform with one offer, where every call takes a second.
type oneOffer struct {
	conversations.Platform

	mu    sync.Mutex
	offer apiclient.Offer
	saves int
}

func (o *oneOffer) Offers(context.Context, apiclient.Caller) ([]apiclient.Offer, error) {
	<-time.After(time.Second)
	o.mu.Lock()
	defer o.mu.Unlock()
	return []apiclient.Offer{o.offer}, nil
}

func (o *oneOffer) UpdateOffer(_ context.Context, _ apiclient.Caller, s apiclient.Offer) (apiclient.Offer, error) {
	<-time.After(time.Second)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.offer, o.saves = s, o.saves+1
	return s, nil
}

// Two chats of one performer switch two things of one offer at once: what the second would save is not what its
// card showed any more, so it is told that instead.
func TestTwoChatsSwitchOneOffer(t *testing.T) {
	const one, two = flow.ChatID(1), flow.ChatID(2)
	synctest.Test(t, func(t *testing.T) {
		platform := &oneOffer{offer: apiclient.Offer{
			ID: 9021, Number: 1, Title: "T", Duration: 15, Mode: apiclient.ModePrivate, Price: apiclient.WholeCredits(30), Available: true, ContinueAfter: true,
		}}
		db := twoChats(t, one, two)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			second := store.AccountID{15: 2}
			return errors.Join(
				tx.PutAccount(store.Account{ID: second, Chat: two, Member: performerID, State: store.AccountActive, Token: secret.New("token-of-a-test")}),
				tx.PutChat(store.Chat{ID: two, Account: second}),
			)
		})
		if err != nil {
			t.Fatal(err)
		}
		chat := &sharedChat{fakeChat: fakeChat{t: t}}
		desk, err := conversations.New(conversations.Config{
			Store: db, API: platform, Chat: chat, Zone: time.UTC, Now: time.Now,
			NewID: func() string { return "form00000001" }, NewUUID: func() [16]byte { return [16]byte{9} },
		})
		if err != nil {
			t.Fatal(err)
		}
		handle := func(e flow.Event) {
			e.User, e.Private = int64(e.Chat), true
			if err := desk.Handle(t.Context(), e); err != nil {
				t.Error(err)
			}
		}
		open := func(c flow.ChatID, label string) flow.Press {
			handle(flow.Event{Chat: c, Kind: flow.EventCommand, Command: "offers"})
			_, p, _ := chat.find("1")
			handle(flow.Event{Chat: c, Kind: flow.EventPress, Press: p})
			_, p, ok := chat.find(label)
			if !ok {
				t.Fatal(chat.last())
			}
			return p
		}
		a, b := open(one, "Take off sale"), open(two, "Continue after the end: switch off")
		var both sync.WaitGroup
		both.Go(func() { handle(flow.Event{Chat: one, Kind: flow.EventPress, Press: a}) })
		both.Go(func() { handle(flow.Event{Chat: two, Kind: flow.EventPress, Press: b}) })
		both.Wait()
		said := map[string]int{}
		for _, m := range chat.messages {
			for _, words := range []string{"Saved.", "The offer changed meanwhile."} {
				if strings.Contains(m.text, words) {
					said[words]++
				}
			}
		}
		if platform.saves != 1 || said["Saved."] != 1 || said["The offer changed meanwhile."] != 1 {
			t.Errorf("%d saves, people are told %v", platform.saves, said)
		}
	})
}

// There is no list to look a lost reply up in: nothing is claimed until the form is closed, nor after.
func TestASaveThatMayHaveArrivedIsNotDenied(t *testing.T) {
	r := atOffer(t, true)
	r.edit("credits", "45")
	r.platform.SetFault(apisim.OpUpdateSpecialOffer, apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1})
	r.press("Yes, save for 45.00 credits")
	r.wantSaid("The last save may have arrived")
	r.chat.log = nil
	r.say("/cancel")
	r.press("Discard")
	r.wantSaid("I don't know whether the last save arrived")
	for _, denial := range []string{"Nothing has been saved", "Nothing was saved", "Nothing has been sent"} {
		if strings.Contains(r.said(), denial) {
			t.Errorf("told %q:\n%s", denial, r.said())
		}
	}
}

// The list was there when the form was opened, and is not when it is sent: nothing is saved over what can't be seen.
func TestNothingIsSavedOverWhatCannotBeSeen(t *testing.T) {
	r := atOffer(t, false)
	r.edit("credits", "45")
	r.elsewhere(func(o *apiclient.Offer) { o.Title, o.Available = "Changed elsewhere", false })
	r.platform.SetFault(apisim.OpGetSpecialOffers, apisim.Fault{Kind: apisim.FaultNotFound, Times: 1})
	if calls := r.saves(func() { r.press("Yes, save for 45.00 credits") }); calls != 0 {
		t.Errorf("%d saves", calls)
	}
	r.wantSaid("can't see whether this one changed")
	r.press("Save offer")
	r.press("Yes, save for 45.00 credits") // the list is there again
	r.wantSaid("The offer changed meanwhile")
}

// Somebody else changed another part of the offer after our save arrived.
func TestASaveIsFoundBesideAnothersChange(t *testing.T) {
	r := atOffer(t, false)
	r.edit("credits", "45")
	r.platform.SetFault(apisim.OpUpdateSpecialOffer, apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1})
	r.press("Yes, save for 45.00 credits")
	r.elsewhere(func(o *apiclient.Offer) { o.Available = false })
	r.later(3 * time.Second)
	r.wantSaid("it is saved")
	r.wantSaid("Not available.")
}

// While the save may yet arrive, nobody is told that it did not.
func TestASaveIsGivenTimeToArrive(t *testing.T) {
	r := atOffer(t, false)
	r.edit("credits", "45")
	r.platform.SetFault(apisim.OpUpdateSpecialOffer, apisim.Fault{Kind: apisim.FaultReset, Times: 1})
	r.press("Yes, save for 45.00 credits")
	r.later(30 * time.Second)
	r.wantSaid("did not say whether")
	r.later(2 * time.Minute)
	r.wantSaid("the site does not show the change")
}

func TestTitlesWithoutAnythingToSee(t *testing.T) {
	for title, want := range map[string]string{
		"\u200b": "", "\u2060\u200e": "", "\u200d \u200c": "", "a\u202eb": "ab", "👩\u200d🚀 fun": "👩\u200d🚀 fun", "a\nb": "a b",
	} {
		r := atOffer(t, false)
		r.press("Edit")
		r.press("Edit: title")
		r.say(title)
		answered := r.storedChat().Session.Answers["title"]
		if want == "" && strings.Contains(r.chat.last(), "Nothing has been saved yet") || want != "" && answered != want {
			t.Errorf("%q became %q:\n%s", title, answered, r.chat.last())
		}
	}
}

// plusless keeps numbers without their plus.
type plusless struct {
	mu       sync.Mutex
	settings string
	fails    bool // after it has saved
}

func (s *plusless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		s.settings = strings.ReplaceAll(string(body), `"+`, `"`)
		if s.fails {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{}`)
			return
		}
	}
	_, _ = io.WriteString(w, s.settings)
}

func (r *rig) against(site http.Handler) {
	r.t.Helper()
	server := httptest.NewServer(site)
	r.t.Cleanup(server.Close)
	api, err := apiclient.New(apiclient.Config{BaseURL: server.URL, Location: r.platform.Location(), Rate: 1e6, Burst: 1e6, Retries: -1, BreakAfter: -1})
	r.check(err)
	r.t.Cleanup(api.Close)
	r.platformOf(api)
}

func TestASiteThatDropsThePlus(t *testing.T) {
	for _, fails := range []bool{false, true} {
		r := newRig(t, monday)
		r.link(performerToken)
		site := &plusless{settings: `{"OfferDirectChat":true,"DirectChat":{},"PhoneChatNumber":null,"PhoneChatPPM":1.2}`}
		r.against(site)
		r.say("/settings")
		r.press("Add a number")
		r.say("07700 900456")
		site.fails = fails
		r.press("Yes, save it")
		site.fails = false
		if !strings.Contains(site.settings, `"447700900456"`) || strings.Contains(r.chat.last(), "Couldn't") {
			t.Errorf("fails: %v; on the site %s, told\n%s", fails, site.settings, r.chat.last())
		}
		r.wantSaid("+44 7700 900456")
		r.press("Switch DirectChat off")
		r.wantSaid("DirectChat: off")
	}
}

// A number whose country nobody can tell has to be corrected, and is not taken for another.
func TestANumberWithoutACountry(t *testing.T) {
	for _, number := range []string{"07700900456", "7700900456", "123"} {
		r := newRig(t, monday)
		r.at(`{"OfferDirectChat":true,"DirectChat":{},"PhoneChatNumber":"` + number + `","PhoneChatPPM":1}`)
		r.say("/settings")
		r.wantSaid("Correct the number first")
		r.wantSaid(number)
	}
}

// DirectChat is on, and its details are not told this time: those told last go back with the price.
func TestDetailsThatAreNotToldEveryTime(t *testing.T) {
	r := newRig(t, monday)
	site := r.at(`{"OfferDirectChat":true,"DirectChat":{"k":1},"PhoneChatPPM":1.2}`)
	r.say("/settings")
	site.settings = `{"OfferDirectChat":true,"DirectChat":{"k":2},"PhoneChatPPM":1.2}`
	r.say("/settings")
	site.settings = `{"OfferDirectChat":true,"DirectChat":null,"PhoneChatPPM":1.2}`
	r.press("Change the price")
	r.say("1.5")
	r.press("Yes, save it")
	if len(site.posts) != 1 || !strings.Contains(site.posts[0], `{"k":2}`) {
		t.Errorf("sent %v", site.posts)
	}

	r = newRig(t, monday)
	site = r.at(`{"OfferDirectChat":true,"DirectChat":null,"PhoneChatPPM":1.2}`)
	r.say("/settings")
	r.press("Change the price")
	r.say("1.5")
	r.press("Yes, save it")
	r.wantSaid("the site does not tell me its details")
	if len(site.posts) != 0 {
		t.Errorf("sent %v", site.posts)
	}
}

func TestAConflictOfSettingsSpeaksOfNoBooking(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.say("/settings")
	r.platform.SetFault(apisim.OpSaveSettings, apisim.Fault{Kind: apisim.FaultStatus, Status: 409, Message: "Busy."})
	r.press("Switch DirectChat off")
	r.wantSaid("The site refused this: Busy.")
	if strings.Contains(r.chat.last(), "The booking changed") {
		t.Error(r.chat.last())
	}
}

// lateSite carries a save out only when it is told to; the caller has gone away by then.
type lateSite struct {
	conversations.Platform

	late func()
}

func (l *lateSite) SaveSettings(ctx context.Context, as apiclient.Caller, s apiclient.Settings) (apiclient.Settings, error) {
	l.late = func() { _, _ = l.Platform.SaveSettings(context.WithoutCancel(ctx), as, s) }
	return apiclient.Settings{}, context.Canceled
}

func (l *lateSite) PhoneChatSettings(ctx context.Context, as apiclient.Caller) (apiclient.Settings, error) {
	if l.late != nil {
		return apiclient.Settings{}, context.Canceled
	}
	return l.Platform.PhoneChatSettings(ctx, as)
}

// The program is stopped while the site takes its time with a save, and started again.
func TestASaveThatWasCutOff(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		r := newRig(t, monday)
		r.link(performerToken)
		r.say("/settings")
		r.press("Change the price")
		r.say("1.60")
		card, yes := r.yes()
		site := &lateSite{Platform: r.api}
		r.platformOf(site)
		if r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "q"}) == nil {
			t.Fatal("it was not cut off")
		}
		r.kill()
		r.wantSaid("did not say whether this arrived")
		want := "it was not saved"
		if arrives {
			site.late()
			want = "it is saved"
		}
		r.later(30 * time.Second)
		if !arrives {
			r.wantSaid("did not say whether this arrived")
		}
		r.later(2 * time.Minute)
		r.wantSaid(want)
		if n := r.sends(); n != 0 {
			t.Errorf("%d claims are left", n)
		}
	}
}

// An unknown path answers 405 on some servers: there, too, a list may not exist.
func TestAListThatIsNotAllowed(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	notAllowed := apisim.Fault{Kind: apisim.FaultStatus, Status: http.StatusMethodNotAllowed, Message: "no GET"}
	r.platform.SetFault(apisim.OpGetSpecialOffers, notAllowed)
	r.say("/offers")
	r.press("Add one by its number")
	r.say("/cancel")
	r.platform.SetFault(apisim.OpReceivedBookings, notAllowed)
	r.platform.SetFault(apisim.OpReceivedBookingDetails, notAllowed)
	r.say("/requests")
	r.press("Answer by booking number")
	r.say("48213")
	r.wantSaid("I can't show you request #48213")
}

func TestARoleNeedsNoPrice(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.against(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if strings.Contains(q.URL.Path, "GetSettings") {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"OfferDirectChat":false,"DirectChat":null,"PhoneChatNumber":"+447700900456","PhoneChatPPM":null}`)
			return
		}
		r.platform.Handler().ServeHTTP(w, q)
	}))
	r.say("/account")
	r.say("/help")
	r.wantSaid("/requests")
}

// The list says of a booking what its card has just said.
func TestAListSaysWhatTheCardSaid(t *testing.T) {
	for name, look := range map[string]func(r *rig, id int64){
		"opened": func(r *rig, id int64) {
			r.check(r.platform.CancelMade(id, "x"))
			r.press("1")
		},
		"refused": func(r *rig, id int64) {
			r.press("1")
			r.check(r.platform.CancelMade(id, "x"))
			r.press("Accept for 12.00 credits")
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(performerToken)
			id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
			r.say("/requests")
			look(r, id)
			r.wantSaid("Cancelled")
			r.press("Back to the list")
			r.wantSaid("No request waits for an answer")
			r.pressTab("Past")
			r.wantSaid("Cancelled")
		})
	}
	r := newRig(t, monday)
	r.link(performerToken)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	r.say("/requests")
	r.platform.Remove(id)
	r.press("1")
	r.say("/requests")
	r.wantSaid("Nobody has asked you")
}

// However long somebody reads a page, turning it shows no booking twice, and none is passed over.
func TestPagesOfOneReading(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	for i := range 8 {
		acceptBy := monday.Add(time.Duration(i)*time.Hour + 10*time.Second)
		r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Session: acceptBy.Add(time.Hour), AcceptBy: acceptBy})
	}
	seen := map[string]int{}
	note := func() {
		for _, p := range r.keys() {
			if p.Action == "card" {
				id, _, _ := strings.Cut(p.Value, ":")
				seen[id]++
			}
		}
	}
	r.say("/bookings")
	note()
	r.clock.Advance(2 * time.Minute) // a reply-by time passes, and another booking is made
	r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Session: monday.Add(2 * time.Hour), AcceptBy: monday.Add(time.Hour)})
	r.press("Next ›")
	note()
	if len(seen) != 8 {
		t.Errorf("seen over both pages: %v", seen)
	}
	r.press("‹ Previous") // by now anew
	if got := r.pressTab("All"); got != 9 {
		t.Errorf("All has %d", got)
	}
}

// What was looked up and found is not left as "not known" in the list of what was done.
func TestTheLogKnowsWhatWasFound(t *testing.T) {
	r := newRig(t, monday)
	r.link(managerToken)
	r.act(performerID, "VelvetVoice")
	r.say("/settings")
	r.platform.SetFault(apisim.OpSaveSettings, apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1})
	r.press("Switch DirectChat off")
	r.wantSaid("it is saved")
	if log := r.log(); strings.Contains(log, "not known") || !strings.Contains(log, "DirectChat, off – ✅ done") {
		t.Errorf("the log is\n%s", log)
	}
}

// unlinking is a platform whose settings, once read, find the account gone.
type unlinking struct {
	conversations.Platform

	then func()
}

func (u unlinking) PhoneChatSettings(ctx context.Context, as apiclient.Caller) (apiclient.Settings, error) {
	s, err := u.Platform.PhoneChatSettings(ctx, as)
	u.then()
	return s, err
}

// What can't be noted in the list of what was done for a member is not done.
func TestNothingIsDoneForAMemberUnnoted(t *testing.T) {
	r := newRig(t, monday)
	r.link(managerToken)
	r.act(performerID, "VelvetVoice")
	r.say("/settings")
	card, off, found := r.chat.find("Switch DirectChat off")
	if !found {
		t.Fatal(r.chat.last())
	}
	account := r.account().ID
	r.platformOf(unlinking{Platform: r.api, then: func() {
		r.check(r.db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteAccount(account) }))
	}})
	if r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: off, Callback: "q"}) == nil {
		t.Error("nobody is told that it could not be noted")
	}
	if n := r.platform.Calls(apisim.OpSaveSettings); n != 0 {
		t.Errorf("%d saves", n)
	}
}
