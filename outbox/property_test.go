package outbox

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

var someKinds = []alert.Kind{
	alert.Request, alert.Accepted, alert.Cancelled, alert.Reminder, alert.ReplyBy, alert.SignIn, alert.Down, alert.Back,
	alert.Summary, alert.Test, "odd",
}

func drawNote(t *rapid.T, letter byte) store.Notification {
	times := rapid.SampledFrom([]time.Time{{}, noon.Add(-time.Hour), noon, noon.Add(1), noon.Add(2 * time.Hour)})
	n := about(rapid.Int64Range(1, 3).Draw(t, "booking"), note(rapid.SampledFrom([]flow.ChatID{chatA, chatB}).Draw(t, "chat"), letter))
	if rapid.Bool().Draw(t, "account of the other") {
		n.Account = accountOf(chatB)
	}
	n = as(rapid.SampledFrom(someKinds).Draw(t, "kind"), n)
	n.Session, n.AcceptBy = times.Draw(t, "session"), times.Draw(t, "reply by")
	n.Lead, n.Doubtful = time.Duration(rapid.IntRange(0, 2).Draw(t, "lead"))*time.Hour, rapid.Bool().Draw(t, "doubtful")
	n.Made = noon.Add(-time.Duration(rapid.IntRange(0, 10).Draw(t, "age")) * time.Minute)
	if rapid.IntRange(0, 5).Draw(t, "tried") == 0 {
		n.Tried = noon.Add(-longestTry - 1)
	}
	return n
}

func drawKnown(t *rapid.T, due []store.Notification) known {
	k := known{
		state: state{
			busy: map[flow.ChatID]bool{}, held: map[flow.ChatID]hold{}, flying: map[uuid.UUID]flow.ChatID{},
			alone: map[uuid.UUID]bool{}, delivered: map[uuid.UUID]bool{},
		},
		people: map[store.AccountID]person{}, snoozed: map[subject]time.Time{},
	}
	for _, chat := range []flow.ChatID{chatA, chatB} {
		switch rapid.IntRange(0, 3).Draw(t, "state of a chat") {
		case 0:
			k.busy[chat] = true
		case 1:
			k.held[chat] = hold{until: noon.Add(time.Minute)}
		}
		k.people[accountOf(chat)] = person{paused: rapid.IntRange(0, 3).Draw(t, "paused") == 0, prefs: alert.Prefs{
			Off:     rapid.SampledFrom([][]alert.Kind{nil, {alert.Accepted, alert.Down}}).Draw(t, "off"),
			Summary: alert.Daily{On: rapid.Bool().Draw(t, "summary")},
			Quiet: alert.Quiet{
				Mode: rapid.SampledFrom([]alert.Mode{alert.Loud, alert.Loud, alert.Silent, alert.Hold}).Draw(t, "mode"), From: 600, To: 800,
			},
		}}
	}
	for _, n := range due {
		switch rapid.IntRange(0, 9).Draw(t, "state of a note") {
		case 0:
			k.flying[n.ID], k.busy[n.Chat] = n.Chat, true
		case 1:
			k.alone[n.ID] = true
		case 2:
			k.delivered[n.ID] = true
		case 3:
			k.snoozed[bookingOf(n)] = noon.Add(time.Hour)
		}
	}
	return k
}

// TestArrangeForgetsNobody draws queues at random: whatever is due is sent, dropped for a reason, waits, or stays due
// because its chat gets something else first; and no chat gets two messages at once.
func TestArrangeForgetsNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var due []store.Notification
		for _, letter := range rapid.SliceOfNDistinct(rapid.ByteRange('a', 'z'), 0, 12, rapid.ID).Draw(t, "letters") {
			due = append(due, drawNote(t, letter))
		}
		k := drawKnown(t, due)
		p := arrange(due, k, noon)
		places := map[uuid.UUID]int{}
		serving := map[flow.ChatID]bool{}
		for _, m := range p.send {
			if serving[m.Chat] || k.busy[m.Chat] || !k.held[m.Chat].until.IsZero() || k.people[m.Account].paused {
				t.Fatalf("%d gets a message", m.Chat)
			}
			serving[m.Chat] = true
			checkMessage(t, m, k)
			for _, n := range m.News {
				places[n.ID]++
			}
		}
		for _, n := range p.drop {
			places[n.ID]++
			checkDropped(t, n, due, k)
		}
		for _, n := range p.wait {
			places[n.ID]++
			if !n.until.After(noon) {
				t.Fatalf("%c waits for the past", n.ID[15])
			}
		}
		for _, n := range due {
			_, flying := k.flying[n.ID]
			stays := flying || k.busy[n.Chat] || serving[n.Chat]
			if got := places[n.ID]; got > 1 || got == 0 && !stays || got > 0 && flying {
				t.Fatalf("%c of kind %s is in %d places", n.ID[15], n.Kind, got)
			}
		}
	})
}

