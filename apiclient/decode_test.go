package apiclient

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample is what bookingJSON means to one side.
func sample(t testing.TB, side Side) Booking {
	loc := london(t)
	b := Booking{
		ID: 48213, Side: side, Duration: 20, Credits: credits(t, "24.5"), Status: StatusPending,
		Method: MethodPerformerRings, PhoneNumber: hushPhone, Comments: hushComment,
		Created:     time.Date(2027, 3, 2, 8, 15, 9, 250e6, loc),
		Session:     time.Date(2027, 3, 4, 19, 45, 0, 0, loc),
		AcceptBy:    time.Date(2027, 3, 4, 12, 0, 0, 0, loc),
		LastUpdated: time.Date(2027, 3, 2, 8, 15, 9, 251234500, loc),
		Other:       Party{ID: 771204, Nickname: "VelvetVoice", Rating: 11, Ratings: 14},
		NextStep:    "wait",
	}
	if side == Received {
		b.Other = Party{ID: 660031, Nickname: "NightOwl77", PhoneNumber: hushPhone, Rating: -1, Ratings: 1}
		b.NextStep = "answer"
	}
	return b
}

func TestReadBooking(t *testing.T) {
	c := newClient(t, Config{BaseURL: "https://example.com"})
	camel := camelCase(bookingJSON)
	if camel == bookingJSON || strings.Contains(camel, `"BookingID"`) {
		t.Fatal("the sample did not change its case")
	}
	for name, body := range map[string]string{
		"as documented": bookingJSON,
		"camel case":    camel,
		"upper case":    strings.NewReplacer(`"BookingID"`, `"BOOKINGID"`, `"Nickname"`, `"NickName"`).Replace(bookingJSON),
		"quoted number": strings.Replace(bookingJSON, "24.5", `"24.5000"`, 1),
		"more fields":   strings.Replace(bookingJSON, "{", `{"New":{"BookingID":1},"Status2":[null],`, 1),
	} {
		for _, side := range []Side{Made, Received} {
			got, err := c.readBooking(side, 48213)([]byte(body))
			if err != nil {
				t.Fatalf("%s, %s: %v", name, side, err)
			}
			if diff := cmp.Diff(sample(t, side), got); diff != "" {
				t.Errorf("%s, %s:\n%s", name, side, diff)
			}
		}
	}
}

// camelCase lowers the first letter of every name.
func camelCase(document string) string {
	parts := strings.Split(document, `"`)
	for i := 1; i+1 < len(parts); i += 2 {
		if strings.HasPrefix(parts[i+1], ":") {
			parts[i] = strings.ToLower(parts[i][:1]) + parts[i][1:]
		}
	}
	return strings.Join(parts, `"`)
}

