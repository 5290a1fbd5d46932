package tgsim

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Entity marks a stretch of a message's text, as the Bot API's MessageEntity does. Offset and Length
// count UTF-16 units.
type Entity struct {
	Type          string `json:"type"`
	Offset        int    `json:"offset"`
	Length        int    `json:"length"`
	URL           string `json:"url,omitempty"`
	User          *User  `json:"user,omitempty"`
	Language      string `json:"language,omitempty"`
	CustomEmojiID string `json:"custom_emoji_id,omitempty"`
	UnixTime      int64  `json:"unix_time,omitempty"`
	DateFormat    string `json:"date_time_format,omitempty"`
}

// utf16Len counts a text the way Telegram does.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// tagTypes maps the tags of Telegram's HTML to entity types; those that need an attribute too have
// their type decided in entityFor.
var tagTypes = map[string]string{
	"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
	"tg-spoiler": "spoiler", "span": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote",
	"a": "text_link", "tg-emoji": "custom_emoji", "tg-time": "date_time",
}

type openTag struct {
	name       string
	attributes map[string]string
	language   string // of the code inside a pre
	units      int    // where its text begins, in UTF-16 units
	bytes      int    // the same in bytes of the plain text
}

// htmlParser reads parse mode HTML from left to right. Its errors are Telegram's, byte for byte.
type htmlParser struct {
	in       string
	at       int
	out      strings.Builder
	units    int
	open     []openTag
	entities []Entity
}

// parseHTML turns Telegram's HTML into the plain text and its entities, outermost first.
func parseHTML(in string) (string, []Entity, error) {
	p := &htmlParser{in: in}
	for p.at < len(in) {
		var err error
		switch {
		case in[p.at] == '&':
			p.text(p.reference())
		case in[p.at] != '<':
			r, size := utf8.DecodeRuneInString(in[p.at:])
			p.at += size
			p.text(r)
		case strings.HasPrefix(in[p.at:], "</"):
			err = p.endTag()
		default:
			err = p.startTag()
		}
		if err != nil {
			return "", nil, refuse("can't parse entities: %v", err)
		}
	}
	if len(p.open) > 0 {
		last := p.open[len(p.open)-1].name
		return "", nil, refuse("can't parse entities: Can't find end tag corresponding to start tag %q", last)
	}
	sortEntities(p.entities)
	return p.out.String(), p.entities, nil
}

// sortEntities puts outer entities before those inside them.
func sortEntities(entities []Entity) {
	slices.SortStableFunc(entities, func(a, b Entity) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length))
	})
}

func (p *htmlParser) text(r rune) {
	p.out.WriteRune(r)
	p.units += max(utf16.RuneLen(r), 1)
}

// peek gives the byte at the reading place, or 0 at the end.
func (p *htmlParser) peek() byte {
	if p.at < len(p.in) {
		return p.in[p.at]
	}
	return 0
}

func (p *htmlParser) skipSpace() {
	for p.at < len(p.in) && isSpace(p.in[p.at]) {
		p.at++
	}
}

