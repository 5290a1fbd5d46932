// Package phone reads phone numbers as people type them and shows them again. A British number is kept in
// national form, a zero and nine or ten more digits; one that may be of any country as E.164, a plus, the
// country's code and the rest (international.go).
//
// What may not live here: wording, storing, and anything that puts a number into an error or a log.
package phone

import (
	"errors"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// What Parse refuses. The number that was typed is never part of an error.
var (
	// ErrNotNumber means that this is no phone number, or one that nobody can be rung back on
	// at an ordinary price: premium rate, shared cost, personal numbers, pagers.
	ErrNotNumber = errors.New("phone: not a phone number")
	// ErrTooShort means that digits are missing, the area code perhaps.
	ErrTooShort = errors.New("phone: too short")
	// ErrTooLong means that there are more digits than a British number has.
	ErrTooLong = errors.New("phone: too long")
	// ErrForeign means a number of another country.
	ErrForeign = errors.New("phone: not a number in the UK")
)

const (
	region      = "GB"
	countryCode = 44
	longest     = 64 // bytes of text that are looked at: every digit may be a full-width one

	// Digits after the leading zero. A few old landlines have the smaller number of them.
	fewest, most = 9, 10
	// Digits of the longest number there is (ITU-T E.164), written with 00.
	mostAnywhere = 17
)

// Parse reads a British number, mobile or landline, with or without +44, 0044, 44 or (0), and gives
// its national digits: "+44 (0)7700 900123" is 07700900123. Numbers that Ofcom keeps for drama are taken
// like others. The errors are ErrNotNumber, ErrTooShort, ErrTooLong and ErrForeign.
func Parse(text string) (national string, err error) {
	text, digits, ok := figures(text)
	if !ok {
		return "", ErrNotNumber
	}
	number, err := phonenumbers.Parse(text, region)
	if err != nil {
		return "", byLength(len(digits)) // the library's error is dropped: it may quote
	}
	if number.GetCountryCode() != countryCode {
		if err := length(number); err != nil {
			return "", err
		}
		return "", ErrForeign
	}
	significant, err := british(digits, number)
	if err != nil {
		return "", err
	}
	return "0" + significant, nil
}

// british gives the digits after the leading zero of a number with our country's code, which was read
// from these digits.
func british(digits string, number *phonenumbers.PhoneNumber) (significant string, err error) {
	significant = phonenumbers.GetNationalSignificantNumber(number)
	prefix, ok := strings.CutSuffix(digits, significant)
	if !ok || !slices.Contains([]string{"", "0", "44", "440", "0044", "00440"}, prefix) || number.GetExtension() != "" {
		return "", ErrNotNumber
	}
	if err := check(significant, number); err != nil {
		return "", err
	}
	return significant, nil
}

// check decides on the digits after the leading zero.
func check(significant string, number *phonenumbers.PhoneNumber) error {
	switch {
	case len(significant) < fewest:
		return ErrTooShort
	case len(significant) > most:
		return ErrTooLong
	case mobile(significant):
		// New blocks are opened all the time: here the plan counts, not the list of blocks.
		if len(significant) < most {
			return ErrTooShort
		}
		return nil
	case strings.HasPrefix(significant, "1632960") && len(significant) == most:
		return nil // for drama, in an area code that does not exist
	case !phonenumbers.IsValidNumber(number) && len(significant) == fewest:
		return ErrTooShort
	case !phonenumbers.IsValidNumber(number):
		return ErrNotNumber
	}
	return price(number)
}

// price refuses the kinds of number that cost more than a call.
func price(number *phonenumbers.PhoneNumber) error {
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.FIXED_LINE, phonenumbers.FIXED_LINE_OR_MOBILE, phonenumbers.MOBILE,
		phonenumbers.VOIP, phonenumbers.UAN, phonenumbers.TOLL_FREE:
		return nil
	default:
		return ErrNotNumber
	}
}

// mobile reports whether Ofcom's numbering plan puts the number among mobiles: 07, but neither
// personal numbers (070) nor pagers (076), apart from the Isle of Man's 07624.
func mobile(significant string) bool {
	return significant[0] == '7' && (significant[1] != '0' && significant[1] != '6' || strings.HasPrefix(significant, "7624"))
}

// length compares a number with the lengths that its country has.
func length(number *phonenumbers.PhoneNumber) error {
	switch phonenumbers.IsPossibleNumberWithReason(number) {
	case phonenumbers.IS_POSSIBLE:
		return nil
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return ErrTooShort
	case phonenumbers.TOO_LONG:
		return ErrTooLong
	default:
		return ErrNotNumber
	}
}

// byLength is what is left to say of digits that make no number at all.
func byLength(digits int) error {
	switch {
	case digits < fewest:
		return ErrTooShort
	case digits > mostAnywhere:
		return ErrTooLong
	default:
		return ErrNotNumber
	}
}

// figures brings a text to ASCII and picks out its digits; ok is false if it holds anything that does not
// belong in a phone number, such as letters, another script's digits or a second plus.
func figures(text string) (clean, digits string, ok bool) {
	if len(text) > longest {
		return "", "", false
	}
	var all, only strings.Builder
	for _, r := range text {
		if r >= '\uff01' && r <= '\uff5e' {
			r -= '\uff01' - '!' // full-width forms
		}
		switch {
		case r >= '0' && r <= '9':
			only.WriteRune(r)
			all.WriteRune(r)
		case r == '+' && !strings.ContainsAny(all.String(), "+0123456789"):
			all.WriteRune(r)
		case strings.ContainsRune("()-./ \t\n\u00a0\u2009\u202f\u2010\u2011\u2012\u2013", r):
			all.WriteByte(' ')
		case r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2060' && r <= '\u2069' || r == '\ufeff':
			// Direction marks come with numbers pasted from an address book.
		default:
			return "", "", false
		}
	}
	return all.String(), only.String(), only.Len() > 0
}

// Format shows a national number the usual way, "07700 900123"; anything else is returned as it is.
func Format(national string) string {
	_, digits, ok := figures(national)
	if !ok || digits != national || national[0] != '0' {
		return national
	}
	number, err := phonenumbers.Parse(national, region)
	if err != nil || number.GetCountryCode() != countryCode || "0"+phonenumbers.GetNationalSignificantNumber(number) != national {
		return national
	}
	shown := phonenumbers.Format(number, phonenumbers.NATIONAL)
	if _, same, _ := figures(shown); same != national {
		return national
	}
	return shown
}

// shownDigits is how many digits Hidden leaves readable.
const shownDigits = 4

// Hidden shows no more of a number, national or E.164, than its last four digits, "•••• 0123", enough for its owner to know it.
// Of what is too short to hide anything in, nothing is shown.
func Hidden(number string) string {
	const dots = "••••"
	if _, digits, ok := figures(number); ok && len(digits) >= 2*shownDigits {
		return dots + " " + digits[len(digits)-shownDigits:]
	}
	return dots
}
