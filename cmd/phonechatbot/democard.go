package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"phonechatbot/sandbox/tgsim"
)

// cardLines is a message of the bot as a terminal shows it, with its buttons numbered in reading order.
func cardLines(m tgsim.Message) []string {
	var lines []string
	if m.File.Name != "" {
		lines = append(lines, fmt.Sprintf("file %s, %d bytes", printable(m.File.Name), len(m.File.Content)))
	}
	if text := marked(m.Text, m.Entities); text != "" {
		lines = append(lines, strings.Split(text, "\n")...)
	}
	number := 0
	for _, row := range m.Rows {
		var labels []string
		for _, b := range row {
			number++
			labels = append(labels, fmt.Sprintf("[%d] %s", number, buttonText(b)))
		}
		lines = append(lines, strings.Join(labels, "  "))
	}
	return lines
}

// buttonText says what a button does unless it just tells the bot.
func buttonText(b tgsim.Button) string {
	label := printable(b.Label)
	switch {
	case b.URL != "":
		return label + " (opens " + printable(b.URL) + ")"
	case b.CopyText != "":
		return label + " (copies " + printable(b.CopyText) + ")"
	case b.Disabled:
		return label + " (disabled)"
	}
	return label
}

// marked is a text with its spoilers between bars and the addresses of its links behind them.
func marked(text string, entities []tgsim.Entity) string {
	units := utf16.Encode([]rune(text))
	marks := make([]string, len(units)+1) // what is written before a unit
	for _, e := range entities {
		end := e.Offset + e.Length
		if e.Offset < 0 || e.Length < 0 || end > len(units) {
			continue
		}
		switch e.Type {
		case "spoiler":
			marks[e.Offset] += "||"
			marks[end] = "||" + marks[end]
		case "text_link":
			marks[end] = " (" + e.URL + ")" + marks[end]
		}
	}
	var out strings.Builder
	from := 0
	for at, mark := range marks {
		if mark == "" {
			continue
		}
		out.WriteString(string(utf16.Decode(units[from:at])) + mark)
		from = at
	}
	out.WriteString(string(utf16.Decode(units[from:])))
	return printable(out.String())
}

// printable leaves out what a terminal could take for an order, and the marks around names that only an app
// can use.
func printable(text string) string {
	const isolate, popIsolate = '\u2068', '\u2069'
	return strings.Map(func(r rune) rune {
		if r == isolate || r == popIsolate || r != '\n' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}

// keyboardLine is what stands below the text field.
func keyboardLine(k tgsim.ReplyKeyboard) string {
	var keys []string
	for _, row := range k.Rows {
		for _, key := range row {
			text := "[" + printable(key.Label) + "]"
			if key.RequestContact {
				text += " (:contact)"
			}
			keys = append(keys, text)
		}
	}
	if len(keys) == 0 {
		return "keys below the text field: none"
	}
	return "keys below the text field: " + strings.Join(keys, " ")
}
