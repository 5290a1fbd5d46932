package outbox

import (
	"maps"
	"time"

	"github.com/google/uuid"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// memory is what an Outbox knows beside the store: all of it under the mutex, and none of it missed after a restart.
type memory struct {
	state
	weather weather
	zones   map[string]*time.Location
	count   Counts
}

func newMemory() memory {
	return memory{
		state: state{
			busy: map[flow.ChatID]bool{}, flying: map[uuid.UUID]flow.ChatID{}, held: map[flow.ChatID]hold{},
			delivered: map[uuid.UUID]bool{}, alone: map[uuid.UUID]bool{},
		},
		zones: map[string]*time.Location{}, count: Counts{Dropped: map[Reason]int{}},
	}
}

// room is how many sends may begin; if none, when one may unless a worker is done sooner.
func (o *Outbox) room(now time.Time) (sends int, next time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w := o.memory.weather
	if next = w.next; !next.After(now) {
		next = now.Add(o.cfg.Tick)
	}
	return w.room(o.cfg.Workers, len(o.memory.busy), now), next
}

// known is a copy of the state, rid of what is over.
func (o *Outbox) known(now time.Time) state {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.memory.state
	maps.DeleteFunc(s.held, func(_ flow.ChatID, h hold) bool { return !h.until.After(now) })
	return state{
		busy: maps.Clone(s.busy), flying: maps.Clone(s.flying), held: maps.Clone(s.held),
		delivered: maps.Clone(s.delivered), alone: maps.Clone(s.alone),
	}
}

// claim takes a chat for a worker. Nobody has it: only the dispatcher claims, and lists no chat that is taken.
func (o *Outbox) claim(chat flow.ChatID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.memory.busy[chat] = true
}

// fly notes what a message on its way to a chat tells.
func (o *Outbox) fly(m Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range m.News {
		o.memory.flying[n.ID] = m.Chat
	}
}

// release is called when nothing is on its way to a chat any more.
func (o *Outbox) release(chat flow.ChatID) {
	o.mu.Lock()
	delete(o.memory.busy, chat)
	maps.DeleteFunc(o.memory.flying, func(_ uuid.UUID, to flow.ChatID) bool { return to == chat })
	o.mu.Unlock()
	o.Wake()
}

func (o *Outbox) hold(chat flow.ChatID, h hold) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.memory.held[chat] = h
}

// remember keeps in mind what the store could not take off the queue.
func (o *Outbox) remember(list []store.Notification) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range list {
		o.memory.delivered[n.ID] = true
	}
}

// part has what was refused together be tried one by one.
func (o *Outbox) part(list []store.Notification) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range list {
		o.memory.alone[n.ID] = true
	}
}

// forget is called for what is queued no more.
func (o *Outbox) forget(list ...store.Notification) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range list {
		delete(o.memory.delivered, n.ID)
		delete(o.memory.alone, n.ID)
	}
}

// weathered notes how a send ended, the empty kind for well; true if that ends a storm.
func (o *Outbox) weathered(kind Kind, now time.Time) bool {
	random := o.cfg.Random()
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.memory.weather
	after := before.after(kind, now, random)
	o.memory.weather = after
	switch {
	case after.bad() && !before.bad():
		o.log.Warn().Int("failures", after.failures).Msg("alerts do not go out: they wait, and few are tried")
	case before.bad() && !after.bad():
		o.log.Info().Int("failures", before.failures).Msg("alerts go out again")
		return true
	}
	return false
}

// calm ends the holds that came of failures, and hands them out.
func (o *Outbox) calm() map[flow.ChatID]time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	over := map[flow.ChatID]time.Time{}
	for chat, h := range o.memory.held {
		if h.failed {
			over[chat] = h.until
			delete(o.memory.held, chat)
		}
	}
	return over
}

// zone is where a person lives: the platform's own zone if they have named none that is known here.
func (o *Outbox) zone(name string) *time.Location {
	if name == "" {
		return o.cfg.Zone
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	zone, known := o.memory.zones[name]
	if !known {
		var err error
		if zone, err = time.LoadLocation(name); err != nil {
			zone = o.cfg.Zone
		}
		o.memory.zones[name] = zone
	}
	return zone
}
