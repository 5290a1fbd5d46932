package bot

import (
	"html"
	"strings"
	"unicode/utf8"
)

const ellipsis = "…"

// units is the length of a rune in UTF-16, which Telegram counts in.
func units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// cutPlain shortens a text without markup to so many UTF-16 units, the ellipsis included.
func cutPlain(s string, limit int) string {
	length, fits := 0, 0 // fits: bytes that leave room for the ellipsis
	for at, r := range s {
		if length <= limit-1 {
			fits = at
		}
		if length += units(r); length > limit {
			return strings.TrimRight(s[:fits], " \n") + ellipsis
		}
	}
	return s
}

// place is a point in an HTML text where it may end.
type place struct {
	at   int      // bytes
	seen int      // UTF-16 units before it, after parsing
	open []string // tags to be closed there, outermost first
}

// cutHTML shortens a text in Telegram's HTML to so many UTF-16 units after parsing, the ellipsis
// included: at the end of a paragraph if that keeps half of what fits, else between two characters;
// never inside a tag or an entity, and every tag that is open there is closed.
func cutHTML(s string, limit int) string {
	if len(s) <= limit { // no text is longer parsed than written
		return s
	}
	var here, character, paragraph place
	for here.at < len(s) {
		if here.seen <= limit-len([]rune(ellipsis)) {
			character = here
		}
		if s[here.at] == '\n' && here.seen <= limit-2 { // a line break before the ellipsis
			paragraph = here
		}
		here = step(s, here)
		if here.seen > limit {
			if paragraph.seen > limit/2 {
				return closed(s, paragraph, "\n"+ellipsis)
			}
			return closed(s, character, ellipsis)
		}
	}
	return s
}

// step goes over one tag, entity or character.
func step(s string, p place) place {
	rest := s[p.at:]
	switch rest[0] {
	case '<':
		if end := strings.IndexByte(rest, '>'); end > 0 {
			return place{p.at + end + 1, p.seen, nest(p.open, rest[1:end])}
		}
	case '&':
		if end := strings.IndexByte(rest, ';'); end > 0 {
			if parsed := html.UnescapeString(rest[:end+1]); parsed != rest[:end+1] {
				seen := p.seen
				for _, r := range parsed {
					seen += units(r)
				}
				return place{p.at + end + 1, seen, p.open}
			}
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	return place{p.at + size, p.seen + units(r), p.open}
}

// nest is the open tags after one more tag, given without its brackets.
func nest(open []string, tag string) []string {
	if strings.HasPrefix(tag, "/") {
		return open[:max(0, len(open)-1)]
	}
	name, _, _ := strings.Cut(tag, " ")
	return append(open[:len(open):len(open)], name)
}

func closed(s string, p place, ending string) string {
	var out strings.Builder
	out.WriteString(s[:p.at])
	for i := len(p.open) - 1; i >= 0; i-- {
		out.WriteString("</" + p.open[i] + ">")
	}
	out.WriteString(ending)
	return out.String()
}
