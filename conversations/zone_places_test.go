package conversations

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/internal/flow"
)

func TestThePlaces(t *testing.T) {
	zones, names := map[string]bool{}, map[string]bool{}
	var known []string
	for _, r := range regions() {
		known = append(known, r.id)
	}
	for _, pl := range places() {
		zone, ok := loadZone(pl.zone)
		if !ok || zone.String() != pl.zone {
			t.Errorf("%s: no such zone", pl.zone)
		}
		if zones[pl.zone] || names[pl.name] || !slices.Contains(known, pl.region) {
			t.Errorf("%s (%s) is there twice, or in no region", pl.name, pl.zone)
		}
		zones[pl.zone], names[pl.name] = true, true
		if len(pl.zone) > 30 || pl.zone != platformHome && !ianaName.MatchString(pl.zone) {
			t.Errorf("%s does not travel", pl.zone)
		}
		for _, other := range strings.Split(pl.also, ", ") {
			if other != "" && !slices.ContainsFunc(placesCalled(other), func(found place) bool { return found.zone == pl.zone }) {
				t.Errorf("%s is not found as %s", pl.name, other)
			}
		}
	}
	if len(zones) < 60 {
		t.Errorf("only %d places", len(zones))
	}
}

// Each place is found by its own name however it is written, and by its key.
func TestAPlaceIsFoundByItsName(t *testing.T) {
	c := homeClock(t, "2027-02-15T12:00:00Z")
	for _, pl := range places() {
		for _, text := range []string{pl.name, strings.ToUpper(pl.name), "  " + strings.ToLower(pl.name) + " time ", pl.zone} {
			if got, err := parsePlace(text, c.now(), c); err != nil || got.Value != pl.zone {
				t.Errorf("%q: %s, %v", text, got.Value, err)
			}
		}
	}
}

func TestWhereSomebodyLives(t *testing.T) {
	for name, tc := range map[string]struct {
		text    string
		now     string
		want    string
		refused []string // why, then what is offered
	}{
		"a large city":             {text: "nyc", want: "America/New_York"},
		"with an accent":           {text: "são paulo", want: "America/Sao_Paulo"},
		"without its sign":         {text: "st. johns", want: "America/St_Johns"},
		"an article":               {text: "hague", want: "Europe/Amsterdam"},
		"the beginning":            {text: "edinb", want: "Europe/London"},
		"a word of the name":       {text: "york", want: "America/New_York"},
		"a country":                {text: "Nepal", want: "Asia/Kathmandu"},
		"home":                     {text: "uk time", want: "Europe/London"},
		"no place, but a zone":     {text: "Asia/Almaty", want: "Asia/Almaty"},
		"a zone of three parts":    {text: "America/Indiana/Knox", want: "America/Indiana/Knox"},
		"two of a name":            {text: "victoria", refused: []string{"zone.which", "America/Vancouver", "Australia/Melbourne"}},
		"a country of several":     {text: "Spain", refused: []string{"zone.which", "Atlantic/Canary", "Europe/Madrid"}},
		"two letters are a name":   {text: "la", want: "America/Los_Angeles"},
		"but no beginning of one":  {text: "lo", refused: []string{"zone.none"}},
		"nothing":                  {text: " ", refused: []string{"zone.none"}},
		"a sentence":               {text: "I live in Paris", refused: []string{"zone.none"}},
		"the machine":              {text: "Local", refused: []string{"zone.none"}},
		"a zone with a false sign": {text: "Etc/GMT+5", refused: []string{"zone.none"}},
		"a file beside the zones":  {text: "../London", refused: []string{"zone.none"}},
		"leap seconds":             {text: "right/Europe/London", refused: []string{"zone.none"}},
		"a zone in small letters":  {text: "america/new_york", refused: []string{"zone.none"}},
		"the time there":           {text: "17:45", refused: []string{"zone.which", "Asia/Kathmandu"}},
		"a clock that is fast":     {text: "17:51", refused: []string{"zone.which", "Asia/Kathmandu"}},
		"a clock that is too fast": {text: "17:53", refused: []string{"zone.which", "Asia/Dhaka"}},
		"half a day apart":         {text: "8:30", refused: []string{"zone.which", "America/St_Johns"}},
		"after midnight":           {text: "00:00", now: "2027-02-15T18:29:00Z", refused: []string{"zone.which", "Asia/Kolkata", "Asia/Colombo"}},
		"before midnight":          {text: "23:59", now: "2027-02-15T18:31:00Z", refused: []string{"zone.which", "Asia/Kolkata", "Asia/Colombo"}},
		"one of each kind first": {text: "1:00", refused: []string{
			"zone.which", "Europe/Madrid", "Africa/Lagos", "Pacific/Auckland",
			"Europe/Paris", "Europe/Berlin", "Europe/Amsterdam", "Europe/Brussels", "Europe/Zurich", "Europe/Rome", "Europe/Malta",
		}},
		"a time that is nowhere":    {text: "3:11", refused: []string{"zone.no_time"}},
		"a time of another day":     {text: "tomorrow 17:30", refused: []string{"zone.none"}},
		"a distance":                {text: "in 5 hours", refused: []string{"zone.none"}},
		"a number that is no place": {text: "771204", refused: []string{"zone.none"}},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.now == "" {
				tc.now = "2027-02-15T12:00:00Z"
			}
			c := homeClock(t, tc.now)
			got, err := parsePlace(tc.text, c.now(), c)
			var refused []string
			var refusal *flow.Refusal
			if errors.As(err, &refusal) {
				refused = []string{refusal.Why.Message.ID}
				for _, o := range refusal.Fix {
					refused = append(refused, o.Value)
				}
			}
			if diff := cmp.Diff(tc.refused, refused); diff != "" || got.Value != tc.want {
				t.Errorf("%q, want %q; refused (-want +got):\n%s", got.Value, tc.want, diff)
			}
		})
	}
}

