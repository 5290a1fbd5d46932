package apisim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"phonechatbot/apiclient/wire"
)

// decode reads one JSON object. Names are matched in any case, unknown ones ignored. Wrong types are
// refused by the name of their field, numbers in quotes among them: the contract wants numbers.
func decode(body []byte, into any) error {
	malformed := func(field string) error {
		return problems{{field, "The request is malformed."}}.err()
	}
	err := wire.Decode(body, into)
	switch place := wire.Place(err); {
	case place != "":
		return malformed(place)
	case err != nil || bytes.HasPrefix(bytes.TrimSpace(body), []byte("null")):
		return refusal(http.StatusBadRequest, "The request is not valid JSON.")
	}
	if place := quoted(body, reflect.TypeOf(into), ""); place != "" {
		return malformed(place)
	}
	return nil
}

// quoted is the place of a decimal that was sent in quotes, which wire.Number reads all the same; ""
// if there is none.
func quoted(raw []byte, shape reflect.Type, place string) string {
	switch {
	case shape == reflect.TypeFor[wire.Number]():
		if bytes.HasPrefix(bytes.TrimSpace(raw), []byte(`"`)) {
			return place
		}
	case shape.Kind() == reflect.Pointer:
		return quoted(raw, shape.Elem(), place)
	case shape.Kind() == reflect.Slice && shape.Elem().Kind() != reflect.Uint8:
		var rows []json.RawMessage
		_ = json.Unmarshal(raw, &rows) // it has been read before: null is all that it can be besides
		for _, row := range rows {
			if found := quoted(row, shape.Elem(), place); found != "" {
				return found
			}
		}
	case shape.Kind() == reflect.Struct:
		return quotedMember(raw, shape, place)
	}
	return ""
}

func quotedMember(raw []byte, shape reflect.Type, place string) string {
	var sent map[string]json.RawMessage
	_ = json.Unmarshal(raw, &sent) // as above
	for field := range shape.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			if found := quoted(raw, field.Type, place); found != "" {
				return found
			}
			continue
		}
		if name == "" {
			name = field.Name
		}
		for given, value := range sent {
			if !strings.EqualFold(given, name) {
				continue
			}
			if found := quoted(value, field.Type, strings.TrimPrefix(place+"/"+name, "/")); found != "" {
				return found
			}
		}
	}
	return ""
}
