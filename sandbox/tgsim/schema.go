package tgsim

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed schema.json
var schemaJSON []byte

// schema is what the Bot API says about the methods served here; gen_schema.go makes it.
type schema struct {
	Methods map[string][]schemaField `json:"methods"`
	Types   map[string]schemaType    `json:"types"`
}

type schemaType struct {
	Fields []schemaField `json:"fields"`
	AnyOf  []string      `json:"any_of"`
}

type schemaField struct {
	Name     string   `json:"name"`
	Types    []string `json:"types"`
	Required bool     `json:"required"`
	Min      int      `json:"min"`
	Max      int      `json:"max"`
	Unit     string   `json:"unit"`
	Const    string   `json:"const"`
}

// loadSchema decodes the embedded schema once; it is never written to.
var loadSchema = sync.OnceValue(func() schema {
	var s schema
	if err := json.Unmarshal(schemaJSON, &s); err != nil {
		panic(fmt.Sprintf("tgsim: embedded schema.json: %v", err))
	}
	return s
})

// Telegram's own words where it has some for what the schema finds.
var (
	missingTexts = map[string]string{
		"chat_id":    "chat_id is empty",
		"text":       "message text is empty",
		"message_id": "message identifier is not specified",
	}
	limitTexts = map[string]string{
		"InlineKeyboardButton.callback_data": "BUTTON_DATA_INVALID",
		"answerCallbackQuery.text":           "MESSAGE_TOO_LONG",
		"BotCommand.command":                 "BOT_COMMAND_INVALID",
		"BotCommand.description":             "BOT_COMMAND_DESCRIPTION_INVALID",
	}
	// afterParsing holds limits that count visible text: parseText applies them.
	afterParsing = map[string]bool{"sendMessage.text": true, "editMessageText.text": true, "sendDocument.caption": true}
)

// check referees the parameters of one call: known, present, of a type the schema names, within its
// limits. Values inside JSON are checked to the bottom.
func (s schema) check(method string, p params) error {
	fields := s.Methods[method]
	for name := range p {
		if !slices.ContainsFunc(fields, func(f schemaField) bool { return f.Name == name }) {
			return refuse("unknown parameter %q of %s", name, method)
		}
	}
	for _, f := range fields {
		value, ok := p[f.Name]
		if !ok || f.Required && value.file == nil && value.text == "" {
			if !f.Required {
				continue
			}
			return missing(f.Name)
		}
		if err := s.checkParam(method, f, value); err != nil {
			return err
		}
	}
	return nil
}

func missing(name string) error {
	if text, ok := missingTexts[name]; ok {
		return refusal(text)
	}
	return refuse("parameter %q is required", name)
}

func (s schema) checkParam(method string, f schemaField, value param) error {
	if value.file != nil {
		if slices.Contains(f.Types, "InputFile") {
			return nil
		}
		return refuse("parameter %q can't be a file", f.Name)
	}
	if f.Name == "chat_id" {
		return nil // any text is taken and then not found
	}
	if slices.Contains(f.Types, "String") {
		return f.limit(method, f.Name, value.text)
	}
	parsed, err := parseJSON(value.text)
	if err != nil || f.Name == "reply_markup" && !isObject(parsed) {
		return badJSON(f.Name, err)
	}
	return s.checkOneOf(f.Types, f.Name, parsed, f)
}

func badJSON(name string, err error) error {
	switch {
	case name != "reply_markup":
		return refuse("parameter %q has the wrong type", name)
	case err != nil:
		return refuse("can't parse reply keyboard markup JSON object")
	default:
		return refuse("object expected as reply markup")
	}
}

// parseJSON decodes exactly one JSON value, numbers kept as written.
func parseJSON(text string) (any, error) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, refuse("more than one JSON value")
	}
	return v, nil
}

func isObject(v any) bool { _, ok := v.(map[string]any); return ok }

