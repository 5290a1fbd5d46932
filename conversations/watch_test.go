package conversations_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

const (
	watchKey   = "Tell me of their requests"
	unwatchKey = "Stop telling me of their requests"
)

// watched are the members that the account watches.
func (r *rig) watched() (members []int64) {
	r.t.Helper()
	r.check(r.db.View(r.t.Context(), func(tx *store.Tx) error {
		for w, err := range tx.Watches(r.account().ID) {
			if err != nil {
				return err
			}
			members = append(members, w.Member)
		}
		return nil
	}))
	return members
}

func (r *rig) wantWatched(want ...int64) {
	r.t.Helper()
	got := map[int64]bool{}
	for _, member := range r.watched() {
		got[member] = true
	}
	wanted := map[int64]bool{}
	for _, member := range want {
		wanted[member] = true
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		r.t.Errorf("watched (-want +got):\n%s\nthe last message is\n%s", diff, r.chat.last())
	}
}

// watch begins to watch a member of the group.
func (r *rig) watch(name string) {
	r.t.Helper()
	r.actAs(name)
	r.press(watchKey)
	r.wantSaid("From now on you get alerts here about the requests that " + name + " receives.")
}

// primed is the poller's first look at the member, with an alert that waits to be sent.
func (r *rig) primed(member int64) {
	r.t.Helper()
	id := r.account().ID
	n := store.Notification{ID: uuid.UUID(newUUID()), Account: id, Chat: theUser, Kind: alert.Request, Side: "received", Booking: 9, Member: member}
	r.check(r.db.Update(r.t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.PutWatch(store.Watch{Account: id, Member: member, Nickname: "QuietHarbour", Primed: true}), tx.Enqueue(n))
	}))
}

func TestAManagerWatchesAMember(t *testing.T) {
	r := managing(t)
	acted := r.acted
	r.actAs("QuietHarbour")
	card, on, _ := r.chat.find(watchKey)
	r.press(watchKey)
	r.wantSaid("From now on you get alerts here about the requests that QuietHarbour receives.")
	r.wantSaid("Alerts about their requests come to this chat.")
	r.wantWatched(harbourID)
	if r.acted != acted+1 {
		t.Errorf("the poller was told %d times", r.acted-acted)
	}
	r.primed(harbourID)
	r.pressed(card, on) // on the other device it still says so
	r.wantWatched(harbourID)
	r.check(r.db.View(t.Context(), func(tx *store.Tx) error {
		w, err := tx.Watch(r.account().ID, harbourID)
		if !w.Primed {
			t.Error("the second press made all that was seen news again")
		}
		return err
	}))
	r.again()
	_, off, _ := r.chat.find(unwatchKey)
	r.press(unwatchKey)
	r.wantSaid("You get no more alerts about the requests of QuietHarbour.")
	r.wantWatched()
	if left := r.inQueue(); len(left) != 0 {
		t.Errorf("%d alerts are still to be told", len(left))
	}
	r.pressed(card, off)
	r.wantWatched()
	if _, _, ok := r.chat.find(watchKey); !ok || strings.Contains(r.chat.last(), "Alerts about their requests come to this chat.") {
		t.Errorf("it is not offered again: %s", r.chat.last())
	}
}

func TestMembersThatAreWatched(t *testing.T) {
	r := managing(t)
	r.say("/actas")
	r.press("Members I watch")
	r.wantSaid("Nobody yet.")
	r.watch("QuietHarbour")
	r.watch("CopperLark")
	r.clock.Advance(31 * time.Minute)
	r.say("/actas")
	r.press("Members I watch")
	r.wantSaid("1. CopperLark\n2. QuietHarbour")
	if _, _, ok := r.chat.find("1 / 1"); ok {
		t.Error("a single page has a number")
	}
	card, end, _ := r.chat.find("Stop: CopperLark")
	r.press("Stop: CopperLark")
	r.wantSaid("You get no more alerts about the requests of CopperLark.")
	r.wantSaid("1. QuietHarbour")
	r.pressed(card, end)
	r.wantWatched(harbourID)
	r.press("Stop: QuietHarbour")
	r.wantSaid("Nobody yet.")
	r.wantWatched()
}

