package apiclient

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadMember(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want Member
		ok   bool
	}{
		"number only": {`{"UserID":660031}`, Member{ID: 660031}, true},
		"all":         {`{"UserID":660031,"Nickname":"Nel","GroupID":312,"GroupName":"North","IsGroupManager":true,"UserType":"x"}`, Member{ID: 660031, Nickname: "Nel", GroupID: 312, GroupName: "North", IsGroupManager: true, UserType: "x"}, true},
		"of age":      {`{"UserID":660031,"UserTypeID":2,"IsAgeVerified":true}`, Member{ID: 660031, UserTypeID: 2, AgeVerified: new(true)}, true},
		"too young":   {`{"UserID":660031,"isAgeVerified":false}`, Member{ID: 660031, AgeVerified: new(false)}, true},
		"an address":  {`{"UserID":660031,"EmailAddress":"nel@example.com"}`, Member{ID: 660031}, true},
		"nulls":       {`{"UserID":660031,"Nickname":null,"GroupID":null,"GroupName":null,"IsGroupManager":null,"IsAgeVerified":null}`, Member{ID: 660031}, true},
		"nobody":      {`{}`, Member{}, false},
		"zero":        {`{"UserID":0}`, Member{}, false},
		"a string":    {`"660031"`, Member{}, false},
		"a fraction":  {`{"UserID":1.5}`, Member{}, false},
	} {
		got, err := readMember([]byte(tc.body))
		if diff := cmp.Diff(tc.want, got); (err == nil) != tc.ok || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestReadBalance(t *testing.T) {
	for body, want := range map[string]string{
		`299`: "299", ` 112.5000 `: "112.5", `"7.25"`: "7.25", `0`: "0", `-3`: "-3", "\ufeff1": "1",
		``: "", `null`: "", `{}`: "", `[1]`: "", `true`: "", `"x"`: "", `""`: "", `1 2`: "", `1e999999`: "", `1.`: "",
	} {
		got, err := readBalance([]byte(body))
		if (err == nil) != (want != "") || err == nil && got.Exact() != want {
			t.Errorf("balance %s = %s, %v, want %q", body, got.Exact(), err, want)
		}
	}
}

func TestPermissions(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want []Permission
		ok   bool
	}{
		"one":           {`{"Permissions":[{"Permission":"account_phonechat_bookings","Status":"granted"}]}`, []Permission{{ScopePhoneChatBookings, true, "granted"}}, true},
		"other case":    {`{"permissions":[{"permission":"userid","status":"Granted","Since":1}],"More":2}`, []Permission{{ScopeUserID, true, "Granted"}}, true},
		"not any more":  {`{"Permissions":[{"Permission":"userid","Status":"withdrawn"}]}`, []Permission{{ScopeUserID, false, "withdrawn"}}, true},
		"a new scope":   {`{"Permissions":[{"Permission":"profile_pets","Status":null}]}`, []Permission{{"profile_pets", false, ""}}, true},
		"none":          {`{"Permissions":[]}`, []Permission{}, true},
		"null":          {`{"Permissions":null}`, nil, false},
		"a bare list":   {`[{"Permission":"userid","Status":"granted"}]`, nil, false},
		"another reply": {`{"Message":"Oops"}`, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, says(200, asJSON, tc.body))
			got, err := c.Permissions(t.Context(), caller)
			if diff := cmp.Diff(tc.want, got); (err == nil) != tc.ok || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			if uri := p.requests[0].URL.RequestURI(); uri != "/v1/Account/GetPermissions" {
				t.Error(uri)
			}
		})
	}
}

func TestDashboard(t *testing.T) {
	c, p := connect(t, says(200, asJSON, `{"UnreadEmails":3,"HotLists":[{"ID":1.50}],"Balance":null}`))
	got, err := c.Dashboard(t.Context(), caller, DashboardBalance|DashboardHotLists)
	want := Dashboard{"UnreadEmails": json.RawMessage("3"), "HotLists": json.RawMessage(`[{"ID":1.50}]`), "Balance": json.RawMessage("null")}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if uri := p.requests[0].URL.RequestURI(); uri != "/v1/Dashboard/GetDashboard?Options=20" {
		t.Error(uri)
	}
	for _, options := range []DashboardOptions{0, -4, 32, 33} {
		_, err := c.Dashboard(t.Context(), caller, options)
		check(t, "options", err, ErrInvalid, 0)
	}
	if p.count() != 1 {
		t.Errorf("%d requests", p.count())
	}
	for _, body := range []string{`null`, `[]`, `7`, ``} {
		if _, err := readDashboard([]byte(body)); err == nil {
			t.Errorf("%q was taken for a dashboard", body)
		}
	}
}
