package main

import (
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
)

// The platform cannot make up its mind: half an hour long it shows a booking as accepted at one look and as pending
// at another. That is told, and not each time; what comes after it is told as ever.
func TestAFlappingBooking(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 2}, func(b *bubble) {
		client, performer := b.clients[0], b.performers[0]
		seed := apisim.Seed{
			ID: b.asks(client, performer), Client: client.member, Performer: performer.member,
			Session: monday.Add(24 * time.Hour), Created: monday,
		}
		steady := b.asks(b.clients[1], b.performers[0])
		b.link(b.everybody()...)
		began := time.Now()
		shows := func(status string) {
			b.platform.Remove(seed.ID)
			seed.Status, seed.LastUpdated = status, time.Now()
			b.platform.AddBooking(seed)
		}
		for range 30 {
			shows(apisim.StatusAccepted)
			time.Sleep(35 * time.Second)
			shows(apisim.StatusPending)
			time.Sleep(35 * time.Second)
		}
		shows(apisim.StatusAccepted)
		time.Sleep(10 * time.Minute)
		flaps := about(client.heard(began), seed.ID)
		if len(flaps) == 0 || len(flaps) > 6 {
			t.Errorf("the client was told %d times:\n%s", len(flaps), listed(flaps))
		}
		if got := about(performer.heard(began), seed.ID); len(got) > 6 {
			t.Errorf("the performer was told %d times:\n%s", len(got), listed(got))
		}
		over := time.Now()
		b.must(b.platform.Confirm(seed.ID))
		b.must(b.platform.Accept(steady, ""))
		time.Sleep(10 * time.Minute)
		for _, one := range []*person{client, performer} {
			if got := about(one.heard(over), seed.ID); len(got) != 1 {
				t.Errorf("%d was told %d times that it is confirmed:\n%s", one.user, len(got), listed(got))
			}
		}
		if got := about(b.clients[1].heard(began), steady); len(got) != 1 {
			t.Errorf("of the booking beside it was told %d times:\n%s", len(got), listed(got))
		}
		b.keptTo(b.everybody())
	})
}

// Telegram does not answer for six hours: nothing is lost, and what there is to tell comes in a few messages.
func TestTelegramIsAwayForSixHours(t *testing.T) { telegramIsAway(t, 6*time.Hour, 3) }
