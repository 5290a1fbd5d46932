package tgsim

import (
	"strings"
	"time"
)

// Telegram's limits as its FAQ for bots gives them. In one chat it counts a second for each send, and a short burst
// ahead of that passes.
const (
	overallPerSecond = 30
	groupPerMinute   = 20
	chatBurst        = 5
)

// rates remembers what went out, and who was told to be silent.
type rates struct {
	all       []time.Time // of the last second
	byChat    map[string]*chatRate
	until     time.Time // the end of a retry_after for all
	impatient int
}

type chatRate struct {
	paid  time.Time   // when what went out is paid for, at one a second
	group []time.Time // of the last minute; groups only
	until time.Time
}

// limited reports whether a method counts, and whether anything does.
func (cfg Config) limited(name string) bool {
	return cfg.RateLimit && (name == "sendMessage" || name == "sendDocument" || name == "editMessageText")
}

// take counts one send, or refuses it with 429: inside a retry_after for what is left of it, and above a limit
// until there is room again. Whom a retry_after is for, the one chat or all, is not said.
func (r *rates) take(cfg Config, name string, p params) error {
	if !cfg.limited(name) {
		return nil
	}
	now, c := cfg.Now(), r.chat(p)
	if left := c.silence(r, now); left > 0 {
		r.impatient++
		return tooMany(wholeSeconds(left))
	}
	isGroup := strings.HasPrefix(p.text("chat_id"), "-")
	r.all = since(r.all, now.Add(-time.Second))
	c.group = since(c.group, now.Add(-time.Minute))
	switch {
	case len(r.all) >= overallPerSecond:
		return silenced(&r.until, now, r.all[0].Add(time.Second).Sub(now))
	case isGroup && len(c.group) >= groupPerMinute:
		return silenced(&c.until, now, c.group[0].Add(time.Minute).Sub(now))
	case c.paid.Sub(now) > (chatBurst-1)*time.Second:
		return silenced(&c.until, now, c.paid.Sub(now)-(chatBurst-1)*time.Second)
	}
	r.all = append(r.all, now)
	if isGroup {
		c.group = append(c.group, now)
	}
	if c.paid.Before(now) {
		c.paid = now
	}
	c.paid = c.paid.Add(time.Second)
	return nil
}

// order notes a 429 that a fault is about to answer: it is for the fault's chat, or for all.
func (r *rates) order(cfg Config, name string, p params, f *fault) {
	if !cfg.limited(name) {
		return
	}
	now, c := cfg.Now(), r.chat(p)
	if c.silence(r, now) > 0 {
		r.impatient++
	}
	until := &r.until
	if f.ChatID != 0 {
		until = &c.until
	}
	if end := now.Add(time.Duration(max(f.RetryAfter, 1)) * time.Second); end.After(*until) {
		*until = end
	}
}

func (r *rates) chat(p params) *chatRate {
	if r.byChat == nil {
		r.byChat = map[string]*chatRate{}
	}
	id := p.text("chat_id")
	if r.byChat[id] == nil {
		r.byChat[id] = &chatRate{}
	}
	return r.byChat[id]
}

// silence is what is left of the retry_after that a chat stands under.
func (c *chatRate) silence(r *rates, now time.Time) time.Duration {
	return max(c.until.Sub(now), r.until.Sub(now))
}

// silenced refuses a send until there is room, in whole seconds.
func silenced(until *time.Time, now time.Time, room time.Duration) error {
	seconds := wholeSeconds(room)
	*until = now.Add(time.Duration(seconds) * time.Second)
	return tooMany(seconds)
}

func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func since(times []time.Time, start time.Time) []time.Time {
	for len(times) > 0 && !times[0].After(start) {
		times = times[1:]
	}
	return times
}

// Impatient counts the messages and edits that came inside a retry_after, while Config.RateLimit is on. One that a
// fault spoils with a 429 of its own counts too.
func (s *Server) Impatient() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sends.impatient
}
