package outbox

import (
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

const (
	firstDelay   = 5 * time.Second
	longestDelay = 10 * time.Minute
	spread       = 0.1 // the jitter, either way

	shortestHold = time.Second    // a Later without a delay
	longestTry   = 48 * time.Hour // after it, what was tried in vain all the time is given up
)

// retryAfter is how long to wait after the attempt of that number, from 1, has failed; random is from 0
// up to 1.
func retryAfter(attempt int, random float64) time.Duration {
	delay := firstDelay
	for range attempt - 1 {
		if delay *= 2; delay >= longestDelay {
			delay = longestDelay
			break
		}
	}
	return time.Duration(float64(delay) * (1 - spread + 2*spread*random))
}

// outcome is what a failed send comes to.
type outcome struct {
	again []store.Notification // as they are queued from now on; none: as they were
	drop  []store.Notification // given up
	alone bool                 // what it told is tried one by one
	pause bool                 // the account is left alone until its person is back
	hold  time.Time            // the chat is left alone until then; zero: it is not
}

// judge says what becomes of a message whose send failed at now; random is from 0 up to 1.
func judge(m Message, v Verdict, now time.Time, random float64) outcome {
	switch v.Kind {
	case Permanent:
		if len(m.News) > 1 {
			return outcome{alone: true}
		}
		return outcome{drop: m.News}
	case Blocked:
		return outcome{pause: true}
	case Later:
		after := v.After
		if after <= 0 {
			after = shortestHold
		}
		return outcome{hold: now.Add(after)}
	case Transient, Doubtful:
	}
	most := 0
	for _, n := range m.News {
		most = max(most, n.Attempts)
	}
	o := outcome{hold: now.Add(retryAfter(most+1, random))}
	for _, n := range m.News {
		if n.Tried.IsZero() {
			n.Tried = now
		}
		n.Doubtful = n.Doubtful || v.Kind != Transient
		n.Attempts++
		n.Due = o.hold
		o.again = append(o.again, n)
	}
	return o
}

// late reports whether something to come comes after what it was to come before: the bot was down, or it was tried
// for too long.
func late(n store.Notification, now time.Time) bool { return n.Kind.Timed() && !n.Before().After(now) }

// expired reports whether a notification was tried for so long that it is given up. What the person has to act on
// never is.
func expired(n store.Notification, now time.Time) bool {
	lasting := n.Kind == alert.SignIn || n.Kind == alert.NoAccess
	return !lasting && !n.Tried.IsZero() && now.Sub(n.Tried) > longestTry
}

const (
	storm        = 5               // failures in a row that are no longer a matter of one chat
	longestProbe = 2 * time.Minute // between two probes
)

// weather is whether the messenger can be reached at all. The zero value: it can.
type weather struct {
	failures int       // sends in a row that nobody knows to have reached it
	next     time.Time // of the next probe
}

// bad reports whether so much failed that nothing is sent but probes.
func (w weather) bad() bool { return w.failures >= storm }

// after is the weather after a send that ended at now; the empty kind is success. That it is refused shows that
// somebody is there; being held back shows nothing.
func (w weather) after(kind Kind, now time.Time, random float64) weather {
	switch kind {
	case "", Permanent, Blocked:
		return weather{}
	case Later:
		return w
	case Transient, Doubtful:
	}
	w.failures++
	if w.bad() {
		w.next = now.Add(min(retryAfter(w.failures-storm+1, random), longestProbe))
	}
	return w
}

// room is how many sends may begin at now while some are under way.
func (w weather) room(workers, busy int, now time.Time) int {
	switch {
	case !w.bad():
		return workers - busy
	case busy > 0 || w.next.After(now):
		return 0
	}
	return 1
}
