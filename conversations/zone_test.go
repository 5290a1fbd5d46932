package conversations_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// livesIn has the person say where they live.
func (r *rig) livesIn(city string) {
	r.t.Helper()
	r.say("/account")
	r.press("Time zone")
	r.say(city)
	r.wantSaid("From now on, times here are")
}

// zoneOnDisk has the account live somewhere, whatever it is called.
func (r *rig) zoneOnDisk(zone string) {
	r.t.Helper()
	err := r.db.Update(r.t.Context(), func(tx *store.Tx) error {
		chat, err := tx.Chat(theUser)
		if err != nil {
			return err
		}
		account, err := tx.Account(chat.Account)
		if err != nil {
			return err
		}
		account.Zone = zone
		return tx.PutAccount(account)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func instant(t *testing.T, at string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// What is typed by the person's clock reaches the platform as that moment, and stands there by its own.
func TestTheSiteGetsTheMoment(t *testing.T) {
	for name, tc := range map[string]struct {
		city, now, session, by  string
		wantSession, wantBy, on string
	}{
		"nobody said where": {
			"", "2027-02-15T12:00:00Z", "tomorrow 9:30pm", "today 18:00", "2027-02-16T21:30:00Z", "2027-02-15T18:00:00Z", "21:30 UK time",
		},
		"New York, the next day in the UK": {
			"New York", "2027-02-16T02:00:00Z", "tomorrow 9:30pm", "tonight 11pm", "2027-02-17T02:30:00Z", "2027-02-16T04:00:00Z",
			"21:30 New York time (Wed 02:30 UK time)",
		},
		"India, the day before in the UK": {
			"Mumbai", "2027-02-15T20:00:00Z", "tomorrow 1am", "today 23:00", "2027-02-16T19:30:00Z", "2027-02-16T17:30:00Z",
			"01:00 India time (Tue 19:30 UK time)",
		},
		"only New York has changed": {
			"New York", "2027-03-15T12:00:00Z", "20/03 9:30pm", "18/03 18:00", "2027-03-21T01:30:00Z", "2027-03-18T22:00:00Z",
			"21:30 New York time (Sun 01:30 UK time)",
		},
		"over London's change": {
			"New York", "2027-03-25T12:00:00Z", "29/03 9:30pm", "27/03 18:00", "2027-03-30T01:30:00Z", "2027-03-27T22:00:00Z",
			"21:30 New York time (Tue 02:30 UK time)",
		},
		"only London went back, 2026": {
			"New York", "2026-10-20T12:00:00Z", "28/10 14:00", "24/10 18:00", "2026-10-28T18:00:00Z", "2026-10-24T22:00:00Z",
			"14:00 New York time (18:00 UK time)",
		},
		"over London's change, in India": {
			"Delhi", "2026-10-20T12:00:00Z", "26/10 03:00", "25/10 05:29", "2026-10-25T21:30:00Z", "2026-10-24T23:59:00Z",
			"03:00 India time (Sun 21:30 UK time)",
		},
		"a leap day in New York": {
			"New York", "2028-02-20T12:00:00Z", "29 feb 10pm", "28 feb 18:00", "2028-03-01T03:00:00Z", "2028-02-28T23:00:00Z",
			"22:00 New York time (Wed 03:00 UK time)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, instant(t, tc.now))
			r.link(clientToken)
			if tc.city != "" {
				r.livesIn(tc.city)
			}
			r.say("/book")
			for _, answer := range []string{"771204", tc.session, "30", "2", "36", tc.by, "-"} {
				r.say(answer)
			}
			r.wantSaid("Nothing has been sent yet")
			r.wantSaid(tc.on)
			r.press("Send request")
			r.wantSaid(tc.on)
			r.press("Yes, send")
			r.wantSaid("Request sent, #48213")
			r.wantSaid(tc.on)
			made, ok := r.platform.Booking(48213)
			if !ok || !made.Session.Equal(instant(t, tc.wantSession)) || !made.AcceptBy.Equal(instant(t, tc.wantBy)) {
				t.Errorf("the site has %s, reply by %s; want %s, %s", made.Session.UTC(), made.AcceptBy.UTC(), tc.wantSession, tc.wantBy)
			}
			r.press("View")
			r.wantSaid(tc.on)
		})
	}
}

// A form stays in the zone in which it was begun: its card names it, and what is sent is what it says.
func TestAFormStaysInItsZone(t *testing.T) {
	for name, tc := range map[string]struct {
		was, is string // "": never said
		shows   string
		want    string
	}{
		"from New York to India":   {"New York", "Kolkata", "21:30 New York time (Wed 02:30 UK time, Wed 08:00 India time)", "2027-02-17T02:30:00Z"},
		"from New York to home":    {"New York", "London", "21:30 New York time (Wed 02:30 UK time)", "2027-02-17T02:30:00Z"},
		"from nowhere to New York": {"", "New York", "21:30 UK time (16:30 New York time)", "2027-02-16T21:30:00Z"},
		"from home to India":       {"UK", "India", "21:30 UK time (Wed 03:00 India time)", "2027-02-16T21:30:00Z"},
	} {
		for how, wait := range map[string]func(*rig){
			"it stood open": func(r *rig) { r.say("/start"); r.press("Continue the form") },
			"a draft":       func(r *rig) { r.say("/book"); r.press("Go on with 1") },
			"a restart":     func(r *rig) { r.restart(); r.say("/start"); r.press("Continue the form") },
			"an older version of the program": func(r *rig) {
				r.changeChat(func(chat *store.Chat) { chat.Session.Version = 0 })
				r.say("/start")
				r.press("Continue the form")
			},
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				r := newRig(t, monday)
				r.link(clientToken)
				if tc.was != "" {
					r.livesIn(tc.was)
				}
				r.fillBooking()
				if how == "a draft" {
					r.press("Save draft")
				}
				r.livesIn(tc.is)
				if how != "a draft" {
					r.wantSaid("The request that you have begun stays in")
				}
				wait(r)
				r.wantSaid("Nothing has been sent yet")
				r.wantSaid("16 Feb " + tc.shows)
				r.press("Send request")
				r.press("Yes, send")
				r.wantSaid("Request sent, #48213")
				made, _ := r.platform.Booking(48213)
				if !made.Session.Equal(instant(t, tc.want)) {
					t.Errorf("the site has %s, want %s", made.Session.UTC(), tc.want)
				}
				r.say("/book 771204") // the next one is in the new zone
				r.say("tomorrow 21:30")
				if tc.is == "London" {
					r.wantSaid("21:30 UK time.")
				} else {
					r.wantSaid("21:30 " + map[string]string{"Kolkata": "India", "India": "India", "New York": "New York"}[tc.is] + " time (")
				}
			})
		}
	}
}

// A booking's time stands in a list of drafts by the clock of whoever looks at it.
func TestDraftsAreListedInThePersonsZone(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.livesIn("New York")
	r.fillBooking()
	r.press("Save draft")
	r.say("/book")
	r.wantSaid("Times are New York time.\n1. VelvetVoice, Tue 16 Feb 21:30 (until Mon 22 Feb 07:00)")
	r.livesIn("Kolkata")
	r.say("/book")
	r.wantSaid("Times are India time.\n1. VelvetVoice, Wed 17 Feb 08:00 (until Mon 22 Feb 17:30)")
	r.livesIn("London")
	r.say("/book")
	r.wantSaid("\n1. VelvetVoice, Wed 17 Feb 02:30 (until Mon 22 Feb 12:00)")
}

// Midnight passes where the person is, while the picker stands open.
func TestMidnightElsewhereDuringThePicker(t *testing.T) {
	r := newRig(t, instant(t, "2027-02-16T04:50:00Z")) // 23:50 in New York
	r.link(clientToken)
	r.livesIn("New York")
	r.say("/book 771204")
	r.wantSaid("Days and times are New York time.")
	today, press, _ := r.chat.find("Today")
	r.clock.Advance(20 * time.Minute)
	r.press("Today")
	r.wantSaid("That day is over")
	if _, now, _ := r.chat.find("Today"); now.Value != "2027-02-16" || press.Value != "2027-02-15" {
		t.Errorf("today is %s, and was %s", now.Value, press.Value)
	}
	r.pressed(today, press) // of before
	r.wantSaid("Which day?")
	r.press("Today")
	r.wantSaid("What time on Tue 16 Feb? All times are New York time.")
	r.wantSaid("It is 00:10 now.")
	r.clock.Advance(23*time.Hour + 30*time.Minute)
	r.press("Evening 18–24")
	r.wantSaid("It is 23:40 now.")
	if keys := r.keys(); keys["23:45"].Value == "" || keys["23:30"].Value != "" {
		t.Errorf("the quarter hours are %v", keys)
	}
	r.clock.Advance(30 * time.Minute)
	r.press("23:45")
	r.wantSaid("23:45 can't be chosen now.")
	r.press("Back")
	if _, now, _ := r.chat.find("Today"); now.Value != "2027-02-17" {
		t.Errorf("today is %s", now.Value)
	}
}

// Whoever answers requests sees both times on every card and question; a question that stands open keeps to its zone.
func TestDeedsShowBothTimes(t *testing.T) {
	r := newRig(t, monday)
	r.link(performerToken)
	r.livesIn("New York")
	r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Duration: 30, Session: instant(t, "2027-02-17T02:30:00Z")})
	r.platform.AddBooking(apisim.Seed{
		Client: clientID, Performer: performerID, Session: instant(t, "2027-02-17T02:45:00Z"), Status: apisim.StatusConfirmed,
	})
	const both = "Tue 16 Feb 21:30 New York time (Wed 02:30 UK time)"
	r.say("/requests")
	r.wantSaid("Times are New York time.")
	r.wantSaid("Tue 16 Feb 21:30, ")
	r.pressOn(r.tag(), "card", "r48213")
	r.wantSaid(both)
	r.pressOn(r.tag(), "accept", "r48213")
	r.wantSaid(both)
	r.wantSaid("Tue 16 Feb 21:45 New York time (Wed 02:45 UK time)") // at the same time
	question, yes := r.yes()
	r.livesIn("Kolkata")
	r.pressed(question, flow.Press{Of: yes.Of, Rev: yes.Rev - 1, Action: yes.Action}) // out of date: it is drawn anew
	r.wantSaid("Accept request #48213 from NightOwl77")
	r.wantSaid("Tue 16 Feb 21:30 New York time (Wed 02:30 UK time, Wed 08:00 India time)")
	card, again := r.yes()
	r.pressed(card, again)
	r.wantSaid("Wed 17 Feb 08:00 India time (02:30 UK time)")
	r.wantStatus(48213, "Accepted")
}