func checkMessage(t *rapid.T, m Message, k known) {
	if len(m.News) == 0 || !slices.IsSortedFunc(m.News, byAge) {
		t.Fatal("a message has nothing to tell, or not as it was made")
	}
	bookings := map[subject]bool{}
	for _, n := range m.News {
		switch {
		case n.Account != m.Account, n.Chat != m.Chat:
			t.Fatalf("%c is told to the wrong one", n.ID[15])
		case len(m.News) > 1 && (!n.Kind.OfBooking() || k.alone[n.ID]):
			t.Fatalf("%c of kind %s is not alone", n.ID[15], n.Kind)
		case bookings[bookingOf(n)]:
			t.Fatalf("%c is of a booking that is told of twice", n.ID[15])
		case late(n, noon), expired(n, noon), k.delivered[n.ID], !k.people[n.Account].prefs.Wants(n.Kind):
			t.Fatalf("%c is told", n.ID[15])
		}
		bookings[bookingOf(n)] = true
	}
}

func checkDropped(t *rapid.T, n dropped, due []store.Notification, k known) {
	who := k.people[n.Account]
	ok := false
	switch n.why {
	case Superseded:
		ok = slices.ContainsFunc(due, func(other store.Notification) bool {
			return other.ID != n.ID && other.Account == n.Account && k.flying[other.ID] == 0 && !k.delivered[other.ID]
		})
	case Unwanted:
		ok = !who.prefs.Wants(n.Kind) || n.Kind == alert.Summary && !who.prefs.Summary.On || n.Kind == alert.Test && who.paused
	case Late:
		ok = late(n.Notification, noon)
	case Expired:
		ok = expired(n.Notification, noon)
	case delivered:
		ok = k.delivered[n.ID]
	case Refused:
	}
	if !ok {
		t.Fatalf("%c of kind %s is dropped as %s", n.ID[15], n.Kind, n.why)
	}
}

// TestTheNewestOfABookingIsTold has every booking with news end with its newest told, whatever else is due.
func TestTheNewestOfABookingIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var due []store.Notification
		newest := map[subject]store.Notification{}
		for _, letter := range rapid.SliceOfNDistinct(rapid.ByteRange('a', 'z'), 0, 20, rapid.ID).Draw(t, "letters") {
			n := drawNote(t, letter)
			n.Tried = time.Time{}
			if due = append(due, n); n.Kind.OfBooking() && (newest[bookingOf(n)].ID == uuid.Nil || older(newest[bookingOf(n)], n)) {
				newest[bookingOf(n)] = n
			}
		}
		told := map[uuid.UUID]bool{}
		for rounds := 0; len(due) > 0; rounds++ {
			p := arrange(due, known{}, noon)
			gone := map[uuid.UUID]bool{}
			for _, m := range p.send {
				for _, n := range m.News {
					told[n.ID], gone[n.ID] = true, true
				}
			}
			for _, n := range p.drop {
				gone[n.ID] = true
			}
			if len(gone) == 0 || len(p.wait) > 0 {
				t.Fatal("nothing moves")
			}
			due = slices.DeleteFunc(due, func(n store.Notification) bool { return gone[n.ID] })
		}
		for _, n := range newest {
			if !told[n.ID] {
				t.Fatalf("%c is not told", n.ID[15])
			}
		}
	})
}
