// Package wording holds the texts that people read as values: a message has an id, its
// English, and named places; a text is a message with those places filled. Nothing here
// decides what is said (that is conversations) or how it travels (that is bot); another
// language is one more Catalogue, read from a file.
//
// What may not live here: I/O, clocks, and any text of its own.
package wording

import (
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
)

// Message is one text of the catalogue. English is a template in Telegram's HTML subset with
// places written {name}; everything put into a place is escaped.
type Message struct {
	ID      string // stable, dotted: "book.who.ask"
	English string
}

// Args fills the places of a message. A value is a string, Name, int, int64, Text or []Text
// (one line each).
type Args map[string]any

// Name is a text that a stranger chose: a nickname, a comment. It is escaped like all the
// rest and isolated as well, so that right-to-left or zero-width characters cannot reorder
// the sentence around it.
type Name string

// Text is a message together with what fills it: still a value, in no language yet.
type Text struct {
	Message Message
	Args    Args
}

// Text is the message with nothing to fill in.
func (m Message) Text() Text { return Text{Message: m} }

// With is the message filled from args.
func (m Message) With(args Args) Text { return Text{Message: m, Args: args} }

// IsZero reports whether there is nothing to say.
func (t Text) IsZero() bool { return t.Message.English == "" }

// Catalogue is one language: templates by message id. What it lacks is said in English.
type Catalogue map[string]string

// HTML renders a text for Telegram's parse mode HTML.
func (c Catalogue) HTML(t Text) string { return c.render(t, html.EscapeString) }

// Plain renders a text for places that take no markup (button labels, toasts, the log of a
// terminal): tags of the template are dropped and nothing is escaped.
func (c Catalogue) Plain(t Text) string { return c.render(t, func(s string) string { return s }) }

const (
	firstStrongIsolate = "\u2068"
	popIsolate         = "\u2069"
)

func (c Catalogue) render(t Text, escape func(string) string) string {
	template := t.Message.English
	if local, ok := c[t.Message.ID]; ok {
		template = local
	}
	plain := escape("<") == "<"
	if plain {
		template = stripTags(template)
	}
	if len(t.Args) == 0 {
		return template
	}
	pairs := make([]string, 0, 2*len(t.Args))
	for name, value := range t.Args {
		pairs = append(pairs, "{"+name+"}", c.value(value, escape))
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

func (c Catalogue) value(v any, escape func(string) string) string {
	switch v := v.(type) {
	case string:
		return escape(v)
	case Name:
		return firstStrongIsolate + escape(balanced(string(v))) + popIsolate
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case Text:
		return c.render(v, escape)
	case []Text:
		lines := make([]string, len(v))
		for i, t := range v {
			lines[i] = c.render(t, escape)
		}
		return strings.Join(lines, "\n")
	default:
		return escape(fmt.Sprint(v))
	}
}

// balanced drops the control characters that would end our isolation early.
func balanced(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, s)
}

// stripTags removes the markup of a template. Templates are ours, so every < opens a tag.
func stripTags(template string) string {
	var out strings.Builder
	for {
		open := strings.IndexByte(template, '<')
		if open < 0 {
			break
		}
		length := strings.IndexByte(template[open:], '>')
		if length < 0 {
			break
		}
		out.WriteString(template[:open])
		template = template[open+length+1:]
	}
	out.WriteString(template)
	return html.UnescapeString(out.String())
}

// Places lists the names in braces of a template, sorted, each once.
func Places(template string) []string {
	var names []string
	for {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			break
		}
		length := strings.IndexByte(template[open:], '}')
		if length < 0 {
			break
		}
		names = append(names, template[open+1:open+length])
		template = template[open+length+1:]
	}
	slices.Sort(names)
	return slices.Compact(names)
}
