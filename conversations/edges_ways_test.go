package conversations_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// leadsOn are the buttons that lead away from where one is, without doing anything; the last two stand on home itself.
var leadsOn = []string{"home", "back", "cancel", "list", "card", "review", "hide", "resume", "discard", "how", "go"}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Whatever is shown, to whomever, also of a site that is down: a way home or back stands on it, unless the next card
// comes by itself.
func TestNoCardIsADeadEnd(t *testing.T) {
	t.Parallel()
	walk := func(t *testing.T, r *rig) {
		t.Helper()
		for _, chat := range []flow.ChatID{theUser, asPerformerUser, asManagerUser} {
			for _, words := range []string{
				"/start", "/help", "/privacy", "/bookings", "/requests", "/settings", "/offers", "/account", "/balance", "/actas", "/book",
				"771204", "/cancel", "/nonsense", "hello", "/start book_771204", "/start x",
			} {
				r.sayIn(chat, words)
			}
		}
	}
	check := func(t *testing.T, j *judged) {
		t.Helper()
		for _, v := range j.views {
			var actions []string
			for _, row := range v.Rows {
				for _, key := range row {
					actions = append(actions, key.Press.Action)
					if label := labelOf(key); !strings.ContainsFunc(label, isWord) && label != "·" {
						t.Errorf("a button says %q", label)
					}
				}
			}
			out := slices.ContainsFunc(actions, func(a string) bool { return slices.Contains(leadsOn, a) })
			said := viewText(v)
			passing := strings.Contains(said, "Working…") || strings.Contains(said, "Sending…") || !v.ShareNumber.IsZero()
			if !out && !passing {
				t.Errorf("a dead end, with %v:\n%s", actions, said)
			}
		}
		if len(j.views) < 40 {
			t.Errorf("only %d cards", len(j.views))
		}
	}
	t.Run("all is well", func(t *testing.T) {
		t.Parallel()
		r, j := edgeRig(t, monday, nil)
		r.withKey()
		j.platformOf(named{r.api, "A quarter of an hour"})
		r.asClient("Evening suits me best.")
		r.asPerformer("I am away that day.")
		r.asManager()
		walk(t, r)
		check(t, j)
	})
	for _, kind := range []apisim.FaultKind{apisim.FaultDown, apisim.FaultHTML, apisim.FaultForbidden, apisim.FaultUnauthorized, apisim.FaultWrongTypes} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r, j := edgeRig(t, monday, nil)
			for chat, token := range map[flow.ChatID]string{theUser: clientToken, asPerformerUser: performerToken, asManagerUser: managerToken} {
				r.linkAs(chat, token)
			}
			r.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: kind})
			walk(t, r)
			check(t, j)
		})
	}
}
