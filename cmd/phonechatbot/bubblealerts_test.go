package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// Reminders are chosen for all calls. They follow a call that is moved, and one that is called off reminds of nothing.
func TestRemindersFollowTheirCalls(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 2, pollMin: time.Minute}, func(b *bubble) {
		client, began := b.clients[0], time.Now()
		b.link(client)
		client.chooses("Reminders", "✓ 15 minutes before", "5 minutes before") // beside one hour before
		confirmed := func(performer *person, session time.Time) apisim.Seed {
			seed := apisim.Seed{
				Client: client.member, Performer: performer.member, Created: began, Session: session, AcceptBy: began.Add(time.Hour),
				Status: apisim.StatusConfirmed,
			}
			seed.ID = b.platform.AddBooking(seed)
			return seed
		}
		moved, off := confirmed(b.performers[0], began.Add(4*time.Hour)), confirmed(b.performers[1], began.Add(5*time.Hour))
		time.Sleep(time.Until(began.Add(2 * time.Hour)))
		moved.Session = began.Add(7 * time.Hour)
		b.replant(moved, apisim.StatusConfirmed, time.Now())
		time.Sleep(time.Until(began.Add(4*time.Hour + 30*time.Minute)))
		b.must(b.platform.CancelMade(off.ID, "Something came up."))
		time.Sleep(time.Until(began.Add(8 * time.Hour)))

		client.remindedOf(moved.ID, moved.Session.Add(-time.Hour), moved.Session.Add(-5*time.Minute))
		client.remindedOf(off.ID, off.Session.Add(-time.Hour))
	})
}

// remindedOf fails the test unless a person was reminded of a call at these times, and at no other.
func (p *person) remindedOf(booking int64, times ...time.Time) {
	p.t.Helper()
	got := withText(about(p.heard(monday), booking), "A reminder:")
	asTold := func(m told, at time.Time) bool { return inTime(m.at, at, 2*time.Second) }
	if !slices.EqualFunc(got, times, asTold) {
		p.t.Errorf("not reminded at %v:\n%s", times, listed(got))
	}
}

func withText(all []told, text string) []told {
	return slices.DeleteFunc(slices.Clone(all), func(m told) bool { return !strings.Contains(m.text, text) })
}

func inTime(at, want time.Time, late time.Duration) bool {
	return !at.Before(want) && !at.After(want.Add(late))
}

// Half an hour before the reply-by time whoever has not answered is warned, once: the performer of a request, the
// client of what was accepted. Who has answered is not, nor who wants no warnings.
func TestTheReplyByTimeIsNear(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 2, pollMin: 2 * time.Minute}, func(b *bubble) {
		client, performer, other := b.clients[0], b.performers[0], b.performers[1]
		b.link(b.everybody()...)
		other.chooses("Reminders", "✓ Reply-by warning")
		began := time.Now()
		until := began.Add(5 * time.Hour).Truncate(time.Minute)
		asks := func(client, performer *person) int64 {
			return b.platform.AddBooking(apisim.Seed{
				Client: client.member, Performer: performer.member, AcceptBy: until, Session: until.Add(6 * time.Hour),
			})
		}
		ignored, answered, unwarned := asks(b.clients[1], performer), asks(client, performer), asks(b.clients[1], other)
		time.Sleep(time.Hour)
		b.must(b.platform.Accept(answered, ""))
		time.Sleep(time.Until(until.Add(time.Hour)))
		for _, tc := range []struct {
			of   *person
			id   int64
			want int
		}{{performer, ignored, 1}, {client, answered, 1}, {performer, answered, 0}, {other, unwarned, 0}} {
			got := withText(about(tc.of.heard(began), tc.id), "waits for your answer")
			if len(got) != tc.want || tc.want == 1 && !inTime(got[0].at, until.Add(-30*time.Minute), 2*time.Second) {
				t.Errorf("%d was warned of booking %d:\n%s\nnot %d times", tc.of.user, tc.id, listed(got), tc.want)
			}
		}
	})
}

