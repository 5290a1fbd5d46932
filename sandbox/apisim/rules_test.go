package apisim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

func TestCreateBookingRules(t *testing.T) {
	set := func(field string, value any) func(map[string]any) {
		return func(m map[string]any) { m[field] = value }
	}
	with := func(pairs ...any) func(map[string]any) {
		return func(m map[string]any) {
			for i := 0; i < len(pairs); i += 2 {
				m[pairs[i].(string)] = pairs[i+1]
			}
		}
	}
	without := func(field string) func(map[string]any) { return func(m map[string]any) { delete(m, field) } }
	for name, tc := range map[string]struct {
		change func(map[string]any)
		blame  string // field to blame; "" if it is allowed
	}{
		"plain":                         {nil, ""},
		"nobody":                        {set("BookUserID", 1), "BookUserID"},
		"no performer named":            {without("BookUserID"), "BookUserID"},
		"no phone chat":                 {set("BookUserID", lantern), "BookUserID"},
		"DirectChat only":               {set("BookUserID", water), "BookUserID"},
		"method not offered":            {with("Method", 3, "SkypeName", "live:x"), "Method"},
		"method unknown":                {set("Method", 4), "Method"},
		"client rings needs no number":  {with("Method", 2, "PhoneNumber", ""), ""},
		"performer rings, no number":    {without("PhoneNumber"), "PhoneNumber"},
		"number of 9":                   {set("PhoneNumber", "077009001"), "PhoneNumber"},
		"number of 10":                  {set("PhoneNumber", "0770090012"), ""},
		"number of 12":                  {set("PhoneNumber", "447700900123"), "PhoneNumber"},
		"number with a plus":            {set("PhoneNumber", "+4477009001"), "PhoneNumber"},
		"number with a line break":      {set("PhoneNumber", "07700900123\n"), "PhoneNumber"},
		"Skype":                         {with("BookUserID", lark, "Method", 3, "SkypeName", "live:x", "Credits", 45), ""},
		"Skype without a name":          {with("BookUserID", lark, "Method", 3, "SkypeName", " ", "Credits", 45), "SkypeName"},
		"4 minutes":                     {set("Duration", 4), "Duration"},
		"5 minutes":                     {with("Duration", 5, "Credits", 6), ""},
		"half a minute more":            {set("Duration", 20.5), "Duration"},
		"minutes in quotes":             {set("Duration", "20"), "Duration"},
		"exactly the price":             {set("Credits", json.Number("24")), ""},
		"the price, in four places":     {set("Credits", json.Number("24.0000")), ""},
		"a hair below the price":        {set("Credits", json.Number("23.9999")), "Credits"},
		"three places":                  {set("Credits", json.Number("24.125")), ""},
		"no price, next to nothing":     {with("BookUserID", moth, "Method", 2, "Credits", json.Number("0.01")), ""},
		"below zero":                    {with("BookUserID", moth, "Method", 2, "Credits", -1), "Credits"},
		"credits in quotes":             {set("Credits", "24.5"), "Credits"},
		"credits missing":               {without("Credits"), "Credits"},
		"credits out of this world":     {set("Credits", json.Number("1e999999999")), "Credits"},
		"whole balance":                 {set("Credits", 250), ""},
		"more than the balance":         {set("Credits", json.Number("250.01")), "Credits"},
		"session past":                  {with("SessionDate", at(-time.Minute), "AcceptBy", at(time.Hour)), "*"},
		"session this minute":           {with("SessionDate", at(0), "AcceptBy", at(-time.Hour)), "*"},
		"accept by past":                {set("AcceptBy", at(-time.Hour)), "AcceptBy"},
		"accept by with the session":    {set("AcceptBy", at(48*time.Hour)), "AcceptBy"},
		"accept by after the session":   {set("AcceptBy", at(49*time.Hour)), "AcceptBy"},
		"accept by a minute before":     {set("AcceptBy", at(48*time.Hour-time.Minute)), ""},
		"session with seconds":          {set("SessionDate", "2027-03-04 19:45:00"), "SessionDate"},
		"session with a T":              {set("SessionDate", "2027-03-04T19:45"), "SessionDate"},
		"session with a zone":           {set("SessionDate", "2027-03-04 19:45Z"), "SessionDate"},
		"session with a short hour":     {set("SessionDate", "2027-03-04 9:45"), "SessionDate"},
		"session on 30 February":        {set("SessionDate", "2028-02-30 19:45"), "SessionDate"},
		"session missing":               {without("SessionDate"), "SessionDate"},
		"accept by is a word":           {set("AcceptBy", "tomorrow"), "AcceptBy"},
		"comments are optional":         {without("Comments"), ""},
		"a field nobody knows":          {set("Nonsense", true), ""},
		"several things at once":        {with("Duration", 1, "Method", 9, "Credits", -4), "*"},
		"number ignored with method 2":  {with("Method", 2, "PhoneNumber", "not a number"), ""},
		"performer is a word":           {set("BookUserID", "VelvetVoice"), "BookUserID"},
		"performer in quotes":           {set("BookUserID", "771204"), "BookUserID"},
		"names in lower case are fine":  {func(m map[string]any) { m["duration"] = m["Duration"]; delete(m, "Duration") }, ""},
		"nickname is no way to book":    {func(m map[string]any) { m["Nickname"] = "VelvetVoice"; delete(m, "BookUserID") }, "BookUserID"},
		"comments in another alphabet":  {set("Comments", "Здравствуйте \u202e"), ""},
		"comments that are not a text":  {set("Comments", 7), "Comments"},
		"session before the clocks go":  {with("SessionDate", "2027-03-28 00:59", "AcceptBy", "2027-03-27 12:00"), ""},
		"session in a hundred years":    {set("SessionDate", "2127-03-28 00:59"), ""},
		"session in a year of 5 digits": {set("SessionDate", "12027-03-28 00:59"), "SessionDate"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			status, body := w.post(owl, "CreateBooking", order(tc.change))
			if tc.blame == "" {
				if status != http.StatusOK || w.CreatedCount() != 1 {
					t.Fatalf("got %d with %d created, want 200 with 1: %s", status, w.CreatedCount(), body)
				}
				return
			}
			if status != http.StatusBadRequest || w.CreatedCount() != 0 {
				t.Fatalf("got %d with %d created, want 400 with none", status, w.CreatedCount())
			}
			if tc.blame == "*" {
				return
			}
			if got, want := blamed(t, body), "request."+tc.blame; got != want {
				t.Errorf("blamed %q, want %q: %s", got, want, body)
			}
		})
	}
}

