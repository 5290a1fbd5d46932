package main

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"phonechatbot/sandbox/apisim"
)

// Many calls begin at the same minute, and the platform allows one reading a second. All are reminded soon, and each of
// a booking that was read again.
func TestManyRemindersAtOnce(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 30}, func(b *bubble) {
		b.link(b.clients...)
		session := time.Now().Add(3 * time.Hour).Truncate(time.Hour)
		for i, client := range b.clients {
			b.platform.AddBooking(apisim.Seed{
				Client: client.member, Performer: b.performers[i].member, Session: session, AcceptBy: time.Now().Add(time.Hour),
				Status: apisim.StatusConfirmed,
			})
		}
		time.Sleep(20 * time.Minute)
		b.stop()
		b.settings.apiRate = rate.Limit(1)
		b.start()
		hour := session.Add(-time.Hour)
		time.Sleep(time.Until(hour.Add(5 * time.Minute)))
		for _, client := range b.clients {
			got := withText(client.heard(hour.Add(-time.Minute)), "A reminder:")
			if len(got) != 1 || !inTime(got[0].at, hour, 2*time.Minute+15*time.Second) || strings.Contains(got[0].text, "could not check") {
				t.Errorf("%d was reminded:\n%s", client.user, listed(got))
			}
		}
	})
}
