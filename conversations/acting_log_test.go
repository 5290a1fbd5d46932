package conversations_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// deeds are those that are kept, the oldest first, as "what detail outcome".
func (r *rig) deeds() (all []string) {
	r.t.Helper()
	err := r.db.View(r.t.Context(), func(tx *store.Tx) error {
		for d, err := range tx.Deeds(r.account().ID) {
			if err != nil {
				return err
			}
			all = append([]string{strings.Join(strings.Fields(strings.Join([]string{d.Nickname, d.What, d.Detail, d.Outcome}, " ")), " ")}, all...)
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// log opens the list of what was done.
func (r *rig) log() string {
	r.t.Helper()
	r.pressOn(r.own(), "actlog", "1")
	return r.chat.last()
}

func TestWhatIsDoneForAMemberIsKept(t *testing.T) {
	for name, tc := range map[string]struct {
		fault apisim.Fault
		kept  string
		shown string
	}{
		"done":          {kept: "done", shown: "✅ done"},
		"refused":       {apisim.Fault{Kind: apisim.FaultStatus, Status: 400, Times: 1}, "refused", "✖ refused, nothing was changed"},
		"slowed down":   {apisim.Fault{Kind: apisim.FaultRateLimited, Times: 1}, "refused", "✖ refused, nothing was changed"},
		"a lost reply":  {apisim.Fault{Kind: apisim.FaultResetAfterCommit, Times: 1}, "unknown", "❔ not known"},
		"half a reply":  {apisim.Fault{Kind: apisim.FaultTruncated, Times: 1}, "unknown", "❔ not known"},
		"a server down": {apisim.Fault{Kind: apisim.FaultError, Times: 1}, "unknown", "❔ not known"},
	} {
		t.Run(name, func(t *testing.T) {
			r := managing(t)
			tag := r.actAs("QuietHarbour")
			if tc.fault.Kind != "" {
				r.platform.SetFault(apisim.OpSaveSettings, tc.fault)
			}
			r.pressOn(tag, "setnow", "7.5")
			r.pressOn(tag, "actstop", "")
			want := []string{"QuietHarbour start done", "QuietHarbour price 7.5 credits " + tc.kept, "QuietHarbour stop done"}
			if diff := cmp.Diff(want, r.deeds()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if shown := r.log(); !strings.Contains(shown, "Mon 15 Feb 12:00 QuietHarbour: price a minute, 7.5 credits – "+tc.shown) {
				t.Errorf("the list says\n%s", shown)
			}
		})
	}
}

// What the account does for itself is nobody else's, and not in the list.
func TestTheListIsOfMembersOnly(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	r.pressOn(r.own(), "setnow", "7.5")
	if diff := cmp.Diff([]string{"QuietHarbour start done"}, r.deeds()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The intent is on disk before the call: a process that is killed in it leaves a deed of unknown outcome.
func TestAKillInTheMiddleOfADeed(t *testing.T) {
	r := managing(t)
	tag := r.actAs("QuietHarbour")
	r.platformOf(&cutOff{Platform: r.api, saving: func() {
		if diff := cmp.Diff([]string{"QuietHarbour start done", "QuietHarbour price 7.5 credits begun"}, r.deeds()); diff != "" {
			t.Errorf("while the call is made (-want +got):\n%s", diff)
		}
		if err := r.db.Close(); err != nil {
			t.Error(err)
		}
	}})
	r.probed()
	err := r.try(flow.Event{Kind: flow.EventPress, Message: r.chat.receive(), Press: flow.Press{Of: tag, Action: "setnow", Value: "7.5"}})
	if err == nil {
		t.Error("a store that is gone goes unnoticed")
	}
	r.start()
	if shown := r.log(); !strings.Contains(shown, "price a minute, 7.5 credits – ❔ not known: look at how it stands") {
		t.Errorf("the list says\n%s", shown)
	}
}

func TestTheListHasPages(t *testing.T) {
	r := managing(t)
	tag := r.actAs("QuietHarbour")
	for i := range 14 {
		r.clock.Advance(time.Minute)
		r.pressOn(tag, "setnow", "2."+strings.Repeat("0", i%2)+"5")
	}
	shown := r.log()
	if n := strings.Count(shown, "QuietHarbour:"); n != 10 || !strings.Contains(shown, "12:14") || strings.Contains(shown, "12:04 ") {
		t.Errorf("%d on the first page:\n%s", n, shown)
	}
	r.press("Next ›")
	if n := strings.Count(r.chat.last(), "QuietHarbour:"); n != 5 || !strings.Contains(r.chat.last(), "you began to act for them") {
		t.Errorf("%d on the second page:\n%s", n, r.chat.last())
	}
}

// A word that another version of the program wrote is shown as it is, and does no harm.
func TestAnUnknownWordInTheList(t *testing.T) {
	r := managing(t)
	r.actAs("QuietHarbour")
	err := r.db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutDeed(store.Deed{
			ID: [16]byte{15: 1}, Account: r.account().ID, Member: larkID, What: "<i>greeting", Detail: "a & b",
			Outcome: store.DeedBegun, At: monday,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if shown := r.log(); !strings.Contains(shown, "member 771422: <i>greeting, a & b – ❔ not known") {
		t.Errorf("the list says\n%s", shown)
	}
}
