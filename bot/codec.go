package bot

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"phonechatbot/internal/flow"
)

const (
	longestData   = 64 // bytes (Bot API: InlineKeyboardButton.callback_data)
	longestOf     = 16
	longestAction = 12
)

// EncodePress writes a press as callback data: Of.rev.action.value, the revision in base 36. It
// refuses what would not come back the same or would not fit into 64 bytes; the error names no value.
func EncodePress(p flow.Press) (string, error) {
	switch {
	case !wordOf(p.Of, longestOf, isLetterOrDigit):
		return "", errors.New("press: Of must be 1 to 16 letters or digits")
	case p.Rev < 0:
		return "", errors.New("press: negative revision")
	case !wordOf(p.Action, longestAction, isLower):
		return "", errors.New("press: action must be 1 to 12 lower-case letters")
	case !isPrintable(p.Value):
		return "", fmt.Errorf("press: the value of %q is not printable text", p.Action)
	}
	data := p.Of + "." + strconv.FormatInt(int64(p.Rev), 36) + "." + p.Action + "." + p.Value
	if len(data) > longestData {
		return "", fmt.Errorf("press: the value of %q is %d bytes too long", p.Action, len(data)-longestData)
	}
	return data, nil
}

// DecodePress reads callback data, which is input from outside. It takes exactly what EncodePress
// writes and nothing else.
func DecodePress(data string) (flow.Press, error) {
	refused := errors.New("press: not callback data of ours")
	parts := strings.SplitN(data, ".", 4)
	if len(data) > longestData || len(parts) != 4 {
		return flow.Press{}, refused
	}
	rev, err := strconv.ParseInt(parts[1], 36, strconv.IntSize)
	if err != nil {
		return flow.Press{}, refused
	}
	p := flow.Press{Of: parts[0], Rev: int(rev), Action: parts[2], Value: parts[3]}
	if again, err := EncodePress(p); err != nil || again != data {
		return flow.Press{}, refused
	}
	return p, nil
}

func wordOf(s string, longest int, allowed func(byte) bool) bool {
	if s == "" || len(s) > longest {
		return false
	}
	for i := range len(s) {
		if !allowed(s[i]) {
			return false
		}
	}
	return true
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func isLetterOrDigit(c byte) bool {
	return isLower(c) || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isPrintable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
