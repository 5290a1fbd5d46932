package conversations

import (
	"strings"
	"testing"
	"unicode/utf8"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
)

func TestParseToken(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":              {"at_9f0c2b71", "at_9f0c2b71"},
		"in backticks":       {" `at_9f0c2b71`\n", "at_9f0c2b71"},
		"as a header":        {"Bearer at_9f0c2b71", "at_9f0c2b71"},
		"as a header, colon": {"bearer: at_9f0c2b71", "at_9f0c2b71"},
		"in curly quotes":    {"“at_9f0c2b71”", "at_9f0c2b71"},
		"too short":          {"hunter2", ""},
		"two words":          {"hello there my friend", ""},
		"not ASCII":          {"ключ-от-квартиры", ""},
		"two lines":          {"at_9f0c2b71\nat_9f0c2b72", ""},
		"endless":            {strings.Repeat("a", 3000), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseToken(flow.Scope{}, tc.in)
			if got.Value != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("got %q, %v", got.Value, err)
			}
		})
	}
}

func TestParseNote(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"nothing":         {"  ", ""},
		"two lines":       {"one\ntwo ", "one\ntwo"},
		"control letters": {"a\x00b\x1b[31m", "ab[31m"},
		"markup is text":  {"<b>&_", "<b>&_"},
		"500 of any kind": {strings.Repeat("ß", 500), strings.Repeat("ß", 500)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseNote(tc.in, msgCommentLong)
			if err != nil || got.Value != tc.want {
				t.Errorf("got %q, %v", got.Value, err)
			}
		})
	}
	if _, err := parseNote(strings.Repeat("a", 501), msgCommentLong); err == nil {
		t.Error("501 characters were taken")
	}
}

func FuzzParseNote(f *testing.F) {
	f.Add("Evening suits me best.")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseNote(text, msgCommentLong)
		if err == nil && utf8.RuneCountInString(got.Value) > apiclient.MaxCommentLength {
			t.Errorf("%d characters were taken", utf8.RuneCountInString(got.Value))
		}
	})
}

// What a list's or a card's button carries comes back as input from outside: what is taken is written
// the same way again.
func FuzzPlaces(f *testing.F) {
	for _, seed := range []string{"m1n", "r12c", "m48213", "r48213:m2n", "m0n", "x1n", "m-1n", "m9999999999n", "m48213:", ":"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if place, ok := parseListPlace(text); ok {
			if again, ok := parseListPlace(place.String()); !ok || again != place {
				t.Errorf("%q becomes %q", text, place)
			}
		}
		if ref, ok := parseCardRef(text); ok {
			if again, ok := parseCardRef(ref.String()); !ok || again != ref {
				t.Errorf("%q becomes %q", text, ref)
			}
		}
	})
}
