package poller

import (
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// seen is a booking in a state, as it lies in the store.
func seen(status apiclient.Status, changes ...func(*store.Snapshot)) *store.Snapshot {
	s := snapshotOf(store.AccountID{}, store.SideMade, booking(7, status))
	for _, change := range changes {
		change(&s)
	}
	return &s
}

func credits(amount string) func(*store.Snapshot) {
	return func(s *store.Snapshot) { s.Credits = amount }
}

func TestNews(t *testing.T) {
	const (
		pending, accepted, rejected   = apiclient.StatusPending, apiclient.StatusAccepted, apiclient.StatusRejected
		confirmed, cancelled, unknown = apiclient.StatusConfirmed, apiclient.StatusCancelled, apiclient.Status("Paused")
	)
	past := func(s *store.Snapshot) { s.Session, s.AcceptBy = noon.Add(-time.Hour), noon.Add(-2*time.Hour) }
	late := func(s *store.Snapshot) { s.Updated = s.AcceptBy }
	moved := func(s *store.Snapshot) { s.Session = s.Session.Add(time.Hour) }
	for name, tc := range map[string]struct {
		old, now       *store.Snapshot
		made, received alert.Kind
	}{
		"new":                           {nil, seen(pending), "", alert.Request},
		"new, its times past":           {nil, seen(pending, past), "", alert.Request},
		"new and accepted":              {nil, seen(accepted), alert.Accepted, ""},
		"new and rejected":              {nil, seen(rejected), alert.Rejected, ""},
		"new and confirmed":             {nil, seen(confirmed), alert.Confirmed, alert.Confirmed},
		"new and cancelled":             {nil, seen(cancelled), alert.Cancelled, ""},
		"new in an unknown state":       {nil, seen(unknown), alert.Changed, alert.Changed},
		"new, accepted, past":           {nil, seen(accepted, past), "", ""},
		"new, confirmed, past":          {nil, seen(confirmed, past), "", ""},
		"new, cancelled, past":          {nil, seen(cancelled, past), "", ""},
		"new, unknown state, past":      {nil, seen(unknown, past), "", ""},
		"unchanged":                     {seen(pending), seen(pending), "", ""},
		"only touched":                  {seen(pending), seen(pending, late), "", ""},
		"accepted":                      {seen(pending), seen(accepted), alert.Accepted, ""},
		"accepted for other credits":    {seen(pending), seen(accepted, credits("150")), alert.Accepted, ""},
		"rejected":                      {seen(pending), seen(rejected), alert.Rejected, ""},
		"rejected by the deadline":      {seen(pending), seen(rejected, late), alert.Rejected, alert.Expired},
		"confirmed":                     {seen(accepted), seen(confirmed), alert.Confirmed, alert.Confirmed},
		"confirmed, the step unseen":    {seen(pending), seen(confirmed), alert.Confirmed, alert.Confirmed},
		"pending, cancelled":            {seen(pending), seen(cancelled), alert.Cancelled, alert.Cancelled},
		"accepted, cancelled":           {seen(accepted), seen(cancelled), alert.Cancelled, alert.Cancelled},
		"confirmed, cancelled":          {seen(confirmed), seen(cancelled), alert.Cancelled, alert.Cancelled},
		"asked again":                   {seen(rejected), seen(pending), "", alert.Request},
		"into an unknown state":         {seen(pending), seen(unknown), alert.Changed, alert.Changed},
		"from one unknown to another":   {seen(unknown), seen("Held"), alert.Changed, alert.Changed},
		"back from an unknown state":    {seen(unknown), seen(pending), alert.Changed, alert.Request},
		"unknown, then accepted":        {seen(unknown), seen(accepted), alert.Accepted, alert.Changed},
		"unknown, then rejected":        {seen(unknown), seen(rejected), alert.Rejected, alert.Rejected},
		"other credits":                 {seen(accepted), seen(accepted, credits("150")), alert.Credits, alert.Credits},
		"other spelling of credits":     {seen(accepted, credits("135")), seen(accepted, credits("135.00")), "", ""},
		"credits that are no number":    {seen(accepted), seen(accepted, credits("?")), alert.Credits, alert.Credits},
		"other credits and time":        {seen(accepted), seen(accepted, credits("150"), moved), alert.Credits, alert.Credits},
		"other credits of a finished":   {seen(cancelled), seen(cancelled, credits("0")), "", ""},
		"another time":                  {seen(confirmed), seen(confirmed, moved), alert.Changed, alert.Changed},
		"the same time, elsewhere":      {seen(confirmed), seen(confirmed, inTokyo), "", ""},
		"another length":                {seen(accepted), seen(accepted, func(s *store.Snapshot) { s.Duration++ }), alert.Changed, alert.Changed},
		"another deadline":              {seen(pending), seen(pending, func(s *store.Snapshot) { s.AcceptBy = noon }), alert.Changed, alert.Changed},
		"another nickname":              {seen(pending), seen(pending, func(s *store.Snapshot) { s.Nickname = "x" }), "", ""},
		"rejected, no deadline is told": {seen(pending), seen(rejected, func(s *store.Snapshot) { s.AcceptBy = time.Time{} }), alert.Rejected, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := news(store.SideMade, tc.old, *tc.now, noon); got != tc.made {
				t.Errorf("to the client: %q, want %q", got, tc.made)
			}
			if got := news(store.SideReceived, tc.old, *tc.now, noon); got != tc.received {
				t.Errorf("to the performer: %q, want %q", got, tc.received)
			}
		})
	}
}