func TestNoMoreThanTwentyWatches(t *testing.T) {
	r := managing(t)
	r.check(r.db.Update(t.Context(), func(tx *store.Tx) error {
		var errs []error
		for n := range int64(20) {
			errs = append(errs, tx.PutWatch(store.Watch{Account: r.account().ID, Member: 900 + n, Nickname: fmt.Sprintf("Member%02d", n)}))
		}
		return errors.Join(errs...)
	}))
	r.actAs("QuietHarbour")
	r.press(watchKey)
	r.wantSaid("You watch 20 members already.")
	if got := len(r.watched()); got != 20 {
		t.Errorf("%d watches", got)
	}
	for _, key := range []string{"▶", "Next"} {
		if _, _, ok := r.chat.find(key); ok {
			r.press(key)
		}
	}
	r.press("Stop: Member05")
	r.actAs("QuietHarbour")
	r.press(watchKey)
	r.wantSaid("From now on")
	if got := len(r.watched()); got != 20 {
		t.Errorf("%d watches", got)
	}
}

// Twenty members are two pages, by name and, where that is the same, by number; who is left out of them leads back to the
// first.
func TestPagesOfWatches(t *testing.T) {
	r := managing(t)
	r.write(func(tx *store.Tx) error {
		var errs []error
		for n := range int64(20) {
			name := fmt.Sprintf("Member%02d", n)
			if n == 3 || n == 5 {
				name = "member04"
			}
			errs = append(errs, tx.PutWatch(store.Watch{Account: r.account().ID, Member: 920 - n, Nickname: name}))
		}
		return errors.Join(errs...)
	})
	shows := func(page string, first, last int) {
		t.Helper()
		r.wantSaid(fmt.Sprintf("%d. ", first))
		r.wantSaid(fmt.Sprintf("%d. ", last))
		if _, _, ok := r.chat.find(page); !ok || strings.Count(r.chat.last(), "ember") != last-first+2 { // one in the title
			t.Errorf("page %s: %s", page, r.chat.last())
		}
	}
	r.say("/actas")
	r.press("Members I watch")
	shows("1 / 2", 1, 10)
	values := []string{}
	for _, row := range r.chat.messages[len(r.chat.messages)-1].rows {
		if row[0].Press.Action == "actwatchend" {
			values = append(values, row[0].Press.Value)
		}
	}
	if diff := cmp.Diff([]string{"920", "919", "918", "915", "916", "917", "914", "913", "912", "911"}, values); diff != "" {
		t.Errorf("in the order (-want +got):\n%s", diff)
	}
	r.press("Next ›")
	shows("2 / 2", 11, 20)
	r.press("Stop: Member19")
	r.wantSaid("You get no more alerts about the requests of Member19.")
	r.wantSaid("1. Member00\n")
	r.press("Next ›")
	shows("2 / 2", 11, 19)
	r.press("Members of your group")
	r.wantSaid("Act as a member")
}

// Nobody is watched whom the account does not act for, whatever a button says.
func TestForgedWatches(t *testing.T) {
	r := managing(t)
	for _, value := range []string{"771318", "0", "", "-1", "771530", "x"} {
		r.pressOn(r.own(), "actwatch", value)
		r.pressOn(r.own(), "actunwatch", value)
		r.pressOn(r.own(), "actwatchend", value)
		r.wantWatched()
	}
	tag := r.actAs("QuietHarbour")
	for _, value := range []string{"771422", "0", "771204"} {
		r.pressOn(tag, "actwatch", value)
		r.wantWatched()
	}
	r.clock.Advance(31 * time.Minute)
	r.pressOn(tag, "actwatch", "771318")
	r.wantWatched()
	r.wantSaid("You no longer act for that member")
}

