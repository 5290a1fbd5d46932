package conversations_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// The manager of these tests offers calls as well, so that a mistake about whom to act for shows in prices.
const (
	managerToken = "demo-manager-north-5ac81e40"
	deskID       = 880015
	harbourID    = 771318
	larkID       = 771422
	groupID      = 312
)

// withKey has the project's key at hand, so that groups can be listed.
func (r *rig) withKey() {
	r.t.Helper()
	api, err := apiclient.New(apiclient.Config{
		BaseURL: r.server.URL, Location: r.platform.Location(), Key: secret.New(apisim.DemoAPIKey),
		Rate: 1e6, Burst: 1e6, Retries: -1, BreakAfter: -1, Timeout: time.Minute,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(api.Close)
	r.api = api
	r.platformOf(api)
}

// managing is linked as VelvetVoice, who manages QuietHarbour and CopperLark.
func managing(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, monday)
	r.withKey()
	r.platform.JoinGroup(larkID, groupID, "North Studio")
	r.platform.SetManager(performerID, true)
	r.probed()
	r.link(performerToken)
	return r
}

func (r *rig) probed() { r.desk.AddProbes() }

// again is restart, with the probes in the next process.
func (r *rig) again() {
	r.t.Helper()
	r.flush()
	if err := r.db.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.start()
	r.probed()
	chats, err := r.desk.Interrupted(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, chat := range chats {
		r.handle(flow.Event{Kind: flow.EventResume, Chat: chat})
	}
}

// actAs chooses a member, and answers what the cards of that member carry.
func (r *rig) actAs(name string) (tag string) {
	r.t.Helper()
	r.say("/actas")
	r.press(name)
	r.wantSaid("From now on you act for " + name)
	_, p, _ := r.chat.find("Their bookings")
	return p.Of
}

// own is what the cards of the account itself carry.
func (r *rig) own() string { return r.tag() }

func (r *rig) pressOn(tag, action, value string) {
	r.t.Helper()
	r.pressed(r.chat.receive(), flow.Press{Of: tag, Action: action, Value: value})
}

func (r *rig) prices() map[int64]string {
	prices := map[int64]string{}
	for _, m := range r.platform.Members() {
		prices[m.ID] = m.PPM
	}
	return prices
}

// wantChanged holds prices against those before: only that of one member is another, or nobody's (0).
func (r *rig) wantChanged(before map[int64]string, member int64, price string) {
	r.t.Helper()
	if member != 0 {
		before[member] = price
	}
	if diff := cmp.Diff(before, r.prices()); diff != "" {
		r.t.Errorf("prices (-want +got):\n%s\nthe last message is\n%s", diff, r.chat.last())
	}
}

func (r *rig) acting() store.Acting {
	r.t.Helper()
	return r.storedChat().Acting
}

func (r *rig) storedChat() (chat store.Chat) {
	r.t.Helper()
	err := r.db.View(r.t.Context(), func(tx *store.Tx) (err error) {
		chat, err = tx.Chat(theUser)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return chat
}

func TestACardActsForWhomItIs(t *testing.T) {
	const own, harbour, lark = "own", "harbour", "lark"
	for name, tc := range map[string]struct {
		then func(*rig)
		want map[string]int64 // by card: who changes; what is left out must change nobody
	}{
		"acting for the second": {func(*rig) {}, map[string]int64{own: performerID, lark: larkID}},
		"and back to the first": {func(r *rig) { r.actAs("QuietHarbour") }, map[string]int64{own: performerID, harbour: harbourID}},
		"stopped":               {func(r *rig) { r.press("Stop acting as CopperLark") }, map[string]int64{own: performerID}},
		"the time is over":      {func(r *rig) { r.clock.Advance(30 * time.Minute) }, map[string]int64{own: performerID}},
		"just before it is":     {func(r *rig) { r.clock.Advance(30*time.Minute - time.Second) }, map[string]int64{own: performerID, lark: larkID}},
		"restarted":             {func(r *rig) { r.again() }, map[string]int64{own: performerID, lark: larkID}},
		"restarted, then over": {func(r *rig) {
			r.again()
			r.clock.Advance(31 * time.Minute)
		}, map[string]int64{own: performerID}},
		"stopped, then restarted": {func(r *rig) {
			r.press("Stop acting as CopperLark")
			r.again()
		}, map[string]int64{own: performerID}},
		"linked to the group's other manager": {func(r *rig) {
			r.press("Stop acting as CopperLark")
			r.say("/account")
			r.press("Unlink")
			r.press("Yes, unlink")
			r.link(managerToken)
			r.actAs("CopperLark")
		}, nil},
	} {
		for _, card := range []string{own, harbour, lark} {
			t.Run(name+", card of "+card, func(t *testing.T) {
				r := managing(t)
				tags := map[string]string{own: r.own(), harbour: r.actAs("QuietHarbour"), lark: r.actAs("CopperLark")}
				tc.then(r)
				before := r.prices()
				r.pressOn(tags[card], "setnow", "7.5")
				r.wantChanged(before, tc.want[card], "7.5")
			})
		}
	}
}

// A form is carried out for whom it was begun, while the account acts for that very member.
func TestAFormIsForWhomItWasBegun(t *testing.T) {
	for name, tc := range map[string]struct {
		own  bool // begun for the account itself
		then func(*rig)
		want int64
		back int64 // in place of want, where the last question was asked before: its card is good again
	}{
		"nothing happens":         {then: func(*rig) {}, want: harbourID},
		"restarted":               {then: (*rig).again, want: harbourID},
		"another member":          {then: func(r *rig) { r.actAs("CopperLark") }},
		"another, and back":       {then: func(r *rig) { r.actAs("CopperLark"); r.actAs("QuietHarbour") }, back: harbourID},
		"the same member again":   {then: func(r *rig) { r.clock.Advance(time.Minute); r.actAs("QuietHarbour") }, want: harbourID},
		"stopped":                 {then: func(r *rig) { r.say("/start"); r.press("Stop acting as QuietHarbour") }},
		"the time is over":        {then: func(r *rig) { r.clock.Advance(31 * time.Minute) }},
		"over, then another":      {then: func(r *rig) { r.clock.Advance(31 * time.Minute); r.actAs("CopperLark") }},
		"restarted, then another": {then: func(r *rig) { r.again(); r.actAs("CopperLark") }},
		"the member leaves":       {then: func(r *rig) { r.platform.LeaveGroup(harbourID) }},
		"its own, while acting":   {own: true, then: func(r *rig) { r.actAs("QuietHarbour") }, want: performerID},
		"its own, acting is over": {own: true, then: func(r *rig) { r.actAs("QuietHarbour"); r.clock.Advance(31 * time.Minute) }, want: performerID},
	} {
		for _, asked := range []bool{false, true} { // whether the last question was asked before
			t.Run(fmt.Sprintf("%s, asked %v", name, asked), func(t *testing.T) {
				r := managing(t)
				tag := r.own()
				if !tc.own {
					tag = r.actAs("QuietHarbour")
				}
				r.pressOn(tag, "setprobe", "")
				r.wantSaid("Which price?")
				before := r.prices()
				var card int
				var yes flow.Press
				if asked {
					r.say("7.5")
					card, yes, _ = r.chat.find("Yes, save")
				}
				tc.then(r)
				if !asked {
					r.say("7.5")
					card, yes, _ = r.chat.find("Yes, save")
				}
				if yes.Of != "" {
					r.pressed(card, yes)
				}
				if asked && tc.back != 0 {
					tc.want = tc.back
				}
				r.wantChanged(before, tc.want, "7.5")
			})
		}
	}
}

// What was under way when acting ended is looked up for the member it was for, and not begun again.
func TestAnOutcomeThatComesAfterActing(t *testing.T) {
	for name, kind := range map[string]apisim.FaultKind{"done": apisim.FaultResetAfterCommit, "not done": apisim.FaultError} {
		t.Run(name, func(t *testing.T) {
			r := managing(t)
			r.pressOn(r.actAs("QuietHarbour"), "setprobe", "")
			r.say("7.5")
			before := r.prices()
			r.platform.SetFault(apisim.OpSaveSettings, apisim.Fault{Kind: kind, Times: 1})
			r.press("Yes, save")
			r.wantSaid("did not say whether this arrived")
			r.say("/start")
			r.actAs("CopperLark")
			r.settle()
			r.clock.Advance(3 * time.Second)
			r.settle()
			if _, yes, ok := r.chat.find("Yes, save"); ok && name == "not done" {
				r.pressed(0, yes)
			}
			changed, told := int64(harbourID), "For QuietHarbour.\n  Saved."
			if name == "not done" {
				changed, told = 0, "For QuietHarbour.\n  Which price?"
			}
			if said := strings.Join(r.chat.log, "\n"); !strings.Contains(said, told) {
				t.Errorf("said %s", said)
			}
			r.wantChanged(before, changed, "7.5")
		})
	}
}

func TestEveryCardSaysForWhomItIs(t *testing.T) {
	r := managing(t)
	r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: harbourID})
	tag := r.actAs("QuietHarbour")
	for _, do := range []func(){
		func() { r.say("/start") }, func() { r.say("/actas") }, func() { r.say("/help") }, func() { r.say("/book") },
		func() { r.say("/account") }, func() { r.say("/balance") }, func() { r.say("/privacy") }, func() { r.say("what now") },
		func() { r.press("Home"); r.press("What was done") }, func() { r.press("Home"); r.press("Their requests") },
		func() { r.press("1") }, func() { r.pressOn(tag, "accept", "r48213") }, func() { r.pressOn(tag, "book", "771318") },
		func() { r.pressOn(tag, "setprobe", "") },
	} {
		do()
		r.wantSaid("Acting as QuietHarbour until 12:30")
		if _, p, ok := r.chat.find("Stop acting as QuietHarbour"); !ok || p.Of != tag {
			t.Errorf("no way to stop: %s", r.chat.last())
		}
	}
	if b, _ := r.platform.Booking(48213); b.Status != apisim.StatusPending {
		t.Errorf("the request is %s", b.Status)
	}
}

func TestTheSiteLetsNobodyActAnyMore(t *testing.T) {
	for name, tc := range map[string]struct {
		then func(*rig)
		want string
		ends bool
	}{
		"the member left":          {func(r *rig) { r.platform.LeaveGroup(harbourID) }, "no longer lets you act for QuietHarbour", true},
		"the manager left":         {func(r *rig) { r.platform.LeaveGroup(performerID) }, "no longer lets you act for QuietHarbour", true},
		"the manager is no more":   {func(r *rig) { r.platform.SetManager(performerID, false) }, "no longer lets you act for QuietHarbour", true},
		"the permission withdrawn": {func(r *rig) { r.platform.WithdrawScopes(performerID, "") }, "no longer lets you act for QuietHarbour", true},
		"refused once": {func(r *rig) {
			r.platform.SetFault(apisim.OpSaveSettings, apisim.Fault{Kind: apisim.FaultForbidden, Times: 1})
		}, "the permission for phone chat bookings is missing", false},
		"the site is away": {func(r *rig) { r.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultDown}) }, "not answering", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := managing(t)
			tag := r.actAs("QuietHarbour")
			tc.then(r)
			before := r.prices()
			r.pressOn(tag, "setnow", "7.5")
			r.wantSaid(tc.want)
			if got := r.acting().IsZero(); got != tc.ends {
				t.Errorf("acting has ended: %v", got)
			}
			card := r.chat.messages[len(r.chat.messages)-1]
			for _, row := range card.rows {
				for _, b := range row {
					if tc.ends && (b.Press.Of != r.own() || b.Press.Action == "setnow") {
						t.Errorf("the card offers %v", b.Press)
					}
				}
			}
			r.wantChanged(before, 0, "")
			if tc.ends && !strings.Contains(r.log(), "no longer let you act") {
				t.Errorf("the log does not say so: %s", r.log())
			}
		})
	}
}