// An alert that is snoozed comes back once, and says then what has changed meanwhile. One that is muted does not, nor what becomes of its booking; what becomes
// of another one is told as ever.
func TestSnoozeAndMute(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 3}, func(b *bubble) {
		client := b.clients[0]
		b.link(b.everybody()...)
		snoozed, muted, changed := b.asks(client, b.performers[0]), b.asks(client, b.performers[1]), b.asks(client, b.performers[2])
		time.Sleep(2 * time.Minute)
		b.must(b.platform.Accept(changed, ""))
		client.press(client.alertOf(changed), "Snooze 15 min")
		client.reads("Snoozed until")
		first := time.Now()
		time.Sleep(time.Minute)
		b.must(b.platform.Confirm(changed))
		time.Sleep(20 * time.Minute)
		if got := about(client.heard(first), changed); len(got) != 1 || !inTime(got[0].at, first.Add(15*time.Minute), 2*time.Second) {
			t.Errorf("snoozed at %s, confirmed a minute later, and told:\n%s", first.Format(time.TimeOnly), listed(got))
		}

		b.must(b.platform.Accept(snoozed, ""))
		client.press(client.alertOf(snoozed), "Snooze 15 min")
		client.reads("Snoozed until")
		pressed := time.Now()
		time.Sleep(time.Minute)
		b.must(b.platform.Accept(muted, ""))
		client.press(client.alertOf(muted), "Mute this")
		client.reads("No alerts about this booking.")
		time.Sleep(2 * time.Hour)
		if got := about(client.heard(pressed), snoozed); len(got) != 1 || !inTime(got[0].at, pressed.Add(15*time.Minute), 2*time.Second) {
			t.Errorf("snoozed at %s, and told:\n%s", pressed.Format(time.TimeOnly), listed(got))
		}
		then := time.Now()
		b.must(b.platform.CancelReceived(muted, "I am ill."))
		b.must(b.platform.CancelReceived(snoozed, "I am ill."))
		time.Sleep(30 * time.Minute)
		if got := about(client.heard(then), muted); len(got) != 0 {
			t.Errorf("told of what is muted:\n%s", listed(got))
		}
		if got := about(client.heard(then), snoozed); len(got) != 1 {
			t.Errorf("of what was snoozed once was told:\n%s", listed(got))
		}
	})
}

// alertOf waits until the last message is an alert of a booking.
func (p *person) alertOf(booking int64) tgsim.Message {
	p.t.Helper()
	return p.awaits("an alert", func(m tgsim.Message) bool {
		seen := toldBy(m)
		return slices.Contains(seen.bookings, booking) && strings.Contains(seen.text, discreet)
	})
}

// Somebody in New York has a summary at eight of their clock: on the night when it is put forward too, two weeks
// before the platform's.
func TestADailySummaryInNewYork(t *testing.T) {
	begins := time.Date(2027, 3, 13, 12, 30, 0, 0, time.UTC)
	inBubble(t, bubbleConfig{begins: begins, pollMin: 5 * time.Minute}, func(b *bubble) {
		performer := b.performers[0]
		b.platform.AddBooking(apisim.Seed{
			Client: b.clients[0].member, Performer: performer.member, Session: begins.Add(10 * 24 * time.Hour),
		})
		b.link(performer)
		performer.say("/account")
		performer.press(performer.shows("Time zone"), "Time zone")
		performer.reads("Which city is near you?")
		performer.say("New York")
		performer.reads("New York time")
		performer.chooses("Daily summary", "08")
		chosen := time.Now()
		time.Sleep(time.Until(begins.Add(24 * time.Hour)))
		got := withText(performer.heard(chosen), "Your summary: no appointment today, 1 waits for you.")
		want := []time.Time{
			time.Date(2027, 3, 13, 13, 0, 0, 0, time.UTC), time.Date(2027, 3, 14, 12, 0, 0, 0, time.UTC),
		}
		if len(got) != len(want) || len(performer.heard(chosen)) != len(want) {
			t.Fatalf("not one a day:\n%s", listed(performer.heard(chosen)))
		}
		for i, at := range want {
			if !inTime(got[i].at, at, 2*time.Second) {
				t.Errorf("not at %s: %s", at, listed(got[i:i+1]))
			}
		}
	})
}

