package when

import (
	"strings"
	"unicode"
)

// token is a run of digits, a word, or one of the signs / - : .
type token struct {
	text  string
	digit bool // a run of digits
	spelt bool // the digits were typed as a word: ten
	glued bool // nothing stands between it and the token before
}

// is reports whether the token is one of the words or signs.
func (t token) is(words ...string) bool {
	for _, w := range words {
		if t.text == w {
			return true
		}
	}
	return false
}

// number is the value of a run of at most four digits, -1 for anything else.
func (t token) number() int {
	if !t.digit || len(t.text) > 4 {
		return -1
	}
	n := 0
	for _, r := range t.text {
		n = n*10 + int(r-'0')
	}
	return n
}

// lex cuts a text into tokens. Letters become lower case; commas, and full stops that are not between
// digits, are space.
func lex(text string) ([]token, error) {
	if len(text) > longest {
		return nil, ErrNotUnderstood
	}
	text, err := plain(text)
	if err != nil {
		return nil, err
	}
	var tokens []token
	end := -1 // where the last token ended
	for i := 0; i < len(text); {
		width := 1
		switch c := text[i]; {
		case isDigit(c):
			width = span(text[i:], isDigit)
		case isLetter(c):
			width = span(text[i:], isLetter)
		case c == '.' && (i == 0 || i+1 == len(text) || !isDigit(text[i-1]) || !isDigit(text[i+1])),
			c == ' ', c == ',', c == '\'', c == '!', c == '?':
			i++
			continue
		case c == '/', c == '-', c == ':', c == '.', c == '@':
		default:
			return nil, ErrNotUnderstood
		}
		t := token{text: text[i : i+width], digit: isDigit(text[i]), glued: end == i}
		if value, ok := numberWords[t.text]; ok {
			t.text, t.digit, t.spelt = value, true, true
		}
		tokens = append(tokens, t)
		i += width
		end = i
	}
	return tokens, nil
}

// numberWords are the numbers that are likely to be typed as words: hours, and minutes past them.
var numberWords = map[string]string{
	"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
	"nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30",
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }

// span is the length of the run at the start of text.
func span(text string, in func(byte) bool) int {
	n := 0
	for n < len(text) && in(text[n]) {
		n++
	}
	return n
}

// plain brings a text to lower-case ASCII: full-width signs to their usual form, every kind of space to a
// space, invisible marks away. Anything else, such as digits of another script, is refused.
func plain(text string) (string, error) {
	var out strings.Builder
	for _, r := range text {
		if r >= '\uff01' && r <= '\uff5e' {
			r -= '\uff01' - '!'
		}
		switch {
		case invisible(r):
		case unicode.IsSpace(r):
			out.WriteByte(' ')
		case r == '\u2019' || r == '\u2018':
			out.WriteByte('\'')
		case r >= '\u2010' && r <= '\u2015' || r == '\u2212':
			out.WriteByte('-')
		case r >= 'A' && r <= 'Z':
			out.WriteByte(byte(r) + 'a' - 'A')
		case r >= '!' && r <= '~', r == '£':
			out.WriteRune(r)
		default:
			return "", ErrNotUnderstood
		}
	}
	return strings.TrimSpace(out.String()), nil
}

// invisible marks come along with pasted text: joiners, direction marks, isolates.
func invisible(r rune) bool {
	return r >= '\u200b' && r <= '\u200f' || r >= '\u2060' && r <= '\u2069' || r == '\ufeff' || r == '\u00ad'
}
