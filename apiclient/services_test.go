package apiclient

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadServices(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want Services
		ok   bool
	}{
		"as documented, the number only": {`{"UserID":771204}`, Services{Member: 771204, Untold: []string{
			"IsOfferingServices", "IsEscort", "IsWebcam", "IsPhoneChat", "IsSMSChat", "IsContent", "IsAlternative", "IsOtherServices",
		}}, true},
		"everything": {
			`{"UserID":771204,"IsOfferingServices":true,"IsEscort":false,"IsWebcam":true,"IsPhoneChat":true,"IsSMSChat":false,"IsContent":true,"IsAlternative":true,"IsOtherServices":false,"Alternatives":{"X":1},"OtherServices":"1, 22","New":0}`,
			Services{Member: 771204, Offering: true, Webcam: true, PhoneChat: true, Content: true, Alternative: true, Alternatives: Alternatives{[]byte(`{"X":1}`)}, OtherServices: []int64{1, 22}, More: Rest{[]byte(`{"New":0}`)}},
			true,
		},
		"one left out, one null": {
			`{"userID":1,"isOfferingServices":true,"IsEscort":true,"IsWebcam":false,"IsPhoneChat":null,"IsSMSChat":true,"IsContent":false,"IsOtherServices":false,"Alternatives":null,"OtherServices":null}`,
			Services{Member: 1, Offering: true, Escort: true, SMSChat: true, Untold: []string{"IsPhoneChat", "IsAlternative"}},
			true,
		},
		"nobody":        {`{"IsEscort":true}`, Services{}, false},
		"null":          {`null`, Services{}, false},
		"words for IDs": {`{"UserID":1,"OtherServices":"massage"}`, Services{}, false},
	} {
		got, err := readServices([]byte(tc.body))
		if diff := cmp.Diff(tc.want, got); (err == nil) != tc.ok || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestUpdateServices(t *testing.T) {
	manager := Caller{Tokens: caller.Tokens, For: 771204}
	for name, tc := range map[string]struct {
		as   Caller
		s    Services
		path string // "": refused
		body string
	}{
		"phone chat only": {
			caller,
			Services{Member: 5, Offering: true, PhoneChat: true},
			"/v1/Account/UpdateServices",
			`{"IsOfferingServices":true,"IsEscort":false,"IsWebcam":false,"IsPhoneChat":true,"IsSMSChat":false,"IsContent":false,"IsAlternative":false,"IsOtherServices":false}`,
		},
		"alternatives, untouched, for a member": {
			manager,
			Services{Offering: true, Alternative: true, Alternatives: Alternatives{[]byte(`{"X":1.50}`)}, OtherServices: []int64{4}},
			"/v1/Groups/Account/UpdateServices",
			`{"UserID":771204,"IsOfferingServices":true,"IsEscort":false,"IsWebcam":false,"IsPhoneChat":false,"IsSMSChat":false,"IsContent":false,"IsAlternative":true,"IsOtherServices":false,"Alternatives":{"X":1.50}}`,
		},
		"others": {
			caller,
			Services{Offering: true, Other: true, OtherServices: []int64{3, 41}},
			"/v1/Account/UpdateServices",
			`{"IsOfferingServices":true,"IsEscort":false,"IsWebcam":false,"IsPhoneChat":false,"IsSMSChat":false,"IsContent":false,"IsAlternative":false,"IsOtherServices":true,"OtherServices":"3,41"}`,
		},
		"what is not known": {
			manager,
			Services{Member: 771204, Offering: true, More: Rest{[]byte(`{"IsVR":true,"New":{"Of":1.50}}`)}},
			"/v1/Groups/Account/UpdateServices",
			`{"UserID":771204,"IsOfferingServices":true,"IsEscort":false,"IsWebcam":false,"IsPhoneChat":false,"IsSMSChat":false,"IsContent":false,"IsAlternative":false,"IsOtherServices":false,"IsVR":true,"New":{"Of":1.50}}`,
		},
		"another member's":       {manager, Services{Member: 9, Offering: true}, "", ""},
		"seeking, whatever else": {caller, Services{Webcam: true, Untold: []string{"IsEscort"}, More: Rest{[]byte(`{"IsVR":true}`)}}, "/v1/Account/UpdateServices", `{"IsOfferingServices":false}`},
		"a flag untold":          {caller, Services{Offering: true, Untold: []string{"IsEscort"}}, "", ""},
		"offering untold":        {caller, Services{Untold: []string{"IsOfferingServices"}}, "", ""},
		"others and more":        {caller, Services{Offering: true, Other: true, Content: true, OtherServices: []int64{3}}, "", ""},
		"others, which?":         {caller, Services{Offering: true, Other: true}, "", ""},
		"alternatives, which?":   {caller, Services{Offering: true, Alternative: true}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, says(200, "text/plain", ""))
			err := c.UpdateServices(t.Context(), tc.as, tc.s)
			if tc.path == "" {
				check(t, "refused", err, ErrInvalid, 0)
				if p.count() != 0 {
					t.Error("sent")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if req := p.requests[0]; req.Method != "PUT" || req.URL.RequestURI() != tc.path || p.bodies[0] != tc.body {
				t.Errorf("%s %s %s", req.Method, req.URL.RequestURI(), p.bodies[0])
			}
		})
	}
}

// A manager who asks for one member's services must not be given those of another: they are saved as a whole.
func TestServicesOfAMember(t *testing.T) {
	c, p := connect(t, says(200, asJSON, `{"UserID":771204,"IsOfferingServices":true}`))
	for member, want := range map[MemberID]error{771204: nil, 0: nil, 9: ErrUnavailable} {
		s, err := c.Services(t.Context(), Caller{Tokens: caller.Tokens, For: member})
		check(t, member.String(), err, want, 200)
		if (s.Member == 0) != (err != nil) {
			t.Errorf("%s: services of %s", member, s.Member)
		}
	}
	if p.count() != 3 {
		t.Errorf("%d requests", p.count())
	}
}