// A zone that is not known (any more) is the platform's: nothing fails, and nothing moves unsaid.
func TestAZoneThatNobodyKnows(t *testing.T) {
	t.Run("of the person", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		for _, zone := range []string{"Mars/Olympus_Mons", "Local", "../../etc/passwd", strings.Repeat("x", 5000)} {
			r.zoneOnDisk(zone)
			r.say("/account")
			r.wantSaid("Time zone: UK time (it is 12:00)")
			r.fillBooking()
			r.wantSaid("21:30 UK time")
			r.press("Cancel")
			r.press("Discard")
		}
		r.livesIn("New York")
		if got := r.account().Zone; got != "America/New_York" {
			t.Errorf("on disk is %q", got)
		}
	})
	t.Run("of a form", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.livesIn("New York")
		r.fillBooking()
		r.changeChat(func(chat *store.Chat) { chat.Session.Answers["zone"] = "Mars/Olympus_Mons" })
		r.press("Send request")
		r.wantSaid("I don't know the time zone any more")
		r.wantSaid("are UK time")
		r.say("tomorrow")
		r.wantSaid("has passed: it is now") // 10:00 was New York's
		r.say("in 1 hour")
		r.wantSaid("Tue 16 Feb 21:30 UK time")
		r.press("Send request")
		r.press("Yes, send")
		if made, _ := r.platform.Booking(48213); !made.Session.Equal(instant(t, "2027-02-16T21:30:00Z")) {
			t.Errorf("the site has %s", made.Session.UTC())
		}
	})
	t.Run("of a request whose outcome is unknown", func(t *testing.T) {
		r := newRig(t, monday)
		r.link(clientToken)
		r.livesIn("New York")
		r.unsure(apisim.FaultResetAfterCommit)
		r.changeChat(func(chat *store.Chat) { chat.Session.Answers["zone"] = "Mars/Olympus_Mons" })
		r.platform.ClearFaults()
		r.clock.Advance(2 * time.Minute)
		r.settle()
		r.wantSaid("your request arrived")
		r.wantCreated(1)
	})
}

