package apiclient

import (
	"errors"
	"strings"

	"github.com/shopspring/decimal"

	"phonechatbot/apiclient/wire"
)

// Credits is an exact amount of the platform's currency. It prints with two places at least and travels as a
// JSON number (OpenAPI: x-decimal-scale 4 in, at most two places out).
type Credits struct{ amount decimal.Decimal }

// The bounds of an amount. They lie far beyond any real one and keep a hostile number such as 1e999999
// from costing memory when it is printed or calculated with.
const (
	maxCreditsText   = 48 // characters
	maxCreditsDigits = 24
	maxCreditsShift  = 12 // decimal exponent, either way
)

var errNotCredits = errors.New("credits: not a decimal number")

// ParseCredits reads a plain decimal number such as "135", "135.5" or "1.2000". The error does not quote
// the input: what people type by mistake may be private.
func ParseCredits(s string) (Credits, error) {
	if strings.Trim(s, "0123456789.-") != "" || strings.HasSuffix(s, ".") {
		return Credits{}, errNotCredits
	}
	return creditsFrom(s)
}

// creditsFrom reads a number as JSON may spell it, exponent included, within the bounds above.
func creditsFrom(s string) (Credits, error) {
	if len(s) > maxCreditsText {
		return Credits{}, errNotCredits
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return Credits{}, errNotCredits
	}
	if d.Exponent() > maxCreditsShift || d.Exponent() < -maxCreditsShift || d.NumDigits() > maxCreditsDigits {
		return Credits{}, errNotCredits
	}
	return Credits{d}, nil
}

// WholeCredits is n credits.
func WholeCredits(n int64) Credits { return Credits{decimal.NewFromInt(n)} }

// String shows the amount with two places, and with more only where it has them: 135.00, 1.225.
func (c Credits) String() string { return c.amount.StringFixed(max(2, int32(c.Places()))) } //nolint:gosec // at most 20

// Exact shows every digit that is held: 1.225.
func (c Credits) Exact() string { return c.amount.String() }

// Times is the amount n times over.
func (c Credits) Times(n int) Credits { return Credits{c.amount.Mul(decimal.NewFromInt(int64(n)))} }

// Add is the sum of both amounts.
func (c Credits) Add(other Credits) Credits { return Credits{c.amount.Add(other.amount)} }

// Plus adds per cent, rounded up to two places: 10 on 135.00 is 148.50.
func (c Credits) Plus(perCent int) Credits {
	return Credits{c.amount.Mul(decimal.NewFromInt(int64(100 + perCent))).Shift(-2)}.RoundUp()
}

// RoundUp rounds to two places, never down: what a minimum must be when it is sent.
func (c Credits) RoundUp() Credits { return Credits{c.amount.RoundUp(2)} }

// RoundDown rounds to two places, never up: the most that a balance covers.
func (c Credits) RoundDown() Credits { return Credits{c.amount.RoundDown(2)} }

// Cmp is -1, 0 or 1 as c is below, equal to or above other.
func (c Credits) Cmp(other Credits) int { return c.amount.Cmp(other.amount) }

// Equal reports whether both are the same amount: 3 and 3.00 are.
func (c Credits) Equal(other Credits) bool { return c.Cmp(other) == 0 }

// Less reports whether c is below other.
func (c Credits) Less(other Credits) bool { return c.Cmp(other) < 0 }

// IsPositive reports whether the amount is above zero.
func (c Credits) IsPositive() bool { return c.amount.IsPositive() }

// Places is the number of decimal places held: 2 for 1.25, 0 for 3 and 3.0.
func (c Credits) Places() int {
	reduced := c.amount.Truncate(-c.amount.Exponent())
	for p := int32(0); p <= 20; p++ {
		if reduced.Equal(reduced.Truncate(p)) {
			return int(p)
		}
	}
	return int(-c.amount.Exponent())
}

// MarshalJSON writes a JSON number, not a string.
func (c Credits) MarshalJSON() ([]byte, error) { return []byte(c.amount.String()), nil }

// UnmarshalJSON reads a JSON number or a quoted one; null is zero.
func (c *Credits) UnmarshalJSON(data []byte) error {
	text := string(data)
	if text == "null" {
		*c = Credits{}
		return nil
	}
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	parsed, err := creditsFrom(text)
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// number is the amount as a request carries it: a JSON number with two places at most, never rounded down.
func (c Credits) number() wire.Number { return wire.Number(c.RoundUp().amount.String()) }
