package poller

import (
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

const (
	soon     = time.Hour // a deadline or a call within it is watched closely
	settling = 10        // quiet bookings are read again after a tenth of the time they have been quiet
	spread   = 0.1       // the jitter, either way
)

// interval is how long to leave an account alone after a look at its bookings at now, with that many
// failures in a row; lo and hi are the bounds before jitter, random is from 0 up to 1.
//
// It is lo while a booking waits for somebody or a deadline or call is near. Otherwise it grows with the
// time since the last change, so that a restart changes nothing. Failures double it, up to hi.
func interval(bookings []store.Snapshot, lo, hi time.Duration, now time.Time, failures int, random float64) time.Duration {
	wait := hi
	for _, b := range bookings {
		wait = min(wait, patience(b, lo, now))
	}
	if failures > 0 {
		wait = max(wait, doubled(lo, hi, failures))
	}
	wait = min(max(wait, lo), hi)
	return time.Duration(float64(wait) * (1 - spread + 2*spread*random))
}

// patience is how long one booking can be left alone.
func patience(b store.Snapshot, lo time.Duration, now time.Time) time.Duration {
	waits := status(b) == apiclient.StatusPending || status(b) == apiclient.StatusAccepted
	switch {
	case waits && b.Session.After(now):
		return lo
	case !finished(b) && (near(b.Session, now) || near(b.AcceptBy, now)):
		return lo
	}
	return now.Sub(b.Updated) / settling
}

func near(t, now time.Time) bool { return t.After(now) && !t.After(now.Add(soon)) }

// doubled is lo, doubled times over, at most hi.
func doubled(lo, hi time.Duration, times int) time.Duration {
	for range times {
		if lo >= hi/2 {
			return hi
		}
		lo *= 2
	}
	return lo
}
