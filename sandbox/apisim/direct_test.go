package apisim

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

const pinsPath, camPath, saveCamPath = "/v1/DirectChat/GetAllPINs", "/v1/DirectCam/GetSettings", "/v1/DirectCam/SaveSettings"

func TestPINs(t *testing.T) {
	w := newWorld(t)
	pins := func(as int64) (users []string) {
		_, body := w.ask(as, get, pinsPath, "")
		for _, pin := range read[[]wire.PIN](t, body) {
			if !regexp.MustCompile(`^\d{5}$`).MatchString(pin.PIN) {
				t.Errorf("a PIN is not five digits: %d signs", len(pin.PIN))
			}
			if (pin.NumberOfCalls == 0) != (pin.LastCallDate == nil) {
				t.Errorf("%d calls, the last on %v", pin.NumberOfCalls, pin.LastCallDate)
			}
			users = append(users, pin.User.Username)
		}
		return users
	}
	_, first := w.ask(owl, get, pinsPath, "")
	if want := `"CreatedDate":"2027-01-11T08:15:09.25","NumberOfCalls":0,"LastCallDate":null,"InProgress":false}`; !strings.Contains(first, want) {
		t.Errorf("no PIN that was never used: %s", first)
	}
	if diff := cmp.Diff([]string{"VelvetVoice", "CopperLark", "StillWater"}, pins(owl)); diff != "" {
		t.Errorf("client (-want +got):\n%s", diff)
	}
	if _, body := w.ask(velvet, get, pinsPath, ""); body != "[]" {
		t.Errorf("performer: %s", body)
	}
	w.Clock().Advance(48 * time.Hour)
	if _, again := w.ask(owl, get, pinsPath, ""); again != first {
		t.Error("PINs change by themselves")
	}
	w.ask(velvet, post, saveSettingsPath, savePlain)
	if diff := cmp.Diff([]string{"CopperLark", "StillWater"}, pins(owl)); diff != "" {
		t.Errorf("after one left DirectChat (-want +got):\n%s", diff)
	}
	if status, _ := w.do(httptest.NewRequest(http.MethodGet, pinsPath, nil)); status != http.StatusUnauthorized {
		t.Errorf("nobody: got %d", status)
	}
}

func TestCamSettings(t *testing.T) {
	w := newWorld(t)
	const want = `{"DoesFree":true,"AllowGuestFreePreview":false,"FreeTimeMins":10,"FreeTimePeriod":120,"DoesPrivate":true,"PrivatePPM":2.50,` +
		`"ChatOnly":false,"DoesAudioPrivate":true,"DoesAudioGroup":false,"DoesAudioFree":false,"WebcamCategoryID":7,"ShowLiveThumbnail":true}`
	if _, first := w.ask(velvet, get, camPath, ""); !strings.Contains(first, `"PrivatePPM":2.4,`) {
		t.Errorf("at first: %s", first)
	}
	for name, body := range map[string]string{"plain": saveCam, "with a UserID": `{"UserID":771204,` + saveCam[1:]} {
		status, saved := w.ask(velvet, post, saveCamPath, body)
		if diff := cmp.Diff(want, saved); status != http.StatusOK || diff != "" {
			t.Errorf("%s: got %d (-want +got):\n%s", name, status, diff)
		}
		if _, got := w.ask(velvet, get, camPath, ""); got != saved {
			t.Errorf("%s: read %s", name, got)
		}
	}
	if _, other := w.ask(lark, get, camPath, ""); strings.Contains(other, "ShowLiveThumbnail") {
		t.Errorf("another member has it: %s", other)
	}
}

func TestCamSettingsRefused(t *testing.T) {
	w := newWorld(t)
	_, before := w.ask(velvet, get, camPath, "")
	cases := map[string]struct{ body, blame string }{
		"7 free minutes":     {spoilt(t, saveCam, "FreeTimeMins", 7), "FreeTimeMins"},
		"a window of 45":     {spoilt(t, saveCam, "FreeTimePeriod", 45), "FreeTimePeriod"},
		"a window below 0":   {spoilt(t, saveCam, "FreeTimePeriod", -60), "FreeTimePeriod"},
		"a window of 25 h":   {spoilt(t, saveCam, "FreeTimePeriod", 1500), "FreeTimePeriod"},
		"price below zero":   {spoilt(t, saveCam, "GroupPPM", -1), "GroupPPM"},
		"price in quotes":    {spoilt(t, saveCam, "PrivatePPM", "2.5"), "PrivatePPM"},
		"a flag as a number": {spoilt(t, saveCam, "ChatOnly", 1), "ChatOnly"},
		"two spellings":      {`{"chatonly":null,` + saveCam[1:], ""},
	}
	for _, field := range []string{
		"DoesFree", "AllowGuestFreePreview", "FreeTimeMins", "FreeTimePeriod", "ChatOnly",
		"DoesAudioPrivate", "DoesAudioGroup", "DoesAudioFree", "WebcamCategoryID",
	} {
		cases["without "+field] = struct{ body, blame string }{spoilt(t, saveCam, field, nil), field}
	}
	w.refusals(velvet, post, saveCamPath, cases)
	if _, after := w.ask(velvet, get, camPath, ""); after != before {
		t.Errorf("a refusal changed the settings: %s", after)
	}
	w.ask(velvet, put, updateServicesPath, spoilt(t, saveServices, "IsWebcam", false))
	for _, as := range []int64{owl, velvet} {
		if status, _ := w.ask(as, get, camPath, ""); status != http.StatusBadRequest {
			t.Errorf("without webcam: got %d", status)
		}
	}
}