// until takes everything up to one of the stop bytes, a space or the end.
func (p *htmlParser) until(stops string) string {
	from := p.at
	for p.at < len(p.in) && !isSpace(p.in[p.at]) && strings.IndexByte(stops, p.in[p.at]) < 0 {
		p.at++
	}
	return p.in[from:p.at]
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// reference reads a character reference: numeric ones and lt, gt, amp, quot, with or without the
// semicolon. Whatever else begins with an ampersand is that ampersand.
func (p *htmlParser) reference() rune {
	rest := p.in[p.at+1:]
	named := map[string]rune{"lt": '<', "gt": '>', "amp": '&', "quot": '"'}
	end := 0
	var r rune
	if strings.HasPrefix(rest, "#") {
		digits, base, from := "0123456789", 10, 1
		if strings.HasPrefix(rest, "#x") {
			digits, base, from = "0123456789abcdefABCDEF", 16, 2
		}
		end = from + len(rest[from:]) - len(strings.TrimLeft(rest[from:], digits))
		n, err := strconv.ParseUint(rest[from:end], base, 32)
		if err == nil && n > 0 && n < unicode.MaxRune && end < 10 && utf8.ValidRune(rune(n)) {
			r = rune(n)
		}
	} else {
		for end < len(rest) && (rest[end]|0x20 >= 'a' && rest[end]|0x20 <= 'z') {
			end++
		}
		r = named[rest[:end]]
	}
	if r == 0 {
		p.at++
		return '&'
	}
	p.at += 1 + end
	if p.peek() == ';' {
		p.at++
	}
	return r
}

func (p *htmlParser) startTag() error {
	begin := p.at
	p.at++
	name := strings.ToLower(p.until(">"))
	if p.at == len(p.in) {
		return refuse("Unclosed start tag at byte offset %d", begin)
	}
	if tagTypes[name] == "" {
		return refuse("Unsupported start tag %q at byte offset %d", name, begin)
	}
	tag := openTag{name: name, attributes: map[string]string{}, units: p.units, bytes: p.out.Len()}
	for p.skipSpace(); p.peek() != '>'; p.skipSpace() {
		if err := p.attribute(tag, begin); err != nil {
			return err
		}
	}
	p.at++
	switch class := tag.attributes["class"]; {
	case name == "span" && class != "tg-spoiler":
		return refuse(`Tag "span" must have class "tg-spoiler" at byte offset %d`, begin)
	case name == "tg-time" && !isUnix(tag.attributes["unix"]):
		return refuse(`Tag "tg-time" must have a valid attribute "unix" at byte offset %d`, begin)
	}
	p.open = append(p.open, tag)
	return nil
}

func isUnix(s string) bool { _, err := strconv.ParseInt(s, 10, 32); return err == nil }

func (p *htmlParser) attribute(tag openTag, begin int) error {
	name := p.until("=>")
	if name == "" {
		if p.at == len(p.in) {
			return refuse("Unclosed start tag at byte offset %d", begin)
		}
		return refuse("Empty attribute name in the tag %q at byte offset %d", tag.name, begin)
	}
	p.skipSpace()
	if p.peek() != '=' {
		if tag.name == "blockquote" && name == "expandable" && p.at < len(p.in) {
			tag.attributes[name] = "1"
			return nil
		}
		return refuse("Expected equal sign in declaration of an attribute of the tag %q at byte offset %d",
			tag.name, begin)
	}
	p.at++
	p.skipSpace()
	value, err := p.attributeValue()
	if err != nil {
		return err
	}
	if p.at == len(p.in) {
		return refuse("Unclosed start tag at byte offset %d", begin)
	}
	tag.attributes[name] = value
	return nil
}

func (p *htmlParser) attributeValue() (string, error) {
	quote := p.peek()
	if quote != '"' && quote != '\'' {
		from := p.at
		for c := p.peek(); c == '.' || c == '-' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'; c = p.peek() {
			p.at++
		}
		if c := p.peek(); c != 0 && c != '>' && !isSpace(c) {
			return "", refuse("Unexpected end of name token at byte offset %d", from)
		}
		return strings.ToLower(p.in[from:p.at]), nil
	}
	var value strings.Builder
	for p.at++; p.at < len(p.in) && p.in[p.at] != quote; {
		if p.in[p.at] == '&' {
			value.WriteRune(p.reference())
			continue
		}
		value.WriteByte(p.in[p.at])
		p.at++
	}
	if p.at < len(p.in) {
		p.at++
	}
	return value.String(), nil
}

func (p *htmlParser) endTag() error {
	begin := p.at
	if len(p.open) == 0 {
		return refuse("Unexpected end tag at byte offset %d", begin)
	}
	p.at += len("</")
	name := strings.ToLower(p.until(">"))
	p.skipSpace()
	if p.peek() != '>' {
		return refuse("Unclosed end tag at byte offset %d", begin)
	}
	p.at++
	tag := p.open[len(p.open)-1]
	if name != "" && name != tag.name {
		return refuse("Unmatched end tag at byte offset %d, expected %q, found %q",
			begin, "</"+tag.name+">", "</"+name+">")
	}
	p.open = p.open[:len(p.open)-1]
	if p.units == tag.units {
		return nil
	}
	return p.entityFor(tag)
}

// entityFor adds what a closed tag stands for. A link that leads nowhere leaves plain text.
func (p *htmlParser) entityFor(tag openTag) error {
	e := Entity{Type: tagTypes[tag.name], Offset: tag.units, Length: p.units - tag.units}
	switch tag.name {
	case "a":
		e.URL = tag.attributes["href"]
		if e.URL == "" {
			e.URL = p.out.String()[tag.bytes:]
		}
		e.URL = checkedLink(e.URL)
		if e.URL == "" {
			return nil
		}
	case "tg-emoji":
		e.CustomEmojiID = tag.attributes["emoji-id"]
		if n, err := strconv.ParseInt(e.CustomEmojiID, 10, 64); err != nil || n == 0 {
			return refuse("Invalid custom emoji identifier specified")
		}
	case "tg-time":
		e.UnixTime, _ = strconv.ParseInt(tag.attributes["unix"], 10, 64)
		e.DateFormat = tag.attributes["format"]
	case "blockquote":
		if tag.attributes["expandable"] != "" {
			e.Type = "expandable_blockquote"
		}
	case "pre", "code":
		p.addCode(tag, e)
		return nil
	}
	p.entities = append(p.entities, e)
	return nil
}

// addCode knows that <pre><code class="language-x"> is one block of code in that language.
func (p *htmlParser) addCode(tag openTag, e Entity) {
	language, _ := strings.CutPrefix(tag.attributes["class"], "language-")
	if tag.name == "code" && language != "" && len(p.open) > 0 {
		if outer := p.open[len(p.open)-1]; outer.name == "pre" && outer.units == tag.units {
			p.open[len(p.open)-1].language = language
			return
		}
	}
	if tag.name == "pre" {
		e.Language = tag.language
	}
	p.entities = append(p.entities, e)
}

// checkedLink gives the address a text link leads to, or "" if Telegram would not make it one.
func checkedLink(address string) string {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || linkProblem(address) != "" {
		return ""
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String()
}
