package conversations

import (
	"unicode/utf16"

	"phonechatbot/internal/wording"
)

var msgQuoteCut = msg("quote.cut", "<i>That is cut here; the whole of it is on the site.</i>")

// longestQuote is how much of one text of the platform's a card shows, in UTF-16 units: more than the 500 characters
// that it is said to take, and so little that all of a booking's texts fit on a card of 4,096.
const longestQuote = 800

// quoted is a line with a text of somebody's in it, nothing if there is none; one that is too long for a card is cut,
// and the card says so.
func quoted(line wording.Message, place, text string) []wording.Text {
	shown := text
	units := 0
	for at, r := range text {
		if units += utf16.RuneLen(r); units > longestQuote {
			shown = text[:at]
			break
		}
	}
	switch {
	case text == "":
		return nil
	case shown == text:
		return []wording.Text{line.With(wording.Args{place: wording.Name(text)})}
	}
	return []wording.Text{line.With(wording.Args{place: wording.Name(shown + "…")}), msgQuoteCut.Text()}
}

// inLine is a word of the platform's, such as a group's name, as a line has room for it.
func inLine(text string) string {
	const longest = 100
	if line := []rune(oneLine(text)); len(line) > longest {
		return string(line[:longest]) + "…"
	}
	return oneLine(text)
}
