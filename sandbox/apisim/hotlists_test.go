package apisim

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

const (
	hotListPath  = "/v1/HotLists/GetHotList"
	hotListsPath = "/v1/HotLists/GetHotLists"
	addHotPath   = "/v1/HotLists/AddUserToHotList"
	dropHotPath  = "/v1/HotLists/RemoveUserFromHotList"
)

func (w world) hot(as int64, query string) (name string, users []string) {
	w.t.Helper()
	status, body := w.ask(as, get, hotListPath+query, "")
	if status != http.StatusOK {
		w.t.Fatalf("%s: got %d: %s", query, status, body)
	}
	list := read[wire.HotList](w.t, body)
	users = []string{}
	for _, m := range list.HotListMembers {
		users = append(users, m.UserName)
	}
	return list.HotListDetails.ListName, users
}

func TestHotListsComeAndGo(t *testing.T) {
	w := newWorld(t)
	step := func(path, body string, want ...string) {
		t.Helper()
		if path != "" {
			if status, reply := w.ask(owl, post, path, body); status != http.StatusOK || reply != "{}" {
				t.Errorf("%s %s: got %d %s", path, body, status, reply)
			}
		}
		if _, got := w.hot(owl, ""); !cmp.Equal(want, got) {
			t.Errorf("%s %s: got %v, want %v", path, body, got, want)
		}
	}
	step("", "", "VelvetVoice", "QuietHarbour")
	step(addHotPath, `{"UserID":771530,"ListID":6600311}`, "VelvetVoice", "QuietHarbour", "SilverMoth")
	step(addHotPath, `{"UserID":771204,"ListID":6600311}`, "VelvetVoice", "QuietHarbour", "SilverMoth")
	step(dropHotPath, `{"UserID":771318,"ListID":6600311}`, "VelvetVoice", "SilverMoth")
	step(dropHotPath, `{"UserID":771318,"ListID":6600311}`, "VelvetVoice", "SilverMoth")
	step(addHotPath, `{"UserID":771750,"ListID":6600312}`, "VelvetVoice", "SilverMoth")
	if name, users := w.hot(owl, "?ListID=6600312"); name != "Call again" || !cmp.Equal(users, []string{"StillWater"}) {
		t.Errorf("second list %s: %v", name, users)
	}
	if name, users := w.hot(velvet, ""); name != "Favourites" || !cmp.Equal(users, []string{"QuietHarbour", "CopperLark"}) {
		t.Errorf("another member's %s: %v", name, users)
	}
	_, body := w.ask(owl, get, hotListsPath, "")
	all := read[[]wire.HotList](t, body)
	if len(all) != 2 || len(all[0].HotListMembers) != 2 || len(all[1].HotListMembers) != 1 || all[0].HotListMembers[0].Profile != nil {
		t.Errorf("all lists: %s", body)
	}
}

func TestHotListMembers(t *testing.T) {
	w := newWorld(t)
	w.AddBooking(Seed{Client: owl, Performer: velvet})
	w.AddBooking(Seed{Client: velvet, Performer: owl, LastUpdated: start.Add(time.Minute)})
	_, body := w.ask(owl, get, hotListPath+"?ListID=6600311&ReturnMemberProfiles=true", "")
	list := read[wire.HotList](t, body)
	if details := list.HotListDetails; *details.UserID != owl || *details.UserName != "NightOwl77" {
		t.Errorf("owner: %s", body)
	}
	busy, idle := list.HotListMembers[0], list.HotListMembers[1]
	if *busy.InteractionCount != 2 || *busy.LastInteractionDate != "2027-03-02T08:16:09.25" || *busy.LastUpdated != "2027-03-02T08:15:09.25" {
		t.Errorf("with two bookings: %s", body)
	}
	if *idle.InteractionCount != 0 || *idle.LastInteractionDate != wire.Never {
		t.Errorf("without bookings: %s", body)
	}
	if busy.Profile == nil || *busy.Profile.Nickname != "VelvetVoice" {
		t.Errorf("profile: %s", body)
	}
}

func TestHotListsRefused(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{addHotPath, dropHotPath} {
		w.refusals(owl, post, path, map[string]struct{ body, blame string }{
			path + " nobody":         {`{"UserID":1,"ListID":6600311}`, "UserID"},
			path + " without user":   {`{"ListID":6600311}`, "UserID"},
			path + " without a list": {`{"UserID":771204}`, "ListID"},
			path + " in words":       {`{"UserID":"velvet","ListID":6600311}`, "UserID"},
		})
		if status, _ := w.ask(velvet, post, path, `{"UserID":771422,"ListID":6600311}`); status != http.StatusNotFound {
			t.Errorf("%s on another's list: got %d", path, status)
		}
	}
	for query, want := range map[string]int{
		"?ListID=7":                   http.StatusNotFound,
		"?ListID=7712041":             http.StatusNotFound,
		"?ListID=first":               http.StatusBadRequest,
		"?ReturnMemberProfiles=maybe": http.StatusBadRequest,
	} {
		if status, _ := w.ask(owl, get, hotListPath+query, ""); status != want {
			t.Errorf("%s: got %d, want %d", query, status, want)
		}
	}
	if status, _ := w.ask(owl, get, hotListsPath+"?ReturnMemberProfiles=maybe", ""); status != http.StatusBadRequest {
		t.Errorf("all lists, maybe with profiles: got %d", status)
	}
	if _, users := w.hot(owl, ""); !cmp.Equal(users, []string{"VelvetVoice", "QuietHarbour"}) {
		t.Errorf("a refusal changed the list to %v", users)
	}
}
