package main

import (
	"slices"
	"strings"
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
			inBubble(t, bubbleConfig{pairs: 2, pollMin: time.Minute}, func(b *bubble) {
				client, performer := b.clients[0], b.performers[0]
				b.link(b.everybody()...) // of whom the second pair wait for nothing
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
				for i, p := range []*person{client, performer} {
					p.heardOfTheOutage(began, back)
					if got := p.heard(began); len(got) != 3-i { // that it is away, that it is back, and the client's news
						t.Errorf("%d heard %d messages:\n%s", p.user, len(got), listed(got))
					}
				}
				for _, p := range []*person{b.clients[1], b.performers[1]} {
					if got := p.heard(began); len(got) != 0 {
						t.Errorf("%d waits for nothing, and was told:\n%s", p.user, listed(got))
					}
				}
				b.keptTo(b.everybody())
			})
		})
	}
}

// heardOfTheOutage fails the test unless a person was told once that the platform is away, ten minutes after it was,
// and once that it is back.
func (p *person) heardOfTheOutage(began, back time.Time) {
	p.t.Helper()
	for text, within := range map[string][2]time.Time{
		"has not answered for ten minutes": {began.Add(10 * time.Minute), began.Add(12 * time.Minute)},
		"The site answers again":           {back, back.Add(20 * time.Minute)}, // a look after the longest wait
	} {
		got := slices.DeleteFunc(p.heard(began), func(m told) bool { return !strings.Contains(m.text, text) })
		if len(got) != 1 || got[0].at.Before(within[0]) || got[0].at.After(within[1]) {
			p.t.Errorf("%d heard %q %d times, not once from %s to %s:\n%s", p.user, text, len(got),
				within[0].Format(time.TimeOnly), within[1].Format(time.TimeOnly), listed(p.heard(began)))
		}
	}
}

// Telegram does not answer for half an hour: nothing is lost, and all there is to tell comes in one message for a chat.
func TestTelegramIsAwayForHalfAnHour(t *testing.T) {
	telegramIsAway(t, bubbleConfig{pairs: 3}, 30*time.Minute)
}

// telegramIsAway plays an outage of Telegram in which the bookings of several people change, after which nobody lacks
// anything, nor is told more than once.
func telegramIsAway(t *testing.T, cfg bubbleConfig, length time.Duration) {
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
			inBubble(t, cfg, func(b *bubble) {
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
					if got := p.heard(back); len(got) > 1 {
						t.Errorf("%d was told %d times:\n%s", p.user, len(got), listed(got))
					}
				}
				b.keptTo(b.everybody())
			})
		})
	}
}
