package poller

import (
	"container/heap"
	"math"
	"time"

	"phonechatbot/store"
)

// schedule is who is looked at when. It is data: the clock and chance are handed in, and whoever uses it holds a lock.
type schedule struct {
	accounts map[store.AccountID]*entry
	waiting  line // the soonest first
	due      line // in the order in which they are to be looked at
	looking  int
	room     int       // how many may be looked at once
	rest     time.Time // nobody is looked at before
	ailing   bool      // the platform was not well: one look goes ahead, until it is
	demand   int64     // calls that all accounts want: in a thousand million seconds
	stretch  float64   // by which all intervals are longer than wanted; at least 1
}

// entry is one account. The schedule's fields belong to whoever holds the lock, the others to who looks at it.
type entry struct {
	id    store.AccountID
	next  time.Time     // when it is to be looked at, or was to be
	every time.Duration // how long it is to be left alone, when there is room for all
	span  time.Duration // how long it is left alone, stretched
	alive time.Time     // until then its person counts as active
	at    int32         // its place in its line
	calls uint16        // of one look
	place place
	woken bool // it goes before others, until it was looked at
	again bool // it was woken while it was looked at

	known    bool // what is on disk about it has been read
	refused  bool // as on disk: its person was told that the platform does not show the bookings
	offers   bool // as on disk: received bookings were shown once
	noted    int8 // the class of every that is on disk
	failures int32
	lists    []list
}

type place uint8

// Where an entry is.
const (
	nowhere place = iota
	isWaiting
	isDue
	isLooking
)

func newSchedule(room int) *schedule {
	return &schedule{
		accounts: map[store.AccountID]*entry{}, room: room, stretch: 1,
		waiting: line{before: sooner}, due: line{before: urgenter},
	}
}

func sooner(a, b *entry) bool { return a.next.Before(b.next) }

// urgenter: who was woken goes first, in the order of waking; then who would be the first to be late by as long as
// it was to be left alone.
func urgenter(a, b *entry) bool {
	if a.woken != b.woken {
		return a.woken
	}
	if a.woken {
		return sooner(a, b)
	}
	return a.next.Add(a.span).Before(b.next.Add(b.span))
}

// add has an account looked at, every so often; one that is there already stays as it is.
func (s *schedule) add(id store.AccountID, every time.Duration, calls int) *entry {
	if e := s.accounts[id]; e != nil {
		return e
	}
	e := &entry{id: id}
	s.accounts[id] = e
	s.want(e, every, calls)
	return e
}

// want sets how often an account is to be looked at, and how many calls that takes.
func (s *schedule) want(e *entry, every time.Duration, calls int) {
	s.demand -= e.demand()
	e.every, e.calls = every, uint16(min(max(calls, 1), 1<<15))
	s.demand += e.demand()
}

func (e *entry) demand() int64 {
	if e.every <= 0 {
		return 0
	}
	return int64(float64(e.calls) * 1e9 / e.every.Seconds())
}

// spread plans the first look of all who have none, evenly over how long each is to be left alone, and so are those by
// themselves who are left alone about as long (by powers of two). Random is from 0 up to 1.
func (s *schedule) spread(now time.Time, random float64) {
	const golden = 0.6180339887498949 // its multiples fill a circle evenly, however many they are
	turns := map[int]float64{}        // taken so far
	for _, e := range s.accounts {
		if e.place != nowhere {
			continue
		}
		about := math.Ilogb(e.every.Seconds())
		turns[about]++
		_, at := math.Modf(random + golden*turns[about])
		e.span = stretched(e.every, s.stretch)
		e.next = now.Add(time.Duration(float64(e.span) * at))
		s.put(e, isWaiting)
	}
}

func stretched(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }

// wake has an account looked at before all others, or once more if it is being looked at.
func (s *schedule) wake(e *entry, now time.Time) {
	switch e.place {
	case isLooking:
		e.again = true
	case isDue:
		if !e.woken {
			e.woken, e.next = true, now
			heap.Fix(&s.due, int(e.at))
		}
	case nowhere, isWaiting:
		s.leave(e)
		e.woken, e.next = true, now
		s.put(e, isDue)
	}
}

