package phone_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"phonechatbot/internal/phone"
)

func TestParseInternational(t *testing.T) {
	for text, want := range map[string]string{
		"+44 7700 900123":                  "+447700900123",
		"+44 (0)7700 900123":               "+447700900123",
		"0044 (0)7700 900123":              "+447700900123",
		"(+44) 7700 900123":                "+447700900123",
		"+ 44 7700 900123":                 "+447700900123",
		"44 7700 900123":                   "+447700900123",
		"07700 900123":                     "+447700900123",
		"7700 900123":                      "+447700900123",
		"＋４４７７００９００１２３":                    "+447700900123",
		"００４４ ７７００ ９００１２３":                 "+447700900123",
		"\u202a+44 7700\u00a0900123\u202c": "+447700900123",
		"07355 123456":                     "+447355123456", // a block that is newer than any list
		"020 7946 0018":                    "+442079460018",
		"01632 960123":                     "+441632960123",
		"+44 1632 960123":                  "+441632960123",
		"0306 999 0123":                    "+443069990123",
		"0808 157 0123":                    "+448081570123",
		"016977 2222":                      "+44169772222",
		"07624 490000":                     "+447624490000",
		"+1 212 555 0123":                  "+12125550123",
		"+1 (212) 555-0123":                "+12125550123",
		"001 212 555 0123":                 "+12125550123",
		"00 1 212.555.0123":                "+12125550123",
		"+91 33 2345 6789":                 "+913323456789", // Kolkata
		"+91 98765 43210":                  "+919876543210",
		"0091 (0)33 2345 6789":             "+913323456789",
		"+353 1 234 5678":                  "+35312345678", // Dublin
		"+353 (0)1 234 5678":               "+35312345678",
		"00353 85 012 3456":                "+353850123456",
		"+33 6 12 34 56 78":                "+33612345678",
		"+33 (0)6 12 34 56 78":             "+33612345678",
		"+39 06 1234 5678":                 "+390612345678", // the zero belongs to it
		"+683 4000":                        "+6834000",      // Niue
	} {
		if got, err := phone.ParseInternational(text); err != nil || got != want {
			t.Errorf("ParseInternational(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestParseInternationalRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"":                          phone.ErrNotNumber,
		"+":                         phone.ErrNotNumber,
		"ring me":                   phone.ErrNotNumber,
		"+1 800 FLOWERS":            phone.ErrNotNumber,
		"+44 7700 900123 ext 5":     phone.ErrNotNumber,
		"++44 7700 900123":          phone.ErrNotNumber,
		"+44+7700900123":            phone.ErrNotNumber,
		"+07700 900123":             phone.ErrNotNumber,
		"+0044 7700 900123":         phone.ErrNotNumber,
		"+ (0)44 7700 900123":       phone.ErrNotNumber,
		"+٤٤٧٧٠٠٩٠٠١٢٣":             phone.ErrNotNumber,
		"+999 1234567":              phone.ErrNotNumber, // nobody's code
		"+44 909 879 0123":          phone.ErrNotNumber, // premium rate
		"0909 879 0123":             phone.ErrNotNumber,
		"+44 845 234 5678":          phone.ErrNotNumber, // shared cost
		"+44 70 0000 0000":          phone.ErrNotNumber, // personal number
		"+1 900 234 5678":           phone.ErrNotNumber, // premium rate there
		"+353 1550 123456":          phone.ErrNotNumber,
		"+33 8 99 12 34 56":         phone.ErrNotNumber,
		"+1 212 155 0123":           phone.ErrNotNumber,
		"+800 1234 5678":            phone.ErrNotNumber, // free phone of the whole world
		"+881 612 345 678":          phone.ErrNotNumber, // satellite
		"+979 123 456 789":          phone.ErrNotNumber,
		strings.Repeat("+44 ", 100): phone.ErrNotNumber,
		"0":                         phone.ErrTooShort,
		"999":                       phone.ErrTooShort,
		"+44":                       phone.ErrTooShort,
		"+44 7700":                  phone.ErrTooShort,
		"07700 90012":               phone.ErrTooShort,
		"7946 0018":                 phone.ErrTooShort,
		"+1 555 0123":               phone.ErrTooShort, // no area code
		"+353 1 234":                phone.ErrTooShort,
		"+91 98765 432":             phone.ErrNotNumber, // India has numbers of that length, but no mobiles
		"+44 7700 9001234":          phone.ErrTooLong,
		"+1 212 555 01234":          phone.ErrTooLong,
		"1 212 555 0123":            phone.ErrTooLong, // without a plus it is read as British
		"+91 98765 432101":          phone.ErrNotNumber,
		"+44 7700900123 7700900124": phone.ErrTooLong,
	} {
		got, err := phone.ParseInternational(text)
		if got != "" || !errors.Is(err, want) {
			t.Errorf("ParseInternational(%q) = %q, %v; want %v", text, got, err, want)
		}
	}
}

func TestFormatInternational(t *testing.T) {
	for e164, want := range map[string]string{
		"+447700900123": "+44 7700 900123", "+442079460018": "+44 20 7946 0018", "+441632960123": "+44 1632 960123",
		"+353850123456": "+353 85 012 3456", "+35312345678": "+353 1 234 5678", "+913323456789": "+91 33 2345 6789",
		"+12125550123": "+1 212-555-0123", "+390612345678": "+39 06 1234 5678",
		"": "", "+": "+", "nonsense": "nonsense", "07700900123": "07700900123", "+44 7700 900123": "+44 7700 900123",
		"+4407700900123": "+4407700900123", "+99912345678": "+99912345678", "447700900123": "447700900123",
	} {
		if got := phone.FormatInternational(e164); got != want {
			t.Errorf("FormatInternational(%q) = %q, want %q", e164, got, want)
		}
	}
}

// However a valid number is spelt, in whatever country, it is the same.
func TestParseInternationalSpellings(t *testing.T) {
	var regions []string
	for code := range phonenumbers.GetSupportedRegions() {
		regions = append(regions, code)
	}
	slices.Sort(regions)
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom(regions).Draw(t, "country")
		example := phonenumbers.GetExampleNumberForType(code, phonenumbers.MOBILE)
		if example == nil {
			t.Skip("no mobiles")
		}
		want := phonenumbers.Format(example, phonenumbers.E164)
		for _, spelling := range []string{
			want, "00" + want[1:], phonenumbers.Format(example, phonenumbers.INTERNATIONAL),
			phonenumbers.FormatOutOfCountryCallingNumber(example, "GB"), phone.FormatInternational(want),
		} {
			if got, err := phone.ParseInternational(spelling); err != nil || got != want {
				t.Fatalf("%s: ParseInternational(%q) = %q, %v", code, spelling, got, err)
			}
		}
	})
}

