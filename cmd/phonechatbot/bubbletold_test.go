package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"phonechatbot/bot"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/tgsim"
)

// told is a message of the bot as the person saw it arrive.
type told struct {
	at       time.Time
	text     string
	bookings []int64 // that its buttons lead to
	several  bool    // it stands for more than it names
	silent   bool    // it came without a sound
}

// bookingRef is how a button names a booking: by side and number.
var bookingRef = regexp.MustCompile(`^[mr]([0-9]+)(?::|$)`)

// manyText is how a message sums up.
var manyText = regexp.MustCompile(`(?i)\b[0-9]+ (updates|appointments|bookings)\b`)

func toldBy(m tgsim.Message) told {
	seen := told{at: m.At, text: clean(m.Text), several: manyText.MatchString(clean(m.Text)), silent: m.Silent}
	for _, button := range slices.Concat(m.Rows...) {
		press, err := bot.DecodePress(button.Data)
		if err != nil {
			continue
		}
		if id, ok := bookingOf(press); ok && !slices.Contains(seen.bookings, id) {
			seen.bookings = append(seen.bookings, id)
		}
		seen.several = seen.several || button.Label == "Review"
	}
	return seen
}

// bookingOf is the booking that a button leads to, if it does.
func bookingOf(press flow.Press) (id int64, ok bool) {
	if press.Action == "actopen" { // one of a member of the group
		_, number, _ := strings.Cut(press.Value, ":")
		id, err := strconv.ParseInt(number, 36, 64)
		return id, err == nil
	}
	ref := bookingRef.FindStringSubmatch(press.Value)
	if ref == nil {
		return 0, false
	}
	id, _ = strconv.ParseInt(ref[1], 10, 64) // digits
	return id, true
}

// heard lists what the bot posted in a person's chat after a moment, oldest first, whatever became of it since.
func (p *person) heard(since time.Time) []told {
	changes, _ := p.telegram.Changes(p.user, 0)
	var all []told
	for _, c := range changes {
		if c.Kind == tgsim.Posted && c.Message.FromBot && c.Message.At.After(since) {
			all = append(all, toldBy(c.Message))
		}
	}
	return all
}

// about are the messages that lead to a booking.
func about(all []told, booking int64) []told {
	return slices.DeleteFunc(slices.Clone(all), func(m told) bool { return !slices.Contains(m.bookings, booking) })
}

// informed reports whether a person heard of a booking, by itself or among several, after a moment.
func (p *person) informed(booking int64, since time.Time) bool {
	return slices.ContainsFunc(p.heard(since), func(m told) bool { return m.several || slices.Contains(m.bookings, booking) })
}

// memberName is how a member of a bubble is called.
var memberName = regexp.MustCompile(`\b(?:Client|Performer)[0-9]+\b`)

func nameOf(member int64) string {
	if member >= firstPerformer {
		return fmt.Sprintf("Performer%d", member-firstPerformer)
	}
	return fmt.Sprintf("Client%d", member-firstClient)
}

// keptTo fails the test if anybody was ever led to a booking that is not theirs, or told of somebody they have nothing
// to do with.
func (b *bubble) keptTo(people []*person) {
	b.t.Helper()
	messages := 0
	for _, p := range people {
		own, known := map[int64]bool{}, map[string]bool{nameOf(p.member): true}
		for _, booking := range b.platform.Bookings(p.member) {
			own[booking.ID] = true
			known[nameOf(booking.Client)], known[nameOf(booking.Performer)] = true, true
		}
		for _, m := range p.heard(time.Time{}) {
			messages++
			for _, id := range m.bookings {
				if !own[id] {
					b.t.Errorf("%d was told of booking %d, which is another's: %s", p.user, id, m.text)
				}
			}
			for _, name := range memberName.FindAllString(m.text, -1) {
				if !known[name] {
					b.t.Errorf("%d was told of %s, whom they do not know: %s", p.user, name, m.text)
				}
			}
		}
	}
	if messages == 0 {
		b.t.Error("nobody was told anything")
	}
}

// namedSomebody fails the test unless alerts named the other side to many of those who ask for names: what nobody says
// cannot reach the wrong chat either.
func (b *bubble) namedSomebody(since time.Time) {
	b.t.Helper()
	named, people := 0, b.everybody()
	for _, p := range people {
		if slices.ContainsFunc(p.heard(since), func(m told) bool {
			return slices.ContainsFunc(memberName.FindAllString(m.text, -1), func(name string) bool { return name != nameOf(p.member) })
		}) {
			named++
		}
	}
	if 2*named < len(people) {
		b.t.Errorf("only %d of %d people were told names", named, len(people))
	}
}

// listed is messages for people who read a failure.
func listed(all []told) string {
	lines := make([]string, len(all))
	for i, m := range all {
		lines[i] = fmt.Sprintf("%s %v several=%v silent=%v %s", m.at.UTC().Format(time.DateTime), m.bookings, m.several, m.silent, m.text)
	}
	return strings.Join(lines, "\n")
}
