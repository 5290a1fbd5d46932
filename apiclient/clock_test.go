package apiclient

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestZoneError(t *testing.T) {
	date := time.Date(2027, 3, 2, 8, 15, 10, 0, time.UTC)
	for name, tc := range map[string]struct {
		diff time.Duration
		want time.Duration
		sure bool
	}{
		"right":                     {0, 0, true},
		"written a moment earlier":  {-2 * time.Second, 0, true},
		"a clock that goes wrong":   {7 * time.Minute, 0, true},
		"neither right nor a zone":  {7*time.Minute + time.Second, 0, false},
		"an hour ahead":             {time.Hour - time.Second, time.Hour, true},
		"an hour behind":            {-time.Hour - 2*time.Minute, -time.Hour, true},
		"a zone of quarters":        {5*time.Hour + 45*time.Minute + 30*time.Second, 5*time.Hour + 45*time.Minute, true},
		"old: between two quarters": {-3*time.Hour - 6*time.Minute, -3 * time.Hour, false},
		"old: days":                 {-72 * time.Hour, -72 * time.Hour, false},
	} {
		off, sure := zoneError(date.Add(tc.diff).In(london(t)), date)
		if sure != tc.sure || sure && off != tc.want {
			t.Errorf("%s: %v, %t", name, off, sure)
		}
	}
}

func TestZoneErrorNeedsBothTimes(t *testing.T) {
	now := time.Date(2027, 3, 2, 8, 15, 10, 0, time.UTC)
	twice := time.Date(2027, 10, 31, 0, 30, 0, 0, time.UTC).In(london(t)) // 01:30, shown twice
	for name, times := range map[string][2]time.Time{
		"never updated": {{}, now}, "no date": {now, {}}, "the hour shown twice": {twice, twice.Add(time.Hour)},
	} {
		if _, sure := zoneError(times[0], times[1]); sure {
			t.Errorf("%s: sure", name)
		}
	}
}

// The sample says it was updated at 08:15:09 of a winter's day, which in London is GMT.
func TestTheClockIsChecked(t *testing.T) {
	date := "Tue, 02 Mar 2027 08:15:10 GMT"
	body := bookingJSON
	c, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		if date != "" {
			w.Header().Set("Date", date)
		}
		says(200, asJSON, body)(w, r)
	})
	var told []time.Duration
	c.clock.tell = func(off time.Duration) {
		told = append(told, off)
		if now, checked := c.ClockChecked(); now != off || !checked { // and is not locked out
			t.Errorf("told %v, checked %v", off, now)
		}
	}
	write := func() {
		t.Helper()
		if _, err := c.Accept(t.Context(), caller, 48213, WholeCredits(25)); err != nil {
			t.Fatal(err)
		}
	}
	if _, checked := c.ClockChecked(); checked {
		t.Error("checked before any call")
	}
	date = ""
	write()
	date = "yesterday"
	write()
	date = "Tue, 02 Mar 2027 07:15:10 GMT"
	if _, err := c.Booking(t.Context(), caller, Received, 48213); err != nil { // reads tell nothing
		t.Fatal(err)
	}
	if _, checked := c.ClockChecked(); checked {
		t.Error("checked without a date, or by a read")
	}
	for _, next := range []struct {
		date string
		told int // so far
	}{
		{"Tue, 02 Mar 2027 08:15:10 GMT", 0}, // right from the start: nothing to tell
		{"Tue, 02 Mar 2027 07:15:10 GMT", 0}, // an hour ahead: a coincidence
		{"Tue, 02 Mar 2027 08:15:10 GMT", 0}, // for it is right
		{"Tue, 02 Mar 2027 07:15:10 GMT", 0}, // an hour ahead
		{"Tue, 02 Mar 2027 09:15:10 GMT", 0}, // or behind?
		{"Tue, 02 Mar 2027 07:15:10 GMT", 0}, // ahead
		{"Tue, 02 Mar 2027 09:06:30 GMT", 0}, // says nothing
		{"Tue, 02 Mar 2027 07:15:11 GMT", 1}, // ahead indeed: told
		{"Tue, 02 Mar 2027 07:15:12 GMT", 1}, // still
		{"Tue, 02 Mar 2027 09:15:10 GMT", 1}, // an hour behind
		{"Tue, 02 Mar 2027 09:15:11 GMT", 2}, // indeed: told
		{"Tue, 02 Mar 2027 08:15:10 GMT", 3}, // right again: told
		{"Tue, 02 Mar 2027 08:15:10 GMT", 3}, // still
	} {
		date = next.date
		if write(); len(told) != next.told {
			t.Errorf("%s: told %v", next.date, told)
		}
	}
	if want := []time.Duration{time.Hour, -time.Hour, 0}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if off, checked := c.ClockChecked(); off != 0 || !checked {
		t.Errorf("in the end %v, %t", off, checked)
	}
	body = strings.Replace(body, `"LastUpdated":"2027-03-02T08:15:09.2512345"`, `"LastUpdated":null`, 1)
	write()
	if len(told) != 3 {
		t.Errorf("told %v of a booking without time", told)
	}
}

func TestNobodyNeedListenToTheClock(t *testing.T) {
	c, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Tue, 02 Mar 2027 07:15:10 GMT")
		says(200, asJSON, bookingJSON)(w, r)
	})
	for _, found := range []bool{false, true} {
		if _, err := c.Accept(t.Context(), caller, 48213, WholeCredits(25)); err != nil {
			t.Fatal(err)
		}
		if off, checked := c.ClockChecked(); (off == time.Hour) != found || checked != found {
			t.Errorf("%v, %t", off, checked)
		}
	}
}
