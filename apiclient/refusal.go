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
// a list, plain text. Markup and broken JSON give nothing. Secrets are blotted out wherever they stand.
func messages(body []byte, hush ...secret.String) []string {
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
	return tidy(found, hush...)
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

// blamesOnly reports whether a refusal names this field of the request in its ModelState, under whatever
// prefix and in any case, and no other.
func blamesOnly(body []byte, field string) bool {
	var value map[string]any
	if json.Unmarshal(trimReply(body), &value) != nil {
		return false
	}
	blamed, _ := member(value, "ModelState").(map[string]any)
	for name := range blamed {
		if !strings.EqualFold(name[strings.LastIndexByte(name, '.')+1:], field) {
			return false
		}
	}
	return len(blamed) > 0
}

// tidy makes texts safe to keep: no secret, no control characters, no repetition, maxWords in all.
func tidy(found []string, hush ...secret.String) []string {
	// The longest first: one secret may be the beginning of another.
	hush = slices.SortedFunc(slices.Values(hush), func(a, b secret.String) int { return len(b.Reveal()) - len(a.Reveal()) })
	var kept []string
	left := maxWords
	for _, text := range found {
		text = strings.Join(strings.Fields(strings.Map(harmless, text)), " ")
		for _, one := range hush {
			if !one.IsZero() {
				text = strings.ReplaceAll(text, one.Reveal(), "[redacted]")
			}
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
