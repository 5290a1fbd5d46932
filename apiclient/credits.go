package apiclient

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// Credits is an exact amount of the platform's currency. It prints with two places and travels as a
// JSON number (OpenAPI: x-decimal-scale 4 in, at most two places out).
type Credits struct{ amount decimal.Decimal }

// ParseCredits reads a plain decimal number such as "135", "135.5" or "1.2000".
func ParseCredits(s string) (Credits, error) {
	d, err := decimal.NewFromString(s)
	if err != nil {
		return Credits{}, fmt.Errorf("credits: %q is not a decimal number", s)
	}
	return Credits{d}, nil
}

// WholeCredits is n credits.
func WholeCredits(n int64) Credits { return Credits{decimal.NewFromInt(n)} }

// String shows the amount with two places: 135.00.
func (c Credits) String() string { return c.amount.StringFixed(2) }

// Exact shows every digit that is held: 1.225.
func (c Credits) Exact() string { return c.amount.String() }

// Times is the amount n times over.
func (c Credits) Times(n int) Credits { return Credits{c.amount.Mul(decimal.NewFromInt(int64(n)))} }

// Plus adds per cent, rounded up to two places: 10 on 135.00 is 148.50.
func (c Credits) Plus(perCent int) Credits {
	return Credits{c.amount.Mul(decimal.NewFromInt(int64(100 + perCent))).Shift(-2)}.RoundUp()
}

// RoundUp rounds to two places, never down: what a minimum must be when it is sent.
func (c Credits) RoundUp() Credits { return Credits{c.amount.RoundUp(2)} }

// Cmp is -1, 0 or 1 as c is below, equal to or above other.
func (c Credits) Cmp(other Credits) int { return c.amount.Cmp(other.amount) }

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
	if err := c.amount.UnmarshalJSON(data); err != nil {
		return fmt.Errorf("credits: not a decimal number")
	}
	return nil
}