func inTokyo(s *store.Snapshot) { s.Session = s.Session.In(time.FixedZone("", 9*60*60)) }

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
		random   float64
		want     time.Duration
	}{
		"no bookings":                   {nil, 0, 0.5, hi},
		"pending, ahead":                {[]store.Snapshot{in(9*day, 8*day, -day, apiclient.StatusPending)}, 0, 0.5, lo},
		"accepted, ahead":               {[]store.Snapshot{in(9*day, -day, -day, apiclient.StatusAccepted)}, 0, 0.5, lo},
		"pending, past":                 {[]store.Snapshot{in(-day, -2*day, -3*day, apiclient.StatusPending)}, 0, 0.5, hi},
		"confirmed, far":                {[]store.Snapshot{in(9*day, -day, -day, apiclient.StatusConfirmed)}, 0, 0.5, hi},
		"confirmed, in an hour":         {[]store.Snapshot{in(time.Hour, -day, -day, apiclient.StatusConfirmed)}, 0, 0.5, lo},
		"confirmed, in over an hour":    {[]store.Snapshot{in(time.Hour+1, -day, -day, apiclient.StatusConfirmed)}, 0, 0.5, hi},
		"confirmed, now":                {[]store.Snapshot{in(0, -day, -day, apiclient.StatusConfirmed)}, 0, 0.5, hi},
		"unknown, deadline near":        {[]store.Snapshot{in(9*day, time.Minute, -day, "Paused")}, 0, 0.5, lo},
		"cancelled, would be near":      {[]store.Snapshot{in(time.Minute, -day, -day, apiclient.StatusCancelled)}, 0, 0.5, hi},
		"cancelled a moment ago":        {[]store.Snapshot{in(day, -day, -time.Minute, apiclient.StatusCancelled)}, 0, 0.5, lo},
		"confirmed an hour ago":         {[]store.Snapshot{in(9*day, -day, -time.Hour, apiclient.StatusConfirmed)}, 0, 0.5, 6 * time.Minute},
		"changed in the future":         {[]store.Snapshot{in(9*day, -day, time.Hour, apiclient.StatusConfirmed)}, 0, 0.5, lo},
		"never changed":                 {[]store.Snapshot{{Status: "Paused"}}, 0, 0.5, hi},
		"the busiest counts":            {[]store.Snapshot{in(9*day, -day, -day, "Confirmed"), in(9*day, 8*day, -day, "Pending")}, 0, 0.5, lo},
		"jitter, least":                 {nil, 0, 0, 13*time.Minute + 30*time.Second},
		"jitter, most":                  {nil, 0, 1, 16*time.Minute + 30*time.Second},
		"one failure":                   {[]store.Snapshot{in(9*day, 8*day, -day, apiclient.StatusPending)}, 1, 0.5, time.Minute},
		"three failures":                {[]store.Snapshot{in(9*day, 8*day, -day, apiclient.StatusPending)}, 3, 0.5, 4 * time.Minute},
		"many failures":                 {[]store.Snapshot{in(9*day, 8*day, -day, apiclient.StatusPending)}, 1 << 30, 0.5, hi},
		"a failure of a quiet account":  {nil, 1, 0.5, hi},
		"failures, jitter":              {[]store.Snapshot{in(9*day, 8*day, -day, apiclient.StatusPending)}, 1, 0, 54 * time.Second},
		"failures do not make it eager": {[]store.Snapshot{in(9*day, -day, -time.Hour, apiclient.StatusConfirmed)}, 1, 0.5, 6 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			got := interval(tc.bookings, lo, hi, noon, tc.failures, tc.random)
			if (got - tc.want).Abs() > time.Microsecond {
				t.Errorf("interval = %v, want %v", got, tc.want)
			}
		})
	}
}
