package conversations

import (
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// Words are an alert as a person of a level and a zone gets it, from a platform in London; 771204 is a member they
// watch.
func Words(level alert.Level, zone string, now time.Time, news ...store.Notification) flow.View {
	london, err := time.LoadLocation(platformHome)
	if err != nil {
		panic(err)
	}
	c := clock{now: func() time.Time { return now }, zone: london}
	b := briefing{since: now, teller: teller{
		tag: accountTag(store.AccountID{}), level: level, clock: c.in(zone), members: map[int64]string{771204: "VelvetVoice"},
	}}
	var all []told
	for _, n := range news {
		b.tag = accountTag(n.Account)
		all = append(all, told{Notification: n})
	}
	return b.view(all)
}

// Unchecked is Words of something timed whose booking could not be read again.
func Unchecked(level alert.Level, now time.Time, n store.Notification) flow.View {
	b := briefing{teller: teller{
		tag: accountTag(n.Account), level: level, members: map[int64]string{},
		clock: clock{now: func() time.Time { return now }, zone: time.UTC},
	}}
	return b.view([]told{{n, true}})
}

// Notice is the discreet alert of one notification.
func Notice(n store.Notification) flow.View { return Words(alert.Discreet, "", time.Time{}, n) }

// ParseNewsRef reads a value of the buttons of an alert, and writes it again.
func ParseNewsRef(value string) (again string, ok bool) {
	ref, ok := parseNewsRef(value)
	if !ok {
		return "", false
	}
	return ref.String(), true
}

// SnoozeUntil is when a snooze ends; zero if the reply-by time or the call is too near.
func SnoozeUntil(s store.Snapshot, now time.Time) time.Time {
	until, _ := snoozeUntil(s, now)
	return until
}
