package poller

import (
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

func TestInterval(t *testing.T) {
	const lo, hi = 30 * time.Second, 15 * time.Minute
	in := func(call, deadline, changed time.Duration, status apiclient.Status) store.Snapshot {
		return *seen(status, func(s *store.Snapshot) {
			s.Session, s.AcceptBy, s.Updated = noon.Add(call), noon.Add(deadline), noon.Add(changed)
		})
	}
	const day = 24 * time.Hour
	for name, tc := range map[string]struct {
		bookings []store.Snapshot
		failures int
		active   bool
		want     time.Duration
	}{
		"no bookings":                   {nil, 0, false, hi},
		"pending, ahead":                {[]store.Snapshot{in(9*day, 8*day, -day, apiclient.StatusPending)}, 0, false, lo},
		"accepted, ahead":               {[]store.Snapshot{in(9*day, -day, -day, apiclient.StatusAccepted)}, 0, false, lo},
		"pending, past":                 {[]store.Snapshot{in(-day, -2*day, -3*day, apiclient.StatusPending)}, 0, false, hi},
		"confirmed, far":                {[]store.Snapshot{in(9*day, -day, -day, apiclient.StatusConfirmed)}, 0, false, hi},
		"confirmed, in an hour":         {[]store.Snapshot{in(time.Hour, -day, -day, apiclient.StatusConfirmed)}, 0, false, lo},
		"confirmed, in over an hour":    {[]store.Snapshot{in(time.Hour+time.Microsecond, -day, -day, apiclient.StatusConfirmed)}, 0, false, hi},
		"confirmed, now":                {[]store.Snapshot{in(0, -day, -day, apiclient.StatusConfirmed)}, 0, false, hi},
		"unknown, deadline near":        {[]store.Snapshot{in(9*day, time.Minute, -day, "Paused")}, 0, false, lo},
		"cancelled, would be near":      {[]store.Snapshot{in(time.Minute, -day, -day, apiclient.StatusCancelled)}, 0, false, hi},
		"cancelled a moment ago":        {[]store.Snapshot{in(day, -day, -time.Minute, apiclient.StatusCancelled)}, 0, false, lo},
		"confirmed an hour ago":         {[]store.Snapshot{in(9*day, -day, -time.Hour, apiclient.StatusConfirmed)}, 0, false, 6 * time.Minute},
		"changed in the future":         {[]store.Snapshot{in(9*day, -day, time.Hour, apiclient.StatusConfirmed)}, 0, false, lo},
		"never changed":                 {[]store.Snapshot{{Status: "Paused"}}, 0, false, hi},
		"the busiest counts":            {[]store.Snapshot{in(9*day, -day, -day, "Confirmed"), in(9*day, 8*day, -day, "Pending")}, 0, false, lo},
		"one failure":                   {[]store.Snapshot{in(9*day, 8*day, -day, apiclient.StatusPending)}, 1, false, time.Minute},
		"three failures":                {[]store.Snapshot{in(9*day, 8*day, -day, apiclient.StatusPending)}, 3, false, 4 * time.Minute},
		"many failures":                 {[]store.Snapshot{in(9*day, 8*day, -day, apiclient.StatusPending)}, 1 << 30, false, hi},
		"a failure of a quiet account":  {nil, 1, false, hi},
		"nothing, but the person is":    {nil, 0, true, lo},
		"active, and failing":           {nil, 2, true, 2 * time.Minute},
		"a call far off, one near":      {[]store.Snapshot{in(9*day, -day, -day, "Confirmed"), in(time.Minute, -day, -day, "Confirmed")}, 0, false, lo},
		"failures do not make it eager": {[]store.Snapshot{in(9*day, -day, -time.Hour, apiclient.StatusConfirmed)}, 1, false, 6 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			got := interval([]outlook{{}, outlookOf(tc.bookings, noon)}, tc.active, lo, hi, noon, tc.failures)
			if got != tc.want {
				t.Errorf("interval = %v, want %v", got, tc.want)
			}
		})
	}
}

