package apiclient

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseScopes(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []Scope // nil: refused
	}{
		"blanks and commas":   {" userid, nickname\tprofile_hotlist ", []Scope{"userid", "nickname", "profile_hotlist"}},
		"one twice":           {"userid userid", []Scope{"userid"}},
		"a word nobody knows": {"userid email_address", []Scope{"userid", "email_address"}},
		"nothing":             {"", nil},
		"without the least":   {"nickname", nil},
		"not a word":          {"userid näme", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseScopes(tc.text)
			if diff := cmp.Diff(tc.want, got); diff != "" || (err != nil) != (tc.want == nil) {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
