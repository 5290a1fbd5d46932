package bot

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

func TestEncodePress(t *testing.T) {
	for name, tc := range map[string]struct {
		press flow.Press
		want  string // empty: refused
	}{
		"screen":            {flow.Press{Of: "a1", Action: "open", Value: "48213"}, "a1.0.open.48213"},
		"revision":          {flow.Press{Of: "S", Rev: 1295, Action: "go"}, "S.zz.go."},
		"dots in the value": {flow.Press{Of: "S", Action: "go", Value: "135.00.x"}, "S.0.go.135.00.x"},
		"spaces and signs":  {flow.Press{Of: "S", Action: "go", Value: "é £ 🙂"}, "S.0.go.é £ 🙂"},
		"largest":           {flow.Press{Of: strings.Repeat("a", 16), Rev: math.MaxInt32, Action: strings.Repeat("z", 12), Value: strings.Repeat("v", 27)}, "aaaaaaaaaaaaaaaa.zik0zj.zzzzzzzzzzzz." + strings.Repeat("v", 27)},
		"65 bytes":          {flow.Press{Of: strings.Repeat("a", 16), Rev: math.MaxInt32, Action: strings.Repeat("z", 12), Value: strings.Repeat("v", 28)}, ""},
		"bytes, not signs":  {flow.Press{Of: "S", Action: "go", Value: strings.Repeat("é", 29)}, ""},
		"no owner":          {flow.Press{Action: "go"}, ""},
		"long owner":        {flow.Press{Of: strings.Repeat("a", 17), Action: "go"}, ""},
		"dot in the owner":  {flow.Press{Of: "a.b", Action: "go"}, ""},
		"no action":         {flow.Press{Of: "a"}, ""},
		"capital action":    {flow.Press{Of: "a", Action: "Go"}, ""},
		"long action":       {flow.Press{Of: "a", Action: strings.Repeat("z", 13)}, ""},
		"negative":          {flow.Press{Of: "a", Rev: -1, Action: "go"}, ""},
		"line break":        {flow.Press{Of: "a", Action: "go", Value: "x\ny"}, ""},
		"zero width":        {flow.Press{Of: "a", Action: "go", Value: "x\u200by"}, ""},
		"broken UTF-8":      {flow.Press{Of: "a", Action: "go", Value: "\xff"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := EncodePress(tc.press)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Fatalf("EncodePress = %q, %v; want %q", got, err, tc.want)
			}
			if err != nil {
				if tc.press.Value != "" && strings.Contains(err.Error(), tc.press.Value) {
					t.Errorf("the error names the value: %v", err)
				}
				return
			}
			back, err := DecodePress(got)
			if diff := cmp.Diff(tc.press, back); diff != "" || err != nil {
				t.Errorf("did not come back: %v\n%s", err, diff)
			}
		})
	}
}

func TestDecodePressRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":            "",
		"too few parts":      "a.0.go",
		"leading zero":       "a.00.go.",
		"plus":               "a.+1.go.",
		"minus":              "a.-1.go.",
		"capital revision":   "a.A.go.",
		"underscore":         "a.1_0.go.",
		"revision too large": "a.zzzzzzzzzzzzzzzz.go.",
		"no revision":        "a..go.",
		"control sign":       "a.0.go.\x00",
		"65 bytes":           "a.0.go." + strings.Repeat("v", 58),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := DecodePress(data); err == nil {
				t.Errorf("DecodePress(%q) = %+v", data, got)
			}
		})
	}
}

func FuzzDecodePress(f *testing.F) {
	for _, seed := range []string{"a.0.go.", "S.zz.go.135.00", "a.00.go.", "....", "a.0.go.\xff", "a.0.go.é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		press, err := DecodePress(data)
		if err != nil {
			return
		}
		if again, err := EncodePress(press); again != data || err != nil || len(data) > longestData || !utf8.ValidString(data) {
			t.Errorf("%q became %q (%v)", data, again, err)
		}
	})
}

func FuzzEncodePress(f *testing.F) {
	f.Add("a", 0, "go", "")
	f.Add("S9", 36, "pick", "19.30")
	f.Fuzz(func(t *testing.T, of string, rev int, action, value string) {
		press := flow.Press{Of: of, Rev: rev, Action: action, Value: value}
		data, err := EncodePress(press)
		if err != nil {
			return
		}
		if len(data) > longestData {
			t.Errorf("%d bytes", len(data))
		}
		if back, err := DecodePress(data); err != nil || back != press {
			t.Errorf("%+v became %+v (%v)", press, back, err)
		}
	})
}