// The zone outlives a new sign-in of either kind, is the account's own, and goes with it.
func TestTheZoneStaysWithTheAccount(t *testing.T) {
	r := newRig(t, monday)
	r.withSignIn()
	r.link(clientToken)
	r.livesIn("New York")
	kept := func(how string) {
		t.Helper()
		if got := r.account().Zone; got != "America/New_York" {
			t.Errorf("%s: the zone is %q", how, got)
		}
		if _, _, asked := r.chat.find("No, choose"); asked && strings.Contains(r.chat.last(), "Is that your time?") {
			t.Errorf("%s: asked again", how)
		}
	}
	r.say("/account")
	r.press("Paste a new token")
	r.say(clientToken)
	r.wantSaid("Linked as")
	kept("a pasted token")
	r.say("/account")
	r.press("Sign in again")
	r.browser("allow", "NightOwl77")
	r.say("code-0001")
	r.press("Yes, that is me")
	r.wantSaid("The sign-in renews itself")
	kept("a sign-in")
	r.restart()
	kept("a restart")
	r.say("/account")
	r.wantSaid("Time zone: New York time (it is 07:00)")
	r.press("Unlink")
	r.press("Yes, unlink")
	r.link(clientToken)
	r.wantSaid("It is 12:00 UK time. Is that your time?")
	if got := r.account().Zone; got != "" {
		t.Errorf("after unlinking the zone is %q", got)
	}
}

