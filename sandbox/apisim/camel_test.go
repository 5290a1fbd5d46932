package apisim

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCamelCase(t *testing.T) {
	for in, want := range map[string]string{
		`{"UserID":1,"PIN":"A","IsSMSChat":null}`:      `{"userID":1,"pin":"A","isSMSChat":null}`,
		`{"SMSChat":1,"PhoneChatPPM":1.20,"Id":2}`:     `{"smsChat":1,"phoneChatPPM":1.20,"id":2}`,
		`[{"A":{"BookingID":["B",{"URL":"C: D"}]}}]`:   `[{"a":{"bookingID":["B",{"url":"C: D"}]}}]`,
		`{"Spaced" : "Out", "Say\"So":"\\","ÉtatA":0}`: `{"spaced" : "Out", "say\"So":"\\","étatA":0}`,
		`{"request.Credits":["No."],"access_token":1}`: `{"request.Credits":["No."],"access_token":1}`,
		`"Verified"`: `"Verified"`,
		`299.50`:     `299.50`,
		`{"":1}`:     `{"":1}`,
	} {
		if diff := cmp.Diff(want, string(camelCase([]byte(in)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
}

func TestCaseTypeHeader(t *testing.T) {
	w := newWorld(t)
	for target, want := range map[string]string{
		verifyPath: `{"userID":660031,"nickname":"NightOwl77","isGroupManager":false}`,
		"/v1/PhoneChat/MadeBookingDetails?BookingID=1": `{"message":"No such booking."}`,
	} {
		r := w.request(owl, http.MethodGet, target, "")
		r.Header.Set("X-CaseType", "camelCase")
		if _, got := w.do(r); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		r.Header.Set("X-CaseType", "kebab-case")
		if _, got := w.do(r); got == want {
			t.Errorf("another case: got %s", got)
		}
	}
}

func FuzzCamelCase(f *testing.F) {
	for _, s := range []string{`{"UserID":{"PIN":"\""}}`, `{"A" : 1}`, `"`, `{"\u0041B":"C"}`, `[1e5]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := camelCase([]byte(s))
		if json.Valid([]byte(s)) && !json.Valid(out) {
			t.Errorf("%q became %q", s, out)
		}
		if again := camelCase(out); json.Valid(out) && string(again) != string(out) {
			t.Errorf("%q became %q", out, again)
		}
	})
}
