package poller

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

func account(n int) store.AccountID { return store.AccountID{14: byte(n >> 8), 15: byte(n)} }

// taken is who is looked at now, one after the other, and given back at once.
func taken(s *schedule, now time.Time) (ids []byte) {
	var all []*entry
	for e := s.take(now); e != nil; e = s.take(now) {
		ids = append(ids, e.id[15])
		all = append(all, e)
	}
	for _, e := range all {
		s.plan(e, now, 0.5)
	}
	return ids
}

func TestWhoIsLookedAtFirst(t *testing.T) {
	s := newSchedule(10)
	for n, every := range map[int]time.Duration{1: time.Minute, 2: time.Hour, 3: 10 * time.Minute, 4: time.Hour, 5: 2 * time.Hour} {
		e := s.add(account(n), every, 2)
		e.span = every
	}
	for n, late := range map[int]time.Duration{ // and who is how late, against how long they are left alone
		1: 30 * time.Second, // half of it: it has half a minute left
		2: 70 * time.Minute, // more than all of it
		3: 9 * time.Minute,  // nearly all of it: a minute left
		4: -time.Second,     // not yet
		5: -time.Minute,     // nor this one, but it is woken
	} {
		e := s.accounts[account(n)]
		e.next = noon.Add(-late)
		s.put(e, isWaiting)
	}
	s.wake(s.accounts[account(5)], noon)
	if diff := cmp.Diff([]byte{5, 2, 1, 3}, taken(s, noon)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if at, _ := s.until(); !at.Equal(noon.Add(time.Second)) {
		t.Errorf("the next is due at %v, want a second after noon", at)
	}
	if diff := cmp.Diff([]byte{4}, taken(s, noon.Add(time.Second))); diff != "" {
		t.Errorf("a second later (-want +got):\n%s", diff)
	}
}

func TestWokenInTheOrderOfWaking(t *testing.T) {
	s := newSchedule(10)
	for i, n := range []int{3, 1, 2, 3} { // who is woken twice keeps the first place
		s.wake(s.add(account(n), time.Minute, 2), noon.Add(time.Duration(i)*time.Second))
	}
	if diff := cmp.Diff([]byte{3, 1, 2}, taken(s, noon.Add(time.Minute))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWokenWhileLookedAt(t *testing.T) {
	s := newSchedule(1)
	s.wake(s.add(account(1), time.Minute, 2), noon)
	e := s.take(noon)
	s.wake(e, noon)
	if got := s.take(noon); got != nil {
		t.Error("it is looked at twice at once")
	}
	s.plan(e, noon, 0.5)
	if got := s.take(noon); got != e {
		t.Error("it is not looked at once more")
	}
	s.plan(e, noon, 0.5)
	if got := s.take(noon); got != nil {
		t.Error("it is looked at for ever")
	}
}

// A restart of ten thousand: in each tenth of the time a tenth of those who are left alone as long.
func TestSpreadIsEven(t *testing.T) {
	s := newSchedule(4)
	for n := range 10_000 {
		every := 30 * time.Second
		if n%3 == 0 {
			every = 15 * time.Minute
		}
		every += time.Duration(n) // no two of them the same
		s.add(account(n), every, 2)
	}
	s.stretch = 2
	s.spread(noon, 0.25)
	counts := map[time.Duration][]int{}
	for _, e := range s.accounts {
		about := e.every.Round(time.Second)
		if counts[about] == nil {
			counts[about] = make([]int, 10)
		}
		tenth := int(e.next.Sub(noon) * 10 / (2 * e.every))
		if tenth < 0 || tenth > 9 {
			t.Fatalf("the first look is in %v, of an account that is left alone for %v", e.next.Sub(noon), 2*e.every)
		}
		counts[about][tenth]++
	}
	for every, tenths := range counts {
		if least, most := slices.Min(tenths), slices.Max(tenths); most > least+10 {
			t.Errorf("left alone for %v: from %d to %d in a tenth of it", every, least, most)
		}
	}
}

func TestAPauseIsForAll(t *testing.T) {
	s := newSchedule(3)
	for n := range 5 {
		s.wake(s.add(account(n), time.Minute, 2), noon)
	}
	first, second := s.take(noon), s.take(noon)
	s.pause(noon.Add(time.Minute), true)
	s.pause(noon.Add(time.Second), false) // never shortens one
	s.retry(first, noon.Add(time.Minute))
	if s.take(noon.Add(time.Minute-1)) != nil {
		t.Error("somebody is looked at in the pause")
	}
	s.retry(second, noon.Add(time.Minute))
	if at, ok := s.until(); !ok || !at.Equal(noon.Add(time.Minute)) {
		t.Errorf("the next is due at %v", at)
	}
	probe := s.take(noon.Add(time.Minute))
	if probe == nil || s.take(noon.Add(time.Minute)) != nil {
		t.Error("after it, exactly one goes ahead")
	}
	s.ailing = false
	if s.take(noon.Add(time.Minute)) == nil {
		t.Error("the platform is well, and nobody is looked at")
	}
}

// Whatever happens, each account is in one place, the demand is the sum of what they want, and nobody is looked at
// before their time, or while there is no room.
func TestScheduleHoldsTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room := rapid.IntRange(1, 3).Draw(t, "room")
		s := newSchedule(room)
		now := noon
		looking := map[*entry]bool{}
		anyLooking := func() *entry {
			for e := range looking {
				delete(looking, e)
				return e
			}
			t.Skip("nobody")
			return nil
		}
		t.Repeat(map[string]func(*rapid.T){
			"wake": func(t *rapid.T) {
				n := rapid.IntRange(0, 8).Draw(t, "account")
				s.wake(s.add(account(n), time.Minute, 1), now)
			},
			"take": func(*rapid.T) {
				if e := s.take(now); e != nil {
					if e.next.After(now) || len(looking) >= room || looking[e] {
						t.Fatalf("%v is looked at: due %v, %d looked at", e.id, e.next.Sub(now), len(looking))
					}
					looking[e] = true
				}
			},
			"plan": func(t *rapid.T) {
				e := anyLooking()
				s.want(e, time.Duration(rapid.IntRange(1, 900).Draw(t, "seconds"))*time.Second, rapid.IntRange(0, 5).Draw(t, "calls"))
				s.plan(e, now, rapid.Float64Range(0, 1).Draw(t, "random"))
			},
			"retry":  func(*rapid.T) { s.retry(anyLooking(), now.Add(time.Second)) },
			"remove": func(*rapid.T) { s.remove(anyLooking()) },
			"pass": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "seconds")) * time.Second)
			},
			"": func(t *rapid.T) {
				var demand int64
				places := map[place]int{}
				for _, e := range s.accounts {
					demand += e.demand()
					places[e.place]++
				}
				want := map[place]int{isWaiting: s.waiting.Len(), isDue: s.due.Len(), isLooking: s.looking}
				for p, n := range want {
					if places[p] != n {
						t.Fatalf("place %d: %d accounts say so, %d are there", p, places[p], n)
					}
				}
				if places[nowhere] != 0 || s.looking != len(looking) || s.demand != demand {
					t.Fatalf("%d nowhere, %d looked at for %d, demand %d for %d", places[nowhere], s.looking, len(looking), s.demand, demand)
				}
			},
		})
	})
}

// What an account costs between two looks, with a page of bookings in each list.
func TestMemoryAtRest(t *testing.T) {
	const accounts = 10_000
	s := newSchedule(4)
	before := heapInUse()
	for n := range accounts {
		e := s.add(account(n), time.Minute, 2)
		e.lists = lists(nil, nil, 0)
		for i := range e.lists {
			l := &e.lists[i]
			for _, at := range []time.Time{noon, noon.Add(time.Minute)} {
				q, _ := l.query(at)
				l.take(q, apiclient.Reading{Digests: make([]apiclient.Digest, 1)}, []store.Snapshot{*seen(pending)}, at)
			}
		}
	}
	s.spread(noon, 0.5)
	if each := (heapInUse() - before) / accounts; each > 900 || each < 100 {
		t.Errorf("%d bytes an account", each)
	} else {
		t.Logf("%d bytes an account", each)
	}
	if len(s.accounts) != accounts {
		t.Error("some are missing")
	}
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