// Whoever may not act for a member any more is told nothing of them, and hears of that.
func TestAWatchIsLostWithTheGroup(t *testing.T) {
	const word = "You get no more alerts about "
	number := strconv.Itoa(harbourID)
	for name, tc := range map[string]struct {
		lose func(*rig)
		then func(r *rig, tag string)
		left []int64
		said string
	}{
		"a card of the member who left": {
			func(r *rig) { r.platform.LeaveGroup(harbourID) }, func(r *rig, tag string) { r.pressOn(tag, "setnow", "7.5") },
			[]int64{larkID},
			"no longer lets you act for QuietHarbour",
		},
		"watching anew who left": {
			func(r *rig) { r.platform.LeaveGroup(harbourID) }, func(r *rig, tag string) { r.pressOn(tag, "actwatch", number) },
			[]int64{larkID},
			"no longer lets you act for QuietHarbour",
		},
		"choosing who left": {
			func(r *rig) { r.platform.LeaveGroup(harbourID) }, func(r *rig, _ string) { r.say("/actas " + number) },
			[]int64{larkID},
			"does not let you act for member " + number,
		},
		"the alert of who left": {
			func(r *rig) { r.platform.LeaveGroup(harbourID) },
			func(r *rig, _ string) { r.clock.Advance(time.Hour); r.pressOn(r.own(), "actopen", "gj5i:1179") },
			[]int64{larkID},
			"does not let you act for member " + number,
		},
		"a manager no more": {
			func(r *rig) { r.platform.SetManager(performerID, false) }, func(r *rig, _ string) { r.say("/actas") },
			nil, "does not say that you manage a group",
		},
		"the site is away": {
			func(r *rig) { r.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultDown}) },
			func(r *rig, _ string) { r.pressOn(r.own(), "actopen", "gj5i:1179"); r.say("/actas") },
			[]int64{harbourID, larkID},
			"",
		},
		"a single refusal": {
			func(r *rig) {
				r.platform.SetFault(apisim.OpGetSettings, apisim.Fault{Kind: apisim.FaultForbidden, Times: 1})
			},
			func(r *rig, tag string) { r.pressOn(tag, "actwatch", number) },
			[]int64{harbourID, larkID},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := managing(t)
			r.watch("CopperLark")
			r.watch("QuietHarbour")
			r.primed(harbourID)
			_, p, _ := r.chat.find(unwatchKey)
			tc.lose(r)
			tc.then(r, p.Of)
			r.wantWatched(tc.left...)
			r.wantSaid(tc.said)
			about := word + "their requests."
			if len(tc.left) == 0 {
				about = word + "the requests of members."
			}
			if got := strings.Contains(r.chat.last(), about); got != (tc.said != "") {
				t.Errorf("a word of it: %v\n%s", got, r.chat.last())
			}
			if queued := len(r.inQueue()) > 0; queued != (tc.said == "") {
				t.Errorf("the alert waits: %v", queued)
			}
			r.chat.log = nil
			tc.then(r, p.Of)
			if said := strings.Join(r.chat.log, "\n"); strings.Contains(said, word) {
				t.Errorf("said twice: %s", said)
			}
		})
	}
}

// Without the permission that tells of groups, nothing is known and nothing ends.
func TestAWatchOutlivesAHiddenGroup(t *testing.T) {
	r := newRig(t, monday)
	token, _ := r.platform.GrantPair(deskID, "userid", "nickname", "account_phonechat_bookings")
	r.link(token)
	r.check(r.db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutWatch(store.Watch{Account: r.account().ID, Member: harbourID})
	}))
	r.say("/actas")
	r.wantSaid("the permission for account information is missing")
	r.wantWatched(harbourID)
}

