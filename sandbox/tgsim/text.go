package tgsim

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of Bot API 10.3 on visible text, in UTF-16 units.
const (
	maxText    = 4096
	maxCaption = 1024
)

// refusal is an error in the words the caller of the API gets, after "Bad Request: ".
type refusal string

func (r refusal) Error() string { return string(r) }

func refuse(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }

// richText is a text as Telegram keeps it: plain, trimmed, with entities.
type richText struct {
	plain    string
	entities []Entity
}

// parseText reads a text or caption with parse_mode or explicit entities. Length is not its business.
func parseText(p params, textName, entitiesName string) (richText, error) {
	t := richText{plain: p.text(textName)}
	if p.has("parse_mode") && p.has(entitiesName) {
		return t, refuse("parse_mode and %s can't both be given", entitiesName)
	}
	switch mode := strings.ToLower(p.text("parse_mode")); mode {
	case "":
		if err := p.decode(entitiesName, &t.entities); err != nil {
			return t, refuse("can't parse MessageEntity")
		}
		if err := checkEntities(t); err != nil {
			return t, err
		}
		sortEntities(t.entities)
	case "html":
		var err error
		if t.plain, t.entities, err = parseHTML(t.plain); err != nil {
			return t, err
		}
	default:
		return t, refuse("unsupported parse_mode") // the Markdown ones are not simulated
	}
	return t.trimmed(), nil
}

func checkEntities(t richText) error {
	end := utf16Len(t.plain)
	known := map[string]bool{
		"mention": true, "hashtag": true, "cashtag": true, "bot_command": true, "url": true, "email": true,
		"phone_number": true, "text_mention": true, "expandable_blockquote": true,
	}
	for _, name := range tagTypes {
		known[name] = true
	}
	for _, e := range t.entities {
		switch {
		case !known[e.Type]:
			return refuse("can't parse MessageEntity: Unsupported type specified")
		case e.Offset < 0:
			return refuse("receive an entity with incorrect offset %d", e.Offset)
		case e.Length <= 0:
			return refuse("receive an entity with incorrect length %d", e.Length)
		case e.Offset > end:
			return refuse("entity begins after the end of the text at UTF-16 offset %d", e.Offset)
		case e.Offset+e.Length > end:
			return refuse("entity beginning at UTF-16 offset %d ends after the end of the text at UTF-16 offset %d",
				e.Offset, e.Offset+e.Length)
		case e.Type == "text_link" && linkProblem(e.URL) != "":
			return refuse("entity URL '%s' is invalid: %s", e.URL, linkProblem(e.URL))
		}
	}
	return nil
}

// trimmed drops white space around the text, as Telegram does before it stores it.
func (t richText) trimmed() richText {
	left := strings.TrimLeftFunc(t.plain, unicode.IsSpace)
	cut := utf16Len(t.plain) - utf16Len(left)
	out := richText{plain: strings.TrimRightFunc(left, unicode.IsSpace)}
	end := utf16Len(out.plain)
	for _, e := range t.entities {
		from, to := max(e.Offset-cut, 0), min(e.Offset+e.Length-cut, end)
		if from < to {
			e.Offset, e.Length = from, to-from
			out.entities = append(out.entities, e)
		}
	}
	return out
}

// linkProblem says in Telegram's words what is wrong with an address for a button or a link; "" is
// none.
func linkProblem(address string) string {
	if address == "" {
		return "URL host is empty"
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || !utf8.ValidString(address):
		return "Wrong HTTP URL"
	case u.Scheme == "" && !strings.Contains(u.Path, "."):
		return "Wrong HTTP URL"
	case u.Scheme == "" || u.Scheme == "tg" || u.Scheme == "ton":
		return ""
	case u.Scheme != "http" && u.Scheme != "https":
		return "Unsupported URL protocol"
	case u.Host == "":
		return "URL host is empty"
	case !strings.ContainsAny(u.Hostname(), ".:"):
		return "Wrong HTTP URL" // names of the local network are no web addresses
	}
	return ""
}

var commandPattern = regexp.MustCompile(`(^|\s)(/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?)(?:$|[^A-Za-z0-9_@/])`)

// userEntities finds what an app marks in a text that a person typed: commands.
func userEntities(text string) []Entity {
	var found []Entity
	for at := 0; at < len(text); {
		m := commandPattern.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		from, to := at+m[4], at+m[5]
		found = append(found, Entity{
			Type: "bot_command", Offset: utf16Len(text[:from]), Length: utf16Len(text[from:to]),
		})
		at = to
	}
	return found
}