// The question after linking holds nothing up, and both answers lead on to what was asked for.
func TestTheQuestionAfterLinking(t *testing.T) {
	linked := func(t *testing.T) *rig {
		r := newRig(t, monday)
		r.say("/book 771204")
		r.say(clientToken)
		r.wantSaid("It is 12:00 UK time. Is that your time?")
		return r
	}
	t.Run("left alone", func(t *testing.T) {
		r := linked(t)
		r.press("Go on with what you asked")
		r.wantSaid("Which day?")
		r.say("tomorrow 9:30pm")
		r.wantSaid("21:30 UK time")
	})
	t.Run("typed over", func(t *testing.T) {
		r := linked(t)
		r.say("/bookings")
		r.wantSaid("You have not booked a call yet")
	})
	for name, yes := range map[string]int{"yes": 1, "yes, pressed twice": 2} {
		t.Run(name, func(t *testing.T) {
			r := linked(t)
			card, press, _ := r.chat.find("Yes, that is my time")
			for range yes {
				r.pressed(card, press)
			}
			if got := r.account().Zone; got != "Europe/London" {
				t.Errorf("the zone is %q", got)
			}
			r.press("Go on with what you asked")
			r.wantSaid("Which day?")
		})
	}
	t.Run("no, and then yes on the same card", func(t *testing.T) {
		r := linked(t)
		card, yes, _ := r.chat.find("Yes, that is my time")
		r.press("No, choose")
		r.pressed(card, yes)
		r.wantSaid("From now on, times here are UK time")
		r.say("New York") // nobody asks any more
		r.wantSaid("I did not expect that here")
		if got := r.account().Zone; got != "Europe/London" {
			t.Errorf("the zone is %q", got)
		}
	})
	t.Run("no, and then cancelled", func(t *testing.T) {
		r := linked(t)
		r.press("No, choose")
		r.press("Cancel")
		r.wantSaid("Times are UK time, as before")
		r.press("Go on with what you asked")
		r.wantSaid("Which day?")
	})
	t.Run("no, and a restart before each answer is shown", func(t *testing.T) {
		r := linked(t)
		r.press("No, choose")
		r.chat.broken = true
		_ = r.try(flow.Event{Kind: flow.EventText, Text: "Delhi", Message: r.chat.receive()})
		r.chat.broken = false
		r.restart()
		r.wantSaid("From now on, times here are India time: it is 17:30")
		if got := r.account().Zone; got != "Asia/Kolkata" {
			t.Errorf("the zone is %q", got)
		}
		r.press("Go on with what you asked")
		r.wantSaid("Which day?")
	})
	t.Run("in a second chat", func(t *testing.T) {
		r := linked(t)
		r.handle(flow.Event{Kind: flow.EventText, Text: clientToken, Chat: 43, Message: r.chat.receive()})
		card, yes, _ := r.chat.find("Yes, link it here too")
		r.handle(flow.Event{Kind: flow.EventPress, Chat: 43, Message: card, Press: yes, Callback: "q"})
		r.wantSaid("It is 12:00 UK time. Is that your time?")
		card, no, _ := r.chat.find("No, choose")
		r.handle(flow.Event{Kind: flow.EventPress, Chat: 43, Message: card, Press: no, Callback: "q2"})
		r.handle(flow.Event{Kind: flow.EventText, Text: "Tokyo", Chat: 43, Message: r.chat.receive()})
		r.wantSaid("From now on, times here are Tokyo time: it is 21:00")
		if mine, theirs := r.account().Zone, r.accountOf(43).Zone; mine != "" || theirs != "Asia/Tokyo" {
			t.Errorf("the zones are %q and %q", mine, theirs)
		}
	})
}

