package apiclient

import (
	"testing"
	"time"
)

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestRequestTime(t *testing.T) {
	for in, want := range map[string]string{
		"2027-03-04T19:45:59Z": "2027-03-04 19:45", // winter: the same as UTC, cut to the minute
		"2027-07-04T19:45:00Z": "2027-07-04 20:45", // summer
		"2027-03-28T00:59:00Z": "2027-03-28 00:59", // clocks go forward at 01:00
		"2027-03-28T01:00:00Z": "2027-03-28 02:00",
		"2027-10-31T00:30:00Z": "2027-10-31 01:30", // clocks go back at 02:00: this comes twice
		"2027-10-31T01:30:00Z": "2027-10-31 01:30",
		"2027-12-31T23:59:00Z": "2027-12-31 23:59",
	} {
		if got := RequestTime(utc(in), london(t)); got != want {
			t.Errorf("RequestTime(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestReplyTime(t *testing.T) {
	for in, want := range map[string]string{
		"2027-03-04T19:45:00":         "2027-03-04T19:45:00Z",
		"2027-07-04T19:45:00":         "2027-07-04T18:45:00Z",
		"2027-03-02T08:15:09.2":       "2027-03-02T08:15:09.2Z",
		"2027-03-02T08:15:09.2512345": "2027-03-02T08:15:09.2512345Z",
		"2027-03-28T02:00:00":         "2027-03-28T01:00:00Z",
		"2027-10-31T00:59:59":         "2027-10-30T23:59:59Z",
		"2027-10-31T01:00:00":         "2027-10-31T00:00:00Z", // twice: the first
		"2027-10-31T01:59:59.9":       "2027-10-31T00:59:59.9Z",
		"2027-10-31T02:00:00":         "2027-10-31T02:00:00Z",
		"2027-07-04T19:45:00Z":        "2027-07-04T19:45:00Z", // an offset would count
		"2027-10-31T01:30:00+00:00":   "2027-10-31T01:30:00Z",
		"2027-07-04T19:45:00+05:00":   "2027-07-04T14:45:00Z",
		"0001-01-01T00:00:00":         "0001-01-01T00:00:00Z",
		"0001-01-01T00:00:00.0000000": "0001-01-01T00:00:00Z",
		"":                            "0001-01-01T00:00:00Z",
		"2027-03-04 19:45":            "",
		"2027-03-04":                  "",
		"2027-02-30T10:00:00":         "",
		"2027-03-04T25:00:00":         "",
		"/Date(1800000000000)/":       "",
		"soon":                        "",
	} {
		got, err := replyTime(in, london(t))
		if (err == nil) != (want != "") || err == nil && !got.Equal(utc(want)) {
			t.Errorf("replyTime(%q) = %v, %v, want %s", in, got.UTC(), err, want)
		}
	}
	if got, _ := replyTime("0001-01-01T00:00:00", london(t)); !got.IsZero() {
		t.Error("never is not the zero time")
	}
}

func TestAmbiguous(t *testing.T) {
	for in, want := range map[string]bool{
		"2027-10-30T23:59:59Z": false,
		"2027-10-31T00:00:00Z": true,
		"2027-10-31T00:59:59Z": true,
		"2027-10-31T01:00:00Z": true,
		"2027-10-31T01:59:59Z": true,
		"2027-10-31T02:00:00Z": false,
		"2027-03-28T00:59:00Z": false,
		"2027-03-28T01:00:00Z": false,
		"2027-07-01T12:00:00Z": false,
	} {
		if got := Ambiguous(utc(in), london(t)); got != want {
			t.Errorf("Ambiguous(%s) = %t", in, got)
		}
	}
	if Ambiguous(utc("2027-10-31T00:30:00Z"), time.UTC) {
		t.Error("UTC has no clock changes")
	}
}

// Every quarter of an hour of a year survives the way to the API and back, but for the hour shown twice.
func TestTimesSurviveTheRoundTrip(t *testing.T) {
	loc, twice := london(t), 0
	for at := utc("2027-01-01T00:00:00Z"); at.Year() == 2027; at = at.Add(15 * time.Minute) {
		back, err := replyTime(at.In(loc).Format("2006-01-02T15:04:05"), loc)
		if err != nil {
			t.Fatal(err)
		}
		if Ambiguous(at, loc) {
			twice++
		} else if !back.Equal(at) {
			t.Errorf("%v became %v", at, back)
		}
	}
	if twice != 8 {
		t.Errorf("%d quarters are shown twice, want 8", twice)
	}
}

func FuzzReplyTime(f *testing.F) {
	for _, seed := range []string{"2027-03-04T19:45:00", "2027-10-31T01:30:00.1234567", "0001-01-01T00:00:00", "2027-07-04T19:45:00+05:00", ""} {
		f.Add(seed)
	}
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := replyTime(in, loc)
		if err == nil && !got.IsZero() && got.Location() != loc {
			t.Errorf("%q is in %v", in, got.Location())
		}
	})
}
