package when

import (
	"errors"
	"strings"
)

// What Amount refuses besides ErrNotUnderstood.
var (
	// ErrNotPositive means an amount of nothing, or less.
	ErrNotPositive = errors.New("when: not above zero")
	// ErrTooPrecise means more than two decimal places.
	ErrTooPrecise = errors.New("when: more than two decimal places")
	// ErrTooLarge means more than nine digits before the decimal point.
	ErrTooLarge = errors.New("when: more than nine digits")
)

// mostDigits is what an amount may have before its decimal point.
const mostDigits = 9

// Amount reads credits as typed and gives plain decimal text without needless signs: digits, and if
// any were typed a point and one or two more. "£135", "135 credits", "135,50" and "1,350.00" are
// understood: a comma before one or two digits is a decimal comma, before three it groups thousands.
// The errors are ErrNotUnderstood, ErrNotPositive, ErrTooPrecise and ErrTooLarge.
func Amount(text string) (string, error) {
	if len(text) > longest {
		return "", ErrNotUnderstood
	}
	text, err := plain(text)
	if err != nil {
		return "", err
	}
	text = bare(text)
	text, negative := strings.CutPrefix(text, "-")
	whole, decimals, err := split(strings.TrimPrefix(text, "£"))
	switch {
	case err != nil:
		return "", err
	case negative:
		return "", ErrNotPositive
	case len(whole) > mostDigits:
		return "", ErrTooLarge
	case len(decimals) > 2:
		return "", ErrTooPrecise
	case strings.Trim(whole+decimals, "0") == "":
		return "", ErrNotPositive
	}
	if whole == "" {
		whole = "0"
	}
	if decimals == "" {
		return whole, nil
	}
	return whole + "." + decimals, nil
}

// bare takes the unit off an amount, and the full stop of a sentence.
func bare(text string) string {
	text = strings.TrimSuffix(text, ".")
	for _, unit := range []string{"credits", "credit", "cr", "gbp", "pounds", "£"} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			text = strings.TrimSpace(number)
			break
		}
	}
	if number, ok := strings.CutPrefix(text, "£"); ok {
		text = strings.TrimSpace(number)
	}
	return text
}

// split takes a number apart: whole digits without leading zeros or grouping, and decimals.
func split(text string) (whole, decimals string, err error) {
	whole, decimals, pointed := strings.Cut(text, ".")
	comma := strings.LastIndexByte(text, ',')
	if places := len(text) - comma - 1; !pointed && comma >= 0 && places < 3 {
		whole, decimals, pointed = text[:comma], text[comma+1:], true
		if strings.Contains(whole, ",") {
			return "", "", ErrNotUnderstood // "1,35,0"
		}
	}
	if pointed && decimals == "" || !digitsOnly(decimals) {
		return "", "", ErrNotUnderstood
	}
	groups := strings.Split(whole, ",")
	for i, group := range groups {
		grouped := len(groups) > 1
		first := i == 0 && len(group) >= 1 && len(group) <= 3 && group[0] != '0'
		if !digitsOnly(group) || grouped && !first && (i == 0 || len(group) != 3) {
			return "", "", ErrNotUnderstood
		}
	}
	if whole == "" && !pointed {
		return "", "", ErrNotUnderstood
	}
	return strings.TrimLeft(strings.Join(groups, ""), "0"), decimals, nil
}

func digitsOnly(text string) bool { return span(text, isDigit) == len(text) }
