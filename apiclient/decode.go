package apiclient

import (
	"encoding/json"
	"strings"
	"time"

	"phonechatbot/apiclient/wire"
)

// decode reads an answer into its wire shape: names whatever their case, unknown fields ignored, null as
// zero. Its errors name the place and never quote the answer.
func decode[W any](body []byte) (W, error) {
	var shape W
	if err := wire.Decode(trimReply(body), &shape); err != nil {
		return shape, misread{at: wire.Place(err)}
	}
	return shape, nil
}

// amount reads a number of the wire; one that was null or left out is zero.
func amount(n wire.Number, at string) (Credits, error) {
	if n == "" {
		return Credits{}, nil
	}
	credits, err := creditsFrom(n.String())
	if err != nil {
		return Credits{}, misread{at: at}
	}
	return credits, nil
}

// madeFrom turns the client's view of a booking into ours.
func madeFrom(w wire.MadeBooking, loc *time.Location) (Booking, error) {
	return bookingFrom(w.Booking, Made, "Candidate", w.Candidate, w.ActionClient, loc)
}

// receivedFrom turns the performer's view of a booking into ours.
func receivedFrom(w wire.ReceivedBooking, loc *time.Location) (Booking, error) {
	return bookingFrom(w.Booking, Received, "Client", w.Client, w.ActionCandidate, loc)
}

// bookingFrom refuses a booking without what decisions and money hang on. A deadline may be "never"; a
// session may not. The other party is called role.
func bookingFrom(w wire.Booking, side Side, role string, other wire.Party, next *string, loc *time.Location) (Booking, error) {
	switch {
	case w.BookingID <= 0:
		return Booking{}, misread{at: "BookingID"}
	case w.Credits == "":
		return Booking{}, misread{at: "Credits"}
	case w.Status == "":
		return Booking{}, misread{at: "Status"}
	case w.AcceptBy == "":
		return Booking{}, misread{at: "AcceptBy"}
	case other.UserID <= 0:
		return Booking{}, misread{at: role + "/UserID"}
	}
	credits, err := amount(w.Credits, "Credits")
	if err != nil {
		return Booking{}, err
	}
	b := Booking{
		ID: BookingID(w.BookingID), Side: side, Other: partyFrom(other),
		Duration: w.Duration, Credits: credits, Status: Status(w.Status), Method: Method(w.Method),
		PhoneNumber: orZero(w.PhoneNumber), SkypeName: orZero(w.SkypeName), Comments: orZero(w.Comments),
		CancelledReason: orZero(w.CancelledReason), CancelledBy: orZero(w.CancelledBy),
		RejectedReason: orZero(w.RejectedReason), NextStep: orZero(next),
	}
	for _, field := range []struct {
		at   string
		text string
		into *time.Time
	}{
		{"CreateDate", w.CreateDate, &b.Created},
		{"SessionDate", w.SessionDate, &b.Session},
		{"AcceptBy", w.AcceptBy, &b.AcceptBy},
		{"AcceptedDate", orZero(w.AcceptedDate), &b.Accepted},
		{"ConfirmedDate", orZero(w.ConfirmedDate), &b.Confirmed},
		{"CancelledDate", orZero(w.CancelledDate), &b.Cancelled},
		{"LastUpdated", w.LastUpdated, &b.LastUpdated},
	} {
		if *field.into, err = replyTime(field.text, loc); err != nil {
			return Booking{}, misread{at: field.at}
		}
	}
	if b.Session.IsZero() {
		return Booking{}, misread{at: "SessionDate"}
	}
	return b, nil
}

func partyFrom(w wire.Party) Party {
	return Party{
		ID: MemberID(w.UserID), Nickname: w.Nickname,
		PhoneNumber: orZero(w.PhoneNumber), SkypeName: orZero(w.SkypeName),
		Rating: orZero(w.Total), Ratings: orZero(w.Counters.Ratings),
	}
}

// orZero is the value, or the zero value for one that is null or absent.
func orZero[T any](v *T) T {
	if v == nil {
		return *new(T)
	}
	return *v
}

// methodFrom reads one entry of the methods of a performer: its first whole number and its first truth
// value, in the order of the document, whatever their names are. The contract does not know the names.
func methodFrom(entry wire.Opaque) (method Method, usable bool, err error) {
	d := json.NewDecoder(strings.NewReader(string(entry)))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return 0, false, misread{at: "Methods"}
	}
	var number *int
	var truth *bool
	for d.More() && (number == nil || truth == nil) {
		var value json.RawMessage
		if _, err := d.Token(); err != nil { // the name
			return 0, false, misread{at: "Methods"}
		}
		if err := d.Decode(&value); err != nil {
			return 0, false, misread{at: "Methods"}
		}
		if string(value) == "null" {
			continue
		}
		if number == nil {
			number = valueAs[int](value)
		}
		if truth == nil {
			truth = valueAs[bool](value)
		}
	}
	if number == nil || truth == nil {
		return 0, false, misread{at: "Methods"}
	}
	return Method(*number), *truth, nil
}

// valueAs reads a JSON value as T, or gives nil.
func valueAs[T any](value json.RawMessage) *T {
	var v T
	if json.Unmarshal(value, &v) != nil {
		return nil
	}
	return &v
}
