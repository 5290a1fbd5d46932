package conversations_test

import (
	"context"
	"fmt"
	"html"
	"strings"
	"testing"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// crowdFound answers searches with a crowd, in pages, and hot lists with as many.
type crowdFound struct {
	conversations.Platform
	crowd []apiclient.MemberCard
	asked []apiclient.SearchQuery
}

func (c *crowdFound) HasKey() bool { return true }

func (c *crowdFound) Search(_ context.Context, q apiclient.SearchQuery) (apiclient.ProfilePage, error) {
	c.asked = append(c.asked, q)
	from, to := min((q.Page-1)*q.PerPage, len(c.crowd)), min(q.Page*q.PerPage, len(c.crowd))
	return apiclient.ProfilePage{
		Profiles: c.crowd[from:to], Number: q.Page, Count: (len(c.crowd) + q.PerPage - 1) / q.PerPage, Total: len(c.crowd),
	}, nil
}

func (c *crowdFound) HotLists(context.Context, apiclient.Caller) ([]apiclient.HotList, error) {
	var list apiclient.HotList
	for _, m := range append(c.crowd, apiclient.MemberCard{ID: clientID, Nickname: "NightOwl77"}) {
		list.Members = append(list.Members, apiclient.HotListMember{ID: m.ID, Nickname: m.Nickname})
	}
	return []apiclient.HotList{list, list}, nil // and on two lists at once
}

func (c *crowdFound) UserSummary(context.Context, apiclient.MemberID) (apiclient.MemberCard, error) {
	return apiclient.MemberCard{}, apiclient.ErrUnavailable
}

func crowded(t *testing.T, nicknames ...string) (*rig, *crowdFound) {
	t.Helper()
	r := newRig(t, monday)
	r.link(clientToken)
	c := &crowdFound{Platform: r.api}
	for i, name := range nicknames {
		c.crowd = append(c.crowd, apiclient.MemberCard{ID: apiclient.MemberID(900001 + i), Nickname: name})
	}
	r.platformOf(c)
	r.say("/book")
	return r, c
}

func TestHundredsAreFound(t *testing.T) {
	var names []string
	for i := range 350 {
		names = append(names, fmt.Sprintf("some amber %03d", i))
	}
	names[249] = "Amber"
	names[20] = "amber hill"
	r, c := crowded(t, names...)
	r.say("ambe")
	r.wantSaid("350 members match ambe. These are some of them")
	if got := len(c.asked); got != 6 { // three pages of those who take phone chat, three of all
		t.Errorf("asked %d times", got)
	}
	if _, _, ok := r.chat.find("amber hill"); !ok {
		t.Errorf("the nearest is not on the first page:\n%s", r.chat.last())
	}
	r.press("Next ›")
	r.press("Next ›")
	r.wantSaid("350 members match")
	if _, _, ok := r.chat.find("3 / 3"); !ok {
		t.Error("the last of three pages says something else")
	}
	r.press("‹ Previous")
	if _, _, ok := r.chat.find("2 / 3"); !ok {
		t.Error("the page before is not the second")
	}

	c.asked = nil
	r.say("AMBER") // far down the list, but it is the name
	r.wantSaid("The site says of Amber")
	if got := len(c.asked); got != 3 || !c.asked[0].IsPhoneChat || c.asked[0].Nickname != "AMBER" || c.asked[2].Page != 3 {
		t.Errorf("asked for %+v", c.asked)
	}
}

func TestFavouritesComeInPagesAndOnce(t *testing.T) {
	var names []string
	for i := range 120 {
		names = append(names, fmt.Sprintf("favourite%03d", i))
	}
	r, _ := crowded(t, names...)
	r.press("Favourites")
	seen := map[string]bool{}
	for range 12 {
		for _, row := range r.chat.messages[len(r.chat.messages)-1].rows {
			for _, b := range row {
				if b.Press.Action == "pick" && seen[b.Press.Value] {
					t.Errorf("%s comes twice", b.Press.Value)
				}
				seen[b.Press.Value] = seen[b.Press.Value] || b.Press.Action == "pick"
			}
		}
		if _, _, ok := r.chat.find("Next ›"); !ok {
			break
		}
		r.press("Next ›")
	}
	if !seen["900001"] || !seen["900096"] || seen["900097"] || seen[fmt.Sprint(clientID)] {
		t.Errorf("the favourites are not the first 96 others: %d", len(seen))
	}
}

// A nickname is a stranger's text: it may not become markup, turn the line round, or be longer than a button.
func TestHostileNicknames(t *testing.T) {
	for name, nick := range map[string]string{
		"markup":        "<b>Am&_ber</b>",
		"right to left": "Am\u202eber\u2069",
		"hebrew":        "ענבר",
		"a place":       "{name} {value}",
		"endless":       strings.Repeat("Amber ", 1000),
		"lines":         "Am\nber",
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := crowded(t, nick, "Amber two")
			r.say("am")
			r.wantSaid("match am")
			m := r.chat.messages[len(r.chat.messages)-1]
			first := m.rows[0][0]
			if label := labelOf(first); len([]rune(label)) > 45 || strings.ContainsAny(label, "\u202e\n") {
				t.Errorf("the button says %q", label)
			}
			r.platformOf(offering{&crowdFound{Platform: r.api}})
			r.pressed(m.id, first.Press)
			shown := r.chat.messages[len(r.chat.messages)-1]
			if !strings.Contains(shown.html, html.EscapeString("Which day?")) {
				t.Fatalf("not taken:\n%s", shown.text)
			}
			if strings.Contains(shown.html, "<b>Am") || strings.Contains(shown.html, "\u202e") {
				t.Errorf("shown as it came: %q", shown.html)
			}
		})
	}
}

