package apisim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const settingsPath, saveSettingsPath = "/v1/PhoneChat/GetSettings", "/v1/PhoneChat/SaveSettings"

func TestSettingsAtFirst(t *testing.T) {
	for name, tc := range map[string]struct {
		member int64
		want   string
	}{
		"DirectChat only, nothing else": {8, `{"OfferDirectChat":true,"DirectChat":{"DirectChatOnly":true,"DirectChatNumber":null},` +
			`"PhoneChatNumber":null,"ShowPhoneChatNumber":false,"PhoneChatPPM":null}`},
		"no DirectChat": {771318, `{"OfferDirectChat":false,"DirectChat":null,"PhoneChatNumber":null,"ShowPhoneChatNumber":false,"PhoneChatPPM":0.85}`},
		"no price":      {moth, `{"OfferDirectChat":false,"DirectChat":null,"PhoneChatNumber":"+447700900483","ShowPhoneChatNumber":false,"PhoneChatPPM":null}`},
		"both": {velvet, `{"OfferDirectChat":true,"DirectChat":{"DirectChatOnly":false,"DirectChatPPM":1.2,"DirectChatNumber":"+447700900456"},` +
			`"PhoneChatNumber":"+447700900456","ShowPhoneChatNumber":false,"PhoneChatPPM":1.2}`},
		"DirectChat only": {water, `{"OfferDirectChat":true,"DirectChat":{"DirectChatOnly":true,"DirectChatPPM":1,"DirectChatNumber":"+447700900505"},` +
			`"PhoneChatNumber":"+447700900505","ShowPhoneChatNumber":false,"PhoneChatPPM":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) {
				c.Members = append(c.Members, Member{ID: 8, Nickname: "BareReed", Token: "demo-reed", OffersPhoneChat: true, DirectChatOnly: true})
			})
			status, got := w.ask(tc.member, get, settingsPath, "")
			if diff := cmp.Diff(tc.want, got); status != http.StatusOK || diff != "" {
				t.Errorf("got %d (-want +got):\n%s", status, diff)
			}
		})
	}
}

func TestSaveSettings(t *testing.T) {
	for name, tc := range map[string]struct {
		member       int64
		body         string
		want         string
		requirements string // "" if the member cannot be booked
	}{
		"all replaced": {
			velvet, `{"OfferDirectChat":false,"PhoneChatNumber":"447700900999","PhoneChatPPM":1.50}`,
			`{"OfferDirectChat":false,"DirectChat":null,"PhoneChatNumber":"447700900999","ShowPhoneChatNumber":false,"PhoneChatPPM":1.5}`,
			`{"PhoneChatPPM":1.5,"Methods":[{"Method":1,"Available":true},{"Method":2,"Available":true},{"Method":3,"Available":false}]}`,
		},
		"number left out": {
			lark, `{"OfferDirectChat":false,"DirectChat":null,"PhoneChatPPM":2.25,"ShowPhoneChatNumber":true}`,
			`{"OfferDirectChat":false,"DirectChat":null,"PhoneChatNumber":null,"ShowPhoneChatNumber":false,"PhoneChatPPM":2.25}`,
			`{"PhoneChatPPM":2.25,"Methods":[{"Method":1,"Available":true},{"Method":2,"Available":false},{"Method":3,"Available":true}]}`,
		},
		"number null, names in any case": {
			moth, `{"offerdirectchat":false,"PHONECHATNUMBER":null,"phoneChatPpm":0}`,
			`{"OfferDirectChat":false,"DirectChat":null,"PhoneChatNumber":null,"ShowPhoneChatNumber":false,"PhoneChatPPM":0}`,
			`{"PhoneChatPPM":0,"Methods":[{"Method":1,"Available":true},{"Method":2,"Available":false},{"Method":3,"Available":false}]}`,
		},
		"DirectChat of unknown members": {
			velvet, `{"OfferDirectChat":true,"DirectChat":{"Odd":[1,{"Deep":1.20}]},"PhoneChatPPM":1}`,
			`{"OfferDirectChat":true,"DirectChat":{"Odd":[1,{"Deep":1.20}]},"PhoneChatNumber":null,"ShowPhoneChatNumber":false,"PhoneChatPPM":1}`,
			`{"PhoneChatPPM":1,"Methods":[{"Method":1,"Available":true},{"Method":2,"Available":false},{"Method":3,"Available":false}]}`,
		},
		"into DirectChat only": {
			velvet, `{"OfferDirectChat":true,"DirectChat":{"directchatonly":true},"PhoneChatPPM":1}`,
			`{"OfferDirectChat":true,"DirectChat":{"directchatonly":true},"PhoneChatNumber":null,"ShowPhoneChatNumber":false,"PhoneChatPPM":1}`,
			``,
		},
		"out of DirectChat only": {
			water, `{"OfferDirectChat":false,"PhoneChatPPM":1}`,
			`{"OfferDirectChat":false,"DirectChat":null,"PhoneChatNumber":null,"ShowPhoneChatNumber":false,"PhoneChatPPM":1}`,
			`{"PhoneChatPPM":1,"Methods":[{"Method":1,"Available":true},{"Method":2,"Available":false},{"Method":3,"Available":false}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			status, saved := w.ask(tc.member, post, saveSettingsPath, tc.body)
			if diff := cmp.Diff(tc.want, saved); status != http.StatusOK || diff != "" {
				t.Fatalf("got %d (-want +got):\n%s", status, diff)
			}
			if _, got := w.ask(tc.member, get, settingsPath, ""); got != saved {
				t.Errorf("read %s, saved %s", got, saved)
			}
			status, got := w.ask(owl, get, "/v1/PhoneChat/GetUserBookingRequirements?BookUserID="+id(tc.member), "")
			if tc.requirements == "" {
				if status != http.StatusBadRequest {
					t.Errorf("still bookable: %d %s", status, got)
				}
				return
			}
			if diff := cmp.Diff(tc.requirements, got); diff != "" {
				t.Errorf("requirements (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSettingsRefused(t *testing.T) {
	w := newWorld(t)
	_, before := w.ask(velvet, get, settingsPath, "")
	long := "7" + strings.Repeat("0", 60)
	w.refusals(velvet, post, saveSettingsPath, map[string]struct{ body, blame string }{
		"no price":                 {`{"OfferDirectChat":false}`, "PhoneChatPPM"},
		"price null":               {`{"OfferDirectChat":false,"PhoneChatPPM":null}`, "PhoneChatPPM"},
		"price in quotes":          {`{"OfferDirectChat":false,"PhoneChatPPM":"1"}`, "PhoneChatPPM"},
		"price below zero":         {`{"OfferDirectChat":false,"PhoneChatPPM":-0.01}`, "PhoneChatPPM"},
		"price out of this world":  {`{"OfferDirectChat":false,"PhoneChatPPM":1e999999}`, "PhoneChatPPM"},
		"price too long":           {`{"OfferDirectChat":false,"PhoneChatPPM":` + long + `}`, "PhoneChatPPM"},
		"DirectChat not decided":   {`{"PhoneChatPPM":1}`, "OfferDirectChat"},
		"DirectChat decided null":  {`{"OfferDirectChat":null,"PhoneChatPPM":1}`, "OfferDirectChat"},
		"DirectChat decided oddly": {`{"OfferDirectChat":"yes","PhoneChatPPM":1}`, "OfferDirectChat"},
		"on without an object":     {`{"OfferDirectChat":true,"PhoneChatPPM":1}`, "DirectChat"},
		"on with null":             {`{"OfferDirectChat":true,"DirectChat":null,"PhoneChatPPM":1}`, "DirectChat"},
		"on with a list":           {`{"OfferDirectChat":true,"DirectChat":[],"PhoneChatPPM":1}`, "DirectChat"},
		"only, in words":           {`{"OfferDirectChat":true,"DirectChat":{"DirectChatOnly":"yes"},"PhoneChatPPM":1}`, "DirectChat"},
		"off with an object":       {`{"OfferDirectChat":false,"DirectChat":{},"PhoneChatPPM":1}`, "DirectChat"},
		"national number":          {`{"OfferDirectChat":false,"PhoneChatNumber":"07700900456","PhoneChatPPM":1}`, "PhoneChatNumber"},
		"plus and a zero":          {`{"OfferDirectChat":false,"PhoneChatNumber":"+07700900456","PhoneChatPPM":1}`, "PhoneChatNumber"},
		"number with spaces":       {`{"OfferDirectChat":false,"PhoneChatNumber":"+44 7700900456","PhoneChatPPM":1}`, "PhoneChatNumber"},
		"empty number":             {`{"OfferDirectChat":false,"PhoneChatNumber":"","PhoneChatPPM":1}`, "PhoneChatNumber"},
		"number with a line break": {`{"OfferDirectChat":false,"PhoneChatNumber":"447700900456\n","PhoneChatPPM":1}`, "PhoneChatNumber"},
		"number as a number":       {`{"OfferDirectChat":false,"PhoneChatNumber":447700900456,"PhoneChatPPM":1}`, "PhoneChatNumber"},
		"half JSON":                {`{"OfferDirectChat":`, ""},
		"list":                     {`[]`, ""},
	})
	if _, after := w.ask(velvet, get, settingsPath, ""); after != before {
		t.Errorf("a refusal changed the settings: %s", after)
	}
	for _, member := range []int64{owl, lantern} {
		if status, _ := w.ask(member, get, settingsPath, ""); status != http.StatusBadRequest {
			t.Errorf("settings without phone chat: %d", status)
		}
		if status, _ := w.ask(member, post, saveSettingsPath, savePlain); status != http.StatusBadRequest {
			t.Errorf("saved without phone chat: %d", status)
		}
	}
}

// A client who rings sees the number as it stands now.
func TestTheNewNumberShowsOnConfirmedBookings(t *testing.T) {
	w := newWorld(t)
	booking := w.AddBooking(Seed{Client: owl, Performer: velvet, Method: MethodClientRings, Status: StatusConfirmed})
	w.ask(velvet, post, saveSettingsPath, `{"OfferDirectChat":false,"PhoneChatNumber":"+447700900999","PhoneChatPPM":1}`)
	if _, body := w.ask(owl, get, "/v1/PhoneChat/MadeBookingDetails?BookingID="+id(booking), ""); !strings.Contains(body, `"+447700900999"`) {
		t.Errorf("got %s", body)
	}
}
