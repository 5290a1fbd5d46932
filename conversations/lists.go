package conversations

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

// listKey names one list of bookings: of a member, read by their own account or by one that acts for them.
type listKey struct {
	account store.AccountID
	member  int64
	side    apiclient.Side
}

func (v *visit) listKey(side apiclient.Side) listKey {
	key := listKey{v.account.ID, v.account.Member, side}
	if v.as.Member != 0 {
		key.member = v.as.Member
	}
	return key
}

// listCache keeps lists of bookings for a moment, in memory only, so that turning a page reads nothing and
// shows no booking twice. What is done to a booking reads that booking again whatever stands here.
type listCache struct {
	mu   sync.Mutex
	kept map[listKey]keptList
}

type keptList struct {
	at       time.Time
	bookings []apiclient.Booking
}

// A list is read anew after listLife. Turning its pages, up to pageLife: on a list that has shifted in between
// a booking would be shown twice, or never.
const (
	listLife = 30 * time.Second
	pageLife = 5 * time.Minute
	maxLists = 64
)

func (c *listCache) recall(key listKey, now time.Time, life time.Duration) (keptList, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list, ok := c.kept[key]
	return list, ok && now.Sub(list.at) < life
}

// correct has a list say of one booking what was read of it since.
func (c *listCache) correct(key listKey, now apiclient.Booking) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list, ok := c.kept[key]
	i := slices.IndexFunc(list.bookings, func(b apiclient.Booking) bool { return b.ID == now.ID })
	if !ok || i < 0 {
		return
	}
	list.bookings = slices.Clone(list.bookings) // those who were given it go on with theirs
	list.bookings[i] = now
	c.kept[key] = list
}

// drop forgets one list.
func (c *listCache) drop(key listKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.kept, key)
}

// keep remembers a list, and forgets those that have had their time, or the oldest where there are too many.
func (c *listCache) keep(key listKey, now time.Time, bookings []apiclient.Booking) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[listKey]keptList{}
	}
	var oldest listKey
	for k, list := range c.kept {
		if now.Sub(list.at) >= pageLife {
			delete(c.kept, k)
		} else if first, ok := c.kept[oldest]; !ok || list.at.Before(first.at) {
			oldest = k
		}
	}
	if _, again := c.kept[key]; !again && len(c.kept) >= maxLists {
		delete(c.kept, oldest)
	}
	c.kept[key] = keptList{at: now, bookings: bookings}
}

// forget drops the lists of a member, whoever read them: something was done to one of their bookings.
func (c *listCache) forget(member int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.kept {
		if k.member == member {
			delete(c.kept, k)
		}
	}
}

// bookingList is all bookings of a side, each once and the newest first.
type bookingList struct {
	all   []apiclient.Booking
	at    time.Time // when it was read: what lies ahead then is placed so on all its pages
	short bool      // some may be missing: the list moved each time it was gone through
}

// listed reads all bookings of a side, unless they were read within a time (0: in any case). What comes belongs
// to the cache: it is not to be changed. A list that is short is not kept.
func (v *visit) listed(side apiclient.Side, within time.Duration) (bookingList, error) {
	key, now := v.listKey(side), v.clock.now()
	if kept, ok := v.lists.recall(key, now, within); ok {
		return bookingList{all: kept.bookings, at: kept.at}, nil
	}
	read, err := v.api.ReadBookings(v.ctx, v.caller(), side, apiclient.ListQuery{OrderBy: apiclient.NewestFirst}, nil)
	if err != nil {
		return bookingList{}, fmt.Errorf("read %s bookings: %w", side, err)
	}
	slices.SortStableFunc(read.Bookings, func(a, b apiclient.Booking) int { return b.Created.Compare(a.Created) })
	if !read.Short {
		v.lists.keep(key, now, read.Bookings)
	}
	return bookingList{all: read.Bookings, at: now, short: read.Short}, nil
}

// booking reads one booking as it is now, and has the list that is kept say the same.
func (v *visit) booking(side apiclient.Side, id apiclient.BookingID) (apiclient.Booking, error) {
	b, err := v.api.Booking(v.ctx, v.caller(), side, id)
	switch {
	case err == nil:
		v.lists.correct(v.listKey(side), b)
	case isNotFound(err): // it has gone, or can't be read by itself: a new list tells
		v.lists.drop(v.listKey(side))
	}
	return b, err
}

// bookings is listed for those who decide by what is not in the list: one that is short is
// apiclient.ErrUnavailable to them.
func (v *visit) bookings(side apiclient.Side, fresh bool) ([]apiclient.Booking, error) {
	within := listLife
	if fresh {
		within = 0
	}
	list, err := v.listed(side, within)
	if err == nil && list.short {
		return nil, fmt.Errorf("read %s bookings: the list moved: %w", side, apiclient.ErrUnavailable)
	}
	return list.all, err
}
