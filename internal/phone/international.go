package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Digits of an E.164 number with its country's code. The recommendation has no least number of them; the
// shortest in use are those of small islands.
const fewestE164, mostE164 = 7, 15

// ParseInternational reads a number of any country and gives it as E.164, "+447700900123". Without a plus
// or 00 it is taken for a British one and read as Parse does; another country's has to be valid there by
// its numbering plan. The errors are ErrNotNumber, ErrTooShort and ErrTooLong.
func ParseInternational(text string) (e164 string, err error) {
	text, digits, ok := figures(text)
	if !ok || digits[0] == '0' && strings.Contains(text, "+") {
		return "", ErrNotNumber // no country's code begins with a zero
	}
	number, err := phonenumbers.Parse(text, region)
	if err != nil {
		return "", byLength(len(digits))
	}
	if number.GetCountryCode() != countryCode {
		return foreign(number)
	}
	significant, err := british(digits, number)
	if err != nil {
		return "", err
	}
	return "+44" + significant, nil
}

func foreign(number *phonenumbers.PhoneNumber) (e164 string, err error) {
	if err := length(number); err != nil {
		return "", err
	}
	// Codes that belong to no country are those of satellites and of services for the whole world.
	if !phonenumbers.IsValidNumber(number) || phonenumbers.GetRegionCodeForNumber(number) == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
		return "", ErrNotNumber
	}
	if err := price(number); err != nil {
		return "", err
	}
	e164 = phonenumbers.Format(number, phonenumbers.E164)
	switch digits := len(e164) - len("+"); {
	case digits < fewestE164:
		return "", ErrTooShort
	case digits > mostE164: // some countries' plans allow for more
		return "", ErrTooLong
	}
	return e164, nil
}

// FormatInternational shows an E.164 number the usual way, "+44 7700 900123"; anything else is returned as
// it is.
func FormatInternational(e164 string) string {
	_, digits, ok := figures(e164)
	if !ok || "+"+digits != e164 {
		return e164
	}
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return e164
	}
	shown := phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
	if _, same, _ := figures(shown); same != digits {
		return e164
	}
	return shown
}
