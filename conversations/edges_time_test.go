package conversations_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// london is a moment as clocks in Britain show it.
func london(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// asksWhich are the keys that a card offers for what was typed, first of all: one in a row, with a weekday.
func (r *rig) asksWhich() (keys []string) {
	m := r.chat.messages[len(r.chat.messages)-1]
	for _, row := range m.rows {
		label := labelOf(row[0])
		if len(row) != 1 || !slices.ContainsFunc([]string{"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "}, func(day string) bool {
			return strings.HasPrefix(label, day)
		}) {
			break
		}
		keys = append(keys, label)
	}
	return keys
}

// Days and times as people type them, on a Monday at noon: taken and echoed, asked about, or refused with a word.
func TestWhatPeopleTypeAsDayAndTime(t *testing.T) {
	for typed, tc := range map[string]struct {
		which []string // offered, where it can mean two things
		says  string
	}{
		"12":            {which: []string{"Tue 16 Feb 00:00", "Tue 16 Feb 12:00", "Fri 12 Mar"}, says: "That can mean"},
		"7":             {which: []string{"Mon 15 Feb 19:00", "Tue 16 Feb 07:00", "Sun 7 Mar"}, says: "That can mean"},
		"noon":          {says: "The call begins Tue 16 Feb 12:00 UK time."},
		"midnight":      {says: "The call begins Tue 16 Feb 00:00 UK time."},
		"fri 21:00":     {says: "The call begins Fri 19 Feb 21:00 UK time."},
		"next friday":   {which: []string{"Fri 19 Feb", "Fri 26 Feb"}, says: "That can mean"},
		"next fri 9pm":  {which: []string{"Fri 19 Feb 21:00", "Fri 26 Feb 21:00"}, says: "That can mean"},
		"29 feb":        {which: []string{"Sun 28 Feb", "Mon 1 Mar"}, says: "is more than a year ahead."},
		"29 feb 2027":   {says: "There is no such date."},
		"31/04":         {says: "There is no such date."},
		"12/03":         {says: "What time on Fri 12 Mar?"}, // the day first
		"12/03 7pm":     {says: "The call begins Fri 12 Mar 19:00 UK time."},
		"03/15":         {says: "There is no such date."},
		"yesterday":     {says: "That moment has passed."},
		"today 11:59am": {says: "That moment has passed."},
		"today 12:00pm": {says: "That moment has passed."},
		"today 12:01pm": {says: "The call begins Mon 15 Feb 12:01 UK time."},
		"in 2 hours":    {says: "The call begins Mon 15 Feb 14:00 UK time."},
		"soon":          {says: "I could not read that as a day or time."},
	} {
		t.Run(typed, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, monday)
			r.link(clientToken)
			r.say("/book 771204")
			r.say(typed)
			r.wantSaid(tc.says)
			which := r.asksWhich()
			if !slices.Equal(which, tc.which) {
				t.Errorf("asks which of %q, want %q", which, tc.which)
			}
			for i, key := range which { // each key is what it says
				if i > 0 {
					r.say(typed)
				}
				r.press(key)
				r.wantSaid(key)
				r.wantSaid("UK time")
				r.press("Back")
				if r.session().At == "time" {
					r.press("Back")
				}
			}
		})
	}
}

// The hour that the clocks skip and the one that they repeat, on the days of 2026 and 2027, typed and by keys.
func TestHoursOfTheClockChanges(t *testing.T) {
	for name, tc := range map[string]struct{ now, day, says string }{
		"forward 2026": {"2026-03-20 12:00", "29/03/2026", "does not exist"},
		"forward 2027": {"2027-03-20 12:00", "28/03/2027", "does not exist"},
		"back 2026":    {"2026-10-20 12:00", "25/10/2026", "comes twice"},
		"back 2027":    {"2027-10-20 12:00", "31/10/2027", "comes twice"},
	} {
		for _, at := range []string{"01:00", "01:30", "01:59"} {
			t.Run(name+" "+at, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, london(t, tc.now))
				r.link(clientToken)
				r.say("/book 771204")
				r.say(tc.day + " " + at)
				r.wantSaid(tc.says)
				if _, ok := r.session().Answers["time"]; ok {
					t.Error("it was taken")
				}
				which := r.asksWhich()
				if len(which) != 2 {
					t.Errorf("offered in its place: %q", which)
				}
				r.say(tc.day)
				r.say(at)
				r.wantSaid(tc.says)
				press := flow.Press{Of: r.session().ID, Rev: r.session().Rev, Action: "pick", Value: at} // a key of old
				r.pressed(r.chatRecord().Card, press)
				r.wantSaid(tc.says)
				for _, beside := range []string{"00:59", "02:00"} {
					r.say(beside)
					r.wantSaid(" " + beside + " UK time")
					r.press("Back")
				}
				for _, key := range which { // what is offered in its place is taken as it says
					r.press("Back")
					r.say(tc.day + " " + at)
					r.press(key)
					r.wantSaid("The call begins " + key + " UK time")
					r.press("Back")
				}
			})
		}
	}
}

