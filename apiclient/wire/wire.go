// Package wire is the JSON of the platform's API, spelt as the API spells it: PascalCase names, ID in
// capitals, nulls written out, zone-less times as strings. One file for each part of openapi.yaml, its
// shapes in the order of the document. It is shared by the client, which reads it, and by the local
// platform, which writes it.
//
// Nothing that is read gets lost: members that the contract does not know are kept in More and are
// written again, words of an enumeration stay words, and numbers keep their spelling. What the contract
// does not promise is a pointer: nil is absent, and the contract has absent and null mean the same.
//
// What may not live here: meaning. No time zones, no rules, no defaults.
package wire

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Layouts of times on the wire (schemas RequestDateTime, LocalDateTime and the StartDate parameter).
const (
	RequestTime = "2006-01-02 15:04"
	ReplyTime   = "2006-01-02T15:04:05.999"
	Date        = "2006-01-02"
	Never       = "0001-01-01T00:00:00"
)

// More are the members of an object that the contract does not know, as one JSON object; nil for none.
type More = jsontext.Value

// Opaque is a JSON value that is kept as it came and sent back untouched.
type Opaque = jsontext.Value

// Number is an exact decimal as the wire spells it; empty is null.
type Number string

var errNotNumber = errors.New("not a number")

// String is the number's spelling.
func (n Number) String() string { return string(n) }

// MarshalJSON writes a JSON number.
func (n Number) MarshalJSON() ([]byte, error) {
	if n == "" {
		return []byte("null"), nil
	}
	return []byte(n), nil
}

// UnmarshalJSON reads a JSON number, a number in quotes, or null.
func (n *Number) UnmarshalJSON(data []byte) error {
	text := bytes.TrimSpace(data)
	if string(text) == "null" {
		*n = ""
		return nil
	}
	if len(text) > 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = bytes.TrimSpace(text[1 : len(text)-1])
	}
	if jsontext.Value(text).Kind() != '0' || !jsontext.Value(text).IsValid() {
		return errNotNumber
	}
	*n = Number(text)
	return nil
}

// Decode reads one JSON value into its shape: names in any case, broken UTF-8 mended, the last of
// repeated names kept. Its error may quote what was read.
func Decode(data []byte, into any) error {
	return json.Unmarshal(data, into, json.MatchCaseInsensitiveNames(true),
		jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
}

// Place points to what did not fit in a failed Decode, as names of members; "" if it is not known.
func Place(err error) string {
	var wrong *json.SemanticError
	if !errors.As(err, &wrong) {
		return ""
	}
	return strings.TrimPrefix(string(wrong.JSONPointer), "/")
}

// Encode writes a shape as JSON. Members that were not known when it was read stand at its end.
func Encode(shape any) ([]byte, error) {
	return json.Marshal(shape, json.Deterministic(true), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
}

// Error is schema ApiError: a guess at what a refusal looks like.
type Error struct {
	Message          string              `json:"Message,omitzero"`
	MessageDetail    *string             `json:"MessageDetail,omitzero"`
	ModelState       map[string][]string `json:"ModelState,omitzero"` // by "request.Field"
	ExceptionMessage *string             `json:"ExceptionMessage,omitzero"`
	ExceptionType    *string             `json:"ExceptionType,omitzero"`
	More             More                `json:",inline"`
}
