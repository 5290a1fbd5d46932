package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
)

// A day with a change every hour for each of several people, and quiet hours in it. What comes outside of them comes
// with a sound, what comes in them without one, or in one message when they are over; and news of a call that begins
// within the hour comes as ever. The hours are chosen by a person's clock, and wanted by UTC.
func TestADayOfQuietHours(t *testing.T) {
	for name, tc := range map[string]struct {
		day    string // whose 18:00 UTC is the beginning
		people []sleeper
	}{
		"winter": {"2027-03-01", []sleeper{
			{"at night, silent", "", "Silent", "4h", "13h"},
			{"at night, held back", "", "Hold back", "4h", "13h"},
			{"by day, held back", "9:30-14:45", "Hold back", "15h30m", "20h45m"},
		}},
		"clocks forward": {"2027-03-27", []sleeper{
			{"silent", "", "Silent", "4h", "12h"},
			{"held back", "", "Hold back", "4h", "12h"},
			{"an end that does not exist", "21:00-1:30", "Hold back", "3h", "7h"},
		}},
		"clocks back": {"2027-10-30", []sleeper{
			{"silent", "", "Silent", "3h", "13h"},
			{"held back", "", "Hold back", "3h", "13h"},
			{"an end that comes twice", "22:00-1:30", "Hold back", "3h", "7h30m"},
			{"a beginning that comes twice", "1:30-7", "Hold back", "6h30m", "13h"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if hurried() && name != "clocks forward" {
				t.Skip("one night will do")
			}
			begins, err := time.Parse(time.DateTime, tc.day+" 18:00:00")
			if err != nil {
				t.Fatal(err)
			}
			cfg := bubbleConfig{pairs: len(tc.people), begins: begins.Add(-10 * time.Minute), pollMin: 5 * time.Minute}
			inBubble(t, cfg, func(b *bubble) {
				var days []*day
				for i, s := range tc.people {
					d := &day{
						person: b.clients[i], name: s.name, begins: begins, hold: s.mode == "Hold back",
						quiet: begins.Add(hours(t, s.quiet)), over: begins.Add(hours(t, s.over)), changes: map[int64]time.Time{},
					}
					b.link(d.person)
					d.chooses("Quiet hours", s.mode)
					if s.hours != "" {
						d.press(d.shows("Change the times"), "Change the times")
						d.reads("From when")
						d.say(s.hours)
						d.shows("✓ " + s.mode)
					}
					days = append(days, d)
				}
				play(days)
				for _, d := range days {
					d.check()
				}
				b.keptTo(b.clients)
			})
		})
	}
}

// sleeper is somebody who wants quiet hours.
type sleeper struct {
	name        string
	hours       string // typed; empty for those that quiet hours begin as, from 22:00 until 07:00
	mode        string
	quiet, over string // after the beginning of the day
}

func hours(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// day is one in which a person's bookings change.
type day struct {
	*person

	name                string
	begins, quiet, over time.Time
	hold                bool
	changes             map[int64]time.Time // by booking
	near                int64               // a call in the quiet hours that is called off shortly before it
	calledOff           time.Time
}

// noticed is until when a change has been told: the longest interval and its jitter, and a little.
const noticed = 6 * time.Minute

// play has a booking of everybody accepted every hour for a day, and a call of theirs called off forty minutes before it.
func play(days []*day) {
	type change struct {
		at   time.Time
		make func() error
	}
	var all []change
	for i, d := range days {
		later := d.begins.Add(10 * 24 * time.Hour)
		for hour := range 24 {
			id := d.platform.AddBooking(apisim.Seed{Client: d.member, Performer: d.performers[i].member, Session: later})
			d.changes[id] = d.begins.Add(time.Duration(hour)*time.Hour + 10*time.Minute)
			all = append(all, change{d.changes[id], func() error { return d.platform.Accept(id, "") }})
		}
		d.calledOff = d.quiet.Add(80 * time.Minute)
		d.near = d.platform.AddBooking(apisim.Seed{
			Client: d.member, Performer: d.performers[0].member, Session: d.calledOff.Add(40 * time.Minute), AcceptBy: d.begins,
			Status: apisim.StatusAccepted,
		})
		all = append(all, change{d.calledOff, func() error { return d.platform.CancelReceived(d.near, "I am ill.") }})
	}
	slices.SortFunc(all, func(a, b change) int { return a.at.Compare(b.at) })
	for _, c := range all {
		time.Sleep(time.Until(c.at))
		if err := c.make(); err != nil {
			days[0].t.Fatal(err)
		}
	}
	time.Sleep(time.Hour)
}

func (d *day) check() {
	d.t.Helper()
	heard := d.heard(d.begins)
	var held []int64
	for id, change := range d.changes {
		got := about(heard, id)
		within := !change.Before(d.quiet) && change.Before(d.over)
		switch {
		case within && d.hold:
			held = append(held, id)
			if len(got) != 0 {
				d.t.Errorf("%s: what changed at %s was not held back:\n%s", d.name, change.Format(time.TimeOnly), listed(got))
			}
		case len(got) != 1 || got[0].at.After(change.Add(noticed)) || got[0].silent != within:
			d.t.Errorf("%s: what changed at %s was told %d times, not once in time, silent %t:\n%s",
				d.name, change.Format(time.TimeOnly), len(got), within, listed(got))
		}
	}
	d.checkSummary(heard, len(held))
	news := slices.DeleteFunc(about(heard, d.near), func(m told) bool { return !m.at.After(d.calledOff) })
	if len(news) != 1 || news[0].silent || news[0].at.After(d.calledOff.Add(noticed)) {
		d.t.Errorf("%s: of the call that was called off at %s was told:\n%s", d.name, d.calledOff.Format(time.TimeOnly), listed(news))
	}
}

// checkSummary wants what was held back in one message, with a sound, when the quiet hours are over.
func (d *day) checkSummary(heard []told, held int) {
	d.t.Helper()
	sums := slices.DeleteFunc(slices.Clone(heard), func(m told) bool { return !m.several })
	switch {
	case !d.hold && len(sums) == 0:
	case d.hold && len(sums) == 1 && held > 1:
		sum := sums[0]
		if !strings.HasPrefix(sum.text, fmt.Sprintf("%d updates", held)) || sum.silent || sum.at.Before(d.over) || sum.at.After(d.over.Add(5*time.Second)) {
			d.t.Errorf("%s: not one sum of %d at %s:\n%s", d.name, held, d.over.Format(time.TimeOnly), listed(sums))
		}
	default:
		d.t.Errorf("%s: %d held back, and summed up:\n%s", d.name, held, listed(sums))
	}
}
