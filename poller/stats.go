package poller

import (
	"maps"
	"time"
)

// Stats is how the polling goes: counters since the program began, and gauges of this moment.
type Stats struct {
	Accounts int           // that are polled
	Due      int           // that wait for a worker
	Late     int           // of those, the ones that wait for longer than their interval
	Looking  int           // that are being looked at
	Lateness time.Duration // of the one whose time came first
	Resting  bool          // nobody is looked at: the platform is given a rest
	Demand   float64       // calls a second that all accounts want
	Stretch  float64       // by which all intervals are longer than wanted; 1 if there is room for all

	Polls     uint64            // looks that came to an end
	Unchanged uint64            // of those, the ones that found each list as it was
	Changed   uint64            // the ones that found bookings changed
	Missed    uint64            // the ones that began later than twice the interval after the one before
	Failures  map[string]uint64 // of reading a list, or of keeping what it held, by kind
}

// Stats is how the polling goes.
func (p *Poller) Stats() Stats {
	now := p.cfg.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Failures = maps.Clone(p.stats.Failures)
	plan := p.schedule
	plan.ripen(now)
	s.Accounts, s.Due, s.Looking, s.Stretch = len(plan.accounts), plan.due.Len(), plan.looking, plan.stretch
	s.Demand, s.Resting = float64(plan.demand)/1e9, plan.rest.After(now)
	for _, e := range plan.due.entries {
		late := now.Sub(e.next)
		s.Lateness = max(s.Lateness, late)
		if late > e.span && !e.woken {
			s.Late++
		}
	}
	return s
}

// count takes a look in. The lock is held.
func (s *Stats) count(r result, missed bool) {
	for _, kind := range r.kinds {
		s.Failures[kind]++
	}
	if r.unsent > 0 { // it is to be looked at yet
		return
	}
	s.Polls++
	if missed {
		s.Missed++
	}
	switch {
	case r.changed:
		s.Changed++
	case r.read && !r.decoded && r.err == nil:
		s.Unchanged++
	}
}
