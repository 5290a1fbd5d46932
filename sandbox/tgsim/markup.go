package tgsim

import (
	"encoding/json"
	"slices"
)

// Button is one key of an inline keyboard, as a person sees it, with what it carries.
type Button struct {
	Label    string
	Data     string // callback data; "" if it does something else
	URL      string // opens this address
	CopyText string // puts this on the clipboard
	Style    string // "", "primary", "success" or "danger"
	Disabled bool
}

// ReplyKey is one key of the keyboard below the text field. Pressing a plain one sends its label.
type ReplyKey struct {
	Label          string
	RequestContact bool // shares the person's own number instead
}

// ReplyKeyboard is what stands below the text field; no rows means the ordinary keyboard.
type ReplyKeyboard struct {
	Rows        [][]ReplyKey
	Placeholder string
	OneTime     bool // goes away once a key was used
}

// markup is a reply_markup that has passed all checks.
type markup struct {
	raw    json.RawMessage // as it is given back in messages; only for inline keyboards
	rows   [][]Button
	reply  *ReplyKeyboard // a keyboard to show, with no rows to take one away
	inline bool           // inline keyboard, or no markup at all: such messages can be edited
}

type wireButton struct {
	Text         string          `json:"text"`
	Style        string          `json:"style"`
	URL          string          `json:"url"`
	CallbackData string          `json:"callback_data"`
	CopyText     *wireCopyText   `json:"copy_text"`
	Disabled     json.RawMessage `json:"disabled"`
}

type wireCopyText struct {
	Text string `json:"text"`
}

type wireMarkup struct {
	Inline      [][]json.RawMessage `json:"inline_keyboard"`
	Keyboard    [][]wireReplyKey    `json:"keyboard"`
	Remove      bool                `json:"remove_keyboard"`
	ForceReply  bool                `json:"force_reply"`
	Placeholder string              `json:"input_field_placeholder"`
	OneTime     bool                `json:"one_time_keyboard"`
}

type wireReplyKey struct {
	Text           string `json:"text"`
	Style          string `json:"style"`
	RequestContact bool   `json:"request_contact"`
}

// buttonActions are the fields of an inline button that say what it does: it has exactly one.
var buttonActions = []string{
	"url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
	"switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay", "disabled",
}

const maxButtons = 100 // in one inline keyboard

// parseMarkup reads reply_markup after the schema has passed it.
func parseMarkup(p params) (markup, error) {
	m := markup{inline: true}
	if !p.has("reply_markup") {
		return m, nil
	}
	var wire wireMarkup
	if err := p.decode("reply_markup", &wire); err != nil {
		return m, refuse("can't parse reply keyboard markup JSON object")
	}
	switch {
	case wire.Inline != nil:
		return inlineMarkup(wire.Inline)
	case wire.Remove:
		return markup{reply: &ReplyKeyboard{}}, nil
	case wire.Keyboard != nil:
		return replyMarkup(wire)
	case wire.ForceReply:
		return markup{reply: &ReplyKeyboard{Placeholder: wire.Placeholder}}, nil
	}
	return m, nil
}

func inlineMarkup(rows [][]json.RawMessage) (markup, error) {
	m := markup{inline: true}
	kept := [][]json.RawMessage{}
	count := 0
	for _, row := range rows {
		var buttons []Button
		for _, raw := range row {
			b, err := parseButton(raw)
			if err != nil {
				return m, err
			}
			buttons = append(buttons, b)
		}
		if count += len(row); len(row) > 0 {
			m.rows = append(m.rows, buttons)
			kept = append(kept, row)
		}
	}
	if count > maxButtons {
		return m, refuse("reply markup is too long")
	}
	if count == 0 {
		return m, nil
	}
	raw, err := json.Marshal(map[string]any{"inline_keyboard": kept})
	m.raw = raw
	return m, err
}

func parseButton(raw json.RawMessage) (Button, error) {
	var wire wireButton
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &wire) != nil || json.Unmarshal(raw, &fields) != nil {
		return Button{}, refuse("can't parse inline keyboard button")
	}
	var actions []string
	for _, name := range buttonActions {
		value, ok := fields[name]
		if ok && string(value) != `""` && string(value) != "false" || ok && name == "switch_inline_query" ||
			ok && name == "switch_inline_query_current_chat" { // these two may be empty
			actions = append(actions, name)
		}
	}
	b := Button{
		Label: wire.Text, Data: wire.CallbackData, URL: wire.URL, Style: wire.Style, Disabled: wire.Disabled != nil,
	}
	if wire.CopyText != nil {
		b.CopyText = wire.CopyText.Text
	}
	switch {
	case b.Label == "":
		return b, refuse("inline keyboard button text must be non-empty")
	case len(actions) == 0:
		return b, refuse("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	case len(actions) > 1:
		return b, refuse("can't parse inline keyboard button: several actions given: %q", actions)
	case b.URL != "" && linkProblem(b.URL) != "":
		return b, refuse("inline keyboard button URL '%s' is invalid: %s", b.URL, linkProblem(b.URL))
	}
	return b, checkStyle(b.Style)
}

func checkStyle(style string) error {
	if slices.Contains([]string{"", "primary", "success", "danger"}, style) {
		return nil
	}
	return refuse("button style must be one of danger, success, primary")
}

func replyMarkup(wire wireMarkup) (markup, error) {
	keyboard := &ReplyKeyboard{Placeholder: wire.Placeholder, OneTime: wire.OneTime}
	for _, row := range wire.Keyboard {
		var keys []ReplyKey
		for _, key := range row {
			if key.Text == "" {
				return markup{}, refuse("keyboard button text must be non-empty")
			}
			if err := checkStyle(key.Style); err != nil {
				return markup{}, err
			}
			keys = append(keys, ReplyKey{Label: key.Text, RequestContact: key.RequestContact})
		}
		if len(keys) > 0 {
			keyboard.Rows = append(keyboard.Rows, keys)
		}
	}
	if len(keyboard.Rows) == 0 {
		return markup{}, refuse("keyboard must contain at least one button")
	}
	return markup{reply: keyboard}, nil
}
