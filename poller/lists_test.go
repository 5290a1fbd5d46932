package poller

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

func TestStartDate(t *testing.T) {
	const day = 24 * time.Hour
	today := noon.Truncate(day)
	made := func(ago time.Duration, status apiclient.Status, ended time.Duration) store.Snapshot {
		return *seen(status, func(s *store.Snapshot) {
			s.Created, s.Session, s.Updated = noon.Add(-ago), noon.Add(-ended), noon.Add(-ended)
		})
	}
	for name, tc := range map[string]struct {
		bookings []store.Snapshot
		want     time.Time
	}{
		"none at all":                 {nil, today.Add(-8 * day)},
		"made today":                  {[]store.Snapshot{made(time.Hour, "Pending", -day)}, today.Add(-8 * day)},
		"open, made long ago":         {[]store.Snapshot{made(40*day, "Confirmed", -day)}, today.Add(-41 * day)},
		"open, of a state unknown":    {[]store.Snapshot{made(40*day, "Paused", -day)}, today.Add(-41 * day)},
		"the oldest of those open":    {[]store.Snapshot{made(20*day, "Pending", -day), made(40*day, "Confirmed", -day)}, today.Add(-41 * day)},
		"over for a week":             {[]store.Snapshot{made(40*day, "Confirmed", 8*day)}, today.Add(-8 * day)},
		"over for less":               {[]store.Snapshot{made(40*day, "Confirmed", 7*day)}, today.Add(-41 * day)},
		"cancelled a week ago":        {[]store.Snapshot{made(40*day, "Cancelled", 8*day)}, today.Add(-8 * day)},
		"cancelled, was to be later":  {[]store.Snapshot{made(40*day, "Cancelled", 6*day)}, today.Add(-41 * day)},
		"open, and nobody knows when": {[]store.Snapshot{{Status: "Pending", Session: noon.Add(day)}}, time.Time{}},
		"late in the day":             {[]store.Snapshot{made(40*day-11*time.Hour-59*time.Minute, "Pending", -day)}, today.Add(-41 * day)},
	} {
		t.Run(name, func(t *testing.T) {
			o := outlookOf(tc.bookings, noon)
			got := o.startDate(noon)
			if want := momentOf(tc.want); got != want {
				t.Errorf("from %v, want %v", got.time().UTC(), tc.want)
			}
		})
	}
}

// What was asked for last is known only to the same question.
func TestAListIsReadFromItsBeginningNowAndThen(t *testing.T) {
	var l list
	digest := make([]apiclient.Digest, 1)
	var from []string
	ask := func(now time.Time, unchanged bool) {
		q, known := l.query(now)
		if q.OrderBy != apiclient.OldestFirst { // what is new would move all pages
			t.Errorf("asked for in the order %v", q.OrderBy)
		}
		text := "all"
		if !q.StartDate.IsZero() {
			text = q.StartDate.UTC().Format(time.DateOnly)
		}
		if known != nil {
			text += " known"
		}
		from = append(from, text)
		l.take(q, apiclient.Reading{Digests: digest, Unchanged: unchanged && known != nil}, nil, now)
	}
	for _, at := range []time.Duration{0, time.Minute, 2 * time.Minute, 6 * time.Hour, 6*time.Hour + 1, 6*time.Hour + 2} {
		ask(noon.Add(at), true)
	}
	ask(noon.Add(25*time.Hour), true)
	ask(noon.Add(26*time.Hour), true)
	want := []string{
		"all", "2027-02-22", "2027-02-22 known", "all known", "2027-02-22 known", "2027-02-22 known", "all known", "2027-02-23",
	}
	if diff := cmp.Diff(want, from); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

// The server's clock was hours ahead, and was put right.
func TestAClockThatIsPutBackKeepsNoListFromBeingRead(t *testing.T) {
	h := newHouse(t)
	h.look()
	h.refuse(apiclient.Received, true)
	h.look() // and leaves it alone for a while
	h.refuse(apiclient.Received, false)
	h.platform.set(apiclient.Received, booking(1, pending))
	h.now = h.now.Add(-10 * time.Hour)
	h.look()
	h.wantTold("received 1 request", "0 no_access") // by when they were due

	var l list
	q, _ := l.query(noon)
	l.take(q, apiclient.Reading{}, nil, noon)
	if q, _ = l.query(noon.Add(-time.Minute)); !q.StartDate.IsZero() {
		t.Errorf("it is read from %v on, and not from its beginning", q.StartDate)
	}
}

// A list that moved while it was read may lack bookings: nothing follows from it.
func TestAShortListDoesNotCountAsWhole(t *testing.T) {
	var l list
	q, _ := l.query(noon)
	l.take(q, apiclient.Reading{Short: true}, nil, noon)
	if q, _ = l.query(noon.Add(time.Minute)); !q.StartDate.IsZero() {
		t.Errorf("then it is read from %v on", q.StartDate)
	}
}

func TestWhoseListsAreRead(t *testing.T) {
	before := []list{{since: 1}, {received: true, since: 2}, {member: 7, received: true, since: 3}, {member: 8, received: true, since: 4}}
	got := lists(before, []store.Watch{
		{Member: 9}, {Member: 8, Primed: true}, {Member: 7}, {Member: 5, Primed: true}, {Member: 6, Primed: true, Lost: true},
	}, 5)
	want := []list{{since: 1}, {received: true, since: 2}, {member: 9, received: true}, {member: 8, received: true, since: 4}, {member: 7, received: true}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(list{}, outlook{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// When the times that were kept of a list have passed, the others are found out, although it has not changed.
func TestAListIsReadAnewWhenItsTimesHavePassed(t *testing.T) {
	var rows []store.Snapshot
	for hours := range 4 {
		rows = append(rows, *seen(apiclient.StatusConfirmed, func(s *store.Snapshot) {
			s.Session, s.AcceptBy = noon.Add(time.Duration(hours+1)*time.Hour), time.Time{}
		}))
	}
	var l list
	for at, known := range map[time.Duration]bool{3*time.Hour - time.Second: true, 3 * time.Hour: false} {
		q, _ := l.query(noon)
		l.take(q, apiclient.Reading{Digests: make([]apiclient.Digest, 1)}, rows, noon)
		q, _ = l.query(noon.Add(time.Minute))
		l.take(q, apiclient.Reading{Digests: make([]apiclient.Digest, 1)}, rows, noon.Add(time.Minute))
		if _, got := l.query(noon.Add(at)); (got != nil) != known {
			t.Errorf("after %v it is known: %v, want %v", at, got != nil, known)
		}
		l = list{}
	}
}

// stuck is a platform whose ETag stays while its pages change.
type stuck struct{ *platform }

func (s stuck) ReadBookings(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery, known []apiclient.Digest) (apiclient.Reading, error) {
	if len(known) > 0 && known[0].Tag == "stuck" {
		return apiclient.Reading{Digests: known, Unchanged: true}, nil
	}
	read, err := s.platform.ReadBookings(ctx, as, side, q, nil)
	read.Digests = []apiclient.Digest{{Tag: "stuck"}}
	return read, err
}

// An ETag that stays while its page changes hides a change for a while, and not for ever.
func TestAnETagThatLies(t *testing.T) {
	h := newHouse(t)
	h.configure(func(cfg *Config) { cfg.API = stuck{h.platform} })
	h.platform.set(apiclient.Made, booking(1, pending))
	h.look()
	h.look() // from another day on
	h.platform.set(apiclient.Made, later(booking(1, pending), to(accepted)))
	h.look()
	h.wantTold()
	h.now = h.now.Add(wideEvery)
	h.look()
	h.wantTold("made 1 accepted")
}