// take gives who is to be looked at now, or nil. It is given back by plan, retry or remove.
func (s *schedule) take(now time.Time) *entry {
	s.ripen(now)
	if s.due.Len() == 0 || s.busy() || s.rest.After(now) {
		return nil
	}
	e := s.due.entries[0]
	s.leave(e)
	s.put(e, isLooking)
	return e
}

// ripen finds out whose time has come.
func (s *schedule) ripen(now time.Time) {
	for s.waiting.Len() > 0 && !s.waiting.entries[0].next.After(now) {
		e := s.waiting.entries[0]
		s.leave(e)
		s.put(e, isDue)
	}
}

func (s *schedule) busy() bool { return s.looking >= s.room || s.ailing && s.looking > 0 }

// until is when somebody is to be looked at: false if that depends on what happens before.
func (s *schedule) until() (time.Time, bool) {
	var at time.Time
	switch {
	case s.busy():
		return at, false
	case s.due.Len() > 0:
	case s.waiting.Len() > 0:
		at = s.waiting.entries[0].next
	default:
		return at, false
	}
	if s.rest.After(at) {
		at = s.rest
	}
	return at, true
}

// plan gives an account back, to be left alone for as long as it wants, less or more the jitter; random is from 0 up to 1.
func (s *schedule) plan(e *entry, now time.Time, random float64) {
	s.leave(e)
	e.woken, e.span = false, stretched(e.every, s.stretch)
	e.next = now.Add(jittered(e.span, e.failures > 0, random))
	s.put(e, isWaiting)
	if e.again {
		e.again = false
		s.wake(e, now)
	}
}

// retry gives an account back that could not be looked at, to be tried again at a time.
func (s *schedule) retry(e *entry, at time.Time) {
	s.leave(e)
	e.next, e.woken, e.again = at, e.woken || e.again, false
	s.put(e, isWaiting)
}

// remove forgets an account.
func (s *schedule) remove(e *entry) {
	s.leave(e)
	s.demand -= e.demand()
	delete(s.accounts, e.id)
}

// pause leaves all accounts alone until a time; the platform is not well if that is why.
func (s *schedule) pause(until time.Time, ailing bool) {
	s.ailing = s.ailing || ailing
	if until.After(s.rest) {
		s.rest = until
	}
}

func (s *schedule) put(e *entry, to place) {
	switch e.place = to; to {
	case isWaiting:
		heap.Push(&s.waiting, e)
	case isDue:
		heap.Push(&s.due, e)
	case isLooking:
		s.looking++
	case nowhere:
	}
}

func (s *schedule) leave(e *entry) {
	switch e.place {
	case isWaiting:
		heap.Remove(&s.waiting, int(e.at))
	case isDue:
		heap.Remove(&s.due, int(e.at))
	case isLooking:
		s.looking--
	case nowhere:
	}
	e.place = nowhere
}

// line is a heap of entries that know their places.
type line struct {
	entries []*entry
	before  func(a, b *entry) bool
}

func (l *line) Len() int           { return len(l.entries) }
func (l *line) Less(i, j int) bool { return l.before(l.entries[i], l.entries[j]) }

func (l *line) Swap(i, j int) {
	l.entries[i], l.entries[j] = l.entries[j], l.entries[i]
	l.entries[i].at, l.entries[j].at = int32(i), int32(j) //nolint:gosec // there are fewer accounts
}

// Push is for container/heap.
func (l *line) Push(x any) {
	e := x.(*entry)              // put is the only caller
	e.at = int32(len(l.entries)) //nolint:gosec // there are fewer accounts
	l.entries = append(l.entries, e)
}

// Pop is for container/heap.
func (l *line) Pop() any {
	last := len(l.entries) - 1
	e := l.entries[last]
	l.entries[last] = nil
	l.entries = l.entries[:last]
	return e
}
