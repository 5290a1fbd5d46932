package apisim

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"phonechatbot/apiclient/wire"
)

// Names are folded as the decoder folds them: otherwise a field could be there for one and missing for
// the other.
func TestFoldAgreesWithTheDecoder(t *testing.T) {
	for name, want := range map[string]bool{
		"ModeID": true, "modeid": true, "MODEID": true, "mode_ID": true, "Mode-Id": true, "ModeIDs": false, "Mode ID": false, "Möde": false,
	} {
		var in struct{ ModeID int }
		if err := wire.Decode([]byte(`{"`+name+`":7}`), &in); err != nil {
			t.Fatal(err)
		}
		if got := fold(name) == "modeid"; got != want || (in.ModeID == 7) != want {
			t.Errorf("%s: folded %v, decoded %v", name, got, in.ModeID == 7)
		}
	}
	var in struct{ IsSMSChat bool }
	if err := wire.Decode([]byte(`{"IſSMSChat":true}`), &in); err != nil || in.IsSMSChat != (fold("IſSMSChat") == "issmschat") {
		t.Errorf("a long s: decoded %v (%v), folded %s", in.IsSMSChat, err, fold("IſSMSChat"))
	}
}

// Whatever is sent, every operation answers JSON: done, refused, or (for an empty filter) a fault.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		savePlain, saveServices, saveCam, saveOffer, addOffer2, "", "null", "[]", `{"UserID":771204,"ListID":6600311}`,
		`{"IsOfferingServices":true,"Is_OfferingServices":null}`, `{"FreeTimeMins":5,"FreeTimeMinſ":null}`, `{"Nickname":""}`,
		`{"OfferDirectChat":true,"DirectChat":{"DirectChatOnly":null},"PhoneChatPPM":1e19}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w := newWorld(t)
		for _, op := range slices.Concat(settingsOperations(), directOperations(), memberOperations()) {
			method := op.method
			if op.also != "" {
				method = op.also
			}
			if method == get {
				continue
			}
			status, reply := w.ask(velvet, method, op.path, string(body))
			switch status {
			case http.StatusOK, http.StatusBadRequest, http.StatusNotFound:
			case http.StatusUnsupportedMediaType: // nothing was sent, so nothing says that it is JSON
			case http.StatusInternalServerError:
				if op.name != OpSearchProfiles {
					t.Errorf("%s: a fault", op.path)
				}
			default:
				t.Errorf("%s: got %d", op.path, status)
			}
			if !json.Valid([]byte(reply)) {
				t.Errorf("%s: the reply is not JSON", op.path)
			}
		}
	})
}