// Whoever types the time on their clock is offered a place whose clocks agree with theirs now and all through the year.
func TestTheTimeLeadsToTheZone(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_780_000_000, 1_850_000_000).Draw(r, "now"), 0)
		home := rapid.SampledFrom(places()).Draw(r, "place")
		zone, _ := loadZone(home.zone)
		wrong := time.Duration(rapid.IntRange(-5, 5).Draw(r, "minutes wrong")) * time.Minute
		_, err := parsePlace(now.In(zone).Add(wrong).Format("15:04"), now, clock{now: func() time.Time { return now }, zone: time.UTC})
		var refusal *flow.Refusal
		if !errors.As(err, &refusal) || len(refusal.Fix) > mostNear {
			r.Fatalf("%v", err)
		}
		agrees := func(o flow.Option) bool {
			other, ok := loadZone(o.Value)
			for month := range 12 {
				at := now.AddDate(0, month, 0)
				ok = ok && at.In(other).Format(momentLayout) == at.In(zone).Format(momentLayout)
			}
			return ok
		}
		if !slices.ContainsFunc(refusal.Fix, agrees) {
			r.Fatalf("nothing for %s among %v", home.zone, refusal.Fix)
		}
	})
}

// What is typed for a place never leads to a zone that can't be loaded, or that a card can't name.
func FuzzPlace(f *testing.F) {
	for _, text := range []string{"London", "York", "14:05", "noon", "Etc/UTC", "Asia/Kolkata", "../UTC", "\xff", "são", "Local", "US/Eastern"} {
		f.Add(text)
	}
	c := homeClock(f, "2027-02-15T12:00:00Z")
	f.Fuzz(func(t *testing.T, text string) {
		answer, err := parsePlace(text, c.now(), c)
		var refusal *flow.Refusal
		switch {
		case errors.As(err, &refusal):
			for _, o := range refusal.Fix {
				if again, err := parsePlace(o.Value, c.now(), c); err != nil || again.Value != o.Value {
					t.Errorf("%q is offered and refused", o.Value)
				}
			}
		case err != nil:
			t.Error(err)
		default:
			if zone, ok := loadZone(answer.Value); !ok || placeName(zone.String()) == "" {
				t.Errorf("%q leads to %q", text, answer.Value)
			}
		}
	})
}

// The chooser shows every place under its region, bears any look, and offers only what it takes.
func TestTheChooser(t *testing.T) {
	c := homeClock(t, "2027-02-15T12:00:00Z")
	var offered []string
	for _, look := range []string{"", "europe", "americas", "africa", "asia", "pacific", "moon", "\xff"} {
		for _, row := range zonePrompt(flow.Scope{Now: c.now(), Look: look}, c).Options {
			for _, o := range row {
				if o.Look {
					continue
				}
				if got, err := parsePlace(o.Value, c.now(), c); err != nil || got.Value != o.Value {
					t.Errorf("%s: %q is refused", look, o.Value)
				}
				offered = append(offered, o.Value)
			}
		}
	}
	slices.Sort(offered)
	var want []string
	for _, pl := range places() {
		want = append(want, pl.zone)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Compact(offered)); diff != "" {
		t.Error(diff)
	}
}
