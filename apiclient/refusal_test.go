package apiclient

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/secret"
)

func TestMessages(t *testing.T) {
	long := strings.Repeat("ä", 400)
	for name, tc := range map[string]struct {
		body string
		want []string
	}{
		"the usual object":      {`{"Message":"No."}`, []string{"No."}},
		"another case":          {`{"message":"No.","MODELSTATE":{"a":["b"]}}`, []string{"No.", "b"}},
		"fields, in order":      {`{"ModelState":{"r.B":["two","three"],"r.A":["one"]}}`, []string{"one", "two", "three"}},
		"a field with one text": {`{"ModelState":{"r.A":"one"}}`, []string{"one"}},
		"said twice":            {`{"Message":"No.","ModelState":{"a":["No."]}}`, []string{"No."}},
		"innards stay out":      {`{"Message":"No.","ExceptionMessage":"at line 3","StackTrace":"x"}`, []string{"No."}},
		"like the login":        {`{"error":"invalid_grant","error_description":"Gone."}`, []string{"Gone.", "invalid_grant"}},
		"a bare string":         {`"No."`, []string{"No."}},
		"a list":                {`["No.",{"Message":"Never."},7]`, []string{"No.", "Never."}},
		"plain text":            {"Service\tbusy\r\n", []string{"Service busy"}},
		"a number":              {`7`, nil},
		"null":                  {`null`, nil},
		"nothing":               {"", nil},
		"blanks":                {" \r\n ", nil},
		"a page":                {"<html>No.</html>", nil},
		"XML":                   {"\ufeff<Error><Message>No.</Message></Error>", nil},
		"cut short":             {`{"Message":"No`, nil},
		"wrong types":           {`{"Message":{"a":1},"ModelState":[1,2]}`, nil},
		"control characters":    {`{"Message":" a\u0000\u001b[31mb\nc \u202ed "}`, []string{"a [31mb c d"}},
		"the token":             {`{"Message":"bad ` + hushToken + `!"}`, []string{"bad [redacted]!"}},
		"the token, disguised":  {`"bad tok3n-` + "\u202e" + `HUSH-0451!"`, []string{"bad [redacted]!"}},
		"too long":              {`["` + long + `","x` + long + `","y"]`, []string{long, "x" + strings.Repeat("ä", 99)}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, messages([]byte(tc.body), token)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEverySecretIsBlottedOut(t *testing.T) {
	got := messages([]byte(`"`+hushNewer+` `+hushToken+` `+hushKey+`"`), secret.String{}, token, key, newer)
	if diff := cmp.Diff([]string{"[redacted] [redacted] [redacted]"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestBlamesOnly(t *testing.T) {
	for body, want := range map[string]bool{
		`{"ModelState":{"request.BookingID":["a","b"]}}`:              true,
		`{"modelstate":{"bookingid":null,"x.y.BookingId":[]}}`:        true,
		"\ufeff {\"ModelState\":{\"BookingID\":[]}}":                  true,
		`{"ModelState":{"request.BookingID":[],"request.Reason":[]}}`: false,
		`{"ModelState":{"":[]}}`:                                      false,
		`{"ModelState":{"BookingID.":[]}}`:                            false,
		`{"ModelState":{}}`:                                           false,
		`{"ModelState":["BookingID"]}`:                                false,
		`{"BookingID":["No."]}`:                                       false,
		`["BookingID"]`:                                               false,
		`"BookingID"`:                                                 false,
		`{`:                                                           false,
		``:                                                            false,
	} {
		if got := blamesOnly([]byte(body), "BookingID"); got != want {
			t.Errorf("%s: %t", body, got)
		}
	}
}

func FuzzMessages(f *testing.F) {
	for _, seed := range []string{`{"Message":"No.","ModelState":{"a":["b"]}}`, `["a",["b"]]`, `"x"`, "plain", "<a>", "\ufeff", hushToken, "{"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		all := strings.Join(messages(body, token), "")
		if utf8.RuneCountInString(all) > maxWords || !utf8.ValidString(all) {
			t.Errorf("%d characters", utf8.RuneCountInString(all))
		}
		for _, one := range messages(body, token) {
			if strings.Contains(one, hushToken) {
				t.Error("token kept")
			}
		}
		if strings.ContainsAny(all, "\x00\x1b\r\n\u202e") {
			t.Error("control characters kept")
		}
	})
}