// Each field is read from its own member.
func TestReadBookingMixesNothingUp(t *testing.T) {
	c := newClient(t, Config{BaseURL: "https://example.com"})
	day := func(n int) time.Time { return time.Date(2027, 3, n, 12, 0, 0, 0, c.loc) }
	got, err := c.readBooking(Received, 1)([]byte(`{"BookingID":1,"Duration":2,"Credits":3,"Status":"A","Method":4,"PhoneNumber":"B",
"SkypeName":"C","CreateDate":"2027-03-01T12:00:00","SessionDate":"2027-03-02T12:00:00","AcceptBy":"2027-03-03T12:00:00",
"AcceptedDate":"2027-03-04T12:00:00","ConfirmedDate":"2027-03-05T12:00:00","CancelledDate":"2027-03-06T12:00:00",
"LastUpdated":"2027-03-07T12:00:00","CancelledReason":"D","CancelledBy":"E","RejectedReason":"F","Comments":"G","ActionCandidate":"H",
"ActionClient":"X","Client":{"UserID":5,"Nickname":"I","PhoneNumber":"J","SkypeName":"K","Total":6,"Ratings":7,"Positive":8,"Negative":9},
"Candidate":{"UserID":10}}`))
	want := Booking{
		ID: 1, Side: Received, Duration: 2, Credits: WholeCredits(3), Status: "A", Method: 4, PhoneNumber: "B", SkypeName: "C",
		Created: day(1), Session: day(2), AcceptBy: day(3), Accepted: day(4), Confirmed: day(5), Cancelled: day(6), LastUpdated: day(7),
		CancelledReason: "D", CancelledBy: "E", RejectedReason: "F", Comments: "G", NextStep: "H",
		Other: Party{ID: 5, Nickname: "I", PhoneNumber: "J", SkypeName: "K", Rating: 6, Ratings: 7},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// bare is a booking with no more in it than it needs.
const bare = `{"BookingID":7,"Credits":0,"Status":"Escalated","SessionDate":"2027-03-04T19:45:00","AcceptBy":"0001-01-01T00:00:00","Candidate":{"UserID":9}}`

func TestReadBookingKeepsWhatItDoesNotKnow(t *testing.T) {
	c := newClient(t, Config{BaseURL: "https://example.com"})
	got, err := c.readBooking(Made, 0)([]byte(strings.Replace(bare, "{", `{"Method":9,"Duration":null,"LastUpdated":null,`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	want := Booking{ID: 7, Side: Made, Status: "Escalated", Method: 9, Session: time.Date(2027, 3, 4, 19, 45, 0, 0, c.loc), Other: Party{ID: 9}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMisreadNamesThePlace(t *testing.T) {
	c := newClient(t, Config{BaseURL: "https://example.com"})
	for name, tc := range map[string]struct{ old, new, want string }{
		"a number for a time":     {`2027-03-04T19:45:00`, hushPhone, "SessionDate"},
		"a number for a count":    {`{"UserID":9}`, `{"UserID":9,"Ratings":"` + hushPhone + `"}`, "Candidate/Ratings"},
		"a hostile amount":        {`"Credits":0`, `"Credits":1e99`, "Credits"},
		"credits left out":        {`"Credits":0,`, ``, "Credits"},
		"credits, null":           {`"Credits":0`, `"Credits":null`, "Credits"},
		"below any ID":            {`7`, `-1`, "BookingID"},
		"another kind of status":  {`"Escalated"`, `{}`, "Status"},
		"no status":               {`"Escalated"`, `""`, "Status"},
		"no session":              {`"2027-03-04T19:45:00"`, `null`, "SessionDate"},
		"never a session":         {`2027-03-04T19:45:00`, `0001-01-01T00:00:00`, "SessionDate"},
		"no deadline":             {`"0001-01-01T00:00:00"`, `null`, "AcceptBy"},
		"nobody on the other end": {`{"UserID":9}`, `{"Nickname":"x"}`, "Candidate/UserID"},
		"no other end":            {`{"UserID":9}`, `null`, "Candidate/UserID"},
		"the wrong end":           {`Candidate`, `Client`, "Candidate/UserID"},
		"cut short":               {`}}`, ``, ""},
	} {
		body := strings.Replace(bare, tc.old, tc.new, 1)
		_, err := c.readBooking(Made, 0)([]byte(body))
		if got := (misread{}); !errors.As(err, &got) || got.at != tc.want || strings.Contains(err.Error(), hushPhone) {
			t.Errorf("%s: %v, want misread at %q", name, err, tc.want)
		}
	}
}

// What lacks in an answer to a write leaves its outcome open.
func TestAWriteAnsweredByHalfABooking(t *testing.T) {
	for _, body := range []string{`{"BookingID":48213}`, strings.Replace(bookingJSON, `"Credits":24.5`, `"Credits":null`, 1)} {
		c, _ := connect(t, says(200, asJSON, body))
		_, err := c.Accept(t.Context(), caller, 48213, WholeCredits(25))
		check(t, "accepted?", err, ErrUnknownOutcome, 200)
		_, err = c.Booking(t.Context(), caller, Received, 48213)
		check(t, "read?", err, ErrUnavailable, 200)
	}
}

func TestReadRequirements(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want Requirements
		ok   bool
	}{
		"as guessed":      {`{"PhoneChatPPM":1.2,"Methods":[{"Method":1,"Available":true},{"Method":2,"Available":false},{"Method":3,"Available":true}]}`, Requirements{credits(t, "1.2"), true, []Method{1, 3}}, true},
		"other names":     {`{"phoneChatPPM":1.2000,"methods":[{"Name":"Skype","ID":3,"CanUse":true,"X":false,"Y":1}]}`, Requirements{credits(t, "1.2"), true, []Method{3}}, true},
		"other order":     {`{"PhoneChatPPM":null,"Methods":[{"Ok":true,"Id":2}]}`, Requirements{Methods: []Method{2}}, true},
		"nested and null": {`{"PhoneChatPPM":null,"Methods":[{"A":null,"B":{"Id":1,"Ok":false},"C":1.5,"D":2,"E":true}]}`, Requirements{Methods: []Method{2}}, true},
		"free":            {`{"PhoneChatPPM":0,"Methods":[]}`, Requirements{HasPrice: true}, true},
		"twice":           {`{"PhoneChatPPM":null,"Methods":[{"M":1,"A":true},{"M":1,"A":true}]}`, Requirements{Methods: []Method{1}}, true},
		"no methods":      {`{"PhoneChatPPM":2,"Methods":null}`, Requirements{Price: credits(t, "2"), HasPrice: true}, true},
		"no truth value":  {`{"PhoneChatPPM":2,"Methods":[{"M":1}]}`, Requirements{}, false},
		"no number":       {`{"PhoneChatPPM":2,"Methods":[{"M":"1","A":true}]}`, Requirements{}, false},
		"bare numbers":    {`{"PhoneChatPPM":2,"Methods":[1,2]}`, Requirements{}, false},
		"not a list":      {`{"PhoneChatPPM":2,"Methods":{"1":true}}`, Requirements{}, false},
		"a null entry":    {`{"PhoneChatPPM":2,"Methods":[null]}`, Requirements{}, false},
		"nothing":         {`{}`, Requirements{}, false},
		"a list":          {`[]`, Requirements{}, false},
		"hostile price":   {`{"PhoneChatPPM":1e999999,"Methods":[]}`, Requirements{}, false},
	} {
		got, err := readRequirements([]byte(tc.body))
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tc.want, got); tc.ok && diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestReadPage(t *testing.T) {
	row := bookingJSON
	for name, tc := range map[string]struct {
		body  string
		asked int
		rows  int // -1: an error
	}{
		"one row":                     {`{"PageCount":1,"PageNumber":1,"BookingsTotal":1,"BookingsPerPage":50,"Bookings":[` + row + `]}`, 1, 1},
		"really none":                 {`{"PageCount":0,"PageNumber":1,"BookingsTotal":0,"BookingsPerPage":50,"Bookings":[]}`, 1, 0},
		"none, as null":               {`{"PageCount":0,"PageNumber":1,"BookingsTotal":0,"BookingsPerPage":50,"Bookings":null}`, 1, 0},
		"past the end":                {`{"PageCount":1,"PageNumber":2,"BookingsTotal":1,"BookingsPerPage":50,"Bookings":[]}`, 2, 0},
		"rows only":                   {`{"Bookings":[` + row + `]}`, 1, 1},
		"rows that should be there":   {`{"PageCount":1,"PageNumber":1,"BookingsTotal":3,"Bookings":[]}`, 1, -1},
		"rows left out":               {`{"PageCount":1,"PageNumber":1,"BookingsTotal":3}`, 1, -1},
		"nothing":                     {`{}`, 1, -1},
		"null":                        {`null`, 1, -1},
		"a bare list":                 {`[` + row + `]`, 1, -1},
		"an empty list":               {`[]`, 1, -1},
		"an error with 200":           {`{"Message":"Oops"}`, 1, -1},
		"a page that was not asked":   {`{"PageCount":2,"PageNumber":1,"BookingsTotal":3,"Bookings":[` + row + `]}`, 2, -1},
		"a row without an ID":         {`{"PageNumber":1,"BookingsTotal":1,"Bookings":[{}]}`, 1, -1},
		"a null row":                  {`{"PageNumber":1,"BookingsTotal":1,"Bookings":[null]}`, 1, -1},
		"a row of another type":       {`{"PageNumber":1,"BookingsTotal":1,"Bookings":[48213]}`, 1, -1},
		"a broken row among good":     {`{"PageNumber":1,"BookingsTotal":2,"Bookings":[` + row + `,{"BookingID":"x"}]}`, 1, -1},
		"rows as an object":           {`{"PageNumber":1,"BookingsTotal":1,"Bookings":{}}`, 1, -1},
		"cut short":                   {`{"PageNumber":1,"BookingsTotal":1,"Bookings":[` + row, 1, -1},
		"negative counts":             {`{"PageNumber":1,"PageCount":-1,"BookingsTotal":0,"Bookings":[]}`, 1, -1},
		"two documents":               {`{"PageNumber":1,"BookingsTotal":0,"Bookings":[]}{}`, 1, -1},
		"empty body":                  {``, 1, -1},
		"counters of the wrong types": {`{"PageNumber":"one","BookingsTotal":0,"Bookings":[]}`, 1, -1},
	} {
		page, err := readPage([]byte(tc.body), tc.asked, london(t), receivedFrom)
		if (err != nil) != (tc.rows < 0) || len(page.Bookings) != max(tc.rows, 0) {
			t.Errorf("%s: %d rows, %v", name, len(page.Bookings), err)
		}
	}
}

func FuzzReplies(f *testing.F) {
	for _, seed := range []string{
		bookingJSON, `{"Bookings":[` + bookingJSON + `],"PageNumber":1}`, `299`, `null`, `[]`, `{}`,
		`{"PhoneChatPPM":1.2,"Methods":[{"Method":1,"Available":true}]}`, `{"UserID":1,"OtherServices":"1,2"}`, "\ufeff1",
		`{"OfferDirectChat":true,"DirectChat":{"A":[1.50]},"PhoneChatPPM":1}`, `[{"BookingID":7,"Deleted":true,"Message":"x"}]`, `{"Methods":[{"`,
	} {
		f.Add([]byte(seed))
	}
	c, err := New(Config{BaseURL: "https://example.com", Location: time.UTC})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, side := range []Side{Made, Received} {
			if b, err := c.readBooking(side, 0)(body); err == nil && b.ID <= 0 || err != nil && b.ID != 0 {
				t.Errorf("booking %d with %v", b.ID, err)
			}
		}
		page, err := readPage(body, 1, time.UTC, madeFrom)
		if err == nil && len(page.Bookings) == 0 && page.Total > 0 {
			t.Error("a silently empty page")
		}
		if s, err := readSettings(body); err == nil && !s.HasPrice && !s.Price.Equal(Credits{}) {
			t.Error("settings with a price that is none")
		}
		if s, err := readServices(body); err == nil && s.Member <= 0 {
			t.Error("services of nobody")
		}
		if d, err := readDeletions(body, []BookingID{7}, nil); err == nil && (len(d) != 1 || d[0].Booking != 7) {
			t.Error("deletions of other bookings")
		}
		if m, err := readMember(body); err == nil && m.ID <= 0 {
			t.Error("a member without number")
		}
		if balance, err := readBalance(body); err == nil && len(balance.Exact()) > 60 {
			t.Error("an absurd balance")
		}
		if r, err := readRequirements(body); err == nil && !r.HasPrice && !r.Price.Equal(Credits{}) {
			t.Error("a price that is none")
		}
		if err != nil && !errors.As(err, new(misread)) {
			t.Errorf("%T is not a misread", err)
		}
		if _, _, err := methodFrom(body); err != nil && !errors.As(err, new(misread)) {
			t.Errorf("%T is not a misread", err)
		}
	})
}
