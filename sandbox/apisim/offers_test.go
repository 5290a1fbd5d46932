package apisim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

const (
	offersPath      = "/v1/DirectCam/GetDirectCamSpecialOffers"
	addOfferPath    = "/v1/DirectCam/AddDirectCamSpecialOffer"
	updateOfferPath = "/v1/DirectCam/UpdateDirectCamSpecialOffer"
	deleteOfferPath = "/v1/DirectCam/DeleteDirectCamSpecialOffer"
)

// offers lists the title, number and id of a member's offers.
func (w world) offersOf(as int64, query string) (titles []string, numbers []int, ids []int64) {
	w.t.Helper()
	_, body := w.ask(as, get, offersPath+query, "")
	for _, o := range read[[]wire.Offer](w.t, body) {
		titles, numbers, ids = append(titles, o.Title), append(numbers, *o.OfferNumber), append(ids, o.OfferID)
	}
	return titles, numbers, ids
}

func TestOffersComeAndGo(t *testing.T) {
	w := newWorld(t)
	_, _, ids := w.offersOf(velvet, "")
	first := ids[0]
	status, got := w.ask(velvet, put, updateOfferPath, spoilt(t, saveOffer, "OfferID", first))
	want := `{"OfferID":` + id(first) + `,"OfferNumber":2,"Title":"Half an hour","Duration":30,"ModeID":2,"DoesPrivate":true,"PrivatePPM":2.4,` +
		`"DoesGroup":false,"GroupPPM":null,"TotalPrice":45.5,"AllowRateContinue":false,"Incomplete":false,"CanPurchase":false}`
	if diff := cmp.Diff(want, got); status != http.StatusOK || diff != "" {
		t.Fatalf("update: got %d (-want +got):\n%s", status, diff)
	}
	status, got = w.ask(velvet, post, addOfferPath, addOffer2)
	added := read[wire.Offer](t, got)
	if status != http.StatusOK || *added.OfferNumber != 3 || !*added.CanPurchase || !*added.AllowRateContinue || added.OfferID == first {
		t.Fatalf("add: got %d %s", status, got)
	}
	w.ask(velvet, post, addOfferPath, spoilt(t, spoilt(t, addOffer2, "OfferNumber", 1), "Title", "Low number"))
	titles, numbers, _ := w.offersOf(velvet, "")
	if diff := cmp.Diff([]string{"Half an hour", "Ten minutes", "Low number"}, titles); diff != "" {
		t.Errorf("titles (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 3, 1}, numbers); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	if others, _, _ := w.offersOf(owl, "?UserID="+id(velvet)); len(others) != 3 {
		t.Errorf("a buyer sees %v", others)
	}
	for _, want := range []int{http.StatusOK, http.StatusNotFound} {
		if status, _ := w.ask(velvet, post, deleteOfferPath, `{"OfferID":`+id(first)+`}`); status != want {
			t.Errorf("delete: got %d, want %d", status, want)
		}
	}
	if titles, _, _ := w.offersOf(velvet, ""); len(titles) != 2 {
		t.Errorf("after deleting: %v", titles)
	}
}

func TestOffersOfOthersAreNotTouched(t *testing.T) {
	w := newWorld(t)
	_, _, ids := w.offersOf(velvet, "")
	for name, tc := range map[string]struct{ method, path, body string }{
		"update": {put, updateOfferPath, spoilt(t, saveOffer, "OfferID", ids[0])},
		"delete": {post, deleteOfferPath, `{"OfferID":` + id(ids[0]) + `}`},
	} {
		if status, _ := w.ask(lark, tc.method, tc.path, tc.body); status != http.StatusNotFound {
			t.Errorf("%s: got %d", name, status)
		}
	}
	if status, _ := w.ask(owl, get, offersPath+"?UserID=1", ""); status != http.StatusNotFound {
		t.Errorf("offers of nobody: got %d", status)
	}
	if status, _ := w.ask(owl, post, addOfferPath, addOffer2); status != http.StatusBadRequest {
		t.Errorf("an offer of a client: got %d", status)
	}
	if titles, _, _ := w.offersOf(velvet, ""); titles[0] != "Quarter of an hour in private" {
		t.Errorf("changed to %v", titles)
	}
}

func TestOfferRules(t *testing.T) {
	w := newWorld(t)
	w.refusals(velvet, post, addOfferPath, map[string]struct{ body, blame string }{
		"no title":            {spoilt(t, addOffer2, "Title", nil), "Title"},
		"blank title":         {spoilt(t, addOffer2, "Title", " "), "Title"},
		"51 characters":       {spoilt(t, addOffer2, "Title", strings.Repeat("é", 51)), "Title"},
		"4 minutes":           {spoilt(t, addOffer2, "Duration", 4), "Duration"},
		"no duration":         {spoilt(t, addOffer2, "Duration", nil), "Duration"},
		"below 5 credits":     {spoilt(t, spoilt(t, addOffer2, "Duration", 5), "TotalCredits", json.Number("4.99")), "TotalCredits"},
		"a hair below 0.6":    {spoilt(t, addOffer2, "TotalCredits", json.Number("5.9999")), "TotalCredits"},
		"credits in quotes":   {spoilt(t, addOffer2, "TotalCredits", "6"), "TotalCredits"},
		"no credits":          {spoilt(t, addOffer2, "TotalCredits", nil), "TotalCredits"},
		"mode 1":              {spoilt(t, addOffer2, "ModeID", 1), "ModeID"},
		"mode 4":              {spoilt(t, addOffer2, "ModeID", 4), "ModeID"},
		"no mode":             {spoilt(t, addOffer2, "ModeID", nil), "ModeID"},
		"availability unsaid": {spoilt(t, addOffer2, "CurrentlyAvailable", nil), "CurrentlyAvailable"},
		"number 0":            {spoilt(t, addOffer2, "OfferNumber", 0), "OfferNumber"},
	})
	w.refusals(velvet, put, updateOfferPath, map[string]struct{ body, blame string }{
		"update without an id":  {spoilt(t, saveOffer, "OfferID", nil), "OfferID"},
		"update of 4 minutes":   {spoilt(t, saveOffer, "Duration", 4), "Duration"},
		"update, id as a title": {spoilt(t, saveOffer, "OfferID", "first"), "OfferID"},
	})
	w.refusals(velvet, post, deleteOfferPath, map[string]struct{ body, blame string }{"delete nothing": {"{}", "OfferID"}})
	for name, body := range map[string]string{
		"50 characters of two bytes": spoilt(t, addOffer2, "Title", strings.Repeat("é", 50)),
		"5 minutes for 5":            spoilt(t, spoilt(t, addOffer2, "Duration", 5), "TotalCredits", 5),
		"0.6 to the dot":             spoilt(t, spoilt(t, addOffer2, "Duration", 33), "TotalCredits", json.Number("19.8")),
		"number null":                `{"OfferNumber":null,` + addOffer2[1:],
	} {
		if status, reply := w.ask(velvet, post, addOfferPath, body); status != http.StatusOK {
			t.Errorf("%s: got %d %s", name, status, reply)
		}
	}
}

func TestGuessedPathsCanBeMissing(t *testing.T) {
	w := newWorld(t)
	_, _, ids := w.offersOf(velvet, "")
	for _, hide := range []bool{true, false} {
		w.HideGuessed(hide)
		want := http.StatusOK
		if hide {
			want = http.StatusNotFound
		}
		for _, tc := range []struct{ method, path, body string }{
			{get, offersPath, ""},
			{post, addOfferPath, addOffer2},
			{post, deleteOfferPath, `{"OfferID":` + id(ids[0]) + `}`},
		} {
			if status, _ := w.ask(velvet, tc.method, tc.path, tc.body); status != want {
				t.Errorf("hidden %v, %s: got %d", hide, tc.path, status)
			}
		}
	}
	w.HideGuessed(true)
	if status, _ := w.ask(lark, put, updateOfferPath, spoilt(t, saveOffer, "OfferID", 1)); status != http.StatusNotFound {
		t.Errorf("got %d", status)
	}
	if status, _ := w.ask(velvet, get, camPath, ""); status != http.StatusOK {
		t.Errorf("a documented path is hidden: %d", status)
	}
}
