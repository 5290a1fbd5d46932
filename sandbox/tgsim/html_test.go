package tgsim

import (
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseHTML(t *testing.T) {
	for name, tc := range map[string]struct {
		in, want string
		entities []Entity
	}{
		"plain":            {"a > b & c", "a > b & c", nil},
		"references":       {"&lt;b&gt; &amp; &quot;x&quot; &#34;&#x1F600; &nbsp; &amp", "<b> & \"x\" \"😀 &nbsp; &", nil},
		"escaped by Go":    {html.EscapeString(`<i>'"&`), `<i>'"&`, nil},
		"nested":           {"<b>x<i>y</i></b>", "xy", []Entity{{Type: "bold", Length: 2}, {Type: "italic", Offset: 1, Length: 1}}},
		"synonyms":         {"<strong>a</strong><em>b</em><ins>c</ins><del>d</del>", "abcd", []Entity{{Type: "bold", Length: 1}, {Type: "italic", Offset: 1, Length: 1}, {Type: "underline", Offset: 2, Length: 1}, {Type: "strikethrough", Offset: 3, Length: 1}}},
		"units":            {"😀<b>é</b>", "😀é", []Entity{{Type: "bold", Offset: 2, Length: 1}}},
		"capitals":         {"<B>x</b>", "x", []Entity{{Type: "bold", Length: 1}}},
		"empty end tag":    {"<b>x</>", "x", []Entity{{Type: "bold", Length: 1}}},
		"empty":            {"<b></b>x", "x", nil},
		"spoilers":         {`<tg-spoiler>a</tg-spoiler><span class='tg-spoiler'>b</span>`, "ab", []Entity{{Type: "spoiler", Length: 1}, {Type: "spoiler", Offset: 1, Length: 1}}},
		"link":             {`<a href="https://a.example/?x=1&amp;y=2">go</a>`, "go", []Entity{{Type: "text_link", Length: 2, URL: "https://a.example/?x=1&y=2"}}},
		"link by its text": {`<a>a.example</a>`, "a.example", []Entity{{Type: "text_link", Length: 9, URL: "http://a.example/"}}},
		"link to nowhere":  {`<a href="javascript:alert(1)">go</a>`, "go", nil},
		"moment":           {`<tg-time unix="1788000000" format="wDt">noon</tg-time>`, "noon", []Entity{{Type: "date_time", Length: 4, UnixTime: 1788000000, DateFormat: "wDt"}}},
		"quotes":           {"<blockquote>a</blockquote><blockquote expandable>b</blockquote>", "ab", []Entity{{Type: "blockquote", Length: 1}, {Type: "expandable_blockquote", Offset: 1, Length: 1}}},
		"code":             {`<code>x</code> <pre>y</pre> <pre><code class="language-go">z</code></pre>`, "x y z", []Entity{{Type: "code", Length: 1}, {Type: "pre", Offset: 2, Length: 1}, {Type: "pre", Offset: 4, Length: 1, Language: "go"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, entities, err := parseHTML(tc.in)
			if err != nil || got != tc.want {
				t.Fatalf("got %q, %v; want %q", got, err, tc.want)
			}
			if diff := cmp.Diff(tc.entities, entities); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTrimmedMovesEntities(t *testing.T) {
	text, entities, err := parseHTML(" \n<b> x </b> <i> </i> ")
	if err != nil {
		t.Fatal(err)
	}
	got := richText{plain: text, entities: entities}.trimmed()
	if got.plain != "x" {
		t.Errorf("text %q", got.plain)
	}
	if diff := cmp.Diff([]Entity{{Type: "bold", Length: 1}}, got.entities); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseHTML(f *testing.F) {
	for _, seed := range []string{"<b>x</b>", "<a href='x.y'>&#x41;</a>", "<pre><code class=language-go>", "&#", "<blockquote expandable>q</blockquote>", "</", "<b", "<a href=", "😀<i>é</i>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		text, entities, err := parseHTML(in)
		if err != nil {
			return
		}
		end := utf16Len(text)
		for _, e := range entities {
			if e.Offset < 0 || e.Length <= 0 || utf8.ValidString(in) && e.Offset+e.Length > end {
				t.Errorf("%q: entity %+v in a text of %d", in, e, end)
			}
		}
		if utf8.ValidString(in) && !strings.ContainsRune(in, 0) {
			again, _, err := parseHTML(html.EscapeString(in))
			if err != nil || again != in {
				t.Errorf("escaping %q came back as %q, %v", in, again, err)
			}
		}
	})
}
