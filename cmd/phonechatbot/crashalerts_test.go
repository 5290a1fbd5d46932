package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
	"phonechatbot/store"
)

// The program is killed at each write and each exchange between the changes of some bookings and the end of their
// alerts, one after the other, and started again: every change is told, to whom it concerns, and at most the one
// message that was in flight is told twice.
func TestKilledOnTheWayOfAnAlert(t *testing.T) {
	step := int64(1)
	if testing.Short() {
		step = 9
	}
	var next, killed atomic.Int64
	var past atomic.Bool // the end of the way was reached alive
	var lives sync.WaitGroup
	for range 4 {
		lives.Go(func() {
			for !past.Load() {
				after := (next.Add(1)-1)*step + 1
				t.Run(strconv.FormatInt(after, 10), func(t *testing.T) {
					if died := surviveAlerts(t, after); died {
						killed.Add(1)
					} else {
						past.Store(true)
					}
				})
				if t.Failed() {
					return
				}
			}
		})
	}
	lives.Wait()
	t.Logf("killed at %d points", killed.Load())
	if least := int64(leastAlertPoints) / step; killed.Load() < least {
		t.Errorf("only %d points", killed.Load())
	}
}

// leastAlertPoints says that the hooks hang where they should: each of four sides is read, two observations are
// written, two messages are sent and taken off the queue, and each of these has two sides.
const leastAlertPoints = 2 * (4 + 2 + 2*2)

// alertStory is who hears of whom. In each chat the last one is the end of the story.
func alertStory() map[int64][]string {
	return map[int64][]string{
		clientUser:    {"QuietHarbour", "CopperLark", "SilverMoth"},
		performerUser: {"PaperLantern", "StillWater", "NorthDesk"},
	}
}

// The members of the story.
const (
	harbourID, larkID, mothID  = 771318, 771422, 771530
	lanternID, waterID, deskID = 771645, 771750, 880015
)

// surviveAlerts plays the story with a program that kills itself at so many points after the changes began. It
// reports whether it came to that.
func surviveAlerts(t *testing.T, after int64) (died bool) {
	w := newAlertWorld(t, after)
	booked := func(client, performer int64) int64 {
		return w.platform.AddBooking(apisim.Seed{Client: client, Performer: performer})
	}
	accepted, rejected, cancelled := booked(clientID, harbourID), booked(clientID, larkID), booked(waterID, performerID)
	end := booked(clientID, mothID)
	w.live()
	for user := range alertStory() {
		w.person(user).say("/start")
		w.person(user).reads("Linked as")
	}
	w.polled(2, clientID, performerID) // what they have is known
	w.arm()
	err := errors.Join(
		w.platform.Accept(accepted, ""), w.platform.Reject(rejected, "No time."), w.platform.CancelMade(cancelled, "No time."))
	if err != nil {
		t.Fatal(err)
	}
	booked(lanternID, performerID)
	w.told(0, 1)
	if err := w.platform.Accept(end, ""); err != nil {
		t.Fatal(err)
	}
	booked(deskID, performerID)
	w.told(2)
	w.disarm()
	if died = w.reborn(); died {
		w.stop()
	}
	w.checkTold()
	return died
}

func newAlertWorld(t *testing.T, after int64) *crashWorld {
	t.Helper()
	w := makeCrashWorld(t, strconv.FormatInt(after, 10)+crashAfter, false)
	w.telegram.AddUser(tgsim.User{ID: performerUser, FirstName: "Another"})
	w.enrol(clientUser, clientID, clientToken)
	w.enrol(performerUser, performerID, performerToken)
	return w
}

// enrol links a person who wants to be told everything.
func (w *crashWorld) enrol(user, member int64, token string) {
	w.t.Helper()
	db := w.open()
	account := store.Account{
		ID: store.AccountID(newUUID()), Chat: flow.ChatID(user), Member: member, Token: secret.New(token),
		State: store.AccountActive, Linked: time.Now(), Alerts: alert.Prefs{Level: alert.Standard},
	}
	err := db.Update(w.ctx, func(tx *store.Tx) error {
		return errors.Join(tx.PutAccount(account), tx.PutChat(store.Chat{ID: account.Chat, Account: account.ID, Drawn: store.NotDrawn}))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		w.t.Fatal(err)
	}
}

// arm begins the count of points.
func (w *crashWorld) arm() {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(w.data), armedFile), nil, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// disarm ends it, and waits until the program shows that it is alive.
func (w *crashWorld) disarm() {
	w.t.Helper()
	if err := os.Remove(filepath.Join(filepath.Dir(w.data), armedFile)); err != nil {
		w.t.Fatal(err)
	}
	w.polled(2, clientID)
}

// told waits until each chat has heard of those people of the story.
func (w *crashWorld) told(which ...int) {
	w.t.Helper()
	for user, names := range alertStory() {
		err := w.telegram.WaitFor(w.ctx, user, func(messages []tgsim.Message) bool {
			for _, i := range which {
				if timesTold(messages, names[i]) == 0 {
					return false
				}
			}
			return true
		})
		if err != nil {
			w.t.Fatalf("chat %d was not told of everything: %v\n%s\n%s", user, err, w.person(user).transcript(), w.story())
		}
	}
}

// timesTold counts the messages of the bot that speak of somebody.
func timesTold(messages []tgsim.Message, name string) (times int) {
	for _, m := range messages {
		if m.FromBot && strings.Contains(m.Text, name) {
			times++
		}
	}
	return times
}

// checkTold looks for what was told twice, to the wrong people, or is still to be told.
func (w *crashWorld) checkTold() {
	w.t.Helper()
	doubled := map[int]bool{}
	for user, names := range alertStory() {
		messages := w.telegram.Chat(user)
		seen := map[string]bool{}
		for _, m := range messages {
			for _, name := range names {
				if m.FromBot && strings.Contains(m.Text, name) {
					if seen[name] {
						doubled[m.ID] = true
					}
					seen[name] = true
				}
			}
		}
		for other, theirs := range alertStory() {
			for _, name := range theirs {
				if other != user && timesTold(messages, name) > 0 {
					w.t.Errorf("chat %d was told of %s", user, name)
				}
			}
		}
	}
	if len(doubled) > 1 {
		w.t.Errorf("%d messages were told twice", len(doubled))
	}
	db := w.open()
	defer db.Close() //nolint:errcheck // it was only read
	err := db.View(context.Background(), func(tx *store.Tx) error {
		for a, err := range tx.Accounts() {
			if err != nil {
				return err
			}
			for n, err := range tx.Notices(a.ID) {
				if err != nil || !n.Kind.Timed() {
					w.t.Errorf("a notice is left: %s, %v", n.Kind, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
	if w.t.Failed() {
		for user := range alertStory() {
			w.t.Logf("chat %d shows:\n%s", user, w.person(user).transcript())
		}
		w.t.Log(w.story())
	}
}
