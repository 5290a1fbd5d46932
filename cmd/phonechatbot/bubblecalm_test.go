package main

import (
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
)

// The platform cannot make up its mind: half an hour long one of its machines says of a booking that it is accepted,
// and the other one that it is pending still. Each is told once, and what comes after it is told as ever.
func TestAFlappingBooking(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 2}, func(b *bubble) {
		client, performer := b.clients[0], b.performers[0]
		b.link(b.everybody()...)
		began := time.Now()
		seed := b.plant(client, performer)
		steady := b.asks(b.clients[1], b.performers[1])
		time.Sleep(time.Minute)
		accepted := time.Now()
		for range 30 {
			b.replant(seed, apisim.StatusAccepted, accepted)
			time.Sleep(35 * time.Second)
			b.replant(seed, apisim.StatusPending, seed.Created)
			time.Sleep(35 * time.Second)
		}
		b.replant(seed, apisim.StatusAccepted, accepted)
		time.Sleep(10 * time.Minute)
		for _, one := range []*person{client, performer} { // of the acceptance, and of the request
			if got := about(one.heard(began), seed.ID); len(got) != 1 {
				t.Errorf("%d was told %d times:\n%s", one.user, len(got), listed(got))
			}
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

// A booking that does change, to and fro, every two minutes: each side is told of what the other one did, each time.
func TestABookingThatChangesToAndFro(t *testing.T) {
	const times = 6
	inBubble(t, bubbleConfig{}, func(b *bubble) {
		client, performer := b.clients[0], b.performers[0]
		b.link(b.everybody()...)
		began := time.Now()
		seed := b.plant(client, performer)
		time.Sleep(2 * time.Minute)
		for range times {
			b.replant(seed, apisim.StatusAccepted, time.Now())
			time.Sleep(2 * time.Minute)
			b.replant(seed, apisim.StatusPending, time.Now())
			time.Sleep(2 * time.Minute)
		}
		if got := about(client.heard(began), seed.ID); len(got) != times {
			t.Errorf("the client was told %d times:\n%s", len(got), listed(got))
		}
		if got := about(performer.heard(began), seed.ID); len(got) != 1+times {
			t.Errorf("the performer was told %d times:\n%s", len(got), listed(got))
		}
	})
}

// Telegram does not answer for six hours: nothing is lost, and what there is to tell comes in one message for a chat.
func TestTelegramIsAwayForSixHours(t *testing.T) {
	telegramIsAway(t, bubbleConfig{pairs: 3, pollMin: 2 * time.Minute}, 6*time.Hour)
}

// plant has a client ask a performer for a call a day later; the seed serves to plant it otherwise.
func (b *bubble) plant(client, performer *person) apisim.Seed {
	seed := apisim.Seed{
		Client: client.member, Performer: performer.member, Session: time.Now().Add(24 * time.Hour), Created: time.Now(),
	}
	seed.ID = b.platform.AddBooking(seed)
	return seed
}

// replant has the platform show a planted booking in a state since a time.
func (b *bubble) replant(seed apisim.Seed, status string, since time.Time) {
	b.platform.Remove(seed.ID)
	seed.Status, seed.LastUpdated = status, since
	b.platform.AddBooking(seed)
}
