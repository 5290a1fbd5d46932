package bot

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func TestCutHTML(t *testing.T) {
	for name, tc := range map[string]struct {
		in    string
		limit int
		want  string
	}{
		"fits":                     {"abc", 3, "abc"},
		"fits once parsed":         {"<b>a&amp;c</b>", 3, "<b>a&amp;c</b>"},
		"one character too many":   {"abcd", 3, "ab…"},
		"at a paragraph":           {"abcdefgh\nijklmnop", 12, "abcdefgh\n…"},
		"paragraph too far back":   {"ab\nijklmnopqrst", 12, "ab\nijklmnop…"},
		"ends on the paragraph":    {"abcdefghij\nk", 12, "abcdefghij\nk"},
		"open tag":                 {"<b>abcdef</b>", 4, "<b>abc</b>…"},
		"tag with attributes":      {`<tg-time unix="1">abcdef</tg-time>`, 4, `<tg-time unix="1">abc</tg-time>…`},
		"nested":                   {"<b><i>abcdef</i></b>", 4, "<b><i>abc</i></b>…"},
		"entity is one":            {"ab&lt;&lt;&lt;", 4, "ab&lt;…"},
		"not inside a pair of two": {"a🙂🙂🙂", 5, "a🙂…"},
		"ampersand of its own":     {"a& b; c", 4, "a& …"},
		"bold paragraph":           {"<b>abcdefgh\nij</b>klmnop", 12, "<b>abcdefgh</b>\n…"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := cutHTML(tc.in, tc.limit); got != tc.want {
				t.Errorf("cutHTML = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestCutPlain(t *testing.T) {
	for name, tc := range map[string]struct {
		in    string
		limit int
		want  string
	}{
		"fits":           {"abc", 3, "abc"},
		"cut":            {"abcd", 3, "ab…"},
		"trailing space": {"a bcd", 3, "a…"},
		"astral":         {"🙂🙂", 3, "🙂…"},
		"astral at odds": {"🙂🙂", 2, "…"},
		"empty":          {"", 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := cutPlain(tc.in, tc.limit); got != tc.want {
				t.Errorf("cutPlain = %q, want %q", got, tc.want)
			}
		})
	}
}

var anyTag = regexp.MustCompile(`<[^>]*>`)

// FuzzCutHTML builds a text as render does: our tags around escaped words.
func FuzzCutHTML(f *testing.F) {
	f.Add("hello", "w<&>rld\n", 9)
	f.Add(strings.Repeat("🙂", 20), "\n\n", 30)
	f.Fuzz(func(t *testing.T, one, two string, limit int) {
		if limit < 4 || limit > 10_000 || !utf8.ValidString(one+two) {
			return
		}
		whole := "<b>" + html.EscapeString(one) + "</b>\n<tg-spoiler>" + html.EscapeString(two) + "<i>" + html.EscapeString(one) + "</i></tg-spoiler>"
		got := cutHTML(whole, limit)
		visible := html.UnescapeString(anyTag.ReplaceAllString(got, ""))
		if n := len(utf16.Encode([]rune(visible))); n > limit {
			t.Errorf("%d units, limit %d: %q", n, limit, got)
		}
		var open []string
		for _, tag := range anyTag.FindAllString(got, -1) {
			name := strings.Trim(tag, "</>")
			if !strings.HasPrefix(tag, "</") {
				open = append(open, name)
			} else if len(open) == 0 || open[len(open)-1] != name {
				t.Fatalf("%s closes nothing: %q", tag, got)
			} else {
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("left open %v: %q", open, got)
		}
		if got != whole && !strings.HasSuffix(got, ellipsis) {
			t.Errorf("cut without a sign of it: %q", got)
		}
	})
}
