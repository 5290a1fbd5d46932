package apiclient

import (
	"testing"
	"time"
)

func TestLatestOfTheRepeatedHour(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	// 31 October 2027: clocks go back at 02:00 BST, which is 01:00 UTC.
	first := time.Date(2027, 10, 31, 0, 30, 0, 0, time.UTC).In(london) // 01:30 BST
	second := first.Add(time.Hour)                                     // 01:30 GMT
	plain := time.Date(2027, 10, 31, 12, 0, 0, 0, time.UTC).In(london)
	for name, tc := range map[string]struct{ t, now, want time.Time }{
		"in the first hour":          {first, first.Add(time.Minute), first},
		"in the second":              {first, second.Add(time.Minute), second},
		"our clock is a little late": {first, second.Add(-time.Minute), second},
		"long after":                 {first, second.Add(24 * time.Hour), second},
		"already read as the second": {second, second.Add(24 * time.Hour), second},
		"ahead of our clock":         {plain.Add(time.Hour), plain, plain},
		"any other time stays":       {plain, plain.Add(24 * time.Hour), plain},
		"never stays never":          {time.Time{}, plain, time.Time{}},
	} {
		if got := Latest(tc.t, tc.now); !got.Equal(tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
