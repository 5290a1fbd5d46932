package main

import (
	"testing"
	"time"
)

// A thousand changes in one minute, of 500 bookings of 50 accounts: both sides hear of every booking after its last
// change, by itself or among several, and nobody of another's.
func TestAThousandChangesInAMinute(t *testing.T) {
	pairs, each := sized(25, 5), sized(20, 10)
	inBubble(t, bubbleConfig{pairs: pairs, limits: true}, func(b *bubble) {
		type planted struct {
			id                int64
			client, performer *person
			over              time.Time // when it changed last
		}
		var all []planted
		for i := range pairs * each {
			client, performer := b.clients[i%pairs], b.performers[(i+i/pairs)%pairs]
			all = append(all, planted{id: b.asks(client, performer), client: client, performer: performer})
		}
		b.link(b.everybody()...)
		openly(b.everybody()...)
		began := time.Now()
		for _, p := range b.everybody() {
			if got := p.heard(began.Add(-30 * time.Second)); len(got) != 0 {
				t.Fatalf("the first look is not silent:\n%s", listed(got))
			}
		}
		gap := time.Minute / time.Duration(2*len(all))
		for i := range all {
			b.must(b.platform.Accept(all[i].id, ""))
			time.Sleep(gap)
		}
		for i := range all {
			if i%2 == 0 {
				b.must(b.platform.Confirm(all[i].id))
			} else {
				b.must(b.platform.CancelReceived(all[i].id, "I am ill."))
			}
			all[i].over = time.Now()
			time.Sleep(gap)
		}
		time.Sleep(5 * time.Minute)
		for i, p := range all {
			if !p.client.informed(p.id, p.over) {
				t.Errorf("the client was not told what became of booking %d", p.id)
			}
			if i%2 == 0 && !p.performer.informed(p.id, p.over) {
				t.Errorf("the performer was not told that booking %d is confirmed", p.id)
			}
			for _, one := range []*person{p.client, p.performer} {
				if got := about(one.heard(began), p.id); len(got) > 2 { // one for each change
					t.Errorf("%d was told %d times of booking %d:\n%s", one.user, len(got), p.id, listed(got))
				}
			}
		}
		b.namedSomebody(began)
		b.keptTo(b.everybody())
	})
}

// Three hundred people's bookings change at one moment. All are told within the interval and 12 seconds, which is
// what Telegram's 30 a second leave room for.
func TestABurstOfThreeHundredChanges(t *testing.T) {
	pairs := sized(300, 60)
	const interval = 30 * time.Second // the shortest
	inBubble(t, bubbleConfig{pairs: pairs, limits: true}, func(b *bubble) {
		ids := make([]int64, pairs)
		for i := range ids {
			ids[i] = b.asks(b.clients[i], b.performers[i])
		}
		b.link(b.clients...)
		began := time.Now()
		for _, id := range ids {
			b.must(b.platform.Accept(id, ""))
		}
		time.Sleep(interval + 12*time.Second)
		late := 0
		for i, id := range ids {
			if !b.clients[i].informed(id, began) {
				late++
			}
		}
		if late > 0 {
			t.Errorf("%d of %d were not told in time", late, pairs)
		}
		time.Sleep(2 * time.Minute)
		for i, id := range ids {
			if got := about(b.clients[i].heard(began), id); len(got) != 1 {
				t.Errorf("%d was told %d times:\n%s", b.clients[i].user, len(got), listed(got))
			}
		}
		b.keptTo(b.clients)
	})
}
