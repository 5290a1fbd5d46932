package bot

import "strings"

const longestCommand = 32 // Bot API: BotCommand.command

// parseCommand reads a text such as "/start@our_bot book_12": the command in lower case, the name of
// the bot it is addressed to (lower case, empty if none), and the rest of the first line. Not ok is
// plain text, a lone slash or "/a-b" included.
func parseCommand(text string) (name, addressee, rest string, ok bool) {
	line, found := strings.CutPrefix(text, "/")
	if !found {
		return "", "", "", false
	}
	line, _, _ = strings.Cut(line, "\n")
	head := line
	if at := strings.IndexFunc(line, isSpace); at >= 0 {
		head, rest = line[:at], strings.TrimSpace(line[at:])
	}
	name, addressee, addressed := strings.Cut(head, "@")
	if !wordOf(name, longestCommand, isNameSign) || addressed && !wordOf(addressee, longestCommand, isNameSign) {
		return "", "", "", false
	}
	return strings.ToLower(name), strings.ToLower(addressee), rest, true
}

func isSpace(r rune) bool { return strings.TrimSpace(string(r)) == "" }

func isNameSign(c byte) bool { return isLetterOrDigit(c) || c == '_' }
