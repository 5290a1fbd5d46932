package conversations

// OnQueued has a test told what the outbox is told.
func (d *Desk) OnQueued(told func()) { d.queued = told }
