package conversations_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/sandbox/apisim"
)

// What the form would refuse is asked, and the rest is taken over.
func TestBookAgainTakesOverWhatFits(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*apiclient.Booking)
		asks   string // after day, time and reply-by are given; the review unless said otherwise
		shows  []string
	}{
		"all of it":            {func(*apiclient.Booking) {}, "Nothing has been sent yet", []string{"Whom: VelvetVoice", "10 min", "07700 900123", "Credits: 12.00", "Evening suits me best."}},
		"with a country code":  {func(b *apiclient.Booking) { b.PhoneNumber = "447700900456" }, "Nothing has been sent yet", []string{"07700 900456"}},
		"a foreign number":     {func(b *apiclient.Booking) { b.PhoneNumber = "+33142682000" }, "Which number", nil},
		"no number":            {func(b *apiclient.Booking) { b.PhoneNumber = "" }, "Which number", nil},
		"the client rings":     {func(b *apiclient.Booking) { b.Method, b.PhoneNumber = 2, "" }, "Nothing has been sent yet", []string{"Call: You ring them"}},
		"a way nobody knows":   {func(b *apiclient.Booking) { b.Method = 9 }, "How shall the call be made", nil},
		"Skype, taken by none": {func(b *apiclient.Booking) { b.Method, b.SkypeName = 3, "live:night.owl" }, "How shall the call be made", nil},
		"too long a comment":   {func(b *apiclient.Booking) { b.Comments = strings.Repeat("é", 501) }, "A comment", nil},
		"no comment":           {func(b *apiclient.Booking) { b.Comments = "" }, "Nothing has been sent yet", nil},
		"too short a call":     {func(b *apiclient.Booking) { b.Duration = 4 }, "How long?", nil},
		"a name of strangers":  {func(b *apiclient.Booking) { b.Other.Nickname = "<b>&" }, "Nothing has been sent yet", []string{"Whom: <b>&"}},
		"more dear than that":  {func(b *apiclient.Booking) { b.Credits = apiclient.WholeCredits(3) }, "below the minimum of 12.00", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			id := r.agreed(func(s *apisim.Seed) { s.Status = apisim.StatusRejected })
			r.platformOf(edited{r.api, tc.change})
			r.do("rebook", fmt.Sprint("m", id))
			r.wantSaid("Which day")
			r.say("tomorrow 9:30pm")
			if strings.Contains(r.chat.last(), "Reply by when?") {
				r.say("in 3 hours")
			}
			r.wantSaid(tc.asks)
			for _, text := range tc.shows {
				r.wantSaid(text)
			}
		})
	}
}

// The performer need not be among the last that were booked to be named, and those stay on offer.
func TestBookAgainNamesAPerformerOfLongAgo(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.agreed(func(s *apisim.Seed) { s.Performer, s.Status = 771318, apisim.StatusRejected })
	for range 25 {
		r.clock.Advance(time.Minute)
		r.agreed()
	}
	r.do("rebook", fmt.Sprint("m", id))
	r.press("Back")
	for _, label := range []string{"QuietHarbour", "VelvetVoice"} {
		if _, _, offered := r.chat.find(label); !offered {
			t.Errorf("%s is not offered in\n%s", label, r.chat.last())
		}
	}
}

// "Start afresh" replaces the form that was asked about, and no later one: of that it asks again, and still
// knows what is to be booked again.
func TestBookAgainReplacesOnlyTheFormThatWasAskedAbout(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.agreed(func(s *apisim.Seed) { s.Status, s.Duration = apisim.StatusRejected, 17 })
	r.fillBooking()
	r.do("rebook", fmt.Sprint("m", id, ":m1n"))
	r.wantSaid("You have a form open")
	card, afresh, _ := r.chat.find("Start afresh")
	r.say("/cancel")
	r.press("Discard")
	r.say("/book")
	r.say("771318")
	r.pressed(card, afresh)
	if got := r.chat.message(card).text; !strings.Contains(got, "You have a form open") {
		t.Fatalf("the later form is not asked about:\n%s", got)
	}
	_, again, _ := strings.Cut(afresh.Value, ":")
	for _, row := range r.chat.message(card).rows {
		if row[0].Press.Action == "afresh" {
			afresh = row[0].Press
		}
	}
	if !strings.HasSuffix(afresh.Value, ":"+again) {
		t.Fatalf("it has forgotten what is to be booked again: %q", afresh.Value)
	}
	r.pressed(card, afresh)
	r.wantSaid("Which day")
	r.say("tomorrow 9:30pm")
	r.say("in 3 hours")
	r.wantSaid("21:30 UK time, 17 min")
}
