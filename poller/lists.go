package poller

import (
	"slices"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

const (
	// wideEvery is how often a list is read from its beginning: what is closed for long may have changed, too.
	wideEvery = 6 * time.Hour
	// closedAfter is how long a booking may still change when it is over: it may be complained of, say.
	closedAfter = 7 * 24 * time.Hour
	margin      = 24 * time.Hour // the platform's days are not ours
)

// list is what is remembered of one list of bookings between two looks: no booking.
type list struct {
	outlook

	member   int64 // of the group; 0: the account itself
	received bool
	refused  bool               // it was not shown when it was last asked for
	since    moment             // from which day on it is read; 0: from the beginning
	digests  []apiclient.Digest // of its pages as they were, read from that day on
	whole    []apiclient.Digest // and read from the beginning
	wide     moment             // when that was last done
	rests    moment             // it is not read before
}

func (l *list) side() apiclient.Side {
	if l.received {
		return apiclient.Received
	}
	return apiclient.Made
}

// query is what to ask for at now, and what of it is known.
func (l *list) query(now time.Time) (q apiclient.ListQuery, known []apiclient.Digest) {
	q.OrderBy = apiclient.OldestFirst
	age := now.Sub(l.wide.time()) // less than nothing where the clock was put back
	if l.since == 0 || l.wide == 0 || age >= wideEvery || age < 0 {
		known = untagged(l.whole)
	} else {
		q.StartDate, known = l.since.time(), l.digests
	}
	if l.spent(now) {
		known = nil
	}
	return q, known
}

// untagged are digests by which only the answer itself is recognised: an ETag that stays while its page changes hides a
// change until then, and not for ever.
func untagged(digests []apiclient.Digest) []apiclient.Digest {
	bare := slices.Clone(digests)
	for i := range bare {
		bare[i].Tag = ""
	}
	return bare
}

// take keeps what a reading of that query came to. Its rows are not looked at where nothing has changed.
func (l *list) take(q apiclient.ListQuery, read apiclient.Reading, rows []store.Snapshot, now time.Time) {
	l.refused, l.rests = false, 0
	if !read.Unchanged {
		l.outlook = outlookOf(rows, now)
	}
	if !q.StartDate.IsZero() {
		l.digests = read.Digests
		return
	}
	l.whole = read.Digests
	if read.Short {
		return
	}
	l.wide = momentOf(now)
	if since := l.startDate(now); since != l.since {
		l.since, l.digests = since, nil
	}
}

// resting reports whether the list is left alone at now, which it never is for longer than so long: what seems to be more
// was reckoned before the clock was put back.
func (l *list) resting(now time.Time, longest time.Duration) bool {
	return l.rests > momentOf(now) && l.rests <= momentOf(now.Add(longest))
}

// startDate is from which day on a list is to be read that holds what the outlook says; 0: from the beginning. It is
// the start of a day in UTC, which lies on that day wherever the platform's clocks are, or on the one before.
func (o *outlook) startDate(now time.Time) moment {
	if o.undated {
		return 0
	}
	from := now.Add(-closedAfter)
	if o.oldest != 0 && o.oldest.time().Before(from) {
		from = o.oldest.time()
	}
	return momentOf(from.Add(-margin).UTC().Truncate(24 * time.Hour))
}

// over reports whether a booking is not going to change any more.
func over(b store.Snapshot, now time.Time) bool {
	end := b.Session.Add(time.Duration(b.Duration) * time.Minute)
	if finished(b) {
		end = b.Updated
	}
	return end.Before(now.Add(-closedAfter))
}

// lists brings what is remembered in line with whom the account watches now: its own lists first. Of a watch that is
// new nothing is remembered: it may have ended and begun anew since.
func lists(before []list, watches []store.Watch, own int64) []list {
	now := []list{{}, {received: true}}
	fresh := map[int64]bool{}
	for _, w := range watches {
		if !w.Lost && w.Member != own {
			now = append(now, list{member: w.Member, received: true})
			fresh[w.Member] = !w.Primed
		}
	}
	same := len(now) == len(before)
	for i := range now {
		at := slices.IndexFunc(before, func(l list) bool {
			return l.member == now[i].member && l.received == now[i].received && !fresh[l.member]
		})
		if same = same && at == i; at >= 0 {
			now[i] = before[at]
		}
	}
	if same {
		return before
	}
	return now
}
