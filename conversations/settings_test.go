package conversations_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
)

// site is a platform with one performer's settings: it takes what it is sent, and shows it as it came.
type site struct {
	api      *apiclient.Client
	settings string
	posts    []string
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body)
		s.settings = string(body)
		s.posts = append(s.posts, s.settings)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, s.settings)
}

// at links the performer, and puts the desk before a site with these settings.
func (r *rig) at(settings string) *site {
	r.t.Helper()
	r.link(performerToken)
	s := &site{settings: settings}
	server := httptest.NewServer(s)
	r.t.Cleanup(server.Close)
	api, err := apiclient.New(apiclient.Config{BaseURL: server.URL, Location: r.platform.Location(), Rate: 1e6, Burst: 1e6, Retries: -1, BreakAfter: -1})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(api.Close)
	s.api = api
	r.platformOf(api)
	return s
}

// settingsOnSite is how the performer's settings stand on the local platform.
func (r *rig) settingsOnSite(token string) apiclient.Settings {
	r.t.Helper()
	s, err := r.api.PhoneChatSettings(r.t.Context(), apiclient.With(secret.New(token)))
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// saveOnSite changes them there, as on another device.
func (r *rig) saveOnSite(token string, change func(*apiclient.Settings)) {
	r.t.Helper()
	s := r.settingsOnSite(token)
	change(&s)
	if _, err := r.api.SaveSettings(r.t.Context(), apiclient.With(secret.New(token)), s); err != nil {
		r.t.Fatal(err)
	}
}

func TestEverySaveSendsTheFullSet(t *testing.T) {
	const details = `{"A":1.2000,"Deep":{"b":[1e2,null,"<&>"]},"DirectChatOnly":false}`
	const more = `"New":{"k":1.50},"Odd":[null]}`
	r := newRig(t, monday)
	s := r.at(`{"OfferDirectChat":true,"DirectChat":` + details +
		`,"PhoneChatNumber":"+447700900456","ShowPhoneChatNumber":true,"PhoneChatPPM":1.2000,` + more)
	r.say("/settings")
	r.wantSaid("Number on the profile: shown")
	r.press("Switch DirectChat off")
	r.restart()
	r.platformOf(s.api)
	r.press("Switch DirectChat on")
	r.press("Change the price")
	r.say("1.35")
	r.press("Yes, save it")
	r.press("Change the number")
	r.say("07700 900999")
	r.press("Yes, save it")
	r.press("Change the number")
	r.press("Remove the number")
	r.press("Yes, remove it")
	want := []string{
		`{"OfferDirectChat":false,"PhoneChatNumber":"+447700900456","PhoneChatPPM":1.2,` + more,
		`{"OfferDirectChat":true,"DirectChat":` + details + `,"PhoneChatNumber":"+447700900456","PhoneChatPPM":1.2,` + more,
		`{"OfferDirectChat":true,"DirectChat":` + details + `,"PhoneChatNumber":"+447700900456","PhoneChatPPM":1.35,` + more,
		`{"OfferDirectChat":true,"DirectChat":` + details + `,"PhoneChatNumber":"+447700900999","PhoneChatPPM":1.35,` + more,
		`{"OfferDirectChat":true,"DirectChat":` + details + `,"PhoneChatPPM":1.35,` + more,
	}
	if diff := cmp.Diff(want, s.posts); diff != "" {
		t.Errorf("what was sent (-want +got):\n%s", diff)
	}
}

// What the client would refuse to send is not offered, nor done by an older card; the form beside it mends it.
func TestWhatHasToBeMendedFirst(t *testing.T) {
	for name, tc := range map[string]struct {
		price, number string
		mend          string // what the card asks for; "" where all is well
	}{
		"all is well":           {`1.25`, `"+447700900456"`, ""},
		"no number":             {`1.25`, `null`, ""},
		"a price of nothing":    {`0`, `null`, ""},
		"a price of many zeros": {`1.2500`, `null`, ""},
		"no price":              {`null`, `null`, "Set the price first."},
		"a price too fine":      {`1.225`, `null`, "Set the price first."},
		"a price below zero":    {`-1`, `null`, "Set the price first."},
		"a national number":     {`1`, `"07700900456"`, "Correct the number first."},
		"no plus":               {`1`, `"447700900456"`, ""},
		"a plus and a zero":     {`1`, `"+07700900456"`, "Correct the number first."},
		"a plus alone":          {`1`, `"+"`, "Correct the number first."},
		"spaces":                {`1`, `"+44 7700 900456"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			s := r.at(`{"OfferDirectChat":true,"DirectChat":{},"PhoneChatNumber":` + tc.number + `,"PhoneChatPPM":` + tc.price + `}`)
			r.say("/settings")
			if tc.mend != "" {
				r.wantSaid(tc.mend)
			}
			_, _, offered := r.chat.find("Switch DirectChat off")
			if offered != (tc.mend == "") {
				t.Errorf("offered: %v", offered)
			}
			r.pressed(r.chat.bottom, flow.Press{Of: r.tag(), Action: "setdirect", Value: "off"})
			if saved := len(s.posts) == 1; saved != (tc.mend == "") {
				t.Errorf("sent %v; the card says\n%s", s.posts, r.chat.last())
			}
			if tc.mend != "" {
				r.wantSaid("Nothing was changed.")
				r.wantSaid(tc.mend)
			}
		})
	}
	for name, tc := range map[string]struct{ form, first, second string }{
		"both, from the price":  {"Set a price", "1.10", "07700 900456"},
		"both, from the number": {"Change the number", "07700 900456", "1.10"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			s := r.at(`{"OfferDirectChat":false,"PhoneChatNumber":"07700900456"}`)
			r.say("/settings")
			r.press(tc.form)
			r.say(tc.first)
			r.say(tc.second)
			r.press("Yes, save it")
			r.wantSaid("Saved.")
			if diff := cmp.Diff([]string{`{"OfferDirectChat":false,"PhoneChatNumber":"+447700900456","PhoneChatPPM":1.1}`}, s.posts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTwoDevicesEndWhereTheCardSays(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.say("/settings")
	card, off, _ := r.chat.find("Switch DirectChat off")
	r.pressed(card, off)
	r.pressed(card, off)
	r.wantSaid("DirectChat: off")
	if got := r.platform.Calls(apisim.OpSaveSettings); got != 1 || r.settingsOnSite(performerToken).OfferDirectChat {
		t.Errorf("%d calls, on: %v", got, r.settingsOnSite(performerToken).OfferDirectChat)
	}
	_, on, _ := r.chat.find("Switch DirectChat on")
	r.pressed(card, on)
	r.pressed(card, off)
	r.pressed(card, on)
	r.pressed(card, on)
	r.wantSaid("DirectChat: on")
	if got := r.platform.Calls(apisim.OpSaveSettings); got != 4 || !r.settingsOnSite(performerToken).OfferDirectChat {
		t.Errorf("%d calls, on: %v", got, r.settingsOnSite(performerToken).OfferDirectChat)
	}
}

func TestWhatChangedElsewhereIsNotOverwritten(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.say("/settings")
	r.saveOnSite(performerToken, func(s *apiclient.Settings) {
		s.Price, s.Number = apiclient.WholeCredits(3), "+447700900999"
	})
	r.press("Switch DirectChat off")
	r.wantSaid("Price: 3.00")
	got := r.settingsOnSite(performerToken)
	if !got.Price.Equal(apiclient.WholeCredits(3)) || got.Number != "+447700900999" || got.OfferDirectChat {
		t.Errorf("price %s, DirectChat %v", got.Price, got.OfferDirectChat)
	}
	r.press("Change the number")
	r.say("07700 900111")
	r.saveOnSite(performerToken, func(s *apiclient.Settings) { s.Number = "+447700900222" })
	r.press("Yes, save it")
	r.wantSaid("changed on the site meanwhile")
	if got := r.settingsOnSite(performerToken).Number; got != "+447700900222" {
		t.Error("the number was replaced unseen")
	}
}

// Every fault at a save: one call is made, what the card shows is how it stands, and a refusal of nothing is
// never told of something that was done.
func TestAFailedSaveShowsTheTrueState(t *testing.T) {
	for _, kind := range apisim.FaultKinds() {
		for _, blind := range []bool{false, true} { // nor can it be looked up
			name := string(kind.Kind)
			if blind {
				name += ", and nothing can be read"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				failedSave(t, kind, blind)
			})
		}
	}
}

func failedSave(t *testing.T, kind apisim.KnownFault, blind bool) {
	t.Helper()
	r := newRig(t, monday)
	r.link(performerToken)
	r.say("/settings")
	fault := apisim.Fault{Kind: kind.Kind, Message: "Not today."}
	switch kind.Kind {
	case apisim.FaultStatus:
		fault.Status = 503
	case apisim.FaultSlow:
		fault.Delay = time.Hour
	default:
	}
	r.platform.SetFault(apisim.OpSaveSettings, fault)
	r.platformOf(interposed{Platform: r.impatient(), saved: func() {
		if blind {
			r.platform.SetFault(apisim.OpGetSettings, apisim.Fault{Kind: apisim.FaultError})
		}
	}})
	r.press("Switch DirectChat off")
	if got := r.platform.Calls(apisim.OpSaveSettings); got != 1 {
		t.Errorf("%d calls were made", got)
	}
	said := r.chat.last()
	r.server.CloseClientConnections()
	r.asked.Wait()
	r.platform.ClearFaults()
	if kind.Kind == apisim.FaultUnauthorized { // the account waits for a new sign-in
		r.wantSaid("no longer accepts your sign-in")
		return
	}
	on := r.settingsOnSite(performerToken).OfferDirectChat
	if on == kind.Commits {
		t.Fatalf("the fault does not what it should: on is %v", on)
	}
	state := map[bool]string{true: "DirectChat: on", false: "DirectChat: off"}[on]
	switch shown := strings.Contains(said, "DirectChat: "); {
	case shown && !strings.Contains(said, state):
		t.Errorf("it is %s, and the card says\n%s", state, said)
	case !shown && !blind:
		t.Errorf("the card does not show how it stands:\n%s", said)
	case on && !strings.Contains(said, "Couldn't save.") && !strings.Contains(said, "can't tell whether"):
		t.Errorf("it was not saved, and the card says\n%s", said)
	case on && !blind && !strings.Contains(said, "Couldn't save. Still on."):
		t.Errorf("the old state is not named:\n%s", said)
	case !on && (strings.Contains(said, "Couldn't") || strings.Contains(said, "othing was changed")):
		t.Errorf("it was saved, and the card says\n%s", said)
	case strings.Contains(said, "incident"):
		t.Errorf("the card says\n%s", said)
	}
	r.platformOf(r.api)
	r.press("Refresh")
	r.wantSaid(state)
	if got := r.platform.Calls(apisim.OpSaveSettings); got != 1 {
		t.Errorf("%d calls were made in the end", got)
	}
}

// interposed is a platform that something comes between.
type interposed struct {
	conversations.Platform

	read  func() error // before a reading
	saved func()       // after a save
}

func (p interposed) PhoneChatSettings(ctx context.Context, as apiclient.Caller) (apiclient.Settings, error) {
	if p.read != nil {
		if err := p.read(); err != nil {
			return apiclient.Settings{}, err
		}
	}
	return p.Platform.PhoneChatSettings(ctx, as)
}

func (p interposed) SaveSettings(ctx context.Context, as apiclient.Caller, s apiclient.Settings) (apiclient.Settings, error) {
	after, err := p.Platform.SaveSettings(ctx, as, s)
	if p.saved != nil {
		p.saved()
	}
	return after, err
}

func TestASettingsFormIsCutOff(t *testing.T) {
	ask := func(t *testing.T) *rig {
		t.Helper()
		r := newRig(t, monday)
		r.link(performerToken)
		r.say("/settings")
		r.press("Change the price")
		r.say("1.60")
		r.wantSaid("from 1.20 to 1.60")
		return r
	}
	t.Run("after the save", func(t *testing.T) {
		r := ask(t)
		card, yes, _ := r.chat.find("Yes, save it")
		r.chat.broken = true // nothing more reaches the screen
		err := r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "q"})
		if err == nil {
			t.Fatal("the card was drawn")
		}
		r.chat.broken = false
		r.restart()
		r.wantSaid("I was interrupted, and looked: it is saved.")
		r.wantSaid("Price: 1.60")
		if got := r.platform.Calls(apisim.OpSaveSettings); got != 1 {
			t.Errorf("%d calls", got)
		}
	})
	t.Run("before the save", func(t *testing.T) {
		r := ask(t)
		card, yes, _ := r.chat.find("Yes, save it")
		r.platformOf(interposed{Platform: r.api, read: func() error { return errors.New("the plug was pulled") }})
		if err := r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "q"}); err == nil {
			t.Fatal("no error")
		}
		r.restart()
		r.wantSaid("interrupted before anything was sent")
		r.press("Yes, save it")
		r.wantSaid("Price: 1.60")
		if got := r.platform.Calls(apisim.OpSaveSettings); got != 1 {
			t.Errorf("%d calls", got)
		}
	})
	t.Run("and unlinked since", func(t *testing.T) {
		r := ask(t)
		_, yes, _ := r.chat.find("Yes, save it")
		r.say("/account")
		r.press("Unlink")
		r.press("Yes, unlink")
		r.pressed(r.chat.bottom, yes)
		if got := r.platform.Calls(apisim.OpSaveSettings); got != 0 {
			t.Errorf("%d calls", got)
		}
	})
}

var spoilered = regexp.MustCompile(`\|\|[^|]*\|\|`)

// The number is read by the person alone: behind a spoiler, on cards that can't be forwarded, in no log.
func TestTheNumberStaysBehindASpoiler(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.chat.log = nil
	r.say("/settings")
	r.press("Change the number")
	r.handle(flow.Event{Kind: flow.EventContact, Phone: "447700900999", ContactUser: theUser, Message: r.chat.receive()})
	r.press("Go back")
	r.say("0044 7700 900999")
	r.platform.SetFault(apisim.OpSaveSettings, apisim.Fault{Kind: apisim.FaultStatus, Status: 422, Times: 1, Message: "+447700900999 is taken."})
	r.press("Yes, save it")
	r.wantSaid("is taken")
	r.press("Change the number")
	r.say("07700 900999")
	card, yes, _ := r.chat.find("Yes, save it")
	r.platformOf(interposed{Platform: r.api, read: func() error { return errors.New("odd") }})
	err := r.try(flow.Event{Kind: flow.EventPress, Message: card, Press: yes, Callback: "q"})
	if err == nil || strings.Contains(err.Error(), "900") {
		t.Errorf("for the log: %v", err)
	}
	r.platformOf(r.api)
	r.restart()
	r.press("Yes, save it")
	r.press("Change the number")
	r.press("Remove the number")
	seen := 0
	for i, line := range r.chat.log {
		digits := strings.NewReplacer(" ", "", "-", "").Replace(line)
		if !strings.Contains(digits, "7700900456") && !strings.Contains(digits, "7700900999") {
			continue
		}
		seen++
		if open := strings.NewReplacer(" ", "", "-", "").Replace(spoilered.ReplaceAllString(line, "")); strings.Contains(open, "7700900456") || strings.Contains(open, "7700900999") {
			t.Errorf("in the open: %s", line)
		}
		rest := r.chat.log[i:]
		end := slices.IndexFunc(rest[1:], func(l string) bool { return !strings.HasPrefix(l, "  ") })
		if end < 0 {
			end = len(rest) - 1
		}
		if !slices.Contains(rest[:end+1], "  (protected)") {
			t.Errorf("on a card that can be forwarded: %s", line)
		}
	}
	if seen < 10 {
		t.Errorf("the number was seen %d times only", seen)
	}
}

func TestAManagerSetsForAMember(t *testing.T) {
	r := newRig(t, monday)
	r.link(managerToken)
	r.say("/settings")
	r.wantSaid("They are for performers")

	r.act(performerID, "VelvetVoice")
	r.say("/settings")
	r.wantSaid("Acting as VelvetVoice")
	r.press("Switch DirectChat off")
	r.press("Change the price")
	r.say("2")
	r.act(harbourID, "QuietHarbour") // the form stays hers whom it was opened for
	r.say("/settings")
	r.wantSaid("only QuietHarbour rings")
	r.wantSaid("have not seen it on yet") // what was seen of one says nothing of another
	r.act(performerID, "VelvetVoice")
	r.press("Yes, save it")
	r.wantSaid("Price: 2.00")
	r.press("Switch DirectChat on")
	r.wantSaid("DirectChat: on")

	velvet, harbour := r.settingsOnSite(performerToken), r.settingsOnSite(harbourToken)
	if !velvet.Price.Equal(apiclient.WholeCredits(2)) || !velvet.OfferDirectChat || harbour.Price.String() != "0.85" {
		t.Errorf("VelvetVoice %s, QuietHarbour %s", velvet.Price, harbour.Price)
	}
	r.act(771422, "CopperLark") // who is not in the group
	r.say("/settings")
	r.wantSaid("The site does not show me phone chat settings of CopperLark")
}

func TestDirectChatOnlyIsSaidBeforeItIsSwitchedOn(t *testing.T) {
	r := newRig(t, monday)
	r.link("demo-performer-water-38f9d1c6")
	r.say("/settings")
	r.wantSaid("no booking requests are taken")
	r.press("Switch DirectChat off")
	r.wantSaid("DirectChat only, no booking requests.")
	r.press("Switch DirectChat on")
	r.wantSaid("no booking requests are taken")
}
