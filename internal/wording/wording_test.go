package wording_test

import (
	"testing"

	"phonechatbot/internal/wording"
)

func TestRender(t *testing.T) {
	hello := wording.Message{ID: "hello", English: "<b>Hello</b> {name}, {count} &amp; {inner}"}
	inner := wording.Message{ID: "inner", English: "<i>{x}</i>"}
	for name, tc := range map[string]struct {
		text        wording.Text
		html, plain string
	}{
		"markup in a value is text": {
			hello.With(wording.Args{"name": "<b>&_", "count": 3, "inner": inner.With(wording.Args{"x": "a<b"})}),
			"<b>Hello</b> &lt;b&gt;&amp;_, 3 &amp; <i>a&lt;b</i>", "Hello <b>&_, 3 & a<b",
		},
		"a name cannot reorder the sentence": {
			inner.With(wording.Args{"x": wording.Name("\u202eevil\u2069")}),
			"<i>\u2068evil\u2069</i>", "\u2068evil\u2069",
		},
		"a value that looks like a place stays as it is": {
			hello.With(wording.Args{"name": "{count}", "count": int64(1), "inner": ""}),
			"<b>Hello</b> {count}, 1 &amp; ", "Hello {count}, 1 & ",
		},
		"lines": {
			inner.With(wording.Args{"x": []wording.Text{inner.With(wording.Args{"x": "1"}), inner.With(wording.Args{"x": "2"})}}),
			"<i><i>1</i>\n<i>2</i></i>", "1\n2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (wording.Catalogue{}).HTML(tc.text); got != tc.html {
				t.Errorf("HTML %q, want %q", got, tc.html)
			}
			if got := (wording.Catalogue{}).Plain(tc.text); got != tc.plain {
				t.Errorf("Plain %q, want %q", got, tc.plain)
			}
		})
	}
}

func TestAnotherLanguageIsATable(t *testing.T) {
	m := wording.Message{ID: "hello", English: "Hello {name}"}
	c := wording.Catalogue{"hello": "Bonjour {name}"}
	if got := c.Plain(m.With(wording.Args{"name": "Ann"})); got != "Bonjour Ann" {
		t.Errorf("got %q", got)
	}
	if got := c.Plain(wording.Message{ID: "other", English: "Yes"}.Text()); got != "Yes" {
		t.Errorf("what the language lacks is said in English, not %q", got)
	}
}

func TestPlaces(t *testing.T) {
	got := wording.Places("{b} and {a}, {b} {open")
	if len(got) != 2 || got[0] != "a" || got[1] != "b" {
		t.Errorf("got %v", got)
	}
}