// offering has everybody offer phone chat.
type offering struct{ *crowdFound }

func (offering) Requirements(context.Context, apiclient.Caller, apiclient.MemberID) (apiclient.Requirements, error) {
	return apiclient.Requirements{Methods: []apiclient.Method{apiclient.MethodClientRings}}, nil
}

func TestForgedPicksOfAPerformer(t *testing.T) {
	r := newRig(t, monday)
	r.withKey()
	r.link(clientToken)
	r.say("/book")
	message, press, _ := r.chat.find("Favourites")
	for name, tc := range map[string]struct{ action, value, says string }{
		"a name":               {"pick", "Velvet", "These members match Velvet"}, // looked up as if it were typed
		"nothing":              {"pick", "", "neither a nickname nor a member number"},
		"a step":               {"pick", "@review", "nobody called review"},
		"oneself":              {"pick", fmt.Sprint(clientID), "That is your own member number"},
		"a page of nothing":    {"look", "hit:9", "Whom would you like to call?"},
		"a page too far":       {"look", "fav:99999999999999999999", "Your favourites"},
		"a page below":         {"look", "fav:-3", "Your favourites"},
		"not a look":           {"look", "<b>", "Whom would you like to call?"},
		"a number with spaces": {"pick", " 99 ", "The site knows no member 99"},
	} {
		t.Run(name, func(t *testing.T) {
			press.Action, press.Value, press.Rev = tc.action, tc.value, r.session().Rev
			r.pressed(message, press)
			r.wantSaid(tc.says)
			if s := r.session(); s.At != "who" {
				t.Errorf("went on to %s", s.At)
			}
		})
	}
}

// Whatever goes wrong with what only helps, the performer can be named by number, and the account stays linked.
func TestTheChoiceNeedsNoHelp(t *testing.T) {
	t.Parallel()
	for _, op := range []string{apisim.OpGetHotLists, apisim.OpSearchProfiles, apisim.OpGetUserSummary} {
		for _, kind := range apisim.FaultKinds() {
			switch kind.Kind {
			case apisim.FaultSlow, apisim.FaultHangBefore, apisim.FaultHangAfter: // cost real time; down is the same to the form
				continue
			case apisim.FaultRateLimited: // the client then holds back every call
				continue
			default:
			}
			t.Run(op+", "+string(kind.Kind), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, monday)
				r.withKey()
				r.link(clientToken)
				fault := apisim.Fault{Kind: kind.Kind}
				if kind.Kind == apisim.FaultStatus {
					fault.Status = 503
				}
				r.platform.SetFault(op, fault)
				r.say("/book")
				r.wantSaid("Whom would you like to call?")
				r.say("velvetvoic")
				if s := r.session(); s.At != "who" || s.Seeking != "" {
					t.Errorf("at %s, seeking %q:\n%s", s.At, s.Seeking, r.chat.last())
				}
				r.say("771204")
				r.wantSaid("Which day?")
				r.wantSaid("1.20 credits a minute")
			})
		}
	}
}

func (r *rig) session() flow.Session {
	r.t.Helper()
	chat := r.chatRecord()
	if chat.Session == nil {
		r.t.Fatal("no form is open")
	}
	return *chat.Session
}

// A favourite can be named in a line with the rest, before any call was booked.
func TestAFavouriteInALine(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	r.say("VelvetVoice tomorrow 9:30pm 30 min")
	r.wantSaid("How shall the call be made")
	if got := r.storedChat().Session.Answers["who"]; got != "771204" {
		t.Errorf("whom: %q", got)
	}
}

// A phone number in a line is for nobody's search, and is not kept or shown.
func TestAPhoneNumberInALineIsNotSearched(t *testing.T) {
	for _, line := range []string{
		"Amber tomorrow 7pm 07700 900123", "Amber 07700-900-123", "Amber 0115.496.0123", "Amber +44 (0) 7700 900123",
		"07700 900 123 Amber", "771204 tomorrow 7pm 07700900123",
	} {
		r, c := crowded(t, "Amber")
		r.say(line)
		r.wantSaid("That looks like a phone number")
		said := r.chat.last()
		if len(c.asked) > 0 || len(r.session().Answers) > 0 || r.session().Seeking != "" || strings.Contains(said, "900") {
			t.Errorf("%q: asked for %v, keeps %v, says\n%s", line, c.asked, r.session().Answers, said)
		}
	}
}

// A line that is answers but for a word is no nickname.
func TestTheWordThatSpoilsALine(t *testing.T) {
	for line, odd := range map[string]string{
		"771204 tomorrow 7pm 30 min 36":    "36",
		"771204 tomorrow 7pm 30 min pls":   "pls",
		"771204 tomorrow 7pm 30 min <b>":   "<b>",
		"hey 771204 tomorrow 7pm":          "hey",
		"771204 tomorrow 7pm 30 45 min":    "30, 45",
		"Amber tomorrow 7pm 30 min please": "please", // a favourite
		"Ruby tomorrow 7pm 30 min":         "",       // whoever that is
		"Ruby 30 min":                      "",
	} {
		r, c := crowded(t, "Amber")
		r.say(line)
		if odd == "" {
			if len(c.asked) == 0 {
				t.Errorf("%q is not searched for: %s", line, r.chat.last())
			}
			continue
		}
		r.wantSaid("I can't place this in your line: " + odd + ".")
		if len(c.asked) > 0 {
			t.Errorf("%q is searched for", line)
		}
	}
}
