// Package wire is the JSON of the platform's API, spelt as the API spells it: PascalCase names, ID in
// capitals, nulls written out, zone-less times as strings. One file for all shapes, in the order of
// openapi.yaml. It is shared by the client, which reads it, and by the local platform, which writes it.
//
// What may not live here: meaning. No time zones, no rules, no defaults.
package wire

import "encoding/json"

// Layouts of times on the wire (schemas RequestDateTime, LocalDateTime and the StartDate parameter).
const (
	RequestTime = "2006-01-02 15:04"
	ReplyTime   = "2006-01-02T15:04:05.999"
	Date        = "2006-01-02"
	Never       = "0001-01-01T00:00:00"
)

// VerifiedUser is schema VerifiedUser (docs: VerifyCredentials).
type VerifiedUser struct {
	UserID         int64   `json:"UserID"`
	Nickname       string  `json:"Nickname,omitempty"`
	GroupID        *int64  `json:"GroupID,omitempty"`
	GroupName      *string `json:"GroupName,omitempty"`
	IsGroupManager bool    `json:"IsGroupManager,omitempty"`
}

// Party is schema PhoneChatBookingUser.
type Party struct {
	UserID      int64   `json:"UserID"`
	Nickname    string  `json:"Nickname"`
	PhoneNumber *string `json:"PhoneNumber"`
	SkypeName   *string `json:"SkypeName"`
	Total       int     `json:"Total"`
	Positive    int     `json:"Positive"`
	Neutral     int     `json:"Neutral"`
	Negative    int     `json:"Negative"`
	Ratings     int     `json:"Ratings"`
	Disputes    int     `json:"Disputes"`
}

// Booking is what PhoneChatMadeBooking and PhoneChatReceivedBooking have in common.
type Booking struct {
	BookingID       int64       `json:"BookingID"`
	Duration        int         `json:"Duration"`
	Credits         json.Number `json:"Credits"`
	Status          string      `json:"Status"`
	Method          int         `json:"Method"`
	PhoneNumber     *string     `json:"PhoneNumber"`
	SkypeName       *string     `json:"SkypeName"`
	CreateDate      string      `json:"CreateDate"`
	SessionDate     string      `json:"SessionDate"`
	AcceptBy        string      `json:"AcceptBy"`
	AcceptedDate    *string     `json:"AcceptedDate"`
	ConfirmedDate   *string     `json:"ConfirmedDate"`
	CancelledDate   *string     `json:"CancelledDate"`
	CancelledReason *string     `json:"CancelledReason"`
	CancelledBy     *string     `json:"CancelledBy"`
	RejectedReason  *string     `json:"RejectedReason"`
	LastUpdated     string      `json:"LastUpdated"`
	Comments        *string     `json:"Comments"`
}

// MadeBooking is schema PhoneChatMadeBooking: the client's view.
type MadeBooking struct {
	Booking
	ActionClient *string `json:"ActionClient"`
	Candidate    Party   `json:"Candidate"`
}

// ReceivedBooking is schema PhoneChatReceivedBooking: the performer's view.
type ReceivedBooking struct {
	Booking
	ActionCandidate *string `json:"ActionCandidate"`
	Client          Party   `json:"Client"`
}

// PageOf is PhoneChatMadeBookingsPage and PhoneChatReceivedBookingsPage.
type PageOf[B any] struct {
	PageCount       int `json:"PageCount"`
	PageNumber      int `json:"PageNumber"`
	BookingsTotal   int `json:"BookingsTotal"`
	BookingsPerPage int `json:"BookingsPerPage"`
	Bookings        []B `json:"Bookings"`
}

// CreateBooking is schema CreatePhoneChatBookingRequest.
type CreateBooking struct {
	BookUserID  int64       `json:"BookUserID"`
	SessionDate string      `json:"SessionDate"`
	Duration    int         `json:"Duration"`
	Method      int         `json:"Method"`
	PhoneNumber string      `json:"PhoneNumber,omitempty"`
	SkypeName   string      `json:"SkypeName,omitempty"`
	Credits     json.Number `json:"Credits"`
	AcceptBy    string      `json:"AcceptBy"`
	Comments    string      `json:"Comments,omitempty"`
}

// Requirements is schema PhoneChatUserBookingRequirements. The names inside a method entry are guesses
// of the contract: read its first integer and its first boolean, whatever they are called.
type Requirements struct {
	PhoneChatPPM *json.Number      `json:"PhoneChatPPM"`
	Methods      []json.RawMessage `json:"Methods"`
}

// Method is schema PhoneChatMethod as the local platform writes it.
type Method struct {
	Method    int  `json:"Method"`
	Available bool `json:"Available"`
}

// BookingID is schema BookingIDRequest.
type BookingID struct {
	BookingID int64 `json:"BookingID"`
}

// Accept is schema AcceptBookingRequest.
type Accept struct {
	BookingID int64       `json:"BookingID"`
	Credits   json.Number `json:"Credits"`
}

// Reason is schemas BookingReasonRequest and BookingOptionalReasonRequest.
type Reason struct {
	BookingID int64  `json:"BookingID"`
	Reason    string `json:"Reason,omitempty"`
}

// Error is schema ApiError: a guess at what a refusal looks like.
type Error struct {
	Message    string              `json:"Message,omitempty"`
	ModelState map[string][]string `json:"ModelState,omitempty"`
}
