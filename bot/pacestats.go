package bot

// Stats says what became of the messages and edits that the Bot was asked to send since it was built.
type Stats struct {
	Sent     [lanes]int64 // by Lane: Telegram took them
	HeldBack [lanes]int64 // by Lane: they got no turn in time, and Sort said when to come back
	Waiting  [lanes]int   // by Lane: for their turn, at this moment
	TooMany  int64        // answers 429, those to calls without a chat left out
}

// Stats counts what was sent, and what waits.
func (b *Bot) Stats() Stats { return b.pace.count() }

func (p *pacer) count() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	for _, c := range p.peers {
		for lane := range c.queues {
			s.Waiting[lane] += len(c.queues[lane].waiting)
		}
	}
	return s
}
