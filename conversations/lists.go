package conversations

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

// listKey names one list of bookings: of an account, or of a member it acts for.
type listKey struct {
	account store.AccountID
	member  int64
	side    apiclient.Side
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

const (
	listLife = 30 * time.Second
	maxLists = 64
)

func (c *listCache) recall(key listKey, now time.Time) ([]apiclient.Booking, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list, ok := c.kept[key]
	return list.bookings, ok && now.Sub(list.at) < listLife
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
		if now.Sub(list.at) >= listLife {
			delete(c.kept, k)
		} else if first, ok := c.kept[oldest]; !ok || list.at.Before(first.at) {
			oldest = k
		}
	}
	if len(c.kept) >= maxLists {
		delete(c.kept, oldest)
	}
	c.kept[key] = keptList{at: now, bookings: bookings}
}

// forget drops the lists of an account: something was done to one of its bookings.
func (c *listCache) forget(account store.AccountID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.kept {
		if k.account == account {
			delete(c.kept, k)
		}
	}
}

// bookingList is all bookings of a side, each once and the newest first.
type bookingList struct {
	all   []apiclient.Booking
	short bool // some may be missing: the list moved each time it was gone through
}

// listed reads all bookings of a side; fresh asks the platform even if they were read a moment ago. What comes
// belongs to the cache: it is not to be changed. A list that is short is not kept.
func (v *visit) listed(side apiclient.Side, fresh bool) (bookingList, error) {
	key := listKey{v.account.ID, v.as.Member, side}
	if all, ok := v.lists.recall(key, v.clock.now()); ok && !fresh {
		return bookingList{all: all}, nil
	}
	read, err := v.api.ReadBookings(v.ctx, v.caller(), side, apiclient.ListQuery{OrderBy: apiclient.NewestFirst}, nil)
	if err != nil {
		return bookingList{}, fmt.Errorf("read %s bookings: %w", side, err)
	}
	slices.SortStableFunc(read.Bookings, func(a, b apiclient.Booking) int { return b.Created.Compare(a.Created) })
	if !read.Short {
		v.lists.keep(key, v.clock.now(), read.Bookings)
	}
	return bookingList{all: read.Bookings, short: read.Short}, nil
}

// bookings is listed for those who decide by what is not in the list: one that is short is
// apiclient.ErrUnavailable to them.
func (v *visit) bookings(side apiclient.Side, fresh bool) ([]apiclient.Booking, error) {
	list, err := v.listed(side, fresh)
	if err == nil && list.short {
		return nil, fmt.Errorf("read %s bookings: the list moved: %w", side, apiclient.ErrUnavailable)
	}
	return list.all, err
}
