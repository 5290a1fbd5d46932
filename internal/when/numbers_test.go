package when_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"phonechatbot/internal/when"
)

func TestMinutes(t *testing.T) {
	for text, want := range map[string]int{
		"30": 30, "30 min": 30, "45 minutes": 45, "45mins": 45, "90m": 90, "1h": 60, "1 hr": 60, "2 hrs": 120, "one hour": 60,
		"1h30": 90, "1h 30m": 90, "1 hour 30 minutes": 90, "1 hour and 30 mins": 90, "1H30": 90, "1.5 hours": 90, "1.25h": 75,
		"half an hour": 30, "half hour": 30, "a half hour": 30, "an hour": 60, "an hour and a half": 90, "two and a half hours": 150,
		"an hour and a quarter": 75, "quarter of an hour": 15, "a quarter of an hour": 15, "three quarters of an hour": 45,
		"24 hours": 1440, "1440": 1440, "1": 1, " 30 ": 30, "30 min.": 30, "30\u00a0min": 30, "ten minutes": 10, "３０": 30,
	} {
		if got, err := when.Minutes(text); err != nil || got != want {
			t.Errorf("Minutes(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", " ", "0", "-5", "0 min", "1e3", "٣٠", "30.5 min", "1.01 hours", "1.333h", "1:30", "1h60", "1h75", "1.5h30", "hour", "h",
		"30 seconds", "half", "half a day", "2 days", "30 40", "in 30 min", "about 30", "1441", "25 hours", "12345", "30-45", "an hour and",
		"99999999999999999999", "1h30h", "half an hour half an hour", strings.Repeat("1 ", 100),
	} {
		if got, err := when.Minutes(text); !errors.Is(err, when.ErrNotUnderstood) {
			t.Errorf("Minutes(%q) = %d, %v; want ErrNotUnderstood", text, got, err)
		}
	}
}

func TestAmount(t *testing.T) {
	for text, want := range map[string]string{
		"135": "135", "135.5": "135.5", "135.50": "135.50", "£135": "135", "£ 135": "135", "135 £": "135", "135 credits": "135",
		"1 credit": "1", "135cr": "135", "135 GBP": "135", "135,50": "135.50", "135,5": "135.5", "1,350": "1350", "1,350.00": "1350.00",
		"1,234,567": "1234567", "1,234,567.89": "1234567.89", "£1,350.5 credits": "1350.5", "0.60": "0.60", ".5": "0.5", "0,60": "0.60",
		"007": "7", "135.": "135", "999999999": "999999999", "999999999.99": "999999999.99", " 135\u00a0": "135", "１３５．５０": "135.50",
	} {
		if got, err := when.Amount(text); err != nil || got != want {
			t.Errorf("Amount(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	not := when.ErrNotUnderstood
	for text, want := range map[string]error{
		"": not, "  ": not, "1e3": not, "٣٠": not, "1,35,0": not, "1,3500": not, "12345,678": not, "0,500": not, ",500": not, ",": not,
		"1,,350": not, "1.350,00": not, "1.2.3": not, "..": not, "1..": not, "$135": not, "€135": not, "135 %": not, "abc": not, "£": not,
		"credits": not, "1 350": not, "+5": not, "--5": not, "-": not, "0x10": not, "1_000": not, "NaN": not, "Inf": not, "30 for 135": not,
		"-5": when.ErrNotPositive, "−5": when.ErrNotPositive, "-£5": when.ErrNotPositive, "£-5": when.ErrNotPositive,
		"0": when.ErrNotPositive, "0.00": when.ErrNotPositive, "000": when.ErrNotPositive, "£0": when.ErrNotPositive,
		"1.234": when.ErrTooPrecise, "1.350": when.ErrTooPrecise, "0.001": when.ErrTooPrecise, "1,350.000": when.ErrTooPrecise,
		"1234567890": when.ErrTooLarge, "1,234,567,890": when.ErrTooLarge, "99999999999999999999": when.ErrTooLarge,
	} {
		if got, err := when.Amount(text); !errors.Is(err, want) {
			t.Errorf("Amount(%q) = %q, %v; want %v", text, got, err, want)
		}
	}
}

// Whatever way an amount is written, it keeps its value.
func TestAmountKeepsItsValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cents := rapid.Int64Range(1, 99_999_999_999).Draw(t, "hundredths")
		want := decimal.New(cents, -2)
		plain := want.StringFixed(2)
		whole, decimals, _ := strings.Cut(plain, ".")
		grouped := whole
		for i := len(whole) - 3; i > 0; i -= 3 {
			grouped = grouped[:i] + "," + grouped[i:]
		}
		for _, text := range []string{plain, whole + "," + decimals, grouped + "." + decimals, "£" + plain, plain + " credits"} {
			got, err := when.Amount(text)
			if err != nil || !decimal.RequireFromString(got).Equal(want) {
				t.Fatalf("Amount(%q) = %q, %v", text, got, err)
			}
		}
	})
}

func FuzzAmount(f *testing.F) {
	for _, seed := range []string{"135", "£1,350.00", "135,50", "1e3", "-5", "٣٠", ".5", "1,35,0", "0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := when.Amount(text)
		if err != nil {
			return
		}
		d, err := decimal.NewFromString(got)
		if err != nil || !d.IsPositive() || d.Exponent() < -2 || len(got) > 12 {
			t.Fatalf("Amount(%q) = %q", text, got)
		}
		if again, err := when.Amount(got); err != nil || again != got {
			t.Fatalf("Amount(%q) = %q, %v; want it unchanged", got, again, err)
		}
	})
}

func FuzzMinutes(f *testing.F) {
	for _, seed := range []string{"30", "1h30", "half an hour", "1.5 hours", "an hour and a half", "9999h", "1."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := when.Minutes(text); err == nil && (got < 1 || got > 24*60) {
			t.Fatalf("Minutes(%q) = %d", text, got)
		}
	})
}