// A form that is open keeps its answers while the person says where they live, and comes back.
func TestChoosingAZoneKeepsTheFormThatIsOpen(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.say("tomorrow 9:30pm")
	r.livesIn("Delhi")
	r.wantSaid("A form is open: Book a call.")
	r.press("Continue the form")
	r.wantSaid("The call begins Tue 16 Feb 21:30 UK time (Wed 03:00 India time).")
	if got := fmt.Sprint(r.session().Answers); got != "map[day:2027-02-16 lives:Asia/Kolkata time:21:30 who:771204]" {
		t.Errorf("the answers are %s", got)
	}
}

// A form that was begun in another zone than the person lives in now says so where days and times are asked, and shows
// both wherever it shows a moment.
func TestAFormBegunElsewhereShowsBothTimes(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.livesIn("New York")
	r.press("Continue the form")
	const both = "Days and times are UK time, as when this form was begun: it is 12:00 there, and 07:00 New York time."
	r.wantSaid(both)
	r.say("tonight")
	r.wantSaid(both)
	r.say("tonight at 8")
	r.wantSaid("Mon 15 Feb 20:00 UK time (15:00 New York time)")
	for _, answer := range []string{"30", "2", "36", "in 3 hours", "-"} {
		r.say(answer)
	}
	r.wantSaid("When: Mon 15 Feb 20:00 UK time (15:00 New York time), 30 min, until 20:30 UK time")
	r.wantSaid("Reply by: Mon 15 Feb 15:00 UK time (10:00 New York time)")
	r.press("Save draft")
	r.livesIn("Kolkata")
	r.say("/book")
	r.press("Go on with 1")
	r.wantSaid("Mon 15 Feb 20:00 UK time (Tue 01:30 India time)")
	r.livesIn("London")
	r.say("/start")
	r.press("Continue the form")
	r.wantSaid("When: Mon 15 Feb 20:00 UK time, 30 min, until 20:30\n")
}

// The zone that stands in for one that is lost is settled by a line of several answers as by one of a day.
func TestALineSettlesAZoneThatIsLost(t *testing.T) {
	for _, line := range []string{"tomorrow 7pm", "tomorrow 7pm 20 min"} {
		r := newRig(t, monday)
		r.link(clientToken)
		r.livesIn("New York")
		r.fillBooking()
		r.changeChat(func(c *store.Chat) { c.Session.Answers["zone"] = "Mars/Base" })
		r.say("x")
		r.wantSaid("I don't know the time zone any more")
		r.say(line)
		r.wantSaid("When: Tue 16 Feb 19:00 UK time")
		if zone := r.session().Answers["zone"]; zone != "" {
			t.Errorf("after %q the zone is %q", line, zone)
		}
	}
}