// What is remembered of a list holds for as long as it is not read anew.
func TestAnOutlookIsRightLater(t *testing.T) {
	const lo, hi = time.Minute, time.Hour
	calls := func(hours ...int) (all []store.Snapshot) {
		for _, h := range hours {
			all = append(all, *seen(apiclient.StatusConfirmed, func(s *store.Snapshot) {
				s.Session, s.AcceptBy, s.Updated = noon.Add(time.Duration(h)*time.Hour), time.Time{}, noon.Add(-1000*time.Hour)
			}))
		}
		return all
	}
	pending := *seen(apiclient.StatusPending, func(s *store.Snapshot) {
		s.Session, s.AcceptBy, s.Updated = noon.Add(5*time.Hour), time.Time{}, noon.Add(-1000*time.Hour)
	})
	for name, tc := range map[string]struct {
		bookings []store.Snapshot
		after    time.Duration
		want     time.Duration
		spent    bool
	}{
		"a call draws near":                {calls(10), 9 * time.Hour, lo, false},
		"and is not near yet":              {calls(10), 9*time.Hour - time.Second, hi, false},
		"it has begun":                     {calls(10), 10 * time.Hour, hi, false},
		"the next of three":                {calls(30, 10, 20), 20*time.Hour - time.Second, lo, false},
		"all three are over":               {calls(30, 10, 20), 31 * time.Hour, hi, false},
		"the third of four":                {calls(40, 30, 10, 20), 30*time.Hour - time.Second, lo, false},
		"and nothing is known of the last": {calls(40, 30, 10, 20), 30 * time.Hour, hi, true},
		"somebody has to answer":           {[]store.Snapshot{pending}, 5*time.Hour - time.Second, lo, false},
		"it is too late to answer":         {[]store.Snapshot{pending}, 5 * time.Hour, hi, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := outlookOf(tc.bookings, noon)
			if got := o.patience(lo, hi, noon.Add(tc.after)); got != tc.want {
				t.Errorf("it can be left alone for %v, want %v", got, tc.want)
			}
			if got := o.spent(noon.Add(tc.after)); got != tc.spent {
				t.Errorf("spent: %v, want %v", got, tc.spent)
			}
		})
	}
}

func TestJittered(t *testing.T) {
	for name, tc := range map[string]struct {
		failed bool
		random float64
		want   time.Duration
	}{
		"the most":                 {random: 0, want: 10 * time.Minute},
		"the least":                {random: 1, want: 9 * time.Minute},
		"failed, as long as asked": {failed: true, random: 0, want: 10 * time.Minute},
		"failed, and the longest":  {failed: true, random: 1, want: 11 * time.Minute},
	} {
		if got := jittered(10*time.Minute, tc.failed, tc.random); (got - tc.want).Abs() > time.Microsecond {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestDoubled(t *testing.T) {
	for times, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute} {
		if got := doubled(30*time.Second, 5*time.Minute, times); got != want {
			t.Errorf("%d times: %v, want %v", times, got, want)
		}
	}
	if got := doubled(30*time.Second, 80*time.Second, 1); got != time.Minute {
		t.Errorf("once, and not twice: %v", got)
	}
}

func TestClass(t *testing.T) {
	for _, tc := range []struct {
		every time.Duration
		want  int8
	}{
		{0, 0},
		{time.Minute, 0},
		{4*time.Minute - 1, 0},
		{4 * time.Minute, 1},
		{15 * time.Minute, 1},
		{16 * time.Minute, 2},
		{24 * time.Hour, 5},
	} {
		if got := class(tc.every, time.Minute); got != tc.want {
			t.Errorf("class(%v) = %d, want %d", tc.every, got, tc.want)
		}
	}
}

func TestStretch(t *testing.T) {
	for name, tc := range map[string]struct{ demand, rate, want float64 }{
		"nothing is wanted":        {0, 1, 1},
		"just the share":           {0.8, 1, 1},
		"twice the share":          {1.6, 1, 2},
		"what people need as well": {1, 1, 1.25},
		"no bound is known":        {1000, 0, 1},
	} {
		if got := stretch(tc.demand, tc.rate); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestWorkersFor(t *testing.T) {
	for rate, want := range map[float64]int{0: 4, 1: 4, 10.5: 10, 64: 64, 1e6: 64} {
		if got := workersFor(rate); got != want {
			t.Errorf("%d at %v calls a second, want %d", got, rate, want)
		}
	}
}
