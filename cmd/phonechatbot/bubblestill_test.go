package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
)

// Somebody presses so much that their alert waits for its turn. What they do meanwhile counts: who unlinks hears
// nothing more, who wants no names reads none, and who mutes the booking is not told of it.
func TestAnAlertThatWaitsForItsTurn(t *testing.T) {
	for name, tc := range map[string]struct {
		does func(*person, int64)
		want []string
	}{
		"they go on as they did": {func(*person, int64) {}, []string{"Performer0 accepted: "}},
		"they unlink": {func(p *person, _ int64) {
			p.say("/account")
			p.press(p.shows("Unlink"), "Unlink")
			p.press(p.shows("Yes, unlink"), "Yes, unlink")
			p.reads("Unlinked.")
		}, nil},
		"they want no names": {func(p *person, _ int64) {
			p.chooses("How much they say", "Minimal")
		}, []string{"You have an update."}},
		"the booking goes on": {func(p *person, id int64) {
			p.must(p.platform.CancelReceived(id, "I am ill."))
			p.pressesFor(time.Minute)
		}, []string{"The call with Performer0 was cancelled: "}},
		"they answer it themselves": {func(p *person, _ int64) {
			p.say("/bookings")
			for _, label := range []string{"1", "Confirm for 12.00 credits", "Yes, confirm for 12.00 credits"} {
				p.press(p.shows(label), label)
			}
			p.reads("✅ Confirmed")
		}, []string{"Bookings you made"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, bubbleConfig{pairs: 1, limits: true}, func(b *bubble) {
				client := b.clients[0]
				b.link(client)
				openly(client)
				id := b.asks(client, b.performers[0])
				time.Sleep(20 * time.Minute)
				b.must(b.platform.Accept(id, ""))
				began := time.Now()
				client.say("/start") // from here on the chat is always ahead of its turns
				client.pressesFor(time.Minute)
				if got := about(client.heard(began), id); len(got) != 0 {
					t.Fatalf("the alert did not wait:\n%s", listed(got))
				}
				pressed := time.Now()
				tc.does(client, id)
				time.Sleep(time.Minute)
				got := about(client.heard(pressed), id)
				if !slices.EqualFunc(got, tc.want, func(m told, want string) bool { return strings.HasPrefix(m.text, want) }) {
					t.Errorf("told:\n%s\nwant %q", listed(got), tc.want)
				}
			})
		})
	}
}

// A reminder that has not had its turn by the time the call begins is of no use any more.
func TestAReminderThatWaitsForTooLong(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 1, limits: true}, func(b *bubble) {
		client := b.clients[0]
		b.link(client)
		session := time.Now().Add(2 * time.Hour)
		b.platform.AddBooking(apisim.Seed{
			Client: client.member, Performer: b.performers[0].member, Session: session, Status: apisim.StatusConfirmed,
		})
		time.Sleep(time.Until(session.Add(-15*time.Minute - 5*time.Second)))
		began := time.Now()
		client.say("/start")
		client.pressesFor(time.Until(session.Add(5 * time.Second)))
		time.Sleep(time.Minute)
		if got := withText(client.heard(began), "A reminder:"); len(got) > 0 {
			t.Errorf("reminded:\n%s", listed(got))
		}
	})
}

// pressesFor has a person ask for home as often as Telegram takes an answer.
func (p *person) pressesFor(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; time.Sleep(time.Second) {
		p.say("/start")
	}
}
