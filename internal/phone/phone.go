// Package phone reads the phone numbers of people in the United Kingdom as they type or share them, and
// writes them as the platform wants them: 10 or 11 national digits.
//
// What may not live here: wording, storage. A number is personal: it is never part of an error.
package phone

import (
	"errors"
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Why a text is not taken.
var (
	ErrNotNumber = errors.New("phone: not a phone number")
	ErrTooShort  = errors.New("phone: too short")
	ErrTooLong   = errors.New("phone: too long")
	ErrForeign   = errors.New("phone: not a UK number")
)

const (
	region      = "GB"
	countryCode = 44
	longest     = 40 // bytes that are looked at
)

// allowed are the characters a number is written with; letters would be read as a keypad's.
var allowed = regexp.MustCompile(`^\+?[0-9 ()./\x{2010}-\x{2013}-]+$`)

// national is schema CreatePhoneChatBookingRequest's rule, and a UK number's first digits.
var national = regexp.MustCompile(`^0[1-9][0-9]{8,9}$`)

// Parse gives the national digits, such as 07700900123, of a number typed with or without its country code.
func Parse(text string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\u00a0", " "))
	if text == "" || len(text) > longest || !allowed.MatchString(text) {
		return "", ErrNotNumber
	}
	text = strings.Replace(text, "(0)", "", 1)
	if digits := onlyDigits(text); strings.HasPrefix(digits, "44") && len(digits) >= 12 {
		text = "+" + digits
	}
	number, err := phonenumbers.Parse(text, region)
	switch {
	case errors.Is(err, phonenumbers.ErrTooShortNSN), errors.Is(err, phonenumbers.ErrTooShortAfterIDD):
		return "", ErrTooShort
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return "", ErrTooLong
	case err != nil:
		return "", ErrNotNumber
	case number.GetCountryCode() != countryCode:
		return "", ErrForeign
	}
	digits := "0" + phonenumbers.GetNationalSignificantNumber(number)
	switch {
	case len(digits) < 10:
		return "", ErrTooShort
	case len(digits) > 11:
		return "", ErrTooLong
	case !national.MatchString(digits):
		return "", ErrNotNumber
	}
	return digits, nil
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// Format writes national digits for reading: 07700 900123.
func Format(digits string) string {
	if len(digits) <= 5 {
		return digits
	}
	return digits[:5] + " " + digits[5:]
}

// Hidden shows no more than the last four digits.
func Hidden(digits string) string {
	if len(digits) < 4 {
		return "••••"
	}
	return "•••• " + digits[len(digits)-4:]
}
