package conversations_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// Whether the account may act is proved before anything changes.
func TestWhoMayBeActedFor(t *testing.T) {
	for name, tc := range map[string]struct{ number, want string }{
		"one of the group":        {"771318", "you act for QuietHarbour"},
		"with a sign":             {" #771318 ", "you act for QuietHarbour"},
		"one of no group":         {"771530", "does not let you act for member 771530"},
		"nobody":                  {"999999", "does not let you act for member 999999"},
		"one without phone chat":  {"880015", "does not let you act for member 880015"},
		"the manager":             {"771204", "your own number"},
		"no number":               {"Harbour", "digits only"},
		"zero":                    {"0", "digits only"},
		"too many digits":         {"99999999999999999999", "digits only"},
		"a negative number":       {"-5", "digits only"},
		"other digits":            {"٧٧", "digits only"},
		"a number in the command": {"/actas 771318", "you act for QuietHarbour"},
	} {
		t.Run(name, func(t *testing.T) {
			r := managing(t)
			r.say("/actas")
			r.press("Type a member number")
			r.say(tc.number)
			r.wantSaid(tc.want)
			want := int64(0)
			if strings.Contains(tc.want, "QuietHarbour") {
				want = harbourID
			}
			if got := r.acting().Member; got != want {
				t.Errorf("acting for %d", got)
			}
		})
	}
	t.Run("a refusal leaves the other", func(t *testing.T) {
		r := managing(t)
		r.actAs("QuietHarbour")
		r.say("/actas 771530")
		r.wantSaid("does not let you act for member 771530")
		if got := r.acting().Member; got != harbourID {
			t.Errorf("acting for %d", got)
		}
	})
	t.Run("not an answer", func(t *testing.T) {
		r := managing(t)
		r.platform.SetFault(apisim.OpGetSettings, apisim.Fault{Kind: apisim.FaultError, Times: 1})
		r.say("/actas")
		r.press("QuietHarbour")
		r.wantSaid("not answering")
		r.press("Try again")
		r.wantSaid("you act for QuietHarbour")
	})
	t.Run("not an answer to the number", func(t *testing.T) {
		r := managing(t)
		r.platform.SetFault(apisim.OpGetSettings, apisim.Fault{Kind: apisim.FaultError, Times: 1})
		r.say("/actas")
		r.press("Type a member number")
		r.say("771318")
		r.wantSaid("not answering")
		r.press("Type a member number")
		r.say("771318")
		r.wantSaid("you act for QuietHarbour")
	})
}

// A start in the middle of taking somebody on tells how it ended.
func TestTakingOnIsToldAfterARestart(t *testing.T) {
	for name, tc := range map[string]struct {
		cut  func(*rig)
		want string
	}{
		"before": {func(r *rig) {
			r.platformOf(&cutOff{Platform: r.api, before: func() { r.chat.broken = true }, fail: context.Canceled})
		}, "Nothing was changed"},
		"after": {func(r *rig) { r.platformOf(&cutOff{Platform: r.api, before: func() { r.chat.broken = true }}) }, "Acting as QuietHarbour"},
	} {
		t.Run(name, func(t *testing.T) {
			r := managing(t)
			r.say("/actas")
			r.press("Type a member number")
			tc.cut(r)
			_ = r.try(flow.Event{Kind: flow.EventText, Text: "771318", Message: r.chat.receive()})
			r.chat.broken = false
			r.again()
			r.wantSaid(tc.want)
		})
	}
}

// cutOff is a platform where reading settings, or saving them, is the last that happens.
type cutOff struct {
	conversations.Platform
	before func()
	saving func()
	fail   error
}

func (c *cutOff) PhoneChatSettings(ctx context.Context, as apiclient.Caller) (apiclient.Settings, error) {
	if c.before != nil {
		c.before()
	}
	if c.fail != nil {
		return apiclient.Settings{}, c.fail
	}
	return c.Platform.PhoneChatSettings(ctx, as)
}

func (c *cutOff) SaveSettings(ctx context.Context, as apiclient.Caller, s apiclient.Settings) (apiclient.Settings, error) {
	if c.saving != nil {
		c.saving()
	}
	return c.Platform.SaveSettings(ctx, as, s)
}

func TestWithoutTheGroupsPage(t *testing.T) {
	for name, then := range map[string]func(*rig){
		"no key":           func(*rig) {},
		"a refused key":    func(r *rig) { r.withKey(); r.fault(apisim.FaultUnauthorized) },
		"the page is away": func(r *rig) { r.withKey(); r.fault(apisim.FaultDown) },
		"it is nonsense":   func(r *rig) { r.withKey(); r.fault(apisim.FaultWrongTypes) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			then(r)
			r.link(managerToken)
			r.say("/actas")
			r.wantSaid("can't be listed at the moment")
			r.press("Type a member number")
			r.say("771318")
			r.wantSaid("you act for member 771318")
			if r.account().State != store.AccountActive {
				t.Errorf("the account is %s", r.account().State)
			}
		})
	}
}

func (r *rig) fault(kind apisim.FaultKind) {
	r.platform.SetFault(apisim.OpGetGroupDetails, apisim.Fault{Kind: kind})
}

// crowd is a platform with a large group.
type crowd struct {
	conversations.Platform
	size int
}

func (c crowd) EachGroupMember(context.Context, apiclient.GroupQuery) iter.Seq2[apiclient.GroupMember, error] {
	return func(yield func(apiclient.GroupMember, error) bool) {
		for i := range c.size {
			if !yield(apiclient.GroupMember{ID: apiclient.MemberID(1000 + i), Nickname: fmt.Sprintf("Member%03d", i)}, nil) {
				return
			}
		}
	}
}

func TestALargeGroupHasPages(t *testing.T) {
	r := managing(t)
	r.platformOf(crowd{r.api, 45})
	r.say("/actas")
	seen := map[string]bool{}
	for page := 1; ; page++ {
		shown := 0
		card := r.chat.messages[len(r.chat.messages)-1]
		for _, row := range card.rows {
			for _, b := range row {
				if b.Press.Action == "actpick" {
					seen[b.Press.Value] = true
					shown++
				}
			}
		}
		if shown > 20 {
			t.Errorf("%d on page %d", shown, page)
		}
		if page == 3 {
			break
		}
		r.press("Next ›")
	}
	if len(seen) != 45 {
		t.Errorf("%d members are offered", len(seen))
	}
	r.pressOn(r.own(), "actpage", "99") // the group has shrunk
	r.wantSaid("Choose a member")
}
