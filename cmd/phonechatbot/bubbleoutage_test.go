package main

import (
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// The platform does not answer for six hours. What changed meanwhile is told on its return, once.
func TestThePlatformIsAwayForSixHours(t *testing.T) {
	for name, fault := range map[string]func(*bubble){
		"refused": func(b *bubble) { b.net.unplug(platformHost, true) },
		"broken":  func(b *bubble) { b.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultDown}) },
		"silent":  func(b *bubble) { b.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultHangBefore}) },
		"failing": func(b *bubble) { b.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultError}) },
		"a page":  func(b *bubble) { b.platform.SetFault(apisim.OpAny, apisim.Fault{Kind: apisim.FaultHTML}) },
	} {
		t.Run(name, func(t *testing.T) {
			if hurried() && name != "refused" {
				t.Skip("one way to be away will do")
			}
			inBubble(t, bubbleConfig{pairs: 1}, func(b *bubble) {
				client, performer := b.clients[0], b.performers[0]
				b.link(client, performer)
				id := b.asks(client, performer)
				time.Sleep(time.Hour)
				if got := about(performer.heard(monday), id); len(got) != 1 {
					t.Fatalf("of the request was told %d times:\n%s", len(got), performer.transcript())
				}

				fault(b)
				began := time.Now()
				time.Sleep(3 * time.Hour)
				b.must(b.platform.Accept(id, ""))
				time.Sleep(3 * time.Hour)
				if got := about(client.heard(began), id); len(got) != 0 {
					t.Errorf("told while the platform was away:\n%s", listed(got))
				}
				b.net.unplug(platformHost, false)
				b.platform.ClearFaults()
				back := time.Now()
				time.Sleep(time.Hour)
				if got := about(client.heard(back), id); len(got) != 1 {
					t.Errorf("of the acceptance was told %d times:\n%s\n%s", len(got), listed(got), client.transcript())
				}
				if got := about(performer.heard(began), id); len(got) != 0 {
					t.Errorf("the performer heard of what they did:\n%s", listed(got))
				}
				if got := len(client.heard(began)); got > 3 { // that it is away, that it is back, and the news
					t.Errorf("%d messages:\n%s", got, listed(client.heard(began)))
				}
				b.keptTo(b.everybody())
			})
		})
	}
}

// Telegram does not answer for half an hour: nothing is lost, and each booking is told of once.
func TestTelegramIsAwayForHalfAnHour(t *testing.T) { telegramIsAway(t, 30*time.Minute, 8) }

// telegramIsAway plays an outage of Telegram in which the bookings of several people change, after which nobody lacks
// anything, nor is told more than that many times.
func telegramIsAway(t *testing.T, length time.Duration, most int) {
	t.Helper()
	for name, fault := range map[string]func(*bubble){
		"refused": func(b *bubble) { b.net.unplug(telegramHost, true) },
		"silent":  func(b *bubble) { b.telegram.SetFault("", tgsim.Fault{Kind: tgsim.FaultHang}) },
		"failing": func(b *bubble) { b.telegram.SetFault("", tgsim.Fault{Kind: tgsim.FaultBadGateway}) },
	} {
		t.Run(name, func(t *testing.T) {
			if hurried() && name != "refused" {
				t.Skip("one way to be away will do")
			}
			inBubble(t, bubbleConfig{pairs: 3}, func(b *bubble) {
				client := b.clients[0]
				var ids []int64
				for i := range 8 {
					ids = append(ids, b.asks(client, b.performers[i%3]))
				}
				b.link(b.everybody()...)
				began := time.Now()
				fault(b)
				time.Sleep(length / 10)
				for i, id := range ids {
					b.must(b.platform.Accept(id, ""))
					if i%2 == 0 {
						time.Sleep(time.Minute)
						b.must(b.platform.Confirm(id))
					}
				}
				if name == "refused" {
					b.restart() // what waits is on the disk
				}
				time.Sleep(time.Until(began.Add(length)))
				for _, p := range b.everybody() {
					if got := p.heard(began); len(got) != 0 {
						t.Fatalf("%d heard something while Telegram was away:\n%s", p.user, listed(got))
					}
				}
				b.net.unplug(telegramHost, false)
				b.telegram.ClearFaults()
				back := time.Now()
				time.Sleep(45 * time.Minute)
				for i, id := range ids {
					if !client.informed(id, back) {
						t.Errorf("the client was never told of booking %d", id)
					}
					if performer := b.performers[i%3]; i%2 == 0 && !performer.informed(id, back) {
						t.Errorf("the performer was never told of booking %d", id)
					}
				}
				for _, p := range b.everybody() {
					if got := p.heard(back); len(got) > most {
						t.Errorf("%d was told %d times:\n%s", p.user, len(got), listed(got))
					}
				}
				b.keptTo(b.everybody())
			})
		})
	}
}
