package conversations

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

func TestNicknamesThatAreSearched(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":               {"VelvetVoice", "VelvetVoice"},
		"with an at":          {" @VelvetVoice ", "VelvetVoice"},
		"two words":           {"velvet voice", "velvet voice"},
		"markup":              {"<b>&_", "<b>&_"},
		"right to left":       {"קול", "קול"},
		"turned round":        {"vel\u202evet", "velvet"},
		"cannot be seen":      {"\u200b\u200b", ""},
		"one letter":          {"v", ""},
		"a phone number":      {"+44 7700 900123", ""},
		"no letter":           {"???", ""},
		"an address":          {"https://www.adultwork.com/VelvetVoice", ""},
		"too long":            {strings.Repeat("v", 41), ""},
		"as long as can be":   {strings.Repeat("ж", 40), strings.Repeat("ж", 40)},
		"nothing":             {"", ""},
		"digits and a letter": {"007x", "007x"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := nicknameIn(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAddressesThatNameAMember(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"of a profile":      {"https://www.adultwork.com/ViewProfile.asp?UserID=771204", "771204"},
		"in another case":   {"HTTP://WWW.ADULTWORK.COM/x?a=1&userid=771204#top", "771204"},
		"without a scheme":  {"adultwork.com/x?UserID=771204", "771204"},
		"no number":         {"https://www.adultwork.com/VelvetVoice", ""},
		"two numbers":       {"https://www.adultwork.com/x?UserID=771204&UserID=771318", ""},
		"two spellings":     {"https://www.adultwork.com/x?UserID=771204&userid=771318", ""},
		"of another site":   {"https://example.com/x?UserID=771204", ""},
		"nearly the site":   {"https://notadultwork.com/x?UserID=771204", ""},
		"the site in front": {"https://adultwork.com.example.com/x?UserID=771204", ""},
		"the site as user":  {"https://adultwork.com@example.com/x?UserID=771204", ""},
		"another scheme":    {"ftp://adultwork.com/x?UserID=771204", ""},
		"broken":            {"https://%zz", ""},
		"a nickname":        {"VelvetVoice", ""},
		"nothing":           {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := memberInAddress(tc.in)
			if got != tc.want || ok != (tc.want != "") {
				t.Errorf("got %q, %v; want %q", got, ok, tc.want)
			}
		})
	}
}

func factsOf(t interface{ Fatal(...any) }, values map[string]any) map[string]flow.Fact {
	facts := map[string]flow.Fact{}
	for name, value := range values {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		facts[name] = flow.Fact{Data: data}
	}
	return facts
}

func TestParseWho(t *testing.T) {
	hits := []recentFact{{ID: 1, Nickname: "Amber"}, {ID: 2, Nickname: "Twin"}, {ID: 3, Nickname: "TWIN"}, {ID: 4, Nickname: "vel\u202evet"}}
	known := map[string]any{
		factRecent:     []recentFact{{ID: 10, Nickname: "Recent"}, {ID: 11, Nickname: "12"}},
		factFavourites: []recentFact{{ID: 20, Nickname: "Favourite"}},
	}
	for name, tc := range map[string]struct {
		in, search string
		found      any
		want       string
		why        wording.Message
	}{
		"a number":                         {in: "771204", want: "771204"},
		"a number with its mark":           {in: " #771204 ", want: "771204"},
		"an address":                       {in: "https://www.adultwork.com/x?UserID=771204", want: "771204"},
		"an address with something else":   {in: "https://www.adultwork.com/x?UserID=velvet", why: msgWhoBadName},
		"a number that is a nickname too":  {in: "12", want: "12"},
		"too large a number":               {in: "99999999999999999999", why: msgWhoPhone},
		"below zero":                       {in: "-5", why: msgWhoBadName},
		"booked before":                    {in: "rECENT", want: "10"},
		"a favourite":                      {in: "@favourite", want: "20"},
		"not looked up yet":                {in: "amber", why: msgWhoBadName},
		"found for another":                {in: "amber", search: "twin", found: foundFact{Hits: hits}, why: msgWhoBadName},
		"found exactly":                    {in: "amber", search: "amber", found: foundFact{Hits: hits}, want: "1"},
		"found exactly among hundreds":     {in: "amber", search: "amber", found: foundFact{Hits: hits, Total: 300}, want: "1"},
		"found twice":                      {in: "twin", search: "twin", found: foundFact{Hits: hits}},
		"found in part":                    {in: "amb", search: "amb", found: foundFact{Hits: hits}},
		"found under what can't be seen":   {in: "velvet", search: "velvet", found: foundFact{Hits: hits}, want: "4"},
		"found nobody":                     {in: "amber", search: "amber", found: foundFact{}, why: msgWhoNobody},
		"the search failed":                {in: "amber", search: "amber", found: foundFact{Failed: true}, why: msgWhoNoSearch},
		"what was found can't be read":     {in: "amber", search: "amber", found: "nonsense", why: msgWhoBadName},
		"a forged pick of another account": {in: "fav:1", why: msgWhoBadName},
	} {
		t.Run(name, func(t *testing.T) {
			facts := factsOf(t, known)
			if tc.found != nil {
				facts[factFound] = factsOf(t, map[string]any{"f": tc.found})["f"]
			}
			s := flow.Scope{Facts: facts, Answers: flow.Answers{answerSearch: tc.search}}
			got, err := parseWho(s, tc.in, true)
			if got.Value != tc.want || (err == nil) != (tc.want != "") {
				t.Fatalf("got %q, %v; want %q", got.Value, err, tc.want)
			}
			var refusal *flow.Refusal
			if errors.As(err, &refusal) && refusal.Why.Message != tc.why {
				t.Errorf("refused with %q", refusal.Why.Message.ID)
			}
		})
	}
}

// However the person looks at the step, and whatever comes back as that: every button is one that Parse takes or that
// looks elsewhere, fits into callback data, and each member is offered once.
func TestEveryLookOffersWhatCanBeTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := func(most int, name string) []recentFact {
			var all []recentFact
			for i := range rapid.IntRange(0, most).Draw(t, name) {
				all = append(all, recentFact{ID: int64(i + 1), Nickname: rapid.StringN(0, 40, -1).Draw(t, "nickname"), Ratings: i})
			}
			return all
		}
		look := rapid.OneOf(rapid.String(), rapid.StringMatching(`(fav|hit|all):-?[0-9]{0,20}`)).Draw(t, "look")
		s := flow.Scope{Look: look, Answers: flow.Answers{answerSearch: "velvet"}, Facts: factsOf(t, map[string]any{
			factRecent: some(recentCount, "recent"), factFavourites: some(mostFavourites, "favourites"),
			factFound: foundFact{Hits: some(mostFound, "found")},
		})}
		seen := map[string]bool{}
		for _, row := range whoPrompt(s, true).Options {
			for _, o := range row {
				if len(o.Value) > 30 || !utf8.ValidString(o.Value) {
					t.Fatalf("%q does not fit", o.Value)
				}
				if o.Look {
					continue
				}
				if _, err := parseWho(s, o.Value, true); err != nil || seen[o.Value] {
					t.Fatalf("%q is offered and refused, or offered twice", o.Value)
				}
				seen[o.Value] = true
			}
		}
		if len(seen) > whoPerPage {
			t.Fatalf("%d members at once", len(seen))
		}
	})
}