// The button of an alert about a member's request begins to act for that member, and opens it.
func TestAnAlertOpensAMembersRequest(t *testing.T) {
	const theirs = "Acting as QuietHarbour until 12:30"
	for name, tc := range map[string]struct {
		before func(*rig)
		value  string
		want   string
		acting int64
		begun  int // how often the account began to act for the member
	}{
		"acting for nobody":      {func(*rig) {}, "", theirs, harbourID, 1},
		"acting for the member":  {func(r *rig) { r.actAs("QuietHarbour") }, "", theirs, harbourID, 1},
		"acting for another":     {func(r *rig) { r.actAs("CopperLark") }, "", theirs, harbourID, 1},
		"a form is open":         {func(r *rig) { r.say("/book") }, "", theirs, harbourID, 1},
		"restarted":              {func(r *rig) { r.again() }, "", theirs, harbourID, 1},
		"the group is not shown": {func(r *rig) { r.fault(apisim.FaultForbidden) }, "", theirs, harbourID, 1},
		"the member has left":    {func(r *rig) { r.platform.LeaveGroup(harbourID) }, "", "does not let you act for member 771318", 0, 0},
		"no such request":        {func(*rig) {}, "gj5i:1", "does not know that", harbourID, 1},
		"of no group":            {func(*rig) {}, "gjbe:1179", "does not let you act", 0, 0},
		"of the manager":         {func(*rig) {}, "gj2c:1179", "your own number", 0, 0},
		"garbage":                {func(*rig) {}, "gj5i", "Linked as", 0, 0},
		"nothing":                {func(*rig) {}, ":", "Linked as", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := managing(t)
			r.check(r.db.Update(t.Context(), func(tx *store.Tx) error {
				return tx.PutWatch(store.Watch{Account: r.account().ID, Member: harbourID, Nickname: "QuietHarbour"})
			}))
			id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: harbourID})
			value := tc.value
			if value == "" {
				value = "gj5i:" + strconv.FormatInt(id, 36)
			}
			tc.before(r)
			r.do("actopen", value)
			r.wantSaid(tc.want)
			if got := r.acting().Member; got != tc.acting {
				t.Errorf("acting for %d", got)
			}
			if tc.want == theirs {
				r.wantSaid(fmt.Sprintf("Request #%d from NightOwl77", id))
			}
			r.do("actopen", value)
			r.wantSaid(tc.want)
			if got := strings.Count(r.log(), "QuietHarbour: you began to act for them"); got != tc.begun {
				t.Errorf("begun %d times: %s", got, r.chat.last())
			}
		})
	}
}

// A site that does not answer changes nothing, and the same again may work.
func TestAnAlertOfAMemberWhileTheSiteIsAway(t *testing.T) {
	r := managing(t)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: harbourID})
	r.platform.SetFault(apisim.OpGetSettings, apisim.Fault{Kind: apisim.FaultError, Times: 1})
	r.do("actopen", "gj5i:"+strconv.FormatInt(id, 36))
	r.wantSaid("not answering")
	if r.acting().Member != 0 {
		t.Error("acting all the same")
	}
	r.press("Try again")
	r.wantSaid("Acting as QuietHarbour")
	r.wantSaid(fmt.Sprintf("Request #%d", id))
}

// Nor does it when the account acts for another member, for whom that button is not.
func TestAnAlertOfAMemberWhileActingForAnother(t *testing.T) {
	r := managing(t)
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: harbourID})
	r.actAs("CopperLark")
	r.platform.SetFault(apisim.OpGetSettings, apisim.Fault{Kind: apisim.FaultError, Times: 1})
	r.do("actopen", "gj5i:"+strconv.FormatInt(id, 36))
	r.wantSaid("not answering")
	if r.acting().Member != larkID {
		t.Errorf("acting for %d", r.acting().Member)
	}
	r.press("Try again")
	r.wantSaid("Acting as QuietHarbour")
	r.wantSaid(fmt.Sprintf("Request #%d", id))
}

// The alert of an account that is linked no more opens nothing.
func TestAnAlertOfAnotherAccount(t *testing.T) {
	r := managing(t)
	press := flow.Press{Of: r.own(), Action: "actopen", Value: "gj5i:1178"}
	r.unlink()
	r.link(managerToken)
	r.pressed(r.chat.receive(), press)
	if r.acting().Member != 0 || strings.Contains(r.chat.last(), "Acting as") {
		t.Errorf("acting for %d: %s", r.acting().Member, r.chat.last())
	}
}
