package conversations

import (
	"math"
	"testing"

	"phonechatbot/apiclient"
)

func TestParseNumber(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want apiclient.BookingID
	}{
		"plain":             {"48213", 48213},
		"as the site shows": {" #48213\n", 48213},
		"the largest":       {"9223372036854775807", math.MaxInt64},
		"too large":         {"9223372036854775808", 0},
		"none":              {"", 0},
		"only the mark":     {"#", 0},
		"zero":              {"0", 0},
		"below zero":        {"-5", 0},
		"words":             {"number 48213", 0},
		"grouped":           {"48,213", 0},
		"other digits":      {"٣٠", 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := parseNumber(tc.in)
			if ok != (tc.want > 0) || ok && got != tc.want {
				t.Errorf("got %d, %v", got, ok)
			}
		})
	}
}

// A number that is taken comes back the same, and a button can carry its booking.
func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"48213", "#48213", "+7", "0x10", "1_000", "９"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := parseNumber(text)
		if !ok {
			return
		}
		if again, ok := parseNumber(id.String()); !ok || again != id || id <= 0 {
			t.Errorf("%q is %d", text, id)
		}
		if ref, ok := parseCardRef(cardRef{side: received, id: id}.String()); !ok || ref.id != id {
			t.Errorf("%q names %d", text, ref.id)
		}
	})
}
