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
