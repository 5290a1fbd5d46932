package conversations_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// openAlert presses the button of an alert about a request to a member.
func (r *rig) openAlert(member int64) {
	r.t.Helper()
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: member})
	r.pressOn(r.own(), "actopen", strconv.FormatInt(member, 36)+":"+strconv.FormatInt(id, 36))
}

// formsOf are the answers of the forms that are open for a member.
func (r *rig) formsOf(member int64) (all []flow.Answers) {
	r.t.Helper()
	chat := r.storedChat()
	if s := chat.Session; s != nil && s.Answers["as"] == strconv.FormatInt(member, 10) {
		all = append(all, s.Answers)
	}
	for _, f := range chat.Parked {
		if f.Session.Answers["as"] == strconv.FormatInt(member, 10) {
			all = append(all, f.Session.Answers)
		}
	}
	return all
}

// A form of a member is set aside by an alert of another, with a word; whatever comes meanwhile, what was entered is
// as it was, and goes to that member alone.
func TestAnAlertSetsAMembersFormAside(t *testing.T) {
	for name, then := range map[string]func(*rig){
		"nothing happens":    func(*rig) {},
		"something is typed": func(r *rig) { r.say("9.99") },
		"its card is pressed": func(r *rig) {
			r.press("Yes, save")
			if said := strings.Join(r.chat.log, "\n"); !strings.Contains(said, "That form is for QuietHarbour, and you do not act for them now. Nothing was done.") {
				r.t.Error(said)
			}
		},
		"a photo":                func(r *rig) { r.handle(flow.Event{Kind: flow.EventOther, Media: "photo", Message: r.chat.receive()}) },
		"/cancel":                func(r *rig) { r.say("/cancel"); r.wantSaid("There is nothing to cancel.") },
		"what waits is asked":    func(r *rig) { r.pressOn(r.own(), "resume", ""); r.wantSaid("No form is open.") },
		"restarted":              (*rig).again,
		"the next alert":         func(r *rig) { r.openAlert(larkID) },
		"stopped":                func(r *rig) { r.say("/start"); r.press("Stop acting as CopperLark") },
		"the time is over":       func(r *rig) { r.clock.Advance(31 * time.Minute); r.say("/requests") },
		"another form, and over": func(r *rig) { r.pressOn(r.lastTag(), "setprobe", ""); r.press("Cancel") },
		"the site is away once": func(r *rig) {
			r.platform.SetFault(apisim.OpGetSettings, apisim.Fault{Kind: apisim.FaultError, Times: 1})
			r.say("/start")
			r.press("Continue for QuietHarbour")
			r.wantSaid("not answering")
			r.press("Try again")
			r.say("/start")
			r.openAlert(larkID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := managing(t)
			r.pressOn(r.actAs("QuietHarbour"), "setprobe", "")
			r.say("7.5")
			r.openAlert(larkID)
			r.wantSaid("Acting as CopperLark")
			r.wantSaid("For QuietHarbour a form is set aside: Which price?. What you entered is kept.")
			before := r.prices()
			then(r)
			r.chat.log = nil
			r.settle()
			if len(r.chat.log) > 0 {
				t.Errorf("said unasked: %v", r.chat.log)
			}
			if got := r.formsOf(harbourID); len(got) != 1 || got[0]["price"] != "7.5" {
				t.Fatalf("kept are %v", got)
			}
			r.wantChanged(before, 0, "")
			r.say("/start")
			r.press("Continue for QuietHarbour")
			r.wantSaid("Acting as QuietHarbour")
			r.press("Yes, save")
			r.wantChanged(before, harbourID, "7.5")
			if got := r.formsOf(harbourID); len(got) != 0 {
				t.Errorf("still open: %v", got)
			}
		})
	}
}

// lastTag is what the cards of the member carry whom the chat acts for now.
func (r *rig) lastTag() string {
	r.t.Helper()
	r.say("/start")
	_, p, _ := r.chat.find("Their bookings")
	return p.Of
}

// Each member can have a form of the same kind.
func TestTwoMembersHaveAFormEach(t *testing.T) {
	r := managing(t)
	r.platform.HideGuessed(true)
	r.pressOn(r.actAs("QuietHarbour"), "offeradd", "")
	r.say("9021")
	r.openAlert(larkID)
	r.wantSaid("For QuietHarbour a form is set aside")
	r.pressOn(r.lastTag(), "offeradd", "")
	if strings.Contains(r.chat.last(), "You have a form open") {
		t.Fatal(r.chat.last())
	}
	r.say("9044")
	var got []string
	for _, member := range []int64{harbourID, larkID} {
		for _, a := range r.formsOf(member) {
			got = append(got, a["offer"])
		}
	}
	if diff := cmp.Diff([]string{"9021", "9044"}, got); diff != "" {
		t.Errorf("offers (-want +got):\n%s", diff)
	}
}

// A form is set aside for one member after another, and never closed: no more of them are kept than of others, the
// latest.
func TestFormsForAWholeGroup(t *testing.T) {
	r := managing(t)
	r.platform.HideGuessed(true)
	r.pressOn(r.actAs("QuietHarbour"), "offeradd", "")
	r.openAlert(larkID)
	r.pressOn(r.lastTag(), "offeradd", "")
	r.say("9044")
	const first, kept = 880000, 6
	chat := r.storedChat()
	of := chat.Parked[0]
	chat.Parked = nil
	for i := range kept {
		of.Session.ID, of.Session.Answers = strconv.Itoa(i), flow.Answers{"as": strconv.Itoa(first + i)}
		chat.Parked = append(chat.Parked, of)
	}
	r.write(func(tx *store.Tx) error { return tx.PutChat(chat) })
	r.openAlert(harbourID)
	if got := len(r.storedChat().Parked); got != kept || len(r.formsOf(first)) != 0 || len(r.formsOf(first+1)) != 1 || len(r.formsOf(larkID)) != 1 {
		t.Errorf("%d forms are set aside, of the oldest %v", got, r.formsOf(first))
	}
}

// What the program owed a form in front when it ended, it owes nobody once the time for that member is over: the form
// is set aside, and an answer goes to the person's own.
func TestAMembersFormThatWasOwedIsSetAside(t *testing.T) {
	r := managing(t)
	r.say("/book 771318")
	r.pressOn(r.actAs("QuietHarbour"), "setprobe", "")
	r.flush()
	chat := r.storedChat()
	chat.Drawn = store.NotDrawn
	r.write(func(tx *store.Tx) error { return tx.PutChat(chat) })
	r.clock.Advance(31 * time.Minute)
	r.again()
	r.wantSaid("A form is open: Book a call.")
	r.say("tomorrow")
	r.wantSaid("What time on Tue 16 Feb?")
}

// Only forms of members come back that way, and nobody is acted for without one.
func TestForgedWaysBackToAForm(t *testing.T) {
	r := managing(t)
	r.say("/book 771318")
	own := r.session().ID
	r.pressOn(r.actAs("QuietHarbour"), "actnumber", "")
	asked := r.session().ID
	r.openAlert(larkID)
	for _, value := range []string{"", "x", own, asked} {
		for _, tag := range []string{r.own(), r.lastTag()} {
			r.pressOn(tag, "actback", value)
			r.wantSaid("No form is open.")
			if got := r.acting().Member; got != larkID {
				t.Errorf("%q: acting for %d", value, got)
			}
		}
	}
	if got := r.formsOf(harbourID); len(got) != 0 {
		t.Errorf("the question whom to act for is still open: %v", got)
	}
}
