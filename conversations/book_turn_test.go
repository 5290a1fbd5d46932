package conversations_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// oneClient is a platform with one client's bookings, where a look and a request take a second each.
type oneClient struct {
	conversations.Platform

	mu       sync.Mutex
	bookings []apiclient.Booking
}

func (o *oneClient) HasKey() bool { return false }

func (o *oneClient) list() []apiclient.Booking {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.bookings)
}

func (o *oneClient) Requirements(context.Context, apiclient.Caller, apiclient.MemberID) (apiclient.Requirements, error) {
	return apiclient.Requirements{Price: apiclient.WholeCredits(1), HasPrice: true, Methods: []apiclient.Method{apiclient.MethodClientRings}}, nil
}

func (o *oneClient) Balance(context.Context, apiclient.Caller) (apiclient.Credits, error) {
	return apiclient.WholeCredits(500), nil
}

func (o *oneClient) HotLists(context.Context, apiclient.Caller) ([]apiclient.HotList, error) {
	return nil, nil
}

func (o *oneClient) ListBookings(context.Context, apiclient.Caller, apiclient.Side, apiclient.ListQuery) (apiclient.Page, error) {
	return apiclient.Page{Bookings: o.list()}, nil
}

func (o *oneClient) EachBooking(context.Context, apiclient.Caller, apiclient.Side, apiclient.ListQuery) iter.Seq2[apiclient.Booking, error] {
	return func(yield func(apiclient.Booking, error) bool) {
		found := o.list()
		<-time.After(time.Second)
		for _, b := range found {
			if !yield(b, nil) {
				return
			}
		}
	}
}

func (o *oneClient) CreateBooking(_ context.Context, _ apiclient.Caller, b apiclient.NewBooking) (apiclient.Booking, error) {
	<-time.After(time.Second)
	o.mu.Lock()
	defer o.mu.Unlock()
	made := apiclient.Booking{
		ID: apiclient.BookingID(len(o.bookings) + 1), Side: apiclient.Made, Status: apiclient.StatusPending, Other: apiclient.Party{ID: b.Performer},
		Session: b.Session, Duration: b.Duration, Credits: b.Credits, Method: b.Method, AcceptBy: b.AcceptBy,
	}
	o.bookings = append(o.bookings, made)
	return made, nil
}

// Two chats are linked to one account of the site, and ask for the same call at the same moment: one request is
// made, and the other chat hears of it.
func TestTwoChatsAskForOneCall(t *testing.T) {
	chats := []flow.ChatID{1, 2}
	synctest.Test(t, func(t *testing.T) {
		platform := &oneClient{}
		db := twoChats(t, chats[0], chats[1])
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			var errs []error
			for i, chat := range chats {
				account := store.Account{
					ID: store.AccountID{15: byte(i + 3)}, Chat: chat, Member: clientID, State: store.AccountActive, Token: secret.New("token-of-a-test"),
				}
				errs = append(errs, tx.PutAccount(account), tx.PutChat(store.Chat{ID: chat, Account: account.ID, Drawn: store.NotDrawn}))
			}
			return errors.Join(errs...)
		})
		if err != nil {
			t.Fatal(err)
		}
		shown := &sharedChat{fakeChat: fakeChat{t: t}}
		ids := []string{"form00000001", "form00000002"}
		desk, err := conversations.New(conversations.Config{
			Store: db, API: platform, Chat: shown, Zone: time.UTC, Now: time.Now,
			NewID: func() (id string) { id, ids = ids[0], ids[1:]; return id }, NewUUID: func() [16]byte { return [16]byte{9} },
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
		var yes []flow.Press
		for _, chat := range chats {
			handle(flow.Event{Chat: chat, Kind: flow.EventCommand, Command: "book", Text: "771204"})
			for _, text := range []string{"tomorrow 21:30", "30", "2", "36", "in 3 hours", "-"} {
				handle(flow.Event{Chat: chat, Kind: flow.EventText, Text: text})
			}
			_, send, _ := shown.find("Send request")
			handle(flow.Event{Chat: chat, Kind: flow.EventPress, Press: send})
			_, press, ok := shown.find("Yes, send")
			if !ok {
				t.Fatalf("the form is not filled in: %s", shown.last())
			}
			yes = append(yes, press)
		}
		var both sync.WaitGroup
		for i, chat := range chats {
			both.Go(func() { handle(flow.Event{Chat: chat, Kind: flow.EventPress, Press: yes[i]}) })
		}
		both.Wait()
		if n := len(platform.list()); n != 1 {
			t.Errorf("%d requests were made", n)
		}
		if said := plainText(strings.Join(shown.log, "\n")); !strings.Contains(said, "Request sent, #1") || !strings.Contains(said, "You already have request #1") {
			t.Errorf("the chats read:\n%s", said)
		}
	})
}

// lateLook is a platform where reading takes a while, and what is read is as it was in the beginning.
type lateLook struct {
	conversations.Platform

	took func()
}

func (l lateLook) EachBooking(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery) iter.Seq2[apiclient.Booking, error] {
	return func(yield func(apiclient.Booking, error) bool) {
		for b, err := range l.Platform.EachBooking(ctx, as, side, q) {
			if !yield(b, err) {
				return
			}
		}
		l.took()
	}
}

func (l lateLook) Booking(ctx context.Context, as apiclient.Caller, side apiclient.Side, id apiclient.BookingID) (apiclient.Booking, error) {
	b, err := l.Platform.Booking(ctx, as, side, id)
	l.took()
	return b, err
}

// A look counts for the moment at which it began: what was missing then, less than a minute after it was sent, may
// have arrived since.
func TestASlowLookIsNoLaterLook(t *testing.T) {
	for name, tc := range map[string]struct {
		token, absent string
		send          func(*rig)
	}{
		"a request": {clientToken, "your request did not arrive", func(r *rig) {
			r.fillBooking()
			r.press("Send request")
			r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultReset, Times: 1})
			r.press("Yes, send")
		}},
		"an answer to one": {performerToken, "nothing was done", func(r *rig) {
			id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
			r.platform.SetFault(apisim.OpAcceptReceivedBooking, apisim.Fault{Kind: apisim.FaultReset, Times: 1})
			r.do("accept", fmt.Sprint("r", id))
			r.pressed(r.yes())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(tc.token)
			tc.send(r)
			r.wantSaid("did not say whether")
			r.clock.Advance(50 * time.Second)
			r.platformOf(lateLook{Platform: r.api, took: func() { r.clock.Advance(20 * time.Second) }})
			r.handle(flow.Event{Kind: flow.EventResume})
			r.wantSaid("did not say whether")
			r.handle(flow.Event{Kind: flow.EventResume})
			r.wantSaid(tc.absent)
		})
	}
}
