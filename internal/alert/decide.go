package alert

import "time"

// Soon is how near a call is when news of it comes through quiet hours.
const Soon = time.Hour

// ToAnswer is what quiet hours leave at least to answer what they held.
const ToAnswer = 10 * time.Minute

// Snooze is how long a booking is left alone at one press.
const Snooze = 15 * time.Minute

// News is what matters about something to be told when its time has come.
type News struct {
	Kind    Kind
	Session time.Time // start of the call it is about; zero for none
	ReplyBy time.Time // until when somebody has to answer; zero for nobody
	Snoozed time.Time // until when the person wants to hear nothing of that booking
}

// Decision is what becomes of it. The zero value: it is told now, with a sound.
type Decision struct {
	Drop   bool      // it is not wanted
	Silent bool      // it is told without a sound
	Hold   time.Time // it is not told before; zero for now
}

// Decide says what becomes of news at now, for a person in zone. Held news never waits beyond what it is about:
// where the quiet hours or the snooze end after the reply-by time or the call, it is told before, without a sound
// if the hours are quiet, and so it is where they end so shortly before the reply-by time (ToAnswer) that it would be
// missed. News of a call that begins within the hour (Soon) is told at once, with a sound, and so is held news once its
// call is that near.
func (p Prefs) Decide(n News, zone *time.Location, now time.Time) Decision {
	if !p.Wants(n.Kind) {
		return Decision{Drop: true}
	}
	if n.Kind == Test || within(n.Session, now, Soon) {
		return Decision{}
	}
	end, quiet := p.Quiet.Until(now, zone)
	d := Decision{Silent: quiet}
	if quiet && p.Quiet.Mode == Hold && n.allows(end, now) && !within(n.ReplyBy, end, ToAnswer) {
		d.Hold = end
	}
	if !n.Kind.Timed() && n.Snoozed.After(now) && n.Snoozed.After(d.Hold) && n.allows(n.Snoozed, now) {
		d.Hold = n.Snoozed
	}
	if soon := n.Session.Add(-Soon); soon.After(now) && d.Hold.After(soon) {
		d.Hold = soon
	}
	return d
}

// allows reports whether news can wait until then: nothing it is about comes first.
func (n News) allows(until, now time.Time) bool {
	for _, deadline := range []time.Time{n.ReplyBy, n.Session} {
		if deadline.After(now) && !until.Before(deadline) {
			return false
		}
	}
	return true
}

func within(t, now time.Time, d time.Duration) bool { return t.After(now) && !t.After(now.Add(d)) }

// Until reports whether now lies in quiet hours, and when they end. Where the clocks are put forward over an end, it
// is the moment they are; where they are put back over it, the hours begin at the first such time and end at the last.
// Hours that leave out so little of the day that a change of the clocks swallows it go on until the next end.
func (q Quiet) Until(now time.Time, zone *time.Location) (end time.Time, quiet bool) {
	if q.Mode == Loud || q.From == q.To {
		return time.Time{}, false
	}
	year, month, day := now.In(zone).Date()
	for begins := day - 1; begins <= day+1; begins++ {
		ends := begins
		if q.To < q.From {
			ends++
		}
		from, _ := moments(year, month, begins, q.From, zone)
		_, to := moments(year, month, ends, q.To, zone)
		if !now.Before(from) && now.Before(to) {
			now, end, quiet = to, to, true
		}
	}
	return end, quiet
}

// Next is the first time after now that it is At; zero if it is off. It comes once a day, also where the clocks
// show the time twice or not at all.
func (d Daily) Next(now time.Time, zone *time.Location) time.Time {
	if !d.On {
		return time.Time{}
	}
	year, month, day := now.In(zone).Date()
	for ; ; day++ {
		if at, _ := moments(year, month, day, d.At, zone); at.After(now) {
			return at
		}
	}
}

// moments are the first and the last time at which clocks in zone show a minute of a day: the same but for the
// night they are put back. A time that does not exist is the moment they are put forward.
func moments(year int, month time.Month, day int, at Minute, zone *time.Location) (first, last time.Time) {
	wall := time.Date(year, month, day, 0, int(at), 0, 0, time.UTC)
	shown := func(offset int) (time.Time, bool) {
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		_, got := t.Zone()
		return t, got == offset
	}
	const day24 = 24 * time.Hour
	_, before := wall.Add(-day24).In(zone).Zone()
	_, after := wall.Add(day24).In(zone).Zone()
	first, exists := shown(before)
	last, again := shown(after)
	switch {
	case exists && again:
		return first, last
	case exists:
		return first, first
	case again:
		return last, last
	}
	// shown with the old offset, the time lies after the change, and what is in force then began with it
	change, _ := first.ZoneBounds()
	return change, change
}
