package apiclient

import (
	"net/http"
	"sync"
	"time"
)

// The API's times name no zone, so Config.Location is an assumption. It is checked with every write that
// answers a booking: LastUpdated was set a moment before the answer left, and the answer's header Date is
// in GMT. What lies between the two beyond a few minutes is the error of the assumption.

const (
	zoneStep     = 15 * time.Minute // all zones of the world are multiples of it apart
	zoneSlack    = 7 * time.Minute  // clocks of one platform that differ by less are right
	zoneNear     = 2 * time.Minute  // an offset is believed if it is that close to a multiple
	zoneFarthest = 26 * time.Hour   // from UTC-12 to UTC+14
)

// zoneError is how far the times of the API, as they are read, are ahead of its real clock: a multiple of
// a quarter of an hour, 0 when they are right. It is not sure when a time is missing, when the clocks show
// lastUpdated twice, and when the difference is none between two zones: a LastUpdated that the write did
// not touch, most likely.
func zoneError(lastUpdated, date time.Time) (off time.Duration, sure bool) {
	if lastUpdated.IsZero() || date.IsZero() || Ambiguous(lastUpdated, lastUpdated.Location()) {
		return 0, false
	}
	diff := lastUpdated.Sub(date)
	if diff.Abs() <= zoneSlack {
		return 0, true
	}
	off = diff.Round(zoneStep)
	return off, off != 0 && off.Abs() <= zoneFarthest && (diff-off).Abs() <= zoneNear
}

// clock remembers what the checks found.
type clock struct {
	tell func(off time.Duration) // may be nil

	mu      sync.Mutex
	off     time.Duration
	checked bool
	heard   time.Duration // a difference that only the last finding shows
}

// updated is when the platform changed the booking last.
func (b Booking) updated() time.Time { return b.LastUpdated }

// check looks at what a write answered, if it is something with a time of change.
func (c *clock) check(value any, header http.Header) {
	changed, ok := value.(interface{ updated() time.Time })
	if !ok {
		return
	}
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	off, sure := zoneError(changed.updated(), date)
	if sure && c.note(off) && c.tell != nil {
		c.tell(off)
	}
}

// note keeps a finding and reports whether it is news. A difference has to be found twice in a row: a write
// that left LastUpdated alone shows one as well if it happens to be some quarters of an hour old. That the
// times are right is believed at once.
func (c *clock) note(off time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	again := off == c.heard
	c.heard = off
	if off != 0 && !again {
		return false
	}
	news := off != c.off
	c.off, c.checked = off, true
	return news
}

// ClockChecked is how far the API's times, as they are read in the configured zone, are ahead of the
// platform's clock; 0 when they are right. It is not known (checked is false) before a write whose answer
// tells that they are right, or two in a row that find the same difference.
func (c *Client) ClockChecked() (off time.Duration, checked bool) {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	return c.clock.off, c.clock.checked
}
