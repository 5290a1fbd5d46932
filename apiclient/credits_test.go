package apiclient

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func credits(t testing.TB, s string) Credits {
	t.Helper()
	c, err := ParseCredits(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return c
}

func TestParseCredits(t *testing.T) {
	for in, want := range map[string]string{
		"135": "135", "135.5": "135.5", "1.2000": "1.2", "0": "0", "-3.5": "-3.5", "007": "7", ".5": "0.5",
		"": "", " 1": "", "1 ": "", "1,5": "", "1e3": "", "1E3": "", "0x10": "", "+1": "", "1.": "", ".": "", "-": "",
		"1.2.3": "", "--1": "", "NaN": "", "١": "",
		"0.0000000000001":       "",
		strings.Repeat("9", 25): "",
		strings.Repeat("0", 99): "",
		"1e999999":              "",
	} {
		got, err := ParseCredits(in)
		if (err == nil) != (want != "") || err == nil && got.Exact() != want {
			t.Errorf("ParseCredits(%q) = %s, %v, want %q", in, got.Exact(), err, want)
		}
		if err != nil && in != "" && in != "." && in != "-" && strings.Contains(err.Error(), in) {
			t.Errorf("ParseCredits(%q): the error quotes the input", in)
		}
	}
}

func TestCreditsFromJSON(t *testing.T) {
	for in, want := range map[string]string{
		`24.5`: "24.5", `"24.5"`: "24.5", `null`: "0", `0`: "0", `1.5E1`: "15", `-2e-3`: "-0.002", `1e12`: "1000000000000",
		`1e999999`: "", `1e-999999`: "", `1e13`: "", `1E2147483648`: "", `""`: "", `"x"`: "", `"null"`: "", `true`: "", `{}`: "", `[1]`: "",
	} {
		got := WholeCredits(77)
		err := json.Unmarshal([]byte(in), &got)
		if (err == nil) != (want != "") || err == nil && got.Exact() != want {
			t.Errorf("from %s: %s, %v, want %q", in, got.Exact(), err, want)
		}
	}
}

func TestCreditsAsJSON(t *testing.T) {
	for in, want := range map[string]string{"24.50": "24.5", "0": "0", "1.2250": "1.225", "-1": "-1"} {
		data, err := json.Marshal(map[string]Credits{"c": credits(t, in)})
		if err != nil || string(data) != `{"c":`+want+`}` {
			t.Errorf("%s as JSON: %s, %v", in, data, err)
		}
	}
	if data, err := json.Marshal(Credits{}); err != nil || string(data) != "0" {
		t.Errorf("zero as JSON: %s, %v", data, err)
	}
}

func TestCreditsInRequests(t *testing.T) {
	for in, want := range map[string]string{
		"24.5": "24.5", "24.50": "24.5", "24.501": "24.51", "0.001": "0.01", "25": "25", "1.2300": "1.23", "0": "0",
	} {
		if got := credits(t, in).number().String(); got != want {
			t.Errorf("number of %s = %s, want %s", in, got, want)
		}
	}
}

func TestCreditsArithmetic(t *testing.T) {
	got := map[string]string{
		"string":    credits(t, "135").String(),
		"times":     credits(t, "1.225").Times(15).Exact(),
		"sum":       credits(t, "0.1").Add(credits(t, "0.2")).Exact(),
		"plus 10 %": credits(t, "135").Plus(10).String(),
		"rounds up": credits(t, "1.201").RoundUp().Exact(),
	}
	want := map[string]string{"string": "135.00", "times": "18.375", "sum": "0.3", "plus 10 %": "148.50", "rounds up": "1.21"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !credits(t, "3").Equal(credits(t, "3.00")) || !credits(t, "2.99").Less(credits(t, "3")) || credits(t, "0").IsPositive() {
		t.Error("comparisons")
	}
	for in, want := range map[string]int{"1.25": 2, "3.0": 0, "3": 0, "0.1000": 1, "1.2251": 4} {
		if got := credits(t, in).Places(); got != want {
			t.Errorf("%s has %d places", in, got)
		}
	}
}

func FuzzParseCredits(f *testing.F) {
	for _, seed := range []string{"135", "135.5", "1e999999", "-0", ".5", "1.", "9999999999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		c, err := ParseCredits(in)
		if err != nil {
			return
		}
		if len(c.Exact()) > 60 || len(c.String()) > 60 {
			t.Fatalf("%q prints as %d signs", in, len(c.Exact()))
		}
		back, err := ParseCredits(c.Exact())
		if err != nil || !back.Equal(c) {
			t.Errorf("%q became %s and then %s (%v)", in, c.Exact(), back.Exact(), err)
		}
		if c.RoundUp().Places() > 2 {
			t.Errorf("%q rounds to %s", in, c.RoundUp().Exact())
		}
	})
}

func FuzzCreditsFromJSON(f *testing.F) {
	for _, seed := range []string{`24.5`, `"24.5"`, `null`, `1e999999`, `1.5E1`, `"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var c Credits
		if c.UnmarshalJSON(in) != nil {
			return
		}
		data, err := c.MarshalJSON()
		var back Credits
		if err != nil || len(data) > 60 || back.UnmarshalJSON(data) != nil || !back.Equal(c) {
			t.Errorf("%q became %q (%v)", in, data, err)
		}
	})
}