// A card that is drawn after the member is lost is still the member's: its buttons do nothing for the account.
func TestACardDrawnOnceTheMemberIsLost(t *testing.T) {
	r := managing(t)
	tag := r.actAs("QuietHarbour")
	r.platform.LeaveGroup(harbourID)
	before := r.prices()
	r.pressOn(tag, "setkeep", "7.5")
	r.wantSaid("For QuietHarbour.\nThe site no longer lets you act for QuietHarbour")
	r.press("Saved.")
	r.wantChanged(before, 0, "")
}

// The account's own card, tried again after a failure, is still its own.
func TestAnOwnCardIsTriedAgainWhileActing(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	before := r.prices()
	r.platform.SetFault(apisim.OpGetSettings, apisim.Fault{Kind: apisim.FaultError, Times: 1})
	r.pressOn(r.own(), "setnow", "7.5")
	r.press("Try again")
	r.wantChanged(before, performerID, "7.5")
}

func TestABookingThatIsGoneEndsNothing(t *testing.T) {
	r := managing(t)
	r.pressOn(r.actAs("QuietHarbour"), "card", "r1")
	r.wantSaid("does not know that")
	if r.acting().Member != harbourID {
		t.Error("acting has ended")
	}
}

// A sign-in that ends in the meantime is the account's own: no form of it is for the member.
func TestSigningInAgainWhileActing(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	r.platform.RevokeToken(performerToken)
	r.press("Their bookings")
	r.wantSaid("no longer accepts your sign-in")
	r.press("Paste an access token")
	r.clock.Advance(31 * time.Minute)
	r.platform.GrantToken(performerID, "demo-performer-fresh-01aa77")
	r.chat.log = nil
	r.say("demo-performer-fresh-01aa77")
	r.wantSaid("Linked as VelvetVoice")
	if !strings.Contains(strings.Join(r.chat.log, "\n"), "x the person's message is deleted") {
		t.Error("the token stays in the chat")
	}
}

