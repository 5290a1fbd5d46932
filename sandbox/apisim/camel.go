package apisim

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// camelCase spells the member names of a JSON value in camelCase (header X-CaseType); values, their
// numbers' spelling too, stay as they are.
func camelCase(body []byte) []byte {
	var out bytes.Buffer
	for len(body) > 0 {
		if body[0] != '"' {
			out.WriteByte(body[0])
			body = body[1:]
			continue
		}
		text, rest := cutString(body)
		if bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(":")) {
			text = camelName(text)
		}
		out.Write(text)
		body = rest
	}
	return out.Bytes()
}

// cutString splits off the JSON string, quotes and all, that the text begins with.
func cutString(text []byte) (quoted, rest []byte) {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return text[:i+1], text[i+1:]
		}
	}
	return text, nil
}

// camelName lowers the leading capitals of a quoted name, but for one that begins the next word:
// UserID is userID, PIN is pin, SMSChat is smsChat.
func camelName(quoted []byte) []byte {
	out := []byte{'"'}
	name := quoted[1:]
	for first := true; len(name) > 0; first = false {
		letter, size := utf8.DecodeRune(name)
		next, _ := utf8.DecodeRune(name[size:])
		if !unicode.IsUpper(letter) || !first && unicode.IsLower(next) {
			break
		}
		out = utf8.AppendRune(out, unicode.ToLower(letter))
		name = name[size:]
	}
	return append(out, name...)
}
