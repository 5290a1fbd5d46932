package apisim

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

const updateServicesPath, getServicesPath = "/v1/Account/UpdateServices", "/v1/account/getServices"

func id(n int64) string { return strconv.FormatInt(n, 10) }

func TestServices(t *testing.T) {
	nothingElse := spoilt(t, strings.ReplaceAll(saveServices, "true", "false"), "IsOfferingServices", true)
	for name, tc := range map[string]struct {
		member   int64
		body     string
		want     string
		bookable bool
	}{
		"a performer as at first": {velvet, "", `{"UserID":771204,"IsOfferingServices":true,"IsEscort":false,"IsWebcam":true,"IsPhoneChat":true,` +
			`"IsSMSChat":false,"IsContent":false,"IsAlternative":false,"IsOtherServices":false}`, true},
		"a client as at first": {owl, "", `{"UserID":660031,"IsOfferingServices":false,"IsEscort":false,"IsWebcam":false,"IsPhoneChat":false,` +
			`"IsSMSChat":false,"IsContent":false,"IsAlternative":false,"IsOtherServices":false}`, false},
		"phone chat switched on": {lantern, saveServices, `{"UserID":771645,"IsOfferingServices":true,"IsEscort":false,"IsWebcam":true,"IsPhoneChat":true,` +
			`"IsSMSChat":false,"IsContent":false,"IsAlternative":false,"IsOtherServices":false}`, true},
		"a client starts": {owl, saveServices, `{"UserID":660031,"IsOfferingServices":true,"IsEscort":false,"IsWebcam":true,"IsPhoneChat":true,` +
			`"IsSMSChat":false,"IsContent":false,"IsAlternative":false,"IsOtherServices":false}`, true},
		"phone chat switched off": {velvet, spoilt(t, saveServices, "IsPhoneChat", false), `{"UserID":771204,"IsOfferingServices":true,"IsEscort":false,"IsWebcam":true,` +
			`"IsPhoneChat":false,"IsSMSChat":false,"IsContent":false,"IsAlternative":false,"IsOtherServices":false}`, false},
		"all given up": {velvet, `{"IsOfferingServices":false,"IsPhoneChat":true}`, `{"UserID":771204,"IsOfferingServices":false,"IsEscort":false,"IsWebcam":false,` +
			`"IsPhoneChat":false,"IsSMSChat":false,"IsContent":false,"IsAlternative":false,"IsOtherServices":false}`, false},
		"others alone": {velvet, `{"UserID":1,"Odd":1,"OtherServices":"3,14",` + spoilt(t, nothingElse, "IsOtherServices", true)[1:], `{"UserID":771204,` +
			`"IsOfferingServices":true,"IsEscort":false,"IsWebcam":false,"IsPhoneChat":false,"IsSMSChat":false,"IsContent":false,"IsAlternative":false,` +
			`"IsOtherServices":true,"OtherServices":"3,14"}`, false},
		"alternatives": {velvet, `{"Alternatives":{"Odd":1},` + spoilt(t, saveServices, "IsAlternative", true)[1:], `{"UserID":771204,"IsOfferingServices":true,` +
			`"IsEscort":false,"IsWebcam":true,"IsPhoneChat":true,"IsSMSChat":false,"IsContent":false,"IsAlternative":true,"IsOtherServices":false,"Alternatives":{"Odd":1}}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if tc.body != "" {
				if status, reply := w.ask(tc.member, put, updateServicesPath, tc.body); status != http.StatusOK || reply != "{}" {
					t.Fatalf("got %d %s", status, reply)
				}
			}
			_, got := w.ask(tc.member, get, getServicesPath, "")
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			status, _ := w.ask(moth, get, "/v1/PhoneChat/GetUserBookingRequirements?BookUserID="+id(tc.member), "")
			if (status == http.StatusOK) != tc.bookable {
				t.Errorf("bookable: %d, want %v", status, tc.bookable)
			}
		})
	}
}

func TestServicesRefused(t *testing.T) {
	w := newWorld(t)
	_, before := w.ask(velvet, get, getServicesPath, "")
	nothingElse := spoilt(t, strings.ReplaceAll(saveServices, "true", "false"), "IsOfferingServices", true)
	cases := map[string]struct{ body, blame string }{
		"nothing":                  {`{}`, "IsOfferingServices"},
		"others beside phone chat": {`{"OtherServices":"3",` + spoilt(t, saveServices, "IsOtherServices", true)[1:], "IsOtherServices"},
		"others without numbers":   {spoilt(t, nothingElse, "IsOtherServices", true), "OtherServices"},
		"others in words":          {`{"OtherServices":"a,b",` + spoilt(t, nothingElse, "IsOtherServices", true)[1:], "OtherServices"},
		"alternatives unsaid":      {spoilt(t, saveServices, "IsAlternative", true), "Alternatives"},
		"a flag in words":          {spoilt(t, saveServices, "IsContent", "no"), "IsContent"},
	}
	for _, flag := range []string{"IsEscort", "IsWebcam", "IsPhoneChat", "IsSMSChat", "IsContent", "IsAlternative", "IsOtherServices"} {
		cases["without "+flag] = struct{ body, blame string }{spoilt(t, saveServices, flag, nil), flag}
	}
	w.refusals(velvet, put, updateServicesPath, cases)
	if _, after := w.ask(velvet, get, getServicesPath, ""); after != before {
		t.Errorf("a refusal changed the services: %s", after)
	}
}

func TestDashboard(t *testing.T) {
	w := newWorld(t)
	ask := func(options string, scopes ...string) (string, error) {
		defer w.lock()()
		reply, err := getDashboard(w.Platform, call{by: w.members[owl], scopes: scopes, query: query{"options": options}})
		if err != nil {
			return "", err
		}
		text, err := wire.Encode(reply)
		return string(text), err
	}
	all := []string{"account_communications", "account_escort_bookings", "account_credits_history", "profile_blacklist", "profile_hotlist"}
	for options, want := range map[string]string{
		"4":  `{"CreditBalance":250}`,
		"11": `{"UnreadEmails":0,"UnreadEscortBookings":0,"BlacklistedUserIDs":[]}`,
	} {
		if got, err := ask(options, all...); err != nil || got != want {
			t.Errorf("%s: got %s (%v)", options, got, err)
		}
	}
	full, err := ask("31", all...)
	if got := read[dashboard](t, full); err != nil || len(got.HotLists) != 2 || got.CreditBalance == nil || got.UnreadEmails == nil {
		t.Errorf("all: got %s (%v)", full, err)
	}
	for i, scope := range all {
		others := append(append([]string{}, all[:i]...), all[i+1:]...)
		var no *RefusalError
		if _, err := ask(strconv.Itoa(1<<i), others...); !errors.As(err, &no) || no.Status != http.StatusForbidden || !strings.Contains(no.Message, scope) {
			t.Errorf("without %s: %v", scope, err)
		}
		if got, err := ask(strconv.Itoa(31-1<<i), others...); err != nil || !json.Valid([]byte(got)) {
			t.Errorf("all but %s: %v", scope, err)
		}
	}
	for _, options := range []string{"0", "32", "-1", "", "four"} {
		if status, body := w.ask(owl, get, "/v1/Dashboard/GetDashboard?Options="+options, ""); status != http.StatusBadRequest || blamed(t, body) != "request.Options" {
			t.Errorf("options %q: got %d %s", options, status, body)
		}
	}
	if status, body := w.ask(owl, get, "/v1/Dashboard/GetDashboard", ""); status != http.StatusBadRequest || blamed(t, body) != "request.Options" {
		t.Errorf("no options: got %d %s", status, body)
	}
}
