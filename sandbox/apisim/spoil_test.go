package apisim

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

func TestSpoilers(t *testing.T) {
	const added = `"NotInTheContract":{"NotInTheContract":[1,"two",null,{"NotInTheContract":false}]}`
	for name, tc := range map[string]struct {
		spoil    func(any) any
		in, want string
	}{
		"types: bare number keeps its spelling": {wrongTypes, `24.50`, `"24.50"`},
		"types: at every level": {
			wrongTypes, `{"A":[1,{"B":"x"}],"C":null,"D":true,"E":false}`, `{"A":["1",{"B":{"Value":"x"}}],"C":null,"D":1,"E":0}`,
		},
		"types: times are numbers": {wrongTypes, `["2027-03-02T08:15:09.25","2027-03-02 08:15"]`, `[1803975309,{"Value":"2027-03-02 08:15"}]`},

		"status: of bookings, in lists too": {
			unknownStatus, `{"Bookings":[{"BookingID":1,"Status":"Pending"}]}`, `{"Bookings":[{"BookingID":1,"Status":"Mislaid"}]}`,
		},
		"status: not of a permission": {unknownStatus, `{"Permission":"userid","Status":"Granted"}`, `{"Permission":"userid","Status":"Granted"}`},
		"status: none to change":      {unknownStatus, `{"BookingID":1,"Deleted":true}`, `{"BookingID":1,"Deleted":true}`},

		"extra: every object":  {extraFields, `[{},{"A":{"B":1}}]`, `[{` + added + `},{"A":{"B":1,` + added + `},` + added + `}]`},
		"extra: no object":     {extraFields, `299`, `299`},
		"nulls: promised stay": {nulls, `{"BookingID":7,"Comments":"x","Candidate":{"UserID":1,"Total":3}}`, `{"BookingID":7,"Candidate":{"Total":null,"UserID":1},"Comments":null}`},
		"nulls: whole objects": {nulls, `{"UserID":1,"Ratings":{"Total":3}}`, `{"Ratings":null,"UserID":1}`},
		"nulls: in any case":   {nulls, `{"bookingId":7}`, `{"bookingId":7}`},
		"nulls: no object":     {nulls, `["x",299]`, `["x",299]`},

		"skew: every time":         {skewed(time.Hour), `{"A":"2027-12-31T23:30:00","B":["2027-03-02T08:15:09.25"]}`, `{"A":"2028-01-01T00:30:00","B":["2027-03-02T09:15:09.25"]}`},
		"skew: never stays":        {skewed(time.Hour), `"0001-01-01T00:00:00"`, `"0001-01-01T00:00:00"`},
		"skew: dates and words":    {skewed(-time.Hour), `["2027-03-02","at 2027-03-02T08:15:09"]`, `["2027-03-02","at 2027-03-02T08:15:09"]`},
		"no spoiler":               {nil, `{"B":1, "A":2}`, `{"B":1, "A":2}`},
		"not JSON":                 {nulls, `<html>`, `<html>`},
		"two values":               {extraFields, `{} {}`, `{} {}`},
		"nothing":                  {extraFields, ``, ``},
		"a large number is intact": {extraFields, `[12345678901234567890.10]`, `[12345678901234567890.10]`},
		"markup is left alone":     {unknownStatus, `"<b>&"`, `"<b>&"`},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, string(spoiled([]byte(tc.in), tc.spoil))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestShifted(t *testing.T) {
	for name, tc := range map[string]struct {
		in     string
		before pageEnd
		want   string
		end    pageEnd
	}{
		"first page":        {`{"PageNumber":1,"Rows":[1,2]}`, pageEnd{}, `{"PageNumber":1,"Rows":[1,2]}`, pageEnd{1, json.Number("2")}},
		"next page":         {`{"PageNumber":2,"Rows":[3,4]}`, pageEnd{1, "two"}, `{"PageNumber":2,"Rows":["two",4]}`, pageEnd{2, json.Number("4")}},
		"one row":           {`{"PageNumber":2,"Rows":[3]}`, pageEnd{1, "two"}, `{"PageNumber":2,"Rows":["two"]}`, pageEnd{2, "two"}},
		"page left out":     {`{"PageNumber":3,"Rows":[5]}`, pageEnd{1, "two"}, `{"PageNumber":3,"Rows":[5]}`, pageEnd{3, json.Number("5")}},
		"page again":        {`{"PageNumber":1,"Rows":[1]}`, pageEnd{1, "two"}, `{"PageNumber":1,"Rows":[1]}`, pageEnd{1, json.Number("1")}},
		"beyond the end":    {`{"PageNumber":2,"Rows":[]}`, pageEnd{1, "two"}, `{"PageNumber":2,"Rows":[]}`, pageEnd{page: 2}},
		"after an empty":    {`{"PageNumber":3,"Rows":[5]}`, pageEnd{page: 2}, `{"PageNumber":3,"Rows":[5]}`, pageEnd{3, json.Number("5")}},
		"no page":           {`{"BookingID":1}`, pageEnd{1, "two"}, `{"BookingID":1}`, pageEnd{1, "two"}},
		"no rows":           {`{"PageNumber":2}`, pageEnd{1, "two"}, `{"PageNumber":2}`, pageEnd{1, "two"}},
		"lists of two":      {`{"PageNumber":2,"A":[1],"B":[2]}`, pageEnd{1, "two"}, `{"A":[1],"B":[2],"PageNumber":2}`, pageEnd{1, "two"}},
		"bare":              {`299`, pageEnd{1, "two"}, `299`, pageEnd{1, "two"}},
		"number of a fancy": {`{"PageNumber":1.5,"Rows":[1]}`, pageEnd{1, "two"}, `{"PageNumber":1.5,"Rows":[1]}`, pageEnd{1, "two"}},
	} {
		t.Run(name, func(t *testing.T) {
			var end pageEnd
			got := spoiled([]byte(tc.in), func(v any) any {
				v, end = shifted(v, tc.before)
				return v
			})
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.end, end, cmp.AllowUnexported(pageEnd{})); diff != "" {
				t.Errorf("end (-want +got):\n%s", diff)
			}
		})
	}
}

// What is promised of a booking survives, so that one can tell a careless reader from a spoilt reply.
func TestNullsLeaveABookingReadable(t *testing.T) {
	w := newWorld(t)
	id := w.AddBooking(Seed{Client: owl, Performer: velvet, Status: StatusAccepted})
	_, whole := w.get(owl, "/v1/PhoneChat/MadeBookings")
	var got, want wire.PageOf[wire.MadeBooking]
	for body, into := range map[string]*wire.PageOf[wire.MadeBooking]{whole: &want, string(spoiled([]byte(whole), nulls)): &got} {
		if err := wire.Decode([]byte(body), into); err != nil {
			t.Fatal(err)
		}
	}
	b := &want.Bookings[0]
	if b.BookingID != id || b.AcceptedDate == nil {
		t.Fatalf("the booking is %+v", b)
	}
	b.AcceptedDate, b.PhoneNumber, b.ActionClient, b.Candidate.Counters = nil, nil, nil, wire.Counters{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func parse(t *testing.T, body []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	return value
}

// escaped reports whether a part of the reply, laid beside what it was before, still has what its kind of
// fault takes away, or lost what it leaves alone.
func escaped(kind FaultKind, before, after any) bool {
	switch b := before.(type) {
	case []any:
		list, ok := after.([]any)
		if !ok || len(list) != len(b) {
			return true
		}
		for i := range b {
			if escaped(kind, b[i], list[i]) {
				return true
			}
		}
		return false
	case map[string]any:
		object, ok := after.(map[string]any)
		return !ok || memberEscaped(kind, b, object)
	case nil:
		return after != nil
	}
	text, isText := before.(string)
	_, err := time.Parse(wire.ReplyTime, text)
	isTime := isText && err == nil && text != wire.Never
	switch kind {
	case FaultWrongTypes:
		return reflect.TypeOf(before) == reflect.TypeOf(after)
	case FaultClockSkew:
		return isTime == (before == after)
	default:
		return before != after
	}
}

func memberEscaped(kind FaultKind, before, after map[string]any) bool {
	if _, added := after[nobodysMember]; kind == FaultExtraFields && !added {
		return true
	}
	_, isBooking := before["BookingID"]
	for name, was := range before {
		is, there := after[name]
		wrong := false
		switch {
		case kind == FaultExtraFields && name == nobodysMember: // as good as the one that was added
		case kind == FaultUnknownStatus && name == "Status" && isBooking:
			wrong = is != nobodysStatus
		case kind == FaultNulls && !slices.Contains(promised(), strings.ToLower(name)):
			wrong = is != nil
		default:
			wrong = escaped(kind, was, is)
		}
		if wrong || !there {
			return true
		}
	}
	return false
}

func FuzzSpoilers(f *testing.F) {
	w := newWorld(&testing.T{})
	w.AddBooking(Seed{Client: owl, Performer: velvet, Status: StatusConfirmed})
	for _, target := range []string{
		"/v1/PhoneChat/MadeBookings", "/v1/CreditHistory/GetCurrentCreditBalance", "/v1/account/verifyCredentials",
		"/v1/PhoneChat/GetUserBookingRequirements?BookUserID=771204", "/v1/PhoneChat/MadeBookingDetails?BookingID=x",
	} {
		_, body := w.get(owl, target)
		f.Add([]byte(body), int64(3_600_000))
	}
	f.Add([]byte(`["0001-01-01T00:00:00","9999-12-31T23:59:59",{"Status":{},"BookingID":null}]`), int64(-3_600_000))
	f.Fuzz(func(t *testing.T, body []byte, milliseconds int64) {
		for _, known := range FaultKinds() {
			by := time.Duration(milliseconds%1e9) * time.Millisecond
			orElse(&by, time.Hour) // by nothing no time is moved
			spoil := Fault{Kind: known.Kind, Delay: by}.spoiler()
			got := spoiled(body, spoil)
			switch {
			case spoil == nil || !json.Valid(body):
				if !bytes.Equal(got, body) {
					t.Fatalf("%s: %q became %q", known.Kind, body, got)
				}
			case !json.Valid(got):
				t.Fatalf("%s: not JSON any more: %q", known.Kind, got)
			case escaped(known.Kind, parse(t, body), parse(t, got)):
				t.Fatalf("%s: %q became %q", known.Kind, body, got)
			}
		}
	})
}
