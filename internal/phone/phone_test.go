package phone_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"phonechatbot/internal/phone"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"07700 900123":             "07700900123",
		"07700900999":              "07700900999",
		"07700-900-123":            "07700900123",
		"(07700) 900123":           "07700900123",
		"0 7 7 0 0 9 0 0 1 2 3":    "07700900123",
		"+44 (0)7700 900123":       "07700900123",
		"+44 7700 900123":          "07700900123",
		"+447700900123":            "07700900123",
		"(+44) 7700 900123":        "07700900123",
		"0044 7700 900123":         "07700900123",
		"0044 (0) 7700 900123":     "07700900123",
		"447700900123":             "07700900123",
		"44 7700 900123":           "07700900123",
		"7700 900123":              "07700900123", // a contact saved without its zero
		" 07700\u00a0900123\n":     "07700900123",
		"\u202a07700 900123\u202c": "07700900123",
		"07700\u2011900\u2011123":  "07700900123",
		"＋４４ （０）７７００ ９００１２３": "07700900123",
		"０７７００９００１２３":        "07700900123",
		"07911 123456":       "07911123456",
		"07355 123456":       "07355123456",
		"07624 490000":       "07624490000", // Isle of Man
		"020 7946 0018":      "02079460018",
		"+44 20 7946 0018":   "02079460018",
		"0161 496 0123":      "01614960123",
		"01632 960123":       "01632960123",
		"029 2018 0123":      "02920180123",
		"028 9649 6123":      "02896496123",
		"0306 999 0123":      "03069990123",
		"0808 157 0123":      "08081570123",
		"016977 2222":        "0169772222", // ten digits, still in use
		"01534 490000":       "01534490000",
	} {
		if got, err := phone.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"":                        phone.ErrNotNumber,
		"   ":                     phone.ErrNotNumber,
		"+":                       phone.ErrNotNumber,
		"my usual one":            phone.ErrNotNumber,
		"0800 FLOWERS":            phone.ErrNotNumber,
		"07700 900123 ext 5":      phone.ErrNotNumber,
		"07700 900123x5":          phone.ErrNotNumber,
		"+44+7700900123":          phone.ErrNotNumber,
		"07700+900123":            phone.ErrNotNumber,
		"٠٧٧٠٠٩٠٠١٢٣":             phone.ErrNotNumber,
		"+999 123456":             phone.ErrNotNumber,
		"07000 000000":            phone.ErrNotNumber, // personal number
		"07600 123456":            phone.ErrNotNumber, // pager
		"0909 879 0123":           phone.ErrNotNumber, // premium rate
		"0845 234 5678":           phone.ErrNotNumber, // shared cost
		"04000 000000":            phone.ErrNotNumber,
		"06123 456789":            phone.ErrNotNumber,
		"00000000000":             phone.ErrNotNumber,
		strings.Repeat("1 ", 100): phone.ErrNotNumber,
		"0":                       phone.ErrTooShort,
		"999":                     phone.ErrTooShort,
		"0700000":                 phone.ErrTooShort,
		"07700 90012":             phone.ErrTooShort,
		"07700":                   phone.ErrTooShort,
		"+44 7700":                phone.ErrTooShort,
		"7946 0018":               phone.ErrTooShort, // no area code
		"01234 56789":             phone.ErrTooShort,
		"0800 1111":               phone.ErrTooShort,
		"00447":                   phone.ErrTooShort,
		"07700 9001234":           phone.ErrTooLong,
		"+44 7700 900123 123":     phone.ErrTooLong,
		"020 7946 00180":          phone.ErrTooLong,
		"011 44 7700 900123":      phone.ErrTooLong,
		"07700900123 07700900124": phone.ErrTooLong,
		"+33 6 12 34 56 78":       phone.ErrForeign,
		"0033 6 12 34 56 78":      phone.ErrForeign,
		"+1 212 555 0123":         phone.ErrForeign,
		"00 1 415 555 2671":       phone.ErrForeign,
		"+353 85 012 3456":        phone.ErrForeign,
		"+91 98765 43210":         phone.ErrForeign,
		"+33 6 12":                phone.ErrTooShort,
	} {
		got, err := phone.Parse(text)
		if got != "" || !errors.Is(err, want) {
			t.Errorf("Parse(%q) = %q, %v; want %v", text, got, err, want)
		}
	}
}

func TestFormat(t *testing.T) {
	for national, want := range map[string]string{
		"07700900123": "07700 900123", "07911123456": "07911 123456", "02079460018": "020 7946 0018", "01614960123": "0161 496 0123",
		"01632960123": "01632 960123", "0169772222": "016977 2222", "03069990123": "0306 999 0123",
		"": "", "0": "0", "nonsense": "nonsense", "+447700900123": "+447700900123", "07700 900123": "07700 900123", "999": "999",
	} {
		if got := phone.Format(national); got != want {
			t.Errorf("Format(%q) = %q, want %q", national, got, want)
		}
	}
}

func TestHidden(t *testing.T) {
	for national, want := range map[string]string{
		"07700900123": "•••• 0123", "0169772222": "•••• 2222", "07700 900123": "•••• 0123", "": "••••", "1234": "••••", "1234567": "••••", "name": "••••",
		"+447700900123": "•••• 0123", "+44 7700 900123": "•••• 0123", "+12125550123": "•••• 0123", "+6834000": "••••", "+": "••••",
	} {
		if got := phone.Hidden(national); got != want {
			t.Errorf("Hidden(%q) = %q, want %q", national, got, want)
		}
	}
}

// However a mobile is spelt, it is the same number.
func TestParseSpellings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rest := rapid.StringMatching(`7[1-57-9][0-9]{8}`).Draw(t, "digits")
		for _, spelling := range []string{"0" + rest, "+44" + rest, "+44 (0)" + rest, "0044" + rest, "44" + rest, "0" + rest[:4] + " " + rest[4:], phone.Format("0" + rest)} {
			if got, err := phone.Parse(spelling); err != nil || got != "0"+rest {
				t.Fatalf("Parse(%q) = %q, %v", spelling, got, err)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"07700 900123", "+44 (0)7700 900123", "0044 20 7946 0018", "+33 6 12 34 56 78", "0700000", "٠٧", "(+44)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		national, err := phone.Parse(text)
		phone.Hidden(text)
		phone.Format(text)
		if err != nil {
			// Exactly these values: nothing that was typed can be in them.
			if !slices.Contains([]error{phone.ErrNotNumber, phone.ErrTooShort, phone.ErrTooLong, phone.ErrForeign}, err) {
				t.Fatalf("an error of another kind: %T", err)
			}
			return
		}
		if len(national) < 10 || len(national) > 11 || national[0] != '0' || strings.Trim(national, "0123456789") != "" {
			t.Fatalf("Parse(%q) = %q", text, national)
		}
		if again, err := phone.Parse(phone.Format(national)); err != nil || again != national {
			t.Fatalf("Parse(Format(%q)) = %q, %v", national, again, err)
		}
	})
}
