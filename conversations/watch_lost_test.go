package conversations_test

import (
	"testing"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// The site does not show a member for a while. Nobody is told that alerts about them come, and chosen anew they do.
func TestAMemberWhoWasLostIsChosenAnew(t *testing.T) {
	r := managing(t)
	r.watch("QuietHarbour")
	r.primed(harbourID)
	r.write(func(tx *store.Tx) error {
		w, err := tx.Watch(r.account().ID, harbourID)
		if err != nil {
			return err
		}
		w.Lost = true
		return tx.PutWatch(w)
	})
	r.say("/start")
	if _, _, on := r.chat.find(watchKey); !on {
		t.Fatalf("they cannot be chosen anew:\n%s", r.chat.last())
	}
	r.do("actwatches", "")
	r.wantSaid("1. QuietHarbour: no alerts, the site does not show their requests")
	r.say("/start")
	r.press(watchKey)
	r.wantSaid("From now on you get alerts here about the requests that QuietHarbour receives.")
	var w store.Watch
	r.write(func(tx *store.Tx) (err error) {
		w, err = tx.Watch(r.account().ID, harbourID)
		return err
	})
	if w.Lost || w.Primed {
		t.Errorf("they are not looked at anew: %+v", w)
	}
}

// Between two looks the site stops showing a member to their manager: a reminder of their call names nobody any more.
func TestAReminderOfAMemberWhoIsNotShown(t *testing.T) {
	r := managing(t)
	r.prefer("", alert.Prefs{Level: alert.Standard})
	r.write(func(tx *store.Tx) error {
		return tx.PutWatch(store.Watch{Account: r.account().ID, Member: harbourID, Nickname: "QuietHarbour"})
	})
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: harbourID, Session: monday.Add(time.Hour), Status: apisim.StatusConfirmed})
	n := store.Notification{
		ID: newUUID(), Account: r.account().ID, Kind: alert.Reminder, Side: store.SideReceived, Booking: id, Member: harbourID,
		Session: monday.Add(time.Hour), Nickname: "NightOwl77", Lead: time.Hour,
	}
	if !r.tell(n) {
		t.Fatal("nothing is said while they are shown")
	}
	r.platform.SetManager(performerID, false)
	if r.tell(n) {
		t.Errorf("of a member who is not shown:\n%s", r.chat.last())
	}
}