// A manager watches a member of the group: of their request both hear, and nobody else; of another member's the
// manager hears nothing.
func TestAManagerWatchesAMember(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 3}, func(b *bubble) {
		manager, member, other := b.clients[2], b.performers[0], b.performers[1]
		for _, p := range []*person{manager, member, other} {
			b.platform.JoinGroup(p.member, 312, "North Studio")
		}
		b.platform.SetManager(manager.member, true)
		b.link(b.everybody()...)
		openly(manager)
		manager.say("/actas")
		manager.press(manager.shows(nameOf(member.member)), nameOf(member.member))
		manager.press(manager.shows("Tell me of their requests"), "Tell me of their requests")
		manager.reads("From now on you get alerts here")
		time.Sleep(20 * time.Minute)
		began := time.Now()
		watched := b.asks(b.clients[0], member)
		unwatched := b.asks(b.clients[1], other)
		time.Sleep(time.Hour)
		for _, p := range b.everybody() {
			want := map[*person][]int64{manager: {watched}, member: {watched}, other: {unwatched}}[p]
			got := p.heard(began)
			if len(got) != len(want) || len(want) == 1 && !slices.Equal(got[0].bookings, want) {
				t.Errorf("%s was told, not of %v:\n%s", nameOf(p.member), want, listed(got))
			}
		}
		if got := manager.heard(began); len(got) == 1 && !strings.HasPrefix(got[0].text, "For "+nameOf(member.member)+": "+nameOf(b.clients[0].member)+" asks for a call") {
			t.Errorf("the manager reads: %s", got[0].text)
		}
		b.keptTo(slices.DeleteFunc(b.everybody(), func(p *person) bool { return p == manager }))
	})
}

// The card of a booking stands open when the performer accepts: it says so where it stands, and the alert comes too.
func TestAnOpenCardIsDrawnAnew(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 1}, func(b *bubble) {
		client := b.clients[0]
		id := b.asks(client, b.performers[0])
		b.link(client)
		client.say("/bookings")
		client.press(client.reads("Bookings you made"), "1")
		card := client.reads("Booking #")
		if strings.Contains(card.Text, "Accepted") {
			t.Fatalf("accepted already: %s", card.Text)
		}
		began := time.Now()
		b.must(b.platform.Accept(id, ""))
		time.Sleep(2 * time.Minute)
		if got := about(client.heard(began), id); len(got) != 1 || got[0].text != discreet {
			t.Errorf("the client was told:\n%s", listed(got))
		}
		redrawn := 0
		changes, _ := client.telegram.Changes(client.user, 0)
		for _, c := range changes {
			if c.Kind == tgsim.Edited && c.Message.ID == card.ID && strings.Contains(c.Message.Text, "Accepted, to be confirmed") {
				redrawn++
			}
		}
		if redrawn != 1 {
			t.Errorf("the card was drawn anew %d times:\n%s", redrawn, client.transcript())
		}
	})
}

// Somebody blocks the bot, and lets it speak again six hours later: nothing is sent to them meanwhile, and then all in
// one message.
func TestBlockedAndBack(t *testing.T) {
	inBubble(t, bubbleConfig{pairs: 2, pollMin: 2 * time.Minute}, func(b *bubble) {
		client := b.clients[0]
		b.link(b.everybody()...)
		var ids []int64
		for range 5 {
			ids = append(ids, b.asks(client, b.performers[0]))
		}
		beside := b.asks(b.clients[1], b.performers[1])
		time.Sleep(10 * time.Minute)
		b.telegram.Block(client.user)
		began := time.Now()
		for i, id := range ids {
			b.must(b.platform.Accept(id, ""))
			time.Sleep(time.Hour)
			if i == 2 {
				b.restart() // that the account is paused is on the disk
			}
		}
		b.must(b.platform.Accept(beside, ""))
		time.Sleep(time.Hour)
		tries := 0
		for _, r := range b.telegram.Requests("sendMessage") {
			if r.At.After(began) && r.Params["chat_id"] == strconv.FormatInt(client.user, 10) {
				tries++
			}
		}
		if tries != 0 { // that they left was told
			t.Errorf("tried %d times while blocked", tries)
		}
		if got := about(b.clients[1].heard(began), beside); len(got) != 1 {
			t.Errorf("another was told:\n%s", listed(got))
		}
		b.telegram.Unblock(client.user)
		back := time.Now()
		time.Sleep(time.Hour)
		got := client.heard(began)
		if len(got) != 1 || !strings.HasPrefix(got[0].text, "5 updates") || !inTime(got[0].at, back, 5*time.Second) {
			t.Errorf("back at %s, and told:\n%s", back.Format(time.TimeOnly), listed(got))
		}
		b.keptTo(b.everybody())
	})
}
