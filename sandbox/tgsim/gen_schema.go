//go:build ignore

// gen_schema trims a machine-readable description of the Bot API to what this package referees:
// the methods named below and the types their parameters can reach. It keeps names, types, what is
// required, numeric limits and fixed values, and no prose. NOTICE says where the sources come from.
//
//	go run gen_schema.go api.json [additions.json ...] > schema.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// supported lists the methods the server answers.
var supported = []string{
	"getMe", "getUpdates", "deleteWebhook", "getWebhookInfo", "setMyCommands", "getMyCommands",
	"deleteMyCommands", "sendMessage", "editMessageText", "editMessageReplyMarkup", "deleteMessage",
	"deleteMessages", "answerCallbackQuery", "sendChatAction", "setChatMenuButton", "setMyDescription",
	"setMyShortDescription", "sendDocument", "setWebhook",
}

// dropped parameters belong to features the server does not have; it refuses them as unknown.
var dropped = map[string]bool{"editMessageText.rich_message": true, "setWebhook.certificate": true}

type sourceField struct {
	Name        string   `json:"name"`
	Types       []string `json:"types"`
	Required    bool     `json:"required"`
	Description string   `json:"description"`
}

type sourceEntry struct {
	Fields   []sourceField `json:"fields"`
	Subtypes []string      `json:"subtypes"`
}

type source struct {
	Version string                  `json:"version"`
	Methods map[string]*sourceEntry `json:"methods"`
	Types   map[string]*sourceEntry `json:"types"`
}

type field struct {
	Name     string   `json:"name"`
	Types    []string `json:"types"`
	Required bool     `json:"required,omitempty"`
	Min      int      `json:"min,omitempty"`
	Max      int      `json:"max,omitempty"`
	Unit     string   `json:"unit,omitempty"`
	Const    string   `json:"const,omitempty"`
}

type typ struct {
	Fields []field  `json:"fields,omitempty"`
	AnyOf  []string `json:"any_of,omitempty"`
}

type schema struct {
	Version string             `json:"version"`
	Methods map[string][]field `json:"methods"`
	Types   map[string]typ     `json:"types"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen_schema:", err)
		os.Exit(1)
	}
}

func run(paths []string) error {
	all := source{Methods: map[string]*sourceEntry{}, Types: map[string]*sourceEntry{}}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var next source
		if err := json.Unmarshal(raw, &next); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if versions := number.FindAllString(next.Version, -1); len(versions) > 0 {
			all.Version = "Bot API " + versions[len(versions)-1]
		}
		merge(all.Methods, next.Methods)
		merge(all.Types, next.Types)
	}
	out := schema{Version: all.Version, Methods: map[string][]field{}, Types: map[string]typ{}}
	for _, name := range supported {
		entry, ok := all.Methods[name]
		if !ok {
			return fmt.Errorf("no method %s in the sources", name)
		}
		out.Methods[name] = fieldsOf(name, entry.Fields)
		for _, f := range out.Methods[name] {
			out.reach(all.Types, f.Types)
		}
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", " ")
	return enc.Encode(out)
}

func merge(into, from map[string]*sourceEntry) {
	for name, entry := range from {
		old, ok := into[name]
		if !ok {
			into[name] = entry
			continue
		}
		old.Fields = append(old.Fields, entry.Fields...)
		old.Subtypes = append(old.Subtypes, entry.Subtypes...)
	}
}

// reach adds the named types and all that they mention.
func (s *schema) reach(types map[string]*sourceEntry, names []string) {
	for _, name := range names {
		for strings.HasPrefix(name, "Array of ") {
			name = strings.TrimPrefix(name, "Array of ")
		}
		entry, ok := types[name]
		if _, done := s.Types[name]; done || !ok {
			continue
		}
		t := typ{Fields: fieldsOf(name, entry.Fields), AnyOf: entry.Subtypes}
		s.Types[name] = t
		s.reach(types, entry.Subtypes)
		for _, f := range t.Fields {
			s.reach(types, f.Types)
		}
	}
}

var (
	number = regexp.MustCompile(`\d+\.\d+`)
	limits = regexp.MustCompile(`(\d+)-(\d+) (characters|bytes|identifiers)`)
	fixed  = regexp.MustCompile(`(?:must be|always) ["“]?([a-z_]+)["”]?$`)
)

func fieldsOf(owner string, from []sourceField) []field {
	fields := []field{}
	for _, f := range from {
		if dropped[owner+"."+f.Name] {
			continue
		}
		to := field{Name: f.Name, Types: slices.Clone(f.Types), Required: f.Required}
		if m := limits.FindStringSubmatch(f.Description); m != nil {
			to.Min, _ = strconv.Atoi(m[1])
			to.Max, _ = strconv.Atoi(m[2])
			to.Unit = m[3]
		}
		if m := fixed.FindStringSubmatch(f.Description); m != nil && f.Name == "type" {
			to.Const = m[1]
		}
		fields = append(fields, to)
	}
	return fields
}
