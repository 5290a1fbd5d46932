package store

import (
	"slices"
	"time"
)

const (
	// UpdateMemory is how long an update's id tells a repetition: Telegram keeps updates for 24 hours, and after
	// a week without any it starts numbering anew, so an old number proves nothing.
	UpdateMemory = 72 * time.Hour
	// mostAnswered is how many ids a chat remembers: so many updates may overtake one that comes late.
	mostAnswered = 16
)

// Answer notes that the bot has answered an update of the chat.
func (c *Chat) Answer(bot, update int64, now time.Time) {
	if c.Bot != bot || now.Sub(c.LastUpdateAt) >= UpdateMemory {
		c.Updates, c.LastUpdate = nil, 0 // they tell nothing about this one
	}
	if c.Updates == nil {
		c.Updates = []int64{c.LastUpdate}
	}
	if at, known := slices.BinarySearch(c.Updates, update); !known {
		c.Updates = slices.Insert(slices.Clone(c.Updates), at, update)
	}
	c.Updates = c.Updates[max(0, len(c.Updates)-mostAnswered):]
	c.Bot, c.LastUpdate, c.LastUpdateAt = bot, c.Updates[len(c.Updates)-1], now
}

// Answered reports whether the bot has answered an update that was sent at a time. One below all that are
// remembered counts as answered; one between them, which came late, only if it is among them.
func (c Chat) Answered(bot, update int64, sent time.Time) bool {
	if c.Bot != bot || sent.Sub(c.LastUpdateAt) >= UpdateMemory {
		return false
	}
	if len(c.Updates) == 0 {
		return update <= c.LastUpdate
	}
	_, known := slices.BinarySearch(c.Updates, update)
	return known || update < c.Updates[0]
}
