package apiclient

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"

	"phonechatbot/internal/secret"
)

// maxWords is how much of the platform's own words is kept, in characters over all messages.
const maxWords = 500

// messages finds the texts for people in the answer of a failed call. What a refusal looks like is a
// guess of the contract, so any shape is survived: an object with Message and ModelState, a bare string,
// a list, plain text. Markup and broken JSON give nothing. The token is blotted out wherever it stands.
func messages(body []byte, token secret.String) []string {
	body = trimReply(body)
	if len(body) == 0 || body[0] == '<' {
		return nil
	}
	var found []string
	var value any
	switch err := json.Unmarshal(body, &value); {
	case err == nil:
		found = texts(value, 0)
	case strings.IndexByte(`{["`, body[0]) < 0:
		found = []string{string(body)}
	}
	return tidy(found, token)
}

// texts collects the texts of a decoded refusal, the general ones first.
func texts(value any, depth int) []string {
	if depth > 4 {
		return nil
	}
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, one := range value {
			all = append(all, texts(one, depth+1)...)
		}
		return all
	case map[string]any:
		all := texts(member(value, "Message"), depth+1)
		if fields, ok := member(value, "ModelState").(map[string]any); ok {
			for _, name := range slices.Sorted(maps.Keys(fields)) {
				all = append(all, texts(fields[name], depth+1)...)
			}
		}
		if len(all) == 0 {
			all = append(texts(member(value, "error_description"), depth+1), texts(member(value, "error"), depth+1)...)
		}
		return all
	default:
		return nil
	}
}

// member is a property by its name, whatever its case.
func member(object map[string]any, name string) any {
	if value, ok := object[name]; ok {
		return value
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if strings.EqualFold(key, name) {
			return object[key]
		}
	}
	return nil
}

// tidy makes texts safe to keep: no token, no control characters, no repetition, maxWords in all.
func tidy(found []string, token secret.String) []string {
	var kept []string
	left := maxWords
	for _, text := range found {
		text = strings.Join(strings.Fields(strings.Map(harmless, text)), " ")
		if token.Reveal() != "" {
			text = strings.ReplaceAll(text, token.Reveal(), "[redacted]")
		}
		runes := []rune(text)
		text = strings.TrimSpace(string(runes[:min(len(runes), left)]))
		if text == "" || slices.Contains(kept, text) {
			continue
		}
		kept = append(kept, text)
		left -= min(len(runes), left)
	}
	return kept
}

// harmless turns control characters into spaces and drops those that reorder text.
func harmless(r rune) rune {
	switch {
	case unicode.IsControl(r):
		return ' '
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == unicode.ReplacementChar:
		return -1
	default:
		return r
	}
}

// trimReply drops the byte order mark and the blanks around an answer.
func trimReply(body []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
}
