package apiclient

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDeletions(t *testing.T) {
	for name, tc := range map[string]struct {
		reply string
		want  []Deletion
	}{
		"mixed, in another order": {
			`[{"BookingID":8,"Deleted":false,"Message":"Not finished yet."},{"BookingID":7,"Deleted":true,"Message":"Gone."}]`,
			[]Deletion{{7, true, "Gone."}, {8, false, "Not finished yet."}},
		},
		"a row about another booking": {
			`[{"BookingID":9,"Deleted":true},{"BookingID":7,"Deleted":true},{"BookingID":8,"Deleted":true}]`,
			[]Deletion{{7, true, ""}, {8, true, ""}},
		},
		"another row that does not tell": {
			`[{"BookingID":9},null,{"BookingID":7,"Deleted":true,"More":1},{"BookingID":8,"Deleted":true}]`,
			[]Deletion{{7, true, ""}, {8, true, ""}},
		},
		"rows that disagree":   {`[{"BookingID":7,"Deleted":false},{"BookingID":7,"Deleted":true},{"BookingID":8,"Deleted":true},{"BookingID":8,"Deleted":false}]`, []Deletion{{7, false, ""}, {8, false, ""}}},
		"nulls":                {`[{"BookingID":7,"Deleted":false,"Message":null},{"BookingID":8,"Deleted":false}]`, []Deletion{{7, false, ""}, {8, false, ""}}},
		"a message too lively": {`[{"BookingID":7,"deleted":true,"message":"\u202eGone\u0007\n now"},{"BookingID":8,"Deleted":true}]`, []Deletion{{7, true, "Gone now"}, {8, true, ""}}},
		"a message too frank": {
			`[{"BookingID":7,"Deleted":true,"Message":"Gone, ` + hushToken + `"},{"BookingID":8,"Deleted":true,"Message":"` + hushKey + `"}]`,
			[]Deletion{{7, true, "Gone, [redacted]"}, {8, true, "[redacted]"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, says(200, asJSON, tc.reply))
			made, err := c.DeleteMade(t.Context(), caller, 7, 8)
			if diff := cmp.Diff(tc.want, made); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			received, err := c.DeleteReceived(t.Context(), caller, 7, 8)
			if diff := cmp.Diff(tc.want, received); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			for i, path := range []string{"/v1/PhoneChat/DeleteMadeBookings", "/v1/PhoneChat/DeleteReceivedBooking"} {
				if p.requests[i].Method != "POST" || p.requests[i].URL.RequestURI() != path || p.bodies[i] != `{"BookingIDs":"7,8"}` {
					t.Errorf("%s %s %s", p.requests[i].Method, p.requests[i].URL, p.bodies[i])
				}
			}
		})
	}
}

func TestDeletionsThatAreNone(t *testing.T) {
	c, p := connect(t, says(200, asJSON, `[]`))
	many := make([]BookingID, MaxDeletions+1)
	for i := range many {
		many[i] = BookingID(i + 1)
	}
	for name, ids := range map[string][]BookingID{"none": nil, "too many": many, "twice": {1, 2, 1}, "no ID": {1, 0}, "negative": {-1}} {
		for _, remove := range []func(context.Context, Caller, ...BookingID) ([]Deletion, error){c.DeleteMade, c.DeleteReceived} {
			_, err := remove(t.Context(), caller, ids...)
			check(t, name, err, ErrInvalid, 0)
		}
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
	_, err := c.DeleteMade(t.Context(), caller, many[:MaxDeletions]...)
	check(t, "as many as may be", err, ErrUnknownOutcome, 200)
	for _, reply := range []string{
		`[]`, `[null]`, `[{"ID":7,"Deleted":true}]`, `[{"BookingID":7}]`, `[{"BookingID":7,"Deleted":null}]`, `[{"BookingID":8,"Deleted":true}]`,
		`null`, `{}`, `"Deleted"`, ``, `[7]`, `[{"BookingID":7,"Deleted":"yes"}]`,
	} {
		c, _ := connect(t, says(200, asJSON, reply))
		_, err := c.DeleteReceived(t.Context(), caller, 7)
		check(t, reply, err, ErrUnknownOutcome, 200)
	}
}