var shapeE164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

func FuzzParseInternational(f *testing.F) {
	for _, seed := range []string{
		"+44 7700 900123", "0044 (0)7700 900123", "07700 900123", "+1 212-555-0123", "+353 1 234 5678", "+54 11 15 2345 6789",
		"+52 1 55 1234 5678", "+55 0 15 11 2345 6789", "+49 1512 3456789", "+39 06 1234 5678", "+07700", "＋４４", "+683 4000",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		phone.FormatInternational(text)
		e164, err := phone.ParseInternational(text)
		if err != nil {
			// Exactly these values: nothing that was typed can be in them.
			if e164 != "" || !slices.Contains([]error{phone.ErrNotNumber, phone.ErrTooShort, phone.ErrTooLong}, err) {
				t.Fatalf("%q and an error of another kind: %T", e164, err)
			}
			return
		}
		if !shapeE164.MatchString(e164) {
			t.Fatalf("ParseInternational(%q) = %q", text, e164)
		}
		for _, spelling := range []string{e164, phone.FormatInternational(e164)} {
			if again, err := phone.ParseInternational(spelling); err != nil || again != e164 {
				t.Fatalf("ParseInternational(%q) = %q, %v", spelling, again, err)
			}
		}
		if national, err := phone.Parse(text); err == nil && "+44"+national[1:] != e164 {
			t.Fatalf("Parse(%q) = %q, ParseInternational %q", text, national, e164)
		}
		if hidden := phone.Hidden(e164); len(e164) > 8 && hidden != "•••• "+e164[len(e164)-4:] {
			t.Fatalf("Hidden(%q) = %q", e164, hidden)
		}
	})
}
