package conversations_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// oneSet is a platform with one member's settings, where every call takes a second.
type oneSet struct {
	conversations.Platform

	mu    sync.Mutex
	set   apiclient.Settings
	saves int
}

func (o *oneSet) PhoneChatSettings(context.Context, apiclient.Caller) (apiclient.Settings, error) {
	<-time.After(time.Second)
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.set, nil
}

func (o *oneSet) SaveSettings(_ context.Context, _ apiclient.Caller, s apiclient.Settings) (apiclient.Settings, error) {
	<-time.After(time.Second)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.set, o.saves = s, o.saves+1
	return s, nil
}

// The performer switches DirectChat off while their manager sets the price: neither undoes the other's.
func TestTwoPeopleSaveOneAfterTheOther(t *testing.T) {
	const performer, manager = flow.ChatID(1), flow.ChatID(2)
	synctest.Test(t, func(t *testing.T) {
		details, err := apiclient.ParseDirectChat([]byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		platform := &oneSet{set: apiclient.Settings{OfferDirectChat: true, DirectChat: details, Price: apiclient.WholeCredits(1), HasPrice: true}}
		db := twoChats(t, performer, manager)
		chat := &sharedChat{fakeChat: fakeChat{t: t}}
		button := func(label string) flow.Press {
			_, press, ok := chat.find(label)
			if !ok {
				t.Fatalf("no button %q; the last message is\n%s", label, chat.last())
			}
			return press
		}
		desk, err := conversations.New(conversations.Config{
			Store: db, API: platform, Chat: chat, Zone: time.UTC, Now: time.Now,
			NewID: func() string { return "form00000001" }, NewUUID: func() [16]byte { return [16]byte{9} },
		})
		if err != nil {
			t.Fatal(err)
		}
		handle := func(e flow.Event) {
			e.User, e.Private = int64(e.Chat), true
			if err := desk.Handle(t.Context(), e); err != nil {
				t.Error(err)
			}
		}
		handle(flow.Event{Chat: manager, Kind: flow.EventCommand, Command: "settings"})
		handle(flow.Event{Chat: manager, Kind: flow.EventPress, Press: button("Change the price")})
		handle(flow.Event{Chat: manager, Kind: flow.EventText, Text: "2"})
		yes := button("Yes, save it")
		handle(flow.Event{Chat: performer, Kind: flow.EventCommand, Command: "settings"})
		off := button("Switch DirectChat off")
		var both sync.WaitGroup
		both.Go(func() { handle(flow.Event{Chat: performer, Kind: flow.EventPress, Press: off}) })
		both.Go(func() { handle(flow.Event{Chat: manager, Kind: flow.EventPress, Press: yes}) })
		both.Wait()
		if platform.set.OfferDirectChat || !platform.set.Price.Equal(apiclient.WholeCredits(2)) || platform.saves != 2 {
			t.Errorf("DirectChat on: %v, price %s, %d saves", platform.set.OfferDirectChat, platform.set.Price, platform.saves)
		}
	})
}

// twoChats links a performer to one chat and the manager of their group, who acts for them, to another.
func twoChats(t *testing.T, performer, manager flow.ChatID) *store.Store {
	t.Helper()
	key, err := secret.ParseKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := secret.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(filepath.Join(t.TempDir(), "test.db"), ring)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(
			tx.PutAccount(store.Account{ID: store.AccountID{15: 1}, Chat: performer, Member: performerID, State: store.AccountActive, Token: secret.New("token-of-a-test")}),
			tx.PutChat(store.Chat{ID: performer, Account: store.AccountID{15: 1}}),
			tx.PutAccount(store.Account{ID: store.AccountID{15: 2}, Chat: manager, Member: 880015, State: store.AccountActive, Token: secret.New("token-of-a-test")}),
			tx.PutChat(store.Chat{
				ID: manager, Account: store.AccountID{15: 2},
				Acting: store.Acting{Member: performerID, Nickname: "VelvetVoice", Until: time.Now().Add(time.Hour)},
			}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// sharedChat is shown things by several at once.
type sharedChat struct {
	fakeChat

	turn sync.Mutex
}

func (c *sharedChat) Show(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	return c.fakeChat.Show(ctx, chat, card, v)
}

func (c *sharedChat) Send(ctx context.Context, chat flow.ChatID, v flow.View) (int, error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	return c.fakeChat.Send(ctx, chat, v)
}

func (c *sharedChat) Edit(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	return c.fakeChat.Edit(ctx, chat, card, v)
}