func TestCreateBookingTellsAllProblems(t *testing.T) {
	w := newWorld(t)
	_, body := w.post(owl, "CreateBooking", `{"BookUserID":771204,"SessionDate":"x","Duration":2,"Method":1,"Credits":1,"AcceptBy":"y"}`)
	refused := read[wire.Error](t, body)
	want := map[string]int{
		"request.SessionDate": 1, "request.AcceptBy": 1, "request.Duration": 1, "request.Credits": 1, "request.PhoneNumber": 1,
	}
	got := map[string]int{}
	for field, texts := range refused.ModelState {
		got[field] = len(texts)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestNobodyBooksThemselves(t *testing.T) {
	w := newWorld(t)
	w.SetBalance(velvet, "1000")
	status, body := w.post(velvet, "CreateBooking", order(nil))
	if got := blamed(t, body); status != http.StatusBadRequest || got != "request.BookUserID" {
		t.Errorf("got %d blaming %q", status, got)
	}
}

func TestPriceIsExact(t *testing.T) {
	w := newWorld(t)
	w.SetPrice(velvet, "0.1") // 0.1 x 6 is a hair above 0.6 in floating point
	change := func(m map[string]any) { m["Duration"], m["Credits"] = 6, json.Number("0.6") }
	if status, body := w.post(owl, "CreateBooking", order(change)); status != http.StatusOK {
		t.Errorf("got %d: %s", status, body)
	}
	w.SetPrice(velvet, "")
	change = func(m map[string]any) { m["Credits"] = 0 }
	if status, body := w.post(owl, "CreateBooking", order(change)); status != http.StatusOK {
		t.Errorf("without a price: got %d: %s", status, body)
	}
}

// TestStepRules holds every step against every state and every position of the clock.
func TestStepRules(t *testing.T) {
	const reason = `,"Reason":"Because."`
	steps := map[string]struct {
		as    int64
		extra string
		// allowed by state; the letters are the positions of the clock in which it is:
		// a before AcceptBy, b between AcceptBy and SessionDate, c from SessionDate on.
		allowed map[string]string
		to      string
	}{
		OpAcceptReceivedBooking: {velvet, `,"Credits":30`, map[string]string{StatusPending: "a"}, StatusAccepted},
		OpRejectReceivedBooking: {velvet, reason, map[string]string{StatusPending: "abc"}, StatusRejected},
		OpReInvite:              {velvet, "", map[string]string{StatusPending: "c"}, StatusRejected},
		OpConfirmMadeBooking:    {owl, "", map[string]string{StatusAccepted: "ab"}, StatusConfirmed},
		OpCancelMadeBooking: {owl, reason, map[string]string{
			StatusPending: "abc", StatusAccepted: "abc", StatusConfirmed: "ab",
		}, StatusCancelled},
		OpCancelReceivedBooking: {velvet, reason, map[string]string{StatusAccepted: "ab"}, StatusCancelled},
	}
	clocks := map[string]time.Duration{"a": 0, "b": 24 * time.Hour, "c": 48 * time.Hour}
	states := []string{StatusPending, StatusAccepted, StatusRejected, StatusConfirmed, StatusCancelled, "Unheard"}
	for op, step := range steps {
		for _, state := range states {
			for position, moved := range clocks {
				t.Run(op+" "+state+" "+position, func(t *testing.T) {
					w := newWorld(t)
					id := w.AddBooking(Seed{
						Client: owl, Performer: velvet, Status: state,
						Session: start.Add(48 * time.Hour), AcceptBy: start.Add(24 * time.Hour),
					})
					before, _ := w.Booking(id)
					w.Clock().Advance(moved) // on the very moment counts as passed
					status, body := w.post(step.as, op, fmt.Sprintf(`{"BookingID":%d%s}`, id, step.extra))
					after, _ := w.Booking(id)
					if allowed := contains(step.allowed[state], position); !allowed {
						if diff := cmp.Diff(before, after); status != http.StatusBadRequest || diff != "" {
							t.Errorf("got %d, want 400 and no change (-before +after):\n%s", status, diff)
						}
						if got := blamed(t, body); got != "request.BookingID" {
							t.Errorf("blamed %q", got)
						}
						return
					}
					if status != http.StatusOK || after.Status != step.to {
						t.Errorf("got %d and %s, want 200 and %s: %s", status, after.Status, step.to, body)
					}
					if !after.LastUpdated.After(before.LastUpdated) {
						t.Error("LastUpdated has not moved")
					}
				})
			}
		}
	}
}

func contains(letters, letter string) bool {
	for _, l := range letters {
		if string(l) == letter {
			return true
		}
	}
	return false
}

func TestStepInputs(t *testing.T) {
	for name, tc := range map[string]struct {
		op    string
		as    int64
		state string
		body  string // %d is the booking
		want  int
		blame string
	}{
		"accept without credits":    {OpAcceptReceivedBooking, velvet, StatusPending, `{"BookingID":%d}`, 400, "request.Credits"},
		"accept, credits in quotes": {OpAcceptReceivedBooking, velvet, StatusPending, `{"BookingID":%d,"Credits":"3"}`, 400, "request.Credits"},
		"accept below zero":         {OpAcceptReceivedBooking, velvet, StatusPending, `{"BookingID":%d,"Credits":-3}`, 400, "request.Credits"},
		"accept for less":           {OpAcceptReceivedBooking, velvet, StatusPending, `{"BookingID":%d,"Credits":0.5}`, 200, ""},
		"accept as the client":      {OpAcceptReceivedBooking, owl, StatusPending, `{"BookingID":%d,"Credits":3}`, 404, ""},
		"accept as a stranger":      {OpAcceptReceivedBooking, lark, StatusPending, `{"BookingID":%d,"Credits":3}`, 404, ""},
		"reject without a reason":   {OpRejectReceivedBooking, velvet, StatusPending, `{"BookingID":%d}`, 400, "request.Reason"},
		"reject with blanks":        {OpRejectReceivedBooking, velvet, StatusPending, `{"BookingID":%d,"Reason":" \t\n"}`, 400, "request.Reason"},
		"reject as the client":      {OpRejectReceivedBooking, owl, StatusPending, `{"BookingID":%d,"Reason":"x"}`, 404, ""},
		"cancel without a reason":   {OpCancelMadeBooking, owl, StatusAccepted, `{"BookingID":%d}`, 400, "request.Reason"},
		"cancel as the performer":   {OpCancelMadeBooking, velvet, StatusAccepted, `{"BookingID":%d,"Reason":"x"}`, 404, ""},
		"call off without reason":   {OpCancelReceivedBooking, velvet, StatusAccepted, `{"BookingID":%d}`, 400, "request.Reason"},
		"call off as the client":    {OpCancelReceivedBooking, owl, StatusAccepted, `{"BookingID":%d,"Reason":"x"}`, 404, ""},
		"confirm as the performer":  {OpConfirmMadeBooking, velvet, StatusAccepted, `{"BookingID":%d}`, 404, ""},
		"no booking named":          {OpConfirmMadeBooking, owl, StatusAccepted, `{"Booking":%d}`, 404, ""},
		"booking is a text":         {OpConfirmMadeBooking, owl, StatusAccepted, `{"BookingID":"%d"}`, 400, "request.BookingID"},
		"another booking":           {OpConfirmMadeBooking, owl, StatusAccepted, `{"BookingID":9%d}`, 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.AddBooking(Seed{Client: owl, Performer: velvet, Status: tc.state})
			status, body := w.post(tc.as, tc.op, fmt.Sprintf(tc.body, id))
			if status != tc.want {
				t.Fatalf("got %d, want %d: %s", status, tc.want, body)
			}
			if status == http.StatusOK {
				return
			}
			if got := blamed(t, body); got != tc.blame {
				t.Errorf("blamed %q, want %q", got, tc.blame)
			}
		})
	}
}

func TestConfirmNeedsBalance(t *testing.T) {
	w := newWorld(t)
	id := w.AddBooking(Seed{Client: owl, Performer: velvet, Status: StatusAccepted, Credits: "24.5"})
	w.SetBalance(owl, "24.4999")
	status, _ := w.post(owl, OpConfirmMadeBooking, fmt.Sprintf(`{"BookingID":%d}`, id))
	if got := w.Balance(owl); status != http.StatusBadRequest || got != "24.4999" {
		t.Errorf("got %d, balance %s", status, got)
	}
	w.SetBalance(owl, "24.50")
	status, body := w.post(owl, OpConfirmMadeBooking, fmt.Sprintf(`{"BookingID":%d}`, id))
	if got := w.Balance(owl); status != http.StatusOK || got != "0" {
		t.Errorf("got %d, balance %s: %s", status, got, body)
	}
	if got := w.Balance(velvet); got != "64.5" {
		t.Errorf("performer's balance %s, want 64.5", got)
	}
}

func TestHandsObeyTheRules(t *testing.T) {
	w := newWorld(t)
	id := w.AddBooking(Seed{Client: owl, Performer: velvet})
	for name, err := range map[string]error{
		"confirm a pending one":   w.Confirm(id),
		"re-invite ahead of time": w.ReInvite(id, ""),
		"reject without a reason": w.Reject(id, ""),
		"accept for nonsense":     w.Accept(id, "plenty"),
		"cancel before accepting": w.CancelReceived(id, "x"),
		"no such booking":         w.Accept(1, ""),
	} {
		if _, refused := errors.AsType[*RefusalError](err); !refused {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzRequestTime(f *testing.F) {
	zone := british()
	for _, s := range []string{"2027-03-04 19:45", "2027-03-04 9:45", "2027-02-30 00:00", "", "2027-03-28 01:30", "２027-03-04 19:45"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseRequestTime(s, zone)
		if !ok {
			return
		}
		// The clocks may skip the hour that was written; further off nothing is read.
		written, err := time.Parse(wire.RequestTime, s)
		back, backErr := time.Parse(wire.RequestTime, got.Format(wire.RequestTime))
		if off := back.Sub(written).Abs(); err != nil || backErr != nil || off > time.Hour {
			t.Errorf("%q was read as %s", s, got)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"BookingID":1,"Credits":2.5}`, `{"Credits":"2"}`, `null`, `[]`, `{}{}`, `{"Credits":1e9999999}`, ``} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var in wire.Accept
		if err := decode([]byte(s), &in); err != nil {
			return
		}
		if !json.Valid([]byte(s)) {
			t.Errorf("took %q for JSON", s)
		}
		if amount, ok := parseAmount(in.Credits.String()); ok && len(amount.String()) > 100 {
			t.Errorf("an amount of %d digits", len(amount.String()))
		}
	})
}
