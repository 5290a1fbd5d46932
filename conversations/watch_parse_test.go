package conversations

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"phonechatbot/apiclient"
)

// The button of an alert carries any booking of any member, and fits into 30 bytes.
func TestMemberBookingTravels(t *testing.T) {
	if got := (memberBooking{771318, 48213}).String(); got != "gj5i:1179" {
		t.Errorf("spelt %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Int64Range(1, math.MaxInt64)
		b := memberBooking{number.Draw(t, "member"), apiclient.BookingID(number.Draw(t, "booking"))}
		if back, ok := parseMemberBooking(b.String()); !ok || back != b {
			t.Fatalf("%v comes back as %v, %v", b, back, ok)
		}
		if n := len(b.String()); n > 30 {
			t.Fatalf("%d bytes", n)
		}
	})
}

func FuzzMemberBooking(f *testing.F) {
	for _, seed := range []string{"gj5i:1178", "0:1", "1:0", "-1:5", "1", ":", "1:", ":1", "1:2:3", "zzzzzzzzzzzzzzzz:1", "é:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, ok := parseMemberBooking(text)
		if !ok {
			return
		}
		if b.member <= 0 || b.booking <= 0 {
			t.Errorf("%q is %v", text, b)
		}
		if back, ok := parseMemberBooking(b.String()); !ok || back != b {
			t.Errorf("%v comes back as %v", b, back)
		}
	})
}
