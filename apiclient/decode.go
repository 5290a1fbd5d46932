package apiclient

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"phonechatbot/apiclient/wire"
)

// decode reads an answer into its wire shape: names whatever their case, unknown fields ignored, null as
// zero. Its errors name the place and never quote the answer.
func decode[W any](body []byte) (W, error) {
	var shape W
	err := json.Unmarshal(trimReply(body), &shape)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return shape, nil
	case errors.As(err, &wrong):
		return shape, misread{at: wrong.Field}
	default:
		return shape, misread{}
	}
}

// amount reads a number of the wire; one that was null or left out is zero.
func amount(n json.Number, at string) (Credits, error) {
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
	return bookingFrom(w.Booking, Made, w.Candidate, w.ActionClient, loc)
}

// receivedFrom turns the performer's view of a booking into ours.
func receivedFrom(w wire.ReceivedBooking, loc *time.Location) (Booking, error) {
	return bookingFrom(w.Booking, Received, w.Client, w.ActionCandidate, loc)
}

func bookingFrom(w wire.Booking, side Side, other wire.Party, next *string, loc *time.Location) (Booking, error) {
	if w.BookingID <= 0 {
		return Booking{}, misread{at: "BookingID"}
	}
	credits, err := amount(w.Credits, "Credits")
	if err != nil {
		return Booking{}, err
	}
	b := Booking{
		ID: BookingID(w.BookingID), Side: side, Other: partyFrom(other),
		Duration: w.Duration, Credits: credits, Status: Status(w.Status), Method: Method(w.Method),
		PhoneNumber: orEmpty(w.PhoneNumber), SkypeName: orEmpty(w.SkypeName), Comments: orEmpty(w.Comments),
		CancelledReason: orEmpty(w.CancelledReason), CancelledBy: orEmpty(w.CancelledBy),
		RejectedReason: orEmpty(w.RejectedReason), NextStep: orEmpty(next),
	}
	for _, field := range []struct {
		at   string
		text string
		into *time.Time
	}{
		{"CreateDate", w.CreateDate, &b.Created},
		{"SessionDate", w.SessionDate, &b.Session},
		{"AcceptBy", w.AcceptBy, &b.AcceptBy},
		{"AcceptedDate", orEmpty(w.AcceptedDate), &b.Accepted},
		{"ConfirmedDate", orEmpty(w.ConfirmedDate), &b.Confirmed},
		{"CancelledDate", orEmpty(w.CancelledDate), &b.Cancelled},
		{"LastUpdated", w.LastUpdated, &b.LastUpdated},
	} {
		if *field.into, err = replyTime(field.text, loc); err != nil {
			return Booking{}, misread{at: field.at}
		}
	}
	return b, nil
}

func partyFrom(w wire.Party) Party {
	return Party{
		ID: MemberID(w.UserID), Nickname: w.Nickname,
		PhoneNumber: orEmpty(w.PhoneNumber), SkypeName: orEmpty(w.SkypeName),
		Rating: w.Total, Ratings: w.Ratings,
	}
}

// orEmpty is the text, or "" for null.
func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// methodFrom reads one entry of the methods of a performer: its first whole number and its first truth
// value, in the order of the document, whatever their names are. The contract does not know the names.
func methodFrom(entry json.RawMessage) (method Method, usable bool, err error) {
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
			number = as[int](value)
		}
		if truth == nil {
			truth = as[bool](value)
		}
	}
	if number == nil || truth == nil {
		return 0, false, misread{at: "Methods"}
	}
	return Method(*number), *truth, nil
}

// as reads a JSON value as T, or gives nil.
func as[T any](value json.RawMessage) *T {
	var v T
	if json.Unmarshal(value, &v) != nil {
		return nil
	}
	return &v
}
