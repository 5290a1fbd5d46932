package apiclient

import (
	"time"

	"phonechatbot/apiclient/wire"
)

// RequestTime is t as a request carries it: wall clock in the API's zone, cut to the minute, no offset.
func RequestTime(t time.Time, loc *time.Location) string {
	return t.In(loc).Format(wire.RequestTime)
}

// Ambiguous reports whether t lies in an hour that the clocks of loc show twice. The API's times carry no
// offset, so such a moment cannot be named to it.
func Ambiguous(t time.Time, loc *time.Location) bool {
	t = t.In(loc)
	if !firstOf(t).Equal(t) {
		return true
	}
	_, end := t.ZoneBounds()
	if end.IsZero() {
		return false
	}
	overlap := offset(t) - offset(end)
	return overlap > 0 && end.Sub(t) <= overlap
}

// skew is how far the platform's clock may be ahead of ours.
const skew = 5 * time.Minute

// Latest is when the last change of a booking was, as far as its LastUpdated can tell at now. In the
// repeated hour of autumn that is the later of the two moments it can mean, once that lies behind now:
// replies are read as the earlier one, and by that a change in the second hour would look older than one in
// the first. A change that lies ahead was now: kept as it is, a clock that was wrong once would make the next
// changes look old.
func Latest(t, now time.Time) time.Time {
	if t.After(now.Add(skew)) {
		return now
	}
	if t.IsZero() || !Ambiguous(t, t.Location()) {
		return t
	}
	if second := t.Add(time.Hour); Ambiguous(second, second.Location()) && !second.After(now.Add(skew)) {
		return second
	}
	return t
}

// replyTime reads a time of the API: wall clock in loc, any number of fraction digits. Nothing and the
// year 1 are the zero time. In an hour that the clocks show twice the first one is meant: a deadline is
// rather early than late. An offset, never seen so far, would be honoured.
func replyTime(s string, loc *time.Location) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04:05", s, loc)
	if err == nil {
		t = firstOf(t)
	} else if t, err = time.Parse(time.RFC3339, s); err != nil {
		return time.Time{}, misread{}
	}
	if t.Year() <= 1 {
		return time.Time{}, nil
	}
	return t.In(loc), nil
}

// firstOf is the earliest moment that has the wall clock of t.
func firstOf(t time.Time) time.Time {
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return t
	}
	overlap := offset(start.Add(-time.Second)) - offset(t)
	if overlap > 0 && t.Sub(start) < overlap {
		return t.Add(-overlap)
	}
	return t
}

// offset is how far t's zone is ahead of UTC.
func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}