// A manager who is one no more acts for nobody.
func TestActAsWhenManagingIsOver(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	r.platform.SetManager(performerID, false)
	r.say("/actas")
	r.wantSaid("does not say that you manage a group")
	if !r.acting().IsZero() || r.account().Role.Manager {
		t.Errorf("acting %v, role %v", r.acting(), r.account().Role)
	}
}

// Without the permission that tells of groups nobody can say who manages one, and the person hears how to grant it.
func TestActAsWithoutThePermission(t *testing.T) {
	r := newRig(t, monday)
	token, _ := r.platform.GrantPair(deskID, "userid", "nickname", "account_phonechat_bookings")
	r.link(token)
	r.say("/actas")
	r.wantSaid("the permission for account information is missing")
	r.wantSaid("allow it on the site and paste a new token")
	if _, _, ok := r.chat.find("Paste a new token"); !ok {
		t.Error("no way to grant it")
	}
}

// A command that comes after the time is answered for the account itself, and says so once.
func TestACommandAfterTheTime(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	r.clock.Advance(30 * time.Minute)
	r.chat.log = nil
	r.say("/requests")
	r.say("/requests")
	if n := strings.Count(strings.Join(r.chat.log, "\n"), "The time for acting as QuietHarbour is over. From here on everything is for VelvetVoice."); n != 1 {
		t.Errorf("said %d times: %s", n, r.chat.log)
	}
	r.wantSaid("Requests you received")
}
