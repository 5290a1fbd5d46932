package alert

import "slices"

// Level is how much an alert says.
type Level string

// The levels. The zero value is the one everybody begins with.
const (
	Discreet Level = ""         // that an appointment was updated, and no more
	Standard Level = "standard" // whose, when, how much
	Minimal  Level = "minimal"  // that there is something
)

// Minute is a minute of the day, 0 to 1439.
type Minute int

// MinutesADay is how many there are on an ordinary day.
const MinutesADay = 24 * 60

// Mode says what happens to alerts in quiet hours.
type Mode string

// The modes.
const (
	Loud   Mode = ""       // there are no quiet hours
	Silent Mode = "silent" // they come without a sound
	Hold   Mode = "hold"   // they come in one piece when the quiet hours are over
)

// Quiet is when a person wants no sound: from From until To of the next time it is To, in the person's own zone.
// Equal ends are no time at all.
type Quiet struct {
	Mode Mode   `json:"mode,omitempty"`
	From Minute `json:"from,omitempty"`
	To   Minute `json:"to,omitempty"`
}

// Daily is a time of each day; off is the zero value.
type Daily struct {
	On bool   `json:"on,omitempty"`
	At Minute `json:"at,omitempty"`
}

// Prefs is what a person chose. The zero value tells everything, discreetly, at all hours, and reminds of nothing.
type Prefs struct {
	Level   Level  `json:"level,omitempty"`
	Off     []Kind `json:"off,omitempty"`   // switched off, in the order of Switches
	Leads   []int  `json:"leads,omitempty"` // minutes before each agreed call at which to remind of it, the longest first
	Quiet   Quiet  `json:"quiet,omitzero"`
	Summary Daily  `json:"summary,omitzero"`
}

// Default is what a newly linked account begins with: the zero value, and reminders an hour and a quarter of an hour
// before each call.
func Default() Prefs { return Prefs{Leads: []int{60, 15}} }

// Leads are the times before a call at which one can be reminded, in minutes, the longest first.
func Leads() []int { return []int{24 * 60, 60, 15, 5} }

// Wants reports whether alerts of a kind are told at all.
func (p Prefs) Wants(k Kind) bool {
	if k == Back {
		k = Down
	}
	return !slices.Contains(p.Off, k) || !slices.Contains(Switches(), k)
}

// With is p with a kind switched on or off. A kind without a switch changes nothing.
func (p Prefs) With(k Kind, on bool) Prefs {
	var off []Kind
	for _, other := range Switches() {
		if other == k && !on || other != k && slices.Contains(p.Off, other) {
			off = append(off, other)
		}
	}
	p.Off = off
	return p
}

// WithLead is p with reminders at so many minutes before a call, or without. What is none of Leads changes nothing.
func (p Prefs) WithLead(minutes int, on bool) Prefs {
	var leads []int
	for _, other := range Leads() {
		if other == minutes && on || other != minutes && slices.Contains(p.Leads, other) {
			leads = append(leads, other)
		}
	}
	p.Leads = leads
	return p
}

// Preset is a choice of switches with a name.
type Preset string

// The presets.
const (
	All       Preset = "all"
	NeedsMe   Preset = "needs_me"  // what waits for the person, or changes what was agreed
	Essential Preset = "essential" // whether a call is on
)

// off lists what a preset leaves out.
func (s Preset) off() []Kind {
	switch s {
	case NeedsMe:
		return []Kind{Confirmed, Rejected, Expired, Down}
	case Essential:
		return []Kind{Request, Rejected, Credits, Changed, ReplyBy, Expired, Down}
	case All:
	}
	return nil
}

// As is p with the switches of a preset.
func (p Prefs) As(s Preset) Prefs {
	p.Off = s.off()
	return p
}

// Preset is the preset whose switches these are; false if they are of one's own.
func (p Prefs) Preset() (Preset, bool) {
	for _, s := range []Preset{All, NeedsMe, Essential} {
		if slices.Equal(s.off(), p.Off) {
			return s, true
		}
	}
	return "", false
}