// checkOneOf passes a value that is any of the types; else it tells what is wrong with the likeliest.
func (s schema) checkOneOf(types []string, path string, v any, f schemaField) error {
	var likeliest error
	for _, name := range s.flatten(types) {
		err := s.checkType(name, path, v, f)
		if err == nil {
			return nil
		}
		if likeliest == nil || s.looksLike(name, v) {
			likeliest = err
		}
	}
	return likeliest
}

// flatten replaces unions by what they unite.
func (s schema) flatten(types []string) []string {
	var flat []string
	for _, name := range types {
		if union := s.Types[name].AnyOf; len(union) > 0 {
			flat = append(flat, s.flatten(union)...)
		} else {
			flat = append(flat, name)
		}
	}
	return flat
}

// looksLike reports whether an object has a type's required fields and fixed values.
func (s schema) looksLike(name string, v any) bool {
	object, ok := v.(map[string]any)
	if !ok || len(s.Types[name].Fields) == 0 {
		return false
	}
	for _, f := range s.Types[name].Fields {
		value, present := object[f.Name]
		if f.Required && !present || f.Const != "" && value != f.Const {
			return false
		}
	}
	return true
}

func (s schema) checkType(name, path string, v any, f schemaField) error {
	wrong := refuse("parameter %q must be of type %s", path, name)
	if element, ok := strings.CutPrefix(name, "Array of "); ok {
		list, ok := v.([]any)
		if !ok {
			return wrong
		}
		if f.Max > 0 && (len(list) < f.Min || len(list) > f.Max) {
			return refuse("parameter %q must have %d-%d %s", path, f.Min, f.Max, f.Unit)
		}
		for i, item := range list {
			if err := s.checkOneOf([]string{element}, path+"["+strconv.Itoa(i)+"]", item, schemaField{}); err != nil {
				return err
			}
		}
		return nil
	}
	var ok bool
	switch name {
	case "Integer":
		n, isNumber := v.(json.Number)
		_, err := strconv.ParseInt(string(n), 10, 64)
		ok = isNumber && err == nil
	case "Float":
		_, ok = v.(json.Number)
	case "String":
		_, ok = v.(string)
	case "Boolean":
		_, ok = v.(bool)
	case "True":
		ok = v == true
	default:
		return s.checkObject(name, path, v)
	}
	if !ok {
		return wrong
	}
	return nil
}

func (s schema) checkObject(name, path string, v any) error {
	object, ok := v.(map[string]any)
	if !ok {
		return refuse("parameter %q must be of type %s", path, name)
	}
	fields := s.Types[name].Fields
	for key := range object {
		if !slices.ContainsFunc(fields, func(f schemaField) bool { return f.Name == key }) {
			return refuse("unknown field %q in %s (%s)", key, path, name)
		}
	}
	for _, f := range fields {
		value, present := object[f.Name]
		switch {
		case !present && f.Required:
			return refuse("can't find field %q in %s (%s)", f.Name, path, name)
		case !present:
			continue
		case f.Const != "" && value != f.Const:
			return refuse("field %q in %s must be %q", f.Name, path, f.Const)
		}
		if err := s.checkOneOf(f.Types, path+"."+f.Name, value, f); err != nil {
			return err
		}
		if text, isText := value.(string); isText {
			if err := f.limit(name, path+"."+f.Name, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// limit applies a field's numeric limits to a text; owner is the method or type the field is of.
func (f schemaField) limit(owner, path, text string) error {
	if !utf8.ValidString(text) {
		return refuse("strings must be encoded in UTF-8")
	}
	if f.Max == 0 || afterParsing[owner+"."+f.Name] {
		return nil
	}
	size := utf16Len(text)
	if f.Unit == "bytes" {
		size = len(text)
	}
	// An empty optional text of a button counts as none: the rules for buttons say what follows.
	if size <= f.Max && (size >= f.Min || size == 0 && !f.Required && f.Unit == "bytes") {
		return nil
	}
	if known, ok := limitTexts[owner+"."+f.Name]; ok {
		return refusal(known)
	}
	return refuse("parameter %q must have %d-%d %s", path, f.Min, f.Max, f.Unit)
}