// Midnight comes while the picker stands there: the key is the day that it was, never another.
func TestMidnightDuringThePicker(t *testing.T) {
	r := newRig(t, london(t, "2027-02-15 23:58"))
	r.link(clientToken)
	r.say("/book 771204")
	card, today, _ := r.chat.find("Today")
	_, tomorrow, _ := r.chat.find("Tomorrow")
	r.clock.Advance(5 * time.Minute)
	r.pressed(card, today)
	r.wantSaid("That day is over.")
	card, today, _ = r.chat.find("Today")
	if today.Value != "2027-02-16" {
		t.Errorf("today is %s after midnight", today.Value)
	}
	tomorrow.Rev = today.Rev // the same day, as it stood on the card before
	r.pressed(card, tomorrow)
	r.wantSaid("What time on Tue 16 Feb?")
	r.wantSaid("It is 00:03 now.")
}

// "Today" passes while the time is asked for.
func TestTodayPassesWhileTheTimeIsAskedFor(t *testing.T) {
	r := newRig(t, london(t, "2027-02-15 22:00"))
	r.link(clientToken)
	r.say("/book 771204")
	r.press("Today")
	card, quarter, ok := r.chat.find("23:30")
	if !ok {
		t.Fatal(r.chat.last())
	}
	r.clock.Advance(3 * time.Hour)
	r.pressed(card, quarter)
	if s := r.session(); s.Answers["time"] != "" || s.At != "time" && s.At != "day" {
		t.Errorf("at %s, %v", s.At, s.Answers)
	}
	r.say("tomorrow 21:00")
	r.wantSaid("The call begins Wed 17 Feb 21:00 UK time.")
}

// The bot's clock and the site's do not agree: the site has the last word, and nothing is sent twice or lost.
func TestAServerClockThatIsWrong(t *testing.T) {
	for name, off := range map[string]time.Duration{
		"an hour slow": -time.Hour, "an hour fast": time.Hour, "a day slow": -24 * time.Hour, "a day fast": 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			members := apisim.SeedMembers()
			site := apisim.NewClock(func() time.Time { return r.clock.Now().Add(-off) }) // the bot is off, not the site
			r.platform = apisim.New(apisim.Config{Clock: site, Members: members})
			r.link(clientToken)
			r.say("/book")
			for i, answer := range bookingAnswers {
				if i == 6 { // by the bot's clock
					answer = "in 30 minutes"
				}
				r.say(answer)
			}
			r.press("Send request")
			r.press("Yes, send")
			if off < 0 { // by the site's clock the time to answer is over
				r.wantSaid("The site refused this")
				r.wantSaid("Nothing was changed")
				r.wantCreated(0)
				r.press("Edit: reply by")
				r.say("tomorrow 21:00")
				r.press("Send request")
				r.press("Yes, send")
			}
			r.wantSaid("Request sent")
			r.wantCreated(1)
		})
	}
	t.Run("set right in the middle of a form", func(t *testing.T) {
		for _, jump := range []time.Duration{-48 * time.Hour, -time.Minute, 90 * time.Minute} {
			t.Run(fmt.Sprint(jump), func(t *testing.T) {
				r := newRig(t, monday)
				r.link(clientToken)
				r.fillBooking()
				r.press("Send request")
				r.clock.Advance(jump)
				r.settle()
				r.press("Yes, send")
				r.wantSaid("Request sent")
				r.settle()
				r.press("View")
				r.wantSaid("Booking #48213")
				r.wantCreated(1)
			})
		}
	})
}