// Turning the pages meets every favourite once.
func TestThePagesOfTheFavouritesHoldAll(t *testing.T) {
	var all []recentFact
	for i := range 30 {
		all = append(all, recentFact{ID: int64(i + 1)})
	}
	seen := map[string]bool{}
	look := lookFavourites
	for look != "" {
		next := ""
		for _, row := range whoPrompt(flow.Scope{Look: look, Facts: factsOf(t, map[string]any{factFavourites: all})}, true).Options {
			for _, o := range row {
				switch {
				case !o.Look && seen[o.Value]:
					t.Errorf("%s is there twice", o.Value)
				case !o.Look:
					seen[o.Value] = true
				case o.Label.Message == msgListNext:
					next = o.Value
				}
			}
		}
		look = next
	}
	for i := range 30 {
		if !seen[strconv.Itoa(i+1)] {
			t.Errorf("%d is on no page", i+1)
		}
	}
}

func TestWhyNobodyCanBeBooked(t *testing.T) {
	for name, tc := range map[string]struct {
		performer performerFact
		member    memberFact
		want      wording.Message
	}{
		"offered":                   {performer: performerFact{Offered: true}, member: memberFact{Known: true}},
		"oneself":                   {performer: performerFact{Self: true}, member: memberFact{Known: true}, want: msgWhoSelf},
		"no such member":            {performer: performerFact{Why: "No."}, member: memberFact{Gone: true}, want: msgWhoUnknown},
		"no phone chat":             {performer: performerFact{Why: "No."}, member: memberFact{Known: true}, want: msgWhoNoChat},
		"DirectChat only":           {performer: performerFact{Why: "No."}, member: memberFact{Known: true, PhoneChat: true, DirectChat: true}, want: msgWhoDirect},
		"in the site's words":       {performer: performerFact{Why: "No."}, member: memberFact{Known: true, PhoneChat: true}, want: msgWhoNotWhy},
		"in words alone":            {performer: performerFact{Why: "No."}, want: msgWhoNotWhy},
		"for no reason that's told": {want: msgWhoNot},
	} {
		t.Run(name, func(t *testing.T) {
			s := flow.Scope{Facts: factsOf(t, map[string]any{factPerformer: tc.performer, factMember: tc.member})}
			refusal := checkWho(s, "771204")
			switch {
			case refusal == nil && tc.want.ID != "":
				t.Errorf("taken; want %s", tc.want.ID)
			case refusal != nil && refusal.Why.Message != tc.want:
				t.Errorf("refused with %s, want %q", refusal.Why.Message.ID, tc.want.ID)
			}
		})
	}
}
