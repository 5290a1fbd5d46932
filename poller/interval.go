package poller

import (
	"slices"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

const (
	soon     = time.Hour // a deadline or a call within it is watched closely
	settling = 10        // quiet bookings are read again after a tenth of the time they have been quiet
	jitter   = 0.1       // of an interval

	// lively is how long a person counts as active after a press that changed something.
	lively = 5 * time.Minute
	// early is how often at least such an account is looked at again after the shortest time.
	early = 3
)

// moment is a time in microseconds since 1970: a third of a time.Time. 0 is none.
type moment int64

func momentOf(t time.Time) moment {
	if t.IsZero() {
		return 0
	}
	return moment(t.UnixMicro())
}

func (m moment) time() time.Time { return time.UnixMicro(int64(m)) }

// outlook is what of a list of bookings decides when to look again, and for what.
type outlook struct {
	waits   moment    // the latest call of those that somebody has to answer
	changed moment    // the latest change
	oldest  moment    // when the oldest booking was made that may still change, unless one is undated; 0: there is none
	near    [3]moment // the next deadlines and calls, the soonest first
	more    bool      // there are more of them
	undated bool      // there is one that may still change, and nobody knows when it was made
}

// outlookOf is the outlook of a list that was read at now.
func outlookOf(bookings []store.Snapshot, now time.Time) (o outlook) {
	var ahead []moment
	for _, b := range bookings {
		o.changed = max(o.changed, momentOf(b.Updated))
		if waits(b) {
			o.waits = max(o.waits, momentOf(b.Session))
		}
		if !finished(b) {
			for _, t := range []time.Time{b.Session, b.AcceptBy} {
				if t.After(now) {
					ahead = append(ahead, momentOf(t))
				}
			}
		}
		if over(b, now) {
			continue
		}
		made := momentOf(b.Created)
		o.undated = o.undated || made == 0
		if o.oldest == 0 || made < o.oldest {
			o.oldest = made
		}
	}
	slices.Sort(ahead)
	o.more = copy(o.near[:], ahead) < len(ahead)
	return o
}

// waits: somebody has to answer.
func waits(b store.Snapshot) bool {
	return status(b) == apiclient.StatusPending || status(b) == apiclient.StatusAccepted
}

// patience is how long the list can be left alone, by its bookings.
func (o *outlook) patience(lo, hi time.Duration, now time.Time) time.Duration {
	at := momentOf(now)
	if o.waits > at {
		return lo
	}
	for _, m := range o.near {
		if m > at && m <= momentOf(now.Add(soon)) {
			return lo
		}
	}
	return min(max(now.Sub(o.changed.time())/settling, lo), hi)
}

// spent: what was kept of the times ahead has passed, and there were more.
func (o *outlook) spent(now time.Time) bool { return o.more && o.near[len(o.near)-1] <= momentOf(now) }

// interval is how long to leave an account alone after a look at now, with that many failures in a row; lo and hi
// are the bounds, active says whether its person has just done something.
//
// It is lo while the person is active, a booking waits for somebody, or a deadline or call is near. Otherwise it
// grows with the time since the last change, so that a restart changes nothing. Failures double it, up to hi.
func interval(of []outlook, active bool, lo, hi time.Duration, now time.Time, failures int) time.Duration {
	wait := hi
	for i := range of {
		wait = min(wait, of[i].patience(lo, hi, now))
	}
	if active {
		wait = lo
	}
	return max(wait, doubled(lo, hi, failures))
}

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

// jittered is d or a little less, so that news is never later than was wanted; after failures it is a little more, as
// somebody may have asked for d. Random is from 0 up to 1.
func jittered(d time.Duration, failed bool, random float64) time.Duration {
	if !failed {
		random = -random
	}
	return time.Duration(float64(d) * (1 + jitter*random))
}

// class is about how long an interval is: how often lo, which is not 0, can be quadrupled in it.
func class(every, lo time.Duration) (n int8) {
	for every/4 >= lo {
		every /= 4
		n++
	}
	return n
}

const (
	share   = 0.8 // of the API's rate that polls may have: the rest is for people
	relaxed = 0.9 // of that share: below it, stretching is over
)

// stretch is by how much all intervals are longer than wanted, so that polls that want so many calls a second keep
// to their share of the rate; a rate of 0 is no bound.
func stretch(demand, rate float64) float64 {
	if rate <= 0 {
		return 1
	}
	return max(1, demand/(share*rate))
}

// workersFor is how many accounts are looked at at once, if a call takes up to a second.
func workersFor(rate float64) int { return int(min(max(rate, 4), 64)) }
